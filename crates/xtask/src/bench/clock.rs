//! How long a task takes, and how much memory the process needed for it.

use anyhow::Result;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

/// A task that takes longer than this in all ends after [`LEAST`] runs or later.
const MOST: Duration = Duration::from_secs(20);
const LEAST: usize = 3;

/// Runs a task once for nothing, then `runs` times, and prints its line.
///
/// # Errors
/// When nobody reads lines any more.
pub fn report(task: &str, touches: usize, runs: usize, run: &mut dyn FnMut()) -> Result<()> {
    forget_peak();
    run();
    let mut took = Vec::new();
    let begun = Instant::now();
    while took.len() < runs && (took.len() < LEAST || begun.elapsed() < MOST) {
        let start = Instant::now();
        run();
        took.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    writeln!(std::io::stdout(), "{}", line(task, touches, &mut took, peak()))?;
    Ok(())
}

fn line(task: &str, touches: usize, took: &mut [f64], peak: Option<u64>) -> Value {
    json!({
        "task": task,
        "tool": "tributary",
        "version": env!("CARGO_PKG_VERSION"),
        "touches": touches,
        "median_ms": (median(took) * 1000.0).round() / 1000.0,
        "runs": took.len(),
        "peak_memory_bytes": peak,
    })
}

fn median(took: &mut [f64]) -> f64 {
    took.sort_by(f64::total_cmp);
    let half = took.len() / 2;
    if took.len() % 2 == 1 { took[half] } else { f64::midpoint(took[half - 1], took[half]) }
}

/// Linux starts to watch for the highest use of memory anew. Elsewhere nothing happens.
fn forget_peak() {
    // Where it cannot be forgotten, the peak is that of the whole process: still an upper bound.
    drop(fs::write("/proc/self/clear_refs", "5"));
}

/// The most memory that was resident since, the log included; `None` where the system does not say.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::{line, median};

    #[test]
    fn the_middle_is_taken() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]).to_bits(), 2f64.to_bits());
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]).to_bits(), 2.5f64.to_bits());
    }

    #[test]
    fn a_line_says_what_the_contract_lists() {
        let line = line("linear", 7, &mut [1.234_56], None);
        assert_eq!(line["task"], "linear");
        assert_eq!(line["touches"], 7);
        assert_eq!(line["median_ms"], 1.235);
        assert_eq!(line["runs"], 1);
        assert!(line["peak_memory_bytes"].is_null());
    }
}
