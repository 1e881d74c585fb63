//! Counts of keys, in the order of the keys.

/// Keys of so many bits are counted in a table, which stays in a fast cache; longer ones are collected and sorted.
const TABLE_BITS: u32 = 18;
/// Bits that one pass of the sort looks at.
const DIGIT: u32 = 11;

/// How often each key was seen.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    bits: u32,
    table: Vec<u32>,
    seen: Vec<u64>,
    /// Keys that were seen more than once at a time.
    weighted: Vec<(u64, u64)>,
}

impl Counter {
    /// A counter of keys below 2^`bits`.
    pub(super) fn new(bits: u32) -> Self {
        let table = if bits <= TABLE_BITS { vec![0; 1 << bits] } else { Vec::new() };
        Self { bits, table, seen: Vec::new(), weighted: Vec::new() }
    }

    /// The table, where keys are few enough, twice as long as there are keys: a loop may count there itself, and what is not
    /// to be counted in the upper half.
    pub(super) fn table(&mut self) -> Option<&mut [u32]> {
        if self.table.is_empty() {
            return None;
        }
        self.table.resize(2 << self.bits, 0);
        Some(&mut self.table)
    }

    #[inline]
    pub(super) fn add(&mut self, key: u64) {
        match self.table.get_mut(key as usize) {
            Some(count) => *count += 1,
            None => self.seen.push(key),
        }
    }

    pub(super) fn add_many(&mut self, key: u64, count: u64) {
        self.weighted.push((key, count));
    }

    /// Adds what another counter of keys of as many bits has seen.
    pub(super) fn append(&mut self, mut other: Self) {
        for (count, more) in self.table.iter_mut().zip(other.table) {
            *count += more;
        }
        self.seen.append(&mut other.seen);
        self.weighted.append(&mut other.weighted);
    }

    /// Every key that was seen, in order, with its count.
    pub(super) fn into_sorted(self) -> Vec<(u64, u64)> {
        let Self { bits, mut table, mut seen, weighted } = self;
        table.truncate(1 << bits.min(TABLE_BITS));
        let mut counts: Vec<(u64, u64)> = Vec::new();
        counts.extend((0..).zip(&table).filter(|(_, n)| **n > 0).map(|(key, n)| (key, u64::from(*n))));
        sort(&mut seen, bits);
        for key in seen {
            match counts.last_mut() {
                Some((last, count)) if *last == key => *count += 1,
                _ => counts.push((key, 1)),
            }
        }
        if weighted.is_empty() {
            return counts;
        }
        counts.extend(weighted);
        counts.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::new();
        for (key, n) in counts {
            match merged.last_mut() {
                Some((last, count)) if *last == key => *count += n,
                _ => merged.push((key, n)),
            }
        }
        merged
    }
}

/// Sorts keys below 2^`bits`: radix sort from the least significant digit.
fn sort(keys: &mut Vec<u64>, bits: u32) {
    let mut sorted = vec![0u64; keys.len()];
    let mut shift = 0;
    while shift < bits && !keys.is_empty() {
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT) - 1);
        let mut next = [0u32; 1 << DIGIT];
        for key in keys.iter() {
            next[digit(*key)] += 1;
        }
        let mut start = 0;
        for slot in &mut next {
            start += core::mem::replace(slot, start);
        }
        for key in keys.iter() {
            let slot = &mut next[digit(*key)];
            sorted[*slot as usize] = *key;
            *slot += 1;
        }
        core::mem::swap(keys, &mut sorted);
        shift += DIGIT;
    }
}
