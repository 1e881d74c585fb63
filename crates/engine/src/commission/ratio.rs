//! The one division of the module, and how it is rounded.

/// Commission for each minor unit of credit, exactly: a fraction that is never below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// Minor units of commission, 0 to 10²¹.
    pub numerator: i128,
    /// Minor units of credit, 1 to 10²¹.
    pub denominator: i128,
}

impl Ratio {
    /// `part` for every `whole`; nothing where there is no whole.
    pub(super) fn new(part: i128, whole: i128) -> Self {
        if whole > 0 { Self { numerator: part, denominator: whole } } else { Self { numerator: 0, denominator: 1 } }
    }

    /// The commission of `base` minor units of credit, to the nearest minor unit, half a unit up.
    ///
    /// `ahead` is what partners before this one have of the same sale. The answer is the commission of `ahead + base`
    /// less that of `ahead`, each rounded: so what each partner of a sale gets is within one minor unit of the exact
    /// amount, and all together get exactly the rounded commission of what they share, as running totals do. Rounding
    /// half up moves with whole units, so a ratio that yields a whole amount for `base` yields just that behind any
    /// `ahead`.
    #[must_use]
    pub fn share(self, ahead: i64, base: i64) -> i64 {
        self.rounded(i128::from(ahead) + i128::from(base)) - self.rounded(i128::from(ahead))
    }

    /// At most 2 × 10¹⁵ × 10²¹ in between, far below what 128 bits hold.
    fn rounded(self, base: i128) -> i64 {
        ((2 * base * self.numerator + self.denominator) / (2 * self.denominator)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::AMOUNT_MAX;

    #[test]
    fn halves_go_up_and_parts_add_up() {
        let tenth = Ratio::new(1, 10);
        assert_eq!([0, 4, 5, 14, 15, 25].map(|base| tenth.share(0, base)), [0, 0, 1, 1, 2, 3]);
        // A flat 5 of which two partners have half each: 2.5 becomes 3, and 2 remain.
        let flat = Ratio::new(5, 100);
        assert_eq!((flat.share(0, 50), flat.share(50, 50)), (3, 2));
        // A whole amount stays whole, wherever it begins.
        assert_eq!((0..20).map(|ahead| Ratio::new(7, 3).share(ahead, 3)).collect::<Vec<_>>(), [7; 20]);
        assert_eq!(Ratio::new(7, 0).share(3, 3), 0);
    }

    #[test]
    fn the_largest_amounts_fit() {
        let all = i128::from(AMOUNT_MAX);
        assert_eq!(Ratio::new(all * 1_000_000, all * 1_000_000).share(0, AMOUNT_MAX), AMOUNT_MAX);
        assert_eq!(Ratio::new(all * 1_000_000, all * 1_000_000).share(AMOUNT_MAX - 1, 1), 1);
    }
}
