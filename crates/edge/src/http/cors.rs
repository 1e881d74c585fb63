//! Answers to other origins: to all, only what a bearer's token opens, never a cookie; to the vendor's own pages, what
//! their visitor's cookies have a part in.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use wire::problem::Code;

use super::destination::is_allowed;
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
pub const OPEN: [&str; 2] = ["/api/feed", "/api/track/lead"];

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

/// The page that a request comes from, if the program allows its host; a request without an origin comes from no page.
///
/// # Errors
/// 403 for any other page.
pub fn origin(headers: &HeaderMap, own: &str, allowed: &[String]) -> Result<Option<HeaderValue>, Error> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(None) };
    let text = origin.to_str().unwrap_or_default();
    let url = url::Url::parse(text).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    if text == own || is_allowed(host, allowed) {
        return Ok(Some(origin.clone()));
    }
    let message = "Origin: must be a page on one of the program's allowedHosts";
    Err(Error::Refused(Code::Forbidden, message.into()))
}
