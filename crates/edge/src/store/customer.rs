//! Customers: each is one or several rows of `customer`, its identities, of which one is the root and the others are joined
//! to it. Joining rewrites no row of the log, so that taking apart restores exactly what was.

use engine::{
    id::{CustomerId, LinkId, PartnerId},
    time::Millis,
};
use serde::{Deserialize, Serialize};
use wire::problem::Code;
use worker::{D1Database, D1PreparedStatement};

use super::{
    all,
    audit::Pen,
    event::{Customer, Whose},
    first, is_taken, number, optional, rows, statement, text,
};
use crate::error::Error;

/// A customer as it is read.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    /// The root's.
    pub id: CustomerId,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub company: Option<String>,
    pub avatar: Option<String>,
    pub country: Option<String>,
    pub stripe_id: Option<String>,
    pub created_at: u64,
    /// In the program's currency, as their sum.
    pub sales: u64,
    pub sale_amount: i64,
    pub first_sale_at: Option<u64>,
    pub churned_at: Option<u64>,
    /// Of the first touch of a partner's that counts.
    pub link_id: Option<LinkId>,
    pub partner_id: Option<PartnerId>,
    pub partner_name: Option<String>,
    pub partner_email: Option<String>,
    pub partner_image: Option<String>,
}

/// What is said of a customer: the root's word, else the oldest of the others'.
macro_rules! said {
    ($column:literal) => {
        concat!(
            "coalesce(c.",
            $column,
            ", (SELECT m.",
            $column,
            " FROM customer AS m WHERE m.root_id = c.id AND m.",
            $column,
            " IS NOT NULL ORDER BY m.created_at, m.id LIMIT 1)) AS ",
            $column
        )
    };
}

/// The identities of a customer `c`.
macro_rules! members {
    () => {
        "(SELECT m.id FROM customer AS m WHERE m.root_id = c.id)"
    };
}

/// The first touch of a partner's that counts of a customer `c`.
macro_rules! touch {
    () => {
        concat!(
            "(SELECT key FROM (
               SELECT t.key, t.at FROM touch AS t
                 WHERE t.customer_id IN ",
            members!(),
            " AND t.mark = 'counted' AND t.partner_id IS NOT NULL
               UNION ALL SELECT t.key, t.at FROM identity AS i JOIN touch AS t ON t.visitor = i.visitor
                 WHERE i.customer_id IN ",
            members!(),
            " AND t.customer_id IS NULL AND t.mark = 'counted' AND t.partner_id IS NOT NULL)
             ORDER BY at, key LIMIT 1)"
        )
    };
}

const SELECT: &str = concat!(
    "SELECT c.id, c.created_at, ",
    said!("external_id"),
    ", ",
    said!("email"),
    ", ",
    said!("name"),
    ", ",
    said!("company"),
    ", ",
    said!("avatar"),
    ", ",
    said!("country"),
    ", ",
    said!("stripe_id"),
    ",
      (SELECT count(*) FROM revenue WHERE kind <> 'refund' AND currency = (SELECT currency FROM program)
        AND customer_id IN ",
    members!(),
    ") AS sales,
      coalesce((SELECT sum(amount) FROM revenue WHERE kind <> 'refund' AND currency = (SELECT currency FROM program)
        AND customer_id IN ",
    members!(),
    "), 0) AS sale_amount,
      (SELECT min(at) FROM revenue WHERE kind <> 'refund' AND customer_id IN ",
    members!(),
    ") AS first_sale_at,
      (SELECT max(at) FROM fact WHERE type = 'customer.churned' AND customer_id IN ",
    members!(),
    ") AS churned_at, t.link_id, p.id AS partner_id, p.name AS partner_name, p.email AS partner_email,
      p.image AS partner_image
    FROM customer AS c LEFT JOIN touch AS t ON t.key = ",
    touch!(),
    " LEFT JOIN partner AS p ON p.id = t.partner_id
    WHERE c.root_id = c.id AND c.deleted_at IS NULL"
);

/// Who bought what.
#[derive(Debug, Clone, Deserialize)]
pub struct Bought {
    /// Key of the sale.
    pub sale: String,
    /// As whom the customer is read.
    pub customer: CustomerId,
}

/// What a customer bought.
pub async fn bought(db: &D1Database, root: CustomerId) -> Result<Vec<Bought>, Error> {
    let sql = "-- customer::bought
        SELECT r.key AS sale, c.root_id AS customer FROM customer AS c JOIN revenue AS r ON r.customer_id = c.id
        WHERE c.root_id = ?1";
    all(db, sql, &[text(root.to_string())]).await
}

/// Who bought these, and each of them who was not forgotten.
pub async fn buyers(db: &D1Database, sales: &[&str]) -> Result<(Vec<Bought>, Vec<Row>), Error> {
    let bought = "-- customer::buyers
        SELECT r.key AS sale, c.root_id AS customer FROM revenue AS r JOIN customer AS c ON c.id = r.customer_id
        WHERE r.key IN (SELECT value FROM json_each(?1))";
    let who = format!(
        "-- customer::buyers
        {SELECT} AND c.id IN (SELECT b.root_id FROM revenue AS r JOIN customer AS b ON b.id = r.customer_id
          WHERE r.key IN (SELECT value FROM json_each(?1)))"
    );
    let keys = [text(serde_json::to_string(sales)?)];
    let results = db.batch(vec![statement(db, bought, &keys)?, statement(db, &who, &keys)?]).await?;
    Ok((rows(&results, 0)?, rows(&results, 1)?))
}

/// What names a customer.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Our identifier.
    Id(CustomerId),
    /// The vendor's, or ours where the vendor has none.
    External(&'a str),
    /// An opportunity's: whose it is.
    Opportunity(&'a str),
}

/// The identity of this name, and the customer whose it is.
#[derive(Debug, Clone, Deserialize)]
pub struct Identity {
    pub id: CustomerId,
    pub external_id: Option<String>,
    pub root_id: CustomerId,
}

impl Identity {
    /// How rows of the log refer to it.
    pub fn whose(&self) -> Whose {
        Customer { external: self.external_id.clone(), id: self.id.to_string(), ..Customer::default() }.whose()
    }
}

/// Looks an identity up, unless its customer was forgotten.
pub async fn identity(db: &D1Database, by: By<'_>) -> Result<Option<Identity>, Error> {
    let sql = "-- customer::identity
        SELECT c.id, c.external_id, c.root_id FROM customer AS c JOIN customer AS root ON root.id = c.root_id
        WHERE (c.id = ?1 OR c.external_id = ?2 OR c.id = (SELECT customer_id FROM opportunity WHERE id = ?3))
          AND root.deleted_at IS NULL ORDER BY c.external_id IS ?2 DESC LIMIT 1";
    let (id, external, opportunity) = match by {
        By::Id(id) => (Some(id.to_string()), None, None),
        By::External(external) => (Some(external.to_owned()), Some(external), None),
        By::Opportunity(opportunity) => (None, None, Some(opportunity)),
    };
    first(db, sql, &[optional(id), optional(external), optional(opportunity)]).await
}

/// The customer with this root.
pub async fn by_root(db: &D1Database, root: CustomerId) -> Result<Option<Row>, Error> {
    let sql = format!("-- customer::by_root\n{SELECT} AND c.id = ?1");
    first(db, &sql, &[text(root.to_string())]).await
}

/// By what a list is ordered; ties by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Created,
    SaleAmount,
    FirstSale,
    Churned,
}

/// Which customers to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Lower case.
    pub email: Option<String>,
    pub external: Option<String>,
    pub search: Option<String>,
    pub country: Option<String>,
    pub link: Option<String>,
    pub partner: Option<String>,
    pub order: Order,
    pub ascending: bool,
    /// Only those behind this one in the list, or before it; the order is by age then.
    pub after: Option<CustomerId>,
    pub before: Option<CustomerId>,
    pub limit: u32,
    pub offset: u32,
}

/// A page of customers. Any of a customer's identities may be what a filter finds.
pub async fn list(db: &D1Database, filter: &Filter) -> Result<Vec<Row>, Error> {
    // Before a customer, the nearest are meant: they are read backwards.
    let backwards = filter.before.is_some();
    let direction = if filter.ascending != backwards { "ASC" } else { "DESC" };
    let past = if filter.ascending != backwards { ">" } else { "<" };
    let column = match filter.order {
        Order::Created => "c.created_at",
        Order::SaleAmount => "sale_amount",
        Order::FirstSale => "coalesce(first_sale_at, 0)",
        Order::Churned => "coalesce(churned_at, 0)",
    };
    // Only words of the above are put together here.
    let sql = format!(
        "-- customer::list
        {SELECT}
          AND (?1 IS NULL OR EXISTS (SELECT 1 FROM customer AS m WHERE m.root_id = c.id AND m.email = ?1))
          AND (?2 IS NULL OR c.id = ?2 OR EXISTS (SELECT 1 FROM customer AS m WHERE m.root_id = c.id AND m.external_id = ?2))
          AND (?3 IS NULL OR EXISTS (SELECT 1 FROM customer AS m WHERE m.root_id = c.id AND instr(
            lower(concat_ws(' ', m.id, m.external_id, m.email, m.name, m.company)), lower(?3)) > 0))
          AND (?4 IS NULL OR c.country = ?4) AND (?5 IS NULL OR t.link_id = ?5) AND (?6 IS NULL OR t.partner_id = ?6)
          AND (?7 IS NULL OR (c.created_at, c.id) {past} (SELECT created_at, id FROM customer WHERE id = ?7))
        ORDER BY {column} {direction}, c.created_at {direction}, c.id {direction} LIMIT ?8 OFFSET ?9"
    );
    let values = [
        optional(filter.email.as_deref()),
        optional(filter.external.as_deref()),
        optional(filter.search.as_deref()),
        optional(filter.country.as_deref()),
        optional(filter.link.as_deref()),
        optional(filter.partner.as_deref()),
        optional(filter.after.or(filter.before).map(|id| id.to_string())),
        number(filter.limit),
        number(filter.offset),
    ];
    let mut found: Vec<Row> = all(db, &sql, &values).await?;
    if backwards {
        found.reverse();
    }
    Ok(found)
}

/// What is to be said of a customer: what is left out stays, `null` takes away.
#[derive(Debug, Default, Serialize)]
pub struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stripe_id: Option<Option<String>>,
}

/// A column of an identity after a change `?2`: a value is the root's, `null` is everybody's.
macro_rules! changed {
    ($column:literal) => {
        concat!(
            $column,
            " = CASE json_type(?2, '$.",
            $column,
            "') WHEN 'null' THEN NULL WHEN 'text' THEN iif(id = root_id, ?2 ->> '$.",
            $column,
            "', ",
            $column,
            ") ELSE ",
            $column,
            " END"
        )
    };
}

const CHANGED: &str = concat!(
    changed!("external_id"),
    ", ",
    changed!("email"),
    ", ",
    changed!("name"),
    ", ",
    changed!("company"),
    ", ",
    changed!("avatar"),
    ", ",
    changed!("country"),
    ", ",
    changed!("stripe_id")
);

/// Changes the customer with this root.
///
/// # Errors
/// A conflict that names what is another customer's.
pub async fn update(db: &Pen, root: CustomerId, change: &Change) -> Result<(), Error> {
    // A number at Stripe that one of the identities has is the root's from then on.
    let give = "-- customer::update
        UPDATE customer SET stripe_id = NULL WHERE root_id = ?1 AND id <> ?1 AND stripe_id = ?2 ->> '$.stripe_id'";
    let sql = format!("-- customer::update\nUPDATE customer SET {CHANGED} WHERE root_id = ?1");
    let values = [text(root.to_string()), text(serde_json::to_string(change)?)];
    taken(db.write(vec![statement(db, give, &values)?, statement(db, &sql, &values)?]).await)
}

/// Writes a new customer; one who was forgotten and has the same identifier is it again. Answers whether it was new.
///
/// # Errors
/// A conflict that names what is another customer's.
pub async fn create(db: &Pen, id: CustomerId, change: &Change, now: Millis) -> Result<bool, Error> {
    let sql = "-- customer::create
        INSERT INTO customer (id, external_id, email, name, company, avatar, country, stripe_id, created_at)
        SELECT ?1, j ->> '$.external_id', j ->> '$.email', j ->> '$.name', j ->> '$.company', j ->> '$.avatar',
          j ->> '$.country', j ->> '$.stripe_id', ?3 FROM (SELECT ?2 AS j) WHERE true
        ON CONFLICT (external_id) DO UPDATE SET email = excluded.email, name = excluded.name, company = excluded.company,
          avatar = excluded.avatar, country = excluded.country, stripe_id = excluded.stripe_id, deleted_at = NULL
        WHERE customer.deleted_at IS NOT NULL
        RETURNING id";
    let values = [text(id.to_string()), text(serde_json::to_string(change)?), number(now.0)];
    let external = serde_json::to_string(&[&change.external_id])?;
    match db.write(vec![statement(db, sql, &values)?, revive(db, &external)?]).await {
        Ok(results) => Ok(!rows::<serde_json::Value>(&results, 0)?.is_empty()),
        Err(error) => taken(Err::<(), _>(error)).map(|()| false),
    }
}

/// The statement that makes forgotten customers known again of whom something is said: by a JSON array of their identifiers,
/// the vendor's or ours.
pub fn revive(db: &D1Database, names: &str) -> Result<D1PreparedStatement, Error> {
    let sql = "-- customer::revive
        UPDATE customer SET deleted_at = NULL WHERE deleted_at IS NOT NULL AND root_id IN (SELECT root_id FROM customer
          WHERE external_id IN (SELECT value FROM json_each(?1)) OR id IN (SELECT value FROM json_each(?1)))";
    statement(db, sql, &[text(names)])
}

fn taken<T>(result: Result<T, worker::Error>) -> Result<(), Error> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => {
            let field = if error.to_string().contains("stripe_id") { "stripeCustomerId" } else { "externalId" };
            Err(Error::Refused(Code::Conflict, format!("{field}: is another customer's; merge them if they are one")))
        }
        Err(error) => Err(error.into()),
    }
}

/// The deals of the customer with the root `?1`: those that became an opportunity of theirs, and those that name their
/// e-mail address.
macro_rules! deals {
    () => {
        "(SELECT d.id FROM deal AS d LEFT JOIN opportunity AS o ON o.id = d.opportunity_id
          WHERE o.customer_id IN (SELECT id FROM customer WHERE root_id = ?1)
            OR lower(d.details ->> '$.contactEmail') IN (SELECT email FROM customer WHERE root_id = ?1))"
    };
}

/// Forgets who a customer was, also in their deals, in the notes of joins, and in the log of the changes of all of these. What happened stays, and so
/// does the vendor's identifier, so that a refund finds its sale.
pub async fn forget(db: &Pen, root: CustomerId, now: Millis) -> Result<(), Error> {
    // The log would say what is blanked; a deal that nobody is named in is told from others by its identifier.
    let deals = [
        concat!(
            "-- customer::forget
        UPDATE help SET note = NULL WHERE deal_id IN ",
            deals!()
        ),
        concat!(
            "-- customer::forget
        UPDATE audit SET before = json_remove(before, '$.note'), after = json_remove(after, '$.note')
        WHERE kind = 'deal_help' AND target IN (SELECT id FROM help WHERE deal_id IN ",
            deals!(),
            ")"
        ),
        concat!(
            "-- customer::forget
        UPDATE deal_change SET request = '{}' WHERE deal_id IN ",
            deals!()
        ),
        concat!(
            "-- customer::forget
        UPDATE deal SET marks = json_object('email', NULL, 'domains', json_array(), 'name', ''), details = json_set(
          json_remove(details, '$.website', '$.contactName', '$.notes'), '$.company', 'Forgotten ' || id,
          '$.contactEmail', '')
        WHERE id IN ",
            deals!()
        ),
    ];
    // By now they are told by what they are called.
    let log = "-- customer::forget
        UPDATE audit SET before = json_remove(before, '$.details'), after = json_remove(after, '$.details')
        WHERE kind = 'deal' AND target IN (SELECT id FROM deal WHERE details ->> '$.company' = 'Forgotten ' || id)";
    let names = "-- customer::forget
        UPDATE opportunity SET name = NULL WHERE customer_id IN (SELECT id FROM customer WHERE root_id = ?1)";
    let leads = "-- customer::forget
        UPDATE milestone SET metadata = NULL WHERE customer_id IN (SELECT id FROM customer WHERE root_id = ?1)";
    let sales = "-- customer::forget
        UPDATE revenue SET metadata = NULL WHERE customer_id IN (SELECT id FROM customer WHERE root_id = ?1)";
    let notes = "-- customer::forget
        UPDATE customer_join SET note = NULL WHERE customer_id IN (SELECT id FROM customer WHERE root_id = ?1)
          OR into_id IN (SELECT id FROM customer WHERE root_id = ?1)";
    let person = "-- customer::forget
        UPDATE customer SET email = NULL, name = NULL, company = NULL, avatar = NULL, country = NULL, stripe_id = NULL,
          deleted_at = ?2 WHERE root_id = ?1";
    // Behind the change itself, since its own entry says who it was.
    let entries = "-- customer::forget
        UPDATE audit SET
          before = json_remove(before, '$.email', '$.name', '$.company', '$.avatar', '$.country', '$.stripe_id', '$.note'),
          after = json_remove(after, '$.email', '$.name', '$.company', '$.avatar', '$.country', '$.stripe_id', '$.note')
        WHERE kind IN ('customer', 'customer_join') AND target IN (SELECT id FROM customer WHERE root_id = ?1)
          OR kind = 'customer_join' AND target IN (SELECT customer_id FROM customer_join WHERE into_id IN
            (SELECT id FROM customer WHERE root_id = ?1))";
    let root = text(root.to_string());
    let mut batch = Vec::new();
    for sql in deals.into_iter().chain([names, leads, sales, notes]) {
        batch.push(statement(db, sql, std::slice::from_ref(&root))?);
    }
    batch.push(db.prepare(log));
    batch.push(statement(db, person, &[root.clone(), number(now.0)])?);
    batch.push(statement(db, entries, &[root])?);
    db.write(batch).await?;
    Ok(())
}

/// A join, as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct JoinRow {
    pub customer_id: String,
    pub external_id: Option<String>,
    pub into_id: String,
    pub why: String,
    pub note: Option<String>,
    pub done_by: String,
    pub at: u64,
    pub undone_by: Option<String>,
    pub undone_at: Option<u64>,
}

/// What was joined to the customer with this root, and what was taken apart from it, the oldest first.
pub async fn joins(db: &D1Database, root: CustomerId) -> Result<Vec<JoinRow>, Error> {
    let sql = "-- customer::joins
        SELECT j.customer_id, c.external_id, j.into_id, iif(j.sale IS NULL, j.why, 'invoice') AS why,
          coalesce(j.note, j.sale) AS note, j.done_by, j.at, j.undone_by, j.undone_at
        FROM customer_join AS j JOIN customer AS c ON c.id = j.customer_id
        WHERE j.customer_id IN (SELECT id FROM customer WHERE root_id = ?1)
          OR j.into_id IN (SELECT id FROM customer WHERE root_id = ?1)
        ORDER BY j.at, j.rowid";
    all(db, sql, &[text(root.to_string())]).await
}

/// Joins the customer with the root `joined` to the one with the root `into`, with all who are joined to it. `false` where one
/// of them is no root any more, or both are the same: nothing changed.
pub async fn merge(
    db: &Pen,
    joined: CustomerId,
    into: CustomerId,
    (by, note): (&str, Option<&str>),
    now: Millis,
) -> Result<bool, Error> {
    let join = "-- customer::merge
        INSERT INTO customer_join (customer_id, into_id, why, note, done_by, at)
        SELECT a.id, b.id, 'hand', ?3, ?4, ?5 FROM customer AS a, customer AS b
        WHERE a.id = ?1 AND b.id = ?2 AND a.root_id = a.id AND b.root_id = b.id AND a.id <> b.id
        RETURNING customer_id";
    let read = "-- customer::merge
        UPDATE customer SET joined_to = ?2 WHERE root_id = ?1
          AND EXISTS (SELECT 1 FROM customer_join WHERE customer_id = ?1 AND into_id = ?2 AND undone_at IS NULL)";
    let (joined, into) = (text(joined.to_string()), text(into.to_string()));
    let values = [joined.clone(), into.clone(), optional(note), text(by), number(now.0)];
    let results = db.write(vec![statement(db, join, &values)?, statement(db, read, &[joined, into])?]).await?;
    Ok(!rows::<serde_json::Value>(&results, 0)?.is_empty())
}

/// Takes an identity, with all who were joined to it, out of the customer with this root. `false` where it is not joined there.
pub async fn unmerge(db: &Pen, id: CustomerId, root: CustomerId, by: &str, now: Millis) -> Result<bool, Error> {
    let undo = "-- customer::unmerge
        UPDATE customer_join SET undone_at = ?4, undone_by = ?3
        WHERE customer_id = ?1 AND undone_at IS NULL AND (SELECT root_id FROM customer WHERE id = ?1) = ?2
        RETURNING customer_id";
    // Those who are still joined to it, by one another, are read as it again.
    let read = "-- customer::unmerge
        UPDATE customer SET joined_to = CASE WHEN id = ?1 THEN NULL ELSE ?1 END
        WHERE id IN (WITH RECURSIVE under (id) AS (SELECT ?1 UNION
            SELECT j.customer_id FROM customer_join AS j JOIN under ON j.into_id = under.id WHERE j.undone_at IS NULL)
          SELECT id FROM under)
          AND NOT EXISTS (SELECT 1 FROM customer_join WHERE customer_id = ?1 AND undone_at IS NULL)";
    let id = text(id.to_string());
    let values = [id.clone(), text(root.to_string()), text(by), number(now.0)];
    let results = db.write(vec![statement(db, undo, &values)?, statement(db, read, &[id])?]).await?;
    Ok(!rows::<serde_json::Value>(&results, 0)?.is_empty())
}
