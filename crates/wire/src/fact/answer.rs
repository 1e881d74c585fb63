//! What became of facts.

use serde::{Deserialize, Serialize};

/// What became of one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Written now.
    Recorded,
    /// Written before; nothing changed.
    Duplicate,
    /// Its identifier or its invoice stands for something else; nothing changed.
    Conflict,
    /// It breaks a rule; nothing was written.
    Invalid,
}

/// What became of a coupon that a lead or a sale names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CouponResult {
    /// The coupon, as it is written.
    pub code: String,
    /// `credited`, or why not: `unknown`, `not_yet_valid`, `expired` or `other_product`.
    pub status: String,
}

/// What became of one fact, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactResult {
    /// The fact's identifier, or its place in the batch (`#3`) where it has none.
    pub id: String,
    /// What became of it.
    pub status: Outcome,
    /// Why, for a conflict and for what is invalid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<crate::problem::ProblemBody>,
    /// What became of the coupon that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponResult>,
    /// Of what was recorded: what does not count with it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

/// The answer to `POST /api/facts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactsAnswer {
    /// How many were written.
    pub recorded: usize,
    /// How many had been before.
    pub duplicate: usize,
    /// How many contradict what is recorded.
    pub conflict: usize,
    /// How many break a rule.
    pub invalid: usize,
    /// One by one, in the order of the batch.
    pub results: Vec<FactResult>,
}

impl FactsAnswer {
    /// Counts what became of each fact.
    #[must_use]
    pub fn of(results: Vec<FactResult>) -> Self {
        let count = |outcome| results.iter().filter(|result| result.status == outcome).count();
        Self {
            recorded: count(Outcome::Recorded),
            duplicate: count(Outcome::Duplicate),
            conflict: count(Outcome::Conflict),
            invalid: count(Outcome::Invalid),
            results,
        }
    }
}
