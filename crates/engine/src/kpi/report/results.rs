//! What came of each link or campaign: the figures of a report, broken down.

use std::collections::BTreeMap;

use super::Report;
use crate::{
    figure::FactRef,
    journey::Journeys,
    log::{Log, NONE},
};

/// By what figures are broken down here: clicks that led nowhere are counted by these two alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Row of [`Log::links`].
    Link,
    /// Row of [`Log::campaigns`].
    Campaign,
}

/// A part of the report's clicks, leads and attributed revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Results {
    /// Counted clicks.
    pub clicks: u64,
    /// Leads whose sourcing touch came by it.
    pub leads: u64,
    /// Credit of the touches that came by it, minor units.
    pub credit: i64,
}

impl Report {
    /// The report's clicks, leads and attributed revenue by link or campaign; under [`NONE`] what came by none. They add up
    /// to the report's own figures.
    #[must_use]
    pub fn results(&self, log: &Log, journeys: &Journeys, by: By) -> BTreeMap<u32, Results> {
        let mut results: BTreeMap<u32, Results> = BTreeMap::new();
        let touches = match by {
            By::Link => &log.touches.link,
            By::Campaign => &log.touches.campaign,
        };
        for fact in &self.clicks.evidence {
            if let FactRef::Clicks(row) = fact {
                let row = log.clicks.get(*row as usize);
                let unit = if by == By::Link { row.link } else { row.campaign };
                results.entry(unit).or_default().clicks += u64::from(row.count);
            }
        }
        for fact in &self.leads.evidence {
            let customer = match fact {
                FactRef::Milestone(row) => log.milestones.customer[*row as usize],
                FactRef::Revenue(row) => log.revenue.customer[*row as usize],
                _ => continue,
            };
            let touch = self.classes.sourcing_touch(customer);
            results.entry(touch.map_or(NONE, |touch| touches[touch as usize])).or_default().leads += 1;
        }
        let credits = self.credits(log, journeys);
        for fact in &self.attributed.evidence {
            let FactRef::Revenue(row) = fact else { continue };
            for line in credits.of(*row as usize) {
                let party = log.touches.partner[line.touch as usize];
                if self.question.partner.map_or(party != NONE, |p| p == party) {
                    results.entry(touches[line.touch as usize]).or_default().credit += line.amount;
                }
            }
        }
        results
    }
}
