//! `bench`: how long the engine takes for a workload, natively or in Chromium, and what it answers.
//!
//! | file | charter |
//! |---|---|
//! | `workload` | the arrays of `tests/peers/gen_touches.py` as a log |
//! | `attribution` | the tasks that are timed |
//! | `credits` | what the models answer, as JSON |
//! | `clock` | medians, and peak memory |
//! | `redirect` | processor time of a redirect on workerd, beside two floors: `redirect.mjs` |
//! | `crowd` | a feed of as many touches as are asked for |
//! | `ui` | how long the portal takes for it: `ui.mjs` |
//! | `browser.mjs` | attribution in Chromium: `page.mjs` asks, `worker.mjs` computes, `tasks.mjs` says what |
//! | `local.mjs` | what the measurements in Chromium share: server, browser, median |

mod attribution;
mod clock;
mod credits;
mod crowd;
pub mod redirect;
pub mod ui;
mod workload;

use crate::process::Group;
use crate::{artefact, chromium, place};
use anyhow::{Context, Result, bail};
use engine::time::Window;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What to measure.
#[derive(Debug)]
pub struct Options {
    /// The folder with the arrays.
    pub data: PathBuf,
    /// Days before a conversion in which touches count.
    pub window: u32,
    /// Where to write what the models answer.
    pub credits: Option<PathBuf>,
    /// Runs of each task that are counted, unless they take too long.
    pub runs: usize,
    /// In Chromium.
    pub browser: bool,
    /// Markov of order 4 too.
    pub markov4: bool,
    /// With this very program, optimised or not: figures are the same, times are not.
    pub as_built: bool,
}

impl Default for Options {
    fn default() -> Self {
        let (data, credits) = (PathBuf::new(), None);
        Self { data, window: 30, credits, runs: 15, browser: false, markov4: false, as_built: false }
    }
}

/// Prints one JSON line a task.
///
/// # Errors
/// When the workload breaks a rule, or what is to be measured cannot be built.
pub fn attribution(options: &Options) -> Result<ExitCode> {
    if options.data.as_os_str().is_empty() {
        bail!("bench attribution needs --data DIR, what `tests/peers/gen_touches.py N DIR` wrote");
    }
    let Some(window) = u16::try_from(options.window).ok().and_then(Window::days) else {
        let (least, most) = Window::BOUNDS;
        bail!("--window-days {}: a window has {least} to {most} days", options.window);
    };
    if options.runs == 0 {
        bail!("--runs 0: one run at least");
    }
    // Before anything is built: what is wrong with the workload is said at once.
    let log = workload::load(&options.data)?;
    if options.browser {
        return in_chromium(options);
    }
    // The alias `cargo xtask` builds for a developer who waits, not for a clock.
    if cfg!(debug_assertions) && !options.as_built {
        drop(log);
        return optimised();
    }
    attribution::run(&log, window, options)?;
    Ok(ExitCode::SUCCESS)
}

/// The same command line again, by an optimised build of this program.
fn optimised() -> Result<ExitCode> {
    let mut command = Command::new("cargo");
    command
        .args(["run", "--profile", "native", "--package", "xtask", "--manifest-path"])
        .arg(place::at("Cargo.toml")?)
        .arg("--")
        .args(std::env::args_os().skip(1));
    ended(&mut command)
}

fn in_chromium(options: &Options) -> Result<ExitCode> {
    artefact::build(artefact::When::Stale)?;
    let mut command = Command::new("node");
    command
        .arg(place::at("crates/xtask/src/bench/browser.mjs")?)
        .arg(absolute(&options.data)?)
        .arg(options.window.to_string())
        .arg(options.runs.to_string())
        .arg(if options.markov4 { "4" } else { "3" })
        .args(options.credits.as_deref().map(absolute).transpose()?)
        .env("CHROMIUM_BIN", chromium::ensure()?)
        .env("VERSION", env!("CARGO_PKG_VERSION"));
    ended(&mut command)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("no such place: {}", path.display()))
}

/// Runs a command that speaks for itself: its lines are ours, and so is its success.
fn ended(command: &mut Command) -> Result<ExitCode> {
    let status = Group::start(command)?.wait()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
