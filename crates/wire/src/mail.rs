//! E-mail: what was written to whom, and asking for a link to sign in.

use engine::id::MailId;
use serde::{Deserialize, Serialize};

/// `POST /api/sign-in`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AskToSignIn {
    /// E-mail address of whoever wants to sign in.
    pub email: String,
}

/// An e-mail.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OutboxMail {
    /// Identifier.
    pub id: MailId,
    /// `sign_in`, `deal_decided` or `statement`.
    pub kind: String,
    /// To whom.
    pub to: String,
    /// `pending`, `delivered` or `failed`.
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was not taken.
    pub answer: Option<String>,
    /// When it was written, RFC 3339.
    pub created_at: String,
    /// When it was taken or given up, RFC 3339.
    pub settled_at: Option<String>,
    /// What it says: on a developer's own instance alone, for a link in it signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<Mail>,
}

/// What an e-mail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mail {
    /// The subject.
    pub subject: String,
    /// For programs that show no HTML.
    pub text: String,
    /// HTML.
    pub html: String,
}
