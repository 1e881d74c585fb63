//! What comes back for what partners cost.

use super::cost::{Cost, margin, merged, new_customers, partner_cost};
use crate::{
    figure::{FactRef, Value},
    kpi::{Answer, Context, Measure, Part, needs},
    stat,
    time::Time,
};

/// Revenue that the model credits to whom is asked, with its facts.
fn attributed(context: &Context<'_>) -> (i64, Vec<FactRef>) {
    let rows: Vec<(usize, i64)> =
        context.revenue().map(|row| (row, context.earned(row))).filter(|(_, earned)| *earned != 0).collect();
    let evidence = rows.iter().map(|(row, _)| FactRef::Revenue(*row as u32)).collect();
    (rows.iter().map(|(_, earned)| earned).sum(), evidence)
}

/// What both returns are made of: attributed revenue and partner cost, which is above 0.
fn returned(context: &Context<'_>) -> Result<(i64, Cost, Answer), &'static str> {
    let cost = partner_cost(context).ok_or(needs::COST)?;
    if cost.total()? == 0 {
        return Err(needs::COST);
    }
    let (revenue, evidence) = attributed(context);
    let mut parts = vec![Part::known("Attributed revenue", Measure::Money, revenue)];
    parts.extend(cost.parts());
    let evidence = merged(evidence, cost.evidence.iter().copied());
    Ok((revenue, cost, Answer::known(0, evidence).with(parts)))
}

pub(super) fn roas(context: &Context<'_>) -> Answer {
    let found = returned(context).and_then(|(revenue, cost, answer)| {
        let value = stat::ratio(i128::from(revenue), i128::from(cost.total()?)).ok_or(needs::COST)?;
        Ok(Answer { value: Value::Known(value), ..answer })
    });
    found.unwrap_or_else(Answer::not_known)
}

pub(super) fn roi(context: &Context<'_>) -> Answer {
    let found = returned(context).and_then(|(revenue, cost, mut answer)| {
        let margin = margin(context)?;
        let (revenue, spent, all) = (i128::from(revenue), i128::from(cost.total()?), i128::from(margin.revenue));
        // (revenue × margin ÷ all − spent) ÷ spent, as one fraction.
        let value = stat::ratio(revenue * margin.left() - spent * all, spent * all).ok_or(needs::COST)?;
        answer.parts.push(Part::known_or(
            "Gross margin",
            Measure::Ratio,
            stat::ratio(margin.left(), all),
            needs::REVENUE,
        ));
        Ok(Answer { value: Value::Known(value), ..answer })
    });
    found.unwrap_or_else(Answer::not_known)
}

pub(super) fn gross_margin(context: &Context<'_>) -> Answer {
    let found = margin(context).and_then(|margin| {
        let value = stat::ratio(margin.left(), i128::from(margin.revenue)).ok_or(needs::REVENUE)?;
        let parts = vec![
            Part::known("Revenue", Measure::Money, margin.revenue),
            Part::known("Cost of revenue", Measure::Money, margin.cost),
        ];
        Ok(Answer::known(value, margin.evidence).with(parts))
    });
    found.unwrap_or_else(Answer::not_known)
}

pub(super) fn payback(context: &Context<'_>) -> Answer {
    let found = paid_back(context);
    found.unwrap_or_else(Answer::not_known)
}

fn paid_back(context: &Context<'_>) -> Result<Answer, &'static str> {
    let (log, r) = (context.log, &context.log.revenue);
    let cost = partner_cost(context).ok_or(needs::COST)?;
    let margin = margin(context)?;
    let mut sourced = vec![false; log.customers.len()];
    for customer in new_customers(context) {
        sourced[customer as usize] = context.sourced_by(customer).is_some();
    }
    // What they paid up to now, also after the period.
    let mut rows: Vec<usize> = (0..r.len())
        .filter(|row| r.currency[*row] == context.currency && sourced[r.customer[*row] as usize])
        .filter(|row| r.at[*row] <= context.now)
        .collect();
    rows.sort_by_key(|row| (r.at[*row], *row));
    let dated = |fact: &FactRef| match fact {
        FactRef::Cost(row) => log.costs.at[*row as usize],
        FactRef::Spend(row) => log.spend.at[*row as usize],
        _ => Time(u32::MAX),
    };
    let sales = rows.iter().map(|row| r.at[*row]);
    let start = cost.evidence.iter().map(dated).chain(sales).min().ok_or(needs::REVENUE)?;

    // Revenue × margin.left ÷ margin.revenue > cost, without the division.
    let (gain, price) = (margin.left(), i128::from(cost.total()?) * i128::from(margin.revenue));
    let (mut months, mut next, mut paid, mut value) = (0, 0, 0, None);
    while value.is_none() && next < rows.len() {
        months += 1;
        let until = start.months_later(months);
        while next < rows.len() && r.at[rows[next]] < until {
            paid += r.signed(rows[next]);
            next += 1;
        }
        value = (i128::from(paid) * gain > price).then_some(i64::from(months));
    }
    let gained = stat::divide(i128::from(paid) * gain, i128::from(margin.revenue));
    let mut parts = cost.parts();
    parts.push(Part::known_or("Margin of the customers until then", Measure::Money, gained, needs::REVENUE));
    let evidence = merged(cost.evidence, rows[..next].iter().map(|row| FactRef::Revenue(*row as u32)));
    // Not yet: more revenue would make it known.
    Ok(Answer::of(value.map_or(Value::NotKnown(needs::REVENUE), Value::Known), evidence).with(parts))
}
