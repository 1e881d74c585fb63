//! Partners' landing pages and their form.

use axum::{
    body::Body,
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use engine::{
    fact::{Mark, TouchKind},
    id::{FormId, TouchId},
    link::{CLICK_PARAM, Claim, location, query_value},
    text::{Coupon, Slug, Utm},
    visit::REPEAT,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::json;
use wire::{
    fact::Redeemed,
    path,
    token::{Keys, sign_click, sign_form, verify_preview},
};
use worker::console_error;

use super::{
    body,
    destination::Allowed,
    guard::{self, Human},
    landing_pages, pages, query,
    redirect::fall_back,
    visitor,
};
use crate::{
    access::Permission,
    app::{App, Limit, digest, hex},
    auth::{Session, Team, needs},
    cache::{self, Answer},
    error::Error,
    fraud,
    ingest::{self, Message},
    page::{
        self, Retry,
        form::{self, Checked, Faults, Question, Typed, questions},
        landing::{About, Again, Landing as Page},
    },
    store::{
        lead::{self, NewLead, Who},
        page::{Landing, draft},
        program::{self, Program},
        session::Person,
    },
};

/// The query that shows the thank-you.
const SENT: &str = "sent=1";
/// How long a click may take to lead to a form, in milliseconds.
const ARRIVAL: u64 = 2 * 60 * 1000;
/// The parameter that shows a draft: a token, or nothing for whoever is signed in as the marketer.
const PREVIEW: &str = "preview";

/// `GET` and `HEAD /p/{partner}`, `/p/{partner}/{page}`: a partner's page, or one of a campaign's.
///
/// 1. `?preview`: the draft, for the marketer's session or a token that shows it; nothing is recorded. 410, a page, for
///    everybody else; 503, a page, without a store.
/// 2. No such partner, or no such page that is live: 404, a page. No store and no copy: 302 to the program's fallback.
/// 3. `?sent=1`: 200, the thank-you; nothing is recorded.
/// 4. A token of this partner in the query, of a click within the hour, goes into the form: that click led here, and is
///    recorded already.
/// 5. Otherwise the visit came straight here. It is a touch of its own and recorded as a click is, behind the answer, a
///    repeat within the hour as such; a person's gets a token, and cookies where they are allowed.
/// 6. 200, the page. `HEAD` answers the same and records nothing.
#[worker::send]
pub async fn show(
    app: App,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    session: Result<Session, Error>,
    segments: Result<Path<Vec<(String, String)>>, PathRejection>,
) -> Response {
    let Some(address) = Address::of(segments) else { return pages::not_found().await };
    let query = uri.query().unwrap_or_default();
    if let Some(token) = query_value(query, PREVIEW) {
        return match preview(&app, &address, &token, session.ok()).await {
            Ok(draft) => draft.scene(&app, Shown::Draft).form(StatusCode::OK, Typed::default(), Faults::new(), None),
            Err(refusal) => refusal,
        };
    }
    let program = cache::program(&app).await.found();
    let (landing, program) = match (cache::landing(&app, &address.name()).await, program) {
        (Answer::Found(landing), Some(program)) => (landing, program),
        (Answer::Unknown, _) => return pages::not_found().await,
        (_, program) => return fall_back(&app, program.as_ref()),
    };
    let scene = Scene { app: &app, program: &program, landing: &landing, action: address.path(), shown: Shown::Live };
    if query.split('&').any(|pair| pair == SENT) {
        return scene.thanks();
    }
    let arrival = arrive(&scene, &method, &headers, query);
    let typed = Typed::carrying(arrival.token.clone().unwrap_or_default());
    let mut response = scene.form(StatusCode::OK, typed, Faults::new(), None);
    if let Some(visitor) = &arrival.visitor {
        visitor::remember(response.headers_mut(), &arrival.journey, arrival.token.as_deref(), visitor);
    }
    if let Some((id, mark)) = arrival.touch {
        let utm = Utm::collect(|name| query_value(query, name));
        let campaign = utm.campaign.or_else(|| landing.content.campaign.clone());
        let message = Message::new(id, TouchKind::Landing, mark);
        let message = Message {
            partner: Some(landing.partner),
            utm: Utm { campaign, ..utm },
            visitor: arrival.visitor,
            ..message
        };
        ingest::record_behind(&app, message);
    }
    response
}

/// `POST /p/{partner}`, `/p/{partner}/{page}`: the form.
///
/// 1. More than [`form::BYTES_MAX`] bytes: 413, a page.
/// 2. An `Origin` that is not ours: 403, a page.
/// 3. A field that no person sees is filled: 303 to the thank-you, and nothing is recorded.
/// 4. `?preview` as in [`show`]; what would be wrong is said, and nothing is recorded.
/// 5. No such page: 404, a page. No store, or no keys: 503, a page that keeps what was typed.
/// 6. A mistake: 422, the page with what was typed and what is wrong beside each field.
/// 7. Sent faster than a person can, or without the proof of when it was shown: 422, the same page again.
/// 8. Too many from one place: 429, a page that keeps what was typed.
/// 9. Turnstile, where the program uses it, says no: 422 as in 7. Where it says nothing, the lead is marked.
/// 10. The lead is written, with the clicks that the form and the cookies prove and the coupon that the page showed; a token
///     that proves nothing is as good as none. A store that fails: 503 as in 5.
/// 11. 303 to the thank-you, or to the page's own destination as long as the program allows its host. The same words sent
///     again, by a double click, a reload or another tab of that day, make one lead.
#[worker::send]
pub async fn submit(
    app: App,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    session: Result<Session, Error>,
    segments: Result<Path<Vec<(String, String)>>, PathRejection>,
    body: Body,
) -> Response {
    // The body is read first: an answer that leaves one unread costs the connection, and the next request on it with it.
    let Ok(body) = body::read(body, form::BYTES_MAX).await else { return pages::error(StatusCode::PAYLOAD_TOO_LARGE) };
    if headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() != app.origin().as_bytes()) {
        return pages::error(StatusCode::FORBIDDEN);
    }
    let Some(address) = Address::of(segments) else { return pages::not_found().await };
    let typed = Typed::parse(&body);
    if !typed.trap.is_empty() {
        return see(&format!("{}?{SENT}", address.path()));
    }
    if let Some(token) = query_value(uri.query().unwrap_or_default(), PREVIEW) {
        return match preview(&app, &address, &token, session.ok()).await {
            Ok(draft) => rehearse(&draft.scene(&app, Shown::Draft), typed),
            Err(refusal) => refusal,
        };
    }
    let program = cache::program(&app).await.found();
    let (landing, program) = match (cache::landing(&app, &address.name()).await, program) {
        (Answer::Found(landing), Some(program)) => (landing, program),
        (Answer::Unknown, _) => return pages::not_found().await,
        _ => return try_again(Retry::unavailable(address.path(), typed, &questions(&Default::default()))),
    };
    let scene = Scene { app: &app, program: &program, landing: &landing, action: address.path(), shown: Shown::Live };
    let sheet = scene.questions();
    let checked = match typed.check(&sheet) {
        Ok(checked) => checked,
        Err(faults) => return scene.form(StatusCode::UNPROCESSABLE_ENTITY, typed, faults, None),
    };
    // Without keys no claim can be checked: the visitor is asked to send the form again rather than the credit lost.
    let keys = match app.keys() {
        Ok(keys) => keys,
        Err(error) => {
            console_error!("a form was not kept: {error:?}");
            return try_again(Retry::unavailable(address.path(), typed, &sheet));
        }
    };
    let form = match guard::shown(&keys, &typed.form_id, app.now()) {
        Ok(form) => form,
        Err(again) => return scene.form(StatusCode::UNPROCESSABLE_ENTITY, typed, Faults::new(), Some(again)),
    };
    if !guard::may(&app, Limit::Forms, guard::place(&headers)).await {
        return try_again(Retry::too_often(address.path(), typed, &sheet));
    }
    let human = match guard::human(scene.turnstile().and(app.turnstile_secret()), &typed.turnstile).await {
        Ok(human) => human,
        Err(again) => return scene.form(StatusCode::UNPROCESSABLE_ENTITY, typed, Faults::new(), Some(again)),
    };
    let allowed = visitor::visit(&method, &headers).allows_cookies(program.consent);
    let cookies = if allowed { visitor::cookies(&headers) } else { "" };
    let sent = Sent { form, human, keys: &keys, cookies, page: &address };
    match record(&scene, &typed, checked, &sent).await {
        Ok(()) => see(&scene.onward(&keys, &typed)),
        Err(error) => {
            console_error!("a form was not kept: {error:?}");
            try_again(Retry::unavailable(address.path(), typed, &sheet))
        }
    }
}

/// `POST /api/pages/{id}/render`, a browser's form of `content` (JSON) and `sent`: what an editor shows of a page that is not
/// written down.
/// 1. 401; 403 without the scope; 413 for more than [`form::BYTES_MAX`] bytes;
/// 2. 404 when there is no such page;
/// 3. 422 naming the field and the rule;
/// 4. 200 with the page as it would be with this content, or with `sent=1` its thank-you. It may stand in a frame of ours,
///    and do nothing there. Nothing is written.
#[worker::send]
pub async fn render(
    app: App,
    _who: Team<needs::PagesWrite>,
    query::Path(id): query::Path<String>,
    body: Body,
) -> Result<Response, Error> {
    let body = body::read(body, form::BYTES_MAX).await?;
    let value = |name: &str| url::form_urlencoded::parse(&body).find(|(of, _)| of == name).map(|(_, value)| value);
    let db = app.db()?;
    let row = landing_pages::find(&app, landing_pages::identifier(&id)?).await?;
    let content = landing_pages::content(&value("content").unwrap_or_default())?;
    let program = program::require(&db).await?;
    let content = landing_pages::check(&app, &program, row.partner_id, content).await?;
    let found = draft(&db, &row.partner, &row.slug, app.now(), Some(&content)).await?;
    let (_, landing) = found.ok_or_else(|| Error::not_found("The page"))?;
    let action = format!("{}/{}", path::LANDING, landing_pages::name(&row));
    let draft = Draft { program, landing, action };
    let scene = draft.scene(&app, Shown::Editor);
    Ok(match value("sent") {
        Some(_) => scene.thanks(),
        None => scene.form(StatusCode::OK, Typed::default(), Faults::new(), None),
    })
}

/// Which page an address names.
struct Address {
    partner: Slug,
    page: Option<Slug>,
}

impl Address {
    fn of(segments: Result<Path<Vec<(String, String)>>, PathRejection>) -> Option<Self> {
        let Path(segments) = segments.ok()?;
        let mut slugs = segments.iter().map(|(_, text)| Slug::new(text));
        Some(Self { partner: slugs.next()?.ok()?, page: slugs.next().transpose().ok()? })
    }

    fn page(&self) -> &str {
        self.page.as_ref().map_or("", Slug::as_str)
    }

    /// What follows `/p/`.
    fn name(&self) -> String {
        match &self.page {
            Some(page) => format!("{}/{page}", self.partner),
            None => self.partner.to_string(),
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", path::LANDING, self.name())
    }
}

/// A draft that may be seen.
struct Draft {
    program: Program,
    landing: Landing,
    action: String,
}

impl Draft {
    fn scene<'a>(&'a self, app: &'a App, shown: Shown) -> Scene<'a> {
        let Self { program, landing, action } = self;
        Scene { app, program, landing, action: action.clone(), shown }
    }
}

/// The draft at an address, for the marketer or for whoever has a token of it. Who has neither learns nothing of what is there.
async fn preview(app: &App, address: &Address, token: &str, session: Option<Session>) -> Result<Draft, Response> {
    let found = async { draft(&app.db()?, address.partner.as_str(), address.page(), app.now(), None).await };
    let unavailable = |error| {
        console_error!("no preview: {error:?}");
        pages::error(StatusCode::SERVICE_UNAVAILABLE)
    };
    let found = found.await.map_err(unavailable)?;
    let keys = app.keys().map_err(unavailable)?;
    let opened = verify_preview(&keys, token, app.now().time()).ok();
    let program = cache::program(app).await.found();
    match (found, program) {
        (Some((id, landing)), Some(program))
            if opened == Some(id) || session.is_some_and(|Session(person)| reads_drafts(&person)) =>
        {
            Ok(Draft { program, landing, action: format!("{}?{PREVIEW}={token}", address.path()) })
        }
        _ => Err(pages::error(StatusCode::GONE)),
    }
}

/// Whether somebody sees what is not public yet, which is the program's.
fn reads_drafts(person: &Person) -> bool {
    person.partner.is_none() && person.role.grants().hold(Permission::PagesRead)
}

/// What the form of a draft would answer.
fn rehearse(scene: &Scene<'_>, typed: Typed) -> Response {
    match typed.check(&scene.questions()) {
        Ok(_) => scene.thanks(),
        Err(faults) => scene.form(StatusCode::UNPROCESSABLE_ENTITY, typed, faults, None),
    }
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
    let (Some(mark), Ok(nonce)) = (visit.mark(), app.random()) else { return Arrival::default() };
    let id = TouchId::new(app.now(), nonce);
    let keys = app.keys().inspect_err(|error| console_error!("nothing is signed: {error:?}")).ok();
    let Some(keys) = keys.filter(|_| mark == Mark::Counted) else {
        return Arrival { touch: Some((id, mark)), ..Arrival::default() };
    };
    if let Some(proof) = query_value(query, CLICK_PARAM).and_then(|token| visitor::prove(&keys, &token, app.now()))
        && proof.claim.partner == partner
        && proof.claim.touch.at().0 + REPEAT > app.now().0
    {
        return Arrival { token: Some(proof.token), ..Arrival::default() };
    }
    let visitor = visit.allows_cookies(scene.program.consent).then(|| visitor::number(app, cookies).ok()).flatten();
    let (consent, kind) = (visitor.is_some(), Some(TouchKind::Landing));
    let claim = Claim { touch: id, link: None, partner, consent, kind };
    let journey = if visitor.is_some() { visitor::journey(&keys, cookies, app.now()) } else { Vec::new() };
    match visitor::repeated(&journey, &claim) {
        Some(earlier) => Arrival { touch: Some((id, Mark::Duplicate)), token: Some(earlier.token), visitor, journey },
        None => Arrival { touch: Some((id, mark)), token: Some(sign_click(&keys, &claim)), visitor, journey },
    }
}

/// How a form came.
struct Sent<'a> {
    form: FormId,
    human: Human,
    keys: &'a Keys,
    cookies: &'a str,
    page: &'a Address,
}

async fn record(scene: &Scene<'_>, typed: &Typed, checked: Checked, sent: &Sent<'_>) -> Result<(), Error> {
    let (app, landing, now) = (scene.app, scene.landing, scene.app.now());
    let click = visitor::prove(sent.keys, &typed.token, now).or_else(|| visitor::latest(sent.keys, sent.cookies, now));
    let journey = visitor::journey(sent.keys, sent.cookies, now);
    // The address of a page is passed on with the token in it. Who came by the click themselves has it in a cookie, or,
    // where the link's host was another one, was shown the form right behind it.
    let own_click = click.as_ref().is_some_and(|click| {
        journey.iter().any(|step| step.claim.touch == click.claim.touch)
            || sent.form.at().0 < click.claim.touch.at().0 + ARRIVAL
    });
    let coupon = landing.coupon.as_ref().filter(|code| **code == typed.coupon);
    let campaign = landing.content.campaign.clone();
    let mut metadata = json!({ "landing": landing.slug, "company": checked.company, "message": null });
    for (name, value) in [("page", sent.page.page.as_ref().map(Slug::to_string)), ("campaign", campaign.clone())] {
        if let Some(value) = value {
            metadata[name] = value.into();
        }
    }
    if let Some(coupon) = coupon {
        metadata["coupon"] = coupon.as_str().into();
    }
    for (name, value) in checked.more {
        metadata[name] = value;
    }
    // The same words for the same page are one lead on the day that the form was shown; what was corrected is another.
    let day = sent.form.at().0 / (24 * 60 * 60 * 1000);
    let contents = digest(format!("{} {:?} {:?} {metadata}", sent.page.name(), checked.email, checked.name));
    if sent.human == Human::Unproven {
        metadata["human"] = "unproven".into();
    }
    let lead = NewLead {
        key: format!("form:{day}:{}", &contents[..32]),
        at: now,
        who: Who { email: Some(checked.email), name: Some(checked.name), company: checked.company, ..Who::default() },
        click: click.map(|proof| proof.claim),
        own_click,
        journey: journey.into_iter().map(|proof| proof.claim).collect(),
        visitor: visitor::known(sent.cookies).map(str::to_owned),
        event_name: "Form submitted".to_owned(),
        metadata: Some(metadata.to_string()),
        coupon: coupon.and_then(|code| Coupon::new(code).ok()).map(|coupon| Redeemed { coupon, product: None }),
        campaign: campaign.unwrap_or_default(),
    };
    lead::record(app, &app.db()?, &lead).await?;
    fraud::behind(app);
    Ok(())
}

/// 303, so that a reload sends nothing.
pub fn see(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store")]).into_response()
}

/// What was typed, to be sent again in a minute.
pub fn try_again(retry: Retry) -> Response {
    let mut response = pages::respond(retry.status, page::html(&retry));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// Where a page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// To everybody.
    Live,
    /// As a draft, to those who have a link to it.
    Draft,
    /// In the editor's own page, while it is written.
    Editor,
}

/// One page of one program.
struct Scene<'a> {
    app: &'a App,
    program: &'a Program,
    landing: &'a Landing,
    /// Where the form goes.
    action: String,
    shown: Shown,
}

impl Scene<'_> {
    fn questions(&self) -> Vec<Question> {
        questions(&self.landing.content.form)
    }

    /// Key of Turnstile, where it can be asked and checked.
    fn turnstile(&self) -> Option<&str> {
        let key = self.program.settings.turnstile_site_key.as_deref()?;
        self.app.turnstile_secret().filter(|_| self.shown == Shown::Live).map(|_| key)
    }

    /// The page's own destination behind the form, as long as the program allows its host.
    fn destination(&self) -> Option<&str> {
        let address = self.landing.content.thanks.redirect.as_deref()?;
        Allowed::by(self.app, self.program).still(address).then_some(address)
    }

    /// Where the visitor goes behind the form.
    fn onward(&self, keys: &Keys, typed: &Typed) -> String {
        match self.destination() {
            Some(destination) => {
                let proof = visitor::prove(keys, &typed.token, self.app.now());
                location(destination, &Utm::default(), proof.as_ref().map(|proof| proof.token.as_str()), "")
            }
            None => format!("{}?{SENT}", self.action),
        }
    }

    fn thanks(&self) -> Response {
        self.render(StatusCode::OK, None)
    }

    fn form(&self, status: StatusCode, mut typed: Typed, faults: Faults, again: Option<Again>) -> Response {
        if typed.form_id.is_empty() || again == Some(Again::Unknown) {
            let signed = self.app.keys().and_then(|keys| Ok(sign_form(&keys, self.app.id()?)));
            typed.form_id =
                signed.inspect_err(|error| console_error!("a form without proof: {error:?}")).unwrap_or_default();
        }
        typed.coupon = self.landing.coupon.clone().unwrap_or_default();
        self.render(status, Some((typed, faults, again)))
    }

    fn render(&self, status: StatusCode, form: Option<(Typed, Faults, Option<Again>)>) -> Response {
        let Self { app, program, landing, action, shown } = self;
        let canonical = format!("{}{}", app.origin(), action.split('?').next().unwrap_or_default());
        let card = format!("{}/style/card.png", app.origin());
        // Without randomness the style element is refused by its own policy, and the page keeps its default colour.
        let nonce = app.random::<16>().map(|bytes| hex(&bytes)).unwrap_or_default();
        let turnstile = self.turnstile();
        let about = About {
            vendor: &program.name,
            vendor_url: &program.url,
            color: &program.color,
            partner: &landing.name,
            kind: landing.kind.as_deref(),
            image: landing.image.as_deref(),
            description: landing.description.as_deref(),
            coupon: landing.coupon.as_deref(),
            content: &landing.content,
            canonical: &canonical,
            card: &card,
            nonce: &nonce,
            turnstile,
            preview: *shown == Shown::Draft,
            framed: *shown == Shown::Editor,
        };
        let page = match form {
            Some((typed, faults, again)) => Page::with_form(about, action, &self.questions(), typed, faults, again),
            None => Page::sent(about, action),
        };
        let mut response = pages::respond(status, page::html(&page));
        if let Ok(policy) = HeaderValue::try_from(self.policy(&nonce, turnstile.is_some())) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }

    /// What the page may load: nothing but styles and pictures, and Turnstile where it is asked. A browser holds a form's
    /// redirect against `form-action` too. In the editor it stands in a frame, of an origin of its own, and sends nothing.
    fn policy(&self, nonce: &str, turnstile: bool) -> String {
        let guard = "https://challenges.cloudflare.com";
        let scripts = if turnstile { format!("script-src {guard}; frame-src {guard}; ") } else { String::new() };
        let onward = self.destination().and_then(|address| url::Url::parse(address).ok());
        let onward = onward.map(|url| format!(" {}", url.origin().ascii_serialization())).unwrap_or_default();
        let bounds = match self.shown {
            Shown::Editor => "form-action 'none'; frame-ancestors 'self'; sandbox".to_owned(),
            Shown::Live | Shown::Draft => format!("form-action 'self'{onward}; frame-ancestors 'none'"),
        };
        format!(
            "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: https:; {scripts}\
             base-uri 'none'; {bounds}"
        )
    }
}
