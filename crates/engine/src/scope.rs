//! What one partner may see of a log: their own links, clicks and touches, and the journeys that they are part of, with the
//! others masked.

use std::collections::HashMap;

use crate::{
    credit::{Cases, Dimension, Shares},
    journey::Journeys,
    log::{
        ActivityRow, AdjustmentRow, AssetRow, ChurnRow, ClickRow, DIRECT, DowntimeRow, GivenRow, GoalRow,
        IntegrationRow, Interner, JoinRow, LinkRow, Log, MailingRow, Milestone, NONE, Party, PayoutRow,
        RegistrationRow, RevenueRow, TicketRow, Touch, UsageRow,
    },
    policy::{Policies, Policy},
    text::mask_name,
};

/// How customers' names reach a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// First word and initials.
    #[default]
    Masked,
    /// As recorded.
    Shown,
}

/// The part of a checked log that a partner may see.
///
/// Kept are the customers whose journey holds a touch of the partner, whose deal the partner registered or who use the
/// partner's integration, with all that happened to them; their touches name the customer directly, so that no visitor is left
/// to follow. Of other partners nothing stays but that *somebody* was there: each becomes "another partner", numbered anew in
/// every journey, so that two journeys do not tell whether they share one. Links, campaigns, integrations and counts are the
/// partner's own; opportunities' names and invoices are left out, since they tend to spell the customer's name, and so are
/// costs and surveys, which are the program's.
///
/// Where the policies use a data-driven model, each touch comes with what that model gives it ([`Log::given`]): the partner's
/// part of the log is too little to compute it. A weight is its partner's in every journey, so that such a policy lets a
/// partner guess which masked touches are of one and the same; so do the credits that it divides, which a partner sees.
#[must_use]
pub fn for_partner(log: &Log, partner: u32, names: Names, policies: &Policies) -> Log {
    let journeys = Journeys::build(log);
    let kept = kept(log, &journeys, partner);
    let mut scope = Scope::new(log, &journeys, partner, names, &kept);
    let touches = scope.touches(&journeys);
    scope.customers();
    scope.clicks();
    scope.partner();
    scope.integrations();
    let mut out = scope.finish();
    give(log, &journeys, policies, &touches, &mut out);
    out
}

/// The rows of revenue that [`for_partner`] keeps, in their order there.
#[must_use]
pub fn revenue_for(log: &Log, partner: u32) -> Vec<usize> {
    let kept = kept(log, &Journeys::build(log), partner);
    (0..log.revenue.len()).filter(|row| kept.binary_search(&log.revenue.customer[*row]).is_ok()).collect()
}

/// Customers whom the partner may see, in order.
fn kept(log: &Log, journeys: &Journeys, partner: u32) -> Vec<u32> {
    let mut seen = vec![false; log.customers.len()];
    for (i, slot) in seen.iter_mut().enumerate() {
        *slot = journeys.of(i as u32).iter().any(|touch| log.touches.partner[*touch as usize] == partner);
    }
    for row in log.registrations.iter().filter(|row| row.partner == partner) {
        seen[row.customer as usize] = true;
    }
    for row in log.usage.iter().filter(|row| log.integrations[row.integration as usize].partner == partner) {
        seen[row.customer as usize] = true;
    }
    (0..seen.len() as u32).filter(|customer| seen[*customer as usize]).collect()
}

/// A table of names that is written anew with those that occur.
struct Renamed<'a> {
    old: &'a [String],
    new: Interner,
}

impl<'a> Renamed<'a> {
    fn new(old: &'a [String]) -> Self {
        Self { old, new: Interner::default() }
    }

    fn number(&mut self, old: u32) -> u32 {
        self.new.optional(self.old.get(old as usize).map(String::as_str))
    }
}

/// A log on its way to a partner.
struct Scope<'a> {
    log: &'a Log,
    /// The reader.
    reader: u32,
    out: Log,
    customer: HashMap<u32, u32>,
    /// By customer and partner, the number of a masked partner.
    others: HashMap<(u32, u32), u32>,
    link: HashMap<u32, u32>,
    opportunity: HashMap<u32, u32>,
    integration: HashMap<u32, u32>,
    currency: HashMap<u32, u32>,
    groups: Renamed<'a>,
    campaigns: Renamed<'a>,
    channels: Renamed<'a>,
    pages: Renamed<'a>,
    coupons: Renamed<'a>,
    products: Renamed<'a>,
}

impl<'a> Scope<'a> {
    fn new(log: &'a Log, journeys: &Journeys, reader: u32, names: Names, kept: &[u32]) -> Self {
        let name = |customer: &u32| match names {
            Names::Masked => mask_name(&log.customers[*customer as usize]),
            Names::Shown => log.customers[*customer as usize].clone(),
        };
        let mut out = Log {
            partners: log.partners.get(reader as usize).cloned().into_iter().collect(),
            customers: kept.iter().map(name).collect(),
            ..Log::default()
        };
        let others = others_by_journey(log, journeys, kept, reader);
        let masked = others.values().copied().max().unwrap_or(0);
        out.partners.extend((0..masked).map(|_| Party { id: None, name: None }));
        let mut link = HashMap::new();
        for (old, row) in log.links.iter().enumerate().filter(|(_, row)| row.partner == reader) {
            link.insert(old as u32, out.links.len() as u32);
            out.links.push(LinkRow { partner: 0, ..row.clone() });
        }
        let mut integration = HashMap::new();
        for (old, row) in log.integrations.iter().enumerate().filter(|(_, row)| row.partner == reader) {
            integration.insert(old as u32, out.integrations.len() as u32);
            out.integrations.push(IntegrationRow { partner: 0, ..row.clone() });
        }
        Self {
            log,
            reader,
            out,
            customer: (0..).zip(kept).map(|(new, old)| (*old, new)).collect(),
            others,
            link,
            opportunity: HashMap::new(),
            integration,
            currency: HashMap::new(),
            groups: Renamed::new(&log.groups),
            campaigns: Renamed::new(&log.campaigns),
            channels: Renamed::new(&log.channels),
            pages: Renamed::new(&log.pages),
            coupons: Renamed::new(&log.coupons),
            products: Renamed::new(&log.products),
        }
    }

    /// The touches of the kept journeys; the answer is which of the log they are.
    fn touches(&mut self, journeys: &Journeys) -> Vec<u32> {
        let mut rows = Vec::new();
        for row in 0..self.log.touches.len() as u32 {
            let owner = journeys.owner(self.log, row);
            let Some(customer) = self.customer.get(&owner).copied() else { continue };
            let touch = self.log.touches.get(row as usize);
            let shown = if touch.partner == self.reader {
                self.own_touch(touch, customer)
            } else {
                let party = self.others.get(&(owner, touch.partner)).copied().unwrap_or(NONE);
                self.masked_touch(&touch, party, customer)
            };
            self.out.touches.push(shown);
            rows.push(row);
        }
        rows
    }

    fn own_touch(&mut self, touch: Touch, customer: u32) -> Touch {
        Touch {
            partner: 0,
            link: self.link.get(&touch.link).copied().unwrap_or(NONE),
            campaign: self.campaigns.number(touch.campaign),
            channel: self.channels.number(touch.channel),
            page: self.pages.number(touch.page),
            coupon: self.coupons.number(touch.coupon),
            visitor: NONE,
            customer,
            ..touch
        }
    }

    /// Somebody else's touch. Whether it was a direct visit is all that the models need to know of what it carried.
    fn masked_touch(&mut self, touch: &Touch, party: u32, customer: u32) -> Touch {
        let untold = self.log.channels.get(touch.channel as usize).is_none_or(|name| name == DIRECT);
        let direct = untold && touch.link == NONE && touch.campaign == NONE && touch.coupon == NONE;
        let channel = self.channels.new.optional((party == NONE && !direct).then_some(OTHER));
        Touch { partner: party, channel, customer, mark: touch.mark, ..Touch::new(touch.at, touch.kind) }
    }

    fn opportunity(&mut self, old: u32) -> u32 {
        if old == NONE {
            return NONE;
        }
        let names = &mut self.out.opportunities;
        *self.opportunity.entry(old).or_insert_with(|| {
            names.push(String::new());
            names.len() as u32 - 1
        })
    }

    /// Currencies are those of money that is shown: others would tell in what another partner is paid.
    fn currency(&mut self, old: u32) -> u32 {
        let (log, out) = (self.log, &mut self.out.currencies);
        *self.currency.entry(old).or_insert_with(|| {
            out.push(log.currencies[old as usize]);
            out.len() as u32 - 1
        })
    }

    /// What happened to the kept customers.
    fn customers(&mut self) {
        let log = self.log;
        for row in log.milestones.iter() {
            if let Some(customer) = self.customer.get(&row.customer).copied() {
                let opportunity = self.opportunity(row.opportunity);
                self.out.milestones.push(Milestone { customer, opportunity, ..row });
            }
        }
        let mut rows: HashMap<u32, u32> = HashMap::new();
        for (old, customer) in (0..).zip(&log.revenue.customer) {
            if self.customer.contains_key(customer) {
                rows.insert(old, rows.len() as u32);
            }
        }
        for row in log.revenue.iter() {
            if let Some(customer) = self.customer.get(&row.customer).copied() {
                let shown = RevenueRow {
                    customer,
                    currency: self.currency(row.currency),
                    opportunity: self.opportunity(row.opportunity),
                    refunds: rows.get(&row.refunds).copied().unwrap_or(NONE),
                    product: self.products.number(row.product),
                    reference: String::new(),
                    ..row
                };
                self.out.revenue.push(shown);
            }
        }
        for row in log.churns.iter() {
            if let Some(customer) = self.customer.get(&row.customer).copied() {
                self.out.churns.push(ChurnRow { customer, ..row });
            }
        }
    }

    fn clicks(&mut self) {
        for row in self.log.clicks.iter().filter(|row| row.partner == self.reader) {
            let link = self.link.get(&row.link).copied().unwrap_or(NONE);
            let campaign = self.campaigns.number(row.campaign);
            self.out.clicks.push(ClickRow { partner: 0, link, campaign, ..row });
        }
    }

    /// What is recorded of the partner itself.
    fn partner(&mut self) {
        let (log, reader) = (self.log, self.reader);
        for row in log.joins.iter().filter(|row| row.partner == reader) {
            let group = self.groups.number(row.group);
            self.out.joins.push(JoinRow { partner: 0, group, ..row });
        }
        for row in log.goals.iter().filter(|row| row.partner == reader) {
            self.out.goals.push(GoalRow { partner: 0, ..row });
        }
        for row in log.activities.iter().filter(|row| row.partner == reader) {
            self.out.activities.push(ActivityRow { partner: 0, ..row });
        }
        // Of others only until when they protect a deal that is shown, since that decides whose claim is the stronger.
        for row in log.registrations.iter() {
            let own = row.partner == reader;
            let partner = if own { Some(0) } else { self.others.get(&(row.customer, row.partner)).copied() };
            if let (Some(customer), Some(partner)) = (self.customer.get(&row.customer).copied(), partner) {
                let opportunity = self.opportunity(row.opportunity);
                let person = if own { row.person } else { NONE };
                self.out.registrations.push(RegistrationRow { partner, customer, opportunity, person, ..row });
            }
        }
        for row in log.payouts.iter().filter(|row| row.partner == reader) {
            let currency = self.currency(row.currency);
            self.out.payouts.push(PayoutRow { partner: 0, currency, ..row });
        }
        for row in log.adjustments.iter().filter(|row| row.partner == reader) {
            let currency = self.currency(row.currency);
            self.out.adjustments.push(AdjustmentRow { partner: 0, currency, ..row });
        }
        for row in log.mailings.iter().filter(|row| row.partner == reader) {
            let campaign = self.campaigns.number(row.campaign);
            self.out.mailings.push(MailingRow { partner: 0, campaign, ..row });
        }
        for row in log.assets.iter().filter(|row| row.partner == reader) {
            self.out.assets.push(AssetRow { partner: 0, ..row });
        }
    }

    /// What customers did with the partner's integrations.
    fn integrations(&mut self) {
        let log = self.log;
        let integration = |scope: &Self, old: u32| scope.integration.get(&old).copied();
        let customer = |scope: &Self, old: u32| scope.customer.get(&old).copied();
        for row in log.usage.iter() {
            if let (Some(integration), Some(customer)) =
                (integration(self, row.integration), customer(self, row.customer))
            {
                self.out.usage.push(UsageRow { integration, customer, ..row });
            }
        }
        for row in log.tickets.iter() {
            if let (Some(integration), Some(customer)) =
                (integration(self, row.integration), customer(self, row.customer))
            {
                self.out.tickets.push(TicketRow { integration, customer, ..row });
            }
        }
        for row in log.downtimes.iter() {
            if let Some(integration) = integration(self, row.integration) {
                self.out.downtimes.push(DowntimeRow { integration, ..row });
            }
        }
    }

    fn finish(self) -> Log {
        Log {
            groups: self.groups.new.into_texts(),
            campaigns: self.campaigns.new.into_texts(),
            channels: self.channels.new.into_texts(),
            pages: self.pages.new.into_texts(),
            coupons: self.coupons.new.into_texts(),
            products: self.products.new.into_texts(),
            ..self.out
        }
    }
}

/// The channel of touches that are the program's own: which one is not told.
const OTHER: &str = "other";

/// A number for each other partner of each kept journey, counted from 1 in the order in which they appear there.
fn others_by_journey(log: &Log, journeys: &Journeys, kept: &[u32], partner: u32) -> HashMap<(u32, u32), u32> {
    let mut others = HashMap::new();
    for customer in kept {
        let mut seen = 0;
        for touch in journeys.of(*customer) {
            let party = log.touches.partner[*touch as usize];
            if party != partner && party != NONE {
                others.entry((*customer, party)).or_insert_with(|| {
                    seen += 1;
                    seen
                });
            }
        }
    }
    others
}

/// Writes what the data-driven models of the policies give to the touches of a partner's log, which are `touches` of the
/// whole one.
fn give(log: &Log, journeys: &Journeys, policies: &Policies, touches: &[u32], out: &mut Log) {
    let models = policies.versions().iter().flat_map(Policy::rules).map(|rule| rule.model);
    let mut models: Vec<_> = models.filter(|model| model.is_data_driven()).collect();
    models.sort_unstable();
    models.dedup();
    for model in models {
        let cases = Cases::gather(log, journeys, policies);
        let Some(shares) = Shares::of(log, journeys, &cases, model, Dimension::Partner) else { continue };
        for (new, old) in (0..).zip(touches) {
            out.given.push(GivenRow { model, touch: new, weight: shares.of_touch(log, *old) });
        }
    }
}
