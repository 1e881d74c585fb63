//! Shares of a data-driven model, and how one sale is divided by them.

use super::{Case, Cases, Dimension, Model, linear, markov, shapley};
use crate::{
    journey::Journeys,
    log::{Log, NONE},
    policy::Policies,
};

/// The share of each unit of a dimension in a set of conversions. The last one stands for touches that carry nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    by: Dimension,
    shares: Vec<f64>,
}

impl Shares {
    /// The shares of a model over all cases and all journeys that led nowhere; `None` for a model that needs none.
    #[must_use]
    pub fn of(log: &Log, journeys: &Journeys, cases: &Cases, policies: &Policies, model: Model, by: Dimension) -> Option<Self> {
        let shares = match model {
            Model::Markov(order) => markov::Paths::gather(log, cases, policies, by, order).solve().shares(),
            Model::Shapley => shapley::shares(log, cases, policies, by),
            _ => return None,
        };
        let _ = journeys;
        Some(Self { by, shares })
    }

    /// The share of a unit, or of what carries none for [`NONE`].
    #[must_use]
    pub fn of_unit(&self, unit: u32) -> f64 {
        let i = if unit == NONE { self.shares.len().saturating_sub(1) } else { unit as usize };
        self.shares.get(i).copied().unwrap_or(0.0)
    }

    /// "A single conversion's amount is split over its own touches in proportion to those shares"; alike where none of them
    /// has any.
    pub(super) fn weigh(&self, case: &Case<'_>, weights: &mut [u64]) {
        for (weight, touch) in weights.iter_mut().zip(case.touches) {
            *weight = (self.of_unit(self.by.of(case.log, *touch)) * (1u64 << 52) as f64 + 0.5) as u64;
        }
        if weights.iter().all(|weight| *weight == 0) {
            linear::weigh(weights);
        }
    }
}
