//! From click to win.

use super::clicks;
use crate::{
    figure::FactRef,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        deals::deals,
        leads::of_period,
        needs::{CLICK, LEAD},
    },
    stat,
    time::Time,
};

pub const FUNNEL: Definition = Definition {
    id: "funnel",
    label: "From click to win",
    chapter: Chapter::Sales,
    row: "click → lead → opportunity → win",
    measure: Measure::Rate,
    formula: "The counted clicks of the period, and how far its partner-sourced leads have come since: with an \
              opportunity, or won without one; won. Each step beside the one before it, with the median time that \
              it took from the sourcing touch, the lead, the opportunity.",
    needs: &[CLICK, LEAD],
    compute: funnel,
};

const STEPS: [&str; 4] = ["Clicks", "Leads", "Opportunities", "Wins"];
const RATES: [&str; 3] = ["Clicks to leads", "Leads to opportunities", "Opportunities to wins"];
const DROPS: [&str; 3] = ["Lost before a lead", "Lost before an opportunity", "Lost before a win"];
const TIMES: [&str; 3] = ["Median time to lead", "Median time to opportunity", "Median time to win"];
const FACTS: [&str; 3] = [CLICK, LEAD, crate::kpi::needs::OPENED];

/// The value is wins of clicks.
fn funnel(context: &Context<'_>) -> Answer {
    let (leads, _) = of_period(context);
    let customers = context.log.customers.len();
    let mut is_lead = vec![false; customers];
    for lead in &leads {
        is_lead[lead.customer as usize] = true;
    }
    let (mut opened, mut won): (Vec<Option<Time>>, Vec<Option<Time>>) = (vec![None; customers], vec![None; customers]);
    let mut is_deal = vec![false; customers];
    let mut wins: Vec<FactRef> = Vec::new();
    let earliest = |slot: &mut Option<Time>, at: Time| *slot = Some(slot.map_or(at, |before| before.min(at)));
    for deal in deals(context.log) {
        let customer = deal.customer as usize;
        is_deal[customer] = true;
        if let Some((at, _)) = deal.opened {
            earliest(&mut opened[customer], at);
        }
        if let Some(close) = deal.close.filter(|close| close.won) {
            earliest(&mut won[customer], close.at);
            if is_lead[customer] {
                wins.push(close.fact);
            }
        }
    }
    let mut counts = [clicks::counted(context), leads.len() as u64, 0, 0];
    let mut times: [Vec<i64>; 3] = Default::default();
    for lead in &leads {
        let customer = lead.customer as usize;
        counts[2] += u64::from(is_deal[customer]);
        counts[3] += u64::from(won[customer].is_some());
        let touch = context.classes.sourcing_touch(lead.customer);
        let touched = touch.map(|touch| context.log.touches.at[touch as usize]);
        let steps = [touched, Some(lead.at), opened[customer], won[customer]];
        for (times, pair) in times.iter_mut().zip(steps.windows(2)) {
            if let [Some(from), Some(to)] = pair
                && from <= to
            {
                times.push(i64::from(to.0 - from.0));
            }
        }
    }
    let mut parts: Vec<Part> =
        STEPS.iter().zip(counts).map(|(label, count)| Part::known(*label, Measure::Count, count as i64)).collect();
    for i in 0..RATES.len() {
        let (before, after) = (counts[i], counts[i + 1]);
        parts.push(Part::rate(RATES[i], after, before, FACTS[i]));
        // Leads need not come by clicks, so there may be more of them.
        parts.push(Part::known(DROPS[i], Measure::Count, before.saturating_sub(after) as i64));
        parts.push(Part::known_or(TIMES[i], Measure::Seconds, stat::median(&times[i]), FACTS[i]));
    }
    wins.sort_unstable();
    Answer::rate(counts[3], counts[0], CLICK, wins).with(parts)
}
