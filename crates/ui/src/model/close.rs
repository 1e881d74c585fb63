//! The statements of a month together: what they add up to, and as a file.

use engine::money::Currency;

use super::{csv, statement::Statement};

/// All statements of a month in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// Added up, without lines.
    pub of_all: Statement,
    /// How many partners have one.
    pub partners: usize,
    /// How many of the month's lines are looked into, and what they come to, minor units.
    pub looked_into: (usize, i64),
    /// How many lines correct earlier months.
    pub corrections: usize,
    /// How many of the month's lines are refused.
    pub refused: usize,
}

/// The statements added up, one sum a currency, by their codes.
#[must_use]
pub fn sums(statements: &[Statement]) -> Vec<Sum> {
    let mut codes: Vec<Currency> = statements.iter().map(|statement| statement.currency).collect();
    codes.sort_by_key(ToString::to_string);
    codes.dedup();
    let sum = |code: Currency| {
        let own: Vec<&Statement> = statements.iter().filter(|statement| statement.currency == code).collect();
        let lines = |review: &'static str| {
            own.iter().flat_map(|statement| &statement.lines).filter(move |line| line.review == review)
        };
        let total = |pick: fn(&Statement) -> i64| own.iter().map(|statement| pick(statement)).sum::<i64>();
        let of_all = Statement {
            month: own[0].month.clone(),
            partner: String::new(),
            currency: code,
            closed_on: own[0].closed_on,
            opening: total(|s| s.opening),
            correction: engine::commission::close::Totals {
                earned: total(|s| s.correction.earned),
                clawed_back: total(|s| s.correction.clawed_back),
                approved: total(|s| s.correction.approved),
                paid: total(|s| s.correction.paid),
            },
            movement: engine::commission::close::Totals {
                earned: total(|s| s.movement.earned),
                clawed_back: total(|s| s.movement.clawed_back),
                approved: total(|s| s.movement.approved),
                paid: total(|s| s.movement.paid),
            },
            closing: total(|s| s.closing),
            payable: total(|s| s.payable),
            held: total(|s| s.held),
            corrections: Vec::new(),
            lines: Vec::new(),
        };
        Sum {
            of_all,
            partners: own.len(),
            looked_into: (lines("held").count(), lines("held").map(|line| line.amount).sum()),
            corrections: own.iter().map(|statement| statement.corrections.len()).sum(),
            refused: lines("refused").count(),
        }
    };
    codes.into_iter().map(sum).collect()
}

/// The statements as CSV (RFC 4180), one a line under the partner's name; amounts in units of the currency.
#[must_use]
pub fn file<'a>(statements: impl Iterator<Item = (String, &'a Statement)>) -> String {
    let head = [
        "month",
        "partner",
        "partner_id",
        "currency",
        "opening",
        "corrections",
        "earned",
        "taken_back",
        "paid_out",
        "closing",
        "payable",
        "held",
        "closed_on",
    ];
    let row = |(name, s): (String, &Statement)| {
        let units = |minor: i64| csv::units(minor, s.currency.digits());
        let (moved, closed) = (s.movement, s.closed_on.map(|day| day.to_string()).unwrap_or_default());
        let mut row = vec![s.month.clone(), name, s.partner.clone(), s.currency.to_string()];
        let amounts = [
            s.opening,
            s.correction.owed(),
            moved.earned,
            -moved.clawed_back,
            -moved.paid,
            s.closing,
            s.payable,
            s.held,
        ];
        row.extend(amounts.map(units));
        row.push(closed);
        row
    };
    csv::written(&core::iter::once(head.map(str::to_owned).to_vec()).chain(statements.map(row)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::statement::Line;
    use engine::commission::close::Totals;

    fn statement(partner: &str, currency: Currency, earned: i64, paid: i64) -> Statement {
        let line = |amount, review: &str| Line { amount, review: review.into(), ..Line::default() };
        Statement {
            month: "2026-10".into(),
            partner: partner.into(),
            currency,
            closed_on: None,
            opening: 500,
            correction: Totals { earned: 7, ..Totals::default() },
            movement: Totals { earned, paid, ..Totals::default() },
            closing: 507 + earned - paid,
            payable: 107,
            held: 400 + earned - paid,
            corrections: vec![line(7, "")],
            lines: vec![line(earned, "held"), line(0, "refused")],
        }
    }

    #[test]
    fn sums_add_up_currency_by_currency() {
        let euro: Currency = "EUR".parse().expect("a code");
        let all = [
            statement("a", Currency::USD, 1_000, 0),
            statement("b", euro, 300, 100),
            statement("c", Currency::USD, 2_000, 250),
        ];
        let sums = sums(&all);
        assert_eq!(
            sums.iter().map(|sum| (sum.of_all.currency, sum.partners)).collect::<Vec<_>>(),
            [(euro, 1), (Currency::USD, 2)]
        );
        let dollars = &sums[1];
        let (end, rest) = {
            let mut rows = dollars.of_all.summary();
            let end = rows.pop().expect("rows");
            (end.1, rows.iter().map(|(_, amount)| amount).sum::<i64>())
        };
        assert_eq!((end, rest), (3_764, 3_764));
        assert_eq!(dollars.of_all.payable + dollars.of_all.held, dollars.of_all.closing);
        assert_eq!((dollars.looked_into, dollars.corrections, dollars.refused), ((2, 3_000), 2, 2));
        assert!(super::sums(&[]).is_empty());
    }

    #[test]
    fn a_file_has_a_line_a_statement() {
        let one = statement("a", Currency::USD, 1_000, 250);
        let csv = file([("Ada, Inc".to_owned(), &one)].into_iter());
        assert_eq!(csv.lines().nth(1), Some("2026-10,\"Ada, Inc\",a,USD,5.00,0.07,10.00,0.00,-2.50,12.57,1.07,11.50,"));
    }
}
