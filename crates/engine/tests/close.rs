//! Closing months while facts come late: each statement begins where the one before ended, none is written again, and
//! the newest says what all facts say.

use engine::{
    commission::{
        Account, Accruals, Draft, Pay, Rate, Rule, Terms, Version,
        close::{Entry, Line, Sheet, Stated, Totals, due},
    },
    credit::{Credits, Model},
    fact::{RevenueKind, TouchKind},
    journey::Journeys,
    log::{AdjustmentRow, Log, NONE, Party, PayoutRow, RevenueRow, Touch},
    money::Currency,
    period::{Grain, Period, Zone},
    policy::{Policies, Policy},
    time::{DAY, Day, Time, Window},
};
use proptest::{collection::vec, prelude::*};

/// A fact: in which month it is known, how many days before its third day it is dated, and what: a sale, a refund of
/// the last, a payout, a bonus or what is taken back by hand.
type Late = (u32, u32, u8, i64);

const MONTHS: u32 = 4;

fn month(n: u32) -> Period {
    Zone::UTC.period(Time(Day::of(2026, n + 2, 1).0 * DAY), Grain::Month)
}

fn terms() -> Terms {
    let draft = Draft { hold: 20, ..Draft::new("tenth", Pay::Percent(Rate::basis_points(1_000).expect("a rate"))) };
    let rule = Rule::try_from(draft).expect("a rule");
    Terms::try_from(vec![Version { version: 1, since: Time(0), rules: vec![rule] }]).expect("terms")
}

/// What is known in a month.
fn log(facts: &[Late], known: u32) -> Log {
    let mut log = Log {
        partners: vec![Party { id: Some("anna".into()), name: None }],
        customers: vec![String::new()],
        currencies: vec![Currency::USD],
        ..Log::default()
    };
    let first = Time(Day::of(2025, 9, 1).0 * DAY);
    log.touches.push(Touch { partner: 0, customer: 0, ..Touch::new(first, TouchKind::Click) });
    let (mut sale, mut left) = (NONE, 0);
    for (n, late, what, amount) in facts.iter().filter(|fact| fact.0 <= known) {
        let at = Time(month(*n).from.0 + 2 * DAY - late * DAY);
        match what {
            0 => {
                (sale, left) = (log.revenue.len() as u32, *amount);
                log.revenue.push(RevenueRow::new(at, RevenueKind::New, 0, *amount));
            }
            1 if sale != NONE && left > 0 => {
                let amount = left.min(*amount);
                left -= amount;
                let row = RevenueRow::new(at, RevenueKind::Refund, 0, amount);
                log.revenue.push(RevenueRow { refunds: sale, ..row });
            }
            1 => {}
            3 | 4 => {
                let amount = if *what == 3 { *amount } else { -*amount };
                log.adjustments.push(AdjustmentRow { at, partner: 0, amount, currency: 0, reason: "why".to_owned() });
            }
            _ => log.payouts.push(PayoutRow { at, partner: 0, amount: *amount, currency: 0 }),
        }
    }
    log
}

fn with<T>(log: &Log, then: impl FnOnce(&Account<'_>) -> T) -> T {
    assert_eq!(log.check(), Ok(()));
    let policies: Policies = Policy::default().asked(Some(Model::Linear), Window::days(3650)).into();
    let credits = Credits::compute(log, &Journeys::build(log), &policies);
    let accruals = Accruals::compute(log, &credits, &terms(), &Zone::UTC).expect("there are terms");
    then(&Account::of(log, &accruals, 0, &|_| true))
}

/// What lines add up to, with what is approved until a time.
fn sum(lines: &[Line], approved: Period) -> Totals {
    let mut sum = Totals::default();
    for Line { reversed, entry } in lines {
        let sign = if *reversed { -1 } else { 1 };
        match entry {
            Entry::Sale(paid) => sum.earned += sign * paid.amount,
            Entry::Refund(paid) => sum.clawed_back -= sign * paid.amount,
            Entry::Payout { amount, .. } => sum.paid += sign * amount,
            Entry::Adjustment { amount, .. } if *amount > 0 => sum.earned += sign * amount,
            Entry::Adjustment { amount, .. } => sum.clawed_back -= sign * amount,
        }
        if let Entry::Adjustment { at, amount, .. } = entry {
            sum.approved += if approved.contains(*at) { sign * amount } else { 0 };
        }
        if let Entry::Sale(paid) | Entry::Refund(paid) = entry {
            sum.approved += if approved.contains(paid.approved) { sign * paid.amount } else { 0 };
        }
    }
    sum
}

/// Closes every month with what is known in it.
fn close(facts: &[Late]) -> Vec<Sheet> {
    let mut stated = Stated::default();
    let mut sheets = Vec::new();
    for n in 0..MONTHS {
        let sheet = with(&log(facts, n), |account| account.sheet(&terms(), month(n), month(n).until, Some(&stated)));
        stated.add(&sheet);
        sheets.push(sheet);
    }
    sheets
}

proptest! {
    #[test]
    fn the_newest_closing_is_that_of_all_facts(
        facts in vec((0..MONTHS, 0..90u32, 0..5u8, 1..1_000_000i64), 0..30),
    ) {
        let sheets = close(&facts);
        let mut before = Totals::default();
        for (n, sheet) in sheets.iter().enumerate() {
            prop_assert_eq!(sheet.before, before);
            before = sheet.after();
            let period = month(n as u32);
            let earlier = Period { from: Time(0), until: period.from };
            prop_assert_eq!(sum(&sheet.corrections, earlier), sheet.correction);
            // What is approved in a month was mostly earned before.
            let lines = sum(&sheet.lines, period);
            prop_assert_eq!(lines, Totals { approved: lines.approved, ..sheet.movement });
            // As it is stored and read.
            let text = serde_json::to_string(sheet).expect("JSON");
            prop_assert_eq!(&serde_json::from_str::<Sheet>(&text).expect("a sheet"), sheet);
        }
        let last = month(MONTHS - 1);
        let now = Time(last.until.0 - 1);
        let all = with(&log(&facts, MONTHS), |account| account.statements(&Zone::UTC, now));
        let closing = all.last().map_or((0, 0), |statement| (statement.closing, statement.payable_closing));
        prop_assert_eq!((before.owed(), before.payable()), closing);
        // Every line of all facts stands once, less what was taken back.
        let lines: Vec<Line> = sheets.into_iter().flat_map(|s| s.corrections.into_iter().chain(s.lines)).collect();
        let whole = Period { from: Time(0), until: last.until };
        prop_assert_eq!(sum(&lines, whole).payable(), closing.1);
    }
}

#[test]
fn a_late_refund_is_a_correction_and_nothing_else() {
    let on_time = close(&[(0, 0, 0, 10_000), (1, 0, 2, 300)]);
    let late = close(&[(0, 0, 0, 10_000), (1, 0, 2, 300), (2, 60, 1, 4_000)]);
    assert_eq!(on_time[..2], late[..2]);
    let earned = |earned| Totals { earned, approved: earned, ..Totals::default() };
    assert_eq!((late[0].movement, late[0].correction), (earned(1_000), Totals::default()));
    // The refund is dated two days after the sale's month began; the sale's hold was over before it was known.
    assert_eq!(late[2].correction, Totals { clawed_back: 400, approved: -400, ..Totals::default() });
    assert_eq!((late[2].corrections.len(), late[2].lines.len()), (1, 0));
    assert_eq!((late[2].before.owed(), late[2].after().owed()), (700, 300));
    assert_eq!((late[3].correction, late[3].movement), (Totals::default(), Totals::default()));
}

#[test]
fn a_late_adjustment_is_a_correction_with_its_reason() {
    let late = close(&[(0, 0, 0, 10_000), (2, 60, 3, 500), (2, 60, 4, 120), (3, 0, 4, 80)]);
    let moved = |earned, clawed_back| Totals { earned, clawed_back, approved: earned - clawed_back, paid: 0 };
    assert_eq!((late[2].correction, late[2].movement), (moved(500, 120), Totals::default()));
    let at = Time(month(2).from.0 + 2 * DAY - 60 * DAY);
    let said = |amount| Line { reversed: false, entry: Entry::Adjustment { at, amount, reason: "why".to_owned() } };
    assert_eq!(late[2].corrections, [said(-120), said(500)]);
    assert_eq!((late[3].correction, late[3].movement), (Totals::default(), moved(0, 80)));
    assert_eq!([late[2].after().owed(), late[3].after().owed()], [1_380, 1_300]);
    assert_eq!(late[3].after().payable(), 1_300);
}

#[test]
fn a_month_is_due_from_the_third_day_of_the_next_on() {
    // Five hours behind UTC.
    let zone = Zone::new(vec![(Time(0), -18_000)]);
    let third = Day::of(2026, 11, 3).0 * DAY + 18_000;
    assert_eq!(due(&zone, Time(third - 1)), None);
    let october = zone.period(zone.midnight(Day::of(2026, 10, 1)), Grain::Month);
    assert_eq!(due(&zone, Time(third)), Some(october));
    assert_eq!(due(&zone, Time(third + 27 * DAY)), Some(october));
    assert_eq!(due(&zone, Time(third + 28 * DAY)), None);
}
