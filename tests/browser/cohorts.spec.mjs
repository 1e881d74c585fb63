// Customers in cohorts, one beside the other, in the marketer's console: each figure the engine's, and nothing said of too few.

import { expect, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const DAY = 24 * 60 * 60 * 1000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const iso = (days) => ago(days).slice(0, 10);

const place = (page) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Cohorts" });
const table = (page, word) => page.locator(`[data-cohorts="${word}"]`);
const row = (page, word, id) => table(page, word).locator(`tr[data-row="${id}"]`);

/** Forty yearly customers: every second has an integration, every fourth of the others leaves, the first half are Ada's. */
async function accounts(instance, ada) {
  const facts = [];
  for (let i = 0; i < 40; i++) {
    const customer = `account-${i}`;
    const add = (fact) => facts.push({ id: `a${facts.length}`, ...fact });
    if (i < 20) add({ type: "touch", kind: "click", at: ago(260), link: "ada-pricing", visitor: customer });
    add({ type: "lead.created", at: ago(255), customer, visitor: customer, company: `Account ${i}` });
    add({ type: "revenue", kind: "new", at: ago(250), customer, amount: 120_000 + i * 1_000, currency: "USD", recurring: "year", invoice: `a-${i}` });
    if (i % 2 === 0) add({ type: "integration.installed", at: ago(240), integration: "Sync", partner: ada.id, customer });
    if (i % 8 === 1) add({ type: "customer.churned", at: ago(90), customer });
    if (i < 4) add({ type: "survey", kind: "nps", at: ago(50), customer, score: 10 });
  }
  const { body } = await instance.facts(facts);
  expect(body.recorded, JSON.stringify(body).slice(0, 400)).toBe(facts.length);
}

test("each cohort's figures are the engine's, with how many customers it has", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await accounts(instance, ada);
  await open(page, instance, "marketer");
  await place(page).click();
  await expect(table(page, "sourced").locator("tr[data-row]")).toHaveCount(10);
  // Of all time nobody was there when it began; a press chooses a period in which somebody was.
  await expect(page.locator(".hint")).toContainText("nobody was a customer when the period began");
  await page.getByRole("button", { name: "Show this year" }).click();
  await expect(page).toHaveURL(/range=this_year/);
  await expect(page.locator(".hint")).toHaveCount(0);
  await page.goto(`${instance.url}/console/?view=cohorts&from=${iso(200)}&to=${iso(10)}`);
  const { parts, cohorts } = await native(page, { days: [iso(200), iso(10)] });
  await expect(row(page, "integrated", "retention").locator('[data-cohort="Integrated"]')).toHaveAttribute("data-value", parts.retention.Integrated);
  expect(parts.retention.Integrated).toMatch(/^20\/20$/);
  for (const [word, names] of [["sourced", ["Sourced by partners", "Not sourced by partners"]], ["integrated", ["Integrated", "Not integrated"]], ["integrations", ["No integration", "1–3 integrations", "4 or more integrations"]]]) {
    for (const name of names) {
      await expect(table(page, word).locator(`th[data-cohort="${name}"]`)).toHaveAttribute("data-value", String(cohorts[name]));
      for (const id of ["retention", "churn"]) {
        await expect(row(page, word, id).locator(`td[data-cohort="${name}"]`), `${word} ${id} ${name}`).toHaveAttribute("data-value", parts[id][name]);
      }
    }
  }
  // Figures that count something close by say what.
  const deals = row(page, "sourced", "average_deal_size").locator('td[data-cohort="Not sourced by partners"]');
  await expect(deals).toHaveAttribute("data-value", parts.average_deal_size["The rest"]);
  // How far they lie apart, where there are enough of both.
  const apart = row(page, "integrated", "retention").locator("[data-apart] [data-value]");
  await expect(apart).toHaveAttribute("data-value", parts.retention["Difference: Integrated less Not integrated"]);
  await expect(apart).toHaveText(/^\+[\d.]+ points$/);
  // Too few: marked, and no difference is told.
  const few = row(page, "sourced", "nps");
  await expect(few.locator('td[data-cohort="Sourced by partners"]')).toContainText(/100.*4 counted.*too few to say/);
  await expect(table(page, "integrations").locator('th[data-cohort="4 or more integrations"]')).toContainText("too few to say");
  // What lacks facts says which.
  await expect(row(page, "integrated", "renewal").locator(".lead")).toContainText("missing: renewal");
  await expect(table(page, "integrated")).toMatchAriaSnapshot(`
    - region "Integrated, or not":
      - heading "Integrated, or not" [level=2]
      - region "Integrated, or not, one figure a row":
        - table:
          - rowgroup:
            - row:
              - columnheader "Figure"
              - columnheader /Integrated 20 customers/
              - columnheader /Not integrated \\d+ customers/
              - columnheader "Difference less not integrated"
          - rowgroup:
            - row /Sales cycle/:
              - cell /Sales cycle/:
                - button "Sales cycle"
  `);
  expect(await findings(page)).toEqual([]);
  // A figure opens its definition, its parts and its facts.
  await row(page, "integrated", "retention").getByRole("button").click();
  const why = table(page, "integrated").locator("#integrated-retention");
  await expect(why.locator(".definition")).not.toBeEmpty();
  await expect(why.getByRole("table", { name: "Parts of Retention" })).toContainText("Net revenue retention");
  expect(await findings(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  expect(await findings(page)).toEqual([]);
});

test("without integrations the place says by which door they come, and small cohorts say nothing", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, "marketer");
  await page.goto(`${instance.url}/console/?view=cohorts`);
  for (const word of ["integrated", "integrations"]) {
    await expect(table(page, word).locator("[data-door]")).toHaveAttribute("data-door", "integration.installed");
    await expect(table(page, word)).toContainText("POST /api/facts with");
  }
  const { parts, cohorts } = await native(page);
  const sourced = row(page, "sourced", "win_rate").locator('td[data-cohort="Sourced by partners"]');
  await expect(sourced).toHaveAttribute("data-value", parts.win_rate["Sourced by partners"]);
  await expect(table(page, "sourced").locator('th[data-cohort="Not sourced by partners"]')).toHaveAttribute("data-value", String(cohorts["Not sourced by partners"]));
  await expect(table(page, "sourced").locator('th[data-cohort="Not sourced by partners"]')).toContainText("too few to say");
  // Of one partner they are others.
  await page.locator('select[name="partner"]').selectOption(ada.id);
  await expect(sourced).not.toHaveAttribute("data-value", parts.win_rate["Sourced by partners"]);
  expect(await findings(page)).toEqual([]);
});
