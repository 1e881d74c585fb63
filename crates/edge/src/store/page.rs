//! Landing pages: drafts, versions, and what the public sees.

use engine::{
    id::{PageId, PartnerId},
    time::Millis,
};
use serde::{Deserialize, Serialize};
use wire::{page::Content, problem::Code};
use worker::{D1Database, console_error};

use super::{all, audit::Pen, first, is_taken, number, optional, rows, statement, text};
use crate::error::Error;

/// A landing page as somebody sees it, and as it is cached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Landing {
    /// Whose page it is.
    pub partner: PartnerId,
    /// The partner's name.
    pub name: String,
    /// The partner's slug.
    pub slug: String,
    /// What kind of partner.
    pub kind: Option<String>,
    /// Address of the partner's logo.
    pub image: Option<String>,
    /// What the partner says of itself.
    pub description: Option<String>,
    /// The code to show.
    pub coupon: Option<String>,
    /// What was written for the page. Copies of a time before there was anything have none.
    #[serde(default)]
    pub content: Content,
}

/// A landing page with its content as it is stored.
#[derive(Deserialize)]
struct Shown {
    id: Option<PageId>,
    partner: PartnerId,
    name: String,
    slug: String,
    kind: Option<String>,
    image: Option<String>,
    description: Option<String>,
    coupon: Option<String>,
    content: Option<String>,
}

impl From<Shown> for Landing {
    fn from(row: Shown) -> Self {
        let Shown { partner, name, slug, kind, image, description, coupon, content, .. } = row;
        Self { partner, name, slug, kind, image, description, coupon, content: read(content.as_deref()) }
    }
}

/// Content that cannot be read, because a later version wrote it, is none: the page is plain rather than away.
fn read(content: Option<&str>) -> Content {
    let Some(content) = content else { return Content::default() };
    serde_json::from_str(content).inspect_err(|error| console_error!("content of a page: {error}")).unwrap_or_default()
}

/// What the public sees at `/p/{partner}`, and with a page's slug at `/p/{partner}/{page}`. A partner's own page is there
/// without having been written; every other only while it is live.
pub async fn live(db: &D1Database, partner: &str, page: &str, now: Millis) -> Result<Option<Landing>, Error> {
    let sql = "-- page::live
        SELECT page.id, partner.id AS partner, partner.name, partner.slug, partner.kind, partner.image, partner.description,
          coalesce(
            (SELECT code FROM coupon WHERE partner_id = partner.id AND code = shown.content ->> '$.coupon'
              AND coalesce(starts_at <= ?3, true) AND coalesce(ends_at > ?3, true)),
            (SELECT code FROM coupon WHERE partner_id = partner.id
              AND coalesce(starts_at <= ?3, true) AND coalesce(ends_at > ?3, true)
              ORDER BY created_at DESC, code LIMIT 1)) AS coupon,
          shown.content
        FROM partner
        LEFT JOIN page ON page.partner_id = partner.id AND page.slug = ?2
        LEFT JOIN page_version AS shown ON shown.page_id = page.id AND shown.version = page.live
        WHERE partner.slug = ?1 AND (?2 = '' OR shown.version IS NOT NULL)";
    Ok(first::<Shown>(db, sql, &[text(partner), text(page), number(now.0)]).await?.map(Landing::from))
}

/// The same address with its draft, for those who may see it, and the page that it is; with content that is not written down
/// in the draft's place, where there is some.
pub async fn draft(
    db: &D1Database,
    partner: &str,
    page: &str,
    now: Millis,
    typed: Option<&Content>,
) -> Result<Option<(PageId, Landing)>, Error> {
    let sql = "-- page::draft
        SELECT page.id, partner.id AS partner, partner.name, partner.slug, partner.kind, partner.image, partner.description,
          coalesce(
            (SELECT code FROM coupon WHERE partner_id = partner.id AND code = coalesce(?4, page.draft) ->> '$.coupon'
              AND coalesce(starts_at <= ?3, true) AND coalesce(ends_at > ?3, true)),
            (SELECT code FROM coupon WHERE partner_id = partner.id
              AND coalesce(starts_at <= ?3, true) AND coalesce(ends_at > ?3, true)
              ORDER BY created_at DESC, code LIMIT 1)) AS coupon,
          coalesce(?4, page.draft) AS content
        FROM partner JOIN page ON page.partner_id = partner.id AND page.slug = ?2
        WHERE partner.slug = ?1";
    let typed = typed.map(serde_json::to_string).transpose()?;
    let row: Option<Shown> = first(db, sql, &[text(partner), text(page), number(now.0), optional(typed)]).await?;
    Ok(row.and_then(|row| Some((row.id?, Landing::from(row)))))
}

/// A page as it is edited.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: PageId,
    pub partner_id: PartnerId,
    /// The partner's slug.
    pub partner: String,
    /// Empty for the partner's own page.
    pub slug: String,
    /// JSON, as it is stored: a change is only written over the draft that it was made from.
    pub draft: String,
    /// The version that is public.
    pub live: Option<u32>,
    /// Its content, JSON.
    pub shown: Option<String>,
    pub created_at: u64,
    pub updated_at: u64,
}

impl Row {
    /// The draft.
    pub fn content(&self) -> Result<Content, Error> {
        Ok(serde_json::from_str(&self.draft)?)
    }
}

const SELECT: &str = "SELECT page.id, page.partner_id, partner.slug AS partner, page.slug, page.draft, page.live,
      shown.content AS shown, page.created_at, page.updated_at
    FROM page JOIN partner ON partner.id = page.partner_id
    LEFT JOIN page_version AS shown ON shown.page_id = page.id AND shown.version = page.live";

/// One page.
pub async fn find(db: &D1Database, id: PageId) -> Result<Option<Row>, Error> {
    first(db, &format!("-- page::find\n{SELECT} WHERE page.id = ?1"), &[text(id.to_string())]).await
}

/// Pages, the newest first; of one partner, or of all.
pub async fn list(db: &D1Database, partner: Option<PartnerId>, (limit, offset): (u32, u32)) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "-- page::list
        {SELECT} WHERE ?1 IS NULL OR page.partner_id = ?1 ORDER BY page.created_at DESC, page.id DESC LIMIT ?2 OFFSET ?3"
    );
    let values = [optional(partner.map(|id| id.to_string())), number(limit), number(offset)];
    all(db, &sql, &values).await
}

/// The pages of a partner that are public, the newest first: what the public sees stands for the draft, and when it was
/// published for the last change.
pub async fn published(db: &D1Database, partner: PartnerId, (limit, offset): (u32, u32)) -> Result<Vec<Row>, Error> {
    let sql = "-- page::published
        SELECT page.id, page.partner_id, partner.slug AS partner, page.slug, shown.content AS draft, page.live,
          shown.content AS shown, page.created_at, shown.published_at AS updated_at
        FROM page JOIN partner ON partner.id = page.partner_id
        JOIN page_version AS shown ON shown.page_id = page.id AND shown.version = page.live
        WHERE page.partner_id = ?1 ORDER BY page.created_at DESC, page.id DESC LIMIT ?2 OFFSET ?3";
    all(db, sql, &[text(partner.to_string()), number(limit), number(offset)]).await
}

/// Writes a page that nobody sees yet.
///
/// # Errors
/// A conflict when the partner has a page of this slug.
pub async fn create(
    db: &Pen,
    id: PageId,
    owner: PartnerId,
    slug: &str,
    draft: &Content,
    now: Millis,
) -> Result<(), Error> {
    let sql = "-- page::create
        INSERT INTO page (id, partner_id, slug, draft, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
    let values =
        [text(id.to_string()), text(owner.to_string()), text(slug), text(serde_json::to_string(draft)?), number(now.0)];
    match db.run(sql, &values).await {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => {
            let message = "slug: the partner has a page at this address already".to_owned();
            Err(Error::Refused(Code::Conflict, message))
        }
        Err(error) => Err(error.into()),
    }
}

/// Replaces the draft that a change was made from.
///
/// # Errors
/// A conflict when somebody else has changed it meanwhile.
pub async fn update(db: &Pen, before: &Row, draft: &Content, now: Millis) -> Result<(), Error> {
    let sql = "-- page::update
        UPDATE page SET draft = ?3, updated_at = ?4 WHERE id = ?1 AND draft = ?2 RETURNING id";
    let values = [text(before.id.to_string()), text(&before.draft), text(serde_json::to_string(draft)?), number(now.0)];
    let results = db.write(vec![statement(db, sql, &values)?]).await?;
    let changed: Vec<serde_json::Value> = rows(&results, 0)?;
    if changed.is_empty() { Err(self::changed()) } else { Ok(()) }
}

/// The draft is another by now than the one that was read.
pub fn changed() -> Error {
    Error::Refused(Code::Conflict, "The draft was changed meanwhile; read it again, and then change it".to_owned())
}

/// Makes the draft public that was read, as a version of its own unless that is what the public sees already.
///
/// # Errors
/// A conflict when somebody else has changed it meanwhile.
pub async fn publish(db: &Pen, before: &Row, now: Millis) -> Result<(), Error> {
    let version = "-- page::publish
        INSERT INTO page_version (page_id, version, content, published_at)
        SELECT page.id, coalesce((SELECT max(version) FROM page_version WHERE page_id = page.id), 0) + 1, page.draft, ?2
        FROM page WHERE page.id = ?1 AND page.draft = ?3 AND NOT EXISTS (
          SELECT 1 FROM page_version AS shown
          WHERE shown.page_id = page.id AND shown.version = page.live AND shown.content = page.draft)";
    let live = "-- page::publish
        UPDATE page SET live = (SELECT max(version) FROM page_version WHERE page_id = page.id)
        WHERE id = ?1 AND draft = ?2 RETURNING id";
    let (id, draft) = (text(before.id.to_string()), text(&before.draft));
    let version = statement(db, version, &[id.clone(), number(now.0), draft.clone()])?;
    let results = db.write(vec![version, statement(db, live, &[id, draft])?]).await?;
    let published: Vec<serde_json::Value> = rows(&results, 1)?;
    if published.is_empty() { Err(changed()) } else { Ok(()) }
}

/// Takes a page away from the public that is as it was read. Draft and versions stay.
///
/// # Errors
/// A conflict when somebody else has changed or published it meanwhile.
pub async fn unpublish(db: &Pen, before: &Row) -> Result<(), Error> {
    let sql = "-- page::unpublish
        UPDATE page SET live = NULL WHERE id = ?1 AND draft = ?2 AND (live IS ?3 OR live IS NULL) RETURNING id";
    let live = before.live.map_or(wasm_bindgen::JsValue::NULL, number);
    let values = [text(before.id.to_string()), text(&before.draft), live];
    let results = db.write(vec![statement(db, sql, &values)?]).await?;
    let taken: Vec<serde_json::Value> = rows(&results, 0)?;
    if taken.is_empty() { Err(changed()) } else { Ok(()) }
}

/// A version that has been public.
#[derive(Debug, Clone, Deserialize)]
pub struct VersionRow {
    pub version: u32,
    /// JSON.
    pub content: String,
    pub published_at: u64,
}

/// The versions of a page, the newest first.
pub async fn versions(db: &D1Database, id: PageId) -> Result<Vec<VersionRow>, Error> {
    let sql = "-- page::versions
        SELECT version, content, published_at FROM page_version WHERE page_id = ?1 ORDER BY version DESC LIMIT 100";
    all(db, sql, &[text(id.to_string())]).await
}

/// One version of a page.
pub async fn version(db: &D1Database, id: PageId, version: u32) -> Result<Option<VersionRow>, Error> {
    let sql = "-- page::version
        SELECT version, content, published_at FROM page_version WHERE page_id = ?1 AND version = ?2";
    first(db, sql, &[text(id.to_string()), number(version)]).await
}
