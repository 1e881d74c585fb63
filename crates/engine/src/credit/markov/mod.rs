//! Markov chains of order 1 to 4: the removal effect of each unit, *redirect to null* (Anderl, Becker, von Wangenheim,
//! Schumann 2016, "Mapping the customer journey").
//!
//! A state is the last `k` touches of a path, or all of them while there are fewer. Removing a unit sends every state that
//! contains it to null: RE(c) = 1 − P(conversion without c) ÷ P(conversion). The chain is solved as the linear system that
//! it is, never simulated: where it is small, one inverse of it answers for every unit; where it is large, the sparse system is
//! iterated until it stands.
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
use crate::{journey::Journeys, log::Log, parallel};
use walk::Walk;

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
    /// The conversions of each unit: its share of all.
    #[must_use]
    pub fn conversions_by_unit(&self) -> Vec<f64> {
        self.shares().iter().map(|share| share * self.conversions as f64).collect()
    }

    /// Removal effect ÷ the sum of all: they add up to 1, or are all 0 where nothing converted.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        let sum: f64 = self.removal_effect.iter().sum();
        self.removal_effect.iter().map(|effect| if sum > 0.0 { effect / sum } else { 0.0 }).collect()
    }
}

impl Chain {
    /// The chain of all paths of a log: those of sales end in a conversion, those of customers and visitors who never
    /// bought lead to null with all their counted touches, and so do the counted paths of [`Log::paths`]. A sale for which
    /// no touch counts has no path. `None` past [`Chain::most_units`].
    pub(super) fn of_log(
        log: &Log,
        journeys: &Journeys,
        by: Dimension,
        order: Order,
        won: impl FnOnce(&mut Walk),
    ) -> Option<Self> {
        let walk = Walk::new(by.len(log) + 1, order)?;
        let (mut sales, mut others) = (walk.clone(), walk);
        let lost = || {
            others.lost_in(log, journeys, by);
            for row in log.paths.iter().filter(|row| row.by == by) {
                others.counted(&row.steps, 0, row.count);
            }
            others
        };
        let ((), others) = parallel::both(|| won(&mut sales), lost);
        Some(sales.with(others).into_chain())
    }
}

impl Breakdown<'_> {
    /// The chain of all paths of the log. `None` past [`Chain::most_units`].
    #[must_use]
    pub fn chain(&self, log: &Log, journeys: &Journeys, order: Order) -> Option<Chain> {
        Chain::of_log(log, journeys, self.by(), order, |walk| self.won_in(log, walk))
    }

    /// The paths of the sales.
    pub(super) fn won_in(&self, log: &Log, walk: &mut Walk) {
        for (_, units) in self.journeys(log) {
            walk.won(units);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const UNITS: usize = 4;

    /// Paths with how many converted and how many led nowhere; at least one of the first converts.
    fn paths() -> impl Strategy<Value = Vec<(Vec<u32>, u64, u64)>> {
        vec((vec(0..UNITS as u32, 1..7), 0..4u64, 0..4u64), 1..12).prop_map(|mut paths| {
            paths[0].1 += 1;
            paths
        })
    }

    fn chain(paths: &[(Vec<u32>, u64, u64)], order: Order) -> Chain {
        let paths = paths.iter().map(|(path, wins, losses)| (path.as_slice(), *wins, *losses));
        Chain::of_paths(UNITS, order, paths).expect("few units")
    }

    fn orders() -> impl Strategy<Value = Order> {
        prop::sample::select(Order::ALL.to_vec())
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    proptest! {
        /// Both ways of solving are one.
        #[test]
        fn dense_is_sparse(paths in paths(), order in orders()) {
            let chain = chain(&paths, order);
            let (dense, sparse) = (dense::removal_effects(&chain), sparse::removal_effects(&chain, chain.solve().p_conversion));
            for (dense, sparse) in dense.iter().zip(&sparse) {
                prop_assert!(close(*dense, *sparse), "{dense} {sparse}");
            }
        }

        /// The probability of conversion is the observed rate, and effects and shares are what they may be.
        #[test]
        fn the_chain_converts_as_observed(paths in paths(), order in orders()) {
            let (wins, all) = paths.iter().fold((0, 0), |sum, path| (sum.0 + path.1, sum.1 + path.1 + path.2));
            let solution = chain(&paths, order).solve();
            prop_assert!(close(solution.p_conversion, wins as f64 / all as f64));
            prop_assert!(solution.removal_effect.iter().all(|effect| (-1e-15..=1.0 + 1e-12).contains(effect)));
            prop_assert!(close(solution.shares().iter().sum(), 1.0));
            // A conversion needs a touch, so removing nothing but what no path has keeps them all.
            prop_assert_eq!(solution.removal_effect[UNITS], 0.0);
        }

        /// At an order no shorter than the longest path, RE(c) is the share of conversions whose path contains c.
        #[test]
        fn long_memory_is_the_observed_share(mut paths in paths()) {
            for (path, ..) in &mut paths {
                path.truncate(4);
            }
            let wins: u64 = paths.iter().map(|(_, wins, _)| wins).sum();
            let solution = chain(&paths, Order::ALL[3]).solve();
            for unit in 0..UNITS as u32 {
                let with = paths.iter().filter(|(path, ..)| path.contains(&unit));
                let with: u64 = with.map(|(_, wins, _)| wins).sum();
                prop_assert!(close(solution.removal_effect[unit as usize], with as f64 / wins as f64));
            }
        }

        /// Repeating a touch, a self-loop, does not change order 1.
        #[test]
        fn repeats_do_not_change_order_one(paths in paths(), at in 0..6usize, times in 1..5usize) {
            let mut repeated = paths.clone();
            for (path, ..) in &mut repeated {
                let at = at.min(path.len() - 1);
                let unit = path[at];
                path.splice(at..at, vec![unit; times]);
            }
            let (once, often) = (chain(&paths, Order::ONE).solve(), chain(&repeated, Order::ONE).solve());
            for (once, often) in once.removal_effect.iter().zip(&often.removal_effect) {
                prop_assert!(close(*once, *often), "{once} {often}");
            }
        }
    }

    #[test]
    fn chains_have_a_limit() {
        let paths: [(&[u32], u64, u64); 1] = [(&[0], 1, 0)];
        let fourth = Order::ALL[3];
        assert!(Chain::of_paths(Chain::most_units(fourth), fourth, paths).is_none());
        assert!(Chain::of_paths(Chain::most_units(fourth) - 1, fourth, paths).is_some());
    }

    /// A chain in which paths go to and fro a million times converges all the same.
    #[test]
    fn a_slow_chain_is_solved() {
        let there_and_back: Vec<u32> = [0, 1].repeat(50_000);
        let mut paths = vec![(there_and_back, 1, 0), (vec![0, 1, 2], 1, 3), (vec![2, 3], 0, 5)];
        paths[0].0.push(3);
        let chain = chain(&paths, Order::ONE);
        let p = chain.solve().p_conversion;
        let (dense, sparse) = (dense::removal_effects(&chain), sparse::removal_effects(&chain, p));
        for (dense, sparse) in dense.iter().zip(&sparse) {
            assert!((dense - sparse).abs() < 1e-9, "{dense} {sparse}");
        }
    }
}
