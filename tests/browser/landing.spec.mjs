// Landing pages in Chromium: what every kind of brand looks like (target/screenshots/landing), without script, by keyboard.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { expect, findings, test } from "../support/browser.mjs";
import { root } from "../support/instance.mjs";

const shots = path.join(root, "target/screenshots/landing");
const svg = (width, height, inside) => `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${inside}</svg>`;

/** Logos as partners have them; any other does not load. */
const LOGOS = {
  good: svg(200, 48, '<circle cx="24" cy="24" r="20" fill="#be123c"/><path d="M14 30 24 12l10 18z" fill="#fff"/><text x="54" y="33" font-family="sans-serif" font-weight="700" font-size="26" fill="#1f2937">Harbor</text>'),
  white: svg(180, 48, '<text x="4" y="35" font-family="sans-serif" font-weight="800" font-size="32" fill="#fff">Ghostly</text>'),
  huge: svg(6000, 400, '<rect width="6000" height="400" fill="#f0f"/><text x="40" y="330" font-family="serif" font-size="360" fill="#0f0">THE BIGGEST LOGO IN THE WHOLE WORLD</text>'),
  tall: svg(40, 900, '<rect width="40" height="900" fill="#111827"/><circle cx="20" cy="450" r="18" fill="#fbbf24"/>'),
};

const logo = (name) => `https://logos.example/${name}.svg`;

/** Brands, good ones and terrible ones. */
const BRANDS = {
  "plain": { name: "Harbor Analytics" },
  "name-and-logo": { name: "Harbor Analytics", content: { logo: logo("good"), colors: { accent: "#be123c" } } },
  "complete": {
    name: "Northwind Studios",
    kind: "agency",
    coupons: ["NORTH20"],
    description: "Northwind Studios has rolled out finance tools at forty companies since 2011, from Lisbon and Tallinn.",
    content: {
      headline: "Close your month in a day, not in a week",
      text: "We set Northbeam up with your bank, your shop and your ledger, and train the people who use it.",
      logo: logo("good"),
      colors: { accent: "#4f46e5", background: "#eef2ff" },
      offer: { title: "20 % off the first year", text: "For new customers who start before the end of the quarter." },
      testimonial: { quote: "Northwind had us running in nine days. The month that took two people a week now takes one of them a morning.", name: "Cleo Marchetti", role: "CFO, Harbor & Sons" },
      form: {
        title: "Talk to a person who has done it",
        button: "Book a call",
        fields: [{ name: "company", required: true }, { name: "phone" }, { name: "size", label: "Team size", kind: "select", options: ["1–10", "11–50", "51–200", "more"] },
          { name: "message" }, { name: "terms", label: "Northwind may call me about this request", kind: "checkbox", required: true }],
      },
    },
  },
  "night": {
    name: "Atlas",
    kind: "technology",
    coupons: ["ATLAS"],
    content: { headline: "Northbeam, wired into Atlas", colors: { accent: "#22d3ee", background: "#0b1120" }, testimonial: { quote: "It just appeared in our reports.", name: "Ode Brandt" } },
  },
  "broken-logo-yellow": { name: "Sunny Side Consulting", coupons: ["SUNNY"], content: { logo: logo("gone"), colors: { accent: "#ffff00" } } },
  "huge-logo-grey": { name: "The Biggest Partner", kind: "reseller", coupons: ["BIG"], content: { logo: logo("huge"), colors: { accent: "#808080", background: "#808080" } } },
  "white-logo-magenta": {
    name: "Ghostly & Daughters Supercalifragilisticexpialidocious Partnerships International",
    coupons: ["SUPERCALIFRAGILISTICEXPIALIDOCIOUS-2026-INTERNATIONAL-CODE"],
    content: { logo: logo("white"), colors: { accent: "#00ff00", background: "#ff00ff" }, offer: { title: "Donaudampfschifffahrtsgesellschaftskapitänsmützenrabatt" } },
  },
  "tall-logo-lime": { name: "東京データ", username: "tokyo", content: { logo: logo("tall"), headline: "ノースビームを東京データと", colors: { accent: "#bef264", background: "#fefce8" } } },
};

/** A partner with its page, public; answers the page's address. */
async function brand(instance, key) {
  const { name, content, ...more } = BRANDS[key];
  const partner = await instance.partner(name, { email: `${key}@partners.example`, username: key, ...more });
  const { body } = await instance.api("POST", "/pages", { partnerId: partner.id, content });
  const { status } = await instance.api("POST", `/pages/${body.id}/publish`, {});
  expect(status).toBe(200);
  return body.url;
}

/** Answers for the hosts of the logos. */
const serveLogos = (context) =>
  context.route("https://logos.example/**", (route) => {
    const body = LOGOS[new URL(route.request().url()).pathname.slice(1, -4)];
    return body ? route.fulfill({ contentType: "image/svg+xml", body }) : route.fulfill({ status: 404, body: "" });
  });

for (const key of Object.keys(BRANDS)) {
  test(`${key}: nothing sticks out, axe finds nothing, at three widths in both modes`, async ({ page, context, instance }) => {
    await serveLogos(context);
    await mkdir(shots, { recursive: true });
    const url = await brand(instance, key);
    const refused = [];
    page.on("console", (message) => message.type() === "error" && !message.text().includes("404") && refused.push(message.text()));
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const width of [390, 768, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(url, { waitUntil: "load" });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        await page.screenshot({ path: path.join(shots, `${key}-${colorScheme}-${width}.png`), fullPage: true });
        expect(await findings(page)).toEqual([]);
      }
      await page.goto(`${url}?sent=1`);
      expect(await findings(page)).toEqual([]);
      await page.screenshot({ path: path.join(shots, `${key}-${colorScheme}-sent.png`), fullPage: true });
    }
    expect(refused).toEqual([]);
  });
}

test("a logo that does not load gives way to the monogram", async ({ page, context, instance }) => {
  await serveLogos(context);
  await page.goto(await brand(instance, "broken-logo-yellow"));
  const drawn = await page.locator(".logo img").evaluate((image) => getComputedStyle(image, "::after").content);
  expect(drawn).toContain("SS");
  const box = await page.locator(".logo").boundingBox();
  expect(Math.round(box.height)).toBe(56);
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("the form takes every mistake, keeps what was typed, and makes one lead", async ({ page, context, instance }) => {
    await serveLogos(context);
    const url = await brand(instance, "complete");
    // The browser's own checks are good; here it is the page that is tried.
    await context.route(url, async (route) => {
      const answer = await route.fetch({ maxRedirects: 0 });
      await route.fulfill({ response: answer, body: (await answer.text()).replaceAll(" required", "").replaceAll('type="email"', 'type="text"') });
    });
    await page.goto(url);
    await page.getByLabel("Name", { exact: true }).fill("  ");
    await page.getByLabel("Work email").fill("bea at buyer");
    await page.getByLabel("Phone").fill("<b>1</b>");
    await page.getByLabel("Team size").selectOption("11–50");
    await page.getByLabel("What are you looking for?").fill("a\nb");
    await page.getByRole("button", { name: "Book a call" }).click();
    const summary = page.getByRole("alert");
    await expect(summary).toContainText("A few things need another look");
    await expect(summary.getByRole("link")).toHaveText(["Enter your name", "Enter an email address like name@company.com", "Fill in: Company", "Tick the box: Northwind may call me about this request"]);
    for (const [label, rule] of [["Work email", "Enter an email address like name@company.com"], ["Company", "Fill in: Company"]]) {
      await expect(page.getByLabel(label)).toHaveAttribute("aria-invalid", "true");
      await expect(page.getByLabel(label)).toHaveAccessibleDescription(rule);
    }
    await expect(page.getByLabel("Work email")).toHaveValue("bea at buyer");
    await expect(page.getByLabel("Phone")).toHaveValue("<b>1</b>");
    await expect(page.getByLabel("Team size")).toHaveValue("11–50");
    await expect(page.getByLabel("What are you looking for?")).toHaveValue("a\nb");
    await mkdir(shots, { recursive: true });
    await page.screenshot({ path: path.join(shots, "complete-mistakes.png"), fullPage: true });
    await page.getByLabel("Name", { exact: true }).fill("Bea Buyer");
    await page.getByLabel("Work email").fill("bea@buyer.example");
    await page.getByLabel("Company").fill("Harbor & Sons");
    await page.getByLabel("Northwind may call me").check();
    // A person takes longer than a test.
    await page.waitForTimeout(2100);
    await page.getByRole("button", { name: "Book a call" }).dblclick();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Thank you");
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Thank you");
    const [{ metadata, ...rest }] = await instance.rows("SELECT count(*) AS n, metadata FROM milestone");
    expect(rest.n).toBe(1);
    expect(JSON.parse(metadata).answers).toEqual({ size: "11–50", terms: true });
  });

  test("a form that is too quick is asked for once more, and nothing is lost", async ({ page, instance }) => {
    const url = await brand(instance, "plain");
    await page.goto(url);
    await page.getByLabel("Name", { exact: true }).fill("Bea");
    await page.getByLabel("Work email").fill("bea@buyer.example");
    await page.getByRole("button", { name: /Send/ }).click();
    const quick = page.getByRole("alert");
    const thanks = page.getByRole("heading", { name: "Thank you" });
    await expect(quick.or(thanks)).toBeVisible();
    if (await quick.isVisible()) {
      await expect(page.getByLabel("Work email")).toHaveValue("bea@buyer.example");
      await page.waitForTimeout(2100);
      await page.getByRole("button", { name: /Send/ }).click();
    }
    await expect(thanks).toBeVisible();
    expect(await instance.rows("SELECT count(*) AS n FROM milestone")).toEqual([{ n: 1 }]);
  });

  test("what a store does not take is shown again, and sent again", async ({ page, instance }) => {
    const url = await brand(instance, "plain");
    await page.goto(url);
    await page.getByLabel("Name", { exact: true }).fill("Bea");
    await page.getByLabel("Work email").fill("bea@buyer.example");
    await page.waitForTimeout(2100);
    await instance.db.prepare("ALTER TABLE milestone RENAME TO gone").run();
    await page.getByRole("button", { name: /Send/ }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("We could not take your message just now");
    await instance.db.prepare("ALTER TABLE gone RENAME TO milestone").run();
    await page.getByRole("button", { name: "Send again" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Thank you");
  });
});

test("axe finds nothing where something is wrong", async ({ page, context, instance }) => {
  await serveLogos(context);
  await page.goto(await brand(instance, "complete"));
  const submit = () => page.locator("form").evaluate((form) => Object.assign(form, { noValidate: true }).requestSubmit());
  await submit();
  await expect(page.getByRole("alert")).toBeFocused();
  expect(await findings(page)).toEqual([]);
  await page.getByLabel("Name", { exact: true }).fill("Bea");
  await page.getByLabel("Work email").fill("bea@buyer.example");
  await page.getByLabel("Company").fill("Harbor & Sons");
  await page.getByLabel("Northwind may call me").check();
  await page.waitForTimeout(2100);
  await instance.db.prepare("ALTER TABLE milestone RENAME TO gone").run();
  await submit();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("We could not take your message just now");
  expect(await findings(page)).toEqual([]);
});

test("a browser follows the form to the page's own destination", async ({ page, context, instance }) => {
  await context.route("https://example.com/**", (route) => route.fulfill({ contentType: "text/html", body: "<title>Welcome</title>" }));
  const partner = await instance.partner("Harbor Analytics");
  const { body } = await instance.api("POST", "/pages", { partnerId: partner.id, content: { thanks: { redirect: "https://example.com/welcome" } } });
  await instance.api("POST", `/pages/${body.id}/publish`, {});
  await page.goto(body.url);
  await page.getByLabel("Name", { exact: true }).fill("Bea");
  await page.getByLabel("Work email").fill("bea@buyer.example");
  await page.waitForTimeout(2100);
  await page.getByRole("button", { name: /Send/ }).click();
  await page.waitForURL(/^https:\/\/example\.com\/welcome\?trb_id=/);
});

test("a keyboard alone fills in the form, and what no person sees is in nobody's way", async ({ page, instance }) => {
  await page.goto(await brand(instance, "plain"));
  const stops = [];
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim()));
  }
  expect(stops.slice(2, 7)).toEqual(["name", "email", "company", "message", "Send to Northbeam"]);
  expect(stops).not.toContain("topic_code");
});
