//! How a table of the log is declared: its columns, and what each of them refers to. A column of numbers has to say what it
//! numbers, so that none is forgotten where references are checked or written.

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

/// Whether every number lies below `length`, or is [`NONE`] where that may be.
pub(super) fn within(name: &'static str, column: &[u32], length: usize, optional: bool) -> Result<(), Broken> {
    let fits = |i: &u32| (*i as usize) < length || optional && *i == NONE;
    if column.iter().all(fits) { Ok(()) } else { Err(Broken::Dangling(name)) }
}

/// A table of the log: the columns, and a row of them. `column: u32 => table` is a reference to a table of the log,
/// `=> number` a number of another kind, `| NONE` one that may be missing.
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
    ($this:tt, $log:ident, $name:expr, $column:expr, u32 number $($none:ident)?) => {};
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

pub(super) use {check, of, table, visit};
