//! Touches on their way to the log: into the queue behind an answer, and out of it in batches.
//!
//! Touches of requests that come at the same time share a message: the first waits [`PAUSE`] behind its answer and then sends
//! all that have come by then. Should it be cut short, the next request after [`OVERDUE`] sends what it left. Touches that
//! the queue refuses are written directly. One that nothing takes is still provable from the token that the visitor carries
//! (`store::touch::restore`).
//!
//! A queue delivers at least once and in any order, and the log comes out the same: a touch is written once by its
//! identifier, and which of a visitor's touches are repeats is read from the touches that are there
//! (`store::touch::statements`). Who may not be given a cookie is nobody that could be known again: each of their touches
//! counts, but a page's reload that the browser itself reports (`again`), since telling them apart would take what may not
//! be kept of them, such as their address.

use std::{
    cell::{Cell, RefCell},
    mem,
    time::Duration,
};

use engine::{
    fact::{Channel, Mark, TouchKind},
    id::{LinkId, PartnerId, TouchId},
    text::Utm,
    time::Millis,
};
use serde::{Deserialize, Serialize};
use worker::{
    D1Database, Delay, Env, MessageBatch, MessageExt as _, QueueRetryOptionsBuilder, RawMessage, console_error,
};

use crate::{
    app::{self, App},
    error::Error,
    store,
};

/// The version of deliveries that this Worker sends.
const VERSION: u8 = 2;
/// How long touches gather behind their answers.
const PAUSE: Duration = Duration::from_millis(100);
/// After how many milliseconds whoever gathers is taken to have been cut short.
const OVERDUE: u64 = 1000;
/// Most touches of one delivery: a queue takes 128 KB, and no touch has 1 KB.
const MOST: usize = 100;
/// How long a batch that the store did not take waits, in seconds: retries without a pause would be used up in a short outage.
const RETRY: u32 = 10;

thread_local! {
    /// Touches of this isolate that wait to be sent.
    static WAITING: RefCell<Vec<Message>> = const { RefCell::new(Vec::new()) };
    /// Since when a request gathers them; `None` while none does.
    static GATHERING: Cell<Option<Millis>> = const { Cell::new(None) };
}

/// What the queue carries.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Delivery {
    /// Touches of concurrent requests, since version 2.
    Many {
        /// Version of the delivery's form.
        v: u8,
        /// The touches.
        touches: Vec<Message>,
    },
    /// One touch: version 1, which may still be in a queue.
    One(Box<Message>),
    /// Of a version that only a later Worker understands.
    Later {
        /// Version of the delivery's form.
        v: u8,
    },
}

/// One touch. Its time is in its identifier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
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
        Self { id, kind, mark, link: None, partner: None, utm: Utm::default(), visitor: None, told: Told::default() }
    }
}

/// Records a touch after the answer has left: by the queue, else directly.
pub fn record_behind(app: &App, message: Message) {
    WAITING.with_borrow_mut(|waiting| waiting.push(message));
    if GATHERING.get().is_some_and(|since| app.now().0.saturating_sub(since.0) < OVERDUE) {
        return;
    }
    GATHERING.set(Some(app.now()));
    let inner = app.clone();
    app.wait_until(async move {
        Delay::from(PAUSE).await;
        GATHERING.set(None);
        let waiting = WAITING.with_borrow_mut(mem::take);
        for touches in waiting.chunks(MOST) {
            send(&inner, touches).await;
        }
    });
}

async fn send(app: &App, touches: &[Message]) {
    let delivery = Delivery::Many { v: VERSION, touches: touches.to_vec() };
    let sent = async { app.enqueue(&serde_json::to_string(&delivery)?).await };
    let Err(refused) = sent.await else { return };
    console_error!("ingest: the queue refused {} touches, they are written directly: {refused:?}", touches.len());
    let written = async { write(&app.db()?, touches).await };
    if let Err(error) = written.await {
        for touch in touches {
            console_error!("ingest: {} is left to its token: {error:?}", touch.id);
        }
    }
}

/// Writes a batch of the queue in one transaction. A delivery that cannot be read is logged and taken off the queue, so that
/// it holds up nobody; one of a later version is left for the Worker that understands it. When the store fails, the whole
/// batch comes again.
pub async fn consume(batch: MessageBatch<Delivery>, env: &Env) -> worker::Result<()> {
    let mut touches = Vec::new();
    for (raw, parsed) in batch.raw_iter().zip(batch.iter()) {
        match parsed.map(worker::Message::into_body) {
            Ok(Delivery::Many { v, .. } | Delivery::Later { v }) if v > VERSION => raw.retry(),
            Ok(Delivery::Many { touches: many, .. }) => touches.extend(many),
            Ok(Delivery::One(touch)) => touches.push(*touch),
            Ok(Delivery::Later { .. }) => drop_unread(&raw, "no touch is in it"),
            Err(error) => drop_unread(&raw, &error.to_string()),
        }
    }
    let written = async { write(&app::database(env)?, &touches).await };
    match written.await {
        Ok(()) => batch.ack_all(),
        Err(error) => {
            console_error!("ingest: {} touches come again: {error:?}", touches.len());
            batch.retry_all_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY).build());
        }
    }
    Ok(())
}

fn drop_unread(raw: &RawMessage, why: &str) {
    console_error!("ingest: delivery {} cannot be read: {why}", raw.id());
    raw.ack();
}

async fn write(db: &D1Database, touches: &[Message]) -> Result<(), Error> {
    if touches.is_empty() {
        return Ok(());
    }
    db.batch(store::touch::statements(db, touches, app::now())?).await?;
    Ok(())
}
