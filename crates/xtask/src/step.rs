//! What a person sees while they wait: one line a step, its time, and the last words of whatever runs.

use crate::place;
use crate::process::{self, Group};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Between two looks at a child.
const LOOK: Duration = Duration::from_millis(100);
/// Between two lines about a long step, where the line cannot be written over.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// How much of a failed step's output is shown: enough for a compiler's error.
const TAIL_BYTES: u64 = 12_000;

fn terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// A plain line.
pub fn note(line: &str) {
    eprintln!("{line}");
}

/// Why we stop.
pub fn fail(message: &str) {
    while process::stopping() {
        // The signal's handler ends us, and knows why.
        std::thread::sleep(LOOK);
    }
    if terminal() && std::env::var_os("NO_COLOR").is_none() {
        eprintln!("\n\x1b[31;1merror:\x1b[0m {message}");
    } else {
        eprintln!("\nerror: {message}");
    }
}

/// A running step with its clock.
pub struct Step {
    title: String,
    started: Instant,
    spoke: Instant,
}

impl Step {
    /// Says that the step began.
    pub fn begin(title: &str) -> Self {
        if terminal() {
            eprint!("  {title} …");
            flush();
        } else {
            eprintln!("  {title} …");
        }
        Self { title: title.to_owned(), started: Instant::now(), spoke: Instant::now() }
    }

    /// Says how far it is: at once on a terminal, now and then elsewhere.
    pub fn progress(&mut self, detail: &str) {
        let seconds = self.started.elapsed().as_secs();
        if terminal() {
            if self.spoke.elapsed() >= LOOK {
                eprint!("\r\x1b[K  {} … {seconds} s  {}", self.title, short(detail));
                flush();
                self.spoke = Instant::now();
            }
        } else if self.spoke.elapsed() >= HEARTBEAT {
            eprintln!("  {} … {seconds} s  {}", self.title, short(detail));
            self.spoke = Instant::now();
        }
    }

    /// Says that it is done.
    pub fn done(self, detail: &str) {
        let seconds = self.started.elapsed().as_secs_f32();
        let gap = if detail.is_empty() { "" } else { "  " };
        eprintln!("{}  {}: {seconds:.1} s{gap}{detail}", if terminal() { "\r\x1b[K" } else { "" }, self.title);
    }

    /// Leaves the line, so that what follows starts on its own.
    pub fn broken(self) {
        if terminal() {
            eprintln!();
        }
    }
}

fn flush() {
    // A terminal that cannot be written to cannot be told so either.
    drop(std::io::stderr().flush());
}

fn short(text: &str) -> String {
    text.trim().chars().take(64).collect()
}

/// Runs a command as a step. Its output goes to a log under `.tributary/log/`, and to the person only when it fails.
///
/// # Errors
/// When it cannot start, or ends with anything but success: the error holds the end of its output.
pub fn run(title: &str, command: &mut Command) -> Result<()> {
    let name: String = title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let path = place::local(&format!("log/{name}.log"))?;
    let log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    command.stdout(log.try_clone()?).stderr(log);
    let mut step = Step::begin(title);
    let mut group = Group::start(command)?;
    let status = loop {
        if let Some(status) = group.ended()? {
            break status;
        }
        std::thread::sleep(LOOK);
        step.progress(&last_line(&path));
    };
    if status.success() {
        step.done("");
        return Ok(());
    }
    step.broken();
    bail!("{title} failed ({status}):\n\n{}", tail(&path))
}

fn last_line(path: &Path) -> String {
    let text = read_end(path, 400);
    strip_ansi(text.trim_end().lines().next_back().unwrap_or_default())
}

/// The end of a log.
pub fn tail(path: &Path) -> String {
    read_end(path, TAIL_BYTES).trim_end().to_owned()
}

fn read_end(path: &Path, bytes: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        Ok(String::from_utf8_lossy(&end).into_owned())
    };
    // A log that cannot be read must not hide the failure that it tells of.
    read().unwrap_or_default()
}

/// The text without colours and cursor movements.
pub fn strip_ansi(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            chars.by_ref().take(1).for_each(drop);
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #[test]
    fn colours_go_and_words_stay() {
        assert_eq!(super::strip_ansi("\x1b[1;32mok\x1b[0m 3 passed"), "ok 3 passed");
        assert_eq!(super::strip_ansi("plain"), "plain");
    }
}
