//! Parameters of an address, with errors in the contract's shape.

use axum::extract::{self, FromRequestParts};
use http::request::Parts;
use serde::de::DeserializeOwned;
use wire::problem::Code;

use crate::error::Error;

/// What follows the `?` of an address.
pub struct Query<T>(pub T);

/// What stands in the address for the names in braces of the route.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let read = extract::Path::<T>::from_request_parts(parts, state).await;
        // The texts of a path can be of no other form than UTF-8; a route that names them otherwise would be our fault.
        read.map(|extract::Path(value)| Self(value)).map_err(|fault| {
            let said = fault.body_text();
            let name = said.split('`').nth(1).unwrap_or("path");
            Error::Refused(Code::BadRequest, format!("{name}: must be percent-encoded UTF-8"))
        })
    }
}

/// Reads a query.
///
/// # Errors
/// 400 when it is not percent-encoded UTF-8, 422 when a parameter is not as expected; both name the parameter.
fn read<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    for pair in query.split('&') {
        if !is_text(pair) {
            let name = name_of(pair);
            return Err(Error::Refused(Code::BadRequest, format!("{name}: must be percent-encoded UTF-8")));
        }
    }
    let said = |query: &str| serde_urlencoded::from_str::<T>(query).err().map(|error| error.to_string());
    serde_urlencoded::from_str(query).map_err(|error| misread(query, &error.to_string(), &said))
}

/// Which parameter is not as expected, found from what is said of the query's beginnings: of those that reach it, the very
/// same.
fn misread(query: &str, error: &str, said: &dyn Fn(&str) -> Option<String>) -> Error {
    let fault = |name: &str, rule| Error::Refused(Code::UnprocessableEntity, format!("{name}: {rule}"));
    let named = error.split('`').nth(1).unwrap_or_default();
    if error.starts_with("missing field") {
        return fault(named, "must be given");
    }
    if error.starts_with("duplicate field") {
        return fault(named, "must be given once");
    }
    let ends: Vec<usize> = query.match_indices('&').map(|(at, _)| at).chain([query.len()]).collect();
    let at = ends.partition_point(|end| said(&query[..*end]).is_none_or(|said| said != error));
    let from = at.checked_sub(1).map_or(0, |before| ends[before] + 1);
    let rule = match error {
        "provided string was not `true` or `false`" => "must be true or false",
        "invalid float literal" | "cannot parse float from empty string" => "must be a number",
        "number too large to fit in target type" => "is too large a number",
        _ if error.contains("integer") || error.contains("digit") => "must be a whole number, 0 or more",
        _ => error,
    };
    fault(&name_of(query.get(from..).unwrap_or_default()), rule)
}

/// The name with which a query goes on.
fn name_of(rest: &str) -> String {
    let name = url::form_urlencoded::parse(rest.as_bytes()).next().map(|(name, _)| name.into_owned());
    name.unwrap_or_default()
}

/// Whether every `%` has its two digits, and all together are UTF-8.
fn is_text(encoded: &str) -> bool {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut parts = encoded.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else { return false };
        bytes.push(byte);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    core::str::from_utf8(&bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Asked {
        kind: Option<String>,
        page: Option<u32>,
        page_size: Option<u32>,
        after: Option<i64>,
        archived: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    struct Needs {
        kind: String,
    }

    #[test]
    fn a_fault_names_the_parameter_and_the_rule() {
        for (query, expect) in [
            ("", "[]"),
            ("page=2&kind=a%20b+c&other=1&archived=true&after=-1&pageSize=3", "[2, 3, -1, true, a b c]"),
            ("page=x", "422 page: must be a whole number, 0 or more"),
            ("page=", "422 page: must be a whole number, 0 or more"),
            ("page=1.5", "422 page: must be a whole number, 0 or more"),
            ("kind=a&pageSize=-1&page=1", "422 pageSize: must be a whole number, 0 or more"),
            ("kind=a&page=1&page%53ize=x", "422 pageSize: must be a whole number, 0 or more"),
            ("page=1&&kind=a&pageSize=x&", "422 pageSize: must be a whole number, 0 or more"),
            ("page=99999999999", "422 page: is too large a number"),
            ("page=1&archived=perhaps", "422 archived: must be true or false"),
            ("kind=sales&kind=leads", "422 kind: must be given once"),
            ("kind=%F0", "400 kind: must be percent-encoded UTF-8"),
            ("page=1&kind=%", "400 kind: must be percent-encoded UTF-8"),
            ("kind=%zz", "400 kind: must be percent-encoded UTF-8"),
            ("kind=%ä", "400 kind: must be percent-encoded UTF-8"),
            ("kind=%C3%A4", "[ä]"),
        ] {
            let got = match read::<Asked>(query) {
                Ok(Asked { kind, page, page_size, after, archived }) => {
                    let numbers = [page.map(i64::from), page_size.map(i64::from), after];
                    let numbers = numbers.into_iter().flatten().map(|n| n.to_string());
                    let texts: Vec<_> = numbers.chain(archived.map(|flag| flag.to_string())).chain(kind).collect();
                    format!("[{}]", texts.join(", "))
                }
                Err(error) => format!("{} {}", error.status().as_u16(), error.problem().error.message),
            };
            assert_eq!(got, expect, "{query}");
        }
        let missing = read::<Needs>("other=1").map(|needs| needs.kind).map_err(|error| error.problem().error.message);
        assert_eq!(missing, Err("kind: must be given".to_owned()));
    }
}
