//! Commission by hand-computed numbers: every feature of the terms, refunds, versions, statements.

mod by_hand;

use core::num::NonZeroU16;

use engine::{
    commission::{
        Account, Accrual, Accruals, Cap, Caps, Draft, Pay, Rate, Ratio, Review, Reviews, Rule, Statement, Step, Terms,
        Tier, Tiering, Verdict, Version,
        away::{Away, Until, refusals},
    },
    credit::{Credits, Model},
    fact::{JoinSource, RevenueKind, TouchKind},
    journey::Journeys,
    log::{AdjustmentRow, JoinRow, Log, NONE, Party, PayoutRow, RevenueRow, Touch},
    money::Currency,
    period::{Grain, Zone},
    policy::{Policies, Policy},
    time::{DAY, Day, Time, Window},
};

const USD: u32 = 0;
const EUR: u32 = 1;

/// Midnight of a date, UTC.
fn on(year: u32, month: u32, day: u32) -> Time {
    Time(Day::of(year, month, day).0 * DAY)
}

/// A program with three partners, two groups, two products, two currencies.
struct Program {
    log: Log,
    versions: Vec<Version>,
    zone: Zone,
}

impl Program {
    fn new(rules: Vec<Draft>) -> Self {
        let party = |name: &str| Party { id: Some(name.to_owned()), name: Some(name.to_owned()) };
        let log = Log {
            partners: ["anna", "bert", "cleo"].map(party).to_vec(),
            groups: ["gold", "silver"].map(str::to_owned).to_vec(),
            products: ["app", "box"].map(str::to_owned).to_vec(),
            currencies: vec![Currency::USD, "EUR".parse().expect("a currency")],
            ..Log::default()
        };
        Self { log, versions: Vec::new(), zone: Zone::UTC }.since(Time(0), rules)
    }

    /// Adds a version of the terms.
    fn since(mut self, since: Time, rules: Vec<Draft>) -> Self {
        let rules = rules.into_iter().map(|draft| Rule::try_from(draft).expect("a valid rule")).collect();
        self.versions.push(Version { version: self.versions.len() as u32 + 1, since, rules });
        self
    }

    /// A new customer who was touched by these partners at the very beginning.
    fn customer(&mut self, partners: &[u32]) -> u32 {
        let customer = self.log.customers.len() as u32;
        self.log.customers.push(String::new());
        for partner in partners {
            let touch = Touch { partner: *partner, customer, ..Touch::new(on(2025, 12, 1), TouchKind::Click) };
            self.log.touches.push(touch);
        }
        customer
    }

    fn sale(&mut self, at: Time, customer: u32, amount: i64) -> u32 {
        self.push(RevenueRow::new(at, RevenueKind::New, customer, amount))
    }

    fn push(&mut self, row: RevenueRow) -> u32 {
        self.log.revenue.push(row);
        self.log.revenue.len() as u32 - 1
    }

    fn refund(&mut self, at: Time, sale: u32, amount: i64) -> u32 {
        let row = self.log.revenue.get(sale as usize);
        self.push(RevenueRow { at, kind: RevenueKind::Refund, refunds: sale, amount, ..row })
    }

    fn pay(&mut self, at: Time, partner: u32, currency: u32, amount: i64) {
        self.log.payouts.push(PayoutRow { at, partner, amount, currency });
    }

    fn adjust(&mut self, at: Time, partner: u32, amount: i64, reason: &str) {
        let row = AdjustmentRow { at, partner, amount, currency: USD, reason: reason.to_owned() };
        self.log.adjustments.push(row);
    }

    fn terms(&self) -> Terms {
        Terms::try_from(self.versions.clone()).expect("valid terms")
    }

    /// All partners who touched share alike.
    fn accruals(&self) -> Accruals {
        self.reviewed(&Reviews::default())
    }

    fn credits(&self) -> Credits {
        let policies: Policies = Policy::default().asked(Some(Model::Linear), Window::days(3650)).into();
        Credits::compute(&self.log, &Journeys::build(&self.log), &policies)
    }

    fn reviewed(&self, reviews: &Reviews) -> Accruals {
        assert_eq!(self.log.check(), Ok(()));
        Accruals::reviewed(&self.log, &self.credits(), &self.terms(), &self.zone, reviews).expect("there are terms")
    }

    /// Commission of each partner for a row.
    fn amounts(&self, row: u32) -> Vec<i64> {
        self.accruals().of(row as usize).iter().map(|line| line.amount).collect()
    }

    fn steps(&self, row: u32) -> Vec<Step> {
        let accruals = self.accruals();
        accruals.explain(&self.log, &self.terms(), &accruals.of(row as usize)[0])
    }

    fn statements(&self, partner: u32, currency: u32, now: Time) -> Vec<Statement> {
        Account::of(&self.log, &self.accruals(), currency, &|p| p == partner).statements(&self.zone, now)
    }
}

fn rate(percent: u16) -> Rate {
    Rate::basis_points(percent * 100).expect("at most 100 %")
}

fn percent(percent: u16) -> Draft {
    Draft::new(&format!("{percent} %"), Pay::Percent(rate(percent)))
}

fn flat(amount: i64) -> Draft {
    Draft { currency: Some(Currency::USD), ..Draft::new("flat", Pay::Flat(amount)) }
}

fn tiers(tiering: Tiering) -> Draft {
    let tiers = vec![Tier { from: 0, rate: rate(10) }, Tier { from: 100_000, rate: rate(20) }];
    let pay = Pay::Tiered { grain: Grain::Month, tiering, tiers };
    Draft { currency: Some(Currency::USD), ..Draft::new("tiers", pay) }
}

fn capped(draft: Draft, caps: Caps) -> Draft {
    Draft { caps, currency: Some(Currency::USD), ..draft }
}

fn only(program: &Program, row: u32) -> Accrual {
    let accruals = program.accruals();
    assert_eq!(accruals.of(row as usize).len(), 1);
    accruals.of(row as usize)[0]
}

#[test]
fn without_terms_commission_is_not_known_and_without_rules_it_is_nothing() {
    let mut program = Program::new(vec![]);
    let customer = program.customer(&[0]);
    let sale = program.sale(on(2026, 1, 10), customer, 10_000);
    assert_eq!(only(&program, sale).verdict, Verdict::NoRule { version: 1 });
    program.versions[0].since = on(2026, 1, 11);
    assert_eq!(only(&program, sale).verdict, Verdict::NoTerms);
    assert_eq!(only(&program, sale).amount, 0);
    let credits = Credits::compute(&program.log, &Journeys::build(&program.log), &Policies::default());
    assert_eq!(Accruals::compute(&program.log, &credits, &Terms::default(), &Zone::UTC), None);
}

#[test]
fn a_percentage_is_rounded_to_the_nearest_unit_half_up() {
    let mut program = Program::new(vec![percent(15)]);
    let customer = program.customer(&[0]);
    // 15 % of 99.99 is 14.9985; of 0.10 it is 0.015; of 0.03 it is 0.0045.
    for (amount, commission) in [(9_999, 1_500), (10, 2), (3, 0), (0, 0)] {
        let sale = program.sale(on(2026, 1, 10), customer, amount);
        // A sale of nothing credits nobody, so it has no line.
        let expected = if amount == 0 { vec![] } else { vec![commission] };
        assert_eq!(program.amounts(sale), expected, "{amount}");
    }
}

#[test]
fn partners_share_a_sale_and_its_commission_to_the_cent() {
    let mut program = Program::new(vec![percent(10)]);
    let customer = program.customer(&[0, 1, 2]);
    // Credits 33.35, 33.35, 33.35 of 100.05; 10 % is 10.005, which rounds to 10.01: running totals 3.335, 6.67, 10.005.
    let sale = program.sale(on(2026, 1, 10), customer, 10_005);
    assert_eq!(program.amounts(sale), [334, 333, 334]);
    // Half of each third is taken back: credits left 16.68, 16.68, 16.67; running totals 1.668, 3.336, 5.003.
    let refund = program.refund(on(2026, 2, 10), sale, 5_002);
    let left: Vec<_> = program.accruals().of(refund as usize).iter().map(|l| (l.left, l.stays, l.amount)).collect();
    assert_eq!(left, [(1_668, 167, -167), (1_668, 167, -166), (1_667, 166, -168)]);
}

#[test]
fn a_flat_amount_belongs_to_the_sale_and_is_shared() {
    let mut program = Program::new(vec![flat(2_500)]);
    let (alone, shared) = (program.customer(&[0]), program.customer(&[0, 1, 2]));
    let one = program.sale(on(2026, 1, 10), alone, 9_900);
    let three = program.sale(on(2026, 1, 10), shared, 9_900);
    // Each has 33 of 99: 8.333…, running totals 8.33, 16.67, 25.00.
    assert_eq!((program.amounts(one), program.amounts(three)), (vec![2_500], vec![833, 834, 833]));
    // A third of the sale is taken back, and so a third of the flat amount.
    let refund = program.refund(on(2026, 1, 20), one, 3_300);
    assert_eq!(program.amounts(refund), [-833]);
    let rest = program.refund(on(2026, 1, 21), one, 6_600);
    assert_eq!((program.amounts(rest), only(&program, rest).stays), (vec![-1_667], 0));
}

#[test]
fn direct_touches_take_credit_and_no_commission() {
    let mut program = Program::new(vec![flat(1_000)]);
    let customer = program.customer(&[NONE, 0]);
    let sale = program.sale(on(2026, 1, 10), customer, 10_000);
    assert_eq!(program.amounts(sale), [500]);
}

#[test]
fn marginal_tiers_pay_each_part_of_the_volume_at_its_rate() {
    let mut program = Program::new(vec![tiers(Tiering::Marginal)]);
    let customer = program.customer(&[0]);
    let first = program.sale(on(2026, 1, 10), customer, 60_000);
    let second = program.sale(on(2026, 1, 20), customer, 60_000);
    let next_month = program.sale(on(2026, 2, 1), customer, 60_000);
    // 400 lie below 1,000 at 10 %, 200 above at 20 %.
    assert_eq!([first, second, next_month].map(|sale| program.amounts(sale)[0]), [6_000, 8_000, 6_000]);
    assert_eq!(
        program.steps(second),
        [
            Step::Part { base: 40_000, rate: rate(10) },
            Step::Part { base: 20_000, rate: rate(20) },
            Step::Rounded {
                ratio: Ratio { numerator: 8_000_000_000, denominator: 60_000_000_000 },
                base: 60_000,
                ahead: 0,
                amount: 8_000
            },
        ]
    );
    // A later refund of the first sale does not move the second into another tier; a refund takes back at the blended
    // rate.
    let refund = program.refund(on(2026, 1, 25), first, 60_000);
    assert_eq!((program.amounts(refund)[0], program.amounts(second)[0]), (-6_000, 8_000));
    let half = program.refund(on(2026, 3, 25), second, 30_000);
    assert_eq!(program.amounts(half), [-4_000]);
    // A sale after the refund sees the volume net of it: 600 + 600 − 600 = 600, so 400 at 10 % and 100 at 20 %.
    let third = program.sale(on(2026, 1, 26), customer, 50_000);
    assert_eq!(program.amounts(third), [6_000]);
}

#[test]
fn a_reached_tier_pays_the_whole_sale_and_not_those_before() {
    let mut program = Program::new(vec![tiers(Tiering::Reached)]);
    let (one, other) = (program.customer(&[0]), program.customer(&[1]));
    let sales = [
        program.sale(on(2026, 1, 10), one, 60_000),
        program.sale(on(2026, 1, 20), one, 40_000),
        program.sale(on(2026, 1, 20), other, 60_000),
    ];
    assert_eq!(sales.map(|sale| program.amounts(sale)[0]), [6_000, 8_000, 6_000]);
}

#[test]
fn volume_is_by_the_months_of_the_zone() {
    let mut program = Program::new(vec![tiers(Tiering::Reached)]);
    let customer = program.customer(&[0]);
    program.sale(on(2026, 1, 31), customer, 60_000);
    // 23:30 UTC on the 31st of January is February in Berlin.
    let late = program.sale(Time(on(2026, 2, 1).0 - 1_800), customer, 60_000);
    assert_eq!(program.amounts(late), [12_000]);
    program.zone = Zone::new(vec![(Time(0), 3_600)]);
    assert_eq!(program.amounts(late), [6_000]);
}

#[test]
fn the_first_months_end_where_a_month_is_short() {
    let months = NonZeroU16::new(1);
    let mut program = Program::new(vec![Draft { months, ..percent(20) }]);
    let customer = program.customer(&[0]);
    // A month from the 31st of January ends with the 27th of February: the second payment is no longer part of it.
    let sales = [(1, 31), (2, 27), (2, 28)].map(|(month, day)| program.sale(on(2026, month, day), customer, 1_000));
    assert_eq!(sales.map(|sale| program.amounts(sale)[0]), [200, 200, 0]);
    assert_eq!(only(&program, sales[2]).verdict, Verdict::Ended { version: 1, rule: 0 });
    assert_eq!(program.steps(sales[2]), []);
    // Twelve months from the 29th of February of a leap year.
    program.versions[0].rules[0] =
        Rule::try_from(Draft { months: NonZeroU16::new(12), ..percent(20) }).expect("a valid rule");
    let customer = program.customer(&[0]);
    let sales =
        [(2028, 2, 29), (2029, 2, 27), (2029, 2, 28)].map(|(y, m, d)| program.sale(on(y, m, d), customer, 1_000));
    assert_eq!(sales.map(|sale| program.amounts(sale)[0]), [200, 200, 0]);
}

#[test]
fn where_a_rule_has_ended_a_later_one_may_go_on() {
    let first = Draft { months: NonZeroU16::new(12), ..percent(20) };
    let mut program = Program::new(vec![first, percent(5)]);
    let customer = program.customer(&[0]);
    let sales = [(2026, 1), (2026, 12), (2027, 1)].map(|(y, m)| program.sale(on(y, m, 15), customer, 1_000));
    assert_eq!(sales.map(|sale| program.amounts(sale)[0]), [200, 200, 50]);
}

#[test]
fn caps_lower_what_a_sale_a_customer_and_a_month_pay() {
    let caps = Caps { sale: Some(5_000), customer: Some(8_000), month: Some(6_000) };
    let mut program = Program::new(vec![capped(percent(10), caps)]);
    let (one, other) = (program.customer(&[0]), program.customer(&[0]));
    let rows = [
        (on(2026, 1, 1), one, 70_000),   // 70.00, by sale 50.00.
        (on(2026, 1, 2), other, 5_000),  // 5.00.
        (on(2026, 1, 3), other, 40_000), // 40.00, the month has 60 − 55 = 5 left.
        (on(2026, 2, 3), one, 40_000),   // 40.00, the customer has 80 − 50 = 30 left.
        (on(2026, 2, 4), one, 40_000),   // Nothing left.
    ];
    let sales = rows.map(|(at, customer, amount)| program.sale(at, customer, amount));
    assert_eq!(sales.map(|sale| program.amounts(sale)[0]), [5_000, 500, 500, 3_000, 0]);
    let cap = |sale: u32| match only(&program, sale).verdict {
        Verdict::Paid(grounds) => grounds.cap,
        other => unreachable!("{other:?}"),
    };
    let expected = [Some(Cap::Sale), None, Some(Cap::Month), Some(Cap::Customer), Some(Cap::Customer)];
    assert_eq!(sales.map(cap), expected);
    assert_eq!(program.steps(sales[0])[2], Step::Capped { cap: Cap::Sale, amount: 5_000 });
    // Pro rata, also of what a cap had lowered: 30 % of the sale, 30 % of its commission. A full refund leaves nothing.
    let part = program.refund(on(2026, 5, 1), sales[0], 21_000);
    let rest = program.refund(on(2026, 5, 2), sales[0], 49_000);
    assert_eq!((program.amounts(part)[0], program.amounts(rest)[0]), (-1_500, -3_500));
    assert_eq!(
        program.steps(part)[3..],
        [
            Step::Left {
                ratio: Ratio { numerator: 5_000, denominator: 70_000 },
                base: 49_000,
                ahead: 0,
                amount: 3_500
            },
            Step::TakenBack { before: 5_000, amount: -1_500 },
        ]
    );
    // Later refunds change no sale before them.
    assert_eq!(sales.map(|sale| program.amounts(sale)[0]), [5_000, 500, 500, 3_000, 0]);
    // What was taken back makes room for what comes after: the customer's 80 − (50 + 30 − 50) = 50.
    let after = program.sale(on(2026, 5, 3), one, 49_000);
    assert_eq!(program.amounts(after), [4_900]);
}

#[test]
fn a_cap_for_the_sale_is_shared_by_those_who_share_the_sale() {
    let caps = Caps { sale: Some(1_001), ..Caps::default() };
    let mut program = Program::new(vec![capped(percent(50), caps)]);
    let customer = program.customer(&[0, 1]);
    let sale = program.sale(on(2026, 1, 1), customer, 10_000);
    assert_eq!(program.amounts(sale), [501, 500]);
}

#[test]
fn groups_products_kinds_and_currencies_choose_the_rule() {
    let gold = Draft { group: Some("gold".to_owned()), ..percent(30) };
    let boxed = Draft { product: Some("box".to_owned()), ..percent(20) };
    let renewals = Draft { kinds: vec![RevenueKind::Renewal], ..percent(5) };
    let dollars = Draft { currency: Some(Currency::USD), ..percent(10) };
    let unknown = Draft { product: Some("sofa".to_owned()), ..percent(90) };
    let mut program = Program::new(vec![unknown, gold, boxed, renewals, dollars]);
    let customer = program.customer(&[0]);
    let join = |at, group| JoinRow { at, partner: 0, source: JoinSource::Own, group };
    program.log.joins.push(join(on(2026, 4, 1), 1));
    program.log.joins.push(join(on(2026, 3, 1), 0));
    let row = |at| RevenueRow::new(at, RevenueKind::New, customer, 1_000);
    let january = on(2026, 1, 1);
    let cases = [
        (row(january), 100),
        (RevenueRow { product: 1, ..row(january) }, 200),
        (RevenueRow { product: 0, ..row(january) }, 100),
        (RevenueRow { kind: RevenueKind::Renewal, ..row(january) }, 50),
        (RevenueRow { kind: RevenueKind::Renewal, product: 1, ..row(january) }, 200),
        (RevenueRow { currency: EUR, ..row(january) }, 0),
        (row(Time(on(2026, 3, 1).0 - 1)), 100),
        (row(on(2026, 3, 1)), 300),
        (RevenueRow { currency: EUR, ..row(on(2026, 3, 2)) }, 300),
        (row(on(2026, 4, 1)), 100),
    ];
    for (case, commission) in cases {
        let sale = program.push(case.clone());
        assert_eq!(program.amounts(sale), [commission], "{case:?}");
    }
}

#[test]
fn what_is_taken_back_is_judged_by_the_version_that_paid() {
    let mut program = Program::new(vec![percent(20)]).since(on(2026, 2, 1), vec![percent(50)]);
    let customer = program.customer(&[0]);
    let sale = program.sale(Time(on(2026, 2, 1).0 - 1), customer, 10_000);
    let refund = program.refund(on(2026, 3, 1), sale, 2_500);
    let later = program.sale(on(2026, 2, 1), customer, 10_000);
    assert_eq!([sale, refund, later].map(|row| program.amounts(row)[0]), [2_000, -500, 5_000]);
    let version = |row| match only(&program, row).verdict {
        Verdict::Paid(grounds) => grounds.version,
        other => unreachable!("{other:?}"),
    };
    assert_eq!([sale, refund, later].map(version), [1, 1, 2]);
}

#[test]
fn a_rule_that_goes_on_in_the_next_version_keeps_its_volume() {
    let mut program = Program::new(vec![tiers(Tiering::Reached)]).since(on(2026, 1, 15), vec![tiers(Tiering::Reached)]);
    let customer = program.customer(&[0]);
    program.sale(on(2026, 1, 10), customer, 60_000);
    let sale = program.sale(on(2026, 1, 20), customer, 60_000);
    assert_eq!(program.amounts(sale), [12_000]);
    let renamed = Draft { name: "other".to_owned(), ..tiers(Tiering::Reached) };
    program.versions[1].rules[0] = Rule::try_from(renamed).expect("a valid rule");
    assert_eq!(program.amounts(sale), [6_000]);
}

#[test]
fn more_than_the_sale_cannot_be_taken_back() {
    let mut program = Program::new(vec![percent(33)]);
    let customer = program.customer(&[0]);
    let sale = program.sale(on(2026, 1, 1), customer, 101);
    let refunds = [60, 60, 60].map(|amount| program.refund(on(2026, 1, 2), sale, amount));
    // 33 % of 1.01 is 0.33, of 0.41 it is 0.14. Of nothing, nothing is left to take.
    assert_eq!(refunds.map(|row| program.amounts(row)), [vec![-19], vec![-14], vec![]]);
}

#[test]
fn a_refund_that_is_dated_before_its_sale_takes_back_with_it() {
    let mut program = Program::new(vec![percent(10)]);
    let customer = program.customer(&[0]);
    let sale = program.sale(on(2026, 2, 1), customer, 10_000);
    let refund = program.refund(on(2026, 1, 1), sale, 4_000);
    assert_eq!((only(&program, refund).amount, only(&program, refund).at), (-400, on(2026, 2, 1)));
    let lost = program.push(RevenueRow::new(on(2026, 1, 1), RevenueKind::Refund, customer, 4_000));
    assert!(program.amounts(lost).is_empty());
}

#[test]
fn a_partner_whom_the_reader_may_not_know_has_no_line_and_takes_a_share() {
    let mut program = Program::new(vec![flat(5)]);
    let customer = program.customer(&[1, 0]);
    let sale = program.sale(on(2026, 1, 1), customer, 100);
    assert_eq!(program.amounts(sale), [3, 2]);
    program.log.partners[1] = Party { id: None, name: None };
    assert_eq!((program.amounts(sale), only(&program, sale).partner), (vec![2], 0));
}

/// A statement as (opening, earned, clawed back, paid, closing, approved, payable at the end).
fn row(s: &Statement) -> [i64; 7] {
    let m = &s.movement;
    [s.opening, m.earned, m.clawed_back, m.paid, s.closing, m.approved, s.payable_closing]
}

#[test]
fn statements_follow_from_month_to_month() {
    let mut program = Program::new(vec![Draft { hold: 30, ..percent(10) }]);
    let (mine, others) = (program.customer(&[0]), program.customer(&[1]));
    let one = program.sale(on(2026, 1, 10), mine, 100_000); // 100.00, approved on the 9th of February.
    let two = program.sale(on(2026, 1, 20), mine, 50_000); // 50.00, approved on the 19th of February.
    program.refund(on(2026, 1, 25), two, 25_000); // −25.00 during the hold: 25.00 will be approved.
    program.sale(on(2026, 1, 20), others, 70_000);
    program.push(RevenueRow { currency: EUR, ..RevenueRow::new(on(2026, 2, 5), RevenueKind::New, mine, 1_000) });
    program.pay(on(2026, 2, 20), 0, USD, 12_500);
    program.pay(on(2026, 2, 20), 1, USD, 1);
    program.refund(on(2026, 4, 2), one, 40_000); // −40.00 after it was paid: owed by the partner.
    let months = program.statements(0, USD, on(2026, 4, 30));
    assert_eq!(
        months.iter().map(row).collect::<Vec<_>>(),
        [
            [0, 15_000, 2_500, 0, 12_500, 0, 0],
            [12_500, 0, 0, 12_500, 0, 12_500, 0],
            [0, 0, 0, 0, 0, 0, 0],
            [0, 0, 4_000, 0, -4_000, -4_000, -4_000],
        ]
    );
    assert_eq!(months[0].held(), 12_500);
    assert_eq!((months[0].month.from, months[0].month.until), (on(2026, 1, 1), on(2026, 2, 1)));
    assert_eq!((months[0].movement.sales.len(), months[0].movement.refunds.len()), (2, 1));
    assert_eq!((months[1].movement.approvals.len(), months[1].movement.payouts.as_slice()), (3, [0].as_slice()));
    // The other currency and the other partner stand for themselves.
    let euro = program.statements(0, EUR, on(2026, 4, 30));
    assert_eq!(
        euro.iter().map(row).collect::<Vec<_>>()[..2],
        [[0, 100, 0, 0, 100, 0, 0], [100, 0, 0, 0, 100, 100, 100]]
    );
    assert_eq!(program.statements(1, USD, on(2026, 4, 30))[3].closing, 6_999);
    assert!(program.statements(2, USD, on(2026, 4, 30)).is_empty());
}

#[test]
fn what_has_not_happened_yet_is_not_on_a_statement() {
    let mut program = Program::new(vec![Draft { hold: 10, ..percent(10) }]);
    let customer = program.customer(&[0]);
    program.sale(on(2026, 1, 10), customer, 10_000);
    program.sale(on(2026, 1, 25), customer, 10_000);
    let so_far = |day| program.statements(0, USD, on(2026, 1, day)).iter().map(row).collect::<Vec<_>>();
    assert!(so_far(9).is_empty());
    assert_eq!(so_far(19), [[0, 1_000, 0, 0, 1_000, 0, 0]]);
    assert_eq!(so_far(20), [[0, 1_000, 0, 0, 1_000, 1_000, 1_000]]);
    assert_eq!(so_far(25), [[0, 2_000, 0, 0, 2_000, 1_000, 1_000]]);
}

#[test]
fn what_is_held_is_earned_and_never_approved_and_what_is_refused_is_nothing() {
    let mut program = Program::new(vec![capped(percent(10), Caps { month: Some(1_500), ..Caps::default() })]);
    let customer = program.customer(&[0, 1]);
    let sale = program.sale(on(2026, 1, 5), customer, 20_000);
    let refund = program.refund(on(2026, 1, 6), sale, 5_000);
    let next = program.sale(on(2026, 1, 7), customer, 20_000);
    let of = |reviews: Vec<((u32, u32), Review)>| program.reviewed(&Reviews::new(reviews));
    let lines = |accruals: &Accruals, row: u32| -> Vec<(u32, i64, bool, Option<Review>)> {
        let lines = accruals.of(row as usize).iter();
        lines.map(|line| (line.partner, line.amount, line.approved == Time(u32::MAX), line.review)).collect()
    };
    let usual = of(Vec::new());
    assert_eq!(usual, program.accruals());
    assert_eq!(lines(&usual, next), [(0, 750, false, None), (1, 750, false, None)]);

    // Held: the amounts are as ever, and of no partner but the one; a cap is filled.
    let held = of(vec![((sale, 0), Review::Held)]);
    assert_eq!(lines(&held, sale), [(0, 1_000, true, Some(Review::Held)), (1, 1_000, false, None)]);
    assert_eq!(lines(&held, refund), [(0, -250, true, Some(Review::Held)), (1, -250, false, None)]);
    assert_eq!(lines(&held, next), lines(&usual, next));

    // Refused: nothing is paid and nothing taken back, and it takes nothing of the cap.
    let refused = of(vec![((sale, 0), Review::Held), ((sale, 0), Review::Refused)]);
    assert_eq!(lines(&refused, sale), [(0, 0, false, Some(Review::Refused)), (1, 1_000, false, None)]);
    assert_eq!(lines(&refused, refund), [(0, 0, false, Some(Review::Refused)), (1, -250, false, None)]);
    assert_eq!(lines(&refused, next), [(0, 1_000, false, None), (1, 750, false, None)]);
    assert_eq!(refused.explain(&program.log, &program.terms(), &refused.of(sale as usize)[0]), []);
}

#[test]
fn whoever_is_away_earns_nothing_and_a_ban_takes_back_what_was_not_paid() {
    let mut program = Program::new(vec![percent(10)]);
    let customer = program.customer(&[0, 1]);
    let sales = [5, 10, 15, 20].map(|day| program.sale(on(2026, 1, day), customer, 20_000));
    program.pay(on(2026, 1, 11), 0, USD, 1_000);
    program.pay(on(2026, 1, 18), 0, USD, 1_000);
    let usual = program.accruals();
    // Which sales partner 0 has nothing of; partner 1 keeps all.
    let check = |away: &[Away], expect: [bool; 4]| {
        let refused = refusals(&program.log, &program.credits(), &usual, away);
        assert_eq!(refused.adjustments, [0; 0]);
        let accruals = program.reviewed(&Reviews::new(refused.sales));
        for (sale, none) in sales.iter().zip(expect) {
            let amounts: Vec<i64> = accruals.of(*sale as usize).iter().map(|line| line.amount).collect();
            assert_eq!(amounts, [if none { 0 } else { 1_000 }, 1_000], "{sale} {away:?}");
        }
    };
    let away = |partner, day, until| Away { partner, since: on(2026, 1, day), until };
    check(&[], [false; 4]);
    check(&[away(2, 1, Until::Banned)], [false; 4]);
    check(&[away(0, 15, Until::Deactivated)], [false, false, true, true]);
    check(&[away(0, 10, Until::Back(on(2026, 1, 20)))], [false, true, true, false]);
    // Only what a payout covered when the ban began stays.
    check(&[away(0, 16, Until::Banned)], [false, true, true, true]);
    check(&[away(0, 19, Until::Banned)], [false, false, true, true]);
    check(&[away(0, 1, Until::Back(on(2026, 1, 6))), away(0, 19, Until::Banned)], [true, false, true, true]);
}
