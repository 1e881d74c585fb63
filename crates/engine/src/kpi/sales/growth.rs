//! Growth: a period beside the one before it, and beside the same a year before.

use super::revenue;
use crate::{
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        needs::{REVENUE, TOUCH},
    },
    period::Period,
    stat,
};

const ROW: &str = "growth";

pub const MONTH_ON_MONTH: Definition = Definition {
    id: "growth_month_on_month",
    label: "Growth on the month before",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Ratio,
    formula: "(sourced revenue of the month − that of the month before) ÷ that of the month before; likewise for \
              weeks, quarters and years. A month that is not over is compared as far as it has come.",
    needs: &[TOUCH, REVENUE],
    compute: |context| growth(context, context.zone.before(context.calendar(), context.grain)),
};

pub const YEAR_ON_YEAR: Definition = Definition {
    id: "growth_year_on_year",
    label: "Growth on the year before",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Ratio,
    formula: "(sourced revenue of the month − that of the same month a year before) ÷ that of the same month a year \
              before; likewise for weeks (52 weeks before), quarters and years. A month that is not over is \
              compared as far as it has come.",
    needs: &[TOUCH, REVENUE],
    compute: |context| growth(context, context.zone.year_before(context.calendar(), context.grain)),
};

/// What else grows beside sourced revenue.
const OTHERS: [&Definition; 4] =
    [&revenue::ATTRIBUTED, &super::clicks::CLICKS, &super::leads::LEADS, &super::wins::WINS_SOURCED];

/// Not known where there was nothing before.
fn growth(context: &Context<'_>, before: Period) -> Answer {
    let (this, before) = (context.during(context.calendar()), context.during(before));
    let answer = revenue::SOURCED.answer(&this);
    let (now, then) = (answer.value.number(), revenue::SOURCED.answer(&before).value.number());
    let mut parts = vec![
        Part::known_or("This period", Measure::Money, now, REVENUE),
        Part::known_or("The period before", Measure::Money, then, REVENUE),
    ];
    for other in OTHERS {
        let (now, then) = (other.answer(&this).value.number(), other.answer(&before).value.number());
        parts.push(Part::known_or(other.label, Measure::Ratio, rise(now, then), other.needs[0]));
    }
    rise(now, then).map_or(Answer::not_known(REVENUE), |rise| Answer::known(rise, answer.evidence)).with(parts)
}

fn rise(now: Option<i64>, then: Option<i64>) -> Option<i64> {
    let (now, then) = now.zip(then)?;
    stat::rise(now, then)
}
