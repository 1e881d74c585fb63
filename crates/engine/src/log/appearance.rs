//! Numbers that stay. What a row refers to is numbered by when it first appears, month by month, so that what is recorded
//! later changes no number of the months before: their rows stay the same bytes, and whoever has them keeps them.

use core::ops::Range;

use super::{Log, NAMES, NONE, TABLES};
use crate::{
    credit::Dimension,
    time::{Day, Month},
};

/// By table, the first row that is no longer part of it.
pub type Cut = [usize; TABLES];

/// What keeps its number: its own order is one in which only the last is new.
pub(super) struct Kept;

impl Kept {
    #[expect(clippy::unused_self, reason = "as an order does")]
    pub(super) fn meet(&mut self, _: &[u32]) {}

    #[expect(clippy::unused_self, reason = "as an order does")]
    pub(super) fn of(&self, number: u32) -> u32 {
        number
    }
}

/// The order in which numbers first appear.
#[derive(Default)]
pub(super) struct Order {
    /// By old number the new one, [`NONE`] before it appears.
    new: Vec<u32>,
    met: u32,
}

impl Order {
    pub(super) fn meet(&mut self, numbers: &[u32]) {
        for number in numbers.iter().filter(|number| **number != NONE) {
            let old = *number as usize;
            if self.new.len() <= old {
                self.new.resize(old + 1, NONE);
            }
            if self.new[old] == NONE {
                self.new[old] = self.met;
                self.met += 1;
            }
        }
    }

    pub(super) fn of(&self, number: u32) -> u32 {
        self.new.get(number as usize).copied().unwrap_or(NONE)
    }

    /// Puts a list into this order; what never appears stands behind the rest.
    fn sort<T>(&mut self, list: &mut Vec<T>) {
        let all: Vec<u32> = (0..list.len() as u32).collect();
        self.meet(&all);
        let mut numbered: Vec<(u32, T)> = self.new.iter().copied().zip(list.drain(..)).collect();
        numbered.sort_unstable_by_key(|(number, _)| *number);
        list.extend(numbered.into_iter().map(|(_, name)| name));
    }
}

/// New numbers, by what they number. Partners, links and customers stand in the order in which they were made, and
/// integrations are few.
pub(super) struct Numbering {
    pub(super) partners: Kept,
    pub(super) links: Kept,
    pub(super) customers: Kept,
    pub(super) integrations: Kept,
    pub(super) touches: Kept,
    pub(super) revenue: Kept,
    pub(super) groups: Order,
    pub(super) campaigns: Order,
    pub(super) channels: Order,
    pub(super) pages: Order,
    pub(super) coupons: Order,
    pub(super) products: Order,
    pub(super) opportunities: Order,
    pub(super) currencies: Order,
    pub(super) visitors: Order,
    pub(super) persons: Order,
}

impl Numbering {
    fn new() -> Self {
        let new = Order::default;
        Self {
            partners: Kept,
            links: Kept,
            customers: Kept,
            integrations: Kept,
            touches: Kept,
            revenue: Kept,
            groups: new(),
            campaigns: new(),
            channels: new(),
            pages: new(),
            coupons: new(),
            products: new(),
            opportunities: new(),
            currencies: new(),
            visitors: new(),
            persons: new(),
        }
    }

    /// The order of what the steps of a path name.
    pub(super) fn order(&self, by: Dimension) -> Option<&Order> {
        match by {
            Dimension::Campaign => Some(&self.campaigns),
            Dimension::Channel => Some(&self.channels),
            Dimension::Page => Some(&self.pages),
            Dimension::Coupon => Some(&self.coupons),
            Dimension::Partner | Dimension::Link | Dimension::Listing => None,
        }
    }

    pub(super) fn by(&mut self, by: Dimension) -> Option<&mut Order> {
        match by {
            Dimension::Campaign => Some(&mut self.campaigns),
            Dimension::Channel => Some(&mut self.channels),
            Dimension::Page => Some(&mut self.pages),
            Dimension::Coupon => Some(&mut self.coupons),
            Dimension::Partner | Dimension::Link | Dimension::Listing => None,
        }
    }
}

impl Log {
    /// The first day of every UTC month behind that of the first row, until the one behind that of the last.
    #[must_use]
    pub fn months(&self) -> Vec<Day> {
        let mut span: Option<(Month, Month)> = None;
        for when in self.when().iter().flatten() {
            for month in (0..when.len()).map(|row| when.day(row).month()) {
                let (first, last) = span.unwrap_or((month, month));
                span = Some((first.min(month), last.max(month)));
            }
        }
        let months = span.into_iter().flat_map(|(first, last)| first.0..=last.0);
        months.map(|month| Day::of((month + 1) / 12, (month + 1) % 12 + 1, 1)).collect()
    }

    /// By day, in ascending order, the rows of each table that stand before the first that is not before it. Tables
    /// without times, such as counted paths, have none.
    #[must_use]
    pub fn cuts(&self, days: &[Day]) -> Vec<Cut> {
        let tables = self.when();
        let mut cut = [0; TABLES];
        let reach = |day: &Day| {
            for (row, when) in cut.iter_mut().zip(&tables) {
                let Some(when) = when else { continue };
                while *row < when.len() && when.day(*row) < *day {
                    *row += 1;
                }
            }
            cut
        };
        days.iter().map(reach).collect()
    }

    /// Numbers anew what rows refer to, by when it first appears, month by month. Counts by day come first, as most of what
    /// a click carries is there long before somebody turns out to have clicked; a visitor is met when they became known.
    /// Visitors and persons are numbered from 0 on, as an [`Interner`](super::Interner) does. No figure depends on it.
    pub fn renumber_by_appearance(&mut self) {
        let mut numbers = Numbering::new();
        numbers.visitors.meet(&self.identities.visitor);
        let mut from = [0; TABLES];
        for until in self.cuts(&self.months()).into_iter().chain([self.lengths()]) {
            let rows: [Range<usize>; TABLES] = core::array::from_fn(|table| from[table]..until[table]);
            for (_, rows) in NAMES.iter().zip(&rows).filter(|(name, _)| **name == "clicks") {
                self.clicks.meet(rows.clone(), &mut numbers);
            }
            self.meet(rows, &mut numbers);
            from = until;
        }
        for (names, order) in [
            (&mut self.groups, &mut numbers.groups),
            (&mut self.campaigns, &mut numbers.campaigns),
            (&mut self.channels, &mut numbers.channels),
            (&mut self.pages, &mut numbers.pages),
            (&mut self.coupons, &mut numbers.coupons),
            (&mut self.products, &mut numbers.products),
            (&mut self.opportunities, &mut numbers.opportunities),
        ] {
            order.sort(names);
        }
        numbers.currencies.sort(&mut self.currencies);
        self.renumber(&numbers);
    }
}
