//! E-mail on its way.

use engine::{
    id::{MailId, MemberId},
    time::Millis,
};
use serde::{Deserialize, Serialize};
use worker::D1Database;

use super::{all, audit::Pen, delivery::State, number, optional, rows, statement, text};
use crate::error::Error;

/// For how long nobody else sends what somebody has begun to send, in milliseconds.
const LEASE: u64 = 60_000;
/// Most that is sent at once.
const MOST: u32 = 12;
/// For how long what was sent is kept, in milliseconds: 30 days.
const KEPT: u64 = 30 * 24 * 60 * 60 * 1000;
/// For how long a link to sign in that was asked for works, in milliseconds: 15 minutes; and how many a person may ask
/// for in that time.
const LINK: (u64, u32) = (15 * 60 * 1000, 3);

/// An e-mail as it is stored.
#[derive(Debug, Deserialize)]
pub struct Row {
    pub id: MailId,
    pub kind: String,
    pub recipient: String,
    pub data: String,
    pub state: State,
    pub attempts: u32,
    pub answer: Option<String>,
    pub created_at: u64,
    pub settled_at: Option<u64>,
}

/// A page of them, the latest first.
pub async fn list(db: &D1Database, state: Option<State>, (limit, offset): (u32, u32)) -> Result<Vec<Row>, Error> {
    let sql = "-- outbox::list
        SELECT * FROM outbox WHERE ?1 IS NULL OR state = ?1 ORDER BY created_at DESC, rowid DESC LIMIT ?2 OFFSET ?3";
    all(db, sql, &[optional(state.map(State::word)), number(limit), number(offset)]).await
}

/// A link to sign in, to be sent to a person.
#[derive(Debug, Serialize)]
pub struct Link {
    pub id: MailId,
    pub member: MemberId,
    /// SHA-256 of the token, hexadecimal.
    pub hash: String,
    /// JSON: what the e-mail says.
    pub data: String,
}

/// Writes links that sign in and the e-mails that bring them, in one transaction; none for a person who has asked for
/// too many. It takes the same steps for nobody as for somebody.
pub async fn write_links(pen: &Pen, email: &str, links: &[Link], now: Millis) -> Result<(), Error> {
    let write = "-- outbox::write_links
        INSERT INTO outbox (id, kind, recipient, data, until, created_at)
        SELECT j.value ->> 'id', 'sign_in', ?2, j.value ->> 'data', ?3 + ?4, ?3 FROM json_each(?1) AS j
        WHERE (SELECT count(*) FROM outbox WHERE recipient = ?2 AND kind = 'sign_in' AND created_at > ?3 - ?4) < ?5";
    let open = "-- outbox::write_links
        INSERT INTO sign_in (hash, member_id, expires_at, uses_left)
        SELECT j.value ->> 'hash', j.value ->> 'member', ?2, 1 FROM json_each(?1) AS j
        WHERE EXISTS (SELECT 1 FROM outbox WHERE id = j.value ->> 'id')";
    let links = text(serde_json::to_string(links)?);
    let (life, most) = (number(LINK.0), number(LINK.1));
    pen.write(vec![
        statement(pen, write, &[links.clone(), text(email), number(now.0), life, most])?,
        statement(pen, open, &[links, number(now.0 + LINK.0)])?,
    ])
    .await?;
    Ok(())
}

/// Takes what is due, so that nobody else sends it meanwhile. What is too late by now is given up.
pub async fn claim(db: &D1Database, now: Millis, lease: &str) -> Result<Vec<Row>, Error> {
    let late = "-- outbox::claim
        UPDATE outbox SET state = 'failed', answer = coalesce(answer, 'It was not sent in time'), settled_at = ?1
        WHERE state = 'pending' AND next_at <= ?1 AND until <= ?1";
    let take = "-- outbox::claim
        UPDATE outbox SET attempts = attempts + 1, next_at = ?1 + ?2, lease = ?3
        WHERE id IN (SELECT id FROM outbox WHERE state = 'pending' AND next_at <= ?1 ORDER BY next_at, rowid LIMIT ?4)";
    let read = "-- outbox::claim
        SELECT * FROM outbox WHERE lease = ?1 ORDER BY rowid";
    let results = db
        .batch(vec![
            statement(db, late, &[number(now.0)])?,
            statement(db, take, &[number(now.0), number(LEASE), text(lease), number(MOST)])?,
            statement(db, read, &[text(lease)])?,
        ])
        .await?;
    rows(&results, 2)
}

/// What became of an attempt.
#[derive(Debug, Serialize)]
pub struct Settled {
    pub id: MailId,
    pub state: State,
    pub next_at: u64,
    pub answer: Option<String>,
}

/// Writes what became of attempts.
pub async fn settle(db: &D1Database, lease: &str, settled: &[Settled], now: Millis) -> Result<(), Error> {
    let sql = "-- outbox::settle
        UPDATE outbox SET state = j.value ->> 'state', next_at = j.value ->> 'next_at', answer = j.value ->> 'answer',
          settled_at = iif(j.value ->> 'state' = 'pending', NULL, ?3), lease = NULL
        FROM json_each(?1) AS j WHERE outbox.id = j.value ->> 'id' AND outbox.lease = ?2";
    statement(db, sql, &[text(serde_json::to_string(settled)?), text(lease), number(now.0)])?.run().await?;
    Ok(())
}

/// Forgets what was written long ago.
pub async fn forget(db: &D1Database, now: Millis) -> Result<(), Error> {
    let sql = "-- outbox::forget
        DELETE FROM outbox WHERE created_at < ?1";
    statement(db, sql, &[number(now.0.saturating_sub(KEPT))])?.run().await?;
    Ok(())
}
