//! Months that are over, in R2: segments of feeds, which browsers keep for ever. A segment is named by what it holds, so
//! that none ever changes: a late fact gives its month another one, and the answer that names it is never older than it.

use std::collections::HashMap;

use engine::time::{DAY, Day, Millis};
use futures_util::future::try_join_all;
use wire::feed::parts::Parts;
use worker::{Env, console_error};

use crate::{
    app::{self, App},
    auth::Scope,
    error::Error,
    store::segment::{self, Named},
};

/// How many days after a month most of what belongs to it has come.
const SETTLED: u32 = 7;
/// A day, in which a segment is noted as named once.
const NOTED: u64 = DAY as u64 * 1000;
/// How long a segment stays that nothing names any more.
const KEPT: u64 = 30 * NOTED;
/// Most of them that go in one run.
const MOST: u32 = 500;

/// The months before this day go into segments.
pub fn until(now: Millis) -> Day {
    Day(now.time().day().0.saturating_sub(SETTLED))
}

/// Whose feed: the scope is part of every key, so that nobody reads another's by its name.
fn reader(scope: Scope) -> String {
    match scope {
        Scope::Program => "program".into(),
        Scope::Partner(id) => id.to_string(),
    }
}

fn key(reader: &str, name: &str) -> String {
    format!("feed/{reader}/{name}")
}

/// Sees to it that each segment is there before anything names it. One that is there is not put again.
pub async fn keep(app: &App, scope: Scope, parts: &Parts) -> Result<(), Error> {
    let (db, bucket, reader) = (app.db()?, app::segments(app.env())?, reader(scope));
    let day_ago = Millis(app.now().0.saturating_sub(NOTED));
    let known: HashMap<String, bool> = segment::known(&db, &reader, day_ago).await?.into_iter().collect();
    let missing = parts.segments.iter().filter(|(name, _)| !known.contains_key(name));
    try_join_all(missing.map(|(name, bytes)| bucket.put(key(&reader, name), bytes.clone()).execute())).await?;
    let names = parts.segments.iter().map(|(name, _)| name.as_str());
    let stale: Vec<&str> = names.filter(|name| known.get(*name) != Some(&true)).collect();
    if !stale.is_empty() {
        segment::note(&db, &reader, &stale, app.now()).await?;
    }
    Ok(())
}

/// A segment of a scope's feed. One that is gone is forgotten, so that it is put there again.
pub async fn get(app: &App, scope: Scope, name: String) -> Result<Option<Vec<u8>>, Error> {
    let (bucket, reader) = (app::segments(app.env())?, reader(scope));
    match bucket.get(key(&reader, &name)).execute().await? {
        Some(object) => match object.body() {
            Some(body) => Ok(Some(body.bytes().await?)),
            None => Err(Error::Unavailable("a segment without what it holds".into())),
        },
        None => {
            segment::forget(&app.db()?, &[Named { reader, name }])?.run().await?;
            Ok(None)
        }
    }
}

/// Takes away what nothing names any more: first the object, so that a run that breaks off is taken up by the next.
pub async fn forget(env: &Env, at: Millis) {
    let forgotten = async {
        let db = app::database(env)?;
        let unnamed = segment::unnamed(&db, Millis(at.0.saturating_sub(KEPT)), MOST).await?;
        if unnamed.is_empty() {
            return Ok(());
        }
        let keys = unnamed.iter().map(|Named { reader, name }| key(reader, name)).collect();
        app::segments(env)?.delete_multiple(keys).await?;
        segment::forget(&db, &unnamed)?.run().await?;
        Ok::<_, Error>(())
    };
    if let Err(error) = forgotten.await {
        console_error!("old segments stay for now: {error:?}");
    }
}
