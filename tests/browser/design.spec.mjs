// The design system: every part in every state, photographed (target/screenshots/design) on narrow and wide pages, by day and by night.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { expect, findings, test } from "../support/browser.mjs";
import { root } from "../support/instance.mjs";

const shots = path.join(root, "target/screenshots/design");
const WIDTHS = [390, 768, 1440];
const SCHEMES = ["light", "dark"];

/** The page, and everything that went wrong or was asked on the way. */
async function open(page, instance) {
  const [errors, asked] = [[], []];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => asked.push(new URL(request.url())));
  await page.goto(`${instance.url}/portal/design/`);
  await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
  return { errors, asked };
}

for (const width of WIDTHS) {
  for (const colorScheme of SCHEMES) {
    test(`every part in every state, ${width} px, ${colorScheme}`, async ({ page, instance }) => {
      await mkdir(shots, { recursive: true });
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const { errors, asked } = await open(page, instance);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(await findings(page)).toEqual([]);
      const parts = await page.locator("[data-part]").all();
      expect(parts.length).toBeGreaterThan(15);
      for (const part of parts) {
        const name = await part.getAttribute("data-part");
        // It is in the list of parts, says when it is used, and stands there in each of its states.
        await expect(page.locator(`.index a[href="#${name}"]`)).toHaveCount(1);
        expect((await part.locator("> header p").textContent()).length, name).toBeGreaterThan(40);
        const states = await part.locator("[data-shows]").evaluateAll((states) =>
          states.map((state) => {
            const shown = state.querySelector(".stand");
            const { width, height } = (shown.firstElementChild ?? shown).getBoundingClientRect();
            // What sticks out of its state, but for what is scrolled on purpose.
            const edge = state.getBoundingClientRect().right + 1;
            const out = [...shown.querySelectorAll("*")].filter((node) => !node.closest(".scroll, .places, .unseen, [hidden]") && node.getBoundingClientRect().right > edge);
            return [state.dataset.shows, width > 0 && height > 0, out.map((node) => node.outerHTML.slice(0, 90))];
          }),
        );
        expect(states.length, name).toBeGreaterThan(0);
        for (const [state, isShown, out] of states) {
          expect(isShown, `${name}: ${state} is empty`).toBe(true);
          expect(out, `${name}: ${state} sticks out`).toEqual([]);
        }
        await part.screenshot({ path: path.join(shots, `${name}-${width}-${colorScheme}.png`), animations: "disabled" });
      }
      // Its own files and nothing else: no question to the server, none to anybody.
      expect(asked.filter((url) => url.origin !== instance.url || url.pathname.startsWith("/api/")).map(String)).toEqual([]);
      expect(errors).toEqual([]);
    });
  }
}

test("tokens are those of the style sheet, and text on its ground is readable in both schemes", async ({ page, instance }) => {
  await open(page, instance);
  const written = await page.evaluate(async () => [...new Set((await (await fetch("/style/base.css")).text()).match(/^ {2}--[\w-]+(?=:)/gm).map((name) => name.trim()))]);
  const shown = (await page.locator('[data-part="color"] code, [data-part="space"] code, [data-part="type"] code').allTextContents()).sort();
  expect(shown).toEqual(written.sort());
  const swatch = () => page.locator('[data-token="--accent"]').textContent();
  const before = await swatch();
  for (const scheme of SCHEMES) {
    await page.getByLabel("Scheme").selectOption(scheme);
    if (scheme === "dark") await expect.poll(swatch).not.toBe(before);
    const ratios = await page.locator("[data-contrast]").evaluateAll((rows) => rows.map((row) => [row.textContent, Number(row.dataset.contrast)]));
    expect(ratios.length).toBeGreaterThan(10);
    for (const [pair, ratio] of ratios) expect(ratio, `${scheme}: ${pair}`).toBeGreaterThanOrEqual(4.5);
  }
});

test("the parts work: a switch, a deal, a form and its mistakes, a place of the address", async ({ page, instance }) => {
  await open(page, instance);
  expect(await page.evaluate(() => scrollY)).toBe(0);
  const switches = page.locator('[data-part="switch"] [data-shows]').first();
  await switches.getByLabel("Model").selectOption("linear");
  await expect(switches).toContainText("Your own choice");
  const deals = page.locator('[data-part="deals"] [data-shows]').first();
  await deals.getByRole("button", { name: "Nine Rivers" }).click();
  await expect(deals).toContainText("Another partner");
  await expect(page.locator('[data-shows="Searched in vain"]')).toContainText("No deal has such a name.");
  await expect(page.locator('[data-part="field"]').getByText("Please fill out this field.")).toHaveCount(2);
  await page.goto(`${instance.url}/portal/design/#goals`);
  await page.reload();
  await expect(page.locator("#goals")).toBeInViewport();
});
