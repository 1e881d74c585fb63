//! The terms of commission.

use axum::response::{IntoResponse, Response};
use engine::commission::{Terms, Version};
use http::StatusCode;
use wire::{
    fact::time,
    problem::Code,
    statement::{AddTerms, TermsVersion},
};

use super::body::Json;
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store::{self, statement},
};

/// `GET /api/terms`: 401; 403 without the scope; 200 with an array of versions, the earliest first.
#[worker::send]
pub async fn list(app: App, _who: Team<needs::CommissionsRead>) -> Result<axum::Json<Vec<TermsVersion>>, Error> {
    let versions: Vec<Version> = store::terms::load(&app.db()?).await?.into();
    Ok(axum::Json(versions.into_iter().map(TermsVersion::from).collect()))
}

/// `POST /api/terms`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the rule and the field, also for a beginning before the end of the last closed month;
/// 3. 409 when another version was added meanwhile;
/// 4. 201 with the new version. Sales from its beginning on are judged by it at once, also those that are recorded.
#[worker::send]
pub async fn add(app: App, who: Team<needs::CommissionsWrite>, Json(new): Json<AddTerms>) -> Result<Response, Error> {
    let pen = who.pen(&app)?;
    let since = time("since", &new.since)?.time();
    let seen = new.version;
    let rules = new.rules().map_err(|fault| Error::Refused(Code::UnprocessableEntity, fault))?;
    let terms: Terms = store::terms::load(&pen).await?;
    if statement::closed_until(&pen).await?.is_some_and(|until| since < until) {
        return Err(store::terms::closed());
    }
    if terms.versions().iter().map(|version| version.version).max().unwrap_or(0) != seen {
        return Err(store::terms::overtaken());
    }
    let version = Version { version: seen + 1, since, rules };
    store::terms::add(&pen, &version, app.now()).await?;
    Ok((StatusCode::CREATED, axum::Json(TermsVersion::from(version))).into_response())
}
