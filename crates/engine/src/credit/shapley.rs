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
        // By unit and by how many share: whole numbers, so that the order in which paths come does not round differently.
        let mut sums: Vec<Vec<[f64; 2]>> = vec![Vec::new(); units + 1];
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
            for unit in &distinct {
                let by_number = &mut sums[*unit as usize];
                if by_number.len() < distinct.len() {
                    by_number.resize(distinct.len(), [0.0; 2]);
                }
                let sum = &mut by_number[distinct.len() - 1];
                *sum = [sum[0] + conversions, sum[1] + value];
            }
        }
        let shared = |by_number: Vec<[f64; 2]>| {
            let mut total = [0.0; 2];
            for (number, sum) in (1..).zip(by_number) {
                total = [total[0] + sum[0] / f64::from(number), total[1] + sum[1] / f64::from(number)];
            }
            total
        };
        Self::of(sums.into_iter().map(shared).collect())
    }
}
