//! Habits of writing time: ISO 8601 with and without a zone, `12/31/2026`, `31.12.2026`, `31 Dec 2026`, seconds and
//! milliseconds since 1970, a spreadsheet's serial number.

use engine::{
    period::Zone,
    time::{DAY, Day, Millis},
};

use super::{
    Bad,
    mapping::{Dates, Field},
};
use crate::fact::Fault;

/// When something happened, as far as a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// With its zone.
    At(Millis),
    /// On a wall clock: the day, and the seconds since its midnight.
    Local(Day, u32),
}

impl Moment {
    /// The time, for whoever's wall clock it was.
    #[must_use]
    pub fn in_zone(self, zone: &Zone) -> Millis {
        match self {
            Self::At(at) => at,
            Self::Local(day, second) => zone.instant(day, second).millis(),
        }
    }
}

/// Every habit that a column may have.
const ALL: [Dates; 7] =
    [Dates::Iso, Dates::DayFirst, Dates::MonthFirst, Dates::Named, Dates::Seconds, Dates::Millis, Dates::Serial];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Days from a spreadsheet's day 0 (1899-12-30) to 1970.
const SERIAL_EPOCH: u32 = 25_569;

impl Dates {
    /// Recognises the habit of a column: the one that reads most of its cells.
    ///
    /// # Errors
    /// Asks, where days and months could be either way about, and it makes a difference.
    pub fn of<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Result<Self, Fault> {
        let count = |habit: Self| cells.clone().filter(|cell| habit.moment(cell).is_some()).count();
        let mut best = (Self::Iso, 0);
        for habit in ALL {
            let read = count(habit);
            if read > best.1 {
                best = (habit, read);
            }
        }
        if best.0 == Self::DayFirst && count(Self::MonthFirst) == best.1 {
            let differs = |cell: &&str| Self::DayFirst.moment(cell) != Self::MonthFirst.moment(cell);
            // Cells that only one of the two can read: the column is of both.
            let only = |habit: Self, other: Self| {
                cells.clone().find(|cell| habit.moment(cell).is_some() && other.moment(cell).is_none())
            };
            let both = only(Self::DayFirst, Self::MonthFirst).zip(only(Self::MonthFirst, Self::DayFirst));
            if let Some((day, month)) = both {
                let rule = format!("{day:?} begins with its day and {month:?} with its month: write all in one way");
                return Err(Fault::new("dates", rule));
            }
            if let Some(cell) = cells.clone().find(differs) {
                let rule = format!("{cell:?} may begin with its day or its month: say `day_first` or `month_first`");
                return Err(Fault::new("dates", rule));
            }
        }
        Ok(best.0)
    }

    /// Reads a cell.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(self, field: Field, cell: &str) -> Result<Moment, Bad> {
        self.moment(cell)
            .ok_or_else(|| Bad::new(field, format!("must be a date from 1971 to 2099, written {}", self.shown())))
    }

    const fn shown(self) -> &'static str {
        match self {
            Self::Iso => "2026-12-31 or 2026-12-31T09:30:00Z",
            Self::DayFirst => "31/12/2026",
            Self::MonthFirst => "12/31/2026",
            Self::Named => "31 Dec 2026",
            Self::Seconds => "in seconds since 1970",
            Self::Millis => "in milliseconds since 1970",
            Self::Serial => "as a spreadsheet's number of days",
        }
    }

    fn moment(self, cell: &str) -> Option<Moment> {
        let cell = cell.trim();
        let whole = |digits: usize| {
            let fits = cell.len() == digits && cell.bytes().all(|byte| byte.is_ascii_digit());
            cell.parse::<u64>().ok().filter(|_| fits)
        };
        match self {
            Self::Seconds => {
                whole(10).or_else(|| whole(9)).and_then(|seconds| instant(i64::try_from(seconds * 1000).ok()?))
            }
            Self::Millis => whole(13).or_else(|| whole(12)).and_then(|millis| instant(i64::try_from(millis).ok()?)),
            Self::Serial => {
                let (days, part) = cell.split_once('.').unwrap_or((cell, "0"));
                let days = days.parse::<u32>().ok().filter(|_| days.len() == 5)?.checked_sub(SERIAL_EPOCH)?;
                let part = format!("0.{part}").parse::<f64>().ok()?;
                bounded(Day(days), (part * f64::from(DAY) + 0.5) as u32)
            }
            Self::Iso => iso(cell),
            Self::DayFirst | Self::MonthFirst => {
                let (date, time) = cell.split_once([' ', 'T', ',']).unwrap_or((cell, ""));
                let sign = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '.' | '-'))?;
                let parts: Vec<&str> = date.trim_end_matches(sign).split(sign).collect();
                let [first, second, year] = parts[..] else { return None };
                // Nobody writes a month first before a full stop.
                let (day, month) = match self {
                    Self::DayFirst => (first, second),
                    _ if sign == '.' => return None,
                    _ => (second, first),
                };
                at(self::year(year)?, number(month, 2)?, number(day, 2)?, time)
            }
            Self::Named => named(cell),
        }
    }
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let fits = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}

fn year(text: &str) -> Option<u32> {
    match text.len() {
        4 => number(text, 4),
        2 => number(text, 2).map(|year| 2000 + year),
        _ => None,
    }
}

fn instant(millis: i64) -> Option<Moment> {
    let millis = u64::try_from(millis).ok()?;
    (31_536_000_000..4_102_444_800_000).contains(&millis).then_some(Moment::At(Millis(millis)))
}

fn bounded(day: Day, second: u32) -> Option<Moment> {
    (365..47_482).contains(&day.0).then_some(Moment::Local(day, second))
}

/// `2026-12-31`, `2026/12/31 09:30`, `2026-12-31T09:30:00.000+02:00`
fn iso(cell: &str) -> Option<Moment> {
    let (date, time) = cell.split_once(['T', ' ']).unwrap_or((cell, ""));
    let sign = if date.contains('/') { '/' } else { '-' };
    let parts: Vec<&str> = date.split(sign).collect();
    let [year, month, day] = parts[..] else { return None };
    at(number(year, 4).filter(|_| year.len() == 4)?, number(month, 2)?, number(day, 2)?, time)
}

/// `31 Dec 2026`, `Dec 31, 2026 at 9:30 AM`, `December 31st, 2026`
fn named(cell: &str) -> Option<Moment> {
    let mut words = cell.split([' ', ',', '-']).filter(|word| !word.is_empty());
    let (first, second, year) = (words.next()?, words.next()?, words.next()?);
    let month = |word: &str| {
        let word = word.trim_end_matches('.').to_ascii_lowercase();
        let whole = word.bytes().all(|byte| byte.is_ascii_alphabetic()) && (3..=9).contains(&word.len());
        MONTHS.iter().position(|name| whole && word.starts_with(name)).and_then(|i| u32::try_from(i + 1).ok())
    };
    let day = |word: &str| number(word.trim_end_matches(|c: char| c.is_ascii_alphabetic()), 2);
    let (month, day) = match month(first) {
        Some(month) => (month, day(second)?),
        None => (month(second)?, day(first)?),
    };
    let rest: Vec<&str> = words.filter(|word| *word != "at").collect();
    at(self::year(year)?, month, day, &rest.join(" "))
}

/// A date with the time of day behind it: `09:30`, `9:30:15 PM`, `09:30:00.123Z`, `09:30 +02:00`, `09:30 UTC`.
fn at(year: u32, month: u32, day: u32, time: &str) -> Option<Moment> {
    let date = chrono::NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    if !(1971..2100).contains(&year) {
        return None;
    }
    let midnight = date.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
    let time = time.trim();
    let clock = time.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(time.len());
    let (clock, rest) = time.split_at(clock);
    let parts: Vec<&str> = clock.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [""] => (0, 0, "0"),
        [hour, minute] => (number(hour, 2)?, number(minute, 2)?, "0"),
        [hour, minute, second] => (number(hour, 2)?, number(minute, 2)?, second),
        _ => return None,
    };
    let (second, part) = second.split_once('.').unwrap_or((second, "0"));
    let second = number(second, 2)?;
    let part = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{part:0<3}"))?;
    let milli = i64::from(number(&part[..3], 3)?);
    let rest = rest.trim();
    let (half, zone) = match rest.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("am") => (Some(0), rest[2..].trim()),
        Some("pm") => (Some(12), rest[2..].trim()),
        _ => (None, rest),
    };
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let local = (hour * 60 + minute) * 60 + second;
    let ahead = match zone {
        "" => return bounded(Day(u32::try_from(midnight / i64::from(DAY)).ok()?), local),
        "Z" | "z" | "UTC" | "GMT" => 0,
        zone if zone.is_ascii() => {
            let sign = match zone.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
            let (hours, minutes) = match digits.len() {
                2 => (number(&digits, 2)?, 0),
                4 => (number(&digits[..2], 2)?, number(&digits[2..], 2)?),
                _ => return None,
            };
            sign * i64::from(hours * 3600 + minutes * 60)
        }
        _ => return None,
    };
    instant((midnight + i64::from(local) - ahead) * 1000 + milli)
}
