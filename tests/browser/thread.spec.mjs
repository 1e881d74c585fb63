// The whole thread as one story: a click, a branded page, a form, a sale by the official client, the partner's figure.

import { expect, figure, findings, native, open, signInLink, test } from "../support/browser.mjs";

test("one click, all the way to a partner's figure", async ({ page, context, instance, dub }) => {
  const ada = await dub.partners.create({ name: "Ada Analytics", email: "ada@partners.example" });
  const eve = await dub.partners.create({ name: "Eve Agency", email: "eve@partners.example" });

  await test.step("a prospect clicks and lands on the partner's page", async () => {
    await page.goto(ada.links[0].shortLink);
    await expect(page).toHaveURL(/\/p\/ada-analytics\?trb_id=/);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByText("Ada Analytics").first()).toBeVisible();
    const names = (await context.cookies()).map((cookie) => cookie.name).sort();
    expect(names).toEqual(["trb_id", "trb_j", "trb_v"]);
    expect(await findings(page)).toEqual([]);
  });

  await test.step("sends the form, twice by mistake", async () => {
    await page.getByLabel("Name", { exact: false }).first().fill("Bea Buyer");
    await page.getByLabel(/e-?mail/i).fill("bea@buyer.example");
    await page.getByLabel(/company/i).fill("Harbor Logistics");
    // Whoever fills four fields within two seconds is asked once more: a person takes longer.
    await page.waitForTimeout(2_100);
    await page.getByRole("button").filter({ hasText: /./ }).last().dblclick();
    await expect(page.getByText(/thank/i).first()).toBeVisible();
    expect(await findings(page)).toEqual([]);
    expect(await instance.rows("SELECT kind FROM milestone")).toEqual([{ kind: "lead.created" }]);
  });

  await test.step("the vendor's backend reports the sale", async () => {
    const sale = { customerExternalId: "cust_1", customerEmail: "bea@buyer.example", amount: 1_200_000, currency: "usd", invoiceId: "in_1" };
    const { sale: recorded } = await dub.track.sale(sale);
    expect(recorded.amount).toBe(1_200_000);
    expect((await dub.track.sale(sale)).sale).toEqual(recorded);
  });

  await test.step("the partner sees the sourced revenue, and why", async () => {
    await instance.until("SELECT coalesce(sum(count), 0) AS n FROM click_day", 1);
    await open(page, instance, ada);
    await expect(figure(page, "revenue_sourced")).toHaveAttribute("data-value", "1200000");
    await expect(figure(page, "revenue_sourced")).toHaveText("$12,000.00");
    await expect(figure(page, "clicks")).toHaveAttribute("data-value", "1");
    const expected = await native(page);
    for (const id of ["revenue_sourced", "revenue_influenced", "revenue_attributed", "clicks", "leads", "conversion_rate"]) {
      await expect(figure(page, id)).toHaveAttribute("data-value", expected.figures[id]);
    }
    await page.locator(".tile", { has: figure(page, "revenue_sourced") }).getByRole("button", { name: /How this is counted/ }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("$12,000.00");
    await expect(dialog).toContainText("Harbor L.");
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await page.getByRole("link", { name: "Deals" }).click();
    await page.locator("[data-deal] button").first().click();
    await expect(page.locator(".detail:visible")).toContainText("1 of 1");
    await expect(page.locator(".detail:visible")).toContainText("$12,000.00");
    expect(await findings(page)).toEqual([]);
  });

  await test.step("and the other partner sees nothing of it", async () => {
    await context.clearCookies();
    await page.goto(await signInLink(instance, eve));
    await expect(page.locator("#app")).toHaveAttribute("data-state", "empty");
    await expect(page.getByText("Harbor L.")).toHaveCount(0);
    expect(await findings(page)).toEqual([]);
  });
});
