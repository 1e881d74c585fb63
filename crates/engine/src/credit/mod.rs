//! How the amount of a conversion is divided among the touches that count for it: one model a file.
//!
//! A model gives integer weights for `n` touches in time order; [`split`] turns them into
//! minor units that add up exactly. Definitions: the attribution notes of the project, table "Models".

mod first;
mod last;
mod linear;

use serde::{Deserialize, Serialize};

use crate::{
    journey::{Journeys, counted},
    log::{Log, NONE},
    money::split,
    policy::Policy,
};

/// An attribution model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// The same to each touch.
    Linear,
}

impl Model {
    /// Every model, in the order of a menu.
    pub const ALL: [Self; 3] = [Self::First, Self::Last, Self::Linear];

    /// The word in an address.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Linear => "linear",
        }
    }

    /// The name on a page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::First => "First touch",
            Self::Last => "Last touch",
            Self::Linear => "Linear",
        }
    }

    /// What the model does, in one sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::First => "The first counted touch receives the whole amount.",
            Self::Last => "The last counted touch receives the whole amount.",
            Self::Linear => "Every counted touch receives the same share.",
        }
    }

    /// The model with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.word() == word)
    }

    /// Relative weights of `n` touches in time order; empty for none.
    #[must_use]
    pub fn weights(self, n: usize) -> Vec<u32> {
        match self {
            Self::First => first::weights(n),
            Self::Last => last::weights(n),
            Self::Linear => linear::weights(n),
        }
    }
}

/// What one touch earned from one row of revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    /// Row of [`crate::log::Touches`].
    pub touch: u32,
    /// Minor units; negative where a refund takes back.
    pub amount: i64,
}

/// The credits of every row of revenue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credits {
    /// Where the credits of row `i` begin: `starts[i]..starts[i + 1]`.
    starts: Vec<u32>,
    lines: Vec<Credit>,
}

impl Credits {
    /// Divides every row of revenue under a policy.
    ///
    /// A sale goes to the touches that count for it. A refund takes back from the very touches that its sale paid, and is
    /// the difference between the division of what was left before it and of what is left after it: so after every refund
    /// the credits are exactly the division of the remaining amount, and a full refund leaves nobody a cent. A refund
    /// whose sale is not recorded, and a sale with no counted touch, credit nobody.
    #[must_use]
    pub fn compute(log: &Log, journeys: &Journeys, policy: &Policy) -> Self {
        let revenue = &log.revenue;
        let refunds = revenue.refunds_of();
        let mut of_row: Vec<Vec<Credit>> = vec![Vec::new(); revenue.len()];
        for row in 0..revenue.len() {
            if revenue.kind[row] == crate::fact::RevenueKind::Refund {
                continue;
            }
            let rule = policy.rule(revenue.kind[row]);
            let touches: Vec<u32> =
                counted(log, journeys.of(revenue.customer[row]), revenue.at[row], rule.window).collect();
            if touches.is_empty() {
                continue;
            }
            let weights = rule.model.weights(touches.len());
            let mut left = revenue.amount[row];
            let mut parts = split(left, &weights);
            of_row[row] = lines(&touches, parts.iter().copied());
            for refund in &refunds[row] {
                // More than was paid cannot be taken from anybody: the rest stays unattributed.
                left = (left - revenue.amount[*refund as usize]).max(0);
                let after = split(left, &weights);
                of_row[*refund as usize] = lines(&touches, after.iter().zip(&parts).map(|(a, b)| a - b));
                parts = after;
            }
        }
        let mut credits = Self { starts: Vec::with_capacity(of_row.len() + 1), lines: Vec::new() };
        credits.starts.push(0);
        for row in of_row {
            credits.lines.extend(row);
            credits.starts.push(credits.lines.len() as u32);
        }
        credits
    }

    /// The credits of a row of revenue, in the order of its touches.
    #[must_use]
    pub fn of(&self, row: usize) -> &[Credit] {
        match self.starts.get(row..row + 2) {
            Some([start, end]) => &self.lines[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// What one partner earned from a row; all partners together for `None`.
    #[must_use]
    pub fn earned(&self, log: &Log, row: usize, partner: Option<u32>) -> i64 {
        let mine = |credit: &&Credit| {
            let party = log.touches.partner[credit.touch as usize];
            partner.map_or(party != NONE, |p| p == party)
        };
        self.of(row).iter().filter(mine).map(|credit| credit.amount).sum()
    }
}

/// Pairs touches with amounts, without those that earned nothing.
fn lines(touches: &[u32], amounts: impl Iterator<Item = i64>) -> Vec<Credit> {
    touches
        .iter()
        .zip(amounts)
        .filter(|(_, amount)| *amount != 0)
        .map(|(touch, amount)| Credit { touch: *touch, amount })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_each_model() {
        assert_eq!(Model::First.weights(3), [1, 0, 0]);
        assert_eq!(Model::Last.weights(3), [0, 0, 1]);
        assert_eq!(Model::Linear.weights(3), [1, 1, 1]);
        for model in Model::ALL {
            assert!(model.weights(0).is_empty());
            assert_eq!(model.weights(1), [1]);
            assert_eq!(Model::from_word(model.word()), Some(model));
        }
    }
}
