//! Reading files that other programs wrote: comma-separated values of any habit, to what each row says.
//!
//! | room | charter |
//! |---|---|
//! | [`encoding`] | bytes to text |
//! | [`table`] | text to cells: separator, quotes, lines |
//! | [`amount`] | habits of writing money |
//! | [`date`] | habits of writing time |
//! | [`mapping`] | which column says what |
//! | [`preset`] | the columns that other systems export |
//! | [`row`] | what a row says |
//! | [`partner`] | what a row of a file of partners says |
//!
//! A habit is recognised from the whole column, never from one cell. Where a column can be read in two ways that differ,
//! the file is refused with the question that a mapping answers: nothing is guessed.

pub mod amount;
pub mod date;
pub mod encoding;
pub mod mapping;
pub mod partner;
pub mod preset;
pub mod row;
pub mod table;

use engine::money::Currency;

use crate::fact::Fault;
use mapping::{Field, Mapping};
use row::{Reader, Reading};
use table::Table;

/// Most bytes of a file.
pub const BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most rows of a file.
pub const ROWS_MAX: usize = 5_000;

/// What was recognised of a file, as its import shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recognised {
    /// The separator of cells.
    pub separator: char,
    /// The decimal sign, where any amount has one or groups of thousands: `point` or `comma`.
    pub decimal: Option<&'static str>,
    /// What amounts count: `major` units or `minor` ones.
    pub units: &'static str,
    /// How dates are written.
    pub dates: &'static str,
}

/// What every row of a file says, in its order, and by which habits they were read.
///
/// # Errors
/// Names what of the mapping does not fit the file, or asks what the file leaves open.
pub fn readings(table: &Table, mapping: &Mapping, own: Currency) -> Result<(Recognised, Vec<Outcome>), Fault> {
    let reader = Reader::new(table, mapping, own)?;
    let recognised = Recognised {
        separator: char::from(table.separator),
        decimal: reader.money.decimal.map(amount::Decimal::word),
        units: reader.money.units.word(),
        dates: reader.dates.word(),
    };
    Ok((recognised, table.rows.iter().map(|row| reader.read(row)).collect()))
}

/// What a row says, or why it says nothing.
pub type Outcome = Result<Reading, Bad>;

/// Why a row cannot be read: the rule that it breaks, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// What the cell should have said; `None` where it is the row's fault.
    pub field: Option<Field>,
    /// The rule.
    pub rule: String,
}

impl Bad {
    /// A rule that a cell breaks.
    pub fn new(field: Field, rule: impl core::fmt::Display) -> Self {
        Self { field: Some(field), rule: rule.to_string() }
    }
}

#[cfg(test)]
mod tests;
