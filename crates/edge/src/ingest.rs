//! Touches on their way to the log: into the queue behind an answer, and out of it in batches.
//!
//! A touch that the queue refuses is written directly. One that nothing takes is still provable from the token that the
//! visitor carries (`store::touch::restore`).

use engine::{
    fact::{Channel, Mark, TouchKind},
    id::{LinkId, PartnerId, TouchId},
    text::Utm,
};
use serde::{Deserialize, Serialize};
use worker::{D1Database, Env, MessageBatch, MessageExt as _, QueueRetryOptionsBuilder, console_error};

use crate::{
    app::{self, App},
    error::Error,
    store,
};

/// The version of messages that this Worker writes.
const VERSION: u8 = 1;
/// How long a batch that the store did not take waits, in seconds: retries without a pause would be used up in a short outage.
const RETRY: u32 = 10;

/// One touch in the queue. Its time is in its identifier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// Version of the message's form.
    pub v: u8,
    /// Identifier and time.
    pub id: TouchId,
    /// What it was.
    pub kind: TouchKind,
    /// Whether it may count.
    pub mark: Mark,
    /// The link, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// The partner to credit; `None` for the program's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// Campaign parameters.
    #[serde(default)]
    pub utm: Utm,
    /// Visitor, where a cookie was allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
    /// What a page of the vendor's own told beside it.
    #[serde(default)]
    pub told: Told,
}

/// What only a page of the vendor's own can tell of a touch.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// By what the visitor came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The coupon that was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// Click identifiers of other systems: JSON, by parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<String>,
}

impl Message {
    /// A touch without link, partner, campaign or visitor.
    pub fn new(id: TouchId, kind: TouchKind, mark: Mark) -> Self {
        Self {
            v: VERSION,
            id,
            kind,
            mark,
            link: None,
            partner: None,
            utm: Utm::default(),
            visitor: None,
            told: Told::default(),
        }
    }
}

/// Records a touch after the answer has left: by the queue, else directly.
pub fn record_behind(app: &App, message: Message) {
    let inner = app.clone();
    app.wait_until(async move {
        let sent = async { Ok::<_, Error>(inner.touches()?.send(message.clone()).await?) };
        let Err(refused) = sent.await else { return };
        console_error!("ingest: the queue refused a touch, it is written directly: {refused:?}");
        let written = async { write(&inner.db()?, std::slice::from_ref(&message)).await };
        if let Err(error) = written.await {
            console_error!("ingest: {} is left to its token: {error:?}", message.id);
        }
    });
}

/// Writes a batch of the queue in one transaction. A message that cannot be read is logged and taken off the queue, so that it
/// holds up nobody; one of a later version is left for the Worker that understands it. When the store fails, the whole batch
/// comes again.
pub async fn consume(batch: MessageBatch<Message>, env: &Env) -> worker::Result<()> {
    let mut messages = Vec::new();
    for (raw, parsed) in batch.raw_iter().zip(batch.iter()) {
        match parsed.map(worker::Message::into_body) {
            Ok(message) if message.v > VERSION => raw.retry(),
            Ok(message) => messages.push(message),
            Err(error) => {
                console_error!("ingest: message {} cannot be read: {error}", raw.id());
                raw.ack();
            }
        }
    }
    let written = async { write(&app::database(env)?, &messages).await };
    match written.await {
        Ok(()) => batch.ack_all(),
        Err(error) => {
            console_error!("ingest: {} touches come again: {error:?}", messages.len());
            batch.retry_all_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY).build());
        }
    }
    Ok(())
}

async fn write(db: &D1Database, messages: &[Message]) -> Result<(), Error> {
    if messages.is_empty() {
        return Ok(());
    }
    db.batch(store::touch::statements(db, messages, app::now())?).await?;
    Ok(())
}
