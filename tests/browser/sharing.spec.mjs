// What a partner shares: links that they make by themselves, and the coupons and pages that the program made for them.

import { expect, findings, open, sharedYear, test } from "../support/browser.mjs";

const links = (page) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Links" });
const rows = (instance, key) => instance.rows(`SELECT partner_id FROM link WHERE key = '${key}'`);

test("a link is made within the program's rules, once, and is there at once", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  await links(page).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const form = page.getByRole("region", { name: "Make a link" });
  await expect(form).toMatchAriaSnapshot(`
    - region "Make a link":
      - heading "Make a link" [level=2]
      - paragraph: /2 of 50 links are in use.*example\\.com/
      - textbox "Where it leads"
      - textbox "Its last part optional"
      - textbox "Campaign optional"
      - textbox "Content optional"
      - textbox "Notes optional"
      - button "Make it"`);
  expect(await findings(page)).toEqual([]);
  const address = page.getByLabel("Where it leads");
  const send = form.getByRole("button", { name: "Make it" });
  // Nothing, no address, a host that is not the program's, a name that is taken: each is said beside its field, and kept.
  await send.click();
  await expect(address).toHaveAttribute("aria-invalid", "true");
  await expect(address).toBeFocused();
  await address.fill("https://elsewhere.example/");
  await send.click();
  await expect(form).toContainText(/host/);
  await expect(address).toHaveAttribute("aria-invalid", "true");
  await expect(address).toHaveValue("https://elsewhere.example/");
  await address.fill("https://example.com/spring");
  await page.getByLabel("Its last part").fill("eve-agency");
  await send.click();
  await expect(form).toContainText(/taken|exists|in use/i);
  await page.getByLabel("Its last part").fill("ada-spring");
  await page.getByRole("textbox", { name: "Campaign" }).fill("May");
  // The store that fails: nothing is lost, and the same again works; a double click makes one.
  await page.route("**/api/links", (route) => route.fulfill({ status: 503, json: { error: { code: "internal_server_error", message: "A store did not answer. Nothing was recorded; please send it again." } } }));
  await send.click();
  await expect(form).toContainText("A store did not answer.");
  await page.unroute("**/api/links");
  await send.dblclick();
  await expect(page.locator(".told")).toContainText("/ada-spring is live.");
  await expect(page.locator('[data-link="ada-spring"]')).toBeVisible();
  expect(await rows(instance, "ada-spring")).toEqual([{ partner_id: ada.id }]);
  expect((await instance.fetch("/ada-spring", { redirect: "manual" })).headers.get("location")).toContain("https://example.com/spring");
  expect(await findings(page)).toEqual([]);
});

test("where the program lets partners make none there is no form, and the lists are there", async ({ page, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  expect((await instance.api("PATCH", "/program", { partnerLinksLimit: 0 })).status).toBe(200);
  await open(page, instance, ada);
  await links(page).click();
  // A year that is shared has one coupon, and it is Ada's.
  const coupons = page.getByRole("region", { name: "Coupons" });
  await expect(coupons).toContainText("ADA20");
  await expect(coupons.getByRole("button", { name: "Copy ADA20" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Landing pages" })).toContainText("No landing page was written for you yet.");
  await expect(page.getByRole("button", { name: "Make a link" })).toHaveCount(0);
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  expect(await findings(page)).toEqual([]);
  await page.context().clearCookies();
  await open(page, instance, eve);
  await links(page).click();
  await expect(page.getByRole("region", { name: "Coupons" })).toContainText("No coupons yet.");
  await expect(page.getByText("ADA20")).toHaveCount(0);
});
