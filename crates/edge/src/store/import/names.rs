//! What the rows of a file name, and what is recorded of it.

use std::collections::{HashMap, HashSet};

use engine::{id::PartnerId, time::Millis};
use serde::{Deserialize, Serialize};
use wire::fact::write_time;
use worker::{D1Database, D1PreparedStatement};

use crate::{
    error::Error,
    store::{all, rows, statement, text},
};

/// A sale of a file, as another door may have recorded it under another key.
#[derive(Debug, Serialize)]
pub struct Likeness {
    pub key: String,
    pub customer: String,
    pub amount: i64,
    pub currency: String,
    /// The first moment of its day, and that of the day after.
    pub day: [u64; 2],
}

/// The keys of recorded sales to the same customer, of the same amount, on the same day, by the key of the file's.
pub async fn similar(db: &D1Database, sales: &[Likeness]) -> Result<HashMap<String, String>, Error> {
    let sql = "-- import::similar
        SELECT j.value ->> '$.key' AS name, min(r.key) AS value FROM json_each(?1) AS j
        JOIN customer AS c ON c.id IN (SELECT id FROM customer WHERE external_id = j.value ->> '$.customer'
          UNION SELECT id FROM customer WHERE stripe_id = j.value ->> '$.customer')
        JOIN customer AS m ON m.root_id = c.root_id
        JOIN revenue AS r ON r.customer_id = m.id AND r.kind <> 'refund' AND r.key <> j.value ->> '$.key'
          AND r.amount = j.value ->> '$.amount' AND r.currency = j.value ->> '$.currency'
          AND r.at >= j.value ->> '$.day[0]' AND r.at < j.value ->> '$.day[1]'
        GROUP BY 1";
    let found: Vec<Pair> = all(db, sql, &[text(serde_json::to_string(sales)?)]).await?;
    Ok(found.into_iter().filter_map(|pair| Some((pair.name, pair.value?))).collect())
}

/// Sales that Stripe told of without their charge, by the charges of a file that they are: of the same customer of Stripe's,
/// amount and currency, within a minute. `day` is that minute, before and after.
pub async fn twins(db: &D1Database, sales: &[Likeness]) -> Result<HashMap<String, String>, Error> {
    let sql = "-- import::twins
        SELECT j.value ->> '$.key' AS name, r.key AS value FROM json_each(?1) AS j
        JOIN customer AS c ON c.stripe_id = j.value ->> '$.customer'
        JOIN customer AS m ON m.root_id = c.root_id
        JOIN revenue AS r ON r.customer_id = m.id AND r.processor = 'stripe' AND r.kind <> 'refund'
          AND r.amount = j.value ->> '$.amount' AND r.currency = j.value ->> '$.currency'
          AND r.at >= j.value ->> '$.day[0]' AND r.at <= j.value ->> '$.day[1]'
        WHERE substr(r.key, 9, 3) <> substr(j.value ->> '$.key', 1, 3) AND NOT EXISTS (SELECT 1 FROM stripe_payment AS p
          WHERE p.sale = r.key AND substr(p.payment, 1, 3) = substr(j.value ->> '$.key', 1, 3))
        ORDER BY abs(2 * r.at - (j.value ->> '$.day[0]') - (j.value ->> '$.day[1]')), r.at, r.key, j.value ->> '$.key'";
    let found: Vec<Pair> = all(db, sql, &[text(serde_json::to_string(sales)?)]).await?;
    // A sale is one charge's: the nearest in time.
    let (mut twins, mut taken) = (HashMap::new(), HashSet::new());
    for (charge, sale) in found.into_iter().filter_map(|pair| Some((pair.name, pair.value?))) {
        if !twins.contains_key(&charge) && taken.insert(sale.clone()) {
            twins.insert(charge, sale);
        }
    }
    Ok(twins)
}

/// An amount as it is recorded.
#[derive(Debug, Deserialize)]
pub struct Recorded {
    key: String,
    at: u64,
    amount: i64,
    currency: String,
    root: String,
    who: String,
}

impl Recorded {
    /// What differs from what a file says, with both values.
    pub fn differs(&self, at: Option<Millis>, amount: i64, currency: &str, who: &str, root: &str) -> String {
        let mut said = Vec::new();
        if self.amount != amount {
            said.push(format!("amount {amount}, recorded {}", self.amount));
        }
        if self.currency != currency {
            said.push(format!("currency {currency}, recorded {}", self.currency));
        }
        if self.root != root {
            said.push(format!("customer {who}, recorded {}", self.who));
        }
        if let Some(at) = at.filter(|at| at.0 != self.at) {
            said.push(format!("at {}, recorded {}", write_time(at), write_time(Millis(self.at))));
        }
        said.join("; ")
    }
}

/// Amounts that are recorded, by their key.
pub async fn recorded(db: &D1Database, keys: &[&str]) -> Result<HashMap<String, Recorded>, Error> {
    let sql = "-- import::recorded
        SELECT r.key, r.at, r.amount, r.currency, c.root_id AS root,
          coalesce(c.external_id, c.stripe_id, c.email, c.id) AS who
        FROM revenue AS r JOIN customer AS c ON c.id = r.customer_id WHERE r.key IN (SELECT value FROM json_each(?1))";
    let found: Vec<Recorded> = all(db, sql, &[text(serde_json::to_string(keys)?)]).await?;
    Ok(found.into_iter().map(|row| (row.key.clone(), row)).collect())
}

/// Who and what the rows of a file name.
#[derive(Debug, Default)]
pub struct Named<'a> {
    /// Identifiers and e-mail addresses of customers.
    pub customers: HashSet<&'a str>,
    /// Identifiers, slugs, e-mail addresses and names of partners.
    pub partners: HashSet<&'a str>,
    /// Keys of links.
    pub links: HashSet<&'a str>,
    /// Names of sales: invoices, and Stripe's identifiers of charges and payments.
    pub sales: HashSet<&'a str>,
}

/// A customer whom a name stands for.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    name: String,
    pub root_id: String,
    /// The vendor's identifier, if there is one.
    pub external_id: Option<String>,
    /// Whether a lead is recorded.
    lead: u8,
    /// Whether a sale is recorded.
    sold: u8,
    /// Whether the name is somebody else's, too.
    #[serde(skip)]
    pub ambiguous: bool,
}

impl Customer {
    /// Whether a lead is recorded.
    pub const fn is_lead(&self) -> bool {
        self.lead != 0
    }

    /// Whether a sale is recorded.
    pub const fn has_bought(&self) -> bool {
        self.sold != 0
    }
}

/// What the names stand for.
#[derive(Debug, Default)]
pub struct Found {
    /// By the name.
    pub customers: HashMap<String, Customer>,
    /// By identifier, slug and e-mail address, in lower case.
    pub partners: HashMap<String, PartnerId>,
    /// By what they are called ([`folded`]), of those whom the file names; `None` where several are called so.
    pub called: HashMap<String, Option<PartnerId>>,
    /// Whose the link is, by its key in lower case.
    pub links: HashMap<String, Option<PartnerId>>,
    /// The key of the sale that a name stands for, and whether it is recorded.
    pub sales: HashMap<String, (String, bool)>,
}

#[derive(Deserialize)]
struct SaleName {
    name: String,
    value: String,
    recorded: u8,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: Option<String>,
}

impl Pair {
    fn partner(&self) -> Result<Option<PartnerId>, Error> {
        let id = self.value.as_deref().map(str::parse).transpose();
        id.map_err(|error| Error::Unavailable(format!("a stored partner {error}")))
    }
}

/// A partner's name as a spreadsheet may have it: in any case, with any spaces.
pub fn folded(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Found {
    /// Looks the names up.
    pub async fn load(db: &D1Database, named: &Named<'_>) -> Result<Self, Error> {
        let customers = "-- import::customers
            SELECT j.value AS name, c.root_id, coalesce(
                (SELECT external_id FROM customer WHERE id = c.root_id),
                (SELECT m.external_id FROM customer AS m WHERE m.root_id = c.root_id AND m.external_id IS NOT NULL
                 ORDER BY m.created_at, m.id LIMIT 1)) AS external_id,
              EXISTS (SELECT 1 FROM customer AS m JOIN milestone AS s ON s.customer_id = m.id
                WHERE m.root_id = c.root_id AND s.kind = 'lead.created') AS lead,
              EXISTS (SELECT 1 FROM customer AS m JOIN revenue AS r ON r.customer_id = m.id
                WHERE m.root_id = c.root_id AND r.kind <> 'refund') AS sold
            FROM json_each(?1) AS j
            JOIN customer AS c ON c.external_id = j.value OR c.email = j.value OR c.stripe_id = j.value
            ORDER BY c.external_id IS NOT j.value, c.created_at";
        let partners = "-- import::partners
            SELECT lower(j.value) AS name, p.id AS value FROM json_each(?1) AS j
            JOIN partner AS p ON p.id = j.value OR p.tenant_id = j.value OR p.slug = lower(j.value) OR p.email = lower(j.value)";
        // Few enough to be read whole: the database folds no letters but those of ASCII.
        let called = "-- import::called
            SELECT name, id AS value FROM partner";
        let links = "-- import::links
            SELECT key AS name, partner_id AS value FROM link
            WHERE key IN (SELECT lower(value) FROM json_each(?1)) AND deleted_at IS NULL";
        // What is recorded comes last, and wins.
        let sales = "-- import::sales
            SELECT p.payment AS name, p.sale AS value, r.key IS NOT NULL AS recorded
            FROM stripe_payment AS p LEFT JOIN revenue AS r ON r.key = p.sale
            WHERE p.payment IN (SELECT value FROM json_each(?1))
            UNION ALL SELECT substr(key, 9), key, 1 FROM revenue
            WHERE key IN (SELECT 'invoice:' || value FROM json_each(?1)) ORDER BY 3";
        let ask = |sql, names: &HashSet<&str>| -> Result<D1PreparedStatement, Error> {
            statement(db, sql, &[text(serde_json::to_string(names)?)])
        };
        let results = db
            .batch(vec![
                ask(customers, &named.customers)?,
                ask(partners, &named.partners)?,
                ask(links, &named.links)?,
                ask(sales, &named.sales)?,
                statement(db, called, &[])?,
            ])
            .await?;
        let mut found = Self::default();
        for customer in rows::<Customer>(&results, 0)? {
            match found.customers.get_mut(&customer.name) {
                // Whoever has the name as identifier is meant.
                Some(known)
                    if known.root_id == customer.root_id || known.external_id.as_deref() == Some(&known.name) => {}
                Some(known) => known.ambiguous = true,
                None => {
                    found.customers.insert(customer.name.clone(), customer);
                }
            }
        }
        // Whoever was found by another name is known by the identifier, too.
        let shown: Vec<Customer> = found.customers.values().filter(|known| !known.ambiguous).cloned().collect();
        for customer in shown {
            if let Some(external) = customer.external_id.clone() {
                found.customers.entry(external).or_insert(customer);
            }
        }
        for pair in rows::<Pair>(&results, 1)? {
            let id = pair.partner()?;
            found.partners.extend(id.map(|id| (pair.name, id)));
        }
        for pair in rows::<Pair>(&results, 2)? {
            let owner = pair.partner()?;
            found.links.insert(pair.name, owner);
        }
        let asked: HashSet<String> = named.partners.iter().map(|name| folded(name)).collect();
        for pair in rows::<Pair>(&results, 4)? {
            let (name, id) = (folded(&pair.name), pair.partner()?);
            if asked.contains(&name) {
                found.called.entry(name).and_modify(|known| *known = None).or_insert(id);
            }
        }
        let sales = rows::<SaleName>(&results, 3)?;
        found.sales = sales.into_iter().map(|row| (row.name, (row.value, row.recorded != 0))).collect();
        Ok(found)
    }
}
