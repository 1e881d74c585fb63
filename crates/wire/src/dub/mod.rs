//! The shapes of Dub's public API, so that its official client works unchanged.
//!
//! Fields and their names follow the client's schemas (`dub` on npm); what we have no use for yet is answered as that
//! client expects of a resource that does not use it (`null`, `false`, 0).

mod commission;
mod customer;
mod link;
mod standing;

pub use commission::*;
pub use customer::*;
pub use link::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
pub use standing::*;

use crate::fact::CouponResult;

/// The part of a link that other answers carry.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct LinkBrief {
    pub id: String,
    pub domain: String,
    pub key: String,
    pub short_link: String,
    pub url: String,
    pub partner_id: Option<String>,
    pub program_id: Option<String>,
    pub tenant_id: Option<String>,
    pub external_id: Option<String>,
}

/// `POST /partners`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatePartner {
    /// E-mail address.
    #[serde(default)]
    pub email: String,
    /// Name; the e-mail address where it is missing.
    pub name: Option<String>,
    /// Slug of the partner's link and landing page; made from the name where it is missing.
    pub username: Option<String>,
    /// Logo or portrait.
    pub image: Option<String>,
    /// The sender's identifier of the partner.
    pub tenant_id: Option<String>,
    /// Group.
    pub group_id: Option<String>,
    /// Ours, to move one who is in the program: the group that was seen, empty for none, unless it is written over
    /// whatever it is by now.
    pub group_id_before: Option<String>,
    /// ISO 3166-1 code of two letters.
    pub country: Option<String>,
    /// What the partner does, at most 5,000 characters.
    pub description: Option<String>,
    /// Ours: `technology`, `agency`, `affiliate`, `marketplace` or `reseller`.
    pub kind: Option<String>,
    /// Ours: coupon codes of this partner.
    pub coupons: Option<Vec<String>>,
    /// Ours: how the partner was found, of a new one: `own` (where it is missing), `referral`, `network` or `outreach`.
    pub source: Option<String>,
}

/// A partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct Partner {
    pub id: String,
    pub name: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub image: Option<String>,
    pub description: Option<String>,
    pub country: Option<String>,
    pub company_name: Option<String>,
    pub network_status: &'static str,
    pub default_payout_method: Option<String>,
    pub paypal_email: Option<String>,
    pub stripe_connect_id: Option<String>,
    pub payouts_enabled_at: Option<String>,
    pub identity_verified_at: Option<String>,
    pub program_id: String,
    pub group_id: Option<String>,
    pub partner_id: String,
    pub tenant_id: Option<String>,
    pub created_at: String,
    pub status: String,
    pub banned_at: Option<String>,
    pub banned_reason: Option<String>,
    pub links: Option<Vec<PartnerLink>>,
    pub tags: Vec<Value>,
    pub total_clicks: u64,
    pub total_leads: u64,
    pub total_conversions: u64,
    pub total_sales: u64,
    pub total_sale_amount: i64,
    pub click_to_lead_rate: Option<f64>,
    pub click_to_conversion_rate: Option<f64>,
    pub lead_to_conversion_rate: Option<f64>,
    /// Ours: what kind of partner.
    pub kind: Option<String>,
}

/// A link of a partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct PartnerLink {
    pub id: String,
    pub domain: String,
    pub key: String,
    pub short_link: String,
    pub url: String,
    pub clicks: u64,
    pub leads: u64,
    pub conversions: u64,
    pub sales: u64,
    pub sale_amount: i64,
}

/// `POST /track/lead`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrackLead {
    /// The click's token.
    pub click_id: Option<String>,
    /// Name of the event: 1 to 255 characters.
    #[serde(default)]
    pub event_name: String,
    /// The sender's identifier of the customer.
    #[serde(default)]
    pub customer_external_id: String,
    /// Name.
    pub customer_name: Option<String>,
    /// E-mail address.
    pub customer_email: Option<String>,
    /// Portrait.
    pub customer_avatar: Option<String>,
    /// `async`, `wait` or `deferred`; a lead is always on disk before it is answered.
    pub mode: Option<String>,
    /// How many such events; recorded as one.
    pub event_quantity: Option<f64>,
    /// Anything, at most 10,000 characters.
    pub metadata: Option<Map<String, Value>>,
    /// Ours: a coupon that was named; also read from `metadata.coupon`.
    pub coupon: Option<String>,
    /// Ours: the product that it is redeemed for; also read from `metadata.product`.
    pub product: Option<String>,
}

/// The answer to `POST /track/lead`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrackedLead {
    /// The click.
    pub click: ClickRef,
    /// The link that was clicked, if the click proved itself.
    pub link: Option<LinkBrief>,
    /// The customer.
    pub customer: LeadCustomer,
    /// Ours: what became of the coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponResult>,
}

/// A click in an answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClickRef {
    /// Its token; empty where none was credited.
    pub id: String,
}

/// A customer in a lead's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct LeadCustomer {
    pub name: Option<String>,
    pub email: Option<String>,
    pub avatar: Option<String>,
    pub external_id: Option<String>,
}

/// `POST /track/sale`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrackSale {
    /// The sender's identifier of the customer.
    #[serde(default)]
    pub customer_external_id: String,
    /// Minor units, above zero.
    pub amount: Option<i64>,
    /// ISO 4217 code; USD where it is missing.
    pub currency: Option<String>,
    /// Name of the event; "Purchase" where it is missing.
    pub event_name: Option<String>,
    /// Who took the payment; `custom` where it is missing.
    pub payment_processor: Option<String>,
    /// Invoice: one sale each.
    pub invoice_id: Option<String>,
    /// Anything, at most 10,000 characters.
    pub metadata: Option<Map<String, Value>>,
    /// Name of the lead's event.
    pub lead_event_name: Option<String>,
    /// The click's token, for a sale without a lead.
    pub click_id: Option<String>,
    /// Name.
    pub customer_name: Option<String>,
    /// E-mail address.
    pub customer_email: Option<String>,
    /// Portrait.
    pub customer_avatar: Option<String>,
    /// Ours: a coupon that was named; also read from `metadata.coupon`.
    pub coupon: Option<String>,
    /// Ours: the product that it is redeemed for; also read from `metadata.product`.
    pub product: Option<String>,
}

/// The answer to `POST /track/sale`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrackedSale {
    /// Name of the event.
    pub event_name: String,
    /// The customer.
    pub customer: SaleCustomer,
    /// The sale as it is recorded.
    pub sale: Sale,
    /// Ours: what became of the coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponResult>,
}

/// A customer in a sale's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct SaleCustomer {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub avatar: Option<String>,
    pub external_id: Option<String>,
}

/// A sale in an answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct Sale {
    pub amount: i64,
    pub currency: String,
    pub payment_processor: String,
    pub invoice_id: Option<String>,
    pub metadata: Option<Map<String, Value>>,
}

/// `POST /tokens/embed/referrals`: one of the three says for whom.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreateEmbedToken {
    /// Our identifier of the partner.
    pub partner_id: Option<String>,
    /// The sender's identifier of the partner.
    pub tenant_id: Option<String>,
    /// The partner's properties: found by e-mail or enrolled.
    pub partner: Option<CreatePartner>,
}

/// A widget's token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EmbedToken {
    /// The token.
    pub public_token: String,
    /// When it ends, RFC 3339.
    pub expires: String,
}
