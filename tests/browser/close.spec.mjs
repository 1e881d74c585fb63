// A month is closed: what its statements add up to, what is on hold, the question, and who closed it.

import { readFile } from "node:fs/promises";
import { expect, findings, open, test } from "../support/browser.mjs";

/** Month `n` before the present one, UTC: its name, and a day of it. */
const month = (n) => new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - n, 1)).toISOString().slice(0, 7);
const day = (n, of) => `${month(n)}-${String(of).padStart(2, "0")}T12:00:00Z`;
const named = (n) => new Date(`${month(n)}-01T00:00:00Z`).toLocaleDateString("en-US", { month: "short", year: "numeric", timeZone: "UTC" });

/** Two partners with sales in two currencies, of which a refund and a payout follow. */
async function months(instance) {
  const ada = await instance.partner("Ada Analytics");
  const eve = await instance.partner("Eve Agency");
  await instance.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules: [{ name: "Tenth", pay: { percent: 100_000 }, hold: 400 }] });
  const click = (id, link, customer) => ({ id, type: "touch", kind: "click", at: day(3, 1), link, customer });
  const sale = (id, customer, at, amount, currency = "USD") => ({ id, type: "revenue", kind: "renewal", at, customer, amount, currency, invoice: id });
  const facts = [
    click("t1", "ada-analytics", "a"), click("t2", "eve-agency", "e"), sale("s1", "a", day(2, 10), 100_050), sale("s2", "e", day(1, 11), 77_770),
    sale("s3", "a", day(1, 5), 333_330), sale("s4", "e", day(1, 6), 50_000, "EUR"),
    { id: "r1", type: "revenue", kind: "refund", at: day(1, 20), customer: "a", amount: 20_010, currency: "USD", refundOf: "s1" },
    { id: "p1", type: "payout", at: day(1, 25), partner: ada.id, amount: 5_000, currency: "USD" },
  ];
  const { body } = await instance.facts(facts);
  expect(body.recorded, JSON.stringify(body)).toBe(facts.length);
  return { ada, eve };
}
const go = (page) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Month close" }).click();
const statements = async (instance, n) => (await instance.api("GET", `/statements?month=${month(n)}`)).body;
const closing = (page) => page.locator(".closing");
const told = (page) => page.locator(".told").first();
/** Every figure of the page is the server's own. */
async function same(page, instance, n) {
  const all = await statements(instance, n);
  expect(all.length).toBeGreaterThan(0);
  await expect(page.locator("tr[data-owed]")).toHaveCount(all.length);
  for (const one of all) {
    const row = page.locator(`tr[data-owed="${one.partnerId} ${one.currency}"]`);
    const { correction } = one;
    const shown = [one.opening, correction.earned - correction.clawedBack - correction.paid, one.earned, -one.clawedBack, -one.paid, one.closing, one.held];
    for (const [i, minor] of shown.entries()) await expect(row.locator("td[data-value]").nth(i)).toHaveAttribute("data-value", String(minor));
  }
  for (const currency of new Set(all.map((one) => one.currency))) {
    const sum = (name) => all.filter((one) => one.currency === currency).reduce((total, one) => total + one[name], 0);
    const shown = page.locator(`[data-sum="${currency}"]`);
    await expect(shown).toHaveAttribute("data-closing", String(sum("closing")));
    await expect(shown).toHaveAttribute("data-held", String(sum("held")));
  }
}

test("a month is looked at, closed once, and stays as it was closed", async ({ page, instance }) => {
  const { ada } = await months(instance);
  await open(page, instance, "marketer");
  await go(page);
  await expect(page.getByRole("heading", { name: named(1), exact: true })).toBeVisible();
  await expect(closing(page).locator(".badge")).toHaveText("Open");
  await expect(closing(page)).toContainText(/It closes by itself (on 3|within the hour)/);
  await same(page, instance, 1);
  await expect(closing(page)).toMatchAriaSnapshot(`
    - region:
      - heading "${named(1)}" [level=2]
      - text: Open
      - article:
        - heading "EUR 1 partner" [level=3]
        - term: Owed at the beginning
        - definition: €0.00
        - term: Earned
        - definition: €50.00
        - term: Owed at the end
        - definition: €50.00
        - term: of it payable
        - definition: €0.00
        - term: of it on hold
        - definition: €50.00
        - paragraph: What is on hold waits for the days that your terms say, or for a sale that is looked into.
      - article:
        - heading "USD 2 partners" [level=3]
        - term: Owed at the beginning
        - definition: $100.05
        - term: Earned
        - definition: $411.10
        - term: Taken back
        - definition: −$20.01
        - term: Paid out
        - definition: −$50.00
        - term: Owed at the end
        - definition: $441.14
      - button "Close ${named(1)}"`);
  expect(await findings(page)).toEqual([]);
  await page.locator(`tr[data-owed="${ada.id} USD"]`).getByRole("button").click();
  await expect(page.locator(".detail .statement")).toContainText("Ada Analytics");
  await expect(page.locator(".detail .statement")).toContainText("Taken back for a refund");
  expect(await findings(page)).toEqual([]);
  const waits = page.waitForEvent("download");
  await page.locator(".tools").getByRole("button", { name: "Download CSV" }).click();
  const file = (await readFile(await (await waits).path(), "utf8")).split("\r\n");
  expect(file.length).toBe(1 + (await statements(instance, 1)).length + 1);
  expect(file[1]).toContain(`${month(1)},Ada Analytics,${ada.id},USD,100.05,0.00,333.33,-20.01,-50.00,363.37,`);

  // The present month is not over.
  await page.getByRole("button", { name: "Month after" }).click();
  await expect(closing(page)).toContainText("The month is not over: it can be closed from 1");
  await expect(closing(page).getByRole("button")).toHaveCount(0);
  await page.getByRole("button", { name: "Month before" }).click();

  await page.getByRole("button", { name: `Close ${named(1)}` }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(`Close ${named(1)}, with €50.00 and $441.14 owed at its end?`);
  expect(await findings(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await instance.rows("SELECT * FROM closed_month")).toEqual([]);
  await page.getByRole("button", { name: `Close ${named(1)}` }).click();
  await dialog.getByRole("button", { name: "Close it" }).dblclick();
  await expect(told(page)).toContainText(`${named(1)} are closed.`);
  await expect(closing(page).locator(".badge")).toContainText(/Closed on .* by \S+@\S+/);
  await expect(closing(page).getByRole("button")).toHaveCount(0);
  expect((await instance.rows("SELECT count(*) AS n FROM closed_month WHERE month = ?1", month(1)))[0].n).toBe(1);
  await same(page, instance, 1);

  // What comes late corrects the open month, and the closed one stays.
  await instance.facts([{ id: "late", type: "revenue", kind: "refund", at: day(1, 27), customer: "a", amount: 10_000, currency: "USD", refundOf: "s3" }]);
  await page.reload();
  await expect(page.locator('[data-sum="USD"]')).toHaveAttribute("data-closing", "44114");
  await page.getByRole("button", { name: "Month after" }).click();
  await expect(closing(page)).toContainText("Corrections of earlier months");
  await expect(closing(page)).toContainText("1 line corrects months that are closed.");
  await same(page, instance, 0);
});

test("two close at once, the server is gone, and there are no terms: all of it is told", async ({ page, context, instance }) => {
  await months(instance);
  await open(page, instance, "marketer");
  await go(page);
  const other = await context.newPage();
  await open(other, instance, "marketer");
  await go(other);
  await other.getByRole("button", { name: `Close ${named(1)}` }).click();
  await page.getByRole("button", { name: `Close ${named(1)}` }).click();
  // An answer that is lost closes nothing twice.
  await page.route("**/api/statements/close", async (route) => {
    await route.fetch();
    return route.abort();
  });
  await page.getByRole("button", { name: "Close it" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("cannot be reached");
  await page.unroute("**/api/statements/close");
  await page.getByRole("button", { name: "Close it" }).click();
  await expect(told(page)).toContainText("was closed already: nothing was done twice");
  await other.getByRole("button", { name: "Close it" }).click();
  await expect(told(other)).toContainText("was closed already: nothing was done twice");
  await expect(closing(other).locator(".badge")).toContainText("Closed on");
  expect((await instance.rows("SELECT count(*) AS n FROM closed_month WHERE month = ?1", month(1)))[0].n).toBe(1);

  await page.route("**/api/statements?*", (route) => route.abort());
  await page.getByRole("button", { name: "Month before" }).click();
  await expect(page.getByRole("alert").getByRole("heading", { name: "No connection" })).toBeVisible();
  await page.unroute("**/api/statements?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await same(page, instance, 2);
});

test("a month that nobody closes is closed by the clock, and it says so", async ({ page, instance }) => {
  await months(instance);
  const now = new Date();
  const worker = await instance.mf.getWorker("tributary");
  await worker.scheduled({ cron: "7 * * * *", scheduledTime: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 4)) });
  await open(page, instance, "marketer");
  await go(page);
  await expect(closing(page).locator(".badge")).toContainText(/Closed on .* by itself/);
  await expect(closing(page).getByRole("button")).toHaveCount(0);
  await same(page, instance, 1);
});

test("without terms nothing can be stated, and it says so", async ({ page, instance }) => {
  const ada = await instance.partner("Ada Analytics");
  await instance.facts([{ id: "t", type: "touch", kind: "click", at: day(1, 2), link: "ada-analytics", visitor: "v" }, { id: "g", type: "partner.activity", kind: "session", at: day(1, 3), partner: ada.id }]);
  await open(page, instance, "marketer");
  await go(page);
  await expect(page.getByRole("alert").getByRole("heading", { name: /terms/ })).toBeVisible();
  expect(await findings(page)).toEqual([]);
});
