//! Recurring revenue that the model credits.

use crate::{
    fact::RevenueKind,
    figure::FactRef,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        needs::{RECURRING, TOUCH},
    },
    log::NONE,
    stat,
    time::Time,
};

const ROW: &str = "ARR, MRR attributed";

pub const ARR: Definition = Definition {
    id: "arr_attributed",
    label: "ARR attributed",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Money,
    formula: "Recurring revenue in force at the end of the period, as the model credits it, by year: credit × 12 ÷ \
              the months that the amount pays for, net of refunds. An amount is in force from its day for those \
              months, and not once the customer has churned.",
    needs: &[TOUCH, RECURRING],
    compute: |context| recurring(context, 12),
};

pub const MRR: Definition = Definition {
    id: "mrr_attributed",
    label: "MRR attributed",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Money,
    formula: "Recurring revenue in force at the end of the period, as the model credits it, by month: credit ÷ the \
              months that the amount pays for, net of refunds. An amount is in force from its day for those months, \
              and not once the customer has churned.",
    needs: &[TOUCH, RECURRING],
    compute: |context| recurring(context, 1),
};

/// So many months' worth, each amount rounded to the minor unit.
fn recurring(context: &Context<'_>, months: i128) -> Answer {
    let (log, r, end) = (context.log, &context.log.revenue, context.end());
    let refunds = r.refunds_of();
    let mut left: Vec<Option<Time>> = vec![None; log.customers.len()];
    for churn in log.churns.iter().filter(|churn| churn.at <= end) {
        let slot = &mut left[churn.customer as usize];
        *slot = (*slot).max(Some(churn.at));
    }
    let churned = |row: usize| left[r.customer[row] as usize].is_some_and(|left| r.at[row] <= left);
    let (mut new, mut renewed, mut expanded, mut facts) = (0, 0, 0, Vec::new());
    for (row, refunds) in refunds.iter().enumerate() {
        let recurs = r.interval[row] > 0 && r.refunds[row] == NONE && r.kind[row] != RevenueKind::Refund;
        let lasts = r.at[row] <= end && end < r.at[row].months_later(u32::from(r.interval[row]));
        if !recurs || !lasts || r.currency[row] != context.currency {
            continue;
        }
        let given_back = refunds.iter().map(|refund| *refund as usize).filter(|refund| r.at[*refund] <= end);
        let credit: i64 = [row].into_iter().chain(given_back).map(|row| context.earned(row)).sum();
        if credit == 0 || churned(row) {
            continue;
        }
        let worth = stat::divide(i128::from(credit) * months, i128::from(r.interval[row])).unwrap_or(0);
        *match r.kind[row] {
            RevenueKind::New | RevenueKind::Refund => &mut new,
            RevenueKind::Renewal => &mut renewed,
            RevenueKind::Expansion | RevenueKind::Upsell | RevenueKind::CrossSell => &mut expanded,
        } += worth;
        facts.push(FactRef::Revenue(row as u32));
    }
    let of = |label: &str, amount: i64| Part::known(label, Measure::Money, amount);
    Answer::known(new + renewed + expanded, facts).with(vec![
        of("New", new),
        of("Renewed", renewed),
        of("Expansion", expanded),
    ])
}
