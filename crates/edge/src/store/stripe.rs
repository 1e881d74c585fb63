//! What Stripe told. An event is claimed by its own identifier, and what it tells by the keys that every door knows, in the
//! one transaction that writes both. Refunds become revenue by the triggers of `0011_stripe.sql`.

use std::collections::HashSet;

use engine::{fact::MilestoneKind, link::Claim, time::Millis};
use serde::{Deserialize, Serialize};
use wire::{
    fact::sale_key,
    stripe::{Event, Party, Receipt, Refund, RefundKind, RefundState, Told},
};
use worker::{D1Database, D1PreparedStatement};

use super::{
    all,
    event::{ATTEMPTS, Batch, ClaimRow, Customer, FactRow, MilestoneRow, RevenueRow, Written, customer_id_of},
    lead::revenue_digest,
    number, optional, statement, text,
};
use crate::{app::App, error::Error};

/// Rows in Stripe's words: what its events say, and files that have its names.
#[derive(Debug, Default)]
pub struct Rows {
    event: Option<(String, String)>,
    pub meant: Vec<Meant>,
    pub payments: Vec<PaymentRow>,
    pub refunds: Vec<RefundRow>,
}

/// Whom an event means: the identity that it names, under which it stays, and the customer as whom that is read.
#[derive(Debug, Serialize)]
pub struct Meant {
    /// The number at Stripe; none for a guest.
    number: Option<String>,
    own: Customer,
    /// Our identifier of one whom something else shows.
    into: Option<Customer>,
    /// Our identifier of whoever is known by nothing but the number.
    ghost: String,
}

/// A further name of a sale: a payment, a charge, a checkout, or an invoice that is recorded under another name.
#[derive(Debug, Serialize)]
pub struct PaymentRow {
    pub payment: String,
    /// Key of the sale.
    pub sale: String,
}

/// What was given back.
#[derive(Debug, Serialize)]
pub struct RefundRow {
    source: String,
    kind: &'static str,
    state: &'static str,
    payment: String,
    sale: String,
    at: u64,
    amount: i64,
    currency: String,
}

impl RefundRow {
    fn new(refund: &Refund, sale: &str) -> Self {
        Self {
            source: refund.source.clone(),
            kind: refund.kind.word(),
            state: refund.state.word(),
            payment: refund.payment.clone(),
            sale: sale.to_owned(),
            at: refund.at.0,
            amount: refund.amount,
            currency: refund.currency.code().to_owned(),
        }
    }

    /// What was given back of a sale in all, until now.
    pub fn total(source: String, sale: &str, at: Millis, amount: i64, currency: &str) -> Self {
        Self {
            source,
            kind: RefundKind::Charge.word(),
            state: RefundState::Succeeded.word(),
            payment: sale.to_owned(),
            sale: sale.to_owned(),
            at: at.0,
            amount,
            currency: currency.to_owned(),
        }
    }
}

impl Rows {
    /// The statements that write them, behind those of the batch that they belong to.
    pub fn statements(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let event = "-- stripe::event
            INSERT INTO stripe_event (id, type, recorded_at) VALUES (?1, ?2, ?3)";
        // A name of a sale that is not recorded may turn out to be that of another.
        let payments = "-- stripe::payments
            INSERT INTO stripe_payment (payment, sale)
            SELECT value ->> '$.payment', value ->> '$.sale' FROM json_each(?1) WHERE true
            ON CONFLICT DO UPDATE SET sale = excluded.sale
            WHERE sale <> excluded.sale AND NOT EXISTS (SELECT 1 FROM revenue WHERE key = stripe_payment.sale)";
        let moved = "-- stripe::payments
            UPDATE stripe_payment SET sale = j.value ->> '$.sale' FROM json_each(?1) AS j
            WHERE stripe_payment.sale = 'invoice:' || (j.value ->> '$.payment')
              AND NOT EXISTS (SELECT 1 FROM revenue WHERE key = stripe_payment.sale)";
        // A state is followed by later ones only, in whichever order they come.
        let refunds = "-- stripe::refunds
            INSERT INTO stripe_refund (source, kind, state, payment, sale, at, amount, currency, recorded_at)
            SELECT j.value ->> '$.source', j.value ->> '$.kind', j.value ->> '$.state', j.value ->> '$.payment',
              coalesce((SELECT sale FROM stripe_payment WHERE payment = j.value ->> '$.payment'), j.value ->> '$.sale'),
              j.value ->> '$.at', j.value ->> '$.amount', j.value ->> '$.currency', ?2
            FROM json_each(?1) AS j WHERE true
            ON CONFLICT DO UPDATE SET state = excluded.state
            WHERE stripe_refund.state <> excluded.state AND (stripe_refund.state = 'pending' OR excluded.state = 'failed')";
        let mut batch = Vec::new();
        if let Some((id, kind)) = &self.event {
            batch.push(statement(db, event, &[text(id), text(kind), number(now.0)])?);
        }
        batch.extend(Meant::statements(&self.meant, db, now)?);
        if !self.payments.is_empty() {
            let rows = text(serde_json::to_string(&self.payments)?);
            batch.push(statement(db, payments, std::slice::from_ref(&rows))?);
            batch.push(statement(db, moved, &[rows])?);
        }
        if !self.refunds.is_empty() {
            batch.push(statement(db, refunds, &[text(serde_json::to_string(&self.refunds)?), number(now.0)])?);
        }
        Ok(batch)
    }
}

impl Meant {
    /// A customer whom a file names by the number at Stripe.
    pub fn named(number: &str, own: Customer) -> Self {
        Self { number: Some(number.to_owned()), own, into: None, ghost: ghost(number) }
    }

    /// A number at Stripe is one identity's: the one that came with it, where that has none yet, else one of its own. Who is
    /// known by no identifier of the vendor's is joined to the customer whom the event shows, unless somebody took the two
    /// apart before.
    fn statements(meant: &[Self], db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let take = "-- stripe::meant
            UPDATE customer SET stripe_id = j.value ->> '$.number' FROM json_each(?1) AS j
            WHERE customer.id = coalesce((SELECT id FROM customer WHERE external_id = j.value ->> '$.own.external'),
                j.value ->> '$.own.id')
              AND stripe_id IS NULL AND j.value ->> '$.number' IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM customer WHERE stripe_id = j.value ->> '$.number')";
        let make = "-- stripe::meant
            INSERT INTO customer (id, stripe_id, created_at)
            SELECT j.value ->> '$.ghost', j.value ->> '$.number', ?2 FROM json_each(?1) AS j
            WHERE j.value ->> '$.number' IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM customer WHERE stripe_id = j.value ->> '$.number')
            ON CONFLICT (id) DO UPDATE SET stripe_id = excluded.stripe_id";
        let join = "-- stripe::meant
            INSERT INTO customer_join (customer_id, into_id, why, done_by, at)
            SELECT own.root_id, shown.root_id, 'stripe', 'program', ?2
            FROM json_each(?1) AS j
            CROSS JOIN customer AS own ON own.id = coalesce(
              (SELECT id FROM customer WHERE stripe_id = j.value ->> '$.number'), j.value ->> '$.own.id')
            CROSS JOIN customer AS shown ON shown.id = coalesce(
              (SELECT id FROM customer WHERE external_id = j.value ->> '$.own.external'), j.value ->> '$.into.id')
            WHERE own.root_id <> shown.root_id
              AND NOT EXISTS (SELECT 1 FROM customer WHERE root_id = own.root_id AND external_id IS NOT NULL)
              AND NOT EXISTS (
                SELECT 1 FROM customer AS a JOIN customer_join AS j ON j.customer_id = a.id JOIN customer AS b ON b.id = j.into_id
                WHERE j.undone_at IS NOT NULL AND (a.root_id, b.root_id) IN
                  (VALUES (own.root_id, shown.root_id), (shown.root_id, own.root_id)))";
        let read = "-- stripe::meant
            UPDATE customer SET joined_to = j.into_id FROM customer_join AS j
            WHERE j.undone_at IS NULL AND j.customer_id = customer.root_id AND j.into_id IN (
              SELECT root_id FROM customer WHERE id IN (
                SELECT coalesce((SELECT id FROM customer WHERE external_id = m.value ->> '$.own.external'),
                  m.value ->> '$.into.id') FROM json_each(?1) AS m))";
        if meant.is_empty() {
            return Ok(Vec::new());
        }
        let (rows, at) = (text(serde_json::to_string(meant)?), number(now.0));
        Ok(vec![
            statement(db, take, std::slice::from_ref(&rows))?,
            statement(db, make, &[rows.clone(), at.clone()])?,
            statement(db, join, &[rows.clone(), at])?,
            statement(db, read, &[rows])?,
        ])
    }
}

/// Our identifier of whoever is known by nothing but the number at Stripe.
pub fn ghost(number: &str) -> String {
    customer_id_of(&format!("stripe {number}")).to_string()
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
    /// The recorded sale that the event is about, by any of its names.
    sale: Option<Recorded>,
    /// The sale for which one of the names stands that is not recorded yet.
    pending: Option<String>,
    /// Which of the names are keys of sales of their own.
    taken: HashSet<String>,
}

#[derive(Debug, Clone)]
struct Recorded {
    key: String,
    amount: i64,
    currency: String,
}

impl Standing {
    async fn load(db: &D1Database, event: &Event, told: &Told, click: Option<&Claim>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Known {
            shown_by: String,
            name: String,
            sale: String,
            amount: Option<i64>,
            currency: Option<String>,
        }
        let candidates = "-- stripe::candidates
            SELECT f.shown_by, c.id, c.root_id,
              EXISTS (SELECT 1 FROM customer AS m WHERE m.root_id = c.root_id AND m.external_id IS NOT NULL) AS named
            FROM (
              SELECT 1 AS rank, 'sale' AS shown_by, customer_id AS id FROM revenue
              WHERE key IN (SELECT 'invoice:' || value FROM json_each(?1)
                UNION SELECT sale FROM stripe_payment WHERE payment IN (SELECT value FROM json_each(?1)))
              UNION ALL SELECT 2, 'number', id FROM customer WHERE stripe_id = ?2
              UNION ALL SELECT 3, 'external', id FROM customer WHERE external_id = ?2
              UNION ALL SELECT 4, 'click', customer_id FROM touch WHERE key = ?3
              UNION ALL SELECT 5, 'email', id FROM customer WHERE email = ?4
            ) AS f JOIN customer AS c ON c.id = f.id JOIN customer AS root ON root.id = c.root_id
            WHERE root.deleted_at IS NULL ORDER BY f.rank, c.id";
        // A sale of a file may have none of the names of the event: the same customer, amount and currency within a minute
        // is the same sale, unless something else of its kind has been said to be.
        let known = "-- stripe::known
            SELECT 'event' AS shown_by, '' AS name, '' AS sale, NULL AS amount, NULL AS currency FROM stripe_event WHERE id = ?1
            UNION ALL SELECT 'end', '', '', NULL, NULL FROM fact WHERE key = ?2
            UNION ALL SELECT 'key', n.value, r.key, r.amount, r.currency FROM json_each(?3) AS n
              JOIN revenue AS r ON r.key = 'invoice:' || n.value AND r.kind <> 'refund'
            UNION ALL SELECT 'name', n.value, p.sale, r.amount, r.currency FROM json_each(?3) AS n
              JOIN stripe_payment AS p ON p.payment = n.value LEFT JOIN revenue AS r ON r.key = p.sale
            UNION ALL SELECT * FROM (SELECT 'twin', '', r.key, r.amount, r.currency FROM customer AS c
              JOIN customer AS m ON m.root_id = c.root_id JOIN revenue AS r ON r.customer_id = m.id
              WHERE c.stripe_id = ?4 AND r.kind <> 'refund' AND r.amount = ?5 AND r.currency = ?6
                AND abs(r.at - ?7) <= 60000 AND substr(r.key, 9, 3) IN ('ch_', 'py_', 'pi_')
                AND EXISTS (SELECT 1 FROM import_wrote WHERE kind = 'revenue' AND key = r.key)
                AND NOT EXISTS (SELECT 1 FROM json_each(?3) AS n
                  WHERE substr(n.value, 1, 3) = substr(r.key, 9, 3) OR EXISTS (SELECT 1 FROM stripe_payment AS p
                    WHERE p.sale = r.key AND substr(p.payment, 1, 3) = substr(n.value, 1, 3)))
              ORDER BY abs(r.at - ?7), r.key LIMIT 1)";
        let names = names(told);
        let values = [
            text(serde_json::to_string(if told.sale.is_some() { names.as_slice() } else { &[] })?),
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
        let paid = told.sale.as_ref();
        let keys = [
            text(&event.id),
            optional(told.ended.as_deref().map(end_key)),
            text(serde_json::to_string(&names)?),
            optional(told.party.stripe.as_deref()),
            paid.map_or(wasm_bindgen::JsValue::NULL, |sale| number(sale.amount)),
            optional(paid.map(|sale| sale.currency.code())),
            paid.map_or(wasm_bindgen::JsValue::NULL, |sale| number(sale.at.0)),
        ];
        let known: Vec<Known> = all(db, known, &keys).await?;
        let is_known = |word| known.iter().any(|row| row.shown_by == word);
        let (is_event_known, is_end_known) = (is_known("event"), is_known("end"));
        let taken = known.iter().filter(|row| row.shown_by == "key").map(|row| row.name.clone()).collect();
        let recorded = |row: &Known| {
            Some(Recorded { key: row.sale.clone(), amount: row.amount?, currency: row.currency.clone()? })
        };
        let by_name = names.iter().find_map(|name| known.iter().filter(|row| row.name == *name).find_map(recorded));
        let sale = by_name.or_else(|| known.iter().find(|row| row.shown_by == "twin").and_then(recorded));
        let pending = known.iter().find(|row| row.shown_by == "name").map(|row| row.sale.clone());
        Ok(Self { candidates, is_event_known, is_end_known, sale, pending, taken })
    }

    /// Key of the sale that an event is about: the one that is recorded under any of its names, else that of its invoice,
    /// else what a name stood for before.
    fn key(&self, told: &Told) -> Option<String> {
        let invoice = told.sale.as_ref().map(|sale| &sale.invoice).or(told.paid.first().map(|paid| &paid.invoice));
        let recorded = self.sale.as_ref().map(|sale| sale.key.clone());
        let payment = told.refunds.first().map(|refund| &refund.payment);
        recorded
            .or_else(|| invoice.map(|invoice| sale_key(invoice)))
            .or_else(|| self.pending.clone())
            .or_else(|| payment.map(|payment| sale_key(payment)))
    }

    /// Whom the event means. It names the vendor's identifier, else Stripe's number, else an e-mail address; and is read as
    /// the best known of those whom something shows. The same evidence leads to the same customer in whichever order it comes.
    fn meant(&self, party: &Party, click: Option<&Claim>, fallback: &str) -> Meant {
        let ghost = ghost(party.stripe.as_deref().unwrap_or(fallback));
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

/// Every name of the sale that an event is about, its invoice's first.
fn names(told: &Told) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let all = told.sale.iter().map(|sale| sale.invoice.as_str());
    let all = all.chain(told.paid.iter().flat_map(|paid| [paid.invoice.as_str(), &paid.payment]));
    let all = all.chain(
        told.refunds
            .iter()
            .flat_map(|refund| [Some(refund.payment.as_str()), refund.charge.as_deref()].into_iter().flatten()),
    );
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
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
    let (mut meant, mut told_again) = (Vec::new(), Vec::new());
    let key = standing.key(told);
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
        if let Some(sale) = &told.sale {
            let row = RevenueRow {
                key: sale_key(&sale.invoice),
                at: sale.at.0,
                at_said: true,
                kind: Some(sale.kind.word()),
                kind_said: true,
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
            };
            match &standing.sale {
                None => batch.revenue.push(row),
                Some(recorded) => {
                    told_again.push(recorded.key.clone());
                    if (row.amount, &row.currency) == (recorded.amount, &recorded.currency) {
                        outcome = Receipt::Duplicate;
                        batch.again.push(RevenueRow { key: recorded.key.clone(), ..row });
                    } else {
                        outcome = Receipt::Conflict;
                    }
                }
            }
        }
        batch.customers.extend([Some(who.own.clone()), who.into.clone()].into_iter().flatten());
        meant.push(who);
    } else if told.ended.is_some() {
        outcome = Receipt::Ignored;
    }
    let key = key.as_deref().unwrap_or_default();
    let further = names(told).into_iter().filter(|name| sale_key(name) != key && !standing.taken.contains(*name));
    batch.stripe = Some(Rows {
        event: Some((event.id.clone(), event.kind.clone())),
        meant,
        payments: further.map(|name| PaymentRow { payment: name.to_owned(), sale: key.to_owned() }).collect(),
        refunds: told.refunds.iter().map(|refund| RefundRow::new(refund, key)).collect(),
    });
    batch.told = Some((told_again, "stripe"));
    (batch, outcome)
}
