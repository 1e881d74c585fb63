//! Setting an empty instance up.

use axum::response::{IntoResponse, Response};
use engine::{money::Currency, text::clean, visit::ConsentPolicy};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use wire::{
    account::{Named, Setup, SetupAnswer},
    fact::{Fault, email},
    problem::Code,
};
use worker::D1Database;

use super::{
    body::{self, Json},
    destination::Allowed,
};
use crate::{
    access::EVERYTHING,
    app::{App, digest},
    auth::{PUBLISHABLE_PREFIX, SECRET_PREFIX, bearer, hint},
    error::Error,
    store::{
        audit::{Actor, Pen},
        opening::{self, NewKey, NewKeys},
        program::{self, NewProgram},
    },
};

/// `POST /api/setup`, opened by the secret of the environment:
/// 1. 401 without it (also where none is set);
/// 2. 422 naming the field and the rule;
/// 3. 409 when a program has been set up by another request, or somebody came in since;
/// 4. 201 with the keys, shown here and never again, unless nobody came in and the same request is sent again: whoever
///    lost the answer gets the same.
#[worker::send]
pub async fn create(app: App, headers: HeaderMap, Json(sent): Json<Value>) -> Result<Response, Error> {
    let opening = Opening::new(&app, &headers)?;
    let setup: Setup = body::item(&sent)?;
    let request = digest(sent.to_string());
    let program = &setup.program;
    let name = clean(&program.name, 100).ok_or_else(|| Fault::new("program.name", "must not be empty"))?;
    let site = url::Url::parse(&program.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| Fault::new("program.url", "must be an address such as https://example.com"))?;
    let site_host = site.host_str().unwrap_or_default().to_owned();
    let allowed_hosts = match &program.allowed_hosts {
        Some(hosts) => {
            hosts.iter().map(|host| allowed_host("program.allowedHosts", host)).collect::<Result<Vec<_>, _>>()?
        }
        None => vec![format!("*.{site_host}"), site_host.clone()],
    };
    let fallback_url = program.fallback_url.clone().unwrap_or_else(|| program.url.clone());
    let mut fallback_hosts = allowed_hosts.clone();
    fallback_hosts.push(site_host);
    Allowed { own: app.host(), hosts: &fallback_hosts, schemes: &[] }.site("program.fallbackUrl", &fallback_url)?;
    let currency: Currency = match program.currency.as_deref() {
        None => Currency::USD,
        Some(code) => code.parse().map_err(|e| Fault::new("program.currency", e))?,
    };
    let color = program.color.as_deref().unwrap_or("#0f766e").to_ascii_lowercase();
    if color.len() != 7 || !color.starts_with('#') || !color[1..].bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Error::rule("program.color", "must be #rrggbb"));
    }
    let consent = one_of("program.consent", program.consent.as_deref(), ["opt_out", "opt_in"])?;
    debug_assert_eq!(ConsentPolicy::default(), ConsentPolicy::OptOut, "the first word is the default");
    let customer_names = one_of("program.customerNames", program.customer_names.as_deref(), ["masked", "shown"])?;
    let timezone = program.timezone.as_deref().unwrap_or("UTC");
    if timezone.is_empty()
        || timezone.len() > 64
        || !timezone.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
    {
        return Err(Error::rule("program.timezone", "must be the name of an IANA time zone"));
    }
    let owner_email = email("owner.email", &setup.owner.email)?;
    let owner_name = clean(&setup.owner.name, 100).ok_or_else(|| Fault::new("owner.name", "must not be empty"))?;

    let keys = opening.keys(&app, &request)?;
    let id = app.id()?;
    let new = NewProgram {
        id,
        name: &name,
        url: &program.url,
        currency,
        timezone,
        color: &color,
        allowed_hosts: &allowed_hosts,
        fallback_url: &fallback_url,
        consent,
        customer_names,
        owner: (app.id()?, &owner_email, &owner_name),
        keys: &keys,
        at: app.now(),
    };
    let pen = Pen::new(app.db()?, Actor::Own("setup"), app.now());
    if program::create(&pen, &new).await? {
        return Ok(answer(Named { id, name }, keys));
    }
    opening.again(&app, &pen, &request).await
}

fn answer(program: Named, keys: NewKeys) -> Response {
    let answer = SetupAnswer { program, api_key: keys.secret, publishable_key: keys.publishable };
    (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response()
}

/// Somebody who holds the secret of the environment: it opens an empty instance.
pub struct Opening(String);

impl Opening {
    /// Whoever asks.
    ///
    /// # Errors
    /// 401 without the secret, also where none is set.
    pub fn new(app: &App, headers: &HeaderMap) -> Result<Self, Error> {
        let secret = app.setup_secret().zip(bearer(headers));
        // Digests are compared, so that the time taken tells nothing of the secret.
        match secret.filter(|(secret, sent)| digest(secret) == digest(sent)) {
            Some((secret, _)) => Ok(Self(secret)),
            None => Err(Error::Refused(Code::Unauthorized, "Authorization: send `Bearer` and the setup secret".into())),
        }
    }

    /// New keys for whoever sends this request, a digest.
    pub fn keys(&self, app: &App, request: &str) -> Result<NewKeys, Error> {
        self.made_of(app, app.secret("")?, request)
    }

    /// What was answered to the very same request, as long as nobody came in: its answer may have been lost, and with it
    /// the only way in.
    ///
    /// # Errors
    /// 409 otherwise.
    pub async fn again(&self, app: &App, db: &D1Database, request: &str) -> Result<Response, Error> {
        let given = match opening::salt(db).await? {
            Some(salt) => Some(self.made_of(app, salt, request)?),
            None => None,
        };
        match (given, program::load_row(db).await?) {
            (Some(keys), Some(program)) if opening::are_given(db, &keys).await? => {
                Ok(answer(Named { id: program.id, name: program.name }, keys))
            }
            _ => Err(Error::Refused(Code::Conflict, "A program has been set up already".into())),
        }
    }

    /// Keys that follow from the secret, the request, and 256 random bits that are stored: none of these tells them alone.
    fn made_of(&self, app: &App, salt: String, request: &str) -> Result<NewKeys, Error> {
        let key = |prefix: &str| format!("{prefix}{}", digest([prefix, &self.0, &salt, request].join(" ")));
        let (secret, publishable) = (key(SECRET_PREFIX), key(PUBLISHABLE_PREFIX));
        let stored = |key: &str, kind, scopes| {
            Ok::<_, Error>(NewKey { id: app.id()?, hash: digest(key), hint: hint(key), kind, scopes })
        };
        let stored = [stored(&secret, "secret", EVERYTHING)?, stored(&publishable, "publishable", "")?];
        Ok(NewKeys { secret, publishable, stored, salt })
    }
}

fn one_of(field: &'static str, value: Option<&str>, words: [&'static str; 2]) -> Result<&'static str, Error> {
    let value = value.unwrap_or(words[0]);
    let found = words.into_iter().find(|word| *word == value);
    found.ok_or_else(|| Error::rule(field, format!("must be {} or {}", words[0], words[1])))
}

/// `example.com` or `*.example.com`, in lower case.
pub fn allowed_host(field: &'static str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    match text.strip_prefix("*.") {
        Some(name) => Ok(format!("*.{}", host(field, name)?)),
        None => host(field, text),
    }
}

/// A host such as `example.com`, in lower case.
pub fn host(field: &'static str, text: &str) -> Result<String, Error> {
    let host = text.trim().to_ascii_lowercase();
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    if host.is_empty() || host.len() > 253 || host.starts_with('.') || !host.bytes().all(allowed) {
        return Err(Error::rule(field, "each must be a host such as example.com"));
    }
    Ok(host)
}
