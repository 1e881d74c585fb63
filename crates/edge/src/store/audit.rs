//! The log of changes, and the pen that signs them. Triggers write the log, in the transaction of the change; a [`Pen`] tells
//! them who makes it. Every function that changes what is audited takes one.

use std::{fmt, ops::Deref};

use engine::{id::KeyId, time::Millis};
use worker::{D1Database, D1PreparedStatement, D1Result};

use super::{number, text};

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
    pub async fn run(&self, sql: &str, values: &[wasm_bindgen::JsValue]) -> worker::Result<()> {
        self.write(vec![self.db.prepare(sql).bind(values)?]).await.map(drop)
    }
}
