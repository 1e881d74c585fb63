//! The attribution policy: `GET` and `POST /api/policies`.

use engine::{
    credit::Model,
    policy::{Claim, Direct, Policy, Precedence, Rule},
    time::{Millis, Time, Window},
};
use serde::{Deserialize, Serialize};

use crate::fact::{Fault, time, write_time};

/// Longest time within which a touch repeats another, in seconds: a day.
const COLLAPSE_MAX: u32 = 86_400;

/// Model and window of one kind of revenue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// The word of a model, as it stands in the console's address: `first`, `linear`, `markov1`.
    pub model: String,
    /// Days that a touch may lie back: 1 to 3650.
    pub window: u32,
}

/// A version of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PolicyVersion {
    /// Counts up from 1.
    pub version: u32,
    /// The first sale that it judges (RFC 3339).
    pub since: String,
    /// For new business.
    pub new: PolicyRule,
    /// For renewals.
    pub renewal: PolicyRule,
    /// For expansions.
    pub expansion: PolicyRule,
    /// What counts as a direct visit: `untagged` or `no_partner`.
    pub direct: &'static str,
    /// A touch that follows one of the same partner and kind within so many seconds repeats it.
    pub collapse: u32,
    /// `deal`, `coupon` and `link`, whose claim decides first at first.
    pub precedence: [&'static str; 3],
}

impl From<&Policy> for PolicyVersion {
    fn from(policy: &Policy) -> Self {
        let rule = |rule: Rule| PolicyRule { model: rule.model.word().to_owned(), window: rule.window.length().into() };
        Self {
            version: policy.version,
            since: write_time(policy.since.millis()),
            new: rule(policy.new),
            renewal: rule(policy.renewal),
            expansion: rule(policy.expansion),
            direct: direct(policy.direct),
            collapse: policy.collapse,
            precedence: <[Claim; 3]>::from(policy.precedence).map(Claim::word),
        }
    }
}

/// `POST /api/policies`. What is left out is as in the newest version.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AddPolicy {
    /// The newest version that the sender saw.
    pub version: u32,
    /// The first sale that the new one judges (RFC 3339); without it, those from now on.
    pub since: Option<String>,
    /// See [`PolicyVersion::new`].
    pub new: Option<PolicyRule>,
    /// See [`PolicyVersion::renewal`].
    pub renewal: Option<PolicyRule>,
    /// See [`PolicyVersion::expansion`].
    pub expansion: Option<PolicyRule>,
    /// See [`PolicyVersion::direct`].
    pub direct: Option<String>,
    /// See [`PolicyVersion::collapse`]: 0 to 86400.
    pub collapse: Option<u32>,
    /// See [`PolicyVersion::precedence`].
    pub precedence: Option<Vec<String>>,
}

impl AddPolicy {
    /// The version that follows on the newest one.
    ///
    /// # Errors
    /// Names the field and the rule.
    pub fn policy(self, newest: &Policy, now: Time) -> Result<Policy, Fault> {
        let since = self.since.as_deref().map_or(Ok(now), |text| time("since", text).map(Millis::time))?;
        if since < newest.since {
            let rule =
                format!("must not be before {}, when the newest version begins", write_time(newest.since.millis()));
            return Err(Fault::new("since", rule));
        }
        let claim =
            |word: &str| [Claim::Deal, Claim::Coupon, Claim::Link].into_iter().find(|claim| claim.word() == word);
        let precedence = match self.precedence {
            None => newest.precedence,
            Some(words) => {
                let order: Option<Vec<Claim>> = words.iter().map(|word| claim(word)).collect();
                let order = order.and_then(|order| order.try_into().ok()).and_then(Precedence::new);
                order.ok_or_else(|| Fault::new("precedence", "must hold deal, coupon and link, each once"))?
            }
        };
        let known = |word: &str| [Direct::Untagged, Direct::NoPartner].into_iter().find(|known| direct(*known) == word);
        let direct = self.direct.as_deref().map_or(Some(newest.direct), known);
        let direct = direct.ok_or_else(|| Fault::new("direct", "must be untagged or no_partner"))?;
        let collapse = self.collapse.unwrap_or(newest.collapse);
        if collapse > COLLAPSE_MAX {
            return Err(Fault::new("collapse", format!("must be from 0 to {COLLAPSE_MAX}")));
        }
        Ok(Policy {
            version: newest.version + 1,
            since,
            new: rule(["new.model", "new.window"], self.new, newest.new)?,
            renewal: rule(["renewal.model", "renewal.window"], self.renewal, newest.renewal)?,
            expansion: rule(["expansion.model", "expansion.window"], self.expansion, newest.expansion)?,
            direct,
            collapse,
            precedence,
        })
    }
}

/// The word of what counts as a direct visit.
fn direct(direct: Direct) -> &'static str {
    match direct {
        Direct::Untagged => "untagged",
        Direct::NoPartner => "no_partner",
    }
}

/// A rule as it is sent, or the one of before.
fn rule([model, window]: [&'static str; 2], sent: Option<PolicyRule>, before: Rule) -> Result<Rule, Fault> {
    let Some(sent) = sent else { return Ok(before) };
    let words = || Model::ALL.map(Model::word).join(", ");
    let days = u16::try_from(sent.window).ok().and_then(Window::days);
    // Weights of its own have no word: the word of the rule of before is that rule's model.
    let known = if sent.model == before.model.word() { Some(before.model) } else { Model::from_word(&sent.model) };
    let (least, most) = Window::BOUNDS;
    Ok(Rule {
        model: known.ok_or_else(|| Fault::new(model, format!("must be of {}", words())))?,
        window: days.ok_or_else(|| Fault::new(window, format!("must be from {least} to {most} days")))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(text: &str) -> Result<Policy, String> {
        let sent: AddPolicy = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let newest = Policy { since: Time(1_000), ..Policy::default() };
        sent.policy(&newest, Time(2_000)).map_err(|fault| fault.to_string())
    }

    #[test]
    fn what_is_left_out_stays() {
        let newest = Policy { version: 2, since: Time(2_000), ..Policy::default() };
        assert_eq!(add(r#"{"version":1}"#), Ok(newest));
        let changed =
            add(r#"{"version":1,"new":{"model":"shapley","window":3650},"precedence":["link","deal","coupon"]}"#);
        let policy = changed.unwrap_or_default();
        assert_eq!((policy.new.model, policy.new.window.length()), (Model::Shapley, 3650));
        assert_eq!(policy.precedence.rank(Claim::Link), 0);
        assert_eq!(policy.renewal, newest.renewal);
        let shown = PolicyVersion::from(&policy);
        assert_eq!((shown.new.model.as_str(), shown.since.as_str()), ("shapley", "1970-01-01T00:33:20.000Z"));
    }

    #[test]
    fn what_cannot_be_names_its_field() {
        for (text, field) in [
            (r#"{"version":1,"new":{"model":"best","window":30}}"#, "new.model: "),
            (r#"{"version":1,"renewal":{"model":"first","window":0}}"#, "renewal.window: "),
            (r#"{"version":1,"expansion":{"model":"first","window":70000}}"#, "expansion.window: "),
            (r#"{"version":1,"since":"tomorrow"}"#, "since: "),
            (r#"{"version":1,"since":"1970-01-01T00:00:00Z"}"#, "since: "),
            (r#"{"version":1,"direct":"any"}"#, "direct: "),
            (r#"{"version":1,"collapse":86401}"#, "collapse: "),
            (r#"{"version":1,"precedence":["deal","deal","link"]}"#, "precedence: "),
            (r#"{"version":1,"precedence":["deal"]}"#, "precedence: "),
        ] {
            assert!(add(text).is_err_and(|error| error.starts_with(field)), "{text}");
        }
    }
}
