// Stripe's door: events as Stripe sends them, signed by its official client, in any order and repeated.

import assert from "node:assert/strict";
import { test as anyTest } from "../support/test.mjs";
import * as stripe from "../support/stripe.mjs";

const { SECRET, send } = stripe;
const test = (name, body) => anyTest(name, { bindings: { STRIPE_WEBHOOK_SECRET: SECRET } }, body);
const seconds = () => Math.floor(Date.now() / 1000);
const REVENUE = "SELECT key, kind, amount, currency, recurring, refund_of FROM revenue ORDER BY at, key";
const LEFT = "SELECT sum(CASE kind WHEN 'refund' THEN -amount ELSE amount END) AS left FROM revenue";

async function told(t, ...events) {
  const words = [];
  for (const event of events) {
    const { status, body } = await send(t, event);
    assert.equal(status, 200, `${event.type}: ${JSON.stringify(body)}`);
    words.push(body.status);
  }
  return words;
}

const end = (at) => stripe.event("customer.subscription.deleted", at, { id: "sub_1", object: "subscription", customer: "cus_1", status: "canceled" });

/** Tables that an event writes, those first that refer to others. */
const TABLES = ["revenue", "milestone", "touch", "click_day", "identity", "stripe_refund", "stripe_payment", "stripe_event", "fact", "customer_join", "customer"];
const wipe = (t) => t.db.batch(TABLES.map((table) => t.db.prepare(`DELETE FROM ${table}`)));
const counts = async (t) => (await t.db.batch(TABLES.map((table) => t.db.prepare(`SELECT count(*) AS n FROM ${table}`)))).map(({ results }) => results[0].n);

test("a subscription from its checkout to its end is credited to the partner of the click", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const eve = await t.partner("Eve Agency");
  const { token } = await t.click("ada-analytics");
  const at = seconds();
  const words = await told(
    t,
    stripe.checkout(at, { client_reference_id: token }),
    stripe.invoice(at),
    stripe.paid(at),
    stripe.invoice(at + 1, { id: "in_2", billing_reason: "subscription_cycle" }),
    stripe.invoice(at + 2, { id: "in_3", billing_reason: "subscription_update", amount_paid: 700 }),
    stripe.refund(at + 3, "re_1", 900),
    end(at + 4),
  );
  assert.deepEqual(words, Array(7).fill("recorded"));
  // The same end under another event.
  assert.deepEqual(await told(t, end(at + 5)), ["duplicate"]);
  assert.deepEqual(await t.rows("SELECT key, at FROM fact WHERE type = 'customer.churned'"), [{ key: "churn:sub_1", at: (at + 4) * 1000 }]);
  assert.deepEqual((await t.feed()).body.log.churns.customer, [0]);
  assert.deepEqual(await t.rows("SELECT DISTINCT product FROM revenue WHERE kind <> 'refund'"), [{ product: "prod_1" }]);
  assert.deepEqual(await t.rows(REVENUE), [
    { key: "invoice:in_1", kind: "new", amount: 12_900, currency: "USD", recurring: "month", refund_of: null },
    { key: "invoice:in_2", kind: "renewal", amount: 12_900, currency: "USD", recurring: "month", refund_of: null },
    { key: "invoice:in_3", kind: "expansion", amount: 700, currency: "USD", recurring: null, refund_of: null },
    { key: "fact:re_1", kind: "refund", amount: 900, currency: "USD", recurring: null, refund_of: "invoice:in_1" },
  ]);
  assert.deepEqual(await t.rows("SELECT email, name FROM customer"), [{ email: "bea@buyer.example", name: "Bea Buyer" }]);
  const revenue = async (partner) => (await t.feed({ cookie: await t.signIn(partner) })).body.log.revenue.amount;
  assert.deepEqual(await revenue(ada), [12_900, 12_900, 700, 900]);
  assert.deepEqual(await revenue(eve), []);
});

test("an event that is sent again, at once or later, changes nothing", async (t) => {
  const at = seconds();
  const events = [stripe.oldInvoice(at), stripe.refund(at, "re_1", 100), stripe.refunded(at, 100), stripe.dispute(at, "lost", { amount: 50 })];
  for (const event of events) {
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(t, event)));
    assert.deepEqual(answers.map(({ status }) => status), Array(5).fill(200));
    assert.equal(answers.filter(({ body }) => body.status === "recorded").length, 1, event.type);
  }
  const before = await t.rows("SELECT * FROM revenue ORDER BY key");
  assert.deepEqual(await told(t, ...events), Array(4).fill("duplicate"));
  // The same invoice under another event, as `invoice.payment_succeeded` is.
  assert.deepEqual(await told(t, { ...stripe.oldInvoice(at), type: "invoice.payment_succeeded" }), ["duplicate"]);
  assert.deepEqual(await told(t, stripe.oldInvoice(at, { amount_paid: 1 })), ["conflict"]);
  assert.deepEqual(await t.rows("SELECT * FROM revenue ORDER BY key"), before);
  assert.deepEqual(await t.rows(LEFT), [{ left: 12_750 }]);
});

test("one invoice and one refund are one event through every door", async (t) => {
  const at = seconds();
  const iso = new Date(at * 1000).toISOString();
  const sale = (id) => ({ customerExternalId: "c1", amount: 12_900, currency: "usd", invoiceId: id });
  assert.equal((await t.api("POST", "/track/sale", sale("in_1"))).status, 200);
  assert.deepEqual(await told(t, stripe.invoice(at), stripe.paid(at)), ["duplicate", "recorded"]);
  // From the invoice it is known whose number cus_1 is.
  assert.deepEqual(await told(t, stripe.invoice(at, { id: "in_2", customer_email: null, billing_reason: "subscription_cycle" })), ["recorded"]);
  assert.equal((await t.api("POST", "/track/sale", sale("in_2"))).status, 200);
  assert.deepEqual(await t.rows("SELECT external_id FROM customer WHERE id = root_id"), [{ external_id: "c1" }]);
  const refund = { id: "re_1", type: "revenue", kind: "refund", at: iso, customer: "c1", amount: 900, currency: "USD", refundOf: "in_1" };
  assert.equal((await t.facts(refund)).body.recorded, 1);
  assert.deepEqual(await told(t, stripe.refund(at, "re_1", 900)), ["recorded"]);
  assert.equal((await t.facts({ ...refund, id: "re_2" })).body.recorded, 1);
  assert.deepEqual(await told(t, stripe.refund(at, "re_3", 100)), ["recorded"]);
  assert.notEqual((await t.facts({ ...refund, id: "re_3", amount: 100 })).body.results[0].status, "recorded");
  assert.deepEqual(await t.rows(LEFT), [{ left: 25_800 - 900 - 900 - 100 }]);
});

test("a customer whom Stripe knew first takes the identifier that the vendor gives", async (t) => {
  await t.partner("Ada Analytics");
  const { token } = await t.click("ada-analytics");
  const at = seconds();
  await told(t, stripe.invoice(at, { customer_email: null }), stripe.checkout(at, { customer_details: null, metadata: { trb_customer: "c1", trb_id: token } }));
  const lead = { clickId: token, eventName: "Sign up", customerExternalId: "c1" };
  assert.equal((await t.api("POST", "/track/lead", lead)).status, 200);
  const owner = (table) => `SELECT r.external_id FROM ${table} JOIN customer AS c ON c.id = customer_id JOIN customer AS r ON r.id = c.root_id`;
  const owners = await t.rows(`${owner("revenue")} UNION ${owner("touch")}`);
  assert.deepEqual(owners, [{ external_id: "c1" }]);
  // One whom a backend calls by Stripe's own number.
  await told(t, stripe.invoice(at, { id: "in_9", customer: "cus_9", customer_email: null }));
  await t.api("POST", "/track/lead", { ...lead, clickId: "", customerExternalId: "cus_9" });
  assert.deepEqual(await t.rows(`${owner("revenue")} WHERE key = 'invoice:in_9'`), [{ external_id: "cus_9" }]);
});

test("who was joined is seen, can be taken apart, and stays apart", async (t) => {
  const at = seconds();
  const anonymous = { customer_email: null, customer_name: null };
  const customer = async () => (await t.api("GET", "/customers/ext_c1")).body;
  assert.equal((await t.api("POST", "/track/lead", { clickId: "", eventName: "Sign up", customerExternalId: "c1", customerEmail: "bea@buyer.example" })).status, 200);
  await told(t, stripe.invoice(at), stripe.refund(at + 1, "re_1", 900), stripe.paid(at), end(at + 2));
  const one = await customer();
  assert.deepEqual([one.sales, one.saleAmount, one.stripeCustomerId, one.joins.map(({ why, by }) => [why, by])], [1, 12_900, "cus_1", [["stripe", "program"]]]);
  assert.ok(one.subscriptionCanceledAt);
  const { customerId } = one.joins[0];
  assert.equal((await t.api("POST", "/customers/ext_c1/unmerge", { customerId })).status, 200);
  // What the number told stays the number's: the sale, its refund, the end; and so does what it tells from now on.
  await told(t, stripe.invoice(at + 3, { id: "in_2" }), stripe.checkout(at, { metadata: { trb_customer: "c1" } }), stripe.refund(at + 4, "re_2", 100));
  const { sales, saleAmount, subscriptionCanceledAt } = await customer();
  assert.deepEqual([sales, saleAmount, subscriptionCanceledAt], [0, 0, null]);
  const apart = (await t.api("GET", `/customers/${customerId}`)).body;
  assert.deepEqual([apart.sales, apart.saleAmount, apart.stripeCustomerId], [2, 25_800, "cus_1"]);
  assert.deepEqual(await t.rows("SELECT DISTINCT customer_id FROM revenue"), [{ customer_id: customerId }]);
  // Said by hand, they are one again, and the number may be said to be the vendor's customer's.
  assert.equal((await t.api("POST", "/customers/ext_c1/merge", { customerId })).status, 200);
  assert.equal((await t.api("PATCH", "/customers/ext_c1", { stripeCustomerId: "cus_1" })).status, 200);
  await told(t, stripe.invoice(at + 5, { ...anonymous, id: "in_3" }));
  assert.equal((await customer()).sales, 3);
  const { log } = (await t.feed()).body;
  assert.deepEqual([log.customers, new Set(log.revenue.customer).size, log.revenue.amount.length], [["Bea Buyer"], 1, 5]);
  // A second number of theirs is theirs, too; one with an address that two have is nobody's.
  await told(t, stripe.invoice(at + 6, { id: "in_4", customer: "cus_2" }));
  assert.equal((await customer()).sales, 4);
  await t.api("POST", "/track/lead", { clickId: "", eventName: "Sign up", customerExternalId: "c2", customerEmail: "bea@buyer.example" });
  await told(t, stripe.invoice(at + 7, { id: "in_5", customer: "cus_3" }));
  assert.equal((await customer()).sales, 4);
});

test("single payments, guests, trials, currencies without minor units", async (t) => {
  const at = seconds();
  assert.deepEqual(
    await told(
      t,
      stripe.purchase(at, { customer: null, amount_total: 4200 }),
      stripe.purchase(at, { id: "cs_2", payment_intent: "pi_2", payment_status: "unpaid" }),
      stripe.checkout(at, { id: "cs_3", customer: "cus_3", customer_details: { email: "tom@trial.example" }, payment_status: "no_payment_required", invoice: null }),
      stripe.invoice(at, { id: "in_4", customer: "cus_3", customer_email: "tom@trial.example", amount_paid: 0 }),
      stripe.invoice(at, { id: "in_5", currency: "jpy", amount_paid: 500 }),
      stripe.invoice(at, { id: "in_6", currency: "isk", amount_paid: 500 }),
      stripe.refund(at, "re_1", 200),
    ),
    Array(7).fill("recorded"),
  );
  assert.deepEqual(await told(t, { ...stripe.purchase(at, { id: "cs_2", payment_intent: "pi_2" }), type: "checkout.session.async_payment_succeeded" }), ["recorded"]);
  const revenue = await t.rows("SELECT key, amount, currency, refund_of FROM revenue ORDER BY key");
  assert.deepEqual(revenue, [
    { key: "fact:re_1", amount: 200, currency: "USD", refund_of: "invoice:pi_1" },
    { key: "invoice:in_5", amount: 500, currency: "JPY", refund_of: null },
    { key: "invoice:in_6", amount: 5, currency: "ISK", refund_of: null },
    { key: "invoice:pi_1", amount: 4200, currency: "USD", refund_of: null },
    { key: "invoice:pi_2", amount: 12_900, currency: "USD", refund_of: null },
  ]);
  assert.deepEqual(await t.rows("SELECT email, kind FROM milestone JOIN customer AS c ON c.id = customer_id"), [{ email: "tom@trial.example", kind: "lead.created" }]);
});

test("refunds: in part and in full, told once or twice, under way, failed, more than was paid", async (t) => {
  const at = seconds();
  const table = [
    ["the charge alone tells", [stripe.refunded(at, 100), stripe.refunded(at + 1, 400)], [100, 300]],
    ["the charge and the refunds tell", [stripe.refunded(at, 100), stripe.refund(at, "re_a", 100), stripe.refund(at, "re_b", 300), stripe.refunded(at + 1, 400)], [100, 300]],
    ["a charge of an older version brings its refunds", [stripe.refunded(at, 100, { invoice: "in_1", refunds: { data: [{ id: "re_c", amount: 100, currency: "usd", charge: "ch_1", status: "succeeded", created: at }] } })], [100]],
    ["in full", [stripe.refunded(at, 12_900), stripe.refund(at, "re_d", 12_900)], [12_900]],
    ["under way", [stripe.refund(at, "re_e", 100, { status: "pending" })], []],
    ["under way, then gone", [stripe.refund(at, "re_f", 100, { status: "pending" }), stripe.refund(at, "re_f", 100, {}, "refund.updated")], [100]],
    ["failed", [stripe.refund(at, "re_g", 100), stripe.refunded(at, 100), stripe.refund(at, "re_g", 100, { status: "failed" }, "refund.failed")], []],
    ["lost", [stripe.dispute(at, "needs_response", {}, "charge.dispute.created"), stripe.dispute(at, "lost")], [12_900]],
    ["won", [stripe.dispute(at, "needs_response", {}, "charge.dispute.created"), stripe.dispute(at, "won")], []],
    ["lost after a refund", [stripe.refund(at, "re_h", 900), stripe.dispute(at + 1, "lost")], [900, 12_000]],
    ["in another currency", [stripe.refund(at, "re_i", 900, { currency: "eur" })], []],
  ];
  for (const [name, refunds, expected] of table) {
    for (const events of [[stripe.oldInvoice(at), ...refunds], [...refunds, stripe.oldInvoice(at)], [...refunds].reverse().concat(stripe.oldInvoice(at))]) {
      await wipe(t);
      for (const event of events) assert.equal((await send(t, event)).status, 200, name);
      const amounts = (await t.rows("SELECT amount FROM revenue WHERE kind = 'refund' ORDER BY at, key")).map((row) => row.amount);
      assert.deepEqual(amounts, expected, `${name}: ${events.map((event) => event.type)}`);
      const { body } = await t.feed();
      assert.ok(body.log.revenue.kind.every((kind, i) => kind !== "refund" || body.log.revenue.refunds[i] !== null), name);
    }
  }
});

/** Every order of a list. */
const orders = (list) => (list.length < 2 ? [list] : list.flatMap((one, i) => orders(list.toSpliced(i, 1)).map((rest) => [one, ...rest])));

test("in every order of delivery the figures are the same", async (t) => {
  await t.partner("Ada Analytics");
  const { token } = await t.click("ada-analytics");
  await t.until("SELECT count(*) FROM touch", 1);
  const at = seconds() - 10;
  const hook = (event) => async () => assert.deepEqual(await told(t, event), ["recorded"]);
  const api = (path, body) => async () => assert.equal((await t.api("POST", path, body)).status, 200);
  // What nobody but the session says: whose click it was, and how the vendor calls the customer.
  const session = stripe.checkout(at, { client_reference_id: token, metadata: { trb_customer: "c1" } });
  const anonymous = { customer_email: null, customer_name: null };
  const fact = { id: "lead-1", type: "lead.created", at: new Date((at - 5) * 1000).toISOString(), customer: "c1" };
  const stories = {
    "the shapes of today": [
      hook(session),
      hook(stripe.invoice(at + 1, anonymous)),
      hook(stripe.paid(at + 1)),
      hook(stripe.refund(at + 3, "re_1", 900)),
      hook(stripe.refunded(at + 5, 1200)),
    ],
    "the shapes of before, and a lead of the API": [
      hook(session),
      hook(stripe.oldInvoice(at + 1, anonymous)),
      hook(stripe.refund(at + 4, "re_2", 300)),
      hook(stripe.dispute(at + 6, "lost")),
      api("/facts", fact),
    ],
    "a lead by the same click, and a checkout that says no more": [
      api("/facts", { ...fact, click: token }),
      hook(stripe.checkout(at, { client_reference_id: token })),
      hook(stripe.invoice(at + 1, anonymous)),
      hook(stripe.invoice(at + 2, { ...anonymous, id: "in_2", billing_reason: "subscription_cycle" })),
    ],
  };
  for (const [name, story] of Object.entries(stories)) {
    let expected;
    for (const order of orders(story.map((_, i) => i))) {
      await wipe(t);
      for (const i of order) await story[i]();
      const { log } = (await t.feed()).body;
      expected ??= log;
      assert.deepEqual(log, expected, `${name}: ${order}`);
    }
    assert.equal(expected.touches.partner.length, 1, name);
    assert.equal(new Set(expected.revenue.customer).size, 1, name);
    assert.ok(expected.revenue.amount.length > 1, name);
  }
});

test("what is not signed as it must be is refused", async (t) => {
  const event = stripe.invoice(seconds());
  const payload = JSON.stringify(event);
  const good = stripe.header(payload);
  const time = good.match(/t=(\d+)/)[1];
  for (const [name, options, field] of [
    ["no header", { signature: null }, "must be t="],
    ["an empty one", { signature: " " }, "must be t="],
    ["no time", { signature: good.replace(/t=\d+,/, "") }, "must be t="],
    ["a time that is none", { signature: good.replace(/t=\d+/, "t=now") }, "must be t="],
    ["no signature", { signature: `t=${time}` }, "must be t="],
    ["another scheme", { signature: good.replace("v1=", "v0=") }, "must be t="],
    ["too short", { signature: good.slice(0, -1) }, "must be t="],
    ["another secret", { signature: stripe.header(payload, { secret: "whsec_other" }) }, "must be made over"],
    ["another body", { signature: stripe.header(`${payload} `) }, "must be made over"],
    ["another time", { signature: good.replace(`t=${time}`, `t=${time - 1}`) }, "must be made over"],
    ["old", { signature: stripe.header(payload, { timestamp: seconds() - 310 }) }, "at most 300 seconds"],
    ["of the future", { signature: stripe.header(payload, { timestamp: seconds() + 310 }) }, "at most 300 seconds"],
  ]) {
    const { status, body } = await send(t, event, { payload, ...options });
    assert.deepEqual([status, body.error?.code], [400, "bad_request"], name);
    assert.ok(body.error.message.startsWith("Stripe-Signature: ") && body.error.message.includes(field), `${name}: ${body.error.message}`);
  }
  assert.deepEqual(await counts(t), TABLES.map(() => 0));
  const older = await send(t, event, { payload, signature: stripe.header(payload, { timestamp: seconds() - 290 }) });
  assert.equal(older.status, 200);
});

anyTest("each of several secrets will do, and without one nothing is taken", { bindings: { STRIPE_WEBHOOK_SECRET: ` whsec_new, ${SECRET} ,` } }, async (t) => {
  const event = stripe.invoice(seconds());
  const payload = JSON.stringify(event);
  assert.equal((await send(t, event, { payload, signature: stripe.header(payload, { secret: "whsec_new" }) })).status, 200);
  const both = `${stripe.header(payload, { secret: "whsec_gone" })},${stripe.header(payload).split(",")[1]}`;
  assert.deepEqual((await send(t, event, { payload, signature: both })).body, { status: "duplicate" });
});

for (const secret of [undefined, "", " , "]) {
  anyTest(`without a secret (${JSON.stringify(secret)}) Stripe is asked to send again`, { bindings: secret === undefined ? {} : { STRIPE_WEBHOOK_SECRET: secret } }, async (t) => {
    const event = stripe.invoice(seconds());
    const payload = JSON.stringify(event);
    const { status, body } = await send(t, event, { payload, signature: stripe.header(payload, { secret: secret || "x" }) });
    assert.deepEqual([status, body.error.code], [503, "internal_server_error"]);
    assert.deepEqual(await t.rows("SELECT id FROM stripe_event"), []);
  });
}

test("what is not an event is refused with the field, and what does not concern us is not", async (t) => {
  const at = seconds();
  const raw = (payload) => send(t, null, { payload, signature: stripe.header(payload) });
  for (const payload of ["", "{", "nothing", "\u0000"]) assert.equal((await raw(payload)).status, 400, payload);
  const without = (event, ...path) => {
    const copy = structuredClone(event);
    let place = copy;
    for (const name of path.slice(0, -1)) place = place[name];
    delete place[path.at(-1)];
    return copy;
  };
  for (const [event, field] of [
    [[], "id"],
    [7, "id"],
    [without(stripe.invoice(at), "id"), "id"],
    [{ ...stripe.invoice(at), id: 7 }, "id"],
    [{ ...stripe.invoice(at), id: "a b" }, "id"],
    [without(stripe.invoice(at), "type"), "type"],
    [without(stripe.invoice(at), "created"), "created"],
    [{ ...stripe.invoice(at), created: "today" }, "created"],
    [{ ...stripe.invoice(at), created: 1 }, "created"],
    [without(stripe.invoice(at), "data"), "data.object"],
    [{ ...stripe.invoice(at), data: { object: [] } }, "data.object"],
    [without(stripe.invoice(at), "data", "object", "id"), "data.object.id"],
    [without(stripe.invoice(at), "data", "object", "amount_paid"), "data.object.amount_paid"],
    [stripe.invoice(at, { amount_paid: "12" }), "data.object.amount_paid"],
    [stripe.invoice(at, { amount_paid: 1.5 }), "data.object.amount_paid"],
    [stripe.invoice(at, { amount_paid: -1 }), "data.object.amount_paid"],
    [stripe.invoice(at, { amount_paid: 1e18 }), "data.object.amount_paid"],
    [stripe.invoice(at, { currency: "zzz" }), "data.object.currency"],
    [stripe.invoice(at, { currency: null }), "data.object.currency"],
    [stripe.invoice(at, { customer: 7 }), "data.object.customer"],
    [stripe.purchase(at, { amount_total: undefined }), "data.object.amount_total"],
    [stripe.paid(at, { invoice: null }), "data.object.invoice"],
    [stripe.refund(at, "re_1", 0), "data.object.amount"],
    [stripe.refund(at, "re_1", 5, { payment_intent: null, charge: null }), "data.object.charge"],
    [stripe.refunded(at, 5, { id: null }), "data.object.id"],
    [stripe.invoice(at + 3600), "created"],
    [{ ...stripe.invoice(at + 30 * 86_400), created: at }, "data.object.status_transitions.paid_at"],
  ]) {
    const { status, body } = await send(t, event);
    assert.equal(status, 422, `${field}: ${JSON.stringify(event)}`);
    assert.ok(body.error.message.startsWith(`${field}: `), `${field}: ${body.error.message}`);
  }
  for (const [type, object] of [["plan.created", { id: "plan_1" }], ["customer.created", { id: "cus_1", metadata: {} }], ["charge.dispute.created", { id: "du_1" }]]) {
    assert.deepEqual(await told(t, stripe.event(type, at, object)), ["ignored"]);
  }
  assert.deepEqual(await counts(t), TABLES.map(() => 0));
});

test("whatever the store cannot write is not acknowledged, and is written once when it is sent again", async (t) => {
  await t.partner("Ada Analytics");
  const { token } = await t.click("ada-analytics");
  await t.until("SELECT count(*) FROM touch", 1);
  const at = seconds();
  const events = [
    // Nothing to pay, and nothing said but the number, which the checkout joins to an address.
    stripe.invoice(at, { id: "in_0", amount_paid: 0, customer_email: null, customer_name: null }),
    stripe.checkout(at, { id: "cs_9", payment_status: "no_payment_required", client_reference_id: token }),
    stripe.oldInvoice(at),
    stripe.refund(at, "re_1", 900),
    end(at),
  ];
  const steps = ["customer", "customer_join", "fact", "touch", "identity", "milestone", "revenue", ...TABLES.filter((name) => name.startsWith("stripe_"))];
  let failed = 0;
  for (const table of steps) {
    await wipe(t);
    for (const event of events) {
      const before = await counts(t);
      await t.db.prepare(`CREATE TRIGGER broken_insert BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'broken'); END`).run();
      const answer = await send(t, event);
      if (answer.status !== 200) {
        failed += 1;
        assert.equal(answer.status, 503, table);
        assert.deepEqual(await counts(t), before, `${table}: ${event.type} left something behind`);
      }
      await t.db.prepare("DROP TRIGGER broken_insert").run();
      const again = await send(t, event);
      assert.equal(again.status, 200);
      assert.equal(again.body.status, answer.status === 200 ? "duplicate" : "recorded");
    }
    assert.deepEqual(await t.rows(LEFT), [{ left: 12_000 }], table);
  }
  assert.ok(failed >= steps.length, `${failed}`);
});

anyTest("without tables nothing is acknowledged", { migrate: false, bindings: { STRIPE_WEBHOOK_SECRET: SECRET } }, async (t) => {
  assert.equal((await send(t, stripe.invoice(seconds()))).status, 503);
});
