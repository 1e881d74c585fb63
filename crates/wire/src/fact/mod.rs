//! Facts as the outside sends them to `POST /api/facts`, in the vocabulary of the catalogue.
//!
//! One JSON object a fact. Every fact has `id` (1 to 128 of letters, digits and `. _ : -`), `type` and `at` (RFC 3339).
//! [`RawFact`] is what serde reads; [`Fact::try_from`] checks it and names the field and the rule that it breaks.

mod answer;
mod check;
mod rest;
mod sale;

pub use answer::{CouponResult, FactResult, FactsAnswer, Outcome};
pub use check::{Fault, amount, currency, email, key, time, write_time};
use engine::{
    fact::{MilestoneKind, RevenueKind},
    text::Utm,
    time::Millis,
};
pub use rest::{METRICS, Money, RestFact, TYPES, adjustment, reason};
pub use sale::{LeadFact, OpportunityFact, Redeemed, RevenueFact, TouchFact};
use serde::Deserialize;

/// Most facts of one request.
pub const BATCH_MAX: usize = 500;
/// Most bytes of one request.
pub const BYTES_MAX: usize = 1024 * 1024;
/// Most characters of an identifier of the sender's.
pub const KEY_MAX: usize = 128;

/// A fact as it was sent, unchecked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RawFact {
    #[serde(default)]
    id: String,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    at: String,
    kind: Option<String>,
    link: Option<String>,
    partner: Option<String>,
    coupon: Option<String>,
    visitor: Option<String>,
    customer: Option<String>,
    utm: Option<Utm>,
    excluded: Option<String>,
    name: Option<String>,
    email: Option<String>,
    company: Option<String>,
    click: Option<String>,
    opportunity: Option<String>,
    stage: Option<String>,
    reason: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    invoice: Option<String>,
    recurring: Option<String>,
    refund_of: Option<String>,
    product: Option<String>,
    source: Option<String>,
    group: Option<String>,
    metric: Option<String>,
    period: Option<String>,
    target: Option<i64>,
    person: Option<String>,
    category: Option<String>,
    campaign: Option<String>,
    integration: Option<String>,
    paid: Option<bool>,
    count: Option<i64>,
    score: Option<i64>,
    minutes: Option<i64>,
}

/// A checked fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The sender's identifier: sending it again changes nothing.
    pub id: String,
    /// When it happened.
    pub at: Millis,
    /// What happened.
    pub what: What,
}

/// What a fact says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Somebody met a partner's link, coupon, listing or people.
    Touch(TouchFact),
    /// A lead.
    Lead(LeadFact),
    /// A step of an opportunity.
    Opportunity(OpportunityFact),
    /// Money.
    Revenue(RevenueFact),
    /// What only the catalogue of figures reads.
    Rest(RestFact),
}

impl Fact {
    /// The key under which this event counts once, through whichever door it comes.
    #[must_use]
    pub fn economic_key(&self) -> String {
        self.invoiced().map_or_else(|| format!("fact:{}", self.id), |(invoice, _)| sale_key(invoice))
    }

    /// The invoice and the sale, where it is one that an invoice makes the same through every door.
    #[must_use]
    pub fn invoiced(&self) -> Option<(&str, &RevenueFact)> {
        match &self.what {
            What::Revenue(sale) if sale.kind != RevenueKind::Refund => Some((sale.invoice.as_deref()?, sale)),
            _ => None,
        }
    }
}

/// The key of the sale with this invoice.
#[must_use]
pub fn sale_key(invoice: &str) -> String {
    format!("invoice:{invoice}")
}

impl TryFrom<RawFact> for Fact {
    type Error = Fault;

    fn try_from(raw: RawFact) -> Result<Self, Fault> {
        let id = key("id", &raw.id)?;
        if !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-')) {
            return Err(Fault::new("id", "may only hold letters, digits, '.', '_', ':' and '-'"));
        }
        let at = time("at", &raw.at)?;
        let what = match (raw.r#type.as_str(), MilestoneKind::from_word(&raw.r#type)) {
            ("touch", _) => What::Touch(sale::touch(&raw)?),
            ("revenue", _) => What::Revenue(sale::revenue(&raw)?),
            (_, Some(kind @ (MilestoneKind::LeadCreated | MilestoneKind::LeadQualified))) => {
                What::Lead(sale::lead(&raw, kind)?)
            }
            (_, Some(kind)) => What::Opportunity(sale::opportunity(&raw, kind)?),
            (_, None) => What::Rest(rest::read(&raw)?),
        };
        Ok(Self { id, at, what })
    }
}

#[cfg(test)]
mod tests;
