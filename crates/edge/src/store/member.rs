//! People of the program and of its partners.

use engine::id::{MemberId, PartnerId};
use serde::Deserialize;
use wire::problem::Code;
use worker::D1Database;

use super::{all, audit::Pen, first, is_taken, number, optional, rows, statement, text};
use crate::{access::Role, error::Error};

/// A person.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: MemberId,
    /// Whose person; `None` for the program's.
    pub partner_id: Option<PartnerId>,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub created_at: u64,
}

/// A page of the program's people, or of a partner's, the first first.
pub async fn list(db: &D1Database, partner: Option<PartnerId>, (limit, offset): (u32, u32)) -> Result<Vec<Row>, Error> {
    let sql = "-- member::list
        SELECT id, partner_id, email, name, role, created_at FROM member WHERE partner_id IS ?1
        ORDER BY created_at, id LIMIT ?2 OFFSET ?3";
    all(db, sql, &[optional(partner.map(|id| id.to_string())), number(limit), number(offset)]).await
}

/// One person.
pub async fn find(db: &D1Database, id: MemberId) -> Result<Option<Row>, Error> {
    let sql = "-- member::find
        SELECT id, partner_id, email, name, role, created_at FROM member WHERE id = ?1";
    first(db, sql, &[text(id.to_string())]).await
}

/// The program's or a partner's person with this e-mail address.
pub async fn by_email(db: &D1Database, partner: Option<PartnerId>, email: &str) -> Result<Option<Row>, Error> {
    let sql = "-- member::by_email
        SELECT id, partner_id, email, name, role, created_at FROM member WHERE partner_id IS ?1 AND email = ?2";
    first(db, sql, &[optional(partner.map(|id| id.to_string())), text(email)]).await
}

/// Somebody who may sign in by an e-mail address.
#[derive(Debug, Clone, Deserialize)]
pub struct Known {
    pub id: MemberId,
    pub name: String,
    /// The partner's name whose person it is; `None` for the program's.
    pub partner: Option<String>,
}

/// Everybody with this e-mail address, in the program and for partners who are not away.
pub async fn all_by_email(db: &D1Database, email: &str) -> Result<Vec<Known>, Error> {
    let sql = "-- member::all_by_email
        SELECT m.id, m.name, p.name AS partner FROM member AS m LEFT JOIN partner AS p ON p.id = m.partner_id
        WHERE m.email = ?1 AND NOT EXISTS (SELECT 1 FROM standing WHERE partner_id = m.partner_id AND until IS NULL)
        ORDER BY m.created_at, m.id LIMIT 5";
    all(db, sql, &[text(email)]).await
}

/// Who has had a role for longest; of the program's or of a partner's people.
pub async fn longest(db: &D1Database, partner: Option<PartnerId>, role: Role) -> Result<Option<Row>, Error> {
    let sql = "-- member::longest
        SELECT id, partner_id, email, name, role, created_at FROM member WHERE partner_id IS ?1 AND role = ?2
        ORDER BY created_at, id LIMIT 1";
    first(db, sql, &[optional(partner.map(|id| id.to_string())), text(role.word())]).await
}

/// Lets a person in.
///
/// # Errors
/// A conflict when the address is a person's of the same already.
pub async fn create(pen: &Pen, row: &Row) -> Result<(), Error> {
    let sql = "-- member::create
        INSERT INTO member (id, partner_id, email, name, role, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = [
        text(row.id.to_string()),
        optional(row.partner_id.map(|id| id.to_string())),
        text(&row.email),
        text(&row.name),
        text(row.role.word()),
        number(row.created_at),
    ];
    pen.run(sql, &values).await.map_err(refusal)
}

/// Changes the name and role of a person who has the role `before`, or the new one already, or any where `before` is none.
/// Another role ends their sessions. Whether it did.
///
/// # Errors
/// A conflict when nobody would be left in the role that they leave.
pub async fn update(pen: &Pen, id: MemberId, name: &str, role: Role, before: Option<&str>) -> Result<bool, Error> {
    let sql = "-- member::update
        UPDATE member SET name = ?2, role = ?3 WHERE id = ?1 AND (?4 IS NULL OR role IN (?3, ?4)) RETURNING id";
    let values = [text(id.to_string()), text(name), text(role.word()), optional(before)];
    let results = pen.write(vec![statement(pen, sql, &values)?]).await.map_err(refusal)?;
    Ok(!rows::<serde_json::Value>(&results, 0)?.is_empty())
}

/// Shows a person out: their sessions end in the same transaction.
///
/// # Errors
/// A conflict when nobody would be left in their role.
pub async fn delete(pen: &Pen, id: MemberId) -> Result<(), Error> {
    let sql = "-- member::delete
        DELETE FROM member WHERE id = ?1";
    pen.run(sql, &[text(id.to_string())]).await.map_err(refusal)
}

fn refusal(error: worker::Error) -> Error {
    if is_taken(&error) {
        Error::Refused(Code::Conflict, "email: is a member already".into())
    } else if error.to_string().contains("last member of its role") {
        let message = "role: somebody must stay owner, and admin of each partner; let another be one first";
        Error::Refused(Code::Conflict, message.into())
    } else {
        error.into()
    }
}
