//! Partners whom a file enrols.

use std::collections::{HashMap, HashSet};

use engine::{fact::JoinSource, id::PartnerId, time::Millis};
use serde::{Deserialize, Serialize};
use worker::{D1Database, D1PreparedStatement};

use super::CHUNK;
use crate::{
    error::Error,
    store::{number, rows, statement, text},
};

/// A link that a file brings: it leads to the partner's landing page.
#[derive(Debug, Clone, Serialize)]
pub struct NewLink {
    pub id: String,
    pub key: String,
    /// What the eye makes of the key.
    pub skeleton: String,
    pub destination: String,
    /// The vendor's identifier of the partner.
    pub tenant: Option<String>,
}

/// A partner as a file has one: somebody new, or further links and coupons of somebody known.
#[derive(Debug, Clone, Serialize)]
pub struct Enrolment {
    pub id: PartnerId,
    /// Whether the partner is not known yet.
    pub new: bool,
    pub email: String,
    pub name: String,
    pub slug: String,
    pub tenant: Option<String>,
    pub group: Option<String>,
    pub links: Vec<NewLink>,
    pub coupons: Vec<String>,
}

/// What partners, links and coupons of a file name.
#[derive(Debug, Default)]
pub struct Named<'a> {
    pub emails: HashSet<&'a str>,
    pub tenants: HashSet<&'a str>,
    pub slugs: HashSet<String>,
    pub skeletons: HashSet<String>,
    pub coupons: HashSet<&'a str>,
}

/// A partner who is known.
#[derive(Debug, Clone, Deserialize)]
pub struct Partner {
    pub id: PartnerId,
    pub email: String,
    pub tenant_id: Option<String>,
    pub slug: String,
    /// Whether they have left the program.
    pub away: u8,
}

#[derive(Deserialize)]
struct LinkRow {
    key: String,
    skeleton: String,
    partner_id: Option<PartnerId>,
}

#[derive(Deserialize)]
struct CouponRow {
    code: String,
    partner_id: PartnerId,
}

#[derive(Deserialize)]
struct GroupRow {
    id: String,
    name: String,
}

/// What is known of them.
#[derive(Debug, Default)]
pub struct Known {
    pub by_email: HashMap<String, Partner>,
    /// Whose the vendor's identifier is, by e-mail address.
    pub tenants: HashMap<String, String>,
    pub slugs: HashMap<String, String>,
    /// Keys and whose the link is, by what the eye makes of them.
    pub links: HashMap<String, Vec<(String, Option<PartnerId>)>>,
    pub coupons: HashMap<String, PartnerId>,
    /// Identifiers of groups, by identifier and by name in small letters.
    pub groups: HashMap<String, String>,
}

impl Known {
    /// Looks the names up.
    pub async fn load(db: &D1Database, named: &Named<'_>) -> Result<Self, Error> {
        let partners = "-- import::partners
            SELECT id, email, tenant_id, slug,
              EXISTS (SELECT 1 FROM standing WHERE partner_id = partner.id AND until IS NULL) AS away
            FROM partner WHERE email IN (SELECT value FROM json_each(?1))
              OR tenant_id IN (SELECT value FROM json_each(?2)) OR slug IN (SELECT value FROM json_each(?3))";
        let links = "-- import::partners
            SELECT key, skeleton, partner_id FROM link
            WHERE skeleton IN (SELECT value FROM json_each(?1)) AND deleted_at IS NULL";
        let coupons = "-- import::partners
            SELECT code, partner_id FROM coupon WHERE code IN (SELECT value FROM json_each(?1))";
        let groups = "-- import::partners
            SELECT id, name FROM partner_group";
        let names = [
            text(serde_json::to_string(&named.emails)?),
            text(serde_json::to_string(&named.tenants)?),
            text(serde_json::to_string(&named.slugs)?),
        ];
        let results = db
            .batch(vec![
                statement(db, partners, &names)?,
                statement(db, links, &[text(serde_json::to_string(&named.skeletons)?)])?,
                statement(db, coupons, &[text(serde_json::to_string(&named.coupons)?)])?,
                db.prepare(groups),
            ])
            .await?;
        let mut known = Self::default();
        for row in rows::<Partner>(&results, 0)? {
            known.tenants.extend(row.tenant_id.clone().map(|tenant| (tenant, row.email.clone())));
            known.slugs.insert(row.slug.clone(), row.email.clone());
            known.by_email.insert(row.email.clone(), row);
        }
        for row in rows::<LinkRow>(&results, 1)? {
            known.links.entry(row.skeleton).or_default().push((row.key, row.partner_id));
        }
        known.coupons = rows::<CouponRow>(&results, 2)?.into_iter().map(|row| (row.code, row.partner_id)).collect();
        for row in rows::<GroupRow>(&results, 3)? {
            known.groups.insert(row.name.to_lowercase(), row.id.clone());
            known.groups.insert(row.id.to_lowercase(), row.id);
        }
        Ok(known)
    }
}

/// The statements that enrol them, with all that is theirs.
pub fn statements(db: &D1Database, enrolments: &[Enrolment], now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
    let partner = "-- import::enrol
        INSERT INTO partner (id, email, name, slug, tenant_id, group_id, created_at)
        SELECT value ->> '$.id', value ->> '$.email', value ->> '$.name', value ->> '$.slug', value ->> '$.tenant',
          value ->> '$.group', ?2
        FROM json_each(?1) WHERE value ->> '$.new'";
    let joined = "-- import::enrol
        INSERT INTO fact (key, at, type, kind, partner_id, name, digest, recorded_at)
        SELECT 'joined:' || (value ->> '$.id'), ?2, 'partner.joined', ?3, value ->> '$.id', value ->> '$.group', '', ?2
        FROM json_each(?1) WHERE value ->> '$.new'";
    // A partner's first link is the first of the row: each is a millisecond younger than the one before.
    let links = "-- import::enrol
        INSERT INTO link (id, key, partner_id, destination, utm, kind, tenant_id, created_at, updated_at, skeleton)
        SELECT l.value ->> '$.id', l.value ->> '$.key', p.value ->> '$.id', l.value ->> '$.destination', '{}', 'click',
          l.value ->> '$.tenant', ?2 + l.key, ?2 + l.key, l.value ->> '$.skeleton'
        FROM json_each(?1) AS p, json_each(p.value, '$.links') AS l";
    let coupons = "-- import::enrol
        INSERT INTO coupon (code, partner_id, created_at)
        SELECT c.value, p.value ->> '$.id', ?2 FROM json_each(?1) AS p, json_each(p.value, '$.coupons') AS c";
    let mut all = Vec::new();
    for chunk in enrolments.chunks(CHUNK) {
        let (rows, at) = (text(serde_json::to_string(chunk)?), number(now.0));
        all.push(statement(db, partner, &[rows.clone(), at.clone()])?);
        all.push(statement(db, joined, &[rows.clone(), at.clone(), text(JoinSource::Own.word())])?);
        all.push(statement(db, links, &[rows.clone(), at.clone()])?);
        all.push(statement(db, coupons, &[rows, at])?);
    }
    Ok(all)
}
