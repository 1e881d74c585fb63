//! The touches that count for each sale: gathered once, weighed by as many models as are asked.

use super::Case;
use crate::{
    fact::{Mark, RevenueKind},
    journey::{Journeys, is_contested, judge, verdict},
    log::Log,
    policy::Policies,
    time::Time,
};

/// The counted touches of each row of revenue, in time order; none for refunds, which are judged as their sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cases {
    /// Where the touches of row `i` begin: `starts[i]..starts[i + 1]`.
    starts: Vec<u32>,
    touches: Vec<u32>,
    times: Vec<Time>,
}

impl Cases {
    /// Gathers what counts under the policies' windows, claims and collapse of repeats. Models do not matter: cases serve
    /// every model.
    #[must_use]
    pub fn gather(log: &Log, journeys: &Journeys, policies: &Policies) -> Self {
        let r = &log.revenue;
        let mut cases = Self { starts: Vec::with_capacity(r.len() + 1), touches: Vec::new(), times: Vec::new() };
        cases.starts.push(0);
        // In the common case only the mark and the time of a touch decide, and time stands beside the touch.
        let all_marked = log.touches.mark.iter().all(|mark| *mark == Mark::Counted);
        let contested = policies.versions().iter().any(|policy| is_contested(log, policy));
        for row in 0..r.len() {
            if r.kind[row] != RevenueKind::Refund {
                let policy = policies.at(r.at[row]);
                let window = policy.rule(r.kind[row]).window;
                let (journey, times) = (journeys.of(r.customer[row]), journeys.times(r.customer[row]));
                let mut add = |touch: u32, at: Time| {
                    cases.touches.push(touch);
                    cases.times.push(at);
                };
                if contested {
                    let verdicts = judge(log, journey, r.at[row], policy, window);
                    let counted = journey.iter().zip(times).zip(verdicts).filter(|(_, verdict)| verdict.is_ok());
                    counted.for_each(|((touch, at), _)| add(*touch, *at));
                } else {
                    for (touch, at) in journey.iter().zip(times) {
                        let mark = if all_marked { Mark::Counted } else { log.touches.mark[*touch as usize] };
                        if verdict(mark, *at, r.at[row], window).is_ok() {
                            add(*touch, *at);
                        }
                    }
                }
            }
            cases.starts.push(cases.touches.len() as u32);
        }
        cases
    }

    fn range(&self, row: usize) -> core::ops::Range<usize> {
        match self.starts.get(row..row + 2) {
            Some([start, end]) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// The touches that count for a row.
    #[must_use]
    pub fn of(&self, row: usize) -> &[u32] {
        &self.touches[self.range(row)]
    }

    /// The case of a row; `None` where nothing counts for it.
    #[must_use]
    pub fn case<'a>(&'a self, log: &'a Log, policies: &'a Policies, row: usize) -> Option<Case<'a>> {
        let range = self.range(row);
        (!range.is_empty()).then(|| Case {
            log,
            policy: policies.at(log.revenue.at[row]),
            row: row as u32,
            touches: &self.touches[range.clone()],
            times: &self.times[range],
        })
    }

    /// Every case, by row.
    pub fn iter<'a>(&'a self, log: &'a Log, policies: &'a Policies) -> impl Iterator<Item = Case<'a>> {
        (0..self.starts.len() - 1).filter_map(move |row| self.case(log, policies, row))
    }
}
