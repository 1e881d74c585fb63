//! Answers to other origins: only what a bearer's token opens, never a cookie.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

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
