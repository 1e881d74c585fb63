//! The rows of a file beside what is recorded. What a row says becomes facts, and goes the way of every fact: the same keys,
//! the same rules, the same batch. An import is facts with a memory of where they came from.

use std::collections::{BTreeMap, HashMap, HashSet};

use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    period::Zone,
    policy::Policies,
    text::Utm,
    time::{Day, Millis},
};
use wire::{
    csv::{Bad, Outcome, mapping::Field, row::Reading, row::Said, table::Row},
    fact::{Fact, Fault, LeadFact, Redeemed, RevenueFact, TouchFact, What, sale_key},
    import::RowState,
};
use worker::{D1Database, D1PreparedStatement};

use super::{
    super::facts::{Plan, SKEW_MS, id_key},
    named::{Person, credit},
};
use crate::{
    app::{App, digest},
    error::Error,
    store::{
        brought::{Brought, Credit, LEAD_MS},
        event::{Batch, Fate, Known},
        import::{
            self, Judged,
            names::{self, Customer, Found, Likeness, Named, Recorded},
            partners::Enrolment,
        },
        reference::{Names, References},
        stripe::{Meant, PaymentRow, RefundRow, Rows},
    },
};

/// How far apart Stripe and a file may say that a payment was made, of which one has the invoice and the other the charge.
const TWIN_MS: u64 = 60 * 1000;

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
    /// The program's rules.
    pub policies: &'a Policies,
}

/// What became of each row, and what would be written.
pub struct Verdict {
    pub judged: Vec<Judged>,
    pub events: Events,
    /// Keys of what is recorded already, and said by this file, too.
    pub matched: Vec<String>,
    /// What the new rows come to: minor units by currency.
    pub totals: BTreeMap<String, i64>,
}

/// What a file would write.
pub enum Events {
    /// What happened.
    Conversions(Box<Batch>),
    /// Who is enrolled.
    Partners(Vec<Enrolment>),
}

impl Events {
    /// The statements that write it.
    pub async fn statements(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        match self {
            Self::Conversions(batch) => batch.statements(db, now).await,
            Self::Partners(enrolments) => import::partners::statements(db, enrolments, now),
        }
    }
}

/// The facts of a row.
struct Happened {
    /// What happened. The others go with it or not at all.
    main: Fact,
    /// Whoever brought the customer met them.
    touch: Option<Fact>,
    /// What was given back of the sale so far.
    back: Option<Fact>,
    person: Person,
    /// What the sale is called, beside its key.
    names: Vec<String>,
    /// Whether nothing but its contents tells the row from another.
    nameless: bool,
}

/// What rows above have told of.
#[derive(Default)]
struct Above {
    /// Who bought.
    bought: HashSet<String>,
    /// Invoices by all names of their sales.
    sales: HashMap<String, String>,
}

impl Happened {
    fn all(&self) -> impl Iterator<Item = &Fact> {
        [Some(&self.main), self.touch.as_ref(), self.back.as_ref()].into_iter().flatten()
    }
}

impl Draft<'_> {
    /// Holds the file against what is recorded.
    pub async fn judge(&self, app: &App, db: &D1Database) -> Result<Verdict, Error> {
        let found = Found::load(db, &self.named()).await?;
        let twins = names::twins(db, &self.charges()).await?;
        let mut above = Above::default();
        let mut events: Vec<Result<Happened, Bad>> = Vec::new();
        // In the order of time, so that a customer's first sale is the new one; refunds behind what they take back.
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let rank = |i: &usize| match &self.outcomes[*i] {
            Ok(reading) => (matches!(reading.what, Said::Refund { .. }), reading.at.in_zone(&self.zone).0),
            Err(_) => (false, 0),
        };
        order.sort_by_key(rank);
        for i in &order {
            events.push(match &self.outcomes[*i] {
                Ok(reading) => self.events(app, &found, &twins, &self.rows[*i], reading, &mut above),
                Err(bad) => Err(bad.clone()),
            });
        }
        let facts = || events.iter().flatten().flat_map(Happened::all);
        let keys: Vec<String> = facts().flat_map(|fact| [fact.economic_key(), id_key(fact)]).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let known = Known::load(db, &keys).await?;
        let recorded = names::recorded(db, &keys).await?;
        let credited = events.iter().flatten().filter(|events| events.touch.is_some());
        let known_credits: Vec<(String, &str)> = credited
            .map(|events| (events.main.economic_key(), events.person.name.as_str()))
            .filter(|(key, name)| known.has(key) || found.customers.get(*name).is_some_and(Customer::is_lead))
            .collect();
        let brought = Brought::load(db, &known_credits).await?;
        let mut references = References::load(db, &Names::of(facts())).await?;
        for person in events.iter().flatten().map(|events| &events.person) {
            if let Some(root) = &person.root {
                references.means(&person.name, root);
            }
        }
        let similar = names::similar(db, &self.likenesses(&events)).await?;
        let mut bench = Bench {
            found: &found,
            similar: &similar,
            recorded: &recorded,
            brought: &brought,
            policies: self.policies,
            references: &references,
            known: &known,
            plan: Plan::without_kinds(app, &references, &known),
            leads: HashSet::new(),
            totals: BTreeMap::new(),
            stripe: Rows::default(),
            numbers: HashSet::new(),
            matched: Vec::new(),
            credits: self
                .outcomes
                .iter()
                .flatten()
                .any(|reading| !reading.partner.is_empty() || reading.link.is_some()),
        };
        let mut judged: Vec<Judged> = Vec::new();
        for (i, events) in order.iter().zip(&events) {
            let (line, reading) = (self.rows[*i].line, self.outcomes[*i].as_ref().ok());
            judged.push(bench.judge(line, events, reading)?);
        }
        judged.sort_by_key(|row| row.line);
        let Bench { mut plan, stripe, totals, matched, .. } = bench;
        plan.batch.stripe = Some(stripe);
        Ok(Verdict { judged, events: Events::Conversions(Box::new(plan.batch)), matched, totals })
    }

    /// Charges of Stripe's whose sale Stripe may have told of by another name.
    fn charges(&self) -> Vec<Likeness> {
        let likeness = |reading: &Reading| match (&reading.what, &reading.customer.stripe) {
            (Said::Sale { amount, currency, charge: Some(charge), .. }, Some(customer)) => {
                let at = reading.at.in_zone(&self.zone).0;
                Some(Likeness {
                    key: charge.clone(),
                    customer: customer.clone(),
                    amount: *amount,
                    currency: currency.to_string(),
                    day: [at.saturating_sub(TWIN_MS), at + TWIN_MS],
                })
            }
            _ => None,
        };
        self.outcomes.iter().flatten().filter_map(likeness).collect()
    }

    /// The sales, as other doors may know them under other keys.
    fn likenesses(&self, events: &[Result<Happened, Bad>]) -> Vec<Likeness> {
        let mains = events.iter().flatten().map(|events| &events.main);
        let sales = mains.filter_map(|main| match &main.what {
            What::Revenue(sale) if sale.kind != RevenueKind::Refund => Some((main, sale)),
            _ => None,
        });
        let likeness = |(main, sale): (&Fact, &RevenueFact)| {
            let day = self.zone.day(main.at.time());
            Likeness {
                key: main.economic_key(),
                customer: sale.customer.clone(),
                amount: sale.amount,
                currency: sale.currency.to_string(),
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
            if let Said::Sale { invoice, charge, .. } = &reading.what {
                named.sales.extend([invoice, charge].into_iter().filter_map(Option::as_deref));
            }
        }
        named
    }

    fn events(
        &self,
        app: &App,
        found: &Found,
        twins: &HashMap<String, String>,
        row: &Row,
        reading: &Reading,
        above: &mut Above,
    ) -> Result<Happened, Bad> {
        let at = reading.at.in_zone(&self.zone);
        if at.0 > app.now().0 + SKEW_MS {
            return Err(Bad::new(Field::At, "must not lie in the future"));
        }
        let person = Person::of(found, reading)?;
        let customer = person.name.clone();
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
        let (mut back, mut names) = (None, Vec::new());
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
                // All names of the sale stand for the one under which it is recorded, or will be.
                let all: Vec<&String> = invoice.iter().chain(charge).collect();
                let stands = |recorded: bool| {
                    let keys = all.iter().filter_map(|name| found.sales.get(*name)).filter(|(_, is)| *is == recorded);
                    keys.filter_map(|(key, _)| key.strip_prefix("invoice:")).next()
                };
                let twin = || charge.as_ref().and_then(|charge| twins.get(charge)?.strip_prefix("invoice:"));
                let here = || all.iter().find_map(|name| above.sales.get(*name)).map(String::as_str);
                let told = stands(true).or_else(twin).or_else(here).or_else(|| stands(false)).map(str::to_owned);
                let own = reading.id.as_ref().map(|id| format!("{}:{id}", self.system));
                let invoice = told.or_else(|| invoice.clone()).or_else(|| charge.clone()).or(own);
                if let Some(invoice) = &invoice {
                    above.sales.extend(all.iter().map(|name| ((*name).clone(), invoice.clone())));
                    // Both may be recorded: then they are two.
                    let other = |name: &&&String| {
                        let is_sale = found.sales.get(**name).is_some_and(|(key, is)| *is && *key == sale_key(name));
                        **name != invoice && !is_sale
                    };
                    names = all.iter().filter(other).map(|name| (*name).clone()).collect();
                }
                if *given > 0 {
                    let rule = "needs an invoice or an identifier of its row, to say what was given back";
                    let of = invoice.clone().ok_or_else(|| Bad::new(Field::Refunded, rule))?;
                    let what = What::Revenue(refund(customer.clone(), *given, *currency, of));
                    back = Some(Fact { id: format!("{id}:back"), at, what });
                }
                let before = found.customers.get(&customer).is_some_and(Customer::has_bought);
                let first = above.bought.insert(customer.clone()) && !before;
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
        let nameless = sale && reading.id.is_none();
        Ok(Happened { main: Fact { id, at, what }, touch, back, person, names, nameless })
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

/// Judges row after row.
struct Bench<'a> {
    found: &'a Found,
    /// Amounts that are recorded, by their key.
    recorded: &'a HashMap<String, Recorded>,
    brought: &'a Brought,
    policies: &'a Policies,
    /// Recorded sales like those of the file, by the key of the file's.
    similar: &'a HashMap<String, String>,
    references: &'a References,
    known: &'a Known,
    plan: Plan<'a>,
    /// Whose lead a row above is.
    leads: HashSet<String>,
    totals: BTreeMap<String, i64>,
    /// What the rows say in Stripe's words.
    stripe: Rows,
    /// Numbers at Stripe that rows above have said of their customers.
    numbers: HashSet<String>,
    matched: Vec<String>,
    /// Whether any row names who brought its customer.
    credits: bool,
}

impl Bench<'_> {
    fn judge(&mut self, line: u32, events: &Result<Happened, Bad>, reading: Option<&Reading>) -> Result<Judged, Error> {
        let events = match events {
            Ok(events) => events,
            Err(Bad { field, rule }) => {
                let reason = Some(rule.clone());
                return Ok(Judged { line, state: RowState::Bad, reason, field: *field, key: None });
            }
        };
        let key = events.main.economic_key();
        if let Some(own) = &events.person.own {
            self.plan.means(&events.person.name, own.clone());
        }
        let (state, reason, field) = match self.fate(events) {
            Err(fault) => (RowState::Bad, Some(fault.to_string()), None),
            Ok((RowState::New, _)) => {
                self.follow(events, reading)?;
                self.call(events, &key);
                let like = self.similar.get(&key);
                let like =
                    like.map(|key| format!("{key}: the same customer, amount and day are recorded under this key"));
                match like {
                    None if self.credits && self.is_uncredited(events) => {
                        let rule = "nobody is credited: the row names no partner, no link and no coupon";
                        (RowState::New, Some(rule.to_owned()), Some(Field::Partner))
                    }
                    warning => (RowState::New, warning, None),
                }
            }
            Ok((RowState::Matched, reason)) => {
                let id = &events.main.id;
                let back = [format!("{id}:back"), format!("charge:{id}:back")];
                self.matched.extend([key.clone(), format!("fact:{id}:touch")].into_iter().chain(back));
                self.call(events, &key);
                let credit = if reason.is_none() { self.credit(events)? } else { None };
                let field = credit.is_some().then_some(Field::Partner);
                (RowState::Matched, reason.or(credit), field)
            }
            Ok((state, reason)) => (state, reason, None),
        };
        Ok(Judged { line, state, reason, field, key: Some(key) })
    }

    fn fate(&mut self, events: &Happened) -> Result<(RowState, Option<String>), Fault> {
        let (main, key) = (&events.main, events.main.economic_key());
        if matches!(main.what, What::Lead(_)) {
            if !self.leads.insert(events.person.name.clone()) {
                return Ok((RowState::Duplicate, Some("a row above is this customer's lead".into())));
            }
            if self.found.customers.get(&events.person.name).is_some_and(Customer::is_lead) {
                return Ok((RowState::Matched, None));
            }
        }
        let recorded = self.known.has(&key) || self.known.has(&id_key(main));
        let fate = self.plan.add(main, &sent(main))?;
        Ok(match (fate, recorded) {
            (Fate::Recorded, _) => (RowState::New, None),
            (Fate::Duplicate, true) => self.given_back(events, &key),
            (Fate::Duplicate, false) if events.nameless && key.starts_with("fact:") => {
                let reason = "a row above is the very same, and neither has an invoice or an identifier: whether it is \
                              one sale or two nobody can tell";
                (RowState::Conflicting, Some(reason.to_owned()))
            }
            (Fate::Duplicate, false) => (RowState::Duplicate, Some(format!("{key}: a row above says the same"))),
            (Fate::Conflict, true) => {
                let differs = match (&main.what, self.recorded.get(&key)) {
                    (What::Revenue(said), Some(recorded)) => {
                        let at = main.invoiced().is_none().then_some(main.at);
                        let root = self.references.customer(&said.customer);
                        recorded.differs(at, said.amount, said.currency.code(), &said.customer, root)
                    }
                    _ => String::new(),
                };
                let differs = if differs.is_empty() { "is recorded with other contents".to_owned() } else { differs };
                (RowState::Conflicting, Some(format!("{key}: {differs}")))
            }
            (Fate::Conflict, false) => {
                (RowState::Conflicting, Some(format!("{key}: a row above says something else of it")))
            }
        })
    }

    /// A recorded sale matches where as much was given back of it as the file says.
    fn given_back(&self, events: &Happened, key: &str) -> (RowState, Option<String>) {
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

    /// Credits whom a row names for what is recorded already, where nobody is so far; and says so where others are.
    fn credit(&mut self, events: &Happened) -> Result<Option<String>, Error> {
        let Some(Fact { id, what: What::Touch(touch), .. }) = &events.touch else { return Ok(None) };
        let link = touch.link.as_ref().and_then(|link| self.found.links.get(&link.to_lowercase()).copied().flatten());
        Ok(match self.brought.credit(&events.main, touch.partner.or(link), self.policies) {
            Credit::Theirs => None,
            Credit::Others => Some("is recorded as brought by others: whom the row names is not credited".to_owned()),
            Credit::Nobodys(at) => {
                self.add(&Fact { id: id.clone(), at, what: What::Touch(touch.clone()) })?;
                Some("is recorded, and nobody was credited for it: whom the row names is from now on".to_owned())
            }
        })
    }

    /// Adds what goes with a row.
    fn add(&mut self, fact: &Fact) -> Result<(), Error> {
        let odd = |fault: Fault| Error::Unavailable(format!("what goes with a row: {fault}"));
        self.plan.add(fact, &sent(fact)).map(|_| ()).map_err(odd)
    }

    /// What goes with a new row: who brought the customer, what was given back, and how the customer is called.
    fn follow(&mut self, events: &Happened, reading: Option<&Reading>) -> Result<(), Error> {
        if let (Some(Fact { id, what: What::Revenue(back), .. }), Some((invoice, _))) =
            (&events.back, events.main.invoiced())
        {
            let (key, at) = (sale_key(invoice), events.main.at);
            self.stripe.refunds.push(RefundRow::total(id.clone(), &key, at, back.amount, back.currency.code()));
        }
        if let Some(fact) = &events.touch {
            self.add(fact)?;
        }
        for fact in events.all() {
            if let What::Revenue(revenue) = &fact.what {
                let sign = if revenue.kind == RevenueKind::Refund { -1 } else { 1 };
                *self.totals.entry(revenue.currency.code().to_owned()).or_default() += sign * revenue.amount;
            }
        }
        // Whoever is known already is called as they are: a file is older than what is recorded.
        if let Some(reading) = reading.filter(|_| !self.found.customers.contains_key(&events.person.name)) {
            let odd = |fault: Fault| Error::Unavailable(fault.to_string());
            let i = self.plan.customer(&events.person.name).map_err(odd)?;
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
        if let Some(number) = events.person.number.as_ref().filter(|number| self.numbers.insert((*number).clone())) {
            let odd = |fault: Fault| Error::Unavailable(fault.to_string());
            let i = self.plan.customer(&events.person.name).map_err(odd)?;
            self.stripe.meant.push(Meant::named(number, self.plan.batch.customers[i].clone()));
        }
        Ok(())
    }

    /// Whether nothing says who brought the customer.
    fn is_uncredited(&self, events: &Happened) -> bool {
        let What::Revenue(sale) = &events.main.what else { return false };
        let is_sale = sale.kind != RevenueKind::Refund && sale.redeemed.is_none() && events.touch.is_none();
        is_sale && !self.found.customers.contains_key(&events.person.name)
    }

    /// Claims the further names of a sale.
    fn call(&mut self, events: &Happened, key: &str) {
        let rows = events.names.iter().map(|name| PaymentRow { payment: name.clone(), sale: key.to_owned() });
        self.stripe.payments.extend(rows);
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
