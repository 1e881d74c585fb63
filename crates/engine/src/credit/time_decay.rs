//! Time decay: 2^(−age ÷ half-life) (Google Analytics; half-life 7 days by default).

use super::HalfLife;
use crate::time::Time;

/// Weights are fractions of that of the latest touch, in units of 2⁻⁴⁴: so fine that no amount is divided otherwise, and so
/// coarse that those of half a million touches add up.
const ONE: f64 = (1u64 << 44) as f64;
/// From here to its double, a float counts by ones: adding it rounds to a whole number, which its lower bits then hold.
const WHOLE: f64 = (1u64 << 52) as f64;
/// Seconds of one coarse step.
const STEP: u32 = 1 << 11;

/// 2^(−seconds ÷ half-life), as the product of two looked-up powers: one of whole steps, one of the seconds in a step.
#[derive(Debug, Clone)]
pub(super) struct Table {
    steps: Vec<f64>,
    seconds: Vec<f64>,
}

impl Table {
    /// Powers for ages of up to `longest` seconds.
    pub(super) fn new(half_life: HalfLife, longest: u32) -> Self {
        let power = |seconds: u32| libm::exp2(-f64::from(seconds) / f64::from(half_life.length()));
        // Past 64 half-lives a touch weighs less than the smallest unit.
        let far = longest.min(half_life.length().saturating_mul(64)) / STEP;
        Self {
            steps: (0..=far).map(|i| power(i * STEP)).collect(),
            seconds: (0..STEP.min(longest.saturating_add(1))).map(power).collect(),
        }
    }

    fn weight(&self, age: u32) -> u64 {
        let powers = self.steps.get((age / STEP) as usize).zip(self.seconds.get((age % STEP) as usize));
        powers.map_or(0, |(step, second)| (step * second * ONE + WHOLE).to_bits() & ((1 << 52) - 1))
    }

    /// Weighs by age: `times` are those of the touches, in order. The latest touch has the full weight: only ratios matter,
    /// and so no journey is too old to be divided.
    pub(super) fn weigh(&self, weights: &mut [u64], times: &[Time]) {
        let Some(latest) = times.last() else { return };
        for (weight, at) in weights.iter_mut().zip(times) {
            *weight = self.weight(latest.0 - at.0);
        }
    }
}
