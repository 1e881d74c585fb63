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
    event::{Batch, ClaimRow, Customer, MilestoneRow, RevenueRow, Written, customer_id_of},
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
    /// Whose number at Stripe it is, and our customer: the vendor's identifier where there is one, and ours.
    binding: Option<Binding>,
    payments: Vec<PaymentRow>,
    refunds: Vec<RefundRow>,
}

#[derive(Debug)]
struct Binding {
    stripe: String,
    external: Option<String>,
    id: String,
    /// Whether that customer is known by nothing but the number.
    is_ghost: bool,
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
        if let Some(binding) = &self.binding {
            batch.extend(binding.statements(db)?);
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

impl Binding {
    /// A number at Stripe stands for one customer. One whom only Stripe knew so far gives way to one who is better known, with
    /// all that is recorded of them; and where another request bound the number meanwhile, ours gives way to that one.
    fn statements(&self, db: &D1Database) -> Result<Vec<D1PreparedStatement>, Error> {
        let before = "-- stripe::binding
            INSERT INTO customer_absorbed (source, target)
            SELECT s.customer_id, coalesce((SELECT id FROM customer WHERE external_id = ?2), ?3)
            FROM stripe_customer AS s WHERE s.stripe = ?1 AND NOT ?4";
        let bind = "-- stripe::binding
            INSERT INTO stripe_customer (stripe, customer_id)
            VALUES (?1, coalesce((SELECT id FROM customer WHERE external_id = ?2), ?3))
            ON CONFLICT DO NOTHING";
        let after = "-- stripe::binding
            INSERT INTO customer_absorbed (source, target)
            SELECT ?2, customer_id FROM stripe_customer WHERE stripe = ?1";
        let stripe = text(&self.stripe);
        let values =
            [stripe.clone(), optional(self.external.as_deref()), text(&self.id), number(u8::from(self.is_ghost))];
        Ok(vec![
            statement(db, before, &values)?,
            statement(db, bind, &values[..3])?,
            statement(db, after, &[stripe, text(&self.id)])?,
        ])
    }
}

/// A customer whom an event may mean.
#[derive(Debug, Deserialize)]
struct Candidate {
    id: String,
    external_id: Option<String>,
}

/// What stands before an event is written.
struct Standing {
    candidates: Vec<Candidate>,
    is_event_known: bool,
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
            SELECT c.id, c.external_id FROM (
              SELECT 1 AS rank, customer_id AS id FROM revenue WHERE key = ?1
              UNION ALL SELECT 2, customer_id FROM stripe_customer WHERE stripe = ?2
              UNION ALL SELECT 3, id FROM customer WHERE external_id = ?2
              UNION ALL SELECT 4, customer_id FROM touch WHERE key = ?3
              UNION ALL SELECT 5, id FROM customer WHERE email = ?4
                AND (external_id IS NULL OR 1 = (SELECT count(*) FROM customer WHERE email = ?4 AND external_id IS NOT NULL))
            ) AS f JOIN customer AS c ON c.id = f.id
            ORDER BY f.rank, c.id";
        let known = "-- stripe::known
            SELECT 'event' AS shown_by, 0 AS amount, '' AS currency FROM stripe_event WHERE id = ?1
            UNION ALL SELECT 'sale', amount, currency FROM revenue WHERE key = ?2";
        let values = [
            optional(sale.as_deref()),
            optional(told.party.stripe.as_deref()),
            optional(click.map(|claim| claim.touch.to_string())),
            optional(told.party.email.as_deref()),
        ];
        let candidates = all(db, candidates, &values).await?;
        let known: Vec<Known> = all(db, known, &[text(&event.id), optional(sale.as_deref())]).await?;
        let is_event_known = known.iter().any(|row| row.shown_by == "event");
        let sale = known.into_iter().find(|row| row.shown_by == "sale").map(|row| (row.amount, row.currency));
        Ok(Self { candidates, is_event_known, sale })
    }

    /// Whom the event means: whom the vendor names, else the best known of those whom something shows, else a new one. The
    /// same evidence leads to the same customer in whichever order it comes.
    fn customer(&self, party: &Party, click: Option<&Claim>, fallback: &str) -> (Customer, bool) {
        let ghost = customer_id_of(&format!("stripe {}", party.stripe.as_deref().unwrap_or(fallback))).to_string();
        let new = party.email.as_deref().map_or_else(|| ghost.clone(), |email| customer_id_of(email).to_string());
        let named = self.candidates.iter().find(|candidate| candidate.external_id.is_some());
        let known = named.or_else(|| self.candidates.iter().find(|candidate| candidate.id != ghost));
        let (external, id) = match (&party.external, known) {
            (Some(external), _) => {
                (Some(external.clone()), customer_id_of(&format!("external {external}")).to_string())
            }
            (None, Some(candidate)) => (candidate.external_id.clone(), candidate.id.clone()),
            (None, None) => (None, new),
        };
        let is_ghost = external.is_none() && id == ghost;
        let customer = Customer {
            external,
            id,
            email: party.email.clone(),
            name: party.name.clone(),
            click: click.map(|claim| claim.touch.to_string()),
            ..Customer::default()
        };
        (customer, is_ghost)
    }
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
    // That a customer left is no fact of the log so far: who they are is kept, and the sender told that it counts nowhere.
    let mut outcome = if told.ended.is_some() { Receipt::Ignored } else { Receipt::Recorded };
    let mut binding = None;
    let party = &told.party;
    let is_about_somebody = told.sale.is_some() || told.lead.is_some() || click.is_some() || party.stripe.is_some();
    if is_about_somebody {
        let fallback = told.sale.as_ref().map_or(event.id.as_str(), |sale| &sale.invoice);
        let (customer, is_ghost) = standing.customer(party, click.as_ref(), fallback);
        let whose = customer.whose();
        let click_key = click.map(|claim| claim.touch.to_string());
        batch.claims = click.map(|claim| ClaimRow { claim, whose: whose.clone() }).into_iter().collect();
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
                click: click_key,
                event_name: "Purchase".to_owned(),
                processor: "stripe".to_owned(),
                metadata: None,
                digest: revenue_digest(customer.external.as_deref(), sale.amount, sale.currency.code()),
            }),
        }
        binding = party.stripe.clone().map(|stripe| Binding {
            stripe,
            external: customer.external.clone(),
            id: customer.id.clone(),
            is_ghost,
        });
        batch.customers.push(customer);
    }
    batch.stripe = Some(Rows {
        event: (event.id.clone(), event.kind.clone()),
        binding,
        payments: told.paid.iter().map(PaymentRow::from).collect(),
        refunds: told.refunds.iter().map(RefundRow::from).collect(),
    });
    (batch, outcome)
}
