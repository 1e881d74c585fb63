//! What links and partners are sorted into: tags and folders in Dub's shapes, groups in our own.

use axum::response::{IntoResponse, Response};
use engine::{
    id::{FolderId, GroupId, Id, Noun, TagId},
    link::template,
    text::clean,
    time::Millis,
};
use http::StatusCode;
use serde::Deserialize;
use wire::{
    dub::{self, FolderFields, GroupFields, TAG_COLORS, Tag, TagFields},
    fact::write_time,
};
use worker::D1Database;

use super::{
    body::Json,
    paging::page,
    query::{Path, Query},
};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    store::link::filing::{self, FolderRow, GroupRow},
};

/// Parameters of a list.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    search: Option<String>,
    /// Separated by commas.
    ids: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// A name of 1 to `max` characters: `None` where none was sent.
fn name(sent: Option<&String>, max: usize) -> Result<Option<String>, Error> {
    let Some(text) = sent else { return Ok(None) };
    match clean(text, max + 1) {
        Some(name) if name.chars().count() <= max => Ok(Some(name)),
        _ => Err(Error::rule("name", format!("must have from 1 to {max} characters"))),
    }
}

fn required(name: Option<String>) -> Result<String, Error> {
    name.ok_or_else(|| Error::rule("name", "is required"))
}

/// An identifier of a path: what is none names nothing.
fn id<N: Noun>(text: &str, what: &str) -> Result<Id<N>, Error> {
    text.parse().map_err(|_| Error::not_found(what))
}

fn deleted(id: impl ToString) -> Response {
    axum::Json(dub::Deleted { id: id.to_string() }).into_response()
}

const TAG_NAME_MAX: usize = 50;

fn color(sent: Option<&String>) -> Result<Option<String>, Error> {
    match sent {
        Some(color) if !TAG_COLORS.contains(&color.as_str()) => {
            Err(Error::rule("color", format!("must be one of {}", TAG_COLORS.join(", "))))
        }
        color => Ok(color.cloned()),
    }
}

/// `GET /api/tags`: 401; 403 without the scope; 422 for a page that cannot be; 200 with an array, by name.
#[worker::send]
pub async fn tags(app: App, _who: Team<needs::LinksRead>, Query(query): Query<ListQuery>) -> Result<Response, Error> {
    let (limit, offset) = page(query.page, query.page_size)?;
    let ids: Vec<String> = query.ids.iter().flat_map(|ids| ids.split(',')).map(str::to_owned).collect();
    let tags = filing::tags(&app.db()?, query.search.as_deref(), &ids, limit, offset).await?;
    Ok(axum::Json(tags).into_response())
}

/// `POST /api/tags`: 401; 403 without the scope; 422 naming the field and the rule; 409 for a name that is taken; 201
/// with the tag.
#[worker::send]
pub async fn create_tag(
    app: App,
    who: Team<needs::LinksWrite>,
    Json(sent): Json<TagFields>,
) -> Result<Response, Error> {
    let name = required(name(sent.name.as_ref().or(sent.tag.as_ref()), TAG_NAME_MAX)?)?;
    let color = color(sent.color.as_ref())?.unwrap_or_else(|| TAG_COLORS[3].to_owned());
    let id: TagId = app.id()?;
    let tag = Tag { id: id.to_string(), name, color };
    filing::put_tag(&who.pen(&app)?, &tag, app.now().0).await?;
    Ok((StatusCode::CREATED, axum::Json(tag)).into_response())
}

async fn tag(db: &D1Database, text: &str) -> Result<(TagId, Tag), Error> {
    let id = id(text, "The tag")?;
    Ok((id, filing::tag(db, id).await?.ok_or_else(|| Error::not_found("The tag"))?))
}

/// `PATCH /api/tags/{id}`: 401, 422 and 409 as in [`create_tag`]; 404 where there is none; 200 with the tag.
#[worker::send]
pub async fn update_tag(
    app: App,
    who: Team<needs::LinksWrite>,
    Path(id): Path<String>,
    Json(sent): Json<TagFields>,
) -> Result<Response, Error> {
    let db = who.pen(&app)?;
    let (_, tag) = tag(&db, &id).await?;
    let tag = Tag {
        name: name(sent.name.as_ref().or(sent.tag.as_ref()), TAG_NAME_MAX)?.unwrap_or(tag.name),
        color: color(sent.color.as_ref())?.unwrap_or(tag.color),
        ..tag
    };
    filing::put_tag(&db, &tag, app.now().0).await?;
    Ok(axum::Json(tag).into_response())
}

/// `DELETE /api/tags/{id}`: 401; 403 without the scope; 404 where there is none; 200. Links lose the tag and nothing
/// else.
#[worker::send]
pub async fn delete_tag(app: App, who: Team<needs::LinksWrite>, Path(text): Path<String>) -> Result<Response, Error> {
    let db = who.pen(&app)?;
    let (id, _) = tag(&db, &text).await?;
    filing::delete_tag(&db, id).await?;
    Ok(deleted(id))
}

const NAME_MAX: usize = 190;

fn shape_folder(row: FolderRow) -> dub::Folder {
    dub::Folder {
        id: row.id.to_string(),
        name: row.name,
        description: row.description,
        r#type: "default".into(),
        access_level: row.access_level,
        created_at: write_time(Millis(row.created_at)),
        updated_at: write_time(Millis(row.updated_at)),
    }
}

/// A folder with what was sent in the place of what was.
fn fill_folder(row: FolderRow, sent: &FolderFields, now: Millis) -> Result<FolderRow, Error> {
    let access_level = sent.access_level.clone().unwrap_or(row.access_level);
    if access_level.as_deref().is_some_and(|level| !matches!(level, "write" | "read")) {
        return Err(Error::rule("accessLevel", "must be write, read or null"));
    }
    let description = match &sent.description {
        None => row.description,
        Some(text) => text.as_deref().and_then(|text| clean(text, 500)),
    };
    let name = name(sent.name.as_ref(), NAME_MAX)?.unwrap_or(row.name);
    Ok(FolderRow { name, description, access_level, updated_at: now.0, ..row })
}

/// `GET /api/folders`: 401; 403 without the scope; 422 for a page that cannot be; 200 with an array, by name.
#[worker::send]
pub async fn folders(
    app: App,
    _who: Team<needs::LinksRead>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Error> {
    let (limit, offset) = page(query.page, query.page_size)?;
    let rows = filing::folders(&app.db()?, query.search.as_deref(), limit, offset).await?;
    Ok(axum::Json(rows.into_iter().map(shape_folder).collect::<Vec<_>>()).into_response())
}

/// `POST /api/folders`: 401; 403 without the scope; 422 naming the field and the rule; 409 for a name that is taken;
/// 201.
#[worker::send]
pub async fn create_folder(
    app: App,
    who: Team<needs::LinksWrite>,
    Json(sent): Json<FolderFields>,
) -> Result<Response, Error> {
    let blank = FolderRow {
        id: app.id()?,
        name: required(name(sent.name.as_ref(), NAME_MAX)?)?,
        description: None,
        access_level: Some("write".into()),
        created_at: app.now().0,
        updated_at: app.now().0,
    };
    let row = fill_folder(blank, &sent, app.now())?;
    filing::put_folder(&who.pen(&app)?, &row).await?;
    Ok((StatusCode::CREATED, axum::Json(shape_folder(row))).into_response())
}

async fn folder(db: &D1Database, text: &str) -> Result<FolderRow, Error> {
    let id: FolderId = id(text, "The folder")?;
    filing::folder(db, id).await?.ok_or_else(|| Error::not_found("The folder"))
}

/// `PATCH /api/folders/{id}`: 401, 422 and 409 as in [`create_folder`]; 404 where there is none; 200 with the folder.
#[worker::send]
pub async fn update_folder(
    app: App,
    who: Team<needs::LinksWrite>,
    Path(id): Path<String>,
    Json(sent): Json<FolderFields>,
) -> Result<Response, Error> {
    let db = who.pen(&app)?;
    let row = fill_folder(folder(&db, &id).await?, &sent, app.now())?;
    filing::put_folder(&db, &row).await?;
    Ok(axum::Json(shape_folder(row)).into_response())
}

/// `DELETE /api/folders/{id}`: 401; 403 without the scope; 404 where there is none; 200. Its links stay, in no folder.
#[worker::send]
pub async fn delete_folder(app: App, who: Team<needs::LinksWrite>, Path(id): Path<String>) -> Result<Response, Error> {
    let db = who.pen(&app)?;
    let row = folder(&db, &id).await?;
    filing::delete_folder(&db, row.id).await?;
    Ok(deleted(row.id))
}

fn shape_group(row: GroupRow) -> Result<dub::Group, Error> {
    let utm = row.utm.as_deref().map(serde_json::from_str).transpose()?;
    Ok(dub::Group { id: row.id.to_string(), name: row.name, utm, created_at: write_time(Millis(row.created_at)) })
}

/// A group with what was sent in the place of what was.
fn fill_group(row: GroupRow, sent: &GroupFields) -> Result<GroupRow, Error> {
    let utm = match &sent.utm {
        None => row.utm,
        Some(None) => None,
        Some(Some(utm)) => {
            let utm = template(utm).map_err(|(field, rule)| Error::rule(field, rule))?;
            Some(serde_json::to_string(&utm)?)
        }
    };
    Ok(GroupRow { name: name(sent.name.as_ref(), NAME_MAX)?.unwrap_or(row.name), utm, ..row })
}

/// `GET /api/groups`: 401; 403 without the scope; 422 for a page that cannot be; 200 with an array, by name.
#[worker::send]
pub async fn groups(
    app: App,
    _who: Team<needs::PartnersRead>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Error> {
    let (limit, offset) = page(query.page, query.page_size)?;
    let rows = filing::groups(&app.db()?, limit, offset).await?;
    let groups = rows.into_iter().map(shape_group).collect::<Result<Vec<_>, _>>()?;
    Ok(axum::Json(groups).into_response())
}

/// `POST /api/groups`: 401; 403 without the scope; 422 naming the field and the rule; 409 for a name that is taken;
/// 201. Partners join by `groupId`.
#[worker::send]
pub async fn create_group(
    app: App,
    who: Team<needs::PartnersWrite>,
    Json(sent): Json<GroupFields>,
) -> Result<Response, Error> {
    let name = required(name(sent.name.as_ref(), NAME_MAX)?)?;
    let row = fill_group(GroupRow { id: app.id()?, name, utm: None, created_at: app.now().0 }, &sent)?;
    filing::add_group(&who.pen(&app)?, &row).await?;
    Ok((StatusCode::CREATED, axum::Json(shape_group(row)?)).into_response())
}

async fn group(db: &D1Database, text: &str) -> Result<GroupRow, Error> {
    let id: GroupId = id(text, "The group")?;
    filing::group(db, id).await?.ok_or_else(|| Error::not_found("The group"))
}

/// `PATCH /api/groups/{id}`: 401, 422 and 409 as in [`create_group`], 409 also where the name is not the one that the sender
/// saw (`before`); 404 where there is none; 200 with the group. A template
/// holds for links in caches within ten minutes.
#[worker::send]
pub async fn update_group(
    app: App,
    who: Team<needs::PartnersWrite>,
    Path(id): Path<String>,
    Json(sent): Json<GroupFields>,
) -> Result<Response, Error> {
    let db = who.pen(&app)?;
    let row = fill_group(group(&db, &id).await?, &sent)?;
    if !filing::change_group(&db, &row, sent.before.as_deref()).await? {
        return Err(Error::overtaken("before", "the group"));
    }
    Ok(axum::Json(shape_group(row)?).into_response())
}

/// `DELETE /api/groups/{id}`: 401; 403 without the scope; 404 where there is none; 200. Its partners stay, in no group.
#[worker::send]
pub async fn delete_group(
    app: App,
    who: Team<needs::PartnersWrite>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let db = who.pen(&app)?;
    let row = group(&db, &id).await?;
    filing::delete_group(&db, row.id).await?;
    Ok(deleted(row.id))
}
