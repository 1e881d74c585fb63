//! A number that explains itself: its definition, its policy and window, and the facts that it counts.

use crate::{
    log::Log,
    money::Currency,
    policy::Policy,
    stat,
    time::{DAY, Time},
};

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minor units of a currency.
    Money(Currency),
    /// Things.
    Count,
    /// Parts of a whole: n of m.
    Rate,
    /// A ratio without a unit, in millionths: 1,500,000 is 1.5.
    Ratio,
    /// A span of time, in seconds.
    Seconds,
}

/// One, in the unit of [`Unit::Ratio`].
pub const MILLION: i64 = 1_000_000;

/// A value, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// In the figure's unit: minor units, a count, millionths, seconds.
    Known(i64),
    /// `n` of `m`, with `m` above zero.
    Rate {
        /// How many have it.
        n: u64,
        /// Of how many.
        m: u64,
    },
    /// Not known: names the fact that would make it known. Never shown as 0.
    NotKnown(&'static str),
}

impl Value {
    /// As one number: a rate in millionths, rounded; `None` where it is not known.
    #[must_use]
    pub fn number(self) -> Option<i64> {
        match self {
            Self::Known(value) => Some(value),
            Self::Rate { n, m } => stat::ratio(i128::from(n), i128::from(m)),
            Self::NotKnown(_) => None,
        }
    }
}

/// A fact of the log, by its table and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactRef {
    /// Row of [`crate::log::Touches`].
    Touch(u32),
    /// Row of [`crate::log::Milestones`].
    Milestone(u32),
    /// Row of [`crate::log::Revenue`].
    Revenue(u32),
    /// Row of [`crate::log::Clicks`].
    Clicks(u32),
    /// Row of [`crate::log::Joins`].
    Join(u32),
    /// Row of [`crate::log::Goals`].
    Goal(u32),
    /// Row of [`crate::log::Activities`].
    Activity(u32),
    /// Row of [`crate::log::Registrations`].
    Registration(u32),
    /// Row of [`crate::log::Payouts`].
    Payout(u32),
    /// Row of [`crate::log::Costs`].
    Cost(u32),
    /// Row of [`crate::log::Spend`].
    Spend(u32),
    /// Row of [`crate::log::Churns`].
    Churn(u32),
    /// Row of [`crate::log::Usage`].
    Usage(u32),
    /// Row of [`crate::log::Surveys`].
    Survey(u32),
    /// Row of [`crate::log::Tickets`].
    Ticket(u32),
    /// Row of [`crate::log::Downtimes`].
    Downtime(u32),
    /// Row of [`crate::log::Mailings`].
    Mailing(u32),
    /// Row of [`crate::log::Assets`].
    Asset(u32),
    /// Row of [`crate::log::Adjustments`].
    Adjustment(u32),
}

impl FactRef {
    /// When it happened; the first second of the day for a day's clicks.
    ///
    /// # Panics
    /// If the log has no such row.
    #[must_use]
    pub fn at(self, log: &Log) -> Time {
        let (Self::Touch(row)
        | Self::Milestone(row)
        | Self::Revenue(row)
        | Self::Clicks(row)
        | Self::Join(row)
        | Self::Goal(row)
        | Self::Activity(row)
        | Self::Registration(row)
        | Self::Payout(row)
        | Self::Cost(row)
        | Self::Spend(row)
        | Self::Churn(row)
        | Self::Usage(row)
        | Self::Survey(row)
        | Self::Ticket(row)
        | Self::Downtime(row)
        | Self::Mailing(row)
        | Self::Asset(row)
        | Self::Adjustment(row)) = self;
        let times = match self {
            Self::Clicks(_) => return Time(log.clicks.day[row as usize].0.saturating_mul(DAY)),
            Self::Touch(_) => &log.touches.at,
            Self::Milestone(_) => &log.milestones.at,
            Self::Revenue(_) => &log.revenue.at,
            Self::Join(_) => &log.joins.at,
            Self::Goal(_) => &log.goals.at,
            Self::Activity(_) => &log.activities.at,
            Self::Registration(_) => &log.registrations.at,
            Self::Payout(_) => &log.payouts.at,
            Self::Cost(_) => &log.costs.at,
            Self::Spend(_) => &log.spend.at,
            Self::Churn(_) => &log.churns.at,
            Self::Usage(_) => &log.usage.at,
            Self::Survey(_) => &log.surveys.at,
            Self::Ticket(_) => &log.tickets.at,
            Self::Downtime(_) => &log.downtimes.at,
            Self::Mailing(_) => &log.mailings.at,
            Self::Asset(_) => &log.assets.at,
            Self::Adjustment(_) => &log.adjustments.at,
        };
        times[row as usize]
    }
}

/// A number with its unit, definition, policy, window and evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Identifier, as in the catalogue.
    pub id: &'static str,
    /// Name on a page.
    pub label: &'static str,
    /// The formula in words.
    pub definition: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// The number.
    pub value: Value,
    /// Under which rules; they hold the window.
    pub policy: Policy,
    /// The facts that it counts, in the order of the log.
    pub evidence: Vec<FactRef>,
}
