//! What Stripe sends: the signature over it, and what an event says in our words.
//!
//! [`verify`] follows Stripe's scheme `v1`: HMAC-SHA-256 (RFC 2104) with the endpoint's secret over the time, a full stop and
//! the body. [`Event::read`] is a pure function of the event alone, over the shapes of Stripe's API before and after
//! 2025-03-31 ("basil", which moved an invoice's subscription into `parent` and the way from a charge to its invoice into
//! events `invoice_payment.paid` of their own). What becomes of it with all that was told before is the store's.
//!
//! | event | says |
//! |---|---|
//! | `checkout.session.completed`, `.async_payment_succeeded` | who bought, by which click; a sale, where it is paid once and no invoice brings it; a lead, where nothing was to pay |
//! | `invoice.paid`, `.payment_succeeded` | a sale under the invoice's number, and which payments it was paid with |
//! | `invoice_payment.paid` | which invoice a payment pays |
//! | `refund.created`, `.updated`, `.failed`, `charge.refund.updated` | a refund under its own number |
//! | `charge.refunded` | how much of a charge was given back in all; refunds that tell themselves explain it |
//! | `charge.dispute.closed` | a chargeback, where it is lost; one that is won takes nothing back, an open one not yet |
//! | `customer.created`, `.updated` | who a customer is, by its metadata |
//! | `customer.subscription.deleted` | that a customer left |
//!
//! The vendor's own words stand in metadata: the click as `trb_id` (or `dub_id`, `dubClickId`), the customer as
//! `trb_customer` (or `dubCustomerExternalId`, `dubCustomerId`).

use engine::{
    fact::RevenueKind,
    money::{AMOUNT_MAX, Currency},
    time::Millis,
};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::fact::{Fault, currency, email, key};

/// How far the time of a signature may lie from the clock, in seconds.
pub const TOLERANCE: u64 = 300;

/// Why a signature proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSignature {
    /// Not `t=<seconds>,v1=<64 hexadecimal digits>`.
    Malformed,
    /// Further from the clock than [`TOLERANCE`].
    Stale,
    /// Of another body, or with another secret.
    Wrong,
}

impl core::fmt::Display for BadSignature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Malformed => f.write_str("must be t=<seconds>,v1=<64 hexadecimal digits>"),
            Self::Stale => write!(f, "must be at most {TOLERANCE} seconds old"),
            Self::Wrong => f.write_str("must be made over this body with the endpoint's secret"),
        }
    }
}

impl core::error::Error for BadSignature {}

/// Checks the header `Stripe-Signature`. `secrets` are separated by commas, so that one can replace another while events
/// of both arrive; any of the signatures may fit any of them.
///
/// # Errors
/// [`BadSignature`].
pub fn verify(secrets: &str, header: &str, body: &[u8], now: Millis) -> Result<(), BadSignature> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let (_, time) = parts().find(|(name, _)| *name == "t").ok_or(BadSignature::Malformed)?;
    let seconds: u64 = time.parse().map_err(|_| BadSignature::Malformed)?;
    let signatures: Vec<[u8; 32]> =
        parts().filter(|(name, _)| *name == "v1").filter_map(|(_, text)| hex(text)).collect();
    if signatures.is_empty() {
        return Err(BadSignature::Malformed);
    }
    if seconds.abs_diff(now.0 / 1000) > TOLERANCE {
        return Err(BadSignature::Stale);
    }
    for secret in secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty()) {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).map_err(|_| BadSignature::Wrong)?;
        for part in [time.as_bytes(), b".", body] {
            mac.update(part);
        }
        // `verify_slice` compares in constant time.
        if signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok()) {
            return Ok(());
        }
    }
    Err(BadSignature::Wrong)
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `evt_…`
    pub id: String,
    /// Its type, as Stripe calls it.
    pub kind: String,
    /// When it happened.
    pub at: Millis,
    /// What it says; `None` for what does not concern us.
    pub told: Option<Told>,
}

/// What an event says, as far as it concerns us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Whose it is.
    pub party: Party,
    /// Token of the click that led here, unproved.
    pub click: Option<String>,
    /// Money that came in.
    pub sale: Option<Sale>,
    /// `cs_…` of a checkout at which nothing was to pay.
    pub lead: Option<String>,
    /// What payments pay.
    pub paid: Vec<Paid>,
    /// Money that is given back.
    pub refunds: Vec<Refund>,
    /// `sub_…` of a subscription that ended.
    pub ended: Option<String>,
}

/// Who a customer is, as Stripe knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// `cus_…`; none for a guest.
    pub stripe: Option<String>,
    /// The vendor's identifier.
    pub external: Option<String>,
    /// E-mail address, lower case.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// Money that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// `in_…`, or `pi_…` of a payment without an invoice.
    pub invoice: String,
    /// When it was paid.
    pub at: Millis,
    /// What kind.
    pub kind: RevenueKind,
    /// Minor units by ISO 4217.
    pub amount: i64,
    /// Currency.
    pub currency: Currency,
    /// `month` or `year` for what recurs.
    pub recurring: Option<&'static str>,
    /// Stripe's identifier of the product, where all lines of an invoice bill one.
    pub product: Option<String>,
}

/// Which invoice a payment pays, and by which other names it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Paid {
    /// `pi_…`, `ch_…`, or `cs_…` of the checkout
    pub payment: String,
    /// `in_…`, or `pi_…` of a payment without an invoice
    pub invoice: String,
}

/// What a report of money given back counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundKind {
    /// One refund.
    Refund,
    /// One lost dispute.
    Dispute,
    /// All that was given back of a charge so far.
    Charge,
}

impl RefundKind {
    /// The written word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Charge => "charge",
        }
    }
}

/// How far a refund is. A later state is never followed by an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// Under way.
    Pending,
    /// The money is gone.
    Succeeded,
    /// It never went, or came back.
    Failed,
}

impl RefundState {
    /// The written word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// Money that is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// `re_…`, `du_…`, or `ch_…:<amount>`
    pub source: String,
    /// What it counts.
    pub kind: RefundKind,
    /// How far it is.
    pub state: RefundState,
    /// `pi_…`, or `ch_…` of a charge without one.
    pub payment: String,
    /// `ch_…`, where it is said beside the payment.
    pub charge: Option<String>,
    /// When.
    pub at: Millis,
    /// Minor units by ISO 4217.
    pub amount: i64,
    /// Currency.
    pub currency: Currency,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// What it tells is written.
    Recorded,
    /// It was here before.
    Duplicate,
    /// It does not concern us.
    Ignored,
    /// The invoice is recorded with another amount or currency, which stays.
    Conflict,
}

/// The answer to `POST /hooks/stripe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Received {
    /// What became of the event.
    pub status: Receipt,
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// Names the field and the rule.
    pub fn read(event: &Value) -> Result<Self, Fault> {
        let event = Object(event);
        let id = event.required("id", "/id")?;
        let kind = event.required("type", "/type")?;
        if event.0.pointer("/data/object").is_none_or(|object| !object.is_object()) {
            return Err(Fault::new("data.object", "is required"));
        }
        let at = event.time("created", "/created")?.ok_or_else(|| Fault::new("created", "is required"))?;
        let object = Object(&event.0["data"]["object"]);
        let told = match kind.as_str() {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => Some(checkout(&object, at)?),
            "invoice.paid" | "invoice.payment_succeeded" => Some(invoice(&object, at)?),
            "invoice_payment.paid" => Some(invoice_payment(&object)?),
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                Some(Told { refunds: vec![refund(&object, at)?], ..Told::default() })
            }
            "charge.refunded" => Some(charge(&object, at)?),
            "charge.dispute.closed" => dispute(&object, at)?,
            "customer.created" | "customer.updated" => customer(&object)?,
            "customer.subscription.deleted" => {
                let ended = Some(object.required("data.object.id", "/id")?);
                Some(Told { ended, party: object.party(&[], &[])?, ..Told::default() })
            }
            _ => None,
        };
        Ok(Self { id, kind, at, told })
    }
}

/// A JSON object, read by pointers (RFC 6901).
struct Object<'a>(&'a Value);

impl Object<'_> {
    /// A text that is there and not empty.
    fn text(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
    }

    /// An identifier, also of an object that stands in its place.
    fn id(&self, field: &'static str, pointer: &str) -> Result<Option<String>, Fault> {
        let value = self.0.pointer(pointer).unwrap_or(&Value::Null);
        match value.get("id").unwrap_or(value) {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            Value::String(text) => key(field, text).map(Some),
            _ => Err(Fault::new(field, "must be an identifier")),
        }
    }

    fn required(&self, field: &'static str, pointer: &str) -> Result<String, Fault> {
        self.id(field, pointer)?.ok_or_else(|| Fault::new(field, "is required"))
    }

    fn time(&self, field: &'static str, pointer: &str) -> Result<Option<Millis>, Fault> {
        match self.0.pointer(pointer) {
            None | Some(Value::Null) => Ok(None),
            // From 1971 to 2100, as everywhere.
            Some(value) => match value.as_u64() {
                Some(seconds @ 31_536_000..4_133_980_800) => Ok(Some(Millis(seconds * 1000))),
                _ => Err(Fault::new(field, "must be a time in seconds since 1970")),
            },
        }
    }

    /// An amount with the object's currency; `None` for zero.
    fn money(&self, field: &'static str, pointer: &str) -> Result<Option<(i64, Currency)>, Fault> {
        let rule = || Fault::new(field, format!("must be integer minor units from 0 to {AMOUNT_MAX}"));
        let amount = self.0.pointer(pointer).ok_or_else(|| Fault::new(field, "is required"))?;
        let amount = amount.as_i64().filter(|amount| (0..=AMOUNT_MAX).contains(amount)).ok_or_else(rule)?;
        if amount == 0 {
            return Ok(None);
        }
        let currency =
            currency(self.text("/currency")).map_err(|fault| Fault::new("data.object.currency", fault.rule))?;
        let amount = minor(amount, currency).filter(|amount| *amount <= AMOUNT_MAX).ok_or_else(rule)?;
        Ok(Some((amount, currency)))
    }

    /// Whose the object is, by `customer`, by its metadata (its own and those at further places), and by the e-mail
    /// addresses and names at these places. What cannot be an address is none.
    fn party(&self, metadata: &[&str], details: &[(&str, &str)]) -> Result<Party, Fault> {
        let external = ["trb_customer", "dubCustomerExternalId", "dubCustomerId"];
        Ok(Party {
            stripe: self.id("data.object.customer", "/customer")?,
            external: self.metadata(metadata, &external).and_then(|text| key("metadata", text).ok()),
            email: details.iter().find_map(|(address, _)| email("email", self.text(address)?).ok()),
            name: details.iter().find_map(|(_, name)| engine::text::clean(self.text(name)?, 200)),
        })
    }

    fn metadata(&self, further: &[&str], names: &[&str]) -> Option<&str> {
        let places = further.iter().copied().chain(["/metadata"]);
        places.flat_map(|place| names.iter().map(move |name| format!("{place}/{name}"))).find_map(|p| self.text(&p))
    }

    fn click(&self, further: &[&str]) -> Option<String> {
        self.metadata(further, &["trb_id", "dub_id", "dubClickId"]).map(str::to_owned)
    }
}

/// An amount of Stripe's in minor units by ISO 4217. They are the same but for three currencies: Stripe counts hundredths of
/// ISK and UGX, which have none, and whole MGA, which has minor units (docs.stripe.com/currencies).
fn minor(amount: i64, currency: Currency) -> Option<i64> {
    match currency.code() {
        "ISK" | "UGX" => Some(amount / 100).filter(|amount| *amount > 0),
        "MGA" => amount.checked_mul(100),
        _ => Some(amount),
    }
}

fn checkout(session: &Object<'_>, at: Millis) -> Result<Told, Fault> {
    let id = session.required("data.object.id", "/id")?;
    let invoice = session.id("data.object.invoice", "/invoice")?;
    let payment = session.id("data.object.payment_intent", "/payment_intent")?;
    let status = session.text("/payment_status");
    let sale = match (session.text("/mode"), status, &invoice) {
        (Some("payment"), Some("paid"), None) => {
            session.money("data.object.amount_total", "/amount_total")?.map(|(amount, currency)| Sale {
                invoice: payment.clone().unwrap_or_else(|| id.clone()),
                at,
                kind: RevenueKind::New,
                amount,
                currency,
                recurring: None,
                product: None,
            })
        }
        _ => None,
    };
    let details = [("/customer_details/email", "/customer_details/name"), ("/customer_email", "/customer_name")];
    // The checkout is a name of the sale, too; of a payment without an invoice, the payment is its number.
    let number = invoice.clone().or_else(|| sale.as_ref().map(|sale: &Sale| sale.invoice.clone()));
    let others = payment.into_iter().chain([id.clone()]);
    let paid = number.iter().flat_map(|invoice| {
        let others = others.clone().filter(move |other| other != invoice);
        others.map(|payment| Paid { payment, invoice: invoice.clone() })
    });
    let paid = paid.collect();
    Ok(Told {
        party: session.party(&[], &details)?,
        click: session.click(&[]).or_else(|| session.text("/client_reference_id").map(str::to_owned)),
        sale,
        lead: (status == Some("no_payment_required")).then_some(id),
        paid,
        ..Told::default()
    })
}

/// Places of a subscription's metadata in an invoice, of the newer shape and the older.
const SUBSCRIPTION: [&str; 2] = ["/parent/subscription_details/metadata", "/subscription_details/metadata"];

fn invoice(object: &Object<'_>, at: Millis) -> Result<Told, Fault> {
    let id = object.required("data.object.id", "/id")?;
    let kind = match object.text("/billing_reason") {
        Some("subscription_cycle" | "subscription_threshold") => RevenueKind::Renewal,
        Some("subscription_update") => RevenueKind::Expansion,
        _ => RevenueKind::New,
    };
    let paid_at = object.time("data.object.status_transitions.paid_at", "/status_transitions/paid_at")?;
    let sale = object.money("data.object.amount_paid", "/amount_paid")?.map(|(amount, currency)| Sale {
        invoice: id.clone(),
        at: paid_at.unwrap_or(at),
        kind,
        amount,
        currency,
        // What a change of plan costs until the next invoice is no amount a month.
        recurring: if kind == RevenueKind::Expansion { None } else { recurring(object) },
        product: product(object),
    });
    let mut payments =
        vec![object.id("data.object.payment_intent", "/payment_intent")?, object.id("data.object.charge", "/charge")?];
    for payment in object.0.pointer("/payments/data").and_then(Value::as_array).into_iter().flatten() {
        payments.extend(payments_of(&Object(payment))?);
    }
    let paid = payments.into_iter().flatten().map(|payment| Paid { payment, invoice: id.clone() }).collect();
    let party = object.party(&SUBSCRIPTION, &[("/customer_email", "/customer_name")])?;
    Ok(Told { party, click: object.click(&SUBSCRIPTION), sale, paid, ..Told::default() })
}

/// How often what an invoice bills recurs, by its first line of a subscription: by the price where it stands in the line,
/// else by the length of the line's period.
fn recurring(invoice: &Object<'_>) -> Option<&'static str> {
    let lines = invoice.0.pointer("/lines/data")?.as_array()?;
    lines.iter().map(Object).find_map(|line| {
        let proration = ["/proration", "/parent/subscription_item_details/proration"];
        if proration.iter().any(|pointer| line.0.pointer(pointer) == Some(&Value::Bool(true))) {
            return None;
        }
        for price in ["/price/recurring", "/plan"] {
            if let Some(interval) = line.text(&format!("{price}/interval")) {
                let count = line.0.pointer(&format!("{price}/interval_count")).and_then(Value::as_u64).unwrap_or(1);
                return match (interval, count) {
                    ("month", 1) => Some("month"),
                    ("year", 1) | ("month", 12) => Some("year"),
                    _ => None,
                };
            }
        }
        line.text("/subscription").or_else(|| line.text("/parent/subscription_item_details/subscription"))?;
        let end = |name: &str| line.0.pointer(name).and_then(Value::as_u64);
        match end("/period/end")?.checked_sub(end("/period/start")?)? / 86_400 {
            28..=31 => Some("month"),
            365 | 366 => Some("year"),
            _ => None,
        }
    })
}

/// The product that an invoice bills, where all its lines name the same.
fn product(invoice: &Object<'_>) -> Option<String> {
    let lines = invoice.0.pointer("/lines/data")?.as_array()?;
    let places = ["/pricing/price_details/product", "/price/product"];
    let named = |line: &Value| places.iter().find_map(|place| Object(line).text(place).map(str::to_owned));
    let first = named(lines.first()?)?;
    if lines.iter().any(|line| named(line).as_ref() != Some(&first)) { None } else { key("product", &first).ok() }
}

fn payments_of(payment: &Object<'_>) -> Result<[Option<String>; 2], Fault> {
    Ok([
        payment.id("data.object.payment.payment_intent", "/payment/payment_intent")?,
        payment.id("data.object.payment.charge", "/payment/charge")?,
    ])
}

fn invoice_payment(object: &Object<'_>) -> Result<Told, Fault> {
    let invoice = object.required("data.object.invoice", "/invoice")?;
    let payments = payments_of(object)?.into_iter().flatten();
    let paid = payments.map(|payment| Paid { payment, invoice: invoice.clone() }).collect();
    Ok(Told { paid, ..Told::default() })
}

/// The payment that an object belongs to: `pi_…`, or `ch_…` of a charge without one.
fn payment_of(object: &Object<'_>, charge: &str) -> Result<String, Fault> {
    match object.id("data.object.payment_intent", "/payment_intent")? {
        Some(payment) => Ok(payment),
        None => object.required("data.object.charge", charge),
    }
}

fn refund(object: &Object<'_>, at: Millis) -> Result<Refund, Fault> {
    let (amount, currency) = object
        .money("data.object.amount", "/amount")?
        .ok_or_else(|| Fault::new("data.object.amount", "must be above zero"))?;
    Ok(Refund {
        source: object.required("data.object.id", "/id")?,
        kind: RefundKind::Refund,
        state: match object.text("/status") {
            None | Some("succeeded") => RefundState::Succeeded,
            Some("failed" | "canceled") => RefundState::Failed,
            Some(_) => RefundState::Pending,
        },
        payment: payment_of(object, "/charge")?,
        charge: object.id("data.object.charge", "/charge")?,
        at: object.time("data.object.created", "/created")?.unwrap_or(at),
        amount,
        currency,
    })
}

fn charge(object: &Object<'_>, at: Millis) -> Result<Told, Fault> {
    let id = object.required("data.object.id", "/id")?;
    let payment = payment_of(object, "/id")?;
    let mut refunds = Vec::new();
    if let Some((amount, currency)) = object.money("data.object.amount_refunded", "/amount_refunded")? {
        let (kind, state) = (RefundKind::Charge, RefundState::Succeeded);
        let source = format!("{id}:{amount}");
        let charge = Some(id.clone());
        refunds.push(Refund { source, kind, state, payment: payment.clone(), charge, at, amount, currency });
    }
    // Before 2022-11-15 the refunds themselves came along.
    for value in object.0.pointer("/refunds/data").and_then(Value::as_array).into_iter().flatten() {
        refunds.push(Refund { payment: payment.clone(), charge: Some(id.clone()), ..refund(&Object(value), at)? });
    }
    let mut paid = Vec::new();
    if let Some(invoice) = object.id("data.object.invoice", "/invoice")? {
        paid.push(Paid { payment, invoice });
    }
    Ok(Told { refunds, paid, ..Told::default() })
}

/// A dispute takes the money back once it is lost: until then nobody knows, and one that is won takes nothing.
fn dispute(object: &Object<'_>, at: Millis) -> Result<Option<Told>, Fault> {
    if object.text("/status") != Some("lost") {
        return Ok(None);
    }
    let refund = Refund { kind: RefundKind::Dispute, state: RefundState::Succeeded, at, ..refund(object, at)? };
    Ok(Some(Told { refunds: vec![refund], ..Told::default() }))
}

/// What a customer's metadata says of them; a customer of whom it says nothing does not concern us yet.
fn customer(object: &Object<'_>) -> Result<Option<Told>, Fault> {
    let party = object.party(&[], &[("/email", "/name")])?;
    let click = object.click(&[]);
    if party.external.is_none() && click.is_none() {
        return Ok(None);
    }
    let stripe = Some(object.required("data.object.id", "/id")?);
    Ok(Some(Told { party: Party { stripe, ..party }, click, ..Told::default() }))
}

#[cfg(test)]
mod tests;
