//! API keys, by their hash.

use engine::{id::KeyId, time::Millis};
use serde::Deserialize;
use worker::D1Database;

use super::{first, number, statement, text};
use crate::error::Error;

/// How often a key's last use is written at most, in milliseconds: once a minute.
const USE_MS: u64 = 60_000;

/// A key that holds.
#[derive(Debug, Clone, Deserialize)]
pub struct Known {
    pub id: KeyId,
    /// Words with spaces between.
    pub scopes: String,
    /// JSON array.
    hosts: String,
    last_used_at: Option<u64>,
}

impl Known {
    /// The hosts that it is bound to.
    pub fn hosts(&self) -> Result<Vec<String>, Error> {
        Ok(serde_json::from_str(&self.hosts)?)
    }

    /// Whether its use is to be written down.
    pub fn is_due(&self, now: Millis) -> bool {
        self.last_used_at.is_none_or(|at| at + USE_MS <= now.0)
    }
}

/// The key with this hash, unless it is revoked.
pub async fn find(db: &D1Database, hash: &str, kind: &str) -> Result<Option<Known>, Error> {
    let sql = "-- key::find
        SELECT id, scopes, hosts, last_used_at FROM api_key WHERE hash = ?1 AND kind = ?2 AND revoked_at IS NULL";
    first(db, sql, &[text(hash), text(kind)]).await
}

/// Writes down that a key was used. Two requests of one minute write once.
pub async fn used(db: &D1Database, id: KeyId, now: Millis) -> Result<(), Error> {
    let sql = "-- key::used
        UPDATE api_key SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at + ?3 <= ?2, true)";
    statement(db, sql, &[text(id.to_string()), number(now.0), number(USE_MS)])?.run().await?;
    Ok(())
}
