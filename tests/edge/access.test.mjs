// Who may do what: roles and scopes by routes, keys, people, proof against other sites, limits, headers.

import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { routeTable } from "../support/routes.mjs";
import { test } from "../support/test.mjs";

/**
 * What each route needs: the scope of a key, and the roles that grant it (owner, marketer, finance; partner admin and member,
 * for what is their partner's). `null` is public, or opened by something else, which its own tests try. A new route fails the
 * walk until it stands here.
 */
const ROUTES = {
  "POST /api/setup": null,
  "POST /api/restore": null,
  "GET /api/export": ["facts:read", "OMFAP"],
  "GET /api/program": ["program:read", "OMF--"],
  "PATCH /api/program": ["program:write", "OM---"],
  "GET /api/views": ["program:read", "OMF--"],
  "POST /api/views": ["views:write", "OMF--"],
  "DELETE /api/views/{id}": ["views:write", "OMF--"],
  "GET /api/policies": ["program:read", "OMF--"],
  "POST /api/policies": ["program:write", "OM---"],
  "GET /api/partners": ["partners:read", "OMF--"],
  "POST /api/partners": ["partners:write", "OM---"],
  "GET /api/partners/analytics": ["commissions:read", "OMF--"],
  "POST /api/commissions": ["commissions:write", "OM---"],
  "POST /api/partners/ban": ["partners:write", "OM---"],
  "POST /api/partners/deactivate": ["partners:write", "OM---"],
  "POST /api/partners/reactivate": ["partners:write", "OM---"],
  "GET /api/customers": ["customers:read", "OMF--"],
  "POST /api/customers": ["customers:write", "OM---"],
  "GET /api/customers/{id}": ["customers:read", "OMF--"],
  "PATCH /api/customers/{id}": ["customers:write", "OM---"],
  "DELETE /api/customers/{id}": ["customers:write", "OM---"],
  "POST /api/customers/{id}/merge": ["customers:write", "OM---"],
  "POST /api/customers/{id}/unmerge": ["customers:write", "OM---"],
  "GET /api/imports": ["imports:write", "OM---"],
  "POST /api/imports": ["imports:write", "OM---"],
  "GET /api/imports/{id}": ["imports:write", "OM---"],
  "GET /api/imports/{id}/rows": ["imports:write", "OM---"],
  "POST /api/imports/{id}/apply": ["imports:write", "OM---"],
  "POST /api/imports/{id}/undo": ["imports:write", "OM---"],
  "GET /api/deals": ["deals:read", "OMFAP"],
  "POST /api/deals": ["deals:write", "OM-AP"],
  "GET /api/deals/{id}": ["deals:read", "OMFAP"],
  "PATCH /api/deals/{id}": ["deals:write", "OM-AP"],
  "GET /api/deals/{id}/matches": ["deals:read", "OMF--"],
  "POST /api/deals/{id}/withdraw": ["deals:write", "OM-AP"],
  "POST /api/deals/{id}/approve": ["deals:decide", "OM---"],
  "POST /api/deals/{id}/reject": ["deals:decide", "OM---"],
  "POST /api/deals/{id}/extend": ["deals:decide", "OM---"],
  "POST /api/deals/{id}/stage": ["deals:decide", "OM---"],
  "POST /api/deals/{id}/won": ["deals:decide", "OM---"],
  "POST /api/deals/{id}/lost": ["deals:decide", "OM---"],
  "POST /api/referrals": ["facts:read", "OMFAP"],
  "GET /api/deal-help": ["deals:read", "OMFAP"],
  "POST /api/deal-help": ["deals:write", "OM-AP"],
  "POST /api/deal-help/{id}/confirm": ["deals:write", "OM-AP"],
  "POST /api/deal-help/{id}/decline": ["deals:write", "OM-AP"],
  "GET /api/partners/links": ["links:read", "OMF--"],
  "POST /api/partners/links": ["links:write", "OM---"],
  "PUT /api/partners/links/upsert": ["links:write", "OM---"],
  "GET /api/links": ["links:read", "OMFAP"],
  "POST /api/links": ["links:write", "OM-AP"],
  "GET /api/links/info": ["links:read", "OMF--"],
  "GET /api/links/count": ["links:read", "OMF--"],
  "PUT /api/links/upsert": ["links:write", "OM---"],
  "POST /api/links/bulk": ["links:write", "OM---"],
  "PATCH /api/links/bulk": ["links:write", "OM---"],
  "DELETE /api/links/bulk": ["links:write", "OM---"],
  "PATCH /api/links/{id}": ["links:write", "OM-AP"],
  "DELETE /api/links/{id}": ["links:write", "OM---"],
  "GET /api/tags": ["links:read", "OMF--"],
  "POST /api/tags": ["links:write", "OM---"],
  "PATCH /api/tags/{id}": ["links:write", "OM---"],
  "DELETE /api/tags/{id}": ["links:write", "OM---"],
  "GET /api/folders": ["links:read", "OMF--"],
  "POST /api/folders": ["links:write", "OM---"],
  "PATCH /api/folders/{id}": ["links:write", "OM---"],
  "DELETE /api/folders/{id}": ["links:write", "OM---"],
  "GET /api/groups": ["partners:read", "OMF--"],
  "POST /api/groups": ["partners:write", "OM---"],
  "PATCH /api/groups/{id}": ["partners:write", "OM---"],
  "DELETE /api/groups/{id}": ["partners:write", "OM---"],
  "POST /api/capture": null,
  "POST /api/consent": null,
  "GET /api/discount-codes": ["coupons:read", "OMFAP"],
  "POST /api/discount-codes": ["coupons:write", "OM---"],
  "PATCH /api/discount-codes/{id_or_code}": ["coupons:write", "OM---"],
  "DELETE /api/discount-codes/{id_or_code}": ["coupons:write", "OM---"],
  "GET /api/qr": null,
  "GET /api/pages": ["pages:read", "OMFAP"],
  "POST /api/pages": ["pages:write", "OM---"],
  "GET /api/pages/{id}": ["pages:read", "OMF--"],
  "PATCH /api/pages/{id}": ["pages:write", "OM---"],
  "POST /api/pages/{id}/publish": ["pages:write", "OM---"],
  "POST /api/pages/{id}/unpublish": ["pages:write", "OM---"],
  "GET /api/pages/{id}/versions": ["pages:read", "OMF--"],
  "POST /api/pages/{id}/restore": ["pages:write", "OM---"],
  "POST /api/pages/{id}/preview": ["pages:write", "OM---"],
  "POST /api/pages/{id}/render": ["pages:write", "OM---"],
  "POST /api/track/lead": ["conversions:write", "OM---"],
  "POST /api/track/sale": ["conversions:write", "OM---"],
  "POST /api/tokens/embed/referrals": ["tokens:write", "OM---"],
  "POST /api/facts": ["facts:write", "OM---"],
  "POST /api/hooks/stripe": null,
  "GET /api/terms": ["commissions:read", "OMF--"],
  "POST /api/terms": ["commissions:write", "OM---"],
  "GET /api/statements": ["statements:read", "OMFAP"],
  "POST /api/statements/close": ["statements:close", "OMF--"],
  "GET /api/commissions": ["commissions:read", "OMF--"],
  "PATCH /api/commissions/bulk": ["commissions:write", "OM---"],
  "PATCH /api/commissions/{id}": ["commissions:write", "OM---"],
  "GET /api/applications": ["partners:read", "OMF--"],
  "POST /api/applications/{id}/approve": ["partners:write", "OM---"],
  "POST /api/applications/{id}/decline": ["partners:write", "OM---"],
  "GET /api/suspicions": ["commissions:read", "OMF--"],
  "GET /api/suspicions/{id}": ["commissions:read", "OMF--"],
  "POST /api/suspicions/{id}/clear": ["commissions:write", "OM---"],
  "POST /api/suspicions/{id}/confirm": ["commissions:write", "OM---"],
  "POST /api/suspicions/{id}/hold": ["commissions:write", "OM---"],
  "GET /api/fraud-rules": ["commissions:read", "OMF--"],
  "PUT /api/fraud-rules": ["commissions:write", "OM---"],
  "GET /api/feed/segments/{id}": ["facts:read", "OMFAP"],
  "GET /api/feed": ["facts:read", "OMFAP"],
  "POST /api/sign-in-links": ["sign-in-links:write", "OM-A-"],
  "GET /api/session": null,
  "GET /api/members": ["members:read", "OMFAP"],
  "POST /api/members": ["members:write", "O--A-"],
  "PATCH /api/members/{id}": ["members:write", "O--A-"],
  "DELETE /api/members/{id}": ["members:write", "O--A-"],
  "GET /api/keys": ["keys:read", "O----"],
  "POST /api/keys": ["keys:write", "O----"],
  "PATCH /api/keys/{id}": ["keys:write", "O----"],
  "DELETE /api/keys/{id}": ["keys:write", "O----"],
  "GET /api/audit": ["audit:read", "OMF--"],
  "GET /api/webhooks": ["webhooks:read", "OMF--"],
  "POST /api/webhooks": ["webhooks:write", "OM---"],
  "PATCH /api/webhooks/{id}": ["webhooks:write", "OM---"],
  "DELETE /api/webhooks/{id}": ["webhooks:write", "OM---"],
  "POST /api/webhooks/{id}/rotate": ["webhooks:write", "OM---"],
  "POST /api/webhooks/{id}/test": ["webhooks:write", "OM---"],
  "GET /api/webhooks/{id}/deliveries": ["webhooks:read", "OMF--"],
  "POST /api/webhooks/{id}/replay": ["webhooks:write", "OM---"],
  "POST /api/deliveries/{id}/replay": ["webhooks:write", "OM---"],
  "GET /api/outbox": ["webhooks:read", "OMF--"],
  "POST /api/sign-in": null,
  "POST /sign-in": null,
  "GET /sign-in": null,
  "POST /sign-out": null,
  "GET /healthz": null,
  "GET /portal/apply": null,
  "POST /portal/apply": null,
  "GET /p/{partner}": null,
  "POST /p/{partner}": null,
  "GET /p/{partner}/{page}": null,
  "POST /p/{partner}/{page}": null,
  "GET /unavailable": null,
  "GET /": null,
  "GET /{slug}": null,
  "POST /{slug}": null,
};
const LETTERS = { owner: "O", marketer: "M", finance: "F", partner_admin: "A", partner_member: "P" };

nodeTest("every route of the table says what it needs", async () => {
  const table = (await routeTable()).map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual([...table].sort(), Object.keys(ROUTES).sort());
});

/** A signed-in person: their identifier, and a way to ask as a page of ours does. */
async function person(t, role, partner, email = `${role}@people.example`) {
  const { status, body } = await t.api("POST", "/members", { email, name: role, role, partnerId: partner?.id });
  assert.equal(status, 201, JSON.stringify(body));
  return { ...body, ...(await enter(t, { memberId: body.id })) };
}

async function enter(t, whom) {
  const { body } = await t.api("POST", "/sign-in-links", whom);
  const entered = await t.fetch(new URL(body.url).pathname + new URL(body.url).search);
  const cookie = entered.headers.getSetCookie()[0].split(";")[0];
  const api = (method, path, sent, headers) => t.api(method, path, sent, { key: null, headers: { cookie, origin: t.url, ...headers } });
  return { cookie, api };
}

const makeKey = async (t, body, as = t) => {
  const answer = await as.api("POST", "/keys", { name: "a key", ...body });
  return { status: answer.status, ...answer.body, api: (method, path, sent, headers) => t.api(method, path, sent, { key: answer.body.key, headers }) };
};

/** Asks a route for nothing that it could do. */
const knock = (asker, method, path) =>
  asker.api(method, path.slice("/api".length), method === "GET" ? undefined : {}, { accept: "application/json" });

test("every route with every role", async (t) => {
  const ada = await t.partner("Ada Analytics");
  for (const role of Object.keys(LETTERS)) {
    const somebody = await person(t, role, role.startsWith("partner") ? ada : undefined);
    for (const { method, path } of await routeTable()) {
      const needs = ROUTES[`${method} ${path}`];
      if (!needs) continue;
      const { status, body } = await knock(somebody, method, path);
      const allowed = needs[1].includes(LETTERS[role]);
      const what = `${role}: ${method} ${path} ${status} ${JSON.stringify(body).slice(0, 200)}`;
      assert.ok(status < 500 && status !== 401, what);
      assert.equal(status !== 403, allowed, what);
    }
  }
});

test("every route with a key of the one scope, and with a key of all others", async (t) => {
  const needed = Object.values(ROUTES).filter(Boolean).map(([scope]) => scope);
  const scopes = [...new Set([...needed, "facts:backdate", "deals:write"])];
  const [only, others] = [{}, {}];
  for (const scope of new Set(needed)) {
    only[scope] = await makeKey(t, { scopes: [scope] });
    others[scope] = await makeKey(t, { scopes: scopes.filter((other) => other !== scope) });
  }
  for (const { method, path } of await routeTable()) {
    const needs = ROUTES[`${method} ${path}`];
    if (!needs) continue;
    const open = await knock(only[needs[0]], method, path);
    assert.ok(![401, 403].includes(open.status) && open.status < 500, `${method} ${path} ${open.status}`);
    const shut = await knock(others[needs[0]], method, path);
    assert.equal(shut.status, 403, `${method} ${path}`);
    assert.ok(shut.body.error.message.includes(needs[0]), shut.body.error.message);
    assert.equal(shut.body.error.code, "forbidden");
    const nobody = await knock({ api: (m, p, b, headers) => t.api(m, p, b, { key: null, headers }) }, method, path);
    assert.equal(nobody.status, 401, `${method} ${path}`);
  }
});

test("a browser's change must come from a page of ours", async (t) => {
  const { cookie } = await person(t, "marketer");
  const own = t.url.replace(/\/$/, "");
  let n = 0;
  const change = (headers, type = "application/json") =>
    t.fetch("/api/tags", { method: "POST", headers: { cookie, "content-type": type, ...headers }, body: JSON.stringify({ name: `tag ${n++}` }) });
  for (const [headers, expected] of [
    [{ origin: own }, 201],
    [{ "sec-fetch-site": "same-origin" }, 201],
    [{ "sec-fetch-site": "same-origin", origin: own }, 201],
    [{}, 403],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ origin: `${own}.evil.example` }, 403],
    [{ "sec-fetch-site": "same-site", origin: own }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "cross-site", origin: own }, 403],
    [{ "sec-fetch-site": "none" }, 403],
    [{ referer: `${own}/console/` }, 403],
  ]) {
    const response = await change(headers);
    assert.equal(response.status, expected, JSON.stringify(headers));
  }
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    assert.equal((await change({ origin: own }, type)).status, 400, type);
  }
  assert.equal((await t.fetch("/api/tags", { headers: { cookie } })).status, 200);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM tag"), [{ n: 3 }]);
  // A key that is sent decides alone, also where somebody is signed in.
  assert.equal((await change({ origin: own, authorization: `Bearer trb_sk_${"00".repeat(32)}` })).status, 401);
});

test("people are let in, changed and shown out", async (t) => {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  const admin = await enter(t, { partnerId: ada.id });
  const own = (await admin.api("GET", "/members")).body;
  assert.deepEqual(own.map(({ email, role, partnerId }) => [email, role, partnerId]), [[ada.email, "partner_admin", ada.id]]);
  const [eves] = (await t.api("GET", `/members?partnerId=${eve.id}`)).body;
  const [owner] = (await t.api("GET", "/members")).body;
  // A partner's admin: their own people, whatever is asked for, and nobody else's.
  const member = await admin.api("POST", "/members", { email: "Max@Ada.example", role: "partner_member" });
  assert.deepEqual([member.status, member.body.email, member.body.partnerId], [201, "max@ada.example", ada.id]);
  for (const [method, path, body, expected] of [
    ["GET", `/members?partnerId=${eve.id}`, undefined, 404],
    ["POST", "/members", { email: "x@y.example", role: "partner_member", partnerId: eve.id }, 404],
    ["POST", "/members", { email: "x@y.example", role: "owner" }, 422],
    ["POST", "/members", { email: "x@y.example", role: "admin" }, 422],
    ["POST", "/members", { email: "nobody", role: "partner_member" }, 422],
    ["POST", "/members", { email: "x@y.example", role: "partner_member", name: " " }, 422],
    ["POST", "/members", { email: "x@y.example" }, 422],
    ["POST", "/members", { email: "x@y.example", role: "partner_member", partner: eve.id }, 422],
    ["POST", "/members", { email: "max@ada.example", role: "partner_admin" }, 409],
    ["PATCH", `/members/${member.body.id}`, { role: "marketer" }, 422],
    ["PATCH", `/members/${eves.id}`, { name: "x" }, 404],
    ["PATCH", `/members/${owner.id}`, { name: "x" }, 404],
    ["DELETE", `/members/${eves.id}`, undefined, 404],
    ["DELETE", "/members/mem_x", undefined, 404],
    ["DELETE", `/members/${own[0].id}`, undefined, 409],
    ["PATCH", `/members/${own[0].id}`, { role: "partner_member" }, 409],
    ["POST", "/sign-in-links", { memberId: eves.id }, 404],
    ["POST", "/sign-in-links", { partnerId: eve.id }, 404],
    ["POST", "/sign-in-links", { role: "marketer" }, 404],
    ["POST", "/sign-in-links", { email: owner.email }, 404],
    ["POST", "/sign-in-links", { memberId: member.body.id }, 201],
  ]) {
    assert.equal((await admin.api(method, path, body)).status, expected, `${method} ${path} ${JSON.stringify(body)}`);
  }
  // Shown out, a person is out at once; another role is another door.
  const max = await enter(t, { email: "max@ada.example", partnerId: ada.id });
  assert.equal((await max.api("GET", "/feed", undefined, { accept: "application/json" })).status, 200);
  assert.equal((await admin.api("PATCH", `/members/${member.body.id}`, { role: "partner_admin", name: "Max" })).body.name, "Max");
  assert.equal((await max.api("GET", "/session")).status, 401);
  const again = await enter(t, { memberId: member.body.id });
  const waiting = (await t.api("POST", "/sign-in-links", { memberId: member.body.id })).body.url;
  assert.equal((await again.api("DELETE", `/members/${own[0].id}`)).status, 200);
  assert.equal((await admin.api("GET", "/session")).status, 401);
  assert.equal((await t.api("DELETE", `/members/${member.body.id}`)).status, 409);
  assert.equal((await t.api("POST", "/members", { email: "last@ada.example", role: "partner_admin", partnerId: ada.id })).status, 201);
  assert.equal((await t.api("DELETE", `/members/${member.body.id}`)).status, 200);
  assert.equal((await again.api("GET", "/session")).status, 401);
  assert.equal((await t.fetch(new URL(waiting).pathname + new URL(waiting).search)).status, 410);
});

test("the last owner stays, however requests meet; nobody hands out more than they hold", async (t) => {
  const [owner] = (await t.api("GET", "/members")).body;
  assert.equal((await t.api("DELETE", `/members/${owner.id}`)).status, 409);
  const { status, body } = await t.api("PATCH", `/members/${owner.id}`, { role: "finance" });
  assert.deepEqual([status, body.error.code], [409, "conflict"]);
  const second = await person(t, "owner");
  const both = await Promise.all([owner, second].map(({ id }) => t.api("DELETE", `/members/${id}`)));
  assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 409]);
  const [left] = (await t.api("GET", "/members")).body;
  // Who was made a marketer by a link of that role is no owner by it.
  const acting = await enter(t, { role: "marketer" });
  assert.equal((await acting.api("GET", "/session")).body.role, "marketer");
  assert.equal((await acting.api("GET", "/keys")).status, 403);
  assert.equal((await acting.api("POST", "/sign-in-links", { memberId: left.id })).status, 403);
  assert.equal((await acting.api("POST", "/sign-in-links", { role: "marketer" })).status, 201);
  const real = await enter(t, { memberId: left.id });
  assert.equal((await real.api("GET", "/session")).body.role, "owner");
  const porter = await makeKey(t, { scopes: ["members:write", "keys:write", "sign-in-links:write"] });
  for (const [method, path, sent] of [
    ["POST", "/members", { email: "x@y.example", role: "owner" }],
    ["POST", "/members", { email: "x@y.example", role: "finance" }],
    ["PATCH", `/members/${left.id}`, { name: "x" }],
    ["DELETE", `/members/${left.id}`],
    ["POST", "/sign-in-links", { memberId: left.id }],
    ["POST", "/keys", { name: "x", scopes: ["*"] }],
    ["POST", "/keys", { name: "x", scopes: ["links:read"] }],
  ]) {
    assert.equal((await porter.api(method, path, sent)).status, 403, `${method} ${path} ${JSON.stringify(sent)}`);
  }
  assert.equal((await porter.api("POST", "/keys", { name: "x", scopes: ["members:write"] })).status, 201);
});

test("keys are made, used, changed and revoked", async (t) => {
  const owner = await person(t, "owner");
  const key = await makeKey(t, { name: "Backend", scopes: ["links:read", "links:write"] }, owner);
  assert.equal(key.status, 201);
  assert.match(key.key, /^trb_sk_[0-9a-f]{64}$/);
  assert.equal(key.hint, key.key.slice(-4));
  assert.equal(key.lastUsedAt, null);
  const stored = JSON.stringify(await t.rows("SELECT * FROM api_key"));
  assert.ok(!stored.includes(key.key));
  assert.equal((await key.api("GET", "/links")).status, 200);
  await t.until("SELECT last_used_at IS NOT NULL AS n FROM api_key WHERE id = ?1", 1, key.id);
  const [{ used }] = await t.rows("SELECT last_used_at AS used FROM api_key WHERE id = ?1", key.id);
  await Promise.all(Array.from({ length: 5 }, () => key.api("GET", "/links")));
  const listed = (await owner.api("GET", "/keys")).body;
  assert.ok(!JSON.stringify(listed).includes(key.key));
  assert.equal(Date.parse(listed.find(({ id }) => id === key.id).lastUsedAt), used, "once a minute");
  assert.equal((await owner.api("PATCH", `/keys/${key.id}`, { scopes: ["links:read"], name: "Reader" })).body.name, "Reader");
  assert.equal((await key.api("POST", "/tags", { name: "x" })).status, 403);
  for (const [body, field] of [
    [{ name: " ", scopes: ["*"] }, "name"],
    [{ name: "x" }, "scopes"],
    [{ name: "x", scopes: [] }, "scopes"],
    [{ name: "x", scopes: ["links"] }, "scopes"],
    [{ name: "x", scopes: ["links:*"] }, "scopes"],
    [{ name: "x", scopes: ["links:read links:write"] }, "scopes"],
    [{ name: "x", scopes: "*" }, "scopes"],
    [{ name: "x", scopes: ["*"], hosts: ["a.example"] }, "hosts"],
    [{ name: "x", kind: "public", scopes: ["*"] }, "kind"],
    [{ name: "x", kind: "publishable", scopes: ["links:read"] }, "scopes"],
    [{ name: "x", kind: "publishable", hosts: ["https://a.example"] }, "hosts"],
    [{ name: "x", kind: "publishable", hosts: Array.from({ length: 51 }, (_, i) => `h${i}.example`) }, "hosts"],
    [{ name: "x", scopes: ["*"], key: "trb_sk_mine" }, "key"],
  ]) {
    const answer = await owner.api("POST", "/keys", body);
    assert.equal(answer.status, 422, JSON.stringify(body));
    assert.ok(answer.body.error.message.startsWith(field) || answer.body.error.message.includes(`\`${field}\``), answer.body.error.message);
  }
  const revoked = await owner.api("DELETE", `/keys/${key.id}`);
  assert.ok(revoked.body.revokedAt);
  assert.equal((await key.api("GET", "/links")).status, 401);
  assert.equal((await owner.api("DELETE", `/keys/${key.id}`)).body.revokedAt, revoked.body.revokedAt);
  assert.equal((await owner.api("PATCH", `/keys/${key.id}`, { name: "x" })).status, 409);
  assert.equal((await owner.api("DELETE", "/keys/key_x")).status, 404);
  assert.equal((await owner.api("GET", "/keys")).body.find(({ id }) => id === key.id).revokedAt, revoked.body.revokedAt);
});

test("a publishable key opens what it is for, on its hosts, until it is revoked", async (t) => {
  const bound = await makeKey(t, { kind: "publishable", hosts: ["shop.example", "*.shop.example"] });
  const free = await makeKey(t, { kind: "publishable" });
  let n = 0;
  const lead = (key, headers) => key.api("POST", "/track/lead", { clickId: "", eventName: "x", customerExternalId: `c${n++}` }, headers);
  const capture = (key, headers) => key.api("POST", "/capture", { params: {}, referrer: "" }, headers);
  for (const [key, headers, expected] of [
    [bound, { origin: "https://shop.example" }, 200],
    [bound, { origin: "https://eu.shop.example" }, 200],
    [bound, { referer: "https://shop.example/cart?x=1" }, 200],
    [bound, { origin: t.url.replace(/\/$/, "") }, 200],
    [bound, { origin: "https://example.com" }, 403],
    [bound, { origin: "https://notshop.example" }, 403],
    [bound, { origin: "https://shop.example.evil.example" }, 403],
    [bound, { origin: "null" }, 403],
    [bound, { origin: "https://evil.example", referer: "https://shop.example/" }, 403],
    [bound, {}, 403],
    [free, { origin: "https://example.com" }, 200],
    [free, { origin: "https://www.example.com" }, 200],
    [free, { origin: "https://shop.example" }, 403],
    [free, { referer: "https://evil.example/" }, 403],
    [free, {}, 200],
  ]) {
    assert.equal((await lead(key, headers)).status, expected, `lead ${JSON.stringify(headers)}`);
    assert.equal((await capture(key, headers)).status, expected, `capture ${JSON.stringify(headers)}`);
  }
  const { status, body } = await free.api("GET", "/feed");
  assert.deepEqual([status, body.error.code], [403, "forbidden"]);
  await t.api("PATCH", `/keys/${bound.id}`, { hosts: ["other.example"] });
  assert.equal((await capture(bound, { origin: "https://shop.example" })).status, 403);
  await t.api("DELETE", `/keys/${free.id}`);
  assert.equal((await lead(free, {})).status, 401);
  assert.equal((await capture(free, {})).status, 401);
});

test("limits by key, place and guess answer 429 and say when to come back", { limits: { KEYS: 30, VISITORS: 3, GUESSES: 4 } }, async (t) => {
  const from = (n) => ({ "cf-connecting-ip": `203.0.113.${n}` });
  const limited = (answer) => {
    assert.equal(answer.status, 429);
    assert.equal(answer.headers.get("retry-after"), "60");
    return answer.body?.error?.code;
  };
  const many = async (count, ask) => {
    let last;
    for (let i = 0; i < count; i++) last = await ask(i);
    return last;
  };
  await t.api("POST", "/links", { url: "https://example.com/", key: "locked", password: "open sesame" });
  const ada = await t.partner("Ada Analytics");
  // Words for a link, from one place; another place goes on guessing, and the right word comes too late here.
  const say = (word, place) =>
    t.fetch("/locked", { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", ...from(place) }, body: `password=${word}` });
  assert.equal((await many(4, () => say("wrong", 1))).status, 403);
  const late = await say("open+sesame", 1);
  limited(late);
  assert.match(await late.text(), /A little slower/);
  assert.equal((await say("open+sesame", 2)).status, 303);
  // Sign-in links and keys that nobody made.
  const tried = (place) => t.fetch("/sign-in?token=trb_in_guess", { headers: from(place) });
  assert.equal((await many(4, () => tried(3))).status, 410);
  limited(await tried(3));
  const guess = (place) => t.api("GET", "/links", undefined, { key: `trb_sk_${"0f".repeat(32)}`, headers: from(place) });
  assert.equal((await many(4, () => guess(4))).status, 401);
  assert.equal(limited(await guess(4)), "rate_limit_exceeded");
  assert.equal((await t.api("GET", "/links", undefined, { headers: from(4) })).status, 200, "who has a key is not locked out");
  // A page's visitors, by place.
  const capture = (place) => t.api("POST", "/capture", { params: { via: ada.username }, referrer: "" }, { key: t.publishableKey, headers: from(place) });
  assert.equal((await many(3, () => capture(5))).status, 200);
  assert.equal(limited(await capture(5)), "rate_limit_exceeded");
  assert.equal((await capture(6)).status, 200);
  // A secret key, wherever it is used; another is not concerned.
  const second = await makeKey(t, { scopes: ["links:read"] });
  assert.equal(limited(await many(40, (i) => t.api("GET", "/links", undefined, { headers: from(i + 10) }))), "rate_limit_exceeded");
  assert.equal((await second.api("GET", "/links")).status, 200);
  const kept = JSON.stringify(await Promise.all(["touch", "audit", "session", "api_key"].map((table) => t.rows(`SELECT * FROM ${table}`))));
  assert.ok(!kept.includes("203.0.113."), "no address is kept");
});

test("a limiter that is not there lets requests pass", { limits: null }, async (t) => {
  const ada = await t.partner("Ada Analytics");
  assert.equal((await t.fetch(`/${ada.username}`)).status, 302);
  assert.ok(await t.signIn(ada));
  assert.equal((await t.api("POST", "/capture", { params: {}, referrer: "" }, { key: t.publishableKey })).status, 200);
});

test("pages, answers and files say what a browser may do with them", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.api("POST", "/links", { url: "https://example.com/", key: "locked", password: "x" });
  const paths = ["/", `/p/${ada.username}`, "/locked", "/locked+", "/sign-in?token=x", "/unavailable", "/nothing-here", "/healthz", "/api/links", "/api/feed",
    "/api/nothing", `/${ada.username}`, "/portal/", "/console/", "/embed.js", "/capture.js", "/boot.js", "/style/base.css", "/style/widget.css", "/favicon.svg"];
  for (const path of paths) {
    const response = await t.fetch(path);
    const text = await response.text();
    const policies = response.headers.get("content-security-policy");
    assert.ok(policies?.includes("frame-ancestors 'none'"), `${path}: ${policies}`);
    assert.match(response.headers.get("strict-transport-security"), /^max-age=31536000; includeSubDomains$/, path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.ok(!/unsafe-inline|'unsafe-eval'/.test(policies), `${path}: ${policies}`);
    if (!response.headers.get("content-type")?.includes("text/html")) continue;
    const scripts = policies.match(/(?:script-src|default-src) [^;,]*/g)?.join();
    assert.ok(scripts, `${path}: ${policies}`);
    for (const [tag] of text.matchAll(/<script[^>]*>/g)) assert.match(tag, / (src|nonce)="/, path);
    assert.ok(!/<[^>]* on[a-z]+=/.test(text), `${path} has a handler inline`);
    assert.ok(!/<[^>]* style=/.test(text), `${path} has a style inline`);
  }
});
