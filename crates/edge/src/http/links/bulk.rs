//! Several links by one request: each is written whole or not at all, and the answer says of each what became of it.

use axum::{
    extract::RawQuery,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use wire::dub::{self, BulkItem};

use super::{Office, Row, Take};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    http::body::{Items, Json, item},
};

/// Most links of one request.
const MAX: usize = 100;

fn bounded(field: &'static str, count: usize) -> Result<(), Error> {
    if (1..=MAX).contains(&count) { Ok(()) } else { Err(Error::rule(field, format!("must be from 1 to {MAX}"))) }
}

fn report(asked: Value, result: Result<dub::Link, Error>) -> BulkItem {
    match result {
        Ok(link) => BulkItem::Link(Box::new(link)),
        Err(error) => {
            let problem = error.problem().error;
            BulkItem::Failed { link: asked, error: problem.message, code: problem.code.word() }
        }
    }
}

/// `POST /api/links/bulk`:
/// 1. 401; 403 without the scope;
/// 2. 400 for what is no array; 422 for none or more than a hundred links;
/// 3. 200 with an array in the order of the request: a link, or what was sent with the error and its code. A store that
///    fails in the middle fails the rest: `internal_server_error` says which to send again.
#[worker::send]
pub async fn create(app: App, who: Team<needs::LinksWrite>, Items(items): Items) -> Result<Response, Error> {
    bounded("links", items.len())?;
    let office = Office::open(&app, &who).await?;
    let mut answers = Vec::with_capacity(items.len());
    for asked in items {
        let result = match item(&asked) {
            Ok(sent) => office.create(&sent).await,
            Err(error) => Err(error),
        };
        answers.push(report(asked, result));
    }
    Ok(axum::Json(answers).into_response())
}

/// `PATCH /api/links/bulk`: the same change to several links.
/// 1. 401; 403 without the scope;
/// 2. 422 for none or more than a hundred links, and for a change that only one link can have;
/// 3. 200 with an array as in [`create`], first by `linkIds`, then by `externalIds`; what was asked for is the identifier.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::LinksWrite>,
    Json(sent): Json<dub::BulkUpdate>,
) -> Result<Response, Error> {
    bounded("linkIds", sent.link_ids.len() + sent.external_ids.len())?;
    for (field, is_sent) in [
        ("data.key", sent.data.key.is_some()),
        ("data.domain", sent.data.domain.is_some()),
        ("data.externalId", sent.data.external_id.is_some()),
    ] {
        if is_sent {
            return Err(Error::rule(field, "is one link's own; change it with PATCH /links/{id}"));
        }
    }
    let office = Office::open(&app, &who).await?;
    let external = sent.external_ids.iter().map(|id| format!("ext_{}", id.trim_start_matches("ext_")));
    let mut answers = Vec::new();
    for id in sent.link_ids.iter().cloned().chain(external) {
        let result = match office.find(&id).await {
            Ok(row) => office.update(row, &sent.data).await,
            Err(error) => Err(error),
        };
        answers.push(report(Value::String(id), result));
    }
    Ok(axum::Json(answers).into_response())
}

/// `DELETE /api/links/bulk?linkIds=…`, separated by commas or given again and again; with `untouched=true` of these only those
/// that nobody has changed since they were made, and that nobody has followed:
/// 1. 401; 403 without the scope;
/// 2. 422 for none or more than a hundred;
/// 3. 200 with how many were there and are gone, and which stay because they are not untouched, as they were named; if the
///    store fails, all stay.
#[worker::send]
pub async fn delete(app: App, who: Team<needs::LinksWrite>, RawQuery(query): RawQuery) -> Result<Response, Error> {
    let query = query.unwrap_or_default();
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let named = |name: &'static str| pairs.iter().filter(move |(known, _)| known == name).map(|(_, value)| &**value);
    let ids: Vec<&str> = named("linkIds").flat_map(|list| list.split(',')).filter(|id| !id.is_empty()).collect();
    bounded("linkIds", ids.len())?;
    let take = match named("untouched").next_back() {
        None | Some("false") => Take::All,
        Some("true") => Take::Untouched,
        Some(_) => return Err(Error::rule("untouched", "must be true or false")),
    };
    let office = Office::open(&app, &who).await?;
    let mut found: Vec<(&str, Row)> = Vec::new();
    for id in ids {
        match office.find(id).await {
            Ok(row) if found.iter().all(|(_, other)| other.id != row.id) => found.push((id, row)),
            Ok(_) | Err(Error::Refused(..)) => {}
            Err(error) => return Err(error),
        }
    }
    let (ids, rows): (Vec<&str>, Vec<Row>) = found.into_iter().unzip();
    let gone = office.delete(&rows, take).await?;
    // With all of them asked for, one that is not gone here is gone by another request.
    let stays = |(_, row): &(&&str, &Row)| take == Take::Untouched && !gone.contains(&row.id);
    let kept_ids = ids.iter().zip(&rows).filter(stays).map(|(id, _)| (*id).to_owned()).collect();
    Ok(axum::Json(dub::DeletedCount { deleted_count: gone.len(), kept_ids }).into_response())
}
