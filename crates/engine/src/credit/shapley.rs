//! Shapley value, with v(S) = conversions of journeys whose set of units lies in S: hence each conversion is shared equally
//! by the distinct units of its journey (Zhao, Mahboobi, Bagheri 2018, arXiv 1804.05327).

use super::{Breakdown, Tally};
use crate::log::{Log, NONE};

impl Breakdown<'_> {
    /// The Shapley value of each unit, in conversions and in minor units.
    #[must_use]
    pub fn shapley(&self, log: &Log) -> Tally {
        let journeys = self.journeys(log).map(|(amount, units)| (units, 1.0, amount as f64));
        Tally::shapley(self.units() - 1, journeys)
    }
}

impl Tally {
    /// The Shapley value of each unit over counted paths: the unit of each touch (below `units`, or [`NONE`]), how many such
    /// paths converted, and what they were worth.
    #[must_use]
    pub fn shapley<'a>(units: usize, paths: impl IntoIterator<Item = (&'a [u32], f64, f64)>) -> Self {
        let mut sums = vec![[0.0f64; 2]; units + 1];
        // By unit, the last path that it was seen in.
        let mut seen = vec![0u32; units + 1];
        let mut distinct: Vec<u32> = Vec::new();
        for (number, (path, conversions, value)) in (1..).zip(paths) {
            distinct.clear();
            for unit in path {
                let unit = if *unit == NONE { units as u32 } else { *unit };
                if core::mem::replace(&mut seen[unit as usize], number) != number {
                    distinct.push(unit);
                }
            }
            let part = 1.0 / distinct.len() as f64;
            for unit in &distinct {
                let sum = &mut sums[*unit as usize];
                *sum = [sum[0] + part * conversions, sum[1] + part * value];
            }
        }
        Self::of(sums)
    }
}
