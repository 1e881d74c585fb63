// Invariant 7: a partner sees only their own. Every route of the table is walked with everything that partner Ada can
// hold (a session, a widget's token, the publishable key in a page), looking for anything of partner Eve.

import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { routeTable } from "../support/routes.mjs";
import { test } from "../support/test.mjs";

const ago = (days) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();

/** What a request to a route may say, for Ada about Eve. Every route must stand here: a new one fails the walk. */
const REQUESTS = {
  "POST /api/setup": (eve) => ({ body: { program: { name: "x", url: "https://x.example" }, owner: { email: "a@b.example", name: eve.name } } }),
  "GET /api/program": () => ({}),
  "PATCH /api/program": () => ({ body: { domains: ["eve.example"] } }),
  "GET /api/views": () => ({}),
  "POST /api/views": () => ({ body: { name: "Mine", query: "" } }),
  "DELETE /api/views/{id}": () => ({}),
  "GET /api/policies": () => ({}),
  "POST /api/policies": () => ({ body: { version: 1 } }),
  "GET /api/imports": () => ({}),
  "POST /api/imports": (eve) => ({ query: `?preset=dub&name=${eve.name}`, body: {} }),
  "GET /api/imports/{id}": () => ({}),
  "GET /api/imports/{id}/rows": () => ({}),
  "POST /api/imports/{id}/apply": () => ({ body: {} }),
  "POST /api/imports/{id}/undo": () => ({ body: {} }),
  "GET /api/partners": (eve) => ({ query: `?search=${eve.username}&partnerId=${eve.id}` }),
  "POST /api/partners": () => ({ body: { email: "eve.agency@partners.example" } }),
  "GET /api/partners/analytics": (eve) => ({ query: `?partnerId=${eve.id}&interval=all` }),
  "POST /api/commissions": (eve) => ({ body: { type: "lead", partnerId: eve.id, customer: { externalId: "new-customer", country: "AT" } } }),
  "POST /api/partners/ban": (eve) => ({ body: { partnerId: eve.id, reason: "spam" } }),
  "POST /api/partners/deactivate": (eve) => ({ body: { partnerId: eve.id } }),
  "POST /api/partners/reactivate": (eve) => ({ body: { partnerId: eve.id } }),
  "GET /api/partners/links": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "POST /api/partners/links": (eve) => ({ body: { partnerId: eve.id, url: "https://example.com/" } }),
  "PUT /api/partners/links/upsert": (eve) => ({ body: { partnerId: eve.id, url: "https://example.com/", key: "eve-secret" } }),
  "GET /api/links": () => ({ query: "?showArchived=true&pageSize=100" }),
  "POST /api/links": (eve) => ({ body: { url: "https://example.com/", partnerId: eve.id } }),
  "GET /api/pages": () => ({ query: "?pageSize=100" }),
  "POST /api/pages": (eve) => ({ body: { partnerId: eve.id, slug: "x" } }),
  "GET /api/pages/{id}": () => ({}),
  "PATCH /api/pages/{id}": () => ({ body: { content: {} } }),
  "POST /api/pages/{id}/publish": () => ({ body: {} }),
  "POST /api/pages/{id}/unpublish": () => ({ body: {} }),
  "GET /api/pages/{id}/versions": () => ({}),
  "POST /api/pages/{id}/restore": () => ({ body: { version: 1 } }),
  "POST /api/pages/{id}/preview": () => ({ body: {} }),
  "POST /api/pages/{id}/render": () => ({ body: {} }),
  "GET /api/links/info": () => ({ query: "?key=eve-secret" }),
  "GET /api/links/count": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "PUT /api/links/upsert": () => ({ body: { url: "https://example.com/", key: "eve-secret" } }),
  "POST /api/links/bulk": (eve) => ({ body: [{ url: "https://example.com/", partnerId: eve.id }] }),
  "PATCH /api/links/bulk": () => ({ body: { externalIds: ["x"], data: { archived: true } } }),
  "DELETE /api/links/bulk": () => ({ query: "?linkIds=ext_x" }),
  "PATCH /api/links/{id}": () => ({ body: { archived: true } }),
  "DELETE /api/links/{id}": () => ({}),
  "GET /api/tags": () => ({}),
  "POST /api/tags": () => ({ body: { name: "x" } }),
  "PATCH /api/tags/{id}": () => ({ body: { name: "x" } }),
  "DELETE /api/tags/{id}": () => ({}),
  "GET /api/folders": () => ({}),
  "POST /api/folders": () => ({ body: { name: "x" } }),
  "PATCH /api/folders/{id}": () => ({ body: { name: "x" } }),
  "DELETE /api/folders/{id}": () => ({}),
  "GET /api/groups": () => ({}),
  "POST /api/groups": () => ({ body: { name: "x" } }),
  "PATCH /api/groups/{id}": () => ({ body: { name: "x" } }),
  "DELETE /api/groups/{id}": () => ({}),
  "POST /api/capture": (eve) => ({ body: { params: { via: eve.username }, referrer: "partner" } }),
  "POST /api/consent": () => ({ body: { consent: true } }),
  "POST /api/referrals": () => ({ body: { about: "secret@holdings.example" } }),
  "GET /api/discount-codes": () => ({ query: "?pageSize=100" }),
  "POST /api/discount-codes": (eve) => ({ body: { code: "ADAS", partnerId: eve.id } }),
  "PATCH /api/discount-codes/{id_or_code}": () => ({ body: { endsAt: null } }),
  "DELETE /api/discount-codes/{id_or_code}": () => ({}),
  "GET /api/deals": (eve) => ({ query: `?partnerId=${eve.id}&search=secret` }),
  "POST /api/deals": (eve) => ({ body: { partnerId: eve.id, company: "Newcomer", contactEmail: "new@newcomer.example" } }),
  "GET /api/deals/{id}": () => ({}),
  "PATCH /api/deals/{id}": () => ({ body: { version: 1, company: "x" } }),
  "GET /api/deals/{id}/matches": () => ({}),
  "POST /api/deals/{id}/withdraw": () => ({ body: { version: 1 } }),
  "POST /api/deals/{id}/approve": () => ({ body: { version: 1 } }),
  "POST /api/deals/{id}/reject": () => ({ body: { version: 1, reason: "x" } }),
  "POST /api/deals/{id}/extend": () => ({ body: { version: 1, days: 1 } }),
  "POST /api/deals/{id}/stage": () => ({ body: { version: 1, stage: "x" } }),
  "POST /api/deals/{id}/won": () => ({ body: { version: 1, amount: 1, currency: "USD" } }),
  "POST /api/deals/{id}/lost": () => ({ body: { version: 1, reason: "x" } }),
  "GET /api/deal-help": () => ({}),
  "POST /api/deal-help": (eve) => ({ body: { partnerId: eve.id, opportunityId: "x", kind: "co_sell" } }),
  "POST /api/deal-help/{id}/confirm": () => ({ body: {} }),
  "POST /api/deal-help/{id}/decline": () => ({ body: {} }),
  "GET /api/terms": () => ({}),
  "POST /api/terms": () => ({ body: { version: 0, since: "2030-01-01T00:00:00Z", rules: [] } }),
  "GET /api/statements": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "POST /api/statements/close": () => ({ body: { month: "2020-01" } }),
  "GET /api/commissions": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "PATCH /api/commissions/bulk": () => ({ body: { commissionIds: ["cm_00000000000000000000000000"], status: "fraud" } }),
  "PATCH /api/commissions/{id}": () => ({ body: { status: "fraud" } }),
  "GET /api/applications": () => ({}),
  "POST /api/applications/{id}/approve": () => ({ body: { version: 1 } }),
  "POST /api/applications/{id}/decline": () => ({ body: { version: 1 } }),
  "GET /api/suspicions": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "GET /api/suspicions/{id}": () => ({}),
  "POST /api/suspicions/{id}/clear": () => ({ body: { version: 1 } }),
  "POST /api/suspicions/{id}/confirm": () => ({ body: { version: 1, reason: "x" } }),
  "POST /api/suspicions/{id}/hold": () => ({ body: { version: 1 } }),
  "GET /api/fraud-rules": () => ({}),
  "PUT /api/fraud-rules": () => ({ body: {} }),
  "GET /api/qr": () => ({ query: "?url=https://example.com/" }),
  "POST /api/track/lead": () => ({ body: { clickId: "", eventName: "x", customerExternalId: "newcomer" } }),
  "POST /api/track/sale": () => ({ body: { customerExternalId: "secret-customer", amount: 1, invoiceId: "in_secret" } }),
  "POST /api/tokens/embed/referrals": (eve) => ({ body: { partnerId: eve.id } }),
  "POST /api/facts": (eve) => ({ body: [{ id: "x", type: "touch", kind: "click", at: ago(0), partner: eve.id }] }),
  "GET /api/customers": () => ({ query: "?search=holdings&includeExpandedFields=true" }),
  "POST /api/customers": () => ({ body: { externalId: "newcomer" } }),
  "GET /api/customers/{id}": () => ({}),
  "PATCH /api/customers/{id}": () => ({ body: { name: "x" } }),
  "DELETE /api/customers/{id}": () => ({}),
  "POST /api/customers/{id}/merge": () => ({ body: { customerId: "ext_shared" } }),
  "POST /api/customers/{id}/unmerge": () => ({ body: { customerId: "ext_shared" } }),
  "POST /api/hooks/stripe": () => ({ body: { id: "evt_1", type: "invoice.paid", created: 1_790_000_000, data: { object: {} } } }),
  "GET /api/export": () => ({ query: "?kind=touches" }),
  "POST /api/restore": () => ({ body: { tributary: 1 } }),
  "GET /api/feed/segments/{id}": () => ({ id: "A".repeat(43) }),
  "GET /api/feed": (eve) => ({ query: `?partner=${eve.id}&partnerId=${eve.id}` }),
  "POST /api/sign-in-links": (eve) => ({ body: { partnerId: eve.id } }),
  "GET /api/session": (eve) => ({ query: `?partner=${eve.id}` }),
  "GET /api/members": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "POST /api/members": (eve) => ({ body: { email: "x@y.example", role: "partner_admin", partnerId: eve.id } }),
  "PATCH /api/members/{id}": (eve) => ({ id: eve.member, body: { name: "x" } }),
  "DELETE /api/members/{id}": (eve) => ({ id: eve.member }),
  "GET /api/keys": () => ({}),
  "POST /api/keys": () => ({ body: { name: "x", scopes: ["*"] } }),
  "PATCH /api/keys/{id}": () => ({ body: { name: "x" } }),
  "DELETE /api/keys/{id}": () => ({}),
  "GET /api/audit": (eve) => ({ query: `?target=${eve.id}` }),
  "GET /api/webhooks": () => ({}),
  "POST /api/webhooks": () => ({ body: { url: "https://hooks.example.com/", events: ["sale.created"] } }),
  "PATCH /api/webhooks/{id}": () => ({ body: { state: "paused" } }),
  "DELETE /api/webhooks/{id}": () => ({}),
  "POST /api/webhooks/{id}/rotate": () => ({ body: {} }),
  "POST /api/webhooks/{id}/test": () => ({ body: {} }),
  "GET /api/webhooks/{id}/deliveries": () => ({}),
  "POST /api/webhooks/{id}/replay": () => ({ body: { since: "2020-01-01T00:00:00Z" } }),
  "POST /api/deliveries/{id}/replay": () => ({ body: {} }),
  "GET /api/outbox": () => ({}),
  "POST /api/sign-in": (eve) => ({ body: { email: eve.email } }),
  "POST /sign-in": () => ({ body: {} }),
  "GET /sign-in": () => ({ query: "?token=guess" }),
  "POST /sign-out": () => ({ body: {} }),
  "GET /healthz": () => ({}),
  "GET /portal/apply": () => ({}),
  "POST /portal/apply": () => ({ body: {} }),
  "GET /unavailable": () => ({}),
  "GET /": () => ({}),
  "POST /{slug}": null,
  "GET /{slug}": null, // A partner's link and landing page are public, and show the partner's name and coupon to everybody.
  "GET /p/{partner}": null,
  "POST /p/{partner}": null,
  "GET /p/{partner}/{page}": null,
  "POST /p/{partner}/{page}": null,
};

nodeTest("every route of the table is walked", async () => {
  const walked = (await routeTable()).map(({ method, path: name }) => `${method} ${name}`);
  assert.ok(walked.length > 15, walked.join("\n"));
  assert.deepEqual([...walked].sort(), Object.keys(REQUESTS).sort());
});

/** Two partners with journeys of their own and one that they share. */
async function setting(t) {
  const ada = await t.partner("Ada Analytics");
  const eve = await t.partner("Eve Agency", { coupons: ["EVESECRET"] });
  eve.member = (await t.api("GET", `/members?partnerId=${eve.id}`)).body[0].id;
  const { body: link } = await t.api("POST", "/links", { url: "https://example.com/eve-secret", key: "eve-secret", partnerId: eve.id, utm_campaign: "eve-campaign" });
  const { body: page } = await t.api("POST", "/pages", { partnerId: eve.id, slug: "eve-page", content: { headline: "Secret headline" } });
  await t.api("POST", `/pages/${page.id}/publish`, {});
  const answer = await t.facts([
    { id: "a1", type: "touch", kind: "click", at: ago(20), link: "ada-analytics", visitor: "v1" },
    { id: "e1", type: "touch", kind: "click", at: ago(19), link: "eve-secret", visitor: "v1" },
    { id: "e2", type: "touch", kind: "click", at: ago(18), link: "eve-secret", visitor: "v2" },
    { id: "e3", type: "touch", kind: "coupon", at: ago(17), coupon: "EVESECRET", customer: "secret-customer" },
    { id: "l1", type: "lead.created", at: ago(16), customer: "shared", visitor: "v1", name: "Shared Customer" },
    { id: "l2", type: "lead.created", at: ago(15), customer: "secret-customer", visitor: "v2", name: "Secretive Person", company: "Secret Holdings", email: "secret@holdings.example" },
    { id: "r1", type: "revenue", kind: "new", at: ago(10), customer: "shared", amount: 1111, currency: "USD", invoice: "in_shared" },
    { id: "r2", type: "revenue", kind: "new", at: ago(9), customer: "secret-customer", amount: 98_765_432, currency: "USD", invoice: "in_secret" },
    { id: "f1", type: "partner.joined", at: ago(8), partner: eve.id, source: "network", group: "Secret group" },
    { id: "f2", type: "partner.goal", at: ago(8), partner: eve.id, metric: "revenue_sourced", period: "2026", target: 87_654_321 },
    { id: "f3", type: "partner.activity", at: ago(8), partner: eve.id, kind: "certification", person: "eve-person" },
    { id: "f4", type: "payout", at: ago(8), partner: eve.id, amount: 76_543_210, currency: "SEK" },
    { id: "f4b", type: "adjustment", at: ago(8), partner: eve.id, amount: -75_432_109, currency: "SEK", reason: "eve-reason" },
    { id: "f5", type: "cost", at: ago(8), partner: eve.id, category: "program", amount: 65_432_109, currency: "NOK" },
    { id: "f6", type: "cost", at: ago(8), category: "revenue", amount: 54_321_098, currency: "DKK" },
    { id: "f7", type: "spend", at: ago(8), campaign: "eve-spend", amount: 43_210_987, currency: "USD" },
    { id: "f8", type: "integration.used", at: ago(8), integration: "Eve Connector", partner: eve.id, customer: "shared", count: 32_109 },
    { id: "f9", type: "integration.used", at: ago(8), integration: "House Connector", customer: "shared", count: 21_098 },
    { id: "f10", type: "survey", at: ago(8), kind: "nps", customer: "shared", score: 7 },
    { id: "f11", type: "ticket", at: ago(8), customer: "shared", integration: "Eve Connector" },
    { id: "f12", type: "downtime", at: ago(8), integration: "Eve Connector", minutes: 10_987 },
    { id: "f13", type: "campaign", at: ago(8), campaign: "eve-webinar", partner: eve.id, kind: "attended", count: 98_712 },
    { id: "f14", type: "asset", at: ago(8), partner: eve.id, kind: "publication" },
    { id: "f15", type: "customer.churned", at: ago(7), customer: "secret-customer" },
    { id: "f16", type: "revenue", kind: "upsell", at: ago(7), customer: "secret-customer", amount: 87_123, currency: "CHF", product: "secret-product" },
  ]);
  assert.equal(answer.body.recorded, 25);
  await t.api("POST", "/deals", { partnerId: eve.id, company: "Secret Holdings", contactEmail: "secret@holdings.example" });
  await t.api("POST", "/deal-help", { partnerId: eve.id, opportunityId: "unknown", kind: "co_sell" });
  const secrets = [eve.id, eve.member, eve.name, eve.email, eve.username, link.id, "eve-secret", page.id, "eve-page", "Secret headline", "eve-campaign", "EVESECRET", "ecretive", "Secret Holdings",
    "holdings.example", "98765432", "secret-customer", "in_secret", "in_shared", "Shared Customer",
    "Secret group", "87654321", "certification", "76543210", "SEK", "75432109", "eve-reason", "65432109", "NOK", "54321098", "DKK", "eve-spend", "43210987", "Eve Connector", "32109",
    "House Connector", "21098", "10987", "eve-webinar", "98712", "publication", "87123", "CHF", "secret-product"];
  return { ada, eve, secrets };
}

test("nothing of Eve is in anything that Ada's credentials open", async (t) => {
  const { ada, eve, secrets } = await setting(t);
  const { body: embed } = await t.api("POST", "/tokens/embed/referrals", { partnerId: ada.id });
  const holders = {
    session: { cookie: await t.signIn(ada) },
    token: { authorization: `Bearer ${embed.publicToken}` },
    "publishable key": { authorization: `Bearer ${t.publishableKey}` },
    "session and another's forged token": { cookie: await t.signIn(ada), authorization: `Bearer ${embed.publicToken.replace(/.$/, "A")}x` },
    nobody: {},
  };
  const opened = {};
  for (const [holder, credentials] of Object.entries(holders)) {
    for (const { method, path: name } of await routeTable()) {
      const make = REQUESTS[`${method} ${name}`];
      if (!make || name === "/sign-out") continue;
      for (const accept of ["application/json", "*/*"]) {
        const { query = "", body, id } = make(eve);
        const sent = JSON.stringify(body ?? {}) + query;
        const response = await t.fetch((id ? name.replace("{id}", id) : name) + query, {
          method,
          headers: { accept, origin: t.url, ...credentials, ...(body && { "content-type": "application/json" }) },
          body: body && JSON.stringify(body),
        });
        const text = Buffer.from(await response.arrayBuffer()).toString("latin1");
        const head = JSON.stringify([...response.headers]);
        for (const secret of secrets.filter((word) => !sent.includes(word))) {
          assert.ok(!text.includes(secret) && !head.includes(secret), `${holder}: ${method} ${name} shows ${secret}`);
        }
        if (response.status < 300) (opened[holder] ??= new Set()).add(`${method} ${name}`);
      }
    }
  }
  // Asked for a link, the answer is the same whoever asks for whom; it comes by e-mail.
  const open = ["GET /healthz", "GET /", "GET /api/qr", "POST /api/sign-in"];
  assert.deepEqual([...opened.session].sort(), ["GET /api/feed", "GET /api/export", "GET /api/session", "GET /api/deals", "GET /api/deal-help", "POST /api/referrals", "GET /api/links", "GET /api/discount-codes", "GET /api/pages", ...open].sort());
  assert.deepEqual([...opened.token].sort(), ["GET /api/feed", ...open].sort());
  assert.deepEqual([...opened["publishable key"]].sort(), ["POST /api/track/lead", "POST /api/capture", "POST /api/consent", ...open].sort());
  assert.deepEqual([...opened["session and another's forged token"]].sort(), ["GET /api/session", ...open].sort());
  assert.deepEqual([...opened.nobody].sort(), open.sort());
});

test("what Ada is given of the shared journey is her part, with Eve masked", async (t) => {
  const { ada, eve } = await setting(t);
  const { body: embed } = await t.api("POST", "/tokens/embed/referrals", { partnerId: ada.id });
  const bySession = (await t.feed({ cookie: await t.signIn(ada) })).body;
  const byToken = (await t.feed({ token: embed.publicToken })).body;
  assert.deepEqual(byToken.log, bySession.log);
  assert.deepEqual(bySession.log.revenue.amount, [1111]);
  assert.deepEqual(bySession.log.partners, [{ id: ada.id, name: ada.name }, { id: null, name: null }]);
  assert.deepEqual(bySession.log.links.map((link) => link.key), ["ada-analytics"]);
  assert.deepEqual(new Set(bySession.log.clicks.partner), new Set([0]));
  const rows = (log) => Object.fromEntries(
    ["joins", "goals", "activities", "payouts", "costs", "spend", "churns", "usage", "surveys", "tickets", "downtimes", "mailings", "assets", "adjustments"].map((table) => [table, log[table].at.length]),
  );
  const none = { goals: 0, activities: 0, payouts: 0, costs: 0, spend: 0, churns: 0, usage: 0, surveys: 0, tickets: 0, downtimes: 0, mailings: 0, assets: 0, adjustments: 0 };
  assert.deepEqual(rows(bySession.log), { ...none, joins: 1 });
  const eves = (await t.feed({ cookie: await t.signIn(eve) })).body;
  assert.deepEqual(eves.log.revenue.amount, [1111, 98_765_432, 87_123]);
  assert.deepEqual(rows(eves.log), { ...none, joins: 2, goals: 1, activities: 1, payouts: 1, churns: 1, usage: 1, tickets: 1, downtimes: 1, mailings: 1, assets: 1, adjustments: 1 });
  const whole = (await t.feed()).body;
  assert.equal(whole.head.reader, "program");
  assert.equal(whole.log.partners.length, 2);
});

test("a widget's token ends, and opens nothing once changed", async (t) => {
  const { ada } = await setting(t);
  const { body } = await t.api("POST", "/tokens/embed/referrals", { partnerId: ada.id });
  assert.ok(Math.abs(Date.parse(body.expires) - Date.now() - 3 * 60 * 60 * 1000) < 60_000);
  const bytes = Buffer.from(body.publicToken, "base64url");
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i] ^= 1;
    assert.equal((await t.feed({ token: changed.toString("base64url") })).status, 401, `byte ${i}`);
  }
});
