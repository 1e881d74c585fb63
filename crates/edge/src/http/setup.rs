//! Setting an empty instance up.

use axum::response::{IntoResponse, Response};
use engine::{money::Currency, text::clean, visit::ConsentPolicy};
use http::{HeaderMap, StatusCode, header};
use wire::{
    account::{Named, Setup, SetupAnswer},
    fact::{Fault, email},
    problem::Code,
};

use super::{body::Json, destination::Allowed};
use crate::{
    access::EVERYTHING,
    app::{App, digest},
    auth::{PUBLISHABLE_PREFIX, SECRET_PREFIX, hint},
    error::Error,
    store::{
        audit::{Actor, Pen},
        program::{self, NewKey, NewProgram},
    },
};

/// `POST /api/setup`, opened by the secret of the environment:
/// 1. 401 without it (also where none is set);
/// 2. 422 naming the field and the rule;
/// 3. 409 when a program has been set up;
/// 4. 201 with the keys, shown here and never again.
#[worker::send]
pub async fn create(app: App, headers: HeaderMap, Json(setup): Json<Setup>) -> Result<Response, Error> {
    opened(&app, &headers)?;
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

    let keys = NewKeys::make(&app)?;
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
        keys: keys.stored,
        at: app.now(),
    };
    program::create(&Pen::new(app.db()?, Actor::Own("setup"), app.now()), &new).await?;
    let answer = SetupAnswer { program: Named { id, name }, api_key: keys.secret, publishable_key: keys.publishable };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response())
}

/// That whoever asks holds the secret of the environment.
///
/// # Errors
/// 401 without it, also where none is set.
pub fn opened(app: &App, headers: &HeaderMap) -> Result<(), Error> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let expected = app.setup_secret().map(|secret| format!("Bearer {secret}"));
    // Digests are compared, so that the time taken tells nothing of the secret.
    if expected.is_none_or(|expected| digest(&expected) != digest(sent)) {
        return Err(Error::Refused(Code::Unauthorized, "Authorization: send `Bearer` and the setup secret".into()));
    }
    Ok(())
}

/// The keys of a new program.
pub struct NewKeys {
    /// For its backend: may do everything.
    pub secret: String,
    /// For its pages.
    pub publishable: String,
    /// What is stored of them.
    pub stored: [NewKey; 2],
}

impl NewKeys {
    /// Makes them.
    pub fn make(app: &App) -> Result<Self, Error> {
        let (secret, publishable) = (app.secret(SECRET_PREFIX)?, app.secret(PUBLISHABLE_PREFIX)?);
        let stored = |key: &str, kind, scopes| {
            Ok::<_, Error>(NewKey { id: app.id()?, hash: digest(key), hint: hint(key), kind, scopes })
        };
        let stored = [stored(&secret, "secret", EVERYTHING)?, stored(&publishable, "publishable", "")?];
        Ok(Self { secret, publishable, stored })
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
