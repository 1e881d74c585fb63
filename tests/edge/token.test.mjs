import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "../support/test.mjs";
import { bytesOf, changed, millis, read, sign } from "../support/token.mjs";

const DAY = 24 * 60 * 60 * 1000;

async function setting(t) {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  return { ada, eve, click: await t.click("ada-analytics") };
}

test("a token says what its description says, and an independent signer agrees", async (t) => {
  const { ada, click } = await setting(t);
  const token = read(click.token);
  assert.equal(token.version, 1);
  assert.equal(token.partner, ada.id);
  assert.equal(token.link, ada.links[0].id);
  assert.equal(token.consent, true);
  assert.ok(Math.abs(token.at - Date.now()) < 60_000);
  assert.equal(token.tag.length, 16);
  assert.equal(sign(token.body, t.keys), click.token);
  await t.until("SELECT count(*) AS n FROM touch WHERE key = ?1", 1, token.touch);
});

test("forged, truncated, changed and expired tokens credit nobody and get the answer of no token", async (t) => {
  const { ada, eve, click } = await setting(t);
  const { body } = read(click.token);
  const foreign = `k1:${randomBytes(32).toString("hex")}`;
  const swapped = changed(body, 35, bytesOf(eve.id));
  const bad = {
    none: "",
    nonsense: "not-a-token",
    "an identifier": read(click.token).touch,
    truncated: click.token.slice(0, -4),
    extended: `${click.token}AAAA`,
    "the partner swapped": Buffer.concat([swapped, read(click.token).tag]).toString("base64url"),
    "signed by a stranger": sign(body, foreign),
    "of an unknown key": sign(changed(body, 1, Buffer.from([9])), t.keys),
    "of an unknown version": sign(changed(body, 0, Buffer.from([2])), t.keys),
    expired: sign(changed(body, 3, millis(Date.now() - 91 * DAY)), t.keys),
    "from the future": sign(changed(body, 3, millis(Date.now() + DAY)), t.keys),
    "too long": "A".repeat(5000),
  };
  let expected;
  let i = 0;
  for (const [name, clickId] of Object.entries(bad)) {
    i += 1;
    const lead = await t.api("POST", "/track/lead", { clickId, eventName: "Sign up", customerExternalId: `c${i}` });
    const sale = await t.api("POST", "/track/sale", { clickId, customerExternalId: `c${i}`, amount: 1000 * i, invoiceId: `in_${i}` });
    assert.equal(sale.status, 200, name);
    const answer = { status: lead.status, click: lead.body.click, link: lead.body.link };
    expected ??= answer;
    assert.deepEqual(answer, expected, name);
  }
  assert.deepEqual(expected, { status: 200, click: { id: "" }, link: null });
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch WHERE customer_id IS NOT NULL"))[0].n, 0);
  for (const partner of [ada, eve]) {
    const { body: feed } = await t.feed({ cookie: await t.signIn(partner) });
    assert.deepEqual(feed.log.revenue.amount, [], partner.name);
  }
});

test("a token of a partner who does not exist credits nobody and fails nothing", async (t) => {
  const { click } = await setting(t);
  const stranger = sign(changed(read(click.token).body, 35, randomBytes(16)), t.keys);
  const sale = await t.api("POST", "/track/sale", { clickId: stranger, customerExternalId: "c1", amount: 500, invoiceId: "in_1" });
  assert.equal(sale.status, 200);
  const [{ n }] = await t.rows("SELECT count(*) AS n FROM revenue");
  assert.equal(n, 1);
});

const [OLD, NEW] = [1, 2].map((id) => `k${id}:${randomBytes(32).toString("hex")}`);

test("keys rotate: the first signs, both are accepted", { keys: `${NEW},${OLD}` }, async (t) => {
  const { ada, click } = await setting(t);
  const token = read(click.token);
  assert.equal(token.key, 2);
  const old = sign(changed(token.body, 1, Buffer.from([1])), OLD);
  const lead = await t.api("POST", "/track/lead", { clickId: old, eventName: "Sign up", customerExternalId: "c1" });
  assert.equal(lead.body.link.partnerId, ada.id);
});

test("keys that cannot be read: links still lead on, conversions are asked for again", { keys: "k1:short" }, async (t) => {
  await t.partner("Ada Analytics");
  const click = await t.click("ada-analytics");
  assert.equal(click.status, 302);
  assert.equal(click.token, null);
  const sale = await t.api("POST", "/track/sale", { clickId: "x", customerExternalId: "c1", amount: 500 });
  assert.equal(sale.status, 503);
  assert.equal((await t.rows("SELECT count(*) AS n FROM revenue"))[0].n, 0);
});
