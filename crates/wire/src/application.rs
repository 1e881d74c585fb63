//! Who asks to be let into the program: `/api/applications`.

use serde::{Deserialize, Serialize};

/// What somebody wrote into the form at `/portal/apply`, and what was decided.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Identifier.
    pub id: String,
    /// `waiting`, `approved` or `declined`.
    pub state: String,
    /// Where they are reached, and with which they will sign in. Nobody has proved yet that it is theirs.
    pub email: String,
    /// Who wrote.
    pub name: String,
    /// For which company.
    pub company: String,
    /// Its site, as they wrote it.
    pub website: Option<String>,
    /// What they wrote.
    pub message: Option<String>,
    /// The name of the partner whose address it is already.
    pub known_as: Option<String>,
    /// Whom they became.
    pub partner_id: Option<String>,
    /// Why it was decided so.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// Its version, which a decision names: it grows when they ask again with other words.
    pub version: u32,
    /// When they asked first.
    pub created_at: String,
}

/// `POST /api/applications/{id}/approve`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approve {
    /// The version that was seen.
    pub version: u32,
    /// The group that they come into.
    #[serde(default)]
    pub group_id: Option<String>,
}

/// `POST /api/applications/{id}/decline`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// The version that was seen.
    pub version: u32,
    /// Why, for the program's own people: 1 to 1000 characters.
    #[serde(default)]
    pub reason: Option<String>,
}
