//! Tracked links, in Dub's shapes. [`bulk`] has the requests for several, [`of_partner`] those for a partner's, `own` what the
//! partner's people ask, `fields` what may be sent, [`shape`] what is answered.

pub mod bulk;
mod fields;
pub mod of_partner;
mod own;
pub mod shape;

use axum::response::{IntoResponse, Response};
use engine::{id::LinkId, text::Slug};
use fields::Desk;
use serde::Deserialize;
use serde_json::Value;
pub use shape::{absolute, brief, partner_link};
use wire::{dub, fact::Fault, problem::Code, settings::LinksLimit};

use super::{
    body::{self, Json},
    paging::page,
    query::{Path, Query},
};
use crate::{
    app::App,
    auth::{Scope, Side, Team, Who, needs},
    cache,
    error::Error,
    store::{
        self,
        audit::Pen,
        link::{By, Filter, Row, Take},
        program::{self, Program},
    },
};

/// Characters of a random key: no vowels and nothing that looks like something else, so that no word comes out.
const ALPHABET: &[u8; 28] = b"23456789bcdfghjkmnpqrstvwxyz";
const KEY_LENGTH: u8 = 7;
const KEY_LENGTH_MAX: u8 = 32;
/// How often a random key is drawn before a conflict is answered.
const DRAWS: usize = 3;

/// What every handler here works with.
struct Office {
    app: App,
    db: Pen,
    program: Program,
}

impl Office {
    async fn open(app: &App, who: &Who) -> Result<Self, Error> {
        let db = who.pen(app)?;
        let program = program::require(&db).await?;
        Ok(Self { app: app.clone(), db, program })
    }

    fn desk(&self) -> Desk<'_> {
        Desk { app: &self.app, db: &self.db, program: &self.program }
    }

    fn shape(&self, row: &Row) -> Result<dub::Link, Error> {
        shape::link(&self.app, &self.program.id.to_string(), row)
    }

    /// The link by our identifier, or by the sender's behind `ext_`.
    async fn find(&self, text: &str) -> Result<Row, Error> {
        let by = match (text.strip_prefix("ext_"), text.parse()) {
            (Some(id), _) => By::External(id),
            (None, Ok(id)) => By::Id(id),
            (None, Err(_)) => return Err(Error::not_found("The link")),
        };
        store::link::by(&self.db, by).await?.ok_or_else(|| Error::not_found("The link"))
    }

    /// The link that is sent again: the one with the external identifier, else at the key, else, where neither is sent, of
    /// the same owner's that leads to the same destination.
    async fn meant(&self, sent: &dub::LinkFields) -> Result<Option<Row>, Error> {
        let by_external = match sent.external_id.as_ref().and_then(Option::as_deref) {
            Some(id) => store::link::by(&self.db, By::External(id)).await?,
            None => None,
        };
        match (by_external, &sent.key, &sent.url) {
            (Some(row), ..) => Ok(Some(row)),
            (None, Some(key), _) => {
                let domain = sent.domain.as_deref().map(|text| self.desk().domain(text)).transpose()?.flatten();
                let slug = Slug::new(key).map_err(|e| Fault::new("key", e))?;
                store::link::by(&self.db, By::Name(&store::link::name(domain.as_deref(), &slug))).await
            }
            (None, None, Some(url)) if sent.external_id.is_none() => {
                let partner = sent.partner_id.as_ref().and_then(Option::as_deref).map(str::parse).transpose();
                store::link::leading_to(&self.db, url, partner.map_err(|e| Fault::new("partnerId", e))?).await
            }
            _ => Ok(None),
        }
    }

    /// Writes a new link.
    async fn create(&self, sent: &dub::LinkFields) -> Result<dub::Link, Error> {
        if sent.url.is_none() {
            return Err(Error::rule("url", "is required"));
        }
        self.create_to(String::new(), sent).await
    }

    /// The same, of a link that leads there unless what is sent says otherwise.
    async fn create_to(&self, destination: String, sent: &dub::LinkFields) -> Result<dub::Link, Error> {
        let blank = Row::new(self.app.id()?, String::new(), destination, self.app.now());
        self.shape(&self.add(blank, sent, None).await?)
    }

    /// Writes a new link: a blank one with what was sent in its place. Where there is a limit, it is its partner's people who
    /// make it, and only while the partner has fewer live ones.
    async fn add(&self, blank: Row, sent: &dub::LinkFields, limit: Option<LinksLimit>) -> Result<Row, Error> {
        let desk = self.desk();
        let domain = sent.domain.as_deref().map(|text| desk.domain(text)).transpose()?.flatten();
        let fixed = sent.key.as_deref().map(Slug::coin).transpose().map_err(|e| Fault::new("key", e))?;
        let (mut row, tags) = desk.apply(blank, sent).await?;
        for left in (0..DRAWS).rev() {
            let slug = match &fixed {
                Some(slug) => slug.clone(),
                None => random_key(&self.app, sent)?,
            };
            row.key = store::link::name(domain.as_deref(), &slug);
            let written = match limit {
                Some(limit) => store::link::create_own(&self.db, &row, limit).await,
                None => store::link::create(&self.db, &row, tags.as_deref().unwrap_or_default()).await,
            };
            match written {
                Err(Error::Refused(Code::Conflict, message))
                    if fixed.is_none() && left > 0 && message.starts_with("key") => {}
                written => {
                    written?;
                    break;
                }
            }
        }
        self.written(&row.key, row.id).await
    }

    /// Changes a link.
    async fn update(&self, row: Row, sent: &dub::LinkFields) -> Result<dub::Link, Error> {
        let desk = self.desk();
        let (id, before) = (row.id, row.key.clone());
        let key = desk.renamed(&row, sent)?;
        let (row, tags) = desk.apply(row, sent).await?;
        let row = Row { key, ..row };
        store::link::update(&self.db, &row, tags.as_deref()).await?;
        if before != row.key {
            cache::link_changed(&self.app, &before).await;
        }
        self.shape(&self.written(&row.key, id).await?)
    }

    /// A link that was just written: known to redirects at once, and read as it is stored.
    async fn written(&self, name: &str, id: LinkId) -> Result<Row, Error> {
        cache::link_changed(&self.app, name).await;
        store::link::by_id(&self.db, id).await?.ok_or_else(|| Error::not_found("The link"))
    }

    /// Takes links away, and answers which.
    async fn delete(&self, rows: &[Row], take: Take) -> Result<Vec<LinkId>, Error> {
        let ids: Vec<LinkId> = rows.iter().map(|row| row.id).collect();
        let gone = store::link::delete(&self.db, &ids, take, self.app.now()).await?;
        for row in rows.iter().filter(|row| gone.contains(&row.id)) {
            cache::link_changed(&self.app, &row.key).await;
        }
        Ok(gone)
    }
}

/// `POST /api/links`:
/// 1. 401; 403 without the scope;
/// 2. 422 naming the field and the rule: a destination, its host, the key, the partner, a property that we do not know;
/// 3. 409 when the key or the external identifier is taken, or the key looks like the key of another owner's link;
/// 4. 200 with the link, which can be clicked at once.
///
/// A partner's people make links of the partner's within narrower rules: see `own::create`.
#[worker::send]
pub async fn create(app: App, who: Side<needs::LinksWrite>, Json(sent): Json<Value>) -> Result<Response, Error> {
    let office = Office::open(&app, &who).await?;
    Ok(match who.scope {
        Scope::Program => axum::Json(office.create(&body::item(&sent)?).await?).into_response(),
        Scope::Partner(partner) => axum::Json(own::create(&office, partner, sent).await?).into_response(),
    })
}

/// `PATCH /api/links/{id}`, by our identifier or the sender's behind `ext_`:
/// 1. 401; 403 without the scope;
/// 2. 404 where there is no such link;
/// 3. 422 and 409 as in [`create`];
/// 4. 200 with the link. What is left out stays; `null` takes away. It holds at once here, and within a minute everywhere.
///
/// A partner's people change the state of what they made: see `own::update`.
#[worker::send]
pub async fn update(
    app: App,
    who: Side<needs::LinksWrite>,
    Path(id): Path<String>,
    Json(sent): Json<Value>,
) -> Result<Response, Error> {
    let office = Office::open(&app, &who).await?;
    if let Scope::Partner(partner) = who.scope {
        return Ok(axum::Json(own::update(&office, partner, &id, &sent).await?).into_response());
    }
    let row = office.find(&id).await?;
    Ok(axum::Json(office.update(row, &body::item(&sent)?).await?).into_response())
}

/// `PUT /api/links/upsert`: [`update`] of the link with the external identifier that is sent, else of the one at the key that
/// is sent, else, where neither is, of the same owner's that leads to the same destination; [`create`] where there is none.
#[worker::send]
pub async fn upsert(
    app: App,
    who: Team<needs::LinksWrite>,
    Json(sent): Json<dub::LinkFields>,
) -> Result<Response, Error> {
    let office = Office::open(&app, &who).await?;
    let link = match office.meant(&sent).await? {
        Some(row) => office.update(row, &sent).await?,
        None => office.create(&sent).await?,
    };
    Ok(axum::Json(link).into_response())
}

/// `DELETE /api/links/{id}`: 401; 403 without the scope; 404 where there is no such link; 200 with its identifier. Its
/// address and external identifier are free again; its touches stay, and tokens of it still credit its partner.
#[worker::send]
pub async fn delete(app: App, who: Team<needs::LinksWrite>, Path(id): Path<String>) -> Result<Response, Error> {
    let office = Office::open(&app, &who).await?;
    let row = office.find(&id).await?;
    office.delete(std::slice::from_ref(&row), Take::All).await?;
    Ok(axum::Json(dub::Deleted { id: row.id.to_string() }).into_response())
}

/// Parameters of `GET /api/links/info`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct InfoQuery {
    domain: Option<String>,
    key: Option<String>,
    link_id: Option<String>,
    external_id: Option<String>,
}

/// `GET /api/links/info`: one link by `linkId`, `externalId`, or `domain` and `key`. 401; 403 without the scope; 422
/// where nothing names it; 404 where there is none; 200 with the link.
#[worker::send]
pub async fn info(app: App, who: Team<needs::LinksRead>, Query(query): Query<InfoQuery>) -> Result<Response, Error> {
    let office = Office::open(&app, &who).await?;
    let row = match (&query.link_id, &query.external_id, &query.key) {
        (Some(id), ..) => office.find(id).await?,
        (None, Some(id), _) => office.find(&format!("ext_{}", id.trim_start_matches("ext_"))).await?,
        (None, None, Some(key)) => {
            let domain = query.domain.as_deref().map(|text| office.desk().domain(text)).transpose()?.flatten();
            let slug = Slug::new(key).map_err(|_| Error::not_found("The link"))?;
            let name = store::link::name(domain.as_deref(), &slug);
            store::link::by(&office.db, By::Name(&name)).await?.ok_or_else(|| Error::not_found("The link"))?
        }
        (None, None, None) => return Err(Error::rule("linkId", "or externalId or key must name the link")),
    };
    Ok(axum::Json(office.shape(&row)?).into_response())
}

/// Parameters of `GET /api/links` and `GET /api/links/count`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    search: Option<String>,
    domain: Option<String>,
    tenant_id: Option<String>,
    external_id: Option<String>,
    partner_id: Option<String>,
    folder_id: Option<String>,
    tag_id: Option<String>,
    tag_ids: Option<String>,
    tag_names: Option<String>,
    show_archived: Option<bool>,
    group_by: Option<String>,
    starting_after: Option<String>,
    ending_before: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

impl ListQuery {
    fn filter(self, office: &Office) -> Result<Filter, Error> {
        let (limit, offset) = page(self.page, self.page_size)?;
        let id = |field, text: &Option<String>| -> Result<Option<LinkId>, Error> {
            Ok(text.as_deref().map(str::parse).transpose().map_err(|e| Fault::new(field, e))?)
        };
        let (after, before) = (id("startingAfter", &self.starting_after)?, id("endingBefore", &self.ending_before)?);
        if after.is_some() && before.is_some() {
            return Err(Error::rule("startingAfter", "cannot go with endingBefore"));
        }
        let names = [self.tag_id, self.tag_ids, self.tag_names];
        let tags = names.iter().flatten().flat_map(|text| text.split(','));
        Ok(Filter {
            partner: self.partner_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("partnerId", e))?,
            folder: self.folder_id.as_deref().map(str::parse).transpose().map_err(|e| Fault::new("folderId", e))?,
            tenant: self.tenant_id,
            external: self.external_id,
            search: self.search,
            domain: self.domain.as_deref().map(|text| office.desk().domain(text)).transpose()?,
            tags: tags.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            archived: self.show_archived.unwrap_or_default(),
            after,
            before,
            limit,
            offset,
        })
    }
}

/// `GET /api/links`: 401; 403 without the scope; 422 for a parameter that cannot be; 200 with an array, the newest
/// first. Archived links are left out unless `showArchived` asks for them. A partner's people have the partner's: see
/// `own::list`.
#[worker::send]
pub async fn list(app: App, who: Side<needs::LinksRead>, Query(query): Query<ListQuery>) -> Result<Response, Error> {
    let office = Office::open(&app, &who).await?;
    if let Scope::Partner(partner) = who.scope {
        return Ok(axum::Json(own::list(&office, partner, query).await?).into_response());
    }
    let rows = store::link::list(&office.db, &query.filter(&office)?).await?;
    let links: Vec<dub::Link> = rows.iter().map(|row| office.shape(row)).collect::<Result<_, _>>()?;
    Ok(axum::Json(links).into_response())
}

/// `GET /api/links/count`: 401; 403 without the scope; 422 for a parameter that cannot be; 200 with how many links
/// [`list`] has.
#[worker::send]
pub async fn count(app: App, who: Team<needs::LinksRead>, Query(query): Query<ListQuery>) -> Result<Response, Error> {
    if query.group_by.is_some() {
        return Err(Error::rule("groupBy", "is not offered; count once a folder or tag"));
    }
    let office = Office::open(&app, &who).await?;
    Ok(axum::Json(store::link::count(&office.db, &query.filter(&office)?).await?).into_response())
}

fn random_key(app: &App, sent: &dub::LinkFields) -> Result<Slug, Error> {
    let length = sent.key_length.unwrap_or(KEY_LENGTH);
    if !(3..=KEY_LENGTH_MAX).contains(&length) {
        return Err(Error::rule("keyLength", format!("must be from 3 to {KEY_LENGTH_MAX}")));
    }
    let random = app.random::<{ KEY_LENGTH_MAX as usize }>()?;
    let letters =
        random.iter().take(length.into()).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
    let prefix = sent.prefix.as_deref().unwrap_or_default();
    let key: String = prefix.chars().chain(letters).collect();
    Ok(Slug::coin(&key).map_err(|e| Fault::new(if prefix.is_empty() { "key" } else { "prefix" }, e))?)
}
