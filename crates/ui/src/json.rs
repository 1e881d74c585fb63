//! JSON as the browser has it: read where it stands, written in pieces. A parser of our own would be a tenth of what a page loads.

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// A value. What is not there, or not of the kind that is asked for, is `None`, or empty.
#[derive(Debug, Clone)]
pub struct Json(JsValue);

impl Json {
    /// What the text says; `None` where it is no JSON.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        JSON::parse(text).ok().map(Self)
    }

    /// A value that the browser gave.
    #[must_use]
    pub fn of(value: JsValue) -> Self {
        Self(value)
    }

    /// The value under a name; `null` where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> Self {
        Self(Reflect::get(&self.0, &name.into()).unwrap_or(JsValue::NULL))
    }

    /// The text under a name; empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.get(name).0.as_string().unwrap_or_default()
    }

    /// The text under a name, where it is one and not empty.
    #[must_use]
    pub fn some_text(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The whole number under a name; exact to 2⁵³.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name).own_number()
    }

    /// Whether it is `true`.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.0.is_truthy()
    }

    /// Whether `true` stands under a name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.get(name).0.is_truthy()
    }

    /// The text that it is, where it is one.
    #[must_use]
    pub fn own_text(&self) -> Option<String> {
        self.0.as_string()
    }

    /// The whole number that it is, where it is one; exact to 2⁵³.
    #[must_use]
    pub fn own_number(&self) -> Option<i64> {
        self.0.as_f64().map(|n| n as i64)
    }

    /// What it says of a type that can be read.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn typed<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_wasm_bindgen::from_value(self.0.clone()).ok()
    }

    /// The names of an object's values, in their order.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let names = self.0.dyn_ref::<Object>().map(Object::keys).unwrap_or_default();
        names.iter().filter_map(|name| name.as_string()).collect()
    }

    /// The names of an object under which whole numbers stand, with those, in its order.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn numbers(&self) -> Vec<(String, i64)> {
        self.names().into_iter().filter_map(|name| self.number(&name).map(|number| (name, number))).collect()
    }

    /// Whether an object has a value of a name.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).0.is_undefined() && !self.0.is_null()
    }

    /// The value in a line of at most 200 characters; a dash where there is none.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn brief(&self) -> String {
        if self.0.is_null() || self.0.is_undefined() {
            return "–".to_owned();
        }
        let whole = self.own_text().unwrap_or_else(|| self.written());
        let mut brief: String = whole.chars().take(200).collect();
        if brief.len() < whole.len() {
            brief.push('…');
        }
        brief
    }

    /// What stands in a type that can be written; `null` where it cannot be.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn of_typed(value: &impl serde::Serialize) -> Self {
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        Self(value.serialize(&serializer).unwrap_or(JsValue::NULL))
    }

    /// As text.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn written(&self) -> String {
        JSON::stringify(&self.0).ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    /// What makes `after` of this by merging (RFC 7396): members that are others, and `null` for those that are gone.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn change_to(&self, after: &Self) -> JsValue {
        let plain = |value: &JsValue| value.is_object() && !Array::is_array(value);
        if !plain(&self.0) || !plain(&after.0) {
            return after.0.clone();
        }
        let (before, after) = (Object::from(self.0.clone()), Object::from(after.0.clone()));
        let change = Object::new();
        let both = Object::assign(&Object::assign(&Object::new(), &before), &after);
        for name in Object::keys(&both).iter() {
            let of = |object: &Object| Reflect::get(object, &name).unwrap_or(JsValue::UNDEFINED);
            let (old, new) = (Self(of(&before)), Self(of(&after)));
            let value = if new.0.is_undefined() { JsValue::NULL } else { old.change_to(&new) };
            if old.written() != new.written() {
                // A plain object takes any property.
                let _ = Reflect::set(&change, &name, &value);
            }
        }
        change.into()
    }

    /// This with a change merged into it (RFC 7396).
    #[cfg(feature = "console")]
    #[must_use]
    pub fn changed_by(&self, change: &Self) -> Self {
        let plain = |value: &JsValue| value.is_object() && !Array::is_array(value);
        if !plain(&change.0) {
            return change.clone();
        }
        let merged = Object::new();
        if plain(&self.0) {
            Object::assign(&merged, &Object::from(self.0.clone()));
        }
        let changes = Object::from(change.0.clone());
        for name in Object::keys(&changes).iter() {
            let of = |object: &Object| Self(Reflect::get(object, &name).unwrap_or(JsValue::UNDEFINED));
            // A plain object takes and loses any property.
            let _ = match of(&changes) {
                gone if gone.0.is_null() => Reflect::delete_property(&merged, &name),
                new => Reflect::set(&merged, &name, &of(&merged).changed_by(&new).0),
            };
        }
        Self(merged.into())
    }

    /// The values of an array.
    #[must_use]
    pub fn list(&self) -> Vec<Self> {
        self.0.dyn_ref::<Array>().map(|array| array.iter().map(Self).collect()).unwrap_or_default()
    }
}

#[cfg(feature = "console")]
impl From<Json> for JsValue {
    fn from(json: Json) -> Self {
        json.0
    }
}

/// An object; an empty text and what is not defined are left out.
#[must_use]
pub fn object(pairs: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in pairs {
        if value.as_string().as_deref() != Some("") && !value.is_undefined() {
            // A plain object takes any property.
            let _ = Reflect::set(&object, &(*name).into(), value);
        }
    }
    object.into()
}

/// An object as text, empty texts among it; a name with a point stands in an object under what comes before the point.
#[cfg(feature = "console")]
#[must_use]
pub fn nested(pairs: &[(&str, JsValue)]) -> String {
    let object = Object::new();
    for (name, value) in pairs {
        let (into, name): (JsValue, &str) = match name.split_once('.') {
            None => (object.clone().into(), name),
            Some((outer, inner)) => {
                let known = Reflect::get(&object, &outer.into()).ok().filter(JsValue::is_object);
                let part = known.unwrap_or_else(|| Object::new().into());
                // A plain object takes any property, here and below.
                let _ = Reflect::set(&object, &outer.into(), &part);
                (part, inner)
            }
        };
        let _ = Reflect::set(&into, &name.into(), value);
    }
    JSON::stringify(&object).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// [`object`] as text.
#[must_use]
pub fn written(pairs: &[(&str, JsValue)]) -> String {
    JSON::stringify(&object(pairs)).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// Two objects as one, as text: what both have, the second says. A text that is no object says nothing.
#[must_use]
pub fn joined(first: &str, second: &str) -> String {
    let object = Object::new();
    for text in [first, second] {
        if let Some(part) = JSON::parse(text).ok().and_then(|part| part.dyn_into::<Object>().ok()) {
            Object::assign(&object, &part);
        }
    }
    JSON::stringify(&object).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
