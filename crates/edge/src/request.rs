//! The runtime's request, as the router takes it.
//!
//! Every call from WebAssembly to the runtime costs, and the stock conversion asks for each header by itself and for much
//! that nothing here reads (`cf`, the abort signal): more than half of the time that a redirect took. Here all headers come
//! as one text, and a request that can only be a link's brings those that a visit reads.

use std::borrow::Cow;

use ::http::{HeaderName, HeaderValue, Request};
use worker::{Body, Error, FromRequest, HttpRequest, js_sys, web_sys};

use crate::http::visitor;

/// A request that came in.
pub struct Incoming(pub HttpRequest);

impl FromRequest for Incoming {
    fn from_raw(request: web_sys::Request) -> Result<Self, impl Into<Box<dyn std::error::Error>>> {
        read(&request).map(Self)
    }
}

fn read(request: &web_sys::Request) -> Result<HttpRequest, Error> {
    let (method, url) = (request.method(), request.url());
    let visits = matches!(method.as_str(), "GET" | "HEAD") && is_of_a_link(&url);
    let body = if visits { None } else { request.body() };
    let mut builder = Request::builder().method(method.as_str()).uri(url);
    if let Some(headers) = builder.headers_mut() {
        for (name, value) in pairs(&request.headers(), visits)? {
            headers.append(HeaderName::try_from(&*name).map_err(other)?, plain(&value));
        }
    }
    builder.body(body.map_or_else(Body::empty, Body::new)).map_err(other)
}

/// Whether the path of an absolute address has one segment, as those of links have.
fn is_of_a_link(url: &str) -> bool {
    let path = url.splitn(4, '/').nth(3).unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    !path.is_empty() && !path.contains('/')
}

/// The headers by name: all of them, or those of a visit.
fn pairs(headers: &web_sys::Headers, of_a_visit: bool) -> Result<Vec<(Cow<'static, str>, String)>, Error> {
    if !of_a_visit {
        let pairs = js_sys::JSON::stringify(&js_sys::Array::from(headers))?;
        return Ok(serde_json::from_str(&String::from(pairs))?);
    }
    let mut pairs = Vec::new();
    for name in visitor::headers() {
        pairs.extend(headers.get(name)?.map(|value| (name.into(), value)));
    }
    Ok(pairs)
}

fn other(error: impl std::error::Error) -> Error {
    Error::RustError(error.to_string())
}

/// A header's value with `?` for whatever is not ASCII: nothing that we read is, and a stray letter in somebody else's cookie
/// must not hide ours.
fn plain(value: &str) -> HeaderValue {
    let ascii: String = value.chars().map(|c| if matches!(c, ' '..='~' | '\t') { c } else { '?' }).collect();
    HeaderValue::try_from(ascii).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_have_one_segment() {
        for link in ["https://a.example/ada", "http://localhost:8787/ada+?x=/y", "https://a.example/sign-in?token=t"] {
            assert!(is_of_a_link(link), "{link}");
        }
        for other in ["https://a.example/", "https://a.example/?x", "https://a.example/p/ada", "https://a.example", ""]
        {
            assert!(!is_of_a_link(other), "{other}");
        }
    }

    #[test]
    fn values_are_ascii() {
        for (value, expect) in [
            ("a=b; trb_id=x", "a=b; trb_id=x"),
            ("", ""),
            ("name=Zo\u{eb}; trb_id=x", "name=Zo?; trb_id=x"),
            ("a\tb\u{7f}\u{0}", "a\tb??"),
        ] {
            assert_eq!(plain(value), expect);
        }
    }
}
