//! A partner's figures in one view.

use crate::{
    figure::{FactRef, Value},
    kpi::{
        Answer, Chapter, Context, Definition, EACH, Measure, Part, Subject, definition, each,
        needs::{GOAL, PARTNER, TOUCH},
        sales::{Attainment, attainments},
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

/// A chosen figure of a partner.
#[derive(Debug, Clone)]
pub struct Score {
    /// Which.
    pub definition: &'static Definition,
    /// What the numbers count; a rate is in millionths.
    pub measure: Measure,
    /// The partner's; `None` where it is not known, or no partner is asked for.
    pub own: Option<i64>,
    /// How far each of its goals is reached, in the goal's own period.
    pub goals: Vec<Attainment>,
    /// That of the median partner, of those for whom it is known.
    pub median: Option<i64>,
}

/// The chosen figures of the partner who is asked for, each beside its goals and the median of all partners, or those of the
/// group; of whom no partner is asked for there is only the median.
#[must_use]
pub fn scores(context: &Context<'_>) -> Vec<Score> {
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
    let all = asked(None);
    let at_once = each(&all);
    let score = |definition: &'static Definition| {
        let column = EACH.iter().position(|known| known.id == definition.id);
        let own = |partner: u32| {
            let known = column.and_then(|column| Some(at_once[partner as usize]?[column]));
            known.unwrap_or_else(|| definition.answer(&asked(Some(partner))).value).number()
        };
        let values: Vec<i64> = all.partners().filter_map(own).collect();
        let mine = goals.iter().filter(|goal| goal.definition.id == definition.id);
        Score {
            definition,
            measure: if definition.measure == Measure::Rate { Measure::Ratio } else { definition.measure },
            own: context.subject.partner.and_then(own),
            goals: mine.cloned().collect(),
            median: stat::median(&values),
        }
    };
    chosen.into_iter().map(score).collect()
}

fn scorecard(context: &Context<'_>) -> Answer {
    let (mut parts, mut facts, mut above, mut known) = (Vec::new(), Vec::new(), 0, 0);
    for Score { definition, measure, own, goals, median } in scores(context) {
        let fact = definition.needs.first().copied().unwrap_or(TOUCH);
        let label = |what: &str| [definition.label, what].concat();
        parts.push(Part::known_or(definition.label, measure, own, fact));
        for Attainment { goal: (row, goal), reached, .. } in goals {
            parts.push(Part::known(label(", goal"), measure, goal.target));
            parts.push(Part::known_or(label(", attainment"), Measure::Ratio, reached, GOAL));
            facts.push(FactRef::Goal(row));
        }
        parts.push(Part::known_or(label(", median partner"), measure, median, fact));
        if let Some((own, median)) = own.zip(median) {
            known += 1;
            above += u64::from(own >= median);
        }
    }
    facts.sort_unstable();
    let value = if known == 0 { Value::NotKnown(PARTNER) } else { Value::Rate { n: above, m: known } };
    Answer::of(value, facts).with(parts)
}
