//! Cohorts: the program's customers, split by what partners have to do with them, and how a figure differs between
//! them.

use crate::{
    fact::RevenueKind,
    holding::{Holding, holdings, of_customer},
    kpi::{Context, Measure, Part},
    log::Log,
    stat,
    time::Time,
};

/// By what customers are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whether a partner who is asked for sourced them.
    Sourced,
    /// Whether they use an integration that is asked for.
    Integrated,
    /// How many integrations that are asked for they use: none, 1 to 3, 4 or more.
    Integrations,
}

/// Customers who are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// What it is called on a page.
    pub label: &'static str,
    /// Rows of [`Log::customers`], in order.
    pub customers: Vec<u32>,
    /// Whether the other cohorts are compared with this one.
    pub baseline: bool,
}

/// Splits those who were customers by the end of the period, as it stood then: [`cohorts_at`].
#[must_use]
pub fn cohorts(context: &Context<'_>, kind: Kind) -> Vec<Cohort> {
    cohorts_at(context, kind, context.end())
}

/// Splits those who had bought by a time, in any currency, as it stood then. Every such customer is in exactly one
/// cohort. Empty where the facts that would tell are missing: touches or registered deals, or uses of integrations.
#[must_use]
pub fn cohorts_at(context: &Context<'_>, kind: Kind, at: Time) -> Vec<Cohort> {
    let log = context.log;
    let told = match kind {
        Kind::Sourced => !log.touches.is_empty(),
        Kind::Integrated | Kind::Integrations => !log.usage.is_empty(),
    };
    if !told {
        return Vec::new();
    }
    let labels: &[(&'static str, bool)] = match kind {
        Kind::Sourced => &[("Sourced by partners", false), ("Not sourced by partners", true)],
        Kind::Integrated => &[("Integrated", false), ("Not integrated", true)],
        Kind::Integrations => {
            &[("No integration", true), ("1–3 integrations", false), ("4 or more integrations", false)]
        }
    };
    let empty = |(label, baseline): &(&'static str, bool)| Cohort { label, customers: Vec::new(), baseline: *baseline };
    let mut cohorts: Vec<Cohort> = labels.iter().map(empty).collect();
    let uses = Uses::of(log, &|integration| context.is_my_integration(integration));
    for (customer, first) in first_sales(log).into_iter().enumerate() {
        if first.is_some_and(|first| first <= at) {
            let slot = match (kind, uses.at(customer as u32, at).len()) {
                (Kind::Sourced, _) => usize::from(context.sourced_by(customer as u32).is_none()),
                (Kind::Integrated, n) => usize::from(n == 0),
                (Kind::Integrations, 0) => 0,
                (Kind::Integrations, n) => 1 + usize::from(n > 3),
            };
            cohorts[slot].customers.push(customer as u32);
        }
    }
    cohorts
}

/// By customer, the first sale of all, in any currency.
#[must_use]
pub fn first_sales(log: &Log) -> Vec<Option<Time>> {
    let mut first: Vec<Option<Time>> = vec![None; log.customers.len()];
    let r = &log.revenue;
    for row in (0..r.len()).filter(|row| r.kind[*row] != RevenueKind::Refund) {
        let slot = &mut first[r.customer[row] as usize];
        *slot = Some(slot.map_or(r.at[row], |at| at.min(r.at[row])));
    }
    first
}

/// Which integrations each customer uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uses(Vec<Holding>);

impl Uses {
    /// The uses of those integrations that are asked for.
    #[must_use]
    pub fn of(log: &Log, asked: &dyn Fn(u32) -> bool) -> Self {
        Self(holdings(log, asked))
    }

    /// The integrations that a customer uses at a time, in order: anything was recorded of them, and the latest was not
    /// that they were removed.
    #[must_use]
    pub fn at(&self, customer: u32, time: Time) -> Vec<u32> {
        let held = of_customer(&self.0, customer).iter().filter(|holding| holding.is_at(time));
        held.map(|holding| holding.integration).collect()
    }
}

/// What is counted of one group: the rate's n and m, or the values that a median or a mean is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<T> {
    /// What it is called on a page.
    pub label: &'static str,
    /// What is counted.
    pub counted: T,
    /// Whether the other groups are compared with this one.
    pub baseline: bool,
}

impl Cohort {
    /// How many of the cohort have something, of how many it is told of.
    #[must_use]
    pub fn rate(&self, has: &dyn Fn(u32) -> Option<bool>) -> Group<(u64, u64)> {
        let told = self.customers.iter().filter_map(|customer| has(*customer));
        let counted = told.fold((0, 0), |(n, m), has| (n + u64::from(has), m + 1));
        Group { label: self.label, counted, baseline: self.baseline }
    }

    /// The values of those of whom they are told.
    #[must_use]
    pub fn values(&self, of: &dyn Fn(u32) -> Option<i64>) -> Group<Vec<i64>> {
        let counted = self.customers.iter().filter_map(|customer| of(*customer)).collect();
        Group { label: self.label, counted, baseline: self.baseline }
    }
}

/// What stands for the middle of a group's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Middle {
    /// The median ([`stat::median_difference`]).
    Median,
    /// The mean ([`stat::mean_difference`]).
    Mean,
}

/// A part for each group's rate with its interval, and one for the difference of each to the baseline, in millionths
/// (ten thousand are a point), with its interval ([`stat::newcombe`]). What has nothing to count is not known for
/// want of `fact`.
#[must_use]
pub fn rates(groups: &[Group<(u64, u64)>], fact: &'static str) -> Vec<Part> {
    let mut parts: Vec<Part> =
        groups.iter().map(|group| Part::rate(group.label, group.counted.0, group.counted.1, fact)).collect();
    for (group, baseline) in pairs(groups) {
        parts.push(Part::difference(
            group.label,
            baseline.label,
            Measure::Ratio,
            stat::newcombe(group.counted, baseline.counted),
            fact,
        ));
    }
    parts
}

/// A part for the middle of each group, and one for the difference of each to the baseline, with its interval. What has
/// nothing to count is not known for want of `fact`.
#[must_use]
pub fn middles(groups: &[Group<Vec<i64>>], middle: Middle, measure: Measure, fact: &'static str) -> Vec<Part> {
    let of = |values: &[i64]| match middle {
        Middle::Median => stat::median(values),
        Middle::Mean => stat::mean(values),
    };
    let apart = match middle {
        Middle::Median => stat::median_difference,
        Middle::Mean => stat::mean_difference,
    };
    let part = |group: &Group<Vec<i64>>| {
        let of_values = Some(group.counted.len() as u64);
        Part { of: of_values, ..Part::known_or(group.label, measure, of(&group.counted), fact) }
    };
    let mut parts: Vec<Part> = groups.iter().map(part).collect();
    for (group, baseline) in pairs(groups) {
        let difference = apart(&group.counted, &baseline.counted);
        parts.push(Part::difference(group.label, baseline.label, measure, difference, fact));
    }
    parts
}

/// Each group that is not the baseline, with the baseline.
fn pairs<T>(groups: &[Group<T>]) -> impl Iterator<Item = (&Group<T>, &Group<T>)> {
    let baseline = groups.iter().find(|group| group.baseline);
    groups.iter().filter(|group| !group.baseline).filter_map(move |group| Some((group, baseline?)))
}
