//! The facts in columns: one vector a field, names interned into tables, rows in the order of the log. Millions of touches
//! are the normal case, so a touch costs 22 bytes here and a model reads only the columns that it needs.
//!
//! A reference to a table is a `u32` index; [`NONE`] stands for "nothing". A log that came from outside is only usable
//! after [`Log::check`], which every decoder calls: behind it no index can be out of bounds.

use serde::{Deserialize, Serialize};

use crate::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    money::{AMOUNT_MAX, Currency},
    time::{Day, Time},
};

/// No reference.
pub const NONE: u32 = u32::MAX;

/// The facts of a program, or what one partner may see of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Partners that a fact names.
    pub partners: Vec<Party>,
    /// Links that a fact names, and those that a partner may copy.
    pub links: Vec<LinkRow>,
    /// Campaign names (`utm_campaign`).
    pub campaigns: Vec<String>,
    /// Customers' names, as whoever asks may see them.
    pub customers: Vec<String>,
    /// Opportunities' names.
    pub opportunities: Vec<String>,
    /// Currencies of revenue.
    pub currencies: Vec<Currency>,
    /// Touches.
    pub touches: Touches,
    /// Which visitor turned out to be which customer.
    pub identities: Identities,
    /// Leads and opportunities.
    pub milestones: Milestones,
    /// Money.
    pub revenue: Revenue,
    /// All recorded clicks, by day.
    pub clicks: Clicks,
}

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
    /// Whole short address.
    pub short: String,
    /// Where it leads.
    pub destination: String,
    /// Partner, or [`NONE`] for the program's own.
    pub partner: u32,
}

/// A table of the log: the columns, and a row of them.
macro_rules! table {
    (
        $(#[$table_doc:meta])* $table:ident;
        $(#[$row_doc:meta])* $row:ident { $($(#[$doc:meta])* $column:ident: $type:ty,)* }
    ) => {
        $(#[$table_doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $table { $($(#[$doc])* pub $column: Vec<$type>,)* }

        $(#[$row_doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $row { $($(#[$doc])* pub $column: $type,)* }

        impl $table {
            /// Adds a row.
            pub fn push(&mut self, row: $row) {
                $(self.$column.push(row.$column);)*
            }

            /// The row `i`.
            ///
            /// # Panics
            /// If there is no such row.
            #[must_use]
            pub fn get(&self, i: usize) -> $row {
                $row { $($column: self.$column[i].clone(),)* }
            }

            /// Every row, in order.
            pub fn iter(&self) -> impl Iterator<Item = $row> {
                (0..self.len()).map(|i| self.get(i))
            }

            /// How many rows: the length of the shortest column, and of every column once [`Log::check`] has passed.
            #[must_use]
            pub fn len(&self) -> usize {
                [$(self.$column.len(),)*].into_iter().min().unwrap_or(0)
            }

            /// Whether there is none.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            fn is_even(&self) -> bool {
                [$(self.$column.len(),)*].windows(2).all(|pair| pair[0] == pair[1])
            }
        }
    };
}

table! {
    /// Touches, a column a field.
    Touches;
    /// One touch.
    Touch {
        /// When.
        at: Time,
        /// What.
        kind: TouchKind,
        /// Whether it may count.
        mark: Mark,
        /// Partner, or [`NONE`].
        partner: u32,
        /// Link, or [`NONE`].
        link: u32,
        /// Campaign, or [`NONE`].
        campaign: u32,
        /// Visitor: any number, alike for touches of one visitor, or [`NONE`].
        visitor: u32,
        /// Customer, where the touch itself names one, or [`NONE`].
        customer: u32,
    }
}

table! {
    /// Visitors who became known, a column a field.
    Identities;
    /// A visitor who turned out to be a customer.
    Identity {
        /// When.
        at: Time,
        /// Visitor, numbered as in [`Touches::visitor`].
        visitor: u32,
        /// Customer.
        customer: u32,
    }
}

table! {
    /// Leads and opportunities, a column a field.
    Milestones;
    /// A lead or a step of an opportunity.
    Milestone {
        /// When.
        at: Time,
        /// What.
        kind: MilestoneKind,
        /// Customer.
        customer: u32,
        /// Opportunity, or [`NONE`] for a lead.
        opportunity: u32,
    }
}

table! {
    /// Revenue and what was given back, a column a field.
    Revenue;
    /// One amount.
    RevenueRow {
        /// When.
        at: Time,
        /// What kind.
        kind: RevenueKind,
        /// Customer.
        customer: u32,
        /// Minor units, never negative: the kind says which way it went.
        amount: i64,
        /// Currency, as an index into [`Log::currencies`].
        currency: u32,
        /// Opportunity, or [`NONE`].
        opportunity: u32,
        /// For a refund the row that it takes back, or [`NONE`] where that is not recorded; else [`NONE`].
        refunds: u32,
        /// Invoice or other reference, possibly empty.
        reference: String,
    }
}

table! {
    /// Recorded clicks by day, partner, link, campaign, kind and mark: what a program with a hundred times the clicks sends
    /// in the same bytes. Clicks of journeys are in these counts too.
    Clicks;
    /// Recorded clicks of one day that are alike.
    ClickRow {
        /// UTC day.
        day: Day,
        /// Partner, or [`NONE`].
        partner: u32,
        /// Link, or [`NONE`].
        link: u32,
        /// Campaign, or [`NONE`].
        campaign: u32,
        /// What.
        kind: TouchKind,
        /// Whether they count, or why not.
        mark: Mark,
        /// How many.
        count: u32,
    }
}

impl Revenue {
    /// The amount with its sign: negative for a refund.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn signed(&self, row: usize) -> i64 {
        match self.kind[row] {
            RevenueKind::Refund => -self.amount[row],
            _ => self.amount[row],
        }
    }

    /// Rows of refunds of each row, in the order in which they happened (ties by log order).
    #[must_use]
    pub fn refunds_of(&self) -> Vec<Vec<u32>> {
        let mut of = vec![Vec::new(); self.len()];
        for (row, target) in self.refunds.iter().enumerate() {
            if *target != NONE {
                of[*target as usize].push(row as u32);
            }
        }
        for rows in &mut of {
            rows.sort_by_key(|row| (self.at[*row as usize], *row));
        }
        of
    }
}

/// Why a log is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Columns of one table differ in length.
    Ragged(&'static str),
    /// A reference points outside of its table.
    Dangling(&'static str),
    /// An amount is negative or past [`AMOUNT_MAX`], or a refund refers to a refund, to itself or to another currency.
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
        let even = |table, even: bool| if even { Ok(()) } else { Err(Broken::Ragged(table)) };
        let within = |name, column: &[u32], length: usize, optional: bool| {
            let fits = |i: &u32| (*i as usize) < length || optional && *i == NONE;
            if column.iter().all(fits) { Ok(()) } else { Err(Broken::Dangling(name)) }
        };
        let (t, i, m, r, c) = (&self.touches, &self.identities, &self.milestones, &self.revenue, &self.clicks);
        even("touches", t.is_even())?;
        even("identities", i.is_even())?;
        even("milestones", m.is_even())?;
        even("revenue", r.is_even())?;
        even("clicks", c.is_even())?;
        let (partners, links, campaigns) = (self.partners.len(), self.links.len(), self.campaigns.len());
        let (customers, opportunities) = (self.customers.len(), self.opportunities.len());
        if !self.links.iter().all(|l| l.partner == NONE || (l.partner as usize) < partners) {
            return Err(Broken::Dangling("links.partner"));
        }
        within("touches.partner", &t.partner, partners, true)?;
        within("touches.link", &t.link, links, true)?;
        within("touches.campaign", &t.campaign, campaigns, true)?;
        within("touches.customer", &t.customer, customers, true)?;
        within("identities.customer", &i.customer, customers, false)?;
        within("milestones.customer", &m.customer, customers, false)?;
        within("milestones.opportunity", &m.opportunity, opportunities, true)?;
        within("revenue.customer", &r.customer, customers, false)?;
        within("revenue.currency", &r.currency, self.currencies.len(), false)?;
        within("revenue.opportunity", &r.opportunity, opportunities, true)?;
        within("revenue.refunds", &r.refunds, r.len(), true)?;
        within("clicks.partner", &c.partner, partners, true)?;
        within("clicks.link", &c.link, links, true)?;
        within("clicks.campaign", &c.campaign, campaigns, true)?;
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
