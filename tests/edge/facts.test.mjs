import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const DAY = 24 * 60 * 60 * 1000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const statuses = ({ body }) => body.results.map((result) => result.status);

/** A year's story of one customer whom two partners met. */
function story(ada, eve) {
  return [
    { id: "t1", type: "touch", kind: "click", at: ago(60), link: ada.username, visitor: "v1", utm: { campaign: "spring" } },
    { id: "t2", type: "touch", kind: "click", at: ago(59), link: eve.username, visitor: "v1" },
    { id: "t3", type: "touch", kind: "click", at: ago(58), link: ada.username, visitor: "v1", excluded: "bot" },
    { id: "l1", type: "lead.created", at: ago(57), customer: "c1", name: "Bea Buyer", company: "Harbor Logistics", email: "bea@harbor.example", visitor: "v1" },
    { id: "l2", type: "lead.qualified", at: ago(56), customer: "c1" },
    { id: "o1", type: "opportunity.opened", at: ago(55), opportunity: "opp-1", customer: "c1", name: "Harbor, 20 seats", amount: 100_000, currency: "USD" },
    { id: "o2", type: "opportunity.stage", at: ago(54), opportunity: "opp-1", stage: "Proposal" },
    { id: "t4", type: "touch", kind: "co_sell", at: ago(53), partner: eve.id, customer: "c1" },
    { id: "o3", type: "opportunity.won", at: ago(50), opportunity: "opp-1" },
    { id: "r1", type: "revenue", kind: "new", at: ago(50), customer: "c1", amount: 100_000, currency: "USD", invoice: "in_1", opportunity: "opp-1" },
    { id: "r2", type: "revenue", kind: "refund", at: ago(40), customer: "c1", amount: 25_001, currency: "USD", refundOf: "in_1" },
  ];
}

test("a batch in the past is recorded, and sent again changes nothing", async (t) => {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency", { coupons: ["eve10"] })];
  const facts = [...story(ada, eve), { id: "t5", type: "touch", kind: "coupon", at: ago(51), coupon: "EVE10", customer: "c1" }];
  const first = await t.facts(facts);
  assert.equal(first.status, 200);
  assert.deepEqual(new Set(statuses(first)), new Set(["recorded"]));
  assert.equal(first.body.recorded, 12);
  const before = (await t.feed()).body.log;
  const again = await t.facts(facts.map((fact) => JSON.stringify(fact)).join("\n"), { headers: { "content-type": "application/x-ndjson" } });
  assert.deepEqual(new Set(statuses(again)), new Set(["duplicate"]));
  assert.deepEqual((await t.feed()).body.log, before);
  assert.deepEqual(before.revenue.amount, [100_000, 25_001]);
  assert.deepEqual(before.revenue.refunds, [4_294_967_295, 0]);
  assert.deepEqual(before.touches.mark, ["counted", "counted", "bot", "counted", "counted"]);
  assert.equal((await t.facts({ ...facts[9], amount: 5 })).body.results[0].status, "conflict");
  assert.equal((await t.facts({ ...facts[0], at: ago(61) })).body.results[0].status, "conflict");
});

test("what is wrong is said fact by fact, and what is right is recorded", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const at = new Date().toISOString();
  const answer = await t.facts([
    { id: "ok", type: "touch", kind: "click", at, link: ada.username },
    { id: "x1", type: "touch", kind: "click", at, link: "unknown" },
    { id: "x2", type: "touch", kind: "click", at, coupon: "UNKNOWN" },
    { id: "x3", type: "touch", kind: "click", at, partner: ada.id.replace(/.$/, (c) => (c === "0" ? "1" : "0")) },
    { id: "x4", type: "opportunity.won", at, opportunity: "unknown" },
    { id: "x5", type: "revenue", kind: "new", at: new Date(Date.now() + DAY).toISOString(), customer: "c", amount: 1, currency: "USD" },
    { type: "touch" },
    { id: "x7", type: "visit", at },
    { id: "x8", type: "touch", kind: "click", at, link: ada.username, colour: "red" },
    "nonsense",
    { id: "ok", type: "touch", kind: "click", at, link: ada.username },
    { id: "ok", type: "touch", kind: "click", at, link: ada.username, visitor: "other" },
  ]);
  assert.equal(answer.status, 200);
  assert.deepEqual(statuses(answer), [
    "recorded", ...Array(9).fill("invalid"), "duplicate", "conflict",
  ]);
  const messages = answer.body.results.slice(1, 10).map((result) => result.error.message.split(":")[0]);
  assert.deepEqual(messages, ["link", "coupon", "partner", "opportunity", "at", "id", "type", "fact", "fact"]);
  assert.equal(answer.body.results[6].id, "#6");
  assert.deepEqual(await t.rows("SELECT key FROM touch"), [{ key: "fact:ok" }]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM customer"), [{ n: 0 }]);
  assert.equal((await t.facts([{ id: "x", type: "visit", at }])).status, 422);
  assert.equal((await t.facts([])).status, 422);
  assert.equal((await t.facts(Array(501).fill({}))).status, 422);
  assert.equal((await t.facts("not json")).status, 400);
});

test("a line that is no JSON is refused by itself, with its number, and words are JSON's", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const fact = (id) => JSON.stringify({ id, type: "touch", kind: "click", at: ago(1), link: ada.username });
  const lines = { headers: { "content-type": "application/x-ndjson" } };
  const answer = await t.facts([fact("a"), "{id: 1}", fact("b"), "[1]", "5"].join("\n"), lines);
  assert.equal(answer.status, 200);
  assert.deepEqual(statuses(answer), ["recorded", "invalid", "recorded", "invalid", "invalid"]);
  const [, broken, , list, five] = answer.body.results;
  assert.equal(broken.id, "#1");
  assert.match(broken.error.message, /^fact: line 2 is not JSON: key must be a string/);
  for (const { error } of [list, five]) assert.doesNotMatch(error.message, /struct|RawFact|u16|u32/);
  assert.match(five.error.message, /expected an object$/);
  assert.equal((await t.facts("nothing\n{", lines)).status, 422);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM touch"), [{ n: 2 }]);
});

test("facts older than a day need a key with that scope", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { key } = (await t.api("POST", "/keys", { name: "fresh", scopes: ["facts:write"] })).body;
  const fact = (id, days) => ({ id, type: "touch", kind: "click", at: ago(days), link: ada.username });
  const answer = await t.facts([fact("a", 0), fact("b", 2)], { key });
  assert.deepEqual(statuses(answer), ["recorded", "invalid"]);
  assert.match(answer.body.results[1].error.message, /^at: .*facts:backdate/);
  const alone = await t.facts(fact("c", 2), { key });
  assert.deepEqual([alone.status, alone.body.error.code], [403, "forbidden"]);
  assert.match(alone.body.error.message, /^at: .*facts:backdate/);
  assert.equal((await t.facts(fact("c", 2))).status, 200);
});

test("a partner's feed has the shared journey with the other masked", async (t) => {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  await t.facts(story(ada, eve));
  const { body } = await t.feed({ cookie: await t.signIn(ada) });
  assert.equal(body.head.reader, "partner");
  assert.deepEqual(body.log.partners, [{ id: ada.id, name: "Ada Analytics" }, { id: null, name: null }]);
  assert.deepEqual(body.log.touches.partner, [0, 1, 0, 1]);
  assert.deepEqual(body.log.customers, ["Harbor L."]);
  assert.deepEqual(body.log.campaigns, ["spring"]);
  assert.deepEqual(body.log.revenue.amount, [100_000, 25_001]);
  const { headers } = await t.feed({ cookie: await t.signIn(ada) });
  const response = await t.fetch("/api/feed", { headers: { authorization: `Bearer ${t.apiKey}` } });
  assert.equal(response.headers.get("content-type"), "application/vnd.tributary.feed");
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(bytes.subarray(0, 5).toString("latin1"), "TRBF\u0004");
  const tag = headers.get("etag");
  const same = await t.fetch("/api/feed", { headers: { accept: "application/json", cookie: await t.signIn(ada), "if-none-match": tag } });
  assert.equal(same.status, 304);
});

test("no more is refunded than was paid, to the same customer, in the same currency", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const sale = (n) => ({ id: `s${n}`, type: "revenue", kind: "new", at: ago(5), customer: `c${n}`, amount: 10_000, currency: "USD", invoice: `in_${n}` });
  const refund = (id, amount, more = {}) => ({ id, type: "revenue", kind: "refund", at: ago(4), customer: "c1", amount, currency: "USD", refundOf: "in_1", ...more });
  await t.facts([{ id: "t1", type: "touch", kind: "click", at: ago(6), link: ada.username, customer: "c1" }, sale(1), sale(2)]);
  const answer = await t.facts([
    refund("r1", 3_000), refund("r2", 8_000), refund("r3", 1_000, { refundOf: "in_2" }), refund("r4", 1_000, { currency: "EUR" }), refund("r5", 7_000), refund("r6", 1),
  ]);
  assert.deepEqual(statuses(answer), ["recorded", "invalid", "invalid", "invalid", "recorded", "invalid"]);
  assert.deepEqual(
    answer.body.results.filter((r) => r.error).map((r) => r.error.message.split(":")[0]),
    ["amount", "refundOf", "currency", "amount"],
  );
  const parallel = await Promise.all(
    Array.from({ length: 6 }, (_, i) => t.facts(refund(`p${i}`, 6_000, { customer: "c2", refundOf: "in_2" }))),
  );
  assert.equal(parallel.filter(({ body }) => body.recorded === 1).length, 1);
  // A refund that comes before its sale finds it later, and still takes back no more than was paid.
  await t.facts(refund("early", 12_000, { customer: "c3", refundOf: "in_3" }));
  await t.facts([{ ...sale(3) }, { id: "t3", type: "touch", kind: "click", at: ago(6), link: ada.username, customer: "c3" }]);
  const { body } = await t.feed({ cookie: await t.signIn(ada) });
  const total = await t.rows("SELECT sum(CASE kind WHEN 'refund' THEN -amount ELSE amount END) AS n FROM revenue WHERE customer_id IN (SELECT id FROM customer WHERE external_id IN ('c1', 'c3'))");
  const shown = body.log.revenue.amount.reduce((sum, amount, i) => sum + (body.log.revenue.kind[i] === "refund" ? -amount : amount), 0);
  assert.equal(shown, total[0].n);
});

test("a fact's identifier stands for one event, also beside an invoice", async (t) => {
  const fact = { id: "same", type: "revenue", kind: "new", at: ago(1), customer: "c1", amount: 100, currency: "USD", invoice: "A1" };
  assert.deepEqual(statuses(await t.facts([fact, { ...fact, invoice: "B1" }, fact])), ["recorded", "conflict", "duplicate"]);
  assert.deepEqual(statuses(await t.facts([{ ...fact, invoice: "C1" }, fact, { ...fact, id: "other" }])), ["conflict", "duplicate", "duplicate"]);
  assert.deepEqual(await t.rows("SELECT invoice FROM revenue"), [{ invoice: "A1" }]);
  assert.deepEqual(statuses(await t.facts({ ...fact, id: "z", invoice: "Z1", currency: "ZZZ" })), ["invalid"]);
});
