//! The typed client. Every answer is either what was asked for or a [`Failure`]; nothing here throws.

use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCredentials, RequestInit, Response};
use wire::{
    feed::{
        self, Feed, FeedError,
        parts::{self, Rest},
    },
    path,
};

use crate::failure::Failure;

/// Whom to ask, and as whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Where the server is, without a slash at the end; empty for the page's own.
    pub base: String,
    /// Embed token; without one the session's cookie speaks.
    pub token: Option<String>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Their name.
    pub name: String,
}

impl Source {
    /// The facts for whoever asks.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn feed(&self) -> Result<Feed, Failure> {
        let mut bytes = self.bytes(self.ask(path::FEED, parts::MEDIA_TYPE, "")?).await?;
        if let Some(rest) = Rest::read(&bytes) {
            bytes = match self.joined(rest).await {
                Some(whole) => whole,
                None => self.bytes(self.ask(path::FEED, feed::MEDIA_TYPE, "")?).await?,
            };
        }
        feed::decode(&bytes).map_err(Failure::BadFeed)
    }

    /// A rest with its segments, of which the browser has those that it met before; `None` where one is missing or is not
    /// what its name says.
    async fn joined(&self, rest: Rest<'_>) -> Option<Vec<u8>> {
        let ask = |name: &&str| {
            let sum = format!("sha256-{}=", name.replace('-', "+").replace('_', "/"));
            self.ask(&format!("{}{name}", path::FEED_SEGMENTS), parts::SEGMENT_TYPE, &sum).ok()
        };
        // All are on their way before the first is awaited.
        let asked: Vec<Promise> = rest.names.iter().map(ask).collect::<Option<_>>()?;
        let mut segments = Vec::new();
        for promise in asked {
            segments.push(self.bytes(promise).await.ok()?);
        }
        rest.join(&segments)
    }

    async fn bytes(&self, asked: Promise) -> Result<Vec<u8>, Failure> {
        let body = answer(asked).await?.array_buffer().map_err(|_| Failure::Offline)?;
        let body = JsFuture::from(body).await.map_err(|_| Failure::Offline)?;
        Ok(Uint8Array::new(&body).to_vec())
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// Why nobody is.
    pub async fn session(&self) -> Result<Session, Failure> {
        let damaged = |_| Failure::BadFeed(FeedError::Malformed);
        let response = answer(self.ask(path::SESSION, "application/json", "")?).await?;
        let body = JsFuture::from(response.json().map_err(damaged)?).await.map_err(damaged)?;
        let name = Reflect::get(&body, &"name".into()).map_err(damaged)?;
        Ok(Session { name: name.as_string().unwrap_or_default() })
    }

    /// Sends a request. Of an answer that is not what the `sum` says, where there is one, the browser gives nothing.
    fn ask(&self, path: &str, accept: &str, sum: &str) -> Result<Promise, Failure> {
        let offline = |_: JsValue| Failure::Offline;
        let init = RequestInit::new();
        init.set_integrity(sum);
        let headers = Headers::new().map_err(offline)?;
        headers.set("accept", accept).map_err(offline)?;
        match &self.token {
            Some(token) => {
                // A token that is no header value can only be a wrong one.
                headers.set("authorization", &format!("Bearer {token}")).map_err(|_| Failure::SignedOut)?;
                init.set_credentials(RequestCredentials::Omit);
            }
            None => init.set_credentials(RequestCredentials::SameOrigin),
        }
        init.set_headers(&headers);
        let window = web_sys::window().ok_or(Failure::Offline)?;
        Ok(window.fetch_with_str_and_init(&format!("{}{path}", self.base), &init))
    }
}

async fn answer(asked: Promise) -> Result<Response, Failure> {
    let offline = |_: JsValue| Failure::Offline;
    let response: Response = JsFuture::from(asked).await.map_err(offline)?.dyn_into().map_err(offline)?;
    match Failure::of_status(response.status()) {
        None => Ok(response),
        Some(failure) => Err(failure),
    }
}
