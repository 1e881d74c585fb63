// Every view of the widget, and every page that it may stand in.

import { build } from "esbuild";
import { expect, figure, findings, foreignPage, report, sharedYear, test } from "../support/browser.mjs";
import { root } from "../support/instance.mjs";
import { endOf, ending } from "../support/token.mjs";

const VIEWS = {
  summary: ["revenue_sourced", "revenue_influenced", "clicks", "leads"],
  revenue: ["revenue_sourced", "revenue_influenced", "revenue_attributed"],
  funnel: ["clicks", "leads", "conversion_rate"],
  links: [],
  leads: [],
  statement: ["revenue_attributed"],
};

/** What is read out of each view. */
const ARIA = {
  summary: `
    - 'group "Summary: Ada Analytics · Northbeam"':
      - paragraph:
        - strong: Ada Analytics · Northbeam
        - text: /As of .* UTC/
      - group: How this is counted
      - img /Bars of the revenue of the last 12 months/
      - group "Months":
        - button /influenced/
      - paragraph: /All time\\. Program policy/`,
  revenue: `
    - 'group "Revenue: Ada Analytics · Northbeam"':
      - group "How credit is divided":
        - combobox "Model"
        - combobox "Window"
      - paragraph: /Program policy, version 1/
      - button "Table"
      - img /Bars of the revenue of the last 12 months/`,
  funnel: `
    - 'group "From click to win: Ada Analytics · Northbeam"':
      - group "What counts":
        - combobox "Window"
      - list:
        - listitem:
          - paragraph: /Clicks \\d+/
        - listitem:
          - paragraph: /\\d% went on/
          - paragraph: /Leads \\d+/
        - listitem:
          - paragraph: /\\d% went on/
          - paragraph: /Opportunities \\d+/
        - listitem:
          - paragraph: /\\d% went on/
          - paragraph: /Wins \\d+/`,
  links: `
    - 'group "Links: Ada Analytics · Northbeam"':
      - table:
        - rowgroup:
          - row:
            - columnheader "Link"
            - columnheader "Leads to"
            - columnheader "Counted clicks"
            - columnheader "Copy"
        - rowgroup:
          - row /ada-pricing/:
            - cell:
              - link /ada-pricing/
            - cell
            - cell
            - cell:
              - button "Copy ada-pricing"`,
  leads: `
    - 'group "Leads: Ada Analytics · Northbeam"':
      - group "How credit is divided"
      - table:
        - rowgroup:
          - row:
            - columnheader "Customer"
            - columnheader "Stage"
            - columnheader "Class"
            - columnheader "Revenue"
            - columnheader "Your credit"
            - columnheader "Last activity"`,
  statement: `
    - 'group "Revenue statement: Ada Analytics · Northbeam"':
      - region "Revenue by month, as a table":
        - table:
          - rowgroup:
            - row "Month Influenced Sourced Attributed"
      - paragraph: /Commission and payouts .* are not part of this statement/`,
};

const shell = (url, body, head = "") => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title>${head}
  <script type="module" src="${url}/embed.js"></script><main><h1>Host page</h1><p id="own">Own text</p>${body}</main></html>`;
const tag = (id, token, more = "") => `<tributary-report id="${id}" token="${token}" ${more}></tributary-report>`;
const token = async (dub, partner) => (await dub.embedTokens.referrals({ partnerId: partner.id })).publicToken;

/** What the engine computes natively from the feed that a token opens. */
async function native(instance, token, question) {
  const answer = await instance.fetch("/api/feed", { headers: { authorization: `Bearer ${token}` } });
  return report(Buffer.from(await answer.arrayBuffer()), question);
}

/** Opens a page of another origin, writes its events and errors down, and does something there. */
async function visit(tab, html, work, init) {
  const host = await foreignPage(html);
  const [errors, feeds] = [[], []];
  tab.on("pageerror", (error) => errors.push(String(error)));
  tab.on("request", (request) => new URL(request.url()).pathname === "/api/feed" && request.method() === "GET" && feeds.push(request));
  await tab.addInitScript(() => {
    globalThis.events = [];
    for (const name of ["ready", "error", "filter"]) {
      // Behind the page's own elements: they bubble, out of every shadow root.
      addEventListener(`tributary:${name}`, ({ target, detail }) => globalThis.events.push([name, target.id, detail]));
    }
  });
  if (init) await tab.addInitScript(init);
  try {
    await tab.goto(host.url);
    await work({ feeds, events: () => tab.evaluate(() => globalThis.events) });
    await expect(tab.locator("#own")).toHaveText("Own text");
    expect(errors).toEqual([]);
  } finally {
    host.stop();
  }
}

/** The page is looked at again after six minutes. */
async function later(tab) {
  await tab.clock.fastForward(6 * 60_000);
  await tab.evaluate(() => dispatchEvent(new Event("focus")));
}

test("every view shows the engine's figures, is read out, and follows its attributes", async ({ page: tab, instance, dub }) => {
  const { ada } = await sharedYear(instance);
  const own = await token(dub, ada);
  const expected = await native(instance, own);
  await visit(tab, shell(instance.url, tag("a", own)), async ({ feeds, events }) => {
    const widget = tab.locator("#a");
    for (const [view, figures] of Object.entries(VIEWS)) {
      await widget.evaluate((node, view) => node.setAttribute("view", view), view);
      await expect(widget).toMatchAriaSnapshot(ARIA[view]);
      await expect(widget.locator("[data-figure]")).toHaveCount(figures.length);
      for (const id of figures) await expect(figure(widget, id)).toHaveAttribute("data-value", expected.figures[id]);
      await expect(widget).not.toContainText("Eve Agency");
      expect(await findings(tab), view).toEqual([]);
    }
    // What no single figure says.
    await widget.evaluate((node) => node.setAttribute("view", "funnel"));
    const steps = await widget.locator(".step .n").allTextContents();
    expect(steps.map((n) => Number(n.replaceAll(",", "")))).toEqual(expected.funnel);
    await widget.evaluate((node) => node.setAttribute("view", "links"));
    const clicks = await widget.locator("[data-link] .n").allTextContents();
    expect(clicks.reduce((sum, n) => sum + Number(n.replaceAll(",", "")), 0)).toBe(Number(expected.figures.clicks));
    await widget.evaluate((node) => node.setAttribute("view", "statement"));
    const cents = (text) => Number(text.replace("−", "-").replaceAll(/[^\d-]/g, ""));
    const rows = await widget.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].slice(1).map((cell) => cell.textContent)));
    const months = Object.keys(expected.months).sort().reverse().slice(0, 12);
    expect(rows.slice(0, months.length).map((row) => row.map(cents))).toEqual(
      months.map((month) => [expected.months[month][1], expected.months[month][0], expected.months[month][2]]),
    );
    await widget.evaluate((node) => node.setAttribute("view", "leads"));
    const row = widget.locator("[data-deal]").filter({ hasText: "Won" }).filter({ hasText: "Sourced" }).first();
    await row.getByRole("button").focus();
    await tab.keyboard.press("Enter");
    await expect(widget.locator(".detail:visible")).toContainText(/another partner/i);
    await expect(widget.locator(".detail:visible")).not.toContainText("Eve Agency");
    expect(await findings(tab)).toEqual([]);
    // A view that nobody knows is the summary; a language brings its own signs.
    await widget.evaluate((node) => node.setAttribute("view", "nonsense"));
    await expect(widget).toMatchAriaSnapshot(ARIA.summary);
    const sourced = Number(expected.figures.revenue_sourced);
    const money = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", numberingSystem: "latn" };
    for (const locale of ["de-DE", "pt-BR", "th-TH", "de-CH"]) {
      await widget.evaluate((node, locale) => node.setAttribute("locale", locale), locale);
      // As this browser writes it: its tables may be newer than those of the test.
      const written = await tab.evaluate(([locale, money, amount]) => new Intl.NumberFormat(locale, money).format(amount), [locale, money, sourced / 100]);
      await expect(figure(widget, "revenue_sourced")).toHaveText(written);
    }
    // And all of that is one question to the server.
    expect(feeds).toHaveLength(1);
    expect((await events()).filter(([name]) => name !== "ready")).toEqual([]);
  });
});

test("several on one page ask once, each with filters of its own", async ({ page: tab, instance, dub }) => {
  const { ada, eve } = await sharedYear(instance);
  const [own, other] = [await token(dub, ada), await token(dub, eve)];
  const body = tag("a", own, 'view="revenue"') + tag("b", own, 'view="revenue"') + tag("c", own) + tag("d", other);
  await visit(tab, shell(instance.url, body), async ({ feeds, events }) => {
    const [policy, linear] = [await native(instance, own), await native(instance, own, { model: "linear" })];
    expect(linear.figures.revenue_attributed).not.toBe(policy.figures.revenue_attributed);
    for (const id of ["a", "b", "c", "d"]) await expect(tab.locator(`#${id} .w`)).toHaveAttribute("data-state", "ready");
    await tab.locator("#a").getByLabel("Model").selectOption("linear");
    await expect(figure(tab.locator("#a"), "revenue_attributed")).toHaveAttribute("data-value", linear.figures.revenue_attributed);
    await expect(figure(tab.locator("#b"), "revenue_attributed")).toHaveAttribute("data-value", policy.figures.revenue_attributed);
    await tab.locator("#a").getByLabel("Window").selectOption("30");
    await expect.poll(async () => (await events()).filter(([name]) => name === "filter")).toEqual([
      ["filter", "a", { model: "linear" }],
      ["filter", "a", { model: "linear", window: "30" }],
    ]);
    // One that goes takes nothing from the others; one that comes finds what is there.
    await tab.locator("#a").evaluate((node) => node.remove());
    await tab.locator("#c").evaluate((node) => node.after(Object.assign(node.cloneNode(), { id: "e" })));
    await expect(figure(tab.locator("#e"), "clicks")).toHaveAttribute("data-value", policy.figures.clicks);
    await tab.locator("#b").getByLabel("Model").selectOption("linear");
    await expect(figure(tab.locator("#b"), "revenue_attributed")).toHaveAttribute("data-value", linear.figures.revenue_attributed);
    expect(feeds.map((request) => request.headers().authorization).sort()).toEqual([own, other].map((t) => `Bearer ${t}`).sort());
    expect(await findings(tab)).toEqual([]);
  });
});

test("a host page's styles do not reach in, and its width does", async ({ page: tab, instance, dub }) => {
  const { ada } = await sharedYear(instance);
  const own = await token(dub, ada);
  const hostile = `<style>html { font-size: 3px } * { all: unset !important } div { display: none !important }
    p, td, button { color: red !important; font-size: 90px !important }</style>`;
  const body = `<section id="box">${tag("a", own, 'view="leads" theme="dark"')}</section>`;
  await tab.emulateMedia({ colorScheme: "light" });
  const look = () =>
    tab.locator("#a").evaluate((node) => {
      const inner = (name) => getComputedStyle(node.shadowRoot.querySelector(name));
      const names = [".card", ".head", ".deal .open", ".deal td", "select"];
      return names.map((name) => ["display", "color", "backgroundColor", "fontSize", "padding"].map((key) => inner(name)[key]));
    });
  const looks = [];
  for (const head of ["", hostile]) {
    await visit(tab, shell(instance.url, body, `<style>body { margin: 0 }</style>${head}`), async () => {
      await expect(tab.locator("#a [data-deal]").first()).toBeVisible();
      looks.push(await look());
    });
  }
  expect(looks[1]).toEqual(looks[0]);
  expect(looks[0][0][2]).toBe("rgb(24, 27, 33)");
  // It fits wherever it is put: no line is wider than its box.
  await visit(tab, shell(instance.url, body), async () => {
    await expect(tab.locator("#a .w")).toHaveAttribute("data-state", "ready");
    for (const view of Object.keys(VIEWS)) {
      await tab.locator("#a").evaluate((node, view) => node.setAttribute("view", view), view);
      for (const width of [300, 360, 700, 1000]) {
        await tab.locator("#box").evaluate((node, width) => (node.style.width = `${width}px`), width);
        const [inside, outside] = await tab.locator("#a").evaluate((node) => {
          const card = node.shadowRoot.querySelector(".card");
          return [card.scrollWidth, card.clientWidth];
        });
        expect(inside, `${view} in ${width}`).toBeLessThanOrEqual(outside);
      }
    }
  });
});

test("a token that ends while the page is open is renewed once, for all reports", async ({ page: tab, instance, dub }) => {
  const { ada } = await sharedYear(instance);
  const fresh = await token(dub, ada);
  // As the server makes them, but it lives for seconds.
  const short = ending(fresh, endOf(fresh) - 3 * 60 * 60 + 20, instance.keys);
  await tab.clock.install();
  await visit(tab, shell(instance.url, tag("a", short) + tag("b", short, 'view="links"')), async ({ feeds, events }) => {
    for (const id of ["a", "b"]) await expect(tab.locator(`#${id} .w`)).toHaveAttribute("data-state", "ready");
    await tab.evaluate((fresh) => {
      globalThis.asked = 0;
      for (const node of document.querySelectorAll("tributary-report")) {
        node.renewToken = async () => ((globalThis.asked += 1), fresh);
      }
    }, fresh);
    const status = async () => (await instance.fetch("/api/feed", { headers: { authorization: `Bearer ${short}` } })).status;
    await expect.poll(status, { timeout: 40_000 }).toBe(401);
    await instance.facts([{ id: "late", type: "touch", kind: "click", at: new Date().toISOString(), link: "ada-pricing", visitor: "late" }]);
    await later(tab);
    const expected = await native(instance, fresh);
    await expect(figure(tab.locator("#a"), "clicks")).toHaveAttribute("data-value", expected.figures.clicks);
    expect(await tab.evaluate(() => globalThis.asked)).toBe(1);
    // Open, refused, renewed.
    expect(feeds.map((request) => request.headers().authorization)).toEqual([short, short, fresh].map((t) => `Bearer ${t}`));
    // Who comes later with the old token finds the renewed feed.
    await tab.locator("#a").evaluate((node) => node.after(Object.assign(node.cloneNode(), { id: "c" })));
    await expect(figure(tab.locator("#c"), "clicks")).toHaveAttribute("data-value", expected.figures.clicks);
    expect(feeds).toHaveLength(3);
    expect((await events()).filter(([name]) => name === "error")).toEqual([]);
  });
});

test("a token that cannot be renewed takes the figures away, and says so", async ({ page: tab, instance, dub }) => {
  const { ada } = await sharedYear(instance);
  const fresh = await token(dub, ada);
  const ended = ending(fresh, endOf(fresh) - 4 * 60 * 60, instance.keys);
  const init = () => {
    globalThis.asked = 0;
    const refuse = async () => {
      globalThis.asked += 1;
      throw new Error("no");
    };
    // Before the element is known: what a page has set is kept.
    addEventListener("DOMContentLoaded", () => document.querySelectorAll("tributary-report").forEach((node) => (node.renewToken = refuse)), { capture: true });
  };
  await visit(tab, shell(instance.url, tag("a", ended) + tag("b", ended)), async ({ events }) => {
    for (const id of ["a", "b"]) {
      await expect(tab.locator(`#${id}`).getByRole("status").filter({ hasText: "Its access has ended" })).toBeVisible();
      await expect(tab.locator(`#${id} [data-figure]`)).toHaveCount(0);
    }
    const errors = (await events()).filter(([name]) => name === "error");
    expect(errors.map(([, id, { code }]) => [id, code]).sort()).toEqual([["a", "signed_out"], ["b", "signed_out"]]);
    expect(await findings(tab)).toEqual([]);
  }, init);
});

test("with the server gone the page goes on: with the last figures, or with a way to ask again", async ({ page: tab, instance, dub }) => {
  const { ada } = await sharedYear(instance);
  const own = await token(dub, ada);
  await tab.clock.install();
  await visit(tab, shell(instance.url, tag("a", own)), async ({ events }) => {
    await expect(tab.locator("#a .w")).toHaveAttribute("data-state", "ready");
    const clicks = await figure(tab.locator("#a"), "clicks").getAttribute("data-value");
    await tab.route(`${instance.url}/**`, (route) => route.abort());
    await later(tab);
    await expect(tab.locator("#a")).toContainText(/No connection\. These are the figures of .* UTC\./);
    await expect(figure(tab.locator("#a"), "clicks")).toHaveAttribute("data-value", clicks);
    expect(await findings(tab)).toEqual([]);
    // One that comes now with another token has nothing to show yet.
    await tab.locator("#a").evaluate((node) => {
      node.after(Object.assign(document.createElement("tributary-report"), { id: "b" }));
      document.querySelector("#b").setAttribute("token", "another");
    });
    await expect(tab.locator("#b").getByRole("status").filter({ hasText: "No connection" })).toBeVisible();
    expect((await events()).filter(([name]) => name === "error").map(([, id, { code }]) => [id, code])).toEqual([["a", "offline"], ["b", "offline"]]);
    await tab.unroute(`${instance.url}/**`);
    await tab.locator("#b").evaluate((node, own) => node.setAttribute("token", own), own);
    await expect(figure(tab.locator("#b"), "clicks")).toHaveAttribute("data-value", clicks);
    await tab.locator("#a").getByRole("button", { name: "Try again" }).click();
    await expect(tab.locator("#a")).not.toContainText("No connection");
  });
});

test("without any of its files the page is as it was", async ({ page: tab, instance }) => {
  await tab.route(`${instance.url}/**`, (route) => (route.request().url().endsWith("embed.js") ? route.continue() : route.abort()));
  await visit(tab, shell(instance.url, tag("a", "x")), async ({ events }) => {
    await expect(tab.locator("#a")).toContainText("This report cannot be shown now.");
    expect((await events()).map(([name, id, { code }]) => [name, id, code])).toEqual([["error", "a", "unavailable"]]);
  });
  await tab.unroute(`${instance.url}/**`);
  await tab.route(`${instance.url}/**`, (route) => route.abort());
  await visit(tab, shell(instance.url, tag("a", "x")), async () => {
    await expect(tab.locator("h1")).toHaveText("Host page");
  });
});

/** A script of a page, with the real packages that it imports. */
async function bundle(contents) {
  const define = { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false" };
  const stdin = { contents, resolveDir: root };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "iife", define: { ...define, __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" } });
  return outputFiles[0].text.replaceAll("</script", "<\\/script");
}

const REACT = `
  import { createElement as h, StrictMode, useState } from "react";
  import { createRoot } from "react-dom/client";
  function App() {
    const [view, setView] = useState("summary");
    const [said, setSaid] = useState("nothing");
    return h("div", null,
      h("button", { onClick: () => setView("links") }, "Links"),
      h("output", null, said),
      h("tributary-report", {
        id: "a", token: globalThis.ended, view, renewToken: async () => globalThis.fresh,
        "ontributary:ready": () => setSaid("ready"),
      }));
  }
  customElements.whenDefined("tributary-report").then(() =>
    createRoot(document.querySelector("#app")).render(h(StrictMode, null, h(App))));`;

const VUE = `
  import { createApp, h } from "vue";
  createApp({
    data: () => ({ view: "summary", said: "nothing" }),
    render() {
      return h("div", [
        h("button", { onClick: () => (this.view = "links") }, "Links"),
        h("output", this.said),
        h("tributary-report", {
          id: "a", token: globalThis.ended, view: this.view, ".renewToken": async () => globalThis.fresh,
          "onTributary:ready": () => (this.said = "ready"),
        }),
      ]);
    },
  }).mount("#app");`;

for (const [name, source] of Object.entries({ React: REACT, Vue: VUE })) {
  test(`inside a ${name} page`, async ({ page: tab, instance, dub }) => {
    const { ada } = await sharedYear(instance);
    const fresh = await token(dub, ada);
    const ended = ending(fresh, endOf(fresh) - 4 * 60 * 60, instance.keys);
    const expected = await native(instance, fresh);
    const body = `<div id="app"></div><script>globalThis.fresh = "${fresh}"; globalThis.ended = "${ended}"; ${await bundle(source)}</script>`;
    await visit(tab, shell(instance.url, body), async ({ events }) => {
      await expect(figure(tab.locator("#a"), "clicks")).toHaveAttribute("data-value", expected.figures.clicks);
      await expect(tab.locator("output")).toHaveText("ready");
      await tab.getByRole("button", { name: "Links", exact: true }).click();
      await expect(tab.locator('#a [data-link="ada-pricing"]')).toBeVisible();
      expect((await events()).filter(([name]) => name === "error")).toEqual([]);
      expect(await findings(tab)).toEqual([]);
    });
  });
}
