// Landing pages in the console: made from a name, written with a live preview, saved, published, brought back.

import { expect, findings, open, sharedYear, test } from "../support/browser.mjs";

const visit = async (page, instance) => {
  await open(page, instance, "marketer");
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Pages" }).click();
  await expect(page.getByRole("heading", { name: "Landing pages", exact: true })).toBeVisible();
  await expect(page.getByText("Loading the list")).toHaveCount(0);
};
const make = async (instance, partner, content = {}, slug = "spring") => {
  const { status, body } = await instance.api("POST", "/pages", { partnerId: partner.id, slug, content });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
};
const edit = async (page, instance, { id }) => {
  await page.goto(`${instance.url}/console/?view=pages&page=${id}`);
  await expect(page.getByRole("button", { name: "Save draft" })).toBeVisible();
};
/** The page as the preview shows it: the newest frame, which takes the place of the one before once it is here. */
const preview = (page) => page.locator(".screen iframe").last().contentFrame();
const bar = (page) => page.locator(".draft-bar");
const said = async (instance, { id }) => (await instance.api("GET", `/pages/${id}`)).body;
// Its label is not its alone: "Text" is in others.
const text = (page) => page.locator("#p-text");

test("a page is made from a name, written, looked at, saved and published", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  await visit(page, instance);
  await expect(page.getByRole("main")).toMatchAriaSnapshot(`
    - main:
      - heading "Pages" [level=1]
      - button "New page"
      - region "Landing pages":
        - heading "Landing pages" [level=2]
        - combobox "Partner"
        - heading "No landing pages yet" [level=3]
        - paragraph: /Every partner has a plain page/`);
  expect(await findings(page)).toEqual([]);

  await page.getByRole("button", { name: "New page" }).click();
  const form = page.getByRole("region", { name: "New page" });
  await form.getByLabel("Partner").selectOption("Ada Analytics");
  await form.getByLabel("Name in the address").fill("a/b");
  await page.getByRole("button", { name: "Make the page" }).click();
  await expect(form.getByLabel("Name in the address")).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Name in the address").fill("spring");
  await page.getByRole("button", { name: "Make the page" }).dblclick();
  await expect(page.getByRole("heading", { name: /\/p\/ada-analytics\/spring$/ })).toBeVisible();
  expect((await instance.api("GET", "/pages")).body).toHaveLength(1);
  const [made] = (await instance.api("GET", "/pages")).body;

  // With nothing written it shows what the server would.
  await expect(preview(page).getByRole("heading", { level: 1 })).toHaveText(/Ada Analytics/);
  await page.getByLabel("Headline").fill("Numbers that agree");
  await expect(preview(page).getByRole("heading", { level: 1 })).toHaveText("Numbers that agree");
  await expect(bar(page)).toContainText("Unsaved changes");
  await page.getByLabel("Offer", { exact: false }).first().fill("20 % off");
  await expect(preview(page).getByText("20 % off")).toBeVisible();
  expect((await said(instance, made)).content.headline).toBeUndefined();

  await page.getByRole("combobox", { name: "Another field" }).selectOption("Your own: one of a list");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "One of a list" })).toBeFocused();
  await page.getByRole("textbox", { name: "One of a list" }).fill("Team size?");
  await page.getByLabel("One of these, a line each").fill("1–10\nmore");
  await page.getByLabel("Required").check();
  await expect(preview(page).getByLabel("Team size?")).toBeVisible();

  await page.getByLabel("Title of the thank-you").fill("Talk soon");
  await expect(preview(page).getByRole("heading", { name: "Talk soon" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Thank-you" })).toHaveAttribute("aria-pressed", "true");

  await page.getByRole("button", { name: "Save draft" }).dblclick();
  await expect(page.locator(".told")).toContainText("The draft is saved");
  await expect(bar(page)).toContainText("Saved");
  const draft = await said(instance, made);
  expect(draft).toMatchObject({ state: "draft", content: { headline: "Numbers that agree", offer: { title: "20 % off" }, thanks: { title: "Talk soon" } } });
  expect(draft.content.form.fields).toEqual([{ name: "team_size", label: "Team size?", kind: "select", options: ["1–10", "more"], required: true }]);
  await expect(bar(page)).toMatchAriaSnapshot(`
    - region:
      - heading /ada-analytics.spring/ [level=2]
      - paragraph: Ada Analytics · Draft
      - status: Saved
      - button "Save draft"
      - button "Publish"
      - button "Discard changes"
      - button "Link to the draft"`);

  await page.getByRole("button", { name: "Publish" }).dblclick();
  await expect(page.locator(".told")).toContainText("Version 1 is public");
  expect(await said(instance, made)).toMatchObject({ state: "live", version: 1 });
  await expect(page.locator("[data-version]")).toHaveCount(1);
  const open = page.getByRole("link", { name: "Open the page" });
  const [shown] = await Promise.all([context.waitForEvent("page"), open.click()]);
  await expect(shown.getByRole("heading", { level: 1 })).toHaveText("Numbers that agree");
  await shown.close();
  expect(await findings(page)).toEqual([]);

  // What the list says is what the server says.
  await page.getByRole("button", { name: "All pages" }).click();
  await expect(page.locator(`[data-page="${made.id}"]`)).toContainText(`Version ${(await said(instance, made)).version}`);
  await expect(page.locator("[data-page]")).toContainText(["Numbers that agree"]);
  await page.goBack();
  await expect(page.getByLabel("Headline")).toHaveValue("Numbers that agree");
});

test("the preview is of an origin of its own, at three widths, and leads nowhere", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const made = await make(instance, ada, { headline: "Look" });
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await open(page, instance, "marketer");
  await edit(page, instance, made);
  const frame = page.locator(".screen iframe");
  await expect(frame).toHaveAttribute("sandbox", "");
  for (const [name, width] of [["Phone 390", 390], ["Tablet 768", 768], ["Desktop 1440", 1440]]) {
    await page.getByRole("button", { name }).click();
    await expect(frame).toHaveAttribute("title", `Preview of the page, ${width} pixels wide`);
    await expect(page.getByRole("button", { name })).toHaveAttribute("aria-pressed", "true");
    expect(await frame.evaluate((element) => element.offsetWidth)).toBe(width);
    // It fits: no part of it is cut off at the side.
    const [inner, outer] = [await frame.boundingBox(), await page.locator(".screen").boundingBox()];
    expect(inner.x).toBeGreaterThanOrEqual(outer.x - 1);
    expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width + 1);
  }
  const content = await (await frame.elementHandle()).contentFrame();
  await expect(content.getByRole("heading", { level: 1 })).toHaveText("Look");
  // Styles of the real page, and nothing of ours within reach.
  expect(await frame.evaluate((element) => element.contentDocument)).toBe(null);
  expect(await content.evaluate(() => globalThis.origin)).toBe("null");
  await content.getByRole("link").first().click({ force: true });
  await expect(content.getByRole("heading", { level: 1 })).toHaveText("Look");
  expect(errors.filter((text) => !/sandboxed|Blocked opening/.test(text))).toEqual([]);
});

test("colours that nobody can read are told of while they are typed, in the words of the server", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const made = await make(instance, ada);
  await open(page, instance, "marketer");
  await edit(page, instance, made);
  const contrast = page.getByRole("status", { name: "Contrast" });
  await expect(contrast).toBeEmpty();
  await page.getByLabel("Accent", { exact: false }).first().fill("#ffe1");
  await expect(page.getByLabel("Accent optional")).toHaveAccessibleDescription(/Must be a colour like #0f766e\./);
  await page.getByLabel("Accent optional").fill("#ffe100");
  await page.getByLabel("Background optional").fill("#ffffff");
  await expect(contrast.getByRole("listitem")).toHaveCount(2);
  const told = await contrast.getByRole("listitem").allTextContents();
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(bar(page)).toContainText("Saved");
  expect((await said(instance, made)).warnings.map(({ message }) => message)).toEqual(told);
  expect(await findings(page)).toEqual([]);
  await page.getByLabel("Accent optional").fill("#0f766e");
  await expect(contrast).toBeEmpty();
});

test("what only the server knows to be wrong stands beside its field, and nothing is saved", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const made = await make(instance, ada, { headline: "Good" });
  await open(page, instance, "marketer");
  await edit(page, instance, made);
  const away = page.getByLabel("Or where visitors go instead");
  await away.fill("https://evil.example/");
  await expect(away).toHaveAccessibleDescription(/Must/);
  await expect(away).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(bar(page).getByRole("alert")).toContainText("Or where visitors go instead");
  await away.fill("");
  // What can be seen here is said at once, and leads there.
  await page.getByLabel("What somebody says").fill("Great");
  await expect(page.getByLabel("Who says so")).toHaveAccessibleDescription(/Must not be empty\./);
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.getByLabel("Who says so")).toBeFocused();
  expect(await said(instance, made)).toMatchObject({ state: "draft", content: { headline: "Good" } });
  expect(await findings(page)).toEqual([]);
});

test("two marketers at one page: the second is told what differs, and nothing is overwritten silently", async ({ page, context, instance }) => {
  const { ada } = await sharedYear(instance);
  const made = await make(instance, ada, { headline: "First" });
  await open(page, instance, "marketer");
  await edit(page, instance, made);
  const other = await context.newPage();
  await edit(other, instance, made);
  await page.getByLabel("Headline").fill("Mine");
  await text(page).fill("Text of the first.");
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(bar(page)).toContainText("Saved");
  await other.getByLabel("Headline").fill("Theirs");
  await other.getByRole("button", { name: "Publish" }).click();
  const clash = other.getByRole("alert").filter({ hasText: "Somebody else has changed this draft" });
  await expect(clash).toContainText("Mine → Theirs");
  expect(await said(instance, made)).toMatchObject({ state: "draft", content: { headline: "Mine" } });
  expect(await findings(other)).toEqual([]);
  // Of what the second did not type, the first one's stays.
  await expect(clash).not.toContainText("Text of the first.");
  await clash.getByRole("button", { name: "Put mine into theirs" }).click();
  await expect(text(other)).toHaveValue("Text of the first.");
  await other.getByRole("button", { name: "Save draft" }).click();
  await expect(bar(other)).toContainText("Saved");
  expect((await said(instance, made)).content).toMatchObject({ headline: "Theirs", text: "Text of the first." });
  // The first of them publishes what they see, or is told, too.
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("button", { name: "Take theirs" }).click();
  await expect(page.getByLabel("Headline")).toHaveValue("Theirs");
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.locator(".told")).toContainText("Version 1 is public");
  // What was said of an earlier step does not stand beside a later one's refusal; and nobody takes down what they have not seen.
  await instance.api("PATCH", `/pages/${made.id}`, { content: { headline: "Newest" } });
  await instance.api("POST", `/pages/${made.id}/publish`, {});
  await page.getByRole("button", { name: "Take down" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Somebody else has changed this draft" })).toBeVisible();
  await expect(page.locator(".told")).toHaveText("");
  expect(await said(instance, made)).toMatchObject({ state: "live", version: 2 });
});

test("an earlier version is brought back with what differs, and what was typed is not lost", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const made = await make(instance, ada, { headline: "One", offer: { title: "Half price" } });
  await instance.api("POST", `/pages/${made.id}/publish`, {});
  await instance.api("PATCH", `/pages/${made.id}`, { content: { headline: "Two", offer: null } });
  await instance.api("POST", `/pages/${made.id}/publish`, {});
  await open(page, instance, "marketer");
  await edit(page, instance, made);
  await page.getByLabel("Headline").fill("Three");
  const first = page.locator('[data-version="1"]');
  await first.getByText("2 differences").click();
  await expect(first.locator("dl")).toHaveText(/HeadlineThree → OneOffernothing → Half price/);
  expect(await findings(page)).toEqual([]);
  await first.getByRole("button", { name: "Bring back version 1" }).click();
  await expect(page.getByLabel("Headline")).toHaveValue("One");
  await page.getByRole("button", { name: "Undo: what I had typed" }).click();
  await expect(page.getByLabel("Headline")).toHaveValue("Three");
  await first.getByRole("button", { name: "Bring back version 1" }).click();
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.locator(".told")).toContainText("Version 3 is public");
  expect((await said(instance, made)).content).toMatchObject({ headline: "One", offer: { title: "Half price" } });
  await page.getByRole("button", { name: "Take down" }).click();
  await expect(page.locator(".told")).toContainText("taken down");
  expect((await said(instance, made)).state).toBe("draft");
});

test("what is typed outlives a reload and a server that is gone, and an answer that was lost does nothing twice", async ({ page, instance }) => {
  const { ada } = await sharedYear(instance);
  const made = await make(instance, ada, { headline: "Before" });
  await open(page, instance, "marketer");
  await edit(page, instance, made);
  await page.getByLabel("Headline").fill("Typed");
  page.on("dialog", (dialog) => dialog.accept().catch(() => {}));
  await page.reload();
  await expect(page.getByLabel("Headline")).toHaveValue("Typed");
  await expect(page.locator(".told")).toContainText("is here again");
  await page.getByRole("button", { name: "All pages" }).click();
  await expect(page.locator(`[data-page="${made.id}"]`)).toContainText("Unsaved changes");
  await page.locator(`[data-page="${made.id}"]`).getByRole("button").click();
  await expect(page.getByLabel("Headline")).toHaveValue("Typed");

  await page.route("**/api/pages/**", (route) => route.abort());
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(bar(page).getByRole("alert")).not.toBeEmpty();
  await page.getByLabel("Headline").fill("Typed on");
  await expect(page.getByText(/The preview shows what was before\. ./)).toBeVisible();
  await page.unroute("**/api/pages/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(preview(page).getByRole("heading", { level: 1 })).toHaveText("Typed on");

  // The server saves, and its answer does not arrive.
  await page.route(`**/api/pages/${made.id}`, async (route) => {
    if (route.request().method() !== "PATCH") return route.continue();
    await route.fetch();
    await route.abort();
  });
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(bar(page).getByRole("alert")).not.toBeEmpty();
  await page.unroute(`**/api/pages/${made.id}`);
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(page.locator(".told")).toContainText("The draft is saved");
  await expect(page.getByText("Somebody else")).toHaveCount(0);
  expect((await said(instance, made)).content.headline).toBe("Typed on");

  await page.getByLabel("Headline").fill("Never mind");
  await page.getByRole("button", { name: "Discard changes" }).click();
  await expect(page.getByLabel("Headline")).toHaveValue("Typed on");
});
