//! Partners who have left the program, for a time or until now.
//!
//! What they had of sales until then is theirs, and of sales since there is nothing. A ban takes back, as long as it
//! lasts, what was not paid when it began. The credit stays as it is: what other partners get for a sale is theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::{Accruals, Review, Source, Stage};
use crate::{credit::Credits, log::Log, time::Time};

/// A time that a partner was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// Row of [`Log::partners`].
    pub partner: u32,
    /// From when on.
    pub since: Time,
    /// How it ended, or why it goes on.
    pub until: Until,
}

/// The end of a time that a partner was away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// They came back.
    Back(Time),
    /// They are deactivated.
    Deactivated,
    /// They are banned.
    Banned,
}

impl Away {
    fn has(&self, at: Time) -> bool {
        at >= self.since && !matches!(self.until, Until::Back(back) if at >= back)
    }
}

/// What those who were away have nothing of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Sales, by row and partner.
    pub sales: Vec<((u32, u32), Review)>,
    /// Rows of [`crate::log::Adjustments`].
    pub adjustments: Vec<u32>,
}

/// What those who were away have nothing of; what was taken back by hand while they were is taken back, all the same.
/// `before` is what there is without them.
#[must_use]
pub fn refusals(log: &Log, credits: &Credits, before: &Accruals, away: &[Away]) -> Refusals {
    let mut times: BTreeMap<u32, Vec<&Away>> = BTreeMap::new();
    for away in away {
        times.entry(away.partner).or_default().push(away);
    }
    let mut paid: BTreeSet<(Source, u32)> = BTreeSet::new();
    for ban in away.iter().filter(|away| away.until == Until::Banned) {
        let ledger = before.ledger(log, ban.since).into_iter().filter(|one| one.partner == ban.partner);
        paid.extend(ledger.filter(|one| matches!(one.stage, Stage::Paid(_))).map(|one| (one.source, one.partner)));
    }
    let mut refused = Refusals::default();
    for (row, at) in log.revenue.at.iter().enumerate().filter(|_| !times.is_empty()) {
        for credit in credits.of(row) {
            let (partner, sale) = (log.touches.partner[credit.touch as usize], Source::Sale(row as u32));
            let nothing =
                |away: &&Away| away.has(*at) || away.until == Until::Banned && !paid.contains(&(sale, partner));
            if times.get(&partner).is_some_and(|times| times.iter().any(nothing)) {
                refused.sales.push(((row as u32, partner), Review::Refused));
            }
        }
    }
    for (row, adjustment) in (0..).zip(log.adjustments.iter()) {
        let partner = adjustment.partner;
        let nothing = |away: &&Away| {
            away.has(adjustment.at) && adjustment.amount > 0
                || away.until == Until::Banned && !paid.contains(&(Source::Adjustment(row), partner))
        };
        if times.get(&partner).is_some_and(|times| times.iter().any(nothing)) {
            refused.adjustments.push(row);
        }
    }
    refused
}
