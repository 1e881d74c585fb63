//! Who brought the customer of what is recorded, for doors that name a partner for it.

use std::collections::HashMap;

use engine::{
    fact::RevenueKind,
    id::PartnerId,
    policy::Policies,
    time::{Millis, Window},
};
use serde::Deserialize;
use wire::fact::Fact;
use worker::D1Database;

use super::{all, text};
use crate::error::Error;

/// Whoever brought a customer met them: where nobody says when, it is written down as this long before what came of it.
pub const LEAD_MS: u64 = 60 * 60 * 1000;

/// Whose a recorded sale or lead is, beside whom a door names for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credit {
    /// Nobody's: a touch at this time makes it theirs.
    Nobodys(Millis),
    /// Theirs.
    Theirs,
    /// Others'.
    Others,
}

/// The counted touches of customers of whom something is recorded.
#[derive(Debug, Default)]
pub struct Brought(HashMap<String, Recorded>);

#[derive(Debug, Default)]
struct Recorded {
    /// Of a sale: when it was, and of what kind it is.
    sale: Option<(u64, RevenueKind)>,
    touches: Vec<(PartnerId, u64)>,
}

#[derive(Deserialize)]
struct Row {
    key: String,
    /// Of a sale, where this is no touch.
    sold: Option<u64>,
    kind: Option<RevenueKind>,
    partner: Option<PartnerId>,
    at: Option<u64>,
}

impl Brought {
    /// Looks up who touched the customers of these events: each a key, and a name of its customer.
    pub async fn load(db: &D1Database, events: &[(String, &str)]) -> Result<Self, Error> {
        let sql = "-- brought::load
            WITH asked AS MATERIALIZED (
              SELECT j.value ->> '$[0]' AS key, r.at, coalesce(
                (SELECT root_id FROM customer WHERE id = r.customer_id),
                (SELECT root_id FROM customer WHERE external_id = j.value ->> '$[1]'),
                (SELECT min(root_id) FROM customer WHERE email = j.value ->> '$[1]')) AS root
              FROM json_each(?1) AS j LEFT JOIN revenue AS r ON r.key = j.value ->> '$[0]')
            SELECT a.key, a.at AS sold, k.kind, NULL AS partner, NULL AS at
            FROM asked AS a LEFT JOIN revenue_kind AS k ON k.key = a.key
            UNION SELECT a.key, NULL, NULL, t.partner_id, t.at FROM asked AS a JOIN customer AS m ON m.root_id = a.root
            JOIN touch AS t ON t.customer_id = m.id WHERE t.mark = 'counted' AND t.partner_id IS NOT NULL
            UNION SELECT a.key, NULL, NULL, t.partner_id, t.at FROM asked AS a JOIN customer AS m ON m.root_id = a.root
            JOIN identity AS i ON i.customer_id = m.id JOIN touch AS t ON t.visitor = i.visitor
            WHERE t.mark = 'counted' AND t.partner_id IS NOT NULL";
        let mut brought: HashMap<String, Recorded> = HashMap::new();
        for row in all::<Row>(db, sql, &[text(serde_json::to_string(events)?)]).await? {
            let known = brought.entry(row.key).or_default();
            known.sale = known.sale.or(row.sold.zip(row.kind));
            known.touches.extend(row.partner.zip(row.at));
        }
        Ok(Self(brought))
    }

    /// Whose a recorded event is, as far as touches say that are within the window of its time and kind. A lead is new
    /// business.
    pub fn credit(&self, event: &Fact, named: Option<PartnerId>, policies: &Policies) -> Credit {
        let known = self.0.get(&event.economic_key());
        let sale = known.and_then(|known| known.sale).map(|(at, kind)| (Millis(at), kind));
        let (at, kind) = sale.unwrap_or((event.at, RevenueKind::New));
        let window = policies.at(at.time()).rule(kind).window;
        let touches = known.map_or(&[][..], |known| &known.touches);
        let mut counting = touches.iter().filter(|(_, touched)| counts(*touched, at, window)).peekable();
        if counting.peek().is_none() {
            return Credit::Nobodys(Millis(at.0.saturating_sub(LEAD_MS)));
        }
        if counting.any(|(partner, _)| Some(*partner) == named) { Credit::Theirs } else { Credit::Others }
    }
}

fn counts(touched: u64, at: Millis, window: Window) -> bool {
    at.0.checked_sub(touched).is_some_and(|before| before <= u64::from(window.seconds()) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touch_counts_from_its_moment_to_the_end_of_the_window() {
        let (window, day) = (Window::MONTH, 86_400_000);
        for (touched, sold, expect) in
            [(5, 5, true), (6, 5, false), (0, 30 * day, true), (0, 30 * day + 1, false), (day, 2 * day, true)]
        {
            assert_eq!(counts(touched, Millis(sold), window), expect, "{touched} {sold}");
        }
    }
}
