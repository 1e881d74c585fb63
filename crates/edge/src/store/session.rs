//! Sign-in links and sessions, by their hash. Both are a person's.

use engine::{
    id::{MemberId, PartnerId},
    time::Millis,
};
use serde::Deserialize;
use worker::D1Database;

use super::{audit::Pen, first, number, optional, statement, text};
use crate::{access::Role, error::Error};

/// How long a session lasts, in seconds: 30 days.
pub const SESSION_SECONDS: u32 = 30 * 24 * 60 * 60;

/// A signed-in person.
#[derive(Debug, Clone, Deserialize)]
pub struct Person {
    pub id: MemberId,
    pub email: String,
    pub name: String,
    /// Whose person; `None` for the program's.
    #[serde(rename = "partner_id")]
    pub partner: Option<PartnerId>,
    pub role: Role,
}

/// Whose session it is. Those of a partner who is away open nothing.
pub async fn find(db: &D1Database, hash: &str, now: Millis) -> Result<Option<Person>, Error> {
    let sql = "-- session::find
        SELECT member.id, email, name, partner_id, coalesce(session.role, member.role) AS role
        FROM session JOIN member ON member.id = session.member_id WHERE hash = ?1 AND expires_at > ?2
          AND NOT EXISTS (SELECT 1 FROM standing WHERE partner_id = member.partner_id AND until IS NULL)";
    first(db, sql, &[text(hash), number(now.0)]).await
}

/// Makes a link that signs a person in, in another role than their own if one is given.
pub async fn create_link(
    pen: &Pen,
    hash: &str,
    member: MemberId,
    role: Option<Role>,
    expires: Millis,
    uses: u32,
) -> Result<(), Error> {
    let sql = "-- session::create_link
        INSERT INTO sign_in (hash, member_id, role, expires_at, uses_left) VALUES (?1, ?2, ?3, ?4, ?5)";
    let role = optional(role.map(Role::word));
    pen.run(sql, &[text(hash), text(member.to_string()), role, number(expires.0), number(uses)]).await?;
    Ok(())
}

/// Uses a link once and begins a session, both or neither. `None` when the link is unknown, used up or past its time.
pub async fn redeem(db: &D1Database, link: &str, session: &str, now: Millis) -> Result<Option<Person>, Error> {
    let forget = "-- session::redeem
        DELETE FROM session WHERE expires_at <= ?1";
    let begin = "-- session::redeem
        INSERT INTO session (hash, member_id, role, expires_at)
        SELECT ?3, member_id, role, ?4 FROM sign_in WHERE hash = ?1 AND expires_at > ?2 AND uses_left > 0";
    // Runs in the transaction of the insert above: it takes a use exactly when that began a session.
    let use_up = "-- session::redeem
        UPDATE sign_in SET uses_left = uses_left - 1
        WHERE hash = ?1 AND uses_left > 0 AND EXISTS (SELECT 1 FROM session WHERE hash = ?2)";
    let expires = now.0 + u64::from(SESSION_SECONDS) * 1000;
    db.batch(vec![
        statement(db, forget, &[number(now.0)])?,
        statement(db, begin, &[text(link), number(now.0), text(session), number(expires)])?,
        statement(db, use_up, &[text(link), text(session)])?,
    ])
    .await?;
    find(db, session, now).await
}

/// Ends a session.
pub async fn end(db: &D1Database, hash: &str) -> Result<(), Error> {
    let sql = "-- session::end
        DELETE FROM session WHERE hash = ?1";
    statement(db, sql, &[text(hash)])?.run().await?;
    Ok(())
}
