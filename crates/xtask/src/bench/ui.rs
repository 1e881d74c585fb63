//! `bench ui`: how long the portal and the console take in Chromium for a feed of many touches.

use super::{crowd, ended};
use crate::{artefact, chromium, place};
use anyhow::{Context, Result, bail};
use std::process::{Command, ExitCode};
use wire::feed::Reader;

/// How much to measure.
#[derive(Debug)]
pub struct Options {
    /// Touches in the feed.
    pub touches: u32,
    /// How often each switch is turned.
    pub runs: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { touches: 1_000_000, runs: 5 }
    }
}

/// Prints one JSON line a measurement.
///
/// # Errors
/// When a page cannot be built, or there is no Chromium.
pub fn run(options: &Options) -> Result<ExitCode> {
    if options.touches == 0 || options.runs == 0 {
        bail!("--touches and --runs: one at least");
    }
    artefact::build(artefact::When::Stale)?;
    let written = |name: &str, reader: Reader| {
        let file = place::local(&format!("bench/{name}.bin"))?;
        std::fs::write(&file, wire::feed::encode(&crowd::feed(options.touches, reader)))
            .with_context(|| format!("cannot write {}", file.display()))?;
        anyhow::Ok(file)
    };
    let mut command = Command::new("node");
    command
        .arg(place::at("crates/xtask/src/bench/ui.mjs")?)
        .arg(written("feed", Reader::Partner)?)
        .arg(written("program", Reader::Program)?)
        .arg(options.touches.to_string())
        .arg(options.runs.to_string())
        .env("CHROMIUM_BIN", chromium::ensure()?)
        .env("VERSION", env!("CARGO_PKG_VERSION"));
    ended(&mut command)
}
