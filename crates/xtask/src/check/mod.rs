//! `check`: what a reader may take for granted. Every rule says what is wrong, where, and what to do.

pub mod arrows;
mod sums;
mod tidy;

use crate::{openapi, place, step, tool};
use anyhow::Result;
use std::process::{Command, ExitCode};

/// Runs every check, and reports all that is wrong, not only the first.
///
/// # Errors
/// When a check cannot be made at all.
pub fn run(record: bool) -> Result<ExitCode> {
    if record {
        sums::record()?;
    }
    tool::wasm_target()?;
    let mut wrong = Vec::new();
    wrong.extend(arrows::check()?);
    wrong.extend(tidy::check()?);
    wrong.extend(sums::check()?);
    let unformatted = cargo("format", FORMAT)?;
    wrong.extend(unformatted.map(|files| format!("{files}\n\nmend it with: cargo fmt --all")));
    // The crates lie on top of each other: what is wrong in one would be said again for those above it.
    for (title, args) in LINTS {
        if let Some(error) = cargo(title, args)? {
            wrong.push(error);
            break;
        }
    }
    wrong.extend(cargo("the description of the API", openapi::TEST)?);
    for one in &wrong {
        step::fail(one);
    }
    if wrong.is_empty() {
        step::note("  all checks passed");
        Ok(ExitCode::SUCCESS)
    } else {
        step::note(&format!("\n{} to mend", wrong.len()));
        Ok(ExitCode::FAILURE)
    }
}

/// Runs Cargo as a step; answers what it found wrong.
fn cargo(title: &str, args: &[&str]) -> Result<Option<String>> {
    let mut command = Command::new("cargo");
    command.args(args).current_dir(place::root()?);
    Ok(step::run(title, &mut command).err().map(|error| format!("{error:#}")))
}

const FORMAT: &[&str] = &["fmt", "--all", "--check", "--", "-l"];

/// The lints run as the crates are built: natively with every test, and on wasm for the edge and the browser.
const LINTS: &[(&str, &[&str])] = &[
    ("lints: native", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ("lints: the Worker", &["clippy", "-p", "edge", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]),
    ("lints: the portal", &ui("portal")),
    ("lints: the console", &ui("console")),
    ("lints: the widget", &ui("widget")),
    ("lints: the design system", &ui("design")),
    ("lints: the engine alone", &ui("attribution")),
];

const fn ui(feature: &'static str) -> [&'static str; 11] {
    [
        "clippy",
        "-p",
        "ui",
        "--no-default-features",
        "--features",
        feature,
        "--target",
        "wasm32-unknown-unknown",
        "--",
        "-D",
        "warnings",
    ]
}
