//! Shapley value, with v(S) = conversions of journeys whose set of units lies in S: hence each conversion is shared equally
//! by the distinct units of its journey (Zhao, Mahboobi, Bagheri 2018, arXiv 1804.05327).

use super::{Breakdown, Tally};
use crate::log::Log;

impl Breakdown<'_> {
    /// The Shapley value of each unit, in conversions and in minor units.
    #[must_use]
    pub fn shapley(&self, log: &Log) -> Tally {
        let mut sums = vec![[0.0f64; 2]; self.units()];
        // By unit, the last case that it was seen in.
        let mut seen = vec![0u32; self.units()];
        let mut distinct: Vec<u32> = Vec::new();
        for (case, units) in (1..).zip(self.journeys(log)) {
            distinct.clear();
            for unit in units.1 {
                if seen[*unit as usize] != case {
                    seen[*unit as usize] = case;
                    distinct.push(*unit);
                }
            }
            let part = 1.0 / distinct.len() as f64;
            for unit in &distinct {
                let sum = &mut sums[*unit as usize];
                *sum = [sum[0] + part, sum[1] + part * units.0 as f64];
            }
        }
        Tally::of(sums)
    }
}
