// "A referral is missing?": a partner asks by what they know, and reads why; and what is said to whoever does not wait.

import { expect, findings, open, sharedYear, test } from "../support/browser.mjs";

const place = (page, name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name });
const ago = (days) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();

/** Asks at the place of the deals. */
async function ask(page, about) {
  // What was asked before is answered.
  await expect(page.locator("#form")).toBeHidden();
  await page.getByRole("button", { name: "A referral is missing?" }).click();
  await expect(page.getByLabel("What you know")).toBeFocused();
  await page.getByLabel("What you know").fill(about);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
}

test("by e-mail, click, coupon and link it is said what became of a referral", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await instance.facts([
    { id: "m1", type: "touch", kind: "click", at: ago(134), link: ada.username, visitor: "late" },
    { id: "m2", type: "lead.created", at: ago(50), customer: "late", visitor: "late", company: "Latecomer Labs", email: "jane@late.example" },
    { id: "m3", type: "revenue", kind: "new", at: ago(50), customer: "late", amount: 70_000, currency: "USD" },
    { id: "m4", type: "touch", kind: "click", at: ago(20), link: ada.username, visitor: "won" },
    { id: "m5", type: "lead.created", at: ago(19), customer: "won", visitor: "won", company: "Winning Ways", email: "wim@won.example" },
    { id: "m6", type: "revenue", kind: "new", at: ago(18), customer: "won", amount: 12_300, currency: "USD" },
    { id: "m7", type: "touch", kind: "click", at: ago(20), link: eve.username, visitor: "eves" },
    { id: "m8", type: "lead.created", at: ago(19), customer: "eves", visitor: "eves", company: "Eve's Own", email: "joe@eves.example" },
  ]);
  const { token } = await instance.click(ada.username);
  await open(page, instance, ada);
  await place(page, "Deals").click();
  const said = page.locator(".missing .told");
  const addresses = [];
  page.on("request", (request) => addresses.push(request.url()));

  await ask(page, "jane@late.example");
  await expect(said).toBeFocused();
  await expect(said).toContainText(/A lead with this address came on .*Your last touch was .*, 84 days before the sale of .*: the window is 30 days\./);
  await expect(page.locator(".missing")).toMatchAriaSnapshot(`
    - button "A referral is missing?"
    - status:
      - paragraph: /A lead with this address came on .+/
      - paragraph: /Your last touch was .+, 84 days before the sale of .+/
    - button /Open the deal of Latecomer/
  `);
  expect(await findings(page)).toEqual([]);

  await ask(page, "wim@won.example");
  await expect(said).toContainText("Recorded, and credited: $123.00 of $123.00 from the sale of");
  // Under filters that leave it out, and behind the first rows, the deal is opened all the same.
  await page.getByLabel("Period").selectOption("last_year");
  await page.getByRole("button", { name: /Open the deal of Winning/ }).click();
  const row = page.locator("[data-deal]", { hasText: "Winning" });
  await expect(row.getByRole("button")).toBeFocused();
  await expect(row.getByRole("button")).toHaveAttribute("aria-expanded", "true");
  await expect(page.locator("tr.detail:not([hidden])")).toContainText("What happened");

  await ask(page, "joe@eves.example");
  await expect(said).toHaveText(/We have no referral of yours for this address\./);
  await expect(page.getByRole("button", { name: /Open the deal of/ })).toHaveCount(0);
  const none = await said.textContent();
  await ask(page, "nobody@nowhere.example");
  await expect(said).toHaveText(none);
  await ask(page, token);
  await expect(said).toContainText("is recorded and counted. Nobody has become a lead by it so far.");
  await ask(page, "ADA20");
  await expect(said).toContainText(/The coupon ADA20 belongs to you since/);
  await ask(page, `${instance.url}/${ada.username}`);
  await expect(said).toContainText(/The link \/ada-analytics is yours and live\. ?\d+ of its clicks counted\./);
  await ask(page, eve.username);
  await expect(said).toHaveText("Neither a coupon nor a link of yours has this name.");

  // What cannot be asked is said beside the field, and kept.
  await ask(page, "jane@");
  await expect(page.getByLabel("What you know")).toHaveAccessibleDescription(/Must be an e-mail address/);
  await expect(page.getByLabel("What you know")).toHaveValue("jane@");
  expect(await findings(page)).toEqual([]);
  expect(addresses.filter((url) => url.includes("example") || url.includes(token))).toEqual([]);
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
});

test("whoever leaves a form while it is sent is told all the same, and finds the new thing", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  let let_go, held;
  const hold = () => (held = new Promise((resolve) => (let_go = resolve)));
  let answer = (route) => route.continue();
  await page.route("**/api/deals", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await held;
    return answer(route);
  });
  const send = async (company) => {
    hold();
    await place(page, "Registrations").click();
    await page.getByRole("button", { name: "Register a deal" }).click();
    await page.getByLabel("Company").fill(company);
    await page.getByLabel("Contact's e-mail").fill("ann@acme.example");
    await page.getByRole("button", { name: "Register", exact: true }).click();
  };
  await send("Acme Corp");
  await place(page, "Overview").click();
  // Back already, with the list that lacks it, when it comes.
  await place(page, "Registrations").click();
  await expect(page.getByText("No registrations yet")).toBeVisible();
  let_go();
  await expect(page.locator(".late")).toContainText("The deal is registered.");
  await expect(page.locator("[data-registration]")).toContainText("Acme Corp");
  expect(await findings(page)).toEqual([]);
  await page.getByRole("button", { name: "Put away" }).click();
  await expect(page.locator(".late")).toHaveText("");

  answer = (route) => route.fulfill({ status: 503, json: { error: { code: "internal_server_error", message: "A store did not answer. Nothing was recorded; please send it again." } } });
  await send("Beta Corp");
  await place(page, "Funnel").click();
  await expect(page.getByRole("heading", { level: 2, name: "From click to win" })).toBeVisible();
  let_go();
  await expect(page.locator(".late")).toContainText("“Register a deal” was not taken. A store did not answer.");
});

test("a link of one's own is paused, goes on, and is taken back; the program's are left alone", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  await place(page, "Links").click();
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.getByLabel("Where it leads").fill("https://example.com/spring");
  await page.getByLabel("Its last part").fill("ada-spring");
  await page.getByRole("button", { name: "Make it" }).click();
  const row = page.locator('[data-link="ada-spring"]');
  await expect(row).toMatchAriaSnapshot(`
    - row:
      - cell:
        - link
      - cell
      - cell "0"
      - cell "0"
      - cell "$0.00"
      - cell:
        - button "Pause ada-spring"
        - button "Take back ada-spring"
        - button "Copy ada-spring"
  `);
  await expect(page.locator('[data-link="ada-pricing"]').getByRole("button", { name: /Pause|Take back/ })).toHaveCount(0);
  expect(await findings(page)).toEqual([]);
  const dialog = page.getByRole("dialog");
  const visit = async () => (await instance.fetch("/ada-spring")).status;
  await row.getByRole("button", { name: "Pause" }).click();
  await expect(dialog).toContainText("Pause /ada-spring?");
  expect(await findings(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Pause it" }).click();
  await expect(page.locator(".told")).toContainText("/ada-spring is paused.");
  await expect(row).toContainText("Paused");
  await page.reload();
  await expect(row).toContainText("Paused");
  await row.getByRole("button", { name: "Go on" }).click();
  await dialog.getByRole("button", { name: "Let it go on" }).click();
  await expect(row).not.toContainText("Paused");
  expect(await visit()).toBe(302);
  // One with clicks stays when it is taken back, and one without anything goes.
  await instance.until("SELECT count(*) FROM touch AS t JOIN link AS l ON l.id = t.link_id WHERE l.key = 'ada-spring'", 1);
  await page.reload();
  await row.getByRole("button", { name: "Take back" }).click();
  await dialog.getByRole("button", { name: "Take it back" }).click();
  await expect(row).toContainText("Taken back");
  await expect(row.getByRole("button", { name: /Pause|Take back|Go on/ })).toHaveCount(0);
  expect(await visit()).toBe(410);
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  expect(await findings(page)).toEqual([]);
});

test("lists of coupons, pages and people go on behind the first hundred", async ({ page, instance }) => {
  const ada = await instance.partner("Ada Analytics");
  for (let i = 0; i < 101; i++) {
    const n = String(i).padStart(3, "0");
    await Promise.all([
      instance.api("POST", "/discount-codes", { code: `ADA${n}`, partnerId: ada.id }),
      instance.api("POST", "/members", { email: `m${n}@ada.example`, name: `Member ${n}`, role: "partner_member", partnerId: ada.id }),
    ]);
  }
  await instance.facts([{ id: "t", type: "touch", kind: "click", at: ago(1), link: ada.username, visitor: "v" }]);
  await open(page, instance, ada);
  await place(page, "Links").click();
  const coupons = page.getByRole("region", { name: "Coupons" });
  await expect(coupons.getByRole("listitem")).toHaveCount(100);
  await coupons.getByRole("button", { name: "Show more" }).click();
  await expect(coupons.getByRole("listitem")).toHaveCount(101);
  await expect(coupons.getByRole("button", { name: "Show more" })).toHaveCount(0);
  await place(page, "Team").click();
  await expect(page.locator("[data-member]")).toHaveCount(100);
  await page.getByRole("button", { name: "Show more" }).click();
  await expect(page.locator("[data-member]")).toHaveCount(102);
});

test("marketplace listings have a view of their own, which the period and the model move", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  const { body: listing } = await instance.api("POST", "/links", { url: "https://example.com/start", key: "ada-listing", kind: "listing", partnerId: ada.id });
  expect(listing.kind).toBe("listing");
  await instance.facts([
    { id: "g1", type: "touch", kind: "listing", at: ago(40), link: "ada-listing", visitor: "g" },
    { id: "g2", type: "lead.created", at: ago(39), customer: "g", visitor: "g", company: "Gallery Goods" },
    { id: "g3", type: "revenue", kind: "new", at: ago(38), customer: "g", amount: 55_500, currency: "USD" },
    { id: "g4", type: "touch", kind: "listing", at: ago(30), link: "ada-listing", visitor: "h" },
  ]);
  await open(page, instance, ada);
  await place(page, "Links").click();
  const panel = page.getByRole("region", { name: "Marketplace listings" });
  await expect(panel).toMatchAriaSnapshot(`
    - heading "Marketplace listings" [level=2]
    - table:
      - rowgroup:
        - row "Listing Counted clicks Leads Wins Attributed revenue"
      - rowgroup:
        - row "/ada-listing 2 1 1 $555.00"
  `);
  expect(await findings(page)).toEqual([]);
  await page.goto(`${instance.url}/portal/?view=links&from=2020-01-01&to=2020-12-31`);
  await expect(page.locator('[data-link="ada-listing"]')).toBeVisible();
  await expect(panel).toHaveCount(0);
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  await page.context().clearCookies();
  await open(page, instance, eve);
  await place(page, "Links").click();
  await expect(page.getByRole("region", { name: "Coupons" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Marketplace listings" })).toHaveCount(0);
});
