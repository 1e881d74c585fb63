//! Which model and window decide, by kind of revenue. A policy has a version, and every figure names it.

use serde::{Deserialize, Serialize};

use crate::{credit::Model, fact::RevenueKind, time::Window};

/// Model and window of one kind of revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How credit is divided among the counted touches.
    pub model: Model,
    /// How far back a touch may lie.
    pub window: Window,
}

/// A program's rules. By default new business is credited to the first touch within 30 days, retention and expansion to
/// all touches alike within 90 (the catalogue, "How a win is a partner's").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Counts up with every change. 0 is a reader's own question, not a rule of the program.
    pub version: u32,
    /// For new business.
    pub new: Rule,
    /// For renewals and expansions.
    pub rest: Rule,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            new: Rule { model: Model::First, window: Window::MONTH },
            rest: Rule { model: Model::Linear, window: Window::QUARTER },
        }
    }
}

impl Policy {
    /// The rule for a kind of revenue. A refund is judged by the row that it takes back, never by itself.
    #[must_use]
    pub fn rule(&self, kind: RevenueKind) -> Rule {
        match kind {
            RevenueKind::New | RevenueKind::Refund => self.new,
            RevenueKind::Renewal | RevenueKind::Expansion => self.rest,
        }
    }

    /// The same policy as a question: with another model, another window, or both, for every kind of revenue. The version
    /// becomes 0 where that differs from the program's.
    #[must_use]
    pub fn asked(self, model: Option<Model>, window: Option<Window>) -> Self {
        let over = |rule: Rule| Rule { model: model.unwrap_or(rule.model), window: window.unwrap_or(rule.window) };
        let asked = Self { new: over(self.new), rest: over(self.rest), ..self };
        if asked == self { self } else { Self { version: 0, ..asked } }
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
        assert_eq!(asked.new, asked.rest);
        assert_eq!(policy.rule(RevenueKind::Renewal).model, Model::Linear);
    }
}
