//! The shapes of Dub's public API, so that its official client works unchanged.
//!
//! Fields and their names follow the client's schemas (`dub` on npm); what we have no use for yet is answered as that
//! client expects of a resource that does not use it (`null`, `false`, 0).

use engine::text::Utm;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fact::CouponResult;

/// `POST /links`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateLink {
    /// Where it leads.
    #[serde(default)]
    pub url: String,
    /// Last segment of its address; seven random characters where it is missing.
    pub key: Option<String>,
    /// Whose it is.
    pub partner_id: Option<String>,
    /// The sender's identifier of the link.
    pub external_id: Option<String>,
    /// The sender's identifier of whom it belongs to.
    pub tenant_id: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Notes.
    pub comments: Option<String>,
    /// `utm_source`.
    #[serde(rename = "utm_source")]
    pub utm_source: Option<String>,
    /// `utm_medium`.
    #[serde(rename = "utm_medium")]
    pub utm_medium: Option<String>,
    /// `utm_campaign`.
    #[serde(rename = "utm_campaign")]
    pub utm_campaign: Option<String>,
    /// `utm_term`.
    #[serde(rename = "utm_term")]
    pub utm_term: Option<String>,
    /// `utm_content`.
    #[serde(rename = "utm_content")]
    pub utm_content: Option<String>,
    /// Ours: `click` (the default) or `listing`.
    pub kind: Option<String>,
    /// Whatever else was sent.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Properties of a link that change where it leads and that we do not keep yet: refused rather than ignored.
pub const UNSUPPORTED: [&str; 10] =
    ["expiresAt", "expiredUrl", "password", "proxy", "rewrite", "ios", "android", "geo", "testVariants", "archived"];

impl CreateLink {
    /// The campaign parameters, cleaned.
    #[must_use]
    pub fn utm(&self) -> Utm {
        Utm {
            source: self.utm_source.clone(),
            medium: self.utm_medium.clone(),
            campaign: self.utm_campaign.clone(),
            term: self.utm_term.clone(),
            content: self.utm_content.clone(),
            id: None,
        }
        .cleaned()
    }

    /// The first property that asks for something that we do not do yet.
    #[must_use]
    pub fn unsupported(&self) -> Option<&'static str> {
        let asks = |value: &Value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => true,
        };
        UNSUPPORTED.into_iter().find(|name| self.rest.get(*name).is_some_and(asks))
    }
}

/// A link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct Link {
    pub id: String,
    pub domain: String,
    pub key: String,
    pub url: String,
    pub track_conversion: bool,
    pub external_id: Option<String>,
    pub tenant_id: Option<String>,
    pub program_id: Option<String>,
    pub partner_id: Option<String>,
    pub archived: bool,
    pub expires_at: Option<String>,
    pub expired_url: Option<String>,
    pub disabled_at: Option<String>,
    pub password: Option<String>,
    pub proxy: bool,
    pub title: Option<String>,
    pub description: Option<String>,
    pub image: Option<String>,
    pub video: Option<String>,
    pub rewrite: bool,
    pub do_index: bool,
    pub ios: Option<String>,
    pub android: Option<String>,
    pub geo: Option<Value>,
    pub public_stats: bool,
    pub tags: Vec<Value>,
    pub folder_id: Option<String>,
    pub comments: Option<String>,
    pub short_link: String,
    pub qr_code: String,
    #[serde(rename = "utm_source")]
    pub utm_source: Option<String>,
    #[serde(rename = "utm_medium")]
    pub utm_medium: Option<String>,
    #[serde(rename = "utm_campaign")]
    pub utm_campaign: Option<String>,
    #[serde(rename = "utm_term")]
    pub utm_term: Option<String>,
    #[serde(rename = "utm_content")]
    pub utm_content: Option<String>,
    pub user_id: Option<String>,
    pub workspace_id: String,
    pub clicks: u64,
    pub leads: u64,
    pub conversions: u64,
    pub sales: u64,
    pub sale_amount: i64,
    pub last_clicked: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    pub tag_id: Option<String>,
    pub project_id: String,
    pub webhook_ids: Vec<String>,
}

/// The part of a link that other answers carry.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// ISO 3166-1 code of two letters.
    pub country: Option<String>,
    /// What the partner does, at most 5,000 characters.
    pub description: Option<String>,
    /// Ours: `technology`, `agency`, `affiliate`, `marketplace` or `reseller`.
    pub kind: Option<String>,
    /// Ours: coupon codes of this partner.
    pub coupons: Option<Vec<String>>,
}

/// A partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    pub status: &'static str,
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
pub struct ClickRef {
    /// Its token; empty where none was credited.
    pub id: String,
}

/// A customer in a lead's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[serde(rename_all = "camelCase")]
pub struct EmbedToken {
    /// The token.
    pub public_token: String,
    /// When it ends, RFC 3339.
    pub expires: String,
}
