//! A few sales that the rules against fraud look at, so that there is something to decide.

use super::fact::{By, Log, Who};
use super::{DAYS, SECONDS_A_DAY};
use serde_json::json;

/// A customer, their address, the link by which they came, how many days ago they bought, and for how much.
const DOUBTFUL: [(&str, &str, &str, i64, i64); 3] = [
    ("Wren Ashby", "wren.ashby@lumen.example", "lumen", 33, 348_000),
    ("J. Doe", "jd4471@mailinator.com", "pixel-parade", 12, 59_700),
    ("Kit Marlow", "kit.m@mailinator.com", "pixel-parade", 9, 19_900),
];

/// Notes them.
pub fn add(log: &mut Log) {
    for (index, (name, email, link, ago, amount)) in DOUBTFUL.into_iter().enumerate() {
        let (customer, visitor) = (format!("cus-d{index}"), format!("doubtful-{index}"));
        let sold = (DAYS - ago) * SECONDS_A_DAY + 15 * 3600;
        log.touch(sold - 7_200, "click", &By::Default(link), Who::Visitor(&visitor), None);
        let lead = json!({ "customer": customer, "name": name, "email": email, "visitor": visitor });
        log.note(sold - 3_600, "lead.created", lead);
        let revenue = json!({
            "kind": "new", "customer": customer, "amount": amount, "currency": "USD",
            "invoice": format!("INV-D{index}"), "recurring": "month",
        });
        log.note(sold, "revenue", revenue);
    }
}
