//! The border between WebAssembly and the runtime: requests as the router takes them, answers as the runtime takes them, and
//! the one store that a redirect asks.
//!
//! Every crossing costs, and the stock conversions cross for each header by itself and for much that nothing here reads
//! (`cf`, the abort signal). Here texts cross as one (`border.js`), and a request that can only be a link's brings those
//! headers that a visit reads. A body that is there as a whole crosses as one, too, rather than as a stream.
//!
//! Waiting costs, too: wasm-bindgen's queue of futures takes a promise, closures and microtasks for what is at hand as well.
//! So a request is polled by hand ([`run`]) as long as it waits for nothing but KV, and JavaScript itself waits for that, as a
//! Worker of a few lines would.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use ::http::{HeaderName, HeaderValue, Request, Response};
use axum::body::HttpBody as _;
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::{JsValue, closure::Closure, prelude::wasm_bindgen};
use worker::{
    Body, Env, Error, HttpRequest, console_error,
    wasm_bindgen_futures::{JsFuture, future_to_promise},
    web_sys,
};

use crate::http::visitor;

#[wasm_bindgen(module = "/src/border.js")]
extern "C" {
    fn head(request: &web_sys::Request, names: &Array) -> String;
    fn pairs(request: &web_sys::Request) -> String;
    #[wasm_bindgen(catch)]
    fn respond(status: u16, lines: &str, body: &JsValue) -> Result<web_sys::Response, JsValue>;
    #[wasm_bindgen(catch)]
    fn kept(env: &Env, namespace: &str, key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch)]
    fn send(env: &Env, queue: &str, json: &str) -> Result<Promise, JsValue>;
    fn after(promise: &Promise, tell: &JsValue) -> Promise;
}

/// What KV said, for whoever asked.
type Told = Rc<Cell<Option<Result<Option<String>, JsValue>>>>;

thread_local! {
    /// What the request that is polled by hand waits for.
    static ASKED: RefCell<Option<(Promise, Told)>> = const { RefCell::new(None) };
    /// The names of the headers that a visit reads: they cross once.
    static NAMES: Array = visitor::HEADERS.into_iter().map(JsValue::from).collect();
}

/// Answers a request: with a response, where nothing has to be waited for, else with a promise of one.
pub fn answer<F>(request: &web_sys::Request, handle: impl FnOnce(HttpRequest) -> F) -> Result<JsValue, JsValue>
where
    F: Future<Output = Response<axum::body::Body>> + 'static,
{
    match read(request) {
        Ok(request) => {
            let answering = handle(request);
            run(Box::pin(async move { render(answering.await).await.or_else(|error| failed(&error)) }))
        }
        Err(error) => failed(&error).map(JsValue::from),
    }
}

/// A request on its way to an answer.
type Answering = Pin<Box<dyn Future<Output = Result<web_sys::Response, JsValue>>>>;

/// Polls by hand, as far as that goes: to the end, or to what KV is asked, with which JavaScript comes back here. All else
/// that a request waits for is left to wasm-bindgen's queue, for which every turn is a microtask and every promise two closures
/// and a third promise.
fn run(mut answering: Answering) -> Result<JsValue, JsValue> {
    let polled = answering.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    match (polled, ASKED.take()) {
        (Poll::Ready(response), _) => response.map(JsValue::from),
        (Poll::Pending, Some((promise, told))) => {
            let tell = Closure::once_into_js(move |text: Option<String>, error: Option<JsValue>| {
                told.set(Some(error.map_or(Ok(text), Err)));
                run(answering)
            });
            Ok(after(&promise, &tell).into())
        }
        (Poll::Pending, None) => Ok(future_to_promise(async { answering.await.map(JsValue::from) }).into()),
    }
}

fn read(request: &web_sys::Request) -> Result<HttpRequest, Error> {
    let head = NAMES.with(|names| head(request, names));
    let mut lines = head.split('\n');
    let (method, url) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    let visits = matches!(method, "GET" | "HEAD") && is_of_a_link(url);
    let body = if visits { None } else { request.body() };
    let mut builder = Request::builder().method(method).uri(url);
    if let Some(headers) = builder.headers_mut() {
        if visits {
            for (name, value) in visitor::HEADERS.into_iter().zip(lines).filter(|(_, value)| !value.is_empty()) {
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

/// An answer as the runtime takes it: what it holds as a whole in one piece, what comes bit by bit as a stream.
async fn render(answer: Response<axum::body::Body>) -> Result<web_sys::Response, Error> {
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
        None => {
            worker::Response::try_from(Response::new(body)).map(|stream| web_sys::Response::from(stream).body())?.into()
        }
    };
    respond(parts.status.as_u16(), &lines, &body).map_err(Error::from)
}

/// The answer to what could not be read, or not be answered.
fn failed(error: &Error) -> Result<web_sys::Response, JsValue> {
    console_error!("{error}");
    respond(500, "", &error.to_string().into())
}

/// The text that a namespace of KV keeps under a key.
pub async fn copy(env: &Env, namespace: &str, key: &str) -> Result<Option<String>, Error> {
    let promise = kept(env, namespace, key)?;
    let told = Told::default();
    // Whoever polls with another waker, or has asked already, wakes by it.
    let by_hand = poll_fn(|context| {
        let by_hand = context.waker().will_wake(Waker::noop());
        Poll::Ready(
            by_hand
                && ASKED.with_borrow_mut(|asked| {
                    let free = asked.is_none();
                    asked.get_or_insert_with(|| (promise.clone(), Rc::clone(&told)));
                    free
                }),
        )
    });
    if by_hand.await {
        Ok(poll_fn(|_| told.take().map_or(Poll::Pending, Poll::Ready)).await?)
    } else {
        Ok(JsFuture::from(promise).await?.as_string())
    }
}

/// Gives a queue a message: the value that a text of JSON says.
pub async fn enqueue(env: &Env, queue: &str, json: &str) -> Result<(), Error> {
    JsFuture::from(send(env, queue, json)?).await?;
    Ok(())
}

/// A header's value with `?` for whatever is not ASCII: nothing that we read is, and a stray letter in somebody else's cookie
/// must not hide ours.
fn plain(value: &str) -> HeaderValue {
    if let Some(value) = value.is_ascii().then(|| HeaderValue::from_str(value).ok()).flatten() {
        return value;
    }
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
