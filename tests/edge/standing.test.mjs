// Partners who are banned, deactivated and taken back, by Dub's official client, unchanged.

import assert from "node:assert/strict";
import { client, refused } from "../support/dub.mjs";
import { test } from "../support/test.mjs";

const DAY = 86_400_000;
const ago = (days) => new Date(Date.now() - days * DAY).toISOString();
const sale = (id, customer, days, amount) => ({ id, type: "revenue", kind: "renewal", at: ago(days), customer, amount, currency: "USD", invoice: id });

/** Ada has three sales, of which a payout covers the first, and shares the third with Eve. */
async function setting(t) {
  const dub = client(t);
  const ada = await dub.partners.create({ name: "Ada Analytics", email: "ada@partners.example", tenantId: "tenant-1" });
  const eve = await dub.partners.create({ name: "Eve Agency", email: "eve@partners.example" });
  await dub.discountCodes.create({ partnerId: ada.id, linkId: ada.links[0].id, code: "ADA10" });
  const rules = [{ name: "Tenth", pay: { percent: 100_000 }, kinds: ["renewal"] }];
  assert.equal((await t.api("POST", "/terms", { version: 0, since: "2020-01-01T00:00:00Z", rules })).status, 201);
  const facts = [
    { id: "t1", type: "touch", kind: "click", at: ago(40), link: "ada-analytics", customer: "a" },
    { id: "t2", type: "touch", kind: "click", at: ago(12), link: "eve-agency", customer: "b" },
    { id: "t3", type: "touch", kind: "click", at: ago(11), link: "ada-analytics", customer: "b" },
    sale("s1", "a", 30, 10_000), sale("s2", "a", 20, 20_000), sale("s3", "b", 10, 30_000),
    { id: "p1", type: "payout", at: ago(5), partner: ada.id, amount: 1_000, currency: "USD" },
  ];
  const { body } = await t.facts(facts);
  assert.equal(body.recorded, facts.length, JSON.stringify(body.results));
  return { dub, ada, eve };
}

const commissions = async (dub, partnerId) =>
  (await dub.commissions.list({ partnerId, sortOrder: "asc" })).result.map(({ invoiceId, earnings, status }) => [invoiceId, earnings, status]);
const statuses = async (dub, query = {}) => (await dub.partners.list(query)).map(({ name, status }) => [name, status]);
const marks = (t) => t.rows("SELECT kind, mark, sum(count) AS n FROM click_day GROUP BY kind, mark ORDER BY kind, mark");

test("a ban cancels what was not paid, and nothing counts from then on", async (t) => {
  const { dub, ada, eve } = await setting(t);
  const cookie = await t.signIn(ada);
  const { publicToken } = await dub.embedTokens.referrals({ partnerId: ada.id });
  const [hers, before] = [await commissions(dub, eve.id), await commissions(dub, ada.id)];
  const earned = before.find(([sale]) => sale === "s3")?.[1] ?? 0;
  assert.deepEqual(before.slice(0, 2), [["s1", 1_000, "paid"], ["s2", 2_000, "processed"]]);
  const log = (await t.feed()).body.log;
  assert.deepEqual(await dub.partners.ban({ tenantId: "tenant-1", reason: "fake_traffic" }), { partnerId: ada.id });
  assert.deepEqual(await dub.partners.ban({ partnerId: ada.id, reason: "fake_traffic" }), { partnerId: ada.id });
  assert.equal((await t.rows("SELECT * FROM standing")).length, 1, "sent again, it is so already");
  assert.deepEqual((await t.feed()).body.log, log, "no fact is changed, and neither is any credit");
  assert.deepEqual((await commissions(dub, ada.id)).slice(0, 2), [["s1", 1_000, "paid"], ["s2", 0, "canceled"]]);
  assert.deepEqual((await commissions(dub, ada.id)).slice(2), earned ? [["s3", 0, "canceled"]] : []);
  assert.deepEqual(await commissions(dub, eve.id), hers, "what others have is theirs");

  // The link leads on; the click is kept with its reason, also when it comes as a fact, a token or a coupon.
  const { status, token } = await t.click("ada-analytics");
  assert.equal(status, 302);
  await t.until("SELECT coalesce(sum(count), 0) AS n FROM click_day", 4);
  await dub.track.lead({ clickId: token ?? "", eventName: "Sign up", customerExternalId: "late" });
  const { body: redeemed } = await t.api("POST", "/track/lead", { eventName: "Sign up", customerExternalId: "later", metadata: { coupon: "ADA10" } });
  assert.deepEqual(redeemed.coupon, { code: "ADA10", status: "expired" });
  await t.facts([{ id: "t4", type: "touch", kind: "click", at: new Date().toISOString(), link: "ada-analytics", customer: "late" }]);
  assert.deepEqual(await marks(t), [{ kind: "click", mark: "counted", n: 3 }, { kind: "click", mark: "ended", n: 2 }, { kind: "coupon", mark: "invalid_coupon", n: 1 }]);
  assert.deepEqual(await t.rows("SELECT count(*) AS n FROM touch WHERE mark = 'counted' AND at > ?1", Date.now() - DAY), [{ n: 0 }]);

  // Nobody of the partner's sees anything, and nothing more is made for them.
  for (const headers of [{ cookie }, { authorization: `Bearer ${publicToken}` }]) assert.equal((await t.fetch("/api/feed", { headers })).status, 401);
  assert.equal((await t.fetch("/api/session", { headers: { cookie } })).status, 401);
  const url = "https://example.com/";
  const links = await t.rows("SELECT * FROM link");
  for (const call of [
    () => dub.embedTokens.referrals({ partnerId: ada.id }),
    () => dub.partners.createLink({ partnerId: ada.id, url }),
    () => dub.links.create({ url, partnerId: ada.id }),
    () => dub.discountCodes.create({ partnerId: ada.id, linkId: ada.links[0].id, code: "ADA20" }),
    () => dub.partners.deactivate({ partnerId: ada.id }),
  ]) {
    await refused(call, "Conflict", /^partnerId: /);
  }
  const many = await dub.links.createMany([{ url, partnerId: ada.id, key: "many" }]);
  assert.equal(many[0].error?.code ?? many[0].code, "conflict", JSON.stringify(many));
  assert.deepEqual(await t.rows("SELECT * FROM link"), links);

  assert.deepEqual(await statuses(dub), [["Eve Agency", "approved"], ["Ada Analytics", "banned"]]);
  assert.deepEqual(await statuses(dub, { status: "banned" }), [["Ada Analytics", "banned"]]);
  assert.deepEqual(await statuses(dub, { status: "approved" }), [["Eve Agency", "approved"]]);
  assert.deepEqual(await statuses(dub, { status: "pending" }), []);
  const [shown] = await dub.partners.list({ status: "banned" });
  assert.equal(shown.bannedReason, "fake_traffic");
  assert.ok(Math.abs(Date.parse(shown.bannedAt) - Date.now()) < DAY);

  // Another reason is another ban; what was canceled comes back with the partner, and what happened meanwhile does not.
  await dub.partners.ban({ partnerId: ada.id, reason: "fraud" });
  assert.deepEqual((await t.rows("SELECT reason, until IS NULL AS now FROM standing ORDER BY since, until IS NULL")), [{ reason: "fake_traffic", now: 0 }, { reason: "fraud", now: 1 }]);
  for (let i = 0; i < 2; i++) assert.equal((await t.api("POST", "/partners/reactivate", { partnerId: ada.id })).status, 200);
  assert.deepEqual(await commissions(dub, ada.id), before);
  assert.deepEqual(await statuses(dub, { status: "approved" }), [["Eve Agency", "approved"], ["Ada Analytics", "approved"]]);
  assert.equal((await t.fetch("/api/session", { headers: { cookie } })).status, 200);
  assert.deepEqual((await marks(t))[1], { kind: "click", mark: "ended", n: 2 });
  await dub.discountCodes.create({ partnerId: ada.id, linkId: ada.links[0].id, code: "ADA20" });
  const { body: changes } = await t.api("GET", `/audit?target=${ada.id}&kind=standing`);
  assert.deepEqual(changes.map(({ action, after }) => [action, after?.state ?? null]), [
    ["updated", null], ["created", "banned"], ["updated", null], ["created", "banned"],
  ]);
});

test("a partner who is deactivated keeps what was earned, and earns no more", async (t) => {
  const { dub, ada } = await setting(t);
  const before = await commissions(dub, ada.id);
  assert.deepEqual(await dub.partners.deactivate({ partnerId: ada.id }), { partnerId: ada.id });
  assert.deepEqual(await dub.partners.deactivate({ tenantId: "tenant-1" }), { partnerId: ada.id });
  assert.deepEqual(await statuses(dub, { status: "deactivated" }), [["Ada Analytics", "deactivated"]]);
  assert.deepEqual(await commissions(dub, ada.id), before);
  // As if it had been for a while: a sale since has its credit, and no commission.
  await t.rows("UPDATE standing SET since = ?1", Date.now() - 3 * DAY);
  await t.facts([sale("s4", "a", 1, 50_000), sale("s5", "a", 4, 7_000)]);
  const after = await commissions(dub, ada.id);
  assert.deepEqual(after, [...before, ["s5", 700, "processed"], ["s4", 0, "canceled"]]);
  const [canceled] = (await dub.commissions.list({ invoiceId: "s4" })).result;
  assert.deepEqual([canceled.amount, canceled.description], [50_000, "The partner has left the program"]);
  await refused(() => dub.commissions.update({ id: canceled.id, requestBody: { status: "pending" } }), "UnprocessableEntity", /^status: is canceled/);
  const sum = (list) => list.reduce((sum, [, earnings]) => sum + earnings, 0);
  const month = new Date().toISOString().slice(0, 7);
  const { body: [statement] } = await t.api("GET", `/statements?month=${month}&partnerId=${ada.id}`);
  assert.equal(statement.closing, sum(after) - 1_000, JSON.stringify(statement).slice(0, 400));
  await t.api("POST", "/partners/reactivate", { partnerId: ada.id });
  assert.deepEqual(await commissions(dub, ada.id), after, "what happened meanwhile stays so");
});

test("what cannot be is refused by name, and nothing changes", async (t) => {
  const { dub, ada } = await setting(t);
  for (const [name, said, call] of [
    ["UnprocessableEntity", /^partnerId: or tenantId/, () => dub.partners.ban({ reason: "spam" })],
    ["UnprocessableEntity", /^partnerId: or tenantId/, () => dub.partners.deactivate({})],
    ["UnprocessableEntity", /^partnerId: /, () => dub.partners.ban({ partnerId: "pn_1", reason: "spam" })],
    ["NotFound", /partner/i, () => dub.partners.ban({ partnerId: "pn_00000000000000000000000000", reason: "spam" })],
    ["NotFound", /partner/i, () => dub.partners.deactivate({ tenantId: "nobody" })],
    ["Unauthorized", /./, () => client(t, "nonsense").partners.ban({ partnerId: ada.id, reason: "spam" })],
    ["Forbidden", /./, () => client(t, t.publishableKey).partners.deactivate({ partnerId: ada.id })],
  ]) {
    await refused(call, name, said);
  }
  const named = { partnerId: ada.id };
  for (const [path, body, field] of [
    ["ban", named, "reason"], ["ban", { ...named, reason: "because" }, "reason"], ["ban", { ...named, reason: null }, "reason"],
    ["ban", { ...named, reason: 1 }, "reason"], ["ban", { ...named, reason: "spam", note: "x" }, "note"], ["deactivate", { ...named, reason: "spam" }, "reason"],
    ["deactivate", { partnerId: 1 }, "partnerId"], ["deactivate", { tenantId: [] }, "tenantId"], ["reactivate", { ...named, reason: "spam" }, "reason"],
    ["reactivate", {}, "partnerId"], ["reactivate", { id: ada.id }, "id"],
  ]) {
    const { status, body: answer } = await t.api("POST", `/partners/${path}`, body);
    assert.equal(status, typeof body.reason === "number" ? 400 : 422, JSON.stringify([path, body, answer]));
    assert.ok(answer.error.message.startsWith(`${field}: `), answer.error.message);
  }
  assert.equal((await t.api("GET", "/partners?status=gone")).body.error.message.split(":")[0], "status");
  assert.deepEqual(await t.rows("SELECT * FROM standing"), []);
});

test("the store that fails at any step leaves the partner as they were, and it can be sent again", async (t) => {
  const { dub, ada } = await setting(t);
  const breaks = async (event, reason) => {
    await t.rows(`CREATE TRIGGER broken BEFORE ${event} BEGIN SELECT RAISE(ABORT, 'broken'); END`);
    assert.equal((await t.api("POST", "/partners/ban", { partnerId: ada.id, reason })).status, 503, event);
    await t.rows("DROP TRIGGER broken");
  };
  for (const event of ["INSERT ON standing", "INSERT ON audit", "DELETE ON pen"]) await breaks(event, "spam");
  assert.deepEqual(await t.rows("SELECT * FROM standing"), []);
  assert.deepEqual(await dub.partners.ban({ partnerId: ada.id, reason: "spam" }), { partnerId: ada.id });
  for (const event of ["UPDATE ON standing", "INSERT ON standing", "INSERT ON audit"]) await breaks(event, "fraud");
  assert.deepEqual(await t.rows("SELECT reason, until FROM standing"), [{ reason: "spam", until: null }], "the old ban was not ended without the new one");
});
