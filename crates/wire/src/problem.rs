//! Errors as the outside sees them: `{"error":{"code","message","doc_url"}}`, the shape and the codes of Dub's public API.

use serde::{Deserialize, Serialize};

/// What went wrong, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: the request cannot be read.
    BadRequest,
    /// 401: nobody, or an unknown key.
    Unauthorized,
    /// 403: somebody who may not.
    Forbidden,
    /// 404: not there, or not for whoever asks.
    NotFound,
    /// 409: it contradicts what is recorded.
    Conflict,
    /// 410: a link or an invitation that has ended.
    InviteExpired,
    /// 422: it can be read, but breaks a rule.
    UnprocessableEntity,
    /// 429: too often.
    RateLimitExceeded,
    /// 500, or 503 where a store is down: not the sender's fault, and worth sending again.
    InternalServerError,
}

impl Code {
    /// The written word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::InviteExpired => "invite_expired",
            Self::UnprocessableEntity => "unprocessable_entity",
            Self::RateLimitExceeded => "rate_limit_exceeded",
            Self::InternalServerError => "internal_server_error",
        }
    }

    /// The status that goes with the code.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::InviteExpired => 410,
            Self::UnprocessableEntity => 422,
            Self::RateLimitExceeded => 429,
            Self::InternalServerError => 500,
        }
    }
}

/// An error's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// The error.
    pub error: ProblemBody,
}

/// What an error says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProblemBody {
    /// In one word.
    pub code: Code,
    /// In a sentence; names the field and the rule.
    pub message: String,
    /// Where the codes are described: in the reference of the API whose shape this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_url: Option<String>,
}

impl Problem {
    /// An error with this code and sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let doc_url = Some(format!("https://dub.co/docs/api-reference/errors#{}", code.word().replace('_', "-")));
        Self { error: ProblemBody { code, message: message.into(), doc_url } }
    }
}
