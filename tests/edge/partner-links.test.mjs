// What a partner's people do by themselves: they make links within the program's rules, and read their links, coupons and pages.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const url = "https://example.com/";

/** A partner with the session of its first admin, and what they ask from a page of ours. */
async function partner(t, name, more) {
  const who = await t.partner(name, more);
  const cookie = await t.signIn(who);
  const call = (method, path, body) => t.api(method, path, body, { key: null, headers: { cookie, origin: t.url.replace(/\/$/, "") } });
  return { ...who, cookie, call, make: (link) => call("POST", "/links", { url, ...link }) };
}

/** Sets how many live links a partner may have. */
async function limit(t, partnerLinksLimit) {
  assert.equal((await t.api("PATCH", "/program", { partnerLinksLimit })).status, 200);
}

const links = async (t) => (await t.rows("SELECT * FROM link ORDER BY id")).map(({ id, key, made_by }) => [id, key, made_by]);
const keys = ({ body }) => body.map(({ key }) => key).sort();

test("a link of one's own: made, listed, clicked, credited, and in the log of changes", async (t) => {
  const group = (await t.api("POST", "/groups", { name: "Gold", utm: { medium: "{group}" } })).body;
  await t.api("PATCH", "/program", { utm: { source: "{partner}", medium: "partner", campaign: "every" } });
  const ada = await partner(t, "Ada Analytics", { groupId: group.id, tenantId: "t-1" });
  const sent = { url: `${url}pricing?a=1`, key: "Ada-Spring", comments: "for the newsletter", utm_campaign: "spring", utm_content: "top", utm_term: "crm" };
  const { status, body: link } = await ada.make({ ...sent, partnerId: ada.id });
  assert.equal(status, 200, JSON.stringify(link));
  const { id, domain, shortLink, createdAt, ...rest } = link;
  assert.deepEqual(rest, {
    ...sent, key: "ada-spring", partnerId: ada.id, state: "live", changeable: true, expiresAt: null, archived: false, utm_source: null, utm_medium: null,
  });
  assert.deepEqual([shortLink, domain], [`${t.url.replace(/\/$/, "")}/ada-spring`, new URL(t.url).host]);
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
  assert.deepEqual((await ada.call("GET", "/links?search=spring")).body, [link]);
  assert.deepEqual(keys(await ada.call("GET", "/links")), ["ada-analytics", "ada-spring"]);

  // The marketer sees whose and who made it; templates fill what the partner's people did not say.
  const seen = (await t.api("GET", `/links/info?linkId=${id}`)).body;
  assert.deepEqual([seen.partnerId, seen.madeBy, seen.tenantId, seen.comments], [ada.id, ada.id, "t-1", sent.comments]);
  assert.equal((await t.api("GET", "/links/info?key=ada-analytics")).body.madeBy, null);
  const { location, token } = await t.click("ada-spring");
  const query = Object.fromEntries(new URL(location).searchParams);
  assert.deepEqual(query, { a: "1", utm_source: "ada-analytics", utm_medium: "Gold", utm_campaign: "spring", utm_content: "top", utm_term: "crm", trb_id: token });
  const lead = await t.api("POST", "/track/lead", { clickId: token, eventName: "Sign up", customerExternalId: "c1" });
  assert.equal(lead.body.link.partnerId, ada.id);
  const [entry] = (await t.api("GET", `/audit?target=${id}`)).body;
  assert.deepEqual([entry.actor, entry.action, entry.after.partner_id], [ada.email, "created", ada.id]);

  // A member may, too, and a random key comes where none is sent; one's own landing page is a place to lead to.
  const member = (await ada.call("POST", "/members", { email: "max@ada.example", role: "partner_member" })).body;
  const door = (await t.api("POST", "/sign-in-links", { memberId: member.id })).body.url;
  const cookie = (await t.fetch(new URL(door).pathname + new URL(door).search)).headers.getSetCookie()[0].split(";")[0];
  const own = `${t.url.replace(/\/$/, "")}/p/ada-analytics`;
  for (const page of [own, `${own}/spring?x=1`, `${own}#form`]) {
    const made = await t.api("POST", "/links", { url: page }, { key: null, headers: { cookie, origin: t.url.replace(/\/$/, "") } });
    assert.deepEqual([made.status, made.body.url, made.body.key?.length], [200, page, 7], JSON.stringify(made.body));
  }
});

test("what is not theirs to say is refused by its field, and nothing is written", async (t) => {
  const eve = await t.partner("Eclipse");
  const ada = await partner(t, "Ada Analytics");
  await t.api("PATCH", "/program", { domains: ["go.example.com"] });
  const tag = (await t.api("POST", "/tags", { name: "spring" })).body;
  const before = await links(t);
  const ours = t.url.replace(/\/$/, "");
  for (const [link, field, expected = 422] of [
    [{ url: undefined }, "url"],
    [{ url: null }, "url"],
    [{ url: 5 }, "url"],
    [{ url: "/p/ada-analytics" }, "url"],
    [{ url: "javascript:alert(1)" }, "url"],
    [{ url: "https://evil.example/" }, "url"],
    [{ url: "https://example.com.evil.example/" }, "url"],
    [{ url: "https://user@example.com/" }, "url"],
    [{ url: `${url}${"x".repeat(2000)}` }, "url"],
    [{ url: `${ours}/` }, "url"],
    [{ url: `${ours}/eclipse` }, "url"],
    [{ url: `${ours}/p/eclipse` }, "url"],
    [{ url: `${ours}/p/ada-analytics-2` }, "url"],
    [{ url: `${ours}/p/ada-analytics/../eclipse` }, "url"],
    [{ url: `${ours}/p/ada-analytics/%2e%2e/eclipse` }, "url"],
    [{ url: "https://go.example.com/eclipse" }, "url"],
    [{ url: `${url}?utm_source=mine` }, "url"],
    [{ url: `${url}?a=1&utm%5Fmedium=mine#x` }, "url"],
    [{ url: `${url}?trb_id=forged` }, "url"],
    [{ key: "api" }, "key"],
    [{ key: "p0rta1" }, "key"],
    [{ key: "a b" }, "key"],
    [{ key: 7 }, "key"],
    [{ key: "ECLIPSE" }, "key", 409],
    [{ key: "ec1ipse" }, "key", 409],
    [{ comments: 5 }, "comments"],
    [{ utm_campaign: ["x"] }, "utm_campaign"],
    [{ partnerId: eve.id }, "partnerId"],
    [{ partnerId: null }, "partnerId"],
    [{ partnerId: "" }, "partnerId"],
    [{ partnerId: [ada.id] }, "partnerId"],
    [{ utm_source: "mine" }, "utm_source"],
    [{ utm_medium: null }, "utm_medium"],
    [{ utm_id: "x" }, "utm_id"],
    [{ utmTemplates: false }, "utmTemplates"],
    [{ domain: "go.example.com" }, "domain"],
    [{ keyLength: 3 }, "keyLength"],
    [{ prefix: "x" }, "prefix"],
    [{ externalId: "e1" }, "externalId"],
    [{ tenantId: "t1" }, "tenantId"],
    [{ tagIds: [tag.id] }, "tagIds"],
    [{ folderId: null }, "folderId"],
    [{ expiresAt: "2030-01-01" }, "expiresAt"],
    [{ password: "sesame" }, "password"],
    [{ title: "T" }, "title"],
    [{ image: "https://example.com/i.png" }, "image"],
    [{ ios: url }, "ios"],
    [{ geo: { AT: url } }, "geo"],
    [{ testVariants: null }, "testVariants"],
    [{ state: "paused" }, "state"],
    [{ kind: "listing" }, "kind"],
    [{ archived: true }, "archived"],
    [{ clickLimit: 5 }, "clickLimit"],
    [{ programId: "x" }, "programId"],
    [{ madeBy: eve.id }, "madeBy"],
    [{ comission: 1 }, "comission"],
  ]) {
    const { status, body } = await ada.make(link);
    assert.deepEqual([status, body.error?.message.split(":")[0]], [expected, field], `${JSON.stringify(link)} ${JSON.stringify(body)}`);
  }
  for (const body of ["[]", "5", "{", ""]) assert.equal((await ada.call("POST", "/links", body)).status, 400, body);
  assert.deepEqual(await links(t), before);
});

test("another partner's is neither made nor read, whatever is asked for", async (t) => {
  const eve = await partner(t, "Eve Agency", { coupons: ["EVE10"] });
  const ada = await partner(t, "Ada Analytics", { coupons: ["ADA10"] });
  const tag = (await t.api("POST", "/tags", { name: "watch" })).body;
  const folder = (await t.api("POST", "/folders", { name: "slow payers" })).body;
  const { body: link } = await t.api("POST", "/links", {
    url: `${url}eve`, key: "eve-own", partnerId: eve.id, tagIds: [tag.id], folderId: folder.id, externalId: "crm-7", comments: "watch them", archived: true,
  });
  for (const name of [ada, eve]) {
    for (const slug of ["spring", "summer"]) {
      const { body: page } = await t.api("POST", "/pages", { partnerId: name.id, slug, content: { headline: `${name.name} ${slug}` } });
      if (slug === "spring") await t.api("POST", `/pages/${page.id}/publish`, {});
    }
  }
  for (const noun of ["links", "discount-codes", "pages"]) {
    for (const named of [eve.id, "pn_00000000000000000000000000"]) assert.equal((await ada.call("GET", `/${noun}?partnerId=${named}`)).status, 404, noun);
    assert.equal((await ada.call("GET", `/${noun}?partnerId=eve`)).status, 422, noun);
    assert.equal((await ada.call("GET", `/${noun}?pageSize=0`)).status, 422, noun);
    const own = (await ada.call("GET", `/${noun}?showArchived=true`)).body;
    assert.ok(own.length > 0 && own.every(({ partnerId }) => partnerId === ada.id), `${noun} ${JSON.stringify(own)}`);
    assert.deepEqual((await ada.call("GET", `/${noun}?partnerId=${ada.id}&showArchived=true`)).body, own);
  }
  assert.deepEqual((await ada.call("GET", "/links?search=eve&showArchived=true")).body, []);
  assert.deepEqual((await ada.call("GET", `/links?startingAfter=${link.id}&showArchived=true`)).body.map(({ partnerId }) => partnerId), [ada.id]);
  assert.deepEqual((await ada.call("GET", "/discount-codes")).body.map(({ code }) => code), ["ADA10"]);
  // By what the program files links under, nobody of a partner's learns how theirs are filed.
  for (const query of [`tagId=${tag.id}`, `tagIds=${tag.id}`, "tagNames=watch", `folderId=${folder.id}`, "externalId=crm-7", "tenantId=t"]) {
    const { status, body } = await eve.call("GET", `/links?showArchived=true&${query}`);
    assert.deepEqual([status, body.error?.message.split(":")[0]], [422, query.split("=")[0]]);
  }
  // Her link is hers to see; what the program wrote down about it is not, nor what it counts by other rules than the feed.
  const seen = (await eve.call("GET", "/links?showArchived=true&search=own")).body;
  assert.deepEqual(seen.map(({ id, archived, comments }) => [id, archived, comments]), [[link.id, true, null]]);
  for (const word of ["watch", "slow payers", "crm-7", folder.id, tag.id, "clicks", "saleAmount"]) assert.ok(!JSON.stringify(seen).includes(word), word);
  for (const [method, path, body] of [
    ["GET", `/links/info?linkId=${link.id}`],
    ["GET", "/links/count"],
    ["PUT", "/links/upsert", { url, key: "eve-own" }],
    ["POST", "/links/bulk", [{ url }]],
    ["DELETE", `/links/${link.id}`],
    ["DELETE", `/links/bulk?linkIds=${link.id}`],
    ["POST", "/partners/links", { partnerId: ada.id, url }],
    ["GET", `/export?kind=links`],
    ["GET", `/export?kind=coupons`],
    ["POST", "/discount-codes", { code: "MINE", partnerId: ada.id }],
    ["POST", "/pages", { partnerId: ada.id, slug: "x" }],
  ]) {
    for (const who of [ada, eve]) assert.equal((await who.call(method, path, body)).status, 403, `${method} ${path}`);
  }
  // What the program made, only the program changes; what is another's is not there.
  for (const [who, status] of [[ada, 404], [eve, 403]]) {
    for (const body of [{ url }, { state: "paused" }, {}]) assert.equal((await who.call("PATCH", `/links/${link.id}`, body)).status, status);
  }
  // Given to another partner, a link takes no notes of the first one's along.
  const { body: noted } = await ada.make({ key: "noted", comments: "Ada's secret" });
  await t.api("PATCH", `/links/${noted.id}`, { partnerId: eve.id });
  assert.deepEqual((await eve.call("GET", "/links?search=noted")).body.map(({ comments }) => comments), [null]);
  assert.deepEqual((await ada.call("GET", "/links?search=noted")).body, []);
});

test("a link of one's own is paused, goes on, and is taken back for good", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const eve = await partner(t, "Eve Agency");
  const { body: link } = await ada.make({ key: "spring" });
  const set = (state, who = ada) => who.call("PATCH", `/links/${link.id}`, { state });
  const seen = async () => (await ada.call("GET", "/links?search=spring")).body.map(({ state, changeable }) => [state, changeable]);
  const visit = async () => (await t.click("spring")).status;
  assert.deepEqual([await seen(), await visit()], [[["live", true]], 302]);
  for (const body of [{}, { state: "gone" }, { state: 5 }, { state: null }, { state: "Paused" }, { state: "paused", url }, { url }, { key: "x" }, { comments: "x" }, { archived: true }, { insteadUrl: url }]) {
    assert.equal((await ada.call("PATCH", `/links/${link.id}`, body)).status, 422, JSON.stringify(body));
  }
  for (const body of ["[]", "{", ""]) assert.equal((await ada.call("PATCH", `/links/${link.id}`, body)).status, 400, body);
  assert.equal((await set("paused", eve)).status, 404);
  assert.equal((await ada.call("PATCH", "/links/ext_none", { state: "paused" })).status, 404);
  assert.deepEqual(await seen(), [["live", true]]);

  for (let again = 0; again < 2; again += 1) {
    const { status, body } = await set("paused");
    assert.deepEqual([status, body.state, body.changeable], [200, "paused", true]);
  }
  const paused = await t.fetch("/spring", { redirect: "manual" });
  assert.equal(paused.headers.get("location")?.startsWith(url) ?? false, false, "a paused link does not lead on");
  // A change of the program's that says nothing of the state leaves it theirs.
  await t.api("PATCH", `/links/${link.id}`, { comments: "seen" });
  assert.deepEqual(await seen(), [["paused", true]]);
  assert.deepEqual([(await set("live")).body.state, await visit()], ["live", 302]);

  // What the program paused, the program lets go on.
  await t.api("PATCH", `/links/${link.id}`, { state: "paused" });
  assert.deepEqual(await seen(), [["paused", false]]);
  assert.deepEqual([(await set("live")).status, (await set("retired")).status, (await set("paused")).status], [403, 403, 200]);
  await t.api("PATCH", `/links/${link.id}`, { state: "live" });

  // Going on counts as one more: pausing makes no room that is used twice.
  await set("paused");
  await limit(t, 1);
  const full = await set("live");
  assert.deepEqual([full.status, full.body.error.message.split(":")[0]], [409, "partnerLinksLimit"]);
  await limit(t, 50);
  assert.equal((await set("live")).status, 200);

  assert.deepEqual([(await set("retired")).body.state, await seen(), await visit()], ["retired", [["retired", false]], 410]);
  assert.deepEqual([(await set("retired")).status, (await set("live")).status, (await set("paused")).status], [200, 409, 409]);
  const changes = (await t.api("GET", `/audit?target=${link.id}`)).body.filter(({ actor }) => actor === ada.email);
  assert.deepEqual(changes.map(({ after }) => (JSON.parse(after.state?.state ? JSON.stringify(after.state) : after.state ?? "{}")).state).filter(Boolean).length, changes.length);
});

test("pages are those that are public, as the public sees them", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const { body: page } = await t.api("POST", "/pages", { partnerId: ada.id, slug: "spring", content: { headline: "First" } });
  assert.deepEqual((await ada.call("GET", "/pages")).body, []);
  await t.api("POST", `/pages/${page.id}/publish`, {});
  const first = (await ada.call("GET", "/pages")).body;
  assert.deepEqual(first.map(({ id, slug, content, state }) => [id, slug, content.headline, state]), [[page.id, "spring", "First", "live"]], JSON.stringify(first));
  assert.equal((await t.fetch(new URL(first[0].url).pathname)).status, 200);
  await t.api("PATCH", `/pages/${page.id}`, { content: { headline: "Secret draft" } });
  assert.deepEqual((await ada.call("GET", "/pages")).body, first);
  for (const path of [`/pages/${page.id}`, `/pages/${page.id}/versions`]) assert.equal((await ada.call("GET", path)).status, 403);
  await t.api("POST", `/pages/${page.id}/publish`, {});
  assert.equal((await ada.call("GET", "/pages")).body[0].content.headline, "Secret draft");
  await t.api("POST", `/pages/${page.id}/unpublish`, {});
  assert.deepEqual((await ada.call("GET", "/pages")).body, []);
});

test("the limit holds, however requests meet; a form is told it before", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const eve = await partner(t, "Eve Agency");
  const rules = async (who) => (await who.call("GET", "/session")).body.linkRules;
  const { body: session } = await ada.call("GET", "/session");
  assert.deepEqual([session.role, session.partnerId], ["partner_admin", ada.id]);
  const allowedHosts = ["example.com", "*.example.com", "northbeam.example"];
  assert.deepEqual(session.linkRules, { allowedHosts, partnerLinksLimit: 50, links: 1 });
  const marketer = await t.signIn("marketer");
  assert.equal((await t.api("GET", "/session", undefined, { key: null, headers: { cookie: marketer } })).body.linkRules, null);

  // Enrolment made one; three more are asked for at once, and two are allowed.
  await limit(t, 3);
  const met = await Promise.all(["a1", "a2", "a3"].map((key) => ada.make({ key })));
  assert.deepEqual(met.map(({ status }) => status).sort(), [200, 200, 409]);
  const refused = met.find(({ status }) => status === 409).body.error;
  assert.deepEqual([refused.code, refused.message.split(":")[0]], ["conflict", "partnerLinksLimit"]);
  assert.match(refused.message, /3 live links/);
  assert.deepEqual(await rules(ada), { allowedHosts, partnerLinksLimit: 3, links: 3 });
  assert.equal((await eve.make()).status, 200, "another's links are no concern of hers");
  // The program's people are not bound by it, and what they retire or delete makes room; what they file away leads on.
  const { body: fourth } = await t.api("POST", "/links", { url, key: "a4", partnerId: ada.id });
  await t.api("PATCH", `/links/${fourth.id}`, { archived: true });
  assert.equal((await ada.make()).status, 409);
  await t.api("PATCH", `/links/${fourth.id}`, { state: "retired" });
  assert.equal((await ada.make()).status, 409);
  const [own] = met.filter(({ status }) => status === 200);
  assert.equal((await t.api("DELETE", `/links/${own.body.id}`)).status, 200);
  assert.equal((await rules(ada)).links, 2);
  assert.equal((await ada.make()).status, 200);

  await limit(t, 0);
  const none = await ada.make({ title: "whatever" });
  assert.deepEqual([none.status, none.body.error.message.split(":")[0]], [403, "partnerLinksLimit"]);
  assert.deepEqual([(await rules(ada)).partnerLinksLimit, (await ada.call("GET", "/links")).status], [0, 200]);
  assert.equal((await t.api("POST", "/links", { url, key: "a5", partnerId: ada.id })).status, 200);
  const settings = (await t.api("GET", "/audit?kind=program")).body[0];
  assert.deepEqual([settings.before.settings.partnerLinksLimit, settings.after.settings.partnerLinksLimit], [3, 0]);
});

test("a double click makes one link where it names the key, and who has left makes none", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const both = await Promise.all(Array.from({ length: 4 }, () => ada.make({ key: "once" })));
  assert.deepEqual(both.map(({ status }) => status), [200, 200, 200, 200]);
  assert.equal(new Set(both.map(({ body }) => body.id)).size, 1);
  // Another link at the same key is another one's; so is the same of another partner.
  assert.equal((await ada.make({ key: "once", url: `${url}other` })).status, 409);
  assert.equal((await ada.make({ key: "once", utm_campaign: "spring" })).status, 409);
  const eve = await partner(t, "Eve Agency");
  assert.equal((await eve.make({ key: "once" })).status, 409);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM link WHERE key = 'once'"), [{ n: 1 }]);
  assert.equal((await t.api("POST", "/links", { url }, { key: null, headers: { cookie: ada.cookie, origin: "https://evil.example" } })).status, 403);
  await t.api("POST", "/partners/deactivate", { partnerId: ada.id });
  for (const answer of [await ada.make(), await ada.call("GET", "/links"), await ada.call("GET", "/pages")]) assert.equal(answer.status, 401);
});

test("a store that fails writes nothing and says so, and sent again it is done once", async (t) => {
  const ada = await partner(t, "Ada Analytics");
  const before = await links(t);
  for (const table of ["link", "audit"]) {
    await t.rows(`CREATE TRIGGER broken BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    const answer = await ada.make({ key: "again" });
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "5"], table);
    assert.deepEqual(await links(t), before);
    await t.rows("DROP TRIGGER broken");
  }
  for (const table of ["program", "partner"]) {
    await t.db.prepare(`ALTER TABLE ${table} RENAME TO gone_${table}`).run();
    assert.equal((await ada.make({ key: "again" })).status, 503, table);
    await t.db.prepare(`ALTER TABLE gone_${table} RENAME TO ${table}`).run();
  }
  assert.equal((await ada.make({ key: "again" })).status, 200);
  assert.equal((await t.click("again")).status, 302);
  assert.equal((await links(t)).length, before.length + 1);
});
