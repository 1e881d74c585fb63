//! The signs of a language, as the browser knows them.

use js_sys::{Array, Date, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::model::locale::{DAY, Locale, MONTH, YEAR};

/// Shows every sign that a number may have, and how digits are grouped.
const NUMBER: f64 = -123_456_789.5;

/// The signs of a BCP 47 tag that the browser knows; those of our own words for an empty one, and for plain English. Digits are
/// always Latin: the engine's figures are compared with invoices. English dates keep their order everywhere: between Boston and
/// London only `23 Nov` is the same day to everybody.
#[must_use]
pub fn of(tag: &str) -> Locale {
    let mut signs = Locale::default();
    if matches!(tag, "" | "en" | "en-US") {
        return signs;
    }
    let tags = Array::of1(&tag.into());
    let options = object(&[
        ("style", "currency"),
        ("currency", "USD"),
        ("currencyDisplay", "narrowSymbol"),
        ("numberingSystem", "latn"),
    ]);
    let format = Intl::NumberFormat::new(&tags, &options);
    let (mut groups, mut seen_number) = (Vec::new(), false);
    let between = |number: f64| between(&pieces(&format.format_to_parts(number)));
    signs.gap = between(-NUMBER).unwrap_or_default();
    signs.negative_gap = between(NUMBER).filter(|gap| *gap != signs.gap);
    for (kind, value) in pieces(&format.format_to_parts(NUMBER)) {
        match kind.as_str() {
            "integer" => {
                groups.push(value.len());
                seen_number = true;
            }
            "group" => signs.group = value,
            "decimal" => signs.decimal = value,
            "minusSign" => signs.minus = value,
            "currency" => signs.currency_behind = seen_number,
            _ => {}
        }
    }
    // The last group has three digits everywhere; the one before it says how the others are grouped.
    if let [_, .., before, _] = groups[..] {
        signs.grouping = before;
    }
    if tag.starts_with("en-") {
        return signs;
    }
    let options = object(&[
        ("year", "numeric"),
        ("month", "short"),
        ("day", "numeric"),
        ("timeZone", "UTC"),
        ("numberingSystem", "latn"),
        ("calendar", "gregory"),
    ]);
    let format = Intl::DateTimeFormat::new(&tags, &options);
    for (i, name) in signs.months.iter_mut().enumerate() {
        let first = Date::new(&Date::utc(2026.0, i as f64).into());
        signs.day.clear();
        for (kind, value) in pieces(&format.format_to_parts(&first)) {
            match kind.as_str() {
                "year" => signs.day.push(YEAR),
                "day" => signs.day.push(DAY),
                "month" => {
                    signs.day.push(MONTH);
                    *name = value;
                }
                _ => signs.day += &value,
            }
        }
    }
    signs
}

/// What stands between the sign of a currency and the number behind it; none where the sign stands behind.
fn between(pieces: &[(String, String)]) -> Option<String> {
    let at = |name: &str| pieces.iter().position(|(kind, _)| kind == name);
    let (sign, number) = (at("currency")?, at("integer")?);
    let between = pieces.get(sign + 1..number)?;
    Some(between.iter().map(|(_, value)| value.as_str()).collect())
}

/// The pieces of a number or a date: what each is, and how it is written.
fn pieces(parts: &Array) -> Vec<(String, String)> {
    let text = |part: &JsValue, name: &str| Reflect::get(part, &name.into()).ok().and_then(|text| text.as_string());
    parts.iter().filter_map(|part| text(&part, "type").zip(text(&part, "value"))).collect()
}

/// A plain object.
pub fn object(entries: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in entries {
        // A plain object takes any property.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object
}
