// Links by the API: the official client unchanged for every call of links, tags and folders that it offers, and what is refused.

import assert from "node:assert/strict";
import { client } from "../support/dub.mjs";
import { test } from "../support/test.mjs";

const url = "https://example.com/";

test("the client: a link from its making to its end", async (t) => {
  const dub = client(t);
  const ada = await dub.partners.create({ name: "Ada Analytics", email: "ada@partners.example", tenantId: "tenant-1" });
  const tag = await dub.tags.create({ name: "Spring", color: "green" });
  const folder = await dub.folders.create({ name: "Campaigns" });
  const sent = {
    url, key: "ada-x", externalId: "e1", partnerId: ada.id, tenantId: "tenant-1", tagIds: [tag.id], folderId: folder.id, comments: "a note",
    expiresAt: "2099-01-01T00:00:00.000Z", expiredUrl: `${url}late`, title: "T", description: "D", image: "https://example.com/i.png",
    proxy: true, ios: `${url}ios`, android: `${url}android`, geo: { AT: `${url}at` }, doIndex: true, trackConversion: true,
    utmSource: "s", utmMedium: "m", utmCampaign: "c", utmTerm: "t", utmContent: "x", ref: "ada",
    testVariants: [{ url: `${url}a`, percentage: 30 }, { url: `${url}b`, percentage: 70 }], testStartedAt: "2026-01-01T00:00:00.000Z",
  };
  const link = await dub.links.create(sent);
  const { tagIds, ref, url: _, ...same } = sent;
  for (const [name, value] of Object.entries(same)) assert.deepEqual(link[name], value, name);
  assert.deepEqual([link.url, link.tags, link.tagId], [`${url}?ref=ada`, [tag], tag.id]);

  for (const query of [{ linkId: link.id }, { externalId: "ext_e1" }, { key: "ADA-X" }, { domain: link.domain, key: "ada-x" }, { linkId: "ext_e1" }]) {
    assert.equal((await dub.links.get(query)).id, link.id, JSON.stringify(query));
  }
  const updated = await dub.links.update("ext_e1", { comments: null, archived: true, tagNames: [], key: "ada-y", expiresAt: null });
  assert.deepEqual(
    [updated.comments, updated.archived, updated.tags, updated.key, updated.expiresAt, updated.expiredUrl, updated.title],
    [null, true, [], "ada-y", null, null, "T"],
  );
  assert.deepEqual([(await t.click("ada-x")).status, (await t.click("ada-y")).status], [404, 302]);

  const again = await dub.links.upsert({ url, externalId: "e1", title: "Again" });
  assert.deepEqual([again.id, again.title, again.url], [link.id, "Again", url]);
  const fresh = await dub.links.upsert({ url: `${url}fresh` });
  assert.notEqual(fresh.id, link.id);
  assert.equal((await dub.links.upsert({ url: `${url}fresh`, title: "F" })).id, fresh.id);

  assert.equal(await dub.links.count({ showArchived: true, folderId: folder.id }), 1);
  assert.equal(await dub.links.count({ folderId: folder.id }), 0);
  assert.deepEqual(await dub.links.delete("ext_e1"), { id: link.id });
  await assert.rejects(dub.links.get({ linkId: link.id }), { name: "NotFound" });
  const { token } = await t.click("fresh");
  assert.equal(token, null);
  assert.equal((await t.click("ada-y")).status, 404);
  // Key and identifier are free again.
  assert.notEqual((await dub.links.create({ url, key: "ada-y", externalId: "e1" })).id, link.id);
});

test("the client: many at once, each by itself", async (t) => {
  const dub = client(t);
  await dub.links.create({ url, key: "taken", externalId: "e0" });
  const made = await dub.links.createMany([
    { url, key: "one" }, { url, key: "TAKEN" }, { url: "https://evil.example/" }, { url, key: "one" }, { url, externalId: "e2" },
  ]);
  assert.deepEqual(made.map((item) => item.code ?? "link"), ["link", "conflict", "unprocessable_entity", "conflict", "link"]);
  assert.match(made[2].error, /^url:/);
  assert.deepEqual(made[2].link, { url: "https://evil.example/" });
  const changed = await dub.links.updateMany({ linkIds: [made[0].id], externalIds: ["e2"], data: { archived: true, utmSource: "bulk" } });
  assert.deepEqual(changed.map(({ id, archived, utmSource }) => [id, archived, utmSource]), [[made[0].id, true, "bulk"], [made[4].id, true, "bulk"]]);
  const mixed = await t.api("PATCH", "/links/bulk", { linkIds: [made[0].id, "link_none"], data: { url: `${url}new` } });
  assert.deepEqual([mixed.body[0].url, mixed.body[1].code, mixed.body[1].link], [`${url}new`, "not_found", "link_none"]);
  assert.deepEqual(await dub.links.deleteMany({ linkIds: [made[0].id, "ext_e2", "ext_none"] }), { deletedCount: 2 });
  assert.equal((await t.api("GET", "/links/count?showArchived=true")).body, 1);
});

test("the client: tags and folders", async (t) => {
  const dub = client(t);
  const tag = await dub.tags.create({ name: "Spring", color: "green" });
  await assert.rejects(dub.tags.create({ name: "SPRING" }), { name: "Conflict" });
  assert.deepEqual(await dub.tags.update(tag.id, { name: "Summer", color: "red" }), { ...tag, name: "Summer", color: "red" });
  assert.deepEqual((await dub.tags.list({ search: "summ" })).map(({ id }) => id), [tag.id]);
  const folder = await dub.folders.create({ name: "A", description: "first", accessLevel: "read" });
  assert.equal((await dub.folders.update(folder.id, { name: "B" })).description, "first");
  assert.deepEqual((await dub.folders.list({})).map(({ name }) => name), ["B"]);
  const link = await dub.links.create({ url, tagNames: ["summer"], folderId: folder.id });
  const found = async (query) => (await dub.links.list(query)).result.map(({ id }) => id);
  for (const query of [{ tagNames: ["SUMMER"] }, { tagIds: [tag.id] }, { folderId: folder.id }]) assert.deepEqual(await found(query), [link.id]);
  assert.deepEqual(await found({ tagNames: ["winter"] }), []);
  assert.deepEqual([await dub.tags.delete(tag.id), await dub.folders.delete(folder.id)], [{ id: tag.id }, { id: folder.id }]);
  const after = await dub.links.get({ linkId: link.id });
  assert.deepEqual([after.tags, after.folderId], [[], null]);
});

test("pages by cursor", async (t) => {
  for (let i = 0; i < 5; i++) await t.api("POST", "/links", { url, key: `k${i}` });
  const page = async (query) => (await t.api("GET", `/links?${query}`)).body;
  const all = await page("");
  const keys = (links) => links.map(({ key }) => key);
  assert.deepEqual(keys(await page(`startingAfter=${all[1].id}&pageSize=2`)), keys(all.slice(2, 4)));
  assert.deepEqual(keys(await page(`endingBefore=${all[3].id}&pageSize=2`)), keys(all.slice(1, 3)));
});

test("a link that is deleted keeps its history: its tokens credit, its touches stay", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { body: link } = await t.api("POST", "/links", { url, key: "ada-x", partnerId: ada.id });
  const { token } = await t.click("ada-x");
  await t.until("SELECT count(*) AS n FROM touch", 1);
  assert.equal((await t.api("DELETE", `/links/${link.id}`)).status, 200);
  assert.equal((await t.api("DELETE", `/links/${link.id}`)).status, 404);
  assert.equal((await t.click("ada-x")).status, 404);
  const lead = await t.api("POST", "/track/lead", { clickId: token, eventName: "Sign up", customerExternalId: "c1" });
  assert.deepEqual([lead.status, lead.body.link.partnerId], [200, ada.id]);
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch"))[0].n, 1);
});

test("of links that are taken back, those stay that somebody has changed or followed", async (t) => {
  const sent = ["fresh", "changed", "followed", "previewed"].map((key) => ({ url, key, externalId: `list-${key}` }));
  const { body: made } = await t.api("POST", "/links/bulk", sent);
  await t.api("PATCH", `/links/${made[1].id}`, { comments: "mine" });
  await t.click("followed");
  await t.fetch("/previewed", { redirect: "manual", headers: { "user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)" } });
  await t.until("SELECT count(*) AS n FROM touch", 2);
  const ids = [...made.map(({ externalId }) => `ext_${externalId}`), "ext_none"].join();
  const back = (more = "") => t.api("DELETE", `/links/bulk?linkIds=${ids}${more}`);
  assert.deepEqual([(await back("&untouched=perhaps")).status, (await t.api("GET", "/links/count")).body], [422, 4]);
  const kept = { deletedCount: 2, keptIds: ["ext_list-changed", "ext_list-followed"] };
  assert.deepEqual((await back("&untouched=true")).body, kept);
  assert.deepEqual((await back("&untouched=true")).body, { ...kept, deletedCount: 0 });
  assert.deepEqual([(await t.click("followed")).status, (await t.click("fresh")).status], [302, 404]);
  assert.deepEqual((await back("&untouched=false")).body, { deletedCount: 2 });
  assert.equal((await t.api("GET", "/links/count")).body, 0);
});

test("what breaks a rule is refused by its field, and nothing is written", async (t) => {
  const evil = "https://evil.example/";
  const { body: live } = await t.api("POST", "/links", { url, key: "live" });
  const before = await t.rows("SELECT * FROM link");
  for (const [field, change] of [
    ["url", { url: evil }],
    ["url", { url: "javascript:alert(1)" }],
    ["url", { url: `${url}?utm_term=x&trb_id=${"a".repeat(40)}` }],
    ["url", { url: `${url}?TRB%5Fid#top` }],
    ["url", { url: `${t.url}/live` }],
    ["geo", { geo: { AT: `${t.url}/nobody-yet+?x` } }],
    ["expiredUrl", { expiresAt: "2027-01-01", expiredUrl: evil }],
    ["expiredUrl", { expiredUrl: url }],
    ["expiresAt", { expiresAt: "tomorrow" }],
    ["limitUrl", { clickLimit: 5, limitUrl: evil }],
    ["limitUrl", { limitUrl: url }],
    ["clickLimit", { clickLimit: 0 }],
    ["clickLimit", { clickLimit: -1 }],
    ["insteadUrl", { state: "paused", insteadUrl: evil }],
    ["insteadUrl", { insteadUrl: url }],
    ["state", { state: "asleep" }],
    ["ios", { ios: evil }],
    ["android", { android: "intent://x" }],
    ["desktop", { desktop: evil }],
    ["geo", { geo: { AT: evil } }],
    ["geo", { geo: { Austria: url } }],
    ["languages", { languages: { de: evil } }],
    ["languages", { languages: { "d!": url } }],
    ["testVariants", { testVariants: [{ url, percentage: 100 }] }],
    ["testVariants", { testVariants: [{ url, percentage: 50 }, { url, percentage: 49 }] }],
    ["testVariants", { testVariants: [{ url, percentage: 50 }, { url: evil, percentage: 50 }] }],
    ["testCompletedAt", { testStartedAt: "2026-02-01", testCompletedAt: "2026-01-01" }],
    ["password", { password: "x".repeat(201) }],
    ["image", { image: "data:image/png;base64,AAAA" }],
    ["tagIds", { tagIds: ["tag_none"] }],
    ["tagNames", { tagNames: "none" }],
    ["folderId", { folderId: "fold_none" }],
    ["partnerId", { partnerId: "pn_none" }],
    ["domain", { domain: "dub.sh" }],
    ["key", { key: "a/b" }],
    ["key", { key: "api" }],
    ["kind", { kind: "banner" }],
    ["externalId", { externalId: "a b" }],
    ["externalId", { externalId: "ext_1" }],
    ["rewrite", { rewrite: true }],
    ["video", { video: "https://example.com/v.mp4" }],
    ["titel", { titel: "T" }],
    ["archived", { archived: "yes" }],
  ]) {
    for (const [method, path, body] of [["POST", "/links", { url, ...change }], ["PATCH", `/links/${live.id}`, change]]) {
      const answer = await t.api(method, path, body);
      assert.equal(answer.status, 422, `${method} ${JSON.stringify(change)} ${JSON.stringify(answer.body)}`);
      assert.ok(answer.body.error.message.startsWith(`${field}:`), answer.body.error.message);
    }
  }
  for (const [method, path, body, status] of [
    ["POST", "/links", {}, 422],
    ["POST", "/links", { url, keyLength: 2 }, 422],
    ["POST", "/links", { url, prefix: "a/" }, 422],
    ["POST", "/links/bulk", {}, 400],
    ["POST", "/links/bulk", [], 422],
    ["POST", "/links/bulk", Array(101).fill({ url }), 422],
    ["PATCH", "/links/bulk", { linkIds: [live.id], data: { key: "x" } }, 422],
    ["PATCH", "/links/bulk", { data: {} }, 422],
    ["DELETE", "/links/bulk", undefined, 422],
    ["PATCH", "/links/nothing", {}, 404],
    ["DELETE", "/links/ext_nothing", undefined, 404],
    ["GET", "/links/info", undefined, 422],
    ["GET", "/links/info?key=a/b", undefined, 404],
    ["GET", "/links/count?groupBy=domain", undefined, 422],
    ["GET", "/links?folderId=x", undefined, 422],
    ["GET", "/links?startingAfter=x", undefined, 422],
    ["POST", "/tags", {}, 422],
    ["POST", "/tags", { name: "x", color: "mauve" }, 422],
    ["POST", "/tags", { name: "x".repeat(51) }, 422],
    ["PATCH", "/tags/tag_none", {}, 404],
    ["POST", "/folders", { name: " " }, 422],
    ["POST", "/folders", { name: "x", accessLevel: "all" }, 422],
    ["DELETE", "/folders/none", undefined, 404],
    ["POST", "/groups", {}, 422],
    ["POST", "/groups", { name: "x", utm: 5 }, 422],
    ["POST", "/groups", { name: "x", utm: { term: "{partnr}" } }, 422],
    ["PATCH", "/groups/none", {}, 404],
  ]) {
    const answer = await t.api(method, path, body);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(answer.body)}`);
    assert.ok(answer.body.error.message, path);
  }
  assert.deepEqual(await t.rows("SELECT * FROM link"), before);
});

test("a store that fails refuses, and asks to send it again", async (t) => {
  await t.db.prepare("ALTER TABLE link RENAME TO gone").run();
  for (const [method, path, body] of [["POST", "/links", { url }], ["GET", "/links"], ["GET", "/links/count"], ["PUT", "/links/upsert", { url, key: "x" }], ["DELETE", "/links/ext_x"]]) {
    const answer = await t.api(method, path, body);
    assert.deepEqual([answer.status, answer.body.error.code], [503, "internal_server_error"], path);
  }
  const bulk = await t.api("POST", "/links/bulk", [{ url }, { url: "nothing" }]);
  assert.deepEqual(bulk.body.map(({ code }) => code), ["internal_server_error", "unprocessable_entity"]);
});
