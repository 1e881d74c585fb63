//! The only route table.

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::IntoResponse as _,
    routing::{delete, get, patch, post, put},
};
use http::{HeaderValue, Method, Response, Uri, header, request::Parts};
use tower_service::Service as _;
use wire::{csv, fact::BYTES_MAX, path};
use worker::{Context, Env, HttpRequest};

use crate::{
    app::App,
    http::{redirect::Asked, *},
    outgoing,
};

thread_local! {
    /// Built once an isolate; a clone shares it.
    static ROUTER: Router = router();
}

fn router() -> Router {
    let api = Router::new()
        .route("/setup", post(setup::create))
        .route("/program", get(program::get).patch(program::update))
        .route("/policies", get(program::policies).post(program::add_policy))
        .route("/partners", get(partners::list).post(partners::create))
        .route("/partners/analytics", get(commissions::analytics::get))
        .route("/partners/ban", post(standing::ban))
        .route("/partners/deactivate", post(standing::deactivate))
        .route("/partners/reactivate", post(standing::reactivate))
        .route("/partners/links", get(links::of_partner::list).post(links::of_partner::create))
        .route("/partners/links/upsert", put(links::of_partner::upsert))
        .route("/links", get(links::list).post(links::create))
        .route("/links/info", get(links::info))
        .route("/links/count", get(links::count))
        .route("/links/upsert", put(links::upsert))
        .route("/links/bulk", post(links::bulk::create).patch(links::bulk::update).delete(links::bulk::delete))
        .route("/links/{id}", patch(links::update).delete(links::delete))
        .route("/tags", get(filing::tags).post(filing::create_tag))
        .route("/tags/{id}", patch(filing::update_tag).delete(filing::delete_tag))
        .route("/folders", get(filing::folders).post(filing::create_folder))
        .route("/folders/{id}", patch(filing::update_folder).delete(filing::delete_folder))
        .route("/groups", get(filing::groups).post(filing::create_group))
        .route("/groups/{id}", patch(filing::update_group).delete(filing::delete_group))
        .route("/capture", post(capture::record))
        .route("/consent", post(capture::consent))
        .route("/discount-codes", get(coupons::list).post(coupons::create))
        .route("/discount-codes/{id_or_code}", patch(coupons::update).delete(coupons::delete))
        .route("/deals", get(deals::list).post(deals::create))
        .route("/deals/{id}", get(deals::get).patch(deals::update))
        .route("/deals/{id}/matches", get(deals::matches))
        .route("/deals/{id}/withdraw", post(deals::steps::withdraw))
        .route("/deals/{id}/approve", post(deals::steps::approve))
        .route("/deals/{id}/reject", post(deals::steps::reject))
        .route("/deals/{id}/extend", post(deals::steps::extend))
        .route("/deals/{id}/stage", post(deals::steps::stage))
        .route("/deals/{id}/won", post(deals::steps::win))
        .route("/deals/{id}/lost", post(deals::steps::lose))
        .route("/deal-help", get(deals::help::list).post(deals::help::record))
        .route("/deal-help/{id}/confirm", post(deals::help::confirm))
        .route("/deal-help/{id}/decline", post(deals::help::decline))
        .route("/qr", get(qr::get))
        .route("/pages", get(landing_pages::list).post(landing_pages::create))
        .route("/pages/{id}", get(landing_pages::get).patch(landing_pages::update))
        .route("/pages/{id}/publish", post(landing_pages::publish))
        .route("/pages/{id}/unpublish", post(landing_pages::unpublish))
        .route("/pages/{id}/versions", get(landing_pages::versions))
        .route("/pages/{id}/restore", post(landing_pages::restore))
        .route("/pages/{id}/preview", post(landing_pages::preview))
        .route("/pages/{id}/render", post(landing::render))
        .route("/track/lead", post(track::lead).options(cors::preflight))
        .route("/track/sale", post(track::sale))
        .route("/tokens/embed/referrals", post(embed::create))
        .route("/facts", post(facts::record))
        .route("/imports", get(imports::list).post(imports::create))
        .route("/imports/{id}", get(imports::get))
        .route("/imports/{id}/rows", get(imports::rows))
        .route("/imports/{id}/apply", post(imports::apply))
        .route("/imports/{id}/undo", post(imports::undo))
        .route("/customers", get(customers::list).post(customers::create))
        .route("/customers/{id}", get(customers::get).patch(customers::update).delete(customers::delete))
        .route("/customers/{id}/merge", post(customers::merge))
        .route("/customers/{id}/unmerge", post(customers::unmerge))
        .route("/commissions", get(commissions::list).post(commissions::create::create))
        .route("/commissions/bulk", patch(commissions::update_many))
        .route("/commissions/{id}", patch(commissions::update))
        .route("/hooks/stripe", post(hooks::stripe))
        .route("/terms", get(terms::list).post(terms::add))
        .route("/statements", get(statements::list))
        .route("/statements/close", post(statements::close))
        .route("/export", get(export::get))
        .route("/restore", post(restore::create))
        .route("/referrals", post(referrals::ask))
        .route("/suspicions", get(suspicions::list))
        .route("/suspicions/{id}", get(suspicions::get))
        .route("/suspicions/{id}/clear", post(suspicions::clear))
        .route("/suspicions/{id}/confirm", post(suspicions::confirm))
        .route("/suspicions/{id}/hold", post(suspicions::hold))
        .route("/fraud-rules", get(suspicions::rules).put(suspicions::set_rules))
        .route("/feed", get(feed::get).options(cors::preflight))
        .route("/feed/segments/{id}", get(feed::segment).options(cors::preflight))
        .route("/sign-in", post(sign_in::ask))
        .route("/sign-in-links", post(sign_in::create))
        .route("/session", get(sign_in::session))
        .route("/members", get(members::list).post(members::create))
        .route("/members/{id}", patch(members::update).delete(members::delete))
        .route("/keys", get(keys::list).post(keys::create))
        .route("/keys/{id}", patch(keys::update).delete(keys::delete))
        .route("/audit", get(audit::list))
        .route("/applications", get(applications::list))
        .route("/applications/{id}/approve", post(applications::approve))
        .route("/applications/{id}/decline", post(applications::decline))
        .route("/views", get(views::list).post(views::create))
        .route("/views/{id}", delete(views::delete))
        .route("/outbox", get(outbox::list))
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/webhooks/{id}", patch(webhooks::update).delete(webhooks::delete))
        .route("/webhooks/{id}/rotate", post(webhooks::rotate))
        .route("/webhooks/{id}/test", post(webhooks::test))
        .route("/webhooks/{id}/deliveries", get(webhooks::deliveries))
        .route("/webhooks/{id}/replay", post(webhooks::replay_failed))
        .route("/deliveries/{id}/replay", post(webhooks::replay))
        .method_not_allowed_fallback(pages::no_such_method)
        .fallback(pages::no_such_route);
    Router::new()
        .nest("/api", api)
        .route(path::SIGN_IN, get(sign_in::enter).post(sign_in::ask_by_form))
        .route(path::SIGN_OUT, post(sign_in::leave))
        .route(path::APPLY, get(apply::show).post(apply::submit))
        .route("/healthz", get(health::get))
        .route("/p/{partner}", get(landing::show).post(landing::submit))
        .route("/p/{partner}/{page}", get(landing::show).post(landing::submit))
        .route("/unavailable", get(pages::unavailable))
        .route("/", get(pages::home))
        .route("/{slug}", get(redirect::follow).post(redirect::open))
        .fallback(pages::not_found)
}

/// Answers a request. `HEAD` is routed as `GET` (axum drops the body), and handlers that record look at the method.
pub async fn answer(request: HttpRequest, env: Env, ctx: Context) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let host = parts.uri.authority().map_or("localhost", http::uri::Authority::as_str);
    let app = App::new(env, ctx, parts.uri.scheme_str().unwrap_or("https"), host);
    parts.uri = without_last_slash(parts.uri);
    if let Some(asked) = visited(&parts) {
        let mut response = redirect::visit(&app, &asked, &parts).await;
        harden(&mut response);
        return response;
    }
    parts.extensions.insert(app.clone());
    let writes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let open = cors::is_open(parts.uri.path());
    // The body is read before anything is answered, refusals included: see `body::read`.
    let most = if parts.uri.path() == imports::PATH { csv::BYTES_MAX } else { BYTES_MAX };
    let mut response = match body::read(Body::new(body), most).await {
        Ok(bytes) => {
            let mut router = ROUTER.with(Clone::clone);
            match router.call(Request::from_parts(parts, Body::from(bytes))).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
        Err(error) => error.into_response(),
    };
    if writes && !response.status().is_client_error() {
        outgoing::send_behind(&app);
    }
    harden(&mut response);
    if open { cors::open(response) } else { response }
}

/// What a visit asks for. The table's last line says the same, and so do the slugs, of which none is a page's name here; but
/// the way by the table and the extractors copies what it carries.
fn visited(parts: &Parts) -> Option<Asked> {
    (parts.method == Method::GET).then(|| Asked::read(parts.uri.path().strip_prefix('/')?)).flatten()
}

/// Links in the wild often end in a slash that nobody meant.
fn without_last_slash(uri: Uri) -> Uri {
    let path = uri.path();
    let Some(plain) = path.strip_suffix('/').filter(|plain| !plain.is_empty()) else { return uri };
    let path = uri.query().map_or_else(|| plain.to_owned(), |query| format!("{plain}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path.parse().ok();
    Uri::from_parts(parts).unwrap_or(uri)
}

/// Headers that every answer carries; a page that needs others has set them already.
fn harden(response: &mut Response<Body>) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self' data: https:; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
}
