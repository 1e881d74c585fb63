// Invariant 2: a click's token alone is enough. The queue's consumer is away and every row of a click is deleted.

import assert from "node:assert/strict";
import { formId } from "../support/form.mjs";
import { test } from "../support/test.mjs";

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
