//! Independent pieces of work side by side, where the platform has threads; one after another where it has not. The answers
//! come in the order of the pieces, and no piece sees another's, so that both ways give the same to the bit.

use core::ops::Range;

/// How many pieces a long piece of work is cut into, on every platform: sums of floats depend on where they are cut.
const PIECES: usize = 4;

/// Cuts `count` things into stretches of about the same length, each of at least `least`.
pub(crate) fn pieces(count: usize, least: usize) -> Vec<Range<usize>> {
    let length = count.div_ceil(PIECES).max(least).max(1);
    (0..count).step_by(length).map(|start| start..count.min(start + length)).collect()
}

/// Answers two questions side by side.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn both<A, B: Send>(a: impl FnOnce() -> A, b: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let b = scope.spawn(b);
        let a = a();
        match b.join() {
            Ok(b) => (a, b),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Answers two questions.
#[cfg(target_family = "wasm")]
pub(crate) fn both<A, B>(a: impl FnOnce() -> A, b: impl FnOnce() -> B) -> (A, B) {
    (a(), b())
}

/// Answers each piece.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn map<T: Sync, R: Send>(pieces: &[T], answer: impl Fn(&T) -> R + Sync) -> Vec<R> {
    use std::{
        sync::{
            Mutex, OnceLock,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
    };
    static WORKERS: OnceLock<usize> = OnceLock::new();
    let workers = *WORKERS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from));
    if workers == 1 || pieces.len() < 2 {
        return pieces.iter().map(answer).collect();
    }
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(pieces.len()));
    let work = || {
        while let Some((i, piece)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, pieces.get(i)?)))
        {
            let found = answer(piece);
            if let Ok(mut answers) = answers.lock() {
                answers.push((i, found));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers.min(pieces.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut answers = answers.into_inner().unwrap_or_default();
    answers.sort_unstable_by_key(|(i, _)| *i);
    answers.into_iter().map(|(_, found)| found).collect()
}

/// Answers each piece.
#[cfg(target_family = "wasm")]
pub(crate) fn map<T, R>(pieces: &[T], answer: impl Fn(&T) -> R) -> Vec<R> {
    pieces.iter().map(answer).collect()
}
