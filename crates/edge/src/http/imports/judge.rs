//! The rows of a file beside what is recorded. What a row says becomes facts, and goes the way of every fact: the same keys,
//! the same rules, the same batch. An import is facts with a memory of where they came from.

use std::collections::{BTreeMap, HashMap, HashSet};

use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::PartnerId,
    period::Zone,
    text::Utm,
    time::{Day, Millis},
};
use wire::{
    csv::{Bad, Outcome, mapping::Field, row::Reading, row::Said, table::Row},
    fact::{Fact, Fault, LeadFact, Redeemed, RevenueFact, TouchFact, What, sale_key},
    import::RowState,
};
use worker::D1Database;

use super::super::facts::{Plan, SKEW_MS, id_key};
use crate::{
    app::{App, digest},
    error::Error,
    store::{
        event::{Batch, Fate, Known},
        import::{self, Customer, Found, Judged, Likeness, Named},
        reference::{Names, References},
    },
};

/// No export says when whoever brought a customer met them: it is written down as this long before what came of it.
const LEAD_MS: u64 = 60 * 60 * 1000;

/// A file, ready to be held against what is recorded.
pub struct Draft<'a> {
    /// The word of the system whose identifiers the rows have; `file` for none of those known.
    pub system: &'a str,
    /// What the rows say.
    pub rows: &'a [Row],
    /// What was read of each.
    pub outcomes: Vec<Outcome>,
    /// Whose wall clock it was.
    pub zone: Zone,
}

/// What became of each row, and what would be written.
pub struct Verdict {
    pub judged: Vec<Judged>,
    pub batch: Batch,
    /// What the new rows come to: minor units by currency.
    pub totals: BTreeMap<String, i64>,
}

/// The facts of a row.
struct Events {
    /// What happened. The others go with it or not at all.
    main: Fact,
    /// Whoever brought the customer met them.
    touch: Option<Fact>,
    /// What was given back of the sale.
    back: Option<Fact>,
    customer: String,
}

impl Events {
    fn all(&self) -> impl Iterator<Item = &Fact> {
        [Some(&self.main), self.touch.as_ref(), self.back.as_ref()].into_iter().flatten()
    }
}

impl Draft<'_> {
    /// Holds the file against what is recorded.
    pub async fn judge(&self, app: &App, db: &D1Database) -> Result<Verdict, Error> {
        let found = Found::load(db, &self.named()).await?;
        let mut bought: HashSet<String> = HashSet::new();
        let mut events: Vec<Result<Events, Bad>> = Vec::new();
        // In the order of time, so that a customer's first sale is the new one; refunds behind what they take back.
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let rank = |i: &usize| match &self.outcomes[*i] {
            Ok(reading) => (matches!(reading.what, Said::Refund { .. }), reading.at.in_zone(&self.zone).0),
            Err(_) => (false, 0),
        };
        order.sort_by_key(rank);
        for i in &order {
            events.push(match &self.outcomes[*i] {
                Ok(reading) => self.events(app, &found, &self.rows[*i], reading, &mut bought),
                Err(bad) => Err(bad.clone()),
            });
        }
        let facts = || events.iter().flatten().flat_map(Events::all);
        let keys: Vec<String> = facts().flat_map(|fact| [fact.economic_key(), id_key(fact)]).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let known = Known::load(db, &keys).await?;
        let references = References::load(db, &Names::of(facts())).await?;
        let similar = import::similar(db, &self.likenesses(&events)).await?;
        let mut bench = Bench {
            found: &found,
            similar: &similar,
            references: &references,
            known: &known,
            plan: Plan::new(app, &references, &known),
            leads: HashSet::new(),
            totals: BTreeMap::new(),
        };
        let mut judged: Vec<Judged> = Vec::new();
        for (i, events) in order.iter().zip(&events) {
            let (line, reading) = (self.rows[*i].line, self.outcomes[*i].as_ref().ok());
            judged.push(bench.judge(line, events, reading)?);
        }
        judged.sort_by_key(|row| row.line);
        Ok(Verdict { judged, batch: bench.plan.batch, totals: bench.totals })
    }

    /// The sales, as other doors may know them under other keys.
    fn likenesses<'a>(&self, events: &'a [Result<Events, Bad>]) -> Vec<Likeness<'a>> {
        let mains = events.iter().flatten().map(|events| &events.main);
        let sales = mains.filter_map(|main| match &main.what {
            What::Revenue(sale) if sale.kind != RevenueKind::Refund => Some((main, sale)),
            _ => None,
        });
        let likeness = |(main, sale): (&Fact, &'a RevenueFact)| {
            let day = self.zone.day(main.at.time());
            Likeness {
                key: main.economic_key(),
                customer: &sale.customer,
                amount: sale.amount,
                currency: sale.currency.code(),
                day: [day, Day(day.0 + 1)].map(|day| self.zone.midnight(day).millis().0),
            }
        };
        sales.map(likeness).collect()
    }

    fn named(&self) -> Named<'_> {
        let mut named = Named::default();
        for reading in self.outcomes.iter().flatten() {
            let who = &reading.customer;
            named.customers.extend([&who.external, &who.stripe, &who.email].into_iter().filter_map(Option::as_deref));
            named.partners.extend(reading.partner.iter().map(String::as_str));
            named.links.extend(reading.link.as_deref());
            if let Said::Sale { charge: Some(charge), .. } = &reading.what {
                named.payments.insert(charge);
            }
        }
        named
    }

    fn events(
        &self,
        app: &App,
        found: &Found,
        row: &Row,
        reading: &Reading,
        bought: &mut HashSet<String>,
    ) -> Result<Events, Bad> {
        let at = reading.at.in_zone(&self.zone);
        if at.0 > app.now().0 + SKEW_MS {
            return Err(Bad::new(Field::At, "must not lie in the future"));
        }
        let customer = customer(found, reading)?;
        let credit = credit(found, reading)?;
        let sale = matches!(reading.what, Said::Sale { .. });
        let about = match (&reading.what, &reading.id) {
            (Said::Lead, _) => format!("lead {customer}"),
            (_, Some(id)) => format!("{} {id}", self.system),
            (_, None) => row.cells.join("\u{1f}"),
        };
        let id = format!("import:{}", &digest(about)[..32]);
        let redeemed = |product: Option<&String>| {
            reading.coupon.clone().map(|coupon| Redeemed { coupon, product: product.cloned() })
        };
        let mut back = None;
        let what = match &reading.what {
            Said::Lead => What::Lead(LeadFact {
                kind: MilestoneKind::LeadCreated,
                customer: customer.clone(),
                name: None,
                email: None,
                company: None,
                visitor: None,
                click: None,
                redeemed: redeemed(None),
            }),
            Said::Refund { amount, currency, of } => {
                What::Revenue(refund(customer.clone(), *amount, *currency, of.clone()))
            }
            Said::Sale { amount, currency, invoice, charge, product, recurring, back: given } => {
                // What Stripe told of the payment says which invoice it pays.
                let told = charge.as_deref().and_then(|charge| found.payments.get(charge));
                let told = told.and_then(|key| key.strip_prefix("invoice:")).map(str::to_owned);
                let own = reading.id.as_ref().map(|id| format!("{}:{id}", self.system));
                let invoice = told.or_else(|| invoice.clone()).or_else(|| charge.clone()).or(own);
                if *given > 0 {
                    let rule = "needs an invoice or an identifier of its row, to say what was given back";
                    let of = invoice.clone().ok_or_else(|| Bad::new(Field::Refunded, rule))?;
                    let what = What::Revenue(refund(customer.clone(), *given, *currency, of));
                    back = Some(Fact { id: format!("{id}:back"), at, what });
                }
                let before = found.customers.get(&customer).is_some_and(Customer::has_bought);
                let first = bought.insert(customer.clone()) && !before;
                What::Revenue(RevenueFact {
                    kind: if first { RevenueKind::New } else { RevenueKind::Renewal },
                    event: "Purchase",
                    customer: customer.clone(),
                    amount: *amount,
                    currency: *currency,
                    product: product.clone(),
                    invoice,
                    opportunity: None,
                    recurring: recurring.clone(),
                    refund_of: None,
                    redeemed: redeemed(product.as_ref()),
                })
            }
        };
        let touch = credit.filter(|_| sale || matches!(reading.what, Said::Lead)).map(|credit| Fact {
            id: format!("{id}:touch"),
            at: Millis(at.0.saturating_sub(LEAD_MS)),
            what: What::Touch(TouchFact {
                kind: TouchKind::Click,
                link: credit.link,
                partner: credit.partner,
                coupon: None,
                visitor: None,
                customer: Some(customer.clone()),
                utm: Utm::default(),
                mark: Mark::Counted,
            }),
        });
        Ok(Events { main: Fact { id, at, what }, touch, back, customer })
    }
}

fn refund(customer: String, amount: i64, currency: engine::money::Currency, of: String) -> RevenueFact {
    RevenueFact {
        kind: RevenueKind::Refund,
        event: "Refund",
        customer,
        amount,
        currency,
        product: None,
        invoice: None,
        opportunity: None,
        recurring: None,
        refund_of: Some(of),
        redeemed: None,
    }
}

/// The vendor's identifier of the customer: the one that the row says; that of the customer with Stripe's, or with the
/// address; else one of those itself.
fn customer(found: &Found, reading: &Reading) -> Result<String, Bad> {
    let who = &reading.customer;
    if let Some(external) = &who.external {
        return Ok(external.clone());
    }
    for (field, name) in [(Field::StripeCustomer, &who.stripe), (Field::Email, &who.email)] {
        let Some(known) = name.as_ref().and_then(|name| found.customers.get(name)) else { continue };
        if known.ambiguous {
            return Err(Bad::new(field, "is that of several customers: join them, or name the one by its identifier"));
        }
        if let Some(external) = &known.external_id {
            return Ok(external.clone());
        }
    }
    let own = who.stripe.as_ref().or(who.email.as_ref());
    own.cloned().ok_or_else(|| Bad::new(Field::Customer, "is required: an identifier or an e-mail address"))
}

/// Who brought a customer.
struct Credit {
    partner: Option<PartnerId>,
    link: Option<String>,
}

fn credit(found: &Found, reading: &Reading) -> Result<Option<Credit>, Bad> {
    let partner = reading.partner.iter().find_map(|name| found.partners.get(&name.to_lowercase())).copied();
    let link = reading.link.as_ref().filter(|key| {
        // A link of the same name that is another's is another link.
        let owner = found.links.get(&key.to_lowercase());
        owner.is_some_and(|owner| partner.is_none() || *owner == partner)
    });
    match (partner, link) {
        (None, None) if !reading.partner.is_empty() => {
            Err(Bad::new(Field::Partner, "is not a partner of this program: enrol them first"))
        }
        (None, None) if reading.link.is_some() => Err(Bad::new(Field::Link, "is not a link of this program")),
        (None, None) => Ok(None),
        (partner, link) => Ok(Some(Credit { partner, link: link.cloned() })),
    }
}

/// Judges row after row.
struct Bench<'a> {
    found: &'a Found,
    /// Recorded sales like those of the file, by the key of the file's.
    similar: &'a HashMap<String, String>,
    references: &'a References,
    known: &'a Known,
    plan: Plan<'a>,
    /// Whose lead a row above is.
    leads: HashSet<String>,
    totals: BTreeMap<String, i64>,
}

impl Bench<'_> {
    fn judge(&mut self, line: u32, events: &Result<Events, Bad>, reading: Option<&Reading>) -> Result<Judged, Error> {
        let events = match events {
            Ok(events) => events,
            Err(Bad { field, rule }) => {
                let reason = Some(rule.clone());
                return Ok(Judged { line, state: RowState::Bad, reason, field: *field, key: None });
            }
        };
        let key = events.main.economic_key();
        let (state, reason, field) = match self.fate(events) {
            Err(fault) => (RowState::Bad, Some(fault.to_string()), None),
            Ok((RowState::New, _)) => {
                self.follow(events, reading)?;
                let warning = |other| format!("{other}: the same customer, amount and day are recorded under this key");
                (RowState::New, self.similar.get(&key).map(warning), None)
            }
            Ok((state, reason)) => (state, reason, None),
        };
        Ok(Judged { line, state, reason, field, key: Some(key) })
    }

    fn fate(&mut self, events: &Events) -> Result<(RowState, Option<String>), Fault> {
        let (main, key) = (&events.main, events.main.economic_key());
        if matches!(main.what, What::Lead(_)) {
            if !self.leads.insert(events.customer.clone()) {
                return Ok((RowState::Duplicate, Some("a row above is this customer's lead".into())));
            }
            if self.found.customers.get(&events.customer).is_some_and(Customer::is_lead) {
                return Ok((RowState::Matched, None));
            }
        }
        let recorded = self.known.has(&key) || self.known.has(&id_key(main));
        let fate = self.plan.add(main, &sent(main))?;
        Ok(match (fate, recorded) {
            (Fate::Recorded, _) => (RowState::New, None),
            (Fate::Duplicate, true) => self.given_back(events, &key),
            (Fate::Duplicate, false) => (RowState::Duplicate, Some(format!("{key}: a row above says the same"))),
            (Fate::Conflict, true) => {
                let reason = format!("{key}: is recorded with another amount, currency, customer or time");
                (RowState::Conflicting, Some(reason))
            }
            (Fate::Conflict, false) => {
                (RowState::Conflicting, Some(format!("{key}: a row above says something else of it")))
            }
        })
    }

    /// A recorded sale matches where as much was given back of it as the file says.
    fn given_back(&self, events: &Events, key: &str) -> (RowState, Option<String>) {
        let (What::Revenue(sale), Some(Fact { what: What::Revenue(back), .. })) = (&events.main.what, &events.back)
        else {
            return (RowState::Matched, None);
        };
        let recorded = self.references.sale(key).map_or(0, |left| sale.amount - left.left);
        if recorded == back.amount {
            return (RowState::Matched, None);
        }
        let reason = format!("{key}: {} was given back by the file, and {recorded} by what is recorded", back.amount);
        (RowState::Conflicting, Some(reason))
    }

    /// What goes with a new row: who brought the customer, what was given back, and how the customer is called.
    fn follow(&mut self, events: &Events, reading: Option<&Reading>) -> Result<(), Error> {
        for fact in [events.touch.as_ref(), events.back.as_ref()].into_iter().flatten() {
            let odd = |fault: Fault| Error::Unavailable(format!("what goes with a row: {fault}"));
            self.plan.add(fact, &sent(fact)).map_err(odd)?;
        }
        for fact in events.all() {
            if let What::Revenue(revenue) = &fact.what {
                let sign = if revenue.kind == RevenueKind::Refund { -1 } else { 1 };
                *self.totals.entry(revenue.currency.code().to_owned()).or_default() += sign * revenue.amount;
            }
        }
        // Whoever is known already is called as they are: a file is older than what is recorded.
        if let Some(reading) = reading.filter(|_| !self.found.customers.contains_key(&events.customer)) {
            let odd = |fault: Fault| Error::Unavailable(fault.to_string());
            let i = self.plan.customer(&events.customer).map_err(odd)?;
            let customer = &mut self.plan.batch.customers[i];
            for (slot, said) in [
                (&mut customer.email, &reading.customer.email),
                (&mut customer.name, &reading.customer.name),
                (&mut customer.company, &reading.customer.company),
            ] {
                if slot.is_none() {
                    slot.clone_from(said);
                }
            }
        }
        Ok(())
    }
}

/// What tells a repeat of a fact from a conflict with it. How a customer's sales before it make it a renewal does not.
fn sent(fact: &Fact) -> String {
    let said = match &fact.what {
        What::Revenue(sale) => format!(
            "{} {} {} {}",
            sale.customer,
            sale.amount,
            sale.currency,
            sale.refund_of.as_deref().map(sale_key).unwrap_or_default()
        ),
        What::Lead(lead) => return digest(format!("lead {}", lead.customer)),
        What::Touch(touch) => format!("{:?} {:?} {:?}", touch.partner, touch.link, touch.customer),
        What::Opportunity(_) | What::Rest(_) => String::new(),
    };
    digest(format!("{} {said}", fact.at.0))
}
