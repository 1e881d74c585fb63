//! What one partner may see of a log: their own links, clicks and touches, and the journeys that they are part of, with the
//! others masked.

use std::collections::HashMap;

use crate::{
    journey::Journeys,
    log::{ClickRow, DIRECT, Interner, Log, Milestone, NONE, Party, RevenueRow, Touch},
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
/// Kept are the customers whose journey holds a touch of the partner, with all that happened to them; their touches name
/// the customer directly, so that no visitor is left to follow. Of other partners nothing stays but that *somebody* was
/// there: each becomes "another partner", numbered anew in every journey, so that two journeys do not tell whether they
/// share one. Links, campaigns and click counts are the partner's own; opportunities' names and invoices are left out,
/// since they tend to spell the customer's name.
#[must_use]
pub fn for_partner(log: &Log, partner: u32, names: Names) -> Log {
    let journeys = Journeys::build(log);
    let mine = |touch: u32| log.touches.partner[touch as usize] == partner;
    let kept: Vec<u32> = (0..log.customers.len() as u32).filter(|c| journeys.of(*c).iter().any(|t| mine(*t))).collect();
    let customer: HashMap<u32, u32> = kept.iter().enumerate().map(|(new, old)| (*old, new as u32)).collect();
    let mut out = Log {
        partners: log.partners.get(partner as usize).cloned().into_iter().collect(),
        customers: kept
            .iter()
            .map(|c| match names {
                Names::Masked => mask_name(&log.customers[*c as usize]),
                Names::Shown => log.customers[*c as usize].clone(),
            })
            .collect(),
        currencies: log.currencies.clone(),
        ..Log::default()
    };
    let mut link = HashMap::new();
    for (old, row) in log.links.iter().enumerate().filter(|(_, row)| row.partner == partner) {
        link.insert(old as u32, out.links.len() as u32);
        out.links.push(crate::log::LinkRow { partner: 0, ..row.clone() });
    }
    let (mut campaigns, mut channels) = (Interner::default(), Interner::default());
    let (mut pages, mut coupons) = (Interner::default(), Interner::default());
    let renamed = |names: &[String], new: &mut Interner, old: u32| new.optional(names.get(old as usize).map(String::as_str));

    let others = others_by_journey(log, &journeys, &kept, partner);
    let masked = others.values().copied().max().unwrap_or(0);
    out.partners.extend((0..masked).map(|_| Party { id: None, name: None }));
    for i in 0..log.touches.len() {
        let owner = journeys.owner(log, i as u32);
        let Some(customer) = customer.get(&owner).copied() else { continue };
        let touch = log.touches.get(i);
        out.touches.push(if touch.partner == partner {
            Touch {
                partner: 0,
                link: link.get(&touch.link).copied().unwrap_or(NONE),
                campaign: renamed(&log.campaigns, &mut campaigns, touch.campaign),
                channel: renamed(&log.channels, &mut channels, touch.channel),
                page: renamed(&log.pages, &mut pages, touch.page),
                coupon: renamed(&log.coupons, &mut coupons, touch.coupon),
                visitor: NONE,
                customer,
                ..touch
            }
        } else {
            let party = others.get(&(owner, touch.partner)).copied().unwrap_or(NONE);
            // Whether it was a direct visit is all that the models need to know of somebody else's touch.
            let direct = log.channels.get(touch.channel as usize).is_none_or(|name| name == DIRECT);
            let told = party == NONE && !(direct && touch.link == NONE && touch.campaign == NONE && touch.coupon == NONE);
            let channel = channels.optional(told.then_some(OTHER));
            Touch { partner: party, customer, mark: touch.mark, channel, ..Touch::new(touch.at, touch.kind) }
        });
    }
    copy_customers(log, &customer, &mut out);
    for row in log.clicks.iter().filter(|row| row.partner == partner) {
        out.clicks.push(ClickRow {
            partner: 0,
            link: link.get(&row.link).copied().unwrap_or(NONE),
            campaign: renamed(&log.campaigns, &mut campaigns, row.campaign),
            ..row
        });
    }
    out.campaigns = campaigns.into_texts();
    out.channels = channels.into_texts();
    out.pages = pages.into_texts();
    out.coupons = coupons.into_texts();
    out
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

/// Copies milestones and revenue of the kept customers, renumbered.
fn copy_customers(log: &Log, customer: &HashMap<u32, u32>, out: &mut Log) {
    let mut opportunities: HashMap<u32, u32> = HashMap::new();
    let mut opportunity = |old: u32, names: &mut Vec<String>| match old {
        NONE => NONE,
        old => *opportunities.entry(old).or_insert_with(|| {
            names.push(String::new());
            names.len() as u32 - 1
        }),
    };
    for row in log.milestones.iter() {
        if let Some(new) = customer.get(&row.customer) {
            let opportunity = opportunity(row.opportunity, &mut out.opportunities);
            out.milestones.push(Milestone { customer: *new, opportunity, ..row });
        }
    }
    let r = &log.revenue;
    let rows: HashMap<u32, u32> = (0..r.len())
        .filter(|row| customer.contains_key(&r.customer[*row]))
        .enumerate()
        .map(|(new, old)| (old as u32, new as u32))
        .collect();
    for row in 0..r.len() {
        if let Some(new) = customer.get(&r.customer[row]) {
            let row = r.get(row);
            out.revenue.push(RevenueRow {
                customer: *new,
                opportunity: opportunity(row.opportunity, &mut out.opportunities),
                refunds: rows.get(&row.refunds).copied().unwrap_or(NONE),
                product: NONE,
                reference: String::new(),
                ..row
            });
        }
    }
}
