//! Independent pieces of work side by side, where the platform has threads; one after another where it has not. The answers
//! come in the order of the pieces, and no piece sees another's, so that both ways give the same to the bit.

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
