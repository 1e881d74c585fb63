//! The tasks. Each begins at the raw log and keeps nothing for the next, unless its name says what is ready before.

use super::{Options, clock, credits::Workload};
use anyhow::{Context, Result};
use engine::{
    credit::{Breakdown, Cases, Dimension, HalfLife, Model},
    journey::Journeys,
    log::Log,
    time::Window,
};

/// An answer that nobody reads must be computed all the same.
fn discard<T>(answer: T) {
    drop(std::hint::black_box(answer));
}

/// Times every task, then writes what the models answer.
///
/// # Errors
/// When lines or answers cannot be written.
pub fn run(log: &Log, window: Window, options: &Options) -> Result<()> {
    let workload = Workload { log, window };
    let report = |task: &str, run: &mut dyn FnMut()| clock::report(task, log.touches.len(), options.runs, run);
    report("heuristics6", &mut || discard(workload.heuristics()))?;
    for (task, order) in workload.orders(options.markov4) {
        report(task, &mut || discard(workload.markov(order)))?;
    }
    report("shapley", &mut || discard(workload.shapley()))?;

    // What a reader waits for who chooses another model of a log that is already there.
    let journeys = Journeys::of_buyers(log);
    report("credits_linear", &mut || discard(workload.credits(&journeys, Model::Linear)))?;
    report("credits_time_decay", &mut || discard(workload.credits(&journeys, Model::TimeDecay(HalfLife::WEEK))))?;
    let policies = workload.policies(Model::First);
    let cases = Cases::gather(log, &journeys, &policies);
    report("model_switch", &mut || {
        discard(workload.tallies(&cases, &policies, &Breakdown::of(log, &cases, Dimension::Channel)));
    })?;

    if let Some(path) = &options.credits {
        let text = workload.answers(options.markov4).to_string();
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
