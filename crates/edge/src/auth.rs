//! Extractors that prove who asks, and that they may. A handler that reads or writes for somebody takes one of these;
//! there is no other way to a [`Scope`], and every read of a partner's data takes a `Scope`.
//!
//! | extractor | who passes |
//! |---|---|
//! | [`Team<P>`] | the program's: a secret key with the scope, or a person whose role grants it |
//! | [`Side<P>`] | those, and a partner's people, for what is the partner's: look at its `scope` |
//! | [`Reader`] | those of `Side<FactsRead>`, and a widget |
//! | [`LeadKey`], [`PageKey`] | a page with its publishable key, on the hosts that the key is bound to |
//! | [`Session`] | a signed-in person, whoever it is |

use std::{cell::RefCell, collections::HashMap, marker::PhantomData, ops::Deref};

use axum::{extract::FromRequestParts, http::request::Parts};
use engine::{id::PartnerId, link::query_value, time::Millis};
use http::{HeaderMap, Method, header};
use wire::{cookie, problem::Code, token};
use worker::{console_error, send::SendFuture};

pub use crate::access::needs;
use crate::{
    access::{Permission, Permissions, needs::Needs, scopes},
    app::{App, Limit, digest},
    cache,
    error::Error,
    http::{cors, guard},
    store::{
        self,
        audit::{Actor, Pen},
        key::{Kind, Row},
        session::Person,
    },
};

/// Whose data may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole program.
    Program,
    /// What one partner may see.
    Partner(PartnerId),
}

impl Scope {
    /// Whose part of what may be read is asked for: a partner's people's is the partner's, whether they name it or not;
    /// the program's is all, or that of the partner whom they name.
    ///
    /// # Errors
    /// As if there were no such partner, when a partner's people name another.
    pub fn narrowed(self, asked: Option<PartnerId>) -> Result<Option<PartnerId>, Error> {
        match (self, asked) {
            (Self::Program, asked) => Ok(asked),
            (Self::Partner(own), Some(asked)) if asked != own => Err(Error::not_found("The partner")),
            (Self::Partner(own), _) => Ok(Some(own)),
        }
    }
}

/// Somebody who asks, proven.
#[derive(Debug, Clone)]
pub struct Who {
    /// Who it is, for the log of changes.
    pub actor: Actor,
    /// Whose data are theirs to read and to change.
    pub scope: Scope,
    held: Permissions,
}

impl Who {
    /// Whether they may do something further.
    pub const fn may(&self, permission: Permission) -> bool {
        self.held.hold(permission)
    }

    /// Whether they may do all that these permissions are for: nobody hands out more than they hold.
    pub const fn cover(&self, permissions: Permissions) -> bool {
        self.held.cover(permissions)
    }

    /// The database, to be changed in their name.
    pub fn pen(&self, app: &App) -> Result<Pen, Error> {
        Ok(Pen::new(app.db()?, self.actor.clone(), app.now()))
    }

    fn need(self, permission: Permission) -> Result<Self, Error> {
        if self.held.hold(permission) {
            return Ok(self);
        }
        let whose = if matches!(self.actor, Actor::Key(_)) { "the key" } else { "your role" };
        Err(Error::Refused(
            Code::Forbidden,
            format!("The scope {} is needed, which {whose} has not", permission.word()),
        ))
    }
}

/// Somebody of the program's: a secret key with the scope, or a signed-in person whose role grants the permission.
#[derive(Debug)]
pub struct Team<P>(Who, PhantomData<fn() -> P>);

/// Somebody of the program's or of a partner's: what is the partner's is theirs, as [`Who::scope`] says.
#[derive(Debug)]
pub struct Side<P>(Who, PhantomData<fn() -> P>);

impl<P> Deref for Team<P> {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.0
    }
}

impl<P> Deref for Side<P> {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.0
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
#[derive(Debug, Clone)]
pub struct PageKey {
    /// The hosts that it is bound to; none are the program's.
    pub hosts: Vec<String>,
}

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Session(pub Person);

/// Anybody who may read a feed: a session, a widget's token or a secret key.
#[derive(Debug, Clone, Copy)]
pub struct Reader(pub Scope);

/// What stands behind the scheme `Bearer`, which may be written in whichever case (RFC 9110).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
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

/// The last characters of a key, by which people tell keys apart.
pub fn hint(key: &str) -> String {
    key[key.len().saturating_sub(4)..].to_owned()
}

fn unauthorized() -> Error {
    Error::Refused(Code::Unauthorized, "Authorization: send `Bearer` and a valid API key, or sign in".into())
}

fn forbidden(message: &str) -> Error {
    Error::Refused(Code::Forbidden, message.into())
}

/// A key of this kind that holds. That it was used is written behind the answer.
async fn known(app: &App, headers: &HeaderMap, hash: &str, kind: Kind) -> Result<Row, Error> {
    let db = app.db()?;
    let Some(key) = store::key::find(&db, hash, kind).await? else {
        guard::pass(app, Limit::Guesses, format!("key {}", guard::place(headers))).await?;
        return Err(unauthorized());
    };
    if key.is_due(app.now()) {
        let (id, now) = (key.id, app.now());
        app.wait_until(async move {
            if let Err(error) = store::key::used(&db, id, now).await {
                console_error!("the use of a key is not written down: {error:?}");
            }
        });
    }
    Ok(key)
}

async fn secret_key(app: &App, headers: &HeaderMap, text: &str) -> Result<Who, Error> {
    if plausible(text, PUBLISHABLE_PREFIX) {
        return Err(forbidden("Authorization: a publishable key may only record leads; use a secret key"));
    }
    if !plausible(text, SECRET_PREFIX) {
        return Err(unauthorized());
    }
    let hash = digest(text);
    guard::pass(app, Limit::Keys, hash[..16].to_owned()).await?;
    let key = known(app, headers, &hash, Kind::Secret).await?;
    // What was a scope when the key was made is one still.
    let held = scopes(key.scopes.iter().map(String::as_str))
        .map_err(|error| Error::Unavailable(format!("{}: {error}", key.id)))?;
    Ok(Who { actor: Actor::Key(key.id), scope: Scope::Program, held })
}

async fn session(app: &App, cookies: &str) -> Result<Option<Person>, Error> {
    let Some(text) = cookie::get(cookies, cookie::SESSION).filter(|text| plausible(text, SESSION_PREFIX)) else {
        return Ok(None);
    };
    store::session::find(&app.db()?, &digest(text), app.now()).await
}

/// Whoever asks, and that they have a permission. A key that is sent decides alone: a page with a stale one must not
/// act by somebody's cookie.
async fn ask(parts: &Parts, permission: Permission) -> Result<Who, Error> {
    let app = App::of(parts)?;
    let who = match bearer(&parts.headers) {
        Some(text) => secret_key(&app, &parts.headers, text).await?,
        None => {
            let person = session(&app, cookies(parts)).await?.ok_or_else(unauthorized)?;
            if !matches!(parts.method, Method::GET | Method::HEAD) {
                from_own_page(parts, &app)?;
            }
            meant(parts, &person)?;
            let scope = person.partner.map_or(Scope::Program, Scope::Partner);
            Who { actor: Actor::Person(person.email), scope, held: person.role.grants() }
        }
    };
    who.need(permission)
}

/// Header in which a page of ours names the reader whose figures it shows: a partner's identifier, or `program`.
const READER: &str = "tributary-reader";

/// That whoever is signed in is who the page believes: in another tab of the browser somebody else may have signed in since.
fn meant(parts: &Parts, person: &Person) -> Result<(), Error> {
    let Some(said) = parts.headers.get(READER) else { return Ok(()) };
    let is = person.partner.map_or_else(|| "program".to_owned(), |partner| partner.to_string());
    if said.as_bytes() == is.as_bytes() {
        Ok(())
    } else {
        let why = "Somebody else signed in in this browser meanwhile. Load the page anew to go on as them.";
        Err(Error::Refused(Code::Unauthorized, why.into()))
    }
}

/// That a write which a browser proves by cookie comes from a page of ours, and not from one that had the browser send
/// it.
///
/// Every browser says with each such request where it comes from, in headers that no page can write: `Sec-Fetch-Site`,
/// and `Origin` in those from before there was that. Whatever says neither is no browser with somebody's cookie. Beyond
/// that, bodies must be JSON (see `http::body`), a type that no form can send, and that a page of another origin can
/// send only after a preflight, which is never granted together with cookies; and the cookie is `SameSite=Lax` under
/// the name `__Host-`, so that neither another site's request carries it nor another subdomain can set it. There is no
/// token that a page could leak.
fn from_own_page(parts: &Parts, app: &App) -> Result<(), Error> {
    let said = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let own = match said("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => said("origin") == Some(app.origin()),
    };
    if own {
        Ok(())
    } else {
        Err(forbidden("Origin: a signed-in person's changes must come from this site's own pages"))
    }
}

impl<S: Send + Sync, P: Needs> FromRequestParts<S> for Team<P> {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let who = ask(parts, P::PERMISSION).await?;
            match who.scope {
                Scope::Program => Ok(Self(who, PhantomData)),
                Scope::Partner(_) => Err(forbidden("This is for the people of the program")),
            }
        })
    }
}

impl<S: Send + Sync, P: Needs> FromRequestParts<S> for Side<P> {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move { Ok(Self(ask(parts, P::PERMISSION).await?, PhantomData)) })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LeadKey {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let app = App::of(parts)?;
            let Some(text) = bearer(&parts.headers).filter(|text| plausible(text, PUBLISHABLE_PREFIX)) else {
                return ask(parts, Permission::ConversionsWrite).await.map(|_| Self::Secret);
            };
            let hash = digest(text);
            from_a_page(&app, &parts.headers, &hash).await?;
            let key = known(&app, &parts.headers, &hash, Kind::Publishable).await?;
            let program = cache::program(&app).await.found();
            let allowed = program.as_ref().map_or(&[][..], |program| &program.allowed_hosts);
            cors::origin(&parts.headers, app.origin(), &key.hosts, allowed)?;
            Ok(Self::Publishable)
        })
    }
}

thread_local! {
    /// Publishable keys that this isolate has seen to be good, by their hash, with their hosts and when it was: they
    /// stand in pages, which ask often.
    static GOOD: RefCell<HashMap<String, (Vec<String>, Millis)>> = RefCell::default();
}
/// Most keys that an isolate keeps, and for how many milliseconds it asks no store about one.
const GOOD_MAX: usize = 100;
const GOOD_MS: u64 = 30_000;

/// Asks the store about every publishable key again.
pub fn forget_keys() {
    GOOD.with_borrow_mut(HashMap::clear);
}

/// Lets one more request with a publishable key pass, if there are not too many with this one or from this place.
async fn from_a_page(app: &App, headers: &HeaderMap, hash: &str) -> Result<(), Error> {
    guard::pass(app, Limit::Visitors, guard::place(headers)).await?;
    guard::pass(app, Limit::Pages, hash[..16].to_owned()).await
}

impl<S: Send + Sync> FromRequestParts<S> for PageKey {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let app = App::of(parts)?;
            let said = query_value(parts.uri.query().unwrap_or_default(), "key");
            let text = bearer(&parts.headers).map(str::to_owned).or(said).ok_or_else(unauthorized)?;
            if !plausible(&text, PUBLISHABLE_PREFIX) {
                return Err(unauthorized());
            }
            let hash = digest(&text);
            from_a_page(&app, &parts.headers, &hash).await?;
            let seen = GOOD.with_borrow(|good| good.get(&hash).cloned());
            if let Some((hosts, at)) = &seen
                && at.0 + GOOD_MS > app.now().0
            {
                return Ok(Self { hosts: hosts.clone() });
            }
            let found = async { known(&app, &parts.headers, &hash, Kind::Publishable).await };
            match found.await {
                Ok(Row { hosts, .. }) => {
                    GOOD.with_borrow_mut(|good| {
                        if good.len() >= GOOD_MAX {
                            good.clear();
                        }
                        good.insert(hash, (hosts.clone(), app.now()));
                    });
                    Ok(Self { hosts })
                }
                Err(Error::Unavailable(error)) => {
                    console_error!("a page's key is taken at its word: {error}");
                    Ok(Self { hosts: seen.map(|(hosts, _)| hosts).unwrap_or_default() })
                }
                Err(refused) => {
                    GOOD.with_borrow_mut(|good| good.remove(&hash));
                    Err(refused)
                }
            }
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let person = session(&App::of(parts)?, cookies(parts)).await?;
            let person = person.ok_or_else(|| Error::Refused(Code::Unauthorized, "Nobody is signed in".into()))?;
            meant(parts, &person)?;
            Ok(Self(person))
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Error;

    fn from_request_parts(parts: &mut Parts, _state: &S) -> impl Future<Output = Result<Self, Error>> + Send {
        SendFuture::new(async move {
            let app = App::of(parts)?;
            if let Some(text) = bearer(&parts.headers)
                && let Ok(partner) = token::verify_widget(&app.keys()?, text, app.now().time())
            {
                if store::standing::is_away(&app.db()?, partner).await? {
                    return Err(unauthorized());
                }
                return Ok(Self(Scope::Partner(partner)));
            }
            ask(parts, Permission::FactsRead).await.map(|who| Self(who.scope))
        })
    }
}
