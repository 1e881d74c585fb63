//! Reading a request's body, with errors in the contract's shape.

use std::{future::poll_fn, pin::Pin};

use axum::{
    body::{Body, HttpBody as _},
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::{fact::BYTES_MAX, problem::Code};
use worker::send::SendFuture;

use crate::{
    error::Error,
    json::{self, Misread},
};

/// A JSON object of at most [`BYTES_MAX`] bytes.
pub struct Json<T>(pub T);

/// A JSON array of at most [`BYTES_MAX`] bytes, whose items are read one by one with [`item`].
pub struct Items(pub Vec<Value>);

/// Reads a body to its end and keeps at most `max` bytes of it. What is too long is read all the same: an answer that leaves
/// a body unread makes the runtime close the connection, which the next sender on it takes for a failure.
///
/// # Errors
/// 413 when it is longer, 400 when it cannot be read.
pub async fn read(mut body: Body, max: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut length = 0usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| Error::Refused(Code::BadRequest, "The body cannot be read".into()))?;
        if let Some(data) = frame.data_ref() {
            length = length.saturating_add(data.len());
            if length <= max {
                bytes.extend_from_slice(data);
            }
        }
    }
    if length > max {
        return Err(Error::TooLarge(max));
    }
    Ok(bytes)
}

/// The media type of a body, without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a JSON object.
///
/// # Errors
/// 400 when it is none, 422 naming the field when one is not as expected.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = utf8(bytes)?;
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Error::Refused(Code::BadRequest, "The body must be a JSON object".into()));
    }
    json::read(text).map_err(refusal)
}

impl<T: DeserializeOwned + 'static, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    fn from_request(request: Request, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move { object(&sent(request).await?).map(Self) })
    }
}

impl<S: Send + Sync> FromRequest<S> for Items {
    type Rejection = Error;

    fn from_request(request: Request, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let read = json::read(utf8(&sent(request).await?)?);
            read.map(Self).map_err(|_| Error::Refused(Code::BadRequest, "The body must be a JSON array".into()))
        })
    }
}

/// One item of a body.
pub fn item<T: DeserializeOwned>(item: &Value) -> Result<T, Error> {
    json::read(&item.to_string()).map_err(refusal)
}

/// The bytes of a body that says it is JSON.
async fn sent(request: Request) -> Result<Vec<u8>, Error> {
    let (parts, body) = request.into_parts();
    // A browser's form cannot send this type across origins without asking first.
    if media_type(&parts.headers) != "application/json" {
        return Err(Error::Refused(Code::BadRequest, "Content-Type: must be application/json".into()));
    }
    read(body, BYTES_MAX).await
}

/// The text of a body.
///
/// # Errors
/// 400 when it is none.
pub fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    // Some editors put a mark before UTF-8, which no JSON begins with.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| Error::Refused(Code::BadRequest, "The body must be UTF-8".into()))
}

fn refusal(misread: Misread) -> Error {
    let code = if misread.is_data { Code::UnprocessableEntity } else { Code::BadRequest };
    let message = match misread.field.as_str() {
        "" => format!("The body is not as expected: {}", misread.what),
        _ => misread.to_string(),
    };
    Error::Refused(code, message)
}
