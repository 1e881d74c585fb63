//! The time that a request asks about, in Dub's words.

use engine::{
    period::{Grain, Period, Zone},
    time::{DAY, Day, Time},
};
use wire::fact::time;

use crate::error::Error;

/// The time that a parameter names: a day alone begins, or ends, at midnight.
fn moment(field: &'static str, text: &str, zone: &Zone, ends: bool) -> Result<Time, Error> {
    if text.len() != 10 {
        return Ok(time(field, text)?.time());
    }
    let day = time(field, &format!("{text}T00:00:00Z"))?.time().day();
    Ok(zone.midnight(Day(day.0 + u32::from(ends))))
}

/// The time that is asked for: `start` and `end` go before `interval`.
pub fn span(
    interval: &str,
    (start, end): (Option<&str>, Option<&str>),
    zone: &Zone,
    now: Time,
) -> Result<Period, Error> {
    let back = |days: u32| Time(now.0.saturating_sub(days * DAY));
    let from = match interval {
        "all" => Time(0),
        "24h" => back(1),
        "7d" => back(7),
        "30d" => back(30),
        "90d" => back(90),
        "1y" => back(365),
        "mtd" => zone.period(now, Grain::Month).from,
        "qtd" => zone.period(now, Grain::Quarter).from,
        "ytd" => zone.period(now, Grain::Year).from,
        _ => return Err(Error::rule("interval", "must be one of 24h, 7d, 30d, 90d, 1y, mtd, qtd, ytd, all")),
    };
    let until = Time(now.0.saturating_add(1));
    let start = start.map(|text| moment("start", text, zone, false)).transpose()?;
    let end = end.map(|text| moment("end", text, zone, true)).transpose()?;
    let from = if start.or(end).is_some() { start.unwrap_or(Time(0)) } else { from };
    let until = end.unwrap_or(until);
    if from >= until {
        return Err(Error::rule("start", "must be before end"));
    }
    Ok(Period { from, until })
}
