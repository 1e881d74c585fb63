//! What looks like fraud, and what the marketer decides about it.

use engine::{
    fraud::{Rule, Rules},
    id::{PartnerId, SuspicionId},
    time::Millis,
};
use serde::Deserialize;
use serde_json::Value;
use wire::{
    deal::reason,
    fact::{Fault, write_time},
    fraud::{Decide, Suspicion},
    problem::Code,
    versioned::Versioned,
};
use worker::D1Database;

use super::{
    body::Json,
    paging::page,
    query::{Path, Query},
};
use crate::{
    access::Permission,
    app::App,
    auth::{Team, Who, needs},
    error::Error,
    store::suspicion::{self, Decision, Filter, Row},
};

/// Parameters of `GET /api/suspicions`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    state: Option<String>,
    rule: Option<String>,
    partner_id: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/suspicions`: 401; 403 without the scope; 422 for a parameter that cannot be; 200 with an array, the latest
/// first.
#[worker::send]
pub async fn list(
    app: App,
    who: Team<needs::CommissionsRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Suspicion>>, Error> {
    let partner: Option<PartnerId> =
        query.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?;
    if query.state.as_deref().is_some_and(|state| !matches!(state, "held" | "cleared" | "confirmed")) {
        return Err(Error::rule("state", "must be held, cleared or confirmed"));
    }
    if query.rule.as_deref().is_some_and(|word| Rule::ALL.iter().all(|rule| rule.word() != word)) {
        let words: Vec<&str> = Rule::ALL.iter().map(|rule| rule.word()).collect();
        return Err(Error::rule("rule", format!("must be one of {}", words.join(", "))));
    }
    let range = page(query.page, query.page_size)?;
    let filter = Filter { state: query.state, rule: query.rule, partner };
    let rows = suspicion::list(&app.db()?, &filter, range).await?;
    Ok(axum::Json(rows.into_iter().map(|row| shape(&who, row)).collect::<Result<_, _>>()?))
}

/// `GET /api/suspicions/{id}`: 401; 403 without the scope; 404; 200.
#[worker::send]
pub async fn get(
    app: App,
    who: Team<needs::CommissionsRead>,
    Path(id): Path<String>,
) -> Result<axum::Json<Suspicion>, Error> {
    let (_, row) = find(&app.db()?, &id).await?;
    shape(&who, row).map(axum::Json)
}

/// `POST /api/suspicions/{id}/clear`: it was nothing, and the partner earns.
/// 1. 401; 403 without the scope;
/// 2. 404;
/// 3. 422 naming the field and the rule;
/// 4. 409 when somebody else decided meanwhile;
/// 5. 200 with what is decided: the same again is 200, too. Whoever saw it may decide otherwise later.
#[worker::send]
pub async fn clear(
    app: App,
    who: Team<needs::CommissionsWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Decide>,
) -> Result<axum::Json<Suspicion>, Error> {
    decide(&app, &who, &id, "cleared", sent).await
}

/// `POST /api/suspicions/{id}/confirm`: it was what it looks like, and the partner does not earn. As [`clear`], with a
/// reason. Of a month that is closed, the next one takes back what was stated.
#[worker::send]
pub async fn confirm(
    app: App,
    who: Team<needs::CommissionsWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Decide>,
) -> Result<axum::Json<Suspicion>, Error> {
    if sent.reason.is_none() {
        return Err(Error::rule("reason", "is required"));
    }
    decide(&app, &who, &id, "confirmed", sent).await
}

/// `POST /api/suspicions/{id}/hold`: it waits for a decision again, and so does the commission. As [`clear`].
#[worker::send]
pub async fn hold(
    app: App,
    who: Team<needs::CommissionsWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Decide>,
) -> Result<axum::Json<Suspicion>, Error> {
    decide(&app, &who, &id, "held", sent).await
}

async fn decide(
    app: &App,
    who: &Who,
    id: &str,
    state: &'static str,
    sent: Decide,
) -> Result<axum::Json<Suspicion>, Error> {
    let pen = who.pen(app)?;
    let reason = sent.reason.as_deref().map(reason).transpose()?;
    let (id, row) = find(&pen, id).await?;
    let is_made = |row: &Row| row.state == state && row.reason == reason;
    if is_made(&row) && (row.version == sent.version || row.version.checked_sub(1) == Some(sent.version)) {
        return shape(who, row).map(axum::Json);
    }
    if row.version == sent.version {
        let by = who.actor.to_string();
        let decision = Decision { state, reason: reason.clone(), by: &by };
        suspicion::decide(&pen, id, sent.version, &decision, app.now()).await?;
        let (_, row) = find(&pen, &id.to_string()).await?;
        if is_made(&row) && row.version.checked_sub(1) == Some(sent.version) {
            return shape(who, row).map(axum::Json);
        }
    }
    let message = "version: is not the newest; somebody decided meanwhile. Read it again";
    Err(Error::Refused(Code::Conflict, message.into()))
}

async fn find(db: &D1Database, id: &str) -> Result<(SuspicionId, Row), Error> {
    let gone = || Error::not_found("The suspicion");
    let id: SuspicionId = id.parse().map_err(|_| gone())?;
    Ok((id, suspicion::find(db, id).await?.ok_or_else(gone)?))
}

fn shape(who: &Who, row: Row) -> Result<Suspicion, Error> {
    let time = |at: Option<u64>| at.map(|at| write_time(Millis(at)));
    let mut evidence: Value = serde_json::from_str(&row.evidence)?;
    if let Some(seen) = evidence.as_object_mut() {
        if !who.may(Permission::CustomersRead) {
            seen.remove("email");
            seen.remove("domain");
        }
        for name in ["seen", "clicked", "sold", "known"] {
            if let Some(at) = seen.get_mut(name) {
                *at = time(at.as_u64()).into();
            }
        }
    }
    Ok(Suspicion {
        id: row.id.to_string(),
        rule: row.rule,
        state: row.state,
        partner_id: row.partner_id.to_string(),
        customer_id: row.customer_id,
        sale: row.sale,
        coupon: row.coupon,
        link_id: row.link_id,
        since: time(row.since),
        until: time(row.until),
        evidence,
        reason: row.reason,
        decided_by: row.decided_by,
        decided_at: time(row.decided_at),
        version: row.version,
        created_at: write_time(Millis(row.created_at)),
    })
}

/// `GET /api/fraud-rules`: 401; 403 without the scope; 200.
#[worker::send]
pub async fn rules(app: App, _who: Team<needs::CommissionsRead>) -> Result<axum::Json<Versioned<Rules>>, Error> {
    Ok(axum::Json(suspicion::kept_rules(&app.db()?).await?.shape()?))
}

/// `PUT /api/fraud-rules`: 401; 403 without the scope; 422 naming the field and the rule; 409 where they are others by now
/// than those of the version that is sent; 200 with the rules, in the place of those of before: what is left out is as by
/// default. They look at what comes from now on; what is suspected already stays so until it is decided.
#[worker::send]
pub async fn set_rules(
    app: App,
    who: Team<needs::CommissionsWrite>,
    Json(Versioned { version, value }): Json<Versioned<Rules>>,
) -> Result<axum::Json<Versioned<Rules>>, Error> {
    let rules = value.checked().map_err(|(field, rule)| Fault::new(field, rule))?;
    let pen = who.pen(&app)?;
    let before = suspicion::kept_rules(&pen).await?;
    if version.is_some_and(|version| version != before.version()) {
        return Err(suspicion::rules_overtaken());
    }
    let after = before.replace(&pen, &rules).await?;
    Ok(axum::Json(after.shape()?))
}
