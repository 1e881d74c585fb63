//! The typed client. Every answer is either what was asked for or a [`Failure`]; nothing here throws.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCredentials, RequestInit, Response};
use wire::{
    feed::{self, Feed, FeedError},
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
        let response = self.get(path::FEED, feed::MEDIA_TYPE).await?;
        let body = response.array_buffer().map_err(|_| Failure::Offline)?;
        let body = JsFuture::from(body).await.map_err(|_| Failure::Offline)?;
        feed::decode(&Uint8Array::new(&body).to_vec()).map_err(Failure::BadFeed)
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// Why nobody is.
    pub async fn session(&self) -> Result<Session, Failure> {
        let damaged = |_| Failure::BadFeed(FeedError::Malformed);
        let response = self.get(path::SESSION, "application/json").await?;
        let body = JsFuture::from(response.json().map_err(damaged)?).await.map_err(damaged)?;
        let name = Reflect::get(&body, &"name".into()).map_err(damaged)?;
        Ok(Session { name: name.as_string().unwrap_or_default() })
    }

    async fn get(&self, path: &str, accept: &str) -> Result<Response, Failure> {
        let offline = |_: JsValue| Failure::Offline;
        let init = RequestInit::new();
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
        let request = window.fetch_with_str_and_init(&format!("{}{path}", self.base), &init);
        let response: Response = JsFuture::from(request).await.map_err(offline)?.dyn_into().map_err(offline)?;
        match Failure::of_status(response.status()) {
            None => Ok(response),
            Some(failure) => Err(failure),
        }
    }
}
