//! `size`: what a browser or the edge loads, in bytes, against the budgets.

use crate::{artefact, place, step};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Compresses as a good server does: gzip 9, brotli 11. Node brings both, and is there anyway.
const SCRIPT: &str = include_str!("size.mjs");

/// A thousand, as browsers and budgets count.
const KB: u64 = 1000;

#[derive(Clone, Copy)]
enum Packed {
    Gzip,
    Brotli,
}

struct Part {
    name: &'static str,
    files: Vec<PathBuf>,
    budget: Option<(Packed, u64)>,
}

#[derive(Clone, Copy, Default)]
struct Bytes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Prints the table; fails when a budget is broken.
///
/// # Errors
/// When something is not built and cannot be, or cannot be read.
pub fn run() -> Result<ExitCode> {
    artefact::build(artefact::When::Stale)?;
    let mut broken = Vec::new();
    println!("bytes (1 KB = 1000)                              raw        gzip      brotli");
    for part in parts()? {
        let sizes = measure(&part.files)?;
        let mut total = Bytes::default();
        for (path, size) in part.files.iter().zip(&sizes) {
            row(&format!("  {}", relative(path)), *size);
            total.raw += size.raw;
            total.gzip += size.gzip;
            total.brotli += size.brotli;
        }
        row(part.name, total);
        if let Some((packed, budget)) = part.budget {
            let (size, how) = match packed {
                Packed::Gzip => (total.gzip, "gzip"),
                Packed::Brotli => (total.brotli, "brotli"),
            };
            let used = size * 100 / budget;
            println!("  budget {} KB {how}: {used} % used\n", budget / KB);
            if size > budget {
                broken.push(format!("{}: {size} bytes {how}, the budget is {budget}", part.name));
            }
        }
    }
    for one in &broken {
        step::fail(one);
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(name: &str, size: Bytes) {
    println!("{name:<40}{:>12}{:>12}{:>12}", size.raw, size.gzip, size.brotli);
}

fn parts() -> Result<Vec<Part>> {
    let www = place::at("www")?;
    let [portal, portal_later] = page(&www, "portal/index.html")?;
    let [console, console_later] = page(&www, "console/index.html")?;
    let mut parts = vec![
        Part { name: "portal, its overview", files: portal, budget: Some((Packed::Brotli, 250 * KB)) },
        Part { name: "portal, on demand", files: portal_later, budget: None },
        Part { name: "console, its overview", files: console, budget: None },
        Part { name: "console, on demand", files: console_later, budget: None },
        Part { name: "widget", files: loaded(&www, "embed.js")?, budget: Some((Packed::Brotli, 250 * KB)) },
        Part {
            name: "attribution",
            files: ["www/ui/attribution.js", "www/ui/attribution_bg.wasm"]
                .into_iter()
                .map(place::at)
                .collect::<Result<_>>()?,
            // What answers the same questions by SQL, DuckDB-Wasm, is 5,230,000 bytes: 85 times as much.
            budget: Some((Packed::Brotli, 61 * KB)),
        },
        Part {
            name: "worker",
            files: ["build/index.js", "build/index_bg.wasm"].into_iter().map(place::at).collect::<Result<_>>()?,
            budget: Some((Packed::Gzip, 1000 * KB)),
        },
    ];
    if www.join("capture.js").is_file() {
        parts.push(Part { name: "capture", files: loaded(&www, "capture.js")?, budget: Some((Packed::Gzip, 3 * KB)) });
    }
    Ok(parts)
}

/// What a page loads at its first place, and what it loads once somebody goes elsewhere.
fn page(www: &Path, start: &str) -> Result<[Vec<PathBuf>; 2]> {
    let (at_first, later) = loaded(www, start)?.into_iter().partition(|path| !path.ends_with("split_places.wasm"));
    Ok([at_first, later])
}

/// A file and all that it makes a browser load: every quoted or `url()` word in it that names a file of `www/`, and so on.
fn loaded(www: &Path, start: &str) -> Result<Vec<PathBuf>> {
    let start = www.join(start);
    let start = start.canonicalize().with_context(|| format!("{} is missing", start.display()))?;
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(path) = open.pop() {
        if !found.insert(path.clone()) {
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let folder = path.parent().unwrap_or(www);
        for word in words(&String::from_utf8_lossy(&bytes)) {
            open.extend(named(www, folder, word));
        }
    }
    Ok(found.into_iter().collect())
}

/// The words that may name a file: whatever stands between quotes or brackets and has an ending.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'', '`', '(', ')', '\0']).filter(|word| {
        word.len() < 200 && word.contains('.') && !word.contains(char::is_whitespace) && !word.contains("://")
    })
}

/// The file of `www/` that a word names, from the root or from where it stands. Pages are destinations, not parts.
fn named(www: &Path, folder: &Path, word: &str) -> Option<PathBuf> {
    let word = word.split(['?', '#']).next()?;
    let extension = Path::new(word).extension()?.to_str()?;
    if !["css", "js", "mjs", "wasm", "woff2", "svg", "png", "ico", "json"].contains(&extension) {
        return None;
    }
    let path = match word.strip_prefix('/') {
        Some(rest) => www.join(rest),
        None => folder.join(word),
    };
    let path = path.canonicalize().ok()?;
    let inside = path.starts_with(www.canonicalize().ok()?);
    (inside && path.is_file()).then_some(path)
}

fn measure(files: &[PathBuf]) -> Result<Vec<Bytes>> {
    let output = Command::new("node")
        .args(["--input-type=module", "-e", SCRIPT])
        .arg("--")
        .args(files)
        .output()
        .context("cannot start node")?;
    if !output.status.success() {
        bail!("measuring failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let sizes: Vec<[u64; 3]> = serde_json::from_slice::<serde_json::Value>(&output.stdout)?
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| [0, 1, 2].map(|column| row[column].as_u64().unwrap_or_default()))
        .collect();
    Ok(sizes.into_iter().map(|[raw, gzip, brotli]| Bytes { raw, gzip, brotli }).collect())
}

fn relative(path: &Path) -> String {
    let root = place::root().ok().and_then(|root| root.canonicalize().ok());
    let inside = root.and_then(|root| path.strip_prefix(root).ok().map(Path::to_owned));
    inside.unwrap_or_else(|| path.to_owned()).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{named, words};
    use std::path::Path;

    #[test]
    fn words_that_may_name_files_are_found() {
        let html = r#"<link href="/style/base.css"><script src='/ui/portal.js'></script> url(logo.svg) "two words.js""#;
        let found: Vec<&str> = words(html).collect();
        assert_eq!(found, ["/style/base.css", "/ui/portal.js", "logo.svg"]);
    }

    #[test]
    fn a_word_outside_the_folder_names_nothing() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert!(named(&here, &here, "/size.mjs").is_some());
        assert!(named(&here, &here, "../Cargo.toml").is_none());
        assert!(named(&here.join("check"), &here.join("check"), "../size.mjs").is_none());
    }
}
