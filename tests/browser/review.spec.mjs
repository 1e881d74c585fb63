// Fraud and holds: what looks suspicious, which commission waits for it, one decision and many, and the rules.

import { expect, findings, open, test, TERMS } from "../support/browser.mjs";

const DAY = 86_400_000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();

/** Customers of a partner with the partner's own address, another who is of a throw-away one, and one who is fair. */
async function suspected(instance, own = 1) {
  const ada = await instance.partner("Ada Analytics", { email: "ada@ada.example" });
  await instance.api("POST", "/terms", TERMS);
  const facts = [];
  const buys = (name, email, amount, day = 200) => facts.push(
    { id: `t-${name}`, type: "touch", kind: "click", at: ago(day), link: "ada-analytics", customer: name },
    { id: `l-${name}`, type: "lead.created", at: ago(day - 1), customer: name, email },
    { id: `s-${name}`, type: "revenue", kind: "new", at: ago(day - 10), customer: name, amount, currency: "USD", invoice: `in-${name}` },
  );
  for (let i = 0; i < own; i++) buys(`own-${i}`, `ada+${i}@ada.example`, 100_000 + i * 1_000);
  buys("thrown", "x@mailinator.com", 40_000);
  buys("fair", "bo@buyer.example", 50_000);
  const { body } = await instance.facts(facts);
  expect(body.recorded).toBe(facts.length);
  // The rules look at it behind the answer.
  await expect.poll(async () => (await instance.rows("SELECT count(*) AS n FROM fraud_due"))[0].n).toBe(0);
  return { ada, all: (await instance.api("GET", "/suspicions?pageSize=100")).body };
}
async function visit(page, instance) {
  await open(page, instance, "marketer");
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Fraud and holds" }).click();
  await expect(page.locator("tr[data-suspicion]").first()).toBeVisible();
}
const row = (page, rule) => page.locator(`tr[data-rule="${rule}"]`);
const dialog = (page) => page.getByRole("dialog");
const dollars = (minor) => (minor / 100).toLocaleString("en-US", { style: "currency", currency: "USD" });
const states = async (instance) => (await instance.rows("SELECT state, count(*) AS n FROM suspicion GROUP BY state ORDER BY state")).map(({ state, n }) => `${n} ${state}`).join(", ");

test("what waits is looked into: why, which commission, cleared, decided otherwise, and held again", async ({ page, instance }) => {
  const { ada } = await suspected(instance);
  await visit(page, instance);
  await expect(page.locator("tr[data-suspicion]")).toHaveCount(2);
  await row(page, "disposable_domain").getByRole("button").click();
  await expect(page.getByRole("region", { name: "What looks suspicious" })).toMatchAriaSnapshot(`
    - region "What looks suspicious":
      - heading "What looks suspicious" [level=2]
      - combobox "Show"
      - table:
        - rowgroup:
          - row:
            - columnheader "What"
            - columnheader "Partner"
            - columnheader "State"
            - columnheader "Since"
        - rowgroup:
          - row /A throw-away address.*Ada Analytics.*Held/:
            - cell:
              - 'checkbox "Choose: A throw-away address, Ada Analytics"'
              - button "A throw-away address" [expanded]
          - row:
            - cell:
              - paragraph: /mailinator\\.com, where everybody gets an address for minutes/
              - term: What is held
              - definition: Commission for every sale to this customer
              - term: On hold
              - definition: /for 1 sale/
              - button "Clear"
              - button "Confirm"`);
  await expect(row(page, "self_referral_email")).toMatchAriaSnapshot(`- row /The customer is the partner.*Ada Analytics.*Held/`);
  expect(await findings(page)).toEqual([]);
  // The commission is the server's, and the statement's.
  const { body: held } = await instance.api("GET", `/commissions?partnerId=${ada.id}&status=hold&invoiceId=in-thrown`);
  expect(held).toHaveLength(1);
  await expect(page.locator("[data-held]")).toHaveText(`${dollars(held[0].earnings)} for 1 sale`);
  const payable = async () => {
    const month = ago(0).slice(0, 7);
    return (await instance.api("GET", `/statements?month=${month}&partnerId=${ada.id}`)).body[0].payableClosing;
  };
  const before = await payable();

  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(dialog(page)).toContainText("the partner is paid for it");
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole("button", { name: "Clear" }).dblclick();
  await expect(page.locator(".told")).toContainText("Cleared: A throw-away address.");
  await expect(row(page, "disposable_domain")).toContainText("Cleared");
  expect(await payable()).toBe(before + held[0].earnings);
  expect((await instance.rows("SELECT version FROM suspicion WHERE rule = 'disposable_domain'"))[0].version).toBe(2);

  // Decided otherwise: a reason is required.
  await page.getByRole("button", { name: "Confirm", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await expect(dialog(page).getByLabel("Reason")).toBeFocused();
  await dialog(page).getByLabel("Reason").fill("Nobody lives there.");
  await dialog(page).getByRole("button", { name: "Confirm" }).click();
  await expect(row(page, "disposable_domain")).toContainText("Confirmed");
  await expect(row(page, "disposable_domain")).toContainText("Nobody lives there.");
  await expect(page.locator("[data-held]")).toHaveText("1 sale");
  expect(await payable()).toBe(before);
  await page.getByRole("button", { name: "Hold again" }).click();
  await dialog(page).getByRole("button", { name: "Hold again" }).click();
  await expect(row(page, "disposable_domain")).toContainText("Held");
  expect(await states(instance)).toBe("2 held");
});

test("many are decided at once, and one undo lets them wait again", async ({ page, instance }) => {
  await suspected(instance, 5);
  await visit(page, instance);
  await page.getByRole("checkbox").first().check();
  const bulk = page.getByRole("group", { name: "Decide those that are chosen" });
  await bulk.getByRole("button", { name: "Choose all that are shown" }).click();
  await expect(page.getByRole("checkbox", { checked: true })).toHaveCount(6);
  expect(await findings(page)).toEqual([]);
  await bulk.getByRole("button", { name: "Confirm 6" }).click();
  await expect(bulk.getByRole("alert")).toContainText("Say why");
  await expect(bulk.getByLabel("Reason for all of them")).toBeFocused();
  expect(await states(instance)).toBe("6 held");
  await bulk.getByLabel("Reason for all of them").fill("All of one house.");
  await bulk.getByRole("button", { name: "Confirm 6" }).dblclick();
  await expect(page.locator(".told")).toContainText("6 of 6 confirmed.");
  await expect(page.getByText("Nothing waits for you")).toBeVisible();
  expect(await states(instance)).toBe("6 confirmed");
  expect(new Set((await instance.rows("SELECT reason, version FROM suspicion")).map((one) => `${one.version} ${one.reason}`))).toEqual(new Set(["2 All of one house."]));
  await page.getByRole("button", { name: "Undo: 6 wait again" }).dblclick();
  await expect(page.locator(".told")).toContainText("6 of 6 wait again.");
  await expect(page.locator("tr[data-suspicion]")).toHaveCount(6);
  expect(await states(instance)).toBe("6 held");
});

test("two marketers: what the other one decided stays theirs, and the second is told", async ({ page, context, instance }) => {
  const { all } = await suspected(instance, 2);
  await visit(page, instance);
  const other = await context.newPage();
  await visit(other, instance);
  const id = all[0].id;
  await other.locator(`tr[data-suspicion="${id}"]`).getByRole("button").click();
  await page.locator(`tr[data-suspicion="${id}"]`).getByRole("button").click();
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Clear" }).click();
  await expect(page.locator(".told")).toContainText("Cleared");
  await other.getByRole("button", { name: "Confirm", exact: true }).click();
  await dialog(other).getByLabel("Reason").fill("Ours.");
  await dialog(other).getByRole("button", { name: "Confirm" }).click();
  await expect(dialog(other).getByRole("alert")).toContainText("decided meanwhile");
  await dialog(other).getByRole("button", { name: "Close" }).click();
  // It waits no longer: the list was asked for anew.
  await expect(other.locator("tr[data-suspicion]")).toHaveCount(2);
  expect(await states(instance)).toBe("1 cleared, 2 held");

  // In the middle of many: one of them is decided behind the back of the page.
  const [first] = (await instance.api("GET", "/suspicions?state=held")).body;
  await other.getByRole("checkbox").first().check();
  await other.getByRole("button", { name: "Choose all that are shown" }).click();
  await instance.api("POST", `/suspicions/${first.id}/confirm`, { version: 1, reason: "Mine." });
  await other.getByRole("button", { name: "Clear 2" }).click();
  await expect(other.locator(".told")).toContainText("1 of 2 cleared.");
  await expect(other.locator(".told")).toContainText("somebody decided meanwhile");
  expect(await states(instance)).toBe("2 cleared, 1 confirmed");
});

test("rules are read, changed, refused with their field, and not overwritten", async ({ page, context, instance }) => {
  await suspected(instance);
  await visit(page, instance);
  const rules = page.getByRole("region", { name: "Rules" });
  const before = (await instance.api("GET", "/fraud-rules")).body;
  await expect(rules.getByLabel("Seconds from click to sale")).toHaveValue(String(before.checkoutSeconds));
  await expect(rules).toMatchAriaSnapshot(`
    - region "Rules":
      - heading "Rules" [level=2]
      - combobox /Suspect the partner.s own people/
      - combobox /throw-away/
      - spinbutton /Seconds from click to sale/
      - spinbutton /Clicks of a link in a day/
      - textbox "Further domains of throw-away addresses"
      - button "Save the rules"`);
  await rules.getByLabel("Seconds from click to sale").fill("99999");
  await rules.getByRole("button", { name: "Save the rules" }).click();
  await expect(rules.getByLabel("Seconds from click to sale")).toBeFocused();
  await expect(rules.getByLabel("Seconds from click to sale")).toHaveAttribute("aria-invalid", "true");
  expect((await instance.api("GET", "/fraud-rules")).body).toEqual(before);
  await rules.getByLabel("Seconds from click to sale").fill("");
  await rules.getByLabel("Further domains of throw-away addresses").fill("fleeting.example\n");
  await rules.getByLabel(/Suspect the partner.s own people/).selectOption("No");
  await rules.getByRole("button", { name: "Save the rules" }).dblclick();
  await expect(page.locator(".told")).toContainText("The rules are saved.");
  const after = (await instance.api("GET", "/fraud-rules")).body;
  expect(after).toEqual({ ...before, version: expect.not.stringContaining(before.version), checkoutSeconds: null, disposableDomains: ["fleeting.example"], selfReferral: false });

  // Another marketer meanwhile: nothing is overwritten silently.
  await instance.api("PUT", "/fraud-rules", { ...after, floodClicks: 12_345 });
  await rules.getByLabel("Customers with a coupon in a month").fill("77");
  await rules.getByRole("button", { name: "Save the rules" }).click();
  await expect(rules.getByRole("alert").last()).toContainText("Somebody has changed the rules meanwhile");
  expect((await instance.api("GET", "/fraud-rules")).body.floodClicks).toBe(12_345);
  await rules.getByRole("button", { name: "Load them anew" }).click();
  await expect(rules.getByLabel("Clicks of a link in a day")).toHaveValue("12345");
  await expect(rules.getByLabel("Customers with a coupon in a month")).toHaveValue(String(before.leakRedemptions));
  // Nor by somebody who may only look.
  const reader = await context.browser().newContext();
  const looks = await reader.newPage();
  const { body: member } = await instance.api("POST", "/members", { email: "fin@example.com", role: "finance" });
  const { body: link } = await instance.api("POST", "/sign-in-links", { memberId: member.id });
  await looks.goto(link.url);
  await looks.goto(`${instance.url}/console/?view=review`);
  await expect(looks.locator("tr[data-suspicion]").first()).toBeVisible();
  await expect(looks.getByRole("note")).toContainText("Your role lets you look here.");
  await looks.locator("tr[data-suspicion] .open").first().click();
  await expect(looks.locator("tr.detail .why").first()).toBeVisible();
  await expect(looks.getByRole("checkbox", { name: /Choose/ })).toHaveCount(0);
  await expect(looks.getByRole("main").getByRole("button", { name: /^(Clear|Confirm|Save the rules)/ })).toHaveCount(0);
  expect(await states(instance)).toBe("2 held");
  await reader.close();
});
