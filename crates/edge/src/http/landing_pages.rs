//! Landing pages as they are edited: drafts, versions, previews.

use axum::response::{IntoResponse, Response};
use engine::{
    id::{PageId, PartnerId},
    text::{Coupon, Slug},
    time::Millis,
};
use http::StatusCode;
use serde::Deserialize;
use wire::{
    color,
    fact::{Fault, write_time},
    page::{Content, CreatePage, Page, Preview, PreviewPage, Remark, RestorePage, State, UpdatePage, Version, merge},
    path,
    problem::Code,
    token::sign_preview,
};

use super::{
    body::Json,
    destination::Allowed,
    paging::page,
    query::{Path, Query},
};
use crate::{
    app::App,
    auth::{Scope, Side, Team, needs},
    cache,
    error::Error,
    json,
    store::{
        coupon,
        page::{self as pages, Row},
        partner::{self, By},
        program::{self, Program},
    },
};

/// Shortest, usual and longest life of a preview's link, in seconds.
const LIFE: (u32, u32, u32) = (60, 24 * 60 * 60, 30 * 24 * 60 * 60);

impl From<Remark> for Error {
    fn from(remark: Remark) -> Self {
        Self::Refused(Code::UnprocessableEntity, remark.to_string())
    }
}

/// `POST /api/pages`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule;
/// 3. 409 when the partner has a page at this address;
/// 4. 201 with the page, a draft that the public does not see.
#[worker::send]
pub async fn create(app: App, who: Team<needs::PagesWrite>, Json(new): Json<CreatePage>) -> Result<Response, Error> {
    let db = who.pen(&app)?;
    let program = program::require(&db).await?;
    let owner: PartnerId = new.partner_id.parse().map_err(|e| Fault::new("partnerId", e))?;
    let partner = partner::find(&db, By::Id(owner)).await?;
    partner.ok_or_else(|| Error::rule("partnerId", "is not a partner of this program"))?;
    let slug = new.slug.as_deref().map(Slug::new).transpose().map_err(|e| Fault::new("slug", e))?;
    let content = check(&app, &program, owner, new.content).await?;
    let id = app.id()?;
    pages::create(&db, id, owner, slug.as_ref().map_or("", Slug::as_str), &content, app.now()).await?;
    Ok((StatusCode::CREATED, axum::Json(shape(&app, &find(&app, id).await?)?)).into_response())
}

/// Parameters of `GET /api/pages`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    partner_id: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/pages`: 401; 403 without the scope; 422 for a page of the list that cannot be; 404 when a partner's people
/// name another; 200 with an array, the newest first: a partner's people have the partner's that are public, as the public
/// sees them.
#[worker::send]
pub async fn list(
    app: App,
    who: Side<needs::PagesRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Page>>, Error> {
    let asked = query.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?;
    let owner = who.scope.narrowed(asked)?;
    let (range, db) = (page(query.page, query.page_size)?, app.db()?);
    let rows = match who.scope {
        Scope::Program => pages::list(&db, owner, range).await?,
        Scope::Partner(own) => pages::published(&db, own, range).await?,
    };
    Ok(axum::Json(rows.iter().map(|row| shape(&app, row)).collect::<Result<_, _>>()?))
}

/// `GET /api/pages/{id}`: 401; 403 without the scope; 404; 200 with the page.
#[worker::send]
pub async fn get(app: App, _who: Team<needs::PagesRead>, Path(id): Path<String>) -> Result<axum::Json<Page>, Error> {
    Ok(axum::Json(shape(&app, &find(&app, identifier(&id)?).await?)?))
}

/// `PATCH /api/pages/{id}`: changes the draft, as RFC 7396 merges JSON.
/// 1. 401; 403 without the scope;
/// 2. 404 when there is no such page;
/// 3. 422 naming the field and the rule;
/// 4. 409 when somebody else has changed the draft meanwhile, or since the `updatedAt` that is sent with the change;
/// 5. 200 with the page. What the public sees stays until it is published.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::PagesWrite>,
    Path(id): Path<String>,
    Json(new): Json<UpdatePage>,
) -> Result<axum::Json<Page>, Error> {
    let db = who.pen(&app)?;
    let row = find(&app, identifier(&id)?).await?;
    unchanged(&row, new.updated_at.as_deref())?;
    if !new.content.is_object() {
        return Err(Error::rule("content", "must be an object"));
    }
    let mut content = serde_json::to_value(row.content()?)?;
    merge(&mut content, new.content);
    let content =
        check(&app, &program::require(&db).await?, row.partner_id, self::content(&content.to_string())?).await?;
    pages::update(&db, &row, &content, app.now()).await?;
    Ok(axum::Json(shape(&app, &find(&app, row.id).await?)?))
}

/// Parameters of `POST /api/pages/{id}/publish` and `…/unpublish`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct PublishQuery {
    /// `updatedAt` of the draft that is meant.
    updated_at: Option<String>,
}

/// `POST /api/pages/{id}/publish`:
/// 1. 401; 403 without the scope;
/// 2. 404 when there is no such page;
/// 3. 409 when the draft is another by now than whoever asks has read, or was changed meanwhile;
/// 4. 422 when the draft breaks a rule by now, for instance because a host is no longer allowed or a coupon is gone;
/// 5. 200 with the page, which everybody sees at once. Again without a change it changes nothing.
#[worker::send]
pub async fn publish(
    app: App,
    who: Team<needs::PagesWrite>,
    Path(id): Path<String>,
    Query(query): Query<PublishQuery>,
) -> Result<axum::Json<Page>, Error> {
    let db = who.pen(&app)?;
    let row = find(&app, identifier(&id)?).await?;
    unchanged(&row, query.updated_at.as_deref())?;
    check(&app, &program::require(&db).await?, row.partner_id, row.content()?).await?;
    pages::publish(&db, &row, app.now()).await?;
    changed(&app, row.id).await
}

/// `POST /api/pages/{id}/unpublish`: 401; 403 without the scope; 404; 409 as in [`publish`]; 200 with the page, which the
/// public sees no more; draft and versions stay. A partner's own page is plain again.
#[worker::send]
pub async fn unpublish(
    app: App,
    who: Team<needs::PagesWrite>,
    Path(id): Path<String>,
    Query(query): Query<PublishQuery>,
) -> Result<axum::Json<Page>, Error> {
    let row = find(&app, identifier(&id)?).await?;
    unchanged(&row, query.updated_at.as_deref())?;
    pages::unpublish(&who.pen(&app)?, &row).await?;
    changed(&app, row.id).await
}

/// `GET /api/pages/{id}/versions`: 401; 403 without the scope; 404; 200 with an array, the newest of at most 100 first.
#[worker::send]
pub async fn versions(
    app: App,
    _who: Team<needs::PagesRead>,
    Path(id): Path<String>,
) -> Result<axum::Json<Vec<Version>>, Error> {
    let row = find(&app, identifier(&id)?).await?;
    let version = |version: pages::VersionRow| {
        Ok(Version {
            version: version.version,
            published_at: write_time(Millis(version.published_at)),
            live: row.live == Some(version.version),
            content: serde_json::from_str(&version.content)?,
        })
    };
    let versions = pages::versions(&app.db()?, row.id).await?;
    Ok(axum::Json(versions.into_iter().map(version).collect::<Result<_, Error>>()?))
}

/// `POST /api/pages/{id}/restore`: 401; 403 without the scope; 404 when there is no such page or version; 409 when the
/// draft was changed meanwhile; 200 with the page, whose draft is that version again. Publishing it is a step of its
/// own.
#[worker::send]
pub async fn restore(
    app: App,
    who: Team<needs::PagesWrite>,
    Path(id): Path<String>,
    Json(RestorePage { version }): Json<RestorePage>,
) -> Result<axum::Json<Page>, Error> {
    let db = who.pen(&app)?;
    let row = find(&app, identifier(&id)?).await?;
    let version = pages::version(&db, row.id, version).await?.ok_or_else(|| Error::not_found("The version"))?;
    pages::update(&db, &row, &serde_json::from_str(&version.content)?, app.now()).await?;
    Ok(axum::Json(shape(&app, &find(&app, row.id).await?)?))
}

/// `POST /api/pages/{id}/preview`: 401; 403 without the scope; 404; 422 for a life out of bounds; 201 with a link that
/// shows the draft to whoever has it.
#[worker::send]
pub async fn preview(
    app: App,
    _who: Team<needs::PagesWrite>,
    Path(id): Path<String>,
    Json(PreviewPage { expires_in }): Json<PreviewPage>,
) -> Result<Response, Error> {
    let row = find(&app, identifier(&id)?).await?;
    let seconds = expires_in.unwrap_or(LIFE.1);
    if !(LIFE.0..=LIFE.2).contains(&seconds) {
        return Err(Error::rule("expiresIn", format!("must be from {} to {} seconds", LIFE.0, LIFE.2)));
    }
    let expires = Millis(app.now().0 + u64::from(seconds) * 1000);
    let token = sign_preview(&app.keys()?, row.id, expires.time());
    let answer = Preview { url: format!("{}?preview={token}", address(&app, &row)), expires_at: write_time(expires) };
    Ok((StatusCode::CREATED, axum::Json(answer)).into_response())
}

/// That the draft is the one that whoever changes it has read, where they say which that is.
fn unchanged(row: &Row, read: Option<&str>) -> Result<(), Error> {
    if read.is_none_or(|read| read == write_time(Millis(row.updated_at))) { Ok(()) } else { Err(pages::changed()) }
}

pub fn identifier(text: &str) -> Result<PageId, Error> {
    text.parse().map_err(|_| Error::not_found("The page"))
}

pub async fn find(app: &App, id: PageId) -> Result<Row, Error> {
    pages::find(&app.db()?, id).await?.ok_or_else(|| Error::not_found("The page"))
}

/// The page after a change of what the public sees.
async fn changed(app: &App, id: PageId) -> Result<axum::Json<Page>, Error> {
    let row = find(app, id).await?;
    cache::landing_changed(app, &name(&row)).await;
    Ok(axum::Json(shape(app, &row)?))
}

/// Content as it is written, JSON.
pub fn content(text: &str) -> Result<Content, Error> {
    json::read(text).map_err(|misread| Remark::new(format!("content.{}", misread.field), misread.what).into())
}

/// Content with every rule kept: those of [`Content::checked`], where a visitor may be sent, and whose the coupon is.
pub async fn check(app: &App, program: &Program, owner: PartnerId, content: Content) -> Result<Content, Error> {
    let mut content = content.checked().map_err(within)?;
    if let Some(address) = &mut content.thanks.redirect {
        *address = Allowed::by(app, program).site("content.thanks.redirect", address)?;
    }
    if let Some(code) = &content.coupon {
        let coupon = Coupon::new(code).map_err(|error| Fault::new("content.coupon", error))?;
        let row = coupon::find(&app.db()?, &coupon).await?;
        row.filter(|row| row.partner_id == owner)
            .ok_or_else(|| Error::rule("content.coupon", "must be one of the partner's coupons"))?;
    }
    Ok(content)
}

/// A remark on a part of the content, as the API names it.
fn within(remark: Remark) -> Remark {
    Remark { field: format!("content.{}", remark.field), ..remark }
}

/// What follows `/p/`.
pub fn name(row: &Row) -> String {
    if row.slug.is_empty() { row.partner.clone() } else { format!("{}/{}", row.partner, row.slug) }
}

fn address(app: &App, row: &Row) -> String {
    format!("{}{}/{}", app.origin(), path::LANDING, name(row))
}

fn shape(app: &App, row: &Row) -> Result<Page, Error> {
    let content = row.content()?;
    let state = match row.live {
        None => State::Draft,
        Some(version) => State::Live { version, changed: row.shown.as_ref() != Some(&row.draft) },
    };
    Ok(Page {
        id: row.id.to_string(),
        partner_id: row.partner_id.to_string(),
        slug: Some(row.slug.clone()).filter(|slug| !slug.is_empty()),
        url: address(app, row),
        state,
        warnings: color::remarks(&content.colors).into_iter().map(within).collect(),
        content,
        created_at: write_time(Millis(row.created_at)),
        updated_at: write_time(Millis(row.updated_at)),
    })
}
