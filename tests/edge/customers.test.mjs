// Customers: Dub's client unchanged, and what joins them.

import assert from "node:assert/strict";
import { client } from "../support/dub.mjs";
import { test } from "../support/test.mjs";

const ago = (days) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
const statuses = ({ body }) => body.results.map((result) => result.status);

/** The feed as its bytes, but for the moment that it was made at. */
async function feed(t, cookie) {
  const { body } = await t.feed(cookie && { cookie });
  delete body.head.now;
  return JSON.stringify(body);
}

/** One customer of a partner's, whom two systems know under different names. */
async function twoNames(t) {
  const ada = await t.partner("Ada Analytics");
  const answer = await t.facts([
    { id: "t1", type: "touch", kind: "click", at: ago(30), link: ada.username, visitor: "v1" },
    { id: "l1", type: "lead.created", at: ago(29), customer: "crm-1", name: "Bea Buyer", visitor: "v1" },
    { id: "l2", type: "lead.created", at: ago(20), customer: "shop-9", email: "bea@harbor.example", company: "Harbor Logistics" },
    { id: "r1", type: "revenue", kind: "new", at: ago(19), customer: "shop-9", amount: 10_000, currency: "USD", invoice: "in_1" },
    { id: "r9", type: "revenue", kind: "new", at: ago(19), customer: "other", amount: 777, currency: "USD", invoice: "in_9" },
  ]);
  assert.equal(answer.body.recorded, 5);
  return ada;
}

test("Dub's client reads, lists, changes and deletes customers", async (t) => {
  const dub = client(t);
  const ada = await twoNames(t);
  const bea = await dub.customers.get({ id: "ext_shop-9", includeExpandedFields: true });
  assert.deepEqual(
    [bea.externalId, bea.email, bea.sales, bea.saleAmount, bea.link, bea.partner],
    ["shop-9", "bea@harbor.example", 1, 10_000, null, null],
  );
  assert.equal(new Date(bea.firstSaleAt) < new Date(), true);
  assert.equal((await dub.customers.get({ id: bea.id })).id, bea.id);
  const crm = await dub.customers.get({ id: "ext_crm-1", includeExpandedFields: true });
  assert.deepEqual([crm.partner.id, crm.link.key], [ada.id, ada.username]);

  const listed = async (query) => (await dub.customers.list(query)).result.map((c) => c.externalId);
  assert.deepEqual((await listed({})).sort(), ["crm-1", "other", "shop-9"]);
  assert.deepEqual(await listed({ email: "BEA@harbor.example" }), ["shop-9"]);
  assert.deepEqual(await listed({ externalId: "crm-1" }), ["crm-1"]);
  assert.deepEqual(await listed({ search: "harbor" }), ["shop-9"]);
  assert.deepEqual(await listed({ partnerId: ada.id }), ["crm-1"]);
  assert.deepEqual(await listed({ linkId: ada.links[0].id }), ["crm-1"]);
  assert.deepEqual(await listed({ sortBy: "saleAmount" }), ["shop-9", "other", "crm-1"]);
  const [first, second, third] = (await dub.customers.list({ sortOrder: "asc" })).result;
  assert.deepEqual(await listed({ sortOrder: "asc", page: 2, pageSize: 2 }), [third.externalId]);
  assert.deepEqual(await listed({ sortOrder: "asc", startingAfter: first.id }), [second.externalId, third.externalId]);
  assert.deepEqual(await listed({ sortOrder: "asc", endingBefore: third.id, pageSize: 1 }), [second.externalId]);

  const changed = await dub.customers.update({ id: bea.id, requestBody: { name: "Bea B.", email: null, country: "de", stripeCustomerId: "cus_stripe1" } });
  assert.deepEqual([changed.name, changed.email, changed.country, changed.stripeCustomerId], ["Bea B.", null, "DE", "cus_stripe1"]);
  await assert.rejects(dub.customers.update({ id: crm.id, requestBody: { externalId: "shop-9" } }), { statusCode: 409 });
  await assert.rejects(dub.customers.update({ id: crm.id, requestBody: { stripeCustomerId: "cus_stripe1" } }), { statusCode: 409 });

  assert.deepEqual(await dub.customers.delete("ext_shop-9"), { id: bea.id });
  await assert.rejects(dub.customers.get({ id: bea.id }), { statusCode: 404 });
  assert.deepEqual((await listed({})).sort(), ["crm-1", "other"]);
  const text = await feed(t);
  assert.ok(text.includes("10000") && !text.includes("Harbor") && !text.includes("Bea B."), "money stays, the name is gone");
  const refund = { id: "back", type: "revenue", kind: "chargeback", at: ago(1), customer: "shop-9", amount: 10_000, currency: "USD", refundOf: "in_1" };
  assert.deepEqual(statuses(await t.facts(refund)), ["recorded"]);
  assert.equal((await dub.customers.get({ id: "ext_shop-9" })).name, null);
});

test("a customer is made once, and what cannot be is refused by its field", async (t) => {
  const good = { externalId: "c1", email: "Bea@Buyer.example", name: " Bea ", avatar: "https://a.example/b.png", country: "fr", stripeCustomerId: "cus_1" };
  const made = await t.api("POST", "/customers", good);
  assert.equal(made.status, 201);
  assert.deepEqual([made.body.email, made.body.name, made.body.country, made.body.joins], ["bea@buyer.example", "Bea", "FR", []]);
  const bad = [
    [{ externalId: undefined }, 422, "externalId"], [{ externalId: "" }, 422, "externalId"], [{ externalId: "a b" }, 422, "externalId"],
    [{ externalId: 7 }, 422, "externalId"], [{ externalId: "x".repeat(129) }, 422, "externalId"], [{}, 409, "externalId"],
    [{ externalId: "c2" }, 409, "stripeCustomerId"], [{ externalId: "c2", email: "nobody" }, 422, "email"],
    [{ externalId: "c2", avatar: "http://a.example" }, 422, "avatar"], [{ externalId: "c2", country: "FRA" }, 422, "country"],
    [{ externalId: "c2", country: "F1" }, 422, "country"], [{ externalId: "c2", colour: "red" }, 422, "colour"],
    [{ externalId: "c2", stripeCustomerId: " " }, 422, "stripeCustomerId"],
  ];
  for (const [change, status, field] of bad) {
    const answer = await t.api("POST", "/customers", { ...good, ...change });
    assert.equal(answer.status, status, JSON.stringify([change, answer.body]));
    assert.ok(answer.body.error.message.startsWith(field), JSON.stringify([change, answer.body]));
  }
  assert.deepEqual(await t.rows("SELECT external_id FROM customer"), [{ external_id: "c1" }]);
  for (const query of ["pageSize=0", "page=0", "sortBy=luck", "sortOrder=up", "startingAfter=x", "sortBy=saleAmount&startingAfter=" + made.body.id]) {
    assert.ok([400, 422].includes((await t.api("GET", `/customers?${query}`)).status), query);
  }
  for (const [method, name] of [["GET", "nobody"], ["GET", "ext_nobody"], ["PATCH", "ext_nobody"], ["DELETE", "cus_00000000000000000000000000"]]) {
    assert.equal((await t.api(method, `/customers/${name}`, method === "PATCH" ? {} : undefined)).status, 404, `${method} ${name}`);
  }
  for (const key of [null, t.publishableKey]) {
    for (const [method, name, body] of [["GET", ""], ["POST", "", good], ["POST", "/ext_c1/merge", { customerId: "x" }]]) {
      assert.ok([401, 403].includes((await t.api(method, `/customers${name}`, body, { key })).status), `${method} ${name}`);
    }
  }
  // Who was forgotten may come back.
  await t.api("DELETE", "/customers/ext_c1");
  const again = await t.api("POST", "/customers", { externalId: "c1" });
  assert.deepEqual([again.status, again.body.id, again.body.email], [201, made.body.id, null]);
});

test("joined, two names are one customer; taken apart, the feed is what it was", async (t) => {
  const ada = await twoNames(t);
  const cookie = await t.signIn(ada);
  const before = [await feed(t), await feed(t, cookie)];
  const merged = await t.api("POST", "/customers/ext_shop-9/merge", { customerId: "ext_crm-1", note: "same person, says sales" });
  assert.equal(merged.status, 200);
  const [join] = merged.body.joins;
  const [{ id: key }] = await t.rows("SELECT id FROM api_key WHERE kind = 'secret'");
  assert.deepEqual([join.externalId, join.why, join.by, join.note, join.undoneAt], ["crm-1", "hand", key, "same person, says sales", null]);
  // The click of one earns from the sale of the other.
  const { log } = (await t.feed({ cookie })).body;
  assert.deepEqual([log.customers, log.revenue.amount, log.touches.customer], [["Harbor L."], [10_000], [0]]);
  assert.deepEqual(new Set(log.milestones.customer), new Set([0]));
  assert.deepEqual((await t.feed()).body.log.customers.length, 2);
  // Either name finds the one.
  const [one, other] = [await t.api("GET", "/customers/ext_crm-1"), await t.api("GET", "/customers/ext_shop-9")];
  assert.deepEqual(one.body, other.body);
  assert.deepEqual([one.body.name, one.body.email, one.body.saleAmount], ["Bea Buyer", "bea@harbor.example", 10_000]);
  assert.equal((await t.api("GET", "/customers")).body.length, 2);
  assert.equal((await t.api("GET", "/customers?externalId=crm-1")).body[0].externalId, "shop-9");
  // Cycles, repeats, oneself, nobody.
  for (const [path, customerId, status] of [
    ["ext_shop-9/merge", "ext_crm-1", 409], ["ext_crm-1/merge", "ext_shop-9", 409], ["ext_other/merge", "ext_other", 409],
    ["ext_other/merge", "nobody", 404], ["ext_nobody/merge", "ext_other", 404], ["ext_other/merge", undefined, 404],
    ["ext_other/unmerge", "ext_crm-1", 409], ["ext_shop-9/unmerge", "ext_shop-9", 409], ["ext_shop-9/unmerge", "ext_nobody", 404],
  ]) {
    assert.equal((await t.api("POST", `/customers/${path}`, { customerId })).status, status, `${path} ${customerId}`);
  }
  assert.equal((await t.api("POST", "/customers/ext_shop-9/merge", { customerId: 7 })).status, 422);
  const apart = await t.api("POST", "/customers/ext_shop-9/unmerge", { customerId: "ext_crm-1" });
  assert.deepEqual(apart.body.joins.map((j) => [j.externalId, j.undoneBy, Date.parse(j.undoneAt) > 0]), [["crm-1", key, true]]);
  assert.deepEqual([await feed(t), await feed(t, cookie)], before);
  assert.deepEqual(await t.rows("SELECT undone_by FROM customer_join"), [{ undone_by: key }]);
});

test("two joins are undone each by itself, in any order", async (t) => {
  await twoNames(t);
  const merge = (into, customerId) => t.api("POST", `/customers/ext_${into}/merge`, { customerId: `ext_${customerId}` });
  const unmerge = (from, customerId) => t.api("POST", `/customers/ext_${from}/unmerge`, { customerId: `ext_${customerId}` });
  const none = await feed(t);
  assert.equal((await merge("shop-9", "crm-1")).status, 200);
  const first = await feed(t);
  // The joined one goes along, under whichever name it is joined.
  assert.equal((await merge("other", "crm-1")).status, 200);
  assert.equal((await t.api("GET", "/customers")).body.length, 1);
  assert.equal((await t.feed()).body.log.customers.length, 1);
  assert.equal((await unmerge("other", "shop-9")).status, 200);
  assert.equal(await feed(t), first);
  assert.equal((await merge("other", "shop-9")).status, 200);
  assert.equal((await unmerge("other", "crm-1")).status, 200);
  assert.equal((await unmerge("other", "shop-9")).status, 200);
  assert.equal(await feed(t), none);
  // Of joins that meet, and would be a circle together, one stands.
  const both = await Promise.all([merge("shop-9", "crm-1"), merge("crm-1", "shop-9")]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  assert.equal((await t.api("GET", "/customers")).body.length, 2);
});

test("what happens after a join, through any door and under either name, is the one customer's", async (t) => {
  const ada = await twoNames(t);
  await t.api("POST", "/customers/ext_shop-9/merge", { customerId: "ext_crm-1" });
  // The same invoice through another door, under the other name, is the same sale.
  const dub = client(t);
  const again = await dub.track.sale({ customerExternalId: "crm-1", amount: 10_000, currency: "usd", invoiceId: "in_1" });
  assert.equal(again.customer.id, (await t.api("GET", "/customers/ext_shop-9")).body.id);
  const fact = { id: "r2", type: "revenue", kind: "new", at: ago(1), customer: "crm-1", amount: 10_000, currency: "USD", invoice: "in_1" };
  assert.deepEqual(statuses(await t.facts(fact)), ["duplicate"]);
  assert.deepEqual(statuses(await t.facts({ ...fact, amount: 9_999 })), ["conflict"]);
  // A sale of known customers is no first one, and a refund under either name finds its sale, and no more than it.
  await dub.track.sale({ customerExternalId: "crm-1", amount: 500, currency: "usd", invoiceId: "in_2" });
  assert.deepEqual(await t.rows("SELECT kind FROM revenue WHERE invoice = 'in_2'"), [{ kind: "renewal" }]);
  const refund = (id, customer, amount) => ({ id, type: "revenue", kind: "refund", at: ago(0), customer, amount, currency: "USD", refundOf: "in_1" });
  const sale = { ...fact, id: "s3", invoice: "in_3", amount: 300 };
  const answer = await t.facts([
    refund("b1", "crm-1", 4_000), refund("b2", "shop-9", 7_000), refund("b3", "other", 1), refund("b4", "shop-9", 6_000),
    sale, { ...refund("b5", "shop-9", 100), refundOf: "in_3" },
  ]);
  assert.deepEqual(statuses(answer), ["recorded", "invalid", "invalid", "recorded", "recorded", "recorded"]);
  const { log } = (await t.feed({ cookie: await t.signIn(ada) })).body;
  assert.deepEqual(new Set(log.revenue.customer), new Set([0]));
  assert.ok(log.revenue.kind.every((kind, i) => (kind === "refund") === (log.revenue.refunds[i] !== 4_294_967_295)));
  // Taken apart, a refund stays with its sale, and each name keeps what was said of it.
  await t.api("POST", "/customers/ext_shop-9/unmerge", { customerId: "ext_crm-1" });
  const whole = (await t.feed()).body.log.revenue;
  assert.ok(whole.kind.every((kind, i) => kind !== "refund" || whole.customer[i] === whole.customer[whole.refunds[i]]));
  assert.deepEqual((await t.api("GET", "/customers/ext_crm-1")).body.saleAmount, 800);
  assert.deepEqual((await t.api("GET", "/customers/ext_shop-9")).body.saleAmount, 10_000);
});

test("a click that both names claimed is one click of the one customer", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { token } = await t.click(ada.username);
  const dub = client(t);
  for (const customerExternalId of ["a", "b"]) await dub.track.lead({ clickId: token, eventName: "Sign up", customerExternalId });
  const cookie = await t.signIn(ada);
  const count = async () => (await t.feed({ cookie })).body.log.touches.at.length;
  assert.equal(await count(), 2);
  await t.api("POST", "/customers/ext_b/merge", { customerId: "ext_a" });
  assert.equal(await count(), 1);
  await t.api("POST", "/customers/ext_b/unmerge", { customerId: "ext_a" });
  assert.equal(await count(), 2);
});

test("whom a form met and a backend names is joined by itself, visibly, and may be taken apart for good", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.db.prepare("INSERT INTO customer (id, email, name, created_at) VALUES ('cus_00000000000000000000000001', 'bea@buyer.example', 'Bea', 1)").run();
  await t.db.prepare("INSERT INTO milestone (key, at, kind, customer_id, digest, recorded_at) VALUES ('form:1', 1, 'lead.created', 'cus_00000000000000000000000001', '', 1)").run();
  const form = await t.api("GET", "/customers/cus_00000000000000000000000001");
  assert.equal(form.body.externalId, form.body.id);
  const dub = client(t);
  await dub.track.lead({ eventName: "Sign up", customerExternalId: "c1", customerEmail: "bea@buyer.example", clickId: "" });
  const joined = await t.api("GET", "/customers/ext_c1");
  assert.deepEqual(joined.body.joins.map((j) => [j.customerId, j.why, j.by]), [["cus_00000000000000000000000001", "email", "program"]]);
  assert.equal((await t.feed()).body.log.customers.length, 1);
  assert.equal((await t.api("POST", "/customers/ext_c1/unmerge", { customerId: "cus_00000000000000000000000001" })).status, 200);
  await dub.track.lead({ eventName: "Trial", customerExternalId: "c1", customerEmail: "bea@buyer.example", clickId: "" });
  assert.equal((await t.feed()).body.log.customers.length, 2);
  // By the click that both prove.
  const { token } = await t.click(ada.username);
  await dub.track.lead({ eventName: "Sign up", customerExternalId: "c2", clickId: token });
  await t.db.prepare("UPDATE customer SET external_id = NULL WHERE external_id = 'c2'").run();
  await dub.track.lead({ eventName: "Sign up", customerExternalId: "c3", clickId: token });
  assert.deepEqual((await t.api("GET", "/customers/ext_c3")).body.joins.map((j) => j.why), ["click"]);
  assert.equal((await t.feed({ cookie: await t.signIn(ada) })).body.log.customers.length, 1);
});

test("a store that fails while joining changes nothing, and the join may be tried again", async (t) => {
  await twoNames(t);
  const before = await feed(t);
  await t.db.prepare("CREATE TRIGGER broken BEFORE UPDATE ON customer BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END").run();
  assert.equal((await t.api("POST", "/customers/ext_shop-9/merge", { customerId: "ext_crm-1" })).status, 503);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM customer_join"), [{ n: 0 }]);
  assert.equal(await feed(t), before);
  await t.db.prepare("DROP TRIGGER broken").run();
  assert.equal((await t.api("POST", "/customers/ext_shop-9/merge", { customerId: "ext_crm-1" })).status, 200);
});

test("who is forgotten is so in their deals and in the log of these, too", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const register = async (more) => {
    const { status, body } = await t.api("POST", "/deals", { partnerId: ada.id, company: "Secretive Ltd", contactName: "Cleo Quiet", contactEmail: "cleo@secretive.example", notes: "likes tea", ...more });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };
  const deals = [await register({ website: "https://secretive.example" }), await register({ amount: 5_000, currency: "USD", notes: "likes coffee" })];
  const other = await register({ company: "Open Inc", contactName: "Otto", contactEmail: "otto@open.example", notes: "loud" });
  await t.api("POST", "/deal-help", { dealId: deals[0].id, partnerId: ada.id, kind: "co_sell", note: "tea with Cleo" });
  await t.api("POST", "/customers", { externalId: "c1", email: "cleo@secretive.example", name: "Cleo Quiet", company: "Secretive Ltd" });
  const said = async () => {
    const tables = ["customer", "deal", "deal_change", "help", "audit", "opportunity"];
    const rows = await Promise.all(tables.map((table) => t.rows(`SELECT * FROM ${table}`)));
    return tables.filter((_, i) => /secretive|cleo|quiet|likes|tea with/i.test(JSON.stringify(rows[i])));
  };
  assert.deepEqual(await said(), ["customer", "deal", "deal_change", "help", "audit"]);
  await t.rows("CREATE TRIGGER broken BEFORE UPDATE ON customer BEGIN SELECT RAISE(ABORT, 'broken'); END");
  const before = await t.rows("SELECT * FROM deal");
  assert.equal((await t.api("DELETE", "/customers/ext_c1")).status, 503);
  assert.deepEqual(await t.rows("SELECT * FROM deal"), before, "all or nothing");
  await t.rows("DROP TRIGGER broken");
  assert.equal((await t.api("DELETE", "/customers/ext_c1")).status, 200);
  assert.deepEqual(await said(), []);
  const shown = await Promise.all(deals.map(({ id }) => t.api("GET", `/deals/${id}`)));
  assert.deepEqual(shown.map(({ status, body }) => [status, body.details.company, body.details.contactEmail]), deals.map(({ id }) => [200, `Forgotten ${id}`, ""]));
  assert.equal(shown[1].body.details.amount, 5_000, "what happened stays");
  const kept = (await t.api("GET", `/deals/${other.id}`)).body;
  assert.deepEqual([kept.details.company, kept.details.notes], ["Open Inc", "loud"]);
});
