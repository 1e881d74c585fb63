// Months that are over: segments of the feed, which a browser keeps for ever.

import assert from "node:assert/strict";
import { PARTS, WHOLE, visit } from "../support/parts.mjs";
import { test } from "../support/test.mjs";

const DAY = 24 * 60 * 60 * 1000;
/** A time in the month so many months ago. */
const month = (ago, day = 5, hour = 0) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, day, hour)).toISOString();
};
/** The months whose segments are there, with the one that ended last week left out: the oldest first. */
const MONTHS = [5, 4, 3, 2];

async function record(t, facts) {
  for (let from = 0; from < facts.length; from += 500) {
    const { status, body } = await t.facts(facts.slice(from, from + 500));
    assert.equal(status, 200, JSON.stringify(body).slice(0, 300));
    assert.deepEqual(body.results?.filter(({ error }) => error) ?? [], []);
  }
}

/** Two partners, and in each of four months 600 touches and 20 sales of customers who are Ada's, or both partners'. */
async function setting(t) {
  const [ada, eve, ivy] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency"), await t.partner("Ivy Idle")];
  const facts = MONTHS.flatMap((ago) => [
    ...Array.from({ length: 600 }, (_, i) => {
      const who = i % 5 ? { link: "ada-analytics" } : { partner: eve.id, kind: "co_sell" };
      return { id: `t${ago}-${i}`, type: "touch", kind: "click", at: month(ago, 1 + (i % 20), i % 24), customer: `c${ago}-${i % 20}`, ...who };
    }),
    ...Array.from({ length: 20 }, (_, i) => ({ id: `r${ago}-${i}`, type: "revenue", kind: "new", at: month(ago, 22, i), customer: `c${ago}-${i}`, amount: 1000 + i, currency: "EUR" })),
  ]);
  await record(t, facts);
  const cookie = await t.signIn(ada);
  return { ada, eve, ivy, owner: { authorization: `Bearer ${t.apiKey}` }, own: { cookie } };
}

const whole = async (t, headers) => {
  const response = await t.fetch("/api/feed", { headers: { accept: WHOLE, ...headers } });
  assert.equal(response.headers.get("content-type"), WHOLE);
  return Buffer.from(await response.arrayBuffer());
};

/** A visit, of which the parts are the feed. A feed tells the second at which it was asked: both are asked in one. */
async function same(t, headers, kept) {
  const fetched = [];
  for (let attempt = 0; ; attempt++) {
    const [parts, expected] = [await visit(t, { headers, kept }), await whole(t, headers)];
    fetched.push(...parts.fetched);
    if (parts.whole.equals(expected)) return { ...parts, fetched };
    assert.ok(attempt < 9, "the parts are not the feed");
  }
}

/** How many of the names before are still there, as a row of marks. */
const kept = (before, after) => before.map((name, i) => (name === after[i] ? "=" : "x")).join("");

test("the parts of a feed are the feed, and a second visit moves only what is new", async (t) => {
  const { eve, ivy, owner, own } = await setting(t);
  for (const headers of [owner, own]) {
    const cache = new Map();
    const first = await same(t, headers, cache);
    assert.equal(first.type, PARTS);
    assert.equal(first.fetched.length, 4);
    assert.equal((await same(t, headers, cache)).fetched.length, 0);
    assert.ok(first.rest.length * 3 < first.whole.length, `${first.rest.length} of ${first.whole.length}`);

    const again = await t.fetch("/api/feed", { headers: { accept: PARTS, "if-none-match": first.etag, ...headers } });
    assert.equal(again.status, 304);
    const segment = await t.fetch(`/api/feed/segments/${first.names[0]}`, { headers });
    assert.equal(segment.headers.get("cache-control"), "private, max-age=31536000, immutable");
    assert.equal(segment.headers.get("access-control-allow-origin"), "*");
  }
  // What happens now changes no month that is over, to nobody.
  const caches = [new Map(), new Map()];
  const before = [await visit(t, { headers: owner, kept: caches[0] }), await visit(t, { headers: own, kept: caches[1] })];
  await record(t, [
    { id: "n1", type: "touch", kind: "click", at: month(0, 1), link: "ada-analytics", customer: "new", utm: { campaign: "new" } },
    { id: "n2", type: "revenue", kind: "new", at: month(0, 1, 1), customer: "new", amount: 99, currency: "USD", product: "New" },
    { id: "n3", type: "lead.created", at: month(0, 1), customer: "c2-3" },
  ]);
  for (const [i, headers] of [owner, own].entries()) {
    const after = await same(t, headers, caches[i]);
    assert.deepEqual([after.names, after.fetched, after.etag === before[i].etag], [before[i].names, [], false]);
  }
  // Who has little history is sent all of it.
  const idle = await same(t, { cookie: await t.signIn(ivy) }, new Map());
  assert.deepEqual([idle.type, idle.names], [WHOLE, []]);
  const shared = await same(t, { cookie: await t.signIn(eve) }, new Map());
  // Months of few rows are put together.
  assert.equal(shared.names.length, 1);

  const json = await t.fetch("/api/feed", { headers: { accept: "application/json", ...owner } });
  assert.equal((await json.json()).log.touches.at.length, 2401);
});

test("what comes late changes its months", async (t) => {
  const { owner, own } = await setting(t);
  const cache = new Map();
  let before = await same(t, owner, cache);
  const step = async (what, facts, expected) => {
    if (typeof facts === "function") await facts();
    else await record(t, facts);
    const after = await same(t, owner, cache);
    assert.equal(kept(before.names, after.names), expected, what);
    before = after;
  };
  const late = { type: "touch", kind: "click", link: "ada-analytics" };
  await step("a late touch", [{ id: "l1", ...late, at: month(4, 9), customer: "c4-1" }], "=x==");
  await step("a refund", [{ id: "l2", type: "revenue", kind: "refund", refundOf: "r3-5", at: month(3, 25), customer: "c3-5", amount: 5, currency: "EUR" }], "==x=");
  await step("a late sale of the last month", [{ id: "l3", type: "revenue", kind: "new", at: month(2, 3), customer: "c2-5", amount: 5, currency: "EUR" }], "===x");
  await step("a new customer with an old touch", [{ id: "l4", ...late, at: month(3, 9), customer: "late" }], "==x=");
  await step("a new partner, link and integration", async () => {
    const bo = await t.partner("Bo");
    await t.api("POST", "/links", { url: "https://example.com/", key: "bo-2", partnerId: bo.id });
  }, "====");
  // Of two who turn out to be one, the later has no number any more: those behind have others.
  const id = async (customer) => (await t.rows("SELECT id FROM customer WHERE external_id = ?1", customer))[0].id;
  const [one, other] = [await id("c3-1"), await id("c3-2")];
  await step("a join", async () => {
    const { status, body } = await t.api("POST", `/customers/${one}/merge`, { customerId: other });
    assert.ok(status < 300, JSON.stringify(body));
  }, "==xx");
  const partner = await same(t, own, new Map());
  assert.equal(partner.names.length, 4);
});

test("a segment is for those whose feed it is", async (t) => {
  const { eve, owner, own } = await setting(t);
  const { body: embed } = await t.api("POST", "/tokens/embed/referrals", { partnerId: eve.id });
  const eves = { authorization: `Bearer ${embed.publicToken}` };
  const feeds = [];
  for (const headers of [owner, own, eves]) feeds.push({ headers, names: (await same(t, headers, new Map())).names });
  const status = async (name, headers) => (await t.fetch(`/api/feed/segments/${name}`, { headers })).status;
  for (const { headers, names } of feeds) {
    for (const other of feeds) {
      const expected = other.headers === headers ? 200 : 404;
      for (const name of other.names) assert.equal(await status(name, headers), expected);
    }
    assert.equal(await status(names[0], {}), 401);
    assert.equal(await status(names[0], { authorization: "Bearer trb_sk_0000" }), 401);
  }
  const good = feeds[0].names[0];
  const bad = ["x", good.slice(1), `${good}A`, `A${good.slice(1)}`, good.toLowerCase(), `${good.slice(0, 42)}=`, "..%2Fprogram%2Fx", "%00", "A".repeat(43), `${eve.id}%2F${feeds[2].names[0]}`, "%F0%9F%92%A9", "a'--".padEnd(43, "x")];
  for (const name of bad) assert.equal(await status(name, owner), 404, name);
  const post = await t.fetch(`/api/feed/segments/${good}`, { method: "POST", headers: owner });
  assert.equal(post.status, 405);
});

test("without R2 a feed goes whole", { bucket: false }, async (t) => {
  const { owner } = await setting(t);
  const parts = await same(t, owner, new Map());
  assert.deepEqual([parts.status, parts.type, parts.names], [200, WHOLE, []]);
  assert.equal((await t.fetch(`/api/feed/segments/${"A".repeat(43)}`, { headers: owner })).status, 503);
});

test("what a segment's way breaks off at is made good by the next", async (t) => {
  const { owner } = await setting(t);
  const bucket = await t.mf.getR2Bucket("SEGMENTS");
  // D1 does not take the note: the objects are there, and the feed goes whole.
  await t.db.prepare("CREATE TRIGGER broken BEFORE INSERT ON feed_segment BEGIN SELECT RAISE(ABORT, 'the disk is full'); END").run();
  assert.equal((await same(t, owner, new Map())).type, WHOLE);
  assert.equal((await bucket.list()).objects.length, 4);
  await t.db.prepare("DROP TRIGGER broken").run();
  const cache = new Map();
  const first = await same(t, owner, cache);
  assert.equal(first.fetched.length, 4);
  // An object is lost: whoever asks is told, and it is put there again.
  await bucket.delete(`feed/program/${first.names[1]}`);
  assert.equal((await t.fetch(`/api/feed/segments/${first.names[1]}`, { headers: owner })).status, 404);
  assert.deepEqual((await same(t, owner, new Map())).names, first.names);
  // What nothing has named for a month goes, and comes back.
  const worker = await t.mf.getWorker("tributary");
  const hourly = (at) => worker.scheduled({ cron: "7 * * * *", scheduledTime: new Date(at) });
  await hourly(Date.now() + 29 * DAY);
  assert.equal((await bucket.list()).objects.length, 4);
  await hourly(Date.now() + 31 * DAY);
  assert.equal((await bucket.list()).objects.length, 0);
  assert.deepEqual(await t.rows("SELECT * FROM feed_segment"), []);
  assert.deepEqual((await same(t, owner, new Map())).names, first.names);
  // A name that is a day old is noted anew, and nothing is put twice.
  await t.db.prepare("UPDATE feed_segment SET named_at = named_at - ?1").bind(2 * DAY).run();
  const puts = (await bucket.list()).objects.map(({ uploaded }) => uploaded.getTime());
  await same(t, owner, new Map());
  const [{ fresh }] = await t.rows("SELECT min(named_at) > ?1 AS fresh FROM feed_segment", Date.now() - DAY);
  assert.equal(fresh, 1);
  assert.deepEqual((await bucket.list()).objects.map(({ uploaded }) => uploaded.getTime()), puts);
});
