//! `bench redirect`: what a redirect costs the processor on workerd, beside the least that a Worker can do.

use super::ended;
use crate::{artefact, place};
use anyhow::{Result, bail};
use std::process::{Command, ExitCode};

/// How much to measure.
#[derive(Debug)]
pub struct Options {
    /// Requests of one block.
    pub requests: u32,
    /// Blocks of each case; their median counts.
    pub blocks: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { requests: 200, blocks: 35 }
    }
}

/// Prints one JSON line a case, and one a ratio.
///
/// # Errors
/// Outside of Linux, where a process does not say what it cost; when the Worker cannot be built.
pub fn run(options: &Options) -> Result<ExitCode> {
    if !cfg!(target_os = "linux") {
        bail!("bench redirect reads processor times from /proc: it needs Linux");
    }
    if options.requests == 0 || options.blocks == 0 {
        bail!("--requests and --blocks: one at least");
    }
    artefact::build(artefact::When::Stale)?;
    let mut command = Command::new("node");
    command
        .arg(place::at("crates/xtask/src/bench/redirect.mjs")?)
        .arg(options.requests.to_string())
        .arg(options.blocks.to_string());
    ended(&mut command)
}
