//! Reading links.

use std::collections::BTreeMap;

use engine::{
    fact::TouchKind,
    id::{FolderId, LinkId, PartnerId},
    link::{Claim, Link, Naming, Preview},
};
use serde::Deserialize;
use worker::D1Database;

use super::{Row, flag};
use crate::{
    error::Error,
    store::{all, first, number, optional, text},
};

/// Customers whose lead or sale named a click on the link, and who is read as one with them.
macro_rules! customers {
    () => {
        "(SELECT id FROM customer WHERE root_id IN (SELECT root_id FROM customer WHERE id IN (
          SELECT m.customer_id FROM milestone AS m JOIN touch AS t ON t.key = m.click WHERE t.link_id = link.id
          UNION SELECT r.customer_id FROM revenue AS r JOIN touch AS t ON t.key = r.click WHERE t.link_id = link.id)))"
    };
}

/// Counted clicks of the link.
macro_rules! counted {
    () => {
        "coalesce((SELECT sum(count) FROM click_day WHERE partner_id = coalesce(link.partner_id, '')
          AND link_id = link.id AND mark = 'counted'), 0)"
    };
}

/// A link without what it brought.
macro_rules! plain {
    () => {
        "id, key, partner_id, destination, utm, kind, title, comments, external_id, tenant_id, created_at, updated_at, state,
      rules, templates, description, image, proxy, do_index, archived, folder_id, made_by,
      (SELECT json_group_array(json_object('id', id, 'name', name, 'color', color))
        FROM (SELECT tag.id, tag.name, tag.color FROM link_tag JOIN tag ON tag.id = link_tag.tag_id
          WHERE link_tag.link_id = link.id ORDER BY tag.name)) AS tags"
    };
}

const COLUMNS: &str = concat!(
    plain!(),
    ", ",
    counted!(),
    " AS clicks,
      (SELECT count(*) FROM milestone AS m JOIN touch AS t ON t.key = m.click WHERE t.link_id = link.id) AS leads,
      (SELECT count(DISTINCT c.root_id) FROM revenue AS r JOIN customer AS c ON c.id = r.customer_id
        WHERE r.kind <> 'refund' AND r.customer_id IN ",
    customers!(),
    ") AS conversions,
      (SELECT count(*) FROM revenue WHERE kind <> 'refund' AND currency = (SELECT currency FROM program)
        AND customer_id IN ",
    customers!(),
    ") AS sales,
      coalesce((SELECT sum(amount) FROM revenue WHERE kind <> 'refund' AND currency = (SELECT currency FROM program)
        AND customer_id IN ",
    customers!(),
    "), 0) AS sale_amount"
);

/// What a redirect needs.
#[derive(Deserialize)]
struct Target {
    id: LinkId,
    key: String,
    partner_id: Option<PartnerId>,
    destination: String,
    utm: String,
    kind: String,
    state: String,
    rules: String,
    #[serde(deserialize_with = "flag")]
    templates: bool,
    title: Option<String>,
    description: Option<String>,
    image: Option<String>,
    #[serde(deserialize_with = "flag")]
    proxy: bool,
    #[serde(deserialize_with = "flag")]
    do_index: bool,
    partner: Option<String>,
    group_name: Option<String>,
    group_utm: Option<String>,
    counted: u64,
}

impl TryFrom<Target> for Link {
    type Error = Error;

    fn try_from(row: Target) -> Result<Self, Error> {
        let preview = Preview { title: row.title, description: row.description, image: row.image };
        let naming = Naming {
            link: row.key.rsplit('/').next().unwrap_or_default().to_owned(),
            partner: row.partner,
            group: row.group_name,
            utm: row.group_utm.map(|utm| serde_json::from_str(&utm)).transpose()?.unwrap_or_default(),
        };
        Ok(Self {
            id: row.id,
            partner: row.partner_id,
            destination: row.destination,
            utm: serde_json::from_str(&row.utm)?,
            naming: row.templates.then_some(naming),
            kind: if row.kind == TouchKind::Listing.word() { TouchKind::Listing } else { TouchKind::Click },
            state: serde_json::from_str(&row.state)?,
            rules: serde_json::from_str(&row.rules)?,
            preview: Some(preview).filter(|preview| row.proxy && *preview != Preview::default()),
            index: row.do_index,
            counted: row.counted,
        })
    }
}

/// Links as redirects need them.
macro_rules! target {
    () => {
        concat!(
            "SELECT link.id, link.key, link.partner_id, link.destination, link.utm, link.kind, link.state, link.rules,
          link.templates, link.title, link.description, link.image, link.proxy, link.do_index, partner.slug AS partner,
          partner_group.name AS group_name, partner_group.utm AS group_utm,
          CASE WHEN json_extract(link.rules, '$.limit') IS NULL THEN 0 ELSE ",
            counted!(),
            " END AS counted
        FROM link LEFT JOIN partner ON partner.id = link.partner_id
          LEFT JOIN partner_group ON partner_group.id = partner.group_id "
        )
    };
}

/// The link of this name, as a redirect needs it. Clicks are counted only where there is a limit to compare them with.
pub async fn target(db: &D1Database, name: &str) -> Result<Option<Link>, Error> {
    let sql = concat!("-- link::target\n", target!(), "WHERE link.key = ?1 AND link.deleted_at IS NULL");
    first::<Target>(db, sql, &[text(name)]).await?.map(Link::try_from).transpose()
}

/// The links of claims whose touches never arrived, also those that were taken away.
pub async fn lost(db: &D1Database, claims: impl Iterator<Item = &Claim>) -> Result<Vec<Link>, Error> {
    let links: BTreeMap<String, String> =
        claims.filter_map(|claim| Some((claim.touch.to_string(), claim.link?.to_string()))).collect();
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let sql = concat!(
        "-- link::lost\n",
        target!(),
        "WHERE link.id IN (SELECT value FROM json_each(?1) WHERE NOT EXISTS (SELECT 1 FROM touch WHERE touch.key = json_each.key))"
    );
    all::<Target>(db, sql, &[text(serde_json::to_string(&links)?)]).await?.into_iter().map(Link::try_from).collect()
}

/// One link, also one that was taken away.
pub async fn by_id(db: &D1Database, id: LinkId) -> Result<Option<Row>, Error> {
    let sql = format!("-- link::by_id\nSELECT {COLUMNS} FROM link WHERE id = ?1");
    first(db, &sql, &[text(id.to_string())]).await
}

/// What names one link.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Our identifier.
    Id(LinkId),
    /// The sender's.
    External(&'a str),
    /// See [`super::name`].
    Name(&'a str),
}

/// The link, unless it was taken away.
pub async fn by(db: &D1Database, by: By<'_>) -> Result<Option<Row>, Error> {
    let (column, value) = match by {
        By::Id(id) => ("id", id.to_string()),
        By::External(id) => ("external_id", id.to_owned()),
        By::Name(name) => ("key", name.to_owned()),
    };
    let sql = format!("-- link::by\nSELECT {COLUMNS} FROM link WHERE {column} = ?1 AND deleted_at IS NULL");
    first(db, &sql, &[text(value)]).await
}

/// The link of this owner that leads there already: what an upsert by address means.
pub async fn leading_to(db: &D1Database, url: &str, partner: Option<PartnerId>) -> Result<Option<Row>, Error> {
    let sql = format!(
        "-- link::leading_to
        SELECT {COLUMNS} FROM link WHERE destination = ?1 AND partner_id IS ?2 AND deleted_at IS NULL
        ORDER BY created_at, id LIMIT 1"
    );
    first(db, &sql, &[text(url), optional(partner.map(|id| id.to_string()))]).await
}

/// Which links to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub partner: Option<PartnerId>,
    pub tenant: Option<String>,
    pub external: Option<String>,
    pub search: Option<String>,
    /// A host; the outer `None` for any, the inner for the main one.
    pub domain: Option<Option<String>>,
    pub folder: Option<FolderId>,
    /// Identifiers or names of tags, of which a link must have one; empty for any.
    pub tags: Vec<String>,
    pub archived: bool,
    /// The newest identifier to leave out, and all newer ones.
    pub after: Option<LinkId>,
    /// The oldest identifier to leave out, and all older ones.
    pub before: Option<LinkId>,
    pub limit: u32,
    pub offset: u32,
}

const WHERE: &str = "deleted_at IS NULL AND (?1 IS NULL OR partner_id = ?1) AND (?2 IS NULL OR tenant_id = ?2)
  AND (?3 IS NULL OR external_id = ?3) AND (?4 IS NULL OR instr(lower(key || ' ' || destination), lower(?4)) > 0)
  AND (?5 IS NULL OR CASE ?5 WHEN '' THEN instr(key, '/') = 0 ELSE substr(key, 1, length(?5) + 1) = ?5 || '/' END)
  AND (?6 IS NULL OR folder_id = ?6) AND (?7 OR archived = 0)
  AND (?8 = '[]' OR EXISTS (SELECT 1 FROM link_tag JOIN tag ON tag.id = link_tag.tag_id
    WHERE link_tag.link_id = link.id AND (tag.id IN (SELECT value FROM json_each(?8))
      OR lower(tag.name) IN (SELECT lower(value) FROM json_each(?8)))))";

impl Filter {
    fn values(&self) -> Result<Vec<wasm_bindgen::JsValue>, Error> {
        Ok(vec![
            optional(self.partner.map(|id| id.to_string())),
            optional(self.tenant.as_deref()),
            optional(self.external.as_deref()),
            optional(self.search.as_deref()),
            optional(self.domain.as_ref().map(|domain| domain.as_deref().unwrap_or_default())),
            optional(self.folder.map(|id| id.to_string())),
            number(self.archived),
            text(serde_json::to_string(&self.tags)?),
        ])
    }
}

/// A page of links, the newest first.
pub async fn list(db: &D1Database, filter: &Filter) -> Result<Vec<Row>, Error> {
    page(db, COLUMNS, filter).await
}

/// A page of one partner's links for its own people, the newest first: without what they brought, which the feed tells by
/// the rules.
pub async fn own(db: &D1Database, partner: PartnerId, filter: Filter) -> Result<Vec<Row>, Error> {
    page(db, plain!(), &Filter { partner: Some(partner), ..filter }).await
}

async fn page(db: &D1Database, columns: &str, filter: &Filter) -> Result<Vec<Row>, Error> {
    // Before an identifier, the nearest are meant, which are the oldest of the newer.
    let backwards = filter.before.is_some();
    let order = if backwards { "created_at, id" } else { "created_at DESC, id DESC" };
    let sql = format!(
        "-- link::page
        SELECT {columns} FROM link
        WHERE {WHERE} AND (?9 IS NULL OR id < ?9) AND (?10 IS NULL OR id > ?10)
        ORDER BY {order} LIMIT ?11 OFFSET ?12"
    );
    let mut values = filter.values()?;
    values.extend([
        optional(filter.after.map(|id| id.to_string())),
        optional(filter.before.map(|id| id.to_string())),
        number(filter.limit),
        number(filter.offset),
    ]);
    let mut rows: Vec<Row> = all(db, &sql, &values).await?;
    if backwards {
        rows.reverse();
    }
    Ok(rows)
}

#[derive(Deserialize)]
struct Count {
    n: u64,
}

/// How many links a filter finds; pages do not matter.
pub async fn count(db: &D1Database, filter: &Filter) -> Result<u64, Error> {
    let sql = format!("-- link::count\nSELECT count(*) AS n FROM link WHERE {WHERE}");
    Ok(first::<Count>(db, &sql, &filter.values()?).await?.map_or(0, |row| row.n))
}

/// How many live links a partner has, whoever made them.
pub async fn count_live(db: &D1Database, partner: PartnerId) -> Result<u64, Error> {
    let sql = concat!("-- link::count_live\nSELECT ", live!("?1"), " AS n");
    Ok(first::<Count>(db, sql, &[text(partner.to_string())]).await?.map_or(0, |row| row.n))
}

/// The links of these partners, the oldest first.
pub async fn of_partners(db: &D1Database, partners: &[PartnerId]) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "-- link::of_partners
        SELECT {COLUMNS} FROM link WHERE partner_id IN (SELECT value FROM json_each(?1)) AND deleted_at IS NULL
        ORDER BY created_at, id"
    );
    all(db, &sql, &[text(serde_json::to_string(partners)?)]).await
}

/// Whether a host beside the main one has links.
pub async fn stands_on(db: &D1Database, host: &str) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Row {
        links: u32,
    }
    let sql = "-- link::stands_on
        SELECT count(*) AS links FROM link WHERE deleted_at IS NULL AND substr(key, 1, length(?1) + 1) = ?1 || '/'";
    Ok(first::<Row>(db, sql, &[text(host)]).await?.is_some_and(|row| row.links > 0))
}
