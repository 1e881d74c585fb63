//! Geometry of the chart of months, in parts of the plot: it is drawn without measuring the page.
//!
//! Lengths are integers, [`WHOLE`] to the plot: the same facts give the same drawing everywhere, and the code that writes a
//! float as text stays out of the browser.

use engine::{kpi::MonthRevenue, time::Month};
use std::collections::BTreeMap;

/// Parts of a plot's width or height: thousandths of a per cent.
pub const WHOLE: i64 = 100_000;

/// Range of values that a plot shows, with round ends and ticks between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    low: i64,
    high: i64,
    ticks: Vec<i64>,
}

impl Scale {
    /// The scale that holds zero and all values, with about `wanted` steps of 1, 2 or 5 times a power of ten.
    #[must_use]
    pub fn around(values: impl Iterator<Item = i64>, wanted: u32) -> Self {
        let (mut low, mut high) = (0i64, 0i64);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        let span = high.abs_diff(low);
        if span == 0 {
            return Self { low: 0, high: 1, ticks: vec![0] };
        }
        let step = step(span / u64::from(wanted.max(1)));
        let low = low.div_euclid(step) * step;
        // Upwards, also for a value that is a tick itself.
        let high = -(-high).div_euclid(step) * step;
        let ticks = (0..=(high - low) / step).map(|i| low + i * step).collect();
        Self { low, high, ticks }
    }

    /// Round values from the lowest to the highest, zero among them.
    #[must_use]
    pub fn ticks(&self) -> &[i64] {
        &self.ticks
    }

    /// How far below the top a value lies, 0 to [`WHOLE`].
    #[must_use]
    pub fn from_top(&self, value: i64) -> i64 {
        let (below, span) = (i128::from(self.high) - i128::from(value), i128::from(self.high) - i128::from(self.low));
        (below * i128::from(WHOLE) / span.max(1)) as i64
    }

    /// Top and height of the bar from zero to a value, 0 to [`WHOLE`]. The height of nothing is nothing.
    #[must_use]
    pub fn bar(&self, value: i64) -> (i64, i64) {
        let (zero, end) = (self.from_top(0), self.from_top(value));
        (zero.min(end), (zero - end).abs())
    }
}

/// The smallest of 1, 2, 5, 10, 20, … that is not below `least`.
fn step(least: u64) -> i64 {
    let mut power: i64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step as u64 >= least || step == i64::MAX {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// The last `count` months up to `last`, those without revenue as zero.
#[must_use]
pub fn last_months(months: &BTreeMap<Month, MonthRevenue>, last: Month, count: u32) -> Vec<(Month, MonthRevenue)> {
    (0..count)
        .rev()
        .map(|back| Month(last.0.saturating_sub(back)))
        .map(|month| (month, months.get(&month).copied().unwrap_or_default()))
        .collect()
}

/// Left edge and width of the bar of column `i` of `n`; `share` hundredths of the column are filled.
#[must_use]
pub fn column(i: usize, n: usize, share: i64) -> (i64, i64) {
    let width = WHOLE / (n.max(1) as i64);
    (width * i as i64 + width * (100 - share) / 200, width * share / 100)
}

/// `n` of `m`, 0 to [`WHOLE`]; more than all is all, and of nothing it is nothing.
#[must_use]
pub fn part(n: u64, m: u64) -> i64 {
    if m == 0 { 0 } else { (u128::from(n.min(m)) * WHOLE as u128 / u128::from(m)) as i64 }
}

/// The points of a line through values, from left to right, in a box of 1000 by 100: `0,100 500,0 1000,50`. A line of one
/// value, or of equal ones, is level.
#[must_use]
pub fn polyline(values: &[i64]) -> String {
    let scale = Scale::around(values.iter().copied(), 1);
    let last = values.len().saturating_sub(1).max(1);
    let point = |(i, value): (usize, &i64)| format!("{},{}", 1000 * i / last, scale.from_top(*value) * 100 / WHOLE);
    values.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
}

/// A length for an attribute: `33.333%`.
#[must_use]
pub fn percent(length: i64) -> String {
    format!("{}.{:03}%", length / 1000, length % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_every_value() {
        for (values, ticks) in [
            (vec![0, 980_000], vec![0, 500_000, 1_000_000]),
            (vec![1_234_500, 2_000], vec![0, 500_000, 1_000_000, 1_500_000]),
            (vec![-30, 70], vec![-50, 0, 50, 100]),
            (vec![-400], vec![-400, -300, -200, -100, 0]),
            (vec![3], vec![0, 1, 2, 3]),
            (vec![0, 0], vec![0]),
        ] {
            let scale = Scale::around(values.iter().copied(), 4);
            assert_eq!(scale.ticks(), ticks, "{values:?}");
            for value in values {
                let y = scale.from_top(value);
                assert!((0..=WHOLE).contains(&y), "{value} at {y}");
            }
        }
    }

    #[test]
    fn bars_stand_on_zero_and_hang_from_it() {
        let scale = Scale::around([-50, 100].into_iter(), 3);
        assert_eq!(scale.ticks(), [-50, 0, 50, 100]);
        assert_eq!(scale.bar(100), (0, 66_666));
        assert_eq!(scale.bar(-50), (66_666, 33_334));
        assert_eq!(scale.bar(0).1, 0);
    }

    #[test]
    fn extremes_do_not_panic() {
        let wide = Scale::around([i64::MAX / 4, -i64::MAX / 4].into_iter(), 4);
        assert!((0..=WHOLE).contains(&wide.from_top(0)));
        let _ = Scale::around([1].into_iter(), 0);
        assert_eq!(percent(WHOLE / 3), "33.333%");
        assert_eq!(percent(7), "0.007%");
        assert_eq!(column(1, 2, 50), (62_500, 25_000));
        assert_eq!((part(1, 4), part(5, 4), part(1, 0)), (25_000, WHOLE, 0));
    }

    #[test]
    fn lines_go_from_left_to_right() {
        assert_eq!(polyline(&[0, 100, 50]), "0,100 500,0 1000,50");
        assert_eq!(polyline(&[0, 0]), "0,100 1000,100");
        assert_eq!((polyline(&[5]), polyline(&[])), ("0,0".into(), String::new()));
    }

    #[test]
    fn months_without_revenue_are_zero() {
        let here = Month(2026 * 12 + 1);
        let some = MonthRevenue { sourced: 5, influenced: 7, attributed: 6 };
        let rows = last_months(&BTreeMap::from([(here, some)]), here, 12);
        assert_eq!(rows.len(), 12);
        assert_eq!(rows[0], (Month(here.0 - 11), MonthRevenue::default()));
        assert_eq!(rows[11], (here, some));
    }
}
