//! Writing events: the one way in for every door (API, form, facts). A batch is one transaction: the keys of its events
//! are claimed in the very transaction that writes them, so that an event counts once, however often it is sent and
//! through whichever door, and nothing is half-written.
//!
//! Each table takes one statement a batch: its rows travel as one JSON array, which keeps within D1's limits on bound
//! values and on statements however many facts there are.

use std::collections::HashMap;

use engine::{id::CustomerId, link::Claim, time::Millis};
use serde::{Deserialize, Serialize};
use worker::{D1Database, D1PreparedStatement};

use super::{all, is_taken, number, statement, stripe, text, touch};
use crate::error::Error;

/// A customer whom an event names: by the vendor's identifier, or by one of ours where a form knows no other.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Customer {
    /// The vendor's identifier.
    pub external: Option<String>,
    /// Ours, used where the customer is new.
    pub id: String,
    pub email: Option<String>,
    pub name: Option<String>,
    pub company: Option<String>,
    pub avatar: Option<String>,
    /// Key of a touch that the event proved: a customer without the vendor's identifier who made it is the same one.
    pub click: Option<String>,
}

/// Whose an event is: resolved inside the transaction, since two requests may meet a new customer at once.
#[derive(Debug, Clone, Serialize)]
pub struct Whose {
    external: Option<String>,
    id: String,
}

impl Whose {
    /// The vendor's identifier.
    pub fn external(&self) -> Option<&str> {
        self.external.as_deref()
    }
}

impl Customer {
    /// How rows refer to this customer.
    pub fn whose(&self) -> Whose {
        Whose { external: self.external.clone(), id: self.id.clone() }
    }
}

/// Resolves [`Whose`] of a row `j` inside a statement.
macro_rules! whose {
    () => {
        "coalesce((SELECT id FROM customer WHERE external_id = j.value ->> '$.whose.external'), j.value ->> '$.whose.id')"
    };
}

/// A touch that a fact reports.
#[derive(Debug, Clone, Serialize)]
pub struct TouchRow {
    pub key: String,
    pub at: u64,
    pub kind: &'static str,
    pub mark: &'static str,
    pub partner: Option<String>,
    pub link: Option<String>,
    pub campaign: String,
    pub utm: String,
    pub coupon: Option<String>,
    pub visitor: Option<String>,
    pub whose: Option<Whose>,
    pub digest: String,
}

/// A click that proved itself, and the customer whose it is.
#[derive(Debug, Clone)]
pub struct ClaimRow {
    pub claim: Claim,
    pub whose: Whose,
}

/// A visitor who turned out to be a customer.
#[derive(Debug, Clone, Serialize)]
pub struct IdentityRow {
    pub visitor: String,
    pub at: u64,
    pub whose: Whose,
}

/// An opportunity.
#[derive(Debug, Clone, Serialize)]
pub struct OpportunityRow {
    pub id: String,
    pub name: Option<String>,
    pub whose: Whose,
}

/// A lead or a step of an opportunity.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MilestoneRow {
    pub key: String,
    pub at: u64,
    pub kind: &'static str,
    /// `None` for a step of a known opportunity: its customer is the opportunity's.
    pub whose: Option<Whose>,
    pub opportunity: Option<String>,
    pub click: Option<String>,
    pub event_name: Option<String>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub metadata: Option<String>,
    pub digest: String,
}

/// An amount.
#[derive(Debug, Clone, Serialize)]
pub struct RevenueRow {
    pub key: String,
    pub at: u64,
    /// `None` where the door does not say: the first of a customer is new, every further one a renewal.
    pub kind: Option<&'static str>,
    pub whose: Whose,
    pub amount: i64,
    pub currency: String,
    pub invoice: Option<String>,
    pub opportunity: Option<String>,
    pub recurring: Option<String>,
    pub refund_of: Option<String>,
    /// The sender's identifier, where it came as a fact.
    pub fact_id: Option<String>,
    pub click: Option<String>,
    pub event_name: String,
    pub processor: String,
    pub metadata: Option<String>,
    pub digest: String,
}

/// Events to write together.
#[derive(Debug, Default)]
pub struct Batch {
    pub customers: Vec<Customer>,
    pub touches: Vec<TouchRow>,
    pub claims: Vec<ClaimRow>,
    pub identities: Vec<IdentityRow>,
    pub opportunities: Vec<OpportunityRow>,
    pub milestones: Vec<MilestoneRow>,
    pub revenue: Vec<RevenueRow>,
    /// What only Stripe's door knows.
    pub stripe: Option<stripe::Rows>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Written now.
    Recorded,
    /// There before, and the same.
    Duplicate,
    /// Its key stands for something else; nothing was written for it.
    Conflict,
}

/// Digests of events that are recorded, by their key.
#[derive(Debug, Default)]
pub struct Known(HashMap<String, String>);

impl Known {
    /// Which of these keys stand.
    pub async fn load(db: &D1Database, keys: &[&str]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Row {
            key: String,
            digest: String,
        }
        let sql = "-- event::known
            SELECT key, digest FROM touch WHERE key IN (SELECT value FROM json_each(?1))
            UNION ALL SELECT key, digest FROM milestone WHERE key IN (SELECT value FROM json_each(?1))
            UNION ALL SELECT key, digest FROM revenue WHERE key IN (SELECT value FROM json_each(?1))
            UNION ALL SELECT 'fact:' || fact_id, key || ' ' || digest FROM revenue
            WHERE invoice IS NOT NULL AND 'fact:' || fact_id IN (SELECT value FROM json_each(?1))";
        let found: Vec<Row> = all(db, sql, &[json(&keys)?]).await?;
        Ok(Self(found.into_iter().map(|row| (row.key, row.digest)).collect()))
    }

    /// What an event with this key and digest would be; `None` for a new one.
    pub fn fate(&self, key: &str, digest: &str) -> Option<Fate> {
        let before = self.0.get(key)?;
        Some(if before == digest { Fate::Duplicate } else { Fate::Conflict })
    }
}

/// Whether a batch was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// All of it.
    Whole,
    /// Nothing: the key of one of its events stands already, or a refund is more than is left of its sale by now.
    Taken,
}

impl Batch {
    /// Writes the batch in one transaction: all of it, or, where an event's key stands already, nothing at all. So a repeat
    /// or a conflict leaves no trace, neither a customer nor a claim on a click, and of requests that meet one wins.
    pub async fn write(&self, db: &D1Database, now: Millis) -> Result<Written, Error> {
        let mut batch = self.customers(db, now)?;
        batch.extend(self.touches(db, now)?);
        batch.extend(self.claims(db, now)?);
        batch.extend(self.milestones(db, now)?);
        if let Some(rows) = &self.stripe {
            batch.extend(rows.statements(db, now)?);
        }
        if batch.is_empty() {
            return Ok(Written::Whole);
        }
        match db.batch(batch).await {
            Ok(_) => Ok(Written::Whole),
            Err(error) if is_taken(&error) || is_too_much(&error) => Ok(Written::Taken),
            Err(error) => Err(error.into()),
        }
    }

    /// Customers: one whom a form knew only by e-mail or by click takes the vendor's identifier now; the rest are made;
    /// what is newly said of them is kept.
    fn customers(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        if self.customers.is_empty() {
            return Ok(Vec::new());
        }
        let adopt = "-- event::customers
            UPDATE OR IGNORE customer SET external_id = j.external
            FROM (SELECT value ->> '$.external' AS external, value ->> '$.email' AS email, value ->> '$.click' AS click
                  FROM json_each(?1)) AS j
            WHERE customer.external_id IS NULL AND j.external IS NOT NULL
              AND (customer.email = j.email OR customer.email = lower(j.external)
                   OR customer.id = (SELECT customer_id FROM touch WHERE key = j.click)
                   OR customer.id = (SELECT customer_id FROM stripe_customer WHERE stripe = j.external))
              AND NOT EXISTS (SELECT 1 FROM customer AS c WHERE c.external_id = j.external)";
        let insert = "-- event::customers
            INSERT INTO customer (id, external_id, email, name, company, avatar, created_at)
            SELECT j.value ->> '$.id', j.value ->> '$.external', j.value ->> '$.email', j.value ->> '$.name',
              j.value ->> '$.company', j.value ->> '$.avatar', ?2
            FROM json_each(?1) AS j WHERE true
            ON CONFLICT DO NOTHING";
        let fill = "-- event::customers
            UPDATE customer SET email = coalesce(j.email, customer.email), name = coalesce(j.name, customer.name),
              company = coalesce(j.company, customer.company), avatar = coalesce(j.avatar, customer.avatar)
            FROM (SELECT value ->> '$.external' AS external, value ->> '$.id' AS id, value ->> '$.email' AS email,
                    value ->> '$.name' AS name, value ->> '$.company' AS company, value ->> '$.avatar' AS avatar
                  FROM json_each(?1)) AS j
            WHERE customer.external_id = j.external OR (j.external IS NULL AND customer.id = j.id)";
        let values = json(&self.customers)?;
        Ok(vec![
            statement(db, adopt, std::slice::from_ref(&values))?,
            statement(db, insert, &[values.clone(), number(now.0)])?,
            statement(db, fill, &[values])?,
        ])
    }

    fn touches(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let touches = concat!(
            "-- event::touches
            INSERT INTO touch (key, at, kind, mark, partner_id, link_id, campaign, utm, coupon, visitor, customer_id, source,
              digest, recorded_at)
            SELECT j.value ->> '$.key', j.value ->> '$.at', j.value ->> '$.kind', j.value ->> '$.mark',
              j.value ->> '$.partner', j.value ->> '$.link', j.value ->> '$.campaign', j.value ->> '$.utm',
              j.value ->> '$.coupon', j.value ->> '$.visitor',
              CASE WHEN j.value ->> '$.whose' IS NULL THEN NULL ELSE ",
            whose!(),
            " END, 'fact', j.value ->> '$.digest', ?2
            FROM json_each(?1) AS j"
        );
        let identities = concat!(
            "-- event::identities
            INSERT INTO identity (visitor, customer_id, at)
            SELECT j.value ->> '$.visitor', ",
            whose!(),
            ", j.value ->> '$.at'
            FROM json_each(?1) AS j WHERE true
            ON CONFLICT DO UPDATE SET at = min(at, excluded.at)"
        );
        let mut batch = Vec::new();
        if !self.touches.is_empty() {
            batch.push(statement(db, touches, &[json(&self.touches)?, number(now.0)])?);
        }
        if !self.identities.is_empty() {
            batch.push(statement(db, identities, &[json(&self.identities)?])?);
        }
        Ok(batch)
    }

    /// Clicks that proved themselves: written from their token where their row never arrived, and given to the customer.
    /// A click that is another customer's already is claimed a second time in a row of its own, which no click count holds.
    fn claims(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let give = concat!(
            "-- event::claims
            UPDATE touch SET customer_id = (SELECT ",
            whose!(),
            " FROM (SELECT ?2 AS value) AS j) WHERE key = ?1 AND customer_id IS NULL"
        );
        let again = concat!(
            "-- event::claims
            INSERT INTO touch (key, at, kind, mark, partner_id, link_id, campaign, utm, customer_id, source, recorded_at)
            SELECT t.key || '@' || w.id, t.at, t.kind, t.mark, t.partner_id, t.link_id, t.campaign, t.utm, w.id, 'claim', ?3
            FROM touch AS t, (SELECT ",
            whose!(),
            " AS id FROM (SELECT ?2 AS value) AS j) AS w
            WHERE t.key = ?1 AND t.customer_id <> w.id
            ON CONFLICT DO NOTHING"
        );
        let know = concat!(
            "-- event::claims
            INSERT INTO identity (visitor, customer_id, at)
            SELECT t.visitor, t.customer_id, t.at FROM touch AS t
            WHERE t.key = ?1 AND t.visitor IS NOT NULL AND t.customer_id = (SELECT ",
            whose!(),
            " FROM (SELECT ?2 AS value) AS j)
            ON CONFLICT DO UPDATE SET at = min(at, excluded.at)"
        );
        let mut batch = Vec::new();
        for row in &self.claims {
            let key = text(row.claim.touch.to_string());
            let whose = json(&serde_json::json!({ "whose": &row.whose }))?;
            batch.push(touch::restore(db, &row.claim, now)?);
            batch.push(statement(db, give, &[key.clone(), whose.clone()])?);
            batch.push(statement(db, again, &[key.clone(), whose.clone(), number(now.0)])?);
            batch.push(statement(db, know, &[key, whose])?);
        }
        Ok(batch)
    }

    fn milestones(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let opportunities = concat!(
            "-- event::opportunities
            INSERT INTO opportunity (id, customer_id, name)
            SELECT j.value ->> '$.id', ",
            whose!(),
            ", j.value ->> '$.name'
            FROM json_each(?1) AS j WHERE true
            ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, name)"
        );
        let milestones = concat!(
            "-- event::milestones
            INSERT INTO milestone (key, at, kind, customer_id, opportunity_id, click, event_name, amount, currency, metadata,
              digest, recorded_at)
            SELECT j.value ->> '$.key', j.value ->> '$.at', j.value ->> '$.kind',
              CASE WHEN j.value ->> '$.whose' IS NULL
                THEN (SELECT customer_id FROM opportunity WHERE id = j.value ->> '$.opportunity') ELSE ",
            whose!(),
            " END, j.value ->> '$.opportunity', j.value ->> '$.click', j.value ->> '$.event_name', j.value ->> '$.amount',
              j.value ->> '$.currency', j.value ->> '$.metadata', j.value ->> '$.digest', ?2
            FROM json_each(?1) AS j"
        );
        let revenue = concat!(
            "-- event::revenue
            INSERT INTO revenue (key, at, kind, customer_id, amount, currency, invoice, opportunity_id, recurring, refund_of,
              click, event_name, processor, metadata, digest, recorded_at, fact_id)
            SELECT j.value ->> '$.key', j.value ->> '$.at',
              coalesce(j.value ->> '$.kind', CASE WHEN EXISTS (SELECT 1 FROM revenue AS r WHERE r.kind <> 'refund'
                AND r.customer_id = ",
            whose!(),
            ") THEN 'renewal' ELSE 'new' END), ",
            whose!(),
            ", j.value ->> '$.amount', j.value ->> '$.currency', j.value ->> '$.invoice', j.value ->> '$.opportunity',
              j.value ->> '$.recurring', j.value ->> '$.refund_of', j.value ->> '$.click', j.value ->> '$.event_name', j.value ->> '$.processor',
              j.value ->> '$.metadata', j.value ->> '$.digest', ?2, j.value ->> '$.fact_id'
            FROM json_each(?1) AS j"
        );
        let mut batch = Vec::new();
        if !self.opportunities.is_empty() {
            batch.push(statement(db, opportunities, &[json(&self.opportunities)?])?);
        }
        if !self.milestones.is_empty() {
            batch.push(statement(db, milestones, &[json(&self.milestones)?, number(now.0)])?);
        }
        if !self.revenue.is_empty() {
            batch.push(statement(db, revenue, &[json(&self.revenue)?, number(now.0)])?);
        }
        Ok(batch)
    }
}

/// Whether the database refused a refund of more than is left of its sale: another refund was written meanwhile.
fn is_too_much(error: &worker::Error) -> bool {
    error.to_string().contains("refund exceeds its sale")
}

fn json(value: &impl Serialize) -> Result<wasm_bindgen::JsValue, Error> {
    Ok(text(serde_json::to_string(value)?))
}

/// Our identifier of a customer whom only an e-mail address names, or another system: the same name gives the same one, so
/// that two forms sent at once make one customer.
pub fn customer_id_of(name: &str) -> CustomerId {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(format!("customer {name}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    CustomerId::from_bytes(bytes)
}
