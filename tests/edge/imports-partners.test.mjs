// Files of partners: checked, applied as a whole, taken back as a whole.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

async function send(t, file, params = {}, key = t.apiKey) {
  const response = await t.fetch(`/api/imports?${new URLSearchParams({ about: "partners", ...params })}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "text/csv" },
    body: file,
  });
  return { status: response.status, body: await response.json() };
}
const rows = async (t, id) => (await t.api("GET", `/imports/${id}/rows`)).body;
const apply = (t, id, query = "") => t.api("POST", `/imports/${id}/apply${query}`);
const undo = (t, id) => t.api("POST", `/imports/${id}/undo`);
const counts = (matched, fresh, duplicate, conflicting, bad) => ({ matched, new: fresh, similar: 0, duplicate, conflicting, bad });

/** All that such an import may write. */
async function recorded(t) {
  const tables = {};
  for (const table of ["partner", "link", "coupon", "member", "fact", "import_wrote", "importing", "pen"]) tables[table] = await t.rows(`SELECT * FROM ${table} ORDER BY 1, 2`);
  return tables;
}

const SHEETS = {
  dub: "ID,Name,Email,Country,Status\npn_1,Ada Analytics,ada@partners.example,AT,approved\n",
  partnerstack: "email,first_name,last_name,group_key,partner_key\nada@partners.example,Ada,Analytics,gold,ada_key\n",
  rewardful: "stripe_customer_id,first_name,last_name,email,paypal_email,token\ncus_1,Ada,Analytics,ada@partners.example,,ada-x\ncus_2,Ada,Analytics,ada@partners.example,,ada-x\n",
  firstpromoter: "Email,First name,Last name,Cust ID,Ref ID,Coupon,State\nada@partners.example,Ada,Analytics,ada_key,ada-x,ada10,accepted\n",
};

for (const [preset, sheet] of Object.entries(SHEETS)) {
  test(`partners of ${preset} are checked, enrolled, found again and taken back`, async (t) => {
    await t.api("POST", "/groups", { name: "Gold" });
    const before = await recorded(t);
    const { status, body } = await send(t, sheet, { preset });
    const expect = counts(0, 1, preset === "rewardful" ? 1 : 0, 0, 0);
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual([body.state, body.preset, body.mapping.about, body.counts], ["checked", preset, "partners", expect], JSON.stringify(await rows(t, body.id)));
    assert.deepEqual(await recorded(t), before, "a dry run writes nothing");
    for (let i = 0; i < 2; i++) assert.deepEqual((await apply(t, body.id)).body.counts, expect);
    const [ada] = (await t.api("GET", "/partners?email=ada@partners.example")).body;
    const key = ["rewardful", "firstpromoter"].includes(preset) ? "ada-x" : "ada-analytics";
    assert.deepEqual([ada.name, ada.username, ada.links.map((link) => link.key)], ["Ada Analytics", key, [key]]);
    assert.equal(ada.tenantId, ["partnerstack", "firstpromoter"].includes(preset) ? "ada_key" : null);
    assert.equal(ada.groupId !== null, preset === "partnerstack");
    assert.deepEqual((await t.rows("SELECT code FROM coupon")), preset === "firstpromoter" ? [{ code: "ADA10" }] : []);
    assert.equal((await t.fetch(`/${key}`)).status, 302, "a link in the wild works");
    assert.equal((await t.api("GET", `/members?partnerId=${ada.id}`)).body.length, 1);
    await t.until("SELECT coalesce(sum(count), 0) AS n FROM click_day", 1);
    // Built upon: somebody came.
    const kept = await undo(t, body.id);
    assert.equal(kept.status, 409, JSON.stringify(kept.body));
    assert.match(kept.body.error.message, /what is recorded of ada@partners.example/);
    const again = await send(t, sheet);
    assert.deepEqual(again.body.counts, counts(1, 0, preset === "rewardful" ? 1 : 0, 0, 0));
    assert.equal(again.body.preset, null);
    await t.rows("DELETE FROM touch");
    for (let i = 0; i < 2; i++) assert.equal((await undo(t, body.id)).body.state, "undone");
    assert.deepEqual(await recorded(t), before);
  });
}

const HEAD = "email,name,tenantId,links,coupons,group,status\n";

test("every row says what it is, and why", async (t) => {
  const ada = await t.partner("Ada Analytics", { tenantId: "t-ada", coupons: ["ADA10"] });
  const eve = await t.partner("Eve Agency", { coupons: ["EVE10"] });
  await t.api("POST", "/links", { url: "https://example.com/", key: "ours" });
  const gone = await t.partner("Gone Girl");
  await t.api("POST", "/partners/deactivate", { partnerId: gone.id });
  const lines = [
    [`${ada.email},Ada Analytics,t-ada,ada-analytics,ADA10,,`, "matched"],
    [`${eve.email},,,eve-b,EVE20,,`, "new"],
    ["bo@partners.example,Bo,t-bo,bo bo-b,BO10,,active", "new"],
    ["bo@partners.example,Bo,t-bo,bo bo-b,BO10,,active", "duplicate", /row above says the same/],
    ["bo@partners.example,Bob,,,,,", "conflicting", /row above says something else/],
    ["c1@partners.example,C,t-ada,,,,", "conflicting", /t-ada is another/],
    ["c2@partners.example,C,t-bo,,,,", "conflicting", /t-bo is another/],
    ["c3@partners.example,C,,ours,,,", "conflicting", /ours is, or looks like/],
    ["c4@partners.example,C,,b0,,,", "conflicting", /b0 is, or looks like/],
    ["c5@partners.example,C,,,EVE10,,", "conflicting", /EVE10 is another/],
    ["c6@partners.example,C,,,bo10,,", "conflicting", /BO10 is another/],
    [`${ada.email},Ada,t-other,,,,`, "conflicting", /row above says something else/],
    [`${gone.email},Gone,,,,,`, "conflicting", /has left/],
    ["c7@partners.example,C,,,,Silver,", "bad", /Silver is not a group/, "group"],
    ["c8@partners.example,C,,,,,banned", "bad", /is banned/, "status"],
    ["nobody,C,,,,,", "bad", /./, "email"],
    [",C,,,,,", "bad", /is required/, "email"],
    ["c9@partners.example,C,,portal,,,", "bad", /portal/, "link"],
    ["c10@partners.example,C,,,a%b,,", "bad", /a%b/, "coupon"],
    ["c11@partners.example,C,,,", "bad", /must have 7 cells/, null],
    ["c12@partners.example,Bo,,,,,", "new"],
  ];
  const { status, body } = await send(t, HEAD + lines.map(([line]) => line).join("\n"));
  assert.equal(status, 201, JSON.stringify(body));
  const judged = await rows(t, body.id);
  for (const [i, [line, state, reason, field]] of lines.entries()) {
    assert.equal(judged[i].state, state, `${line}: ${JSON.stringify(judged[i])}`);
    if (reason) assert.match(judged[i].reason, reason, line);
    if (field !== undefined) assert.equal(judged[i].field, field, line);
  }
  assert.equal((await apply(t, body.id)).status, 422);
  assert.equal((await apply(t, body.id, "?skip=true")).status, 200);
  const keys = async (email) => (await t.api("GET", `/partners?email=${email}`)).body[0].links.map(({ key }) => key);
  assert.deepEqual([await keys(eve.email), await keys("bo@partners.example")], [["eve-agency", "eve-b"], ["bo", "bo-b"]]);
  assert.match((await keys("c12@partners.example"))[0], /^partner-/, "a name that is taken");
  assert.equal((await t.rows("SELECT count(*) AS n FROM partner"))[0].n, 5);
  // What happened is credited by the other system's identifier from now on.
  const sale = "invoice,at,amount,currency,customer,partner\nin_1,2026-01-05T09:30:00Z,10.00,USD,c,t-bo\n";
  const mapping = JSON.stringify({ columns: Object.fromEntries(["invoice", "at", "amount", "currency", "customer", "partner"].map((name) => [name, name])) });
  const next = await send(t, sale, { about: "conversions", mapping });
  assert.deepEqual(next.body.counts, counts(0, 1, 0, 0, 0), JSON.stringify(await rows(t, next.body.id)));
  assert.equal((await apply(t, next.body.id)).status, 200);
  const kept = await undo(t, body.id);
  assert.deepEqual([kept.status, /bo@partners.example/.test(kept.body.error.message)], [409, true]);
  assert.equal((await undo(t, next.body.id)).status, 200);
  assert.equal((await undo(t, body.id)).status, 200);
  assert.deepEqual(await keys(eve.email), ["eve-agency"]);
  assert.equal((await t.rows("SELECT count(*) AS n FROM partner"))[0].n, 3);
});

test("a partner whom two files name stays until both are undone, with what both say", async (t) => {
  const first = "email,first_name,last_name,partner_key\nbo@partners.example,Bo,Agency,bo_key\n";
  const before = await recorded(t);
  const bring = async (file, params) => {
    const { status, body } = await send(t, file, params);
    assert.equal(status, 201, JSON.stringify(body));
    const applied = await apply(t, body.id);
    assert.equal(applied.status, 200, JSON.stringify(applied.body));
    return applied.body;
  };
  const PRESET = { preset: "partnerstack" };
  const a = await bring(first, PRESET);
  const b = await bring(first, PRESET);
  assert.deepEqual([a.counts.new, b.counts.matched], [1, 1]);
  const { partner, link, fact } = await recorded(t);
  assert.equal((await undo(t, a.id)).status, 200);
  const now = await recorded(t);
  assert.deepEqual([now.partner, now.link, now.fact], [partner, link, fact]);
  assert.equal((await undo(t, b.id)).status, 200);
  assert.deepEqual(await recorded(t), before);
});

test("what cannot be taken is refused with the reason", async (t) => {
  for (const [file, params, field] of [
    ["name,token\nAda,ada\n", {}, "mapping.columns"],
    ["email\n", {}, "file"],
    ["", {}, "file"],
    ["email,email\na,b\n", {}, "file"],
    ["email\nada@partners.example\n", { about: "people" }, "about"],
    ["email\nada@partners.example\n", { preset: "impact" }, "preset"],
    ["mail\nada@partners.example\n", { mapping: JSON.stringify({ columns: { email: "email" } }) }, "mapping.columns"],
    ["mail\nada@partners.example\n", { mapping: JSON.stringify({ columns: { name: "mail" } }) }, "mapping.columns"],
    ["mail\nada@partners.example\n", { mapping: "{" }, "mapping"],
    ["mail\nada@partners.example\n", { mapping: JSON.stringify({ about: "people" }) }, "mapping"],
    ["mail\nada@partners.example\n", { mapping: JSON.stringify({ colums: {} }) }, "mapping"],
  ]) {
    const { status, body } = await send(t, file, params);
    assert.equal(status, 422, JSON.stringify([file, params, body]));
    assert.equal(body.error.message.split(":")[0], field, body.error.message);
  }
  assert.equal((await send(t, "email\na@b.example\n", {}, t.publishableKey)).status, 403);
  assert.deepEqual(await t.rows("SELECT * FROM import"), []);
  // A mapping says it, too, and is remembered.
  const sheet = "mail;handle\nada@partners.example;ada\n";
  const mapping = JSON.stringify({ about: "partners", columns: { email: "mail", link: "handle" } });
  assert.deepEqual((await send(t, sheet, { about: "conversions", mapping })).body.counts, counts(0, 1, 0, 0, 0));
  const remembered = await t.fetch("/api/imports", { method: "POST", headers: { authorization: `Bearer ${t.apiKey}`, "content-type": "text/csv" }, body: sheet });
  assert.deepEqual([(await remembered.json()).mapping.about, remembered.status], ["partners", 201]);
});

test("a store that fails leaves nothing half done, and two at once enrol each partner once", async (t) => {
  const { body } = await send(t, SHEETS.firstpromoter);
  const before = await recorded(t);
  const broken = async (event, call) => {
    await t.rows(`CREATE TRIGGER broken BEFORE ${event} BEGIN SELECT RAISE(ABORT, 'broken'); END`);
    assert.equal((await call()).status, 503, event);
    await t.rows("DROP TRIGGER broken");
  };
  for (const event of ["INSERT ON partner", "INSERT ON member", "INSERT ON fact", "INSERT ON link", "INSERT ON coupon", "INSERT ON import_wrote", "UPDATE ON import", "DELETE ON importing"]) {
    await broken(event, () => apply(t, body.id));
    assert.deepEqual(await recorded(t), before, event);
  }
  const other = await send(t, SHEETS.firstpromoter);
  const answers = await Promise.all([apply(t, body.id), apply(t, other.body.id), apply(t, body.id)]);
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200], JSON.stringify(answers.map(({ body }) => body)));
  assert.equal((await t.rows("SELECT count(*) AS n FROM partner"))[0].n, 1);
  // What both say is of both: the other goes first, and takes nothing.
  assert.equal((await undo(t, other.body.id)).status, 200);
  assert.equal((await t.rows("SELECT count(*) AS n FROM partner"))[0].n, 1);
  const after = await recorded(t);
  const [wrote] = await t.rows("SELECT DISTINCT import_id AS id FROM import_wrote");
  for (const event of ["DELETE ON coupon", "DELETE ON link", "DELETE ON fact", "DELETE ON partner", "DELETE ON member"]) {
    await broken(event, () => undo(t, wrote.id));
    assert.deepEqual(await recorded(t), after, event);
  }
  assert.equal((await undo(t, wrote.id)).status, 200);
  assert.deepEqual(await recorded(t), before);
});
