//! A Chromium for the browser tests: one that is there, or one that we install.

use crate::{place, step, tool};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Where Playwright's own download would be.
const OWN: &str = "import('playwright-core').then(({ chromium }) => console.log(chromium.executablePath()))";

/// The path of a Chromium.
///
/// # Errors
/// When there is none and none can be installed: the error names the one command.
pub fn ensure() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM_BIN").map(PathBuf::from) {
        if named.is_file() {
            return Ok(named);
        }
        bail!("CHROMIUM_BIN names {}, which is not there", named.display());
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    let debian = tool::on_path("apt-get").is_some() && tool::output("id", &["-u"]).as_deref() == Some("0");
    if debian {
        tool::apt_install("Chromium", &["chromium", "fonts-liberation"])?;
    } else {
        step::run(
            "Chromium",
            Command::new("node")
                .arg(place::at("node_modules/@playwright/test/cli.js")?)
                .args(["install", "chromium"])
                .current_dir(place::root()?),
        )
        .context("install a Chromium by hand and name it in CHROMIUM_BIN, or run: npx playwright install chromium")?;
    }
    find().context("Chromium was installed and is not found: name it in CHROMIUM_BIN")
}

fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| tool::on_path(name)).or_else(playwrights_own)
}

fn playwrights_own() -> Option<PathBuf> {
    let root = place::root().ok()?;
    let output = Command::new("node").args(["-e", OWN]).current_dir(root).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    let path = Path::new(path.trim());
    path.is_file().then(|| path.to_owned())
}
