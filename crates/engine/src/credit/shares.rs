//! Shares of a data-driven model, and how one sale is divided by them.

use super::{Breakdown, Cases, Dimension, Model, linear};
use crate::{
    journey::Journeys,
    log::{Log, NONE},
};

/// The largest weight, as in time decay.
const ONE: f64 = (1u64 << 44) as f64;

/// What each touch has in a set of conversions, in any unit: only ratios matter.
#[derive(Debug, Clone, PartialEq)]
pub enum Shares {
    /// The share of each unit of a dimension; the last stands for touches that carry nothing.
    ByUnit(Dimension, Vec<u64>),
    /// What the program computed for each touch ([`crate::log::Given`]); 0 for others.
    Given(Vec<u64>),
}

impl Shares {
    /// The shares of a model over all cases and all journeys that led nowhere; `None` for a model that needs none, and for a
    /// chain past [`super::markov::Chain::most_units`]; and, without the feature `data-driven`, for one that the log was not
    /// given the shares of.
    #[must_use]
    pub fn of(log: &Log, journeys: &Journeys, cases: &Cases<'_>, model: Model, by: Dimension) -> Option<Self> {
        if log.given.model.contains(&model) {
            let mut weights = vec![0; log.touches.len()];
            for row in log.given.iter().filter(|row| row.model == model) {
                weights[row.touch as usize] = row.weight;
            }
            return Some(Self::Given(weights));
        }
        if !cfg!(feature = "data-driven") {
            return None;
        }
        let shares = match model {
            Model::Markov(order) => Breakdown::of(log, cases, by).chain(log, journeys, order)?.solve().shares(),
            Model::Shapley => Breakdown::of(log, cases, by).shapley(log).conversions,
            _ => return None,
        };
        // In whole numbers from here on, so that a partner's part of the log is divided by the very same.
        let most = shares.iter().copied().fold(0.0, f64::max);
        let whole = |share: f64| if most > 0.0 { (share / most * ONE + 0.5) as u64 } else { 0 };
        Some(Self::ByUnit(by, shares.into_iter().map(whole).collect()))
    }

    /// The share of a touch, at most 2⁴⁴.
    ///
    /// # Panics
    /// If the log has no such touch.
    #[must_use]
    pub fn of_touch(&self, log: &Log, touch: u32) -> u64 {
        match self {
            Self::ByUnit(by, shares) => {
                let unit = by.of(log, touch);
                let i = if unit == NONE { shares.len().saturating_sub(1) } else { unit as usize };
                shares.get(i).copied().unwrap_or(0)
            }
            Self::Given(weights) => weights[touch as usize],
        }
    }

    /// "A single conversion's amount is split over its own touches in proportion to those shares"; alike where none of them
    /// has any.
    pub(super) fn weigh(&self, log: &Log, touches: &[u32], weights: &mut [u64]) {
        for (weight, touch) in weights.iter_mut().zip(touches) {
            *weight = self.of_touch(log, *touch);
        }
        if weights.iter().all(|weight| *weight == 0) {
            linear::weigh(weights);
        }
    }
}
