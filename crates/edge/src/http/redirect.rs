//! Tracked links.

use std::rc::Rc;

use axum::{
    extract::{Path, Request, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use engine::{
    fact::Mark,
    id::TouchId,
    link::{Claim, Decision, End, Link, Moment, Outcome, Preview, location, query_value, resolve, utm_of},
    text::{Slug, Utm},
    visit::ConsentPolicy,
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use wire::token::sign_click;
use worker::console_error;

use super::{body, destination::Allowed, guard, links::absolute, pages, visitor};
use crate::{
    app::{App, Limit},
    cache::{self, Answer, Route},
    error::PageError,
    ingest::{self, Message},
    page::{self, Notice},
    password,
    store::program::Program,
};

/// Most bytes of the form that asks for a word: every byte of it may be written as three.
const FORM_MAX: usize = 3 * password::MAX + 100;

/// `GET` and `HEAD /{slug}`: sends a visitor on and waits for no write.
///
/// 1. A text that is no slug, or a link that no store knows: 404, a page.
/// 2. No store answers: 302 to the program's fallback.
/// 3. `/{slug}+`: 200, a page that says what the link is and where it leads. Nothing is recorded.
/// 4. `engine::link::resolve` decides where the visitor goes, what the touch is worth and what the visitor may be given.
///    Without a program no cookie is set. Without keys nothing is signed, and the visitor still arrives.
/// 5. A link that has ended: 302 to the destination instead; without one, a paused link leads to the program's fallback, and
///    any other answers 410, a page.
/// 6. A protected link: 200, the question for its word.
/// 7. A program that previews links for people, where the link has a preview of its own: 200, a page with it.
/// 8. A repeat, which is the same visitor by the same link within the hour, is known by the journey in the visitor's own
///    cookie, so no store is asked. It is recorded as a duplicate, and the token of the touch that counts travels on instead
///    of a new one: that is the touch which keeps the credit.
/// 9. A browser that fetches ahead of a click: 503, which it does not keep, so that it asks again when the visitor comes.
/// 10. 302, with the token in the address, and in cookies where they are allowed. `HEAD` gets neither and records nothing.
/// 11. Behind the answer, the touch goes to the queue.
#[worker::send]
pub async fn follow(app: App, slug: Result<Path<String>, PathRejection>, request: Request) -> Response {
    match slug.ok().and_then(|Path(text)| Asked::read(&text)) {
        Some(asked) => visit(&app, &asked, &request.into_parts().0).await,
        None => pages::not_found().await,
    }
}

/// The same, for a path that was read.
pub async fn visit(app: &App, asked: &Asked, request: &Parts) -> Response {
    match find(app, &asked.slug).await {
        Ok(found) if asked.about => found.about(app),
        Ok(found) => found.answer(app, request, Word::Unsaid),
        Err(response) => response,
    }
}

/// What the path of a visit asks for.
pub struct Asked {
    slug: Slug,
    /// Where the link leads, rather than the way there.
    about: bool,
}

impl Asked {
    /// Reads a path behind its first slash; `None` for one that is no link's.
    pub fn read(text: &str) -> Option<Self> {
        let plain = text.strip_suffix('+');
        let slug = Slug::new(plain.unwrap_or(text)).ok()?;
        Some(Self { slug, about: plain.is_some() })
    }
}

/// `POST /{slug}`: the word that opens a link.
///
/// 1. A form that is too long: 413, a page. Otherwise 1, 2, 4, 5 of [`follow`].
/// 2. Too many words from one place: 429, a page. None is looked at.
/// 3. The wrong word: 403, the question again. Nothing is recorded.
/// 4. The right one: 303, and all else as in [`follow`]. It opens the link once: nothing is kept of it, by us or by
///    cookie.
/// 5. WebCrypto does not answer: 503, a page.
#[worker::send]
pub async fn open(app: App, slug: Result<Path<String>, PathRejection>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let Ok(form) = body::read(body, FORM_MAX).await else { return pages::error(StatusCode::PAYLOAD_TOO_LARGE) };
    let Some(slug) = slug.ok().and_then(|Path(text)| Slug::new(&text).ok()) else { return pages::not_found().await };
    let found = match find(&app, &slug).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let said = query_value(&String::from_utf8_lossy(&form), "password").unwrap_or_default();
    let word = match &found.link.rules.password {
        // An ended link asks for nothing, so nothing is computed for it.
        Some(stored) if found.link.end(app.now()).is_none() => {
            let place = format!("word {}", guard::place(&request.headers));
            if let Err(error) = guard::pass(&app, Limit::Guesses, place).await {
                return PageError(error).into_response();
            }
            match password::matches(&said, stored).await {
                Ok(true) => Word::Right,
                Ok(false) => Word::Wrong,
                Err(error) => return PageError(error).into_response(),
            }
        }
        _ => Word::Unsaid,
    };
    found.answer(&app, &request, word)
}

/// What was said to open a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Unsaid,
    Wrong,
    Right,
}

/// A link that is there, and the program where it is known.
struct Found {
    name: String,
    link: Rc<Link>,
    program: Option<Rc<Program>>,
}

async fn find(app: &App, slug: &Slug) -> Result<Found, Response> {
    let host = app.host().split(':').next().unwrap_or_default().trim_end_matches('.');
    let Route { name, link, program } = cache::route(app, host, slug).await;
    match link {
        Answer::Found(link) => Ok(Found { name, link, program }),
        Answer::Unknown => Err(pages::not_found().await),
        Answer::Down => Err(fall_back(app, program.as_deref())),
    }
}

impl Found {
    fn answer(&self, app: &App, request: &Parts, word: Word) -> Response {
        let Parts { method, uri, headers, .. } = request;
        let visit = visitor::visit(method, headers);
        let cookies = visitor::cookies(headers);
        let consent = self.program.as_ref().map_or(ConsentPolicy::OptIn, |program| program.consent);
        // Without randomness there is no identifier, and without that nothing to record; the visitor still arrives.
        let names = app.random().and_then(|nonce| Ok((nonce, visitor::number(app, cookies)?)));
        let (nonce, visitor) = names.unwrap_or_default();
        let moment = Moment { now: app.now(), nonce, visitor: &visitor, opened: word == Word::Right };
        let decision = resolve(&self.link, &visit, consent, moment);
        let step = if visitor.is_empty() { Step::default() } else { step(app, &decision, moment, cookies) };
        let template = self.program.as_ref().map(|program| &program.settings.utm);
        let utm = self.link.utm(template.unwrap_or(&Utm::default()));
        let query = uri.query().unwrap_or_default();
        let status = if *method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
        // What is recorded is what arrives: a destination's own parameters win over ours.
        let mut arrived = None;
        let mut response = match decision.outcome {
            Outcome::Lead(to) | Outcome::Ended(_, Some(to)) if self.forbids(app, to) => {
                console_error!("{} leads to where the program no longer allows", self.name);
                return fall_back(app, self.program.as_deref());
            }
            Outcome::Lead(to) | Outcome::Ended(_, Some(to)) => {
                let address = location(&absolute(app, to), &utm, step.token.as_deref(), query);
                let Some(response) = send_to(status, &address, self.link.index) else {
                    console_error!("{} leads to what is no address", self.name);
                    return fall_back(app, self.program.as_deref());
                };
                arrived = Some(utm_of(&address));
                response
            }
            Outcome::Ended(End::Paused, None) => fall_back(app, self.program.as_deref()),
            Outcome::Ended(_, None) => self.gone(),
            Outcome::Ask(_) => self.ask(app, word == Word::Wrong),
            Outcome::Preview(preview) => self.preview(app, preview),
            Outcome::Later => (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")]).into_response(),
        };
        if let Some(visitor) = &step.visitor {
            visitor::remember(response.headers_mut(), &step.journey, step.token.as_deref(), visitor);
        }
        if let Some((id, mark)) = step.touch {
            if mark == Mark::Counted {
                cache::spend(&self.name);
            }
            let message = Message::new(id, self.link.kind, mark);
            let message = Message {
                link: Some(self.link.id),
                partner: self.link.partner,
                utm: arrived.unwrap_or(utm),
                visitor: step.visitor,
                ..message
            };
            ingest::record_behind(app, message);
        }
        response
    }

    /// Whether the program of today does not let a link lead there: hosts and schemes may have been taken from it since.
    fn forbids(&self, app: &App, to: &str) -> bool {
        self.program.as_deref().is_some_and(|program| !Allowed::by(app, program).still(to))
    }

    /// As people write it.
    fn address(&self, app: &App) -> String {
        if self.name.contains('/') { self.name.clone() } else { format!("{}/{}", app.host(), self.name) }
    }

    fn ask(&self, app: &App, wrong: bool) -> Response {
        let ask = page::link::Ask { address: self.address(app), wrong, max: password::MAX };
        let status = if wrong { StatusCode::FORBIDDEN } else { StatusCode::OK };
        let mut response = pages::respond(status, page::html(&ask));
        // Browsers hold `form-action` against what a form is redirected to as well, which is anywhere that links may lead.
        response.headers_mut().insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
        );
        response
    }

    fn preview(&self, app: &App, preview: &Preview) -> Response {
        let site = self.program.as_ref().map_or("", |program| program.name.as_str());
        let page = page::link::Preview {
            address: format!("{}/{}", app.origin(), self.name.rsplit('/').next().unwrap_or_default()),
            site,
            title: preview.title.as_deref().unwrap_or(site),
            description: preview.description.as_deref(),
            image: preview.image.as_deref(),
        };
        pages::respond(StatusCode::OK, page::html(&page))
    }

    fn gone(&self) -> Response {
        let notice = Notice::new(
            "410",
            "This link has ended",
            "It was made for a limited time or number of visits, or whoever shared it has taken it back.",
        );
        pages::respond(StatusCode::GONE, self.with_site(notice).html())
    }

    fn with_site(&self, notice: Notice) -> Notice {
        match &self.program {
            Some(program) => notice.with(format!("Go on to {}", program.name), program.url.clone()),
            None => notice,
        }
    }

    /// What the link is and where it leads, for a careful person.
    fn about(&self, app: &App) -> Response {
        let Link { destination, rules, partner, .. } = &*self.link;
        let whose = self.program.as_ref().map_or("this site", |program| program.name.as_str());
        let whose = if partner.is_some() { format!("a partner of {whose}") } else { whose.to_owned() };
        let running = rules.test.as_ref().filter(|test| test.is_running(app.now()));
        let leads = match (self.link.end(app.now()), &rules.password, running) {
            (Some((End::Paused, None)), ..) => {
                let rest = self.program.as_deref().map_or("", |program| program.fallback_url.as_str());
                format!("It is paused, and leads to {} meanwhile.", absolute(app, rest))
            }
            (Some((_, Some(to))), ..) => format!("It has ended, and leads to {} instead.", absolute(app, to)),
            (Some((_, None)), ..) => "It leads on no more.".to_owned(),
            (None, Some(_), _) => "A password opens it; where it leads is said behind that.".to_owned(),
            (None, None, Some(test)) => {
                let places: Vec<String> = test.variants.iter().map(|variant| absolute(app, &variant.to)).collect();
                format!("It leads to one of several pages, which are being compared: {}.", places.join(", "))
            }
            (None, None, None) => format!("It leads to {}.", absolute(app, destination)),
        };
        let is_open = self.link.end(app.now()).is_none() && rules.password.is_none();
        let also = if is_open && rules.tell_apart() {
            " Some visitors are led elsewhere, by device, country or language."
        } else {
            ""
        };
        let text =
            format!("This is a link of {whose}. {leads}{also} Visits are counted, and credited to whoever made it.");
        let go = format!("/{}", self.name.rsplit('/').next().unwrap_or_default());
        let notice = Notice::new("About this link", self.address(app), text).with("Follow the link", go);
        pages::respond(StatusCode::OK, self.with_site(notice).html())
    }
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

fn step(app: &App, decision: &Decision<'_>, moment: Moment<'_>, cookies: &str) -> Step {
    let touch = decision.mark.map(|mark| (TouchId::new(moment.now, moment.nonce), mark));
    if decision.claim.is_none() && !decision.cookies {
        return Step { touch, ..Step::default() };
    }
    let keys = match app.keys() {
        Ok(keys) => keys,
        Err(error) => {
            console_error!("nothing is signed: {error:?}");
            return Step { touch, ..Step::default() };
        }
    };
    let sign = |claim: Option<Claim>| claim.map(|claim| sign_click(&keys, &claim));
    if !decision.cookies {
        return Step { touch, token: sign(decision.claim), ..Step::default() };
    }
    let visitor = Some(moment.visitor.to_owned());
    let journey = visitor::journey(&keys, cookies, moment.now);
    match decision.claim.and_then(|claim| visitor::repeated(&journey, &claim)) {
        Some(earlier) => {
            let touch = touch.map(|(id, _)| (id, Mark::Duplicate));
            Step { touch, token: Some(earlier.token), visitor, journey }
        }
        None => Step { touch, token: sign(decision.claim), visitor, journey },
    }
}

/// A redirect to an address, `None` if it cannot stand in a header.
fn send_to(status: StatusCode, address: &str, index: bool) -> Option<Response> {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::try_from(address).ok()?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    if !index {
        headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    }
    Some(response)
}

/// Where a visitor arrives when no store answers: the program's fallback if its name is known, else the instance's.
pub fn fall_back(app: &App, program: Option<&Program>) -> Response {
    let to = |url: &str| send_to(StatusCode::FOUND, &absolute(app, url), false);
    let chosen = program.map(|program| program.fallback_url.as_str()).filter(|url| !url.is_empty());
    chosen
        .and_then(to)
        .or_else(|| to(&app.fallback_url()))
        .unwrap_or_else(|| StatusCode::SERVICE_UNAVAILABLE.into_response())
}
