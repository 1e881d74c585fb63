import { expect, figure, findings, foreignPage, report, sharedYear, test } from "../support/browser.mjs";

const page = (url, body) => `<!doctype html><html lang="en"><title>Host</title><style>p { color: rgb(1, 2, 3) }</style>
  <script type="module" src="${url}/embed.js"></script><main><h1>Host page</h1><p id="own">Own text</p>${body}</main></html>`;

test("a report inside a page of another origin, with a token for one partner", async ({ page: tab, instance, dub }) => {
  const { ada, eve } = await sharedYear(instance);
  const [own, other] = [await dub.embedTokens.referrals({ partnerId: ada.id }), await dub.embedTokens.referrals({ partnerId: eve.id })];
  const feed = async (token) => {
    const answer = await instance.fetch("/api/feed", { headers: { authorization: `Bearer ${token}` } });
    return report(Buffer.from(await answer.arrayBuffer()));
  };
  const host = await foreignPage(
    page(instance.url, `<tributary-report id="a" token="${own.publicToken}" view="summary"></tributary-report>
      <tributary-report id="b" token="${other.publicToken}"></tributary-report>`),
  );
  try {
    const requests = [];
    tab.on("request", (request) => requests.push(new URL(request.url())));
    await tab.goto(host.url);
    for (const [id, token] of [["a", own.publicToken], ["b", other.publicToken]]) {
      const { figures } = await feed(token);
      const widget = tab.locator(`#${id}`);
      for (const name of ["revenue_sourced", "revenue_influenced", "clicks", "leads"]) {
        await expect(figure(widget, name)).toHaveAttribute("data-value", figures[name]);
      }
    }
    await expect(tab.locator("#a")).not.toContainText("Eve Agency");
    // Two reports share one module, and ask nobody but the instance.
    expect(requests.filter((url) => url.pathname.endsWith("widget_bg.wasm"))).toHaveLength(1);
    expect(requests.filter((url) => ![instance.url, new URL(host.url).origin].includes(url.origin))).toEqual([]);
    expect(await tab.locator("#own").evaluate((node) => getComputedStyle(node).color)).toBe("rgb(1, 2, 3)");
    expect(await findings(tab)).toEqual([]);
  } finally {
    host.stop();
  }
});

test("its failure never breaks the page, and a new token mends it", async ({ page: tab, instance, dub }) => {
  const { ada } = await sharedYear(instance);
  const host = await foreignPage(page(instance.url, `<tributary-report id="a" token="nonsense"></tributary-report>`));
  try {
    const errors = [];
    tab.on("pageerror", (error) => errors.push(String(error)));
    await tab.addInitScript(() => {
      globalThis.events = [];
      for (const name of ["tributary:ready", "tributary:error"]) {
        addEventListener(name, () => globalThis.events.push(name), true);
      }
    });
    await tab.goto(host.url);
    await tab.waitForFunction(() => globalThis.events.includes("tributary:error"));
    await expect(tab.locator("#own")).toHaveText("Own text");
    await expect(tab.locator("#a [data-figure]")).toHaveCount(0);
    const { publicToken } = await dub.embedTokens.referrals({ partnerId: ada.id });
    await tab.locator("#a").evaluate((node, token) => node.setAttribute("token", token), publicToken);
    await expect(figure(tab.locator("#a"), "clicks")).toHaveAttribute("data-value", /^\d+$/);
    // A token that has ended takes the figures away.
    await tab.locator("#a").evaluate((node, token) => node.setAttribute("token", `${token}x`), publicToken);
    await expect(tab.locator("#a [data-figure]")).toHaveCount(0);
    await expect(tab.locator("#a")).not.toContainText(/no connection/i);
    expect(errors).toEqual([]);
  } finally {
    host.stop();
  }
});
