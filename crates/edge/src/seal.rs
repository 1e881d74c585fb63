//! Clicks leave D1: once no lead can claim them any more, the touches of visitors whom nobody knows go to R2, in objects
//! named by what they hold. The feed reads no more of them than stays: their counts by day, and their counted paths.
//!
//! An object is a line of columns and a line a touch, each a JSON array. It is written first, and then one transaction
//! notes it, adds its paths and takes its rows out of D1. A run that breaks off in between leaves an object that the next
//! one writes again.

use std::{collections::VecDeque, mem};

use engine::{
    id::TouchId,
    policy::{Policies, Policy},
    time::{DAY, Millis},
};
use worker::{D1Database, Env, console_error};

use crate::{
    app::{self, App, digest},
    error::Error,
    export::cell::Cell,
    store::{archive, pages::Source, program, sealed},
};

/// After how many days at least: a click's token and a visitor's cookie live 90 ([`wire::token::CLICK_DAYS`]).
const DAYS: u64 = 100;
/// How many days longer than the longest window, within which a lead may be told of late.
const GRACE: u64 = 10;
/// Visitors an object.
const VISITORS: u32 = 1_000;
/// Objects a run: the next one, in an hour, goes on.
const OBJECTS: usize = 50;
/// Lines that are read at once.
const LINES: usize = 1_000;

/// Seals what is old enough.
pub async fn run(env: &Env, at: Millis) {
    for _ in 0..OBJECTS {
        match seal(env, at).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return console_error!("touches are not sealed, and it is tried again: {error:?}"),
        }
    }
}

/// Milliseconds of so many days.
const fn days(n: u64) -> u64 {
    n * DAY as u64 * 1000
}

/// The longest window of these rules, in days.
fn longest(policies: &Policies) -> u64 {
    let rules = policies.versions().iter().flat_map(Policy::rules);
    rules.map(|rule| u64::from(rule.window.length())).max().unwrap_or_default()
}

/// For how many days clicks stay under these rules.
fn kept(policies: &Policies) -> u64 {
    DAYS.max(longest(policies) + GRACE)
}

/// From when on a lead finds every click of its visitor that may count for it, if that is later than the earliest lead that
/// is told of.
pub async fn whole_since(db: &D1Database, earliest: Option<Millis>, now: Millis) -> Result<Option<Millis>, Error> {
    if earliest.is_none_or(|at| at.0 + days(GRACE) >= now.0) || sealed::count(db).await? == 0 {
        return Ok(None);
    }
    let policies = program::require(db).await?.policies;
    Ok(Some(Millis(now.0.saturating_sub(days(kept(&policies) - longest(&policies))))))
}

/// Seals an object; `false` where there is nothing to seal.
async fn seal(env: &Env, at: Millis) -> Result<bool, Error> {
    let db = app::database(env)?;
    let mut schema = archive::schema(&db).await?;
    let columns = schema.tables.remove("touch").unwrap_or_default();
    let Some(program) = program::load(&db).await? else { return Ok(false) };
    let since = Millis(at.0.saturating_sub(days(kept(&program.policies))));
    let rows = sealed::next(&db, &columns, &TouchId::new(since, [0; 10]).to_string(), VISITORS).await?;
    let Some(last) = rows.last().and_then(|row| row.key.parse::<TouchId>().ok()) else { return Ok(false) };
    let mut object = serde_json::to_string(&columns)?;
    for row in &rows {
        object.push('\n');
        object.push_str(&row.row);
    }
    let name = format!("touches/{}/{}", last.at().time().month(), digest(&object));
    app::segments(env)?.put(&name, object).execute().await?;
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    sealed::take(&db, &name, &keys, at.0).await?;
    Ok(true)
}

/// Sealed touches, on their way out.
pub struct Sealed {
    app: App,
    names: VecDeque<String>,
    /// How many segments there were when it began.
    count: usize,
    /// Columns of the table, and of the object whose lines are read.
    columns: Vec<String>,
    held: Vec<String>,
    lines: VecDeque<String>,
}

impl Sealed {
    /// Nothing is read yet.
    pub async fn open(app: &App) -> Result<Self, Error> {
        let db = app.db()?;
        let names: VecDeque<String> = sealed::names(&db).await?.into();
        let columns = archive::schema(&db).await?.tables.remove("touch").unwrap_or_default();
        let (held, lines) = (Vec::new(), VecDeque::new());
        Ok(Self { app: app.clone(), count: names.len(), names, columns, held, lines })
    }

    /// The next touches, as a source of the table reads them; none when all are read.
    pub async fn next(&mut self, source: &Source, times: [u64; 2]) -> Result<Option<Vec<Vec<Cell>>>, Error> {
        if self.lines.is_empty() {
            let Some(name) = self.names.pop_front() else { return Ok(None) };
            let object = app::segments(self.app.env())?.get(&name).execute().await?;
            let body = object.as_ref().and_then(worker::Object::body);
            let body = body.ok_or_else(|| Error::Unavailable(format!("{name} is not there")))?;
            let text = body.text().await?;
            if !name.ends_with(&digest(&text)) {
                return Err(Error::Unavailable(format!("{name} does not hold what its name says")));
            }
            self.lines = text.lines().map(str::to_owned).collect();
            self.held = serde_json::from_str(&self.lines.pop_front().unwrap_or_default())?;
        }
        let rest = self.lines.split_off(self.lines.len().min(LINES));
        let lines: Vec<String> = mem::replace(&mut self.lines, rest).into();
        let rows = format!("[{}]", lines.join(","));
        sealed::read(&self.app.db()?, source, (&self.held, &self.columns), &rows, times).await.map(Some)
    }

    /// Whether nothing was sealed since it began: else there may be touches that were read in neither place.
    pub async fn is_whole(&self) -> Result<bool, Error> {
        Ok(sealed::count(&self.app.db()?).await? == self.count)
    }
}
