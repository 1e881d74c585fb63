//! Where webhooks go, and what became of each.

use axum::response::{IntoResponse, Response};
use engine::{
    id::{DeliveryId, Noun},
    text::clean,
    time::Millis,
};
use http::{StatusCode, header};
use serde::Deserialize;
use wire::{
    fact::{Fault, time},
    problem::Code,
    webhook::{Delivery, EVENTS, Replay, Replayed, Webhook, WebhookFields, secret_text},
};
use worker::D1Database;

use super::{
    body::Json,
    paging::page,
    query::{Path, Query},
};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    outgoing::{self, address},
    store::{
        delivery,
        webhook::{self, Row, State},
    },
};

/// For how long the secret of before signs, too, in milliseconds: a day.
const OVERLAP: u64 = 24 * 60 * 60 * 1000;

/// What is sent of an endpoint, written over what stands.
fn changed(app: &App, new: WebhookFields, row: Row) -> Result<Row, Error> {
    let url = match new.url {
        Some(url) => address::endpoint(&url, app.is_development()).map_err(|refusal| Fault::new("url", refusal))?,
        None => row.url,
    };
    let events = match new.events {
        Some(events) if events.is_empty() => return Err(Error::rule("events", "must name at least one")),
        Some(events) => {
            if let Some(wrong) = events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
                let wrong: String = wrong.chars().take(50).collect();
                return Err(Error::rule("events", format!("must be of {}, which {wrong:?} is not", EVENTS.join(", "))));
            }
            // In one order, each once.
            serde_json::to_string(
                &EVENTS.iter().filter(|known| events.iter().any(|e| e == **known)).collect::<Vec<_>>(),
            )?
        }
        None => row.events,
    };
    let description = match new.description {
        Some(text) if text.trim().is_empty() => String::new(),
        Some(text) => clean(&text, 200).ok_or_else(|| Error::rule("description", "must be at most 200 characters"))?,
        None => row.description,
    };
    let state = match new.state.as_deref() {
        None => row.state,
        Some("enabled") => State::Enabled,
        Some("paused") => State::Paused,
        Some(_) => return Err(Error::rule("state", "must be enabled or paused")),
    };
    Ok(Row { url, events, description, state, ..row })
}

/// Identifiers of paths: what is none names nothing.
fn id<N: Noun>(text: &str) -> Option<engine::id::Id<N>> {
    text.parse().ok()
}

/// The endpoint that a path names.
async fn find(db: &D1Database, text: &str) -> Result<Row, Error> {
    let gone = || Error::not_found("The endpoint");
    webhook::find(db, id(text).ok_or_else(gone)?).await?.ok_or_else(gone)
}

/// An endpoint with its secret, which is shown this once.
fn with_secret(app: &App, row: Row, status: StatusCode) -> Result<Response, Error> {
    let secret = outgoing::secret(&app.keys()?, row.id, (row.secret_key, row.secret_version));
    let answer = row.shape(secret.as_ref().map(secret_text))?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response())
}

/// `GET /api/webhooks`: 401 and 403; 200 with an array, the first first.
#[worker::send]
pub async fn list(app: App, _who: Team<needs::WebhooksRead>) -> Result<axum::Json<Vec<Webhook>>, Error> {
    let rows = webhook::list(&app.db()?).await?;
    Ok(axum::Json(rows.into_iter().map(|row| row.shape(None)).collect::<Result<_, _>>()?))
}

/// `POST /api/webhooks`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule;
/// 3. 409 when there are as many as there may be;
/// 4. 201 with the endpoint and its secret, shown here and never again.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::WebhooksWrite>,
    Json(new): Json<WebhookFields>,
) -> Result<Response, Error> {
    for (field, given) in [("url", new.url.is_some()), ("events", new.events.is_some())] {
        if !given {
            return Err(Error::rule(field, "is required"));
        }
    }
    let row = Row {
        id: app.id::<engine::id::WebhookNoun>()?,
        url: String::new(),
        description: String::new(),
        events: String::new(),
        state: State::Enabled,
        reason: None,
        failing_since: None,
        created_at: app.now().0,
        secret_key: app.keys()?.signing(),
        secret_version: 1,
        old_key: None,
        old_until: None,
    };
    let row = changed(&app, new, row)?;
    webhook::write(&who.pen(&app)?, &row).await?;
    with_secret(&app, row, StatusCode::CREATED)
}

/// `PATCH /api/webhooks/{id}`: 401, 403 and 422 as in [`create`]; 404; 200 with the endpoint. What is left out stays.
/// Of what happens while an endpoint is paused, everything is among its deliveries as failed, to be sent again when it
/// is not.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::WebhooksWrite>,
    Path(id): Path<String>,
    Json(new): Json<WebhookFields>,
) -> Result<axum::Json<Webhook>, Error> {
    let pen = who.pen(&app)?;
    let row = changed(&app, new, find(&pen, &id).await?)?;
    webhook::write(&pen, &row).await?;
    Ok(axum::Json(find(&pen, &id).await?.shape(None)?))
}

/// `DELETE /api/webhooks/{id}`: 401, 403 and 404; 200 with the endpoint that was. Nothing more is sent there.
#[worker::send]
pub async fn delete(
    app: App,
    who: Team<needs::WebhooksWrite>,
    Path(id): Path<String>,
) -> Result<axum::Json<Webhook>, Error> {
    let pen = who.pen(&app)?;
    let row = find(&pen, &id).await?;
    webhook::delete(&pen, row.id).await?;
    Ok(axum::Json(row.shape(None)?))
}

/// `POST /api/webhooks/{id}/rotate`: 401, 403 and 404; 409 where it was done less than a day ago, so that twice is not
/// once too often; 200 with the endpoint and its new secret, shown here and never again. For a day the old one signs, too.
#[worker::send]
pub async fn rotate(app: App, who: Team<needs::WebhooksWrite>, Path(id): Path<String>) -> Result<Response, Error> {
    let pen = who.pen(&app)?;
    let row = find(&pen, &id).await?;
    let (key, now) = (app.keys()?.signing(), app.now());
    webhook::rotate(&pen, &row, key, now, Millis(now.0 + OVERLAP)).await?;
    with_secret(&app, find(&pen, &id).await?, StatusCode::OK)
}

/// That an endpoint is one to which something is sent.
fn enabled(row: &Row) -> Result<(), Error> {
    if row.state == State::Enabled {
        return Ok(());
    }
    let message = format!("The endpoint is {}; set its state to enabled first", row.state.word());
    Err(Error::Refused(Code::Conflict, message))
}

/// A delivery that is asked for and will be sent.
async fn accepted(db: &D1Database, id: DeliveryId) -> Result<Response, Error> {
    let row = delivery::find(db, id).await?.ok_or_else(|| Error::not_found("The delivery"))?;
    Ok((StatusCode::ACCEPTED, axum::Json(row.shape()?)).into_response())
}

/// `POST /api/webhooks/{id}/test`: 401, 403 and 404; 409 when it is not enabled; 202 with the delivery of a message
/// `webhook.test`, which leaves behind the answer: see what became of it among the endpoint's deliveries.
#[worker::send]
pub async fn test(app: App, who: Team<needs::WebhooksWrite>, Path(id): Path<String>) -> Result<Response, Error> {
    let pen = who.pen(&app)?;
    let row = find(&pen, &id).await?;
    enabled(&row)?;
    let sent = app.id()?;
    delivery::test(&pen, sent, app.id()?, row.id).await?;
    accepted(&pen, sent).await
}

/// Parameters of lists of what left.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    state: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

impl ListQuery {
    /// Of which state, if of one alone; and which page.
    ///
    /// # Errors
    /// 422 for a parameter that cannot be.
    pub fn read(&self) -> Result<(Option<delivery::State>, (u32, u32)), Error> {
        let state = |word: &str| {
            let known = delivery::State::ALL.into_iter().find(|state| state.word() == word);
            known.ok_or_else(|| Error::rule("state", "must be pending, delivered or failed"))
        };
        Ok((self.state.as_deref().map(state).transpose()?, page(self.page, self.page_size)?))
    }
}

/// `GET /api/webhooks/{id}/deliveries`: 401, 403 and 404; 422 for a parameter that cannot be; 200 with an array, the
/// latest first. They are kept for 30 days.
#[worker::send]
pub async fn deliveries(
    app: App,
    _who: Team<needs::WebhooksRead>,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Delivery>>, Error> {
    let (state, range) = query.read()?;
    let db = app.db()?;
    let rows = delivery::list(&db, find(&db, &id).await?.id, state, range).await?;
    Ok(axum::Json(rows.into_iter().map(delivery::Row::shape).collect::<Result<_, _>>()?))
}

/// `POST /api/deliveries/{id}/replay`: 401, 403 and 404; 409 when its endpoint is not enabled; 202 with the delivery,
/// which is sent again behind the answer, under the same identifier.
#[worker::send]
pub async fn replay(app: App, who: Team<needs::WebhooksWrite>, Path(text): Path<String>) -> Result<Response, Error> {
    let pen = who.pen(&app)?;
    let gone = || Error::not_found("The delivery");
    let row = delivery::find(&pen, id(&text).ok_or_else(gone)?).await?.ok_or_else(gone)?;
    enabled(&webhook::find(&pen, row.webhook_id).await?.ok_or_else(gone)?)?;
    delivery::replay(&pen, row.id).await?;
    accepted(&pen, row.id).await
}

/// `POST /api/webhooks/{id}/replay`: 401, 403 and 404; 422 without a time; 409 when it is not enabled; 202 with how
/// many are sent again: those that failed, of messages made since then.
#[worker::send]
pub async fn replay_failed(
    app: App,
    who: Team<needs::WebhooksWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Replay>,
) -> Result<Response, Error> {
    let pen = who.pen(&app)?;
    let row = find(&pen, &id).await?;
    let since = time("since", &sent.since)?;
    enabled(&row)?;
    let replayed = delivery::replay_failed(&pen, row.id, since).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(Replayed { replayed })).into_response())
}
