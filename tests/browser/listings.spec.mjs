// Marketplace listings by first touch in the marketer's console: each beside what the model gives it, adding up to the figure.

import { readFile } from "node:fs/promises";
import { expect, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const DAY = 24 * 60 * 60 * 1000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const iso = (days) => ago(days).slice(0, 10);

const place = (page) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Listings" });
const panel = (page) => page.getByRole("region", { name: "Marketplace listings" });
const sum = (row, id) => row.locator(`[data-sum="${id}"]`);
const total = (page) => panel(page).locator("tr.total");

/** Two listings, of Ada and of Eve; the second was the last touch of one sale, and brought nobody by itself. */
async function market(instance, { ada, eve }) {
  for (const [key, partnerId] of [["ada-market", ada.id], ["eve-market", eve.id]]) {
    const { status } = await instance.api("POST", "/links", { url: "https://example.com/start", key, kind: "listing", partnerId });
    expect(status).toBe(200);
  }
  const { body } = await instance.facts([
    { id: "m1", type: "touch", kind: "listing", at: ago(40), link: "ada-market", visitor: "g" },
    { id: "m2", type: "touch", kind: "listing", at: ago(38), link: "eve-market", visitor: "g" },
    { id: "m3", type: "lead.created", at: ago(37), customer: "g", visitor: "g", company: "Gable" },
    { id: "m4", type: "revenue", kind: "new", at: ago(35), customer: "g", amount: 55_500, currency: "USD", invoice: "m" },
    { id: "m5", type: "revenue", kind: "refund", at: ago(34), customer: "g", amount: 5_500, currency: "USD", refundOf: "m" },
    { id: "m6", type: "touch", kind: "listing", at: ago(200), link: "ada-market", visitor: "h" },
    { id: "m7", type: "lead.created", at: ago(199), customer: "h", visitor: "h", company: "Hollow" },
    { id: "m8", type: "revenue", kind: "new", at: ago(190), customer: "h", amount: 10_000, currency: "USD", invoice: "n" },
  ]);
  expect(body.recorded).toBe(8);
}

test("listings stand with what their first touches brought and what the model gives them, and add up", async ({ page, instance }) => {
  const partners = await sharedYear(instance);
  await open(page, instance, "marketer");
  await place(page).click();
  // Before there is any: how one is made.
  await expect(panel(page)).toContainText("A listing is a link of a kind of its own");
  await expect(panel(page).locator("[data-door]")).toContainText("POST /api/links");
  expect(await findings(page)).toEqual([]);
  await market(instance, partners);
  await page.reload();
  const row = (key) => panel(page).locator(`tr[data-listing="/${key}"]`);
  await expect(row("ada-market")).toContainText("Ada Analytics");
  const policy = await native(page);
  await expect(sum(total(page), "revenue")).toHaveAttribute("data-value", policy.catalogue.marketplace_listings);
  expect(policy.catalogue.marketplace_listings).toBe("60000");
  await expect(sum(row("ada-market"), "revenue")).toHaveAttribute("data-value", policy.parts.marketplace_listings["ada-market"]);
  await expect(row("ada-market").locator('[data-label="Leads"]')).toHaveText("2");
  await expect(row("ada-market").locator('[data-label="Wins"]')).toHaveText("2");
  await expect(row("eve-market").locator('[data-label="Counted clicks"]')).toHaveText("1");
  await expect(sum(row("eve-market"), "revenue")).toHaveAttribute("data-value", "0");
  await expect(panel(page)).toMatchAriaSnapshot(`
    - region "Marketplace listings":
      - heading "Marketplace listings" [level=2]
      - paragraph: /New business goes to the listing/
      - status: 2 listings
      - button "Journeys with a listing"
      - button "Download CSV"
      - table:
        - rowgroup:
          - row "Listing Counted clicks Leads Wins Revenue by first touch Credit under the model"
        - rowgroup:
          - row "/ada-market Ada Analytics 2 2 2 $600.00 $600.00"
          - row "/eve-market Eve Agency 1 0 0 $0.00 $0.00"
          - row "All listings 3 2 2 $600.00 $600.00"
  `);
  expect(await findings(page)).toEqual([]);
  // Another model gives the last of them all; the first touch stays the first.
  await page.getByLabel("Model").selectOption("last");
  const last = (await native(page, { model: "last", by: "listing" })).by;
  for (const key of ["ada-market", "eve-market"]) await expect(sum(row(key), "credit")).toHaveAttribute("data-value", String(last[key] ?? 0));
  expect(last["eve-market"]).toBe(50_000);
  await expect(sum(total(page), "revenue")).toHaveAttribute("data-value", "60000");
  // Another period, and one in which there was nothing.
  await page.getByLabel("Model").selectOption("policy");
  await page.getByLabel("Period").selectOption("days");
  await page.getByLabel("From", { exact: true }).fill(iso(210));
  await page.getByLabel("To", { exact: true }).fill(iso(100));
  const then = await native(page, { days: [iso(210), iso(100)] });
  await expect(sum(total(page), "revenue")).toHaveAttribute("data-value", then.parts.marketplace_listings["ada-market"]);
  await expect(panel(page).locator("tr[data-listing]")).toHaveCount(2);
  await page.getByLabel("From", { exact: true }).fill(iso(300));
  await page.getByLabel("To", { exact: true }).fill(iso(290));
  await expect(panel(page).getByRole("status")).toContainText("No listing brought anything in this period");
});

test("listings come as a file, fit a phone, and lead to their journeys", async ({ page, instance }) => {
  await market(instance, await sharedYear(instance));
  await open(page, instance, "marketer");
  await page.goto(`${instance.url}/console/?view=listings`);
  const [download] = await Promise.all([page.waitForEvent("download"), panel(page).getByRole("button", { name: "Download CSV" }).click()]);
  expect(download.suggestedFilename()).toBe("listings.csv");
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  expect(lines).toEqual([
    "\ufefflisting,partner,counted_clicks,leads,wins,revenue_first_touch,credit,currency",
    "/ada-market,Ada Analytics,2,2,2,600.00,600.00,USD",
    "/eve-market,Eve Agency,1,0,0,0.00,0.00,USD",
  ]);
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  expect(await findings(page)).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 900 });
  await panel(page).getByRole("button", { name: "Journeys with a listing" }).click();
  await expect(page).toHaveURL(/view=journeys.*touch=listing/);
  await expect(page.getByRole("region", { name: "Usual sequences" }).locator("tr[data-path]").first()).toBeVisible();
  await page.goBack();
  await expect(panel(page)).toBeVisible();
});
