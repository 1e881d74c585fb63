//! What only grows: a migration that ran somewhere, a token, cookie or feed that somebody kept. One list holds their
//! checksums, in the format of `sha256sum`; a listed file never changes and never goes.

use crate::{fingerprint, place};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

const LIST: &str = "crates/xtask/kept.sha256";
const FOLDERS: [&str; 2] = ["crates/edge/migrations", "tests/vectors"];
/// The commits whose list the present one may only add to.
const KEPT: [&str; 2] = ["HEAD", "origin/main"];

/// The checksum of each file, by its path from the root.
type Sums = BTreeMap<String, String>;

/// Every file that changed, went, or is not listed yet.
///
/// # Errors
/// When a folder cannot be read.
pub fn check() -> Result<Vec<String>> {
    let listed = listed()?;
    let mut wrong = differences(&found()?, &listed);
    for commit in KEPT {
        if let Some(kept) = of_git(commit)? {
            wrong.extend(lost(commit, &kept, &listed));
        }
    }
    Ok(wrong)
}

/// Lists the files that are new. What is listed already stays as it is.
///
/// # Errors
/// When a folder cannot be read, or the list not written.
pub fn record() -> Result<()> {
    let mut sums = found()?;
    sums.extend(listed()?);
    let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    fs::write(place::at(LIST)?, text).with_context(|| format!("cannot write {LIST}"))
}

fn found() -> Result<Sums> {
    let root = place::root()?;
    let folders: Vec<_> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    fingerprint::files(&folders)?
        .into_iter()
        // What explains the files may get better.
        .filter(|path| path.extension().is_none_or(|extension| extension != "md"))
        .map(|path| {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            Ok((name, fingerprint::of_contents(&path)?))
        })
        .collect()
}

fn listed() -> Result<Sums> {
    match fs::read_to_string(place::at(LIST)?) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Sums::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {LIST}")),
    }
}

/// The list as a commit holds it; nothing without git, that commit, or a list in it.
fn of_git(commit: &str) -> Result<Option<Sums>> {
    let shown = Command::new("git").args(["show", &format!("{commit}:{LIST}")]).current_dir(place::root()?).output();
    Ok(shown
        .ok()
        .filter(|output| output.status.success())
        .map(|output| parse(&String::from_utf8_lossy(&output.stdout))))
}

fn parse(text: &str) -> Sums {
    text.lines().filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name.to_owned(), sum.to_owned())).collect()
}

fn differences(found: &Sums, listed: &Sums) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, sum) in listed {
        match found.get(name) {
            Some(same) if same == sum => {}
            Some(_) => wrong.push(format!("{name} changed: it is kept as it was, add a new file instead")),
            None => wrong.push(format!("{name} is gone: it is kept, as is what it describes")),
        }
    }
    for name in found.keys().filter(|name| !listed.contains_key(*name)) {
        wrong.push(format!("{name} is new: list it with `cargo xtask check --record`"));
    }
    wrong
}

fn lost(commit: &str, kept: &Sums, listed: &Sums) -> Vec<String> {
    kept.iter()
        .filter(|(name, sum)| listed.get(*name) != Some(*sum))
        .map(|(name, _)| format!("{LIST} no longer says of {name} what {commit} says: it only grows"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Sums, differences, lost, parse};

    #[test]
    fn a_listed_file_neither_changes_nor_goes() {
        let listed = parse("aa  m/0001_first.sql\nbb  m/0002_second.sql\n");
        assert!(differences(&listed, &listed).is_empty());
        let changed = parse("a0  m/0001_first.sql\nbb  m/0002_second.sql\n");
        assert!(differences(&changed, &listed)[0].contains("changed"));
        assert!(differences(&parse("aa  m/0001_first.sql\n"), &listed)[0].contains("gone"));
    }

    #[test]
    fn a_new_file_must_be_listed() {
        let found = parse("aa  m/0001_first.sql\n");
        assert!(differences(&found, &Sums::new())[0].contains("--record"));
    }

    #[test]
    fn the_list_only_grows() {
        let kept = parse("aa  one\nbb  two\n");
        assert!(lost("HEAD", &kept, &parse("aa  one\nbb  two\ncc  three\n")).is_empty());
        assert_eq!(lost("HEAD", &kept, &parse("aa  one\nb0  two\n")).len(), 1);
        assert_eq!(lost("HEAD", &kept, &parse("aa  one\n")).len(), 1);
    }
}
