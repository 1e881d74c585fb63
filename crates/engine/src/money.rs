//! Money in integer minor units, and its exact division.

use core::{cmp::Reverse, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// ISO 4217, list one, without funds, metals and test codes.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP \
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD \
    KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK \
    NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD \
    SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UZS VED VES VND VUV WST \
    XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// An ISO 4217 currency code: three upper-case letters that the standard's list of current currencies holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that is no code of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACurrency;

impl fmt::Display for NotACurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be an ISO 4217 code of three letters, such as USD")
    }
}

impl core::error::Error for NotACurrency {}

impl Currency {
    /// The United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits behind the decimal sign, by ISO 4217 (list one): 2 unless the currency says otherwise.
    #[must_use]
    pub fn digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = NotACurrency;

    /// Reads a code in either case.
    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        let code = text.to_ascii_uppercase();
        match code.as_bytes() {
            [a, b, c] if CODES.split(' ').any(|known| known == code) => Ok(Self([*a, *b, *c])),
            _ => Err(NotACurrency),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Largest amount of one fact, in minor units: ten to the fifteenth, so that sums of a million facts stay exact.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// Divides an amount by integer weights so that the parts add up to it exactly: each part is rounded towards zero, and the
/// minor units that remain go one each to the largest remainders, ties to the earlier part (Hamilton's method, also called
/// largest remainder). A negative amount is divided as its absolute value. With no weight above zero there are no parts
/// to give, and the answer is empty.
///
/// `weights` are relative: `[1, 1, 1]` are thirds, `[2, 1, 2]` two fifths, one fifth, two fifths.
#[must_use]
pub fn split(amount: i64, weights: &[u64]) -> Vec<i64> {
    let mut parts = Vec::new();
    Splitter::default().split(amount, weights, &mut parts);
    parts
}

/// [`split`] for many amounts, with memory that is taken once.
#[derive(Debug, Clone, Default)]
pub struct Splitter {
    remainders: Vec<(Reverse<i128>, u32)>,
}

impl Splitter {
    /// Writes the parts of an amount into `parts`, as many as weights; none where no weight is above zero.
    pub fn split(&mut self, amount: i64, weights: &[u64], parts: &mut Vec<i64>) {
        parts.clear();
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        if total == 0 {
            return;
        }
        if weights.len() == 1 {
            parts.push(amount);
            return;
        }
        let (whole, sign) = (i128::from(amount.unsigned_abs()), amount.signum());
        let per_weight = whole as f64 / total as f64;
        let mut left = whole;
        self.remainders.clear();
        for (i, weight) in (0..).zip(weights) {
            let (part, remainder) = divide(whole, *weight, total, per_weight);
            left -= part;
            parts.push(part as i64 * sign);
            self.remainders.push((Reverse(remainder), i));
        }
        if left > 0 {
            self.remainders.sort_unstable();
        }
        for (_, i) in self.remainders.iter().take(left as usize) {
            parts[*i as usize] += sign;
        }
    }
}

/// `whole · weight ÷ total` and its remainder. The quotient is guessed in floating point and then put right: a guess is off by
/// one or two at the most, and dividing numbers of 128 bits is what takes time.
fn divide(whole: i128, weight: u64, total: i128, per_weight: f64) -> (i128, i128) {
    let mut part = i128::from((per_weight * weight as f64) as i64);
    let mut remainder = whole * i128::from(weight) - part * total;
    while remainder < 0 {
        part -= 1;
        remainder += total;
    }
    while remainder >= total {
        part += 1;
        remainder -= total;
    }
    (part, remainder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_cents_go_to_the_largest_remainders() {
        assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(split(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(split(5, &[2, 1, 2]), [2, 1, 2]);
        // 4 × (2, 1, 2) ÷ 5 = 1.6, 0.8, 1.6: the middle has the largest remainder, then the first.
        assert_eq!(split(4, &[2, 1, 2]), [2, 1, 1]);
        assert_eq!(split(7, &[0, 0]), [] as [i64; 0]);
        assert_eq!(split(0, &[1, 2]), [0, 0]);
    }

    #[test]
    fn currencies_know_their_digits() {
        assert_eq!("usd".parse(), Ok(Currency::USD));
        assert_eq!("jpy".parse::<Currency>().map(Currency::digits), Ok(0));
        assert_eq!("KWD".parse::<Currency>().map(Currency::digits), Ok(3));
        assert!("zzz".parse::<Currency>().is_err() && "dollars".parse::<Currency>().is_err());
        assert!("  ".parse::<Currency>().is_err() && "U5D".parse::<Currency>().is_err());
    }

    proptest! {
        #[test]
        fn parts_add_up_and_stay_within_one_unit(amount in -AMOUNT_MAX..=AMOUNT_MAX, weights in prop::collection::vec(0u64..1000, 1..20)) {
            let parts = split(amount, &weights);
            let total: u64 = weights.iter().sum();
            if total == 0 {
                prop_assert!(parts.is_empty());
            } else {
                prop_assert_eq!(parts.iter().sum::<i64>(), amount);
                for (part, weight) in parts.iter().zip(&weights) {
                    let exact = amount as f64 * *weight as f64 / total as f64;
                    prop_assert!((*part as f64 - exact).abs() <= 1.0 + exact.abs() * 1e-12);
                }
            }
        }
    }
}
