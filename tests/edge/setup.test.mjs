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
  assert.deepEqual(answers.map((a) => a.status).sort(), [201, 409, 409, 409, 409]);
  const { body } = answers.find((a) => a.status === 201);
  assert.match(body.apiKey, /^trb_sk_[0-9a-f]{64}$/);
  assert.match(body.publishableKey, /^trb_pk_[0-9a-f]{64}$/);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM api_key"), [{ n: 2 }]);
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
