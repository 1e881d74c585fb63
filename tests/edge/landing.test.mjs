import assert from "node:assert/strict";
import { field, formId, open as openPage, send as sendForm } from "../support/form.mjs";
import { test } from "../support/test.mjs";

const PAGE = "/p/ada-analytics";
const open = (t, query = "", headers = {}) => openPage(t, `${PAGE}${query}`, { headers });
const send = (t, form, headers) => sendForm(t, PAGE, form, headers);

const BEA = { name: "Bea <Buyer>", email: "Bea@Buyer.example", company: "Harbor & Sons" };

test("the page is branded, small, without script, and shows the coupon", async (t) => {
  await t.partner("Ada Analytics", { coupons: ["ada20"] });
  const { response, html } = await open(t);
  assert.equal(response.status, 200);
  assert.match(html, /Ada Analytics/);
  assert.match(html, /Northbeam/);
  assert.match(html, /ADA20/);
  assert.match(html, /property="og:title"/);
  const card = await t.fetch(html.match(/property="og:image" content="([^"]+)"/)[1]);
  assert.deepEqual([card.status, card.headers.get("content-type")], [200, "image/png"]);
  assert.ok(!/<script(?![^>]*ld\+json)/.test(html));
  const data = JSON.parse(html.match(/<script type="application\/ld\+json"[^>]*>(.*?)<\/script>/s)[1]);
  assert.equal(data.about.name, "Ada Analytics");
  const styles = [...html.matchAll(/href="(\/style\/[^"]+\.css)"/g)];
  assert.ok(styles.length > 0);
  let size = html.length;
  for (const [, href] of styles) size += (await (await t.fetch(href)).text()).length;
  assert.ok(size < 30_000, `${size} bytes`);
  assert.match(response.headers.get("content-security-policy"), /default-src 'none'|default-src 'self'/);
});

test("a visit that no link led to is a landing touch; one with the partner's token is none", async (t) => {
  await t.partner("Ada Analytics");
  const direct = await open(t);
  assert.ok(direct.hidden.trb_id);
  await t.until("SELECT count(*) AS n FROM touch WHERE kind = 'landing'", 1);
  const click = await t.click("ada-analytics");
  const followed = await open(t, new URL(click.location).search);
  assert.equal(followed.hidden.trb_id, click.token);
  await t.until("SELECT count(*) AS n FROM touch WHERE kind = 'click'", 1);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM touch"), [{ n: 2 }]);
  assert.equal((await t.fetch("/p/ada-analytics", { method: "HEAD" })).status, 200);
});

test("visits behind the first are recorded: other pages, repeats, programs, and a token of long ago", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.api("POST", "/pages", { partnerId: ada.id, slug: "spring" }).then(({ body }) => t.api("POST", `/pages/${body.id}/publish`));
  const click = await t.click("ada-analytics");
  const jar = (cookies) => ({ cookie: Object.entries(cookies).map((pair) => pair.join("=")).join("; ") });
  const query = new URL(click.location).search;
  await open(t, query, jar(click.cookies));
  await open(t, query, { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" });
  await open(t, query, { "sec-purpose": "prefetch" });
  const spring = await openPage(t, `${PAGE}/spring?utm_campaign=june`, { headers: jar(click.cookies) });
  assert.notEqual(spring.hidden.trb_id, click.token);
  const after = jar({ ...click.cookies, trb_j: spring.response.headers.getSetCookie().find((line) => line.startsWith("trb_j=")).slice(6).split(";")[0] });
  const again = await openPage(t, `${PAGE}/spring`, { headers: after });
  assert.equal(again.hidden.trb_id, spring.hidden.trb_id);
  await t.until("SELECT count(*) AS n FROM touch", 5);
  assert.deepEqual(await t.rows("SELECT kind, mark, campaign FROM touch ORDER BY at, key"), [
    { kind: "click", mark: "counted", campaign: "" },
    { kind: "landing", mark: "bot", campaign: "" },
    { kind: "landing", mark: "prefetch", campaign: "" },
    { kind: "landing", mark: "counted", campaign: "june" },
    { kind: "landing", mark: "duplicate", campaign: "" },
  ]);
});

test("an address that is passed on credits the partner, and does not make two people one", async (t) => {
  const [ada, eve] = [await t.partner("Ada Analytics"), await t.partner("Eve Agency")];
  const first = await t.click("eve-agency");
  const cookie = Object.entries(first.cookies).map((pair) => pair.join("=")).join("; ");
  const click = await t.click("ada-analytics", { headers: { cookie } });
  await t.until("SELECT count(*) AS n FROM touch WHERE visitor IS NOT NULL", 2);
  const passedOn = await open(t, new URL(click.location).search);
  // Whoever was sent the address opens it some minutes after the click.
  const form_id = formId(t.keys, Date.now() + 150_000);
  assert.equal((await send(t, { ...BEA, ...passedOn.hidden, form_id }, {})).status, 422);
  const later = { ...passedOn.hidden, form_id: formId(t.keys) };
  await t.db.prepare("UPDATE touch SET at = at - 200000").run();
  assert.equal((await send(t, { ...BEA, ...later })).status, 303);
  const { body: hers } = await t.feed({ cookie: await t.signIn(ada) });
  assert.deepEqual(hers.log.milestones.kind, ["lead.created"]);
  const { body: eves } = await t.feed({ cookie: await t.signIn(eve) });
  assert.deepEqual(eves.log.milestones.kind, ["lead.created"]);
});

test("the longest answers in any script are taken", async (t) => {
  await t.partner("Ada Analytics");
  const { hidden } = await open(t);
  assert.equal((await send(t, { ...BEA, ...hidden, message: "\u{65e5}".repeat(2000) })).status, 303);
  const long = await send(t, { ...BEA, ...hidden, message: "\u{65e5}".repeat(2001) });
  assert.equal(long.status, 422);
  assert.match(await long.text(), /at most 2,000 characters/);
});

test("the form makes one lead, however often it is sent", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { hidden } = await open(t, new URL((await t.click("ada-analytics")).location).search);
  const answers = await Promise.all([send(t, { ...BEA, ...hidden }), send(t, { ...BEA, ...hidden })]);
  for (const answer of answers) {
    assert.equal(answer.status, 303);
    const thanks = await t.fetch(answer.headers.get("location"));
    assert.equal(thanks.status, 200);
    assert.match(await thanks.text(), /[Tt]hank/);
  }
  assert.deepEqual(await t.rows("SELECT kind, event_name FROM milestone"), [{ kind: "lead.created", event_name: "Form submitted" }]);
  assert.deepEqual(await t.rows("SELECT email, name, company FROM customer"), [{ email: "bea@buyer.example", name: "Bea <Buyer>", company: "Harbor & Sons" }]);
  const { body } = await t.feed({ cookie: await t.signIn(ada) });
  assert.deepEqual(body.log.milestones.kind, ["lead.created"]);
  // A correction from the same page, as a browser that restores it sends, is not swallowed.
  assert.equal((await send(t, { ...BEA, email: "corrected@buyer.example", ...hidden })).status, 303);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM customer"), [{ n: 2 }]);
});

test("what is wrong is said beside the field, and what was typed is kept and escaped", async (t) => {
  await t.partner("Ada Analytics");
  const { hidden } = await open(t);
  const answer = await send(t, { ...hidden, name: '"><script>alert(1)</script>', email: "not an address", company: "x" });
  assert.equal(answer.status, 422);
  const html = await answer.text();
  assert.ok(!html.includes("<script>alert"));
  assert.match(field(html, "name"), /&(quot|#34);&(gt|#62);/);
  assert.equal(field(html, "email"), "not an address");
  assert.match(html, /<input[^>]*name="email"[^>]*aria-invalid="true"/);
  assert.equal(field(html, "form_id"), hidden.form_id);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM customer"), [{ n: 0 }]);
});

test("a forged token, a filled honeypot, another site, too much", async (t) => {
  await t.partner("Ada Analytics");
  const { html, hidden } = await open(t);
  assert.equal((await send(t, { ...BEA, ...hidden, trb_id: "forged" })).status, 303);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM milestone"), [{ n: 1 }]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM touch WHERE customer_id IS NOT NULL"), [{ n: 0 }]);
  const names = [...html.matchAll(/<input[^>]*name="([^"]+)"/g)].map((m) => m[1]);
  const honeypot = names.find((name) => !["trb_id", "form_id", "coupon", "name", "email", "company", "message"].includes(name));
  const robot = await send(t, { ...BEA, email: "robot@x.example", ...hidden, [honeypot]: "http://spam.example" });
  assert.equal(robot.status, 303);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM milestone"), [{ n: 1 }]);
  assert.equal((await send(t, BEA, { origin: "https://evil.example" })).status, 403);
  const big = await send(t, { ...BEA, message: "x".repeat(20_000) });
  assert.ok(big.status >= 400 && big.status < 500, `${big.status}`);
  assert.equal((await t.fetch("/p/nobody")).status, 404);
});

test("a store that fails keeps what was typed", async (t) => {
  await t.partner("Ada Analytics");
  const { hidden } = await open(t);
  await t.db.prepare("ALTER TABLE milestone RENAME TO gone").run();
  const answer = await send(t, { ...BEA, ...hidden });
  assert.equal(answer.status, 503);
  const html = await answer.text();
  assert.equal(field(html, "email").toLowerCase(), "bea@buyer.example");
  assert.equal(field(html, "form_id"), hidden.form_id);
  await t.db.prepare("ALTER TABLE gone RENAME TO milestone").run();
  assert.equal((await send(t, { ...BEA, ...hidden })).status, 303);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM milestone"), [{ n: 1 }]);
});

test("a form that is too quick, or proves nothing, is asked for again and kept", async (t) => {
  await t.partner("Ada Analytics");
  const { html, hidden } = await open(t);
  for (const [form_id, at] of [
    [field(html, "form_id"), "as shown"],
    [formId(t.keys, Date.now() + 600_000), "ahead"],
    [formId(t.keys, Date.now() - 91 * 86_400_000), "old"],
    [formId(`k1:${"00".repeat(32)}`), "another key"],
    ["", "none"],
    ["x".repeat(5000), "long"],
  ]) {
    const answer = await send(t, { ...BEA, ...hidden, form_id });
    assert.equal(answer.status, 422, at);
    const again = await answer.text();
    assert.equal(field(again, "email"), BEA.email, at);
    assert.match(again, /role="alert"[^]*nothing has been lost/, at);
    // What is too quick keeps its proof, so that it only has to be sent once more; the rest is given one.
    assert[at === "as shown" ? "equal" : "notEqual"](field(again, "form_id"), form_id, at);
    assert.match(field(again, "form_id"), /^[\w-]{40,60}$/, at);
  }
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM milestone"), [{ n: 0 }]);
  assert.equal((await send(t, { ...BEA, ...hidden })).status, 303);
});

test("two tabs, a double click and a reload make one lead; the coupon is carried as a touch of its own", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ADA20"] });
  const one = await open(t);
  const two = await open(t);
  assert.equal(one.hidden.coupon, "ADA20");
  const answers = await Promise.all([one, two, one, two].map(({ hidden }) => send(t, { ...BEA, ...hidden })));
  assert.deepEqual(answers.map(({ status }) => status), [303, 303, 303, 303]);
  const [{ n, metadata }] = await t.rows("SELECT count(*) AS n, metadata FROM milestone");
  assert.equal(n, 1);
  assert.deepEqual(JSON.parse(metadata), { landing: "ada-analytics", company: "Harbor & Sons", message: null, coupon: "ADA20" });
  assert.deepEqual(await t.rows("SELECT partner_id, coupon, mark FROM touch WHERE kind = 'coupon'"), [{ partner_id: ada.id, coupon: "ADA20", mark: "counted" }]);
  // A code that the page did not show is not the visitor's to name.
  await send(t, { ...BEA, email: "other@buyer.example", ...one.hidden, coupon: "EVE50" });
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM touch WHERE kind = 'coupon'"), [{ n: 1 }]);
});

test("too many forms from one place are kept, to be sent later", async (t) => {
  await t.partner("Ada Analytics");
  const { hidden } = await open(t);
  // A new minute may begin on the way; no two do.
  const status = [];
  let answer;
  for (let i = 0; i < 21 && status.at(-1) !== 429; i++) {
    answer = await send(t, { ...BEA, email: `bea${i}@buyer.example`, ...hidden });
    status.push(answer.status);
  }
  assert.equal(status.pop(), 429);
  assert.ok(status.length >= 10 && status.every((code) => code === 303), `${status}`);
  assert.equal(answer.headers.get("retry-after"), "60");
  assert.match(field(await answer.text(), "email"), /^bea\d+@buyer\.example$/);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM milestone"), [{ n: status.length }]);
});

test("a listing's visit keeps the listing's token", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.api("POST", "/links", { url: `${t.url}${PAGE}`, key: "market", kind: "listing", partnerId: ada.id });
  const click = await t.click("market");
  const { hidden } = await open(t, new URL(click.location).search);
  assert.equal(hidden.trb_id, click.token);
  assert.equal((await send(t, { ...BEA, ...hidden })).status, 303);
  await t.until("SELECT count(*) AS n FROM touch WHERE source = 'edge'", 1);
  assert.deepEqual(await t.rows("SELECT kind, customer_id IS NOT NULL AS claimed FROM touch"), [{ kind: "listing", claimed: 1 }]);
});

test("nothing is kept with a visitor who has not agreed, and the lead is credited all the same", { setup: { consent: "opt_in" } }, async (t) => {
  await t.partner("Ada Analytics");
  const { response, hidden } = await open(t, "", { "sec-gpc": "1" });
  assert.deepEqual(response.headers.getSetCookie(), []);
  const answer = await send(t, { ...BEA, ...hidden }, { "sec-gpc": "1" });
  assert.deepEqual([answer.status, answer.headers.getSetCookie()], [303, []]);
  await t.until("SELECT count(*) AS n FROM touch WHERE customer_id IS NOT NULL AND kind = 'landing'", 1);
});
