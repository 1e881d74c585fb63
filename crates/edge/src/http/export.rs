//! Taking away what is recorded: one kind of rows for other programs, or the whole instance.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use engine::log::{Log, NONE};
use futures_util::stream::try_unfold;
use http::{HeaderValue, header};
use serde::Deserialize;
use wire::{
    fact::{Fault, time, write_time},
    problem::Code,
};
use worker::{D1Database, console_error, send::SendFuture};

use super::query::Query;
use crate::{
    access::{Permission, Permissions},
    app::App,
    auth::{Scope, Side, Who, needs},
    error::Error,
    export::{
        archive::Progress,
        cell::{Cell, Format},
    },
    seal::Sealed,
    store::{
        self,
        archive::{self, LEFT, Schema, TABLES},
        kind::{KINDS, Kind},
        pages::Pages,
    },
};

/// Parameters of `GET /api/export`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportQuery {
    kind: Option<String>,
    from: Option<String>,
    to: Option<String>,
    format: Option<String>,
}

/// The word that asks for the whole instance.
const EVERYTHING: &str = "everything";
/// What it takes to read it.
const ALL: [Permission; 13] = [
    Permission::ProgramRead,
    Permission::PartnersRead,
    Permission::LinksRead,
    Permission::CouponsRead,
    Permission::PagesRead,
    Permission::CustomersRead,
    Permission::FactsRead,
    Permission::CommissionsRead,
    Permission::DealsRead,
    Permission::StatementsRead,
    Permission::WebhooksRead,
    Permission::MembersRead,
    Permission::AuditRead,
];

/// `GET /api/export`:
/// 1. 401; 403 without the scopes, and for a partner's people, whose are the kinds `touches`, `leads` and `sales`, as the
///    feed shows them to them;
/// 2. 422 for a kind or format that is none, or a time that cannot be;
/// 3. 404 where there is no program;
/// 4. 200 with a file, read in pages as it is sent: the rows of the `kind` from `from` until before `to` (RFC 3339), as
///    CSV or, where `format` says so, NDJSON. `everything` is the whole instance: see [`crate::export::archive`]. All that
///    was acknowledged before it began is in it, and nothing refers to what is not; without its last line it broke off.
#[worker::send]
pub async fn get(app: App, who: Side<needs::FactsRead>, Query(query): Query<ExportQuery>) -> Result<Response, Error> {
    let word = query.kind.as_deref().unwrap_or_default();
    let kind = if word == EVERYTHING {
        None
    } else {
        let words = || KINDS.iter().map(|kind| kind.word).collect::<Vec<_>>().join(", ");
        let known =
            Kind::of(word).ok_or_else(|| Fault::new("kind", format!("must be {EVERYTHING} or one of {}", words())));
        Some(known?)
    };
    let format = match (query.format.as_deref(), kind) {
        (None | Some("csv"), Some(_)) => Format::Csv,
        (Some("ndjson"), _) | (None, None) => Format::Ndjson,
        (Some("csv"), None) => return Err(Error::rule("format", "must be ndjson: an instance is no table")),
        (Some(_), _) => return Err(Error::rule("format", "must be csv or ndjson")),
    };
    let moment = |field, text: &Option<String>| text.as_deref().map(|text| time(field, text)).transpose();
    let (from, to) = (moment("from", &query.from)?, moment("to", &query.to)?);
    let times = [from.map_or(0, |at| at.0), to.map_or(1 << 53, |at| at.0)];
    let db = app.db()?;
    let Some(kind) = kind else {
        for (field, given) in [("from", from), ("to", to)] {
            if given.is_some() {
                return Err(Error::rule(field, "must not be there: an instance leaves whole"));
            }
        }
        may(&who, &ALL)?;
        store::program::require(&db).await?;
        let file = File::Instance(Instance::open(&app, &write_time(app.now())).await?);
        return send(db, file, format, EVERYTHING).await;
    };
    let file = match who.scope {
        Scope::Program => {
            may(&who, &[kind.needs])?;
            store::program::require(&db).await?;
            let sealed = if kind.word == "touches" { Some(Sealed::open(&app).await?) } else { None };
            File::Rows { pages: Pages::new(kind.source(), times), names: kind.names(), sealed }
        }
        Scope::Partner(_) => {
            let own = Own::of(kind.word).ok_or_else(not_partners)?;
            let feed = store::feed::load(&db, app.origin(), who.scope, app.now().time()).await?;
            let mut text = format.head(own.names().iter().copied());
            for (_, row) in own.rows(&feed.log).iter().filter(|(at, _)| (times[0]..times[1]).contains(at)) {
                format.row(own.names().iter().copied(), row, &mut text);
            }
            File::Whole(Some(text))
        }
    };
    send(db, file, format, kind.word).await
}

fn not_partners() -> Error {
    Error::Refused(Code::Forbidden, "This is for the people of the program".into())
}

/// That somebody of the program's may read all of this.
fn may(who: &Who, needed: &[Permission]) -> Result<(), Error> {
    if who.scope != Scope::Program {
        return Err(not_partners());
    }
    let held: Permissions = needed.iter().copied().filter(|permission| who.may(*permission)).collect();
    match needed.iter().find(|permission| !held.hold(**permission)) {
        Some(missing) => {
            Err(Error::Refused(Code::Forbidden, format!("The scope {} is needed for this as well", missing.word())))
        }
        None => Ok(()),
    }
}

/// A file on its way.
enum File {
    /// Rows of a kind.
    Rows { pages: Pages, names: Vec<&'static str>, sealed: Option<Sealed> },
    /// The whole instance.
    Instance(Instance),
    /// What fits into memory.
    Whole(Option<String>),
}

impl File {
    /// What comes next; `None` behind the end.
    async fn next(&mut self, db: &D1Database, format: Format) -> Result<Option<String>, Error> {
        match self {
            Self::Rows { pages, names, sealed } => {
                let mut text = String::new();
                if let Some(rows) = page(pages, sealed.as_mut(), db).await? {
                    rows.iter().for_each(|row| format.row(names.iter().copied(), row, &mut text));
                    return Ok(Some(text));
                }
                match sealed {
                    Some(sealed) if !sealed.is_whole().await? => {
                        Err(Error::Unavailable("touches were sealed meanwhile".into()))
                    }
                    _ => Ok(None),
                }
            }
            Self::Instance(instance) => instance.next(db).await,
            Self::Whole(text) => Ok(text.take()),
        }
    }

    /// What stands before the rows.
    fn head(&self, format: Format) -> String {
        match self {
            Self::Rows { names, .. } => format.head(names.iter().copied()),
            Self::Instance(instance) => format!("{}\n", instance.progress.header),
            Self::Whole(_) => String::new(),
        }
    }
}

/// The next rows: those that are sealed come first, as they were recorded first.
async fn page(
    pages: &mut Pages,
    sealed: Option<&mut Sealed>,
    db: &D1Database,
) -> Result<Option<Vec<Vec<Cell>>>, Error> {
    if let Some(sealed) = sealed
        && let Some(rows) = sealed.next(pages.source(), pages.times()).await?
    {
        return Ok(Some(rows));
    }
    pages.next(db).await
}

/// A whole instance on its way.
struct Instance {
    schema: Schema,
    progress: Progress,
    /// The last change of settings before.
    change: u64,
    /// Which table is read, and how far.
    table: usize,
    pages: Pages,
    sealed: Sealed,
    ended: bool,
}

impl Instance {
    async fn open(app: &App, at: &str) -> Result<Self, Error> {
        let db = &app.db()?;
        let change = archive::last_change(db).await?;
        let sealed = Sealed::open(app).await?;
        let schema = archive::schema(db).await?;
        let pages = Pages::new(schema.source(TABLES[0]), [0, 1]);
        let progress = Progress::header(at, &schema.tables, LEFT);
        Ok(Self { schema, progress, change, table: 0, pages, sealed, ended: false })
    }

    async fn next(&mut self, db: &D1Database) -> Result<Option<String>, Error> {
        let mut text = String::new();
        while self.table < TABLES.len() {
            let sealed = (TABLES[self.table] == "touch").then_some(&mut self.sealed);
            if let Some(rows) = page(&mut self.pages, sealed, db).await? {
                rows.iter().for_each(|row| self.progress.row(TABLES[self.table], row, &mut text));
                if !text.is_empty() {
                    return Ok(Some(text));
                }
            } else {
                self.table += 1;
                if let Some(table) = TABLES.get(self.table) {
                    self.pages = Pages::new(self.schema.source(table), [0, 1]);
                }
            }
        }
        if std::mem::replace(&mut self.ended, true) {
            return Ok(None);
        }
        let settled = archive::last_change(db).await? == self.change && self.sealed.is_whole().await?;
        Ok(Some(self.progress.end(settled)))
    }
}

/// Sends a file as it is read. What fails at once is an answer of its own; what fails later breaks the file off.
async fn send(db: D1Database, mut file: File, format: Format, name: &str) -> Result<Response, Error> {
    let mut first = file.head(format);
    first.push_str(&file.next(&db, format).await?.unwrap_or_default());
    let rest = try_unfold((Some(first), file, db), move |(ready, mut file, db)| {
        SendFuture::new(async move {
            let text = match ready {
                Some(text) => Some(text),
                None => file.next(&db, format).await.map_err(|error| {
                    console_error!("an export breaks off: {error:?}");
                    std::io::Error::other("a store did not answer")
                })?,
            };
            Ok::<_, std::io::Error>(text.map(|text| (text, (None, file, db))))
        })
    });
    let mut response = Body::from_stream(rest).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    let disposition = format!("attachment; filename=\"tributary-{name}.{}\"", format.word());
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// What a partner's people take away: rows of their feed, masked as it is.
#[derive(Clone, Copy)]
enum Own {
    Touches,
    Leads,
    Sales,
}

impl Own {
    fn of(word: &str) -> Option<Self> {
        match word {
            "touches" => Some(Self::Touches),
            "leads" => Some(Self::Leads),
            "sales" => Some(Self::Sales),
            _ => None,
        }
    }

    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Touches => &["at", "kind", "mark", "partner", "link", "channel", "utmCampaign", "coupon", "customer"],
            Self::Leads => &["at", "kind", "customer"],
            Self::Sales => &["at", "kind", "customer", "amount", "currency", "product"],
        }
    }

    /// The rows of a log, each with its time.
    fn rows(self, log: &Log) -> Vec<(u64, Vec<Cell>)> {
        let named = |names: &[String], number: u32| {
            if number == NONE { Cell::Null } else { names.get(number as usize).cloned().into() }
        };
        let row = |at: engine::time::Time, cells: Vec<Cell>| {
            let at = at.millis();
            (at.0, [vec![Cell::Text(write_time(at))], cells].concat())
        };
        match self {
            Self::Touches => {
                let all = (0..log.touches.len()).map(|i| log.touches.get(i));
                let partner = |number: u32| log.partners.get(number as usize).map(|party| party.name.clone());
                let link = |number: u32| log.links.get(number as usize).map(|link| link.key.clone());
                all.map(|touch| {
                    let cells = vec![
                        touch.kind.word().into(),
                        touch.mark.word().into(),
                        partner(touch.partner)
                            .map_or(Cell::Null, |name| name.unwrap_or("another partner".into()).as_str().into()),
                        link(touch.link).into(),
                        named(&log.channels, touch.channel),
                        named(&log.campaigns, touch.campaign),
                        named(&log.coupons, touch.coupon),
                        named(&log.customers, touch.customer),
                    ];
                    row(touch.at, cells)
                })
                .collect()
            }
            Self::Leads => {
                let all = (0..log.milestones.len()).map(|i| log.milestones.get(i));
                all.filter(|step| step.kind.word().starts_with("lead."))
                    .map(|step| row(step.at, vec![step.kind.word().into(), named(&log.customers, step.customer)]))
                    .collect()
            }
            Self::Sales => {
                let all = (0..log.revenue.len()).map(|i| log.revenue.get(i));
                let currency = |number: u32| log.currencies.get(number as usize).map(|code| code.code().to_owned());
                all.map(|sale| {
                    let cells = vec![
                        sale.kind.word().into(),
                        named(&log.customers, sale.customer),
                        Cell::Number(sale.amount),
                        currency(sale.currency).into(),
                        named(&log.products, sale.product),
                    ];
                    row(sale.at, cells)
                })
                .collect()
            }
        }
    }
}
