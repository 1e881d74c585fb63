//! Which column says what, and what the columns leave open.

use std::collections::BTreeMap;

use engine::money::Currency;
use serde::{Deserialize, Serialize};

use super::amount::Decimal;

/// What a column can say of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// What happened: `sale`, `refund` or `lead`.
    Type,
    /// The other system's identifier of the row: what makes it one, where no invoice does.
    Id,
    /// The invoice: the key of a sale through every door.
    Invoice,
    /// Stripe's identifier of the charge or payment: it names the invoice where Stripe told of it.
    Charge,
    /// Of a refund: the invoice that it takes back.
    RefundOf,
    /// When.
    At,
    /// Of a sale or a refund.
    Amount,
    /// Of a sale: what was given back of it since.
    Refunded,
    /// ISO 4217.
    Currency,
    /// What became of it: refunded, or not counted there.
    Status,
    /// The vendor's identifier of the customer.
    Customer,
    /// Stripe's identifier of the customer.
    StripeCustomer,
    /// The customer's e-mail address.
    Email,
    /// The customer's name.
    Name,
    /// The customer's company.
    Company,
    /// Whose it is: our identifier, the vendor's (`tenantId`), the slug, an e-mail address, or what one partner alone is
    /// called.
    Partner,
    /// The partner's e-mail address, where a further column has it.
    PartnerEmail,
    /// Key of the link, as in its address.
    Link,
    /// Coupon.
    Coupon,
    /// The vendor's identifier of the product.
    Product,
    /// `month` or `year` for what recurs.
    Recurring,
    /// Of a partner: the first name, where no column has the whole.
    FirstName,
    /// Of a partner: the last name.
    LastName,
    /// Of a partner: name or identifier of the group.
    Group,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody paid.
    Sale,
    /// Somebody got back what they paid.
    Refund,
    /// Somebody signed up.
    Lead,
}

/// What the rows of a file are about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Sales, refunds and leads.
    #[default]
    Conversions,
    /// Partners to enrol, of whom name, e-mail address, links and so on are said.
    Partners,
}

impl About {
    const fn is_conversions(&self) -> bool {
        matches!(self, Self::Conversions)
    }
}

/// What amounts count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Units {
    /// Dollars.
    Major,
    /// Cents.
    Minor,
    /// Cents where no amount has a fraction, a group of thousands or a sign of its currency, and dollars where every one has;
    /// asked where only some have.
    Auto,
    /// Dollars where an amount has a fraction, a group of thousands or a sign of its currency; asked where none has.
    Open,
}

impl Units {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Auto => "auto",
            Self::Open => "open",
        }
    }
}

/// How dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Dates {
    /// Year, month, day.
    Iso,
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
    /// The month by its English name.
    Named,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Millis,
    /// Days since the last day but one of 1899, as spreadsheets count.
    Serial,
}

impl Dates {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Iso => "iso",
            Self::DayFirst => "day_first",
            Self::MonthFirst => "month_first",
            Self::Named => "named",
            Self::Seconds => "seconds",
            Self::Millis => "millis",
            Self::Serial => "serial",
        }
    }
}

/// Which column says what, and what the columns leave open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Mapping {
    /// What the rows are about: conversions where nothing is said.
    #[serde(skip_serializing_if = "About::is_conversions")]
    pub about: About,
    /// The name of the column, as its header has it, of each field that there is.
    pub columns: BTreeMap<Field, String>,
    /// What every row is about, where no column says: else a sale where there is an amount, and a lead where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The currency, where neither a column nor the amount says: else the program's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub currency: Option<Currency>,
    /// The decimal sign, where the amounts leave it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<Decimal>,
    /// What whole amounts count: `major` if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Units>,
    /// How dates are written, where the column leaves it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<Dates>,
}
