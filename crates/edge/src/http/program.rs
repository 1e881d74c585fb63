//! The program's settings.

use axum::response::{IntoResponse, Response};
use engine::{deal::Days, link::template};
use http::StatusCode;
use wire::{
    policy::{AddPolicy, PolicyVersion},
    settings::{LinksLimit, ProgramSettings, Settings, UpdateSettings},
};

use super::{
    body::Json,
    setup::{self, allowed_host, host},
};
use crate::{
    app::App,
    auth::{Team, needs},
    cache,
    error::Error,
    store::{
        audit::Pen,
        link,
        program::{self, Program},
    },
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
pub fn protection(field: &'static str, days: i64) -> Result<Days, Error> {
    let (least, most) = Days::BOUNDS;
    u16::try_from(days)
        .ok()
        .and_then(Days::new)
        .ok_or_else(|| Error::rule(field, format!("must be from {least} to {most}")))
}

/// The settings as they are answered.
fn shape(version: String, program: Program) -> axum::Json<ProgramSettings> {
    axum::Json(ProgramSettings {
        version,
        consent: program::consent_word(program.consent).into(),
        customer_names: program::names_word(program.names).into(),
        currency: program.currency.code().into(),
        name: program.name,
        url: program.url,
        fallback_url: program.fallback_url,
        color: program.color,
        timezone: program.timezone,
        allowed_hosts: program.allowed_hosts,
        settings: program.settings,
    })
}

/// `GET /api/program`: the settings.
#[worker::send]
pub async fn get(app: App, _who: Team<needs::ProgramRead>) -> Result<axum::Json<ProgramSettings>, Error> {
    let row = program::require_row(&app.db()?).await?;
    Ok(shape(row.version(), row.try_into()?))
}

/// `PATCH /api/program`:
/// 1. 401; 403 without the scope;
/// 2. 409 where they are others by now than those of the version that is sent;
/// 3. 422 naming the field and the rule, also for a host of short links that has links still: its visitors would be led by
///    whatever link has the same key on the main host;
/// 4. 200 with all settings, which hold at once here and within half a minute everywhere.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::ProgramWrite>,
    Json(new): Json<UpdateSettings>,
) -> Result<axum::Json<ProgramSettings>, Error> {
    let db = who.pen(&app)?;
    let before = program::require_row(&db).await?;
    if new.version.as_ref().is_some_and(|version| *version != before.version()) {
        return Err(program::overtaken());
    }
    let mut after: Program = before.clone().try_into()?;
    face(&app, &new, &mut after)?;
    if let Some(domains) = &new.domains {
        after.settings.domains = self::domains(&db, domains, &after.settings).await?;
    }
    rest(new, &mut after.settings)?;
    program::update(&db, &before, &after).await?;
    cache::program_changed(&app).await;
    let row = program::require_row(&db).await?;
    Ok(shape(row.version(), row.try_into()?))
}

/// Who the program is, where its links may lead, and what it asks of visitors.
fn face(app: &App, new: &UpdateSettings, after: &mut Program) -> Result<(), Error> {
    if let Some(hosts) = &new.allowed_hosts {
        if hosts.len() > HOSTS_MAX {
            return Err(Error::rule("allowedHosts", format!("must be at most {HOSTS_MAX}")));
        }
        after.allowed_hosts = hosts.iter().map(|host| allowed_host("allowedHosts", host)).collect::<Result<_, _>>()?;
    }
    if let Some(name) = &new.name {
        after.name = setup::name("name", name)?;
    }
    if let Some(url) = &new.url {
        setup::site_host("url", url)?;
        after.url.clone_from(url);
    }
    if let Some(url) = &new.fallback_url {
        let site = setup::site_host("url", &after.url)?;
        setup::fallback(app, "fallbackUrl", url, &after.allowed_hosts, site)?;
        after.fallback_url.clone_from(url);
    }
    if let Some(color) = &new.color {
        after.color = setup::color("color", color)?;
    }
    if let Some(word) = &new.consent {
        after.consent = program::consent(setup::one_of("consent", word, program::CONSENT)?);
    }
    if let Some(word) = &new.customer_names {
        after.names = program::names(setup::one_of("customerNames", word, program::NAMES)?);
    }
    Ok(())
}

/// Hosts of short links, none of which goes while it has links.
async fn domains(db: &Pen, sent: &[String], before: &Settings) -> Result<Vec<String>, Error> {
    if sent.len() > DOMAINS_MAX {
        return Err(Error::rule("domains", format!("must be at most {DOMAINS_MAX}")));
    }
    let domains: Vec<String> = sent.iter().map(|domain| host("domains", domain)).collect::<Result<_, _>>()?;
    for gone in before.domains.iter().filter(|domain| !domains.contains(domain)) {
        if link::stands_on(db, gone).await? {
            return Err(Error::rule("domains", format!("{gone} has links still; move or delete them first")));
        }
    }
    Ok(domains)
}

/// What is neither the program's face nor a host.
fn rest(new: UpdateSettings, settings: &mut Settings) -> Result<(), Error> {
    if let Some(schemes) = new.app_schemes {
        if schemes.len() > SCHEMES_MAX {
            return Err(Error::rule("appSchemes", format!("must be at most {SCHEMES_MAX}")));
        }
        settings.app_schemes = schemes.iter().map(|scheme| app_scheme(scheme)).collect::<Result<_, _>>()?;
    }
    if let Some(utm) = new.utm {
        settings.utm = template(&utm).map_err(|(field, rule)| Error::rule(field, rule))?;
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
    if let Some(applications) = new.applications {
        settings.applications = applications;
    }
    if let Some(links) = new.partner_links_limit {
        let rule = || Error::rule("partnerLinksLimit", format!("must be from 0 to {}", LinksLimit::MAX));
        settings.partner_links_limit = LinksLimit::new(links).ok_or_else(rule)?;
    }
    Ok(())
}

/// `GET /api/policies`: 401; 403 without the scope; 200 with an array of versions, the earliest first.
#[worker::send]
pub async fn policies(app: App, _who: Team<needs::ProgramRead>) -> Result<axum::Json<Vec<PolicyVersion>>, Error> {
    let program = program::require(&app.db()?).await?;
    Ok(axum::Json(program.policies.versions().iter().map(PolicyVersion::from).collect()))
}

/// `POST /api/policies`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule, also for a beginning before the end of the last closed month or before that of the
///    newest version;
/// 3. 409 when another version was added meanwhile;
/// 4. 201 with the new version. Sales from its beginning on are judged by it, also those that are recorded.
#[worker::send]
pub async fn add_policy(
    app: App,
    who: Team<needs::ProgramWrite>,
    Json(new): Json<AddPolicy>,
) -> Result<Response, Error> {
    let pen = who.pen(&app)?;
    let program = program::require(&pen).await?;
    let seen = new.version;
    let newest = program.policies.versions().iter().max_by_key(|policy| policy.version).copied().unwrap_or_default();
    if newest.version != seen {
        return Err(program::policy_overtaken());
    }
    let policy = new.policy(&newest, app.now().time())?;
    program::add_policy(&pen, policy).await?;
    cache::program_changed(&app).await;
    Ok((StatusCode::CREATED, axum::Json(PolicyVersion::from(&policy))).into_response())
}
