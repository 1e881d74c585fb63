//! What Stripe told. An event is claimed by its own identifier, and what it tells by the keys that every door knows, in the
//! one transaction that writes both. Refunds become revenue by the triggers of `0011_stripe.sql`.

use engine::{fact::MilestoneKind, link::Claim, time::Millis};
use serde::{Deserialize, Serialize};
use wire::{
    fact::sale_key,
    stripe::{Event, Paid, Party, Receipt, Refund, Told},
};
use worker::{D1Database, D1PreparedStatement};

use super::{
    all,
    event::{Batch, ClaimRow, Customer, FactRow, MilestoneRow, RevenueRow, Written, customer_id_of},
    lead::revenue_digest,
    number, optional, statement, text,
};
use crate::{app::App, error::Error};

/// How often an event is planned anew when another request writes the same meanwhile.
const ATTEMPTS: usize = 4;

/// Rows that only this door writes.
#[derive(Debug)]
pub struct Rows {
    event: (String, String),
    meant: Option<Meant>,
    payments: Vec<PaymentRow>,
    refunds: Vec<RefundRow>,
}

/// Whom an event means: the identity that it names, under which it stays, and the customer as whom that is read.
#[derive(Debug)]
struct Meant {
    /// The number at Stripe; none for a guest.
    number: Option<String>,
    own: Customer,
    /// Our identifier of one whom something else shows.
    into: Option<Customer>,
    /// Our identifier of whoever is known by nothing but the number.
    ghost: String,
}

#[derive(Debug, Serialize)]
struct PaymentRow {
    payment: String,
    sale: String,
}

#[derive(Debug, Serialize)]
struct RefundRow {
    source: String,
    kind: &'static str,
    state: &'static str,
    payment: String,
    sale: String,
    at: u64,
    amount: i64,
    currency: String,
}

impl From<&Paid> for PaymentRow {
    fn from(paid: &Paid) -> Self {
        Self { payment: paid.payment.clone(), sale: sale_key(&paid.invoice) }
    }
}

impl From<&Refund> for RefundRow {
    fn from(refund: &Refund) -> Self {
        Self {
            source: refund.source.clone(),
            kind: refund.kind.word(),
            state: refund.state.word(),
            payment: refund.payment.clone(),
            sale: sale_key(&refund.payment),
            at: refund.at.0,
            amount: refund.amount,
            currency: refund.currency.code().to_owned(),
        }
    }
}

impl Rows {
    /// The statements that write them, behind those of the batch that they belong to.
    pub fn statements(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let event = "-- stripe::event
            INSERT INTO stripe_event (id, type, recorded_at) VALUES (?1, ?2, ?3)";
        let payments = "-- stripe::payments
            INSERT INTO stripe_payment (payment, sale)
            SELECT value ->> '$.payment', value ->> '$.sale' FROM json_each(?1) WHERE true
            ON CONFLICT DO NOTHING";
        // A state is followed by later ones only, in whichever order they come.
        let refunds = "-- stripe::refunds
            INSERT INTO stripe_refund (source, kind, state, payment, sale, at, amount, currency, recorded_at)
            SELECT j.value ->> '$.source', j.value ->> '$.kind', j.value ->> '$.state', j.value ->> '$.payment',
              coalesce((SELECT sale FROM stripe_payment WHERE payment = j.value ->> '$.payment'), j.value ->> '$.sale'),
              j.value ->> '$.at', j.value ->> '$.amount', j.value ->> '$.currency', ?2
            FROM json_each(?1) AS j WHERE true
            ON CONFLICT DO UPDATE SET state = excluded.state
            WHERE stripe_refund.state <> excluded.state AND (stripe_refund.state = 'pending' OR excluded.state = 'failed')";
        let (id, kind) = &self.event;
        let mut batch = vec![statement(db, event, &[text(id), text(kind), number(now.0)])?];
        if let Some(meant) = &self.meant {
            batch.extend(meant.statements(db, now)?);
        }
        if !self.payments.is_empty() {
            batch.push(statement(db, payments, &[text(serde_json::to_string(&self.payments)?)])?);
        }
        if !self.refunds.is_empty() {
            batch.push(statement(db, refunds, &[text(serde_json::to_string(&self.refunds)?), number(now.0)])?);
        }
        Ok(batch)
    }
}

impl Meant {
    /// A number at Stripe is one identity's: the one that came with it, where that has none yet, else one of its own. Who is
    /// known by no identifier of the vendor's is joined to the customer whom the event shows, unless somebody took the two
    /// apart before.
    fn statements(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let take = "-- stripe::meant
            UPDATE customer SET stripe_id = ?1
            WHERE id = coalesce((SELECT id FROM customer WHERE external_id = ?2), ?3) AND stripe_id IS NULL
              AND NOT EXISTS (SELECT 1 FROM customer WHERE stripe_id = ?1)";
        let make = "-- stripe::meant
            INSERT INTO customer (id, stripe_id, created_at)
            SELECT ?2, ?1, ?3 WHERE NOT EXISTS (SELECT 1 FROM customer WHERE stripe_id = ?1)
            ON CONFLICT (id) DO UPDATE SET stripe_id = excluded.stripe_id";
        let join = "-- stripe::meant
            INSERT INTO customer_join (customer_id, into_id, why, done_by, at)
            SELECT own.root_id, shown.root_id, 'stripe', 'program', ?5 FROM customer AS own, customer AS shown
            WHERE own.id = coalesce((SELECT id FROM customer WHERE stripe_id = ?1), ?3)
              AND shown.id = coalesce((SELECT id FROM customer WHERE external_id = ?2), ?4)
              AND own.root_id <> shown.root_id
              AND NOT EXISTS (SELECT 1 FROM customer WHERE root_id = own.root_id AND external_id IS NOT NULL)
              AND NOT EXISTS (
                SELECT 1 FROM customer AS a JOIN customer_join AS j ON j.customer_id = a.id JOIN customer AS b ON b.id = j.into_id
                WHERE j.undone_at IS NOT NULL AND (a.root_id, b.root_id) IN
                  (VALUES (own.root_id, shown.root_id), (shown.root_id, own.root_id)))";
        let read = "-- stripe::meant
            UPDATE customer SET joined_to = j.into_id FROM customer_join AS j
            WHERE j.undone_at IS NULL AND j.customer_id = customer.root_id AND j.into_id =
              (SELECT root_id FROM customer WHERE id = coalesce((SELECT id FROM customer WHERE external_id = ?1), ?2))";
        let number = optional(self.number.as_deref());
        let external = optional(self.own.external.as_deref());
        let own = text(&self.own.id);
        let into = optional(self.into.as_ref().map(|customer| customer.id.as_str()));
        let at = crate::store::number(now.0);
        let mut batch = Vec::new();
        if self.number.is_some() {
            batch.push(statement(db, take, &[number.clone(), external.clone(), own.clone()])?);
            batch.push(statement(db, make, &[number.clone(), text(&self.ghost), at.clone()])?);
        }
        if self.own.external.is_some() || self.into.is_some() {
            batch.push(statement(db, join, &[number, external.clone(), own, into.clone(), at])?);
            batch.push(statement(db, read, &[external, into])?);
        }
        Ok(batch)
    }
}

/// An identity that an event may mean.
#[derive(Debug, Deserialize)]
struct Candidate {
    shown_by: Evidence,
    id: String,
    /// As whom it is read.
    root_id: String,
    /// Whether the vendor has an identifier for that customer: 0 or 1.
    named: u8,
}

/// What shows whom an event means, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Evidence {
    /// The invoice is theirs.
    Sale,
    /// Stripe's number is theirs.
    Number,
    /// The vendor calls them by Stripe's number.
    External,
    Click,
    Email,
}

/// What stands before an event is written.
struct Standing {
    candidates: Vec<Candidate>,
    is_event_known: bool,
    /// Whether it is recorded that this subscription ended.
    is_end_known: bool,
    /// Amount and currency under the invoice's number.
    sale: Option<(i64, String)>,
}

impl Standing {
    async fn load(db: &D1Database, event: &Event, told: &Told, click: Option<&Claim>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Known {
            shown_by: String,
            amount: i64,
            currency: String,
        }
        let sale = told.sale.as_ref().map(|sale| sale_key(&sale.invoice));
        let candidates = "-- stripe::candidates
            SELECT f.shown_by, c.id, c.root_id,
              EXISTS (SELECT 1 FROM customer AS m WHERE m.root_id = c.root_id AND m.external_id IS NOT NULL) AS named
            FROM (
              SELECT 1 AS rank, 'sale' AS shown_by, customer_id AS id FROM revenue WHERE key = ?1
              UNION ALL SELECT 2, 'number', id FROM customer WHERE stripe_id = ?2
              UNION ALL SELECT 3, 'external', id FROM customer WHERE external_id = ?2
              UNION ALL SELECT 4, 'click', customer_id FROM touch WHERE key = ?3
              UNION ALL SELECT 5, 'email', id FROM customer WHERE email = ?4
            ) AS f JOIN customer AS c ON c.id = f.id JOIN customer AS root ON root.id = c.root_id
            WHERE root.deleted_at IS NULL ORDER BY f.rank, c.id";
        let known = "-- stripe::known
            SELECT 'event' AS shown_by, 0 AS amount, '' AS currency FROM stripe_event WHERE id = ?1
            UNION ALL SELECT 'end', 0, '' FROM fact WHERE key = ?3
            UNION ALL SELECT 'sale', amount, currency FROM revenue WHERE key = ?2";
        let values = [
            optional(sale.as_deref()),
            optional(told.party.stripe.as_deref()),
            optional(click.map(|claim| claim.touch.to_string())),
            optional(told.party.email.as_deref()),
        ];
        let mut candidates: Vec<Candidate> = all(db, candidates, &values).await?;
        // An address that customers of several names have shows none of them.
        let shared = |c: &Candidate| c.shown_by == Evidence::Email && c.named == 1;
        let first = candidates.iter().find(|c| shared(c)).map(|c| c.root_id.clone());
        if candidates.iter().any(|c| shared(c) && Some(&c.root_id) != first.as_ref()) {
            candidates.retain(|c| !shared(c));
        }
        let keys = [text(&event.id), optional(sale.as_deref()), optional(told.ended.as_deref().map(end_key))];
        let known: Vec<Known> = all(db, known, &keys).await?;
        let is_known = |word| known.iter().any(|row| row.shown_by == word);
        let (is_event_known, is_end_known) = (is_known("event"), is_known("end"));
        let sale = known.into_iter().find(|row| row.shown_by == "sale").map(|row| (row.amount, row.currency));
        Ok(Self { candidates, is_event_known, is_end_known, sale })
    }

    /// Whom the event means. It names the vendor's identifier, else Stripe's number, else an e-mail address; and is read as
    /// the best known of those whom something shows. The same evidence leads to the same customer in whichever order it comes.
    fn meant(&self, party: &Party, click: Option<&Claim>, fallback: &str) -> Meant {
        let ghost = customer_id_of(&format!("stripe {}", party.stripe.as_deref().unwrap_or(fallback))).to_string();
        let email = party.email.as_deref().map(|email| customer_id_of(email).to_string());
        let holder = self.candidates.iter().find(|c| c.shown_by == Evidence::Number);
        let mut others = self.candidates.iter().filter(|c| holder.is_none_or(|holder| c.root_id != holder.root_id));
        let named = self.candidates.iter().find(|c| c.named == 1);
        let known = named.or_else(|| others.next()).map(|c| c.root_id.clone());
        let (id, into) = match (&party.external, holder, email, known) {
            (Some(external), ..) => (customer_id_of(&format!("external {external}")).to_string(), None),
            // Who has shown nothing but the number so far has an address now, which a form may know.
            (None, Some(holder), Some(email), None) if holder.root_id == ghost => (holder.id.clone(), Some(email)),
            (None, Some(holder), _, known) => (holder.id.clone(), known),
            (None, None, Some(email), None) => (email, None),
            (None, None, Some(email), known) if party.stripe.is_none() => (email, known),
            (None, None, None, Some(known)) if party.stripe.is_none() => (known, None),
            (None, None, _, known) => (ghost.clone(), known),
        };
        let own = Customer {
            external: party.external.clone(),
            id,
            email: party.email.clone(),
            name: party.name.clone(),
            click: click.map(|claim| claim.touch.to_string()),
            ..Customer::default()
        };
        let into = into.map(|id| Customer { id, ..Customer::default() });
        Meant { number: party.stripe.clone(), own, into, ghost }
    }
}

/// Under which it counts once that a subscription ended.
fn end_key(subscription: &str) -> String {
    format!("churn:{subscription}")
}

/// Records an event: durable when this returns, and once by its keys, whatever came before it or comes after.
pub async fn record(
    app: &App,
    db: &D1Database,
    event: &Event,
    told: &Told,
    click: Option<Claim>,
) -> Result<Receipt, Error> {
    for _ in 0..ATTEMPTS {
        let standing = Standing::load(db, event, told, click.as_ref()).await?;
        if standing.is_event_known {
            return Ok(Receipt::Duplicate);
        }
        let (batch, outcome) = plan(&standing, event, told, click);
        if batch.write(db, app.now()).await? == Written::Whole {
            return Ok(outcome);
        }
        // Another request wrote the event or the sale in between: it is known by now.
    }
    Err(Error::Unavailable("stripe: other requests keep writing the same event".into()))
}

/// The rows of an event, and what it will have become once they are written.
fn plan(standing: &Standing, event: &Event, told: &Told, click: Option<Claim>) -> (Batch, Receipt) {
    let mut batch = Batch::default();
    let mut outcome = Receipt::Recorded;
    let mut meant = None;
    let party = &told.party;
    let is_about_somebody = told.sale.is_some() || told.lead.is_some() || click.is_some() || party.stripe.is_some();
    if is_about_somebody {
        let fallback = told.sale.as_ref().map_or(event.id.as_str(), |sale| &sale.invoice);
        let who = standing.meant(party, click.as_ref(), fallback);
        let whose = who.own.whose();
        let click_key = click.map(|claim| claim.touch.to_string());
        batch.claims = click.map(|claim| ClaimRow { claim, whose: whose.clone(), own: true }).into_iter().collect();
        if let Some(lead) = &told.lead {
            batch.milestones.push(MilestoneRow {
                key: format!("lead:Checkout:{lead}"),
                at: event.at.0,
                kind: MilestoneKind::LeadCreated.word(),
                whose: Some(whose.clone()),
                click: click_key.clone(),
                event_name: Some("Checkout".to_owned()),
                ..MilestoneRow::default()
            });
        }
        match &told.ended {
            Some(_) if standing.is_end_known => outcome = Receipt::Duplicate,
            Some(subscription) => batch.facts.push(FactRow {
                key: end_key(subscription),
                at: event.at.0,
                r#type: "customer.churned",
                whose: Some(whose.clone()),
                ..FactRow::default()
            }),
            None => {}
        }
        match (&told.sale, &standing.sale) {
            (None, _) => {}
            (Some(sale), Some((amount, currency))) => {
                let same = (sale.amount, sale.currency.code()) == (*amount, currency.as_str());
                outcome = if same { Receipt::Duplicate } else { Receipt::Conflict };
            }
            (Some(sale), None) => batch.revenue.push(RevenueRow {
                key: sale_key(&sale.invoice),
                at: sale.at.0,
                kind: Some(sale.kind.word()),
                whose,
                amount: sale.amount,
                currency: sale.currency.code().to_owned(),
                invoice: Some(sale.invoice.clone()),
                opportunity: None,
                recurring: sale.recurring.map(str::to_owned),
                refund_of: None,
                fact_id: None,
                product: sale.product.clone(),
                click: click_key,
                event_name: "Purchase".to_owned(),
                processor: "stripe".to_owned(),
                metadata: None,
                digest: revenue_digest(who.own.external.as_deref(), sale.amount, sale.currency.code()),
            }),
        }
        batch.customers.extend([Some(who.own.clone()), who.into.clone()].into_iter().flatten());
        meant = Some(who);
    } else if told.ended.is_some() {
        outcome = Receipt::Ignored;
    }
    batch.stripe = Some(Rows {
        event: (event.id.clone(), event.kind.clone()),
        meant,
        payments: told.paid.iter().map(PaymentRow::from).collect(),
        refunds: told.refunds.iter().map(RefundRow::from).collect(),
    });
    (batch, outcome)
}
