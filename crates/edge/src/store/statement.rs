//! Months that are closed, and what was stated then.

use std::collections::BTreeMap;

use engine::{
    commission::close::{Sheet, Stated, Totals},
    id::PartnerId,
    time::{Millis, Time},
};
use serde::Deserialize;
use worker::{D1Database, D1PreparedStatement};

use super::{all, audit::Pen, first, is_taken, number, optional, statement, text};
use crate::error::Error;

/// Whose, and in which currency.
pub type Whose = (String, String);

/// Most characters of a part of a sheet: D1 takes two megabytes a row.
const PART: usize = 100_000;

#[derive(Deserialize)]
struct Until {
    until: Option<u64>,
}

/// When the last closed month ended; `None` where none is closed.
pub async fn closed_until(db: &D1Database) -> Result<Option<Time>, Error> {
    let sql = "-- statement::closed_until
        SELECT max(until) AS until FROM closed_month";
    let row: Option<Until> = first(db, sql, &[]).await?;
    Ok(row.and_then(|row| row.until).map(|until| Millis(until).time()))
}

/// A statement as it was closed.
#[derive(Deserialize)]
pub struct Row {
    pub partner_id: String,
    pub currency: String,
    part: u32,
    sheet: String,
    pub created_at: u64,
}

impl Row {
    /// What it states.
    pub fn sheet(&self) -> Result<Sheet, Error> {
        Ok(serde_json::from_str(&self.sheet)?)
    }
}

/// Rows in the order of their parts, each with all of its parts.
fn whole(rows: Vec<Row>) -> Vec<Row> {
    let mut whole: Vec<Row> = Vec::new();
    for row in rows {
        match whole.last_mut() {
            Some(last) if row.part > 0 => last.sheet.push_str(&row.sheet),
            _ => whole.push(row),
        }
    }
    whole
}

/// The parts of a text.
fn parts(mut rest: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    while let Some((end, _)) = rest.char_indices().nth(PART) {
        let (part, more) = rest.split_at(end);
        parts.push(part);
        rest = more;
    }
    parts.push(rest);
    parts
}

/// The statements of a closed month: of one partner, or of all.
pub async fn of(db: &D1Database, month: &str, partner: Option<PartnerId>) -> Result<Vec<Row>, Error> {
    let sql = "-- statement::of
        SELECT s.partner_id, s.currency, s.part, s.sheet, c.created_at
        FROM statement AS s JOIN closed_month AS c ON c.month = s.month
        WHERE s.month = ?1 AND (?2 IS NULL OR s.partner_id = ?2) ORDER BY s.partner_id, s.currency, s.part";
    Ok(whole(all(db, sql, &[text(month), optional(partner.map(|id| id.to_string()))]).await?))
}

/// All that was stated so far: of one partner, or of all.
pub async fn stated(db: &D1Database, partner: Option<PartnerId>) -> Result<BTreeMap<Whose, Stated>, Error> {
    let sql = "-- statement::stated
        SELECT s.partner_id, s.currency, s.part, s.sheet, c.created_at
        FROM statement AS s JOIN closed_month AS c ON c.month = s.month
        WHERE ?1 IS NULL OR s.partner_id = ?1 ORDER BY s.month, s.partner_id, s.currency, s.part";
    let mut stated: BTreeMap<Whose, Stated> = BTreeMap::new();
    for row in whole(all(db, sql, &[optional(partner.map(|id| id.to_string()))]).await?) {
        let sheet = row.sheet()?;
        stated.entry((row.partner_id, row.currency)).or_default().add(&sheet);
    }
    Ok(stated)
}

/// Closes a month with its statements, all or nothing; `false` when it was closed already, and then nothing is written.
pub async fn close(pen: &Pen, month: &str, until: Time, sheets: &[(Whose, Sheet)], now: Millis) -> Result<bool, Error> {
    let shut = "-- statement::close
        INSERT INTO closed_month (month, until, created_at) VALUES (?1, ?2, ?3)";
    let write = "-- statement::close
        INSERT INTO statement (month, partner_id, currency, part, sheet) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut batch = vec![statement(pen, shut, &[text(month), number(until.millis().0), number(now.0)])?];
    for ((partner, currency), sheet) in sheets {
        for (i, part) in parts(&serde_json::to_string(sheet)?).into_iter().enumerate() {
            let values = [text(month), text(partner), text(currency), number(i as u32), text(part)];
            batch.push(statement(pen, write, &values)?);
        }
    }
    batch.extend(told(pen, month, until, sheets, now)?);
    match pen.write(batch).await {
        Ok(_) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The statements that tell of a month that is closed: a webhook a statement, as no commission is settled before, and
/// an e-mail to those who look after the partner. Months that ended long ago are closed without one.
fn told(
    db: &D1Database,
    month: &str,
    until: Time,
    sheets: &[(Whose, Sheet)],
    now: Millis,
) -> Result<[D1PreparedStatement; 2], Error> {
    let webhooks = "-- statement::told
        INSERT INTO outgoing (id, kind, subject, data, at)
        SELECT 'msg_0' || substr(hex(randomblob(13)), 2), 'commission.created',
          ?1 || ' ' || p.id || ' ' || (j.value ->> 'currency'),
          json_set(j.value, '$.month', ?1, '$.partner', json(p.told)), ?3
        FROM json_each(?2) AS j JOIN told_partner AS p ON p.id = j.value ->> 'partner'
        WHERE EXISTS (SELECT 1 FROM wanted WHERE kind = 'commission.created')";
    let mail = "-- statement::told
        INSERT INTO outbox (id, kind, recipient, data, until, created_at)
        SELECT 'mail_0' || substr(hex(randomblob(13)), 2), 'statement', m.email,
          json_object('name', m.name, 'month', ?1, 'currency', j.value ->> 'currency', 'closing', j.value ->> 'closing',
            'payable', j.value ->> 'payableClosing'), ?3 + 259200000, ?3
        FROM json_each(?2) AS j JOIN member AS m ON m.partner_id = j.value ->> 'partner' AND m.role = 'partner_admin'
        WHERE ?4 > ?3 - 3024000000";
    let sums = |((partner, currency), sheet): &(Whose, Sheet)| {
        let Totals { earned, clawed_back, approved, paid } = sheet.correction.plus(sheet.movement);
        serde_json::json!({
            "partner": partner, "currency": currency, "opening": sheet.before.owed(), "earned": earned,
            "clawedBack": clawed_back, "approved": approved, "paid": paid, "closing": sheet.after().owed(),
            "payableClosing": sheet.after().payable(),
        })
    };
    let sums = text(serde_json::Value::from_iter(sheets.iter().map(sums)).to_string());
    let values = [text(month), sums, number(now.0), number(until.millis().0)];
    Ok([statement(db, webhooks, &values[..3])?, statement(db, mail, &values)?])
}
