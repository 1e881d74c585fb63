//! `fuzz`: parsers of what a visitor sends, with inputs that nobody would think of.
//!
//! | file | charter |
//! |---|---|
//! | `driver` | changes inputs and keeps what shows something new |
//! | `targets` | the parsers, and what each is held to |
//!
//! The corpus is `tests/vectors/fuzz/<parser>/`: files of one input a line. Unit tests run all of it and some thousand cases
//! more; a run by hand takes as many as it is told.

mod driver;
mod targets;

use crate::{place, step};
use anyhow::{Context, Result, bail};
use driver::{Failure, Target};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;
use targets::TARGETS;

/// The parsers that only the edge can run.
const EDGE: [&str; 3] = ["form", "json", "archive"];

/// Most inputs that a run adds to a corpus.
const KEPT: usize = 60;

/// What to run.
#[derive(Debug)]
pub struct Options {
    /// One parser; all without.
    pub parser: Option<String>,
    /// How many changed inputs each is given.
    pub cases: u64,
    /// What the inputs follow from.
    pub seed: u64,
    /// Whether inputs that show something new join the corpus.
    pub keep: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { parser: None, cases: 100_000, seed: 1, keep: false }
    }
}

/// Runs the parsers; the first input that panics ends the run.
///
/// # Errors
/// When there is no such parser, or its corpus cannot be read.
pub fn run(options: &Options) -> Result<ExitCode> {
    let wanted = |name: &str| options.parser.as_deref().is_none_or(|parser| parser == name);
    let names = TARGETS.iter().map(|target| target.name).chain(EDGE);
    if !names.clone().any(wanted) {
        let names: Vec<&str> = names.collect();
        bail!("no parser `{}`: {}", options.parser.as_deref().unwrap_or_default(), names.join(", "));
    }
    for target in TARGETS.iter().filter(|target| wanted(target.name)) {
        if !fuzz(target, options)? {
            return Ok(ExitCode::FAILURE);
        }
    }
    if EDGE.into_iter().any(wanted) { of_the_edge(options) } else { Ok(ExitCode::SUCCESS) }
}

fn fuzz(target: &Target, options: &Options) -> Result<bool> {
    let corpus = corpus(target.name)?;
    let begun = Instant::now();
    match driver::run(target, &corpus, options.cases, options.seed) {
        Ok(found) => {
            let (cases, seconds) = (options.cases, begun.elapsed().as_secs_f64());
            step::note(&format!(
                "  {}: {cases} cases and {} of the corpus in {seconds:.1} s, no panic; {} show something new",
                target.name,
                corpus.len(),
                found.len()
            ));
            if options.keep {
                keep(target.name, found)?;
            }
            Ok(true)
        }
        Err(Failure(input)) => {
            step::fail(&format!("{} panics on this, a line for its corpus:\n{}", target.name, driver::line(&input)));
            Ok(false)
        }
    }
}

/// The edge's own parsers, by its unit test.
fn of_the_edge(options: &Options) -> Result<ExitCode> {
    let Options { parser, cases, seed, .. } = options;
    let asked = format!("{cases} {seed} {}", parser.as_deref().unwrap_or_default());
    let status = Command::new("cargo")
        .args(["test", "--package", "edge", "--lib", "fuzz", "--", "--nocapture"])
        .env("TRIBUTARY_FUZZ", asked)
        .current_dir(place::root()?)
        .status()
        .context("cargo cannot be run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn folder(name: &str) -> Result<PathBuf> {
    Ok(place::at("tests/vectors/fuzz")?.join(name))
}

fn corpus(name: &str) -> Result<Vec<Vec<u8>>> {
    let folder = folder(name)?;
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    let mut inputs = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        inputs.extend(driver::parse(&text));
    }
    Ok(inputs)
}

/// Writes the shortest of what was found into a file of its own: a kept file never changes.
fn keep(name: &str, mut found: Vec<Vec<u8>>) -> Result<()> {
    found.sort_by_key(Vec::len);
    found.truncate(KEPT);
    if found.is_empty() {
        return Ok(());
    }
    let folder = folder(name)?;
    let path =
        (1..).map(|n| folder.join(format!("{n:03}.txt"))).find(|path| !path.exists()).context("no name is free")?;
    let text: String = found.iter().map(|input| driver::line(input) + "\n").collect();
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    step::note(&format!("    kept in {}: list it with `cargo xtask check --record`", path.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{TARGETS, corpus, driver};

    #[test]
    fn every_parser_takes_its_corpus_and_some_thousand_cases_more() {
        for target in &TARGETS {
            let corpus = corpus(target.name).unwrap_or_default();
            assert!(corpus.len() >= 5, "{} has a corpus", target.name);
            if let Err(failure) = driver::run(target, &corpus, 5_000, 7) {
                unreachable!("{} panics on {}", target.name, driver::line(&failure.0));
            }
        }
    }

    #[test]
    fn a_panic_is_found_and_named() {
        let read = |input: &[u8]| {
            assert!(!input.starts_with(b"ab"), "as it should");
            u64::from(input.starts_with(b"a"))
        };
        let target = driver::Target { name: "none", words: &[], read };
        let failure = driver::run(&target, &[], 1_000_000, 1).err();
        assert!(failure.is_some_and(|failure| failure.0.starts_with(b"ab")));
    }

    #[test]
    fn lines_are_read_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(driver::parse(&format!("# said\n{}\n\n", driver::line(&all))), [all, Vec::new()]);
    }
}
