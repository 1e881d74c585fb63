//! Our own shapes: people, keys, and the log of changes.

use engine::id::{KeyId, MemberId, PartnerId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A person of the program or of a partner.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Identifier.
    pub id: MemberId,
    /// Whose person; `null` for the program's.
    pub partner_id: Option<PartnerId>,
    /// E-mail address, lower case.
    pub email: String,
    /// Name.
    pub name: String,
    /// `owner`, `marketer` or `finance`; of a partner's, `partner_admin` or `partner_member`.
    pub role: &'static str,
    /// When they were let in, RFC 3339.
    pub created_at: String,
}

/// `POST /api/members`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateMember {
    /// E-mail address.
    pub email: String,
    /// Name: 1 to 100 characters; the address where it is missing.
    #[serde(default)]
    pub name: Option<String>,
    /// See [`Member::role`].
    pub role: String,
    /// Whose person, where it is not the program's; of a partner's admin, the partner's in any case.
    #[serde(default)]
    pub partner_id: Option<PartnerId>,
}

/// `PATCH /api/members/{id}`: what is left out stays.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateMember {
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Role.
    #[serde(default)]
    pub role: Option<String>,
}

/// A key of the program.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Identifier.
    pub id: KeyId,
    /// Name.
    pub name: String,
    /// `secret` or `publishable`.
    pub kind: String,
    /// Its last characters; `null` for keys from before they were kept.
    pub hint: Option<String>,
    /// Of a secret key: what it may do.
    pub scopes: Vec<String>,
    /// Of a publishable key: the hosts of the pages that it may stand in; none are the program's allowed hosts.
    pub hosts: Vec<String>,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// When it was used last, to the minute.
    pub last_used_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// The key itself: in the answer that makes it, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// `POST /api/keys`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// Name: 1 to 100 characters.
    pub name: String,
    /// `secret` (where it is missing) or `publishable`.
    #[serde(default)]
    pub kind: Option<String>,
    /// Of a secret key, at least one.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Of a publishable key.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// `PATCH /api/keys/{id}`: what is left out stays.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateKey {
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Scopes, in the place of all it had.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// Hosts, in the place of all it had.
    #[serde(default)]
    pub hosts: Option<Vec<String>>,
}

/// A change, as it was logged.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// Its number: later changes have larger ones.
    pub id: u64,
    /// When, RFC 3339.
    pub at: String,
    /// Who: the identifier of a key, a person's e-mail address, or what of the program's own.
    pub actor: String,
    /// What was changed: `program`, `member`, `key`, `partner`, `group`, `coupon`, `link`, `link_tag`, `tag`, `folder`,
    /// `page`, `sign_in`.
    pub kind: String,
    /// Which: its identifier.
    pub target: String,
    /// `created`, `updated` or `deleted`.
    pub action: String,
    /// What of it was otherwise; all of it where it is gone, `null` where there was nothing.
    pub before: Option<Value>,
    /// What of it is new; `null` where it is gone.
    pub after: Option<Value>,
}
