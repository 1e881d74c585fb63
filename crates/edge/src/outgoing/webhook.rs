//! Webhooks on their way.

use std::time::Duration;

use engine::{id::WebhookId, time::Millis};
use futures_util::{StreamExt as _, future::join_all};
use wasm_bindgen::JsValue;
use wire::{token::Keys, webhook};
use worker::{AbortController, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response};

use super::{outcome, plan::Answer};
use crate::{
    app::{self, hex, within},
    error::Error,
    store::{
        audit::Pen,
        delivery::{self, Settled},
        webhook::{self as endpoint, Row},
    },
};

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Characters that are kept of an answer.
const KEPT: usize = 500;

/// The secret of an endpoint: it follows from a key, and so is stored nowhere. `None` when that key is not accepted any
/// more.
pub fn secret(keys: &Keys, id: WebhookId, (key, version): (u8, u32)) -> Option<[u8; 32]> {
    keys.derive(key, "tributary webhook ", &format!("{id} {version}"))
}

/// Sends what is due at a time, of every endpoint side by side: one that hangs holds up no other. None is sent more once the
/// run has lasted so many milliseconds.
pub async fn send(env: &Env, pen: &Pen, at: Millis, milliseconds: u64) -> Result<(), Error> {
    let (keys, endpoints) = (app::keys(env)?, endpoint::list(pen).await?);
    let began = app::now().0;
    // The clock of a run begins when it was due.
    let lasted = move || app::now().0.saturating_sub(began);
    let all = endpoints.iter().map(|endpoint| async {
        while lasted() < milliseconds {
            let lease = hex(&app::random::<16>()?);
            let due = delivery::claim(pen, endpoint.id, Millis(at.0 + lasted()), &lease).await?;
            if due.is_empty() {
                break;
            }
            let attempts = due.iter().map(|due| async {
                let answer = attempt(&keys, endpoint, due, at).await;
                settled(due, answer, Millis(at.0 + lasted()))
            });
            delivery::settle(pen, &lease, &join_all(attempts).await, Millis(at.0 + lasted())).await?;
        }
        Ok(())
    });
    join_all(all).await.into_iter().collect()
}

/// What became of one attempt.
fn settled(due: &delivery::Row, answer: Result<(u16, String), String>, at: Millis) -> Settled {
    let (status, answer) = answer.map_or_else(|error| (None, error), |(status, text)| (Some(status), text));
    let verdict = status.map_or(Answer::NotTaken, Answer::of);
    let (state, next_at) = outcome(verdict, due.attempts, &due.id.to_string(), at);
    Settled {
        id: due.id,
        webhook: due.webhook_id,
        state,
        next_at: next_at.0,
        status,
        answer,
        gone: verdict == Answer::Gone,
    }
}

/// The status and the beginning of an endpoint's answer, or why there is none.
async fn attempt(keys: &Keys, endpoint: &Row, due: &delivery::Row, at: Millis) -> Result<(u16, String), String> {
    let secrets: Vec<_> = endpoint.secrets(at).filter_map(|which| secret(keys, endpoint.id, which)).collect();
    if secrets.is_empty() {
        return Err("The key of the secret is not among TOKEN_KEYS any more: rotate the secret".to_owned());
    }
    let abort = AbortController::default();
    let signal = abort.signal();
    let asked = async {
        let mut response = Fetch::Request(request(&secrets, endpoint, due)?).send_with_signal(&signal).await?;
        let said = beginning(&mut response).await;
        Ok::<_, worker::Error>((response.status_code(), said))
    };
    let answer = within(PATIENCE, asked).await;
    // What is not read by now is not read any more.
    abort.abort();
    match answer {
        None => Err(format!("No answer within {} seconds", PATIENCE.as_secs())),
        Some(Err(error)) => Err(cut(&format!("Not reached: {error}"))),
        Some(Ok((status @ 300..=399, _))) => Ok((status, "Redirects are not followed".to_owned())),
        Some(Ok(answer)) => Ok(answer),
    }
}

fn request(secrets: &[[u8; 32]], endpoint: &Row, due: &delivery::Row) -> worker::Result<Request> {
    let (id, body, now) = (due.outgoing_id.to_string(), due.payload(), app::now().time());
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("user-agent", "Tributary-Webhooks/1")?;
    headers.set("webhook-id", &id)?;
    headers.set("webhook-timestamp", &now.0.to_string())?;
    headers.set("webhook-signature", &webhook::sign(secrets, &id, now.0, &body))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(JsValue::from_str(&body)));
    Request::new_with_init(&endpoint.url, &init)
}

/// The beginning of an answer: no more is read of it.
async fn beginning(response: &mut Response) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut stream) = response.stream() {
        while let Some(Ok(chunk)) = stream.next().await {
            bytes.extend(chunk);
            if bytes.len() >= KEPT * 4 {
                break;
            }
        }
    }
    cut(&String::from_utf8_lossy(&bytes))
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').take(KEPT).collect()
}
