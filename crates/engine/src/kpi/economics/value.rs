//! What an account is worth.

use super::cost::{Margin, margin, merged};
use crate::{
    cohort::{self, Cohort, Group, Kind, Middle},
    figure::{FactRef, Value},
    kpi::{
        Answer, Context, Measure, Part,
        accounts::{Accounts, asked, entering},
        needs,
    },
    log::Log,
    stat,
};

/// By customer, net revenue of the period in the currency.
fn revenue_by_customer(context: &Context<'_>) -> Vec<i64> {
    let mut paid = vec![0; context.log.customers.len()];
    for row in context.revenue() {
        paid[context.log.revenue.customer[row] as usize] += context.log.revenue.signed(row);
    }
    paid
}

/// Customers asked for who are active in the period with what was paid in the currency.
fn active(context: &Context<'_>, accounts: &Accounts<'_>) -> Vec<u32> {
    let asked = asked(context, context.end());
    let is = |customer: &u32| {
        asked[*customer as usize] && accounts.is_active_in(*customer, context.period, Some(context.currency))
    };
    (0..context.log.customers.len() as u32).filter(is).collect()
}

fn revenue_facts(context: &Context<'_>, customers: &[u32]) -> Vec<FactRef> {
    let r = &context.log.revenue;
    let rows = context.revenue().filter(|row| customers.binary_search(&r.customer[*row]).is_ok());
    rows.map(|row| FactRef::Revenue(row as u32)).collect()
}

pub(super) fn arpa(context: &Context<'_>) -> Answer {
    let accounts = Accounts::of(context.log);
    let active = active(context, &accounts);
    let paid = revenue_by_customer(context);
    let mean = |values: i64| stat::divide(i128::from(values), active.len() as i128);
    let value = mean(active.iter().map(|customer| paid[*customer as usize]).sum());
    let end = context.end();
    let monthly = mean(active.iter().map(|customer| accounts.monthly_at(*customer, end, context.currency)).sum());
    let mut parts = vec![
        Part::known("Active accounts", Measure::Count, active.len() as i64),
        Part::known_or("Recurring revenue per account and month, at the end", Measure::Money, monthly, needs::REVENUE),
    ];
    for kind in [Kind::Sourced, Kind::Integrated] {
        let of = |customer: u32| active.binary_search(&customer).ok().map(|_| paid[customer as usize]);
        let groups: Vec<Group<Vec<i64>>> = entering(context, kind).iter().map(|cohort| cohort.values(&of)).collect();
        parts.extend(cohort::middles(&groups, Middle::Mean, Measure::Money, needs::REVENUE));
    }
    let evidence = revenue_facts(context, &active);
    Answer::of(value.map_or(Value::NotKnown(needs::REVENUE), Value::Known), evidence).with(parts)
}

/// What a lifetime value is a fraction of.
#[derive(Default)]
struct Lifetime {
    /// Net revenue of the period.
    revenue: i64,
    /// Accounts active in it.
    active: u64,
    /// Accounts active when it began.
    base: u64,
    /// Of these, churned in it.
    churned: u64,
}

impl Lifetime {
    /// Revenue ÷ active × margin ÷ (churned ÷ base), rounded once.
    fn value(&self, margin: &Margin) -> Result<i64, &'static str> {
        let wide = |n: u64| i128::from(n);
        if self.active == 0 {
            return Err(needs::REVENUE);
        }
        if self.base == 0 {
            return Err(needs::BEGAN);
        }
        let n = i128::from(self.revenue) * margin.left() * wide(self.base);
        stat::divide(n, wide(self.active) * i128::from(margin.revenue) * wide(self.churned)).ok_or(needs::CHURN)
    }
}

pub(super) fn lifetime_value(context: &Context<'_>) -> Answer {
    let found = lifetime(context);
    found.unwrap_or_else(Answer::not_known)
}

fn lifetime(context: &Context<'_>) -> Result<Answer, &'static str> {
    let log = context.log;
    let margin = margin(context)?;
    let accounts = Accounts::of(log);
    let active = active(context, &accounts);
    let (paid, churned) = (revenue_by_customer(context), churned(context, log));
    let sum = |customers: &mut dyn Iterator<Item = u32>| {
        let mut lifetime = Lifetime::default();
        for customer in customers {
            let began = accounts.is_active_at(customer, context.period.from);
            lifetime.revenue += paid[customer as usize];
            lifetime.active += 1;
            lifetime.base += u64::from(began);
            lifetime.churned += u64::from(began && churned[customer as usize]);
        }
        lifetime
    };
    let part = |cohort: &Cohort| {
        let mine = cohort.customers.iter().copied().filter(|customer| active.binary_search(customer).is_ok());
        let mine = sum(&mut mine.into_iter());
        let value = mine.value(&margin).map_or_else(Value::NotKnown, Value::Known);
        Part { label: cohort.label.to_owned(), measure: Measure::Money, value, interval: None, of: Some(mine.active) }
    };
    let whole = sum(&mut active.iter().copied());
    let mut parts = vec![
        Part::known_or(
            "Revenue per account",
            Measure::Money,
            stat::divide(i128::from(whole.revenue), i128::from(whole.active)),
            needs::REVENUE,
        ),
        Part::known_or(
            "Gross margin",
            Measure::Ratio,
            stat::ratio(margin.left(), i128::from(margin.revenue)),
            needs::REVENUE,
        ),
        Part::rate("Churn rate", whole.churned, whole.base, needs::BEGAN),
    ];
    for (kind, fact) in [(Kind::Sourced, needs::TOUCH), (Kind::Integrations, needs::INSTALLED)] {
        let cohorts = entering(context, kind);
        if cohorts.is_empty() {
            parts.push(Part::known_or("By cohort", Measure::Money, None, fact));
        }
        parts.extend(cohorts.iter().map(part));
    }
    let value = whole.value(&margin).map_or_else(Value::NotKnown, Value::Known);
    let left =
        |row: &usize| context.period.contains(log.churns.at[*row]) && active.contains(&log.churns.customer[*row]);
    let left = (0..log.churns.len()).filter(left).map(|row| FactRef::Churn(row as u32));
    Ok(Answer::of(value, merged(revenue_facts(context, &active), left)).with(parts))
}

/// By customer, whether they churned in the period.
fn churned(context: &Context<'_>, log: &Log) -> Vec<bool> {
    let mut churned = vec![false; log.customers.len()];
    for churn in log.churns.iter().filter(|churn| context.period.contains(churn.at)) {
        churned[churn.customer as usize] = true;
    }
    churned
}
