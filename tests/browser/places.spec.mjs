// The places of the portal, and the period that they share: what a partner does there, held against the native engine.

import { readFile } from "node:fs/promises";
import { TERMS, expect, figure, findings, native, open, sharedYear, test } from "../support/browser.mjs";

const IDS = ["revenue_sourced", "revenue_assisted", "revenue_influenced", "revenue_attributed", "clicks", "leads", "conversion_rate"];
const DAY = 24 * 60 * 60 * 1000;
const iso = (time) => new Date(time).toISOString().slice(0, 10);
const utc = (...parts) => Date.UTC(...parts);

/** The last day of a month that is so many months away, or the day of the month, whichever is first. */
function sameDay(now, months) {
  const [y, m, d] = [now.getUTCFullYear(), now.getUTCMonth() + months, now.getUTCDate()];
  return Math.min(utc(y, m, d), utc(y, m + 1, 0));
}

/** Each range of the switch: its days, and the same a year before. */
function ranges(now) {
  const [y, m] = [now.getUTCFullYear(), now.getUTCMonth()];
  const q = m - (m % 3);
  const whole = (from, until) => [from, until - DAY].map(iso);
  // As far as the other has come.
  const so_far = (from, before, until) => [before, Math.min(before + (utc(y, m, now.getUTCDate()) - from), until - DAY)].map(iso);
  return {
    this_month: [whole(utc(y, m), utc(y, m + 1)), so_far(utc(y, m), utc(y - 1, m), utc(y - 1, m + 1))],
    last_month: [whole(utc(y, m - 1), utc(y, m)), whole(utc(y - 1, m - 1), utc(y - 1, m))],
    this_quarter: [whole(utc(y, q), utc(y, q + 3)), so_far(utc(y, q), utc(y - 1, q), utc(y - 1, q + 3))],
    last_quarter: [whole(utc(y, q - 3), utc(y, q)), whole(utc(y - 1, q - 3), utc(y - 1, q))],
    this_year: [whole(utc(y, 0), utc(y + 1, 0)), so_far(utc(y, 0), utc(y - 1, 0), utc(y, 0))],
    last_year: [whole(utc(y - 1, 0), utc(y, 0)), whole(utc(y - 2, 0), utc(y - 1, 0))],
  };
}

const place = (page, name) => page.getByRole("navigation", { name: "Places" }).getByRole("link", { name });

async function expectFigures(page, question) {
  const expected = await native(page, question);
  for (const id of IDS) await expect(figure(page, id), id).toHaveAttribute("data-value", expected.figures[id]);
  return expected;
}

test("every period, and what it stands beside, is the engine's, with no request and in the address", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  const asked = [];
  page.on("request", (request) => request.url().includes("/api/") && asked.push(request.url()));
  await expectFigures(page);
  const seen = new Set();
  const trend = (id) => page.locator(".tile", { has: figure(page, id) }).locator("[data-then]");
  for (const [range, [days, before]] of Object.entries(ranges(new Date()))) {
    await page.getByLabel("Period").selectOption(range);
    expect(new URL(page.url()).searchParams.get("range")).toBe(range);
    const [now, then] = [await expectFigures(page, { days }), await native(page, { days: before })];
    seen.add(now.figures.revenue_sourced);
    for (const id of ["revenue_sourced", "clicks", "leads"]) {
      await expect(trend(id)).toHaveAttribute("data-then", then.figures[id]);
    }
  }
  expect(seen.size).toBeGreaterThan(2);
  // Days of one's own begin with those that were shown, and stand beside as many right before them.
  await page.getByLabel("Period").selectOption("days");
  const [from, to] = [Date.now() - 200 * DAY, Date.now() - 101 * DAY];
  await page.getByLabel("From", { exact: true }).fill(iso(from));
  await page.getByLabel("To", { exact: true }).fill(iso(to));
  await page.getByLabel("Beside").selectOption("before");
  await expectFigures(page, { days: [iso(from), iso(to)], model: "policy" });
  const then = await native(page, { days: [iso(from - 100 * DAY), iso(from - DAY)] });
  await expect(trend("revenue_sourced")).toHaveAttribute("data-then", then.figures.revenue_sourced);
  await expect(trend("clicks")).toHaveAttribute("data-then", then.figures.clicks);
  // A view is a link: model and period together, at another place and after loading anew.
  await page.getByLabel("Model").selectOption("linear");
  const linear = await expectFigures(page, { days: [iso(from), iso(to)], model: "linear" });
  await page.reload();
  await expectFigures(page, { days: [iso(from), iso(to)], model: "linear" });
  await place(page, "Deals").click();
  await expect(page.locator("[data-deal]")).toHaveCount(linear.deals);
  expect(new URL(page.url()).searchParams.get("from")).toBe(iso(from));
  expect(asked.filter((url) => !/\/api\/(feed|statements)/.test(url))).toEqual([]);
  expect(await findings(page)).toEqual([]);
});

test("places are links: the way back, another tab, the keyboard, and nothing that sticks out at 360 px", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  await page.setViewportSize({ width: 360, height: 800 });
  const heading = { Funnel: "From click to win", Deals: "Deals", Links: "Links", Statements: /The program has not set its terms yet/ };
  for (const [name, title] of Object.entries(heading)) {
    await place(page, name).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 2, name: title, exact: true })).toBeVisible();
    await expect(place(page, name)).toHaveAttribute("aria-current", "page");
    await expect(page).toHaveTitle(`${name} · Ada Analytics · Northbeam`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), name).toBeLessThanOrEqual(0);
    expect(await findings(page), name).toEqual([]);
  }
  await page.goBack();
  await page.goBack();
  await expect(place(page, "Deals")).toHaveAttribute("aria-current", "page");
  await expect(page.locator("[data-deal]").first()).toBeVisible();
  const [tab] = await Promise.all([context.waitForEvent("page"), place(page, "Funnel").click({ modifiers: ["Control"] })]);
  await expect(tab.getByRole("heading", { level: 2, name: "From click to win" })).toBeVisible();
  await expect(place(page, "Deals")).toHaveAttribute("aria-current", "page");
  // What nobody knows is the overview.
  await page.goto(`${instance.url}/portal/?view=wonderland&range=someday`);
  await expect(figure(page, "revenue_sourced")).toBeVisible();
});

/** Seconds as the page writes them. */
function duration(seconds) {
  if (seconds === null) return "Not known";
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  const [unit, name] = seconds < 86_400 ? [3_600, "h"] : [86_400, "days"];
  const n = Math.round((seconds * 10) / unit) / 10;
  return `${n} ${n === 1 && name === "days" ? "day" : name}`;
}

test("the funnel says how many came so far, how many did not, and how long it took", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  await place(page, "Funnel").click();
  const check = async (question) => {
    const { funnel, times } = await native(page, question);
    const cells = await page.locator("[data-step]").evaluateAll((rows) => rows.map((row) => [...row.cells].slice(1).map((cell) => cell.textContent)));
    const expected = funnel.map((n, i) => {
      if (i === 0) return [String(n), "", "", ""];
      const m = funnel[i - 1];
      const rate = m === 0 ? "Not known" : n > m ? "All" : cells[i][1];
      if (/^[\d.]+%$/.test(rate)) expect(Number.parseFloat(rate)).toBeCloseTo((100 * n) / m, 0);
      return [String(n), rate, String(Math.max(m - n, 0)), duration(times[i - 1])];
    });
    expect(cells).toEqual(expected);
    return funnel;
  };
  const all = await check();
  expect(all[3]).toBeGreaterThan(0);
  await page.getByLabel("Period").selectOption("this_quarter");
  const [days] = ranges(new Date()).this_quarter;
  expect(await check({ days })).not.toEqual(all);
  await page.getByLabel("Window").selectOption("7");
  await check({ days, window: "7" });
});

test("joint marketing and integrations stand below the funnel once there are facts, as the engine counts them", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  await place(page, "Funnel").click();
  await expect(page.locator("[data-step]")).toHaveCount(4);
  const joint = page.getByRole("region", { name: "Together" });
  await expect(joint).toHaveCount(0);
  const at = new Date(Date.now() - 3 * DAY).toISOString();
  await instance.facts([
    { id: "j1", at, type: "campaign", campaign: "spring", partner: ada.id, kind: "sent", count: 1_000 },
    { id: "j2", at, type: "campaign", campaign: "spring", partner: ada.id, kind: "opened", count: 412 },
    { id: "j3", at, type: "asset", partner: ada.id, kind: "webinar" },
    { id: "j4", at, type: "integration.installed", integration: "Sync", partner: ada.id, customer: "customer-1" },
    { id: "j5", at, type: "integration.used", integration: "Sync", customer: "customer-1", count: 7 },
  ]);
  await page.reload();
  await expect(joint).toBeVisible();
  const { catalogue } = await native(page);
  const shown = await joint.locator("[data-figure]").evaluateAll((cells) => cells.map((cell) => [cell.dataset.figure, cell.dataset.value]));
  expect(shown.map(([id]) => id)).toEqual(expect.arrayContaining(["email_open_rate", "joint_assets", "usage_active_accounts", "uses_per_account"]));
  for (const [id, value] of shown) expect([id, value]).toEqual([id, catalogue[id]]);
  await expect(joint.locator('[data-figure="email_open_rate"]')).toHaveText("41.2%");
  await expect(joint.locator('[data-figure="uses_per_account"]')).toHaveText("7");
  expect(await findings(page)).toEqual([]);
});

test("deals are found by name, and downloaded as they are shown", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
  await instance.facts([
    { id: "quiet-1", type: "touch", kind: "click", at: ago(20), link: "ada-pricing", visitor: "quiet" },
    { id: "quiet-2", type: "lead.created", at: ago(19), customer: "quiet", visitor: "quiet", company: "Quiet Coast" },
  ]);
  await open(page, instance, ada);
  await place(page, "Deals").click();
  const { deals } = await native(page);
  await expect(page.getByText(`${deals} deals`)).toBeVisible();
  await page.getByLabel("Find a customer").fill(" QUIET ");
  await expect(page.locator("[data-deal]")).toHaveCount(1);
  await expect(page.locator("[data-deal]")).toContainText("Quiet C.");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  expect(lines[0]).toBe("\ufeffcustomer,stage,class,revenue,credit,currency,last_activity");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^Quiet C\.,Lead,Sourced,0\.00,0\.00,USD,/);
  // Columns that are left out stand in the address, and are left out of the file.
  await page.getByText("Columns", { exact: true }).click();
  expect(await findings(page)).toEqual([]);
  await page.getByRole("checkbox", { name: "Stage" }).uncheck();
  await page.getByRole("checkbox", { name: "Your credit" }).uncheck();
  await expect(page.getByRole("columnheader")).toHaveText([/Customer/, /Class/, /Revenue/, /Last activity/]);
  expect(new URL(page.url()).searchParams.getAll("hide")).toEqual(["stage", "credit"]);
  await page.reload();
  await expect(page.getByRole("columnheader")).toHaveCount(4);
  await expect(page.getByRole("cell", { name: "Won", exact: true })).toHaveCount(0);
  const [less] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  expect((await readFile(await less.path(), "utf8")).split("\r\n")[0]).toBe("\ufeffcustomer,class,revenue,currency,last_activity");
  await page.getByLabel("Find a customer").fill("nobody of this name");
  await expect(page.getByText("No deal has such a name.")).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

for (const reader of ["partner", "marketer"]) {
  test(`links and campaigns add up to the figures, in every period: the ${reader}\u2019s`, async ({ page, instance }) => {
    const { ada } = await sharedYear(instance);
    await open(page, instance, reader === "partner" ? ada : reader);
    await place(page, "Links").click();
    const sums = (selector) =>
      page.locator(selector).evaluateAll((rows) =>
        rows
          .map((row) => [...row.querySelectorAll("td.n")].map((cell) => Number(cell.textContent.replace("−", "-").replaceAll(/[^\d-]/g, ""))))
          .reduce((sum, row) => sum.map((n, i) => n + row[i]), [0, 0, 0]),
      );
    for (const [range, days] of [["always", undefined], ["this_year", ranges(new Date()).this_year[0]], ["last_month", ranges(new Date()).last_month[0]]]) {
      await page.getByLabel("Period").selectOption(range);
      const { figures } = await native(page, { days });
      const expected = [figures.clicks, figures.leads, figures.revenue_attributed].map(Number);
      expect(await sums("[data-link]"), range).toEqual(expected);
      expect(await sums("[data-campaign]"), range).toEqual(expected);
    }
    await expect(page.locator('[data-campaign="spring"]')).toBeVisible();
  });
}

const money = (minor) => new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" }).format(minor / 100).replace("-", "−");

test("statements: the month as the server states it, closed or so far, on paper and as a file", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  await open(page, instance, ada);
  // No terms yet: not known, and said so.
  const tile = page.locator(".tile", { hasText: "Commission in" });
  await expect(tile).toContainText("Not known");
  await place(page, "Statements").click();
  await expect(page.getByRole("alert")).toContainText("The program has not set its terms yet");
  expect((await instance.api("POST", "/terms", TERMS)).status).toBe(201);
  await page.getByRole("button", { name: "Try again" }).click();
  const document = page.locator("[data-statement]");
  await expect(document).toContainText("Open: a statement so far");

  // A month with a sale of the partner's own.
  const months = Object.entries((await native(page)).months).filter(([, [, , attributed]]) => attributed > 0);
  const month = months.at(-2)[0];
  await page.locator("select[name=month]").selectOption(month);
  const stated = async () => (await instance.api("GET", `/statements?month=${month}&partnerId=${ada.id}`)).body[0];
  const expectStated = async () => {
    const statement = await stated();
    await expect(document).toHaveAttribute("data-statement", `${month} USD`);
    const rows = Object.fromEntries(await document.locator(".summary > div").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent))));
    expect(rows).toMatchObject({
      "Owed at the beginning": money(statement.opening),
      Earned: money(statement.earned),
      "Owed at the end": money(statement.closing),
      "of it payable": money(statement.payableClosing),
      "of it on hold": money(statement.held),
    });
    await expect(document.locator("tbody tr")).toHaveCount(statement.lines.length + statement.corrections.length);
    return statement;
  };
  const open_ = await expectStated();
  expect(open_.earned).toBeGreaterThan(0);
  expect(new URL(page.url()).searchParams.get("month")).toBe(month);
  await expect(document).toMatchAriaSnapshot(`
    - article:
      - heading /Statement of/ [level=2]
      - region "Lines of the statement":
        - table:
          - rowgroup:
            - row "Date What Sale Credited Rate Commission"
      - paragraph:
        - button "Download CSV"
        - button "Print"`);
  expect(await findings(page)).toEqual([]);

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
  expect(download.suggestedFilename()).toBe(`statement-${month}-USD.csv`);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n").slice(1);
  const cents = lines.map((line) => Math.round(Number(line.split(",")[4]) * 100));
  expect(cents.reduce((sum, n) => sum + n, 0)).toBe(open_.earned - open_.clawedBack);

  // Closed by the program: the same page says so, after the way back and forth.
  expect((await instance.api("POST", "/statements/close", { month })).status).toBe(200);
  await page.getByRole("button", { name: "Month after" }).click();
  await page.getByRole("button", { name: "Month before" }).click();
  await expect(document).toContainText("Closed on");
  await expectStated();
  await page.emulateMedia({ media: "print" });
  await expect(place(page, "Deals")).toBeHidden();
  await expect(page.getByRole("button", { name: "Print" })).toBeHidden();
  await expect(document).toBeVisible();
  await page.emulateMedia({ media: "screen" });

  // The store that fails: said, and asked again.
  await page.route("**/api/statements**", (route) => route.fulfill({ status: 503, json: { error: { code: "internal_server_error", message: "A store did not answer." } } }));
  await page.getByRole("button", { name: "Month before" }).click();
  await expect(page.getByRole("alert")).toContainText("A store did not answer.");
  await page.unroute("**/api/statements**");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("alert")).toBeHidden();

  await place(page, "Overview").click();
  const { body: present } = await instance.api("GET", `/statements?partnerId=${ada.id}`);
  const own = present[0] ?? { earned: 0, clawedBack: 0 };
  await expect(figure(page, "commission")).toHaveAttribute("data-value", String(own.earned - own.clawedBack));
});

test("when somebody else signs in in another tab, nothing of the first reader stays", async ({ page, context, instance }) => {
  const { ada, eve } = await sharedYear(instance);
  await page.clock.install();
  await open(page, instance, ada);
  await place(page, "Team").click();
  await expect(page.locator("main")).toContainText("ada.analytics@partners.example");
  await open(await context.newPage(), instance, eve);
  await page.clock.fastForward(6 * 60_000);
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Eve Agency");
  await expect(page.locator("main")).toContainText("eve.agency@partners.example");
  await expect(page.locator("main")).not.toContainText("ada.analytics");
});

test("goals with their pace, and what is new since the last visit", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const year = new Date().getUTCFullYear();
  const goal = { id: "goal", type: "partner.goal", partner: ada.id, metric: "revenue_sourced", period: String(year), target: 2_000_000, at: new Date(Date.now() - 10 * DAY).toISOString() };
  expect((await instance.facts([goal])).body.recorded).toBe(1);
  await open(page, instance, ada);
  const { figures } = await native(page, { days: [`${year}-01-01`, `${year}-12-31`] });
  const row = page.locator("[data-goal]");
  await expect(row).toHaveAttribute("data-value", figures.revenue_sourced);
  const elapsed = (Date.now() - utc(year, 0)) / (utc(year + 1, 0) - utc(year, 0));
  await expect(row).toContainText(Number(figures.revenue_sourced) / 2_000_000 >= elapsed ? "On pace" : "Behind");
  // It is agreed under the program's policy, whatever the reader asks.
  await page.getByLabel("Window").selectOption("7");
  await page.getByLabel("Period").selectOption("last_month");
  await expect(row).toHaveAttribute("data-value", figures.revenue_sourced);
  await expect(page.locator(".since")).toHaveCount(0);

  // A day later, by what the browser has kept.
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage)) {
      const [before, now] = localStorage.getItem(key).split(",");
      localStorage.setItem(key, `${before},${now - 86_400}`);
    }
  });
  await page.reload();
  const told = page.locator(".since");
  // What happened since then, whenever it was told.
  const clicks = (await native(page, { days: [iso(Date.now() - DAY), iso(Date.now())] })).figures.clicks;
  await expect(told).toContainText(clicks === "0" ? "nothing new" : /click/);
  const link = (await instance.api("GET", "/links")).body.find((link) => link.key === "ada-pricing");
  expect(link.partnerId).toBe(ada.id);
  expect((await instance.facts([{ id: "fresh", type: "touch", kind: "click", at: new Date().toISOString(), link: "ada-pricing", visitor: "fresh" }])).body.recorded).toBe(1);
  await page.reload();
  await expect(told).toContainText(/\d+ clicks?/);
  expect(await findings(page)).toEqual([]);
});
