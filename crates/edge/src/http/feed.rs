//! The feed: the facts for whoever asks, whole or in parts.

use axum::response::{IntoResponse, Response};
use engine::time::Time;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use wire::feed::{
    self, Feed, MEDIA_TYPE,
    parts::{self, Parts},
};
use worker::console_error;

use super::query::Path;
use crate::{
    app::{App, digest},
    auth::{Reader, Scope},
    error::Error,
    segments, store,
};

/// How a feed is answered.
enum Form {
    Json,
    Whole,
    Parts(Parts),
}

impl Form {
    /// What is asked for. Where R2 does not take a segment, or there is none, a feed goes whole.
    async fn of(accept: &str, app: &App, scope: Scope, feed: &Feed) -> Self {
        if accept.contains("application/json") {
            return Self::Json;
        }
        if !accept.contains(parts::MEDIA_TYPE) {
            return Self::Whole;
        }
        let parts = Parts::of(&feed.log, segments::until(app.now()));
        if parts.segments.is_empty() {
            return Self::Whole;
        }
        match segments::keep(app, scope, &parts).await {
            Ok(()) => Self::Parts(parts),
            Err(error) => {
                console_error!("a feed goes whole: {error:?}");
                Self::Whole
            }
        }
    }

    fn bytes(&self, feed: &Feed) -> Vec<u8> {
        match self {
            Self::Parts(parts) => parts.rest(&feed.head),
            Self::Json | Self::Whole => feed::encode(feed),
        }
    }
}

/// `GET /api/feed`:
/// 1. 401 without a session, a widget's token or a secret key;
/// 2. 404 when there is no program, or no such partner any more;
/// 3. 304 when nothing changed since the `etag` that the reader has;
/// 4. 200 with the facts that the reader may see: binary; for `Accept: application/json` as JSON; for `Accept:
///    application/vnd.tributary.feed-parts` as what joins the segments that it names ([`wire::feed::parts`]), if there
///    are any.
#[worker::send]
pub async fn get(app: App, Reader(scope): Reader, headers: HeaderMap) -> Result<Response, Error> {
    let mut feed = store::feed::load(&app.db()?, app.origin(), scope, app.now().time()).await?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = Form::of(accept, &app, scope, &feed).await;
    // The clock is no news: the tag is that of the facts.
    let now = std::mem::replace(&mut feed.head.now, Time(0));
    let letter = if matches!(form, Form::Json) { "j" } else { "b" };
    let tag = format!("\"{}-{letter}\"", &digest(form.bytes(&feed))[..32]);
    feed.head.now = now;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match &form {
            Form::Json => axum::Json(&feed).into_response(),
            Form::Whole => ([(header::CONTENT_TYPE, MEDIA_TYPE)], form.bytes(&feed)).into_response(),
            Form::Parts(_) => ([(header::CONTENT_TYPE, parts::MEDIA_TYPE)], form.bytes(&feed)).into_response(),
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, authorization, cookie"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// `GET /api/feed/segments/{id}`:
/// 1. 401 as for the feed;
/// 2. 404 where the reader's own feed has no such segment, whoever else's has;
/// 3. 200 with the segment, to be kept for ever.
#[worker::send]
pub async fn segment(app: App, Reader(scope): Reader, Path(name): Path<String>) -> Result<Response, Error> {
    let own = if parts::is_name(&name) { segments::get(&app, scope, name).await? } else { None };
    let bytes = own.ok_or_else(|| Error::not_found("The segment"))?;
    let headers =
        [(header::CONTENT_TYPE, parts::SEGMENT_TYPE), (header::CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, bytes).into_response())
}
