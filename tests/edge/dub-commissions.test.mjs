// What Dub's official client, unchanged, asks of commissions.

import assert from "node:assert/strict";
import { client, refused } from "../support/dub.mjs";
import { test } from "../support/test.mjs";

const DAY = 86_400_000;
const month = (n) => new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - n, 1)).toISOString().slice(0, 7);
const day = (n, of) => `${month(n)}-${String(of).padStart(2, "0")}T12:00:00Z`;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const written = (at) => at.replace("Z", ".000Z");

const click = (id, link, customer, at = day(4, 1)) => ({ id, type: "touch", kind: "click", at, link, customer });
const lead = (id, customer, at, email) => ({ id, type: "lead.created", at, customer, email });
const sale = (id, customer, at, amount, more) => ({ id, type: "revenue", kind: "renewal", at, customer, amount, currency: "USD", invoice: id, ...more });
const refund = (id, of, customer, at, amount) => ({ id, type: "revenue", kind: "refund", at, customer, amount, currency: "USD", refundOf: of });
const RULES = [{ name: "Waits", pay: { percent: 200_000 }, hold: 60, kinds: ["new"] }, { name: "Tenth", pay: { percent: 100_000 }, kinds: ["renewal"] }];

async function record(t, facts) {
  const { body } = await t.facts(facts);
  assert.equal(body.recorded, facts.length, JSON.stringify(body.results));
}
const terms = async (t) => assert.equal((await t.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules: RULES })).status, 201);
const all = async (t, query = {}) => (await client(t).commissions.list(query)).result;
const brief = ({ invoiceId, amount, earnings, status }) => [invoiceId, amount, earnings, status];

/** Two partners and every way that commission can have come, but what is suspected. */
async function setting(t) {
  const ada = await t.partner("Ada Analytics", { tenantId: "tenant-1" });
  const { body: group } = await t.api("POST", "/groups", { name: "Gold" });
  const eve = await t.partner("Eve Agency", { groupId: group.id });
  await terms(t);
  await record(t, [
    click("t1", "ada-analytics", "a"), click("t2", "eve-agency", "e"), click("t3", "ada-analytics", "n", ago(2)),
    sale("s1", "a", day(4, 10), 10_000), sale("s2", "e", day(4, 11), 20_000), sale("s3", "a", day(3, 5), 30_000), sale("s4", "a", day(3, 6), 5_000),
    refund("r1", "s3", "a", day(3, 20), 10_000), refund("r2", "s4", "a", day(3, 21), 5_000),
    sale("s5", "n", ago(1), 1_000, { kind: "new" }), sale("s6", "a", day(2, 1), 700, { kind: "expansion" }),
    { id: "p1", type: "payout", at: day(3, 25), partner: ada.id, amount: 1_500, currency: "USD" },
  ]);
  return { ada, eve, group };
}

const S1 = ["s1", 10_000, 1_000, "paid"];
const S2 = ["s2", 20_000, 2_000, "processed"];
const S3 = ["s3", 20_000, 2_000, "processed"];
const S4 = ["s4", 0, 0, "refunded"];
const S5 = ["s5", 1_000, 200, "pending"];
const S6 = ["s6", 700, 0, "processed"];

test("each sale and partner, and how far its commission has come", async (t) => {
  const { ada } = await setting(t);
  const found = await all(t);
  assert.deepEqual(found.map(brief), [S5, S6, S4, S3, S2, S1]);
  assert.deepEqual(await all(t), found, "the same, under the same identifiers");
  const first = found.at(-1);
  assert.match(first.id, /^cm_/);
  assert.deepEqual([first.type, first.currency, first.quantity, first.paidAt], ["sale", "usd", 1, written(day(3, 25))]);
  assert.deepEqual([first.createdAt, first.updatedAt], [written(day(4, 10)), written(day(4, 10))]);
  assert.equal(found[3].updatedAt, written(day(3, 20)));
  assert.deepEqual([first.partner.id, first.partner.name, first.customer.externalId, first.customer.sales], [ada.id, "Ada Analytics", "a", 4]);
  assert.deepEqual([found[1].description, first.description], ["No rule of the terms fits", null]);
  // The next payout covers the next, and the same sale through another door is the same commission.
  await record(t, [{ id: "p2", type: "payout", at: day(2, 1), partner: ada.id, amount: 1_500, currency: "USD" }]);
  await t.api("POST", "/track/sale", { customerExternalId: "a", amount: 10_000, currency: "usd", invoiceId: "s1" });
  assert.deepEqual((await all(t)).map(brief), [S5, S6, S4, ["s3", 20_000, 2_000, "paid"], S2, S1]);
});

test("filters, order and pages", async (t) => {
  const { ada, eve, group } = await setting(t);
  const [customer] = (await t.api("GET", "/customers?externalId=e")).body;
  for (const [query, expected] of [
    [{ status: "paid" }, [S1]],
    [{ status: "processed" }, [S6, S3, S2]],
    [{ status: "duplicate" }, []],
    [{ type: "sale" }, [S5, S6, S4, S3, S2, S1]],
    [{ type: "lead" }, []],
    [{ partnerId: eve.id }, [S2]],
    [{ tenantId: "tenant-1", status: "pending" }, [S5]],
    [{ partnerId: eve.id, tenantId: "tenant-1" }, [S2]],
    [{ groupId: group.id }, [S2]],
    [{ customerId: customer.id }, [S2]],
    [{ customerId: "ext_e" }, [S2]],
    [{ invoiceId: "s3" }, [S3]],
    [{ interval: "7d" }, [S5]],
    [{ start: day(3, 5), end: day(3, 6) }, [S3]],
    [{ start: day(3, 5).slice(0, 10), end: day(3, 6).slice(0, 10) }, [S4, S3]],
    [{ sortBy: "amount", sortOrder: "asc", pageSize: 2 }, [S4, S6]],
    [{ sortOrder: "asc", pageSize: 2, page: 2 }, [S3, S4]],
  ]) {
    assert.deepEqual((await all(t, query)).map(brief), expected, JSON.stringify(query));
  }
  const found = await all(t);
  assert.deepEqual(await all(t, { startingAfter: found[1].id, pageSize: 2 }), found.slice(2, 4));
  assert.deepEqual(await all(t, { endingBefore: found[4].id, pageSize: 2 }), found.slice(2, 4));
  assert.deepEqual(await all(t, { endingBefore: found[1].id }), found.slice(0, 1));
  assert.deepEqual(await all(t, { startingAfter: found[5].id }), []);
  // Dub's lists and exclusions, which the client's types do not let through.
  const raw = async (query) => (await t.api("GET", `/commissions?${query}`)).body.map(({ invoiceId }) => invoiceId);
  assert.deepEqual(await raw(`partnerId=-${ada.id}`), ["s2"]);
  assert.deepEqual(await raw(`partnerId=${ada.id},${eve.id}&status=paid,pending`), ["s5", "s1"]);
  assert.deepEqual(await raw(`groupId=-${group.id}&type=-lead&status=-pending`), ["s6", "s4", "s3", "s1"]);
});

test("what cannot be asked is refused by name", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await refused(() => all(t), "Conflict", /^terms: /);
  await terms(t);
  const unknown = "cm_00000000000000000000000000";
  for (const [query, said] of [
    ["type=gift", /^type: must be one of/], ["type=sale,gift", /^type: must/], ["status=open", /^status: must be one of/], ["status=", /^status: must/],
    ["partnerId=ada", /^partnerId: /], [`partnerId=${ada.id},x`, /^partnerId: /], ["groupId=gold", /^groupId: /], ["payoutId=po_1", /^payoutId: /],
    ["partnerTagId=ptag_1", /^partnerTagId: /], ["query=plan:pro", /^query: /], ["sortBy=earnings", /^sortBy: must/], ["sortOrder=up", /^sortOrder: must/],
    ["interval=2d", /^interval: must/], ["start=soon", /^start: must/], ["end=2026-13-01", /^end: must/], ["start=2026-02-01&end=2026-01-01", /^start: must be before/],
    ["timezone=Mars/Base", /^timezone: must/], ["page=0", /^page: must/], ["pageSize=101", /^pageSize: must/], ["startingAfter=x", /^startingAfter: /],
    [`startingAfter=${unknown}`, /^startingAfter: must/], [`startingAfter=${unknown}&endingBefore=${unknown}`, /^startingAfter: cannot/],
  ]) {
    const { status, body } = await t.api("GET", `/commissions?${query}`);
    assert.equal(status, 422, `${query}: ${JSON.stringify(body)}`);
    assert.match(body.error.message, said, query);
  }
  await refused(() => all(t, { tenantId: "nobody" }), "NotFound", /partner/i);
  await refused(() => all(t, { customerId: "ext_nobody" }), "NotFound", /customer/i);
  await refused(() => client(t, "nonsense").commissions.list({}), "Unauthorized", /./);
  await refused(() => client(t, t.publishableKey).commissions.list({}), "Forbidden", /./);
});

test("a suspected commission is marked as fraud and given back, once", async (t) => {
  const dub = client(t);
  const ada = await t.partner("Ada Analytics", { email: "ada@ada.example" });
  await terms(t);
  const self = (n, sales) => [
    click(`t${n}`, "ada-analytics", `self${n}`), lead(`l${n}`, `self${n}`, day(4, 2), n === 1 ? "ada@ada.example" : `bo${n}@ada.example`),
    ...sales.map((name) => sale(name, `self${n}`, day(4, 10), 10_000)),
  ];
  await record(t, [...self(1, ["s1"]), ...self(2, ["s2", "s3"]), click("t3", "ada-analytics", "fair"), sale("s4", "fair", day(4, 9), 10_000)]);
  for (let i = 0; (await t.rows("SELECT * FROM fraud_due")).length > 0; i++) {
    assert.ok(i < 200, "never looked at");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const of = async (invoiceId) => (await all(t, { invoiceId }))[0];
  const mark = (id, status) => dub.commissions.update({ id, requestBody: { status } });
  const one = await of("s1");
  assert.deepEqual(brief(one), ["s1", 10_000, 1_000, "hold"]);
  const fraud = await mark(one.id, "fraud");
  assert.deepEqual([fraud.id, fraud.status, fraud.earnings, fraud.partner.id], [one.id, "fraud", 0, ada.id]);
  assert.deepEqual(await mark(one.id, "fraud"), fraud, "sent again, it is so already");
  const decided = () => t.rows("SELECT state, version FROM suspicion WHERE state <> 'held'");
  assert.deepEqual(await decided(), [{ state: "confirmed", version: 2 }]);
  assert.deepEqual(await dub.commissions.updateMany({ commissionIds: [one.id, one.id], status: "pending" }), Array(2).fill({ id: one.id, status: "processed" }));
  assert.deepEqual(await decided(), [{ state: "cleared", version: 3 }]);
  const { body: log } = await t.api("GET", "/audit?kind=suspicion");
  assert.deepEqual(log.filter(({ action }) => action === "updated").map(({ after }) => after.state), ["cleared", "confirmed"]);

  const [two, fair] = [await of("s2"), await of("s4")];
  assert.deepEqual([two.status, fair.status], ["hold", "processed"]);
  for (const [name, said, call] of [
    ["UnprocessableEntity", /^status: .*nothing is/, () => mark(one.id, "fraud")],
    ["UnprocessableEntity", /^status: .*nothing is/, () => mark(fair.id, "fraud")],
    ["UnprocessableEntity", /^status: .*other sales/, () => mark(two.id, "fraud")],
    ["UnprocessableEntity", /^status: .*other sales/, () => dub.commissions.updateMany({ commissionIds: [two.id], status: "pending" })],
    ["UnprocessableEntity", /^status: .*refund/, () => mark(two.id, "refunded")],
    ["UnprocessableEntity", /^status: .*refund/, () => mark(two.id, "canceled")],
    ["UnprocessableEntity", /^status: never/, () => mark(two.id, "duplicate")],
    ["UnprocessableEntity", /^earnings: /, () => dub.commissions.update({ id: two.id, requestBody: { earnings: 1 } })],
    ["UnprocessableEntity", /^saleAmount: /, () => dub.commissions.update({ id: two.id, requestBody: { saleAmount: 1 } })],
    ["UnprocessableEntity", /^modifySaleAmount: /, () => dub.commissions.update({ id: two.id, requestBody: { modifySaleAmount: -1, status: "fraud" } })],
    ["UnprocessableEntity", /^status: must/, () => dub.commissions.update({ id: two.id, requestBody: {} })],
    ["UnprocessableEntity", /^commissionIds: must/, () => dub.commissions.updateMany({ commissionIds: [], status: "fraud" })],
    ["UnprocessableEntity", /^commissionIds: must/, () => dub.commissions.updateMany({ commissionIds: Array(101).fill(two.id), status: "fraud" })],
    ["NotFound", /commission/i, () => mark("cm_00000000000000000000000000", "fraud")],
    ["NotFound", /commission/i, () => mark("nonsense", "fraud")],
    ["NotFound", /commission/i, () => dub.commissions.updateMany({ commissionIds: ["nonsense"], status: "fraud" })],
    ["Forbidden", /./, () => client(t, t.publishableKey).commissions.update({ id: two.id, requestBody: { status: "fraud" } })],
  ]) {
    await refused(call, name, said);
  }
  const unknown = await t.api("PATCH", `/commissions/${two.id}`, { state: "fraud" });
  assert.deepEqual([unknown.status, unknown.body.error.message.split(":")[0]], [422, "state"]);
  assert.deepEqual(await decided(), [{ state: "cleared", version: 3 }], "nothing else was decided");
});

test("who may not see customers does not see them here", async (t) => {
  const { eve } = await setting(t);
  const key = (await t.api("POST", "/keys", { name: "x", scopes: ["commissions:read"] })).body.key;
  const [{ customer, partner }] = (await client(t, key).commissions.list({ partnerId: eve.id })).result;
  assert.deepEqual([customer, partner.id], [null, eve.id]);
  await refused(() => client(t, key).commissions.updateMany({ commissionIds: ["x"], status: "fraud" }), "Forbidden", /./);
});

test("a lead and a sale are credited to a partner, once", async (t) => {
  const dub = client(t);
  const ada = await t.partner("Ada Analytics");
  await terms(t);
  const of = { partnerId: ada.id, customer: { externalId: "c1", email: "c1@buyer.example", name: "Cleo", country: "AT" } };
  const lead = { ...of, type: "lead", date: ago(20) };
  assert.equal((await dub.commissions.create(lead)).success, true);
  const one = { ...of, type: "sale", date: ago(10), sale: { amount: 10_000, currency: "usd", invoiceId: "in_1" }, linkId: ada.links[0].id };
  for (let i = 0; i < 2; i++) assert.equal((await dub.commissions.create(one)).success, true);
  // The same sale through another door; and what one partner brought is not said to be another's.
  await dub.track.sale({ customerExternalId: "c1", amount: 10_000, currency: "usd", invoiceId: "in_1" });
  assert.deepEqual((await all(t)).map(brief), [["in_1", 10_000, 2_000, "pending"]], "a customer's first sale is new");
  const eve = await t.partner("Eve Agency");
  await refused(() => dub.commissions.create({ ...one, partnerId: eve.id, linkId: undefined }), "Conflict", /^invoiceId: is recorded as brought by another/);
  assert.deepEqual((await all(t)).map(({ partner }) => partner.id), [ada.id]);
  // Without an invoice, its date makes it one; by the customer's identifier.
  const [{ id: customerId }] = (await t.api("GET", "/customers?externalId=c1")).body;
  const two = { type: "sale", partnerId: ada.id, customerId, saleAmount: 5_000, saleEventDate: ago(5) };
  for (let i = 0; i < 2; i++) await dub.commissions.create(two);
  assert.deepEqual((await all(t)).map(brief), [[null, 5_000, 500, "processed"], ["in_1", 10_000, 2_000, "pending"]]);
  assert.equal((await t.rows("SELECT count(*) AS n FROM revenue"))[0].n, 2);
  assert.deepEqual(await t.rows("SELECT kind, count(*) AS n FROM milestone GROUP BY kind"), [{ kind: "lead.created", n: 1 }]);

  const before = await t.rows("SELECT key FROM touch");
  const sale = (more, top) => dub.commissions.create({ ...of, type: "sale", sale: { amount: 100, invoiceId: "in_9", ...more }, ...top });
  for (const [name, said, call] of [
    ["UnprocessableEntity", /^invoiceId: or date/, () => sale({ invoiceId: undefined })],
    ["UnprocessableEntity", /^amount: must/, () => sale({ amount: 0 })],
    ["UnprocessableEntity", /^amount: is required/, () => sale({ amount: undefined })],
    ["UnprocessableEntity", /^currency: /, () => sale({ currency: "nope" })],
    ["UnprocessableEntity", /^metadata: /, () => sale({ metadata: { a: 1 } })],
    ["UnprocessableEntity", /^date: /, () => sale({}, { date: "soon" })],
    ["UnprocessableEntity", /^date: must not/, () => sale({}, { date: ago(-2) })],
    ["UnprocessableEntity", /^partnerId: /, () => sale({}, { partnerId: "ada" })],
    ["UnprocessableEntity", /^linkId: is not/, () => sale({}, { linkId: eve.links[0].id })],
    ["UnprocessableEntity", /^customerId: or customer/, () => sale({}, { customer: undefined })],
    ["UnprocessableEntity", /^customerId: or customer/, () => sale({}, { customerId })],
    ["UnprocessableEntity", /^importStripeInvoices: /, () => sale({}, { importStripeInvoices: true })],
    ["NotFound", /partner/i, () => sale({}, { partnerId: "pn_00000000000000000000000000" })],
    ["NotFound", /customer/i, () => sale({}, { customer: undefined, customerId: "ext_nobody" })],
    ["Conflict", /^invoiceId: /, () => sale({ invoiceId: "in_1", amount: 1 })],
    ["Forbidden", /./, () => client(t, t.publishableKey).commissions.create(one)],
  ]) {
    await refused(call, name, said);
  }
  assert.deepEqual(await t.rows("SELECT key FROM touch"), before, "nothing is half written");
  const fresh = (await t.api("POST", "/keys", { name: "x", scopes: ["commissions:write"] })).body.key;
  await refused(() => client(t, fresh).commissions.create(one), "Forbidden", /^date: /);
  await dub.partners.deactivate({ partnerId: eve.id });
  await refused(() => sale({}, { partnerId: eve.id }), "Conflict", /^partnerId: /);
  // The store that fails at each step.
  for (const event of ["INSERT ON touch", "INSERT ON revenue", "INSERT ON customer"]) {
    await t.rows(`CREATE TRIGGER broken BEFORE ${event} BEGIN SELECT RAISE(ABORT, 'broken'); END`);
    const { status } = await t.api("POST", "/commissions", { ...one, linkId: undefined, customer: { externalId: "c2", country: "AT" }, sale: { amount: 7, invoiceId: "in_2" } });
    assert.equal(status, 503, event);
    await t.rows("DROP TRIGGER broken");
    assert.deepEqual(await t.rows("SELECT key FROM touch"), before, event);
  }
  await sale({ invoiceId: "in_2" }, { customer: { externalId: "c2", country: "AT" } });
  assert.equal((await t.rows("SELECT count(*) AS n FROM revenue"))[0].n, 3);
});

test("a sale that another door told is whose a person says, where nobody brought it, and the audit log says so", async (t) => {
  const dub = client(t);
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  await terms(t);
  const of = (partner, invoiceId, more) => ({ type: "sale", partnerId: partner.id, customer: { externalId: "z", country: "AT" }, sale: { amount: 5_000, currency: "usd", invoiceId }, ...more });
  const earned = async () => (await all(t, { sortOrder: "asc" })).map(({ partner, invoiceId, earnings }) => [partner.name, invoiceId, earnings]);
  await dub.track.sale({ customerExternalId: "z", amount: 5_000, currency: "usd", invoiceId: "in_1" });
  assert.deepEqual(await earned(), []);
  for (let i = 0; i < 2; i++) assert.equal((await dub.commissions.create(of(eve, "in_1"))).success, true);
  assert.deepEqual(await earned(), [["Eve Agency", "in_1", 1_000]]);
  await refused(() => dub.commissions.create(of(ada, "in_1")), "Conflict", /^invoiceId: is recorded as brought by another partner/);
  const { body: audit } = await t.api("GET", "/audit?kind=commission");
  assert.deepEqual(audit.map(({ after }) => after.partner_id), [eve.id]);
  assert.equal((await t.api("GET", "/audit?kind=sale")).body.length, 0, "the sale itself came by another door");
  // Two at once: one of them is credited, and the other is told.
  const both = await Promise.all([ada, eve].map((partner) => t.api("POST", "/commissions", of(partner, "in_2", { customer: { externalId: "y", country: "AT" } }))));
  assert.deepEqual(both.map(({ status }) => status).sort(), [202, 409], JSON.stringify(both.map(({ body }) => body)));
  assert.deepEqual((await t.api("GET", "/audit?kind=sale")).body.map(({ after }) => after.amount), [5_000]);
  // What counts is asked by what the sale is: a first one within the window of new business, a later one within the longer.
  for (const [days, status] of [[60, 202], [20, 409]]) {
    const customer = `old${days}`;
    await record(t, [click(`t${days}`, "ada-analytics", customer, ago(days)), { ...sale(`o${days}`, customer, ago(1), 900), kind: "new" }]);
    const { status: got, body } = await t.api("POST", "/commissions", of(eve, `o${days}`, { customer: { externalId: customer, country: "AT" }, sale: { amount: 900, currency: "usd", invoiceId: `o${days}` } }));
    assert.equal(got, status, JSON.stringify(body));
  }
  // The same moment in other words is the same; keys tell sales apart that look alike.
  const plain = (more, key) => t.api("POST", "/commissions", of(eve, undefined, more), { headers: key ? { "idempotency-key": key } : {} });
  const day = new Date().toISOString().slice(0, 10);
  const count = async () => (await t.rows("SELECT count(*) AS n FROM revenue"))[0].n;
  for (const date of [day, `${day}T00:00:00Z`, `${day}T00:00:00.000Z`]) assert.equal((await plain({ date })).status, 202);
  assert.equal(await count(), 5);
  for (const key of ["k1", "k2", "k1"]) assert.equal((await plain({}, key)).status, 202, key);
  assert.equal(await count(), 7);
  const other = await plain({ sale: { amount: 6_000, currency: "usd" } }, "k1");
  assert.deepEqual([other.status, other.body.error.message], [409, "Idempotency-Key: is of another commission"]);
  // What was answered is answered again, also when the partner has left.
  await dub.partners.deactivate({ partnerId: eve.id });
  assert.equal((await dub.commissions.create(of(eve, "in_1"))).success, true);
  await refused(() => dub.commissions.create(of(eve, "in_9")), "Conflict", /^partnerId: /);
});

const PARTS = ({ type, amount, earnings, currency, status, description }) => [type, amount, earnings, currency, status, description];
const audited = async (t) => (await t.api("GET", "/audit?kind=adjustment")).body;
const statement = async (t, n, partner, options) => (await t.api("GET", `/statements?month=${month(n)}&partnerId=${partner.id}`, undefined, options)).body[0];
const lines = (list) => list.map(({ kind, amount, reason, reversed }) => [kind, amount, reason, reversed]);

test("commission is given and taken back by hand", async (t) => {
  const dub = client(t);
  const ada = await t.partner("Ada Analytics");
  const eve = await t.partner("Eve Agency");
  await terms(t);
  await record(t, [click("t1", "ada-analytics", "a"), sale("s1", "a", day(4, 10), 10_000)]);
  const custom = (amount, more) => dub.commissions.create({ type: "custom", partnerId: ada.id, amount, ...more });
  assert.equal((await custom(2_500, { date: day(3, 5), description: "Launch bonus" })).success, true);
  await custom(-400, { date: day(3, 6).slice(0, 10), description: "tracking_error" });
  await custom(7);
  const found = await all(t, { partnerId: ada.id });
  assert.deepEqual(found.map(PARTS), [
    ["custom", 0, 7, "usd", "processed", null], ["custom", 0, -400, "usd", "processed", "tracking_error"],
    ["custom", 0, 2_500, "usd", "processed", "Launch bonus"], ["sale", 10_000, 1_000, "usd", "processed", null],
  ]);
  assert.deepEqual([found[2].createdAt, found[2].customer, found[2].invoiceId, found[2].partner.id], [written(day(3, 5)), null, null, ada.id]);
  assert.deepEqual((await all(t, { type: "custom" })).map(({ id }) => id), found.slice(0, 3).map(({ id }) => id));
  assert.deepEqual((await all(t, { type: "sale" })).map(({ id }) => id), [found[3].id]);
  // Its own kind of line, in the month of its date; to the cent what the list and the partner's figures say.
  const march = await statement(t, 3, ada);
  assert.deepEqual([march.opening, march.earned, march.clawedBack, march.approved, march.closing, march.payableClosing], [1_000, 2_500, 400, 2_100, 3_100, 3_100]);
  assert.deepEqual(lines(march.lines), [["adjustment", 2_500, "Launch bonus", false], ["adjustment", -400, "tracking_error", false]]);
  const sum = found.reduce((total, { earnings }) => total + earnings, 0);
  assert.equal((await statement(t, 0, ada)).closing, sum);
  const { body: analytics } = await t.api("GET", `/partners/analytics?partnerId=${ada.id}&interval=all`);
  assert.deepEqual([analytics.earnings, analytics.sales], [sum, 1]);
  // The partner reads the same, and nobody else's; the feed has what the portal computes with.
  const as = async (partner) => ({ key: null, headers: { cookie: await t.signIn(partner) } });
  assert.deepEqual(await statement(t, 3, ada, await as(ada)), march);
  const feed = async (partner) => (await (await t.fetch("/api/feed", { headers: { ...(await as(partner)).headers, accept: "application/json" } })).json()).log;
  assert.deepEqual((await feed(ada)).adjustments.amount, [2_500, -400, 7]);
  assert.deepEqual((await feed(ada)).adjustments.reason, ["Launch bonus", "tracking_error", ""]);
  assert.deepEqual((await feed(eve)).adjustments.amount, []);
  // Payouts cover it, less what was taken back.
  await record(t, [{ id: "p1", type: "payout", at: ago(1), partner: ada.id, amount: sum - 7, currency: "USD" }]);
  assert.deepEqual((await all(t, { partnerId: ada.id })).map(({ status }) => status), ["processed", "paid", "paid", "paid"]);
  // Who did it stands in the log of changes.
  const log = await audited(t);
  assert.deepEqual(log.map(({ action, after }) => [action, after.amount, after.reason ?? null]), [["created", 7, null], ["created", -400, "tracking_error"], ["created", 2_500, "Launch bonus"]]);
  assert.ok(log.every(({ actor }) => actor.startsWith("key_")), JSON.stringify(log));
  // What is given by hand is decided by its opposite.
  await refused(() => dub.commissions.update({ id: found[0].id, requestBody: { status: "fraud" } }), "UnprocessableEntity", /^status: .*opposite/);
});

test("a custom commission is recorded once, and what cannot be is refused", async (t) => {
  const dub = client(t);
  const ada = await t.partner("Ada Analytics");
  const eve = await t.partner("Eve Agency");
  await terms(t);
  const one = { type: "custom", partnerId: ada.id, amount: 500, description: "Thanks" };
  const send = (body, headers) => t.api("POST", "/commissions", body, { headers });
  const repeat = { "idempotency-key": "bonus-1" };
  const facts = () => t.rows("SELECT key, amount FROM fact WHERE type = 'adjustment' ORDER BY rowid");
  // Retries, one after the other and at once; through the other door it has the same identifier.
  assert.equal((await send(one, repeat)).status, 202);
  const answers = await Promise.all([send(one, repeat), send(one, repeat)]);
  assert.deepEqual(answers.map(({ status }) => status), [202, 202]);
  assert.deepEqual(await facts(), [{ key: "fact:commission:request:bonus-1", amount: 500 }]);
  assert.equal((await audited(t)).length, 1);
  for (const more of [{ amount: 501 }, { partnerId: eve.id }, { description: "Thanks!" }, { date: ago(1) }]) {
    const { status, body } = await send({ ...one, ...more }, repeat);
    assert.deepEqual([status, body.error.message.split(":")[0]], [409, "Idempotency-Key"], JSON.stringify(more));
  }
  const told = { id: "commission:request:bonus-1", type: "adjustment", at: ago(0), partner: ada.id, amount: 500, currency: "USD", reason: "Thanks" };
  assert.equal((await t.facts([told])).body.results[0].status, "conflict");
  // Without a key every request is one of its own.
  for (let i = 0; i < 2; i++) await dub.commissions.create(one);
  assert.equal((await facts()).length, 3);

  const before = await facts();
  const custom = (more) => dub.commissions.create({ ...one, ...more });
  for (const [name, said, call] of [
    ["UnprocessableEntity", /^amount: must .*not 0/, () => custom({ amount: 0 })],
    ["UnprocessableEntity", /^amount: /, () => custom({ amount: 1.5 })],
    ["UnprocessableEntity", /^amount: must/, () => custom({ amount: 1e15 + 1 })],
    ["UnprocessableEntity", /^amount: must/, () => custom({ amount: -1e15 - 1 })],
    ["UnprocessableEntity", /^description: is required/, () => custom({ amount: -1, description: undefined })],
    ["UnprocessableEntity", /^description: is required/, () => custom({ amount: -1, description: null })],
    ["UnprocessableEntity", /^description: must/, () => custom({ description: " " })],
    ["UnprocessableEntity", /^description: must/, () => custom({ description: "x".repeat(191) })],
    ["UnprocessableEntity", /^date: /, () => custom({ date: "soon" })],
    ["UnprocessableEntity", /^date: must not/, () => custom({ date: ago(-2) })],
    ["UnprocessableEntity", /^partnerId: /, () => custom({ partnerId: "ada" })],
    ["NotFound", /partner/i, () => custom({ partnerId: "pn_00000000000000000000000000" })],
    ["Unauthorized", /./, () => client(t, "nonsense").commissions.create(one)],
    ["Forbidden", /./, () => client(t, t.publishableKey).commissions.create(one)],
  ]) {
    await refused(call, name, said);
  }
  for (const [more, field] of [
    [{ amount: undefined }, "amount"], [{ customerId: "c" }, "customerId"], [{ customer: { externalId: "c" } }, "customer"], [{ linkId: ada.links[0].id }, "linkId"],
    [{ sale: { amount: 1 } }, "sale"], [{ invoiceId: "in_1" }, "invoiceId"], [{ saleEventDate: ago(0) }, "saleEventDate"], [{ currency: "eur" }, "currency"],
    [{ type: "gift" }, "type"], [{ type: "lead", customer: { externalId: "c" }, amount: undefined }, "description"],
  ]) {
    const { status, body } = await send({ ...one, ...more });
    assert.deepEqual([status, body.error.message.split(":")[0]], [422, field], JSON.stringify(more));
  }
  for (const name of ["", "a b", "x".repeat(129)]) assert.equal((await send(one, { "idempotency-key": name })).status, 422, name);
  // Whose role or key it is not for; and whoever may not send what is old.
  const key = async (...scopes) => (await t.api("POST", "/keys", { name: "x", scopes })).body.key;
  await refused(async () => client(t, await key("conversions:write", "facts:write")).commissions.create(one), "Forbidden", /./);
  await refused(async () => client(t, await key("commissions:write")).commissions.create({ ...one, date: ago(3) }), "Forbidden", /^date: /);
  const cookie = { cookie: await t.signIn(ada), origin: t.url.replace(/\/$/, "") };
  assert.equal((await t.api("POST", "/commissions", one, { key: null, headers: cookie })).status, 403);
  const fact = { ...told, id: "by-hand" };
  const { status, body } = await t.api("POST", "/facts", fact, { key: await key("facts:write") });
  assert.deepEqual([status, body.error.message.split(":")[0]], [403, "type"]);
  assert.deepEqual(await facts(), before, "nothing is half written");
  // The store that fails; sent again it is recorded, once.
  for (const event of ["INSERT ON fact", "INSERT ON audit"]) {
    await t.rows(`CREATE TRIGGER broken BEFORE ${event} BEGIN SELECT RAISE(ABORT, 'broken'); END`);
    assert.equal((await send(one, { "idempotency-key": "bonus-2" })).status, 503, event);
    await t.rows("DROP TRIGGER broken");
    assert.deepEqual(await facts(), before, event);
  }
  for (let i = 0; i < 2; i++) assert.equal((await send(one, { "idempotency-key": "bonus-2" })).status, 202);
  assert.equal((await facts()).length, before.length + 1);
  // The vocabulary of facts has it, too, signed as well.
  const recorded = await t.api("POST", "/facts", fact, { key: await key("facts:write", "commissions:write") });
  assert.equal(recorded.status, 200, JSON.stringify(recorded.body));
  assert.equal((await t.facts([fact])).body.duplicate, 1);
  const log = await audited(t);
  assert.deepEqual([log.length, log[0].target], [5, "fact:by-hand"]);
  assert.match(log[0].actor, /^key_/);
  await dub.partners.deactivate({ partnerId: ada.id });
  await refused(() => custom({}), "Conflict", /^partnerId: /);
});

test("what is given by hand for a closed month is a correction, and a ban cancels what is not paid", async (t) => {
  const dub = client(t);
  const ada = await t.partner("Ada Analytics");
  await terms(t);
  const custom = (amount, description, date) => dub.commissions.create({ type: "custom", partnerId: ada.id, amount, description, date });
  await custom(900, "On time", day(2, 3));
  assert.equal((await t.api("POST", "/statements/close", { month: month(2) })).status, 200);
  await custom(300, "Late", day(2, 4));
  await custom(-50, "Later", day(2, 5));
  await custom(20, "New", day(1, 5));
  const [closed, next] = [await statement(t, 2, ada), await statement(t, 1, ada)];
  assert.deepEqual([closed.closing, lines(closed.lines)], [900, [["adjustment", 900, "On time", false]]]);
  assert.deepEqual([next.opening, next.correction.earned, next.correction.clawedBack, next.earned, next.closing], [900, 300, 50, 20, 1_170]);
  assert.deepEqual(lines(next.corrections), [["adjustment", 300, "Late", false], ["adjustment", -50, "Later", false]]);
  assert.deepEqual(lines(next.lines), [["adjustment", 20, "New", false]]);
  const list = async () => (await all(t)).map(({ earnings, status }) => [earnings, status]);
  assert.deepEqual(await list(), [[20, "processed"], [-50, "processed"], [300, "processed"], [900, "processed"]]);
  await record(t, [{ id: "p1", type: "payout", at: day(1, 6), partner: ada.id, amount: 850, currency: "USD" }]);
  await dub.partners.ban({ partnerId: ada.id, reason: "fraud" });
  assert.deepEqual(await list(), [[0, "canceled"], [-50, "paid"], [0, "canceled"], [900, "paid"]]);
  assert.equal((await statement(t, 0, ada)).closing, 0);
  assert.equal((await t.api("POST", "/partners/reactivate", { partnerId: ada.id })).status, 200);
  assert.equal((await statement(t, 0, ada)).closing, 320);
});
