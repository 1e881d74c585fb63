//! A feed in parts: segments that do not change, and what joins them to the rest.
//!
//! A segment holds the rows of some months, column by column. The rest is the whole feed's bytes with gaps where the
//! segments' columns go, so that joining is copying, and what comes out is, byte by byte, what [`encode`](super::encode)
//! writes:
//!
//! | bytes | are |
//! |---|---|
//! | `TRBP` | that it is a rest |
//! | a number | of segments |
//! | 43 for each | its name: SHA-256 in base64url, the address and the check of what it holds |
//! | a text | the beginning of the feed: magic bytes, version, head |
//! | for each column and one more | a joint |
//!
//! A joint is a number, twice the length of the bytes that follow, plus one if the column is of times; the bytes, which
//! end what came before and begin the column; and, where the column is of times, a text for each segment: its first
//! difference, which depends on the row before. Behind that text goes the segment's column. Numbers are varints, a text is its length and that many bytes, and so is a column of a segment.

use base64::Engine as _;
use engine::{
    log::{Cut, Log, Visitor},
    time::Day,
};
use serde::{Serialize, Serializer, ser::SerializeTuple as _};

use super::{Head, MAGIC, VERSION, shorten};

/// Media type of a feed in parts.
pub const MEDIA_TYPE: &str = "application/vnd.tributary.feed-parts";
/// Media type of a segment.
pub const SEGMENT_TYPE: &str = "application/vnd.tributary.feed-segment";
const MAGIC_OF_PARTS: [u8; 4] = *b"TRBP";
/// How long a segment's name is.
const NAME: usize = 43;
/// Fewer rows are not worth a request: months are put together until they have as many.
const ROWS_MIN: usize = 500;

/// A feed in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Segments by their names, the oldest first.
    pub segments: Vec<(String, Vec<u8>)>,
    /// The columns' joints.
    joints: Vec<u8>,
}

impl Parts {
    /// Splits a log: the months that ended before a day become segments.
    #[must_use]
    pub fn of(log: &Log, until: Day) -> Self {
        let mut months = log.months();
        months.retain(|month| *month <= until);
        let mut cuts: Vec<Cut> = Vec::new();
        for cut in log.cuts(&months) {
            let before = cuts.last().map_or(0, |cut| cut.iter().sum());
            if cut.iter().sum::<usize>() >= before + ROWS_MIN {
                cuts.push(cut);
            }
        }
        let mut log = log.clone();
        shorten(&mut log);
        let segments = vec![Vec::new(); cuts.len()];
        let mut writer = Writer { cuts, segments, joints: Vec::new(), literal: Vec::new() };
        log.show(&mut writer);
        writer.joint(false);
        let name = |bytes: Vec<u8>| (name_of(&bytes), bytes);
        Self { segments: writer.segments.into_iter().map(name).collect(), joints: writer.joints }
    }

    /// What a reader is sent: the rest, which names the segments.
    #[must_use]
    pub fn rest(&self, head: &Head) -> Vec<u8> {
        let mut rest = MAGIC_OF_PARTS.to_vec();
        put(&mut rest, &self.segments.len());
        for (name, _) in &self.segments {
            rest.extend_from_slice(name.as_bytes());
        }
        let mut beginning = MAGIC.to_vec();
        beginning.push(VERSION);
        put(&mut beginning, head);
        text(&mut rest, &beginning);
        rest.extend_from_slice(&self.joints);
        rest
    }
}

/// The name of a segment.
#[must_use]
pub fn name_of(segment: &[u8]) -> String {
    use sha2::Digest as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(segment))
}

/// Whether a text can be the name of a segment.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() == NAME && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn put<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) {
    match postcard::to_extend(value, core::mem::take(bytes)) {
        Ok(longer) => *bytes = longer,
        Err(error) => unreachable!("a feed has no field that postcard cannot write: {error}"),
    }
}

fn text(bytes: &mut Vec<u8>, text: &[u8]) {
    put(bytes, &text.len());
    bytes.extend_from_slice(text);
}

/// Rows without their number.
struct Rows<'a, T>(&'a [T]);

impl<T: Serialize> Serialize for Rows<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|row| rows.serialize_element(row))?;
        rows.end()
    }
}

/// Takes a log to pieces.
struct Writer {
    cuts: Vec<Cut>,
    segments: Vec<Vec<u8>>,
    joints: Vec<u8>,
    /// What goes before the next gap.
    literal: Vec<u8>,
}

impl Writer {
    fn joint(&mut self, is_time: bool) {
        put(&mut self.joints, &(2 * self.literal.len() + usize::from(is_time)));
        self.joints.append(&mut self.literal);
    }
}

impl Visitor for Writer {
    fn names<T: Serialize>(&mut self, names: &[T]) {
        put(&mut self.literal, names);
    }

    fn column<T: Serialize>(&mut self, table: usize, column: &[T], is_time: bool) {
        put(&mut self.literal, &column.len());
        self.joint(is_time);
        let mut from = 0;
        for (cut, segment) in self.cuts.iter().zip(&mut self.segments) {
            let mut rows = &column[from..cut[table]];
            from = cut[table];
            if is_time {
                let mut seam = Vec::new();
                if let Some((first, rest)) = rows.split_first() {
                    put(&mut seam, first);
                    rows = rest;
                }
                text(&mut self.joints, &seam);
            }
            let mut bytes = Vec::new();
            put(&mut bytes, &Rows(rows));
            text(segment, &bytes);
        }
        put(&mut self.literal, &Rows(&column[from..]));
    }
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = postcard::take_from_bytes::<u32>(self.0).ok()?;
        self.0 = rest;
        Some(number as usize)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }
}

/// A rest, and what it wants.
pub struct Rest<'a> {
    /// Names of segments, in order.
    pub names: Vec<&'a str>,
    bytes: Bytes<'a>,
}

impl<'a> Rest<'a> {
    /// Reads a rest; `None` where the bytes are none, as where a whole feed was answered.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes.strip_prefix(&MAGIC_OF_PARTS)?);
        let count = bytes.number()?;
        let names = bytes.take(count.checked_mul(NAME)?)?;
        let names = names.chunks(NAME).map(core::str::from_utf8).collect::<Result<_, _>>().ok()?;
        Some(Self { names, bytes })
    }

    /// The bytes of the whole feed; `None` where they do not fit together.
    #[must_use]
    pub fn join(mut self, segments: &[Vec<u8>]) -> Option<Vec<u8>> {
        let mut segments: Vec<Bytes<'_>> = segments.iter().map(|segment| Bytes(segment)).collect();
        let mut whole = self.bytes.text()?.to_vec();
        loop {
            let length = self.bytes.number()?;
            whole.extend_from_slice(self.bytes.take(length / 2)?);
            if self.bytes.0.is_empty() {
                return segments.iter().all(|segment| segment.0.is_empty()).then_some(whole);
            }
            for segment in &mut segments {
                if length % 2 == 1 {
                    whole.extend_from_slice(self.bytes.text()?);
                }
                whole.extend_from_slice(segment.text()?);
            }
        }
    }
}

#[cfg(test)]
mod tests;
