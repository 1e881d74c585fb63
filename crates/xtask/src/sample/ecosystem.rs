//! What the catalogue's other chapters are made of: how partners joined and what they learn, what customers do with their
//! integrations and think of them, what all of it costs. Drawn from streams of its own, so that journeys stay as they are.

use super::fact::Log;
use super::partners::{LinkSpec, PartnerSpec};
use super::rng::Rng;
use super::{DAYS, SECONDS_A_DAY};
use serde_json::json;

const DAY: i64 = SECONDS_A_DAY;
/// How partners were found, by their place.
const SOURCES: [&str; 5] = ["own", "outreach", "referral", "network", "own"];
/// Integrations: their names, and whose they are.
const INTEGRATIONS: [(&str, &str); 3] = [
    ("Harbor dashboards", "harbor-analytics"),
    ("Fieldnote sync", "fieldnote"),
    ("Quillstack connector", "quillstack"),
];

/// Notes all of it; the sales are told already.
pub fn add(log: &mut Log, partners: &[PartnerSpec], links: &[LinkSpec]) {
    for (at, partner) in partners.iter().enumerate() {
        join(log, at, partner);
        learn(log, at, partner);
    }
    for (at, (name, owner)) in INTEGRATIONS.iter().enumerate() {
        if let Some(owner) = partners.iter().position(|partner| partner.slug == *owner) {
            outages(log, at, name, owner);
        }
    }
    for (index, sale) in log.sales().into_iter().enumerate() {
        customer(log, index, &sale, partners);
    }
    costs(log, links);
    together(log, partners, links);
}

/// A customer who has bought: when first and last, and whether they pay by the month.
pub struct Sale {
    /// The customer's identifier.
    pub customer: String,
    /// Second of the first sale.
    pub first: i64,
    /// Second of the last.
    pub last: i64,
    /// Whether it is paid by the month.
    pub monthly: bool,
}

fn join(log: &mut Log, at: usize, partner: &PartnerSpec) {
    let mut rng = Rng::of(11, at as u64);
    // Those who were there when the year began had joined in the months before.
    let day = if partner.joined == 0 { -rng.range(40, 300) } else { partner.joined };
    let body = json!({ "source": SOURCES[at % SOURCES.len()], "group": partner.group() });
    log.of_partner(day * DAY + rng.range(8, 18) * 3600, "partner.joined", at, body);
}

fn learn(log: &mut Log, at: usize, partner: &PartnerSpec) {
    let mut rng = Rng::of(12, at as u64);
    let keen = i64::from(partner.pull) / 15 + 2;
    let mut note = |log: &mut Log, day: i64, kind: &str, person: String| {
        let body = json!({ "kind": kind, "person": person });
        log.of_partner(day * DAY + rng.range(8, 18) * 3600, "partner.activity", at, body);
    };
    let mut own = Rng::of(13, at as u64);
    let who = |n: i64| format!("{}-{n}", partner.slug);
    for person in 0..1 + keen / 4 {
        let first = partner.joined + own.range(1, 20);
        note(log, first, "login", who(person));
        if own.chance(75) {
            note(log, first + own.range(2, 25), "training", who(person));
            if own.chance(60) {
                note(log, first + own.range(30, 60), "certification", who(person));
            }
        }
        let mut day = first;
        while day < DAYS {
            day += own.range(4, 30);
            note(log, day, "login", who(person));
        }
    }
    for _ in 0..keen / 3 {
        note(log, own.range(partner.joined + 5, DAYS), "session", who(0));
    }
    if partner.kind == "technology" {
        for _ in 0..keen {
            note(log, own.range(partner.joined + 5, DAYS), "sandbox", who(own.range(0, 2)));
        }
    }
}

fn outages(log: &mut Log, at: usize, name: &str, owner: usize) {
    let mut rng = Rng::of(14, at as u64);
    for _ in 0..rng.range(2, 5) {
        let body = json!({ "integration": name, "minutes": rng.range(4, 95) });
        log.of_partner(rng.range(30, DAYS) * DAY + rng.range(0, DAY), "downtime", owner, body);
    }
}

fn customer(log: &mut Log, index: usize, sale: &Sale, partners: &[PartnerSpec]) {
    let mut rng = Rng::of(15, index as u64);
    let customer = &sale.customer;
    let mut integrations = Vec::new();
    for (at, (name, owner)) in INTEGRATIONS.iter().enumerate() {
        let owner = partners.iter().position(|partner| partner.slug == *owner);
        if let Some(owner) = owner.filter(|_| rng.chance([46, 24, 16][at])) {
            install(log, &mut rng, sale, name, owner);
            integrations.push(*name);
        }
    }
    // Who has connected something stays longer and thinks better of it.
    let content = if integrations.is_empty() { 0 } else { 1 };
    if sale.monthly && sale.last + 40 * DAY < DAYS * DAY {
        log.note(sale.last + 30 * DAY, "customer.churned", json!({ "customer": customer }));
    }
    if rng.chance(45) {
        let score = [3, 6, 7, 8, 9, 10][rng.weighted(&[[10, 14, 18, 24, 20, 14], [4, 7, 12, 22, 28, 27]][content])];
        let body = json!({ "kind": "nps", "customer": customer, "score": score });
        log.note(sale.first + rng.range(25, 120) * DAY, "survey", body);
    }
    if rng.chance(30) {
        let score = 1 + rng.weighted(&[[5, 8, 22, 40, 25], [2, 4, 12, 42, 40]][content]);
        let body = json!({ "kind": "csat", "customer": customer, "score": score });
        log.note(sale.first + rng.range(10, 90) * DAY, "survey", body);
    }
    for _ in 0..[0, 0, 1, 2][rng.index(4)] {
        let mut body = json!({ "customer": customer });
        if let Some(name) = integrations.first().filter(|_| rng.chance(50)) {
            body["integration"] = json!(name);
        }
        log.note(sale.first + rng.range(3, 200) * DAY, "ticket", body);
    }
}

/// From the installation to the last use.
fn install(log: &mut Log, rng: &mut Rng, sale: &Sale, name: &str, owner: usize) {
    let step = |log: &mut Log, at: i64, kind: &str, more: Option<(&str, bool)>, count: i64| {
        let mut body = json!({ "integration": name, "customer": sale.customer, "count": count });
        if let Some((field, value)) = more {
            body[field] = json!(value);
        }
        log.of_partner(at, &format!("integration.{kind}"), owner, body)
    };
    let installed = sale.first + rng.range(1, 45) * DAY + rng.range(0, 8 * 3600);
    step(log, installed, "installed", None, 1);
    step(log, installed + 1800, "attempted", None, 1);
    if !rng.chance(84) {
        return;
    }
    let mut at = installed + rng.range(3600, 9 * DAY);
    step(log, at, "onboarded", None, 1);
    let (pays, leaves) = (rng.chance(28), rng.chance(9));
    for number in 0..14 {
        at += rng.range(6, 24) * DAY;
        step(log, at, "used", None, rng.range(3, 70));
        if number % 4 == 1 {
            step(log, at + 600, "feature_used", Some(("paid", pays)), rng.range(1, 9));
        }
        if leaves && number == 6 {
            step(log, at + DAY, "uninstalled", None, 1);
            return;
        }
    }
}

/// What goes out in a month, and for campaigns.
fn costs(log: &mut Log, links: &[LinkSpec]) {
    let mut rng = Rng::of(16, 0);
    for month in 0..12 {
        let at = (month * 30 + 20) * DAY;
        for (category, from, to) in
            [("program", 900_000, 1_300_000), ("acquisition", 2_600_000, 3_900_000), ("revenue", 1_900_000, 2_700_000)]
        {
            let amount = rng.range(from, to) * (20 + month) / 24;
            log.note(at, "cost", json!({ "category": category, "amount": amount, "currency": "USD" }));
        }
        for link in links {
            if !rng.chance(30) {
                continue;
            }
            let body = json!({ "campaign": link.campaign(), "amount": rng.range(20_000, 140_000), "currency": "USD" });
            log.note(at + 3600, "spend", body);
        }
    }
}

/// Joint campaigns: letters, webinars, and what was written together.
fn together(log: &mut Log, partners: &[PartnerSpec], links: &[LinkSpec]) {
    for (index, link) in links.iter().enumerate() {
        let mut rng = Rng::of(17, index as u64);
        let count = |log: &mut Log, day: i64, kind: &str, count: i64| {
            let body = json!({ "campaign": link.campaign(), "kind": kind, "count": count });
            log.of_partner(day * DAY + 9 * 3600, "campaign", link.partner, body);
        };
        let first = partners[link.partner].joined + 10;
        match link.kind {
            "email" => {
                for letter in 0..6 {
                    let (day, sent) = (first + letter * 55, rng.range(900, 5_200));
                    count(log, day, "sent", sent);
                    count(log, day + 1, "opened", sent * rng.range(24, 46) / 100);
                    count(log, day + 1, "clicked", sent * rng.range(2, 7) / 100);
                }
            }
            "webinar" => {
                for season in 0..3 {
                    let (day, registered) = (first + 40 + season * 100, rng.range(60, 340));
                    count(log, day, "registered", registered);
                    count(log, day + 14, "attended", registered * rng.range(31, 58) / 100);
                    log.of_partner((day + 14) * DAY, "asset", link.partner, json!({ "kind": "webinar" }));
                }
            }
            "asset" => {
                for (number, kind) in ["post", "case_study", "publication", "post"].into_iter().enumerate() {
                    let day = first + 30 + 80 * i64::try_from(number).unwrap_or(0);
                    log.of_partner(day * DAY + 11 * 3600, "asset", link.partner, json!({ "kind": kind }));
                }
            }
            _ => {}
        }
    }
}
