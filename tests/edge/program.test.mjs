import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

test("settings are changed one at a time, and hold", async (t) => {
  const { body: before } = await t.api("GET", "/program");
  const allowedHosts = ["example.com", "*.example.com", "northbeam.example"];
  assert.deepEqual(before, { allowedHosts, domains: [], utm: {}, appSchemes: [], genericParameters: false, turnstileSiteKey: null, partnerLinksLimit: 50 });
  const { status, body } = await t.api("PATCH", "/program", { domains: ["Go.Example.com"], utm: { source: " {partner} " } });
  assert.equal(status, 200);
  assert.deepEqual(body, { ...before, domains: ["go.example.com"], utm: { source: "{partner}" } });
  await t.api("PATCH", "/program", { genericParameters: true });
  await t.api("PATCH", "/program", { partnerLinksLimit: 0 });
  assert.deepEqual((await t.api("GET", "/program")).body, { ...body, genericParameters: true, partnerLinksLimit: 0 });
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
    [{ appSchemes: Array(11).fill("acme") }, "appSchemes"],
    [{ turnstileSiteKey: "a b" }, "turnstileSiteKey"],
    [{ genericParameters: "yes" }, "genericParameters"],
    [{ partnerLinksLimit: 1001 }, "partnerLinksLimit"],
    [{ partnerLinksLimit: -1 }, "partnerLinksLimit"],
    [{ partnerLinksLimit: 1.5 }, "partnerLinksLimit"],
    [{ partnerLinksLimit: "ten" }, "partnerLinksLimit"],
    [{ colour: "red" }, "colour"],
  ]) {
    const { status, body } = await t.api("PATCH", "/program", { ...change, utm: { source: "x" } });
    assert.equal(status, 422, JSON.stringify(change));
    assert.match(body.error.message, new RegExp(field));
  }
  assert.deepEqual((await t.api("GET", "/program")).body.utm, {});
  assert.equal((await t.api("PATCH", "/program", {}, { key: null })).status, 401);
});
