//! Fractional conversions and value by whatever a touch carries.

use super::{Cases, Dimension, Weigher};
use crate::{
    fact::TouchKind,
    log::{Log, NONE},
    parallel,
};

/// Cases, with what each counted touch carries: made once, added up for as many models as are asked.
#[derive(Debug, Clone)]
pub struct Breakdown<'a> {
    cases: &'a Cases<'a>,
    /// By touch of the pool of cases.
    units: Vec<u32>,
    by: Dimension,
    count: usize,
}

/// Sums by unit of a dimension; the last is that of touches that carry nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Fractional conversions: of each, a touch has its weight ÷ the sum of the weights.
    pub conversions: Vec<f64>,
    /// Fractional value in minor units, likewise, of gross amounts.
    pub value: Vec<f64>,
}

impl<'a> Breakdown<'a> {
    /// Looks up what the touches of the cases carry.
    #[must_use]
    pub fn of(log: &Log, cases: &'a Cases<'a>, by: Dimension) -> Self {
        let count = by.len(log) + 1;
        let mut units = cases.arrange(by.column(log));
        if by == Dimension::Listing {
            let listing = |touch: usize| log.touches.kind[touch] == TouchKind::Listing;
            let rows: Vec<u32> = (0..log.touches.len() as u32).collect();
            for (unit, touch) in units.iter_mut().zip(cases.arrange(&rows)) {
                *unit = if listing(touch as usize) { *unit } else { NONE };
            }
        }
        for unit in &mut units {
            *unit = (*unit).min(count as u32 - 1);
        }
        Self { cases, units, by, count }
    }

    /// What the touches were looked up for.
    #[must_use]
    pub fn by(&self) -> Dimension {
        self.by
    }

    /// How many units there are, that of touches that carry nothing included.
    #[must_use]
    pub fn units(&self) -> usize {
        self.count
    }

    /// Adds up what a model gives in every case.
    #[must_use]
    pub fn tally(&self, log: &Log, weigher: &Weigher<'_>) -> Tally {
        // Both sums of a unit stand side by side.
        let mut sums = vec![[0.0f64; 2]; self.count];
        weigher.each(self.cases.iter(log), self.cases.longest(), |case, weights| {
            let amount = log.revenue.amount[case.row as usize] as f64;
            let units = &self.units[case.first..case.first + weights.len()];
            // As signed numbers they are turned into floats fastest.
            let total: f64 = weights.iter().map(|weight| *weight as i64 as f64).sum();
            let one = 1.0 / total;
            for (unit, weight) in units.iter().zip(weights) {
                let share = *weight as i64 as f64 * one;
                let sum = &mut sums[*unit as usize];
                *sum = [sum[0] + share, sum[1] + share * amount];
            }
        });
        Tally::of(sums)
    }

    /// Adds up what several models give, side by side.
    #[must_use]
    pub fn tallies(&self, log: &Log, weighers: &[Weigher<'_>]) -> Vec<Tally> {
        parallel::map(weighers, |weigher| self.tally(log, weigher))
    }

    /// The amount of each sale for which a touch counts, and the units of its touches.
    pub(super) fn journeys(&self, log: &Log) -> impl Iterator<Item = (i64, &[u32])> {
        let units = |first: usize, n: usize| &self.units[first..first + n];
        self.cases
            .iter(log)
            .map(move |case| (log.revenue.amount[case.row as usize], units(case.first, case.touches.len())))
    }
}

impl Tally {
    pub(super) fn of(sums: Vec<[f64; 2]>) -> Self {
        let (conversions, value) = sums.into_iter().map(|[conversions, value]| (conversions, value)).unzip();
        Self { conversions, value }
    }
}
