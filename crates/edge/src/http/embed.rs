//! Tokens of widgets, in Dub's shape.

use axum::response::{IntoResponse, Response};
use engine::{id::PartnerId, time::Time};
use wire::{
    dub::{CreateEmbedToken, EmbedToken},
    fact::Fault,
    problem::Code,
    token,
};

use super::{body::Json, partners};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store,
};

/// How long a widget's token lives, in seconds: three hours.
const LIFE: u32 = 3 * 60 * 60;

/// `POST /api/tokens/embed/referrals`:
/// 1. 401; 403 without the scope;
/// 2. 422 unless exactly one of `partnerId`, `tenantId` and `partner` says for whom; a `partner` is enrolled when new;
/// 3. 404 when there is no such partner, 409 for one who was deactivated or banned;
/// 4. 201 with a token that opens this partner's report for three hours, and nothing else.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::TokensWrite>,
    Json(new): Json<CreateEmbedToken>,
) -> Result<Response, Error> {
    let partner: PartnerId = match (&new.partner_id, &new.tenant_id, &new.partner) {
        (Some(_), None, None) | (None, Some(_), None) => {
            partners::named(&app.db()?, new.partner_id.as_deref(), new.tenant_id.as_deref()).await?.id
        }
        (None, None, Some(partner)) => {
            let partner = partners::enrol(&app, &who.pen(&app)?, partner, false).await?;
            partner.id.parse().map_err(|e| Fault::new("partner", e))?
        }
        _ => return Err(Error::rule("partnerId", "exactly one of partnerId, tenantId and partner is required")),
    };
    if store::standing::is_away(&app.db()?, partner).await? {
        return Err(Error::Refused(Code::Conflict, "partnerId: is of a partner who has left the program".into()));
    }
    let expires = Time(app.now().time().0 + LIFE);
    let public_token = token::sign_widget(&app.keys()?, partner, expires, app.random()?);
    let answer = EmbedToken { public_token, expires: wire::fact::write_time(expires.millis()) };
    Ok((http::StatusCode::CREATED, axum::Json(answer)).into_response())
}
