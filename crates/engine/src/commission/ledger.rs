//! The commission of each sale as one sum, each adjustment, and how far they have come: what refunds took back is taken
//! off, and payouts are laid against what was approved, the oldest first.

use std::collections::BTreeMap;

use super::{Accruals, Review, Verdict};
use crate::{
    log::{AdjustmentRow, Log},
    time::Time,
};

/// What commission is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A sale: row of [`crate::log::Revenue`].
    Sale(u32),
    /// Nothing that was sold: row of [`crate::log::Adjustments`].
    Adjustment(u32),
}

impl Source {
    /// Row of [`Log::currencies`].
    ///
    /// # Panics
    /// If the log has no such row.
    #[must_use]
    pub fn currency(self, log: &Log) -> u32 {
        match self {
            Self::Sale(row) => log.revenue.currency[row as usize],
            Self::Adjustment(row) => log.adjustments.currency[row as usize],
        }
    }
}

/// What one partner has of one sale, or by an adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commission {
    /// What it is for.
    pub source: Source,
    /// Row of [`Log::partners`].
    pub partner: u32,
    /// When it was earned.
    pub at: Time,
    /// When it was earned, or something was taken back last.
    pub changed: Time,
    /// Of the sale's credit, what is left.
    pub left: i64,
    /// Of the commission, what is left; below zero where somebody took it back by hand.
    pub stays: i64,
    /// What decided it, of a sale.
    pub verdict: Option<Verdict>,
    /// How far it has come.
    pub stage: Stage,
}

/// How far commission has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The sale is looked into.
    Held,
    /// It was no honest sale of the partner's, or the partner is away.
    Refused,
    /// Everything was taken back.
    TakenBack,
    /// The hold is not over.
    Pending,
    /// It is payable.
    Approved,
    /// Payouts cover it since then; or, where it takes back, it was set off whole.
    Paid(Time),
}

/// What is left of a partner's payouts in one currency, and of what was taken back by hand: either settles what was
/// approved.
#[derive(Default)]
struct Purse {
    /// When, how much, and of what was taken back its place among all commission.
    coins: Vec<(Time, i64, Option<usize>)>,
    next: usize,
    left: i64,
    /// How many coins have been spent on something that they covered whole.
    spent: usize,
}

impl Purse {
    /// Takes an amount out, and says since when it was there, and what that has used up of what was taken back. Where it
    /// is not, nothing that comes later is covered.
    fn take(&mut self, amount: i64) -> Option<(Time, Vec<usize>)> {
        while self.left < amount {
            let Some((_, coin, _)) = self.coins.get(self.next) else {
                self.left = 0;
                return None;
            };
            self.left += coin;
            self.next += 1;
        }
        self.left -= amount;
        let last = self.next.checked_sub(1)?;
        let until = if self.left == 0 { self.next } else { last };
        let spent = self.coins[self.spent..until].iter().filter_map(|(.., place)| *place).collect();
        self.spent = until;
        Some((self.coins[last].0, spent))
    }
}

impl Accruals {
    /// The commission of every sale and partner, by what had happened until `now`, in the order of time; behind it, the
    /// adjustments in theirs.
    ///
    /// A payout names no sale, so it pays what was approved first, by what is left of that today; what is not covered
    /// whole is not paid, nor is anything approved later. What was taken back by hand is set off in the same way.
    #[must_use]
    pub fn ledger(&self, log: &Log, now: Time) -> Vec<Commission> {
        let mut places: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        let mut all: Vec<Commission> = Vec::new();
        let mut approved: Vec<(Time, usize)> = Vec::new();
        for line in self.lines.iter().filter(|line| line.at <= now) {
            if !line.is_clawback() {
                let stage = match line.review {
                    Some(Review::Held) => Stage::Held,
                    Some(Review::Refused) => Stage::Refused,
                    None if line.approved > now => Stage::Pending,
                    None => Stage::Approved,
                };
                places.insert((line.sale, line.partner), all.len());
                approved.push((line.approved, all.len()));
                all.push(Commission {
                    source: Source::Sale(line.sale),
                    partner: line.partner,
                    at: line.at,
                    changed: line.at,
                    left: line.left,
                    stays: line.stays,
                    verdict: Some(line.verdict),
                    stage,
                });
            } else if let Some(place) = places.get(&(line.sale, line.partner)) {
                let commission = &mut all[*place];
                (commission.changed, commission.left, commission.stays) = (line.at, line.left, line.stays);
                if line.left == 0 && matches!(commission.stage, Stage::Pending | Stage::Approved) {
                    commission.stage = Stage::TakenBack;
                }
            }
        }
        let mut purses: BTreeMap<(u32, u32), Purse> = BTreeMap::new();
        for payout in log.payouts.iter().filter(|payout| payout.at <= now) {
            let purse = purses.entry((payout.partner, payout.currency)).or_default();
            purse.coins.push((payout.at, payout.amount, None));
        }
        for (row, adjustment) in (0..).zip(log.adjustments.iter()).filter(|(_, adjustment)| adjustment.at <= now) {
            let AdjustmentRow { at, partner, amount, currency, .. } = adjustment;
            let (stays, stage) = if self.adjusts(row) { (amount, Stage::Approved) } else { (0, Stage::Refused) };
            if stays < 0 {
                purses.entry((partner, currency)).or_default().coins.push((at, -stays, Some(all.len())));
            }
            approved.push((at, all.len()));
            let source = Source::Adjustment(row);
            all.push(Commission { source, partner, at, changed: at, left: 0, stays, verdict: None, stage });
        }
        for purse in purses.values_mut() {
            purse.coins.sort_by_key(|(at, ..)| *at);
        }
        approved.sort_unstable();
        for (since, place) in approved {
            let commission = all[place];
            if commission.stage != Stage::Approved || commission.stays <= 0 {
                continue;
            }
            let purse = purses.get_mut(&(commission.partner, commission.source.currency(log)));
            if let Some((paid, spent)) = purse.and_then(|purse| purse.take(commission.stays)) {
                for place in spent.into_iter().chain([place]) {
                    all[place].stage = Stage::Paid(paid.max(since));
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Accrual, *};
    use crate::log::PayoutRow;

    const NOW: Time = Time(1000);

    /// A sale of partner 0 in currency 0.
    fn sale(row: u32, at: u32, approved: u32, amount: i64) -> Accrual {
        Accrual {
            row,
            sale: row,
            partner: 0,
            at: Time(at),
            approved: Time(approved),
            base: amount * 10,
            amount,
            left: amount * 10,
            stays: amount,
            verdict: Verdict::NoTerms,
            review: None,
        }
    }

    /// What a refund leaves of the commission of a sale.
    fn back(row: u32, of: &Accrual, at: u32, stays: i64) -> Accrual {
        Accrual { row, at: Time(at), amount: stays - of.stays, left: stays * 10, stays, ..*of }
    }

    /// Payouts are of partner, time, amount and currency; expected are what stays and how far it has come.
    fn check(lines: Vec<Accrual>, payouts: &[(u32, u32, i64, u32)], expect: &[(i64, Stage)]) {
        check_adjusted(lines, payouts, &[], expect);
    }

    /// With adjustments of partner 0 in currency 0: time and amount; the last of three or more counts for nothing.
    fn check_adjusted(
        lines: Vec<Accrual>,
        payouts: &[(u32, u32, i64, u32)],
        adjustments: &[(u32, i64)],
        expect: &[(i64, Stage)],
    ) {
        let mut log = Log::default();
        log.revenue.currency = vec![0; 10];
        for (partner, at, amount, currency) in payouts.iter().copied() {
            log.payouts.push(PayoutRow { at: Time(at), partner, amount, currency });
        }
        for (at, amount) in adjustments.iter().copied() {
            let row = AdjustmentRow { at: Time(at), partner: 0, amount, currency: 0, reason: String::new() };
            log.adjustments.push(row);
        }
        let canceled = if adjustments.len() > 2 { vec![adjustments.len() as u32 - 1] } else { Vec::new() };
        let ledger = Accruals { lines, ranges: Vec::new(), canceled }.ledger(&log, NOW);
        let found: Vec<_> = ledger.iter().map(|one| (one.stays, one.stage)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn refunds_are_taken_off_and_reviews_decide() {
        let (one, two) = (sale(0, 100, 200, 50), sale(1, 110, 2000, 70));
        check(vec![one, two], &[], &[(50, Stage::Approved), (70, Stage::Pending)]);
        check(vec![one, back(2, &one, 120, 20)], &[], &[(20, Stage::Approved)]);
        check(vec![two, back(2, &two, 120, 20), back(3, &two, 130, 0)], &[], &[(0, Stage::TakenBack)]);
        // What has not happened yet.
        check(vec![one, back(2, &one, 1001, 0), sale(3, 1001, 1001, 5)], &[], &[(50, Stage::Approved)]);
        let held = Accrual { review: Some(Review::Held), approved: Time(u32::MAX), ..one };
        let refused = Accrual { review: Some(Review::Refused), amount: 0, stays: 0, ..two };
        check(vec![held, refused], &[(0, 300, 500, 0)], &[(50, Stage::Held), (0, Stage::Refused)]);
        check(vec![held, back(2, &held, 300, 0)], &[], &[(0, Stage::Held)]);
    }

    #[test]
    fn payouts_cover_what_was_approved_first() {
        let lines = || vec![sale(0, 100, 400, 50), sale(1, 110, 300, 70), sale(2, 120, 500, 10)];
        let paid = |at| Stage::Paid(Time(at));
        check(lines(), &[(0, 350, 70, 0)], &[(50, Stage::Approved), (70, paid(350)), (10, Stage::Approved)]);
        // Nothing is skipped for a smaller one behind it.
        check(lines(), &[(0, 350, 119, 0)], &[(50, Stage::Approved), (70, paid(350)), (10, Stage::Approved)]);
        check(lines(), &[(0, 600, 60, 0), (0, 550, 70, 0)], &[(50, paid(600)), (70, paid(550)), (10, paid(600))]);
        // Paid ahead: it is paid once it is approved.
        check(lines(), &[(0, 50, 1000, 0)], &[(50, paid(400)), (70, paid(300)), (10, paid(500))]);
        // Another partner's, another currency, and what is yet to come.
        for payout in [(1, 350, 1000, 0), (0, 350, 1000, 1), (0, 1001, 1000, 0)] {
            check(lines(), &[payout], &[(50, Stage::Approved), (70, Stage::Approved), (10, Stage::Approved)]);
        }
        check(vec![sale(0, 100, 100, 0)], &[(0, 350, 70, 0)], &[(0, Stage::Approved)]);
    }

    #[test]
    fn what_is_taken_back_by_hand_is_set_off_like_a_payout() {
        let (paid, open) = (|at| Stage::Paid(Time(at)), Stage::Approved);
        let sold = || vec![sale(0, 100, 100, 50)];
        // A bonus waits for its turn.
        check_adjusted(sold(), &[(0, 300, 50, 0)], &[(200, 20)], &[(50, paid(300)), (20, open)]);
        check_adjusted(sold(), &[(0, 300, 70, 0)], &[(90, 20)], &[(50, paid(300)), (20, paid(300))]);
        // Nothing is set off by halves, and what is left over waits for what will be earned.
        check_adjusted(sold(), &[], &[(200, -30)], &[(50, open), (-30, open)]);
        check_adjusted(sold(), &[], &[(200, -60)], &[(50, paid(200)), (-60, open)]);
        check_adjusted(sold(), &[], &[(200, -50)], &[(50, paid(200)), (-50, paid(200))]);
        check_adjusted(sold(), &[(0, 300, 20, 0)], &[(200, -30)], &[(50, paid(300)), (-30, paid(300))]);
        check_adjusted(
            sold(),
            &[(0, 300, 20, 0)],
            &[(200, -30), (250, 5)],
            &[(50, paid(300)), (-30, paid(300)), (5, open)],
        );
        // What has not happened yet, and what is canceled.
        check_adjusted(sold(), &[(0, 300, 50, 0)], &[(1001, -30)], &[(50, paid(300))]);
        let expect = [(50, paid(300)), (-30, paid(300)), (5, open), (0, Stage::Refused)];
        check_adjusted(sold(), &[(0, 300, 20, 0)], &[(200, -30), (210, 5), (220, -500)], &expect);
    }
}
