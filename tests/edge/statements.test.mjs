// Terms, statements, and months that are closed while facts come late.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

/** Month `n` before the present one, UTC: its name, and a day of it. */
const month = (n) => new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - n, 1)).toISOString().slice(0, 7);
const day = (n, of) => `${month(n)}-${String(of).padStart(2, "0")}T12:00:00Z`;
const PRESENT = month(0);

const TENTH = { name: "Tenth", pay: { percent: 100_000 } };
const terms = (t, rules = [TENTH], more = {}) => t.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules, ...more });
const click = (id, link, customer, at = day(4, 1)) => ({ id, type: "touch", kind: "click", at, link, customer });
const sale = (id, customer, at, amount, more) => ({ id, type: "revenue", kind: "renewal", at, customer, amount, currency: "USD", invoice: id, ...more });
const refund = (id, of, customer, at, amount) => ({ id, type: "revenue", kind: "refund", at, customer, amount, currency: "USD", refundOf: of });
const payout = (id, partner, at, amount) => ({ id, type: "payout", at, partner: partner.id, amount, currency: "USD" });

async function record(t, facts) {
  const { body } = await t.facts(facts);
  assert.equal(body.recorded, facts.length, JSON.stringify(body.results));
}

const statements = async (t, query, options) => {
  const { status, body } = await t.api("GET", `/statements?${query}`, undefined, options);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const of = async (t, n, partner, options) => (await statements(t, `month=${month(n)}&partnerId=${partner.id}`, options))[0];
const close = (t, n) => t.api("POST", "/statements/close", { month: month(n) });

/** Two partners, of whom each has a customer, and who share a third. */
async function setting(t) {
  const ada = await t.partner("Ada Analytics");
  const eve = await t.partner("Eve Agency");
  assert.equal((await terms(t)).status, 201);
  await record(t, [
    click("t1", "ada-analytics", "a"), click("t2", "eve-agency", "e"), click("t3", "ada-analytics", "both"), click("t4", "eve-agency", "both", day(4, 2)),
    sale("s1", "a", day(4, 10), 10_005), sale("s2", "e", day(4, 11), 7_777, { product: "pro" }), sale("s3", "both", day(3, 5), 33_333),
    refund("r1", "s1", "a", day(3, 20), 2_001), payout("p1", ada, day(3, 25), 500),
  ]);
  return { ada, eve };
}

/** A way to ask as a person of a role. */
async function person(t, role, partner) {
  const { body } = await t.api("POST", "/members", { email: `${role}@people.example`, role, partnerId: partner?.id });
  const { url } = (await t.api("POST", "/sign-in-links", { memberId: body.id })).body;
  const entered = await t.fetch(new URL(url).pathname + new URL(url).search);
  return { key: null, headers: { cookie: entered.headers.getSetCookie()[0].split(";")[0], origin: t.url } };
}

test("terms are added by version, judged by rule and field, and logged", async (t) => {
  const flat = { name: "Flat", currency: "USD", pay: { flat: 500 }, caps: { month: 10_000 }, hold: 30, kinds: ["new"], group: "Gold", months: 12 };
  const added = await terms(t, [flat, TENTH]);
  assert.equal(added.status, 201, JSON.stringify(added.body));
  assert.deepEqual([added.body.version, added.body.since, added.body.rules.map(({ name }) => name)], [1, "2020-01-01T00:00:00.000Z", ["Flat", "Tenth"]]);
  assert.deepEqual((await t.api("GET", "/terms")).body, [added.body]);
  // Who saw an older state, and two who saw the same.
  assert.equal((await terms(t)).status, 409);
  const both = await Promise.all([terms(t, [], { version: 1 }), terms(t, [TENTH], { version: 1 })]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  const { body: log } = await t.api("GET", "/audit?kind=terms");
  assert.deepEqual(log.map(({ target, action }) => `${target} ${action}`), ["2 created", "1 created"]);
  assert.equal(log[1].after.rules[0].name, "Flat");
  for (const [what, rules, said, more] of [
    ["no name", [{ ...TENTH, name: " " }], /^rules\[0\]\.name: must/],
    ["a long name", [{ ...TENTH, name: "x".repeat(101) }], /^rules\[0\]\.name: must/],
    ["one name twice", [TENTH, TENTH], /^rules\[1\]\.name: must/],
    ["more than everything", [{ ...TENTH, pay: { percent: 1_000_001 } }], /^rules\[0\]\.pay.*must be 0 to 1000000/],
    ["no pay", [{ name: "x" }], /^rules\[0\].*pay/],
    ["another pay", [{ name: "x", pay: { gift: 1 } }], /^rules\[0\]\.pay/],
    ["an amount without its currency", [{ name: "x", pay: { flat: 1 } }], /^rules\[0\]\.currency: must/],
    ["an amount below zero", [{ ...flat, pay: { flat: -1 } }], /^rules\[0\]\.pay\.flat: must/],
    ["a cap below zero", [TENTH, { ...flat, caps: { sale: -1 } }], /^rules\[1\]\.caps: must/],
    ["a refund", [{ ...TENTH, kinds: ["refund"] }], /^rules\[0\]\.kinds: must/],
    ["tiers that do not rise", [{ ...flat, pay: { tiered: { grain: "month", tiering: "marginal", tiers: [{ from: 5, rate: 1 }] } } }], /^rules\[0\]\.pay\.tiered\.tiers: must/],
    ["a currency that is none", [{ ...flat, currency: "dollars" }], /^rules\[0\]\.currency/],
    ["too many rules", Array.from({ length: 101 }, (_, i) => ({ ...TENTH, name: `r${i}` })), /^rules: must be at most 100/],
    ["no time", [], /^since: must/, { since: "yesterday" }],
    ["a field that is none", [], /^rule: unknown/, { rule: 1 }],
  ]) {
    const { status, body } = await terms(t, rules, { version: 2, ...more });
    assert.equal(status, 422, `${what}: ${JSON.stringify(body)}`);
    assert.match(body.error.message, said, what);
  }
  assert.equal((await t.api("GET", "/terms")).body.length, 2);
});

test("months that are closed stay, and what comes late is corrected in the next", async (t) => {
  const { ada, eve } = await setting(t);
  const open = await of(t, 4, ada);
  assert.deepEqual([open.closedAt, open.opening, open.earned, open.closing, open.lines.length], [null, 0, 1_001, 1_001, 1]);
  const { body, status } = await close(t, 4);
  assert.deepEqual([status, body], [200, { closed: [month(4)] }]);
  const first = await of(t, 4, ada);
  assert.notEqual(first.closedAt, null);
  assert.deepEqual({ ...first, closedAt: null }, open);
  const [{ at, saleAt, rate, version, rule, amount, base }] = first.lines;
  assert.deepEqual([at, saleAt, rate, version, rule, amount, base], [day(4, 10).replace("Z", ".000Z"), at, 100_000, 1, "Tenth", 1_001, 10_005]);
  assert.deepEqual((await close(t, 4)).body, { closed: [] });

  // Late: a sale, a refund and a payout of the closed month.
  await record(t, [sale("late", "a", day(4, 20), 50_000), refund("r2", "s2", "e", day(4, 28), 777), payout("p2", ada, day(4, 27), 100)]);
  assert.deepEqual(await of(t, 4, ada), first);
  const second = await of(t, 3, ada);
  assert.deepEqual(second.correction, { earned: 5_000, clawedBack: 0, approved: 5_000, paid: 100 });
  assert.deepEqual(second.corrections.map(({ kind, amount, reversed }) => [kind, amount, reversed]), [["sale", 5_000, false], ["payout", 100, false]]);
  assert.equal(second.opening, first.closing);
  assert.equal(second.closing, second.opening + 5_000 - 100 + second.earned - second.clawedBack - second.paid);
  assert.deepEqual((await of(t, 3, eve)).correction, { earned: 0, clawedBack: 78, approved: -78, paid: 0 });

  // Everything until the last month, one by one; the newest says what the engine says of all facts.
  assert.deepEqual((await close(t, 1)).body, { closed: [month(3), month(2), month(1)] });
  await record(t, [sale("later", "both", day(2, 3), 999), refund("r3", "late", "a", day(1, 4), 1_234)]);
  for (const partner of [ada, eve]) {
    const all = [];
    for (const n of [4, 3, 2, 1, 0]) all.push(await of(t, n, partner));
    for (let i = 1; i < all.length; i++) assert.equal(all[i].opening, all[i - 1].closing);
    const sum = (name) => all.reduce((total, one) => total + one[name] + one.correction[name], 0);
    assert.equal(all.at(-1).closing, sum("earned") - sum("clawedBack") - sum("paid"));
    // Nothing closed: the same facts by the engine alone.
    await t.db.batch(["DROP TRIGGER statement_kept", "CREATE TABLE aside AS SELECT * FROM closed_month", "CREATE TABLE kept AS SELECT * FROM statement", "DELETE FROM statement", "DELETE FROM closed_month"].map((sql) => t.db.prepare(sql)));
    const live = await of(t, 0, partner);
    assert.deepEqual([live.closing, live.payableClosing], [all.at(-1).closing, all.at(-1).payableClosing]);
    assert.equal(live.correction.earned, 0);
    await t.db.batch(["INSERT INTO closed_month SELECT * FROM aside", "INSERT INTO statement SELECT * FROM kept", "DROP TABLE aside", "DROP TABLE kept",
      "CREATE TRIGGER statement_kept BEFORE DELETE ON statement BEGIN SELECT RAISE(ABORT, 'kept'); END"].map((sql) => t.db.prepare(sql)));
  }
  // Terms do not reach into what is closed.
  const { status: refused, body: why } = await terms(t, [], { version: 1, since: `${month(1)}-15T00:00:00Z` });
  assert.equal(refused, 422);
  assert.match(why.error.message, /^since: must not be before/);
  assert.equal((await terms(t, [], { version: 1, since: `${PRESENT}-01T00:00:00Z` })).status, 201);
  // Nor does anything else.
  await assert.rejects(t.db.prepare("UPDATE statement SET sheet = '{}'").run(), /never written again/);
});

test("a partner reads their own statement, the same to the cent and line", async (t) => {
  const { ada, eve } = await setting(t);
  const asAda = await person(t, "partner_admin", ada);
  const same = async (n) => {
    const own = await statements(t, `month=${month(n)}`, asAda);
    assert.deepEqual(own, await statements(t, `month=${month(n)}&partnerId=${ada.id}`));
    assert.ok(own.every(({ partnerId }) => partnerId === ada.id));
    return own;
  };
  for (const n of [4, 3, 0]) assert.equal((await same(n)).length, 1);
  await close(t, 3);
  await record(t, [sale("late", "both", day(3, 6), 501), refund("r2", "s3", "both", day(2, 2), 33_333)]);
  for (const n of [4, 3, 2, 1, 0]) await same(n);
  const [corrected] = await same(2);
  // The same lines, seen by the partner and by the program, are no corrections.
  assert.ok(corrected.corrections.every(({ reversed }) => !reversed));
  assert.equal((await t.api("GET", `/statements?partnerId=${eve.id}`, undefined, asAda)).status, 404);
  assert.equal((await t.api("POST", "/statements/close", { month: month(1) }, asAda)).status, 403);
  assert.equal((await t.api("GET", "/terms", undefined, asAda)).status, 403);
  const finance = await person(t, "finance");
  assert.equal((await t.api("POST", "/terms", { version: 1, since: "2030-01-01T00:00:00Z", rules: [] }, finance)).status, 403);
  const closed = await t.api("POST", "/statements/close", { month: month(1) }, finance);
  assert.deepEqual([closed.status, closed.body.closed], [200, [month(2), month(1)]]);
  assert.equal((await t.api("GET", "/audit?kind=month")).body[0].actor, "finance@people.example");
});

test("what is no month, not over, or nobody's", async (t) => {
  const ada = await t.partner("Ada Analytics");
  // Nothing is known without terms, rather than nothing owed.
  assert.equal((await t.api("GET", "/statements")).status, 409);
  assert.equal((await close(t, 1)).status, 409);
  await terms(t);
  assert.deepEqual(await statements(t, ""), []);
  for (const text of ["", "2026", "2026-13", "2026-00", "2026-1", "26-10", "1970-01", "2026-10-01", "October", "2100-01", "+026-10", month(-1)]) {
    assert.equal((await t.api("GET", `/statements?month=${encodeURIComponent(text)}`)).status, 422, text);
  }
  for (const body of [{}, { month: 202_610 }, { month: "2026-13" }, { month: PRESENT }, { month: month(-1) }, { month: month(1), all: true }, { month: null }]) {
    const { status, body: answer } = await t.api("POST", "/statements/close", body);
    assert.equal(status, 422, JSON.stringify(body));
    assert.match(answer.error.message, /month|all/);
  }
  assert.equal((await t.api("POST", "/statements/close", "[]")).status, 400);
  assert.equal((await t.api("GET", "/statements?partnerId=ada")).status, 422);
  assert.equal((await t.api("GET", `/statements?partnerId=${ada.id.replace(/.$/, (c) => (c === "0" ? "1" : "0"))}`)).status, 404);
  assert.equal((await t.api("GET", "/statements", undefined, { key: "trb_sk_" + "0".repeat(64) })).status, 401);
  assert.deepEqual(await t.rows("SELECT * FROM closed_month"), []);
  // A month without facts is closed all the same.
  assert.deepEqual((await close(t, 1)).body, { closed: [month(1)] });
});

test("two who close at once close each month once", async (t) => {
  const { ada } = await setting(t);
  const answers = await Promise.all([close(t, 1), close(t, 1), close(t, 2)]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  assert.deepEqual(answers.flatMap(({ body }) => body.closed).sort(), [month(4), month(3), month(2), month(1)]);
  const [{ n }] = await t.rows("SELECT count(*) AS n FROM statement WHERE partner_id = ?1", ada.id);
  assert.equal(n, 4);
});

test("a store that fails: 503, nothing half-closed, and it goes on where it stopped", async (t) => {
  await setting(t);
  for (const table of ["terms", "closed_month", "statement", "revenue", "fact"]) {
    await t.db.prepare(`ALTER TABLE ${table} RENAME TO gone_${table}`).run();
    assert.equal((await close(t, 3)).status, 503, table);
    await t.db.prepare(`ALTER TABLE gone_${table} RENAME TO ${table}`).run();
    assert.deepEqual(await t.rows("SELECT month FROM closed_month"), [], table);
  }
  // The second of two months cannot be written: the first is closed, and the next run closes the second.
  const broken = `CREATE TRIGGER broken BEFORE INSERT ON statement WHEN new.month = '${month(3)}' BEGIN SELECT RAISE(ABORT, 'disk full'); END`;
  await t.db.prepare(broken).run();
  assert.equal((await close(t, 3)).status, 503);
  assert.deepEqual(await t.rows("SELECT month FROM closed_month"), [{ month: month(4) }]);
  await t.db.prepare("DROP TRIGGER broken").run();
  assert.deepEqual((await close(t, 3)).body, { closed: [month(3)] });
});

test("by the clock: from the third day on, once, and as the program itself", async (t) => {
  const { ada } = await setting(t);
  const worker = await t.mf.getWorker("tributary");
  const run = (at) => worker.scheduled({ cron: "7 * * * *", scheduledTime: new Date(at) });
  await run(`${month(3)}-02T23:59:59Z`);
  assert.deepEqual(await t.rows("SELECT month FROM closed_month"), []);
  await Promise.all([run(`${month(3)}-03T00:07:00Z`), run(`${month(3)}-03T00:07:00Z`)]);
  await run(`${month(3)}-03T01:07:00Z`);
  assert.deepEqual(await t.rows("SELECT month FROM closed_month"), [{ month: month(4) }]);
  assert.equal((await of(t, 4, ada)).closing, 1_001);
  const { body: log } = await t.api("GET", "/audit?kind=month");
  assert.deepEqual(log.map(({ actor, target, action }) => [actor, target, action]), [["schedule", month(4), "created"]]);
  // A store that fails is tried again by the next run.
  await t.db.prepare("ALTER TABLE statement RENAME TO gone").run();
  await run(`${month(2)}-03T00:07:00Z`);
  await t.db.prepare("ALTER TABLE gone RENAME TO statement").run();
  assert.equal((await t.rows("SELECT month FROM closed_month")).length, 1);
  await run(`${month(2)}-03T01:07:00Z`);
  assert.deepEqual(await t.rows("SELECT month FROM closed_month ORDER BY month"), [{ month: month(4) }, { month: month(3) }]);
});

test("a statement of more lines than a row holds is closed and read whole", async (t) => {
  const { ada } = await setting(t);
  for (const half of [0, 1]) {
    await record(t, Array.from({ length: 500 }, (_, i) => sale(`m${half}-${i}`, "a", day(4, 12), 1_000 + i, { product: "größer" })));
  }
  const { lines, ...open } = await of(t, 4, ada);
  assert.equal(lines.length, 1_001);
  assert.equal((await close(t, 4)).status, 200);
  const [{ n }] = await t.rows("SELECT count(*) AS n FROM statement WHERE partner_id = ?1", ada.id);
  assert.ok(n > 1, `${n} rows`);
  const closed = await statements(t, `month=${month(4)}&partnerId=${ada.id}`);
  assert.equal(closed.length, 1);
  assert.deepEqual({ ...closed[0], closedAt: null }, { ...open, lines });
  assert.deepEqual((await of(t, 3, ada)).corrections, []);
});
