//! The only SQL. Every text begins with the name of its function; every value is bound.

pub mod application;
pub mod archive;
pub mod audit;
pub mod brought;
pub mod coupon;
pub mod customer;
pub mod deal;
pub mod delivery;
pub mod event;
pub mod feed;
pub mod help;
pub mod import;
pub mod key;
pub mod kind;
pub mod lead;
pub mod link;
pub mod member;
pub mod opening;
pub mod outbox;
pub mod page;
pub mod pages;
pub mod partner;
pub mod program;
pub mod reference;
pub mod referral;
pub mod registration;
pub mod sealed;
pub mod segment;
pub mod session;
pub mod standing;
pub mod statement;
pub mod stripe;
pub mod suspicion;
pub mod terms;
pub mod touch;
pub mod view;
pub mod webhook;

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, D1Result};

use crate::error::Error;

/// A bound text.
pub fn text(value: impl AsRef<str>) -> JsValue {
    JsValue::from_str(value.as_ref())
}

/// A bound text or `NULL`.
pub fn optional(value: Option<impl AsRef<str>>) -> JsValue {
    value.map_or(JsValue::NULL, text)
}

/// A bound integer; exact up to 2^53, which every time and amount keeps to.
pub fn number(value: impl Into<i128>) -> JsValue {
    JsValue::from_f64(value.into() as f64)
}

/// A statement with its values.
pub fn statement(db: &D1Database, sql: &str, values: &[JsValue]) -> Result<D1PreparedStatement, Error> {
    Ok(db.prepare(sql).bind(values)?)
}

/// The first row of a query.
pub async fn first<T: DeserializeOwned>(db: &D1Database, sql: &str, values: &[JsValue]) -> Result<Option<T>, Error> {
    Ok(statement(db, sql, values)?.first(None).await?)
}

/// All rows of a query.
pub async fn all<T: DeserializeOwned>(db: &D1Database, sql: &str, values: &[JsValue]) -> Result<Vec<T>, Error> {
    Ok(statement(db, sql, values)?.all().await?.results()?)
}

/// The rows of one statement of a batch.
pub fn rows<T: DeserializeOwned>(results: &[D1Result], i: usize) -> Result<Vec<T>, Error> {
    let result = results.get(i).ok_or_else(|| Error::Unavailable(format!("a batch without answer {i}")))?;
    Ok(result.results()?)
}

/// Whether a statement failed because a value that must be unique stands already.
pub fn is_taken(error: &worker::Error) -> bool {
    error.to_string().contains("UNIQUE constraint failed")
}
