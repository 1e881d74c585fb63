// The program decides about deals that partners registered.

import { expect, findings, open, sharedYear, test } from "../support/browser.mjs";

const register = async (instance, partner, company, more = {}) => {
  const contactEmail = `ada@${company.toLowerCase().replace(/\W+/g, "")}.example`;
  const { status, body } = await instance.api("POST", "/deals", { company, contactEmail, partnerId: partner.id, ...more });
  expect(status).toBe(201);
  return body;
};
const visit = async (page, instance) => {
  await open(page, instance, "marketer");
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Registrations" }).click();
  await expect(page.getByRole("heading", { name: "Registrations", exact: true, level: 2 })).toBeVisible();
};
const row = (page, company) => page.locator("tr[data-registration]").filter({ hasText: company });
const dialog = (page) => page.getByRole("dialog");

test("what waits is decided: approved with its days, rejected with a reason, won with its money", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await register(instance, ada, "Lumen Corp", { amount: 1250000, currency: "USD" });
  await register(instance, eve, "Lumen Corporation", { contactEmail: "bob@lumencorp.example" });
  await visit(page, instance);
  await expect(page.locator("tr[data-registration]")).toHaveCount(2);
  await expect(row(page, "Eve Agency")).toContainText("Waiting");

  await row(page, "Ada Analytics").getByRole("button").click();
  await expect(page.getByRole("region", { name: "Registrations" })).toMatchAriaSnapshot(`
    - region "Registrations":
      - heading "Registrations" [level=2]
      - combobox "Show"
      - table:
        - rowgroup:
          - row:
            - columnheader "Company"
            - columnheader "State"
            - columnheader "Amount"
            - columnheader "Expected close"
            - columnheader "Protected until"
            - columnheader "Registered"
        - rowgroup:
          - row /Lumen Corporation.*Waiting/
          - row /Lumen Corp.*\\$12,500\\.00/
          - row:
            - cell:
              - heading "What happened" [level=3]
              - heading "What was registered" [level=3]
              - heading "Who is like them" [level=3]
              - list:
                - listitem:
                  - strong: Lumen Corporation
                  - text: /deal of Eve Agency, submitted/
              - button "Approve"
              - button "Reject"`);
  expect(await findings(page)).toEqual([]);
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(dialog(page)).toContainText("Approve: Lumen Corp, registered by Ada Analytics");
  expect(await findings(page)).toEqual([]);
  const days = dialog(page).getByLabel("Days of protection");
  await days.fill("99999");
  await dialog(page).getByRole("button", { name: "Approve" }).click();
  await expect(days).toBeFocused();
  await expect(days).toHaveAttribute("aria-invalid", "true");
  await days.fill("30");
  await dialog(page).getByRole("button", { name: "Approve" }).dblclick();
  await expect(page.locator(".told")).toContainText("Lumen Corp is approved and protected");
  await expect(row(page, "Ada Analytics")).toContainText("Approved");
  const events = await instance.rows("SELECT count(*) AS n FROM deal WHERE state = 'approved'");
  expect(events[0].n).toBe(1);

  // The other one is refused by the server as long as this one is protected: it is rejected, with a reason.
  await row(page, "Eve Agency").getByRole("button").click();
  await page.getByRole("button", { name: "Reject" }).click();
  await dialog(page).getByRole("button", { name: "Reject" }).click();
  await expect(dialog(page).getByLabel("Reason")).toBeFocused();
  await dialog(page).getByLabel("Reason").fill("Ada was first.");
  await dialog(page).getByRole("button", { name: "Reject" }).click();
  await expect(row(page, "Eve Agency")).toContainText("Ada was first.");

  await page.getByLabel("Show").selectOption("approved");
  await expect(page.locator("tr[data-registration]")).toHaveCount(1);
  // What is shown is a view: it is there again after a reload, and one goes back from it.
  await expect(page).toHaveURL(/state=approved/);
  await page.reload();
  await expect(page.getByLabel("Show")).toHaveValue("approved");
  await expect(page.locator("tr[data-registration]")).toHaveCount(1);
  await page.getByLabel("Show").selectOption("");
  await expect(page).toHaveURL(/state=all/);
  await page.goBack();
  await expect(page.getByLabel("Show")).toHaveValue("approved");
  await row(page, "Ada Analytics").getByRole("button").click();
  await page.getByRole("button", { name: "Won", exact: true }).click();
  await dialog(page).getByLabel("Amount").fill("11,000.50");
  await dialog(page).getByLabel("Invoice").fill("inv-lumen");
  await dialog(page).getByRole("button", { name: "Won" }).click();
  await expect(row(page, "Ada Analytics")).toContainText("$11,000.50");
  const sales = await instance.rows("SELECT count(*) AS n FROM revenue WHERE amount = 1100050");
  expect(sales[0].n).toBe(1);
});

test("a deal of somebody who is recorded is approved as theirs, and nobody comes twice", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await instance.facts([
    { id: "lc", type: "lead.created", at: "2026-01-06T10:00:00Z", customer: "long", company: "Longacre Outfitters", email: "boss@longacre.example" },
    { id: "oc", type: "opportunity.opened", at: "2026-01-09T10:00:00Z", opportunity: "opp-long", customer: "long", name: "Longacre Outfitters: Growth plan" },
  ]);
  const people = async () => (await instance.rows("SELECT (SELECT count(*) FROM customer) AS customers, (SELECT count(*) FROM opportunity) AS opportunities"))[0];
  const before = await people();
  await register(instance, ada, "Longacre Outfitters", { contactEmail: "buyer@longacre.example" });
  await visit(page, instance);
  await row(page, "Longacre Outfitters").getByRole("button").click();
  await expect(page.getByText(/opportunity: alike by/)).toBeVisible();
  await page.getByRole("button", { name: "Approve" }).click();
  const which = dialog(page).getByLabel("Which opportunity it is");
  await expect(dialog(page).getByLabel("Whose it is")).toHaveValue("");
  await which.selectOption("opp-long");
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole("button", { name: "Approve" }).click();
  await expect(page.locator(".told")).toContainText("Longacre Outfitters is approved and protected");
  expect(await people()).toEqual(before);
  expect(await instance.rows("SELECT opportunity_id AS id FROM deal WHERE state = 'approved'")).toEqual([{ id: "opp-long" }]);
});

test("a page that a network answers with is no empty list, and no yes", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await register(instance, ada, "Harbor Nine");
  await open(page, instance, "marketer");
  const captive = (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<html>Sign in to the train\u2019s network</html>" });
  await page.route("**/api/deals?**", captive);
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Registrations" }).click();
  await expect(page.getByRole("alert")).toContainText("The server cannot be reached from here");
  await page.unroute("**/api/deals?**");
  await page.getByRole("button", { name: "Try again" }).click();
  await row(page, "Harbor Nine").getByRole("button").click();
  await page.route("**/approve", captive);
  await page.getByRole("button", { name: "Approve" }).click();
  await dialog(page).getByRole("button", { name: "Approve" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("The server cannot be reached from here");
  await page.unroute("**/approve");
  await dialog(page).getByRole("button", { name: "Approve" }).click();
  await expect(page.locator(".told")).toContainText("Harbor Nine is approved and protected");
});

test("who puts a question away while it is sent is told where it was refused", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await register(instance, ada, "Harbor Nine");
  await visit(page, instance);
  await row(page, "Harbor Nine").getByRole("button").click();
  let go = () => {};
  const held = new Promise((resolve) => (go = resolve));
  await page.route("**/approve", async (route) => {
    await held;
    return route.fulfill({ status: 409, json: { error: { code: "conflict", message: "version: the deal was changed meanwhile, and is rejected now; read it again", doc_url: "" } } });
  });
  await page.getByRole("button", { name: "Approve" }).click();
  await dialog(page).getByRole("button", { name: "Approve" }).click();
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toBeHidden();
  go();
  await expect(page.locator(".stale")).toContainText("was not taken. version: the deal was changed meanwhile");
});

test("a deal is won as it was registered: its amount and its currency stand there, whatever it is", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  for (const [company, amount, currency, typed] of [["Euro Works", 500_000, "EUR", "5000.00"], ["Yen Works", 12_345, "JPY", "12345"], ["Dinar Works", 12_345, "KWD", "12.345"]]) {
    const { body: deal } = await instance.api("POST", "/deals", { partnerId: ada.id, company, contactEmail: `hi@${company.split(" ")[0].toLowerCase()}.example`, amount, currency });
    await instance.api("POST", `/deals/${deal.id}/approve`, { version: deal.version });
    await visit(page, instance);
    await page.getByLabel("Show").selectOption("approved");
    await row(page, company).getByRole("button").click();
    await page.getByRole("button", { name: "Won", exact: true }).click();
    await expect(dialog(page).getByLabel("Amount")).toHaveValue(typed);
    await expect(dialog(page).getByLabel("Currency")).toHaveValue(currency);
    await dialog(page).getByRole("button", { name: "Won" }).click();
    await expect(page.locator(".told")).toContainText(`${company} is won.`);
    expect(await instance.rows("SELECT amount, currency FROM revenue WHERE currency = ?1 ORDER BY at DESC LIMIT 1", currency)).toEqual([{ amount, currency }]);
  }
});

test("two marketers at one deal: the second is told, and sees what the first decided", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await register(instance, ada, "Harbor Nine");
  await visit(page, instance);
  const other = await context.newPage();
  await visit(other, instance);
  for (const tab of [page, other]) await row(tab, "Harbor Nine").getByRole("button").click();
  await page.getByRole("button", { name: "Approve" }).click();
  await dialog(page).getByRole("button", { name: "Approve" }).click();
  await expect(row(page, "Harbor Nine")).toContainText("Approved");
  await other.getByRole("button", { name: "Reject" }).click();
  await dialog(other).getByLabel("Reason").fill("Not for us.");
  await dialog(other).getByRole("button", { name: "Reject" }).click();
  await expect(dialog(other).getByRole("alert")).toContainText("The deal was changed meanwhile, and is approved now");
  await expect(dialog(other).getByRole("button", { name: "Reject" })).toBeHidden();
  await dialog(other).getByRole("button", { name: "Close" }).click();
  // It waits no longer: the list was asked for anew.
  await expect(other.getByText("Nothing waits for you")).toBeVisible();
  expect(await findings(other)).toEqual([]);
});
