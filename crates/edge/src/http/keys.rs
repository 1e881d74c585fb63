//! API keys: secret ones with scopes, publishable ones with hosts.

use axum::response::{IntoResponse, Response};
use engine::{text::clean, time::Millis};
use http::{StatusCode, header};
use wire::{
    access::{ApiKey, CreateKey, UpdateKey},
    fact::{Fault, write_time},
    problem::Code,
};

use super::{body::Json, query::Path, setup::allowed_host};
use crate::{
    access::{Permissions, scopes},
    app::{App, digest},
    auth::{self, PUBLISHABLE_PREFIX, SECRET_PREFIX, Team, Who, needs},
    error::Error,
    store::key::{self, Kind, Row},
};

/// Most hosts of a key.
const HOSTS_MAX: usize = 50;

/// What scopes grant, if whoever asks may do all of that.
fn granted(who: &Who, words: &[String]) -> Result<Permissions, Error> {
    let granted = scopes(words.iter().map(String::as_str)).map_err(|error| Fault::new("scopes", error))?;
    if granted == Permissions::default() {
        return Err(Error::rule("scopes", "must name at least one"));
    }
    if !who.cover(granted) {
        let message = "scopes: nobody makes or changes a key that may do more than they themselves";
        return Err(Error::Refused(Code::Forbidden, message.into()));
    }
    Ok(granted)
}

/// What a key of this kind may be told, checked and as it is stored.
fn check(who: &Who, row: Row) -> Result<Row, Error> {
    let name = clean(&row.name, 100).ok_or_else(|| Error::rule("name", "must not be empty"))?;
    match row.kind {
        Kind::Secret if !row.hosts.is_empty() => Err(Error::rule("hosts", "are a publishable key's")),
        Kind::Secret => {
            granted(who, &row.scopes)?;
            Ok(Row { name, ..row })
        }
        Kind::Publishable if !row.scopes.is_empty() => Err(Error::rule("scopes", "are a secret key's")),
        Kind::Publishable if row.hosts.len() > HOSTS_MAX => {
            Err(Error::rule("hosts", format!("must be at most {HOSTS_MAX}")))
        }
        Kind::Publishable => {
            let hosts = row.hosts.iter().map(|host| allowed_host("hosts", host)).collect::<Result<_, _>>()?;
            Ok(Row { name, hosts, ..row })
        }
    }
}

/// `GET /api/keys`: 401 and 403; 200 with an array, the newest first, revoked ones among them.
#[worker::send]
pub async fn list(app: App, _who: Team<needs::KeysRead>) -> Result<axum::Json<Vec<ApiKey>>, Error> {
    let rows = key::list(&app.db()?).await?;
    Ok(axum::Json(rows.into_iter().map(|row| shape(row, None)).collect()))
}

/// `POST /api/keys`:
/// 1. 401 without a key or a session, 403 without the scope;
/// 2. 422 naming the field and the rule;
/// 3. 403 for scopes that whoever asks has not themselves;
/// 4. 201 with the key, shown here and never again.
#[worker::send]
pub async fn create(app: App, who: Team<needs::KeysWrite>, Json(new): Json<CreateKey>) -> Result<Response, Error> {
    let (kind, prefix) = match new.kind.as_deref() {
        None | Some("secret") => (Kind::Secret, SECRET_PREFIX),
        Some("publishable") => (Kind::Publishable, PUBLISHABLE_PREFIX),
        Some(_) => return Err(Error::rule("kind", "must be secret or publishable")),
    };
    let text = app.secret(prefix)?;
    let row = Row {
        id: app.id()?,
        name: new.name,
        kind,
        hint: Some(auth::hint(&text)),
        scopes: new.scopes,
        hosts: new.hosts,
        created_at: app.now().0,
        last_used_at: None,
        revoked_at: None,
    };
    let row = check(&who, row)?;
    key::create(&who.pen(&app)?, &row, &digest(&text)).await?;
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, axum::Json(shape(row, Some(text)))).into_response())
}

/// The key that a path names, if whoever asks may do all that it may.
async fn find(app: &App, who: &Who, id: &str) -> Result<Row, Error> {
    let gone = || Error::not_found("The key");
    let row = key::by_id(&app.db()?, id.parse().map_err(|_| gone())?).await?.ok_or_else(gone)?;
    if row.kind == Kind::Secret {
        granted(who, &row.scopes)?;
    }
    Ok(row)
}

/// `PATCH /api/keys/{id}`: 401, 403 and 422 as in [`create`], 403 also for a key that may do more than whoever asks;
/// 404 where there is none; 409 for one that is revoked; 200 with the key. What is left out stays.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::KeysWrite>,
    Path(id): Path<String>,
    Json(new): Json<UpdateKey>,
) -> Result<axum::Json<ApiKey>, Error> {
    let row = find(&app, &who, &id).await?;
    if row.revoked_at.is_some() {
        return Err(Error::Refused(Code::Conflict, "The key is revoked".into()));
    }
    let row = Row {
        name: new.name.unwrap_or(row.name),
        scopes: new.scopes.unwrap_or(row.scopes),
        hosts: new.hosts.unwrap_or(row.hosts),
        ..row
    };
    let row = check(&who, row)?;
    key::update(&who.pen(&app)?, &row).await?;
    auth::forget_keys();
    Ok(axum::Json(shape(row, None)))
}

/// `DELETE /api/keys/{id}`: 401, 403 and 404 as in [`update`]; 200 with the key, which is revoked: a secret one at
/// once, a publishable one within half a minute everywhere. Revoked again, it stays as it was.
#[worker::send]
pub async fn delete(
    app: App,
    who: Team<needs::KeysWrite>,
    Path(id): Path<String>,
) -> Result<axum::Json<ApiKey>, Error> {
    let row = find(&app, &who, &id).await?;
    key::revoke(&who.pen(&app)?, row.id, app.now()).await?;
    auth::forget_keys();
    Ok(axum::Json(shape(Row { revoked_at: row.revoked_at.or(Some(app.now().0)), ..row }, None)))
}

fn shape(row: Row, key: Option<String>) -> ApiKey {
    let time = |at: u64| write_time(Millis(at));
    ApiKey {
        id: row.id,
        name: row.name,
        kind: row.kind.word().into(),
        hint: row.hint,
        scopes: row.scopes,
        hosts: row.hosts,
        created_at: time(row.created_at),
        last_used_at: row.last_used_at.map(time),
        revoked_at: row.revoked_at.map(time),
        key,
    }
}
