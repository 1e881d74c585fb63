//! Reading a request's body, with errors in the contract's shape.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use wire::{fact::BYTES_MAX, problem::Code};
use worker::send::SendFuture;

use crate::error::Error;

/// A JSON body of at most [`BYTES_MAX`] bytes.
pub struct Json<T>(pub T);

/// Reads a body, at most `max` bytes of it.
///
/// # Errors
/// 400 when it is longer, or cannot be read.
pub async fn read(body: Body, max: usize) -> Result<Vec<u8>, Error> {
    let fault = |_| Error::Refused(Code::BadRequest, format!("The body cannot be read, or has more than {max} bytes"));
    Ok(axum::body::to_bytes(body, max).await.map_err(fault)?.to_vec())
}

/// The media type of a body, without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl<T: DeserializeOwned + 'static, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    fn from_request(request: Request, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let (parts, body) = request.into_parts();
            // A browser's form cannot send this type across origins without asking first.
            if media_type(&parts.headers) != "application/json" {
                return Err(Error::Refused(Code::BadRequest, "Content-Type: must be application/json".into()));
            }
            let bytes = read(body, BYTES_MAX).await?;
            serde_json::from_slice(&bytes).map(Self).map_err(|error| {
                let code = if error.is_data() { Code::UnprocessableEntity } else { Code::BadRequest };
                Error::Refused(code, format!("The body is not as expected: {error}"))
            })
        })
    }
}
