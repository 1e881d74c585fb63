//! What happened since this browser last showed the report.

use engine::{figure::Value, kpi::Report, period::Period, time::Time};
use leptos::prelude::*;

use super::tile::Which;
use crate::{model::words::plural, state::Ctx};

/// Where the browser keeps when it was; by program and partner, since one browser may serve several.
const KEY: &str = "tributary:visit:";
/// A visit within so many seconds is the same.
const SAME: u32 = 30 * 60;

/// A sentence about what is new, where there was a visit before and anything is.
#[component]
pub fn SinceLastVisit() -> impl IntoView {
    let ctx = Ctx::get();
    let loaded = ctx.loaded.get_untracked();
    let report = ctx.report.get_untracked();
    let partner = loaded.reader().and_then(|p| loaded.log.partners[p as usize].id.clone()).unwrap_or_default();
    let (key, now) = (format!("{KEY}{}:{partner}", loaded.head.program.id), loaded.head.now);
    let last = visited(&key, now)?;
    // Clicks are kept by day: what is new is told from the beginning of that day on.
    let from = loaded.head.zone.midnight(loaded.head.zone.day(last));
    let new = loaded.during(&report, Period { from, until: Time(now.0.saturating_add(1)) }, None);
    let text = told(ctx, &new, loaded.deals(&new).len());
    let day = loaded.head.zone.day(last);
    Some(view! {
        <p class="since" role="note">
            <strong>{format!("Since {}: ", ctx.text(|locale| locale.span(day, day)))}</strong>
            {if text.is_empty() { "nothing new.".to_owned() } else { format!("{text}.") }}
        </p>
    })
}

/// When the last visit was; writes down that this is one. Where the browser keeps nothing there is none.
fn visited(key: &str, now: Time) -> Option<Time> {
    let store = window().local_storage().ok()??;
    // `first second of the last visit,first second of this one`.
    let kept = store.get_item(key).ok()?.unwrap_or_default();
    let mut times = kept.split(',').map(|text| text.parse::<u32>().ok());
    let (before, this) = (times.next().flatten(), times.next().flatten());
    let (before, this) = match this {
        Some(this) if now.0.saturating_sub(this) < SAME => (before, this),
        this => (this, now.0),
    };
    // Where the store is full, the next visit is held against an older one.
    let _ = store.set_item(key, &format!("{},{this}", before.map_or(String::new(), |before| before.to_string())));
    before.map(Time)
}

/// What is new, largest first: `$1,200.00 sourced, 2 leads, 3 deals moved on, 14 clicks`.
fn told(ctx: Ctx, new: &Report, deals: usize) -> String {
    let count = |which: Which, one, many| match which.of(new).value {
        Value::Known(n) if n > 0 => Some(format!("{} {}", ctx.count(n as u64), plural(n as usize, one, many))),
        _ => None,
    };
    let sourced = match new.sourced.value {
        Value::Known(n) if n != 0 => Some(format!("{} sourced", ctx.money(n))),
        _ => None,
    };
    let deals = Some(deals).filter(|n| *n > 0);
    let deals = deals.map(|n| format!("{} {} moved on", ctx.count(n as u64), plural(n, "deal", "deals")));
    let parts = [sourced, count(Which::Leads, "lead", "leads"), deals, count(Which::Clicks, "click", "clicks")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
