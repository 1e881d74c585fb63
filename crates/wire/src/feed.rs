//! The feed: the facts for whoever asks, in columns.
//!
//! `TRBF`, one byte of version, then [`Feed`] in postcard's format (<https://postcard.jamesmunns.com/wire-format>), in
//! which integers are varints. Two transformations make them short: a column of times holds the zigzag of each difference
//! to the row before, and a column of references holds the index plus one, so that [`engine::log::NONE`] is one byte.
//!
//! Version 1 is the layout of [`Feed`] as it stands. Whoever changes [`engine::log::Log`] or [`Head`] adds a version, keeps
//! the old layout here for decoding, and adds a golden file; the test of the golden files fails otherwise.

use engine::{
    id::ProgramId,
    log::{Broken, Log},
    money::Currency,
    policy::Policy,
    time::Time,
};
use serde::{Deserialize, Serialize};

/// Media type of the binary form.
pub const MEDIA_TYPE: &str = "application/vnd.tributary.feed";
const MAGIC: [u8; 4] = *b"TRBF";
const VERSION: u8 = 1;

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
    /// The program's rules.
    pub policy: Policy,
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
    each_time(&mut feed.log, delta);
    each_reference(&mut feed.log, |i| i.wrapping_add(1));
    let mut bytes = MAGIC.to_vec();
    bytes.push(VERSION);
    match postcard::to_extend(&feed, bytes) {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("a feed has no field that postcard cannot write: {error}"),
    }
}

/// Reads a feed of any version that was ever written.
///
/// # Errors
/// [`FeedError`]; never panics, whatever the bytes.
pub fn decode(bytes: &[u8]) -> Result<Feed, FeedError> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(FeedError::NotAFeed)?;
    let (version, rest) = rest.split_first().ok_or(FeedError::Malformed)?;
    if *version != VERSION {
        return Err(FeedError::Version(*version));
    }
    let mut feed: Feed = postcard::from_bytes(rest).map_err(|_| FeedError::Malformed)?;
    each_time(&mut feed.log, undelta);
    each_reference(&mut feed.log, |i| i.wrapping_sub(1));
    feed.log.check().map_err(FeedError::Broken)?;
    Ok(feed)
}

fn each_time(log: &mut Log, change: impl Fn(&mut [Time])) {
    change(&mut log.touches.at);
    change(&mut log.identities.at);
    change(&mut log.milestones.at);
    change(&mut log.revenue.at);
}

fn each_reference(log: &mut Log, change: impl Fn(u32) -> u32) {
    for column in [
        &mut log.touches.partner,
        &mut log.touches.link,
        &mut log.touches.campaign,
        &mut log.touches.visitor,
        &mut log.touches.customer,
        &mut log.milestones.opportunity,
        &mut log.revenue.opportunity,
        &mut log.revenue.refunds,
        &mut log.clicks.partner,
        &mut log.clicks.link,
        &mut log.clicks.campaign,
    ] {
        column.iter_mut().for_each(|i| *i = change(*i));
    }
}

/// Replaces each time by the zigzag of its difference to the one before.
fn delta(times: &mut [Time]) {
    let mut before = 0u32;
    for time in times {
        let difference = time.0.wrapping_sub(before) as i32;
        before = time.0;
        time.0 = ((difference << 1) ^ (difference >> 31)) as u32;
    }
}

/// Takes [`delta`] back.
fn undelta(times: &mut [Time]) {
    let mut before = 0u32;
    for time in times {
        let difference = (time.0 >> 1) as i32 ^ -((time.0 & 1) as i32);
        before = before.wrapping_add(difference as u32);
        time.0 = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{
        fact::{Mark, TouchKind},
        log::{NONE, Party, Touch},
    };

    fn sample() -> Feed {
        let mut log = Log {
            partners: vec![Party { id: Some("pn_X".into()), name: Some("Ada".into()) }],
            customers: vec!["Harbor L.".into()],
            ..Log::default()
        };
        for at in [1_795_000_000, 1_795_000_060, 1_794_999_999, u32::MAX, 0] {
            log.touches.push(Touch {
                at: Time(at),
                kind: TouchKind::Click,
                mark: Mark::Counted,
                partner: 0,
                link: NONE,
                campaign: NONE,
                visitor: NONE,
                customer: 0,
            });
        }
        let program = ProgramHead {
            id: ProgramId::from_bytes([1; 16]),
            name: "Northbeam".into(),
            color: "#0f766e".into(),
            currency: Currency::USD,
        };
        let head = Head { now: Time(1_795_100_000), program, reader: Reader::Partner, policy: Policy::default() };
        Feed { head, log }
    }

    #[test]
    fn a_feed_is_read_back() {
        let feed = sample();
        let bytes = encode(&feed);
        assert_eq!(decode(&bytes), Ok(feed));
    }

    #[test]
    fn golden_feeds_of_every_version_keep_decoding() {
        let golden = include_bytes!("../../../tests/vectors/feed-v1.bin");
        let expect: Feed = serde_json::from_str(include_str!("../../../tests/vectors/feed-v1.json"))
            .unwrap_or_else(|e| unreachable!("{e}"));
        assert_eq!(decode(golden), Ok(expect.clone()));
        assert_eq!(encode(&expect), golden, "a changed layout needs a new version and a new golden file");
    }

    #[test]
    fn damaged_bytes_are_refused_and_never_panic() {
        let bytes = encode(&sample());
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "cut at {length}");
        }
        for i in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[i] = value;
                let _ = decode(&changed);
            }
        }
        assert_eq!(decode(b"TRBF\x09"), Err(FeedError::Version(9)));
        assert_eq!(decode(b"PK\x03\x04"), Err(FeedError::NotAFeed));
    }
}
