// Numbers and dates as the reader's language writes them.

import { expect, figure, native, open, sharedYear, test } from "../support/browser.mjs";

for (const locale of ["de-DE", "ja-JP", "hi-IN", "en-GB", "pt-BR", "th-TH", "de-CH", "nl-NL"]) {
  test.describe(locale, () => {
    test.use({ locale });

    test(`the portal's numbers and dates are those of ${locale}`, async ({ page, instance }) => {
      const { ada } = await sharedYear(instance);
      await open(page, instance, ada);
      const { figures } = await native(page);
      // Digits are Latin everywhere, as on invoices; English dates keep one order everywhere.
      const money = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" };
      // As this browser writes it: its tables may be newer than those of the test.
      const written = ([tag, money, amount]) => new Intl.NumberFormat(tag, money).format(amount);
      const amount = await page.evaluate(written, [`${locale}-u-nu-latn`, money, figures.revenue_sourced / 100]);
      await expect(figure(page, "revenue_sourced")).toContainText(amount);
      const day = { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" };
      const today = locale === "en-GB" ? /\d{1,2} [A-Z][a-z]{2} 20\d\d/ : new Intl.DateTimeFormat(`${locale}-u-nu-latn-ca-gregory`, day).format();
      await expect(page.locator(".span")).toContainText(today);
    });
  });
}
