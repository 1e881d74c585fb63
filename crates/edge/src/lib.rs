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
mod store;
mod zone;

use worker::{Context, Env, MessageBatch, ScheduleContext, ScheduledEvent, event};

use border::{Incoming, Outgoing};

/// Answers a request.
#[event(fetch, respond_with_errors)]
async fn fetch(request: Incoming, env: Env, ctx: Context) -> worker::Result<Outgoing> {
    Outgoing::new(router::answer(request.0, env, ctx).await).await
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
