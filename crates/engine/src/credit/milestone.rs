//! Models of milestones: W, full path and a program's own weights.
//!
//! A milestone's touch is the last one at or before the milestone's time. Milestones that fall on one touch add up there. A
//! milestone that is missing, or that no touch precedes, leaves its weight to the others in proportion, and so does the
//! middle where no touch is left for it. (HubSpot's W-shaped and full-path models.)

use super::StepWeights;
use crate::{
    fact::MilestoneKind,
    log::{Log, NONE},
    order,
    time::Time,
};

/// When the steps of the deal were that a sale belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Steps {
    /// Lead created.
    pub(crate) lead: Option<Time>,
    /// Opportunity opened.
    pub(crate) opportunity: Option<Time>,
    /// Opportunity won; the sale itself where that was not recorded.
    pub(crate) won: Option<Time>,
}

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

/// Leads and opportunities by customer, in time order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Milestones {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Milestones {
    pub(crate) fn of(log: &Log) -> Self {
        let m = &log.milestones;
        let mut rows: Vec<u32> = (0..m.len() as u32).collect();
        order::sort(&mut rows, |row| order::pair(m.customer[row as usize], m.at[row as usize].0));
        let before = |customer: u32| rows.partition_point(|row| m.customer[*row as usize] < customer) as u32;
        let starts = (0..=log.customers.len() as u32).map(before).collect();
        Self { starts, rows }
    }

    /// The steps of the deal that a sale belongs to: those of its opportunity, or else of the last one opened before it.
    pub(crate) fn of_sale(&self, log: &Log, row: u32) -> Steps {
        let (m, r, row) = (&log.milestones, &log.revenue, row as usize);
        let (sale, customer) = (r.at[row], r.customer[row] as usize);
        let range = match self.starts.get(customer..customer + 2) {
            Some([start, end]) => *start as usize..*end as usize,
            _ => 0..0,
        };
        let of_deal = |i: usize| r.opportunity[row] == NONE || m.opportunity[i] == r.opportunity[row];
        let mut steps = Steps::default();
        for i in self.rows[range].iter().map(|i| *i as usize).filter(|i| m.at[*i] <= sale) {
            match m.kind[i] {
                MilestoneKind::LeadCreated => steps.lead = steps.lead.or(Some(m.at[i])),
                MilestoneKind::OpportunityOpened if of_deal(i) => steps.opportunity = Some(m.at[i]),
                MilestoneKind::OpportunityWon if of_deal(i) => steps.won = Some(m.at[i]),
                _ => {}
            }
        }
        steps.won = steps.won.or(Some(sale));
        steps
    }
}
