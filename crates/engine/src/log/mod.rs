//! The facts in columns: one vector a field, names interned into tables, rows in the order of the log. Millions of touches
//! are the normal case, so a touch costs at most 38 bytes here, and less where a
//! program has no campaigns or coupons ([`Numbers`]); a model reads only the columns that it needs.
//!
//! A reference to a table is a `u32` index; [`NONE`] stands for "nothing". A log that came from outside is only usable
//! after [`Log::check`], which every decoder calls: behind it no index can be out of bounds.

mod appearance;
mod columns;
mod ecosystem;
mod numbers;
mod table;

use serde::{Deserialize, Serialize};

use crate::{
    fact::RevenueKind,
    money::{AMOUNT_MAX, Currency},
};
pub use appearance::Cut;
use appearance::Numbering;
use columns::When;
pub use columns::{Column, Visitor};
pub use ecosystem::*;
pub use numbers::Numbers;
pub use table::*;

/// No reference.
pub const NONE: u32 = u32::MAX;

/// The facts of a program, or what one partner may see of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Partners that a fact names.
    pub partners: Vec<Party>,
    /// Groups of partners.
    pub groups: Vec<String>,
    /// Links that a fact names, and those that a partner may copy.
    pub links: Vec<LinkRow>,
    /// Campaign names (`utm_campaign`).
    pub campaigns: Vec<String>,
    /// Channels; the one that is called [`DIRECT`] is what its name says.
    pub channels: Vec<String>,
    /// Landing pages.
    pub pages: Vec<String>,
    /// Coupons.
    pub coupons: Vec<String>,
    /// Products.
    pub products: Vec<String>,
    /// Integrations.
    pub integrations: Vec<IntegrationRow>,
    /// Customers' names, as whoever asks may see them.
    pub customers: Vec<String>,
    /// Opportunities' names.
    pub opportunities: Vec<String>,
    /// Currencies of money.
    pub currencies: Vec<Currency>,
    /// Touches.
    pub touches: Touches,
    /// Which visitor turned out to be which customer.
    pub identities: Identities,
    /// Leads and opportunities.
    pub milestones: Milestones,
    /// Money that came in.
    pub revenue: Revenue,
    /// All recorded clicks, by day.
    pub clicks: Clicks,
    /// Paths that led nowhere, counted.
    pub paths: Paths,
    /// What data-driven models give to touches, where the reader cannot compute it.
    pub given: Given,
    /// Partners who joined.
    pub joins: Joins,
    /// What partners set out to reach.
    pub goals: Goals,
    /// What people of partners did.
    pub activities: Activities,
    /// Registered deals.
    pub registrations: Registrations,
    /// Commission that was paid out.
    pub payouts: Payouts,
    /// What the program and the product cost.
    pub costs: Costs,
    /// What campaigns cost.
    pub spend: Spend,
    /// Customers who left.
    pub churns: Churns,
    /// Uses of integrations.
    pub usage: Usage,
    /// Answers to surveys.
    pub surveys: Surveys,
    /// Requests for support.
    pub tickets: Tickets,
    /// Times in which an integration did not work.
    pub downtimes: Downtimes,
    /// Results of joint campaigns.
    pub mailings: Mailings,
    /// Joint works.
    pub assets: Assets,
    /// Commission that was added or taken back by hand.
    pub adjustments: Adjustments,
}

/// The name of the channel of visitors who came by themselves.
pub const DIRECT: &str = "direct";

/// A partner in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Identifier in the written form; `None` for a partner whom the reader may not know.
    pub id: Option<String>,
    /// Name; `None` likewise.
    pub name: Option<String>,
}

/// A link in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// Last segment of its address.
    pub key: String,
    /// Whole short address; empty once the link was taken away.
    pub short: String,
    /// Where it leads.
    pub destination: String,
    /// Partner, or [`NONE`] for the program's own.
    pub partner: u32,
}

impl LinkRow {
    /// Whether the link was taken away. What came of it stays.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.short.is_empty()
    }
}

/// Why a log is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Columns of one table differ in length.
    Ragged(&'static str),
    /// A reference points outside of its table.
    Dangling(&'static str),
    /// An amount is past [`AMOUNT_MAX`] or, where it is no adjustment, negative, a weight past 2⁵², or a refund refers to a refund, to itself or to another currency.
    Amount,
}

impl core::fmt::Display for Broken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Ragged(table) => write!(f, "columns of {table} differ in length"),
            Self::Dangling(column) => write!(f, "{column} points outside of its table"),
            Self::Amount => f.write_str("an amount or a refund is not possible"),
        }
    }
}

impl core::error::Error for Broken {}

impl Log {
    /// Verifies that columns are of one length and that every reference resolves.
    ///
    /// # Errors
    /// The first defect.
    pub fn check(&self) -> Result<(), Broken> {
        self.check_tables()?;
        let (l, partners) = (self, self.partners.len());
        if !l.links.iter().all(|link| link.partner == NONE || (link.partner as usize) < partners) {
            return Err(Broken::Dangling("links.partner"));
        }
        if !l.integrations.iter().all(|row| row.partner == NONE || (row.partner as usize) < partners) {
            return Err(Broken::Dangling("integrations.partner"));
        }
        let sums = [&l.payouts.amount, &l.costs.amount, &l.spend.amount];
        if !sums.iter().all(|column| column.iter().all(|amount| (0..=AMOUNT_MAX).contains(amount))) {
            return Err(Broken::Amount);
        }
        if !l.adjustments.amount.iter().all(|amount| amount.unsigned_abs() <= AMOUNT_MAX.unsigned_abs()) {
            return Err(Broken::Amount);
        }
        if !l.given.weight.iter().all(|weight| *weight <= 1 << 52) {
            return Err(Broken::Amount);
        }
        let r = &l.revenue;
        let possible = |row: usize| {
            let target = r.refunds[row] as usize;
            let refund = r.kind[row] == RevenueKind::Refund;
            (0..=AMOUNT_MAX).contains(&r.amount[row])
                && (r.refunds[row] == NONE
                    || refund && r.kind[target] != RevenueKind::Refund && r.currency[target] == r.currency[row])
        };
        if (0..r.len()).all(possible) { Ok(()) } else { Err(Broken::Amount) }
    }
}

/// What goes through every table of a log: the tables, then the fields that are none.
macro_rules! tables {
    ($($table:ident)*; $($names:ident)*) => {
        impl Log {
            fn check_tables(&self) -> Result<(), Broken> {
                $(self.$table.check(self)?;)*
                Ok(())
            }

            /// Visits every column that holds times, days or optional references, always in the same order.
            pub fn each_column(&mut self, visit: &mut dyn FnMut(Column<'_>)) {
                // Names every field: a table that is missing here does not compile.
                let Self { $($table,)* $($names: _,)* } = self;
                $($table.each_column(visit);)*
            }

            /// Shows every column, in the order in which a log is written: first the names, then the tables.
            pub fn show<V: Visitor>(&self, to: &mut V) {
                $(to.names(&self.$names);)*
                let mut number = 0..TABLES;
                $(self.$table.show(number.next().unwrap_or_default(), to);)*
            }

            fn when(&self) -> [Option<When<'_>>; TABLES] {
                [$(self.$table.when()),*]
            }

            fn meet(&self, rows: [core::ops::Range<usize>; TABLES], numbers: &mut Numbering) {
                let [$($table),*] = rows;
                $(self.$table.meet($table, numbers);)*
            }

            fn lengths(&self) -> [usize; TABLES] {
                [$(self.$table.len()),*]
            }

            fn renumber(&mut self, numbers: &Numbering) {
                $(self.$table.renumber(numbers);)*
            }
        }

        /// How many tables a log has.
        pub const TABLES: usize = NAMES.len();
        const NAMES: [&str; [$(stringify!($table)),*].len()] = [$(stringify!($table)),*];
    };
}

tables! {
    touches identities milestones revenue clicks paths given joins goals activities registrations payouts costs spend churns
    usage surveys tickets downtimes mailings assets adjustments;
    partners groups links campaigns channels pages coupons products integrations customers opportunities currencies
}

/// Gives each distinct text a number, in the order in which they first appear.
#[derive(Debug, Default)]
pub struct Interner {
    numbers: std::collections::HashMap<String, u32>,
    texts: Vec<String>,
}

impl Interner {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    /// The number of a text if there is one, else [`NONE`].
    pub fn optional(&mut self, text: Option<&str>) -> u32 {
        text.map_or(NONE, |text| self.number(text))
    }

    /// The number that a text has been given.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// The texts, by number.
    #[must_use]
    pub fn into_texts(self) -> Vec<String> {
        self.texts
    }
}
