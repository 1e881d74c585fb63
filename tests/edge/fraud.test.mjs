// What looks like fraud: found once with evidence, held, and decided; what that does to statements.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const DAY = 86_400_000;
const month = (n) => new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - n, 1)).toISOString().slice(0, 7);
const day = (n, of, time = "12:00:00") => `${month(n)}-${String(of).padStart(2, "0")}T${time}Z`;
const ago = (days, ms = 0) => new Date(Date.now() - days * DAY + ms).toISOString();

const click = (id, link, customer, at = day(2, 1)) => ({ id, type: "touch", kind: "click", at, link, customer });
const lead = (id, customer, at, more) => ({ id, type: "lead.created", at, customer, ...more });
const sale = (id, customer, at = day(2, 10), amount = 10_000) => ({ id, type: "revenue", kind: "renewal", at, customer, amount, currency: "USD", invoice: id });

async function record(t, facts) {
  const { body } = await t.facts(facts);
  assert.equal(body.recorded, facts.length, JSON.stringify(body.results));
}

/** The run of the clock: without terms it closes no month. */
async function look(t) {
  const worker = await t.mf.getWorker("tributary");
  await worker.scheduled({ cron: "7 * * * *", scheduledTime: new Date() });
}

async function suspicions(t, query = "", options) {
  const { status, body } = await t.api("GET", `/suspicions${query}`, undefined, options);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}
const rules = async (t, query) => (await suspicions(t, query)).map(({ rule }) => rule).sort();
const decide = (t, id, step, body, options) => t.api("POST", `/suspicions/${id}/${step}`, body, options);
const statement = async (t, n, partner, options) => {
  const { status, body } = await t.api("GET", `/statements?month=${month(n)}&partnerId=${partner.id}`, undefined, options);
  assert.equal(status, 200, JSON.stringify(body));
  return body[0];
};
const terms = (t) => t.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules: [{ name: "Tenth", pay: { percent: 100_000 } }] });

/** Waits for what is done behind an answer. */
async function until(what) {
  for (let i = 0; i < 200; i++) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`never: ${what}`);
}
const seen = (t) => until(async () => (await t.rows("SELECT * FROM fraud_due")).length === 0);

/** A partner whose customer has the partner's own address, and one who is honest. */
async function setting(t) {
  const ada = await t.partner("Ada Analytics", { email: "ada@ada.example" });
  await terms(t);
  await record(t, [
    click("t1", "ada-analytics", "self"), lead("l1", "self", day(2, 2), { email: "ada@ada.example" }), sale("s1", "self"),
    click("t2", "ada-analytics", "fair"), lead("l2", "fair", day(2, 2), { email: "bo@buyer.example" }), sale("s2", "fair", day(2, 11), 5_000),
  ]);
  await seen(t);
  const [suspicion] = await suspicions(t);
  return { ada, suspicion };
}

test("another spelling of one's own mailbox, and a subdomain of one's own company", async (t) => {
  await t.partner("Ada Analytics", { email: "ada.lovelace@gmail.com" });
  await t.partner("Eve Agency", { email: "eve@eve-agency.example" });
  const of = (partner, name, email) => [click(`t-${name}`, partner, name), lead(`l-${name}`, name, day(2, 2), { email })];
  await record(t, [
    ...of("ada-analytics", "plus", "ada.lovelace+x@gmail.com"), ...of("ada-analytics", "dots", "adalovelace@gmail.com"),
    ...of("ada-analytics", "both", "a.d.a.lovelace+promo@googlemail.com"), ...of("ada-analytics", "fair", "ada.byron@gmail.com"),
    ...of("eve-agency", "sub", "x@mail.eve-agency.example"), ...of("eve-agency", "plain", "x@eve-agency.test"),
  ]);
  await seen(t);
  const customers = Object.fromEntries((await t.api("GET", "/customers")).body.map(({ id, externalId }) => [id, externalId]));
  assert.deepEqual((await suspicions(t)).map((s) => [customers[s.customerId], s.rule, s.evidence.email ?? s.evidence.domain]).sort(), [
    ["both", "self_referral_email", "a.d.a.lovelace+promo@googlemail.com"],
    ["dots", "self_referral_email", "adalovelace@gmail.com"],
    ["plus", "self_referral_email", "ada.lovelace+x@gmail.com"],
    ["sub", "self_referral_domain", "eve-agency.example"],
  ]);
});

test("customers: own address, own company, disposable addresses; and those who are honest", async (t) => {
  const ada = await t.partner("Ada Analytics", { email: "ada@ada.example" });
  const gus = await t.partner("Gus", { email: "gus@gmail.com" });
  await record(t, [
    ...["own", "company", "thrown", "sub", "honest"].map((name) => click(`a-${name}`, "ada-analytics", name)),
    ...["own", "free"].map((name) => click(`g-${name}`, "gus", name)),
    lead("l1", "own", day(2, 2), { email: "ada@ada.example" }), lead("l2", "company", day(2, 2), { email: "bo@ada.example" }),
    lead("l3", "thrown", day(2, 2), { email: "x@mailinator.com" }), lead("l4", "sub", day(2, 2), { email: "x@eu.mailinator.com" }),
    lead("l5", "honest", day(2, 2), { email: "cy@buyer.example" }), lead("l6", "free", day(2, 2), { email: "someone@gmail.com" }),
    // Nobody's customer, whoever they are.
    lead("l7", "direct", day(2, 2), { email: "x@mailinator.com" }),
  ]);
  await seen(t);
  const found = await suspicions(t);
  const customers = Object.fromEntries((await t.api("GET", "/customers")).body.map(({ id, externalId }) => [id, externalId]));
  assert.deepEqual(found.map((s) => [s.rule, s.partnerId, customers[s.customerId], s.state, s.evidence]).sort(), [
    ["disposable_domain", ada.id, "sub", "held", { domain: "eu.mailinator.com" }],
    ["disposable_domain", ada.id, "thrown", "held", { domain: "mailinator.com" }],
    ["self_referral_domain", ada.id, "company", "held", { domain: "ada.example" }],
    ["self_referral_email", ada.id, "own", "held", { email: "ada@ada.example" }],
  ].sort());
  // The same facts, the clock, further sales and another door find nothing twice.
  await record(t, [sale("s1", "own"), sale("s2", "own", day(1, 10))]);
  await t.api("POST", "/track/sale", { customerExternalId: "company", amount: 100, invoiceId: "in_1" });
  await Promise.all([look(t), look(t)]);
  assert.deepEqual(await suspicions(t), found);
  // A person who is let in later, and an address that is told later.
  await t.api("POST", "/members", { email: "someone@gmail.com", role: "partner_member", partnerId: gus.id });
  await t.api("PATCH", `/customers/${Object.keys(customers).find((id) => customers[id] === "honest")}`, { email: "cy@ada.example" });
  await look(t);
  assert.deepEqual((await rules(t)).length, 6);
  assert.deepEqual(await rules(t, `?partnerId=${gus.id}`), ["self_referral_email"]);
  assert.deepEqual(await rules(t, "?rule=disposable_domain&pageSize=1"), ["disposable_domain"]);
  assert.deepEqual(await rules(t, "?state=cleared"), []);
  // Joined, they are one customer, and suspected once.
  const id = (name) => Object.keys(customers).find((key) => customers[key] === name);
  assert.equal((await t.api("POST", `/customers/${id("sub")}/merge`, { customerId: id("thrown") })).status, 200);
  await look(t);
  assert.equal((await rules(t)).length, 6);
});

test("a browser that was used in the partner's portal", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { cookies } = await t.click("ada-analytics");
  const visitor = `trb_v=${cookies.trb_v}`;
  assert.ok(cookies.trb_v);
  const { body: answer } = await t.api("POST", "/track/lead", { clickId: cookies.trb_id, eventName: "Sign up", customerExternalId: "c1" });
  assert.equal(answer.customer.externalId, "c1");
  await until(async () => (await t.rows("SELECT * FROM identity")).length === 1);
  // Signed in with no such cookie, nobody is told by a browser.
  const session = await t.signIn(ada);
  await t.fetch("/api/session", { headers: { cookie: session } });
  await look(t);
  assert.deepEqual([await t.rows("SELECT * FROM partner_device"), await rules(t)], [[], []]);
  await t.fetch("/api/session", { headers: { cookie: `${session}; ${visitor}` } });
  await until(async () => (await t.rows("SELECT * FROM partner_device")).length === 1);
  await look(t);
  const [suspicion] = await suspicions(t);
  assert.equal(suspicion.rule, "self_referral_device");
  assert.match(suspicion.evidence.seen, /^\d{4}-.*Z$/);
  assert.ok(!JSON.stringify(suspicion).includes(cookies.trb_v));
  // The marketer's own browser is nobody's.
  const marketer = await t.signIn("marketer");
  await t.fetch("/api/session", { headers: { cookie: `${marketer}; trb_v=${"a".repeat(32)}` } });
  await look(t);
  assert.equal((await t.rows("SELECT * FROM partner_device")).length, 1);
});

test("a click when the customer was about to pay", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const eve = await t.partner("Eve Agency");
  await record(t, [
    // Known before the click, and paid within the minute.
    lead("l1", "late", day(2, 2)), click("t1", "ada-analytics", "late", day(2, 10, "11:59:30")), sale("s1", "late"),
    // A second later than the rule has it.
    lead("l2", "slow", day(2, 2)), click("t2", "ada-analytics", "slow", day(2, 10, "11:58:59")), sale("s2", "slow"),
    // Brought by the click.
    click("t3", "ada-analytics", "quick", day(2, 10, "11:59:30")), lead("l3", "quick", day(2, 10, "11:59:40")), sale("s3", "quick"),
    // Another brought them.
    click("t4", "ada-analytics", "taken", day(2, 1)), click("t5", "eve-agency", "taken", day(2, 10, "11:59:59")), lead("l4", "taken", day(2, 10, "12:00:00")), sale("s4", "taken"),
  ]);
  await look(t);
  const found = (await suspicions(t)).map((s) => [s.rule, s.partnerId, s.sale, s.evidence.clicked, s.evidence.sold]).sort();
  const at = (time) => day(2, 10, time).replace("Z", ".000Z");
  assert.deepEqual(found, [
    ["click_at_checkout", ada.id, "invoice:s1", at("11:59:30"), at("12:00:00")],
    ["click_at_checkout", eve.id, "invoice:s4", at("11:59:59"), at("12:00:00")],
  ].sort());
});

test("floods of clicks, and coupons that leaked", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["LEAKY", "KEPT"] });
  assert.equal((await t.api("PUT", "/fraud-rules", { floodClicks: 100, floodVisitorClicks: 30, leakRedemptions: 3 })).status, 200);
  const { body: busy } = await t.api("POST", "/links", { url: "https://example.com/", key: "busy", partnerId: ada.id });
  const { body: one } = await t.api("POST", "/links", { url: "https://example.com/", key: "one", partnerId: ada.id });
  const clicks = (key, n, days, visitor) => Array.from({ length: n }, (_, i) => ({ id: `${key}-${days}-${i}`, type: "touch", kind: "click", at: ago(days, i), link: key, visitor: visitor ?? `${key}${days}${i}` }));
  const coupon = (id, code, customer) => ({ id, type: "touch", kind: "coupon", at: ago(0, -60_000), coupon: code, customer });
  await record(t, clicks("busy", 100, 3));
  await record(t, clicks("busy", 99, 4));
  await record(t, [...clicks("busy", 100, 5), lead("l1", "bought", ago(4), { visitor: "busy50" })]);
  await record(t, [...clicks("one", 30, 3, "v1"), ...clicks("one", 29, 5, "v1")]);
  // Not over yet.
  await record(t, clicks("busy", 120, 0));
  await record(t, [
    ...["a", "b", "c"].map((name) => coupon(`c-${name}`, "LEAKY", name)),
    ...["d", "e", "f"].flatMap((name) => [click(`k-${name}`, "ada-analytics", name, ago(1)), coupon(`c-${name}`, "KEPT", name)]),
  ]);
  await look(t);
  await look(t);
  const found = await suspicions(t);
  assert.deepEqual(found.map((s) => [s.rule, s.linkId ?? s.coupon, s.evidence]).sort(), [
    ["click_flood", busy.id, { clicks: 100, busiest: 1, customers: 0 }],
    ["click_flood", one.id, { clicks: 30, busiest: 30, customers: 0 }],
    ["coupon_leak", "LEAKY", { redemptions: 3, untouched: 3, elsewhere: 0 }],
  ].sort());
  // What they are about: the sales of those who came so, and no others.
  await terms(t);
  await record(t, [lead("l2", "flooded", ago(2), { visitor: "busy37" }), ...["a", "d", "bought", "flooded"].map((name, i) => sale(`s-${name}`, name, ago(0, -1000), 1_000 * (i + 1)))]);
  const lines = (await statement(t, 0, ada)).lines.map(({ base, review }) => [base, review]);
  assert.deepEqual(lines.sort(), [[1_000, "held"], [2_000, null], [3_000, null], [4_000, "held"]]);
});

test("held is owed and not payable, cleared is paid, confirmed is not", async (t) => {
  const { ada, suspicion } = await setting(t);
  assert.equal(suspicion.rule, "self_referral_email");
  const parts = async (n = 2) => {
    const { earned, approved, held, closing, payableClosing, lines } = await statement(t, n, ada);
    return [earned, approved, held, closing, payableClosing, lines.map(({ amount, review, approvedAt }) => [amount, review, approvedAt === null])];
  };
  assert.deepEqual(await parts(), [1_500, 500, 1_000, 1_500, 500, [[1_000, "held", true], [500, null, false]]]);
  const asAda = { key: null, headers: { cookie: await t.signIn(ada), origin: t.url } };
  // The partner reads that it is held, and neither the evidence nor the suspicion.
  const own = await statement(t, 2, ada, asAda);
  assert.deepEqual(own, await statement(t, 2, ada));
  assert.ok(!JSON.stringify(own).includes("ada.example") && !JSON.stringify(own).includes(suspicion.id));
  for (const [method, path, body] of [["GET", ""], ["GET", `/${suspicion.id}`], ["POST", `/${suspicion.id}/clear`, { version: 1 }], ["POST", `/${suspicion.id}/confirm`, { version: 1, reason: "x" }]]) {
    assert.equal((await t.api(method, `/suspicions${path}`, body, asAda)).status, 403, method + path);
  }
  // Revenue and touches stay as they are.
  const before = (await t.feed()).body.log;
  const cleared = await decide(t, suspicion.id, "clear", { version: 1, reason: "a test order" });
  assert.deepEqual([cleared.status, cleared.body.state, cleared.body.version, cleared.body.reason], [200, "cleared", 2, "a test order"]);
  assert.deepEqual(await parts(), [1_500, 1_500, 0, 1_500, 1_500, [[1_000, null, false], [500, null, false]]]);
  const confirmed = await decide(t, suspicion.id, "confirm", { version: 2, reason: "their own" });
  assert.deepEqual([confirmed.status, confirmed.body.state], [200, "confirmed"]);
  assert.deepEqual(await parts(), [500, 500, 0, 500, 500, [[0, "refused", true], [500, null, false]]]);
  assert.deepEqual((await t.feed()).body.log, before);
  // Of what is refused nothing is taken back.
  await record(t, [{ id: "r1", type: "revenue", kind: "refund", at: day(2, 20), customer: "self", amount: 4_000, currency: "USD", refundOf: "s1" }]);
  assert.deepEqual(await parts(), [500, 500, 0, 500, 500, [[0, "refused", true], [500, null, false]]]);
  const { body: log } = await t.api("GET", "/audit?kind=suspicion");
  assert.deepEqual(log.map(({ action, after }) => [action, after.state, after.reason]), [["updated", "confirmed", "their own"], ["updated", "cleared", "a test order"], ["created", "held", null]]);
  assert.ok(!JSON.stringify(log).includes("ada@"));
});

test("decisions after a month is closed are corrections of the next", async (t) => {
  const { ada, suspicion } = await setting(t);
  const close = (n) => t.api("POST", "/statements/close", { month: month(n) });
  assert.deepEqual((await close(2)).body, { closed: [month(2)] });
  const frozen = await statement(t, 2, ada);
  assert.deepEqual([frozen.held, frozen.lines[0].review], [1_000, "held"]);
  await decide(t, suspicion.id, "clear", { version: 1 });
  const clear = await statement(t, 1, ada);
  assert.deepEqual(clear.correction, { earned: 0, clawedBack: 0, approved: 1_000, paid: 0 });
  assert.deepEqual(clear.corrections.map(({ amount, reversed, review }) => [amount, reversed, review]).sort(), [[1_000, false, null], [1_000, true, "held"]]);
  await decide(t, suspicion.id, "confirm", { version: 2, reason: "their own" });
  const refused = await statement(t, 1, ada);
  assert.deepEqual([refused.correction, refused.closing, refused.held], [{ earned: -1_000, clawedBack: 0, approved: 0, paid: 0 }, 500, 0]);
  assert.deepEqual(refused.corrections.map(({ amount, reversed, review }) => [amount, reversed, review]).sort(), [[0, false, "refused"], [1_000, true, "held"]]);
  assert.deepEqual(await statement(t, 2, ada), frozen);
  assert.deepEqual((await close(1)).body, { closed: [month(1)] });
  assert.deepEqual((await statement(t, 0, ada)).corrections, []);
});

test("a month is not closed before it was looked at, nor where that fails", async (t) => {
  const ada = await t.partner("Ada Analytics", { email: "ada@ada.example" });
  await terms(t);
  // Straight into the store: nobody looks behind an answer.
  await record(t, [click("t1", "ada-analytics", "self"), lead("l1", "self", day(2, 2)), sale("s1", "self")]);
  await seen(t);
  await t.db.prepare("UPDATE customer SET email = 'ada@ada.example'").run();
  for (const table of ["fraud_due", "fraud_rules", "partner_device", "suspicion", "member"]) {
    await t.db.prepare(`ALTER TABLE ${table} RENAME TO gone_${table}`).run();
    assert.equal((await t.api("POST", "/statements/close", { month: month(1) })).status, 503, table);
    await t.db.prepare(`ALTER TABLE gone_${table} RENAME TO ${table}`).run();
    assert.deepEqual(await t.rows("SELECT month FROM closed_month"), [], table);
  }
  await t.db.prepare("CREATE TRIGGER broken BEFORE INSERT ON suspicion BEGIN SELECT RAISE(ABORT, 'disk full'); END").run();
  assert.equal((await t.api("POST", "/statements/close", { month: month(1) })).status, 503);
  assert.equal((await t.rows("SELECT * FROM fraud_due")).length, 1);
  await t.db.prepare("DROP TRIGGER broken").run();
  assert.equal((await t.api("POST", "/statements/close", { month: month(1) })).status, 200);
  assert.equal((await statement(t, 2, ada)).lines[0].review, "held");
  assert.deepEqual(await t.rows("SELECT * FROM fraud_due"), []);
});

test("what was decided waits again, and its commission with it", async (t) => {
  const { ada, suspicion } = await setting(t);
  const payable = async () => (await statement(t, 2, ada)).payableClosing;
  const held = await payable();
  const cleared = await decide(t, suspicion.id, "clear", { version: 1, reason: "a mistake" });
  assert.equal(cleared.status, 200);
  assert.notEqual(await payable(), held);
  assert.equal((await decide(t, suspicion.id, "hold", { version: 1 })).status, 409);
  const { status, body } = await decide(t, suspicion.id, "hold", { version: 2, reason: "looked at once more" });
  assert.deepEqual([status, body], [200, { ...suspicion, reason: "looked at once more", version: 3 }]);
  assert.deepEqual((await decide(t, suspicion.id, "hold", { version: 2, reason: "looked at once more" })).body, body);
  assert.equal(await payable(), held);
  const [, last] = await t.rows("SELECT after FROM audit WHERE kind = 'suspicion' AND action = 'updated' ORDER BY id");
  assert.equal(JSON.parse(last.after).state, "held");
});

test("of two who decide one is first, and the same again is the same", async (t) => {
  const { suspicion } = await setting(t);
  const both = await Promise.all([decide(t, suspicion.id, "clear", { version: 1 }), decide(t, suspicion.id, "confirm", { version: 1, reason: "no" })]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  const [first] = await suspicions(t);
  const again = first.state === "cleared" ? ["clear", { version: 1 }] : ["confirm", { version: 1, reason: "no" }];
  for (const version of [1, 2]) {
    const { status, body } = await decide(t, suspicion.id, again[0], { ...again[1], version });
    assert.deepEqual([status, body], [200, first]);
  }
  assert.equal((await decide(t, suspicion.id, again[0], { version: 1, reason: "something else" })).status, 409);
  assert.equal((await t.rows("SELECT * FROM audit WHERE kind = 'suspicion' AND action = 'updated'")).length, 1);
  // A store that fails: nothing is decided.
  await t.db.prepare("CREATE TRIGGER broken BEFORE UPDATE ON suspicion BEGIN SELECT RAISE(ABORT, 'disk full'); END").run();
  assert.equal((await decide(t, suspicion.id, "confirm", { version: 2, reason: "late" })).status, 503);
  await t.db.prepare("DROP TRIGGER broken").run();
  assert.deepEqual(await suspicions(t), [first]);
});

test("addresses are for whoever may see customers, and are forgotten with them", async (t) => {
  const { suspicion } = await setting(t);
  assert.equal(suspicion.evidence.email, "ada@ada.example");
  const key = async (scopes) => ({ key: (await t.api("POST", "/keys", { name: "x", scopes })).body.key });
  const blind = await key(["commissions:read"]);
  assert.deepEqual((await suspicions(t, "", blind))[0].evidence, {});
  assert.equal((await decide(t, suspicion.id, "clear", { version: 1 }, blind)).status, 403);
  assert.equal((await t.api("GET", "/suspicions", undefined, await key(["links:read"]))).status, 403);
  assert.equal((await t.api("DELETE", `/customers/${suspicion.customerId}`)).status, 200);
  assert.deepEqual((await suspicions(t))[0].evidence, {});
});

test("what is no suspicion, no decision and no rule", async (t) => {
  const { suspicion } = await setting(t);
  const bad = async (method, path, body, said, status = 422) => {
    const answer = await t.api(method, path, body);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
    assert.match(answer.body.error.message, said);
  };
  for (const [query, said] of [["state=open", /^state: must/], ["rule=luck", /^rule: must/], ["partnerId=ada", /^partnerId/], ["page=0", /^page: must/], ["pageSize=101", /^pageSize: must/]]) {
    await bad("GET", `/suspicions?${query}`, undefined, said);
  }
  for (const [step, body, said] of [
    ["clear", {}, /version/], ["clear", { version: "1" }, /version/], ["clear", { version: -1 }, /version/], ["clear", { version: 1, why: "x" }, /why/],
    ["clear", { version: 1, reason: "" }, /^reason: must/], ["clear", { version: 1, reason: 5 }, /reason/], ["confirm", { version: 1 }, /^reason: is required/],
    ["confirm", { version: 1, reason: " " }, /^reason: must/], ["confirm", { version: 1, reason: "x".repeat(1001) }, /^reason: must/], ["confirm", { reason: "x" }, /version/],
  ]) await bad("POST", `/suspicions/${suspicion.id}/${step}`, body, said);
  for (const id of ["susp_x", suspicion.id.replace(/.$/, (c) => (c === "0" ? "1" : "0")), "x"]) {
    await bad("GET", `/suspicions/${id}`, undefined, /not found/, 404);
    await bad("POST", `/suspicions/${id}/clear`, { version: 1 }, /not found/, 404);
  }
  await bad("POST", `/suspicions/${suspicion.id}/clear`, { version: 7 }, /^version: is not the newest/, 409);
  for (const [body, said] of [
    [{ checkoutSeconds: 0 }, /^checkoutSeconds: must be from 1 to 3600/], [{ checkoutSeconds: 3601 }, /^checkoutSeconds/], [{ floodClicks: 99 }, /^floodClicks/],
    [{ floodCustomers: 0 }, /^floodCustomers/], [{ floodVisitorClicks: 4 }, /^floodVisitorClicks/], [{ leakRedemptions: 1 }, /^leakRedemptions/], [{ leakPercent: 101 }, /^leakPercent/],
    [{ leakPercent: null }, /leakPercent/], [{ selfReferral: "no" }, /selfReferral/], [{ disposableDomains: ["a@b.example"] }, /^disposableDomains: each must/],
    [{ sharedDomains: "x.example" }, /sharedDomains/], [{ sharedDomains: Array.from({ length: 1001 }, (_, i) => `d${i}.example`) }, /^sharedDomains: must be at most/], [{ luck: 1 }, /luck/],
  ]) await bad("PUT", "/fraud-rules", body, said);
  const { body: usual } = await t.api("GET", "/fraud-rules");
  assert.deepEqual([usual.checkoutSeconds, usual.selfReferral, usual.sharedDomains], [60, true, []]);
  // Off, and on again; each change is in the log.
  const { body: off } = await t.api("PUT", "/fraud-rules", { selfReferral: false, checkoutSeconds: null, sharedDomains: ["Co-op.example"] });
  assert.deepEqual([off.selfReferral, off.checkoutSeconds, off.sharedDomains], [false, null, ["co-op.example"]]);
  assert.deepEqual((await t.api("GET", "/fraud-rules")).body, off);
  await record(t, [click("t9", "ada-analytics", "again"), lead("l9", "again", day(2, 3), { email: "bo@ada.example" })]);
  await seen(t);
  assert.equal((await suspicions(t)).length, 1);
  // Over an older version nothing is written, also where two come at once.
  const late = await t.api("PUT", "/fraud-rules", { version: usual.version, floodClicks: 500 });
  assert.deepEqual([late.status, late.body.error.message], [409, "version: is not the newest; somebody changed the rules meanwhile. Read them again"]);
  await bad("PUT", "/fraud-rules", { version: 1 }, /version/);
  const both = await Promise.all([{ floodClicks: 500 }, { floodClicks: 600 }].map((rules) => t.api("PUT", "/fraud-rules", { version: off.version, ...rules })));
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  const { version, ...again } = (await t.api("PUT", "/fraud-rules", {})).body;
  assert.deepEqual({ ...again, version: usual.version }, usual);
  assert.notEqual(version, usual.version);
  assert.deepEqual((await t.api("GET", "/audit?kind=fraud_rules")).body.map(({ action }) => action), ["updated", "updated", "created"]);
});
