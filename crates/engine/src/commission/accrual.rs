//! The lines of commission: what each partner was credited for each sale and refund, and what that paid.

use super::{Ratio, Review, Reviews, Terms, book::Book};
use crate::{credit::Credits, log::Log, period::Zone, time::Time};

/// One line: commission of one partner for one sale, or what a refund takes back of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accrual {
    /// Row of [`crate::log::Revenue`].
    pub row: u32,
    /// The sale that decided: for a refund the row that it takes back, else `row` itself.
    pub sale: u32,
    /// Row of [`Log::partners`].
    pub partner: u32,
    /// When it was earned or taken back. A refund that is dated before its sale takes back when that happens.
    pub at: Time,
    /// From when on it is approved: the sale and its hold. What is taken back during the hold lessens what will be
    /// approved then; what is taken back later lessens it at once.
    pub approved: Time,
    /// Minor units that the partner was credited with; below zero where a refund takes back.
    pub base: i64,
    /// Commission in minor units; below zero where a refund takes back.
    pub amount: i64,
    /// Of the sale's credit, what is left after this line, 0 to what the sale credited.
    pub left: i64,
    /// Of the sale's commission, what is left after this line, 0 to what the sale paid.
    pub stays: i64,
    /// Why.
    pub verdict: Verdict,
    /// What a look into the sale has come to.
    pub review: Option<Review>,
}

impl Accrual {
    /// Whether it takes back.
    #[must_use]
    pub fn is_clawback(&self) -> bool {
        self.row != self.sale
    }
}

/// What decided a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No terms were in force when the sale happened.
    NoTerms,
    /// No rule of this version fits.
    NoRule {
        /// Number of the version.
        version: u32,
    },
    /// The first rule that fits no longer pays for this customer, and no later rule fits.
    Ended {
        /// Number of the version.
        version: u32,
        /// Place of the rule in it.
        rule: u32,
    },
    /// A rule pays.
    Paid(Grounds),
}

/// How a rule came to an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grounds {
    /// Number of the version.
    pub version: u32,
    /// Place of the rule in it.
    pub rule: u32,
    /// The partner's volume before the sale, in minor units; 0 where the rule does not ask for it.
    pub volume: i64,
    /// What partners before this one have of the sale's credit, after this line: see [`Ratio::share`].
    pub ahead: i64,
    /// What the sale paid for each minor unit of credit, after caps: the rate at which refunds take back.
    pub ratio: Ratio,
    /// The cap that lowered the amount, and the lowest where several did.
    pub cap: Option<Cap>,
}

/// Which cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cap {
    /// For the sale.
    Sale,
    /// For the customer.
    Customer,
    /// For the month.
    Month,
}

/// Every line, in the order of time; of one second, sales before refunds, and each in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accruals {
    pub(super) lines: Vec<Accrual>,
    /// By row of revenue, where its lines begin and end.
    pub(super) ranges: Vec<(u32, u32)>,
    /// Rows of [`crate::log::Adjustments`] that count for nothing, in order.
    pub(super) canceled: Vec<u32>,
}

impl Accruals {
    /// The commission of every credited partner for every sale and refund; `None` where no terms were ever recorded, so
    /// that commission is not known.
    ///
    /// * A sale that credits a partner has one line for the partner, also where it pays nothing: the verdict says why.
    /// * A refund takes back pro rata: what stays of the commission is what the sale paid for each unit of credit,
    ///   times the credit that is left, and never more than was paid. So a full refund leaves exactly nothing. Where
    ///   the division of what is left gives a cent back to a partner between two refunds, so does the line.
    /// * Sales that nobody is credited for and refunds whose sale is not recorded have no line.
    /// * A partner whom the reader may not know ([`crate::log::Party`]) has no line either: several may stand behind
    ///   one, and their groups are not told. Their share of a sale stays theirs.
    ///
    /// The order of the log decides only between facts of one second. Sums are exact as long as they fit 64 bits: nine
    /// thousand sales of [`crate::money::AMOUNT_MAX`] each.
    #[must_use]
    pub fn compute(log: &Log, credits: &Credits, terms: &Terms, zone: &Zone) -> Option<Self> {
        Self::reviewed(log, credits, terms, zone, &Reviews::default())
    }

    /// As [`Accruals::compute`], with sales that are looked into: a line that is held is never approved, until it is
    /// held no more, and one that is refused pays nothing.
    #[must_use]
    pub fn reviewed(log: &Log, credits: &Credits, terms: &Terms, zone: &Zone, reviews: &Reviews) -> Option<Self> {
        (!terms.is_empty()).then(|| Book::open(log, credits, terms, zone, reviews).close())
    }

    /// Whether a row of [`crate::log::Adjustments`] counts.
    #[must_use]
    pub fn adjusts(&self, row: u32) -> bool {
        self.canceled.binary_search(&row).is_err()
    }

    /// Every line.
    #[must_use]
    pub fn lines(&self) -> &[Accrual] {
        &self.lines
    }

    /// The lines of a row of revenue, in the order in which partners first touched.
    #[must_use]
    pub fn of(&self, row: usize) -> &[Accrual] {
        self.ranges.get(row).map_or(&[], |(start, end)| &self.lines[*start as usize..*end as usize])
    }
}
