//! What one of a thing costs or brings.

use super::{
    commission::commission,
    cost::{Counted, clicks, leads, merged, new_customers, other_cost, partner_cost, sourced_customers},
};
use crate::{
    fact::RevenueKind,
    figure::{FactRef, Value},
    kpi::{Answer, Context, Measure, Part, Subject, needs, sales},
    log::NONE,
    stat,
};

/// Partner cost ÷ a number of things; not known, for want of `fact`, where there are none.
fn cost_per(context: &Context<'_>, label: &str, things: Counted, fact: &'static str) -> Answer {
    let Some(cost) = partner_cost(context) else { return Answer::not_known(needs::COST) };
    let mut parts = cost.parts();
    parts.push(Part::known(label, Measure::Count, things.count as i64));
    let each = cost
        .total()
        .and_then(|total| stat::divide(i128::from(total), i128::from(things.count)).ok_or(fact))
        .map_or_else(Value::NotKnown, Value::Known);
    Answer::of(each, merged(cost.evidence, things.evidence)).with(parts)
}

pub(super) fn per_click(context: &Context<'_>) -> Answer {
    cost_per(context, "Clicks", clicks(context), needs::CLICK)
}

pub(super) fn per_lead(context: &Context<'_>) -> Answer {
    cost_per(context, "Leads", leads(context), needs::LEAD)
}

pub(super) fn per_acquisition(context: &Context<'_>) -> Answer {
    cost_per(context, "New customers", sourced_customers(context), needs::REVENUE)
}

pub(super) fn acquisition_cost(context: &Context<'_>) -> Answer {
    let own = cost_per(context, "Customers sourced", sourced_customers(context), needs::REVENUE);
    let everybody = context.about(Subject::default());
    let others = new_customers(context).iter().filter(|customer| everybody.sourced_by(**customer).is_none()).count();
    let (other, fact) = match other_cost(context) {
        None => (None, needs::COST),
        Some(cost) => (stat::divide(i128::from(cost), others as i128), needs::REVENUE),
    };
    let difference = match (own.value, other) {
        (Value::Known(own), Some(other)) => Some(own - other),
        _ => None,
    };
    let mut parts = own.parts.clone();
    parts.extend([
        Part::known("Customers of other channels", Measure::Count, others as i64),
        Part::known_or("Other channels", Measure::Money, other, fact),
        Part::known_or("Difference: partners less other channels", Measure::Money, difference, fact),
    ]);
    own.with(parts)
}

pub(super) fn earnings_per_click(context: &Context<'_>) -> Answer {
    let clicks = clicks(context);
    let Some(commission) = commission(context) else { return Answer::not_known(needs::TERMS) };
    let (earned, count) = (i128::from(commission.net()), i128::from(clicks.count));
    let parts = vec![
        Part::known("Commission", Measure::Money, commission.net()),
        Part::known("Clicks", Measure::Count, clicks.count as i64),
        Part::known_or("Of 100 clicks", Measure::Money, stat::divide(earned * 100, count), needs::CLICK),
    ];
    let evidence = merged(commission.evidence(), clicks.evidence);
    let value = stat::divide(earned, count).map_or(Value::NotKnown(needs::CLICK), Value::Known);
    Answer::of(value, evidence).with(parts)
}

pub(super) fn link_conversion(context: &Context<'_>) -> Answer {
    let clicks = clicks(context);
    let (log, r) = (context.log, &context.log.revenue);
    let through_a_link = |touch: u32| {
        let i = touch as usize;
        sales::clicks::is_click(log.touches.kind[i]) && log.touches.link[i] != NONE && context.is_my_touch(touch)
    };
    // In any currency: sales are counted, not money.
    let sales: Vec<FactRef> = (0..r.len())
        .filter(|row| r.kind[*row] == RevenueKind::New && context.period.contains(r.at[*row]))
        .filter(|row| context.credits.of(*row).iter().any(|credit| through_a_link(credit.touch)))
        .map(|row| FactRef::Revenue(row as u32))
        .collect();
    Answer::rate(sales.len() as u64, clicks.count, needs::CLICK, sales)
}
