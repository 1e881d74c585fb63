//! A partner's figures in one view.

use crate::{
    figure::{FactRef, Value},
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part, Subject, definition,
        needs::{GOAL, TOUCH},
        sales::{attainments, number},
    },
    stat,
};

pub const SCORECARD: Definition = Definition {
    id: "scorecard",
    label: "Scorecard",
    chapter: Chapter::Partners,
    row: "scorecard",
    measure: Measure::Rate,
    formula: "The partner's chosen figures (those that it has goals for, or else revenue, leads, wins and clicks) \
              in the period, each beside its goal and beside the median of all partners, or those of the group that \
              is asked for; and of how many of them it is at the median or above.",
    needs: &[TOUCH],
    compute: scorecard,
};

/// What a partner without goals is shown.
const USUAL: [&str; 5] = ["revenue_sourced", "revenue_attributed", "leads", "wins_sourced", "clicks"];

/// Of whom no partner is asked for there is only the median, and the value is not known.
fn scorecard(context: &Context<'_>) -> Answer {
    let asked = |partner: Option<u32>| context.about(Subject { partner, ..context.subject });
    let goals = if context.subject.partner.is_some() { attainments(context) } else { Vec::new() };
    let mut chosen: Vec<&Definition> = Vec::new();
    for goal in &goals {
        if !chosen.iter().any(|definition| definition.id == goal.definition.id) {
            chosen.push(goal.definition);
        }
    }
    if chosen.is_empty() {
        chosen.extend(USUAL.iter().filter_map(|id| definition(id)));
    }
    let everyone: Vec<u32> = asked(None).partners().collect();
    let (mut parts, mut above, mut known) = (Vec::new(), 0, 0);
    for definition in chosen {
        let own = |partner: u32| number(definition.answer(&asked(Some(partner))).value);
        let values: Vec<i64> = everyone.iter().filter_map(|partner| own(*partner)).collect();
        let (mine, median) = (context.subject.partner.and_then(own), stat::median(&values));
        let fact = definition.needs.first().copied().unwrap_or(TOUCH);
        let measure = if definition.measure == Measure::Rate { Measure::Ratio } else { definition.measure };
        let label = |what: &str| [definition.label, what].concat();
        parts.push(Part::known_or(definition.label, measure, mine, fact));
        for goal in goals.iter().filter(|goal| goal.definition.id == definition.id) {
            parts.push(Part::known(label(", goal"), measure, goal.goal.1.target));
            parts.push(Part::known_or(label(", attainment"), Measure::Ratio, goal.reached, GOAL));
        }
        parts.push(Part::known_or(label(", median partner"), measure, median, fact));
        if let Some((mine, median)) = mine.zip(median) {
            known += 1;
            above += u64::from(mine >= median);
        }
    }
    let facts = goals.iter().map(|goal| FactRef::Goal(goal.goal.0)).collect();
    let value = if known == 0 { Value::NotKnown("partner") } else { Value::Rate { n: above, m: known } };
    Answer::of(value, facts).with(parts)
}
