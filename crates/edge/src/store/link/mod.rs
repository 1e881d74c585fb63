//! Tracked links: what is stored of one, and how it is written. `find` reads them, [`filing`] sorts them.

/// How many live links a partner has; the parameter names whom.
macro_rules! live {
    ($partner:literal) => {
        concat!(
            "(SELECT count(*) FROM link WHERE partner_id = ",
            $partner,
            " AND deleted_at IS NULL AND state ->> '$.state' = 'live')"
        )
    };
}

pub mod filing;
mod find;

use engine::{
    id::{FolderId, LinkId, PartnerId, TagId},
    link::{Rules, State},
    text::{Slug, Utm},
    time::Millis,
};
pub use find::{By, Filter, by, by_id, count, count_live, leading_to, list, lost, of_partners, own, stands_on, target};
use serde::{Deserialize, Deserializer};
use wire::{dub::Tag, problem::Code, settings::LinksLimit};
use worker::{D1Database, D1PreparedStatement, D1Result};

use super::{audit::Pen, is_taken, number, optional, rows, standing, statement, text};
use crate::error::Error;

/// What a key is kept under: on a host beside the main one, the host stands before it (`go.example.com/ada`).
pub fn name(domain: Option<&str>, slug: &Slug) -> String {
    on(domain, slug.as_str())
}

fn on(domain: Option<&str>, text: &str) -> String {
    domain.map_or_else(|| text.to_owned(), |domain| format!("{domain}/{text}"))
}

/// A link as it is stored, with what it brought.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    pub id: LinkId,
    /// See [`name`].
    pub key: String,
    pub partner_id: Option<PartnerId>,
    pub destination: String,
    pub utm: String,
    pub kind: String,
    pub title: Option<String>,
    pub comments: Option<String>,
    pub external_id: Option<String>,
    pub tenant_id: Option<String>,
    pub created_at: u64,
    pub updated_at: u64,
    pub state: String,
    pub rules: String,
    #[serde(deserialize_with = "flag")]
    pub templates: bool,
    pub description: Option<String>,
    pub image: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub proxy: bool,
    #[serde(deserialize_with = "flag")]
    pub do_index: bool,
    #[serde(deserialize_with = "flag")]
    pub archived: bool,
    pub folder_id: Option<FolderId>,
    /// The partner whose own people made it.
    pub made_by: Option<PartnerId>,
    /// JSON of its tags.
    pub tags: String,
    #[serde(default, flatten)]
    pub brought: Brought,
}

/// A number that stands for a truth value.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    u8::deserialize(deserializer).map(|number| number != 0)
}

/// What a link brought, as Dub's API counts it: counted clicks; leads whose click was on it; of these customers and of
/// those whose sale named a click on it, how many bought, how often, and for how much in the program's currency.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Brought {
    pub clicks: u64,
    pub leads: u64,
    pub conversions: u64,
    pub sales: u64,
    pub sale_amount: i64,
}

impl Row {
    /// A live link of the program's own on the main host that does nothing but lead there.
    pub fn new(id: LinkId, key: String, destination: String, now: Millis) -> Self {
        Self {
            id,
            key,
            partner_id: None,
            destination,
            utm: "{}".into(),
            kind: "click".into(),
            title: None,
            comments: None,
            external_id: None,
            tenant_id: None,
            created_at: now.0,
            updated_at: now.0,
            state: r#"{"state":"live"}"#.into(),
            rules: "{}".into(),
            templates: true,
            description: None,
            image: None,
            proxy: true,
            do_index: false,
            archived: false,
            folder_id: None,
            made_by: None,
            tags: "[]".into(),
            brought: Brought::default(),
        }
    }

    /// The host, where it is not the main one, and the key on it.
    pub fn address(&self) -> (Option<&str>, &str) {
        self.key.split_once('/').map_or((None, self.key.as_str()), |(domain, key)| (Some(domain), key))
    }

    /// The campaign parameters.
    pub fn utm(&self) -> Result<Utm, Error> {
        Ok(serde_json::from_str(&self.utm)?)
    }

    /// Whether it leads on.
    pub fn state(&self) -> Result<State, Error> {
        Ok(serde_json::from_str(&self.state)?)
    }

    /// What else it is told to do.
    pub fn rules(&self) -> Result<Rules, Error> {
        Ok(serde_json::from_str(&self.rules)?)
    }

    /// Its tags.
    pub fn tags(&self) -> Result<Vec<Tag>, Error> {
        Ok(serde_json::from_str(&self.tags)?)
    }

    fn skeleton(&self) -> Option<String> {
        let (domain, key) = self.address();
        Slug::new(key).ok().map(|slug| on(domain, &slug.skeleton()))
    }
}

macro_rules! insert {
    () => {
        "INSERT INTO link (id, key, partner_id, destination, utm, kind, title, comments, external_id, tenant_id, created_at,
          updated_at, state, rules, templates, description, image, proxy, do_index, archived, folder_id, skeleton, made_by)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23"
    };
}

/// The statement that writes a link.
pub fn insert(db: &D1Database, row: &Row) -> Result<D1PreparedStatement, Error> {
    statement(db, concat!("-- link::insert\n", insert!()), &values(row))
}

fn values(row: &Row) -> Vec<wasm_bindgen::JsValue> {
    vec![
        text(row.id.to_string()),
        text(&row.key),
        optional(row.partner_id.map(|id| id.to_string())),
        text(&row.destination),
        text(&row.utm),
        text(&row.kind),
        optional(row.title.as_deref()),
        optional(row.comments.as_deref()),
        optional(row.external_id.as_deref()),
        optional(row.tenant_id.as_deref()),
        number(row.created_at),
        number(row.updated_at),
        text(&row.state),
        text(&row.rules),
        number(row.templates),
        optional(row.description.as_deref()),
        optional(row.image.as_deref()),
        number(row.proxy),
        number(row.do_index),
        number(row.archived),
        optional(row.folder_id.map(|id| id.to_string())),
        optional(row.skeleton()),
        optional(row.made_by.map(|id| id.to_string())),
    ]
}

/// Writes a new link with its tags, all or nothing.
///
/// # Errors
/// A conflict that names what is taken.
pub async fn create(db: &Pen, row: &Row, tags: &[TagId]) -> Result<(), Error> {
    run(db, vec![insert(db, row)?, put_tags(db, row.id, tags)?]).await.map(drop)
}

/// Writes a new link of a partner's, without tags, while the partner has fewer live ones than it may have.
///
/// # Errors
/// A conflict that names what is taken, or the limit.
pub async fn create_own(db: &Pen, row: &Row, limit: LinksLimit) -> Result<(), Error> {
    let sql = concat!("-- link::create_own\n", insert!(), " WHERE ", live!("?3"), " < ?24 RETURNING id");
    let mut values = values(row);
    values.push(number(limit.count()));
    let written: Vec<serde_json::Value> = rows(&run(db, vec![statement(db, sql, &values)?]).await?, 0)?;
    if written.is_empty() {
        return Err(at_limit(limit));
    }
    Ok(())
}

/// Sets the state of a link that its partner's people made, unless it is another by now; one goes on while the partner has fewer
/// live ones than it may have.
///
/// # Errors
/// A conflict that names the state or the limit.
pub async fn set_own_state(db: &Pen, row: &Row, state: &State, limit: LinksLimit, now: Millis) -> Result<(), Error> {
    let sql = concat!(
        "-- link::set_own_state
        UPDATE link SET state = ?4, updated_at = ?5
        WHERE id = ?1 AND made_by = ?2 AND partner_id = ?2 AND state = ?3 AND deleted_at IS NULL
          AND (?4 ->> '$.state' <> 'live' OR ",
        live!("?2"),
        " < ?6) RETURNING id"
    );
    let values = [
        text(row.id.to_string()),
        optional(row.made_by.map(|id| id.to_string())),
        text(&row.state),
        text(serde_json::to_string(state)?),
        number(now.0),
        number(limit.count()),
    ];
    let written: Vec<serde_json::Value> = rows(&run(db, vec![statement(db, sql, &values)?]).await?, 0)?;
    match (written.is_empty(), state.is_live()) {
        (false, _) => Ok(()),
        (true, true) => Err(at_limit(limit)),
        (true, false) => Err(Error::Refused(Code::Conflict, "state: is another by now; read it again".into())),
    }
}

fn at_limit(limit: LinksLimit) -> Error {
    let message =
        format!("partnerLinksLimit: is reached: with {} live links, only the program makes more", limit.count());
    Error::Refused(Code::Conflict, message)
}

/// Replaces a link, and its tags where some are given, all or nothing.
///
/// # Errors
/// A conflict that names what is taken.
pub async fn update(db: &Pen, row: &Row, tags: Option<&[TagId]>) -> Result<(), Error> {
    let sql = "-- link::update
        UPDATE link SET key = ?2, partner_id = ?3, destination = ?4, utm = ?5, kind = ?6, title = ?7, comments = ?8,
          external_id = ?9, tenant_id = ?10, created_at = ?11, updated_at = ?12, state = ?13, rules = ?14, templates = ?15,
          description = ?16, image = ?17, proxy = ?18, do_index = ?19, archived = ?20, folder_id = ?21, skeleton = ?22, made_by = ?23
        WHERE id = ?1 AND deleted_at IS NULL";
    let mut batch = vec![statement(db, sql, &values(row))?];
    if let Some(tags) = tags {
        let clear = "-- link::update
            DELETE FROM link_tag WHERE link_id = ?1 AND tag_id NOT IN (SELECT value FROM json_each(?2))";
        batch.push(statement(db, clear, &[text(row.id.to_string()), text(serde_json::to_string(tags)?)])?);
        batch.push(put_tags(db, row.id, tags)?);
    }
    run(db, batch).await.map(drop)
}

fn put_tags(db: &D1Database, link: LinkId, tags: &[TagId]) -> Result<D1PreparedStatement, Error> {
    let sql = "-- link::put_tags
        INSERT OR IGNORE INTO link_tag (link_id, tag_id) SELECT ?1, value FROM json_each(?2)";
    statement(db, sql, &[text(link.to_string()), text(serde_json::to_string(tags)?)])
}

/// Which links are taken away of those that are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// All.
    All,
    /// Those that nobody has changed since they were made, and that have no counted touch.
    Untouched,
}

/// The key that a link had before it was taken away, if it was; see [`delete`].
pub fn key_before(key: &str) -> Option<&str> {
    key.rsplit_once('~').map(|(before, _)| before)
}

#[derive(Deserialize)]
struct IdRow {
    id: LinkId,
}

/// Takes links away, and answers which: their addresses and identifiers are free again. The rows stay under other keys, since
/// touches and tokens name them.
pub async fn delete(db: &Pen, ids: &[LinkId], take: Take, now: Millis) -> Result<Vec<LinkId>, Error> {
    let sql = "-- link::delete
        UPDATE link SET key = key || '~' || lower(substr(id, -8)), external_id = NULL, skeleton = NULL, deleted_at = ?2
        WHERE id IN (SELECT value FROM json_each(?1)) AND deleted_at IS NULL
          AND (?3 OR updated_at = created_at
            AND NOT EXISTS (SELECT 1 FROM touch WHERE link_id = link.id AND mark = 'counted'))
        RETURNING id";
    let values = [text(serde_json::to_string(ids)?), number(now.0), number(u64::from(take == Take::All))];
    let results = db.write(vec![statement(db, sql, &values)?]).await?;
    Ok(rows::<IdRow>(&results, 0)?.into_iter().map(|row| row.id).collect())
}

async fn run(db: &Pen, batch: Vec<D1PreparedStatement>) -> Result<Vec<D1Result>, Error> {
    db.write(batch).await.map_err(|error| refusal(&error, "key").unwrap_or_else(|| error.into()))
}

/// The conflict that a write of a link met, if that is what failed; `key` is the field that named the key.
pub fn refusal(error: &worker::Error, key: &str) -> Option<Error> {
    let cause = error.to_string();
    let conflict = |field: &str, rule: &str| Some(Error::Refused(Code::Conflict, format!("{field}: {rule}")));
    if standing::refused(error) {
        conflict("partnerId", "is of a partner who has left the program")
    } else if cause.contains("link key is confusable") {
        conflict(key, "looks like the key of somebody else's link")
    } else if is_taken(error) && cause.contains("link.external_id") {
        conflict("externalId", "is taken already")
    } else if is_taken(error) && cause.contains("link.key") {
        conflict(key, "is taken already")
    } else {
        None
    }
}
