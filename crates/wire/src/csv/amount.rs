//! Habits of writing money: `1,299.00`, `1.299,00`, `€ 1 299,00`, `(12.50)`, `12.50-`, `129900` in minor units.

use engine::money::Currency;
use serde::{Deserialize, Serialize};

use super::{
    Bad,
    mapping::{Field, Units},
};
use crate::fact::Fault;

/// The sign before the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// `1,299.00`
    Point,
    /// `1.299,00`
    Comma,
}

impl Decimal {
    /// The word of a mapping.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    const fn sign(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// How a file writes money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habit {
    /// The decimal sign; `None` where no amount has a point or a comma.
    pub decimal: Option<Decimal>,
    /// What a whole number counts.
    pub units: Units,
}

/// An amount as it is written, taken apart.
struct Written<'a> {
    negative: bool,
    /// Digits with what stands between them.
    digits: &'a str,
    currency: Option<Currency>,
    /// A sign that several currencies share.
    sign: Option<char>,
}

/// Whether a sign that several currencies share may be this one's.
fn signs(sign: char, currency: Currency) -> bool {
    let codes = match sign {
        '$' => {
            "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BRL DOP JMD TTD BBD BSD BZD BMD KYD FJD GYD LRD NAD XCD"
        }
        '¥' => "JPY CNY",
        '₹' => "INR",
        _ => "KRW",
    };
    codes.contains(currency.code())
}

/// Takes an amount apart; `None` for what is none.
fn take(cell: &str) -> Option<Written<'_>> {
    let cell = cell.trim();
    let (inner, bracketed) = match cell.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (cell, false),
    };
    let first = inner.find(|c: char| c.is_ascii_digit())?;
    let last = inner.rfind(|c: char| c.is_ascii_digit())?;
    // `.50` is half a unit.
    let first = if inner[..first].ends_with(['.', ',']) { first - 1 } else { first };
    let (before, digits, after) = (&inner[..first], &inner[first..=last], &inner[last + 1..]);
    let (mut negative, mut currency, mut sign) = (bracketed, None, None);
    for around in [before, after] {
        let mut code = String::new();
        for c in around.chars() {
            match c {
                '-' | '\u{2212}' => negative = true,
                '+' | '.' => {}
                '€' => currency = Some("EUR"),
                '£' => currency = Some("GBP"),
                '$' | '¥' | '₹' | '₩' => sign = Some(c),
                c if c.is_whitespace() => {}
                c if c.is_ascii_alphabetic() => code.push(c),
                _ => return None,
            }
        }
        if code.len() == 3 {
            let negative = negative || after.contains('-');
            return Some(Written { negative, digits, currency: code.parse().ok(), sign })
                .filter(|written| written.currency.is_some());
        }
        // `US$`, `A$`, `kr`
        if code.len() > 3 {
            return None;
        }
    }
    Some(Written { negative, digits, currency: currency.and_then(|code| code.parse().ok()), sign })
}

/// What an amount tells of the decimal sign.
enum Tells {
    Nothing,
    Sign(Decimal),
    /// `1.299`: three digits behind the only sign.
    Either(Decimal),
}

fn tells(digits: &str) -> Tells {
    let count = |sign: char| digits.matches(sign).count();
    let one = |decimal: Decimal, other: Decimal| match digits.rsplit_once(decimal.sign()) {
        Some(_) if count(decimal.sign()) > 1 => Tells::Sign(other),
        Some((head, tail)) if tail.len() == 3 && (1..=3).contains(&head.len()) && !head.starts_with('0') => {
            Tells::Either(decimal)
        }
        _ => Tells::Sign(decimal),
    };
    match (count('.'), count(',')) {
        (0, 0) => Tells::Nothing,
        (_, 0) => one(Decimal::Point, Decimal::Comma),
        (0, _) => one(Decimal::Comma, Decimal::Point),
        _ if digits.rfind('.') > digits.rfind(',') => Tells::Sign(Decimal::Point),
        _ => Tells::Sign(Decimal::Comma),
    }
}

impl Habit {
    /// Recognises the habit of columns. `said` and `units` are what the mapping says, which wins.
    ///
    /// A sign with three digits behind it groups thousands, unless another amount shows that it is the decimal sign: no
    /// amount of a currency with two digits could be written so. For a currency with three, the mapping must say.
    ///
    /// # Errors
    /// Asks for the decimal sign or the units, where the columns show both or leave it open.
    pub fn of<'a>(
        cells: impl Iterator<Item = &'a str>,
        said: Option<Decimal>,
        units: Option<Units>,
        digits: u32,
    ) -> Result<Self, Fault> {
        let (mut sign, mut either, mut major, mut whole) = (None, None::<(Decimal, &str)>, None, None);
        for cell in cells {
            let Some(written) = take(cell) else { continue };
            let told = tells(written.digits);
            let plain = written.currency.is_none() && written.sign.is_none() && matches!(told, Tells::Nothing);
            if !plain {
                major = major.or(Some(cell));
            } else if written.digits.contains(|c| c != '0') {
                // Nothing is nothing in any unit.
                whole = whole.or(Some(cell));
            }
            match told {
                Tells::Nothing => {}
                Tells::Either(decimal) if said.is_none() && either.is_some_and(|(other, _)| other != decimal) => {
                    let rule = format!(
                        "{:?} and {cell:?} do not both group thousands: say which sign is the decimal one as `point` or `comma`",
                        either.map_or("", |(_, cell)| cell)
                    );
                    return Err(Fault::new("decimal", rule));
                }
                Tells::Either(decimal) => either = either.or(Some((decimal, cell))),
                Tells::Sign(decimal) if said.is_none() && sign.is_some_and(|sign| sign != decimal) => {
                    let rule =
                        "some amounts have a decimal point and some a decimal comma: say which as `point` or `comma`";
                    return Err(Fault::new("decimal", rule));
                }
                Tells::Sign(decimal) => sign = Some(decimal),
            }
        }
        let grouped = match (said.or(sign), either) {
            (None, Some((decimal, cell))) if digits > 2 => {
                let sign = decimal.sign();
                let rule = format!("{cell:?} has a {sign:?} that may group thousands or not: say `point` or `comma`");
                return Err(Fault::new("decimal", rule));
            }
            (None, Some((Decimal::Point, _))) => Some(Decimal::Comma),
            (None, Some((Decimal::Comma, _))) => Some(Decimal::Point),
            (decimal, _) => decimal,
        };
        let units = match (units, major, whole) {
            (Some(units @ (Units::Major | Units::Minor)), ..) => units,
            (Some(Units::Auto), Some(major), Some(whole)) => {
                let rule =
                    format!("{major:?} is written in whole units and {whole:?} as cents are: say `major` or `minor`");
                return Err(Fault::new("units", rule));
            }
            (Some(Units::Open), None, Some(whole)) => {
                let rule = format!("{whole:?} may be in whole units or in cents: say `major` or `minor`");
                return Err(Fault::new("units", rule));
            }
            (Some(Units::Auto), None, _) => Units::Minor,
            _ => Units::Major,
        };
        Ok(Self { decimal: grouped, units })
    }

    /// Reads an amount into minor units of its currency: that of its cell, else the one given. Negative amounts stay so.
    ///
    /// # Errors
    /// The rule that the cell breaks.
    pub fn read(
        self,
        field: Field,
        cell: &str,
        given: Option<Currency>,
        own: Currency,
    ) -> Result<(i64, Currency), Bad> {
        let bad = |rule: &str| Bad::new(field, rule);
        let decimal = self.decimal.unwrap_or(Decimal::Point);
        let amount = || Bad::new(field, format!("must be an amount, such as 1299{}00", decimal.sign()));
        let written = take(cell).ok_or_else(amount)?;
        let currency = match (given, written.currency) {
            (Some(given), Some(written)) if given != written => {
                return Err(bad("must be in the currency that the row names"));
            }
            (given, written) => given.or(written).unwrap_or(own),
        };
        if let Some(sign) = written.sign.filter(|sign| !signs(*sign, currency)) {
            return Err(Bad::new(field, format!("has the sign {sign}, which is none of {currency}")));
        }
        let (whole, fraction) = written.digits.rsplit_once(decimal.sign()).unwrap_or((written.digits, ""));
        let groups: Vec<&str> = whole.split(['.', ',', '\'', '’', ' ', '\u{a0}', '\u{202f}', '\u{2009}']).collect();
        let lengths_fit = match groups.split_last() {
            Some((last, [first, middle @ ..])) => {
                last.len() == 3 && (1..=3).contains(&first.len()) && middle.iter().all(|g| (2..=3).contains(&g.len()))
            }
            _ => true,
        };
        let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !lengths_fit || whole.contains(decimal.sign()) || !groups.iter().all(|g| numeric(g)) || !numeric(fraction) {
            return Err(bad("must be an amount, with thousands in groups of three"));
        }
        let digits = if self.units == Units::Minor { 0 } else { currency.digits() as usize };
        let kept = fraction.trim_end_matches('0');
        // Three digits, also zeros, are a group of thousands that another cell makes unreadable.
        let grouped = digits < 3 && matches!(tells(written.digits), Tells::Either(sign) if sign == decimal);
        if kept.len() > digits || grouped {
            let rule = match self.units {
                Units::Minor => "must be a whole number of minor units".to_owned(),
                _ => format!("must have at most {digits} digits behind the decimal sign, as {currency} has"),
            };
            return Err(Bad::new(field, rule));
        }
        let number: String = groups.concat() + kept + &"0".repeat(digits - kept.len());
        let amount = number.parse::<i64>().ok().filter(|amount| *amount <= engine::money::AMOUNT_MAX);
        let amount = amount.ok_or_else(|| bad("must be at most ten to the fifteenth minor units"))?;
        Ok((if written.negative { -amount } else { amount }, currency))
    }
}
