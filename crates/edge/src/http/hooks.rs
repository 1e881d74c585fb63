//! Events that other systems send.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use wire::{
    fact::BYTES_MAX,
    problem::Code,
    stripe::{self, Event, Receipt, Received},
};

use super::{
    body::{read, utf8},
    facts::SKEW_MS,
    track,
};
use crate::{
    app::App,
    error::Error,
    fraud, json,
    store::{self, program},
};

/// `POST /api/hooks/stripe`, with the header `Stripe-Signature`:
/// 1. 503 without the secret `STRIPE_WEBHOOK_SECRET`: Stripe sends the event again;
/// 2. 400 when the signature is missing, does not fit the body or is older than five minutes;
/// 3. 400 when the body is not JSON, 422 naming the field when it is not such an event, or lies in the future;
/// 4. 404 before the program is set up, 503 when the store does not answer: nothing was recorded, and Stripe sends it again;
/// 5. 200 with what became of it, once it is on disk. Whose secret is set decides whether events of the test mode come:
///    an endpoint of the test mode has one of its own.
#[worker::send]
pub async fn stripe(app: App, headers: HeaderMap, body: Body) -> Result<Response, Error> {
    let secrets = app.stripe_secrets().ok_or_else(|| Error::Unavailable("STRIPE_WEBHOOK_SECRET is not set".into()))?;
    let bytes = read(body, BYTES_MAX).await?;
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    stripe::verify(&secrets, signature, &bytes, app.now())
        .map_err(|error| Error::Refused(Code::BadRequest, format!("Stripe-Signature: {error}")))?;
    let value: serde_json::Value = json::read(utf8(&bytes)?)
        .map_err(|error| Error::Refused(Code::BadRequest, format!("The body is not JSON: {error}")))?;
    let event = Event::read(&value)?;
    let sold = event.told.as_ref().and_then(|told| told.sale.as_ref()).map_or(event.at, |sale| sale.at);
    for (field, at) in [("created", event.at), ("data.object.status_transitions.paid_at", sold)] {
        if at.0 > app.now().0 + SKEW_MS {
            return Err(Error::rule(field, "must not lie in the future"));
        }
    }
    let status = match &event.told {
        None => Receipt::Ignored,
        Some(told) => {
            let db = app.db()?;
            program::require(&db).await?;
            let click = track::claim(&app, told.click.as_deref())?;
            let status = store::stripe::record(&app, &db, &event, told, click).await?;
            fraud::behind(&app);
            status
        }
    };
    Ok(axum::Json(Received { status }).into_response())
}
