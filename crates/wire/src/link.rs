//! Links as the people of the partner whose they are see, make and end them. The program's people have [`crate::dub::Link`].

use serde::{Deserialize, Serialize};

use crate::settings::LinksLimit;

/// All that a partner's people may say of a link that they make. Whatever else [`crate::dub::LinkFields`] has is the
/// program's to set.
pub const OWN_FIELDS: [&str; 6] = ["url", "key", "comments", "utm_campaign", "utm_content", "utm_term"];

/// `GET` and `POST /api/links` for a partner's people: a link of theirs, in the names of [`crate::dub::Link`]. What it
/// brought is in the feed; what the program files it under is not theirs to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnLink {
    /// Identifier.
    pub id: String,
    /// Host of its address.
    pub domain: String,
    /// Last segment of its address.
    pub key: String,
    /// Its address.
    pub short_link: String,
    /// Where it leads.
    pub url: String,
    /// Whose it is.
    pub partner_id: String,
    /// `live`, `paused` or `retired`.
    pub state: String,
    /// Whether the partner's people may change its state: they made it, and neither is it retired nor did the program pause it.
    pub changeable: bool,
    /// When it ends, RFC 3339.
    pub expires_at: Option<String>,
    /// Whether lists leave it out. It leads on.
    pub archived: bool,
    /// Notes; `null` for those on a link that the program made.
    pub comments: Option<String>,
    /// `utm_source`, as for the others where the link has one of its own: templates add to them.
    #[serde(rename = "utm_source")]
    pub utm_source: Option<String>,
    /// `utm_medium`.
    #[serde(rename = "utm_medium")]
    pub utm_medium: Option<String>,
    /// `utm_campaign`.
    #[serde(rename = "utm_campaign")]
    pub utm_campaign: Option<String>,
    /// `utm_term`.
    #[serde(rename = "utm_term")]
    pub utm_term: Option<String>,
    /// `utm_content`.
    #[serde(rename = "utm_content")]
    pub utm_content: Option<String>,
    /// When it was made, RFC 3339.
    pub created_at: String,
}

/// `PATCH /api/links/{id}` for a partner's people: all that they change of a link that they made.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UpdateOwnLink {
    /// `live`, `paused`, or `retired`, which is for good.
    pub state: String,
}

/// Within what a partner's people make links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LinkRules {
    /// Hosts that links may lead to: see [`crate::settings::ProgramSettings::allowed_hosts`]. Beside them, the partner's
    /// own landing pages.
    pub allowed_hosts: Vec<String>,
    /// With how many live links they make no further one.
    pub partner_links_limit: LinksLimit,
    /// How many live links the partner has, whoever made them.
    pub links: u64,
}
