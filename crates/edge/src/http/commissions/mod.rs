//! Commissions, in Dub's shapes: what each partner has of each sale, and was given by hand. They follow from the facts and
//! the terms, so all that can be said of one is whether what was suspected of its sale is so.
//!
//! | room | charter |
//! |---|---|
//! | [`analytics`] | a partner's figures |
//! | [`create`] | leads and sales that the program's people credit to a partner, and commission by hand |
//! | `span` | the time that is asked about |

pub mod analytics;
pub mod create;
mod span;

use std::collections::HashSet;

use engine::{
    commission::{Source, Stage, Verdict},
    id::{CommissionId, GroupId, PartnerId},
    time::Time,
};
use serde::Deserialize;
use wire::{
    dub,
    fact::{Fault, write_time},
    problem::Code,
};
use worker::D1Database;

use self::span::span;
use super::{
    body::Json,
    customers,
    paging::page,
    partners,
    query::{Path, Query},
};
use crate::{
    access::Permission,
    app::App,
    auth::{Scope, Team, Who, needs},
    error::Error,
    months::{Books, Entry},
    store::{
        self,
        audit::Pen,
        program,
        suspicion::{self, Decision},
    },
};

/// Kinds of commission, in Dub's words: only `sale` and `custom` happen here.
const TYPES: [&str; 5] = ["click", "lead", "sale", "referral", "custom"];
/// How far commission has come, in Dub's words: none is ever the last two here.
const STATUSES: [&str; 8] = ["pending", "processed", "paid", "refunded", "hold", "fraud", "duplicate", "canceled"];
/// Most commissions of one request.
const MAX: usize = 100;

/// Parameters of `GET /api/commissions`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    r#type: Option<String>,
    customer_id: Option<String>,
    payout_id: Option<String>,
    partner_id: Option<String>,
    tenant_id: Option<String>,
    group_id: Option<String>,
    partner_tag_id: Option<String>,
    invoice_id: Option<String>,
    status: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    interval: Option<String>,
    start: Option<String>,
    end: Option<String>,
    timezone: Option<String>,
    query: Option<String>,
    starting_after: Option<String>,
    ending_before: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// Words that are meant, separated by commas, or behind a `-` those that are not; everything where nothing is said.
struct Choice<'a> {
    words: Vec<&'a str>,
    not: bool,
}

impl<'a> Choice<'a> {
    fn read(text: Option<&'a str>, check: impl Fn(&str) -> Result<(), Error>) -> Result<Self, Error> {
        let text = text.unwrap_or("-");
        let (not, list) = text.strip_prefix('-').map_or((false, text), |list| (true, list));
        let words: Vec<&str> = if text == "-" { Vec::new() } else { list.split(',').collect() };
        words.iter().try_for_each(|word| check(word))?;
        Ok(Self { words, not })
    }

    /// One of these words.
    fn of(field: &'static str, text: Option<&'a str>, known: &[&str]) -> Result<Self, Error> {
        Self::read(text, |word| {
            let rule = || Error::rule(field, format!("must be one of {}", known.join(", ")));
            if known.contains(&word) { Ok(()) } else { Err(rule()) }
        })
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word) != self.not
    }
}

/// `GET /api/commissions`:
/// 1. 401; 403 without the scope;
/// 2. 422 for a parameter that cannot be, and for one by which nothing is kept: `payoutId`, `partnerTagId`, `query`;
/// 3. 404 for a customer or a tenant whom nobody knows;
/// 4. 409 while no terms are recorded;
/// 5. 200 with an array, the latest first unless `sortBy` and `sortOrder` say otherwise. Dub's lists of several and its
///    `-` for all others are understood of `type`, `partnerId`, `groupId` and `status`.
#[worker::send]
pub async fn list(
    app: App,
    who: Team<needs::CommissionsRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<dub::Commission>>, Error> {
    for (field, sent, rule) in [
        ("payoutId", &query.payout_id, "is not kept: a payout pays what was approved first"),
        ("partnerTagId", &query.partner_tag_id, "is not kept: partners have groups"),
        ("query", &query.query, "is not offered: the metadata of a sale stay with it"),
    ] {
        if sent.is_some() {
            return Err(Error::rule(field, rule));
        }
    }
    let (limit, offset) = page(query.page, query.page_size)?;
    let (limit, offset) = (limit as usize, offset as usize);
    let types = Choice::of("type", query.r#type.as_deref(), &TYPES)?;
    let statuses = Choice::of("status", query.status.as_deref(), &STATUSES)?;
    let is_partner = |id: &str| Ok(id.parse::<PartnerId>().map(|_| ()).map_err(|e| Fault::new("partnerId", e))?);
    let is_group = |id: &str| Ok(id.parse::<GroupId>().map(|_| ()).map_err(|e| Fault::new("groupId", e))?);
    let groups = Choice::read(query.group_id.as_deref(), is_group)?;
    let by_amount = match query.sort_by.as_deref() {
        None | Some("createdAt") => false,
        Some("amount") => true,
        Some(_) => return Err(Error::rule("sortBy", "must be createdAt or amount")),
    };
    let ascending = match query.sort_order.as_deref() {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => return Err(Error::rule("sortOrder", "must be asc or desc")),
    };
    let cursor = |field, text: &Option<String>| -> Result<Option<CommissionId>, Error> {
        Ok(text.as_deref().map(str::parse).transpose().map_err(|e| Fault::new(field, e))?)
    };
    let after = cursor("startingAfter", &query.starting_after)?;
    let before = cursor("endingBefore", &query.ending_before)?;
    if after.is_some() && before.is_some() {
        return Err(Error::rule("startingAfter", "cannot go with endingBefore"));
    }
    let db = app.db()?;
    let timezone = program::require(&db).await?.timezone;
    if query.timezone.as_ref().is_some_and(|name| *name != timezone) {
        return Err(Error::rule("timezone", format!("must be the program's: {timezone}")));
    }
    let tenant = match (&query.partner_id, &query.tenant_id) {
        (None, Some(tenant)) => Some(partners::named(&db, None, Some(tenant)).await?.id.to_string()),
        _ => None,
    };
    let whose = Choice::read(query.partner_id.as_deref().or(tenant.as_deref()), is_partner)?;
    let bought: Option<HashSet<String>> = match &query.customer_id {
        Some(id) => {
            let root = customers::find(&db, id).await?.root_id;
            Some(store::customer::bought(&db, root).await?.into_iter().map(|row| row.sale).collect())
        }
        None => None,
    };

    let now = app.now().time();
    let books = Books::open(&db, Scope::Program, now).await?;
    let (interval, bounds) = (query.interval.as_deref(), (query.start.as_deref(), query.end.as_deref()));
    let span = span(interval.unwrap_or("all"), bounds, books.zone(), now)?;
    let mut entries = books.entries(now);
    entries.retain(|entry| {
        types.has(kind(entry))
            && span.contains(entry.commission.at)
            && whose.has(&entry.partner.to_string())
            && statuses.has(status(entry))
            && query.invoice_id.as_ref().is_none_or(|invoice| *invoice == entry.invoice)
            && bought.as_ref().is_none_or(|bought| bought.contains(&entry.key))
    });
    if query.group_id.is_some() {
        let ids: HashSet<PartnerId> = entries.iter().map(|entry| entry.partner).collect();
        let rows = store::partner::of(&db, &ids.into_iter().collect::<Vec<_>>()).await?;
        let in_them = rows.into_iter().filter(|row| groups.has(row.group_id.as_deref().unwrap_or_default()));
        let in_them: HashSet<PartnerId> = in_them.map(|row| row.id).collect();
        entries.retain(|entry| in_them.contains(&entry.partner));
    }
    let by = |entry: &Entry| (if by_amount { entry.commission.left } else { 0 }, entry.id);
    entries.sort_unstable_by_key(by);
    if !ascending {
        entries.reverse();
    }
    let place = |field, id| {
        let place = entries.iter().position(|entry| entry.id == id);
        place.ok_or_else(|| Error::rule(field, "must be a commission of the list"))
    };
    let (skip, take) = match (after, before) {
        (Some(id), _) => (place("startingAfter", id)? + 1, limit),
        (None, Some(id)) => {
            let place = place("endingBefore", id)?;
            (place.saturating_sub(limit), limit.min(place))
        }
        (None, None) => (offset, limit),
    };
    let listed: Vec<Entry> = entries.into_iter().skip(skip).take(take).collect();
    shape(&app, &who, &db, &listed).await.map(axum::Json)
}

/// `PATCH /api/commissions/{id}`, with a `status`: `fraud` confirms what is suspected of the sale, `pending` clears it.
/// 1. 401; 403 without the scope;
/// 2. 422 for an amount, which follows from the terms, and for another status, which follows from the facts; also where
///    nothing is suspected of the sale, or what is suspected is of other sales, too; and for a `custom` one, which its
///    opposite takes back;
/// 3. 404 where there is no such commission; 409 while no terms are recorded, or when somebody else decided meanwhile;
/// 4. 200 with the commission, also where it is so already.
#[worker::send]
pub async fn update(
    app: App,
    who: Team<needs::CommissionsWrite>,
    Path(id): Path<String>,
    Json(sent): Json<dub::UpdateCommission>,
) -> Result<axum::Json<dub::Commission>, Error> {
    for (field, is_sent) in [
        ("earnings", sent.earnings.is_some()),
        ("saleAmount", sent.sale_amount.is_some()),
        ("modifySaleAmount", sent.modify_sale_amount.is_some()),
        ("amount", sent.amount.is_some()),
        ("modifyAmount", sent.modify_amount.is_some()),
    ] {
        if is_sent {
            return Err(Error::rule(
                field,
                "follows from the terms and the facts; record a refund, or change the terms",
            ));
        }
    }
    let wanted = wanted(sent.status.as_deref().unwrap_or_default())?;
    let pen = who.pen(&app)?;
    decide(&app, &who, &pen, &id, wanted).await?;
    let entry = find(&app, &pen, &id).await?;
    let shaped = shape(&app, &who, &pen, std::slice::from_ref(&entry)).await?;
    shaped.into_iter().next().map(axum::Json).ok_or_else(not_found)
}

/// `PATCH /api/commissions/bulk`: as [`update`], one after the other; what is refused stops it, and those before are
/// decided. 422 for none or more than a hundred; 200 with each and its status, in the order of the request.
#[worker::send]
pub async fn update_many(
    app: App,
    who: Team<needs::CommissionsWrite>,
    Json(sent): Json<dub::UpdateCommissions>,
) -> Result<axum::Json<Vec<dub::CommissionStatus>>, Error> {
    if !(1..=MAX).contains(&sent.commission_ids.len()) {
        return Err(Error::rule("commissionIds", format!("must be from 1 to {MAX}")));
    }
    let wanted = wanted(&sent.status)?;
    let pen = who.pen(&app)?;
    let mut answers = Vec::new();
    for id in sent.commission_ids {
        decide(&app, &who, &pen, &id, wanted).await?;
        let status = status(&find(&app, &pen, &id).await?);
        answers.push(dub::CommissionStatus { id, status });
    }
    Ok(axum::Json(answers))
}

/// What a status decides about a suspicion.
fn wanted(status: &str) -> Result<&'static str, Error> {
    let rule = match status {
        "fraud" => return Ok("confirmed"),
        "pending" => return Ok("cleared"),
        "refunded" | "canceled" => "follows from refunds; record one (POST /facts)",
        "duplicate" => "never is: a sale is recorded once, by its invoice or key",
        _ => "must be fraud or pending",
    };
    Err(Error::rule("status", rule))
}

fn not_found() -> Error {
    Error::not_found("The commission")
}

async fn find(app: &App, db: &D1Database, id: &str) -> Result<Entry, Error> {
    let id: CommissionId = id.parse().map_err(|_| not_found())?;
    let now = app.now().time();
    let entries = Books::open(db, Scope::Program, now).await?.entries(now);
    entries.into_iter().find(|entry| entry.id == id).ok_or_else(not_found)
}

/// Decides about everything that is suspected of a sale for a partner.
async fn decide(app: &App, who: &Who, pen: &Pen, id: &str, wanted: &'static str) -> Result<(), Error> {
    let entry = find(app, pen, id).await?;
    let held = suspicion::held(pen, Some(entry.partner)).await?;
    if entry.canceled {
        return Err(Error::rule("status", "is canceled while the partner is away (POST /partners/reactivate)"));
    }
    let about: Vec<_> = held.iter().filter(|held| held.sale == entry.key).map(|held| held.id).collect();
    match (wanted, entry.commission.stage) {
        ("confirmed", Stage::Refused) | ("cleared", Stage::Pending) => return Ok(()),
        // A sale that was cleared after its hold is payable at once.
        ("cleared", Stage::Approved | Stage::Paid(_)) => return Ok(()),
        _ if kind(&entry) == "custom" => {
            return Err(Error::rule("status", "is of a sale; what was given by hand, its opposite takes back"));
        }
        _ if about.is_empty() => {
            return Err(Error::rule("status", "is of what is suspected of the sale (GET /suspicions), and nothing is"));
        }
        _ => {}
    }
    if let Some(id) = about.iter().find(|id| held.iter().filter(|held| held.id == **id).count() > 1) {
        let rule = format!("would be of other sales, too: decide {id} (POST /suspicions/{{id}}/confirm or /clear)");
        return Err(Error::rule("status", rule));
    }
    let by = who.actor.to_string();
    for id in about {
        let gone = || Error::Refused(Code::Conflict, "status: somebody decided meanwhile; read it again".into());
        let row = suspicion::find(pen, id).await?.ok_or_else(gone)?;
        if row.state == wanted {
            continue;
        }
        let reason = (wanted == "confirmed").then(|| "The commission was marked as fraud".to_owned());
        suspicion::decide(pen, id, row.version, &Decision { state: wanted, reason, by: &by }, app.now()).await?;
        if suspicion::find(pen, id).await?.is_none_or(|row| row.state != wanted) {
            return Err(gone());
        }
    }
    Ok(())
}

/// What it is for, in Dub's word.
fn kind(entry: &Entry) -> &'static str {
    match entry.commission.source {
        Source::Sale(_) => "sale",
        Source::Adjustment(_) => "custom",
    }
}

/// How far it has come, in Dub's word.
fn status(entry: &Entry) -> &'static str {
    match entry.commission.stage {
        Stage::Pending => "pending",
        Stage::Approved => "processed",
        Stage::Paid(_) => "paid",
        Stage::TakenBack => "refunded",
        Stage::Held => "hold",
        Stage::Refused if entry.canceled => "canceled",
        Stage::Refused => "fraud",
    }
}

async fn shape(app: &App, who: &Who, db: &D1Database, entries: &[Entry]) -> Result<Vec<dub::Commission>, Error> {
    let ids: Vec<PartnerId> = entries.iter().map(|entry| entry.partner).collect();
    let partners = store::partner::of(db, &ids).await?;
    let sales: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let (bought, buyers) = match who.may(Permission::CustomersRead) {
        true => store::customer::buyers(db, &sales).await?,
        false => Default::default(),
    };
    let one = |entry: &Entry| {
        let commission = entry.commission;
        let partner = partners.iter().find(|row| row.id == entry.partner)?;
        let buyer = bought.iter().find(|row| row.sale == entry.key).map(|row| row.customer);
        let customer = buyers.iter().find(|row| Some(row.id) == buyer).cloned();
        let description = match commission.verdict {
            Some(Verdict::Paid(_)) | None if entry.canceled => Some("The partner has left the program"),
            Some(Verdict::Paid(_)) => None,
            Some(Verdict::NoTerms) => Some("No terms were in force"),
            Some(Verdict::NoRule { .. }) => Some("No rule of the terms fits"),
            Some(Verdict::Ended { .. }) => Some("The rule pays no longer for this customer"),
            None => Some(entry.reason.as_str()).filter(|reason| !reason.is_empty()),
        };
        let written = |at: Time| write_time(at.millis());
        Some(dub::Commission {
            id: entry.id.to_string(),
            r#type: kind(entry),
            amount: commission.left,
            earnings: commission.stays,
            currency: entry.currency.to_ascii_lowercase(),
            status: status(entry),
            invoice_id: Some(entry.invoice.clone()).filter(|invoice| !invoice.is_empty()),
            description: description.map(str::to_owned),
            quantity: 1,
            user_id: None,
            metadata: None,
            created_at: written(commission.at),
            updated_at: written(commission.changed),
            paid_at: if let Stage::Paid(at) = commission.stage { Some(written(at)) } else { None },
            partner: dub::CommissionPartner {
                id: partner.id.to_string(),
                name: partner.name.clone(),
                email: Some(partner.email.clone()),
                image: partner.image.clone(),
                payouts_enabled_at: None,
                country: partner.country.clone(),
                group_id: partner.group_id.clone(),
            },
            customer: customer.map(|row| customers::shape(app, row)),
        })
    };
    Ok(entries.iter().filter_map(one).collect())
}
