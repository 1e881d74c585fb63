//! What a redirect needs, as near as possible: in the isolate's memory, then in KV, then in D1.
//!
//! A copy in memory is fresh for [`FRESH`]. A copy in KV is always good enough to answer with; one that is older than
//! [`REFRESH`] is read again from D1 behind the answer, which mends whatever a lost write left behind. Links are
//! written to both on every change, so nobody waits for a copy to age. When no store answers, a copy of any age is used.
//! What is not there is not remembered: a link that is made a moment later works at once. A link with a limit of clicks
//! keeps count here between two readings of D1, and is read again as soon as a copy is not [`FRESH`].
//!
//! Keys in KV are `v1/<what>/<name>`, of links `v2/link/<name>` (a Worker that knows of no rules must not read those that
//! have some); a value is `{"at": milliseconds, "value": …}`.

use std::{cell::RefCell, collections::HashMap, rc::Rc, thread::LocalKey};

use engine::{link::Link, text::Slug, time::Millis};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use worker::console_error;

use crate::{
    app::App,
    error::Error,
    store::{
        self,
        page::Landing,
        program::{Program, ProgramRow},
    },
};

/// How long a copy in memory is used unasked, in milliseconds.
const FRESH: u64 = 30 * 1000;
/// From which age on a copy in KV is read again behind the answer, in milliseconds.
const REFRESH: u64 = 10 * 60 * 1000;
/// How long a copy stays in KV for the day that D1 does not answer, in seconds.
const KEPT: u64 = 30 * 24 * 60 * 60;
/// Most copies of one kind in an isolate's memory.
const MOST: usize = 5_000;

/// What came of a look-up.
#[derive(Debug, Clone)]
pub enum Answer<T> {
    /// Here it is, if need be an old copy.
    Found(T),
    /// A store answered that there is no such thing.
    Unknown,
    /// No store answered.
    Down,
}

impl<T> Answer<T> {
    /// The thing, if it was found.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(value) => Some(value),
            Self::Unknown | Self::Down => None,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Copy<T> {
    at: Millis,
    value: T,
}

impl<T> Copy<T> {
    fn is_younger(&self, age: u64, now: Millis) -> bool {
        now.0.saturating_sub(self.at.0) < age
    }
}

type Memory<T> = RefCell<HashMap<String, Copy<Rc<T>>>>;

thread_local! {
    static LINKS: Memory<Link> = RefCell::default();
    static PROGRAM: Memory<Program> = RefCell::default();
    static LANDINGS: Memory<Landing> = RefCell::default();
}

/// Something that is kept in the caches: in memory as it is used, elsewhere as it is stored.
trait Kept: Clone + 'static {
    /// How it is stored.
    type Row: Clone + Serialize + DeserializeOwned + 'static;

    fn memory() -> &'static LocalKey<Memory<Self>>;
    /// Key in KV of the thing with this name.
    fn key(name: &str) -> String;
    /// Reads it from D1.
    async fn load(app: &App, name: &str) -> Result<Option<Self::Row>, Error>;
    /// What is stored, as it is used.
    fn read(row: Self::Row) -> Result<Self, Error>;

    /// From which age on a copy in KV is read again, in milliseconds.
    fn refresh(&self) -> u64 {
        REFRESH
    }

    /// The copy in memory, however old.
    fn remembered(name: &str) -> Option<Copy<Rc<Self>>> {
        Self::memory().with_borrow(|memory| memory.get(name).cloned())
    }

    fn remember(name: &str, row: Self::Row, now: Millis) -> Result<Rc<Self>, Error> {
        let value = Rc::new(Self::read(row)?);
        Self::memory().with_borrow_mut(|memory| {
            if memory.len() >= MOST {
                memory.retain(|_, copy| copy.is_younger(FRESH, now));
            }
            if memory.len() >= MOST {
                memory.clear();
            }
            memory.insert(name.to_owned(), Copy { at: now, value: Rc::clone(&value) });
        });
        Ok(value)
    }

    fn forget(name: &str) {
        Self::memory().with_borrow_mut(|memory| memory.remove(name));
    }
}

impl Kept for Link {
    type Row = Self;

    fn memory() -> &'static LocalKey<Memory<Self>> {
        &LINKS
    }

    fn key(name: &str) -> String {
        format!("v2/link/{name}")
    }

    async fn load(app: &App, name: &str) -> Result<Option<Self>, Error> {
        store::link::target(&app.db()?, name).await
    }

    fn read(row: Self) -> Result<Self, Error> {
        Ok(row)
    }

    fn refresh(&self) -> u64 {
        if self.rules.limit.is_some() { FRESH } else { REFRESH }
    }
}

/// There is one program, so it needs no name.
const ONLY: &str = "";

impl Kept for Program {
    type Row = ProgramRow;

    fn memory() -> &'static LocalKey<Memory<Self>> {
        &PROGRAM
    }

    fn key(_: &str) -> String {
        "v1/program".to_owned()
    }

    async fn load(app: &App, _: &str) -> Result<Option<ProgramRow>, Error> {
        store::program::load_row(&app.db()?).await
    }

    fn read(row: ProgramRow) -> Result<Self, Error> {
        Self::try_from(row)
    }
}

impl Kept for Landing {
    type Row = Self;

    fn memory() -> &'static LocalKey<Memory<Self>> {
        &LANDINGS
    }

    fn key(name: &str) -> String {
        format!("v1/landing/{name}")
    }

    async fn load(app: &App, name: &str) -> Result<Option<Self>, Error> {
        let (partner, page) = name.split_once('/').unwrap_or((name, ""));
        store::page::live(&app.db()?, partner, page, app.now()).await
    }

    fn read(row: Self) -> Result<Self, Error> {
        Ok(row)
    }
}

/// A link on its way to a visitor.
pub struct Route {
    /// What the link is kept under.
    pub name: String,
    /// The link.
    pub link: Answer<Rc<Link>>,
    /// The program, if either store or cache knows it.
    pub program: Option<Rc<Program>>,
}

/// The link behind a slug on a host, and the program: at most one read of KV. A host that the program does not name is the
/// main one.
pub async fn route(app: &App, host: &str, slug: &Slug) -> Route {
    let now = app.now();
    let named = |program: Option<&Program>| {
        let known = program.is_some_and(|program| program.settings.domains.iter().any(|domain| domain == host));
        store::link::name(known.then_some(host), slug)
    };
    let program = fresh::<Program>(ONLY, now);
    if let Some(program) = program {
        let name = named(Some(&program));
        let link = match fresh::<Link>(&name, now) {
            Some(link) => Answer::Found(link),
            None => find(app, &name).await,
        };
        return Route { name, link, program: Some(program) };
    }
    // Until the program is known, so is not whether this host has links of its own: one read answers both.
    let keys = [Program::key(ONLY), Link::key(slug.as_str()), Link::key(&store::link::name(Some(host), slug))];
    let mut copies = read(app, &keys).await;
    let program = settle::<Program>(app, ONLY, copies.remove(&keys[0]).flatten()).await.found();
    let name = named(program.as_deref());
    let link = match fresh::<Link>(&name, now) {
        Some(link) => Answer::Found(link),
        None => settle(app, &name, copies.remove(&Link::key(&name)).flatten()).await,
    };
    Route { name, link, program }
}

/// A link led a visitor on: one with a limit counts on until it is read again.
pub fn spend(name: &str) {
    LINKS.with_borrow_mut(|memory| {
        if let Some(copy) = memory.get_mut(name).filter(|copy| copy.value.rules.limit.is_some()) {
            Rc::make_mut(&mut copy.value).counted += 1;
        }
    });
}

/// The program.
pub async fn program(app: &App) -> Answer<Program> {
    let found = match fresh::<Program>(ONLY, app.now()) {
        Some(program) => Answer::Found(program),
        None => find(app, ONLY).await,
    };
    match found {
        Answer::Found(program) => Answer::Found(Program::clone(&program)),
        Answer::Unknown => Answer::Unknown,
        Answer::Down => Answer::Down,
    }
}

/// The program as this isolate last saw it: asks no store.
pub fn remembered_program() -> Option<Program> {
    Program::remembered(ONLY).map(|copy| Program::clone(&copy.value))
}

/// Makes a change of the program known here and in KV at once.
pub async fn program_changed(app: &App) {
    renew::<Program>(app, ONLY).await;
}

/// Makes a change of a landing page known here and in KV at once.
pub async fn landing_changed(app: &App, name: &str) {
    renew::<Landing>(app, name).await;
}

/// Makes a new, changed or deleted link known here and in KV at once.
pub async fn link_changed(app: &App, name: &str) {
    renew::<Link>(app, name).await;
}

/// The landing page of a partner, or of `partner/page`. D1 comes first here, so that an edit is seen at once; the copies are
/// for when it is down.
pub async fn landing(app: &App, name: &str) -> Answer<Landing> {
    match Landing::load(app, name).await {
        Ok(Some(page)) => {
            if !Landing::remembered(name).is_some_and(|copy| copy.is_younger(REFRESH, app.now())) {
                Landing::remember(name, page.clone(), app.now()).ok();
                write_behind::<Landing>(app, name, page.clone());
            }
            Answer::Found(page)
        }
        Ok(None) => Answer::Unknown,
        Err(error) => {
            console_error!("landing page from a copy: {error:?}");
            let copy = match Landing::remembered(name) {
                Some(copy) => Some(Landing::clone(&copy.value)),
                None => parse(said(app.copy(&Landing::key(name)).await).flatten()).map(|copy| copy.value),
            };
            copy.map_or(Answer::Down, Answer::Found)
        }
    }
}

fn fresh<T: Kept>(name: &str, now: Millis) -> Option<Rc<T>> {
    T::remembered(name).filter(|copy| copy.is_younger(FRESH, now)).map(|copy| copy.value)
}

/// What memory has no fresh copy of, from the stores.
async fn find<T: Kept>(app: &App, name: &str) -> Answer<Rc<T>> {
    let text = said(app.copy(&T::key(name)).await).flatten();
    settle(app, name, text).await
}

/// The texts in KV of those keys that it has; none when it does not answer. Asking for several costs twice as much as asking
/// for one.
async fn read(app: &App, keys: &[String]) -> HashMap<String, Option<String>> {
    said(async { Ok(app.links()?.get_bulk(keys).text().await?) }.await).unwrap_or_default()
}

/// What KV said, if it said anything.
fn said<T>(answer: Result<T, Error>) -> Option<T> {
    answer.inspect_err(|error| console_error!("cache: KV does not answer: {error:?}")).ok()
}

/// A copy that cannot be read is one that is not there.
fn parse<R: DeserializeOwned>(text: Option<String>) -> Option<Copy<R>> {
    serde_json::from_str(&text?).ok()
}

/// Goes on where memory had no fresh copy: with the one from KV, else with D1, else with whatever memory still holds.
async fn settle<T: Kept>(app: &App, name: &str, text: Option<String>) -> Answer<Rc<T>> {
    let now = app.now();
    if let Some(copy) = parse::<T::Row>(text)
        && let age = now.0.saturating_sub(copy.at.0)
        && let Ok(value) = T::remember(name, copy.value, now)
    {
        if age >= value.refresh() {
            let (inner, name) = (app.clone(), name.to_owned());
            app.wait_until(async move { renew::<T>(&inner, &name).await });
        }
        return Answer::Found(value);
    }
    let loaded = async {
        let Some(row) = T::load(app, name).await? else { return Ok(None) };
        let value = T::remember(name, row.clone(), now)?;
        write_behind::<T>(app, name, row);
        Ok::<_, Error>(Some(value))
    };
    match loaded.await {
        Ok(Some(value)) => Answer::Found(value),
        Ok(None) => {
            T::forget(name);
            Answer::Unknown
        }
        Err(error) => {
            console_error!("cache: D1 does not answer: {error:?}");
            T::remembered(name).map_or(Answer::Down, |copy| Answer::Found(copy.value))
        }
    }
}

/// Reads a thing again, and leaves it, or its absence, here and in KV. When D1 does not answer, the copies stay, and are
/// read again by whoever finds them old.
async fn renew<T: Kept>(app: &App, name: &str) {
    match T::load(app, name).await {
        Ok(Some(row)) => {
            write::<T>(app, name, &row).await;
            if T::remember(name, row, app.now()).is_err() {
                T::forget(name);
            }
        }
        Ok(None) => {
            T::forget(name);
            if let Ok(kv) = app.links() {
                // A copy that stays is read again in the same way.
                kv.delete(&T::key(name)).await.ok();
            }
        }
        Err(error) => console_error!("cache: an old copy stays: {error:?}"),
    }
}

fn write_behind<T: Kept>(app: &App, name: &str, row: T::Row) {
    let (inner, name) = (app.clone(), name.to_owned());
    app.wait_until(async move { write::<T>(&inner, &name, &row).await });
}

/// Writes a copy to KV. A failure costs only time: the next reader goes on to D1.
async fn write<T: Kept>(app: &App, name: &str, row: &T::Row) {
    let written = async {
        let text = serde_json::to_string(&Copy { at: app.now(), value: row })?;
        Ok::<_, Error>(app.links()?.put(&T::key(name), text)?.expiration_ttl(KEPT).execute().await?)
    };
    if let Err(error) = written.await {
        console_error!("cache: KV does not take a copy: {error:?}");
    }
}
