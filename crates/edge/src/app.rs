//! What a request works with: bindings, keys, the clock, randomness. The only place that names a binding.

use std::{
    cell::OnceCell,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::Poll,
    time::Duration,
};

use axum::{body::Body, extract::FromRequestParts, http::request::Parts};
use engine::{
    id::{Id, Noun},
    time::Millis,
};
use wire::token::Keys;
use worker::{Bucket, Context, D1Database, Delay, Env, KvStore, Queue, RateLimiter, SendEmail, send::SendWrapper};

use crate::{border, error::Error, http::body};

/// The cache of links.
const LINKS: &str = "LINKS";
/// The queue of touches.
const TOUCHES: &str = "TOUCHES";

/// One request's view of the Worker. Cheap to clone.
#[derive(Clone)]
pub struct App(SendWrapper<Rc<Inner>>);

struct Inner {
    env: Env,
    ctx: Context,
    origin: String,
    /// Where in it the host begins.
    host: usize,
    now: Millis,
}

/// What is counted, and refused when there is too much of it. How much is too much stands in wrangler.toml.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// Forms from one place.
    Forms,
    /// Words, keys and sign-in links from one place that may be guesses.
    Guesses,
    /// Requests with one secret key.
    Keys,
    /// Requests with one publishable key, wherever its pages are read.
    Pages,
    /// Requests with publishable keys from one place.
    Visitors,
}

/// The clock: the only one.
pub fn now() -> Millis {
    Millis(js_sys::Date::now() as u64)
}

/// D1.
///
/// # Errors
/// If the binding is missing.
pub fn database(env: &Env) -> worker::Result<D1Database> {
    env.d1("DB")
}

/// R2: segments, which never change.
///
/// # Errors
/// If the binding is missing.
pub fn segments(env: &Env) -> worker::Result<Bucket> {
    env.bucket("SEGMENTS")
}

/// A file of `www`, by its path.
///
/// # Errors
/// If the binding or the file is missing.
pub async fn asset(env: &Env, path: &str) -> Result<String, Error> {
    // The host says nothing here: there is no other but the folder.
    let response = env.assets("ASSETS")?.fetch(format!("https://assets.local{path}"), None).await?;
    if !response.status().is_success() {
        return Err(Error::Unavailable(format!("{path}: {}", response.status())));
    }
    let bytes = body::read(Body::new(response.into_body()), FILE_MAX).await?;
    String::from_utf8(bytes).map_err(|error| Error::Unavailable(format!("{path}: {error}")))
}

/// Most bytes of a file that is read.
const FILE_MAX: usize = 1 << 20;

thread_local! {
    /// Secrets change only with the isolate.
    static KEYS: OnceCell<Keys> = const { OnceCell::new() };
}

/// The keys that sign and check tokens.
///
/// # Errors
/// If they are missing, or are none.
pub fn keys(env: &Env) -> Result<Keys, Error> {
    if let Some(keys) = KEYS.with(|known| known.get().cloned()) {
        return Ok(keys);
    }
    let text = env.secret("TOKEN_KEYS")?.to_string();
    let keys = Keys::parse(&text).map_err(|error| Error::Unavailable(format!("TOKEN_KEYS {error}")))?;
    KEYS.with(|known| known.set(keys.clone())).ok();
    Ok(keys)
}

/// How e-mail is sent.
pub struct Post {
    /// The platform's.
    pub sender: SendEmail,
    /// Whose e-mail it is: an address of a domain that may send.
    pub from: String,
    /// Scheme and host of this Worker, for links: what a request says of that may be anybody's word.
    pub origin: String,
}

/// How e-mail is sent, if there is all that it takes.
pub fn post(env: &Env) -> Option<Post> {
    let var = |name| env.var(name).ok().map(|var| var.to_string()).filter(|text| !text.is_empty());
    let has = js_sys::Reflect::has(env, &"MAIL".into()).unwrap_or(false);
    let sender = env.get_binding("MAIL").ok().filter(|_| has)?;
    let origin = var("PUBLIC_URL")?.trim_end_matches('/').to_owned();
    Some(Post { sender, from: var("MAIL_FROM")?, origin })
}

/// Random bytes from the platform.
///
/// # Errors
/// If the platform has none.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Unavailable(format!("randomness: {error}")))?;
    Ok(bytes)
}

/// What a future comes to, unless it takes longer than that.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut late) = (pin!(future), pin!(Delay::from(limit)));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => late.as_mut().poll(context).map(|()| None),
    })
    .await
}

impl App {
    /// The view of a request that came to a host by a scheme.
    pub fn new(env: Env, ctx: Context, scheme: &str, host: &str) -> Self {
        let origin = [scheme, "://", host].concat();
        let host = origin.len() - host.len();
        Self(SendWrapper::new(Rc::new(Inner { env, ctx, origin, host, now: now() })))
    }

    /// The view of the request whose head this is.
    pub fn of(parts: &Parts) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::Unavailable("a request without its Worker".into()))
    }

    /// When the request came.
    pub fn now(&self) -> Millis {
        self.0.now
    }

    /// Scheme and host of this Worker, as the request named them.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// Host and port of this Worker.
    pub fn host(&self) -> &str {
        &self.0.origin[self.0.host..]
    }

    /// D1.
    pub fn db(&self) -> Result<D1Database, Error> {
        Ok(database(&self.0.env)?)
    }

    /// The copy that the cache of links keeps under a key.
    pub async fn copy(&self, key: &str) -> Result<Option<String>, Error> {
        Ok(border::copy(&self.0.env, LINKS, key).await?)
    }

    /// What the Worker is bound to, for what runs by the clock as well.
    pub fn env(&self) -> &Env {
        &self.0.env
    }

    /// The cache of links.
    pub fn links(&self) -> Result<KvStore, Error> {
        Ok(self.0.env.kv(LINKS)?)
    }

    /// The queue of touches.
    pub fn touches(&self) -> Result<Queue, Error> {
        Ok(self.0.env.queue(TOUCHES)?)
    }

    /// Gives the queue of touches a message, as JSON.
    pub async fn enqueue(&self, json: &str) -> Result<(), Error> {
        Ok(border::enqueue(&self.0.env, TOUCHES, json).await?)
    }

    /// What counts requests of a kind.
    pub fn limiter(&self, limit: Limit) -> Result<RateLimiter, Error> {
        let name = match limit {
            Limit::Forms => "FORMS",
            Limit::Guesses => "GUESSES",
            Limit::Keys => "KEYS",
            Limit::Pages => "PAGES",
            Limit::Visitors => "VISITORS",
        };
        Ok(self.0.env.rate_limiter(name)?)
    }

    /// The secret of Turnstile, if one is set.
    pub fn turnstile_secret(&self) -> Option<String> {
        self.0.env.secret("TURNSTILE_SECRET").ok().map(|secret| secret.to_string()).filter(|secret| !secret.is_empty())
    }

    /// The secrets that Stripe signs events with, separated by commas, if any is set.
    pub fn stripe_secrets(&self) -> Option<String> {
        let secrets = self.0.env.secret("STRIPE_WEBHOOK_SECRET").ok()?.to_string();
        Some(secrets).filter(|secrets| secrets.split(',').any(|secret| !secret.trim().is_empty()))
    }

    /// Where visitors go when no store answers: absolute, or a path of this Worker.
    pub fn fallback_url(&self) -> String {
        self.0.env.var("FALLBACK_URL").map_or_else(|_| "/unavailable".to_owned(), |var| var.to_string())
    }

    /// The keys that sign and check tokens.
    pub fn keys(&self) -> Result<Keys, Error> {
        keys(&self.0.env)
    }

    /// Whether this is a developer's own instance: it says so (`DEVELOPMENT`), and answers as this machine.
    pub fn is_development(&self) -> bool {
        let name = self.host().rsplit_once(':').map_or(self.host(), |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1")
            && self.0.env.var("DEVELOPMENT").is_ok_and(|var| var.to_string() == "1")
    }

    /// Whether e-mail reaches anybody: it is sent, or a developer reads it in the outbox.
    pub fn has_mail(&self) -> bool {
        self.is_development() || post(&self.0.env).is_some()
    }

    /// The secret that opens the setup of an empty instance, if one is set.
    pub fn setup_secret(&self) -> Option<String> {
        self.0.env.secret("SETUP_SECRET").ok().map(|secret| secret.to_string()).filter(|secret| secret.len() >= 32)
    }

    /// Goes on with a future after the answer has left.
    pub fn wait_until(&self, future: impl Future<Output = ()> + 'static) {
        self.0.ctx.wait_until(future);
    }

    /// Random bytes from the platform.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        random()
    }

    /// A new identifier.
    pub fn id<N: Noun>(&self) -> Result<Id<N>, Error> {
        Ok(Id::new(self.now(), self.random()?))
    }

    /// 256 random bits in hexadecimal behind a prefix: a key, a session, a sign-in token.
    pub fn secret(&self, prefix: &str) -> Result<String, Error> {
        Ok(format!("{prefix}{}", hex(&self.random::<32>()?)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for App {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        Self::of(parts)
    }
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// SHA-256 in hexadecimal: how secrets are stored, and facts and feeds told apart.
pub fn digest(bytes: impl AsRef<[u8]>) -> String {
    use sha2::Digest as _;
    hex(&sha2::Sha256::digest(bytes.as_ref()))
}
