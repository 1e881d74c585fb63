//! Registered deals, and help to sell: `/api/deals` and `/api/deal-help`.

use engine::{
    deal::alike::{Reason, host},
    fact::{RevenueKind, TouchKind},
    money::{AMOUNT_MAX, Currency},
    text::clean,
    time::Millis,
};
use serde::{Deserialize, Serialize};

use crate::fact::{self, Fault, email, time};

/// Most characters of a note.
pub const NOTES_MAX: usize = 5000;
/// Most characters of a name, a stage or a product.
const NAME_MAX: usize = 200;
/// Most characters of a reason.
const REASON_MAX: usize = 1000;

/// What is registered: `POST /api/deals` and, with the version that was seen, `PATCH /api/deals/{id}`, where what is
/// left out stays and `null` is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Details {
    /// Name of the company, 1 to 200 characters.
    #[serde(default)]
    pub company: String,
    /// Web address of the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Whom to talk to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    /// E-mail address of the contact.
    #[serde(default)]
    pub contact_email: String,
    /// Expected amount, minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Of the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The day on which it is expected to close: `2026-12-31`. It may have passed: what slipped, or was closed before it is
    /// registered, is told as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_close: Option<String>,
    /// What they want to buy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Anything else, at most 5000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// E-mail address of the partner's person who sells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_email: Option<String>,
}

fn optional(field: &'static str, value: Option<String>, max: usize) -> Result<Option<String>, Fault> {
    value.map(|text| bounded(field, &text, max)).transpose()
}

/// A text of 1 to `max` characters, trimmed.
fn bounded(field: &'static str, text: &str, max: usize) -> Result<String, Fault> {
    let fault = || Fault::new(field, format!("must have 1 to {max} characters"));
    if text.trim().chars().count() > max { Err(fault()) } else { clean(text, max).ok_or_else(fault) }
}

impl Details {
    /// The details with every rule kept, written in one way.
    ///
    /// # Errors
    /// Names the field.
    pub fn checked(self) -> Result<Self, Fault> {
        let website = match self.website {
            Some(text) if text.chars().count() > 2000 || host(&text).is_none() || text.contains('@') => {
                return Err(Fault::new("website", "must be a web address such as https://acme.example"));
            }
            website => website.map(|text| text.trim().to_owned()),
        };
        if self.amount.is_some_and(|amount| !(1..=AMOUNT_MAX).contains(&amount)) {
            return Err(Fault::new("amount", format!("must be integer minor units from 1 to {AMOUNT_MAX}")));
        }
        if self.amount.is_some() != self.currency.is_some() {
            return Err(Fault::new("currency", "must stand beside an amount, and only there"));
        }
        let currency = self.currency.as_deref().map(|text| fact::currency(Some(text))).transpose()?;
        if let Some(day) = &self.expected_close
            && (day.len() != 10 || time("expectedClose", &format!("{day}T00:00:00Z")).is_err())
        {
            return Err(Fault::new("expectedClose", "must be a day from 1971-01-01 to 2100-12-31, such as 2026-12-31"));
        }
        Ok(Self {
            company: bounded("company", &self.company, NAME_MAX)?,
            website,
            contact_name: optional("contactName", self.contact_name, NAME_MAX)?,
            contact_email: email("contactEmail", &self.contact_email)?,
            amount: self.amount,
            currency: currency.map(|currency| currency.code().to_owned()),
            expected_close: self.expected_close,
            product: optional("product", self.product, NAME_MAX)?,
            notes: optional("notes", self.notes, NOTES_MAX)?,
            seller_email: self.seller_email.map(|text| email("sellerEmail", &text)).transpose()?,
        })
    }
}

/// `POST /api/deals/{id}/approve`. Without a customer or an opportunity the deal makes its own; of what is named, the
/// deal is a part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approve {
    /// The version of the deal that was seen.
    pub version: u32,
    /// Days of protection; the program's where they are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Our identifier of the customer, as a match names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The vendor's identifier of the customer, who may be new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_external_id: Option<String>,
    /// The vendor's identifier of an opportunity that is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opportunity_id: Option<String>,
}

/// `POST /api/deals/{id}/extend`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Extend {
    /// The version of the deal that was seen.
    pub version: u32,
    /// How many days more.
    pub days: i64,
}

/// `POST /api/deals/{id}/withdraw`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The version of the deal that was seen.
    pub version: u32,
}

/// `POST /api/deals/{id}/reject`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The version of the deal that was seen.
    pub version: u32,
    /// Why: 1 to 1000 characters.
    pub reason: String,
}

/// `POST /api/deals/{id}/stage`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The version of the deal that was seen.
    pub version: u32,
    /// How far it has come: 1 to 200 characters.
    pub stage: String,
}

impl Stage {
    /// The stage.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn checked(&self) -> Result<String, Fault> {
        bounded("stage", &self.stage, NAME_MAX)
    }
}

/// `POST /api/deals/{id}/lost`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoseDeal {
    /// The version of the deal that was seen.
    pub version: u32,
    /// Why: 1 to 1000 characters.
    pub reason: String,
    /// When it was closed; now where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
}

/// Why a deal was rejected or lost.
///
/// # Errors
/// When it is empty or too long.
pub fn reason(text: &str) -> Result<String, Fault> {
    bounded("reason", text, REASON_MAX)
}

/// `POST /api/deals/{id}/won`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WinDeal {
    /// The version of the deal that was seen.
    pub version: u32,
    /// Minor units.
    pub amount: i64,
    /// Of the amount.
    pub currency: String,
    /// When it was closed; now where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
    /// The invoice: the sale counts once, through whichever door it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// `new`, `renewal`, `expansion`, `upsell` or `cross_sell`; where it is left out, new for a customer who has bought
    /// nothing and a renewal for any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `month` or `year` for what recurs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurring: Option<String>,
}

impl WinDeal {
    /// The kind of revenue, where one is said.
    ///
    /// # Errors
    /// When it is none, or a refund.
    pub fn kind(&self) -> Result<Option<RevenueKind>, Fault> {
        let Some(word) = &self.kind else { return Ok(None) };
        let kind = RevenueKind::from_word(word).filter(|kind| *kind != RevenueKind::Refund);
        kind.map(Some).ok_or_else(|| Fault::new("kind", "must be one of new, renewal, expansion, upsell, cross_sell"))
    }

    /// The rest with every rule kept: amount, currency, invoice.
    ///
    /// # Errors
    /// Names the field.
    pub fn checked(&self) -> Result<(i64, Currency, Option<String>), Fault> {
        if !matches!(self.recurring.as_deref(), None | Some("month" | "year")) {
            return Err(Fault::new("recurring", "must be month or year"));
        }
        let invoice = self.invoice.as_deref().map(|text| fact::key("invoice", text)).transpose()?;
        Ok((fact::amount(Some(self.amount))?, fact::currency(Some(&self.currency))?, invoice))
    }
}

/// When something was closed: what is said, or now.
///
/// # Errors
/// When it lies in the future (five minutes of clocks that differ aside), or before `from`.
pub fn closed_at(said: Option<&str>, from: Millis, now: Millis) -> Result<Millis, Fault> {
    let at = said.map(|text| time("closedAt", text)).transpose()?.unwrap_or(now);
    if at.0 > now.0 + 300_000 {
        Err(Fault::new("closedAt", "must not lie in the future"))
    } else if at.0 / 1000 < from.0 / 1000 {
        Err(Fault::new("closedAt", "must not lie before the registration"))
    } else {
        Ok(at)
    }
}

/// A deal, as whoever asks may see it: a partner never sees what the marketer knows of the customer.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Deal {
    /// `deal_…`
    pub id: String,
    /// Whose it is.
    pub partner_id: String,
    /// `submitted`, `approved`, `expired`, `rejected`, `withdrawn`, `won` or `lost`.
    pub state: &'static str,
    /// What the next change must name.
    pub version: u32,
    /// What was registered.
    pub details: Details,
    /// Whether somebody like it was registered already, or known, when it was registered.
    pub known: bool,
    /// First moment at which it is, or was, not protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_until: Option<String>,
    /// How far it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Why it was rejected or lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was won or lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
    /// For how much it was won, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub won_amount: Option<i64>,
    /// Of the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub won_currency: Option<String>,
    /// The invoice. The program's only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// Our identifier of the customer. The program's only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The opportunity. The program's only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opportunity_id: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// Somebody who may be the one that a deal is of: `GET /api/deals/{id}/matches`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Match {
    /// `deal`, `customer` or `opportunity`.
    pub kind: String,
    /// Identifier of the deal or the opportunity, ours of the customer.
    pub id: String,
    /// Name of the company.
    pub name: String,
    /// Whose deal it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<String>,
    /// How the deal stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Our identifier of the customer of a deal or an opportunity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The vendor's identifier of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_external_id: Option<String>,
    /// How sure it is, from 0 to 1.
    pub score: f64,
    /// Why.
    pub reasons: Vec<Why>,
}

/// Why two are taken for one.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// `email`, `domain` or `name`.
    pub by: &'static str,
    /// From 0 to 1.
    pub score: f64,
    /// The domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        let score = (reason.score() * 100.0).round() / 100.0;
        match reason {
            Reason::Email => Self { by: "email", score, domain: None },
            Reason::Domain(domain) => Self { by: "domain", score, domain: Some(domain) },
            Reason::Name(_) => Self { by: "name", score, domain: None },
        }
    }
}

/// `POST /api/deal-help`
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RecordHelp {
    /// Whose help it was; a partner records their own.
    pub partner_id: Option<String>,
    /// The deal that it was given to.
    pub deal_id: Option<String>,
    /// Or the vendor's identifier of the opportunity.
    pub opportunity_id: Option<String>,
    /// `introduction` or `co_sell`.
    pub kind: String,
    /// When it happened; now where it is left out.
    pub at: Option<String>,
    /// Anything to say, at most 1000 characters.
    pub note: Option<String>,
}

impl RecordHelp {
    /// Kind, time and note, with every rule kept.
    ///
    /// # Errors
    /// Names the field.
    pub fn checked(&self, now: Millis) -> Result<(TouchKind, Millis, Option<String>), Fault> {
        let kind = TouchKind::from_word(&self.kind)
            .filter(|kind| matches!(kind, TouchKind::Introduction | TouchKind::CoSell))
            .ok_or_else(|| Fault::new("kind", "must be introduction or co_sell"))?;
        let at = self.at.as_deref().map(|text| time("at", text)).transpose()?.unwrap_or(now);
        if at.0 > now.0 + 300_000 {
            return Err(Fault::new("at", "must not lie in the future"));
        }
        Ok((kind, at, optional("note", self.note.clone(), REASON_MAX)?))
    }
}

/// `POST /api/deal-help/{id}/confirm` and `…/decline`
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AnswerHelp {
    /// Why not, at most 1000 characters.
    pub reason: Option<String>,
}

impl AnswerHelp {
    /// The reason, with its rule kept.
    ///
    /// # Errors
    /// When it is too long.
    pub fn checked(self) -> Result<Option<String>, Fault> {
        optional("reason", self.reason, REASON_MAX)
    }
}

/// An introduction or help to sell.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Help {
    /// `help_…`
    pub id: String,
    /// Whose help it was.
    pub partner_id: String,
    /// The deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<String>,
    /// The opportunity, where there is no deal; a partner sees what they named themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opportunity_id: Option<String>,
    /// `introduction` or `co_sell`.
    pub kind: String,
    /// When it happened.
    pub at: String,
    /// What was said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who recorded it: `partner` or `program`. The other one answers.
    pub recorded_by: String,
    /// `pending`, `confirmed` or `declined`.
    pub state: &'static str,
    /// Why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// RFC 3339.
    pub created_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> &'static str {
        let details: Details = serde_json::from_str(json).unwrap_or_default();
        details.checked().err().map_or("none", |fault| fault.field)
    }

    #[test]
    fn details_are_checked_field_by_field() {
        let good = r#""company":"Acme","contactEmail":"ada@acme.example""#;
        for (more, field) in [
            ("", "none"),
            (r#","website":"acme.example","amount":1,"currency":"usd","expectedClose":"2028-02-29""#, "none"),
            (r#","website":"nowhere""#, "website"),
            (r#","website":"ada@acme.example""#, "website"),
            (r#","amount":0,"currency":"usd""#, "amount"),
            (r#","amount":1"#, "currency"),
            (r#","currency":"usd""#, "currency"),
            (r#","amount":1,"currency":"zzz""#, "currency"),
            (r#","expectedClose":"2026-02-30""#, "expectedClose"),
            (r#","expectedClose":"2026-02-03T00:00:00Z""#, "expectedClose"),
            (r#","contactName":" ""#, "contactName"),
            (r#","product":"""#, "product"),
            (r#","sellerEmail":"x""#, "sellerEmail"),
        ] {
            assert_eq!(fault(&format!("{{{good}{more}}}")), field, "{more}");
        }
        assert_eq!(fault(r#"{"contactEmail":"ada@acme.example"}"#), "company");
        assert_eq!(fault(r#"{"company":"Acme"}"#), "contactEmail");
        let long = "x".repeat(201);
        assert_eq!(fault(&format!(r#"{{"company":"{long}","contactEmail":"ada@acme.example"}}"#)), "company");
    }

    #[test]
    fn a_deal_is_closed_after_it_was_registered_and_not_ahead_of_the_clock() {
        let (from, now) = (Millis(1_700_000_000_500), Millis(1_700_000_600_000));
        let check = |said: Option<&str>, expect: &str| {
            let found = closed_at(said, from, now).map_or_else(|fault| fault.rule, |at| at.0.to_string());
            assert_eq!(found, expect, "{said:?}");
        };
        check(None, "1700000600000");
        check(Some("2023-11-14T22:13:20Z"), "1700000000000");
        check(Some("2023-11-14T22:13:19Z"), "must not lie before the registration");
        check(Some("2023-11-14T22:28:20Z"), "1700000900000");
        check(Some("2023-11-14T22:28:21Z"), "must not lie in the future");
        assert!(closed_at(Some("soon"), from, now).is_err());
    }
}
