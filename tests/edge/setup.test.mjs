import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const BODY = {
  program: { name: "Northbeam", url: "https://northbeam.example" },
  owner: { email: "owner@northbeam.example", name: "Olive" },
};
const post = (t, body, secret = t.setupSecret) => t.api("POST", "/setup", body, { key: secret });

test("setup needs the secret, names what is wrong, and happens once", { setup: false }, async (t) => {
  assert.equal((await post(t, BODY, null)).status, 401);
  assert.equal((await post(t, BODY, "wrong")).status, 401);
  for (const [change, field] of [
    [{ name: " " }, "program.name"],
    [{ url: "northbeam" }, "program.url"],
    [{ currency: "dollar" }, "program.currency"],
    [{ color: "red" }, "program.color"],
    [{ color: "#0f766g" }, "program.color"],
    [{ consent: "maybe" }, "program.consent"],
    [{ customerNames: "hidden" }, "program.customerNames"],
    [{ allowedHosts: ["https://x.example"] }, "program.allowedHosts"],
    [{ fallbackUrl: "javascript:alert(1)" }, "program.fallbackUrl"],
    [{ timezone: "" }, "program.timezone"],
  ]) {
    const { status, body } = await post(t, { ...BODY, program: { ...BODY.program, ...change } });
    assert.equal(status, 422, field);
    assert.ok(body.error.message.startsWith(`${field}:`), body.error.message);
  }
  assert.equal((await post(t, { ...BODY, owner: { email: "no", name: "x" } })).status, 422);
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(t, BODY)));
  assert.deepEqual(answers.map((a) => a.status), [201, 201, 201, 201, 201]);
  const [{ body }] = answers;
  for (const answer of answers) assert.deepEqual(answer.body, body);
  assert.match(body.apiKey, /^trb_sk_[0-9a-f]{64}$/);
  assert.match(body.publishableKey, /^trb_pk_[0-9a-f]{64}$/);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM api_key"), [{ n: 2 }]);
  assert.equal((await t.api("GET", "/program", undefined, { key: body.apiKey })).status, 200);
});

test("whoever lost the answer gets it again, and nobody else does", { setup: false }, async (t) => {
  // The client gives up while the server works.
  const given = AbortSignal.timeout(1);
  await t.fetch("/api/setup", { method: "POST", signal: given, headers: { authorization: `Bearer ${t.setupSecret}`, "content-type": "application/json" }, body: JSON.stringify(BODY) }).catch(() => {});
  const first = await post(t, BODY);
  assert.equal(first.status, 201);
  const again = await post(t, { owner: BODY.owner, program: BODY.program });
  assert.deepEqual([again.status, again.body], [201, first.body]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM api_key"), [{ n: 2 }]);
  // What is stored holds no key.
  const stored = JSON.stringify([await t.rows("SELECT * FROM api_key"), await t.rows("SELECT * FROM opening"), await t.rows("SELECT * FROM audit")]);
  assert.ok(!stored.includes(first.body.apiKey.slice(7)) && !stored.includes(first.body.publishableKey.slice(7)));
  // Another request, another secret.
  assert.equal((await post(t, { ...BODY, owner: { ...BODY.owner, name: "Other" } })).status, 409);
  assert.equal((await post(t, BODY, first.body.apiKey)).status, 401);
  assert.equal((await post(t, BODY, null)).status, 401);
  // Once somebody came in, the door is shut.
  assert.equal((await t.api("GET", "/program", undefined, { key: first.body.apiKey })).status, 200);
  await t.until("SELECT count(*) FROM api_key WHERE last_used_at IS NOT NULL", 1);
  const late = await post(t, BODY);
  assert.deepEqual([late.status, late.body.error.code], [409, "conflict"]);
});

test("the scheme may be written in lower case, and a mark before UTF-8 is passed over", async (t) => {
  for (const scheme of ["bearer", "BEARER", "Bearer"]) {
    const { status } = await t.fetch("/api/program", { headers: { authorization: `${scheme} ${t.apiKey}` } });
    assert.equal(status, 200, scheme);
  }
  assert.equal((await t.fetch("/api/program", { headers: { authorization: `Basic ${t.apiKey}` } })).status, 401);
  const made = await t.api("POST", "/tags", `\ufeff${JSON.stringify({ name: "marked" })}`);
  assert.deepEqual([made.status, made.body.name], [201, "marked"]);
  const large = await t.api("POST", "/tags", `{"name":"${"x".repeat(1 << 20)}"}`);
  assert.deepEqual([large.status, large.body.error.code], [413, "bad_request"]);
  assert.match(large.body.error.message, /at most 1048576 bytes/);
});

test("an empty instance answers calmly", { setup: false }, async (t) => {
  assert.equal((await t.fetch("/")).status, 200);
  assert.equal((await t.fetch("/ada")).status, 404);
  assert.equal((await t.fetch("/p/ada")).status, 404);
  assert.equal((await t.fetch("/api/feed")).status, 401);
  const health = await t.fetch("/healthz");
  assert.equal(health.status, 200);
  const { status, version, stores } = await health.json();
  assert.deepEqual([status, stores], ["ok", { d1: true, kv: true, queue: true }]);
  assert.match(version, /^\d+\.\d+\.\d+$/);
});

test("healthz says which store does not answer", { migrate: false }, async (t) => {
  const health = await t.fetch("/healthz");
  assert.equal(health.status, 200);
  const { status, stores } = await health.json();
  assert.deepEqual([status, stores.d1, stores.kv], ["degraded", false, true]);
});
