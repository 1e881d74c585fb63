// Who is in the program: a partner is let in, signed in, sorted, shown out and taken back.

import { expect, findings, open, sharedYear, test } from "../support/browser.mjs";

const dialog = (page) => page.getByRole("dialog");
const told = (page) => page.locator(".told").first();
const visit = async (page, instance) => {
  await open(page, instance, "marketer");
  await page.goto(`${instance.url}/console/?view=partners`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
};
const standing = (page) => page.getByRole("region", { name: "Standing" });

test("a partner is added, stands in the table, and gets a way in", async ({ page, context, instance }) => {
  await sharedYear(instance);
  await visit(page, instance);
  await page.getByRole("button", { name: "Add a group…" }).click();
  await dialog(page).getByLabel("Name").fill("Gold");
  await dialog(page).getByRole("button", { name: "Add the group" }).dblclick();
  await expect(page.getByRole("region", { name: "Groups" })).toContainText("Gold");
  expect((await instance.api("GET", "/groups")).body.map(({ name }) => name)).toEqual(["Gold"]);

  await page.getByRole("button", { name: "Add a partner" }).click();
  await page.getByLabel("Name").fill("Globex Agency");
  await page.getByLabel("E-mail").fill("not an address");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await page.getByLabel("E-mail").fill("hello@globex.example");
  await page.getByLabel("Kind").selectOption("agency");
  await page.locator("form").getByLabel("Group").selectOption({ label: "Gold" });
  await page.getByLabel("How they were found").selectOption("outreach");
  expect(await findings(page)).toEqual([]);
  await page.getByRole("button", { name: "Add", exact: true }).dblclick();
  await expect(told(page)).toContainText("Globex Agency is in the program.");
  const { body: partners } = await instance.api("GET", "/partners?search=Globex");
  expect(partners.map(({ name, email, status }) => [name, email, status])).toEqual([["Globex Agency", "hello@globex.example", "approved"]]);
  await expect(told(page).locator("code")).toHaveText(partners[0].links[0].shortLink);

  // Somebody who is in the program already is not changed by that form.
  await page.getByRole("button", { name: "Add a partner" }).click();
  await page.getByLabel("Name").fill("Another name");
  await page.getByLabel("E-mail").fill("Hello@globex.example");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByLabel("E-mail")).toHaveAccessibleDescription(/Is the address of Globex Agency, who is in the program already/);
  expect((await instance.api("GET", "/partners?search=Globex")).body).toEqual(partners);
  await page.getByRole("button", { name: "Add a partner" }).click();

  const row = page.locator(`tr[data-partner="${partners[0].id}"]`);
  await expect(row).toContainText("Gold");
  await row.getByRole("button").click();
  await expect(standing(page)).toMatchAriaSnapshot(`
    - region "Standing":
      - paragraph: hello@globex.example In the program
      - button "Sign-in link"
      - button "Group"
      - button "Deactivate"
      - button "Ban"`);
  expect(await findings(page)).toEqual([]);
  await standing(page).getByRole("button", { name: "Sign-in link" }).click();
  await dialog(page).getByRole("button", { name: "Make the link" }).click();
  const link = await told(page).locator("code").innerText();
  const other = await (await context.browser().newContext()).newPage();
  await other.goto(link);
  await expect(other.getByRole("heading", { level: 1 })).toContainText(/Globex Agency/);
  await other.context().close();
});

test("a partner is deactivated, taken back and banned; the second marketer is told", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await visit(page, instance);
  const row = (tab) => tab.locator(`tr[data-partner="${ada.id}"]`);
  await row(page).getByRole("button").click();
  const other = await context.newPage();
  await other.goto(page.url());
  await row(other).getByRole("button").click();
  await expect(standing(other)).toContainText("In the program");

  await standing(page).getByRole("button", { name: "Ban" }).click();
  await dialog(page).getByLabel("Reason").selectOption("brand_abuse");
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole("button", { name: "Ban" }).click();
  await expect(told(page)).toContainText("Ada Analytics: they are banned.");
  await expect(standing(page)).toContainText("Banned");
  expect((await instance.api("GET", "/partners?search=Ada")).body[0].status).toBe("banned");

  await standing(other).getByRole("button", { name: "Deactivate" }).click();
  await dialog(other).getByRole("button", { name: "Deactivate" }).click();
  await expect(dialog(other).getByRole("alert")).toContainText("banned");
  await dialog(other).getByRole("button", { name: "Close" }).click();
  await expect(standing(other)).toContainText("Banned");

  await standing(page).getByRole("button", { name: "Take back" }).click();
  await dialog(page).getByRole("button", { name: "Take back" }).click();
  await expect(standing(page)).toContainText("In the program");
  await standing(page).getByRole("button", { name: "Deactivate" }).click();
  await dialog(page).getByRole("button", { name: "Deactivate" }).click();
  await expect(standing(page)).toContainText("Deactivated");
  expect((await instance.api("GET", "/partners?search=Ada")).body[0].status).toBe("deactivated");
});

test("two marketers at one group: the second is told, of its name and of who is in it", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const [gold, silver] = await Promise.all(["Gold", "Silver"].map(async (name) => (await instance.api("POST", "/groups", { name })).body.id));
  await visit(page, instance);
  const groups = page.getByRole("region", { name: "Groups" });
  await groups.getByRole("button", { name: "Rename Gold" }).click();
  await instance.api("PATCH", `/groups/${gold}`, { name: "Platinum" });
  await dialog(page).getByLabel("Name").fill("Golden");
  await dialog(page).getByRole("button", { name: "Rename" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("was changed meanwhile");
  await expect(dialog(page).getByLabel("Name")).toHaveValue("Golden");
  await dialog(page).getByRole("button", { name: "Close" }).click();
  await expect(groups).toContainText("Platinum");
  await groups.getByRole("button", { name: "Rename Platinum" }).click();
  await dialog(page).getByLabel("Name").fill("Golden");
  await dialog(page).getByRole("button", { name: "Rename" }).click();
  await expect(groups).toContainText("Golden");

  await page.locator(`tr[data-partner="${ada.id}"]`).getByRole("button").click();
  await standing(page).getByRole("button", { name: "Group" }).click();
  await instance.api("POST", "/partners", { email: ada.email, groupId: silver });
  await dialog(page).getByLabel("Group").selectOption({ label: "Golden" });
  await dialog(page).getByRole("button", { name: "Change the group" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("was changed meanwhile");
  expect((await instance.api("GET", `/partners?search=Ada`)).body[0].groupId).toBe(silver);
});

test("a goal is set in money and in numbers, once, and stands in the scorecard and the portal", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await visit(page, instance);
  await page.locator(`tr[data-partner="${ada.id}"]`).getByRole("button").click();
  await standing(page).getByRole("button", { name: "Revenue goal" }).click();
  await dialog(page).getByLabel("Figure").selectOption("revenue_sourced");
  await dialog(page).getByLabel("Until the end of").selectOption({ index: 4 });
  await dialog(page).getByRole("button", { name: "Set the goal" }).click();
  await expect(dialog(page).getByLabel("Goal")).toBeFocused();
  await dialog(page).getByLabel("Goal").fill("20,000");
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole("button", { name: "Set the goal" }).dblclick();
  await expect(told(page)).toContainText("The goal of Ada Analytics is set.");
  const score = page.locator('tr[data-score="revenue_sourced"]');
  await expect(score.locator('[data-label="Goal"]')).toContainText("$20,000.00");
  // A goal has a period of its own: it is said, and so is what was reached in it.
  await expect(score.locator('[data-label="Goal"] small')).toContainText(/20\d\d/);
  await expect(score.locator('[data-label="Reached"]')).toContainText(/\$[\d,.]+ then/);
  await standing(page).getByRole("button", { name: "Goal in numbers" }).click();
  await dialog(page).getByLabel("Figure").selectOption("leads");
  await dialog(page).getByLabel("Goal").fill("0");
  await dialog(page).getByRole("button", { name: "Set the goal" }).click();
  await expect(dialog(page).getByLabel("Goal")).toHaveAttribute("aria-invalid", "true");
  await dialog(page).getByLabel("Goal").fill("40");
  await dialog(page).getByRole("button", { name: "Set the goal" }).click();
  await expect(dialog(page)).toBeHidden();
  const rows = await instance.rows("SELECT count(*) AS n FROM fact WHERE type = 'partner.goal'");
  expect(rows[0].n).toBe(2);
  // Another marketer sets the same goal meanwhile: whoever is second is told, and theirs counts.
  await standing(page).getByRole("button", { name: "Goal in numbers" }).click();
  const period = await dialog(page).getByLabel("Until the end of").inputValue();
  const theirs = { id: "theirs", type: "partner.goal", at: new Date(Date.now() - 2_000).toISOString(), partner: ada.id, metric: "leads", period, target: 50 };
  expect((await instance.facts([theirs])).body.recorded).toBe(1);
  await dialog(page).getByLabel("Figure").selectOption("leads");
  await dialog(page).getByLabel("Goal").fill("70");
  await dialog(page).getByRole("button", { name: "Set the goal" }).click();
  await expect(told(page)).toContainText("Somebody else had made it 50 meanwhile: what you said counts");
  await expect(page.locator('tr[data-score="leads"] [data-label="Goal"]')).toContainText("70");
  const goals = standing(page).getByRole("list", { name: "Goals" }).getByRole("listitem");
  await expect(goals).toHaveCount(2);
  await goals.filter({ hasText: "Leads: 70" }).getByRole("button", { name: /^Take back/ }).click();
  await dialog(page).getByRole("button", { name: "Take it back" }).dblclick();
  await expect(told(page)).toContainText("The goal of Ada Analytics is taken back.");
  await expect(goals).toHaveCount(1);
  await expect(page.locator('tr[data-score="leads"]')).toHaveCount(0);
  const portal = await (await context.browser().newContext()).newPage();
  const { body } = await instance.api("POST", "/sign-in-links", { partnerId: ada.id });
  await portal.goto(body.url);
  await expect(portal.getByRole("region", { name: "Goals" })).toContainText("$20,000");
  await portal.context().close();
});
