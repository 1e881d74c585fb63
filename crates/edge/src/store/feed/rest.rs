//! The facts that only the catalogue of figures reads, in columns.

use std::collections::HashMap;

use engine::{
    fact::{ActivityKind, AssetKind, CampaignKind, CostKind, JoinSource, SurveyKind, UsageKind},
    log::{
        ActivityRow, AdjustmentRow, AssetRow, ChurnRow, CostRow, DowntimeRow, GoalRow, IntegrationRow, Interner,
        JoinRow, Log, MailingRow, NONE, PayoutRow, SpendRow, SurveyRow, TicketRow, UsageRow,
    },
    time::{Day, Millis},
};
use serde::Deserialize;
use worker::D1Result;

use super::{customers, word};
use crate::{error::Error, store::rows};

pub const INTEGRATIONS: &str = "-- feed::integrations
    SELECT name, partner_id FROM integration WHERE ?1 = '' OR partner_id = ?1 ORDER BY name";
/// Uses and results that are alike travel as one row with their number: those within a quarter of an hour, at whose bounds the
/// days of every time zone begin. What the program spent and was told in surveys is for no partner.
pub const FACTS: &str = concat!(
    "-- feed::facts
    SELECT min(at) AS at, type, kind, partner_id, customer_id, integration, sum(amount) AS amount, currency, first_day,
      next_day, CASE WHEN type = 'partner.joined'
        THEN coalesce((SELECT g.name FROM partner_group AS g WHERE g.id = fact.name), name) ELSE name END AS name,
      CASE WHEN type = 'adjustment' THEN key END AS key
    FROM fact
    WHERE ?1 = '' OR (type NOT IN ('cost', 'spend', 'survey') AND (partner_id = ?1
      OR integration IN (SELECT name FROM integration WHERE partner_id = ?1)
      OR (type = 'customer.churned' AND customer_id IN ",
    customers!(),
    ")))
    GROUP BY CASE WHEN type IN ('integration', 'campaign') THEN at / 900000 ELSE key END, type, kind, partner_id, customer_id,
      integration, name
    ORDER BY min(at), min(rowid)"
);

#[derive(Deserialize)]
struct Integration {
    name: String,
    partner_id: Option<String>,
}

#[derive(Deserialize)]
struct Fact {
    at: u64,
    r#type: String,
    kind: Option<String>,
    partner_id: Option<String>,
    customer_id: Option<String>,
    integration: Option<String>,
    name: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    first_day: Option<u32>,
    next_day: Option<u32>,
    /// Of an adjustment.
    key: Option<String>,
}

/// Numbers of what the facts name, by identifier.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub partners: &'a HashMap<String, u32>,
    pub customers: &'a HashMap<String, u32>,
}

/// What tells one person of a partner from all others, in activities and as the seller of a deal.
pub fn person(partner: u32, name: &str) -> String {
    format!("{partner} {name}")
}

/// Adds the facts to a log. A fact of somebody whom the log does not hold is left out with them. Answers the key of each
/// adjustment.
pub fn read(
    results: &[D1Result],
    log: &mut Log,
    known: Known<'_>,
    persons: &mut Interner,
    campaigns: &mut Interner,
    currencies: &mut Interner,
) -> Result<Vec<String>, Error> {
    let mut adjustments = Vec::new();
    let find = |map: &HashMap<String, u32>, id: &Option<String>| {
        id.as_ref().and_then(|id| map.get(id)).copied().unwrap_or(NONE)
    };
    let mut integrations = HashMap::new();
    for row in rows::<Integration>(results, 8)? {
        integrations.insert(row.name.clone(), log.integrations.len() as u32);
        log.integrations.push(IntegrationRow { name: row.name, partner: find(known.partners, &row.partner_id) });
    }
    let mut groups = Interner::default();
    for row in rows::<Fact>(results, 9)? {
        let at = Millis(row.at).time();
        let kind = row.kind.as_deref().unwrap_or_default();
        let (partner, customer) = (find(known.partners, &row.partner_id), find(known.customers, &row.customer_id));
        let integration = find(&integrations, &row.integration);
        let amount = row.amount.unwrap_or_default();
        let count = u32::try_from(amount).unwrap_or(u32::MAX);
        let mut currency = || currencies.optional(row.currency.as_deref());
        match row.r#type.as_str() {
            "partner.joined" => {
                let source = word("fact.kind", JoinSource::from_word(kind))?;
                log.joins.push(JoinRow { at, partner, source, group: groups.optional(row.name.as_deref()) });
            }
            "partner.goal" => log.goals.push(GoalRow {
                at,
                partner,
                metric: row.name.unwrap_or_default(),
                from: Day(row.first_day.unwrap_or_default()),
                until: Day(row.next_day.unwrap_or_default()),
                target: amount,
            }),
            "partner.activity" => {
                // Nobody in particular is somebody of the partner, and none of those who are named: no name is empty.
                let person = persons.number(&person(partner, row.name.as_deref().unwrap_or_default()));
                let kind = word("fact.kind", ActivityKind::from_word(kind))?;
                log.activities.push(ActivityRow { at, partner, kind, person });
            }
            "cost" => {
                let kind = word("fact.kind", CostKind::from_word(kind))?;
                log.costs.push(CostRow { at, partner, kind, amount, currency: currency() });
            }
            "spend" => {
                let campaign = campaigns.optional(row.name.as_deref());
                log.spend.push(SpendRow { at, campaign, amount, currency: currency() });
            }
            "payout" => log.payouts.push(PayoutRow { at, partner, amount, currency: currency() }),
            "adjustment" => {
                adjustments.push(row.key.unwrap_or_default());
                let reason = row.name.unwrap_or_default();
                log.adjustments.push(AdjustmentRow { at, partner, amount, currency: currency(), reason });
            }
            "customer.churned" => log.churns.push(ChurnRow { at, customer }),
            "integration" if customer != NONE => {
                let kind = word("fact.kind", UsageKind::from_word(kind))?;
                log.usage.push(UsageRow { at, integration, customer, kind, count });
            }
            "survey" => {
                let kind = word("fact.kind", SurveyKind::from_word(kind))?;
                log.surveys.push(SurveyRow { at, customer, kind, score: u8::try_from(amount).unwrap_or(u8::MAX) });
            }
            "ticket" if customer != NONE => log.tickets.push(TicketRow { at, customer, integration }),
            "downtime" => log.downtimes.push(DowntimeRow { at, integration, minutes: count }),
            "campaign" => {
                let kind = word("fact.kind", CampaignKind::from_word(kind))?;
                let campaign = campaigns.optional(row.name.as_deref());
                log.mailings.push(MailingRow { at, campaign, partner, kind, count });
            }
            "asset" => {
                let kind = word("fact.kind", AssetKind::from_word(kind))?;
                log.assets.push(AssetRow { at, partner, kind });
            }
            // Of somebody who is no customer of this reader's: a ticket about the partner's integration.
            "integration" | "ticket" => {}
            _ => return Err(Error::Unavailable("a stored fact.type is not known to this version".into())),
        }
    }
    log.groups = groups.into_texts();
    Ok(adjustments)
}
