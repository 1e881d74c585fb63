//! Partners' landing pages and their form.

use axum::{
    body::Body,
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use engine::{
    fact::{Mark, TouchKind},
    id::TouchId,
    link::{CLICK_PARAM, Claim, query_value},
    text::{Slug, Utm},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::json;
use wire::{
    path,
    token::{Keys, sign_click},
};
use worker::console_error;

use super::{body, pages, redirect::fall_back, visitor};
use crate::{
    app::{App, digest, hex},
    cache::{self, Answer},
    error::Error,
    ingest::{self, Message},
    page::{
        self,
        form::{self, Checked, Faults, Typed},
        landing::{About, Landing as Page},
    },
    store::{
        lead::{self, NewLead, Who},
        program::Program,
    },
};

/// The query that shows the thank-you.
const SENT: &str = "sent=1";

/// `GET` and `HEAD /p/{partner}`: a partner's page.
///
/// 1. No such partner: 404, a page. No store and no copy: 302 to the program's fallback.
/// 2. `?sent=1`: 200, the thank-you; nothing is recorded.
/// 3. A token of this partner in the query, else in a cookie that may be read, goes into the form: the click is recorded
///    already.
/// 4. Otherwise the visit came straight here. It is a touch of its own and recorded as a click is, behind the answer;
///    a person's gets a token, and cookies where they are allowed.
/// 5. 200, the page. `HEAD` answers the same and records nothing.
#[worker::send]
pub async fn show(
    app: App,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    partner: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(slug) = slug(partner) else { return pages::not_found().await };
    let program = cache::program(&app).await.found();
    let (landing, program) = match (cache::landing(&app, &slug).await, program) {
        (Answer::Found(landing), Some(program)) => (landing, program),
        (Answer::Unknown, _) => return pages::not_found().await,
        (_, program) => return fall_back(&app, program.as_ref()),
    };
    let query = uri.query().unwrap_or_default();
    let scene = Scene { app: &app, program: &program, landing: &landing };
    if query.split('&').any(|pair| pair == SENT) {
        return scene.thanks();
    }
    let arrival = arrive(&scene, &method, &headers, query);
    let typed = Typed { token: arrival.token.clone().unwrap_or_default(), ..Typed::default() };
    let mut response = scene.form(StatusCode::OK, typed, Faults::new());
    if let Some(visitor) = &arrival.visitor {
        visitor::remember(response.headers_mut(), &arrival.journey, arrival.token.as_deref(), visitor);
    }
    if let Some((id, mark)) = arrival.touch {
        let utm = Utm::collect(|name| query_value(query, name));
        let message = Message::new(id, TouchKind::Landing, mark);
        let message = Message { partner: Some(landing.partner), utm, visitor: arrival.visitor, ..message };
        ingest::record_behind(&app, message);
    }
    response
}

/// `POST /p/{partner}`: the form.
///
/// 1. More than [`form::BYTES_MAX`] bytes: 413, a page.
/// 2. An `Origin` that is not ours: 403, a page.
/// 3. A field that no person sees is filled: 303 to the thank-you, and nothing is recorded.
/// 4. No such partner: 404, a page. No store: 503, a page that keeps what was typed.
/// 5. A mistake: 422, the page with what was typed and what is wrong beside each field.
/// 6. The lead is written, with the clicks that the form and the cookies prove; a token that proves nothing is as good as
///    none. A store that fails: 503 as in 4.
/// 7. 303 to the thank-you. Sent twice, one showing of the form makes one lead.
#[worker::send]
pub async fn submit(
    app: App,
    method: Method,
    headers: HeaderMap,
    partner: Result<Path<String>, PathRejection>,
    body: Body,
) -> Response {
    // The body is read first: an answer that leaves one unread costs the connection, and the next request on it with it.
    let Ok(body) = body::read(body, form::BYTES_MAX).await else { return pages::error(StatusCode::PAYLOAD_TOO_LARGE) };
    if headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() != app.origin().as_bytes()) {
        return pages::error(StatusCode::FORBIDDEN);
    }
    let Some(slug) = slug(partner) else { return pages::not_found().await };
    let typed = Typed::parse(&body);
    if !typed.trap.is_empty() {
        return see_thanks(&slug);
    }
    let program = cache::program(&app).await.found();
    let (landing, program) = match (cache::landing(&app, &slug).await, program) {
        (Answer::Found(landing), Some(program)) => (landing, program),
        (Answer::Unknown, _) => return pages::not_found().await,
        _ => return try_again(&slug, typed),
    };
    let checked = match typed.check() {
        Ok(checked) => checked,
        Err(faults) => {
            let scene = Scene { app: &app, program: &program, landing: &landing };
            return scene.form(StatusCode::UNPROCESSABLE_ENTITY, typed, faults);
        }
    };
    let allowed = visitor::visit(&method, &headers).allows_cookies(program.consent);
    let cookies = if allowed { visitor::cookies(&headers) } else { "" };
    match record(&app, &landing, &typed, checked, cookies).await {
        Ok(()) => see_thanks(&slug),
        Err(error) => {
            console_error!("a form was not kept: {error:?}");
            try_again(&slug, typed)
        }
    }
}

fn slug(partner: Result<Path<String>, PathRejection>) -> Option<Slug> {
    partner.ok().and_then(|Path(text)| Slug::new(&text).ok())
}

fn address(slug: &str) -> String {
    format!("{}/{slug}", path::LANDING)
}

/// What a visit of the page comes to.
#[derive(Default)]
struct Arrival {
    /// The touch to record.
    touch: Option<(TouchId, Mark)>,
    /// The token that the form carries.
    token: Option<String>,
    /// Whom the cookies name; `None` where none are set.
    visitor: Option<String>,
    /// What the visitor's cookie held.
    journey: Vec<visitor::Proof>,
}

fn arrive(scene: &Scene<'_>, method: &Method, headers: &HeaderMap, query: &str) -> Arrival {
    let (app, partner) = (scene.app, scene.landing.partner);
    let visit = visitor::visit(method, headers);
    let cookies = visitor::cookies(headers);
    let keys = app.keys().inspect_err(|error| console_error!("nothing is signed: {error:?}")).ok();
    let allowed = visit.allows_cookies(scene.program.consent);
    if let Some(proof) = keys.as_ref().and_then(|keys| carried(app, keys, query, if allowed { cookies } else { "" }))
        && proof.claim.partner == partner
    {
        return Arrival { token: Some(proof.token), ..Arrival::default() };
    }
    let (Some(mark), Ok(nonce)) = (visit.mark(), app.random()) else { return Arrival::default() };
    let id = TouchId::new(app.now(), nonce);
    let touch = Some((id, mark));
    let Some(keys) = keys.filter(|_| mark == Mark::Counted) else { return Arrival { touch, ..Arrival::default() } };
    let visitor = allowed.then(|| visitor::number(app, cookies).ok()).flatten();
    let claim = Claim { touch: id, link: None, partner, consent: visitor.is_some() };
    let journey = if visitor.is_some() { visitor::journey(&keys, cookies, app.now()) } else { Vec::new() };
    Arrival { touch, token: Some(sign_click(&keys, &claim)), visitor, journey }
}

/// The token that the visit carries: in the address, else in the cookie.
fn carried(app: &App, keys: &Keys, query: &str, cookies: &str) -> Option<visitor::Proof> {
    let token = query_value(query, CLICK_PARAM).unwrap_or_default();
    visitor::prove(keys, &token, app.now()).or_else(|| visitor::latest(keys, cookies, app.now()))
}

async fn record(
    app: &App,
    landing: &cache::Landing,
    typed: &Typed,
    checked: Checked,
    cookies: &str,
) -> Result<(), Error> {
    let now = app.now();
    // Without keys no claim can be checked: the visitor is asked to send the form again rather than the credit lost.
    let keys = app.keys()?;
    let click = visitor::prove(&keys, &typed.token, now).or_else(|| visitor::latest(&keys, cookies, now));
    let journey = visitor::journey(&keys, cookies, now);
    let form_id = if is_form_id(&typed.form_id) { typed.form_id.clone() } else { hex(&app.random::<16>()?) };
    let metadata = json!({ "landing": landing.slug, "company": checked.company, "message": checked.message });
    // What was corrected and sent again from the same page is a lead of its own; a double click is not.
    let contents = digest(format!("{:?} {:?} {metadata}", checked.email, checked.name));
    let lead = NewLead {
        key: format!("form:{form_id}:{}", &contents[..16]),
        at: now,
        who: Who { email: Some(checked.email), name: Some(checked.name), company: checked.company, ..Who::default() },
        click: click.map(|proof| proof.claim),
        journey: journey.into_iter().map(|proof| proof.claim).collect(),
        visitor: visitor::known(cookies).map(str::to_owned),
        event_name: "Form submitted".to_owned(),
        metadata: Some(metadata.to_string()),
        coupon: None,
    };
    lead::record(app, &app.db()?, &lead).await.map(|_| ())
}

/// 128 bits in hexadecimal, as [`Scene::form`] makes them.
fn is_form_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// 303 to the thank-you, so that a reload sends nothing.
fn see_thanks(slug: &Slug) -> Response {
    let to = format!("{}?{SENT}", address(slug.as_str()));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store".to_owned())]).into_response()
}

/// 503 with what was typed.
fn try_again(slug: &Slug, typed: Typed) -> Response {
    let fields = form::fields(&typed, &Faults::new());
    let html = page::html(&page::Retry { action: address(slug.as_str()), typed, fields });
    let mut response = pages::respond(StatusCode::SERVICE_UNAVAILABLE, html);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// One partner's page of one program.
struct Scene<'a> {
    app: &'a App,
    program: &'a Program,
    landing: &'a cache::Landing,
}

impl Scene<'_> {
    fn thanks(&self) -> Response {
        self.render(StatusCode::OK, None)
    }

    fn form(&self, status: StatusCode, mut typed: Typed, faults: Faults) -> Response {
        if !is_form_id(&typed.form_id) {
            typed.form_id = self.app.random::<16>().map(|bytes| hex(&bytes)).unwrap_or_default();
        }
        self.render(status, Some((typed, faults)))
    }

    fn render(&self, status: StatusCode, form: Option<(Typed, Faults)>) -> Response {
        let Self { app, program, landing } = self;
        let action = address(&landing.slug);
        let canonical = format!("{}{action}", app.origin());
        // Without randomness the style element is refused by its own policy, and the page keeps its default colour.
        let nonce = app.random::<16>().map(|bytes| hex(&bytes)).unwrap_or_default();
        let about = About {
            vendor: &program.name,
            vendor_url: &program.url,
            color: &program.color,
            partner: &landing.name,
            kind: landing.kind.as_deref(),
            image: landing.image.as_deref(),
            description: landing.description.as_deref(),
            coupon: landing.coupon.as_deref(),
            canonical: &canonical,
            nonce: &nonce,
        };
        let page = match form {
            Some((typed, faults)) => Page::with_form(about, &action, typed, faults),
            None => Page::sent(about, &action),
        };
        let mut response = pages::respond(status, page::html(&page));
        let policy = format!(
            "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: https:; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        if let Ok(policy) = HeaderValue::try_from(policy) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}
