//! Tables as files.

use engine::{classify::Class, kpi::Deal, log::Log, money::Currency};

/// Deals as a file: one a line, amounts in units of the currency.
#[must_use]
pub fn deals(log: &Log, deals: &[&Deal], currency: Currency) -> String {
    let head = ["customer", "stage", "class", "revenue", "credit", "currency", "last_activity"];
    let row = |deal: &&Deal| {
        vec![
            log.customers[deal.customer as usize].clone(),
            deal.stage.label().to_owned(),
            deal.class.map_or("", Class::label).to_owned(),
            units(deal.revenue, currency.digits()),
            units(deal.credit, currency.digits()),
            currency.to_string(),
            deal.last.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> =
        core::iter::once(head.map(String::from).to_vec()).chain(deals.iter().map(row)).collect();
    written(&rows)
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
        let csv = deals(&loaded.log, &rows, Currency::USD);
        let lines: Vec<&str> = csv.trim_end().split("\r\n").collect();
        assert_eq!(lines.len(), 1 + rows.len());
        let harbor = lines.iter().find(|line| line.starts_with("Harbor Labs")).expect("a deal");
        assert!(harbor.contains(",Won,Sourced,75.00,"), "{harbor}");
        assert_eq!((units(-5, 2), units(7, 0), units(1_234, 3)), ("-0.05".into(), "7".into(), "1.234".into()));
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_computed() {
        let row = ["a", "b,c", "d\"e", "=1+1", "-5.20", "-x", "+49 30", "two\nlines", ""].map(String::from).to_vec();
        assert_eq!(written(&[row]), "a,\"b,c\",\"d\"\"e\",'=1+1,-5.20,'-x,'+49 30,\"two\nlines\",\r\n");
    }
}
