//! Commission by month: what was owed, what was added and taken away, what is owed now, and every line behind it.
//!
//! Two balances are kept, for a partner and a currency:
//!
//! * **owed** = earned − clawed back − paid: all that the partner has coming, held or not;
//! * **payable** = approved − paid: the part of it that is past its hold. What was paid ahead makes it negative.
//!
//! The closing balance of a month is the opening balance of the next. Statements are a function of the facts: a fact
//! that comes late changes the month of its time and those after it.

use super::Accruals;
use crate::{
    log::Log,
    period::{Grain, Period, Zone},
    time::Time,
};

/// What happened to commission in a period, in minor units of one currency, with the lines behind each number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Movement {
    /// Commission for sales, and what was added by hand.
    pub earned: i64,
    /// What refunds took back, or somebody by hand, as a positive number.
    pub clawed_back: i64,
    /// What became payable: earned less clawed back, by the time of approval.
    pub approved: i64,
    /// What was paid out.
    pub paid: i64,
    /// Places in [`Accruals::lines`] that `earned` adds up, also those that pay nothing.
    pub sales: Vec<u32>,
    /// Places in [`Accruals::lines`] that `clawed_back` adds up.
    pub refunds: Vec<u32>,
    /// Places in [`Accruals::lines`] that `approved` adds up.
    pub approvals: Vec<u32>,
    /// Rows of [`crate::log::Payouts`] that `paid` adds up, in the order of the log.
    pub payouts: Vec<u32>,
    /// Rows of [`crate::log::Adjustments`], in the order of the log: those above zero are of `earned`, those below of
    /// `clawed_back`, and all of `approved`.
    pub adjustments: Vec<u32>,
}

/// The commission of some partners in one currency: every line, payout and adjustment.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    log: &'a Log,
    accruals: &'a Accruals,
    /// Places in [`Accruals::lines`].
    lines: Vec<u32>,
    /// Rows of [`crate::log::Payouts`].
    payouts: Vec<u32>,
    /// Rows of [`crate::log::Adjustments`] that count.
    adjustments: Vec<u32>,
}

impl<'a> Account<'a> {
    /// The account of those partners of whom `mine` is true, in one currency: a row of [`Log::currencies`].
    #[must_use]
    pub fn of(log: &'a Log, accruals: &'a Accruals, currency: u32, mine: &dyn Fn(u32) -> bool) -> Self {
        let (revenue, payouts, adjustments) = (&log.revenue, &log.payouts, &log.adjustments);
        let is_line = |i: &u32| {
            let line = &accruals.lines[*i as usize];
            revenue.currency[line.row as usize] == currency && mine(line.partner)
        };
        let is_payout = |row: &u32| payouts.currency[*row as usize] == currency && mine(payouts.partner[*row as usize]);
        let is_adjustment = |row: &u32| {
            adjustments.currency[*row as usize] == currency
                && mine(adjustments.partner[*row as usize])
                && accruals.adjusts(*row)
        };
        Self {
            log,
            accruals,
            lines: (0..accruals.lines.len() as u32).filter(is_line).collect(),
            payouts: (0..payouts.len() as u32).filter(is_payout).collect(),
            adjustments: (0..adjustments.len() as u32).filter(is_adjustment).collect(),
        }
    }

    /// The facts.
    pub(super) fn log(&self) -> &'a Log {
        self.log
    }

    /// Their commission.
    pub(super) fn accruals(&self) -> &'a Accruals {
        self.accruals
    }

    /// What happened in a period.
    #[must_use]
    pub fn during(&self, period: Period) -> Movement {
        let mut movement = Movement::default();
        for i in &self.lines {
            let line = &self.accruals.lines[*i as usize];
            if period.contains(line.at) && line.is_clawback() {
                movement.clawed_back -= line.amount;
                movement.refunds.push(*i);
            } else if period.contains(line.at) {
                movement.earned += line.amount;
                movement.sales.push(*i);
            }
            if period.contains(line.approved) {
                movement.approved += line.amount;
                movement.approvals.push(*i);
            }
        }
        for row in self.payouts.iter().filter(|row| period.contains(self.log.payouts.at[**row as usize])) {
            movement.paid += self.log.payouts.amount[*row as usize];
            movement.payouts.push(*row);
        }
        for row in self.adjustments.iter().filter(|row| period.contains(self.log.adjustments.at[**row as usize])) {
            let amount = self.log.adjustments.amount[*row as usize];
            movement.earned += amount.max(0);
            movement.clawed_back -= amount.min(0);
            movement.approved += amount;
            movement.adjustments.push(*row);
        }
        movement
    }

    /// The statements from the month of the first line, payout or adjustment until the month of `now`, none left out. What is dated
    /// after `now` has not happened yet: the last month is a statement so far. Empty where nothing happened until
    /// `now`.
    #[must_use]
    pub fn statements(&self, zone: &Zone, now: Time) -> Vec<Statement> {
        let lines = self.lines.iter().map(|line| self.accruals.lines[*line as usize].at);
        let payouts = self.payouts.iter().map(|row| self.log.payouts.at[*row as usize]);
        let adjustments = self.adjustments.iter().map(|row| self.log.adjustments.at[*row as usize]);
        let Some(first) = lines.chain(payouts).chain(adjustments).min() else { return Vec::new() };
        let until = Time(now.0.saturating_add(1));
        let (mut opening, mut payable_opening) = (0, 0);
        let statement = |month: Period| {
            let movement = self.during(Period { until: month.until.min(until), ..month });
            let closing = opening + movement.earned - movement.clawed_back - movement.paid;
            let payable_closing = payable_opening + movement.approved - movement.paid;
            let statement = Statement { month, opening, movement, closing, payable_opening, payable_closing };
            (opening, payable_opening) = (closing, payable_closing);
            statement
        };
        zone.periods(Period { from: first, until }, Grain::Month).into_iter().map(statement).collect()
    }
}

/// One month of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The calendar month in the program's time zone, whole, also where it is not over.
    pub month: Period,
    /// Owed when it began, in minor units.
    pub opening: i64,
    /// What happened in it, until now.
    pub movement: Movement,
    /// Owed when it ended: opening + earned − clawed back − paid.
    pub closing: i64,
    /// Payable when it began.
    pub payable_opening: i64,
    /// Payable when it ended: as payable when it began + approved − paid.
    pub payable_closing: i64,
}

impl Statement {
    /// Of what is owed when the month ended, what is still on hold.
    #[must_use]
    pub fn held(&self) -> i64 {
        self.closing - self.payable_closing
    }
}
