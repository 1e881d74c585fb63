//! Last non-direct touch: who closed it, but for visitors who came by themselves in the end (Google Analytics).

use super::{Case, Cases};
use crate::{
    log::{DIRECT, Log, NONE},
    policy::Direct,
};

/// Which of `n` touches, in time order: the last that is not direct; the last where all are. There is at least one.
pub(super) fn pick(n: usize, is_direct: impl Fn(usize) -> bool) -> usize {
    (0..n).rev().find(|i| !is_direct(*i)).unwrap_or(n - 1)
}

/// Which touches of cases are direct visits.
#[derive(Debug, Clone, Default)]
pub(super) struct Directs {
    /// By channel, whether it is the direct one: names are compared once, not once a touch.
    named: Vec<bool>,
    /// The channel of each touch of the cases.
    channels: Vec<u32>,
}

impl Directs {
    pub(super) fn of(log: &Log, cases: &Cases<'_>) -> Self {
        let named = log.channels.iter().map(|name| name == DIRECT).collect();
        Self { named, channels: cases.arrange(&log.touches.channel) }
    }

    /// Whether the `i`th touch of a case is a direct visit. The channel is asked first: it mostly decides.
    pub(super) fn has(&self, log: &Log, direct: Direct, case: &Case<'_>, i: usize) -> bool {
        let (t, touch) = (&log.touches, case.touches[i] as usize);
        match direct {
            Direct::NoPartner => t.partner[touch] == NONE,
            Direct::Untagged => {
                let untold = self.named.get(self.channels[case.first + i] as usize).copied().unwrap_or(true);
                // NONE is all ones: the four are read at once, and not each when the one before was none.
                untold && (t.partner[touch] & t.link[touch] & t.campaign[touch] & t.coupon[touch]) == NONE
            }
        }
    }
}
