//! What is given and taken back by hand.

use engine::{
    commission::{
        Account, Draft, Reviews, Statement,
        away::{Away, Until, refusals},
    },
    period::Zone,
};

use super::{EUR, Program, USD, on, percent};

#[test]
fn what_is_given_by_hand_is_owed_at_once() {
    let mut program = Program::new(vec![Draft { hold: 30, ..percent(10) }]);
    let customer = program.customer(&[0]);
    program.sale(on(2026, 1, 5), customer, 20_000);
    program.adjust(on(2026, 1, 10), 0, 500, "launch");
    program.adjust(on(2026, 2, 1), 0, -700, "tracking_error");
    program.adjust(on(2026, 2, 2), 1, 40, "");
    program.pay(on(2026, 2, 20), 0, USD, 1_000);
    let months = program.statements(0, USD, on(2026, 2, 28));
    let sums = |s: &Statement| {
        let m = &s.movement;
        ([m.earned, m.clawed_back, m.approved, m.paid], [s.closing, s.payable_closing, s.held()], m.adjustments.clone())
    };
    assert_eq!(
        months.iter().map(sums).collect::<Vec<_>>(),
        [([2_500, 0, 500, 0], [2_500, 500, 2_000], vec![0]), ([0, 700, 1_300, 1_000], [800, 800, 0], vec![1]),]
    );
    // Another's, who sold nothing; another currency; and a sale that shares nothing with it: no tier, no cap.
    let months = program.statements(1, USD, on(2026, 2, 28));
    assert_eq!(months.iter().map(|s| (s.month.from, s.closing)).collect::<Vec<_>>(), [(on(2026, 2, 1), 40)]);
    assert!(program.statements(0, EUR, on(2026, 2, 28)).is_empty());
}

#[test]
fn who_is_away_keeps_what_was_paid_by_hand() {
    let mut program = Program::new(vec![percent(10)]);
    program.adjust(on(2026, 1, 5), 0, 500, "a");
    program.adjust(on(2026, 1, 15), 0, 300, "b");
    program.adjust(on(2026, 1, 16), 0, -100, "c");
    program.adjust(on(2026, 1, 17), 1, 1, "another's");
    program.pay(on(2026, 1, 10), 0, USD, 500);
    let usual = program.accruals();
    let check = |day, until, expect: &[u32], owed| {
        let away = [Away { partner: 0, since: on(2026, 1, day), until }];
        let refused = refusals(&program.log, &program.credits(), &usual, &away);
        assert_eq!((refused.sales.len(), refused.adjustments.as_slice()), (0, expect), "{away:?}");
        let accruals = program.reviewed(&Reviews::default().canceling(refused.adjustments));
        let months = Account::of(&program.log, &accruals, USD, &|p| p == 0).statements(&Zone::UTC, on(2026, 1, 31));
        assert_eq!(months.last().map(|month| month.closing), Some(owed), "{away:?}");
    };
    check(31, Until::Deactivated, &[], 200);
    // What is taken back from who has left is taken back.
    check(11, Until::Deactivated, &[1], -100);
    check(11, Until::Back(on(2026, 1, 16)), &[1], -100);
    // A ban cancels what is not settled, either way.
    check(31, Until::Banned, &[1, 2], 0);
    check(9, Until::Banned, &[0, 1, 2], -500);
}
