//! Leads: a customer is a net new lead once, when a lead was first created; where none was recorded, the first step
//! of a deal or the first sale stands for it, as in [`crate::classify`].

use super::Context;
use crate::{cohort::first_sales, fact::MilestoneKind, figure::FactRef, log::Log, time::Time};

/// A customer who became a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    /// Row of [`Log::customers`].
    pub customer: u32,
    /// When.
    pub at: Time,
    /// What shows it.
    pub fact: FactRef,
}

/// Every net new lead, by customer. Who had bought before the lead was created is not new.
pub fn leads(log: &Log) -> Vec<Lead> {
    let m = &log.milestones;
    let mut created: Vec<Option<(Time, FactRef)>> = vec![None; log.customers.len()];
    let mut first = created.clone();
    let earliest = |slot: &mut Option<(Time, FactRef)>, at: Time, fact: FactRef| {
        if slot.is_none_or(|(before, _)| at < before) {
            *slot = Some((at, fact));
        }
    };
    for row in 0..m.len() {
        let (customer, fact) = (m.customer[row] as usize, FactRef::Milestone(row as u32));
        earliest(&mut first[customer], m.at[row], fact);
        if m.kind[row] == MilestoneKind::LeadCreated {
            earliest(&mut created[customer], m.at[row], fact);
        }
    }
    for (row, (customer, at)) in log.revenue.customer.iter().zip(&log.revenue.at).enumerate() {
        earliest(&mut first[*customer as usize], *at, FactRef::Revenue(row as u32));
    }
    let sales = first_sales(log);
    let lead = |(customer, sale): (usize, Option<Time>)| {
        let (at, fact) = created[customer].or(first[customer])?;
        sale.is_none_or(|sale| sale >= at).then_some(Lead { customer: customer as u32, at, fact })
    };
    sales.into_iter().enumerate().filter_map(lead).collect()
}

/// The leads of the period: those whom a partner who is asked for sourced, and the rest.
pub fn of_period(context: &Context<'_>) -> (Vec<Lead>, Vec<Lead>) {
    let within = leads(context.log).into_iter().filter(|lead| context.period.contains(lead.at));
    within.partition(|lead| context.sourced_by(lead.customer).is_some())
}
