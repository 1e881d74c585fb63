// What a page loads apart: figures stand before any chart's code, and a part that does not come is asked for again.

import { expect, figure, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const place = (page, name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name });

test("figures are there before any chart code, and charts follow", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  let release;
  const held = new Promise((done) => (release = done));
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname.split("/").at(-1)));
  await page.route("**/ui/parts/**/split_drawings.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await open(page, instance, ada);
  const expected = await native(page);
  await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", expected.figures.revenue_sourced);
  await expect.poll(() => asked).toContain("split_drawings.wasm");
  await expect(page.locator(".chart")).toHaveCount(0);
  expect(asked).not.toContain("split_places.wasm");
  release();
  await expect(page.locator(".chart")).toBeVisible();
  await expect(page.locator(".funnel")).toBeVisible();
});

test("a part that does not come is told, and asked for again; what came stays", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await page.route("**/ui/parts/**/split_places.wasm", (route) => route.abort());
  await open(page, instance, ada);
  await place(page, "Deals").click();
  const lost = page.getByRole("alert").filter({ hasText: "could not be loaded" });
  await expect(lost).toBeVisible();
  expect(await findings(page)).toEqual([]);
  // The overview does not need it; a sheet of it does.
  await place(page, "Overview").click();
  await page.getByRole("button", { name: "How this is counted: Sourced revenue" }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByRole("alert")).toContainText("could not be loaded");
  await sheet.getByRole("button", { name: "Try again" }).click();
  await expect(sheet.getByRole("alert")).toContainText("could not be loaded");
  await page.unroute("**/ui/parts/**/split_places.wasm");
  await sheet.getByRole("button", { name: "Try again" }).click();
  await expect(sheet.getByRole("heading", { name: "Sourced revenue" })).toBeVisible();
  await page.keyboard.press("Escape");
  await place(page, "Deals").click();
  const expected = await native(page);
  await expect(page.locator(".tools .count")).toHaveText(`${expected.deals} deals`);
});
