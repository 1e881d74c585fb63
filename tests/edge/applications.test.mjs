// Who asks to be let into the program: the form, what a mistake costs, and what the marketer decides.

import assert from "node:assert/strict";
import { formId, open as openPage, send as sendForm } from "../support/form.mjs";
import { test } from "../support/test.mjs";

const FORM = "/portal/apply";
const MIRA = { name: "Mira Moss", email: "Mira@Moss.example", company: "Moss & Sons <Ltd>", website: "moss.example", message: "We build shops.\nMany of them." };
const open = (t) => openPage(t, FORM);
const send = (t, form, headers) => sendForm(t, FORM, form, headers);
const take = (t, applications = true) => t.api("PATCH", "/program", { applications });
const all = async (t, query = "") => (await t.api("GET", `/applications${query}`)).body;
const decide = (t, id, step, body, options) => t.api("POST", `/applications/${id}/${step}`, body, options);

async function applied(t, form = MIRA) {
  await take(t);
  const { hidden } = await open(t);
  assert.equal((await send(t, { ...form, ...hidden })).status, 303);
  return (await all(t, "?state=waiting"))[0];
}

test("the form stands where the program takes applications, and nowhere else", async (t) => {
  assert.equal((await open(t)).response.status, 404);
  assert.equal((await send(t, { ...MIRA, form_id: formId(t.keys) })).status, 404);
  const home = async () => (await (await t.fetch("/")).text()).includes(`href="${FORM}"`);
  assert.equal(await home(), false);
  await take(t);
  assert.equal(await home(), true);
  const { response, html } = await open(t);
  assert.equal(response.status, 200);
  assert.match(html, /Become a partner of Northbeam/);
  assert.ok(!html.includes("<script"));
  const policy = response.headers.get("content-security-policy");
  for (const part of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"]) assert.ok(policy.includes(part), policy);
  assert.equal((await t.fetch(FORM, { method: "HEAD" })).status, 200);
  assert.deepEqual(await all(t), []);
  await take(t, false);
  assert.deepEqual(await all(t), []);
});

test("an application is kept once: a double click, a reload, other words later", async (t) => {
  await take(t);
  const { hidden } = await open(t);
  const both = await Promise.all([send(t, { ...MIRA, ...hidden }), send(t, { ...MIRA, ...hidden })]);
  assert.deepEqual(both.map(({ status, headers }) => [status, headers.get("location")]), [[303, `${FORM}?sent=1`], [303, `${FORM}?sent=1`]]);
  const thanks = await (await t.fetch(`${FORM}?sent=1`)).text();
  assert.match(thanks, /it has arrived/);
  const [first, ...rest] = await all(t);
  assert.deepEqual(rest, []);
  assert.deepEqual(
    [first.state, first.email, first.name, first.company, first.website, first.message, first.version, first.partnerId],
    ["waiting", "mira@moss.example", "Mira Moss", "Moss & Sons <Ltd>", "moss.example", "We build shops.\nMany of them.", 1, null],
  );
  await send(t, { ...MIRA, message: "Other words.", ...hidden });
  const [second] = await all(t);
  assert.deepEqual(second, { ...first, message: "Other words.", version: 2 });
  // What was seen is not what is decided about.
  assert.equal((await decide(t, first.id, "approve", { version: 1 })).status, 409);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM partner"), [{ n: 0 }]);
});

test("every mistake is named beside its field, with what was typed; programs and strangers are kept out", async (t) => {
  await take(t);
  const { hidden } = await open(t);
  for (const [form, expect] of [
    [{ ...MIRA, name: "" }, "Enter your name"],
    [{ ...MIRA, name: " \u0000 " }, "Enter your name"],
    [{ ...MIRA, email: "" }, "Enter your email address"],
    [{ ...MIRA, email: "mira" }, "Enter an email address like"],
    [{ ...MIRA, email: "mira@moss" }, "Enter an email address like"],
    [{ ...MIRA, email: "a b@moss.example" }, "Enter an email address like"],
    [{ ...MIRA, company: "" }, "Fill in: Company"],
    [{ ...MIRA, company: "x".repeat(201) }, "Use at most 200 characters"],
    [{ ...MIRA, website: "x".repeat(201) }, "Use at most 200 characters"],
    [{ ...MIRA, message: "x".repeat(2001) }, "Use at most 2,000 characters"],
    [{}, "A few things need another look"],
  ]) {
    const response = await send(t, { ...form, ...hidden });
    const html = await response.text();
    assert.equal(response.status, 422, expect);
    assert.ok(html.includes(expect), expect);
    if (form.name === MIRA.name) assert.ok(html.includes('value="Mira Moss"'), expect);
    assert.ok(!html.includes("<Ltd>"));
  }
  const again = async (form, status, expect) => {
    const response = await send(t, form);
    assert.equal(response.status, status);
    assert.match(await response.text(), expect);
  };
  await again({ ...MIRA, form_id: formId(t.keys, Date.now()) }, 422, /very quick/);
  await again({ ...MIRA, form_id: "guess" }, 422, /open for a long time/);
  await again({ ...MIRA, ...hidden, message: "x".repeat(310_000) }, 413, /too long/);
  assert.equal((await send(t, { ...MIRA, ...hidden }, { origin: "https://evil.example" })).status, 403);
  // A trap that is filled is thanked, and forgotten.
  assert.equal((await send(t, { ...MIRA, ...hidden, topic_code: "1" })).status, 303);
  assert.deepEqual(await all(t), []);
});

test("a store that fails keeps what was typed, and nothing is written by half", async (t) => {
  await take(t);
  const { hidden } = await open(t);
  await t.db.prepare("CREATE TRIGGER broken BEFORE INSERT ON application BEGIN SELECT RAISE(ABORT, 'disk full'); END").run();
  const failed = await send(t, { ...MIRA, ...hidden });
  const html = await failed.text();
  assert.deepEqual([failed.status, failed.headers.get("retry-after")], [503, "60"]);
  for (const text of ["Mira Moss", "Mira@Moss.example", "We build shops."]) assert.ok(html.includes(text), text);
  await t.db.prepare("DROP TRIGGER broken").run();
  const one = await applied(t);
  await t.db.prepare("CREATE TRIGGER broken BEFORE UPDATE ON application BEGIN SELECT RAISE(ABORT, 'disk full'); END").run();
  assert.equal((await decide(t, one.id, "approve", { version: 1 })).status, 503);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM partner"), [{ n: 0 }]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM link"), [{ n: 0 }]);
  await t.db.prepare("DROP TRIGGER broken").run();
  assert.equal((await decide(t, one.id, "approve", { version: 1 })).status, 200);
});

test("approved, they are a partner with a link and a page; the same again is the same", async (t) => {
  const one = await applied(t);
  const { body: group } = await t.api("POST", "/groups", { name: "Agencies" });
  const { status, body } = await decide(t, one.id, "approve", { version: 1, groupId: group.id });
  assert.deepEqual([status, body.state, body.version], [200, "approved", 2]);
  assert.deepEqual((await decide(t, one.id, "approve", { version: 1, groupId: group.id })).body, body);
  const [partner, ...rest] = (await t.api("GET", "/partners")).body;
  assert.deepEqual(rest, []);
  assert.deepEqual([partner.id, partner.name, partner.email, partner.groupId, partner.links.length], [body.partnerId, "Moss & Sons <Ltd>", "mira@moss.example", group.id, 1]);
  assert.equal((await t.fetch(`/p/${partner.username}`)).status, 200);
  assert.equal((await decide(t, one.id, "decline", { version: 2 })).status, 409);
  const log = (await t.api("GET", "/audit?kind=application")).body;
  assert.deepEqual(log.map(({ action, after }) => [action, after.state]), [["updated", "approved"], ["created", "waiting"]]);
  // Who is a partner already is told the same, and stays as they are.
  const twice = await applied(t, { ...MIRA, company: "Another name" });
  assert.equal((await decide(t, twice.id, "approve", { version: 1 })).body.partnerId, partner.id);
  assert.deepEqual((await t.api("GET", "/partners")).body.map(({ name }) => name), ["Moss & Sons <Ltd>"]);
});

test("declined, nobody is let in, and they may ask again; of two who decide one is first", async (t) => {
  const one = await applied(t);
  const { body } = await decide(t, one.id, "decline", { version: 1, reason: "Not our field." });
  assert.deepEqual([body.state, body.reason, body.partnerId], ["declined", "Not our field.", null]);
  assert.deepEqual(await all(t, "?state=waiting"), []);
  const next = await applied(t);
  assert.notEqual(next.id, one.id);
  const both = await Promise.all([decide(t, next.id, "approve", { version: 1 }), decide(t, next.id, "decline", { version: 1 })]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
  const [state] = (await all(t)).filter(({ id }) => id === next.id).map(({ state }) => state);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM partner"), [{ n: state === "approved" ? 1 : 0 }]);
});

test("of many who decline at once, in one millisecond or not, one is first, and theirs is the reason", async (t) => {
  const one = await applied(t);
  const reasons = Array.from({ length: 8 }, (_, n) => `Reason ${n}`);
  const answers = await Promise.all(reasons.map((reason) => decide(t, one.id, "decline", { version: 1, reason })));
  const taken = answers.filter(({ status }) => status === 200);
  assert.equal(taken.length, 1, JSON.stringify(answers.map(({ status }) => status)));
  assert.equal((await all(t))[0].reason, taken[0].body.reason);
});

test("what is no decision", async (t) => {
  const one = await applied(t);
  for (const [step, body, status, word] of [
    ["approve", {}, 422, "version"],
    ["approve", { version: "1" }, 422, "version"],
    ["approve", { version: 1, group: "x" }, 422, "group"],
    ["approve", { version: 1, groupId: "x".repeat(300) }, 422, "groupId"],
    ["decline", { version: 1, reason: "" }, 422, "reason"],
    ["decline", { version: 1, reason: "x".repeat(1001) }, 422, "reason"],
    ["approve", { version: 2 }, 409, "version"],
  ]) {
    const answer = await decide(t, one.id, step, body);
    assert.equal(answer.status, status, JSON.stringify([body, answer.body]));
    assert.ok(answer.body.error.message.includes(word), answer.body.error.message);
  }
  for (const id of ["x", "app_00000000000000000000000000"]) assert.equal((await decide(t, id, "approve", { version: 1 })).status, 404);
  assert.equal((await t.api("GET", "/applications?state=x")).status, 422);
  assert.equal((await t.api("PATCH", "/program", { applications: "yes" })).status, 422);
});
