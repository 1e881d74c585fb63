//! Two answers to one question side by side: two models, two windows, two periods.

use core::{
    cmp::Reverse,
    ops::{AddAssign, Sub},
};
use std::collections::BTreeMap;

use crate::{fact::RevenueKind, figure::MILLION, kpi::Context, log::NONE, money::split};

/// Whose revenue it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A partner who is asked for: row of [`crate::log::Log::partners`].
    Partner(u32),
    /// Partners' touches that are not asked for.
    Others,
    /// The program's own channels.
    Own,
    /// Nobody's: no touch counts, or no partner sourced it.
    Nobody,
}

/// What one party has of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// What the model credits, in minor units, net of refunds.
    pub attributed: i64,
    /// Revenue of the customers whom the party sourced, in minor units, net of refunds.
    pub sourced: i64,
    /// Sales, each divided as its amount is credited, in millionths of a sale. Refunds take none back.
    pub conversions: i64,
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.attributed += other.attributed;
        self.sourced += other.sourced;
        self.conversions += other.conversions;
    }
}

impl Sub for Amounts {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            attributed: self.attributed - other.attributed,
            sourced: self.sourced - other.sourced,
            conversions: self.conversions - other.conversions,
        }
    }
}

/// One party under both questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Whose.
    pub party: Party,
    /// Under the first.
    pub a: Amounts,
    /// Under the second.
    pub b: Amounts,
}

impl Row {
    /// How much more it is under the second.
    #[must_use]
    pub fn difference(&self) -> Amounts {
        self.b - self.a
    }
}

/// Two answers side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Partners with anything under either, those with the most attributed revenue under either first; then the
    /// others, the program's own channels and nobody, where they have anything.
    pub rows: Vec<Row>,
    /// All revenue and all sales of each period: every column of the rows adds up to it.
    pub total: (Amounts, Amounts),
}

impl Comparison {
    /// Compares two questions to one log. They may differ in everything else: policies, period, subject, currency.
    #[must_use]
    pub fn of(a: &Context<'_>, b: &Context<'_>) -> Self {
        let (first, second) = (amounts(a), amounts(b));
        let mut total = (Amounts::default(), Amounts::default());
        let mut rows = Vec::new();
        for (slot, (a, b)) in first.into_iter().zip(second).enumerate() {
            total.0 += a;
            total.1 += b;
            if (a, b) != (Amounts::default(), Amounts::default()) {
                rows.push(Row { party: party(slot), a, b });
            }
        }
        let most = |row: &Row| match row.party {
            Party::Partner(_) => row.a.attributed.max(row.b.attributed),
            Party::Others | Party::Own | Party::Nobody => i64::MIN,
        };
        rows.sort_by_key(|row| (Reverse(most(row)), row.party));
        Self { rows, total }
    }
}

/// A customer in whose revenue a party has more, or less, under the second question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Row of [`crate::log::Log::customers`].
    pub customer: u32,
    /// What the first question credits to the party, in minor units, net of refunds.
    pub a: i64,
    /// What the second does.
    pub b: i64,
    /// Row of [`crate::log::Revenue`] whose division moves most.
    pub row: u32,
}

/// In which customers a party has more or less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moves {
    /// Whose.
    pub party: Party,
    /// How many customers.
    pub customers: usize,
    /// Those with the largest difference, the largest first.
    pub most: Vec<Move>,
}

/// Why the rows of a [`Comparison`] differ: of each party that has more or less in any customer's revenue, at most so many
/// customers. Parties in their order.
#[must_use]
pub fn moves(a: &Context<'_>, b: &Context<'_>, most: usize) -> Vec<Moves> {
    // By party, customer and row of revenue, what each question credits.
    let mut divided = BTreeMap::<(Party, u32, usize), [i64; 2]>::new();
    for (side, context) in [a, b].into_iter().enumerate() {
        let r = &context.log.revenue;
        for row in context.revenue() {
            let mut left = r.signed(row);
            let mut add = |party, amount| divided.entry((party, r.customer[row], row)).or_default()[side] += amount;
            for line in context.credits.of(row) {
                add(party(slot(context, line.touch)), line.amount);
                left -= line.amount;
            }
            add(Party::Nobody, left);
        }
    }
    let mut customers = BTreeMap::<(Party, u32), (Move, i64)>::new();
    for ((party, customer, row), [a, b]) in divided {
        let unseen = (Move { customer, a: 0, b: 0, row: row as u32 }, 0);
        let (known, largest) = customers.entry((party, customer)).or_insert(unseen);
        (known.a, known.b) = (known.a + a, known.b + b);
        if (b - a).abs() > *largest {
            (known.row, *largest) = (row as u32, (b - a).abs());
        }
    }
    let mut parties = BTreeMap::<Party, Vec<Move>>::new();
    for ((party, _), (found, _)) in customers.into_iter().filter(|(_, (found, _))| found.a != found.b) {
        parties.entry(party).or_default().push(found);
    }
    let ranked = |(party, mut found): (Party, Vec<Move>)| {
        found.sort_by_key(|found| (Reverse((found.b - found.a).abs()), found.customer));
        let customers = found.len();
        found.truncate(most);
        Moves { party, customers, most: found }
    };
    parties.into_iter().map(ranked).collect()
}

/// Slots of whom is no partner who is asked for; those of partners follow, by row.
const OTHERS: usize = 0;
const OWN: usize = 1;
const NOBODY: usize = 2;
const PARTNERS: usize = 3;

fn party(slot: usize) -> Party {
    match slot {
        OTHERS => Party::Others,
        OWN => Party::Own,
        NOBODY => Party::Nobody,
        partner => Party::Partner((partner - PARTNERS) as u32),
    }
}

/// The slot of whom a touch credits.
fn slot(context: &Context<'_>, touch: u32) -> usize {
    match context.log.touches.partner[touch as usize] {
        NONE => OWN,
        partner if context.is_my_touch(touch) => PARTNERS + partner as usize,
        _ => OTHERS,
    }
}

/// By slot.
fn amounts(context: &Context<'_>) -> Vec<Amounts> {
    let (log, r) = (context.log, &context.log.revenue);
    let slot = |touch: u32| slot(context, touch);
    let mut sums = vec![Amounts::default(); PARTNERS + log.partners.len()];
    for row in context.revenue() {
        let lines = context.credits.of(row);
        let mut left = r.signed(row);
        sums[context.classes.sourcing_touch(r.customer[row]).map_or(NOBODY, slot)].sourced += left;
        for line in lines {
            sums[slot(line.touch)].attributed += line.amount;
            left -= line.amount;
        }
        sums[NOBODY].attributed += left;
        if r.kind[row] == RevenueKind::Refund {
            continue;
        }
        let weights: Vec<u64> = lines.iter().map(|line| line.amount.unsigned_abs()).collect();
        let shares = split(MILLION, &weights);
        if shares.is_empty() {
            sums[NOBODY].conversions += MILLION;
        }
        for (line, share) in lines.iter().zip(shares) {
            sums[slot(line.touch)].conversions += share;
        }
    }
    sums
}
