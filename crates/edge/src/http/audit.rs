//! The log of changes.

use serde::Deserialize;
use wire::{access::Change, fact::time};

use super::{paging::page, query::Query};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store::audit::{self, Filter},
};

/// Parameters of `GET /api/audit`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    kind: Option<String>,
    target: Option<String>,
    actor: Option<String>,
    from: Option<String>,
    to: Option<String>,
    starting_after: Option<u64>,
    page_size: Option<u32>,
}

/// `GET /api/audit`: 401 and 403; 422 for a parameter that cannot be; 200 with an array, the latest change first.
/// `kind`, `target`, `actor`, `from` and `to` (RFC 3339; the first inclusive, the second not) choose; the next page is
/// asked for by `startingAfter` with the last `id` of this one.
#[worker::send]
pub async fn list(
    app: App,
    _who: Team<needs::AuditRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Change>>, Error> {
    let (limit, _) = page(None, query.page_size)?;
    let filter = Filter {
        from: query.from.as_deref().map(|text| time("from", text)).transpose()?,
        to: query.to.as_deref().map(|text| time("to", text)).transpose()?,
        kind: query.kind,
        target: query.target,
        actor: query.actor,
        before: query.starting_after,
        limit,
    };
    let rows = audit::list(&app.db()?, &filter).await?;
    Ok(axum::Json(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?))
}
