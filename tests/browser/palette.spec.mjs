// From one field everything of the console is a few keys away; views are saved under a name for everybody of the program.

import { expect, figure, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const place = (page, name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name, exact: true });
const palette = (page) => page.getByRole("dialog", { name: "Go to" });
const field = (page) => palette(page).getByRole("combobox");
const option = (page, name) => palette(page).getByRole("option", { name });

test("what opens over the page leaves the page's columns as they are", async ({ page, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  const places = () => page.evaluate(() => ["header", "nav", "main"].map((name) => {
    const { x, y, width } = document.querySelector(name)?.getBoundingClientRect() ?? {};
    return [name, Math.round(x), Math.round(y), Math.round(width)].join(" ");
  }));
  for (const width of [390, 768, 1280, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await page.reload();
    await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const before = await places();
    await page.keyboard.press("Control+k");
    await expect(field(page)).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(palette(page)).toBeHidden();
    expect(await places(), `${width} px`).toEqual(before);
  }
  // What is told of it stands over the page, and goes with the next step.
  await page.keyboard.press("Control+k");
  await page.getByRole("button", { name: "Save this view…" }).click();
  const ask = page.getByRole("dialog", { name: "Save this view?" });
  await ask.getByLabel("Name").fill("   ");
  await ask.getByRole("button", { name: "Save the view" }).click();
  await expect(ask.getByLabel("Name")).toHaveAccessibleDescription(/Please fill in this field/);
  const before = await places();
  await ask.getByLabel("Name").fill("All of it");
  await ask.getByRole("button", { name: "Save the view" }).click();
  await expect(page.locator(".toast .told")).toContainText("The view All of it is saved.");
  expect(await places()).toEqual(before);
  expect(await findings(page)).toEqual([]);
  await place(page, "Deals").click();
  await expect(page.locator(".toast .told")).toHaveText("");
});

test("a partner, a customer, a place and a model are reached by keys alone", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, "marketer");
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await expect(palette(page)).toMatchAriaSnapshot(`
    - dialog "Go to":
      - combobox "Find a place, partner, customer, model or saved view"
      - listbox "Found":
        - option "Overview Place" [selected]
        - option "Partners Place"
      - status: /\\d+ found/
      - button "Save this view…"
      - button "Close"`);
  expect(await findings(page)).toEqual([]);

  await field(page).fill("ada an");
  await expect(option(page, /Ada Analytics Partner/)).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(palette(page)).toBeHidden();
  await expect(page).toHaveURL(new RegExp(`partner=${ada.id}`));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Ada Analytics");

  await page.keyboard.press("Control+k");
  await field(page).fill("model linear");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/model=linear/);
  const { by } = await native(page, { model: "linear", by: "partner" });
  await expect(figure(page, "revenue_attributed")).toHaveAttribute("data-value", String(by[ada.id]));

  await page.keyboard.press("Control+k");
  await field(page).fill("webh");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/view=settings&section=webhooks/);
  await page.goBack();
  await expect(page).not.toHaveURL(/settings/);

  await page.getByRole("button", { name: "Find" }).click();
  await field(page).fill("zzzz");
  await expect(palette(page).getByRole("status")).toHaveText("Nothing is called that.");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(palette(page)).toBeHidden();
  // Typed names are text, and nothing else.
  await page.keyboard.press("Control+k");
  await field(page).fill("<b>(.*)[");
  await expect(palette(page).getByRole("status")).toHaveText("Nothing is called that.");
});

test("arrows walk the list round, and the pointer marks what it is over", async ({ page, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  const options = palette(page).getByRole("option");
  await page.keyboard.press("ArrowUp");
  await expect(options.last()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowDown");
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  const active = await field(page).getAttribute("aria-activedescendant");
  expect(active).toBe(await options.first().getAttribute("id"));
  await options.nth(2).hover();
  await expect(options.nth(2)).toHaveAttribute("aria-selected", "true");
  await options.nth(2).click();
  await expect(page).toHaveURL(/view=funnel/);
});

test("a view is saved, found by a colleague, and deleted; a name is taken once", async ({ page, context, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  await page.goto(`${instance.url}/console/?view=models&model=first&with=last`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
  await page.keyboard.press("Control+k");
  await palette(page).getByRole("button", { name: "Save this view…" }).click();
  const ask = page.getByRole("dialog", { name: "Save this view?" });
  await ask.getByRole("button", { name: "Save the view" }).click();
  await expect(ask.getByLabel("Name")).toBeFocused();
  await ask.getByLabel("Name").fill("First against last");
  expect(await findings(page)).toEqual([]);
  await ask.getByRole("button", { name: "Save the view" }).dblclick();
  await expect(page.locator(".told").filter({ hasText: "The view First against last is saved." })).toBeVisible();
  const { body: views } = await instance.api("GET", "/views");
  expect(views.map(({ name, query }) => [name, query])).toEqual([["First against last", "view=models&model=first&with=last"]]);

  const other = await context.newPage();
  await other.goto(`${instance.url}/console/`);
  await expect(other.locator("#app")).toHaveAttribute("data-state", "ready");
  await other.keyboard.press("Control+k");
  await expect(option(other, "First against last Saved view")).toBeVisible();
  await field(other).fill("first against");
  await other.keyboard.press("Enter");
  await expect(other).toHaveURL(/view=models&model=first&with=last$/);
  await expect(other.locator(".outcome")).toBeVisible();

  // The same name again, and from the overview, whose address is empty.
  await other.goto(`${instance.url}/console/`);
  await expect(other.locator("#app")).toHaveAttribute("data-state", "ready");
  await other.keyboard.press("Control+k");
  await palette(other).getByRole("button", { name: "Save this view…" }).click();
  const again = other.getByRole("dialog", { name: "Save this view?" });
  await again.getByLabel("Name").fill("first AGAINST last");
  await again.getByRole("button", { name: "Save the view" }).click();
  await expect(again.getByText("Is taken by another view.")).toBeVisible();
  await again.getByLabel("Name").fill("As it opens");
  await again.getByRole("button", { name: "Save the view" }).click();
  await expect(again).toBeHidden();

  await other.keyboard.press("Control+k");
  await palette(other).getByText("Saved views", { exact: true }).click();
  expect(await findings(other)).toEqual([]);
  await palette(other).getByRole("button", { name: "Delete the view First against last" }).click();
  await other.getByRole("dialog", { name: "Delete the view First against last?" }).getByRole("button", { name: "Delete the view" }).click();
  await expect.poll(async () => (await instance.api("GET", "/views")).body.map(({ name }) => name)).toEqual(["As it opens"]);
});
