//! Money, divided among touches so that it adds up exactly.

use super::{Cases, Dimension, Model, Shares, Weigher};
use crate::{
    journey::Journeys,
    log::{Log, NONE},
    money::split,
    policy::Policies,
};

/// What one touch earned from one row of revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    /// Row of [`crate::log::Touches`].
    pub touch: u32,
    /// Minor units; negative where a refund takes back.
    pub amount: i64,
}

/// The credits of every row of revenue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credits {
    /// Where the credits of row `i` begin: `starts[i]..starts[i + 1]`.
    starts: Vec<u32>,
    lines: Vec<Credit>,
    /// By row, the version of the policy that divided it; 0 for a reader's own question.
    versions: Vec<u32>,
}

impl Credits {
    /// Divides every row of revenue under the policies.
    ///
    /// A sale goes to the touches that count for it. A refund takes back from the very touches that its sale paid, under
    /// the version of the policy that paid, and is the difference between the division of what was left before it and of
    /// what is left after it: so after every refund the credits are exactly the division of the remaining amount, and a full
    /// refund leaves nobody a cent. A refund whose sale is not recorded, and a sale with no counted touch, credit nobody.
    #[must_use]
    pub fn compute(log: &Log, journeys: &Journeys, policies: &Policies) -> Self {
        Self::divide(log, journeys, &Cases::gather(log, journeys, policies), policies)
    }

    /// [`Credits::compute`] with cases that were gathered under the same windows.
    #[must_use]
    pub fn divide(log: &Log, journeys: &Journeys, cases: &Cases, policies: &Policies) -> Self {
        let revenue = &log.revenue;
        let refunds = revenue.refunds_of();
        let weighers = Weighers::of(log, journeys, cases, policies);
        let mut of_row: Vec<Vec<Credit>> = vec![Vec::new(); revenue.len()];
        let mut weights = Vec::new();
        for case in cases.iter(log, policies) {
            let row = case.row as usize;
            weighers.of_model(case.policy.rule(revenue.kind[row]).model).weigh(&case, &mut weights);
            let mut left = revenue.amount[row];
            let mut parts = split(left, &weights);
            of_row[row] = lines(case.touches, parts.iter().copied());
            for refund in &refunds[row] {
                // More than was paid cannot be taken from anybody: the rest stays unattributed.
                left = (left - revenue.amount[*refund as usize]).max(0);
                let after = split(left, &weights);
                of_row[*refund as usize] = lines(case.touches, after.iter().zip(&parts).map(|(a, b)| a - b));
                parts = after;
            }
        }
        let mut credits =
            Self { starts: Vec::with_capacity(of_row.len() + 1), lines: Vec::new(), versions: Vec::new() };
        credits.starts.push(0);
        for (row, lines) in of_row.into_iter().enumerate() {
            credits.lines.extend(lines);
            credits.starts.push(credits.lines.len() as u32);
            let judged = match revenue.refunds[row] {
                NONE => row,
                sale => sale as usize,
            };
            credits.versions.push(policies.at(revenue.at[judged]).version);
        }
        credits
    }

    /// The credits of a row of revenue, in the order of its touches.
    #[must_use]
    pub fn of(&self, row: usize) -> &[Credit] {
        match self.starts.get(row..row + 2) {
            Some([start, end]) => &self.lines[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// The version of the policy that divided a row; 0 for a reader's own question.
    #[must_use]
    pub fn version(&self, row: usize) -> u32 {
        self.versions.get(row).copied().unwrap_or(0)
    }

    /// What one partner earned from a row; all partners together for `None`.
    #[must_use]
    pub fn earned(&self, log: &Log, row: usize, partner: Option<u32>) -> i64 {
        let mine = |credit: &&Credit| {
            let party = log.touches.partner[credit.touch as usize];
            partner.map_or(party != NONE, |p| p == party)
        };
        self.of(row).iter().filter(mine).map(|credit| credit.amount).sum()
    }
}

/// Every model that the policies ask for, each prepared once.
pub(crate) struct Weighers(Vec<(Model, Weigher)>);

impl Weighers {
    pub(crate) fn of(log: &Log, journeys: &Journeys, cases: &Cases, policies: &Policies) -> Self {
        let mut weighers: Vec<(Model, Weigher)> = Vec::new();
        let rules: Vec<_> = policies.versions().iter().flat_map(|policy| policy.rules()).collect();
        let longest = rules.iter().map(|rule| rule.window).max();
        for rule in &rules {
            if weighers.iter().all(|(model, _)| *model != rule.model) {
                let shares = Shares::of(log, journeys, cases, policies, rule.model, Dimension::Partner);
                let weigher = Weigher::new(log, rule.model, longest.unwrap_or(rule.window), shares);
                weighers.push((rule.model, weigher));
            }
        }
        Self(weighers)
    }

    /// # Panics
    /// If the policies do not ask for the model.
    pub(crate) fn of_model(&self, model: Model) -> &Weigher {
        let found = self.0.iter().find(|(known, _)| *known == model);
        found.map_or_else(|| unreachable!("{model:?} is no model of these policies"), |(_, weigher)| weigher)
    }
}

/// Pairs touches with amounts, without those that earned nothing.
fn lines(touches: &[u32], amounts: impl Iterator<Item = i64>) -> Vec<Credit> {
    touches
        .iter()
        .zip(amounts)
        .filter(|(_, amount)| *amount != 0)
        .map(|(touch, amount)| Credit { touch: *touch, amount })
        .collect()
}

