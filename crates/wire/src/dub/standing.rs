//! How a partner stands in the program, in Dub's words.

use serde::{Deserialize, Serialize};

/// Why a partner is banned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BanReason {
    /// The terms of service were broken.
    TosViolation,
    /// What the partner publishes is not fit.
    InappropriateContent,
    /// Visits that nobody made.
    FakeTraffic,
    /// Fraud.
    Fraud,
    /// Spam.
    Spam,
    /// The brand was used without leave.
    BrandAbuse,
}

impl BanReason {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TosViolation => "tos_violation",
            Self::InappropriateContent => "inappropriate_content",
            Self::FakeTraffic => "fake_traffic",
            Self::Fraud => "fraud",
            Self::Spam => "spam",
            Self::BrandAbuse => "brand_abuse",
        }
    }
}

/// How a partner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In the program.
    Approved,
    /// Out of it; what was earned stays.
    Deactivated,
    /// Thrown out; what was not paid is canceled.
    Banned(BanReason),
}

impl Standing {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Deactivated => "deactivated",
            Self::Banned(_) => "banned",
        }
    }

    /// Why, of a ban.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Banned(reason) => Some(reason.word()),
            Self::Approved | Self::Deactivated => None,
        }
    }
}

/// `POST /partners/ban`, `/partners/deactivate` and, ours, `/partners/reactivate`: which partner, and why one is banned.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ChangeStanding {
    /// Our identifier of the partner.
    pub partner_id: Option<String>,
    /// The sender's, where ours is not sent.
    pub tenant_id: Option<String>,
    /// Of a ban: why.
    pub reason: Option<BanReason>,
}

/// Whose standing was changed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StandingChanged {
    /// Our identifier of the partner.
    pub partner_id: String,
}
