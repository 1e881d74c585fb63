import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { root } from "../support/instance.mjs";
import { test } from "../support/test.mjs";

const vector = (name) => readFile(path.join(root, "tests/vectors/imports", `${name}.csv`));

/** Sends a file; answers status and body. */
async function send(t, file, params = {}, { key = t.apiKey, headers = {} } = {}) {
  const query = new URLSearchParams({ ...params, ...(params.mapping && { mapping: JSON.stringify(params.mapping) }) });
  const response = await t.fetch(`/api/imports?${query}`, {
    method: "POST",
    headers: { ...(key && { authorization: `Bearer ${key}` }), "content-type": "text/csv", ...headers },
    body: file,
  });
  return { status: response.status, body: await response.json() };
}

const rows = async (t, id, query = "") => (await t.api("GET", `/imports/${id}/rows${query}`)).body;
const apply = (t, id, query = "") => t.api("POST", `/imports/${id}/apply${query}`);
const undo = (t, id) => t.api("POST", `/imports/${id}/undo`);
const counts = (matched, fresh, duplicate, conflicting, bad, similar = 0) => ({ matched, new: fresh, similar, duplicate, conflicting, bad });

const MAPPING = { columns: { invoice: "Invoice", at: "Date", amount: "Amount", currency: "Currency", customer: "Customer", partner: "Partner" } };
const HEAD = "Invoice,Date,Amount,Currency,Customer,Partner\n";
const SHEET = `${HEAD}in_1,2026-01-05T09:30:00Z,1299.00,USD,cust_1,ada-analytics\nin_2,2026-02-05T09:30:00Z,499.00,USD,cust_1,ada-analytics\n`;

async function partners(t) {
  return [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
}

/** All that an import may write. */
async function recorded(t) {
  const tables = {};
  for (const table of ["touch", "milestone", "revenue", "customer", "customer_join", "click_day", "identity", "fact", "importing"]) {
    tables[table] = await t.rows(`SELECT * FROM ${table} ORDER BY 1, 2`);
  }
  return tables;
}

const PRESETS = {
  dub: { counts: counts(0, 4, 0, 0, 1), totals: { USD: 179800 }, revenue: ["invoice:in_1 129900 new cust_1", "invoice:in_2 49900 renewal cust_1", "invoice:in_3 20000 new cust_2", "refund 20000"], touches: 4 },
  partnerstack: { counts: counts(0, 2, 0, 0, 0), totals: { USD: 149900 }, revenue: ["invoice:partnerstack:tran_A1 129900 new cust_1", "invoice:partnerstack:tran_A2 20000 new cust_2"], touches: 2 },
  rewardful: { counts: counts(0, 2, 0, 0, 0), totals: { USD: 144900 }, revenue: ["invoice:ch_1 129900 new stripe cus_S1", "invoice:ch_2 20000 new stripe cus_S2", "refund 5000"], touches: 2 },
  firstpromoter: { counts: counts(0, 2, 0, 0, 1), totals: { EUR: 149900 }, revenue: ["invoice:firstpromoter:evt_1 129900 new cust_1", "invoice:firstpromoter:evt_2 20000 new carl@client.example"], touches: 2 },
};

for (const [preset, expect] of Object.entries(PRESETS)) {
  test(`an export of ${preset} is checked, applied, found again and undone`, async (t) => {
    await partners(t);
    const before = await recorded(t);
    const first = await send(t, await vector(preset), { preset, name: `${preset}.csv` });
    assert.equal(first.status, 201, JSON.stringify(first.body));
    assert.deepEqual([first.body.state, first.body.counts, first.body.totals], ["checked", expect.counts, expect.totals], JSON.stringify(await rows(t, first.body.id)));
    assert.deepEqual(await recorded(t), before, "a dry run records nothing");
    const applied = await apply(t, first.body.id, "?skip=true");
    assert.equal(applied.status, 200, JSON.stringify(applied.body));
    assert.deepEqual([applied.body.state, applied.body.counts], ["applied", expect.counts]);
    const revenue = await t.rows(`SELECT CASE r.kind WHEN 'refund' THEN 'refund ' || r.amount
      ELSE r.key || ' ' || r.amount || ' ' || r.kind || ' ' || coalesce(c.external_id, 'stripe ' || c.stripe_id) END AS row
      FROM revenue AS r JOIN customer AS c ON c.id = r.customer_id ORDER BY r.kind = 'refund', r.key`);
    assert.deepEqual(revenue.map(({ row }) => row), expect.revenue);
    assert.deepEqual(await t.rows("SELECT count(*) AS n, count(DISTINCT partner_id) AS partners FROM touch"), [{ n: expect.touches, partners: 2 }]);
    const again = await send(t, await vector(preset), { preset });
    assert.deepEqual(again.body.counts, { ...counts(0, 0, 0, 0, 0), matched: expect.counts.new, bad: expect.counts.bad });
    const after = await recorded(t);
    assert.equal((await apply(t, again.body.id, "?skip=true")).status, 200);
    assert.deepEqual(await recorded(t), after, "what is matched is not written");
    const undone = await undo(t, first.body.id);
    const { sales } = (await t.rows("SELECT count(*) AS sales FROM revenue WHERE kind <> 'refund'"))[0];
    assert.deepEqual([undone.body.state, undone.body.kept], ["undone", { import: sales }]);
    assert.deepEqual(await recorded(t), after, "the second file says all of it, too");
    assert.deepEqual((await undo(t, again.body.id)).body.kept, {});
    assert.deepEqual(await recorded(t), before);
    const third = await send(t, await vector(preset), { preset });
    assert.deepEqual(third.body.counts, expect.counts);
  });
}

test("a partner may be named as people call them, where that is one", async (t) => {
  const [ada] = await partners(t);
  const { body: ours } = await t.api("POST", "/partners", { name: "Ünï & Söhne", email: "uni@example.com" });
  for (const email of ["one@twins.example", "two@twins.example"]) await t.api("POST", "/partners", { name: "Twin Peaks", email });
  // A slug goes before a name: whoever has it is meant.
  await t.api("POST", "/partners", { name: "Eve-Agency", email: "other@eve.example" });
  const said = ["ADA  analytics", "ünï & söhne", "eve-agency", "Twin Peaks", "one@twins.example", "Nobody"];
  const lines = said.map((name, i) => `in_${i},2026-01-05T09:30:00Z,10.00,USD,cust_${i},${name}`);
  const { body } = await send(t, HEAD + lines.join("\n"), { mapping: MAPPING });
  const whys = (await rows(t, body.id)).map(({ state, reason }) => [state, reason]);
  assert.deepEqual(whys.map(([state]) => state), ["new", "new", "new", "bad", "new", "bad"]);
  assert.match(whys[3][1], /several partners are called/);
  assert.match(whys[5][1], /not a partner of this program/);
  assert.equal((await apply(t, body.id, "?skip=true")).status, 200);
  const credited = await t.rows("SELECT c.external_id AS who, t.partner_id AS partner FROM touch AS t JOIN customer AS c ON c.id = t.customer_id WHERE c.external_id IN ('cust_0', 'cust_1') ORDER BY 1");
  assert.deepEqual(credited.map(({ partner }) => partner), [ada.id, ours.id]);
});

test("what is credited is the partner's whom the file names", async (t) => {
  const [ada] = await partners(t);
  const { body } = await send(t, SHEET, { mapping: MAPPING });
  assert.equal((await apply(t, body.id)).status, 200);
  const log = (await t.feed()).body.log;
  assert.deepEqual(log.revenue.amount, [129900, 49900]);
  assert.equal(log.touches.mark.length, 2);
  assert.deepEqual(await t.rows("SELECT DISTINCT partner_id AS id FROM touch"), [{ id: ada.id }]);
});

test("one sale through another door and a file is one, either way about", async (t) => {
  await partners(t);
  const sale = (invoiceId, amount) => t.api("POST", "/track/sale", { customerExternalId: "cust_1", amount, currency: "usd", invoiceId });
  assert.equal((await sale("in_1", 129900)).status, 200);
  const { body } = await send(t, SHEET, { mapping: MAPPING });
  assert.deepEqual(body.counts, counts(1, 1, 0, 0, 0));
  assert.equal((await apply(t, body.id)).status, 200);
  assert.equal((await sale("in_2", 49900)).status, 200);
  assert.equal((await sale("in_2", 50000)).status, 409);
  assert.deepEqual(await t.rows("SELECT key, amount, kind FROM revenue ORDER BY key"), [
    { key: "invoice:in_1", amount: 129900, kind: "new" }, { key: "invoice:in_2", amount: 49900, kind: "renewal" },
  ]);
  const facts = await t.facts({ id: "r", type: "revenue", kind: "new", at: new Date().toISOString(), customer: "cust_1", amount: 49900, currency: "USD", invoice: "in_2" });
  assert.equal(facts.body.results[0].status, "duplicate");
});

test("a new row that may be a sale known by another key is new, with a warning", async (t) => {
  await partners(t);
  const sale = (id, at, more) => ({ id, type: "revenue", kind: "new", at, customer: "cust_1", amount: 129900, currency: "USD", invoice: id, ...more });
  const { body: facts } = await t.facts([
    sale("evening", "2026-01-05T23:59:59Z"), sale("next", "2026-01-06T00:00:00Z"), sale("more", "2026-01-05T12:00:00Z", { amount: 129901 }),
    sale("euro", "2026-01-05T12:00:00Z", { currency: "EUR" }), sale("other", "2026-01-05T12:00:00Z", { customer: "cust_2" }),
  ]);
  assert.equal(facts.recorded, 5, JSON.stringify(facts));
  const day = (n, at, customer = "cust_1") => `in_${n},${at},1299.00,USD,${customer},ada-analytics\n`;
  const file = HEAD + day(1, "2026-01-05") + day(2, "2026-01-07") + day(3, "2026-01-05", "cust_3") + day(4, "2026-01-06T09:30:00Z");
  const { body } = await send(t, file, { mapping: MAPPING });
  const got = () => rows(t, body.id).then((list) => list.map(({ line, state, reason, warning }) => [line, state, reason, warning?.split(": ")[0] ?? null]));
  const expect = [[2, "new", null, "invoice:evening"], [3, "new", null, null], [4, "new", null, null], [5, "new", null, "invoice:next"]];
  assert.deepEqual(await got(), expect);
  assert.deepEqual([body.counts, body.totals], [counts(0, 4, 0, 0, 0, 2), { USD: 4 * 129900 }]);
  assert.deepEqual((await rows(t, body.id, "?state=similar")).map(({ line }) => line), [2, 5]);
  assert.deepEqual((await apply(t, body.id)).body.counts, body.counts);
  assert.deepEqual(await got(), expect, "what is applied is not held against itself");
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM revenue"), [{ n: 9 }]);
});

test("every row says what it is, and why", async (t) => {
  await partners(t);
  await t.api("POST", "/track/sale", { customerExternalId: "cust_1", amount: 5, currency: "usd", invoiceId: "in_2" });
  const file = `${SHEET}in_1,2026-01-05T09:30:00Z,1299.00,USD,cust_1,ada-analytics\nin_1,2026-01-05T09:30:00Z,1.00,USD,cust_1,\nin_5,soon,1.00,USD,cust_1,\nin_6,2026-01-05,1.00,USD,cust_1,nobody@else.example\nin_7,2999-01-05,1.00,USD,cust_1,\nin_8,2026-01-05\n`;
  const { body } = await send(t, file, { mapping: MAPPING });
  const got = (await rows(t, body.id)).map(({ line, state, field, reason }) => [line, state, field, reason?.replace(/^invoice:\w+: /, "")]);
  assert.deepEqual(got.map(([line, state]) => [line, state]), [
    [2, "new"], [3, "conflicting"], [4, "duplicate"], [5, "conflicting"], [6, "bad"], [7, "bad"], [8, "bad"], [9, "bad"],
  ], JSON.stringify(got));
  assert.deepEqual(got.slice(4).map(([, , field]) => field), ["at", "partner", "at", null]);
  assert.ok(got.slice(1).every(([, , , reason]) => reason), JSON.stringify(got));
  assert.deepEqual(body.counts, counts(0, 1, 1, 2, 4));
  assert.equal((await rows(t, body.id, "?state=bad&pageSize=2&page=2")).length, 2);
  const refused = await apply(t, body.id);
  assert.deepEqual([refused.status, refused.body.error.code], [422, "unprocessable_entity"]);
  assert.equal((await t.api("GET", `/imports/${body.id}`)).body.state, "checked");
  assert.deepEqual((await apply(t, body.id, "?skip=true")).body.counts, body.counts);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM revenue"), [{ n: 2 }]);
});

test("a mapping is remembered by the header, and habits are recognised", async (t) => {
  await partners(t);
  const mapping = { columns: { invoice: "Beleg", at: "Datum", amount: "Betrag", email: "E-Mail", partner: "Partner" }, currency: "EUR" };
  const file = (n, date) => `Beleg;Datum;Betrag;E-Mail;Partner\r\nB-${n};${date};1.299,00;größe@harbor.example;eve-agency\r\n`;
  assert.equal((await send(t, file(1, "31.01.2026"))).status, 422);
  const latin = Buffer.from(file(1, "31.01.2026"), "latin1");
  const first = await send(t, latin, { mapping, name: "Januar.csv" });
  assert.equal(first.status, 201, JSON.stringify(first.body));
  assert.deepEqual(first.body.recognised, { encoding: "windows-1252", separator: ";", decimal: "comma", units: "major", dates: "day_first" });
  assert.deepEqual(first.body.totals, { EUR: 129900 });
  const second = await send(t, Buffer.from(`\ufeff${file(2, "28.02.2026")}`, "utf16le"));
  assert.equal(second.status, 201, JSON.stringify(second.body));
  assert.deepEqual([second.body.recognised.encoding, second.body.mapping], ["utf-16le", first.body.mapping]);
  const open = await send(t, file(3, "03/04/2026"));
  assert.deepEqual([open.status, open.body.error.message.split(":")[0]], [422, "dates"]);
  const told = await send(t, file(3, "03/04/2026"), { mapping: { ...mapping, dates: "month_first" } });
  assert.equal(told.status, 201, JSON.stringify(told.body));
  assert.deepEqual((await t.api("GET", "/imports")).body.map(({ name }) => name), [null, null, "Januar.csv"]);
  assert.equal((await t.api("GET", "/imports?state=checked")).body.length, 3);
  assert.deepEqual((await t.api("GET", "/imports?state=applied")).body, []);
});

test("a customer known by address or by Stripe's number is the same", async (t) => {
  const [ada] = await partners(t);
  await t.api("POST", "/track/lead", { clickId: "", eventName: "Sign up", customerExternalId: "cust_1", customerEmail: "bea@harbor.example" });
  const mapping = { columns: { at: "at", email: "email", partner: "partner" } };
  const { body } = await send(t, `at,email,partner\n2026-01-01,bea@harbor.example,${ada.id}\n2026-01-01,new@harbor.example,${ada.id}\n2026-01-02,new@harbor.example,${ada.id}\n`, { mapping });
  assert.deepEqual((await rows(t, body.id)).map(({ state }) => state), ["matched", "new", "duplicate"]);
  assert.equal((await apply(t, body.id)).status, 200);
  assert.deepEqual(await t.rows("SELECT external_id AS id FROM customer ORDER BY 1"), [{ id: "cust_1" }, { id: "new@harbor.example" }]);
});

test("applied at once from several sides, and again, it is applied once; undone, once", async (t) => {
  await partners(t);
  const before = await recorded(t);
  const { body } = await send(t, SHEET, { mapping: MAPPING });
  const answers = await Promise.all([1, 2, 3, 4].map(() => apply(t, body.id)));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200]);
  assert.equal((await apply(t, body.id)).status, 200);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM revenue"), [{ n: 2 }]);
  const undone = await Promise.all([1, 2, 3].map(() => undo(t, body.id)));
  assert.deepEqual(undone.map(({ status }) => status), [200, 200, 200]);
  assert.deepEqual(await recorded(t), before);
  assert.equal((await undo(t, body.id)).body.state, "undone");
  assert.equal((await apply(t, body.id)).status, 409);
});

test("two files of the same sales record them once", async (t) => {
  await partners(t);
  const [one, two] = await Promise.all([send(t, SHEET, { mapping: MAPPING }), send(t, SHEET, { mapping: MAPPING })]);
  const answers = await Promise.all([apply(t, one.body.id), apply(t, two.body.id)]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
  assert.deepEqual(answers.map(({ body }) => body.counts.new).sort(), [0, 2]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM revenue"), [{ n: 2 }]);
});

test("what is built upon stays, and is named; who is known by other means stays", async (t) => {
  await partners(t);
  const { body } = await send(t, SHEET, { mapping: MAPPING });
  assert.equal((await undo(t, body.id)).status, 409);
  await apply(t, body.id);
  const at = new Date().toISOString();
  await t.facts({ id: "back", type: "revenue", kind: "refund", at, customer: "cust_1", amount: 5, currency: "USD", refundOf: "in_1" });
  const refused = await undo(t, body.id);
  assert.equal(refused.status, 409);
  assert.match(refused.body.error.message, /fact:back of invoice:in_1/);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM revenue"), [{ n: 3 }]);
  await t.db.prepare("DELETE FROM revenue WHERE key = 'fact:back'").run();
  await t.api("POST", "/track/sale", { customerExternalId: "cust_1", amount: 7, currency: "usd", invoiceId: "in_9" });
  assert.equal((await undo(t, body.id)).status, 200);
  assert.deepEqual(await t.rows("SELECT r.key, c.external_id AS whose FROM revenue AS r JOIN customer AS c ON c.id = r.customer_id"), [{ key: "invoice:in_9", whose: "cust_1" }]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM touch"), [{ n: 0 }]);
});

test("a deal that an imported invoice won holds the import, and is named", async (t) => {
  await partners(t);
  const { body } = await send(t, SHEET, { mapping: MAPPING });
  await apply(t, body.id);
  const step = (deal, name, more) => t.api("POST", `/deals/${deal.id}/${name}`, { version: deal.version, ...more });
  const session = { key: null, headers: { cookie: await t.signIn(await t.partner("Cleo Consulting")), origin: t.url.replace(/\/$/, "") } };
  const { body: deal } = await t.api("POST", "/deals", { company: "Acme Software", contactEmail: "buyer@acme.example" }, session);
  const approved = await step(deal, "approve", { customerExternalId: "cust_1" });
  assert.equal(approved.status, 200, JSON.stringify(approved.body));
  // Open, it is built upon the customer, who stays; won by another invoice, upon nothing of the file.
  const won = await step(approved.body, "won", { amount: 129900, currency: "USD", invoice: "in_1" });
  assert.equal(won.status, 200, JSON.stringify(won.body));
  const before = await recorded(t);
  const refused = await undo(t, body.id);
  assert.deepEqual([refused.status, refused.body.error.code], [409, "conflict"]);
  assert.match(refused.body.error.message, new RegExp(`${deal.id}, won with invoice:in_1`));
  assert.deepEqual(await recorded(t), before);
  await t.db.prepare("UPDATE deal SET won_invoice = 'in_9'").run();
  assert.equal((await undo(t, body.id)).body.state, "undone");
  assert.deepEqual(await t.rows("SELECT external_id AS id FROM customer"), [{ id: "cust_1" }]);
});

test("who is suspected stays, and nobody who is gone waits for the rules", async (t) => {
  const [ada] = await partners(t);
  const { body } = await send(t, `${SHEET}in_3,2026-02-05T09:30:00Z,499.00,USD,cust_2,ada-analytics\n`, { mapping: MAPPING });
  assert.equal((await apply(t, body.id)).status, 200);
  const [{ id }] = await t.rows("SELECT id FROM customer WHERE external_id = 'cust_1'");
  await t.db.prepare(`INSERT INTO suspicion (id, rule, partner_id, customer_id, evidence, created_at)
    VALUES ('sus_1', 'self_referral', ?1, ?2, '{}', 1)`).bind(ada.id, id).run();
  const undone = await undo(t, body.id);
  assert.equal(undone.status, 200, JSON.stringify(undone.body));
  assert.deepEqual(await t.rows("SELECT external_id AS id FROM customer"), [{ id: "cust_1" }]);
  assert.deepEqual(await t.rows("SELECT customer_id AS id FROM fraud_due WHERE customer_id NOT IN (SELECT id FROM customer)"), []);
});

test("what cannot be taken is refused with the reason", async (t) => {
  await partners(t);
  const sheet = { mapping: MAPPING };
  const columns = (more) => ({ mapping: { ...MAPPING, columns: { ...MAPPING.columns, ...more } } });
  for (const [file, params, status, rule] of [
    ["", sheet, 422, /^file: must have a header/],
    [HEAD, sheet, 422, /^file: must have rows/],
    [Buffer.from("PK\x03\x04 a spreadsheet"), sheet, 422, /^file: must be text: save the spreadsheet as CSV/],
    [Buffer.from("a,b\n\x00\x01\x02\x03,1\n"), sheet, 422, /^file: must be text/],
    [`${SHEET}in_3,"2026`, sheet, 422, /^file: line 4: a quotation mark is not closed/],
    ["a,a\n1,2\n", sheet, 422, /^file: must not have two columns/],
    [`${HEAD}${"x,\n".repeat(5_001)}`, sheet, 422, /^file: must have at most 5000 rows/],
    [Buffer.alloc(4 * 1024 * 1024 + 1, "x"), sheet, 413, /at most 4194304 bytes/],
    [SHEET, {}, 422, /^mapping: is required for a file with the columns Invoice, Date/],
    [SHEET, { preset: "excel" }, 422, /^preset: must be one of dub/],
    [SHEET, { preset: "dub" }, 422, /^preset: an export of dub has one of the columns/],
    [SHEET, columns({ email: "Mail" }), 422, /^mapping.columns: there is no column "Mail"; there are Invoice/],
    [SHEET, columns({ colour: "Invoice" }), 422, /^mapping: /],
    [SHEET, { mapping: { columns: {} } }, 422, /^mapping.columns: must name the column `at`/],
    [SHEET, { mapping: { columns: { at: "Date" } } }, 422, /^mapping.columns: must name one of/],
    [`${HEAD}in_1,03/04/2026,1.00,USD,c,\n`, sheet, 422, /^dates: "03\/04\/2026"/],
    [`${HEAD}in_1,2026-01-01,1.50,USD,c,\nin_2,2026-01-01,"1,50",USD,c,\n`, sheet, 422, /^decimal: /],
  ]) {
    const answer = await send(t, file, params);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(answer.body.error.message, rule);
  }
  assert.equal((await send(t, SHEET, sheet, { headers: { "content-type": "application/json" } })).status, 400);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM import"), [{ n: 0 }]);
  const { body } = await send(t, SHEET, sheet);
  assert.equal((await apply(t, body.id, "?skip=perhaps")).status, 422);
  assert.equal((await t.api("GET", `/imports/${body.id}/rows?state=good`)).status, 422);
  assert.equal((await t.api("GET", "/imports?state=bad")).status, 422);
  for (const id of ["imp_00000000000000000000000000", "x"]) {
    assert.equal((await t.api("GET", `/imports/${id}`)).status, 404);
    assert.equal((await apply(t, id)).status, 404);
    assert.equal((await undo(t, id)).status, 404);
  }
});

test("a store that fails leaves nothing half done, and what failed can be sent again", async (t) => {
  await partners(t);
  const fail = async (when) => {
    await t.db.prepare(`CREATE TRIGGER broken ${when} BEGIN SELECT RAISE(ABORT, 'disk'); END`).run();
    return () => t.db.prepare("DROP TRIGGER broken").run();
  };
  for (const when of ["BEFORE INSERT ON import", "BEFORE INSERT ON import_row"]) {
    const heal = await fail(when);
    assert.equal((await send(t, SHEET, { mapping: MAPPING })).status, 503, when);
    await heal();
    assert.deepEqual(await t.rows("SELECT count(*) AS n FROM import"), [{ n: 0 }]);
  }
  const { body } = await send(t, SHEET, { mapping: MAPPING });
  const before = await recorded(t);
  for (const when of ["BEFORE UPDATE ON import", "BEFORE INSERT ON importing", "BEFORE INSERT ON customer", "BEFORE INSERT ON touch", "BEFORE INSERT ON revenue", "BEFORE INSERT ON import_wrote", "BEFORE UPDATE ON import_row", "BEFORE DELETE ON importing"]) {
    const heal = await fail(when);
    assert.equal((await apply(t, body.id)).status, 503, when);
    await heal();
    assert.deepEqual(await recorded(t), before, when);
  }
  assert.equal((await apply(t, body.id)).status, 200);
  const after = await recorded(t);
  for (const when of ["BEFORE UPDATE ON import", "BEFORE DELETE ON revenue", "BEFORE DELETE ON touch", "BEFORE DELETE ON customer", "BEFORE DELETE ON import_wrote"]) {
    const heal = await fail(when);
    assert.equal((await undo(t, body.id)).status, 503, when);
    await heal();
    assert.deepEqual(await recorded(t), after, when);
  }
  assert.equal((await undo(t, body.id)).status, 200);
  assert.deepEqual(await recorded(t), before);
});

test("files are for whoever may bring them in", async (t) => {
  const [ada] = await partners(t);
  const { body } = await send(t, SHEET, { mapping: MAPPING });
  const { body: reader } = await t.api("POST", "/keys", { name: "reader", scopes: ["facts:write"] });
  for (const key of [reader.key, t.publishableKey, null]) {
    const status = key ? 403 : 401;
    assert.equal((await send(t, SHEET, { mapping: MAPPING }, { key })).status, status);
    assert.equal((await t.api("POST", `/imports/${body.id}/apply`, undefined, { key })).status, status);
  }
  const { body: finance } = await t.api("POST", "/members", { email: "fay@vendor.example", role: "finance" });
  for (const who of [{ partnerId: ada.id }, { memberId: finance.id }]) {
    const { body: link } = await t.api("POST", "/sign-in-links", who);
    const entered = await t.fetch(new URL(link.url).pathname + new URL(link.url).search);
    const cookie = entered.headers.getSetCookie().find((line) => line.startsWith("__Host-trb_s=")).split(";")[0];
    const mine = { key: null, headers: { cookie, origin: t.url.replace(/\/$/, "") } };
    assert.equal((await send(t, SHEET, { mapping: MAPPING }, mine)).status, 403);
    assert.equal((await t.api("GET", "/imports", undefined, mine)).status, 403);
    assert.equal((await t.api("GET", `/imports/${body.id}/rows`, undefined, mine)).status, 403);
    assert.equal((await t.api("POST", `/imports/${body.id}/apply`, undefined, mine)).status, 403);
  }
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM revenue"), [{ n: 0 }]);
});

test("a large file is one transaction", async (t) => {
  await partners(t);
  const before = await recorded(t);
  const line = (n) => `in_${n},2026-01-05T09:30:00Z,1299.00,USD,cust_${n},ada-analytics\n`;
  const file = HEAD + Array.from({ length: 5_000 }, (_, n) => line(n)).join("");
  const { status, body } = await send(t, file, { mapping: MAPPING });
  assert.deepEqual([status, body.counts?.new], [201, 5_000], JSON.stringify(body));
  assert.equal((await apply(t, body.id)).status, 200);
  assert.deepEqual(await t.rows("SELECT count(*) AS n, sum(amount) AS sum FROM revenue"), [{ n: 5_000, sum: 5_000 * 129900 }]);
  assert.equal((await undo(t, body.id)).status, 200);
  assert.deepEqual(await recorded(t), before);
});
