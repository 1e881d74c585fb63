//! Messages on their way: who sends which, and what became of it.

use engine::{
    id::{DeliveryId, MessageId, WebhookId},
    time::Millis,
};
use serde::{Deserialize, Serialize};
use wire::{fact::write_time, webhook::Delivery};
use worker::D1Database;

use super::{all, audit::Pen, first, number, optional, rows, statement, text};
use crate::error::Error;

/// For how long nobody else sends what somebody has begun to send, in milliseconds.
const LEASE: u64 = 60_000;
/// Most that is sent to one endpoint at once: so many connections a Worker holds open.
const MOST: u32 = 6;
/// For how long an endpoint may take nothing before it is disabled, in milliseconds: five days.
const PATIENCE: u64 = 5 * 24 * 60 * 60 * 1000;
/// For how long what was told is kept, in milliseconds: 30 days.
const KEPT: u64 = 30 * 24 * 60 * 60 * 1000;

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Pending,
    Delivered,
    Failed,
}

impl State {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// The word that is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A delivery with its message.
#[derive(Debug, Deserialize)]
pub struct Row {
    pub id: DeliveryId,
    pub webhook_id: WebhookId,
    pub outgoing_id: MessageId,
    kind: String,
    data: String,
    at: u64,
    created_at: u64,
    state: State,
    /// Since it was last asked for, the one that is under way among them.
    pub attempts: u32,
    next_at: u64,
    status: Option<u16>,
    answer: Option<String>,
    settled_at: Option<u64>,
}

impl Row {
    /// What is sent: the same text in each attempt.
    pub fn payload(&self) -> String {
        let Self { kind, at, data, .. } = self;
        format!(r#"{{"type":"{kind}","timestamp":"{}","data":{data}}}"#, write_time(Millis(*at)))
    }

    /// As it is shown.
    pub fn shape(self) -> Result<Delivery, Error> {
        let time = |at: u64| write_time(Millis(at));
        let pending = self.state == State::Pending;
        Ok(Delivery {
            id: self.id,
            webhook_id: self.webhook_id,
            message_id: self.outgoing_id,
            payload: serde_json::from_str(&self.payload())?,
            r#type: self.kind,
            state: self.state.word(),
            attempts: self.attempts,
            next_at: Some(self.next_at).filter(|at| pending && *at > 0).map(time),
            status: self.status,
            answer: self.answer,
            created_at: time(self.created_at),
            settled_at: self.settled_at.map(time),
        })
    }
}

macro_rules! select {
    () => {
        "SELECT d.*, o.kind, o.data, o.at, o.created_at FROM delivery AS d JOIN outgoing AS o ON o.id = d.outgoing_id "
    };
}

/// A page of what went to an endpoint, the latest first.
pub async fn list(
    db: &D1Database,
    webhook: WebhookId,
    state: Option<State>,
    (limit, offset): (u32, u32),
) -> Result<Vec<Row>, Error> {
    let sql = concat!(
        "-- delivery::list\n",
        select!(),
        "WHERE d.webhook_id = ?1 AND (?2 IS NULL OR d.state = ?2) ORDER BY d.rowid DESC LIMIT ?3 OFFSET ?4"
    );
    let state = optional(state.map(State::word));
    all(db, sql, &[text(webhook.to_string()), state, number(limit), number(offset)]).await
}

/// One of them.
pub async fn find(db: &D1Database, id: DeliveryId) -> Result<Option<Row>, Error> {
    let sql = concat!("-- delivery::find\n", select!(), "WHERE d.id = ?1");
    first(db, sql, &[text(id.to_string())]).await
}

/// Sends one again: its attempts begin anew.
pub async fn replay(db: &D1Database, id: DeliveryId) -> Result<(), Error> {
    let sql = "-- delivery::replay
        UPDATE delivery SET state = 'pending', attempts = 0, next_at = 0, lease = NULL, settled_at = NULL
        WHERE id = ?1";
    statement(db, sql, &[text(id.to_string())])?.run().await?;
    Ok(())
}

/// Sends all again that failed to reach an endpoint, of messages made since a time. Answers how many.
pub async fn replay_failed(db: &D1Database, webhook: WebhookId, since: Millis) -> Result<u32, Error> {
    let sql = "-- delivery::replay_failed
        UPDATE delivery SET state = 'pending', attempts = 0, next_at = 0, lease = NULL, settled_at = NULL
        WHERE webhook_id = ?1 AND state = 'failed'
          AND (SELECT created_at FROM outgoing WHERE outgoing.id = delivery.outgoing_id) >= ?2
        RETURNING id";
    Ok(all::<serde_json::Value>(db, sql, &[text(webhook.to_string()), number(since.0)]).await?.len() as u32)
}

/// Writes a message of a test, to one endpoint.
pub async fn test(db: &D1Database, id: DeliveryId, message: MessageId, webhook: WebhookId) -> Result<(), Error> {
    let tell = "-- delivery::test
        INSERT INTO outgoing (id, kind, subject, data, at) VALUES (?1, ?2, ?1, ?3, ?4)";
    let send = "-- delivery::test
        INSERT INTO delivery (id, webhook_id, outgoing_id, state) VALUES (?1, ?2, ?3, 'pending')";
    let (message_id, webhook) = (message.to_string(), webhook.to_string());
    let data = format!(r#"{{"webhookId":"{webhook}"}}"#);
    db.batch(vec![
        statement(db, tell, &[text(&message_id), text(wire::webhook::TEST), text(data), number(message.at().0)])?,
        statement(db, send, &[text(id.to_string()), text(webhook), text(message_id)])?,
    ])
    .await?;
    Ok(())
}

/// Takes some of what is due at an endpoint, so that nobody else sends it meanwhile. One that took nothing the last time is
/// asked with one message before it is sent more.
pub async fn claim(db: &D1Database, webhook: WebhookId, now: Millis, lease: &str) -> Result<Vec<Row>, Error> {
    let take = "-- delivery::claim
        UPDATE delivery SET attempts = attempts + 1, next_at = ?1 + ?2, lease = ?3
        WHERE id IN (
          SELECT id FROM delivery WHERE webhook_id = ?4 AND state = 'pending' AND next_at <= ?1 ORDER BY next_at, rowid
          LIMIT (SELECT iif(failing_since IS NULL, ?5, 1) FROM webhook WHERE id = ?4))";
    let read = concat!("-- delivery::claim\n", select!(), "WHERE d.lease = ?1 ORDER BY d.rowid");
    let values = [number(now.0), number(LEASE), text(lease), text(webhook.to_string()), number(MOST)];
    let results = db.batch(vec![statement(db, take, &values)?, statement(db, read, &[text(lease)])?]).await?;
    rows(&results, 1)
}

/// What became of an attempt.
#[derive(Debug, Serialize)]
pub struct Settled {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub state: State,
    pub next_at: u64,
    pub status: Option<u16>,
    pub answer: String,
    /// The endpoint says that it is gone.
    pub gone: bool,
}

/// Writes what became of attempts, and what follows for their endpoints.
pub async fn settle(pen: &Pen, lease: &str, settled: &[Settled], now: Millis) -> Result<(), Error> {
    let write = "-- delivery::settle
        UPDATE delivery SET state = j.value ->> 'state', next_at = j.value ->> 'next_at', status = j.value ->> 'status',
          answer = j.value ->> 'answer', settled_at = iif(j.value ->> 'state' = 'pending', NULL, ?3), lease = NULL
        FROM json_each(?1) AS j WHERE delivery.id = j.value ->> 'id' AND delivery.lease = ?2";
    let works = "-- delivery::settle
        UPDATE webhook SET failing_since = NULL WHERE failing_since IS NOT NULL
          AND id IN (SELECT value ->> 'webhook' FROM json_each(?1) WHERE value ->> 'state' = 'delivered')";
    let fails = "-- delivery::settle
        UPDATE webhook SET failing_since = ?2 WHERE failing_since IS NULL
          AND id IN (SELECT value ->> 'webhook' FROM json_each(?1))
          AND id NOT IN (SELECT value ->> 'webhook' FROM json_each(?1) WHERE value ->> 'state' = 'delivered')";
    let gone = "-- delivery::settle
        UPDATE webhook SET state = 'disabled', reason = CASE WHEN failing_since <= ?2 - ?3
          THEN 'It took nothing for five days' ELSE 'It answered 410 Gone' END
        WHERE state = 'enabled' AND id IN (SELECT value ->> 'webhook' FROM json_each(?1)
          WHERE value ->> 'gone' OR webhook.failing_since <= ?2 - ?3)";
    let rows = text(serde_json::to_string(settled)?);
    pen.write(vec![
        statement(pen, write, &[rows.clone(), text(lease), number(now.0)])?,
        statement(pen, works, std::slice::from_ref(&rows))?,
        statement(pen, fails, &[rows.clone(), number(now.0)])?,
        statement(pen, gone, &[rows, number(now.0), number(PATIENCE)])?,
    ])
    .await?;
    Ok(())
}

/// Forgets what was told long ago.
pub async fn forget(db: &D1Database, now: Millis) -> Result<(), Error> {
    let sql = "-- delivery::forget
        DELETE FROM outgoing WHERE created_at < ?1
          AND NOT EXISTS (SELECT 1 FROM delivery WHERE outgoing_id = outgoing.id AND state = 'pending')";
    statement(db, sql, &[number(now.0.saturating_sub(KEPT))])?.run().await?;
    Ok(())
}
