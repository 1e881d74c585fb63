// The partners of a program in the marketer's console: found, sorted, opened, downloaded, and each as the engine counts them.

import { readFile } from "node:fs/promises";
import { expect, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const DAY = 24 * 60 * 60 * 1000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();

const place = (page, name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name });
const row = (page, id) => page.locator(`[data-partner="${id}"]`);

/** A year of two partners, a goal of one of them, and some who have nothing yet. */
async function program(instance, quiet) {
  const { ada, eve } = await sharedYear(instance);
  const others = [];
  for (let i = 0; i < quiet; i++) others.push(await instance.partner(`Quiet ${String(i).padStart(2, "0")}`));
  const year = new Date().getUTCFullYear();
  const { body } = await instance.facts([
    { id: "goal", at: ago(1), type: "partner.goal", partner: ada.id, metric: "clicks", period: String(year), target: 400 },
    { id: "training", at: ago(3), type: "partner.activity", partner: ada.id, kind: "training", person: "p1" },
  ]);
  expect(body.recorded).toBe(2);
  return { ada, eve, others };
}

/** Identifiers of the rows, from top to bottom. */
const listed = (page) => page.locator("[data-partner]").evaluateAll((rows) => rows.map((row) => row.dataset.partner));

/** Identifier and raw value of the figures of a row. */
const figures = async (scope) => Object.fromEntries(await scope.locator("[data-figure]").evaluateAll((cells) => cells.map((cell) => [cell.dataset.figure, cell.dataset.value])));

test("each partner is what the engine counts of them alone, and all together are the program", async ({ page, context, instance }) => {
  const { ada, eve } = await program(instance, 0);
  await open(page, instance, "marketer");
  await place(page, "Partners").click();
  await expect(row(page, ada.id)).toBeVisible();
  const { catalogue } = await native(page);
  for (const id of ["concentration_top_1", "concentration_top_5", "concentration_top_20", "herfindahl", "activation_rate", "partners"]) {
    await expect(page.locator(`.three [data-figure="${id}"]`), id).toHaveAttribute("data-value", catalogue[id]);
  }
  const sums = { revenue_sourced: 0, revenue_attributed: 0, clicks: 0, leads: 0, wins_sourced: 0 };
  for (const partner of [ada, eve]) {
    const own = await figures(row(page, partner.id));
    for (const id of Object.keys(sums)) sums[id] += Number(own[id]);
    // What the partner is shown, computed natively from the part of the facts that is theirs.
    const portal = await context.browser().newContext({ userAgent: await page.evaluate(() => navigator.userAgent) });
    const theirs = await portal.newPage();
    await open(theirs, instance, partner);
    const alone = (await native(theirs)).catalogue;
    for (const id of ["revenue_sourced", "revenue_influenced", "revenue_attributed", "clicks", "leads", "wins_sourced", "win_rate"]) {
      expect([id, own[id]]).toEqual([id, alone[id]]);
    }
    await portal.close();
  }
  for (const [id, sum] of Object.entries(sums)) expect([id, String(sum)]).toEqual([id, catalogue[id]]);
  // In another model and another period, too.
  await page.getByLabel("Model").selectOption("last");
  await page.getByLabel("Period").selectOption("this_year");
  const year = new Date().getUTCFullYear();
  const last = await native(page, { model: "last", days: [`${year}-01-01`, `${year}-12-31`] });
  const credit = async () => {
    const [a, b] = [await figures(row(page, ada.id)), await figures(row(page, eve.id))];
    return String(Number(a.revenue_attributed) + Number(b.revenue_attributed));
  };
  await expect.poll(credit).toBe(last.figures.revenue_attributed);
});

test("partners are sorted, found, opened and downloaded", async ({ page, instance }) => {
  const { ada, eve } = await program(instance, 24);
  await open(page, instance, "marketer");
  await place(page, "Partners").click();
  await expect(page.getByText("26 partners")).toBeVisible();
  await expect(page.locator("[data-partner]")).toHaveCount(20);
  await page.getByRole("button", { name: "Show 6 more of 26" }).click();
  await expect(page.locator("[data-partner]")).toHaveCount(26);
  await expect(page.getByRole("main")).toMatchAriaSnapshot(`
    - region "Concentration":
      - heading "Concentration" [level=2]
      - list:
        - listitem: /Share of the top 1 % of partners/
    - region "Activation":
      - heading "Activation" [level=2]
    - region "By join source":
      - heading "By join source" [level=2]
    - region "Partners":
      - heading "Partners" [level=2]
      - searchbox "Find a partner"
      - status: 26 partners
      - button "Download CSV"
      - region "Partners, one a row":
        - table:
          - rowgroup:
            - row:
              - columnheader /Partner/:
                - button /Partner/
              - columnheader /Sourced/
              - columnheader /Influenced/
              - columnheader /Attributed/
              - columnheader /Clicks/
              - columnheader /Leads/
              - columnheader /Wins/
              - columnheader /Win rate/
              - columnheader /To first sale/
              - columnheader /Last activity/
          - rowgroup:
            - row /Ada Analytics/
  `);
  expect(await findings(page)).toEqual([]);

  // Every column sorts, and turns round.
  const values = (id) => page.locator(`[data-partner] [data-figure="${id}"]`).evaluateAll((cells) => cells.map((cell) => cell.dataset.value).filter(Boolean).map((text) => text.split("/").reduce((n, m) => n / m)));
  const sorted = (numbers, sign) => expect(numbers).toEqual([...numbers].sort((a, b) => sign * (a - b)));
  for (const [id, name] of [["revenue_sourced", "Sourced"], ["clicks", "Clicks"], ["win_rate", "Win rate"]]) {
    const head = page.getByRole("columnheader", { name, exact: true });
    await head.getByRole("button").click();
    await expect(head).toHaveAttribute("aria-sort", "descending");
    sorted((await values(id)).map(Number), -1);
    await head.getByRole("button").click();
    await expect(head).toHaveAttribute("aria-sort", "ascending");
    sorted((await values(id)).map(Number), 1);
  }
  await page.getByRole("columnheader", { name: "Partner", exact: true }).getByRole("button").click();
  expect((await listed(page)).slice(0, 2)).toEqual([ada.id, eve.id]);

  await page.getByLabel("Find a partner").fill(" quiet 0");
  await expect(page.locator("[data-partner]")).toHaveCount(10);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  expect(download.suggestedFilename()).toBe("partners.csv");
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  expect(lines[0]).toMatch(/^\ufeffpartner,id,group,revenue_sourced,.*,currency$/);
  expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(Array.from({ length: 10 }, (_, i) => `Quiet 0${i}`));
  await page.getByLabel("Find a partner").fill("nobody of this name");
  await expect(page.getByText("No partner has such a name, group or identifier.")).toBeVisible();
  await page.getByLabel("Find a partner").fill("ada");
  await expect(page.locator("[data-partner]")).toHaveCount(1);

  // The scorecard: what was chosen by a goal, against it and the median partner.
  await row(page, ada.id).getByRole("button", { name: "Ada Analytics" }).click();
  const card = page.getByRole("table", { name: "Scorecard of Ada Analytics" });
  const clicks = (await figures(row(page, ada.id))).clicks;
  await expect(card.locator("[data-score]")).toHaveCount(1);
  await expect(card.locator('[data-score="clicks"] [data-value]')).toHaveAttribute("data-value", clicks);
  await expect(card.locator('[data-score="clicks"]')).toContainText("400");
  await expect(card.locator("[data-median]")).toHaveAttribute("data-median", "0");
  await expect(card.locator('[data-score="clicks"]')).toContainText("Above");
  expect(await findings(page)).toEqual([]);

  // Two of them side by side: the row's figures, the best of each marked, and the address says who.
  await page.getByLabel("Find a partner").fill("");
  const beside = page.getByRole("table", { name: "Partners side by side" });
  await page.getByLabel("Compare Eve Agency").check();
  await expect(page.getByRole("region", { name: "Side by side" }).getByRole("status")).toContainText("Choose another");
  await page.getByLabel("Compare Ada Analytics").check();
  const side = (at, id) => beside.locator(`tr[data-compared="${id}"] [data-figure="${id}"]`).nth(at);
  const [left, right] = [await figures(row(page, eve.id)), await figures(row(page, ada.id))];
  for (const id of Object.keys(left)) {
    await expect(side(0, id), id).toHaveAttribute("data-value", left[id]);
    await expect(side(1, id), id).toHaveAttribute("data-value", right[id]);
  }
  await expect(beside.locator('[data-compared="clicks"] .best')).toHaveAttribute("data-value", String(Math.max(left.clicks, right.clicks)));
  await expect(beside).toMatchAriaSnapshot(`
    - table "Partners side by side":
      - rowgroup:
        - row:
          - columnheader "Figure"
          - columnheader /Eve Agency/
          - columnheader /Ada Analytics/
      - rowgroup:
        - row /Sourced revenue/
  `);
  expect(new URL(page.url()).searchParams.getAll("compare")).toEqual([eve.id, ada.id]);
  await page.reload();
  await expect(beside.getByRole("columnheader")).toHaveCount(3);
  await page.getByLabel("Compare Quiet 00").check();
  await page.getByLabel("Compare Quiet 01").check();
  await expect(page.getByLabel("Compare Quiet 02")).toBeDisabled();
  expect(await findings(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1280, height: 900 });
  await beside.getByRole("button", { name: "Take Ada Analytics away" }).click();
  await expect(page.getByLabel("Compare Ada Analytics")).not.toBeChecked();
  await page.getByRole("button", { name: "Take all away" }).click();
  await expect(beside).toHaveCount(0);
  await page.getByLabel("Find a partner").fill("ada");
  await row(page, ada.id).getByRole("button", { name: "Ada Analytics" }).click();

  // On a phone nothing sticks out, and the order is chosen there, too.
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  await expect(page.getByRole("columnheader", { name: "Clicks", exact: true })).toBeVisible();
  await page.setViewportSize({ width: 1280, height: 900 });

  await page.getByRole("link", { name: "Open the overview of Ada Analytics" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Ada Analytics");
  expect(new URL(page.url()).searchParams.get("partner")).toBe(ada.id);
  await expect(page.locator('.tile [data-figure="clicks"]')).toHaveAttribute("data-value", clicks);
  await page.goBack();
  await expect(page.getByLabel("Find a partner")).toBeVisible();
});

test("a name of one long word makes no place wider", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const long = await instance.partner("Ganzlangerunternehmensname".repeat(6), { email: "long@partners.example", username: "long-name" });
  await instance.facts([{ id: "long", type: "touch", kind: "click", at: ago(3), partner: long.id, visitor: "v-long" }]);
  await open(page, instance, "marketer");
  for (const query of [`view=partners&compare=${ada.id}&compare=${long.id}`, `partner=${long.id}`, "view=links", "view=journeys", "view=coupons", "view=pages", "view=registrations", "view=figures"]) {
    await page.goto(`${instance.url}/console/?${query}`);
    await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
    await expect(page.locator("main :is(.panel, .tile):visible").first()).toBeVisible();
    for (const width of [390, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${query} ${width}`).toBeLessThanOrEqual(0);
    }
  }
});
