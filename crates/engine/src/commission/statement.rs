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
    /// Commission for sales.
    pub earned: i64,
    /// What refunds took back, as a positive number.
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
}

impl Movement {
    /// What happened in a period to the commission of those partners of whom `mine` is true, in one currency: a row of
    /// [`Log::currencies`].
    #[must_use]
    pub fn of(log: &Log, accruals: &Accruals, period: Period, currency: u32, mine: &dyn Fn(u32) -> bool) -> Self {
        let mut movement = Self::default();
        for (i, line) in accruals.lines.iter().enumerate() {
            if log.revenue.currency[line.row as usize] != currency || !mine(line.partner) {
                continue;
            }
            if period.contains(line.at) && line.is_clawback() {
                movement.clawed_back -= line.amount;
                movement.refunds.push(i as u32);
            } else if period.contains(line.at) {
                movement.earned += line.amount;
                movement.sales.push(i as u32);
            }
            if period.contains(line.approved) {
                movement.approved += line.amount;
                movement.approvals.push(i as u32);
            }
        }
        for row in 0..log.payouts.len() {
            let payouts = &log.payouts;
            if payouts.currency[row] == currency && period.contains(payouts.at[row]) && mine(payouts.partner[row]) {
                movement.paid += payouts.amount[row];
                movement.payouts.push(row as u32);
            }
        }
        movement
    }
}

/// One month of one partner in one currency.
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

/// The statements of a partner in a currency (rows of the log), from the month of the first line or payout until the
/// month of `now`, none left out. What is dated after `now` has not happened yet: the last month is a statement so far.
/// Empty where nothing happened until `now`.
#[must_use]
pub fn statements(
    log: &Log,
    accruals: &Accruals,
    zone: &Zone,
    partner: u32,
    currency: u32,
    now: Time,
) -> Vec<Statement> {
    let past = Period { from: Time(0), until: Time(now.0.saturating_add(1)) };
    let mine = |p: u32| p == partner;
    let all = Movement::of(log, accruals, past, currency, &mine);
    let lines = all.sales.iter().chain(&all.refunds).map(|line| accruals.lines[*line as usize].at);
    let Some(first) = lines.chain(all.payouts.iter().map(|row| log.payouts.at[*row as usize])).min() else {
        return Vec::new();
    };
    let (mut opening, mut payable_opening) = (0, 0);
    let statement = |month: Period| {
        let passed = Period { until: month.until.min(past.until), ..month };
        let movement = Movement::of(log, accruals, passed, currency, &mine);
        let closing = opening + movement.earned - movement.clawed_back - movement.paid;
        let payable_closing = payable_opening + movement.approved - movement.paid;
        let statement = Statement { month, opening, movement, closing, payable_opening, payable_closing };
        (opening, payable_opening) = (closing, payable_closing);
        statement
    };
    zone.periods(Period { from: first, ..past }, Grain::Month).into_iter().map(statement).collect()
}
