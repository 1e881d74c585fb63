// The places that the console shares with the portal, for the whole program: their story, what assistive technology is told,
// axe, and figures that are the engine's own.

import { expect, figure, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const place = (page, name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name, exact: true });

const TOLD = {
  Overview: `
    - heading "All partners" [level=1]
    - group "When":
      - combobox "Period"
      - combobox "Beside"
    - region "Figures":
      - heading "Figures" [level=2]
      - article:
        - heading "Sourced revenue" [level=3]
        - paragraph: /\\$[\\d,]+\\.\\d\\d/
        - 'button "How this is counted: Sourced revenue"'
    - region /Revenue by month/
    - region "From click to win"
  `,
  Funnel: `
    - heading "Funnel" [level=1]
    - region "From click to win":
      - table:
        - rowgroup:
          - row:
            - columnheader "Step"
            - columnheader "Came so far"
        - rowgroup:
          - row /Clicks/
          - row /Leads/
          - row /Opportunities/
          - row /Wins/
  `,
  Deals: `
    - heading "Deals" [level=1]
    - region "Deals":
      - searchbox "Find a customer"
      - status: /\\d+ deals/
      - button "Download CSV"
      - table:
        - rowgroup:
          - row:
            - columnheader /Customer/
            - columnheader /Stage/
        - rowgroup:
          - row /Won/
  `,
  Links: `
    - heading "Links" [level=1]
    - region "Links":
      - table:
        - rowgroup:
          - row:
            - columnheader "Link"
            - columnheader "Leads to"
            - columnheader "Counted clicks"
        - rowgroup:
          - row /ada-pricing/
    - region "Campaigns":
      - table:
        - rowgroup
        - rowgroup:
          - row /spring/
  `,
};

test("every shared place is told by its headings, tables and names, and axe finds nothing", async ({ page, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  for (const [name, told] of Object.entries(TOLD)) {
    await place(page, name).click();
    await expect(page.getByRole("main"), name).toMatchAriaSnapshot(told);
    expect(await findings(page), name).toEqual([]);
  }
});

test("the whole program's figures are the engine's, for every partner and for one, under another model", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, "marketer");
  const whole = await native(page, { by: "partner" });
  const { catalogue } = whole;
  for (const id of ["revenue_sourced", "revenue_attributed", "clicks"]) await expect(figure(page, id), id).toHaveAttribute("data-value", catalogue[id]);
  await page.getByLabel("Partner").selectOption({ label: "Ada Analytics" });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Ada Analytics");
  await place(page, "Deals").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Deals: Ada Analytics");
  await place(page, "Overview").click();
  await expect(figure(page, "revenue_attributed")).toHaveAttribute("data-value", String(whole.by[ada.id]));
  await page.getByLabel("Model").selectOption("last");
  const last = await native(page, { model: "last", by: "partner" });
  await expect(figure(page, "revenue_attributed")).toHaveAttribute("data-value", String(last.by[ada.id]));

  // A figure opens its definition and its facts; a deal its explanation.
  await page.getByRole("button", { name: "How this is counted: Sourced revenue" }).click();
  await expect(page.getByRole("dialog")).toContainText("Sourced revenue");
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await place(page, "Deals").click();
  const rows = page.locator("table tbody tr.deal");
  await expect(rows.first()).toBeVisible();
  await rows.first().getByRole("button").first().click();
  await expect(page).toHaveURL(/deal=\d+/);
  expect(await findings(page)).toEqual([]);
});

test("wide windows show the places at the side, in groups; narrow ones in a row, the present one in sight", async ({ page, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  await page.setViewportSize({ width: 1440, height: 900 });
  const nav = page.getByRole("navigation", { name: "Places" });
  await expect(nav.getByRole("group", { name: "Results" })).toBeVisible();
  const [side, main] = await Promise.all([nav.boundingBox(), page.getByRole("main").boundingBox()]);
  expect(side.x + side.width).toBeLessThanOrEqual(main.x);
  await page.setViewportSize({ width: 390, height: 844 });
  await place(page, "Settings").click();
  await expect(place(page, "Settings")).toBeInViewport();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wide).toBe(false);
});

test("who may only look is told so, and offered nothing that would be refused", async ({ page, instance }) => {
  await sharedYear(instance);
  const { body: member } = await instance.api("POST", "/members", { email: "fin@example.com", role: "finance" });
  const { body: link } = await instance.api("POST", "/sign-in-links", { memberId: member.id });
  await page.goto(link.url);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
  const note = page.getByRole("note");
  for (const [name, act] of [["Coupons", "New coupon"], ["Pages", "New page"], ["Partners", "Add a partner"], ["Fraud and holds", "Save the rules"], ["Settings", "Save as a new version…"], ["Import", "Check the file"]]) {
    await place(page, name).click();
    await expect(note).toContainText("Your role lets you look here.");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    await expect(page.getByRole("button", { name: act })).toHaveCount(0);
    expect(await findings(page), name).toEqual([]);
  }
  // What they may do is there.
  await place(page, "Month close").click();
  await expect(page.getByRole("main").getByRole("heading", { level: 1 })).toHaveText("Month close");
  await expect(note).toHaveCount(0);
  await place(page, "Deals").click();
  await expect(note).toHaveCount(0);
});
