//! Touches: as the edge saw them, and as a token proves them.

use engine::{
    fact::{Channel, TouchKind},
    link::Claim,
    text::Utm,
    time::Millis,
    visit::REPEAT,
};
use serde::Serialize;
use worker::{D1Database, D1PreparedStatement};

use super::{number, optional, statement, text};
use crate::{error::Error, ingest::Message};

/// One element of the array that [`statements`] binds.
#[derive(Serialize)]
struct Row<'a> {
    key: String,
    at: Millis,
    kind: &'static str,
    mark: &'static str,
    partner: Option<String>,
    link: Option<String>,
    campaign: &'a str,
    utm: &'a Utm,
    visitor: Option<&'a str>,
    channel: Option<&'static str>,
    coupon: Option<&'a str>,
    others: Option<&'a str>,
}

/// The statements that write touches of the edge, to be run in one batch: four of them, however many touches. Running them
/// again changes nothing. A row that a token restored before its touch arrived learns what the token could not tell, one of a
/// visitor who permits more by now learns whose it is, and its customers learn the visitor. A link or partner that is gone
/// becomes `NULL` and holds up no other touch.
pub fn statements(db: &D1Database, messages: &[Message], now: Millis) -> Result<Vec<D1PreparedStatement>, Error> {
    let record = "-- touch::statements
        INSERT INTO touch (key, at, kind, mark, partner_id, link_id, campaign, utm, visitor, channel, coupon, others, source,
          recorded_at)
        SELECT m.value ->> 'key', m.value ->> 'at', m.value ->> 'kind', m.value ->> 'mark',
          (SELECT id FROM partner WHERE id = m.value ->> 'partner'), (SELECT id FROM link WHERE id = m.value ->> 'link'),
          m.value ->> 'campaign', m.value -> 'utm', m.value ->> 'visitor', m.value ->> 'channel',
          m.value ->> 'coupon', m.value ->> 'others', 'edge', ?2
        FROM json_each(?1) AS m WHERE true
        ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, campaign = excluded.campaign,
          mark = CASE WHEN touch.customer_id IS NOT NULL AND excluded.visitor IS NULL AND excluded.mark = 'duplicate'
            THEN touch.mark ELSE excluded.mark END,
          utm = excluded.utm, visitor = excluded.visitor, channel = excluded.channel, coupon = excluded.coupon,
          others = excluded.others, source = 'edge'
        WHERE touch.source = 'token'";
    let learn = "-- touch::statements
        UPDATE touch SET visitor = coalesce(touch.visitor, m.value ->> 'visitor'),
          others = coalesce(touch.others, m.value ->> 'others')
        FROM json_each(?1) AS m
        WHERE touch.key = m.value ->> 'key' AND touch.source = 'edge' AND touch.partner_id IS m.value ->> 'partner'
          AND ((touch.visitor IS NULL AND m.value ->> 'visitor' IS NOT NULL)
            OR (touch.others IS NULL AND m.value ->> 'others' IS NOT NULL))";
    // Repeats of a visitor by one link, or on one partner's page, are a function of the touches that are recorded, so that the
    // order in which they come says nothing: the first counts, then the first that comes an hour or more after one that
    // counts. What lies before the touches of this batch is settled already; behind them the chain is followed anew. What a
    // visitor's cookie told the edge comes to the same, as far as a cookie can know. Visits of the program's own pages by
    // different ways are different arrivals, of which the page itself tells what repeats.
    let settle = "-- touch::statements
        WITH RECURSIVE
        new (visitor, kind, partner, link, at) AS (
          SELECT touch.visitor, touch.kind, touch.partner_id, touch.link_id, min(touch.at)
          FROM json_each(?1) AS m JOIN touch ON touch.key = m.value ->> 'key'
          WHERE touch.visitor IS NOT NULL AND touch.source = 'edge' AND touch.mark IN ('counted', 'duplicate')
            AND coalesce(touch.link_id, touch.partner_id) IS NOT NULL
          GROUP BY 1, 2, 3, 4),
        counts (visitor, kind, partner, link, key) AS (
          SELECT visitor, kind, partner, link, coalesce(
            (SELECT key FROM touch AS t WHERE t.visitor = new.visitor AND t.kind = new.kind AND t.partner_id IS new.partner
              AND t.link_id IS new.link AND t.source = 'edge' AND t.mark = 'counted' AND t.at < new.at
              ORDER BY t.at DESC, t.key DESC LIMIT 1),
            (SELECT key FROM touch AS t WHERE t.visitor = new.visitor AND t.kind = new.kind AND t.partner_id IS new.partner
              AND t.link_id IS new.link AND t.source = 'edge' AND t.mark IN ('counted', 'duplicate') AND t.at >= new.at
              ORDER BY t.at, t.key LIMIT 1))
          FROM new
          UNION ALL
          SELECT visitor, kind, partner, link,
            (SELECT key FROM touch AS t WHERE t.visitor = counts.visitor AND t.kind = counts.kind
              AND t.partner_id IS counts.partner AND t.link_id IS counts.link AND t.source = 'edge'
              AND t.mark IN ('counted', 'duplicate') AND t.at >= (SELECT at + ?2 FROM touch WHERE key = counts.key)
              ORDER BY t.at, t.key LIMIT 1)
          FROM counts WHERE key IS NOT NULL)
        UPDATE touch SET mark = CASE WHEN touch.key IN (SELECT key FROM counts WHERE key IS NOT NULL)
          THEN 'counted' ELSE 'duplicate' END
        FROM new
        WHERE touch.visitor = new.visitor AND touch.kind = new.kind AND touch.partner_id IS new.partner
          AND touch.link_id IS new.link AND touch.source = 'edge' AND touch.at >= new.at
          AND touch.mark = CASE WHEN touch.key IN (SELECT key FROM counts WHERE key IS NOT NULL)
            THEN 'duplicate' ELSE 'counted' END";
    // As when the touch comes first (`event::claims`): the visitor is the customer's who claimed it first.
    let identify = "-- touch::statements
        INSERT INTO identity (visitor, customer_id, at)
        SELECT touch.visitor, touch.customer_id, touch.at
        FROM json_each(?1) AS m JOIN touch ON touch.key = m.value ->> 'key'
        WHERE touch.visitor IS NOT NULL AND touch.customer_id IS NOT NULL
        ON CONFLICT DO UPDATE SET at = min(at, excluded.at)";
    let rows: Vec<Row<'_>> = messages
        .iter()
        .map(|message| Row {
            key: message.id.to_string(),
            at: message.id.at(),
            kind: message.kind.word(),
            mark: message.mark.word(),
            partner: message.partner.map(|id| id.to_string()),
            link: message.link.map(|id| id.to_string()),
            campaign: message.utm.campaign.as_deref().unwrap_or_default(),
            utm: &message.utm,
            visitor: message.visitor.as_deref(),
            channel: message.told.channel.map(Channel::word),
            coupon: message.told.coupon.as_deref(),
            others: message.told.others.as_deref(),
        })
        .collect();
    let rows = serde_json::to_string(&rows)?;
    Ok(vec![
        statement(db, record, &[text(&rows), number(now.0)])?,
        statement(db, learn, &[text(&rows)])?,
        statement(db, settle, &[text(&rows), number(REPEAT)])?,
        statement(db, identify, &[text(rows)])?,
    ])
}

/// The statement that writes a touch from its token alone, unless it is recorded already: with the campaign parameters that its
/// link would add now. A token that does not say what the touch was is of the link's kind; without a link it is a visit of the
/// landing page. Without the partner nothing is written.
pub fn restore(
    db: &D1Database,
    claim: &Claim,
    utm: Option<&Utm>,
    recorded_at: Millis,
) -> Result<D1PreparedStatement, Error> {
    let guess = if claim.link.is_some() { TouchKind::Click } else { TouchKind::Landing };
    let sql = "-- touch::restore
        INSERT INTO touch (key, at, kind, mark, partner_id, link_id, campaign, utm, source, recorded_at)
        SELECT ?1, ?2, coalesce(?5, link.kind, ?6), 'counted', partner.id, link.id, coalesce(?7 ->> 'campaign', ''), ?7, 'token',
          ?8
        FROM partner LEFT JOIN link ON link.id = ?4
        WHERE partner.id = ?3
        ON CONFLICT (key) DO NOTHING";
    let values = [
        text(claim.touch.to_string()),
        number(claim.touch.at().0),
        text(claim.partner.to_string()),
        optional(claim.link.map(|id| id.to_string())),
        optional(claim.kind.map(TouchKind::word)),
        text(guess.word()),
        text(serde_json::to_string(utm.unwrap_or(&Utm::default()))?),
        number(recorded_at.0),
    ];
    statement(db, sql, &values)
}
