//! How much partners do, and whether they stay.

use std::collections::BTreeSet;

use super::program::active;
use crate::{
    classify::Class,
    figure::FactRef,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        needs::{ACTIVE_BEFORE, ACTIVITY, DONE, REGISTRATION, REVENUE, TOUCH},
        sales::revenue::of_class,
    },
    log::NONE,
    period::{Grain, Period},
    stat,
    time::Time,
};

pub const VOLUME: Definition = Definition {
    id: "sales_volume_per_active_partner",
    label: "Monthly sales per active partner",
    chapter: Chapter::Partners,
    row: "engagement",
    measure: Measure::Money,
    formula: "Sourced revenue of the period ÷ its months ÷ the partners active in it. Active is who has a recorded \
              activity, a registered deal or a counted touch. The months are those of the calendar from the \
              period's first, or that of the first sale, to its last, or now.",
    needs: &[TOUCH, REVENUE],
    compute: volume,
};

pub const LAST_ACTIVITY: Definition = Definition {
    id: "time_since_last_activity",
    label: "Since the last activity",
    chapter: Chapter::Partners,
    row: "engagement",
    measure: Measure::Seconds,
    formula: "From the partner's last recorded activity or registered deal to the end of the period, or now; the \
              median where there are several partners.",
    needs: &[DONE],
    compute: last_activity,
};

pub const PENETRATION: Definition = Definition {
    id: "penetration",
    label: "Penetration",
    chapter: Chapter::Partners,
    row: "penetration",
    measure: Measure::Rate,
    formula: "Sellers of the partner with a deal registered in the period ÷ all sellers known by its end, from \
              activities and registered deals.",
    needs: &[REGISTRATION],
    compute: penetration,
};

pub const RETENTION: Definition = Definition {
    id: "partner_retention",
    label: "Retention of partners",
    chapter: Chapter::Partners,
    row: "retention of partners",
    measure: Measure::Rate,
    formula: "Partners active in both the period and the one before ÷ active in the one before. Active is who has a \
              recorded activity, a registered deal or a counted touch. Where the period is not over, whoever was not \
              active yet still may be.",
    needs: &[TOUCH],
    compute: retention,
};

fn volume(context: &Context<'_>) -> Answer {
    let (sum, evidence) = of_class(context, Class::Sourced);
    let first = context.log.revenue.at.iter().copied().min().unwrap_or(context.period.from);
    let span = Period { from: context.period.from.max(first), until: Time(context.end().0.saturating_add(1)) };
    let months = context.zone.periods(span, Grain::Month).len();
    let active = active(context, context.period).into_iter().flatten().count();
    let parts = vec![
        Part::known("Active partners", Measure::Count, active as i64),
        Part::known("Months", Measure::Count, months as i64),
        Part::known("Sourced revenue", Measure::Money, sum),
    ];
    let mean = stat::divide(i128::from(sum), months as i128 * active as i128);
    mean.map_or(Answer::not_known(DONE), |mean| Answer::known(mean, evidence)).with(parts)
}

/// By partner who is asked for, the last recorded activity or registered deal by the end of the period.
pub fn last_activities(context: &Context<'_>) -> Vec<Option<(Time, FactRef)>> {
    let (log, end) = (context.log, context.end());
    let mut last: Vec<Option<(Time, FactRef)>> = vec![None; log.partners.len()];
    let mut seen = |partner: u32, at: Time, fact: FactRef| {
        let slot = &mut last[partner as usize];
        if context.is_mine(partner) && at <= end && slot.is_none_or(|before| (at, fact) > before) {
            *slot = Some((at, fact));
        }
    };
    for (i, row) in log.activities.iter().enumerate() {
        seen(row.partner, row.at, FactRef::Activity(i as u32));
    }
    for (i, row) in log.registrations.iter().enumerate() {
        seen(row.partner, row.at, FactRef::Registration(i as u32));
    }
    last
}

fn last_activity(context: &Context<'_>) -> Answer {
    let (last, end) = (last_activities(context), context.end());
    let since: Vec<i64> = last.iter().flatten().map(|(at, _)| i64::from(end.0 - at.0)).collect();
    let mut facts: Vec<FactRef> = last.into_iter().flatten().map(|(_, fact)| fact).collect();
    facts.sort_unstable();
    stat::median(&since).map_or(Answer::not_known(DONE), |median| Answer::known(median, facts))
}

fn penetration(context: &Context<'_>) -> Answer {
    let (log, end) = (context.log, context.end());
    let (mut known, mut selling, mut facts) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for row in log.activities.iter().filter(|row| context.is_mine(row.partner) && row.at <= end) {
        known.insert((row.partner, row.person));
    }
    let told = |at: Time, partner: u32, person: u32| context.is_mine(partner) && at <= end && person != NONE;
    for (i, row) in log.registrations.iter().enumerate().filter(|(_, row)| told(row.at, row.partner, row.person)) {
        known.insert((row.partner, row.person));
        if context.period.contains(row.at) {
            selling.insert((row.partner, row.person));
            facts.push(FactRef::Registration(i as u32));
        }
    }
    Answer::rate(selling.len() as u64, known.len() as u64, ACTIVITY, facts)
}

fn retention(context: &Context<'_>) -> Answer {
    let this = context.calendar();
    let before = active(context, context.zone.before(this, context.grain));
    let still = active(context, this);
    let (mut stayed, mut facts) = (0, Vec::new());
    for (before, still) in before.iter().zip(still) {
        if let (Some(_), Some(fact)) = (before, still) {
            stayed += 1;
            facts.push(fact);
        }
    }
    facts.sort_unstable();
    Answer::rate(stayed, before.iter().flatten().count() as u64, ACTIVE_BEFORE, facts)
}
