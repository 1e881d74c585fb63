//! The steps of the deal that a sale belongs to: what models of milestones weigh by, and what tells whether a partner took
//! part in it.

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
        let mut starts = vec![0u32; log.customers.len() + 1];
        for customer in &m.customer {
            starts[*customer as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
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
