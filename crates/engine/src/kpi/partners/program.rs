//! Who joined, and who then began.

use crate::{
    fact::{ActivityKind, JoinSource, Mark},
    figure::FactRef,
    kpi::{Answer, Chapter, Context, Definition, Measure, Part, leads::leads, needs::JOINED},
    log::NONE,
    period::Period,
    time::{DAY, Time},
};

pub const PARTNERS: Definition = Definition {
    id: "partners",
    label: "Partners",
    chapter: Chapter::Partners,
    row: "partners, by join source",
    measure: Measure::Count,
    formula: "Partners who had joined by the end of the period; by how they were found when they first joined, and \
              how many joined in the period.",
    needs: &[JOINED],
    compute: partners,
};

pub const ACTIVATION: Definition = Definition {
    id: "activation_rate",
    label: "Activation rate",
    chapter: Chapter::Partners,
    row: "activation rate",
    measure: Measure::Rate,
    formula: "Of the partners who joined in the period, those who have done anything since: a recorded activity, a \
              registered deal, or a touch that counts. Beside it each first activity that a program may choose \
              instead.",
    needs: &[JOINED],
    compute: activation,
};

/// By partner who is asked for, the first time that it joined, if by the end of the period: the row of
/// [`crate::log::Joins`], and when.
pub fn joined(context: &Context<'_>) -> Vec<Option<(u32, Time)>> {
    let mut first: Vec<Option<(u32, Time)>> = vec![None; context.log.partners.len()];
    for (i, row) in context.log.joins.iter().enumerate() {
        let slot = &mut first[row.partner as usize];
        let earlier = slot.is_none_or(|(_, at)| row.at < at);
        if earlier && row.at <= context.end() && context.is_mine(row.partner) {
            *slot = Some((i as u32, row.at));
        }
    }
    first
}

fn partners(context: &Context<'_>) -> Answer {
    let joins = &context.log.joins;
    let mut first: Vec<u32> = joined(context).into_iter().flatten().map(|(row, _)| row).collect();
    first.sort_unstable();
    let mut parts = Vec::new();
    for source in JoinSource::ALL {
        let count = first.iter().filter(|row| joins.source[**row as usize] == *source).count();
        parts.push(Part::known(found(*source), Measure::Count, count as i64));
    }
    let recent = first.iter().filter(|row| context.period.contains(joins.at[**row as usize])).count();
    parts.push(Part::known("Joined in the period", Measure::Count, recent as i64));
    Answer::known(first.len() as i64, first.into_iter().map(FactRef::Join).collect()).with(parts)
}

const fn found(source: JoinSource) -> &'static str {
    match source {
        JoinSource::Own => "Own channels",
        JoinSource::Referral => "Referral of a partner",
        JoinSource::Network => "Network",
        JoinSource::Outreach => "Outreach",
    }
}

/// What a partner did, as far as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Activity(ActivityKind),
    Registration,
    Touch,
    Lead,
}

/// What counts as a first activity, beside anything at all.
const DEEDS: [(Deed, &str); 8] = [
    (Deed::Activity(ActivityKind::Login), "First login"),
    (Deed::Activity(ActivityKind::Training), "First training"),
    (Deed::Activity(ActivityKind::Certification), "First certification"),
    (Deed::Activity(ActivityKind::Session), "First session"),
    (Deed::Activity(ActivityKind::Sandbox), "First use of the sandbox"),
    (Deed::Registration, "First registered deal"),
    (Deed::Touch, "First counted touch"),
    (Deed::Lead, "First sourced lead"),
];

/// Every deed of partners who are asked for, by partner.
fn deeds(context: &Context<'_>) -> Vec<(u32, Time, Deed, FactRef)> {
    let (log, t) = (context.log, &context.log.touches);
    let joined = joined(context);
    let mut deeds = Vec::new();
    for (i, row) in log.activities.iter().enumerate() {
        deeds.push((row.partner, row.at, Deed::Activity(row.kind), FactRef::Activity(i as u32)));
    }
    for (i, row) in log.registrations.iter().enumerate() {
        deeds.push((row.partner, row.at, Deed::Registration, FactRef::Registration(i as u32)));
    }
    for i in (0..t.len()).filter(|i| t.mark[*i] == Mark::Counted && t.partner[*i] != NONE) {
        deeds.push((t.partner[i], t.at[i], Deed::Touch, FactRef::Touch(i as u32)));
    }
    // Clicks that led nowhere are counted by day: noon stands for the day, or the time at which the partner joined on it.
    for (i, row) in log.clicks.iter().enumerate().filter(|(_, row)| row.mark == Mark::Counted && row.partner != NONE) {
        let noon = Time(row.day.0.saturating_mul(DAY).saturating_add(DAY / 2));
        let joined = joined[row.partner as usize].map(|(_, at)| at).filter(|at| at.day() == row.day);
        let at = joined.map_or(noon, |joined| joined.max(noon)).min(context.now);
        deeds.push((row.partner, at, Deed::Touch, FactRef::Clicks(i as u32)));
    }
    for lead in leads(log) {
        if let Some(partner) = context.sourced_by(lead.customer) {
            deeds.push((partner, lead.at, Deed::Lead, lead.fact));
        }
    }
    deeds.retain(|(partner, ..)| context.is_mine(*partner));
    deeds
}

fn activation(context: &Context<'_>) -> Answer {
    let mut joined = joined(context);
    for slot in &mut joined {
        *slot = slot.filter(|(_, at)| context.period.contains(*at));
    }
    let all = joined.iter().flatten().count() as u64;
    let mut first: Vec<Option<(Time, FactRef)>> = vec![None; joined.len()];
    let mut began = vec![[false; DEEDS.len()]; joined.len()];
    for (partner, at, deed, fact) in deeds(context) {
        let i = partner as usize;
        if joined[i].is_none_or(|(_, joined)| at < joined) || at > context.now {
            continue;
        }
        if first[i].is_none_or(|before| (at, fact) < before) {
            first[i] = Some((at, fact));
        }
        for (slot, (kind, _)) in began[i].iter_mut().zip(DEEDS) {
            *slot |= kind == deed;
        }
    }
    let count = |column: usize| began.iter().filter(|row| row[column]).count() as u64;
    let parts = DEEDS.iter().enumerate().map(|(i, (_, label))| Part::rate(*label, count(i), all, JOINED)).collect();
    let mut facts: Vec<FactRef> = first.into_iter().flatten().map(|(_, fact)| fact).collect();
    facts.sort_unstable();
    Answer::rate(facts.len() as u64, all, JOINED, facts).with(parts)
}

/// By partner who is asked for, what shows that it was active in a period, first: a recorded activity, a registered
/// deal, or a touch that counts.
pub fn active(context: &Context<'_>, period: Period) -> Vec<Option<FactRef>> {
    let mut active = vec![None; context.log.partners.len()];
    for (partner, at, deed, fact) in deeds(context) {
        let slot = &mut active[partner as usize];
        if deed != Deed::Lead && period.contains(at) && slot.is_none() {
            *slot = Some(fact);
        }
    }
    active
}
