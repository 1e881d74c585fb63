//! Links of one partner, as Dub's requests for partners ask for them.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use wire::{
    dub::{self, LinkFields, PartnerLinkFields},
    path,
    problem::Code,
};

use super::super::query::Query;
use super::{Office, partner_link};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    http::{body::Json, partners},
    store::{self, partner::Row},
};

/// Which partner: by our identifier, or else by the sender's.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PartnerQuery {
    partner_id: Option<String>,
    tenant_id: Option<String>,
}

/// `GET /api/partners/links`: 401; 403 without the scope; 422 where nothing names the partner; 404 where there is none;
/// 200 with an array of the partner's links, the oldest first.
#[worker::send]
pub async fn list(
    app: App,
    _who: Team<needs::LinksRead>,
    Query(query): Query<PartnerQuery>,
) -> Result<axum::Json<Vec<dub::PartnerLink>>, Error> {
    let db = app.db()?;
    let partner = partners::named(&db, query.partner_id.as_deref(), query.tenant_id.as_deref()).await?;
    let links = store::link::of_partners(&db, &[partner.id]).await?;
    Ok(axum::Json(links.iter().map(|link| partner_link(&app, link)).collect()))
}

/// The partner whom a request names, and what it says of the link.
async fn read(office: &Office, sent: PartnerLinkFields) -> Result<(Row, LinkFields), Error> {
    let mut fields = sent.link_props;
    for (field, is_sent) in [
        ("linkProps.partnerId", fields.partner_id.is_some()),
        ("linkProps.url", fields.url.is_some()),
        ("linkProps.key", fields.key.is_some()),
    ] {
        if is_sent {
            return Err(Error::rule(field, "stands beside linkProps, not in it"));
        }
    }
    let partner = partners::named(&office.db, sent.partner_id.as_deref(), sent.tenant_id.as_deref()).await?;
    fields.partner_id = Some(Some(partner.id.to_string()));
    fields.url = sent.url;
    fields.key = sent.key;
    fields.comments = sent.comments.or(fields.comments);
    Ok((partner, fields))
}

/// Writes a new link of a partner.
async fn add(office: &Office, partner: &Row, mut fields: LinkFields) -> Result<dub::Link, Error> {
    fields.tenant_id.get_or_insert_with(|| partner.tenant_id.clone());
    office.create_to(format!("{}/{}", path::LANDING, partner.slug), &fields).await
}

/// `POST /api/partners/links`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule, as for any link; also where nothing names the partner;
/// 3. 404 where there is no such partner;
/// 4. 409 when the key or the external identifier is taken;
/// 5. 201 with the link. Without a `url` it leads to the partner's landing page.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::LinksWrite>,
    Json(sent): Json<PartnerLinkFields>,
) -> Result<Response, Error> {
    let office = Office::open(&app, &who).await?;
    let (partner, fields) = read(&office, sent).await?;
    let link = add(&office, &partner, fields).await?;
    Ok((StatusCode::CREATED, axum::Json(link)).into_response())
}

/// `PUT /api/partners/links/upsert`: as [`create`], or [`super::update`] of the partner's link that is meant, as
/// [`super::upsert`] finds it.
/// 1. 401, 403, 404 and 422 as there; 422 without a `url`;
/// 2. 409 where the link that is meant is not this partner's;
/// 3. 200 with the link.
#[worker::send]
pub async fn upsert(
    app: App,
    who: Team<needs::LinksWrite>,
    Json(sent): Json<PartnerLinkFields>,
) -> Result<axum::Json<dub::Link>, Error> {
    if sent.url.is_none() {
        return Err(Error::rule("url", "is required"));
    }
    let office = Office::open(&app, &who).await?;
    let (partner, fields) = read(&office, sent).await?;
    let link = match office.meant(&fields).await? {
        Some(row) if row.partner_id != Some(partner.id) => {
            let by_external = row.external_id.is_some() && fields.external_id.as_ref() == Some(&row.external_id);
            let field = if by_external { "externalId" } else { "key" };
            return Err(Error::Refused(Code::Conflict, format!("{field}: is of a link that is not this partner's")));
        }
        Some(row) => office.update(row, &fields).await?,
        None => add(&office, &partner, fields).await?,
    };
    Ok(axum::Json(link))
}
