//! Sales that are looked into before a partner is paid for them.

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// Approval that no month reaches.
pub(super) const NEVER: Time = Time(u32::MAX);

/// What a look into a sale has come to, as long as it is not cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Nobody has decided yet: commission is earned, and is not approved.
    Held,
    /// It was no honest sale of the partner's: there is no commission, and it fills neither tiers nor caps.
    Refused,
}

/// Sales under review, by partner, and adjustments that are canceled. The sale itself stays as it is, and so does its
/// credit: what other partners get for it is theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviews {
    sales: Vec<((u32, u32), Review)>,
    /// Rows of [`crate::log::Adjustments`], in order.
    pub(super) canceled: Vec<u32>,
}

impl Reviews {
    /// Those of rows of [`crate::log::Revenue`] and rows of [`crate::log::Log::partners`]. Of several for one sale a
    /// refusal decides.
    #[must_use]
    pub fn new(mut reviews: Vec<((u32, u32), Review)>) -> Self {
        reviews.sort_unstable_by(|a, b| b.cmp(a));
        reviews.dedup_by_key(|(whose, _)| *whose);
        reviews.reverse();
        Self { sales: reviews, canceled: Vec::new() }
    }

    /// With rows of [`crate::log::Adjustments`] that count for nothing.
    #[must_use]
    pub fn canceling(self, mut adjustments: Vec<u32>) -> Self {
        adjustments.sort_unstable();
        Self { canceled: adjustments, ..self }
    }

    /// The review of a sale for a partner.
    pub(super) fn of(&self, row: u32, partner: u32) -> Option<Review> {
        let place = self.sales.binary_search_by(|(whose, _)| whose.cmp(&(row, partner))).ok()?;
        self.sales.get(place).map(|(_, review)| *review)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_decides_whatever_the_order() {
        let (held, refused) = (Review::Held, Review::Refused);
        for reviews in
            [vec![((3, 1), held), ((3, 1), refused), ((1, 1), held)], vec![((1, 1), held), ((3, 1), refused)]]
        {
            let reviews = Reviews::new(reviews);
            assert_eq!(
                [(1, 1), (3, 1), (3, 0), (2, 1)].map(|(row, partner)| reviews.of(row, partner)),
                [Some(held), Some(refused), None, None]
            );
        }
    }
}
