//! Extractors that prove who asks. A handler that reads or writes for somebody takes one of these; there is no other way
//! to a [`Scope`], and every read of a partner's data takes a `Scope`.

use std::{cell::RefCell, collections::HashSet};

use axum::{extract::FromRequestParts, http::request::Parts};
use engine::{id::PartnerId, link::query_value};
use http::header;
use wire::{cookie, problem::Code, token};
use worker::{console_error, send::SendFuture};

use crate::{
    app::{App, digest},
    error::Error,
    store,
};

/// Whose data may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole program.
    Program,
    /// What one partner may see.
    Partner(PartnerId),
}

/// A secret API key of the program.
#[derive(Debug, Clone)]
pub struct ApiKey {
    scopes: String,
}

/// The scope that lets facts be older than a day.
pub const BACKDATE: &str = "facts:backdate";

impl ApiKey {
    /// Whether the key has a scope.
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.split(' ').any(|s| s == scope)
    }
}

/// A key that may record leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadKey {
    /// May do everything.
    Secret,
    /// May stand in a page, where everybody can read it.
    Publishable,
}

/// The publishable key of a page: in the header, or as `?key=`, since a request that names no header of its own needs no
/// leave of the browser's first, and may outlive its page. What it opens is no more than every visitor can do by following
/// links; so when the store does not answer, a key of the right form is taken at its word, and no visit is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageKey;

/// A signed-in person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// The program's marketer.
    Marketer,
    /// A partner.
    Partner(PartnerId),
}

/// Anybody who may read a feed: a session, a widget's token or a secret key.
#[derive(Debug, Clone, Copy)]
pub struct Reader(pub Scope);

fn bearer(parts: &Parts) -> Option<&str> {
    parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

fn cookies(parts: &Parts) -> &str {
    parts.headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Keys and sessions have this much behind their prefix: no store is asked about anything else.
fn plausible(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| rest.len() == 64 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Prefix of secret keys.
pub const SECRET_PREFIX: &str = "trb_sk_";
/// Prefix of publishable keys.
pub const PUBLISHABLE_PREFIX: &str = "trb_pk_";
/// Prefix of sign-in tokens.
pub const SIGN_IN_PREFIX: &str = "trb_in_";
/// Prefix of sessions.
pub const SESSION_PREFIX: &str = "trb_s_";

fn unauthorized() -> Error {
    Error::Refused(Code::Unauthorized, "Authorization: send `Bearer` and a valid API key".into())
}

async fn secret_key(app: &App, text: &str) -> Result<ApiKey, Error> {
    if plausible(text, PUBLISHABLE_PREFIX) {
        let message = "Authorization: a publishable key may only record leads; use a secret key";
        return Err(Error::Refused(Code::Forbidden, message.into()));
    }
    if !plausible(text, SECRET_PREFIX) {
        return Err(unauthorized());
    }
    let scopes = store::key::scopes(&app.db()?, &digest(text), "secret").await?.ok_or_else(unauthorized)?;
    Ok(ApiKey { scopes })
}

async fn session(app: &App, cookies: &str) -> Result<Option<Session>, Error> {
    let Some(text) = cookie::get(cookies, cookie::SESSION).filter(|text| plausible(text, SESSION_PREFIX)) else {
        return Ok(None);
    };
    Ok(store::session::find(&app.db()?, &digest(text), app.now()).await?.map(|partner| match partner {
        Some(partner) => Session::Partner(partner),
        None => Session::Marketer,
    }))
}

impl<S: Send + Sync> FromRequestParts<S> for ApiKey {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let app = App::from_request_parts(parts, state).await?;
            secret_key(&app, bearer(parts).ok_or_else(unauthorized)?).await
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LeadKey {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let app = App::from_request_parts(parts, state).await?;
            let text = bearer(parts).ok_or_else(unauthorized)?;
            if plausible(text, PUBLISHABLE_PREFIX) {
                let found = store::key::scopes(&app.db()?, &digest(text), "publishable").await?;
                found.map(|_| Self::Publishable).ok_or_else(unauthorized)
            } else {
                secret_key(&app, text).await.map(|_| Self::Secret)
            }
        })
    }
}

thread_local! {
    /// Hashes of publishable keys that this isolate has seen to be good: they stand in pages, which ask often.
    static GOOD: RefCell<HashSet<String>> = RefCell::default();
}
/// Most hashes that an isolate keeps.
const GOOD_MAX: usize = 100;

impl<S: Send + Sync> FromRequestParts<S> for PageKey {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let app = App::from_request_parts(parts, state).await?;
            let said = query_value(parts.uri.query().unwrap_or_default(), "key");
            let text = bearer(parts).map(str::to_owned).or(said).ok_or_else(unauthorized)?;
            if !plausible(&text, PUBLISHABLE_PREFIX) {
                return Err(unauthorized());
            }
            let hash = digest(&text);
            if GOOD.with_borrow(|good| good.contains(&hash)) {
                return Ok(Self);
            }
            let found = async { store::key::scopes(&app.db()?, &hash, "publishable").await };
            match found.await {
                Ok(None) => return Err(unauthorized()),
                Ok(Some(_)) => GOOD.with_borrow_mut(|good| {
                    if good.len() >= GOOD_MAX {
                        good.clear();
                    }
                    good.insert(hash);
                }),
                Err(error) => console_error!("a page's key is taken at its word: {error:?}"),
            }
            Ok(Self)
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let app = App::from_request_parts(parts, state).await?;
            session(&app, cookies(parts))
                .await?
                .ok_or_else(|| Error::Refused(Code::Unauthorized, "Nobody is signed in".into()))
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let app = App::from_request_parts(parts, state).await?;
            // A token that is sent decides alone: a page with a stale token must not read by somebody's cookie.
            if let Some(text) = bearer(parts) {
                if let Ok(partner) = token::verify_widget(&app.keys()?, text, app.now().time()) {
                    return Ok(Self(Scope::Partner(partner)));
                }
                return secret_key(&app, text).await.map(|_| Self(Scope::Program));
            }
            match session(&app, cookies(parts)).await? {
                Some(Session::Marketer) => Ok(Self(Scope::Program)),
                Some(Session::Partner(partner)) => Ok(Self(Scope::Partner(partner))),
                None => Err(Error::Refused(Code::Unauthorized, "Nobody is signed in".into())),
            }
        })
    }
}
