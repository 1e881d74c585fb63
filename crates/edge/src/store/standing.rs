//! How partners stand in the program: those who were deactivated or banned, when, and whether they came back.

use engine::{id::PartnerId, time::Millis};
use serde::Deserialize;
use wire::dub::Standing;
use worker::D1Database;

use super::{all, audit::Pen, first, number, optional, statement, text};
use crate::error::Error;

/// A time that a partner was away.
#[derive(Debug, Deserialize)]
pub struct Row {
    pub partner_id: String,
    pub since: u64,
    pub until: Option<u64>,
    pub state: String,
}

/// Every time that anybody was away.
pub async fn list(db: &D1Database) -> Result<Vec<Row>, Error> {
    let sql = "-- standing::list
        SELECT partner_id, since, until, state FROM standing";
    all(db, sql, &[]).await
}

/// Whether a partner is away now.
pub async fn is_away(db: &D1Database, partner: PartnerId) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Away {
        away: u8,
    }
    let sql = "-- standing::is_away
        SELECT EXISTS (SELECT 1 FROM standing WHERE partner_id = ?1 AND until IS NULL) AS away";
    let row: Option<Away> = first(db, sql, &[text(partner.to_string())]).await?;
    Ok(row.is_some_and(|row| row.away != 0))
}

/// Changes how a partner stands. What it was before ends; as it is already, nothing changes.
pub async fn set(pen: &Pen, partner: PartnerId, standing: Standing, now: Millis) -> Result<(), Error> {
    let end = "-- standing::set
        UPDATE standing SET until = max(?4, since)
        WHERE partner_id = ?1 AND until IS NULL AND (state, reason) IS NOT (?2, ?3)";
    let begin = "-- standing::set
        INSERT INTO standing (partner_id, since, state, reason) SELECT ?1, ?4, ?2, ?3
        WHERE ?2 <> 'approved' AND NOT EXISTS (SELECT 1 FROM standing WHERE partner_id = ?1 AND until IS NULL)";
    let values = [text(partner.to_string()), text(standing.word()), optional(standing.reason()), number(now.0)];
    pen.write(vec![statement(pen, end, &values)?, statement(pen, begin, &values)?]).await?;
    Ok(())
}

/// Whether a write failed because it was for a partner who is away.
pub fn refused(error: &worker::Error) -> bool {
    error.to_string().contains("partner has left")
}
