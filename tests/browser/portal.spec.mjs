import { TERMS, expect, figure, findings, native, open, sharedYear, signInLink, test } from "../support/browser.mjs";

const IDS = ["revenue_sourced", "revenue_influenced", "revenue_attributed", "clicks", "leads", "conversion_rate"];

/** The models that one partner's part of the log is enough for, and those that need all of it. */
const RULED = ["first", "last", "last_non_direct", "linear", "time_decay", "u", "j", "inverse_j", "w", "full_path"];
const DATA_DRIVEN = ["markov1", "markov2", "markov3", "markov4", "shapley"];

async function expectNative(page, question) {
  const expected = await native(page, question);
  for (const id of IDS) await expect(figure(page, id)).toHaveAttribute("data-value", expected.figures[id]);
  return expected;
}

test("every figure equals the engine's native one, in every model and window, with no request", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  const seen = new Set();
  const offered = await page.getByLabel("Model").locator("option").evaluateAll((options) => options.map((option) => option.value));
  expect(offered).toEqual(["policy", ...RULED]);
  for (const model of offered) {
    // Every window with the models of every policy, one with the others.
    for (const window of ["policy", "first", "linear"].includes(model) ? ["policy", "7", "365"] : ["365"]) {
      const requests = [];
      const listen = (request) => requests.push(request.url());
      page.on("request", listen);
      await page.getByLabel("Model").selectOption(model);
      await page.getByLabel("Window").selectOption(window);
      await expect(figure(page, "revenue_attributed")).toBeVisible();
      page.off("request", listen);
      // A browser may ask for the icon whenever it likes.
      expect(requests.filter((url) => !url.endsWith("/favicon.svg"))).toEqual([]);
      const { figures } = await expectNative(page, { model, window: window === "policy" ? undefined : window });
      seen.add(`${figures.revenue_sourced} ${figures.revenue_attributed}`);
      const query = new URL(page.url()).searchParams;
      expect([query.get("model") ?? "policy", query.get("window") ?? "policy"]).toEqual([model, window]);
    }
  }
  // The switches do switch.
  expect(seen.size).toBeGreaterThan(4);
  await page.reload();
  await expectNative(page, { model: offered.at(-1), window: 365 });
  // A model that needs every journey falls back to the policy.
  await page.goto(`${instance.url}/portal/?model=shapley`);
  await expect(page.getByLabel("Model")).toHaveValue("policy");
  await expectNative(page);
});

test("the months of the chart are the engine's, and stand in a table too", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  const { months } = await native(page);
  const bars = await page.locator("[data-month]").evaluateAll((nodes) => nodes.map((node) => ({ ...node.dataset })));
  expect(bars).toHaveLength(12);
  for (const bar of bars) {
    const [sourced, influenced] = months[bar.month] ?? [0, 0];
    expect([bar.sourced, bar.influenced]).toEqual([String(sourced), String(influenced)]);
  }
  await page.getByRole("button", { name: "Table" }).click();
  await expect(page.getByRole("table").filter({ hasText: "Influenced" }).first()).toBeVisible();
});

test("a deal's explanation: touches in order, counted or not and why, and a split that adds up", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await page.goto(`${await signInLink(instance, ada)}`);
  await page.goto(`${instance.url}/portal/?view=deals&model=linear&window=30`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
  const row = page.locator("[data-deal]").filter({ hasText: "Won" }).filter({ hasText: "Sourced" }).first();
  await row.getByRole("button").focus();
  await page.keyboard.press("Enter");
  const detail = page.locator(".detail:visible");
  await expect(detail).toContainText(/After the conversion/i);
  await expect(detail).toContainText(/another partner/i);
  await expect(detail).not.toContainText("Eve Agency");
  await expect(detail).toContainText(/Linear/);
  expect(new URL(page.url()).searchParams.get("deal")).not.toBeNull();
  expect(await findings(page)).toEqual([]);
  await page.reload();
  await expect(page.locator(".detail:visible")).toContainText(/After the conversion/i);
  // Weights of this model are large: shares say what they mean.
  await page.getByLabel("Model").selectOption("time_decay");
  await expect(page.locator(".detail:visible")).toContainText(/\d+\.\d\d% × \$/);
});

test("links can be copied, the tables sorted, and everything reached by keyboard", async ({ page, context, instance }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  await page.getByRole("link", { name: "Links" }).click();
  await page.locator('[data-link="ada-pricing"]').getByRole("button", { name: /copy/i }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${instance.url}/ada-pricing`);
  await page.getByRole("link", { name: "Deals" }).click();
  await page.getByRole("columnheader", { name: "Revenue" }).getByRole("button").click();
  await expect(page.getByRole("columnheader", { name: "Revenue" })).toHaveAttribute("aria-sort", /ascending|descending/);
  await page.locator("body").press("Tab");
  const focused = await page.evaluate(() => document.activeElement?.tagName);
  expect(focused).not.toBe("BODY");
});

test("empty, signed out, failing and damaged: each says what to do", async ({ page, instance }) => {
  const quiet = await instance.partner("Quiet Partner");
  await page.goto(`${instance.url}/portal/`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "error");
  await expect(page.getByRole("alert").filter({ visible: true })).toContainText(/sign/i);
  expect(await findings(page)).toEqual([]);

  await page.goto(await signInLink(instance, quiet));
  await expect(page.locator("#app")).toHaveAttribute("data-state", "empty");
  await expect(page.getByText(`${new URL(instance.url).host}/quiet-partner`).first()).toBeVisible();
  expect(await findings(page)).toEqual([]);

  await instance.db.prepare("ALTER TABLE revenue RENAME TO gone").run();
  await page.reload();
  await expect(page.locator("#app")).toHaveAttribute("data-state", "error");
  expect(await findings(page)).toEqual([]);
  await instance.db.prepare("ALTER TABLE gone RENAME TO revenue").run();
  await page.getByRole("button", { name: /again|retry/i }).click();
  await expect(page.locator("#app")).toHaveAttribute("data-state", "empty");

  await page.route("**/api/feed", (route) => route.fulfill({ body: "TRBF\u0009nonsense" }));
  await page.reload();
  await expect(page.locator("#app")).toHaveAttribute("data-state", "error");
  await page.unroute("**/api/feed");
  await page.route("**/api/feed", (route) => route.abort());
  await page.reload();
  await expect(page.locator("#app")).toHaveAttribute("data-state", "error");
  await expect(page.locator("[data-figure]")).toHaveCount(0);
});

test("signing out ends the session", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${instance.url}/`);
  await page.goto(`${instance.url}/portal/`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "error");
});

test("the marketer's console shows the program, and each partner as the partner sees it", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, "marketer");
  await expect(page).toHaveURL(/\/console\//);
  await expectNative(page);
  expect(await findings(page)).toEqual([]);
  const offered = await page.getByLabel("Model").locator("option").evaluateAll((options) => options.map((option) => option.value));
  expect(offered).toEqual(["policy", ...RULED, ...DATA_DRIVEN]);
  for (const model of DATA_DRIVEN) {
    await page.getByLabel("Model").selectOption(model);
    await expectNative(page, { model });
  }
  await page.getByLabel("Model").selectOption("policy");
  await page.getByLabel("Partner").selectOption({ label: "Ada Analytics" });
  const asMarketer = await figure(page, "revenue_sourced").getAttribute("data-value");
  await page.context().clearCookies();
  await open(page, instance, ada);
  await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", asMarketer);
});

for (const [width, scheme] of [[360, "light"], [390, "dark"], [768, "light"], [1440, "dark"]]) {
  test(`fits ${width} px, ${scheme}, asks nobody else, and shifts nothing`, async ({ page, instance }) => {
    const { ada } = await sharedYear(instance);
    expect((await instance.api("POST", "/terms", TERMS)).status).toBe(201);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const foreign = [];
    page.on("request", (request) => new URL(request.url()).origin === instance.url || foreign.push(request.url()));
    const errors = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.addInitScript(() => {
      globalThis.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
      // What came first: figures, or what is drawn.
      globalThis.order = [];
      new MutationObserver(() => {
        for (const selector of ["[data-figure]", ".chart", ".funnel"]) {
          if (!globalThis.order.includes(selector) && document.querySelector(selector)) globalThis.order.push(selector);
        }
      }).observe(document, { childList: true, subtree: true });
    });
    await open(page, instance, ada);
    await expect(page.locator(".chart")).toBeVisible();
    expect(await page.evaluate(() => globalThis.order[0])).toBe("[data-figure]");
    expect(await page.evaluate(() => globalThis.order.sort())).toEqual([".chart", ".funnel", "[data-figure]"]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    expect(await findings(page)).toEqual([]);
    expect(foreign).toEqual([]);
    expect(errors).toEqual([]);
    expect(await page.evaluate(() => globalThis.shift)).toBeLessThan(0.1);
  });
}
