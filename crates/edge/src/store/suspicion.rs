//! What looks like fraud: what the rules look at, what they found, and what was decided.

use std::collections::BTreeMap;

use engine::{
    commission::Review,
    fraud::{CouponMonth, Customer, LinkDay, Rules, Subject, Suspicion, Tie},
    id::{CustomerId, LinkId, PartnerId, SuspicionId},
    time::{DAY, Millis},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wire::{problem::Code, versioned::Versioned};
use worker::D1Database;

use super::{all, audit::Pen, first, number, optional, rows, statement, text};
use crate::{app::digest, error::Error};

/// The program's rules as they are stored; none before somebody changed them.
#[derive(Default)]
pub struct KeptRules(Option<String>);

#[derive(Deserialize)]
struct RulesRow {
    rules: String,
}

/// The program's rules, and what names their state.
pub async fn kept_rules(db: &D1Database) -> Result<KeptRules, Error> {
    let sql = "-- suspicion::kept_rules
        SELECT rules FROM fraud_rules";
    let row: Option<RulesRow> = first(db, sql, &[]).await?;
    Ok(KeptRules(row.map(|row| row.rules)))
}

/// The program's rules.
pub async fn rules(db: &D1Database) -> Result<Rules, Error> {
    kept_rules(db).await?.read()
}

impl KeptRules {
    fn read(&self) -> Result<Rules, Error> {
        Ok(self.0.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default())
    }

    /// Names their state.
    pub fn version(&self) -> String {
        let mut version = digest(self.0.as_deref().unwrap_or_default());
        version.truncate(16);
        version
    }

    /// As they are shown.
    pub fn shape(&self) -> Result<Versioned<Rules>, Error> {
        Ok(Versioned { version: Some(self.version()), value: self.read()? })
    }

    /// Puts others in their place, if they still are as they were read.
    ///
    /// # Errors
    /// A conflict where they are not.
    pub async fn replace(self, pen: &Pen, rules: &Rules) -> Result<Self, Error> {
        let sql = "-- suspicion::replace
            INSERT INTO fraud_rules (single, rules) SELECT 1, ?1
            WHERE ?2 IS (SELECT rules FROM fraud_rules)
            ON CONFLICT DO UPDATE SET rules = excluded.rules
            RETURNING single";
        let after = serde_json::to_string(rules)?;
        let results = pen.write(vec![statement(pen, sql, &[text(&after), optional(self.0.as_deref())])?]).await?;
        if rows::<serde_json::Value>(&results, 0)?.is_empty() { Err(rules_overtaken()) } else { Ok(Self(Some(after))) }
    }
}

/// Somebody else was faster.
pub fn rules_overtaken() -> Error {
    let message = "version: is not the newest; somebody changed the rules meanwhile. Read them again";
    Error::Refused(Code::Conflict, message.into())
}

/// Notes that a browser which carries this visitor's cookie was used in a partner's portal.
pub async fn used(db: &D1Database, visitor: &str, partner: PartnerId, now: Millis) -> Result<(), Error> {
    let sql = "-- suspicion::used
        INSERT INTO partner_device (visitor, partner_id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    statement(db, sql, &[text(visitor), text(partner.to_string()), number(now.0)])?.run().await?;
    Ok(())
}

/// A customer of whom something new is known.
#[derive(Debug, Deserialize, Serialize)]
pub struct Due {
    customer_id: String,
    changes: u32,
    /// As whom the customer is read.
    #[serde(skip_serializing)]
    pub root: CustomerId,
}

/// Some of the customers whom the rules have not seen yet.
pub async fn due(db: &D1Database, limit: u32) -> Result<Vec<Due>, Error> {
    let sql = "-- suspicion::due
        SELECT d.customer_id, d.changes, c.root_id AS root
        FROM fraud_due AS d JOIN customer AS c ON c.id = d.customer_id
        LIMIT ?1";
    all(db, sql, &[number(limit)]).await
}

#[derive(Deserialize)]
struct Fact {
    customer: CustomerId,
    partner: Option<PartnerId>,
    at: u64,
    /// An e-mail address, the key of a sale, or the kind of a touch.
    what: Option<String>,
}

#[derive(Deserialize)]
struct PersonRow {
    partner: PartnerId,
    email: String,
}

/// What the rules look at, by customer.
pub type Cases = BTreeMap<CustomerId, (Customer, Vec<Tie>)>;

/// The identities of the customers `?1`, a JSON array of roots.
macro_rules! members {
    () => {
        "member AS (SELECT id, root_id FROM customer WHERE root_id IN (SELECT value FROM json_each(?1)))"
    };
}

/// What is known of customers, by their roots, and what partners have to do with them.
pub async fn cases(db: &D1Database, roots: &[CustomerId]) -> Result<Cases, Error> {
    let known = concat!(
        "-- suspicion::cases\nWITH ",
        members!(),
        " SELECT m.root_id AS customer, NULL AS partner, c.created_at AS at, c.email AS what
        FROM member AS m JOIN customer AS c ON c.id = m.id
        UNION SELECT m.root_id, NULL, min(s.at), NULL FROM member AS m JOIN milestone AS s ON s.customer_id = m.id
        GROUP BY m.root_id"
    );
    let sales = concat!(
        "-- suspicion::cases\nWITH ",
        members!(),
        " SELECT m.root_id AS customer, NULL AS partner, r.at, r.key AS what
        FROM member AS m JOIN revenue AS r ON r.customer_id = m.id WHERE r.kind <> 'refund'"
    );
    // Of each partner, and of nobody's, the first: the other columns are those of the row with the least time.
    // CROSS JOIN keeps the order: from the few customers to their touches.
    let touches = concat!(
        "-- suspicion::cases\nWITH ",
        members!(),
        ", seen AS (
          SELECT m.root_id, t.partner_id, t.at, t.kind FROM member AS m JOIN touch AS t ON t.customer_id = m.id
          WHERE t.mark = 'counted'
          UNION ALL SELECT m.root_id, t.partner_id, t.at, t.kind FROM member AS m
            CROSS JOIN identity AS i ON i.customer_id = m.id CROSS JOIN touch AS t ON t.visitor = i.visitor
          WHERE t.mark = 'counted' AND t.customer_id IS NULL)
        SELECT root_id AS customer, partner_id AS partner, min(at) AS at, kind AS what FROM seen
        GROUP BY root_id, partner_id"
    );
    let devices = concat!(
        "-- suspicion::cases\nWITH ",
        members!(),
        ", browser AS (
          SELECT m.root_id, i.visitor FROM member AS m JOIN identity AS i ON i.customer_id = m.id
          UNION SELECT m.root_id, t.visitor FROM member AS m JOIN touch AS t ON t.customer_id = m.id
          WHERE t.visitor IS NOT NULL)
        SELECT b.root_id AS customer, d.partner_id AS partner, min(d.at) AS at, NULL AS what
        FROM browser AS b JOIN partner_device AS d ON d.visitor = b.visitor GROUP BY b.root_id, d.partner_id"
    );
    let whose = text(serde_json::to_string(roots)?);
    let mut batch = Vec::new();
    for sql in [known, sales, touches, devices] {
        batch.push(statement(db, sql, std::slice::from_ref(&whose))?);
    }
    let results = db.batch(batch).await?;
    let (touches, devices): (Vec<Fact>, Vec<Fact>) = (rows(&results, 2)?, rows(&results, 3)?);
    let people = people(db, &touches).await?;
    let mut cases: Cases = roots.iter().map(|root| (*root, Default::default())).collect();
    for fact in rows::<Fact>(&results, 0)? {
        let Some((customer, _)) = cases.get_mut(&fact.customer) else { continue };
        let at = Millis(fact.at);
        customer.known = Some(customer.known.map_or(at, |known| known.min(at)));
        customer.emails.extend(fact.what);
    }
    for fact in rows::<Fact>(&results, 1)? {
        let Some((customer, _)) = cases.get_mut(&fact.customer) else { continue };
        let at = Millis(fact.at);
        customer.known = Some(customer.known.map_or(at, |known| known.min(at)));
        customer.sales.extend(fact.what.map(|key| (key, at)));
    }
    for touch in &touches {
        let (Some(partner), Some((_, ties))) = (touch.partner, cases.get_mut(&touch.customer)) else { continue };
        let others = touches.iter().filter(|other| other.customer == touch.customer && other.partner != touch.partner);
        let device = devices.iter().find(|d| d.customer == touch.customer && d.partner == touch.partner);
        let clicked = matches!(touch.what.as_deref(), Some("click" | "landing" | "listing"));
        ties.push(Tie {
            partner,
            people: people.iter().filter(|row| row.partner == partner).map(|row| row.email.clone()).collect(),
            device: device.map(|device| Millis(device.at)),
            click: clicked.then_some(Millis(touch.at)),
            others: others.map(|other| Millis(other.at)).min(),
        });
    }
    Ok(cases)
}

/// The people of the partners of some touches.
async fn people(db: &D1Database, touches: &[Fact]) -> Result<Vec<PersonRow>, Error> {
    let sql = "-- suspicion::people
        SELECT partner_id AS partner, email FROM member WHERE partner_id IN (SELECT value FROM json_each(?1))
        UNION SELECT id, email FROM partner WHERE id IN (SELECT value FROM json_each(?1))";
    let partners: Vec<PartnerId> = touches.iter().filter_map(|touch| touch.partner).collect();
    all(db, sql, &[text(serde_json::to_string(&partners)?)]).await
}

#[derive(Deserialize)]
struct DayRow {
    partner: PartnerId,
    link: LinkId,
    day: u64,
    clicks: u64,
    busiest: Option<u64>,
    customers: u64,
}

/// Days of links, from one day to before another (since 1970, UTC), with at least so many clicks.
pub async fn link_days(db: &D1Database, (from, until): (u32, u32), least: u32) -> Result<Vec<LinkDay>, Error> {
    let sql = "-- suspicion::link_days
        WITH busy AS (
          SELECT d.day, d.partner_id, d.link_id, sum(d.count) AS clicks
          FROM click_day AS d JOIN link AS l ON l.id = d.link_id
          WHERE d.day >= ?1 AND d.day < ?2 AND d.kind = 'click' AND d.mark IN ('counted', 'duplicate')
            AND d.partner_id <> ''
          GROUP BY d.day, d.partner_id, d.link_id HAVING sum(d.count) >= ?3)
        SELECT b.partner_id AS partner, b.link_id AS link, b.day, b.clicks,
          (SELECT count(*) FROM touch AS t WHERE t.link_id = b.link_id AND t.at >= b.day * 86400000
            AND t.at < (b.day + 1) * 86400000 AND t.visitor IS NOT NULL AND t.mark IN ('counted', 'duplicate')
            GROUP BY t.visitor ORDER BY 1 DESC LIMIT 1) AS busiest,
          (SELECT count(DISTINCT coalesce(t.customer_id, i.customer_id)) FROM touch AS t
            LEFT JOIN identity AS i ON t.customer_id IS NULL AND i.visitor = t.visitor
            WHERE t.link_id = b.link_id AND t.at >= b.day * 86400000 AND t.at < (b.day + 1) * 86400000) AS customers
        FROM busy AS b";
    let found: Vec<DayRow> = all(db, sql, &[number(from), number(until), number(least)]).await?;
    let day = |row: DayRow| LinkDay {
        partner: row.partner,
        link: row.link,
        from: Millis(row.day * u64::from(DAY) * 1000),
        clicks: row.clicks,
        busiest: row.busiest.unwrap_or(0),
        customers: row.customers,
    };
    Ok(found.into_iter().map(day).collect())
}

#[derive(Deserialize)]
struct MonthRow {
    partner: PartnerId,
    code: String,
    redemptions: u64,
    untouched: u64,
    elsewhere: u64,
}

/// Coupons that at least so many customers used from one time to before another.
pub async fn coupon_months(
    db: &D1Database,
    (from, until): (Millis, Millis),
    least: u32,
) -> Result<Vec<CouponMonth>, Error> {
    let sql = "-- suspicion::coupon_months
        WITH used AS (
          SELECT t.partner_id, t.coupon, c.root_id, min(t.at) AS at
          FROM touch AS t JOIN customer AS c ON c.id = t.customer_id
          WHERE t.kind = 'coupon' AND t.at >= ?1 AND t.at < ?2 AND t.mark = 'counted' AND t.partner_id IS NOT NULL
          GROUP BY t.partner_id, t.coupon, c.root_id
        ), leaky AS (
          SELECT partner_id, coupon FROM used GROUP BY partner_id, coupon HAVING count(*) >= ?3
        ), near AS (
          SELECT u.partner_id, u.coupon, u.root_id, u.at, m.id FROM used AS u
          JOIN leaky AS l ON l.partner_id = u.partner_id AND l.coupon = u.coupon
          CROSS JOIN customer AS m ON m.root_id = u.root_id
        ), met AS (
          SELECT n.*, t.partner_id AS who, t.at AS met, t.kind FROM near AS n
            CROSS JOIN touch AS t ON t.customer_id = n.id
          WHERE t.mark = 'counted'
          UNION ALL SELECT n.*, t.partner_id, t.at, t.kind FROM near AS n
            CROSS JOIN identity AS i ON i.customer_id = n.id CROSS JOIN touch AS t ON t.visitor = i.visitor
          WHERE t.mark = 'counted' AND t.customer_id IS NULL
        ), other AS (
          SELECT partner_id, coupon, root_id, max(who IS partner_id) AS brought, max(met < at) AS before FROM met
          WHERE NOT (kind = 'coupon' AND who IS partner_id) GROUP BY partner_id, coupon, root_id
        )
        SELECT u.partner_id AS partner, u.coupon AS code, count(*) AS redemptions,
          sum(coalesce(o.brought, 0) = 0) AS untouched, sum(coalesce(o.brought, 1) = 0 AND o.before) AS elsewhere
        FROM used AS u JOIN leaky AS l ON l.partner_id = u.partner_id AND l.coupon = u.coupon
        LEFT JOIN other AS o ON o.partner_id = u.partner_id AND o.coupon = u.coupon AND o.root_id = u.root_id
        GROUP BY u.partner_id, u.coupon";
    let found: Vec<MonthRow> = all(db, sql, &[number(from.0), number(until.0), number(least)]).await?;
    let month = |row: MonthRow| CouponMonth {
        partner: row.partner,
        code: row.code,
        from,
        until,
        redemptions: row.redemptions,
        untouched: row.untouched,
        elsewhere: row.elsewhere,
    };
    Ok(found.into_iter().map(month).collect())
}

/// Its identifier: the same for the same.
fn id_of(suspicion: &Suspicion) -> SuspicionId {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(format!("suspicion {suspicion}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    SuspicionId::from_bytes(bytes)
}

fn written(suspicion: &Suspicion) -> serde_json::Value {
    let (id, rule) = (id_of(suspicion), suspicion.evidence.rule().word());
    let mut row = json!({ "id": id, "rule": rule, "partner": suspicion.partner, "evidence": suspicion.evidence });
    let mut set = |name: &str, value: serde_json::Value| row[name] = value;
    match &suspicion.subject {
        Subject::Customer(id) => set("customer", json!(id)),
        Subject::Sale { key, customer } => {
            set("sale", json!(key));
            set("customer", json!(customer));
        }
        Subject::CouponMonth { code, from, until } => {
            set("coupon", json!(code));
            set("since", json!(from));
            set("until", json!(until));
        }
        Subject::LinkDay { link, from } => {
            set("link", json!(link));
            set("since", json!(from));
            set("until", json!(from.0 + u64::from(DAY) * 1000));
        }
    }
    row
}

/// Writes what is suspected, each once, and that these customers were seen, all or nothing.
pub async fn write(pen: &Pen, found: &[Suspicion], seen: &[Due], now: Millis) -> Result<(), Error> {
    // Who was joined to somebody since is the same customer.
    let suspect = "-- suspicion::write
        INSERT INTO suspicion (id, rule, partner_id, customer_id, sale, coupon, link_id, since, until, evidence,
          created_at)
        SELECT j.value ->> '$.id', j.value ->> '$.rule', j.value ->> '$.partner', j.value ->> '$.customer',
          j.value ->> '$.sale', j.value ->> '$.coupon', j.value ->> '$.link', j.value ->> '$.since',
          j.value ->> '$.until', j.value -> '$.evidence', ?2
        FROM json_each(?1) AS j
        WHERE NOT EXISTS (SELECT 1 FROM customer AS c JOIN suspicion AS s ON s.customer_id = c.id
          WHERE c.root_id = j.value ->> '$.customer' AND s.rule = j.value ->> '$.rule'
            AND s.partner_id = j.value ->> '$.partner' AND s.sale IS j.value ->> '$.sale')
        ON CONFLICT DO NOTHING";
    let done = "-- suspicion::write
        DELETE FROM fraud_due WHERE (customer_id, changes) IN
          (SELECT value ->> '$.customer_id', value ->> '$.changes' FROM json_each(?1))";
    let mut batch = Vec::new();
    if !found.is_empty() {
        let rows: Vec<serde_json::Value> = found.iter().map(written).collect();
        batch.push(statement(pen, suspect, &[text(serde_json::to_string(&rows)?), number(now.0)])?);
    }
    if !seen.is_empty() {
        batch.push(statement(pen, done, &[text(serde_json::to_string(seen)?)])?);
    }
    if !batch.is_empty() {
        pen.write(batch).await?;
    }
    Ok(())
}

/// A suspicion as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: SuspicionId,
    pub rule: String,
    pub partner_id: PartnerId,
    pub customer_id: Option<String>,
    pub sale: Option<String>,
    pub coupon: Option<String>,
    pub link_id: Option<String>,
    pub since: Option<u64>,
    pub until: Option<u64>,
    pub evidence: String,
    pub state: String,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<u64>,
    pub version: u32,
    pub created_at: u64,
}

/// One.
pub async fn find(db: &D1Database, id: SuspicionId) -> Result<Option<Row>, Error> {
    let sql = "-- suspicion::find
        SELECT * FROM suspicion WHERE id = ?1";
    first(db, sql, &[text(id.to_string())]).await
}

/// Which to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<String>,
    pub rule: Option<String>,
    pub partner: Option<PartnerId>,
}

/// A page of them, the latest first.
pub async fn list(db: &D1Database, filter: &Filter, (limit, offset): (u32, u32)) -> Result<Vec<Row>, Error> {
    let sql = "-- suspicion::list
        SELECT * FROM suspicion
        WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR rule = ?2) AND (?3 IS NULL OR partner_id = ?3)
        ORDER BY created_at DESC, id LIMIT ?4 OFFSET ?5";
    let values = [
        optional(filter.state.as_deref()),
        optional(filter.rule.as_deref()),
        optional(filter.partner.map(|id| id.to_string())),
        number(limit),
        number(offset),
    ];
    all(db, sql, &values).await
}

/// What somebody decided.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// `held`, `cleared` or `confirmed`.
    pub state: &'static str,
    pub reason: Option<String>,
    /// Who.
    pub by: &'a str,
}

/// Decides, if this version is the newest.
pub async fn decide(
    pen: &Pen,
    id: SuspicionId,
    version: u32,
    decision: &Decision<'_>,
    now: Millis,
) -> Result<(), Error> {
    let sql = "-- suspicion::decide
        UPDATE suspicion SET state = ?3, reason = ?4, decided_by = ?5, decided_at = ?6, version = version + 1
        WHERE id = ?1 AND version = ?2";
    // What waits again was decided by nobody; who put it back is in the audit log.
    let is_decided = decision.state != "held";
    let values = [
        text(id.to_string()),
        number(version),
        text(decision.state),
        optional(decision.reason.as_deref()),
        optional(is_decided.then_some(decision.by)),
        is_decided.then_some(now.0).map_or(wasm_bindgen::JsValue::NULL, number),
    ];
    Ok(pen.run(sql, &values).await?)
}

/// A sale that is not cleared for a partner.
#[derive(Debug, Deserialize)]
pub struct Held {
    /// What is suspected.
    pub id: SuspicionId,
    /// Its key.
    pub sale: String,
    pub partner: String,
    state: String,
}

impl Held {
    /// What was decided so far.
    pub fn review(&self) -> Review {
        if self.state == "confirmed" { Review::Refused } else { Review::Held }
    }
}

/// The sales of one partner, or of all, that are held or refused: what each suspicion is about, by what is known
/// now.
pub async fn held(db: &D1Database, partner: Option<PartnerId>) -> Result<Vec<Held>, Error> {
    let sql = "-- suspicion::held
        WITH s AS (SELECT * FROM suspicion WHERE state <> 'cleared' AND (?1 IS NULL OR partner_id = ?1)),
        who (id, root_id) AS (
          SELECT s.id, c.root_id FROM s JOIN customer AS c ON c.id = s.customer_id WHERE s.sale IS NULL
          UNION SELECT s.id, c.root_id FROM s
            JOIN touch AS t ON t.link_id = s.link_id AND t.at >= s.since AND t.at < s.until AND t.kind = 'click'
            LEFT JOIN identity AS i ON t.customer_id IS NULL AND i.visitor = t.visitor
            JOIN customer AS c ON c.id = coalesce(t.customer_id, i.customer_id)
          UNION SELECT s.id, c.root_id FROM s
            JOIN touch AS t ON t.kind = 'coupon' AND t.at >= s.since AND t.at < s.until AND t.coupon = s.coupon
              AND t.partner_id = s.partner_id
            JOIN customer AS c ON c.id = t.customer_id
            WHERE NOT EXISTS (SELECT 1 FROM customer AS m CROSS JOIN touch AS o ON o.customer_id = m.id
                WHERE m.root_id = c.root_id AND +o.partner_id = s.partner_id AND o.kind <> 'coupon'
                  AND o.mark = 'counted')
              AND NOT EXISTS (SELECT 1 FROM customer AS m CROSS JOIN identity AS i ON i.customer_id = m.id
                CROSS JOIN touch AS o ON o.visitor = i.visitor
                WHERE m.root_id = c.root_id AND o.customer_id IS NULL AND +o.partner_id = s.partner_id
                  AND o.kind <> 'coupon' AND o.mark = 'counted'))
        SELECT s.id, r.key AS sale, s.partner_id AS partner, s.state FROM s JOIN who ON who.id = s.id
        CROSS JOIN customer AS m ON m.root_id = who.root_id CROSS JOIN revenue AS r ON r.customer_id = m.id
        WHERE r.kind <> 'refund' AND (s.since IS NULL OR r.at >= s.since)
        UNION SELECT s.id, s.sale, s.partner_id, s.state FROM s WHERE s.sale IS NOT NULL";
    all(db, sql, &[optional(partner.map(|id| id.to_string()))]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::fraud::Evidence;

    #[test]
    fn the_same_has_the_same_identifier() {
        let one = |n: u8, domain: &str| {
            id_of(&Suspicion {
                partner: PartnerId::new(Millis(1), [n; 10]),
                subject: Subject::Customer(CustomerId::new(Millis(1), [1; 10])),
                evidence: Evidence::SameDomain { domain: domain.to_owned() },
            })
        };
        assert_eq!(one(1, "a.example"), one(1, "b.example"));
        assert_ne!(one(1, "a.example"), one(2, "a.example"));
    }
}
