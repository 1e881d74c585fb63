//! What follows from an attempt to send. Pure.

use engine::time::Millis;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// How long after each attempt that failed the next one waits: the schedule that Standard Webhooks recommends, three
/// days in all.
const WAITS: [u64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// How the other side answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It took what was sent.
    Taken,
    /// It did not, this time.
    NotTaken,
    /// It never will again.
    Gone,
}

impl Answer {
    /// What a status says.
    pub const fn of(status: u16) -> Self {
        match status {
            200..=299 => Self::Taken,
            410 => Self::Gone,
            _ => Self::NotTaken,
        }
    }
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It has arrived.
    Delivered,
    /// It is sent again, not before then.
    Again(Millis),
    /// It is given up.
    Failed,
}

/// What follows from the answer to an attempt, the first of which has the number 1. So that what failed together is not
/// sent together again, up to a tenth is added, which follows from `name` and the number.
pub fn then(answer: Answer, attempt: u32, name: &str, now: Millis) -> Then {
    let wait = usize::try_from(attempt).ok().and_then(|attempt| WAITS.get(attempt.checked_sub(1)?));
    match (answer, wait) {
        (Answer::Taken, _) => Then::Delivered,
        (Answer::NotTaken, Some(wait)) => Then::Again(Millis(now.0 + wait + wait / 1000 * jitter(name, attempt))),
        (Answer::NotTaken, None) | (Answer::Gone, _) => Then::Failed,
    }
}

/// From 0 to 100: FNV-1a, whose upper half is the one that is mixed well.
fn jitter(name: &str, attempt: u32) -> u64 {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.bytes().chain(attempt.to_be_bytes()).fold(0xcbf2_9ce4_8422_2325, hash).wrapping_shr(32) % 101
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_decides() {
        for (status, expect) in [
            (200, Answer::Taken),
            (204, Answer::Taken),
            (301, Answer::NotTaken),
            (302, Answer::NotTaken),
            (400, Answer::NotTaken),
            (404, Answer::NotTaken),
            (410, Answer::Gone),
            (429, Answer::NotTaken),
            (500, Answer::NotTaken),
            (199, Answer::NotTaken),
        ] {
            assert_eq!(Answer::of(status), expect, "{status}");
        }
        let now = Millis(1_795_000_000_000);
        assert_eq!(then(Answer::Taken, 1, "a", now), Then::Delivered);
        assert_eq!(then(Answer::Gone, 1, "a", now), Then::Failed);
        assert_eq!(then(Answer::NotTaken, 10, "a", now), Then::Failed);
        assert_eq!(then(Answer::NotTaken, u32::MAX, "a", now), Then::Failed);
    }

    #[test]
    fn waits_grow_and_spread() {
        let now = Millis(1_795_000_000_000);
        let wait = |attempt, name: &str| match then(Answer::NotTaken, attempt, name, now) {
            Then::Again(at) => at.0 - now.0,
            then => unreachable!("{then:?}"),
        };
        for (attempt, least) in (1..).zip(WAITS) {
            let waits: Vec<u64> = (0..200).map(|i| wait(attempt, &format!("dlv_{i}"))).collect();
            assert!(waits.iter().all(|wait| (least..=least + least / 10).contains(wait)), "{attempt}");
            assert!(waits.iter().collect::<std::collections::BTreeSet<_>>().len() > 50, "{attempt}");
            assert_eq!(wait(attempt, "x"), wait(attempt, "x"));
        }
        assert_eq!(WAITS.iter().sum::<u64>() / HOUR, 75);
    }
}
