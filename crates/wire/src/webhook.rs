//! Webhooks: where they go, what became of each, and their signature (Standard Webhooks).

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use engine::id::{DeliveryId, MessageId, WebhookId};
use hmac::Mac as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::token::mac;

/// What can be told.
pub const EVENTS: [&str; 7] = [
    "link.clicked",
    "lead.created",
    "sale.created",
    "partner.enrolled",
    "commission.created",
    "deal.registered",
    "deal.approved",
];
/// What is told by a test alone.
pub const TEST: &str = "webhook.test";

/// A secret as receivers know it.
#[must_use]
pub fn secret_text(secret: &[u8; 32]) -> String {
    format!("whsec_{}", BASE64.encode(secret))
}

/// The header `webhook-signature`: one signature a secret, with spaces between.
#[must_use]
pub fn sign(secrets: &[[u8; 32]], id: &str, seconds: u32, body: &str) -> String {
    let one = |secret| {
        let tag = mac(secret).chain_update(format!("{id}.{seconds}.{body}")).finalize().into_bytes();
        format!("v1,{}", BASE64.encode(tag))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// `POST /api/webhooks` and `PATCH /api/webhooks/{id}`: what is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct WebhookFields {
    /// Where to: https, and a public host. Needed for a new one.
    pub url: Option<String>,
    /// What for: at most 200 characters.
    pub description: Option<String>,
    /// Which of [`EVENTS`]; needed for a new one.
    pub events: Option<Vec<String>>,
    /// `enabled` or `paused`.
    pub state: Option<String>,
}

/// An endpoint.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Identifier.
    pub id: WebhookId,
    /// Where to.
    pub url: String,
    /// What for.
    pub description: String,
    /// What is told.
    pub events: Vec<String>,
    /// `enabled`, `paused` by somebody, or `disabled` since it took nothing for days, or said that it is gone.
    pub state: &'static str,
    /// Why it is disabled.
    pub reason: Option<String>,
    /// Since when it has taken nothing, RFC 3339; `null` when it took the last message.
    pub failing_since: Option<String>,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// The secret, `whsec_…`: shown when it is made or changed, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// A message on its way to an endpoint.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Identifier.
    pub id: DeliveryId,
    /// Whereto.
    pub webhook_id: WebhookId,
    /// The message: the header `webhook-id`, the same in each attempt.
    pub message_id: MessageId,
    /// What it tells.
    pub r#type: String,
    /// `pending`, `delivered` or `failed`.
    pub state: &'static str,
    /// How often it was sent since it was last asked for.
    pub attempts: u32,
    /// When it is sent next, RFC 3339, unless it is at once.
    pub next_at: Option<String>,
    /// Status of the last answer.
    pub status: Option<u16>,
    /// The first 500 characters of the last answer, or why there was none.
    pub answer: Option<String>,
    /// When the message was made, RFC 3339.
    pub created_at: String,
    /// When it was delivered or given up, RFC 3339.
    pub settled_at: Option<String>,
    /// What is sent.
    pub payload: Value,
}

/// `POST /api/webhooks/{id}/replay`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Of messages made since then, RFC 3339, those that failed are sent again.
    pub since: String,
}

/// How many are sent again.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Replayed {
    /// How many.
    pub replayed: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Python's hmac and base64.
    #[test]
    fn a_message_is_signed_once_a_secret() {
        let (old, new) = ([1; 32], [2; 32]);
        let one = sign(&[old], "msg_1", 1_700_000_000, r#"{"a":1}"#);
        assert_eq!(one, "v1,3tN+SMwreJINGaFSPFdhMpE4XGSVaCkC9ee+KquMGGQ=");
        let two = sign(&[new, old], "msg_1", 1_700_000_000, r#"{"a":1}"#);
        assert_eq!(two.split(' ').nth(1), Some(one.as_str()));
        assert_eq!(secret_text(&old), "whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    }
}
