import { expect, findings, signInLink, test } from "../support/browser.mjs";

/** Opens the link builder as the marketer. */
async function visit(page, instance) {
  await page.goto(await signInLink(instance, "marketer"));
  await expect(page.locator("#app")).toHaveAttribute("data-state", /ready|empty/);
  await page.getByRole("navigation").getByRole("link", { name: "Links" }).click();
  await expect(page.getByLabel("One address a line")).toBeVisible();
}

const list = (page) => page.getByLabel("One address a line");
const make = (page) => page.getByRole("button", { name: /^Make \d/ });
const undo = (page) => page.getByRole("button", { name: /^Undo/ });
const line = (page, n) => page.locator(`[data-line="${n}"]`);
const told = (page) => page.locator(".builder .told");
const count = async (instance) => (await instance.api("GET", "/links/count")).body;

const HEAD = "url,key,partner,utm_source,utm_medium,utm_campaign,title,image";
/** So many good lines. */
const good = (n, name = "item") => Array.from({ length: n }, (_, i) => `https://example.com/${name}/${i},${name}-${i},ada-analytics,,,spring,Number ${i}`);
const table = (...lines) => [HEAD, ...lines].join("\n");

/** A program with a template, and two partners. */
async function program(instance) {
  const ada = await instance.partner("Ada Analytics");
  await instance.api("PATCH", "/program", { utm: { medium: "partner", content: "{partner}/{link}" } });
  return ada;
}

test("one of fifty is wrong, in each way that a link can be: the others can be made, and it says what is wrong with it", async ({ page, instance }) => {
  await program(instance);
  const dora = await instance.partner("Dora");
  await instance.api("POST", "/partners/deactivate", { partnerId: dora.id });
  for (const email of ["a", "b"]) await instance.partner("Twin", { email: `${email}@twin.example`, username: `twin-${email}` });
  await visit(page, instance);
  for (const [wrong, fault] of [
    ["nowhere", "url: must be an absolute http or https address"],
    ["ftp://example.com/x", "url: must be an absolute http or https address"],
    ["https://ada@example.com/", "url: must be an absolute http or https address"],
    [`https://example.com/${"x".repeat(2000)}`, "url: must be an absolute http or https address of at most 2000 characters"],
    ["https://evil.example/", "url: must lead to a host that the program allows (example.com, *.example.com, northbeam.example), not to evil.example"],
    ["https://example.com/?a=b&trb_id=dHJi", "url: must not carry trb_id, which names the click of one visitor"],
    [`${instance.url}/item-7`, "url: must not be a short link itself"],
    [",alone", "url: is required"],
    ["https://example.com/,a b", "key: may only hold letters"],
    ["https://example.com/,console", "key: is a reserved word"],
    ["https://example.com/,c0nso1e", "key: looks like a reserved word"],
    [`https://example.com/,${"x".repeat(65)}`, "key: must have at most 64 characters"],
    ["https://example.com/,ITEM-7", "key: is the key of line 9 already"],
    ["https://example.com/item/7,item-7,Ada Analytics,,,spring,Number 7", "line: says the same as line 9"],
    ["https://example.com/,,Nobody", "partner: is not known: “Nobody”"],
    ["https://example.com/,,Twin", "partner: is not clear: several partners are called “Twin”"],
    ["https://example.com/,,dora", "partner: has left the program: Dora"],
    [`https://example.com/,,,${"x".repeat(101)}`, "utm_source: must have at most 100 characters"],
    ["https://example.com/,,,,email", "utm_medium: must be “partner”, as the program’s template has it"],
    ["https://example.com/,,,,,Spring Sale", "utm_campaign: must be in lower case without spaces: “spring-sale”"],
    ["https://example.com/?utm_campaign=fall,,,,,spring", "utm_campaign: is “fall” in the address already"],
    ["https://example.com/?utm_medium=email", "url: has a utm_medium that must be “partner”"],
    [`https://example.com/,,,,,,${"x".repeat(201)}`, "title: must have at most 200 characters"],
    ["https://example.com/,,,,,,,http://example.com/x.png", "image: must be an https address"],
    ["https://example.com/,,,,,,,,more", "line: has more cells than there are columns (8)"],
  ]) {
    await list(page).fill(table(...good(49), wrong));
    await expect(line(page, 51).locator(".fault")).toHaveCount(1);
    await expect(line(page, 51).locator(".fault")).toContainText(fault);
    await expect(page.locator(".lines .fault")).toHaveCount(1);
    await expect(make(page)).toHaveText("Make 49 links");
    await expect(list(page)).toHaveAttribute("aria-invalid", "true");
    await expect(list(page)).toHaveAccessibleDescription(/49 of 50 lines can be made/);
  }
  await list(page).fill("url,colour\nhttps://example.com/,red");
  await expect(list(page)).toHaveAccessibleDescription(/Line 1: no column is called “colour”/);
  await expect(make(page)).toHaveAttribute("aria-disabled", "true");
  await make(page).click({ force: true });
  await expect(told(page)).toHaveText("");
});

test("fifty links out of a pasted list: forty-nine, the last after mending, and one undo takes all back", async ({ page, instance }) => {
  await program(instance);
  const before = await count(instance);
  await visit(page, instance);
  await list(page).fill(table(...good(24), "https://example.com/mend,mend,Ada Analitics,,,spring,Mend me", ...good(25, "later")));
  await expect(make(page)).toHaveText("Make 49 links");
  await make(page).click();
  await expect(told(page)).toContainText("49 links are made");
  await expect(told(page)).toBeFocused();
  expect(await count(instance)).toBe(before + 49);
  await expect(page.getByRole("heading", { name: "Made: 49" })).toBeVisible();
  await expect(list(page)).toHaveValue(`${HEAD}\nhttps://example.com/mend,mend,Ada Analitics,,,spring,Mend me\n`);
  await expect(line(page, 2).locator(".fault")).toContainText("partner: is not known");
  await list(page).fill((await list(page).inputValue()).replace("Analitics", "Analytics"));
  await expect(make(page)).toHaveText("Make 1 link");
  await make(page).click();
  await expect(told(page)).toContainText("1 link is made");
  await expect(list(page)).toHaveValue("");
  expect(await count(instance)).toBe(before + 50);
  // They are in the report, without another visit.
  await expect(page.locator('[data-link]').first()).toBeVisible();

  await expect(undo(page)).toHaveText("Undo: take all 50 back");
  await undo(page).click();
  await expect(told(page)).toContainText("50 links are gone");
  expect(await count(instance)).toBe(before);
  await expect(undo(page)).toHaveCount(0);
  await expect(make(page)).toHaveText("Make 50 links");
  // And the same list makes them again.
  await make(page).click();
  await expect(told(page)).toContainText("50 links are made");
  expect(await count(instance)).toBe(before + 50);
});

test("what somebody has changed or followed stays where it is taken back, and it is said", async ({ page, instance }) => {
  await program(instance);
  const before = await count(instance);
  await visit(page, instance);
  await list(page).fill(table(...good(4)));
  await make(page).click();
  await expect(told(page)).toContainText("4 links are made");
  const { body: other } = await instance.api("GET", "/links/info?domain=localhost&key=item-1");
  await instance.api("PATCH", `/links/${other.id}`, { comments: "mine", url: "https://example.com/other" });
  await instance.click("item-2");
  await instance.until("SELECT count(*) AS n FROM touch", 1);
  await undo(page).click();
  await expect(told(page)).toContainText("2 links are gone, and the lines stand in the list again.");
  await expect(told(page)).toContainText("2 stay: somebody has changed or followed them meanwhile. Undo again takes them back, too.");
  await expect(page.locator("[data-made]")).toHaveCount(2);
  await expect(make(page)).toHaveText("Make 2 links");
  expect((await instance.api("GET", "/links/info?domain=localhost&key=item-1")).body.comments).toBe("mine");
  // What is made now is taken back as ever; those two go as well, since it was said.
  await make(page).click();
  await expect(told(page)).toContainText("2 links are made");
  await expect(undo(page)).toHaveText("Undo: take all 4 back");
  await undo(page).click();
  await expect(told(page)).toContainText("4 links are gone");
  await expect(make(page)).toHaveText("Make 4 links");
  expect(await count(instance)).toBe(before);
  // One was followed: it stays in the report, as what it is.
  await page.reload();
  await expect(page.locator("#app")).toHaveAttribute("data-state", "ready");
  const gone = page.locator('[data-link="item-2"]');
  await expect(gone).toContainText("/item-2 Taken away");
  await expect(gone.getByRole("button")).toHaveCount(0);
  await expect(gone.getByRole("link")).toHaveCount(0);
  await expect(page.locator('[data-link^="item-"]')).toHaveCount(1);
});

test("what only the server knows to be wrong stands beside its line", async ({ page, instance }) => {
  await program(instance);
  const eve = await instance.partner("Eve Agency");
  const link = (key) => instance.api("POST", "/links", { url: "https://example.com/", key, partnerId: eve.id });
  await link("harbor-12");
  await visit(page, instance);
  // A key that is taken is told before anything is sent, as far as it is known here; what somebody takes meanwhile, after.
  await list(page).fill(table("https://example.com/,harbor-12,ada-analytics", "https://example.com/,Eve-Agency"));
  for (const n of [2, 3]) await expect(line(page, n)).toContainText("key: is taken already");
  await expect(make(page)).toHaveText("Make 0 links");
  await link("harbor-10");
  await list(page).fill(table(...good(3), "https://example.com/,harbor-10,ada-analytics", "https://example.com/,harbor-lo,ada-analytics"));
  await expect(make(page)).toHaveText("Make 5 links");
  await make(page).click();
  await expect(told(page)).toContainText("3 links are made");
  await expect(told(page)).toContainText("2 of 5 lines were not taken");
  await expect(line(page, 2)).toContainText("key: is taken already");
  await expect(line(page, 3)).toContainText("key: looks like the key of somebody else's link");
  await expect(make(page)).toHaveText("Make 0 links");
  await list(page).fill((await list(page).inputValue()).replace("harbor-10", "harbor-11"));
  await expect(make(page)).toHaveText("Make 1 link");
  await make(page).click();
  await expect(told(page)).toContainText("1 link is made");
  // What was not sent again is wrong as before, and undoing takes back what was made, and nobody else's.
  await expect(line(page, 2)).toContainText("looks like");
  await expect(make(page)).toHaveText("Make 0 links");
  await undo(page).click();
  await expect(told(page)).toContainText("4 links are gone");
  expect((await instance.api("GET", "/links/info?domain=localhost&key=harbor-10")).status).toBe(200);
});

test("a double click and a lost answer make nothing twice", async ({ page, instance }) => {
  await program(instance);
  const before = await count(instance);
  await visit(page, instance);
  const lose = { POST: 1, DELETE: 1 };
  await page.route("**/api/links/bulk*", async (route) => {
    const method = route.request().method();
    const answer = await route.fetch();
    if (lose[method]-- > 0) return route.abort();
    return route.fulfill({ response: answer });
  });
  // Of those without a key none can be known by it.
  await list(page).fill(Array.from({ length: 30 }, (_, i) => `https://example.com/plain/${i}`).join("\n"));
  await make(page).dblclick();
  await expect(told(page)).toContainText("30 links are made");
  expect(await count(instance)).toBe(before + 30);
  await expect(page.locator("[data-made]")).toHaveCount(30);
  await undo(page).click();
  await expect(told(page)).toContainText("30 links are gone");
  expect(await count(instance)).toBe(before);

  // Where no answer comes at all, it is said, and what was made is found.
  lose.POST = 99;
  await list(page).fill(good(5).map((row) => row.split(",").slice(0, 2)).join("\n"));
  await make(page).click();
  await expect(told(page)).toContainText("What became of 5 of 5 lines is not known");
  await expect(told(page)).toContainText("nothing is made twice");
  // What may be made of them is no fault of theirs.
  await expect(make(page)).toHaveText("Make 5 links");
  expect(await count(instance)).toBe(before + 5);
  await expect(page.locator("[data-made]")).toHaveCount(0);
  await expect(undo(page)).toHaveText("Undo: take back what was sent");
  lose.POST = 0;
  await make(page).click();
  await expect(told(page)).toContainText("5 links are made");
  expect(await count(instance)).toBe(before + 5);
});

test("visitors arrive where the builder says", async ({ page, instance }) => {
  await instance.api("PATCH", "/program", { utm: { medium: "partner", source: "{partner}", content: "{link}" } });
  const { body: group } = await instance.api("POST", "/groups", { name: "agencies", utm: { term: "{group}-{link}" } });
  await instance.partner("Eve Agency", { groupId: group.id });
  await instance.partner("Ada Analytics");
  await visit(page, instance);
  await page.getByRole("textbox", { name: /^Campaign/ }).fill("spring");
  await list(page).fill(
    [
      "https://example.com/plain",
      "https://example.com:8443/a?b=1&c#top,with-key",
      "https://example.com/größe?utm_campaign=own,umlaut,Eve Agency",
      "https://example.com/?utm_campaign=fall,grouped,eve-agency",
      "https://northbeam.example,ada-x,Ada Analytics,,,summer",
    ].join("\n"),
  );
  await expect(make(page)).toHaveText("Make 5 links");
  const shown = {};
  for (const row of await page.locator("[data-line]").all()) {
    const key = (await row.locator("td").nth(1).innerText()).trim();
    const location = await row.locator("[data-location]").getAttribute("data-location");
    if (key.startsWith("/")) shown[key] = location;
  }
  expect(Object.keys(shown)).toEqual(["/with-key", "/umlaut", "/grouped", "/ada-x"]);
  await make(page).click();
  await expect(told(page)).toContainText("made");
  const rows = await page.locator("[data-made]").all();
  expect(rows).toHaveLength(5);
  for (const row of rows) {
    const short = await row.getAttribute("data-made");
    const said = await row.locator("small.address").innerText();
    const answer = await fetch(short, { redirect: "manual", headers: { "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36" } });
    expect(answer.status).toBe(302);
    const arrived = answer.headers.get("location").replace(/[?&]trb_id=[^&#]*/, "");
    expect(arrived).toBe(said);
    const key = new URL(short).pathname;
    if (shown[key]) expect(arrived).toBe(shown[key]);
  }
});

test("what is made can be copied, saved and printed; assistive technology is told of all of it", async ({ page, instance }) => {
  await program(instance);
  await visit(page, instance);
  const builder = page.getByRole("region", { name: "Make links" });
  await expect(builder).toMatchAriaSnapshot(`
    - region "Make links":
      - heading "Make links" [level=2]
      - group "For every line that does not say otherwise":
        - combobox "Partner"
        - textbox "Source optional"
        - textbox "Medium optional"
        - textbox "Campaign optional"
        - textbox "Term optional"
        - textbox "Content optional"
      - textbox "One address a line, or rows of a table"
      - status: "Nothing to make yet: paste a list."
      - button "Make 0 links" [disabled]
  `);
  expect(await findings(page)).toEqual([]);
  await list(page).fill(table("https://example.com/a,a,Ada Analytics,,,spring,The first", "https://example.com/b,b,Nobody"));
  await expect(builder.getByRole("table")).toMatchAriaSnapshot(`
    - table "What each line makes, and what is wrong with it":
      - rowgroup:
        - row "Line Short link Visitors arrive at What is wrong"
      - rowgroup:
        - row "2 /a https://example.com/a?utm_medium=partner&utm_campaign=spring&utm_content=ada-analytics%2Fa"
        - row /3 .b .* is not known/
  `);
  await expect(page.locator(".preview")).toContainText("The first");
  expect(await findings(page)).toEqual([]);
  await make(page).click();
  await expect(told(page)).toContainText("1 link is made");
  const download = page.waitForEvent("download");
  await builder.getByRole("button", { name: "Download CSV" }).click();
  expect((await download).suggestedFilename()).toBe("links.csv");
  await builder.getByRole("button", { name: "QR sheet" }).click();
  const code = page.getByRole("region", { name: "QR codes" }).getByRole("img");
  await expect(code).toHaveAccessibleName(/QR code of localhost:\d+\/a$/);
  expect(await code.evaluate(async (img) => (await img.decode(), img.naturalWidth))).toBeGreaterThan(0);
  expect(await findings(page)).toEqual([]);
  for (const [width, scheme] of [[390, "light"], [768, "dark"], [1440, "light"]]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await page.emulateMedia({ media: "print" });
  await expect(code).toBeVisible();
  await expect(list(page)).toBeHidden();
  await expect(page.getByRole("heading", { name: "Campaigns" })).toBeHidden();
  await expect(page.locator(".codes figcaption")).toHaveText(/^The first\s*localhost:\d+\/a\s*Ada Analytics\s*→\sexample\.com\/a$/);
  // On paper of any width a camera reads them.
  for (const width of [700, 1123, 1440, 2000]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await code.evaluate((img) => img.getBoundingClientRect().width)).toBe(160);
  }
});

test("the card shows its picture, and says where there is none", async ({ page, instance }) => {
  await program(instance);
  await visit(page, instance);
  const pixel = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await page.route("https://cdn.example/**", (route) => (route.request().url().endsWith("/card.png") ? route.fulfill({ contentType: "image/png", body: pixel }) : route.fulfill({ status: 404 })));
  const preview = page.locator(".preview");
  await list(page).fill("url,title,image\nhttps://example.com/a,Spring,https://cdn.example/card.png");
  await expect(preview).toContainText("Spring");
  await expect.poll(() => preview.locator("img").evaluate((img) => img.naturalWidth)).toBe(1);
  await list(page).fill("url,title,image\nhttps://example.com/a,Spring,https://cdn.example/none.png");
  await expect(preview.locator(".fault")).toHaveText(/no picture was found/);
  await expect(preview.locator("img")).toHaveCount(0);
  expect(await findings(page)).toEqual([]);
});

test("where the connection fails, it is said, and the list stays", async ({ page, instance }) => {
  await program(instance);
  await page.route("**/api/partners*", (route) => route.abort());
  await page.goto(await signInLink(instance, "marketer"));
  await expect(page.locator("#app")).toHaveAttribute("data-state", /ready|empty/);
  await page.getByRole("navigation").getByRole("link", { name: "Links" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "could not be loaded" })).toBeVisible();
  await page.unroute("**/api/partners*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.route("**/api/links/bulk", (route) => route.abort());
  await list(page).fill("https://example.com/a");
  await make(page).click();
  await expect(told(page)).toContainText("cannot be reached");
  await expect(list(page)).toHaveValue("https://example.com/a");
  // Somebody who looks elsewhere meanwhile finds all as it was.
  await page.getByRole("navigation").getByRole("link", { name: "Overview" }).click();
  await expect(list(page)).toHaveCount(0);
  await page.getByRole("navigation").getByRole("link", { name: "Links" }).click();
  await expect(list(page)).toHaveValue("https://example.com/a");
});
