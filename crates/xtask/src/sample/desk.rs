//! What the people of the program have on their desks: groups, landing pages, registrations that wait for a decision.

use super::Names;
use anyhow::Result;
use serde_json::{Value, json};

/// Groups of partners, each with its campaign parameters.
pub fn groups() -> Vec<Value> {
    let group = |name: &str, medium: &str| json!({ "name": name, "utm": { "medium": medium } });
    vec![
        group("Technology", "integration"),
        group("Agencies", "referral"),
        group("Affiliates", "affiliate"),
        group("Marketplaces", "marketplace"),
        group("Resellers", "reseller"),
    ]
}

/// Landing pages, and whether each is public.
///
/// # Errors
/// When a partner was not made.
pub fn pages(names: &Names) -> Result<Vec<(Value, bool)>> {
    let page = |partner: usize, slug: &str, content: Value| -> Result<Value> {
        Ok(json!({ "partnerId": names.partner(partner)?, "slug": slug, "content": content }))
    };
    let harbor = json!({
        "headline": "Numbers your finance team believes",
        "text": "Harbor builds its dashboards on Northbeam\u{2019}s data. Connect both in an afternoon, and close the month a week earlier.",
        "colors": { "accent": "#1d4ed8" },
        "offer": { "title": "15 % off the first year", "text": "For new customers who come by Harbor, on every plan." },
        "coupon": "HARBOR15",
        "testimonial": {
            "quote": "We stopped arguing about whose number is right.", "name": "Ines Calder", "role": "Head of finance, Saltmarsh Foods",
        },
    });
    let lumen = json!({
        "headline": "A tracking audit, free with your trial",
        "text": "Lumen looks at what you measure, and tells you what is missing.\nTwo calls, one report, no obligation.",
        "colors": { "accent": "#b45309" },
        "campaign": "tracking-audit",
        "form": { "title": "Book the audit", "button": "Book it" },
    });
    let pixel = json!({
        "headline": "Twenty per cent off, as read on Pixel Parade",
        "offer": { "title": "20 % off for six months" },
        "coupon": "PARADE20",
    });
    Ok(vec![(page(0, "finance", harbor)?, true), (page(1, "audit", lumen)?, true), (page(2, "autumn", pixel)?, false)])
}

/// Registrations that nobody has decided.
///
/// # Errors
/// When a partner was not made.
pub fn registrations(names: &Names) -> Result<Vec<Value>> {
    let deal = |partner: usize, company: &str, domain: &str, person: &str, amount: i64, notes: &str| -> Result<Value> {
        let first = person.split(' ').next().unwrap_or(person).to_lowercase();
        Ok(json!({
            "partnerId": names.partner(partner)?, "company": company, "contactName": person,
            "contactEmail": format!("{first}@{domain}"), "amount": amount, "currency": "USD", "notes": notes,
        }))
    };
    Ok(vec![
        deal(
            4,
            "Cinderford Logistics",
            "cinderford.example",
            "Maud Ferris",
            4_800_000,
            "Forty seats; they decide before the new year.",
        )?,
        deal(
            10,
            "Cinderford Logistics Ltd",
            "cinderford.example",
            "Piers Holm",
            3_600_000,
            "Met at a fair. Wants an offer with training.",
        )?,
        deal(
            1,
            "Amberline Studios",
            "amberline.example",
            "Noor Vass",
            1_250_000,
            "After the tracking audit; comparing with one other vendor.",
        )?,
        deal(
            13,
            "Fj\u{e4}llrygg Energi",
            "fjallrygg.example",
            "Tove Lind",
            2_750_000,
            "Data has to stay in the Union.",
        )?,
    ])
}
