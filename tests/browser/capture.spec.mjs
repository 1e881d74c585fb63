// capture.js on pages of the vendor's own: another origin, two subdomains, a single-page app; with and without consent.

import { createServer } from "node:http";
import jsQR from "jsqr";
import { PNG } from "pngjs";
import { expect, test as base } from "../support/browser.mjs";
import { start } from "../support/instance.mjs";

// Names below localhost are this machine's, and secure enough for cookies marked Secure.
const allowedHosts = ["vendor.localhost", "*.vendor.localhost", "elsewhere.localhost"];

const test = base.extend({
  consentPolicy: ["opt_out", { option: true }],
  instance: async ({ consentPolicy }, use) => {
    const instance = await start({ setup: { allowedHosts, consent: consentPolicy } });
    instance.ada = await instance.partner("Ada Analytics", { coupons: ["ada20"] });
    await use(instance);
    await instance.stop();
  },
  /** The vendor's site: pages under any name below localhost. */
  site: async ({ instance }, use) => {
    const port = new URL(instance.url).port;
    const site = { tracker: `http://localhost:${port}`, key: instance.publishableKey, attributes: "", body: "" };
    const html = () => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Vendor</title>
      <script src="${site.tracker}/capture.js" data-key="${site.key}" ${site.attributes} defer></script><main><h1>Vendor</h1>
      <form id="form" action="/done"><input type="hidden" name="trb_id"><input type="hidden" name="utm_campaign">
      <input type="hidden" name="coupon"><input type="hidden" name="kept" value="own"><button>Send</button></form>
      <a id="inside" href="/inside#top">Inside</a> <a id="away" href="http://elsewhere.localhost/">Away</a>
      <a id="pay" data-tributary-checkout href="https://buy.stripe.example/x?prefilled=1">Pay</a>
      <div id="button" data-tributary-checkout></div><div id="app"></div>${site.body}</main></html>`;
    const server = createServer((request, response) => response.setHeader("content-type", "text/html").end(html()));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    site.at = (host, path = "/") => `http://${host}.localhost:${server.address().port}${path}`;
    site.goAt = (host) => (site.tracker = `http://${host}.localhost:${port}`);
    await use(site);
    server.close();
  },
});

const settled = (page) => page.evaluate(() => globalThis.tributary.ready);
const names = async (page) => (await page.context().cookies()).map((cookie) => `${cookie.domain} ${cookie.name}`).sort();
const stored = (page) => page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
const lead = (instance, clickId, customer = "c1") =>
  instance.api("POST", "/track/lead", { clickId, eventName: "Sign up", customerExternalId: customer });
const COUNTED = "SELECT count(*) FROM touch WHERE mark = 'counted'";

test("an arrival by a partner's parameter: cookies on the site, fields and checkout filled, and nobody else asked", async ({ page, instance, site }) => {
  const requests = [];
  const errors = [];
  page.on("request", (request) => requests.push(new URL(request.url())));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(site.at("www.vendor", "/?via=ada-analytics&utm_campaign=spring&coupon=ada20&kept=theirs"));
  const token = await settled(page);
  expect(token.length).toBeGreaterThan(80);
  expect(await names(page)).toEqual([".vendor.localhost trb_id", ".vendor.localhost trb_j", ".vendor.localhost trb_v"]);
  for (const cookie of await page.context().cookies()) {
    expect(cookie).toMatchObject({ secure: true, sameSite: "Lax", path: "/" });
    expect(Math.round((cookie.expires - Date.now() / 1000) / 86400)).toBe(90);
  }
  await expect(page.locator("[name=trb_id]")).toHaveValue(token);
  await expect(page.locator("[name=utm_campaign]")).toHaveValue("spring");
  await expect(page.locator("[name=coupon]")).toHaveValue("ada20");
  await expect(page.locator("[name=kept]")).toHaveValue("own");
  await expect(page.locator("#pay")).toHaveAttribute("href", `https://buy.stripe.example/x?prefilled=1&client_reference_id=${token}`);
  await expect(page.locator("#button")).toHaveAttribute("client-reference-id", token);
  const own = [new URL(site.at("www.vendor")).origin, site.tracker];
  expect(requests.filter((url) => !own.includes(url.origin))).toEqual([]);
  expect(errors).toEqual([]);
  await instance.until(COUNTED, 1);
  expect((await lead(instance, token)).body.link.key).toBe("ada-analytics");
  // With cookies no address needs to carry the token.
  await page.locator("#inside").click();
  await page.waitForURL("**/inside#top");
  await page.reload();
  expect(await settled(page)).toBe(token);
  await instance.until(COUNTED, 1);
});

test("across two subdomains the visitor and the journey stay", async ({ page, instance, site }) => {
  await instance.partner("Eve Agency");
  await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
  const first = await settled(page);
  await page.goto(site.at("app.vendor", "/?fpr=eve-agency"));
  const second = await settled(page);
  expect(second).not.toBe(first);
  const cookies = Object.fromEntries((await page.context().cookies()).map(({ name, value }) => [name, value]));
  expect(cookies).toMatchObject({ trb_id: second, trb_j: `${first}.${second}` });
  await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
  // A repeat within the hour: recorded, and the credit stays where it was.
  expect(await settled(page)).toBe(first);
  await instance.until(COUNTED, 2);
  await instance.until("SELECT count(*) FROM touch WHERE mark = 'duplicate'", 1);
  expect(await instance.rows("SELECT DISTINCT visitor FROM touch")).toEqual([{ visitor: cookies.trb_v }]);
  await lead(instance, first);
  expect((await instance.feed()).body.log.identities.visitor).toHaveLength(1);
});

test("a redirect of the same site and its page know one visitor, and the click is recorded once", async ({ page, instance, site }) => {
  site.goAt("go.vendor");
  const { status } = await instance.api("POST", "/links", { url: site.at("www.vendor", "/plans"), key: "plans", partnerId: instance.ada.id });
  expect(status).toBe(200);
  await page.goto(`${site.tracker}/plans`);
  const token = await settled(page);
  expect(new URL(page.url()).searchParams.get("trb_id")).toBe(token);
  const visitors = (await page.context().cookies()).filter(({ name }) => name === "trb_v");
  expect(visitors.map(({ domain }) => domain).sort()).toEqual([".vendor.localhost", "go.vendor.localhost"]);
  expect(new Set(visitors.map(({ value }) => value)).size).toBe(1);
  await instance.until("SELECT count(*) FROM touch", 1);
  // What the visitor chooses on the page holds for the links, too.
  const told = page.waitForResponse((response) => response.url().includes("/api/consent"));
  await page.evaluate(() => globalThis.tributary.consent(false));
  await told;
  await expect.poll(() => names(page)).toEqual([".vendor.localhost trb_c", "go.vendor.localhost trb_c"]);
  await page.goto(`${site.tracker}/plans`);
  expect(await settled(page)).toBeTruthy();
  expect(await names(page)).toEqual([".vendor.localhost trb_c", "go.vendor.localhost trb_c"]);
});

test("Global Privacy Control: nothing is kept, and a lead of the same visit is credited", async ({ page, instance, site }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
  await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
  const token = await settled(page);
  expect(token).toBeTruthy();
  expect(await names(page)).toEqual([]);
  expect(await stored(page)).toEqual([0, 0, ""]);
  await expect(page.locator("[name=trb_id]")).toHaveValue(token);
  // The link carries the token to the next page, and no link to elsewhere does.
  await page.locator("#inside").click();
  await page.waitForURL("**/inside?trb_id=*#top");
  expect(await settled(page)).toBe(token);
  await page.evaluate(() => document.querySelector("#away").addEventListener("click", (event) => event.preventDefault()));
  await page.locator("#away").click();
  await expect(page.locator("#away")).toHaveAttribute("href", "http://elsewhere.localhost/");
  await instance.until(COUNTED, 1);
  expect((await lead(instance, token)).body.link.key).toBe("ada-analytics");
  expect(await instance.rows("SELECT visitor FROM touch")).toEqual([{ visitor: null }]);
  expect(await stored(page)).toEqual([0, 0, ""]);
});

test.describe("where the program asks first", () => {
  test.use({ consentPolicy: "opt_in" });

  test("nothing is kept before consent, everything after, and nothing but the refusal after that", async ({ page, instance, site }) => {
    await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
    const token = await settled(page);
    expect(await stored(page)).toEqual([0, 0, ""]);
    await page.evaluate(() => globalThis.tributary.consent(true));
    const all = ["trb_c", "trb_id", "trb_j", "trb_v"].map((name) => `.vendor.localhost ${name}`);
    await expect.poll(() => names(page)).toEqual(all);
    await page.goto(site.at("app.vendor"));
    expect(await settled(page)).toBe(token);
    // The same touch, whose it is now known.
    await instance.until("SELECT count(*) FROM touch", 1);
    await page.evaluate(() => globalThis.tributary.consent(false));
    await expect.poll(() => names(page)).toEqual([".vendor.localhost trb_c"]);
    await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
    expect(await settled(page)).toBeTruthy();
    expect(await names(page)).toEqual([".vendor.localhost trb_c"]);
    await page.evaluate(() => globalThis.tributary.consent(true));
    await expect.poll(() => names(page)).toEqual(all);
  });
});

test.describe("where a consent tool answers at once", () => {
  test.use({ consentPolicy: "opt_in" });

  test("a choice that comes while the arrival is on its way makes no second touch", async ({ page, instance, site }) => {
    site.body = `<script>document.addEventListener("DOMContentLoaded", () => tributary.consent(true))</script>`;
    await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
    const token = await settled(page);
    await expect.poll(async () => (await names(page)).length).toBe(4);
    await expect(page.locator("[name=trb_id]")).toHaveValue(token);
    await instance.until(COUNTED, 1);
    expect((await instance.rows("SELECT count(*) AS n FROM touch"))[0].n).toBe(1);
  });
});

test("a single-page app: arrivals by its own router, forms that come later, addresses that are cleaned", async ({ page, instance, site }) => {
  // A router that cleans the address before anything else runs.
  site.body = `<script>history.replaceState(null, "", "/clean")</script>`;
  await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
  const token = await settled(page);
  expect(token).toBeTruthy();
  expect(page.url()).toBe(site.at("www.vendor", "/clean"));
  await page.evaluate(() => {
    history.pushState(null, "", "/signup");
    document.querySelector("#app").innerHTML = `<form id="late"><input type="hidden" name="trb_id"><input name="email" aria-label="E-mail"></form>`;
  });
  await expect(page.locator("#late [name=trb_id]")).toHaveValue(token);
  await page.evaluate(() => (document.querySelector("#late [name=trb_id]").outerHTML = `<input type="hidden" name="trb_id">`));
  await page.locator("#late [name=email]").focus();
  await expect(page.locator("#late [name=trb_id]")).toHaveValue(token);
  await instance.partner("Eve Agency");
  await page.evaluate(() => history.pushState(null, "", "/from-eve?via=eve-agency"));
  await expect.poll(() => page.evaluate(() => globalThis.tributary.token)).not.toBe(token);
  const second = await page.evaluate(() => globalThis.tributary.token);
  await expect(page.locator("#late [name=trb_id]")).toHaveValue(second);
  await expect(page.locator("#pay")).toHaveAttribute("href", `https://buy.stripe.example/x?prefilled=1&client_reference_id=${second}`);
  await page.goBack();
  await page.goForward();
  await instance.until(COUNTED, 2);
  expect((await instance.rows("SELECT count(*) AS n FROM touch"))[0].n).toBe(2);
});

test("the class of the referrer is told, the referrer is not", async ({ page, instance, site }) => {
  const reports = [];
  page.on("request", (request) => request.url().includes("/api/capture") && reports.push(request));
  for (const [referrer, channel] of [
    ["https://www.google.com/search?q=secret", "search"],
    ["https://t.co/secret", "social"],
    ["https://mail.google.com/secret", "email"],
    ["https://blog.example/secret", "other"],
  ]) {
    await page.context().clearCookies();
    await page.goto(site.at("www.vendor"), { referer: referrer });
    await settled(page);
    await instance.until("SELECT count(*) FROM touch WHERE channel = ?1", 1, channel);
  }
  // From the site itself, or from nowhere, there is nothing to tell.
  await page.goto(site.at("app.vendor"), { referer: site.at("www.vendor") });
  await settled(page);
  await page.goto(site.at("app.vendor"));
  await settled(page);
  expect(reports).toHaveLength(4);
  for (const report of reports) {
    expect(report.postData()).not.toContain("secret");
    expect((await report.allHeaders()).referer ?? "").not.toContain("secret");
  }
});

const told = (page) => {
  const reports = [];
  page.on("request", (request) => request.url().includes("/api/capture") && reports.push(request.postDataJSON()));
  return reports;
};
/** Cookies of other systems on the vendor's site. */
const foreign = (page, site) => page.context().addCookies([{ name: "dub_id", value: "secret-dub", url: site.at("www.vendor") }]);

test("identifiers of other systems leave the page by permission only", async ({ page, instance, site }) => {
  const reports = told(page);
  await foreign(page, site);
  await page.goto(site.at("www.vendor", "/?via=ada-analytics&gclid=secret-g"));
  const token = await settled(page);
  // The first report cannot know the program's policy; its answer does, and the touch learns the rest.
  await instance.until("SELECT others FROM touch", JSON.stringify({ dub_id: "secret-dub", gclid: "secret-g" }));
  expect(reports.map(({ params }) => [params.gclid, params.dub_id])).toEqual([["-", undefined], ["secret-g", "secret-dub"]]);
  expect(reports[1]).toMatchObject({ params: { trb_id: token } });
  expect(await instance.rows("SELECT mark, count(*) AS n FROM touch GROUP BY 1")).toEqual([{ mark: "counted", n: 1 }]);
  // Who is known by then is asked at once; who takes the permission back is told of nothing more.
  await page.goto(site.at("www.vendor", "/?utm_source=x"));
  await settled(page);
  expect(reports.slice(2).map(({ params }) => params.dub_id)).toEqual(["secret-dub"]);
  await page.evaluate(() => globalThis.tributary.consent(false));
  await page.goto(site.at("www.vendor", "/?utm_source=y&fbclid=secret-f"));
  await settled(page);
  expect(reports.slice(3).map(({ params }) => params)).toEqual([{ utm_source: "y", fbclid: "-" }]);
  await instance.until("SELECT count(*) FROM touch WHERE visitor IS NULL AND others IS NULL AND channel = 'social'", 1);
});

test.describe("where the program asks first", () => {
  test.use({ consentPolicy: "opt_in" });

  test("no cookie of others is read and no identifier told before the choice", async ({ page, instance, site }) => {
    const reports = told(page);
    await foreign(page, site);
    await page.goto(site.at("www.vendor", "/?utm_source=x&gclid=secret-g"));
    await settled(page);
    await instance.until(COUNTED, 1);
    expect(reports.map(({ params }) => params)).toEqual([{ utm_source: "x", gclid: "-" }]);
    await page.evaluate(() => globalThis.tributary.consent(true));
    await instance.until("SELECT others FROM touch WHERE visitor IS NOT NULL", JSON.stringify({ dub_id: "secret-dub", gclid: "secret-g" }));
    expect((await instance.rows("SELECT count(*) AS n FROM touch"))[0].n).toBe(1);
  });
});

test("who refuses and loads the page again is counted once, and what comes of it is credited", async ({ page, instance, site }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
  await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
  await settled(page);
  for (let i = 0; i < 3; i++) {
    await page.reload();
    await settled(page);
  }
  await instance.until("SELECT count(*) FROM touch WHERE mark = 'duplicate'", 3);
  await instance.until(COUNTED, 1);
  // What a page's own router shows after that has not been shown before.
  await instance.partner("Eve Agency");
  await page.evaluate(() => history.pushState(null, "", "/?via=nobody&via=eve-agency"));
  await instance.until(COUNTED, 2);
  expect((await lead(instance, await page.evaluate(() => globalThis.tributary.token))).body.link.key).toBe("eve-agency");
});

test("links of every kind are clicked without a fault, and only those of the site carry the token", async ({ page, site }) => {
  await page.addInitScript(() => {
    Object.defineProperty(navigator, "globalPrivacyControl", { value: true });
    Object.prototype.evil = "evil";
    addEventListener("click", (event) => event.preventDefault());
  });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const hrefs = { svg: "/inside?a=b", mail: "mailto:a@b.example", script: "javascript:void 0", bad: "http://[", top: "#top", empty: "" };
  const links = Object.entries(hrefs).map(([id, href]) => (id === "svg" ? "" : `<a id="${id}" href="${href}">${id}</a> `));
  site.body = `<svg viewBox="0 0 9 9" width="90" height="90"><a id="svg" href="${hrefs.svg}"><rect id="rect" width="9" height="9"/></a></svg>${links.join("")}
    <a id="paid" data-tributary-checkout href="http://[">x</a><form><input type="hidden" name="constructor"><input type="hidden" name="evil"></form>`;
  await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
  const token = await settled(page);
  for (const id of ["rect", "mail", "script", "bad", "top", "empty"]) await page.locator(`#${id}`).dispatchEvent("click");
  const now = await page.evaluate((ids) => ids.map((id) => document.getElementById(id).getAttribute("href")), Object.keys(hrefs));
  const [svg, mail, script, bad, top] = now;
  expect(svg).toBe(site.at("www.vendor", `/inside?a=b&trb_id=${token}`));
  expect([mail, script, bad]).toEqual([hrefs.mail, hrefs.script, hrefs.bad]);
  expect(top).toContain(`trb_id=${token}#top`);
  await expect(page.locator("[name=constructor]")).toHaveValue("");
  expect(errors).toEqual([]);
  await page.evaluate(() => globalThis.tributary.consent(true));
  await expect.poll(async () => (await names(page)).length).toBe(4);
  expect((await names(page)).filter((name) => name.includes("evil"))).toEqual([]);
});

test("a wrong key, a foreign site and no script of ours leave the page alone", async ({ page, instance, site }) => {
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  site.key = `trb_pk_${"0".repeat(64)}`;
  await page.goto(site.at("www.vendor", "/?via=ada-analytics"));
  expect(await settled(page)).toBeUndefined();
  site.key = instance.publishableKey;
  await page.goto(site.at("thief", "/?via=ada-analytics"));
  expect(await settled(page)).toBeUndefined();
  await expect(page.locator("[name=trb_id]")).toHaveValue("");
  expect(await names(page)).toEqual([]);
  await page.evaluate(() => globalThis.tributary.consent(true));
  await page.locator("#inside").click();
  await page.waitForURL("**/inside*");
  expect(errors).toEqual([]);
  expect((await instance.rows("SELECT count(*) AS n FROM touch"))[0].n).toBe(0);
});

test("while no store answers links carry the arrival, and it is sent again", async ({ page, instance, site }) => {
  const down = async (route) => route.fulfill({ status: 503, body: "" });
  await page.route("**/api/capture*", down);
  await page.goto(site.at("www.vendor", "/?via=ada-analytics&utm_campaign=spring"));
  expect(await settled(page)).toBeUndefined();
  await page.locator("#inside").click();
  await page.waitForURL("**/inside?*via=ada-analytics*");
  expect(await settled(page)).toBeUndefined();
  await page.unroute("**/api/capture*", down);
  await expect.poll(() => page.evaluate(() => globalThis.tributary.token), { timeout: 30_000 }).toBeTruthy();
  const token = await page.evaluate(() => globalThis.tributary.token);
  await expect(page.locator("[name=trb_id]").first()).toHaveValue(token);
  expect((await lead(instance, token)).body.link.key).toBe("ada-analytics");
  await instance.until(COUNTED, 1);
});

test("a QR code as SVG is read off the screen", async ({ page, instance }) => {
  const link = "https://go.example.com/ada-analytics?utm_source=poster";
  await page.setContent(`<img alt="" src="${instance.url}/api/qr?${new URLSearchParams({ url: link, format: "svg", size: "300", level: "Q" })}">`);
  await page.locator("img").evaluate((image) => image.decode());
  const { data, width, height } = PNG.sync.read(await page.locator("img").screenshot());
  expect(jsQR(new Uint8ClampedArray(data), width, height)?.data).toBe(link);
});
