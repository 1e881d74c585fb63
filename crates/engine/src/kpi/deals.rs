//! Deals: opportunities from opening to close, and sales that no opportunity led to.

use std::collections::BTreeMap;

use super::Context;
use crate::{
    classify::Class,
    cohort::{Uses, first_sales},
    fact::{Mark, MilestoneKind, RevenueKind},
    figure::FactRef,
    journey::verdict,
    log::{Log, NONE},
    time::Time,
};

/// How a deal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close {
    /// When.
    pub at: Time,
    /// Won, or lost.
    pub won: bool,
    /// What shows it.
    pub fact: FactRef,
}

/// A deal with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deal {
    /// Row of [`Log::customers`].
    pub customer: u32,
    /// Row of [`Log::opportunities`], or [`NONE`].
    pub opportunity: u32,
    /// When the opportunity was first opened, and what shows it.
    pub opened: Option<(Time, FactRef)>,
    /// How it ended, if it has.
    pub close: Option<Close>,
}

/// Every deal, by customer, and by opportunity within one.
///
/// The latest of won and lost is an opportunity's end. One without either is won with the first sale that names it. A
/// customer who bought and has no deal won so has won one nevertheless: that which was open at the first sale, or
/// else one of its own.
pub fn deals(log: &Log) -> Vec<Deal> {
    let mut deals: BTreeMap<(u32, u32), Deal> = BTreeMap::new();
    let entry = |customer, opportunity| Deal { customer, opportunity, opened: None, close: None };
    let m = &log.milestones;
    for row in 0..m.len() {
        let (kind, at, fact) = (m.kind[row], m.at[row], FactRef::Milestone(row as u32));
        if matches!(kind, MilestoneKind::LeadCreated | MilestoneKind::LeadQualified) {
            continue;
        }
        let (customer, opportunity) = (m.customer[row], m.opportunity[row]);
        let deal = deals.entry((customer, opportunity)).or_insert(entry(customer, opportunity));
        match kind {
            MilestoneKind::OpportunityOpened if deal.opened.is_none_or(|(before, _)| at < before) => {
                deal.opened = Some((at, fact));
            }
            MilestoneKind::OpportunityWon | MilestoneKind::OpportunityLost
                if deal.close.is_none_or(|close| close.at <= at) =>
            {
                deal.close = Some(Close { at, won: kind == MilestoneKind::OpportunityWon, fact });
            }
            _ => {}
        }
    }
    let r = &log.revenue;
    let mut sales: Vec<usize> = (0..r.len()).filter(|row| r.kind[*row] != RevenueKind::Refund).collect();
    sales.sort_by_key(|row| (r.at[*row], *row));
    let close = |row: usize| Some(Close { at: r.at[row], won: true, fact: FactRef::Revenue(row as u32) });
    for row in &sales {
        let named = (r.customer[*row], r.opportunity[*row]);
        if let Some(deal) = deals.get_mut(&named).filter(|deal| deal.opportunity != NONE && deal.close.is_none()) {
            deal.close = close(*row);
        }
    }
    for row in sales {
        let customer = r.customer[row];
        let of_customer = (customer, 0)..=(customer, NONE);
        if deals.range(of_customer.clone()).any(|(_, deal)| deal.close.is_some_and(|close| close.won)) {
            continue;
        }
        let open = |deal: &Deal| deal.close.is_none() && deal.opened.is_some_and(|(at, _)| at <= r.at[row]);
        match deals.range_mut(of_customer).map(|(_, deal)| deal).find(|deal| open(deal)) {
            Some(deal) => deal.close = close(row),
            None => {
                let own = deals.entry((customer, NONE)).or_insert(entry(customer, NONE));
                own.close = own.close.or(close(row));
            }
        }
    }
    deals.into_values().collect()
}

/// Says how deals and revenue are whose they are asked for: by class, and by the use of a partner's integration at
/// the close.
pub struct Judge<'c, 'a> {
    context: &'c Context<'a>,
    uses: Uses,
    first: Vec<Option<Time>>,
}

impl<'c, 'a> Judge<'c, 'a> {
    pub fn new(context: &'c Context<'a>) -> Self {
        // A use carries neither link nor campaign: where one is asked for, it is of nobody.
        let asked = context.subject.link.is_none() && context.subject.campaign.is_none();
        let of_partner = |i: u32| context.log.integrations.get(i as usize).is_some_and(|row| row.partner != NONE);
        let uses = Uses::of(context.log, &|i| asked && of_partner(i) && context.is_my_integration(i));
        Self { context, uses, first: first_sales(context.log) }
    }

    /// Whether a customer uses a partner's integration at a time.
    pub fn uses(&self, customer: u32, at: Time) -> bool {
        !self.uses.at(customer, at).is_empty()
    }

    /// Whether a deal has a class: at its close, or at the end of the period while it is open.
    pub fn deal(&self, deal: &Deal, class: Class) -> bool {
        let at = deal.close.map_or_else(|| self.context.end(), |close| close.at);
        match class {
            Class::Sourced => self.context.sourced_by(deal.customer).is_some(),
            Class::Assisted => self.assists(deal, at),
            Class::Influenced => self.touched(deal) || self.uses(deal.customer, at),
        }
    }

    /// Whether a deal is influenced by a touch, as [`Judge::deal`]; the use of an integration left aside.
    pub fn touched(&self, deal: &Deal) -> bool {
        let at = deal.close.map_or_else(|| self.context.end(), |close| close.at);
        self.deal(deal, Class::Sourced)
            || self.assists(deal, at)
            || self.touches(deal.customer).any(|i| self.counts(i, deal, at))
    }

    fn touches(&self, customer: u32) -> impl Iterator<Item = usize> {
        let mine = |touch: &&u32| self.context.is_mine_with_a_partner(**touch);
        self.context.journeys.of(customer).iter().filter(mine).map(|touch| *touch as usize)
    }

    fn assists(&self, deal: &Deal, at: Time) -> bool {
        let t = &self.context.log.touches;
        let part = |i: usize| t.kind[i].assists() && t.mark[i] == Mark::Counted && t.at[i] <= at;
        deal.opened.is_some_and(|(opened, _)| self.touches(deal.customer).any(|i| part(i) && opened <= t.at[i]))
    }

    /// In the window for new business, or for expansion where the customer had bought before the deal was opened.
    fn counts(&self, touch: usize, deal: &Deal, at: Time) -> bool {
        let (t, policy) = (&self.context.log.touches, self.context.policies.at(at));
        let sold = self.first[deal.customer as usize];
        let more = deal.opened.zip(sold).is_some_and(|((opened, _), sold)| sold < opened);
        let rule = if more { policy.expansion } else { policy.new };
        verdict(t.mark[touch], t.at[touch], at, rule.window).is_ok()
    }
}

/// The deals that were won or lost in the period and have a class.
pub fn closed(context: &Context<'_>, won: bool, class: Class) -> Vec<Deal> {
    let judge = Judge::new(context);
    let in_period = |deal: &Deal| deal.close.is_some_and(|close| close.won == won && context.period.contains(close.at));
    deals(context.log).into_iter().filter(|deal| in_period(deal) && judge.deal(deal, class)).collect()
}

/// What shows how the deals ended, in the order of the log.
pub fn closes(deals: &[Deal]) -> Vec<FactRef> {
    let mut facts: Vec<FactRef> = deals.iter().filter_map(|deal| deal.close.map(|close| close.fact)).collect();
    facts.sort_unstable();
    facts
}

/// What a deal brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Size {
    /// Minor units, net of refunds.
    pub amount: i64,
    /// The rows of revenue that make it up, in the order of the log.
    pub rows: Vec<u32>,
}

/// What deals brought: by opportunity, and by customer the new business that no opportunity led to. Of those with an
/// amount in the currency that is asked for.
pub struct Sizes {
    opportunities: Vec<Option<Size>>,
    customers: Vec<Option<Size>>,
}

impl Sizes {
    pub fn of(log: &Log, currency: u32) -> Self {
        let r = &log.revenue;
        let mut sizes =
            Self { opportunities: vec![None; log.opportunities.len()], customers: vec![None; log.customers.len()] };
        for row in (0..r.len()).filter(|row| r.currency[*row] == currency) {
            let sale = if r.refunds[row] == NONE { row } else { r.refunds[row] as usize };
            let slot = match r.opportunity[sale] {
                NONE if r.kind[sale] != RevenueKind::New => continue,
                NONE => &mut sizes.customers[r.customer[sale] as usize],
                opportunity => &mut sizes.opportunities[opportunity as usize],
            };
            let size = slot.get_or_insert_default();
            size.amount += r.signed(row);
            size.rows.push(row as u32);
        }
        sizes
    }

    /// What a deal brought. New business that no opportunity led to is that of the customer's first deal without an
    /// amount.
    pub fn take(&mut self, deal: &Deal) -> Option<Size> {
        let named = self.opportunities.get(deal.opportunity as usize).cloned().flatten();
        named.or_else(|| self.customers[deal.customer as usize].take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        log::{Milestone, RevenueRow},
        money::Currency,
    };
    use MilestoneKind::{OpportunityLost, OpportunityOpened, OpportunityStage, OpportunityWon};

    /// Opportunity, when it was opened, when it ended and whether it was won.
    type Found = (u32, Option<u32>, Option<(u32, bool)>);

    /// The deals of one customer, from steps (time, kind, opportunity) and sales (time, opportunity).
    fn found(steps: &[(u32, MilestoneKind, u32)], sales: &[(u32, u32)]) -> Vec<Found> {
        let mut log = Log {
            customers: vec![String::new()],
            opportunities: vec![String::new(); 2],
            currencies: vec![Currency::USD],
            ..Log::default()
        };
        for (at, kind, opportunity) in steps {
            let step = Milestone { at: Time(*at), kind: *kind, customer: 0, opportunity: *opportunity };
            log.milestones.push(step);
        }
        for (at, opportunity) in sales {
            let sale = RevenueRow::new(Time(*at), RevenueKind::New, 0, 100);
            log.revenue.push(RevenueRow { opportunity: *opportunity, ..sale });
        }
        assert_eq!(log.check(), Ok(()));
        let opened = |deal: &Deal| deal.opened.map(|(at, _)| at.0);
        let ended = |deal: &Deal| deal.close.map(|close| (close.at.0, close.won));
        deals(&log).iter().map(|deal| (deal.opportunity, opened(deal), ended(deal))).collect()
    }

    #[test]
    fn the_latest_end_of_an_opportunity_counts() {
        let steps =
            [(9, OpportunityWon, 0), (1, OpportunityOpened, 0), (5, OpportunityLost, 0), (2, OpportunityStage, 1)];
        assert_eq!(found(&steps, &[]), [(0, Some(1), Some((9, true))), (1, None, None)]);
    }

    #[test]
    fn a_sale_that_names_an_open_opportunity_wins_it() {
        let steps = [(1, OpportunityOpened, 0), (2, OpportunityOpened, 1)];
        assert_eq!(found(&steps, &[(7, 1), (8, 1)]), [(0, Some(1), None), (1, Some(2), Some((7, true)))]);
    }

    #[test]
    fn who_bought_has_won_something() {
        let open = (2, OpportunityOpened, 1);
        // The deal that was open then, once: what is bought later is no other.
        assert_eq!(found(&[open], &[(7, NONE), (8, NONE)]), [(1, Some(2), Some((7, true)))]);
        // Opened after the sale, it is another deal.
        assert_eq!(found(&[open], &[(1, NONE)]), [(1, Some(2), None), (NONE, None, Some((1, true)))]);
        assert_eq!(found(&[(1, OpportunityWon, 0)], &[(7, NONE)]), [(0, None, Some((1, true)))]);
        assert_eq!(
            found(&[(1, OpportunityLost, 0)], &[(7, NONE)]),
            [(0, None, Some((1, false))), (NONE, None, Some((7, true)))]
        );
    }
}
