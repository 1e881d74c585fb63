// Another attribution policy is tried, and what would move is seen before anything is saved.

import { expect, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const place = (page) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Models" });
const cell = (row, label) => row.locator(`[data-label="${label}"]`);

test("two models stand side by side, with what moves and why, computed beside the page", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await open(page, instance, "marketer");
  await place(page).click();
  const panel = page.getByRole("region", { name: "What would move" });
  await expect(panel).toContainText("Choose another model or window");
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await panel.getByRole("group", { name: "As it is" }).getByLabel("Model").selectOption("first");
  await panel.getByRole("group", { name: "As it would be" }).getByLabel("Model").selectOption("last");
  await expect(panel.getByRole("status")).toContainText(/would go to somebody else: \d partners? would get more, \d less\./);
  // The address is the view: both sides stand in it.
  await expect(page).toHaveURL(/view=models&model=first&with=last$/);
  expect(asked).toContain("/console/worker.js");
  const credited = async (model) => (await native(page, { model, by: "partner" })).by;
  const [first, last] = [await credited("first"), await credited("last")];
  for (const { id, name } of [ada, eve]) {
    const row = panel.locator(`tr[data-partner="${id}"]`);
    await expect(row.locator(".lead")).toHaveText(name);
    await expect(cell(row, "As it is")).toHaveAttribute("data-value", String(first[id]));
    await expect(cell(row, "As it would be")).toHaveAttribute("data-value", String(last[id]));
  }
  await expect(panel).toMatchAriaSnapshot(`
    - region "What would move":
      - heading "What would move" [level=2]
      - group "As it is":
        - combobox "Model"
        - combobox "Window"
      - group "As it would be":
        - combobox "Model"
        - combobox "Window"
      - status: /Of \\$[\\d,.]+ of revenue/
      - button "Download CSV"
      - table:
        - rowgroup:
          - row:
            - columnheader "Whose"
            - columnheader "As it is"
            - columnheader "As it would be"
            - columnheader "Change"
            - columnheader "Why"
        - rowgroup:
          - row /Eve Agency|Ada Analytics/
          - row /Eve Agency|Ada Analytics/`);
  const row = panel.locator(`tr[data-partner="${ada.id}"]`);
  await row.locator("summary").click();
  await expect(row.locator("li").first()).toContainText(/As it is: .*touch.*As it would be: .*touch/);
  expect(await findings(page)).toEqual([]);
  // A customer opens its explanation.
  const customer = await row.locator("li button").first().textContent();
  await row.locator("li button").first().click();
  await expect(page).toHaveURL(/view=deals.*deal=\d+/);
  await expect(page.getByRole("region", { name: "Deals" })).toContainText(customer);
});

test("while one answer is computed another may be asked: the last question is the one that is answered", async ({ page, instance }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  await page.goto(instance.url + "/console/?view=models&model=first&with=last");
  const side = page.getByRole("group", { name: "As it would be" });
  for (const model of ["linear", "shapley", "markov", "u"]) {
    const known = await side.getByLabel("Model").locator(`option[value="${model}"]`).count();
    if (known) await side.getByLabel("Model").selectOption(model);
  }
  await side.getByLabel("Model").selectOption("linear");
  await side.getByLabel("Window").selectOption("7");
  const { by } = await native(page, { model: "linear", window: 7, by: "partner" });
  for (const [id, amount] of Object.entries(by).filter(([id]) => id)) {
    await expect(page.locator(`tr[data-partner="${id}"] [data-label="As it would be"]`)).toHaveAttribute("data-value", String(amount));
  }
  // The same on both sides moves nothing, and says so.
  await side.getByLabel("Model").selectOption("first");
  await side.getByLabel("Window").selectOption("policy");
  await expect(page.getByRole("region", { name: "What would move" })).toContainText("Choose another model or window");
});

test("a worker that gets no facts says so, and works once asked again", async ({ page, instance, context }) => {
  await sharedYear(instance);
  await open(page, instance, "marketer");
  await page.goto(instance.url + "/console/?view=models");
  await expect(page.getByRole("region", { name: "What would move" })).toBeVisible();
  await context.route("**/api/feed", (route) => route.abort());
  await page.getByRole("group", { name: "As it would be" }).getByLabel("Model").selectOption("last");
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("could not be computed");
  expect(await findings(page)).toEqual([]);
  await context.unroute("**/api/feed");
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("table")).toContainText("Ada Analytics");
});
