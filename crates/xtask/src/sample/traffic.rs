//! Clicks that led nowhere: most of what a program records.

use super::fact::{By, Log, Who};
use super::names;
use super::partners::{LinkSpec, PartnerSpec};
use super::rng::Rng;
use super::{Calendar, DAYS, SECONDS_A_DAY};
use chrono::{Datelike, Weekday};

/// A usual weekday's clicks over all partners, in the middle of the year.
const CLICKS_A_DAY: u32 = 22;
/// Of how many recent visitors of a partner one may come again.
const REMEMBERED: usize = 12;

/// How busy a day is, in percent of a usual weekday in the middle of the year.
pub fn busy(calendar: Calendar, day: i64) -> u32 {
    let date = calendar.at(day * SECONDS_A_DAY).date_naive();
    let weekday = match date.weekday() {
        Weekday::Mon => 100,
        Weekday::Tue | Weekday::Wed => 114,
        Weekday::Thu => 106,
        Weekday::Fri => 88,
        Weekday::Sat => 34,
        Weekday::Sun => 28,
    };
    let season = match (date.month(), date.day()) {
        (12, 22..) | (1, 1..=2) => 45,
        (8, _) => 82,
        _ => 100,
    };
    // From a little over half to one and a half times the middle of the year.
    let growth = 55 + 95 * day.clamp(0, DAYS) / DAYS;
    weekday * season * u32::try_from(growth).unwrap_or(100) / 10_000
}

/// A time of day in seconds: mostly in working hours, seldom at night.
pub fn time_of_day(rng: &mut Rng) -> i64 {
    // Three draws together make a bell around 13:30.
    let spread: i64 = (0..3).map(|_| rng.range(0, 5 * 3600)).sum();
    6 * 3600 + spread
}

/// Adds a year of such clicks.
pub fn add(log: &mut Log, partners: &[PartnerSpec], links: &[LinkSpec]) {
    let reach: u32 = partners.iter().map(|partner| partner.reach).sum();
    for (at, partner) in partners.iter().enumerate() {
        let own: Vec<&LinkSpec> = links.iter().filter(|link| link.partner == at).collect();
        let mut rng = Rng::of(2, at as u64);
        let mut known: Vec<String> = Vec::new();
        for day in partner.joined..DAYS {
            // In hundredths of a click, from half to one and a half of what the day would have.
            let expected = CLICKS_A_DAY * busy(log.calendar(), day) * partner.reach / reach;
            let drawn = expected * u32::try_from(rng.range(50, 151)).unwrap_or(100) / 100;
            let clicks = drawn / 100 + u32::from(rng.chance(drawn % 100));
            for _ in 0..clicks {
                click(log, partner, &own, day, &mut rng, &mut known);
            }
        }
    }
}

fn click(log: &mut Log, partner: &PartnerSpec, own: &[&LinkSpec], day: i64, rng: &mut Rng, known: &mut Vec<String>) {
    let at = day * SECONDS_A_DAY + time_of_day(rng);
    let again = !known.is_empty() && rng.chance(25);
    let visitor = if again { rng.pick(known).clone() } else { names::visitor(rng) };
    let (kind, by) = match own.len() {
        0 => ("click", By::Default(partner.slug)),
        _ if rng.chance(35) => (if rng.chance(50) { "landing" } else { "click" }, By::Default(partner.slug)),
        _ => {
            let link = *rng.pick(own);
            (link.kind, By::Link(link))
        }
    };
    let who = Who::Visitor(&visitor);
    match rng.range(0, 100) {
        0..5 => log.touch(at, kind, &by, who, Some("bot")),
        5..7 => log.touch(at, kind, &by, who, Some("prefetch")),
        7..11 => {
            log.touch(at, kind, &by, who, None) && log.touch(at + rng.range(1, 4), kind, &by, who, Some("duplicate"))
        }
        _ => log.touch(at, kind, &by, who, None),
    };
    if !again {
        known.push(visitor);
        if known.len() > REMEMBERED {
            known.remove(0);
        }
    }
}
