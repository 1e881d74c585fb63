//! Endpoints of webhooks.

use engine::{id::WebhookId, time::Millis};
use serde::Deserialize;
use wire::{fact::write_time, problem::Code, webhook::Webhook};
use worker::D1Database;

use super::{all, audit::Pen, first, number, rows, statement, text};
use crate::error::Error;

/// Most endpoints of a program.
pub const MOST: usize = 20;

/// Whether an endpoint is sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Enabled,
    /// By somebody.
    Paused,
    /// By itself.
    Disabled,
}

impl State {
    /// The word that is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
}

/// An endpoint as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: WebhookId,
    pub url: String,
    pub description: String,
    /// JSON array.
    pub events: String,
    pub state: State,
    pub reason: Option<String>,
    pub failing_since: Option<u64>,
    pub created_at: u64,
    /// Number of the key from which the secret follows.
    pub secret_key: u8,
    pub secret_version: u32,
    /// Of the version before, which signs too, until then.
    pub old_key: Option<u8>,
    pub old_until: Option<u64>,
}

impl Row {
    /// From what the secrets follow that sign now: numbers of keys, and versions.
    pub fn secrets(&self, now: Millis) -> impl Iterator<Item = (u8, u32)> {
        let old = self.old_until.filter(|until| now.0 < *until).and(self.old_key);
        [(self.secret_key, self.secret_version)].into_iter().chain(old.map(|key| (key, self.secret_version - 1)))
    }

    /// As it is shown, with its secret if that is new.
    pub fn shape(self, secret: Option<String>) -> Result<Webhook, Error> {
        let time = |at: u64| write_time(Millis(at));
        Ok(Webhook {
            id: self.id,
            url: self.url,
            description: self.description,
            events: serde_json::from_str(&self.events)?,
            state: self.state.word(),
            reason: self.reason,
            failing_since: self.failing_since.map(time),
            created_at: time(self.created_at),
            secret,
        })
    }
}

/// All endpoints, the first first.
pub async fn list(db: &D1Database) -> Result<Vec<Row>, Error> {
    let sql = "-- webhook::list
        SELECT * FROM webhook ORDER BY created_at, id";
    all(db, sql, &[]).await
}

/// One endpoint.
pub async fn find(db: &D1Database, id: WebhookId) -> Result<Option<Row>, Error> {
    let sql = "-- webhook::find
        SELECT * FROM webhook WHERE id = ?1";
    first(db, sql, &[text(id.to_string())]).await
}

/// Writes an endpoint, new or changed; one that is enabled begins anew.
///
/// # Errors
/// A conflict when there are too many.
pub async fn write(pen: &Pen, row: &Row) -> Result<(), Error> {
    let sql = "-- webhook::write
        INSERT INTO webhook (id, url, description, events, state, secret_key, secret_version, created_at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
        WHERE (SELECT count(*) FROM webhook WHERE id <> ?1) < ?9 OR EXISTS (SELECT 1 FROM webhook WHERE id = ?1)
        ON CONFLICT (id) DO UPDATE SET url = excluded.url, description = excluded.description, events = excluded.events,
          state = excluded.state, reason = iif(excluded.state = webhook.state, reason, NULL),
          failing_since = iif(excluded.state = webhook.state, failing_since, NULL)";
    let values = [
        text(row.id.to_string()),
        text(&row.url),
        text(&row.description),
        text(&row.events),
        text(row.state.word()),
        number(row.secret_key),
        number(row.secret_version),
        number(row.created_at),
        number(MOST as u64),
    ];
    pen.run(sql, &values).await?;
    if find(pen, row.id).await?.is_some() {
        return Ok(());
    }
    Err(Error::Refused(Code::Conflict, format!("There are {MOST} endpoints already, which is the most")))
}

/// Takes an endpoint away, with all that was on its way there.
pub async fn delete(pen: &Pen, id: WebhookId) -> Result<(), Error> {
    let sql = "-- webhook::delete
        DELETE FROM webhook WHERE id = ?1";
    Ok(pen.run(sql, &[text(id.to_string())]).await?)
}

/// Takes the next version of the secret; that of before signs too until `until`.
///
/// # Errors
/// A conflict while there are two already: the receiver has one of them, nobody knows which.
pub async fn rotate(pen: &Pen, row: &Row, key: u8, now: Millis, until: Millis) -> Result<(), Error> {
    let sql = "-- webhook::rotate
        UPDATE webhook SET old_key = secret_key, old_until = ?4, secret_key = ?3, secret_version = secret_version + 1
        WHERE id = ?1 AND secret_version = ?2 AND coalesce(old_until, 0) <= ?5 RETURNING id";
    let values = [text(row.id.to_string()), number(row.secret_version), number(key), number(until.0), number(now.0)];
    let results = pen.write(vec![statement(pen, sql, &values)?]).await?;
    if !rows::<serde_json::Value>(&results, 0)?.is_empty() {
        return Ok(());
    }
    let message = "The secret was changed less than a day ago, and until then the one before signs, too: make another \
                   endpoint where neither will do";
    Err(Error::Refused(Code::Conflict, message.into()))
}
