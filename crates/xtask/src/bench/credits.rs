//! What the models answer about a workload. Numbers are written with the fewest digits that give the same double back:
//! two files are equal where every bit is.

use engine::{
    credit::{Breakdown, Cases, Credits, Dimension, HalfLife, Model, Order, Tally, Weigher, markov::Solution},
    journey::Journeys,
    log::Log,
    policy::{Policies, Policy},
    time::Window,
};
use serde_json::{Map, Value, json};

/// The heuristics that are asked for together.
const HEURISTICS: [Model; 6] = [
    Model::First,
    Model::Last,
    Model::LastNonDirect,
    Model::Linear,
    Model::PositionBased,
    Model::TimeDecay(HalfLife::WEEK),
];

/// A log, and the window under which it is judged.
pub struct Workload<'a> {
    pub log: &'a Log,
    pub window: Window,
}

impl<'a> Workload<'a> {
    /// The rules: one model and one window for all revenue.
    pub fn policies(&self, model: Model) -> Policies {
        Policy::default().asked(Some(model), Some(self.window)).into()
    }

    /// Orders of Markov with the names of their tasks.
    pub fn orders(&self, four: bool) -> impl Iterator<Item = (&'static str, Order)> + use<> {
        let count = if four { 4 } else { 3 };
        Order::ALL.into_iter().take(count).map(|order| (Model::Markov(order).word(), order))
    }

    /// What every model but Markov begins with.
    fn asked<T>(&self, answer: impl FnOnce(&Journeys, &Cases<'_>, &Policies, &Breakdown<'_>) -> T) -> T {
        let policies = self.policies(Model::First);
        let journeys = Journeys::of_buyers(self.log);
        let cases = Cases::gather(self.log, &journeys, &policies);
        let breakdown = Breakdown::of(self.log, &cases, Dimension::Channel);
        answer(&journeys, &cases, &policies, &breakdown)
    }

    /// The six heuristics.
    pub fn heuristics(&self) -> Vec<Tally> {
        self.asked(|_, cases, policies, breakdown| self.tallies(cases, policies, breakdown))
    }

    /// The six heuristics of cases that are already gathered.
    pub fn tallies(&self, cases: &Cases<'_>, policies: &Policies, breakdown: &Breakdown<'_>) -> Vec<Tally> {
        breakdown.tallies(self.log, &HEURISTICS.map(|model| Weigher::new(self.log, cases, policies, model, None)))
    }

    /// The Shapley value.
    pub fn shapley(&self) -> Tally {
        self.asked(|_, _, _, breakdown| breakdown.shapley(self.log))
    }

    /// A Markov chain, solved. Channels are 256 at the most: there is a chain for so few.
    pub fn markov(&self, order: Order) -> Option<Solution> {
        self.asked(|journeys, _, _, breakdown| {
            breakdown.chain(self.log, journeys, Dimension::Channel, order).map(|chain| chain.solve())
        })
    }

    /// Money by touch, in whole minor units.
    pub fn credits(&self, journeys: &Journeys, model: Model) -> Credits {
        Credits::compute(self.log, journeys, &self.policies(model))
    }

    /// Everything, by model and channel: fractional conversions and value in major units; of Markov the probability of
    /// conversion and removal effects; under `money` whole minor units.
    pub fn answers(&self, four: bool) -> Value {
        let names = HEURISTICS.map(Model::word);
        let mut answers: Map<String, Value> = names
            .into_iter()
            .zip(&self.heuristics())
            .map(|(name, tally)| (name.to_owned(), self.tally(tally)))
            .collect();
        for (name, order) in self.orders(four) {
            answers
                .insert(name.to_owned(), self.markov(order).map_or(Value::Null, |solution| self.solution(&solution)));
        }
        answers.insert(Model::Shapley.word().to_owned(), self.tally(&self.shapley()));
        let journeys = Journeys::of_buyers(self.log);
        let money = HEURISTICS.map(|model| (model.word().to_owned(), self.money(&self.credits(&journeys, model))));
        answers.insert("money".to_owned(), Map::from_iter(money).into());
        answers.into()
    }

    fn tally(&self, tally: &Tally) -> Value {
        let value: Vec<f64> = self.by_channel(&tally.value).iter().map(|minor| minor / 100.0).collect();
        json!({ "conversions": self.by_channel(&tally.conversions), "value": value })
    }

    fn solution(&self, solution: &Solution) -> Value {
        let shares = solution.shares();
        let conversions: Vec<f64> =
            self.by_channel(&shares).iter().map(|share| share * solution.conversions as f64).collect();
        json!({
            "p_conversion": solution.p_conversion,
            "removal_effect": self.by_channel(&solution.removal_effect),
            "conversions": conversions,
        })
    }

    fn money(&self, credits: &Credits) -> Value {
        let mut sums = vec![0i64; self.log.channels.len()];
        for credit in (0..self.log.revenue.len()).flat_map(|row| credits.of(row)) {
            sums[self.log.touches.channel[credit.touch as usize] as usize] += credit.amount;
        }
        sums.into()
    }

    /// Without what touches earned that carry no channel: here there are none.
    fn by_channel<'v>(&self, units: &'v [f64]) -> &'v [f64] {
        &units[..self.log.channels.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::Workload;
    use crate::{bench::workload, place};
    use anyhow::{Context, Result};
    use engine::time::Window;
    use serde_json::Value;

    fn numbers(value: &Value) -> Result<Vec<f64>> {
        value.as_array().context("no list")?.iter().map(|n| n.as_f64().context("no number")).collect()
    }

    #[test]
    fn answers_are_the_exact_ones() -> Result<()> {
        let folder = place::at("tests/vectors/touches-400")?;
        let log = workload::load(&folder)?;
        let answers = Workload { log: &log, window: Window::MONTH }.answers(true);
        let exact: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("exact.json"))?)?;
        for (model, record) in exact["models"].as_object().context("no models")? {
            for (name, values) in record.as_object().context("no record")? {
                let found = &answers[model][name];
                match values.as_f64() {
                    Some(value) => assert!((found.as_f64().context("no number")? - value).abs() < 1e-12),
                    // The value of Markov is its share of everything, and is not told.
                    None if found.is_null() => assert!(model.starts_with("markov") && name == "value"),
                    None => {
                        let (found, exact) = (numbers(found)?, numbers(values)?);
                        assert_eq!(found.len(), exact.len());
                        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
                        assert!(found.iter().zip(&exact).all(near), "{model} {name}");
                    }
                }
            }
        }
        for (model, sums) in answers["money"].as_object().context("no money")? {
            let sum: i64 = sums.as_array().into_iter().flatten().filter_map(Value::as_i64).sum();
            assert_eq!(sum, 188_836, "{model}");
        }
        Ok(())
    }
}
