// Clicks of visitors whom nobody knows leave D1 for R2 once no lead can claim them any more, and no figure changes.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { start } from "../support/instance.mjs";
import { test } from "../support/test.mjs";
import { bytesOf, idOf, millis, read, sign } from "../support/token.mjs";

const DAY = 24 * 60 * 60 * 1000;
const ago = (days) => Date.now() - days * DAY;
const touchId = (at) => idOf("clk", Buffer.concat([millis(at), randomBytes(10)]));

/** Touches as the queue brings them: days ago, partner's link, visitor. */
async function clicks(t, list) {
  const queue = await t.mf.getQueueProducer("TOUCHES");
  const touches = list.map(([days, link, visitor, more]) => ({
    id: touchId(ago(days)), kind: "click", mark: "counted", link: link.id, partner: link.partnerId, utm: {}, ...(visitor && { visitor }), ...more,
  }));
  const [{ n }] = await t.rows("SELECT count(*) AS n FROM touch");
  for (let from = 0; from < touches.length; from += 100) await queue.send({ v: 2, touches: touches.slice(from, from + 100) });
  await t.until("SELECT count(*) AS n FROM touch", n + touches.length);
  return touches;
}

const hourly = async (t, at = Date.now()) => (await t.mf.getWorker("tributary")).scheduled({ cron: "7 * * * *", scheduledTime: new Date(at) });
const objects = async (t) => (await (await t.mf.getR2Bucket("SEGMENTS")).list({ prefix: "touches/" })).objects.map(({ key }) => key);
const kept = async (t) => (await t.rows("SELECT key FROM touch ORDER BY key")).map(({ key }) => key);

/** What every reader is told: tags are those of the facts, byte by byte. */
async function told(t, readers) {
  const headers = [{ authorization: `Bearer ${t.apiKey}` }, ...readers.map((cookie) => ({ cookie }))];
  const tag = async (headers) => (await t.fetch("/api/feed", { headers })).headers.get("etag");
  return Promise.all(headers.map(tag));
}

/** Two partners, and clicks of visitors of every kind; `gone` are those that are to leave. */
async function setting(t) {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  const link = async (key, partner) => (await t.api("POST", "/links", { url: "https://example.com/", key, partnerId: partner.id })).body;
  const [a, e] = [await link("ada-x", ada), await link("eve-x", eve)];
  const campaign = (campaign) => ({ utm: { campaign } });
  const gone = await clicks(t, [
    [200, a, "v1", campaign("spring")], [199, e, "v1"], [150, a, "v1"],
    [180, a, "v2", campaign("spring")], [179, e, "v2"], [101, a, "v2"],
    [170, a], [170, e, undefined, campaign("autumn")], [169, a],
    [160, a, "v3", { mark: "bot" }], [155, a, "v4"], [154.999, a, "v4"],
  ]);
  const stay = await clicks(t, [
    // Known; of late; too young; came back; told of by a backend.
    [150, a, "known"], [140, e, "known"], [10, a, "late"], [99, e, "young"], [150, a, "back"], [20, a, "back"], [150, e, "told"], [10, e],
  ]);
  const { body } = await t.facts([
    { id: "l", type: "lead.created", at: new Date(ago(120)).toISOString(), customer: "c1", visitor: "known" },
    { id: "r", type: "revenue", kind: "new", at: new Date(ago(110)).toISOString(), customer: "c1", amount: 900, currency: "EUR" },
    { id: "f", type: "touch", kind: "click", at: new Date(ago(149)).toISOString(), link: "ada-x", visitor: "told" },
  ]);
  assert.equal(body.recorded, 3, JSON.stringify(body));
  const readers = [await t.signIn(ada), await t.signIn(eve)];
  return { ada, a, e, gone, stay, readers };
}

test("what leaves is in R2 under its hash, and no reader is told anything else", async (t) => {
  const { gone, readers } = await setting(t);
  const [before, there, days] = [await told(t, readers), await kept(t), await t.rows("SELECT * FROM click_day")];
  const [rows] = [await t.rows("SELECT * FROM touch ORDER BY at, rowid")];
  await hourly(t);
  const left = gone.map(({ id }) => id);
  assert.deepEqual(await kept(t), there.filter((key) => !left.includes(key)));
  assert.deepEqual(await told(t, readers), before);
  assert.deepEqual(await t.rows("SELECT * FROM click_day"), days);
  const [name, ...more] = await objects(t);
  assert.deepEqual(more, []);
  const text = await (await (await t.mf.getR2Bucket("SEGMENTS")).get(name)).text();
  assert.equal(name, `touches/${new Date(ago(101)).toISOString().slice(0, 7)}/${createHash("sha256").update(text).digest("hex")}`);
  const [columns, ...lines] = text.split("\n").map((line) => JSON.parse(line));
  const sealed = lines.map((line) => Object.fromEntries(columns.map((column, i) => [column, line[i]])));
  assert.deepEqual(sealed, rows.filter(({ key }) => left.includes(key)));
  const [segment] = await t.rows("SELECT name, rows FROM segment");
  assert.deepEqual(segment, { name, rows: left.length });
  // The next run finds nothing; what is older by then leaves then, and is added to the paths.
  await hourly(t);
  assert.deepEqual(await objects(t), [name]);
  await hourly(t, Date.now() + 95 * DAY);
  assert.equal((await objects(t)).length, 2);
  assert.deepEqual(await told(t, readers), before);
  assert.deepEqual((await kept(t)).length, 4);
  assert.deepEqual(await t.rows("SELECT * FROM sealing"), []);
});

test("what has left cannot be claimed, as it could not before", async (t) => {
  const { a, readers } = await setting(t);
  const [old] = await clicks(t, [[101, a]]);
  const [{ n: before }] = await t.rows("SELECT count(*) AS n FROM touch");
  const { body } = read((await t.click("ada-x")).token);
  await t.until("SELECT count(*) AS n FROM touch", before + 1);
  const token = (id) => sign(Buffer.concat([body.subarray(0, 3), bytesOf(id), body.subarray(19)]), t.keys);
  const claim = (id, customer = "late") => t.api("POST", "/track/lead", { clickId: token(id), eventName: "Sign up", customerExternalId: customer });
  const first = await claim(old.id);
  assert.deepEqual([first.status, first.body.click, first.body.link], [200, { id: "" }, null]);
  await hourly(t);
  const said = await told(t, readers);
  assert.deepEqual((await claim(old.id)).body, first.body);
  assert.deepEqual(await told(t, readers), said);
  assert.ok(!(await kept(t)).includes(old.id));
  // One that can still be claimed is still there.
  const [fresh] = await clicks(t, [[89, a]]);
  await hourly(t);
  const second = await claim(fresh.id, "in-time");
  assert.equal(second.body.link?.id, a.id, JSON.stringify(second.body));
  const [{ n }] = await t.rows("SELECT count(*) AS n FROM touch WHERE key = ?1 AND customer_id IS NOT NULL", fresh.id);
  assert.equal(n, 1);
});

test("a lead that is told of too late for its visitor's clicks is recorded, and says so", async (t) => {
  const { a } = await setting(t);
  const lead = (id, days, visitor) => ({ id, type: "lead.created", at: new Date(ago(days)).toISOString(), customer: id, ...(visitor && { visitor }) });
  const warnings = async (...leads) => (await t.facts(leads)).body.results.map(({ status, warning }) => [status, Boolean(warning)]);
  assert.deepEqual(await warnings(lead("l1", 119, "v3")), [["recorded", false]], "nothing has left so far");
  await hourly(t);
  const twice = lead("l2", 145, "v1");
  assert.deepEqual(await warnings(twice, lead("l3", 145), lead("l4", 5, "late"), twice), [
    ["recorded", true], ["recorded", false], ["recorded", false], ["duplicate", false],
  ]);
  const { body } = await t.facts([lead("l5", 145, "v2")]);
  assert.match(body.results[0].warning, /^visitor: clicks that counted for leads before 20/);
});

test("under a long window nothing leaves that may count", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { body: link } = await t.api("POST", "/links", { url: "https://example.com/", key: "ada-x", partnerId: ada.id });
  const [{ policy }] = await t.rows("SELECT policy FROM program");
  const longer = policy.replace('"window":90', '"window":180');
  assert.notEqual(longer, policy);
  await t.rows("UPDATE program SET policy = ?1", longer);
  await clicks(t, [[140, link, "slow"]]);
  for (const [days, left] of [[0, 1], [49, 1], [51, 0]]) {
    await hourly(t, Date.now() + days * DAY);
    assert.equal((await kept(t)).length, left, `${days} days`);
  }
});

test("a run that breaks off is repeated, and leaves nothing twice", async (t) => {
  const { gone, readers } = await setting(t);
  const [before, there] = [await told(t, readers), await kept(t)];
  const broken = [
    "CREATE TRIGGER broken BEFORE INSERT ON segment BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    "CREATE TRIGGER broken BEFORE INSERT ON sealed_path BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    "CREATE TRIGGER broken BEFORE DELETE ON touch BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    "CREATE TRIGGER broken BEFORE DELETE ON sealing BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    // One of them becomes somebody between the two steps.
    "CREATE TRIGGER broken AFTER INSERT ON sealing BEGIN INSERT INTO identity SELECT 'v1', id, 1 FROM customer; END",
  ];
  for (const sql of broken) {
    await t.db.prepare(sql).run();
    await hourly(t);
    assert.equal((await objects(t)).length, 1, sql);
    for (const table of ["segment", "sealed_path", "sealing"]) assert.deepEqual(await t.rows(`SELECT * FROM ${table}`), [], sql);
    assert.deepEqual([await kept(t), await told(t, readers)], [there, before], sql);
    await t.db.prepare("DROP TRIGGER broken").run();
  }
  await hourly(t);
  assert.equal((await objects(t)).length, 1);
  assert.equal((await kept(t)).length, there.length - gone.length);
  assert.deepEqual(await told(t, readers), before);
});

test("without R2 everything stays", { bucket: false }, async (t) => {
  await setting(t);
  const there = await kept(t);
  await hourly(t);
  assert.deepEqual(await kept(t), there);
});

test("many leave in several objects, and every one is exported", async (t) => {
  const { a, readers } = await setting(t);
  await clicks(t, Array.from({ length: 2_100 }, (_, i) => [120 + (i % 50), a, i % 3 ? undefined : `m${i % 500}`]));
  const before = await told(t, readers);
  const file = async (query) => {
    const response = await t.fetch(`/api/export?${query}`, { headers: { authorization: `Bearer ${t.apiKey}` } });
    assert.equal(response.status, 200);
    return response.text();
  };
  const lines = (text) => text.trimEnd().split(/\r?\n/).sort();
  const months = `kind=touches&format=ndjson&from=${new Date(ago(160)).toISOString()}&to=${new Date(ago(130)).toISOString()}`;
  const [csv, part, all] = [await file("kind=touches"), await file(months), await file("kind=everything")];
  await hourly(t);
  assert.equal((await objects(t)).length, 2);
  assert.equal((await kept(t)).length, 9);
  assert.deepEqual(await told(t, readers), before);
  const same = (a, b) => assert.ok(a.length > 500 && a.join("\n") === b.join("\n"), `${a.length} and ${b.length} lines`);
  same(lines(await file("kind=touches")), lines(csv));
  same(lines(await file(months)), lines(part));
  const sealed = await file("kind=everything");
  const touches = (text) => lines(text).map((line) => JSON.parse(line)).filter(({ touch }) => touch).map(({ touch }) => JSON.stringify(touch)).sort();
  same(touches(sealed), touches(all));
  assert.deepEqual(JSON.parse(sealed.trimEnd().split("\n").at(-1)).end, true);

  // Restored it says the same, and goes on sealing.
  const other = await start({ setup: false });
  try {
    const { status, body } = await other.api("POST", "/restore", sealed, { key: other.setupSecret, headers: { "content-type": "application/x-ndjson" } });
    assert.equal(status, 201, JSON.stringify(body));
    other.apiKey = body.apiKey;
    const log = async (t) => {
      const { log } = (await t.feed()).body;
      return { ...log, links: log.links.map(({ key, partner }) => [key, partner]) };
    };
    const expected = await log(t);
    assert.ok(expected.paths.count.length > 5);
    assert.deepEqual(await log(other), expected);
    await hourly(other);
    assert.equal((await kept(other)).length, 9);
    assert.deepEqual(await log(other), expected);
  } finally {
    await other.stop();
  }

  // A lost object is no export without it, rather than one that lacks rows.
  await (await t.mf.getR2Bucket("SEGMENTS")).delete((await objects(t))[1]);
  const cut = await t.fetch("/api/export?kind=everything", { headers: { authorization: `Bearer ${t.apiKey}` } }).then((response) => response.text(), () => "");
  assert.ok(!cut.includes('"end":true'));
});
