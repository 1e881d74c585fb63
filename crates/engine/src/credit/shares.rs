//! Shares of a data-driven model, and how one sale is divided by them.

use super::{Breakdown, Cases, Dimension, Model, linear};
use crate::{
    journey::Journeys,
    log::{Log, NONE},
};

/// The share of each unit of a dimension in a set of conversions, in any unit: only ratios matter. The last one stands for touches that carry nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    by: Dimension,
    shares: Vec<f64>,
}

impl Shares {
    /// The shares of a model over all cases and all journeys that led nowhere; `None` for a model that needs none, and for a
    /// chain past [`super::markov::Chain::most_units`].
    #[must_use]
    pub fn of(log: &Log, journeys: &Journeys, cases: &Cases<'_>, model: Model, by: Dimension) -> Option<Self> {
        let shares = match model {
            Model::Markov(order) => Breakdown::of(log, cases, by).chain(log, journeys, by, order)?.solve().shares(),
            Model::Shapley => Breakdown::of(log, cases, by).shapley(log).conversions,
            _ => return None,
        };
        Some(Self { by, shares })
    }

    /// The share of a unit, or of what carries none for [`NONE`].
    #[must_use]
    pub fn of_unit(&self, unit: u32) -> f64 {
        let i = if unit == NONE { self.shares.len().saturating_sub(1) } else { unit as usize };
        self.shares.get(i).copied().unwrap_or(0.0)
    }

    /// "A single conversion's amount is split over its own touches in proportion to those shares"; alike where none of them
    /// has any. The largest share among them weighs 2⁵².
    pub(super) fn weigh(&self, log: &Log, touches: &[u32], weights: &mut [u64]) {
        let share = |touch: &u32| self.of_unit(self.by.of(log, *touch));
        let most = touches.iter().map(share).fold(0.0, f64::max);
        if most <= 0.0 {
            return linear::weigh(weights);
        }
        for (weight, touch) in weights.iter_mut().zip(touches) {
            *weight = (share(touch) / most * (1u64 << 52) as f64 + 0.5) as u64;
        }
    }
}
