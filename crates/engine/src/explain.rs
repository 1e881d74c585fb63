//! Why an amount is credited as it is: every touch of the journey, counted or not and why, and the arithmetic.

use crate::{
    credit::{Cases, Credits, Weighers},
    journey::{Journeys, Reason, judge},
    log::{Log, NONE},
    policy::{Policies, Rule},
};

/// One touch of the journey, judged for one row of revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Row of [`crate::log::Touches`].
    pub touch: u32,
    /// Its weight among [`Explanation::total_weight`], or why it does not count.
    pub verdict: Result<u64, Reason>,
    /// Minor units that it earned; negative where a refund takes back.
    pub credit: i64,
}

/// How one row of revenue was divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Row of [`crate::log::Revenue`].
    pub row: u32,
    /// For a refund, the row of the sale that it takes back.
    pub takes_back: Option<u32>,
    /// Minor units; negative for a refund.
    pub amount: i64,
    /// Model and window that decided.
    pub rule: Rule,
    /// Version of the policy that decided; 0 for a reader's own question.
    pub version: u32,
    /// Every touch of the journey in time order: as many as were recorded.
    pub touches: Vec<Judged>,
    /// Sum of the weights of the touches that count.
    pub total_weight: u64,
    /// What nobody was credited with: the whole amount where no touch counts, else 0.
    pub unattributed: i64,
}

impl Explanation {
    /// How many touches count.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.touches.iter().filter(|t| t.verdict.is_ok()).count()
    }
}

/// Explains one row of revenue.
///
/// # Panics
/// If the log has no such row.
#[must_use]
pub fn explain(log: &Log, journeys: &Journeys, policies: &Policies, credits: &Credits, row: u32) -> Explanation {
    let revenue = &log.revenue;
    let takes_back = Some(revenue.refunds[row as usize]).filter(|sale| *sale != NONE);
    let judged = takes_back.unwrap_or(row) as usize;
    let policy = policies.at(revenue.at[judged]);
    let rule = policy.rule(revenue.kind[judged]);
    let journey = journeys.of(revenue.customer[judged]);
    let verdicts = judge(log, journey, revenue.at[judged], policy, rule.window);
    // A refund whose sale nobody recorded has no case: it credits nobody, whatever touches there are.
    let weights = weights_of(log, journeys, policies, judged);
    let mut next = weights.iter();
    let lines = credits.of(row as usize);
    let touches = journey
        .iter()
        .zip(verdicts)
        .map(|(touch, verdict)| Judged {
            touch: *touch,
            verdict: verdict.map(|()| next.next().copied().unwrap_or(0)),
            credit: lines.iter().filter(|line| line.touch == *touch).map(|line| line.amount).sum(),
        })
        .collect();
    let amount = revenue.signed(row as usize);
    Explanation {
        row,
        takes_back,
        amount,
        rule,
        version: policy.version,
        touches,
        total_weight: weights.iter().sum(),
        unattributed: amount - lines.iter().map(|line| line.amount).sum::<i64>(),
    }
}

/// The weights of the touches that count for a sale; none for a refund.
fn weights_of(log: &Log, journeys: &Journeys, policies: &Policies, row: usize) -> Vec<u64> {
    let cases = Cases::gather(log, journeys, policies);
    let Some(case) = cases.case(log, row as u32) else { return Vec::new() };
    let model = policies.at(case.at).rule(log.revenue.kind[row]).model;
    Weighers::of(log, journeys, &cases, policies).weigh(model, &case)
}
