// Coupons in the console: made one by one and from a list, changed, taken back, and what they brought.

import { readFile } from "node:fs/promises";
import { expect, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const visit = async (page, instance) => {
  await open(page, instance, "marketer");
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Coupons" }).click();
  await expect(page.getByRole("heading", { name: "Coupons", exact: true, level: 2 })).toBeVisible();
  await expect(page.getByText("Loading the list")).toHaveCount(0);
};
const coupons = async (instance) => (await instance.api("GET", "/discount-codes?pageSize=100")).body;
const coupon = async (instance, code) => (await coupons(instance)).find((found) => found.code === code);
const row = (page, code) => page.locator(`tr[data-coupon="${code}"]`);
const told = (page) => page.locator(".told");

/** Sales that were made with coupons, one of which did not hold. */
async function sell(instance, ada) {
  const ago = (days) => new Date(Date.now() - days * 864e5).toISOString();
  const facts = [];
  for (let i = 0; i < 5; i++) {
    facts.push({ id: `cl${i}`, type: "lead.created", at: ago(20 - i), customer: `coupon-${i}`, visitor: `cv-${i}` });
    facts.push({ id: `ct${i}`, type: "touch", kind: "coupon", at: ago(19 - i), coupon: "ADA20", visitor: `cv-${i}`, ...(i === 4 && { excluded: "bot" }) });
    facts.push({ id: `cr${i}`, type: "revenue", kind: "new", at: ago(10 - i), customer: `coupon-${i}`, amount: 120_000 + i * 1_111, currency: "USD", invoice: `ci-${i}` });
  }
  const { body } = await instance.facts(facts);
  expect(body.recorded, JSON.stringify(body).slice(0, 300)).toBe(facts.length);
}

test("what each coupon brought is what the engine says, under every model", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await sell(instance, ada);
  await instance.api("POST", "/discount-codes", { code: "QUIET", partnerId: ada.id });
  await visit(page, instance);
  const revenue = row(page, "ADA20").locator('[data-figure="revenue"]');
  const { by } = await native(page, { by: "coupon" });
  expect(by.ADA20).toBeGreaterThan(0);
  await expect(revenue).toHaveAttribute("data-value", String(by.ADA20));
  const [{ n }] = await instance.rows("SELECT count(*) AS n FROM touch WHERE kind = 'coupon' AND coupon = 'ADA20' AND mark = 'counted'");
  expect(n).toBe(4);
  await expect(row(page, "ADA20").locator('[data-figure="uses"]')).toHaveAttribute("data-value", String(n));
  await expect(row(page, "QUIET").locator('[data-figure="revenue"]')).toHaveAttribute("data-value", "0");
  await page.getByLabel("Model").selectOption("first");
  const first = await native(page, { by: "coupon", model: "first" });
  await expect(revenue).toHaveAttribute("data-value", String(first.by.ADA20));
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  const lines = (await readFile(await file.path(), "utf8")).replace("\ufeff", "").trim().split(/\r?\n/);
  expect(lines[0]).toBe("code,partner,partner_id,state,from,until,products,uses,attributed_revenue,currency");
  expect(lines.find((line) => line.startsWith("ADA20,"))).toBe(`ADA20,Ada Analytics,${ada.id},active,,,,4,${(first.by.ADA20 / 100).toFixed(2)},USD`);
});

test("a coupon is made, whose it is already is said while it is typed, and what is done is undone", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await visit(page, instance);
  await expect(page.getByRole("main")).toMatchAriaSnapshot(`
    - main:
      - heading "Coupons" [level=1]
      - button "Paste a list"
      - button "New coupon"
      - region "Coupons":
        - heading "Coupons" [level=2]
        - searchbox "Find a coupon"
        - combobox "State"
        - status: 1 coupon
        - button "Download CSV"
        - table:
          - rowgroup:
            - row:
              - columnheader "Code"
              - columnheader "Partner"
              - columnheader "State"
              - columnheader "Holds"
              - columnheader "Products"
              - columnheader "Uses"
              - columnheader "Attributed revenue"
              - columnheader "Changes"
          - rowgroup:
            - row /ADA20 Ada Analytics Active Always All 0 \\$0\\.00/`);
  expect(await findings(page)).toEqual([]);

  await page.getByRole("button", { name: "New coupon" }).click();
  const form = page.getByRole("region", { name: "New coupon" });
  const code = form.getByLabel("Code");
  await expect(code).toBeFocused();
  await code.fill(" ada20");
  await expect(code).toHaveAccessibleDescription(/Is a coupon of Ada Analytics already\./);
  await code.fill("10 %");
  await expect(code).toHaveAttribute("aria-invalid", "true");
  await code.fill("eve-10");
  await expect(code).toHaveAccessibleDescription(/Becomes EVE-10/);
  await form.getByRole("button", { name: "Make the coupon" }).click();
  await expect(form.getByLabel("Partner")).toBeFocused();
  await form.getByLabel("Partner").selectOption("Eve Agency");
  await form.getByLabel("First day").fill("2030-06-30");
  await form.getByLabel("Last day").fill("2030-06-01");
  await form.getByRole("button", { name: "Make the coupon" }).click();
  await expect(form.getByLabel("Last day")).toHaveAccessibleDescription(/Must not lie before the first day\./);
  expect(await findings(page)).toEqual([]);
  await form.getByLabel("First day").fill("2030-06-01");
  await form.getByLabel("Last day").fill("2030-06-30");
  await form.getByLabel("Products").fill("pro\nteam");
  await form.getByRole("button", { name: "Make the coupon" }).dblclick();
  await expect(told(page)).toContainText("EVE-10 is Eve Agency’s.");
  expect(await coupon(instance, "EVE-10")).toMatchObject({ partnerId: eve.id, startsAt: "2030-06-01T00:00:00.000Z", endsAt: "2030-07-01T00:00:00.000Z", products: ["pro", "team"] });
  await expect(row(page, "EVE-10")).toMatchAriaSnapshot(`
    - row:
      - cell "EVE-10"
      - cell "Eve Agency"
      - cell "Scheduled"
      - cell "1 Jun 2030 to 30 Jun 2030"
      - cell "pro, team"
      - cell "0"
      - cell "$0.00"
      - cell:
        - button "Edit EVE-10"
        - button "Deactivate EVE-10"`);
  await page.getByRole("button", { name: "Undo" }).dblclick();
  await expect(row(page, "EVE-10")).toHaveCount(0);
  expect((await coupons(instance)).map((found) => found.code)).toEqual(["ADA20"]);

  // Another program's page has taken the code meanwhile: the server says so, beside the field.
  await page.getByRole("button", { name: "New coupon" }).click();
  await form.getByLabel("Partner").selectOption({ label: "Ada Analytics" });
  await code.fill("late");
  await instance.api("POST", "/discount-codes", { code: "LATE", partnerId: eve.id });
  await form.getByRole("button", { name: "Make the coupon" }).click();
  await expect(code).toHaveAccessibleDescription(/already/);
  expect((await coupon(instance, "LATE")).partnerId).toBe(eve.id);

  // Without a code there is one made of the name, and one only, also where the answer is lost.
  await code.fill("");
  let lost = 0;
  await page.route("**/api/discount-codes", async (route) => {
    if (route.request().method() !== "POST" || lost++ > 0) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await form.getByRole("button", { name: "Make the coupon" }).click();
  await expect(told(page)).toContainText(/ADAANALYTICS[0-9A-F]{6} is Ada Analytics’s\./);
  expect((await coupons(instance)).filter((found) => /^ADAANALYTICS/.test(found.code))).toHaveLength(1);
});

test("a coupon is deactivated and comes back, and is changed unless somebody else has changed it", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await instance.api("POST", "/discount-codes", { code: "SOON", partnerId: ada.id, startsAt: "2030-01-01T12:00:00Z" });
  await visit(page, instance);
  for (const [code, before] of [["ADA20", "Active"], ["SOON", "Scheduled"]]) {
    const was = await coupon(instance, code);
    await row(page, code).getByRole("button", { name: "Deactivate" }).click();
    await expect(told(page)).toContainText(`${code} holds no longer`);
    await expect(row(page, code)).toContainText("Ended");
    expect(Date.parse((await coupon(instance, code)).endsAt)).toBeLessThanOrEqual(Date.now());
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(row(page, code)).toContainText(before);
    expect(await coupon(instance, code)).toEqual(was);
  }
  await row(page, "SOON").getByRole("button", { name: "Edit" }).click();
  const form = page.getByRole("region", { name: "Change SOON" });
  await expect(form.getByLabel("First day")).toBeFocused();
  await expect(form.getByLabel("First day")).toHaveValue("2030-01-01");
  await form.getByLabel("Products").fill("pro");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(told(page)).toContainText("SOON is changed.");
  // The day stayed, and so did its time.
  expect(await coupon(instance, "SOON")).toMatchObject({ startsAt: "2030-01-01T12:00:00.000Z", products: ["pro"] });

  await row(page, "SOON").getByRole("button", { name: "Edit" }).click();
  await instance.api("PATCH", "/discount-codes/SOON", { products: ["team"] });
  await form.getByLabel("Products").fill("enterprise");
  await form.getByRole("button", { name: "Save" }).click();
  // Whoever is second is told what it is by now, and may go on from there.
  await expect(form.getByRole("alert")).toContainText("Somebody else changed it meanwhile. It holds now: From 1 Jan 2030. Products: team.");
  await expect(form.getByLabel("Products")).toHaveValue("enterprise");
  expect((await coupon(instance, "SOON")).products).toEqual(["team"]);
  await expect(row(page, "SOON")).toContainText("team");
  expect(await findings(page)).toEqual([]);
  await form.getByRole("button", { name: "Save" }).click();
  await expect(told(page)).toContainText("SOON is changed.");
  expect((await coupon(instance, "SOON")).products).toEqual(["enterprise"]);

  // While one form is open, another coupon has its own.
  await row(page, "SOON").getByRole("button", { name: "Edit" }).click();
  await expect(form.getByLabel("Products")).toHaveValue("enterprise");
  await row(page, "ADA20").getByRole("button", { name: "Edit" }).click();
  await expect(form).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Change ADA20" }).getByLabel("Products")).toHaveValue("");
  // And one that is taken away meanwhile says so.
  await instance.api("DELETE", "/discount-codes/ADA20");
  await page.getByRole("region", { name: "Change ADA20" }).getByLabel("Products").fill("pro");
  await page.getByRole("region", { name: "Change ADA20" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("region", { name: "Change ADA20" }).getByRole("alert")).toContainText("took it away");
});

test("many are made from a pasted list, the wrong ones stay with what is wrong, and one undo takes all back", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await visit(page, instance);
  await page.getByRole("button", { name: "Paste a list" }).click();
  const sheet = page.getByRole("region", { name: "Make coupons from a list" });
  await sheet.getByLabel("One code a line").fill([
    "code,partner,from,until,products",
    ...Array.from({ length: 12 }, (_, i) => `list-${i},${i % 2 ? "Eve Agency" : "ada-analytics"},2026-01-01,2030-12-31,pro|team`),
    "ada20,Eve Agency",
    "LIST-3,Ada Analytics",
    "odd,Nobody",
    "day,Eve Agency,tomorrow",
    "nobodys",
  ].join("\n"));
  await expect(sheet.locator("#m-sum")).toHaveText("12 of 17 lines can be made. Below stands what is wrong with the others.");
  const faults = sheet.locator("tbody .fault");
  await expect(faults).toHaveText([
    "code: is a coupon of Ada Analytics already",
    "code: stands in line 5 already",
    "partner: is not known: “Nobody” is no partner’s name, username or identifier",
    "from: must be a day like 2026-12-31, and is “tomorrow”",
    "partner: must be named",
  ]);
  expect(await findings(page)).toEqual([]);

  // One answer is lost on its way: nothing is made twice, and all are made.
  let lost = 0;
  await page.route("**/api/discount-codes", async (route) => {
    if (route.request().method() !== "POST" || lost++ !== 3) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await sheet.getByRole("button", { name: "Make 12 coupons" }).dblclick();
  await expect(told(page)).toContainText("12 coupons are made.");
  const made = (await coupons(instance)).filter((found) => found.code.startsWith("LIST-"));
  expect(made).toHaveLength(12);
  expect(made.filter((found) => found.partnerId === eve.id)).toHaveLength(6);
  expect(made[0]).toMatchObject({ startsAt: "2026-01-01T00:00:00.000Z", endsAt: "2031-01-01T00:00:00.000Z", products: ["pro", "team"] });
  await expect(sheet.locator("tbody tr")).toHaveCount(5);
  await page.getByLabel("Find a coupon").fill("list-1");
  await expect(page.locator("tr[data-coupon]")).toHaveCount(3);
  await page.getByLabel("Find a coupon").fill("");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(told(page)).toContainText("Undone for 12 coupons.");
  expect((await coupons(instance)).map((found) => found.code)).toEqual(["ADA20"]);
  expect(ada.id).toBe((await coupon(instance, "ADA20")).partnerId);
});

test("without coupons it says how there come any, and without a server what to do", async ({ page, instance }) => {
  await instance.partner("Ada Analytics");
  await page.route("**/api/discount-codes**", (route) => route.abort());
  await page.goto((await instance.api("POST", "/sign-in-links", { role: "marketer" })).body.url);
  await expect(page.locator("#app")).toHaveAttribute("data-state", /ready|empty/);
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Coupons" }).click();
  await expect(page.getByRole("alert")).toContainText("The list could not be loaded");
  await page.unroute("**/api/discount-codes**");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "No coupons yet" })).toBeVisible();
  expect(await findings(page)).toEqual([]);
});
