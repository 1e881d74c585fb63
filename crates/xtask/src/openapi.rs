//! `openapi`: the description of the API, which the edge's own unit test makes from the types.

use crate::{place, step};
use anyhow::Result;
use std::process::{Command, ExitCode};

/// Tells the test to write what it otherwise compares.
const WRITE: &str = "TRIBUTARY_OPENAPI";
/// The test, as Cargo runs it.
pub const TEST: &[&str] = &["test", "--quiet", "--package", "edge", "--lib", "openapi"];

/// Writes `www/api/openapi.json` anew.
///
/// # Errors
/// When the test cannot be built, or fails.
pub fn write() -> Result<ExitCode> {
    let mut command = Command::new("cargo");
    command.args(TEST).env(WRITE, "1").current_dir(place::root()?);
    step::run("the description of the API", &mut command)?;
    Ok(ExitCode::SUCCESS)
}
