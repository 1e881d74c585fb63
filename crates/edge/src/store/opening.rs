//! The first keys of an instance: what they are made of, and whether somebody came in by them.

use engine::id::KeyId;
use serde::Deserialize;
use worker::{D1Database, D1PreparedStatement};

use super::{first, statement, text};
use crate::error::Error;

/// A key to store.
pub struct NewKey {
    pub id: KeyId,
    pub hash: String,
    /// Its last characters.
    pub hint: String,
    pub kind: &'static str,
    pub scopes: &'static str,
}

/// The keys of a new program.
pub struct NewKeys {
    /// For its backend: may do everything.
    pub secret: String,
    /// For its pages.
    pub publishable: String,
    /// What is stored of them.
    pub stored: [NewKey; 2],
    /// What they are made of, beside the setup secret and the request.
    pub salt: String,
}

/// The statement that keeps what the keys are made of.
pub fn salted(db: &D1Database, salt: &str) -> Result<D1PreparedStatement, Error> {
    let sql = "-- opening::salted
        INSERT INTO opening (single, salt) VALUES (1, ?1)";
    statement(db, sql, &[text(salt)])
}

#[derive(Deserialize)]
struct Row {
    salt: String,
}

/// What the keys were made of, as long as nobody came in: no key was used or taken away, and nobody signed in.
pub async fn salt(db: &D1Database) -> Result<Option<String>, Error> {
    let sql = "-- opening::salt
        SELECT salt FROM opening WHERE NOT EXISTS (SELECT 1 FROM session)
          AND NOT EXISTS (SELECT 1 FROM api_key WHERE last_used_at IS NOT NULL OR revoked_at IS NOT NULL)";
    Ok(first::<Row>(db, sql, &[]).await?.map(|row| row.salt))
}

#[derive(Deserialize)]
struct Count {
    n: usize,
}

/// Whether these are the keys that were given.
pub async fn are_given(db: &D1Database, keys: &NewKeys) -> Result<bool, Error> {
    let sql = "-- opening::are_given
        SELECT count(*) AS n FROM api_key WHERE hash IN (?1, ?2)";
    let hashes: Vec<_> = keys.stored.iter().map(|key| text(&key.hash)).collect();
    Ok(first::<Count>(db, sql, &hashes).await?.is_some_and(|count| count.n == keys.stored.len()))
}
