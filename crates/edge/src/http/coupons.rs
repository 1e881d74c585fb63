//! Coupons, in the names of Dub's discount codes.

use engine::{
    coupon::Reach,
    id::{LinkId, PartnerId},
    text::Coupon,
};
use serde::Deserialize;
use wire::{
    coupon::{self, CreateCoupon, Deleted, DiscountCode, UpdateCoupon},
    fact::Fault,
    problem::Code,
};
use worker::D1Database;

use super::{
    body::Json,
    paging::page,
    query::{Path, Query},
};
use crate::{
    app::{App, hex},
    auth::{Side, Team, needs},
    error::Error,
    store::{self, coupon::Row, partner::By},
};

/// Most letters of a partner's name in a code that is made from it.
const NAME_MAX: usize = 12;

/// `POST /api/discount-codes`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule: the partner, the link and whose it is, the code, its time, its products;
/// 3. 409 when the code is taken, by whomever: a coupon is one partner's;
/// 4. 200 with the coupon, which holds at once.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::CouponsWrite>,
    Json(new): Json<CreateCoupon>,
) -> Result<axum::Json<DiscountCode>, Error> {
    let id: PartnerId = new.partner_id.parse().map_err(|error| Fault::new("partnerId", error))?;
    let link = new.link_id.as_deref().map(str::parse::<LinkId>).transpose();
    let link = link.map_err(|error| Fault::new("linkId", error))?;
    let reach = new.reach()?;
    let code = new.code.as_deref().filter(|code| !code.trim().is_empty()).map(coupon::new_code).transpose()?;
    let db = who.pen(&app)?;
    let partner = store::partner::find(&db, By::Id(id)).await?;
    let partner = partner.ok_or_else(|| Error::rule("partnerId", "is not a partner of this program"))?;
    if let Some(link) = link {
        let row = store::link::by_id(&db, link).await?;
        row.filter(|row| row.partner_id == Some(id))
            .ok_or_else(|| Error::rule("linkId", "is not a link of this partner"))?;
    }
    let code = match code {
        Some(code) => code,
        None => made_from(&app, &partner.name)?,
    };
    store::coupon::create(&db, &code, id, link, &reach, app.now()).await?;
    Ok(axum::Json(shape(find(&db, &code).await?)?))
}

/// Parameters of `GET /api/discount-codes`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    partner_id: Option<String>,
    discount_id: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/discount-codes`: 401; 403 without the scope; 422 for a partner that is none or a page that cannot be; 404
/// when a partner's people name another; 200 with an array, the newest first: a partner's people have the partner's.
#[worker::send]
pub async fn list(
    app: App,
    who: Side<needs::CouponsRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<DiscountCode>>, Error> {
    let asked = query.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?;
    let partner = who.scope.narrowed(asked)?;
    let range = page(query.page, query.page_size)?;
    // There are no discounts here that a coupon could be of.
    if query.discount_id.is_some() {
        return Ok(axum::Json(Vec::new()));
    }
    let rows = store::coupon::list(&app.db()?, partner, range).await?;
    Ok(axum::Json(rows.into_iter().map(shape).collect::<Result<_, _>>()?))
}

/// `PATCH /api/discount-codes/{idOrCode}`, which Dub does not have: 401; 403 without the scope; 422 naming the field;
/// 404 where there is none; 409 where it is another by now than `before` says; 200 with the coupon. What it was credited for stays.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::CouponsWrite>,
    Path(name): Path<String>,
    Json(new): Json<UpdateCoupon>,
) -> Result<axum::Json<DiscountCode>, Error> {
    let code = coupon::read(&name)?;
    let db = who.pen(&app)?;
    let row = find(&db, &code).await?;
    let now = row.reach()?;
    if let Some(before) = &new.before
        && before.over(Reach::default())? != now
    {
        return Err(store::coupon::overtaken());
    }
    store::coupon::update(&db, &row, &new.over(now)?).await?;
    Ok(axum::Json(shape(find(&db, &code).await?)?))
}

/// `DELETE /api/discount-codes/{idOrCode}`: 401; 403 without the scope; 404 where there is none; 200 with its
/// identifier. What it was credited for stays; made again, it is the same coupon.
#[worker::send]
pub async fn delete(
    app: App,
    who: Team<needs::CouponsWrite>,
    Path(name): Path<String>,
) -> Result<axum::Json<Deleted>, Error> {
    let code = coupon::read(&name)?;
    let db = who.pen(&app)?;
    let row = find(&db, &code).await?;
    store::coupon::delete(&db, &row.code).await?;
    Ok(axum::Json(Deleted { id: format!("{}{}", coupon::PREFIX, row.code) }))
}

async fn find(db: &D1Database, code: &Coupon) -> Result<Row, Error> {
    let gone = || Error::Refused(Code::NotFound, format!("The discount code {} was not found", code.as_str()));
    store::coupon::find(db, code).await?.ok_or_else(gone)
}

/// Letters of the partner's name and six digits that nobody guesses.
fn made_from(app: &App, name: &str) -> Result<Coupon, Error> {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).take(NAME_MAX).collect();
    Ok(coupon::new_code(&format!("{letters}{}", hex(&app.random::<3>()?)))?)
}

fn shape(row: Row) -> Result<DiscountCode, Error> {
    let reach = row.reach()?;
    Ok(DiscountCode::new(row.code, row.partner_id.to_string(), row.link_id.map(|id| id.to_string()), reach))
}
