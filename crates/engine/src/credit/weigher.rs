//! One door to every model: relative integer weights of the touches that count for a sale.

use super::{Cases, Model, Shares, StepWeights, first, last, last_non_direct, linear, milestone, position, time_decay};
use crate::{
    log::Log,
    policy::{Policies, Policy},
    steps::Milestones,
    time::Time,
};

/// A sale and the touches that count for it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Row of the sale in [`crate::log::Revenue`].
    pub row: u32,
    /// When it was.
    pub at: Time,
    /// Where its touches begin among those of all cases.
    pub(super) first: usize,
    /// Rows of [`crate::log::Touches`] that count, in time order; at least one.
    pub touches: &'a [u32],
    /// When each was.
    pub times: &'a [Time],
}

/// A model that is ready to weigh.
#[derive(Debug, Clone)]
pub struct Weigher<'a> {
    log: &'a Log,
    policies: &'a Policies,
    model: Model,
    decay: Option<time_decay::Table>,
    shares: Option<Shares>,
    milestones: Milestones,
    directs: last_non_direct::Directs,
}

impl<'a> Weigher<'a> {
    /// Prepares a model for cases that were gathered under the policies. Data-driven models need their `shares`; without
    /// them every touch weighs alike.
    #[must_use]
    pub fn new(log: &'a Log, cases: &Cases<'_>, policies: &'a Policies, model: Model, shares: Option<Shares>) -> Self {
        let windows = policies.versions().iter().flat_map(Policy::rules).map(|rule| rule.window.seconds());
        let decay = match model {
            Model::TimeDecay(half_life) => Some(time_decay::Table::new(half_life, windows.max().unwrap_or(0))),
            _ => None,
        };
        let steps = matches!(model, Model::WShaped | Model::FullPath | Model::Custom(_));
        let milestones = if steps { Milestones::of(log) } else { Milestones::default() };
        let directs = match model {
            Model::LastNonDirect => last_non_direct::Directs::of(log, cases),
            _ => last_non_direct::Directs::default(),
        };
        Self { log, policies, model, decay, shares, milestones, directs }
    }

    /// Weighs the touches of a case. The weights are relative, at most 2⁴⁴, and add up to more than zero.
    #[must_use]
    pub fn weigh(&self, case: &Case<'_>) -> Vec<u64> {
        let mut weights = vec![0; case.touches.len()];
        self.fill(case, &mut weights);
        weights
    }

    /// Writes the weight of every touch; `weights` are as many.
    fn fill(&self, case: &Case<'_>, weights: &mut [u64]) {
        let n = weights.len();
        weights.fill(0);
        let steps = |shares: &StepWeights, weights: &mut [u64]| {
            milestone::weigh(weights, case.times, &self.milestones.of_sale(self.log, case.row), shares);
        };
        match self.model {
            Model::First => weights[first::pick(n)] = 1,
            Model::Last => weights[last::pick(n)] = 1,
            Model::LastNonDirect => weights[self.last_non_direct(case)] = 1,
            Model::Linear => linear::weigh(weights),
            Model::TimeDecay(_) => {
                if let Some(table) = &self.decay {
                    table.weigh(weights, case.times);
                }
            }
            Model::PositionBased => position::weigh(weights, &position::U),
            Model::JShaped => position::weigh(weights, &position::J),
            Model::InverseJ => position::weigh(weights, &position::INVERSE_J),
            Model::WShaped => steps(&StepWeights::W, weights),
            Model::FullPath => steps(&StepWeights::FULL_PATH, weights),
            Model::Custom(shares) => steps(&shares, weights),
            Model::Markov(_) | Model::Shapley => match &self.shares {
                Some(shares) => shares.weigh(self.log, case.touches, weights),
                None => linear::weigh(weights),
            },
        }
    }

    fn last_non_direct(&self, case: &Case<'_>) -> usize {
        let direct = match self.policies.versions() {
            [only] => only.direct,
            _ => self.policies.at(case.at).direct,
        };
        last_non_direct::pick(case.touches.len(), |i| self.directs.has(self.log, direct, case, i))
    }

    /// Weighs in turn the cases that are asked for. Where a model gives all to one touch, the case is narrowed to that touch.
    /// The model is asked for once and not once a case: a million touches are answered within a frame.
    #[inline]
    pub(crate) fn each<'c>(
        &self,
        cases: impl Iterator<Item = Case<'c>>,
        longest: usize,
        mut take: impl FnMut(&Case<'_>, &[u64]),
    ) {
        match self.model {
            Model::First => picked(cases, |case| first::pick(case.touches.len()), &mut take),
            Model::Last => picked(cases, |case| last::pick(case.touches.len()), &mut take),
            Model::LastNonDirect => picked(cases, |case| self.last_non_direct(case), &mut take),
            Model::Linear => weighed(cases, longest, |_, weights| linear::weigh(weights), &mut take),
            Model::PositionBased => {
                weighed(cases, longest, |_, weights| position::weigh(weights, &position::U), &mut take);
            }
            Model::TimeDecay(_) if let Some(table) = &self.decay => {
                weighed(cases, longest, |case, weights| table.weigh(weights, case.times), &mut take);
            }
            _ => weighed(cases, longest, |case, weights| self.fill(case, weights), &mut take),
        }
    }
}

/// Hands on every case with the one touch that a model picks.
#[inline]
fn picked<'c>(
    cases: impl Iterator<Item = Case<'c>>,
    pick: impl Fn(&Case<'_>) -> usize,
    take: &mut impl FnMut(&Case<'_>, &[u64]),
) {
    for case in cases {
        let i = pick(&case);
        take(&Case { first: case.first + i, touches: &case.touches[i..=i], times: &case.times[i..=i], ..case }, &[1]);
    }
}

/// Hands on every case with the weights of all its touches, of which there are at most `longest`.
#[inline]
fn weighed<'c>(
    cases: impl Iterator<Item = Case<'c>>,
    longest: usize,
    weigh: impl Fn(&Case<'_>, &mut [u64]),
    take: &mut impl FnMut(&Case<'_>, &[u64]),
) {
    let mut weights = vec![0; longest];
    for case in cases {
        let weights = &mut weights[..case.touches.len()];
        weigh(&case, weights);
        take(&case, weights);
    }
}
