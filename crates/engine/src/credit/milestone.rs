//! Models of milestones: W, full path and a program's own weights.
//!
//! A milestone's touch is the last one at or before the milestone's time. Milestones that fall on one touch add up there. A
//! milestone that is missing, or that no touch precedes, leaves its weight to the others in proportion, and so does the
//! middle where no touch is left for it. (HubSpot's W-shaped and full-path models.)

use super::StepWeights;
use crate::{steps::Steps, time::Time};

/// Weighs by milestones: `times` are those of the touches, in order.
pub(super) fn weigh(weights: &mut [u64], times: &[Time], steps: &Steps, shares: &StepWeights) {
    let until = |time: Option<Time>| times.partition_point(|at| time.is_some_and(|time| *at <= time)).checked_sub(1);
    let found = [
        (Some(0), shares.first),
        (until(steps.lead), shares.lead),
        (until(steps.opportunity), shares.opportunity),
        (until(steps.won), shares.won),
    ];
    let on = |i: usize| found.iter().any(|(touch, share)| *touch == Some(i) && *share > 0);
    let middle = (0..weights.len()).filter(|i| !on(*i)).count() as u64;
    // The middle's share is spread over its touches: times their number, everything is whole.
    let scale = middle.max(1);
    for (touch, share) in found {
        if let Some(weight) = touch.and_then(|i| weights.get_mut(i)) {
            *weight += u64::from(share) * scale;
        }
    }
    for i in (0..weights.len()).filter(|i| !on(*i)) {
        weights[i] = u64::from(shares.middle);
    }
    if weights.iter().all(|weight| *weight == 0) {
        // Only steps weigh anything here, and none was found: everyone alike, so that the amount is not lost.
        weights.fill(1);
    }
}
