//! What people type into a form, and what the server says to it.

use engine::{
    money::{AMOUNT_MAX, Currency},
    time::{DAY, Day, Time},
};

/// What may stand between groups of digits, where the decimals stand behind a point.
const GROUPS: [char; 6] = [',', ' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];

/// An amount as people write it, in minor units: `12500`, `12,500`, `1 250.50`; where decimals stand behind a comma,
/// `12.500,50`. None for what is no amount above zero of this currency, and for what could be read in two ways (`12,50` where
/// they stand behind a point).
#[must_use]
pub fn minor(text: &str, currency: Currency, decimal: &str) -> Option<i64> {
    let turned = |sign| match sign {
        '.' => ',',
        ',' => '.',
        other => other,
    };
    let text: String = if decimal == "," { text.chars().map(turned).collect() } else { text.to_owned() };
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = currency.digits() as usize;
    let mut groups = whole.split(GROUPS);
    let first = groups.next()?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut joined = first.to_owned();
    let grouped = !whole.contains(GROUPS) || (1..=3).contains(&first.len());
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        joined.push_str(group);
    }
    if joined.is_empty() || !grouped || fraction.len() > digits || !all_digits(&joined) || !all_digits(fraction) {
        return None;
    }
    let units = format!("{joined}{fraction:0<digits$}");
    units.parse().ok().filter(|minor| (1..=AMOUNT_MAX).contains(minor))
}

/// A time as the server writes it, RFC 3339 in UTC, to the second; none for another text.
#[must_use]
pub fn time(text: &str) -> Option<Time> {
    let (day, clock) = text.split_once('T')?;
    let mut parts = clock.get(..8)?.splitn(3, ':').map(|part| part.parse::<u32>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let known = hour < 24 && minute < 60 && second < 61 && text.ends_with('Z');
    let seconds = known.then_some(hour * 3_600 + minute * 60 + second)?;
    Some(Time(day.parse::<Day>().ok()?.0.checked_mul(DAY)?.checked_add(seconds)?))
}

/// The field that a refusal (`field: rule`) is about, and the rule as a sentence; none where it names none.
#[must_use]
pub fn rule(refusal: &str) -> Option<(&str, String)> {
    let (field, rule) = refusal.split_once(": ").filter(|(_, rule)| !rule.is_empty())?;
    let is_word = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    is_word.then(|| (field, sentence(rule)))
}

/// The part of a page's content that a refusal (`content.offer.title: rule`) is about, and the rule; none where it names none.
#[must_use]
pub fn rule_of(refusal: &str) -> Option<(&str, &str)> {
    refusal.strip_prefix("content.")?.split_once(": ")
}

/// A rule as a sentence.
#[must_use]
pub fn sentence(rule: &str) -> String {
    let mut rest = rule.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", rest.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_server() {
        let read = |text: &str| time(text).map(|time| time.to_string());
        assert_eq!(read("2026-10-31T15:30:09Z").as_deref(), Some("2026-10-31T15:30:09Z"));
        assert_eq!(read("2026-10-31T15:30:09.250Z").as_deref(), Some("2026-10-31T15:30:09Z"));
        for text in [
            "",
            "2026-10-31",
            "2026-10-31T15:30Z",
            "2026-10-31T25:30:00Z",
            "2026-10-31T15:30:00+02:00",
            "2026-13-31T15:30:00Z",
        ] {
            assert_eq!(time(text), None, "{text:?}");
        }
    }

    #[test]
    fn amounts_are_read_as_they_are_written() {
        let read = |text: &str, code: &str| minor(text, code.parse().expect("a code"), ".");
        for (text, minor) in [
            ("12500", 1_250_000),
            ("12,500", 1_250_000),
            (" 1 250.5 ", 125_050),
            ("0.01", 1),
            ("1,000,000.00", 100_000_000),
        ] {
            assert_eq!(read(text, "USD"), Some(minor), "{text}");
        }
        assert_eq!(read("12500", "JPY"), Some(12_500));
        assert_eq!(read("1.234", "KWD"), Some(1_234));
        for text in
            ["", "0", "-5", "12,50", "1.234", "1,2345", "1234,567", "1.2.3", "five", "$5", ".", "99999999999999999999"]
        {
            assert_eq!(read(text, "USD"), None, "{text}");
        }
        assert_eq!(read("12.5", "JPY"), None);
    }

    #[test]
    fn a_refusal_names_its_field() {
        assert_eq!(rule("email: is a member already"), Some(("email", "Is a member already.".to_owned())));
        assert_eq!(rule("A store did not answer. Nothing was recorded; please send it again."), None);
        assert_eq!(rule("Too bad: no"), None);
        assert_eq!(rule("x: "), None);
    }

    #[test]
    fn decimals_stand_where_the_reader_expects_them() {
        let read = |text: &str| minor(text, Currency::USD, ",");
        assert_eq!(read("1.234,56"), Some(123_456));
        assert_eq!(read("12.500"), Some(1_250_000));
        assert_eq!(read("1\u{202f}234,5"), Some(123_450));
        for text in ["1,234.56", "12.50", "1.2345", ","] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
