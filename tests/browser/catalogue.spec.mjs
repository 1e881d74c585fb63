// The catalogue of figures in the marketer's console: whole, as the engine computes it, each with its reasons or its door.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { TERMS, expect, figure, findings, native, open, sharedYear, test } from "../support/browser.mjs";
import { root } from "../support/instance.mjs";

const place = (page, name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name });

/** Goes to the figures, and waits until all are computed. */
async function visit(page) {
  await place(page, "Figures").click();
  await expect(page.locator(".catalogue .count")).toContainText("known");
}

/** Identifier and raw value of every figure of the page. */
const shown = (page) => page.locator("[data-figure]").evaluateAll((cells) => cells.map((cell) => [cell.dataset.figure, cell.dataset.value]));

const told = (page, id) => page.locator(".told-of").filter({ has: page.locator(`[data-figure="${id}"]`) });

test("every row of the catalogue and every figure is shown on some screen, as the engine counts it", async ({ page, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  const screens = new Set();
  for (const name of await page.getByRole("navigation", { name: "Places" }).getByRole("link").allTextContents()) {
    if (name === "Figures") await visit(page);
    else await place(page, name).click();
    await expect(page.getByRole("main")).toBeVisible();
    for (const [id] of await shown(page)) screens.add(id);
  }
  const { catalogue } = await native(page);
  expect(Object.keys(catalogue).filter((id) => !screens.has(id))).toEqual([]);

  await visit(page);
  const rows = (await readFile(path.join(root, "tests/vectors/catalogue.tsv"), "utf8")).trim().split("\n");
  const chapters = await page.locator(".catalogue .panel").evaluateAll((panels) =>
    panels.flatMap((panel) => [...panel.querySelectorAll("[data-row]")].map((row) => `${panel.querySelector("h2").textContent}\t${row.dataset.row}`)),
  );
  expect(chapters).toEqual(rows);
  expect(Object.fromEntries(await shown(page))).toEqual(catalogue);
  expect(Object.values(catalogue).filter(Boolean).length).toBeGreaterThan(30);
});

test("figures follow the switches, are found by name, and open their reasons", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, "marketer");
  await visit(page);
  const expectNative = async (question) => {
    const { figures } = await native(page, question);
    for (const id of ["revenue_sourced", "revenue_attributed", "clicks"]) await expect(figure(page, id), id).toHaveAttribute("data-value", figures[id]);
  };
  await expectNative();
  await page.getByLabel("Model").selectOption("linear");
  await expectNative({ model: "linear" });
  const { catalogue } = await native(page, { model: "linear" });
  await page.locator("select[name=partner]").selectOption(ada.id);
  await expect(figure(page, "revenue_attributed")).not.toHaveAttribute("data-value", catalogue.revenue_attributed);
  await expect(page.locator(".catalogue .count")).toContainText("known");
  await page.locator("select[name=partner]").selectOption("");
  await page.getByLabel("Model").selectOption("policy");

  await page.getByLabel("Find a figure").fill(" WIN rate ");
  await expect(page.locator(".told-of:visible")).toHaveCount(1);
  await expect(page.locator(".catalogue .count")).toHaveText("1 figure, 1 known");
  await expect(page.getByRole("heading", { level: 2 }).filter({ visible: true })).toHaveText(["Sales"]);
  await told(page, "win_rate").locator("summary").click();
  const [n, m] = (await native(page)).catalogue.win_rate.split("/");
  await expect(page.getByRole("main")).toMatchAriaSnapshot(`
    - searchbox "Find a figure"
    - status: 1 figure, 1 known
    - region "Sales":
      - heading "Sales" [level=2]
      - heading "win rate (close rate)" [level=3]
      - group:
        - paragraph: Wins ÷ (wins + losses) of the period, of partner-sourced deals; beside the rest.
        - term: Value
        - definition: /${n} ÷ ${m} = [\\d.]+%/
        - term: 95% interval
        - definition: /[\\d.]+% to [\\d.]+%/
        - term: Period
        - definition: All time
        - term: Rules
        - definition: /Program policy, version 1. First touch/
        - table "Parts of Win rate":
          - rowgroup:
            - row /Sourced by partners/
            - row /The rest/
        - heading /\\d+ facts/ [level=4]
        - list:
          - listitem: /New business|Opportunity (won|lost)/
  `);
  expect(await findings(page)).toEqual([]);

  await page.getByLabel("Find a figure").fill("nothing of this name");
  await expect(page.getByText("No figure has such a name.")).toBeVisible();
  await expect(page.locator(".told-of:visible")).toHaveCount(0);
});

test("what lacks facts names its door, and is known once they came through it", async ({ page, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  await visit(page);
  await expect(figure(page, "nps")).toHaveText("Not known");
  const nps = told(page, "nps");
  await expect(nps).toContainText("missing: answer on recommending");
  await nps.locator("summary").click();
  await expect(nps.locator("[data-door]")).toContainText('POST /api/facts with {"type": "survey", "kind": "nps", …}');
  await expect(figure(page, "commission_earned")).toHaveAttribute("data-value", "");
  await told(page, "commission_earned").locator("summary").click();
  await expect(told(page, "commission_earned").locator("[data-door]")).toContainText("POST /api/terms");
  expect(await findings(page)).toEqual([]);

  const at = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString();
  const { body } = await instance.facts([
    { id: "n1", at, type: "survey", kind: "nps", customer: "customer-1", score: 10 },
    { id: "c1", at, type: "cost", category: "program", amount: 50_000, currency: "USD" },
  ]);
  expect(body.recorded).toBe(2);
  expect((await instance.api("POST", "/terms", TERMS)).status).toBe(201);
  await page.reload();
  await expect(page.locator(".catalogue .count")).toContainText("known");
  await expect(figure(page, "nps")).toHaveAttribute("data-value", (await native(page)).catalogue.nps);
  await expect(figure(page, "nps")).not.toHaveText("Not known");
  // Commission follows from the terms, as the statements have it.
  const months = Object.keys((await native(page)).months);
  let earned = 0;
  for (const month of months) {
    for (const statement of (await instance.api("GET", `/statements?month=${month}`)).body) earned += statement.earned;
  }
  expect(earned).toBeGreaterThan(0);
  await expect(figure(page, "commission_earned")).toHaveAttribute("data-value", String(earned));
  await expect(figure(page, "cost_per_click")).not.toHaveAttribute("data-value", "");

  // Where the terms are not to be had, it is said, and nothing is guessed.
  await page.route("**/api/terms", (route) => route.fulfill({ status: 503 }));
  await page.reload();
  await expect(page.getByRole("alert")).toContainText("terms of commission could not be read");
  await expect(figure(page, "commission_earned")).toHaveText("Not known");
  await expect(figure(page, "revenue_sourced")).not.toHaveAttribute("data-value", "");
});
