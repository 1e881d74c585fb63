//! Facts as the API takes them, before the server named the partners.

use super::ecosystem::Sale;
use super::partners::LinkSpec;
use super::{Calendar, Names};
use anyhow::Result;
use chrono::{NaiveDate, SecondsFormat};
use serde_json::{Map, Value, json};

/// One fact. Its partner is known by place until the server has given it an id.
pub struct Fact {
    at: i64,
    partner: Option<usize>,
    body: Map<String, Value>,
}

impl Fact {
    /// The fact as `POST /api/facts` takes it.
    ///
    /// # Errors
    /// When the partner that it names was not made.
    pub fn json(&self, names: &Names) -> Result<Value> {
        let mut body = self.body.clone();
        if let Some(partner) = self.partner {
            body.insert("partner".to_owned(), json!(names.partner(partner)?));
        }
        Ok(Value::Object(body))
    }
}

/// What a touch hangs on beside its kind.
pub enum By<'a> {
    /// A link of the partner, with its campaign.
    Link(&'a LinkSpec),
    /// The partner's default link.
    Default(&'a str),
    /// A coupon.
    Coupon(&'a str),
    /// The partner alone: nothing was clicked.
    Partner(usize),
}

/// Whose touch it is.
#[derive(Clone, Copy)]
pub enum Who<'a> {
    /// Somebody with our visitor cookie.
    Visitor(&'a str),
    /// A customer whom the program already knows.
    Customer(&'a str),
}

/// Collects facts in any order, and gives them out in theirs.
pub struct Log {
    day: NaiveDate,
    calendar: Calendar,
    facts: Vec<Fact>,
}

impl Log {
    /// An empty log.
    pub fn new(day: NaiveDate, calendar: Calendar) -> Self {
        Self { day, calendar, facts: Vec::new() }
    }

    /// The calendar that the seconds count by.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// Notes a fact, `at` seconds after the sample's first midnight. What lies past the sample's end has not happened:
    /// it is left out, and the answer is `false`.
    pub fn note(&mut self, at: i64, kind: &str, body: Value) -> bool {
        self.push(at, kind, None, body)
    }

    /// Notes a fact of a partner.
    pub fn of_partner(&mut self, at: i64, kind: &str, partner: usize, body: Value) -> bool {
        self.push(at, kind, Some(partner), body)
    }

    /// Who has bought so far, in the order of their first sales.
    pub fn sales(&self) -> Vec<Sale> {
        let mut sales: Vec<Sale> = Vec::new();
        let mut rows: Vec<&Fact> =
            self.facts.iter().filter(|fact| fact.body["type"] == "revenue" && fact.body["kind"] != "refund").collect();
        rows.sort_by_key(|fact| fact.at);
        for fact in rows {
            let customer = fact.body["customer"].as_str().unwrap_or_default();
            match sales.iter_mut().find(|sale| sale.customer == customer) {
                Some(sale) => sale.last = fact.at,
                None => {
                    let monthly = fact.body["recurring"] == "month";
                    sales.push(Sale { customer: customer.to_owned(), first: fact.at, last: fact.at, monthly });
                }
            }
        }
        sales
    }

    /// Notes a touch.
    pub fn touch(&mut self, at: i64, kind: &str, by: &By<'_>, who: Who<'_>, excluded: Option<&str>) -> bool {
        let mut body = Map::new();
        body.insert("kind".to_owned(), json!(kind));
        let mut partner = None;
        match by {
            By::Link(link) => {
                body.insert("link".to_owned(), json!(link.key));
                body.insert("utm".to_owned(), link.utm());
            }
            By::Default(slug) => {
                body.insert("link".to_owned(), json!(slug));
            }
            By::Coupon(code) => {
                body.insert("coupon".to_owned(), json!(code));
            }
            By::Partner(at) => partner = Some(*at),
        }
        match who {
            Who::Visitor(visitor) => body.insert("visitor".to_owned(), json!(visitor)),
            Who::Customer(customer) => body.insert("customer".to_owned(), json!(customer)),
        };
        if let Some(reason) = excluded {
            body.insert("excluded".to_owned(), json!(reason));
        }
        self.push(at, "touch", partner, Value::Object(body))
    }

    fn push(&mut self, at: i64, kind: &str, partner: Option<usize>, body: Value) -> bool {
        if at >= Calendar::END {
            return false;
        }
        let Value::Object(mut body) = body else {
            return false;
        };
        body.insert("type".to_owned(), json!(kind));
        let written = self.calendar.at(at).to_rfc3339_opts(SecondsFormat::Secs, true);
        body.insert("at".to_owned(), json!(written));
        self.facts.push(Fact { at, partner, body });
        true
    }

    /// All facts, oldest first, each with its id: the same day gives the same ids.
    pub fn finish(mut self) -> Vec<Fact> {
        self.facts.sort_by_key(|fact| fact.at);
        let day = self.day.format("%Y%m%d").to_string();
        for (number, fact) in self.facts.iter_mut().enumerate() {
            fact.body.insert("id".to_owned(), json!(format!("sample-{day}-{number:05}")));
        }
        self.facts
    }
}
