//! The customers of a report: how far each has come, the funnel, and the deals.

use super::{Computation, Deal, Funnel, Stage};
use crate::{
    classify::Class,
    fact::{MilestoneKind, RevenueKind},
    figure::{FactRef, Figure, Unit, Value},
    journey::Journeys,
    log::Log,
    order, stat,
    time::Time,
};

/// By customer, the first fact of each step.
struct Path {
    first: Vec<Option<FactRef>>,
    created: Vec<Option<FactRef>>,
    opened: Vec<Option<FactRef>>,
    won: Vec<Option<FactRef>>,
}

impl Path {
    /// What proves a lead: its creation, or else the first fact.
    fn proof(&self, customer: u32) -> Option<FactRef> {
        self.created[customer as usize].or(self.first[customer as usize])
    }

    /// When a customer became a lead.
    fn lead(&self, customer: u32, log: &Log) -> Option<Time> {
        self.proof(customer).map(|fact| fact.at(log))
    }
}

impl Computation<'_> {
    /// How far each customer has come.
    fn steps(&self) -> Vec<Stage> {
        let mut steps = vec![Stage::Touched; self.log.customers.len()];
        let mut open = vec![0i32; self.log.customers.len()];
        let m = &self.log.milestones;
        for i in 0..m.at.len() {
            let customer = m.customer[i] as usize;
            let step = match m.kind[i] {
                MilestoneKind::LeadCreated => Stage::Lead,
                MilestoneKind::LeadQualified => Stage::Qualified,
                MilestoneKind::OpportunityOpened => {
                    open[customer] += 1;
                    Stage::Opportunity
                }
                MilestoneKind::OpportunityStage => Stage::Opportunity,
                MilestoneKind::OpportunityWon => Stage::Won,
                MilestoneKind::OpportunityLost => {
                    open[customer] -= 1;
                    Stage::Opportunity
                }
            };
            steps[customer] = steps[customer].max(step);
        }
        for row in 0..self.log.revenue.len() {
            if self.log.revenue.kind[row] != RevenueKind::Refund {
                steps[self.log.revenue.customer[row] as usize] = Stage::Won;
            }
        }
        for (step, open) in steps.iter_mut().zip(open) {
            if *step == Stage::Opportunity && open <= 0 {
                *step = Stage::Lost;
            }
        }
        steps
    }

    /// How far the clicks and the leads of the period came, and the figures of leads and wins.
    pub(super) fn funnel(&self, clicks: &Figure) -> (Funnel, Figure, Figure) {
        let (steps, path) = (self.steps(), self.path());
        let mine = |customer: &u32| {
            let by = self.classes.sourced_by(self.log, *customer);
            by.is_some_and(|by| self.question.partner.is_none_or(|p| p == by))
                && path.lead(*customer, self.log).is_some_and(|at| self.question.period.contains(at))
        };
        let sourced: Vec<u32> = (0..self.log.customers.len() as u32).filter(mine).collect();
        let reached = |stage: Stage| sourced.iter().filter(|c| steps[**c as usize] >= stage).count() as u64;
        let funnel = Funnel {
            clicks: if let Value::Known(clicks) = clicks.value { clicks as u64 } else { 0 },
            leads: reached(Stage::Lead),
            opportunities: reached(Stage::Opportunity),
            wins: reached(Stage::Won),
            times: self.times(&path, &sourced),
        };
        let lead_facts = sourced.iter().filter(|c| steps[**c as usize] >= Stage::Lead);
        let lead_facts = lead_facts.filter_map(|customer| path.proof(*customer)).collect();
        let win_facts: Vec<FactRef> = (0..self.log.revenue.len())
            .filter(|row| {
                self.log.revenue.kind[*row] == RevenueKind::New
                    && sourced.binary_search(&self.log.revenue.customer[*row]).is_ok()
            })
            .map(|row| FactRef::Revenue(row as u32))
            .collect();
        let leads = self.figure(
            "leads",
            "Leads",
            "Customers whose first counted touch within the window before they became a lead is the partner's.",
            Unit::Count,
            Value::Known(funnel.leads as i64),
            lead_facts,
        );
        let wins = self.figure(
            "leads_won",
            "Leads won",
            "Of the partner's leads of the period, those with revenue or a won opportunity since.",
            Unit::Count,
            Value::Known(funnel.wins as i64),
            win_facts,
        );
        (funnel, leads, wins)
    }

    /// Where each customer's steps stand in the log.
    fn path(&self) -> Path {
        let none = || vec![None; self.log.customers.len()];
        let mut path = Path { first: none(), created: none(), opened: none(), won: none() };
        let (m, r) = (&self.log.milestones, &self.log.revenue);
        // From the last to the first: what is written last is what happened first.
        for (i, customer) in m.customer.iter().enumerate().rev() {
            let (c, fact) = (*customer as usize, Some(FactRef::Milestone(i as u32)));
            path.first[c] = fact;
            match m.kind[i] {
                MilestoneKind::LeadCreated => path.created[c] = fact,
                MilestoneKind::OpportunityOpened => path.opened[c] = fact,
                MilestoneKind::OpportunityWon => path.won[c] = fact,
                MilestoneKind::LeadQualified | MilestoneKind::OpportunityStage | MilestoneKind::OpportunityLost => {}
            }
        }
        for (row, customer) in r.customer.iter().enumerate().rev() {
            let (c, fact) = (*customer as usize, FactRef::Revenue(row as u32));
            // Who bought without being recorded as a lead first is proved by what happened first.
            if path.first[c].is_none_or(|first| r.at[row] <= first.at(self.log)) {
                path.first[c] = Some(fact);
            }
            let sold = r.kind[row] != RevenueKind::Refund;
            if sold && path.won[c].is_none_or(|won| r.at[row] <= won.at(self.log)) {
                path.won[c] = Some(fact);
            }
        }
        path
    }

    /// Median seconds of the three ways between four steps.
    fn times(&self, path: &Path, customers: &[u32]) -> [Option<i64>; 3] {
        let mut times: [Vec<i64>; 3] = Default::default();
        for customer in customers {
            let c = *customer as usize;
            let touch = self.classes.sourcing_touch(*customer).map(FactRef::Touch);
            let steps = [touch, path.created[c], path.opened[c], path.won[c]].map(|fact| fact.map(|f| f.at(self.log)));
            for (times, pair) in times.iter_mut().zip(steps.windows(2)) {
                if let [Some(from), Some(to)] = pair
                    && from <= to
                {
                    times.push(i64::from(to.0 - from.0));
                }
            }
        }
        times.map(|times| stat::median(&times))
    }

    /// The customers of whom the period has a fact.
    pub(super) fn deals(&self, journeys: &Journeys) -> Vec<Deal> {
        let steps = self.steps();
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.log.customers.len()];
        for row in self.rows() {
            rows[self.log.revenue.customer[row] as usize].push(row as u32);
        }
        let mut last: Vec<Time> = vec![Time(0); self.log.customers.len()];
        let m = &self.log.milestones;
        let (partner, period) = (self.question.partner, self.question.period);
        let dated = m.customer.iter().zip(&m.at).chain(self.log.revenue.customer.iter().zip(&self.log.revenue.at));
        for (customer, at) in dated.filter(|(_, at)| period.contains(**at)) {
            let slot = &mut last[*customer as usize];
            *slot = (*slot).max(*at);
        }
        let appears = |customer: &u32| {
            let mut parties = journeys.of(*customer).iter().map(|t| self.log.touches.partner[*t as usize]);
            partner.is_none_or(|p| parties.any(|party| party == p))
        };
        let mut customers: Vec<u32> = (0..self.log.customers.len() as u32)
            .filter(|customer| steps[*customer as usize] > Stage::Touched && last[*customer as usize] > Time(0))
            .filter(appears)
            .collect();
        // The latest first.
        order::sort(&mut customers, |customer| order::pair(!last[customer as usize].0, customer));
        customers
            .into_iter()
            .map(|customer| {
                let mut rows = core::mem::take(&mut rows[customer as usize]);
                order::sort(&mut rows, |row| order::pair(self.log.revenue.at[row as usize].0, row));
                let by = self.classes.sourced_by(self.log, customer);
                let sourced = by.is_some_and(|by| partner.is_none_or(|p| p == by)).then_some(Class::Sourced);
                let classes = rows.iter().filter_map(|row| self.classes.of(self.log, *row as usize, partner));
                Deal {
                    customer,
                    stage: steps[customer as usize],
                    class: classes.chain(sourced).min(),
                    revenue: rows.iter().map(|row| self.log.revenue.signed(*row as usize)).sum(),
                    credit: self.earned_by(&rows),
                    last: last[customer as usize],
                    rows: rows.into(),
                }
            })
            .collect()
    }
}
