//! Registered deals in a feed: touches of that kind, with what they do not say themselves.

use std::collections::HashMap;

use engine::{
    deal::Days,
    log::{Interner, NONE, RegistrationRow, Registrations},
    time::Millis,
};
use serde::Deserialize;
use worker::{D1Database, D1PreparedStatement};

use super::{
    feed::{customers, rest::person},
    number, optional, statement, text,
};
use crate::error::Error;

/// Registrations of the customers whom a scope may read, `?1`. One that came as a fact says nothing of its protection.
pub const SQL: &str = concat!(
    "-- registration::SQL
    SELECT t.at, t.partner_id, t.customer_id, r.opportunity_id, r.expires_at, r.seller
    FROM touch AS t LEFT JOIN registration AS r ON r.key = t.key
    WHERE t.kind = 'deal_registration' AND t.mark = 'counted' AND t.partner_id IS NOT NULL AND t.customer_id IN ",
    customers!(),
    " ORDER BY t.at, t.rowid"
);

/// A registration as it is stored.
#[derive(Deserialize)]
pub struct Row {
    at: u64,
    partner_id: String,
    customer_id: String,
    opportunity_id: Option<String>,
    expires_at: Option<u64>,
    seller: Option<String>,
}

/// Registrations with the numbers of their feed.
pub fn read(
    rows: Vec<Row>,
    partners: &HashMap<String, u32>,
    customers: &HashMap<String, u32>,
    opportunities: &Interner,
    persons: &mut Interner,
) -> Registrations {
    let mut registrations = Registrations::default();
    for row in rows {
        let (Some(partner), Some(customer)) = (partners.get(&row.partner_id), customers.get(&row.customer_id)) else {
            continue;
        };
        registrations.push(RegistrationRow {
            at: Millis(row.at).time(),
            partner: *partner,
            customer: *customer,
            opportunity: row.opportunity_id.and_then(|id| opportunities.find(&id)).unwrap_or(NONE),
            expires: row.expires_at.map_or_else(|| Days::DEFAULT.after(Millis(row.at)), Millis).time(),
            person: row.seller.map_or(NONE, |seller| persons.number(&person(*partner, &seller))),
        });
    }
    registrations
}

/// The statement that writes what a deal's touch does not say.
pub fn insert(
    db: &D1Database,
    key: &str,
    opportunity: &str,
    until: Millis,
    seller: Option<&str>,
) -> Result<D1PreparedStatement, Error> {
    let sql = "-- registration::insert
        INSERT INTO registration (key, opportunity_id, expires_at, seller) VALUES (?1, ?2, ?3, ?4)";
    statement(db, sql, &[text(key), text(opportunity), number(until.0), optional(seller)])
}

/// The statement that protects a deal for longer.
pub fn extend(db: &D1Database, key: &str, until: Millis) -> Result<D1PreparedStatement, Error> {
    let sql = "-- registration::extend
        UPDATE registration SET expires_at = ?2 WHERE key = ?1";
    statement(db, sql, &[text(key), number(until.0)])
}
