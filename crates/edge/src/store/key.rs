//! API keys, by their hash.

use serde::Deserialize;
use worker::D1Database;

use super::{first, text};
use crate::error::Error;

/// The scopes of a key of this kind.
pub async fn scopes(db: &D1Database, hash: &str, kind: &str) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    struct Row {
        scopes: String,
    }
    let sql = "-- key::scopes
        SELECT scopes FROM api_key WHERE hash = ?1 AND kind = ?2";
    Ok(first::<Row>(db, sql, &[text(hash), text(kind)]).await?.map(|row| row.scopes))
}
