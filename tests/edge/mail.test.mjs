// E-mail: written with what it tells of, kept where nothing sends it, sent and tried again where something does.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

const OWNER = "owner@northbeam.example";
const MAIL = { mail: true, bindings: { MAIL_FROM: "partners@northbeam.example", PUBLIC_URL: "https://go.northbeam.example/" } };
const HERE = { bindings: { DEVELOPMENT: "1" } };
const [MINUTE, DAY] = [60_000, 86_400_000];

const ask = (t, email) => t.api("POST", "/sign-in", { email }, { key: null });
const outbox = async (t, query = "") => (await t.api("GET", `/outbox${query}`)).body;
const tick = async (t, at) => (await t.mf.getWorker("tributary")).scheduled({ cron: "* * * * *", scheduledTime: new Date(at) });
const linkOf = (text) => text.match(/https?:\/\/\S+\/sign-in\?token=trb_in_[0-9a-f]{64}/)[0];
const enter = (t, link) => t.fetch(new URL(link).pathname + new URL(link).search);
const deal = (partner, company) => ({ partnerId: partner.id, company, contactEmail: `x@${company.toLowerCase()}.example`, amount: 100, currency: "USD" });

test("whoever asks gets a link by e-mail, which signs in once", HERE, async (t) => {
  const ada = await t.partner("Ada Analytics");
  const answer = await ask(t, ` ${ada.email.toUpperCase()} `);
  assert.deepEqual([answer.status, answer.body], [204, ""]);
  const [one] = await outbox(t);
  assert.deepEqual([one.kind, one.to, one.state, one.mail.subject], ["sign_in", ada.email, "pending", "Sign in to Northbeam, for Ada Analytics"]);
  const link = linkOf(one.mail.text);
  assert.ok(one.mail.html.includes(link) && link.startsWith(t.url), link);
  // The token is stored nowhere.
  const stored = JSON.stringify([await t.rows("SELECT * FROM outbox"), await t.rows("SELECT * FROM sign_in"), await t.rows("SELECT * FROM audit")]);
  assert.ok(!stored.includes("trb_in_") && !stored.includes(link.split("trb_in_")[1]));
  const entered = await enter(t, link);
  assert.deepEqual([entered.status, entered.headers.get("location")], [303, "/portal/"]);
  assert.equal((await enter(t, link)).status, 410);
  // Of a person who is two, each; and no more than three in a quarter of an hour.
  await t.api("POST", "/members", { email: OWNER, role: "partner_member", partnerId: ada.id });
  assert.equal((await ask(t, OWNER)).status, 204);
  const links = (await outbox(t)).filter(({ to }) => to === OWNER).map(({ mail }) => linkOf(mail.text));
  assert.equal(links.length, 2);
  const said = (await outbox(t)).filter(({ to }) => to === OWNER).map(({ mail }) => [mail.subject, mail.text.split("\n\n")[1]]);
  assert.deepEqual(said.sort(), [
    ["Sign in to Northbeam, for Ada Analytics", "This link opens the partner portal of Ada Analytics."],
    ["Sign in to Northbeam", "This link opens the console of Northbeam."],
  ]);
  const doors = await Promise.all(links.map(async (each) => (await enter(t, each)).headers.get("location")));
  assert.deepEqual(doors.sort(), ["/console/", "/portal/"]);
  for (let i = 0; i < 5; i++) assert.equal((await ask(t, ada.email)).status, 204);
  assert.equal((await outbox(t)).filter(({ to }) => to === ada.email).length, 3);
});

test("nobody learns who is known, by page or by program", HERE, async (t) => {
  const home = await (await t.fetch("/")).text();
  assert.match(home, /<form[^>]+method="post" action="\/sign-in"/);
  assert.match(home, /<label for="email">/);
  const form = async (email, headers = {}) => {
    const response = await t.fetch("/sign-in", { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", ...headers }, body: new URLSearchParams({ email }) });
    return { status: response.status, text: await response.text() };
  };
  const [known, unknown] = [await form(OWNER), await form("nobody@northbeam.example")];
  assert.deepEqual(known, unknown);
  assert.deepEqual([known.status, /Look into your mailbox/.test(known.text)], [200, true]);
  assert.deepEqual((await outbox(t)).map(({ to }) => to), [OWNER]);
  const bodies = await Promise.all([ask(t, OWNER), ask(t, "nobody@northbeam.example")]);
  assert.deepEqual(bodies.map(({ status, body }) => [status, body]), [[204, ""], [204, ""]]);
  assert.equal((await form(OWNER, { origin: "https://evil.example" })).status, 403);
  for (const email of ["", "x", "@", "a@b", "a b@c.example", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", `${"x".repeat(250)}@y.example`]) {
    const { status, body } = await ask(t, email);
    assert.equal(status, 422, email);
    assert.match(body.error.message, /^email: must be/, email);
    assert.equal((await form(email)).status, 422, email);
  }
  for (const [body, status] of [[{}, 422], [{ email: 1 }, 422], [{ email: null }, 422], [{ email: OWNER, to: "x@y.example" }, 422], ["[]", 400], ["{", 400]]) {
    assert.equal((await t.api("POST", "/sign-in", body, { key: null })).status, status, JSON.stringify(body));
  }
});

test("too many from one place are refused; a store that fails says so", { ...HERE, limits: { GUESSES: 3 } }, async (t) => {
  for (let i = 0; i < 3; i++) assert.equal((await ask(t, "nobody@northbeam.example")).status, 204);
  assert.equal((await ask(t, OWNER)).status, 429);
  const other = { headers: { "cf-connecting-ip": "203.0.113.9" }, key: null };
  for (const table of ["outbox", "sign_in", "member"]) {
    await t.db.prepare(`ALTER TABLE ${table} RENAME TO gone_${table}`).run();
    assert.equal((await t.api("POST", "/sign-in", { email: OWNER }, { ...other, headers: { "cf-connecting-ip": `203.0.113.${table.length}` } })).status, 503, table);
    await t.db.prepare(`ALTER TABLE gone_${table} RENAME TO ${table}`).run();
    assert.deepEqual([await t.rows("SELECT * FROM outbox"), await t.rows("SELECT * FROM sign_in")], [[], []], table);
  }
});

test("what became of a deal reaches the partner's people, once, and nobody else", HERE, async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.partner("Eve Agency");
  await t.api("POST", "/members", { email: "sam@ada.example", name: "Sam", role: "partner_member", partnerId: ada.id });
  const { body: first } = await t.api("POST", "/deals", deal(ada, "Globex"));
  const { body: second } = await t.api("POST", "/deals", deal(ada, "Initech"));
  assert.deepEqual(await outbox(t), []);
  for (let i = 0; i < 2; i++) assert.equal((await t.api("POST", `/deals/${first.id}/approve`, { version: 1 })).status, 200);
  for (let i = 0; i < 2; i++) assert.equal((await t.api("POST", `/deals/${second.id}/reject`, { version: 1, reason: "Ours <already>" })).status, 200);
  const mails = await outbox(t);
  assert.deepEqual(mails.map(({ to, mail }) => `${to} ${mail.subject}`).sort(), [
    `${ada.email} Your deal with Globex is approved`, `${ada.email} Your deal with Initech is not approved`,
    "sam@ada.example Your deal with Globex is approved", "sam@ada.example Your deal with Initech is not approved"]);
  const rejected = mails.find(({ mail }) => /not approved/.test(mail.subject)).mail;
  assert.ok(rejected.text.includes("The reason: Ours <already>") && !rejected.html.includes("<already>"), rejected.html);
  // Later steps are no decisions, and a decision whose e-mail cannot be written is none.
  await t.api("POST", `/deals/${first.id}/stage`, { version: 2, stage: "Demo" });
  assert.equal((await outbox(t)).length, 4);
  const { body: third } = await t.api("POST", "/deals", deal(ada, "Umbrella"));
  await t.db.prepare("CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END").run();
  assert.equal((await t.api("POST", `/deals/${third.id}/approve`, { version: 1 })).status, 503);
  assert.equal((await t.api("GET", `/deals/${third.id}`)).body.state, "submitted");
});

test("a month that is closed is told to those who look after a partner", HERE, async (t) => {
  const ada = await t.partner("Ada Analytics");
  await t.api("POST", "/members", { email: "sam@ada.example", name: "Sam", role: "partner_member", partnerId: ada.id });
  await t.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules: [{ name: "Tenth", pay: { percent: 100_000 } }] });
  const month = (n) => new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - n, 15)).toISOString();
  for (const n of [3, 1]) {
    const { body } = await t.facts([{ id: `t${n}`, type: "touch", kind: "click", at: month(n), link: "ada-analytics", customer: `c${n}` },
      { id: `r${n}`, type: "revenue", kind: "new", at: month(n).replace("-15T", "-16T"), customer: `c${n}`, amount: 123_450, currency: "USD", invoice: `in_${n}` }]);
    assert.equal(body.recorded, 2);
  }
  const { status, body } = await t.api("POST", "/statements/close", { month: month(1).slice(0, 7) });
  assert.deepEqual([status, body.closed.length], [200, 3]);
  await t.api("POST", "/statements/close", { month: month(1).slice(0, 7) });
  // Of three months that are closed late, the last is news.
  const mails = await outbox(t);
  assert.deepEqual(mails.map(({ kind, to, mail }) => [kind, to, mail.subject]), [["statement", ada.email, `Your statement of ${month(1).slice(0, 7)}`]]);
  assert.match(mails[0].mail.text, /Your balance is 246\.90 USD/);
});

test("the platform's binding sends it, behind the answer, and is asked again when it fails", MAIL, async (t) => {
  await t.api("POST", "/members", { email: "full@down.example", role: "marketer" });
  assert.equal((await ask(t, OWNER)).status, 204);
  await t.until("SELECT state FROM outbox", "delivered");
  const [sent] = await t.mailed();
  assert.deepEqual([sent.from, sent.to, sent.subject], ["partners@northbeam.example", OWNER, "Sign in to Northbeam"]);
  // Links lead to the address that is set, whatever host a request names.
  const link = linkOf(sent.text);
  assert.ok(link.startsWith("https://go.northbeam.example/sign-in?") && sent.html.includes(link), link);
  assert.equal((await enter(t, link)).status, 303);
  // Here nobody reads it in the outbox.
  assert.equal((await outbox(t))[0].mail, undefined);
  assert.equal(JSON.stringify(await outbox(t)).includes("trb_in_"), false);

  assert.equal((await ask(t, "full@down.example")).status, 204);
  await t.until("SELECT answer FROM outbox WHERE recipient = 'full@down.example'", "The mailbox is full");
  const failing = async () => (await t.rows("SELECT state, attempts, next_at FROM outbox WHERE recipient = 'full@down.example'"))[0];
  let { next_at: at } = await failing();
  await tick(t, at - 1000);
  assert.equal((await failing()).attempts, 1);
  await Promise.all([tick(t, at), tick(t, at)]);
  assert.deepEqual([(await failing()).attempts, (await t.mailed()).length], [2, 3]);
  // When its link has ended, it is given up, and that is to be seen.
  await tick(t, Date.now() + 16 * MINUTE);
  const [given] = await outbox(t, "?state=failed");
  assert.deepEqual([given.to, given.state, given.answer], ["full@down.example", "failed", "The mailbox is full"]);
  await tick(t, Date.now() + DAY);
  assert.equal((await t.mailed()).length, 3);
  assert.equal((await t.api("GET", "/outbox?state=gone")).status, 422);
});

test("what nothing sends waits, is not shown to the world, and no page offers it", async (t) => {
  assert.doesNotMatch(await (await t.fetch("/")).text(), /<form/);
  assert.equal((await ask(t, OWNER)).status, 204);
  await tick(t, Date.now() + MINUTE);
  const [one] = await outbox(t);
  assert.deepEqual([one.state, one.attempts, one.mail], ["pending", 0, undefined]);
  await (await t.mf.getWorker("tributary")).scheduled({ cron: "7 * * * *", scheduledTime: new Date(Date.now() + 31 * DAY) });
  assert.deepEqual(await outbox(t), []);
});
