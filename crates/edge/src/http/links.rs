//! Tracked links, in Dub's shapes.

use axum::{
    extract::Query,
    response::{IntoResponse, Response},
};
use engine::{
    id::{LinkId, PartnerId},
    text::{Slug, clean},
};
use serde::Deserialize;
use wire::{
    dub,
    fact::{Fault, key, write_time},
};

use super::body::Json;
use crate::{
    app::App,
    auth::ApiKey,
    cache,
    error::Error,
    store::{
        self,
        link::{Brought, Filter, Row},
        partner::By,
        program,
    },
};

/// Characters of a random key: no vowels and nothing that looks like something else, so that no word comes out.
const ALPHABET: &[u8; 28] = b"23456789bcdfghjkmnpqrstvwxyz";
const KEY_LENGTH: usize = 7;

/// `POST /api/links`:
/// 1. 401 without a secret key;
/// 2. 422 naming the field and the rule: the destination, its host, the key, the partner, a property that we do not keep;
/// 3. 409 when the key or the external identifier is taken;
/// 4. 200 with the link, which can be clicked at once.
#[worker::send]
pub async fn create(app: App, _key: ApiKey, Json(new): Json<dub::CreateLink>) -> Result<Response, Error> {
    if let Some(name) = new.unsupported() {
        return Err(Error::rule(name, "is not supported yet; leave it out"));
    }
    let db = app.db()?;
    let program = program::require(&db).await?;
    check_destination("url", &new.url, app.host(), &program.allowed_hosts)?;
    let partner = match (&new.partner_id, &new.tenant_id) {
        (Some(id), _) => {
            let id: PartnerId = id.parse().map_err(|e| Fault::new("partnerId", e))?;
            let found = store::partner::find(&db, By::Id(id)).await?;
            Some(found.ok_or_else(|| Error::rule("partnerId", "is not a partner of this program"))?)
        }
        (None, Some(tenant)) => store::partner::find(&db, By::Tenant(tenant)).await?,
        (None, None) => None,
    };
    let slug = match &new.key {
        Some(text) => Slug::new(text).map_err(|e| Fault::new("key", e))?,
        None => random_key(&app)?,
    };
    let kind = match new.kind.as_deref() {
        None | Some("click") => "click",
        Some("listing") => "listing",
        Some(_) => return Err(Error::rule("kind", "must be click or listing")),
    };
    let row = Row {
        id: app.id()?,
        key: slug.to_string(),
        partner_id: partner.map(|partner| partner.id),
        destination: new.url.clone(),
        utm: serde_json::to_string(&new.utm())?,
        kind: kind.into(),
        title: new.title.as_deref().and_then(|text| clean(text, 200)),
        comments: new.comments.as_deref().and_then(|text| clean(text, 2000)),
        external_id: new.external_id.as_deref().map(|text| key("externalId", text)).transpose()?,
        tenant_id: new.tenant_id.as_deref().map(|text| key("tenantId", text)).transpose()?,
        created_at: app.now().0,
        updated_at: app.now().0,
        brought: Brought::default(),
    };
    store::link::create(&db, &row).await?;
    cache::put(&app, &slug, &row.target()?).await;
    Ok(axum::Json(shape(&app, &program.id.to_string(), &row)?).into_response())
}

/// Parameters of `GET /api/links`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    search: Option<String>,
    tenant_id: Option<String>,
    external_id: Option<String>,
    partner_id: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/links`: 401 without a secret key; 422 for a page that cannot be; 200 with an array, the newest first.
#[worker::send]
pub async fn list(app: App, _key: ApiKey, Query(query): Query<ListQuery>) -> Result<Response, Error> {
    let db = app.db()?;
    let program = program::require(&db).await?;
    let (limit, offset) = page(query.page, query.page_size)?;
    let partner = query.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?;
    let filter =
        Filter { partner, tenant: query.tenant_id, external: query.external_id, search: query.search, limit, offset };
    let rows = store::link::list(&db, &filter).await?;
    let id = program.id.to_string();
    let links: Vec<dub::Link> = rows.iter().map(|row| shape(&app, &id, row)).collect::<Result<_, _>>()?;
    Ok(axum::Json(links).into_response())
}

/// Limit and offset of a page: pages count from 1 and hold 1 to 100, as in Dub's API.
pub fn page(page: Option<u32>, size: Option<u32>) -> Result<(u32, u32), Error> {
    let (page, size) = (page.unwrap_or(1), size.unwrap_or(100));
    if !(1..=100).contains(&size) {
        return Err(Error::rule("pageSize", "must be from 1 to 100"));
    }
    if !(1..=1_000_000).contains(&page) {
        return Err(Error::rule("page", "must be from 1 to 1000000"));
    }
    Ok((size, (page - 1) * size))
}

/// Whether a host is one that the program allows: the very name, or one below `*.name`.
pub fn is_allowed(host: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|pattern| match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => pattern == host,
    })
}

/// Checks where a link may lead: an absolute `http(s)` address without credentials, on our own host or on one that the
/// program allows, at most 2,000 characters.
///
/// # Errors
/// 422 naming the field and the rule.
pub fn check_destination(field: &'static str, text: &str, own: &str, allowed: &[String]) -> Result<(), Error> {
    let wrong = || Error::rule(field, "must be an absolute http or https address of at most 2000 characters");
    if text.len() > 2000 || text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(wrong());
    }
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    let host = url.host_str().unwrap_or_default();
    let with_port = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    if with_port == own || is_allowed(host, allowed) {
        return Ok(());
    }
    let hosts = if allowed.is_empty() { "none but our own".to_owned() } else { allowed.join(", ") };
    Err(Error::rule(field, format!("must lead to a host that the program allows ({hosts}), not to {host}")))
}

fn random_key(app: &App) -> Result<Slug, Error> {
    let key: String = app
        .random::<KEY_LENGTH>()?
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect();
    Ok(Slug::new(&key).map_err(|e| Fault::new("key", e))?)
}

/// A short link's address.
pub fn short_link(app: &App, key: &str) -> String {
    format!("{}/{key}", app.origin())
}

/// A destination as an absolute address: what is stored as a path is on our own host.
pub fn absolute(app: &App, destination: &str) -> String {
    if destination.starts_with('/') { format!("{}{destination}", app.origin()) } else { destination.to_owned() }
}

/// The part of a link that other answers carry.
pub fn brief(app: &App, program: &str, row: &Row) -> dub::LinkBrief {
    dub::LinkBrief {
        id: row.id.to_string(),
        domain: app.host().to_owned(),
        key: row.key.clone(),
        short_link: short_link(app, &row.key),
        url: absolute(app, &row.destination),
        partner_id: row.partner_id.map(|id| id.to_string()),
        program_id: Some(program.to_owned()),
        tenant_id: row.tenant_id.clone(),
        external_id: row.external_id.clone(),
    }
}

/// A partner's link in the answer about that partner.
pub fn partner_link(app: &App, row: &Row) -> dub::PartnerLink {
    dub::PartnerLink {
        id: row.id.to_string(),
        domain: app.host().to_owned(),
        key: row.key.clone(),
        short_link: short_link(app, &row.key),
        url: absolute(app, &row.destination),
        clicks: row.brought.clicks,
        leads: row.brought.leads,
        conversions: row.brought.conversions,
        sales: row.brought.sales,
        sale_amount: row.brought.sale_amount,
    }
}

fn shape(app: &App, program: &str, row: &Row) -> Result<dub::Link, Error> {
    let utm = row.utm()?;
    let id: LinkId = row.id;
    Ok(dub::Link {
        id: id.to_string(),
        domain: app.host().to_owned(),
        key: row.key.clone(),
        url: absolute(app, &row.destination),
        track_conversion: true,
        external_id: row.external_id.clone(),
        tenant_id: row.tenant_id.clone(),
        program_id: Some(program.to_owned()),
        partner_id: row.partner_id.map(|id| id.to_string()),
        archived: false,
        expires_at: None,
        expired_url: None,
        disabled_at: None,
        password: None,
        proxy: false,
        title: row.title.clone(),
        description: None,
        image: None,
        video: None,
        rewrite: false,
        do_index: false,
        ios: None,
        android: None,
        geo: None,
        public_stats: false,
        tags: Vec::new(),
        folder_id: None,
        comments: row.comments.clone(),
        short_link: short_link(app, &row.key),
        qr_code: String::new(),
        utm_source: utm.source,
        utm_medium: utm.medium,
        utm_campaign: utm.campaign,
        utm_term: utm.term,
        utm_content: utm.content,
        user_id: None,
        workspace_id: program.to_owned(),
        clicks: row.brought.clicks,
        leads: row.brought.leads,
        conversions: row.brought.conversions,
        sales: row.brought.sales,
        sale_amount: row.brought.sale_amount,
        last_clicked: None,
        created_at: write_time(engine::time::Millis(row.created_at)),
        updated_at: write_time(engine::time::Millis(row.updated_at)),
        tag_id: None,
        project_id: program.to_owned(),
        webhook_ids: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_keep_to_allowed_hosts() {
        let allowed = vec!["example.com".to_owned(), "*.example.com".to_owned()];
        let check = |text: &str| check_destination("url", text, "localhost:8787", &allowed).is_ok();
        for good in [
            "https://example.com",
            "http://www.example.com/x?y#z",
            "https://EXAMPLE.com/",
            "http://localhost:8787/p/ada",
        ] {
            assert!(check(good), "{good}");
        }
        for bad in [
            "",
            "/p/ada",
            "javascript:alert(1)",
            "https://evil.example",
            "https://notexample.com",
            "https://example.com.evil.example",
            "https://user@example.com",
            "https://evil.example\\@example.com",
            "http://localhost:1/",
            "https://example.com/a b",
        ] {
            assert!(!check(bad), "{bad}");
        }
    }
}
