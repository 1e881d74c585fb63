//! Last non-direct touch: who closed it, but for visitors who came by themselves in the end (Google Analytics).

use super::{Case, Dimension};
use crate::{
    log::{DIRECT, Log, NONE},
    policy::Direct,
};

/// Which of `n` touches, in time order: the last that is not direct; the last where all are. There is at least one.
fn pick(n: usize, is_direct: impl Fn(usize) -> bool) -> usize {
    (0..n).rev().find(|i| !is_direct(*i)).unwrap_or(n - 1)
}

/// Which touches are direct visits.
#[derive(Debug, Clone, Default)]
pub(super) struct Directs {
    /// By channel, whether it is the direct one: names are compared once, not once a touch.
    named: Vec<bool>,
    /// Whether any touch of the log carries something of a partner's.
    tagged: bool,
}

impl Directs {
    pub(super) fn of(log: &Log) -> Self {
        let t = &log.touches;
        Self {
            named: log.channels.iter().map(|name| name == DIRECT).collect(),
            tagged: [&t.partner, &t.link, &t.campaign, &t.coupon].iter().any(|column| column.told().is_some()),
        }
    }

    /// The last touch of a case that is no direct visit; the last where all are.
    pub(super) fn pick(&self, log: &Log, direct: Direct, case: &Case<'_>) -> usize {
        let t = &log.touches;
        match direct {
            Direct::NoPartner => pick(case.touches.len(), |i| t.partner[case.touches[i] as usize] == NONE),
            Direct::Untagged => {
                let channels = case.units(log, Dimension::Channel);
                pick(channels.len(), |i| {
                    // The channel is asked first: it mostly decides.
                    let untold = self.named.get(channels[i] as usize).copied().unwrap_or(true);
                    let touch = case.touches[i] as usize;
                    // NONE is all ones: the four are read at once, and not each when the one before was none.
                    untold
                        && (!self.tagged
                            || (t.partner[touch] & t.link[touch] & t.campaign[touch] & t.coupon[touch]) == NONE)
                })
            }
        }
    }
}
