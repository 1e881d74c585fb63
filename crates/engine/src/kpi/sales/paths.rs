//! What won deals came by: listings, and sequences of partners and channels.

use std::collections::BTreeMap;

use crate::{
    classify::Class,
    fact::{RevenueKind, TouchKind},
    figure::FactRef,
    journey::judge,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        deals::closed,
        needs::{LISTING, REVENUE, TOUCH, WON},
        ways::{Step, Steps, steps},
    },
    log::NONE,
    time::Time,
};

pub const LISTINGS: Definition = Definition {
    id: "marketplace_listings",
    label: "Marketplace listings",
    chapter: Chapter::Sales,
    row: "marketplace listings",
    measure: Measure::Money,
    formula: "New business of the period, net of refunds, whose first counted touch in the window before the sale \
              was a click on a listing; by listing, the most first.",
    needs: &[LISTING, REVENUE],
    compute: listings,
};

pub const JOURNEYS: Definition = Definition {
    id: "cross_partner_journeys",
    label: "Cross-partner journeys",
    chapter: Chapter::Sales,
    row: "cross-partner journeys",
    measure: Measure::Rate,
    formula: "Of the deals won in the period that partners influenced, those with counted touches of several \
              partners; and the usual sequences of partners and channels, each as often as deals went that way, the \
              most usual first. Touches of one partner or channel in a row are one step.",
    needs: &[TOUCH, WON],
    compute: journeys,
};

/// How many sequences a page shows.
const SEQUENCES: usize = 20;

/// The touches that count for new business at a time, in order.
fn counted(context: &Context<'_>, customer: u32, at: Time) -> Vec<u32> {
    let (journey, policy) = (context.journeys.of(customer), context.policies.at(at));
    let verdicts = judge(context.log, journey, at, policy, policy.new.window);
    journey.iter().zip(verdicts).filter(|(_, verdict)| verdict.is_ok()).map(|(touch, _)| *touch).collect()
}

/// By row of [`Log::links`](crate::log::Log::links), or [`NONE`], the minor units of new business of the period, net of
/// refunds, that the first counted touch gives to a listing; and the amounts that these are, in the order of the log.
#[must_use]
pub fn by_listing(context: &Context<'_>) -> (BTreeMap<u32, i64>, Vec<FactRef>) {
    let (log, r) = (context.log, &context.log.revenue);
    let mut by_listing: BTreeMap<u32, i64> = BTreeMap::new();
    let mut facts = Vec::new();
    for row in context.revenue() {
        let sale = if r.refunds[row] == NONE { row } else { r.refunds[row] as usize };
        if r.kind[sale] != RevenueKind::New {
            continue;
        }
        let first = counted(context, r.customer[sale], r.at[sale]).first().copied();
        let listed =
            |touch: &u32| log.touches.kind[*touch as usize] == TouchKind::Listing && context.is_my_touch(*touch);
        if let Some(touch) = first.filter(listed) {
            *by_listing.entry(log.touches.link[touch as usize]).or_insert(0) += r.signed(row);
            facts.push(FactRef::Revenue(row as u32));
        }
    }
    (by_listing, facts)
}

fn listings(context: &Context<'_>) -> Answer {
    let log = context.log;
    let (by_listing, facts) = by_listing(context);
    let mut sums: Vec<(i64, u32)> = by_listing.into_iter().map(|(link, sum)| (sum, link)).collect();
    sums.sort_unstable_by_key(|(sum, link)| (core::cmp::Reverse(*sum), *link));
    let name = |link: u32| log.links.get(link as usize).map_or("Listing without a link", |link| link.key.as_str());
    let parts = sums.iter().map(|(sum, link)| Part::known(name(*link), Measure::Money, *sum)).collect();
    Answer::known(sums.iter().map(|(sum, _)| sum).sum(), facts).with(parts)
}

fn journeys(context: &Context<'_>) -> Answer {
    let (log, t) = (context.log, &context.log.touches);
    let (mut several, mut facts) = (0, Vec::new());
    let mut usual: BTreeMap<Vec<Step>, i64> = BTreeMap::new();
    let deals = closed(context, true, Class::Influenced);
    for deal in &deals {
        let Some(close) = deal.close else { continue };
        let touches = counted(context, deal.customer, close.at);
        let mut partners: Vec<u32> = touches.iter().map(|touch| t.partner[*touch as usize]).collect();
        partners.retain(|partner| *partner != NONE);
        partners.sort_unstable();
        partners.dedup();
        let steps = steps(log, &touches, Steps::Parties);
        if partners.len() > 1 {
            several += 1;
            facts.push(close.fact);
        }
        if !steps.is_empty() {
            *usual.entry(steps).or_insert(0) += 1;
        }
    }
    facts.sort_unstable();
    let mut usual: Vec<_> = usual.into_iter().collect();
    usual.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
    let name = |step: &Step| step.name(log, |partner| context.partner_name(partner));
    let label = |steps: &Vec<Step>| steps.iter().map(name).collect::<Vec<_>>().join(" → ");
    let shown = usual.iter().take(SEQUENCES);
    let parts = shown.map(|(steps, count)| Part::known(label(steps), Measure::Count, *count)).collect();
    Answer::rate(several, deals.len() as u64, WON, facts).with(parts)
}
