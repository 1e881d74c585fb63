//! People of the program and of its partners.

use axum::response::{IntoResponse, Response};
use engine::{id::PartnerId, text::clean, time::Millis};
use http::StatusCode;
use serde::Deserialize;
use wire::{
    access::{CreateMember, Member, UpdateMember},
    fact::{Fault, email, write_time},
    problem::Code,
};

use super::{
    body::Json,
    paging::page,
    query::{Path, Query},
};
use crate::{
    access::Role,
    app::App,
    auth::{Scope, Side, Who, needs},
    error::Error,
    store::{
        member::{self, Row},
        partner::{self, By},
    },
};

/// Nobody gives or takes away a role in the program that may do more than they themselves.
fn covered(who: &Who, role: Role) -> Result<(), Error> {
    if role.is_partners() || who.cover(role.grants()) {
        return Ok(());
    }
    let message = format!("role: {} may do more than whoever asks", role.word());
    Err(Error::Refused(Code::Forbidden, message))
}

fn role(text: &str, partner: Option<PartnerId>) -> Result<Role, Error> {
    let role: Role = text.parse().map_err(|error| Fault::new("role", error))?;
    match (role.is_partners(), partner) {
        (true, None) => Err(Error::rule("role", "must be owner, marketer or finance for the program's people")),
        (false, Some(_)) => Err(Error::rule("role", "must be partner_admin or partner_member for a partner's people")),
        _ => Ok(role),
    }
}

fn name(text: &str) -> Result<String, Error> {
    clean(text, 100).ok_or_else(|| Error::rule("name", "must not be empty"))
}

/// Parameters of `GET /api/members`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    partner_id: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET /api/members`: 401 and 403; 422 for a partner that cannot be; 404 for another's; 200 with an array, the first
/// first: the program's people, or those of a partner.
#[worker::send]
pub async fn list(
    app: App,
    who: Side<needs::MembersRead>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Member>>, Error> {
    let asked = query.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?;
    let rows = member::list(&app.db()?, who.scope.narrowed(asked)?, page(query.page, query.page_size)?).await?;
    Ok(axum::Json(rows.into_iter().map(shape).collect()))
}

/// `POST /api/members`:
/// 1. 401 without a key or a session, 403 without the scope;
/// 2. 404 for the people of another partner, or of none;
/// 3. 422 naming the field and the rule;
/// 4. 403 for a role in the program that may do more than whoever asks;
/// 5. 409 when the address is one of these people's already;
/// 6. 201 with the person, who can be sent a sign-in link.
#[worker::send]
pub async fn create(
    app: App,
    who: Side<needs::MembersWrite>,
    Json(new): Json<CreateMember>,
) -> Result<Response, Error> {
    let pen = who.pen(&app)?;
    let partner = who.scope.narrowed(new.partner_id)?;
    if let Some(id) = partner {
        partner::find(&pen, By::Id(id)).await?.ok_or_else(|| Error::not_found("The partner"))?;
    }
    let email = email("email", &new.email)?;
    let row = Row {
        id: app.id()?,
        partner_id: partner,
        name: new.name.as_deref().map_or_else(|| Ok(email.clone()), name)?,
        email,
        role: role(&new.role, partner)?,
        created_at: app.now().0,
    };
    covered(&who, row.role)?;
    member::create(&pen, &row).await?;
    Ok((StatusCode::CREATED, axum::Json(shape(row))).into_response())
}

/// The person whom a path names, if whoever asks may know of them.
async fn find(app: &App, who: &Who, id: &str) -> Result<Row, Error> {
    let gone = || Error::not_found("The person");
    let row = member::find(&app.db()?, id.parse().map_err(|_| gone())?).await?.ok_or_else(gone)?;
    match who.scope {
        Scope::Partner(own) if row.partner_id != Some(own) => Err(gone()),
        _ => Ok(row),
    }
}

/// `PATCH /api/members/{id}`:
/// 1. 401 without a key or a session, 403 without the scope;
/// 2. 404 when there is no such person, or one of another's;
/// 3. 422 naming the field and the rule;
/// 4. 403 for a role in the program, theirs or the new one, that may do more than whoever asks;
/// 5. 409 when nobody would be left in the role: the last owner, the last admin of a partner; and when theirs is not the one
///    that the sender saw (`before`);
/// 6. 200 with the person. Another role ends their sessions: they sign in again.
#[worker::send]
pub async fn update(
    app: App,
    who: Side<needs::MembersWrite>,
    Path(id): Path<String>,
    Json(new): Json<UpdateMember>,
) -> Result<axum::Json<Member>, Error> {
    let row = find(&app, &who, &id).await?;
    covered(&who, row.role)?;
    let row = Row {
        name: new.name.as_deref().map_or(Ok(row.name), name)?,
        role: new.role.as_deref().map_or(Ok(row.role), |text| role(text, row.partner_id))?,
        ..row
    };
    covered(&who, row.role)?;
    if !member::update(&who.pen(&app)?, row.id, &row.name, row.role, new.before.as_deref()).await? {
        return Err(Error::overtaken("before", "the person"));
    }
    Ok(axum::Json(shape(row)))
}

/// `DELETE /api/members/{id}`: 401, 403, 404 and 409 as in [`update`]; 200 with who they were. Their sessions and
/// sign-in links end at once.
#[worker::send]
pub async fn delete(
    app: App,
    who: Side<needs::MembersWrite>,
    Path(id): Path<String>,
) -> Result<axum::Json<Member>, Error> {
    let row = find(&app, &who, &id).await?;
    covered(&who, row.role)?;
    member::delete(&who.pen(&app)?, row.id).await?;
    Ok(axum::Json(shape(row)))
}

fn shape(row: Row) -> Member {
    Member {
        id: row.id,
        partner_id: row.partner_id,
        email: row.email,
        name: row.name,
        role: row.role.word(),
        created_at: write_time(Millis(row.created_at)),
    }
}
