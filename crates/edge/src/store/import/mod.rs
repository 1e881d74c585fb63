//! Files that were brought in, their rows, and what they wrote. [`names`] has what their rows name, and [`partners`] those
//! who are enrolled by them.

pub mod names;
pub mod partners;

use engine::{id::ImportId, time::Millis};
use serde::{Deserialize, Serialize};
use wire::{
    csv::mapping::Field,
    fact::write_time,
    import::{Import, ImportRow, RowState, State},
};
use worker::{D1Database, D1PreparedStatement};

use super::{
    all,
    audit::Pen,
    event::{Written, written},
    first, number, optional, statement, text,
};
use crate::error::Error;

/// How many rows travel in one bound value, which may have two megabytes.
const CHUNK: usize = 500;

/// A file as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: ImportId,
    pub state: State,
    pub name: Option<String>,
    pub preset: Option<String>,
    /// JSON.
    pub mapping: String,
    /// JSON.
    pub header: String,
    /// JSON.
    pub recognised: String,
    /// JSON.
    pub totals: String,
    /// JSON: how many rows are what.
    #[serde(default)]
    pub counts: String,
    pub created_by: String,
    pub created_at: u64,
    pub applied_at: Option<u64>,
    pub undone_at: Option<u64>,
    /// JSON: how many sales stayed, by who else told of them.
    #[serde(default)]
    pub kept: String,
}

impl TryFrom<Row> for Import {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.to_string(),
            state: row.state,
            name: row.name,
            preset: row.preset,
            mapping: serde_json::from_str(&row.mapping)?,
            header: serde_json::from_str(&row.header)?,
            recognised: serde_json::from_str(&row.recognised)?,
            counts: serde_json::from_str(&row.counts)?,
            totals: serde_json::from_str(&row.totals)?,
            created_at: write_time(Millis(row.created_at)),
            created_by: row.created_by,
            applied_at: row.applied_at.map(|at| write_time(Millis(at))),
            undone_at: row.undone_at.map(|at| write_time(Millis(at))),
            kept: serde_json::from_str(&row.kept)?,
        })
    }
}

/// What became of a row.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    pub line: u32,
    pub state: RowState,
    /// Of a new row: a warning.
    pub reason: Option<String>,
    pub field: Option<Field>,
    pub key: Option<String>,
}

#[derive(Deserialize)]
struct StoredRow {
    line: u32,
    cells: String,
    state: RowState,
    reason: Option<String>,
    field: Option<String>,
    key: Option<String>,
}

const SELECT: &str =
    "SELECT id, state, name, preset, mapping, header, recognised, totals, created_by, created_at, applied_at,
      undone_at, kept, (SELECT json_group_object(state, n) FROM (SELECT state, count(*) AS n FROM import_row
        WHERE import_id = import.id GROUP BY state
        UNION ALL SELECT 'similar', count(*) FROM import_row
        WHERE import_id = import.id AND state = 'new' AND reason IS NOT NULL AND field IS NULL)) AS counts
    FROM import";

/// One import.
pub async fn find(db: &D1Database, id: ImportId) -> Result<Option<Row>, Error> {
    let sql = format!("-- import::find\n{SELECT} WHERE id = ?1");
    first(db, &sql, &[text(id.to_string())]).await
}

/// A page of imports, the latest first.
pub async fn list(db: &D1Database, state: Option<&str>, limit: u32, offset: u32) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "-- import::list\n{SELECT} WHERE ?3 IS NULL OR state = ?3 ORDER BY created_at DESC, id DESC LIMIT ?1 OFFSET ?2"
    );
    all(db, &sql, &[number(limit), number(offset), optional(state)]).await
}

/// The preset and the mapping of the latest file with this header.
pub async fn remembered(db: &D1Database, header: &str) -> Result<Option<(Option<String>, String)>, Error> {
    #[derive(Deserialize)]
    struct Known {
        preset: Option<String>,
        mapping: String,
    }
    let sql = "-- import::remembered
        SELECT preset, mapping FROM import WHERE header = ?1 ORDER BY created_at DESC, id DESC LIMIT 1";
    let known: Option<Known> = first(db, sql, &[text(header)]).await?;
    Ok(known.map(|known| (known.preset, known.mapping)))
}

/// A page of an import's rows, in the order of the file.
pub async fn page(
    db: &D1Database,
    id: ImportId,
    state: Option<&str>,
    limit: u32,
    offset: u32,
) -> Result<Vec<ImportRow>, Error> {
    let sql = "-- import::page
        SELECT line, cells, state, reason, field, key FROM import_row
        WHERE import_id = ?1 AND (?2 IS NULL OR state = ?2
          OR (?2 = 'similar' AND state = 'new' AND reason IS NOT NULL AND field IS NULL))
        ORDER BY line LIMIT ?3 OFFSET ?4";
    let values = [text(id.to_string()), optional(state), number(limit), number(offset)];
    let found: Vec<StoredRow> = all(db, sql, &values).await?;
    let shape = |row: StoredRow| {
        let (warning, reason) = if row.state == RowState::New { (row.reason, None) } else { (None, row.reason) };
        Ok(ImportRow {
            line: row.line,
            state: row.state,
            reason,
            warning,
            field: row.field.map(|word| serde_json::from_value(word.into())).transpose()?,
            key: row.key,
            cells: serde_json::from_str(&row.cells)?,
        })
    };
    found.into_iter().map(shape).collect()
}

/// Writes a file that was checked, with its rows: all or nothing.
pub async fn insert(db: &Pen, row: &Row, cells: &[Vec<String>], judged: &[Judged]) -> Result<(), Error> {
    let import = "-- import::insert
        INSERT INTO import (id, state, name, preset, mapping, header, recognised, totals, created_by, created_at)
        VALUES (?1, 'checked', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let lines = "-- import::insert
        INSERT INTO import_row (import_id, line, cells, state, reason, field, key)
        SELECT ?1, j.value ->> '$.line', c.value, j.value ->> '$.state', j.value ->> '$.reason', j.value ->> '$.field',
          j.value ->> '$.key'
        FROM json_each(?2) AS j JOIN json_each(?3) AS c ON c.key = j.key";
    let id = text(row.id.to_string());
    let values = [
        id.clone(),
        optional(row.name.as_deref()),
        optional(row.preset.as_deref()),
        text(&row.mapping),
        text(&row.header),
        text(&row.recognised),
        text(&row.totals),
        text(&row.created_by),
        number(row.created_at),
    ];
    let mut batch = vec![statement(db, import, &values)?];
    for (judged, cells) in judged.chunks(CHUNK).zip(cells.chunks(CHUNK)) {
        let (judged, cells) = (serde_json::to_string(judged)?, serde_json::to_string(cells)?);
        batch.push(statement(db, lines, &[id.clone(), text(judged), text(cells)])?);
    }
    db.write(batch).await?;
    Ok(())
}

/// Records what an import found new, and with it what became of each row: all or nothing.
///
/// # Errors
/// [`Written::Taken`] where another request wrote one of its events, or applied it, in between.
pub async fn apply(
    pen: &Pen,
    id: ImportId,
    events: Vec<D1PreparedStatement>,
    judged: &[Judged],
    matched: &[String],
    totals: &str,
    now: Millis,
) -> Result<Written, Error> {
    // What another import wrote and this one says, too, is of both: it stays until both are undone.
    let shared = "-- import::apply
        INSERT OR IGNORE INTO import_wrote (import_id, kind, key)
        SELECT DISTINCT ?1, w.kind, w.key FROM json_each(?2) AS j
        CROSS JOIN json_each('[\"revenue\",\"milestone\",\"touch\",\"total\",\"partner\",\"fact\",\"coupon\"]') AS k
        CROSS JOIN import_wrote AS w ON w.kind = k.value AND w.key = j.value
        UNION SELECT ?1, w.kind, w.key FROM json_each(?2) AS j CROSS JOIN link AS l ON l.key = j.value
        CROSS JOIN import_wrote AS w ON w.kind = 'link' AND w.key = l.id";
    let owners = "-- import::apply
        INSERT OR IGNORE INTO import_wrote (import_id, kind, key)
        SELECT DISTINCT ?1, w.kind, w.key FROM import_wrote AS w WHERE w.kind IN ('customer', 'number') AND w.key IN (
          SELECT customer_id FROM revenue WHERE key IN (SELECT value FROM json_each(?2))
          UNION SELECT customer_id FROM milestone WHERE key IN (SELECT value FROM json_each(?2)))";
    let begin = "-- import::apply
        UPDATE import SET state = 'applied', applied_at = ?2, totals = ?3 WHERE id = ?1";
    let note = "-- import::apply
        INSERT INTO importing (single, import_id) VALUES (1, ?1)";
    // Every row is there. Said as an UPDATE … FROM, the store looks through the chunk for every row of the file.
    let lines = "-- import::apply
        INSERT INTO import_row (import_id, line, cells, state, reason, field, key)
        SELECT ?1, j.value ->> '$.line', '[]', j.value ->> '$.state', j.value ->> '$.reason', j.value ->> '$.field',
          j.value ->> '$.key'
        FROM json_each(?2) AS j WHERE true
        ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, field = excluded.field,
          key = excluded.key";
    let end = "-- import::apply
        DELETE FROM importing";
    let key = text(id.to_string());
    let mut all = vec![
        statement(pen, begin, &[key.clone(), number(now.0), text(totals)])?,
        statement(pen, note, std::slice::from_ref(&key))?,
    ];
    all.extend(events);
    for keys in matched.chunks(CHUNK) {
        let values = [key.clone(), text(serde_json::to_string(keys)?)];
        all.push(statement(pen, shared, &values)?);
        all.push(statement(pen, owners, &values)?);
    }
    for judged in judged.chunks(CHUNK) {
        all.push(statement(pen, lines, &[key.clone(), text(serde_json::to_string(judged)?)])?);
    }
    all.push(pen.prepare(end));
    written(pen.write(all).await)
}

/// Deals `d` whose sale is one, `w`, that the import `?1` wrote.
macro_rules! won {
    () => {
        "deal AS d JOIN import_own AS w
          ON w.import_id = ?1 AND w.kind = 'revenue' AND w.key = 'invoice:' || d.won_invoice
        WHERE d.state = 'won'"
    };
}

/// What is built upon a partner whom the import `?1` wrote, `w`, beside what it wrote itself.
macro_rules! worked {
    () => {
        "import_own AS w JOIN partner AS p ON p.id = w.key
        WHERE w.import_id = ?1 AND w.kind = 'partner' AND (
          EXISTS (SELECT 1 FROM touch WHERE partner_id = p.id)
          OR EXISTS (SELECT 1 FROM fact AS f WHERE f.partner_id = p.id AND NOT EXISTS (SELECT 1 FROM import_wrote AS own
            WHERE own.import_id = ?1 AND own.kind = 'fact' AND own.key = f.key))
          OR EXISTS (SELECT 1 FROM link AS l WHERE l.partner_id = p.id AND NOT EXISTS (SELECT 1 FROM import_wrote AS own
            WHERE own.import_id = ?1 AND own.kind = 'link' AND own.key = l.id))
          OR EXISTS (SELECT 1 FROM coupon AS c WHERE c.partner_id = p.id AND NOT EXISTS (SELECT 1 FROM import_wrote AS own
            WHERE own.import_id = ?1 AND own.kind = 'coupon' AND own.key = c.code))
          OR (SELECT count(*) FROM member WHERE partner_id = p.id) > 1
          OR EXISTS (SELECT 1 FROM deal WHERE partner_id = p.id) OR EXISTS (SELECT 1 FROM help WHERE partner_id = p.id)
          OR EXISTS (SELECT 1 FROM page WHERE partner_id = p.id) OR EXISTS (SELECT 1 FROM standing WHERE partner_id = p.id)
          OR EXISTS (SELECT 1 FROM integration WHERE partner_id = p.id)
          OR EXISTS (SELECT 1 FROM statement WHERE partner_id = p.id)
          OR EXISTS (SELECT 1 FROM suspicion WHERE partner_id = p.id)
          OR EXISTS (SELECT 1 FROM partner_device WHERE partner_id = p.id))"
    };
}

/// The links of the import `?1`, `w`, that somebody came by.
macro_rules! clicked {
    () => {
        "import_own AS w JOIN link AS l ON l.id = w.key
        WHERE w.import_id = ?1 AND w.kind = 'link' AND EXISTS (SELECT 1 FROM touch WHERE link_id = l.id)"
    };
}

/// What an import wrote and something recorded since is built upon: refunds of its sales by other doors, deals that its
/// invoices won, partners of whom more is known, and links that somebody came by.
pub async fn built_upon(db: &D1Database, id: ImportId) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Upon {
        upon: String,
    }
    let sql = concat!(
        "-- import::built_upon
        SELECT r.key || ' of ' || w.key AS upon FROM import_own AS w JOIN revenue AS r ON r.refund_of = w.key
        WHERE w.import_id = ?1 AND w.kind = 'revenue' AND NOT EXISTS (SELECT 1 FROM import_wrote AS own
          WHERE own.import_id = ?1 AND own.kind = 'revenue' AND own.key = r.key)
        UNION ALL SELECT d.id || ', won with ' || w.key FROM ",
        won!(),
        " UNION ALL SELECT 'what is recorded of ' || p.email FROM ",
        worked!(),
        " UNION ALL SELECT 'visits of ' || l.key FROM ",
        clicked!(),
        " ORDER BY upon LIMIT 5"
    );
    let found: Vec<Upon> = all(db, sql, &[text(id.to_string())]).await?;
    Ok(found.into_iter().map(|row| row.upon).collect())
}

/// Takes back what an import wrote: all or nothing. Customers whom it made stay where something else is known of them by
/// now.
///
/// # Errors
/// [`Written::Taken`] where the import is not an applied one any longer, or something is built upon it.
pub async fn undo(pen: &Pen, id: ImportId, now: Millis) -> Result<Written, Error> {
    // A deal that was won meanwhile: then it is no step that an import takes, and its trigger refuses the whole.
    let begin = concat!(
        "-- import::undo
        UPDATE import SET state = iif(EXISTS (SELECT 1 FROM ",
        won!(),
        ") OR EXISTS (SELECT 1 FROM ",
        worked!(),
        ") OR EXISTS (SELECT 1 FROM ",
        clicked!(),
        "), 'checked', 'undone'), undone_at = ?2, kept = (SELECT json_group_object(door, n) FROM (
          SELECT coalesce(t.door, 'import') AS door, count(*) AS n FROM import_wrote AS w
          JOIN revenue AS r ON r.key = w.key AND r.kind <> 'refund' LEFT JOIN told AS t ON t.key = w.key
          WHERE w.import_id = ?1 AND w.kind = 'revenue' AND NOT EXISTS (SELECT 1 FROM import_own AS own
            WHERE own.import_id = ?1 AND own.kind = 'revenue' AND own.key = w.key)
          GROUP BY 1)) WHERE id = ?1"
    );
    let events = [
        "-- import::undo
        DELETE FROM stripe_refund WHERE source IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'total')",
        "-- import::undo
        DELETE FROM revenue WHERE key IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'revenue')",
        // Of a sale that stays, what Stripe gave back.
        "-- import::undo
        INSERT INTO stripe_settled (sale) SELECT w.key FROM import_wrote AS w JOIN revenue AS r ON r.key = w.key
        WHERE w.import_id = ?1 AND w.kind = 'revenue' AND r.kind <> 'refund'
          AND EXISTS (SELECT 1 FROM stripe_refund WHERE sale = w.key)",
        "-- import::undo
        DELETE FROM stripe_payment WHERE payment IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'payment')
          AND NOT EXISTS (SELECT 1 FROM revenue WHERE key = stripe_payment.sale)",
        "-- import::undo
        DELETE FROM milestone WHERE key IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'milestone')",
        "-- import::undo
        DELETE FROM touch WHERE key IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'touch')",
        // Stripe's number of a customer, where Stripe itself has told nothing of them.
        "-- import::undo
        UPDATE customer SET stripe_id = NULL
        WHERE id IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'number') AND NOT EXISTS (
          SELECT 1 FROM customer AS m JOIN revenue AS r ON r.customer_id = m.id WHERE m.root_id = customer.root_id
            AND (r.processor = 'stripe' OR EXISTS (SELECT 1 FROM told WHERE key = r.key)))",
        // Whoever has nothing left but what the import itself joined.
        "-- import::undo
        DELETE FROM import_wrote WHERE import_id = ?1 AND kind = 'customer' AND (
          EXISTS (SELECT 1 FROM revenue WHERE customer_id = import_wrote.key)
          OR EXISTS (SELECT 1 FROM milestone WHERE customer_id = import_wrote.key)
          OR EXISTS (SELECT 1 FROM touch WHERE customer_id = import_wrote.key)
          OR EXISTS (SELECT 1 FROM identity WHERE customer_id = import_wrote.key)
          OR EXISTS (SELECT 1 FROM opportunity WHERE customer_id = import_wrote.key)
          OR EXISTS (SELECT 1 FROM fact WHERE customer_id = import_wrote.key)
          OR EXISTS (SELECT 1 FROM suspicion WHERE customer_id = import_wrote.key)
          OR EXISTS (SELECT 1 FROM customer WHERE id = import_wrote.key AND stripe_id IS NOT NULL)
          OR EXISTS (SELECT 1 FROM customer_join AS j WHERE import_wrote.key IN (j.customer_id, j.into_id)
            AND NOT EXISTS (SELECT 1 FROM import_wrote AS own WHERE own.import_id = ?1 AND own.kind = 'customer_join'
              AND own.key = j.customer_id || ' ' || j.into_id)))",
        "-- import::undo
        UPDATE customer SET joined_to = NULL
        WHERE joined_to IN (SELECT key FROM import_wrote WHERE import_id = ?1 AND kind = 'customer')",
        "-- import::undo
        DELETE FROM customer_join
        WHERE into_id IN (SELECT key FROM import_wrote WHERE import_id = ?1 AND kind = 'customer')
          OR customer_id IN (SELECT key FROM import_wrote WHERE import_id = ?1 AND kind = 'customer')",
        "-- import::undo
        DELETE FROM fraud_due WHERE customer_id IN
          (SELECT key FROM import_wrote WHERE import_id = ?1 AND kind = 'customer')",
        "-- import::undo
        DELETE FROM customer WHERE id IN (SELECT key FROM import_wrote WHERE import_id = ?1 AND kind = 'customer')",
        "-- import::undo
        DELETE FROM coupon WHERE code IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'coupon')",
        "-- import::undo
        DELETE FROM link WHERE id IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'link')",
        "-- import::undo
        DELETE FROM fact WHERE key IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'fact')",
        "-- import::undo
        DELETE FROM partner WHERE id IN (SELECT key FROM import_own WHERE import_id = ?1 AND kind = 'partner')",
        "-- import::undo
        DELETE FROM import_wrote WHERE import_id = ?1",
    ];
    let key = text(id.to_string());
    let mut batch = vec![statement(pen, begin, &[key.clone(), number(now.0)])?];
    for sql in events {
        batch.push(statement(pen, sql, std::slice::from_ref(&key))?);
    }
    written(pen.write(batch).await)
}

/// The statement that notes that a door was told of sales that are known; it fails where one of them is gone by now, with
/// the import that wrote it.
pub fn told(db: &D1Database, sales: &[String], door: &str) -> Result<D1PreparedStatement, Error> {
    let sql = "-- import::told
        INSERT INTO told (key, door) SELECT j.value, ?2 FROM json_each(?1) AS j
        WHERE EXISTS (SELECT 1 FROM import_wrote WHERE kind = 'revenue' AND key = j.value)
          OR NOT EXISTS (SELECT 1 FROM revenue WHERE key = j.value)
        ON CONFLICT DO NOTHING";
    statement(db, sql, &[text(serde_json::to_string(sales)?), text(door)])
}
