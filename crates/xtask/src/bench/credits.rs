//! What the models answer about a workload. Numbers are written with the fewest digits that give the same double back:
//! two files are equal where every bit is.

use engine::{
    credit::{Attribution, Model, Order, Tally, markov::Solution},
    log::Log,
};
use serde_json::{Map, Value, json};

/// Orders of Markov with the names of their tasks.
pub fn orders(four: bool) -> impl Iterator<Item = (&'static str, Order)> {
    let count = if four { 4 } else { 3 };
    Order::ALL.into_iter().take(count).map(|order| (Model::Markov(order).word(), order))
}

/// Everything, by model and channel: fractional conversions and value in major units; of Markov the probability of
/// conversion and removal effects; under `money` whole minor units.
pub fn answers(asked: &Attribution<'_>, four: bool) -> Value {
    let names = Attribution::HEURISTICS.map(|model| model.word().to_owned());
    let heuristics = asked.heuristics();
    let tallies = heuristics.iter().map(|found| tally(asked.log, found));
    let mut answers: Map<String, Value> = names.into_iter().zip(tallies).collect();
    for (name, order) in orders(four) {
        let found = asked.markov(order).map_or(Value::Null, |found| solution(asked.log, &found));
        answers.insert(name.to_owned(), found);
    }
    answers.insert(Model::Shapley.word().to_owned(), tally(asked.log, &asked.shapley()));
    let money = |model: Model| (model.word().to_owned(), json!(by_channel(asked.log, &asked.money(model))));
    answers.insert("money".to_owned(), Map::from_iter(Attribution::HEURISTICS.map(money)).into());
    answers.into()
}

fn tally(log: &Log, tally: &Tally) -> Value {
    let value: Vec<f64> = by_channel(log, &tally.value).iter().map(|minor| minor / 100.0).collect();
    json!({ "conversions": by_channel(log, &tally.conversions), "value": value })
}

fn solution(log: &Log, solution: &Solution) -> Value {
    json!({
        "p_conversion": solution.p_conversion,
        "removal_effect": by_channel(log, &solution.removal_effect),
        "conversions": by_channel(log, &solution.conversions_by_unit()),
    })
}

/// Without what touches earned that carry no channel: here there are none.
fn by_channel<'v, T>(log: &Log, units: &'v [T]) -> &'v [T] {
    &units[..log.channels.len()]
}

#[cfg(test)]
mod tests {
    use super::{Attribution, answers};
    use crate::{bench::workload, place};
    use anyhow::{Context, Result};
    use engine::{credit::Dimension, time::Window};
    use serde_json::Value;

    fn numbers(value: &Value) -> Result<Vec<f64>> {
        value.as_array().context("no list")?.iter().map(|n| n.as_f64().context("no number")).collect()
    }

    #[test]
    fn answers_are_the_exact_ones() -> Result<()> {
        let folder = place::at("tests/vectors/touches-400")?;
        let log = workload::load(&folder)?;
        let answers = answers(&Attribution { log: &log, window: Window::MONTH, by: Dimension::Channel }, true);
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
