//! Markov chains of order 1 to 4: the removal effect of each unit, *redirect to null* (Anderl, Becker, von Wangenheim,
//! Schumann 2016, "Mapping the customer journey").
//!
//! A state is the last `k` touches of a path, or all of them while there are fewer. Removing a unit sends every state that
//! contains it to null: RE(c) = 1 − P(conversion without c) ÷ P(conversion). The chain is solved as the linear system that
//! it is, never simulated: [`dense`] where one inverse of it answers for every unit, [`sparse`] where it is large.
//!
//! States of fewer than `k` touches lie on the way to those of `k` here, where the literature enters these directly. That
//! is the same chain: such a state is a whole history, so nothing is forgotten on the way, and what a path of exactly so few
//! touches does is counted at the state where it ends.

mod chain;
mod count;
mod dense;
mod sparse;
mod walk;

pub use chain::Chain;

use super::{Breakdown, Dimension, Order};
use crate::{journey::Journeys, log::Log};

/// A solved chain. Vectors are by unit; the last is that of touches that carry nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Probability that a path converts: conversions ÷ paths.
    pub p_conversion: f64,
    /// How many conversions there are.
    pub conversions: u64,
    /// 1 − P(conversion without the unit) ÷ P(conversion); 0 to 1.
    pub removal_effect: Vec<f64>,
}

impl Solution {
    /// Removal effect ÷ the sum of all: they add up to 1, or are all 0 where nothing converted.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        let sum: f64 = self.removal_effect.iter().sum();
        self.removal_effect.iter().map(|effect| if sum > 0.0 { effect / sum } else { 0.0 }).collect()
    }
}

impl Breakdown<'_> {
    /// The chain of all paths of the log: those of sales end in a conversion, those of customers and visitors who never
    /// bought lead to null with all their counted touches, and so do the counted paths of [`Log::paths`]. A sale for which
    /// no touch counts has no path. `None` past [`Chain::most_units`].
    #[must_use]
    pub fn chain(&self, log: &Log, journeys: &Journeys, by: Dimension, order: Order) -> Option<Chain> {
        let mut paths = walk::Walk::new(self.units(), order)?;
        for (_, units) in self.journeys(log) {
            paths.won(units);
        }
        paths.lost_in(log, journeys, by);
        for row in log.paths.iter().filter(|row| row.by == by) {
            paths.counted(&row.steps, 0, row.count);
        }
        Some(paths.into_chain())
    }
}
