//! A thing with the name of its version beside its own fields: who changes it says what they saw.

use core::{cell::RefCell, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeSeed, Error as _, IntoDeserializer as _, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// The name of the field.
const FIELD: &str = "version";

/// `{"version": …, …}`: a thing as it is read, or as it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Versioned<T> {
    /// Names the state of all the rest. Sent back with a change, it refuses that where somebody else was faster; a change
    /// without it is made whatever there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// All other fields.
    #[serde(flatten)]
    pub value: T,
}

// Serde's own `flatten` would let fields pass that the thing does not know, and would name no place of a fault.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Versioned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Whole<T> {
            type Value = Versioned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Versioned<T>, A::Error> {
                let version = RefCell::default();
                let value = T::deserialize(MapAccessDeserializer::new(Rest { map, version: &version }))?;
                Ok(Versioned { version: version.into_inner(), value })
            }
        }
        deserializer.deserialize_map(Whole(PhantomData))
    }
}

/// All fields but the version, which is kept.
struct Rest<'a, A> {
    map: A,
    version: &'a RefCell<Option<String>>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != FIELD {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            if self.version.replace(self.map.next_value()?).is_some() {
                return Err(A::Error::duplicate_field(FIELD));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        size: u32,
    }

    #[test]
    fn the_version_stands_among_the_fields() {
        let read = |text: &str| serde_json::from_str::<Versioned<Thing>>(text).map_err(|error| error.to_string());
        let known = Versioned { version: Some("7f".to_owned()), value: Thing { size: 3 } };
        for text in [r#"{"version":"7f","size":3}"#, r#"{"size":3,"version":"7f"}"#] {
            assert_eq!(read(text).as_ref(), Ok(&known), "{text}");
        }
        assert_eq!(serde_json::to_string(&known).ok().as_deref(), Some(r#"{"version":"7f","size":3}"#));
        for text in [r#"{"size":3}"#, r#"{"size":3,"version":null}"#] {
            assert_eq!(read(text).map(|read| read.version), Ok(None), "{text}");
        }
        for (text, expect) in [
            (r#"{"size":3,"versions":"7f"}"#, "unknown field `versions`, expected `size` at line 1 column 20"),
            (r#"{"version":7,"size":3}"#, "invalid type: integer `7`, expected a string at line 1 column 12"),
            (r#"{"version":"a","version":"b","size":3}"#, "duplicate field `version` at line 1 column 28"),
            (r#"{"version":"7f"}"#, "missing field `size` at line 1 column 16"),
            ("[3]", "invalid type: sequence, expected a map at line 1 column 0"),
        ] {
            assert_eq!(read(text), Err(expect.to_owned()), "{text}");
        }
    }
}
