//! Commissions, in Dub's shapes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Customer;

/// What a partner has of a sale, or was given by hand.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Commission {
    /// The same whenever it is asked for.
    pub id: String,
    /// `sale` or `custom`.
    pub r#type: &'static str,
    /// Minor units of the sale that the partner is credited with, less what was refunded; 0 of a `custom` one.
    pub amount: i64,
    /// Commission in minor units, less what was taken back; below zero where a `custom` one takes back.
    pub earnings: i64,
    /// ISO 4217 code in small letters.
    pub currency: String,
    /// `pending` until its hold is over, then `processed`, and `paid` when payouts cover it, the oldest first, or, where it
    /// takes back, when it was set off;
    /// `refunded` when everything was; `hold` while it is suspected, `fraud` when that is confirmed.
    pub status: &'static str,
    /// Invoice of the sale.
    pub invoice_id: Option<String>,
    /// Why nothing was earned; of a `custom` one, why it was made.
    pub description: Option<String>,
    /// Always 1.
    pub quantity: u32,
    /// Not said: the log of changes names who made a `custom` one.
    pub user_id: Option<String>,
    /// Not kept.
    pub metadata: Option<Map<String, Value>>,
    /// When the sale was, or the date of a `custom` one.
    pub created_at: String,
    /// When the sale was, or the last refund.
    pub updated_at: String,
    /// When it was approved and payouts covered it.
    pub paid_at: Option<String>,
    /// Whose it is.
    pub partner: CommissionPartner,
    /// Who bought; `null` of a `custom` one, for a reader who may not see customers, and for who was forgotten.
    pub customer: Option<Customer>,
}

/// The partner of a commission.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct CommissionPartner {
    pub id: String,
    pub name: String,
    pub email: Option<String>,
    pub image: Option<String>,
    pub payouts_enabled_at: Option<String>,
    pub country: Option<String>,
    pub group_id: Option<String>,
}

/// `PATCH /commissions/{id}`: only a status can be sent; amounts follow from the terms and the facts.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct UpdateCommission {
    pub status: Option<String>,
    pub earnings: Option<f64>,
    pub sale_amount: Option<f64>,
    pub modify_sale_amount: Option<f64>,
    pub amount: Option<f64>,
    pub modify_amount: Option<f64>,
    /// Of the amounts.
    pub currency: Option<String>,
}

/// `PATCH /commissions/bulk`: the same status for several.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UpdateCommissions {
    /// Which: 1 to 100.
    pub commission_ids: Vec<String>,
    /// `fraud` or `pending`.
    pub status: String,
}

/// How far one of several has come now.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommissionStatus {
    /// Which.
    pub id: String,
    /// As of a [`Commission`].
    pub status: &'static str,
}

/// `POST /commissions`: a lead or a sale that a partner is credited with, or commission by hand (`custom`).
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct CreateCommission {
    pub r#type: String,
    pub partner_id: String,
    pub customer_id: Option<String>,
    pub customer: Option<CommissionCustomer>,
    pub link_id: Option<String>,
    pub date: Option<String>,
    pub lead: Option<CommissionEvent>,
    pub lead_event_date: Option<String>,
    pub lead_event_name: Option<String>,
    pub sale: Option<CommissionEvent>,
    pub sale_event_date: Option<String>,
    pub sale_amount: Option<i64>,
    pub invoice_id: Option<String>,
    pub product_id: Option<String>,
    pub import_stripe_invoices: Option<bool>,
    pub amount: Option<i64>,
    pub description: Option<String>,
}

impl CreateCommission {
    /// When the event was, by the older name of the field.
    #[must_use]
    pub fn event_date(&self) -> Option<&String> {
        self.sale_event_date.as_ref().or(self.lead_event_date.as_ref())
    }
}

/// The customer of such an event.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct CommissionCustomer {
    pub email: Option<String>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub external_id: String,
    pub stripe_customer_id: Option<String>,
    pub country: Option<String>,
}

/// Such a lead or sale.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are Dub's; its reference describes them")]
pub struct CommissionEvent {
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub event_name: Option<String>,
    pub payment_processor: Option<String>,
    pub invoice_id: Option<String>,
    pub metadata: Option<Value>,
}

/// The answer to `POST /commissions`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommissionCreated {
    /// Always so.
    pub success: bool,
    /// What became of it.
    pub message: String,
}
