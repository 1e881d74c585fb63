// What a link does with a visitor: states, ends, targets, tests, passwords, previews, templates, hosts.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const COUNT = "SELECT coalesce(sum(count), 0) AS n FROM click_day WHERE mark = ?1";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
const ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36";
const SLACK = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)";
const to = (place) => `https://example.com/${place}`;

/** A link of a partner, `/ada-x` to `example.com/home` unless told otherwise. */
async function make(t, more = {}) {
  t.ada ??= await t.partner("Ada Analytics");
  const { status, body } = await t.api("POST", "/links", { url: to("home"), key: "ada-x", partnerId: t.ada.id, ...more });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** Path that a click leads to. */
async function path(t, key = "ada-x", options) {
  const { location } = await t.click(key, options);
  return new URL(location, t.url).pathname.slice(1);
}

async function credits(t, token, customer) {
  const { status, body } = await t.api("POST", "/track/lead", { clickId: token, eventName: "Sign up", customerExternalId: customer });
  assert.equal(status, 200, JSON.stringify(body));
  return body.link?.key;
}

test("paused, retired, live again: visitors go elsewhere, touches are recorded and not counted", { setup: { fallbackUrl: "https://northbeam.example/sorry" } }, async (t) => {
  const link = await make(t);
  const early = await t.click("ada-x");
  const patch = async (change) => {
    const { status, body } = await t.api("PATCH", `/links/${link.id}`, change);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  const paused = await patch({ state: "paused" });
  assert.deepEqual([paused.state, paused.insteadUrl, typeof paused.disabledAt], ["paused", null, "string"]);
  assert.equal((await t.click("ada-x")).location, "https://northbeam.example/sorry");
  await patch({ insteadUrl: to("meanwhile") });
  const meanwhile = await t.click("ada-x", { query: "?trb_id=forged" });
  assert.deepEqual([meanwhile.location, meanwhile.token, meanwhile.cookies], [to("meanwhile"), null, {}]);
  await patch({ state: "retired", insteadUrl: null });
  const gone = await t.click("ada-x");
  assert.equal(gone.status, 410);
  assert.match(await gone.response.text(), /ended[\s\S]*https:\/\/northbeam\.example/);
  assert.equal((await t.fetch("/ada-x", { method: "HEAD" })).status, 410);
  assert.deepEqual([(await patch({ state: "live" })).state, await path(t)], ["live", "home"]);
  await t.until(COUNT, 3, "ended");
  await t.until(COUNT, 2, "counted");
  // What was clicked before the end is still credited.
  assert.equal(await credits(t, early.token, "c1"), "ada-x");
});

test("an archived link is left out of lists and leads on", async (t) => {
  const link = await make(t, { archived: true });
  assert.equal(await path(t), "home");
  const keys = async (query) => (await t.api("GET", `/links${query}`)).body.map(({ key }) => key);
  assert.deepEqual(await keys("?search=ada-x"), []);
  assert.deepEqual(await keys("?search=ada-x&showArchived=true"), [link.key]);
});

test("expiry and a limit of clicks have destinations of their own", async (t) => {
  await make(t, { expiresAt: "2026-01-01", expiredUrl: to("late") });
  assert.equal(await path(t), "late");
  await make(t, { key: "later", expiresAt: "2099-01-01T00:00:00Z", expiredUrl: to("late") });
  assert.equal(await path(t, "later"), "home");
  await make(t, { key: "few", clickLimit: 2, limitUrl: to("spent") });
  const bot = { headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" } };
  const seen = [];
  for (const options of [undefined, bot, bot, undefined, undefined]) seen.push(await path(t, "few", options));
  assert.deepEqual(seen, ["home", "home", "home", "home", "spent"]);
  // A changed link is read again, and so are its counts.
  await t.until(COUNT, 3, "counted");
  await t.api("PATCH", "/links/ext_none", {});
  const { body: few } = await t.api("GET", "/links/info?key=few");
  await t.api("PATCH", `/links/${few.id}`, { clickLimit: 3 });
  assert.deepEqual([await path(t, "few"), await path(t, "few")], ["home", "spent"]);
});

test("targets: device before country before language before the test", async (t) => {
  await make(t, {
    ios: to("ios"), android: to("android"), geo: { AT: to("austria") }, languages: { de: to("german"), "pt-BR": to("brazil") },
  });
  const check = async (headers, expect) => assert.equal(await path(t, "ada-x", { headers }), expect, JSON.stringify(headers));
  await check({ "user-agent": IPHONE, "cf-ipcountry": "AT" }, "ios");
  await check({ "user-agent": ANDROID, "accept-language": "de" }, "android");
  await check({ "cf-ipcountry": "AT", "accept-language": "pt-BR" }, "austria");
  await check({ "cf-ipcountry": "CH", "accept-language": "fr-CH, de-CH;q=0.8, pt-BR;q=0.5" }, "german");
  await check({ "cf-ipcountry": "XX", "accept-language": "pt-BR" }, "brazil");
  await check({ "cf-ipcountry": "XX", "accept-language": "\u00ff;q=,," }, "home");
});

test("an app is opened by a scheme that the program allows", async (t) => {
  const refused = await t.api("POST", "/links", { url: to("home"), key: "app", ios: "acme://open" });
  assert.deepEqual([refused.status, refused.body.error.message.split(":")[0]], [422, "ios"]);
  assert.equal((await t.api("PATCH", "/program", { appSchemes: ["javascript"] })).status, 422);
  assert.equal((await t.api("PATCH", "/program", { appSchemes: ["acme"] })).status, 200);
  await make(t, { ios: "acme://open?screen=1" });
  const { location } = await t.click("ada-x", { headers: { "user-agent": IPHONE } });
  assert.match(location, /^acme:\/\/open\?screen=1&trb_id=/);
});

test("a test's variant sticks to the visitor who may be known, and is shared out", async (t) => {
  await make(t, { testVariants: [{ url: to("a"), percentage: 50 }, { url: to("b"), percentage: 50 }] });
  const first = await t.click("ada-x");
  const place = new URL(first.location).pathname;
  const cookie = `trb_v=${first.cookies.trb_v}`;
  for (let i = 0; i < 8; i++) assert.equal(new URL((await t.click("ada-x", { headers: { cookie } })).location).pathname, place);
  const seen = new Set();
  for (let i = 0; i < 64; i++) seen.add(await path(t, "ada-x", { headers: { cookie: `trb_v=${i.toString(16).padStart(32, "0")}` } }));
  assert.deepEqual([...seen].sort(), ["a", "b"]);
  const { body: over } = await t.api("GET", "/links/info?key=ada-x");
  await t.api("PATCH", `/links/${over.id}`, { testStartedAt: "2026-01-01", testCompletedAt: "2026-01-02" });
  assert.equal(await path(t), "home");
});

test("a password: asked for without a trace, opens once, is stored as a hash", async (t) => {
  const link = await make(t, { password: "öpen sesame & co" });
  assert.deepEqual([link.password, link.passwordProtected], [null, true]);
  const [{ rules }] = await t.rows("SELECT rules FROM link WHERE id = ?1", link.id);
  assert.match(JSON.parse(rules).password, /^pbkdf2-sha256\$100000\$[0-9a-f]{32}\$[0-9a-f]{64}$/);
  const asked = await t.click("ada-x");
  assert.deepEqual([asked.status, asked.cookies], [200, {}]);
  const page = await asked.response.text();
  assert.match(page, /type="password"/);
  assert.doesNotMatch(page, /example\.com/);
  assert.doesNotMatch(asked.response.headers.get("content-security-policy"), /form-action/);
  const say = (password, headers = {}) =>
    t.fetch("/ada-x?plan=pro", { method: "POST", headers, body: new URLSearchParams({ password }) });
  for (const wrong of ["", "open", "öpen sesame & co ", "x".repeat(200), "%00"]) {
    const response = await say(wrong);
    assert.equal(response.status, 403, wrong);
    assert.deepEqual([response.headers.get("location"), response.headers.getSetCookie()], [null, []]);
    assert.match(await response.text(), /aria-invalid/);
  }
  assert.equal((await say("x".repeat(9000))).status, 413);
  const opened = await say("öpen sesame & co");
  assert.equal(opened.status, 303);
  const location = new URL(opened.headers.get("location"));
  assert.deepEqual([location.pathname, location.searchParams.get("plan")], ["/home", "pro"]);
  assert.equal(await credits(t, location.searchParams.get("trb_id"), "c1"), "ada-x");
  await t.until(COUNT, 1, "counted");
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch"))[0].n, 1);
  assert.equal((await t.click("ada-x")).status, 200);
  await t.api("PATCH", `/links/${link.id}`, { password: null });
  assert.equal(await path(t), "home");
});

test("programs that preview links see the link's own preview, and are not counted", async (t) => {
  await make(t, { title: 'Ada & "friends" <b>', description: "Half off", image: "https://example.com/card.png" });
  const shown = await t.click("ada-x", { headers: { "user-agent": SLACK } });
  assert.deepEqual([shown.status, shown.cookies], [200, {}]);
  const html = await shown.response.text();
  assert.match(html, /<meta property="og:title" content="Ada &#38; &#34;friends&#34; &#60;b&#62;">/);
  assert.match(html, /<meta property="og:description" content="Half off">/);
  assert.match(html, /<meta property="og:image" content="https:\/\/example\.com\/card\.png">/);
  assert.equal((await t.click("ada-x", { headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" } })).status, 302);
  assert.equal((await t.click("ada-x")).status, 302);
  await make(t, { key: "plain" });
  assert.equal((await t.click("plain", { headers: { "user-agent": SLACK } })).status, 302);
  await make(t, { key: "off", title: "T", proxy: false });
  assert.equal((await t.click("off", { headers: { "user-agent": SLACK } })).status, 302);
  await t.until(COUNT, 4, "bot");
  await t.until(COUNT, 1, "counted");
});

test("/{slug}+ says where a link leads, and records nothing", async (t) => {
  await make(t, { url: "https://example.com/?q=<script>", geo: { AT: to("austria") } });
  const about = await t.fetch("/ADA-x+");
  assert.equal(about.status, 200);
  const html = await about.text();
  assert.match(html, /https:\/\/example\.com\/\?q=&#60;script&#62;/);
  assert.match(html, /Some visitors are led elsewhere/);
  assert.doesNotMatch(html, /<script/);
  assert.deepEqual(about.headers.getSetCookie(), []);
  await make(t, { key: "closed", password: "word" });
  assert.doesNotMatch(await (await t.fetch("/closed+")).text(), /example\.com/);
  for (const path of ["/nothing+", "/+", "/++", "/%2B"]) assert.equal((await t.fetch(path)).status, 404, path);
  await t.click("ada-x");
  await t.until(COUNT, 1, "counted");
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch"))[0].n, 1);
});

test("templates of campaign parameters: the link, the group, the program; a link may keep out", async (t) => {
  await t.api("PATCH", "/program", { utm: { source: "{partner}", medium: "partner", campaign: "{group}-{link}" } });
  const { status, body: group } = await t.api("POST", "/groups", { name: "Gold", utm: { medium: "gold" } });
  assert.equal(status, 201);
  t.ada = await t.partner("Ada Analytics", { groupId: group.id });
  const utm = async (key) => {
    const query = new URL((await t.click(key)).location).searchParams;
    return ["utm_source", "utm_medium", "utm_campaign"].map((name) => query.get(name));
  };
  await make(t, { utm_source: "own" });
  assert.deepEqual(await utm("ada-x"), ["own", "gold", "Gold-ada-x"]);
  await make(t, { key: "free", utmTemplates: false, utm_source: "own" });
  assert.deepEqual(await utm("free"), ["own", null, null]);
  await make(t, { key: "house", partnerId: null });
  assert.deepEqual(await utm("house"), [null, "partner", null]);
  await t.until("SELECT campaign FROM touch WHERE campaign <> ''", "Gold-ada-x");
});

test("one key on two hosts is two links; an unknown host is the main one", async (t) => {
  await t.api("PATCH", "/program", { domains: ["go.example.com"] });
  const main = await make(t);
  const short = await make(t, { domain: "go.example.com", url: to("short") });
  assert.equal(short.domain, "go.example.com");
  assert.equal(new URL(short.shortLink).host, "go.example.com");
  assert.notEqual(short.id, main.id);
  const at = async (host, path = "/ada-x") => {
    const response = await t.mf.dispatchFetch(`http://${host}${path}`, { redirect: "manual", headers: { "user-agent": "Mozilla/5.0 Firefox/140.0" } });
    return response.headers.get("location")?.split("?")[0] ?? response.status;
  };
  assert.deepEqual([await at("go.example.com"), await at("other.example")], [to("short"), to("home")]);
  assert.equal(await at("go.example.com", "/ada-analytics"), 404);
  const refused = await t.api("POST", "/links", { url: to("x"), domain: "evil.example" });
  assert.deepEqual([refused.status, refused.body.error.message.split(":")[0]], [422, "domain"]);
  const { body } = await t.api("GET", "/links?domain=go.example.com");
  assert.deepEqual(body.map(({ id }) => id), [short.id]);
});

test("keys that look alike belong to one owner", async (t) => {
  await make(t, { key: "clam-10" });
  const eve = await t.partner("Eve Agency");
  for (const key of ["clarn-10", "clam-lo", "c1am-io"]) {
    const { status, body } = await t.api("POST", "/links", { url: to("x"), key, partnerId: eve.id });
    assert.deepEqual([status, body.error?.message], [409, "key: looks like the key of somebody else's link"], key);
  }
  for (const key of ["p0rtal", "adrnin"]) {
    const { status, body } = await t.api("POST", "/links", { url: to("x"), key });
    assert.deepEqual([status, body.error?.message], [422, "key: looks like a reserved word"], key);
  }
  await make(t, { key: "clarn-10" });
  const { body: own } = await t.api("POST", "/links", { url: to("x"), key: "eves", partnerId: eve.id });
  assert.equal((await t.api("PATCH", `/links/${own.id}`, { key: "c1am-10" })).status, 409);
  // A name that looks like another's gets a link all the same, under another key.
  const twin = await t.api("POST", "/partners", { name: "Ada Ana1ytics", email: "twin@partners.example" });
  assert.deepEqual([twin.status, twin.body.links.length], [201, 1]);
  assert.notEqual(twin.body.links[0].key, "ada-ana1ytics");
});

test("every kind of link leads on while the database is gone, and what was clicked is credited later", async (t) => {
  await make(t, { ios: to("ios"), testVariants: [{ url: to("a"), percentage: 50 }, { url: to("b"), percentage: 50 }] });
  await make(t, { key: "old", expiresAt: "2026-01-01", expiredUrl: to("late") });
  await make(t, { key: "closed", password: "word" });
  for (const key of ["ada-x", "old", "closed"]) await t.click(key);
  await t.until(COUNT, 1, "counted");
  await t.db.prepare("ALTER TABLE link RENAME TO gone").run();
  const token = async (response) => new URL(response.headers.get("location")).searchParams.get("trb_id");
  assert.equal(await path(t, "ada-x", { headers: { "user-agent": IPHONE } }), "ios");
  const click = await t.click("ada-x");
  assert.match(click.location, /\/[ab]\?/);
  assert.equal(await path(t, "old"), "late");
  assert.equal((await t.click("closed")).status, 200);
  const opened = await t.fetch("/closed", { method: "POST", body: new URLSearchParams({ password: "word" }) });
  const proof = await token(opened);
  assert.equal((await t.fetch("/ada-x+")).status, 200);
  await t.db.prepare("ALTER TABLE gone RENAME TO link").run();
  assert.equal(await credits(t, click.token, "c1"), "ada-x");
  assert.equal(await credits(t, proof, "c2"), "closed");
});

test("what a program no longer allows, its links no longer lead to", { setup: { fallbackUrl: "https://northbeam.example/sorry" } }, async (t) => {
  await t.api("PATCH", "/program", { appSchemes: ["acme"] });
  await make(t, { ios: "acme://open" });
  const phone = { headers: { "user-agent": IPHONE } };
  assert.match((await t.click("ada-x", phone)).location, /^acme:/);
  await t.api("PATCH", "/program", { appSchemes: [] });
  assert.equal((await t.click("ada-x", phone)).location, "https://northbeam.example/sorry");
  assert.equal(await path(t), "home");
  const { status, body } = await t.api("PATCH", "/program", { allowedHosts: ["Northbeam.example"] });
  assert.deepEqual([status, body.allowedHosts], [200, ["northbeam.example"]]);
  assert.equal((await t.click("ada-x")).location, "https://northbeam.example/sorry");
  await t.api("PATCH", "/program", { allowedHosts: ["example.com"] });
  assert.equal(await path(t), "home");
});

test("a host is let go when its links are", async (t) => {
  await t.api("PATCH", "/program", { domains: ["go.example.com"] });
  await make(t);
  const short = await make(t, { domain: "go.example.com", url: to("short") });
  const dotted = await t.mf.dispatchFetch("http://go.example.com./ada-x", { redirect: "manual" });
  assert.match(dotted.headers.get("location"), /example\.com\/short/);
  const refused = await t.api("PATCH", "/program", { domains: [] });
  assert.deepEqual([refused.status, refused.body.error.message], [422, "domains: go.example.com has links still; move or delete them first"]);
  await t.api("DELETE", `/links/${short.id}`);
  assert.equal((await t.api("PATCH", "/program", { domains: [] })).status, 200);
});

test("a slash at the end leads to the same place", async (t) => {
  await make(t);
  assert.equal(await path(t, "ada-x/"), "home");
  assert.equal(await path(t, "ada-x/?x=1"), "home");
  assert.equal((await t.fetch("/p/ada-analytics/")).status, 200);
});

test("an address is kept as a browser reads it", async (t) => {
  for (const [key, url, kept] of [
    ["a1", "https:example.com/x", "https://example.com/x"],
    ["a2", "https://EXAMPLE%2ECOM/x", "https://example.com/x"],
    ["a3", "https://example.com/größe", "https://example.com/gr%C3%B6%C3%9Fe"],
    ["a4", "https://Example.com/x", "https://Example.com/x"],
  ]) {
    assert.equal((await make(t, { key, url })).url, kept);
  }
});

test("the page about a link is true of tests, pauses and ends", { setup: { fallbackUrl: "https://northbeam.example/sorry" } }, async (t) => {
  const about = async (key) => (await (await t.fetch(`/${key}+`)).text()).replace(/<[^>]+>/g, " ").replaceAll("&#38;", "&");
  await make(t, { testVariants: [{ url: to("a"), percentage: 50 }, { url: to("b"), percentage: 50 }] });
  assert.match(await about("ada-x"), /one of several pages.*example\.com\/a, https:\/\/example\.com\/b/);
  assert.doesNotMatch(await about("ada-x"), /home|device/);
  await make(t, { key: "ada-y", expiresAt: "2099-01-01T00:00:00Z", expiredUrl: to("late") });
  assert.match(await about("ada-y"), /leads to https:\/\/example\.com\/home/);
  assert.doesNotMatch(await about("ada-y"), /device/);
  await make(t, { key: "ada-z", state: "paused" });
  assert.match(await about("ada-z"), /paused, and leads to https:\/\/northbeam\.example\/sorry meanwhile/);
  await make(t, { key: "ada-g", geo: { AT: to("austria") } });
  assert.match(await about("ada-g"), /elsewhere, by device, country or language/);
});
