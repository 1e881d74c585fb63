//! Medians, means, ratios, and intervals at 95 %.
//!
//! Floating point goes through `libm` and IEEE operations only, and sums are made of integers, so that every platform
//! gives the same bits. Numbers come out in the unit that they went in with, rounded to the nearest integer, halves
//! away from 0; rates and ratios in millionths.

use crate::figure::MILLION;

/// The 97.5 % quantile of the normal distribution: the half-width of a 95 % interval, in standard errors.
const Z: f64 = 1.959_963_984_540_054;

/// How far two groups lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The first less the second.
    pub value: i64,
    /// Lower and upper bound of its 95 % interval; `None` where there are too few observations for one.
    pub interval: Option<(i64, i64)>,
}

/// `n ÷ d`, rounded to the nearest integer; `None` where `d` is 0. What does not fit stays at the bound of an `i64`.
#[must_use]
pub fn divide(n: i128, d: i128) -> Option<i64> {
    if d == 0 {
        return None;
    }
    let (n, d) = if d < 0 { (-n, -d) } else { (n, d) };
    let rounded = (n.abs() + d / 2) / d * n.signum();
    Some(rounded.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}

/// `n ÷ d` in millionths, as [`divide`].
#[must_use]
pub fn ratio(n: i128, d: i128) -> Option<i64> {
    divide(n * i128::from(MILLION), d)
}

/// How much more a number is than one before: the difference ÷ the one before, in millionths; `None` where there was nothing.
#[must_use]
pub fn rise(now: i64, then: i64) -> Option<i64> {
    if then > 0 { ratio(i128::from(now) - i128::from(then), i128::from(then)) } else { None }
}

/// The mean, as [`divide`]; `None` of nothing.
#[must_use]
pub fn mean(values: &[i64]) -> Option<i64> {
    divide(values.iter().map(|value| i128::from(*value)).sum(), values.len() as i128)
}

/// The median; of an even number the mean of the two in the middle, as [`divide`]; `None` of nothing.
#[must_use]
pub fn median(values: &[i64]) -> Option<i64> {
    median_of_sorted(&sorted(values))
}

fn sorted(values: &[i64]) -> Vec<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted
}

fn median_of_sorted(sorted: &[i64]) -> Option<i64> {
    let (lower, upper) = (sorted.get(sorted.len().wrapping_sub(1) / 2)?, sorted.get(sorted.len() / 2)?);
    divide(i128::from(*lower) + i128::from(*upper), 2)
}

/// The score interval of `n` of `m`, in millionths (Wilson 1927; method 3 of Newcombe 1998, Statistics in Medicine 17,
/// 857–872): (2np + z² ± z √(z² + 4np(1 − p))) ÷ 2(n + z²) with the observed rate p. Of nothing all is possible.
#[must_use]
pub fn wilson(n: u64, m: u64) -> (i64, i64) {
    let (lower, upper) = score(n, m);
    (millionths(lower), millionths(upper))
}

fn score(n: u64, m: u64) -> (f64, f64) {
    if m == 0 {
        return (0.0, 1.0);
    }
    let (n, m, square) = (n as f64, m as f64, Z * Z);
    let middle = 2.0 * n + square;
    let half = Z * libm::sqrt(square + 4.0 * n * (m - n) / m);
    let whole = 2.0 * (m + square);
    (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
}

/// The difference of two rates `(n, m)` in millionths, with the interval of their score intervals (method 10 of
/// Newcombe 1998, Statistics in Medicine 17, 873–890): the distances of the observed rates to their bounds, added as
/// squares. `None` where one of them is of nothing.
#[must_use]
pub fn newcombe(a: (u64, u64), b: (u64, u64)) -> Option<Difference> {
    if a.1 == 0 || b.1 == 0 {
        return None;
    }
    let rate = |(n, m): (u64, u64)| n as f64 / m as f64;
    let ((low_a, high_a), (low_b, high_b)) = (score(a.0, a.1), score(b.0, b.1));
    let (p, q) = (rate(a), rate(b));
    let root = |x: f64, y: f64| libm::sqrt(x * x + y * y);
    let interval = (millionths(p - q - root(p - low_a, high_b - q)), millionths(p - q + root(high_a - p, q - low_b)));
    let wide = |(n, m): (u64, u64)| (i128::from(n), i128::from(m));
    let ((n, m), (k, l)) = (wide(a), wide(b));
    Some(Difference { value: ratio(n * l - k * m, m * l)?, interval: Some(interval) })
}

/// The difference of two medians, with the distribution-free interval of Price and Bonett 2002 (Journal of
/// Statistical Computation and Simulation 72, 119–124): each median's standard error is the distance of its order
/// statistics c and n − c + 1, with c = (n + 1) ÷ 2 − √n rounded and at least 1, over 2z. Where they take z from the
/// exact binomial tail of those order statistics, this takes the normal approximation with continuity correction, z =
/// (n + 1 − 2c) ÷ √n, which needs no quantile. `None` where one has no observation; no interval where one has a
/// single one.
#[must_use]
pub fn median_difference(a: &[i64], b: &[i64]) -> Option<Difference> {
    let (a, b) = (sorted(a), sorted(b));
    let value = median_of_sorted(&a)? - median_of_sorted(&b)?;
    let interval =
        median_error(&a).zip(median_error(&b)).map(|(x, y)| around(value as f64, Z * libm::sqrt(x * x + y * y)));
    Some(Difference { value, interval })
}

/// The standard error of the median of sorted values.
fn median_error(sorted: &[i64]) -> Option<f64> {
    let n = sorted.len();
    if n < 2 {
        return None;
    }
    let root = libm::sqrt(n as f64);
    let c = (libm::round((n as f64 + 1.0) / 2.0 - root).max(1.0)) as usize;
    let z = (n + 1 - 2 * c) as f64 / root;
    Some((sorted[n - c] - sorted[c - 1]) as f64 / (2.0 * z))
}

/// The difference of two means, with the interval of Welch 1947 (Biometrika 34, 28–35): unequal variances, Student's
/// t at the degrees of freedom of Satterthwaite. `None` where one has no observation; no interval where one has a
/// single one.
#[must_use]
pub fn mean_difference(a: &[i64], b: &[i64]) -> Option<Difference> {
    let (n, m) = (a.len() as i128, b.len() as i128);
    let sum = |values: &[i64]| values.iter().map(|value| i128::from(*value)).sum::<i128>();
    let cross = sum(a) * m - sum(b) * n;
    let value = divide(cross, n * m)?;
    let interval = mean_error(a).zip(mean_error(b)).map(|((x, p), (y, q))| {
        let both = x + y;
        let freedom = if both > 0.0 { both * both / (x * x / p + y * y / q) } else { p + q };
        around(cross as f64 / (n * m) as f64, student(freedom) * libm::sqrt(both))
    });
    Some(Difference { value, interval })
}

/// The squared standard error of a mean, and its degrees of freedom.
fn mean_error(values: &[i64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    let middle = sum as f64 / n;
    let spread: f64 = values.iter().map(|value| (*value as f64 - middle) * (*value as f64 - middle)).sum();
    Some((spread / (n - 1.0) / n, n - 1.0))
}

/// The 97.5 % quantile of Student's t: closed forms for 1 and 2 degrees of freedom, else Hill 1970 (algorithm 396,
/// Communications of the ACM 13, 619–620), which is good to about five digits. Degrees that are not whole are rounded
/// down, which widens the interval.
fn student(freedom: f64) -> f64 {
    // What is whole on paper may come out a little less.
    let n = libm::floor(freedom + 1e-9);
    if n < 2.0 {
        return 12.706_204_736_174_7;
    }
    if n < 3.0 {
        return 4.302_652_729_749_46;
    }
    let a = 1.0 / (n - 0.5);
    let b = 48.0 / (a * a);
    let c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * libm::sqrt(a * core::f64::consts::FRAC_PI_2) * n;
    let tail = libm::pow(d * 0.05, 2.0 / n);
    let square = if tail > 0.05 + a {
        let (x, y) = (-Z, Z * Z);
        let c = if n < 5.0 { c + 0.3 * (n - 4.5) * (x + 0.6) } else { c };
        let c = (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b + c;
        let y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
        libm::expm1(a * y * y)
    } else {
        let inner = 1.0 / (((n + 6.0) / (n * tail) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0);
        (inner * tail - 1.0) * (n + 1.0) / (n + 2.0) + 1.0 / tail
    };
    libm::sqrt(n * square)
}

fn millionths(x: f64) -> i64 {
    libm::round(x * MILLION as f64) as i64
}

fn around(middle: f64, half: f64) -> (i64, i64) {
    (libm::round(middle - half) as i64, libm::round(middle + half) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Millionths as the four digits that the papers print.
    fn four((lower, upper): (i64, i64)) -> (i64, i64) {
        let round = |x: i64| divide(i128::from(x), 100).unwrap_or(0);
        (round(lower), round(upper))
    }

    #[test]
    fn wilson_is_the_published_table() {
        // Newcombe 1998, Statistics in Medicine 17, 857–872, table I, method 3.
        assert_eq!(four(wilson(81, 263)), (2553, 3662));
        assert_eq!(four(wilson(15, 148)), (624, 1605));
        assert_eq!(four(wilson(0, 20)), (0, 1611));
        assert_eq!(four(wilson(1, 29)), (61, 1718));
        assert_eq!(wilson(0, 0), (0, MILLION));
        assert_eq!(wilson(7, 7).1, MILLION);
    }

    #[test]
    fn newcombe_is_the_published_table() {
        // Newcombe 1998, Statistics in Medicine 17, 873–890, table II, method 10.
        let cases = [
            ((56, 70), (48, 80), 2000, (524, 3339)),
            ((9, 10), (3, 10), 6000, (1705, 8090)),
            ((5, 56), (0, 29), 893, (-381, 1926)),
            ((0, 10), (0, 20), 0, (-1611, 2775)),
            ((10, 10), (0, 20), 10_000, (6791, 10_000)),
        ];
        for (a, b, value, interval) in cases {
            let found = newcombe(a, b).expect("both are of something");
            assert_eq!(four((found.value, 0)).0, value);
            assert_eq!(found.interval.map(four), Some(interval));
        }
        assert_eq!(newcombe((0, 0), (1, 2)), None);
    }

    #[test]
    fn medians_means_and_ratios_round_to_the_nearest() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 1, 5]), Some(5));
        // (5 + 8) ÷ 2 = 6.5 and (−5 − 8) ÷ 2 = −6.5: away from 0.
        assert_eq!(median(&[8, 1, 5, 9]), Some(7));
        assert_eq!(median(&[-8, -1, -5, -9]), Some(-7));
        assert_eq!(mean(&[1, 2, 2]), Some(2));
        assert_eq!(mean(&[]), None);
        assert_eq!(ratio(2, 3), Some(666_667));
        assert_eq!(ratio(-2, 3), Some(-666_667));
        assert_eq!(ratio(1, 0), None);
        assert_eq!(divide(i128::MAX / 4, 1), Some(i64::MAX));
    }

    #[test]
    fn the_interval_of_medians_follows_its_order_statistics() {
        // n = 9: c = 5 − 3 = 2, z = (10 − 4) ÷ 3 = 2, error (8 − 2) × 100 ÷ 4 = 150 for each: √(150² + 150²) × 1.96 =
        // 416.
        let a: Vec<i64> = (1..=9).map(|i| i * 100).collect();
        let b: Vec<i64> = a.iter().map(|x| x - 300).collect();
        assert_eq!(median_difference(&a, &b), Some(Difference { value: 300, interval: Some((-116, 716)) }));
        assert_eq!(median_difference(&[4], &[1, 2, 3]), Some(Difference { value: 2, interval: None }));
        assert_eq!(median_difference(&[], &[1]), None);
    }

    #[test]
    fn student_agrees_with_tables() {
        for (n, t) in
            [(1.0, 12.706), (2.0, 4.303), (3.0, 3.182), (5.0, 2.571), (10.0, 2.228), (30.0, 2.042), (120.0, 1.980)]
        {
            let found = student(n);
            assert!((found - t).abs() < 1e-3, "{n}: {found}");
        }
    }

    #[test]
    fn welch_on_a_small_case() {
        // Means 3 and 8, variances 2.5 and 10, squared errors 0.5 and 2, freedom 6.25 ÷ (0.0625 + 1) = 5.882, hence 5,
        // t = 2.5706: −5 ± 2.5706 × √2.5 = −5 ± 4.0644. In thousandths, so that the rounding shows.
        let a: Vec<i64> = (1..=5).map(|i| i * 1000).collect();
        let b: Vec<i64> = [4, 6, 8, 10, 12].map(|i| i * 1000).to_vec();
        let found = mean_difference(&a, &b).expect("both have values");
        assert_eq!(found.value, -5000);
        let (lower, upper) = found.interval.expect("both have several values");
        assert!((lower + 9064).abs() <= 1 && (upper + 936).abs() <= 1, "{lower} {upper}");
        assert_eq!(mean_difference(&[1], &[3, 3]), Some(Difference { value: -2, interval: None }));
    }
}
