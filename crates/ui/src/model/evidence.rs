//! The facts behind a figure, as lines of a list.

use engine::{
    figure::{FactRef, Figure, Unit, Value},
    kpi::Report,
    log::Log,
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
    /// That it is one of them, and no more.
    Nothing,
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
    latest(log, facts)
}

/// The same facts, the latest first.
///
/// # Panics
/// If a fact is not of this log.
#[must_use]
pub fn latest(log: &Log, facts: &[FactRef]) -> Vec<FactRef> {
    let times = facts.iter().map(|fact| i64::from(fact.at(log).0));
    descending_or_not(times, true).into_iter().map(|i| facts[i]).collect()
}

/// The lines of some facts of a figure, in their order.
///
/// # Panics
/// If a fact is not of this log.
#[must_use]
pub fn lines(log: &Log, report: &Report, figure: &Figure, facts: &[FactRef]) -> Vec<Line> {
    facts.iter().map(|fact| line(log, report, figure, *fact)).collect()
}

fn line(log: &Log, report: &Report, figure: &Figure, fact: FactRef) -> Line {
    let named = |names: &[String], i: u32| names.get(i as usize).cloned().unwrap_or_default();
    let customer = |i: u32| named(&log.customers, i);
    let party = |i: u32| log.partners.get(i as usize).and_then(|party| party.name.clone()).unwrap_or_default();
    let integration = |i: u32| log.integrations.get(i as usize).map(|row| row.name.clone()).unwrap_or_default();
    // An amount counts as one fact where facts are counted; else it says how much it is.
    let money = |amount: i64, currency: u32| match figure.unit {
        Unit::Count => Adds::Count(1),
        Unit::Money(_) | Unit::Rate | Unit::Ratio | Unit::Seconds => {
            Adds::Money(amount, log.currencies[currency as usize])
        }
    };
    // Where nothing is counted, that it is there is all.
    let one = if figure.unit == Unit::Count { Adds::Count(1) } else { Adds::Nothing };
    let many = |count: u32| Adds::Count(u64::from(count));
    let (what, who, adds) = match fact {
        FactRef::Touch(row) => {
            let touch = log.touches.get(row as usize);
            (words::touch(touch.kind), customer(touch.customer), one)
        }
        FactRef::Milestone(row) => {
            let step = log.milestones.get(row as usize);
            (words::milestone(step.kind), customer(step.customer), one)
        }
        FactRef::Clicks(row) => {
            let clicks = log.clicks.get(row as usize);
            let link = log.links.get(clicks.link as usize).map(|link| format!("/{}", link.key));
            (words::touch(clicks.kind), link.unwrap_or_default(), many(clicks.count))
        }
        FactRef::Revenue(row) => {
            let (r, i) = (&log.revenue, row as usize);
            let adds = match money(r.signed(i), r.currency[i]) {
                Adds::Money(of, currency) if figure.id == ATTRIBUTED => {
                    Adds::Part { credit: report.earned(row), of, currency }
                }
                adds => adds,
            };
            (words::revenue(r.kind[i]), customer(r.customer[i]), adds)
        }
        FactRef::Join(row) => ("Joined the program", party(log.joins.partner[row as usize]), one),
        FactRef::Goal(row) => ("Goal agreed", party(log.goals.partner[row as usize]), one),
        FactRef::Activity(row) => {
            let row = log.activities.get(row as usize);
            (words::activity(row.kind), party(row.partner), one)
        }
        FactRef::Registration(row) => ("Deal registered", customer(log.registrations.customer[row as usize]), one),
        FactRef::Payout(row) => {
            let row = log.payouts.get(row as usize);
            ("Commission paid", party(row.partner), money(row.amount, row.currency))
        }
        FactRef::Adjustment(row) => {
            let row = log.adjustments.get(row as usize);
            ("Commission by hand", row.reason, money(row.amount, row.currency))
        }
        FactRef::Cost(row) => {
            let row = log.costs.get(row as usize);
            (words::cost(row.kind), party(row.partner), money(row.amount, row.currency))
        }
        FactRef::Spend(row) => {
            let row = log.spend.get(row as usize);
            ("Campaign spend", named(&log.campaigns, row.campaign), money(row.amount, row.currency))
        }
        FactRef::Churn(row) => ("Customer left", customer(log.churns.customer[row as usize]), one),
        FactRef::Usage(row) => {
            let row = log.usage.get(row as usize);
            (words::usage(row.kind), integration(row.integration), many(row.count))
        }
        FactRef::Survey(row) => ("Survey answered", customer(log.surveys.customer[row as usize]), one),
        FactRef::Ticket(row) => ("Request for support", customer(log.tickets.customer[row as usize]), one),
        FactRef::Downtime(row) => ("Downtime", integration(log.downtimes.integration[row as usize]), one),
        FactRef::Mailing(row) => {
            let row = log.mailings.get(row as usize);
            (words::mailing(row.kind), named(&log.campaigns, row.campaign), many(row.count))
        }
        FactRef::Asset(row) => {
            let row = log.assets.get(row as usize);
            (words::asset(row.kind), party(row.partner), one)
        }
    };
    Line { at: fact.at(log), what, who, adds }
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
            Adds::Nothing => 0,
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
                let report = loaded.report(&filters, None);
                for figure in [&report.sourced, &report.influenced, &report.attributed, &report.clicks, &report.leads] {
                    let facts = facts(&loaded.log, &report, figure);
                    let lines = lines(&loaded.log, &report, figure, &facts);
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
        let report = loaded.report(&Filters::default(), None);
        assert_eq!(facts(&loaded.log, &report, &report.conversion).len(), report.wins.evidence.len());
        assert!(!report.wins.evidence.is_empty());
    }
}
