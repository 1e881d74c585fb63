//! API keys, by their hash.

use engine::{id::KeyId, time::Millis};
use serde::Deserialize;
use worker::D1Database;

use super::{all, audit::Pen, first, number, optional, statement, text};
use crate::error::Error;

/// How often a key's last use is written at most, in milliseconds: once a minute.
const USE_MS: u64 = 60_000;

/// Where a key may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// On a server: it has scopes.
    Secret,
    /// In a page, where everybody can read it: it has hosts.
    Publishable,
}

impl Kind {
    /// The word that is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Publishable => "publishable",
        }
    }
}

/// A key, without itself.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: KeyId,
    pub name: String,
    pub kind: Kind,
    /// Its last characters.
    pub hint: Option<String>,
    pub scopes: Vec<String>,
    pub hosts: Vec<String>,
    pub created_at: u64,
    /// To the minute.
    pub last_used_at: Option<u64>,
    pub revoked_at: Option<u64>,
}

impl Row {
    /// Whether its use is to be written down.
    pub fn is_due(&self, now: Millis) -> bool {
        self.last_used_at.is_none_or(|at| at + USE_MS <= now.0)
    }
}

#[derive(Deserialize)]
struct Stored {
    id: KeyId,
    name: String,
    kind: Kind,
    hint: Option<String>,
    /// Words with spaces between.
    scopes: String,
    /// JSON array.
    hosts: String,
    created_at: u64,
    last_used_at: Option<u64>,
    revoked_at: Option<u64>,
}

impl TryFrom<Stored> for Row {
    type Error = Error;

    fn try_from(row: Stored) -> Result<Self, Error> {
        let Stored { id, name, kind, hint, scopes, hosts, created_at, last_used_at, revoked_at } = row;
        let scopes = scopes.split_whitespace().map(str::to_owned).collect();
        Ok(Self {
            id,
            name,
            kind,
            hint,
            scopes,
            hosts: serde_json::from_str(&hosts)?,
            created_at,
            last_used_at,
            revoked_at,
        })
    }
}

/// A key's columns.
macro_rules! columns {
    () => {
        "id, name, kind, hint, scopes, hosts, created_at, last_used_at, revoked_at"
    };
}

/// The key with this hash, unless it is revoked.
pub async fn find(db: &D1Database, hash: &str, kind: Kind) -> Result<Option<Row>, Error> {
    let sql = concat!(
        "-- key::find\nSELECT ",
        columns!(),
        " FROM api_key WHERE hash = ?1 AND kind = ?2 AND revoked_at IS NULL"
    );
    first::<Stored>(db, sql, &[text(hash), text(kind.word())]).await?.map(Row::try_from).transpose()
}

/// The key with this identifier, revoked or not.
pub async fn by_id(db: &D1Database, id: KeyId) -> Result<Option<Row>, Error> {
    let sql = concat!("-- key::by_id\nSELECT ", columns!(), " FROM api_key WHERE id = ?1");
    first::<Stored>(db, sql, &[text(id.to_string())]).await?.map(Row::try_from).transpose()
}

/// All keys, the newest first.
pub async fn list(db: &D1Database) -> Result<Vec<Row>, Error> {
    let sql =
        concat!("-- key::list\nSELECT ", columns!(), " FROM api_key ORDER BY created_at DESC, id DESC LIMIT 1000");
    all::<Stored>(db, sql, &[]).await?.into_iter().map(Row::try_from).collect()
}

/// Writes a new key.
pub async fn create(pen: &Pen, row: &Row, hash: &str) -> Result<(), Error> {
    let sql = "-- key::create
        INSERT INTO api_key (id, hash, kind, scopes, name, hint, hosts, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let values = [
        text(row.id.to_string()),
        text(hash),
        text(row.kind.word()),
        text(row.scopes.join(" ")),
        text(&row.name),
        optional(row.hint.as_deref()),
        text(serde_json::to_string(&row.hosts)?),
        number(row.created_at),
    ];
    Ok(pen.run(sql, &values).await?)
}

/// Changes what a key is called and may do.
pub async fn update(pen: &Pen, row: &Row) -> Result<(), Error> {
    let sql = "-- key::update
        UPDATE api_key SET name = ?2, scopes = ?3, hosts = ?4 WHERE id = ?1";
    let hosts = text(serde_json::to_string(&row.hosts)?);
    Ok(pen.run(sql, &[text(row.id.to_string()), text(&row.name), text(row.scopes.join(" ")), hosts]).await?)
}

/// Revokes a key.
pub async fn revoke(pen: &Pen, id: KeyId, now: Millis) -> Result<(), Error> {
    let sql = "-- key::revoke
        UPDATE api_key SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
    Ok(pen.run(sql, &[text(id.to_string()), number(now.0)]).await?)
}

/// Writes down that a key was used. Two requests of one minute write once.
pub async fn used(db: &D1Database, id: KeyId, now: Millis) -> Result<(), Error> {
    let sql = "-- key::used
        UPDATE api_key SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at + ?3 <= ?2, true)";
    statement(db, sql, &[text(id.to_string()), number(now.0), number(USE_MS)])?.run().await?;
    Ok(())
}
