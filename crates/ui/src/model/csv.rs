//! Tables as files.

use engine::{classify::Class, kpi::Deal, log::Log, money::Currency};

use super::{
    compare::{Compared, Line},
    order::Column,
};

/// Deals as a file: one a line, with these columns; amounts in units of the currency, which stands behind the last of them.
#[must_use]
pub fn deals(log: &Log, deals: &[&Deal], columns: &[Column], currency: Currency) -> String {
    let last_amount = columns.iter().rfind(|column| matches!(column, Column::Revenue | Column::Credit)).copied();
    let cells = |column: Column, cell: String, unit: &str| {
        let unit = (Some(column) == last_amount).then(|| unit.to_owned());
        core::iter::once(cell).chain(unit)
    };
    let head = |column: &Column| {
        let name = if *column == Column::Last { "last_activity" } else { column.word() };
        cells(*column, name.to_owned(), "currency")
    };
    let code = currency.to_string();
    let row = |deal: &&Deal| {
        let cell = |column: &Column| {
            let text = match column {
                Column::Customer => log.customers[deal.customer as usize].clone(),
                Column::Stage => deal.stage.label().to_owned(),
                Column::Class => deal.class.map_or("", Class::label).to_owned(),
                Column::Revenue => units(deal.revenue, currency.digits()),
                Column::Credit => units(deal.credit, currency.digits()),
                Column::Last => deal.last.to_string(),
            };
            cells(*column, text, &code)
        };
        columns.iter().flat_map(cell).collect()
    };
    let rows: Vec<Vec<String>> =
        core::iter::once(columns.iter().flat_map(head).collect()).chain(deals.iter().map(row)).collect();
    written(&rows)
}

/// Both answers and their difference, one party a line; amounts in units of the currency, which stands behind them.
#[must_use]
pub fn compared(compared: &Compared, currency: Currency) -> String {
    let head =
        ["partner", "partner_id", "as_it_is", "as_it_would_be", "change", "currency"].map(str::to_owned).to_vec();
    let amount = |minor| units(minor, currency.digits());
    let row = |line: &Line| {
        let [a, b, change] = [line.a, line.b, line.change()].map(amount);
        vec![line.name.clone(), line.id.clone(), a, b, change, currency.to_string()]
    };
    written(&core::iter::once(head).chain(compared.lines.iter().map(row)).collect::<Vec<_>>())
}

/// Minor units with so many digits behind a point: `-12.05`.
#[must_use]
pub fn units(minor: i64, digits: u32) -> String {
    let (sign, digits) = (if minor < 0 { "-" } else { "" }, digits as usize);
    let text = format!("{:0>width$}", minor.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    if digits == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Rows as CSV (RFC 4180). A text that a spreadsheet would compute has an apostrophe before it, as in the server's exports.
#[must_use]
pub fn written(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            field(&mut text, cell);
        }
        text.push_str("\r\n");
    }
    text
}

fn field(text: &mut String, cell: &str) {
    let number = cell.strip_prefix('-').unwrap_or(cell).bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let guard = if !number && cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if cell.contains(['"', ',', '\n', '\r']) {
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(guard);
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        filters::Filters,
        model::{loaded::Loaded, sample},
    };

    #[test]
    fn deals_are_a_line_each() {
        let loaded = Loaded::new(sample::program_feed());
        let report = loaded.report(&Filters::default(), None);
        let rows: Vec<&Deal> = loaded.deals(&report).iter().collect();
        let csv = deals(&loaded.log, &rows, &Column::ALL, Currency::USD);
        let lines: Vec<&str> = csv.trim_end().split("\r\n").collect();
        assert_eq!(lines.len(), 1 + rows.len());
        let harbor = lines.iter().find(|line| line.starts_with("Harbor Labs")).expect("a deal");
        assert!(harbor.contains(",Won,Sourced,75.00,"), "{harbor}");
        assert_eq!(lines[0], "customer,stage,class,revenue,credit,currency,last_activity");
        let some = deals(&loaded.log, &rows, &[Column::Customer, Column::Revenue, Column::Last], Currency::USD);
        assert_eq!(some.lines().next(), Some("customer,revenue,currency,last_activity"));
        let none = deals(&loaded.log, &rows, &[Column::Customer], Currency::USD);
        assert_eq!(none.lines().next(), Some("customer"));
        assert_eq!((units(-5, 2), units(7, 0), units(1_234, 3)), ("-0.05".into(), "7".into(), "1.234".into()));
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_computed() {
        let row = ["a", "b,c", "d\"e", "=1+1", "-5.20", "-x", "+49 30", "two\nlines", ""].map(String::from).to_vec();
        assert_eq!(written(&[row]), "a,\"b,c\",\"d\"\"e\",'=1+1,-5.20,'-x,'+49 30,\"two\nlines\",\r\n");
    }
}
