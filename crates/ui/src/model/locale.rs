//! Numbers, money and dates as text. English by default; a mount may fill a [`Locale`] with another language's signs.
//!
//! All arithmetic is on integers: a figure is never rounded through a float.

use engine::{
    money::Currency,
    time::{Day, Month, Time},
};

/// A space that does not break a line.
const NBSP: &str = "\u{a0}";

/// Where the day stands in a pattern. Signs that no language writes: a pattern's own letters stay what they are.
pub const DAY: char = '\u{1}';
/// Where the name of the month stands.
pub const MONTH: char = '\u{2}';
/// Where the year stands.
pub const YEAR: char = '\u{3}';

/// The signs of a language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    /// Between units and decimals.
    pub decimal: String,
    /// Between groups of digits.
    pub group: String,
    /// Digits of every group but the last: 3, or 2 where lakhs are counted. The last group always has 3.
    pub grouping: usize,
    /// Before a negative number.
    pub minus: String,
    /// Whether the sign of a currency stands behind the number.
    pub currency_behind: bool,
    /// Between the sign of a currency and the number behind it.
    pub gap: String,
    /// The same of a negative number, where its minus stands there and not before the sign of the currency.
    pub negative_gap: Option<String>,
    /// Short names of the months, January first.
    pub months: [String; 12],
    /// A day, with [`DAY`], [`MONTH`] and [`YEAR`] in their places.
    pub day: String,
}

impl Default for Locale {
    fn default() -> Self {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        Self {
            decimal: ".".into(),
            group: ",".into(),
            grouping: 3,
            minus: "\u{2212}".into(),
            currency_behind: false,
            gap: String::new(),
            negative_gap: None,
            months: months.map(String::from),
            day: [DAY, ' ', MONTH, ' ', YEAR].into_iter().collect(),
        }
    }
}

/// An amount as text, in the pieces that a page may set apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// All up to the decimal sign.
    pub whole: String,
    /// The decimal sign and what follows; empty for currencies without minor units.
    pub fraction: String,
    /// What stands behind the number; mostly empty.
    pub tail: String,
}

impl Locale {
    /// A whole number with its groups: `12,345`.
    #[must_use]
    pub fn count(&self, n: i64) -> String {
        format!("{}{}", self.sign(n), self.grouped(&n.unsigned_abs().to_string()))
    }

    /// An amount of minor units: `$12,000.00`, `−CHF 1.50`.
    #[must_use]
    pub fn money(&self, minor: i64, currency: Currency) -> String {
        let Amount { whole, fraction, tail } = self.amount(minor, currency);
        whole + &fraction + &tail
    }

    /// An amount in pieces.
    #[must_use]
    pub fn amount(&self, minor: i64, currency: Currency) -> Amount {
        let digits = currency.digits() as usize;
        // At least one digit before the decimal sign.
        let text = format!("{:0>width$}", minor.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = text.split_at(text.len() - digits);
        let fraction = if digits == 0 { String::new() } else { format!("{}{fraction}", self.decimal) };
        let (before, tail) = self.around(minor, currency);
        Amount { whole: format!("{before}{}", self.grouped(whole)), fraction, tail }
    }

    /// An amount of minor units as somebody types it: `12000.00`.
    #[must_use]
    pub fn typed(&self, minor: i64, currency: Currency) -> String {
        let digits = currency.digits() as usize;
        let text = format!("{:0>width$}", minor.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = text.split_at(text.len() - digits);
        if digits == 0 { whole.to_owned() } else { format!("{whole}{}{fraction}", self.decimal) }
    }

    /// An amount in few characters, for an axis: `$12k`, `$1.5M`. Digits that do not fit are cut off, so it is only for
    /// round numbers.
    #[must_use]
    pub fn compact(&self, minor: i64, currency: Currency) -> String {
        let units = minor.unsigned_abs() / 10u64.pow(currency.digits());
        let (scale, letter) = match units {
            0..1_000 => (1, ""),
            1_000..1_000_000 => (1_000, "k"),
            1_000_000..1_000_000_000 => (1_000_000, "M"),
            _ => (1_000_000_000, "B"),
        };
        let tenth = if scale == 1 { 0 } else { units % scale / (scale / 10) };
        let tenth = if tenth == 0 { String::new() } else { format!("{}{tenth}", self.decimal) };
        let (before, tail) = self.around(minor, currency);
        format!("{before}{}{tenth}{letter}{tail}", self.grouped(&(units / scale).to_string()))
    }

    /// n of m in per cent, to one decimal: `2.1%`. A share above none is never shown as none, nor one below all as all.
    #[must_use]
    pub fn percent(&self, n: u64, m: u64) -> String {
        if m == 0 {
            return "\u{2013}".into();
        }
        let exact = u128::from(n) * 1000;
        let m128 = u128::from(m);
        match (exact + m128 / 2) / m128 {
            0 if n > 0 => format!("<0{}1%", self.decimal),
            1000 if n < m => format!(">99{}9%", self.decimal),
            tenths => {
                let whole = self.grouped(&(tenths / 10).to_string());
                if tenths % 1000 == 0 { whole + "%" } else { format!("{whole}{}{}%", self.decimal, tenths % 10) }
            }
        }
    }

    /// n of m in per cent, to two decimals: `33.33%`.
    #[must_use]
    pub fn share(&self, n: u64, m: u64) -> String {
        let hundredths = (u128::from(n) * 10_000 + u128::from(m) / 2).checked_div(u128::from(m)).unwrap_or(0);
        format!("{}{}{:02}%", hundredths / 100, self.decimal, hundredths % 100)
    }

    /// The UTC day of a time: `12 Mar 2026`.
    #[must_use]
    pub fn date(&self, at: Time) -> String {
        self.written(&self.day, at.day().date())
    }

    /// From one day to another, both included: `1–22 Oct 2026`, `1 Jan – 22 Nov 2025`, `30 Dec 2025 – 2 Jan 2026`. Where days do
    /// not come first, both are written whole.
    #[must_use]
    pub fn span(&self, first: Day, last: Day) -> String {
        let (from, to) = (first.date(), last.date());
        let end = self.written(&self.day, to);
        let begin = match (from.0 == to.0 && self.day.starts_with(DAY), from.1 == to.1) {
            _ if first == last => return end,
            (true, true) => return format!("{}\u{2013}{end}", from.2),
            (true, false) => self.written(self.day.split_inclusive(MONTH).next().unwrap_or_default(), from),
            (false, _) => self.written(&self.day, from),
        };
        format!("{begin} \u{2013} {end}")
    }

    /// A pattern with its day, month and year.
    fn written(&self, pattern: &str, (year, month, day): (u32, u32, u32)) -> String {
        let mut text = String::new();
        for sign in pattern.chars() {
            match sign {
                DAY => text += &day.to_string(),
                MONTH => text += self.name_of(month),
                YEAR => text += &year.to_string(),
                sign => text.push(sign),
            }
        }
        text
    }

    /// Millionths as a change in per cent, with its sign, to one decimal: `+12.3%`, `−4%`; in full per cent from a thousand on.
    #[must_use]
    pub fn change(&self, millionths: i64) -> String {
        let tenths = (millionths.unsigned_abs() + 500) / 1_000;
        let sign = if millionths < 0 { &self.minus } else { "+" };
        let (whole, decimal) = match tenths {
            10_000.. => ((tenths + 5) / 10, String::new()),
            _ if tenths.is_multiple_of(10) => (tenths / 10, String::new()),
            _ => (tenths / 10, format!("{}{}", self.decimal, tenths % 10)),
        };
        format!("{sign}{}{decimal}%", self.grouped(&whole.to_string()))
    }

    /// Millionths as a number, to one decimal: `12.5`, `3`.
    #[must_use]
    pub fn decimal(&self, millionths: i64) -> String {
        let tenths = (millionths.unsigned_abs() + 50_000) / 100_000;
        let whole = self.grouped(&(tenths / 10).to_string());
        let decimal =
            if tenths.is_multiple_of(10) { String::new() } else { format!("{}{}", self.decimal, tenths % 10) };
        // What is rounded to nothing has no sign.
        let sign = if tenths == 0 { "" } else { self.sign(millionths) };
        format!("{sign}{whole}{decimal}")
    }

    /// Millionths as a number, to two decimals below ten and to one from there on: `0.42`, `1.5`, `12.5`.
    #[must_use]
    pub fn fine(&self, millionths: i64) -> String {
        let hundredths = (millionths.unsigned_abs() + 5_000) / 10_000;
        if hundredths >= 1_000 || hundredths.is_multiple_of(10) {
            return self.decimal(millionths);
        }
        format!("{}{}{}{:02}", self.sign(millionths), hundredths / 100, self.decimal, hundredths % 100)
    }

    /// A span of seconds in the largest unit that fits, to one decimal where it is small: `5 min`, `3.2 h`, `12 days`.
    #[must_use]
    pub fn duration(&self, seconds: i64) -> String {
        let seconds = seconds.unsigned_abs();
        let (unit, name) = match seconds {
            0..3_600 => return format!("{} min", (seconds + 30) / 60),
            3_600..86_400 => (3_600, "h"),
            _ => (86_400, "days"),
        };
        let tenths = (seconds * 10 + unit / 2) / unit;
        let name = if name == "days" && tenths == 10 { "day" } else { name };
        match tenths % 10 {
            tenth if tenth > 0 && tenths < 100 => format!("{}{}{tenth} {name}", tenths / 10, self.decimal),
            _ => format!("{} {name}", self.grouped(&(tenths / 10).to_string())),
        }
    }

    /// The UTC day and minute: `12 Mar 2026, 14:03`.
    #[must_use]
    pub fn moment(&self, at: Time) -> String {
        let (hour, minute, _) = at.clock();
        format!("{}, {hour:02}:{minute:02}", self.date(at))
    }

    /// `Mar`.
    #[must_use]
    pub fn month_name(&self, month: Month) -> &str {
        self.name_of(month.year_month().1)
    }

    /// `Mar 2026`.
    #[must_use]
    pub fn month(&self, month: Month) -> String {
        let (year, number) = month.year_month();
        // Without the day, and what stands between it and the month.
        let fallback: String = [MONTH, ' ', YEAR].into_iter().collect();
        let pattern = match self.day.find(MONTH) {
            Some(month) if self.day.starts_with(DAY) => &self.day[month..],
            Some(month) if self.day.starts_with(YEAR) => &self.day[..=month],
            _ => &fallback,
        };
        self.written(pattern, (year, number, 1))
    }

    fn name_of(&self, month: u32) -> &str {
        self.months.get(month as usize - 1).map_or("", String::as_str)
    }

    fn sign(&self, n: i64) -> &str {
        if n < 0 { &self.minus } else { "" }
    }

    /// What stands before and behind the digits of an amount of this currency.
    fn around(&self, minor: i64, currency: Currency) -> (String, String) {
        let sign = symbol(currency).unwrap_or(currency.code());
        let minus = self.sign(minor);
        if self.currency_behind {
            return (minus.to_owned(), format!("{NBSP}{sign}"));
        }
        let before = match &self.negative_gap {
            Some(gap) if minor < 0 => format!("{sign}{gap}"),
            // A code stands apart from the number everywhere.
            _ if self.gap.is_empty() && symbol(currency).is_none() => format!("{minus}{sign}{NBSP}"),
            _ => format!("{minus}{sign}{}", self.gap),
        };
        (before, String::new())
    }

    fn grouped(&self, digits: &str) -> String {
        let mut out = String::with_capacity(digits.len() * 2);
        for (i, digit) in digits.chars().enumerate() {
            let left = digits.len() - i;
            let edge = left == 3 || left > 3 && (left - 3).is_multiple_of(self.grouping.max(1));
            if i > 0 && edge {
                out.push_str(&self.group);
            }
            out.push(digit);
        }
        out
    }
}

/// The sign of a currency that everybody knows; others are written as their code.
fn symbol(currency: Currency) -> Option<&'static str> {
    match currency.code() {
        "USD" => Some("$"),
        "EUR" => Some("€"),
        "GBP" => Some("£"),
        "JPY" => Some("¥"),
        "INR" => Some("₹"),
        _ => None,
    }
}

/// How long ago, in the largest unit that fits: `today`, `yesterday`, `5 days ago`, `3 months ago`.
#[must_use]
pub fn ago(now: Time, then: Time) -> String {
    let days = now.day().0.saturating_sub(then.day().0);
    let months = now.month().0.saturating_sub(then.month().0);
    let plural = |n: u32, unit: &str| format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" });
    match days {
        0 => "today".into(),
        1 => "yesterday".into(),
        2..=30 => plural(days, "day"),
        _ if months < 12 => plural(months.max(1), "month"),
        _ => plural(months / 12, "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a code")
    }

    #[test]
    fn the_sign_of_a_currency_stands_where_the_language_puts_it() {
        let brazil = Locale { gap: NBSP.into(), ..Locale::default() };
        let swiss = Locale { gap: NBSP.into(), negative_gap: Some("-".into()), ..Locale::default() };
        let dutch = Locale { gap: NBSP.into(), negative_gap: Some("\u{a0}-".into()), ..Locale::default() };
        for (locale, minor, text) in [
            (&Locale::default(), -150, "\u{2212}$1.50"),
            (&brazil, 150, "$\u{a0}1.50"),
            (&brazil, -150, "\u{2212}$\u{a0}1.50"),
            (&swiss, 150, "$\u{a0}1.50"),
            (&swiss, -150, "$-1.50"),
            (&dutch, -150, "$\u{a0}-1.50"),
        ] {
            assert_eq!(locale.money(minor, Currency::USD), text);
        }
        assert_eq!(swiss.compact(-1_200_000, Currency::USD), "$-12k");
    }

    #[test]
    fn money_has_the_digits_of_its_currency() {
        let en = Locale::default();
        assert_eq!(en.money(1_200_000, Currency::USD), "$12,000.00");
        assert_eq!(en.money(-5, Currency::USD), "−$0.05");
        assert_eq!(en.money(0, Currency::USD), "$0.00");
        assert_eq!(en.money(1_234_567, currency("JPY")), "¥1,234,567");
        assert_eq!(en.money(1_234_567, currency("KWD")), "KWD\u{a0}1,234.567");
        assert_eq!(en.money(-100, currency("CHF")), "−CHF\u{a0}1.00");
        assert_eq!(en.money(i64::MIN, Currency::USD), "−$92,233,720,368,547,758.08");
    }

    #[test]
    fn spans_changes_and_durations() {
        let en = Locale::default();
        let span = |first: &str, last: &str| en.span(first.parse().expect("a day"), last.parse().expect("a day"));
        assert_eq!(span("2026-10-01", "2026-10-22"), "1–22 Oct 2026");
        assert_eq!(span("2025-01-01", "2025-11-22"), "1 Jan – 22 Nov 2025");
        assert_eq!(span("2025-12-30", "2026-01-02"), "30 Dec 2025 – 2 Jan 2026");
        assert_eq!(span("2026-10-22", "2026-10-22"), "22 Oct 2026");
        let changes = [123_400, -40_000, 0, 499, 12_345_678, -1_000_000].map(|millionths| en.change(millionths));
        assert_eq!(changes, ["+12.3%", "−4%", "+0%", "+0%", "+1,235%", "−100%"]);
        let numbers = [0, 40_000, 12_500_000, -1_260_000, 1_234_000_000].map(|millionths| en.decimal(millionths));
        assert_eq!(numbers, ["0", "0", "12.5", "\u{2212}1.3", "1,234"]);
        let spans = [0, 59, 5_400, 86_399, 86_400, 100_000, 1_036_800].map(|seconds| en.duration(seconds));
        assert_eq!(spans, ["0 min", "1 min", "1.5 h", "24 h", "1 day", "1.2 days", "12 days"]);
    }

    #[test]
    fn other_languages_have_other_signs() {
        let de = Locale { decimal: ",".into(), group: ".".into(), currency_behind: true, ..Locale::default() };
        assert_eq!(de.money(123_456_789, currency("EUR")), "1.234.567,89\u{a0}€");
        assert_eq!(de.compact(150_000_000, currency("EUR")), "1,5M\u{a0}€");
        let hi = Locale { grouping: 2, ..Locale::default() };
        assert_eq!(hi.count(123_456_789), "12,34,56,789");
        assert_eq!(hi.count(1_234), "1,234");
    }

    #[test]
    fn counts_and_axis_labels() {
        let en = Locale::default();
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "−1,234,567")] {
            assert_eq!(en.count(n), text);
        }
        for (minor, text) in
            [(0, "$0"), (50_000, "$500"), (1_200_000, "$12k"), (-250_000, "−$2.5k"), (200_000_000, "$2M")]
        {
            assert_eq!(en.compact(minor, Currency::USD), text);
        }
    }

    #[test]
    fn shares_have_two_decimals() {
        let locale = Locale::default();
        assert_eq!(locale.share(1, 3), "33.33%");
        assert_eq!(locale.share(u64::MAX, u64::MAX), "100.00%");
        assert_eq!(locale.share(0, 0), "0.00%");
        assert_eq!(locale.share(1, 1 << 40), "0.00%");
    }

    #[test]
    fn rates_never_hide_a_few() {
        let en = Locale::default();
        for (n, m, text) in [
            (0, 9, "0%"),
            (9, 428, "2.1%"),
            (1, 3, "33.3%"),
            (2, 3, "66.7%"),
            (7, 7, "100%"),
            (1, 1_000_000, "<0.1%"),
            (999_999, 1_000_000, ">99.9%"),
            (1, 2, "50.0%"),
            (1, 0, "–"),
        ] {
            assert_eq!(en.percent(n, m), text, "{n} of {m}");
        }
    }

    #[test]
    fn dates_are_utc() {
        let en = Locale::default();
        assert_eq!(en.moment(Time(1_795_294_799)), "21 Nov 2026, 20:59");
        assert_eq!(en.month(Time(1_795_294_799).month()), "Nov 2026");
    }

    #[test]
    fn the_past_in_words() {
        let now = Time(1_795_294_799);
        let days = |n: u32| Time(now.0 - n * engine::time::DAY);
        for (n, text) in [
            (0, "today"),
            (1, "yesterday"),
            (2, "2 days ago"),
            (30, "30 days ago"),
            (31, "1 month ago"),
            (200, "6 months ago"),
            (400, "1 year ago"),
            (800, "2 years ago"),
        ] {
            assert_eq!(ago(now, days(n)), text, "{n}");
        }
        assert_eq!(ago(now, Time(u32::MAX)), "today");
    }

    #[test]
    fn days_stand_in_the_order_of_the_language() {
        let day = |text: &str| text.parse::<Day>().expect("a day");
        let span = |locale: &Locale, first, last| locale.span(day(first), day(last));
        let ja = Locale {
            day: format!("{YEAR}年{MONTH}{DAY}日"),
            months: core::array::from_fn(|i| format!("{}月", i + 1)),
            ..Locale::default()
        };
        assert_eq!(span(&ja, "2026-11-23", "2026-11-23"), "2026年11月23日");
        assert_eq!(span(&ja, "2026-11-01", "2026-11-23"), "2026年11月1日 – 2026年11月23日");
        assert_eq!(ja.month(day("2026-11-23").month()), "2026年11月");
        let de = Locale { day: format!("{DAY}. {MONTH} {YEAR}"), ..Locale::default() };
        assert_eq!(span(&de, "2026-01-01", "2026-11-23"), "1. Jan – 23. Nov 2026");
    }
}
