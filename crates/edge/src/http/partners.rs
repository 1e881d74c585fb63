//! Partners, in Dub's shapes.

use axum::response::{IntoResponse, Response};
use engine::{
    fact::JoinSource,
    id::PartnerId,
    text::{Coupon, Slug, clean},
};
use serde::Deserialize;
use wire::{
    dub,
    fact::{Fault, email, key, write_time},
    path,
};
use worker::{D1Database, D1PreparedStatement};

use super::{body::Json, links::partner_link, paging::page, query::Query};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store::{
        self,
        audit::Pen,
        link::Brought,
        partner::{Away, By, Filter, Row},
        program,
    },
};

const KINDS: [&str; 5] = ["technology", "agency", "affiliate", "marketplace", "reseller"];

/// Parameters of `POST /api/partners`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct CreateQuery {
    /// Whether it must be somebody new: whoever has the address already is not updated.
    only_new: bool,
}

/// `POST /api/partners`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule;
/// 3. 409 when the username, the tenant's identifier or a coupon is another partner's; when the partner is in another group
///    by now than the sender saw (`groupIdBefore`); and when the address is a partner's where somebody new is meant;
/// 4. 201 with the partner. The e-mail address is the partner's key: sent again, it updates what is given and adds the
///    coupons. A new partner gets a link whose key is the username and which leads to their landing page.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::PartnersWrite>,
    Query(CreateQuery { only_new }): Query<CreateQuery>,
    Json(new): Json<dub::CreatePartner>,
) -> Result<Response, Error> {
    let partner = enrol(&app, &who.pen(&app)?, &new, only_new).await?;
    Ok((http::StatusCode::CREATED, axum::Json(partner)).into_response())
}

/// The partner whom a request names by our identifier, or else by the sender's.
///
/// # Errors
/// 422 where neither is sent, 404 where there is no such partner.
pub async fn named(db: &D1Database, id: Option<&str>, tenant: Option<&str>) -> Result<Row, Error> {
    let found = match (id, tenant) {
        (Some(id), _) => {
            let id = id.parse().map_err(|e| Fault::new("partnerId", e))?;
            store::partner::find(db, By::Id(id)).await?
        }
        (None, Some(tenant)) => store::partner::find(db, By::Tenant(tenant)).await?,
        (None, None) => return Err(Error::rule("partnerId", "or tenantId must name the partner")),
    };
    found.ok_or_else(|| Error::not_found("The partner"))
}

/// What is written with a new partner, or with the one who has the address already.
pub type Also<'a> = &'a dyn Fn(PartnerId) -> Result<Vec<D1PreparedStatement>, Error>;

/// Lets somebody in who asked for it. Who is a partner already stays as they are.
pub async fn admit(app: &App, pen: &Pen, new: &dub::CreatePartner, also: Also<'_>) -> Result<(), Error> {
    let given = Given::check(new)?;
    match store::partner::find(pen, By::Email(&given.email)).await? {
        Some(row) => store::partner::run(pen, also(row.id)?).await.map(drop),
        None => add(app, pen, &given, also).await.map(drop),
    }
}

/// Writes a partner, or updates the one with this e-mail address; where it must be somebody new, a partner who is already
/// as they were to be is the answer to a request that was sent before.
pub async fn enrol(app: &App, pen: &Pen, new: &dub::CreatePartner, only_new: bool) -> Result<dub::Partner, Error> {
    let program = program::require(pen).await?;
    let given = Given::check(new)?;
    let row = match store::partner::find(pen, By::Email(&given.email)).await? {
        Some(row) => {
            let before = row.clone();
            let row = given.merge(row);
            if only_new && row != before {
                let message = format!("email: is the address of {}, who is in the program already", before.name);
                return Err(Error::Refused(wire::problem::Code::Conflict, message));
            }
            let seen = new.group_id_before.as_deref();
            if !store::partner::update(pen, &row, seen, &given.coupons, app.now()).await? {
                return Err(Error::overtaken("groupIdBefore", "the partner\u{2019}s group"));
            }
            row
        }
        None => add(app, pen, &given, &|_| Ok(Vec::new())).await?,
    };
    let links = store::link::of_partners(pen, &[row.id]).await?;
    shape(app, &program.id.to_string(), &row, &links)
}

/// Makes a partner whom the program does not know yet.
async fn add(app: &App, pen: &Pen, given: &Given, also: Also<'_>) -> Result<Row, Error> {
    let (slug, fixed) = match &given.username {
        Some(slug) => (slug.clone(), true),
        None => (Slug::from_name(&given.name).unwrap_or(fallback_slug(app)?), false),
    };
    match insert(app, pen, given, &slug, also).await {
        // A name that another partner has already: only a username that was asked for is insisted on.
        Err(Error::Refused(wire::problem::Code::Conflict, message)) if !fixed && message.starts_with("username") => {
            let suffix = crate::app::hex(&app.random::<2>()?);
            let slug = slug.with_suffix(&suffix).unwrap_or(fallback_slug(app)?);
            insert(app, pen, given, &slug, also).await
        }
        result => result,
    }
}

async fn insert(app: &App, pen: &Pen, given: &Given, slug: &Slug, also: Also<'_>) -> Result<Row, Error> {
    let row = Row {
        id: app.id()?,
        email: given.email.clone(),
        name: given.name.clone(),
        slug: slug.to_string(),
        tenant_id: given.tenant_id.clone(),
        kind: given.kind.clone(),
        group_id: given.group_id.clone(),
        image: given.image.clone(),
        country: given.country.clone(),
        description: given.description.clone(),
        created_at: app.now().0,
        away: None,
    };
    let link = store::link::Row {
        partner_id: Some(row.id),
        tenant_id: row.tenant_id.clone(),
        ..store::link::Row::new(app.id()?, slug.to_string(), format!("{}/{slug}", path::LANDING), app.now())
    };
    store::partner::create(pen, &row, &link, &given.coupons, given.source, also(row.id)?).await?;
    Ok(row)
}

fn fallback_slug(app: &App) -> Result<Slug, Error> {
    Ok(Slug::new(&format!("partner-{}", crate::app::hex(&app.random::<4>()?)))
        .map_err(|e| Fault::new("username", e))?)
}

/// What was sent of a partner, checked.
struct Given {
    email: String,
    /// Whether a name was sent at all.
    named: bool,
    name: String,
    username: Option<Slug>,
    tenant_id: Option<String>,
    kind: Option<String>,
    group_id: Option<String>,
    image: Option<String>,
    country: Option<String>,
    description: Option<String>,
    coupons: Vec<Coupon>,
    source: JoinSource,
}

impl Given {
    fn check(new: &dub::CreatePartner) -> Result<Self, Error> {
        let email = email("email", &new.email)?;
        let name = new.name.as_deref().and_then(|text| clean(text, 190));
        let kind = match new.kind.as_deref() {
            Some(kind) if !KINDS.contains(&kind) => {
                return Err(Error::rule("kind", format!("must be one of {}", KINDS.join(", "))));
            }
            kind => kind.map(str::to_owned),
        };
        let source = match new.source.as_deref() {
            None => JoinSource::Own,
            Some(word) => JoinSource::from_word(word)
                .ok_or_else(|| Error::rule("source", "must be one of own, referral, network, outreach"))?,
        };
        let country = match new.country.as_deref() {
            Some(code) if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) => {
                return Err(Error::rule("country", "must be an ISO 3166-1 code of two letters"));
            }
            code => code.map(str::to_ascii_uppercase),
        };
        let image = match new.image.as_deref() {
            Some(address) if !address.starts_with("https://") || address.len() > 2000 => {
                return Err(Error::rule("image", "must be an https address of at most 2000 characters"));
            }
            address => address.map(str::to_owned),
        };
        if new.description.as_deref().is_some_and(|text| text.chars().count() > 5000) {
            return Err(Error::rule("description", "must have at most 5000 characters"));
        }
        let optional_key = |field, value: &Option<String>| value.as_deref().map(|text| key(field, text)).transpose();
        Ok(Self {
            named: name.is_some(),
            name: name.unwrap_or_else(|| email.clone()),
            username: new.username.as_deref().map(Slug::coin).transpose().map_err(|e| Fault::new("username", e))?,
            tenant_id: optional_key("tenantId", &new.tenant_id)?,
            group_id: optional_key("groupId", &new.group_id)?,
            kind,
            source,
            image,
            country,
            description: new.description.as_deref().and_then(|text| clean(text, 5000)),
            coupons: new
                .coupons
                .iter()
                .flatten()
                .map(|code| Coupon::new(code))
                .collect::<Result<_, _>>()
                .map_err(|e| Fault::new("coupons", e))?,
            email,
        })
    }

    /// The partner with what was sent in place of what was. The slug stays: links in the wild hold it.
    fn merge(&self, row: Row) -> Row {
        let either = |new: &Option<String>, old: Option<String>| new.clone().or(old);
        Row {
            name: if self.named { self.name.clone() } else { row.name },
            tenant_id: either(&self.tenant_id, row.tenant_id),
            kind: either(&self.kind, row.kind),
            group_id: either(&self.group_id, row.group_id),
            image: either(&self.image, row.image),
            country: either(&self.country, row.country),
            description: either(&self.description, row.description),
            ..row
        }
    }
}

/// Parameters of `GET /api/partners`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    email: Option<String>,
    tenant_id: Option<String>,
    group_id: Option<String>,
    status: Option<String>,
    country: Option<String>,
    search: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// How partners stand in any program, in Dub's words: here they are of the first three.
const STATUSES: [&str; 8] =
    ["approved", "deactivated", "banned", "pending", "rejected", "invited", "declined", "archived"];

/// `GET /api/partners`: 401; 403 without the scope; 422 for a status or a page that cannot be; 200 with an array, the
/// newest first.
#[worker::send]
pub async fn list(
    app: App,
    _who: Team<needs::PartnersRead>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Error> {
    let db = app.db()?;
    let program = program::require(&db).await?;
    let (limit, offset) = page(query.page, query.page_size)?;
    if query.status.as_deref().is_some_and(|status| !STATUSES.contains(&status)) {
        return Err(Error::rule("status", format!("must be one of {}", STATUSES.join(", "))));
    }
    let filter = Filter {
        email: query.email.map(|text| text.trim().to_lowercase()),
        tenant: query.tenant_id,
        group: query.group_id,
        status: query.status,
        country: query.country.map(|code| code.to_ascii_uppercase()),
        search: query.search,
        limit,
        offset,
    };
    let rows = store::partner::list(&db, &filter).await?;
    let ids: Vec<PartnerId> = rows.iter().map(|row| row.id).collect();
    let links = store::link::of_partners(&db, &ids).await?;
    let id = program.id.to_string();
    let partners: Vec<dub::Partner> = rows
        .iter()
        .map(|row| {
            let own: Vec<store::link::Row> = links.iter().filter(|l| l.partner_id == Some(row.id)).cloned().collect();
            shape(&app, &id, row, &own)
        })
        .collect::<Result<_, _>>()?;
    Ok(axum::Json(partners).into_response())
}

fn shape(app: &App, program: &str, row: &Row, links: &[store::link::Row]) -> Result<dub::Partner, Error> {
    let sum = |part: fn(&Brought) -> u64| links.iter().map(|link| part(&link.brought)).sum::<u64>();
    let rate = |n: u64, m: u64| (m > 0).then(|| n as f64 / m as f64);
    let (clicks, leads, conversions) = (sum(|b| b.clicks), sum(|b| b.leads), sum(|b| b.conversions));
    let (status, reason, since) = match row.away()? {
        Some(Away { state, reason, since }) => (state, reason, Some(since)),
        None => ("approved".to_owned(), None, None),
    };
    Ok(dub::Partner {
        id: row.id.to_string(),
        partner_id: row.id.to_string(),
        name: row.name.clone(),
        username: Some(row.slug.clone()),
        email: Some(row.email.clone()),
        image: row.image.clone(),
        description: row.description.clone(),
        country: row.country.clone(),
        company_name: None,
        network_status: "approved",
        default_payout_method: None,
        paypal_email: None,
        stripe_connect_id: None,
        payouts_enabled_at: None,
        identity_verified_at: None,
        program_id: program.to_owned(),
        group_id: row.group_id.clone(),
        tenant_id: row.tenant_id.clone(),
        created_at: write_time(engine::time::Millis(row.created_at)),
        banned_at: since.filter(|_| reason.is_some()).map(|at| write_time(engine::time::Millis(at))),
        banned_reason: reason,
        status,
        links: Some(links.iter().map(|link| partner_link(app, link)).collect()),
        tags: Vec::new(),
        total_clicks: clicks,
        total_leads: leads,
        total_conversions: conversions,
        total_sales: sum(|b| b.sales),
        total_sale_amount: links.iter().map(|link| link.brought.sale_amount).sum(),
        click_to_lead_rate: rate(leads, clicks),
        click_to_conversion_rate: rate(conversions, clicks),
        lead_to_conversion_rate: rate(conversions, leads),
        kind: row.kind.clone(),
    })
}
