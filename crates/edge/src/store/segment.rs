//! Which segments are in R2.

use serde::{Deserialize, Serialize};
use worker::{D1Database, D1PreparedStatement};

use super::{all, number, statement, text};
use crate::error::Error;
use engine::time::Millis;

/// A segment of a feed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Named {
    /// Whose feed.
    pub reader: String,
    /// Its name.
    pub name: String,
}

/// The segments of a reader that are in R2, each with whether it was named since a time.
pub async fn known(db: &D1Database, reader: &str, since: Millis) -> Result<Vec<(String, bool)>, Error> {
    #[derive(Deserialize)]
    struct Row {
        name: String,
        fresh: u8,
    }
    let sql = "-- segment::known
        SELECT name, named_at > ?2 AS fresh FROM feed_segment WHERE reader = ?1";
    let rows: Vec<Row> = all(db, sql, &[text(reader), number(since.0)]).await?;
    Ok(rows.into_iter().map(|row| (row.name, row.fresh == 1)).collect())
}

/// Notes that segments are in R2 and named.
pub async fn note(db: &D1Database, reader: &str, names: &[&str], at: Millis) -> Result<(), Error> {
    let sql = "-- segment::note
        INSERT INTO feed_segment (reader, name, named_at) SELECT ?1, value, ?3 FROM json_each(?2) WHERE true
        ON CONFLICT DO UPDATE SET named_at = max(named_at, excluded.named_at)";
    statement(db, sql, &[text(reader), text(serde_json::to_string(names)?), number(at.0)])?.run().await?;
    Ok(())
}

/// Segments that no answer has named since a time: some of them.
pub async fn unnamed(db: &D1Database, since: Millis, most: u32) -> Result<Vec<Named>, Error> {
    let sql = "-- segment::unnamed
        SELECT reader, name FROM feed_segment WHERE named_at < ?1 ORDER BY named_at LIMIT ?2";
    all(db, sql, &[number(since.0), number(most)]).await
}

/// Forgets segments.
pub fn forget(db: &D1Database, segments: &[Named]) -> Result<D1PreparedStatement, Error> {
    let sql = "-- segment::forget
        DELETE FROM feed_segment WHERE (reader, name) IN
          (SELECT value ->> 'reader', value ->> 'name' FROM json_each(?1))";
    statement(db, sql, &[text(serde_json::to_string(segments)?)])
}
