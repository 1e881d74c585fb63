//! Facts in the vocabulary of the catalogue, one or many.

use std::collections::{HashMap, HashSet};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use engine::{
    coupon::Verdict,
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::PartnerId,
    link::Claim,
    time::Millis,
};
use http::{HeaderMap, StatusCode};
use wire::{
    fact::{
        BATCH_MAX, BYTES_MAX, CouponResult, Fact, FactResult, FactsAnswer, Fault, LeadFact, OpportunityFact, Outcome,
        RawFact, Redeemed, RestFact, RevenueFact, TouchFact, What, sale_key, write_time,
    },
    problem::{Code, Problem},
};

use super::{
    body::{self, media_type, read},
    track,
};
use crate::{
    access::Permission,
    app::{App, digest},
    auth::{Team, Who, needs},
    error::Error,
    fraud,
    json::{self, Misread},
    seal,
    store::{
        coupon,
        event::{
            ATTEMPTS, Batch, ClaimRow, Customer, Differs, FactRow, Fate, IdentityRow, Known, MilestoneRow,
            OpportunityRow, RevenueRow, Telling, TouchRow, Whose, Written,
        },
        lead::revenue_digest,
        reference::{Names, References, Sale},
    },
};

/// How old a fact may be without the scope `facts:backdate`, and how far ahead of the clock any fact may lie.
pub(super) const FRESH_MS: u64 = 24 * 60 * 60 * 1000;
pub(super) const SKEW_MS: u64 = 5 * 60 * 1000;

/// `POST /api/facts`, a JSON object, a JSON array, or lines of JSON (`application/x-ndjson`):
/// 1. 401; 403 without the scope; an `adjustment` also needs that of commissions, and stands in the log of changes;
/// 2. 400 when the body cannot be read, 422 when it holds no fact or more than 500;
/// 3. 503 when the store does not answer: nothing was recorded, send it again;
/// 4. 422 with what is wrong with each, when every fact breaks a rule; 403 for a single one that the key may not send;
/// 5. 200 with what became of each, also of a line that is no JSON. What is valid is written, in one transaction; sent again,
///    it changes nothing.
#[worker::send]
pub async fn record(app: App, who: Team<needs::FactsWrite>, headers: HeaderMap, body: Body) -> Result<Response, Error> {
    let bytes = read(body, BYTES_MAX).await?;
    let raw = parse(&media_type(&headers), &bytes)?;
    if raw.is_empty() || raw.len() > BATCH_MAX {
        return Err(Error::rule("body", format!("must hold 1 to {BATCH_MAX} facts")));
    }
    let checked: Vec<Result<Checked, Refusal>> =
        raw.into_iter().enumerate().map(|(i, raw)| check(&app, &who, i, raw?)).collect();
    if let [Err(Refusal { lacks: true, fault, .. })] = &checked[..] {
        return Err(Error::Refused(Code::Forbidden, fault.to_string()));
    }
    let pen = who.pen(&app)?;
    let names = Names::of(checked.iter().flatten().map(|checked| &checked.fact));
    let facts = checked.iter().flatten().map(|checked| &checked.fact);
    let keys: Vec<String> = facts.flat_map(|fact| [fact.economic_key(), id_key(fact)]).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let leads = checked.iter().flatten().filter(|checked| names_visitor(&checked.fact)).map(|checked| checked.fact.at);
    let whole_since = seal::whole_since(&pen, leads.min(), app.now()).await?;
    for _ in 0..ATTEMPTS {
        let known = Known::load(&pen, &keys).await?;
        let references = References::load(&pen, &names).await?;
        let mut plan = Plan { whole_since, ..Plan::new(&app, &references, &known) };
        let results = checked.iter().map(|checked| plan.judge(checked)).collect();
        plan.batch.told = Some((std::mem::take(&mut plan.told), "facts"));
        if plan.batch.write_by(&pen, app.now()).await? == Written::Whole {
            fraud::behind(&app);
            let answer = FactsAnswer::of(results);
            let invalid = answer.invalid == answer.results.len();
            let status = if invalid { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            return Ok((status, axum::Json(answer)).into_response());
        }
        // Another request wrote one of these events in between: it is known by now.
    }
    Err(Error::Unavailable("facts: other requests keep writing the same events".into()))
}

/// Whether a fact is a lead of a visitor.
fn names_visitor(fact: &Fact) -> bool {
    matches!(&fact.what, What::Lead(LeadFact { visitor: Some(_), .. }))
}

/// The key of a fact's identifier: it stands for one event, also where an invoice is the event's key.
pub(super) fn id_key(fact: &Fact) -> String {
    format!("fact:{}", fact.id)
}

/// A fact that keeps the rules, and the digest of what was sent.
struct Checked {
    fact: Fact,
    digest: String,
}

/// A fact that breaks a rule.
struct Refusal {
    id: String,
    fault: Fault,
    /// Whoever asks lacks the scope for it.
    lacks: bool,
}

impl Refusal {
    fn result(&self) -> FactResult {
        let problem = Problem::new(Code::UnprocessableEntity, self.fault.to_string());
        FactResult {
            id: self.id.clone(),
            status: Outcome::Invalid,
            error: Some(problem.error),
            coupon: None,
            warning: None,
        }
    }
}

fn result(id: &str, fate: Fate, conflict: Option<String>) -> FactResult {
    let status = match fate {
        Fate::Recorded => Outcome::Recorded,
        Fate::Duplicate => Outcome::Duplicate,
        Fate::Conflict => Outcome::Conflict,
    };
    let message = || conflict.unwrap_or_else(|| Differs::CONTENTS.to_owned());
    let error = (fate == Fate::Conflict).then(|| Problem::new(Code::Conflict, message()).error);
    FactResult { id: id.to_owned(), status, error, coupon: None, warning: None }
}

/// What a body holds: facts, and lines of it that are none.
fn parse(media_type: &str, bytes: &[u8]) -> Result<Vec<Result<serde_json::Value, Refusal>>, Error> {
    let fault = |error: Misread| Error::Refused(Code::BadRequest, format!("The body is not JSON: {error}"));
    let text = body::utf8(bytes)?;
    let lines = media_type == "application/x-ndjson" || media_type == "application/ndjson";
    if !lines && media_type != "application/json" {
        let message = "Content-Type: must be application/json or application/x-ndjson";
        return Err(Error::Refused(Code::BadRequest, message.into()));
    }
    if lines {
        let lines = text.split('\n').filter(|line| !line.trim().is_empty());
        let read = |(i, line): (usize, &str)| {
            json::read(line).map_err(|misread| {
                let fault = Fault::new("fact", format!("line {} is not JSON: {misread}", i + 1));
                Refusal { id: format!("#{i}"), fault, lacks: false }
            })
        };
        return Ok(lines.enumerate().map(read).collect());
    }
    match json::read(text).map_err(fault)? {
        serde_json::Value::Array(list) => Ok(list.into_iter().map(Ok).collect()),
        one => Ok(vec![Ok(one)]),
    }
}

/// Reads and checks one fact of a batch.
fn check(app: &App, who: &Who, i: usize, value: serde_json::Value) -> Result<Checked, Refusal> {
    let id = value.get("id").and_then(|id| id.as_str()).filter(|id| !id.is_empty());
    let id = id.map_or_else(|| format!("#{i}"), |id| id.chars().take(wire::fact::KEY_MAX).collect());
    // Members of an object are kept in the order of their names, so one content has one text.
    let text = value.to_string();
    let digest = digest(&text);
    let mut lacks = false;
    let read = || {
        let raw: RawFact = json::read(&text).map_err(|misread| Fault::new("fact", misread))?;
        let fact = Fact::try_from(raw)?;
        let now = app.now().0;
        if fact.at.0 > now + SKEW_MS {
            return Err(Fault::new("at", "must not lie in the future"));
        }
        if fact.at.0 + FRESH_MS < now && !who.may(Permission::FactsBackdate) {
            lacks = true;
            return Err(Fault::new(
                "at",
                format!("older than a day needs the scope {}", Permission::FactsBackdate.word()),
            ));
        }
        let by_hand = matches!(fact.what, What::Rest(RestFact::Adjustment { .. }));
        if by_hand && !who.may(Permission::CommissionsWrite) {
            lacks = true;
            let rule = format!("adjustment needs the scope {}", Permission::CommissionsWrite.word());
            return Err(Fault::new("type", rule));
        }
        Ok(Checked { fact, digest })
    };
    read().map_err(|fault| Refusal { id, fault, lacks })
}

/// Turns checked facts into the rows of one batch.
pub(super) struct Plan<'a> {
    app: &'a App,
    references: &'a References,
    known: &'a Known,
    pub(super) batch: Batch,
    customers: HashMap<String, usize>,
    /// Customers whom names stand for that are none of the vendor's.
    meant: HashMap<String, Customer>,
    /// Opportunities that this batch opens.
    opened: HashSet<String>,
    /// Digests of the events of this batch, by their key.
    digests: HashMap<String, String>,
    /// What this batch gives back of each sale, by the sale's key.
    refunded: HashMap<String, i64>,
    /// Whose this batch says an integration is, by its name.
    integrations: HashMap<String, PartnerId>,
    /// What became of the coupon of the fact that is judged.
    redeemed: Option<CouponResult>,
    /// Leads before this may miss clicks of their visitors.
    whole_since: Option<Millis>,
    /// Sales that were told of and are known.
    told: Vec<String>,
    /// In what the fact that is judged is another than the recorded one.
    conflict: Option<String>,
    /// Whether the facts say of what kind revenue is, or the kind follows from their times.
    says_kinds: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(app: &'a App, references: &'a References, known: &'a Known) -> Self {
        Self {
            app,
            references,
            known,
            batch: Batch::default(),
            customers: HashMap::new(),
            meant: HashMap::new(),
            opened: HashSet::new(),
            digests: HashMap::new(),
            refunded: HashMap::new(),
            integrations: HashMap::new(),
            redeemed: None,
            told: Vec::new(),
            conflict: None,
            says_kinds: true,
            whole_since: None,
        }
    }

    /// For a door that does not say of what kind revenue is: that follows from the times.
    pub(super) fn without_kinds(app: &'a App, references: &'a References, known: &'a Known) -> Self {
        Self { says_kinds: false, ..Self::new(app, references, known) }
    }

    /// Says what becomes of a fact, and adds it to the batch if it is new.
    fn judge(&mut self, checked: &Result<Checked, Refusal>) -> FactResult {
        match checked {
            Err(refusal) => refusal.result(),
            Ok(Checked { fact, digest }) => match self.add(fact, digest) {
                Ok(fate) => {
                    let (coupon, warning) = (self.redeemed.take(), self.warning(fact, fate));
                    FactResult { coupon, warning, ..result(&fact.id, fate, self.conflict.take()) }
                }
                Err(fault) => Refusal { id: fact.id.clone(), fault, lacks: false }.result(),
            },
        }
    }

    /// What does not count with a fact that is written.
    fn warning(&self, fact: &Fact, fate: Fate) -> Option<String> {
        let since =
            self.whole_since.filter(|since| fate == Fate::Recorded && names_visitor(fact) && fact.at < *since)?;
        Some(format!(
            "visitor: clicks that counted for leads before {} may have left, and then do not",
            write_time(since)
        ))
    }

    /// What becomes of a fact, which joins the batch if it is new; `sent` is the digest of what was sent.
    pub(super) fn add(&mut self, fact: &Fact, sent: &str) -> Result<Fate, Fault> {
        let key = fact.economic_key();
        let digest = match &fact.what {
            What::Revenue(RevenueFact { customer, amount, currency, invoice: Some(_), .. }) => {
                revenue_digest(Some(customer), *amount, currency.code())
            }
            _ => sent.to_owned(),
        };
        let id_key = id_key(fact);
        let by_id = (id_key != key).then(|| (id_key, format!("{key} {digest}")));
        for (key, digest) in by_id.iter().chain([&(key.clone(), digest.clone())]) {
            let known = match fact.invoiced() {
                Some((_, sale)) => self.sale_again(key, digest, fact, sale)?,
                None => self.known.fate(key, digest),
            };
            if let Some(fate) = known {
                if fate == Fate::Duplicate {
                    self.told.extend(self.known.recorded_as(key).map(str::to_owned));
                }
                return Ok(fate);
            }
            // The same event twice in one batch: the first is written.
            if let Some(before) = self.digests.get(key) {
                return Ok(if before == digest { Fate::Duplicate } else { Fate::Conflict });
            }
        }
        match &fact.what {
            What::Touch(touch) => self.touch(&key, fact.at, touch, digest.clone())?,
            What::Lead(lead) => self.lead(&key, fact.at, lead, digest.clone())?,
            What::Opportunity(step) => self.opportunity(&key, fact.at, step, digest.clone())?,
            What::Revenue(revenue) => self.revenue(&key, fact, revenue, digest.clone())?,
            What::Rest(rest) => self.rest(&key, fact.at, rest, digest.clone())?,
        }
        self.digests.extend(by_id);
        self.digests.insert(key, digest);
        Ok(Fate::Recorded)
    }

    /// What becomes of a sale whose key stands; one that another door told learns whose it is, and what was not said.
    fn sale_again(&mut self, key: &str, digest: &str, fact: &Fact, sale: &RevenueFact) -> Result<Option<Fate>, Fault> {
        let root = self.references.customer(&sale.customer).to_owned();
        let (amount, currency) = (sale.amount, sale.currency.code());
        let told = Telling { key, digest, amount, currency, root: Some(&root), is_named: true };
        match self.known.sale(&told) {
            None => Ok(None),
            Some(Err(differs)) => {
                self.conflict = Some(differs.message(&told, "customer"));
                Ok(Some(Fate::Conflict))
            }
            Some(Ok(())) => {
                // A repeat says nothing new of its customer, and a file nothing new of a sale.
                let is_repeat = self.known.is_repeat(&told);
                if !is_repeat && root == sale.customer {
                    self.customer(&sale.customer)?;
                }
                if key == fact.economic_key() && (self.says_kinds || !is_repeat) {
                    let whose = Customer { external: Some(sale.customer.clone()), ..Customer::default() }.whose();
                    let recorded = self.known.recorded_as(key).unwrap_or(key);
                    let row = self.revenue_row(recorded, fact, sale, whose, digest.to_owned());
                    self.batch.again.push(if self.says_kinds {
                        row
                    } else {
                        RevenueRow { at_said: false, recurring: None, product: None, ..row }
                    });
                }
                Ok(Some(Fate::Duplicate))
            }
        }
    }

    fn touch(&mut self, key: &str, at: Millis, touch: &TouchFact, digest: String) -> Result<(), Fault> {
        let link = match &touch.link {
            Some(name) => {
                Some(self.references.link(name).ok_or_else(|| Fault::new("link", "is not a link of this program"))?)
            }
            None => None,
        };
        let by_coupon = match &touch.coupon {
            Some(coupon) => Some(
                self.references
                    .coupon(coupon.as_str())
                    .ok_or_else(|| Fault::new("coupon", "is not a coupon of this program"))?,
            ),
            None => None,
        };
        // Before its time and after it, a coupon credits nobody, and says so.
        let held = by_coupon.map_or(Ok(true), |row| {
            let reach = row.in_force().map_err(|_| Fault::new("coupon", "cannot be checked now"))?;
            Ok(touch.kind != TouchKind::Coupon || reach.holds(at) == Verdict::Credited)
        })?;
        let mark = if held || touch.mark != Mark::Counted { touch.mark } else { Mark::InvalidCoupon };
        let given = self.partner(touch.partner)?;
        let partner: Option<PartnerId> =
            link.as_ref().and_then(|link| link.partner).or(by_coupon.map(|row| row.partner_id)).or(given);
        let customer = touch.customer.as_ref().map(|external| self.customer(external)).transpose()?;
        let utm = link.as_ref().map_or_else(|| touch.utm.clone(), |link| link.utm_with(&touch.utm));
        self.batch.touches.push(TouchRow {
            key: key.to_owned(),
            at: at.0,
            kind: touch.kind.word(),
            mark: mark.word(),
            partner: partner.map(|id| id.to_string()),
            link: link.map(|link| link.id.to_string()),
            campaign: utm.campaign.clone().unwrap_or_default(),
            utm: serde_json::to_string(&utm).map_err(|error| Fault::new("utm", error))?,
            coupon: touch.coupon.as_ref().map(|coupon| coupon.as_str().to_owned()),
            visitor: touch.visitor.clone(),
            whose: customer.map(|i| self.batch.customers[i].whose()),
            digest,
        });
        Ok(())
    }

    fn lead(&mut self, key: &str, at: Millis, lead: &LeadFact, digest: String) -> Result<(), Fault> {
        let i = self.customer(&lead.customer)?;
        let click = self.claim(lead.click.as_deref())?;
        let customer = &mut self.batch.customers[i];
        let fill = |slot: &mut Option<String>, value: &Option<String>| *slot = value.clone().or(slot.take());
        fill(&mut customer.name, &lead.name);
        fill(&mut customer.email, &lead.email);
        fill(&mut customer.company, &lead.company);
        customer.click = click.map(|claim| claim.touch.to_string()).or(customer.click.take());
        let whose = customer.whose();
        self.batch.claims.extend(click.map(|claim| ClaimRow { claim, whose: whose.clone(), own: true }));
        if let Some(visitor) = &lead.visitor {
            self.batch.identities.push(IdentityRow { visitor: visitor.clone(), at: at.0, whose: whose.clone() });
        }
        self.redeem(lead.redeemed.as_ref(), key, at, &whose)?;
        self.milestone(
            key,
            at,
            lead.kind,
            MilestoneRow {
                whose: Some(whose),
                click: click.map(|claim| claim.touch.to_string()),
                digest,
                ..MilestoneRow::default()
            },
        );
        Ok(())
    }

    fn opportunity(&mut self, key: &str, at: Millis, step: &OpportunityFact, digest: String) -> Result<(), Fault> {
        let known = self.opened.contains(&step.opportunity) || self.references.has_opportunity(&step.opportunity);
        let whose = match &step.customer {
            Some(external) => {
                let i = self.customer(external)?;
                let whose = self.batch.customers[i].whose();
                let name = step.note.clone().filter(|_| step.kind == MilestoneKind::OpportunityOpened);
                let id = step.opportunity.clone();
                self.opened.insert(id.clone());
                self.batch.opportunities.push(OpportunityRow { id, name, whose: whose.clone() });
                Some(whose)
            }
            None if known => None,
            None => return Err(Fault::new("opportunity", "is not known: open it first, or name its customer")),
        };
        self.milestone(
            key,
            at,
            step.kind,
            MilestoneRow {
                whose,
                opportunity: Some(step.opportunity.clone()),
                event_name: step.note.clone(),
                amount: step.amount,
                currency: step.currency.map(|currency| currency.code().to_owned()),
                digest,
                ..MilestoneRow::default()
            },
        );
        Ok(())
    }

    fn milestone(&mut self, key: &str, at: Millis, kind: MilestoneKind, row: MilestoneRow) {
        self.batch.milestones.push(MilestoneRow { key: key.to_owned(), at: at.0, kind: kind.word(), ..row });
    }

    fn revenue(&mut self, key: &str, fact: &Fact, revenue: &RevenueFact, digest: String) -> Result<(), Fault> {
        let refunds = match revenue.refund_of.as_deref().map(|sale| self.references.recorded_as(sale_key(sale))) {
            Some(sale) => self.refund(&sale, revenue)?,
            None => None,
        };
        let i = self.customer(&revenue.customer)?;
        // A refund is the identity's whose sale it takes back: of a sale that stands the store sees to that.
        let whose = refunds.unwrap_or_else(|| self.batch.customers[i].whose());
        self.redeem(revenue.redeemed.as_ref(), key, fact.at, &whose)?;
        let row = self.revenue_row(key, fact, revenue, whose, digest);
        self.batch.revenue.push(row);
        Ok(())
    }

    fn revenue_row(&self, key: &str, fact: &Fact, revenue: &RevenueFact, whose: Whose, digest: String) -> RevenueRow {
        RevenueRow {
            key: key.to_owned(),
            at: fact.at.0,
            at_said: true,
            kind: Some(revenue.kind.word()),
            kind_said: self.says_kinds || revenue.kind == RevenueKind::Refund,
            fact_id: Some(fact.id.clone()),
            whose,
            amount: revenue.amount,
            currency: revenue.currency.code().to_owned(),
            invoice: revenue.invoice.clone(),
            opportunity: revenue.opportunity.clone(),
            recurring: revenue.recurring.clone(),
            refund_of: revenue.refund_of.as_deref().map(|sale| self.references.recorded_as(sale_key(sale))),
            click: None,
            event_name: revenue.event.to_owned(),
            product: revenue.product.clone(),
            processor: "custom".to_owned(),
            metadata: None,
            digest,
        }
    }

    fn rest(&mut self, key: &str, at: Millis, rest: &RestFact, digest: String) -> Result<(), Fault> {
        let partner = self.partner(rest.partner())?;
        if let (Some(name), Some(partner)) = (rest.integration(), partner) {
            let owner = self.references.integration(name).or(self.integrations.get(name).copied());
            if owner.is_some_and(|owner| owner != partner) {
                return Err(Fault::new("partner", "must be the one whose integration it is"));
            }
            self.integrations.insert(name.to_owned(), partner);
        }
        let customer = rest.customer().map(|external| self.customer(external)).transpose()?;
        let whose = customer.map(|i| self.batch.customers[i].whose());
        self.batch.facts.push(FactRow { whose, ..FactRow::new(key.to_owned(), at, rest, digest) });
        Ok(())
    }

    /// A partner that a fact names, who must be one.
    fn partner(&self, named: Option<PartnerId>) -> Result<Option<PartnerId>, Fault> {
        match named {
            Some(partner) if !self.references.has_partner(partner) => {
                Err(Fault::new("partner", "is not a partner of this program"))
            }
            partner => Ok(partner),
        }
    }

    /// Adds the touch of a coupon that a lead or a sale names.
    fn redeem(&mut self, redeemed: Option<&Redeemed>, key: &str, at: Millis, whose: &Whose) -> Result<(), Fault> {
        let Some(redeemed) = redeemed else { return Ok(()) };
        let row = self.references.coupon(redeemed.coupon.as_str());
        let (result, touch) = coupon::redeem(row, redeemed, key, at, whose.clone())
            .map_err(|_| Fault::new("coupon", "cannot be checked now"))?;
        self.batch.touches.extend(touch);
        self.redeemed = Some(result);
        Ok(())
    }

    /// Checks a refund against its sale, where that is recorded or in this batch: to the same customer, in the same
    /// currency, and not more than is left. A refund that comes before its sale is kept, and finds it later. Answers whose
    /// a sale in this batch is.
    fn refund(&mut self, sale: &str, refund: &RevenueFact) -> Result<Option<Whose>, Fault> {
        let row = self.batch.revenue.iter().find(|row| row.key == sale);
        let here = row.map(|row| Sale {
            customer: self.references.customer(row.whose.name()).to_owned(),
            currency: row.currency.clone(),
            left: row.amount,
        });
        let Some(sale_row) = self.references.sale(sale).or(here) else { return Ok(None) };
        let before = self.refunded.get(sale).copied().unwrap_or(0);
        let left = sale_row.left - before;
        if sale_row.customer != self.references.customer(&refund.customer) {
            return Err(Fault::new("refundOf", "is an invoice of another customer"));
        }
        if sale_row.currency != refund.currency.code() {
            return Err(Fault::new("currency", format!("must be {}, as the invoice was", sale_row.currency)));
        }
        if refund.amount > left {
            return Err(Fault::new("amount", format!("must be at most {left}, which is left of the invoice")));
        }
        self.refunded.insert(sale.to_owned(), before + refund.amount);
        Ok(row.map(|row| row.whose.clone()))
    }

    /// Says who is meant by a name that is none of the vendor's.
    pub(super) fn means(&mut self, name: &str, customer: Customer) {
        self.meant.insert(name.to_owned(), customer);
    }

    /// Where a customer stands in the batch; added where it does not yet.
    pub(super) fn customer(&mut self, external: &str) -> Result<usize, Fault> {
        if let Some(i) = self.customers.get(external) {
            return Ok(*i);
        }
        let customer = match self.meant.get(external) {
            Some(customer) => customer.clone(),
            None => {
                let id = self.app.id::<engine::id::CustomerNoun>();
                let id = id.map_err(|_| Fault::new("customer", "cannot be made now"))?.to_string();
                Customer { external: Some(external.to_owned()), id, ..Customer::default() }
            }
        };
        self.batch.customers.push(customer);
        let i = self.batch.customers.len() - 1;
        self.customers.insert(external.to_owned(), i);
        Ok(i)
    }

    fn claim(&self, token: Option<&str>) -> Result<Option<Claim>, Fault> {
        track::claim(self.app, token).map_err(|_| Fault::new("click", "cannot be checked now"))
    }
}
