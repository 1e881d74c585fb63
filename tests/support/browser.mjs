// What browser tests share: an instance a test, the native engine, axe, a page of another origin.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { expect, test as base } from "@playwright/test";
import { Dub } from "dub";
import { start } from "./instance.mjs";
import { report } from "./native.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export { expect, report };

export const test = base.extend({
  instance: async ({}, use) => {
    const instance = await start();
    await use(instance);
    await instance.stop();
  },
  /** The official client of Dub for the instance. */
  dub: async ({ instance }, use) => use(new Dub({ token: instance.apiKey, serverURL: `${instance.url}/api` })),
});

/** The address that signs in a partner, or the marketer. */
export async function signInLink(instance, who) {
  const { body } = await instance.api("POST", "/sign-in-links", who.id ? { partnerId: who.id } : { role: who });
  return body.url;
}

/** Opens the portal or the console as somebody, and waits for its figures. */
export async function open(page, instance, who) {
  await page.goto(await signInLink(instance, who));
  await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
}

/** The raw value of a figure of the page. */
export const figure = (scope, id) => scope.locator(`[data-figure="${id}"]`).first();

/** The report that the engine computes natively from the feed that this page is given. */
export async function native(page, question) {
  const bytes = await page.evaluate(async () => {
    const answer = await fetch("/api/feed", { headers: { accept: "application/vnd.tributary.feed" } });
    return [...new Uint8Array(await answer.arrayBuffer())];
  });
  return report(Buffer.from(bytes), question);
}

/** Everything that axe finds on the page, a line each. */
export async function findings(page) {
  // Through the debugger: the page's policy lets no script in, which is as it should be.
  await page.evaluate(await readFile(axe, "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target}`));
}

/** Serves one page from another origin than the instance's; answers its address and how to stop it. */
export async function foreignPage(html) {
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

/** Terms of commission: a fifth of what a partner is credited with. */
export const TERMS = { version: 0, since: "2024-01-01T00:00:00Z", rules: [{ name: "Standard", pay: { percent: 200_000 }, hold: 30 }] };

/** A year that two partners share: what the figures of a page can be held against. */
export async function sharedYear(instance) {
  const ago = (days) => new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
  const ada = await instance.partner("Ada Analytics", { coupons: ["ada20"] });
  const eve = await instance.partner("Eve Agency");
  await instance.api("POST", "/links", { url: "https://example.com/pricing", key: "ada-pricing", partnerId: ada.id, utm_campaign: "spring" });
  const facts = [];
  const add = (fact) => facts.push({ id: `f${facts.length}`, ...fact });
  for (let i = 0; i < 24; i++) {
    const [day, customer, visitor] = [340 - i * 14, `customer-${i}`, `visitor-${i}`];
    const [first, second] = i % 3 === 0 ? ["eve-agency", "ada-pricing"] : ["ada-pricing", "eve-agency"];
    add({ type: "touch", kind: "click", at: ago(day), link: first, visitor });
    if (i % 2 === 0) add({ type: "touch", kind: "click", at: ago(day - 2), link: second, visitor });
    if (i % 5 === 0) add({ type: "touch", kind: "click", at: ago(day - 2), link: "ada-pricing", visitor, excluded: "bot" });
    add({ type: "lead.created", at: ago(day - 3), customer, visitor, company: `Harbor Number${i}` });
    if (i % 4 === 3) continue;
    add({ type: "opportunity.opened", at: ago(day - 4), opportunity: `opp-${i}`, customer });
    if (i % 4 === 2) {
      add({ type: "opportunity.lost", at: ago(day - 9), opportunity: `opp-${i}` });
      continue;
    }
    add({ type: "touch", kind: "co_sell", at: ago(day - 6), partner: (i % 2 ? eve : ada).id, customer });
    add({ type: "revenue", kind: "new", at: ago(day - 12), customer, amount: 100_001 + i * 7_919, currency: "USD", invoice: `in-${i}` });
    if (i % 8 === 0) add({ type: "revenue", kind: "refund", at: ago(day - 15), customer, amount: 33_333, currency: "USD", refundOf: `in-${i}` });
    // A touch after the conversion, which earns nothing from it.
    add({ type: "touch", kind: "click", at: ago(day - 16), link: "ada-pricing", visitor });
    if (i % 5 === 1) add({ type: "revenue", kind: "renewal", at: ago(Math.max(day - 60, 1)), customer, amount: 50_000, currency: "USD", invoice: `re-${i}` });
  }
  for (let i = 0; i < 200; i++) add({ type: "touch", kind: "click", at: ago((i * 7) % 300), link: "ada-pricing", visitor: `nowhere-${i}` });
  const { body } = await instance.facts(facts);
  if (body.recorded !== facts.length) throw new Error(JSON.stringify(body).slice(0, 500));
  return { ada, eve };
}
