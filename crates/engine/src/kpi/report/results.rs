//! What came of each link or campaign: the figures of a report, broken down.

use std::collections::BTreeMap;

use super::{Question, Report, Stage};
use crate::{
    fact::{Mark, TouchKind},
    figure::FactRef,
    journey::Journeys,
    log::{Log, NONE},
};

/// By what figures are broken down here: clicks that led nowhere are counted by link, campaign and kind alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Row of [`Log::links`].
    Link,
    /// Row of [`Log::campaigns`].
    Campaign,
    /// Row of [`Log::links`], where it is a marketplace listing that was followed.
    Listing,
    /// Row of [`Log::coupons`]. No click names one.
    Coupon,
}

impl By {
    /// What a touch or a click of a kind came by.
    fn of(self, kind: TouchKind, link: u32, campaign: u32, coupon: u32) -> u32 {
        match self {
            Self::Listing if kind != TouchKind::Listing => NONE,
            Self::Link | Self::Listing => link,
            Self::Campaign => campaign,
            Self::Coupon => coupon,
        }
    }
}

/// A part of the report's clicks, leads, wins and attributed revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Results {
    /// Counted clicks.
    pub clicks: u64,
    /// Leads whose sourcing touch came by it.
    pub leads: u64,
    /// Of these, who is won.
    pub wins: u64,
    /// Credit of the touches that came by it, minor units.
    pub credit: i64,
}

impl Report {
    /// The report's clicks, leads, wins and attributed revenue by link, campaign or listing; under [`NONE`] what came by
    /// none. They add up to the report's own figures.
    #[must_use]
    pub fn results(&self, log: &Log, journeys: &Journeys, by: By) -> BTreeMap<u32, Results> {
        let mut results: BTreeMap<u32, Results> = BTreeMap::new();
        let t = &log.touches;
        let unit = |touch: u32| {
            let i = touch as usize;
            by.of(t.kind[i], t.link[i], t.campaign[i], t.coupon[i])
        };
        let mut won = vec![false; log.customers.len()];
        for deal in self.deals(log, journeys).iter().filter(|deal| deal.stage == Stage::Won) {
            won[deal.customer as usize] = true;
        }
        for fact in &self.clicks.evidence {
            if let FactRef::Clicks(row) = fact {
                let row = log.clicks.get(*row as usize);
                results.entry(by.of(row.kind, row.link, row.campaign, NONE)).or_default().clicks +=
                    u64::from(row.count);
            }
        }
        for fact in &self.leads.evidence {
            let customer = match fact {
                FactRef::Milestone(row) => log.milestones.customer[*row as usize],
                FactRef::Revenue(row) => log.revenue.customer[*row as usize],
                _ => continue,
            };
            let touch = self.classes.sourcing_touch(customer);
            let results = results.entry(touch.map_or(NONE, unit)).or_default();
            results.leads += 1;
            results.wins += u64::from(won[customer as usize]);
        }
        let credits = self.credits(log, journeys);
        for fact in &self.attributed.evidence {
            let FactRef::Revenue(row) = fact else { continue };
            for line in credits.of(*row as usize) {
                let party = log.touches.partner[line.touch as usize];
                if self.question.partner.map_or(party != NONE, |p| p == party) {
                    results.entry(unit(line.touch)).or_default().credit += line.amount;
                }
            }
        }
        results
    }

    /// How often each coupon was redeemed while it held, by row of [`Log::coupons`]: recorded redemptions of the report's
    /// period, of the partner's coupons where the report is a partner's.
    #[must_use]
    pub fn redemptions(&self, log: &Log) -> BTreeMap<u32, u64> {
        let t = &log.touches;
        let Question { partner, period, .. } = &self.question;
        let mut redemptions = BTreeMap::new();
        for i in 0..t.len() {
            let counts = t.kind[i] == TouchKind::Coupon && t.mark[i] == Mark::Counted && t.coupon[i] != NONE;
            if counts && period.contains(t.at[i]) && partner.is_none_or(|p| p == t.partner[i]) {
                *redemptions.entry(t.coupon[i]).or_default() += 1;
            }
        }
        redemptions
    }
}
