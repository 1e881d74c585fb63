//! Accounts: customers while what they paid for lasts, and while they have an integration.

use super::Context;
use crate::{
    cohort::{self, Cohort, Kind},
    fact::{Mark, RevenueKind},
    holding::{self, Holding},
    log::{Log, NONE},
    period::Period,
    stat,
    time::Time,
};

/// The time that one amount pays for: the months of its interval from its date, or its own second where it is paid
/// once. A churn ends it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Row of revenue.
    pub row: usize,
    /// Its date.
    pub from: Time,
    /// First second after the time that is paid for.
    pub due: Time,
    /// First second after it, or the churn before that.
    pub until: Time,
}

/// What each customer paid for. Amounts that were given back in full pay for nothing.
pub(super) struct Accounts<'a> {
    log: &'a Log,
    /// By customer, in the order of the log.
    spans: Vec<Vec<Span>>,
    /// By row of revenue, what refunds left of it.
    left: Vec<i64>,
}

impl<'a> Accounts<'a> {
    /// Of every currency.
    pub fn of(log: &'a Log) -> Self {
        let r = &log.revenue;
        let mut left = r.amount.clone();
        for (row, sale) in r.refunds.iter().enumerate().filter(|(_, sale)| *sale != NONE) {
            left[sale as usize] -= r.amount[row];
        }
        let mut churns: Vec<Vec<Time>> = vec![Vec::new(); log.customers.len()];
        for churn in log.churns.iter() {
            churns[churn.customer as usize].push(churn.at);
        }
        let mut spans: Vec<Vec<Span>> = vec![Vec::new(); log.customers.len()];
        for row in (0..r.len()).filter(|row| r.kind[*row] != RevenueKind::Refund) {
            if left[row] > 0 || r.amount[row] == 0 {
                let (from, customer) = (r.at[row], r.customer[row] as usize);
                let due = match r.interval[row] {
                    0 => Time(from.0.saturating_add(1)),
                    months => from.months_later(u32::from(months)),
                };
                // Who buys after having left is back.
                let left = churns[customer].iter().copied().filter(|churn| *churn > from).min();
                spans[customer].push(Span { row, from, due, until: left.map_or(due, |left| left.min(due)) });
            }
        }
        Self { log, spans, left }
    }

    /// What a customer paid for, in the order of the log.
    pub fn spans(&self, customer: u32) -> &[Span] {
        &self.spans[customer as usize]
    }

    /// Whether something that a customer paid for lasts at a time.
    pub fn is_active_at(&self, customer: u32, at: Time) -> bool {
        self.spans(customer).iter().any(|span| span.from <= at && at < span.until)
    }

    /// Whether it lasts in a part of a period; with a currency, what was paid in it.
    pub fn is_active_in(&self, customer: u32, period: Period, currency: Option<u32>) -> bool {
        let paid_in = |span: &Span| currency.is_none_or(|currency| currency == self.log.revenue.currency[span.row]);
        let lasts = |span: &&Span| span.from < period.until && period.from < span.until;
        self.spans(customer).iter().filter(lasts).any(paid_in)
    }

    /// Minor units a month, net of refunds, of the recurring amounts in a currency that last at a time; each is
    /// rounded.
    pub fn monthly_at(&self, customer: u32, at: Time, currency: u32) -> i64 {
        let r = &self.log.revenue;
        let lasts = |span: &&Span| span.from <= at && at < span.until && r.currency[span.row] == currency;
        let month = |span: &Span| stat::divide(i128::from(self.left[span.row]), i128::from(r.interval[span.row]));
        self.spans(customer).iter().filter(lasts).filter_map(month).sum()
    }
}

/// Who has which integrations that are asked for ([`holding::holdings`]).
pub(super) fn holdings(context: &Context<'_>) -> Vec<Holding> {
    holding::holdings(context.log, &|integration| context.is_my_integration(integration))
}

/// By customer, whether one of the holdings is so.
pub(super) fn holders(context: &Context<'_>, holdings: &[Holding], is: impl Fn(&Holding) -> bool) -> Vec<bool> {
    let mut has = vec![false; context.log.customers.len()];
    for holding in holdings.iter().filter(|holding| is(holding)) {
        has[holding.customer as usize] = true;
    }
    has
}

/// Which partner of those who are asked for has to do with which customer by a time: through a counted touch or a
/// registered deal, or because the customer has an integration of the partner. A link or a campaign is in touches only.
/// By partner, then by customer, each pair once.
pub(super) fn ties(context: &Context<'_>, at: Time) -> Vec<(u32, u32)> {
    let (log, subject) = (context.log, &context.subject);
    let t = &log.touches;
    let mut ties = Vec::new();
    for customer in 0..log.customers.len() as u32 {
        let first = ties.len();
        for touch in context.journeys.of(customer) {
            let i = *touch as usize;
            let tie = (t.partner[i], customer);
            let counts = t.mark[i] == Mark::Counted && t.at[i] <= at && context.is_mine_with_a_partner(*touch);
            if counts && !ties[first..].contains(&tie) {
                ties.push(tie);
            }
        }
    }
    if subject.link.is_none() && subject.campaign.is_none() {
        let deals = log.registrations.iter().filter(|row| row.at <= at && context.is_mine(row.partner));
        ties.extend(deals.map(|row| (row.partner, row.customer)));
        let partner = |holding: &Holding| log.integrations[holding.integration as usize].partner;
        let held = holdings(context).into_iter().filter(|holding| holding.is_at(at) && partner(holding) != NONE);
        ties.extend(held.map(|holding| (partner(&holding), holding.customer)));
    }
    ties.sort_unstable();
    ties.dedup();
    ties
}

/// By customer, whether they are asked for, as it stood at a time: all if nobody in particular is; those who have the
/// integration; else those whom the partner, group, link or campaign has to do with ([`ties`]).
pub(super) fn asked(context: &Context<'_>, at: Time) -> Vec<bool> {
    let subject = &context.subject;
    if subject.integration.is_some() {
        holders(context, &holdings(context), |holding| holding.is_at(at))
    } else if *subject == super::Subject::default() {
        vec![true; context.log.customers.len()]
    } else {
        let mut asked = vec![false; context.log.customers.len()];
        ties(context, at).iter().for_each(|(_, customer)| asked[*customer as usize] = true);
        asked
    }
}

/// Cohorts as they stood when the period began; who became a customer in it, as they stood at its end. So nobody comes
/// into a cohort by staying long enough to adopt an integration in the period.
pub(super) fn entering(context: &Context<'_>, kind: Kind) -> Vec<Cohort> {
    let mut cohorts = cohort::cohorts_at(context, kind, context.period.from);
    let mut known = vec![false; context.log.customers.len()];
    for customer in cohorts.iter().flat_map(|cohort| &cohort.customers) {
        known[*customer as usize] = true;
    }
    for (cohort, later) in cohorts.iter_mut().zip(cohort::cohorts(context, kind)) {
        cohort.customers.extend(later.customers.into_iter().filter(|customer| !known[*customer as usize]));
        cohort.customers.sort_unstable();
    }
    cohorts
}
