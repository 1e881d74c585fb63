//! What partners set out to reach, and how far they have come.

use std::collections::BTreeMap;

use crate::{
    figure::{FactRef, MILLION, Value},
    kpi::{Answer, Chapter, Context, Definition, EACH, Measure, Part, Subject, definition, each, needs::GOAL},
    log::{GoalRow, Log},
    period::{Period, Zone},
    stat,
    time::{Day, Time},
};

pub const ATTAINMENT: Definition = Definition {
    id: "goal_attainment",
    label: "Goal attainment",
    chapter: Chapter::Sales,
    row: "goal attainment",
    measure: Measure::Ratio,
    formula: "Figure ÷ the partner's goal, for the goals whose period holds the end of the period that is asked \
              for, or today; the mean where there are several. The pace is the attainment ÷ the elapsed part of the \
              goal's period: 1 is on the way to reach it exactly.",
    needs: &[GOAL],
    compute: attainment,
};

/// A partner's goal and how far it is reached.
#[derive(Debug, Clone)]
pub struct Attainment {
    /// The goal, by its row.
    pub goal: (u32, GoalRow),
    /// What it is about.
    pub definition: &'static Definition,
    /// The figure so far, in its unit; rates in millionths.
    pub value: Option<i64>,
    /// Of it, the goal, in millionths.
    pub reached: Option<i64>,
    /// What of the goal's period has elapsed, in millionths.
    pub elapsed: i64,
}

/// The goals of those who are asked for whose period holds the end of the period.
pub fn attainments(context: &Context<'_>) -> Vec<Attainment> {
    let today = context.zone.day(context.end());
    let goals = current(context.log, &|partner| context.is_mine(partner), today, context.end());
    let mut shared: BTreeMap<(Day, Day), u32> = BTreeMap::new();
    for (_, goal) in &goals {
        *shared.entry((goal.from, goal.until)).or_default() += 1;
    }
    let everybody = context.about(Subject { partner: None, group: None, ..context.subject });
    let at_once = |days: (Day, Day)| (days, each(&everybody.during(period(context.zone, days))));
    // Of one goal alone, one figure is less than all those of everybody.
    let at_once: BTreeMap<_, _> =
        shared.into_iter().filter(|(_, goals)| *goals > 1).map(|(days, _)| at_once(days)).collect();
    let known = |definition: &Definition, goal: &GoalRow| {
        let column = EACH.iter().position(|known| known.id == definition.id)?;
        Some(at_once.get(&(goal.from, goal.until))?[goal.partner as usize]?[column])
    };
    goals.into_iter().filter_map(|goal| attained(context, goal, &known)).collect()
}

/// The goals, agreed until `end`, whose period holds a day.
pub fn current(log: &Log, is_mine: &dyn Fn(u32) -> bool, today: Day, end: Time) -> Vec<(u32, GoalRow)> {
    agreed(log, &|goal| is_mine(goal.partner) && (goal.from..goal.until).contains(&today), end)
}

/// The goals that were agreed until `end`, of those that are asked for: of one partner, figure and period the one that was
/// agreed last, unless that one takes it back.
pub fn agreed(log: &Log, is_asked: &dyn Fn(&GoalRow) -> bool, end: Time) -> Vec<(u32, GoalRow)> {
    let mut goals: Vec<(u32, GoalRow)> = Vec::new();
    for (row, goal) in log.goals.iter().enumerate() {
        if goal.at > end || !is_asked(&goal) {
            continue;
        }
        match goals.iter_mut().find(|(_, known)| known.is_like(&goal)) {
            Some(slot) if slot.1.at <= goal.at => *slot = (row as u32, goal),
            Some(_) => {}
            None => goals.push((row as u32, goal)),
        }
    }
    goals.retain(|(_, goal)| !goal.takes_back());
    goals
}

/// `None` where the figure is not in the catalogue, or is itself about goals; `known` says what of it is computed already.
fn attained(
    context: &Context<'_>,
    goal: (u32, GoalRow),
    known: &dyn Fn(&Definition, &GoalRow) -> Option<Value>,
) -> Option<Attainment> {
    let definition = definition(&goal.1.metric).filter(|definition| !is_about_goals(definition))?;
    let period = period(context.zone, (goal.1.from, goal.1.until));
    let subject = Subject { partner: Some(goal.1.partner), group: None, ..context.subject };
    let alone = || definition.answer(&context.during(period).about(subject)).value;
    let value = known(definition, &goal.1).unwrap_or_else(alone).number();
    Some(Attainment {
        definition,
        value,
        reached: value.and_then(|value| stat::ratio(i128::from(value), i128::from(goal.1.target))),
        elapsed: elapsed(period, context.now),
        goal,
    })
}

/// The span of a goal, from its first day to the first after it.
pub fn period(zone: &Zone, (from, until): (Day, Day)) -> Period {
    Period { from: zone.midnight(from), until: zone.midnight(until) }
}

/// What of a period has elapsed, in millionths.
pub fn elapsed(period: Period, now: Time) -> i64 {
    let now = now.min(period.until).0.saturating_sub(period.from.0);
    stat::ratio(i128::from(now), i128::from(period.seconds())).unwrap_or(MILLION)
}

/// Such a goal would be about itself.
fn is_about_goals(definition: &Definition) -> bool {
    matches!(definition.id, "goal_attainment" | "scorecard")
}

fn attainment(context: &Context<'_>) -> Answer {
    let attainments = attainments(context);
    let mut parts = Vec::new();
    for Attainment { goal: (_, goal), definition, value, reached, elapsed } in &attainments {
        let name = context.partner_name(goal.partner);
        let label = |what: &str| [name, ": ", definition.label, what].concat();
        let fact = definition.needs.first().copied().unwrap_or(GOAL);
        // A rate stands beside a target in millionths.
        let measure = if definition.measure == Measure::Rate { Measure::Ratio } else { definition.measure };
        let pace = reached.and_then(|reached| stat::ratio(i128::from(reached), i128::from(*elapsed)));
        parts.push(Part::known_or(label(""), measure, *value, fact));
        parts.push(Part::known(label(", goal"), measure, goal.target));
        parts.push(Part::known_or(label(", attainment"), Measure::Ratio, *reached, fact));
        parts.push(Part::known_or(label(", pace"), Measure::Ratio, pace, fact));
    }
    let reached: Vec<i64> = attainments.iter().filter_map(|attainment| attainment.reached).collect();
    let facts = attainments.iter().map(|attainment| FactRef::Goal(attainment.goal.0)).collect();
    stat::mean(&reached).map_or(Answer::not_known(GOAL), |mean| Answer::known(mean, facts)).with(parts)
}
