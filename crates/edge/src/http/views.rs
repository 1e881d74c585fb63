//! Saved views of the console, which the program's people share.

use axum::response::{IntoResponse, Response};
use engine::{id::ViewId, text::clean, time::Millis};
use http::StatusCode;
use wire::{
    fact::write_time,
    view::{CreateView, NAME_MAX, QUERY_MAX, View},
};

use super::{body::Json, query::Path};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store::view::{self, Row},
};

/// Most views of a program.
const MOST: usize = 200;

/// `GET /api/views`: 401 and 403; 200 with an array, by name.
#[worker::send]
pub async fn list(app: App, _who: Team<needs::ProgramRead>) -> Result<axum::Json<Vec<View>>, Error> {
    let rows = view::list(&app.db()?).await?;
    Ok(axum::Json(rows.into_iter().map(shape).collect()))
}

/// `POST /api/views`: 401 and 403; 422 naming the field and the rule; 409 for a name that is taken, and when there are as
/// many as there may be; 201 with the view.
#[worker::send]
pub async fn create(app: App, who: Team<needs::ViewsWrite>, Json(new): Json<CreateView>) -> Result<Response, Error> {
    let name = clean(&new.name, NAME_MAX + 1).filter(|name| name.chars().count() <= NAME_MAX);
    let rule = || Error::rule("name", format!("must have from 1 to {NAME_MAX} characters"));
    let name = name.ok_or_else(rule)?;
    if new.query.len() > QUERY_MAX || !new.query.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::rule("query", format!("must be at most {QUERY_MAX} bytes of an address")));
    }
    let id: ViewId = app.id()?;
    let made_by = who.actor.to_string();
    let row = Row { id: id.to_string(), name, query: new.query, made_by, created_at: app.now().0 };
    view::create(&who.pen(&app)?, &row, MOST).await?;
    Ok((StatusCode::CREATED, axum::Json(shape(row))).into_response())
}

/// `DELETE /api/views/{id}`: 401, 403 and 404; 200 with the view that was.
#[worker::send]
pub async fn delete(app: App, who: Team<needs::ViewsWrite>, Path(id): Path<String>) -> Result<axum::Json<View>, Error> {
    let pen = who.pen(&app)?;
    let gone = || Error::not_found("The view");
    let id: ViewId = id.parse().map_err(|_| gone())?;
    let row = view::find(&pen, &id.to_string()).await?.ok_or_else(gone)?;
    view::delete(&pen, &row.id).await?;
    Ok(axum::Json(shape(row)))
}

fn shape(row: Row) -> View {
    let Row { id, name, query, made_by, created_at } = row;
    View { id, name, query, made_by, created_at: write_time(Millis(created_at)) }
}
