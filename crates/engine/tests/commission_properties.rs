//! Properties of commission that hold for every log and all terms: bounds, conservation, full refunds, caps, statements
//! that chain, late facts that change nothing before their time, and an order of rows that does not matter.

use core::num::NonZeroU16;
use std::collections::BTreeMap;

use engine::{
    commission::{
        Account, Accrual, Accruals, Caps, Draft, Pay, Rate, Rule, Step, Terms, Tier, Tiering, Verdict, Version,
    },
    credit::{Credits, Model},
    fact::{JoinSource, RevenueKind, TouchKind},
    journey::Journeys,
    log::{JoinRow, Log, NONE, Party, PayoutRow, RevenueRow, Touch},
    money::{AMOUNT_MAX, Currency},
    period::{Grain, Period, Zone},
    policy::{Policies, Policy},
    scope::{Names, for_partner},
    time::{DAY, Time, Window},
};
use proptest::{collection::vec, prelude::*, sample::select};

const PARTNERS: u32 = 3;
const CUSTOMERS: u32 = 3;
const START: u32 = 20_454 * DAY; // 2026-01-01

/// A fact, at a day of its own second: what it is, and numbers that mean what its kind makes of them.
#[derive(Debug, Clone)]
struct Fact {
    day: u32,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// Partner (past the end: none) and customer.
    Touch(u32, u32),
    /// Customer, amount, currency, product, and refunds: days later and thousandths.
    Sale(u32, i64, u32, u32, Vec<(u32, i64)>),
    /// Partner and group.
    Join(u32, u32),
    /// Partner and amount.
    Payout(u32, i64),
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 1..5_000i64, 4 => 1..10_000_000i64, 1 => Just(AMOUNT_MAX), 1 => Just(0)]
}

fn fact() -> impl Strategy<Value = Fact> {
    let refunds = vec((0..90u32, select(vec![1, 200, 333, 500, 667, 1_000i64])), 0..4);
    let what = prop_oneof![
        4 => (0..=PARTNERS, 0..CUSTOMERS).prop_map(|(p, c)| What::Touch(p, c)),
        4 => (0..CUSTOMERS, amount(), 0..2u32, 0..2u32, refunds).prop_map(|(c, a, m, p, r)| What::Sale(c, a, m, p, r)),
        1 => (0..PARTNERS, 0..2u32).prop_map(|(p, g)| What::Join(p, g)),
        1 => (0..PARTNERS, 0..10_000i64).prop_map(|(p, a)| What::Payout(p, a)),
    ];
    (0..200u32, what).prop_map(|(day, what)| Fact { day, what })
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    vec(fact(), 0..40)
}

/// A log of facts, each with its number, which makes its second its own.
fn build(facts: &[(u32, Fact)]) -> Log {
    let party = |i| Party { id: Some(format!("pn_{i}")), name: Some(format!("Partner {i}")) };
    let mut log = Log {
        partners: (0..PARTNERS).map(party).collect(),
        groups: vec!["gold".to_owned(), "silver".to_owned()],
        products: vec!["app".to_owned(), "box".to_owned()],
        customers: (0..CUSTOMERS).map(|i| format!("Customer {i}")).collect(),
        currencies: vec![Currency::USD, "EUR".parse().expect("a currency")],
        ..Log::default()
    };
    for (i, fact) in facts {
        let at = Time(START + fact.day * DAY + i * 10);
        match &fact.what {
            What::Touch(partner, customer) => {
                let partner = if *partner < PARTNERS { *partner } else { NONE };
                log.touches.push(Touch { partner, customer: *customer, ..Touch::new(at, TouchKind::Webinar) });
            }
            What::Sale(customer, amount, currency, product, refunds) => {
                let sale = log.revenue.len() as u32;
                let row = RevenueRow {
                    currency: *currency,
                    product: *product,
                    ..RevenueRow::new(at, RevenueKind::New, *customer, *amount)
                };
                log.revenue.push(row.clone());
                for (j, (days, share)) in refunds.iter().enumerate() {
                    let at = Time(at.0 + days * DAY + j as u32 + 1);
                    let amount = (i128::from(*amount) * i128::from(*share) / 1_000) as i64;
                    log.revenue.push(RevenueRow {
                        at,
                        kind: RevenueKind::Refund,
                        refunds: sale,
                        amount,
                        ..row.clone()
                    });
                }
            }
            What::Join(partner, group) => {
                log.joins.push(JoinRow { at, partner: *partner, source: JoinSource::Own, group: *group });
            }
            What::Payout(partner, amount) => {
                log.payouts.push(PayoutRow { at, partner: *partner, amount: *amount, currency: 0 });
            }
        }
    }
    assert_eq!(log.check(), Ok(()));
    log
}

fn numbered(facts: &[Fact]) -> Vec<(u32, Fact)> {
    (0..).zip(facts.iter().cloned()).collect()
}

fn rate() -> impl Strategy<Value = Rate> {
    (0..=Rate::WHOLE).prop_map(|parts| Rate::millionths(parts).expect("at most everything"))
}

fn pay() -> impl Strategy<Value = Pay> {
    // The first tier begins at 0, the others a step above the one before.
    let tiers = (rate(), vec((1..100_000i64, rate()), 0..4), select(vec![Grain::Month, Grain::Quarter]), any::<bool>());
    prop_oneof![
        3 => rate().prop_map(Pay::Percent),
        2 => prop_oneof![0..10_000i64, Just(AMOUNT_MAX)].prop_map(Pay::Flat),
        3 => tiers.prop_map(|(rate, steps, grain, marginal)| {
            let mut tiers = vec![Tier { from: 0, rate }];
            for (step, rate) in steps {
                tiers.push(Tier { from: tiers[tiers.len() - 1].from + step, rate });
            }
            Pay::Tiered { grain, tiering: if marginal { Tiering::Marginal } else { Tiering::Reached }, tiers }
        }),
    ]
}

/// A rule in dollars, with a name of its own.
fn rule(name: &'static str, with_names: bool) -> impl Strategy<Value = Draft> {
    let cap = || prop_oneof![2 => Just(None), 1 => (0..20_000i64).prop_map(Some)];
    let named = |name: &'static str| select(vec![None, None, with_names.then(|| name.to_owned())]);
    let months = (0..4u16).prop_map(NonZeroU16::new);
    (pay(), cap(), cap(), cap(), months, 0..60u16, named("gold"), named("box")).prop_map(
        move |(pay, sale, customer, month, months, hold, group, product)| Draft {
            group,
            product,
            currency: Some(Currency::USD),
            months,
            caps: Caps { sale, customer, month },
            hold,
            ..Draft::new(name, pay)
        },
    )
}

fn terms_of(versions: Vec<Vec<Draft>>) -> Terms {
    let version = |(i, drafts): (u32, Vec<Draft>)| Version {
        version: i + 1,
        since: Time(START + i * 100 * DAY),
        rules: drafts.into_iter().map(|draft| Rule::try_from(draft).expect("a valid rule")).collect(),
    };
    Terms::try_from((0..).zip(versions).map(version).collect::<Vec<_>>()).expect("valid terms")
}

/// Two versions of three rules, the last of them for whatever no other fits.
fn terms(with_names: bool) -> impl Strategy<Value = Terms> {
    let version = move || {
        (rule("a", with_names), rule("b", with_names), rate())
            .prop_map(|(a, b, rate)| vec![a, b, Draft::new("c", Pay::Percent(rate))])
    };
    (version(), version()).prop_map(|(one, two)| terms_of(vec![one, two]))
}

fn zone() -> Zone {
    Zone::new(vec![(Time(0), 3_600), (Time(START + 87 * DAY), 7_200)])
}

fn accruals(log: &Log, terms: &Terms, model: Model) -> Accruals {
    let policies: Policies = Policy::default().asked(Some(model), Window::days(90)).into();
    let credits = Credits::compute(log, &Journeys::build(log), &policies);
    Accruals::compute(log, &credits, terms, &zone()).expect("there are terms")
}

fn models() -> impl Strategy<Value = Model> {
    select(vec![Model::First, Model::Last, Model::Linear])
}

/// A line without the numbers that depend on the order of the log.
fn essence(line: &Accrual) -> (Time, u32, i64, i64, i64, i64, Time) {
    (line.at, line.partner, line.base, line.amount, line.left, line.stays, line.approved)
}

proptest! {
    /// What stays is the sum of what was earned and taken back, never below zero nor above what was paid, nothing after
    /// a full refund; the last step of the explanation is the amount; percentages pay no more than the credit.
    #[test]
    fn lines_are_bounded_and_add_up(facts in facts(), terms in terms(true), model in models()) {
        let log = build(&numbered(&facts));
        let accruals = accruals(&log, &terms, model);
        let mut running: BTreeMap<(u32, u32), (i64, i64, i64, i64)> = BTreeMap::new();
        for line in accruals.lines() {
            let sum = running.entry((line.sale, line.partner)).or_insert((0, 0, line.base, line.amount));
            sum.0 += line.base;
            sum.1 += line.amount;
            prop_assert_eq!((sum.0, sum.1), (line.left, line.stays));
            prop_assert!((0..=sum.2).contains(&line.left) && (0..=sum.3).contains(&line.stays), "{:?}", line);
            prop_assert!(line.left > 0 || line.stays == 0);
            prop_assert!(line.approved >= line.at);
            let steps = accruals.explain(&log, &terms, line);
            match (line.verdict, steps.last()) {
                (
                    Verdict::Paid(_),
                    Some(Step::Rounded { amount, .. } | Step::Capped { amount, .. } | Step::TakenBack { amount, .. }),
                ) => prop_assert_eq!(*amount, line.amount),
                (verdict, last) => {
                    prop_assert!(!matches!(verdict, Verdict::Paid(_)) && last.is_none() && line.amount == 0);
                }
            }
            if let (Verdict::Paid(grounds), false) = (line.verdict, line.is_clawback()) {
                let draft = terms.rule(grounds.version, grounds.rule).map(Rule::draft);
                let flat = draft.is_some_and(|draft| matches!(draft.pay, Pay::Flat(_)));
                prop_assert!(flat || line.amount <= line.base);
            }
        }
    }

    /// Partners who share a sale at one rate get exactly the commission of what they share, each within a unit of the
    /// exact amount; and of a sale that is given back in full, nobody keeps anything.
    #[test]
    fn a_shared_sale_is_conserved(facts in facts(), rate in rate(), model in models()) {
        let log = build(&numbered(&facts));
        let terms = terms_of(vec![vec![Draft::new("all", Pay::Percent(rate))]]);
        let accruals = accruals(&log, &terms, model);
        let (parts, whole) = (i128::from(rate.parts()), i128::from(Rate::WHOLE));
        for (row, refunds) in log.revenue.refunds_of().iter().enumerate() {
            if log.revenue.kind[row] == RevenueKind::Refund {
                continue;
            }
            let lines = accruals.of(row);
            let (base, amount) = lines.iter().fold((0, 0), |(b, a), line| (b + line.base, a + line.amount));
            prop_assert_eq!(i128::from(amount), (2 * i128::from(base) * parts + whole) / (2 * whole));
            for line in lines {
                prop_assert!((i128::from(line.amount) * whole - i128::from(line.base) * parts).abs() <= whole);
            }
            let returned: i128 = refunds.iter().map(|refund| i128::from(log.revenue.amount[*refund as usize])).sum();
            if returned >= i128::from(log.revenue.amount[row]) {
                let taken = refunds.iter().flat_map(|refund| accruals.of(*refund as usize));
                let taken: i64 = taken.map(|line| line.amount).sum();
                prop_assert_eq!(taken, -amount);
            }
        }
    }

    /// Where one partner has the whole sale, at no time does a partner have more than the caps of one rule allow.
    #[test]
    fn caps_hold_at_all_times(
        facts in facts(),
        draft in rule("a", true),
        model in select(vec![Model::First, Model::Last]),
    ) {
        let log = build(&numbered(&facts));
        let accruals = accruals(&log, &terms_of(vec![vec![draft.clone()]]), model);
        let mut have: BTreeMap<(u8, u32, u32), i64> = BTreeMap::new();
        for line in accruals.lines() {
            let month = zone().period(log.revenue.at[line.sale as usize], Grain::Month).from.0;
            let customer = log.revenue.customer[line.sale as usize];
            let caps = [(draft.caps.sale, line.sale), (draft.caps.customer, customer), (draft.caps.month, month)];
            for (i, (cap, which)) in (0..).zip(caps) {
                let have = have.entry((i, line.partner, which)).or_insert(0);
                *have += line.amount;
                prop_assert!(cap.is_none_or(|cap| *have <= cap), "{line:?}");
            }
        }
    }

    /// Each month begins with what the month before ended with, and the last one ends with the sum of everything.
    #[test]
    fn statements_chain(facts in facts(), terms in terms(true), model in models(), day in 0..400u32) {
        let log = build(&numbered(&facts));
        let accruals = accruals(&log, &terms, model);
        let now = Time(START + day * DAY);
        let past = Period { from: Time(0), until: Time(now.0 + 1) };
        for (partner, currency) in (0..PARTNERS).flat_map(|p| [(p, 0), (p, 1)]) {
            let account = Account::of(&log, &accruals, currency, &|p| p == partner);
            let months = account.statements(&zone(), now);
            let (mut owed, mut payable) = (0, 0);
            let mut until = months.first().map(|first| first.month.from);
            for s in &months {
                let m = &s.movement;
                prop_assert_eq!((s.opening, s.payable_opening, Some(s.month.from)), (owed, payable, until));
                prop_assert_eq!(s.closing, s.opening + m.earned - m.clawed_back - m.paid);
                prop_assert_eq!(s.payable_closing, s.payable_opening + m.approved - m.paid);
                prop_assert!(s.held() >= 0);
                let of = |lines: &[u32]| lines.iter().map(|line| accruals.lines()[*line as usize].amount).sum::<i64>();
                prop_assert_eq!((m.earned, -m.clawed_back), (of(&m.sales), of(&m.refunds)));
                prop_assert_eq!(m.approved, of(&m.approvals));
                (owed, payable, until) = (s.closing, s.payable_closing, Some(s.month.until));
            }
            let all = account.during(past);
            prop_assert_eq!(owed, all.earned - all.clawed_back - all.paid);
            prop_assert_eq!(payable, all.approved - all.paid);
        }
    }

    /// Facts that come late change no line and no month before their own time.
    #[test]
    fn late_facts_leave_the_past_alone(
        facts in facts(),
        late in vec(fact(), 1..8),
        terms in terms(true),
        model in models(),
    ) {
        let before = build(&numbered(&facts));
        let all: Vec<Fact> = facts.iter().chain(&late).cloned().collect();
        let after = build(&numbered(&all));
        let since = Time(START + late.iter().map(|fact| fact.day).min().unwrap_or(0) * DAY);
        let (old, new) = (accruals(&before, &terms, model), accruals(&after, &terms, model));
        let past = |accruals: &Accruals| {
            accruals.lines().iter().filter(|line| line.at < since).copied().collect::<Vec<_>>()
        };
        prop_assert_eq!(past(&old), past(&new));
        let now = Time(START + 400 * DAY);
        for partner in 0..PARTNERS {
            let months = |log: &Log, accruals: &Accruals| {
                let mut months = Account::of(log, accruals, 0, &|p| p == partner).statements(&zone(), now);
                months.retain(|s| s.month.until <= since);
                months
            };
            // A first fact before `since` begins both alike; without one there is no month of either to compare.
            prop_assert_eq!(months(&before, &old), months(&after, &new));
        }
    }

    /// In whatever order the log holds the facts, the lines are the same.
    #[test]
    fn the_order_of_the_log_is_irrelevant(
        (facts, shuffled) in facts()
            .prop_map(|facts| numbered(&facts))
            .prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
        terms in terms(true),
        model in models(),
    ) {
        let lines = |facts: &[(u32, Fact)]| {
            accruals(&build(facts), &terms, model).lines().iter().map(essence).collect::<Vec<_>>()
        };
        prop_assert_eq!(lines(&facts), lines(&shuffled));
    }

    /// A partner's part of a log is enough for the partner's own lines.
    #[test]
    fn a_partners_part_gives_the_same_lines(
        facts in facts(),
        terms in terms(true),
        model in models(),
        partner in 0..PARTNERS,
    ) {
        let log = build(&numbered(&facts));
        let part = for_partner(&log, partner, Names::Masked, &Policies::default());
        let lines = |log: &Log, partner: u32| {
            let accruals = accruals(log, &terms, model);
            let mine = accruals.lines().iter().filter(|line| line.partner == partner);
            mine.map(|line| Accrual { partner: 0, ..*line }).map(|line| essence(&line)).collect::<Vec<_>>()
        };
        prop_assert_eq!(lines(&part, 0), lines(&log, partner));
    }
}
