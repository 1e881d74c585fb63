//! Facts in the vocabulary of the catalogue, one or many.

use std::collections::{HashMap, HashSet};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use engine::{
    coupon::Verdict,
    fact::{Mark, MilestoneKind, TouchKind},
    id::PartnerId,
    link::Claim,
    time::Millis,
};
use http::{HeaderMap, StatusCode};
use wire::{
    fact::{
        BATCH_MAX, BYTES_MAX, CouponResult, Fact, FactResult, FactsAnswer, Fault, LeadFact, OpportunityFact, Outcome,
        RawFact, Redeemed, RestFact, RevenueFact, TouchFact, What, sale_key,
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
    store::{
        coupon,
        event::{
            Batch, ClaimRow, Customer, FactRow, Fate, IdentityRow, Known, MilestoneRow, OpportunityRow, RevenueRow,
            TouchRow, Whose, Written,
        },
        lead::revenue_digest,
        reference::{Names, References, Sale},
    },
};

/// How old a fact may be without the scope `facts:backdate`, and how far ahead of the clock any fact may lie.
const FRESH_MS: u64 = 24 * 60 * 60 * 1000;
pub(super) const SKEW_MS: u64 = 5 * 60 * 1000;

/// `POST /api/facts`, a JSON object, a JSON array, or lines of JSON (`application/x-ndjson`):
/// 1. 401; 403 without the scope;
/// 2. 400 when the body cannot be read, 422 when it holds no fact or more than 500;
/// 3. 503 when the store does not answer: nothing was recorded, send it again;
/// 4. 422 with what is wrong with each, when every fact breaks a rule;
/// 5. 200 with what became of each. What is valid is written, in one transaction; sent again, it changes nothing.
#[worker::send]
pub async fn record(app: App, who: Team<needs::FactsWrite>, headers: HeaderMap, body: Body) -> Result<Response, Error> {
    let bytes = read(body, BYTES_MAX).await?;
    let raw = parse(&media_type(&headers), &bytes)?;
    if raw.is_empty() || raw.len() > BATCH_MAX {
        return Err(Error::rule("body", format!("must hold 1 to {BATCH_MAX} facts")));
    }
    let checked: Vec<Result<Checked, Refusal>> =
        raw.into_iter().enumerate().map(|(i, raw)| check(&app, &who, i, raw)).collect();
    let db = app.db()?;
    let names = Names::of(checked.iter().flatten().map(|checked| &checked.fact));
    let facts = checked.iter().flatten().map(|checked| &checked.fact);
    let keys: Vec<String> = facts.flat_map(|fact| [fact.economic_key(), id_key(fact)]).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    for _ in 0..ATTEMPTS {
        let known = Known::load(&db, &keys).await?;
        let references = References::load(&db, &names).await?;
        let mut plan = Plan::new(&app, &references, &known);
        let results = checked.iter().map(|checked| plan.judge(checked)).collect();
        if plan.batch.write(&db, app.now()).await? == Written::Whole {
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

/// The key of a fact's identifier: it stands for one event, also where an invoice is the event's key.
pub(super) fn id_key(fact: &Fact) -> String {
    format!("fact:{}", fact.id)
}

/// How often a batch is planned anew when another request writes the same events meanwhile.
pub(super) const ATTEMPTS: usize = 4;

/// A fact that keeps the rules, and the digest of what was sent.
struct Checked {
    fact: Fact,
    digest: String,
}

/// A fact that breaks a rule.
struct Refusal {
    id: String,
    fault: Fault,
}

impl Refusal {
    fn result(&self) -> FactResult {
        let problem = Problem::new(Code::UnprocessableEntity, self.fault.to_string());
        FactResult { id: self.id.clone(), status: Outcome::Invalid, error: Some(problem.error), coupon: None }
    }
}

fn result(id: &str, fate: Fate) -> FactResult {
    let status = match fate {
        Fate::Recorded => Outcome::Recorded,
        Fate::Duplicate => Outcome::Duplicate,
        Fate::Conflict => Outcome::Conflict,
    };
    let error = (fate == Fate::Conflict)
        .then(|| Problem::new(Code::Conflict, "id: this identifier or invoice is recorded with other contents").error);
    FactResult { id: id.to_owned(), status, error, coupon: None }
}

fn parse(media_type: &str, bytes: &[u8]) -> Result<Vec<serde_json::Value>, Error> {
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
            json::read(line)
                .map_err(|error| Error::Refused(Code::BadRequest, format!("Line {} is not JSON: {error}", i + 1)))
        };
        return lines.enumerate().map(read).collect();
    }
    match json::read(text).map_err(fault)? {
        serde_json::Value::Array(list) => Ok(list),
        one => Ok(vec![one]),
    }
}

/// Reads and checks one fact of a batch.
fn check(app: &App, who: &Who, i: usize, value: serde_json::Value) -> Result<Checked, Refusal> {
    let id = value.get("id").and_then(|id| id.as_str()).filter(|id| !id.is_empty());
    let id = id.map_or_else(|| format!("#{i}"), |id| id.chars().take(wire::fact::KEY_MAX).collect());
    // Members of an object are kept in the order of their names, so one content has one text.
    let text = value.to_string();
    let digest = digest(&text);
    let read = || {
        let raw: RawFact = json::read(&text).map_err(|misread| Fault::new("fact", misread))?;
        let fact = Fact::try_from(raw)?;
        let now = app.now().0;
        if fact.at.0 > now + SKEW_MS {
            return Err(Fault::new("at", "must not lie in the future"));
        }
        if fact.at.0 + FRESH_MS < now && !who.may(Permission::FactsBackdate) {
            return Err(Fault::new(
                "at",
                format!("older than a day needs the scope {}", Permission::FactsBackdate.word()),
            ));
        }
        Ok(Checked { fact, digest })
    };
    read().map_err(|fault| Refusal { id, fault })
}

/// Turns checked facts into the rows of one batch.
pub(super) struct Plan<'a> {
    app: &'a App,
    references: &'a References,
    known: &'a Known,
    pub(super) batch: Batch,
    customers: HashMap<String, usize>,
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
}

impl<'a> Plan<'a> {
    pub(super) fn new(app: &'a App, references: &'a References, known: &'a Known) -> Self {
        Self {
            app,
            references,
            known,
            batch: Batch::default(),
            customers: HashMap::new(),
            opened: HashSet::new(),
            digests: HashMap::new(),
            refunded: HashMap::new(),
            integrations: HashMap::new(),
            redeemed: None,
        }
    }

    /// Says what becomes of a fact, and adds it to the batch if it is new.
    fn judge(&mut self, checked: &Result<Checked, Refusal>) -> FactResult {
        match checked {
            Err(refusal) => refusal.result(),
            Ok(Checked { fact, digest }) => match self.add(fact, digest) {
                Ok(fate) => FactResult { coupon: self.redeemed.take(), ..result(&fact.id, fate) },
                Err(fault) => Refusal { id: fact.id.clone(), fault }.result(),
            },
        }
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
                Some((_, sale)) => {
                    let root = Some(self.references.customer(&sale.customer));
                    self.known.sale(key, digest, sale.amount, sale.currency.code(), root)
                }
                None => self.known.fate(key, digest),
            };
            if let Some(fate) = known {
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
            let reach = row.reach().map_err(|_| Fault::new("coupon", "cannot be checked now"))?;
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
        let refunds = match revenue.refund_of.as_deref().map(sale_key) {
            Some(sale) => self.refund(&sale, revenue)?,
            None => None,
        };
        let i = self.customer(&revenue.customer)?;
        // A refund is the identity's whose sale it takes back: of a sale that stands the store sees to that.
        let whose = refunds.unwrap_or_else(|| self.batch.customers[i].whose());
        self.redeem(revenue.redeemed.as_ref(), key, fact.at, &whose)?;
        self.batch.revenue.push(RevenueRow {
            key: key.to_owned(),
            at: fact.at.0,
            kind: Some(revenue.kind.word()),
            fact_id: Some(fact.id.clone()),
            whose,
            amount: revenue.amount,
            currency: revenue.currency.code().to_owned(),
            invoice: revenue.invoice.clone(),
            opportunity: revenue.opportunity.clone(),
            recurring: revenue.recurring.clone(),
            refund_of: revenue.refund_of.as_deref().map(sale_key),
            click: None,
            event_name: revenue.event.to_owned(),
            product: revenue.product.clone(),
            processor: "custom".to_owned(),
            metadata: None,
            digest,
        });
        Ok(())
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
            customer: self.references.customer(row.whose.external().unwrap_or_default()).to_owned(),
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

    /// Where a customer stands in the batch; added where it does not yet.
    pub(super) fn customer(&mut self, external: &str) -> Result<usize, Fault> {
        if let Some(i) = self.customers.get(external) {
            return Ok(*i);
        }
        let id = self.app.id::<engine::id::CustomerNoun>().map_err(|_| Fault::new("customer", "cannot be made now"))?;
        self.batch.customers.push(Customer {
            external: Some(external.to_owned()),
            id: id.to_string(),
            ..Customer::default()
        });
        let i = self.batch.customers.len() - 1;
        self.customers.insert(external.to_owned(), i);
        Ok(i)
    }

    fn claim(&self, token: Option<&str>) -> Result<Option<Claim>, Fault> {
        track::claim(self.app, token).map_err(|_| Fault::new("click", "cannot be checked now"))
    }
}
