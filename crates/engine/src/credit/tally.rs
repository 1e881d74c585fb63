//! Fractional conversions and value by whatever a touch carries.

use super::{Cases, Dimension, Weigher};
use crate::{
    log::{Log, NONE},
    policy::Policies,
};

/// Sums by unit of a dimension; the last is that of touches that carry nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Fractional conversions: of each, a touch has its weight ÷ the sum of the weights.
    pub conversions: Vec<f64>,
    /// Fractional value in minor units, likewise, of gross amounts.
    pub value: Vec<f64>,
}

impl Tally {
    /// Adds up what a model gives in every case.
    #[must_use]
    pub fn compute(log: &Log, cases: &Cases, policies: &Policies, weigher: &Weigher, by: Dimension) -> Self {
        let units = by.len(log) + 1;
        let mut tally = Self { conversions: vec![0.0; units], value: vec![0.0; units] };
        let mut weights = Vec::new();
        for case in cases.iter(log, policies) {
            weigher.weigh(&case, &mut weights);
            let total: u64 = weights.iter().sum();
            let amount = log.revenue.amount[case.row as usize] as f64;
            for (touch, weight) in case.touches.iter().zip(&weights) {
                let unit = match by.of(log, *touch) {
                    NONE => units - 1,
                    unit => unit as usize,
                };
                let share = *weight as f64 / total as f64;
                tally.conversions[unit] += share;
                tally.value[unit] += share * amount;
            }
        }
        tally
    }
}
