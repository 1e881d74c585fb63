//! Files that are brought in: `/api/imports`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::csv::mapping::{Field, Mapping};

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Held against what is recorded; nothing is written.
    Checked,
    /// Its new rows are recorded.
    Applied,
    /// What it had written is gone.
    Undone,
}

/// What a row is, beside what is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// Recorded already, by whichever door, and the same.
    Matched,
    /// Not recorded: applying the import records it.
    New,
    /// Said by a row above.
    Duplicate,
    /// Recorded, or said by a row above, with other contents.
    Conflicting,
    /// Cannot be read, or breaks a rule.
    Bad,
}

impl RowState {
    /// Whether such a row keeps an import from being applied, until somebody says to leave it out.
    #[must_use]
    pub const fn stops(self) -> bool {
        matches!(self, Self::Conflicting | Self::Bad)
    }
}

/// How many rows are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Counts {
    /// Recorded already.
    pub matched: u32,
    /// Not recorded.
    pub new: u32,
    /// Of those that are new: sales that may be recorded under another key, which `state=similar` lists.
    pub similar: u32,
    /// Said twice.
    pub duplicate: u32,
    /// Recorded with other contents.
    pub conflicting: u32,
    /// Cannot be read.
    pub bad: u32,
}

/// A file that was brought in.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Import {
    /// Its identifier.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// The file's name, as it was sent.
    pub name: Option<String>,
    /// The system whose export it is.
    pub preset: Option<String>,
    /// Which column says what. It is remembered: the next file with this header needs none.
    pub mapping: Mapping,
    /// The names of the columns.
    pub header: Vec<String>,
    /// What was recognised: `encoding`, `separator`, `decimal`, `units`, `dates`.
    pub recognised: serde_json::Map<String, serde_json::Value>,
    /// How many rows are what; once it is applied, what they were then.
    pub counts: Counts,
    /// What the new sales come to, less what was given back: minor units by currency.
    pub totals: BTreeMap<String, i64>,
    /// When it came.
    pub created_at: String,
    /// Who sent it: a key's identifier, or a person's e-mail address.
    pub created_by: String,
    /// When it was applied.
    pub applied_at: Option<String>,
    /// When it was undone.
    pub undone_at: Option<String>,
    /// Once it was undone: how many of its sales stayed, since somebody else told of them, too, by who that was: `api`,
    /// `facts`, `stripe`, or another `import`.
    pub kept: BTreeMap<String, u32>,
}

/// A row of a file.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportRow {
    /// The line on which it begins.
    pub line: u32,
    /// What it is.
    pub state: RowState,
    /// Why, where that is not plain.
    pub reason: Option<String>,
    /// Of a new row, what may be wrong with it all the same: it may be a sale that is recorded under another key.
    pub warning: Option<String>,
    /// What the cell that breaks a rule should say.
    pub field: Option<Field>,
    /// The key under which it counts once.
    pub key: Option<String>,
    /// Its cells, in the order of the header.
    pub cells: Vec<String>,
}
