//! Saved views of the console.

use serde::Deserialize;
use wire::problem::Code;
use worker::D1Database;

use super::{all, audit::Pen, first, is_taken, number, rows, statement, text};
use crate::error::Error;

/// A saved view as it is stored.
#[derive(Deserialize)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub query: String,
    pub made_by: String,
    pub created_at: u64,
}

/// All there are, by name.
pub async fn list(db: &D1Database) -> Result<Vec<Row>, Error> {
    let sql = "-- view::list
        SELECT id, name, query, made_by, created_at FROM view ORDER BY name COLLATE NOCASE";
    all(db, sql, &[]).await
}

/// Keeps one, as long as there are fewer than `most`.
///
/// # Errors
/// A conflict when the name is taken, or there are as many as there may be.
pub async fn create(pen: &Pen, row: &Row, most: usize) -> Result<(), Error> {
    let sql = "-- view::create
        INSERT INTO view (id, name, query, made_by, created_at)
        SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT count(*) FROM view) < ?6 RETURNING id";
    let values = [
        text(&row.id),
        text(&row.name),
        text(&row.query),
        text(&row.made_by),
        number(row.created_at),
        number(most as u64),
    ];
    let conflict = |message: String| Err(Error::Refused(Code::Conflict, message));
    match pen.write(vec![statement(pen, sql, &values)?]).await {
        Ok(results) if rows::<serde_json::Value>(&results, 0)?.is_empty() => {
            conflict(format!("There are {most} views, which is the most: delete one first"))
        }
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => conflict("name: is taken by another view".into()),
        Err(error) => Err(error.into()),
    }
}

/// The view of an identifier.
pub async fn find(db: &D1Database, id: &str) -> Result<Option<Row>, Error> {
    let sql = "-- view::find
        SELECT id, name, query, made_by, created_at FROM view WHERE id = ?1";
    first(db, sql, &[text(id)]).await
}

/// Takes one away.
pub async fn delete(pen: &Pen, id: &str) -> Result<(), Error> {
    let sql = "-- view::delete
        DELETE FROM view WHERE id = ?1";
    Ok(pen.run(sql, &[text(id)]).await?)
}
