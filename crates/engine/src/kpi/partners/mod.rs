//! Partners: who joined, who does something, and what comes of it.
//!
//! What partners do carries neither link nor campaign nor integration: those that are asked for do not change these
//! figures, where no word is said about it.

mod enablement;
mod engagement;
mod marketing;
mod program;
mod scorecard;

pub(super) use engagement::{LAST_ACTIVITY, last_activities};
pub(super) use program::joined;
pub use scorecard::{Score, scores};

use super::Definition;

/// Those of joint marketing, which follow from a partner's own part of the facts.
pub const JOINT: [Definition; 5] =
    [marketing::OPEN_RATE, marketing::CLICK_THROUGH, marketing::ATTENDANCE, marketing::ASSETS, marketing::LEADS];

/// The definitions, in the order of the catalogue.
pub const DEFINITIONS: &[Definition] = &[
    program::PARTNERS,
    program::ACTIVATION,
    engagement::VOLUME,
    LAST_ACTIVITY,
    engagement::PENETRATION,
    engagement::RETENTION,
    enablement::CERTIFIED,
    enablement::TRAINING_SESSIONS,
    enablement::SANDBOX_USE,
    marketing::OPEN_RATE,
    marketing::CLICK_THROUGH,
    marketing::ATTENDANCE,
    marketing::ASSETS,
    marketing::LEADS,
    scorecard::SCORECARD,
];
