//! Growth: a period beside the one before it, and beside the same a year before.

use super::revenue;
use crate::{
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        needs::{BEFORE, REVENUE, TOUCH},
    },
    period::{Grain, Period},
    stat,
};

const ROW: &str = "growth";

pub const MONTH_ON_MONTH: Definition = Definition {
    id: "growth_month_on_month",
    label: "Growth on the period before",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Ratio,
    formula: "(sourced revenue of the month − that of the month before) ÷ that of the month before; likewise for \
              weeks, quarters and years. A month that is not over is compared with as many days of the other as it \
              has had. Of other spans of days, it is the month in which they end.",
    needs: &[TOUCH, REVENUE],
    compute: |context| growth(context, context.zone.before(context.calendar(), context.grain), "before"),
};

pub const YEAR_ON_YEAR: Definition = Definition {
    id: "growth_year_on_year",
    label: "Growth on the year before",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Ratio,
    formula: "(sourced revenue of the month − that of the same month a year before) ÷ that of the same month a year \
              before; likewise for weeks (52 weeks before), quarters and years. A month that is not over is \
              compared with as many days of the other as it has had. Of other spans of days, it is the month in \
              which they end.",
    needs: &[TOUCH, REVENUE],
    compute: |context| growth(context, context.zone.year_before(context.calendar(), context.grain), "a year before"),
};

/// What else grows beside sourced revenue.
const OTHERS: [&Definition; 4] =
    [&revenue::ATTRIBUTED, &super::clicks::CLICKS, &super::leads::LEADS, &super::wins::WINS_SOURCED];

/// Not known where there was nothing before.
fn growth(context: &Context<'_>, whole: Period, when: &str) -> Answer {
    let calendar = context.calendar();
    let cut = context.zone.as_far(whole, calendar, context.now);
    let (this, before) = (context.during(calendar), context.during(cut));
    let answer = revenue::SOURCED.answer(&this);
    let (now, then) = (answer.value.number(), revenue::SOURCED.answer(&before).value.number());
    let unit = match context.grain {
        Grain::Day => "day",
        Grain::Week => "week",
        Grain::Month => "month",
        Grain::Quarter => "quarter",
        Grain::Year => "year",
    };
    let is_over = context.now >= calendar.until;
    let (label, other) = match is_over {
        true => (format!("The {unit}"), format!("The {unit} {when}")),
        false => (format!("The {unit} so far"), format!("As many days of the {unit} {when}")),
    };
    let mut parts =
        vec![Part::known_or(label, Measure::Money, now, REVENUE), Part::known_or(other, Measure::Money, then, REVENUE)];
    for other in OTHERS {
        let (now, then) = (other.answer(&this).value.number(), other.answer(&before).value.number());
        parts.push(Part::known_or(other.label, Measure::Ratio, rise(now, then), BEFORE));
    }
    rise(now, then).map_or(Answer::not_known(BEFORE), |rise| Answer::known(rise, answer.evidence)).with(parts)
}

fn rise(now: Option<i64>, then: Option<i64>) -> Option<i64> {
    let (now, then) = now.zip(then)?;
    stat::rise(now, then)
}
