//! Saved views of the console: `/api/views`.

use serde::{Deserialize, Serialize};

/// Most characters of a view's name.
pub const NAME_MAX: usize = 100;
/// Most bytes of a view's query.
pub const QUERY_MAX: usize = 2_000;

/// A view that has a name.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Identifier.
    pub id: String,
    /// Its name, which no other view has in any case of its letters.
    pub name: String,
    /// The query of the console's address, without its mark; empty for the overview as it opens.
    pub query: String,
    /// Who saved it: a person's e-mail address, or the identifier of a key.
    pub made_by: String,
    /// When, RFC 3339.
    pub created_at: String,
}

/// `POST /api/views`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateView {
    /// 1 to 100 characters.
    pub name: String,
    /// At most 2,000 bytes of printable ASCII, as an address has it.
    pub query: String,
}
