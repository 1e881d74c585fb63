//! The arithmetic of a line, step by step, for a page that a partner reads.

use super::{
    Accrual, Accruals, Cap, Grounds, Pay, Rate, Ratio, Review, Terms, Verdict,
    book::{parts, price},
};
use crate::log::Log;

/// One step from credit to commission. Amounts are minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A part of the credit is paid at a rate: the whole of it, or what lies in one tier.
    Part {
        /// Credit.
        base: i64,
        /// What it pays.
        rate: Rate,
    },
    /// A flat amount for the sale, of which the partner gets the part that the partner has of the sale.
    Share {
        /// For the sale.
        flat: i64,
        /// The partner's credit.
        base: i64,
        /// The sale's amount.
        whole: i64,
    },
    /// The steps before, exactly, and rounded: see [`Ratio::share`].
    Rounded {
        /// `base` times what is paid for each unit of it.
        ratio: Ratio,
        /// The partner's credit.
        base: i64,
        /// Credit of partners before this one.
        ahead: i64,
        /// Commission.
        amount: i64,
    },
    /// A cap lowers it.
    Capped {
        /// Which, the lowest where several do.
        cap: Cap,
        /// Commission.
        amount: i64,
    },
    /// What refunds have left of the credit, and of the commission in proportion: what the sale paid for each unit of
    /// credit, times what is left.
    Left {
        /// What the sale paid for each unit of credit.
        ratio: Ratio,
        /// Credit that is left.
        base: i64,
        /// Credit that is left to partners before this one.
        ahead: i64,
        /// Commission that is left.
        amount: i64,
    },
    /// What was left before this refund is lowered to that.
    TakenBack {
        /// Commission that was left before.
        before: i64,
        /// The line's amount: below zero, since it takes back.
        amount: i64,
    },
}

impl Accruals {
    /// The steps to a line's amount, which is the amount of the last step; none where nothing is paid, for which the
    /// verdict is the reason, or a review.
    ///
    /// # Panics
    /// If `log` and `terms` are not those that the line was computed from.
    #[must_use]
    pub fn explain(&self, log: &Log, terms: &Terms, line: &Accrual) -> Vec<Step> {
        let mine = |sale: &&Accrual| sale.partner == line.partner;
        let Some((sale, Verdict::Paid(grounds))) =
            self.of(line.sale as usize).iter().find(mine).map(|sale| (sale, sale.verdict))
        else {
            return Vec::new();
        };
        if line.review == Some(Review::Refused) {
            return Vec::new();
        }
        let Some(rule) = terms.rule(grounds.version, grounds.rule) else { return Vec::new() };
        let (pay, base, ahead) = (&rule.draft().pay, sale.base, grounds.ahead);
        let whole = log.revenue.amount[line.sale as usize];
        let mut steps: Vec<Step> = match pay {
            Pay::Flat(flat) => vec![Step::Share { flat: *flat, base, whole }],
            _ => parts(pay, grounds.volume, base)
                .iter()
                .map(|(base, rate)| Step::Part { base: *base, rate: *rate })
                .collect(),
        };
        let ratio = price(pay, grounds.volume, base, whole);
        steps.push(Step::Rounded { ratio, base, ahead, amount: ratio.share(ahead, base) });
        if let Some(cap) = grounds.cap {
            steps.push(Step::Capped { cap, amount: sale.amount });
        }
        if let (true, Verdict::Paid(Grounds { ratio, ahead, .. })) = (line.is_clawback(), line.verdict) {
            steps.push(Step::Left { ratio, base: line.left, ahead, amount: line.stays });
            steps.push(Step::TakenBack { before: line.stays - line.amount, amount: line.amount });
        }
        steps
    }
}
