//! Pages and answers that belong to no noun.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use wire::{
    path,
    problem::{Code, Problem},
};

use crate::{
    app::App,
    cache,
    error::Error,
    page::{self, Action, Notice},
};

/// A page with its status, never kept by a cache.
pub fn respond(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page of an error.
pub fn error(status: StatusCode) -> Response {
    respond(status, page::error(status.as_u16()))
}

/// Anything under `/api` that is no route: 404 in the shape of the API.
pub async fn no_such_route() -> Error {
    Error::not_found("This address")
}

/// A route of the API by another method: 405, JSON.
pub async fn no_such_method() -> Response {
    let problem = Problem::new(Code::BadRequest, "This address does not take this method");
    (StatusCode::METHOD_NOT_ALLOWED, axum::Json(problem)).into_response()
}

/// Anything else that is not there: 404, a page.
pub async fn not_found() -> Response {
    error(StatusCode::NOT_FOUND)
}

/// `GET /unavailable`: where a visitor arrives when no store answers and the program named no place of its own. 503, a page
/// that asks no store; it offers the vendor's site if this isolate knows it.
pub async fn unavailable() -> Response {
    let notice = Notice::new(
        "503",
        "We cannot take you there just now",
        "The page behind this link is not answering. It should be back in a minute; your link stays good.",
    );
    let notice = match cache::remembered_program() {
        Some(program) => notice.with(format!("Go on to {}", program.name), program.url),
        None => notice,
    };
    let mut response = respond(StatusCode::SERVICE_UNAVAILABLE, notice.html());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// `GET /`: what runs here, and the two ways in; where e-mail is sent, a form that asks for a link.
#[worker::send]
pub async fn home(app: App) -> Response {
    let program = cache::program(&app).await.found();
    let mut ways = vec![("Partner portal", path::PORTAL), ("Marketer’s console", path::CONSOLE)];
    if program.as_ref().is_some_and(|program| program.settings.applications) {
        ways.push(("Become a partner", path::APPLY));
    }
    let notice = match &program {
        Some(program) if app.has_mail() => {
            let action = |(label, href): (&str, &str)| Action { label: label.to_owned(), href: href.to_owned() };
            let home = page::Home { program: program.name.clone(), actions: ways.into_iter().map(action).collect() };
            return respond(StatusCode::OK, page::html(&home));
        }
        Some(program) => Notice::new(
            "Tributary",
            format!("Partners of {}", program.name),
            "Links, landing pages and the revenue that partners bring. Sign in with the link that you were sent.",
        ),
        None => Notice::new(
            "Tributary",
            "Partner revenue, traced",
            "This instance has no program yet, or cannot reach it just now.",
        ),
    };
    let notice = ways.into_iter().fold(notice, |notice, (label, href)| notice.with(label, href));
    respond(StatusCode::OK, notice.html())
}
