// Deals: registered by partners, decided by the marketer, won once; and help to sell, which the other side confirms.

import assert from "node:assert/strict";
import { report } from "../support/native.mjs";
import { test } from "../support/test.mjs";

const DAY = 24 * 60 * 60 * 1000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const later = (days) => ago(-days);
const ACME = {
  company: "Acme Software, Inc.", website: "https://www.acme.example", contactName: "Ada Buyer", contactEmail: "buyer@acme.example",
  amount: 1_000_000, currency: "usd", expectedClose: "2030-01-31", product: "pro", notes: "They asked for a demo.",
  sellerEmail: "Sam@ada.example",
};

/** A partner with a session, and what they call. */
async function partner(t, name) {
  const who = await t.partner(name);
  const cookie = await t.signIn(who);
  const call = (method, address, body) => t.api(method, address, body, { key: null, headers: { cookie, origin: t.url.replace(/\/$/, "") } });
  return { ...who, cookie, call, register: (more) => call("POST", "/deals", { ...ACME, ...more }) };
}

/** A step of a deal, as it was last seen. */
const step = (t, deal, name, body = {}) => t.api("POST", `/deals/${deal.id}/${name}`, { version: deal.version, ...body });
const count = async (t, table) => (await t.rows(`SELECT count(*) AS n FROM ${table}`))[0].n;
const LOG = "SELECT (SELECT count(*) FROM touch) + (SELECT count(*) FROM milestone) + (SELECT count(*) FROM revenue) + (SELECT count(*) FROM registration) + (SELECT count(*) FROM customer) + (SELECT count(*) FROM opportunity) AS n";
const inLog = async (t) => (await t.rows(LOG))[0].n;

/** Figures of a feed by identifier, computed natively by the engine. */
async function figures(t, cookie) {
  const headers = cookie ? { cookie } : { authorization: `Bearer ${t.apiKey}` };
  const bytes = Buffer.from(await (await t.fetch("/api/feed", { headers })).arrayBuffer());
  return (await report(bytes)).catalogue;
}

test("a deal's whole story: registered, approved, moved, won, and in the figures", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const made = await ada.register();
  assert.equal(made.status, 201);
  const { body: deal } = made;
  assert.match(deal.id, /^deal_/);
  assert.deepEqual([deal.state, deal.version, deal.known, deal.partnerId], ["submitted", 1, false, ada.id]);
  assert.deepEqual(deal.details, { ...ACME, currency: "USD", sellerEmail: "sam@ada.example" });
  // The double click: the same registration.
  const again = await ada.register();
  assert.deepEqual([again.status, again.body], [200, deal]);
  assert.equal(await inLog(t), 0);

  const edited = await ada.call("PATCH", `/deals/${deal.id}`, { version: 1, notes: null, amount: 900_000 });
  assert.equal(edited.status, 200, JSON.stringify(edited.body));
  assert.deepEqual([edited.body.version, edited.body.details.notes, edited.body.details.amount], [2, undefined, 900_000]);
  assert.equal(edited.body.details.company, ACME.company);

  const approved = await step(t, edited.body, "approve");
  assert.equal(approved.status, 200, JSON.stringify(approved.body));
  assert.deepEqual([approved.body.state, approved.body.version, approved.body.opportunityId], ["approved", 3, deal.id]);
  const days = (Date.parse(approved.body.protectedUntil) - Date.now()) / DAY;
  assert.ok(Math.abs(days - 90) < 0.01, `${days}`);
  const extended = await step(t, approved.body, "extend", { days: 30 });
  assert.equal(Date.parse(extended.body.protectedUntil) - Date.parse(approved.body.protectedUntil), 30 * DAY);
  const moved = await step(t, extended.body, "stage", { stage: "Proposal" });
  assert.deepEqual([moved.body.state, moved.body.stage], ["approved", "Proposal"]);

  // While it is open.
  let { log } = (await t.feed({ cookie: ada.cookie })).body;
  assert.deepEqual(log.touches.kind, ["deal_registration"]);
  assert.deepEqual(log.milestones.kind, ["opportunity.opened", "opportunity.stage"]);
  assert.equal(log.registrations.expires[0], Math.floor(Date.parse(extended.body.protectedUntil) / 1000));
  assert.deepEqual([log.registrations.opportunity, log.registrations.person], [[0], [0]]);
  let found = await figures(t, ada.cookie);
  assert.deepEqual([found.registered_deals, found.active_deals], ["1", "1"]);

  const won = await step(t, moved.body, "won", { amount: 1_200_000, currency: "usd", invoice: "in_1", recurring: "year" });
  assert.equal(won.status, 200, JSON.stringify(won.body));
  assert.deepEqual([won.body.state, won.body.wonAmount, won.body.wonCurrency, won.body.invoice], ["won", 1_200_000, "USD", "in_1"]);
  ({ log } = (await t.feed({ cookie: ada.cookie })).body);
  assert.deepEqual(log.milestones.kind, ["opportunity.opened", "opportunity.stage", "opportunity.won"]);
  assert.deepEqual([log.revenue.amount, log.revenue.kind, log.revenue.opportunity, log.revenue.interval], [[1_200_000], ["new"], [0], [12]]);
  found = await figures(t, ada.cookie);
  for (const [id, expect] of [
    ["registered_deals", "1"], ["active_deals", "0"], ["opportunities_sourced", "1"], ["revenue_sourced", "1200000"],
    ["revenue_assisted", "0"], ["revenue_influenced", "1200000"], ["revenue_attributed", "1200000"],
  ]) {
    assert.equal(found[id], expect, id);
  }
  // The program reads the same, and nobody else's feed holds any of it.
  assert.equal((await figures(t)).revenue_sourced, "1200000");
  const eve = await partner(t, "Eve Agency");
  const others = (await t.feed({ cookie: eve.cookie })).body.log;
  assert.deepEqual([others.customers, others.registrations.at], [[], []]);
});

test("every bad registration is refused, field by field", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const eve = await partner(t, "Eve Agency");
  for (const [change, field] of [
    [{ company: undefined }, "company"],
    [{ company: "  " }, "company"],
    [{ company: "x".repeat(201) }, "company"],
    [{ company: 7 }, "company"],
    [{ contactEmail: undefined }, "contactEmail"],
    [{ contactEmail: "nobody" }, "contactEmail"],
    [{ website: "nowhere" }, "website"],
    [{ amount: 0 }, "amount"],
    [{ amount: 1.5 }, "amount"],
    [{ amount: undefined }, "currency"],
    [{ currency: "zzz" }, "currency"],
    [{ expectedClose: "2026-02-30" }, "expectedClose"],
    [{ expectedClose: "soon" }, "expectedClose"],
    [{ notes: "x".repeat(5001) }, "notes"],
    [{ sellerEmail: "sam" }, "sellerEmail"],
    [{ colour: "red" }, "colour"],
  ]) {
    const { status, body } = await ada.register(change);
    assert.equal(status, 422, JSON.stringify(change));
    assert.match(body.error.message, new RegExp(`^${field}\\b`), JSON.stringify(change));
  }
  assert.equal((await ada.register({ partnerId: eve.id })).status, 404); // As if there were no such partner.
  assert.equal((await ada.call("POST", "/deals", "[]")).status, 400);
  assert.equal((await ada.call("POST", "/deals", "{")).status, 400);
  assert.equal((await t.api("POST", "/deals", ACME)).status, 422); // The program says for whom.
  assert.equal((await t.api("POST", "/deals", { ...ACME, partnerId: "pn_1" })).status, 422);
  for (const key of [null, "x", t.publishableKey]) {
    assert.ok([401, 403].includes((await t.api("POST", "/deals", ACME, { key })).status), String(key));
  }
  assert.equal(await count(t, "deal"), 0);
  assert.equal((await t.api("POST", "/deals", { ...ACME, partnerId: ada.id })).status, 201);
});

test("every bad step is refused, field by field, and nothing happens", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const { body: submitted } = await ada.register();
  for (const [name, change, status, field] of [
    ["approve", { version: undefined }, 422, "missing|version"],
    ["approve", { version: 2 }, 409, "version"],
    ["approve", { days: 0 }, 422, "days"],
    ["approve", { days: 366 }, 422, "days"],
    ["approve", { days: -5 }, 422, "days: must be from 1 to 365"],
    ["approve", { days: 99_999_999_999 }, 422, "days: must be from 1 to 365"],
    ["approve", { customerId: "cus_nobody" }, 422, "customerId"],
    ["approve", { customerExternalId: "a b" }, 422, "customerExternalId"],
    ["approve", { opportunityId: "unknown" }, 422, "opportunityId"],
    ["approve", { opportunityId: "x", customerId: "y" }, 422, "opportunityId"],
    ["reject", {}, 422, "reason"],
    ["reject", { reason: " " }, 422, "reason"],
    ["reject", { reason: "x", stage: "y" }, 422, "stage"],
    ["extend", { days: 10 }, 409, "state"],
    ["stage", { stage: "Proposal" }, 409, "state"],
    ["won", { amount: 1, currency: "USD" }, 409, "state"],
    ["lost", { reason: "price" }, 409, "state"],
  ]) {
    const answer = await step(t, submitted, name, change);
    assert.equal(answer.status, status, `${name} ${JSON.stringify(change)} ${JSON.stringify(answer.body)}`);
    assert.match(answer.body.error.message, new RegExp(field), `${name} ${JSON.stringify(change)}`);
  }
  const { body: open } = await step(t, submitted, "approve", { days: 300 });
  const before = await inLog(t);
  for (const [name, change, status, field] of [
    ["approve", {}, 409, "state"],
    ["reject", { reason: "x" }, 409, "state"],
    ["extend", {}, 422, "days"],
    ["extend", { days: 66 }, 422, "days"],
    ["stage", { stage: "" }, 422, "stage"],
    ["stage", { stage: "x".repeat(201) }, 422, "stage"],
    ["won", { amount: 0, currency: "USD" }, 422, "amount"],
    ["won", { amount: 1, currency: "$" }, 422, "currency"],
    ["won", { amount: 1, currency: "USD", invoice: "a b" }, 422, "invoice"],
    ["won", { amount: 1, currency: "USD", kind: "refund" }, 422, "kind"],
    ["won", { amount: 1, currency: "USD", recurring: "week" }, 422, "recurring"],
    ["won", { amount: 1, currency: "USD", closedAt: later(1) }, 422, "closedAt"],
    ["won", { amount: 1, currency: "USD", closedAt: ago(1) }, 422, "closedAt"],
    ["lost", {}, 422, "reason"],
    ["lost", { reason: "x", closedAt: "soon" }, 422, "closedAt"],
  ]) {
    const answer = await step(t, open, name, change);
    assert.equal(answer.status, status, `${name} ${JSON.stringify(change)} ${JSON.stringify(answer.body)}`);
    assert.match(answer.body.error.message, new RegExp(field), `${name} ${JSON.stringify(change)}`);
  }
  assert.equal(await inLog(t), before);
  assert.deepEqual((await t.api("GET", `/deals/${open.id}`)).body, open);
  for (const id of ["deal_1", "deal_00000000000000000000000000"]) {
    assert.equal((await step(t, { id, version: 1 }, "approve")).status, 404);
    assert.equal((await t.api("GET", `/deals/${id}`)).status, 404);
  }
  // What has been decided is not the partner's to change.
  assert.equal((await ada.call("PATCH", `/deals/${open.id}`, { version: open.version, company: "x" })).status, 409);
  assert.equal((await ada.call("POST", `/deals/${open.id}/withdraw`, { version: open.version })).status, 409);
});

test("each step happens once, however often it is sent; of two that differ one wins", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const { body: submitted } = await ada.register();
  const twice = await Promise.all(Array.from({ length: 5 }, () => step(t, submitted, "approve", { days: 60 })));
  assert.deepEqual(twice.map(({ status }) => status), Array(5).fill(200));
  assert.deepEqual(new Set(twice.map(({ body }) => body.version)), new Set([2]));
  assert.equal((await step(t, submitted, "approve", { days: 61 })).status, 409);
  assert.equal((await step(t, submitted, "reject", { reason: "late" })).status, 409);
  const open = twice[0].body;
  const log = await inLog(t);
  const differ = await Promise.all([
    step(t, open, "won", { amount: 500, currency: "USD" }),
    step(t, open, "lost", { reason: "price" }),
    step(t, open, "won", { amount: 600, currency: "USD" }),
    step(t, open, "extend", { days: 5 }),
  ]);
  assert.deepEqual(differ.map(({ status }) => status).sort(), [200, 409, 409, 409]);
  const winner = differ.findIndex(({ status }) => status === 200);
  assert.equal((await inLog(t)) - log, [2, 1, 2, 0][winner]);

  const { body: other } = await ada.register({ company: "Other", website: undefined, contactEmail: "x@other.example" });
  const { body: opened } = await step(t, other, "approve");
  const sale = { amount: 700, currency: "EUR" };
  const wins = await Promise.all(Array.from({ length: 4 }, () => step(t, opened, "won", sale)));
  assert.deepEqual(wins.map(({ status }) => status), Array(4).fill(200));
  assert.equal((await step(t, opened, "won", sale)).status, 200);
  const [{ n }] = await t.rows("SELECT count(*) AS n FROM revenue WHERE key = ?1", `deal:${other.id}:won`);
  assert.equal(n, 1);
  // Two registrations at once are one.
  const same = await Promise.all(Array.from({ length: 4 }, () => ada.register({ company: "Twin" })));
  assert.equal(new Set(same.map(({ body }) => body.id)).size, 1);
  assert.deepEqual(same.map(({ status }) => status).sort(), [200, 200, 200, 201]);
});

test("a mistake is undone: rejected and approved after all, lost and won after all, withdrawn for good", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const { body: deal } = await ada.register();
  const { body: rejected } = await step(t, deal, "reject", { reason: "We know them." });
  assert.deepEqual([rejected.state, rejected.reason], ["rejected", "We know them."]);
  assert.equal((await ada.call("GET", `/deals/${deal.id}`)).body.reason, "We know them.");
  assert.equal(await inLog(t), 0);
  const { body: open } = await step(t, rejected, "approve");
  assert.deepEqual([open.state, open.reason], ["approved", undefined]);
  const { body: lost } = await step(t, open, "lost", { reason: "price" });
  assert.deepEqual([lost.state, lost.reason], ["lost", "price"]);
  const { body: won } = await step(t, lost, "won", { amount: 100, currency: "USD" });
  assert.deepEqual([won.state, won.reason], ["won", undefined]);
  assert.deepEqual((await t.feed()).body.log.milestones.kind, ["opportunity.opened", "opportunity.lost", "opportunity.won"]);

  const { body: own } = await ada.register({ company: "Mine" });
  assert.equal((await t.api("POST", `/deals/${own.id}/withdraw`, { version: 1 })).status, 409);
  const withdrawn = await ada.call("POST", `/deals/${own.id}/withdraw`, { version: 1 });
  assert.deepEqual([withdrawn.status, withdrawn.body.state], [200, "withdrawn"]);
  assert.equal((await ada.call("POST", `/deals/${own.id}/withdraw`, { version: 1 })).status, 200);
  assert.equal((await step(t, withdrawn.body, "approve")).status, 409);
  // Registered anew it is another deal.
  assert.equal((await ada.register({ company: "Mine" })).status, 201);
});

test("protection is the program's, and ends: then the deal can be won, but not extended", async (t) => {
  for (const [days, status] of [[0, 422], [366, 422], ["x", 422], [30, 200]]) {
    assert.equal((await t.api("PATCH", "/program", { dealProtectionDays: days })).status, status, String(days));
  }
  assert.equal((await t.api("GET", "/program")).body.dealProtectionDays, 30);
  const ada = await partner(t, "Ada Analytics");
  const { body: submitted } = await ada.register();
  const { body: open } = await step(t, submitted, "approve");
  assert.ok(Math.abs(Date.parse(open.protectedUntil) - Date.now() - 30 * DAY) < 60_000);
  await t.db.batch([
    t.db.prepare("UPDATE deal SET protected_until = created_at + 1000"),
    t.db.prepare("UPDATE registration SET expires_at = (SELECT protected_until FROM deal)"),
    t.db.prepare("UPDATE deal SET protected_until = created_at"),
  ]);
  const { body: expired } = await t.api("GET", `/deals/${open.id}`);
  assert.equal(expired.state, "expired");
  const ids = async (query) => (await t.api("GET", `/deals${query}`)).body.map((deal) => deal.id);
  assert.deepEqual([await ids("?state=expired"), await ids("?state=approved")], [[open.id], []]);
  assert.equal((await step(t, open, "extend", { days: 5 })).status, 409);
  const { body: moved } = await step(t, open, "stage", { stage: "Late" });
  assert.deepEqual([moved.state, moved.stage], ["expired", "Late"]);
  assert.equal((await step(t, moved, "won", { amount: 100, currency: "USD" })).body.state, "won");
});

test("who is like a deal is found, and a partner is told only that somebody is", async (t) => {
  const [ada, eve] = [await partner(t, "Ada Analytics"), await partner(t, "Eve Agency")];
  await t.facts([
    { id: "l1", type: "lead.created", at: ago(0), customer: "c-domain", company: "Quite Different", email: "it@mail.acme.example" },
    { id: "l2", type: "lead.created", at: ago(0), customer: "c-name", company: "ACME Sofware GmbH", email: "x@elsewhere.example" },
    { id: "l3", type: "lead.created", at: ago(0), customer: "c-other", company: "Umbrella", email: "x@umbrella.example" },
    { id: "l4", type: "lead.created", at: ago(0), customer: "c-mail", company: "Zenith", email: "zen@gmail.com" },
    { id: "o1", type: "opportunity.opened", at: ago(0), opportunity: "opp-open", customer: "c-domain", name: "20 seats" },
    { id: "o2", type: "opportunity.opened", at: ago(0), opportunity: "opp-lost", customer: "c-domain" },
    { id: "o3", type: "opportunity.lost", at: ago(0), opportunity: "opp-lost" },
  ]);
  const eves = (await eve.register({ sellerEmail: undefined, notes: "Eve's secret" })).body;
  assert.equal(eves.known, true);
  const made = await ada.register({ company: "Acmé Software Ltd", contactEmail: "other@sales.acme.example", website: undefined });
  assert.equal(made.status, 201);
  assert.equal(made.body.known, true);
  const said = JSON.stringify([made.body, (await ada.call("GET", `/deals/${made.body.id}`)).body, (await ada.call("GET", "/deals")).body]);
  for (const secret of [eve.id, eves.id, "Eve", "c-domain", "c-name", "Quite", "opp-open"]) {
    assert.ok(!said.includes(secret), secret);
  }
  const { body: matches } = await t.api("GET", `/deals/${made.body.id}/matches`);
  assert.deepEqual(
    matches.map(({ kind, id, customerExternalId, partnerId, score }) => [kind, partnerId ?? customerExternalId, id === eves.id || id, score]).map(([kind, whose, id, score]) => [kind, whose, kind === "customer" ? "" : id, score]),
    [
      ["deal", eve.id, true, 0.99],
      ["customer", "c-domain", "", 0.95],
      ["opportunity", "c-domain", "opp-open", 0.95],
      ["customer", "c-name", "", 0.86],
    ],
  );
  assert.deepEqual(matches[0].reasons, [{ by: "name", score: 0.99 }, { by: "domain", score: 0.95, domain: "acme.example" }]);
  assert.deepEqual(matches[0].state, "submitted");
  // An address at everybody's host says nothing; the same address says all.
  assert.equal((await ada.register({ company: "Nova", website: undefined, contactEmail: "nova@gmail.com" })).body.known, false);
  const zen = (await ada.register({ company: "Nova", website: undefined, contactEmail: "zen@gmail.com" })).body;
  assert.equal(zen.known, true);
  const whys = (await t.api("GET", `/deals/${zen.id}/matches`)).body.find((match) => match.kind === "customer").reasons;
  assert.deepEqual(whys, [{ by: "email", score: 1 }]);
  // What was rejected or withdrawn stands in nobody's way.
  await step(t, eves, "reject", { reason: "known" });
  assert.deepEqual((await t.api("GET", `/deals/${made.body.id}/matches`)).body.map((match) => match.kind).sort(), ["customer", "customer", "opportunity"]);
  assert.equal((await ada.call("GET", `/deals/${made.body.id}/matches`)).status, 403);
});

test("approval ties a deal to whom the marketer names, and writes nothing over", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  await t.facts([
    { id: "l1", type: "lead.created", at: ago(0), customer: "c1", company: "Acme GmbH", email: "boss@acme.example", name: "Bea Boss" },
    { id: "o1", type: "opportunity.opened", at: ago(0), opportunity: "opp-1", customer: "c1" },
  ]);
  const [{ id: c1 }] = await t.rows("SELECT id FROM customer");
  const register = async (company, more) => (await ada.register({ company, ...more })).body;
  const customers = () => t.rows("SELECT external_id, email, company, name FROM customer ORDER BY rowid");
  const known = await customers();

  const part = await step(t, await register("One"), "approve", { opportunityId: "opp-1" });
  assert.deepEqual([part.body.opportunityId, part.body.customerId], ["opp-1", c1]);
  const own = await step(t, await register("Two"), "approve", { customerId: c1 });
  assert.deepEqual([own.body.opportunityId, own.body.customerId], [own.body.id, c1]);
  const named = await step(t, await register("Three"), "approve", { customerExternalId: "c1" });
  assert.equal(named.body.customerId, c1);
  assert.deepEqual(await customers(), known);
  // A new customer of the vendor's, and one that only the address names; the same address is the same customer.
  const fresh = await step(t, await register("Four", { contactEmail: "four@x.example" }), "approve", { customerExternalId: "c4" });
  assert.notEqual(fresh.body.customerId, c1);
  const mail = await step(t, await register("Five", { contactEmail: "five@x.example" }), "approve");
  const same = await step(t, await register("Six", { contactEmail: "five@x.example" }), "approve");
  assert.equal(same.body.customerId, mail.body.customerId);
  assert.deepEqual((await customers()).slice(1).map(({ external_id, email, company }) => [external_id, email, company]), [
    ["c4", "four@x.example", "Four"], [null, "five@x.example", "Five"],
  ]);
  // The opportunity that was there is not opened again.
  const opened = await t.rows("SELECT opportunity_id AS id, count(*) AS n FROM milestone WHERE kind = 'opportunity.opened' GROUP BY 1");
  assert.ok(opened.every(({ n }) => n === 1) && opened.length === 6, JSON.stringify(opened));
  // A backend that names the customer later by the same address finds them.
  await t.api("POST", "/track/lead", { eventName: "Sign up", customerExternalId: "c5", customerEmail: "five@x.example" });
  assert.equal((await t.rows("SELECT count(DISTINCT root_id) AS n FROM customer"))[0].n, 3);
  // The partner sees neither customer nor opportunity.
  const { body: shown } = await ada.call("GET", `/deals/${part.body.id}`);
  assert.deepEqual([shown.opportunityId, shown.customerId], [undefined, undefined]);
});

test("an invoice counts once, through whichever door it comes, and in whichever order", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const open = async (n) => {
    const { body } = await ada.register({ company: `Company ${n}`, contactEmail: `a@company${n}.example`, website: undefined });
    return (await step(t, body, "approve", { customerExternalId: `c${n}` })).body;
  };
  const fact = (n) => ({ id: `r${n}`, type: "revenue", kind: "new", at: new Date().toISOString(), customer: `c${n}`, amount: 500, currency: "USD", invoice: `in_${n}` });
  const track = (n, amount = 500) => t.api("POST", "/track/sale", { customerExternalId: `c${n}`, amount, currency: "usd", invoiceId: `in_${n}` });
  const win = (deal, n, more) => step(t, deal, "won", { amount: 500, currency: "USD", invoice: `in_${n}`, ...more });

  // First the other door, then the win: it refers to the sale, which learns its opportunity.
  const [one, two, three, four] = [await open(1), await open(2), await open(3), await open(4)];
  assert.equal((await track(1)).status, 200);
  assert.equal((await t.facts(fact(2))).body.recorded, 1);
  assert.equal((await win(one, 1)).body.state, "won");
  assert.equal((await win(two, 2)).body.state, "won");
  // First the win.
  assert.equal((await win(three, 3)).body.state, "won");
  assert.equal((await track(3)).status, 200);
  assert.equal((await t.facts(fact(3))).body.duplicate, 1);
  assert.equal((await track(3, 501)).status, 409);
  const rows = await t.rows("SELECT key, amount, opportunity_id AS opportunity FROM revenue ORDER BY key");
  assert.deepEqual(rows, [one, two, three].map(({ id }, i) => ({ key: `invoice:in_${i + 1}`, amount: 500, opportunity: id })));
  // Another amount, and another customer's invoice: the win is refused, and the deal stays open.
  for (const change of [{ invoice: "in_1" }, { invoice: "in_2", amount: 501 }]) {
    const answer = await win(four, 4, change);
    assert.equal(answer.status, 409, JSON.stringify(change));
    assert.match(answer.body.error.message, /^invoice/);
  }
  assert.equal((await t.api("GET", `/deals/${four.id}`)).body.state, "approved");
  // Both doors at once.
  const both = await Promise.all([win(four, 4), track(4), t.facts(fact(4)), win(four, 4)]);
  assert.deepEqual(both.map(({ status }) => status), [200, 200, 200, 200]);
  assert.equal(await count(t, "revenue"), 4);
  assert.equal((await t.rows("SELECT count(*) AS n FROM milestone WHERE kind = 'opportunity.won'"))[0].n, 4);
});

test("a partner works on their own deals only", async (t) => {
  const [ada, eve] = [await partner(t, "Ada Analytics"), await partner(t, "Eve Agency")];
  const { body: eves } = await eve.register();
  assert.deepEqual((await ada.call("GET", "/deals")).body, []);
  assert.deepEqual((await ada.call("GET", `/deals?partnerId=${eve.id}&search=acme`)).body, []);
  for (const [method, address, body] of [
    ["GET", `/deals/${eves.id}`],
    ["PATCH", `/deals/${eves.id}`, { version: 1, company: "Mine" }],
    ["POST", `/deals/${eves.id}/withdraw`, { version: 1 }],
  ]) {
    assert.equal((await ada.call(method, address, body)).status, 404, `${method} ${address}`);
  }
  for (const [name, body] of [["approve", {}], ["reject", { reason: "x" }], ["extend", { days: 1 }], ["stage", { stage: "x" }], ["won", { amount: 1, currency: "USD" }], ["lost", { reason: "x" }]]) {
    assert.equal((await eve.call("POST", `/deals/${eves.id}/${name}`, { version: 1, ...body })).status, 403, name);
  }
  assert.equal((await ada.call("POST", "/deal-help", { dealId: eves.id, kind: "co_sell" })).status, 422);
  assert.deepEqual((await eve.call("GET", `/deals/${eves.id}`)).body, eves);
  // The marketer's list: filters and pages.
  await ada.register({ company: "Beta", contactEmail: "b@beta.example" });
  const ids = async (query) => (await t.api("GET", `/deals${query}`)).body.map((deal) => deal.details.company);
  assert.deepEqual(await ids(""), ["Beta", ACME.company]);
  assert.deepEqual(await ids(`?partnerId=${eve.id}`), [ACME.company]);
  assert.deepEqual(await ids("?search=BETA"), ["Beta"]);
  assert.deepEqual(await ids("?pageSize=1&page=2"), [ACME.company]);
  assert.deepEqual(await ids("?state=won"), []);
  for (const query of ["?state=open", "?pageSize=0", "?page=0", "?partnerId=x"]) {
    assert.equal((await t.api("GET", `/deals${query}`)).status, 422, query);
  }
});

test("help to sell counts once the other side has confirmed it, and assists the win", async (t) => {
  const [ada, eve] = [await partner(t, "Ada Analytics"), await partner(t, "Eve Agency")];
  const { body } = await t.facts([
    { id: "l1", type: "lead.created", at: ago(20), customer: "c1", company: "Harbor Logistics" },
    { id: "o1", type: "opportunity.opened", at: ago(19), opportunity: "opp-1", customer: "c1" },
  ]);
  assert.equal(body.recorded, 2);
  const help = { opportunityId: "opp-1", kind: "co_sell", at: ago(10), note: "Joined the call." };
  // Recorded by the partner, confirmed by the program.
  const made = await ada.call("POST", "/deal-help", help);
  assert.deepEqual([made.status, made.body.state, made.body.recordedBy], [201, "pending", "partner"]);
  assert.equal((await ada.call("POST", "/deal-help", help)).status, 200);
  assert.equal(await count(t, "touch"), 0);
  assert.deepEqual((await t.api("GET", "/deal-help")).body, [made.body]);
  assert.deepEqual((await eve.call("GET", "/deal-help")).body, []);
  assert.equal((await ada.call("POST", `/deal-help/${made.body.id}/confirm`, {})).status, 403);
  assert.equal((await eve.call("POST", `/deal-help/${made.body.id}/confirm`, {})).status, 404);
  const answers = await Promise.all(Array.from({ length: 3 }, () => t.api("POST", `/deal-help/${made.body.id}/confirm`, {})));
  assert.deepEqual(answers.map(({ status, body: { state } }) => [status, state]), Array(3).fill([200, "confirmed"]));
  assert.equal((await t.api("POST", `/deal-help/${made.body.id}/decline`, {})).status, 409);
  assert.deepEqual(await t.rows("SELECT kind, at, partner_id AS partner FROM touch"), [{ kind: "co_sell", at: Date.parse(help.at), partner: ada.id }]);
  // Recorded by the program, declined by the partner; the vendor's identifiers are not shown.
  const theirs = await t.api("POST", "/deal-help", { ...help, kind: "introduction", partnerId: eve.id });
  assert.equal(theirs.status, 201);
  const [shown] = (await eve.call("GET", "/deal-help")).body;
  assert.deepEqual([shown.opportunityId, shown.note, shown.recordedBy], [undefined, "Joined the call.", "program"]);
  assert.equal((await t.api("POST", `/deal-help/${shown.id}/confirm`, {})).status, 403);
  const declined = await eve.call("POST", `/deal-help/${shown.id}/decline`, { reason: "That was Ada." });
  assert.deepEqual([declined.status, declined.body.state, declined.body.reason], [200, "declined", "That was Ada."]);
  assert.equal((await eve.call("POST", `/deal-help/${shown.id}/confirm`, {})).status, 409);
  assert.equal(await count(t, "touch"), 1);
  // Of two answers at once one stands.
  const split = await ada.call("POST", "/deal-help", { ...help, at: ago(9) });
  const both = await Promise.all(["confirm", "decline"].map((word) => t.api("POST", `/deal-help/${split.body.id}/${word}`, {})));
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  assert.equal(await count(t, "touch"), both[0].status === 200 ? 2 : 1);

  await t.facts({ id: "r1", type: "revenue", kind: "new", at: ago(5), customer: "c1", amount: 80_000, currency: "USD", invoice: "in_1", opportunity: "opp-1" });
  const found = await figures(t, ada.cookie);
  assert.deepEqual([found.revenue_sourced, found.revenue_assisted, found.registered_deals], ["0", "80000", ""]);
});

test("help is refused field by field, and says nothing of what there is", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const { body: deal } = await ada.register();
  for (const [change, field] of [
    [{ kind: "click" }, "kind"],
    [{ kind: "deal_registration" }, "kind"],
    [{ kind: undefined }, "kind"],
    [{ at: later(1) }, "at"],
    [{ at: "soon" }, "at"],
    [{ note: "x".repeat(1001) }, "note"],
    [{ dealId: undefined }, "dealId"],
    [{ opportunityId: "x" }, "dealId"],
    [{ dealId: "deal_1" }, "dealId"],
    [{ dealId: undefined, opportunityId: "a b" }, "opportunityId"],
    [{ partnerId: "pn_1" }, "partnerId"],
    [{ colour: "red" }, "colour"],
  ]) {
    const answer = await ada.call("POST", "/deal-help", { dealId: deal.id, kind: "introduction", ...change });
    assert.equal(answer.status, 422, JSON.stringify(change));
    assert.match(answer.body.error.message, new RegExp(`^${field}\\b`), JSON.stringify(change));
  }
  assert.equal(await count(t, "help"), 0);
  // A partner is not told whether there is such an opportunity; the program is.
  const guess = await ada.call("POST", "/deal-help", { opportunityId: "no-such", kind: "co_sell" });
  assert.equal(guess.status, 201);
  assert.equal((await t.api("POST", `/deal-help/${guess.body.id}/confirm`, {})).status, 422);
  assert.equal((await t.api("POST", "/deal-help", { partnerId: ada.id, opportunityId: "no-such", kind: "co_sell" })).status, 422);
  // On a deal it waits for the approval.
  const { body: help } = await ada.call("POST", "/deal-help", { dealId: deal.id, kind: "introduction" });
  assert.equal((await t.api("POST", `/deal-help/${help.id}/confirm`, {})).status, 422);
  await step(t, deal, "approve");
  assert.equal((await t.api("POST", `/deal-help/${help.id}/confirm`, {})).body.state, "confirmed");
  assert.deepEqual((await t.feed()).body.log.touches.kind.sort(), ["deal_registration", "introduction"]);
  assert.deepEqual((await t.api("GET", `/deal-help?dealId=${deal.id}`)).body.map((row) => row.id), [help.id]);
});

test("a store that fails at each step: 503, nothing half-written, and sent again it happens once", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  let deal;
  const tables = ["deal", "deal_change", "registration", "opportunity", "milestone", "revenue", "touch", "customer", "help", "help_answer"];
  const state = async () => JSON.stringify(await Promise.all(tables.map((table) => t.rows(`SELECT * FROM ${table}`))));
  const broken = async (names, send) => {
    const before = await state();
    for (const table of names) {
      await t.db.prepare(`ALTER TABLE ${table} RENAME TO gone_${table}`).run();
      assert.equal((await send()).status, 503, table);
      await t.db.prepare(`ALTER TABLE gone_${table} RENAME TO ${table}`).run();
      assert.equal(await state(), before, table);
    }
    const answer = await send();
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    const after = await state();
    const again = await send();
    assert.ok(again.status < 300, JSON.stringify(again.body));
    assert.equal(await state(), after);
    return answer.body;
  };
  deal = await broken(["deal", "deal_change", "customer"], () => ada.register());
  deal = await broken(["deal", "deal_change", "customer", "opportunity", "milestone", "touch", "registration"], () => step(t, deal, "approve"));
  deal = await broken(["deal", "deal_change", "registration"], () => step(t, deal, "extend", { days: 1 }));
  deal = await broken(["deal", "deal_change", "milestone"], () => step(t, deal, "stage", { stage: "Proposal" }));
  deal = await broken(["deal", "deal_change", "milestone", "revenue"], () => step(t, deal, "won", { amount: 100, currency: "USD", invoice: "in_1" }));
  const sent = { dealId: deal.id, kind: "co_sell", at: ago(1) };
  const help = await broken(["help", "deal"], () => ada.call("POST", "/deal-help", sent));
  await broken(["help", "help_answer", "touch", "deal"], () => t.api("POST", `/deal-help/${help.id}/confirm`, {}));
  assert.deepEqual((await t.rows("SELECT key, kind FROM touch ORDER BY kind")).map(({ kind }) => kind), ["co_sell", "deal_registration"]);
});

test("of a partner who has left no deal is registered or approved, and no help recorded, until they are back", async (t) => {
  await t.partner("Ada Analytics");
  const eve = await partner(t, "Eve Agency");
  await t.facts([{ id: "t1", type: "touch", kind: "click", at: ago(5), link: "ada-analytics", customer: "acme" }]);
  const { body: deal } = await eve.register();
  assert.equal((await t.api("POST", "/partners/ban", { partnerId: eve.id, reason: "fraud" })).status, 200);
  const before = await inLog(t);
  for (const [what, answer] of [
    ["approved", await step(t, deal, "approve", { customerExternalId: "acme" })],
    ["registered", await t.api("POST", "/deals", { ...ACME, company: "Zed", partnerId: eve.id })],
    ["helped", await t.api("POST", "/deal-help", { partnerId: eve.id, dealId: deal.id, kind: "introduction", at: ago(1) })],
  ]) {
    assert.equal(answer.status, 409, `${what}: ${JSON.stringify(answer.body)}`);
    assert.match(answer.body.error.message, /partner.*left the program/, what);
  }
  // Whatever requests meet.
  await assert.rejects(t.rows("UPDATE deal SET state = 'approved', version = version + 1 WHERE id = ?1", deal.id), /partner has left/);
  assert.equal(await inLog(t), before);
  assert.equal((await t.api("POST", "/partners/reactivate", { partnerId: eve.id })).status, 200);
  assert.equal((await step(t, deal, "approve", { customerExternalId: "acme" })).status, 200);
});
