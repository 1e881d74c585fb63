//! What facts refer to: links, coupons, partners and opportunities, looked up for a whole batch at once.

use std::collections::{HashMap, HashSet};

use engine::{
    id::{LinkId, PartnerId},
    text::Utm,
};
use serde::Deserialize;
use wire::fact::{Fact, What, sale_key};
use worker::D1Database;

use super::{coupon, rows, statement, text};
use crate::error::Error;

/// Names that a batch of facts uses.
#[derive(Debug, Default)]
pub struct Names<'a> {
    links: HashSet<&'a str>,
    coupons: HashSet<&'a str>,
    partners: HashSet<String>,
    opportunities: HashSet<&'a str>,
    sales: HashSet<String>,
    customers: HashSet<&'a str>,
    integrations: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    /// The names in these facts.
    pub fn of(facts: impl Iterator<Item = &'a Fact>) -> Self {
        let mut names = Self::default();
        for fact in facts {
            match &fact.what {
                What::Touch(touch) => {
                    names.links.extend(touch.link.as_deref());
                    names.coupons.extend(touch.coupon.as_ref().map(engine::text::Coupon::as_str));
                    names.partners.extend(touch.partner.map(|id| id.to_string()));
                }
                What::Opportunity(step) => {
                    names.opportunities.insert(&step.opportunity);
                }
                What::Rest(rest) => {
                    names.partners.extend(rest.partner().map(|id| id.to_string()));
                    names.integrations.extend(rest.integration());
                }
                What::Revenue(revenue) => {
                    names.customers.insert(&revenue.customer);
                    names.sales.extend(revenue.refund_of.as_deref().map(sale_key));
                    names.coupons.extend(revenue.redeemed.as_ref().map(|redeemed| redeemed.coupon.as_str()));
                }
                What::Lead(lead) => {
                    names.coupons.extend(lead.redeemed.as_ref().map(|redeemed| redeemed.coupon.as_str()));
                }
            }
        }
        names
    }
}

/// A link that a fact names.
#[derive(Debug, Clone)]
pub struct LinkReference {
    pub id: LinkId,
    pub partner: Option<PartnerId>,
    utm: Utm,
}

impl LinkReference {
    /// The campaign parameters of a touch of this link: the link's own win, as they do in a redirect.
    pub fn utm_with(&self, sent: &Utm) -> Utm {
        let own: HashMap<&str, &str> = self.utm.pairs().collect();
        let sent: HashMap<&str, &str> = sent.pairs().collect();
        Utm::collect(|name| own.get(name).or_else(|| sent.get(name)).map(|value| (*value).to_owned()))
    }
}

/// What the names stand for.
#[derive(Debug, Default)]
pub struct References {
    links: HashMap<String, LinkReference>,
    coupons: HashMap<String, coupon::Row>,
    partners: HashSet<PartnerId>,
    opportunities: HashSet<String>,
    sales: HashMap<String, Sale>,
    /// Keys of sales by keys of their other names.
    names: HashMap<String, String>,
    /// Whom a customer is read as, by the vendor's identifier.
    customers: HashMap<String, String>,
    /// Whose an integration is, by its name.
    integrations: HashMap<String, PartnerId>,
}

/// A sale that a refund takes back.
#[derive(Debug, Clone)]
pub struct Sale {
    /// Whom its customer is read as: see [`References::customer`].
    pub customer: String,
    pub currency: String,
    /// What has not been given back yet, minor units.
    pub left: i64,
}

#[derive(Deserialize)]
struct LinkRow {
    id: LinkId,
    key: String,
    partner_id: Option<PartnerId>,
    utm: String,
}

#[derive(Deserialize)]
struct PartnerRow {
    id: PartnerId,
}

#[derive(Deserialize)]
struct OpportunityRow {
    id: String,
}

#[derive(Deserialize)]
struct SaleRow {
    /// As it was asked for.
    name: String,
    key: String,
    root_id: String,
    currency: String,
    left: i64,
}

#[derive(Deserialize)]
struct CustomerRow {
    external_id: String,
    root_id: String,
}

#[derive(Deserialize)]
struct IntegrationRow {
    name: String,
    partner_id: PartnerId,
}

impl References {
    /// Looks the names up.
    pub async fn load(db: &D1Database, names: &Names<'_>) -> Result<Self, Error> {
        let links = "-- reference::links
            SELECT id, key, partner_id, utm FROM link
            WHERE key IN (SELECT lower(value) FROM json_each(?1)) OR id IN (SELECT value FROM json_each(?1))";
        let partners = "-- reference::partners
            SELECT id FROM partner WHERE id IN (SELECT value FROM json_each(?1))";
        let opportunities = "-- reference::opportunities
            SELECT id FROM opportunity WHERE id IN (SELECT value FROM json_each(?1))";
        let sales = "-- reference::sales
            SELECT n.name, r.key, c.root_id, r.currency,
              r.amount - coalesce((SELECT sum(amount) FROM revenue WHERE refund_of = r.key), 0) AS left
            FROM (SELECT value AS name, value AS key FROM json_each(?1)
              UNION SELECT 'invoice:' || payment, sale FROM stripe_payment
              WHERE payment IN (SELECT substr(value, 9) FROM json_each(?1))) AS n
            JOIN revenue AS r ON r.key = n.key JOIN customer AS c ON c.id = r.customer_id WHERE r.kind <> 'refund'";
        let customers = "-- reference::customers
            SELECT external_id, root_id FROM customer WHERE external_id IN (SELECT value FROM json_each(?1))";
        let integrations = "-- reference::integrations
            SELECT name, partner_id FROM integration
            WHERE name IN (SELECT value FROM json_each(?1)) AND partner_id IS NOT NULL";
        let json = |names: Vec<&str>| serde_json::to_string(&names).map(text);
        let coupons: Vec<&str> = names.coupons.iter().copied().collect();
        let partner_names: Vec<&str> = names.partners.iter().map(String::as_str).collect();
        let results = db
            .batch(vec![
                statement(db, links, &[json(names.links.iter().copied().collect())?])?,
                coupon::many(db, &serde_json::to_string(&coupons)?)?,
                statement(db, partners, &[json(partner_names)?])?,
                statement(db, opportunities, &[json(names.opportunities.iter().copied().collect())?])?,
                statement(db, sales, &[json(names.sales.iter().map(String::as_str).collect())?])?,
                statement(db, customers, &[json(names.customers.iter().copied().collect())?])?,
                statement(db, integrations, &[json(names.integrations.iter().copied().collect())?])?,
            ])
            .await?;
        let mut found = Self::default();
        for row in rows::<LinkRow>(&results, 0)? {
            let link = LinkReference { id: row.id, partner: row.partner_id, utm: serde_json::from_str(&row.utm)? };
            found.links.insert(row.id.to_string(), link.clone());
            found.links.insert(row.key, link);
        }
        found.coupons = rows::<coupon::Row>(&results, 1)?.into_iter().map(|row| (row.code.clone(), row)).collect();
        found.partners = rows::<PartnerRow>(&results, 2)?.into_iter().map(|row| row.id).collect();
        found.opportunities = rows::<OpportunityRow>(&results, 3)?.into_iter().map(|row| row.id).collect();
        for SaleRow { name, key, root_id, currency, left } in rows::<SaleRow>(&results, 4)? {
            found.names.insert(name, key.clone());
            found.sales.insert(key, Sale { customer: root_id, currency, left });
        }
        let customers = rows::<CustomerRow>(&results, 5)?;
        found.customers = customers.into_iter().map(|row| (row.external_id, row.root_id)).collect();
        let integrations = rows::<IntegrationRow>(&results, 6)?;
        found.integrations = integrations.into_iter().map(|row| (row.name, row.partner_id)).collect();
        Ok(found)
    }

    /// The link with this identifier or key.
    pub fn link(&self, name: &str) -> Option<LinkReference> {
        self.links.get(name).or_else(|| self.links.get(&name.to_ascii_lowercase())).cloned()
    }

    /// The recorded sale with this key.
    pub fn sale(&self, key: &str) -> Option<Sale> {
        self.sales.get(key).cloned()
    }

    /// The key under which a sale is recorded that this key names; the key itself while nobody knows it.
    pub fn recorded_as(&self, key: String) -> String {
        self.names.get(&key).cloned().unwrap_or(key)
    }

    /// Says whom a customer is read as who is named otherwise.
    pub fn means(&mut self, name: &str, root: &str) {
        self.customers.insert(name.to_owned(), root.to_owned());
    }

    /// Whom the customer with the vendor's identifier is read as; the identifier itself while nobody knows it.
    pub fn customer<'a>(&'a self, external: &'a str) -> &'a str {
        self.customers.get(external).map_or(external, String::as_str)
    }

    /// Whose an integration is, as far as anybody said.
    pub fn integration(&self, name: &str) -> Option<PartnerId> {
        self.integrations.get(name).copied()
    }

    /// The coupon with this code.
    pub fn coupon(&self, code: &str) -> Option<&coupon::Row> {
        self.coupons.get(code)
    }

    /// Whether there is such a partner.
    pub fn has_partner(&self, id: PartnerId) -> bool {
        self.partners.contains(&id)
    }

    /// Whether there is such an opportunity.
    pub fn has_opportunity(&self, id: &str) -> bool {
        self.opportunities.contains(id)
    }
}
