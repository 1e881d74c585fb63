//! The sample program: Northbeam, an analytics company, and a year with its partners.
//!
//! Everything follows from one day and a fixed seed: the same day gives the same facts with the same ids, on every
//! machine. Dates are relative to that day, so that a demo always shows the year that just passed.

pub mod desk;
mod direct;
mod doubtful;
mod ecosystem;
mod fact;
mod names;
mod partners;
pub mod rng;
mod story;
#[cfg(test)]
mod tests;
mod traffic;

pub use fact::Fact;
pub use partners::{LinkSpec, PartnerSpec};

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveTime};
use serde_json::{Value, json};

/// How many days the sample's year has: a leap year's, so that every day of the last twelve months is in it.
pub const DAYS: i64 = 366;
const SECONDS_A_DAY: i64 = 86_400;
/// Goals of a year: the partner's place, the figure, the target in its unit.
const GOALS: [(usize, &str, i64); 6] = [
    (0, "revenue_sourced", 50_000_000),
    (0, "certified_people", 4),
    (1, "revenue_sourced", 40_000_000),
    (1, "leads", 120),
    (3, "clicks", 900),
    (4, "wins_sourced", 12),
];

/// A whole sample, ready to be sent in its order.
pub struct Sample {
    /// Who sells.
    pub partners: Vec<PartnerSpec>,
    /// Their links beside the default one, which comes with each partner.
    pub links: Vec<LinkSpec>,
    /// What happened, oldest first.
    pub facts: Vec<Fact>,
}

/// What the server called the sample's partners, in the sample's order.
#[derive(Default)]
pub struct Names {
    /// `pn_…`.
    pub partners: Vec<String>,
    /// Groups by name, each with its identifier.
    pub groups: Vec<(String, String)>,
}

impl Names {
    fn partner(&self, at: usize) -> Result<&str> {
        self.partners.get(at).map(String::as_str).context("a partner that was not made")
    }
}

/// The sample's calendar: days count from its first, seconds too.
#[derive(Clone, Copy)]
struct Calendar {
    first: NaiveDate,
}

impl Calendar {
    /// The instant, `seconds` after the first day's midnight, UTC.
    fn at(self, seconds: i64) -> DateTime<chrono::Utc> {
        self.first.and_time(NaiveTime::MIN).and_utc() + chrono::Duration::seconds(seconds)
    }

    /// The end of the sample: the midnight with which the day began that it was made for.
    const END: i64 = DAYS * SECONDS_A_DAY;
}

impl Sample {
    /// The sample as it is on a day. Its last fact lies before that day's midnight, UTC.
    pub fn new(day: NaiveDate) -> Self {
        let calendar = Calendar { first: day - chrono::Duration::days(DAYS) };
        let partners = partners::partners();
        let links = partners::links();
        let mut log = fact::Log::new(day, calendar);
        story::tell(&mut log, &partners, &links);
        direct::add(&mut log);
        traffic::add(&mut log, &partners, &links);
        ecosystem::add(&mut log, &partners, &links);
        doubtful::add(&mut log);
        Self { partners, links, facts: log.finish() }
    }

    /// The body of `POST /api/setup`.
    pub fn program() -> Value {
        json!({
            "program": {
                "name": "Northbeam",
                "url": "https://northbeam.example",
                "currency": "USD",
                "timezone": "UTC",
                "allowedHosts": ["northbeam.example", "*.northbeam.example", "example.com", "*.example.com"],
                "color": "#0f766e",
                "fallbackUrl": null,
            },
            "owner": { "email": "owner@northbeam.example", "name": "Robin Hale" },
        })
    }

    /// The body of `POST /api/terms`: a tenth of what a partner is credited with, held for a month.
    pub fn terms() -> Value {
        json!({
            "version": 0,
            "since": "2020-01-01T00:00:00Z",
            "rules": [{ "name": "Standard", "pay": { "percent": 100_000 }, "hold": 30 }],
        })
    }

    /// Facts: what partners set out to do in a year, in the unit of each figure.
    pub fn goals(names: &Names, year: i32) -> Vec<Value> {
        let goal = |(partner, metric, target): &(usize, &str, i64)| {
            json!({
                "id": format!("goal-{partner}-{metric}"),
                "type": "partner.goal",
                "at": format!("{year}-01-01T00:00:00Z"),
                "partner": names.partners.get(*partner),
                "metric": metric,
                "period": year.to_string(),
                "target": target,
            })
        };
        GOALS.iter().map(goal).collect()
    }

    /// The slugs of the partners, the one with the fullest year first.
    pub fn partner_slugs() -> Vec<String> {
        partners::partners().iter().map(|partner| partner.slug.to_owned()).collect()
    }
}
