//! The log of changes, and the pen that signs them. Triggers write the log, in the transaction of the change; a [`Pen`]
//! tells them who makes it. Every function that changes what is audited takes one.

use std::{fmt, ops::Deref};

use engine::{id::KeyId, time::Millis};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wire::{access::Change, fact::write_time};
use worker::{D1Database, D1PreparedStatement, D1Result};

use super::{all, number, optional, text};
use crate::error::Error;

/// Who changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A key of the program.
    Key(KeyId),
    /// A person, by e-mail address.
    Person(String),
    /// The program itself: what of it.
    Own(&'static str),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Person(email) => f.write_str(email),
            Self::Own(what) => f.write_str(what),
        }
    }
}

/// The database, for somebody who changes it.
pub struct Pen {
    db: D1Database,
    actor: Actor,
    at: Millis,
}

impl Deref for Pen {
    type Target = D1Database;

    fn deref(&self) -> &D1Database {
        &self.db
    }
}

impl Pen {
    /// Puts it into somebody's hand.
    pub fn new(db: D1Database, actor: Actor, at: Millis) -> Self {
        Self { db, actor, at }
    }

    /// Runs statements in one transaction, all or nothing, in the actor's name; their results.
    pub async fn write(&self, statements: Vec<D1PreparedStatement>) -> worker::Result<Vec<D1Result>> {
        let take = "-- audit::write
            INSERT OR REPLACE INTO pen (single, actor, at) VALUES (1, ?1, ?2)";
        let put_down = "-- audit::write
            DELETE FROM pen";
        let mut batch = vec![self.db.prepare(take).bind(&[text(self.actor.to_string()), number(self.at.0)])?];
        batch.extend(statements);
        batch.push(self.db.prepare(put_down));
        let mut results = self.db.batch(batch).await?;
        results.pop();
        results.drain(..1);
        Ok(results)
    }

    /// Runs one statement in the actor's name.
    pub async fn run(&self, sql: &str, values: &[JsValue]) -> worker::Result<()> {
        self.write(vec![self.db.prepare(sql).bind(values)?]).await.map(drop)
    }
}

/// Which changes to list.
#[derive(Debug, Clone)]
pub struct Filter {
    pub kind: Option<String>,
    pub target: Option<String>,
    pub actor: Option<String>,
    pub from: Option<Millis>,
    pub to: Option<Millis>,
    /// Only those before the change of this number.
    pub before: Option<u64>,
    pub limit: u32,
}

/// A change as it is stored.
#[derive(Debug, Deserialize)]
pub struct Row {
    id: u64,
    at: u64,
    actor: String,
    kind: String,
    target: String,
    action: String,
    before: Option<String>,
    after: Option<String>,
}

impl TryFrom<Row> for Change {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let read = |text: Option<String>| text.map(|text| serde_json::from_str(&text)).transpose();
        Ok(Self {
            id: row.id,
            at: write_time(Millis(row.at)),
            actor: row.actor,
            kind: row.kind,
            target: row.target,
            action: row.action,
            before: read(row.before)?,
            after: read(row.after)?,
        })
    }
}

/// Changes, the latest first.
pub async fn list(db: &D1Database, filter: &Filter) -> Result<Vec<Row>, Error> {
    let sql = "-- audit::list
        SELECT id, at, actor, kind, target, action, before, after FROM audit
        WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR target = ?2) AND (?3 IS NULL OR actor = ?3)
          AND (?4 IS NULL OR at >= ?4) AND (?5 IS NULL OR at < ?5) AND (?6 IS NULL OR id < ?6)
        ORDER BY id DESC LIMIT ?7";
    let count = |value: Option<u64>| value.map_or(JsValue::NULL, number);
    let values = [
        optional(filter.kind.as_deref()),
        optional(filter.target.as_deref()),
        optional(filter.actor.as_deref()),
        count(filter.from.map(|at| at.0)),
        count(filter.to.map(|at| at.0)),
        count(filter.before),
        number(filter.limit),
    ];
    all(db, sql, &values).await
}
