import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { test } from "../support/test.mjs";

const SALE = { customerExternalId: "c1", amount: 12_345, currency: "eur", invoiceId: "in_1", metadata: { seats: 3 } };

test("the same sale sent ten times at once is one sale with one answer", async (t) => {
  await t.partner("Ada Analytics");
  const { token } = await t.click("ada-analytics");
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => t.api("POST", "/track/sale", { ...SALE, clickId: token, customerName: "Bea Buyer" })),
  );
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    assert.deepEqual(body, answers[0].body);
  }
  const { id, ...customer } = answers[0].body.customer;
  assert.match(id, /^cus_/);
  assert.deepEqual(customer, { name: "Bea Buyer", email: null, avatar: null, externalId: "c1" });
  assert.deepEqual(answers[0].body.sale, {
    amount: 12_345, currency: "eur", paymentProcessor: "custom", invoiceId: "in_1", metadata: { seats: 3 },
  });
  assert.deepEqual(await t.rows("SELECT amount FROM revenue"), [{ amount: 12_345 }]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM customer"), [{ n: 1 }]);
});

test("one invoice is one sale across doors, and another content is a conflict", async (t) => {
  await t.api("POST", "/track/sale", SALE);
  const fact = { id: "f1", type: "revenue", kind: "new", at: new Date().toISOString(), customer: "c1", amount: 12_345, currency: "EUR", invoice: "in_1" };
  assert.equal((await t.facts(fact)).body.results[0].status, "duplicate");
  assert.equal((await t.facts({ ...fact, amount: 1 })).body.results[0].status, "conflict");
  for (const change of [{ amount: 1 }, { currency: "usd" }, { customerExternalId: "c2" }]) {
    const { status, body } = await t.api("POST", "/track/sale", { ...SALE, ...change });
    assert.equal(status, 409);
    assert.equal(body.error.code, "conflict");
    const [[field]] = Object.entries(change);
    assert.match(body.error.message, new RegExp(`^${field}: .*invoice`), "what differs is named");
  }
  assert.deepEqual(await t.rows("SELECT amount, currency FROM revenue"), [{ amount: 12_345, currency: "EUR" }]);
  assert.deepEqual(await t.rows("SELECT external_id FROM customer"), [{ external_id: "c1" }]);
});

test("without an invoice the Idempotency-Key decides, and without either each request is a sale", async (t) => {
  const { invoiceId, ...sale } = SALE;
  const once = { headers: { "idempotency-key": "k-1" } };
  await t.api("POST", "/track/sale", sale, once);
  await t.api("POST", "/track/sale", sale, once);
  assert.deepEqual(await t.rows("SELECT kind FROM revenue"), [{ kind: "new" }]);
  await t.api("POST", "/track/sale", sale);
  assert.deepEqual(await t.rows("SELECT kind FROM revenue ORDER BY rowid"), [{ kind: "new" }, { kind: "renewal" }]);
});

test("bad input names the field and the rule, and writes nothing", async (t) => {
  for (const [path, body, field] of [
    ["sale", { ...SALE, customerExternalId: "" }, "customerExternalId"],
    ["sale", { ...SALE, customerExternalId: "x".repeat(129) }, "customerExternalId"],
    ["sale", { ...SALE, amount: 0 }, "amount"],
    ["sale", { ...SALE, amount: -5 }, "amount"],
    ["sale", { ...SALE, amount: undefined }, "amount"],
    ["sale", { ...SALE, amount: 1e16 }, "amount"],
    ["sale", { ...SALE, amount: 1.5 }, "amount: "],
    ["sale", { ...SALE, amount: "5" }, "amount: "],
    ["sale", { ...SALE, currency: "zzz" }, "currency"],
    ["sale", { ...SALE, currency: "dollars" }, "currency"],
    ["sale", { ...SALE, paymentProcessor: "cash" }, "paymentProcessor"],
    ["sale", { ...SALE, invoiceId: "a b" }, "invoiceId"],
    ["sale", { ...SALE, metadata: { x: "y".repeat(10_001) } }, "metadata"],
    ["lead", { clickId: "", eventName: "", customerExternalId: "c" }, "eventName"],
    ["lead", { clickId: "", eventName: "x".repeat(256), customerExternalId: "c" }, "eventName"],
    ["lead", { clickId: "", eventName: "x", customerExternalId: "c", customerEmail: "no" }, "customerEmail"],
    ["lead", { clickId: "", eventName: "x", customerExternalId: "c", mode: "later" }, "mode"],
  ]) {
    const { status, body: answer } = await t.api("POST", `/track/${path}`, body);
    assert.equal(status, 422, field);
    assert.equal(answer.error.code, "unprocessable_entity");
    assert.ok(answer.error.message.includes(field), answer.error.message);
  }
  for (const [body, headers] of [["{", {}], ["", {}], ["a=1", { "content-type": "application/x-www-form-urlencoded" }]]) {
    const { status, body: answer } = await t.api("POST", "/track/sale", body, { headers });
    assert.equal(status, 400);
    assert.equal(answer.error.code, "bad_request");
  }
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM customer"), [{ n: 0 }]);
});

test("keys: none and unknown are 401, a publishable one records leads and nothing else", async (t) => {
  for (const key of [null, "nonsense", `trb_sk_${"0".repeat(64)}`, t.apiKey.replace("trb_sk_", "trb_pk_")]) {
    const { status, body } = await t.api("POST", "/track/lead", { clickId: "", eventName: "x", customerExternalId: "c" }, { key });
    assert.equal(status, 401);
    assert.equal(body.error.code, "unauthorized");
  }
  const publishable = { key: t.publishableKey };
  const lead = await t.api("POST", "/track/lead", { clickId: "", eventName: "x", customerExternalId: "c" }, publishable);
  assert.equal(lead.status, 200);
  assert.equal(lead.headers.get("access-control-allow-origin"), "*");
  const sale = await t.api("POST", "/track/sale", SALE, publishable);
  assert.equal(sale.status, 403);
  const stored = await t.rows("SELECT hash FROM api_key WHERE kind = 'secret'");
  assert.deepEqual(stored, [{ hash: createHash("sha256").update(t.apiKey).digest("hex") }]);
});

test("a publishable key makes customers and changes none", async (t) => {
  await t.partner("Ada Analytics");
  await t.partner("Eve Agency");
  const [ada, eve] = [await t.click("ada-analytics"), await t.click("eve-agency")];
  const lead = (clickId, more, key) => t.api("POST", "/track/lead", { clickId, eventName: "Sign up", customerExternalId: "c1", ...more }, { key });
  assert.equal((await lead(ada.token, { customerName: "Bea Buyer" }, t.publishableKey)).status, 200);
  assert.equal((await lead(ada.token, { customerName: "Bea Buyer" }, t.publishableKey)).status, 200);
  const hostile = await lead(eve.token, { eventName: "Upgrade", customerName: "Hacked" }, t.publishableKey);
  assert.equal(hostile.status, 409);
  assert.deepEqual(await t.rows("SELECT name FROM customer"), [{ name: "Bea Buyer" }]);
  const claimed = await t.rows("SELECT p.name FROM touch JOIN partner AS p ON p.id = partner_id WHERE customer_id IS NOT NULL");
  assert.deepEqual(claimed, [{ name: "Ada Analytics" }]);
  assert.equal((await lead(eve.token, { eventName: "Upgrade" }, t.apiKey)).status, 200);
});

test("a body that is far too long is refused alone: the next request on the connection is answered", async (t) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (path, headers, body) =>
    new Promise((resolve, reject) => {
      const call = request(new URL(path, t.url), { method: "POST", agent, headers: { ...headers, "content-length": body.length } }, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode));
      });
      call.on("error", reject);
      call.end(body);
    });
  const json = { "content-type": "application/json", authorization: `Bearer ${t.apiKey}` };
  try {
    for (let i = 0; i < 5; i++) {
      assert.equal(await send("/p/ada", { "content-type": "application/x-www-form-urlencoded" }, Buffer.alloc(3_000_000, "x")), 413);
      assert.equal(await send("/api/track/sale", json, Buffer.from(JSON.stringify({ ...SALE, invoiceId: `in_${i}` }))), 200);
    }
  } finally {
    agent.destroy();
  }
});
