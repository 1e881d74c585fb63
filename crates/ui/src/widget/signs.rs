//! The signs of a language, as the browser knows them.

use engine::time::Month;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::model::locale::Locale;

/// Shows every sign that a number may have, and how digits are grouped.
const NUMBER: f64 = -123_456_789.5;

/// The signs of a BCP 47 tag that the browser knows; English for an empty one. Digits are always Latin: the engine's figures
/// are compared with invoices.
#[must_use]
pub(super) fn of(tag: &str) -> Locale {
    let mut signs = Locale::default();
    if tag.is_empty() {
        return signs;
    }
    let tags = Array::of1(&tag.into());
    let options = object(&[("style", "currency"), ("currency", "USD"), ("numberingSystem", "latn")]);
    let parts = Intl::NumberFormat::new(&tags, &options).format_to_parts(NUMBER);
    let (mut groups, mut seen_number) = (Vec::new(), false);
    for part in parts.iter() {
        let text = |name: &str| Reflect::get(&part, &name.into()).ok().and_then(|v| v.as_string()).unwrap_or_default();
        let value = text("value");
        match text("type").as_str() {
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
    let options =
        object(&[("month", "short"), ("timeZone", "UTC"), ("numberingSystem", "latn"), ("calendar", "gregory")]);
    let format: Function = Intl::DateTimeFormat::new(&tags, &options).format();
    for (i, name) in signs.months.iter_mut().enumerate() {
        let (year, month) = Month(2026 * 12 + i as u32).year_month();
        let first = Date::new(&Date::utc(f64::from(year), f64::from(month) - 1.0).into());
        let text = format.call1(&JsValue::UNDEFINED, first.unchecked_ref());
        if let Some(text) = text.ok().and_then(|text| text.as_string()) {
            *name = text;
        }
    }
    signs
}

/// A plain object.
pub(super) fn object(entries: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in entries {
        // A plain object takes any property.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object
}
