// What assistive technology is told at the places that are computed from the feed; other places have theirs beside their stories.

import { expect, open, sharedYear, test } from "../support/browser.mjs";

const TOLD = {
  Overview: `
    - heading "Ada Analytics" [level=1]
    - group "When":
      - combobox "Period"
      - combobox "Beside"
    - region "Figures":
      - heading "Figures" [level=2]
      - article:
        - heading "Sourced revenue" [level=3]
        - paragraph: /\\$[\\d,]+\\.\\d\\d/
        - 'button "How this is counted: Sourced revenue"'
    - region /Revenue by month/:
      - heading /Revenue by month/ [level=2]
    - region "From click to win":
      - heading "From click to win" [level=2]
  `,
  Funnel: `
    - heading "Ada Analytics" [level=1]
    - region "From click to win":
      - table:
        - rowgroup:
          - row:
            - columnheader "Step"
            - columnheader "Came so far"
        - rowgroup:
          - row /Clicks/
          - row /Leads/
          - row /Opportunities/
          - row /Wins/
  `,
  Deals: `
    - region "Deals":
      - searchbox "Find a customer"
      - status: /\\d+ deals/
      - button "Download CSV"
      - table:
        - rowgroup:
          - row:
            - columnheader /Customer/
            - columnheader /Stage/
        - rowgroup:
          - row /Won/
  `,
  Links: `
    - region "Links":
      - table:
        - rowgroup:
          - row:
            - columnheader "Link"
            - columnheader "Leads to"
            - columnheader "Counted clicks"
        - rowgroup:
          - row /ada-pricing/
    - region "Campaigns":
      - table:
        - rowgroup
        - rowgroup:
          - row /spring/
    - region "Coupons"
  `,
};

test("every place is told by its headings, tables and names", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  for (const [place, told] of Object.entries(TOLD)) {
    await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: place }).click();
    await expect(page.getByRole("main"), place).toMatchAriaSnapshot(told);
  }
});
