// Coupons: one partner each, with a time and products; redeemed by leads, sales and facts.

import assert from "node:assert/strict";
import { client } from "../support/dub.mjs";
import { test } from "../support/test.mjs";

const ago = (days) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
const TOUCHES = "SELECT kind, mark, coupon, partner_id AS partner FROM touch ORDER BY rowid";

test("Dub's client makes, lists and deletes discount codes", async (t) => {
  const dub = client(t);
  const ada = await t.partner("Ada Analytics", { coupons: ["first"] });
  const eve = await t.partner("Eve Agency");
  const [link] = ada.links;
  const made = await dub.discountCodes.create({ code: " ada20 ", partnerId: ada.id, linkId: link.id });
  assert.deepEqual(
    [made.code, made.partnerId, made.linkId, made.discountId, made.disabledAt],
    ["ADA20", ada.id, link.id, null, null],
  );
  const named = await dub.discountCodes.create({ partnerId: eve.id, linkId: eve.links[0].id });
  assert.match(named.code, /^EVEAGENCY[0-9A-F]{6}$/);
  const codes = async (query) => (await dub.discountCodes.list(query)).map((row) => row.code).sort();
  assert.deepEqual(await codes({ partnerId: ada.id }), ["ADA20", "FIRST"]);
  assert.deepEqual(await codes({}), ["ADA20", named.code, "FIRST"].sort());
  assert.equal((await dub.discountCodes.list({ page: 2, pageSize: 2 })).length, 1);
  assert.deepEqual(await codes({ discountId: "disc_1" }), []);
  assert.deepEqual(await dub.discountCodes.delete("first"), { id: "dcode_FIRST" });
  assert.deepEqual(await dub.discountCodes.delete(made.id), { id: "dcode_ADA20" });
  assert.deepEqual(await codes({ partnerId: ada.id }), []);
  await assert.rejects(dub.discountCodes.delete("first"), { statusCode: 404 });
  // What is gone may be given again, to another partner too.
  await dub.discountCodes.create({ code: "ADA20", partnerId: eve.id, linkId: eve.links[0].id });
});

test("what cannot be a coupon is refused, field by field", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["TAKEN"] });
  const eve = await t.partner("Eve Agency");
  const good = { code: "SPRING", partnerId: ada.id, linkId: ada.links[0].id };
  const bad = [
    [{ partnerId: undefined }, 422, "partnerId"],
    [{ partnerId: "pn_1" }, 422, "partnerId"],
    [{ partnerId: "pn_00000000000000000000000000" }, 422, "partnerId"],
    [{ linkId: "nothing" }, 422, "linkId"],
    [{ linkId: eve.links[0].id }, 422, "linkId"],
    [{ code: "10 %" }, 422, "code"],
    [{ code: "x".repeat(65) }, 422, "code"],
    [{ code: "dcode_x" }, 422, "code"],
    [{ code: 10 }, 422, "code"],
    [{ code: "taken" }, 409, "code"],
    [{ startsAt: "soon" }, 422, "startsAt"],
    [{ endsAt: "2026-13-01T00:00:00Z" }, 422, "endsAt"],
    [{ startsAt: ago(1), endsAt: ago(2) }, 422, "endsAt"],
    [{ products: "pro" }, 422, "products"],
    [{ products: ["pro", ""] }, 422, "products"],
    [{ products: Array(101).fill("p") }, 422, "products"],
  ];
  for (const [change, status, field] of bad) {
    const answer = await t.api("POST", "/discount-codes", { ...good, ...change });
    assert.equal(answer.status, status, JSON.stringify(change));
    assert.match(answer.body.error.message, new RegExp(`^(products\\[\\d\\]|${field})\\b`), JSON.stringify(change));
  }
  assert.deepEqual(await t.rows("SELECT code FROM coupon"), [{ code: "TAKEN" }]);
  for (const [method, name, body, status] of [
    ["PATCH", "NOTHING", {}, 404],
    ["PATCH", "TAKEN", { endsAt: "never" }, 422],
    ["PATCH", "%20", {}, 422],
    ["DELETE", "dcode_NOTHING", undefined, 404],
    ["DELETE", "a%20b", undefined, 422],
  ]) {
    assert.equal((await t.api(method, `/discount-codes/${name}`, body)).status, status, `${method} ${name}`);
  }
  assert.equal((await t.api("GET", "/discount-codes?pageSize=0")).status, 422);
  assert.equal((await t.api("GET", "/discount-codes?partnerId=x")).status, 422);
  for (const key of [null, t.publishableKey]) {
    assert.ok([401, 403].includes((await t.api("POST", "/discount-codes", good, { key })).status));
  }
});

test("a sale that names a coupon credits its partner, whatever was clicked", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ada20"] });
  const eve = await t.partner("Eve Agency");
  const { token } = await t.click("eve-agency");
  const sale = { customerExternalId: "c1", amount: 9900, currency: "usd", invoiceId: "in_1", clickId: token, coupon: " Ada20" };
  const answer = await t.api("POST", "/track/sale", sale);
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body.coupon, { code: "ADA20", status: "credited" });
  // Sent again it is the same sale, and the coupon is redeemed once.
  assert.equal((await t.api("POST", "/track/sale", sale)).status, 200);
  await t.until("SELECT count(*) FROM touch WHERE source = 'edge'", 1);
  const touches = await t.rows("SELECT kind, mark, partner_id AS partner, coupon, customer_id IS NOT NULL AS owned FROM touch ORDER BY kind");
  assert.deepEqual(touches, [
    { kind: "click", mark: "counted", partner: eve.id, coupon: null, owned: 1 },
    { kind: "coupon", mark: "counted", partner: ada.id, coupon: "ADA20", owned: 1 },
  ]);
  const { body } = await t.feed();
  assert.deepEqual(body.log.coupons, ["ADA20"]);
});

test("metadata names a coupon too, and what cannot be one is none", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ada20"] });
  const lead = (n, metadata) => t.api("POST", "/track/lead", { eventName: "Sign up", customerExternalId: `c${n}`, metadata });
  assert.deepEqual((await lead(1, { coupon: "ada20" })).body.coupon, { code: "ADA20", status: "credited" });
  assert.deepEqual((await lead(2, { couponCode: "ADA20" })).body.coupon, { code: "ADA20", status: "credited" });
  assert.deepEqual((await lead(3, { coupon: "nobodys" })).body.coupon, { code: "NOBODYS", status: "unknown" });
  for (const metadata of [{ coupon: "10 % off" }, { coupon: 7 }, { coupon: null }, {}]) {
    const answer = await lead(4, metadata);
    assert.deepEqual([answer.status, answer.body.coupon], [200, undefined]);
  }
  const touches = await t.rows(TOUCHES);
  assert.deepEqual(touches.map((touch) => touch.partner), [ada.id, ada.id]);
});

test("what cannot be a coupon is an unknown one, and loses neither lead nor sale", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ada20"] });
  await t.api("POST", "/discount-codes", { code: "PRO", partnerId: ada.id, products: ["pro"] });
  const credited = { code: "ADA20", status: "credited" };
  const unknown = (code) => ({ code, status: "unknown" });
  const table = [
    [{ coupon: "10% OFF" }, unknown("10% OFF")], [{ coupon: " АDA20 " }, unknown("АDA20")], [{ coupon: "x".repeat(1000) }, unknown("x".repeat(64))],
    [{ coupon: "a\u0000b" }, unknown("ab")], [{ coupon: "" }, undefined], [{ coupon: "  " }, undefined], [{ coupon: null }, undefined],
    [{ coupon: "", metadata: { coupon: "ada20" } }, credited], [{ coupon: "10 %", metadata: { coupon: "ada20" } }, unknown("10 %")],
    [{ coupon: "ada20", product: "" }, credited], [{ coupon: "ada20", product: "not a key" }, credited],
    [{ coupon: "pro", product: "" }, { code: "PRO", status: "other_product" }], [{ coupon: "pro", product: " " }, { code: "PRO", status: "other_product" }],
    [{ product: "" }, undefined],
  ];
  for (const [i, [more, expected]] of table.entries()) {
    const lead = await t.api("POST", "/track/lead", { eventName: "Sign up", customerExternalId: `c${i}`, ...more });
    const sale = await t.api("POST", "/track/sale", { customerExternalId: `c${i}`, amount: 100, invoiceId: `in_${i}`, ...more });
    for (const { status, body } of [lead, sale]) assert.deepEqual([status, body.coupon], [200, expected], JSON.stringify(more).slice(0, 60));
  }
  assert.deepEqual(await t.rows("SELECT (SELECT count(*) FROM milestone) AS leads, (SELECT count(*) FROM revenue) AS sales"), [{ leads: table.length, sales: table.length }]);
});

test("a coupon that does not hold is recorded with the reason and credits nobody", async (t) => {
  const ada = await t.partner("Ada Analytics");
  for (const [code, reach] of [
    ["OVER", { endsAt: ago(1) }],
    ["SOON", { startsAt: ago(-1) }],
    ["PRO", { products: ["pro", "team"] }],
    ["NOW", { startsAt: ago(1), endsAt: ago(-1), products: ["pro"] }],
  ]) {
    const { status } = await t.api("POST", "/discount-codes", { code, partnerId: ada.id, ...reach });
    assert.equal(status, 200, code);
  }
  const table = [
    ["OVER", undefined, "expired"],
    ["SOON", "pro", "not_yet_valid"],
    ["PRO", undefined, "other_product"],
    ["PRO", "basic", "other_product"],
    ["PRO", "team", "credited"],
    ["NOW", "pro", "credited"],
    ["NEVER", "pro", "unknown"],
  ];
  for (const [i, [coupon, product, status]] of table.entries()) {
    const sale = { customerExternalId: `c${i}`, amount: 100, invoiceId: `in_${i}`, metadata: { coupon, product } };
    assert.deepEqual((await t.api("POST", "/track/sale", sale)).body.coupon, { code: coupon, status }, `${coupon} ${product}`);
  }
  const touches = await t.rows(TOUCHES);
  assert.deepEqual(touches.map(({ coupon, mark }) => `${coupon} ${mark}`), [
    "OVER invalid_coupon", "SOON invalid_coupon", "PRO invalid_coupon", "PRO invalid_coupon", "PRO counted", "NOW counted",
  ]);
  // Recorded = counted + each reason.
  const days = await t.rows("SELECT mark, sum(count) AS n FROM click_day GROUP BY mark ORDER BY mark");
  assert.deepEqual(days, [{ mark: "counted", n: 2 }, { mark: "invalid_coupon", n: 4 }]);
  const { body } = await t.feed();
  assert.equal(body.log.revenue.amount.length, table.length);
});

test("facts name coupons, and are judged by their own time", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.api("POST", "/discount-codes", { code: "SPRING", partnerId: ada.id, startsAt: ago(20), endsAt: ago(10), products: ["pro"] });
  const revenue = (n, at, more) => ({ id: `r${n}`, type: "revenue", kind: "new", at: ago(at), customer: `c${n}`, amount: 100, currency: "USD", ...more });
  const facts = [
    { id: "l", type: "lead.created", at: ago(15), customer: "lead", coupon: "spring", product: "pro" },
    revenue(1, 15, { coupon: "spring", product: "pro" }),
    revenue(2, 5, { coupon: "spring", product: "pro" }),
    revenue(3, 15, { coupon: "spring" }),
    revenue(4, 15, { coupon: "other" }),
    { id: "t1", type: "touch", kind: "coupon", at: ago(15), coupon: "spring", visitor: "v" },
    { id: "t2", type: "touch", kind: "coupon", at: ago(5), coupon: "spring", visitor: "v" },
    { id: "x1", type: "revenue", kind: "refund", at: ago(1), customer: "c1", amount: 1, currency: "USD", refundOf: "in", coupon: "spring" },
    revenue(5, 15, { coupon: "not one" }),
  ];
  const { body } = await t.facts(facts);
  assert.deepEqual(body.results.map((result) => result.coupon?.status ?? result.error?.message.split(":")[0] ?? null), [
    "credited", "credited", "expired", "other_product", "unknown", null, null, "coupon", "coupon",
  ]);
  assert.equal(body.recorded, 7);
  const marks = await t.rows("SELECT key, mark FROM touch ORDER BY key");
  assert.deepEqual(marks.map(({ key, mark }) => `${key} ${mark}`), [
    "coupon:fact:l counted", "coupon:fact:r1 counted", "coupon:fact:r2 invalid_coupon", "coupon:fact:r3 invalid_coupon",
    "fact:t1 counted", "fact:t2 invalid_coupon",
  ]);
  assert.equal((await t.facts(facts)).body.duplicate, 7);
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch"))[0].n, 6);
});

test("a coupon is bounded later, and a page shows only what holds", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["OLD"] });
  const page = async () => (await t.fetch(`/p/${ada.username}`)).text();
  assert.match(await page(), /OLD/);
  const { body } = await t.api("PATCH", "/discount-codes/dcode_OLD", { endsAt: ago(1), products: ["pro"] });
  assert.deepEqual([body.code, body.products, body.startsAt], ["OLD", ["pro"], null]);
  assert.doesNotMatch(await page(), /OLD/);
  const again = await t.api("PATCH", "/discount-codes/old", { endsAt: null });
  assert.deepEqual([again.body.endsAt, again.body.products], [null, ["pro"]]);
  assert.match(await page(), /OLD/);
});

test("a store that fails at a coupon: 503, nothing half-written, and sent again it counts", async (t) => {
  await t.partner("Ada Analytics", { coupons: ["ada20"] });
  const sale = { customerExternalId: "c1", amount: 9900, invoiceId: "in_1", coupon: "ada20" };
  for (const table of ["coupon", "touch", "revenue"]) {
    await t.db.prepare(`ALTER TABLE ${table} RENAME TO gone_${table}`).run();
    assert.equal((await t.api("POST", "/track/sale", sale)).status, 503, table);
    await t.db.prepare(`ALTER TABLE gone_${table} RENAME TO ${table}`).run();
    assert.equal((await t.rows("SELECT (SELECT count(*) FROM touch) + (SELECT count(*) FROM revenue) AS n"))[0].n, 0, table);
  }
  assert.deepEqual((await t.api("POST", "/track/sale", sale)).body.coupon, { code: "ADA20", status: "credited" });
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch WHERE mark = 'counted'"))[0].n, 1);
});

test("who changes a coupon that is another by now is told", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ADA20"] });
  const change = (body) => t.api("PATCH", "/discount-codes/ADA20", body);
  assert.equal((await change({ products: ["pro"], before: {} })).status, 200);
  const late = await change({ products: ["team"], before: {} });
  assert.deepEqual([late.status, late.body.error.code], [409, "conflict"]);
  assert.deepEqual((await t.api("GET", `/discount-codes?partnerId=${ada.id}`)).body[0].products, ["pro"]);
  assert.equal((await change({ endsAt: "2030-01-01T00:00:00Z", before: { products: ["pro"] } })).status, 200);
  assert.equal((await change({ endsAt: null, before: { endsAt: "2030-01-01T00:00:00.000Z", products: ["pro"] } })).status, 200);
  assert.equal((await change({ before: { endsAt: "soon" } })).status, 422);
});
