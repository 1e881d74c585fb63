//! The tasks. Each begins at the raw log and keeps nothing for the next, unless its name says what is ready before.

use super::{Options, clock, credits};
use anyhow::{Context, Result};
use engine::{
    credit::{Attribution, Breakdown, Cases, Credits, Dimension, HalfLife, Model, Weigher},
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
    let asked = Attribution { log, window, by: Dimension::Channel };
    let report = |task: &str, run: &mut dyn FnMut()| clock::report(task, log.touches.len(), options.runs, run);
    report("heuristics6", &mut || discard(asked.heuristics()))?;
    for (task, order) in credits::orders(options.markov4) {
        report(task, &mut || discard(asked.markov(order)))?;
    }
    report("shapley", &mut || discard(asked.shapley()))?;

    // What a reader waits for who chooses another model of a log that is already there.
    let journeys = Journeys::of_buyers(log);
    for (task, model) in [("credits_linear", Model::Linear), ("credits_time_decay", Model::TimeDecay(HalfLife::WEEK))] {
        report(task, &mut || discard(Credits::compute(log, &journeys, &asked.policies(model))))?;
    }
    let policies = asked.policies(Model::First);
    let cases = Cases::gather(log, &journeys, &policies);
    report("model_switch", &mut || {
        let weigher = |model| Weigher::new(log, &policies, model, None);
        discard(Breakdown::of(log, &cases, asked.by).tallies(log, Attribution::HEURISTICS.map(weigher).each_ref()));
    })?;

    if let Some(path) = &options.credits {
        let text = credits::answers(&asked, options.markov4).to_string();
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
