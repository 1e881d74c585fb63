//! "Why is my referral missing?": what is recorded of one that a partner knows of.

use engine::{
    id::PartnerId,
    text::{Coupon, Slug},
    time::Millis,
};
use wire::{
    fact::{Fault, write_time},
    referral::{AskReferral, Referral, Subject},
    token::verify_click,
};
use worker::D1Database;

use super::{body::Json, guard};
use crate::{
    app::{App, Limit},
    auth::{Side, needs},
    error::Error,
    store::{coupon, link, referral},
};

/// `POST /api/referrals`, [`AskReferral`]; the program says for whom in `partnerId`:
/// 1. 401; 403 without the scope; 404 when a partner's people name another;
/// 2. 429 when the partner asks too much: nobody finds out by trying who is a customer;
/// 3. 422 naming the field and the rule;
/// 4. 200 with what of it is the partner's. Whatever is not makes one answer, whether somebody else's or nobody's.
#[worker::send]
pub async fn ask(
    app: App,
    who: Side<needs::FactsRead>,
    Json(asked): Json<AskReferral>,
) -> Result<axum::Json<Referral>, Error> {
    let named = asked.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?;
    let partner = who.scope.narrowed(named)?.ok_or_else(|| Error::rule("partnerId", "is required"))?;
    guard::pass(&app, Limit::Guesses, format!("referral {partner}")).await?;
    let subject = Subject::read(&asked.about)?;
    let db = app.db()?;
    Ok(axum::Json(match subject {
        Subject::Email(email) => of_email(&db, partner, &email).await?,
        Subject::Token(token) => of_token(&app, &db, partner, &token).await?,
        Subject::Link(host, slug) => {
            let host = host.filter(|host| host != app.host());
            of_link(&db, partner, host.as_deref(), &slug).await?.unwrap_or_else(|| nothing("link"))
        }
        Subject::Name(name) => of_name(&db, partner, &name).await?,
    }))
}

fn nothing(kind: &str) -> Referral {
    Referral { kind: kind.to_owned(), ..Referral::default() }
}

async fn of_email(db: &D1Database, partner: PartnerId, email: &str) -> Result<Referral, Error> {
    let rows = referral::of_email(db, partner, email).await?;
    let known = !rows.is_empty();
    Ok(Referral { known, touches: rows.into_iter().map(Into::into).collect(), identified: known, ..nothing("email") })
}

/// A token proves whose it is, also where its touch never arrived.
async fn of_token(app: &App, db: &D1Database, partner: PartnerId, token: &str) -> Result<Referral, Error> {
    let claim = verify_click(&app.keys()?, token, app.now()).ok().filter(|claim| claim.partner == partner);
    let Some(claim) = claim else { return Ok(nothing("click")) };
    let row = referral::click(db, partner, claim.touch).await?;
    let identified = row.as_ref().is_some_and(|row| row.identified);
    Ok(Referral { known: true, identified, touches: row.into_iter().map(Into::into).collect(), ..nothing("click") })
}

async fn of_link(
    db: &D1Database,
    partner: PartnerId,
    host: Option<&str>,
    slug: &Slug,
) -> Result<Option<Referral>, Error> {
    let row = link::by(db, link::By::Name(&link::name(host, slug))).await?;
    let Some(row) = row.filter(|row| row.partner_id == Some(partner)) else { return Ok(None) };
    let state = row.state()?.word().to_owned();
    Ok(Some(Referral { known: true, state: Some(state), key: Some(row.key), ..nothing("link") }))
}

/// A coupon of the partner's, else a link.
async fn of_name(db: &D1Database, partner: PartnerId, name: &str) -> Result<Referral, Error> {
    let row = match Coupon::new(name) {
        Ok(code) => coupon::find(db, &code).await?.filter(|row| row.partner_id == partner),
        Err(_) => None,
    };
    if let Some(row) = row {
        let reach = row.in_force()?;
        return Ok(Referral {
            known: true,
            since: Some(write_time(Millis(row.created_at))),
            starts_at: reach.from.map(write_time),
            ends_at: reach.until.map(write_time),
            key: Some(row.code),
            ..nothing("coupon")
        });
    }
    let link = match Slug::new(name) {
        Ok(slug) => of_link(db, partner, None, &slug).await?,
        Err(_) => None,
    };
    Ok(link.unwrap_or_else(|| nothing("name")))
}
