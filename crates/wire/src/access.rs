//! Our own shapes: people, keys, and the log of changes.

use engine::id::{KeyId, MemberId, PartnerId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Every scope that a key may have, and what it is for.
pub const SCOPES: [(&str, &str); 34] = [
    ("program:read", "See the program's settings"),
    ("program:write", "Change the program's settings"),
    ("partners:read", "See partners and their groups"),
    ("partners:write", "Enrol and change partners and their groups"),
    ("links:read", "See links, tags and folders"),
    ("links:write", "Make, change and remove links, tags and folders"),
    ("coupons:read", "See coupons"),
    ("coupons:write", "Make, change and remove coupons"),
    ("pages:read", "See landing pages, drafts among them"),
    ("pages:write", "Write and publish landing pages"),
    ("customers:read", "See customers by name"),
    ("customers:write", "Change and join customers"),
    ("conversions:write", "Record leads and sales"),
    ("facts:read", "Read the feed, and take the facts away as files"),
    ("facts:write", "Record facts of any kind"),
    ("facts:backdate", "Record facts that are older than a day"),
    ("imports:write", "Bring files in, and undo that"),
    ("commissions:read", "See commissions"),
    ("commissions:write", "Change commissions, and decide on what is held"),
    ("deals:read", "See deals"),
    ("deals:write", "Register deals, and tell of them"),
    ("deals:decide", "Approve, reject and extend deals"),
    ("statements:read", "See statements"),
    ("statements:close", "Close a month"),
    ("webhooks:read", "See where webhooks go, and what became of each"),
    ("webhooks:write", "Say where webhooks go, and send them again"),
    ("tokens:write", "Make tokens of widgets"),
    ("sign-in-links:write", "Make links that sign people in"),
    ("members:read", "See who may sign in"),
    ("members:write", "Let people in, and show them out"),
    ("keys:read", "See keys"),
    ("keys:write", "Make, change and revoke keys"),
    ("audit:read", "See who changed what"),
    ("views:write", "Save views of the console, and delete them"),
];

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
    /// The role that was seen, unless it is written over whatever it is by now.
    #[serde(default)]
    pub before: Option<String>,
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
