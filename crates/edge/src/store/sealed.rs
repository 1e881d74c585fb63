//! Touches that leave for R2, and what stays of them.

use serde::Deserialize;
use worker::D1Database;

use super::{
    all,
    feed::{STEPS_MAX, paths},
    first, number,
    pages::{Source, cells},
    statement, text,
};
use crate::{error::Error, export::cell::Cell};

/// A touch: its key, and a JSON array of its columns' values.
#[derive(Debug, Deserialize)]
pub struct Row {
    pub key: String,
    pub row: String,
}

/// The touches that are to be sealed next, in the order of time: all those of visitors whom nobody knows, and who touched
/// nothing from a key on. At most so many visitors, behind those of whom the last segment tells. What was reported as a
/// fact stays: its repeat must be known.
pub async fn next(db: &D1Database, columns: &[String], until: &str, most: u32) -> Result<Vec<Row>, Error> {
    let quoted: Vec<_> = columns.iter().map(|name| format!("touch.\"{name}\"")).collect();
    let sql = format!(
        "-- sealed::next
        WITH seed AS MATERIALIZED (
          SELECT t.key, t.visitor FROM touch AS t
          WHERE t.key > coalesce((SELECT max(upto) FROM segment), 'clk_') AND t.key < ?1 AND t.customer_id IS NULL
            AND t.source IN ('edge', 'token')
            AND NOT EXISTS (SELECT 1 FROM identity AS i WHERE i.visitor = t.visitor)
            AND NOT EXISTS (SELECT 1 FROM touch AS o WHERE o.visitor = t.visitor AND o.key <> t.key
              AND (o.key > t.key OR o.customer_id IS NOT NULL OR o.source NOT IN ('edge', 'token')))
          ORDER BY t.key LIMIT ?2)
        SELECT touch.key, json_array({}) AS row FROM touch WHERE touch.key IN (
          SELECT key FROM seed UNION SELECT o.key FROM seed JOIN touch AS o ON o.visitor = seed.visitor)
        ORDER BY touch.at, touch.rowid",
        quoted.join(", ")
    );
    all(db, &sql, &[text(until), number(most)]).await
}

/// Takes touches that are in R2 out of D1, in one transaction with what stays of them. Where one of them became somebody's
/// meanwhile, nothing is done, and they are sealed the next time without it.
pub async fn take(db: &D1Database, name: &str, keys: &[&str], at: u64) -> Result<(), Error> {
    let begin = "-- sealed::take
        INSERT INTO sealing (single, keys) VALUES (1, ?1)";
    let note = "-- sealed::take
        INSERT INTO segment (name, rows, upto, sealed_at)
        SELECT ?1, CASE count(*) WHEN ?2 THEN ?2 END, max(key), ?3 FROM touch
        WHERE key IN (SELECT value FROM sealing, json_each(sealing.keys)) AND customer_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM identity WHERE identity.visitor = touch.visitor)";
    let paths = concat!(
        "-- sealed::take
        ",
        paths!("?1", "AND key IN (SELECT value FROM sealing, json_each(sealing.keys))"),
        " INSERT INTO sealed_path (dimension, steps, count) SELECT dimension, steps, count FROM counted WHERE true
        ON CONFLICT DO UPDATE SET count = count + excluded.count"
    );
    let delete = "-- sealed::take
        DELETE FROM touch WHERE key IN (SELECT value FROM sealing, json_each(sealing.keys))";
    let end = "-- sealed::take
        DELETE FROM sealing";
    let batch = vec![
        statement(db, begin, &[text(serde_json::to_string(keys)?)])?,
        statement(db, note, &[text(name), number(keys.len() as u64), number(at)])?,
        statement(db, paths, &[number(STEPS_MAX)])?,
        db.prepare(delete),
        db.prepare(end),
    ];
    db.batch(batch).await?;
    Ok(())
}

/// The names of all segments, in order.
pub async fn names(db: &D1Database) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Name {
        name: String,
    }
    let sql = "-- sealed::names
        SELECT name FROM segment ORDER BY number";
    Ok(all::<Name>(db, sql, &[]).await?.into_iter().map(|row| row.name).collect())
}

/// How many segments there are.
pub async fn count(db: &D1Database) -> Result<usize, Error> {
    #[derive(Deserialize)]
    struct Count {
        n: usize,
    }
    let sql = "-- sealed::count
        SELECT count(*) AS n FROM segment";
    Ok(first::<Count>(db, sql, &[]).await?.map_or(0, |count| count.n))
}

/// Sealed touches as a source reads those of the table: `rows` is a JSON array of arrays with the values of `held`, and
/// what a later version added to the table is not there.
pub async fn read(
    db: &D1Database,
    source: &Source,
    (held, all): (&[String], &[String]),
    rows: &str,
    times: [u64; 2],
) -> Result<Vec<Vec<Cell>>, Error> {
    let column = |name: &String| match held.iter().position(|held| held == name) {
        Some(i) => format!("value ->> {i} AS \"{name}\""),
        None => format!("NULL AS \"{name}\""),
    };
    let Source { columns, time, .. } = source;
    let inner: Vec<_> = all.iter().map(column).collect();
    let sql = format!(
        "-- sealed::read
        SELECT NULL, {columns} FROM (SELECT {} FROM json_each(?1)) AS t WHERE {time} >= ?2 AND {time} < ?3",
        inner.join(", ")
    );
    let rows = statement(db, &sql, &[text(rows), number(times[0]), number(times[1])])?.raw_js_value().await?;
    rows.into_iter().map(|row| Ok(cells(row)?.1)).collect()
}
