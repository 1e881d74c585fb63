// Webhooks: what happened is told once, signed, again until it is taken, and never at the cost of whoever caused it.

import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { receiver } from "../support/receiver.mjs";
import { test as plainTest } from "../support/test.mjs";

const EVENTS = ["link.clicked", "lead.created", "sale.created", "partner.enrolled", "commission.created", "deal.registered", "deal.approved"];
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
/** A developer's own instance: webhooks may go to this machine. */
const test = (name, body) => plainTest(name, { bindings: { DEVELOPMENT: "1" } }, body);

async function endpoint(t, url, more = {}) {
  const { status, body } = await t.api("POST", "/webhooks", { url, events: EVENTS, ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}
const deliveries = async (t, hook, query = "") => (await t.api("GET", `/webhooks/${hook.id}/deliveries${query}`)).body;
/** The clock of every minute, at a time. */
const tick = async (t, at) => (await t.mf.getWorker("tributary")).scheduled({ cron: "* * * * *", scheduledTime: new Date(at) });
const lead = (t, n = 1) => t.api("POST", "/track/lead", { clickId: "", eventName: "Sign up", customerExternalId: `cust_${n}`, customerEmail: `c${n}@customer.example` });
const sale = (t, n = 1, more = {}) => t.api("POST", "/track/sale", { customerExternalId: "cust_1", amount: 100 * n, currency: "usd", invoiceId: `in_${n}`, ...more });
/** Waits until nothing is on its way at once. */
const settled = (t) => t.until("SELECT count(*) AS n FROM delivery WHERE state = 'pending' AND (attempts = 0 OR lease IS NOT NULL)", 0);

test("what happens is told once, in order, and the official verifier accepts it", async (t, context) => {
  const to = await receiver(context);
  const hook = await endpoint(t, to.url, { description: "CRM" });
  assert.match(hook.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const ada = await t.partner("Ada Analytics", { tenantId: "t-ada" });
  const { token, status } = await t.click("ada-analytics", { query: "?utm_campaign=spring" });
  assert.equal(status, 302);
  await to.until(2);
  const told = { clickId: token, eventName: "Sign up", customerExternalId: "cust_1", customerName: "Cy", customerEmail: "cy@customer.example", metadata: { plan: "pro" } };
  assert.equal((await t.api("POST", "/track/lead", told)).status, 200);
  assert.equal((await sale(t, 1)).status, 200);
  const deal = { partnerId: ada.id, company: "Globex", contactEmail: "g@globex.example", amount: 5000, currency: "USD" };
  const { body: registered } = await t.api("POST", "/deals", deal);
  await t.api("POST", "/deals", deal);
  assert.equal((await t.api("POST", `/deals/${registered.id}/approve`, { version: 1 })).status, 200);
  const last = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1, 15)).toISOString();
  await t.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules: [{ name: "Tenth", pay: { percent: 100_000 } }] });
  const facts = [{ id: "t1", type: "touch", kind: "click", at: last, link: "ada-analytics", customer: "old" },
    { id: "r1", type: "revenue", kind: "new", at: last.replace("-15T", "-16T"), customer: "old", amount: 20_000, currency: "USD", invoice: "in_old" }];
  assert.equal((await t.facts(facts)).body.recorded, 2);
  assert.equal((await t.api("POST", "/statements/close", { month: last.slice(0, 7) })).status, 200);
  // Repeats: none of them is told again.
  await t.api("POST", "/track/lead", told);
  await sale(t, 1);
  await t.facts([{ id: "again", type: "revenue", kind: "new", at: new Date().toISOString(), customer: "cust_1", amount: 100, currency: "USD", invoice: "in_1" }]);
  await t.api("POST", `/deals/${registered.id}/approve`, { version: 1 });
  await t.api("POST", "/partners", { name: "Ada Analytics", email: ada.email });
  await settled(t);

  const messages = to.of(hook.secret);
  assert.deepEqual(messages.map(({ type }) => type).sort(), [...EVENTS, "sale.created"].sort());
  const one = (type) => messages.find((message) => message.type === type).data;
  assert.equal(one("partner.enrolled").partner.tenantId, "t-ada");
  assert.deepEqual([one("link.clicked").link.key, one("link.clicked").partner.id, one("link.clicked").click.utm.campaign], ["ada-analytics", ada.id, "spring"]);
  const clicked = one("link.clicked").click.id;
  assert.deepEqual([one("lead.created").eventName, one("lead.created").customer.externalId, one("lead.created").click.id, one("lead.created").metadata], ["Sign up", "cust_1", clicked, { plan: "pro" }]);
  const sold = messages.filter(({ type }) => type === "sale.created").map(({ data }) => data);
  assert.deepEqual(sold.map(({ sale: { invoiceId, amount, currency } }) => [invoiceId, amount, currency]), [["in_1", 100, "USD"], ["in_old", 20_000, "USD"]]);
  assert.deepEqual([sold[0].click.id, sold[0].partner.id, sold[0].customer.email], [clicked, ada.id, "cy@customer.example"]);
  assert.deepEqual([one("deal.registered").deal.state, one("deal.registered").deal.company, one("deal.approved").deal.state], ["submitted", "Globex", "approved"]);
  assert.deepEqual([one("commission.created").month, one("commission.created").earned, one("commission.created").partner.id], [last.slice(0, 7), 2000, ada.id]);
  // No visitor, and nothing by which one could be known.
  const [{ visitor }] = await t.rows("SELECT visitor FROM touch WHERE key = ?1", clicked);
  assert.ok(visitor && !to.got.some(({ body }) => body.includes(visitor)));
  for (const { headers, method, body } of to.got) {
    assert.deepEqual([method, headers["content-type"]], ["POST", "application/json"]);
    assert.match(headers["webhook-id"], /^msg_[0-9A-HJKMNP-TV-Z]{26}$/);
    assert.throws(() => new Webhook(hook.secret).verify(`${body} `, headers), /signature/);
  }
  const log = await deliveries(t, hook);
  assert.deepEqual(log.map(({ type, state, attempts, answer, status }) => [type, state, attempts, answer, status]).at(-1), ["partner.enrolled", "delivered", 1, "ok", 200]);
  assert.deepEqual(log.map(({ messageId }) => messageId).sort(), to.got.map(({ headers }) => headers["webhook-id"]).sort());
  // Neither in the list nor in the database is a secret.
  assert.equal(JSON.stringify((await t.api("GET", "/webhooks")).body).includes("whsec_"), false);
  assert.equal(JSON.stringify(await t.rows("SELECT * FROM webhook")).includes(hook.secret.slice(6)), false);
  // Who is forgotten is forgotten here, too.
  assert.equal((await t.api("DELETE", "/customers/ext_cust_1")).status, 200);
  assert.equal(JSON.stringify(await deliveries(t, hook)).includes("cy@customer"), false);
});

test("only what is wanted is told, and nothing is written while nobody wants any", async (t, context) => {
  await t.partner("Ada Analytics");
  await lead(t);
  assert.deepEqual(await t.rows("SELECT * FROM outgoing"), []);
  const to = await receiver(context);
  const hook = await endpoint(t, to.url, { events: ["sale.created", "sale.created"] });
  assert.deepEqual(hook.events, ["sale.created"]);
  await lead(t, 2);
  await sale(t, 1);
  await settled(t);
  assert.deepEqual((await t.rows("SELECT kind FROM outgoing")).map(({ kind }) => kind), ["sale.created"]);
  assert.deepEqual(to.of(hook.secret).map(({ type }) => type), ["sale.created"]);
  // What cannot be written is not told.
  await t.db.prepare("CREATE TRIGGER broken AFTER INSERT ON outgoing BEGIN SELECT RAISE(ABORT, 'disk full'); END").run();
  assert.equal((await sale(t, 2)).status, 503);
  assert.deepEqual(await t.rows("SELECT key FROM revenue WHERE invoice = 'in_2'"), []);
  await t.db.prepare("DROP TRIGGER broken").run();
  assert.equal((await sale(t, 2)).status, 200);
  await settled(t);
  assert.equal(to.got.length, 2);
});

test("an endpoint that fails is asked again, later and later, with the same message", async (t, context) => {
  const to = await receiver(context, (_, n) => (n < 3 ? [500, "x".repeat(2000)] : [204]));
  const hook = await endpoint(t, to.url);
  const before = Date.now();
  assert.equal((await lead(t)).status, 200);
  await settled(t);
  let [sent] = await deliveries(t, hook, "?state=pending");
  assert.deepEqual([sent.attempts, sent.status, sent.answer.length], [1, 500, 500]);
  assert.notEqual((await t.api("GET", "/webhooks")).body[0].failingSince, null);
  let at = Date.parse(sent.nextAt);
  assert.ok(at - before >= 5 * SECOND && at - Date.now() < 6 * SECOND, sent.nextAt);
  // Before its time nothing is sent. A run's own clock goes on while it reads, hence the second between.
  await tick(t, at - SECOND);
  assert.equal(to.got.length, 1);
  for (const [n, least] of [[2, 5 * MINUTE], [3, 30 * MINUTE]]) {
    // Of runs that meet, one sends.
    await Promise.all([tick(t, at), tick(t, at), tick(t, at)]);
    [sent] = await deliveries(t, hook);
    assert.deepEqual([to.got.length, sent.attempts, sent.state], [n, n, "pending"]);
    const wait = Date.parse(sent.nextAt) - at;
    // From when the attempt was over.
    assert.ok(wait >= least && wait <= least * 1.1 + 15_000, `${wait}`);
    at += wait;
  }
  await tick(t, at);
  [sent] = await deliveries(t, hook);
  assert.deepEqual([to.got.length, sent.state, sent.status, sent.nextAt], [4, "delivered", 204, null]);
  assert.equal(new Set(to.got.map(({ headers, body }) => headers["webhook-id"] + body)).size, 1);
  assert.equal(to.of(hook.secret).length, 4);
  assert.equal((await t.api("GET", "/webhooks")).body[0].failingSince, null);
  await tick(t, at + DAY);
  assert.equal(to.got.length, 4);
});

test("what is never taken is given up, the endpoint disabled, and all of it sent again when asked", async (t, context) => {
  const to = await receiver(context, () => [503, "down"]);
  const hook = await endpoint(t, to.url);
  const before = new Date(Date.now() - MINUTE).toISOString();
  await lead(t, 1);
  await settled(t);
  let at = Date.now();
  for (let i = 0; i < 9; i++) {
    at += 27 * HOUR;
    await tick(t, at);
  }
  const [first] = await deliveries(t, hook);
  assert.deepEqual([first.state, to.got.length >= 5], ["failed", true]);
  const [{ state, reason }] = (await t.api("GET", "/webhooks")).body;
  assert.deepEqual([state, reason], ["disabled", "It took nothing for five days"]);
  assert.equal((await t.api("GET", "/audit?kind=webhook")).body[0].actor, "outgoing");
  // What happens meanwhile is not lost, and nobody is asked.
  const asked = to.got.length;
  assert.equal((await lead(t, 2)).status, 200);
  await tick(t, at + HOUR);
  assert.equal(to.got.length, asked);
  assert.deepEqual((await deliveries(t, hook, "?state=failed")).map(({ answer }) => answer), ["The endpoint was disabled", "The endpoint was disabled"]);
  for (const path of [`/webhooks/${hook.id}/test`, `/deliveries/${first.id}/replay`]) assert.equal((await t.api("POST", path, {})).status, 409, path);
  assert.equal((await t.api("POST", `/webhooks/${hook.id}/replay`, { since: before })).status, 409);
  to.answer = () => [200];
  const { body: enabled } = await t.api("PATCH", `/webhooks/${hook.id}`, { state: "enabled" });
  assert.deepEqual([enabled.state, enabled.reason, enabled.failingSince], ["enabled", null, null]);
  assert.deepEqual((await t.api("POST", `/webhooks/${hook.id}/replay`, { since: new Date(Date.now() + HOUR).toISOString() })).body, { replayed: 0 });
  const { status, body } = await t.api("POST", `/webhooks/${hook.id}/replay`, { since: before });
  assert.deepEqual([status, body], [202, { replayed: 2 }]);
  await settled(t);
  assert.deepEqual((await deliveries(t, hook)).map((one) => one.state), ["delivered", "delivered"]);
  assert.equal(to.of(hook.secret).at(-1).data.customer.externalId, "cust_2");
  // One that was taken is sent once more, under its name.
  const n = to.got.length;
  assert.equal((await t.api("POST", `/deliveries/${first.id}/replay`, {})).status, 202);
  await to.until(n + 1);
  assert.equal(to.got.at(-1).headers["webhook-id"], first.messageId);
});

test("410 ends it, redirects are not followed, a test goes to one alone, and a pause holds back", async (t, context) => {
  const aside = await receiver(context);
  const to = await receiver(context, ({ path }) => (path === "/gone" ? [410, "bye"] : path === "/moved" ? [307, "", { location: aside.url }] : [200]));
  const at = (path) => new URL(path, to.url).href;
  const [gone, moved, fine] = [await endpoint(t, at("/gone")), await endpoint(t, at("/moved")), await endpoint(t, at("/fine"))];
  await lead(t);
  await settled(t);
  assert.deepEqual((await t.api("GET", "/webhooks")).body.map(({ state, reason }) => [state, reason]),
    [["disabled", "It answered 410 Gone"], ["enabled", null], ["enabled", null]]);
  const [redirected] = await deliveries(t, moved);
  assert.deepEqual([redirected.state, redirected.status, redirected.answer], ["pending", 307, "Redirects are not followed"]);
  assert.equal(aside.got.length, 0);
  assert.equal((await deliveries(t, gone))[0].state, "failed");
  const { status, body } = await t.api("POST", `/webhooks/${fine.id}/test`, {});
  assert.deepEqual([status, body.type, body.payload.data], [202, "webhook.test", { webhookId: fine.id }]);
  await settled(t);
  const heard = to.got.filter(({ path }) => path === "/fine").map((one) => new Webhook(fine.secret).verify(one.body, one.headers).type);
  assert.deepEqual(heard, ["lead.created", "webhook.test"]);
  assert.deepEqual(to.got.filter(({ body }) => body.includes("webhook.test")).map(({ path }) => path), ["/fine"]);
  assert.equal((await t.api("PATCH", `/webhooks/${fine.id}`, { state: "paused", events: ["lead.created"] })).body.state, "paused");
  const asked = to.got.filter(({ path }) => path === "/fine").length;
  await lead(t, 2);
  await settled(t);
  assert.equal(to.got.filter(({ path }) => path === "/fine").length, asked);
  assert.equal((await deliveries(t, fine))[0].answer, "The endpoint was paused");
  assert.equal((await t.api("DELETE", `/webhooks/${fine.id}`)).status, 200);
  assert.equal((await t.api("DELETE", `/webhooks/${fine.id}`)).status, 404);
  assert.deepEqual(await t.rows("SELECT * FROM delivery WHERE webhook_id = ?1", fine.id), []);
});

test("an endpoint that is away or says nothing holds nobody up", async (t, context) => {
  const silent = await receiver(context, () => new Promise(() => {}));
  const away = await receiver(context);
  await away.close();
  const well = await receiver(context);
  const [hook, other] = [await endpoint(t, silent.url), await endpoint(t, away.url)];
  await endpoint(t, well.url);
  for (const n of [1, 2, 3]) assert.equal((await lead(t, n)).status, 200);
  await silent.until(1);
  // More than goes at once, in one request: who answers has them all while the silent one is still waited for.
  const before = well.got.length;
  const at = new Date().toISOString();
  const many = Array.from({ length: 30 }, (_, n) => ({ id: `l${n}`, type: "lead.created", at, customer: `many-${n}` }));
  assert.equal((await t.facts(many)).body.recorded, 30);
  await well.until(before + 30);
  assert.ok((await deliveries(t, hook, "?state=pending")).length > 0);
  // The silent one has not answered, and every request was.
  await t.until("SELECT count(*) AS n FROM delivery WHERE webhook_id = ?1 AND answer LIKE 'Not reached%'", 1, other.id).catch(() => {});
  for (let i = 0; i < 30 && (await deliveries(t, hook)).every(({ answer }) => answer === null); i++) await new Promise((resolve) => setTimeout(resolve, 1000));
  const answers = (await deliveries(t, hook)).map(({ answer }) => answer).filter(Boolean);
  assert.ok(answers.length > 0 && answers.every((answer) => answer === "No answer within 15 seconds"), JSON.stringify(answers));
  assert.ok((await deliveries(t, other)).some(({ answer, status, state }) => /^Not reached/.test(answer) && status === null && state === "pending"));
});

test("a run that is cut short is taken up by another once its lease has ended", async (t, context) => {
  const to = await receiver(context);
  const hook = await endpoint(t, to.url);
  await t.db.prepare("CREATE TRIGGER broken BEFORE UPDATE OF settled_at ON delivery BEGIN SELECT RAISE(ABORT, 'disk full'); END").run();
  assert.equal((await lead(t)).status, 200);
  await to.until(1);
  const now = Date.now();
  await tick(t, now);
  assert.equal(to.got.length, 1);
  await t.db.prepare("DROP TRIGGER broken").run();
  await tick(t, now + 2 * MINUTE);
  assert.equal(to.got.length, 2);
  assert.equal(new Set(to.got.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.deepEqual((await deliveries(t, hook)).map(({ state, attempts }) => [state, attempts]), [["delivered", 2]]);
  // What was told long ago is forgotten.
  await (await t.mf.getWorker("tributary")).scheduled({ cron: "7 * * * *", scheduledTime: new Date(now + 31 * DAY) });
  assert.deepEqual(await deliveries(t, hook), []);
});

test("secrets change, and for a day both sign", async (t, context) => {
  const to = await receiver(context);
  const hook = await endpoint(t, to.url);
  const { status, body } = await t.api("POST", `/webhooks/${hook.id}/rotate`, {});
  assert.equal(status, 200);
  assert.match(body.secret, /^whsec_/);
  assert.notEqual(body.secret, hook.secret);
  await lead(t);
  await settled(t);
  assert.equal(to.of(hook.secret).length, 1);
  assert.equal(to.of(body.secret).length, 1);
  assert.equal(to.got[0].headers["webhook-signature"].split(" ").length, 2);
  await t.db.prepare("UPDATE webhook SET old_until = 1").run();
  await lead(t, 2);
  await settled(t);
  assert.throws(() => new Webhook(hook.secret).verify(to.got[1].body, to.got[1].headers), /signature/);
  new Webhook(body.secret).verify(to.got[1].body, to.got[1].headers);
  // Somebody else's secret is another, and so is that of a key that is gone: then nothing unsigned leaves.
  const other = await endpoint(t, to.url);
  assert.throws(() => new Webhook(other.secret).verify(to.got[1].body, to.got[1].headers), /signature/);
  await t.db.prepare("UPDATE webhook SET secret_key = 9").run();
  await lead(t, 3);
  await settled(t);
  assert.equal(to.got.length, 2);
  assert.match((await deliveries(t, other))[0].answer, /rotate the secret/);
  const twice = await Promise.all([1, 2].map(() => t.api("POST", `/webhooks/${other.id}/rotate`, {})));
  assert.deepEqual(twice.map((one) => one.status).sort(), [200, 409], JSON.stringify(twice));
  // Nor once more on the same day: the receiver has one of two, and both sign.
  const early = await t.api("POST", `/webhooks/${other.id}/rotate`, {});
  assert.equal(early.status, 409);
  assert.match(early.body.error.message, /less than a day ago/);
  const { body: newest } = twice.find((one) => one.status === 200);
  await tick(t, Date.now() + MINUTE);
  await to.until(3);
  assert.equal(new Webhook(newest.secret).verify(to.got[2].body, to.got[2].headers).data.customer.externalId, "cust_3");
});

plainTest("bad input, named; and nobody's", async (t) => {
  const good = { url: "https://hooks.example.com/a", events: ["sale.created"] };
  const { body: hook } = await t.api("POST", "/webhooks", good);
  for (const [what, body, said] of [
    ["nothing", {}, /^url: is required/],
    ["no events", { url: good.url }, /^events: is required/],
    ["none", { ...good, events: [] }, /^events: must/],
    ["an event that is none", { ...good, events: ["sale.created", "sale.deleted"] }, /^events: must.*sale\.deleted/],
    ["a test alone", { ...good, events: ["webhook.test"] }, /^events: must/],
    ["a word for a list", { ...good, events: "sale.created" }, /^events/],
    ["http", { ...good, url: "http://hooks.example.com/" }, /^url: must begin with https/],
    ["this machine", { ...good, url: "http://localhost:3000/" }, /^url: must/],
    ["this machine by https", { ...good, url: "https://localhost/" }, /^url: must have a public host/],
    ["a private address", { ...good, url: "https://10.0.0.1/" }, /^url: must have a public host/],
    ["a cloud's own", { ...good, url: "https://169.254.169.254/" }, /^url: must have a public host/],
    ["an address in disguise", { ...good, url: "https://0x7f000001/" }, /^url: must have a public host/],
    ["version six", { ...good, url: "https://[::1]/" }, /^url: must have a public host/],
    ["a password", { ...good, url: "https://u:p@hooks.example.com/" }, /^url: must not have a user/],
    ["a fragment", { ...good, url: "https://hooks.example.com/#x" }, /^url: must not have a fragment/],
    ["no address", { ...good, url: "hooks" }, /^url: must be an absolute/],
    ["a long address", { ...good, url: `https://hooks.example.com/${"x".repeat(2000)}` }, /^url: must/],
    ["a state of its own", { ...good, state: "disabled" }, /^state: must/],
    ["a field that is none", { ...good, secret: "whsec_x" }, /^secret: unknown/],
    ["a number", { ...good, url: 1 }, /^url/],
  ]) {
    for (const [method, path] of [["POST", "/webhooks"], ...(said.source.includes("required") ? [] : [["PATCH", `/webhooks/${hook.id}`]])]) {
      const { status, body: answer } = await t.api(method, path, body);
      assert.equal(status, 422, `${what}: ${JSON.stringify(answer)}`);
      assert.match(answer.error.message, said, what);
    }
  }
  assert.equal((await t.api("GET", "/webhooks")).body.length, 1);
  for (const id of ["x", hook.id.replace(/.$/, (c) => (c === "0" ? "1" : "0")), hook.id.replace("wh_", "key_"), "wh_", "%27%20OR%201"]) {
    for (const [method, path, body] of [["PATCH", `/webhooks/${id}`, {}], ["DELETE", `/webhooks/${id}`], ["POST", `/webhooks/${id}/rotate`, {}], ["POST", `/webhooks/${id}/test`, {}],
      ["GET", `/webhooks/${id}/deliveries`], ["POST", `/webhooks/${id}/replay`, { since: "2026-01-01T00:00:00Z" }], ["POST", `/deliveries/${id}/replay`, {}]]) {
      assert.equal((await t.api(method, path, body)).status, 404, `${method} ${path}`);
    }
  }
  for (const query of ["?state=gone", "?state=", "?page=0", "?pageSize=101"]) {
    assert.equal((await t.api("GET", `/webhooks/${hook.id}/deliveries${query}`)).status, 422, query);
  }
  for (const body of [{}, { since: "yesterday" }, { since: 1 }, { since: "2026-13-01T00:00:00Z" }, { since: "2026-01-01T00:00:00Z", all: true }]) {
    assert.equal((await t.api("POST", `/webhooks/${hook.id}/replay`, body)).status, 422, JSON.stringify(body));
  }
  assert.equal((await t.api("GET", "/webhooks", undefined, { key: "trb_sk_" + "0".repeat(64) })).status, 401);
  for (let n = 1; n < 20; n++) assert.equal((await t.api("POST", "/webhooks", good)).status, 201);
  assert.equal((await t.api("POST", "/webhooks", good)).status, 409);
  assert.equal((await t.api("PATCH", `/webhooks/${hook.id}`, { description: "still" })).body.description, "still");
});
