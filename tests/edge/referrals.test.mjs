// "Why is my referral missing?": what a partner learns of what they know of, and what nobody learns of others.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";
import { changed, millis, read, sign } from "../support/token.mjs";

const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
const free = { limits: { GUESSES: 1000 } };
const nothing = (kind) => ({ kind, known: false, touches: [], identified: false, key: null, state: null, since: null, startsAt: null, endsAt: null });

/** A partner with the session of its first admin, and what they ask from a page of ours. */
async function partner(t, name, more) {
  const who = await t.partner(name, more);
  const headers = { cookie: await t.signIn(who), origin: t.url.replace(/\/$/, "") };
  const send = (body, over) => t.api("POST", "/referrals", body, { key: null, headers: { ...headers, ...over } });
  const ask = async (about) => {
    const { status, body } = await send({ about });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  return { ...who, send, ask };
}

/** Two partners: a journey that they share, one of Eve's alone, and one of nobody's. */
async function setting(t) {
  const ada = await partner(t, "Ada Analytics", { coupons: ["ADA10"] });
  const eve = await partner(t, "Eve Agency", { coupons: ["EVE10"] });
  const { body } = await t.facts([
    { id: "t1", type: "touch", kind: "click", at: ago(84), link: ada.username, visitor: "v1" },
    { id: "t2", type: "touch", kind: "click", at: ago(60), link: eve.username, visitor: "v1" },
    { id: "t3", type: "touch", kind: "click", at: ago(59), link: ada.username, visitor: "v1", excluded: "bot" },
    { id: "t4", type: "touch", kind: "click", at: ago(50), link: eve.username, visitor: "v2" },
    { id: "l1", type: "lead.created", at: ago(58), customer: "shared", visitor: "v1", company: "Shared Co", email: "jane@shared.example" },
    { id: "l2", type: "lead.created", at: ago(49), customer: "eves", visitor: "v2", company: "Eve's Co", email: "joe@eves.example" },
    { id: "l3", type: "lead.created", at: ago(48), customer: "direct", company: "Direct Co", email: "dan@direct.example" },
    { id: "c1", type: "touch", kind: "coupon", at: ago(47), coupon: "ADA10", customer: "shared" },
    { id: "r1", type: "revenue", kind: "new", at: ago(40), customer: "shared", amount: 5000, currency: "USD" },
  ]);
  assert.equal(body.recorded, 9, JSON.stringify(body));
  return { ada, eve };
}

test("an address answers with one's own touches, those not counted among them", free, async (t) => {
  const { ada, eve } = await setting(t);
  const found = await ada.ask(" Jane@Shared.example ");
  const { touches, ...rest } = found;
  const { touches: _, ...none } = nothing("email");
  assert.deepEqual(rest, { ...none, known: true, identified: true });
  assert.deepEqual(touches.map(({ kind, mark, link }) => [kind, mark, link]), [["coupon", "counted", null], ["click", "bot", ada.username], ["click", "counted", ada.username]]);
  // They are the feed's, to the second: there the page finds the rest.
  const { log } = (await t.feed({ cookie: await t.signIn(ada) })).body;
  const seconds = touches.map(({ at }) => Math.floor(Date.parse(at) / 1000));
  assert.ok(seconds.every((at) => log.touches.at.includes(at)), JSON.stringify(log.touches));
  assert.deepEqual((await eve.ask("jane@shared.example")).touches.length, 1);
  // Whoever is one with somebody has their addresses, too; somebody who is forgotten has none.
  const { body: customers } = await t.api("GET", "/customers");
  const id = (externalId) => customers.find((one) => one.externalId === externalId).id;
  assert.equal((await t.api("POST", `/customers/${id("shared")}/merge`, { customerId: id("direct") })).status, 200);
  assert.equal((await ada.ask("dan@direct.example")).touches.length, 3);
  assert.equal((await t.api("DELETE", `/customers/${id("eves")}`)).status, 200);
  assert.deepEqual(await eve.ask("joe@eves.example"), nothing("email"));
});

test("on a device that two share, a touch is whose the engine says", free, async (t) => {
  const ada = await partner(t, "Ada Analytics");
  await t.facts([
    { id: "t1", type: "touch", kind: "click", at: ago(30), link: ada.username, visitor: "v1" },
    { id: "l1", type: "lead.created", at: ago(29), customer: "first", visitor: "v1", email: "first@home.example" },
    { id: "l2", type: "lead.created", at: ago(20), customer: "second", visitor: "v1", email: "second@home.example" },
  ]);
  assert.equal((await ada.ask("first@home.example")).touches.length, 1);
  assert.deepEqual(await ada.ask("second@home.example"), nothing("email"));
  await t.facts([{ id: "t2", type: "touch", kind: "click", at: ago(10), link: ada.username, visitor: "v1" }]);
  assert.equal((await ada.ask("second@home.example")).touches.length, 1);
  assert.equal((await ada.ask("first@home.example")).touches.length, 1);
});

test("a click answers by its token, bare or in an address, before and after its visitor is somebody", free, async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const { token, location } = await t.click(ada.username);
  await t.until("SELECT count(*) FROM touch", 1);
  for (const about of [token, location, `trb_id=${token}`]) {
    const found = await ada.ask(about);
    assert.deepEqual([found.kind, found.known, found.identified, found.touches.map(({ kind, mark, link }) => [kind, mark, link])], ["click", true, false, [["click", "counted", ada.username]]]);
  }
  await t.api("POST", "/track/lead", { clickId: token, eventName: "Sign up", customerExternalId: "c1" });
  assert.equal((await ada.ask(token)).identified, true);
  // A program that says it is one.
  const bot = await t.click(ada.username, { headers: { "user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)" } });
  if (bot.token) assert.notEqual((await ada.ask(bot.token)).touches[0]?.mark, "counted");
  // The token proves itself where the touch never arrived.
  const { body } = read(token);
  const lost = sign(changed(body, 3, millis(Date.now() - 60_000)), t.keys.split(",")[0]);
  assert.deepEqual(await ada.ask(lost), { ...nothing("click"), known: true });
});

test("a coupon and a link answer with what is the partner's to know", free, async (t) => {
  const { ada } = await setting(t);
  const endsAt = new Date(Date.now() - 86_400_000).toISOString();
  assert.equal((await t.api("PATCH", "/discount-codes/ADA10", { endsAt })).status, 200);
  const { since, ...coupon } = await ada.ask("ada10");
  const { since: _, ...expected } = { ...nothing("coupon"), known: true, key: "ADA10", endsAt };
  assert.deepEqual(coupon, expected);
  assert.ok(Math.abs(Date.parse(since) - Date.now()) < 60_000);
  const link = { ...nothing("link"), known: true, key: ada.username, state: "live" };
  for (const about of [ada.username, new URL(ada.username, t.url).href, `/${ada.username}?utm_source=x`, `${new URL(t.url).host}/${ada.username.toUpperCase()}`]) assert.deepEqual(await ada.ask(about), link, about);
});

test("what is another's, nobody's or not there makes one answer", free, async (t) => {
  const { ada, eve } = await setting(t);
  const { token } = await t.click(eve.username);
  await t.until("SELECT count(*) FROM touch WHERE source = 'edge'", 1);
  const { body } = read(token);
  const key = t.keys.split(",")[0];
  for (const [kind, ...asked] of [
    ["email", "joe@eves.example", "dan@direct.example", "nobody@nowhere.example"],
    ["click", token, sign(changed(body, 35, Buffer.alloc(16, 7)), key), sign(changed(body, 3, millis(Date.now() - 100 * 86_400_000)), key), `${token.slice(0, -2)}AA`, "A".repeat(90)],
    ["name", "EVE10", eve.username, "NOBODY10"],
    ["link", new URL(eve.username, t.url).href, new URL("nobodys", t.url).href, `elsewhere.example/${ada.username}`],
  ]) {
    for (const about of asked) assert.deepEqual(await ada.ask(about), nothing(kind), about);
  }
  // What she shares says nothing of the other's part.
  const text = JSON.stringify(await ada.ask("jane@shared.example"));
  for (const secret of [eve.id, eve.username, "Eve", "shared.example", "Shared", "5000"]) assert.ok(!text.includes(secret), secret);
  assert.equal((await ada.send({ about: "jane@shared.example", partnerId: eve.id })).status, 404);
});

test("what is nothing to ask about is refused by its field", free, async (t) => {
  const ada = await partner(t, "Ada Analytics");
  for (const [body, field = "about"] of [
    [{}],
    [{ about: "" }],
    [{ about: "   " }],
    [{ about: null }],
    [{ about: 5 }],
    [{ about: ["jane@shared.example"] }],
    [{ about: "two words" }],
    [{ about: "a\u0000b" }],
    [{ about: "jane@" }],
    [{ about: "@shared.example" }],
    [{ about: "jane@shared" }],
    [{ about: "a@b@c.example" }],
    [{ about: `${"x".repeat(250)}@shared.example` }],
    [{ about: "https://example.com/a/b" }],
    [{ about: "https://example.com/" }],
    [{ about: "%%%" }],
    [{ about: "x".repeat(121) }],
    [{ about: "x".repeat(2001) }],
    [{ about: "x", partnerId: "ada" }, "partnerId"],
    [{ about: "x", email: "jane@shared.example" }, "email"],
  ]) {
    const { status, body: answer } = await ada.send(body);
    assert.deepEqual([status, answer.error?.message.split(":")[0].split(" ")[0]], [422, field], `${JSON.stringify(body).slice(0, 80)} ${JSON.stringify(answer)}`);
  }
  for (const body of ["[]", "5", "{", "", '"jane@shared.example"']) assert.equal((await ada.send(body)).status, 400, body);
  assert.equal((await ada.send({ about: "x" }, { "content-type": "text/plain" })).status, 400);
});

test("the signed in only, from pages of ours; the program says for whom", free, async (t) => {
  const { ada } = await setting(t);
  const about = "jane@shared.example";
  assert.equal((await t.api("POST", "/referrals", { about }, { key: null })).status, 401);
  assert.equal((await t.api("POST", "/referrals", { about }, { key: t.publishableKey })).status, 403);
  const { body: embed } = await t.api("POST", "/tokens/embed/referrals", { partnerId: ada.id });
  assert.equal((await t.api("POST", "/referrals", { about }, { key: embed.publicToken })).status, 401);
  assert.equal((await ada.send({ about }, { origin: "https://evil.example" })).status, 403);
  assert.equal((await t.api("GET", `/referrals?about=${about}`)).status, 405);
  assert.equal((await t.api("POST", "/referrals", { about })).status, 422);
  assert.equal((await t.api("POST", "/referrals", { about, partnerId: ada.id })).body.touches.length, 3);
  await t.api("POST", "/partners/deactivate", { partnerId: ada.id });
  assert.equal((await ada.send({ about })).status, 401);
});

test("whoever asks too much waits, and another does not; nothing that was asked is kept", { limits: { GUESSES: 3 } }, async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const eve = await partner(t, "Eve Agency");
  for (const about of ["one@asked.example", "two@asked.example", "%%%"]) await ada.send({ about });
  const { status, headers, body } = await ada.send({ about: "three@asked.example" });
  assert.deepEqual([status, headers.get("retry-after"), body.error.code], [429, "60", "rate_limit_exceeded"]);
  assert.equal((await eve.send({ about: "four@asked.example" })).status, 200);
  const tables = (await t.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'")).map(({ name }) => name);
  for (const name of tables) assert.ok(!JSON.stringify(await t.rows(`SELECT * FROM "${name}"`)).includes("asked.example"), name);
});

test("a store that fails says so", free, async (t) => {
  const { ada } = await setting(t);
  await t.db.prepare("ALTER TABLE identity RENAME TO gone_identity").run();
  const { status, headers } = await ada.send({ about: "jane@shared.example" });
  assert.deepEqual([status, headers.get("retry-after")], [503, "5"]);
});
