// Invariant 7: a partner sees only their own. Every route of the table is walked with everything that partner Ada can
// hold (a session, a widget's token, the publishable key in a page), looking for anything of partner Eve.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test as nodeTest } from "node:test";
import { root } from "../support/instance.mjs";
import { test } from "../support/test.mjs";

const ago = (days) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();

/** Every route of the table with its methods, as the table says it. */
async function routeTable() {
  const source = await readFile(path.join(root, "crates/edge/src/router.rs"), "utf8");
  const paths = { "path::SIGN_IN": "/sign-in", "path::SIGN_OUT": "/sign-out" };
  const [api, site] = source.split("Router::new()").slice(1);
  const read = (text, prefix) =>
    [...text.matchAll(/\.route\(([^,]+), ([^\n]+)\)\n/g)].flatMap(([, name, methods]) =>
      [...methods.matchAll(/\b(get|post|put|patch|delete)\(/g)].map(([, method]) => ({
        method: method.toUpperCase(),
        path: prefix + (paths[name] ?? JSON.parse(name)),
      })),
    );
  return [...read(api, "/api"), ...read(site, "")];
}

/** What a request to a route may say, for Ada about Eve. Every route must stand here: a new one fails the walk. */
const REQUESTS = {
  "POST /api/setup": (eve) => ({ body: { program: { name: "x", url: "https://x.example" }, owner: { email: "a@b.example", name: eve.name } } }),
  "GET /api/program": () => ({}),
  "PATCH /api/program": () => ({ body: { domains: ["eve.example"] } }),
  "GET /api/partners": (eve) => ({ query: `?search=${eve.username}&partnerId=${eve.id}` }),
  "POST /api/partners": () => ({ body: { email: "eve.agency@partners.example" } }),
  "GET /api/links": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "POST /api/links": (eve) => ({ body: { url: "https://example.com/", partnerId: eve.id } }),
  "GET /api/pages": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "POST /api/pages": (eve) => ({ body: { partnerId: eve.id, slug: "x" } }),
  "GET /api/pages/{id}": () => ({}),
  "PATCH /api/pages/{id}": () => ({ body: { content: {} } }),
  "POST /api/pages/{id}/publish": () => ({ body: {} }),
  "POST /api/pages/{id}/unpublish": () => ({ body: {} }),
  "GET /api/pages/{id}/versions": () => ({}),
  "POST /api/pages/{id}/restore": () => ({ body: { version: 1 } }),
  "POST /api/pages/{id}/preview": () => ({ body: {} }),
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
  "GET /api/discount-codes": (eve) => ({ query: `?partnerId=${eve.id}` }),
  "POST /api/discount-codes": (eve) => ({ body: { code: "ADAS", partnerId: eve.id } }),
  "PATCH /api/discount-codes/{id_or_code}": () => ({ body: { endsAt: null } }),
  "DELETE /api/discount-codes/{id_or_code}": () => ({}),
  "GET /api/qr": () => ({ query: "?url=https://example.com/" }),
  "POST /api/track/lead": () => ({ body: { clickId: "", eventName: "x", customerExternalId: "newcomer" } }),
  "POST /api/track/sale": () => ({ body: { customerExternalId: "secret-customer", amount: 1, invoiceId: "in_secret" } }),
  "POST /api/tokens/embed/referrals": (eve) => ({ body: { partnerId: eve.id } }),
  "POST /api/facts": (eve) => ({ body: [{ id: "x", type: "touch", kind: "click", at: ago(0), partner: eve.id }] }),
  "POST /api/hooks/stripe": () => ({ body: { id: "evt_1", type: "invoice.paid", created: 1_790_000_000, data: { object: {} } } }),
  "GET /api/feed": (eve) => ({ query: `?partner=${eve.id}&partnerId=${eve.id}` }),
  "POST /api/sign-in-links": (eve) => ({ body: { partnerId: eve.id } }),
  "GET /api/session": (eve) => ({ query: `?partner=${eve.id}` }),
  "GET /sign-in": () => ({ query: "?token=guess" }),
  "POST /sign-out": () => ({ body: {} }),
  "GET /healthz": () => ({}),
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
  const { body: link } = await t.api("POST", "/links", { url: "https://example.com/eve-secret", key: "eve-secret", partnerId: eve.id, utm_campaign: "eve-campaign" });
  const answer = await t.facts([
    { id: "a1", type: "touch", kind: "click", at: ago(20), link: "ada-analytics", visitor: "v1" },
    { id: "e1", type: "touch", kind: "click", at: ago(19), link: "eve-secret", visitor: "v1" },
    { id: "e2", type: "touch", kind: "click", at: ago(18), link: "eve-secret", visitor: "v2" },
    { id: "e3", type: "touch", kind: "coupon", at: ago(17), coupon: "EVESECRET", customer: "secret-customer" },
    { id: "l1", type: "lead.created", at: ago(16), customer: "shared", visitor: "v1", name: "Shared Customer" },
    { id: "l2", type: "lead.created", at: ago(15), customer: "secret-customer", visitor: "v2", name: "Secretive Person", company: "Secret Holdings", email: "secret@holdings.example" },
    { id: "r1", type: "revenue", kind: "new", at: ago(10), customer: "shared", amount: 1111, currency: "USD", invoice: "in_shared" },
    { id: "r2", type: "revenue", kind: "new", at: ago(9), customer: "secret-customer", amount: 98_765_432, currency: "USD", invoice: "in_secret" },
  ]);
  assert.equal(answer.body.recorded, 8);
  const secrets = [eve.id, eve.name, eve.email, eve.username, link.id, "eve-secret", "eve-campaign", "EVESECRET", "ecretive", "Secret Holdings",
    "holdings.example", "98765432", "secret-customer", "in_secret", "in_shared", "Shared Customer"];
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
        const { query = "", body } = make(eve);
        const sent = JSON.stringify(body ?? {}) + query;
        const response = await t.fetch(name + query, {
          method,
          headers: { accept, ...credentials, ...(body && { "content-type": "application/json" }) },
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
  const open = ["GET /healthz", "GET /", "GET /api/qr"];
  assert.deepEqual([...opened.session].sort(), ["GET /api/feed", "GET /api/session", ...open].sort());
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
  const eves = (await t.feed({ cookie: await t.signIn(eve) })).body;
  assert.deepEqual(eves.log.revenue.amount, [1111, 98_765_432]);
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
