import assert from "node:assert/strict";
import { field, open, send } from "../support/form.mjs";
import { test } from "../support/test.mjs";

const BEA = { name: "Bea Buyer", email: "bea@buyer.example" };
const FULL = {
  headline: "Numbers that agree with your bank",
  text: "Ada sets Northbeam up in a week.\nNo migration.",
  logo: "https://cdn.example.com/ada.svg",
  image: "https://cdn.example.com/card.png",
  colors: { accent: "#7c3aed", background: "#1e1b4b" },
  offer: { title: "20 % off the first year", text: "For new customers, until the end of March." },
  coupon: "spring-20",
  campaign: "spring-26",
  testimonial: { quote: "We closed the month in a day.", name: "Cleo Closer", role: "CFO, Harbor & Sons" },
  form: {
    title: "Talk to Ada",
    button: "Book a call",
    fields: [
      { name: "company", required: true },
      { name: "phone" },
      { name: "size", label: "Team size", kind: "select", options: ["1–10", "11–50", "more"], required: true },
      { name: "terms", label: "I have read the terms", kind: "checkbox", required: true },
      { name: "notes", label: "Anything else?", kind: "area" },
    ],
  },
  thanks: { title: "Talk soon", text: "Ada calls you within a day." },
};

/** Makes a page of a campaign; answers it as the API does. */
async function make(t, partner, content = FULL, slug = "spring") {
  const { status, body } = await t.api("POST", "/pages", { partnerId: partner.id, slug, content });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

const act = (t, page, verb, body = {}) => t.api("POST", `/pages/${page.id}/${verb}`, body);

test("a page is a draft, then public, then edited behind the public's back, taken away and restored", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["SPRING-20"] });
  const page = await make(t, ada);
  assert.deepEqual([page.state, page.slug, page.url], ["draft", "spring", `${t.url}/p/ada-analytics/spring`]);
  assert.deepEqual(page.content, { ...FULL, coupon: "SPRING-20", form: { ...FULL.form, fields: FULL.form.fields.map((f) => ({ required: false, ...f })) } });
  assert.equal((await t.fetch("/p/ada-analytics/spring")).status, 404);

  const { body: live } = await act(t, page, "publish");
  assert.deepEqual([live.state, live.version, live.changed], ["live", 1, false]);
  // Said twice, it is done once.
  assert.equal((await act(t, page, "publish")).body.version, 1);
  const { html, response } = await open(t, "/p/ada-analytics/spring");
  for (const text of [FULL.headline, FULL.offer.title, "SPRING-20", FULL.testimonial.quote, "CFO, Harbor &#38; Sons", "Book a call", "#1e1b4b", "Team size"]) {
    assert.ok(html.includes(text), text);
  }
  assert.match(html, /og:image" content="https:\/\/cdn.example.com\/card.png"/);
  assert.equal(response.headers.get("cache-control"), "no-store");

  const { body: edited } = await t.api("PATCH", `/pages/${page.id}`, { content: { headline: "Another", offer: null, colors: { accent: "#0f766e" } } });
  assert.deepEqual([edited.changed, edited.content.headline, edited.content.offer, edited.content.colors.background], [true, "Another", undefined, "#1e1b4b"]);
  assert.ok((await open(t, "/p/ada-analytics/spring")).html.includes(FULL.headline));
  assert.equal((await act(t, page, "publish")).body.version, 2);
  assert.ok((await open(t, "/p/ada-analytics/spring")).html.includes("Another"));

  const { body: restored } = await act(t, page, "restore", { version: 1 });
  assert.deepEqual([restored.content.headline, restored.version, restored.changed], [FULL.headline, 2, true]);
  assert.equal((await act(t, page, "publish")).body.version, 3);
  const { body: versions } = await t.api("GET", `/pages/${page.id}/versions`);
  assert.deepEqual(versions.map(({ version, live, content }) => [version, live, content.headline]), [[3, true, FULL.headline], [2, false, "Another"], [1, false, FULL.headline]]);

  const stale = await t.api("POST", `/pages/${page.id}/unpublish?updatedAt=${encodeURIComponent(edited.updatedAt)}`, {});
  assert.deepEqual([stale.status, (await t.fetch("/p/ada-analytics/spring")).status], [409, 200]);
  assert.equal((await act(t, page, "unpublish")).body.state, "draft");
  assert.equal((await act(t, page, "unpublish")).body.state, "draft");
  assert.equal((await t.fetch("/p/ada-analytics/spring")).status, 404);
  const { body: list } = await t.api("GET", `/pages?partnerId=${ada.id}`);
  assert.deepEqual(list.map(({ id }) => id), [page.id]);
});

test("a partner's own page is plain until it is written, and plain again when it is taken away", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { body: page } = await t.api("POST", "/pages", { partnerId: ada.id, content: { headline: "Own words" } });
  assert.deepEqual([page.slug, page.url], [null, `${t.url}/p/ada-analytics`]);
  const shown = async () => (await open(t, "/p/ada-analytics")).html.includes("Own words");
  assert.equal(await shown(), false);
  await act(t, page, "publish");
  assert.equal(await shown(), true);
  await act(t, page, "unpublish");
  assert.equal(await shown(), false);
});

test("bad content names its field, and nothing is written", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.partner("Eve Agency", { coupons: ["EVE20"] });
  const page = await make(t, ada, { headline: "Good" });
  for (const [content, named] of [
    [{ headline: "x".repeat(121) }, "content.headline: must"],
    [{ headline: 7 }, "content.headline: "],
    [{ headlin: "x" }, "content.headlin: "],
    [{ text: "x".repeat(1001) }, "content.text: must"],
    [{ logo: "http://cdn.example.com/l.png" }, "content.logo: must"],
    [{ image: "javascript:alert(1)" }, "content.image: must"],
    [{ colors: { accent: "red" } }, "content.colors.accent: must"],
    [{ colors: { background: "#12345" } }, "content.colors.background: must"],
    [{ offer: { title: "" } }, "content.offer.title: must"],
    [{ offer: { text: "no title" } }, "content.offer"],
    [{ coupon: "10 %" }, "content.coupon: may"],
    [{ coupon: "EVE20" }, "content.coupon: must be one of the partner's coupons"],
    [{ coupon: "nobodys" }, "content.coupon: must be one of the partner's coupons"],
    [{ testimonial: { quote: "q", name: " " } }, "content.testimonial.name: must"],
    [{ form: { fields: [{ name: "a b", label: "x", kind: "text" }] } }, "content.form.fields[0].name: must"],
    [{ form: { fields: [{ name: "budget", label: "Budget" }] } }, "content.form.fields[0].kind: must"],
    [{ form: { fields: [{ name: "x", label: "X", kind: "select" }] } }, "content.form.fields[0].options: must"],
    [{ form: { fields: [{ name: "x", label: "X", kind: "date" }] } }, "content.form.fields[0].kind"],
    [{ form: { fields: Array(13).fill({ name: "phone" }) } }, "content.form.fields: must"],
    [{ thanks: { redirect: "https://evil.example/" } }, "content.thanks.redirect: must"],
    [{ thanks: { redirect: "//evil.example/" } }, "content.thanks.redirect: must"],
    ["text", "content: must"],
  ]) {
    const { status, body } = await t.api("PATCH", `/pages/${page.id}`, { content });
    assert.deepEqual([status, body.error?.code], [422, "unprocessable_entity"], JSON.stringify(content));
    assert.ok(body.error.message.startsWith(named), `${named}… is ${body.error.message}`);
  }
  for (const [body, status] of [
    [{ content: {} }, 422],
    [{ partnerId: "pn_nobody", content: {} }, 422],
    [{ partnerId: page.id }, 422],
    [{ partnerId: ada.id, slug: "a/b" }, 422],
    [{ partnerId: ada.id, slug: "spring" }, 409],
    [{ partnerId: ada.id, slug: "summer", colour: "red" }, 422],
  ]) {
    assert.equal((await t.api("POST", "/pages", body)).status, status, JSON.stringify(body));
  }
  for (const [verb, body, status] of [["restore", { version: 9 }, 404], ["restore", {}, 422], ["preview", { expiresIn: 5 }, 422], ["nothing", {}, 404]]) {
    assert.equal((await act(t, page, verb, body)).status, status, verb);
  }
  for (const id of ["page_0", page.partnerId, page.id.replace(/.$/, (c) => (c === "0" ? "1" : "0"))]) {
    assert.equal((await t.api("GET", `/pages/${id}`)).status, 404, id);
  }
  assert.deepEqual((await t.api("GET", `/pages/${page.id}`)).body.content.headline, "Good");
  assert.equal((await t.api("GET", "/pages", undefined, { key: t.publishableKey })).status, 403);
});

test("a page shows no coupon but the partner's own: when it is made, changed and published", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["ADA20"] });
  await t.partner("Eve Agency", { coupons: ["EVE20"] });
  const refused = ({ status, body }) => assert.deepEqual([status, body.error?.message], [422, "content.coupon: must be one of the partner's coupons"]);
  refused(await t.api("POST", "/pages", { partnerId: ada.id, slug: "bad", content: { coupon: "EVE20" } }));
  const page = await make(t, ada, { coupon: "ada20" });
  refused(await t.api("PATCH", `/pages/${page.id}`, { content: { coupon: "EVE20" } }));
  await t.api("DELETE", "/discount-codes/ADA20");
  refused(await act(t, page, "publish"));
  assert.equal((await open(t, "/p/ada-analytics/spring")).response.status, 404);
  await t.api("POST", "/discount-codes", { code: "ADA20", partnerId: ada.id });
  assert.equal((await act(t, page, "publish")).status, 200);
  assert.match((await open(t, "/p/ada-analytics/spring")).html, /ADA20/);
});

test("colours that cannot be read are told of, and stood in for", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const { warnings, ...page } = await make(t, ada, { colors: { accent: "#ffff00", background: "#fffde7" } });
  assert.deepEqual(warnings.map(({ field }) => field), ["content.colors.accent", "content.colors.background"]);
  assert.match(warnings[0].message, /contrast of 1\.07 in light mode/);
  await act(t, page, "publish");
  const { html } = await open(t, "/p/ada-analytics/spring");
  assert.match(html, /:root\{--fill:#ffff00;--edge:#(?!ffff00)\w{6};--ink:#050505;--accent:#(?!ffff00)/);
});

test("two who edit one draft do not undo each other unseen", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const page = await make(t, ada, {});
  const edits = await Promise.all(["a", "b", "c", "d"].map((text) => t.api("PATCH", `/pages/${page.id}`, { content: { [text === "a" ? "headline" : "text"]: text } })));
  const written = edits.filter(({ status }) => status === 200);
  assert.ok(edits.every(({ status }) => [200, 409].includes(status)) && written.length > 0);
  const { content } = (await t.api("GET", `/pages/${page.id}`)).body;
  if (edits[0].status === 200) assert.equal(content.headline, "a");
});

test("a draft is seen by a link that ends, or by the marketer, and by nobody else; nothing of it is recorded", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["SPRING-20"] });
  const page = await make(t, ada);
  const other = await make(t, ada, {}, "summer");
  const { status, body } = await act(t, page, "preview", { expiresIn: 3600 });
  assert.equal(status, 201);
  assert.ok(Math.abs(Date.parse(body.expiresAt) - Date.now() - 3_600_000) < 60_000);
  const { pathname, search } = new URL(body.url);
  const { html, response } = await open(t, pathname + search);
  assert.equal(response.status, 200);
  assert.match(html, /noindex[^]*Preview\. This draft is not public/);
  assert.deepEqual(response.headers.getSetCookie(), []);
  const wrong = await send(t, pathname + search, BEA);
  assert.equal(wrong.status, 422);
  const right = await send(t, pathname + search, { ...BEA, company: "x", x_size: "more", x_terms: "yes" });
  assert.match(await right.text(), /Talk soon/);

  const marketer = await t.signIn("marketer");
  assert.equal((await t.fetch(`${pathname}?preview`, { headers: { cookie: marketer } })).status, 200);
  const partner = await t.signIn(ada);
  const stranger = await t.signIn(await t.partner("Eve Agency"));
  for (const [path, headers] of [
    [`${pathname}?preview`, {}],
    [`${pathname}?preview=1`, {}],
    [`${pathname}${search}x`, {}],
    [`${pathname}?preview`, { cookie: partner }],
    [`${pathname}?preview`, { cookie: stranger }],
    [new URL(other.url).pathname + search, {}],
    [`/p/nobody/spring${search}`, {}],
    [`/p/ada-analytics/never${search}`, {}],
  ]) {
    assert.equal((await t.fetch(path, { headers })).status, 410, path);
  }
  assert.deepEqual(await t.rows("SELECT (SELECT count(*) FROM touch) + (SELECT count(*) FROM milestone) AS n"), [{ n: 0 }]);
});

test("the form of a page asks what it was told to, and the lead says what was answered", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["SPRING-20", "LATER"] });
  await act(t, await make(t, ada), "publish");
  const path = "/p/ada-analytics/spring";
  const { hidden } = await open(t, path);
  assert.equal(hidden.coupon, "SPRING-20");
  const answer = await send(t, path, { ...hidden, ...BEA, phone: "+1 <555>", x_size: "12" });
  assert.equal(answer.status, 422);
  const html = await answer.text();
  for (const name of ["company", "x_size", "x_terms"]) {
    assert.match(html, new RegExp(`name="${name}"[^>]*aria-invalid="true" aria-describedby="${name}-fault"`), name);
    assert.match(html, new RegExp(`href="#${name}"`), name);
  }
  assert.equal(field(html, "phone"), "+1 &#60;555&#62;");
  const good = { ...hidden, ...BEA, company: "Harbor", phone: "+1 555", x_size: "11–50", x_terms: "yes", x_notes: "a\r\nb", unknown: "x" };
  const sent = await send(t, path, good);
  assert.equal(sent.headers.get("location"), `${path}?sent=1`);
  assert.match(await (await t.fetch(`${path}?sent=1`)).text(), /Talk soon[^]*within a day/);
  const [{ metadata }] = await t.rows("SELECT metadata FROM milestone");
  assert.deepEqual(JSON.parse(metadata), {
    landing: "ada-analytics", page: "spring", campaign: "spring-26", coupon: "SPRING-20", company: "Harbor", message: null,
    phone: "+1 555", answers: { size: "11–50", terms: true, notes: "a\nb" },
  });
  await t.until("SELECT count(*) AS n FROM touch WHERE kind = 'landing' AND campaign = 'spring-26'", 1);
  assert.deepEqual(await t.rows("SELECT campaign, coupon FROM touch WHERE kind = 'coupon'"), [{ campaign: "spring-26", coupon: "SPRING-20" }]);
});

test("a campaign that the address names wins over the page's", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await act(t, await make(t, ada, { campaign: "spring-26" }), "publish");
  await open(t, "/p/ada-analytics/spring?utm_campaign=mail");
  await t.until("SELECT count(*) AS n FROM touch WHERE campaign = 'mail'", 1);
});

test("behind the form the visitor goes where the page says, with the token, as long as the program allows it", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const page = await make(t, ada, { thanks: { redirect: "https://example.com/welcome?x=1#top" } });
  await act(t, page, "publish");
  const path = "/p/ada-analytics/spring";
  const { hidden, response } = await open(t, path);
  assert.match(response.headers.get("content-security-policy"), /form-action 'self' https:\/\/example\.com;/);
  const sent = await send(t, path, { ...hidden, ...BEA });
  assert.equal(sent.headers.get("location"), `https://example.com/welcome?x=1&trb_id=${hidden.trb_id}#top`);
  const forged = await send(t, path, { ...hidden, ...BEA, email: "c@d.example", trb_id: "forged&x=2" });
  assert.equal(forged.headers.get("location"), "https://example.com/welcome?x=1#top");
  await t.db.prepare("UPDATE page_version SET content = replace(content, 'example.com', 'elsewhere.example')").run();
  const later = await send(t, path, { ...hidden, ...BEA, email: "e@f.example" });
  assert.equal(later.headers.get("location"), `${path}?sent=1`);
});

test("a full page is small, with its styles", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["SPRING-20"], description: "x".repeat(800) });
  await act(t, await make(t, ada), "publish");
  const { html } = await open(t, "/p/ada-analytics/spring");
  let size = Buffer.byteLength(html);
  for (const [, href] of html.matchAll(/href="(\/style\/[^"]+\.css)"/g)) size += (await (await t.fetch(href)).arrayBuffer()).byteLength;
  assert.ok(size < 30_000, `${size} bytes`);
});

test("a store that fails at each step: a copy of the page, a form that is kept, a conversion that is credited", async (t) => {
  const ada = await t.partner("Ada Analytics");
  await act(t, await make(t, ada, { headline: "Copied words", form: { fields: [{ name: "size", label: "Size", kind: "text" }] } }), "publish");
  const path = "/p/ada-analytics/spring";
  const { hidden } = await open(t, path);
  const broken = async (table, work) => {
    await t.db.prepare(`ALTER TABLE ${table} RENAME TO gone`).run();
    await work();
    await t.db.prepare(`ALTER TABLE gone RENAME TO ${table}`).run();
  };
  for (const table of ["page", "page_version", "partner"]) {
    await broken(table, async () => {
      const { html, response } = await open(t, path);
      assert.deepEqual([response.status, html.includes("Copied words")], [200, true], table);
    });
  }
  for (const table of ["customer", "milestone"]) {
    await broken(table, async () => {
      const answer = await send(t, path, { ...hidden, ...BEA, x_size: "twelve" });
      const html = await answer.text();
      assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "60"], table);
      assert.deepEqual([field(html, "email"), field(html, "x_size"), field(html, "form_id")], [BEA.email, "twelve", hidden.form_id], table);
      assert.match(html, /action="\/p\/ada-analytics\/spring"/);
    });
  }
  // A page of which there is no copy: its visitor is sent on, and its form is kept with fields that are not known now.
  await broken("partner", async () => {
    assert.equal((await t.fetch("/p/ada-analytics/unseen")).status, 302);
    const answer = await send(t, "/p/ada-analytics/unseen", { ...hidden, ...BEA, x_size: "twelve" });
    assert.deepEqual([answer.status, field(await answer.text(), "x_size")], [503, "twelve"]);
    assert.equal((await t.fetch(`${path}?preview`)).status, 503);
    assert.equal((await t.api("GET", "/pages")).status, 503);
  });
  await t.db.prepare("DELETE FROM touch").run();
  assert.equal((await send(t, path, { ...hidden, ...BEA, x_size: "twelve" })).status, 303);
  await t.api("POST", "/track/sale", { customerExternalId: "cust_1", customerEmail: BEA.email, amount: 900, invoiceId: "in_1" });
  const { body } = await t.feed({ cookie: await t.signIn(ada) });
  assert.deepEqual(body.log.revenue.amount, [900]);
});

/** A Turnstile that answers as it is told. */
const turnstile = (verdict) => async (request) => {
  const form = new URLSearchParams(await request.text());
  if (form.get("response") === "down") return new Response("no", { status: 500 });
  return Response.json(verdict[form.get("response")] ?? { success: false, "error-codes": ["invalid-input-response"] });
};

const TURNSTILE = {
  bindings: { TURNSTILE_SECRET: "1x0000000000000000000000000000000AA" },
  outside: turnstile({ person: { success: true }, twice: { success: false, "error-codes": ["timeout-or-duplicate"] } }),
};

test("Turnstile is asked where the program has it, and costs no lead", TURNSTILE, async (t) => {
  await t.partner("Ada Analytics");
  const path = "/p/ada-analytics";
  const before = await open(t, path);
  assert.ok(!before.html.includes("challenges.cloudflare.com") && !before.response.headers.get("content-security-policy").includes("cloudflare"));
  await t.api("PATCH", "/program", { turnstileSiteKey: "1x00000000000000000000AA" });
  const { html, response, hidden } = await open(t, path);
  assert.match(html, /data-sitekey="1x00000000000000000000AA"/);
  assert.match(response.headers.get("content-security-policy"), /script-src https:\/\/challenges\.cloudflare\.com; frame-src https:\/\/challenges\.cloudflare\.com/);
  const human = async (answer) => {
    const sent = await send(t, path, { ...hidden, ...BEA, email: `${answer || "none"}@buyer.example`, ...(answer && { "cf-turnstile-response": answer }) });
    const [row] = await t.rows("SELECT metadata FROM milestone AS m JOIN customer AS c ON c.id = m.customer_id WHERE c.email = ?", `${answer || "none"}@buyer.example`);
    return [sent.status, row && (JSON.parse(row.metadata).human ?? "")];
  };
  assert.deepEqual(await human("person"), [303, ""]);
  for (const answer of ["", "twice", "down"]) assert.deepEqual(await human(answer), [303, "unproven"], answer);
  assert.deepEqual(await human("forged"), [422, undefined]);
});

/** The page that an editor shows of some content. */
const render = (t, page, content, more = {}) =>
  t.fetch(`/api/pages/${page.id}/render`, { method: "POST", headers: { authorization: `Bearer ${t.apiKey}` }, body: new URLSearchParams({ content: typeof content === "string" ? content : JSON.stringify(content), ...more }) });

test("an editor shows what is not written down, in a frame where it can do nothing", async (t) => {
  const ada = await t.partner("Ada Analytics", { coupons: ["SPRING-20", "LAST-10"] });
  await t.partner("Eve Agency", { coupons: ["EVE20"] });
  const page = await make(t, ada, { headline: "Saved" });
  const response = await render(t, page, { ...FULL, headline: "Typed <b>" });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/html/);
  const policy = response.headers.get("content-security-policy");
  for (const part of ["frame-ancestors 'self'", "form-action 'none'", "sandbox", "default-src 'none'", "base-uri 'none'"]) assert.ok(policy.includes(part), `${part} in ${policy}`);
  assert.ok(!policy.includes("script-src") && !policy.includes("allow-"), policy);
  const html = await response.text();
  for (const text of ["Typed &#60;b&#62;", "SPRING-20", "Team size", '<base target="_blank">']) assert.ok(html.includes(text), text);
  assert.ok(!html.includes("This draft is not public"));
  const sent = await (await render(t, page, FULL, { sent: "1" })).text();
  assert.ok(sent.includes("Talk soon") && !sent.includes("<form"), sent);
  // Nothing was written, and nothing recorded.
  assert.equal((await t.api("GET", `/pages/${page.id}`)).body.content.headline, "Saved");
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM touch"), [{ n: 0 }]);
  // What the public is shown stands in no frame.
  await act(t, page, "publish");
  const live = await t.fetch("/p/ada-analytics/spring");
  assert.match(live.headers.get("content-security-policy"), /frame-ancestors 'none'/);
  assert.match(live.headers.get("content-security-policy"), /form-action 'self'/);
  for (const [content, status, named] of [
    [{ headline: "x".repeat(121) }, 422, "content.headline: must"],
    [{ coupon: "EVE20" }, 422, "content.coupon: must be one of the partner's coupons"],
    [{ thanks: { redirect: "https://evil.example/" } }, 422, "content.thanks.redirect: must"],
    [{ nothing: 1 }, 422, "content.nothing: "],
    ["{", 422, "content."],
    ["x".repeat(400_000), 413, ""],
  ]) {
    const refused = await render(t, page, content);
    assert.equal(refused.status, status, named);
    assert.ok((await refused.json()).error.message.startsWith(named), named);
  }
  assert.equal((await render(t, { id: ada.id }, {})).status, 404);
});

test("who changes a draft that is another by now is told, and nothing is overwritten", async (t) => {
  const ada = await t.partner("Ada Analytics");
  const read = await make(t, ada, { headline: "First" });
  const change = (headline, updatedAt) => t.api("PATCH", `/pages/${read.id}`, { content: { headline }, updatedAt });
  const { body: mine } = await change("Mine", read.updatedAt);
  assert.equal(mine.content.headline, "Mine");
  const theirs = await change("Theirs", read.updatedAt);
  assert.deepEqual([theirs.status, theirs.body.error.code], [409, "conflict"]);
  const late = await act(t, read, `publish?updatedAt=${encodeURIComponent(read.updatedAt)}`);
  assert.deepEqual([late.status, late.body.error.code], [409, "conflict"]);
  assert.equal((await t.fetch("/p/ada-analytics/spring")).status, 404);
  const { body: now } = await t.api("GET", `/pages/${read.id}`);
  assert.deepEqual([now.content.headline, now.state], ["Mine", "draft"]);
  assert.equal((await act(t, read, `publish?updatedAt=${encodeURIComponent(mine.updatedAt)}`)).body.state, "live");
  // Who does not say what they read changes what is there.
  assert.equal((await change("Whatever")).status, 200);
});
