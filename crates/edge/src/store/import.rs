//! Files that were brought in, their rows, and what they wrote.

use std::collections::{HashMap, HashSet};

use engine::{
    id::{ImportId, PartnerId},
    time::Millis,
};
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
    event::{Batch, Written, written},
    first, number, optional, rows, statement, text,
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
      undone_at, (SELECT json_group_object(state, n) FROM (SELECT state, count(*) AS n FROM import_row
        WHERE import_id = import.id GROUP BY state
        UNION ALL SELECT 'similar', count(*) FROM import_row
        WHERE import_id = import.id AND state = 'new' AND reason IS NOT NULL)) AS counts
    FROM import";

/// One import.
pub async fn find(db: &D1Database, id: ImportId) -> Result<Option<Row>, Error> {
    let sql = format!("-- import::find\n{SELECT} WHERE id = ?1");
    first(db, &sql, &[text(id.to_string())]).await
}

/// A page of imports, the latest first.
pub async fn list(db: &D1Database, limit: u32, offset: u32) -> Result<Vec<Row>, Error> {
    let sql = format!("-- import::list\n{SELECT} ORDER BY created_at DESC, id DESC LIMIT ?1 OFFSET ?2");
    all(db, &sql, &[number(limit), number(offset)]).await
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
        WHERE import_id = ?1 AND (?2 IS NULL OR state = ?2) ORDER BY line LIMIT ?3 OFFSET ?4";
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
pub async fn insert(db: &D1Database, row: &Row, cells: &[Vec<String>], judged: &[Judged]) -> Result<(), Error> {
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
    db.batch(batch).await?;
    Ok(())
}

/// Records what an import found new, and with it what became of each row: all or nothing.
///
/// # Errors
/// [`Written::Taken`] where another request wrote one of its events, or applied it, in between.
pub async fn apply(
    pen: &Pen,
    id: ImportId,
    batch: &Batch,
    judged: &[Judged],
    totals: &str,
    now: Millis,
) -> Result<Written, Error> {
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
    all.extend(batch.statements(pen, now).await?);
    for judged in judged.chunks(CHUNK) {
        all.push(statement(pen, lines, &[key.clone(), text(serde_json::to_string(judged)?)])?);
    }
    all.push(pen.prepare(end));
    written(pen.write(all).await)
}

/// Deals `d` whose sale is one, `w`, that the import `?1` wrote.
macro_rules! won {
    () => {
        "deal AS d JOIN import_wrote AS w
          ON w.import_id = ?1 AND w.kind = 'revenue' AND w.key = 'invoice:' || d.won_invoice
        WHERE d.state = 'won'"
    };
}

/// What an import wrote and something recorded since is built upon: refunds of its sales by other doors, and deals that
/// its invoices won.
pub async fn built_upon(db: &D1Database, id: ImportId) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Upon {
        upon: String,
    }
    let sql = concat!(
        "-- import::built_upon
        SELECT r.key || ' of ' || w.key AS upon FROM import_wrote AS w JOIN revenue AS r ON r.refund_of = w.key
        WHERE w.import_id = ?1 AND w.kind = 'revenue' AND NOT EXISTS (SELECT 1 FROM import_wrote AS own
          WHERE own.import_id = ?1 AND own.kind = 'revenue' AND own.key = r.key)
        UNION ALL SELECT d.id || ', won with ' || w.key FROM ",
        won!(),
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
        "), 'checked', 'undone'), undone_at = ?2 WHERE id = ?1"
    );
    let events = [
        "-- import::undo
        DELETE FROM revenue WHERE key IN (SELECT key FROM import_wrote WHERE import_id = ?1 AND kind = 'revenue')",
        "-- import::undo
        DELETE FROM milestone WHERE key IN (SELECT key FROM import_wrote WHERE import_id = ?1 AND kind = 'milestone')",
        "-- import::undo
        DELETE FROM touch WHERE key IN (SELECT key FROM import_wrote WHERE import_id = ?1 AND kind = 'touch')",
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
        DELETE FROM import_wrote WHERE import_id = ?1",
    ];
    let key = text(id.to_string());
    let mut batch = vec![statement(pen, begin, &[key.clone(), number(now.0)])?];
    for sql in events {
        batch.push(statement(pen, sql, std::slice::from_ref(&key))?);
    }
    written(pen.write(batch).await)
}

/// A sale of a file, as another door may have recorded it under another key.
#[derive(Debug, Serialize)]
pub struct Likeness<'a> {
    pub key: String,
    pub customer: &'a str,
    pub amount: i64,
    pub currency: &'a str,
    /// The first moment of its day, and that of the day after.
    pub day: [u64; 2],
}

/// The keys of recorded sales to the same customer, of the same amount, on the same day, by the key of the file's.
pub async fn similar(db: &D1Database, sales: &[Likeness<'_>]) -> Result<HashMap<String, String>, Error> {
    let sql = "-- import::similar
        SELECT j.value ->> '$.key' AS name, min(r.key) AS value FROM json_each(?1) AS j
        JOIN customer AS c ON c.external_id = j.value ->> '$.customer'
        JOIN customer AS m ON m.root_id = c.root_id
        JOIN revenue AS r ON r.customer_id = m.id AND r.kind <> 'refund' AND r.key <> j.value ->> '$.key'
          AND r.amount = j.value ->> '$.amount' AND r.currency = j.value ->> '$.currency'
          AND r.at >= j.value ->> '$.day[0]' AND r.at < j.value ->> '$.day[1]'
        GROUP BY 1";
    let found: Vec<Pair> = all(db, sql, &[text(serde_json::to_string(sales)?)]).await?;
    Ok(found.into_iter().filter_map(|pair| Some((pair.name, pair.value?))).collect())
}

/// Who and what the rows of a file name.
#[derive(Debug, Default)]
pub struct Named<'a> {
    /// Identifiers and e-mail addresses of customers.
    pub customers: HashSet<&'a str>,
    /// Identifiers, slugs and e-mail addresses of partners.
    pub partners: HashSet<&'a str>,
    /// Keys of links.
    pub links: HashSet<&'a str>,
    /// Stripe's identifiers of payments.
    pub payments: HashSet<&'a str>,
}

/// A customer whom a name stands for.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    name: String,
    root_id: String,
    /// The vendor's identifier, if there is one.
    pub external_id: Option<String>,
    /// Whether a lead is recorded.
    lead: u8,
    /// Whether a sale is recorded.
    sold: u8,
    /// Whether the name is somebody else's, too.
    #[serde(skip)]
    pub ambiguous: bool,
}

impl Customer {
    /// Whether a lead is recorded.
    pub const fn is_lead(&self) -> bool {
        self.lead != 0
    }

    /// Whether a sale is recorded.
    pub const fn has_bought(&self) -> bool {
        self.sold != 0
    }
}

/// What the names stand for.
#[derive(Debug, Default)]
pub struct Found {
    /// By the name.
    pub customers: HashMap<String, Customer>,
    /// By the name, in lower case.
    pub partners: HashMap<String, PartnerId>,
    /// Whose the link is, by its key in lower case.
    pub links: HashMap<String, Option<PartnerId>>,
    /// The key of the sale that a payment pays.
    pub payments: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: Option<String>,
}

impl Found {
    /// Looks the names up.
    pub async fn load(db: &D1Database, named: &Named<'_>) -> Result<Self, Error> {
        let customers = "-- import::customers
            SELECT j.value AS name, c.root_id, coalesce(
                (SELECT external_id FROM customer WHERE id = c.root_id),
                (SELECT m.external_id FROM customer AS m WHERE m.root_id = c.root_id AND m.external_id IS NOT NULL
                 ORDER BY m.created_at, m.id LIMIT 1)) AS external_id,
              EXISTS (SELECT 1 FROM customer AS m JOIN milestone AS s ON s.customer_id = m.id
                WHERE m.root_id = c.root_id AND s.kind = 'lead.created') AS lead,
              EXISTS (SELECT 1 FROM customer AS m JOIN revenue AS r ON r.customer_id = m.id
                WHERE m.root_id = c.root_id AND r.kind <> 'refund') AS sold
            FROM json_each(?1) AS j
            JOIN customer AS c ON c.external_id = j.value OR c.email = j.value OR c.stripe_id = j.value
            ORDER BY c.external_id IS NOT j.value, c.created_at";
        let partners = "-- import::partners
            SELECT lower(j.value) AS name, p.id AS value FROM json_each(?1) AS j
            JOIN partner AS p ON p.id = j.value OR p.tenant_id = j.value OR p.slug = lower(j.value) OR p.email = lower(j.value)";
        let links = "-- import::links
            SELECT key AS name, partner_id AS value FROM link
            WHERE key IN (SELECT lower(value) FROM json_each(?1)) AND deleted_at IS NULL";
        let payments = "-- import::payments
            SELECT payment AS name, sale AS value FROM stripe_payment WHERE payment IN (SELECT value FROM json_each(?1))";
        let ask = |sql, names: &HashSet<&str>| -> Result<D1PreparedStatement, Error> {
            statement(db, sql, &[text(serde_json::to_string(names)?)])
        };
        let results = db
            .batch(vec![
                ask(customers, &named.customers)?,
                ask(partners, &named.partners)?,
                ask(links, &named.links)?,
                ask(payments, &named.payments)?,
            ])
            .await?;
        let mut found = Self::default();
        for customer in rows::<Customer>(&results, 0)? {
            match found.customers.get_mut(&customer.name) {
                // Whoever has the name as identifier is meant.
                Some(known)
                    if known.root_id == customer.root_id || known.external_id.as_deref() == Some(&known.name) => {}
                Some(known) => known.ambiguous = true,
                None => {
                    found.customers.insert(customer.name.clone(), customer);
                }
            }
        }
        // Whoever was found by another name is known by the identifier, too.
        let named: Vec<Customer> = found.customers.values().filter(|known| !known.ambiguous).cloned().collect();
        for customer in named {
            if let Some(external) = customer.external_id.clone() {
                found.customers.entry(external).or_insert(customer);
            }
        }
        for pair in rows::<Pair>(&results, 1)? {
            let id = pair.value.as_deref().map(str::parse).transpose();
            let id = id.map_err(|error| Error::Unavailable(format!("a stored partner {error}")))?;
            found.partners.extend(id.map(|id| (pair.name, id)));
        }
        for pair in rows::<Pair>(&results, 2)? {
            let partner = pair.value.as_deref().map(str::parse).transpose();
            found
                .links
                .insert(pair.name, partner.map_err(|error| Error::Unavailable(format!("a stored partner {error}")))?);
        }
        found.payments =
            rows::<Pair>(&results, 3)?.into_iter().filter_map(|pair| Some((pair.name, pair.value?))).collect();
        Ok(found)
    }
}
