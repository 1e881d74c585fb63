//! What links and partners are sorted into: tags, folders, and groups of partners.

use engine::id::{FolderId, GroupId, TagId};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wire::{dub::Tag, problem::Code};
use worker::D1Database;

use crate::{
    error::Error,
    store::{all, audit::Pen, first, is_taken, number, optional, rows, statement, text},
};

async fn write(db: &Pen, sql: &str, values: &[JsValue]) -> Result<(), Error> {
    db.run(sql, values).await.map_err(refusal)
}

fn refusal(error: worker::Error) -> Error {
    if is_taken(&error) { Error::Refused(Code::Conflict, "name: is taken already".into()) } else { error.into() }
}

/// A folder as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct FolderRow {
    pub id: FolderId,
    pub name: String,
    pub description: Option<String>,
    pub access_level: Option<String>,
    pub created_at: u64,
    pub updated_at: u64,
}

/// A group as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub struct GroupRow {
    pub id: GroupId,
    pub name: String,
    pub utm: Option<String>,
    pub created_at: u64,
}

/// Tags by name; only those whose name holds a text, or whose identifier is one of some, if asked for.
pub async fn tags(
    db: &D1Database,
    search: Option<&str>,
    ids: &[String],
    limit: u32,
    offset: u32,
) -> Result<Vec<Tag>, Error> {
    let sql = "-- filing::tags
        SELECT id, name, color FROM tag
        WHERE (?1 IS NULL OR instr(lower(name), lower(?1)) > 0) AND (?2 = '[]' OR id IN (SELECT value FROM json_each(?2)))
        ORDER BY name, id LIMIT ?3 OFFSET ?4";
    all(db, sql, &[optional(search), text(serde_json::to_string(ids)?), number(limit), number(offset)]).await
}

/// One tag.
pub async fn tag(db: &D1Database, id: TagId) -> Result<Option<Tag>, Error> {
    let sql = "-- filing::tag
        SELECT id, name, color FROM tag WHERE id = ?1";
    first(db, sql, &[text(id.to_string())]).await
}

/// The tags of these identifiers and names.
pub async fn tags_named(db: &D1Database, names: &[&str]) -> Result<Vec<Tag>, Error> {
    let sql = "-- filing::tags_named
        SELECT id, name, color FROM tag WHERE id IN (SELECT value FROM json_each(?1))
          OR lower(name) IN (SELECT lower(value) FROM json_each(?1))";
    all(db, sql, &[text(serde_json::to_string(names)?)]).await
}

/// Writes a tag, or changes the one with its identifier.
pub async fn put_tag(db: &Pen, tag: &Tag, now: u64) -> Result<(), Error> {
    let sql = "-- filing::put_tag
        INSERT INTO tag (id, name, color, created_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET name = ?2, color = ?3";
    write(db, sql, &[text(&tag.id), text(&tag.name), text(&tag.color), number(now)]).await
}

/// Takes a tag away, from its links, too.
pub async fn delete_tag(db: &Pen, id: TagId) -> Result<(), Error> {
    let links = "-- filing::delete_tag
        DELETE FROM link_tag WHERE tag_id = ?1";
    let tag = "-- filing::delete_tag
        DELETE FROM tag WHERE id = ?1";
    let id = [text(id.to_string())];
    db.write(vec![statement(db, links, &id)?, statement(db, tag, &id)?]).await?;
    Ok(())
}

/// Folders by name.
pub async fn folders(db: &D1Database, search: Option<&str>, limit: u32, offset: u32) -> Result<Vec<FolderRow>, Error> {
    let sql = "-- filing::folders
        SELECT id, name, description, access_level, created_at, updated_at FROM folder
        WHERE ?1 IS NULL OR instr(lower(name), lower(?1)) > 0 ORDER BY name, id LIMIT ?2 OFFSET ?3";
    all(db, sql, &[optional(search), number(limit), number(offset)]).await
}

/// One folder.
pub async fn folder(db: &D1Database, id: FolderId) -> Result<Option<FolderRow>, Error> {
    let sql = "-- filing::folder
        SELECT id, name, description, access_level, created_at, updated_at FROM folder WHERE id = ?1";
    first(db, sql, &[text(id.to_string())]).await
}

/// Writes a folder, or changes the one with its identifier.
pub async fn put_folder(db: &Pen, row: &FolderRow) -> Result<(), Error> {
    let sql = "-- filing::put_folder
        INSERT INTO folder (id, name, description, access_level, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (id) DO UPDATE SET name = ?2, description = ?3, access_level = ?4, updated_at = ?6";
    let values = [
        text(row.id.to_string()),
        text(&row.name),
        optional(row.description.as_deref()),
        optional(row.access_level.as_deref()),
        number(row.created_at),
        number(row.updated_at),
    ];
    write(db, sql, &values).await
}

/// Takes a folder away; its links are in none then.
pub async fn delete_folder(db: &Pen, id: FolderId) -> Result<(), Error> {
    let links = "-- filing::delete_folder
        UPDATE link SET folder_id = NULL WHERE folder_id = ?1";
    let folder = "-- filing::delete_folder
        DELETE FROM folder WHERE id = ?1";
    let id = [text(id.to_string())];
    db.write(vec![statement(db, links, &id)?, statement(db, folder, &id)?]).await?;
    Ok(())
}

/// Groups by name.
pub async fn groups(db: &D1Database, limit: u32, offset: u32) -> Result<Vec<GroupRow>, Error> {
    let sql = "-- filing::groups
        SELECT id, name, utm, created_at FROM partner_group ORDER BY name, id LIMIT ?1 OFFSET ?2";
    all(db, sql, &[number(limit), number(offset)]).await
}

/// One group.
pub async fn group(db: &D1Database, id: GroupId) -> Result<Option<GroupRow>, Error> {
    let sql = "-- filing::group
        SELECT id, name, utm, created_at FROM partner_group WHERE id = ?1";
    first(db, sql, &[text(id.to_string())]).await
}

/// Writes a new group.
pub async fn add_group(db: &Pen, row: &GroupRow) -> Result<(), Error> {
    let sql = "-- filing::add_group
        INSERT INTO partner_group (id, name, utm, created_at) VALUES (?1, ?2, ?3, ?4)";
    let values = [text(row.id.to_string()), text(&row.name), optional(row.utm.as_deref()), number(row.created_at)];
    write(db, sql, &values).await
}

/// Changes a group that has the name `before`, or the new one already, or any where `before` is none. Whether it did.
pub async fn change_group(db: &Pen, row: &GroupRow, before: Option<&str>) -> Result<bool, Error> {
    let sql = "-- filing::change_group
        UPDATE partner_group SET name = ?2, utm = ?3 WHERE id = ?1 AND (?4 IS NULL OR name IN (?2, ?4)) RETURNING id";
    let values = [text(row.id.to_string()), text(&row.name), optional(row.utm.as_deref()), optional(before)];
    let results = db.write(vec![statement(db, sql, &values)?]).await.map_err(refusal)?;
    Ok(!rows::<serde_json::Value>(&results, 0)?.is_empty())
}

/// Takes a group away; its partners are in none then.
pub async fn delete_group(db: &Pen, id: GroupId) -> Result<(), Error> {
    let partners = "-- filing::delete_group
        UPDATE partner SET group_id = NULL WHERE group_id = ?1";
    let group = "-- filing::delete_group
        DELETE FROM partner_group WHERE id = ?1";
    let id = [text(id.to_string())];
    db.write(vec![statement(db, partners, &id)?, statement(db, group, &id)?]).await?;
    Ok(())
}
