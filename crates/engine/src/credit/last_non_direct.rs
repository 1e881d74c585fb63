//! Last non-direct touch: who closed it, but for visitors who came by themselves in the end (Google Analytics).

use crate::{
    log::{DIRECT, Log, NONE},
    policy::{Direct, Policy},
};

/// Which of `n` touches, in time order: the last that is not direct; the last where all are. There is at least one.
pub(super) fn pick(n: usize, is_direct: impl Fn(usize) -> bool) -> usize {
    (0..n).rev().find(|i| !is_direct(*i)).unwrap_or(n - 1)
}

/// Which channels are direct: names are compared once, not once a touch.
#[derive(Debug, Clone, Default)]
pub(super) struct Directs(Vec<bool>);

impl Directs {
    pub(super) fn of(log: &Log) -> Self {
        Self(log.channels.iter().map(|name| name == DIRECT).collect())
    }

    /// Whether a touch is a direct visit under a policy. The channel is asked first: it mostly decides.
    pub(super) fn has(&self, log: &Log, policy: &Policy, touch: u32) -> bool {
        let (t, i) = (&log.touches, touch as usize);
        match policy.direct {
            Direct::NoPartner => t.partner[i] == NONE,
            Direct::Untagged => {
                let untold = self.0.get(t.channel[i] as usize).copied().unwrap_or(true);
                // NONE is all ones: the four are read at once, and not each when the one before was none.
                untold && (t.partner[i] & t.link[i] & t.campaign[i] & t.coupon[i]) == NONE
            }
        }
    }
}
