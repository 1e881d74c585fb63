//! What becomes of a deal. Each step names the version that it saw. Of two who saw the same one is first, and the other
//! gets 409; the same step sent again gets 200 and the deal, and happens once.

use engine::{
    deal::{Days, Life, Loss, Refused, Step, Win},
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::DealId,
    time::Millis,
};
use serde::Serialize;
use wire::{
    deal::{Approve, Deal, Extend, LoseDeal, Reject, Stage, WinDeal, Withdraw, closed_at, reason},
    fact::{Fault, key, sale_key, write_time},
    problem::Code,
};
use worker::D1Database;

use super::super::query::Path;
use super::{find, identifier, shape, side, stale};
use crate::{
    app::App,
    auth::{Scope, Side, Team, Who, needs},
    error::Error,
    http::{body::Json, program::protection},
    store::{
        audit::Pen,
        customer::{self, By, Identity},
        deal::{self, Change, Entry, Row},
        event::{
            ATTEMPTS, Customer, Known, MilestoneRow, OpportunityRow, RevenueRow, Telling, TouchRow, Whose, Written,
            customer_id_of,
        },
        lead::revenue_digest,
        program, registration, standing,
    },
};

type Answer = Result<axum::Json<Deal>, Error>;

/// `POST /api/deals/{id}/withdraw`, by the partner: 401; 403 without the scope; 404, also for another partner's; 422 for
/// what does not belong to it; 409 when the marketer has decided; 200 with the deal.
#[worker::send]
pub async fn withdraw(
    app: App,
    who: Side<needs::DealsWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Withdraw>,
) -> Answer {
    if who.scope == Scope::Program {
        return Err(Error::Refused(Code::Conflict, "Only the partner can withdraw a deal; reject it".into()));
    }
    let id = identifier(&id)?;
    Asked::new(&app, &who, id, "withdraw", sent.version, &sent)?.take(Step::Withdraw, None).await
}

/// `POST /api/deals/{id}/approve`, of a deal that is submitted or was rejected:
/// 1. 401; 403 without the scope;
/// 2. 404;
/// 3. 422 naming the field and the rule: the days, or a customer or an opportunity that is not known;
/// 4. 409 when somebody else was first, the company is under the protection of another partner's deal, or the partner has
///    left the program;
/// 5. 503 when the store does not answer: nothing was recorded, send it again;
/// 6. 200 with the deal. It is an opportunity now, of a customer of its own or of the one that is named, opened and
///    touched by the partner when it was registered, and protected from now on.
#[worker::send]
pub async fn approve(
    app: App,
    who: Team<needs::DealsDecide>,
    Path(id): Path<String>,
    Json(sent): Json<Approve>,
) -> Answer {
    let days = match sent.days {
        Some(days) => protection("days", days)?,
        None => {
            let days = program::require(&app.db()?).await?.settings.deal_protection_days;
            days.and_then(Days::new).unwrap_or(Days::DEFAULT)
        }
    };
    let id = identifier(&id)?;
    Asked::new(&app, &who, id, "approve", sent.version, &sent)?.take(Step::Approve(days), Some(&sent)).await
}

/// `POST /api/deals/{id}/reject`: 401; 403 without the scope; 404; 422 without a reason; 409 when somebody else was
/// first, or the deal is not submitted; 200 with the deal.
#[worker::send]
pub async fn reject(
    app: App,
    who: Team<needs::DealsDecide>,
    Path(id): Path<String>,
    Json(sent): Json<Reject>,
) -> Answer {
    let step = Step::Reject(reason(&sent.reason)?);
    Asked::new(&app, &who, identifier(&id)?, "reject", sent.version, &sent)?.take(step, None).await
}

/// `POST /api/deals/{id}/extend`: 401; 403 without the scope; 404; 422 for days out of bounds, or more than a year ahead;
/// 409 when somebody else was first, or the protection has ended; 200 with the deal.
#[worker::send]
pub async fn extend(
    app: App,
    who: Team<needs::DealsDecide>,
    Path(id): Path<String>,
    Json(sent): Json<Extend>,
) -> Answer {
    let step = Step::Extend(protection("days", sent.days)?);
    Asked::new(&app, &who, identifier(&id)?, "extend", sent.version, &sent)?.take(step, None).await
}

/// `POST /api/deals/{id}/stage`: 401; 403 without the scope; 404; 422 without a stage; 409 when somebody else was first,
/// or the deal is not open; 200 with the deal.
#[worker::send]
pub async fn stage(app: App, who: Team<needs::DealsDecide>, Path(id): Path<String>, Json(sent): Json<Stage>) -> Answer {
    let step = Step::Stage(sent.checked()?);
    Asked::new(&app, &who, identifier(&id)?, "stage", sent.version, &sent)?.take(step, None).await
}

/// `POST /api/deals/{id}/won`, of a deal that is open or was lost:
/// 1. 401; 403 without the scope;
/// 2. 404;
/// 3. 422 naming the field and the rule;
/// 4. 409 when somebody else was first, the invoice won another deal, or is recorded with another amount or currency, or
///    for a customer whom the vendor calls otherwise;
/// 5. 503 when the store does not answer: nothing was recorded, send it again;
/// 6. 200 with the deal: opportunity won, and revenue. An invoice that came through another door already is this sale.
#[worker::send]
pub async fn win(app: App, who: Team<needs::DealsDecide>, Path(id): Path<String>, Json(sent): Json<WinDeal>) -> Answer {
    let id = identifier(&id)?;
    let (amount, currency, invoice) = sent.checked()?;
    let at = closed_at(sent.closed_at.as_deref(), id.at(), app.now())?;
    let kind = sent.kind()?.map(RevenueKind::word);
    let asked = Asked::new(&app, &who, id, "won", sent.version, &sent)?;
    let asked = Asked {
        money: Money { says_when: sent.closed_at.is_some(), kind, recurring: sent.recurring.clone() },
        ..asked
    };
    asked.take(Step::Win(Win { at, amount, currency, invoice }), None).await
}

/// `POST /api/deals/{id}/lost`: 401; 403 without the scope; 404; 422 without a reason; 409 when somebody else was first,
/// or the deal is not open; 200 with the deal.
#[worker::send]
pub async fn lose(
    app: App,
    who: Team<needs::DealsDecide>,
    Path(id): Path<String>,
    Json(sent): Json<LoseDeal>,
) -> Answer {
    let id = identifier(&id)?;
    let at = closed_at(sent.closed_at.as_deref(), id.at(), app.now())?;
    let step = Step::Lose(Loss { at, reason: reason(&sent.reason)? });
    Asked::new(&app, &who, id, "lost", sent.version, &sent)?.take(step, None).await
}

/// What kind of revenue a win is, where that is said.
#[derive(Default)]
struct Money {
    /// Whether it is said when the deal was won.
    says_when: bool,
    kind: Option<&'static str>,
    recurring: Option<String>,
}

/// A step that somebody asks for.
struct Asked<'a> {
    app: &'a App,
    pen: Pen,
    scope: Scope,
    id: DealId,
    step: &'static str,
    seen: u32,
    request: String,
    money: Money,
}

impl<'a> Asked<'a> {
    fn new(
        app: &'a App,
        who: &Who,
        id: DealId,
        step: &'static str,
        seen: u32,
        request: &impl Serialize,
    ) -> Result<Self, Error> {
        let (pen, scope) = (who.pen(app)?, who.scope);
        Ok(Self { app, pen, scope, id, step, seen, request: serde_json::to_string(request)?, money: Money::default() })
    }

    /// Takes the step, once.
    async fn take(self, step: Step, approve: Option<&Approve>) -> Answer {
        let (db, now) = (&self.pen, self.app.now());
        let change = Change { seen: self.seen, step: self.step, request: &self.request, side: side(self.scope) };
        for _ in 0..ATTEMPTS {
            let row = find(db, self.id, self.scope).await?;
            if change.is_made(db, self.id).await? {
                return Ok(axum::Json(shape(self.app, self.scope, &row)?));
            }
            if row.version != self.seen {
                return Err(stale(&row));
            }
            let life = row.life(now)?.after(step.clone(), now)?;
            let log = self.entry(db, &row, &life, &step, approve).await?;
            if deal::write(db, self.id, &change, &life, log, now).await? == Written::Whole {
                let row = find(db, self.id, self.scope).await?;
                return Ok(axum::Json(shape(self.app, self.scope, &row)?));
            }
            // Another request changed the deal in between, or wrote the sale: by now that is known.
        }
        Err(Error::Unavailable("a deal: other requests keep writing the same".into()))
    }

    /// What a step adds to the log.
    async fn entry(
        &self,
        db: &D1Database,
        row: &Row,
        life: &Life,
        step: &Step,
        approve: Option<&Approve>,
    ) -> Result<Entry, Error> {
        let now = self.app.now();
        let mut log = match (step, approve) {
            (Step::Approve(_), Some(sent)) => return self.opened(db, row, life, sent).await,
            (Step::Win(win), _) => self.sale(db, row, win).await?,
            _ => Entry::default(),
        };
        let milestone = match step {
            Step::Stage(stage) => {
                let key = format!("deal:{}:stage:{}", row.id, row.version);
                Some((key, MilestoneKind::OpportunityStage, now, Some(stage.clone())))
            }
            Step::Win(win) => Some((format!("deal:{}:won", row.id), MilestoneKind::OpportunityWon, win.at, None)),
            Step::Lose(loss) => {
                let reason = Some(loss.reason.clone());
                Some((format!("deal:{}:lost", row.id), MilestoneKind::OpportunityLost, loss.at, reason))
            }
            _ => None,
        };
        log.batch.milestones.extend(milestone.map(|(key, kind, at, note)| MilestoneRow {
            key,
            at: at.0,
            kind: kind.word(),
            opportunity: row.opportunity_id.clone(),
            event_name: note,
            ..MilestoneRow::default()
        }));
        if let (Step::Extend(_), Some(until)) = (step, life.until()) {
            log.further.push(registration::extend(db, &touch_key(row.id), until)?);
        }
        Ok(log)
    }

    /// The sale that a win is, unless the invoice came through another door already: then it only learns its
    /// opportunity.
    async fn sale(&self, db: &D1Database, row: &Row, win: &Win) -> Result<Entry, Error> {
        let broken = || Error::Unavailable(format!("{} was approved without an opportunity", row.id));
        let opportunity = row.opportunity_id.clone().ok_or_else(broken)?;
        let whose = row.whose().ok_or_else(broken)?;
        if let Some(invoice) = &win.invoice
            && deal::has_won(db, invoice, row.id).await?
        {
            return Err(Error::Refused(Code::Conflict, "invoice: has won another deal".into()));
        }
        let key = win.invoice.as_deref().map_or_else(|| format!("deal:{}:won", row.id), sale_key);
        let customer = whose.external().or(row.customer_id.as_deref());
        let digest = revenue_digest(customer, win.amount, win.currency.code());
        let known = Known::load(db, &[&key]).await?;
        let told = Telling {
            key: &key,
            digest: &digest,
            amount: win.amount,
            currency: win.currency.code(),
            root: row.root_id.as_deref(),
            is_named: row.is_named > 0,
        };
        let again = known.sale(&told);
        if let Some(Err(differs)) = &again {
            return Err(Error::Refused(Code::Conflict, differs.message(&told, "invoice")));
        }
        let sale = RevenueRow {
            key: key.clone(),
            at: win.at.0,
            at_said: self.money.says_when,
            kind: self.money.kind,
            kind_said: self.money.kind.is_some(),
            whose,
            amount: win.amount,
            currency: win.currency.code().to_owned(),
            invoice: win.invoice.clone(),
            opportunity: Some(opportunity.clone()),
            recurring: self.money.recurring.clone(),
            refund_of: None,
            product: row.details()?.product,
            fact_id: None,
            click: None,
            event_name: "Deal".to_owned(),
            processor: "custom".to_owned(),
            metadata: None,
            digest: digest.clone(),
        };
        let mut log = Entry::default();
        if again.is_some() {
            log.further.push(deal::name_opportunity(db, &key, &opportunity)?);
            log.batch.again.push(sale);
        } else {
            log.batch.revenue.push(sale);
        }
        Ok(log)
    }

    /// The opportunity that a deal is once it is approved. It was opened, and touched by its partner, when it was
    /// registered: whoever came later came later, however long the marketer thought about it.
    async fn opened(&self, db: &D1Database, row: &Row, life: &Life, sent: &Approve) -> Result<Entry, Error> {
        if standing::is_away(db, row.partner_id).await? {
            let message =
                "state: the partner has left the program; what they registered is approved once they are back";
            return Err(Error::Refused(Code::Conflict, message.into()));
        }
        if let Some(until) = deal::protected(db, row.id, self.app.now()).await? {
            let day = write_time(until).split('T').next().unwrap_or_default().to_owned();
            let message = format!("state: another partner's deal of this company is protected until {day}");
            return Err(Error::Refused(Code::Conflict, message));
        }
        let details = row.details()?;
        let at = row.created_at;
        let tied = tie(self.app, db, row, sent).await?;
        let mut log = Entry::default();
        let opportunity = match tied.opportunity {
            Some(known) => known,
            None => {
                let id = row.id.to_string();
                let name = Some(details.company.clone());
                log.batch.opportunities.push(OpportunityRow { id: id.clone(), name, whose: tied.whose.clone() });
                log.batch.milestones.push(MilestoneRow {
                    key: format!("deal:{id}:opened"),
                    at,
                    kind: MilestoneKind::OpportunityOpened.word(),
                    whose: Some(tied.whose.clone()),
                    opportunity: Some(id.clone()),
                    amount: details.amount,
                    currency: details.currency.clone(),
                    ..MilestoneRow::default()
                });
                id
            }
        };
        log.batch.customers.extend(tied.new);
        let key = touch_key(row.id);
        let until = life.until().unwrap_or(Millis(at));
        log.further.push(registration::insert(db, &key, &opportunity, until, details.seller_email.as_deref())?);
        log.batch.touches.push(TouchRow {
            key,
            at,
            kind: TouchKind::DealRegistration.word(),
            mark: Mark::Counted.word(),
            partner: Some(row.partner_id.to_string()),
            link: None,
            campaign: String::new(),
            utm: "{}".to_owned(),
            coupon: None,
            visitor: None,
            whose: Some(tied.whose),
            digest: String::new(),
        });
        log.opportunity = Some(opportunity);
        Ok(log)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::Not(..) => Code::Conflict,
            Refused::TooLong => Code::UnprocessableEntity,
        };
        Self::Refused(code, refused.to_string())
    }
}

/// The key of the touch that a deal is.
fn touch_key(id: DealId) -> String {
    format!("deal:{id}")
}

/// Whose a deal is.
struct Tied {
    /// The customer to make, where it is none that is recorded.
    new: Option<Customer>,
    whose: Whose,
    /// The opportunity that it is a part of.
    opportunity: Option<String>,
}

/// Finds whose a deal is: whom the marketer names, or whoever has the contact's e-mail address, or else somebody new.
/// Of customers who are recorded nothing is written over: what a partner says of them is in the deal.
async fn tie(app: &App, db: &D1Database, row: &Row, sent: &Approve) -> Result<Tied, Error> {
    let details = row.details()?;
    let known = |customer: Identity, opportunity| Tied { whose: customer.whose(), new: None, opportunity };
    let id = match (&sent.opportunity_id, &sent.customer_id, &sent.customer_external_id) {
        (Some(opportunity), None, None) => {
            let customer = customer::identity(db, By::Opportunity(opportunity)).await?;
            let customer = customer.ok_or_else(|| Error::rule("opportunityId", "is not a recorded opportunity"))?;
            return Ok(known(customer, Some(opportunity.clone())));
        }
        (None, Some(id), None) => {
            let id = id.parse().map_err(|error| Fault::new("customerId", error))?;
            let customer = customer::identity(db, By::Id(id)).await?;
            return Ok(known(customer.ok_or_else(|| Error::rule("customerId", "is not a recorded customer"))?, None));
        }
        (None, None, Some(external)) => {
            key("customerExternalId", external)?;
            if let Some(customer) = customer::identity(db, By::External(external)).await? {
                return Ok(known(customer, None));
            }
            app.id()?
        }
        (None, None, None) => {
            let id = customer_id_of(&details.contact_email);
            if let Some(customer) = customer::identity(db, By::Id(id)).await? {
                return Ok(known(customer, None));
            }
            id
        }
        _ => {
            let rule = "must be the only one of opportunityId, customerId and customerExternalId";
            return Err(Error::rule(if sent.opportunity_id.is_some() { "opportunityId" } else { "customerId" }, rule));
        }
    };
    let new = Customer {
        external: sent.customer_external_id.clone(),
        id: id.to_string(),
        email: Some(details.contact_email),
        name: details.contact_name,
        company: Some(details.company),
        ..Customer::default()
    };
    Ok(Tied { whose: new.whose(), new: Some(new), opportunity: None })
}
