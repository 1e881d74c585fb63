//! From paths to counted moves between states.
//!
//! A state is written as a number: a digit a touch, the latest last, each digit the unit plus one. So the state of no touch
//! is 0, and a move is the state with one more digit.

use std::borrow::Cow;

use super::{Chain, count::Counter};
use crate::{
    credit::{Dimension, Order},
    fact::Mark,
    journey::{Journeys, buyers},
    log::{Log, NONE},
};

/// Counts moves and ends of paths.
#[derive(Debug, Clone)]
pub(in crate::credit) struct Walk {
    units: usize,
    order: Order,
    /// Bits of a digit.
    bits: u32,
    moves: Counter,
    wins: Counter,
    losses: Counter,
}

impl Walk {
    /// For `units` units, the last of which stands for [`NONE`]; `None` past [`Chain::most_units`].
    pub(super) fn new(units: usize, order: Order) -> Option<Self> {
        let bits = usize::BITS - units.leading_zeros();
        let digits = order.touches() as u32;
        (units <= Chain::most_units(order)).then(|| Self {
            units,
            order,
            bits,
            moves: Counter::new(bits * (digits + 1)),
            wins: Counter::new(bits * digits),
            losses: Counter::new(bits * digits),
        })
    }

    fn mask(&self) -> u64 {
        (1 << (self.bits * self.order.touches() as u32)) - 1
    }

    /// A path that converted.
    pub(super) fn won(&mut self, units: &[u32]) {
        let (mask, last) = (self.mask(), self.units as u32);
        let state = units.iter().fold(0, |state, unit| {
            let step = state << self.bits | u64::from(digit(*unit, last));
            self.moves.add(step);
            step & mask
        });
        self.wins.add(state);
    }

    /// Paths that are alike: so many converted, so many led nowhere. An empty path is none.
    pub(super) fn counted(&mut self, units: &[u32], wins: u64, losses: u64) {
        if wins + losses == 0 {
            return;
        }
        let (mask, last) = (self.mask(), self.units as u32);
        let state = units.iter().fold(0, |state, unit| {
            let step = state << self.bits | u64::from(digit(*unit, last));
            self.moves.add_many(step, wins + losses);
            step & mask
        });
        if state > 0 && wins > 0 {
            self.wins.add_many(state, wins);
        }
        if state > 0 && losses > 0 {
            self.losses.add_many(state, losses);
        }
    }

    /// The counted touches of everybody who never bought.
    pub(super) fn lost_in(&mut self, log: &Log, journeys: &Journeys, by: Dimension) {
        let (walkers, units, count) = walkers(log, journeys, by);
        // The less memory a walker takes, the more of them stay in a fast cache.
        match self.bits * self.order.touches() as u32 {
            0..8 => self.stream::<u8>(&walkers, &units, count, buyers(log)),
            8..16 => self.stream::<u16>(&walkers, &units, count, buyers(log)),
            _ => self.stream::<u64>(&walkers, &units, count, buyers(log)),
        }
    }

    /// Walks all paths at once, in the order of the touches, each from the state that it has reached.
    fn stream<S: State>(&mut self, walkers: &[u32], units: &[u32], count: usize, bought: impl Iterator<Item = u32>) {
        let (mask, last, bits) = (self.mask(), self.units as u32, self.bits);
        // Above all digits: on the state of somebody who bought, whose path is counted elsewhere.
        let gone = mask + 1;
        let mut states = vec![S::of(0); count];
        for walker in bought {
            states[walker as usize] = S::of(gone);
        }
        let steps = walkers.iter().zip(units);
        if let Some(moves) = self.moves.table() {
            // Who bought is counted beside the others, in an upper half that nobody reads: no branch to be guessed wrong.
            let within = moves.len() - 1;
            for (walker, unit) in steps {
                let state = &mut states[*walker as usize];
                let number = state.number();
                let step = number << bits | u64::from(digit(*unit, last));
                moves[step as usize & within] += 1;
                *state = S::of(step & mask | number & gone);
            }
        } else {
            for (walker, unit) in steps {
                let state = &mut states[*walker as usize];
                let number = state.number();
                if number & gone == 0 {
                    let step = number << bits | u64::from(digit(*unit, last));
                    self.moves.add(step);
                    *state = S::of(step & mask);
                }
            }
        }
        for number in states.into_iter().map(S::number).filter(|number| *number != 0 && number & gone == 0) {
            self.losses.add(number);
        }
    }

    /// With what another walk of the same order counted.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.moves.append(other.moves);
        self.wins.append(other.wins);
        self.losses.append(other.losses);
        self
    }

    pub(super) fn into_chain(self) -> Chain {
        Chain::new(
            self.units,
            self.order,
            self.bits,
            &self.moves.into_sorted(),
            &self.wins.into_sorted(),
            &self.losses.into_sorted(),
        )
    }
}

/// The digit of a unit: `last` stands for none.
#[inline]
fn digit(unit: u32, last: u32) -> u32 {
    if unit == NONE { last } else { unit + 1 }
}

/// Whose each counted touch is, in time order, with what it carries, and how many walkers there are: customers first, then
/// visitors whom nobody knows, then touches of nobody.
fn walkers<'a>(log: &'a Log, journeys: &'a Journeys, by: Dimension) -> (Cow<'a, [u32]>, Cow<'a, [u32]>, usize) {
    let t = &log.touches;
    let (owners, customers) = (journeys.owners(log), log.customers.len());
    let plain = by != Dimension::Listing && journeys.in_order() && journeys.all_counted() && journeys.all_owned();
    if let (true, Some(owners), Some(units)) = (plain, owners.told(), by.column(log).told()) {
        return (Cow::Borrowed(owners), Cow::Borrowed(units), customers);
    }
    let mut order: Vec<u32> = (0..t.len() as u32).filter(|i| t.mark[*i as usize] == Mark::Counted).collect();
    order.sort_by_key(|i| t.at[*i as usize]);
    let visitors = t.visitor.iter().filter(|visitor| *visitor != NONE).max().map_or(0, |most| most as usize + 1);
    let mut count = customers + visitors;
    let mut walker = |touch: u32| match (owners[touch as usize], t.visitor[touch as usize]) {
        (NONE, NONE) => {
            count += 1;
            count as u32 - 1
        }
        (NONE, visitor) => customers as u32 + visitor,
        (customer, _) => customer,
    };
    let walkers = order.iter().map(|touch| walker(*touch)).collect();
    let units = order.iter().map(|touch| by.of(log, *touch)).collect();
    (Cow::Owned(walkers), Cow::Owned(units), count)
}

/// A state in as few bits as it needs.
trait State: Copy {
    fn of(number: u64) -> Self;
    fn number(self) -> u64;
}

macro_rules! state {
    ($($type:ty)*) => { $(
        impl State for $type {
            #[inline]
            fn of(number: u64) -> Self {
                number as Self
            }

            #[inline]
            fn number(self) -> u64 {
                u64::from(self)
            }
        }
    )* };
}
state!(u8 u16 u64);
