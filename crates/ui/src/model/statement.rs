//! A partner's statement of a month, as the server states it: what a page and a file say of it.

use engine::{commission::close::Totals, money::Currency, time::Day};

use super::csv;

/// A statement in one currency; amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `2026-10`.
    pub month: String,
    /// Identifier of the partner.
    pub partner: String,
    /// Of all amounts.
    pub currency: Currency,
    /// The day on which it was closed; none while it is a statement so far.
    pub closed_on: Option<Day>,
    /// Owed when it began.
    pub opening: i64,
    /// What turned out otherwise for the months before.
    pub correction: Totals,
    /// What happened in the month.
    pub movement: Totals,
    /// Owed when it ends.
    pub closing: i64,
    /// Of it, payable.
    pub payable: i64,
    /// Of it, on hold.
    pub held: i64,
    /// The lines of the correction.
    pub corrections: Vec<Line>,
    /// The lines of the month.
    pub lines: Vec<Line>,
}

/// A line of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Day, in the program's time zone.
    pub day: Option<Day>,
    /// `sale`, `refund`, `payout` or `adjustment`.
    pub kind: String,
    /// It no longer holds, and is taken back as it was.
    pub reversed: bool,
    /// Minor units; below zero where it is taken back.
    pub amount: i64,
    /// Why, of what was made by hand.
    pub reason: String,
    /// The rule that paid, with the version of the terms.
    pub rule: String,
    /// Minor units of the sale, of which the partner was credited with so much; none of what was made by hand.
    pub sale: Option<(i64, i64)>,
    /// What is paid for each unit of the credit, in millionths.
    pub rate: i64,
    /// `held`, `refused`, or empty.
    pub review: String,
}

impl Line {
    /// What it is, in words.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match (self.kind.as_str(), self.reversed) {
            ("sale", false) => "Commission for a sale",
            ("sale", true) => "Commission that no longer holds",
            ("refund", false) => "Taken back for a refund",
            ("refund", true) => "Refund that no longer holds",
            ("payout", _) => "Paid out",
            _ => "Adjustment",
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn standing(&self) -> &'static str {
        match self.review.as_str() {
            "held" => "Held: the sale is looked into",
            "refused" => "Refused",
            _ => "",
        }
    }
}

impl Statement {
    /// The sum of the statement, line by line: what it begins with, what happened, what it ends with.
    #[must_use]
    pub fn summary(&self) -> Vec<(&'static str, i64)> {
        // What did not happen needs no line, but for what everybody looks for.
        let rows = [
            ("Owed at the beginning", self.opening, true),
            ("Corrections of earlier months", self.correction.owed(), false),
            ("Earned", self.movement.earned, true),
            ("Taken back", -self.movement.clawed_back, false),
            ("Paid out", -self.movement.paid, false),
            ("Owed at the end", self.closing, true),
        ];
        let shown = rows.into_iter().filter(|(_, amount, always)| *always || *amount != 0);
        shown.map(|(label, amount, _)| (label, amount)).collect()
    }

    /// Every line with whether it corrects an earlier month, corrections first.
    pub fn all(&self) -> impl Iterator<Item = (bool, &Line)> {
        let corrections = self.corrections.iter().map(|line| (true, line));
        corrections.chain(self.lines.iter().map(|line| (false, line)))
    }

    /// The lines as CSV (RFC 4180): amounts in units of the currency, rates as a share of one.
    #[must_use]
    pub fn csv(&self) -> String {
        let units = |minor: i64| csv::units(minor, self.currency.digits());
        let mut rows = vec![
            [
                "month",
                "correction",
                "date",
                "type",
                "amount",
                "currency",
                "sale_amount",
                "credited",
                "rate",
                "rule",
                "reason",
                "review",
            ]
            .map(String::from)
            .to_vec(),
        ];
        for (correction, line) in self.all() {
            let sale = |pick: fn((i64, i64)) -> i64| line.sale.map(|sale| units(pick(sale))).unwrap_or_default();
            rows.push(vec![
                self.month.clone(),
                correction.to_string(),
                line.day.map(|day| day.to_string()).unwrap_or_default(),
                line.what().to_owned(),
                units(line.amount),
                self.currency.to_string(),
                sale(|(amount, _)| amount),
                sale(|(_, base)| base),
                line.sale.map(|_| csv::units(line.rate, 6)).unwrap_or_default(),
                line.rule.clone(),
                line.reason.clone(),
                line.review.clone(),
            ]);
        }
        csv::written(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Statement {
        let sale = Line {
            day: "2026-10-03".parse().ok(),
            kind: "sale".into(),
            amount: 12_005,
            rule: "Standard, version 1".into(),
            sale: Some((120_050, 60_025)),
            rate: 200_000,
            ..Line::default()
        };
        let bonus = Line { kind: "adjustment".into(), reason: "=Bonus, \"spring\"".into(), amount: -5, ..sale.clone() };
        Statement {
            month: "2026-10".into(),
            partner: "p".into(),
            currency: Currency::USD,
            closed_on: None,
            opening: 1_000,
            correction: Totals { earned: 0, clawed_back: 300, ..Totals::default() },
            movement: Totals { earned: 12_005, clawed_back: 5, approved: 0, paid: 700 },
            closing: 12_000,
            payable: 0,
            held: 12_000,
            corrections: vec![Line { kind: "refund".into(), amount: -300, ..sale.clone() }],
            lines: vec![sale, Line { sale: None, ..bonus }],
        }
    }

    #[test]
    fn what_a_statement_begins_with_and_what_happened_is_what_it_ends_with() {
        let statement = sample();
        let rows = statement.summary();
        let (end, rest) = rows.split_last().expect("rows");
        assert_eq!(rest.iter().map(|(_, amount)| amount).sum::<i64>(), end.1);
        assert_eq!(rows.len(), 6);
        let quiet =
            Statement { correction: Totals::default(), movement: Totals::default(), closing: 1_000, ..statement };
        assert_eq!(quiet.summary().len(), 3);
    }

    #[test]
    fn a_file_says_what_the_page_says() {
        let csv = sample().csv();
        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(
            lines[1],
            "2026-10,true,2026-10-03,Taken back for a refund,-3.00,USD,1200.50,600.25,0.200000,\"Standard, version 1\",,"
        );
        assert_eq!(
            lines[3],
            "2026-10,false,2026-10-03,Adjustment,-0.05,USD,,,,\"Standard, version 1\",\"'=Bonus, \"\"spring\"\"\","
        );
    }

    #[test]
    fn every_line_says_what_it_is() {
        for kind in ["sale", "refund", "payout", "adjustment"] {
            for reversed in [false, true] {
                assert!(!Line { kind: kind.into(), reversed, ..Line::default() }.what().is_empty());
            }
        }
        assert_eq!(Line { review: "held".into(), ..Line::default() }.standing(), "Held: the sale is looked into");
    }
}
