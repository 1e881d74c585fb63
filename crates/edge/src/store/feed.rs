//! The facts for one reader, in columns. The scope is part of every query: for a partner only the customers are read in
//! whose journeys the partner appears, and what is read is masked before it leaves ([`engine::scope`]).

use std::collections::HashMap;

use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    log::{ClickRow, Identity, Interner, LinkRow, Log, Milestone, NONE, Party, RevenueRow, Touch},
    scope,
    time::{Day, Millis, Time},
};
use serde::Deserialize;
use wire::feed::{Feed, Head, ProgramHead, Reader};
use worker::{D1Database, D1Result};

use super::{program, rows, statement, text};
use crate::{auth::Scope, error::Error};

/// The customers whom a scope may read: all, or those in whose journeys the partner appears. `?1` is the partner or ''.
macro_rules! customers {
    () => {
        "(SELECT id FROM customer WHERE ?1 = ''
          UNION SELECT customer_id FROM touch WHERE partner_id = ?1 AND customer_id IS NOT NULL
          UNION SELECT i.customer_id FROM touch AS t JOIN identity AS i ON i.visitor = t.visitor WHERE t.partner_id = ?1)"
    };
}

/// Visitors who turned out to be one of these customers.
macro_rules! visitors {
    () => {
        concat!("(SELECT visitor FROM identity WHERE customer_id IN ", customers!(), ")")
    };
}

const PARTNERS: &str = "-- feed::partners
    SELECT id, name FROM partner ORDER BY id";
const LINKS: &str = "-- feed::links
    SELECT key, destination, partner_id, id FROM link WHERE ?1 = '' OR partner_id = ?1 ORDER BY created_at, id";
const CUSTOMERS: &str = concat!(
    "-- feed::customers
    SELECT id, coalesce(company, name, email, external_id, 'Customer') AS name FROM customer
    WHERE id IN ",
    customers!(),
    " OR id IN (SELECT customer_id FROM identity WHERE visitor IN ",
    visitors!(),
    ") ORDER BY created_at, id"
);
const TOUCHES: &str = concat!(
    "-- feed::touches
    SELECT at, kind, mark, partner_id, link_id, campaign, visitor, customer_id FROM touch
    WHERE customer_id IN ",
    customers!(),
    " OR (customer_id IS NULL AND visitor IN ",
    visitors!(),
    ") ORDER BY at, rowid"
);
const IDENTITIES: &str = concat!(
    "-- feed::identities
    SELECT at, visitor, customer_id FROM identity WHERE visitor IN ",
    visitors!(),
    " ORDER BY at, visitor, customer_id"
);
const MILESTONES: &str = concat!(
    "-- feed::milestones
    SELECT m.at, m.kind, m.customer_id, o.id AS opportunity_id, o.name AS opportunity FROM milestone AS m
    LEFT JOIN opportunity AS o ON o.id = m.opportunity_id
    WHERE m.customer_id IN ",
    customers!(),
    " ORDER BY m.at, m.rowid"
);
const REVENUE: &str = concat!(
    "-- feed::revenue
    SELECT key, at, kind, customer_id, amount, currency, invoice, opportunity_id, refund_of FROM revenue
    WHERE customer_id IN ",
    customers!(),
    " ORDER BY at, rowid"
);
const CLICKS: &str = "-- feed::clicks
    SELECT day, partner_id, link_id, campaign, kind, mark, count FROM click_day
    WHERE (?1 = '' OR partner_id = ?1) AND count > 0 ORDER BY day, partner_id, link_id, campaign, kind, mark";

#[derive(Deserialize)]
struct PartnerRow {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Link {
    id: String,
    key: String,
    destination: String,
    partner_id: Option<String>,
}

#[derive(Deserialize)]
struct Customer {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct TouchRow {
    at: u64,
    kind: String,
    mark: String,
    partner_id: Option<String>,
    link_id: Option<String>,
    campaign: String,
    visitor: Option<String>,
    customer_id: Option<String>,
}

#[derive(Deserialize)]
struct IdentityRow {
    at: u64,
    visitor: String,
    customer_id: String,
}

#[derive(Deserialize)]
struct MilestoneRow {
    at: u64,
    kind: String,
    customer_id: String,
    opportunity_id: Option<String>,
    opportunity: Option<String>,
}

#[derive(Deserialize)]
struct Amount {
    key: String,
    at: u64,
    kind: String,
    customer_id: String,
    amount: i64,
    currency: String,
    invoice: Option<String>,
    opportunity_id: Option<String>,
    refund_of: Option<String>,
}

#[derive(Deserialize)]
struct DayRow {
    day: u32,
    partner_id: String,
    link_id: String,
    campaign: String,
    kind: String,
    mark: String,
    count: u32,
}

/// Everything that a reader may see, as of one moment: all queries run in one transaction.
///
/// # Errors
/// 404 where there is no program, or no such partner any more.
pub async fn load(db: &D1Database, origin: &str, scope: Scope, now: Time) -> Result<Feed, Error> {
    let program = program::require(db).await?;
    let partner = match scope {
        Scope::Program => String::new(),
        Scope::Partner(id) => id.to_string(),
    };
    let mut batch = vec![statement(db, PARTNERS, &[])?];
    for sql in [LINKS, CUSTOMERS, TOUCHES, IDENTITIES, MILESTONES, REVENUE, CLICKS] {
        batch.push(statement(db, sql, &[text(&partner)])?);
    }
    let (mut log, partners) = read(&db.batch(batch).await?, origin)?;
    let reader = match scope {
        Scope::Program => Reader::Program,
        Scope::Partner(_) => {
            let own = partners.get(&partner).ok_or_else(|| Error::not_found("The partner"))?;
            log = scope::for_partner(&log, *own, program.names);
            Reader::Partner
        }
    };
    let head = ProgramHead { id: program.id, name: program.name, color: program.color, currency: program.currency };
    Ok(Feed { head: Head { now, program: head, reader, policy: program.policy }, log })
}

/// Numbers of identifiers, in the order of their rows.
fn numbers<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<String, u32> {
    ids.enumerate().map(|(i, id)| (id.clone(), i as u32)).collect()
}

fn read(results: &[D1Result], origin: &str) -> Result<(Log, HashMap<String, u32>), Error> {
    let partner_rows: Vec<PartnerRow> = rows(results, 0)?;
    let link_rows: Vec<Link> = rows(results, 1)?;
    let customer_rows: Vec<Customer> = rows(results, 2)?;
    let partners = numbers(partner_rows.iter().map(|row| &row.id));
    let links = numbers(link_rows.iter().map(|row| &row.id));
    let customers = numbers(customer_rows.iter().map(|row| &row.id));
    let find = |map: &HashMap<String, u32>, id: Option<&str>| id.and_then(|id| map.get(id)).copied().unwrap_or(NONE);
    let mut log = Log {
        partners: partner_rows.into_iter().map(|row| Party { id: Some(row.id), name: Some(row.name) }).collect(),
        links: link_rows
            .iter()
            .map(|row| LinkRow {
                key: row.key.clone(),
                short: format!("{origin}/{}", row.key),
                destination: if row.destination.starts_with('/') {
                    format!("{origin}{}", row.destination)
                } else {
                    row.destination.clone()
                },
                partner: find(&partners, row.partner_id.as_deref()),
            })
            .collect(),
        customers: customer_rows.into_iter().map(|row| row.name).collect(),
        ..Log::default()
    };
    let (mut campaigns, mut visitors, mut currencies) = (Interner::default(), Interner::default(), Interner::default());
    let campaign = |campaigns: &mut Interner, name: &str| campaigns.optional((!name.is_empty()).then_some(name));
    for row in rows::<TouchRow>(results, 3)? {
        log.touches.push(Touch {
            at: Millis(row.at).time(),
            kind: word("touch.kind", TouchKind::from_word(&row.kind))?,
            mark: word("touch.mark", Mark::from_word(&row.mark))?,
            partner: find(&partners, row.partner_id.as_deref()),
            link: find(&links, row.link_id.as_deref()),
            campaign: campaign(&mut campaigns, &row.campaign),
            visitor: visitors.optional(row.visitor.as_deref()),
            customer: find(&customers, row.customer_id.as_deref()),
        });
    }
    for row in rows::<IdentityRow>(results, 4)? {
        let customer = find(&customers, Some(&row.customer_id));
        if customer != NONE {
            log.identities.push(Identity {
                at: Millis(row.at).time(),
                visitor: visitors.number(&row.visitor),
                customer,
            });
        }
    }
    let mut opportunities = Interner::default();
    for row in rows::<MilestoneRow>(results, 5)? {
        let opportunity = opportunities.optional(row.opportunity_id.as_deref());
        if opportunity != NONE && opportunity as usize == log.opportunities.len() {
            log.opportunities.push(row.opportunity.unwrap_or_default());
        }
        let kind = word("milestone.kind", MilestoneKind::from_word(&row.kind))?;
        log.milestones.push(Milestone {
            at: Millis(row.at).time(),
            kind,
            customer: find(&customers, Some(&row.customer_id)),
            opportunity,
        });
    }
    let amounts: Vec<Amount> = rows(results, 6)?;
    // A refund that came before its sale may turn out to be in another currency or another customer's: then it takes nothing back.
    let sales: HashMap<(&str, &str, &str), u32> = amounts
        .iter()
        .enumerate()
        .filter(|(_, row)| row.kind != RevenueKind::Refund.word())
        .map(|(i, row)| ((row.key.as_str(), row.currency.as_str(), row.customer_id.as_str()), i as u32))
        .collect();
    for row in &amounts {
        let target =
            row.refund_of.as_deref().and_then(|key| sales.get(&(key, row.currency.as_str(), row.customer_id.as_str())));
        log.revenue.push(RevenueRow {
            at: Millis(row.at).time(),
            kind: word("revenue.kind", RevenueKind::from_word(&row.kind))?,
            customer: find(&customers, Some(&row.customer_id)),
            amount: row.amount,
            currency: currencies.number(&row.currency),
            opportunity: row.opportunity_id.as_deref().and_then(|id| opportunities.find(id)).unwrap_or(NONE),
            refunds: target.copied().unwrap_or(NONE),
            reference: row.invoice.clone().unwrap_or_default(),
        });
    }
    for row in rows::<DayRow>(results, 7)? {
        log.clicks.push(ClickRow {
            day: Day(row.day),
            partner: find(&partners, Some(&row.partner_id)),
            link: find(&links, Some(&row.link_id)),
            campaign: campaign(&mut campaigns, &row.campaign),
            kind: word("click_day.kind", TouchKind::from_word(&row.kind))?,
            mark: word("click_day.mark", Mark::from_word(&row.mark))?,
            count: row.count,
        });
    }
    log.campaigns = campaigns.into_texts();
    for code in currencies.into_texts() {
        log.currencies.push(word("revenue.currency", code.parse().ok())?);
    }
    log.check().map_err(|broken| Error::Unavailable(format!("the log: {broken}")))?;
    Ok((log, partners))
}

fn word<T>(column: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::Unavailable(format!("a stored {column} is not known to this version")))
}
