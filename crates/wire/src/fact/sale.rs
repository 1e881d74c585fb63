//! The facts that attribution reads: touches, leads, opportunities, money.

use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::PartnerId,
    money::Currency,
    text::{Coupon, Utm, clean},
};

use super::{
    RawFact,
    check::{Fault, amount, currency, email, optional_key, required_key, word},
};

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
    /// What the event is called: a chargeback is a refund that the customer's bank asked for.
    pub event: &'static str,
    /// Customer's external identifier.
    pub customer: String,
    /// Minor units, above zero.
    pub amount: i64,
    /// Currency.
    pub currency: Currency,
    /// The sender's identifier of the product.
    pub product: Option<String>,
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

pub(super) fn touch(raw: &RawFact) -> Result<TouchFact, Fault> {
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

pub(super) fn lead(raw: &RawFact, kind: MilestoneKind) -> Result<LeadFact, Fault> {
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

pub(super) fn opportunity(raw: &RawFact, kind: MilestoneKind) -> Result<OpportunityFact, Fault> {
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

pub(super) fn revenue(raw: &RawFact) -> Result<RevenueFact, Fault> {
    let (kind, event) = match raw.kind.as_deref() {
        Some("chargeback") => (RevenueKind::Refund, "Chargeback"),
        other => match word("kind", other, RevenueKind::from_word, RevenueKind::ALL, RevenueKind::word)? {
            RevenueKind::Refund => (RevenueKind::Refund, "Refund"),
            sale => (sale, "Purchase"),
        },
    };
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
        event,
        product: optional_key("product", raw.product.as_deref())?,
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
