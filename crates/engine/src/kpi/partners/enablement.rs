//! What people of partners learned and tried.

use std::collections::BTreeSet;

use crate::{
    fact::ActivityKind,
    figure::FactRef,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        needs::{CERTIFICATION, SANDBOX, TRAINING},
    },
    period::Period,
    time::Time,
};

const ROW: &str = "enablement";

pub const CERTIFIED: Definition = Definition {
    id: "certified_people",
    label: "Certified people",
    chapter: Chapter::Partners,
    row: ROW,
    measure: Measure::Count,
    formula: "People of the partner who had been certified by the end of the period, each once; and how many \
              certifications were given in the period.",
    needs: &[CERTIFICATION],
    compute: |context| {
        let ever = Period { from: Time(0), until: context.period.until };
        let (_, people, facts) = of_kind(context, ActivityKind::Certification, ever);
        let (given, ..) = of_kind(context, ActivityKind::Certification, context.period);
        Answer::known(people, facts).with(vec![Part::known("Certifications in the period", Measure::Count, given)])
    },
};

pub const TRAINING_SESSIONS: Definition = Definition {
    id: "training_sessions",
    label: "Training sessions",
    chapter: Chapter::Partners,
    row: ROW,
    measure: Measure::Count,
    formula: "Trainings that people of the partner took part in, in the period; how many people; and the other \
              sessions with them.",
    needs: &[TRAINING],
    compute: |context| {
        let (trainings, people, facts) = of_kind(context, ActivityKind::Training, context.period);
        let (sessions, ..) = of_kind(context, ActivityKind::Session, context.period);
        let parts = vec![
            Part::known("People trained", Measure::Count, people),
            Part::known("Other sessions", Measure::Count, sessions),
        ];
        Answer::known(trainings, facts).with(parts)
    },
};

pub const SANDBOX_USE: Definition = Definition {
    id: "sandbox_use",
    label: "Sandbox use",
    chapter: Chapter::Partners,
    row: ROW,
    measure: Measure::Count,
    formula: "How often people of the partner used the sandbox in the period, and how many people.",
    needs: &[SANDBOX],
    compute: |context| {
        let (uses, people, facts) = of_kind(context, ActivityKind::Sandbox, context.period);
        Answer::known(uses, facts).with(vec![Part::known("People", Measure::Count, people)])
    },
};

/// How many activities of a kind, of how many people, and which.
fn of_kind(context: &Context<'_>, kind: ActivityKind, period: Period) -> (i64, i64, Vec<FactRef>) {
    let (mut people, mut facts) = (BTreeSet::new(), Vec::new());
    for (i, row) in context.log.activities.iter().enumerate() {
        if row.kind == kind && period.contains(row.at) && context.is_mine(row.partner) {
            people.insert((row.partner, row.person));
            facts.push(FactRef::Activity(i as u32));
        }
    }
    (facts.len() as i64, people.len() as i64, facts)
}
