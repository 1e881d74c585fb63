// How the program counts, looks and talks to other systems, and who may change it.

import { expect, findings, native, sharedYear, test } from "../support/browser.mjs";
import { start } from "../support/instance.mjs";
import { receiver } from "../support/receiver.mjs";

/** Opens a section of the settings as somebody of the program. */
const visit = async (page, instance, section, role = "owner") => {
  const { body: members } = await instance.api("GET", "/members");
  let member = members.find((known) => known.role === role);
  if (!member) ({ body: member } = await instance.api("POST", "/members", { email: `${role}@northbeam.example`, role }));
  const { body: link } = await instance.api("POST", "/sign-in-links", { memberId: member.id });
  await page.goto(link.url);
  await page.goto(`${instance.url}/console/?view=settings&section=${section}`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", /ready|empty/);
  await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
};
const dialog = (page) => page.getByRole("dialog");
const told = (page) => page.locator(".told");

test("a policy is tried, seen to move what the engine says, and saved", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await visit(page, instance, "policy", "marketer");
  await expect(page.getByLabel("New business: model")).toHaveValue("first");
  await expect(page.getByLabel("Renewals: window in days")).toHaveValue("90");
  await expect(page.getByRole("region", { name: "Attribution policy" })).toMatchAriaSnapshot(`
    - region "Attribution policy":
      - heading "Attribution policy" [level=2]
      - 'combobox "New business: model"'
      - 'spinbutton "New business: window in days"': "30"
      - 'combobox "Renewals: model"'
      - 'spinbutton "Renewals: window in days"': "90"
      - 'combobox "Expansions: model"'
      - 'spinbutton "Expansions: window in days"': "90"
      - combobox "Where partners disagree, what decides"
      - combobox "A direct visit is"
      - spinbutton "Repeats count once within, in seconds": "0"
      - combobox "It holds from"
      - button "Save as a new version…"`);
  expect(await findings(page)).toEqual([]);

  // What it would have moved, by the engine's own figures for the same model and window.
  for (const kind of ["New business", "Renewals", "Expansions"]) {
    await page.getByLabel(`${kind}: model`).selectOption("last");
    await page.getByLabel(`${kind}: window in days`).fill("60");
    await page.getByLabel(`${kind}: window in days`).blur();
  }
  const rows = page.locator("tr[data-partner]");
  await expect(rows.first()).toBeVisible();
  const [before, after] = [await native(page, { by: "partner" }), await native(page, { model: "last", window: 60, by: "partner" })];
  await expect(page.locator(".outcome")).toContainText("of revenue");
  for (const { id } of [ada, eve]) {
    const row = page.locator(`tr[data-partner="${id}"]`);
    const values = await row.locator("[data-value]").evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.value)));
    expect(values).toEqual([before.by[id], after.by[id]]);
  }

  // What cannot be is named before anything is asked.
  await page.getByLabel("New business: window in days").fill("4000");
  await page.getByRole("button", { name: "Save as a new version…" }).click();
  await expect(page.getByLabel("New business: window in days")).toBeFocused();
  await expect(page.getByLabel("New business: window in days")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("New business: window in days").fill("60");
  await page.getByLabel("It holds from").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Save as a new version…" }).click();
  await expect(dialog(page)).toContainText("Save this policy as version 2?");
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole("button", { name: "Save the policy" }).dblclick();
  await expect(told(page)).toContainText("Version 2 of the policy holds from");
  await expect(page.locator("tr[data-version]")).toHaveCount(2);
  const { body: versions } = await instance.api("GET", "/policies");
  expect(versions.map(({ version, new: rule }) => [version, rule.model, rule.window])).toEqual([[1, "first", 30], [2, "last", 60]]);
  // Saved, it is no difference any more.
  await page.getByRole("button", { name: "Save as a new version…" }).click();
  await expect(page.getByText("Nothing differs from the policy that holds.")).toBeVisible();
});

test("two marketers at one policy: the second is told, sees the first one's, and loses nothing typed", async ({ page, context, instance }) => {
  await sharedYear(instance);
  await visit(page, instance, "policy");
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByLabel("New business: model")).toHaveValue("first");
  await page.getByLabel("Renewals: window in days").fill("120");
  await page.getByRole("button", { name: "Save as a new version…" }).click();
  await dialog(page).getByRole("button", { name: "Save the policy" }).click();
  await expect(told(page)).toContainText("Version 2");

  await other.getByLabel("New business: window in days").fill("45");
  await other.getByRole("button", { name: "Save as a new version…" }).click();
  await dialog(other).getByRole("button", { name: "Save the policy" }).click();
  await expect(dialog(other).getByRole("alert")).toContainText("another version was added meanwhile");
  await dialog(other).getByRole("button", { name: "Close" }).click();
  await expect(other.getByLabel("Renewals: window in days")).toHaveValue("120");
  expect((await instance.api("GET", "/policies")).body).toHaveLength(2);
});

test("what two marketers hold against a policy elsewhere becomes the draft here", async ({ page, instance }) => {
  await sharedYear(instance);
  await visit(page, instance, "policy");
  await page.goto(`${instance.url}/console/?view=models&with=u&with_window=90`);
  await page.getByRole("link", { name: "Change the policy to it…" }).click();
  await expect(page.getByLabel("New business: model")).toHaveValue("u");
  await expect(page.getByLabel("Expansions: window in days")).toHaveValue("90");
  await expect(page.locator(".outcome")).toBeVisible();
});

test("name, colour, hosts and consent are saved; what cannot be is named; nobody overwrites the other", async ({ page, context, instance }) => {
  await sharedYear(instance);
  await visit(page, instance, "program");
  const brand = (tab) => tab.getByRole("region", { name: "Name and colour" });
  await expect(brand(page).getByLabel("Name")).toHaveValue("Northbeam");
  await expect(brand(page).getByLabel("Colour")).toHaveValue("#0f766e");
  await expect(page.getByLabel("Read ?ref= and ?a= as a partner, too")).toHaveValue("false");
  await expect(page.getByLabel("Where links may lead")).toHaveValue("example.com\n*.example.com\nnorthbeam.example");
  expect(await findings(page)).toEqual([]);
  await expect(brand(page)).toMatchAriaSnapshot(`
    - region "Name and colour":
      - heading "Name and colour" [level=2]
      - textbox "Name": Northbeam
      - textbox "Website": https://northbeam.example
      - textbox "Where a broken link leads": https://northbeam.example
      - button "Save"`);

  const other = await context.newPage();
  await other.goto(page.url());
  await expect(brand(other).getByLabel("Name")).toHaveValue("Northbeam");

  await brand(page).getByLabel("Where a broken link leads").fill("https://elsewhere.example/");
  await brand(page).getByRole("button", { name: "Save" }).click();
  await expect(brand(page).getByLabel("Where a broken link leads")).toBeFocused();
  await expect(brand(page).getByLabel("Where a broken link leads")).toHaveAttribute("aria-invalid", "true");
  await brand(page).getByLabel("Where a broken link leads").fill("https://example.com/oops");
  await brand(page).getByLabel("Name").fill("Northbeam Labs");
  await brand(page).getByRole("button", { name: "Save" }).dblclick();
  await expect(told(page)).toContainText("Name and colour are saved");
  const { body: saved } = await instance.api("GET", "/program");
  expect([saved.name, saved.fallbackUrl, saved.color]).toEqual(["Northbeam Labs", "https://example.com/oops", "#0f766e"]);

  // The other tab is told, shows what is there now, keeps what was typed, and saves at the second try.
  await brand(other).getByLabel("Name").fill("Southbeam");
  await brand(other).getByRole("button", { name: "Save" }).click();
  await expect(brand(other).getByText("Somebody else changed the settings meanwhile")).toBeVisible();
  await expect(brand(other).getByText("Meanwhile somebody else made this “Northbeam Labs”")).toBeVisible();
  await expect(brand(other).getByLabel("Where a broken link leads")).toHaveValue("https://example.com/oops");
  await expect(brand(other).getByLabel("Name")).toHaveValue("Southbeam");
  await brand(other).getByRole("button", { name: "Save" }).click();
  await expect(told(other)).toContainText("Name and colour are saved");
  expect((await instance.api("GET", "/program")).body.name).toBe("Southbeam");

  const visitors = other.getByRole("region", { name: "Consent and privacy" });
  await visitors.getByLabel("Visitors").selectOption("opt_in");
  await visitors.getByRole("button", { name: "Save" }).click();
  await expect(told(other)).toContainText("Consent and privacy are saved");
  const utm = other.getByRole("region", { name: "UTM template" });
  await utm.getByLabel("utm_source").fill("{partner}");
  await utm.getByRole("button", { name: "Save" }).click();
  await expect(told(other)).toContainText("The template is saved");
  const domains = other.getByRole("region", { name: "Domains" });
  await domains.getByLabel("Short domains").fill("https://go.example.com");
  await domains.getByRole("button", { name: "Save" }).click();
  await expect(domains.getByText("Each must be a host such as example.com")).toBeVisible();
  await domains.getByLabel("Short domains").fill("go.example.com\n");
  await domains.getByRole("button", { name: "Save" }).click();
  await expect(told(other)).toContainText("The domains are saved");
  const { body: last } = await instance.api("GET", "/program");
  expect([last.consent, last.utm, last.domains]).toEqual(["opt_in", { source: "{partner}" }, ["go.example.com"]]);
});

test("a key is made with its scopes, shown once, and revoked", async ({ page, instance }) => {
  await visit(page, instance, "keys");
  await page.getByRole("button", { name: "Make a key" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("CRM sync");
  await page.getByRole("button", { name: "Make the key" }).click();
  await expect(page.getByText("Must name at least one")).toBeVisible();
  await page.getByLabel("Record facts of any kind").check();
  await page.getByLabel("Read the feed").check();
  expect(await findings(page)).toEqual([]);
  await page.getByRole("button", { name: "Make the key" }).click();
  await expect(told(page)).toContainText("It is shown here, and never again.");
  const key = await told(page).locator("code").innerText();
  expect((await instance.api("GET", "/session", undefined, { key })).status).not.toBe(500);
  expect((await instance.api("GET", "/keys", undefined, { key })).status).toBe(403);
  const row = page.locator("tr[data-key]").filter({ hasText: "CRM sync" });
  await expect(row).toContainText("facts:read, facts:write");
  await row.getByRole("button", { name: "Revoke CRM sync" }).click();
  await dialog(page).getByRole("button", { name: "Revoke the key" }).click();
  await expect(row).toContainText("Revoked");
  expect((await instance.api("GET", "/keys", undefined, { key })).status).toBe(401);
  await expect(page.getByRole("region", { name: "API keys" })).toMatchAriaSnapshot(`
    - region "API keys":
      - heading "API keys" [level=2]
      - table:
        - rowgroup:
          - row:
            - columnheader "Name"
            - columnheader "Kind"
            - columnheader "May"
            - columnheader "Made"
            - columnheader "Last used"
            - columnheader "Changes"
        - rowgroup:
          - row /CRM sync.*Revoked/
          - row /Setup.*Revoke/
          - row /Setup.*Revoke/`);
  // A marketer is told that this is not theirs to see.
  await page.context().clearCookies();
  await visit(page, instance, "keys", "marketer");
  await expect(page.getByRole("heading", { name: "The list could not be loaded" })).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test("a webhook is added, tested, seen in its log, paused and removed", async ({ page }) => {
  // A developer's own instance: webhooks may go to this machine.
  const instance = await start({ bindings: { DEVELOPMENT: "1" } });
  const ends = [() => instance.stop()];
  try {
    const to = await receiver({ after: (end) => ends.push(end) });
    await visit(page, instance, "webhooks");
    await expect(page.getByText("Nothing is sent anywhere yet.")).toBeVisible();
    await page.getByRole("button", { name: "Add an endpoint" }).click();
    await page.getByLabel("Address").fill("ftp://example.com");
    await page.getByLabel("lead.created").check();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByLabel("Address")).toBeFocused();
    await page.getByLabel("Address").fill(to.url);
    await page.getByRole("button", { name: "Add", exact: true }).dblclick();
    await expect(told(page)).toContainText("Its secret is shown here, and never again");
    await expect(told(page).locator("code")).toContainText("whsec_");
    const row = page.locator("li[data-endpoint]");
    await expect(row).toHaveCount(1);
    expect(await findings(page)).toEqual([]);

    await row.getByRole("button", { name: "Send a test" }).click();
    await dialog(page).getByRole("button", { name: "Send it" }).click();
    const log = page.getByRole("region", { name: /^Log of http/ });
    await expect(log.getByText("webhook.test")).toBeVisible();
    await expect(async () => {
      await log.getByRole("button", { name: "Look again" }).click();
      await expect(log.locator("tr[data-delivery]")).toContainText("Delivered", { timeout: 500 });
    }).toPass();
    await to.until(1);
    expect(await findings(page)).toEqual([]);
    await expect(log).toMatchAriaSnapshot(`
      - region /Log of/:
        - heading /Log of/ [level=2]
        - combobox "Show"
        - button "Look again"
        - table:
          - rowgroup:
            - row:
              - columnheader "Message"
              - columnheader "State"
              - columnheader "Tries"
              - columnheader "Outcome"
              - columnheader "When"
          - rowgroup:
            - row /webhook\\.test Delivered 1 200/`);

    await row.getByRole("button", { name: "Pause" }).click();
    await dialog(page).getByRole("button", { name: "Pause" }).click();
    await expect(row).toContainText("Paused");
    await row.getByRole("button", { name: "Remove" }).click();
    await dialog(page).getByRole("button", { name: "Remove" }).click();
    await expect(page.getByText("Nothing is sent anywhere yet.")).toBeVisible();
  } finally {
    for (const end of ends.reverse()) await end();
  }
});

test("people come, change their role and go; what was changed stands in the log", async ({ page, instance }) => {
  await visit(page, instance, "people");
  await page.getByRole("button", { name: "Add somebody" }).click();
  await page.getByLabel("E-mail").fill("fin@northbeam");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await page.getByLabel("Name").fill("Fin Finance");
  await page.getByLabel("E-mail").fill("fin@northbeam.example");
  await page.locator("form").getByLabel("Role").selectOption("finance");
  await page.getByRole("button", { name: "Add", exact: true }).dblclick();
  const row = page.locator('tr[data-member="fin@northbeam.example"]');
  await expect(row).toContainText("Finance");
  expect(await findings(page)).toEqual([]);
  await row.getByRole("button", { name: "Role Fin Finance" }).click();
  await dialog(page).getByLabel("Role").selectOption("marketer");
  await dialog(page).getByRole("button", { name: "Change the role" }).click();
  await expect(row).toContainText("Marketer");
  // The last owner stays.
  const owner = page.locator('tr[data-member="owner@northbeam.example"]');
  await owner.getByRole("button", { name: /Remove/ }).click();
  await dialog(page).getByRole("button", { name: "Remove" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText(/owner/i);
  await dialog(page).getByRole("button", { name: "Close" }).click();
  await row.getByRole("button", { name: /Remove/ }).click();
  await dialog(page).getByRole("button", { name: "Remove" }).click();
  await expect(row).toHaveCount(0);

  await page.getByRole("link", { name: "Log of changes" }).click();
  await expect(page).toHaveURL(/section=log/);
  await page.getByLabel("Show").selectOption("member");
  const changes = page.locator("tr[data-change]");
  await expect(changes.first()).toContainText("People deleted");
  await expect(changes.first()).toContainText("owner@northbeam.example");
  await changes.nth(1).locator("summary").click();
  await expect(changes.nth(1)).toContainText("role: finance → marketer");
  expect(await findings(page)).toEqual([]);
  const { body: audit } = await instance.api("GET", "/audit?kind=member");
  await expect(changes).toHaveCount(audit.length);
  await expect(page.getByRole("region", { name: "Log of changes" })).toMatchAriaSnapshot(`
    - region "Log of changes":
      - heading "Log of changes" [level=2]
      - table:
        - rowgroup:
          - row:
            - columnheader "When"
            - columnheader "Who"
            - columnheader "What"
            - columnheader "Change"
        - rowgroup:
          - row /People deleted/`);
});

test("terms are written as rules, read as sentences, saved as a version, and decide what is paid", async ({ page, context, instance }) => {
  await sharedYear(instance);
  await visit(page, instance, "terms");
  const panel = page.getByRole("region", { name: "Terms of commission" });
  await expect(panel.getByText("No rule yet")).toBeVisible();
  const editor = page.getByRole("dialog", { name: "A rule" });
  await panel.getByRole("button", { name: "Add a rule…" }).click();
  await editor.getByLabel("Name").fill("Gold");
  await editor.getByLabel("Share in per cent").fill("120");
  await editor.getByRole("button", { name: "Keep the rule" }).click();
  await expect(editor.getByLabel("Share in per cent")).toBeFocused();
  await expect(editor.getByText("Write a share of at most 100, such as 12.5.")).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await editor.getByLabel("Share in per cent").fill("12.5");
  await editor.getByLabel("New business").check();
  await editor.getByLabel("Days until it is approved").fill("30");
  await editor.getByLabel("At most a month, to one partner").fill("5,000");
  await editor.getByRole("button", { name: "Keep the rule" }).click();
  await expect(editor.getByText("Say in which currency the amount is.")).toBeVisible();
  await editor.getByLabel("Only for sales in").selectOption("USD");
  await editor.getByRole("button", { name: "Keep the rule" }).click();
  await expect(editor).toBeHidden();
  await expect(panel.locator("li[data-rule]")).toContainText("12.5% of the credited amount, for new business, at most $5,000.00 a month; approved after 30 days.");

  await panel.getByRole("button", { name: "Add a rule…" }).click();
  await expect(editor.getByLabel("Name")).toHaveValue("");
  await editor.getByLabel("Name").fill("Gold");
  await editor.getByLabel("Share in per cent").fill("5");
  await editor.getByRole("button", { name: "Keep the rule" }).click();
  await expect(editor.getByText("Another rule is called that.")).toBeVisible();
  await editor.getByLabel("Name").fill("Everything else");
  await editor.getByRole("button", { name: "Keep the rule" }).click();
  await expect(panel).toMatchAriaSnapshot(`
    - region "Terms of commission":
      - heading "Terms of commission" [level=2]
      - list:
        - listitem:
          - strong: Gold
          - paragraph: /12\\.5% of the credited amount/
          - button "Change Gold"
          - button "Remove Gold"
        - listitem:
          - strong: Everything else
          - paragraph: 5% of the credited amount.
          - button "Change Everything else"
          - button "Earlier Everything else"
          - button "Remove Everything else"
      - button "Add a rule…"
      - combobox "They hold from"
      - button "Save as a new version…"`);
  expect(await findings(page)).toEqual([]);

  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByText("No rule yet")).toBeVisible();
  await panel.getByLabel("They hold from").selectOption({ label: "The first sale: everything so far" });
  await panel.getByRole("button", { name: "Save as a new version…" }).click();
  await dialog(page).getByRole("button", { name: "Save the terms" }).dblclick();
  await expect(told(page)).toContainText("Version 1 of the terms holds from the first sale on.");
  const { body: terms } = await instance.api("GET", "/terms");
  expect(terms).toHaveLength(1);
  expect(terms[0].rules.map(({ name, pay, hold }) => [name, pay, hold])).toEqual([["Gold", { percent: 125_000 }, 30], ["Everything else", { percent: 50_000 }, 0]]);
  await panel.getByRole("button", { name: "Save as a new version…" }).click();
  await expect(panel.getByText("Nothing differs from the terms that hold.")).toBeVisible();

  // The second of two is told; what they wrote stays, and the other's version is shown.
  await other.getByRole("button", { name: "Add a rule…" }).click();
  const second = other.getByRole("dialog", { name: "A rule" });
  await second.getByLabel("Name").fill("Late");
  await second.getByLabel("What is paid").selectOption("tiered");
  await second.getByLabel("Only for sales in").selectOption("USD");
  await second.getByLabel("Tiers").fill("0; 5\n10,000; 7.5");
  await second.getByRole("button", { name: "Keep the rule" }).click();
  await expect(other.locator("li[data-rule]")).toContainText("By volume of a month: 5% from $0.00 on, 7.5% from $10,000.00 on, of the part of the volume in the tier.");
  await other.getByRole("button", { name: "Save as a new version…" }).click();
  await dialog(other).getByRole("button", { name: "Save the terms" }).click();
  await expect(dialog(other).getByRole("alert")).toContainText("another version was added meanwhile");
  await dialog(other).getByRole("button", { name: "Close" }).click();
  await expect(other.locator("li[data-rule]")).toContainText("Late");
  await expect(other.getByRole("region", { name: "Versions" })).toContainText("Version 1");
});
