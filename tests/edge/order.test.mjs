// In whichever order doors tell the same, the same is known: whose a sale is, of what kind, and what was not said at first.

import assert from "node:assert/strict";
import { test as anyTest } from "../support/test.mjs";
import * as stripe from "../support/stripe.mjs";

const test = (name, body) => anyTest(name, { bindings: { STRIPE_WEBHOOK_SECRET: stripe.SECRET } }, body);
const seconds = () => Math.floor(Date.now() / 1000);
const iso = (at) => new Date(at * 1000).toISOString();
const TABLES = ["revenue", "milestone", "registration", "touch", "click_day", "identity", "stripe_refund", "stripe_payment", "stripe_event", "fact", "customer_join", "deal_change", "deal", "opportunity", "customer"];
const wipe = (t) => t.db.batch(TABLES.map((table) => t.db.prepare(`DELETE FROM ${table}`)));
const orders = (list) => (list.length < 2 ? [list] : list.flatMap((one, i) => orders(list.toSpliced(i, 1)).map((rest) => [one, ...rest])));
const KINDS = "SELECT substr(r.key, 9) AS key, k.kind FROM revenue AS r JOIN revenue_kind AS k ON k.key = r.key ORDER BY r.at";
const ok = (answer) => (assert.equal(answer.status, 200, JSON.stringify(answer.body)), answer.body);
const sale = (more = {}) => ({ customerExternalId: "u1", customerEmail: "bea@buyer.example", amount: 12_900, currency: "usd", invoiceId: "in_1", ...more });
const conflict = async (answer, start) => {
  const { status, body } = await answer;
  assert.equal(status, 409, JSON.stringify(body));
  assert.ok(body.error.message.startsWith(start), body.error.message);
};

test("a click, Stripe's invoice and the backend's sale give one feed in every order", async (t) => {
  await t.partner("Ada Analytics");
  const at = seconds() - 100;
  const who = { customer: "u1" };
  const steps = [
    async () => ok(await t.facts([
      { id: "t1", type: "touch", kind: "click", at: iso(at - 9 * 86_400), link: "ada-analytics", ...who },
      { id: "l1", type: "lead.created", at: iso(at - 8 * 86_400), ...who },
    ])),
    async () => ok(await stripe.send(t, stripe.invoice(at))),
    async () => ok(await t.api("POST", "/track/sale", sale())),
  ];
  let expected;
  for (const order of orders([0, 1, 2])) {
    await wipe(t);
    for (const i of order) await steps[i]();
    const { log } = (await t.feed()).body;
    expected ??= log;
    assert.deepEqual(log, expected, `${order}`);
    // A repeat of each changes nothing.
    for (const i of order) await steps[i]();
    assert.deepEqual((await t.feed()).body.log, expected, `${order}, repeated`);
  }
  assert.deepEqual([expected.customers.length, expected.revenue.amount.length, expected.touches.partner.length], [1, 1, 1]);
});

test("whom an invoice joined is seen, can be taken apart, and stays apart", async (t) => {
  const at = seconds() - 100;
  ok(await stripe.send(t, stripe.invoice(at, { customer_email: null, customer_name: null })));
  ok(await t.api("POST", "/track/sale", sale()));
  const one = ok(await t.api("GET", "/customers/ext_u1"));
  assert.deepEqual([one.sales, one.joins.map(({ why, note, by }) => [why, note, by])], [1, [["invoice", "invoice:in_1", "program"]]]);
  ok(await t.api("POST", "/customers/ext_u1/unmerge", { customerId: one.joins[0].customerId }));
  await conflict(t.api("POST", "/track/sale", sale({ customerEmail: undefined })), "customerExternalId: ");
  assert.equal(ok(await t.api("GET", "/customers/ext_u1")).sales, 0);
});

test("what really differs is a conflict that names it, and writes nothing", async (t) => {
  ok(await stripe.send(t, stripe.invoice(seconds() - 100)));
  const before = await t.rows("SELECT * FROM customer");
  await conflict(t.api("POST", "/track/sale", sale({ amount: 13_000 })), "amount: is 13000 here, and 12900 ");
  await conflict(t.api("POST", "/track/sale", sale({ currency: "eur" })), "currency: is EUR here, and USD ");
  const fact = { id: "f1", type: "revenue", kind: "new", at: iso(seconds()), customer: "u2", amount: 1, currency: "USD", invoice: "in_1" };
  const { results } = ok(await t.facts(fact));
  assert.equal(results[0].status, "conflict");
  assert.ok(results[0].error.message.startsWith("amount: is 1 here, and 12900 "), results[0].error.message);
  assert.deepEqual(await t.rows("SELECT * FROM customer"), before);
  ok(await t.api("POST", "/track/sale", sale()));
  // The vendor calls them by two names: which of them is meant, an invoice does not say.
  await conflict(t.api("POST", "/track/sale", sale({ customerExternalId: "u2" })), "customerExternalId: the invoice is recorded for the customer u1");
});

test("new and renewal follow from time, not from arrival", async (t) => {
  const at = seconds();
  ok(await t.api("POST", "/track/sale", sale({ invoiceId: "today" })));
  const file = "Invoice,Date,Amount,Currency,Customer\n" + ["jan,2026-01-05", "feb,2026-02-05"].map((row) => `${row},100.00,USD,u1\n`).join("");
  const mapping = { columns: { invoice: "Invoice", at: "Date", amount: "Amount", currency: "Currency", customer: "Customer" } };
  const response = await t.fetch(`/api/imports?mapping=${encodeURIComponent(JSON.stringify(mapping))}`, {
    method: "POST",
    headers: { authorization: `Bearer ${t.apiKey}`, "content-type": "text/csv" },
    body: file,
  });
  const { id, counts } = await response.json();
  assert.equal(counts.new, 2);
  ok(await t.api("POST", `/imports/${id}/apply`));
  assert.deepEqual(await t.rows(KINDS), [{ key: "jan", kind: "new" }, { key: "feb", kind: "renewal" }, { key: "today", kind: "renewal" }]);
  assert.deepEqual((await t.feed()).body.log.revenue.kind, ["new", "renewal", "renewal"]);
  const said = { id: "f1", type: "revenue", kind: "expansion", at: iso(at), customer: "u1", amount: 12_900, currency: "USD", invoice: "today" };
  assert.equal(ok(await t.facts(said)).results[0].status, "duplicate");
  assert.deepEqual((await t.rows(KINDS)).map(({ kind }) => kind), ["new", "renewal", "expansion"]);
  ok(await t.api("POST", "/track/sale", sale({ invoiceId: "second" })));
  ok(await t.api("POST", `/imports/${id}/undo`));
  assert.deepEqual((await t.feed()).body.log.revenue.kind.toSorted(), ["expansion", "renewal"]);
  // Joined customers have one first sale.
  ok(await t.api("POST", "/track/sale", sale({ customerExternalId: "w1", customerEmail: undefined, invoiceId: "w" })));
  assert.deepEqual((await t.rows(KINDS)).at(-1), { key: "w", kind: "new" });
  const { id: customerId } = ok(await t.api("GET", "/customers/ext_w1"));
  ok(await t.api("POST", "/customers/ext_u1/merge", { customerId }));
  assert.deepEqual((await t.rows(KINDS)).at(-1), { key: "w", kind: "renewal" });
});

test("a refund that came before its sale and does not fit it is told", async (t) => {
  const at = seconds() - 3600;
  const refund = (id, more) => ({ id, type: "revenue", kind: "refund", at: iso(at + 60), customer: "u1", amount: 500, currency: "USD", ...more });
  ok(await t.facts([
    refund("r1", { refundOf: "never" }),
    refund("r2", { refundOf: "small" }),
    refund("r3", { refundOf: "euro" }),
    refund("r4", { refundOf: "other" }),
    refund("r5", { refundOf: "good" }),
  ]));
  const revenue = (invoice, more = {}) => ({ id: `s-${invoice}`, type: "revenue", kind: "new", at: iso(at), customer: "u1", amount: 1000, currency: "USD", invoice, ...more });
  assert.equal(ok(await t.facts([revenue("small", { amount: 100 }), revenue("euro", { currency: "EUR" }), revenue("other", { customer: "u2" }), revenue("good")])).recorded, 4);
  const response = await t.fetch("/api/export?kind=sales&format=ndjson", { headers: { authorization: `Bearer ${t.apiKey}` } });
  const rows = (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
  const states = Object.fromEntries(rows.filter(({ kind }) => kind === "refund").map(({ key, refundState }) => [key.slice(5), refundState]));
  assert.deepEqual(states, { r1: "waiting", r2: "exceeds its sale", r3: "other currency", r4: "other customer", r5: "counted" });
});

test("count and sum of a customer's sales are of one currency", async (t) => {
  ok(await t.api("POST", "/track/sale", sale({ invoiceId: "a" })));
  ok(await t.api("POST", "/track/sale", sale({ invoiceId: "b", currency: "eur", amount: 5 })));
  const { sales, saleAmount } = ok(await t.api("GET", "/customers/ext_u1"));
  assert.deepEqual([sales, saleAmount], [1, 12_900]);
});

const DEAL = { company: "Acme Software", contactEmail: "bo@acme.example", contactName: "Bo Buyer", amount: 5000, currency: "usd", product: "pro" };
const made = ({ status, body }) => (assert.equal(status, 201, JSON.stringify(body)), body);
const step = (t, deal, name, body = {}) => t.api("POST", `/deals/${deal.id}/${name}`, { version: deal.version, ...body });

test("a win and the backend's sale of the same invoice give one feed in every order", async (t) => {
  const { id: partnerId } = await t.partner("Ada Analytics");
  const kinds = [];
  for (const order of orders([0, 1])) {
    await wipe(t);
    const deal = ok(await step(t, made(await t.api("POST", "/deals", { ...DEAL, partnerId })), "approve"));
    const steps = [
      async () => ok(await t.api("POST", "/track/sale", sale({ customerEmail: undefined, amount: 5000, invoiceId: "in_D" }))),
      async () => ok(await step(t, deal, "won", { amount: 5000, currency: "usd", invoice: "in_D" })),
    ];
    for (const i of order) await steps[i]();
    const { log } = (await t.feed()).body;
    assert.deepEqual([log.customers.length, log.revenue.amount, log.revenue.opportunity], [1, [5000], [0]], `${order}`);
    const { sales, email, company } = ok(await t.api("GET", "/customers/ext_u1"));
    kinds.push([log.customers, log.revenue.kind, log.revenue.product, log.products, sales, email, company]);
  }
  assert.deepEqual(kinds[0], kinds[1]);
});

test("under another partner's running protection no deal is approved, and an invoice wins one", async (t) => {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  const register = async (partner, more) => made(await t.api("POST", "/deals", { ...DEAL, ...more, partnerId: partner.id }));
  const first = ok(await step(t, await register(ada), "approve"));
  for (const more of [{}, { company: "Other", contactEmail: "cy@acme.example" }, { contactEmail: "bo@gmail.com", company: "ACME Software Inc" }]) {
    const rival = await register(eve, more);
    await conflict(step(t, rival, "approve"), "state: another partner's deal of this company is protected until 20");
    assert.equal(ok(await t.api("GET", `/deals/${rival.id}`)).state, "submitted");
  }
  // The partner's own, and another company's.
  ok(await step(t, await register(ada, { product: "more" }), "approve"));
  const other = ok(await step(t, await register(eve, { company: "Globex", contactEmail: "di@globex.example" }), "approve"));
  // Of two at once one is first.
  const two = await Promise.all([register(ada, { company: "Initech", contactEmail: "ed@initech.example" }), register(eve, { company: "Initech", contactEmail: "ed@initech.example" })]);
  const answers = await Promise.all(two.map((deal) => step(t, deal, "approve")));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409]);
  const win = { amount: 5000, currency: "usd", invoice: "in_W" };
  ok(await step(t, first, "won", win));
  await conflict(step(t, other, "won", win), "invoice: has won another deal");
  // Once the protection is over, the company is free.
  await t.db.prepare("UPDATE deal SET protected_until = 1 WHERE partner_id = ?").bind(ada.id).run();
  const late = (await t.api("GET", `/deals?partnerId=${eve.id}&state=submitted&search=acme`)).body[0];
  ok(await step(t, late, "approve"));
});
