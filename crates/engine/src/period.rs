//! Periods of a calendar: half-open spans of time, cut at the midnights of the program's time zone.

use serde::{Deserialize, Serialize};

use crate::time::{DAY, Day, Time};

/// A span of time, half-open: `from` belongs to it, `until` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// First second.
    pub from: Time,
    /// First second after it.
    pub until: Time,
}

impl Period {
    /// All times but the very last second that a [`Time`] can name.
    pub const ALWAYS: Self = Self { from: Time(0), until: Time(u32::MAX) };

    /// Whether a time lies in it.
    #[must_use]
    pub fn contains(&self, time: Time) -> bool {
        self.from <= time && time < self.until
    }

    /// Length in seconds; 0 where it ends before it begins.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        self.until.0.saturating_sub(self.from.0)
    }
}

/// How a calendar is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday (ISO 8601).
    Week,
    /// Calendar month.
    Month,
    /// Three months from January, April, July, October.
    Quarter,
    /// Calendar year.
    Year,
}

/// A time zone as its changes of offset: the engine knows no clock and no tables of zones; whoever asks does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Zone(
    /// From when, and by how many seconds local time is ahead of UTC; in the order of time. Before the first: its offset.
    Vec<(Time, i32)>,
);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(Vec::new());

    /// A zone from its changes, in any order. Offsets are held to ±26 hours, more than any zone has had.
    #[must_use]
    pub fn new(mut changes: Vec<(Time, i32)>) -> Self {
        changes.sort_by_key(|(from, _)| *from);
        for (_, offset) in &mut changes {
            *offset = (*offset).clamp(-93_600, 93_600);
        }
        Self(changes)
    }

    fn offset(&self, time: Time) -> i64 {
        let later = self.0.partition_point(|(from, _)| *from <= time);
        self.0.get(later.saturating_sub(1)).map_or(0, |(_, offset)| i64::from(*offset))
    }

    /// The local day of a time.
    #[must_use]
    pub fn day(&self, time: Time) -> Day {
        Day(((i64::from(time.0) + self.offset(time)).max(0) / i64::from(DAY)) as u32)
    }

    /// When clocks show a second of a local day, counted as on a day without a change. What clocks show twice is the first
    /// of the two, and what they skip lies as much later.
    #[must_use]
    pub fn instant(&self, day: Day, second: u32) -> Time {
        let local = i64::from(day.0) * i64::from(DAY) + i64::from(second);
        let clamp = |seconds: i64| Time(seconds.clamp(0, i64::from(u32::MAX)) as u32);
        // No zone changes twice within two days: the offset is that of the day before or that of the day after.
        let before = local - self.offset(clamp(local - i64::from(DAY)));
        let after = local - self.offset(clamp(local + i64::from(DAY)));
        let shows = |at: i64| at + self.offset(clamp(at)) == local;
        clamp(if shows(before) || !shows(after) { before } else { after })
    }

    /// The first second of a local day. Where midnight is skipped or comes twice, the first second that is not of the day
    /// before.
    #[must_use]
    pub fn midnight(&self, day: Day) -> Time {
        let local = i64::from(day.0) * i64::from(DAY);
        let clamp = |seconds: i64| Time(seconds.clamp(0, i64::from(u32::MAX)) as u32);
        // The offset depends on the answer: the candidates are midnight under each offset around, and the changes between.
        let around = clamp(local - 93_600)..=clamp(local + 93_600);
        let changes = self.0.iter().map(|(from, _)| *from).filter(|from| around.contains(from));
        let offsets = changes.clone().map(|from| self.offset(from)).chain([self.offset(*around.start())]);
        let guesses = offsets.map(|offset| clamp(local - offset)).chain(changes);
        let fits = |time: &Time| self.day(*time) >= day && (time.0 == 0 || self.day(Time(time.0 - 1)) < day);
        guesses.filter(fits).min().unwrap_or(clamp(local))
    }

    /// The period of a calendar that a time lies in.
    #[must_use]
    pub fn period(&self, time: Time, grain: Grain) -> Period {
        let first = first_day(self.day(time), grain);
        Period { from: self.midnight(first), until: self.midnight(next_first(first, grain)) }
    }

    /// From the first second of a local day to the last second of another.
    #[must_use]
    pub fn span(&self, first: Day, last: Day) -> Period {
        Period { from: self.midnight(first), until: self.midnight(Day(last.0.saturating_add(1))) }
    }

    /// The period before one that [`Zone::period`] gave.
    #[must_use]
    pub fn before(&self, period: Period, grain: Grain) -> Period {
        self.period(Time(period.from.0.saturating_sub(1)), grain)
    }

    /// The period a year before one that [`Zone::period`] gave: the same dates; for weeks, 52 weeks before.
    #[must_use]
    pub fn year_before(&self, period: Period, grain: Grain) -> Period {
        let first = self.day(period.from);
        let then = match grain {
            Grain::Week => Day(first.0.saturating_sub(364)),
            _ => a_year_before(first),
        };
        self.period(self.midnight(then), grain)
    }

    /// As much of another period as this one has had by now, in whole days, today among them; all of it where this one is
    /// over, or is longer.
    #[must_use]
    pub fn as_far(&self, other: Period, this: Period, now: Time) -> Period {
        if now >= this.until || now < this.from {
            return other;
        }
        let had = self.day(now).0 - self.day(this.from).0 + 1;
        let until = self.midnight(Day(self.day(other.from).0 + had));
        Period { until: until.min(other.until), ..other }
    }

    /// The days of a period, for facts that are kept by UTC day: such a day stands for the zone's own day of the same date,
    /// so that each is in one period of a calendar. A day that the period cuts belongs to the one that holds its midnight.
    #[must_use]
    pub fn days(&self, period: Period) -> core::ops::Range<Day> {
        let first = |time: Time| {
            let day = self.day(time);
            if self.midnight(day) < time { Day(day.0 + 1) } else { day }
        };
        first(period.from)..first(period.until)
    }

    /// Every period of a calendar that a span touches, in order.
    #[must_use]
    pub fn periods(&self, span: Period, grain: Grain) -> Vec<Period> {
        let mut periods = Vec::new();
        let mut at = span.from;
        while at < span.until {
            let period = self.period(at, grain);
            if period.until <= at {
                break;
            }
            at = period.until;
            periods.push(period);
        }
        periods
    }
}

/// The same date a year before; the 29th of February becomes the 28th.
fn a_year_before(day: Day) -> Day {
    let (year, month, day) = day.date();
    let day = if (month, day) == (2, 29) { 28 } else { day };
    Day::of(year.saturating_sub(1).max(1970), month, day)
}

/// What a reader asks for: all times, a period of the calendar, or days of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Range {
    /// All times.
    #[default]
    Always,
    /// The period of the calendar that holds the present, as far as it has come.
    This(Grain),
    /// The one before it.
    Last(Grain),
    /// From the first to the last day, both included.
    Days(
        /// First day.
        Day,
        /// Last day, not before the first.
        Day,
    ),
}

/// What a range is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// The one right before it.
    Period,
    /// The same dates a year before.
    Year,
}

impl Range {
    /// The span of time.
    #[must_use]
    pub fn period(self, zone: &Zone, now: Time) -> Period {
        match self {
            Self::Always => Period::ALWAYS,
            Self::This(grain) => zone.period(now, grain),
            Self::Last(grain) => zone.before(zone.period(now, grain), grain),
            Self::Days(first, last) => zone.span(first, last),
        }
    }

    /// The span that it is held against; none for all times. A period that is not over is held against as many days of the
    /// other as it has had, today among them.
    #[must_use]
    pub fn against(self, before: Before, zone: &Zone, now: Time) -> Option<Period> {
        let period = self.period(zone, now);
        let of_calendar = |grain| match before {
            Before::Period => zone.before(period, grain),
            Before::Year => zone.year_before(period, grain),
        };
        match self {
            Self::Always => None,
            Self::Last(grain) => Some(of_calendar(grain)),
            Self::This(grain) => Some(zone.as_far(of_calendar(grain), period, now)),
            Self::Days(first, last) => Some(match before {
                Before::Period => {
                    let length = last.0 - first.0 + 1;
                    zone.span(Day(first.0.saturating_sub(length)), Day(first.0.saturating_sub(1)))
                }
                Before::Year => zone.span(a_year_before(first), a_year_before(last)),
            }),
        }
    }
}

/// The first day of the period that a day lies in.
fn first_day(day: Day, grain: Grain) -> Day {
    let (year, month, of_month) = day.date();
    match grain {
        Grain::Day => day,
        // Day 0 was a Thursday.
        Grain::Week => Day(day.0.saturating_sub((day.0 + 3) % 7)),
        Grain::Month => Day(day.0 - (of_month - 1)),
        Grain::Quarter => Day::of(year, (month - 1) / 3 * 3 + 1, 1),
        Grain::Year => Day::of(year, 1, 1),
    }
}

/// The first day of the next period.
fn next_first(first: Day, grain: Grain) -> Day {
    let (year, month, _) = first.date();
    let months = match grain {
        Grain::Day => return Day(first.0 + 1),
        Grain::Week => return Day(first.0 + 7),
        Grain::Month => 1,
        Grain::Quarter => 3,
        Grain::Year => 12,
    };
    let next = month - 1 + months;
    Day::of(year + next / 12, next % 12 + 1, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(period: Period) -> String {
        format!("{} {}", period.from, period.until)
    }

    #[test]
    fn calendars_are_cut_at_the_zones_midnights() {
        let time = Time(1_795_294_799); // 2026-11-21T20:59:59Z, a Saturday
        let utc = Zone::UTC;
        assert_eq!(written(utc.period(time, Grain::Day)), "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z");
        assert_eq!(written(utc.period(time, Grain::Week)), "2026-11-16T00:00:00Z 2026-11-23T00:00:00Z");
        assert_eq!(written(utc.period(time, Grain::Quarter)), "2026-10-01T00:00:00Z 2027-01-01T00:00:00Z");
        // Berlin: UTC+2 until 2026-10-25T01:00Z, then UTC+1.
        let berlin = Zone::new(vec![(Time(1_792_890_000), 3_600), (Time(1_774_746_000), 7_200)]);
        assert_eq!(written(berlin.period(time, Grain::Quarter)), "2026-09-30T22:00:00Z 2026-12-31T23:00:00Z");
        assert_eq!(
            written(berlin.period(Time(1_792_890_000), Grain::Day)),
            "2026-10-24T22:00:00Z 2026-10-25T23:00:00Z"
        );
        assert_eq!(berlin.period(Time(1_792_890_000), Grain::Day).seconds(), 25 * 3600);
    }

    #[test]
    fn years_before_and_periods_in_a_row() {
        let utc = Zone::UTC;
        let leap = utc.midnight(Day::of(2028, 2, 29));
        assert_eq!(
            written(utc.year_before(utc.period(leap, Grain::Day), Grain::Day)),
            "2027-02-28T00:00:00Z 2027-03-01T00:00:00Z"
        );
        let month = utc.period(leap, Grain::Month);
        assert_eq!(written(utc.before(month, Grain::Month)), "2028-01-01T00:00:00Z 2028-02-01T00:00:00Z");
        assert_eq!(utc.periods(utc.period(leap, Grain::Year), Grain::Month).len(), 12);
        assert_eq!(utc.periods(utc.period(leap, Grain::Year), Grain::Day).len(), 366);
    }

    #[test]
    fn ranges_and_what_they_are_held_against() {
        let (utc, now) = (Zone::UTC, Time(1_795_294_799)); // 2026-11-21T20:59:59Z
        let day = |text: &str| text.parse::<Day>().expect("a day");
        let (before, year) = (Before::Period, Before::Year);
        let ten = Range::Days(day("2026-03-01"), day("2026-03-10"));
        for (range, span, against_before, against_year) in [
            (
                Range::This(Grain::Month),
                "2026-11-01T00:00:00Z 2026-12-01T00:00:00Z",
                "2026-10-01T00:00:00Z 2026-10-22T00:00:00Z",
                "2025-11-01T00:00:00Z 2025-11-22T00:00:00Z",
            ),
            (
                Range::Last(Grain::Quarter),
                "2026-07-01T00:00:00Z 2026-10-01T00:00:00Z",
                "2026-04-01T00:00:00Z 2026-07-01T00:00:00Z",
                "2025-07-01T00:00:00Z 2025-10-01T00:00:00Z",
            ),
            (
                ten,
                "2026-03-01T00:00:00Z 2026-03-11T00:00:00Z",
                "2026-02-19T00:00:00Z 2026-03-01T00:00:00Z",
                "2025-03-01T00:00:00Z 2025-03-11T00:00:00Z",
            ),
        ] {
            assert_eq!(written(range.period(&utc, now)), span);
            assert_eq!(range.against(before, &utc, now).map(written).as_deref(), Some(against_before));
            assert_eq!(range.against(year, &utc, now).map(written).as_deref(), Some(against_year));
        }
        // The 31st of March has no match in February: the other month ends first.
        let late = utc.midnight(day("2026-03-31"));
        let february = Range::This(Grain::Month).against(before, &utc, late).map(written);
        assert_eq!(february.as_deref(), Some("2026-02-01T00:00:00Z 2026-03-01T00:00:00Z"));
        assert_eq!(Range::Always.period(&utc, now), Period::ALWAYS);
        assert_eq!(Range::Always.against(year, &utc, now), None);
        assert_eq!(utc.days(Range::This(Grain::Month).period(&utc, now)), day("2026-11-01")..day("2026-12-01"));
    }
}
