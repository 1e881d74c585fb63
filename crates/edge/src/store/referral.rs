//! What is recorded of a referral that its partner knows of. Every query names the partner, so that what is another's is as if
//! it were not there.

use engine::{
    id::{PartnerId, TouchId},
    time::Millis,
};
use serde::Deserialize;
use wire::{
    fact::write_time,
    referral::{ReferralTouch, TOUCHES_MAX},
};
use worker::D1Database;

use super::{all, first, link::flag, number, text};
use crate::error::Error;

/// A touch of the partner's.
#[derive(Debug, Deserialize)]
pub struct Row {
    at: u64,
    kind: String,
    mark: String,
    link: Option<String>,
    /// Whether it is known whose it is.
    #[serde(deserialize_with = "flag")]
    pub identified: bool,
}

impl From<Row> for ReferralTouch {
    fn from(Row { at, kind, mark, link, .. }: Row) -> Self {
        Self { at: write_time(Millis(at)), kind, mark, link }
    }
}

/// The partner's touches in the journeys of those with an address, the latest first. A touch that names nobody is whose its
/// visitor turned out to be, as [`engine::journey`] has it: the first identification from it on, or else the last before it.
pub async fn of_email(db: &D1Database, partner: PartnerId, email: &str) -> Result<Vec<Row>, Error> {
    let sql = "-- referral::of_email
        WITH whose AS MATERIALIZED (
          SELECT m.id FROM customer AS c JOIN customer AS root ON root.id = c.root_id JOIN customer AS m ON m.root_id = root.id
          WHERE c.email = ?2 AND root.deleted_at IS NULL),
        met (key) AS (
          SELECT key FROM touch WHERE customer_id IN (SELECT id FROM whose)
          UNION SELECT t.key FROM identity AS i JOIN touch AS t ON t.visitor = i.visitor
          WHERE i.customer_id IN (SELECT id FROM whose) AND t.customer_id IS NULL
            AND coalesce(
              (SELECT o.customer_id FROM identity AS o WHERE o.visitor = t.visitor AND o.at / 1000 >= t.at / 1000
                ORDER BY o.at, o.customer_id LIMIT 1),
              (SELECT o.customer_id FROM identity AS o WHERE o.visitor = t.visitor AND o.at / 1000 < t.at / 1000
                ORDER BY o.at DESC, o.customer_id DESC LIMIT 1)) IN (SELECT id FROM whose))
        SELECT t.at, t.kind, t.mark, l.key AS link, 1 AS identified
        FROM met JOIN touch AS t ON t.key = met.key LEFT JOIN link AS l ON l.id = t.link_id
        WHERE t.partner_id = ?1 ORDER BY t.at DESC, t.key LIMIT ?3";
    all(db, sql, &[text(partner.to_string()), text(email), number(TOUCHES_MAX)]).await
}

/// A click of the partner's, unless it is not recorded, or was sealed because it led to nobody.
pub async fn click(db: &D1Database, partner: PartnerId, touch: TouchId) -> Result<Option<Row>, Error> {
    let sql = "-- referral::click
        SELECT t.at, t.kind, t.mark, l.key AS link, t.customer_id IS NOT NULL
          OR EXISTS (SELECT 1 FROM identity AS i WHERE i.visitor = t.visitor) AS identified
        FROM touch AS t LEFT JOIN link AS l ON l.id = t.link_id WHERE t.key = ?2 AND t.partner_id = ?1";
    first(db, sql, &[text(partner.to_string()), text(touch.to_string())]).await
}
