//! Statements of months, and their closing.

use engine::{
    id::PartnerId,
    period::{Grain, Zone},
    time::{Millis, Time},
};
use serde::Deserialize;
use wire::{
    fact::{Fault, write_time},
    statement::{CloseMonth, Closed, Statement},
};

use super::body::Json;
use super::query::Query;
use crate::{
    app::App,
    auth::{Side, Team, needs},
    error::Error,
    fraud,
    months::{self, Books},
    store::{
        partner::{self, By},
        program, statement,
    },
    zone,
};

/// Parameters of `GET /api/statements`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    month: Option<String>,
    partner_id: Option<String>,
}

async fn calendar(app: &App) -> Result<Zone, Error> {
    Ok(zone::of(&program::require(&app.db()?).await?.timezone, app.now().time()))
}

/// `GET /api/statements`:
/// 1. 401; 403 without the scope;
/// 2. 422 for a month that is none or has not begun, or a partner that cannot be;
/// 3. 404 for another partner, asked by a partner's people, or none;
/// 4. 409 for an open month while no terms are recorded;
/// 5. 200 with an array: the month's statements, the present month's where none is named, one a partner and currency. A
///    closed month is as it was closed; an open one is computed, a partner's people's from what they may see.
#[worker::send]
pub async fn list(
    app: App,
    who: Side<needs::StatementsRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Statement>>, Error> {
    let (db, now) = (app.db()?, app.now().time());
    let asked: Option<PartnerId> =
        query.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?;
    let zone = calendar(&app).await?;
    let present = zone.period(now, Grain::Month);
    let month = query.month.as_deref().map_or(Ok(present), |text| months::read(&zone, text))?;
    if month.from > now {
        return Err(Error::rule("month", "must have begun"));
    }
    let partner = who.scope.narrowed(asked)?;
    if let Some(id) = partner {
        partner::find(&db, By::Id(id)).await?.ok_or_else(|| Error::not_found("The partner"))?;
    }
    let name = months::name(&zone, month);
    let closed = statement::closed_until(&db).await?;
    if closed.is_some_and(|until| month.until <= until) {
        let shape = |row: statement::Row| {
            let (sheet, at) = (row.sheet()?, write_time(Millis(row.created_at)));
            Ok(Statement::new(name.clone(), row.partner_id, row.currency, Some(at), sheet))
        };
        let rows = statement::of(&db, &name, partner).await?;
        return Ok(axum::Json(rows.into_iter().map(shape).collect::<Result<_, Error>>()?));
    }
    // The first open month corrects what is closed; those after it begin where it ends.
    let stated = if closed == Some(month.from) { Some(statement::stated(&db, partner).await?) } else { None };
    let books = Books::open(&db, who.scope, now).await?;
    let until = Time(now.0.saturating_add(1));
    let sheets = books.sheets(month, until, stated.as_ref(), partner);
    let shape = |((id, currency), sheet)| Statement::new(name.clone(), id, currency, None, sheet);
    Ok(axum::Json(sheets.into_iter().map(shape).collect()))
}

/// `POST /api/statements/close`:
/// 1. 401; 403 without the scope;
/// 2. 422 for a month that is none or is not over;
/// 3. 503 when what was recorded could not be looked at for fraud;
/// 4. 409 while no terms are recorded;
/// 5. 200 with the months that are closed by this, none where they were closed already. What comes later is corrected
///    in the first open month.
#[worker::send]
pub async fn close(
    app: App,
    who: Team<needs::StatementsClose>,
    Json(wanted): Json<CloseMonth>,
) -> Result<axum::Json<Closed>, Error> {
    let zone = calendar(&app).await?;
    let month = months::read(&zone, &wanted.month)?;
    if month.until > app.now().time() {
        return Err(Error::rule("month", "must be over"));
    }
    fraud::look(app.env(), app.now()).await?;
    let closed = months::close(&who.pen(&app)?, &zone, month, app.now()).await?;
    Ok(axum::Json(Closed { closed }))
}
