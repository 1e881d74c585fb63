//! Fractional conversions and value by whatever a touch carries.

use super::{Case, Cases, Dimension, Weigher};
use crate::{log::Log, parallel};

/// Cases, with what each counted touch carries: made once, added up for as many models as are asked.
#[derive(Debug, Clone)]
pub struct Breakdown<'a> {
    cases: &'a Cases<'a>,
    /// By touch of the pool of cases.
    units: &'a [u32],
    by: Dimension,
    count: usize,
}

/// What one unit was given by each of some models: all side by side, since they are added to together.
#[derive(Debug, Clone, Copy)]
struct Sums<const N: usize> {
    conversions: [f64; N],
    value: [f64; N],
}

impl<const N: usize> Sums<N> {
    const ZERO: Self = Self { conversions: [0.0; N], value: [0.0; N] };

    fn add(&mut self, more: &Self) {
        for model in 0..N {
            self.conversions[model] += more.conversions[model];
            self.value[model] += more.value[model];
        }
    }
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
        Self { cases, units: cases.units(log, by), by, count: by.len(log) + 1 }
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
        let [tally] = self.tallies(log, [weigher]);
        tally
    }

    /// Adds up what several models give, all of them in one walk over the cases.
    #[must_use]
    pub fn tallies<const N: usize>(&self, log: &Log, weighers: [&Weigher<'_>; N]) -> [Tally; N] {
        let mut found =
            parallel::map(&self.cases.pieces(log), |cases| self.sum(log, &weighers, cases.clone())).into_iter();
        let mut sums = found.next().unwrap_or_else(|| vec![Sums::ZERO; self.count]);
        for more in found {
            for (sum, more) in sums.iter_mut().zip(more) {
                sum.add(&more);
            }
        }
        core::array::from_fn(|model| Tally {
            conversions: sums.iter().map(|sum| sum.conversions[model]).collect(),
            value: sums.iter().map(|sum| sum.value[model]).collect(),
        })
    }

    fn sum<'c, const N: usize>(
        &self,
        log: &Log,
        weighers: &[&Weigher<'_>; N],
        cases: impl Iterator<Item = Case<'c>>,
    ) -> Vec<Sums<N>> {
        let mut sums = vec![Sums::ZERO; self.count];
        let longest = self.cases.longest();
        let (mut weights, mut shares) = (vec![0; longest], vec![[0.0f64; N]; longest]);
        for case in cases {
            let n = case.touches.len();
            let amount = log.revenue.amount[case.row as usize] as f64;
            if n == 1 {
                // The only touch has everything, whatever the model.
                sums[self.units[case.first] as usize].add(&Sums { conversions: [1.0; N], value: [amount; N] });
                continue;
            }
            let (weights, shares) = (&mut weights[..n], &mut shares[..n]);
            shares.fill([0.0; N]);
            for (model, weigher) in weighers.iter().enumerate() {
                if let Some(i) = weigher.pick(&case) {
                    shares[i][model] = 1.0;
                    continue;
                }
                weigher.fill(&case, weights);
                // As signed numbers they are turned into floats fastest.
                let one = 1.0 / weights.iter().map(|weight| *weight as i64 as f64).sum::<f64>();
                for (share, weight) in shares.iter_mut().zip(&*weights) {
                    share[model] = *weight as i64 as f64 * one;
                }
            }
            for (unit, share) in self.units[case.first..case.first + n].iter().zip(&*shares) {
                let sum = &mut sums[*unit as usize];
                for ((conversions, value), share) in sum.conversions.iter_mut().zip(&mut sum.value).zip(share) {
                    *conversions += share;
                    *value += share * amount;
                }
            }
        }
        sums
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
