//! Who asks to be let into the program.

use engine::{
    id::{ApplicationId, PartnerId},
    time::Millis,
};
use serde::Deserialize;
use wire::problem::Code;
use worker::{D1Database, D1PreparedStatement};

use super::{all, audit::Pen, first, number, optional, statement, text};
use crate::error::Error;

/// An application as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: ApplicationId,
    pub email: String,
    pub name: String,
    pub company: String,
    pub website: Option<String>,
    pub message: Option<String>,
    pub state: String,
    pub partner_id: Option<PartnerId>,
    /// The name of the partner whose address it is.
    pub known_as: Option<String>,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<u64>,
    pub version: u32,
    pub created_at: u64,
}

macro_rules! columns {
    () => {
        "id, email, name, company, website, message, state, partner_id, reason, decided_by, decided_at, version, created_at,
          (SELECT name FROM partner WHERE partner.email = application.email) AS known_as"
    };
}

/// What somebody asks.
#[derive(Debug)]
pub struct New {
    pub id: ApplicationId,
    pub email: String,
    pub name: String,
    pub company: String,
    pub website: Option<String>,
    pub message: Option<String>,
}

/// Writes down what somebody asks. One of the same address that waits already says what was said last; the same words
/// again change nothing.
pub async fn record(pen: &Pen, new: &New, now: Millis) -> Result<(), Error> {
    let sql = "-- application::record
        INSERT INTO application (id, email, name, company, website, message, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (email) WHERE state = 'waiting' DO UPDATE SET name = excluded.name, company = excluded.company,
          website = excluded.website, message = excluded.message, version = version + 1
        WHERE (name, company) <> (excluded.name, excluded.company) OR website IS NOT excluded.website
          OR message IS NOT excluded.message";
    let values = [
        text(new.id.to_string()),
        text(&new.email),
        text(&new.name),
        text(&new.company),
        optional(new.website.as_deref()),
        optional(new.message.as_deref()),
        number(now.0),
    ];
    Ok(pen.run(sql, &values).await?)
}

/// Those of a state, or all, the latest first.
pub async fn list(db: &D1Database, state: Option<&str>, (limit, offset): (u32, u32)) -> Result<Vec<Row>, Error> {
    let sql = concat!(
        "-- application::list\nSELECT ",
        columns!(),
        " FROM application WHERE ?1 IS NULL OR state = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2 OFFSET ?3"
    );
    all(db, sql, &[optional(state), number(limit), number(offset)]).await
}

/// One of them.
pub async fn find(db: &D1Database, id: ApplicationId) -> Result<Option<Row>, Error> {
    let sql = concat!("-- application::find\nSELECT ", columns!(), " FROM application WHERE id = ?1");
    first(db, sql, &[text(id.to_string())]).await
}

/// What somebody decides.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// The version that they saw.
    pub version: u32,
    /// Whom the one who asks becomes; nobody's where it is declined.
    pub partner: Option<PartnerId>,
    pub reason: Option<String>,
    /// Who.
    pub by: &'a str,
    pub at: Millis,
}

/// The statements that decide. The second fails, and all that is written with it, where the application is another by now,
/// or decided: see [`refusal`].
pub fn decided(db: &D1Database, id: ApplicationId, decision: &Decision<'_>) -> Result<Vec<D1PreparedStatement>, Error> {
    let sql = "-- application::decided
        UPDATE application SET state = CASE WHEN ?3 IS NULL THEN 'declined' ELSE 'approved' END, partner_id = ?3, reason = ?4,
          decided_by = ?5, decided_at = ?6, version = version + 1
        WHERE id = ?1 AND version = ?2 AND state = 'waiting'";
    // JSON that is none: SQLite has no other way to fail outside a trigger.
    let check = "-- application::decided
        SELECT json(CASE WHEN EXISTS (SELECT 1 FROM application
          WHERE id = ?1 AND version = ?2 + 1 AND partner_id IS ?3 AND reason IS ?4 AND decided_by = ?5 AND decided_at = ?6)
          THEN '{}' ELSE 'overtaken' END) AS checked";
    let (id, version, by, at) =
        (text(id.to_string()), number(decision.version), text(decision.by), number(decision.at.0));
    let partner = optional(decision.partner.map(|partner| partner.to_string()));
    let reason = optional(decision.reason.as_deref());
    // Of two decisions of one sender in one millisecond only what they decide tells them apart.
    let values = [id, version, partner, reason, by, at];
    Ok(vec![statement(db, sql, &values)?, statement(db, check, &values)?])
}

/// What [`decided`] makes of an application that is another by now; `None` for every other error.
pub fn refusal(error: &worker::Error) -> Option<Error> {
    let message =
        "version: is not the newest; somebody decided meanwhile, or they asked with other words. Read it again";
    let is_overtaken = error.to_string().contains("malformed JSON");
    is_overtaken.then(|| Error::Refused(Code::Conflict, message.into()))
}

/// Writes a decision that makes nobody a partner.
///
/// # Errors
/// A conflict where the application is another by now, or decided.
pub async fn decide(pen: &Pen, id: ApplicationId, decision: &Decision<'_>) -> Result<(), Error> {
    let written = pen.write(decided(pen, id, decision)?).await;
    written.map(drop).map_err(|error| refusal(&error).unwrap_or_else(|| error.into()))
}
