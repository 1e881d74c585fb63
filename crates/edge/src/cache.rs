//! What a redirect needs, as near as possible: in the isolate's memory, then in KV, then in D1.
//!
//! A copy in memory is fresh for [`FRESH`]. A copy in KV is always good enough to answer with; one that is older than
//! [`REFRESH`] is read again from D1 behind the answer, which mends whatever a lost write left behind. Links are
//! written to both on every change, so nobody waits for a copy to age. When no store answers, a copy of any age is used.
//! What is not there is not remembered: a link that is made a moment later works at once.
//!
//! Keys in KV are `v1/<what>/<name>`; a value is `{"at": milliseconds, "value": …}`.

use std::{cell::RefCell, collections::HashMap, thread::LocalKey};

use engine::{
    fact::TouchKind,
    id::{LinkId, PartnerId},
    link::Link,
    text::{Slug, Utm},
    time::Millis,
};
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

/// A link as it is cached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    id: LinkId,
    partner: Option<PartnerId>,
    destination: String,
    #[serde(default)]
    utm: Utm,
    kind: TouchKind,
}

impl From<&Link> for Target {
    fn from(link: &Link) -> Self {
        Self {
            id: link.id,
            partner: link.partner,
            destination: link.destination.clone(),
            utm: link.utm.clone(),
            kind: link.kind,
        }
    }
}

impl From<Target> for Link {
    fn from(target: Target) -> Self {
        let Target { id, partner, destination, utm, kind } = target;
        Self { id, partner, destination, utm, kind }
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

type Memory<T> = RefCell<HashMap<String, Copy<T>>>;

thread_local! {
    static LINKS: Memory<Target> = RefCell::default();
    static PROGRAM: Memory<ProgramRow> = RefCell::default();
    static LANDINGS: Memory<Landing> = RefCell::default();
}

/// Something that is kept in the caches.
trait Kept: Clone + Serialize + DeserializeOwned + 'static {
    fn memory() -> &'static LocalKey<Memory<Self>>;
    /// Key in KV of the thing with this name.
    fn key(name: &str) -> String;
    /// Reads it from D1.
    async fn load(app: &App, name: &str) -> Result<Option<Self>, Error>;

    /// The copy in memory, however old.
    fn remembered(name: &str) -> Option<Copy<Self>> {
        Self::memory().with_borrow(|memory| memory.get(name).cloned())
    }

    fn remember(name: &str, value: &Self, now: Millis) {
        Self::memory().with_borrow_mut(|memory| {
            if memory.len() >= MOST {
                memory.retain(|_, copy| copy.is_younger(FRESH, now));
            }
            if memory.len() >= MOST {
                memory.clear();
            }
            memory.insert(name.to_owned(), Copy { at: now, value: value.clone() });
        });
    }

    fn forget(name: &str) {
        Self::memory().with_borrow_mut(|memory| memory.remove(name));
    }
}

impl Kept for Target {
    fn memory() -> &'static LocalKey<Memory<Self>> {
        &LINKS
    }

    fn key(name: &str) -> String {
        format!("v1/link/{name}")
    }

    async fn load(app: &App, name: &str) -> Result<Option<Self>, Error> {
        let Ok(slug) = Slug::new(name) else { return Ok(None) };
        Ok(store::link::by_key(&app.db()?, &slug).await?.as_ref().map(Self::from))
    }
}

/// There is one program, so it needs no name.
const ONLY: &str = "";

impl Kept for ProgramRow {
    fn memory() -> &'static LocalKey<Memory<Self>> {
        &PROGRAM
    }

    fn key(_: &str) -> String {
        "v1/program".to_owned()
    }

    async fn load(app: &App, _: &str) -> Result<Option<Self>, Error> {
        store::program::load_row(&app.db()?).await
    }
}

impl Kept for Landing {
    fn memory() -> &'static LocalKey<Memory<Self>> {
        &LANDINGS
    }

    fn key(name: &str) -> String {
        format!("v1/landing/{name}")
    }

    async fn load(app: &App, name: &str) -> Result<Option<Self>, Error> {
        let (partner, page) = name.split_once('/').unwrap_or((name, ""));
        store::page::live(&app.db()?, partner, page).await
    }
}

/// The link behind a slug, and the program, if either store or cache knows it: at most one read of KV.
pub async fn route(app: &App, slug: &Slug) -> (Answer<Link>, Option<Program>) {
    let now = app.now();
    let link = fresh::<Target>(slug.as_str(), now);
    let program = fresh::<ProgramRow>(ONLY, now);
    if let (Some(link), Some(program)) = (&link, &program) {
        return (Answer::Found(link.clone().into()), parsed(program.clone()));
    }
    let keys = [Target::key(slug.as_str()), ProgramRow::key(ONLY)];
    let mut copies = read(app, &keys).await;
    let link = match link {
        Some(link) => Answer::Found(link),
        None => settle(app, slug.as_str(), copies.remove(&keys[0])).await,
    };
    let program = match program {
        Some(program) => Some(program),
        None => settle(app, ONLY, copies.remove(&keys[1])).await.found(),
    };
    let link = match link {
        Answer::Found(target) => Answer::Found(target.into()),
        Answer::Unknown => Answer::Unknown,
        Answer::Down => Answer::Down,
    };
    (link, program.and_then(parsed))
}

/// The program.
pub async fn program(app: &App) -> Answer<Program> {
    let row = match fresh::<ProgramRow>(ONLY, app.now()) {
        Some(row) => Answer::Found(row),
        None => {
            let key = ProgramRow::key(ONLY);
            let copy = read(app, std::slice::from_ref(&key)).await.remove(&key);
            settle(app, ONLY, copy).await
        }
    };
    match row {
        Answer::Found(row) => parsed(row).map_or(Answer::Down, Answer::Found),
        Answer::Unknown => Answer::Unknown,
        Answer::Down => Answer::Down,
    }
}

/// The program as this isolate last saw it: asks no store.
pub fn remembered_program() -> Option<Program> {
    ProgramRow::remembered(ONLY).and_then(|copy| parsed(copy.value))
}

/// Makes a change of the program known here and in KV at once.
pub async fn program_changed(app: &App) {
    match ProgramRow::load(app, ONLY).await {
        Ok(Some(row)) => {
            ProgramRow::remember(ONLY, &row, app.now());
            write(app, ONLY, &row).await;
        }
        // Whoever reads next finds out.
        Ok(None) | Err(_) => ProgramRow::forget(ONLY),
    }
}

/// The landing page of a partner, or of `partner/page`. D1 comes first here, so that an edit is seen at once; the copies are
/// for when it is down.
pub async fn landing(app: &App, name: &str) -> Answer<Landing> {
    match Landing::load(app, name).await {
        Ok(Some(page)) => {
            if !Landing::remembered(name).is_some_and(|copy| copy.is_younger(REFRESH, app.now())) {
                Landing::remember(name, &page, app.now());
                write_behind(app, name, page.clone());
            }
            Answer::Found(page)
        }
        Ok(None) => Answer::Unknown,
        Err(error) => {
            console_error!("landing page from a copy: {error:?}");
            let key = Landing::key(name);
            let copy = match Landing::remembered(name) {
                Some(copy) => Some(copy),
                None => parse(read(app, std::slice::from_ref(&key)).await.remove(&key)),
            };
            copy.map_or(Answer::Down, |copy| Answer::Found(copy.value))
        }
    }
}

/// Makes a change of a landing page known here and in KV at once.
pub async fn landing_changed(app: &App, name: &str) {
    match Landing::load(app, name).await {
        Ok(Some(page)) => {
            Landing::remember(name, &page, app.now());
            write(app, name, &page).await;
        }
        Ok(None) => erase::<Landing>(app, name).await,
        // A copy that stays is only used while D1 is down.
        Err(error) => console_error!("cache: an old copy stays: {error:?}"),
    }
}

/// Makes a new or changed link known here and in KV at once.
pub async fn put(app: &App, slug: &Slug, link: &Link) {
    let target = Target::from(link);
    Target::remember(slug.as_str(), &target, app.now());
    write(app, slug.as_str(), &target).await;
}

fn fresh<T: Kept>(name: &str, now: Millis) -> Option<T> {
    T::remembered(name).filter(|copy| copy.is_younger(FRESH, now)).map(|copy| copy.value)
}

/// The texts in KV of those keys that it has; none when it does not answer.
async fn read(app: &App, keys: &[String]) -> HashMap<String, String> {
    let texts = async { Ok::<_, Error>(app.links()?.get_bulk(keys).text().await?) };
    match texts.await {
        Ok(texts) => texts.into_iter().filter_map(|(key, text)| Some((key, text?))).collect(),
        Err(error) => {
            console_error!("cache: KV does not answer: {error:?}");
            HashMap::new()
        }
    }
}

/// A copy that cannot be read is one that is not there.
fn parse<T: Kept>(text: Option<String>) -> Option<Copy<T>> {
    serde_json::from_str(&text?).ok()
}

/// Goes on where memory had no fresh copy: with the one from KV, else with D1, else with whatever memory still holds.
async fn settle<T: Kept>(app: &App, name: &str, text: Option<String>) -> Answer<T> {
    let now = app.now();
    if let Some(copy) = parse::<T>(text) {
        T::remember(name, &copy.value, now);
        if !copy.is_younger(REFRESH, now) {
            refresh_behind::<T>(app, name);
        }
        return Answer::Found(copy.value);
    }
    match T::load(app, name).await {
        Ok(Some(value)) => {
            T::remember(name, &value, now);
            write_behind(app, name, value.clone());
            Answer::Found(value)
        }
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

/// Reads a thing again after the answer has left.
fn refresh_behind<T: Kept>(app: &App, name: &str) {
    let (inner, name) = (app.clone(), name.to_owned());
    app.wait_until(async move {
        match T::load(&inner, &name).await {
            Ok(Some(value)) => {
                T::remember(&name, &value, inner.now());
                write(&inner, &name, &value).await;
            }
            // A copy that stays is read again in the same way.
            Ok(None) => erase::<T>(&inner, &name).await,
            Err(error) => console_error!("cache: an old copy stays: {error:?}"),
        }
    });
}

/// Takes a copy away, here and in KV.
async fn erase<T: Kept>(app: &App, name: &str) {
    T::forget(name);
    if let Ok(kv) = app.links() {
        kv.delete(&T::key(name)).await.ok();
    }
}

fn write_behind<T: Kept>(app: &App, name: &str, value: T) {
    let (inner, name) = (app.clone(), name.to_owned());
    app.wait_until(async move { write(&inner, &name, &value).await });
}

/// Writes a copy to KV. A failure costs only time: the next reader goes on to D1.
async fn write<T: Kept>(app: &App, name: &str, value: &T) {
    let written = async {
        let text = serde_json::to_string(&Copy { at: app.now(), value })?;
        Ok::<_, Error>(app.links()?.put(&T::key(name), text)?.expiration_ttl(KEPT).execute().await?)
    };
    if let Err(error) = written.await {
        console_error!("cache: KV does not take a copy: {error:?}");
    }
}

fn parsed(row: ProgramRow) -> Option<Program> {
    Program::try_from(row).inspect_err(|error| console_error!("program: {error:?}")).ok()
}
