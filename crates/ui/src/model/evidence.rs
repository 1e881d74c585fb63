//! The facts behind a figure, as lines of a list.

use engine::{
    figure::{FactRef, Figure, Unit, Value},
    kpi::Report,
    log::{Log, NONE},
    money::Currency,
    time::Time,
};

use super::{order::descending_or_not, words};

/// One fact, as far as a list says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When; the first second of the day for a day's clicks.
    pub at: Time,
    /// What.
    pub what: &'static str,
    /// The customer, or the link that was clicked; possibly empty.
    pub who: String,
    /// What it adds to the figure.
    pub adds: Adds,
}

/// What a fact adds to a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adds {
    /// This many.
    Count(u64),
    /// The whole amount.
    Money(i64, Currency),
    /// Of an amount, a part.
    Part {
        /// Minor units that are credited.
        credit: i64,
        /// Minor units of the fact.
        of: i64,
        /// Currency of both.
        currency: Currency,
    },
}

/// Identifier of the figure whose facts are counted in part.
const ATTRIBUTED: &str = "revenue_attributed";

/// The facts to list for a figure, the latest first: its own, or, for a rate, those of its numerator.
///
/// # Panics
/// If a fact is not of this log.
#[must_use]
pub fn facts(log: &Log, report: &Report, figure: &Figure) -> Vec<FactRef> {
    let facts = match figure.value {
        Value::Rate { .. } if figure.evidence.is_empty() => &report.wins.evidence,
        _ => &figure.evidence,
    };
    let times = facts.iter().map(|fact| i64::from(fact.at(log).0));
    descending_or_not(times, true).into_iter().map(|i| facts[i]).collect()
}

/// The lines of some facts of a figure, in their order.
///
/// # Panics
/// If a fact is not of this log.
#[must_use]
pub fn lines(log: &Log, report: &Report, partner: Option<u32>, figure: &Figure, facts: &[FactRef]) -> Vec<Line> {
    facts.iter().map(|fact| line(log, report, partner, figure, *fact)).collect()
}

fn line(log: &Log, report: &Report, partner: Option<u32>, figure: &Figure, fact: FactRef) -> Line {
    let at = fact.at(log);
    let name = |customer: u32| log.customers.get(customer as usize).cloned().unwrap_or_default();
    match fact {
        FactRef::Touch(row) => {
            let touch = log.touches.get(row as usize);
            Line { at, what: words::touch(touch.kind), who: name(touch.customer), adds: Adds::Count(1) }
        }
        FactRef::Milestone(row) => {
            let (m, i) = (&log.milestones, row as usize);
            Line { at, what: words::milestone(m.kind[i]), who: name(m.customer[i]), adds: Adds::Count(1) }
        }
        FactRef::Clicks(row) => {
            let clicks = log.clicks.get(row as usize);
            let who = match clicks.link {
                NONE => String::new(),
                link => format!("/{}", log.links[link as usize].key),
            };
            Line { at, what: words::touch(clicks.kind), who, adds: Adds::Count(u64::from(clicks.count)) }
        }
        FactRef::Revenue(row) => {
            let (r, i) = (&log.revenue, row as usize);
            let (amount, currency) = (r.signed(i), log.currencies[r.currency[i] as usize]);
            let adds = match figure.unit {
                Unit::Money(_) if figure.id == ATTRIBUTED => {
                    Adds::Part { credit: report.credits.earned(log, i, partner), of: amount, currency }
                }
                Unit::Money(_) => Adds::Money(amount, currency),
                Unit::Count | Unit::Rate | Unit::Ratio | Unit::Seconds => Adds::Count(1),
            };
            Line { at, what: words::revenue(r.kind[i]), who: name(r.customer[i]), adds }
        }
        other => Line { at, what: words::fact(other), who: String::new(), adds: Adds::Count(1) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        filters::Filters,
        model::{loaded::Loaded, sample},
    };
    use engine::credit::Model;

    /// What the lines of a figure add up to.
    fn sum(lines: &[Line]) -> i64 {
        let adds = |line: &Line| match line.adds {
            Adds::Count(n) => n as i64,
            Adds::Money(amount, _) => amount,
            Adds::Part { credit, .. } => credit,
        };
        lines.iter().map(adds).sum()
    }

    #[test]
    fn the_facts_of_every_sum_add_up_to_it() {
        for feed in [sample::partner_feed(), sample::program_feed()] {
            let loaded = Loaded::new(feed);
            for model in [None, Some(Model::First), Some(Model::Last), Some(Model::Linear)] {
                let filters = Filters { model, ..Filters::default() };
                let report = loaded.report(&filters);
                for figure in [&report.sourced, &report.influenced, &report.attributed, &report.clicks, &report.leads] {
                    let facts = facts(&loaded.log, &report, figure);
                    let lines = lines(&loaded.log, &report, loaded.partner(&filters), figure, &facts);
                    assert!(lines.is_sorted_by_key(|line| core::cmp::Reverse(line.at)));
                    assert_eq!(Value::Known(sum(&lines)), figure.value, "{} {model:?}", figure.id);
                    assert!(lines.iter().all(|line| !line.what.is_empty()));
                }
            }
        }
    }

    #[test]
    fn a_rate_shows_the_facts_of_its_numerator() {
        let loaded = Loaded::new(sample::partner_feed());
        let report = loaded.report(&Filters::default());
        assert_eq!(facts(&loaded.log, &report, &report.conversion).len(), report.wins.evidence.len());
        assert!(!report.wins.evidence.is_empty());
    }
}
