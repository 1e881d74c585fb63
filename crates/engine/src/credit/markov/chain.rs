//! The absorbing chain: states, the probabilities of moves between them, and of conversion.

use super::{Solution, dense, sparse, walk::Walk};
use crate::credit::Order;

/// States of more than this are solved sparsely.
const DENSE_STATES: usize = 400;

/// An absorbing Markov chain. State 0 is the start; what is neither a move nor a conversion leads to null.
#[derive(Debug, Clone)]
pub struct Chain {
    pub(super) units: usize,
    /// By state, the units of its touches: for each, a number below `units`, as many as the order; `units` for none.
    pub(super) touches: Vec<[u32; 4]>,
    /// Where the moves of state `i` begin: `starts[i]..starts[i + 1]`.
    pub(super) starts: Vec<u32>,
    /// Where each move leads.
    pub(super) to: Vec<u32>,
    /// How probable each move is.
    pub(super) probability: Vec<f64>,
    /// By state, how probable a conversion is.
    pub(super) conversion: Vec<f64>,
    wins: u64,
    paths: u64,
}

impl Chain {
    /// The most units for which a chain of an order is built, touches that carry nothing included: a state and a move
    /// must fit into 64 bits.
    #[must_use]
    pub const fn most_units(order: Order) -> usize {
        match order.touches() {
            1 => (1 << 31) - 2,
            2 => (1 << 21) - 2,
            3 => (1 << 16) - 2,
            _ => (1 << 12) - 2,
        }
    }

    /// The chain of counted paths: the unit of each touch (below `units`, or [`NONE`](crate::log::NONE)), how many such paths
    /// converted, and how many led nowhere. `None` past [`Chain::most_units`].
    #[must_use]
    pub fn of_paths<'a>(
        units: usize,
        order: Order,
        paths: impl IntoIterator<Item = (&'a [u32], u64, u64)>,
    ) -> Option<Self> {
        let mut walk = Walk::new(units + 1, order)?;
        for (path, wins, losses) in paths {
            walk.counted(path, wins, losses);
        }
        Some(walk.into_chain())
    }

    /// From counts by key, in order: of moves (the state's digits and one more), and of ends (the state's digits).
    pub(super) fn new(
        units: usize,
        order: Order,
        bits: u32,
        moves: &[(u64, u64)],
        wins: &[(u64, u64)],
        losses: &[(u64, u64)],
    ) -> Self {
        // Every state but the start is where some path ends or goes on.
        let mut keys: Vec<u64> = vec![0];
        keys.extend(moves.iter().map(|(step, _)| step >> bits));
        keys.extend(wins.iter().chain(losses).map(|(state, _)| *state));
        keys.sort_unstable();
        keys.dedup();
        let index = Index::new(&keys, bits * order.touches() as u32);
        let mut total = vec![0u64; keys.len()];
        let mut won = vec![0u64; keys.len()];
        for (step, n) in moves {
            total[index.of(step >> bits)] += n;
        }
        for (state, n) in losses {
            total[index.of(*state)] += n;
        }
        for (state, n) in wins {
            total[index.of(*state)] += n;
            won[index.of(*state)] += n;
        }
        let mask = (1u64 << (bits * order.touches() as u32)) - 1;
        let mut starts = vec![0u32; keys.len() + 1];
        let (mut to, mut probability) = (Vec::with_capacity(moves.len()), Vec::with_capacity(moves.len()));
        for (step, n) in moves {
            let from = index.of(step >> bits);
            starts[from + 1] += 1;
            to.push(index.of(step & mask) as u32);
            probability.push(*n as f64 / total[from] as f64);
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let digit = |key: u64, i: u32| match key >> (bits * i) & ((1 << bits) - 1) {
            0 => units as u32,
            digit => digit as u32 - 1,
        };
        let digits =
            |key: &u64| [0, 1, 2, 3].map(|i| if i < order.touches() as u32 { digit(*key, i) } else { units as u32 });
        let sum = |ends: &[(u64, u64)]| ends.iter().map(|(_, n)| n).sum::<u64>();
        Self {
            units,
            touches: keys.iter().map(digits).collect(),
            starts,
            to,
            probability,
            conversion: won.iter().zip(&total).map(|(won, all)| *won as f64 / (*all).max(1) as f64).collect(),
            wins: sum(wins),
            paths: sum(wins) + sum(losses),
        }
    }

    /// How many states there are, the start among them.
    #[must_use]
    pub fn states(&self) -> usize {
        self.touches.len()
    }

    /// Moves of a state, as their range in the columns.
    pub(super) fn moves(&self, state: usize) -> core::ops::Range<usize> {
        self.starts[state] as usize..self.starts[state + 1] as usize
    }

    /// The removal effect of every unit, exact but for the rounding of floating point.
    #[must_use]
    pub fn solve(&self) -> Solution {
        // The chain's own probability of conversion is that observed: what flows into a state flows out of it.
        let p_conversion = self.wins as f64 / self.paths.max(1) as f64;
        let removal_effect = if self.wins == 0 {
            vec![0.0; self.units]
        } else if self.states() <= DENSE_STATES {
            dense::removal_effects(self)
        } else {
            sparse::removal_effects(self, p_conversion)
        };
        Solution { p_conversion, conversions: self.wins, removal_effect }
    }
}

/// Finds the number of a state by its key.
struct Index<'a> {
    keys: &'a [u64],
    /// By key, where keys are short.
    table: Vec<u32>,
}

impl<'a> Index<'a> {
    fn new(keys: &'a [u64], bits: u32) -> Self {
        let mut table = Vec::new();
        if bits <= 20 {
            table = vec![0; 1 << bits];
            for (i, key) in keys.iter().enumerate() {
                table[*key as usize] = i as u32;
            }
        }
        Self { keys, table }
    }

    /// Of a key that is known to be there.
    fn of(&self, key: u64) -> usize {
        match self.table.get(key as usize) {
            Some(i) => *i as usize,
            None => self.keys.partition_point(|known| *known < key),
        }
    }
}
