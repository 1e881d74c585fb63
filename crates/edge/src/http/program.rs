//! The program's settings.

use engine::deal::Days;
use wire::settings::{Settings, UpdateSettings};

use super::{body::Json, setup::host};
use crate::{app::App, auth::ApiKey, cache, error::Error, store::program};

/// Most hosts of short links.
const DOMAINS_MAX: usize = 10;

/// Most schemes of apps.
const SCHEMES_MAX: usize = 10;
/// Schemes that are no app's: a browser or a system does something of its own with them.
const SCHEMES_TAKEN: [&str; 16] = [
    "http",
    "https",
    "javascript",
    "data",
    "file",
    "blob",
    "about",
    "vbscript",
    "view-source",
    "ftp",
    "ws",
    "wss",
    "mailto",
    "tel",
    "sms",
    "intent",
];

/// A scheme (RFC 3986, 3.1) of an app, in lower case.
fn app_scheme(text: &str) -> Result<String, Error> {
    let scheme = text.trim().trim_end_matches("://").to_ascii_lowercase();
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.bytes().all(allowed);
    if !is_scheme || scheme.len() > 40 || SCHEMES_TAKEN.contains(&scheme.as_str()) {
        return Err(Error::rule("appSchemes", "each must be the scheme of an app, such as acme"));
    }
    Ok(scheme)
}

/// How long a registered deal is protected.
pub fn protection(field: &'static str, days: u16) -> Result<Days, Error> {
    let (least, most) = Days::BOUNDS;
    Days::new(days).ok_or_else(|| Error::rule(field, format!("must be from {least} to {most}")))
}

/// `GET /api/program`: the settings.
#[worker::send]
pub async fn get(app: App, _key: ApiKey) -> Result<axum::Json<Settings>, Error> {
    Ok(axum::Json(program::require(&app.db()?).await?.settings))
}

/// `PATCH /api/program`:
/// 1. 401 without a secret key;
/// 2. 422 naming the field and the rule;
/// 3. 200 with all settings, which hold at once here and within half a minute everywhere.
#[worker::send]
pub async fn update(app: App, _key: ApiKey, Json(new): Json<UpdateSettings>) -> Result<axum::Json<Settings>, Error> {
    let db = app.db()?;
    let mut settings = program::require(&db).await?.settings;
    if let Some(domains) = new.domains {
        if domains.len() > DOMAINS_MAX {
            return Err(Error::rule("domains", format!("must be at most {DOMAINS_MAX}")));
        }
        settings.domains = domains.iter().map(|domain| host("domains", domain)).collect::<Result<_, _>>()?;
    }
    if let Some(schemes) = new.app_schemes {
        if schemes.len() > SCHEMES_MAX {
            return Err(Error::rule("appSchemes", format!("must be at most {SCHEMES_MAX}")));
        }
        settings.app_schemes = schemes.iter().map(|scheme| app_scheme(scheme)).collect::<Result<_, _>>()?;
    }
    if let Some(utm) = new.utm {
        settings.utm = utm.cleaned();
    }
    if let Some(generic) = new.generic_parameters {
        settings.generic_parameters = generic;
    }
    if let Some(key) = new.turnstile_site_key {
        if !key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) || key.len() > 100 {
            return Err(Error::rule("turnstileSiteKey", "must be a site key of Turnstile"));
        }
        settings.turnstile_site_key = Some(key).filter(|key| !key.is_empty());
    }
    if let Some(days) = new.deal_protection_days {
        settings.deal_protection_days = Some(protection("dealProtectionDays", days)?.count());
    }
    program::update_settings(&db, &settings).await?;
    cache::program_changed(&app).await;
    Ok(axum::Json(settings))
}
