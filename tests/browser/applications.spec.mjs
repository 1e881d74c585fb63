// Somebody applies to the program without script, and the marketer decides in the console.

import { expect, findings, open, sharedYear, test } from "../support/browser.mjs";

const panel = (page) => page.getByRole("region", { name: "Applications" });
const dialog = (page) => page.getByRole("dialog");
const told = (page) => page.locator(".told").first();
const visit = async (page, instance) => {
  await open(page, instance, "marketer");
  await page.goto(`${instance.url}/console/?view=partners`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
};

/** Fills in the form as a person does, who takes a while. */
async function apply(page, instance, company, email) {
  await page.goto(`${instance.url}/portal/apply`);
  await page.getByLabel("Name", { exact: true }).fill("Mira Moss");
  await page.getByLabel("Work email").fill(email);
  await page.getByLabel("Company").fill(company);
  await page.getByLabel(/recommend us/).fill("We build shops.");
  await page.waitForTimeout(2_100);
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("heading", { name: "Thank you: it has arrived" })).toBeVisible();
}

test("without script: every mistake beside its field, then thanks; a reload asks nothing twice", async ({ browser, page, instance }) => {
  await instance.api("PATCH", "/program", { applications: true });
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const applicant = await plain.newPage();
  await applicant.goto(`${instance.url}/portal/apply`);
  await expect(applicant.getByRole("main")).toMatchAriaSnapshot(`
    - main:
      - paragraph: Northbeam
      - heading "Become a partner" [level=1]
      - textbox /Name/
      - textbox /email/
      - textbox /Company/
      - textbox /Website/
      - textbox /recommend us/
      - button "Apply"`);
  await applicant.waitForTimeout(2_100);
  // The browser's own checks are passed by: the server's are what counts.
  await applicant.locator("form").evaluate((form) => form.setAttribute("novalidate", ""));
  await applicant.getByLabel("Company").fill("Moss & Sons");
  await applicant.getByRole("button", { name: "Apply" }).click();
  await expect(applicant.getByRole("alert")).toContainText("A few things need another look");
  await expect(applicant.getByLabel("Company")).toHaveValue("Moss & Sons");
  await applicant.getByRole("alert").getByRole("link").first().click();
  await expect(applicant.getByLabel("Name", { exact: true })).toBeFocused();
  await apply(applicant, instance, "Moss & Sons", "mira@moss.example");
  await applicant.reload();
  expect((await instance.api("GET", "/applications")).body).toHaveLength(1);
  await plain.close();
  await page.goto(`${instance.url}/portal/apply`);
  expect(await findings(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});

test("the marketer opens the door, lets one in with a group, and declines another", async ({ page, context, instance }) => {
  await sharedYear(instance);
  await instance.api("POST", "/groups", { name: "Gold" });
  await open(page, instance, "marketer");
  await page.goto(`${instance.url}/console/?view=settings&section=program`);
  const sheet = page.getByRole("region", { name: "Partners" });
  await sheet.getByLabel("Take applications").selectOption("Yes");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".told").filter({ hasText: "What holds for partners is saved." })).toBeVisible();
  const applicant = await context.browser().newContext().then((plain) => plain.newPage());
  await apply(applicant, instance, "Moss & Sons", "mira@moss.example");
  await apply(applicant, instance, "Nils Media", "nils@media.example");

  await visit(page, instance);
  await expect(panel(page).getByRole("listitem")).toHaveCount(2);
  await expect(panel(page)).toMatchAriaSnapshot(`
    - region "Applications":
      - heading "Applications" [level=2]
      - list:
        - listitem:
          - strong: Nils Media
          - paragraph: /nils@media\\.example/
          - button "Approve Nils Media"
          - button "Decline Nils Media"
        - listitem:
          - strong: Moss & Sons`);
  expect(await findings(page)).toEqual([]);
  await panel(page).getByRole("button", { name: "Approve Moss & Sons" }).click();
  await dialog(page).getByLabel("Group").selectOption("Gold");
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole("button", { name: "Approve" }).dblclick();
  await expect(told(page)).toContainText("Moss & Sons is in the program.");
  const { body: partners } = await instance.api("GET", "/partners?search=Moss");
  expect(partners.map(({ name, email }) => [name, email])).toEqual([["Moss & Sons", "mira@moss.example"]]);
  await expect(page.locator(`tr[data-partner="${partners[0].id}"]`)).toContainText("Gold");

  // The second of two marketers is told.
  const other = await context.newPage();
  await visit(other, instance);
  await panel(page).getByRole("button", { name: "Decline Nils Media" }).click();
  await dialog(page).getByLabel("Reason").fill("Not our field.");
  await dialog(page).getByRole("button", { name: "Decline" }).click();
  await expect(panel(page)).toContainText("Nobody waits for an answer.");
  await panel(other).getByRole("button", { name: "Approve Nils Media" }).click();
  await dialog(other).getByRole("button", { name: "Approve" }).click();
  await expect(dialog(other).getByRole("alert")).toContainText("somebody decided meanwhile");
  await dialog(other).getByRole("button", { name: "Close" }).click();
  await expect(panel(other)).toContainText("Nobody waits for an answer.");
  expect((await instance.api("GET", "/partners")).body).toHaveLength(3);

  // Somebody who asks with the address of a partner: it is said, and nobody new is promised.
  await apply(applicant, instance, "Other Moss", "mira@moss.example");
  await visit(page, instance);
  await expect(panel(page)).toContainText("This is the address of Moss & Sons, who is in the program already");
  await panel(page).getByRole("button", { name: "Approve Other Moss" }).click();
  await dialog(page).getByRole("button", { name: "Approve" }).click();
  await expect(told(page)).toContainText("Other Moss is approved, and is Moss & Sons, who was in the program already.");
  expect((await instance.api("GET", "/partners")).body).toHaveLength(3);
  await applicant.context().close();
});
