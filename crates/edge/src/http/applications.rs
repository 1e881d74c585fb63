//! Who asks to be let into the program, and what the marketer decides about it.

use engine::{
    id::{ApplicationId, PartnerId},
    time::Millis,
};
use serde::Deserialize;
use wire::{
    application::{Application, Approve, Decline},
    deal::reason,
    dub::CreatePartner,
    fact::write_time,
};
use worker::D1Database;

use super::{
    body::Json,
    paging::page,
    partners,
    query::{Path, Query},
};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store::application::{self, Decision, Row},
};

/// Parameters of `GET /api/applications`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    state: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/applications`: 401; 403 without the scope; 422 for a parameter that cannot be; 200 with an array, the latest
/// first.
#[worker::send]
pub async fn list(
    app: App,
    _who: Team<needs::PartnersRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Application>>, Error> {
    if query.state.as_deref().is_some_and(|state| !matches!(state, "waiting" | "approved" | "declined")) {
        return Err(Error::rule("state", "must be waiting, approved or declined"));
    }
    let range = page(query.page, query.page_size)?;
    let rows = application::list(&app.db()?, query.state.as_deref(), range).await?;
    Ok(axum::Json(rows.into_iter().map(shape).collect()))
}

/// `POST /api/applications/{id}/approve`: they are a partner, with a short link and a landing page, in the transaction of the
/// decision.
/// 1. 401; 403 without the scope;
/// 2. 404;
/// 3. 422 naming the field and the rule;
/// 4. 409 when somebody else decided meanwhile, or they asked with other words;
/// 5. 200 with what is decided: the same again is 200, too. Who is a partner under this address already stays as they are.
#[worker::send]
pub async fn approve(
    app: App,
    who: Team<needs::PartnersWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Approve>,
) -> Result<axum::Json<Application>, Error> {
    let pen = who.pen(&app)?;
    let by = who.actor.to_string();
    let row = find(&pen, &id).await?;
    if is_made(&row, "approved", sent.version, &by) {
        return Ok(axum::Json(shape(row)));
    }
    let new = CreatePartner {
        email: row.email.clone(),
        name: Some(row.company.clone()),
        group_id: sent.group_id.filter(|group| !group.is_empty()),
        ..CreatePartner::default()
    };
    let also = |partner: PartnerId| {
        let decision = Decision { version: sent.version, partner: Some(partner), reason: None, by: &by, at: app.now() };
        application::decided(&pen, row.id, &decision)
    };
    partners::admit(&app, &pen, &new, &also).await?;
    find(&pen, &id).await.map(shape).map(axum::Json)
}

/// `POST /api/applications/{id}/decline`: as [`approve`], and nobody is let in. They may ask again.
#[worker::send]
pub async fn decline(
    app: App,
    who: Team<needs::PartnersWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Decline>,
) -> Result<axum::Json<Application>, Error> {
    let pen = who.pen(&app)?;
    let by = who.actor.to_string();
    let reason = sent.reason.as_deref().map(reason).transpose()?;
    let row = find(&pen, &id).await?;
    if is_made(&row, "declined", sent.version, &by) && row.reason == reason {
        return Ok(axum::Json(shape(row)));
    }
    let decision = Decision { version: sent.version, partner: None, reason, by: &by, at: app.now() };
    application::decide(&pen, row.id, &decision).await?;
    find(&pen, &id).await.map(shape).map(axum::Json)
}

/// Whether this very decision was made already, by the same one: its answer was lost.
fn is_made(row: &Row, state: &str, seen: u32, by: &str) -> bool {
    row.state == state && row.version.checked_sub(1) == Some(seen) && row.decided_by.as_deref() == Some(by)
}

async fn find(db: &D1Database, id: &str) -> Result<Row, Error> {
    let gone = || Error::not_found("The application");
    let id: ApplicationId = id.parse().map_err(|_| gone())?;
    application::find(db, id).await?.ok_or_else(gone)
}

fn shape(row: Row) -> Application {
    Application {
        id: row.id.to_string(),
        state: row.state,
        email: row.email,
        name: row.name,
        company: row.company,
        website: row.website,
        message: row.message,
        known_as: row.known_as,
        partner_id: row.partner_id.map(|partner| partner.to_string()),
        reason: row.reason,
        decided_by: row.decided_by,
        decided_at: row.decided_at.map(|at| write_time(Millis(at))),
        version: row.version,
        created_at: write_time(Millis(row.created_at)),
    }
}
