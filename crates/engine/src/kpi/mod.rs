//! The catalogue of figures: one [`Definition`] a figure, in the rows of the catalogue, and what they are asked with.
//!
//! | room | rows of the catalogue |
//! |---|---|
//! | [`sales`] | Sales |
//! | [`economics`] | Economics |
//! | [`customers`] | Customers and integrations |
//! | [`partners`] | Partners |
//! | [`report`] | what a portal opens with: the main figures, months, funnel and deals in one go |
//!
//! Beside them [`ways`] tells which ways deals went, one by one.
//!
//! What chapters share stands beside them: `deals` from opening to close and whose they are, net new `leads`, `accounts`
//! while they last, `each`, which answers for all partners at once, and `needs`, which says what is not known and for want of which fact.

mod accounts;
mod context;
pub mod customers;
mod deals;
mod each;
pub mod economics;
mod leads;
mod needs;
pub mod partners;
pub mod report;
pub mod sales;
pub mod ways;

pub use context::{Context, Subject};
pub use each::{EACH, each};
pub use needs::FACTS;
pub use report::{By, Deal, Funnel, MonthRevenue, Pace, Question, Report, Results, Stage};

use crate::{
    figure::{FactRef, Figure, Unit, Value},
    stat,
};

/// The part of the catalogue that a row stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chapter {
    /// Sales.
    Sales,
    /// Economics.
    Economics,
    /// Customers and integrations.
    Customers,
    /// Partners.
    Partners,
}

/// What a figure counts; [`Measure::unit`] makes it concrete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Money in the currency of the question.
    Money,
    /// Things.
    Count,
    /// n of m.
    Rate,
    /// Millionths.
    Ratio,
    /// Seconds.
    Seconds,
}

/// What a definition computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The number.
    pub value: Value,
    /// Lower and upper bound of a 95 % interval, in the unit of the value (a rate's in millionths), where the figure
    /// has one of its own. That of a rate follows from its counts ([`crate::stat::wilson`]).
    pub interval: Option<(i64, i64)>,
    /// The facts that it counts, in the order of the log.
    pub evidence: Vec<FactRef>,
    /// What it is made of or stands beside: a step of a funnel, a listing, a cohort; in the order of a page.
    pub parts: Vec<Part>,
}

/// A named part of an answer, or what it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is called on a page.
    pub label: String,
    /// What it counts.
    pub measure: Measure,
    /// Its number.
    pub value: Value,
    /// As [`Answer::interval`].
    pub interval: Option<(i64, i64)>,
    /// Of how many values it is the middle; `None` for all else.
    pub of: Option<u64>,
}

/// One figure of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Identifier, `snake_case`, never changed.
    pub id: &'static str,
    /// Name on a page.
    pub label: &'static str,
    /// Part of the catalogue.
    pub chapter: Chapter,
    /// Row of the catalogue, by its first column, word for word.
    pub row: &'static str,
    /// What it counts.
    pub measure: Measure,
    /// The formula in words.
    pub formula: &'static str,
    /// The facts without which it is not known, in the words of the catalogue.
    pub needs: &'static [&'static str],
    /// How it is computed.
    pub compute: fn(&Context<'_>) -> Answer,
}

impl Definition {
    /// The answer to a question; not known where the log has none of a fact that the figure needs.
    #[must_use]
    pub fn answer(&self, context: &Context<'_>) -> Answer {
        match needs::missing(context.log, self.needs) {
            Some(fact) => Answer::not_known(fact),
            None => (self.compute)(context),
        }
    }

    /// The figure for a question.
    #[must_use]
    pub fn figure(&self, context: &Context<'_>) -> Figure {
        let answer = self.answer(context);
        Figure {
            id: self.id,
            label: self.label,
            definition: self.formula,
            unit: context.unit(self.measure),
            value: answer.value,
            policy: *context.policies.latest(),
            evidence: answer.evidence,
        }
    }
}

/// Every definition, in the order of the catalogue.
pub fn catalogue() -> impl Iterator<Item = &'static Definition> {
    [sales::DEFINITIONS, economics::DEFINITIONS, customers::DEFINITIONS, partners::DEFINITIONS].into_iter().flatten()
}

/// The definitions about what a partner does together with the program: joint marketing, and their integrations. A partner's
/// own part of the facts gives them as all facts do.
pub fn joint() -> impl Iterator<Item = Definition> {
    partners::JOINT.into_iter().chain(customers::JOINT)
}

/// The definition with an identifier.
#[must_use]
pub fn definition(id: &str) -> Option<&'static Definition> {
    catalogue().find(|definition| definition.id == id)
}

impl Answer {
    /// A number with the facts that it counts.
    #[must_use]
    pub fn known(value: i64, evidence: Vec<FactRef>) -> Self {
        Self::of(Value::Known(value), evidence)
    }

    /// `n` of `m`; not known, for want of `fact`, where `m` is 0.
    #[must_use]
    pub fn rate(n: u64, m: u64, fact: &'static str, evidence: Vec<FactRef>) -> Self {
        if m == 0 { Self::not_known(fact) } else { Self::of(Value::Rate { n, m }, evidence) }
    }

    /// Not known, for want of a fact.
    #[must_use]
    pub fn not_known(fact: &'static str) -> Self {
        Self::of(Value::NotKnown(fact), Vec::new())
    }

    /// A value with the facts that it counts.
    #[must_use]
    pub fn of(value: Value, evidence: Vec<FactRef>) -> Self {
        Self { value, interval: None, evidence, parts: Vec::new() }
    }

    /// The same with parts.
    #[must_use]
    pub fn with(self, parts: Vec<Part>) -> Self {
        Self { parts, ..self }
    }
}

impl Part {
    /// A number.
    #[must_use]
    pub fn known(label: impl Into<String>, measure: Measure, value: i64) -> Self {
        Self { label: label.into(), measure, value: Value::Known(value), interval: None, of: None }
    }

    /// A number, or not known for want of `fact`.
    #[must_use]
    pub fn known_or(label: impl Into<String>, measure: Measure, value: Option<i64>, fact: &'static str) -> Self {
        Self {
            label: label.into(),
            measure,
            value: value.map_or(Value::NotKnown(fact), Value::Known),
            interval: None,
            of: None,
        }
    }

    /// `n` of `m`, with its interval ([`stat::wilson`]) where `n` is part of `m`; not known, for want of `fact`, where
    /// `m` is 0.
    #[must_use]
    pub fn rate(label: impl Into<String>, n: u64, m: u64, fact: &'static str) -> Self {
        let (value, interval) = if m == 0 {
            (Value::NotKnown(fact), None)
        } else {
            (Value::Rate { n, m }, (n <= m).then(|| stat::wilson(n, m)))
        };
        Self { label: label.into(), measure: Measure::Rate, value, interval, of: None }
    }

    /// How far one group lies from another, with its interval; not known, for want of `fact`, where one has nothing.
    #[must_use]
    pub fn difference(
        group: &str,
        baseline: &str,
        measure: Measure,
        difference: Option<stat::Difference>,
        fact: &'static str,
    ) -> Self {
        let label = ["Difference: ", group, " less ", baseline].concat();
        let interval = difference.and_then(|difference| difference.interval);
        Self { interval, ..Self::known_or(label, measure, difference.map(|difference| difference.value), fact) }
    }
}

impl Measure {
    /// The unit, in a currency where it is money.
    #[must_use]
    pub fn unit(self, currency: crate::money::Currency) -> Unit {
        match self {
            Self::Money => Unit::Money(currency),
            Self::Count => Unit::Count,
            Self::Rate => Unit::Rate,
            Self::Ratio => Unit::Ratio,
            Self::Seconds => Unit::Seconds,
        }
    }
}
