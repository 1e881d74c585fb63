//! The partner's goals, as far as they are about figures of the report.

use super::{Question, Report};
use crate::{figure::Unit, kpi::sales::goals, log::Log, stat, time::Day};

/// How far a goal is reached, and how far it should be by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Row of [`Log::goals`].
    pub goal: u32,
    /// Name of the figure that it is about.
    pub label: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The figure so far; a rate in millionths.
    pub value: i64,
    /// The goal, in the same unit.
    pub target: i64,
    /// Of it, what is reached, in millionths; `None` for a target of nothing.
    pub reached: Option<i64>,
    /// What of its period has elapsed, in millionths.
    pub elapsed: i64,
    /// Its last day.
    pub last: Day,
}

impl Report {
    /// The goals of the partner whose period holds the present, under the question's currency and policies. Those about
    /// figures that are not of this report, or that it counts otherwise than the catalogue, are left out.
    #[must_use]
    pub fn paces(&self, log: &Log) -> Vec<Pace> {
        let Question { partner, zone, now, .. } = &self.question;
        let mine = |p: u32| partner.is_some_and(|asked| asked == p);
        let goals = goals::current(log, &mine, zone.day(*now), *now);
        let pace = |(row, goal): (u32, crate::log::GoalRow)| {
            let period = goals::period(zone, (goal.from, goal.until));
            let there = self.during(log, period, None);
            let figures = [&there.sourced, &there.assisted, &there.influenced, &there.attributed, &there.clicks];
            let figure = figures.into_iter().find(|figure| figure.id == goal.metric)?;
            let value = figure.value.number()?;
            Some(Pace {
                goal: row,
                label: figure.label,
                unit: figure.unit,
                value,
                target: goal.target,
                reached: stat::ratio(i128::from(value), i128::from(goal.target)),
                elapsed: goals::elapsed(period, *now),
                last: Day(goal.until.0.saturating_sub(1)),
            })
        };
        goals.into_iter().filter_map(pace).collect()
    }
}
