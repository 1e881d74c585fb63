//! The feed: the facts for whoever asks, in columns.
//!
//! `TRBF`, one byte of version, then [`Feed`] in postcard's format (<https://postcard.jamesmunns.com/wire-format>), in
//! which integers are varints. Two transformations make them short: a column of times or days holds the zigzag of each difference
//! to the row before, and a column of references that may be missing holds the index plus one, so that [`engine::log::NONE`] is one byte.
//!
//! Version 4 is the layout of [`Feed`] as it stands; version 3 ends before the last table, [`engine::log::Adjustments`]; version
//! 2 is the same with fewer words (no [`engine::fact::Mark::Ended`]). Whoever changes [`engine::log::Log`] or [`Head`] adds a version, keeps
//! the old layout here for decoding, and adds golden files; the test of the golden files fails otherwise. Enumerations grow
//! at their ends only.
//!
//! A browser is always sent the current version, so that older ones are decoded only where the feature `old-feeds` is on:
//! in what a developer runs on a kept file, and in tests. Version 1 would cost each page 2.5 KB after compression.

pub mod parts;
#[cfg(any(test, feature = "old-feeds"))]
mod v1;

use engine::{
    id::ProgramId,
    log::{Broken, Column, Log},
    money::Currency,
    period::Zone,
    policy::Policies,
    time::Time,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Media type of the binary form.
pub const MEDIA_TYPE: &str = "application/vnd.tributary.feed";
const MAGIC: [u8; 4] = *b"TRBF";
const VERSION: u8 = 4;
/// The bytes of the tables that version 3 had not: a number of rows, none, for each column.
#[cfg(any(test, feature = "old-feeds"))]
const SINCE_3: [u8; 5] = [0; 5];

/// The facts for one reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// What they are about.
    pub head: Head,
    /// The facts.
    pub log: Log,
}

/// What a feed is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The present, as the edge knows it.
    pub now: Time,
    /// The program.
    pub program: ProgramHead,
    /// Who reads.
    pub reader: Reader,
    /// Every version of the program's rules.
    pub policies: Policies,
    /// The program's time zone.
    pub zone: Zone,
}

/// A program, as far as every reader may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramHead {
    /// Identifier.
    pub id: ProgramId,
    /// Name.
    pub name: String,
    /// Brand colour, `#rrggbb`.
    pub color: String,
    /// Currency of its figures.
    pub currency: Currency,
}

/// Who reads a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// The program: everything.
    Program,
    /// One partner, who is the first row of the partners.
    Partner,
}

/// Why bytes are no feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedError {
    /// It does not begin with the magic bytes.
    NotAFeed,
    /// A version that this code does not know.
    Version(u8),
    /// The bytes end early, or do not spell a feed.
    Malformed,
    /// They spell a log that is not usable.
    Broken(Broken),
}

impl core::fmt::Display for FeedError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotAFeed => f.write_str("not a feed"),
            Self::Version(version) => write!(f, "feed of version {version}, which is not known here"),
            Self::Malformed => f.write_str("the feed is cut short or damaged"),
            Self::Broken(broken) => write!(f, "{broken}"),
        }
    }
}

impl core::error::Error for FeedError {}

/// Writes a feed.
///
/// # Panics
/// Never: postcard fails only for lengths that it cannot know, which no column has.
#[must_use]
pub fn encode(feed: &Feed) -> Vec<u8> {
    let mut feed = feed.clone();
    shorten(&mut feed.log);
    let mut bytes = MAGIC.to_vec();
    bytes.push(VERSION);
    match postcard::to_extend(&feed, bytes) {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("a feed has no field that postcard cannot write: {error}"),
    }
}

/// Makes the numbers short.
fn shorten(log: &mut Log) {
    log.each_column(&mut |column| match column {
        Column::Times(times) => delta(times.iter_mut().map(|time| &mut time.0)),
        Column::Days(days) => delta(days.iter_mut().map(|day| &mut day.0)),
        Column::Optional(numbers) => numbers.replace(|i| i.wrapping_add(1)),
        Column::Steps(steps) => steps.iter_mut().for_each(|i| *i = i.wrapping_add(1)),
    });
}

/// Reads a feed of any version that was ever written, of the current one only without the feature `old-feeds`.
///
/// # Errors
/// [`FeedError`]; never panics, whatever the bytes.
pub fn decode(bytes: &[u8]) -> Result<Feed, FeedError> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(FeedError::NotAFeed)?;
    let (version, rest) = rest.split_first().ok_or(FeedError::Malformed)?;
    let feed: Feed = match *version {
        #[cfg(any(test, feature = "old-feeds"))]
        1 => spelled::<v1::FeedV1>(rest)?.lengthen().into(),
        #[cfg(any(test, feature = "old-feeds"))]
        2 | 3 => lengthen(spelled(&[rest, &SINCE_3].concat())?),
        VERSION => lengthen(spelled(rest)?),
        version => return Err(FeedError::Version(version)),
    };
    feed.log.check().map_err(FeedError::Broken)?;
    Ok(feed)
}

fn spelled<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FeedError> {
    postcard::from_bytes(bytes).map_err(|_| FeedError::Malformed)
}

/// Takes [`shorten`] back.
fn lengthen(mut feed: Feed) -> Feed {
    feed.log.each_column(&mut |column| match column {
        Column::Times(times) => undelta(times.iter_mut().map(|time| &mut time.0)),
        Column::Days(days) => undelta(days.iter_mut().map(|day| &mut day.0)),
        Column::Optional(numbers) => numbers.replace(|i| i.wrapping_sub(1)),
        Column::Steps(steps) => steps.iter_mut().for_each(|i| *i = i.wrapping_sub(1)),
    });
    feed
}

/// Replaces each number by the zigzag of its difference to the one before.
fn delta<'a>(numbers: impl Iterator<Item = &'a mut u32>) {
    let mut before = 0u32;
    for number in numbers {
        let difference = number.wrapping_sub(before) as i32;
        before = *number;
        *number = ((difference << 1) ^ (difference >> 31)) as u32;
    }
}

/// Takes [`delta`] back.
fn undelta<'a>(numbers: impl Iterator<Item = &'a mut u32>) {
    let mut before = 0u32;
    for number in numbers {
        let difference = (*number >> 1) as i32 ^ -((*number & 1) as i32);
        before = before.wrapping_add(difference as u32);
        *number = before;
    }
}

#[cfg(test)]
mod tests;
