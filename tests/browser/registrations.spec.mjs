import { expect, findings, signInLink, test } from "../support/browser.mjs";

/** Opens the partner's registrations. */
async function visit(page, instance, partner) {
  await page.goto(await signInLink(instance, partner));
  await expect(page.locator("#app")).toHaveAttribute("data-state", /ready|empty/);
  await page.getByRole("link", { name: "Registrations" }).click();
  await expect(page.getByRole("heading", { name: "Registrations", exact: true })).toBeVisible();
  await expect(page.getByText("Loading the list")).toHaveCount(0);
}

const fill = async (page, values) => {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label).fill(value);
};

const ACME = { "Company": "Acme Corp", "Contact's e-mail": "ada@acme.example" };

/** Registers a deal as the partner's own backend would. */
async function register(instance, partner, company, more = {}) {
  const details = { company, contactEmail: `ada@${company.toLowerCase().replace(/\W+/g, "")}.example`, partnerId: partner.id, ...more };
  const { status, body } = await instance.api("POST", "/deals", details);
  expect(status).toBe(201);
  return body;
}

const row = (page, company) => page.locator("[data-registration]").filter({ hasText: company });

test("a partner registers a deal: faults beside their fields, what was typed stays, and the list shows it at once", async ({ page, instance }) => {
  const ada = await instance.partner("Ada Analytics");
  const lists = [];
  page.on("request", (request) => request.method() === "GET" && new URL(request.url()).pathname === "/api/deals" && lists.push(request.url()));
  await visit(page, instance, ada);
  await expect(page.getByRole("main")).toMatchAriaSnapshot(`
    - main:
      - button "Register a deal"
      - region "Registrations":
        - heading "Registrations" [level=2]
        - heading "No registrations yet" [level=3]
        - paragraph: /Register a deal before you sell it/
  `);
  expect(await findings(page)).toEqual([]);

  await page.getByRole("button", { name: "Register a deal" }).click();
  await expect(page.getByLabel("Company")).toBeFocused();
  const send = page.getByRole("button", { name: "Register", exact: true });
  await send.click();
  await expect(page.getByLabel("Company")).toBeFocused();
  await expect(page.getByLabel("Company")).toHaveAccessibleDescription(/fill out/);
  await expect(page.getByLabel("Contact's e-mail")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Product")).toHaveAttribute("aria-invalid", "false");
  expect(await findings(page)).toEqual([]);

  await fill(page, { ...ACME, "Expected amount": "12,50" });
  await send.click();
  await expect(page.getByLabel("Expected amount")).toBeFocused();
  await expect(page.getByLabel("Expected amount")).toHaveAccessibleDescription(/such as 12,500/);
  // What only the server knows to be wrong stands beside its field, too.
  await fill(page, { "Expected amount": "12,500.50", "Web address": "nowhere", "Notes": "They asked us.\nTwice." });
  await send.click();
  await expect(page.getByLabel("Web address")).toBeFocused();
  await expect(page.getByLabel("Web address")).toHaveAccessibleDescription(/Must be a web address/);
  await expect(page.getByLabel("Company")).toHaveValue("Acme Corp");
  // Closing the form forgets nothing.
  await page.getByRole("button", { name: "Register a deal" }).click();
  await expect(page.getByLabel("Company")).toBeHidden();
  await page.getByRole("button", { name: "Register a deal" }).click();
  await expect(page.getByLabel("Notes")).toHaveValue("They asked us.\nTwice.");
  await fill(page, { "Web address": "acme.example", "Expected close": "2030-05-31" });
  await page.getByLabel("Currency").selectOption("EUR");
  await send.click();

  const told = page.getByRole("status").filter({ hasText: "Acme Corp" });
  await expect(told).toContainText("not known so far");
  await expect(told).toBeFocused();
  await expect(page.getByLabel("Company")).toBeHidden();
  await expect(row(page, "Acme Corp")).toMatchAriaSnapshot(`
    - row /Acme Corp/:
      - cell "Acme Corp":
        - button "Acme Corp"
      - cell "Waiting"
      - cell "€12,500.50"
      - cell "31 May 2030"
      - cell "–"
      - cell
  `);
  expect(lists).toHaveLength(1);
  expect(await instance.rows("SELECT count(*) AS n FROM deal")).toEqual([{ n: 1 }]);

  await row(page, "Acme Corp").getByRole("button").click();
  await expect(page.locator(".detail:visible .story")).toMatchAriaSnapshot(`
    - heading "What happened" [level=3]
    - list:
      - listitem:
        - time
        - paragraph:
          - strong: Registered
      - listitem:
        - paragraph:
          - strong: Waits for the program's decision
    - heading "What you registered" [level=3]
    - term: Web address
    - definition: acme.example
    - term: Contact's e-mail
    - definition: ada@acme.example
    - term: Notes
    - definition: /They asked us/
    - button "Withdraw"
  `);
  expect(await findings(page)).toEqual([]);

  // The same again is the same registration.
  await page.getByRole("button", { name: "Register a deal" }).click();
  await expect(page.getByLabel("Company")).toHaveValue("");
  await fill(page, { ...ACME, "Expected amount": "12500.5", "Web address": "acme.example", "Expected close": "2030-05-31", "Notes": "They asked us.\nTwice." });
  await page.getByLabel("Currency").selectOption("EUR");
  await send.click();
  await expect(page.getByRole("status").filter({ hasText: "already, and it waits" })).toBeVisible();
  await expect(row(page, "Acme Corp")).toHaveCount(1);
});

test("another partner sees nothing of it, and is told that it is known, never by whom", async ({ page, instance }) => {
  const ada = await instance.partner("Ada Analytics");
  const eve = await instance.partner("Eve Agency");
  await register(instance, ada, "Acme Corp", { notes: "Only for the program" });
  await visit(page, instance, eve);
  await expect(page.getByRole("heading", { name: "No registrations yet" })).toBeVisible();
  await page.getByRole("button", { name: "Register a deal" }).click();
  await fill(page, { "Company": "ACME Corporation", "Contact's e-mail": "grace@acmecorp.example" });
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "registered or known already" })).toBeVisible();
  await expect(row(page, "ACME Corporation")).toHaveCount(1);
  await expect(page.locator("[data-registration]")).toHaveCount(1);
  await expect(page.locator("body")).not.toContainText("Ada Analytics");
  await expect(page.locator("body")).not.toContainText("Only for the program");
});

test("every state says where it stands, and why", async ({ page, instance }) => {
  const ada = await instance.partner("Ada Analytics");
  const step = async (deal, path, body) => {
    const answer = await instance.api("POST", `/deals/${deal.id}/${path}`, { version: deal.version, ...body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  };
  const made = {};
  for (const name of ["Birch", "Cedar", "Maple", "Poplar", "Willow"]) made[name] = await register(instance, ada, `${name} Works`);
  await step(made.Birch, "reject", { reason: "They buy from us directly" });
  await step(await step(made.Cedar, "approve", { days: 30 }), "stage", { stage: "Demo held" });
  await step(await step(made.Maple, "approve", {}), "won", { amount: 990_000, currency: "USD", invoice: "in_1" });
  await step(await step(made.Poplar, "approve", {}), "lost", { reason: "No budget" });
  await visit(page, instance, ada);
  await expect(page.locator("[data-registration] .open")).toHaveText([/Willow/, /Poplar/, /Maple/, /Cedar/, /Birch/]);
  await expect(row(page, "Birch")).toContainText(/Rejected.*They buy from us directly/);
  await expect(row(page, "Cedar")).toContainText(/Approved.*Demo held/);
  await expect(row(page, "Maple")).toContainText(/Won.*\$9,900\.00/);
  await expect(row(page, "Poplar")).toContainText(/Lost.*No budget/);
  await expect(row(page, "Willow")).toContainText("Waiting");
  await row(page, "Cedar").getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".detail:visible .story")).toMatchAriaSnapshot(`
    - list:
      - listitem:
        - time
        - paragraph:
          - strong: Registered
      - listitem:
        - paragraph:
          - strong: Approved
      - listitem:
        - paragraph:
          - strong: Stage
          - text: Demo held
      - listitem:
        - time
        - paragraph:
          - strong: Protected until
  `);
  await expect(page.getByRole("button", { name: "Withdraw" })).toHaveCount(0);
  expect(await findings(page)).toEqual([]);
});

test("a registration is withdrawn once, after a question; whoever comes second is told", async ({ page, instance }) => {
  const ada = await instance.partner("Ada Analytics");
  await register(instance, ada, "Acme Corp");
  const late = await register(instance, ada, "Birch Works");
  await visit(page, instance, ada);
  await row(page, "Acme Corp").getByRole("button").click();
  const withdraw = page.getByRole("button", { name: "Withdraw", exact: true });
  await withdraw.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toMatchAriaSnapshot(`
    - dialog "Withdraw the registration of Acme Corp?":
      - heading "Withdraw the registration of Acme Corp?" [level=2]
      - paragraph: /cannot be undone/
      - button "Withdraw it"
      - button "Cancel"
  `);
  expect(await findings(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(withdraw).toBeFocused();
  let sent = 0;
  await page.route("**/withdraw", async (route) => {
    sent += 1;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await withdraw.click();
  await dialog.getByRole("button", { name: "Withdraw it" }).dblclick();
  await expect(page.getByRole("status").filter({ hasText: "is withdrawn" })).toBeFocused();
  await expect(dialog).toBeHidden();
  await expect(row(page, "Acme Corp")).toContainText("Withdrawn");
  expect(sent).toBe(1);

  // The program decides while the page still shows that it waits.
  await instance.api("POST", `/deals/${late.id}/reject`, { version: late.version, reason: "Ours" });
  await row(page, "Birch Works").getByRole("button").click();
  await withdraw.click();
  await dialog.getByRole("button", { name: "Withdraw it" }).click();
  await expect(dialog.getByRole("alert")).toContainText(/The deal was changed meanwhile, and is rejected now/);
  await expect(dialog.getByRole("button", { name: "Withdraw it" })).toBeHidden();
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(row(page, "Birch Works")).toContainText(/Rejected.*Ours/);
});

test("a double click registers one deal, and a server that fails is asked again", async ({ page, instance }) => {
  const ada = await instance.partner("Ada Analytics");
  await visit(page, instance, ada);
  await instance.db.prepare("ALTER TABLE deal RENAME TO gone").run();
  await page.reload();
  await expect(page.getByRole("alert").filter({ hasText: "The list could not be loaded" })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByRole("button", { name: "Register a deal" }).click();
  await fill(page, ACME);
  const send = page.locator(".typed [type=submit]");
  await send.click();
  await expect(page.getByRole("region", { name: "Register a deal" }).getByRole("alert")).toContainText("Nothing was recorded");
  expect(await findings(page)).toEqual([]);
  await instance.db.prepare("ALTER TABLE gone RENAME TO deal").run();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { name: "No registrations yet" })).toBeVisible();

  let sent = 0;
  await page.route("**/api/deals", async (route) => {
    if (route.request().method() === "POST") sent += 1;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await expect(page.getByLabel("Company")).toHaveValue("Acme Corp");
  await send.dblclick();
  await expect(send).toHaveText("Sending…");
  await expect(row(page, "Acme Corp")).toBeVisible();
  expect(sent).toBe(1);
  expect(await instance.rows("SELECT count(*) AS n FROM deal")).toEqual([{ n: 1 }]);
});

for (const [width, scheme] of [[360, "light"], [360, "dark"], [768, "dark"], [1440, "light"]]) {
  test(`fits ${width} px, ${scheme}`, async ({ page, instance }) => {
    const ada = await instance.partner("Ada Analytics");
    await register(instance, ada, "Donaudampfschifffahrtsgesellschaft von Niederösterreich", {
      amount: 123_456_789, currency: "CHF", expectedClose: "2030-12-31", website: "https://donaudampfschifffahrtsgesellschaft.example/about", notes: "x".repeat(300),
    });
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const errors = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    await visit(page, instance, ada);
    await row(page, "Donau").getByRole("button").click();
    await page.getByRole("button", { name: "Register a deal" }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    expect(await findings(page)).toEqual([]);
    expect(errors).toEqual([]);
  });
}
