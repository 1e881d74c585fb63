//! The program's settings.

use engine::deal::Days;
use wire::settings::{LinksLimit, ProgramSettings, UpdateSettings};

use super::{
    body::Json,
    setup::{allowed_host, host},
};
use crate::{
    app::App,
    auth::{Team, needs},
    cache,
    error::Error,
    store::{link, program},
};

/// Most hosts of short links.
const DOMAINS_MAX: usize = 10;

/// Most schemes of apps.
const SCHEMES_MAX: usize = 10;
/// Schemes that are no app's: a browser or a system does something of its own with them.
const SCHEMES_TAKEN: [&str; 24] = [
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
    "content",
    "filesystem",
    "jar",
    "chrome",
    "search-ms",
    "ms-msdt",
    "ms-officecmd",
    "shell",
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

/// Most hosts that links may lead to.
const HOSTS_MAX: usize = 100;
/// How long a registered deal is protected.
pub fn protection(field: &'static str, days: u16) -> Result<Days, Error> {
    let (least, most) = Days::BOUNDS;
    Days::new(days).ok_or_else(|| Error::rule(field, format!("must be from {least} to {most}")))
}

/// `GET /api/program`: the settings.
#[worker::send]
pub async fn get(app: App, _who: Team<needs::ProgramRead>) -> Result<axum::Json<ProgramSettings>, Error> {
    let program = program::require(&app.db()?).await?;
    Ok(axum::Json(ProgramSettings { allowed_hosts: program.allowed_hosts, settings: program.settings }))
}

/// `PATCH /api/program`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule, also for a host of short links that has links still: its visitors would be led by
///    whatever link has the same key on the main host;
/// 3. 200 with all settings, which hold at once here and within half a minute everywhere.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::ProgramWrite>,
    Json(new): Json<UpdateSettings>,
) -> Result<axum::Json<ProgramSettings>, Error> {
    let db = who.pen(&app)?;
    let program = program::require(&db).await?;
    let (mut settings, mut allowed_hosts) = (program.settings, program.allowed_hosts);
    if let Some(hosts) = new.allowed_hosts {
        if hosts.len() > HOSTS_MAX {
            return Err(Error::rule("allowedHosts", format!("must be at most {HOSTS_MAX}")));
        }
        allowed_hosts = hosts.iter().map(|host| allowed_host("allowedHosts", host)).collect::<Result<_, _>>()?;
    }
    if let Some(domains) = new.domains {
        if domains.len() > DOMAINS_MAX {
            return Err(Error::rule("domains", format!("must be at most {DOMAINS_MAX}")));
        }
        let domains: Vec<String> = domains.iter().map(|domain| host("domains", domain)).collect::<Result<_, _>>()?;
        for gone in settings.domains.iter().filter(|domain| !domains.contains(domain)) {
            if link::stands_on(&db, gone).await? {
                return Err(Error::rule("domains", format!("{gone} has links still; move or delete them first")));
            }
        }
        settings.domains = domains;
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
    if let Some(links) = new.partner_links_limit {
        let rule = || Error::rule("partnerLinksLimit", format!("must be from 0 to {}", LinksLimit::MAX));
        settings.partner_links_limit = LinksLimit::new(links).ok_or_else(rule)?;
    }
    program::update_settings(&db, &settings, &allowed_hosts).await?;
    cache::program_changed(&app).await;
    Ok(axum::Json(ProgramSettings { allowed_hosts, settings }))
}
