// The official client of Dub, unchanged: only its serverURL is ours.

import assert from "node:assert/strict";
import { client } from "../support/dub.mjs";
import { test } from "../support/test.mjs";


test("a partner, a link, a lead and a sale", async (t) => {
  const dub = client(t);
  const partner = await dub.partners.create({ name: "Ada Analytics", email: "ada@partners.example", tenantId: "tenant-1" });
  assert.equal(partner.username, "ada-analytics");
  assert.equal(partner.links[0].shortLink, `${t.url}/ada-analytics`);
  const link = await dub.links.create({
    url: "https://example.com/pricing", key: "ada-x", partnerId: partner.id, externalId: "ext-1", utmSource: "ada", utmCampaign: "spring",
  });
  assert.equal(link.shortLink, `${t.url}/ada-x`);
  assert.deepEqual([link.utmSource, link.utmCampaign, link.partnerId], ["ada", "spring", partner.id]);

  const { token } = await t.click("ada-x");
  const lead = await dub.track.lead({
    clickId: token, eventName: "Sign up", customerExternalId: "c1", customerName: "Bea Buyer", customerEmail: "bea@buyer.example",
  });
  assert.deepEqual([lead.click.id, lead.link.id, lead.customer.externalId], [token, link.id, "c1"]);
  const sale = await dub.track.sale({
    customerExternalId: "c1", amount: 9900, currency: "usd", paymentProcessor: "stripe", invoiceId: "in_1", metadata: { plan: "pro" },
  });
  assert.deepEqual(sale.sale, { amount: 9900, currency: "usd", paymentProcessor: "stripe", invoiceId: "in_1", metadata: { plan: "pro" } });
  assert.equal(sale.customer.name, "Bea Buyer");

  await t.until("SELECT coalesce(sum(count), 0) AS n FROM click_day", 1);
  const links = await dub.links.list({ tenantId: undefined, search: "ada-x" });
  assert.deepEqual(links.result.map((l) => [l.id, l.clicks, l.leads, l.sales, l.saleAmount]), [[link.id, 1, 1, 1, 9900]]);
  const partners = await dub.partners.list({ tenantId: "tenant-1" });
  assert.deepEqual(partners.map((p) => [p.id, p.totalClicks, p.totalSaleAmount]), [[partner.id, 1, 9900]]);
});

test("pages of a list", async (t) => {
  const dub = client(t);
  for (let i = 0; i < 5; i++) await dub.links.create({ url: "https://example.com/", key: `k${i}` });
  const pages = [];
  for (let page = 1; page <= 3; page++) {
    pages.push((await dub.links.list({ page, pageSize: 2 })).result.map((link) => link.key));
  }
  assert.deepEqual(pages, [["k4", "k3"], ["k2", "k1"], ["k0"]]);
});

test("an embed token for a partner by identifier, by tenant, and by properties", async (t) => {
  const dub = client(t);
  const partner = await dub.partners.create({ name: "Ada Analytics", email: "ada@partners.example", tenantId: "tenant-1" });
  const feeds = [];
  for (const request of [{ partnerId: partner.id }, { tenantId: "tenant-1" }, { partner: { email: "ada@partners.example" } }]) {
    const { publicToken, expires } = await dub.embedTokens.referrals(request);
    assert.ok(new Date(expires) > new Date());
    feeds.push((await t.feed({ token: publicToken })).body.log.partners[0].name);
  }
  assert.deepEqual(feeds, Array(3).fill("Ada Analytics"));
});

test("errors are the client's own", async (t) => {
  const dub = client(t);
  await dub.links.create({ url: "https://example.com/", key: "taken" });
  const partner = await dub.partners.create({ name: "Ada", email: "ada@partners.example", username: "ada" });
  for (const [name, call] of [
    ["Conflict", () => dub.links.create({ url: "https://example.com/", key: "TAKEN" })],
    ["Conflict", () => dub.partners.create({ name: "Eve", email: "eve@partners.example", username: "ada" })],
    ["UnprocessableEntity", () => dub.links.create({ url: "https://evil.example/" })],
    ["UnprocessableEntity", () => dub.links.create({ url: "https://example.com/", key: "portal" })],
    ["UnprocessableEntity", () => dub.links.create({ url: "https://example.com/", rewrite: true })],
    ["UnprocessableEntity", () => dub.partners.create({ name: "Eve", email: "nobody" })],
    ["UnprocessableEntity", () => dub.track.sale({ customerExternalId: "c", amount: 0 })],
    ["NotFound", () => dub.embedTokens.referrals({ tenantId: "unknown" })],
    ["Unauthorized", () => client(t, "nonsense").links.list({})],
    ["Forbidden", () => client(t, t.publishableKey).links.list({})],
  ]) {
    await assert.rejects(call, (error) => {
      assert.equal(error.name, name, error.message);
      return true;
    });
  }
  const again = await dub.partners.create({ name: "Ada Renamed", email: "ADA@partners.example" });
  assert.deepEqual([again.id, again.name, again.username], [partner.id, "Ada Renamed", "ada"]);
});
