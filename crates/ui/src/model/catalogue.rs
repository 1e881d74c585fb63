//! The catalogue of figures as a page shows it: chapters, rows, and values in words.

use engine::{
    figure::{Unit, Value},
    kpi::{self, Answer, Chapter, Definition, Measure},
    money::Currency,
    stat,
};

use super::locale::Locale;

/// A row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its name, word for word.
    pub name: &'static str,
    /// Its definitions, by their places in the catalogue: from the first on, so many.
    pub first: usize,
    /// How many.
    pub count: usize,
}

/// The chapters, in the order of the page.
pub const CHAPTERS: [Chapter; 4] = [Chapter::Sales, Chapter::Economics, Chapter::Customers, Chapter::Partners];

/// The name of a chapter.
#[must_use]
pub fn title(chapter: Chapter) -> &'static str {
    match chapter {
        Chapter::Sales => "Sales",
        Chapter::Economics => "Economics",
        Chapter::Customers => "Customers and integrations",
        Chapter::Partners => "Partners",
    }
}

/// The rows of a chapter, in the order of the catalogue.
#[must_use]
pub fn rows(chapter: Chapter) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (i, definition) in kpi::catalogue().enumerate().filter(|(_, definition)| definition.chapter == chapter) {
        match rows.last_mut().filter(|row| row.name == definition.row) {
            Some(row) => row.count += 1,
            None => rows.push(Row { name: definition.row, first: i, count: 1 }),
        }
    }
    rows
}

/// Whether a definition is meant by what somebody typed: each word stands in its name, its row or its identifier.
#[must_use]
pub fn is_meant(definition: &Definition, sought: &str) -> bool {
    let known = [definition.label, definition.row, definition.id].join(" ").to_lowercase();
    sought.to_lowercase().split_whitespace().all(|word| known.contains(word))
}

/// Ratios that are shares of a whole, or changes of one: these are read in per cent.
const IN_PER_CENT: [&str; 7] = [
    "growth_month_on_month",
    "growth_year_on_year",
    "goal_attainment",
    "concentration_top_1",
    "concentration_top_5",
    "concentration_top_20",
    "gross_margin",
];

/// How numbers of one definition are written.
#[derive(Debug, Clone, Copy)]
pub struct Style<'a> {
    /// Signs of numbers.
    pub locale: &'a Locale,
    /// The currency of the question.
    pub currency: Currency,
    /// Whether ratios are read in per cent.
    pub per_cent: bool,
    /// What the figure counts.
    pub measure: Measure,
}

impl<'a> Style<'a> {
    /// That of a definition.
    #[must_use]
    pub fn of(locale: &'a Locale, currency: Currency, definition: &Definition) -> Self {
        Self { locale, currency, per_cent: IN_PER_CENT.contains(&definition.id), measure: definition.measure }
    }

    /// A value in words.
    #[must_use]
    pub fn value(self, measure: Measure, value: Value) -> String {
        match value {
            Value::NotKnown(_) => "Not known".into(),
            Value::Rate { n, m } => self.locale.percent(n, m),
            Value::Known(n) => self.number(measure, n),
        }
    }

    /// The value of a part: one that is called a share is read in per cent, and a difference has its sign.
    #[must_use]
    pub fn part(self, part: &kpi::Part) -> String {
        let named = ["Share", "Daily ÷", "Net revenue retention"].iter().any(|name| part.label.starts_with(name));
        let per_cent = self.per_cent || named || part.label.ends_with(", attainment");
        let style = Style { per_cent, ..self };
        match (part.value, self.apart(part)) {
            (Value::Known(n), Some(measure)) => style.difference(measure, n),
            (value, _) => style.value(part.measure, value),
        }
    }

    /// The interval of a part, in words.
    #[must_use]
    pub fn between(self, part: &kpi::Part) -> Option<String> {
        part.interval.map(|bounds| match self.apart(part) {
            Some(Measure::Rate) => format!("{} to {} points", self.points(bounds.0), self.points(bounds.1)),
            Some(measure) => {
                format!("{} to {}", self.difference(measure, bounds.0), self.difference(measure, bounds.1))
            }
            None => self.interval(part.measure, bounds),
        })
    }

    /// What a part that is a difference is a difference of.
    fn apart(self, part: &kpi::Part) -> Option<Measure> {
        let of_rates = self.measure == Measure::Rate && part.measure == Measure::Ratio;
        part.label.starts_with("Difference").then_some(if of_rates { Measure::Rate } else { part.measure })
    }

    /// A difference in words: of rates in points, of all else in the unit of the figure. With its sign.
    #[must_use]
    pub fn difference(self, measure: Measure, n: i64) -> String {
        match measure {
            Measure::Rate => format!("{} points", self.points(n)),
            measure => format!("{}{}", if n > 0 { "+" } else { "" }, self.value(measure, Value::Known(n))),
        }
    }

    /// A difference of rates as a number of points, with its sign unless it is rounded to nothing.
    fn points(self, n: i64) -> String {
        let number = self.locale.decimal(n.saturating_mul(100));
        if n > 0 && number != "0" { format!("+{number}") } else { number }
    }

    /// The bounds of an interval, in words.
    #[must_use]
    pub fn interval(self, measure: Measure, (low, high): (i64, i64)) -> String {
        format!("{} to {}", self.number(measure, low), self.number(measure, high))
    }

    fn number(self, measure: Measure, n: i64) -> String {
        match measure.unit(self.currency) {
            Unit::Money(currency) => self.locale.money(n, currency),
            Unit::Count => self.locale.count(n),
            Unit::Seconds if n < 0 => format!("{}{}", self.locale.minus, self.locale.duration(n)),
            Unit::Seconds => self.locale.duration(n),
            Unit::Ratio if !self.per_cent => self.locale.fine(n),
            Unit::Ratio | Unit::Rate => {
                let sign = if n < 0 { &*self.locale.minus } else { "" };
                format!("{sign}{}", self.locale.percent(n.unsigned_abs(), 1_000_000))
            }
        }
    }
}

/// The 95 % interval of an answer: its own, or that of its counts.
#[must_use]
pub fn interval(answer: &Answer) -> Option<(i64, i64)> {
    let of_counts = match answer.value {
        Value::Rate { n, m } if n <= m => Some(stat::wilson(n, m)),
        _ => None,
    };
    answer.interval.or(of_counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::kpi::definition;

    #[test]
    fn every_definition_stands_in_one_row_of_its_chapter() {
        let all: Vec<&Definition> = kpi::catalogue().collect();
        let mut seen = Vec::new();
        for chapter in CHAPTERS {
            for row in rows(chapter) {
                seen.extend(row.first..row.first + row.count);
                let own = &all[row.first..row.first + row.count];
                assert!(own.iter().all(|d| (d.chapter, d.row) == (chapter, row.name)), "{row:?}");
            }
        }
        assert_eq!(seen, (0..all.len()).collect::<Vec<_>>());
    }

    #[test]
    fn figures_are_found_by_name_row_and_identifier() {
        let roas = definition("roas").expect("a definition");
        for sought in ["", "return", "SPEND return", "roi, roas", "roas"] {
            assert!(is_meant(roas, sought), "{sought}");
        }
        assert!(!is_meant(roas, "return of partners"));
    }

    #[test]
    fn values_have_their_units() {
        let locale = Locale::default();
        let of = |id: &str| {
            let definition = definition(id).expect("a definition");
            (Style::of(&locale, Currency::USD, definition), definition.measure)
        };
        for (id, value, written) in [
            ("roi", Value::Known(1_234_567), "1.23"),
            ("roi", Value::Known(-500_000), "\u{2212}0.5"),
            ("roas", Value::Known(123_456_789), "123.5"),
            ("gross_margin", Value::Known(421_000), "42.1%"),
            ("growth_month_on_month", Value::Known(-500_000), "\u{2212}50.0%"),
            ("win_rate", Value::Rate { n: 1, m: 2 }, "50.0%"),
            ("sales_cycle", Value::Known(86_400), "1 day"),
            ("revenue_sourced", Value::Known(12_050), "$120.50"),
            ("payback", Value::NotKnown("cost{category}"), "Not known"),
        ] {
            let (style, measure) = of(id);
            assert_eq!(style.value(measure, value), written, "{id}");
        }
        let (style, measure) = of("win_rate");
        let part = |label: &str, measure| kpi::Part {
            interval: Some((-150_000, 33_333)),
            ..kpi::Part::known(label, measure, -83_333)
        };
        let apart = part("Difference: Integrated less Not integrated", Measure::Ratio);
        assert_eq!(style.part(&apart), "\u{2212}8.3 points");
        assert_eq!(style.between(&apart).as_deref(), Some("\u{2212}15 to +3.3 points"));
        assert_eq!(style.part(&part("Difference in money", Measure::Money)), "\u{2212}$833.33");
        assert_eq!(style.difference(Measure::Money, 12_000), "+$120.00");
        assert_eq!(style.difference(Measure::Seconds, -172_800), "\u{2212}2 days");
        assert_eq!(style.interval(measure, (94_531, 905_469)), "9.5% to 90.5%");
    }
}
