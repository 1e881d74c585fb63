//! Which touches count and how credit is divided, by kind of revenue. A policy has a version, and every credit names it.

use serde::{Deserialize, Serialize};

use crate::{
    credit::Model,
    fact::{RevenueKind, TouchKind},
    order,
    time::{Time, Window},
};

/// Model and window of one kind of revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How credit is divided among the counted touches.
    pub model: Model,
    /// How far back a touch may lie.
    pub window: Window,
}

/// What counts as a direct visit, for the last non-direct model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direct {
    /// A touch that nothing brought: no partner, link, campaign or coupon, and no channel but
    /// [`DIRECT`](crate::log::DIRECT).
    #[default]
    Untagged,
    /// Any touch without a partner.
    NoPartner,
}

/// By what a partner claims a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// A registered deal.
    Deal,
    /// A coupon.
    Coupon,
    /// A link, a listing or a landing page.
    Link,
}

impl Claim {
    /// The claim that a touch makes; `None` for what never overrules nor is overruled.
    #[must_use]
    pub const fn of(kind: TouchKind) -> Option<Self> {
        match kind {
            TouchKind::DealRegistration => Some(Self::Deal),
            TouchKind::Coupon => Some(Self::Coupon),
            TouchKind::Click | TouchKind::Landing | TouchKind::Listing => Some(Self::Link),
            TouchKind::Introduction | TouchKind::CoSell | TouchKind::Email | TouchKind::Webinar | TouchKind::Asset => {
                None
            }
        }
    }

    /// Its word, as it is stored and sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deal => "deal",
            Self::Coupon => "coupon",
            Self::Link => "link",
        }
    }

    /// The name on a page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Deal => "a registered deal",
            Self::Coupon => "a coupon",
            Self::Link => "a link",
        }
    }
}

/// Which claim decides when those of several partners disagree: an order of all three, strongest first.
///
/// For a sale, the strongest claim that any partner has decides: weaker claims of *other* partners do not count for it.
/// Partners whose strongest claims are alike share as the model says. What is no claim (an introduction, a webinar) is
/// never set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "[Claim; 3]", into = "[Claim; 3]")]
pub struct Precedence([Claim; 3]);

impl Precedence {
    /// An order; `None` unless each claim stands in it once.
    #[must_use]
    pub fn new(order: [Claim; 3]) -> Option<Self> {
        let [a, b, c] = order;
        (a != b && b != c && a != c).then_some(Self(order))
    }

    /// 0 for the strongest claim.
    #[must_use]
    pub fn rank(self, claim: Claim) -> usize {
        self.0.iter().position(|c| *c == claim).unwrap_or(self.0.len())
    }
}

impl Default for Precedence {
    fn default() -> Self {
        Self([Claim::Deal, Claim::Coupon, Claim::Link])
    }
}

impl TryFrom<[Claim; 3]> for Precedence {
    type Error = &'static str;

    fn try_from(order: [Claim; 3]) -> Result<Self, Self::Error> {
        Self::new(order).ok_or("must hold deal, coupon and link, each once")
    }
}

impl From<Precedence> for [Claim; 3] {
    fn from(precedence: Precedence) -> Self {
        precedence.0
    }
}

/// A program's rules. By default new business is credited to the first touch within 30 days, retention and expansion to
/// all touches alike within 90 (the catalogue, "How a win is a partner's").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Counts up with every change. 0 is a reader's own question, not a rule of the program.
    pub version: u32,
    /// The first sale that it judges.
    pub since: Time,
    /// For new business.
    pub new: Rule,
    /// For renewals.
    pub renewal: Rule,
    /// For expansions.
    pub expansion: Rule,
    /// What counts as a direct visit.
    pub direct: Direct,
    /// A touch of the same partner and kind that follows a counted one within so many seconds repeats it, and does
    /// not count; 0 collapses nothing beyond what was set aside when it was recorded.
    pub collapse: u32,
    /// Whose claim decides when partners disagree.
    pub precedence: Precedence,
}

impl Default for Policy {
    fn default() -> Self {
        let rest = Rule { model: Model::Linear, window: Window::QUARTER };
        Self {
            version: 1,
            since: Time(0),
            new: Rule { model: Model::First, window: Window::MONTH },
            renewal: rest,
            expansion: rest,
            direct: Direct::default(),
            collapse: 0,
            precedence: Precedence::default(),
        }
    }
}

impl Policy {
    /// The rule for a kind of revenue. A refund is judged by the row that it takes back, never by itself.
    #[must_use]
    pub fn rule(&self, kind: RevenueKind) -> Rule {
        match kind {
            RevenueKind::New | RevenueKind::Refund => self.new,
            RevenueKind::Renewal => self.renewal,
            RevenueKind::Expansion | RevenueKind::Upsell | RevenueKind::CrossSell => self.expansion,
        }
    }

    /// The rules of every kind of revenue: new, renewal, expansion.
    #[must_use]
    pub fn rules(&self) -> [Rule; 3] {
        [self.new, self.renewal, self.expansion]
    }

    /// Whether a rule needs everybody's journeys ([`Model::is_data_driven`]).
    #[must_use]
    pub fn is_data_driven(&self) -> bool {
        self.rules().iter().any(|rule| rule.model.is_data_driven())
    }

    /// The same policy as a question: with another model, another window, or both, for every kind of revenue. The version
    /// becomes 0 where that differs from the program's.
    #[must_use]
    pub fn asked(self, model: Option<Model>, window: Option<Window>) -> Self {
        let over = |rule: Rule| Rule { model: model.unwrap_or(rule.model), window: window.unwrap_or(rule.window) };
        let asked = Self { new: over(self.new), renewal: over(self.renewal), expansion: over(self.expansion), ..self };
        if asked == self { self } else { Self { version: 0, ..asked } }
    }
}

/// Every version of a program's rules: a sale is judged by the version in force when it happened, and so is what is later
/// taken back of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Policy>", into = "Vec<Policy>")]
pub struct Policies(Vec<Policy>);

impl Policies {
    /// Versions in any order; `None` for none at all.
    #[must_use]
    pub fn new(versions: Vec<Policy>) -> Option<Self> {
        let mut order: Vec<u32> = (0..versions.len() as u32).collect();
        order::sort(&mut order, |i| order::pair(versions[i as usize].since.0, versions[i as usize].version));
        (!versions.is_empty()).then(|| Self(order.into_iter().map(|i| versions[i as usize]).collect()))
    }

    /// The version in force at a time; the first one before there was any.
    #[must_use]
    pub fn at(&self, time: Time) -> &Policy {
        let later = self.0.partition_point(|policy| policy.since <= time);
        &self.0[later.saturating_sub(1)]
    }

    /// The latest version.
    #[must_use]
    pub fn latest(&self) -> &Policy {
        self.at(Time(u32::MAX))
    }

    /// Every version, the earliest first.
    #[must_use]
    pub fn versions(&self) -> &[Policy] {
        &self.0
    }

    /// Whether the same touches count under both, whatever the models.
    #[must_use]
    pub fn count_alike(&self, other: &Self) -> bool {
        let counts = |policy: &Policy| {
            (policy.since, policy.rules().map(|rule| rule.window), policy.collapse, policy.precedence)
        };
        self.0.iter().map(counts).eq(other.0.iter().map(counts))
    }

    /// [`Policy::asked`] of every version. With a model and a window the question is one for all times.
    #[must_use]
    pub fn asked(&self, model: Option<Model>, window: Option<Window>) -> Self {
        Self(self.0.iter().map(|policy| policy.asked(model, window)).collect())
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self(vec![Policy::default()])
    }
}

impl From<Policy> for Policies {
    fn from(policy: Policy) -> Self {
        Self(vec![policy])
    }
}

impl TryFrom<Vec<Policy>> for Policies {
    type Error = &'static str;

    fn try_from(versions: Vec<Policy>) -> Result<Self, Self::Error> {
        Self::new(versions).ok_or("must hold a version")
    }
}

impl From<Policies> for Vec<Policy> {
    fn from(policies: Policies) -> Self {
        policies.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_not_the_programs_rule() {
        let policy = Policy::default();
        assert_eq!(policy.asked(None, None), policy);
        let asked = policy.asked(Some(Model::Last), Window::days(7));
        assert_eq!(asked.version, 0);
        assert_eq!(asked.new, asked.renewal);
        assert_eq!(policy.rule(RevenueKind::Renewal).model, Model::Linear);
    }

    #[test]
    fn a_sale_is_judged_by_the_version_of_its_time() {
        let (one, two) = (Policy::default(), Policy { version: 2, since: Time(100), ..Policy::default() });
        let policies = Policies::new(vec![two, one]).unwrap_or_default();
        assert_eq!(policies.at(Time(99)).version, 1);
        assert_eq!(policies.at(Time(100)).version, 2);
        assert_eq!(policies.latest().version, 2);
        assert!(Policies::new(Vec::new()).is_none());
    }

    #[test]
    fn an_order_holds_each_claim_once() {
        assert_eq!(Precedence::new([Claim::Deal, Claim::Deal, Claim::Link]), None);
        assert_eq!(Precedence::default().rank(Claim::Coupon), 1);
    }
}
