//! One door to every model: relative integer weights of the touches that count for a sale.

use super::{Model, Shares, StepWeights, first, last, last_non_direct, linear, milestone, position, time_decay};
use crate::{
    fact::MilestoneKind,
    log::{Log, NONE},
    policy::Policy,
    time::{Time, Window},
};
pub use milestone::Steps;

/// A sale and the touches that count for it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The facts.
    pub log: &'a Log,
    /// The policy that judges the sale.
    pub policy: &'a Policy,
    /// Row of the sale in [`crate::log::Revenue`].
    pub row: u32,
    /// Rows of [`crate::log::Touches`] that count, in time order.
    pub touches: &'a [u32],
    /// When each was.
    pub times: &'a [Time],
}

/// A model that is ready to weigh.
#[derive(Debug, Clone)]
pub struct Weigher {
    model: Model,
    decay: Option<time_decay::Table>,
    shares: Option<Shares>,
    milestones: Milestones,
}

impl Weigher {
    /// Prepares a model for journeys of up to `window`. Data-driven models need their `shares`; without them every touch
    /// weighs alike.
    #[must_use]
    pub fn new(log: &Log, model: Model, window: Window, shares: Option<Shares>) -> Self {
        let decay = match model {
            Model::TimeDecay(half_life) => Some(time_decay::Table::new(half_life, window.seconds())),
            _ => None,
        };
        let steps = matches!(model, Model::WShaped | Model::FullPath | Model::Custom(_));
        let milestones = if steps { Milestones::of(log) } else { Milestones::default() };
        Self { model, decay, shares, milestones }
    }

    /// Weighs the touches of a case into `weights`, which is cleared first. They are relative, at most 2⁵², and add up to
    /// more than zero unless there is no touch.
    pub fn weigh(&self, case: &Case<'_>, weights: &mut Vec<u64>) {
        weights.clear();
        weights.resize(case.touches.len(), 0);
        let steps = |shares: &StepWeights, weights: &mut [u64]| {
            milestone::weigh(weights, case.times, &self.milestones.steps(case), shares);
        };
        match self.model {
            Model::First => first::weigh(weights),
            Model::Last => last::weigh(weights),
            Model::Linear => linear::weigh(weights),
            Model::LastNonDirect => {
                last_non_direct::weigh(weights, |i| case.policy.is_direct(case.log, case.touches[i]));
            }
            Model::TimeDecay(_) => {
                if let Some(table) = &self.decay {
                    table.weigh(weights, case.times);
                }
            }
            Model::PositionBased => position::weigh(weights, &position::U),
            Model::JShaped => position::weigh(weights, &position::J),
            Model::InverseJ => position::weigh(weights, &position::INVERSE_J),
            Model::WShaped => steps(&StepWeights::W, weights),
            Model::FullPath => steps(&StepWeights::FULL_PATH, weights),
            Model::Custom(shares) => steps(&shares, weights),
            Model::Markov(_) | Model::Shapley => match &self.shares {
                Some(shares) => shares.weigh(case, weights),
                None => linear::weigh(weights),
            },
        }
    }
}

/// Leads and opportunities by customer, in time order.
#[derive(Debug, Clone, Default)]
struct Milestones {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Milestones {
    fn of(log: &Log) -> Self {
        let m = &log.milestones;
        let mut rows: Vec<u32> = (0..m.len() as u32).collect();
        rows.sort_by_key(|row| (m.customer[*row as usize], m.at[*row as usize]));
        let starts = (0..=log.customers.len() as u32)
            .map(|customer| rows.partition_point(|row| m.customer[*row as usize] < customer) as u32)
            .collect();
        Self { starts, rows }
    }

    /// The steps of the deal that a sale belongs to: those of its opportunity, or else of the last one opened before it.
    fn steps(&self, case: &Case<'_>) -> Steps {
        let (m, r, row) = (&case.log.milestones, &case.log.revenue, case.row as usize);
        let sale = r.at[row];
        let customer = r.customer[row] as usize;
        let range = match self.starts.get(customer..customer + 2) {
            Some([start, end]) => *start as usize..*end as usize,
            _ => 0..0,
        };
        let before = |i: &&u32| m.at[**i as usize] <= sale;
        let mine = self.rows[range].iter().filter(before).map(|i| *i as usize);
        let of_deal = |i: usize| r.opportunity[row] == NONE || m.opportunity[i] == r.opportunity[row];
        let mut steps = Steps::default();
        for i in mine {
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
