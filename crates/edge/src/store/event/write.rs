//! The statements of a batch, one a table.

use std::collections::HashMap;

use engine::{id::LinkId, text::Utm, time::Millis};
use worker::{D1Database, D1PreparedStatement};

use super::{Batch, ROWS, json};
use crate::{
    error::Error,
    store::{customer, link, number, program, statement, text, touch},
};

/// Resolves [`Whose`] of a row `j` inside a statement.
macro_rules! whose {
    () => {
        "coalesce((SELECT id FROM customer WHERE external_id = j.value ->> '$.whose.external'), j.value ->> '$.whose.id')"
    };
}

/// The customer as whom [`Whose`] of a row `j` is read.
macro_rules! root {
    () => {
        concat!("(SELECT root_id FROM customer WHERE id = ", whose!(), ")")
    };
}

impl Batch {
    /// Customers: who is new is made, and one whom a form knew only by e-mail or by click, or Stripe by its number, is joined
    /// to the one that a backend names now; what is newly said of them is kept. Who was forgotten and comes back is a customer again.
    pub(super) fn customers(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let insert = "-- event::customers
            INSERT INTO customer (id, external_id, email, name, company, avatar, created_at)
            SELECT j.value ->> '$.id', j.value ->> '$.external', j.value ->> '$.email', j.value ->> '$.name',
              j.value ->> '$.company', j.value ->> '$.avatar', ?2
            FROM json_each(?1) AS j WHERE true
            ON CONFLICT DO NOTHING";
        // Only to one who is made here: whoever is known already by a backend's word is joined by somebody's word.
        let join = "-- event::customers
            INSERT INTO customer_join (customer_id, into_id, why, done_by, at)
            SELECT form.id, made.id, CASE
                WHEN EXISTS (SELECT 1 FROM customer WHERE root_id = form.id AND stripe_id = j.external) THEN 'stripe'
                WHEN EXISTS (SELECT 1 FROM customer WHERE root_id = form.id AND email IN (j.email, lower(j.external)))
                THEN 'email' ELSE 'click' END,
              'program', ?2
            FROM (SELECT value ->> '$.external' AS external, value ->> '$.id' AS id, value ->> '$.email' AS email,
                    value ->> '$.click' AS click FROM json_each(?1)) AS j
            JOIN customer AS made ON made.id = j.id AND made.external_id = j.external
            JOIN customer AS form ON form.id IN (SELECT root_id FROM customer WHERE id IN (
              SELECT id FROM customer WHERE email = j.email UNION SELECT id FROM customer WHERE email = lower(j.external)
              UNION SELECT customer_id FROM touch WHERE key = j.click
              UNION SELECT id FROM customer WHERE stripe_id = j.external))
            WHERE NOT EXISTS (SELECT 1 FROM customer WHERE root_id = form.id AND external_id IS NOT NULL)
            ON CONFLICT DO NOTHING";
        let read = "-- event::customers
            UPDATE customer SET joined_to = j.into_id FROM customer_join AS j
            WHERE j.undone_at IS NULL AND j.customer_id = customer.root_id
              AND j.into_id IN (SELECT value ->> '$.id' FROM json_each(?1))";
        let fill = "-- event::customers
            UPDATE customer SET email = coalesce(j.email, customer.email), name = coalesce(j.name, customer.name),
              company = coalesce(j.company, customer.company), avatar = coalesce(j.avatar, customer.avatar)
            FROM (SELECT value ->> '$.external' AS external, value ->> '$.id' AS id, value ->> '$.email' AS email,
                    value ->> '$.name' AS name, value ->> '$.company' AS company, value ->> '$.avatar' AS avatar
                  FROM json_each(?1)) AS j
            WHERE customer.external_id = j.external OR (j.external IS NULL AND customer.id = j.id)";
        let mut batch = Vec::new();
        for customers in self.customers.chunks(ROWS) {
            let values = json(&customers)?;
            let named: Vec<&str> = customers.iter().map(|c| c.external.as_deref().unwrap_or(&c.id)).collect();
            batch.extend([
                statement(db, insert, &[values.clone(), number(now.0)])?,
                statement(db, join, &[values.clone(), number(now.0)])?,
                statement(db, read, std::slice::from_ref(&values))?,
                statement(db, fill, &[values])?,
                customer::revive(db, &serde_json::to_string(&named)?)?,
            ]);
        }
        Ok(batch)
    }

    pub(super) fn touches(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let touches = concat!(
            "-- event::touches
            INSERT INTO touch (key, at, kind, mark, partner_id, link_id, campaign, utm, coupon, visitor, customer_id, source,
              digest, recorded_at)
            SELECT j.value ->> '$.key', j.value ->> '$.at', j.value ->> '$.kind', j.value ->> '$.mark',
              j.value ->> '$.partner', j.value ->> '$.link', j.value ->> '$.campaign', j.value ->> '$.utm',
              j.value ->> '$.coupon', j.value ->> '$.visitor',
              CASE WHEN j.value ->> '$.whose' IS NULL THEN NULL ELSE ",
            whose!(),
            " END, 'fact', j.value ->> '$.digest', ?2
            FROM json_each(?1) AS j"
        );
        let identities = concat!(
            "-- event::identities
            INSERT INTO identity (visitor, customer_id, at)
            SELECT j.value ->> '$.visitor', ",
            whose!(),
            ", j.value ->> '$.at'
            FROM json_each(?1) AS j WHERE true
            ON CONFLICT DO UPDATE SET at = min(at, excluded.at)"
        );
        let mut batch = Vec::new();
        for rows in self.touches.chunks(ROWS) {
            batch.push(statement(db, touches, &[json(&rows)?, number(now.0)])?);
        }
        if !self.identities.is_empty() {
            batch.push(statement(db, identities, &[json(&self.identities)?])?);
        }
        Ok(batch)
    }

    /// Campaign parameters of the links of clicks whose rows never arrived.
    pub(super) async fn lost(&self, db: &D1Database) -> Result<HashMap<LinkId, Utm>, Error> {
        let links = link::lost(db, self.claims.iter().map(|row| &row.claim)).await?;
        if links.is_empty() {
            return Ok(HashMap::new());
        }
        let template = program::require(db).await?.settings.utm;
        Ok(links.into_iter().map(|link| (link.id, link.utm(&template))).collect())
    }

    /// Clicks that proved themselves: written from their token where their row never arrived, and given to the customer.
    /// A repeat that no cookie remembers counts from then on: what led to a customer must be able to earn. A click that is
    /// another customer's already is claimed a second time in a row of its own, which no click count holds.
    pub(super) fn claims(
        &self,
        db: &D1Database,
        lost: &HashMap<LinkId, Utm>,
        now: Millis,
    ) -> Result<Vec<D1PreparedStatement>, Error> {
        let give = concat!(
            "-- event::claims
            UPDATE touch SET customer_id = (SELECT ",
            whose!(),
            " FROM (SELECT ?2 AS value) AS j),
              mark = CASE WHEN mark = 'duplicate' AND visitor IS NULL THEN 'counted' ELSE mark END
            WHERE key = ?1 AND customer_id IS NULL"
        );
        let again = concat!(
            "-- event::claims
            INSERT INTO touch (key, at, kind, mark, partner_id, link_id, campaign, utm, customer_id, source, recorded_at)
            SELECT t.key || '@' || w.id, t.at, t.kind, t.mark, t.partner_id, t.link_id, t.campaign, t.utm, w.id, 'claim', ?3
            FROM touch AS t, (SELECT ",
            whose!(),
            " AS id FROM (SELECT ?2 AS value) AS j) AS w
            WHERE t.key = ?1 AND t.customer_id <> w.id
            ON CONFLICT DO NOTHING"
        );
        let know = concat!(
            "-- event::claims
            INSERT INTO identity (visitor, customer_id, at)
            SELECT t.visitor, t.customer_id, t.at FROM touch AS t
            WHERE t.key = ?1 AND t.visitor IS NOT NULL AND t.customer_id = (SELECT ",
            whose!(),
            " FROM (SELECT ?2 AS value) AS j)
            ON CONFLICT DO UPDATE SET at = min(at, excluded.at)"
        );
        let mut batch = Vec::new();
        for row in &self.claims {
            let key = text(row.claim.touch.to_string());
            let whose = json(&serde_json::json!({ "whose": &row.whose }))?;
            let utm = row.claim.link.and_then(|link| lost.get(&link));
            batch.push(touch::restore(db, &row.claim, utm, now)?);
            batch.push(statement(db, give, &[key.clone(), whose.clone()])?);
            batch.push(statement(db, again, &[key.clone(), whose.clone(), number(now.0)])?);
            if row.own {
                batch.push(statement(db, know, &[key, whose])?);
            }
        }
        Ok(batch)
    }

    pub(super) fn milestones(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let opportunities = concat!(
            "-- event::opportunities
            INSERT INTO opportunity (id, customer_id, name)
            SELECT j.value ->> '$.id', ",
            whose!(),
            ", j.value ->> '$.name'
            FROM json_each(?1) AS j WHERE true
            ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, name)"
        );
        let milestones = concat!(
            "-- event::milestones
            INSERT INTO milestone (key, at, kind, customer_id, opportunity_id, click, event_name, amount, currency, metadata,
              digest, recorded_at)
            SELECT j.value ->> '$.key', j.value ->> '$.at', j.value ->> '$.kind',
              CASE WHEN j.value ->> '$.whose' IS NULL
                THEN (SELECT customer_id FROM opportunity WHERE id = j.value ->> '$.opportunity') ELSE ",
            whose!(),
            " END, j.value ->> '$.opportunity', j.value ->> '$.click', j.value ->> '$.event_name', j.value ->> '$.amount',
              j.value ->> '$.currency', j.value ->> '$.metadata', j.value ->> '$.digest', ?2
            FROM json_each(?1) AS j"
        );
        let revenue = concat!(
            "-- event::revenue
            INSERT INTO revenue (key, at, kind, customer_id, amount, currency, invoice, opportunity_id, recurring, refund_of,
              click, event_name, processor, metadata, digest, recorded_at, fact_id, product, kind_said, at_said)
            SELECT j.value ->> '$.key', j.value ->> '$.at',
              coalesce(j.value ->> '$.kind', CASE WHEN EXISTS (SELECT 1 FROM revenue AS r WHERE r.kind <> 'refund'
                AND (r.at, r.key) < (j.value ->> '$.at', j.value ->> '$.key')
                AND r.customer_id IN (SELECT id FROM customer WHERE root_id = ",
            root!(),
            ")) THEN 'renewal' ELSE 'new' END),
              coalesce((SELECT sale.customer_id FROM revenue AS sale JOIN customer AS c ON c.id = sale.customer_id
                WHERE sale.key = j.value ->> '$.refund_of' AND c.root_id = ",
            root!(),
            "), ",
            whose!(),
            "), j.value ->> '$.amount', j.value ->> '$.currency', j.value ->> '$.invoice', j.value ->> '$.opportunity',
              j.value ->> '$.recurring', j.value ->> '$.refund_of', j.value ->> '$.click', j.value ->> '$.event_name', j.value ->> '$.processor',
              j.value ->> '$.metadata', j.value ->> '$.digest', ?2, j.value ->> '$.fact_id',
              j.value ->> '$.product', j.value ->> '$.kind_said', j.value ->> '$.at_said'
            FROM json_each(?1) AS j"
        );
        let mut batch = Vec::new();
        if !self.opportunities.is_empty() {
            batch.push(statement(db, opportunities, &[json(&self.opportunities)?])?);
        }
        for rows in self.milestones.chunks(ROWS) {
            batch.push(statement(db, milestones, &[json(&rows)?, number(now.0)])?);
        }
        for rows in self.revenue.chunks(ROWS) {
            batch.push(statement(db, revenue, &[json(&rows)?, number(now.0)])?);
        }
        Ok(batch)
    }

    /// Sales that are told again. An invoice that names two customers shows that they are one: whoever the vendor has no
    /// identifier for is joined to the other, unless somebody took the two apart before. And what the first to tell it did
    /// not say is added: so the same is known of it in whichever order it was told.
    pub(super) fn again(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        let join = concat!(
            "-- event::again
            INSERT INTO customer_join (customer_id, into_id, why, done_by, at, sale)
            SELECT iif(s.is_named, n.root_id, s.root_id), iif(s.is_named, s.root_id, n.root_id), 'hand', 'program', ?2, s.key
            FROM (SELECT r.key, c.root_id,
                    EXISTS (SELECT 1 FROM customer AS m WHERE m.root_id = c.root_id AND m.external_id IS NOT NULL) AS is_named, ",
            whose!(),
            " AS told
                  FROM json_each(?1) AS j JOIN revenue AS r ON r.key = j.value ->> '$.key'
                  JOIN customer AS c ON c.id = r.customer_id) AS s
            JOIN customer AS n ON n.id = s.told
            WHERE s.root_id <> n.root_id
              AND NOT (s.is_named
                AND EXISTS (SELECT 1 FROM customer AS m WHERE m.root_id = n.root_id AND m.external_id IS NOT NULL))
              AND NOT EXISTS (
                SELECT 1 FROM customer AS a JOIN customer_join AS k ON k.customer_id = a.id JOIN customer AS b ON b.id = k.into_id
                WHERE k.undone_at IS NOT NULL
                  AND (a.root_id, b.root_id) IN (VALUES (s.root_id, n.root_id), (n.root_id, s.root_id)))
            ON CONFLICT DO NOTHING"
        );
        let read = "-- event::again
            UPDATE customer SET joined_to = k.into_id FROM customer_join AS k
            WHERE k.undone_at IS NULL AND k.customer_id = customer.root_id
              AND k.sale IN (SELECT value ->> '$.key' FROM json_each(?1))";
        let complete = "-- event::again
            UPDATE revenue SET at = iif(revenue.at_said < j.at_said, j.at, revenue.at), at_said = max(revenue.at_said, j.at_said),
              kind = iif(revenue.kind_said < j.kind_said, j.kind, revenue.kind),
              kind_said = max(revenue.kind_said, j.kind_said), recurring = coalesce(revenue.recurring, j.recurring),
              product = coalesce(revenue.product, j.product)
            FROM (SELECT value ->> '$.key' AS key, value ->> '$.at' AS at, value ->> '$.at_said' AS at_said,
                    value ->> '$.kind' AS kind, value ->> '$.kind_said' AS kind_said, value ->> '$.recurring' AS recurring, value ->> '$.product' AS product
                  FROM json_each(?1)) AS j
            WHERE revenue.key = j.key AND revenue.kind <> 'refund'";
        let mut batch = Vec::new();
        for rows in self.again.chunks(ROWS) {
            let values = json(&rows)?;
            batch.extend([
                statement(db, join, &[values.clone(), number(now.0)])?,
                statement(db, read, std::slice::from_ref(&values))?,
                statement(db, complete, &[values])?,
            ]);
        }
        Ok(batch)
    }

    pub(super) fn facts(&self, db: &D1Database, now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
        if self.facts.is_empty() {
            return Ok(Vec::new());
        }
        let integrations = "-- event::integrations
            INSERT INTO integration (name, partner_id)
            SELECT j.value ->> '$.integration', j.value ->> '$.partner'
            FROM json_each(?1) AS j WHERE j.value ->> '$.integration' IS NOT NULL
            ON CONFLICT DO UPDATE SET partner_id = coalesce(partner_id, excluded.partner_id)";
        let facts = concat!(
            "-- event::facts
            INSERT INTO fact (key, at, type, kind, partner_id, customer_id, integration, name, amount, currency, first_day,
              next_day, digest, recorded_at)
            SELECT j.value ->> '$.key', j.value ->> '$.at', j.value ->> '$.type', j.value ->> '$.kind',
              CASE WHEN j.value ->> '$.integration' IS NULL THEN j.value ->> '$.partner' END,
              CASE WHEN j.value ->> '$.whose' IS NULL THEN NULL ELSE ",
            whose!(),
            " END, j.value ->> '$.integration', j.value ->> '$.name', j.value ->> '$.amount', j.value ->> '$.currency',
              j.value ->> '$.first_day', j.value ->> '$.next_day', j.value ->> '$.digest', ?2
            FROM json_each(?1) AS j"
        );
        let values = json(&self.facts)?;
        Ok(vec![
            statement(db, integrations, std::slice::from_ref(&values))?,
            statement(db, facts, &[values, number(now.0)])?,
        ])
    }
}
