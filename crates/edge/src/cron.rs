//! What happens by the clock. Every minute what is due to leave is sent ([`outgoing`]). Every hour what looks like fraud is
//! looked for ([`fraud`]), and from the third day of a month on, in the program's time zone, the month before is closed: it
//! is tried every hour, and there is nothing to do once it is done.

use engine::{commission::close, time::Millis};
use worker::{Env, console_error, console_log};

use crate::{
    app,
    error::Error,
    fraud, months, outgoing, seal, segments,
    store::{
        audit::{Actor, Pen},
        program, terms,
    },
    zone,
};

/// The schedule of every minute, as wrangler.toml has it.
const EVERY_MINUTE: &str = "* * * * *";

/// Does what a schedule is for, at the time that it says.
pub async fn run(env: &Env, schedule: &str, at: Millis) {
    if schedule != EVERY_MINUTE {
        close(env, at).await;
        outgoing::forget(env, at).await;
        segments::forget(env, at).await;
        seal::run(env, at).await;
    }
    outgoing::send(env, at, outgoing::BY_THE_CLOCK).await;
}

/// Looks for fraud, and closes the month that is due, if one is: never one that was not looked at. Without a program or terms there is nothing to close.
async fn close(env: &Env, at: Millis) {
    match close_due(env, at).await {
        Ok(closed) if closed.is_empty() => {}
        Ok(closed) => console_log!("closed: {}", closed.join(", ")),
        Err(error) => console_error!("a month is not closed, and is tried again: {error:?}"),
    }
}

async fn close_due(env: &Env, at: Millis) -> Result<Vec<String>, Error> {
    let pen = Pen::new(app::database(env)?, Actor::Own("schedule"), at);
    let Some(program) = program::load(&pen).await? else { return Ok(Vec::new()) };
    fraud::look(env, at).await?;
    let zone = zone::of(&program.timezone, at.time());
    match close::due(&zone, at.time()) {
        Some(month) if !terms::load(&pen).await?.is_empty() => months::close(&pen, &zone, month, at).await,
        _ => Ok(Vec::new()),
    }
}
