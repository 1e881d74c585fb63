//! The border between WebAssembly and the runtime: requests as the router takes them, answers as the runtime takes them, and
//! the one store that a redirect asks.
//!
//! Every crossing costs, and the stock conversions cross for each header by itself and for much that nothing here reads
//! (`cf`, the abort signal): more than half of the time that a redirect took. Here texts cross as one (`border.js`), and a
//! request that can only be a link's brings those headers that a visit reads. A body that is there as a whole crosses as
//! one, too, rather than as a stream.

use std::{future::poll_fn, pin::Pin};

use ::http::{HeaderName, HeaderValue, Request, Response};
use axum::body::HttpBody as _;
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen};
use worker::{Body, Env, Error, FromRequest, HttpRequest, IntoResponse, wasm_bindgen_futures::JsFuture, web_sys};

use crate::http::visitor;

#[wasm_bindgen(module = "/src/border.js")]
extern "C" {
    fn line(request: &web_sys::Request) -> String;
    fn values(request: &web_sys::Request, names: &str) -> String;
    fn pairs(request: &web_sys::Request) -> String;
    #[wasm_bindgen(catch)]
    fn answer(status: u16, lines: &str, body: &JsValue) -> Result<web_sys::Response, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A namespace of KV.
    type Namespace;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Namespace, key: &str) -> Result<Promise, JsValue>;
}

/// A request that came in.
pub struct Incoming(pub HttpRequest);

impl FromRequest for Incoming {
    fn from_raw(request: web_sys::Request) -> Result<Self, impl Into<Box<dyn std::error::Error>>> {
        read(&request).map(Self)
    }
}

fn read(request: &web_sys::Request) -> Result<HttpRequest, Error> {
    let line = line(request);
    let (method, url) = line.split_once(' ').unwrap_or_default();
    let visits = matches!(method, "GET" | "HEAD") && is_of_a_link(url);
    let body = if visits { None } else { request.body() };
    let mut builder = Request::builder().method(method).uri(url);
    if let Some(headers) = builder.headers_mut() {
        if visits {
            let values = values(request, &visitor::HEADERS.join("\n"));
            for (name, value) in visitor::HEADERS.into_iter().zip(values.split('\n')).filter(|(_, v)| !v.is_empty()) {
                headers.insert(HeaderName::from_static(name), plain(value));
            }
        } else {
            let pairs = pairs(request);
            let mut lines = pairs.split('\n');
            while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
                headers.append(HeaderName::try_from(name).map_err(other)?, plain(value));
            }
        }
    }
    builder.body(body.map_or_else(Body::empty, Body::new)).map_err(other)
}

/// Whether the path of an absolute address has one segment, as those of links have.
fn is_of_a_link(url: &str) -> bool {
    let path = url.splitn(4, '/').nth(3).unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    !path.is_empty() && !path.contains('/')
}

fn other(error: impl std::error::Error) -> Error {
    Error::RustError(error.to_string())
}

/// An answer on its way out.
pub struct Outgoing {
    status: u16,
    /// Names and values of headers, a line each.
    lines: String,
    body: JsValue,
}

impl Outgoing {
    /// An answer as the runtime takes it: what it holds as a whole in one piece, what comes bit by bit as a stream.
    pub async fn new(answer: Response<axum::body::Body>) -> Result<Self, Error> {
        let (parts, mut body) = answer.into_parts();
        let mut lines = String::new();
        for (name, value) in &parts.headers {
            let value = std::str::from_utf8(value.as_bytes()).map_err(other)?;
            lines.extend([name.as_str(), "\n", value, "\n"]);
        }
        let body = match body.size_hint().exact() {
            Some(0) => JsValue::NULL,
            Some(_) => {
                let mut bytes = Vec::new();
                while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
                    bytes.extend(frame.map_err(other)?.into_data().unwrap_or_default());
                }
                Uint8Array::from(&*bytes).into()
            }
            None => worker::Response::try_from(Response::new(body))
                .map(|stream| web_sys::Response::from(stream).body())?
                .into(),
        };
        Ok(Self { status: parts.status.as_u16(), lines, body })
    }
}

impl IntoResponse for Outgoing {
    fn into_raw(self) -> Result<web_sys::Response, impl Into<Box<dyn std::error::Error>>> {
        answer(self.status, &self.lines, &self.body).map_err(Error::from)
    }
}

/// The text that a namespace of KV keeps under a key.
pub async fn kept(env: &Env, namespace: &str, key: &str) -> Result<Option<String>, Error> {
    let namespace: Namespace = Reflect::get(env, &namespace.into())?.unchecked_into();
    Ok(JsFuture::from(namespace.get(key)?).await?.as_string())
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
