//! Reading JSON, with faults that name the field.
//!
//! Every type is read by one deserializer, that of texts, and the field is found afterwards from the place of the fault: a
//! deserializer that keeps the path as it goes is compiled anew for each type, and made a tenth of the Worker.

use serde::de::DeserializeOwned;

/// Why a text is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// Which field: `links[2].url`; empty for the whole.
    pub field: String,
    /// What is wrong with it, in words that do not speak of our types.
    pub what: String,
    /// The text is JSON, but says something that is not allowed.
    pub is_data: bool,
}

impl core::fmt::Display for Misread {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.field.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.field, self.what) }
    }
}

/// Reads a value.
///
/// # Errors
/// When the text is not JSON, or not such a value.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Misread> {
    serde_json::from_str(text).map_err(|error| misread(text, &error))
}

fn misread(text: &str, error: &serde_json::Error) -> Misread {
    let said = error.to_string();
    let mut what = said.split(" at line ").next().unwrap_or_default().to_owned();
    if let Some((before, expected)) = what.rsplit_once(", expected ")
        && let Some(theirs) = in_json(expected)
    {
        what = format!("{before}, expected {theirs}");
    }
    // What else it might have been is in the reference, not in an error.
    if let Some((unknown, _)) = what.split_once(", expected one of") {
        what = unknown.to_owned();
    }
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let place = lines.map(str::len).sum::<usize>() + error.column();
    Misread { field: field_at(text, place), what, is_data: error.is_data() }
}

/// What a value of ours is in JSON, where the two have different words for it.
fn in_json(expected: &str) -> Option<&'static str> {
    Some(match expected.split(' ').next().unwrap_or_default() {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "an integer",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "u128" | "usize" => "a whole number from 0 on",
        "f32" | "f64" => "a number",
        "struct" | "map" | "adjacently" | "internally" => "an object",
        "unit" => "null",
        "variant" | "field" => "a string",
        "enum" => "a string or an object",
        "tuple" => "an array",
        _ if expected == "a map" => "an object",
        _ if expected == "a sequence" || expected.starts_with("a tuple") => "an array",
        _ => return None,
    })
}

/// Where a value stands in the value around it.
enum Within {
    /// The key, once it is read.
    Object(Option<String>),
    /// The index.
    Array(usize),
}

/// The innermost field whose key or value reaches to a place of a text, counted in bytes.
fn field_at(text: &str, place: usize) -> String {
    let bytes = text.as_bytes();
    let mut path: Vec<Within> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        match bytes[start] {
            b'{' | b'[' if start >= place => break,
            b'{' => path.push(Within::Object(None)),
            b'[' => path.push(Within::Array(0)),
            b'}' | b']' => {
                path.pop();
            }
            b',' => match path.last_mut() {
                Some(Within::Object(key)) => *key = None,
                Some(Within::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                at = end_of_string(bytes, at);
                if let Some(Within::Object(key @ None)) = path.last_mut() {
                    *key = serde_json::from_str(&text[start..at]).ok();
                }
            }
            b if b.is_ascii_whitespace() || b == b':' => continue,
            _ => {
                let is_end = |b: &u8| matches!(b, b',' | b']' | b'}') || b.is_ascii_whitespace();
                at = bytes[at..].iter().position(is_end).map_or(bytes.len(), |length| at + length);
            }
        }
        if at >= place {
            break;
        }
    }
    let mut field = String::new();
    for within in path {
        match within {
            Within::Object(Some(key)) if field.is_empty() => field = key,
            Within::Object(Some(key)) => field = field + "." + &key,
            Within::Array(index) => field = format!("{field}[{index}]"),
            Within::Object(None) => {}
        }
    }
    field
}

/// The place behind the quotation mark that ends a string.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Outer {
        count: i64,
        names: Vec<String>,
        inner: Option<Inner>,
        many: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        size: u32,
    }

    #[test]
    fn no_word_of_ours_is_said() {
        fn said<T: DeserializeOwned>(text: &str) -> String {
            read::<T>(text).err().map(|misread| misread.what).unwrap_or_default()
        }
        for (got, expect) in [
            (said::<u8>("256"), "invalid value: integer `256`, expected a whole number from 0 to 255"),
            (said::<u16>("65536"), "invalid value: integer `65536`, expected a whole number from 0 to 65535"),
            (said::<u64>("-1"), "invalid value: integer `-1`, expected a whole number from 0 on"),
            (said::<i8>("true"), "invalid type: boolean `true`, expected an integer"),
            (said::<f32>("\"x, expected i64\""), "invalid type: string \"x, expected i64\", expected a number"),
            (said::<Inner>("5"), "invalid type: integer `5`, expected an object"),
            (said::<Vec<u8>>("{}"), "invalid type: map, expected an array"),
            (said::<()>("1"), "invalid type: integer `1`, expected null"),
            (said::<std::collections::BTreeMap<String, u8>>("[]"), "invalid type: sequence, expected an object"),
            (said::<(u8, u8)>("1"), "invalid type: integer `1`, expected an array"),
        ] {
            assert_eq!(got, expect);
        }
    }

    impl Outer {
        fn sum(&self) -> i64 {
            let sizes = self.inner.iter().chain(&self.many).map(|inner| i64::from(inner.size));
            self.count + i64::try_from(self.names.len()).unwrap_or_default() + sizes.sum::<i64>()
        }
    }

    #[test]
    fn a_fault_names_its_field() {
        for (text, expect) in [
            (r#"{"count": 1, "names": ["x"], "inner": {"size": 2}, "many": [{"size": 3}]}"#, "7"),
            (r#"{"count": "x"}"#, r#"count: invalid type: string "x", expected an integer"#),
            (
                "{\n \"names\": [],\n \"count\":\n 1.5}",
                "count: invalid type: floating point `1.5`, expected an integer",
            ),
            (r#"{"count": {"a": 1}}"#, "count: invalid type: map, expected an integer"),
            (r#"{"count": [1]}"#, "count: invalid type: sequence, expected an integer"),
            (r#"{"count": null}"#, "count: invalid type: null, expected an integer"),
            (r#"{"names": ["a", "b", 3]}"#, "names[2]: invalid type: integer `3`, expected a string"),
            (r#"{"names": "ä\"\\"}"#, r#"names: invalid type: string "ä\"\\", expected an array"#),
            (r#"{"inner": {}}"#, "inner: missing field `size`"),
            (
                r#"{"inner": {"size": -1}}"#,
                "inner.size: invalid value: integer `-1`, expected a whole number from 0 on",
            ),
            (
                r#"{"many": [{"size": 1}, {"size": true}]}"#,
                "many[1].size: invalid type: boolean `true`, expected a whole number from 0 on",
            ),
            (r#"{"many": [{"size": 1}, {"other": 1}]}"#, "many[1]: missing field `size`"),
            (r#"{"count": 1, "mode": 2}"#, "mode: unknown field `mode`"),
            (r#"{"a\"b": 2}"#, r#"a"b: unknown field `a"b`"#),
            ("[1, 2]", "[1]: invalid type: integer `2`, expected an array"),
            (r#""x""#, r#"invalid type: string "x", expected an object"#),
            ("", "EOF while parsing a value"),
            (r#"{"count": 1"#, "count: EOF while parsing an object"),
        ] {
            let got = read::<Outer>(text).map_or_else(|misread| misread.to_string(), |outer| outer.sum().to_string());
            assert_eq!(got, expect, "{text}");
        }
    }

    #[test]
    fn every_place_of_every_text_has_a_field() {
        for text in [r#"{"a":[{"b":"c\"d"},[1,[2]]],"e":"ä"}"#, "}]", "\"\\", "[[[", ",,:{", "{\"a\""] {
            let fields: Vec<String> = (0..text.len() + 3).map(|place| field_at(text, place)).collect();
            assert!(fields.iter().all(|field| !field.contains('"')), "{fields:?}");
        }
    }
}
