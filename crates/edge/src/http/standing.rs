//! How partners stand in the program: as in Dub they are deactivated or banned; and, ours, they come back.

use wire::{
    dub::{ChangeStanding, Standing, StandingChanged},
    problem::Code,
};

use super::{body::Json, partners};
use crate::{
    app::App,
    auth::{Team, Who, needs},
    error::Error,
    store::standing,
};

async fn change(
    app: &App,
    who: &Who,
    sent: &ChangeStanding,
    standing: Standing,
) -> Result<axum::Json<StandingChanged>, Error> {
    let pen = who.pen(app)?;
    let partner = partners::named(&pen, sent.partner_id.as_deref(), sent.tenant_id.as_deref()).await?;
    if standing == Standing::Deactivated && partner.away()?.is_some_and(|away| away.state == "banned") {
        let message = "partnerId: is banned, which is more; reactivate them first (POST /partners/reactivate)";
        return Err(Error::Refused(Code::Conflict, message.into()));
    }
    standing::set(&pen, partner.id, standing, app.now()).await?;
    Ok(axum::Json(StandingChanged { partner_id: partner.id.to_string() }))
}

/// Only a ban has a reason.
fn without_reason(sent: &ChangeStanding) -> Result<(), Error> {
    if sent.reason.is_some() { Err(Error::rule("reason", "is of a ban")) } else { Ok(()) }
}

/// `POST /api/partners/ban`:
/// 1. 401; 403 without the scope;
/// 2. 422 without a reason, for one that is none, and where nothing names the partner;
/// 3. 404 where there is no such partner;
/// 4. 200 with the partner's identifier, also where it is so already. From now on no touch of theirs counts, though
///    their links lead on; commission that no payout had covered is canceled, coupons are refused, links and coupons are
///    not made, and neither their people nor their widgets see anything. Nothing that is recorded is changed.
#[worker::send]
pub async fn ban(
    app: App,
    who: Team<needs::PartnersWrite>,
    Json(sent): Json<ChangeStanding>,
) -> Result<axum::Json<StandingChanged>, Error> {
    let reason = sent.reason.ok_or_else(|| Error::rule("reason", "is required: why the partner is banned"))?;
    change(&app, &who, &sent, Standing::Banned(reason)).await
}

/// `POST /api/partners/deactivate`: as [`ban`], without a reason, and what the partner had earned stays theirs; of sales
/// from now on they have nothing. 409 for one who is banned.
#[worker::send]
pub async fn deactivate(
    app: App,
    who: Team<needs::PartnersWrite>,
    Json(sent): Json<ChangeStanding>,
) -> Result<axum::Json<StandingChanged>, Error> {
    without_reason(&sent)?;
    change(&app, &who, &sent, Standing::Deactivated).await
}

/// `POST /api/partners/reactivate`, which Dub has only on its pages: 401; 403 without the scope; 422 where nothing names
/// the partner; 404 where there is none; 200 with the partner's identifier, also where they are not away. What a ban
/// canceled from before it is theirs again; what happened while they were away stays without them.
#[worker::send]
pub async fn reactivate(
    app: App,
    who: Team<needs::PartnersWrite>,
    Json(sent): Json<ChangeStanding>,
) -> Result<axum::Json<StandingChanged>, Error> {
    without_reason(&sent)?;
    change(&app, &who, &sent, Standing::Approved).await
}
