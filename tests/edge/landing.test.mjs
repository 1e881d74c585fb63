import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

/** Value of a field of the form. */
const field = (html, name) => {
  const tag = html.match(new RegExp(`<(?:input|textarea)[^>]*name="${name}"[^>]*>`))?.[0] ?? "";
  return tag.match(/value="([^"]*)"/)?.[1] ?? "";
};

async function open(t, query = "", headers = {}) {
  const response = await t.fetch(`/p/ada-analytics${query}`, { headers });
  const html = await response.text();
  return { response, html, hidden: { trb_id: field(html, "trb_id"), form_id: field(html, "form_id") } };
}

const send = (t, form, headers = {}) =>
  t.fetch("/p/ada-analytics", { method: "POST", body: new URLSearchParams(form), headers: { origin: t.url, ...headers } });

const BEA = { name: "Bea <Buyer>", email: "Bea@Buyer.example", company: "Harbor & Sons" };

test("the page is branded, small, without script, and shows the coupon", async (t) => {
  await t.partner("Ada Analytics", { coupons: ["ada20"] });
  const { response, html } = await open(t);
  assert.equal(response.status, 200);
  assert.match(html, /Ada Analytics/);
  assert.match(html, /Northbeam/);
  assert.match(html, /ADA20/);
  assert.match(html, /property="og:title"/);
  assert.ok(!/<script(?![^>]*ld\+json)/.test(html));
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
  const honeypot = names.find((name) => !["trb_id", "form_id", "name", "email", "company", "message"].includes(name));
  const robot = await send(t, { ...BEA, email: "robot@x.example", ...hidden, form_id: "1".repeat(32), [honeypot]: "http://spam.example" });
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
