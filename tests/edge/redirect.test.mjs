import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { root } from "../support/instance.mjs";
import { test } from "../support/test.mjs";

const COUNT = "SELECT coalesce(sum(count), 0) AS n FROM click_day WHERE mark = ?1";

async function exampleLink(t, more = {}) {
  const partner = await t.partner("Ada Analytics");
  const { body } = await t.api("POST", "/links", { url: "https://example.com/pricing", key: "Ada-X", partnerId: partner.id, ...more });
  return { partner, link: body };
}

test("a click is a 302 that nobody stores, with a token, cookies and our parameters", async (t) => {
  const { link } = await exampleLink(t, { utm_source: "ada", utm_campaign: "spring" });
  assert.equal(link.key, "ada-x");
  const click = await t.click("ADA-x");
  assert.equal(click.status, 302);
  assert.equal(click.response.headers.get("cache-control"), "no-store");
  const to = new URL(click.location);
  assert.equal(to.origin + to.pathname, "https://example.com/pricing");
  assert.equal(to.searchParams.get("utm_source"), "ada");
  assert.ok(click.token.length <= 120);
  assert.equal(click.cookies.trb_id, click.token);
  assert.equal(click.cookies.trb_j, click.token);
  assert.match(click.cookies.trb_v, /^[0-9a-f]{32}$/);
  for (const line of click.response.headers.getSetCookie()) {
    assert.match(line, /; Max-Age=7776000; Path=\/; Secure; SameSite=Lax$/);
  }
  await t.until(COUNT, 1, "counted");
  const [touch] = await t.rows("SELECT kind, mark, campaign, visitor, source FROM touch");
  assert.deepEqual(touch, { kind: "click", mark: "counted", campaign: "spring", visitor: click.cookies.trb_v, source: "edge" });
});

test("HEAD answers the same and records no click", async (t) => {
  await exampleLink(t);
  const head = await t.fetch("/ada-x", { method: "HEAD" });
  assert.equal(head.status, 302);
  assert.equal(head.headers.get("cache-control"), "no-store");
  assert.equal(new URL(head.headers.get("location")).host, "example.com");
  assert.deepEqual(head.headers.getSetCookie(), []);
  await t.click("ada-x");
  await t.until(COUNT, 1, "counted");
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch"))[0].n, 1);
});

test("the visitor's query passes, but replaces neither ours nor the destination's", async (t) => {
  await exampleLink(t, { url: "https://example.com/?ref=own", utm_source: "ada" });
  const query = "?ref=theirs&utm_source=evil&trb_id=forged&plan=pro&utm_medium=mail";
  const to = new URL((await t.click("ada-x", { query })).location).searchParams;
  assert.deepEqual(to.getAll("ref"), ["own"]);
  assert.deepEqual(to.getAll("utm_source"), ["ada"]);
  assert.equal(to.getAll("trb_id").length, 1);
  assert.notEqual(to.get("trb_id"), "forged");
  assert.equal(to.get("plan"), "pro");
  await t.until(COUNT, 1, "counted");
  const [{ utm }] = await t.rows("SELECT utm FROM touch");
  assert.deepEqual(JSON.parse(utm), { source: "ada", medium: "mail" });
});

test("bots and prefetches are recorded apart and never counted", async (t) => {
  await exampleLink(t);
  const bot = await t.click("ada-x", { headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" } });
  assert.equal(bot.status, 302);
  assert.equal(bot.token, null);
  assert.deepEqual(bot.cookies, {});
  // Kept ahead of the click, an answer would be shown without the visitor's own request, and the click be lost.
  assert.equal((await t.click("ada-x", { headers: { "sec-purpose": "prefetch" } })).status, 503);
  await t.click("ada-x");
  await t.until(COUNT, 1, "counted");
  await t.until(COUNT, 1, "bot");
  await t.until(COUNT, 1, "prefetch");
});

test("Global Privacy Control and a refusal: no cookie, but the token travels in the link", async (t) => {
  await exampleLink(t);
  for (const headers of [{ "sec-gpc": "1" }, { cookie: "trb_c=0" }]) {
    const click = await t.click("ada-x", { headers });
    assert.deepEqual(click.cookies, {});
    assert.ok(click.token);
    const lead = await t.api("POST", "/track/lead", { clickId: click.token, eventName: "Sign up", customerExternalId: JSON.stringify(headers).length.toString() });
    assert.equal(lead.body.link.key, "ada-x");
  }
  assert.deepEqual(await t.rows("SELECT DISTINCT visitor FROM touch"), [{ visitor: null }]);
});

test("no cookie before consent where the program asks first", { setup: { consent: "opt_in" } }, async (t) => {
  await exampleLink(t);
  assert.deepEqual((await t.click("ada-x")).cookies, {});
  assert.ok((await t.click("ada-x", { headers: { cookie: "trb_c=1" } })).cookies.trb_v);
});

test("a repeat within the hour is recorded, not counted, and keeps the first token", async (t) => {
  await exampleLink(t);
  const first = await t.click("ada-x");
  const cookie = Object.entries(first.cookies).map((pair) => pair.join("=")).join("; ");
  const second = await t.click("ada-x", { headers: { cookie } });
  assert.equal(second.token, first.token);
  await t.until(COUNT, 1, "counted");
  await t.until(COUNT, 1, "duplicate");
});

test("an unknown slug gets a friendly page", async (t) => {
  for (const path of ["/nothing-here", "/%00", "/a b", `/${"x".repeat(300)}`]) {
    const response = await t.fetch(path);
    assert.equal(response.status, 404, path);
    assert.match(response.headers.get("content-type"), /text\/html/);
    assert.match(await response.text(), /<h1/);
  }
});

test("a store that fails sends the visitor to the fallback, never to a bare 500", { migrate: false }, async (t) => {
  const response = await t.fetch("/ada");
  assert.equal(response.status, 302);
  const fallback = await t.fetch(response.headers.get("location"));
  assert.match(await fallback.text(), /<h1/);
  assert.notEqual(fallback.status, 500);
  const landing = await t.fetch("/p/ada");
  assert.ok([302, 503].includes(landing.status));
  const sale = await t.api("POST", "/track/sale", { customerExternalId: "c", amount: 1 }, { key: `trb_sk_${"0".repeat(64)}` });
  assert.equal(sale.status, 503);
  assert.equal(sale.body.error.code, "internal_server_error");
});

test("a link that is cached leads on while the database is gone", async (t) => {
  await exampleLink(t);
  await t.click("ada-x");
  for (const { name } of await t.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")) {
    await t.db.prepare(`DROP TRIGGER ${name}`).run();
  }
  for (const table of ["click_day", "touch", "coupon", "link"]) await t.db.prepare(`ALTER TABLE ${table} RENAME TO gone_${table}`).run();
  const click = await t.click("ada-x");
  assert.equal(click.status, 302);
  assert.equal(new URL(click.location).host, "example.com");
  assert.ok(click.token);
});

test("a message that is delivered twice counts once, in any order with the token's own row", { consume: true }, async (t) => {
  const { link } = await exampleLink(t);
  const click = await t.click("ada-x");
  await t.until(COUNT, 1, "counted");
  const [row] = await t.rows("SELECT * FROM touch");
  // The row is lost, the lead restores it from the token, then the queue delivers once more, and again.
  await t.db.prepare("DELETE FROM touch").run();
  await t.db.prepare("DELETE FROM click_day").run();
  await t.api("POST", "/track/lead", { clickId: click.token, eventName: "Sign up", customerExternalId: "c1" });
  const message = { v: 1, id: row.key, at: row.at, kind: row.kind, mark: row.mark, link: link.id, partner: row.partner_id, utm: {}, visitor: row.visitor };
  const queue = await t.mf.getQueueProducer("TOUCHES");
  await queue.send(message);
  await queue.send(message);
  await t.until("SELECT visitor FROM touch", row.visitor);
  await t.until("SELECT count(*) AS n FROM touch", 1);
  await t.until(COUNT, 1, "counted");
  const [identity] = await t.rows("SELECT visitor FROM identity");
  assert.equal(identity.visitor, row.visitor);
});

test("no link can be made that a file of ours or a route would hide", async (t) => {
  const names = (await readdir(path.join(root, "www"))).filter((name) => !name.startsWith("_"));
  assert.ok(names.includes("embed.js") && names.includes("portal"));
  for (const key of [...names, "api", "p", "healthz", "sign-in", "sign-out", "unavailable", "capture.js"]) {
    const { status, body } = await t.api("POST", "/links", { url: "https://example.com/", key });
    assert.equal(status, 422, key);
    assert.match(body.error.message, /^key:/);
  }
});
