//! E-mail on its way. Where the platform's binding is missing it stays in the outbox, where a developer reads it.

use engine::{id::MailId, time::Millis};
use futures_util::future::join_all;
use wire::{mail::Mail, token::Keys};
use worker::{Env, SendEmailBuilder};

use super::{
    letter::{From, Letter},
    outcome,
    plan::Answer,
};
use crate::{
    app::{self, Post, hex},
    auth::SIGN_IN_PREFIX,
    error::Error,
    store::{
        audit::Pen,
        outbox::{self, Row, Settled},
        program::{self, Program},
    },
};

/// The token of a link to sign in that an e-mail brings: it follows from a key, and so is stored nowhere. `None` when
/// that key is not accepted any more.
pub fn token(keys: &Keys, id: MailId, key: u8) -> Option<String> {
    Some(format!("{SIGN_IN_PREFIX}{}", hex(&keys.derive(key, "tributary sign-in mail ", &id.to_string())?)))
}

/// What an e-mail says.
pub fn write(keys: &Keys, program: &Program, origin: &str, row: &Row) -> Result<Mail, Error> {
    let letter: Letter = serde_json::from_str(&format!(r#"{{"{}":{}}}"#, row.kind, row.data))?;
    let token = match letter {
        Letter::SignIn { key, .. } => token(keys, row.id, key)
            .ok_or_else(|| Error::Unavailable("the key of the link is not among TOKEN_KEYS any more".to_owned()))?,
        _ => String::new(),
    };
    Ok(letter.write(&From { program: &program.name, color: &program.color, origin }, &token))
}

/// Sends some of what is due; how much that was.
pub async fn send_some(env: &Env, pen: &Pen, at: Millis) -> Result<usize, Error> {
    let Some(post) = app::post(env) else { return Ok(0) };
    let lease = hex(&app::random::<16>()?);
    let due = outbox::claim(pen, at, &lease).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let (keys, program) = (app::keys(env)?, program::require(pen).await?);
    let attempts = due.iter().map(async |row| {
        let sent = attempt(&post, &keys, &program, row).await;
        settled(row, sent.err(), at)
    });
    outbox::settle(pen, &lease, &join_all(attempts).await, at).await?;
    Ok(due.len())
}

async fn attempt(post: &Post, keys: &Keys, program: &Program, row: &Row) -> Result<(), String> {
    let mail = write(keys, program, &post.origin, row).map_err(|error| format!("{error:?}"))?;
    let message =
        SendEmailBuilder::builder(&post.from, &row.recipient, &mail.subject).text(&mail.text).html(&mail.html).build();
    let sent = post.sender.send_with_builder(&message).await;
    sent.map(drop).map_err(|error| error.message().into())
}

/// What becomes of it: it is tried again until it is too late.
fn settled(row: &Row, error: Option<String>, at: Millis) -> Settled {
    let answer = if error.is_some() { Answer::NotTaken } else { Answer::Taken };
    let (state, next_at) = outcome(answer, row.attempts, &row.id.to_string(), at);
    Settled { id: row.id, state, next_at: next_at.0, answer: error.map(|error| error.chars().take(500).collect()) }
}
