//! A partner's figures, in Dub's shapes: clicks and leads as the partner's links have them, sales and commission as the
//! list of commissions does.

use std::collections::BTreeMap;

use engine::{
    commission::Source,
    period::{Grain, Period, Zone},
    time::{DAY, Millis, Time},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wire::fact::write_time;

use super::super::query::Query;
use super::span::span;
use crate::{
    app::App,
    auth::{Scope, Team, needs},
    error::Error,
    http::{links::partner_link, partners},
    months::Books,
    store::{self, program},
};

/// Parameters of `GET /api/partners/analytics`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct AnalyticsQuery {
    partner_id: Option<String>,
    tenant_id: Option<String>,
    /// `count`, `timeseries` or `top_links`.
    group_by: Option<String>,
    interval: Option<String>,
    start: Option<String>,
    end: Option<String>,
    /// `UTC` or the program's.
    timezone: Option<String>,
    query: Option<String>,
}

/// Longest time, in days, that is told by days; by months beyond.
const DAYS_MAX: u32 = 180;

/// Something that is counted.
struct Event {
    at: Time,
    /// Key of the link; empty for none.
    link: String,
    figures: Figures,
}

#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    clicks: u64,
    leads: u64,
    sales: u64,
    sale_amount: i64,
    earnings: i64,
}

impl Figures {
    fn of<'a>(events: impl Iterator<Item = &'a Event>) -> Self {
        events.fold(Self::default(), |sum, Event { figures, .. }| Self {
            clicks: sum.clicks + figures.clicks,
            leads: sum.leads + figures.leads,
            sales: sum.sales + figures.sales,
            sale_amount: sum.sale_amount + figures.sale_amount,
            earnings: sum.earnings + figures.earnings,
        })
    }

    /// With what they are of.
    fn beside(self, mut of: Value) -> Value {
        for (name, figure) in [
            ("clicks", json!(self.clicks)),
            ("leads", json!(self.leads)),
            ("sales", json!(self.sales)),
            ("saleAmount", json!(self.sale_amount)),
            ("earnings", json!(self.earnings)),
        ] {
            of[name] = figure;
        }
        of
    }
}

/// `GET /api/partners/analytics`:
/// 1. 401; 403 without the scope;
/// 2. 422 for a parameter that cannot be, and where nothing names the partner;
/// 3. 404 where there is no such partner;
/// 4. 409 while no terms are recorded;
/// 5. 200 with `clicks`, `leads`, `sales`, `saleAmount` and `earnings` of the last 24 hours or of the time that is asked
///    for: as one, by days or months (`timeseries`), or by links, the best first (`top_links`). Clicks are of days of
///    UTC, amounts of the program's currency; what came by no link is in no link's figures.
#[worker::send]
pub async fn get(
    app: App,
    _who: Team<needs::CommissionsRead>,
    Query(query): Query<AnalyticsQuery>,
) -> Result<axum::Json<Value>, Error> {
    if query.query.is_some() {
        return Err(Error::rule("query", "is not offered: the metadata of a sale stay with it"));
    }
    let group = query.group_by.as_deref().unwrap_or("count");
    if !matches!(group, "count" | "timeseries" | "top_links") {
        return Err(Error::rule("groupBy", "must be count, timeseries or top_links"));
    }
    let (db, now) = (app.db()?, app.now().time());
    let partner = partners::named(&db, query.partner_id.as_deref(), query.tenant_id.as_deref()).await?;
    let program = program::require(&db).await?;
    let books = Books::open(&db, Scope::Program, now).await?;
    let zone = match query.timezone.as_deref() {
        None | Some("UTC") => Zone::UTC,
        Some(name) if *name == program.timezone => books.zone().clone(),
        Some(_) => return Err(Error::rule("timezone", format!("must be UTC or the program's: {}", program.timezone))),
    };
    let bounds = (query.start.as_deref(), query.end.as_deref());
    let asked = span(query.interval.as_deref().unwrap_or("24h"), bounds, &zone, now)?;

    let mut events = Vec::new();
    for row in store::partner::brought(&db, partner.id, (asked.from.day(), asked.until)).await? {
        let at = if row.clicks > 0 { Time((row.at as u32).saturating_mul(DAY)) } else { Millis(row.at).time() };
        let figures = Figures { clicks: row.clicks, leads: row.leads, ..Figures::default() };
        events.push(Event { at: at.max(asked.from), link: row.link, figures });
    }
    let (id, currency) = (partner.id, program.currency.code());
    for entry in books.entries(now).into_iter().filter(|entry| entry.partner == id && entry.currency == currency) {
        let commission = entry.commission;
        let link = books.link(&commission).unwrap_or_default().to_owned();
        let sales = u64::from(matches!(commission.source, Source::Sale(_)));
        let figures = Figures { sales, sale_amount: commission.left, earnings: commission.stays, ..Figures::default() };
        events.push(Event { at: commission.at, link, figures });
    }
    events.retain(|event| asked.contains(event.at));
    Ok(axum::Json(match group {
        "count" => Figures::of(events.iter()).beside(json!({})),
        "timeseries" => {
            let first = events.iter().map(|event| event.at).min().unwrap_or(asked.from).max(asked.from);
            // Nobody asks for the days since 1970.
            let from = if asked.from == Time(0) { first } else { asked.from };
            let grain = if asked.until.0 - from.0 <= DAYS_MAX * DAY { Grain::Day } else { Grain::Month };
            let periods = zone.periods(Period { from, until: asked.until }, grain);
            let told = periods.iter().map(|period| {
                let figures = Figures::of(events.iter().filter(|event| period.contains(event.at)));
                figures.beside(json!({ "start": write_time(period.from.millis()) }))
            });
            Value::Array(told.collect())
        }
        _ => {
            let mut by_link: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
            for event in &events {
                by_link.entry(&event.link).or_default().push(event);
            }
            let links = store::link::of_partners(&db, &[partner.id]).await?;
            let mut told: Vec<(Figures, Value)> = Vec::new();
            for link in &links {
                let figures = Figures::of(by_link.remove(link.key.as_str()).into_iter().flatten());
                let brief = partner_link(&app, link);
                let of = json!({
                    "link": brief.short_link, "id": brief.id, "domain": brief.domain, "key": brief.key,
                    "shortLink": brief.short_link, "url": brief.url, "title": link.title, "comments": link.comments,
                    "folderId": link.folder_id, "partnerId": partner.id,
                    "createdAt": write_time(Millis(link.created_at)),
                });
                told.push((figures, figures.beside(of)));
            }
            told.sort_by_key(|(f, _)| std::cmp::Reverse((f.sale_amount, f.sales, f.leads, f.clicks)));
            Value::Array(told.into_iter().map(|(_, value)| value).collect())
        }
    }))
}
