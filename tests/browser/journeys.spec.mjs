// The journeys of customers in the marketer's console: usual sequences, what is sought among them, and one on a time line.

import { readFile } from "node:fs/promises";
import { expect, findings, native, open, sharedYear, signInLink, test } from "../support/browser.mjs";

const place = (page) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Journeys" });
const panel = (page) => page.getByRole("region", { name: "Usual sequences" });
const rows = (page) => panel(page).locator("tr[data-path]");

/** Every row: its path, journeys, won, revenue and median time. */
const shown = (page) =>
  rows(page).evaluateAll((rows) =>
    Object.fromEntries(
      rows.map((row) => {
        const value = (label) => row.querySelector(`[data-label="${label}"]`).dataset.value;
        return [row.dataset.path, ["Journeys", "Won", "Revenue", "Median time to win"].map(value)];
      }),
    ),
  );

/** The same from the engine. */
const expected = (ways) => Object.fromEntries(Object.entries(ways).map(([path, [n, won, , revenue, time]]) => [path, [n, won, revenue, time ?? ""].map(String)]));

test("usual sequences are the engine's, by partner and by kind, in every period, and stand in the address", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await open(page, instance, "marketer");
  await place(page).click();
  await expect(panel(page).getByRole("status")).toHaveText(/^\d+ journeys by \d+ sequences$/);
  const { ways } = await native(page);
  expect(Object.keys(ways.parties).length).toBeGreaterThan(3);
  expect(await shown(page)).toEqual(expected(ways.parties));
  const counts = Object.values(await shown(page)).map(([n]) => Number(n));
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
  await expect(panel(page).locator("[data-untouched]")).toHaveCount(ways.untouched > 0 ? 1 : 0);
  await expect(panel(page)).toMatchAriaSnapshot(`
    - region "Usual sequences":
      - heading "Usual sequences" [level=2]
      - paragraph: /A deal is one journey/
      - group "Which journeys":
        - combobox "Steps by"
        - combobox "Ended"
        - combobox "With a touch of"
        - combobox "Number of steps"
      - status: /\\d+ journeys by \\d+ sequences/
      - button "Download CSV"
      - table:
        - rowgroup:
          - row:
            - columnheader "Sequence"
            - columnheader "Journeys"
            - columnheader "Won"
            - columnheader "Win rate"
            - columnheader "Revenue"
            - columnheader "Median time to win"
        - rowgroup:
          - row /(Ada Analytics|Eve Agency)/:
            - cell:
              - button /(Ada Analytics|Eve Agency)/
  `);
  expect(await findings(page)).toEqual([]);

  // By kind of touch, and in another period.
  await page.getByLabel("Steps by").selectOption("kinds");
  await expect(page).toHaveURL(/steps=kinds/);
  await expect.poll(() => shown(page)).toEqual(expected(ways.kinds));
  await page.getByLabel("Period").selectOption("days");
  const iso = (days) => new Date(Date.now() - days * 864e5).toISOString().slice(0, 10);
  await page.getByLabel("From", { exact: true }).fill(iso(250));
  await page.getByLabel("To", { exact: true }).fill(iso(100));
  const then = (await native(page, { days: [iso(250), iso(100)] })).ways;
  await expect.poll(() => shown(page)).toEqual(expected(then.kinds));
  expect(then.kinds).not.toEqual(ways.kinds);

  // What is sought narrows it; all ends together are all journeys.
  await page.goto(`${instance.url}/console/?view=journeys`);
  await expect(rows(page).first()).toBeVisible();
  const sum = async () => Object.values(await shown(page)).reduce((sum, [n]) => sum + Number(n), 0);
  const all = Object.values(ways.parties).reduce((sum, [n]) => sum + n, 0);
  let parts = 0;
  for (const [end, column] of [["won", 1], ["lost", 2]]) {
    await page.getByLabel("Ended").selectOption(end);
    const of = Object.values(ways.parties).reduce((sum, way) => sum + way[column], 0);
    await expect.poll(sum, end).toBe(of);
    parts += of;
  }
  await page.getByLabel("Ended").selectOption("open");
  const open_ = all - parts;
  if (open_) await expect.poll(sum).toBe(open_);
  else await expect(panel(page)).toContainText("No journey of this period is such a one.");
  await page.getByLabel("Ended").selectOption("");
  await page.getByLabel("With a touch of").selectOption("co_sell");
  const paths = Object.keys(ways.kinds).filter((path) => path.split("~").includes("co_sell"));
  await expect.poll(sum).toBe(paths.reduce((sum, path) => sum + ways.kinds[path][0], 0));
  await page.getByLabel("With a touch of").selectOption("");
  await page.getByLabel("Number of steps").selectOption("1");
  const short = Object.keys(ways.parties).filter((path) => path.startsWith("1~"));
  expect(short.length).toBeGreaterThan(0);
  await expect.poll(async () => Object.keys(await shown(page)).sort()).toEqual(short.sort());
  await page.getByLabel("Number of steps").selectOption("");
  await page.locator('select[name="partner"]').selectOption(eve.id);
  await expect.poll(async () => Object.keys(await shown(page)).every((path) => path.includes(eve.id))).toBe(true);
  // Nothing is such a one: a way back.
  await page.getByLabel("With a touch of").selectOption("webinar");
  await expect(panel(page).getByRole("status")).toHaveText("No journey of this period is such a one.");
  expect(await findings(page)).toEqual([]);
  await panel(page).getByRole("button", { name: "Show all journeys" }).click();
  await expect.poll(() => shown(page)).toEqual(expected(ways.parties));
  expect(new URL(page.url()).search).toBe("?view=journeys");
  expect(ada.id).not.toBe(eve.id);
});

test("a sequence opens its customers, and a customer the journey, whose credit is the engine's", async ({ page, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  await page.goto(`${instance.url}/console/?view=journeys&model=linear&end=won`);
  const first = rows(page).first();
  await expect(first).toBeVisible();
  const n = Number(await first.locator('[data-label="Journeys"]').getAttribute("data-value"));
  await first.getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(first.getByRole("button")).toHaveAttribute("aria-expanded", "true");
  expect(new URL(page.url()).searchParams.get("path")).toBe(await first.getAttribute("data-path"));
  const customers = panel(page).locator("[data-customer]");
  await expect(customers).toHaveCount(Math.min(n, 20));
  // A link leads there again.
  await page.reload();
  await expect(customers).toHaveCount(Math.min(n, 20));
  const name = await customers.first().textContent();
  await customers.first().focus();
  await page.keyboard.press("Enter");
  const journey = page.getByRole("region", { name: `Journey of ${name}` });
  await expect(journey.getByRole("heading", { level: 2 })).toBeFocused();
  await expect(journey.getByRole("img")).toHaveAttribute("aria-label", /^Time line from .* touches, \d+ of them counted, in \d lanes/);
  const items = journey.locator(".moments > li");
  // A mark for everything that is in the list.
  await expect(journey.locator("svg circle")).toHaveCount(await items.count());
  await expect(items.filter({ hasText: "Became a lead" })).toHaveCount(1);
  await expect(items.filter({ hasText: "New business" })).toHaveCount(1);
  await expect(journey).toMatchAriaSnapshot(`
    - region /Journey of Harbor Number/:
      - heading /Journey of Harbor Number/ [level=2]
      - button "Close"
      - img /Time line from/
      - heading "Every touch and step" [level=3]
      - list:
        - listitem:
          - time
          - paragraph: /Ada Analytics|Eve Agency/
  `);
  expect(await findings(page)).toEqual([]);
  // What the touches are credited with is what the customer is credited with under Deals.
  const credits = await journey.locator("[data-credit]").evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.credit)));
  expect(credits.length).toBeGreaterThan(1);
  const money = (minor) => new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" }).format(minor / 100);
  const sum = credits.reduce((sum, credit) => sum + credit, 0);
  const row = new URL(page.url()).searchParams.get("deal");
  await page.goto(`${instance.url}/console/?view=deals&model=linear`);
  const deal = page.locator(`[data-deal="${row}"]`);
  await expect(deal).toContainText(name);
  await expect(deal.locator('[data-column="credit"]')).toHaveText(money(sum));
  // A link to a journey opens it; closing leads back.
  await page.goto(`${instance.url}/console/?view=journeys&deal=${row}`);
  await expect(journey).toBeVisible();
  await journey.getByText("How every amount was divided").click();
  await expect(journey.locator(".division").first()).toContainText("Adds up to");
  await journey.getByRole("button", { name: "Close" }).click();
  await expect(journey).toHaveCount(0);
  expect(new URL(page.url()).searchParams.get("deal")).toBeNull();
});

test("journeys come as a file, fit a phone, and say what is lacking before there are any", async ({ page, instance }) => {
  await page.goto(await signInLink(instance, "marketer"));
  await page.goto(`${instance.url}/console/?view=journeys`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "empty");
  await expect(page.getByRole("main")).not.toContainText("Usual sequences");
  expect(await findings(page)).toEqual([]);
  await sharedYear(instance);
  await page.goto(`${instance.url}/console/?view=journeys&range=last_year&end=lost&touch=asset`);
  await expect(panel(page)).toContainText("No journey of this period is such a one.");
  await page.goto(`${instance.url}/console/?view=journeys&deal=99999&path=nobody&length=9`);
  await expect(rows(page).first()).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), panel(page).getByRole("button", { name: "Download CSV" }).click()]);
  expect(download.suggestedFilename()).toBe("journeys.csv");
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  expect(lines[0]).toBe("\ufeffsequence,journeys,won,lost,open,revenue,currency,median_seconds_to_win");
  expect(lines.length - 1).toBe(await rows(page).count());
  await page.setViewportSize({ width: 360, height: 800 });
  await rows(page).first().getByRole("button").click();
  await panel(page).locator("[data-customer]").first().click();
  await expect(page.locator("svg circle").first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  expect(await findings(page)).toEqual([]);
});
