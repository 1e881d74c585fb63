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
    Explainer::new(log, journeys, policies, credits).row(row)
}

/// What explanations share, prepared once: a data-driven model reads every journey before it weighs the first touch.
pub struct Explainer<'a> {
    log: &'a Log,
    journeys: &'a Journeys,
    policies: &'a Policies,
    credits: &'a Credits,
    cases: Cases<'a>,
    weighers: Weighers<'a>,
}

impl<'a> Explainer<'a> {
    /// Prepares for explanations of credits that were computed under the same policies.
    #[must_use]
    pub fn new(log: &'a Log, journeys: &'a Journeys, policies: &'a Policies, credits: &'a Credits) -> Self {
        let cases = Cases::gather(log, journeys, policies);
        let weighers = Weighers::of(log, journeys, &cases, policies);
        Self { log, journeys, policies, credits, cases, weighers }
    }

    /// Explains one row of revenue.
    ///
    /// # Panics
    /// If the log has no such row.
    #[must_use]
    pub fn row(&self, row: u32) -> Explanation {
        let (log, revenue) = (self.log, &self.log.revenue);
        let takes_back = Some(revenue.refunds[row as usize]).filter(|sale| *sale != NONE);
        let judged = takes_back.unwrap_or(row) as usize;
        let policy = self.policies.at(revenue.at[judged]);
        let rule = policy.rule(revenue.kind[judged]);
        let journey = self.journeys.of(revenue.customer[judged]);
        let verdicts = judge(log, journey, revenue.at[judged], policy, rule.window);
        let weights = self.weights(judged);
        let mut next = weights.iter();
        let lines = self.credits.of(row as usize);
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

    /// The weights of the touches that count for a sale; none for a refund: one whose sale nobody recorded has no case, and
    /// credits nobody, whatever touches there are.
    fn weights(&self, row: usize) -> Vec<u64> {
        let Some(case) = self.cases.case(self.log, row as u32) else { return Vec::new() };
        let model = self.policies.at(case.at).rule(self.log.revenue.kind[row]).model;
        self.weighers.weigh(model, &case)
    }
}
