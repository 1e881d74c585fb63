//! How a table of the log is declared: its columns, and what each of them refers to. A column of numbers has to say what it
//! numbers, so that none is forgotten where references are checked or written.

use serde::Serialize;

use super::{Broken, NONE, Numbers};
use crate::time::{Day, Time};

/// A column that a format may write shorter than its numbers are.
#[derive(Debug)]
pub enum Column<'a> {
    /// Times.
    Times(&'a mut [Time]),
    /// Days.
    Days(&'a mut [Day]),
    /// Numbers that may be [`NONE`].
    Optional(&'a mut Numbers),
    /// Likewise, those of a path.
    Steps(&'a mut [u32]),
}

/// Who is shown every column of a log, in the order in which a log is written.
pub trait Visitor {
    /// A list of names.
    fn names<T: Serialize>(&mut self, names: &[T]);

    /// A column of the `table`th table, and whether it holds times or days.
    fn column<T: Serialize>(&mut self, table: usize, column: &[T], is_time: bool);
}

/// When each row of a table was.
pub(super) enum When<'a> {
    Times(&'a [Time]),
    Days(&'a [Day]),
}

impl When<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Times(times) => times.len(),
            Self::Days(days) => days.len(),
        }
    }

    pub(super) fn day(&self, row: usize) -> Day {
        match self {
            Self::Times(times) => times[row].day(),
            Self::Days(days) => days[row],
        }
    }
}

/// Whether every number lies below `length`, or is [`NONE`] where that may be.
pub(super) fn within(name: &'static str, column: &[u32], length: usize, optional: bool) -> Result<(), Broken> {
    let fits = |i: &u32| (*i as usize) < length || optional && *i == NONE;
    if column.iter().all(fits) { Ok(()) } else { Err(Broken::Dangling(name)) }
}

/// A table of the log: the columns, and a row of them. `column: u32 => table` is a reference to a table of the log,
/// `=> visitors` and `=> persons` one to somebody of whom the log holds the number alone, `=> number` a number of another
/// kind, `| NONE` one that may be missing.
macro_rules! table {
    (
        $(#[$table_doc:meta])* $table:ident;
        $(#[$row_doc:meta])* $row:ident {
            $($(#[$doc:meta])* $column:ident: $type:ident $(=> $target:ident $(| $none:ident)?)?,)*
        }
    ) => {
        $(#[$table_doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $table { $($(#[$doc])* pub $column: super::columns::of!($type $($target $($none)?)?),)* }

        $(#[$row_doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $row { $($(#[$doc])* pub $column: $type,)* }

        impl $table {
            /// Adds a row.
            pub fn push(&mut self, row: $row) {
                $(self.$column.push(row.$column);)*
            }

            /// The row `i`.
            ///
            /// # Panics
            /// If there is no such row.
            #[must_use]
            pub fn get(&self, i: usize) -> $row {
                $row { $($column: self.$column[i].clone(),)* }
            }

            /// Every row, in order.
            pub fn iter(&self) -> impl Iterator<Item = $row> {
                (0..self.len()).map(|i| self.get(i))
            }

            /// How many rows: the length of the shortest column, and of every column once
            /// [`Log::check`](super::Log::check) has passed.
            #[must_use]
            pub fn len(&self) -> usize {
                [$(self.$column.len(),)*].into_iter().min().unwrap_or(0)
            }

            /// Whether there is none.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            pub(super) fn check(&self, log: &super::Log) -> Result<(), super::Broken> {
                if ![$(self.$column.len(),)*].windows(2).all(|pair| pair[0] == pair[1]) {
                    return Err(super::Broken::Ragged(stringify!($table)));
                }
                $(super::columns::check!(
                    self, log, concat!(stringify!($table), ".", stringify!($column)), self.$column,
                    $type $($target $($none)?)?
                );)*
                Ok(())
            }

            pub(super) fn each_column(&mut self, visit: &mut dyn FnMut(super::Column<'_>)) {
                // Some tables have no column to show.
                let _ = &visit;
                $(super::columns::visit!(visit, self.$column, $type $($target $($none)?)?);)*
            }

            /// When each row was, by its first column of times or days; `None` where there is none.
            pub(super) fn when(&self) -> Option<super::When<'_>> {
                None$(.or_else(|| super::columns::when!(self.$column, $type)))*
            }

            pub(super) fn show<V: super::Visitor>(&self, table: usize, to: &mut V) {
                $(super::columns::show!(to, table, self.$column, $type $($target $($none)?)?);)*
            }

            pub(super) fn meet(&self, rows: core::ops::Range<usize>, numbers: &mut super::appearance::Numbering) {
                // Some tables refer to nothing.
                let _ = (&rows, &numbers);
                $(super::columns::meet!(self, numbers, self.$column, rows, $type $($target $($none)?)?);)*
            }

            pub(super) fn renumber(&mut self, numbers: &super::appearance::Numbering) {
                let _ = &numbers;
                $(super::columns::renumber!(self, numbers, self.$column, $type $($target $($none)?)?);)*
            }
        }
    };
}

/// What holds a column.
macro_rules! of {
    (u32 $target:ident NONE) => { $crate::log::Numbers };
    ($type:ident $($target:ident)?) => { Vec<$type> };
}

/// Checks the references of a column.
macro_rules! check {
    ($this:tt, $log:ident, $name:expr, $column:expr, u32) => {
        compile_error!("a column of u32 says what it numbers")
    };
    ($this:tt, $log:ident, $name:expr, $column:expr, u32 number) => {};
    ($this:tt, $log:ident, $name:expr, $column:expr, u32 visitors $($none:ident)?) => {};
    ($this:tt, $log:ident, $name:expr, $column:expr, u32 persons $($none:ident)?) => {};
    ($this:tt, $log:ident, $name:expr, $column:expr, u32 $target:ident) => {
        super::columns::within($name, &$column, $log.$target.len(), false)?
    };
    ($this:tt, $log:ident, $name:expr, $column:expr, u32 $target:ident NONE) => {
        super::columns::within($name, $column.told().unwrap_or_default(), $log.$target.len(), true)?
    };
    // What a step refers to says the column beside it.
    ($this:tt, $log:ident, $name:expr, $column:expr, Steps $by:ident) => {
        for (by, steps) in $this.$by.iter().zip(&$column) {
            super::columns::within($name, steps, by.len($log), true)?;
        }
    };
    ($this:tt, $log:ident, $name:expr, $column:expr, $type:ident) => {};
}

/// Shows a column to a visitor, if it holds times, days or numbers that may be missing.
macro_rules! visit {
    ($visit:ident, $column:expr, Time) => {
        $visit(super::Column::Times(&mut $column))
    };
    ($visit:ident, $column:expr, Day) => {
        $visit(super::Column::Days(&mut $column))
    };
    ($visit:ident, $column:expr, u32 $target:ident NONE) => {
        $visit(super::Column::Optional(&mut $column))
    };
    ($visit:ident, $column:expr, Steps $by:ident) => {
        $column.iter_mut().for_each(|steps| $visit(super::Column::Steps(steps)))
    };
    ($visit:ident, $column:expr, $type:ident $($target:ident)?) => {};
}

/// A column as what says when each row was, if it does.
macro_rules! when {
    ($column:expr, Time) => {
        Some(super::When::Times(&$column))
    };
    ($column:expr, Day) => {
        Some(super::When::Days(&$column))
    };
    ($column:expr, $type:ident) => {
        None
    };
}

/// Shows a column to a [`Visitor`](super::Visitor).
macro_rules! show {
    ($to:ident, $table:ident, $column:expr, Time) => {
        $to.column($table, &$column, true)
    };
    ($to:ident, $table:ident, $column:expr, Day) => {
        $to.column($table, &$column, true)
    };
    ($to:ident, $table:ident, $column:expr, u32 $target:ident NONE) => {
        $to.column($table, &$column.iter().collect::<Vec<_>>(), false)
    };
    ($to:ident, $table:ident, $column:expr, $type:ident $($target:ident)?) => {
        $to.column($table, &$column, false)
    };
}

/// Meets what some rows of a column refer to.
macro_rules! meet {
    ($this:tt, $numbers:ident, $column:expr, $rows:ident, u32 number) => {};
    ($this:tt, $numbers:ident, $column:expr, $rows:ident, u32 $target:ident) => {
        $numbers.$target.meet(&$column[$rows.clone()])
    };
    ($this:tt, $numbers:ident, $column:expr, $rows:ident, u32 $target:ident NONE) => {
        if let Some(told) = $column.told() {
            $numbers.$target.meet(&told[$rows.clone()]);
        }
    };
    ($this:tt, $numbers:ident, $column:expr, $rows:ident, Steps $by:ident) => {
        for row in $rows.clone() {
            if let Some(order) = $numbers.by($this.$by[row]) {
                order.meet(&$column[row]);
            }
        }
    };
    ($this:tt, $numbers:ident, $column:expr, $rows:ident, $type:ident) => {};
}

/// Writes the new numbers of a column.
macro_rules! renumber {
    ($this:tt, $numbers:ident, $column:expr, u32 number) => {};
    ($this:tt, $numbers:ident, $column:expr, u32 $target:ident) => {
        $column.iter_mut().for_each(|number| *number = $numbers.$target.of(*number))
    };
    ($this:tt, $numbers:ident, $column:expr, u32 $target:ident NONE) => {
        if $column.told().is_some() {
            $column.replace(|number| $numbers.$target.of(number));
        }
    };
    ($this:tt, $numbers:ident, $column:expr, Steps $by:ident) => {
        for (by, steps) in $this.$by.iter().zip(&mut $column) {
            if let Some(order) = $numbers.order(*by) {
                steps.iter_mut().for_each(|number| *number = order.of(*number));
            }
        }
    };
    ($this:tt, $numbers:ident, $column:expr, $type:ident) => {};
}

pub(super) use {check, meet, of, renumber, show, table, visit, when};
