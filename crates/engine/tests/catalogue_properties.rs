//! What holds for the figures of every log: none panics, evidence stands in the log's order, partners' figures add up
//! to the program's, and sourced and assisted are parts of influenced.

#[expect(dead_code, reason = "cases are for the chapters' tables")]
mod support;

use engine::{
    fact::{ActivityKind, AssetKind, CampaignKind, JoinSource, Mark, MilestoneKind, RevenueKind, TouchKind, UsageKind},
    figure::{FactRef, Value},
    kpi::{
        Context, EACH, Part, Question, Subject, catalogue, definition, each, joint,
        ways::{End, MANY, Sequence, Sought, Step, Steps, Ways},
    },
    log::{
        ActivityRow, AssetRow, ChurnRow, ClickRow, DowntimeRow, GoalRow, IntegrationRow, JoinRow, LinkRow, Log,
        MailingRow, Milestone, NONE, Party, RegistrationRow, RevenueRow, TicketRow, Touch, UsageRow,
    },
    money::Currency,
    period::{Period, Zone},
    policy::Policies,
    scope::{Names, for_partner},
    time::{DAY, Day, Time},
};
use proptest::{collection::vec, prelude::*};
use support::{Program, at};

const PARTNERS: u32 = 3;
const CUSTOMERS: u32 = 5;

/// Any row: a second within four months, and four numbers of which a table makes what it needs.
type Row = (u32, [u32; 4]);

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    vec((0..120 * DAY, prop::array::uniform4(0..1000u32)), 0..most)
}

fn pick<T: Copy>(all: &[T], i: u32) -> T {
    all[i as usize % all.len()]
}

/// One of so many, or none.
fn some(i: u32, count: u32) -> u32 {
    if i % (count + 1) == count { NONE } else { i % (count + 1) }
}

fn build(touches: &[Row], deals: &[Row], sales: &[Row], others: &[Row]) -> Log {
    let party = |i: u32| Party { id: Some(format!("pn_{i}")), name: Some(format!("Partner {i}")) };
    let link = |key: &str, partner: u32| {
        let (short, destination) = (String::new(), String::new());
        LinkRow { key: key.to_owned(), short, destination, partner }
    };
    let mut log = Log {
        partners: (0..PARTNERS).map(party).collect(),
        groups: vec!["group".to_owned()],
        links: vec![link("a", 0), link("b", 1)],
        campaigns: vec!["campaign".to_owned()],
        integrations: vec![
            IntegrationRow { name: "own".to_owned(), partner: NONE },
            IntegrationRow { name: "theirs".to_owned(), partner: 1 },
        ],
        customers: vec![String::new(); CUSTOMERS as usize],
        opportunities: vec![String::new(); 4],
        currencies: vec![Currency::USD],
        ..Log::default()
    };
    let start = at(2026, 1, 1).0;
    for (second, [a, b, c, d]) in touches {
        let (at, kind, mark) = (Time(start + second), pick(TouchKind::ALL, *a), pick(Mark::ALL, b % 9 % 6));
        let (partner, link, customer) = (some(*c, PARTNERS), some(*d, 2), some(a / 7, CUSTOMERS));
        log.touches.push(Touch { mark, partner, link, visitor: b % 4, customer, ..Touch::new(at, kind) });
        log.clicks.push(ClickRow { day: at.day(), partner, link, campaign: NONE, kind, mark, count: 1 + d % 3 });
    }
    for (second, [a, b, c, _]) in deals {
        let (at, kind) = (Time(start + second), pick(MilestoneKind::ALL, *a));
        log.milestones.push(Milestone { at, kind, customer: b % CUSTOMERS, opportunity: some(*c, 4) });
    }
    for (second, [a, b, c, d]) in sales {
        let (at, kind) = (Time(start + second), pick(RevenueKind::ALL, *a));
        let earlier = b % (log.revenue.len().max(1) as u32);
        let refunds = match kind {
            RevenueKind::Refund if log.revenue.kind.get(earlier as usize).is_some_and(|k| *k != kind) => earlier,
            _ => NONE,
        };
        let row = RevenueRow::new(at, kind, b % CUSTOMERS, i64::from(*c) * 100);
        let interval = [0, 1, 12][*d as usize % 3];
        log.revenue.push(RevenueRow { refunds, interval, opportunity: some(*d, 4), ..row });
    }
    for (second, [a, b, c, d]) in others {
        let (at, partner, customer) = (Time(start + second), b % PARTNERS, c % CUSTOMERS);
        match a % 10 {
            0 => log.joins.push(JoinRow { at, partner, source: pick(JoinSource::ALL, *c), group: some(*d, 1) }),
            1 => log.activities.push(ActivityRow { at, partner, kind: pick(ActivityKind::ALL, *c), person: d % 3 }),
            2 => {
                let (expires, person) = (Time(at.0 + d * DAY / 10), some(*d, 2));
                log.registrations.push(RegistrationRow {
                    at,
                    partner,
                    customer,
                    opportunity: some(*d, 4),
                    expires,
                    person,
                });
            }
            3 => {
                let kind = pick(UsageKind::ALL, *b);
                log.usage.push(UsageRow { at, integration: d % 2, customer, kind, count: 1 });
            }
            4 => {
                let metric = pick(&["leads", "win_rate", "revenue_sourced", "goal_attainment", "scorecard", "?"], *c);
                // Of few beginnings and ends, so that goals share their period.
                let from = Day(Time(start).day().0 + b % 2 * 30);
                let until = Day(from.0 + d % 3 * 40);
                let (metric, target) = (metric.to_owned(), i64::from(d % 5));
                log.goals.push(GoalRow { at, partner, metric, from, until, target });
            }
            5 => {
                let kind = pick(CampaignKind::ALL, *c);
                log.mailings.push(MailingRow { at, campaign: 0, partner, kind, count: *d });
            }
            6 => log.assets.push(AssetRow { at, partner, kind: pick(AssetKind::ALL, *c) }),
            7 => log.tickets.push(TicketRow { at, integration: d % 2, customer }),
            8 => log.downtimes.push(DowntimeRow { at, integration: d % 2, minutes: *c }),
            _ => log.churns.push(ChurnRow { at, customer }),
        }
    }
    log
}

fn value(context: &Context<'_>, id: &str) -> Value {
    definition(id).map_or(Value::NotKnown(""), |definition| definition.answer(context).value)
}

fn evidence(context: &Context<'_>, id: &str) -> Vec<FactRef> {
    definition(id).map_or(Vec::new(), |definition| definition.answer(context).evidence)
}

fn of(partner: u32) -> Subject {
    Subject { partner: Some(partner), ..Subject::default() }
}

/// Figures that are of one partner or another: those of partners add up to that of the program.
const ADDITIVE: [&str; 10] = [
    "leads",
    "ecosystem_qualified_leads",
    "registered_deals",
    "active_deals",
    "opportunities_sourced",
    "wins_sourced",
    "losses_sourced",
    "revenue_sourced",
    "revenue_attributed",
    "certified_people",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_hold(
        touches in rows(30),
        deals in rows(20),
        sales in rows(15),
        others in rows(30),
        from in 0..90u32,
        days in 1..60u32,
    ) {
        let program = Program::new(build(&touches, &deals, &sales, &others), at(2026, 4, 1), Policies::default());
        let start = Time(at(2026, 1, 1).0 + from * DAY);
        for period in [Period { from: start, until: Time(start.0 + days * DAY) }, Period::ALWAYS] {
            let whole = program.ask(Subject::default(), period);
            for subject in [
                Subject::default(),
                of(1),
                Subject { group: Some(0), ..Subject::default() },
                Subject { link: Some(0), ..Subject::default() },
                Subject { integration: Some(1), ..of(1) },
            ] {
                let context = program.ask(subject, period);
                for definition in catalogue() {
                    let answer = definition.answer(&context);
                    prop_assert!(answer.evidence.is_sorted(), "{}", definition.id);
                    let bounds = answer.parts.iter().filter_map(|part| part.interval);
                    prop_assert!(bounds.into_iter().all(|(low, high)| low <= high), "{}", definition.id);
                }
                let influenced = evidence(&context, "wins_influenced");
                for id in ["wins_sourced", "wins_assisted"] {
                    prop_assert!(evidence(&context, id).iter().all(|fact| influenced.contains(fact)), "{}", id);
                }
                let influenced = evidence(&context, "revenue_influenced");
                for id in ["revenue_sourced", "revenue_assisted"] {
                    prop_assert!(evidence(&context, id).iter().all(|fact| influenced.contains(fact)), "{}", id);
                }
            }
            // All partners at once are each of them alone.
            for subject in [
                Subject::default(),
                Subject { group: Some(0), ..Subject::default() },
                Subject { link: Some(0), ..Subject::default() },
                Subject { integration: Some(1), ..Subject::default() },
            ] {
                let rows = each(&program.ask(subject, period));
                for (partner, row) in rows.iter().enumerate() {
                    let alone = program.ask(Subject { partner: Some(partner as u32), ..subject }, period);
                    for (column, definition) in EACH.iter().enumerate() {
                        let expected = definition.answer(&alone).value;
                        if let Some(row) = row {
                            prop_assert_eq!(row[column], expected, "{} {:?}", definition.id, subject);
                        }
                    }
                    prop_assert_eq!(row.is_some(), alone.partners().next().is_some());
                }
            }
            let goals = |context: &Context<'_>| definition("goal_attainment").expect("a definition").answer(context).parts;
            let alone: Vec<Part> = (0..PARTNERS).flat_map(|p| goals(&program.ask(of(p), period))).collect();
            let together = goals(&whole);
            prop_assert_eq!(alone.len(), together.len());
            prop_assert!(together.iter().all(|part| alone.contains(part)), "{:?} {:?}", alone, together);
            for id in ADDITIVE {
                let number = |value| if let Value::Known(value) = value { value } else { 0 };
                let parts: i64 = (0..PARTNERS).map(|p| number(value(&program.ask(of(p), period), id))).sum();
                prop_assert_eq!(parts, number(value(&whole, id)), "{}", id);
            }
        }
    }

    /// What a partner does together with the program is the same in their own part of the facts; where all others have such
    /// facts and they have none, theirs says that it is not known, and the whole log that it is nothing.
    #[test]
    fn a_partners_part_knows_what_is_joint(
        touches in rows(20),
        deals in rows(10),
        others in rows(60),
        partner in 0..PARTNERS,
        from in 0..90u32,
    ) {
        let log = build(&touches, &deals, &[], &others);
        let own = for_partner(&log, partner, Names::Masked, &Policies::default());
        let (whole, part) = [log, own].map(|log| Program::new(log, at(2026, 5, 1), Policies::default())).into();
        let start = Time(at(2026, 1, 1).0 + from * DAY);
        for period in [Period { from: start, until: at(2026, 5, 1) }, Period::ALWAYS] {
            for definition in joint() {
                let [theirs, all] = [(&part, 0), (&whole, partner)].map(|(program, p)| definition.answer(&program.ask(of(p), period)).value);
                match (theirs, all) {
                    (Value::NotKnown(_), Value::NotKnown(_) | Value::Known(0) | Value::Rate { n: 0, .. }) => {}
                    (theirs, all) => prop_assert_eq!(theirs, all, "{}", definition.id),
                }
            }
        }
    }

    /// Ways are the same judged one by one or all at once; every one is in one sequence, however its steps are called and
    /// sought; and the catalogue's sequences of won deals are among them.
    #[test]
    fn every_way_is_in_one_sequence(
        touches in rows(40),
        deals in rows(20),
        sales in rows(15),
        from in 0..90u32,
        days in 1..60u32,
        piece in 1..7usize,
    ) {
        let program = Program::new(build(&touches, &deals, &sales, &[]), at(2026, 4, 1), Policies::default());
        let (log, start) = (&program.log, Time(at(2026, 1, 1).0 + from * DAY));
        for period in [Period { from: start, until: Time(start.0 + days * DAY) }, Period::ALWAYS] {
            let context = program.ask(Subject::default(), period);
            let question = Question {
                partner: None,
                currency: 0,
                policies: Policies::default(),
                period,
                zone: Zone::UTC,
                now: context.now,
            };
            let (mut ways, mut slowly) = (Ways::find(log, &question), Ways::find(log, &question));
            prop_assert!(ways.judge(log, context.journeys, &question, usize::MAX));
            while !slowly.judge(log, context.journeys, &question, piece) {}
            prop_assert_eq!(&ways, &slowly);
            let sequences = |sought: &Sought| ways.sequences(log, sought);
            let count = |sought: &Sought| sequences(sought).iter().map(|sequence| sequence.ways.len()).sum::<usize>();
            let touched = ways.all().iter().filter(|way| !ways.touches(way).is_empty()).count();
            for steps in Steps::ALL {
                let all = Sought { steps, ..Sought::default() };
                let mut seen: Vec<u32> = sequences(&all).into_iter().flat_map(|sequence| sequence.ways).collect();
                seen.sort_unstable();
                seen.dedup();
                prop_assert_eq!(seen.len(), touched);
                prop_assert_eq!(End::ALL.map(|end| count(&Sought { end: Some(end), ..all })).iter().sum::<usize>(), touched);
                prop_assert_eq!((1..=MANY).map(|n| count(&Sought { length: Some(n), ..all })).sum::<usize>(), touched);
            }
            let ended = ways.all().iter().filter(|way| way.end == End::Won).count();
            let all = sequences(&Sought::default());
            let untouched = ways.all().iter().filter(|way| way.end == End::Won && ways.touches(way).is_empty()).count();
            prop_assert_eq!(all.iter().map(|sequence| sequence.won).sum::<u64>() as usize + untouched, ended);
            let name = |step: &Step| step.name(log, |partner| context.partner_name(partner));
            let label = |sequence: &Sequence| sequence.steps.iter().map(name).collect::<Vec<_>>().join(" → ");
            for part in definition("cross_partner_journeys").expect("a definition").answer(&context).parts {
                let won = all.iter().find(|sequence| label(sequence) == part.label).map_or(0, |sequence| sequence.won);
                prop_assert!(part.value.number() <= Some(won as i64), "{:?} {}", part, won);
            }
        }
    }
}
