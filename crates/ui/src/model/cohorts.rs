//! Customers in cohorts, one beside the other: which figures of the catalogue tell of them, by which of their parts, and
//! whether there are enough customers to say anything.

use engine::{
    cohort::Kind,
    figure::Value,
    kpi::{Answer, Measure, Part},
};

/// Fewer customers than this are too few to say anything.
pub const ENOUGH: u64 = 10;

/// Cohorts beside one another.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// By what customers are split.
    pub kind: Kind,
    /// Its name on a page.
    pub title: &'static str,
    /// Its word in identifiers.
    pub word: &'static str,
    /// The fact without which nobody knows who is in which, in the words of the catalogue.
    pub fact: &'static str,
    /// The figures.
    pub rows: &'static [Row],
}

/// A figure by cohort.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Identifier of the definition.
    pub id: &'static str,
    /// Its parts, in the order of the cohorts, where they are called otherwise than these: what it counts is close to them,
    /// but not the same.
    pub parts: &'static [&'static str],
}

const fn own(id: &'static str) -> Row {
    Row { id, parts: &[] }
}

const fn by(id: &'static str, parts: &'static [&'static str]) -> Row {
    Row { id, parts }
}

const REST: &[&str] = &["Sourced by partners", "The rest"];
const MORE: &[&str] = &["Integrated accounts that bought more", "Not integrated accounts that bought more"];

/// Every table, in the order of the page.
pub const TABLES: [Table; 3] = [
    Table {
        kind: Kind::Sourced,
        title: "Sourced by partners, or not",
        word: "sourced",
        fact: "touch",
        rows: &[
            by("win_rate", REST),
            by("average_deal_size", REST),
            by("sales_cycle", &["With the partner", "Without"]),
            own("arpa"),
            own("lifetime_value"),
            own("retention"),
            own("churn"),
            own("renewal"),
            own("nps"),
            own("csat"),
        ],
    },
    Table {
        kind: Kind::Integrated,
        title: "Integrated, or not",
        word: "integrated",
        fact: "integration.installed",
        rows: &[
            by("sales_cycle", &["With the integration", "Without"]),
            own("arpa"),
            own("retention"),
            own("churn"),
            own("renewal"),
            by("upsell_rate", MORE),
            by("cross_sell_rate", MORE),
            own("nps"),
            own("csat"),
            own("tickets_per_100_accounts"),
        ],
    },
    Table {
        kind: Kind::Integrations,
        title: "By number of integrations",
        word: "integrations",
        fact: "integration.installed",
        rows: &[own("lifetime_value"), own("retention"), own("churn"), own("renewal")],
    },
];

/// One cohort's value of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The value.
    pub value: Value,
    /// What it counts.
    pub measure: Measure,
    /// What it is called where that is not the cohort's name.
    pub name: &'static str,
    /// Of how many it is: those whom a rate counts, the values that it is the middle of, else the customers of the cohort.
    pub of: u64,
}

impl Cell {
    /// Whether it is of too few to say anything.
    #[must_use]
    pub fn is_of_few(&self) -> bool {
        !matches!(self.value, Value::NotKnown(_)) && self.of < ENOUGH
    }
}

/// How far one cohort lies from the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The cohort; empty where there is only one besides the baseline.
    pub name: &'static str,
    /// What is to be said.
    pub told: Told,
}

/// What is to be said of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It is not known.
    NotKnown,
    /// One of both is of too few.
    TooFew,
    /// How far, and its 95 % interval.
    Known(i64, Option<(i64, i64)>),
}

impl Told {
    /// Whether chance alone may have made it: the interval holds zero, or there is none.
    #[must_use]
    pub fn may_be_chance(&self) -> bool {
        matches!(self, Self::Known(_, interval) if interval.is_none_or(|(low, high)| low <= 0 && high >= 0))
    }
}

/// A figure of each cohort, and how far these lie apart. `cohorts` are name, customers and whether it is the baseline.
#[must_use]
pub fn cells(
    table: &Table,
    row: &Row,
    cohorts: &[(&'static str, u64, bool)],
    answer: &Answer,
) -> (Vec<Cell>, Vec<Apart>) {
    let name = |i: usize| row.parts.get(i).copied().unwrap_or(cohorts[i].0);
    let part = |label: &str| answer.parts.iter().find(|part: &&Part| part.label == label);
    let lack = if let Value::NotKnown(fact) = answer.value { fact } else { table.fact };
    let cell = |i: usize| {
        let found = part(name(i));
        let value = found.map_or(Value::NotKnown(lack), |part| part.value);
        let of = match value {
            Value::Rate { m, .. } => m,
            _ => found.and_then(|part| part.of).unwrap_or(cohorts[i].1),
        };
        let name = if name(i) == cohorts[i].0 { "" } else { name(i) };
        Cell { value, measure: found.map_or(Measure::Count, |part| part.measure), name, of }
    };
    let cells: Vec<Cell> = (0..cohorts.len()).map(cell).collect();
    let Some(base) = cohorts.iter().position(|cohort| cohort.2) else { return (cells, Vec::new()) };
    let apart = |i: usize| {
        let found = part(&["Difference: ", name(i), " less ", name(base)].concat());
        let told = match found.map(|part| (part.value, part.interval)) {
            Some((Value::Known(_), _)) if cells[i].is_of_few() || cells[base].is_of_few() => Told::TooFew,
            Some((Value::Known(value), interval)) => Told::Known(value, interval),
            _ => Told::NotKnown,
        };
        Apart { name: if cohorts.len() > 2 { cohorts[i].0 } else { "" }, told }
    };
    let apart = (0..cohorts.len()).filter(|i| *i != base).map(apart).collect();
    (cells, apart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::door::door;
    use engine::kpi::definition;

    const PAIR: [(&str, u64, bool); 2] = [("Sourced by partners", 12, false), ("Not sourced by partners", 40, true)];

    fn answer(parts: Vec<Part>) -> Answer {
        Answer::known(1, Vec::new()).with(parts)
    }

    fn apart(value: i64, interval: Option<(i64, i64)>) -> Part {
        let label = "Difference: Sourced by partners less The rest";
        Part { interval, ..Part::known(label, Measure::Ratio, value) }
    }

    #[test]
    fn tables_are_of_definitions_and_of_facts_with_a_door() {
        for table in TABLES {
            assert!(door(table.fact).is_some(), "{}", table.word);
            for row in table.rows {
                assert!(definition(row.id).is_some(), "{}", row.id);
            }
        }
    }

    #[test]
    fn cohorts_stand_side_by_side_with_what_each_is_of() {
        let rates = |n, m, k, l| {
            let parts = vec![
                Part::rate("Sourced by partners", n, m, "x"),
                Part::rate("The rest", k, l, "x"),
                apart(100_000, Some((-1, 200_000))),
            ];
            cells(&TABLES[0], &TABLES[0].rows[0], &PAIR, &answer(parts))
        };
        let (cells, apart) = rates(8, 10, 7, 11);
        assert_eq!(
            cells.iter().map(|cell| (cell.of, cell.is_of_few())).collect::<Vec<_>>(),
            [(10, false), (11, false)]
        );
        assert_eq!((cells[0].name, cells[1].name), ("", "The rest"));
        assert_eq!(apart, [Apart { name: "", told: Told::Known(100_000, Some((-1, 200_000))) }]);
        assert!(apart[0].told.may_be_chance());
        let (cells, apart) = rates(8, 9, 7, 11);
        assert!(cells[0].is_of_few() && !cells[1].is_of_few());
        assert_eq!(apart[0].told, Told::TooFew);
        assert!(!Told::Known(5, Some((1, 9))).may_be_chance());
    }

    #[test]
    fn what_is_not_known_says_for_want_of_what() {
        let unknown = Answer::not_known("opportunity.lost");
        let (cells, apart) = cells(&TABLES[0], &TABLES[0].rows[0], &PAIR, &unknown);
        assert!(cells.iter().all(|cell| cell.value == Value::NotKnown("opportunity.lost") && !cell.is_of_few()));
        assert_eq!(apart[0].told, Told::NotKnown);
        assert!(!apart[0].told.may_be_chance());
        // A middle is of its values, however many customers there are.
        let four = Part { of: Some(4), ..Part::known("Sourced by partners", Measure::Money, 5) };
        let (middles, _) = super::cells(&TABLES[0], &own("nps"), &PAIR, &answer(vec![four]));
        assert_eq!((middles[0].of, middles[0].is_of_few()), (4, true));
        // Of an amount the customers of the cohort count.
        let amounts = answer(vec![Part::known("Sourced by partners", Measure::Money, 5)]);
        let few = [("Sourced by partners", 9, false), PAIR[1]];
        let (cells, _) = super::cells(&TABLES[0], &own("arpa"), &few, &amounts);
        assert!(cells[0].is_of_few());
        assert_eq!(cells[1].value, Value::NotKnown("touch"));
    }
}
