//! Closing a month: what was stated stays stated, and what turns out otherwise later stands in the next statement.
//!
//! Three sums, all since the beginning, decide each amount of a statement:
//!
//! * **before** is what all statements until the end of the month before have stated: frozen;
//! * **correction** is what the engine now says of that time, less what was stated of it;
//! * **movement** is what the engine says of the month.
//!
//! Their total is what the engine says until the end of the month; it is the next statement's `before`. So the balance
//! of the newest statement is always that of all facts, to the cent, and no statement is ever written again.
//!
//! Lines are held to the same: those that the engine has now are compared with those that were stated, as bags. A line
//! that came late is added, and a line that no longer holds is taken back as it was written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Account, Movement, Review, Terms, Verdict};
use crate::{
    log::AdjustmentRow,
    period::{Grain, Period, Zone},
    time::Time,
};

/// What happened to commission, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Commission for sales, and what was added by hand.
    pub earned: i64,
    /// What refunds took back, or somebody by hand, as a positive number.
    pub clawed_back: i64,
    /// What became payable.
    pub approved: i64,
    /// What was paid out.
    pub paid: i64,
}

impl Totals {
    /// Commission after what was taken back: earned − clawed back.
    #[must_use]
    pub fn kept(&self) -> i64 {
        self.earned - self.clawed_back
    }

    /// What is owed after all this: earned − clawed back − paid.
    #[must_use]
    pub fn owed(&self) -> i64 {
        self.kept() - self.paid
    }

    /// What is payable after all this: approved − paid.
    #[must_use]
    pub fn payable(&self) -> i64 {
        self.approved - self.paid
    }

    /// Both, one after the other.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            earned: self.earned + other.earned,
            clawed_back: self.clawed_back + other.clawed_back,
            approved: self.approved + other.approved,
            paid: self.paid + other.paid,
        }
    }

    /// What is missing to this from another.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self {
            earned: self.earned - other.earned,
            clawed_back: self.clawed_back - other.clawed_back,
            approved: self.approved - other.approved,
            paid: self.paid - other.paid,
        }
    }
}

impl From<&Movement> for Totals {
    fn from(movement: &Movement) -> Self {
        Self {
            earned: movement.earned,
            clawed_back: movement.clawed_back,
            approved: movement.approved,
            paid: movement.paid,
        }
    }
}

/// A line of a statement, by itself: it names no customer, so that it may outlive what is known of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Entry {
    /// Commission for a sale.
    Sale(Paid),
    /// What a refund takes back of it: its amounts are below zero.
    Refund(Paid),
    /// Paid out.
    Payout {
        /// When.
        at: Time,
        /// Minor units.
        amount: i64,
    },
    /// Added or taken back by hand.
    Adjustment {
        /// When.
        at: Time,
        /// Minor units, below zero where it takes back.
        amount: i64,
        /// Why; possibly empty.
        reason: String,
    },
}

/// What a rule paid for a sale, or a refund took back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Paid {
    /// When it was earned or taken back.
    pub at: Time,
    /// When the sale happened.
    pub sale_at: Time,
    /// The sale's amount in minor units.
    pub sale_amount: i64,
    /// The sale's product.
    pub product: Option<String>,
    /// Minor units that the partner was credited with.
    pub base: i64,
    /// Commission in minor units.
    pub amount: i64,
    /// What the sale paid for each unit of credit, after caps, in millionths, rounded.
    pub rate: i64,
    /// Version of the terms.
    pub version: u32,
    /// Name of its rule.
    pub rule: String,
    /// From when on it is approved; the end of time while it is held.
    pub approved: Time,
    /// What a look into the sale has come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

/// A line on a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// It was stated once and no longer holds: it is taken back as it was.
    #[serde(default)]
    pub reversed: bool,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What was stated until the end of the last month that was closed: its statements added in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stated {
    /// The sums.
    pub totals: Totals,
    /// How often each line was stated, less how often it was taken back.
    lines: BTreeMap<Entry, i64>,
}

impl Stated {
    /// With what the statement of a further month states.
    pub fn add(&mut self, sheet: &Sheet) {
        self.totals = sheet.after();
        for Line { reversed, entry } in sheet.corrections.iter().chain(&sheet.lines) {
            *self.lines.entry(entry.clone()).or_insert(0) += if *reversed { -1 } else { 1 };
        }
    }
}

/// The statement of a month: of one partner and currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// All that was stated before.
    pub before: Totals,
    /// What was stated otherwise.
    pub correction: Totals,
    /// What happened in the month.
    pub movement: Totals,
    /// The lines of the correction.
    pub corrections: Vec<Line>,
    /// The lines of the month.
    pub lines: Vec<Line>,
}

impl Sheet {
    /// All that is stated when the month ends.
    #[must_use]
    pub fn after(&self) -> Totals {
        self.before.plus(self.correction).plus(self.movement)
    }
}

impl Account<'_> {
    /// The statement of a month, of which what is dated before `until` has happened. With what was stated until the
    /// month began, it corrects that; without, the months before are open too, and have their own statements.
    #[must_use]
    pub fn sheet(&self, terms: &Terms, month: Period, until: Time, stated: Option<&Stated>) -> Sheet {
        let earlier = self.during(Period { from: Time(0), until: month.from });
        let movement = self.during(Period { until: month.until.min(until), ..month });
        let live = Totals::from(&earlier);
        let before = stated.map_or(live, |stated| stated.totals);
        let corrections = stated.map_or_else(Vec::new, |stated| differences(stated, self.entries(terms, &earlier)));
        let lines = self.entries(terms, &movement).into_iter().map(|entry| Line { reversed: false, entry }).collect();
        Sheet { before, correction: live.less(before), movement: Totals::from(&movement), corrections, lines }
    }

    /// The lines behind a movement that moved anything, in the order of the log.
    fn entries(&self, terms: &Terms, movement: &Movement) -> Vec<Entry> {
        let mut entries: Vec<(Time, Entry)> = Vec::new();
        for i in movement.sales.iter().chain(&movement.refunds) {
            let line = &self.accruals().lines()[*i as usize];
            let Verdict::Paid(grounds) = line.verdict else { continue };
            // What is refused is said, so that a partner knows why nothing is paid.
            if line.amount == 0 && (line.review != Some(Review::Refused) || line.is_clawback()) {
                continue;
            }
            let (log, sale) = (self.log(), line.sale as usize);
            let rule = terms.rule(grounds.version, grounds.rule);
            let rate =
                (2_000_000 * grounds.ratio.numerator + grounds.ratio.denominator) / (2 * grounds.ratio.denominator);
            let paid = Paid {
                at: line.at,
                sale_at: log.revenue.at[sale],
                sale_amount: log.revenue.amount[sale],
                product: log.products.get(log.revenue.product[sale] as usize).cloned(),
                base: line.base,
                amount: line.amount,
                rate: i64::try_from(rate).unwrap_or(i64::MAX),
                version: grounds.version,
                rule: rule.map(|rule| rule.draft().name.clone()).unwrap_or_default(),
                approved: line.approved,
                review: line.review,
            };
            entries.push((line.at, if line.is_clawback() { Entry::Refund(paid) } else { Entry::Sale(paid) }));
        }
        for row in &movement.payouts {
            let payouts = &self.log().payouts;
            let (at, amount) = (payouts.at[*row as usize], payouts.amount[*row as usize]);
            entries.push((at, Entry::Payout { at, amount }));
        }
        for row in &movement.adjustments {
            let AdjustmentRow { at, amount, reason, .. } = self.log().adjustments.get(*row as usize);
            entries.push((at, Entry::Adjustment { at, amount, reason }));
        }
        entries.sort();
        entries.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// What lines that hold now say beyond those that were stated.
fn differences(stated: &Stated, live: Vec<Entry>) -> Vec<Line> {
    let mut missing: BTreeMap<Entry, i64> = stated.lines.iter().map(|(entry, n)| (entry.clone(), -n)).collect();
    for entry in live {
        *missing.entry(entry).or_insert(0) += 1;
    }
    let lines = missing.into_iter().flat_map(|(entry, n)| {
        let line = Line { reversed: n < 0, entry };
        core::iter::repeat_n(line, n.unsigned_abs() as usize)
    });
    lines.collect()
}

/// The day of the next month, from 1, from which a month that nobody has closed is closed by itself.
pub const CLOSES_ON: u32 = 3;

/// Which month is to be closed, by the calendar of the program: from [`CLOSES_ON`] of a month on, the one before.
#[must_use]
pub fn due(zone: &Zone, now: Time) -> Option<Period> {
    let (.., day) = zone.day(now).date();
    (day >= CLOSES_ON).then(|| zone.before(zone.period(now, Grain::Month), Grain::Month))
}
