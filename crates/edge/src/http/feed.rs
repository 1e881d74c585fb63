//! The feed: the facts for whoever asks.

use axum::response::{IntoResponse, Response};
use engine::time::Time;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use wire::feed::{self, MEDIA_TYPE};

use crate::{
    app::{App, digest},
    auth::Reader,
    error::Error,
    store,
};

/// `GET /api/feed`:
/// 1. 401 without a session, a widget's token or a secret key;
/// 2. 404 when there is no program, or no such partner any more;
/// 3. 304 when nothing changed since the `etag` that the reader has;
/// 4. 200 with the facts that the reader may see, binary or, for `Accept: application/json`, as JSON.
#[worker::send]
pub async fn get(app: App, Reader(scope): Reader, headers: HeaderMap) -> Result<Response, Error> {
    let mut feed = store::feed::load(&app.db()?, app.origin(), scope, app.now().time()).await?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let json = accept.contains("application/json");
    // The clock is no news: the tag is that of the facts.
    let now = std::mem::replace(&mut feed.head.now, Time(0));
    let tag = format!("\"{}-{}\"", &digest(feed::encode(&feed))[..32], if json { "j" } else { "b" });
    feed.head.now = now;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if json {
        axum::Json(&feed).into_response()
    } else {
        ([(header::CONTENT_TYPE, MEDIA_TYPE)], feed::encode(&feed)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, authorization, cookie"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}
