//! Introductions and help to sell: recorded by one side, answered by the other.

use engine::{
    fact::{Mark, TouchKind},
    id::{DealId, HelpId, PartnerId},
    time::Millis,
};
use serde::Deserialize;
use worker::D1Database;

use super::{
    all,
    audit::Pen,
    event::{Batch, TouchRow, Whose, Written},
    first, is_taken, number, optional, statement, text,
};
use crate::{auth::Scope, error::Error};

/// Help as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: HelpId,
    pub partner_id: PartnerId,
    pub deal_id: Option<String>,
    pub opportunity_id: Option<String>,
    pub kind: String,
    pub at: u64,
    pub note: Option<String>,
    /// Who recorded it: `partner` or `program`.
    pub side: String,
    pub created_at: u64,
    /// The other side's answer.
    pub confirmed: Option<u8>,
    pub reason: Option<String>,
}

const SELECT: &str = "SELECT help.*, a.confirmed, a.reason FROM help LEFT JOIN help_answer AS a ON a.help_id = help.id";

fn of(scope: Scope) -> wasm_bindgen::JsValue {
    match scope {
        Scope::Program => optional(None::<&str>),
        Scope::Partner(id) => text(id.to_string()),
    }
}

/// One, if it is in the scope.
pub async fn find(db: &D1Database, id: HelpId, scope: Scope) -> Result<Option<Row>, Error> {
    let sql = format!("-- help::find\n{SELECT} WHERE help.id = ?1 AND (?2 IS NULL OR help.partner_id = ?2)");
    first(db, &sql, &[text(id.to_string()), of(scope)]).await
}

/// A page of a scope's, of one deal or of all, the newest first.
pub async fn list(
    db: &D1Database,
    scope: Scope,
    deal: Option<&str>,
    (limit, offset): (u32, u32),
) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "-- help::list
        {SELECT} WHERE (?1 IS NULL OR help.partner_id = ?1) AND (?2 IS NULL OR help.deal_id = ?2)
        ORDER BY help.created_at DESC, help.id DESC LIMIT ?3 OFFSET ?4"
    );
    all(db, &sql, &[of(scope), optional(deal), number(limit), number(offset)]).await
}

/// Help to write.
#[derive(Debug)]
pub struct New<'a> {
    pub id: HelpId,
    pub partner: PartnerId,
    /// A deal, or the vendor's identifier of an opportunity.
    pub of: Of<'a>,
    pub kind: TouchKind,
    pub at: Millis,
    pub note: Option<&'a str>,
    /// `partner` or `program`.
    pub side: &'static str,
}

/// What the help was given to.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    Deal(DealId),
    Opportunity(&'a str),
}

/// Writes help. Answers which it is: the same help of the same moment is one, whoever records it.
pub async fn create(db: &Pen, new: &New<'_>) -> Result<HelpId, Error> {
    #[derive(Deserialize)]
    struct Same {
        id: HelpId,
    }
    let insert = "-- help::create
        INSERT INTO help (id, partner_id, deal_id, opportunity_id, kind, at, note, side, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let same = "-- help::create
        SELECT id FROM help WHERE partner_id = ?1 AND deal_id IS ?2 AND opportunity_id IS ?3 AND kind = ?4 AND at = ?5";
    let (deal, opportunity) = match new.of {
        Of::Deal(id) => (Some(id.to_string()), None),
        Of::Opportunity(id) => (None, Some(id)),
    };
    let key =
        [text(new.partner.to_string()), optional(deal), optional(opportunity), text(new.kind.word()), number(new.at.0)];
    let mut values = vec![text(new.id.to_string())];
    values.extend(key.clone());
    values.extend([optional(new.note), text(new.side), number(new.id.at().0)]);
    match db.run(insert, &values).await {
        Ok(_) => Ok(new.id),
        Err(error) if is_taken(&error) => {
            let same: Option<Same> = first(db, same, &key).await?;
            same.map(|same| same.id).ok_or_else(|| Error::Unavailable("help moved while it was sent".into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes the other side's answer, and, where it confirms, the touch at the time when it happened, in one transaction.
/// An answer that stands stays.
pub async fn answer(
    db: &Pen,
    row: &Row,
    confirmed: Option<&Whose>,
    reason: Option<&str>,
    now: Millis,
) -> Result<Written, Error> {
    let sql = "-- help::answer
        INSERT INTO help_answer (help_id, confirmed, reason, at) VALUES (?1, ?2, ?3, ?4)";
    let kind = TouchKind::from_word(&row.kind);
    let kind = kind.ok_or_else(|| Error::Unavailable(format!("{} is of no kind that this version knows", row.id)))?;
    let touch = confirmed.map(|whose| TouchRow {
        key: row.id.to_string(),
        at: row.at,
        kind: kind.word(),
        mark: Mark::Counted.word(),
        partner: Some(row.partner_id.to_string()),
        link: None,
        campaign: String::new(),
        utm: "{}".to_owned(),
        coupon: None,
        visitor: None,
        whose: Some(whose.clone()),
        digest: String::new(),
    });
    let values = [text(row.id.to_string()), number(u8::from(confirmed.is_some())), optional(reason), number(now.0)];
    let batch = Batch { touches: touch.into_iter().collect(), ..Batch::default() };
    batch.write_with(db, now, vec![statement(db, sql, &values)?]).await
}
