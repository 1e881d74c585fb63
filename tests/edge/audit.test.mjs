// Every change has its entry, with who made it, in the very transaction of the change.

import assert from "node:assert/strict";
import { test } from "../support/test.mjs";

/** Tables of what happened or what is kept aside: their rows are no settings that somebody changes. */
const NO_SETTINGS = ["touch", "click_day", "identity", "opportunity", "milestone", "revenue", "fact", "integration", "registration", "session", "pen", "audit",
  // What was asked of a deal is a log by itself; what came of it is the deal's.
  "deal_change",
  // Written with its month, and never again.
  "statement",
  // Of what a file says and wrote, the import tells.
  "import_row", "import_wrote", "importing", "told",
  // What the first keys were made of.
  "opening",
  // What Stripe told, of which nobody changes anything.
  "stripe_event", "stripe_payment", "stripe_refund",
  // An export on its way in, which is nothing yet.
  "restore", "restore_part",
  // Versions of a page are never changed; which is live is the page's.
  "page_version",
  // Noted as a link that signs somebody in is made; it is used up unnoted.
  "sign_in",
  // What the rules have still to look at, and what they look at.
  "fraud_due", "partner_device",
  // What was told, and what became of it, is a log by itself.
  "outgoing", "delivery", "outbox",
  // What is in R2, and what stays of it.
  "feed_segment", "segment", "sealed_path", "sealing"];
/** Columns that no entry shows, beside the key, which is its target: secrets, what follows from others, and when. */
const UNSEEN = { program: ["single", "created_at"], api_key: ["hash", "hint", "created_at", "last_used_at"], link: ["skeleton", "made_by", "created_at"],
  fraud_rules: ["single"], application: ["decided_by", "decided_at", "version", "created_at"], suspicion: ["evidence", "decided_by", "decided_at", "version", "created_at"],
  page: ["created_at", "updated_at"], deal: ["marks", "known", "created_at", "updated_at"], help_answer: ["at"], folder: ["created_at", "updated_at"],
  customer: ["joined_to", "created_at"], customer_join: ["customer_id", "done_by", "at", "undone_by"], import: ["header", "recognised", "created_by", "created_at"],
  webhook: ["failing_since", "secret_key", "old_key", "old_until", "created_at"] };

test("no table and no column is forgotten", async (t) => {
  const tables = await t.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'");
  const triggers = await t.rows("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%INTO audit_change%'");
  const names = tables.map(({ name }) => name).filter((name) => !NO_SETTINGS.includes(name));
  assert.ok(names.includes("link") && names.includes("member"), names);
  for (const name of names) {
    const own = triggers.filter(({ tbl_name }) => tbl_name === name).map(({ sql }) => sql);
    const columns = await t.rows("SELECT name, pk FROM pragma_table_info(?1)", name);
    // What is its key and nothing else cannot be changed.
    const events = columns.every(({ pk }) => pk) ? ["INSERT", "DELETE"] : ["INSERT", "UPDATE", "DELETE"];
    for (const event of events) {
      const sql = own.find((text) => text.includes(`AFTER ${event}`));
      assert.ok(sql, `${name}: a change by ${event} leaves no trace; see migrations/0008_access.sql`);
      const unseen = UNSEEN[name] ?? ["created_at"];
      for (const { name: column } of columns.filter(({ name: column, pk }) => !unseen.includes(column) && !(pk && columns.length > 2))) {
        for (const row of { INSERT: ["new"], UPDATE: ["old", "new"], DELETE: ["old"] }[event]) {
          assert.ok(new RegExp(`\\b${row}\\.${column}\\b`).test(sql), `${name}.${column} is not shown of ${row} by ${event}`);
        }
      }
    }
  }
});

const changes = async (t, query = "") => (await t.api("GET", `/audit${query}`)).body;

test("what a key and a person change is logged, with before and after", async (t) => {
  const [mine] = (await t.api("GET", "/keys")).body.filter(({ kind }) => kind === "secret");
  const ada = await t.partner("Ada Analytics", { coupons: ["ADA10"] });
  const ofAda = await changes(t, `?target=${ada.id}`);
  assert.deepEqual(ofAda.map(({ actor, kind, action, before, after }) => [actor, kind, action, before, after.name]), [[mine.id, "partner", "created", null, "Ada Analytics"]]);
  const kinds = (await changes(t, `?actor=${mine.id}`)).map(({ kind }) => kind);
  assert.deepEqual(kinds.sort(), ["coupon", "link", "member", "partner"]);
  assert.deepEqual(new Set((await changes(t, "?actor=setup")).map(({ kind }) => kind)), new Set(["program", "member", "key"]));

  const { body: mark } = await t.api("POST", "/members", { email: "mark@people.example", role: "marketer" });
  const cookie = await (async () => {
    const { url } = (await t.api("POST", "/sign-in-links", { memberId: mark.id })).body;
    return (await t.fetch(new URL(url).pathname + new URL(url).search)).headers.getSetCookie()[0].split(";")[0];
  })();
  const api = (method, path, body) => t.api(method, path, body, { key: null, headers: { cookie, origin: t.url } });
  const { body: tag } = await api("POST", "/tags", { name: "spring" });
  const { body: folder } = await api("POST", "/folders", { name: "Folder" });
  const { body: link } = await api("POST", "/links", { url: "https://example.com/a", key: "mine", tagIds: [tag.id], password: "open sesame" });
  await api("PATCH", `/links/${link.id}`, { url: "https://example.com/b", folderId: folder.id, tagIds: [], password: "another" });
  await api("PATCH", "/program", { utm: { source: "partners" } });
  await api("PATCH", "/program", { utm: { source: "partners" } });
  const { body: page } = await api("POST", "/pages", { partnerId: ada.id, slug: "spring" });
  await api("POST", `/pages/${page.id}/publish`, {});
  const { body: group } = await api("POST", "/groups", { name: "Group" });
  await api("PATCH", `/groups/${group.id}`, { name: "Other" });
  await api("DELETE", `/groups/${group.id}`);
  await api("PATCH", "/discount-codes/ADA10", { endsAt: "2030-01-01T00:00:00Z" });
  await api("DELETE", `/links/${link.id}`);

  const marks = (await changes(t, "?actor=mark@people.example")).reverse();
  const said = marks.map(({ kind, action }) => `${kind} ${action}`);
  assert.deepEqual(said, ["tag created", "folder created", "link created", "link_tag created", "link updated", "link_tag deleted", "program updated",
    "page created", "page updated", "group created", "group updated", "group deleted", "coupon updated", "link deleted"]);
  const updated = marks.find(({ kind, action }) => kind === "link" && action === "updated");
  assert.equal(updated.target, link.id);
  const { updated_at: was, ...before } = updated.before;
  const { updated_at: is, ...after } = updated.after;
  assert.deepEqual([before, after], [{ destination: "https://example.com/a", folder_id: null }, { destination: "https://example.com/b", folder_id: folder.id }]);
  assert.ok(is >= was);
  const program = marks.find(({ kind }) => kind === "program");
  assert.deepEqual(Object.keys(program.after), ["settings"]);
  assert.equal(program.after.settings.utm.source, "partners");
  const published = marks.find(({ kind, action }) => kind === "page" && action === "updated");
  assert.deepEqual([published.before, published.after], [{ live: null }, { live: 1 }]);
  const gone = marks.at(-1);
  assert.deepEqual([gone.before.key, gone.after], ["mine", null]);
  assert.ok(marks.every(({ at }) => Math.abs(Date.parse(at) - Date.now()) < 60_000));
});

test("customers, their joins and files are logged, and who is forgotten is forgotten here, too", async (t) => {
  const [mine] = (await t.api("GET", "/keys")).body.filter(({ kind }) => kind === "secret");
  const of = async (kind) => (await changes(t, `?kind=${kind}`)).reverse().map(({ action, actor, before, after }) => [action, actor, before, after]);
  const { body: eve } = await t.api("POST", "/customers", { externalId: "eve", email: "eve@secret.example", name: "Eve Secret" });
  const { body: other } = await t.api("POST", "/customers", { externalId: "other", email: "other@secret.example" });
  const shape = { avatar: null, company: null, country: null, stripe_id: null };
  await t.api("PATCH", `/customers/${eve.id}`, { name: "Evelyn Secret", country: "DE" });
  await t.api("PATCH", `/customers/${eve.id}`, { name: "Evelyn Secret" });
  assert.deepEqual(await of("customer"), [
    ["created", mine.id, null, { external_id: "eve", email: "eve@secret.example", name: "Eve Secret", ...shape }],
    ["created", mine.id, null, { external_id: "other", email: "other@secret.example", name: null, ...shape }],
    ["updated", mine.id, { name: "Eve Secret", country: null }, { name: "Evelyn Secret", country: "DE" }],
  ]);
  assert.equal((await t.api("POST", `/customers/${eve.id}/merge`, { customerId: other.id, note: "Secret twin" })).status, 200);
  assert.equal((await t.api("POST", `/customers/${eve.id}/unmerge`, { customerId: other.id })).status, 200);
  const joins = await of("customer_join");
  assert.deepEqual(joins[0], ["created", mine.id, null, { into_id: eve.id, why: "hand", note: "Secret twin", sale: null, undone_at: null }]);
  assert.deepEqual([joins[1][0], Object.keys(joins[1][3]), joins.length], ["updated", ["undone_at"], 2]);
  // What comes in by itself is no change that somebody makes.
  assert.equal((await t.api("POST", "/track/lead", { eventName: "Sign up", customerExternalId: "lead", customerEmail: "lead@secret.example", clickId: "" })).status, 200);
  assert.equal((await of("customer")).length, 3);

  // A file: its own steps, and not one entry a row.
  const count = async () => (await t.rows("SELECT count(*) AS n FROM audit"))[0].n;
  const before = await count();
  const rows = Array.from({ length: 50 }, (_, i) => `2026-01-05,${i + 1}.00,USD,c${i}@bulk.example,in_${i}`).join("\n");
  const mapping = JSON.stringify({ columns: { at: "Date", amount: "Total", currency: "Currency", email: "Customer", invoice: "Invoice" } });
  const file = await t.api("POST", `/imports?mapping=${encodeURIComponent(mapping)}`, `Date,Total,Currency,Customer,Invoice\n${rows}\n`, { headers: { "content-type": "text/csv" } });
  assert.equal(file.status, 201, JSON.stringify(file.body));
  assert.equal((await t.api("POST", `/imports/${file.body.id}/apply`)).body.state, "applied");
  assert.equal((await t.api("POST", `/imports/${file.body.id}/undo`)).body.state, "undone");
  const steps = await of("import");
  assert.deepEqual(steps.map(([action, actor, was, is]) => [action, actor, was?.state, is.state]),
    [["created", mine.id, undefined, "checked"], ["updated", mine.id, "checked", "applied"], ["updated", mine.id, "applied", "undone"]]);
  assert.equal(await count(), before + 3);

  assert.equal((await t.api("DELETE", `/customers/${eve.id}`)).status, 200);
  const gone = (await changes(t, `?kind=customer&target=${eve.id}`))[0];
  assert.deepEqual([gone.action, gone.before, gone.after], ["deleted", { external_id: "eve" }, null]);
  const log = JSON.stringify([await t.rows("SELECT * FROM audit"), await t.rows("SELECT * FROM customer_join")]);
  for (const word of ["eve@secret", "Eve Secret", "Evelyn", "Secret twin"]) assert.ok(!log.includes(word), word);
  assert.ok(log.includes("other@secret.example"));
});

test("no secret is in the log", async (t) => {
  const { body: key } = await t.api("POST", "/keys", { name: "x", scopes: ["links:read"] });
  const { body: signIn } = await t.api("POST", "/sign-in-links", { role: "marketer" });
  await t.api("POST", "/links", { url: "https://example.com/", key: "locked", password: "open sesame" });
  const [{ rules }] = await t.rows("SELECT rules FROM link WHERE key = 'locked'");
  const log = JSON.stringify(await t.rows("SELECT * FROM audit"));
  const hashes = (await t.rows("SELECT hash FROM api_key UNION ALL SELECT hash FROM sign_in")).map(({ hash }) => hash);
  assert.equal(hashes.length, 4);
  const { password } = JSON.parse(rules);
  const salted = typeof password === "string" ? [password] : Object.values(password);
  assert.ok(salted.length > 0);
  for (const secret of [key.key, t.apiKey, t.publishableKey, signIn.url.split("token=")[1], "open sesame", ...salted.map(String), ...hashes]) {
    assert.ok(!log.includes(secret), secret);
  }
  assert.ok(log.includes('\\"password\\":\\"set\\"'));
  assert.deepEqual((await changes(t, "?kind=sign_in")).map(({ action, after }) => [action, after.role]), [["created", "marketer"]]);
});

test("a change that fails leaves no entry, and one that is not logged is not made", async (t) => {
  const { body: tag } = await t.api("POST", "/tags", { name: "one" });
  await t.api("POST", "/tags", { name: "two" });
  const count = async () => (await t.rows("SELECT count(*) AS n FROM audit"))[0].n;
  const before = await count();
  assert.equal((await t.api("PATCH", `/tags/${tag.id}`, { name: "two" })).status, 409);
  assert.equal((await t.api("POST", "/tags", { name: "one" })).status, 409);
  assert.equal(await count(), before);
  // The pen is put down after each batch: a change by hand is nobody's of before.
  assert.deepEqual(await t.rows("SELECT * FROM pen"), []);
  await t.db.prepare("UPDATE tag SET color = 'red' WHERE id = ?1").bind(tag.id).run();
  assert.deepEqual((await changes(t))[0].actor, "database");
  // The log cannot be written: nothing is changed, and the sender is told to come again.
  await t.db.prepare("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END").run();
  for (const [method, path, body] of [
    ["POST", "/tags", { name: "three" }],
    ["PATCH", `/tags/${tag.id}`, { name: "four" }],
    ["DELETE", `/tags/${tag.id}`],
    ["POST", "/links", { url: "https://example.com/", key: "k" }],
    ["POST", "/partners", { name: "Eve", email: "eve@partners.example" }],
    ["POST", "/members", { email: "x@y.example", role: "finance" }],
    ["POST", "/keys", { name: "x", scopes: ["*"] }],
    ["POST", "/sign-in-links", { role: "marketer" }],
    ["PATCH", "/program", { genericParameters: true }],
  ]) {
    const answer = await t.api(method, path, body);
    assert.equal(answer.status, 503, `${method} ${path}`);
    assert.equal(answer.headers.get("retry-after"), "5");
  }
  assert.deepEqual(await t.rows("SELECT name FROM tag ORDER BY name"), [{ name: "one" }, { name: "two" }]);
  assert.deepEqual(await t.rows("SELECT (SELECT count(*) FROM link) + (SELECT count(*) FROM partner) + (SELECT count(*) FROM sign_in) AS n"), [{ n: 0 }]);
  assert.deepEqual(await t.rows("SELECT (SELECT count(*) FROM member) AS m, (SELECT count(*) FROM api_key) AS k"), [{ m: 1, k: 2 }]);
  await t.db.prepare("DROP TRIGGER broken").run();
  assert.equal((await t.api("POST", "/tags", { name: "three" })).status, 201);
});

test("the log is read by pages and by what is asked for", async (t) => {
  for (let i = 0; i < 5; i++) await t.api("POST", "/tags", { name: `tag ${i}` });
  const all = await changes(t);
  assert.deepEqual(all.map(({ id }) => id), all.map(({ id }) => id).sort((a, b) => b - a));
  const paged = [];
  for (let last = ""; ; last = `&startingAfter=${paged.at(-1).id}`) {
    const page = await changes(t, `?pageSize=2${last}`);
    if (!page.length) break;
    assert.ok(page.length <= 2);
    paged.push(...page);
  }
  assert.deepEqual(paged, all);
  assert.equal((await changes(t, "?kind=tag")).length, 5);
  assert.equal((await changes(t, "?kind=tag&actor=setup")).length, 0);
  const [{ at }] = await changes(t, "?kind=tag");
  assert.ok((await changes(t, `?from=${at}`)).length >= 1);
  assert.equal((await changes(t, "?to=2026-01-01T00:00:00Z")).length, 0);
  assert.equal((await changes(t, `?from=${new Date(Date.now() + 60_000).toISOString()}`)).length, 0);
  for (const [query, field] of [["?pageSize=0", "pageSize"], ["?pageSize=101", "pageSize"], ["?from=yesterday", "from"], ["?to=2026-13-01", "to"]]) {
    const { status, body } = await t.api("GET", `/audit${query}`);
    assert.equal(status, 422, query);
    assert.ok(body.error.message.startsWith(`${field}:`), body.error.message);
  }
});
