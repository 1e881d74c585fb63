//! What leaves by itself: webhooks and e-mail.
//!
//! A message is written in the transaction of what it tells of, and sent behind the answer to that request; what was not
//! taken is sent again by the clock, or behind a later request, whichever comes first. So whoever causes a message waits
//! for nobody, and fails with nobody. Each message is claimed for a minute by whoever sends it, in one statement; should a
//! run be cut short, its messages are sent once more, with the same identifier.

pub mod address;
pub mod letter;
pub mod mail;
pub mod plan;
mod webhook;

use engine::time::Millis;
use worker::{Env, console_error};

pub use webhook::secret;

use crate::{
    app::{self, App},
    error::Error,
    store::{
        audit::{Actor, Pen},
        delivery, outbox,
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
    let began = app::now();
    let sent = async {
        let pen = pen(env, at)?;
        while mail::send_some(env, &pen, at).await? > 0 && app::now().0 < began.0 + milliseconds {}
        while webhook::send_some(env, &pen, at).await? > 0 && app::now().0 < began.0 + milliseconds {}
        Ok::<_, Error>(())
    };
    if let Err(error) = sent.await {
        console_error!("outgoing: what is due is sent later: {error:?}");
    }
}

/// Forgets what left long ago.
pub async fn forget(env: &Env, at: Millis) {
    let forgotten = async {
        let pen = pen(env, at)?;
        delivery::forget(&pen, at).await?;
        outbox::forget(&pen, at).await
    };
    if let Err(error) = forgotten.await {
        console_error!("outgoing: what is old is forgotten later: {error:?}");
    }
}

fn pen(env: &Env, at: Millis) -> Result<Pen, Error> {
    Ok(Pen::new(app::database(env)?, Actor::Own("outgoing"), at))
}
