//! Coupons: whose they are, how far they reach, and the touch of one that is redeemed.

use engine::{
    coupon::{Reach, Verdict},
    fact::{Mark, TouchKind},
    id::{LinkId, PartnerId},
    text::Coupon,
    time::Millis,
};
use serde::Deserialize;
use wire::{
    fact::{CouponResult, Redeemed},
    problem::Code,
};
use worker::{D1Database, D1PreparedStatement};

use super::{
    all,
    audit::Pen,
    event::{TouchRow, Whose},
    first, is_taken, number, optional, rows, standing, statement, text,
};
use crate::error::Error;

/// A coupon as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub code: String,
    pub partner_id: PartnerId,
    /// The link that it goes with; the partner's first where none was named.
    pub link_id: Option<LinkId>,
    /// Since when it is the partner's.
    pub created_at: u64,
    starts_at: Option<u64>,
    ends_at: Option<u64>,
    products: String,
    /// When its partner left the program, if so.
    left_at: Option<u64>,
}

/// A coupon's columns.
macro_rules! columns {
    () => {
        "code, partner_id, coalesce(link_id, (SELECT id FROM link WHERE link.partner_id = coupon.partner_id
           ORDER BY link.created_at, link.id LIMIT 1)) AS link_id, created_at, starts_at, ends_at, products,
           (SELECT since FROM standing WHERE standing.partner_id = coupon.partner_id AND until IS NULL) AS left_at"
    };
}

impl Row {
    /// How far it reaches for whoever redeems it: no further than its partner is in the program.
    pub fn in_force(&self) -> Result<Reach, Error> {
        let reach = self.reach()?;
        let until = reach.until.into_iter().chain(self.left_at.map(Millis)).min();
        Ok(Reach { until, ..reach })
    }

    /// How far it was told to reach.
    pub fn reach(&self) -> Result<Reach, Error> {
        Ok(Reach {
            from: self.starts_at.map(Millis),
            until: self.ends_at.map(Millis),
            products: serde_json::from_str(&self.products)?,
        })
    }
}

/// The coupon with this code.
pub async fn find(db: &D1Database, coupon: &Coupon) -> Result<Option<Row>, Error> {
    let sql = concat!("-- coupon::find\nSELECT ", columns!(), " FROM coupon WHERE code = ?1");
    first(db, sql, &[text(coupon.as_str())]).await
}

/// The statement that finds the coupons with the codes of a JSON array.
pub fn many(db: &D1Database, codes: &str) -> Result<D1PreparedStatement, Error> {
    let sql =
        concat!("-- coupon::many\nSELECT ", columns!(), " FROM coupon WHERE code IN (SELECT value FROM json_each(?1))");
    statement(db, sql, &[text(codes)])
}

/// A page of coupons, of one partner or of all, the newest first.
pub async fn list(db: &D1Database, partner: Option<PartnerId>, (limit, offset): (u32, u32)) -> Result<Vec<Row>, Error> {
    let sql = concat!(
        "-- coupon::list\nSELECT ",
        columns!(),
        " FROM coupon WHERE ?1 IS NULL OR partner_id = ?1 ORDER BY created_at DESC, code LIMIT ?2 OFFSET ?3"
    );
    all(db, sql, &[optional(partner.map(|id| id.to_string())), number(limit), number(offset)]).await
}

/// The statement that gives a partner a coupon without bounds: the same partner's again changes nothing, another's fails
/// the batch.
pub fn give(db: &D1Database, coupon: &Coupon, partner: PartnerId, at: Millis) -> Result<D1PreparedStatement, Error> {
    let sql = "-- coupon::give
        INSERT INTO coupon (code, partner_id, created_at)
        SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM coupon WHERE code = ?1 AND partner_id = ?2)";
    statement(db, sql, &[text(coupon.as_str()), text(partner.to_string()), number(at.0)])
}

/// Writes a new coupon.
///
/// # Errors
/// A conflict when the code is taken.
pub async fn create(
    db: &Pen,
    coupon: &Coupon,
    partner: PartnerId,
    link: Option<LinkId>,
    reach: &Reach,
    now: Millis,
) -> Result<(), Error> {
    let sql = "-- coupon::create
        INSERT INTO coupon (code, partner_id, link_id, starts_at, ends_at, products, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let [from, until, products] = bounds(reach)?;
    let values = [
        text(coupon.as_str()),
        text(partner.to_string()),
        optional(link.map(|id| id.to_string())),
        from,
        until,
        products,
        number(now.0),
    ];
    match db.run(sql, &values).await {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => {
            Err(Error::Refused(Code::Conflict, "code: is a coupon already, and a coupon is one partner's".into()))
        }
        Err(error) if standing::refused(&error) => {
            Err(Error::Refused(Code::Conflict, "partnerId: is of a partner who has left the program".into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes how far a coupon reaches, if it still reaches as far as it was read.
///
/// # Errors
/// A conflict where it does not.
pub async fn update(db: &Pen, before: &Row, reach: &Reach) -> Result<(), Error> {
    let sql = "-- coupon::update
        UPDATE coupon SET starts_at = ?2, ends_at = ?3, products = ?4
        WHERE code = ?1 AND starts_at IS ?5 AND ends_at IS ?6 AND products = ?7 RETURNING code";
    let [from, until, products] = bounds(reach)?;
    let [starts_at, ends_at] = [before.starts_at, before.ends_at].map(time);
    let values = [text(&before.code), from, until, products, starts_at, ends_at, text(&before.products)];
    let results = db.write(vec![statement(db, sql, &values)?]).await?;
    if rows::<serde_json::Value>(&results, 0)?.is_empty() { Err(overtaken()) } else { Ok(()) }
}

/// Somebody else was faster.
pub fn overtaken() -> Error {
    Error::Refused(Code::Conflict, "The coupon was changed meanwhile; look at it again".into())
}

/// Takes a coupon away. What it was credited for stays.
pub async fn delete(db: &Pen, code: &str) -> Result<(), Error> {
    let sql = "-- coupon::delete
        DELETE FROM coupon WHERE code = ?1";
    db.run(sql, &[text(code)]).await?;
    Ok(())
}

fn bounds(reach: &Reach) -> Result<[wasm_bindgen::JsValue; 3], Error> {
    let [from, until] = [reach.from, reach.until].map(|at| time(at.map(|at| at.0)));
    Ok([from, until, text(serde_json::to_string(&reach.products)?)])
}

fn time(at: Option<u64>) -> wasm_bindgen::JsValue {
    at.map_or(wasm_bindgen::JsValue::NULL, number)
}

/// What becomes of a coupon that an event names: the answer, and the touch of its partner, which counts where the coupon
/// held and says why not where it did not. Nobody's coupon makes no touch.
pub fn redeem(
    row: Option<&Row>,
    redeemed: &Redeemed,
    event: &str,
    at: Millis,
    whose: Whose,
) -> Result<(CouponResult, Option<TouchRow>), Error> {
    let verdict = match row {
        Some(row) => row.in_force()?.verdict(at, redeemed.product.as_deref()),
        None => Verdict::Unknown,
    };
    let code = redeemed.coupon.as_str().to_owned();
    let touch = row.map(|row| TouchRow {
        key: format!("coupon:{event}"),
        at: at.0,
        kind: TouchKind::Coupon.word(),
        mark: if verdict == Verdict::Credited { Mark::Counted } else { Mark::InvalidCoupon }.word(),
        partner: Some(row.partner_id.to_string()),
        link: None,
        campaign: String::new(),
        utm: "{}".to_owned(),
        coupon: Some(code.clone()),
        visitor: None,
        whose: Some(whose),
        digest: String::new(),
    });
    Ok((CouponResult { code, status: verdict.word().to_owned() }, touch))
}
