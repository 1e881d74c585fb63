// What Dub's official client, unchanged, asks of partners: their links.

import assert from "node:assert/strict";
import { client, refused } from "../support/dub.mjs";
import { test } from "../support/test.mjs";


/** Two partners, of whom one is known by the vendor's identifier, too. */
async function setting(t) {
  const dub = client(t);
  const ada = await dub.partners.create({ name: "Ada Analytics", email: "ada@partners.example", tenantId: "tenant-1" });
  const eve = await dub.partners.create({ name: "Eve Agency", email: "eve@partners.example" });
  return { dub, ada, eve };
}

/** What a call was refused for: the error's name and its message. */

test("a partner's links are made, listed and changed by either identifier", async (t) => {
  const { dub, ada, eve } = await setting(t);
  const link = await dub.partners.createLink({
    partnerId: ada.id, url: "https://example.com/pricing", key: "ada-x", comments: "mine",
    linkProps: { externalId: "ext-1", title: "Pricing", ios: "https://example.com/ios", comments: "not this" },
  });
  assert.deepEqual(
    [link.shortLink, link.partnerId, link.tenantId, link.externalId, link.title, link.ios, link.comments],
    [`${t.url}/ada-x`, ada.id, "tenant-1", "ext-1", "Pricing", "https://example.com/ios", "mine"],
  );
  // Without a destination: the partner's landing page. Our identifier goes before the vendor's.
  const bare = await dub.partners.createLink({ tenantId: "tenant-1", linkProps: { prefix: "ada-", tenantId: "another" } });
  assert.deepEqual([bare.url, bare.partnerId, bare.tenantId], [`${t.url}/p/ada-analytics`, ada.id, "another"]);
  assert.match(bare.key, /^ada-[2-9b-z]{7}$/);
  const hers = await dub.partners.createLink({ partnerId: eve.id, tenantId: "tenant-1", url: "https://example.com/" });
  assert.equal(hers.partnerId, eve.id);

  await t.click("ada-x");
  await t.until("SELECT coalesce(sum(count), 0) AS n FROM click_day", 1);
  for (const request of [{ partnerId: ada.id }, { tenantId: "tenant-1" }]) {
    const links = await dub.partners.retrieveLinks(request);
    assert.deepEqual(links.map(({ id, clicks }) => [id, clicks]), [[ada.links[0].id, 0], [link.id, 1], [bare.id, 0]]);
  }
  assert.deepEqual((await dub.partners.retrieveLinks({ partnerId: eve.id })).map(({ id }) => id), [eve.links[0].id, hers.id]);
});

test("an upsert means the same link when it is sent again, and another partner's never", async (t) => {
  const { dub, ada, eve } = await setting(t);
  const url = "https://example.com/pricing";
  const made = await dub.partners.upsertLink({ partnerId: ada.id, url });
  const again = await dub.partners.upsertLink({ tenantId: "tenant-1", url, linkProps: { title: "Twice" } });
  assert.deepEqual([again.id, again.key, again.title], [made.id, made.key, "Twice"]);
  const hers = await dub.partners.upsertLink({ partnerId: eve.id, url });
  assert.notEqual(hers.id, made.id);
  // By its key and by the external identifier.
  const keyed = await dub.partners.upsertLink({ partnerId: ada.id, url, key: "ada-x", linkProps: { externalId: "ext-1" } });
  const moved = await dub.partners.upsertLink({ partnerId: ada.id, url: "https://example.com/b", key: "ada-x" });
  const renamed = await dub.partners.upsertLink({ partnerId: ada.id, url, key: "ada-y", linkProps: { externalId: "ext-1" } });
  assert.deepEqual([moved.id, renamed.id], [keyed.id, keyed.id]);
  assert.deepEqual([moved.url, renamed.url, renamed.key], ["https://example.com/b", url, "ada-y"]);
  await refused(() => dub.partners.upsertLink({ partnerId: eve.id, url, key: "ada-y" }), "Conflict", /^key: /);
  await refused(() => dub.partners.upsertLink({ partnerId: eve.id, url, linkProps: { externalId: "ext-1" } }), "Conflict", /^externalId: /);
  await dub.links.create({ url, key: "ours" });
  await refused(() => dub.partners.upsertLink({ partnerId: eve.id, url, key: "ours" }), "Conflict", /^key: /);
  assert.deepEqual((await dub.partners.retrieveLinks({ partnerId: eve.id })).map(({ id }) => id), [eve.links[0].id, hers.id]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM link"), [{ n: 6 }]);
});

test("what cannot be is refused by name, and nothing is written", async (t) => {
  const { dub, ada } = await setting(t);
  const url = "https://example.com/";
  await dub.partners.createLink({ partnerId: ada.id, url, key: "taken", linkProps: { externalId: "taken" } });
  const before = await t.rows("SELECT * FROM link");
  for (const [name, said, body] of [
    ["UnprocessableEntity", /^partnerId: or tenantId must name the partner/, { url }],
    ["UnprocessableEntity", /^partnerId: /, { partnerId: "pn_1", url }],
    ["NotFound", /partner/i, { partnerId: "pn_00000000000000000000000000", url }],
    ["NotFound", /partner/i, { tenantId: "nobody", url }],
    ["UnprocessableEntity", /^url: /, { partnerId: ada.id, url: "https://evil.example/" }],
    ["UnprocessableEntity", /^url: /, { partnerId: ada.id, url: "" }],
    ["UnprocessableEntity", /^key: /, { partnerId: ada.id, url, key: "portal" }],
    ["UnprocessableEntity", /^rewrite: /, { partnerId: ada.id, url, linkProps: { rewrite: true } }],
    ["UnprocessableEntity", /^image: /, { partnerId: ada.id, url, linkProps: { image: "http://example.com/x.png" } }],
    ["UnprocessableEntity", /^tagNames: /, { partnerId: ada.id, url, linkProps: { tagNames: "unknown" } }],
    ["UnprocessableEntity", /^testVariants: /, { partnerId: ada.id, url, linkProps: { testVariants: [{ url, percentage: 100 }] } }],
    ["Conflict", /^key: /, { partnerId: ada.id, url, key: "Taken" }],
    ["Conflict", /^externalId: /, { partnerId: ada.id, url, linkProps: { externalId: "taken" } }],
  ]) {
    await refused(() => dub.partners.createLink(body), name, said);
  }
  // What the client's types do not let through.
  for (const [field, body] of [
    ["linkProps.partnerId", { linkProps: { partnerId: ada.id } }],
    ["linkProps.url", { linkProps: { url } }],
    ["linkProps.key", { linkProps: { key: "x" } }],
    ["linkProps.titel", { linkProps: { titel: "x" } }],
    ["links", { links: [] }],
    ["comments", { comments: 1 }],
  ]) {
    for (const [method, path] of [["POST", "/partners/links"], ["PUT", "/partners/links/upsert"]]) {
      const { status, body: answer } = await t.api(method, path, { partnerId: ada.id, url, ...body });
      assert.equal(status, 422, field);
      assert.ok(answer.error.message.startsWith(`${field}: `), answer.error.message);
    }
  }
  assert.equal((await t.api("PUT", "/partners/links/upsert", { partnerId: ada.id })).body.error.message, "url: is required");
  assert.deepEqual(await t.rows("SELECT * FROM link"), before);
  await refused(() => dub.partners.retrieveLinks({}), "UnprocessableEntity", /^partnerId: /);
  await refused(() => dub.partners.retrieveLinks({ tenantId: "nobody" }), "NotFound", /partner/i);
  await refused(() => client(t, "nonsense").partners.retrieveLinks({ partnerId: ada.id }), "Unauthorized", /./);
});

const DAY = 86_400_000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const figures = ({ clicks, leads, sales, saleAmount, earnings }) => [clicks, leads, sales, saleAmount, earnings];

/** Terms, and what Ada's two links and Eve's brought. */
async function brought(t) {
  const { dub, ada, eve } = await setting(t);
  const other = await dub.partners.createLink({ partnerId: ada.id, url: "https://example.com/b", key: "ada-b" });
  const rules = [{ name: "Tenth", pay: { percent: 100_000 } }];
  await t.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules });
  const { token } = await t.click("ada-analytics");
  await t.click("ada-b");
  await t.until("SELECT coalesce(sum(count), 0) AS n FROM click_day", 2);
  await dub.track.lead({ clickId: token, eventName: "Sign up", customerExternalId: "fresh" });
  const sale = (id, customer, days, amount) => ({ id, type: "revenue", kind: "new", at: ago(days), customer, amount, currency: "USD", invoice: id });
  const facts = [
    { id: "t1", type: "touch", kind: "click", at: ago(50), link: "ada-b", customer: "a" },
    { id: "t2", type: "touch", kind: "click", at: ago(50), link: "eve-agency", customer: "e" },
    sale("s1", "a", 40, 10_000), { ...sale("s2", "a", 3, 20_000), kind: "renewal" }, { ...sale("s3", "e", 3, 70_000), kind: "renewal" },
    { id: "r1", type: "revenue", kind: "refund", at: ago(2), customer: "a", amount: 5_000, currency: "USD", refundOf: "s2" },
  ];
  assert.equal((await t.facts(facts)).body.recorded, facts.length);
  return { dub, ada, eve, other };
}

test("a partner's figures: as one, by time and by link", async (t) => {
  const { dub, ada, eve, other } = await brought(t);
  const ask = (query) => dub.partners.analytics({ partnerId: ada.id, ...query });
  assert.deepEqual(figures(await ask({})), [2, 1, 0, 0, 0]);
  assert.deepEqual(figures(await ask({ interval: "7d" })), [2, 1, 1, 15_000, 1_500]);
  const all = await ask({ interval: "all", groupBy: "count" });
  assert.deepEqual(figures(all), [3, 1, 2, 25_000, 2_500]);
  assert.deepEqual(await dub.partners.analytics({ tenantId: "tenant-1", interval: "all" }), all);
  assert.deepEqual(figures(await dub.partners.analytics({ partnerId: eve.id, interval: "all" })), [1, 0, 1, 70_000, 7_000]);
  const sum = (list) => list.map(figures).reduce((sum, row) => sum.map((n, i) => n + row[i]));
  for (const [interval, least, most] of [["30d", 30, 32], ["90d", 90, 92], ["1y", 12, 14], ["all", 50, 52]]) {
    const series = await ask({ interval, groupBy: "timeseries" });
    assert.ok(series.length >= least && series.length <= most, `${interval}: ${series.length}`);
    assert.deepEqual(sum(series), figures(await ask({ interval })), interval);
  }
  const days = await ask({ start: ago(4).slice(0, 10), end: ago(2).slice(0, 10), groupBy: "timeseries" });
  assert.deepEqual(days.map(({ start, sales }) => [start, sales]), [4, 3, 2].map((n) => [`${ago(n).slice(0, 10)}T00:00:00.000Z`, n === 3 ? 1 : 0]));
  const links = await ask({ interval: "all", groupBy: "top_links" });
  assert.deepEqual(links.map((link) => [link.key, ...figures(link)]), [["ada-b", 2, 0, 2, 25_000, 2_500], ["ada-analytics", 1, 1, 0, 0, 0]]);
  assert.deepEqual([links[0].id, links[0].shortLink, links[0].partnerId], [other.id, `${t.url}/ada-b`, ada.id]);
  // The same as the list of commissions says.
  const listed = (await dub.commissions.list({ partnerId: ada.id })).result;
  assert.deepEqual([listed.length, listed.reduce((n, one) => n + one.earnings, 0)], [2, all.earnings]);
});

test("figures that cannot be asked for are refused by name", async (t) => {
  const { dub, ada } = await setting(t);
  await refused(() => dub.partners.analytics({ partnerId: ada.id }), "Conflict", /^terms: /);
  await t.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules: [{ name: "Tenth", pay: { percent: 100_000 } }] });
  for (const [query, said] of [
    ["", /^partnerId: or tenantId/], ["partnerId=ada", /^partnerId: /], [`partnerId=${ada.id}&groupBy=top_countries`, /^groupBy: must/],
    [`partnerId=${ada.id}&interval=2d`, /^interval: must/], [`partnerId=${ada.id}&start=soon`, /^start: must/], [`partnerId=${ada.id}&end=2026-13-01`, /^end: must/],
    [`partnerId=${ada.id}&start=2026-02-01&end=2026-01-01`, /^start: must be before/], [`partnerId=${ada.id}&timezone=Mars/Base`, /^timezone: must/],
    [`partnerId=${ada.id}&query=plan:pro`, /^query: /], [`partnerId=${ada.id}&interval=`, /^interval: must/],
  ]) {
    const { status, body } = await t.api("GET", `/partners/analytics?${query}`);
    assert.equal(status, 422, `${query}: ${JSON.stringify(body)}`);
    assert.match(body.error.message, said, query);
  }
  await refused(() => dub.partners.analytics({ tenantId: "nobody" }), "NotFound", /partner/i);
  await refused(() => client(t, t.publishableKey).partners.analytics({ partnerId: ada.id }), "Forbidden", /./);
});
