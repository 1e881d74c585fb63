import { expect, findings, test } from "../support/browser.mjs";

/** Adds somebody to a partner's team. */
async function add(instance, partner, name, role) {
  const { status, body } = await instance.api("POST", "/members", { name, email: `${name.toLowerCase()}@ada.example`, role, partnerId: partner.id });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

/** A partner with two admins and a member. */
async function team(instance) {
  const ada = await instance.partner("Ada Analytics");
  const grace = await add(instance, ada, "Grace", "partner_admin");
  const linus = await add(instance, ada, "Linus", "partner_member");
  return { ada, grace, linus };
}

/** Opens the team as one of its people. */
async function visit(page, instance, member) {
  const { body } = await instance.api("POST", "/sign-in-links", { memberId: member.id });
  await page.goto(body.url);
  await expect(page.locator("#app")).toHaveAttribute("data-state", /ready|empty/);
  await page.getByRole("link", { name: "Team" }).click();
  await expect(page.locator("[data-member]").first()).toBeVisible();
}

const row = (page, email) => page.locator(`[data-member="${email}"]`);
const act = (page, email, name) => row(page, email).getByRole("button", { name });

test("an admin adds somebody, changes their role, and shows them out", async ({ page, instance }) => {
  const { grace } = await team(instance);
  await visit(page, instance, grace);
  await expect(row(page, "grace@ada.example")).toMatchAriaSnapshot(`
    - row /Grace You grace@ada.example Admin/:
      - cell "Grace You"
      - cell "grace@ada.example"
      - cell "Admin"
      - cell
      - cell:
        - button "Sign-in link Grace"
        - button "Make member Grace"
        - button "Remove Grace"
  `);
  expect(await findings(page)).toEqual([]);

  await page.getByRole("button", { name: "Add somebody" }).click();
  await expect(page.getByLabel("Name")).toBeFocused();
  const send = page.locator(".typed [type=submit]");
  await page.getByLabel("E-mail").fill("nobody");
  await send.click();
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await expect(page.getByLabel("E-mail")).toHaveAccessibleDescription(/@/);
  // Who is there already is told by the server.
  await page.getByLabel("Name").fill("Margaret");
  await page.getByLabel("E-mail").fill("linus@ada.example");
  await send.click();
  await expect(page.getByLabel("E-mail")).toHaveAccessibleDescription(/Is a member already/);
  expect(await findings(page)).toEqual([]);
  await expect(page.getByLabel("Name")).toHaveValue("Margaret");
  await page.getByLabel("E-mail").fill("margaret@ada.example");
  await send.dblclick();
  await expect(page.getByRole("status").filter({ hasText: "Margaret is in the team" })).toBeFocused();
  await expect(row(page, "margaret@ada.example")).toContainText("Member");
  expect(await instance.rows("SELECT count(*) AS n FROM member WHERE email = 'margaret@ada.example'")).toEqual([{ n: 1 }]);

  const dialog = page.getByRole("dialog");
  await act(page, "margaret@ada.example", "Make admin").click();
  await dialog.getByRole("button", { name: "Change the role" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Margaret is an admin now" })).toBeFocused();
  await expect(row(page, "margaret@ada.example")).toContainText("Admin");

  await act(page, "linus@ada.example", "Remove").click();
  await expect(dialog).toMatchAriaSnapshot(`
    - dialog "Remove Linus?":
      - heading "Remove Linus?" [level=2]
      - paragraph: /signed out at once/
      - button "Remove"
      - button "Cancel"
  `);
  expect(await findings(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(row(page, "linus@ada.example")).toBeVisible();
  await act(page, "linus@ada.example", "Remove").click();
  await dialog.getByRole("button", { name: "Remove" }).dblclick();
  await expect(page.getByRole("status").filter({ hasText: "no longer in the team" })).toBeVisible();
  await expect(row(page, "linus@ada.example")).toHaveCount(0);
});

test("a sign-in link lets somebody in, once", async ({ page, browser, instance }) => {
  const { grace, linus } = await team(instance);
  await visit(page, instance, grace);
  await act(page, "linus@ada.example", "Sign-in link").click();
  await page.getByRole("dialog").getByRole("button", { name: "Make the link" }).click();
  const told = page.getByRole("status").filter({ hasText: "sign-in link for Linus" });
  await expect(told).toContainText(/It works once, until \d\d:\d\d UTC/);
  await expect(told.getByRole("button", { name: /Copy/ })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  const url = await told.locator("code").textContent();
  const other = await browser.newContext();
  const theirs = await other.newPage();
  await theirs.goto(url);
  await expect(theirs).toHaveURL(`${instance.url}/portal/`);
  const session = await theirs.evaluate(async () => (await fetch("/api/session")).json());
  expect(session.memberId).toBe(linus.id);
  await other.close();
});

test("the last admin stays, and a server that fails is asked again", async ({ page, instance }) => {
  const { grace } = await team(instance);
  await visit(page, instance, grace);
  const dialog = page.getByRole("dialog");
  // All other admins go first.
  const others = page.locator("[data-member]").filter({ has: page.getByText("Admin", { exact: true }) }).filter({ hasNotText: "Grace" });
  for (let left = await others.count(); left > 0; left--) {
    await others.first().getByRole("button", { name: "Remove" }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await expect(others).toHaveCount(left - 1);
  }
  await act(page, "grace@ada.example", "Remove").click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Somebody must stay owner, and admin of each partner");
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(row(page, "grace@ada.example")).toBeVisible();

  await page.route("**/api/members?*", (route) => route.fulfill({ status: 503, body: "" }));
  await page.reload();
  await expect(page.getByRole("alert")).toContainText(/status 503/);
  expect(await findings(page)).toEqual([]);
  await page.unroute("**/api/members?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(row(page, "grace@ada.example")).toBeVisible();
  // A question whose answer does not come stays open.
  await act(page, "linus@ada.example", "Remove").click();
  await page.route("**/api/members/*", (route) => route.abort());
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(dialog.getByRole("alert")).toContainText(/cannot be reached/);
  await page.unroute("**/api/members/*");
  await dialog.getByRole("button", { name: "Remove" }).click();
  await expect(row(page, "linus@ada.example")).toHaveCount(0);
});

test("an admin who steps down sees the list of the others no more, and signs in again", async ({ page, instance }) => {
  const { grace } = await team(instance);
  await visit(page, instance, grace);
  await act(page, "grace@ada.example", "Make member").click();
  await page.getByRole("dialog").getByRole("button", { name: "Change the role" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Grace is a member now" })).toBeVisible();
  await expect(page.getByRole("alert")).toContainText("The list could not be loaded");
  await expect(page.locator("[data-member]")).toHaveCount(0);
});

test("a member sees who is in the team, and nothing of another's", async ({ page, instance }) => {
  const { linus } = await team(instance);
  const eve = await instance.partner("Eve Agency");
  await add(instance, eve, "Mallory", "partner_member");
  await visit(page, instance, linus);
  await expect(page.getByRole("table")).toMatchAriaSnapshot(`
    - table:
      - rowgroup:
        - row "Name E-mail Role Since"
      - rowgroup:
        - row /Grace/
        - row /Linus You linus@ada.example Member/
  `);
  await expect(page.getByText("Only an admin of your team adds people")).toBeVisible();
  await expect(page.getByRole("button", { name: /Add|Remove|Make|link/ })).toHaveCount(0);
  await expect(page.locator("body")).not.toContainText("Mallory");
  expect(await findings(page)).toEqual([]);
});

for (const [width, scheme] of [[360, "light"], [360, "dark"], [768, "dark"], [1440, "light"]]) {
  test(`fits ${width} px, ${scheme}`, async ({ page, instance }) => {
    const { ada, grace } = await team(instance);
    await add(instance, ada, "Wolfeschlegelsteinhausenbergerdorff", "partner_member");
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await visit(page, instance, grace);
    await page.getByRole("button", { name: "Add somebody" }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    expect(await findings(page)).toEqual([]);
  });
}
