//! Customers whom no partner brought: those beside whom the others are held. Drawn from streams of their own, so that
//! journeys stay as they are.

use super::fact::Log;
use super::names::{Customer, unbrought};
use super::rng::Rng;
use super::traffic::time_of_day;
use super::{DAYS, SECONDS_A_DAY};
use serde_json::json;

const DAY: i64 = SECONDS_A_DAY;
/// Of them, those who bought before the year.
const EARLIER: usize = 14;

/// Notes their leads, deals and payments.
pub fn add(log: &mut Log) {
    for index in 0..super::names::UNBROUGHT {
        let mut rng = Rng::of(21, index as u64);
        let first = if index < EARLIER { rng.range(-220, -60) } else { rng.range(0, DAYS) };
        tell(log, index, first * DAY + time_of_day(&mut rng), &mut rng);
    }
}

fn tell(log: &mut Log, index: usize, lead: i64, rng: &mut Rng) {
    let Customer { id, company, person, email } = unbrought(index);
    log.note(lead, "lead.created", json!({ "customer": id, "name": person, "email": email, "company": company }));
    let days = |rng: &mut Rng, most: i64| rng.range(1, most) * DAY + rng.range(-3600, 3600);
    if index >= EARLIER && !rng.chance(62) {
        return;
    }
    let qualified = lead + days(rng, 6);
    log.note(qualified, "lead.qualified", json!({ "customer": id }));
    let opened = qualified + days(rng, 8);
    let opportunity = format!("opp-u{index}");
    let amount = rng.range(24, 190) * 12_000;
    let body = json!({
        "opportunity": opportunity, "customer": id, "currency": "USD", "amount": amount,
        "name": format!("{company}: Growth plan"),
    });
    // Nobody spoke for us: fewer are won, and later.
    let ended = opened + days(rng, 60);
    if !log.note(opened, "opportunity.opened", body) {
        return;
    }
    if index >= EARLIER && !rng.chance(34) {
        log.note(ended, "opportunity.lost", json!({ "opportunity": opportunity, "reason": "no decision" }));
        return;
    }
    if !log.note(ended, "opportunity.won", json!({ "opportunity": opportunity })) {
        return;
    }
    let monthly = rng.chance(55);
    let (recurring, length, price) = if monthly { ("month", 30, amount / 12) } else { ("year", 365, amount) };
    for number in 0..=24 {
        let mut body = json!({
            "kind": if number == 0 { "new" } else { "renewal" }, "customer": id, "amount": price, "currency": "USD",
            "invoice": format!("INV-U{index}-{}", number + 1), "recurring": recurring,
        });
        if number == 0 {
            body["opportunity"] = json!(opportunity);
        }
        let is_there = log.note(ended + 300 + number * length * DAY, "revenue", body);
        if !is_there || rng.chance(if monthly { 9 } else { 25 }) {
            return;
        }
    }
}
