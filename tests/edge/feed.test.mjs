// What a feed holds beside the journeys of customers, on the real runtime.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const ago = (days) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
const click = (id, days, link, visitor, more = {}) => ({ id, type: "touch", kind: "click", at: ago(days), link, ...(visitor && { visitor }), ...more });

/** Rows of a table by column, as objects. */
const rows = (table) => table[Object.keys(table)[0]].map((_, i) => Object.fromEntries(Object.entries(table).map(([name, column]) => [name, column[i]])));

test("paths of visitors who became nobody travel counted, and to the program only", async (t) => {
  const ada = await t.partner("Ada");
  const eve = await t.partner("Eve");
  await t.api("POST", "/links", { url: "https://example.com/own", key: "own" });
  const { body } = await t.facts([
    // Two visitors with the same path, written out of order.
    click("a2", 8, "eve", "v1"),
    click("a1", 9, "ada", "v1", { utm: { campaign: "spring" } }),
    click("b1", 7, "ada", "v2", { utm: { campaign: "spring" } }),
    click("b2", 6, "eve", "v2"),
    // The program's own link, twice; a touch without a visitor; a bot.
    click("c1", 5, "own", "v3"),
    click("c2", 4, "own", "v3"),
    click("d1", 3, "ada"),
    click("e1", 3, "ada", "v4", { excluded: "bot" }),
    // A visitor who became a customer, and a customer who was named at once: they are no part of it.
    click("f1", 9, "ada", "v5"),
    { id: "f2", type: "lead.created", at: ago(2), customer: "known", visitor: "v5" },
    { id: "g1", type: "touch", kind: "co_sell", at: ago(2), partner: ada.id, customer: "known" },
  ]);
  assert.equal(body.recorded, 11, JSON.stringify(body));

  const { log } = (await t.feed()).body;
  const partner = (id) => log.partners.findIndex((party) => party.id === id);
  const link = (key) => log.links.findIndex((row) => row.key === key);
  const none = 2 ** 32 - 1;
  const [a, e, spring] = [partner(ada.id), partner(eve.id), log.campaigns.indexOf("spring")];
  const sorted = (paths) => paths.map((path) => JSON.stringify(path)).sort();
  assert.deepEqual(
    sorted(rows(log.paths).map(({ by, steps, count }) => [by, steps, count])),
    sorted([
      ["partner", [a, e], 2],
      ["partner", [none, none], 1],
      ["partner", [a], 1],
      ["link", [link("ada"), link("eve")], 2],
      ["link", [link("own"), link("own")], 1],
      ["link", [link("ada")], 1],
      ["campaign", [spring, none], 2],
      ["campaign", [none, none], 1],
      ["campaign", [none], 1],
    ]),
  );
  assert.equal(log.touches.at.length, 2);

  const { body: embed } = await t.api("POST", "/tokens/embed/referrals", { partnerId: ada.id });
  for (const who of [{ cookie: await t.signIn(ada) }, { token: embed.publicToken }]) {
    const feed = (await t.feed(who)).body;
    assert.deepEqual(feed.log.paths, { by: [], steps: [], count: [] });
    assert.equal(feed.log.touches.at.length, 2);
  }
  const marketer = (await t.feed({ cookie: await t.signIn("marketer") })).body;
  assert.equal(marketer.log.paths.by.length, 9);
});

test("a path is bounded", async (t) => {
  await t.partner("Ada");
  const steps = Array.from({ length: 130 }, (_, i) => click(`x${i}`, 20 - i / 10, "ada", "busy"));
  assert.equal((await t.facts(steps)).body.recorded, 130);
  const { log } = (await t.feed()).body;
  assert.deepEqual(log.paths.count, [1, 1, 1]);
  assert.deepEqual(log.paths.steps.map((path) => path.length), [100, 100, 100]);
});

test("what is recorded of touches and of money is told", async (t) => {
  const ada = await t.partner("Ada", { coupons: ["ADA10"] });
  const landing = await t.click("ada");
  assert.match(landing.location, /\/p\/ada/);
  const { body } = await t.facts([
    { id: "c", type: "touch", kind: "coupon", at: ago(9), coupon: "ADA10", customer: "c1" },
    click("l", 8, "ada", null, { customer: "c1" }),
    { id: "v", type: "touch", kind: "landing", at: ago(8), partner: ada.id, customer: "c1" },
    { id: "d", type: "touch", kind: "deal_registration", at: ago(7), partner: ada.id, customer: "c1" },
    { id: "r1", type: "revenue", kind: "new", at: ago(6), customer: "c1", amount: 1200, currency: "USD", recurring: "year" },
    { id: "r2", type: "revenue", kind: "upsell", at: ago(5), customer: "c1", amount: 100, currency: "USD", recurring: "month" },
    { id: "r3", type: "revenue", kind: "cross_sell", at: ago(4), customer: "c1", amount: 500, currency: "USD" },
  ]);
  assert.equal(body.recorded, 7, JSON.stringify(body));
  const { log } = (await t.feed()).body;
  const touches = rows(log.touches).map(({ kind, coupon, page }) => [kind, log.coupons[coupon], log.pages[page]]);
  assert.deepEqual(touches, [
    ["coupon", "ADA10", undefined],
    ["click", undefined, "/p/ada"],
    ["landing", undefined, "/p/ada"],
    ["deal_registration", undefined, undefined],
  ]);
  assert.deepEqual(log.revenue.interval, [12, 1, 0]);
  assert.deepEqual(log.revenue.kind, ["new", "upsell", "cross_sell"]);
  const [registration, ...others] = rows(log.registrations);
  assert.equal(others.length, 0);
  assert.equal(registration.partner, log.partners.findIndex((party) => party.id === ada.id));
  assert.equal(registration.expires - registration.at, 90 * 24 * 60 * 60);
});

test("the head tells every version of the rules, and the time zone", { setup: { timezone: "Europe/Berlin" } }, async (t) => {
  const { head } = (await t.feed()).body;
  assert.deepEqual(head.policies.map(({ version, new: rule }) => [version, rule]), [[1, { model: "first", window: 30 }]]);
  const year = new Date().getUTCFullYear();
  const at = (time) => head.zone.findLast(([from]) => from <= Date.parse(time) / 1000)[1];
  assert.equal(at(`${year}-01-15T00:00:00Z`), 3600);
  assert.equal(at(`${year}-07-15T00:00:00Z`), 7200);
  // By the rule of the European Union: the last Sunday in March, 01:00 UTC.
  const sunday = new Date(Date.UTC(year, 2, 31, 1));
  sunday.setUTCDate(31 - sunday.getUTCDay());
  assert.ok(head.zone.some(([from, offset]) => from === sunday.getTime() / 1000 && offset === 7200));
});

test("rules that were stored before they had versions are read, and so is a zone that nobody knows", async (t) => {
  const first = { version: 3, new: { model: "last", window: 7 }, rest: { model: "linear", window: 60 } };
  await t.db.prepare("UPDATE program SET policy = ?1, timezone = 'Mars/Olympus'").bind(JSON.stringify(first)).run();
  const { head } = (await t.feed()).body;
  assert.equal(head.policies.length, 1);
  const [policy] = head.policies;
  assert.deepEqual([policy.version, policy.new, policy.renewal, policy.expansion], [3, first.new, first.rest, first.rest]);
  assert.deepEqual(head.zone, []);
});

test("a partner is given what a model of all journeys gives their own, and no more", async (t) => {
  const ada = await t.partner("Ada");
  const eve = await t.partner("Eve");
  const { body } = await t.facts([
    click("n1", 9, "eve", "nobody"),
    click("o1", 9, "eve", null, { customer: "others" }),
    { id: "o2", type: "revenue", kind: "new", at: ago(8), customer: "others", amount: 98_765, currency: "USD" },
    click("s1", 7, "ada", null, { customer: "shared" }),
    click("s2", 6, "eve", null, { customer: "shared" }),
    { id: "s3", type: "revenue", kind: "new", at: ago(5), customer: "shared", amount: 1000, currency: "USD" },
  ]);
  assert.equal(body.recorded, 6);
  const [policy] = (await t.feed()).body.head.policies;
  const rules = [{ ...policy, new: { model: "shapley", window: 30 } }];
  await t.db.prepare("UPDATE program SET policy = ?1").bind(JSON.stringify(rules)).run();

  const whole = (await t.feed()).body;
  assert.deepEqual(whole.head.policies, rules);
  assert.deepEqual(whole.log.given, { model: [], touch: [], weight: [] });
  const own = (await t.feed({ cookie: await t.signIn(ada) })).body;
  assert.deepEqual(own.log.paths, { by: [], steps: [], count: [] });
  assert.deepEqual(own.log.revenue.amount, [1000]);
  assert.ok(!JSON.stringify(own).includes(eve.id) && !JSON.stringify(own).includes("98765"));
  // Two sales: Eve has the one, and half of the other.
  assert.deepEqual(own.log.given.model, ["shapley", "shapley"]);
  const [adas, eves] = own.log.given.weight;
  assert.ok(Math.abs(eves / adas - 3) < 1e-9, `${eves} / ${adas}`);
});
