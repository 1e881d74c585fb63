//! Figures of every partner at once. Asking for one partner after the other passes over the facts as often; here they are
//! passed over once.

use super::{
    Context, Definition,
    deals::{Close, deals},
    leads::leads,
    needs::{DONE, WON, missing},
    partners::{LAST_ACTIVITY, joined, last_activities},
    sales::{clicks, leads::LEADS, revenue, wins},
};
use crate::{
    classify::Class,
    fact::Mark,
    figure::Value,
    log::{ClickRow, NONE},
    time::Time,
};

/// The definitions that are answered for every partner at once, in the order of a page.
pub const EACH: [Definition; 9] = [
    revenue::SOURCED,
    revenue::INFLUENCED,
    revenue::ATTRIBUTED,
    clicks::CLICKS,
    LEADS,
    wins::WINS_SOURCED,
    wins::WIN_RATE,
    wins::FIRST_SALE,
    LAST_ACTIVITY,
];

/// What one partner has of the period.
#[derive(Debug, Clone, Default)]
struct Sums {
    sourced: i64,
    influenced: i64,
    attributed: i64,
    clicks: u64,
    leads: u64,
    wins: u64,
    losses: u64,
    /// The first sourced win of all times.
    first: Option<Time>,
}

/// By partner, the values of [`EACH`]: what each definition answers to the same question about that partner alone. `None`
/// for partners who are not asked for.
#[must_use]
pub fn each(context: &Context<'_>) -> Vec<Option<[Value; EACH.len()]>> {
    let mut sums = vec![Sums::default(); context.log.partners.len()];
    revenue(context, &mut sums);
    clicks(context, &mut sums);
    people(context, &mut sums);
    let (joined, last) = (joined(context), last_activities(context));
    let lacks = EACH.map(|definition| missing(context.log, definition.needs));
    let mut values = vec![None; sums.len()];
    for partner in context.partners() {
        let i = partner as usize;
        let s = &sums[i];
        let closed = s.wins + s.losses;
        let rate = if closed == 0 { Value::NotKnown(WON) } else { Value::Rate { n: s.wins, m: closed } };
        let to_first = joined[i].zip(s.first).filter(|((_, joined), first)| joined <= first);
        let has_sold = joined[i].zip(s.first).is_some_and(|(_, first)| first <= context.end());
        let to_first = to_first.filter(|(_, first)| context.period.contains(*first));
        let seconds = |from: Time, until: Time| Value::Known(i64::from(until.0 - from.0));
        let row = [
            Value::Known(s.sourced),
            Value::Known(s.influenced),
            Value::Known(s.attributed),
            Value::Known(s.clicks as i64),
            Value::Known(s.leads as i64),
            Value::Known(s.wins as i64),
            rate,
            to_first.map_or(Value::NotKnown(wins::first_sale_lacks(has_sold)), |((_, joined), first)| {
                seconds(joined, first)
            }),
            last[i].map_or(Value::NotKnown(DONE), |(at, _)| seconds(at, context.end())),
        ];
        values[i] = Some(core::array::from_fn(|column| lacks[column].map_or(row[column], Value::NotKnown)));
    }
    values
}

/// An amount is influenced once by a partner, by however many touches.
fn revenue(context: &Context<'_>, sums: &mut [Sums]) {
    let log = context.log;
    let party = |touch: u32| log.touches.partner[touch as usize];
    // A use carries neither link nor campaign.
    let uses = context.subject.link.is_none() && context.subject.campaign.is_none();
    let (mut sourced, mut influenced) = (Vec::new(), Vec::new());
    for row in context.revenue() {
        let amount = log.revenue.signed(row);
        sourced.clear();
        influenced.clear();
        for (touch, class) in context.classes.touches(row) {
            if context.is_mine_with_a_partner(*touch) {
                influenced.push(party(*touch));
                if *class == Class::Sourced {
                    sourced.push(party(*touch));
                }
            }
        }
        for usage in context.classes.usage(row).iter().filter(|_| uses) {
            let integration = log.usage.integration[*usage as usize];
            let owner = log.integrations.get(integration as usize).map_or(NONE, |row| row.partner);
            if owner != NONE && context.is_my_integration(integration) {
                influenced.push(owner);
            }
        }
        for parties in [&mut sourced, &mut influenced] {
            parties.sort_unstable();
            parties.dedup();
        }
        sourced.iter().for_each(|partner| sums[*partner as usize].sourced += amount);
        influenced.iter().for_each(|partner| sums[*partner as usize].influenced += amount);
        for line in context.credits.of(row).iter().filter(|line| context.is_mine_with_a_partner(line.touch)) {
            sums[party(line.touch) as usize].attributed += line.amount;
        }
    }
}

fn clicks(context: &Context<'_>, sums: &mut [Sums]) {
    let days = context.days();
    let counts = |row: &ClickRow| row.mark == Mark::Counted && clicks::is_click(row.kind) && days.contains(&row.day);
    for row in context.log.clicks.iter().filter(|row| counts(row) && row.partner != NONE) {
        if clicks::is_mine(context, &row) {
            sums[row.partner as usize].clicks += u64::from(row.count);
        }
    }
}

/// Leads, wins and losses of the customers whom partners sourced.
fn people(context: &Context<'_>, sums: &mut [Sums]) {
    for lead in leads(context.log).into_iter().filter(|lead| context.period.contains(lead.at)) {
        if let Some(partner) = context.sourced_by(lead.customer) {
            sums[partner as usize].leads += 1;
        }
    }
    for deal in deals(context.log) {
        let Some((Close { at, won, .. }, partner)) = deal.close.zip(context.sourced_by(deal.customer)) else {
            continue;
        };
        let sums = &mut sums[partner as usize];
        if won {
            sums.first = Some(sums.first.map_or(at, |first| first.min(at)));
        }
        if context.period.contains(at) {
            *(if won { &mut sums.wins } else { &mut sums.losses }) += 1;
        }
    }
}
