//! Tracked links.

use engine::{
    fact::TouchKind,
    id::{LinkId, PartnerId},
    text::{Slug, Utm},
};
use serde::Deserialize;
use wire::problem::Code;
use worker::{D1Database, D1PreparedStatement};

use super::{all, first, is_taken, number, optional, statement, text};
use crate::error::Error;

/// A link as it is stored, with what it brought.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: LinkId,
    pub key: String,
    pub partner_id: Option<PartnerId>,
    pub destination: String,
    pub utm: String,
    pub kind: String,
    pub title: Option<String>,
    pub comments: Option<String>,
    pub external_id: Option<String>,
    pub tenant_id: Option<String>,
    pub created_at: u64,
    pub updated_at: u64,
    #[serde(default, flatten)]
    pub brought: Brought,
}

/// What a link brought, as Dub's API counts it: counted clicks; leads whose click was on it; of these customers and of
/// those whose sale named a click on it, how many bought, how often, and for how much in the program's currency.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Brought {
    pub clicks: u64,
    pub leads: u64,
    pub conversions: u64,
    pub sales: u64,
    pub sale_amount: i64,
}

/// A link's own columns.
macro_rules! own {
    () => {
        "id, key, partner_id, destination, utm, kind, title, comments, external_id, tenant_id, created_at, updated_at"
    };
}

/// Customers whose lead or sale named a click on the link.
macro_rules! customers {
    () => {
        "(SELECT m.customer_id FROM milestone AS m JOIN touch AS t ON t.key = m.click WHERE t.link_id = link.id
          UNION SELECT r.customer_id FROM revenue AS r JOIN touch AS t ON t.key = r.click WHERE t.link_id = link.id)"
    };
}

const COLUMNS: &str = concat!(
    own!(),
    ", coalesce((SELECT sum(count) FROM click_day WHERE partner_id = coalesce(link.partner_id, '')
        AND link_id = link.id AND mark = 'counted'), 0) AS clicks,
      (SELECT count(*) FROM milestone AS m JOIN touch AS t ON t.key = m.click WHERE t.link_id = link.id) AS leads,
      (SELECT count(DISTINCT customer_id) FROM revenue WHERE kind <> 'refund' AND customer_id IN ",
    customers!(),
    ") AS conversions,
      (SELECT count(*) FROM revenue WHERE kind <> 'refund' AND customer_id IN ",
    customers!(),
    ") AS sales,
      coalesce((SELECT sum(amount) FROM revenue WHERE kind <> 'refund' AND currency = (SELECT currency FROM program)
        AND customer_id IN ",
    customers!(),
    "), 0) AS sale_amount"
);

impl Row {
    /// The campaign parameters.
    pub fn utm(&self) -> Result<Utm, Error> {
        Ok(serde_json::from_str(&self.utm)?)
    }

    /// The link as a redirect needs it.
    pub fn target(&self) -> Result<engine::link::Link, Error> {
        Ok(engine::link::Link {
            id: self.id,
            partner: self.partner_id,
            destination: self.destination.clone(),
            utm: self.utm()?,
            kind: if self.kind == TouchKind::Listing.word() { TouchKind::Listing } else { TouchKind::Click },
        })
    }
}

/// The link with this key, as a redirect needs it.
pub async fn by_key(db: &D1Database, key: &Slug) -> Result<Option<engine::link::Link>, Error> {
    let sql = concat!("-- link::by_key\nSELECT ", own!(), " FROM link WHERE key = ?1");
    first::<Row>(db, sql, &[text(key.as_str())]).await?.map(|row| row.target()).transpose()
}

/// One link.
pub async fn by_id(db: &D1Database, id: LinkId) -> Result<Option<Row>, Error> {
    let sql = format!("-- link::by_id\nSELECT {COLUMNS} FROM link WHERE id = ?1");
    first(db, &sql, &[text(id.to_string())]).await
}

/// Which links to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub partner: Option<PartnerId>,
    pub tenant: Option<String>,
    pub external: Option<String>,
    pub search: Option<String>,
    pub limit: u32,
    pub offset: u32,
}

/// A page of links, the newest first.
pub async fn list(db: &D1Database, filter: &Filter) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "-- link::list
        SELECT {COLUMNS} FROM link
        WHERE (?1 IS NULL OR partner_id = ?1) AND (?2 IS NULL OR tenant_id = ?2) AND (?3 IS NULL OR external_id = ?3)
          AND (?4 IS NULL OR instr(lower(key || ' ' || destination), lower(?4)) > 0)
        ORDER BY created_at DESC, id DESC LIMIT ?5 OFFSET ?6"
    );
    let values = [
        optional(filter.partner.map(|id| id.to_string())),
        optional(filter.tenant.as_deref()),
        optional(filter.external.as_deref()),
        optional(filter.search.as_deref()),
        number(filter.limit),
        number(filter.offset),
    ];
    all(db, &sql, &values).await
}

/// The links of these partners, the oldest first.
pub async fn of_partners(db: &D1Database, partners: &[PartnerId]) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "-- link::of_partners
        SELECT {COLUMNS} FROM link WHERE partner_id IN (SELECT value FROM json_each(?1)) ORDER BY created_at, id"
    );
    all(db, &sql, &[text(serde_json::to_string(partners)?)]).await
}

/// The statement that writes a link.
pub fn insert(db: &D1Database, row: &Row) -> Result<D1PreparedStatement, Error> {
    let sql = "-- link::insert
        INSERT INTO link (id, key, partner_id, destination, utm, kind, title, comments, external_id, tenant_id, created_at,
          updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let values = [
        text(row.id.to_string()),
        text(&row.key),
        optional(row.partner_id.map(|id| id.to_string())),
        text(&row.destination),
        text(&row.utm),
        text(&row.kind),
        optional(row.title.as_deref()),
        optional(row.comments.as_deref()),
        optional(row.external_id.as_deref()),
        optional(row.tenant_id.as_deref()),
        number(row.created_at),
        number(row.updated_at),
    ];
    statement(db, sql, &values)
}

/// Writes a link.
///
/// # Errors
/// A conflict that names what is taken.
pub async fn create(db: &D1Database, row: &Row) -> Result<(), Error> {
    match insert(db, row)?.run().await {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => {
            let field = if error.to_string().contains("link.external_id") { "externalId" } else { "key" };
            Err(Error::Refused(Code::Conflict, format!("{field}: is taken already")))
        }
        Err(error) => Err(error.into()),
    }
}
