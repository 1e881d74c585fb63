//! Tracked links.

use axum::{
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use engine::{
    fact::Mark,
    id::TouchId,
    link::{Decision, Link, location, resolve, utm_of},
    text::Slug,
    visit::{ConsentPolicy, Visit},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use wire::token::sign_click;
use worker::console_error;

use super::{pages, visitor};
use crate::{
    app::App,
    cache::{self, Answer},
    ingest::{self, Message},
    store::program::Program,
};

/// `GET` and `HEAD /{slug}`: sends a visitor on and waits for no write.
///
/// 1. A text that is no slug, or a link that no store knows: 404, a page.
/// 2. No store answers: 302 to the program's fallback.
/// 3. `engine::link::resolve` decides what the touch is worth and what the visitor may be given. Without a program no cookie
///    is set. Without keys nothing is signed, and the visitor still arrives.
/// 4. A repeat, which is the same visitor by the same link within the hour, is known by the journey in the visitor's own
///    cookie, so no store is asked. It is recorded as a duplicate, and the token of the touch that counts travels on instead
///    of a new one: that is the touch which keeps the credit.
/// 5. 302, with the token in the address, and in cookies where they are allowed. `HEAD` gets neither and records nothing.
/// 6. Behind the answer, the touch goes to the queue.
#[worker::send]
pub async fn follow(
    app: App,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    slug: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(slug) = slug.ok().and_then(|Path(text)| Slug::new(&text).ok()) else {
        return pages::not_found().await;
    };
    let (link, program) = cache::route(&app, &slug).await;
    let link = match link {
        Answer::Found(link) => link,
        Answer::Unknown => return pages::not_found().await,
        Answer::Down => return fall_back(&app, program.as_ref()),
    };
    let visit = visitor::visit(&method, &headers);
    let consent = program.as_ref().map_or(ConsentPolicy::OptIn, |program| program.consent);
    let step = step(&app, &link, &visit, consent, visitor::cookies(&headers));
    let destination = absolute(&app, &link.destination);
    let address = location(&destination, &link.utm, step.token.as_deref(), uri.query().unwrap_or_default());
    let Some(mut response) = send_to(&address) else {
        console_error!("{slug} leads to what is no address");
        return fall_back(&app, program.as_ref());
    };
    if let Some(visitor) = &step.visitor {
        visitor::remember(response.headers_mut(), &step.journey, step.token.as_deref(), visitor);
    }
    if let Some((id, mark)) = step.touch {
        let message = Message::new(id, link.kind, mark);
        let message = Message {
            link: Some(link.id),
            partner: link.partner,
            utm: utm_of(&address),
            visitor: step.visitor,
            ..message
        };
        ingest::record_behind(&app, message);
    }
    response
}

/// What one request comes to.
#[derive(Default)]
struct Step {
    /// The touch to record.
    touch: Option<(TouchId, Mark)>,
    /// The token that travels on.
    token: Option<String>,
    /// Whom the cookies name; `None` where there are to be none.
    visitor: Option<String>,
    /// What the visitor's cookie held.
    journey: Vec<visitor::Proof>,
}

fn step(app: &App, link: &Link, visit: &Visit<'_>, consent: ConsentPolicy, cookies: &str) -> Step {
    // Without randomness there is no identifier, and without that nothing to record; the visitor still arrives.
    let Ok(nonce) = app.random() else { return Step::default() };
    let Decision { claim, mark, cookies: allowed } = resolve(link, visit, consent, app.now(), nonce);
    let touch = mark.map(|mark| (TouchId::new(app.now(), nonce), mark));
    let keys = match app.keys() {
        Ok(keys) => keys,
        Err(error) => {
            console_error!("nothing is signed: {error:?}");
            return Step { touch, ..Step::default() };
        }
    };
    let Some(visitor) = allowed.then(|| visitor::number(app, cookies).ok()).flatten() else {
        return Step { touch, token: claim.map(|claim| sign_click(&keys, &claim)), ..Step::default() };
    };
    let journey = visitor::journey(&keys, cookies, app.now());
    match claim.and_then(|claim| visitor::repeated(&journey, &claim)) {
        Some(earlier) => Step {
            touch: touch.map(|(id, _)| (id, Mark::Duplicate)),
            token: Some(earlier.token),
            visitor: Some(visitor),
            journey,
        },
        None => Step { touch, token: claim.map(|claim| sign_click(&keys, &claim)), visitor: Some(visitor), journey },
    }
}

/// Destinations that begin with a slash are this Worker's own.
fn absolute(app: &App, destination: &str) -> String {
    if destination.starts_with('/') { format!("{}{destination}", app.origin()) } else { destination.to_owned() }
}

/// 302 to an address, `None` if it cannot stand in a header.
fn send_to(address: &str) -> Option<Response> {
    let mut response = StatusCode::FOUND.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::try_from(address).ok()?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    Some(response)
}

/// Where a visitor arrives when no store answers: the program's fallback if its name is known, else the instance's.
pub fn fall_back(app: &App, program: Option<&Program>) -> Response {
    let chosen = program.map(|program| program.fallback_url.as_str()).filter(|url| !url.is_empty());
    chosen
        .and_then(|url| send_to(&absolute(app, url)))
        .or_else(|| send_to(&absolute(app, &app.fallback_url())))
        .unwrap_or_else(|| StatusCode::SERVICE_UNAVAILABLE.into_response())
}
