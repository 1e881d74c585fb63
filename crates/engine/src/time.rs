//! UTC time. Facts are kept to the second; the order of the log decides between facts of one second.
//!
//! Calendar arithmetic follows Howard Hinnant's `civil_from_days`, the algorithm that the C++ standard library's calendar
//! is built on (<https://howardhinnant.github.io/date_algorithms.html>): exact for every day that a [`Time`] can name.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Seconds in a day.
pub const DAY: u32 = 86_400;

/// Milliseconds since 1970-01-01T00:00:00Z: what identifiers and tokens carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// The second that this millisecond lies in; times past 2106 stay at the last second that a [`Time`] can name.
    #[must_use]
    pub fn time(self) -> Time {
        Time(u32::try_from(self.0 / 1000).unwrap_or(u32::MAX))
    }
}

/// Seconds since 1970-01-01T00:00:00Z, up to the year 2106.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub u32);

impl Time {
    /// The UTC day of this second.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.0 / DAY)
    }

    /// The UTC month of this second.
    #[must_use]
    pub fn month(self) -> Month {
        self.day().month()
    }

    /// The same time of day so many months later, in UTC; on the last day of a month that is too short for it. Times past
    /// 2106 stay at the last second.
    #[must_use]
    pub fn months_later(self, months: u32) -> Self {
        let seconds = u64::from(self.day().months_later(months).0) * u64::from(DAY) + u64::from(self.0 % DAY);
        Self(seconds.min(u64::from(u32::MAX)) as u32)
    }

    /// First millisecond of this second.
    #[must_use]
    pub fn millis(self) -> Millis {
        Millis(u64::from(self.0) * 1000)
    }

    /// Hour, minute and second of the UTC day.
    #[must_use]
    pub fn clock(self) -> (u32, u32, u32) {
        let second = self.0 % DAY;
        (second / 3600, second / 60 % 60, second % 60)
    }
}

impl fmt::Display for Time {
    /// RFC 3339, to the second, in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.clock();
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}Z", self.day())
    }
}

/// Days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub u32);

impl Day {
    /// Year, month 1–12 and day of month 1–31 in the Gregorian calendar.
    #[must_use]
    pub fn date(self) -> (u32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z / 146_097;
        let doe = z % 146_097;
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        (yoe + era * 400 + u32::from(month <= 2), month, day)
    }

    /// The day of a date from 1970 on; month 1–12 and day 1–31.
    #[must_use]
    pub fn of(year: u32, month: u32, day: u32) -> Self {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y / 400;
        let yoe = y % 400;
        let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        Self((era * 146_097 + doe).saturating_sub(719_468))
    }

    /// The same day of the month so many months later, or the last day of that month where it is shorter.
    #[must_use]
    pub fn months_later(self, months: u32) -> Self {
        let (year, month, day) = self.date();
        let first = |months: u32| Self::of(year + months / 12, months % 12 + 1, 1).0;
        let (this, next) = (first(month - 1 + months), first(month + months));
        Self((this + day - 1).min(next - 1))
    }

    /// The month of this day.
    #[must_use]
    pub fn month(self) -> Month {
        let (year, month, _) = self.date();
        Month(year * 12 + month - 1)
    }
}

impl core::str::FromStr for Day {
    type Err = &'static str;

    /// Reads `2026-11-21`, from 1970 to 2105.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = "must be a date like 2026-11-21";
        let mut parts = text.splitn(3, '-').map(|part| part.parse::<u32>().ok());
        let (Some(Some(year)), Some(Some(month)), Some(Some(day))) = (parts.next(), parts.next(), parts.next()) else {
            return Err(fault);
        };
        let known = (1970..=2105).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        let read = known.then(|| Self::of(year, month, day)).filter(|read| read.date() == (year, month, day));
        read.filter(|_| text.len() == 10).ok_or(fault)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A calendar month: twelve times the year plus the month counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(pub u32);

impl Month {
    /// Year, and month 1–12.
    #[must_use]
    pub fn year_month(self) -> (u32, u32) {
        (self.0 / 12, self.0 % 12 + 1)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.year_month();
        write!(f, "{year:04}-{month:02}")
    }
}

/// How far back a touch may lie to count: whole days, 1 to 3650, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Window(u16);

impl TryFrom<u16> for Window {
    type Error = &'static str;

    fn try_from(days: u16) -> Result<Self, Self::Error> {
        Self::days(days).ok_or("must be 1 to 3650 days")
    }
}

impl From<Window> for u16 {
    fn from(window: Window) -> Self {
        window.0
    }
}

impl Window {
    /// Shortest and longest window, in days.
    pub const BOUNDS: (u16, u16) = (1, 3650);

    /// A window of this many days; `None` outside of [`Window::BOUNDS`].
    #[must_use]
    pub const fn days(days: u16) -> Option<Self> {
        if days < Self::BOUNDS.0 || days > Self::BOUNDS.1 { None } else { Some(Self(days)) }
    }

    /// 30 days: the default for new business.
    pub const MONTH: Self = Self(30);
    /// 90 days: the default for retention and expansion.
    pub const QUARTER: Self = Self(90);

    /// Length in days.
    #[must_use]
    pub fn length(self) -> u16 {
        self.0
    }

    /// Length in seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        u32::from(self.0) * DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for text in ["1970-01-01", "2026-11-21", "2028-02-29", "2105-12-31"] {
            assert_eq!(text.parse::<Day>().map(|day| day.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "",
            "2026-11",
            "2026-11-31",
            "2027-02-29",
            "2026-1-01",
            "+026-11-21",
            "1969-12-31",
            "2106-01-01",
            "2026-11-21 ",
            "x-y-z",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn days_are_dates() {
        for (day, text) in [(0, "1970-01-01"), (11_016, "2000-02-29"), (20_148, "2025-03-01"), (20_778, "2026-11-21")] {
            assert_eq!(Day(day).to_string(), text);
        }
        assert_eq!(Time(1_795_294_799).to_string(), "2026-11-21T20:59:59Z");
        assert_eq!(Time(1_795_294_799).month().to_string(), "2026-11");
    }

    #[test]
    fn months_later_is_the_same_day_or_the_last() {
        let noon = |year, month, day| Time(Day::of(year, month, day).0 * DAY + 43_200);
        assert_eq!(noon(2026, 1, 31).months_later(1), noon(2026, 2, 28));
        assert_eq!(noon(2027, 11, 30).months_later(3), noon(2028, 2, 29));
        assert_eq!(noon(2026, 5, 5).months_later(12), noon(2027, 5, 5));
        assert_eq!(Day::of(2028, 2, 29).months_later(12), Day::of(2029, 2, 28));
        assert_eq!(Day::of(2026, 10, 31).months_later(14), Day::of(2027, 12, 31));
        assert_eq!(noon(2026, 5, 5).months_later(0), noon(2026, 5, 5));
        assert_eq!(noon(2026, 5, 5).months_later(65_535), Time(u32::MAX));
    }

    #[test]
    fn every_day_of_a_long_cycle_follows_the_one_before() {
        let mut last = Day(0).date();
        for day in 1..49_000 {
            let (y, m, d) = Day(day).date();
            assert_eq!(Day::of(y, m, d), Day(day));
            let next = (y, m, d) == (last.0, last.1, last.2 + 1)
                || (y, m, d) == (last.0, last.1 + 1, 1) && last.2 >= 28
                || (y, m, d) == (last.0 + 1, 1, 1) && (last.1, last.2) == (12, 31);
            assert!(next, "{y}-{m}-{d} follows {last:?}");
            last = (y, m, d);
        }
    }

    #[test]
    fn windows_have_bounds() {
        assert!(Window::days(0).is_none() && Window::days(3651).is_none());
        assert_eq!(Window::days(30), Some(Window::MONTH));
    }
}
