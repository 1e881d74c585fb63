//! Clicks and visitors.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    fact::{Mark, TouchKind},
    figure::FactRef,
    journey::Reason,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        needs::{CLICK, COUNTED, VISITOR},
    },
    log::{ClickRow, Clicks, NONE},
};

const ROW: &str = "clicks, visitors";

pub const CLICKS: Definition = Definition {
    id: "clicks",
    label: "Clicks",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Count,
    formula: "Counted clicks on links and listings and direct visits of landing pages: recorded, less bots, repeats \
              and prefetches.",
    needs: &[CLICK],
    compute: clicks,
};

pub const VISITORS: Definition = Definition {
    id: "visitors",
    label: "Visitors",
    chapter: Chapter::Sales,
    row: ROW,
    measure: Measure::Count,
    formula: "Distinct visitors of the counted clicks. Not known where clicks are recorded that do not say whose \
              they were, or that led to no lead: of these nobody is told who came, but only how many there were a \
              day.",
    needs: &[CLICK, VISITOR],
    compute: visitors,
};

/// Whether a touch of a kind is a click: on a link or a listing, or a visit of a landing page that no click led to.
pub const fn is_click(kind: TouchKind) -> bool {
    matches!(kind, TouchKind::Click | TouchKind::Listing | TouchKind::Landing)
}

/// Recorded clicks by mark, and the rows that count.
pub fn recorded(clicks: &Clicks, mine: &dyn Fn(&ClickRow) -> bool) -> (BTreeMap<Mark, u64>, Vec<FactRef>) {
    let mut recorded = BTreeMap::from([(Mark::Counted, 0)]);
    let mut evidence = Vec::new();
    for (i, row) in clicks.iter().enumerate() {
        if is_click(row.kind) && mine(&row) {
            *recorded.entry(row.mark).or_insert(0) += u64::from(row.count);
            if row.mark == Mark::Counted {
                evidence.push(FactRef::Clicks(i as u32));
            }
        }
    }
    (recorded, evidence)
}

/// Recorded clicks of the period by mark, and the rows that count.
pub fn of_period(context: &Context<'_>) -> (BTreeMap<Mark, u64>, Vec<FactRef>) {
    let days = context.days();
    recorded(&context.log.clicks, &|row| days.contains(&row.day) && is_mine(context, row))
}

/// Whether a day's clicks are of whom is asked.
pub fn is_mine(context: &Context<'_>, row: &ClickRow) -> bool {
    let subject = &context.subject;
    context.is_mine(row.partner)
        && subject.link.is_none_or(|link| link == row.link)
        && subject.campaign.is_none_or(|campaign| campaign == row.campaign)
}

/// Counted clicks of the period.
pub fn counted(context: &Context<'_>) -> u64 {
    of_period(context).0.get(&Mark::Counted).copied().unwrap_or(0)
}

/// With the reconciliation: recorded = counted + excluded by each reason.
fn clicks(context: &Context<'_>) -> Answer {
    let (recorded, evidence) = of_period(context);
    let of = |label: &str, count: u64| Part::known(label, Measure::Count, count as i64);
    let mut parts = vec![of("Recorded", recorded.values().sum())];
    parts.extend(recorded.iter().map(|(mark, count)| of(Reason::Marked(*mark).sentence(), *count)));
    Answer::known(recorded.get(&Mark::Counted).copied().unwrap_or(0) as i64, evidence).with(parts)
}

/// A click whose visitor was not told but whose customer was is that customer's.
fn visitors(context: &Context<'_>) -> Answer {
    let (t, days) = (&context.log.touches, context.days());
    let mut who = BTreeSet::new();
    let mut evidence = Vec::new();
    for i in 0..t.len() {
        let counts = t.mark[i] == Mark::Counted && is_click(t.kind[i]) && days.contains(&t.at[i].day());
        if counts && context.is_my_touch(i as u32) {
            if (t.visitor[i], t.customer[i]) == (NONE, NONE) {
                return Answer::not_known(VISITOR);
            }
            who.insert((t.visitor[i], if t.visitor[i] == NONE { t.customer[i] } else { NONE }));
            evidence.push(FactRef::Touch(i as u32));
        }
    }
    let parts = vec![Part::known("Of clicks that led to a lead or a sale", Measure::Count, who.len() as i64)];
    // Clicks that led nowhere may travel as counts only.
    if counted(context) > evidence.len() as u64 {
        return Answer::not_known(COUNTED).with(parts);
    }
    Answer::known(who.len() as i64, evidence)
}
