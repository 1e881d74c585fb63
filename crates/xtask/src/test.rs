//! `test`: the three layers, each with its own runner, and one closing line over all of them.

use crate::process::Group;
use crate::{artefact, chromium, fingerprint, place, step};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Layer {
    Unit,
    Edge,
    Browser,
}

const LAYERS: [Layer; 3] = [Layer::Unit, Layer::Edge, Layer::Browser];

/// What the runners' closing lines said.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Runs one layer, or all: then a failing layer does not keep the next from running.
///
/// # Errors
/// When a layer cannot be run at all.
pub fn run(args: &[String]) -> Result<ExitCode> {
    let (layers, rest) = match args.split_first() {
        None => (LAYERS.to_vec(), args),
        Some((first, rest)) => match first.as_str() {
            "unit" => (vec![Layer::Unit], rest),
            "edge" => (vec![Layer::Edge], rest),
            "browser" => (vec![Layer::Browser], rest),
            other => bail!("no layer `{other}`: unit, edge or browser"),
        },
    };
    let mut total = Count::default();
    let mut failed = Vec::new();
    for layer in layers {
        step::note(&format!("\n{}", layer.title()));
        let outcome = layer.run(rest).and_then(|(status, count)| {
            if count.passed + count.failed == 0 && status.success() {
                bail!("{} ran no test", layer.title());
            }
            Ok((status, count))
        });
        match outcome {
            Ok((status, mut count)) => {
                if !status.success() {
                    // A runner that died before it counted has failed all the same.
                    count.failed = count.failed.max(1);
                    failed.push(layer.title());
                }
                total.add(count);
            }
            Err(error) => {
                step::fail(&format!("{error:#}"));
                total.failed += 1;
                failed.push(layer.title());
            }
        }
    }
    if !failed.is_empty() {
        step::fail(&format!("failed: {}", failed.join(", ")));
    }
    println!("\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Layer {
    fn title(self) -> &'static str {
        match self {
            Self::Unit => "unit tests",
            Self::Edge => "edge tests",
            Self::Browser => "browser tests",
        }
    }

    fn run(self, args: &[String]) -> Result<(ExitStatus, Count)> {
        let mut command = match self {
            Self::Unit => {
                let mut command = Command::new("cargo");
                command.args(["test", "--workspace"]).args(args);
                command
            }
            Self::Edge => edge(args)?,
            Self::Browser => browser(args)?,
        };
        // Tests ask xtask for what the engine computes natively; this very program is built already.
        let own = std::env::current_exe().context("xtask does not know where it is")?;
        command.env("TRIBUTARY_XTASK", own).current_dir(place::root()?);
        counted(&mut command, self)
    }
}

fn edge(args: &[String]) -> Result<Command> {
    artefact::build(artefact::When::Stale)?;
    // Node 20 knows no patterns here: the files are named one by one.
    let named = args.iter().any(|arg| arg.ends_with(".mjs"));
    let files: Vec<PathBuf> = if named {
        Vec::new()
    } else {
        fingerprint::files(&[place::at("tests/edge")?])?
            .into_iter()
            .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
            .collect()
    };
    if files.is_empty() && !named {
        bail!("tests/edge holds no *.test.mjs");
    }
    let mut command = Command::new("node");
    command.args(["--test", "--test-concurrency=2", "--test-reporter=spec"]).args(args).args(files);
    Ok(command)
}

fn browser(args: &[String]) -> Result<Command> {
    artefact::build(artefact::When::Stale)?;
    let chromium = chromium::ensure()?;
    let mut command = Command::new("node");
    command
        .arg(place::at("node_modules/@playwright/test/cli.js")?)
        .args(["test", "--config", "tests/browser/playwright.config.mjs"])
        .args(args)
        .env("CHROMIUM_BIN", chromium);
    Ok(command)
}

/// Runs a command, shows what it prints as it comes, and adds up its closing lines.
fn counted(command: &mut Command, layer: Layer) -> Result<(ExitStatus, Count)> {
    command.stdout(Stdio::piped());
    let mut group = Group::start(command)?;
    let out = group.child().stdout.take().context("no pipe to the tests")?;
    let mut count = Count::default();
    let mut stdout = std::io::stdout();
    for line in BufReader::new(out).split(b'\n') {
        let line = line.context("reading what the tests print")?;
        let line = String::from_utf8_lossy(&line);
        writeln!(stdout, "{line}")?;
        count.add(closing_line(layer, &step::strip_ansi(&line)));
    }
    stdout.flush()?;
    Ok((group.wait()?, count))
}

/// What a line of a runner adds to the count; nothing unless it is one of its closing lines.
fn closing_line(layer: Layer, line: &str) -> Count {
    let mut count = Count::default();
    let line = line.trim();
    match layer {
        Layer::Unit => {
            // test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s
            if let Some((_, numbers)) = line.strip_prefix("test result:").and_then(|rest| rest.split_once(". ")) {
                for part in numbers.split(';') {
                    let mut words = part.split_whitespace();
                    let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
                    match words.next() {
                        Some("passed") => count.passed = number,
                        Some("failed") => count.failed = number,
                        Some("ignored") => count.skipped = number,
                        _ => {}
                    }
                }
            }
        }
        Layer::Edge => {
            // ℹ pass 12
            let mut words = line.split_whitespace();
            if matches!(words.next(), Some("ℹ" | "#")) {
                let name = words.next();
                let number = words.next().and_then(|word| word.parse().ok());
                if let (Some(number), None) = (number, words.next()) {
                    match name {
                        Some("pass") => count.passed = number,
                        Some("fail" | "cancelled") => count.failed = number,
                        Some("skipped") => count.skipped = number,
                        _ => {}
                    }
                }
            }
        }
        Layer::Browser => {
            // 12 passed (34.5s)
            let mut words = line.split_whitespace();
            if let Some(number) = words.next().and_then(|word| word.parse().ok()) {
                let name = words.next();
                let end = words.next();
                match (name, end) {
                    (Some("passed"), Some(time)) if time.starts_with('(') => count.passed = number,
                    (Some("flaky"), None) => count.passed = number,
                    (Some("failed"), None) => count.failed = number,
                    (Some("skipped"), None) => count.skipped = number,
                    _ => {}
                }
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{Count, Layer, closing_line};

    fn count(passed: u64, failed: u64, skipped: u64) -> Count {
        Count { passed, failed, skipped }
    }

    #[test]
    fn closing_lines_of_the_three_runners_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(closing_line(Layer::Unit, line), count(12, 3, 1));
        assert_eq!(closing_line(Layer::Edge, "ℹ pass 7"), count(7, 0, 0));
        assert_eq!(closing_line(Layer::Edge, "ℹ fail 2"), count(0, 2, 0));
        assert_eq!(closing_line(Layer::Edge, "# skipped 1"), count(0, 0, 1));
        assert_eq!(closing_line(Layer::Browser, "  5 passed (12.3s)"), count(5, 0, 0));
        assert_eq!(closing_line(Layer::Browser, "  1 failed"), count(0, 1, 0));
    }

    #[test]
    fn other_lines_count_nothing() {
        for layer in [Layer::Unit, Layer::Edge, Layer::Browser] {
            for line in ["", "running 3 tests", "ℹ tests 9", "3 passed the gate", "test result", "pass 3"] {
                assert_eq!(closing_line(layer, line), Count::default(), "{line}");
            }
        }
    }
}
