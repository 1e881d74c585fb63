//! How definitions of the catalogue are tested: a chapter has a table of cases, computed by hand on one small log.

use std::collections::BTreeSet;

use engine::{
    classify::Classes,
    commission::Terms,
    credit::Credits,
    figure::Value,
    journey::Journeys,
    kpi::{Chapter, Context, Subject, catalogue, definition},
    log::Log,
    period::{Grain, Period, Zone},
    policy::Policies,
    time::{DAY, Day, Time},
};

/// Midnight of a day, in UTC.
pub fn at(year: u32, month: u32, day: u32) -> Time {
    Time(Day::of(year, month, day).0 * DAY)
}

/// A log with all that a question needs.
pub struct Program {
    pub log: Log,
    journeys: Journeys,
    classes: Classes,
    credits: Credits,
    policies: Policies,
    terms: Terms,
    zone: Zone,
    now: Time,
}

impl Program {
    /// A program under rules, in UTC.
    pub fn new(log: Log, now: Time, policies: Policies) -> Self {
        assert_eq!(log.check(), Ok(()));
        let journeys = Journeys::build(&log);
        let classes = Classes::compute(&log, &journeys, &policies);
        let credits = Credits::compute(&log, &journeys, &policies);
        Self { log, journeys, classes, credits, policies, terms: Terms::default(), zone: Zone::UTC, now }
    }

    /// A question for a month.
    pub fn ask(&self, subject: Subject, month: Period) -> Context<'_> {
        Context {
            log: &self.log,
            journeys: &self.journeys,
            classes: &self.classes,
            credits: &self.credits,
            policies: &self.policies,
            terms: &self.terms,
            subject,
            period: month,
            grain: Grain::Month,
            zone: &self.zone,
            currency: 0,
            now: self.now,
            groups: Context::groups_of(&self.log),
        }
    }
}

/// Label, value and interval of a part.
pub type Expected = (&'static str, Value, Option<(i64, i64)>);

/// What a definition answers.
pub struct Case {
    pub id: &'static str,
    pub of: Subject,
    pub value: Value,
    /// How many facts it counts.
    pub facts: usize,
    /// All parts, in order.
    pub parts: &'static [Expected],
}

/// Asserts every case of a chapter; that each of its definitions has one whose value is known; and that each is not
/// known on a log without facts, for want of one that it names.
pub fn check(chapter: Chapter, program: &Program, month: Period, cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let definition = definition(case.id).unwrap_or_else(|| panic!("{} is no definition", case.id));
        let answer = definition.answer(&program.ask(case.of, month));
        let parts = answer.parts.iter().map(|part| (part.label.as_str(), part.value, part.interval));
        if (answer.value, answer.evidence.len()) != (case.value, case.facts) || !parts.eq(case.parts.iter().copied()) {
            wrong.push(format!("{}: {answer:#?}", case.id));
        }
        assert!(answer.evidence.is_sorted(), "{}: evidence in the order of the log", case.id);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known = |case: &&Case| !matches!(case.value, Value::NotKnown(_));
    let tested: BTreeSet<&str> = cases.iter().filter(known).map(|case| case.id).collect();
    let nothing = Program::new(Log::default(), Time(0), Policies::default());
    for definition in catalogue().filter(|definition| definition.chapter == chapter) {
        assert!(tested.contains(definition.id), "{} has no case with a known value", definition.id);
        let answer = definition.answer(&nothing.ask(Subject::default(), month));
        let names_its_need = matches!(answer.value, Value::NotKnown(fact) if definition.needs.contains(&fact));
        assert!(names_its_need, "{} on an empty log: {:?}", definition.id, answer.value);
    }
}
