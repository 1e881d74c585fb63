// Two who change the same thing: the second is told, and what the first wrote stays.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

/**
 * Three ways: the second comes later, both at the same moment, and the first sends the same again.
 * @param path what is changed by `change(to, seen)`; `now()` reads what it is.
 */
async function overtaken(t, path, method, change, now, [was, one, other], field) {
  const send = (to, seen) => t.api(method, path, change(to, seen));
  assert.equal(await now(), was);
  assert.ok((await send(one, was)).status < 300);
  const late = await send(other, was);
  assert.equal(late.status, 409, JSON.stringify(late.body));
  assert.match(late.body.error.message, new RegExp(`^${field}: .* was changed meanwhile`));
  assert.equal(await now(), one);
  // An answer that was lost: the same again is no quarrel.
  assert.ok((await send(one, was)).status < 300);
  assert.equal(await now(), one);
  const both = await Promise.all([send(was, one), send(other, one)]);
  const statuses = both.map(({ status }) => status).toSorted();
  assert.ok(statuses[0] < 300 && statuses[1] === 409, JSON.stringify(both));
  assert.equal(await now(), both[0].status < 300 ? was : other);
  // Whoever does not say what they saw writes over it, as Dub's clients do.
  assert.ok((await send(one)).status < 300);
  assert.equal(await now(), one);
}

test("a group's name", async (t) => {
  const { body: group } = await t.api("POST", "/groups", { name: "Gold" });
  const now = async () => (await t.api("GET", "/groups")).body[0].name;
  await overtaken(t, `/groups/${group.id}`, "PATCH", (name, before) => ({ name, before }), now, ["Gold", "Platinum", "Silver"], "before");
  assert.equal((await t.api("PATCH", `/groups/${group.id}`, { name: "x", before: 5 })).status, 422);
});

test("a person's role", async (t) => {
  const { body: member } = await t.api("POST", "/members", { email: "max@example.com", role: "finance" });
  const now = async () => (await t.api("GET", "/members")).body.find(({ id }) => id === member.id).role;
  await overtaken(t, `/members/${member.id}`, "PATCH", (role, before) => ({ role, before }), now, ["finance", "marketer", "owner"], "before");
});

test("a partner's group, and the fact that they moved", async (t) => {
  const [gold, silver, bronze] = await Promise.all(["Gold", "Silver", "Bronze"].map(async (name) => (await t.api("POST", "/groups", { name })).body.id));
  const email = "ada@example.com";
  const { body: ada } = await t.api("POST", "/partners", { name: "Ada", email, groupId: gold });
  const now = async () => (await t.api("GET", "/partners?search=Ada")).body[0].groupId;
  const change = (groupId, groupIdBefore) => ({ email, groupId, groupIdBefore });
  await overtaken(t, "/partners", "POST", change, now, [gold, silver, bronze], "groupIdBefore");
  // Who is overtaken has moved nobody.
  const facts = () => t.rows("SELECT count(*) AS n FROM fact WHERE type = 'partner.joined' AND partner_id = ?1", ada.id);
  const [before] = await facts();
  assert.equal((await t.api("POST", "/partners", change(bronze, gold))).status, 409);
  assert.deepEqual(await facts(), [before]);
  // Who must be new, and is not: nothing is changed; the same again is the answer that was lost.
  const made = { name: "Mia", email: "mia@example.com", groupId: gold };
  const fresh = (body) => t.api("POST", "/partners?onlyNew=true", body);
  const mia = await fresh(made);
  assert.equal(mia.status, 201);
  assert.deepEqual([(await fresh(made)).status, (await fresh({ ...made, groupId: silver })).status], [201, 409]);
  const known = await fresh({ name: "Somebody", email: "MIA@example.com" });
  assert.deepEqual([known.status, known.body.error.message], [409, "email: is the address of Mia, who is in the program already"]);
  assert.deepEqual((await t.api("GET", "/partners?search=Mia")).body, [mia.body]);
  // Of none: said as the empty word.
  await t.api("POST", "/partners", { name: "Eve", email: "eve@example.com" });
  const eve = { email: "eve@example.com", groupId: gold };
  assert.equal((await t.api("POST", "/partners", { ...eve, groupIdBefore: silver })).status, 409);
  assert.equal((await t.api("POST", "/partners", { ...eve, groupIdBefore: "" })).status, 201);
});
