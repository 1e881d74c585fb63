//! A whole instance: every table that leaves with it, and its way back.

use std::collections::BTreeMap;

use serde::Deserialize;
use worker::{D1Database, D1PreparedStatement};

use super::{
    all,
    audit::Pen,
    first, number,
    opening::{self, NewKey, NewKeys},
    pages::Source,
    statement, text,
};
use crate::{
    error::Error,
    export::archive::{Progress, Tables, Taken},
};

/// Every table that is exported. What refers to others stands before them, so that whatever a row refers to is read
/// later, when it has long been there; the log of changes is the last.
pub const TABLES: &[&str] = &[
    "told",
    "import_wrote",
    "import_row",
    "import",
    "fraud_due",
    "suspicion",
    "partner_device",
    "stripe_refund",
    "stripe_payment",
    "stripe_event",
    "registration",
    "revenue",
    "milestone",
    "fact",
    "integration",
    "identity",
    "customer_join",
    "touch",
    "help_answer",
    "help",
    "deal_change",
    "deal",
    "opportunity",
    "customer",
    "statement",
    "closed_month",
    "terms",
    "page_version",
    "page",
    "coupon",
    "link_tag",
    "link",
    "tag",
    "folder",
    "member",
    "standing",
    "application",
    "partner",
    "partner_group",
    "fraud_rules",
    "webhook",
    "view",
    "program",
    "audit",
];

/// Every table that is left out, and why. tests/edge/export.test.mjs tells of a table that stands in neither list.
pub const LEFT: &[(&str, &str)] = &[
    ("api_key", "What proves a key is a secret; whoever restores is given new ones"),
    ("opening", "What the keys of that instance are made of"),
    ("session", "What proves a session is a secret; people sign in anew"),
    ("sign_in", "What proves a sign-in link is a secret; new ones are made"),
    ("click_day", "Follows from the touches, by the trigger touch_counted"),
    ("feed_segment", "Follows from the facts; another bucket does not hold what it names"),
    ("segment", "What it names is in another bucket, and leaves as touches"),
    ("sealed_path", "Follows from the touches"),
    ("sealing", "Holds a row only while touches are sealed"),
    ("pen", "Holds a row only while a change is written"),
    ("importing", "Holds a row only while a file is written"),
    ("outgoing", "What is to leave, leaves the instance where it happened"),
    ("delivery", "What is to leave, leaves the instance where it happened"),
    ("outbox", "What is to leave, leaves the instance where it happened"),
    ("restore", "An export on its way in"),
    ("restore_part", "An export on its way in"),
];

/// What keeps counts that follow from rows: it alone works while rows are restored.
const COUNTS: &str = "touch_counted";
/// Rows a page, and of tables whose rows may be as large as a landing page or a part of a statement.
const PAGE: u32 = 1_000;
const PAGE_OF_LARGE: u32 = 10;
const LARGE: [&str; 3] = ["statement", "page", "page_version"];

#[derive(Deserialize)]
struct Table {
    name: String,
    columns: String,
    key: String,
}

/// The tables that are exported: their columns, and how their rows are read in order.
pub struct Schema {
    pub tables: Tables,
    keys: BTreeMap<String, Vec<String>>,
}

impl Schema {
    /// A table's rows, in the order in which they were written.
    pub fn source(&self, table: &'static str) -> Source {
        let quoted = |names: &[String]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        Source {
            columns: quoted(&self.tables[table]),
            from: format!("\"{table}\""),
            key: self.keys[table].clone(),
            // All times there are.
            time: "?2".into(),
            size: if LARGE.contains(&table) { PAGE_OF_LARGE } else { PAGE },
        }
    }
}

/// Reads the schema as it is: whatever column a migration adds is exported.
pub async fn schema(db: &D1Database) -> Result<Schema, Error> {
    let sql = "-- archive::schema
        SELECT m.name, (SELECT json_group_array(c.name) FROM pragma_table_xinfo(m.name) AS c WHERE c.hidden = 0) AS columns,
          CASE WHEN m.sql LIKE '%WITHOUT ROWID%'
            THEN (SELECT json_group_array(c.name ORDER BY c.pk) FROM pragma_table_xinfo(m.name) AS c WHERE c.pk > 0)
            ELSE '[\"rowid\"]' END AS key
        FROM json_each(?1) AS ours JOIN sqlite_master AS m ON m.name = ours.value WHERE m.type = 'table'";
    let mut schema = Schema { tables: Tables::new(), keys: BTreeMap::new() };
    for table in all::<Table>(db, sql, &[text(serde_json::to_string(TABLES)?)]).await? {
        schema.tables.insert(table.name.clone(), serde_json::from_str(&table.columns)?);
        schema.keys.insert(table.name, serde_json::from_str(&table.key)?);
    }
    match TABLES.iter().find(|name| !schema.tables.contains_key(**name)) {
        Some(missing) => Err(Error::Unavailable(format!("there is no table {missing}"))),
        None => Ok(schema),
    }
}

#[derive(Deserialize)]
struct Count {
    n: u64,
}

/// The last change of settings that is more than something new: rows that are read before and after one may not go
/// together.
pub async fn last_change(db: &D1Database) -> Result<u64, Error> {
    let sql = "-- archive::last_change
        SELECT coalesce(max(id), 0) AS n FROM audit WHERE action <> 'created' AND kind NOT IN ('key', 'sign_in')";
    Ok(first::<Count>(db, sql, &[]).await?.map_or(0, |count| count.n))
}

#[derive(Deserialize)]
struct Row {
    header: String,
    rows: u64,
    digest: String,
}

/// How far an export has come in.
pub async fn progress(db: &D1Database) -> Result<Option<Progress>, Error> {
    let sql = "-- archive::progress
        SELECT header, rows, digest FROM restore";
    let row: Option<Row> = first(db, sql, &[]).await?;
    Ok(row.map(|Row { header, rows, digest }| Progress { header, rows, digest }))
}

/// The statements that forget what has come in.
pub(super) fn discarded(db: &D1Database) -> Vec<D1PreparedStatement> {
    let parts = "-- archive::discarded
        DELETE FROM restore_part";
    let head = "-- archive::discarded
        DELETE FROM restore";
    vec![db.prepare(parts), db.prepare(head)]
}

/// Forgets what has come in.
pub async fn discard(db: &D1Database) -> Result<(), Error> {
    db.batch(discarded(db)).await?;
    Ok(())
}

/// Keeps what came in, all or nothing. `from` rows had come before; of two requests that go on from the same row, the
/// second fails, as [`super::is_taken`] tells.
pub async fn keep(db: &D1Database, from: u64, taken: &Taken) -> worker::Result<()> {
    let head = "-- archive::keep
        INSERT OR REPLACE INTO restore (single, header, rows, digest) VALUES (1, ?1, ?2, ?3)";
    let part = "-- archive::keep
        INSERT INTO restore_part (first, name, rows) VALUES (?1, ?2, ?3)";
    let Progress { header, rows, digest } = &taken.progress;
    let mut batch = if taken.anew { discarded(db) } else { Vec::new() };
    batch.push(db.prepare(head).bind(&[text(header), number(*rows), text(digest)])?);
    for (name, rows) in &taken.rows {
        batch.push(db.prepare(part).bind(&[number(from + 1), text(name), text(rows)])?);
    }
    db.batch(batch).await.map(drop)
}

#[derive(Deserialize)]
struct Trigger {
    name: String,
    sql: String,
}

/// Makes what came in the instance, and lets somebody in with new keys: one transaction, all or nothing. Rows are written
/// as they were, so the triggers that would add to them rest meanwhile.
pub async fn apply(pen: &Pen, tables: &Tables, keys: Vec<D1PreparedStatement>) -> worker::Result<()> {
    let triggers = "-- archive::apply
        SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name <> ?1 ORDER BY rowid";
    let triggers: Vec<Trigger> = pen.prepare(triggers).bind(&[text(COUNTS)])?.all().await?.results()?;
    // Rows refer to rows of their own table too: whether all are there is seen when all are written.
    let mut batch = vec![pen.prepare("-- archive::apply\nPRAGMA defer_foreign_keys = on")];
    batch.extend(
        triggers.iter().map(|trigger| pen.prepare(format!("-- archive::apply\nDROP TRIGGER \"{}\"", trigger.name))),
    );
    for table in TABLES.iter().rev() {
        let Some(columns) = tables.get(*table) else { continue };
        let names: Vec<_> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        let values: Vec<_> = (0..columns.len()).map(|i| format!("row.value ->> {i}")).collect();
        let sql = format!(
            "-- archive::apply
            INSERT INTO \"{table}\" ({}) SELECT {} FROM restore_part AS part, json_each(part.rows) AS row
            WHERE part.name = ?1 ORDER BY part.first, row.key",
            names.join(", "),
            values.join(", "),
        );
        batch.push(pen.prepare(sql).bind(&[text(table)])?);
    }
    // Fails where a row refers to none, or nothing is there to begin with.
    let whole = "-- archive::apply
        INSERT INTO restore (single, header, rows, digest) SELECT 0, '', 0, ''
        WHERE EXISTS (SELECT 1 FROM pragma_foreign_key_check) OR NOT EXISTS (SELECT 1 FROM program)";
    batch.push(pen.prepare(whole));
    batch.extend(triggers.iter().map(|trigger| pen.prepare(format!("-- archive::apply\n{}", trigger.sql))));
    batch.extend(keys);
    batch.extend(discarded(pen));
    pen.write(batch).await.map(drop)
}

/// Stores the keys of who restores.
pub fn keys(db: &D1Database, keys: &NewKeys, at: u64) -> Result<Vec<D1PreparedStatement>, Error> {
    let sql = "-- archive::keys
        INSERT INTO api_key (id, hash, kind, scopes, name, hint, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let key = |key: &NewKey| {
        let texts = [&*key.id.to_string(), &key.hash, key.kind, key.scopes, "Restore", &key.hint];
        let mut values: Vec<_> = texts.into_iter().map(text).collect();
        values.push(number(at));
        statement(db, sql, &values)
    };
    let salt = opening::salted(db, &keys.salt)?;
    keys.stored.iter().map(key).chain([Ok(salt)]).collect()
}
