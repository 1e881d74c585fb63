// A month's file is brought in: the dry run, the line that adds up, recording and taking back.

import { readFile } from "node:fs/promises";
import { expect, findings, open, sharedYear, test } from "../support/browser.mjs";

const HEAD = "Invoice,Date,Amount,Currency,Customer,Partner\n";
const GOOD = "in_1,2026-01-05T09:30:00Z,1299.00,USD,cust_1,ada-analytics\nin_2,2026-02-05T09:30:00Z,499.00,EUR,cust_1,ada-analytics\n";
const WRONG = "in_1,2026-01-05T09:30:00Z,1299.00,USD,cust_1,ada-analytics\nin_1,2026-01-05T09:30:00Z,1.00,USD,cust_1,\nin_5,soon,1.00,USD,cust_1,\nin_6,2026-01-05,1.00,USD,cust_1,nobody@else.example\n";

async function visit(page, instance) {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  await go(page);
}
async function go(page) {
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Import" }).click();
  await expect(page.getByRole("heading", { name: "Bring a file" })).toBeVisible();
}
const csv = (text, name = "month.csv") => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const choose = (page, file) => page.getByLabel("CSV file").setInputFiles(file);
const check = (page) => page.getByRole("button", { name: "Check the file" });
const record = (page) => page.getByRole("button", { name: /^Record \d/ });
const told = (page) => page.locator(".told").first();
const fault = (page) => page.locator("#import-fault");
const imported = (page) => page.locator(".imported");
const line = (page) => imported(page).locator(".reckoning");
/** Chooses a file of such columns, says what they mean where that is asked, and has it checked. */
async function bring(page, text, name) {
  await choose(page, csv(text, name));
  await expect(page.locator("[data-sheet]")).toBeVisible();
  await check(page).click();
  const asked = page.getByRole("heading", { name: "Which column says what" });
  await expect(asked.or(imported(page))).toBeVisible();
  if (await asked.isVisible()) await check(page).click();
  await expect(told(page)).toContainText("nothing of it is recorded yet");
}
const imports = async (instance) => (await instance.api("GET", "/imports")).body;
const revenue = async (instance) => (await instance.rows("SELECT count(*) AS n FROM revenue WHERE key LIKE 'invoice:in\\_%' ESCAPE '\\'"))[0].n;
/** The line as the server's own answer makes it. */
const sums = ({ counts }) => [counts.new, counts.matched, counts.duplicate, counts.conflicting, counts.bad];

test("a file is chosen, its columns named, checked, recorded but for what is wrong, and undone", async ({ page, instance }) => {
  await visit(page, instance);
  await expect(page.getByText("No imports yet")).toBeVisible();
  await check(page).click();
  await expect(fault(page)).toContainText("Choose a file first");
  await choose(page, csv(HEAD + GOOD + WRONG));
  await expect(page.locator("[data-sheet]")).toContainText("month.csv: 6 rows, with the columns Invoice, Date, Amount");
  await check(page).click();
  await expect(fault(page)).toContainText("say below which column means what");
  await expect(page.getByLabel("Date", { exact: true })).toHaveValue("Date");
  await expect(page.getByLabel("Partner", { exact: true })).toHaveValue("Partner");
  await expect(page.getByLabel("Coupon", { exact: true })).toHaveValue("");
  expect(await findings(page)).toEqual([]);
  await check(page).dblclick();
  await expect(told(page)).toContainText("nothing of it is recorded yet");
  await expect(told(page)).toBeFocused();
  const [dry, ...others] = await imports(instance);
  expect(others).toEqual([]);
  expect(await revenue(instance)).toBe(0);

  // The line is the server's own, and adds up.
  await expect(line(page)).toHaveText("6 rows = 2 to record + 1 said twice + 1 conflicting + 2 wrong");
  expect(sums(dry)).toEqual([2, 0, 1, 1, 2]);
  expect(await line(page).getAttribute("data-rows")).toBe(String(sums(dry).reduce((a, b) => a + b)));
  for (const [currency, minor] of Object.entries(dry.totals)) await expect(imported(page).locator(`[data-total="${currency}"]`)).toHaveAttribute("data-value", String(minor));
  await expect(imported(page).locator('[data-total="USD"]')).toContainText("$1,299.00");
  await expect(imported(page)).toMatchAriaSnapshot(`
    - region "month.csv":
      - heading "month.csv" [level=2]
      - paragraph: /Sales, refunds and leads · brought/
      - paragraph: 6 rows = 2 to record + 1 said twice + 1 conflicting + 2 wrong
      - term: /to record/
      - definition: "2"
      - heading "What is to be recorded comes to" [level=3]
      - button "Record 2 rows, leave 3 out"
      - button "Read its columns otherwise"
      - button "Download what is left out"
      - heading "Its rows" [level=3]
      - combobox "Show"
      - table "Rows of the file"`);
  await expect(imported(page).locator('tr[data-line="6"]')).toContainText("Date: must be a date");
  await expect(imported(page).locator('tr[data-line="7"]')).toContainText("Partner: is not a partner of this program");
  await page.getByLabel("Show").selectOption("conflicting");
  await expect(imported(page).locator("tr[data-line]")).toHaveCount(1);
  const waits = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download what is left out" }).click();
  const file = await readFile(await (await waits).path(), "utf8");
  expect(file.replace("\ufeff", "").split("\r\n").map((row) => row.split(",").slice(0, 2).join())).toEqual(["line,state", "4,duplicate", "5,conflicting", "6,bad", "7,bad", ""]);
  expect(await findings(page)).toEqual([]);

  await record(page).dblclick();
  await expect(told(page)).toContainText("2 rows are recorded");
  await expect(line(page)).toHaveText("6 rows = 2 recorded + 1 said twice + 1 conflicting + 2 wrong");
  expect(await revenue(instance)).toBe(2);
  expect((await imports(instance))[0].state).toBe("applied");
  await expect(page.locator("tr[data-import]")).toContainText("Recorded");

  // A reload loses nothing, and columns are known by now.
  await page.reload();
  await expect(page.locator("tr[data-import]")).toHaveCount(1);
  await bring(page, HEAD + GOOD, "again.csv");
  await expect(line(page)).toHaveText("2 rows = 0 to record + 2 known already");

  await page.locator("tr[data-import]").filter({ hasText: "month.csv" }).getByRole("button").click();
  await expect(line(page)).toContainText("2 recorded");
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("Undo the import of month.csv?");
  expect(await findings(page)).toEqual([]);
  await page.getByRole("button", { name: "Undo it" }).click();
  await expect(told(page)).toContainText("all that it recorded is gone");
  await expect(line(page)).toContainText("2 taken back");
  expect(await revenue(instance)).toBe(0);
});

test("what a file leaves open is asked beside its question, and what is no file is told", async ({ page, instance }) => {
  await visit(page, instance);
  await choose(page, { name: "sheet.xlsx", mimeType: "application/zip", buffer: Buffer.from("PK\x03\x04rest") });
  await expect(fault(page)).toHaveText("The file must be text: save the spreadsheet as CSV.");
  await choose(page, csv("Invoice,Date"));
  await expect(fault(page)).toContainText("must have rows below its header");
  await choose(page, csv("x".repeat(4 * 1024 * 1024 + 1)));
  await expect(fault(page)).toContainText("more than 4 MB");
  const long = HEAD + Array.from({ length: 50_000 }, (_, i) => `in_${i},2026-01-05,1.00,USD,cust_1,`).join("\n");
  await choose(page, csv(long));
  await expect(fault(page)).toContainText("at most 5000 rows");
  await check(page).click();
  expect(await imports(instance)).toEqual([]);

  // Another encoding, semicolons and decimal commas are recognised; which of two numbers is the day is not.
  await choose(page, { name: "März.csv", mimeType: "text/csv", buffer: Buffer.from("Invoice;Date;Amount;Customer;Partner\r\nB-1;03/04/2026;1.299,00;Größe;ada-analytics\r\n", "latin1") });
  await check(page).click();
  await expect(page.getByLabel("Date", { exact: true })).toBeVisible();
  await check(page).click();
  await expect(page.getByLabel("How dates are written")).toBeFocused();
  await expect(page.getByLabel("How dates are written")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("How dates are written").selectOption("day_first");
  await page.getByLabel("Currency, where the file does not say").selectOption("EUR");
  await check(page).click();
  await expect(line(page)).toHaveText("1 row = 1 to record");
  await expect(imported(page).locator('[data-total="EUR"]')).toHaveAttribute("data-value", "129900");
  await expect(imported(page)).toContainText("windows-1252");
});

test("pasted partners, and another system's export", async ({ page, instance }) => {
  await visit(page, instance);
  await page.getByLabel("What is in it").selectOption("partners");
  await page.getByLabel("Or paste its rows").fill("name,email\nDora Digital,dora@digital.example\n,nobody\n");
  await check(page).click();
  await expect(line(page)).toHaveText("2 rows = 1 to record + 1 wrong");
  await record(page).click();
  await expect(told(page)).toContainText("1 row is recorded");
  expect((await instance.rows("SELECT count(*) AS n FROM partner WHERE name = 'Dora Digital'"))[0].n).toBe(1);
  await page.getByLabel("What is in it").selectOption("");
  await page.getByLabel("Whose export it is").selectOption("rewardful");
  await choose(page, csv(HEAD + GOOD));
  await check(page).click();
  await expect(fault(page)).toContainText("An export of rewardful has one of the columns");
});

test("a lost answer records nothing twice, a server that is gone is told, and another marketer's decision, too", async ({ page, context, instance }) => {
  await visit(page, instance);
  await bring(page, HEAD + GOOD);
  let lose = 1;
  await page.route("**/apply*", async (route) => {
    const answer = await route.fetch();
    return lose-- > 0 ? route.abort() : route.fulfill({ response: answer });
  });
  await record(page).click();
  await expect(told(page)).toContainText("2 rows are recorded");
  expect(await revenue(instance)).toBe(2);
  await page.unroute("**/apply*");

  await bring(page, `${HEAD}in_9,2026-03-05,5.00,USD,cust_2,ada-analytics\n`, "second.csv");
  await page.route("**/apply*", (route) => route.abort());
  await record(page).click();
  await expect(told(page)).toContainText("It may not be recorded.", { timeout: 15_000 });
  await expect(record(page)).toBeEnabled();
  await page.unroute("**/apply*");

  const other = await context.newPage();
  await open(other, instance, "marketer");
  await go(other);
  await other.locator("tr[data-import]").filter({ hasText: "second.csv" }).getByRole("button").click();
  await record(other).click();
  await expect(told(other)).toContainText("1 row is recorded");
  await record(page).click();
  await expect(told(page)).toContainText("It is recorded already: by somebody else, or by what you sent before");
  await expect(line(page)).toHaveText("1 row = 1 recorded");
  expect(await revenue(instance)).toBe(3);

  // What is sent while nothing answers is told, and the list can be asked for again.
  await choose(page, csv(HEAD + GOOD, "third.csv"));
  await page.route("**/api/imports*", (route) => route.abort());
  await check(page).click();
  await expect(fault(page)).toContainText("nothing of it is recorded before you say so");
  await expect(page.getByText("The list could not be loaded")).toBeVisible();
  await page.unroute("**/api/imports*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("tr[data-import]")).toHaveCount(2);
  await check(page).click();
  await expect(line(page)).toContainText("2 known already");
});
