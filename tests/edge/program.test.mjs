import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const FACE = {
  name: "Northbeam",
  url: "https://northbeam.example",
  fallbackUrl: "https://northbeam.example",
  color: "#0f766e",
  consent: "opt_out",
  customerNames: "masked",
  currency: "USD",
  timezone: "UTC",
};

test("settings are changed one at a time, and hold", async (t) => {
  const { body: before } = await t.api("GET", "/program");
  const allowedHosts = ["example.com", "*.example.com", "northbeam.example"];
  const { version, ...rest } = before;
  assert.match(version, /^[0-9a-f]{16}$/);
  assert.deepEqual(rest, { ...FACE, allowedHosts, domains: [], utm: {}, appSchemes: [], genericParameters: false, turnstileSiteKey: null, partnerLinksLimit: 50, applications: false });
  const { status, body } = await t.api("PATCH", "/program", { domains: ["Go.Example.com"], utm: { source: " {partner} " } });
  assert.equal(status, 200);
  assert.notEqual(body.version, version);
  assert.deepEqual(body, { ...before, version: body.version, domains: ["go.example.com"], utm: { source: "{partner}" } });
  await t.api("PATCH", "/program", { genericParameters: true });
  await t.api("PATCH", "/program", { partnerLinksLimit: 0 });
  await t.api("PATCH", "/program", { applications: true });
  const { body: after } = await t.api("GET", "/program");
  assert.deepEqual(after, { ...body, version: after.version, genericParameters: true, partnerLinksLimit: 0, applications: true });
});

test("settings that cannot be are refused by name, and nothing changes", async (t) => {
  for (const [change, field] of [
    [{ domains: ["https://go.example.com"] }, "domains"],
    [{ domains: [""] }, "domains"],
    [{ domains: Array(11).fill("go.example.com") }, "domains"],
    [{ domains: "go.example.com" }, "domains"],
    [{ allowedHosts: ["https://example.com"] }, "allowedHosts"],
    [{ allowedHosts: ["*.*.example.com"] }, "allowedHosts"],
    [{ allowedHosts: Array(101).fill("example.com") }, "allowedHosts"],
    [{ appSchemes: ["https"] }, "appSchemes"],
    [{ appSchemes: ["a b"] }, "appSchemes"],
    [{ utm: { medium: "Partner {foo}" } }, "utm.medium"],
    [{ utm: { source: "{partner", medium: "x" } }, "utm.source"],
    [{ utm: { id: "x".repeat(101) } }, "utm.id"],
    [{ appSchemes: Array(11).fill("acme") }, "appSchemes"],
    [{ turnstileSiteKey: "a b" }, "turnstileSiteKey"],
    [{ genericParameters: "yes" }, "genericParameters"],
    [{ applications: "yes" }, "applications"],
    [{ partnerLinksLimit: 1001 }, "partnerLinksLimit"],
    [{ partnerLinksLimit: -1 }, "partnerLinksLimit"],
    [{ partnerLinksLimit: 1.5 }, "partnerLinksLimit"],
    [{ partnerLinksLimit: "ten" }, "partnerLinksLimit"],
    [{ colour: "red" }, "colour"],
    [{ name: " " }, "name"],
    [{ url: "example.com" }, "url"],
    [{ url: "javascript:alert(1)" }, "url"],
    [{ fallbackUrl: "https://elsewhere.example/" }, "fallbackUrl"],
    [{ color: "red" }, "color"],
    [{ color: "#12345" }, "color"],
    [{ consent: "never" }, "consent"],
    [{ customerNames: "all" }, "customerNames"],
  ]) {
    const { status, body } = await t.api("PATCH", "/program", { utm: { source: "x" }, ...change });
    assert.equal(status, 422, JSON.stringify(change));
    assert.match(body.error.message, new RegExp(field));
  }
  assert.deepEqual((await t.api("GET", "/program")).body.utm, {});
  assert.equal((await t.api("PATCH", "/program", {}, { key: null })).status, 401);
});

test("the program's face is changed, and what was changed meanwhile is not overwritten", async (t) => {
  const { body: before } = await t.api("GET", "/program");
  const face = { name: "  Northbeam Labs ", url: "https://labs.northbeam.example", fallbackUrl: "https://labs.northbeam.example/partners", color: "#AA3311", consent: "opt_in", customerNames: "shown" };
  const { status, body } = await t.api("PATCH", "/program", { version: before.version, ...face });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.name, body.color, body.consent, body.customerNames, body.fallbackUrl], ["Northbeam Labs", "#aa3311", "opt_in", "shown", face.fallbackUrl]);
  const late = await t.api("PATCH", "/program", { version: before.version, name: "Another" });
  assert.equal(late.status, 409);
  assert.match(late.body.error.message, /version/);
  assert.equal((await t.api("GET", "/program")).body.name, "Northbeam Labs");
  const { body: feed } = await t.feed();
  assert.deepEqual([feed.head.program.name, feed.head.program.color], ["Northbeam Labs", "#aa3311"]);
  // Of changes at once, each stands or is refused: none takes another's back.
  const many = await Promise.all(Array.from({ length: 6 }, (_, i) => t.api("PATCH", "/program", { version: body.version, partnerLinksLimit: i })));
  assert.deepEqual(many.map((answer) => answer.status).sort(), [200, 409, 409, 409, 409, 409]);
});

test("the policy gets a version: sales from its beginning are judged by it, those before are not", async (t) => {
  const [first] = (await t.api("GET", "/policies")).body;
  assert.deepEqual(first, {
    version: 1,
    since: "1970-01-01T00:00:00.000Z",
    new: { model: "first", window: 30 },
    renewal: { model: "linear", window: 90 },
    expansion: { model: "linear", window: 90 },
    direct: "untagged",
    collapse: 0,
    precedence: ["deal", "coupon", "link"],
  });
  const since = "2026-01-01T00:00:00.000Z";
  const sent = { version: 1, since, new: { model: "last", window: 60 }, precedence: ["link", "deal", "coupon"] };
  const { status, body } = await t.api("POST", "/policies", sent);
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual(body, { ...first, version: 2, since, new: sent.new, precedence: sent.precedence });
  assert.deepEqual((await t.api("GET", "/policies")).body, [first, body]);
  const { body: feed } = await t.feed();
  assert.deepEqual(feed.head.policies.map((policy) => policy.version), [1, 2]);
  // The second of two is told, and a double press makes one.
  const many = await Promise.all(Array.from({ length: 5 }, () => t.api("POST", "/policies", { version: 2 })));
  assert.deepEqual(many.map((answer) => answer.status).sort(), [201, 409, 409, 409, 409]);
  for (const [change, field] of [
    [{ version: 3, since: "2025-12-31T00:00:00Z" }, "since"],
    [{ version: 3, new: { model: "custom", window: 30 } }, "new.model"],
    [{ version: 3, new: { model: "last", window: 3651 } }, "new.window"],
    [{ version: 3, new: { model: "last" } }, "window"],
    [{ version: 3, collapse: -1 }, "collapse"],
    [{ version: 3, precedence: ["link"] }, "precedence"],
    [{ version: 3, models: [] }, "models"],
    [{}, "version"],
  ]) {
    const { status, body } = await t.api("POST", "/policies", change);
    assert.equal(status, 422, JSON.stringify(change));
    assert.match(body.error.message, new RegExp(field));
  }
  assert.equal((await t.api("GET", "/policies")).body.length, 3);
});

test("a policy does not reach into a month that is closed", async (t) => {
  const month = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1)).toISOString();
  const terms = { version: 0, since: "2020-01-01T00:00:00Z", rules: [{ name: "Tenth", pay: { percent: 100_000 } }] };
  assert.equal((await t.api("POST", "/terms", terms)).status, 201);
  assert.equal((await t.api("POST", "/statements/close", { month: month.slice(0, 7) })).status, 200);
  const { status, body } = await t.api("POST", "/policies", { version: 1, since: month });
  assert.equal(status, 422);
  assert.match(body.error.message, /since: must not be before the end of the last closed month/);
  assert.equal((await t.api("POST", "/policies", { version: 1 })).status, 201);
});

test("views are saved under a name, shared by the program's people, and deleted", async (t) => {
  const { status, body: view } = await t.api("POST", "/views", { name: " Spring ", query: "view=models&with=last" });
  assert.equal(status, 201, JSON.stringify(view));
  assert.deepEqual([view.name, view.query], ["Spring", "view=models&with=last"]);
  assert.deepEqual((await t.api("GET", "/views")).body, [view]);
  const many = await Promise.all(Array.from({ length: 4 }, () => t.api("POST", "/views", { name: "Twice", query: "" })));
  assert.deepEqual(many.map((answer) => answer.status).sort(), [201, 409, 409, 409]);
  for (const [sent, field] of [
    [{ name: " ", query: "" }, "name"],
    [{ name: "x".repeat(101), query: "" }, "name"],
    [{ name: "x", query: "a b" }, "query"],
    [{ name: "x", query: "x".repeat(2001) }, "query"],
    [{ name: "x" }, "query"],
    [{ name: "x", query: "", shared: true }, "shared"],
  ]) {
    const { status, body } = await t.api("POST", "/views", sent);
    assert.equal(status, 422, JSON.stringify(sent));
    assert.match(body.error.message, new RegExp(field));
  }
  assert.equal((await t.api("POST", "/views", { name: "SPRING", query: "" })).status, 409);
  assert.equal((await t.api("DELETE", `/views/${view.id}`)).status, 200);
  assert.equal((await t.api("DELETE", `/views/${view.id}`)).status, 404);
  assert.equal((await t.api("DELETE", "/views/spring")).status, 404);
  // There is an end to it.
  await t.db.prepare("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 199) INSERT INTO view SELECT 'view_' || i, 'View ' || i, '', 'key', 0 FROM n").run();
  const { status: full, body } = await t.api("POST", "/views", { name: "One more", query: "" });
  assert.equal(full, 409);
  assert.match(body.error.message, /200/);
});
