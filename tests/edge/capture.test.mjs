// The door that capture.js reports arrivals at.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const COUNT = "SELECT coalesce(sum(count), 0) AS n FROM click_day WHERE mark = ?1";
const PAGE = "https://www.example.com";
const V = "0123456789abcdef0123456789abcdef";

/** A report of a page, as capture.js sends it: plain text, the key in the address. */
async function report(t, arrival, { origin = PAGE, key = t.publishableKey, headers = {}, door = "capture" } = {}) {
  const response = await t.fetch(`/api/${door}${key ? `?key=${key}` : ""}`, {
    method: "POST",
    headers: { "content-type": "text/plain;charset=UTF-8", ...(origin && { origin }), ...headers },
    body: typeof arrival === "string" ? arrival : JSON.stringify(arrival),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, cookies: response.headers.getSetCookie(), body: text && JSON.parse(text) };
}
const touches = (t) =>
  t.rows("SELECT kind, mark, partner_id AS partner, link_id AS link, coupon, channel, others, campaign, visitor FROM touch ORDER BY at, key");

test("a tagged address on the vendor's own page is a click of its partner", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const answer = await report(t, {
    params: { via: "Ada-Analytics", utm_source: "blog", utm_campaign: "spring", gclid: "g1", dub_id: "d1" },
    referrer: "search",
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("access-control-allow-origin"), PAGE);
  assert.equal(answer.headers.get("access-control-allow-credentials"), "true");
  const { status, token, cookies } = answer.body;
  assert.equal(status, "touch");
  assert.deepEqual([cookies.trb_id, cookies.trb_j], [token, token]);
  assert.match(cookies.trb_v, /^[0-9a-f]{32}$/);
  assert.equal(answer.cookies.length, 3);
  await t.until(COUNT, 1, "counted");
  const [touch] = await touches(t);
  assert.deepEqual({ ...touch, others: JSON.parse(touch.others) }, {
    kind: "click", mark: "counted", partner: ada.id, link: ada.links[0].id, coupon: null, channel: "partner",
    others: { dub_id: "d1", gclid: "g1" }, campaign: "spring", visitor: cookies.trb_v,
  });
  const lead = await t.api("POST", "/track/lead", { clickId: token, eventName: "Sign up", customerExternalId: "c1" });
  assert.equal(lead.body.link.key, "ada-analytics");
  const { body } = await t.feed();
  assert.deepEqual(body.log.channels, ["partner"]);
});

test("partners are named by any parameter of the contract, in any of their names", async (t) => {
  const ada = await t.partner("Ada Analytics", { tenantId: "Tenant-7" });
  await t.api("POST", "/links", { url: "https://example.com/", key: "deep", partnerId: ada.id, externalId: "ps-77" });
  const names = [
    { via: "deep" }, { fpr: "ADA-ANALYTICS" }, { refcode: "Tenant-7" }, { ps_partner_key: "ps-77" }, { rfsn: ada.id },
    { via: "", fpr: "deep" },
  ];
  for (const params of names) {
    const { body } = await report(t, { params });
    assert.equal(body.status, "touch", JSON.stringify(params));
    assert.ok(body.token);
  }
  for (const params of [{ via: "nobody" }, { ref: "deep" }, { a: "deep" }, { via: "x".repeat(600) }, { other: "deep" }]) {
    assert.deepEqual((await report(t, { params })).body, { status: "nothing", token: null, cookies: {} }, JSON.stringify(params));
  }
  await t.api("PATCH", "/program", { genericParameters: true });
  for (const params of [{ ref: "deep" }, { a: "deep" }]) assert.equal((await report(t, { params })).body.status, "touch");
  await t.until(COUNT, names.length + 2, "counted");
  assert.deepEqual(await t.rows("SELECT DISTINCT partner_id AS id FROM touch"), [{ id: ada.id }]);
});

test("a coupon in the address is a coupon's touch while it holds, and goes with its partner's click", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ada20", "late"] });
  await t.partner("Eve Agency", { coupons: ["eve5"] });
  await t.api("PATCH", "/discount-codes/late", { endsAt: "2020-01-01T00:00:00Z" });
  const status = async (params) => (await report(t, { params })).body.status;
  assert.equal(await status({ coupon: "Ada20" }), "touch");
  assert.equal(await status({ code: "late" }), "nothing");
  assert.equal(await status({ code: "nobodys" }), "nothing");
  assert.equal(await status({ via: "ada-analytics", coupon: "ada20" }), "touch");
  assert.equal(await status({ via: "ada-analytics", coupon: "eve5" }), "touch");
  await t.until(COUNT, 3, "counted");
  const rows = (await touches(t)).map(({ kind, coupon, partner }) => [kind, coupon, partner]);
  assert.deepEqual(rows.sort(), [["click", "ADA20", ada.id], ["click", null, ada.id], ["coupon", "ADA20", ada.id]].sort());
});

test("an arrival by a redirect is recorded once, and its token may be kept", async (t) => {
  await t.partner("Ada Analytics");
  const { token } = await t.click("ada-analytics");
  const { body } = await report(t, { params: { trb_id: token, via: "ada-analytics", utm_source: "x" } });
  assert.deepEqual([body.status, body.token, body.cookies.trb_j], ["known", token, token]);
  await t.until(COUNT, 1, "counted");
  const forged = await report(t, { params: { trb_id: `${token}x` } });
  assert.deepEqual([forged.body.status, forged.body.token], ["nothing", null]);
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch"))[0].n, 1);
});

test("a repeat is recorded, not counted, and leaves the credit where it is", async (t) => {
  await t.partner("Ada Analytics");
  await t.partner("Eve Agency");
  const first = (await report(t, { params: { via: "ada-analytics" } })).body;
  const back = { visitor: first.cookies.trb_v, journey: first.cookies.trb_j };
  const again = (await report(t, { params: { via: "ada-analytics" }, ...back })).body;
  assert.deepEqual([again.token, again.cookies.trb_j, again.cookies.trb_v], [first.token, first.token, first.cookies.trb_v]);
  const eve = (await report(t, { params: { via: "eve-agency" }, ...back })).body;
  assert.equal(eve.cookies.trb_j, `${first.token}.${eve.token}`);
  await t.until(COUNT, 2, "counted");
  await t.until(COUNT, 1, "duplicate");
  // The whole journey credits a lead, though no cookie reaches the vendor's backend.
  const lead = await t.api("POST", "/track/lead", { clickId: eve.cookies.trb_j, eventName: "Sign up", customerExternalId: "c" });
  assert.equal(lead.body.click.id, eve.token);
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch WHERE mark = 'counted' AND customer_id IS NOT NULL"))[0].n, 2);
});

test("links and pages of one site know one visitor", async (t) => {
  await t.partner("Ada Analytics");
  const click = await t.click("ada-analytics");
  const cookie = Object.entries(click.cookies).map((pair) => pair.join("=")).join("; ");
  const { body } = await report(t, { params: { trb_id: click.token }, visitor: V }, { headers: { cookie } });
  assert.equal(body.cookies.trb_v, click.cookies.trb_v);
  assert.equal((await report(t, { params: { trb_id: click.token }, visitor: V })).body.cookies.trb_v, V);
  assert.notEqual((await report(t, { params: { trb_id: click.token }, visitor: "<script>" })).body.cookies.trb_v, "<script>");
});

test("without permission no cookie, and the token credits all the same", async (t) => {
  await t.partner("Ada Analytics");
  const params = { via: "ada-analytics" };
  for (const [i, [arrival, headers]] of [
    [{ gpc: true }, {}], [{}, { "sec-gpc": "1" }], [{ consent: false }, {}], [{}, { cookie: "trb_c=0" }],
    [{ consent: false, visitor: V }, { cookie: `trb_v=${V}` }],
  ].entries()) {
    const { body, cookies } = await report(t, { params, ...arrival }, { headers });
    assert.deepEqual([body.status, body.cookies, cookies], ["touch", {}, []], JSON.stringify(arrival));
    const lead = await t.api("POST", "/track/lead", { clickId: body.token, eventName: "Sign up", customerExternalId: `c${i}` });
    assert.equal(lead.body.link.key, "ada-analytics");
  }
  assert.deepEqual(await t.rows("SELECT DISTINCT visitor FROM touch"), [{ visitor: null }]);
  const agreed = await report(t, { params, gpc: true, consent: true });
  assert.equal(agreed.cookies.length, 3);
});

test("who refuses is named by nothing that is stored", async (t) => {
  await t.partner("Ada Analytics", { coupons: ["ada20"] });
  const others = Object.fromEntries(["dub_id", "ps_xid", "irclickid", "gclid", "fbclid", "msclkid", "li_fat_id"].map((name) => [name, `secret-${name}`]));
  const ways = [{ via: "ada-analytics" }, { coupon: "ada20" }, { utm_source: "x" }, {}];
  for (const params of ways) {
    for (const [arrival, headers = {}] of [
      [{ gpc: true }], [{}, { "sec-gpc": "1" }], [{ consent: false }], [{}, { cookie: "trb_c=0" }], [{}, { "user-agent": "Googlebot/2.1" }],
    ]) {
      const { status } = await report(t, { params: { ...params, ...others }, visitor: V, ...arrival }, { headers });
      assert.equal(status, 200);
    }
  }
  await t.until("SELECT count(*) FROM touch", 5 * ways.length);
  const kept = JSON.stringify(await t.rows("SELECT * FROM touch"));
  assert.ok(!kept.includes("secret") && !kept.includes(V));
});

test("a page that is loaded again is a repeat, also of a visitor whom nothing knows, and what comes of it is credited", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const arrival = { params: { via: "ada-analytics", utm_campaign: "june" }, gpc: true };
  const first = await report(t, arrival);
  const again = [];
  for (let i = 0; i < 3; i++) again.push((await report(t, { ...arrival, again: true })).body);
  assert.equal((await report(t, { ...arrival, again: true }, { headers: { "user-agent": "Googlebot/2.1" } })).body.token, null);
  await t.until(COUNT, 1, "counted");
  await t.until(COUNT, 3, "duplicate");
  await t.until(COUNT, 1, "bot");
  // The page forgot the first token as it was loaded again. What led to a lead counts, and nothing else begins to.
  const clickId = again[2].token;
  assert.ok(clickId && clickId !== first.body.token);
  await t.api("POST", "/track/lead", { clickId, eventName: "Sign up", customerExternalId: "c1" });
  await t.api("POST", "/track/sale", { customerExternalId: "c1", amount: 900, invoiceId: "in_1" });
  assert.deepEqual(await t.rows("SELECT mark, campaign, kind FROM touch WHERE customer_id IS NOT NULL"), [{ mark: "counted", campaign: "june", kind: "click" }]);
  const { body } = await t.feed({ cookie: await t.signIn(ada) });
  assert.deepEqual(body.log.revenue.amount, [900]);
  await t.until(COUNT, 2, "counted");
  await t.until(COUNT, 2, "duplicate");
  // With a cookie the token stays the first.
  const known = (await report(t, { params: { via: "ada-analytics" } })).body;
  const back = { visitor: known.cookies.trb_v, journey: known.cookies.trb_j, again: true };
  assert.equal((await report(t, { params: { via: "ada-analytics" }, ...back })).body.token, known.token);
  await t.until(COUNT, 3, "duplicate");
});

test("of several names the first known partner's counts, once", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ada20"] });
  await t.partner("Eve Agency", { coupons: ["eve5"] });
  const table = [
    { via: "nobody", fpr: "ada-analytics" }, { via: "nobody\nada-analytics\neve-agency" }, { via: "\n ada-analytics " },
    { via: "nobody", rfsn: ada.id, coupon: "eve5" }, { via: "nobody", coupon: "nobodys\nada20\neve5" },
    { coupon: "10 %", code: "ada20" }, { via: "ada-analytics", fpr: "eve-agency" },
  ];
  for (const params of table) assert.equal((await report(t, { params })).body.status, "touch", JSON.stringify(params));
  const many = `${"nobody\n".repeat(8)}ada-analytics`;
  for (const params of [{ via: "nobody\nno one" }, { via: many }, { utm_id: "", coupon: "no\nnot" }]) {
    assert.equal((await report(t, { params })).body.status, "nothing", JSON.stringify(params));
  }
  await t.until(COUNT, table.length, "counted");
  assert.deepEqual(await t.rows("SELECT partner_id AS id, count(*) AS n FROM touch GROUP BY 1"), [{ id: ada.id, n: table.length }]);
});

test("what is permitted after an arrival is learned by its touch, which stays one", { setup: { consent: "opt_in" } }, async (t) => {
  await t.partner("Ada Analytics", { coupons: ["ada20"] });
  const params = { gclid: "g1", utm_campaign: "june" };
  for (const [i, way] of [{ via: "ada-analytics" }, { coupon: "ada20" }, { utm_source: "x" }].entries()) {
    const arrival = { params: { ...params, ...way } };
    const before = (await report(t, { params: { ...arrival.params, gclid: "-" } })).body;
    assert.deepEqual(before.cookies, {});
    assert.match(before.touch, /^clk_/);
    const token = before.token ? { trb_id: before.token } : {};
    const more = { params: { ...arrival.params, ...token }, consent: true, visitor: V, touch: before.touch };
    for (const _ of "ab") {
      const { body } = await report(t, more);
      assert.deepEqual([body.token, body.cookies.trb_v], [before.token, V]);
    }
    await t.until("SELECT count(*) FROM touch WHERE visitor = ?1 AND others = '{\"gclid\":\"g1\"}' AND campaign = 'june'", i + 1, V);
  }
  assert.deepEqual(await t.rows("SELECT kind, mark, count(*) AS n FROM touch GROUP BY 1, 2 ORDER BY 1"), [
    { kind: "click", mark: "counted", n: 1 }, { kind: "coupon", mark: "counted", n: 1 }, { kind: "landing", mark: "counted", n: 1 },
  ]);
});

test("nobody gives another's touch a visitor", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.partner("Eve Agency");
  const first = (await report(t, { params: { via: "ada-analytics" }, gpc: true })).body;
  await t.until(COUNT, 1, "counted");
  for (const arrival of [
    { params: { utm_source: "x" } }, { params: { via: "ada-analytics" } }, { params: { via: "eve-agency", trb_id: first.token } },
    { params: { utm_source: "x", trb_id: first.token } },
  ]) {
    assert.equal((await report(t, { ...arrival, touch: first.touch, visitor: V })).status, 200);
  }
  for (const touch of ["", "clk_", "nonsense", ada.id, `${first.touch}x`, "clk_00000000000000000000000000"]) {
    assert.equal((await report(t, { params: { utm_source: "y" }, touch })).body.status, "own", touch);
  }
  await t.until("SELECT count(*) FROM touch WHERE channel = 'other'", 6);
  assert.deepEqual(await t.rows("SELECT visitor FROM touch WHERE key = ?1", first.touch), [{ visitor: null }]);
});

test("where the program asks first, consent comes first", { setup: { consent: "opt_in" } }, async (t) => {
  await t.partner("Ada Analytics");
  const before = await report(t, { params: { via: "ada-analytics" } });
  assert.deepEqual([before.body.cookies, before.cookies], [{}, []]);
  const after = await report(t, { params: { trb_id: before.body.token }, consent: true });
  assert.deepEqual([after.body.status, after.body.cookies.trb_id], ["known", before.body.token]);
});

test("the program's own visits: recorded where they say something of their way", async (t) => {
  for (const [arrival, status, channel] of [
    [{ referrer: "search" }, "own", "search"],
    [{ params: { utm_source: "news", utm_medium: "email" } }, "own", "email"],
    [{ params: { fbclid: "f" }, referrer: "other" }, "own", "social"],
    [{}, "nothing"], [{ referrer: "direct" }, "nothing"],
  ]) {
    const { body } = await report(t, { visitor: V, ...arrival });
    assert.equal(body.status, status, JSON.stringify(arrival));
    if (channel) await t.until("SELECT count(*) FROM touch WHERE channel = ?1 AND kind = 'landing' AND partner_id IS NULL", 1, channel);
  }
  await report(t, { visitor: V, referrer: "search", again: true });
  await t.until(COUNT, 1, "duplicate");
  assert.equal((await t.rows("SELECT count(*) AS n FROM touch"))[0].n, 4);
});

test("the program's own visits without permission: once each, without anything that names the visitor; programs apart", async (t) => {
  const bot = { "user-agent": "Googlebot/2.1" };
  const utm = { utm_source: "news", utm_campaign: "june" };
  for (const [arrival, headers = {}, status = "own"] of [
    [{ params: utm, gpc: true, visitor: V }], [{ params: utm, consent: false }], [{ params: utm }, { "sec-gpc": "1" }],
    [{ referrer: "search", gpc: true }], [{ params: { gclid: "-" }, gpc: true }], [{ params: utm }, bot],
    [{ gpc: true }, {}, "nothing"], [{}, bot, "nothing"],
  ]) {
    const { body, cookies } = await report(t, arrival, { headers });
    assert.deepEqual([body.status, body.token, body.cookies, cookies], [status, null, {}, []], JSON.stringify(arrival));
  }
  await report(t, { params: utm, gpc: true, again: true });
  await t.until("SELECT count(*) FROM touch", 7);
  const rows = await t.rows("SELECT mark, channel, campaign, count(*) AS n, count(visitor) + count(others) + count(partner_id) AS named FROM touch GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
  assert.deepEqual(rows, [
    { mark: "bot", channel: "other", campaign: "june", n: 1, named: 0 },
    { mark: "counted", channel: "other", campaign: "june", n: 3, named: 0 },
    { mark: "counted", channel: "search", campaign: "", n: 2, named: 0 },
    { mark: "duplicate", channel: "other", campaign: "june", n: 1, named: 0 },
  ]);
});

test("programs and prefetches are recorded apart and given nothing", async (t) => {
  await t.partner("Ada Analytics");
  const params = { via: "ada-analytics" };
  const bot = await report(t, { params, visitor: V }, { headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" } });
  assert.deepEqual([bot.body.status, bot.body.token, bot.body.cookies], ["touch", null, {}]);
  const ahead = await report(t, { params }, { headers: { "sec-purpose": "prefetch;prerender" } });
  assert.equal(ahead.body.token, null);
  await report(t, { params });
  for (const mark of ["bot", "prefetch", "counted"]) await t.until(COUNT, 1, mark);
});

test("what is no report is refused; what an address holds never is", async (t) => {
  await t.partner("Ada Analytics");
  for (const [body, status] of [
    ["", 400], ["null", 400], ["[]", 400], ["{", 400], ["via=ada", 400],
    ['{"params":[]}', 422], ['{"params":{"via":1}}', 422], ['{"consent":"yes"}', 422], ['{"gpc":1}', 422],
    ['{"extra":1}', 422], ['{"visitor":7}', 422], [JSON.stringify({ params: { via: "x".repeat(20_000) } }), 413],
  ]) {
    const answer = await report(t, body);
    assert.equal(answer.status, status, body.slice(0, 50));
    assert.equal(answer.headers.get("access-control-allow-origin"), PAGE);
    assert.ok(answer.body.error.message);
  }
  for (const value of ["<script>", "../../x", "%00", "\u0000", "x'; DROP TABLE touch; --", "日本", " ", "constructor"]) {
    for (const name of ["via", "coupon", "trb_id", "utm_source", "gclid", "rfsn"]) {
      const { status, body } = await report(t, { params: { [name]: value } });
      assert.equal(status, 200, `${name}=${value}`);
      assert.equal(body.token, null);
    }
  }
  for (const [options, status] of [
    [{ key: null }, 401], [{ key: "nonsense" }, 401], [{ key: `trb_pk_${"0".repeat(64)}` }, 401], [{ key: t.apiKey }, 401],
    [{ origin: "https://evil.example" }, 403], [{ origin: "https://example.com.evil.example" }, 403], [{ origin: "null" }, 403],
    [{ origin: null }, 200], [{ origin: t.url }, 200], [{ origin: "http://example.com:8080" }, 200],
    [{ key: null, headers: { authorization: `Bearer ${t.publishableKey}` } }, 200],
  ]) {
    const answer = await report(t, { params: { via: "ada-analytics" } }, options);
    assert.equal(answer.status, status, JSON.stringify(options));
    if (status === 403) assert.equal(answer.headers.get("access-control-allow-origin"), null);
  }
});

test("a choice on a page holds for the links' host", async (t) => {
  const { status, cookies, headers } = await report(t, { consent: false }, { door: "consent" });
  assert.deepEqual([status, headers.get("access-control-allow-origin")], [204, PAGE]);
  assert.deepEqual(cookies.map((line) => line.split(";")[0]), ["trb_c=0", "trb_id=", "trb_j=", "trb_v="]);
  assert.ok(cookies.slice(1).every((line) => line.includes("Max-Age=0")));
  assert.deepEqual((await report(t, { consent: true }, { door: "consent" })).cookies.map((line) => line.split(";")[0]), ["trb_c=1"]);
  for (const body of [{}, { consent: null }, { consent: 1 }, { consent: true, more: 1 }, "yes"]) {
    const answer = await report(t, body, { door: "consent" });
    assert.ok([400, 422].includes(answer.status), JSON.stringify(body));
    assert.deepEqual(answer.cookies, []);
  }
  assert.equal((await report(t, { consent: true }, { door: "consent", origin: "https://evil.example" })).status, 403);
  assert.equal((await report(t, { consent: true }, { door: "consent", key: null })).status, 401);
});

test("click identifiers of other systems neither fail nor lose a lead", async (t) => {
  for (const [i, clickId] of ["dub_abc123", "a.b.c", ".", "x".repeat(5000), "cl_ü"].entries()) {
    const lead = await t.api("POST", "/track/lead", { clickId, eventName: "Sign up", customerExternalId: `c${i}` });
    assert.deepEqual([lead.status, lead.body.click.id, lead.body.link], [200, "", null], clickId.slice(0, 20));
    assert.equal((await t.api("POST", "/track/sale", { clickId, customerExternalId: `c${i}`, amount: 100 })).status, 200);
  }
  assert.equal((await t.rows("SELECT count(*) AS n FROM milestone"))[0].n, 5);
});

test("a database that is gone: a link that is cached still credits, the rest is to be sent again", async (t) => {
  await t.partner("Ada Analytics", { coupons: ["ada20"] });
  await t.click("ada-analytics");
  await t.until(COUNT, 1, "counted");
  const tables = ["partner", "link", "coupon", "touch", "api_key"];
  const rename = async (from, to) => {
    await t.db.batch([t.db.prepare("PRAGMA legacy_alter_table = ON"), ...tables.map((name) => t.db.prepare(`ALTER TABLE ${from}${name} RENAME TO ${to}${name}`))]);
  };
  await rename("", "gone_");
  const known = await report(t, { params: { via: "ada-analytics", coupon: "ada20" } });
  assert.deepEqual([known.status, known.body.status], [200, "touch"]);
  for (const params of [{ coupon: "ada20" }, { via: "somebody else" }]) {
    const down = await report(t, { params });
    assert.equal(down.status, 503, JSON.stringify(params));
    assert.equal(down.headers.get("access-control-allow-origin"), PAGE);
  }
  await rename("gone_", "");
  const lead = await t.api("POST", "/track/lead", { clickId: known.body.token, eventName: "Sign up", customerExternalId: "c1" });
  assert.equal(lead.body.link.key, "ada-analytics");
  assert.equal((await report(t, { params: { coupon: "ada20" } })).body.status, "touch");
});

test("without any store a page is told to come again", { migrate: false }, async (t) => {
  const answer = await report(t, { params: { via: "ada" } }, { key: `trb_pk_${"0".repeat(64)}` });
  assert.equal(answer.status, 503);
  assert.ok(answer.headers.get("retry-after"));
});
