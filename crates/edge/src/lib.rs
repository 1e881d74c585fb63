//! The Worker: entry points only. What they do is in the rooms below.
//!
//! | room | charter |
//! |---|---|
//! | [`router`] | the only route table |
//! | [`access`] | who may do what: the only table of roles and scopes |
//! | [`app`] | the only names of bindings; time and randomness |
//! | [`border`] | requests and answers between the runtime and the router |
//! | [`auth`] | extractors that prove who asks |
//! | [`error`] | the only rendering of an error |
//! | [`export`] | the forms in which what is recorded leaves, and comes back |
//! | [`http`] | handlers, one noun a file, thin |
//! | [`json`] | JSON, with faults that name the field |
//! | [`page`] | templates |
//! | [`password`] | the word that opens a link |
//! | [`store`] | the only SQL |
//! | [`cache`] | links in memory and KV over D1 |
//! | [`ingest`] | the queue's consumer |
//! | [`months`] | statements, and the closing of months |
//! | [`fraud`] | looks for what looks like fraud |
//! | [`outgoing`] | what leaves by itself: webhooks and e-mail |
//! | [`segments`] | months of feeds that are over, in R2 |
//! | [`seal`] | touches that leave D1 for R2 |
//! | [`cron`] | what happens by the clock |
//! | [`zone`] | time zones, as the runtime knows them |

mod access;
mod app;
mod auth;
mod border;
mod cache;
mod cron;
mod error;
mod export;
mod fraud;
#[cfg(test)]
mod fuzz;
mod http;
mod ingest;
mod json;
mod months;
#[cfg(test)]
mod openapi;
mod outgoing;
mod page;
mod password;
mod router;
mod seal;
mod segments;
mod store;
mod zone;

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{Context, Env, MessageBatch, ScheduleContext, ScheduledEvent, event, web_sys, worker_sys};

/// Answers a request.
///
/// # Errors
/// When the runtime takes no answer from us.
#[wasm_bindgen]
pub fn fetch(request: &web_sys::Request, env: Env, ctx: worker_sys::Context) -> Result<JsValue, JsValue> {
    border::answer(request, |request| router::answer(request, env, Context::new(ctx)))
}

/// Writes a batch of touches.
#[event(queue)]
async fn queue(batch: MessageBatch<ingest::Delivery>, env: Env, ctx: Context) -> worker::Result<()> {
    ingest::consume(batch, &env).await?;
    ctx.wait_until(async move { outgoing::send(&env, app::now(), outgoing::BEHIND).await });
    Ok(())
}

/// Does what is due. A run that was late does what was due when it should have been.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    cron::run(&env, &event.cron(), engine::time::Millis(event.schedule() as u64)).await;
}
