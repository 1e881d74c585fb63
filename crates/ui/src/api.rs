//! The typed client. Every answer is either what was asked for or a [`Failure`]; nothing here throws.

use std::cell::RefCell;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCredentials, RequestInit, Response};
use wire::{
    feed::{
        self, Feed,
        parts::{self, Rest},
    },
    path,
};

#[cfg(feature = "console")]
use engine::commission::{Terms, Version};
use engine::{commission::close::Totals, period::Zone, time::Month};

use crate::{
    failure::Failure,
    json::Json,
    model::{
        statement::{Line, Statement},
        typed::time,
    },
};

#[wasm_bindgen]
extern "C" {
    /// The browser's, in a page and in a worker.
    #[wasm_bindgen(catch)]
    fn fetch(address: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

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
    /// What they may do.
    pub scopes: Vec<String>,
}

/// Why something that was sent was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// What the server says is wrong.
    Said {
        /// HTTP status.
        status: u16,
        /// In words for people; of a field that breaks a rule `field: rule`.
        text: String,
    },
    /// It did not say, or was not reached.
    Failed(Failure),
}

impl Refusal {
    /// In words for people.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Said { text, .. } => text,
            Self::Failed(failure) => failure.advice(),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What `www/offline.js` says of an answer that it kept: the status of the one that did not come, 0 for none.
const STALE: &str = "tributary-stale";

/// The media type of everything but feeds.
const JSON: &str = "application/json";

thread_local! {
    /// Whose figures are shown, as the server reads it; empty before the first.
    static READER: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The header that says so.
const READER_HEADER: &str = "tributary-reader";

impl Source {
    /// Says from now on whose figures the page shows, a partner's or the program's: the server refuses what is sent as
    /// somebody who has signed in since in another tab.
    pub fn speak_for(partner: Option<&str>) {
        READER.set(partner.unwrap_or("program").to_owned());
    }

    /// The facts for whoever asks; with why they are not the newest, where the page keeps what it was last given.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn feed(&self) -> Result<(Feed, Option<Failure>), Failure> {
        let response = answer(self.ask(path::FEED, parts::MEDIA_TYPE, "")?).await?;
        let stale = response.headers().get(STALE).ok().flatten().map(|status| match status.parse() {
            Ok(0) | Err(_) => Failure::Offline,
            Ok(status) => Failure::Server(status),
        });
        let mut bytes = bytes(&response).await?;
        if let Some(rest) = Rest::read(&bytes) {
            bytes = match self.joined(rest).await {
                Some(whole) => whole,
                None => bytes_of(self.ask(path::FEED, feed::MEDIA_TYPE, "")?).await?,
            };
        }
        Ok((feed::decode(&bytes).map_err(Failure::BadFeed)?, stale))
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
            segments.push(bytes_of(promise).await.ok()?);
        }
        rest.join(&segments)
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// Why nobody is.
    pub async fn session(&self) -> Result<Session, Failure> {
        let session = self.json(path::SESSION).await?;
        let scopes = session.get("scopes").list().iter().filter_map(Json::own_text).collect();
        Ok(Session { name: session.text("name"), scopes })
    }

    /// What a route answers.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn json(&self, path: &str) -> Result<Json, Failure> {
        said(&answer(self.ask(path, JSON, "")?).await?).await
    }

    /// The statements of a month for whoever is signed in, one a currency, and for the program one a partner and currency; days are those of the program's time zone.
    ///
    /// # Errors
    /// What the server says, or that it said nothing: of an open month, while the program has no terms, status 409.
    pub async fn statements(&self, month: Month, zone: &Zone) -> Result<Vec<Statement>, Refusal> {
        let answer = self.send("GET", &format!("{}?month={month}", path::STATEMENTS), "").await?;
        Ok(answer.list().iter().filter_map(|said| statement(said, zone)).collect())
    }

    /// The terms of commission.
    ///
    /// # Errors
    /// Why they are not to be had.
    #[cfg(feature = "console")]
    pub async fn terms(&self) -> Result<Terms, Failure> {
        let versions = self.json(path::TERMS).await?.list().iter().map(version).collect::<Option<Vec<_>>>();
        let terms = versions.and_then(|versions| Terms::try_from(versions).ok());
        terms.ok_or(Failure::BadFeed(feed::FeedError::Malformed))
    }

    /// Sends something, or asks where nothing is sent, and answers what the server says to it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn send(&self, method: &str, path: &str, sent: &str) -> Result<Json, Refusal> {
        let body = if sent.is_empty() { JsValue::UNDEFINED } else { sent.into() };
        self.send_as(JSON, method, path, &body).await
    }

    /// Sends a body of a media type, where it is defined, and answers what the server says to it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn send_as(&self, kind: &str, method: &str, path: &str, sent: &JsValue) -> Result<Json, Refusal> {
        Ok(said(&self.taken(kind, method, path, sent).await?).await?)
    }

    /// Sends a form whose answer is a page that nobody reads here.
    ///
    /// # Errors
    /// [`Refusal`].
    #[cfg(feature = "console")]
    pub async fn send_form(&self, path: &str, sent: &str) -> Result<(), Refusal> {
        self.taken("application/x-www-form-urlencoded", "POST", path, &sent.into()).await.map(drop)
    }

    /// The answer of a server that takes what is sent.
    async fn taken(&self, kind: &str, method: &str, path: &str, sent: &JsValue) -> Result<Response, Refusal> {
        let init = RequestInit::new();
        init.set_method(method);
        let headers = self.headers(&init, JSON)?;
        if !sent.is_undefined() {
            init.set_body(sent);
            headers.set("content-type", kind).map_err(|_| Failure::Offline)?;
        }
        init.set_headers(&headers);
        let response = response(self.fetch(path, &init)?).await?;
        let status = response.status();
        let Some(failure) = Failure::of_status(status) else { return Ok(response) };
        let message = said(&response).await.ok().map(|said| said.get("error").text("message"));
        let message = message.filter(|text| !text.is_empty());
        Err(message.map_or(Refusal::Failed(failure), |text| Refusal::Said { status, text }))
    }

    /// Asks for something. Of an answer that is not what the `sum` says, where there is one, the browser gives nothing.
    fn ask(&self, path: &str, accept: &str, sum: &str) -> Result<Promise, Failure> {
        let init = RequestInit::new();
        init.set_integrity(sum);
        let headers = self.headers(&init, accept)?;
        init.set_headers(&headers);
        self.fetch(path, &init)
    }

    fn fetch(&self, path: &str, init: &RequestInit) -> Result<Promise, Failure> {
        fetch(&format!("{}{path}", self.base), init).map_err(|_| Failure::Offline)
    }

    /// What every request says: what it takes, and as whom it speaks.
    fn headers(&self, init: &RequestInit, accept: &str) -> Result<Headers, Failure> {
        let offline = |_: JsValue| Failure::Offline;
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
        // The facts say themselves whose they are.
        let reader = READER.with_borrow(Clone::clone);
        if self.token.is_none() && accept == JSON && !reader.is_empty() {
            headers.set(READER_HEADER, &reader).map_err(offline)?;
        }
        Ok(headers)
    }
}

/// A statement as the server writes it; `None` where its currency is none.
fn statement(said: &Json, zone: &Zone) -> Option<Statement> {
    let day = |text: &str| time(text).map(|at| zone.day(at));
    let number = |said: &Json, name: &str| said.number(name).unwrap_or(0);
    let totals = |said: &Json| Totals {
        earned: number(said, "earned"),
        clawed_back: number(said, "clawedBack"),
        approved: number(said, "approved"),
        paid: number(said, "paid"),
    };
    let line = |said: &Json| Line {
        day: day(&said.text("at")),
        kind: said.text("kind"),
        reversed: said.is("reversed"),
        amount: number(said, "amount"),
        reason: said.text("reason"),
        rule: said
            .some_text("rule")
            .map(|rule| format!("{rule}, version {}", number(said, "version")))
            .unwrap_or_default(),
        sale: said.number("saleAmount").zip(said.number("base")),
        rate: number(said, "rate"),
        review: said.text("review"),
    };
    let lines = |name: &str| said.get(name).list().iter().map(line).collect();
    Some(Statement {
        month: said.text("month"),
        partner: said.text("partnerId"),
        currency: said.text("currency").parse().ok()?,
        closed_on: day(&said.text("closedAt")),
        opening: number(said, "opening"),
        correction: totals(&said.get("correction")),
        movement: totals(said),
        closing: number(said, "closing"),
        payable: number(said, "payableClosing"),
        held: number(said, "held"),
        corrections: lines("corrections"),
        lines: lines("lines"),
    })
}

/// A version of the terms as the server writes it.
#[cfg(feature = "console")]
fn version(said: &Json) -> Option<Version> {
    let number = u32::try_from(said.number("version")?).ok()?;
    Some(Version { version: number, since: time(&said.text("since"))?, rules: said.get("rules").typed()? })
}

/// What the server answers, whatever its status.
async fn response(asked: Promise) -> Result<Response, Failure> {
    let offline = |_: JsValue| Failure::Offline;
    JsFuture::from(asked).await.map_err(offline)?.dyn_into().map_err(offline)
}

async fn bytes_of(asked: Promise) -> Result<Vec<u8>, Failure> {
    bytes(&answer(asked).await?).await
}

async fn bytes(response: &Response) -> Result<Vec<u8>, Failure> {
    let body = response.array_buffer().map_err(|_| Failure::Offline)?;
    let body = JsFuture::from(body).await.map_err(|_| Failure::Offline)?;
    Ok(Uint8Array::new(&body).to_vec())
}

/// What an answer says, which may be nothing at all. What is no JSON, as a network's own page is, is no answer of the server.
async fn said(response: &Response) -> Result<Json, Failure> {
    let offline = |_: JsValue| Failure::Offline;
    let text =
        JsFuture::from(response.text().map_err(offline)?).await.map_err(offline)?.as_string().unwrap_or_default();
    if text.is_empty() { Ok(Json::of(JsValue::NULL)) } else { Json::read(&text).ok_or(Failure::Offline) }
}

async fn answer(asked: Promise) -> Result<Response, Failure> {
    let response = response(asked).await?;
    match Failure::of_status(response.status()) {
        None => Ok(response),
        Some(failure) => Err(failure),
    }
}
