//! A fuzzer that needs nothing but the standard library: it runs on stable, natively, on a fresh machine.
//!
//! It changes what it has: inputs of the corpus and words of the format, cut, joined, repeated, with bits turned and bytes
//! put in. A target answers what its parser made of an input, as a number; an input with a number that no other had is kept
//! and changed further, so that it comes deeper than chance would. The same seed finds the same.
//!
//! The edge compiles this file too, for the parsers that it keeps to itself.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Most bytes of an input: more than any of these formats has parts for.
const LONGEST: usize = 2048;
/// Most changes of one input at once.
const CHANGES: u64 = 6;
/// Most inputs that are kept.
const KEPT: usize = 2000;
/// Bytes that mean something somewhere.
const TELLING: &[u8] = b"\0\x01\t\n\r \"#$%&'+,-./0:;<=>?@A[\\]^_`a{|}~\x7f\x80\xbf\xc0\xe2\xf4\xfe\xff";

/// A parser under test.
pub struct Target {
    /// Its name, which is also that of its corpus.
    pub name: &'static str,
    /// Words of its format.
    pub words: &'static [&'static str],
    /// Reads an input, holds the parser to what it promises, and answers what became of it.
    pub read: fn(&[u8]) -> u64,
}

/// An input that made a parser panic.
#[derive(Debug)]
pub struct Failure(pub Vec<u8>);

/// Runs the corpus, then as many changed inputs; answers the inputs that showed something new.
///
/// # Errors
/// The first input that panics.
pub fn run(target: &Target, corpus: &[Vec<u8>], cases: u64, seed: u64) -> Result<Vec<Vec<u8>>, Failure> {
    let mut seen = BTreeSet::new();
    let mut pool: Vec<Vec<u8>> = vec![Vec::new()];
    for input in corpus {
        seen.insert(read(target, input)?);
        pool.push(input.clone());
    }
    let (mut dice, mut found) = (Dice(seed), Vec::new());
    for _ in 0..cases {
        let input = changed(&mut dice, &pool, target.words);
        if seen.insert(read(target, &input)?) && pool.len() < KEPT {
            pool.push(input.clone());
            found.push(input);
        }
    }
    Ok(found)
}

fn read(target: &Target, input: &[u8]) -> Result<u64, Failure> {
    catch_unwind(AssertUnwindSafe(|| (target.read)(input))).map_err(|_| Failure(input.to_owned()))
}

fn changed(dice: &mut Dice, pool: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = pool[dice.below(pool.len())].clone();
    for _ in 0..=dice.next() % CHANGES {
        let at = dice.below(input.len() + 1);
        let end = at + dice.below(input.len() - at + 1);
        match dice.next() % 9 {
            0 => drop(input.drain(at..end)),
            1 => input.truncate(at),
            2 => put(&mut input, at, &[TELLING[dice.below(TELLING.len())]]),
            3 => put(&mut input, at, &[dice.next() as u8]),
            4 if !words.is_empty() => put(&mut input, at, words[dice.below(words.len())].as_bytes()),
            5 => {
                let part = input[at..end].to_owned();
                let times = 1 << (dice.next() % 6);
                put(&mut input, at, &part.repeat(times));
            }
            6 => {
                let other = &pool[dice.below(pool.len())];
                let from = dice.below(other.len() + 1);
                put(&mut input, at, &other[from..]);
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << (dice.next() % 8);
                }
            }
        }
        input.truncate(LONGEST);
    }
    input
}

fn put(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// The inputs of a corpus file: one a line, in quotes as [`line`] writes them.
pub fn parse(text: &str) -> Vec<Vec<u8>> {
    text.lines().filter(|line| !line.starts_with('#')).map(unescape).collect()
}

/// An input on a line of its own.
pub fn line(input: &[u8]) -> String {
    input.escape_ascii().to_string()
}

fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = line.bytes();
    let mut input = Vec::new();
    while let Some(byte) = bytes.next() {
        let plain = if byte == b'\\' {
            match bytes.next() {
                Some(b't') => b'\t',
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b'x') => {
                    let digits =
                        [bytes.next(), bytes.next()].map(|digit| digit.and_then(|d| char::from(d).to_digit(16)));
                    digits.iter().fold(0, |value, digit| value << 4 | digit.unwrap_or(0) as u8)
                }
                other => other.unwrap_or(b'\\'),
            }
        } else {
            byte
        };
        input.push(plain);
    }
    input
}
