//! The form by which somebody asks to be let into the program.

use axum::{body::Body, response::Response};
use http::{HeaderMap, StatusCode, Uri, header};
use wire::{path, token::sign_form};
use worker::console_error;

use super::{
    body, guard,
    landing::{see, try_again},
    pages,
};
use crate::{
    app::{App, Limit},
    cache::{self, Answer},
    error::Error,
    page::{
        self, Apply, Notice, Retry,
        form::{self, Checked, Faults, Form, TRAP, Typed, application},
        landing::Again,
    },
    store::{
        application::{New, record as write},
        audit::{Actor, Pen},
        program::Program,
    },
};

/// The query that shows the thank-you.
const SENT: &str = "sent=1";

/// `GET /portal/apply`: 200, the form; with `?sent=1` the thank-you. 404, a page, where the program takes no applications;
/// 503, a page, without a store.
#[worker::send]
pub async fn show(app: App, uri: Uri) -> Response {
    match program(&app).await {
        Ok(program) if uri.query() == Some(SENT) => thanks(&program),
        Ok(program) => sheet(&app, &program, StatusCode::OK, Typed::default(), Faults::new(), None),
        Err(refusal) => refusal,
    }
}

/// `POST /portal/apply`: the form.
///
/// 1. More than [`form::BYTES_MAX`] bytes: 413, a page.
/// 2. An `Origin` that is not ours: 403, a page.
/// 3. A field that no person sees is filled: 303 to the thank-you, and nothing is recorded.
/// 4. The program takes no applications: 404, a page. No store, or no keys: 503, a page that keeps what was typed.
/// 5. A mistake: 422, the page with what was typed and what is wrong beside each field.
/// 6. Sent faster than a person can, or without the proof of when it was shown: 422, the same page again.
/// 7. Too many from one place: 429, a page that keeps what was typed.
/// 8. It is written, once for an address that waits: what was said last stands. 303 to the thank-you, whether or not
///    somebody is a partner already.
#[worker::send]
pub async fn submit(app: App, headers: HeaderMap, body: Body) -> Response {
    let Ok(body) = body::read(body, form::BYTES_MAX).await else { return pages::error(StatusCode::PAYLOAD_TOO_LARGE) };
    if headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() != app.origin().as_bytes()) {
        return pages::error(StatusCode::FORBIDDEN);
    }
    let typed = Typed::parse(&body);
    let sent = format!("{}?{SENT}", path::APPLY);
    if !typed.trap.is_empty() {
        return see(&sent);
    }
    let questions = application();
    let unavailable = |typed| try_again(Retry::unavailable(path::APPLY.to_owned(), typed, &questions));
    let program = match program(&app).await {
        Ok(program) => program,
        Err(refusal) if refusal.status() == StatusCode::NOT_FOUND => return refusal,
        Err(_) => return unavailable(typed),
    };
    let again = |status, typed, faults, again| sheet(&app, &program, status, typed, faults, again);
    let checked = match typed.check(&questions) {
        Ok(checked) => checked,
        Err(faults) => return again(StatusCode::UNPROCESSABLE_ENTITY, typed, faults, None),
    };
    let keys = match app.keys() {
        Ok(keys) => keys,
        Err(error) => {
            console_error!("an application was not kept: {error:?}");
            return unavailable(typed);
        }
    };
    if let Err(why) = guard::shown(&keys, &typed.form_id, app.now()) {
        return again(StatusCode::UNPROCESSABLE_ENTITY, typed, Faults::new(), Some(why));
    }
    if !guard::may(&app, Limit::Forms, guard::place(&headers)).await {
        return try_again(Retry::too_often(path::APPLY.to_owned(), typed, &questions));
    }
    match record(&app, checked).await {
        Ok(()) => see(&sent),
        Err(error) => {
            console_error!("an application was not kept: {error:?}");
            unavailable(typed)
        }
    }
}

/// The program, where it takes applications.
async fn program(app: &App) -> Result<Program, Response> {
    match cache::program(app).await {
        Answer::Found(program) if program.settings.applications => Ok(program),
        Answer::Found(_) | Answer::Unknown => Err(pages::not_found().await),
        Answer::Down => Err(pages::error(StatusCode::SERVICE_UNAVAILABLE)),
    }
}

async fn record(app: &App, checked: Checked) -> Result<(), Error> {
    let Checked { name, email, company, more } = checked;
    let said = |name: &str| more.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let new = New {
        id: app.id()?,
        email,
        company: company.unwrap_or_else(|| name.clone()),
        name,
        website: said("website"),
        message: said("message"),
    };
    let pen = Pen::new(app.db()?, Actor::Own("application"), app.now());
    write(&pen, &new, app.now()).await
}

fn thanks(program: &Program) -> Response {
    let text = format!(
        "{} looks at what you sent, and answers by e-mail. Who asks twice is not forgotten twice: what you sent last counts.",
        program.name
    );
    let notice = Notice::new(program.name.as_str(), "Thank you: it has arrived", text);
    pages::respond(StatusCode::OK, notice.with(format!("Back to {}", program.name), program.url.as_str()).html())
}

fn sheet(
    app: &App,
    program: &Program,
    status: StatusCode,
    mut typed: Typed,
    faults: Faults,
    again: Option<Again>,
) -> Response {
    if typed.form_id.is_empty() || again == Some(Again::Unknown) {
        let signed = app.keys().and_then(|keys| Ok(sign_form(&keys, app.id()?)));
        typed.form_id =
            signed.inspect_err(|error| console_error!("a form without proof: {error:?}")).unwrap_or_default();
    }
    let form = Form::new(&application(), typed, faults, again.map(Again::says));
    pages::respond(status, page::html(&Apply { vendor: &program.name, action: path::APPLY, trap: TRAP, form }))
}
