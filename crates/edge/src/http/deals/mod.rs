//! Deals that partners register: what both sides see of them. What becomes of them is in [`steps`], help to sell in
//! [`help`].

pub mod help;
pub mod steps;

use axum::response::{IntoResponse, Response};
use engine::{
    deal::{Life, alike::Marks},
    id::{DealId, PartnerId},
    time::Millis,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use wire::{
    deal::{Deal, Details, Match, Why},
    fact::{Fault, write_time},
    page::merge,
    problem::Code,
};
use worker::D1Database;

use super::{
    body::{self, Json},
    paging::page,
    query::{Path, Query},
};
use crate::{
    app::App,
    auth::{Scope, Side, Team, needs},
    error::Error,
    store::{
        deal::{self, Change, Filter, Row},
        partner::{self, By},
    },
};

/// Who works on a deal: the vendor's people or the partner's, as it is stored.
fn side(scope: Scope) -> &'static str {
    match scope {
        Scope::Program => "program",
        Scope::Partner(_) => "partner",
    }
}

/// `POST /api/deals`, [`Details`]; the program says for whom in `partnerId`:
/// 1. 401; 403 without the scope;
/// 2. 400 when the body is no JSON object, 422 naming the field and the rule;
/// 3. 503 when the store does not answer: nothing was recorded, send it again;
/// 4. 201 with the deal, which waits for the marketer; 200 where the same details of the partner wait already. `known`
///    says whether somebody like it is registered or known, and nothing more.
#[worker::send]
pub async fn create(app: App, who: Side<needs::DealsWrite>, Json(sent): Json<Value>) -> Result<Response, Error> {
    let mut sent = sent;
    let named = take(&mut sent, "partnerId").map(|value| value.as_str().unwrap_or_default().to_owned());
    let details = body::item::<Details>(&sent)?.checked()?;
    let db = who.pen(&app)?;
    let partner = partner(&db, who.scope, named.as_deref()).await?;
    let (marks, known) = look(&db, &details, None, app.now()).await?;
    let new = app.id()?;
    let id = deal::create(&db, new, partner, &details, (&marks, known), side(who.scope)).await?;
    let status = if id == new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(shape(&app, who.scope, &find(&db, id, who.scope).await?)?)).into_response())
}

/// Parameters of `GET /api/deals`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    partner_id: Option<String>,
    state: Option<String>,
    search: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/deals`: 401; 403 without the scope; 422 for a state, a partner or a page that cannot
/// be; 200 with an array, the newest first. A partner's are their own, whatever `partnerId` says.
#[worker::send]
pub async fn list(
    app: App,
    who: Side<needs::DealsRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Deal>>, Error> {
    let named = query.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?;
    let scope = match (who.scope, named) {
        (Scope::Program, Some(partner)) => Scope::Partner(partner),
        (scope, _) => scope,
    };
    if query.state.as_deref().is_some_and(|word| !Life::WORDS.contains(&word)) {
        return Err(Error::rule("state", format!("must be one of {}", Life::WORDS.join(", "))));
    }
    let (limit, offset) = page(query.page, query.page_size)?;
    let filter = Filter { state: query.state, search: query.search, limit, offset };
    let rows = deal::list(&app.db()?, scope, &filter, app.now()).await?;
    Ok(axum::Json(rows.iter().map(|row| shape(&app, who.scope, row)).collect::<Result<_, _>>()?))
}

/// `GET /api/deals/{id}`: 401; 403 without the scope; 404, also for another partner's; 200 with the
/// deal.
#[worker::send]
pub async fn get(app: App, who: Side<needs::DealsRead>, Path(id): Path<String>) -> Result<axum::Json<Deal>, Error> {
    let row = find(&app.db()?, identifier(&id)?, who.scope).await?;
    Ok(axum::Json(shape(&app, who.scope, &row)?))
}

/// `PATCH /api/deals/{id}`, `version` and what changes of [`Details`], as RFC 7396 merges JSON:
/// 1. 401; 403 without the scope;
/// 2. 404, also for another partner's;
/// 3. 422 naming the field and the rule;
/// 4. 409 when the marketer has decided, somebody else was first, or the partner has registered the same already;
/// 5. 200 with the deal. Sent again it changes nothing.
#[worker::send]
pub async fn update(
    app: App,
    who: Side<needs::DealsWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Value>,
) -> Result<axum::Json<Deal>, Error> {
    let mut sent = sent;
    let seen = take(&mut sent, "version").and_then(|value| u32::try_from(value.as_u64()?).ok());
    let seen = seen.ok_or_else(|| Error::rule("version", "must be the version of the deal that was seen"))?;
    let id = identifier(&id)?;
    let db = who.pen(&app)?;
    let row = find(&db, id, who.scope).await?;
    let mut details = serde_json::to_value(row.details()?)?;
    merge(&mut details, sent);
    let details = body::item::<Details>(&details)?.checked()?;
    let request = serde_json::to_string(&details)?;
    let change = Change { seen, step: "edit", request: &request, side: side(who.scope) };
    if !change.is_made(&db, id).await? {
        if row.version != seen {
            return Err(stale(&row));
        }
        if !matches!(row.life(app.now())?, Life::Submitted(_)) {
            let message = "state: only a deal that is submitted can be changed";
            return Err(Error::Refused(Code::Conflict, message.into()));
        }
        let (marks, known) = look(&db, &details, Some(&row), app.now()).await?;
        deal::edit(&db, id, &change, (&marks, known), app.now()).await?;
    }
    Ok(axum::Json(shape(&app, who.scope, &find(&db, id, who.scope).await?)?))
}

/// `GET /api/deals/{id}/matches`: 401; 403 without the scope; 404; 200 with an array of who may be the same, the surest
/// first: other deals, customers, and the open opportunities of those.
#[worker::send]
pub async fn matches(
    app: App,
    who: Team<needs::DealsRead>,
    Path(id): Path<String>,
) -> Result<axum::Json<Vec<Match>>, Error> {
    let db = app.db()?;
    let row = find(&db, identifier(&id)?, who.scope).await?;
    let found = deal::alike(&db, &row.marks()?, Some(&row), app.now()).await?;
    let shape = |(row, reasons): (deal::Candidate, Vec<_>)| {
        let reasons: Vec<Why> = reasons.into_iter().map(Why::from).collect();
        Match {
            kind: row.kind,
            id: row.id,
            name: row.name,
            partner_id: row.partner_id,
            state: row.state,
            customer_id: row.customer_id,
            customer_external_id: row.external_id,
            score: reasons.first().map_or(0.0, |why| why.score),
            reasons,
        }
    };
    Ok(axum::Json(found.into_iter().map(shape).collect()))
}

/// Takes a field out of what was sent; the rest is read as what it is a part of.
fn take(sent: &mut Value, field: &str) -> Option<Value> {
    sent.as_object_mut()?.remove(field)
}

/// What a deal is known by, and whether somebody like it is.
async fn look(db: &D1Database, details: &Details, own: Option<&Row>, now: Millis) -> Result<(Marks, bool), Error> {
    let marks = Marks::new(&details.company, Some(&details.contact_email), details.website.as_deref());
    let known = !deal::alike(db, &marks, own, now).await?.is_empty();
    Ok((marks, known))
}

/// Whose deal or help it is: the partner's own, or, for the program, whom it names; 409 for one who has left.
async fn partner(db: &D1Database, scope: Scope, named: Option<&str>) -> Result<PartnerId, Error> {
    let asked = named.map(str::parse).transpose().map_err(|error| Fault::new("partnerId", error))?;
    let id = scope.narrowed(asked)?.ok_or_else(|| Error::rule("partnerId", "is required"))?;
    let found = partner::find(db, By::Id(id)).await?;
    let found = found.ok_or_else(|| Error::rule("partnerId", "is not a partner of this program"))?;
    match found.away()? {
        Some(_) => Err(Error::Refused(Code::Conflict, "partnerId: is of a partner who has left the program".into())),
        None => Ok(found.id),
    }
}

fn identifier(text: &str) -> Result<DealId, Error> {
    text.parse().map_err(|_| Error::not_found("The deal"))
}

async fn find(db: &D1Database, id: DealId, scope: Scope) -> Result<Row, Error> {
    deal::find(db, id, scope).await?.ok_or_else(|| Error::not_found("The deal"))
}

/// Somebody else was first: what they made of the deal.
fn stale(row: &Row) -> Error {
    let message = format!("version: the deal was changed meanwhile, and is {} now; read it again", row.state);
    Error::Refused(Code::Conflict, message)
}

/// The deal, as somebody of a scope may see it.
fn shape(app: &App, scope: Scope, row: &Row) -> Result<Deal, Error> {
    let life = row.life(app.now())?;
    let mut deal = Deal {
        id: row.id.to_string(),
        partner_id: row.partner_id.to_string(),
        state: life.word(),
        version: row.version,
        details: row.details()?,
        known: row.known > 0,
        protected_until: life.until().map(write_time),
        stage: row.stage.clone(),
        created_at: write_time(Millis(row.created_at)),
        updated_at: write_time(Millis(row.updated_at)),
        ..Deal::default()
    };
    let mut invoice = None;
    match life {
        Life::Rejected(rejected) => deal.reason = Some(rejected.reason),
        Life::Lost(lost) => (deal.reason, deal.closed_at) = (Some(lost.reason), Some(write_time(lost.at))),
        Life::Won(won) => {
            deal.closed_at = Some(write_time(won.win.at));
            deal.won_amount = Some(won.win.amount);
            deal.won_currency = Some(won.win.currency.code().to_owned());
            invoice = won.win.invoice;
        }
        Life::Submitted(_) | Life::Approved(_) | Life::Expired(_) | Life::Withdrawn(_) => {}
    }
    if scope == Scope::Program {
        deal.invoice = invoice;
        deal.customer_id.clone_from(&row.customer_id);
        deal.opportunity_id.clone_from(&row.opportunity_id);
    }
    Ok(deal)
}
