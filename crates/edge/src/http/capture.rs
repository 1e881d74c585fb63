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
/// 5. else a partner whom a parameter names, the first who is known, else one whom a coupon names that holds now, is
///    credited with a click or a coupon's touch, marked as a redirect's would be, or as a repeat where the page was loaded
///    again; 503 when no store knows whether there is such a partner, and the page sends it again;
/// 6. else the visit is the program's own. It is recorded only where it says more than that somebody came: a campaign,
///    another site;
/// 7. 200 with the token, and the cookies that the page may keep: none but where the policy and the visitor allow them.
///    Nor are, without permission, a visitor or click identifiers of other systems recorded. Where the page reports the same
///    arrival again because they are permitted now, by the touch's name and, if it has one, its token, that touch learns
///    them. The touch goes to the queue behind the answer.
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

impl Credit {
    fn message(self, touch: TouchId, mark: Mark) -> Message {
        let told = Told { channel: Some(Channel::Partner), coupon: self.coupon, others: None };
        Message { link: self.link, partner: Some(self.partner), told, ..Message::new(touch, self.kind, mark) }
    }
}

/// What may be known of a visitor, which is nothing without permission.
#[derive(Default)]
struct Person {
    visitor: Option<String>,
    journey: Vec<visitor::Proof>,
}

impl Person {
    const fn permits(&self) -> bool {
        self.visitor.is_some()
    }
}

/// How long after an arrival its page may say more of it, in milliseconds: a day.
const SAME: u64 = 24 * 60 * 60 * 1000;

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
        let Some(mark) = self.visit.mark() else {
            return Ok(answer(Captured::Nothing, None, &Person::default(), None));
        };
        let person = self.person(&keys, mark)?;
        let proof = self.raw.token().and_then(|token| visitor::prove(&keys, token, now));
        if let Some(proof) = &proof
            && !(person.permits() && self.same() == Some(proof.claim.touch))
        {
            return Ok(answer(Captured::Known, Some(proof.token.clone()), &person, None));
        }
        let credit = match (self.credit().await?, proof) {
            (Some(credit), None) => credit,
            (None, None) => return self.own(mark, &person),
            (credit, Some(proof)) => {
                if let Some(credit) = credit.filter(|credit| credit.partner == proof.claim.partner) {
                    self.record(credit.message(proof.claim.touch, self.repeated(mark)), &person)?;
                }
                return Ok(answer(Captured::Known, Some(proof.token), &person, None));
            }
        };
        let touch = TouchId::new(now, app.random()?);
        let Credit { kind, partner, link, .. } = credit;
        let claim = Claim { touch, link, partner, consent: person.permits(), kind: Some(kind) };
        let earlier = visitor::repeated(&person.journey, &claim);
        // As with a redirect: a program is given no token, and a repeat leaves the credit where it is, if that is known.
        let signed = || (mark == Mark::Counted).then(|| sign_click(&keys, &claim));
        let mark = if earlier.is_some() { Mark::Duplicate } else { self.repeated(mark) };
        let token = earlier.map(|proof| proof.token).or_else(signed);
        self.record(credit.message(touch, mark), &person)?;
        Ok(answer(Captured::Touch, token, &person, Some(touch)))
    }

    /// A visit that nobody is credited for.
    fn own(&self, mark: Mark, person: &Person) -> Result<Response, Error> {
        let channel = self.raw.channel();
        if channel == Channel::Direct {
            return Ok(answer(Captured::Nothing, None, &Person::default(), None));
        }
        let touch = match self.same() {
            Some(same) => same,
            None => TouchId::new(self.app.now(), self.app.random()?),
        };
        let told = Told { channel: Some(channel), ..Told::default() };
        self.record(Message { told, ..Message::new(touch, TouchKind::Landing, self.repeated(mark)) }, person)?;
        let latest = person.journey.last().map(|proof| proof.token.clone());
        Ok(answer(Captured::Own, latest, person, Some(touch)))
    }

    /// What a touch counts as whose page was loaded again: nobody without a cookie is known for a repeat otherwise.
    fn repeated(&self, mark: Mark) -> Mark {
        if self.raw.again && mark == Mark::Counted { Mark::Duplicate } else { mark }
    }

    /// Records a touch behind the answer, and whose it is only where that is permitted.
    fn record(&self, message: Message, person: &Person) -> Result<(), Error> {
        let others = self.raw.others();
        let permitted = person.permits() && !others.is_empty();
        let others = permitted.then(|| serde_json::to_string(&others)).transpose()?;
        let told = Told { others, ..message.told };
        let visitor = person.visitor.clone();
        ingest::record_behind(self.app, Message { utm: self.raw.utm(), visitor, told, ..message });
        Ok(())
    }

    /// The touch that the page has reported this very arrival as. Where no token proves it, it is only the page's word.
    fn same(&self) -> Option<TouchId> {
        let touch: TouchId = self.raw.touch.as_deref()?.parse().ok()?;
        (touch.at().0.abs_diff(self.app.now().0) < SAME).then_some(touch)
    }

    fn person(&self, keys: &Keys, mark: Mark) -> Result<Person, Error> {
        if mark != Mark::Counted || !self.visit.allows_cookies(self.program.consent) {
            return Ok(Person::default());
        }
        Ok(Person { visitor: Some(self.visitor()?), journey: self.journey(keys) })
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
        for word in self.raw.partners(self.program.settings.generic_parameters) {
            let Some((partner, link)) = named(self.app, word).await? else { continue };
            // One arrival is one touch: a coupon of the same partner is kept with it, where a store can tell.
            let coupon = self.coupon().await.inspect_err(|error| console_error!("a coupon is left out: {error:?}"));
            let coupon = coupon.ok().flatten().filter(|coupon| coupon.partner == partner);
            let coupon = coupon.and_then(|coupon| coupon.coupon);
            return Ok(Some(Credit { kind: TouchKind::Click, partner, link, coupon }));
        }
        self.coupon().await
    }

    /// The first coupon of the address that holds now.
    async fn coupon(&self) -> Result<Option<Credit>, Error> {
        for coupon in self.raw.coupons() {
            let Some(row) = store::coupon::find(&self.app.db()?, &coupon).await? else { continue };
            if row.in_force()?.holds(self.app.now()) == Verdict::Credited {
                let (kind, partner, coupon) = (TouchKind::Coupon, row.partner_id, Some(row.code));
                return Ok(Some(Credit { kind, partner, link: None, coupon }));
            }
        }
        Ok(None)
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
fn answer(status: Captured, token: Option<String>, person: &Person, touch: Option<TouchId>) -> Response {
    let Person { visitor, journey } = person;
    let visitor = visitor.as_deref();
    let cookies = visitor.map(|visitor| visitor::cookies_of(journey, token.as_deref(), visitor)).unwrap_or_default();
    let touch = touch.map(|touch| touch.to_string());
    let lines: Vec<String> = cookies.iter().map(|(name, value)| cookie::set(name, value)).collect();
    let cookies = cookies.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut response = axum::Json(CaptureAnswer { status, token, cookies, touch }).into_response();
    for line in lines {
        if let Ok(line) = HeaderValue::try_from(line) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
    response
}
