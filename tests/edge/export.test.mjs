// What is recorded leaves as files that other programs open, and a whole instance leaves and comes back the same.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import spreadsheet from "xlsx";
import { start } from "../support/instance.mjs";
import { report } from "../support/native.mjs";
import * as stripe from "../support/stripe.mjs";
import { test as anyTest } from "../support/test.mjs";

const test = (name, body) => anyTest(name, { bindings: { STRIPE_WEBHOOK_SECRET: stripe.SECRET } }, body);
const month = (n) => new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - n, 1)).toISOString().slice(0, 7);
const day = (n, of) => `${month(n)}-${String(of).padStart(2, "0")}T12:00:00.000Z`;
const NASTY = ["=1+2", "+49 30 1", "-x", "@SUM(A1)", "a,b \"c\"\r\nd", "Größe 🚀 ﷽", " apart ", "'quoted"];

async function recorded(t, facts) {
  const { body } = await t.facts(facts);
  assert.equal(body.recorded, facts.length, JSON.stringify(body.results));
}
const good = ({ status, body }) => {
  assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
  return body;
};

/** Two partners and something of everything. */
async function setting(t) {
  const api = async (...of) => good(await t.api(...of));
  const group = await api("POST", "/groups", { name: "Gold", utm: { source: "gold" } });
  const ada = await t.partner("Ada Analytics", { coupons: ["ADA10"], groupId: group.id });
  const eve = await t.partner("Eve Agency", { coupons: ["EVE10"], description: NASTY[4] });
  const [tag, folder] = [await api("POST", "/tags", { name: "spring" }), await api("POST", "/folders", { name: "Ads" })];
  await api("POST", "/links", { url: "https://example.com/eve", key: "eve-two", partnerId: eve.id, tagIds: [tag.id], folderId: folder.id, password: "sesame", comments: NASTY[0] });
  await api("PATCH", "/program", { partnerLinksLimit: 7 });
  await api("POST", "/links", { url: "https://example.com/own", key: "ada-own", comments: NASTY[1] }, { key: null, headers: { cookie: await t.signIn(ada), origin: t.url.replace(/\/$/, "") } });
  const gone = await api("POST", "/links", { url: "https://example.com/gone", key: "gone", partnerId: ada.id });
  const page = await api("POST", "/pages", { partnerId: ada.id, slug: "spring", content: { headline: "Numbers & \"figures\"" } });
  await api("POST", `/pages/${page.id}/publish`, {});
  await api("PATCH", `/pages/${page.id}`, { content: { headline: "Others" } });
  await api("POST", `/pages/${page.id}/publish`, {});
  await api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules: [{ name: "Tenth", pay: { percent: 100_000 } }] });
  const click = (id, link, customer, at = day(4, 1)) => ({ id, type: "touch", kind: "click", at, link, customer });
  const sale = (id, customer, at, amount, more) => ({ id, type: "revenue", kind: "renewal", at, customer, amount, currency: "USD", invoice: id, ...more });
  await recorded(t, [
    click("t1", "ada-analytics", "a"), click("t2", "eve-agency", "e"), click("t3", "ada-analytics", "both"), click("t4", "eve-agency", "both", day(4, 2)),
    click("t5", "gone", "both", day(4, 2)),
    { id: "t6", type: "touch", kind: "coupon", at: day(4, 3), coupon: "EVE10", customer: "a" },
    { id: "l1", type: "lead.created", at: day(4, 4), customer: "a", name: NASTY[5], company: "Acme", email: "a@acme.example" },
    { id: "o1", type: "opportunity.opened", at: day(4, 5), opportunity: "opp", customer: "a", amount: 5, currency: "USD" },
    sale("s1", "a", day(4, 10), 10_005), sale("s2", "e", day(4, 11), 7_777, { product: NASTY[2] }), sale("s3", "both", day(3, 5), 33_333, { currency: "JPY" }),
    { id: "r1", type: "revenue", kind: "refund", at: day(3, 20), customer: "a", amount: 2_001, currency: "USD", refundOf: "s1" },
    { id: "p1", type: "payout", at: day(3, 25), partner: ada.id, amount: 500, currency: "USD" },
    { id: "j1", type: "adjustment", at: day(3, 26), partner: ada.id, amount: -70, currency: "USD", reason: NASTY[3] },
    { id: "g1", type: "partner.goal", at: day(3, 1), partner: ada.id, metric: "revenue_sourced", period: "2026", target: 87 },
    { id: "u1", type: "integration.used", at: day(3, 2), integration: "Connector", partner: eve.id, customer: "e", count: 3 },
    // The same time: which came first is kept.
    ...Array.from({ length: 5 }, (_, i) => click(`same${i}`, i % 2 ? "eve-two" : "ada-analytics", "both", day(2, 2))),
  ]);
  await api("DELETE", `/links/${gone.id}`);
  for (const [i, name] of NASTY.entries()) await api("POST", "/customers", { externalId: `nasty-${i}`, name, email: `n${i}@nasty.example` });
  const joined = await api("POST", "/customers", { externalId: "joined" });
  const [{ id }] = await t.rows("SELECT id FROM customer WHERE external_id = 'a'");
  await api("POST", `/customers/${id}/merge`, { customerId: joined.id });
  const deal = await api("POST", "/deals", { partnerId: ada.id, company: "Harbor", contactEmail: "b@harbor.example", amount: 100, currency: "USD", notes: NASTY[3] });
  const approved = await api("POST", `/deals/${deal.id}/approve`, { version: deal.version });
  const help = await api("POST", "/deal-help", { partnerId: ada.id, dealId: deal.id, kind: "co_sell" });
  await api("POST", `/deal-help/${help.id}/confirm`, {}, { key: null, headers: { cookie: await t.signIn(ada), origin: t.url.replace(/\/$/, "") } });
  await api("POST", `/deals/${deal.id}/won`, { version: approved.version, amount: 120, currency: "EUR", invoice: "in_deal" });
  await api("POST", "/statements/close", { month: month(2) });
  // Late, so that the next month corrects; and what Stripe tells, a refund before its sale.
  await recorded(t, [sale("late", "a", day(4, 20), 50_000), { id: "j2", type: "adjustment", at: day(4, 21), partner: eve.id, amount: 300, currency: "EUR" }]);
  const at = Math.floor(Date.now() / 1000);
  const { token } = await t.click("eve-agency");
  for (const event of [stripe.refund(at + 3, "re_1", 900), stripe.checkout(at, { client_reference_id: token }), stripe.invoice(at), stripe.paid(at)]) {
    assert.equal((await stripe.send(t, event)).status, 200);
  }
  for (const link of ["ada-analytics", "eve-two"]) await t.fetch(`/${link}`, { headers: { "user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)" } });
  await t.until("SELECT count(*) FROM touch WHERE source = 'edge'", 3);
  // The present month is told up to now, and the refund has happened by then.
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1000 * (at + 4) - Date.now())));
  return { ada, eve };
}

/** A file, by a key or a session. */
async function file(t, query, { headers = { authorization: `Bearer ${t.apiKey}` } } = {}) {
  const response = await t.fetch(`/api/export?${query}`, { headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}
async function exported(t) {
  const { status, bytes } = await file(t, "kind=everything");
  assert.equal(status, 200, bytes.toString());
  return bytes.toString();
}
const restore = (t, body, key = t.setupSecret) => t.api("POST", "/restore", body, { key, headers: { "content-type": "application/x-ndjson" } });

/** An empty instance with what an export says; the whole of it is answered. */
async function restored(text, body) {
  const t = await start({ setup: false, bindings: { STRIPE_WEBHOOK_SECRET: stripe.SECRET } });
  try {
    const answer = await restore(t, text);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    t.apiKey = answer.body.apiKey;
    t.publishableKey = answer.body.publishableKey;
    return await body(t, answer.body);
  } finally {
    await t.stop();
  }
}

/** Feeds, statements and what else is read, of the program and of every partner. */
async function said(t) {
  const out = {};
  const scrub = (text) => text.replaceAll(new URL(t.url).origin, "https://instance").replaceAll(new URL(t.url).host, "instance").replace(/"now":[^,]+,/, "");
  for (const partner of [null, ...good(await t.api("GET", "/partners"))]) {
    const who = partner?.name ?? "program";
    const headers = partner ? { cookie: await t.signIn(partner) } : { authorization: `Bearer ${t.apiKey}` };
    const get = async (at, more) => scrub(await (await t.fetch(`/api${at}`, { headers: { ...headers, ...more } })).text());
    out[`${who} feed`] = await get("/feed", { accept: "application/json" });
    for (const n of [4, 3, 2, 1, 0]) out[`${who} statements ${n}`] = await get(`/statements?month=${month(n)}`);
    out[`${who} deals`] = await get("/deals");
    out[`${who} help`] = await get("/deal-help");
    out[`${who} links`] = await get("/links");
  }
  for (const noun of ["links", "tags", "folders", "groups", "discount-codes", "pages", "customers", "terms", "program", "commissions"]) out[noun] = scrub(JSON.stringify((await t.api("GET", `/${noun}`)).body));
  return out;
}

/** Figures of every reader's feed, computed natively. */
async function figures(t) {
  const out = {};
  for (const partner of [null, ...good(await t.api("GET", "/partners"))]) {
    const headers = partner ? { cookie: await t.signIn(partner) } : { authorization: `Bearer ${t.apiKey}` };
    const feed = Buffer.from(await (await t.fetch("/api/feed", { headers })).arrayBuffer());
    for (const model of ["policy", "first", "linear", "time_decay", "full_path", "shapley", "markov2"]) {
      const { catalogue, ...rest } = await report(feed, { model });
      // All but how long ago something was: the clock has gone on.
      const { time_since_last_activity: _, ...lasting } = catalogue;
      out[`${partner?.name ?? "program"} ${model}`] = { ...rest, catalogue: lasting };
    }
  }
  return out;
}

/** Lines of an export without what the restoring itself adds: when it was, numbers and digests. */
const rowsOf = (text) =>
  text.trimEnd().split("\n").slice(1, -1).map((line) => JSON.parse(line)).map(({ n, ...row }) => row);
const tablesOf = (text) => JSON.parse(text.slice(0, text.indexOf("\n"))).tables;

test("an instance is exported, wiped and restored, and every figure of every partner is the same", async (t) => {
  await setting(t);
  const text = await exported(t);
  const [before, figured] = [await said(t), await figures(t)];
  assert.ok(Object.keys(before).length > 30 && JSON.parse(before["program feed"]).log.revenue.amount.length > 5);
  for (const [name, body] of Object.entries(before)) assert.ok(!body.includes('"error"'), `${name}: ${body}`);
  await restored(text, async (r, answer) => {
    assert.equal(answer.program.name, "Northbeam");
    const after = await said(r);
    for (const name of Object.keys(before)) assert.equal(after[name], before[name], name);
    assert.deepEqual(await figures(r), figured);
    // Exported again, it is the same but for when, and for the keys that the restoring made.
    const again = await exported(r);
    assert.deepEqual(tablesOf(again), tablesOf(text));
    const fresh = ({ audit }) => audit?.[2] === "restore" || (audit && ["sign_in"].includes(audit[3]));
    const settled = (lines) => rowsOf(lines).filter((row) => !fresh(row));
    assert.deepEqual(settled(again), settled(text));
    const log = (await r.api("GET", "/audit?actor=restore")).body;
    assert.deepEqual(log.map(({ kind, action }) => `${kind} ${action}`), ["key created", "key created"]);
    assert.deepEqual(await r.rows("SELECT count(*) AS n FROM restore_part"), [{ n: 0 }]);
    // It lives on: triggers are there, what came before is known, and what is new is counted.
    const triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name";
    assert.deepEqual(await r.rows(triggers), await t.rows(triggers));
    assert.deepEqual(await r.rows("SELECT * FROM click_day WHERE count > 0"), await t.rows("SELECT * FROM click_day WHERE count > 0"));
    const sale = { id: "s1", type: "revenue", kind: "renewal", at: day(4, 10), customer: "a", amount: 10_005, currency: "USD", invoice: "s1" };
    assert.equal((await r.facts([sale])).body.results[0].status, "duplicate");
    const more = await r.facts([{ ...sale, id: "s9", invoice: "s9" }, { id: "t9", type: "touch", kind: "click", at: day(0, 1), link: "ada-analytics", customer: "a" }]);
    assert.equal(more.body.recorded, 2);
    assert.equal((await r.click("ada-analytics")).status, 302);
    const [{ n: touches }] = await r.rows("SELECT count(*) AS n FROM touch WHERE source <> 'claim'");
    assert.ok([touches, touches + 1].includes((await r.rows("SELECT sum(count) AS n FROM click_day"))[0].n));
    assert.equal((await restore(r, text)).status, 409);
  });
});

test("every table is exported, or left out for a reason", async (t) => {
  const { tables, left } = JSON.parse((await exported(t)).split("\n")[0]);
  const there = await t.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'");
  assert.deepEqual([...Object.keys(tables), ...Object.keys(left)].sort(), there.map(({ name }) => name).sort(), "see crates/edge/src/store/archive.rs");
  for (const [name, why] of Object.entries(left)) assert.ok(why.length > 10, name);
  for (const [name, columns] of Object.entries(tables)) {
    const all = await t.rows("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0", name);
    assert.deepEqual(columns, all.map((column) => column.name), name);
  }
});

test("a client that gives up on the last part gets its keys by sending it again, until it comes in", async (t) => {
  await setting(t);
  const text = await exported(t);
  const lines = text.trimEnd().split("\n");
  const empty = await start({ setup: false });
  try {
    assert.equal((await restore(empty, lines.slice(0, -1).join("\n"))).status, 200);
    const last = lines.at(-1);
    const headers = { authorization: `Bearer ${empty.setupSecret}`, "content-type": "application/x-ndjson" };
    await empty.fetch("/api/restore", { method: "POST", headers, body: last, signal: AbortSignal.timeout(1) }).catch(() => {});
    // The request that was given up may still be at work: whoever meets it is told to send again.
    let first = await restore(empty, last);
    for (let tries = 0; tries < 20 && first.status === 409 && /send them again$/.test(first.body.error.message); tries += 1) first = await restore(empty, last);
    assert.equal(first.status, 201, JSON.stringify(first.body));
    const again = await restore(empty, last);
    assert.deepEqual([again.status, again.body], [201, first.body]);
    assert.equal((await restore(empty, text)).status, 409);
    empty.apiKey = first.body.apiKey;
    assert.equal((await empty.api("GET", "/program")).status, 200);
    await empty.until("SELECT count(*) FROM api_key WHERE last_used_at IS NOT NULL", 1);
    assert.equal((await restore(empty, last)).status, 409);
    assert.deepEqual(await empty.rows("SELECT count(*) AS n FROM api_key"), [{ n: 2 }]);
  } finally {
    await empty.stop();
  }
});

test("in parts, cut off, repeated and at once: nothing shows before the end, and everything is there once", async (t) => {
  await setting(t);
  const text = await exported(t);
  const lines = text.trimEnd().split("\n");
  const empty = await start({ setup: false });
  try {
    const part = (from, to) => restore(empty, lines.slice(from, to).join("\n"));
    const count = async () => (await empty.rows("SELECT (SELECT count(*) FROM touch) + (SELECT count(*) FROM link) + (SELECT count(*) FROM member) AS n"))[0].n;
    // Cut off in the middle of a line: nothing of it is taken.
    const cut = await restore(empty, text.slice(0, text.length / 3));
    assert.equal(cut.status, 422);
    assert.match(cut.body.error.message, /^line \d+: must be a JSON object, whole/);
    assert.deepEqual(await empty.rows("SELECT * FROM restore"), []);
    assert.deepEqual((await part(0, 20)).body, { rows: 19 });
    assert.deepEqual((await part(0, 20)).body, { rows: 19 });
    const gap = await part(30, 40);
    assert.deepEqual([gap.status, gap.body.error.message], [409, "n: must go on with row 20"]);
    const both = await Promise.all([part(10, 50), part(20, 50), part(20, 50)]);
    assert.ok(both.every(({ status }) => status === 200 || status === 409) && both.some(({ status }) => status === 200), JSON.stringify(both));
    assert.deepEqual((await part(20, 50)).body, { rows: 49 });
    assert.equal(await count(), 0);
    assert.equal((await empty.fetch("/ada-analytics")).status, 404);
    assert.equal((await empty.fetch("/p/ada-analytics")).status, 404);
    // Without the last line nothing comes of it; with it and a hole neither.
    assert.equal((await part(50, -1)).status, 200);
    assert.equal(await count(), 0);
    const done = await restore(empty, text);
    assert.equal(done.status, 201, JSON.stringify(done.body));
    empty.apiKey = done.body.apiKey;
    assert.deepEqual(rowsOf(await exported(empty)).filter(({ audit }) => audit?.[2] !== "restore"), rowsOf(text));
    assert.equal((await part(0, 20)).status, 409);
  } finally {
    await empty.stop();
  }
});

test("a setup in the middle of a restore leaves nothing of the export behind", async (t) => {
  await t.partner("Ada Analytics");
  const lines = (await exported(t)).trimEnd().split("\n");
  const half = lines.length >> 1;
  const empty = await start({ setup: false });
  try {
    assert.equal((await restore(empty, lines.slice(0, half).join("\n"))).status, 200);
    await empty.setup();
    for (const table of ["restore", "restore_part"]) assert.deepEqual(await empty.rows(`SELECT * FROM ${table}`), [], table);
    assert.equal((await restore(empty, lines.slice(half).join("\n"))).status, 409);
  } finally {
    await empty.stop();
  }
});

test("what is no export is refused by line and rule, and leaves the instance empty", async (t) => {
  await t.partner("Ada Analytics");
  const text = await exported(t);
  const lines = text.trimEnd().split("\n");
  const header = JSON.parse(lines[0]);
  const changed = (at, change) => lines.with(at, typeof change === "string" ? change : JSON.stringify(change(JSON.parse(lines[at])))).join("\n");
  const program = lines.findLastIndex((line) => line.includes('"program":['));
  const renumbered = (rows) => [lines[0], ...rows.map((row, i) => JSON.stringify({ n: i + 1, ...row }))].join("\n");
  const empty = await start({ setup: false });
  try {
    for (const [what, body, status, rule] of [
      ["nothing", "", 422, /^line 1: must be the first line of an export/],
      ["no JSON", "id,name\n1,2", 422, /^line 1: must be a JSON object/],
      ["no header", lines.slice(1).join("\n"), 422, /^line 1: must be the first line/],
      ["another form", changed(0, (head) => ({ ...head, tributary: 9 })), 422, /^line 1: tributary: must be 1/],
      ["a table that is none", changed(0, (head) => ({ ...head, tables: { ...head.tables, wages: ["id"] } })), 422, /^line 1: tables: "wages" is not known/],
      ["a table of secrets", changed(0, (head) => ({ ...head, tables: { ...head.tables, api_key: ["id", "hash"] } })), 422, /^line 1: tables: "api_key" is not known/],
      ["SQL for a table", changed(0, (head) => ({ ...head, tables: { ...head.tables, 'touch"; DROP TABLE touch; --': ["key"] } })), 422, /^line 1: tables: .* is not known/],
      ["SQL for a column", changed(0, (head) => ({ ...head, tables: { ...head.tables, touch: ['key") SELECT 1; --'] } })), 422, /^line 1: tables\.touch: .* is not known/],
      ["a column that is none", changed(0, (head) => ({ ...head, tables: { ...head.tables, touch: ["key", "colour"] } })), 422, /^line 1: tables\.touch: "colour" is not known/],
      ["a column that is computed", changed(0, (head) => ({ ...head, tables: { ...head.tables, customer: ["id", "root_id"] } })), 422, /^line 1: tables\.customer: "root_id" is not known/],
      ["too few values", changed(2, ({ n }) => ({ n, partner: ["x"] })), 422, /^line 3: partner: must be an array of \d+ values/],
      ["a value that is none", changed(program, ({ n, program: row }) => ({ n, program: row.with(0, { id: 1 }) })), 422, /^line \d+: program\.id: must be a text, a whole number or null/],
      ["a number that is broken", changed(program, ({ n, program: row }) => ({ n, program: row.with(1, 1.5) })), 422, /^line \d+: program\.single: must be/],
      ["no number", changed(2, ({ n, ...row }) => row), 422, /^line 3: n: must be the number/],
      ["a line taken out", lines.toSpliced(3, 1).join("\n"), 409, /^n: must go on with row 3/],
      ["lines behind the end", `${text}${lines[3]}`, 422, /^line \d+: must not follow/],
      ["a changed value", changed(program, ({ n, program: row }) => ({ n, program: row.with(2, "Others") })), 422, /^end: the lines are not those/],
      ["another's end", changed(lines.length - 1, (end) => ({ ...end, digest: "0".repeat(64) })), 422, /^end: the lines are not those/],
      ["not settled", changed(lines.length - 1, (end) => ({ ...end, end: false })), 422, /^end: the export was not finished/],
      ["too long", text.padEnd(1024 * 1024 + 1), 413, /at most 1048576 bytes/],
      ["no text", Buffer.from([0xff, 0xfe]), 400, /UTF-8/],
    ]) {
      const response = await empty.fetch("/api/restore", { method: "POST", headers: { authorization: `Bearer ${empty.setupSecret}` }, body });
      const answer = await response.json();
      assert.equal(response.status, status, `${what}: ${JSON.stringify(answer)}`);
      assert.match(answer.error.message, rule, what);
      assert.deepEqual(await empty.rows("SELECT * FROM restore"), [], what);
    }
    for (const key of [null, "wrong", t.apiKey]) assert.equal((await restore(empty, text, key)).status, 401);
    // Rows that do not go together, though nothing was lost on the way: as an export would say it.
    const { createHash } = await import("node:crypto");
    const hash = (said) => createHash("sha256").update(said).digest("hex");
    const forged = (rows) => {
      const all = renumbered(rows).split("\n");
      const digest = all.slice(1).reduce((before, line) => hash(before + line), hash(all[0]));
      return [...all, JSON.stringify({ end: true, rows: rows.length, digest })].join("\n");
    };
    const rows = rowsOf(text);
    const link = header.tables.link.indexOf("partner_id");
    for (const [what, wrong] of [
      ["a link of nobody's", rows.map((row) => (row.link ? { link: row.link.with(link, "pn_nobody") } : row))],
      ["a row twice", [...rows, rows.find((row) => row.partner)]],
      ["no program", rows.filter((row) => !row.program)],
      ["two programs", [...rows, rows.find((row) => row.program)]],
      ["a role that is none", rows.map((row) => (row.member ? { member: row.member.map((value) => (value === "owner" ? "king" : value)) } : row))],
      ["a text for a time", rows.map((row) => (row.program ? { program: row.program.with(header.tables.program.indexOf("created_at"), "today") } : row))],
      ["nothing for a name", rows.map((row) => (row.program ? { program: row.program.with(header.tables.program.indexOf("name"), null) } : row))],
    ]) {
      const answer = await restore(empty, forged(wrong));
      assert.equal(answer.status, 422, `${what}: ${JSON.stringify(answer.body)}`);
      assert.match(answer.body.error.message, /^end: the rows do not fit each other/, what);
      for (const table of ["restore", "restore_part", "partner", "program", "link", "audit"]) assert.deepEqual(await empty.rows(`SELECT * FROM ${table}`), [], `${what}: ${table}`);
    }
    assert.equal((await restore(empty, forged(rows))).status, 201);
  } finally {
    await empty.stop();
  }
});

test("a store that fails at each step: nothing is half-written, and it goes on where it stopped", async (t) => {
  await setting(t);
  const text = await exported(t);
  const empty = await start({ setup: false });
  try {
    const broken = async (instance, table, act) => {
      await instance.db.prepare(`ALTER TABLE ${table} RENAME TO gone`).run();
      try {
        return await act();
      } finally {
        await instance.db.prepare(`ALTER TABLE gone RENAME TO ${table}`).run();
      }
    };
    for (const table of ["program", "restore", "restore_part", "touch"]) {
      assert.equal((await broken(empty, table, () => restore(empty, text))).status, 503, table);
      assert.deepEqual(await empty.rows("SELECT * FROM restore"), [], table);
    }
    // At the last step of all, once in the midst and once at its end.
    for (const sql of [
      "CREATE TABLE aside (x INTEGER REFERENCES touch (absent))",
      "CREATE TRIGGER broken BEFORE INSERT ON api_key BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    ]) {
      await empty.db.prepare(sql).run();
      assert.equal((await restore(empty, text)).status, 503, sql);
      for (const table of ["program", "touch", "audit", "api_key"]) assert.deepEqual(await empty.rows(`SELECT * FROM ${table}`), [], table);
      assert.ok((await empty.rows("SELECT rows FROM restore"))[0].rows > 50);
      await empty.db.prepare(sql.includes("TABLE") ? "DROP TABLE aside" : "DROP TRIGGER broken").run();
    }
    const last = text.trimEnd().split("\n").at(-1);
    assert.equal((await restore(empty, last)).status, 201);
    for (const [query, table] of [["kind=sales", "revenue"], ["kind=everything", "audit"], ["kind=everything", "stripe_refund"]]) {
      const { status } = await broken(t, table, () => file(t, query));
      assert.equal(status, 503, `${query} ${table}`);
    }
    // It fails once it is on its way: the file has no last line.
    await t.db.prepare("UPDATE partner_group SET created_at = 9223372036854775807").run();
    const half = await file(t, "kind=everything").catch((error) => ({ status: 200, error }));
    assert.equal(half.status, 200);
    assert.ok(half.error || !half.bytes.toString().includes('{"end"'), half.bytes?.toString().slice(-300));
  } finally {
    await empty.stop();
  }
});

test("DuckDB and a spreadsheet program open every kind, and count what the database counts", async (t) => {
  await setting(t);
  const folder = await mkdtemp(path.join(tmpdir(), "export-"));
  const duck = await (await DuckDBInstance.create(":memory:")).connect();
  const ask = async (sql) => (await duck.runAndReadAll(sql)).getRowObjectsJson();
  try {
    const counts = {
      touches: "touch", leads: "milestone WHERE kind LIKE 'lead.%'", opportunities: "milestone WHERE kind LIKE 'opportunity.%'", sales: "revenue", facts: "fact", clicks: "click_day",
      customers: "customer", partners: "partner", links: "link", coupons: "coupon", deals: "deal", statements: "statement WHERE part = 0",
    };
    const { body } = await t.api("GET", "/export?kind=none");
    assert.deepEqual(Object.keys(counts), body.error.message.split("one of ")[1].split(", "));
    for (const [kind, from] of Object.entries(counts)) {
      const [{ n }] = await t.rows(`SELECT count(*) AS n FROM ${from}`);
      assert.ok(n > 0, kind);
      const read = {};
      for (const format of ["csv", "ndjson"]) {
        const { status, headers, bytes } = await file(t, `kind=${kind}&format=${format}`);
        assert.equal(status, 200, `${kind} ${bytes}`);
        assert.equal(headers.get("content-disposition"), `attachment; filename="tributary-${kind}.${format}"`);
        const at = path.join(folder, `${kind}.${format}`);
        await writeFile(at, bytes);
        read[format] = await ask(`SELECT * FROM '${at}'`);
        assert.equal(read[format].length, n, `${kind} ${format}`);
      }
      assert.deepEqual(Object.keys(read.csv[0]), Object.keys(read.ndjson[0]), kind);
      const book = spreadsheet.readFile(path.join(folder, `${kind}.csv`), { raw: true });
      const sheet = spreadsheet.utils.sheet_to_json(book.Sheets[book.SheetNames[0]], { raw: true });
      assert.equal(sheet.length, n, kind);
      assert.deepEqual(Object.keys(sheet[0]).filter((name) => !(name in read.csv[0])), [], kind);
    }
    const amounts = await t.rows("SELECT kind, currency, sum(amount) AS amount FROM revenue GROUP BY kind, currency ORDER BY kind, currency");
    assert.ok(amounts.length > 3);
    for (const format of ["csv", "ndjson"]) {
      const sums = await ask(`SELECT kind, currency, CAST(sum(amount) AS DOUBLE) AS amount FROM '${path.join(folder, `sales.${format}`)}' GROUP BY ALL ORDER BY kind, currency`);
      assert.deepEqual(sums, amounts, format);
      const [{ type }] = await ask(`SELECT typeof("at") AS type FROM '${path.join(folder, `sales.${format}`)}' LIMIT 1`);
      assert.match(type, /TIMESTAMP/, format);
    }
    const book = spreadsheet.readFile(path.join(folder, "sales.csv"));
    const sold = spreadsheet.utils.sheet_to_json(book.Sheets[book.SheetNames[0]]);
    for (const { kind, currency, amount } of amounts) {
      assert.equal(sold.filter((row) => row.kind === kind && row.currency === currency).reduce((sum, row) => sum + row.amount, 0), amount);
    }
    // Texts that a spreadsheet would compute are texts there, and as they were recorded in NDJSON.
    const names = (rows) => NASTY.map((_, i) => rows.find(({ externalId }) => externalId === `nasty-${i}`).name);
    const stored = names(await t.rows("SELECT external_id AS externalId, name FROM customer"));
    assert.deepEqual(names(await ask(`SELECT * FROM '${path.join(folder, "customers.ndjson")}'`)), stored);
    const guarded = stored.map((name) => (/^[=+\-@]/.test(name) ? `'${name}` : name));
    assert.notDeepEqual(guarded, stored);
    assert.deepEqual(names(await ask(`SELECT * FROM '${path.join(folder, "customers.csv")}'`)), guarded);
    const people = spreadsheet.readFile(path.join(folder, "customers.csv"));
    const cells = Object.values(people.Sheets[people.SheetNames[0]]);
    assert.ok(cells.every((cell) => cell.f === undefined), "a formula");
    assert.deepEqual(names(spreadsheet.utils.sheet_to_json(people.Sheets[people.SheetNames[0]])).map((name) => name.replace(/\r?\n/g, "\n")), guarded.map((name) => name.replace(/\r?\n/g, "\n")));
  } finally {
    duck.closeSync();
    await rm(folder, { recursive: true });
  }
});

test("rows of a time, in more pages than one", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const at = (i) => new Date(Date.parse(day(3, 1)) + i * 1_000).toISOString();
  for (const block of [0, 1, 2, 3, 4]) {
    await recorded(t, Array.from({ length: 500 }, (_, i) => ({ id: `t${block}-${i}`, type: "touch", kind: "click", at: at(block * 500 + i), link: "ada-analytics", visitor: `v${i % 7}` })));
  }
  const rows = async (query) => (await file(t, `kind=touches&format=ndjson${query}`)).bytes.toString().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const all = await rows("");
  assert.deepEqual(all.map((row) => row.at), Array.from({ length: 2_500 }, (_, i) => at(i)));
  assert.ok(all.every((row) => row.partnerId === ada.id && row.link === "ada-analytics"));
  const some = await rows(`&from=${at(100)}&to=${at(2_200)}`);
  assert.deepEqual(some.map((row) => row.at), Array.from({ length: 2_100 }, (_, i) => at(100 + i)));
  assert.deepEqual(await rows(`&from=${at(100)}&to=${at(100)}`), []);
  const lines = (await file(t, "kind=clicks")).bytes.toString().split("\r\n");
  assert.equal(lines[0], "\ufeffday,partnerId,partner,linkId,utmCampaign,kind,mark,count");
  assert.equal(lines[1], `${day(3, 1).slice(0, 10)},${ada.id},Ada Analytics,${all[0].linkId},"",click,counted,2500`);
  // The whole instance, in as many requests as it takes.
  const text = await exported(t);
  const parts = [""];
  for (const line of text.trimEnd().split("\n")) {
    if (parts.at(-1).length + line.length > 100_000) parts.push("");
    parts[parts.length - 1] += `${line}\n`;
  }
  assert.ok(parts.length > 3);
  const empty = await start({ setup: false });
  try {
    for (const part of parts.slice(0, -1)) assert.equal((await restore(empty, part)).status, 200);
    const { status, body } = await restore(empty, parts.at(-1));
    assert.equal(status, 201, JSON.stringify(body));
    const order = "SELECT key FROM touch ORDER BY rowid";
    assert.deepEqual(await empty.rows(order), await t.rows(order));
    assert.deepEqual(await empty.rows("SELECT * FROM click_day"), await t.rows("SELECT * FROM click_day"));
  } finally {
    await empty.stop();
  }
});

test("what cannot be asked, and who may not", async (t) => {
  const { ada, eve } = await setting(t);
  for (const [query, field] of [
    ["", "kind"], ["kind=", "kind"], ["kind=Sales", "kind"], ["kind=session", "kind"], ["kind=api_key", "kind"], ["kind=sales;drop", "kind"],
    ["kind=sales&format=xlsx", "format"], ["kind=everything&format=csv", "format"], ["kind=sales&from=yesterday", "from"], ["kind=sales&to=2026-13-01", "to"],
    ["kind=sales&from=1", "from"], [`kind=everything&from=${day(3, 1)}`, "from"], [`kind=everything&to=${day(3, 1)}`, "to"],
  ]) {
    const { status, body } = await t.api("GET", `/export?${query}`);
    assert.equal(status, 422, query);
    assert.ok(body.error.message.startsWith(`${field}: must`), `${query}: ${body.error.message}`);
  }
  const key = async (...scopes) => ({ headers: { authorization: `Bearer ${good(await t.api("POST", "/keys", { name: "reader", scopes })).key}` } });
  assert.equal((await file(t, "kind=sales", { headers: {} })).status, 401);
  assert.equal((await file(t, "kind=sales", await key("links:read"))).status, 403);
  const reader = await key("facts:read");
  for (const [kind, scope] of [["customers", "customers:read"], ["partners", "partners:read"], ["links", "links:read"], ["coupons", "coupons:read"], ["deals", "deals:read"], ["statements", "statements:read"], ["everything", "program:read"]]) {
    const { status, bytes } = await file(t, `kind=${kind}`, reader);
    assert.deepEqual([status, bytes.includes(scope)], [403, true], kind);
    if (kind !== "everything") assert.equal((await file(t, `kind=${kind}`, await key("facts:read", scope))).status, 200, kind);
  }
  for (const kind of ["touches", "leads", "opportunities", "sales", "facts", "clicks"]) assert.equal((await file(t, `kind=${kind}`, reader)).status, 200, kind);
  // Nothing secret leaves.
  const text = await exported(t);
  for (const { hash } of await t.rows("SELECT hash FROM api_key UNION SELECT hash FROM session UNION SELECT hash FROM sign_in")) assert.ok(!text.includes(hash));
  // A partner's people: rows of their feed, as it shows them.
  const cookie = await t.signIn(ada);
  const log = (await t.feed({ cookie })).body.log;
  const own = async (kind) => (await file(t, `kind=${kind}&format=ndjson`, { headers: { cookie } })).bytes.toString().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const sales = await own("sales");
  assert.deepEqual(sales.map(({ amount }) => amount), log.revenue.amount);
  assert.deepEqual(sales.map(({ customer }) => customer), log.revenue.customer.map((i) => log.customers[i]));
  const touches = await own("touches");
  assert.equal(touches.length, log.touches.at.length);
  assert.ok(touches.some(({ partner }) => partner === "Ada Analytics") && touches.some(({ partner }) => partner === "another partner"));
  assert.ok((await own("leads")).length > 0);
  for (const kind of ["touches", "leads", "sales"]) {
    const { bytes } = await file(t, `kind=${kind}`, { headers: { cookie } });
    for (const secret of [eve.id, eve.name, "eve-agency", "eve-two", "EVE10", "@", "Größe", "7777"]) assert.ok(!bytes.includes(secret), `${kind} shows ${secret}`);
  }
  const none = await file(t, `kind=sales&format=ndjson&to=${day(30, 1)}`, { headers: { cookie } });
  assert.deepEqual([none.status, none.bytes.length], [200, 0]);
  for (const kind of ["opportunities", "facts", "clicks", "customers", "partners", "links", "coupons", "deals", "statements", "everything"]) {
    assert.equal((await file(t, `kind=${kind}`, { headers: { cookie } })).status, 403, kind);
  }
  const lines = text.trimEnd().split("\n");
  assert.deepEqual({ ...JSON.parse(lines.at(-1)), digest: "" }, { end: true, rows: lines.length - 2, digest: "" });
});
