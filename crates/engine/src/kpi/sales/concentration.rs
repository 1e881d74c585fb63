//! On how few partners the program rests.

use crate::{
    classify::Class,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part, Subject,
        needs::{REVENUE, TOUCH},
    },
    stat,
};

use super::revenue::of_class;

const ROW: &str = "concentration";

macro_rules! top {
    ($($name:ident, $id:literal, $label:literal, $percent:literal;)*) => { $(
        pub const $name: Definition = Definition {
            id: $id,
            label: $label,
            chapter: Chapter::Sales,
            row: ROW,
            measure: Measure::Ratio,
            formula: concat!(
                "Share of the sourced revenue of the period that the first ", $percent,
                " % of the partners brought, those who brought most first; their number is rounded up. Partners \
                 below 0 count as 0. Of all partners, or those of the group that is asked for, whichever partner \
                 is.",
            ),
            needs: &[TOUCH, REVENUE],
            compute: |context| top(context, $percent),
        };
    )* };
}

top! {
    TOP_1, "concentration_top_1", "Share of the top 1 % of partners", 1;
    TOP_5, "concentration_top_5", "Share of the top 5 % of partners", 5;
    TOP_20, "concentration_top_20", "Share of the top 20 % of partners", 20;
}

pub const HERFINDAHL: Definition = Definition {
    id: "herfindahl",
    label: "Herfindahl index",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Ratio,
    formula: "The sum of the squared shares of the partners in the sourced revenue of the period: 1 where one \
              partner brings all, 1 ÷ n where n bring as much each. Partners below 0 count as 0. Of all partners, \
              or those of the group that is asked for, whichever partner is.",
    needs: &[TOUCH, REVENUE],
    compute: herfindahl,
};

/// Sourced revenue by partner, the most first; and the question about them all.
fn by_partner<'a>(context: &Context<'a>) -> (Vec<i128>, Context<'a>) {
    let all = context.about(Subject { partner: None, ..context.subject });
    let mut sums = vec![0i128; context.log.partners.len()];
    for row in all.revenue() {
        if let Some(partner) = all.sourced_by(context.log.revenue.customer[row]) {
            sums[partner as usize] += i128::from(context.log.revenue.signed(row));
        }
    }
    let mut mine: Vec<i128> = all.partners().map(|partner| sums[partner as usize].max(0)).collect();
    mine.sort_unstable();
    mine.reverse();
    (mine, all)
}

fn top(context: &Context<'_>, percent: usize) -> Answer {
    let (sums, all) = by_partner(context);
    let first = (sums.len() * percent).div_ceil(100);
    let (theirs, whole): (i128, i128) = (sums.iter().take(first).sum(), sums.iter().sum());
    let parts = vec![
        Part::known("Partners counted", Measure::Count, first as i64),
        Part::known("Partners", Measure::Count, sums.len() as i64),
    ];
    let share = stat::ratio(theirs, whole);
    let answer =
        share.map_or(Answer::not_known(REVENUE), |share| Answer::known(share, of_class(&all, Class::Sourced).1));
    answer.with(parts)
}

fn herfindahl(context: &Context<'_>) -> Answer {
    let (sums, all) = by_partner(context);
    let whole: i128 = sums.iter().sum();
    // Shares in 10⁻¹² keep the squares within 128 bits, whatever the sums.
    let share = |sum: i128| stat::divide(sum * 1_000_000_000_000, whole).map(i128::from);
    let squares: Option<i128> = sums.iter().map(|sum| share(*sum).map(|share| share * share)).sum();
    let index = squares.and_then(|squares| stat::divide(squares, 1_000_000_000_000_000_000));
    let sellers = sums.iter().filter(|sum| **sum > 0).count() as i64;
    let answer =
        index.map_or(Answer::not_known(REVENUE), |index| Answer::known(index, of_class(&all, Class::Sourced).1));
    answer.with(vec![Part::known("Partners with sourced revenue", Measure::Count, sellers)])
}
