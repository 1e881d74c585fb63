//! Money, divided among touches so that it adds up exactly.

use super::{Case, Cases, Dimension, Model, Shares, Weigher};
use crate::{
    journey::Journeys,
    log::{Log, NONE},
    money::Splitter,
    policy::{Policies, Policy},
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
    /// By row, where its lines begin and end.
    blocks: Vec<(u32, u32)>,
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
    pub fn divide(log: &Log, journeys: &Journeys, cases: &Cases<'_>, policies: &Policies) -> Self {
        let revenue = &log.revenue;
        let refunds = revenue.refunds_of();
        let mut credits = Self { blocks: vec![(0, 0); revenue.len()], lines: Vec::new(), versions: Vec::new() };
        let mut splitter = Splitter::default();
        let (mut parts, mut after) = (Vec::new(), Vec::new());
        for (model, weigher) in Weighers::of(log, journeys, cases, policies).0 {
            let mine = |case: &Case<'_>| policies.at(case.at).rule(revenue.kind[case.row as usize]).model == model;
            weigher.each(cases.iter(log).filter(mine), cases.longest(), |case, weights| {
                let row = case.row as usize;
                let mut left = revenue.amount[row];
                splitter.split(left, weights, &mut parts);
                credits.push(row, case.touches, parts.iter().copied());
                for refund in &refunds[row] {
                    // More than was paid cannot be taken from anybody: the rest stays unattributed.
                    left = (left - revenue.amount[*refund as usize]).max(0);
                    splitter.split(left, weights, &mut after);
                    credits.push(*refund as usize, case.touches, after.iter().zip(&parts).map(|(a, b)| a - b));
                    core::mem::swap(&mut parts, &mut after);
                }
            });
        }
        for row in 0..revenue.len() {
            let judged = match revenue.refunds[row] {
                NONE => row,
                sale => sale as usize,
            };
            credits.versions.push(policies.at(revenue.at[judged]).version);
        }
        credits
    }

    /// Adds the lines of a row, without touches that earned nothing.
    fn push(&mut self, row: usize, touches: &[u32], amounts: impl Iterator<Item = i64>) {
        let start = self.lines.len() as u32;
        let lines = touches.iter().zip(amounts).filter(|(_, amount)| *amount != 0);
        self.lines.extend(lines.map(|(touch, amount)| Credit { touch: *touch, amount }));
        self.blocks[row] = (start, self.lines.len() as u32);
    }

    /// The credits of a row of revenue, in the order of its touches.
    #[must_use]
    pub fn of(&self, row: usize) -> &[Credit] {
        self.blocks.get(row).map_or(&[], |(start, end)| &self.lines[*start as usize..*end as usize])
    }

    /// The version of the policy that divided a row; 0 for a reader's own question.
    #[must_use]
    pub fn version(&self, row: usize) -> u32 {
        self.versions.get(row).copied().unwrap_or(0)
    }

    /// What one partner earned from a row; all partners together for `None`.
    #[must_use]
    pub fn earned(&self, log: &Log, row: usize, partner: Option<u32>) -> i64 {
        // Asked once: it is read for every line of a long log. Where no touch has a partner, nobody earned anything.
        let partners = log.touches.partner.told().unwrap_or_default();
        let mine = |credit: &&Credit| {
            let party = partners.get(credit.touch as usize).copied().unwrap_or(NONE);
            partner.map_or(party != NONE, |p| p == party)
        };
        self.of(row).iter().filter(mine).map(|credit| credit.amount).sum()
    }
}

/// Every model that the policies ask for, each prepared once.
pub(crate) struct Weighers<'a>(Vec<(Model, Weigher<'a>)>);

impl<'a> Weighers<'a> {
    pub(crate) fn of(log: &'a Log, journeys: &Journeys, cases: &Cases<'_>, policies: &'a Policies) -> Self {
        let mut weighers: Vec<(Model, Weigher<'a>)> = Vec::new();
        let rules: Vec<_> = policies.versions().iter().flat_map(Policy::rules).collect();
        for rule in &rules {
            if weighers.iter().all(|(model, _)| *model != rule.model) {
                let shares = Shares::of(log, journeys, cases, rule.model, Dimension::Partner);
                weighers.push((rule.model, Weigher::new(log, policies, rule.model, shares)));
            }
        }
        Self(weighers)
    }

    /// The weights of a case under the model of a rule.
    pub(crate) fn weigh(&self, model: Model, case: &Case<'_>) -> Vec<u64> {
        let found = self.0.iter().find(|(known, _)| *known == model);
        found.map_or_else(Vec::new, |(_, weigher)| weigher.weigh(case))
    }
}
