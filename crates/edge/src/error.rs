//! The only rendering of an error: JSON for programs ([`Error`]), a page for people ([`PageError`]).

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use wire::{
    fact::Fault,
    problem::{Code, Problem},
};
use worker::console_error;

use crate::page;

/// Why a request is not answered as asked.
#[derive(Debug)]
pub enum Error {
    /// The sender's: what is wrong with the request.
    Refused(Code, String),
    /// The sender's: a body of more than so many bytes.
    TooLarge(usize),
    /// Ours: something that we depend on did not answer. The text is for the log only.
    Unavailable(String),
}

impl Error {
    /// The request breaks a rule.
    pub fn rule(field: &'static str, rule: impl std::fmt::Display) -> Self {
        Fault::new(field, rule).into()
    }

    /// There is no such thing, or not for whoever asks.
    pub fn not_found(what: &str) -> Self {
        Self::Refused(Code::NotFound, format!("{what} was not found"))
    }

    /// Somebody else was faster: what `field` says of it is not so any more.
    pub fn overtaken(field: &str, what: &str) -> Self {
        Self::Refused(Code::Conflict, format!("{field}: {what} was changed meanwhile; read it again"))
    }

    /// The status that goes with it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(code, _) => StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST),
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The error as its body.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Refused(code, message) => Problem::new(*code, message.clone()),
            // The contract has no further word.
            Self::TooLarge(max) => Problem::new(Code::BadRequest, format!("The body must have at most {max} bytes")),
            Self::Unavailable(_) => Problem::new(
                Code::InternalServerError,
                "A store did not answer. Nothing was recorded; please send it again.",
            ),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Refused(Code::UnprocessableEntity, fault.to_string())
    }
}

impl From<worker::Error> for Error {
    fn from(error: worker::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<worker::kv::KvError> for Error {
    fn from(error: worker::kv::KvError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Unavailable(format!("stored JSON: {error}"))
    }
}

/// Writes what the sender is not told to the log.
fn log(error: &Error) {
    if let Error::Unavailable(cause) = error {
        console_error!("unavailable: {cause}");
    }
}

/// Says when to try again, where that may help.
fn wait(error: &Error, response: &mut Response) {
    let seconds = match error {
        Error::Unavailable(_) => "5",
        Error::Refused(Code::RateLimitExceeded, _) => "60",
        Error::Refused(..) | Error::TooLarge(_) => return,
    };
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        log(&self);
        let mut response = (self.status(), axum::Json(self.problem())).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        wait(&self, &mut response);
        response
    }
}

/// An error on the way to a page.
#[derive(Debug)]
pub struct PageError(pub Error);

impl<E: Into<Error>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        log(&self.0);
        let html = Html(page::error(self.0.status().as_u16()));
        let mut response = (self.0.status(), [(header::CACHE_CONTROL, "no-store")], html).into_response();
        wait(&self.0, &mut response);
        response
    }
}
