//! Arrivals on the vendor's own pages, as `capture.js` reports them.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use engine::{
    coupon::Verdict,
    fact::{Channel, Mark, TouchKind},
    id::{LinkId, PartnerId, TouchId},
    link::Claim,
    text::Slug,
    visit::{Choice, Visit},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use wire::{
    capture::{BYTES_MAX, CaptureAnswer, Captured, Consent, RawCapture},
    cookie,
    token::{Keys, sign_click},
};
use worker::console_error;

use super::{body, cors, visitor};
use crate::{
    app::App,
    auth::PageKey,
    cache::{self, Answer},
    error::Error,
    ingest::{self, Message, Told},
    store::{self, program::Program},
};

/// `POST /api/capture`, JSON under any media type, so that a page may send it unasked:
/// 1. 503 when nothing is known of the program; 403 for a page that is on none of the key's hosts, or the program's;
/// 2. 401 without a publishable key;
/// 3. 400 or 422 when the report is not of its form; what an address holds is never refused, see [`wire::capture`];
/// 4. a token that proves itself is answered as it is: its touch stands already;
/// 5. else a partner whom a parameter names, else one whom a coupon names that holds now, is credited with a click or a
///    coupon's touch, marked as a redirect's would be; 503 when no store knows whether there is such a partner, and the page
///    sends it again;
/// 6. else the visit is the program's own. It is recorded only where it says more than that somebody came (a campaign,
///    another site) and the visitor may be known again, since what nobody can ever be credited for is nobody's business;
/// 7. 200 with the token, and the cookies that the page may keep: none but where the policy and the visitor allow them.
///    The touch goes to the queue behind the answer.
#[worker::send]
pub async fn record(app: App, key: Result<PageKey, Error>, method: Method, headers: HeaderMap, body: Body) -> Response {
    shared(&app, key, &headers, async |program| {
        let raw: RawCapture = body::object(&body::read(body, BYTES_MAX).await?)?;
        let visit = visit(&method, &headers, &raw);
        let arrival = Arrival { app: &app, program, raw: &raw, visit: &visit, cookies: visitor::cookies(&headers) };
        arrival.settle().await
    })
    .await
}

/// `POST /api/consent`: what a visitor chose on a page of the vendor's own holds for this host, too.
/// 1. 503, 403 and 401 as for [`record`]; 400 or 422 when the choice is not of its form;
/// 2. 204 with the cookie `trb_c`; a refusal ends the cookies that know the visitor. A browser keeps to it where both hosts
///    are of one site.
#[worker::send]
pub async fn consent(app: App, key: Result<PageKey, Error>, headers: HeaderMap, body: Body) -> Response {
    shared(&app, key, &headers, async |_| {
        let chosen: Consent = body::object(&body::read(body, BYTES_MAX).await?)?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        visitor::choose(response.headers_mut(), chosen.consent);
        Ok(response)
    })
    .await
}

/// Answers a page of the program's, refusals included.
async fn shared(
    app: &App,
    key: Result<PageKey, Error>,
    headers: &HeaderMap,
    answer: impl AsyncFnOnce(&Program) -> Result<Response, Error>,
) -> Response {
    let Some(program) = cache::program(app).await.found() else {
        return Error::Unavailable("a page's visit without a program".into()).into_response();
    };
    let named = key.as_ref().map_or(&[][..], |key| &key.hosts);
    let origin = match cors::origin(headers, app.origin(), named, &program.allowed_hosts) {
        Ok(origin) => origin,
        Err(error) => return error.into_response(),
    };
    let answered = match key {
        Ok(_) => answer(&program).await,
        Err(error) => Err(error),
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    if let Some(origin) = origin {
        cors::share(&mut response, &origin);
    }
    response
}

/// The request, and what the page tells of its visitor. A refusal on either host is one, and so is a browser's.
fn visit<'a>(method: &Method, headers: &'a HeaderMap, raw: &RawCapture) -> Visit<'a> {
    let seen = visitor::visit(method, headers);
    let choice = match raw.choice() {
        Choice::Unasked => seen.choice,
        choice => choice,
    };
    Visit { gpc: seen.gpc || raw.gpc, choice, ..seen }
}

/// Whom an arrival is credited to, and as what.
struct Credit {
    kind: TouchKind,
    partner: PartnerId,
    link: Option<LinkId>,
    coupon: Option<String>,
}

struct Arrival<'a> {
    app: &'a App,
    program: &'a Program,
    raw: &'a RawCapture,
    visit: &'a Visit<'a>,
    /// The `Cookie` header: this host's own, where both hosts are of one site.
    cookies: &'a str,
}

impl Arrival<'_> {
    async fn settle(&self) -> Result<Response, Error> {
        let (app, now) = (self.app, self.app.now());
        let keys = app.keys()?;
        let mark = self.visit.mark();
        let allowed = mark == Some(Mark::Counted) && self.visit.allows_cookies(self.program.consent);
        let visitor = if allowed { Some(self.visitor()?) } else { None };
        let journey = if allowed { self.journey(&keys) } else { Vec::new() };
        if let Some(proof) = self.raw.token().and_then(|token| visitor::prove(&keys, token, now)) {
            return Ok(answer(Captured::Known, Some(proof.token), visitor.as_deref(), &journey));
        }
        let (Some(mark), Some(credit)) = (mark, self.credit().await?) else {
            return self.own(mark, visitor.as_deref(), &journey);
        };
        let touch = TouchId::new(now, app.random()?);
        let claim = Claim { touch, link: credit.link, partner: credit.partner, consent: allowed };
        let earlier = visitor::repeated(&journey, &claim);
        let message = Message::new(touch, credit.kind, if earlier.is_some() { Mark::Duplicate } else { mark });
        ingest::record_behind(
            app,
            Message {
                link: credit.link,
                partner: Some(credit.partner),
                utm: self.raw.utm(),
                visitor: visitor.clone(),
                told: Told { channel: Some(Channel::Partner), coupon: credit.coupon, others: self.others()? },
                ..message
            },
        );
        // As with a redirect: a program is given no token, and a repeat leaves the credit where it is.
        let signed = || (mark == Mark::Counted).then(|| sign_click(&keys, &claim));
        let token = earlier.map(|proof| proof.token).or_else(signed);
        Ok(answer(Captured::Touch, token, visitor.as_deref(), &journey))
    }

    /// A visit that nobody is credited for.
    fn own(&self, mark: Option<Mark>, visitor: Option<&str>, journey: &[visitor::Proof]) -> Result<Response, Error> {
        let channel = self.raw.channel();
        let (Some(mark), Some(known)) = (mark.filter(|_| channel != Channel::Direct), visitor) else {
            return Ok(answer(Captured::Nothing, None, None, &[]));
        };
        let id = TouchId::new(self.app.now(), self.app.random()?);
        let mark = if self.raw.again { Mark::Duplicate } else { mark };
        ingest::record_behind(
            self.app,
            Message {
                utm: self.raw.utm(),
                visitor: Some(known.to_owned()),
                told: Told { channel: Some(channel), coupon: None, others: self.others()? },
                ..Message::new(id, TouchKind::Landing, mark)
            },
        );
        let latest = journey.last().map(|proof| proof.token.clone());
        Ok(answer(Captured::Own, latest, visitor, journey))
    }

    /// Click identifiers of other systems, as they are kept.
    fn others(&self) -> Result<Option<String>, Error> {
        let others = self.raw.others();
        Ok(if others.is_empty() { None } else { Some(serde_json::to_string(&others)?) })
    }

    /// The visitor's number: this host's, so that links and pages know one visitor; else the page's; else a new one.
    fn visitor(&self) -> Result<String, Error> {
        let told = self.raw.visitor.as_deref().filter(|text| cookie::is_visitor(text));
        match visitor::known(self.cookies).or(told) {
            Some(known) => Ok(known.to_owned()),
            None => visitor::number(self.app, ""),
        }
    }

    /// What the page's and this host's cookies prove, the oldest first.
    fn journey(&self, keys: &Keys) -> Vec<visitor::Proof> {
        let now = self.app.now();
        let tokens = cookie::journey_tokens(self.raw.journey.as_deref().unwrap_or_default());
        let mut journey = visitor::journey(keys, self.cookies, now);
        journey.extend(tokens.filter_map(|token| visitor::prove(keys, token, now)));
        journey.sort_by_key(|proof| proof.claim.touch);
        journey.dedup_by_key(|proof| proof.claim.touch);
        journey
    }

    async fn credit(&self) -> Result<Option<Credit>, Error> {
        if let Some(word) = self.raw.partner(self.program.settings.generic_parameters)
            && let Some((partner, link)) = named(self.app, word).await?
        {
            // One arrival is one touch: a coupon of the same partner is kept with it, where a store can tell.
            let coupon = self.coupon().await.inspect_err(|error| console_error!("a coupon is left out: {error:?}"));
            let coupon = coupon.ok().flatten().filter(|coupon| coupon.partner == partner);
            let coupon = coupon.and_then(|coupon| coupon.coupon);
            return Ok(Some(Credit { kind: TouchKind::Click, partner, link, coupon }));
        }
        self.coupon().await
    }

    /// The coupon of the address, if it holds now.
    async fn coupon(&self) -> Result<Option<Credit>, Error> {
        let Some(coupon) = self.raw.coupon() else { return Ok(None) };
        let Some(row) = store::coupon::find(&self.app.db()?, &coupon).await? else { return Ok(None) };
        let holds = row.reach()?.holds(self.app.now()) == Verdict::Credited;
        let credit = Credit { kind: TouchKind::Coupon, partner: row.partner_id, link: None, coupon: Some(row.code) };
        Ok(holds.then_some(credit))
    }
}

/// The host of links that are on no domain of their own.
const MAIN: &str = "";

/// Whom a word names: the key of a link first, which the caches know also while the database is down.
async fn named(app: &App, word: &str) -> Result<Option<(PartnerId, Option<LinkId>)>, Error> {
    if let Ok(slug) = Slug::new(word) {
        match cache::route(app, MAIN, &slug).await.link {
            Answer::Found(link) => {
                if let Some(partner) = link.partner {
                    return Ok(Some((partner, Some(link.id))));
                }
            }
            Answer::Unknown => {}
            Answer::Down => return Err(Error::Unavailable("whom a page's visit names".into())),
        }
    }
    let found = store::partner::named(&app.db()?, word).await?;
    Ok(found.map(|named| (named.partner_id, named.link_id)))
}

/// The answer, with the cookies that the page may keep, and that this host keeps where the browser lets it.
fn answer(status: Captured, token: Option<String>, visitor: Option<&str>, journey: &[visitor::Proof]) -> Response {
    let cookies = visitor.map(|visitor| visitor::cookies_of(journey, token.as_deref(), visitor)).unwrap_or_default();
    let lines: Vec<String> = cookies.iter().map(|(name, value)| cookie::set(name, value)).collect();
    let cookies = cookies.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut response = axum::Json(CaptureAnswer { status, token, cookies }).into_response();
    for line in lines {
        if let Ok(line) = HeaderValue::try_from(line) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
    response
}
