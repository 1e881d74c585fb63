//! Answers to other origins: to all, only what a bearer's token opens, never a cookie; to the vendor's own pages, what
//! their visitor's cookies have a part in.

use axum::response::{IntoResponse, Response};
use engine::link::site::is_allowed;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use wire::{path, problem::Code};

use crate::error::Error;

/// `OPTIONS` before a request of another origin: 204.
pub async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, accept, if-none-match"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Routes whose answers any origin may read, refusals included: a page must be able to say why it shows nothing.
const OPEN: [&str; 2] = [path::FEED, "/api/track/lead"];

/// Whether any origin may read the answer of an address.
pub fn is_open(address: &str) -> bool {
    OPEN.contains(&address) || address.starts_with(path::FEED_SEGMENTS)
}

/// Lets any origin read an answer. Without credentials: a browser never sends a cookie along for `*`.
pub fn open(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag"));
    response
}

/// Lets one origin read an answer that its visitor's own cookies had a part in.
pub fn share(response: &mut Response, origin: &HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
}

/// The page that a request comes from, if its host is one of those that are `named` or, where none are, of the
/// program's. A request that says nothing of a page comes from none; where hosts are named, it must come from one.
///
/// # Errors
/// 403 for any other page.
pub fn origin(
    headers: &HeaderMap,
    own: &str,
    named: &[String],
    program: &[String],
) -> Result<Option<HeaderValue>, Error> {
    let origin = headers.get(header::ORIGIN);
    let page = origin.or_else(|| headers.get(header::REFERER));
    let url = page.and_then(|page| url::Url::parse(page.to_str().ok()?).ok());
    let allowed = match &url {
        _ if page.is_none() => named.is_empty(),
        Some(url) if url.origin().ascii_serialization() == own => true,
        Some(url) => is_allowed(url.host_str().unwrap_or_default(), if named.is_empty() { program } else { named }),
        None => false,
    };
    if allowed {
        return Ok(origin.cloned());
    }
    let whose = if named.is_empty() { "program's allowedHosts" } else { "key's hosts" };
    Err(Error::Refused(Code::Forbidden, format!("Origin: must be a page on one of the {whose}")))
}
