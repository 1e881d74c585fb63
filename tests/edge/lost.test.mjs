// Invariant 2: a click's token alone is enough. The queue's consumer is away and every row of a click is deleted.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { formId } from "../support/form.mjs";
import { test } from "../support/test.mjs";
import { changed, millis, read, sign } from "../support/token.mjs";

const OFF = { consume: false };

async function lostClick(t) {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  const { body: link } = await t.api("POST", "/links", { url: "https://example.com/", key: "ada-x", partnerId: ada.id });
  const click = await t.click("ada-x");
  await t.db.prepare("DELETE FROM touch").run();
  await t.db.prepare("DELETE FROM click_day").run();
  return { ada, eve, link, click };
}

async function revenueOf(t, partner) {
  const { body } = await t.feed({ cookie: await t.signIn(partner) });
  return { amounts: body.log.revenue.amount, touches: body.log.touches.partner, leads: body.log.milestones.kind };
}

test("a lead and its sale reach the right partner", OFF, async (t) => {
  const { ada, eve, link, click } = await lostClick(t);
  const lead = await t.api("POST", "/track/lead", { clickId: click.token, eventName: "Sign up", customerExternalId: "c1" });
  assert.equal(lead.body.link.id, link.id);
  await t.api("POST", "/track/sale", { customerExternalId: "c1", amount: 4200, invoiceId: "in_1" });
  assert.deepEqual(await revenueOf(t, ada), { amounts: [4200], touches: [0], leads: ["lead.created"] });
  assert.deepEqual(await revenueOf(t, eve), { amounts: [], touches: [], leads: [] });
});

test("a sale alone reaches the right partner", OFF, async (t) => {
  const { ada, eve, click } = await lostClick(t);
  await t.api("POST", "/track/sale", { clickId: click.token, customerExternalId: "c1", amount: 4200, invoiceId: "in_1" });
  assert.deepEqual((await revenueOf(t, ada)).amounts, [4200]);
  assert.deepEqual((await revenueOf(t, eve)).amounts, []);
});

test("a form sent from the landing page reaches the right partner, and the sale joins it by e-mail", OFF, async (t) => {
  const { ada, eve } = await lostClick(t);
  const click = await t.click("ada-analytics");
  const page = await (await t.fetch(new URL(click.location).pathname + new URL(click.location).search)).text();
  await t.db.prepare("DELETE FROM touch").run();
  const field = (name) => page.match(new RegExp(`name="${name}"[^>]*value="([^"]*)"`))?.[1] ?? "";
  const form = { name: "Bea Buyer", email: "bea@buyer.example", trb_id: field("trb_id"), form_id: formId(t.keys) };
  const sent = await t.fetch("/p/ada-analytics", { method: "POST", body: new URLSearchParams(form) });
  assert.equal(sent.status, 303);
  await t.api("POST", "/track/sale", { customerExternalId: "cust_7", customerEmail: "bea@buyer.example", amount: 900, invoiceId: "in_7" });
  assert.deepEqual((await revenueOf(t, ada)).amounts, [900]);
  assert.deepEqual((await revenueOf(t, eve)).amounts, []);
});

test("one click that two customers claim is each one's", OFF, async (t) => {
  const { ada, click } = await lostClick(t);
  for (const customerExternalId of ["c1", "c2"]) {
    await t.api("POST", "/track/lead", { clickId: click.token, eventName: "Sign up", customerExternalId });
    await t.api("POST", "/track/sale", { customerExternalId, amount: 100, invoiceId: `in_${customerExternalId}` });
  }
  assert.deepEqual((await revenueOf(t, ada)).amounts, [100, 100]);
  const [{ n }] = await t.rows("SELECT sum(count) AS n FROM click_day");
  assert.equal(n, 1);
});

// What a token alone brings back: partner, link, time and kind, and the campaign that the link's own parameters and templates
// say. What only the address or the page said stays unknown: the coupon's code (it has up to 64 characters, and a token at most
// 120 in all), a campaign that came with the visitor's query or is a landing page's, and the link's parameters where they have
// been changed since. A lead that names the coupon brings it back as a touch of its own.
test("what a lost touch was comes back with its token", OFF, async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ada20"] });
  await t.api("PATCH", "/program", { utm: { campaign: "by-{partner}", source: "{link}" } });
  const link = (key, more) => t.api("POST", "/links", { url: "https://example.com/", key, partnerId: ada.id, ...more });
  await link("templated");
  await link("own", { utm_campaign: "own" });
  await link("plain", { utmTemplates: false });
  await link("market", { kind: "listing" });
  await link("gone");
  const capture = async (params) => {
    const headers = { origin: "https://example.com", "sec-gpc": "1" };
    const response = await t.fetch(`/api/capture?key=${t.publishableKey}`, { method: "POST", headers, body: JSON.stringify({ params }) });
    return (await response.json()).token;
  };
  const landing = async () => (await (await t.fetch("/p/ada-analytics")).text()).match(/name="trb_id"[^>]*value="([^"]*)"/)[1];
  const table = [
    ["click", "templated", "by-ada-analytics", { campaign: "by-ada-analytics", source: "templated" }, (await t.click("templated")).token],
    ["click", "own", "own", { campaign: "own", source: "own" }, (await t.click("own")).token],
    ["click", "plain", "", {}, (await t.click("plain")).token],
    ["listing", "market", "by-ada-analytics", { campaign: "by-ada-analytics", source: "market" }, (await t.click("market")).token],
    ["click", "gone", "by-ada-analytics", { campaign: "by-ada-analytics", source: "gone" }, (await t.click("gone")).token],
    ["click", "ada-analytics", "by-ada-analytics", { campaign: "by-ada-analytics", source: "ada-analytics" }, await capture({ via: "ada-analytics" })],
    ["click", null, "", {}, await capture({ via: ada.id })],
    ["coupon", null, "", {}, await capture({ coupon: "ada20", utm_campaign: "june" })],
    ["landing", null, "", {}, await landing()],
  ];
  await t.db.prepare("DELETE FROM touch").run();
  for (const [i, [kind, key, campaign, utm, token]] of table.entries()) {
    assert.ok(token.length <= 120);
    const lead = await t.api("POST", "/track/lead", { clickId: token, eventName: "Sign up", customerExternalId: `c${i}` });
    assert.equal(lead.status, 200);
    const [row] = await t.rows("SELECT kind, (SELECT key FROM link WHERE id = link_id) AS key, campaign, utm, partner_id AS partner, coupon FROM touch WHERE source = 'token' ORDER BY rowid DESC LIMIT 1");
    const expected = { kind, key, campaign, utm, partner: ada.id, coupon: null };
    assert.deepEqual({ ...row, utm: JSON.parse(row.utm) }, expected, `${kind} ${key}`);
  }
});

test("a token of the time when none said what its touch was is read as it was then", OFF, async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.api("POST", "/links", { url: "https://example.com/", key: "market", partnerId: ada.id, kind: "listing" });
  const { body } = read((await t.click("market")).token);
  const landing = changed(changed(body, 3, randomBytes(16)), 19, Buffer.alloc(16));
  const at = (bytes) => changed(bytes, 3, millis(Date.now()));
  await t.db.prepare("DELETE FROM touch").run();
  for (const [i, [bytes, kind]] of [[body, "listing"], [at(landing), "landing"]].entries()) {
    const clickId = sign(changed(bytes, 2, Buffer.from([1])), t.keys);
    await t.api("POST", "/track/lead", { clickId, eventName: "Sign up", customerExternalId: `c${i}` });
    assert.equal((await t.rows("SELECT kind FROM touch ORDER BY rowid DESC LIMIT 1"))[0].kind, kind);
  }
});
