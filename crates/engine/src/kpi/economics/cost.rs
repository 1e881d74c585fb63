//! What partners cost, what was sold costs, and who came for it.

use super::commission::commission;
use crate::{
    cohort,
    fact::{CostKind, Mark},
    figure::FactRef,
    kpi::{Context, Measure, Part, Subject, leads, needs, sales},
    log::NONE,
};

/// What the partners who are asked for cost in the period, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cost {
    /// Commission earned, less what was clawed back; `None` where no rules were ever recorded.
    pub commission: Option<i64>,
    /// `cost{program}` of the partners; of everybody where no partner, group, link or campaign is asked for.
    pub program: i64,
    /// `spend` on campaigns that nobody else took part in.
    pub spend: i64,
    /// The facts.
    pub evidence: Vec<FactRef>,
}

/// `None` where no cost of the program and no spend was ever recorded in the currency.
pub(super) fn partner_cost(context: &Context<'_>) -> Option<Cost> {
    let (log, subject) = (context.log, &context.subject);
    let (costs, spend) = (&log.costs, &log.spend);
    let told = costs.iter().any(|cost| cost.currency == context.currency && cost.kind == CostKind::Program)
        || spend.iter().any(|spend| spend.currency == context.currency);
    if !told {
        return None;
    }
    let commission = commission(context);
    let mut cost = Cost {
        commission: commission.as_ref().map(super::commission::Paid::net),
        program: 0,
        spend: 0,
        evidence: commission.map_or_else(Vec::new, |commission| commission.evidence()),
    };
    // A cost of the program has no link or campaign, and spend on a campaign no link.
    let whole = subject.link.is_none() && subject.campaign.is_none();
    for row in (0..costs.len()).filter(|_| whole) {
        if is_cost(context, row, CostKind::Program) && context.is_mine(costs.partner[row]) {
            cost.program += costs.amount[row];
            cost.evidence.push(FactRef::Cost(row as u32));
        }
    }
    let campaigns = parties(context);
    for row in (0..spend.len()).filter(|_| subject.link.is_none()) {
        let campaign = spend.campaign[row];
        let mine = subject.campaign.is_none_or(|asked| asked == campaign)
            && campaigns[campaign as usize] == Parties { mine: true, others: false };
        if mine && is_spend(context, row) {
            cost.spend += spend.amount[row];
            cost.evidence.push(FactRef::Spend(row as u32));
        }
    }
    Some(cost)
}

impl Cost {
    /// All of it; not known, for want of the terms, where nobody can tell what the commission is. A program that pays none
    /// says so by terms without a rule.
    pub fn total(&self) -> Result<i64, &'static str> {
        Ok(self.commission.ok_or(needs::TERMS)? + self.program + self.spend)
    }

    /// What it is made of.
    pub fn parts(&self) -> Vec<Part> {
        vec![
            Part::known_or("Commission", Measure::Money, self.commission, needs::TERMS),
            Part::known("Program", Measure::Money, self.program),
            Part::known("Campaigns", Measure::Money, self.spend),
        ]
    }
}

/// Facts of two numbers, each once, in the order of the log.
pub(super) fn merged(mut facts: Vec<FactRef>, more: impl IntoIterator<Item = FactRef>) -> Vec<FactRef> {
    facts.extend(more);
    facts.sort_unstable();
    facts.dedup();
    facts
}

/// What everything but partners cost to win customers: `cost{acquisition}`, and `spend` on campaigns in which no
/// partner took part. `None` where neither was ever recorded in the currency.
pub(super) fn other_cost(context: &Context<'_>) -> Option<i64> {
    let log = context.log;
    let everybody = context.about(Subject::default());
    let campaigns = parties(&everybody);
    let alone = |campaign: u32| !campaigns[campaign as usize].mine;
    let told = log.costs.iter().any(|cost| cost.currency == context.currency && cost.kind == CostKind::Acquisition)
        || log.spend.iter().any(|spend| spend.currency == context.currency && alone(spend.campaign));
    let costs = (0..log.costs.len()).filter(|row| is_cost(context, *row, CostKind::Acquisition));
    let spend = (0..log.spend.len()).filter(|row| is_spend(context, *row) && alone(log.spend.campaign[*row]));
    let sum = costs.map(|row| log.costs.amount[row]).chain(spend.map(|row| log.spend.amount[row])).sum();
    told.then_some(sum)
}

fn is_cost(context: &Context<'_>, row: usize, kind: CostKind) -> bool {
    let costs = &context.log.costs;
    costs.kind[row] == kind && costs.currency[row] == context.currency && context.period.contains(costs.at[row])
}

fn is_spend(context: &Context<'_>, row: usize) -> bool {
    let spend = &context.log.spend;
    spend.currency[row] == context.currency && context.period.contains(spend.at[row])
}

/// Which partners took part in a campaign: with a touch, a click or a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Parties {
    /// One who is asked for.
    mine: bool,
    /// Another.
    others: bool,
}

/// By campaign, whoever was asked for whenever.
fn parties(context: &Context<'_>) -> Vec<Parties> {
    let log = context.log;
    let mut campaigns = vec![Parties::default(); log.campaigns.len()];
    let touches = log.touches.campaign.iter().zip(log.touches.partner.iter());
    let clicks = log.clicks.campaign.iter().zip(log.clicks.partner.iter());
    let mailings = log.mailings.campaign.iter().copied().zip(log.mailings.partner.iter());
    for (campaign, partner) in touches.chain(clicks).chain(mailings).filter(|(_, partner)| *partner != NONE) {
        if let Some(parties) = campaigns.get_mut(campaign as usize) {
            let mine = context.is_mine(partner);
            parties.mine |= mine;
            parties.others |= !mine;
        }
    }
    campaigns
}

/// Revenue of the whole program in the period and what it cost to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Margin {
    /// Net of refunds; above 0.
    pub revenue: i64,
    /// `cost{revenue}`.
    pub cost: i64,
    /// The facts.
    pub evidence: Vec<FactRef>,
}

impl Margin {
    /// What is left of the revenue; below 0 where it cost more to deliver.
    pub fn left(&self) -> i128 {
        i128::from(self.revenue) - i128::from(self.cost)
    }
}

/// The gross margin of the whole program: what was sold costs the same whoever sold it.
///
/// # Errors
/// The fact that is missing: a cost of revenue in the currency, whenever, or revenue in the period.
pub(super) fn margin(context: &Context<'_>) -> Result<Margin, &'static str> {
    let log = context.log;
    let told = |row: usize| log.costs.kind[row] == CostKind::Revenue && log.costs.currency[row] == context.currency;
    if !(0..log.costs.len()).any(told) {
        return Err(needs::COST);
    }
    let mut margin = Margin { revenue: 0, cost: 0, evidence: Vec::new() };
    for row in context.revenue() {
        margin.revenue += log.revenue.signed(row);
        margin.evidence.push(FactRef::Revenue(row as u32));
    }
    for row in (0..log.costs.len()).filter(|row| is_cost(context, *row, CostKind::Revenue)) {
        margin.cost += log.costs.amount[row];
        margin.evidence.push(FactRef::Cost(row as u32));
    }
    if margin.revenue > 0 { Ok(margin) } else { Err(needs::REVENUE) }
}

/// How many, and the facts that say so.
pub(super) struct Counted {
    /// How many.
    pub count: u64,
    /// The facts.
    pub evidence: Vec<FactRef>,
}

/// Counted clicks of whom is asked, as the figure of clicks has them.
pub(super) fn clicks(context: &Context<'_>) -> Counted {
    let (by_mark, evidence) = sales::clicks::of_period(context);
    Counted { count: by_mark.get(&Mark::Counted).copied().unwrap_or(0), evidence }
}

/// Net new leads of the period whom those who are asked for sourced.
pub(super) fn leads(context: &Context<'_>) -> Counted {
    let (mine, _) = leads::of_period(context);
    Counted { count: mine.len() as u64, evidence: mine.into_iter().map(|lead| lead.fact).collect() }
}

/// Customers whose first sale, in any currency, lies in the period, in order.
pub(super) fn new_customers(context: &Context<'_>) -> Vec<u32> {
    let first = cohort::first_sales(context.log);
    let is_new = |customer: &u32| first[*customer as usize].is_some_and(|at| context.period.contains(at));
    (0..context.log.customers.len() as u32).filter(is_new).collect()
}

/// [`new_customers`] whom those who are asked for sourced, by the touches that did.
pub(super) fn sourced_customers(context: &Context<'_>) -> Counted {
    let customers: Vec<u32> =
        new_customers(context).into_iter().filter(|customer| context.sourced_by(*customer).is_some()).collect();
    let touches = customers.iter().filter_map(|customer| context.classes.sourcing_touch(*customer));
    let evidence = touches.map(FactRef::Touch).collect();
    Counted { count: customers.len() as u64, evidence }
}
