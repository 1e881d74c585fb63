//! Every model asked of one log in the same words: under one window, by one dimension, from the raw facts.

use super::{
    Breakdown, Cases, Credits, Dimension, HalfLife, Model, Order, Tally, Weigher,
    markov::{Chain, Solution},
};
use crate::{
    journey::Journeys,
    log::{Log, NONE},
    policy::{Policies, Policy},
    time::Window,
};

/// A log, and how it is asked. Nothing is kept between two answers: who asks often keeps [`Journeys`] and [`Cases`].
#[derive(Debug, Clone, Copy)]
pub struct Attribution<'a> {
    /// The facts.
    pub log: &'a Log,
    /// How far back a touch may lie, for every kind of revenue.
    pub window: Window,
    /// By what answers are added up.
    pub by: Dimension,
}

impl<'a> Attribution<'a> {
    /// The models that are asked together: those of single journeys, without milestones.
    pub const HEURISTICS: [Model; 6] = [
        Model::First,
        Model::Last,
        Model::LastNonDirect,
        Model::Linear,
        Model::PositionBased,
        Model::TimeDecay(HalfLife::WEEK),
    ];

    /// The rules: one model and one window for all revenue.
    #[must_use]
    pub fn policies(&self, model: Model) -> Policies {
        Policy::default().asked(Some(model), Some(self.window)).into()
    }

    /// Answers from the cases alone.
    fn asked<T>(&self, answer: impl FnOnce(&Policies, &Breakdown<'_>) -> T) -> T {
        self.gathered(&Journeys::of_buyers(self.log), answer)
    }

    fn gathered<T>(&self, journeys: &Journeys, answer: impl FnOnce(&Policies, &Breakdown<'_>) -> T) -> T {
        // What counts does not depend on the model.
        let policies = self.policies(Model::First);
        let cases = Cases::gather(self.log, journeys, &policies);
        answer(&policies, &Breakdown::of(self.log, &cases, self.by))
    }

    /// Fractional conversions and value under each of [`Attribution::HEURISTICS`].
    #[must_use]
    pub fn heuristics(&self) -> [Tally; 6] {
        self.asked(|policies, breakdown| {
            let weighers = Self::HEURISTICS.map(|model| Weigher::new(self.log, policies, model, None));
            breakdown.tallies(self.log, weighers.each_ref())
        })
    }

    /// The Shapley value.
    #[must_use]
    pub fn shapley(&self) -> Tally {
        self.asked(|_, breakdown| breakdown.shapley(self.log))
    }

    /// A Markov chain, solved; `None` past [`Chain::most_units`].
    #[must_use]
    pub fn markov(&self, order: Order) -> Option<Solution> {
        let journeys = Journeys::of_buyers(self.log);
        let won = |walk: &mut _| self.gathered(&journeys, |_, breakdown| breakdown.won_in(self.log, walk));
        Chain::of_log(self.log, &journeys, self.by, order, won).map(|chain| chain.solve())
    }

    /// Whole minor units by unit, net of refunds, which add up to what was attributed; the last is that of touches that carry
    /// nothing.
    #[must_use]
    pub fn money(&self, model: Model) -> Vec<i64> {
        let credits = Credits::compute(self.log, &Journeys::of_buyers(self.log), &self.policies(model));
        let mut sums = vec![0; self.by.len(self.log) + 1];
        for credit in (0..self.log.revenue.len()).flat_map(|row| credits.of(row)) {
            let unit = match self.by.of(self.log, credit.touch) {
                NONE => sums.len() - 1,
                unit => unit as usize,
            };
            sums[unit] += credit.amount;
        }
        sums
    }
}
