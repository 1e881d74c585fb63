//! Files: brought in, held against what is recorded, applied, undone.
//!
//! | room | charter |
//! |---|---|
//! | [`judge`] | the rows of a file beside what is recorded |
//! | [`named`] | whom a row names |
//! | [`partners`] | the rows of a file of partners beside those who are known |

mod judge;
mod named;
mod partners;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use engine::{id::ImportId, text::clean};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use wire::{
    csv::{
        self, BYTES_MAX,
        encoding::decode,
        mapping::{About, Mapping},
        partner,
        preset::Preset,
        table::{Row, Table},
    },
    import::{Import, ImportRow, State},
    problem::Code,
};
use worker::D1Database;

use self::judge::{Draft, Verdict};
use super::{
    body::{media_type, read},
    paging::page,
    query::{Path, Query},
};
use crate::{
    app::App,
    auth::{Team, needs},
    error::Error,
    json,
    store::{
        event::{ATTEMPTS, Written},
        import, program,
    },
    zone,
};

/// Where files are sent to, which are longer than other bodies.
pub const PATH: &str = "/api/imports";
/// How many rows are read from the store at once.
const READ: u32 = 1_000;
/// Whose rows' identifiers are, where no system is named.
const ANY: &str = "file";

/// Parameters of `POST /api/imports`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CreateQuery {
    /// Whose export it is: `dub`, `partnerstack`, `rewardful` or `firstpromoter`.
    preset: Option<String>,
    /// Which column says what, as JSON; where neither is given, that of the latest file with this header.
    mapping: Option<String>,
    /// `partners` for a file of those who are to be enrolled; what happened, where it is not sent.
    about: Option<String>,
    /// The file's name.
    name: Option<String>,
}

/// Parameters of `POST /api/imports/{id}/apply`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ApplyQuery {
    /// `true` leaves conflicting and bad rows out; without, they refuse the whole.
    skip: Option<String>,
}

/// Parameters of `GET /api/imports`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ListQuery {
    /// Only those that are `checked`, `applied` or `undone`.
    state: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// Parameters of `GET /api/imports/{id}/rows`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct RowsQuery {
    /// Only those that are `matched`, `new`, `duplicate`, `conflicting` or `bad`; or `similar`: new, and may be a sale that is
    /// recorded under another key.
    state: Option<String>,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `POST /api/imports`, the bytes of a file (`text/csv`):
/// 1. 401; 403 without the scope;
/// 2. 400 for another type or more than 4 MiB;
/// 3. 422 for a file that is none, a mapping that does not fit it, or a question that the mapping must answer;
/// 4. 503 when the store does not answer: nothing was kept, send it again;
/// 5. 201 with a dry run: how many rows are new, matched and so on. Nothing of it is recorded until it is applied.
#[worker::send]
pub async fn create(
    app: App,
    who: Team<needs::ImportsWrite>,
    Query(query): Query<CreateQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let bytes = read(body, BYTES_MAX).await?;
    if !matches!(media_type(&headers).as_str(), "text/csv" | "text/tab-separated-values") {
        return Err(Error::Refused(Code::BadRequest, "Content-Type: must be text/csv".into()));
    }
    let (encoding, text) = decode(&bytes)?;
    let table = Table::read(&text)?;
    let header = serde_json::to_string(&table.header)?;
    let db = who.pen(&app)?;
    let (preset, mapping) = mapping(&db, &query, &table.header, &header).await?;
    let (mut recognised, verdict) = judge(&app, &db, preset.as_deref(), &table, &mapping).await?;
    recognised.insert("encoding".into(), encoding.name().into());
    let row = import::Row {
        id: app.id()?,
        state: State::Checked,
        name: query.name.as_deref().and_then(|name| clean(name, 200)),
        preset,
        mapping: serde_json::to_string(&mapping)?,
        header,
        recognised: serde_json::to_string(&recognised)?,
        totals: serde_json::to_string(&verdict.totals)?,
        counts: String::new(),
        created_by: who.actor.to_string(),
        created_at: app.now().0,
        applied_at: None,
        undone_at: None,
        kept: "{}".to_owned(),
    };
    let cells: Vec<Vec<String>> = table.rows.into_iter().map(|row| row.cells).collect();
    import::insert(&db, &row, &cells, &verdict.judged).await?;
    Ok((StatusCode::CREATED, axum::Json(shown(&db, row.id).await?)).into_response())
}

/// Which column says what: as the request says, by the system that it names, or as for the latest file with this header.
async fn mapping(
    db: &D1Database,
    query: &CreateQuery,
    header: &[String],
    text: &str,
) -> Result<(Option<String>, Mapping), Error> {
    let preset = query.preset.as_deref().map(Preset::from_word).transpose()?;
    let partners = match query.about.as_deref() {
        None | Some("conversions") => false,
        Some("partners") => true,
        Some(_) => return Err(Error::rule("about", "must be conversions or partners")),
    };
    let word = preset.map(|preset| preset.word().to_owned());
    if partners && query.mapping.is_none() {
        return Ok((word, partner::mapping(header)?));
    }
    if let Some(text) = &query.mapping {
        let given: Mapping =
            json::read(text).map_err(|misread| Error::rule("mapping", format!("must be a mapping: {misread}")))?;
        // What is said of a system's export beside its columns: the decimal sign, the order of dates.
        let about = if partners { About::Partners } else { given.about };
        let given = Mapping { about, ..given };
        let own = preset
            .filter(|_| given.columns.is_empty() && about == About::Conversions)
            .map(|preset| preset.mapping(header))
            .transpose()?;
        let mapping = match own {
            Some(own) => Mapping { columns: own.columns, units: given.units.or(own.units), ..given },
            None => given,
        };
        return Ok((word, mapping));
    }
    if let Some(preset) = preset {
        return Ok((word, preset.mapping(header)?));
    }
    match import::remembered(db, text).await? {
        Some((preset, mapping)) => Ok((preset, serde_json::from_str(&mapping)?)),
        None => {
            let columns = header.join(", ");
            Err(Error::rule(
                "mapping",
                format!("is required for a file with the columns {columns}; or name its `preset`"),
            ))
        }
    }
}

/// Reads a file and holds it against what is recorded.
async fn judge(
    app: &App,
    db: &D1Database,
    preset: Option<&str>,
    table: &Table,
    mapping: &Mapping,
) -> Result<(serde_json::Map<String, serde_json::Value>, Verdict), Error> {
    if mapping.about == About::Partners {
        let readings = partner::readings(table, mapping)?;
        let separator = char::from(table.separator).to_string();
        let recognised = [("separator".to_owned(), separator.into())].into_iter().collect();
        return Ok((recognised, partners::judge(app, db, &table.rows, &readings).await?));
    }
    let program = program::require(db).await?;
    let (recognised, outcomes) = csv::readings(table, mapping, program.currency)?;
    let draft = Draft {
        system: preset.unwrap_or(ANY),
        rows: &table.rows,
        outcomes,
        zone: zone::of(&program.timezone, app.now().time()),
        policies: &program.policies,
    };
    let recognised = match serde_json::to_value(recognised)? {
        serde_json::Value::Object(map) => map,
        _ => serde_json::Map::new(),
    };
    Ok((recognised, draft.judge(app, db).await?))
}

async fn stored(db: &D1Database, id: &str) -> Result<import::Row, Error> {
    let missing = || Error::not_found("The import");
    let id: ImportId = id.parse().map_err(|_| missing())?;
    import::find(db, id).await?.ok_or_else(missing)
}

async fn shown(db: &D1Database, id: ImportId) -> Result<Import, Error> {
    stored(db, &id.to_string()).await?.try_into()
}

/// `GET /api/imports`: 401; 403; 422 for a state or a page that is none; 200 with an array, the latest first.
#[worker::send]
pub async fn list(
    app: App,
    _who: Team<needs::ImportsWrite>,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Vec<Import>>, Error> {
    let (limit, offset) = page(query.page, query.page_size)?;
    let state = query.state.as_deref();
    if state.is_some_and(|word| !matches!(word, "checked" | "applied" | "undone")) {
        return Err(Error::rule("state", "must be checked, applied or undone"));
    }
    let rows = import::list(&app.db()?, state, limit, offset).await?;
    Ok(axum::Json(rows.into_iter().map(Import::try_from).collect::<Result<_, _>>()?))
}

/// `GET /api/imports/{id}`: 401; 403; 404; 200 with the import.
#[worker::send]
pub async fn get(
    app: App,
    _who: Team<needs::ImportsWrite>,
    Path(id): Path<String>,
) -> Result<axum::Json<Import>, Error> {
    Ok(axum::Json(stored(&app.db()?, &id).await?.try_into()?))
}

/// `GET /api/imports/{id}/rows`: 401; 403; 404; 422 for a state or a page that is none; 200 with an array, in the file's
/// order.
#[worker::send]
pub async fn rows(
    app: App,
    _who: Team<needs::ImportsWrite>,
    Path(id): Path<String>,
    Query(query): Query<RowsQuery>,
) -> Result<axum::Json<Vec<ImportRow>>, Error> {
    let (limit, offset) = page(query.page, query.page_size)?;
    let state = query.state.as_deref();
    if state.is_some_and(|word| !matches!(word, "matched" | "new" | "similar" | "duplicate" | "conflicting" | "bad")) {
        return Err(Error::rule("state", "must be matched, new, similar, duplicate, conflicting or bad"));
    }
    let db = app.db()?;
    let import = stored(&db, &id).await?;
    Ok(axum::Json(import::page(&db, import.id, state, limit, offset).await?))
}

/// `POST /api/imports/{id}/apply`:
/// 1. 401; 403 without the scope; 404;
/// 2. 409 for one that was undone;
/// 3. 422 when rows are conflicting or bad by now, and `skip` does not say to leave them out;
/// 4. 503 when the store does not answer: nothing was recorded, send it again;
/// 5. 200 with the import. Its rows were held against what is recorded by now, and those that are new are recorded in one
///    transaction, all or none. Applied again it is as it was.
#[worker::send]
pub async fn apply(
    app: App,
    who: Team<needs::ImportsWrite>,
    Path(id): Path<String>,
    Query(query): Query<ApplyQuery>,
) -> Result<axum::Json<Import>, Error> {
    let skip = match query.skip.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Error::rule("skip", "must be true or false")),
    };
    let pen = who.pen(&app)?;
    for _ in 0..ATTEMPTS {
        let import = stored(&pen, &id).await?;
        match import.state {
            State::Applied => return Ok(axum::Json(import.try_into()?)),
            State::Undone => {
                let message = "The import was undone: send its file again";
                return Err(Error::Refused(Code::Conflict, message.into()));
            }
            State::Checked => {}
        }
        let (table, mapping) = (table(&pen, &import).await?, serde_json::from_str(&import.mapping)?);
        let (_, verdict) = judge(&app, &pen, import.preset.as_deref(), &table, &mapping).await?;
        let left = verdict.judged.iter().filter(|row| row.state.stops()).count();
        if left > 0 && !skip {
            let message = format!("skip: {left} rows are conflicting or bad; `skip=true` leaves them out");
            return Err(Error::Refused(Code::UnprocessableEntity, message));
        }
        let totals = serde_json::to_string(&verdict.totals)?;
        let events = verdict.events.statements(&pen, app.now()).await?;
        let done =
            import::apply(&pen, import.id, events, &verdict.judged, &verdict.matched, &totals, app.now()).await?;
        if done == Written::Whole {
            return Ok(axum::Json(shown(&pen, import.id).await?));
        }
        // Another request wrote one of these events in between, or applied the import: it is known by now.
    }
    Err(Error::Unavailable("imports: other requests keep writing the same events".into()))
}

/// The file of an import, as it came.
async fn table(db: &D1Database, import: &import::Row) -> Result<Table, Error> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let offset = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let part = import::page(db, import.id, None, READ, offset).await?;
        let whole = part.len() < READ as usize;
        rows.extend(part.into_iter().map(|row| Row { line: row.line, cells: row.cells }));
        if whole {
            break;
        }
    }
    Ok(Table { separator: b',', header: serde_json::from_str(&import.header)?, rows })
}

/// `POST /api/imports/{id}/undo`:
/// 1. 401; 403 without the scope; 404;
/// 2. 409 for one that was not applied, and where something recorded since is built upon it, which it names;
/// 3. 503 when the store does not answer: nothing was taken back, send it again;
/// 4. 200 with the import: all that it had recorded is gone, in one transaction, but for sales that somebody else told of,
///    too, which `kept` counts. Undone again it is as it was.
#[worker::send]
pub async fn undo(
    app: App,
    who: Team<needs::ImportsWrite>,
    Path(id): Path<String>,
) -> Result<axum::Json<Import>, Error> {
    let pen = who.pen(&app)?;
    for _ in 0..ATTEMPTS {
        let import = stored(&pen, &id).await?;
        match import.state {
            State::Undone => return Ok(axum::Json(import.try_into()?)),
            State::Checked => {
                return Err(Error::Refused(
                    Code::Conflict,
                    "The import was not applied: there is nothing to undo".into(),
                ));
            }
            State::Applied => {}
        }
        let upon = import::built_upon(&pen, import.id).await?;
        if !upon.is_empty() {
            let message = format!("Recorded since and built upon this import: {}", upon.join(", "));
            return Err(Error::Refused(Code::Conflict, message));
        }
        if import::undo(&pen, import.id, app.now()).await? == Written::Whole {
            return Ok(axum::Json(shown(&pen, import.id).await?));
        }
    }
    Err(Error::Unavailable("imports: other requests keep changing it".into()))
}
