//! Introductions and help to sell, on a deal or an opportunity: one side records them, the other confirms or declines.
//! Only what is confirmed is a touch.

use axum::response::{IntoResponse, Response};
use engine::{
    id::{DealId, HelpId},
    time::Millis,
};
use http::StatusCode;
use serde::Deserialize;
use wire::{
    deal::{AnswerHelp, Help, RecordHelp},
    fact::{key, write_time},
    problem::Code,
};
use worker::D1Database;

use super::super::query::{Path, Query};
use super::{partner, side};
use crate::{
    app::App,
    auth::{Scope, Side, Who, needs},
    error::Error,
    http::{body::Json, paging::page},
    store::{
        customer::{self, By},
        deal,
        event::{Whose, Written},
        help::{self, New, Of, Row},
    },
};

/// `POST /api/deal-help`; the program says whose help it was in `partnerId`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule: whose, what, when, and the deal or the opportunity. A partner names a deal of
///    their own, or any opportunity: whether there is one, only the program is told;
/// 3. 201 with the help, which waits for the other side; 200 where the same help of the same moment is recorded
///    already.
#[worker::send]
pub async fn record(app: App, who: Side<needs::DealsWrite>, Json(sent): Json<RecordHelp>) -> Result<Response, Error> {
    let scope = who.scope;
    let (kind, at, note) = sent.checked(app.now())?;
    let db = who.pen(&app)?;
    let partner = partner(&db, scope, sent.partner_id.as_deref()).await?;
    let of = match (&sent.deal_id, &sent.opportunity_id) {
        (Some(deal), None) => {
            let fault = || Error::rule("dealId", "is not a deal of this partner");
            let id: DealId = deal.parse().map_err(|_| fault())?;
            deal::find(&db, id, Scope::Partner(partner)).await?.ok_or_else(fault)?;
            Of::Deal(id)
        }
        (None, Some(opportunity)) => {
            key("opportunityId", opportunity)?;
            if scope == Scope::Program {
                customer(&db, None, Some(opportunity)).await?;
            }
            Of::Opportunity(opportunity)
        }
        _ => return Err(Error::rule("dealId", "must stand here, or an opportunityId, and not both")),
    };
    let new = New { id: app.id()?, partner, of, kind, at, note: note.as_deref(), side: side(scope) };
    let id = help::create(&db, &new).await?;
    let status = if id == new.id { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(shape(scope, find(&db, id, scope).await?))).into_response())
}

/// Parameters of `GET /api/deal-help`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    deal_id: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/deal-help`: 401; 403 without the scope; 422 for a page that cannot be; 200 with an
/// array, the newest first: a partner's own, whoever recorded it.
#[worker::send]
pub async fn list(
    app: App,
    who: Side<needs::DealsRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Help>>, Error> {
    let scope = who.scope;
    let range = page(query.page, query.page_size)?;
    let rows = help::list(&app.db()?, scope, query.deal_id.as_deref(), range).await?;
    Ok(axum::Json(rows.into_iter().map(|row| shape(scope, row)).collect()))
}

/// `POST /api/deal-help/{id}/confirm`, by the side that did not record it:
/// 1. 401; 403 without the scope;
/// 2. 404, also for another partner's;
/// 3. 403 for the side that recorded it;
/// 4. 422 when the deal is not approved yet, or the opportunity is not known;
/// 5. 409 when it was declined;
/// 6. 200 with the help: it is a touch of the partner now, at the time when it happened. Sent again it changes nothing.
#[worker::send]
pub async fn confirm(
    app: App,
    who: Side<needs::DealsWrite>,
    Path(id): Path<String>,
    Json(_): Json<AnswerHelp>,
) -> Result<Answer, Error> {
    answer(&app, &who, &id, None).await
}

/// `POST /api/deal-help/{id}/decline`: as [`confirm`], 409 when it was confirmed; nothing is recorded but the answer.
#[worker::send]
pub async fn decline(
    app: App,
    who: Side<needs::DealsWrite>,
    Path(id): Path<String>,
    Json(sent): Json<AnswerHelp>,
) -> Result<Answer, Error> {
    answer(&app, &who, &id, Some(sent.checked()?)).await
}

type Answer = axum::Json<Help>;

/// Writes the answer of the side that did not record: `declined` with its reason, or else confirmed.
async fn answer(app: &App, who: &Who, id: &str, declined: Option<Option<String>>) -> Result<Answer, Error> {
    let (db, scope) = (who.pen(app)?, who.scope);
    let id: HelpId = id.parse().map_err(|_| Error::not_found("The help"))?;
    let row = find(&db, id, scope).await?;
    if row.side == side(scope) {
        return Err(Error::Refused(Code::Forbidden, "It is the other side's to answer what this one recorded".into()));
    }
    let row = if row.confirmed.is_some() {
        row
    } else {
        let customer = match &declined {
            Some(_) => None,
            None => Some(customer(&db, row.deal_id.as_deref(), row.opportunity_id.as_deref()).await?),
        };
        let reason = declined.as_ref().and_then(|reason| reason.as_deref());
        // Where another answer was first, that one stands.
        let (Written::Whole | Written::Taken) = help::answer(&db, &row, customer.as_ref(), reason, app.now()).await?;
        find(&db, id, scope).await?
    };
    if (row.confirmed == Some(1)) != declined.is_none() {
        return Err(Error::Refused(Code::Conflict, "state: it has been answered otherwise".into()));
    }
    Ok(axum::Json(shape(scope, row)))
}

/// The customer of a deal or an opportunity.
async fn customer(db: &D1Database, deal: Option<&str>, opportunity: Option<&str>) -> Result<Whose, Error> {
    let not_yet = || Error::rule("dealId", "must be approved first");
    if let Some(id) = deal {
        let row = deal::find(db, id.parse().map_err(|_| not_yet())?, Scope::Program).await?;
        let opportunity = row.and_then(|row| row.opportunity_id).ok_or_else(not_yet)?;
        return Ok(customer::identity(db, By::Opportunity(&opportunity)).await?.ok_or_else(not_yet)?.whose());
    }
    let found = customer::identity(db, By::Opportunity(opportunity.unwrap_or_default())).await?;
    Ok(found.ok_or_else(|| Error::rule("opportunityId", "is not a recorded opportunity"))?.whose())
}

async fn find(db: &D1Database, id: HelpId, scope: Scope) -> Result<Row, Error> {
    help::find(db, id, scope).await?.ok_or_else(|| Error::not_found("The help"))
}

/// The help, as a side may see it: identifiers of the vendor's tend to spell the customer's name, so that a partner
/// sees those only that they named.
fn shape(scope: Scope, row: Row) -> Help {
    let shown = scope == Scope::Program || row.side == side(scope);
    Help {
        id: row.id.to_string(),
        partner_id: row.partner_id.to_string(),
        deal_id: row.deal_id,
        opportunity_id: row.opportunity_id.filter(|_| shown),
        kind: row.kind,
        at: write_time(Millis(row.at)),
        note: row.note,
        recorded_by: row.side,
        state: match row.confirmed {
            None => "pending",
            Some(0) => "declined",
            Some(_) => "confirmed",
        },
        reason: row.reason,
        created_at: write_time(Millis(row.created_at)),
    }
}
