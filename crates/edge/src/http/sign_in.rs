//! Signing in by link, and out.

use axum::{
    body::Body,
    response::{IntoResponse, Redirect, Response},
};
use engine::{fact::Mark, link::query_value, time::Millis};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use serde::Deserialize;
use wire::{
    account::{Named, SessionAnswer, SignInLink, SignInLinkRequest},
    cookie,
    fact::email,
    link::LinkRules,
    mail::AskToSignIn,
    path,
    problem::Code,
};
use worker::{D1Database, console_error};

use super::{
    body::{self, Json},
    guard, pages,
    query::Query,
    visitor,
};
use crate::{
    access::Role,
    app::{App, Limit, digest},
    auth::{SESSION_PREFIX, SIGN_IN_PREFIX, Scope, Session, Side, needs},
    error::{Error, PageError},
    outgoing::mail,
    page,
    store::{
        self,
        audit::{Actor, Pen},
        member, outbox, program,
    },
};

/// Shortest, usual and longest life of a sign-in link, in seconds.
const LIFE: (u32, u32, u32) = (60, 900, 30 * 24 * 60 * 60);

/// `POST /api/sign-in-links`:
/// 1. 401; 403 without the scope or a session, 403 without the scope;
/// 2. 422 unless it names one person, within the bounds;
/// 3. 404 when there is no such person, or none whom the asker may know of;
/// 4. 403 for one of the program's who may do more than the asker;
/// 5. 201 with the link.
#[worker::send]
pub async fn create(
    app: App,
    who: Side<needs::SignInLinksWrite>,
    Json(new): Json<SignInLinkRequest>,
) -> Result<Response, Error> {
    let pen = who.pen(&app)?;
    let (member, role) = whom(&pen, &new).await?;
    let member = member
        .filter(|member| who.scope == Scope::Program || member.partner_id.map(Scope::Partner) == Some(who.scope))
        .ok_or_else(|| Error::not_found("The person"))?;
    let opened = role.unwrap_or(member.role);
    if !opened.is_partners() && !who.cover(opened.grants()) {
        let message = "role: nobody signs in somebody who may do more than they themselves";
        return Err(Error::Refused(Code::Forbidden, message.into()));
    }
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
    store::session::create_link(&pen, &digest(&token), member.id, role, expires, uses).await?;
    let answer = SignInLink {
        url: format!("{}{}?token={token}", app.origin(), path::SIGN_IN),
        expires_at: wire::fact::write_time(expires),
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response())
}

/// The person whom a request names, and the role that the link opens where it is not their own.
async fn whom(db: &D1Database, new: &SignInLinkRequest) -> Result<(Option<member::Row>, Option<Role>), Error> {
    let SignInLinkRequest { member_id, email, partner_id, role, .. } = new;
    match (member_id, email, partner_id, role.as_deref()) {
        (Some(id), None, None, None) => Ok((member::find(db, *id).await?, None)),
        (None, Some(email), partner, None) => Ok((member::by_email(db, *partner, &email.to_lowercase()).await?, None)),
        (None, None, Some(partner), None) => Ok((member::longest(db, Some(*partner), Role::PartnerAdmin).await?, None)),
        (None, None, None, Some("marketer")) => match member::longest(db, None, Role::Marketer).await? {
            Some(marketer) => Ok((Some(marketer), None)),
            None => Ok((member::longest(db, None, Role::Owner).await?, Some(Role::Marketer))),
        },
        _ => Err(Error::rule("memberId", "or email, partnerId or the role `marketer` must name one person")),
    }
}

/// Most bytes of a form that asks for a link.
const FORM_MAX: usize = 4096;

/// Writes a link for everybody with an e-mail address, and the e-mail that brings it; for nobody, it does the same.
async fn write(app: &App, headers: &HeaderMap, address: &str) -> Result<(), Error> {
    let email = email("email", address)?;
    guard::pass(app, Limit::Guesses, format!("sign-in {}", guard::place(headers))).await?;
    let (keys, pen) = (app.keys()?, Pen::new(app.db()?, Actor::Own("sign-in"), app.now()));
    let mut links = Vec::new();
    for person in member::all_by_email(&pen, &email).await? {
        let id = app.id()?;
        let token = mail::token(&keys, id, keys.signing()).unwrap_or_default();
        let data =
            serde_json::json!({ "name": person.name, "key": keys.signing(), "partner": person.partner }).to_string();
        links.push(outbox::Link { id, member: person.id, hash: digest(&token), data });
    }
    outbox::write_links(&pen, &email, &links, app.now()).await
}

/// `POST /api/sign-in`:
/// 1. 422 for what is no e-mail address;
/// 2. 429 when too many are tried from one place;
/// 3. 503 when the store does not answer;
/// 4. 204, whether anybody has the address or not. Whoever has it gets an e-mail with a link that signs in, at most
///    three in 15 minutes.
#[worker::send]
pub async fn ask(app: App, headers: HeaderMap, Json(sent): Json<AskToSignIn>) -> Result<StatusCode, Error> {
    write(&app, &headers, &sent.email).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /sign-in`: the same from a form. 403 from another origin; 422, 429 and 503 as in [`ask`]; 200, a page that says
/// to look into the mailbox.
#[worker::send]
pub async fn ask_by_form(app: App, headers: HeaderMap, body: Body) -> Result<Response, PageError> {
    own_page(&app, &headers)?;
    let form = body::read(body, FORM_MAX).await?;
    let email = query_value(&String::from_utf8_lossy(&form), "email").unwrap_or_default();
    write(&app, &headers, &email).await?;
    Ok(pages::respond(StatusCode::OK, page::look_into_mailbox()))
}

/// That a form comes from a page of ours, if the browser says from where.
fn own_page(app: &App, headers: &HeaderMap) -> Result<(), Error> {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    match origin {
        Some(origin) if origin != app.origin() => Err(Error::Refused(Code::Forbidden, "Origin: another site".into())),
        _ => Ok(()),
    }
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
/// 2. 400 or 422 with a page for a query that cannot be read; 429 with one when too many links are tried from one place;
/// 3. 410 with a page when the link is unknown, used up or past its time;
/// 4. 303 to the portal or the console with the session's cookie.
#[worker::send]
pub async fn enter(
    app: App,
    method: Method,
    headers: HeaderMap,
    query: Result<Query<Enter>, Error>,
) -> Result<Response, PageError> {
    if visitor::visit(&method, &headers).mark() != Some(Mark::Counted) {
        return Ok(axum::response::Html(page::sign_in_by_hand()).into_response());
    }
    let Query(query) = query?;
    guard::pass(&app, Limit::Guesses, format!("link {}", guard::place(&headers))).await?;
    let session = app.secret(SESSION_PREFIX)?;
    let who = store::session::redeem(&app.db()?, &digest(&query.token), &digest(&session), app.now()).await?;
    let Some(person) = who else {
        return Err(Error::Refused(Code::InviteExpired, "The link has been used or has expired".into()).into());
    };
    seen(&app, &headers, &person);
    let to = if person.partner.is_some() { path::PORTAL } else { path::CONSOLE };
    let set = cookie::set_session(&session, store::session::SESSION_SECONDS);
    let headers = [(header::SET_COOKIE, set), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Redirect::to(to)).into_response())
}

/// Notes, behind the answer, the browser that a partner's person uses: a customer who comes with it is the partner. Only a
/// browser that carries the visitor's cookie, by permission, can be told.
fn seen(app: &App, headers: &HeaderMap, person: &store::session::Person) {
    let Some((partner, visitor)) = person.partner.zip(visitor::known(visitor::cookies(headers))) else { return };
    let (own, visitor) = (app.clone(), visitor.to_owned());
    app.wait_until(async move {
        let noted = async { store::suspicion::used(&own.db()?, &visitor, partner, own.now()).await };
        if let Err(error) = noted.await {
            console_error!("a partner's browser is not noted: {error:?}");
        }
    });
}

/// `POST /sign-out`: 403 from another origin; else the session ends, 303 to the start. Signed out or not, the answer is
/// the same.
#[worker::send]
pub async fn leave(app: App, headers: HeaderMap) -> Result<Response, PageError> {
    own_page(&app, &headers)?;
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    if let Some(session) = cookies.and_then(|cookies| cookie::get(cookies, cookie::SESSION)) {
        store::session::end(&app.db()?, &digest(session)).await?;
    }
    // What the browser keeps for a time without a connection goes with the session.
    let headers = [
        (header::SET_COOKIE, cookie::clear_session()),
        (HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"".to_owned()),
    ];
    Ok((headers, Redirect::to("/")).into_response())
}

/// `GET /api/session`: 401 when nobody is signed in; 200 with who is, and what they may do: a partner's people, within what
/// they make links, so that a form says a rule before it is broken.
#[worker::send]
pub async fn session(app: App, headers: HeaderMap, Session(person): Session) -> Result<Response, Error> {
    seen(&app, &headers, &person);
    let db = app.db()?;
    let program = program::require(&db).await?;
    let link_rules = match person.partner {
        Some(partner) => Some(LinkRules {
            allowed_hosts: program.allowed_hosts,
            partner_links_limit: program.settings.partner_links_limit,
            links: store::link::count_live(&db, partner).await?,
        }),
        None => None,
    };
    let answer = SessionAnswer {
        member_id: person.id,
        email: person.email,
        name: person.name,
        role: person.role.word(),
        scopes: person.role.grants().words(),
        partner_id: person.partner,
        link_rules,
        program: Named { id: program.id, name: program.name },
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(answer)).into_response())
}
