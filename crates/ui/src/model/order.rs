//! The order of a table's rows.

use engine::{kpi::Deal, log::Log};

/// A column of the table of deals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Customer's name.
    Customer,
    /// How far it has come.
    Stage,
    /// How it is the partner's.
    Class,
    /// Net revenue.
    Revenue,
    /// The partner's credit.
    Credit,
    /// When something last happened.
    Last,
}

/// What a table can be sorted by.
pub trait Head: Copy + PartialEq {
    /// Whether the first press has what is large at the top: then that is the most interesting.
    fn falls(self) -> bool;
}

impl Head for Column {
    fn falls(self) -> bool {
        self.is_number() || self == Self::Stage
    }
}

/// A column and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<C = Column> {
    /// By what.
    pub column: C,
    /// Whether the small comes last.
    pub descending: bool,
}

impl Column {
    /// Every column, from left to right.
    pub const ALL: [Self; 6] = [Self::Customer, Self::Stage, Self::Class, Self::Revenue, Self::Credit, Self::Last];

    /// Those that a reader may leave out: without its customer no row says what it is about.
    pub const OPTIONAL: [Self; 5] = [Self::Stage, Self::Class, Self::Revenue, Self::Credit, Self::Last];

    /// Its word in the address and the styles.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Stage => "stage",
            Self::Class => "class",
            Self::Revenue => "revenue",
            Self::Credit => "credit",
            Self::Last => "last",
        }
    }

    /// Whether the column holds numbers.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Revenue | Self::Credit | Self::Last)
    }
}

impl Default for Order {
    fn default() -> Self {
        Self { column: Column::Last, descending: true }
    }
}

impl<C: Head> Order<C> {
    /// The order after a press on a column's head: turned round, or by that column, the most interesting first.
    #[must_use]
    pub fn pressed(self, column: C) -> Self {
        if self.column == column {
            Self { descending: !self.descending, ..self }
        } else {
            Self { column, descending: column.falls() }
        }
    }

    /// What `aria-sort` says of a column.
    #[must_use]
    pub fn aria(self, column: C) -> &'static str {
        match (self.column == column, self.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }
}

impl Order {
    /// The positions of deals in this order; equal ones keep the order of the report.
    #[must_use]
    pub fn positions(self, log: &Log, deals: &[Deal]) -> Vec<usize> {
        let mut rows = match self.column {
            Column::Customer => ranked(deals.iter().map(|deal| log.customers[deal.customer as usize].to_lowercase())),
            Column::Stage => ranked_by(deals, self.descending, |deal| deal.stage as i64),
            // No class stands behind the weakest: the strongest is the smallest.
            Column::Class => {
                ranked_by(deals, self.descending, |deal| deal.class.map_or(i64::MAX, |class| class as i64))
            }
            Column::Revenue => ranked_by(deals, self.descending, |deal| deal.revenue),
            Column::Credit => ranked_by(deals, self.descending, |deal| deal.credit),
            Column::Last => ranked_by(deals, self.descending, |deal| i64::from(deal.last.0)),
        };
        if self.column == Column::Customer && self.descending {
            rows.reverse();
        }
        rows
    }
}

fn ranked_by(deals: &[Deal], descending: bool, key: fn(&Deal) -> i64) -> Vec<usize> {
    descending_or_not(deals.iter().map(key), descending)
}

/// The positions of numbers in order; equal ones keep theirs.
#[must_use]
pub fn descending_or_not(keys: impl Iterator<Item = i64>, descending: bool) -> Vec<usize> {
    // All bits turned round, so also for the smallest number there is.
    ranked(keys.map(|key| if descending { !key } else { key }))
}

/// The positions of keys in ascending order; equal ones keep theirs. One code for all tables: a sort is large.
pub(super) fn ranked<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<usize> {
    let mut rows: Vec<(K, usize)> = keys.enumerate().map(|(i, key)| (key, i)).collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, i)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filters::Filters, model::loaded::Loaded, model::sample};

    #[test]
    fn every_column_sorts_both_ways() {
        let loaded = Loaded::new(sample::program_feed());
        let report = loaded.report(&Filters::default(), None);
        let by = |column, descending| {
            let rows = Order { column, descending }.positions(&loaded.log, loaded.deals(&report));
            rows.into_iter().map(|i| &loaded.deals(&report)[i]).collect::<Vec<_>>()
        };
        assert!(by(Column::Revenue, false).is_sorted_by_key(|d| d.revenue));
        assert!(by(Column::Credit, true).is_sorted_by_key(|d| core::cmp::Reverse(d.credit)));
        assert!(by(Column::Stage, false).is_sorted_by_key(|d| d.stage));
        assert!(by(Column::Last, true).is_sorted_by_key(|d| core::cmp::Reverse(d.last)));
        let names = |deals: Vec<&Deal>| -> Vec<String> {
            deals.iter().map(|d| loaded.log.customers[d.customer as usize].to_lowercase()).collect()
        };
        assert!(names(by(Column::Customer, false)).is_sorted());
        assert!(names(by(Column::Customer, true)).iter().rev().is_sorted());
        assert!(by(Column::Class, false).last().is_some_and(|d| d.class.is_none()));
    }

    #[test]
    fn equal_rows_keep_their_order_both_ways() {
        assert_eq!(descending_or_not([2, 1, 2, i64::MIN].into_iter(), false), [3, 1, 0, 2]);
        assert_eq!(descending_or_not([2, 1, 2, i64::MIN].into_iter(), true), [0, 2, 1, 3]);
    }

    #[test]
    fn a_second_press_turns_round() {
        let order = Order::default().pressed(Column::Revenue);
        assert_eq!(order, Order { column: Column::Revenue, descending: true });
        assert_eq!(order.pressed(Column::Revenue).aria(Column::Revenue), "ascending");
        assert_eq!(order.aria(Column::Last), "none");
        assert_eq!(order.pressed(Column::Customer).aria(Column::Customer), "ascending");
    }
}
