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

/// Touches, a column a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touches {
    /// When.
    pub at: Vec<Time>,
    /// What.
    pub kind: Vec<TouchKind>,
    /// Whether it may count.
    pub mark: Vec<Mark>,
    /// Partner, or [`NONE`].
    pub partner: Vec<u32>,
    /// Link, or [`NONE`].
    pub link: Vec<u32>,
    /// Campaign, or [`NONE`].
    pub campaign: Vec<u32>,
    /// Visitor: any number, alike for touches of one visitor, or [`NONE`].
    pub visitor: Vec<u32>,
    /// Customer, where the touch itself names one, or [`NONE`].
    pub customer: Vec<u32>,
}

/// One touch to record.
#[derive(Debug, Clone, Copy)]
pub struct Touch {
    /// When.
    pub at: Time,
    /// What.
    pub kind: TouchKind,
    /// Whether it may count.
    pub mark: Mark,
    /// Partner, or [`NONE`].
    pub partner: u32,
    /// Link, or [`NONE`].
    pub link: u32,
    /// Campaign, or [`NONE`].
    pub campaign: u32,
    /// Visitor, or [`NONE`].
    pub visitor: u32,
    /// Customer, or [`NONE`].
    pub customer: u32,
}

impl Touches {
    /// Records one.
    pub fn push(&mut self, touch: Touch) {
        self.at.push(touch.at);
        self.kind.push(touch.kind);
        self.mark.push(touch.mark);
        self.partner.push(touch.partner);
        self.link.push(touch.link);
        self.campaign.push(touch.campaign);
        self.visitor.push(touch.visitor);
        self.customer.push(touch.customer);
    }

    /// The touch in row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn get(&self, i: usize) -> Touch {
        Touch {
            at: self.at[i],
            kind: self.kind[i],
            mark: self.mark[i],
            partner: self.partner[i],
            link: self.link[i],
            campaign: self.campaign[i],
            visitor: self.visitor[i],
            customer: self.customer[i],
        }
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }
}

/// Visitors who became known, a column a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identities {
    /// When.
    pub at: Vec<Time>,
    /// Visitor, numbered as in [`Touches::visitor`].
    pub visitor: Vec<u32>,
    /// Customer.
    pub customer: Vec<u32>,
}

impl Identities {
    /// Records that a visitor turned out to be a customer.
    pub fn push(&mut self, at: Time, visitor: u32, customer: u32) {
        self.at.push(at);
        self.visitor.push(visitor);
        self.customer.push(customer);
    }
}

/// Leads and opportunities, a column a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestones {
    /// When.
    pub at: Vec<Time>,
    /// What.
    pub kind: Vec<MilestoneKind>,
    /// Customer.
    pub customer: Vec<u32>,
    /// Opportunity, or [`NONE`] for a lead.
    pub opportunity: Vec<u32>,
}

impl Milestones {
    /// Records one.
    pub fn push(&mut self, at: Time, kind: MilestoneKind, customer: u32, opportunity: u32) {
        self.at.push(at);
        self.kind.push(kind);
        self.customer.push(customer);
        self.opportunity.push(opportunity);
    }
}

/// Revenue and what was given back, a column a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revenue {
    /// When.
    pub at: Vec<Time>,
    /// What kind.
    pub kind: Vec<RevenueKind>,
    /// Customer.
    pub customer: Vec<u32>,
    /// Minor units, never negative: the kind says which way it went.
    pub amount: Vec<i64>,
    /// Currency, as an index into [`Log::currencies`].
    pub currency: Vec<u32>,
    /// Opportunity, or [`NONE`].
    pub opportunity: Vec<u32>,
    /// For a refund the row that it takes back, or [`NONE`] where that is not recorded; else [`NONE`].
    pub refunds: Vec<u32>,
    /// Invoice or other reference, possibly empty.
    pub reference: Vec<String>,
}

/// One amount to record.
#[derive(Debug, Clone)]
pub struct RevenueRow {
    /// When.
    pub at: Time,
    /// What kind.
    pub kind: RevenueKind,
    /// Customer.
    pub customer: u32,
    /// Minor units, never negative.
    pub amount: i64,
    /// Currency.
    pub currency: u32,
    /// Opportunity, or [`NONE`].
    pub opportunity: u32,
    /// The row that a refund takes back, or [`NONE`].
    pub refunds: u32,
    /// Invoice, possibly empty.
    pub reference: String,
}

impl Revenue {
    /// Records one.
    pub fn push(&mut self, row: RevenueRow) {
        self.at.push(row.at);
        self.kind.push(row.kind);
        self.customer.push(row.customer);
        self.amount.push(row.amount);
        self.currency.push(row.currency);
        self.opportunity.push(row.opportunity);
        self.refunds.push(row.refunds);
        self.reference.push(row.reference);
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

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

/// Recorded clicks by day, partner, link, campaign, kind and mark: what a program with a hundred times the clicks sends in
/// the same bytes. Clicks of journeys are in these counts too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clicks {
    /// UTC day.
    pub day: Vec<Day>,
    /// Partner, or [`NONE`].
    pub partner: Vec<u32>,
    /// Link, or [`NONE`].
    pub link: Vec<u32>,
    /// Campaign, or [`NONE`].
    pub campaign: Vec<u32>,
    /// What.
    pub kind: Vec<TouchKind>,
    /// Whether they count, or why not.
    pub mark: Vec<Mark>,
    /// How many.
    pub count: Vec<u32>,
}

/// Recorded clicks of one day that are alike.
#[derive(Debug, Clone, Copy)]
pub struct ClickRow {
    /// UTC day.
    pub day: Day,
    /// Partner, or [`NONE`].
    pub partner: u32,
    /// Link, or [`NONE`].
    pub link: u32,
    /// Campaign, or [`NONE`].
    pub campaign: u32,
    /// What.
    pub kind: TouchKind,
    /// Whether they count.
    pub mark: Mark,
    /// How many.
    pub count: u32,
}

impl Clicks {
    /// Adds a row.
    pub fn push(&mut self, row: ClickRow) {
        self.day.push(row.day);
        self.partner.push(row.partner);
        self.link.push(row.link);
        self.campaign.push(row.campaign);
        self.kind.push(row.kind);
        self.mark.push(row.mark);
        self.count.push(row.count);
    }

    /// The row `i`.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn get(&self, i: usize) -> ClickRow {
        ClickRow {
            day: self.day[i],
            partner: self.partner[i],
            link: self.link[i],
            campaign: self.campaign[i],
            kind: self.kind[i],
            mark: self.mark[i],
            count: self.count[i],
        }
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.day.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.day.is_empty()
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
        let even = |table, lengths: &[usize]| {
            if lengths.windows(2).all(|pair| pair[0] == pair[1]) { Ok(()) } else { Err(Broken::Ragged(table)) }
        };
        let within = |name, column: &[u32], length: usize, optional: bool| {
            let fits = |i: &u32| (*i as usize) < length || optional && *i == NONE;
            if column.iter().all(fits) { Ok(()) } else { Err(Broken::Dangling(name)) }
        };
        let (t, i, m, r, c) = (&self.touches, &self.identities, &self.milestones, &self.revenue, &self.clicks);
        even(
            "touches",
            &[
                t.at.len(),
                t.kind.len(),
                t.mark.len(),
                t.partner.len(),
                t.link.len(),
                t.campaign.len(),
                t.visitor.len(),
                t.customer.len(),
            ],
        )?;
        even("identities", &[i.at.len(), i.visitor.len(), i.customer.len()])?;
        even("milestones", &[m.at.len(), m.kind.len(), m.customer.len(), m.opportunity.len()])?;
        even(
            "revenue",
            &[
                r.at.len(),
                r.kind.len(),
                r.customer.len(),
                r.amount.len(),
                r.currency.len(),
                r.opportunity.len(),
                r.refunds.len(),
                r.reference.len(),
            ],
        )?;
        even(
            "clicks",
            &[c.day.len(), c.partner.len(), c.link.len(), c.campaign.len(), c.kind.len(), c.mark.len(), c.count.len()],
        )?;
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
