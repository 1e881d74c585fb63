//! The signs of a language, as the browser knows them.

use engine::time::Month;
use js_sys::{Array, Date, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::model::locale::Locale;

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
    let options = object(&[("style", "currency"), ("currency", "USD"), ("numberingSystem", "latn")]);
    let parts = Intl::NumberFormat::new(&tags, &options).format_to_parts(NUMBER);
    let (mut groups, mut seen_number) = (Vec::new(), false);
    for (kind, value) in parts.iter().map(|part| named(&part)) {
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
    let format = |year: &str, month: &str, day: &str| {
        let options = object(&[("timeZone", "UTC"), ("numberingSystem", "latn"), ("calendar", "gregory")]);
        for (name, value) in [("year", year), ("month", month), ("day", day)] {
            if !value.is_empty() {
                // A plain object takes any property.
                let _ = Reflect::set(&options, &name.into(), &value.into());
            }
        }
        Intl::DateTimeFormat::new(&tags, &options)
    };
    let pattern = |of: Intl::DateTimeFormat| {
        let parts = of.format_to_parts(&Date::new_0());
        let written = |(kind, value): (String, String)| match kind.as_str() {
            "year" => "{y}".to_owned(),
            "month" => "{m}".to_owned(),
            "day" => "{d}".to_owned(),
            _ => value,
        };
        parts.iter().map(|part| written(named(&part))).collect::<String>()
    };
    signs.day = pattern(format("numeric", "short", "numeric"));
    signs.day_of_year = pattern(format("", "short", "numeric"));
    signs.month = pattern(format("numeric", "short", ""));
    let format = format("numeric", "short", "numeric");
    for (i, name) in signs.months.iter_mut().enumerate() {
        let (year, month) = Month(2026 * 12 + i as u32).year_month();
        let first = Date::new(&Date::utc(f64::from(year), f64::from(month) - 1.0).into());
        let found = format.format_to_parts(&first).iter().map(|part| named(&part)).find(|(kind, _)| kind == "month");
        if let Some((_, found)) = found {
            *name = found;
        }
    }
    signs
}

/// A piece of a number or a date: what it is, and how it is written.
fn named(part: &JsValue) -> (String, String) {
    let text = |name: &str| Reflect::get(part, &name.into()).ok().and_then(|v| v.as_string()).unwrap_or_default();
    (text("type"), text("value"))
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
