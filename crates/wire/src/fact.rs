//! Facts as the outside sends them to `POST /api/facts`, in the vocabulary of the catalogue.
//!
//! One JSON object a fact. Every fact has `id` (1 to 128 of letters, digits and `. _ : -`), `type` and `at` (RFC 3339).
//! [`RawFact`] is what serde reads; [`Fact::try_from`] checks it and names the field and the rule that it breaks.

use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::PartnerId,
    money::{AMOUNT_MAX, Currency},
    text::{Coupon, Utm, clean},
    time::Millis,
};
use serde::{Deserialize, Serialize};

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
}

/// `touch`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchFact {
    /// What it was.
    pub kind: TouchKind,
    /// Key or identifier of the link.
    pub link: Option<String>,
    /// Partner, where neither link nor coupon says who.
    pub partner: Option<PartnerId>,
    /// Coupon.
    pub coupon: Option<Coupon>,
    /// Visitor, in the sender's numbering.
    pub visitor: Option<String>,
    /// Customer's external identifier.
    pub customer: Option<String>,
    /// Campaign parameters.
    pub utm: Utm,
    /// Whether it may count.
    pub mark: Mark,
}

/// `lead.created`, `lead.qualified`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadFact {
    /// Which of the two.
    pub kind: MilestoneKind,
    /// Customer's external identifier.
    pub customer: String,
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Visitor who turned out to be this customer.
    pub visitor: Option<String>,
    /// Token of the click that led here.
    pub click: Option<String>,
    /// Coupon that was named.
    pub redeemed: Option<Redeemed>,
}

/// A coupon that a lead or a sale names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeemed {
    /// The coupon.
    pub coupon: Coupon,
    /// The sender's identifier of the product that it is redeemed for.
    pub product: Option<String>,
}

impl Redeemed {
    /// Checks what was sent; `None` where no coupon is named.
    ///
    /// # Errors
    /// Names the field, `coupon` or the one given.
    pub fn read(field: &'static str, coupon: Option<&str>, product: Option<&str>) -> Result<Option<Self>, Fault> {
        let product = optional_key("product", product)?;
        let coupon = coupon.map(Coupon::new).transpose().map_err(|error| Fault::new(field, error))?;
        Ok(coupon.map(|coupon| Self { coupon, product }))
    }
}

/// `opportunity.opened`, `.stage`, `.won`, `.lost`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpportunityFact {
    /// Which step.
    pub kind: MilestoneKind,
    /// The sender's identifier of the opportunity.
    pub opportunity: String,
    /// Customer's external identifier; required when it is opened.
    pub customer: Option<String>,
    /// Name of the opportunity, name of the stage, or reason of the loss.
    pub note: Option<String>,
    /// Expected amount.
    pub amount: Option<i64>,
    /// Its currency.
    pub currency: Option<Currency>,
}

/// `revenue`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevenueFact {
    /// What kind.
    pub kind: RevenueKind,
    /// Customer's external identifier.
    pub customer: String,
    /// Minor units, above zero.
    pub amount: i64,
    /// Currency.
    pub currency: Currency,
    /// Invoice: the event's key across all doors.
    pub invoice: Option<String>,
    /// The sender's identifier of the opportunity.
    pub opportunity: Option<String>,
    /// `month` or `year` for what recurs.
    pub recurring: Option<String>,
    /// For a refund, the invoice that it takes back.
    pub refund_of: Option<String>,
    /// Coupon that was named.
    pub redeemed: Option<Redeemed>,
}

impl Fact {
    /// The key under which this event counts once, through whichever door it comes.
    #[must_use]
    pub fn economic_key(&self) -> String {
        match &self.what {
            What::Revenue(RevenueFact { invoice: Some(invoice), kind, .. }) if *kind != RevenueKind::Refund => {
                sale_key(invoice)
            }
            _ => format!("fact:{}", self.id),
        }
    }
}

/// The key of the sale with this invoice.
#[must_use]
pub fn sale_key(invoice: &str) -> String {
    format!("invoice:{invoice}")
}

/// A rule that a field breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, as it was sent.
    pub field: &'static str,
    /// What it must be.
    pub rule: String,
}

impl Fault {
    /// A rule that a field breaks.
    pub fn new(field: &'static str, rule: impl core::fmt::Display) -> Self {
        Self { field, rule: rule.to_string() }
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.field, self.rule)
    }
}

impl core::error::Error for Fault {}

/// Checks an identifier of the sender's: 1 to [`KEY_MAX`] characters, none of them white space or control.
///
/// # Errors
/// Names the field.
pub fn key(field: &'static str, text: &str) -> Result<String, Fault> {
    if text.is_empty() {
        Err(Fault::new(field, "must not be empty"))
    } else if text.chars().count() > KEY_MAX {
        Err(Fault::new(field, format!("must have at most {KEY_MAX} characters")))
    } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Err(Fault::new(field, "must not hold white space"))
    } else {
        Ok(text.to_owned())
    }
}

/// Checks an amount in minor units: 1 to [`AMOUNT_MAX`].
///
/// # Errors
/// Names the field `amount`.
pub fn amount(value: Option<i64>) -> Result<i64, Fault> {
    match value {
        Some(amount) if (1..=AMOUNT_MAX).contains(&amount) => Ok(amount),
        Some(_) => Err(Fault::new("amount", format!("must be integer minor units from 1 to {AMOUNT_MAX}"))),
        None => Err(Fault::new("amount", "is required")),
    }
}

/// Checks a currency.
///
/// # Errors
/// Names the field `currency`.
pub fn currency(value: Option<&str>) -> Result<Currency, Fault> {
    value.ok_or_else(|| Fault::new("currency", "is required"))?.parse().map_err(|e| Fault::new("currency", e))
}

/// Checks an e-mail address: one `@` with something on both sides and no white space. Only sending a message proves more.
///
/// # Errors
/// Names the field.
pub fn email(field: &'static str, text: &str) -> Result<String, Fault> {
    let text = text.trim().to_lowercase();
    let parts: Vec<&str> = text.split('@').collect();
    let plausible = matches!(parts[..], [local, domain] if !local.is_empty() && domain.contains('.') && domain.split('.').all(is_label))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text.len() <= 254;
    if plausible { Ok(text) } else { Err(Fault::new(field, "must be an e-mail address")) }
}

/// A part of a host's name: letters of any script, digits and hyphens.
fn is_label(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Reads an RFC 3339 time, from 1971 to 2100.
///
/// # Errors
/// Names the field.
pub fn time(field: &'static str, text: &str) -> Result<Millis, Fault> {
    let fault = || Fault::new(field, "must be a time such as 2026-01-31T09:30:00Z (RFC 3339)");
    let time = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| fault())?;
    let millis = u64::try_from(time.timestamp_millis()).map_err(|_| fault())?;
    if (31_536_000_000..4_133_980_800_000).contains(&millis) { Ok(Millis(millis)) } else { Err(fault()) }
}

/// Writes a time with milliseconds, as Dub's API does.
#[must_use]
pub fn write_time(at: Millis) -> String {
    let seconds = at.time().to_string();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.0 % 1000)
}

fn optional_key(field: &'static str, value: Option<&str>) -> Result<Option<String>, Fault> {
    value.map(|text| key(field, text)).transpose()
}

fn required_key(field: &'static str, value: Option<&str>) -> Result<String, Fault> {
    key(field, value.ok_or_else(|| Fault::new(field, "is required"))?)
}

fn word<T: Copy>(
    field: &'static str,
    value: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Fault> {
    value.and_then(read).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|v| name(*v)).collect();
        Fault::new(field, format!("must be one of {}", words.join(", ")))
    })
}

impl TryFrom<RawFact> for Fact {
    type Error = Fault;

    fn try_from(raw: RawFact) -> Result<Self, Fault> {
        let id = key("id", &raw.id)?;
        if !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-')) {
            return Err(Fault::new("id", "may only hold letters, digits, '.', '_', ':' and '-'"));
        }
        let at = time("at", &raw.at)?;
        let what = match raw.r#type.as_str() {
            "touch" => What::Touch(touch(&raw)?),
            "revenue" => What::Revenue(revenue(&raw)?),
            other => match MilestoneKind::from_word(other) {
                Some(kind @ (MilestoneKind::LeadCreated | MilestoneKind::LeadQualified)) => {
                    What::Lead(lead(&raw, kind)?)
                }
                Some(kind) => What::Opportunity(opportunity(&raw, kind)?),
                None => {
                    let rule = "must be one of touch, lead.created, lead.qualified, opportunity.opened, \
                                opportunity.stage, opportunity.won, opportunity.lost, revenue";
                    return Err(Fault::new("type", rule));
                }
            },
        };
        Ok(Self { id, at, what })
    }
}

fn touch(raw: &RawFact) -> Result<TouchFact, Fault> {
    let fact = TouchFact {
        kind: word("kind", raw.kind.as_deref(), TouchKind::from_word, TouchKind::ALL, TouchKind::word)?,
        link: optional_key("link", raw.link.as_deref())?,
        partner: raw.partner.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partner", e))?,
        coupon: raw.coupon.as_deref().map(Coupon::new).transpose().map_err(|e| Fault::new("coupon", e))?,
        visitor: optional_key("visitor", raw.visitor.as_deref())?,
        customer: optional_key("customer", raw.customer.as_deref())?,
        utm: raw.utm.clone().unwrap_or_default().cleaned(),
        mark: match raw.excluded.as_deref() {
            None => Mark::Counted,
            some => word(
                "excluded",
                some,
                |w| Mark::from_word(w).filter(|m| *m != Mark::Counted),
                &Mark::ALL[1..],
                Mark::word,
            )?,
        },
    };
    if fact.link.is_none() && fact.coupon.is_none() && fact.partner.is_none() {
        return Err(Fault::new("link", "one of link, coupon and partner is required"));
    }
    Ok(fact)
}

fn lead(raw: &RawFact, kind: MilestoneKind) -> Result<LeadFact, Fault> {
    let text = |value: &Option<String>| value.as_deref().and_then(|text| clean(text, 200));
    Ok(LeadFact {
        kind,
        customer: required_key("customer", raw.customer.as_deref())?,
        name: text(&raw.name),
        email: raw.email.as_deref().map(|text| email("email", text)).transpose()?,
        company: text(&raw.company),
        visitor: optional_key("visitor", raw.visitor.as_deref())?,
        click: raw.click.clone(),
        redeemed: Redeemed::read("coupon", raw.coupon.as_deref(), raw.product.as_deref())?,
    })
}

fn opportunity(raw: &RawFact, kind: MilestoneKind) -> Result<OpportunityFact, Fault> {
    let note = match kind {
        MilestoneKind::OpportunityOpened => &raw.name,
        MilestoneKind::OpportunityLost => &raw.reason,
        _ => &raw.stage,
    };
    let customer = match kind {
        MilestoneKind::OpportunityOpened => Some(required_key("customer", raw.customer.as_deref())?),
        _ => optional_key("customer", raw.customer.as_deref())?,
    };
    let (amount, currency) = match raw.amount {
        None => (None, None),
        some => (Some(amount(some)?), Some(currency(raw.currency.as_deref())?)),
    };
    Ok(OpportunityFact {
        kind,
        opportunity: required_key("opportunity", raw.opportunity.as_deref())?,
        customer,
        note: note.as_deref().and_then(|text| clean(text, 200)),
        amount,
        currency,
    })
}

fn revenue(raw: &RawFact) -> Result<RevenueFact, Fault> {
    let kind = word("kind", raw.kind.as_deref(), RevenueKind::from_word, RevenueKind::ALL, RevenueKind::word)?;
    let refund_of = optional_key("refundOf", raw.refund_of.as_deref())?;
    match (kind, &refund_of) {
        (RevenueKind::Refund, None) => return Err(Fault::new("refundOf", "is required: the invoice that is refunded")),
        (RevenueKind::Refund, Some(_)) | (_, None) => {}
        (_, Some(_)) => return Err(Fault::new("refundOf", "belongs to a refund only")),
    }
    if kind == RevenueKind::Refund && raw.coupon.is_some() {
        return Err(Fault::new("coupon", "belongs to a sale, not to a refund"));
    }
    Ok(RevenueFact {
        kind,
        customer: required_key("customer", raw.customer.as_deref())?,
        amount: amount(raw.amount)?,
        currency: currency(raw.currency.as_deref())?,
        invoice: optional_key("invoice", raw.invoice.as_deref())?,
        opportunity: optional_key("opportunity", raw.opportunity.as_deref())?,
        recurring: match raw.recurring.as_deref() {
            None => None,
            Some(every @ ("month" | "year")) => Some(every.to_owned()),
            Some(_) => return Err(Fault::new("recurring", "must be month or year")),
        },
        refund_of,
        redeemed: Redeemed::read("coupon", raw.coupon.as_deref(), raw.product.as_deref())?,
    })
}

/// What became of one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Written now.
    Recorded,
    /// Written before; nothing changed.
    Duplicate,
    /// Its identifier or its invoice stands for something else; nothing changed.
    Conflict,
    /// It breaks a rule; nothing was written.
    Invalid,
}

/// What became of a coupon that a lead or a sale names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CouponResult {
    /// The coupon, as it is written.
    pub code: String,
    /// `credited`, or why not: `unknown`, `not_yet_valid`, `expired` or `other_product`.
    pub status: String,
}

/// What became of one fact, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactResult {
    /// The fact's identifier, or its place in the batch (`#3`) where it has none.
    pub id: String,
    /// What became of it.
    pub status: Outcome,
    /// Why, for a conflict and for what is invalid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<crate::problem::ProblemBody>,
    /// What became of the coupon that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponResult>,
}

/// The answer to `POST /api/facts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactsAnswer {
    /// How many were written.
    pub recorded: usize,
    /// How many had been before.
    pub duplicate: usize,
    /// How many contradict what is recorded.
    pub conflict: usize,
    /// How many break a rule.
    pub invalid: usize,
    /// One by one, in the order of the batch.
    pub results: Vec<FactResult>,
}

impl FactsAnswer {
    /// Counts what became of each fact.
    #[must_use]
    pub fn of(results: Vec<FactResult>) -> Self {
        let count = |outcome| results.iter().filter(|result| result.status == outcome).count();
        Self {
            recorded: count(Outcome::Recorded),
            duplicate: count(Outcome::Duplicate),
            conflict: count(Outcome::Conflict),
            invalid: count(Outcome::Invalid),
            results,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Fact, Fault> {
        serde_json::from_str::<RawFact>(json).unwrap_or_default().try_into()
    }

    fn fault(json: &str) -> &'static str {
        read(json).err().map_or("none", |fault| fault.field)
    }

    #[test]
    fn facts_are_read() {
        let fact = read(
            r#"{"id":"s-1","type":"revenue","kind":"new","at":"2026-01-02T03:04:05.678+01:00","customer":"c1","amount":1200,"currency":"usd","invoice":"in_1"}"#,
        );
        let fact = fact.unwrap_or_else(|e| unreachable!("{e}"));
        assert_eq!(fact.economic_key(), "invoice:in_1");
        assert_eq!(write_time(fact.at), "2026-01-02T02:04:05.678Z");
        let touch = read(
            r#"{"id":"t","type":"touch","kind":"co_sell","at":"2026-01-02T00:00:00Z","coupon":"spring","customer":"c1"}"#,
        );
        assert!(
            matches!(touch.map(|t| t.what), Ok(What::Touch(t)) if t.kind == TouchKind::CoSell && t.mark == Mark::Counted)
        );
    }

    #[test]
    fn faults_name_the_field() {
        let at = r#""at":"2026-01-02T00:00:00Z""#;
        for (json, field) in [
            (format!(r#"{{"type":"touch",{at}}}"#), "id"),
            (format!(r#"{{"id":"a b","type":"touch",{at}}}"#), "id"),
            (r#"{"id":"a","type":"touch","at":"yesterday"}"#.to_owned(), "at"),
            (format!(r#"{{"id":"a","type":"visit",{at}}}"#), "type"),
            (format!(r#"{{"id":"a","type":"touch","kind":"look",{at}}}"#), "kind"),
            (format!(r#"{{"id":"a","type":"touch","kind":"click",{at}}}"#), "link"),
            (format!(r#"{{"id":"a","type":"touch","kind":"click","partner":"x",{at}}}"#), "partner"),
            (format!(r#"{{"id":"a","type":"touch","kind":"click","link":"x","excluded":"counted",{at}}}"#), "excluded"),
            (format!(r#"{{"id":"a","type":"lead.created",{at}}}"#), "customer"),
            (format!(r#"{{"id":"a","type":"lead.created","customer":"c","email":"no",{at}}}"#), "email"),
            (format!(r#"{{"id":"a","type":"lead.created","customer":"c","coupon":"10 %",{at}}}"#), "coupon"),
            (format!(r#"{{"id":"a","type":"lead.created","customer":"c","coupon":"A","product":"",{at}}}"#), "product"),
            (format!(r#"{{"id":"a","type":"opportunity.won",{at}}}"#), "opportunity"),
            (format!(r#"{{"id":"a","type":"opportunity.opened","opportunity":"o",{at}}}"#), "customer"),
            (
                format!(
                    r#"{{"id":"a","type":"revenue","kind":"new","customer":"c","amount":0,"currency":"USD",{at}}}"#
                ),
                "amount",
            ),
            (
                format!(r#"{{"id":"a","type":"revenue","kind":"new","customer":"c","amount":1,"currency":"$",{at}}}"#),
                "currency",
            ),
            (
                format!(
                    r#"{{"id":"a","type":"revenue","kind":"refund","customer":"c","amount":1,"currency":"USD",{at}}}"#
                ),
                "refundOf",
            ),
            (
                format!(
                    r#"{{"id":"a","type":"revenue","kind":"new","customer":"c","amount":1,"currency":"USD","refundOf":"i",{at}}}"#
                ),
                "refundOf",
            ),
            (
                format!(
                    r#"{{"id":"a","type":"revenue","kind":"new","customer":"c","amount":1,"currency":"USD","recurring":"week",{at}}}"#
                ),
                "recurring",
            ),
        ] {
            assert_eq!(fault(&json), field, "{json}");
        }
    }
}
