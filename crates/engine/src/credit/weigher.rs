//! One door to every model: relative integer weights of the touches that count for a sale.

use super::{
    Cases, Dimension, Model, Shares, StepWeights, first, last, last_non_direct, linear, milestone, position, time_decay,
};
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
    /// All cases.
    pub(super) cases: &'a Cases<'a>,
    /// Where its touches begin among those of all cases.
    pub(super) first: usize,
    /// Rows of [`crate::log::Touches`] that count, in time order; at least one.
    pub touches: &'a [u32],
    /// When each was.
    pub times: &'a [Time],
}

impl<'a> Case<'a> {
    /// What its touches carry; see [`Cases::units`].
    #[inline]
    pub(super) fn units(&self, log: &Log, by: Dimension) -> &'a [u32] {
        &self.cases.units(log, by)[self.first..self.first + self.touches.len()]
    }
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
    pub fn new(log: &'a Log, policies: &'a Policies, model: Model, shares: Option<Shares>) -> Self {
        let windows = policies.versions().iter().flat_map(Policy::rules).map(|rule| rule.window.seconds());
        let decay = match model {
            Model::TimeDecay(half_life) => Some(time_decay::Table::new(half_life, windows.max().unwrap_or(0))),
            _ => None,
        };
        let steps = matches!(model, Model::WShaped | Model::FullPath | Model::Custom(_));
        let milestones = if steps { Milestones::of(log) } else { Milestones::default() };
        let directs = match model {
            Model::LastNonDirect => last_non_direct::Directs::of(log),
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
    pub(super) fn fill(&self, case: &Case<'_>, weights: &mut [u64]) {
        if let Some(i) = self.pick(case) {
            weights.fill(0);
            weights[i] = 1;
            return;
        }
        let steps = |shares: &StepWeights, weights: &mut [u64]| {
            weights.fill(0);
            milestone::weigh(weights, case.times, &self.milestones.of_sale(self.log, case.row), shares);
        };
        match (self.model, &self.decay, &self.shares) {
            (Model::TimeDecay(_), Some(table), _) => table.weigh(weights, case.times),
            (Model::PositionBased, ..) => position::weigh(weights, &position::U),
            (Model::JShaped, ..) => position::weigh(weights, &position::J),
            (Model::InverseJ, ..) => position::weigh(weights, &position::INVERSE_J),
            (Model::WShaped, ..) => steps(&StepWeights::W, weights),
            (Model::FullPath, ..) => steps(&StepWeights::FULL_PATH, weights),
            (Model::Custom(shares), ..) => steps(&shares, weights),
            (Model::Markov(_) | Model::Shapley, _, Some(shares)) => shares.weigh(self.log, case.touches, weights),
            _ => linear::weigh(weights),
        }
    }

    /// The touch to which a model gives all, if it is one that does.
    pub(super) fn pick(&self, case: &Case<'_>) -> Option<usize> {
        match self.model {
            Model::First => Some(first::pick(case.touches.len())),
            Model::Last => Some(last::pick(case.touches.len())),
            Model::LastNonDirect => Some(self.last_non_direct(case)),
            _ => None,
        }
    }

    fn last_non_direct(&self, case: &Case<'_>) -> usize {
        let direct = match self.policies.versions() {
            [only] => only.direct,
            _ => self.policies.at(case.at).direct,
        };
        self.directs.pick(self.log, direct, case)
    }

    /// Weighs cases in turn, of which none has more than `longest` touches. Where a model gives all to one touch, the case is
    /// narrowed to that touch.
    pub(super) fn each<'c>(
        &self,
        cases: impl Iterator<Item = Case<'c>>,
        longest: usize,
        mut take: impl FnMut(&Case<'_>, &[u64]),
    ) {
        let mut weights = vec![0; longest];
        for case in cases {
            if let Some(i) = self.pick(&case) {
                let (touches, times) = (&case.touches[i..=i], &case.times[i..=i]);
                take(&Case { first: case.first + i, touches, times, ..case }, &[1]);
            } else {
                let weights = &mut weights[..case.touches.len()];
                self.fill(&case, weights);
                take(&case, weights);
            }
        }
    }
}
