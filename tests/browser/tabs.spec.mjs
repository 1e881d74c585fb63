// Two tabs of one browser: whoever signs in or out in one is who the other speaks as.

import { expect, figure, findings, native, open, sharedYear, signInLink, test } from "../support/browser.mjs";

const go = (page, name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name }).click();

test("somebody else signs in in another tab: this one shows and writes nothing as them", async ({ page, context, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await open(page, instance, ada);
  const other = await context.newPage();
  await open(other, instance, eve);

  const said = "Somebody else signed in in this browser meanwhile. Load the page anew to go on as them.";
  await go(page, "Statements");
  await expect(page.getByRole("main")).toContainText(said);
  expect(await findings(page)).toEqual([]);
  await go(page, "Team");
  await expect(page.getByRole("alert")).toContainText(said);
  await expect(page.getByRole("main")).not.toContainText("Eve");
  await go(page, "Registrations");
  await page.getByRole("button", { name: "Register a deal" }).click();
  await page.getByLabel("Company").fill("Wrong Tab");
  await page.getByLabel("Contact's e-mail").fill("a@wrong.example");
  await page.getByRole("button", { name: "Register", exact: true }).click();
  await expect(page.getByRole("region", { name: "Register a deal" })).toContainText(said);
  expect(await instance.rows("SELECT id FROM deal")).toEqual([]);

  // Loaded anew it is theirs, and says so.
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Eve Agency");
  await expect(page.getByRole("button", { name: "Register a deal" })).toBeVisible();
});

test("signing out in one tab leaves nothing in the other", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  const other = await context.newPage();
  await other.goto(`${instance.url}/portal/?view=deals`);
  await expect(other.locator("tr[data-deal]").first()).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/portal"));
  await expect(other.locator("#app")).toHaveAttribute("data-state", "error");
  await expect(other.locator("tr[data-deal]")).toHaveCount(0);
});

test("a tab that nobody touches renews its figures, those of the books among them", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await page.clock.install();
  await page.goto(await signInLink(instance, ada));
  await page.clock.runFor(3000);
  await expect(figure(page, "revenue_sourced")).toBeVisible();
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await instance.facts([{ id: "late", type: "revenue", kind: "new", at: new Date(Date.now() - 1000).toISOString(), customer: "customer-1", amount: 77_700, currency: "USD", invoice: "in-late" }]);
  await page.clock.runFor(7 * 60 * 1000);
  await expect.poll(() => asked.filter((path) => path === "/api/feed").length).toBeGreaterThan(0);
  await expect.poll(() => asked.filter((path) => path === "/api/statements").length).toBeGreaterThan(0);
  await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", (await native(page)).figures.revenue_sourced);
});

test("what opens over the page closes by Escape and by a press beside it", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await page.goto(await signInLink(instance, ada));
  await go(page, "Deals");
  const columns = page.locator("details.pick");
  await columns.locator("summary").click();
  await expect(page.getByRole("group", { name: "Columns that are shown" })).toBeVisible();
  await columns.getByLabel("Stage").click();
  await expect(columns).toHaveAttribute("open", "");
  await page.keyboard.press("Escape");
  await expect(columns).not.toHaveAttribute("open", "");
  await expect(columns.locator("summary")).toBeFocused();
  await columns.locator("summary").click();
  await page.getByRole("heading", { name: "Deals", exact: true }).click();
  await expect(columns).not.toHaveAttribute("open", "");
  await columns.locator("summary").click();
  await columns.locator("summary").click();
  await expect(columns).not.toHaveAttribute("open", "");
});

test("an answer that is lost makes one link, however often it is sent again", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await page.goto(await signInLink(instance, ada));
  await go(page, "Links");
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.getByLabel("Where it leads").fill("https://example.com/lost");
  const send = page.getByRole("button", { name: "Make it" });
  let lose = 2;
  await page.route("**/api/links", async (route) => {
    if (route.request().method() !== "POST" || lose-- <= 0) return route.continue();
    await route.fetch();
    await route.abort();
  });
  const form = page.getByRole("region", { name: "Make a link" });
  for (let time = 0; time < 2; time++) {
    await send.click();
    await expect(form.locator(".fault.whole")).toContainText(/connection/i);
    await expect(send).toHaveAttribute("aria-disabled", "false");
  }
  await send.click();
  await expect(page.locator(".told")).toContainText("is live.");
  expect(await instance.rows("SELECT count(*) AS n FROM link WHERE destination = 'https://example.com/lost'")).toEqual([{ n: 1 }]);
  // The next one is another.
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.getByLabel("Where it leads").fill("https://example.com/lost");
  await send.click();
  await expect.poll(async () => (await instance.rows("SELECT count(*) AS n FROM link WHERE destination = 'https://example.com/lost'"))[0].n).toBe(2);
  // A file with its QR code is a press away.
  const qr = page.getByRole("link", { name: /^QR code of ada-pricing/ });
  const { status, kind } = await page.evaluate(async (href) => {
    const answer = await fetch(href);
    return { status: answer.status, kind: answer.headers.get("content-type") };
  }, await qr.getAttribute("href"));
  expect([status, kind]).toEqual([200, "image/svg+xml"]);
});
