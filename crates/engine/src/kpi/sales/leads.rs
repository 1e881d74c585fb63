//! Leads and what they are worth.

use crate::{
    cohort::{Group, rates},
    fact::MilestoneKind,
    figure::FactRef,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        leads::{Lead, of_period},
        needs::{LEAD, OPENED, QUALIFIED, TOUCH},
    },
};

pub const LEADS: Definition = Definition {
    id: "leads",
    label: "Leads",
    chapter: Chapter::Sales,
    row: "leads",
    measure: Measure::Count,
    formula: "Customers whose first counted touch within the window before they became a lead is the partner's. \
              Each counts once, when first created as a lead, and not if a customer already.",
    needs: &[TOUCH, LEAD],
    compute: |context| {
        let (mine, rest) = of_period(context);
        let count = |label: &str, leads: &[Lead]| Part::known(label, Measure::Count, leads.len() as i64);
        let parts = vec![count("Sourced by partners", &mine), count("The rest", &rest)];
        Answer::known(mine.len() as i64, evidence(&mine)).with(parts)
    },
};

pub const QUALIFIED_LEADS: Definition = Definition {
    id: "ecosystem_qualified_leads",
    label: "Ecosystem-qualified leads",
    chapter: Chapter::Sales,
    row: "ecosystem-qualified leads",
    measure: Measure::Count,
    formula: "Those of the period's partner-sourced leads that became qualified, whenever that was.",
    needs: &[TOUCH, LEAD, QUALIFIED],
    compute: |context| {
        let (mine, rest) = of_period(context);
        let reached = reached(context, &[MilestoneKind::LeadQualified]);
        let facts: Vec<FactRef> = mine.iter().filter_map(|lead| reached[lead.customer as usize]).collect();
        let parts = rates(&both(&mine, &rest, &|lead| reached[lead.customer as usize].is_some()), LEAD);
        Answer::known(facts.len() as i64, sorted(facts)).with(parts)
    },
};

pub const LEAD_TO_OPPORTUNITY: Definition = Definition {
    id: "lead_to_opportunity_rate",
    label: "Lead to opportunity",
    chapter: Chapter::Sales,
    row: "lead → opportunity rate",
    measure: Measure::Rate,
    formula: "Of the period's partner-sourced leads, those with an opportunity, whenever it was opened: the quality \
              of the leads; beside all other leads.",
    needs: &[TOUCH, LEAD, OPENED],
    compute: |context| {
        let (mine, rest) = of_period(context);
        let reached = reached(context, &[MilestoneKind::OpportunityOpened]);
        let facts: Vec<FactRef> = mine.iter().filter_map(|lead| reached[lead.customer as usize]).collect();
        let parts = rates(&both(&mine, &rest, &|lead| reached[lead.customer as usize].is_some()), LEAD);
        Answer::rate(facts.len() as u64, mine.len() as u64, LEAD, sorted(facts)).with(parts)
    },
};

/// By customer, the first milestone of some kinds.
fn reached(context: &Context<'_>, kinds: &[MilestoneKind]) -> Vec<Option<FactRef>> {
    let m = &context.log.milestones;
    let mut first = vec![None; context.log.customers.len()];
    let mut rows: Vec<usize> = (0..m.len()).filter(|row| kinds.contains(&m.kind[*row])).collect();
    rows.sort_by_key(|row| (m.at[*row], *row));
    for row in rows {
        let slot = &mut first[m.customer[row] as usize];
        *slot = slot.or(Some(FactRef::Milestone(row as u32)));
    }
    first
}

/// How many of the partners' leads and of the rest have something.
fn both(mine: &[Lead], rest: &[Lead], has: &dyn Fn(&Lead) -> bool) -> [Group<(u64, u64)>; 2] {
    let count = |leads: &[Lead]| (leads.iter().filter(|lead| has(lead)).count() as u64, leads.len() as u64);
    [
        Group { label: "Sourced by partners", counted: count(mine), baseline: false },
        Group { label: "The rest", counted: count(rest), baseline: true },
    ]
}

fn evidence(leads: &[Lead]) -> Vec<FactRef> {
    sorted(leads.iter().map(|lead| lead.fact).collect())
}

fn sorted(mut facts: Vec<FactRef>) -> Vec<FactRef> {
    facts.sort_unstable();
    facts
}
