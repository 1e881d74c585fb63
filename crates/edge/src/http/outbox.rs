//! E-mail that was written, and what became of it.

use engine::time::Millis;
use wire::{fact::write_time, mail::OutboxMail};

use super::query::Query;
use super::webhooks::ListQuery;
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    outgoing::mail,
    store::{outbox, program},
};

/// `GET /api/outbox`: 401 and 403; 422 for a parameter that cannot be; 200 with an array, the latest first, kept for 30
/// days. On a developer's own instance each shows what it says, and nowhere else, since a link in it signs in.
#[worker::send]
pub async fn list(
    app: App,
    _who: Team<needs::WebhooksRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<OutboxMail>>, Error> {
    let db = app.db()?;
    let (state, range) = query.read()?;
    let rows = outbox::list(&db, state, range).await?;
    let reader = if app.is_development() { Some((app.keys()?, program::require(&db).await?)) } else { None };
    let time = |at: u64| write_time(Millis(at));
    let shape = |row: outbox::Row| {
        let read = |(keys, program): &(_, _)| mail::write(keys, program, app.origin(), &row);
        Ok(OutboxMail {
            mail: reader.as_ref().map(read).transpose()?,
            id: row.id,
            kind: row.kind,
            to: row.recipient,
            state: row.state.word(),
            attempts: row.attempts,
            answer: row.answer,
            created_at: time(row.created_at),
            settled_at: row.settled_at.map(time),
        })
    };
    Ok(axum::Json(rows.into_iter().map(shape).collect::<Result<_, Error>>()?))
}
