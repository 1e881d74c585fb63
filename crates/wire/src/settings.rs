//! What a marketer may change about a program at any time: `GET` and `PATCH /api/program`.

use engine::text::Utm;
use serde::{Deserialize, Serialize};

/// The settings, as they are stored, cached and answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Hosts of short links beside the Worker's own: `go.example.com`; at most 10.
    pub domains: Vec<String>,
    /// Campaign parameters of every link that has none of its own. A value may name `{partner}`, `{link}` and `{group}`.
    pub utm: Utm,
    /// Schemes of apps that links may open on phones: `acme`; at most 10.
    pub app_schemes: Vec<String>,
    /// Whether the everyday names `ref` and `a` name a partner in an address, as `via` always does.
    pub generic_parameters: bool,
    /// Site key of Cloudflare Turnstile; landing pages ask it only where one is set, and the secret is in the environment.
    pub turnstile_site_key: Option<String>,
    /// Days for which a registered deal is protected, 1 to 365; 90 where none are set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_protection_days: Option<u16>,
    /// How many live links a partner may have, whoever made them, for its own people to make further ones.
    pub partner_links_limit: LinksLimit,
    /// Whether somebody may ask to be let into the program, at `/portal/apply`.
    pub applications: bool,
}

/// A number of links: 0 to 1000; 50 where none is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct LinksLimit(u16);

impl LinksLimit {
    /// The most that can be set.
    pub const MAX: u16 = 1000;

    /// So many links; `None` beyond [`LinksLimit::MAX`].
    #[must_use]
    pub const fn new(links: u16) -> Option<Self> {
        if links > Self::MAX { None } else { Some(Self(links)) }
    }

    /// The number of links.
    #[must_use]
    pub const fn count(self) -> u16 {
        self.0
    }
}

impl Default for LinksLimit {
    fn default() -> Self {
        Self(50)
    }
}

/// What `GET` and `PATCH /api/program` answer.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProgramSettings {
    /// Names this state of all below. Sent back with a change, it has that refused where somebody changed them meanwhile.
    pub version: String,
    /// Its name: 1 to 100 characters.
    pub name: String,
    /// Its site: `https://example.com`.
    pub url: String,
    /// Where a link leads that has nowhere else to lead: on the site's host or an allowed one.
    pub fallback_url: String,
    /// Its colour: `#rrggbb`.
    pub color: String,
    /// `opt_out`: cookies unless the visitor refuses; `opt_in`: none before the visitor agrees.
    pub consent: String,
    /// `masked` or `shown`: how partners read the names of customers.
    pub customer_names: String,
    /// Its currency, as it was set up.
    pub currency: String,
    /// Its IANA time zone, as it was set up.
    pub timezone: String,
    /// Hosts that links may lead to: `example.com`, or `*.example.com` for every one below it.
    pub allowed_hosts: Vec<String>,
    /// The rest.
    #[serde(flatten)]
    pub settings: Settings,
}

/// `PATCH /api/program`: what is given is replaced, the rest stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UpdateSettings {
    /// See [`ProgramSettings::version`]; without it, the last change stands.
    pub version: Option<String>,
    /// See [`ProgramSettings::name`].
    pub name: Option<String>,
    /// See [`ProgramSettings::url`].
    pub url: Option<String>,
    /// See [`ProgramSettings::fallback_url`].
    pub fallback_url: Option<String>,
    /// See [`ProgramSettings::color`].
    pub color: Option<String>,
    /// See [`ProgramSettings::consent`].
    pub consent: Option<String>,
    /// See [`ProgramSettings::customer_names`].
    pub customer_names: Option<String>,
    /// See [`ProgramSettings::allowed_hosts`]. Links that lead to a host that is no longer among them lead to the fallback.
    pub allowed_hosts: Option<Vec<String>>,
    /// See [`Settings::domains`].
    pub domains: Option<Vec<String>>,
    /// See [`Settings::utm`].
    pub utm: Option<Utm>,
    /// See [`Settings::app_schemes`].
    pub app_schemes: Option<Vec<String>>,
    /// See [`Settings::generic_parameters`].
    pub generic_parameters: Option<bool>,
    /// See [`Settings::turnstile_site_key`]; empty for none.
    pub turnstile_site_key: Option<String>,
    /// See [`Settings::deal_protection_days`].
    pub deal_protection_days: Option<i64>,
    /// See [`Settings::partner_links_limit`]: 0 to 1000.
    pub partner_links_limit: Option<u16>,
    /// See [`Settings::applications`].
    pub applications: Option<bool>,
}
