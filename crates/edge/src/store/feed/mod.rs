//! The facts for one reader, in columns. The scope is part of every query: for a partner only the customers are read in
//! whose journeys the partner appears, and what is read is masked before it leaves ([`engine::scope`]).

pub(super) mod rest;

use std::collections::HashMap;

use engine::{
    credit::Dimension,
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    log::{ClickRow, Identity, Interner, LinkRow, Log, Milestone, NONE, Party, PathRow, RevenueRow, Touch},
    policy::Policy,
    scope,
    time::{Day, Millis, Time},
};
use serde::Deserialize;
use wire::feed::{Feed, Head, ProgramHead, Reader};
use worker::{D1Database, D1Result};

use super::{link, number, program, registration, rows, statement, text};
use crate::{auth::Scope, error::Error, zone};

/// The customers whom a scope may read: all, or those in whose journeys the partner appears and those who use the partner's
/// integrations; with a customer, everybody who is read as one with them. `?1` is the partner or ''.
macro_rules! customers {
    () => {
        "(SELECT id FROM customer WHERE ?1 = ''
          UNION SELECT id FROM customer WHERE root_id IN (SELECT root_id FROM customer WHERE id IN (
            SELECT customer_id FROM touch WHERE partner_id = ?1 AND customer_id IS NOT NULL
            UNION SELECT i.customer_id FROM touch AS t JOIN identity AS i ON i.visitor = t.visitor WHERE t.partner_id = ?1
            UNION SELECT f.customer_id FROM fact AS f JOIN integration AS i ON i.name = f.integration
              WHERE i.partner_id = ?1 AND f.type = 'integration')))"
    };
}
pub(super) use customers;

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
/// Each with the best of its names: the lower the rank, the better.
const CUSTOMERS: &str = concat!(
    "-- feed::customers
    SELECT id, root_id, coalesce(company, name, email, external_id, 'Customer') AS name,
      CASE WHEN company IS NOT NULL THEN 0 WHEN name IS NOT NULL THEN 1 WHEN email IS NOT NULL THEN 2
        WHEN external_id IS NOT NULL THEN 3 ELSE 4 END AS rank
    FROM customer WHERE root_id IN (SELECT root_id FROM customer WHERE id IN ",
    customers!(),
    " OR id IN (SELECT customer_id FROM identity WHERE visitor IN ",
    visitors!(),
    ")) ORDER BY created_at, id"
);
/// A click that several identities of one customer claimed is one click: the copies behind the first are left out.
const TOUCHES: &str = concat!(
    "-- feed::touches
    SELECT t.at, t.kind, t.mark, t.partner_id, t.link_id, t.campaign, t.channel, t.coupon, t.visitor, t.customer_id,
      CASE WHEN t.kind = 'landing' THEN '/p/' || p.slug WHEN l.destination LIKE '/p/%' THEN l.destination END AS page
    FROM touch AS t LEFT JOIN partner AS p ON p.id = t.partner_id LEFT JOIN link AS l ON l.id = t.link_id
    WHERE (t.customer_id IN ",
    customers!(),
    " OR (t.customer_id IS NULL AND t.visitor IN ",
    visitors!(),
    ")) AND NOT (t.source = 'claim' AND EXISTS (
        SELECT 1 FROM touch AS o JOIN customer AS oc ON oc.id = o.customer_id JOIN customer AS tc ON tc.id = t.customer_id
        WHERE o.key >= substr(t.key, 1, instr(t.key, '@') - 1) AND o.key < t.key AND oc.root_id = tc.root_id))
    ORDER BY t.at, t.rowid"
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
    SELECT key, at, (SELECT k.kind FROM revenue_kind AS k WHERE k.key = revenue.key) AS kind, customer_id, amount, currency,
      invoice, opportunity_id, refund_of, recurring, product
    FROM revenue
    WHERE customer_id IN ",
    customers!(),
    " ORDER BY at, rowid"
);
const CLICKS: &str = "-- feed::clicks
    SELECT day, partner_id, link_id, campaign, kind, mark, count FROM click_day
    WHERE (?1 = '' OR partner_id = ?1) AND count > 0 ORDER BY day, partner_id, link_id, campaign, kind, mark";
/// Journeys that led to no customer, as the table `path`: what visitors met whom nobody knows, of whom only the order of
/// partners, links and campaigns is read. A touch without a visitor is a journey of its own. Bounded by so many steps a
/// journey.
macro_rules! paths {
    ($steps:literal, $of:literal) => {
        concat!(
            "WITH step AS (
              SELECT coalesce(visitor, key) AS who, at, rowid AS row, partner_id, link_id, nullif(campaign, '') AS campaign,
                row_number() OVER (PARTITION BY coalesce(visitor, key) ORDER BY at, rowid) AS n
              FROM touch
              WHERE mark = 'counted' AND customer_id IS NULL
                AND NOT EXISTS (SELECT 1 FROM identity WHERE identity.visitor = touch.visitor) ",
            $of,
            "), path AS MATERIALIZED (
              SELECT json_group_array(partner_id ORDER BY at, row) AS partners,
                json_group_array(link_id ORDER BY at, row) AS links,
                json_group_array(campaign ORDER BY at, row) AS campaigns
              FROM step WHERE n <= ",
            $steps,
            " GROUP BY who
            ), counted AS (
              SELECT 'partner' AS dimension, partners AS steps, count(*) AS count FROM path GROUP BY partners
              UNION ALL SELECT 'link', links, count(*) FROM path GROUP BY links
              UNION ALL SELECT 'campaign', campaigns, count(*) FROM path GROUP BY campaigns)"
        )
    };
}
pub(super) use paths;

/// They, and those of touches that are sealed, the most frequent first. Bounded by `?2` kinds of journeys in all: a crawler
/// that passes for a person is not worth more.
const PATHS: &str = concat!(
    "-- feed::paths
    ",
    paths!("?1", ""),
    " SELECT dimension, steps, sum(count) AS count
    FROM (SELECT dimension, steps, count FROM counted UNION ALL SELECT dimension, steps, count FROM sealed_path)
    GROUP BY dimension, steps ORDER BY count DESC, dimension, steps LIMIT ?2"
);
/// Steps of a path.
pub(super) const STEPS_MAX: u32 = 100;
const PATHS_MAX: u32 = 30_000;

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
    root_id: String,
    name: String,
    rank: u32,
}

#[derive(Deserialize)]
struct TouchRow {
    at: u64,
    kind: String,
    mark: String,
    partner_id: Option<String>,
    link_id: Option<String>,
    campaign: String,
    channel: Option<String>,
    coupon: Option<String>,
    visitor: Option<String>,
    customer_id: Option<String>,
    page: Option<String>,
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
    recurring: Option<String>,
    product: Option<String>,
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

#[derive(Deserialize)]
struct Path {
    dimension: Dimension,
    steps: String,
    count: u64,
}

/// Everything that a reader may see, as of one moment: all queries run in one transaction.
///
/// # Errors
/// 404 where there is no program, or no such partner any more.
pub async fn load(db: &D1Database, origin: &str, scope: Scope, now: Time) -> Result<Feed, Error> {
    load_keyed(db, origin, scope, now).await.map(|(feed, _)| feed)
}

/// Under which keys rows of a log are recorded.
#[derive(Debug, Default)]
pub struct Keys {
    /// Of each row of revenue.
    pub sales: Vec<String>,
    /// Of each adjustment.
    pub adjustments: Vec<String>,
}

/// As [`load`], with the keys of what was earned.
///
/// # Errors
/// As [`load`].
pub async fn load_keyed(db: &D1Database, origin: &str, scope: Scope, now: Time) -> Result<(Feed, Keys), Error> {
    let program = program::require(db).await?;
    // A data-driven model looks at everybody's journeys, whoever reads.
    let whole = program.policies.versions().iter().any(Policy::is_data_driven);
    let partner = match scope {
        Scope::Partner(id) if !whole => id.to_string(),
        _ => String::new(),
    };
    let mut batch = vec![statement(db, PARTNERS, &[])?];
    for sql in [
        LINKS,
        CUSTOMERS,
        TOUCHES,
        IDENTITIES,
        MILESTONES,
        REVENUE,
        CLICKS,
        rest::INTEGRATIONS,
        rest::FACTS,
        registration::SQL,
    ] {
        batch.push(statement(db, sql, &[text(&partner)])?);
    }
    // A partner's own journeys have no part in those of unknown visitors.
    if partner.is_empty() {
        batch.push(statement(db, PATHS, &[number(STEPS_MAX), number(PATHS_MAX)])?);
    }
    let (mut log, partners, mut keys) = read(&db.batch(batch).await?, origin)?;
    let reader = match scope {
        Scope::Program => Reader::Program,
        Scope::Partner(id) => {
            let own = partners.get(&id.to_string()).ok_or_else(|| Error::not_found("The partner"))?;
            let sales = scope::revenue_for(&log, *own);
            keys.sales = sales.into_iter().map(|row| core::mem::take(&mut keys.sales[row])).collect();
            let mut theirs = log.adjustments.partner.iter().map(|partner| partner == own);
            keys.adjustments.retain(|_| theirs.next().unwrap_or_default());
            log = scope::for_partner(&log, *own, program.names, &program.policies);
            Reader::Partner
        }
    };
    log.renumber_by_appearance();
    let head = ProgramHead { id: program.id, name: program.name, color: program.color, currency: program.currency };
    let zone = zone::of(&program.timezone, now);
    let head = Head { now, program: head, reader, policies: program.policies, zone };
    Ok((Feed { head, log }, keys))
}

/// Where a link is, from what it is kept under: see [`super::link::name`].
fn short(origin: &str, key: &str) -> String {
    let is_elsewhere = key.contains('/');
    let scheme = origin.split("://").next().unwrap_or_default();
    if is_elsewhere { format!("{scheme}://{key}") } else { format!("{origin}/{key}") }
}

/// Numbers of identifiers, in the order of their rows.
fn numbers<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<String, u32> {
    ids.enumerate().map(|(i, id)| (id.clone(), i as u32)).collect()
}

/// Customers' numbers by identifier, and their names by number: who is joined has the number of the one that they are, and
/// the best name of all.
fn joined(rows: Vec<Customer>) -> (HashMap<String, u32>, Vec<String>) {
    let mut numbers = HashMap::new();
    let mut best: Vec<(u32, String)> = Vec::new();
    let (roots, members): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.id == row.root_id);
    for row in roots {
        numbers.insert(row.id, best.len() as u32);
        best.push((row.rank, row.name));
    }
    for row in members {
        if let Some(number) = numbers.get(&row.root_id).copied() {
            numbers.insert(row.id, number);
            let slot = &mut best[number as usize];
            if row.rank < slot.0 {
                *slot = (row.rank, row.name);
            }
        }
    }
    (numbers, best.into_iter().map(|(_, name)| name).collect())
}

/// The log, the numbers of partners, and the keys.
type Whole = (Log, HashMap<String, u32>, Keys);

fn read(results: &[D1Result], origin: &str) -> Result<Whole, Error> {
    let partner_rows: Vec<PartnerRow> = rows(results, 0)?;
    let link_rows: Vec<Link> = rows(results, 1)?;
    let customer_rows: Vec<Customer> = rows(results, 2)?;
    let partners = numbers(partner_rows.iter().map(|row| &row.id));
    let links = numbers(link_rows.iter().map(|row| &row.id));
    let (customers, customer_names) = joined(customer_rows);
    let find = |map: &HashMap<String, u32>, id: Option<&str>| id.and_then(|id| map.get(id)).copied().unwrap_or(NONE);
    let mut log = Log {
        partners: partner_rows.into_iter().map(|row| Party { id: Some(row.id), name: Some(row.name) }).collect(),
        links: link_rows
            .iter()
            .map(|row| LinkRow {
                key: link::key_before(&row.key).unwrap_or(&row.key).to_owned(),
                short: link::key_before(&row.key).map_or_else(|| short(origin, &row.key), |_| String::new()),
                destination: if row.destination.starts_with('/') {
                    format!("{origin}{}", row.destination)
                } else {
                    row.destination.clone()
                },
                partner: find(&partners, row.partner_id.as_deref()),
            })
            .collect(),
        customers: customer_names,
        ..Log::default()
    };
    let (mut campaigns, mut visitors, mut currencies) = (Interner::default(), Interner::default(), Interner::default());
    let campaign = |campaigns: &mut Interner, name: &str| campaigns.optional((!name.is_empty()).then_some(name));
    let (mut pages, mut coupons, mut channels) = (Interner::default(), Interner::default(), Interner::default());
    for row in rows::<TouchRow>(results, 3)? {
        log.touches.push(Touch {
            at: Millis(row.at).time(),
            kind: word("touch.kind", TouchKind::from_word(&row.kind))?,
            mark: word("touch.mark", Mark::from_word(&row.mark))?,
            partner: find(&partners, row.partner_id.as_deref()),
            link: find(&links, row.link_id.as_deref()),
            campaign: campaign(&mut campaigns, &row.campaign),
            channel: channels.optional(row.channel.as_deref()),
            page: pages.optional(row.page.as_deref()),
            coupon: coupons.optional(row.coupon.as_deref()),
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
    let whose = |row: &Amount| find(&customers, Some(&row.customer_id));
    let sales: HashMap<(&str, &str, u32), u32> = amounts
        .iter()
        .enumerate()
        .filter(|(_, row)| row.kind != RevenueKind::Refund.word())
        .map(|(i, row)| ((row.key.as_str(), row.currency.as_str(), whose(row)), i as u32))
        .collect();
    let mut products = Interner::default();
    for row in &amounts {
        let target = row.refund_of.as_deref().and_then(|key| sales.get(&(key, row.currency.as_str(), whose(row))));
        log.revenue.push(RevenueRow {
            at: Millis(row.at).time(),
            kind: word("revenue.kind", RevenueKind::from_word(&row.kind))?,
            customer: whose(row),
            amount: row.amount,
            currency: currencies.number(&row.currency),
            opportunity: row.opportunity_id.as_deref().and_then(|id| opportunities.find(id)).unwrap_or(NONE),
            refunds: target.copied().unwrap_or(NONE),
            product: products.optional(row.product.as_deref()),
            interval: match row.recurring.as_deref() {
                Some("month") => 1,
                Some("year") => 12,
                _ => 0,
            },
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
    let known = rest::Known { partners: &partners, customers: &customers };
    let mut persons = Interner::default();
    let adjustments = rest::read(results, &mut log, known, &mut persons, &mut campaigns, &mut currencies)?;
    let deals = rows(results, 10)?;
    log.registrations = registration::read(deals, &partners, &customers, &opportunities, &mut persons);
    if results.len() > 11 {
        for row in rows::<Path>(results, 11)? {
            let mut step = |id: Option<String>| match row.dimension {
                Dimension::Partner => find(&partners, id.as_deref()),
                Dimension::Link => find(&links, id.as_deref()),
                _ => campaigns.optional(id.as_deref()),
            };
            let steps: Vec<Option<String>> = serde_json::from_str(&row.steps)?;
            let steps = steps.into_iter().map(&mut step).collect();
            log.paths.push(PathRow { by: row.dimension, steps, count: row.count });
        }
    }
    log.campaigns = campaigns.into_texts();
    log.pages = pages.into_texts();
    log.coupons = coupons.into_texts();
    log.channels = channels.into_texts();
    log.products = products.into_texts();
    for code in currencies.into_texts() {
        log.currencies.push(word("revenue.currency", code.parse().ok())?);
    }
    log.check().map_err(|broken| Error::Unavailable(format!("the log: {broken}")))?;
    Ok((log, partners, Keys { sales: amounts.into_iter().map(|row| row.key).collect(), adjustments }))
}

fn word<T>(column: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::Unavailable(format!("a stored {column} is not known to this version")))
}
