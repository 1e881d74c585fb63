//! The program's time zone as its changes of offset: the runtime's tables of zones, asked once a zone and year.

use std::cell::RefCell;

use engine::{
    period::Zone,
    time::{Day, Time},
};
use js_sys::{Array, Date, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use worker::console_warn;

/// How many years of changes are told before the present one, and after it. Before the first, its offset holds.
const YEARS: (u32, u32) = (10, 2);
/// No zone changes its offset twice within this many seconds.
const STEP: u32 = 28 * 24 * 60 * 60;
/// Zones change at full quarters of an hour.
const QUARTER: u32 = 15 * 60;

thread_local! {
    /// The last answer, with what was asked.
    static LAST: RefCell<Option<(String, u32, Zone)>> = const { RefCell::new(None) };
}

/// The changes of an IANA time zone around the present year; UTC for a name that the runtime does not know.
pub fn of(name: &str, now: Time) -> Zone {
    if matches!(name, "" | "UTC") {
        return Zone::UTC;
    }
    let (year, ..) = now.day().date();
    let known = LAST.with_borrow(|last| match last {
        Some((zone, of, changes)) if zone == name && *of == year => Some(changes.clone()),
        _ => None,
    });
    known.unwrap_or_else(|| {
        let zone = changes(name, year).unwrap_or_else(|error| {
            console_warn!("time zone {name}: {error:?}");
            Zone::UTC
        });
        LAST.set(Some((name.to_owned(), year, zone.clone())));
        zone
    })
}

fn changes(name: &str, year: u32) -> Result<Zone, JsValue> {
    let clock = Clock::of(name)?;
    let first_of = |year: u32| Day::of(year, 1, 1).0 * engine::time::DAY;
    let (mut at, end) = (first_of(year - YEARS.0), first_of(year + YEARS.1));
    let mut offset = clock.offset(at)?;
    let mut changes = vec![(Time(at), offset)];
    while at < end {
        let next = at + STEP;
        if clock.offset(next)? != offset {
            // The first quarter of an hour with another offset.
            let (mut before, mut after) = (at / QUARTER, next / QUARTER);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if clock.offset(middle * QUARTER)? == offset { before = middle } else { after = middle }
            }
            offset = clock.offset(after * QUARTER)?;
            changes.push((Time(after * QUARTER), offset));
            at = after * QUARTER;
        } else {
            at = next;
        }
    }
    Ok(Zone::new(changes))
}

/// What a clock on the wall of a zone shows.
struct Clock(Function);

impl Clock {
    /// # Errors
    /// What the runtime throws for a zone that it does not know.
    fn of(name: &str) -> Result<Self, JsValue> {
        let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into());
        let maker: Function = get(&get(&js_sys::global(), "Intl")?, "DateTimeFormat")?.dyn_into()?;
        let options = Object::new();
        Reflect::set(&options, &"timeZone".into(), &name.into())?;
        Reflect::set(&options, &"timeZoneName".into(), &"longOffset".into())?;
        let format = Reflect::construct(&maker, &Array::of2(&"en".into(), &options))?;
        Ok(Self(get(&format, "format")?.dyn_into()?))
    }

    /// Seconds by which the zone is ahead of UTC.
    fn offset(&self, at: u32) -> Result<i32, JsValue> {
        let date = Date::new(&JsValue::from_f64(f64::from(at) * 1000.0));
        let text = self.0.call1(&JsValue::UNDEFINED, &date)?.as_string().unwrap_or_default();
        // `1/1/2026, GMT+05:30`; `GMT` alone for none.
        let (_, offset) = text.rsplit_once("GMT").ok_or(JsValue::from(text.as_str()))?;
        let ahead = !offset.starts_with(['-', '\u{2212}']);
        let digits = offset.trim_start_matches(['+', '-', '\u{2212}']);
        let seconds = digits.split(':').zip([3600, 60, 1]).map(|(n, unit)| n.parse().unwrap_or(0) * unit).sum::<i32>();
        Ok(if ahead { seconds } else { -seconds })
    }
}
