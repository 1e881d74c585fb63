//! Signing in by link, and out.

use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use engine::{fact::Mark, time::Millis};
use http::{HeaderMap, Method, StatusCode, header};
use serde::Deserialize;
use wire::{
    account::{Named, SessionAnswer, SignInLink, SignInLinkRequest},
    cookie, path,
    problem::Code,
};

use super::{body::Json, visitor};
use crate::{
    app::{App, digest},
    auth::{ApiKey, SESSION_PREFIX, SIGN_IN_PREFIX, Session},
    error::{Error, PageError},
    page,
    store::{self, partner::By, program},
};

/// Shortest, usual and longest life of a sign-in link, in seconds.
const LIFE: (u32, u32, u32) = (60, 900, 30 * 24 * 60 * 60);

/// `POST /api/sign-in-links`:
/// 1. 401 without a secret key;
/// 2. 422 unless it is for one partner or for the role `marketer`, within the bounds;
/// 3. 404 when there is no such partner;
/// 4. 201 with the link.
#[worker::send]
pub async fn create(app: App, _key: ApiKey, Json(new): Json<SignInLinkRequest>) -> Result<Response, Error> {
    let db = app.db()?;
    let partner = match (new.partner_id, new.role.as_deref()) {
        (Some(id), None) => {
            let found = store::partner::find(&db, By::Id(id)).await?;
            Some(found.ok_or_else(|| Error::not_found("The partner"))?.id)
        }
        (None, Some("marketer")) => None,
        _ => return Err(Error::rule("partnerId", "either partnerId or the role `marketer` is required")),
    };
    let seconds = new.expires_in.unwrap_or(LIFE.1);
    if !(LIFE.0..=LIFE.2).contains(&seconds) {
        return Err(Error::rule("expiresIn", format!("must be from {} to {} seconds", LIFE.0, LIFE.2)));
    }
    let uses = new.uses.unwrap_or(1);
    if !(1..=1000).contains(&uses) {
        return Err(Error::rule("uses", "must be from 1 to 1000"));
    }
    let token = app.secret(SIGN_IN_PREFIX)?;
    let expires = Millis(app.now().0 + u64::from(seconds) * 1000);
    store::session::create_link(&db, &digest(&token), partner, expires, uses).await?;
    let answer = SignInLink {
        url: format!("{}{}?token={token}", app.origin(), path::SIGN_IN),
        expires_at: wire::fact::write_time(expires),
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response())
}

/// Parameters of `GET /sign-in`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Enter {
    token: String,
}

/// `GET /sign-in`:
/// 1. 200 with a page that asks to open the link in a browser, for HEAD, for prefetches and for programs that look at links
///    ahead of people: they do not use it up;
/// 2. 410 with a page when the link is unknown, used up or past its time;
/// 3. 303 to the portal or the console with the session's cookie.
#[worker::send]
pub async fn enter(
    app: App,
    method: Method,
    headers: HeaderMap,
    Query(query): Query<Enter>,
) -> Result<Response, PageError> {
    if visitor::visit(&method, &headers).mark() != Some(Mark::Counted) {
        return Ok(axum::response::Html(page::sign_in_by_hand()).into_response());
    }
    let session = app.secret(SESSION_PREFIX)?;
    let who = store::session::redeem(&app.db()?, &digest(&query.token), &digest(&session), app.now()).await?;
    let Some(partner) = who else {
        return Err(Error::Refused(Code::InviteExpired, "The link has been used or has expired".into()).into());
    };
    let to = if partner.is_some() { path::PORTAL } else { path::CONSOLE };
    let set = cookie::set_session(&session, store::session::SESSION_SECONDS);
    let headers = [(header::SET_COOKIE, set), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Redirect::to(to)).into_response())
}

/// `POST /sign-out`: 403 from another origin; else the session ends, 303 to the start. Signed out or not, the answer is
/// the same.
#[worker::send]
pub async fn leave(app: App, headers: HeaderMap) -> Result<Response, PageError> {
    let get = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if get(header::ORIGIN).is_some_and(|origin| origin != app.origin()) {
        return Err(Error::Refused(Code::Forbidden, "Origin: another site".into()).into());
    }
    if let Some(session) = get(header::COOKIE).and_then(|cookies| cookie::get(cookies, cookie::SESSION)) {
        store::session::end(&app.db()?, &digest(session)).await?;
    }
    Ok(([(header::SET_COOKIE, cookie::clear_session())], Redirect::to("/")).into_response())
}

/// `GET /api/session`: 401 when nobody is signed in; 200 with who is.
#[worker::send]
pub async fn session(app: App, session: Session) -> Result<Response, Error> {
    let db = app.db()?;
    let program = program::require(&db).await?;
    let (role, name) = match session {
        Session::Marketer => ("marketer", program::owner_name(&db).await?.unwrap_or_default()),
        Session::Partner(id) => {
            let found = store::partner::find(&db, By::Id(id)).await?;
            ("partner", found.ok_or_else(|| Error::not_found("The partner"))?.name)
        }
    };
    let answer = SessionAnswer { role: role.into(), name, program: Named { id: program.id, name: program.name } };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response())
}
