//! Tokens of widgets, in Dub's shape.

use axum::response::{IntoResponse, Response};
use engine::{id::PartnerId, time::Time};
use wire::{
    dub::{CreateEmbedToken, EmbedToken},
    fact::Fault,
    token,
};

use super::{body::Json, partners};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store::{self, partner::By},
};

/// How long a widget's token lives, in seconds: three hours.
const LIFE: u32 = 3 * 60 * 60;

/// `POST /api/tokens/embed/referrals`:
/// 1. 401; 403 without the scope;
/// 2. 422 unless exactly one of `partnerId`, `tenantId` and `partner` says for whom; a `partner` is enrolled when new;
/// 3. 404 when there is no such partner;
/// 4. 201 with a token that opens this partner's report for three hours, and nothing else.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::TokensWrite>,
    Json(new): Json<CreateEmbedToken>,
) -> Result<Response, Error> {
    let partner: PartnerId = match (&new.partner_id, &new.tenant_id, &new.partner) {
        (Some(id), None, None) => {
            let id: PartnerId = id.parse().map_err(|e| Fault::new("partnerId", e))?;
            existing(&app, By::Id(id)).await?
        }
        (None, Some(tenant), None) => existing(&app, By::Tenant(tenant)).await?,
        (None, None, Some(partner)) => {
            let partner = partners::enrol(&app, &who.pen(&app)?, partner).await?;
            partner.id.parse().map_err(|e| Fault::new("partner", e))?
        }
        _ => return Err(Error::rule("partnerId", "exactly one of partnerId, tenantId and partner is required")),
    };
    let expires = Time(app.now().time().0 + LIFE);
    let public_token = token::sign_widget(&app.keys()?, partner, expires, app.random()?);
    let answer = EmbedToken { public_token, expires: wire::fact::write_time(expires.millis()) };
    Ok((http::StatusCode::CREATED, axum::Json(answer)).into_response())
}

async fn existing(app: &App, by: By<'_>) -> Result<PartnerId, Error> {
    let found = store::partner::find(&app.db()?, by).await?;
    found.map(|row| row.id).ok_or_else(|| Error::not_found("The partner"))
}
