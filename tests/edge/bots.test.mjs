// Who counts: programs are known by a maintained list, people are not taken for them, and both are recorded.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { root } from "../support/instance.mjs";
import { test } from "../support/test.mjs";

const COUNT = "SELECT coalesce(sum(count), 0) AS n FROM click_day WHERE mark = ?1";

const dataset = async (name) => JSON.parse(await readFile(path.join(root, "node_modules", name), "utf8"));

async function link(t) {
  const partner = await t.partner("Ada Analytics");
  const { status } = await t.api("POST", "/links", { url: "https://example.com/", key: "ada", partnerId: partner.id });
  assert.equal(status, 200);
}

/** Those user agents that the running Worker takes for programs: they are given no token. */
async function programs(t, agents) {
  const taken = new Set();
  const left = [...new Set(agents)];
  const work = async () => {
    for (let agent = left.pop(); agent !== undefined; agent = left.pop()) {
      const click = await t.click("ada", { headers: { "user-agent": agent } });
      await click.response.arrayBuffer();
      assert.ok([200, 302].includes(click.status), `${click.status}: ${agent}`);
      if (!click.token) taken.add(agent);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return taken;
}

test("of a real list of crawlers at least 99 % are recognised", { consume: false }, async (t) => {
  await link(t);
  // A header carries no other characters.
  const sendable = (agent) => agent.replace(/[^\t\x20-\x7e]/g, "").trim();
  const list = (await dataset("crawler-user-agents/crawler-user-agents.json")).flatMap((entry) => entry.instances).map(sendable);
  assert.ok(list.length > 2000, `${list.length} agents`);
  const taken = await programs(t, list);
  const missed = list.filter((agent) => !taken.has(agent));
  const rate = 1 - missed.length / list.length;
  console.log(`${(100 * rate).toFixed(2)} % of ${list.length} crawlers are recognised`);
  assert.ok(rate >= 0.99, missed.join("\n"));
});

test("of a real list of browsers at most 0.1 % are mistaken", { consume: false }, async (t) => {
  await link(t);
  const list = (await dataset("user-agents/dist/user-agents.json")).map((entry) => entry.userAgent);
  assert.ok(list.length >= 5000, `${list.length} agents`);
  const taken = await programs(t, list);
  const mistaken = list.filter((agent) => taken.has(agent));
  const rate = mistaken.length / list.length;
  console.log(`${(100 * rate).toFixed(2)} % of ${list.length} browsers (${new Set(list).size} agents) are mistaken`);
  assert.ok(rate <= 0.001, [...taken].join("\n"));
});

test("what fetches ahead, previews, watches or crawls is recorded apart, never counted, and visible", async (t) => {
  await link(t);
  const requests = {
    prefetch: [
      { "sec-purpose": "prefetch" },
      { "sec-purpose": "prefetch;prerender" },
      { "sec-purpose": "prefetch;anonymous-client-ip" },
      { purpose: "prefetch" },
      { "x-purpose": "preview" },
      { "x-moz": "prefetch" },
    ],
    bot: [
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
      "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 (compatible; GoogleOther)",
      "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
      "WhatsApp/2.23.20.0 A",
      "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
      "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
      "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
      "curl/8.5.0",
      "python-requests/2.32.3",
    ].map((agent) => ({ "user-agent": agent })),
  };
  for (const headers of Object.values(requests).flat()) {
    const click = await t.click("ada", { headers });
    assert.equal(click.token, null, JSON.stringify(headers));
    assert.deepEqual(click.cookies, {}, JSON.stringify(headers));
    assert.equal((await t.fetch("/ada", { method: "HEAD", headers })).headers.getSetCookie().length, 0);
  }
  await t.fetch("/ada", { method: "HEAD" });
  await t.click("ada");
  await t.until(COUNT, requests.bot.length, "bot");
  await t.until(COUNT, requests.prefetch.length, "prefetch");
  await t.until(COUNT, 1, "counted");
  const [{ n }] = await t.rows("SELECT count(*) AS n FROM touch");
  assert.equal(n, requests.bot.length + requests.prefetch.length + 1);
  const { clicks } = (await t.feed()).body.log;
  const shown = {};
  clicks.mark.forEach((mark, i) => (shown[mark] = (shown[mark] ?? 0) + clicks.count[i]));
  assert.equal(Object.values(shown).reduce((sum, count) => sum + count), n);
  assert.equal(Object.keys(shown).length, 3);
});
