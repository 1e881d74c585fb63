//! The catalogue's chapters of economics and of customers, by hand-computed cases on small logs: the period is March
//! 2026 in UTC, the present the 15th of May 2026, money USD.

mod customers;
mod economics;

use std::collections::BTreeSet;

use engine::{
    classify::Classes,
    commission::Terms,
    credit::Credits,
    figure::Value,
    journey::Journeys,
    kpi::{Answer, Chapter, Context, Definition, Subject, catalogue, definition},
    log::{CostRow, Log, Party, RevenueRow, Touch, UsageRow},
    period::{Grain, Zone},
    policy::Policies,
    time::{DAY, Day, Time},
};

/// Midnight of a day of 2026.
fn day(month: u32, day: u32) -> Time {
    on(2026, month, day)
}

/// Midnight of a day.
fn on(year: u32, month: u32, day: u32) -> Time {
    Time(Day::of(year, month, day).0 * DAY)
}

/// Whose figure: everybody's.
const ALL: Subject = Subject { partner: None, group: None, link: None, campaign: None, integration: None };
/// Whose figure: the first partner's.
const ACME: Subject = Subject { partner: Some(0), ..ALL };
/// Whose figure: the second partner's.
const BOLT: Subject = Subject { partner: Some(1), ..ALL };

fn party(name: &str) -> Party {
    Party { id: Some(name.to_lowercase()), name: Some(name.to_owned()) }
}

/// What a case expects: the figure, whose, its value and its parts.
///
/// A value is written as it is kept (minor units, millionths, seconds), a rate as `n/m`, what is not known as `? fact`,
/// an interval behind it in brackets, and behind that the number of facts.
struct Case {
    id: &'static str,
    of: Subject,
    value: &'static str,
    parts: &'static [&'static str],
}

/// Asks a log for March 2026.
fn answer(log: &Log, terms: &Terms, of: Subject, definition: &Definition) -> Answer {
    assert_eq!(log.check(), Ok(()));
    let (journeys, policies, zone) = (Journeys::build(log), Policies::default(), Zone::UTC);
    let classes = Classes::compute(log, &journeys, &policies);
    let credits = Credits::compute(log, &journeys, &policies);
    let context = Context {
        log,
        journeys: &journeys,
        classes: &classes,
        credits: &credits,
        policies: &policies,
        terms,
        subject: of,
        period: zone.period(day(3, 1), Grain::Month),
        grain: Grain::Month,
        zone: &zone,
        currency: 0,
        now: day(5, 15),
        groups: Context::groups_of(log),
    };
    definition.answer(&context)
}

fn written(value: Value, interval: Option<(i64, i64)>) -> String {
    let value = match value {
        Value::Known(value) => value.to_string(),
        Value::Rate { n, m } => format!("{n}/{m}"),
        Value::NotKnown(fact) => format!("? {fact}"),
    };
    interval.map_or(value.clone(), |(low, high)| format!("{value} [{low}, {high}]"))
}

/// Checks every case, and that every definition of the chapter has one that is known.
fn check(chapter: Chapter, log: &Log, terms: &Terms, cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let found = answer(log, terms, case.of, definition(case.id).expect(case.id));
        let value = format!("{} of {}", written(found.value, found.interval), found.evidence.len());
        let parts: Vec<String> =
            found.parts.iter().map(|p| format!("{} = {}", p.label, written(p.value, p.interval))).collect();
        if value != case.value || parts != case.parts {
            wrong.push(format!("{} {:?}\n  {value}\n    {}", case.id, case.of.partner, parts.join("\n    ")));
        }
        assert!(found.evidence.windows(2).all(|pair| pair[0] < pair[1]), "{}: facts out of order", case.id);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known: BTreeSet<&str> = cases.iter().filter(|c| !c.value.starts_with('?')).map(|c| c.id).collect();
    let defined: BTreeSet<&str> = catalogue().filter(|d| d.chapter == chapter).map(|d| d.id).collect();
    assert_eq!(known, defined);
}

/// Checks that on an empty log every definition of the chapter is not known, and for want of which fact.
fn check_empty(chapter: Chapter, facts: &[(&str, &str)]) {
    let empty = (Log::default(), Terms::default());
    let found: Vec<(&str, String)> = catalogue()
        .filter(|d| d.chapter == chapter)
        .map(|d| (d.id, written(answer(&empty.0, &empty.1, ALL, d).value, None)))
        .collect();
    let expected: Vec<(&str, String)> = facts.iter().map(|(id, fact)| (*id, format!("? {fact}"))).collect();
    assert_eq!(found, expected);
}
