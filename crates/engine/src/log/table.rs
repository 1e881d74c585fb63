//! The tables that attribution reads: touches, identities, milestones, revenue, counts of clicks and of paths.

use serde::{Deserialize, Serialize};

use super::{NONE, columns::table};
use crate::{
    credit::{Dimension, Model},
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    order,
    time::{Day, Time},
};

table! {
    /// Touches, a column a field.
    Touches;
    /// One touch.
    Touch {
        /// When.
        at: Time,
        /// What.
        kind: TouchKind,
        /// Whether it may count.
        mark: Mark,
        /// Partner, or [`NONE`].
        partner: u32 => partners | NONE,
        /// Link, or [`NONE`].
        link: u32 => links | NONE,
        /// Campaign, or [`NONE`].
        campaign: u32 => campaigns | NONE,
        /// Channel (direct, organic search, paid, e-mail, partner …), or [`NONE`] where it was not told.
        channel: u32 => channels | NONE,
        /// Landing page, or [`NONE`].
        page: u32 => pages | NONE,
        /// Coupon, or [`NONE`].
        coupon: u32 => coupons | NONE,
        /// Visitor: any number, alike for touches of one visitor, or [`NONE`].
        visitor: u32 => visitors | NONE,
        /// Customer, where the touch itself names one, or [`NONE`].
        customer: u32 => customers | NONE,
    }
}

table! {
    /// Visitors who became known, a column a field.
    Identities;
    /// A visitor who turned out to be a customer.
    Identity {
        /// When.
        at: Time,
        /// Visitor, numbered as in [`Touches::visitor`].
        visitor: u32 => visitors,
        /// Customer.
        customer: u32 => customers,
    }
}

table! {
    /// Leads and opportunities, a column a field.
    Milestones;
    /// A lead or a step of an opportunity.
    Milestone {
        /// When.
        at: Time,
        /// What.
        kind: MilestoneKind,
        /// Customer.
        customer: u32 => customers,
        /// Opportunity, or [`NONE`] for a lead.
        opportunity: u32 => opportunities | NONE,
    }
}

table! {
    /// Revenue and what was given back, a column a field.
    Revenue;
    /// One amount.
    RevenueRow {
        /// When.
        at: Time,
        /// What kind.
        kind: RevenueKind,
        /// Customer.
        customer: u32 => customers,
        /// Minor units, never negative: the kind says which way it went.
        amount: i64,
        /// Currency, as an index into [`Log::currencies`](super::Log::currencies).
        currency: u32 => currencies,
        /// Opportunity, or [`NONE`].
        opportunity: u32 => opportunities | NONE,
        /// For a refund the row that it takes back, or [`NONE`] where that is not recorded; else [`NONE`].
        refunds: u32 => revenue | NONE,
        /// Product, or [`NONE`].
        product: u32 => products | NONE,
        /// Months that the amount pays for: 0 once, 1 monthly, 12 yearly.
        interval: u16,
        /// Invoice or other reference, possibly empty.
        reference: String,
    }
}

table! {
    /// Recorded clicks by day, partner, link, campaign, kind and mark: what a program with a hundred times the clicks sends
    /// in the same bytes. Clicks of journeys are in these counts too.
    Clicks;
    /// Recorded clicks of one day that are alike.
    ClickRow {
        /// UTC day.
        day: Day,
        /// Partner, or [`NONE`].
        partner: u32 => partners | NONE,
        /// Link, or [`NONE`].
        link: u32 => links | NONE,
        /// Campaign, or [`NONE`].
        campaign: u32 => campaigns | NONE,
        /// What.
        kind: TouchKind,
        /// Whether they count, or why not.
        mark: Mark,
        /// How many.
        count: u32 => number,
    }
}

/// The steps of a path.
pub type Steps = Vec<u32>;

table! {
    /// Paths that led to no conversion, counted: what a data-driven model needs of clicks that led nowhere.
    Paths;
    /// Journeys without a conversion that are alike.
    PathRow {
        /// What the steps name.
        by: Dimension,
        /// One step a touch, in time order, as [`Dimension::of`] gives it; [`NONE`] where the touch carries nothing.
        steps: Steps => by,
        /// How many such journeys.
        count: u64,
    }
}

table! {
    /// What a data-driven model of the program's policy gives to touches: for a partner, who sees too little of the journeys
    /// of others to compute it ([`crate::scope`]). Empty in the log of a program.
    Given;
    /// The share of what one touch carries.
    GivenRow {
        /// The model.
        model: Model,
        /// Touch, in ascending order for each model.
        touch: u32 => touches,
        /// Relative, at most 2⁵².
        weight: u64,
    }
}

impl Touch {
    /// A counted touch of a kind that carries nothing yet: the rest is set by `..Touch::new(at, kind)`.
    #[must_use]
    pub fn new(at: Time, kind: TouchKind) -> Self {
        Self {
            at,
            kind,
            mark: Mark::Counted,
            partner: NONE,
            link: NONE,
            campaign: NONE,
            channel: NONE,
            page: NONE,
            coupon: NONE,
            visitor: NONE,
            customer: NONE,
        }
    }
}

impl RevenueRow {
    /// An amount in the first currency, once, of no opportunity or product: the rest is set by `..RevenueRow::new(…)`.
    #[must_use]
    pub fn new(at: Time, kind: RevenueKind, customer: u32, amount: i64) -> Self {
        Self {
            at,
            kind,
            customer,
            amount,
            currency: 0,
            opportunity: NONE,
            refunds: NONE,
            product: NONE,
            interval: 0,
            reference: String::new(),
        }
    }
}

impl Revenue {
    /// The amount with its sign: negative for a refund.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn signed(&self, row: usize) -> i64 {
        match self.kind[row] {
            RevenueKind::Refund => -self.amount[row],
            _ => self.amount[row],
        }
    }

    /// Rows of refunds of each row, in the order in which they happened (ties by log order).
    #[must_use]
    pub fn refunds_of(&self) -> Vec<Vec<u32>> {
        let mut of = vec![Vec::new(); self.len()];
        for (row, target) in self.refunds.iter().enumerate() {
            if target != NONE {
                of[target as usize].push(row as u32);
            }
        }
        for rows in &mut of {
            order::sort(rows, |row| order::pair(self.at[row as usize].0, row));
        }
        of
    }
}
