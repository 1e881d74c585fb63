//! Registered deals: what was registered, where each stands, and who is like them.

use engine::{
    deal::{
        Life, Lost, Rejected, Submitted, Win, Withdrawn, Won,
        alike::{self, Marks, Reason},
    },
    id::{DealId, PartnerId},
    time::Millis,
};
use serde::Deserialize;
use wire::{deal::Details, problem::Code};
use worker::{D1Database, D1PreparedStatement};

use super::{
    all,
    audit::Pen,
    event::{Batch, Customer, Whose, Written},
    first, is_taken, number, optional, statement, text,
};
use crate::{auth::Scope, error::Error};

/// A deal as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: DealId,
    pub partner_id: PartnerId,
    details: String,
    marks: String,
    pub known: u8,
    pub state: String,
    protected_until: Option<u64>,
    pub stage: Option<String>,
    reason: Option<String>,
    closed_at: Option<u64>,
    won_amount: Option<i64>,
    won_currency: Option<String>,
    won_invoice: Option<String>,
    pub opportunity_id: Option<String>,
    pub customer_id: Option<String>,
    external_id: Option<String>,
    /// Of the customer, who may have other names by now.
    pub root_id: Option<String>,
    /// Whether the vendor has an identifier for that customer: 0 or 1.
    pub is_named: u8,
    pub version: u32,
    pub created_at: u64,
    pub updated_at: u64,
}

const SELECT: &str = "SELECT deal.*, o.customer_id, c.external_id, c.root_id,
      EXISTS (SELECT 1 FROM customer AS m WHERE m.root_id = c.root_id AND m.external_id IS NOT NULL) AS is_named
    FROM deal LEFT JOIN opportunity AS o ON o.id = deal.opportunity_id LEFT JOIN customer AS c ON c.id = o.customer_id";

impl Row {
    /// What was registered.
    pub fn details(&self) -> Result<Details, Error> {
        Ok(serde_json::from_str(&self.details)?)
    }

    /// What it is known by.
    pub fn marks(&self) -> Result<Marks, Error> {
        Ok(serde_json::from_str(&self.marks)?)
    }

    /// Whose the deal is, once it was approved.
    pub fn whose(&self) -> Option<Whose> {
        Some(
            Customer { external: self.external_id.clone(), id: self.customer_id.clone()?, ..Customer::default() }
                .whose(),
        )
    }

    /// Where it stands at a time.
    pub fn life(&self, now: Millis) -> Result<Life, Error> {
        let broken = || Error::Unavailable(format!("{} is stored in no state that this version knows", self.id));
        let until = || self.protected_until.map(Millis).ok_or_else(broken);
        let at = || self.closed_at.map(Millis).ok_or_else(broken);
        let reason = || self.reason.clone().ok_or_else(broken);
        Ok(match self.state.as_str() {
            "submitted" => Life::Submitted(Submitted),
            "approved" => Life::accepted(until()?, self.stage.clone(), now),
            "rejected" => Life::Rejected(Rejected { reason: reason()? }),
            "withdrawn" => Life::Withdrawn(Withdrawn),
            "lost" => Life::Lost(Lost { at: at()?, reason: reason()?, until: until()? }),
            "won" => Life::Won(Won {
                win: Win {
                    at: at()?,
                    amount: self.won_amount.ok_or_else(broken)?,
                    currency: self.won_currency.as_deref().and_then(|code| code.parse().ok()).ok_or_else(broken)?,
                    invoice: self.won_invoice.clone(),
                },
                until: until()?,
            }),
            _ => return Err(broken()),
        })
    }
}

/// The partner of a scope, or `NULL` for all.
fn of(scope: Scope) -> wasm_bindgen::JsValue {
    match scope {
        Scope::Program => optional(None::<&str>),
        Scope::Partner(id) => text(id.to_string()),
    }
}

/// One deal, if it is in the scope.
pub async fn find(db: &D1Database, id: DealId, scope: Scope) -> Result<Option<Row>, Error> {
    let sql = format!("-- deal::find\n{SELECT} WHERE deal.id = ?1 AND (?2 IS NULL OR deal.partner_id = ?2)");
    first(db, &sql, &[text(id.to_string()), of(scope)]).await
}

/// What a list shows.
#[derive(Debug, Default)]
pub struct Filter {
    /// As [`Life::word`].
    pub state: Option<String>,
    /// A part of the company's name or of the contact's address.
    pub search: Option<String>,
    pub limit: u32,
    pub offset: u32,
}

/// A page of the deals of a scope, the newest first.
pub async fn list(db: &D1Database, scope: Scope, filter: &Filter, now: Millis) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "-- deal::list
        {SELECT} WHERE (?1 IS NULL OR deal.partner_id = ?1)
          AND (?2 IS NULL OR ?2 = CASE WHEN deal.state = 'approved' AND deal.protected_until <= ?3 THEN 'expired'
            ELSE deal.state END)
          AND (?4 IS NULL OR instr(lower(deal.details ->> '$.company'), lower(?4)) > 0
            OR instr(deal.details ->> '$.contactEmail', lower(?4)) > 0)
        ORDER BY deal.created_at DESC, deal.id DESC LIMIT ?5 OFFSET ?6"
    );
    let values = [
        of(scope),
        optional(filter.state.as_deref()),
        number(now.0),
        optional(filter.search.as_deref()),
        number(filter.limit),
        number(filter.offset),
    ];
    all(db, &sql, &values).await
}

/// A change that somebody asks for.
#[derive(Debug)]
pub struct Change<'a> {
    /// The version that was seen; 0 for a registration.
    pub seen: u32,
    /// Last segment of the address that it was sent to.
    pub step: &'static str,
    /// What was asked, JSON.
    pub request: &'a str,
    /// `partner` or `program`.
    pub side: &'static str,
}

impl Change<'_> {
    /// The statement that claims the version behind the one that was seen: it fails where somebody else was first.
    fn claim(&self, db: &D1Database, id: DealId, now: Millis) -> Result<D1PreparedStatement, Error> {
        let sql = "-- deal::claim
            INSERT INTO deal_change (deal_id, version, step, request, side, at) VALUES (?1, ?2 + 1, ?3, ?4, ?5, ?6)";
        let values = [
            text(id.to_string()),
            number(self.seen),
            text(self.step),
            text(self.request),
            text(self.side),
            number(now.0),
        ];
        statement(db, sql, &values)
    }

    /// Whether this very change was made of the version that was seen.
    pub async fn is_made(&self, db: &D1Database, id: DealId) -> Result<bool, Error> {
        let sql = "-- deal::is_made
            SELECT 1 AS made FROM deal_change
            WHERE deal_id = ?1 AND version = ?2 + 1 AND step = ?3 AND request = ?4 AND side = ?5";
        let values = [text(id.to_string()), number(self.seen), text(self.step), text(self.request), text(self.side)];
        Ok(first::<serde_json::Value>(db, sql, &values).await?.is_some())
    }
}

/// Writes a registration. Answers which deal it is: the same details of one partner, sent twice, are one while they
/// wait.
pub async fn create(
    db: &Pen,
    id: DealId,
    partner: PartnerId,
    details: &Details,
    found: (&Marks, bool),
    side: &'static str,
) -> Result<DealId, Error> {
    #[derive(Deserialize)]
    struct Same {
        id: DealId,
    }
    let insert = "-- deal::create
        INSERT INTO deal (id, partner_id, details, marks, known, state, version, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 'submitted', 1, ?6, ?6)";
    let same = "-- deal::create
        SELECT id FROM deal WHERE partner_id = ?1 AND details = ?2 AND state = 'submitted'";
    let json = serde_json::to_string(details)?;
    let (marks, known) = found;
    let values = [
        text(id.to_string()),
        text(partner.to_string()),
        text(&json),
        text(serde_json::to_string(marks)?),
        number(u8::from(known)),
        number(id.at().0),
    ];
    let change = Change { seen: 0, step: "create", request: &json, side };
    match db.write(vec![statement(db, insert, &values)?, change.claim(db, id, id.at())?]).await {
        Ok(_) => Ok(id),
        Err(error) if is_taken(&error) => {
            let same: Option<Same> = first(db, same, &[text(partner.to_string()), text(&json)]).await?;
            same.map(|same| same.id).ok_or_else(|| Error::Unavailable("a registration moved while it was sent".into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes other details over those of the version that was seen.
///
/// # Errors
/// A conflict when somebody else was first, or the partner has registered the same already.
pub async fn edit(db: &Pen, id: DealId, change: &Change<'_>, found: (&Marks, bool), now: Millis) -> Result<(), Error> {
    let sql = "-- deal::edit
        UPDATE deal SET details = ?2, marks = ?3, known = ?4, version = ?5 + 1, updated_at = ?6 WHERE id = ?1";
    let values = [
        text(id.to_string()),
        text(change.request),
        text(serde_json::to_string(found.0)?),
        number(u8::from(found.1)),
        number(change.seen),
        number(now.0),
    ];
    match db.write(vec![change.claim(db, id, now)?, statement(db, sql, &values)?]).await {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) && change.is_made(db, id).await? => Ok(()),
        Err(error) if is_taken(&error) => {
            let message = "version: the deal was changed meanwhile, or the same is registered already; read it again";
            Err(Error::Refused(Code::Conflict, message.into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes a step of a deal in one transaction with what it adds to the log: all of it, or nothing.
pub async fn write(
    db: &Pen,
    id: DealId,
    change: &Change<'_>,
    life: &Life,
    log: Entry,
    now: Millis,
) -> Result<Written, Error> {
    let sql = "-- deal::write
        UPDATE deal SET state = ?2, protected_until = ?3, stage = coalesce(?4, stage), reason = ?5, closed_at = ?6,
          won_amount = ?7, won_currency = ?8, won_invoice = ?9, opportunity_id = coalesce(?10, opportunity_id),
          version = ?11 + 1, updated_at = ?12
        WHERE id = ?1";
    let moment = |at: Option<Millis>| at.map_or(wasm_bindgen::JsValue::NULL, |at| number(at.0));
    let (mut stage, mut reason, mut closed, mut win) = (None, None, None, None);
    match life {
        Life::Approved(deal) => stage = deal.stage.as_ref(),
        Life::Expired(deal) => stage = deal.stage.as_ref(),
        Life::Rejected(deal) => reason = Some(&deal.reason),
        Life::Lost(deal) => (reason, closed) = (Some(&deal.reason), Some(deal.at)),
        Life::Won(deal) => (closed, win) = (Some(deal.win.at), Some(&deal.win)),
        Life::Submitted(_) | Life::Withdrawn(_) => {}
    }
    let state = if let Life::Expired(_) = life { "approved" } else { life.word() };
    let values = [
        text(id.to_string()),
        text(state),
        moment(life.until()),
        optional(stage),
        optional(reason),
        moment(closed),
        win.map_or(wasm_bindgen::JsValue::NULL, |win| number(win.amount)),
        optional(win.map(|win| win.currency.code())),
        optional(win.and_then(|win| win.invoice.as_deref())),
        optional(log.opportunity),
        number(change.seen),
        number(now.0),
    ];
    let mut further = log.further;
    further.push(statement(db, sql, &values)?);
    further.push(change.claim(db, id, now)?);
    log.batch.write_with(db, now, further).await
}

/// Until when a deal of another partner protects the company of this one.
pub async fn protected(db: &D1Database, id: DealId, now: Millis) -> Result<Option<Millis>, Error> {
    #[derive(Deserialize)]
    struct Rival {
        protected_until: u64,
    }
    let sql = "-- deal::protected
        SELECT protected_until FROM deal_rival WHERE id = ?1 AND protected_until > ?2 ORDER BY protected_until DESC LIMIT 1";
    let rival: Option<Rival> = first(db, sql, &[text(id.to_string()), number(now.0)]).await?;
    Ok(rival.map(|rival| Millis(rival.protected_until)))
}

/// Whether an invoice won another deal already.
pub async fn has_won(db: &D1Database, invoice: &str, id: DealId) -> Result<bool, Error> {
    let sql = "-- deal::has_won
        SELECT 1 AS won FROM deal WHERE won_invoice = ?1 AND id <> ?2";
    Ok(first::<serde_json::Value>(db, sql, &[text(invoice), text(id.to_string())]).await?.is_some())
}

/// What a step adds to the log.
#[derive(Default)]
pub struct Entry {
    /// Events.
    pub batch: Batch,
    /// The opportunity that the deal is from now on.
    pub opportunity: Option<String>,
    /// Statements behind the events.
    pub further: Vec<D1PreparedStatement>,
}

/// The statement that says of a sale without one which opportunity it was.
pub fn name_opportunity(db: &D1Database, sale: &str, opportunity: &str) -> Result<D1PreparedStatement, Error> {
    let sql = "-- deal::name_opportunity
        UPDATE revenue SET opportunity_id = ?2 WHERE key = ?1 AND opportunity_id IS NULL";
    statement(db, sql, &[text(sale), text(opportunity)])
}

/// Somebody who may be the one that a deal is of.
#[derive(Debug, Clone, Deserialize)]
pub struct Candidate {
    pub kind: String,
    pub id: String,
    pub name: String,
    pub partner_id: Option<String>,
    pub state: Option<String>,
    pub customer_id: Option<String>,
    pub external_id: Option<String>,
    company: String,
    email: Option<String>,
    domains: Option<String>,
}

/// Most candidates of a kind that are compared: those first that share a domain, then those that share most of the
/// name.
const CANDIDATES_MAX: u32 = 100;

/// Who is like a deal, among other deals, customers and open opportunities: the surest first. `own` is the deal itself.
///
/// The database reads every deal and every customer once, and hands on those alone that are worth comparing: a
/// registration is rare, and an index of pairs would cost every customer who is written.
pub async fn alike(
    db: &D1Database,
    marks: &Marks,
    own: Option<&Row>,
    now: Millis,
) -> Result<Vec<(Candidate, Vec<Reason>)>, Error> {
    let deals = "-- deal::alike
        SELECT * FROM (
          SELECT 'deal' AS kind, deal.id, deal.details ->> '$.company' AS name, deal.partner_id, o.customer_id,
            NULL AS external_id, deal.marks ->> '$.name' AS company, deal.marks ->> '$.email' AS email,
            deal.marks -> '$.domains' AS domains,
            CASE WHEN deal.state = 'approved' AND deal.protected_until <= ?7 THEN 'expired' ELSE deal.state END AS state,
            deal.marks ->> '$.email' = ?2 OR EXISTS (SELECT 1 FROM json_each(deal.marks -> '$.domains') AS d
              WHERE d.value IN (SELECT value FROM json_each(?1))) AS same,
            (SELECT count(*) FROM json_each(?3) AS p
              WHERE instr(replace(deal.marks ->> '$.name', ' ', ''), p.value) > 0) AS shared
          FROM deal LEFT JOIN opportunity AS o ON o.id = deal.opportunity_id
          WHERE deal.state IN ('submitted', 'approved', 'won') AND deal.id IS NOT ?5)
        WHERE same OR shared >= ?4 ORDER BY same DESC, shared DESC LIMIT ?6";
    // Customers are known by what was sent of them: their names are compared as they are spelled, but for what parts
    // words.
    let customers = "-- deal::alike
        SELECT * FROM (
          SELECT 'customer' AS kind, c.id, coalesce(c.company, c.name, c.email, c.external_id, '') AS name,
            NULL AS partner_id, NULL AS state, c.id AS customer_id, c.external_id, coalesce(c.company, '') AS company, c.email,
            NULL AS domains,
            c.email = ?2 OR EXISTS (SELECT 1 FROM json_each(?1) AS d
              WHERE substr('.' || substr(c.email, instr(c.email, '@') + 1), -length(d.value) - 1) = '.' || d.value) AS same,
            (SELECT count(*) FROM json_each(?3) AS p WHERE instr(
              replace(replace(replace(lower(c.company), ' ', ''), '.', ''), '-', ''), p.value) > 0) AS shared
          FROM customer AS c WHERE c.id IS NOT ?5)
        WHERE same OR shared >= ?4 ORDER BY same DESC, shared DESC LIMIT ?6";
    let opportunities = "-- deal::alike
        SELECT 'opportunity' AS kind, o.id, coalesce(o.name, '') AS name, NULL AS partner_id, NULL AS state, o.customer_id,
          c.external_id, '' AS company, NULL AS email, NULL AS domains
        FROM opportunity AS o JOIN customer AS c ON c.id = o.customer_id
        WHERE o.customer_id IN (SELECT value FROM json_each(?1)) AND o.id IS NOT ?2
          AND NOT EXISTS (SELECT 1 FROM milestone AS m
            WHERE m.opportunity_id = o.id AND m.kind IN ('opportunity.won', 'opportunity.lost'))
        ORDER BY o.id LIMIT ?3";
    let pairs = alike::pairs(&marks.name);
    let values = |own: Option<String>| -> Result<Vec<wasm_bindgen::JsValue>, Error> {
        Ok(vec![
            text(serde_json::to_string(&marks.domains)?),
            optional(marks.email.as_deref()),
            text(serde_json::to_string(&pairs)?),
            number(alike::shared_pairs(pairs.len()) as u64),
            optional(own),
            number(CANDIDATES_MAX),
        ])
    };
    let mut of_deals = values(own.map(|row| row.id.to_string()))?;
    of_deals.push(number(now.0));
    let of_customers = values(own.and_then(|row| row.customer_id.clone()))?;
    let mut candidates: Vec<Candidate> = all(db, deals, &of_deals).await?;
    candidates.extend(all::<Candidate>(db, customers, &of_customers).await?);
    let mut found: Vec<(Candidate, Vec<Reason>)> = Vec::new();
    for candidate in candidates {
        let reasons = alike::reasons(marks, &candidate.marks()?);
        if !reasons.is_empty() {
            found.push((candidate, reasons));
        }
    }
    let customers: Vec<&str> = found
        .iter()
        .filter(|(row, _)| row.kind == "customer")
        .filter_map(|(row, _)| row.customer_id.as_deref())
        .collect();
    if !customers.is_empty() {
        let own = optional(own.and_then(|row| row.opportunity_id.as_deref()));
        let values = [text(serde_json::to_string(&customers)?), own, number(CANDIDATES_MAX)];
        let open: Vec<Candidate> = all(db, opportunities, &values).await?;
        // An opportunity is as sure as its customer.
        let with = |row: Candidate| {
            let (_, reasons) = found.iter().find(|(c, _)| c.kind == "customer" && c.customer_id == row.customer_id)?;
            Some((row, reasons.clone()))
        };
        let open: Vec<_> = open.into_iter().filter_map(with).collect();
        found.extend(open);
    }
    let score = |reasons: &[Reason]| reasons.first().map_or(0.0, Reason::score);
    found.sort_by(|(_, a), (_, b)| score(b).total_cmp(&score(a)));
    Ok(found)
}

impl Candidate {
    fn marks(&self) -> Result<Marks, Error> {
        let email = self.email.as_deref();
        Ok(match &self.domains {
            Some(domains) => Marks {
                email: email.map(str::to_owned),
                domains: serde_json::from_str(domains)?,
                name: self.company.clone(),
            },
            None => Marks::new(&self.company, email, None),
        })
    }
}
