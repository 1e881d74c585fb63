// Recording: nothing is lost, nothing counts twice, and the order of delivery says nothing.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { random } from "../support/random.mjs";
import { test } from "../support/test.mjs";
import { read } from "../support/token.mjs";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const COUNT = "SELECT coalesce(sum(count), 0) AS n FROM click_day WHERE mark = ?1";

async function link(t, key = "ada-x") {
  const partner = await t.partner(`Partner of ${key}`);
  const { body } = await t.api("POST", "/links", { url: "https://example.com/", key, partnerId: partner.id });
  return { id: body.id, partner: partner.id, key };
}

const cookies = (pairs) => Object.entries(pairs).map((pair) => pair.join("=")).join("; ");

/** An identifier as the edge makes it: 48 bits of milliseconds and 80 of `nonce`, in Crockford's base 32. */
function touchId(at, nonce = BigInt(`0x${randomBytes(10).toString("hex")}`)) {
  const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const value = (BigInt(at) << 80n) | nonce;
  return `clk_${Array.from({ length: 26 }, (_, i) => alphabet[Number((value >> BigInt(5 * (25 - i))) & 31n)]).join("")}`;
}

const visitor = () => randomBytes(16).toString("hex");

test("touches of concurrent requests share messages, and every one is in them", { consume: "tap" }, async (t) => {
  await link(t);
  const clicks = await Promise.all(Array.from({ length: 40 }, () => t.click("ada-x")));
  const sent = new Set(clicks.map((click) => click.cookies.trb_v));
  assert.equal(sent.size, 40);
  let messages = [];
  for (let i = 0; i < 100 && messages.flatMap((message) => message.touches).length < 40; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    messages = await t.delivered();
  }
  const touches = messages.flatMap((message) => message.touches);
  assert.deepEqual(new Set(touches.map((touch) => touch.visitor)), sent);
  assert.equal(touches.length, 40);
  assert.ok(messages.length < 40, `${messages.length} messages`);
  assert.ok(messages.every((message) => message.v === 2));
});

test("what the queue refuses is written directly", { queue: false }, async (t) => {
  await link(t);
  await Promise.all(Array.from({ length: 10 }, () => t.click("ada-x")));
  await t.until(COUNT, 10, "counted");
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch WHERE source = 'edge'"))[0].n, 10);
});

test("what nothing takes is proven by its token: the lead restores it, and the sale is credited", { queue: false }, async (t) => {
  const { partner } = await link(t);
  // The store takes whatever the API writes, and nothing of the edge.
  await t.db.prepare("CREATE TRIGGER down BEFORE INSERT ON touch WHEN new.source = 'edge' BEGIN SELECT raise(ABORT, 'down'); END").run();
  const click = await t.click("ada-x");
  assert.equal(click.status, 302);
  assert.ok(click.token);
  const lead = await t.api("POST", "/track/lead", { clickId: click.token, eventName: "Sign up", customerExternalId: "c1" });
  assert.equal(lead.status, 200);
  const sale = await t.api("POST", "/track/sale", { customerExternalId: "c1", amount: 900, invoiceId: "in_1" });
  assert.equal(sale.status, 200);
  const { body } = await t.feed({ cookie: await t.signIn({ id: partner }) });
  assert.deepEqual(body.log.revenue.amount, [900]);
  assert.deepEqual(await t.rows("SELECT mark, source FROM touch"), [{ mark: "counted", source: "token" }]);
});

test("a repeat that no cookie could tell counts once, and any of its tokens is credited", async (t) => {
  const { partner } = await link(t);
  await link(t, "eve-x");
  // The visitor's journey was lost, or these requests were under way at once.
  const headers = { cookie: cookies({ trb_v: visitor() }) };
  const clicks = await Promise.all(Array.from({ length: 6 }, () => t.click("ada-x", { headers })));
  await t.click("eve-x", { headers });
  await t.click("ada-x");
  assert.equal(new Set(clicks.map((click) => click.token)).size, 6);
  await t.until(COUNT, 3, "counted");
  await t.until(COUNT, 5, "duplicate");
  for (const [i, click] of clicks.entries()) {
    const customerExternalId = `c${i}`;
    await t.api("POST", "/track/lead", { clickId: click.token, eventName: "Sign up", customerExternalId });
    await t.api("POST", "/track/sale", { customerExternalId, amount: 100 + i, invoiceId: `in_${i}` });
  }
  const { body } = await t.feed({ cookie: await t.signIn({ id: partner }) });
  assert.deepEqual([...body.log.revenue.amount].sort(), [100, 101, 102, 103, 104, 105]);
});

test("visitors without a cookie are nobody that could be known again: each touch counts, and none has a visitor", async (t) => {
  await link(t);
  for (let i = 0; i < 3; i++) await t.click("ada-x", { headers: { "sec-gpc": "1" } });
  await t.until(COUNT, 3, "counted");
  const [row] = await t.rows("SELECT count(*) AS n, count(visitor) AS known FROM touch");
  assert.deepEqual(row, { n: 3, known: 0 });
});

test("a message that cannot be read holds up nobody", async (t) => {
  const { id, partner } = await link(t);
  const good = () => ({ id: touchId(Date.now()), kind: "click", mark: "counted", link: id, partner, utm: {} });
  const bad = [
    null,
    "text",
    5,
    [],
    {},
    { v: 1 },
    { v: 2 },
    { v: 2, touches: {} },
    { v: 2, touches: [{}] },
    { v: 300, touches: [] },
    { v: 2, touches: [{ ...good(), id: "clk_1" }] },
    { v: 2, touches: [{ ...good(), id: id }] },
    { v: 2, touches: [{ ...good(), kind: "stroke" }] },
    { v: 2, touches: [{ ...good(), mark: "perhaps" }] },
    { v: 2, touches: [{ ...good(), link: "ada-x" }] },
    { v: 2, touches: [{ ...good(), partner: id }] },
    { v: 2, touches: [{ ...good(), utm: 7 }] },
    { v: 1, ...good(), visitor: 7 },
    { v: 3, touches: [good()], news: true },
    { v: 9, something: "else" },
  ];
  const queue = await t.mf.getQueueProducer("TOUCHES");
  for (const message of bad) await queue.send(message);
  await queue.send({ v: 1, ...good() });
  await queue.send({ v: 2, touches: [good(), good()] });
  await t.until(COUNT, 3, "counted");
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch"))[0].n, 3);
});

for (const order of [[0, 1], [1, 0], [1, 0, 1, 0]]) {
  test(`what is permitted later is learned in any order of delivery (${order})`, async (t) => {
    const { id, partner } = await link(t);
    const before = { id: touchId(Date.now()), kind: "click", mark: "counted", link: id, partner, utm: { campaign: "june" } };
    const after = { ...before, visitor: visitor(), told: { channel: "partner", others: `{"gclid":"g"}` } };
    const queue = await t.mf.getQueueProducer("TOUCHES");
    for (const i of order) {
      await queue.send({ v: 2, touches: [[before, after][i]] });
      // Each in a batch of its own, as it comes.
      const end = touchId(Date.now());
      await queue.send({ v: 2, touches: [{ id: end, kind: "click", mark: "bot", utm: {} }] });
      await t.until("SELECT count(*) FROM touch WHERE key = ?1", 1, end);
    }
    const [row] = await t.rows("SELECT visitor, others, campaign, mark FROM touch WHERE key = ?1", before.id);
    assert.deepEqual(row, { visitor: after.visitor, others: after.told.others, campaign: "june", mark: "counted" });
    await t.until(COUNT, 1, "counted");
  });
}

test("a repeat that no cookie remembers counts once a customer claims it, in any order of delivery", async (t) => {
  const { id, partner } = await link(t);
  const [first, second] = [await t.click("ada-x", { headers: { "sec-gpc": "1" } }), await t.click("ada-x", { headers: { "sec-gpc": "1" } })];
  await t.until(COUNT, 2, "counted");
  await t.db.prepare("DELETE FROM touch").run();
  await t.db.prepare("DELETE FROM click_day").run();
  const queue = await t.mf.getQueueProducer("TOUCHES");
  const repeat = ({ token }) => ({ id: read(token).touch, kind: "click", mark: "duplicate", link: id, partner, utm: { campaign: "june" } });
  const lead = ({ token }, customerExternalId) => t.api("POST", "/track/lead", { clickId: token, eventName: "Sign up", customerExternalId });
  await queue.send({ v: 2, touches: [repeat(first)] });
  await t.until(COUNT, 1, "duplicate");
  await lead(first, "c1");
  await lead(second, "c2");
  await queue.send({ v: 2, touches: [repeat(first), repeat(second)] });
  await t.until("SELECT count(*) FROM touch WHERE campaign = 'june'", 2);
  assert.deepEqual(await t.rows("SELECT DISTINCT mark, source FROM touch"), [{ mark: "counted", source: "edge" }]);
  assert.deepEqual(await t.rows("SELECT mark, sum(count) AS n FROM click_day WHERE count > 0 GROUP BY 1"), [{ mark: "counted", n: 2 }]);
});

/** Which mark each touch has to end with: of a visitor's touches by one link the first counts, then the first that comes an hour later. */
function model(touches) {
  const marks = {};
  const last = {};
  for (const touch of [...touches].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))) {
    marks[touch.id] = touch.mark;
    if (!touch.visitor || !["counted", "duplicate"].includes(touch.mark)) continue;
    const group = [touch.visitor, touch.kind, touch.link, touch.partner].join();
    const repeats = last[group] !== undefined && touch.at < last[group] + HOUR;
    marks[touch.id] = repeats ? "duplicate" : "counted";
    if (!repeats) last[group] = touch.at;
  }
  return marks;
}

/** Touches as a few visitors leave them: bursts, edges of the hour to the millisecond, of one time, and over several days. */
function story(next, links) {
  const start = Date.UTC(2026, 0, 5, 22);
  const [often, seldom] = [visitor(), visitor()];
  const visitors = [often, often, often, often, seldom, null];
  const steps = [0, 1, 1000, HOUR / 4, HOUR / 2, HOUR - 1, HOUR, HOUR + 1, 5 * HOUR];
  const touches = [];
  let at = start;
  for (let i = 0; i < 120; i++) {
    at = next(8) ? at + steps[next(steps.length)] : start + next(3 * DAY);
    const { id, partner } = links[next(4) ? 0 : 1];
    const landing = next(8) === 0;
    const who = visitors[next(visitors.length)];
    const mark = ["counted", "counted", "counted", "duplicate", "bot", "prefetch"][next(6)];
    touches.push({
      at,
      id: touchId(at),
      kind: landing ? "landing" : "click",
      mark: who ? mark : mark === "duplicate" ? "counted" : mark,
      link: landing ? undefined : id,
      partner,
      utm: next(2) ? { campaign: ["spring", "autumn"][next(2)] } : {},
      visitor: who ?? undefined,
    });
  }
  return touches;
}

for (const seed of [1, 2, 3, 4]) {
  test(`recorded = counted + excluded, by day, in any order of delivery and after redeliveries (seed ${seed})`, async (t) => {
    const next = random(seed);
    const links = [await link(t, "a"), await link(t, "b")];
    const touches = story(next, links);
    // Messages of one to six touches, of both versions, each delivered one to three times, in a random order.
    const messages = [];
    for (let i = 0; i < touches.length; ) {
      const some = touches.slice(i, (i += 1 + next(6))).map(({ at, ...touch }) => touch);
      const message = some.length === 1 && next(2) ? { v: 1, ...some[0] } : { v: 2, touches: some };
      for (let n = 1 + next(3); n > 0; n--) messages.splice(next(messages.length + 1), 0, message);
    }
    const queue = await t.mf.getQueueProducer("TOUCHES");
    for (let i = 0; i < messages.length; ) {
      await queue.sendBatch(messages.slice(i, (i += 1 + next(20))).map((body) => ({ body })));
      // Some come in a batch of their own.
      if (next(3) === 0) await t.rows("SELECT 1");
    }
    await t.until("SELECT count(*) AS n FROM touch", touches.length);
    const end = { id: touchId(Date.now()), kind: "click", mark: "bot", utm: {} };
    await queue.send({ v: 2, touches: [end] });
    await t.until("SELECT count(*) AS n FROM touch", touches.length + 1);

    const want = { ...model(touches), [end.id]: "bot" };
    const rows = await t.rows("SELECT key, mark FROM touch");
    assert.deepEqual(Object.fromEntries(rows.map(({ key, mark }) => [key, mark]).sort()), Object.fromEntries(Object.entries(want).sort()));
    const days = {};
    for (const touch of [...touches, { ...end, at: Date.now(), partner: "", link: "" }]) {
      const key = [Math.floor(touch.at / DAY), touch.partner, touch.link ?? "", touch.utm.campaign ?? "", touch.kind, want[touch.id]].join();
      days[key] = (days[key] ?? 0) + 1;
    }
    const counts = await t.rows("SELECT day, partner_id, link_id, campaign, kind, mark, count FROM click_day WHERE count > 0");
    assert.deepEqual(Object.fromEntries(counts.map(({ count, ...day }) => [Object.values(day).join(), count]).sort()), Object.fromEntries(Object.entries(days).sort()));
    assert.equal(counts.reduce((sum, { count }) => sum + count, 0), touches.length + 1);
    assert.ok(Object.values(want).filter((mark) => mark === "duplicate").length > 10);
  });
}
