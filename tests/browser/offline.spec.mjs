// Without a connection a page shows the last figures that it was given, with their time.

import { expect, figure, findings, native, open, sharedYear, test } from "../support/browser.mjs";

test.use({ serviceWorkers: "allow" });

/** Once everything that the page shows is kept. */
async function settled(page) {
  const names = () => page.evaluate(async () => {
    const store = await caches.open("tributary");
    return (await store.keys()).map(({ url }) => new URL(url).pathname);
  });
  await expect.poll(names, { timeout: 20_000 }).toEqual(expect.arrayContaining(["/portal/", "/api/feed", "/ui/portal.js", "/ui/portal_bg.wasm"]));
  await expect.poll(async () => (await names()).some((name) => name.endsWith("split_drawings.wasm"))).toBe(true);
}

test("after a visit the page opens without a connection, says of when its figures are, and comes back", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  const expected = await native(page);
  await settled(page);
  await context.setOffline(true);
  await page.goto(`${instance.url}/portal/?model=linear`);
  await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", expected.figures.revenue_sourced);
  await expect(page.locator(".chart")).toBeVisible();
  await expect(page.locator(".stale")).toContainText(/No connection\. These are the figures of .*\d{4}.* UTC/);
  expect(await findings(page)).toEqual([]);
  await context.setOffline(false);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(page.locator(".stale")).toHaveCount(0);
});

test("a server that fails leaves the last figures; signing out leaves nothing", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  const expected = await native(page);
  await settled(page);
  await instance.db.prepare("ALTER TABLE revenue RENAME TO gone").run();
  await page.reload();
  await expect(page.locator(".stale")).toContainText("The report could not be loaded. These are the figures of");
  await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", expected.figures.revenue_sourced);
  await instance.db.prepare("ALTER TABLE gone RENAME TO revenue").run();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".stale")).toHaveCount(0);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/portal"));
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
});

test("places open without a connection once one was opened with it; before, they say so; an open page says that there is none", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  const expected = await native(page);
  await settled(page);
  const go = (name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name }).click();
  await context.setOffline(true);
  await page.evaluate(() => dispatchEvent(new Event("offline")));
  await expect(page.locator(".stale")).toContainText("No connection. These are the figures of");
  await go("Deals");
  await expect(page.getByRole("alert").filter({ hasText: "There is no connection, and this browser has not shown it before." })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await context.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).last().click();
  await expect(page.locator("tr[data-deal]").first()).toBeVisible();
  const isKept = () => page.evaluate(async () => (await (await caches.open("tributary")).keys()).some(({ url }) => url.endsWith("split_places.wasm")));
  await expect.poll(isKept).toBe(true);
  await context.setOffline(true);
  await page.goto(`${instance.url}/portal/?view=deals`);
  await expect(page.locator("tr[data-deal]").first()).toBeVisible();
  await go("Funnel");
  await expect(page.getByRole("region", { name: "From click to win" }).getByRole("row", { name: /Wins/ })).toContainText(String(expected.funnel[3]));
  await go("Overview");
  await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", expected.figures.revenue_sourced);
});

test("signing out without a connection takes away what is kept, and says that one is still signed in", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  await settled(page);
  await context.setOffline(true);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("alert")).toContainText("You are still signed in: the server was not reached.");
  expect(await findings(page)).toEqual([]);
  await page.goto(`${instance.url}/portal/`).catch(() => null);
  await expect(page.getByText("Ada Analytics")).toHaveCount(0);
});
