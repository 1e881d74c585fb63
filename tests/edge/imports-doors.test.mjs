// One sale through a file and other doors: under whichever of its names, in whichever order, and when the file is undone.

import assert from "node:assert/strict";
import * as stripe from "../support/stripe.mjs";
import { test as plain } from "../support/test.mjs";

const test = (name, run) => plain(name, { bindings: { STRIPE_WEBHOOK_SECRET: stripe.SECRET } }, run);

const now = Math.floor(Date.now() / 1000);
const second = (at) => `${new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;

async function send(t, file, params) {
  const query = new URLSearchParams({ ...params, ...(params.mapping && { mapping: JSON.stringify(params.mapping) }) });
  const headers = { authorization: `Bearer ${t.apiKey}`, "content-type": "text/csv" };
  const response = await t.fetch(`/api/imports?${query}`, { method: "POST", headers, body: file });
  return { status: response.status, body: await response.json() };
}
const rows = async (t, id) => (await t.api("GET", `/imports/${id}/rows`)).body;
const undo = (t, id) => t.api("POST", `/imports/${id}/undo`);
const told = async (t, event) => (await stripe.send(t, event)).body.status;
const sale = (t, invoiceId, more = {}) =>
  t.api("POST", "/track/sale", { customerExternalId: "u1", amount: 12_900, currency: "usd", invoiceId, ...more });
const revenue = (t) => t.rows("SELECT key, kind, amount FROM revenue ORDER BY kind = 'refund', key");
const net = async (t) => (await t.rows("SELECT sum(iif(kind = 'refund', -amount, amount)) AS n, sum(kind <> 'refund') AS sales FROM revenue"))[0];

const HEAD = "Invoice,Date,Amount,Refunded,Currency,Customer,Email,Partner\n";
const COLUMNS = { invoice: "Invoice", at: "Date", amount: "Amount", refunded: "Refunded", currency: "Currency", customer: "Customer", email: "Email", partner: "Partner" };
const SHEET = { mapping: { columns: COLUMNS } };

/** Brings a file in; answers its identifier and its rows. */
async function bring(t, file, params = SHEET) {
  const { status, body } = await send(t, file, params);
  assert.equal(status, 201, JSON.stringify(body));
  const judged = await rows(t, body.id);
  const applied = await t.api("POST", `/imports/${body.id}/apply`);
  assert.equal(applied.status, 200, JSON.stringify([applied.body, judged]));
  return { id: body.id, rows: judged, states: judged.map(({ state }) => state) };
}

const REWARDFUL = { preset: "rewardful" };
const rewardful = ({ charge = "ch_1", customer = "cus_1", amount = "129.00", refunded = "0.00", at = now - 100 } = {}) =>
  `Sale ID,Stripe Charge ID,Charged At,Sale Amount,Refund Amount,Currency,State,Customer Email,Stripe Customer ID,Affiliate Email
3f1c,${charge},${second(at)},${amount},${refunded},USD,paid,bea@buyer.example,${customer},ada.analytics@partners.example\n`;

const OTHERS = {
  api: async (t) => assert.equal((await sale(t, "in_1")).status, 200),
  stripe: async (t) => assert.equal(await told(t, stripe.invoice(now - 100, { metadata: { trb_customer: "u1" } })), "duplicate"),
  facts: async (t) => {
    const fact = { id: "f9", type: "revenue", kind: "new", at: new Date().toISOString(), customer: "u1", amount: 12_900, currency: "USD", invoice: "in_1" };
    assert.equal((await t.facts(fact)).body.results[0].status, "duplicate");
  },
  import: async (t) => assert.deepEqual((await bring(t, `${HEAD}in_1,2026-01-05,129.00,,USD,u1,,ada-analytics\n`)).states, ["matched"]),
};
for (const [door, tell] of Object.entries(OTHERS)) {
  test(`a sale of a file that ${door} tells of, too, stays when the file is undone`, async (t) => {
    await t.partner("Ada Analytics");
    const { id } = await bring(t, `${HEAD}in_1,2026-01-05,129.00,,USD,u1,,ada-analytics\nin_2,2026-01-06,5.00,,USD,u2,,ada-analytics\n`);
    await tell(t);
    const undone = await undo(t, id);
    assert.deepEqual([undone.status, undone.body.state, undone.body.kept], [200, "undone", { [door]: 1 }]);
    assert.deepEqual(await revenue(t), [{ key: "invoice:in_1", kind: "new", amount: 12_900 }]);
    assert.deepEqual(await t.rows("SELECT external_id AS id FROM customer"), [{ id: "u1" }]);
    await tell(t);
    assert.equal((await revenue(t)).length, 1);
  });
}

test("told and undone at once, a sale is there, or is told anew", async (t) => {
  await t.partner("Ada Analytics");
  for (let n = 0; n < 15; n++) {
    const { id } = await bring(t, `${HEAD}r_${n},2026-01-05,129.00,,USD,u1,,ada-analytics\n`);
    const [answer, undone] = await Promise.all([sale(t, `r_${n}`), undo(t, id)]);
    assert.deepEqual([answer.status, undone.status], [200, 200]);
    assert.equal((await t.rows(`SELECT 1 FROM revenue WHERE key = 'invoice:r_${n}'`)).length, 1);
  }
});

const credited = async (t) => (await t.rows("SELECT p.slug FROM touch AS t JOIN partner AS p ON p.id = t.partner_id ORDER BY t.key")).map(({ slug }) => slug);

test("whom a file names is credited for a recorded sale where nobody was, also when the file comes again", async (t) => {
  await t.partner("Ada Analytics");
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const file = `${HEAD}in_1,${day},129.00,,USD,u1,,ada-analytics\n`;
  assert.equal((await sale(t, "in_1")).status, 200);
  const first = await bring(t, file);
  assert.deepEqual([first.states, first.rows[0].field], [["matched"], "partner"]);
  assert.match(first.rows[0].reason, /nobody was credited for it/);
  assert.deepEqual(await credited(t), ["ada-analytics"]);
  const [{ touched, sold }] = await t.rows("SELECT t.at AS touched, r.at AS sold FROM touch AS t, revenue AS r");
  assert.ok(touched < sold, `${touched} ${sold}`);
  // What is said again changes nothing.
  const second = await bring(t, file);
  assert.deepEqual([second.states, second.rows[0].reason], [["matched"], null]);
  assert.deepEqual(await credited(t), ["ada-analytics"]);
  // It is of both files.
  assert.equal((await undo(t, first.id)).status, 200);
  assert.deepEqual(await credited(t), ["ada-analytics"]);
  assert.equal((await undo(t, second.id)).status, 200);
  assert.deepEqual([await credited(t), (await revenue(t)).length], [[], 1]);
  await bring(t, file);
  assert.deepEqual(await credited(t), ["ada-analytics"]);
});

test("a recorded sale that another brought stays theirs, and the row says so", async (t) => {
  const [, bo] = [await t.partner("Ada Analytics"), await t.partner("Bo Agency")];
  const touch = { id: "t1", type: "touch", kind: "introduction", at: new Date(Date.now() - 3_600_000).toISOString(), partner: bo.id, customer: "u1" };
  assert.equal((await t.facts(touch)).status, 200);
  assert.equal((await sale(t, "in_1")).status, 200);
  const day = new Date().toISOString().slice(0, 10);
  const { states, rows: judged } = await bring(t, `${HEAD}in_1,${day},129.00,,USD,u1,,ada-analytics\n`);
  assert.deepEqual([states, judged[0].field], [["matched"], "partner"]);
  assert.match(judged[0].reason, /brought by others/);
  assert.deepEqual(await credited(t), ["bo-agency"]);
  const own = await bring(t, `${HEAD}in_1,${day},129.00,,USD,u1,,bo-agency\n`);
  assert.deepEqual([own.states, own.rows[0].reason, await credited(t)], [["matched"], null, ["bo-agency"]]);
});

test("a conflict is no telling", async (t) => {
  await t.partner("Ada Analytics");
  const { id } = await bring(t, `${HEAD}in_1,2026-01-05,129.00,,USD,u1,,ada-analytics\n`);
  assert.equal((await sale(t, "in_1", { amount: 5 })).status, 409);
  assert.deepEqual((await undo(t, id)).body.kept, {});
  assert.deepEqual(await revenue(t), []);
});

const DAY = now - 100;
const SHAPES = {
  older: [() => stripe.oldInvoice(DAY)],
  "today's": [() => stripe.invoice(DAY), () => stripe.paid(DAY + 1)],
  "today's, the payment first": [() => stripe.paid(DAY - 1), () => stripe.invoice(DAY)],
};
for (const [shape, events] of Object.entries(SHAPES)) {
  test(`a charge of a file and an invoice of Stripe's (${shape}) are one sale, either first`, async (t) => {
    await t.partner("Ada Analytics");
    const { id } = await bring(t, rewardful(), REWARDFUL);
    for (const event of events) await told(t, event());
    assert.deepEqual(await net(t), { n: 12_900, sales: 1 });
    assert.deepEqual(await t.rows("SELECT count(DISTINCT root_id) AS n, max(external_id) AS id, max(stripe_id) AS stripe FROM customer"), [{ n: 1, id: null, stripe: "cus_1" }]);
    for (const name of ["ch_1", "in_1", "pi_1"]) {
      const answer = await t.facts({ id: name, type: "revenue", kind: "new", at: new Date().toISOString(), customer: "other", amount: 1, currency: "USD", invoice: name });
      assert.equal(answer.body.results[0].status, "conflict", name);
    }
    assert.equal(await told(t, stripe.refund(now - 50, "re_1", 4_000)), "recorded");
    assert.deepEqual(await net(t), { n: 8_900, sales: 1 });
    assert.deepEqual((await undo(t, id)).body.kept, { stripe: 1 });
    assert.deepEqual(await net(t), { n: 8_900, sales: 1 });
  });

  test(`an invoice of Stripe's (${shape}) is matched by a file that has its charge`, async (t) => {
    await t.partner("Ada Analytics");
    for (const event of events) await told(t, event());
    const { id, rows: judged } = await bring(t, rewardful(), REWARDFUL);
    assert.deepEqual(judged.map(({ state, key }) => [state, key]), [["matched", "invoice:in_1"]]);
    assert.match(judged[0].reason, /nobody was credited for it/);
    assert.deepEqual(await credited(t), ["ada-analytics"]);
    assert.deepEqual(await t.rows("SELECT count(DISTINCT root_id) AS n, max(external_id) AS id, max(stripe_id) AS stripe FROM customer"), [{ n: 1, id: null, stripe: "cus_1" }]);
    assert.deepEqual((await undo(t, id)).body.kept, {});
    assert.deepEqual(await net(t), { n: 12_900, sales: 1 });
  });
}

test("of two payments alike within a minute each is matched by its own moment", async (t) => {
  await t.partner("Ada Analytics");
  const paid = (id, at) => stripe.event("invoice.paid", at, { ...stripe.invoice(at).data.object, id });
  for (const [id, at] of [["in_x", DAY], ["in_y", DAY + 30]]) assert.equal(await told(t, paid(id, at)), "recorded");
  const file = rewardful({ charge: "ch_y", at: DAY + 30 }) + rewardful({ charge: "ch_x", at: DAY }).split("\n")[1].replace("3f1c", "3f1d") + "\n";
  const { rows: judged } = await bring(t, file, REWARDFUL);
  assert.deepEqual(judged.map(({ state, key }) => [state, key]), [["matched", "invoice:in_y"], ["matched", "invoice:in_x"]]);
  assert.deepEqual(await t.rows("SELECT payment, sale FROM stripe_payment WHERE payment LIKE 'ch_%' ORDER BY 1"), [
    { payment: "ch_x", sale: "invoice:in_x" }, { payment: "ch_y", sale: "invoice:in_y" },
  ]);
});

test("two charges alike within a minute are two sales", async (t) => {
  await t.partner("Ada Analytics");
  await told(t, stripe.invoice(DAY));
  const file = rewardful() + rewardful({ charge: "ch_2" }).split("\n")[1].replace("3f1c", "3f1d") + "\n";
  const { states } = await bring(t, file, REWARDFUL);
  assert.deepEqual(states.sort(), ["matched", "new"]);
  assert.deepEqual(await net(t), { n: 25_800, sales: 2 });
});

test("a refund of a charge that only a file told finds it", async (t) => {
  await t.partner("Ada Analytics");
  assert.equal(await told(t, stripe.refund(now - 50, "re_0", 1_000)), "recorded");
  await bring(t, rewardful(), REWARDFUL);
  assert.deepEqual(await net(t), { n: 11_900, sales: 1 });
  assert.equal(await told(t, stripe.refund(now - 40, "re_1", 4_000)), "recorded");
  assert.deepEqual(await net(t), { n: 7_900, sales: 1 });
  const at = new Date().toISOString();
  const own = await t.facts({ id: "own", type: "revenue", kind: "refund", at, customer: "cus_9", amount: 100, currency: "USD", refundOf: "pi_1" });
  assert.equal(own.body.results[0].status, "invalid", "of another customer");
});

test("a checkout is one sale under each of its names, either first", async (t) => {
  const buyer = { metadata: { trb_customer: "u1" } };
  assert.equal(await told(t, stripe.purchase(now - 100, buyer)), "recorded");
  for (const name of ["pi_1", "cs_1"]) {
    const { status, body } = await sale(t, name);
    assert.deepEqual([status, body.sale?.amount, body.sale?.invoiceId], [200, 12_900, "pi_1"], JSON.stringify(body));
    assert.equal((await sale(t, name, { amount: 1 })).status, 409);
  }
  assert.equal((await sale(t, "cs_2")).status, 200);
  assert.equal(await told(t, stripe.purchase(now - 90, { ...buyer, id: "cs_2", payment_intent: "pi_2" })), "duplicate");
  assert.equal((await sale(t, "pi_2")).status, 200);
  assert.deepEqual(await net(t), { n: 25_800, sales: 2 });
  assert.equal(await told(t, stripe.refund(now - 50, "re_2", 4_000, { payment_intent: "pi_2", charge: "ch_2" })), "recorded");
  assert.deepEqual(await net(t), { n: 21_800, sales: 2 });
});

test("a checkout told by several doors at once is one sale", async (t) => {
  for (let n = 10; n < 15; n++) {
    const event = stripe.purchase(now - 100, { id: `cs_${n}`, payment_intent: `pi_${n}`, metadata: { trb_customer: "u1" } });
    const answers = await Promise.all([sale(t, `cs_${n}`), stripe.send(t, event), sale(t, `pi_${n}`)]);
    for (const [i, name] of [[0, `cs_${n}`], [2, `pi_${n}`]]) if (answers[i].status !== 200) await sale(t, name);
    assert.equal(answers[1].status, 200);
  }
  // Before Stripe said so, nobody could know that two names are of one sale.
  assert.ok((await net(t)).sales <= 10);
});

for (const [name, file, params] of [
  ["a sheet", `${HEAD}in_1,${new Date((now - 86_400) * 1000).toISOString()},129.00,40.00,USD,u1,bea@buyer.example,ada-analytics\n`, SHEET],
  ["Rewardful", rewardful({ refunded: "40.00" }), REWARDFUL],
]) {
  const tell = [() => stripe.invoice(DAY, name === "a sheet" ? { metadata: { trb_customer: "u1" } } : {}), () => stripe.paid(DAY + 1)];
  test(`what ${name} says was given back, and Stripe's own refund, are taken off once`, async (t) => {
    await t.partner("Ada Analytics");
    const { id } = await bring(t, file, params);
    assert.deepEqual(await net(t), { n: 8_900, sales: 1 });
    for (const event of [...tell.map((event) => event()), stripe.refund(now - 50, "re_1", 4_000), stripe.refunded(now - 49, 4_000)]) {
      assert.equal((await stripe.send(t, event)).status, 200);
    }
    assert.deepEqual(await net(t), { n: 8_900, sales: 1 });
    // What is given back later is taken off, too.
    assert.equal(await told(t, stripe.refund(now + 60, "re_2", 1_000)), "recorded");
    assert.deepEqual(await net(t), { n: 7_900, sales: 1 });
    assert.deepEqual((await undo(t, id)).body.kept, { stripe: 1 });
    assert.deepEqual(await net(t), { n: 7_900, sales: 1 });
  });

  test(`a refund of Stripe's that waits, and what ${name} says was given back, are one`, async (t) => {
    await t.partner("Ada Analytics");
    for (const event of [stripe.refund(now - 50, "re_1", 3_000), stripe.paid(DAY)]) await told(t, event);
    const { id } = await bring(t, file, params);
    assert.deepEqual(await net(t), { n: 8_900, sales: 1 });
    assert.deepEqual((await undo(t, id)).body.kept, {});
    assert.deepEqual(await revenue(t), []);
  });
}

test("a refund by a fact explains what a file says was given back", async (t) => {
  await t.partner("Ada Analytics");
  await bring(t, `${HEAD}in_1,2026-01-05,129.00,40.00,USD,u1,,ada-analytics\n`);
  const refund = (id, amount, at) => t.facts({ id, type: "revenue", kind: "refund", at, customer: "u1", amount, currency: "USD", refundOf: "in_1" });
  assert.equal((await refund("b1", 3_000, "2026-01-20T00:00:00Z")).body.recorded, 1);
  assert.deepEqual(await net(t), { n: 8_900, sales: 1 });
});

test("a conflict names what differs, with both values; two rows that nothing tells apart are asked about", async (t) => {
  await t.partner("Ada Analytics");
  await sale(t, "in_1");
  const line = (invoice, rest) => `${invoice},2026-01-05,${rest},ada-analytics\n`;
  const file = HEAD + line("in_1", "129.00,,EUR,u2,") + line("", "5.00,,USD,u1,") + line("", "5.00,,USD,u1,") + "in_3,2026-01-06,7.00,,USD,u3,,\n";
  const { body } = await send(t, file, SHEET);
  const got = (await rows(t, body.id)).map(({ state, reason, warning, field }) => [state, reason ?? warning, field]);
  assert.deepEqual(got, [
    ["conflicting", "invoice:in_1: currency EUR, recorded USD; customer u2, recorded u1", null],
    ["new", null, null],
    ["conflicting", "a row above is the very same, and neither has an invoice or an identifier: whether it is one sale or two nobody can tell", null],
    ["new", "nobody is credited: the row names no partner, no link and no coupon", "partner"],
  ]);
  assert.equal(body.counts.similar, 0);
});

test("what an export leaves open is asked", async (t) => {
  await t.partner("Ada Analytics");
  const dub = (...amounts) => `ID,Type,Amount,Currency,Status,Invoice ID,Created at,Partner email,Customer external ID\n${amounts.map((amount, n) => `cm_${n},sale,${amount},usd,paid,in_${n},2026-01-05T09:30:00.000Z,ada.analytics@partners.example,c\n`).join("")}`;
  const promoter = "event_id;created_at;sale_amount;sale_currency;referral_email;promoter_email\ne1;05.01.2026 09:30;1299;EUR;bea@harbor.example;ada.analytics@partners.example\n";
  const stack = "Transaction key,Customer email,Transaction amount,Currency,Created,Partner email\nt1,bea@harbor.example,1299,USD,2026-01-05,ada.analytics@partners.example\n";
  const units = (word) => ({ mapping: { columns: {}, units: word } });
  for (const [file, params, status, expect] of [
    [rewardful({ amount: "1299", refunded: "0" }), REWARDFUL, 422, /^units: "1299" may be/],
    [rewardful({ amount: "1299", refunded: "0" }), { ...REWARDFUL, ...units("minor") }, 201, { USD: 1_299 }],
    [rewardful({ amount: "1299", refunded: "0" }), { ...REWARDFUL, ...units("major") }, 201, { USD: 129_900 }],
    [promoter, { preset: "firstpromoter" }, 422, /^units: /],
    [stack, { preset: "partnerstack" }, 422, /^units: /],
    [dub(129_900, 500), { preset: "dub" }, 201, { USD: 130_400 }],
    [dub(129_900, "5000.5"), { preset: "dub" }, 422, /^units: "5000.5" is written/],
    [dub("$1299", "$5.50"), { preset: "dub" }, 201, { USD: 130_450 }],
    [`${HEAD}a,2026-01-05,"2,500",,USD,c,,\nb,2026-01-05,"3.750",,USD,c,,\n`, SHEET, 422, /^decimal: /],
    [`${HEAD}a,13/02/2026,1.00,,USD,c,,\nb,03/14/2026,1.00,,USD,c,,\n`, SHEET, 422, /^dates: "13\/02\/2026" begins with its day/],
  ]) {
    const answer = await send(t, file, params);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    if (status === 201) assert.deepEqual(answer.body.totals, expect);
    else assert.match(answer.body.error.message, expect);
  }
});

test("a store that fails where a sale is told again is told again once more", async (t) => {
  await t.partner("Ada Analytics");
  const { id } = await bring(t, `${HEAD}in_1,2026-01-05,129.00,,USD,u1,,ada-analytics\n`);
  await t.db.prepare("CREATE TRIGGER broken BEFORE INSERT ON told BEGIN SELECT RAISE(ABORT, 'disk'); END").run();
  assert.equal((await sale(t, "in_1")).status, 503);
  assert.equal((await stripe.send(t, stripe.invoice(DAY))).status, 503);
  await t.db.prepare("DROP TRIGGER broken").run();
  assert.equal((await sale(t, "in_1")).status, 200);
  assert.deepEqual((await undo(t, id)).body.kept, { api: 1 });
  assert.equal((await revenue(t)).length, 1);
});
