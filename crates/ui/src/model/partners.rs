//! The partners of a program as a table: one a row, each figure as asking for that partner alone answers it.

use engine::{
    figure::Value,
    kpi::{Context, Definition, EACH, Measure, Report, Subject, each},
    log::NONE,
    money::Currency,
    time::DAY,
};

use super::{
    csv,
    loaded::Loaded,
    order::{Head, Order, descending_or_not, ranked},
};

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Row of [`engine::log::Log::partners`].
    pub partner: u32,
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its group; empty where it is in none.
    pub group: String,
    /// The values of [`EACH`].
    pub values: [Value; EACH.len()],
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The partner's name.
    Name,
    /// Its group.
    Group,
    /// A figure, by its place in [`EACH`].
    Figure(usize),
}

impl Column {
    /// Every column, from left to right.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Name, Self::Group].into_iter().chain((0..EACH.len()).map(Self::Figure))
    }

    /// Its word in files and for programs: the figure's identifier.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "partner",
            Self::Group => "group",
            Self::Figure(i) => EACH[i].id,
        }
    }

    /// Its head.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "Partner",
            Self::Group => "Group",
            Self::Figure(i) => match EACH[i].id {
                "revenue_sourced" => "Sourced",
                "revenue_influenced" => "Influenced",
                "revenue_attributed" => "Attributed",
                "wins_sourced" => "Wins",
                "time_to_first_sale" => "To first sale",
                "time_since_last_activity" => "Last activity",
                _ => EACH[i].label,
            },
        }
    }
}

impl Head for Column {
    fn falls(self) -> bool {
        // Of times the short ones are the good ones.
        matches!(self, Self::Figure(i) if EACH[i].measure != Measure::Seconds)
    }
}

/// The order that the table opens in: the most attributed revenue first.
pub const FIRST: Order<Column> = Order { column: Column::Figure(2), descending: true };

/// Every partner under a report's question, whichever partner that is about.
#[must_use]
pub fn rows(loaded: &Loaded, report: &Report) -> Vec<Row> {
    let log = &loaded.log;
    let context = report.context(log, &loaded.journeys).about(Subject::default());
    let groups = Context::groups_of(log);
    let group =
        |i: usize| groups.get(i).filter(|group| **group != NONE).map(|group| log.groups[*group as usize].clone());
    let row = |(i, values): (usize, Option<[Value; EACH.len()]>)| {
        let party = &log.partners[i];
        Some(Row {
            partner: i as u32,
            id: party.id.clone()?,
            name: party.name.clone().unwrap_or_default(),
            group: group(i).unwrap_or_default(),
            values: values?,
        })
    };
    each(&context).into_iter().enumerate().filter_map(row).collect()
}

/// The best number of a figure among partners, where they differ: the most, but of times the shortest.
#[must_use]
pub fn best(column: usize, rows: &[&Row]) -> Option<i64> {
    let mut known: Vec<i64> = rows.iter().filter_map(|row| row.values[column].number()).collect();
    known.sort_unstable();
    let (least, most) = (*known.first()?, *known.last()?);
    (least != most).then_some(if Column::Figure(column).falls() { most } else { least })
}

/// The positions of those whose name, group or identifier has what somebody typed, in an order; what is not known stands last
/// both ways.
#[must_use]
pub fn positions(rows: &[Row], order: Order<Column>, sought: &str) -> Vec<usize> {
    let sought = sought.trim().to_lowercase();
    let is_meant = |row: &Row| {
        row.id.to_lowercase() == sought
            || [&row.name, &row.group].iter().any(|text| text.to_lowercase().contains(&sought))
    };
    let text = |pick: fn(&Row) -> &String| {
        let mut positions = ranked(rows.iter().map(|row| pick(row).to_lowercase()));
        if order.descending {
            positions.reverse();
        }
        positions
    };
    let last = if order.descending { i64::MIN } else { i64::MAX };
    let mut positions = match order.column {
        Column::Name => text(|row| &row.name),
        Column::Group => text(|row| &row.group),
        Column::Figure(i) => {
            descending_or_not(rows.iter().map(|row| row.values[i].number().unwrap_or(last)), order.descending)
        }
    };
    positions.retain(|i| is_meant(&rows[*i]));
    positions
}

/// Partners as a file, in the order of the page: amounts in units of the currency, which stands behind them, rates as numbers
/// from 0 to 1, times in days; what is not known is empty.
#[must_use]
pub fn file(rows: &[&Row], currency: Currency) -> String {
    let head = |definition: &Definition| match definition.measure {
        Measure::Seconds => format!("{}_days", definition.id),
        _ => definition.id.to_owned(),
    };
    let mut lines = vec![["partner", "id", "group"].map(str::to_owned).to_vec()];
    lines[0].extend(EACH.iter().map(head));
    lines[0].push("currency".to_owned());
    for row in rows {
        let cell = |(definition, value): (&Definition, &Value)| match (definition.measure, value.number()) {
            (_, None) => String::new(),
            (Measure::Money, Some(n)) => csv::units(n, currency.digits()),
            (Measure::Seconds, Some(n)) => csv::units(n.saturating_mul(100) / i64::from(DAY), 2),
            (Measure::Rate | Measure::Ratio, Some(n)) => csv::units(n, 6),
            (Measure::Count, Some(n)) => n.to_string(),
        };
        let mut line = vec![row.name.clone(), row.id.clone(), row.group.clone()];
        line.extend(EACH.iter().zip(&row.values).map(cell));
        line.push(currency.to_string());
        lines.push(line);
    }
    csv::written(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filters::Filters, model::sample};

    fn sample() -> (Loaded, Vec<Row>) {
        let loaded = Loaded::new(sample::program_feed());
        let report = loaded.report(&Filters::default(), None);
        let rows = rows(&loaded, &report);
        (loaded, rows)
    }

    #[test]
    fn a_row_is_the_report_of_its_partner() {
        let (loaded, rows) = sample();
        assert_eq!(rows.len(), 2);
        for row in &rows {
            let alone = Filters { partner: Some(row.id.clone()), ..Filters::default() };
            let report = loaded.report(&alone, None);
            for figure in [&report.sourced, &report.influenced, &report.attributed, &report.clicks, &report.leads] {
                let column = EACH.iter().position(|definition| definition.id == figure.id).expect("a column");
                assert_eq!(row.values[column], figure.value, "{} of {}", figure.id, row.name);
            }
        }
        // Whichever partner the page is about, the table is the same.
        let about = loaded.report(&Filters { partner: Some("pn_B".into()), ..Filters::default() }, None);
        assert_eq!(super::rows(&loaded, &about), rows);
    }

    #[test]
    fn every_column_sorts_both_ways_and_what_is_not_known_stands_last() {
        let (_, rows) = sample();
        for column in Column::all() {
            for descending in [false, true] {
                let order = Order { column, descending };
                let sorted: Vec<&Row> = positions(&rows, order, "").into_iter().map(|i| &rows[i]).collect();
                assert_eq!(sorted.len(), rows.len());
                if let Column::Figure(i) = column {
                    let known: Vec<Option<i64>> = sorted.iter().map(|row| row.values[i].number()).collect();
                    assert!(known.is_sorted_by_key(Option::is_none), "{} {known:?}", column.word());
                    let numbers: Vec<i64> = known.into_iter().flatten().collect();
                    let in_order = numbers.is_sorted_by(|a, b| if descending { a >= b } else { a <= b });
                    assert!(in_order, "{} {numbers:?}", column.word());
                }
            }
        }
        let names = |sought: &str| {
            let order = Order { column: Column::Name, descending: true };
            positions(&rows, order, sought).into_iter().map(|i| rows[i].name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["brightside", "Acme"]);
        assert_eq!((names(" BRIGHT "), names("pn_a"), names("nobody")), (vec!["brightside"], vec!["Acme"], vec![]));
    }

    #[test]
    fn the_file_has_a_line_a_partner() {
        let (_, rows) = sample();
        let file = file(&rows.iter().collect::<Vec<_>>(), Currency::USD);
        let lines: Vec<&str> = file.trim_end().split("\r\n").collect();
        assert_eq!(
            lines[0],
            "partner,id,group,revenue_sourced,revenue_influenced,revenue_attributed,clicks,leads,wins_sourced,win_rate,\
             time_to_first_sale_days,time_since_last_activity_days,currency"
        );
        assert!(lines[1].starts_with("Acme,pn_A,,75.00,75.00,75.00,43,"), "{}", lines[1]);
        assert!(lines[1].ends_with(",,,USD"), "{}", lines[1]);
    }
}
