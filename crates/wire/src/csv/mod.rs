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
//!
//! A habit is recognised from the whole column, never from one cell. Where a column can be read in two ways that differ,
//! the file is refused with the question that a mapping answers: nothing is guessed.

pub mod amount;
pub mod date;
pub mod encoding;
pub mod mapping;
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
    /// The encoding: `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`.
    pub encoding: &'static str,
    /// The separator of cells.
    pub separator: char,
    /// The decimal sign, where any amount has one or groups of thousands: `point` or `comma`.
    pub decimal: Option<&'static str>,
    /// What amounts count: `major` units or `minor` ones.
    pub units: &'static str,
    /// How dates are written.
    pub dates: &'static str,
}

/// A file as cells, before anybody knows what they mean.
#[derive(Debug, Clone)]
pub struct File {
    /// Its encoding.
    pub encoding: encoding::Encoding,
    /// Its header and rows.
    pub table: Table,
}

impl File {
    /// Reads bytes.
    ///
    /// # Errors
    /// `file: …`, what is wrong with it as a whole.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let (encoding, text) = encoding::decode(bytes)?;
        Ok(Self { encoding, table: Table::read(&text)? })
    }

    /// What every row says, in the order of the file, and by which habits they were read.
    ///
    /// # Errors
    /// Names what of the mapping does not fit the file, or asks what the file leaves open.
    pub fn readings(&self, mapping: &Mapping, currency: Currency) -> Result<(Recognised, Vec<Outcome>), Fault> {
        let reader = Reader::new(&self.table, mapping, currency)?;
        let recognised = Recognised {
            encoding: self.encoding.name(),
            separator: char::from(self.table.separator),
            decimal: reader.money.decimal.map(amount::Decimal::word),
            units: reader.money.units.word(),
            dates: reader.dates.word(),
        };
        Ok((recognised, self.table.rows.iter().map(|row| reader.read(row)).collect()))
    }
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
