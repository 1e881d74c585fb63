//! Markov chains of order 1 to 4.

use super::{Cases, Dimension, Order};
use crate::{log::Log, policy::Policies};

/// Counted paths.
#[derive(Debug, Clone)]
pub struct Paths {
    units: usize,
}

impl Paths {
    /// Gathers.
    #[must_use]
    pub fn gather(log: &Log, _cases: &Cases, _policies: &Policies, by: Dimension, _order: Order) -> Self {
        Self { units: by.len(log) + 1 }
    }

    /// Solves.
    #[must_use]
    pub fn solve(&self) -> Solution {
        Solution { removal_effect: vec![0.0; self.units] }
    }
}

/// Solved chain.
#[derive(Debug, Clone)]
pub struct Solution {
    /// By unit.
    pub removal_effect: Vec<f64>,
}

impl Solution {
    /// Normalised removal effects.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        self.removal_effect.clone()
    }
}
