//! `dev`: what `demo` does, and a new build whenever a source changes. Wrangler sees the new files and reloads.

use crate::{artefact, fingerprint, step};
use anyhow::Result;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// An editor that saves many files, or one in several steps, deserves one build.
const SETTLE: Duration = Duration::from_millis(300);

type Seen = Vec<(PathBuf, SystemTime, u64)>;

/// The sources as they were at the last look.
#[derive(Default)]
pub struct Watch {
    seen: Option<Seen>,
}

impl Watch {
    /// One look: builds what a changed source made stale. To be called again and again while the server runs.
    ///
    /// # Errors
    /// When the sources cannot be listed. A build that fails is shown, and tried again after the next change.
    pub fn look(&mut self) -> Result<()> {
        let now = snapshot()?;
        let changed = self.seen.replace(now).is_some_and(|before| Some(before) != self.seen);
        if !changed {
            return Ok(());
        }
        loop {
            std::thread::sleep(SETTLE);
            let next = Some(snapshot()?);
            if next == self.seen {
                break;
            }
            self.seen = next;
        }
        match artefact::build(artefact::When::Stale) {
            Ok(()) => step::note("  ready"),
            Err(error) => step::fail(&format!("{error:#}")),
        }
        Ok(())
    }
}

fn snapshot() -> Result<Seen> {
    let files = fingerprint::files(&artefact::sources()?)?;
    Ok(files
        .into_iter()
        .filter_map(|path| {
            // A file that vanished since it was listed is a change that the next look sees.
            let metadata = path.metadata().ok()?;
            Some((path, metadata.modified().ok()?, metadata.len()))
        })
        .collect())
}
