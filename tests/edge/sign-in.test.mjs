import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

async function link(t, body) {
  const answer = await t.api("POST", "/sign-in-links", body);
  return { ...answer, path: answer.body.url && new URL(answer.body.url).pathname + new URL(answer.body.url).search };
}

test("a link signs in once; HEAD and programs do not use it up", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { status, path } = await link(t, { partnerId: ada.id });
  assert.equal(status, 201);
  assert.equal((await t.fetch(path, { method: "HEAD" })).status, 200);
  const preview = await t.fetch(path, { headers: { "user-agent": "Slackbot-LinkExpanding 1.0" } });
  assert.equal(preview.status, 200);
  assert.deepEqual(preview.headers.getSetCookie(), []);
  assert.equal((await t.fetch(path, { headers: { "sec-purpose": "prefetch" } })).status, 200);
  const entered = await t.fetch(path);
  assert.equal(entered.status, 303);
  assert.equal(entered.headers.get("location"), "/portal/");
  const [cookie] = entered.headers.getSetCookie();
  assert.match(cookie, /^__Host-trb_s=trb_s_[0-9a-f]{64}; Max-Age=2592000; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
  const again = await t.fetch(path);
  assert.equal(again.status, 410);
  assert.match(await again.text(), /<h1/);
  const stored = await t.rows("SELECT hash FROM session");
  assert.ok(!cookie.includes(stored[0].hash));
});

test("a link may be used at once only as often as it says", async (t) => {
  const { path } = await link(t, { role: "marketer", uses: 3 });
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await t.fetch(path)).status));
  assert.deepEqual(statuses.sort(), [303, 303, 303, 410, 410, 410, 410, 410]);
});

test("links past their time, unknown ones and bad requests", async (t) => {
  const { path } = await link(t, { role: "marketer" });
  await t.db.prepare("UPDATE sign_in SET expires_at = 1").run();
  assert.equal((await t.fetch(path)).status, 410);
  assert.equal((await t.fetch("/sign-in?token=nonsense")).status, 410);
  assert.equal((await t.fetch("/sign-in")).status, 410);
  const ada = await t.partner("Ada Analytics");
  for (const [body, expected] of [
    [{}, 422],
    [{ role: "owner" }, 422],
    [{ role: "marketer", partnerId: ada.id }, 422],
    [{ role: "marketer", expiresIn: 59 }, 422],
    [{ role: "marketer", expiresIn: 2_592_001 }, 422],
    [{ role: "marketer", uses: 0 }, 422],
    [{ role: "marketer", email: "owner@northbeam.example" }, 422],
    [{ memberId: "mem_00000000000000000000000000", email: "owner@northbeam.example" }, 422],
    [{ memberId: "mem_00000000000000000000000000" }, 404],
    [{ email: "nobody@northbeam.example" }, 404],
    [{ email: "owner@northbeam.example", partnerId: ada.id }, 404],
    [{ partnerId: "pn_x" }, 422],
    [{ partnerId: "pn_00000000000000000000000000" }, 404],
  ]) {
    assert.equal((await link(t, body)).status, expected, JSON.stringify(body));
  }
});

test("who is signed in, and signing out", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const cookie = await t.signIn(ada);
  const session = async (headers) => {
    const response = await t.fetch("/api/session", { headers });
    return [response.status, await response.json()];
  };
  const [status, { memberId, scopes, linkRules, ...who }] = await session({ cookie });
  assert.deepEqual(who, { email: ada.email, name: "Ada Analytics", role: "partner_admin", partnerId: ada.id, program: { id: t.program.id, name: "Northbeam" } });
  assert.deepEqual([status, linkRules.links], [200, 1]);
  assert.match(memberId, /^mem_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  assert.ok(scopes.includes("deals:write") && !scopes.includes("partners:read"), scopes);
  const marketer = await session({ cookie: await t.signIn("marketer") });
  assert.deepEqual([marketer[1].role, marketer[1].name], ["marketer", "Olive Owner"]);
  assert.equal((await session({}))[0], 401);
  const foreign = await t.fetch("/sign-out", { method: "POST", headers: { cookie, origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
  assert.equal((await session({ cookie }))[0], 200);
  const out = await t.fetch("/sign-out", { method: "POST", headers: { cookie, origin: t.url } });
  assert.equal(out.status, 303);
  assert.match(out.headers.getSetCookie()[0], /^__Host-trb_s=; Max-Age=0;/);
  assert.equal((await session({ cookie }))[0], 401);
  await t.db.prepare("UPDATE session SET expires_at = 1").run();
  assert.equal((await session({ cookie: await t.signIn(ada) }))[0], 200);
});
