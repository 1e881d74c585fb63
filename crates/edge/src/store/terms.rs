//! The terms: one row a version.

use engine::{
    commission::{Terms, Version},
    time::Millis,
};
use serde::Deserialize;
use wire::problem::Code;
use worker::D1Database;

use super::{all, audit::Pen, is_taken, number, text};
use crate::error::Error;

#[derive(Deserialize)]
struct Row {
    version: u32,
    since: u64,
    rules: String,
}

/// Every version.
pub async fn load(db: &D1Database) -> Result<Terms, Error> {
    let sql = "-- terms::load
        SELECT version, since, rules FROM terms ORDER BY version";
    let rows: Vec<Row> = all(db, sql, &[]).await?;
    let version = |row: Row| {
        let rules = serde_json::from_str(&row.rules)?;
        Ok(Version { version: row.version, since: Millis(row.since).time(), rules })
    };
    let versions = rows.into_iter().map(version).collect::<Result<Vec<_>, Error>>()?;
    Terms::try_from(versions).map_err(|error| Error::Unavailable(format!("stored terms: {error}")))
}

/// Adds a version.
///
/// # Errors
/// A conflict when there is one of this number; a broken rule when it begins in a month that is closed.
pub async fn add(pen: &Pen, version: &Version, now: Millis) -> Result<(), Error> {
    let sql = "-- terms::add
        INSERT INTO terms (version, since, rules, created_at) VALUES (?1, ?2, ?3, ?4)";
    let rules = serde_json::to_string(&version.rules)?;
    let values = [number(version.version), number(version.since.millis().0), text(rules), number(now.0)];
    pen.run(sql, &values).await.map_err(|error| {
        if is_taken(&error) {
            overtaken()
        } else if error.to_string().contains("begin in a closed month") {
            closed()
        } else {
            error.into()
        }
    })
}

/// What is closed stays.
pub fn closed() -> Error {
    Error::rule("since", "must not be before the end of the last closed month")
}

/// Somebody else was faster.
pub fn overtaken() -> Error {
    let message = "version: is not the newest; another version was added meanwhile. Read the terms again";
    Error::Refused(Code::Conflict, message.into())
}
