//! Setting an empty instance up.

use axum::response::{IntoResponse, Response};
use engine::{link::site::Grounds, money::Currency, text::clean, visit::ConsentPolicy};
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
    let name = name("program.name", &program.name)?;
    let site_host = site_host("program.url", &program.url)?;
    let allowed_hosts = match &program.allowed_hosts {
        Some(hosts) => {
            hosts.iter().map(|host| allowed_host("program.allowedHosts", host)).collect::<Result<Vec<_>, _>>()?
        }
        None => vec![format!("*.{site_host}"), site_host.clone()],
    };
    let fallback_url = program.fallback_url.clone().unwrap_or_else(|| program.url.clone());
    fallback(&app, "program.fallbackUrl", &fallback_url, &allowed_hosts, site_host)?;
    let currency: Currency = match program.currency.as_deref() {
        None => Currency::USD,
        Some(code) => code.parse().map_err(|e| Fault::new("program.currency", e))?,
    };
    let color = color("program.color", program.color.as_deref().unwrap_or("#0f766e"))?;
    let consent =
        one_of("program.consent", program.consent.as_deref().unwrap_or(program::CONSENT[0]), program::CONSENT)?;
    debug_assert_eq!(ConsentPolicy::default(), program::consent(program::CONSENT[0]), "the first word is the default");
    let named = program.customer_names.as_deref().unwrap_or(program::NAMES[0]);
    let customer_names = one_of("program.customerNames", named, program::NAMES)?;
    let timezone = program.timezone.as_deref().unwrap_or("UTC");
    if timezone.is_empty()
        || timezone.len() > 64
        || !timezone.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
    {
        return Err(Error::rule("program.timezone", "must be the name of an IANA time zone"));
    }
    let owner_email = email("owner.email", &setup.owner.email)?;
    let owner_name = self::name("owner.name", &setup.owner.name)?;

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

/// One of two words.
pub fn one_of(field: &'static str, value: &str, words: [&'static str; 2]) -> Result<&'static str, Error> {
    let found = words.into_iter().find(|word| *word == value);
    found.ok_or_else(|| Error::rule(field, format!("must be {} or {}", words[0], words[1])))
}

/// A name of 1 to 100 characters.
pub fn name(field: &'static str, text: &str) -> Result<String, Error> {
    clean(text, 100).ok_or_else(|| Error::rule(field, "must not be empty"))
}

/// The host of a site.
pub fn site_host(field: &'static str, text: &str) -> Result<String, Error> {
    let site = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let site = site.ok_or_else(|| Error::rule(field, "must be an address such as https://example.com"))?;
    Ok(site.host_str().unwrap_or_default().to_owned())
}

/// That links may fall back on an address: it is the site's, or on a host that links may lead to.
pub fn fallback(app: &App, field: &'static str, url: &str, allowed: &[String], site: String) -> Result<(), Error> {
    let hosts = [allowed, &[site]].concat();
    let grounds = Grounds { own: app.host(), domains: &[], hosts: &hosts };
    Allowed { grounds, schemes: &[] }.site(field, url).map(drop)
}

/// A colour: `#rrggbb`, in lower case.
pub fn color(field: &'static str, text: &str) -> Result<String, Error> {
    let color = text.to_ascii_lowercase();
    if color.len() == 7 && color.starts_with('#') && color[1..].bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(color);
    }
    Err(Error::rule(field, "must be #rrggbb"))
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
