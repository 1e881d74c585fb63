//! The `SplitMix64` generator: small, and the same everywhere and for ever, which no library promises of its generators.

/// The seed of the sample: another gives another year.
const SEED: u64 = 3;

/// A stream of numbers that follows from its seed.
pub struct Rng(u64);

impl Rng {
    /// The stream number `index` of a kind: what is drawn from one changes nothing in another.
    pub fn of(kind: u64, index: u64) -> Self {
        let mut rng = Self(SEED ^ kind.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ index.wrapping_mul(0xa076_1d64_78bd_642f));
        rng.next();
        rng
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number in `low..high`; `low` when the range is empty.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        match u64::try_from(high - low) {
            Ok(span) if span > 0 => low + i64::try_from(self.next() % span).unwrap_or(0),
            _ => low,
        }
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.next() % 100 < u64::from(percent)
    }

    /// One of the items; they must not be none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let at = self.index(items.len());
        &items[at]
    }

    /// An index below `length`.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.range(0, i64::try_from(length).unwrap_or(0))).unwrap_or(0)
    }

    /// An index, drawn in proportion to the weights; 0 when all are 0.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: i64 = weights.iter().map(|weight| i64::from(*weight)).sum();
        let mut left = self.range(0, total);
        for (at, weight) in weights.iter().enumerate() {
            left -= i64::from(*weight);
            if left < 0 {
                return at;
            }
        }
        0
    }
}
