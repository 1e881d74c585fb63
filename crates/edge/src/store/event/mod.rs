//! Writing events: the one way in for every door (API, form, facts). A batch is one transaction: the keys of its events
//! are claimed in the very transaction that writes them, so that an event counts once, however often it is sent and
//! through whichever door, and nothing is half-written.
//!
//! Each table takes one statement a batch: its rows travel as one JSON array, which keeps within D1's limits on bound
//! values and on statements however many facts there are.

mod again;
mod write;

use std::collections::HashMap;

use engine::{id::CustomerId, link::Claim, time::Millis};
use serde::{Deserialize, Serialize};
use wire::fact::{Money, RestFact};
use worker::{D1Database, D1PreparedStatement};

pub use self::again::{Differs, Telling};
use super::{all, audit::Pen, import, is_taken, stripe, text};
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

    /// The vendor's identifier, or else ours.
    pub fn name(&self) -> &str {
        self.external.as_deref().unwrap_or(&self.id)
    }
}

impl Customer {
    /// How rows refer to this customer.
    pub fn whose(&self) -> Whose {
        Whose { external: self.external.clone(), id: self.id.clone() }
    }
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
    /// Whether the customer made the click, as far as is known, rather than somebody who passed the address on: then what
    /// else that visitor did is the customer's, too.
    pub own: bool,
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
    /// Whether the door says when, rather than that it came just now.
    pub at_said: bool,
    /// What the door says or takes it for.
    pub kind: Option<&'static str>,
    /// Whether the door says the kind: else the first of a customer by time is new, every later one a renewal.
    pub kind_said: bool,
    pub whose: Whose,
    pub amount: i64,
    pub currency: String,
    pub invoice: Option<String>,
    pub opportunity: Option<String>,
    pub recurring: Option<String>,
    pub refund_of: Option<String>,
    /// The sender's identifier, where it came as a fact.
    pub fact_id: Option<String>,
    /// The sender's identifier of the product.
    pub product: Option<String>,
    pub click: Option<String>,
    pub event_name: String,
    pub processor: String,
    pub metadata: Option<String>,
    pub digest: String,
}

/// A fact that only the catalogue of figures reads.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FactRow {
    pub key: String,
    pub at: u64,
    pub r#type: &'static str,
    pub kind: Option<&'static str>,
    pub partner: Option<String>,
    pub whose: Option<Whose>,
    pub integration: Option<String>,
    pub name: Option<String>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub first_day: Option<u32>,
    pub next_day: Option<u32>,
    pub digest: String,
}

impl FactRow {
    /// A fact as it is stored, but for its customer.
    pub fn new(key: String, at: Millis, fact: &RestFact, digest: String) -> Self {
        let base = Self {
            key,
            at: at.0,
            partner: fact.partner().map(|id| id.to_string()),
            integration: fact.integration().map(str::to_owned),
            digest,
            ..Self::default()
        };
        let money = |base, sum: &Money| Self {
            amount: Some(sum.amount),
            currency: Some(sum.currency.code().to_owned()),
            ..base
        };
        match fact {
            RestFact::Joined { source, group, .. } => {
                Self { r#type: "partner.joined", kind: Some(source.word()), name: group.clone(), ..base }
            }
            RestFact::Goal { metric, from, until, target, .. } => Self {
                r#type: "partner.goal",
                name: Some(metric.clone()),
                amount: Some(*target),
                first_day: Some(from.0),
                next_day: Some(until.0),
                ..base
            },
            RestFact::Activity { kind, person, .. } => {
                Self { r#type: "partner.activity", kind: Some(kind.word()), name: person.clone(), ..base }
            }
            RestFact::Cost { kind, money: sum, .. } => {
                Self { r#type: "cost", kind: Some(kind.word()), ..money(base, sum) }
            }
            RestFact::Spend { campaign, money: sum } => {
                Self { r#type: "spend", name: Some(campaign.clone()), ..money(base, sum) }
            }
            RestFact::Payout { money: sum, .. } => Self { r#type: "payout", ..money(base, sum) },
            RestFact::Adjustment { amount, currency, reason, .. } => Self {
                r#type: "adjustment",
                name: reason.clone(),
                amount: Some(*amount),
                currency: Some(currency.code().to_owned()),
                ..base
            },
            RestFact::Churned { .. } => Self { r#type: "customer.churned", ..base },
            RestFact::Usage { kind, count, .. } => {
                Self { r#type: "integration", kind: Some(kind.word()), amount: Some(*count), ..base }
            }
            RestFact::Survey { kind, score, .. } => {
                Self { r#type: "survey", kind: Some(kind.word()), amount: Some(*score), ..base }
            }
            RestFact::Ticket { .. } => Self { r#type: "ticket", ..base },
            RestFact::Downtime { minutes, .. } => Self { r#type: "downtime", amount: Some(*minutes), ..base },
            RestFact::Campaign { campaign, kind, count, .. } => Self {
                r#type: "campaign",
                kind: Some(kind.word()),
                name: Some(campaign.clone()),
                amount: Some(*count),
                ..base
            },
            RestFact::Asset { kind, .. } => Self { r#type: "asset", kind: Some(kind.word()), ..base },
        }
    }
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
    pub facts: Vec<FactRow>,
    /// Sales that are recorded, as they are told again: of whoever is named now, and with what was not said before.
    pub again: Vec<RevenueRow>,
    /// What only Stripe's door knows.
    pub stripe: Option<stripe::Rows>,
    /// Sales that the door was told of and that are known, and which door it is.
    pub told: Option<(Vec<String>, &'static str)>,
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

/// How often an event is planned anew when another request writes the same, or takes it back, meanwhile.
pub const ATTEMPTS: usize = 4;
/// How many keys are asked for at once.
const KEYS: usize = 5_000;
/// How many rows of a table travel in one bound value, which may have two megabytes.
const ROWS: usize = 1_000;

/// Events that are recorded, by their key.
#[derive(Debug, Default)]
pub struct Known(HashMap<String, Recorded>);

#[derive(Debug, Deserialize)]
struct Recorded {
    key: String,
    digest: String,
    /// Of an amount.
    amount: Option<i64>,
    currency: Option<String>,
    /// The customer, as it is read.
    root: Option<String>,
    /// The key under which a sale is recorded, which may have another name.
    sale: Option<String>,
    /// The vendor's identifier of that customer.
    external: Option<String>,
    /// From whom that customer was taken apart, JSON.
    apart: Option<String>,
}

impl Known {
    /// Which of these keys stand.
    pub async fn load(db: &D1Database, keys: &[&str]) -> Result<Self, Error> {
        let mut known = Self::default();
        for keys in keys.chunks(KEYS) {
            known.0.extend(Self::load_part(db, keys).await?.0);
        }
        Ok(known)
    }

    async fn load_part(db: &D1Database, keys: &[&str]) -> Result<Self, Error> {
        let sql = "-- event::known
            SELECT key, digest, NULL AS amount, NULL AS currency, NULL AS root, NULL AS sale, NULL AS external, NULL AS apart
            FROM touch WHERE key IN (SELECT value FROM json_each(?1))
            UNION ALL SELECT key, digest, NULL, NULL, NULL, NULL, NULL, NULL FROM milestone
            WHERE key IN (SELECT value FROM json_each(?1))
            UNION ALL SELECT key, digest, NULL, NULL, NULL, NULL, NULL, NULL FROM fact
            WHERE key IN (SELECT value FROM json_each(?1))
            UNION ALL SELECT n.name, r.digest, r.amount, r.currency, c.root_id, r.key,
              (SELECT m.external_id FROM customer AS m WHERE m.root_id = c.root_id AND m.external_id IS NOT NULL
               ORDER BY m.created_at, m.id LIMIT 1),
              (SELECT json_group_array(o.root_id) FROM customer AS m
               JOIN customer_join AS j ON j.customer_id = m.id OR j.into_id = m.id
               JOIN customer AS o ON o.id = iif(j.customer_id = m.id, j.into_id, j.customer_id)
               WHERE m.root_id = c.root_id AND j.undone_at IS NOT NULL)
            FROM (
              SELECT value AS name, value AS key FROM json_each(?1)
              UNION SELECT 'invoice:' || payment, sale FROM stripe_payment
              WHERE payment IN (SELECT substr(value, 9) FROM json_each(?1) WHERE value LIKE 'invoice:%')) AS n
            JOIN revenue AS r ON r.key = n.key JOIN customer AS c ON c.id = r.customer_id
            UNION ALL SELECT 'fact:' || fact_id, key || ' ' || digest, NULL, NULL, NULL, NULL, NULL, NULL FROM revenue
            WHERE invoice IS NOT NULL AND 'fact:' || fact_id IN (SELECT value FROM json_each(?1))";
        let found: Vec<Recorded> = all(db, sql, &[json(&keys)?]).await?;
        Ok(Self(found.into_iter().map(|row| (row.key.clone(), row)).collect()))
    }

    /// Whether this key stands.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The key under which a sale is recorded that this key names.
    pub fn recorded_as(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.sale.as_deref()
    }

    /// What an event with this key and digest would be; `None` for a new one.
    pub fn fate(&self, key: &str, digest: &str) -> Option<Fate> {
        let before = self.0.get(key)?;
        Some(if before.digest == digest { Fate::Duplicate } else { Fate::Conflict })
    }
}

/// Whether a batch was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// All of it.
    Whole,
    /// Nothing: the key of one of its events stands already, a refund is more than is left of its sale by now, an
    /// integration has become another partner's, an import has moved on, or another deal was first.
    Taken,
}

impl Batch {
    /// Whether it pays somebody by hand.
    fn adjusts(&self) -> bool {
        self.facts.iter().any(|fact| fact.r#type == "adjustment")
    }

    /// Writes the batch in one transaction: all of it, or, where an event's key stands already, nothing at all. So a repeat
    /// or a conflict leaves no trace, neither a customer nor a claim on a click, and of requests that meet one wins.
    pub async fn write(&self, db: &D1Database, now: Millis) -> Result<Written, Error> {
        let batch = self.statements(db, now).await?;
        if batch.is_empty() { Ok(Written::Whole) } else { written(db.batch(batch).await) }
    }

    /// As [`Batch::write`]; where it pays somebody by hand, in somebody's name.
    pub async fn write_by(&self, pen: &Pen, now: Millis) -> Result<Written, Error> {
        if self.adjusts() { self.write_with(pen, now, Vec::new()).await } else { self.write(pen, now).await }
    }

    /// As [`Batch::write`], with further statements behind it in the same transaction, in somebody's name.
    pub async fn write_with(
        &self,
        pen: &Pen,
        now: Millis,
        further: Vec<D1PreparedStatement>,
    ) -> Result<Written, Error> {
        let mut batch = self.statements(pen, now).await?;
        batch.extend(further);
        written(pen.write(batch).await)
    }

    pub async fn statements(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let mut batch = self.customers(db, now)?;
        batch.extend(self.touches(db, now)?);
        batch.extend(self.claims(db, &self.lost(db).await?, now)?);
        batch.extend(self.milestones(db, now)?);
        batch.extend(self.facts(db, now)?);
        if let Some(rows) = &self.stripe {
            batch.extend(rows.statements(db, now)?);
        }
        if let Some((sales, door)) = self.told.as_ref().filter(|(sales, _)| !sales.is_empty()) {
            batch.push(import::told(db, sales, door)?);
        }
        batch.extend(self.again(db, now)?);
        Ok(batch)
    }
}

/// What came of a transaction.
pub(in crate::store) fn written<T>(result: worker::Result<T>) -> Result<Written, Error> {
    match result {
        Ok(_) => Ok(Written::Whole),
        Err(error) if is_taken(&error) || is_refused(&error) => Ok(Written::Taken),
        Err(error) => Err(error.into()),
    }
}

/// Whether a trigger refused what another request made impossible meanwhile.
fn is_refused(error: &worker::Error) -> bool {
    let cause = error.to_string();
    let refusals = [
        "refund exceeds its sale",
        "integration is another partner's",
        "import has moved on",
        "import is built upon",
        "sale is gone",
        "sale has another name",
        "deal is protected",
        "invoice won another deal",
        "partner has left",
    ];
    refusals.iter().any(|refusal| cause.contains(refusal))
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
