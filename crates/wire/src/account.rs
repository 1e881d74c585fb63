//! Our own shapes: setting a program up, signing in, and who is signed in.

use engine::id::{MemberId, PartnerId, ProgramId};
use serde::{Deserialize, Serialize};

use crate::link::LinkRules;

/// `POST /api/setup`: the first call on an empty instance.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Setup {
    /// The program.
    pub program: SetupProgram,
    /// Its first marketer.
    pub owner: SetupOwner,
}

/// A program to set up.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SetupProgram {
    /// Name of the vendor, as prospects and partners know it: 1 to 100 characters.
    pub name: String,
    /// The vendor's site.
    pub url: String,
    /// Currency of the program's figures; USD where it is missing.
    #[serde(default)]
    pub currency: Option<String>,
    /// IANA time zone; UTC where it is missing.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Hosts that links may lead to, beside our own: `example.com`, `*.example.com`. Where it is missing, the site's own.
    #[serde(default)]
    pub allowed_hosts: Option<Vec<String>>,
    /// Brand colour, `#rrggbb`.
    #[serde(default)]
    pub color: Option<String>,
    /// Where visitors go when a link cannot be resolved; the site where it is missing.
    #[serde(default)]
    pub fallback_url: Option<String>,
    /// `opt_out` (cookies unless refused; the default) or `opt_in` (none until agreed).
    #[serde(default)]
    pub consent: Option<String>,
    /// `masked` (the default) or `shown`: customers' names as partners see them.
    #[serde(default)]
    pub customer_names: Option<String>,
}

/// The first marketer.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetupOwner {
    /// E-mail address.
    pub email: String,
    /// Name.
    pub name: String,
}

/// The answer to `POST /api/setup`. The keys are shown here and never again.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SetupAnswer {
    /// The program.
    pub program: Named,
    /// Secret key, all scopes.
    pub api_key: String,
    /// Key that may stand in a page: it records leads and reads nothing.
    pub publishable_key: String,
}

/// The answer to `POST /api/restore` while lines are still to come.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Restored {
    /// How many rows have come.
    pub rows: u64,
}

/// An identifier and a name.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Named {
    /// Identifier.
    pub id: ProgramId,
    /// Name.
    pub name: String,
}

/// `POST /api/sign-in-links`: for one person, by identifier, by e-mail address (with the partner's identifier, one of
/// the partner's people), as the first admin of a partner, or as the program's marketer.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignInLinkRequest {
    /// The person who is to sign in.
    #[serde(default)]
    pub member_id: Option<MemberId>,
    /// Their e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The partner whose person it is; alone, the partner's first admin.
    #[serde(default)]
    pub partner_id: Option<PartnerId>,
    /// `marketer`: the first marketer or, where there is none, the owner, who is a marketer then.
    #[serde(default)]
    pub role: Option<String>,
    /// Seconds, 60 to 2,592,000 (30 days); 900 where it is missing.
    #[serde(default)]
    pub expires_in: Option<u32>,
    /// How often it may be used, 1 to 1000; once where it is missing.
    #[serde(default)]
    pub uses: Option<u32>,
}

/// A link that signs in.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignInLink {
    /// The address.
    pub url: String,
    /// When it ends, RFC 3339.
    pub expires_at: String,
}

/// `GET /api/session`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionAnswer {
    /// Who is signed in.
    pub member_id: MemberId,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// `owner`, `marketer`, `finance`, `partner_admin` or `partner_member`.
    pub role: &'static str,
    /// What they may do, in the words of keys' scopes.
    pub scopes: Vec<&'static str>,
    /// Whose they are; `null` for the program's.
    pub partner_id: Option<PartnerId>,
    /// Within what a partner's people make links; `null` for the program's.
    pub link_rules: Option<LinkRules>,
    /// The program.
    pub program: Named,
}
