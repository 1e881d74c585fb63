//! Comparisons and cohorts on the same program.

use engine::{
    cohort::{Cohort, Kind, Middle, cohorts, cohorts_at, middles, rates},
    compare::{Amounts, Comparison, Move, Moves, Party, Row, moves},
    credit::Model,
    fact::{JoinSource, Mark, TouchKind},
    figure::{MILLION, Value},
    kpi::{Answer, Measure, Subject, definition},
    log::{ClickRow, JoinRow, LinkRow, Log, NONE, Party as Partner, RegistrationRow},
    period::Period,
    policy::Policies,
    time::{DAY, Time},
};

use crate::{
    program::{ACME, BIRCH, USD, month, program},
    support::{Program, at},
};

const fn amounts(attributed: i64, sourced: i64, conversions: i64) -> Amounts {
    Amounts { attributed: attributed * USD, sourced: sourced * USD, conversions: conversions * MILLION }
}

#[test]
fn two_models_side_by_side() {
    let (first, last) = (Policies::default(), Policies::default().asked(Some(Model::Last), None));
    let (a, b) = (program(first), program(last));
    let all = Subject::default();
    let found = Comparison::of(&a.ask(all, month()), &b.ask(all, month()));
    // First: Ada 900 and Gus 200 to Acme, Bob 600 to Birch. Last: Bob and Gus to Acme, Ada to Birch.
    let rows = [
        Row { party: Party::Partner(ACME), a: amounts(1100, 1100, 2), b: amounts(800, 1100, 2) },
        Row { party: Party::Partner(BIRCH), a: amounts(600, 600, 1), b: amounts(900, 600, 1) },
        Row { party: Party::Own, a: amounts(300, 0, 1), b: amounts(300, 0, 1) },
        Row { party: Party::Nobody, a: amounts(500, 800, 1), b: amounts(500, 800, 1) },
    ];
    assert_eq!(found.rows, rows);
    assert_eq!(found.total, (amounts(2500, 2500, 5), amounts(2500, 2500, 5)));
    assert_eq!(found.rows[0].difference(), amounts(-300, 0, 0));
}

#[test]
fn what_moves_between_two_models_names_its_customers() {
    let (first, last) = (Policies::default(), Policies::default().asked(Some(Model::Last), None));
    let (a, b) = (program(first), program(last));
    let all = Subject::default();
    let (a, b) = (a.ask(all, month()), b.ask(all, month()));
    let found = moves(&a, &b, 1);
    for row in Comparison::of(&a, &b).rows {
        let all = moves(&a, &b, usize::MAX).into_iter().find(|moves| moves.party == row.party);
        let sum = all.map_or(0, |moves| moves.most.iter().map(|moved| moved.b - moved.a).sum());
        assert_eq!(sum, row.difference().attributed, "{:?}", row.party);
    }
    // Ada goes from Acme to Birch with 900, and Bob the other way with 600: the larger one is named.
    let parties: Vec<(Party, usize)> = found.iter().map(|moves| (moves.party, moves.customers)).collect();
    assert_eq!(parties, [(Party::Partner(ACME), 2), (Party::Partner(BIRCH), 2)]);
    let [Moves { most: of_acme, .. }, Moves { most: of_birch, .. }] = &found[..] else { panic!("{found:?}") };
    let moved = |most: &[Move]| most.iter().map(|moved| (moved.a, moved.b)).collect::<Vec<_>>();
    assert_eq!(moved(of_acme), [(900 * USD, 0)]);
    assert_eq!(moved(of_birch), [(0, 900 * USD)]);
    assert_eq!((of_acme[0].customer, of_acme[0].row), (of_birch[0].customer, of_birch[0].row));
}

#[test]
fn two_periods_of_one_partner_side_by_side() {
    let program = program(Policies::default());
    let birch = Subject { partner: Some(BIRCH), ..Subject::default() };
    let february = Period { from: at(2026, 2, 1), until: at(2026, 3, 1) };
    let found = Comparison::of(&program.ask(birch, february), &program.ask(birch, month()));
    let rows = [
        Row { party: Party::Partner(BIRCH), a: amounts(0, 0, 0), b: amounts(600, 600, 1) },
        Row { party: Party::Others, a: amounts(400, 400, 1), b: amounts(1100, 1100, 2) },
        Row { party: Party::Own, a: amounts(0, 0, 0), b: amounts(300, 0, 1) },
        Row { party: Party::Nobody, a: amounts(0, 0, 0), b: amounts(500, 800, 1) },
    ];
    assert_eq!(found.rows, rows);
    assert_eq!(found.total, (amounts(400, 400, 1), amounts(2500, 2500, 5)));
}

#[test]
fn conversions_are_divided_as_the_money_is() {
    let linear = program(Policies::default().asked(Some(Model::Linear), None));
    let context = linear.ask(Subject::default(), month());
    let found = Comparison::of(&context, &context);
    // Ada: a half each. Bob: a third to Birch, two to Acme. Gus to Acme: 1/2 + 2/3 + 1 and 1/2 + 1/3, in millionths, of
    // which the last one is the earliest touch's.
    let of = |party: Party| found.rows.iter().find(|row| row.party == party).map(|row| row.a.conversions);
    assert_eq!(of(Party::Partner(ACME)), Some(2_166_666));
    assert_eq!(of(Party::Partner(BIRCH)), Some(833_334));
    assert_eq!(found.total.0.conversions, 5 * MILLION);
}

/// Label and customers of each cohort.
fn members(cohorts: &[Cohort]) -> Vec<(&str, &[u32])> {
    cohorts.iter().map(|cohort| (cohort.label, cohort.customers.as_slice())).collect()
}

#[test]
fn customers_fall_into_one_cohort_each() {
    let program = program(Policies::default());
    let context = program.ask(Subject::default(), month());
    // Who bought: Ada, Bob, Eve, Fay, Gus, Hal; Kim won but was not billed yet.
    assert_eq!(
        members(&cohorts(&context, Kind::Sourced)),
        [("Sourced by partners", &[0, 1, 6, 7][..]), ("Not sourced by partners", &[4, 5])]
    );
    assert_eq!(
        members(&cohorts(&context, Kind::Integrations)),
        [("No integration", &[0, 1, 5, 6, 7][..]), ("1–3 integrations", &[4]), ("4 or more integrations", &[])]
    );
    // On the 10th of March only Gus and Hal had bought, and Eve, who had Sync already, had not.
    assert_eq!(
        members(&cohorts_at(&context, Kind::Integrated, at(2026, 3, 10))),
        [("Integrated", &[][..]), ("Not integrated", &[6, 7])]
    );
    let nothing = Program::new(Log::default(), at(2026, 4, 1), Policies::default());
    assert_eq!(cohorts(&nothing.ask(Subject::default(), month()), Kind::Sourced), []);
}

#[test]
fn cohorts_are_compared_with_their_baseline() {
    let program = program(Policies::default());
    let cohorts = cohorts(&program.ask(Subject::default(), month()), Kind::Sourced);
    // Everyone but Hal, of whom it is not told whether: 3 of 3 and 1 of 2.
    let groups: Vec<_> = cohorts.iter().map(|c| c.rate(&|c| (c != 7).then_some(c != 5))).collect();
    let parts = rates(&groups, "fact");
    let found: Vec<_> = parts.iter().map(|part| (part.label.as_str(), part.value)).collect();
    let difference = "Difference: Sourced by partners less Not sourced by partners";
    assert_eq!(
        found,
        [
            ("Sourced by partners", Value::Rate { n: 3, m: 3 }),
            ("Not sourced by partners", Value::Rate { n: 1, m: 2 }),
            (difference, Value::Known(500_000)),
        ]
    );
    // Values 0, 10, 60, 70 and 40, 50.
    let values: Vec<_> = cohorts.iter().map(|c| c.values(&|c| Some(i64::from(c) * 10))).collect();
    let found = |middle| {
        let parts = middles(&values, middle, Measure::Count, "fact");
        parts.iter().map(|part| part.value).collect::<Vec<_>>()
    };
    assert_eq!(found(Middle::Median), [35, 45, -10].map(Value::Known));
    assert_eq!(found(Middle::Mean), [35, 45, -10].map(Value::Known));
    assert_eq!(middles(&[values[0].clone()], Middle::Mean, Measure::Count, "fact").len(), 1);
}

fn asked(id: &str, log: &Log, now: Time) -> Answer {
    let program = Program::new(log.clone(), now, Policies::default());
    definition(id).unwrap_or_else(|| panic!("{id}")).answer(&program.ask(Subject::default(), month()))
}

#[test]
fn a_month_that_is_not_over_is_held_against_as_many_days_of_the_other() {
    let log = program(Policies::default()).log;
    // Gus bought on the 10th of February, Hal on the 5th of March of the year before.
    let cases = [
        ("growth_month_on_month", 9, None, "As many days of the month before"),
        ("growth_month_on_month", 10, Some(400 * USD), "As many days of the month before"),
        ("growth_year_on_year", 4, None, "As many days of the month a year before"),
        ("growth_year_on_year", 5, Some(250 * USD), "As many days of the month a year before"),
    ];
    for (id, day, before, label) in cases {
        let found = asked(id, &log, at(2026, 3, day));
        let rise = before.map(|before| (1700 * USD - before) * MILLION / before);
        assert_eq!(found.value, rise.map_or(Value::NotKnown("the period before"), Value::Known), "{id} {day}");
        let parts: Vec<_> = found.parts[..2].iter().map(|part| (part.label.as_str(), part.value)).collect();
        let then = Value::Known(before.unwrap_or(0));
        assert_eq!(parts, [("The month so far", Value::Known(1700 * USD)), (label, then)], "{id} {day}");
    }
}

#[test]
fn who_joins_and_is_clicked_on_the_same_day_has_begun() {
    let name = |name: &str| Partner { id: Some(name.to_owned()), name: Some(name.to_owned()) };
    let mut log = Log { partners: vec![name("early"), name("late")], ..Log::default() };
    log.links.push(LinkRow { key: "l".into(), short: String::new(), destination: String::new(), partner: 0 });
    let joined = Time(at(2026, 3, 10).0 + 14 * 3600);
    for partner in [0, 1] {
        log.joins.push(JoinRow { at: joined, partner, source: JoinSource::Own, group: NONE });
    }
    // Counted by day: on the day of joining, and on the one before it, which is none since.
    for (partner, day) in [(0, 10), (1, 9)] {
        log.clicks.push(ClickRow {
            day: at(2026, 3, day).day(),
            partner,
            link: 0,
            campaign: NONE,
            kind: TouchKind::Click,
            mark: Mark::Counted,
            count: 3,
        });
    }
    for hours in [1, 48] {
        let found = asked("activation_rate", &log, Time(joined.0 + hours * 3600));
        assert_eq!(found.value, Value::Rate { n: 1, m: 2 }, "{hours} h later");
    }
}

#[test]
fn a_registered_deal_is_something_that_a_partner_did() {
    let name = Partner { id: Some("p".into()), name: Some("P".into()) };
    let mut log = Log { partners: vec![name], customers: vec!["C".into()], ..Log::default() };
    let lacks = |log: &Log| asked("time_since_last_activity", log, at(2026, 3, 12)).value;
    assert_eq!(lacks(&log), Value::NotKnown("partner.activity, or touch{deal_registration}"));
    log.registrations.push(RegistrationRow {
        at: at(2026, 3, 10),
        partner: 0,
        customer: 0,
        opportunity: NONE,
        expires: at(2026, 6, 1),
        person: NONE,
    });
    assert_eq!(lacks(&log), Value::Known(2 * i64::from(DAY)));
}

#[test]
fn a_first_win_before_joining_has_no_time_to_it() {
    let mut log = program(Policies::default()).log;
    log.joins.at.fill(at(2026, 3, 31));
    assert_eq!(
        asked("time_to_first_sale", &log, at(2026, 4, 1)).value,
        Value::NotKnown("a first win since the partner joined")
    );
}

#[test]
fn visitors_of_clicks_that_are_counts_are_not_known_and_the_others_are() {
    let mut log = program(Policies::default()).log;
    let day = at(2026, 3, 9).day();
    let counts =
        ClickRow { day, partner: ACME, link: 0, campaign: NONE, kind: TouchKind::Click, mark: Mark::Counted, count: 5 };
    log.clicks.push(counts);
    let found = asked("visitors", &log, at(2026, 4, 1));
    assert_eq!(found.value, Value::NotKnown("who came by clicks that are counts"));
    assert_eq!(found.parts[0].value, Value::Known(6));
}
