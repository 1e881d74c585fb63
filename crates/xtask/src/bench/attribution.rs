//! The tasks. Each begins at the raw log and keeps nothing for the next, unless its name says what is ready before.

use super::{Options, clock, credits::Workload};
use anyhow::{Context, Result};
use engine::{
    credit::{Breakdown, Cases, Dimension, HalfLife, Model},
    journey::Journeys,
    log::Log,
    time::Window,
};

/// Times every task, then writes what the models answer.
///
/// # Errors
/// When the answers cannot be written.
pub fn run(log: &Log, window: Window, options: &Options) -> Result<()> {
    let workload = Workload { log, window };
    let report = |task: &str, run: &mut dyn FnMut()| clock::report(task, log.touches.len(), options.runs, run);
    report("heuristics6", &mut || drop(workload.heuristics()));
    for (task, order) in workload.orders(options.markov4) {
        report(task, &mut || drop(workload.markov(order)));
    }
    report("shapley", &mut || drop(workload.shapley()));

    // What a reader waits for who chooses another model of a log that is already there.
    let journeys = Journeys::of_buyers(log);
    report("credits_linear", &mut || drop(workload.credits(&journeys, Model::Linear)));
    report("credits_time_decay", &mut || drop(workload.credits(&journeys, Model::TimeDecay(HalfLife::WEEK))));
    let policies = workload.policies(Model::First);
    let cases = Cases::gather(log, &journeys, &policies);
    report("model_switch", &mut || {
        drop(workload.tallies(&cases, &policies, &Breakdown::of(log, &cases, Dimension::Channel)));
    });

    if let Some(path) = &options.credits {
        let text = workload.answers(options.markov4).to_string();
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
