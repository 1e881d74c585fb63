// Every fact of the catalogue: good, repeated, in conflict, bad; and what becomes of it in the feed.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const ago = (days) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
const statuses = ({ body }) => body.results.map((result) => result.status);
const NONE = 4_294_967_295;

/** One fact of each type, by its identifier, with the table of the log that it becomes a row of. */
const FACTS = (ada) => ({
  joined: [{ type: "partner.joined", partner: ada.id, source: "network", group: "Gold" }, "joins"],
  goal: [{ type: "partner.goal", partner: ada.id, metric: "revenue_sourced", period: "2026-Q1", target: 5_000_000 }, "goals"],
  login: [{ type: "partner.activity", partner: ada.id, kind: "login", person: "u1" }, "activities"],
  training: [{ type: "partner.activity", partner: ada.id, kind: "training", person: "u1" }, "activities"],
  cost: [{ type: "cost", category: "program", amount: 1_000, currency: "USD", partner: ada.id }, "costs"],
  rent: [{ type: "cost", category: "revenue", amount: 9_000, currency: "EUR" }, "costs"],
  spend: [{ type: "spend", campaign: "spring", amount: 2_000, currency: "USD" }, "spend"],
  payout: [{ type: "payout", partner: ada.id, amount: 300, currency: "USD" }, "payouts"],
  bonus: [{ type: "adjustment", partner: ada.id, amount: 250, currency: "USD" }, "adjustments"],
  correction: [{ type: "adjustment", partner: ada.id, amount: -40, currency: "EUR", reason: "duplicate_commission" }, "adjustments"],
  churned: [{ type: "customer.churned", customer: "c1" }, "churns"],
  installed: [{ type: "integration.installed", integration: "Sync", partner: ada.id, customer: "c1" }, "usage"],
  attempted: [{ type: "integration.attempted", integration: "Sync", customer: "c1" }, "usage"],
  used: [{ type: "integration.used", integration: "Sync", customer: "c1", count: 7 }, "usage"],
  feature: [{ type: "integration.feature_used", integration: "Sync", customer: "c1" }, "usage"],
  paid: [{ type: "integration.feature_used", integration: "Sync", customer: "c1", paid: true }, "usage"],
  onboarded: [{ type: "integration.onboarded", integration: "Sync", customer: "c1" }, "usage"],
  uninstalled: [{ type: "integration.uninstalled", integration: "Sync", customer: "c1" }, "usage"],
  nps: [{ type: "survey", kind: "nps", customer: "c1", score: 0 }, "surveys"],
  csat: [{ type: "survey", kind: "csat", customer: "c1", score: 5 }, "surveys"],
  ticket: [{ type: "ticket", customer: "c1", integration: "Sync" }, "tickets"],
  question: [{ type: "ticket", customer: "c1" }, "tickets"],
  downtime: [{ type: "downtime", integration: "Sync", minutes: 90 }, "downtimes"],
  sent: [{ type: "campaign", campaign: "spring", partner: ada.id, kind: "sent", count: 1_000 }, "mailings"],
  attended: [{ type: "campaign", campaign: "webinar", kind: "attended" }, "mailings"],
  story: [{ type: "asset", partner: ada.id, kind: "case_study" }, "assets"],
  upsell: [{ type: "revenue", kind: "upsell", customer: "c1", amount: 50, currency: "USD", product: "seats", invoice: "in_1" }, "revenue"],
  cross: [{ type: "revenue", kind: "cross_sell", customer: "c1", amount: 60, currency: "USD", product: "backup", recurring: "year" }, "revenue"],
  charged: [{ type: "revenue", kind: "chargeback", customer: "c1", amount: 50, currency: "USD", refundOf: "in_1" }, "revenue"],
});

const sent = (facts) => Object.entries(facts).map(([id, [fact]], i) => ({ id, at: ago(29 - i), ...fact }));

test("every fact of the catalogue is recorded once, and fed", async (t) => {
  const ada = await t.partner("Ada Analytics", { source: "outreach" });
  const all = FACTS(ada);
  const batch = sent(all);
  const first = await t.facts(batch);
  assert.deepEqual(new Set(statuses(first)), new Set(["recorded"]), JSON.stringify(first.body.results.filter((r) => r.error)));
  const { log } = (await t.feed()).body;
  for (const table of new Set(Object.values(all).map(([, table]) => table))) {
    // Ada's joining was recorded when the API enrolled her, too.
    const rows = Object.values(all).filter(([, into]) => into === table).length + (table === "joins");
    assert.equal(log[table].at.length, rows, table);
  }
  assert.deepEqual([log.joins.source, log.joins.group, log.groups], [["network", "outreach"], [0, NONE], ["Gold"]]);
  assert.deepEqual([log.goals.metric, log.goals.from, log.goals.until, log.goals.target], [["revenue_sourced"], [20_454], [20_544], [5_000_000]]);
  assert.deepEqual([log.activities.kind, log.activities.person], [["login", "training"], [0, 0]]);
  assert.deepEqual([log.costs.kind, log.costs.partner, log.costs.amount, log.costs.currency.map((i) => log.currencies[i])], [["program", "revenue"], [0, NONE], [1_000, 9_000], ["USD", "EUR"]]);
  assert.deepEqual([log.spend.campaign.map((i) => log.campaigns[i]), log.spend.amount], [["spring"], [2_000]]);
  assert.deepEqual([log.payouts.partner, log.payouts.amount], [[0], [300]]);
  assert.deepEqual([log.adjustments.amount, log.adjustments.reason, log.adjustments.currency.map((i) => log.currencies[i])], [[250, -40], ["", "duplicate_commission"], ["USD", "EUR"]]);
  assert.deepEqual(log.integrations, [{ name: "Sync", partner: 0 }]);
  assert.deepEqual(log.usage.kind, ["installed", "attempted", "used", "feature_used", "paid_feature_used", "onboarded", "uninstalled"]);
  assert.deepEqual(log.usage.count, [1, 1, 7, 1, 1, 1, 1]);
  assert.deepEqual([log.surveys.kind, log.surveys.score], [["nps", "csat"], [0, 5]]);
  assert.deepEqual([log.tickets.integration, log.downtimes.minutes], [[0, NONE], [90]]);
  assert.deepEqual([log.mailings.kind, log.mailings.partner, log.mailings.count, log.mailings.campaign.map((i) => log.campaigns[i])], [["sent", "attended"], [0, NONE], [1_000, 1], ["spring", "webinar"]]);
  assert.deepEqual(log.assets.kind, ["case_study"]);
  assert.deepEqual([log.revenue.kind, log.revenue.refunds, log.revenue.product.map((i) => log.products[i])], [["upsell", "cross_sell", "refund"], [NONE, NONE, 0], ["seats", "backup", undefined]]);
  assert.deepEqual(await t.rows("SELECT event_name FROM revenue WHERE kind = 'refund'"), [{ event_name: "Chargeback" }]);

  assert.deepEqual(new Set(statuses(await t.facts(batch))), new Set(["duplicate"]));
  assert.deepEqual((await t.feed()).body.log, log);
  const moved = batch.map((fact) => ({ ...fact, ...(fact.invoice ? { amount: 51 } : { at: ago(28) }) }));
  assert.deepEqual(new Set(statuses(await t.facts(moved))), new Set(["conflict"]));
  assert.deepEqual((await t.feed()).body.log, log);
  // One by one, a batch over many requests at once: the same.
  const again = await Promise.all(batch.slice(0, 8).map((fact) => t.facts(fact)));
  assert.deepEqual(new Set(again.flatMap(statuses)), new Set(["duplicate"]));
});

test("what breaks a rule names the field, and nothing of it is written", async (t) => {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  const nobody = "pn_00000000000000000000000000";
  const base = Object.fromEntries(Object.entries(FACTS(ada)).map(([id, [fact]]) => [id, { id, at: ago(1), ...fact }]));
  const bad = [
    ["joined", { partner: nobody }, "partner"], ["joined", { source: "luck" }, "source"], ["goal", { metric: "luck" }, "metric"],
    ["goal", { period: "soon" }, "period"], ["goal", { target: -1 }, "target"], ["goal", { target: 1.5 }, "fact"],
    ["login", { kind: "nap" }, "kind"], ["cost", { category: undefined }, "category"], ["cost", { amount: -1 }, "amount"],
    ["cost", { currency: "dollars" }, "currency"], ["spend", { campaign: " " }, "campaign"], ["spend", { campaign: "x".repeat(201) }, "campaign"],
    ["payout", { partner: undefined }, "partner"], ["bonus", { amount: 0 }, "amount"], ["bonus", { partner: undefined }, "partner"], ["correction", { reason: undefined }, "reason"], ["churned", { customer: "a b" }, "customer"], ["used", { count: 0 }, "count"],
    ["used", { count: 1_000_001 }, "count"], ["used", { paid: true }, "paid"], ["used", { integration: undefined }, "integration"],
    ["nps", { score: 11 }, "score"], ["csat", { score: 0 }, "score"], ["ticket", { customer: undefined }, "customer"],
    ["downtime", { minutes: undefined }, "minutes"], ["sent", { kind: "ignored" }, "kind"], ["story", { kind: "novel" }, "kind"],
    ["charged", { refundOf: undefined }, "refundOf"], ["upsell", { product: "" }, "product"], ["used", { type: "integration.broken" }, "type"],
    ["used", { at: "yesterday" }, "at"], ["installed", { colour: "red" }, "fact"],
  ];
  const answer = await t.facts(bad.map(([id, change], i) => ({ ...base[id], id: `bad-${i}`, ...change })));
  assert.equal(answer.status, 422);
  assert.deepEqual(answer.body.results.map((result) => result.error.message.split(/[:.]/)[0]), bad.map(([, , field]) => field));
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM fact WHERE type <> 'partner.joined'"), [{ n: 0 }]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM customer"), [{ n: 0 }]);
  // An integration is one partner's, whoever comes second and however they meet.
  const claim = (id, partner) => ({ ...base.installed, id, partner: partner.id });
  assert.deepEqual(statuses(await t.facts([claim("i1", ada), claim("i2", eve), { ...base.used, id: "i3" }])), ["recorded", "invalid", "recorded"]);
  const both = await Promise.all([ada, eve].map((partner, i) => t.facts({ ...claim(`j${i}`, partner), integration: "Other" })));
  assert.deepEqual(both.flatMap(statuses).sort(), ["invalid", "recorded"]);
});

test("uses that are alike are one row of the feed, and clicks that led nowhere none", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const quarter = new Date(Math.floor((Date.now() - 3_600_000) / 900_000) * 900_000);
  const at = (seconds) => new Date(quarter.getTime() + seconds * 1000).toISOString();
  const use = (id, seconds, more = {}) => ({ id, type: "integration.used", integration: "Sync", partner: ada.id, customer: "c1", at: at(seconds), ...more });
  await t.facts([use("u1", 5), use("u2", 899, { count: 3 }), use("u3", 900), use("u4", 6, { customer: "c2" })]);
  const { usage } = (await t.feed()).body.log;
  assert.deepEqual([usage.count, usage.at.map((time) => time - quarter / 1000)], [[4, 1, 1], [5, 6, 900]]);
  const size = async () => JSON.stringify((await t.feed({ cookie: await t.signIn(ada) })).body.log.touches).length;
  const before = await size();
  await t.facts(Array.from({ length: 50 }, (_, i) => ({ id: `n${i}`, type: "touch", kind: "click", at: ago(1), link: ada.username, visitor: `v${i}` })));
  assert.equal(await size(), before);
});

test("a store that fails at each statement records nothing, and the same batch may be sent again", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const batch = sent(FACTS(ada));
  const tables = ["customer", "integration", "fact", "revenue"];
  for (const table of tables) {
    await t.db.prepare(`CREATE TRIGGER broken BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END`).run();
    assert.equal((await t.facts(batch)).status, 503, table);
    await t.db.prepare("DROP TRIGGER broken").run();
    const counts = await Promise.all(tables.map((name) => t.rows(`SELECT count(*) AS n FROM ${name} WHERE ${name === "fact" ? "type <> 'partner.joined'" : "1"}`)));
    assert.deepEqual(counts.map(([{ n }]) => n), [0, 0, 0, 0], table);
  }
  assert.deepEqual(new Set(statuses(await t.facts(batch))), new Set(["recorded"]));
});

test("partners join and move by the API, and their groups are told by name", async (t) => {
  const { body: gold } = await t.api("POST", "/groups", { name: "Gold" });
  const ada = await t.partner("Ada Analytics");
  await t.api("POST", "/partners", { email: ada.email, groupId: gold.id });
  await t.api("POST", "/partners", { email: ada.email, name: "Ada Again" });
  const { log } = (await t.feed()).body;
  assert.deepEqual([log.joins.source, log.joins.group, log.groups], [["own", "own"], [NONE, 0], ["Gold"]]);
  assert.equal((await t.api("POST", "/partners", { email: "eve@partners.example", source: "luck" })).status, 422);
});
