//! What looks like fraud (`/api/suspicions`), and the rules that say so (`/api/fraud-rules`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that looks like fraud. While it is held or confirmed, the partner's commission for the sales that it is
/// about is not paid: one sale, those of a customer, of a coupon or of a link.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Suspicion {
    /// Identifier.
    pub id: String,
    /// `self_referral_email`, `self_referral_domain`, `self_referral_device`, `disposable_domain`, `coupon_leak`,
    /// `click_flood` or `click_at_checkout`.
    pub rule: String,
    /// `held`, `cleared` or `confirmed`.
    pub state: String,
    /// Whose commission is held.
    pub partner_id: String,
    /// The customer, all of whose sales it is about, or whose the one is.
    pub customer_id: Option<String>,
    /// The key of the one sale that it is about.
    pub sale: Option<String>,
    /// The coupon whose customers it is about.
    pub coupon: Option<String>,
    /// The link whose customers it is about.
    pub link_id: Option<String>,
    /// Of a coupon or a link: from when (RFC 3339).
    pub since: Option<String>,
    /// Of a coupon or a link: until when.
    pub until: Option<String>,
    /// What was seen when it was first suspected; addresses only for whoever may see customers.
    pub evidence: Value,
    /// Why it was decided so.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// Its version, which a decision names.
    pub version: u32,
    /// When it was first suspected.
    pub created_at: String,
}

/// `POST /api/suspicions/{id}/clear`, `/confirm` and `/hold`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The version that was seen.
    pub version: u32,
    /// Why: 1 to 1000 characters; to confirm it is required.
    #[serde(default)]
    pub reason: Option<String>,
}
