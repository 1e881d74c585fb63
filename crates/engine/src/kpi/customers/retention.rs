//! Whether accounts stay.

use crate::{
    cohort::{self, Group, Kind},
    fact::RevenueKind,
    figure::{FactRef, MILLION, Value},
    kpi::{
        Answer, Context, Measure, Part,
        accounts::{Accounts, Span, asked, entering},
        needs,
    },
    stat,
    time::{DAY, Time},
};

/// A rate by cohort: what is counted of each customer, as n of m, in parts with intervals. What cohorts are not told of
/// is not known for want of their fact; the rest for want of `fact`. `worth` is the money of a customer that the
/// difference between integrated and not integrated moves.
fn by_cohort(
    context: &Context<'_>,
    counted: &dyn Fn(u32) -> (u64, u64),
    worth: &dyn Fn(u32) -> i64,
    fact: &'static str,
) -> Vec<Part> {
    let mut parts = Vec::new();
    let kinds = [
        (Kind::Integrated, "Integrated", needs::INSTALLED),
        (Kind::Integrations, "By number of integrations", needs::INSTALLED),
        (Kind::Sourced, "Sourced by partners", needs::TOUCH),
    ];
    for (kind, label, cohort_fact) in kinds {
        let cohorts = entering(context, kind);
        let groups: Vec<Group<(u64, u64)>> = cohorts
            .iter()
            .map(|cohort| {
                let sum = |(n, m): (u64, u64), (k, l): (u64, u64)| (n + k, m + l);
                let counted = cohort.customers.iter().map(|customer| counted(*customer)).fold((0, 0), sum);
                Group { label: cohort.label, counted, baseline: cohort.baseline }
            })
            .collect();
        if groups.is_empty() {
            parts.push(Part::rate(label, 0, 0, cohort_fact));
        }
        parts.extend(cohort::rates(&groups, fact));
        if let (Kind::Integrated, [with, without]) = (kind, groups.as_slice()) {
            let worth = cohorts[0].customers.iter().map(|customer| i128::from(worth(*customer))).sum();
            parts.push(in_money(with.counted, without.counted, worth, fact));
        }
    }
    parts
}

/// The difference of two rates × an amount, with its interval.
fn in_money(a: (u64, u64), b: (u64, u64), worth: i128, fact: &'static str) -> Part {
    let wide = |(n, m): (u64, u64)| (i128::from(n), i128::from(m));
    let ((n, m), (k, l)) = (wide(a), wide(b));
    let difference = stat::newcombe(a, b).and_then(|difference| {
        let bound = |bound: i64| stat::divide(i128::from(bound) * worth, i128::from(MILLION));
        let interval = difference.interval.and_then(|(low, high)| bound(low).zip(bound(high)));
        Some(stat::Difference { value: stat::divide((n * l - k * m) * worth, m * l)?, interval })
    });
    let part = Part::difference("Integrated", "Not integrated", Measure::Money, difference, fact);
    Part { label: "Difference in money".to_owned(), ..part }
}

/// Customers who were active when the period began, and what became of them.
struct Base<'a> {
    accounts: Accounts<'a>,
    /// By customer, whether active when the period began.
    began: Vec<bool>,
    /// By customer, whether asked for.
    asked: Vec<bool>,
}

impl<'a> Base<'a> {
    fn of(context: &Context<'a>) -> Self {
        let accounts = Accounts::of(context.log);
        let all = 0..context.log.customers.len() as u32;
        let began = all.map(|customer| accounts.is_active_at(customer, context.period.from)).collect();
        Self { accounts, began, asked: asked(context, context.period.from) }
    }

    /// Customers who are asked for, and when the period began were active, in order.
    fn customers(&self) -> impl Iterator<Item = u32> {
        (0..self.began.len()).filter(|i| self.began[*i] && self.asked[*i]).map(|i| i as u32)
    }

    /// The amounts that made them active when the period began.
    fn evidence(&self, context: &Context<'_>) -> Vec<FactRef> {
        let from = context.period.from;
        let spans = self.customers().flat_map(|customer| self.accounts.spans(customer));
        let mut rows: Vec<FactRef> = spans
            .filter(|span| span.from <= from && from < span.until)
            .map(|span| FactRef::Revenue(span.row as u32))
            .collect();
        rows.sort_unstable();
        rows
    }

    /// The rate of those to whom something happened, of those who are asked for, with its cohorts.
    fn rate(&self, context: &Context<'_>, has: &dyn Fn(u32) -> bool) -> Answer {
        let n = self.customers().filter(|customer| has(*customer)).count() as u64;
        let m = self.customers().count() as u64;
        let counted = |customer: u32| {
            let began = self.began[customer as usize];
            (u64::from(began && has(customer)), u64::from(began))
        };
        let worth = |customer: u32| match self.began[customer as usize] {
            true => self.accounts.monthly_at(customer, context.period.from, context.currency),
            false => 0,
        };
        let parts = by_cohort(context, &counted, &worth, needs::BEGAN);
        Answer::rate(n, m, needs::BEGAN, self.evidence(context)).with(parts)
    }

    fn stays(&self, context: &Context<'_>, customer: u32) -> bool {
        self.accounts.is_active_at(customer, context.end())
    }
}

pub(super) fn retention(context: &Context<'_>) -> Answer {
    let base = Base::of(context);
    let mut answer = base.rate(context, &|customer| base.stays(context, customer));
    let monthly = |at: Time| {
        let each = base.customers().map(|customer| base.accounts.monthly_at(customer, at, context.currency));
        each.map(i128::from).sum::<i128>()
    };
    let net = stat::ratio(monthly(context.end()), monthly(context.period.from));
    answer.parts.insert(0, Part::known_or("Net revenue retention", Measure::Ratio, net, needs::BEGAN));
    answer
}

pub(super) fn churn(context: &Context<'_>) -> Answer {
    let churns = &context.log.churns;
    let base = Base::of(context);
    let mut churned = vec![false; context.log.customers.len()];
    let mut rows = Vec::new();
    for (row, churn) in churns.iter().enumerate().filter(|(_, churn)| context.period.contains(churn.at)) {
        let i = churn.customer as usize;
        churned[i] = true;
        if base.began[i] && base.asked[i] {
            rows.push(FactRef::Churn(row as u32));
        }
    }
    let mut answer = base.rate(context, &|customer| churned[customer as usize]);
    let lapsed = base.customers().filter(|c| !churned[*c as usize] && !base.stays(context, *c)).count();
    answer.parts.insert(0, Part::known("Lapsed without a churn", Measure::Count, lapsed as i64));
    if answer.value != Value::NotKnown(needs::BEGAN) {
        answer.evidence.extend(rows);
    }
    answer
}

/// How long after the end of the paid time a renewal still follows it.
const GRACE: u32 = 30 * DAY;

pub(super) fn renewal(context: &Context<'_>) -> Answer {
    let r = &context.log.revenue;
    let accounts = Accounts::of(context.log);
    let asked = asked(context, context.period.from);
    let follows = |row: usize, due: Time| {
        let is = |span: &&Span| {
            r.kind[span.row] == RevenueKind::Renewal
                && r.product[span.row] == r.product[row]
                && r.at[row] < span.from
                && span.from.0 <= due.0.saturating_add(GRACE)
        };
        accounts.spans(r.customer[row]).iter().find(is).map(|span| span.row)
    };
    // By customer: renewed, due, and the money in the currency that was due.
    let mut due = vec![(0u64, 0u64, 0i64); context.log.customers.len()];
    let (mut evidence, mut open) = (Vec::new(), 0);
    for customer in 0..due.len() as u32 {
        for span in accounts.spans(customer) {
            let recurs =
                matches!(r.kind[span.row], RevenueKind::New | RevenueKind::Renewal) && r.interval[span.row] > 0;
            if recurs && context.period.contains(span.due) && span.due <= context.now {
                let renewed = follows(span.row, span.due);
                let slot = &mut due[customer as usize];
                slot.0 += u64::from(renewed.is_some());
                slot.1 += 1;
                slot.2 += if r.currency[span.row] == context.currency { r.amount[span.row] } else { 0 };
                if asked[customer as usize] {
                    evidence.extend(
                        [Some(span.row), renewed].into_iter().flatten().map(|row| FactRef::Revenue(row as u32)),
                    );
                    let ends = span.due.0.saturating_add(GRACE);
                    open += i64::from(renewed.is_none() && context.now.0 <= ends && span.until == span.due);
                }
            }
        }
    }
    evidence.sort_unstable();
    evidence.dedup();
    let mine = due.iter().zip(&asked).filter(|(_, asked)| **asked);
    let (n, m) = mine.fold((0, 0), |(n, m), ((k, l, _), _)| (n + k, m + l));
    let counted = |customer: u32| (due[customer as usize].0, due[customer as usize].1);
    let mut parts = vec![Part::known("Not renewed yet, but due no more than 30 days ago", Measure::Count, open)];
    parts.extend(by_cohort(context, &counted, &|customer| due[customer as usize].2, needs::RENEWAL));
    // Where nothing was due there is no renewal to speak of.
    Answer::rate(n, m, needs::RENEWAL, evidence).with(parts)
}
