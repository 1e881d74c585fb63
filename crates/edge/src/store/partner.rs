//! Partners and their coupons.

use engine::{
    fact::JoinSource,
    id::{LinkId, PartnerId},
    text::Coupon,
    time::{Day, Millis, Time},
};
use serde::Deserialize;
use wire::problem::Code;
use worker::{D1Database, D1PreparedStatement, D1Result};

use super::{all, application, audit::Pen, coupon, first, is_taken, number, optional, rows, statement, text};
use crate::{error::Error, store::link};

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row {
    pub id: PartnerId,
    pub email: String,
    pub name: String,
    pub slug: String,
    pub tenant_id: Option<String>,
    pub kind: Option<String>,
    pub group_id: Option<String>,
    pub image: Option<String>,
    pub country: Option<String>,
    pub description: Option<String>,
    pub created_at: u64,
    /// JSON, of who is away: how, why, and since when.
    pub away: Option<String>,
}

/// How a partner who is away stands, and since when.
#[derive(Deserialize)]
pub struct Away {
    pub state: String,
    pub reason: Option<String>,
    pub since: u64,
}

impl Row {
    /// How the partner is away, if so.
    pub fn away(&self) -> Result<Option<Away>, Error> {
        Ok(self.away.as_deref().map(serde_json::from_str).transpose()?)
    }
}

const COLUMNS: &str = "id, email, name, slug, tenant_id, kind, group_id, image, country, description, created_at,
  (SELECT json_object('state', state, 'reason', reason, 'since', since) FROM standing
    WHERE partner_id = partner.id AND until IS NULL) AS away";

/// How a partner is named.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    Id(PartnerId),
    Email(&'a str),
    Tenant(&'a str),
}

/// One partner.
pub async fn find(db: &D1Database, by: By<'_>) -> Result<Option<Row>, Error> {
    let (column, value) = match by {
        By::Id(id) => ("id", id.to_string()),
        By::Email(email) => ("email", email.to_owned()),
        By::Tenant(tenant) => ("tenant_id", tenant.to_owned()),
    };
    // Only names of columns are put together here, and they are the three above.
    let sql = format!("-- partner::find\nSELECT {COLUMNS} FROM partner WHERE {column} = ?1");
    first(db, &sql, &[text(value)]).await
}

/// These partners.
pub async fn of(db: &D1Database, ids: &[PartnerId]) -> Result<Vec<Row>, Error> {
    let sql = format!("-- partner::of\nSELECT {COLUMNS} FROM partner WHERE id IN (SELECT value FROM json_each(?1))");
    all(db, &sql, &[text(serde_json::to_string(ids)?)]).await
}

/// A page of partners, the newest first.
pub async fn list(db: &D1Database, filter: &Filter) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "-- partner::list
        SELECT {COLUMNS} FROM partner
        WHERE (?1 IS NULL OR email = ?1) AND (?2 IS NULL OR tenant_id = ?2)
          AND (?6 IS NULL OR group_id = ?6) AND (?7 IS NULL OR country = ?7) AND (?8 IS NULL OR ?8 = coalesce(
            (SELECT state FROM standing WHERE partner_id = partner.id AND until IS NULL), 'approved'))
          AND (?3 IS NULL OR instr(lower(name || ' ' || email || ' ' || id || ' ' || slug), lower(?3)) > 0)
        ORDER BY created_at DESC, id DESC LIMIT ?4 OFFSET ?5"
    );
    let values = [
        optional(filter.email.as_deref()),
        optional(filter.tenant.as_deref()),
        optional(filter.search.as_deref()),
        number(filter.limit),
        number(filter.offset),
        optional(filter.group.as_deref()),
        optional(filter.country.as_deref()),
        optional(filter.status.as_deref()),
    ];
    all(db, &sql, &values).await
}

/// Whom a word in an address names, beside the key of a link: a partner by identifier, by slug or by the vendor's own
/// identifier, or the partner of the link that has the word as its external identifier.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub partner_id: PartnerId,
    pub link_id: Option<LinkId>,
}

/// Looks such a word up.
pub async fn named(db: &D1Database, word: &str) -> Result<Option<Named>, Error> {
    let sql = "-- partner::named
        SELECT id AS partner_id, NULL AS link_id FROM partner WHERE id = ?1 OR slug = lower(?1) OR tenant_id = ?1
        UNION ALL SELECT partner_id, id FROM link WHERE external_id = ?1 AND partner_id IS NOT NULL
        LIMIT 1";
    first(db, sql, &[text(word)]).await
}

/// Clicks of a day, since 1970 and of UTC, or a lead, in milliseconds, by the key of the link.
#[derive(Debug, Deserialize)]
pub struct Came {
    pub at: u64,
    pub link: String,
    pub clicks: u64,
    pub leads: u64,
}

/// What came by the links of a partner, from a day to before a time: counted clicks, and leads whose click was on them.
pub async fn brought(db: &D1Database, partner: PartnerId, (from, until): (Day, Time)) -> Result<Vec<Came>, Error> {
    let sql = "-- partner::brought
        SELECT day AS at, link.key AS link, sum(count) AS clicks, 0 AS leads
        FROM click_day JOIN link ON link.id = click_day.link_id
        WHERE click_day.partner_id = ?1 AND mark = 'counted' AND day >= ?2 AND day * 86400000 < ?3 GROUP BY 1, 2
        UNION ALL SELECT m.at, link.key, 0, 1
        FROM touch AS t CROSS JOIN milestone AS m ON m.click = t.key JOIN link ON link.id = t.link_id
        WHERE t.partner_id = ?1 AND m.at >= ?2 * 86400000 AND m.at < ?3";
    all(db, sql, &[text(partner.to_string()), number(from.0), number(until.millis().0)]).await
}

/// Which partners to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub email: Option<String>,
    pub tenant: Option<String>,
    pub group: Option<String>,
    pub status: Option<String>,
    pub country: Option<String>,
    pub search: Option<String>,
    pub limit: u32,
    pub offset: u32,
}

/// Writes a partner with its first link and its coupons, and what else is to be written with it, all or nothing.
///
/// # Errors
/// A conflict that names what is taken.
pub async fn create(
    db: &Pen,
    row: &Row,
    first_link: &link::Row,
    coupons: &[Coupon],
    source: JoinSource,
    more: Vec<D1PreparedStatement>,
) -> Result<(), Error> {
    let sql = "-- partner::create
        INSERT INTO partner (id, email, name, slug, tenant_id, kind, group_id, image, country, description, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let values = [
        text(row.id.to_string()),
        text(&row.email),
        text(&row.name),
        text(&row.slug),
        optional(row.tenant_id.as_deref()),
        optional(row.kind.as_deref()),
        optional(row.group_id.as_deref()),
        optional(row.image.as_deref()),
        optional(row.country.as_deref()),
        optional(row.description.as_deref()),
        number(row.created_at),
    ];
    let mut batch = vec![statement(db, sql, &values)?, link::insert(db, first_link)?, joined(db, row, source)?];
    for code in coupons {
        batch.push(coupon::give(db, code, row.id, Millis(row.created_at))?);
    }
    batch.extend(more);
    run(db, batch).await.map(drop)
}

/// The statement that records that a partner joined (`partner.joined`).
fn joined(db: &D1Database, row: &Row, source: JoinSource) -> Result<D1PreparedStatement, Error> {
    let sql = "-- partner::joined
        INSERT INTO fact (key, at, type, kind, partner_id, name, digest, recorded_at)
        VALUES ('joined:' || ?1, ?2, 'partner.joined', ?3, ?1, ?4, '', ?2)";
    let values =
        [text(row.id.to_string()), number(row.created_at), text(source.word()), optional(row.group_id.as_deref())];
    statement(db, sql, &values)
}

/// The statement that records that a partner is about to move to another group; it was found as it was.
fn moved(db: &D1Database, row: &Row, seen: Seen<'_>, now: Millis) -> Result<D1PreparedStatement, Error> {
    let sql = "-- partner::moved
        INSERT INTO fact (key, at, type, kind, partner_id, name, digest, recorded_at)
        SELECT 'joined:' || id || ':' || ?3, ?3, 'partner.joined', coalesce((SELECT kind FROM fact
          WHERE partner_id = ?1 AND type = 'partner.joined' ORDER BY at, rowid LIMIT 1), 'own'), id, ?2, '', ?3
        FROM partner WHERE id = ?1 AND group_id IS NOT ?2 AND (?4 IS NULL OR coalesce(group_id, '') = ?4)
        ON CONFLICT DO UPDATE SET name = excluded.name";
    statement(db, sql, &[text(row.id.to_string()), optional(row.group_id.as_deref()), number(now.0), optional(seen)])
}

/// The group that somebody saw a partner in, '' for none; where it is not told, any is right.
pub type Seen<'a> = Option<&'a str>;

/// Changes what may change of a partner who is in the group that was seen, or in the new one already, and adds coupons.
/// Whether it did.
///
/// # Errors
/// A conflict that names what is taken.
pub async fn update(db: &Pen, row: &Row, seen: Seen<'_>, coupons: &[Coupon], now: Millis) -> Result<bool, Error> {
    let sql = "-- partner::update
        UPDATE partner SET name = ?2, tenant_id = ?3, kind = ?4, group_id = ?5, image = ?6, country = ?7, description = ?8
        WHERE id = ?1 AND (?9 IS NULL OR coalesce(group_id, '') = ?9 OR group_id IS ?5) RETURNING id";
    let values = [
        text(row.id.to_string()),
        text(&row.name),
        optional(row.tenant_id.as_deref()),
        optional(row.kind.as_deref()),
        optional(row.group_id.as_deref()),
        optional(row.image.as_deref()),
        optional(row.country.as_deref()),
        optional(row.description.as_deref()),
        optional(seen),
    ];
    let mut batch = vec![moved(db, row, seen, now)?, statement(db, sql, &values)?];
    for code in coupons {
        batch.push(coupon::give(db, code, row.id, now)?);
    }
    let results = run(db, batch).await?;
    Ok(!rows::<serde_json::Value>(&results, 1)?.is_empty())
}

/// Writes statements about a partner, all or nothing.
///
/// # Errors
/// A conflict that names what is taken, or overtaken.
pub async fn run(db: &Pen, batch: Vec<D1PreparedStatement>) -> Result<Vec<D1Result>, Error> {
    let error = match db.write(batch).await {
        Ok(results) => return Ok(results),
        Err(error) => error,
    };
    if let Some(refused) = link::refusal(&error, "username").or_else(|| application::refusal(&error)) {
        return Err(refused);
    }
    match error {
        error if is_taken(&error) => {
            let cause = error.to_string();
            let field = [
                ("partner.slug", "username"),
                ("partner.email", "email"),
                ("partner.tenant_id", "tenantId"),
                ("coupon.code", "coupons"),
            ]
            .into_iter()
            .find(|(column, _)| cause.contains(column))
            .map_or("partner", |(_, field)| field);
            Err(Error::Refused(Code::Conflict, format!("{field}: is taken already")))
        }
        error => Err(error.into()),
    }
}
