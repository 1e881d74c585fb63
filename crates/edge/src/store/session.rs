//! Sign-in links and sessions, by their hash.

use engine::{id::PartnerId, time::Millis};
use serde::Deserialize;
use worker::D1Database;

use super::{first, number, optional, statement, text};
use crate::error::Error;

/// How long a session lasts, in seconds: 30 days.
pub const SESSION_SECONDS: u32 = 30 * 24 * 60 * 60;

#[derive(Deserialize)]
struct Row {
    partner_id: Option<PartnerId>,
}

/// Whose session it is: `Some(None)` is the marketer's.
pub async fn find(db: &D1Database, hash: &str, now: Millis) -> Result<Option<Option<PartnerId>>, Error> {
    let sql = "-- session::find
        SELECT partner_id FROM session WHERE hash = ?1 AND expires_at > ?2";
    Ok(first::<Row>(db, sql, &[text(hash), number(now.0)]).await?.map(|row| row.partner_id))
}

/// Makes a link that signs in.
pub async fn create_link(
    db: &D1Database,
    hash: &str,
    partner: Option<PartnerId>,
    expires: Millis,
    uses: u32,
) -> Result<(), Error> {
    let sql = "-- session::create_link
        INSERT INTO sign_in (hash, partner_id, expires_at, uses_left) VALUES (?1, ?2, ?3, ?4)";
    let partner = optional(partner.map(|id| id.to_string()));
    statement(db, sql, &[text(hash), partner, number(expires.0), number(uses)])?.run().await?;
    Ok(())
}

/// Uses a link once and begins a session, both or neither. `None` when the link is unknown, used up or past its time.
pub async fn redeem(
    db: &D1Database,
    link: &str,
    session: &str,
    now: Millis,
) -> Result<Option<Option<PartnerId>>, Error> {
    let forget = "-- session::redeem
        DELETE FROM session WHERE expires_at <= ?1";
    let begin = "-- session::redeem
        INSERT INTO session (hash, partner_id, expires_at)
        SELECT ?3, partner_id, ?4 FROM sign_in WHERE hash = ?1 AND expires_at > ?2 AND uses_left > 0";
    // Runs in the transaction of the insert above: it takes a use exactly when that began a session.
    let use_up = "-- session::redeem
        UPDATE sign_in SET uses_left = uses_left - 1
        WHERE hash = ?1 AND uses_left > 0 AND EXISTS (SELECT 1 FROM session WHERE hash = ?2)";
    let expires = now.0 + u64::from(SESSION_SECONDS) * 1000;
    db.batch(vec![
        statement(db, forget, &[number(now.0)])?,
        statement(db, begin, &[text(link), number(now.0), text(session), number(expires)])?,
        statement(db, use_up, &[text(link), text(session)])?,
    ])
    .await?;
    find(db, session, now).await
}

/// Ends a session.
pub async fn end(db: &D1Database, hash: &str) -> Result<(), Error> {
    let sql = "-- session::end
        DELETE FROM session WHERE hash = ?1";
    statement(db, sql, &[text(hash)])?.run().await?;
    Ok(())
}
