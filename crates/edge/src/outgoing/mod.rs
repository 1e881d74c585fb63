//! What leaves by itself: webhooks and e-mail.
//!
//! A message is written in the transaction of what it tells of, and sent behind the answer to that request; what was
//! not taken is sent again by the clock, or behind a later request, whichever comes first. So whoever causes a message
//! waits for nobody, and fails with nobody. Each message is claimed for a minute by whoever sends it, in one statement;
//! should a run be cut short, its messages are sent once more, with the same identifier.

pub mod address;
pub mod letter;
pub mod mail;
pub mod plan;
mod webhook;

use engine::time::Millis;
use plan::{Answer, Then, then};
use worker::{Env, console_error};

pub use webhook::secret;

use crate::{
    app::{self, App},
    error::Error,
    store::{
        audit::{Actor, Pen},
        delivery::{self, State},
        outbox,
    },
};

/// How long a run behind a request, and one by the clock, begins to send more, in milliseconds.
pub const BEHIND: u64 = 10_000;
/// See [`BEHIND`].
pub const BY_THE_CLOCK: u64 = 40_000;

/// Sends what is due once the request is answered.
pub fn send_behind(app: &App) {
    let app = app.clone();
    let inner = app.clone();
    app.wait_until(async move { send(inner.env(), app::now(), BEHIND).await });
}

/// Sends what is due at a time, until nothing is left of it or the run has lasted that long.
pub async fn send(env: &Env, at: Millis, milliseconds: u64) {
    let until = app::now().0 + milliseconds;
    let mail = async {
        let pen = pen(env, at)?;
        while mail::send_some(env, &pen, at).await? > 0 && app::now().0 < until {}
        Ok(())
    };
    later("e-mail", mail.await);
    let webhooks = async { webhook::send(env, &pen(env, at)?, at, milliseconds).await };
    later("webhooks", webhooks.await);
}

/// What an attempt makes of a message or an e-mail, and when that is, or when the next attempt is due.
fn outcome(answer: Answer, attempt: u32, name: &str, at: Millis) -> (State, Millis) {
    match then(answer, attempt, name, at) {
        Then::Delivered => (State::Delivered, at),
        Then::Again(next) => (State::Pending, next),
        Then::Failed => (State::Failed, at),
    }
}

/// Writes to the log what could not be done now.
fn later(what: &str, done: Result<(), Error>) {
    if let Err(error) = done {
        console_error!("outgoing: {what} come later: {error:?}");
    }
}

/// Forgets what left long ago.
pub async fn forget(env: &Env, at: Millis) {
    let forgotten = async {
        let pen = pen(env, at)?;
        delivery::forget(&pen, at).await?;
        outbox::forget(&pen, at).await
    };
    later("old rows", forgotten.await);
}

fn pen(env: &Env, at: Millis) -> Result<Pen, Error> {
    Ok(Pen::new(app::database(env)?, Actor::Own("outgoing"), at))
}
