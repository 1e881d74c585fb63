//! Sending what the server does once, however often it is sent: until an answer comes.

use js_sys::Promise;
use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

use crate::{
    api::{Refusal, Source},
    failure::Failure,
    json::Json,
};

/// How long to wait before something is sent again whose answer was lost, in milliseconds, each time.
const WAITS: [i32; 2] = [500, 2_000];

/// Sends something until it is answered `whole`, a few times; says, too, whether an answer was lost before.
///
/// # Errors
/// What the server says, or that it was not reached for so long.
pub async fn patient(
    source: &Source,
    method: &str,
    path: &str,
    sent: &str,
    whole: impl Fn(&Json) -> bool,
) -> Result<(Json, bool), Refusal> {
    let mut waits = WAITS.iter();
    let mut was_lost = false;
    loop {
        let failure = match source.send(method, path, sent).await {
            Ok(said) if whole(&said) => return Ok((said, was_lost)),
            Ok(_) => Refusal::Failed(Failure::Offline),
            Err(refusal) => refusal,
        };
        let is_lost = match &failure {
            Refusal::Failed(failure) => failure.may_pass(),
            Refusal::Said { status, .. } => *status >= 500,
        };
        match waits.next().filter(|_| is_lost) {
            Some(wait) => pause(*wait).await,
            None => return Err(failure),
        }
        was_lost = true;
    }
}

async fn pause(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        // A window has timers.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    let _ = JsFuture::from(promise).await;
}
