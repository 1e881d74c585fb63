//! The touches of each customer in time order, and which of them count.
//!
//! Stitching: a touch that names its customer belongs to that customer. Any other touch belongs to the customer whom its
//! visitor turned out to be: the first identification at or after the touch, or else the last one before it. So a touch
//! belongs to one customer at the most, also where several share a device.

use core::ops::Range;
use std::collections::HashMap;

use crate::{
    fact::{Mark, RevenueKind, TouchKind},
    log::{Log, NONE, Numbers},
    order, parallel,
    policy::{Claim, Policy},
    time::{Time, Window},
};

/// Touches by customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journeys {
    kept: Members,
    /// Where the touches of the `i`th kept customer begin: `starts[i]..starts[i + 1]`.
    starts: Vec<u32>,
    touches: Vec<u32>,
    /// When each of `touches` was: beside them, since models read it for every touch.
    at: Vec<Time>,
    /// What is to be known of each of `touches` besides, for the same reason; empty where all are [`Note::Plain`].
    notes: Vec<Note>,
    owners: Owners,
    /// Every kept touch in the order of the log, and where it stands in `touches`.
    placed: Vec<(u32, u32)>,
    /// Whether the log is in the order of time.
    in_order: bool,
    /// Whether every touch of the log may count.
    all_counted: bool,
    /// Whether every touch of the log has a customer.
    all_owned: bool,
}

impl Journeys {
    /// Stitches a checked log.
    #[must_use]
    pub fn build(log: &Log) -> Self {
        Self::of_members(log, Members::all(log.customers.len()))
    }

    /// Stitches the journeys of those customers who bought, and leaves out the others: all that a model of single
    /// conversions reads, in a fraction of the time.
    #[must_use]
    pub fn of_buyers(log: &Log) -> Self {
        Self::of_members(log, Members::buyers(log))
    }

    /// Counting sort by customer; within one, the order of time, and of the log within a second.
    fn of_members(log: &Log, kept: Members) -> Self {
        let owners = Owners::of(log);
        // First those that are kept, in the order of the log: what follows touches little memory.
        let sifted = parallel::map(&parallel::pieces(log.touches.len(), SIFTED), |piece| {
            Sifted::of(log, owners.column(log).told().unwrap_or_default(), &kept, piece.clone())
        });
        let mut starts = vec![0u32; kept.len() + 1];
        for sifted in &sifted {
            for found in &sifted.found {
                starts[found.member as usize + 1] += 1;
            }
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let count = starts[kept.len()] as usize;
        let mut next = starts.clone();
        let (mut touches, mut at, mut placed) = (vec![0u32; count], vec![Time(0); count], Vec::with_capacity(count));
        for sifted in &sifted {
            for found in &sifted.found {
                let slot = &mut next[found.member as usize];
                touches[*slot as usize] = found.touch;
                at[*slot as usize] = found.at;
                placed.push((found.touch, *slot));
                *slot += 1;
            }
        }
        let in_order = sifted.iter().all(|sifted| sifted.in_order);
        let all_counted = sifted.iter().all(|sifted| sifted.all_counted);
        let all_owned = sifted.iter().all(|sifted| sifted.all_owned);
        let notes = Vec::new();
        let mut journeys = Self { kept, starts, touches, at, notes, owners, placed, in_order, all_counted, all_owned };
        if !in_order {
            journeys.sort(log);
        }
        if !all_counted || has_overruling(log) {
            journeys.notes = journeys.arrange(Note::Plain, |touch| Note::of(log, touch));
        }
        journeys
    }

    fn sort(&mut self, log: &Log) {
        self.placed.clear();
        for pair in self.starts.windows(2) {
            let range = pair[0] as usize..pair[1] as usize;
            if !self.at[range.clone()].is_sorted() {
                // Stable: touches of one second keep the order of the log.
                order::sort(&mut self.touches[range.clone()], |touch| u64::from(log.touches.at[touch as usize].0));
                for i in range {
                    self.at[i] = log.touches.at[self.touches[i] as usize];
                }
            }
        }
    }

    /// Where the touches of a customer stand in [`Journeys::all`].
    pub(crate) fn range(&self, customer: u32) -> Range<usize> {
        if !self.kept.contains(customer) {
            return 0..0;
        }
        let i = self.kept.rank(customer) as usize;
        self.starts[i] as usize..self.starts[i + 1] as usize
    }

    /// Touches of all customers, and when each was: one customer after another.
    pub(crate) fn all(&self) -> (&[u32], &[Time]) {
        (&self.touches, &self.at)
    }

    /// All touches of a customer, counted or not, in time order.
    #[must_use]
    pub fn of(&self, customer: u32) -> &[u32] {
        &self.touches[self.range(customer)]
    }

    /// When each touch of [`Journeys::of`] was.
    #[must_use]
    pub fn times(&self, customer: u32) -> &[Time] {
        &self.at[self.range(customer)]
    }

    /// Where those touches of a customer stand in [`Journeys::all`] that lie within a window before a conversion.
    pub(crate) fn stretch(&self, customer: u32, conversion: Time, window: Window) -> Range<usize> {
        let Range { mut start, mut end } = self.range(customer);
        while start < end && conversion.0.saturating_sub(self.at[start].0) > window.seconds() {
            start += 1;
        }
        while end > start && self.at[end - 1] > conversion {
            end -= 1;
        }
        start..end
    }

    /// What is to be known of a stretch of [`Journeys::all`]; nothing where all touches of the log are [`Note::Plain`].
    pub(crate) fn notes(&self, stretch: Range<usize>) -> &[Note] {
        self.notes.get(stretch).unwrap_or_default()
    }

    /// A column of the log's touches, in the order of [`Journeys::all`]. It is read from front to back, which is several
    /// times faster than asking for one touch after another of a long log.
    pub(crate) fn arrange<T: Copy>(&self, empty: T, column: impl Fn(usize) -> T) -> Vec<T> {
        if self.placed.is_empty() {
            return self.touches.iter().map(|touch| column(*touch as usize)).collect();
        }
        let mut arranged = vec![empty; self.touches.len()];
        for (touch, place) in &self.placed {
            arranged[*place as usize] = column(*touch as usize);
        }
        arranged
    }

    /// Whether every touch of the log may count.
    pub(crate) fn all_counted(&self) -> bool {
        self.all_counted
    }

    /// Whether every touch of the log has a customer.
    pub(crate) fn all_owned(&self) -> bool {
        self.all_owned
    }

    /// Whether the log is in the order of time.
    pub(crate) fn in_order(&self) -> bool {
        self.in_order
    }

    /// The customer of each touch of the log, or [`NONE`].
    pub(crate) fn owners<'a>(&'a self, log: &'a Log) -> &'a Numbers {
        self.owners.column(log)
    }

    /// The customer of a touch, or [`NONE`] while nobody knows.
    #[must_use]
    pub fn owner(&self, log: &Log, touch: u32) -> u32 {
        self.owners.column(log)[touch as usize]
    }
}

/// What decides, whatever the time, whether a touch counts and what it does to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// It may count, and overrules nobody.
    Plain,
    /// It may count, and may set touches of other partners aside.
    Overruling,
    /// It was set aside when it was recorded.
    SetAside,
}

impl Note {
    fn of(log: &Log, touch: usize) -> Self {
        match (log.touches.mark[touch], overrules(log.touches.kind[touch])) {
            (Mark::Counted, false) => Self::Plain,
            (Mark::Counted, true) => Self::Overruling,
            _ => Self::SetAside,
        }
    }
}

/// A kept touch.
#[derive(Debug, Clone, Copy)]
struct Found {
    touch: u32,
    /// The rank of its customer.
    member: u32,
    at: Time,
}

/// What was found in a stretch of the log.
#[derive(Debug, Clone)]
struct Sifted {
    found: Vec<Found>,
    in_order: bool,
    all_counted: bool,
    all_owned: bool,
}

/// The shortest stretch of the log that is worth a thread of its own.
const SIFTED: usize = 1 << 17;

impl Sifted {
    fn of(log: &Log, owner: &[u32], kept: &Members, stretch: Range<usize>) -> Self {
        let t = &log.touches;
        let mut found = Vec::with_capacity(stretch.len() / 4);
        let mut chunk = [0u32; CHUNK];
        // Where nobody's customer is known, nothing is found.
        let owned = &owner[stretch.start.min(owner.len())..stretch.end.min(owner.len())];
        for (start, owners) in (stretch.start..).step_by(CHUNK).zip(owned.chunks(CHUNK)) {
            let mut count = 0;
            for (i, customer) in owners.iter().enumerate() {
                // Written always, kept where the customer is: a branch here would be guessed wrong for every eighth touch.
                chunk[count % CHUNK] = i as u32;
                count += usize::from(kept.contains(*customer));
            }
            found.extend(chunk[..count].iter().map(|i| {
                let touch = start + *i as usize;
                Found { touch: touch as u32, member: kept.rank(owners[*i as usize]), at: t.at[touch] }
            }));
        }
        // With the first of the next stretch, which must not come before the last of this one.
        let times = &t.at[stretch.start..t.len().min(stretch.end + 1)];
        Self {
            found,
            in_order: is_true(times, |times| times.windows(2).fold(true, |so, pair| so & (pair[0] <= pair[1]))),
            all_owned: owned.len() == stretch.len()
                && is_true(owned, |owners| owners.iter().fold(true, |so, owner| so & (*owner != NONE))),
            all_counted: is_true(&t.mark[stretch], |marks| {
                marks.iter().fold(true, |so, mark| so & (*mark == Mark::Counted))
            }),
        }
    }
}

/// Touches that are sifted at a time: as many as stay in the fastest cache.
const CHUNK: usize = 1024;

/// Whether a test holds for all of a long column. It is asked without a branch within a chunk, so that one instruction tests
/// several; neighbouring chunks share a value, so that pairs may be tested.
fn is_true<T>(column: &[T], test: impl Fn(&[T]) -> bool) -> bool {
    (0..column.len()).step_by(CHUNK).all(|start| test(&column[start..column.len().min(start + CHUNK + 1)]))
}

/// The customer of each sale.
pub(crate) fn buyers(log: &Log) -> impl Iterator<Item = u32> {
    let sales = log.revenue.customer.iter().zip(&log.revenue.kind);
    sales.filter(|(_, kind)| **kind != RevenueKind::Refund).map(|(customer, _)| *customer)
}

/// A set of customers in which each has a rank: a bit a customer, and how many come before each word of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Members {
    words: Vec<u32>,
    before: Vec<u32>,
    count: u32,
}

impl Members {
    /// Every one of `count` customers.
    fn all(count: usize) -> Self {
        let mut words = vec![u32::MAX; count / 32];
        words.push((1 << (count % 32)) - 1);
        Self::of_words(words)
    }

    /// Those who bought.
    fn buyers(log: &Log) -> Self {
        let mut words = vec![0u32; log.customers.len() / 32 + 1];
        for customer in buyers(log) {
            words[customer as usize / 32] |= 1 << (customer % 32);
        }
        Self::of_words(words)
    }

    fn of_words(words: Vec<u32>) -> Self {
        let mut count = 0;
        let mut before = Vec::with_capacity(words.len());
        for word in &words {
            before.push(count);
            count += word.count_ones();
        }
        Self { words, before, count }
    }

    fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether a customer belongs to it; nobody ([`NONE`]) never does.
    #[inline]
    fn contains(&self, customer: u32) -> bool {
        let word = self.words.get((customer / 32) as usize).copied().unwrap_or(0);
        word >> (customer % 32) & 1 == 1
    }

    /// How many members come before a customer.
    #[inline]
    fn rank(&self, customer: u32) -> u32 {
        let word = (customer / 32) as usize;
        self.before[word] + (self.words[word] & ((1 << (customer % 32)) - 1)).count_ones()
    }
}

/// Whose each touch is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners(
    /// `None` where every touch that can have a customer names it itself, so that the log's own column says it.
    Option<Numbers>,
);

impl Owners {
    /// Stitches a checked log.
    #[must_use]
    pub fn of(log: &Log) -> Self {
        let t = &log.touches;
        if log.identities.is_empty() || t.customer.iter().all(|customer| customer != NONE) {
            return Self(None);
        }
        let known = Known::of(log);
        let owner = |i: usize| match t.customer[i] {
            NONE => known.customer(t.visitor[i], t.at[i]),
            customer => customer,
        };
        Self(Some((0..t.len()).map(owner).collect()))
    }

    /// The customer of each touch, or [`NONE`].
    #[must_use]
    pub fn column<'a>(&'a self, log: &'a Log) -> &'a Numbers {
        self.0.as_ref().unwrap_or(&log.touches.customer)
    }
}

/// Identifications by visitor, in time order.
struct Known(HashMap<u32, Vec<(Time, u32)>>);

impl Known {
    fn of(log: &Log) -> Self {
        let ids = &log.identities;
        let mut by_visitor: HashMap<u32, Vec<(Time, u32)>> = HashMap::new();
        let mut rows: Vec<u32> = (0..ids.len() as u32).collect();
        order::sort(&mut rows, |row| u64::from(ids.at[row as usize].0));
        for row in rows {
            let i = row as usize;
            by_visitor.entry(ids.visitor[i]).or_default().push((ids.at[i], ids.customer[i]));
        }
        Self(by_visitor)
    }

    fn customer(&self, visitor: u32, at: Time) -> u32 {
        let Some(list) = (visitor != NONE).then(|| self.0.get(&visitor)).flatten() else { return NONE };
        let later = list.iter().find(|(known, _)| *known >= at);
        later.or(list.last()).map_or(NONE, |(_, customer)| *customer)
    }
}

/// Why a recorded touch does not count for a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It was set aside when it was recorded.
    Marked(Mark),
    /// It lies further back than the window reaches.
    OutsideWindow,
    /// It came after the conversion.
    AfterConversion,
    /// Another partner's claim, of this kind, takes precedence.
    Overruled(Claim),
    /// It repeats a touch that counts, within the time in which the policy collapses repeats.
    Repeat,
}

impl Reason {
    /// The reason in words, for a page.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::OutsideWindow => "Outside the window",
            Self::AfterConversion => "After the conversion",
            Self::Overruled(Claim::Deal) => "Another partner registered the deal",
            Self::Overruled(Claim::Coupon) => "Another partner's coupon takes precedence",
            Self::Overruled(Claim::Link) => "Another partner's link takes precedence",
            Self::Repeat => "A repeat of a touch that counts",
            Self::Marked(Mark::Counted) => "Counted",
            Self::Marked(Mark::Bot) => "A program, not a person",
            Self::Marked(Mark::Duplicate) => "A repeat within the hour",
            Self::Marked(Mark::Prefetch) => "Fetched ahead, not clicked",
            Self::Marked(Mark::SelfReferral) => "Partner and customer are one",
            Self::Marked(Mark::NoConsent) => "No consent",
            Self::Marked(Mark::Ended) => "After the link's end",
            Self::Marked(Mark::InvalidCoupon) => "The coupon did not hold then",
        }
    }
}

/// Whether a touch counts for a conversion at `conversion`: it must not have been set aside, and
/// 0 ≤ conversion − touch ≤ window, both ends included.
///
/// # Errors
/// The reason why it does not.
pub fn verdict(mark: Mark, touch: Time, conversion: Time, window: Window) -> Result<(), Reason> {
    if mark != Mark::Counted {
        Err(Reason::Marked(mark))
    } else if touch > conversion {
        Err(Reason::AfterConversion)
    } else if conversion.0 - touch.0 > window.seconds() {
        Err(Reason::OutsideWindow)
    } else {
        Ok(())
    }
}

/// Judges each touch of a journey, in time order, for a conversion under a policy: [`verdict`] first, then the policy's
/// order of precedence, then its collapse of repeats.
#[must_use]
pub fn judge(log: &Log, journey: &[u32], conversion: Time, policy: &Policy, window: Window) -> Vec<Result<(), Reason>> {
    let t = &log.touches;
    let in_time = |touch: &u32| verdict(t.mark[*touch as usize], t.at[*touch as usize], conversion, window);
    let mut verdicts: Vec<Result<(), Reason>> = journey.iter().map(in_time).collect();
    overrule(log, journey, conversion, policy, &mut verdicts);
    collapse(log, journey, policy, &mut verdicts);
    verdicts
}

/// Whether [`judge`] can come to another answer than [`verdict`]: only then need it be asked.
#[must_use]
pub fn is_contested(log: &Log, policy: &Policy) -> bool {
    policy.collapse > 0 || has_overruling(log)
}

/// Whether a touch of this kind can set others aside: where all claims are links, none is stronger than another.
fn overrules(kind: TouchKind) -> bool {
    (kind == TouchKind::DealRegistration) | (kind == TouchKind::Coupon)
}

fn has_overruling(log: &Log) -> bool {
    !is_true(&log.touches.kind, |kinds| kinds.iter().fold(true, |so, kind| so & !overrules(*kind)))
}

/// Sets weaker claims of other partners aside ([`crate::policy::Precedence`]).
fn overrule(log: &Log, journey: &[u32], conversion: Time, policy: &Policy, verdicts: &mut [Result<(), Reason>]) {
    let t = &log.touches;
    let mut pairs = journey.iter().zip(verdicts.iter());
    if !pairs.any(|(touch, verdict)| verdict.is_ok() && overrules(t.kind[*touch as usize])) {
        return;
    }
    let claim = |touch: u32| {
        let partner = t.partner[touch as usize];
        let claim = Claim::of(t.kind[touch as usize]).filter(|_| partner != NONE)?;
        if claim == Claim::Deal && is_expired(log, touch, conversion) {
            return None;
        }
        Some((policy.precedence.rank(claim), claim, partner))
    };
    let pairs = journey.iter().zip(verdicts.iter());
    let claims: Vec<_> = pairs.map(|(touch, verdict)| verdict.is_ok().then(|| claim(*touch)).flatten()).collect();
    let Some((strongest, by, _)) = claims.iter().flatten().min_by_key(|(rank, ..)| *rank).copied() else { return };
    let holders: Vec<u32> = claims.iter().flatten().filter(|(rank, ..)| *rank == strongest).map(|(.., p)| *p).collect();
    for (claim, verdict) in claims.iter().zip(verdicts) {
        if claim.is_some_and(|(rank, _, partner)| rank > strongest && !holders.contains(&partner)) {
            *verdict = Err(Reason::Overruled(by));
        }
    }
}

/// Whether the deal that a touch registered was no longer protected at a time. One of which no protection is recorded is.
fn is_expired(log: &Log, touch: u32, time: Time) -> bool {
    let (t, r) = (&log.touches, &log.registrations);
    let (at, partner) = (t.at[touch as usize], t.partner[touch as usize]);
    // By column: a program registers thousands of deals, and this is asked for each of them.
    let row = r.at.iter().zip(&r.partner).position(|found| found == (&at, &partner));
    row.is_some_and(|row| r.expires[row] <= time)
}

/// Sets repeats aside: of the same partner and kind, within [`Policy::collapse`] of the last one that counts.
fn collapse(log: &Log, journey: &[u32], policy: &Policy, verdicts: &mut [Result<(), Reason>]) {
    if policy.collapse == 0 {
        return;
    }
    let t = &log.touches;
    let mut last: HashMap<_, Time> = HashMap::new();
    let of_partner = |touch: u32| t.partner[touch as usize] != NONE;
    for (touch, verdict) in
        journey.iter().zip(verdicts).filter(|(touch, verdict)| verdict.is_ok() && of_partner(**touch))
    {
        let i = *touch as usize;
        let alike = (t.partner[i], t.kind[i]);
        match last.get(&alike) {
            Some(before) if t.at[i].0 - before.0 <= policy.collapse => *verdict = Err(Reason::Repeat),
            _ => {
                last.insert(alike, t.at[i]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fact::TouchKind,
        log::{Identity, Touch},
    };

    fn log(touches: &[(u32, u32, u32)], identities: &[(u32, u32, u32)], customers: usize) -> Log {
        let mut log = Log { customers: vec![String::new(); customers], ..Log::default() };
        for (at, visitor, customer) in touches {
            let touch = Touch::new(Time(*at), TouchKind::Click);
            log.touches.push(Touch { visitor: *visitor, customer: *customer, ..touch });
        }
        for (at, visitor, customer) in identities {
            log.identities.push(Identity { at: Time(*at), visitor: *visitor, customer: *customer });
        }
        log
    }

    #[test]
    fn visitors_are_stitched_to_the_customer_they_turn_out_to_be() {
        // Visitor 7 signs up as customer 0 at 100 and as customer 1 at 200, on one device.
        let log = log(
            &[(50, 7, NONE), (150, 7, NONE), (250, 7, NONE), (60, 8, NONE), (40, NONE, 1)],
            &[(200, 7, 1), (100, 7, 0)],
            2,
        );
        let journeys = Journeys::build(&log);
        assert_eq!(journeys.of(0), [0]);
        assert_eq!(journeys.of(1), [4, 1, 2]);
        assert_eq!(journeys.owner(&log, 3), NONE);
        assert_eq!(journeys.of(9), [] as [u32; 0]);
    }

    #[test]
    fn what_was_set_aside_and_what_overrules_is_noted_beside_the_journey() {
        let mut log = log(&[(50, NONE, 0), (40, NONE, 0), (60, NONE, 0)], &[], 1);
        assert_eq!(Journeys::build(&log).notes(0..3), []);
        (log.touches.mark[0], log.touches.kind[2]) = (Mark::Bot, TouchKind::Coupon);
        let journeys = Journeys::build(&log);
        assert_eq!(journeys.notes(journeys.range(0)), [Note::Plain, Note::SetAside, Note::Overruling]);
        let window = Window::days(1).unwrap_or(Window::MONTH);
        assert_eq!(journeys.stretch(0, Time(59), window), 0..2);
        assert_eq!(journeys.stretch(0, Time(50 + crate::time::DAY), window), 1..3);
        assert_eq!(journeys.stretch(0, Time(39), window), 0..0);
    }

    #[test]
    fn both_ends_of_the_window_count() {
        let window = Window::MONTH;
        let end = Time(40 * crate::time::DAY);
        let start = Time(10 * crate::time::DAY);
        assert_eq!(verdict(Mark::Counted, start, end, window), Ok(()));
        assert_eq!(verdict(Mark::Counted, Time(start.0 - 1), end, window), Err(Reason::OutsideWindow));
        assert_eq!(verdict(Mark::Counted, end, end, window), Ok(()));
        assert_eq!(verdict(Mark::Counted, Time(end.0 + 1), end, window), Err(Reason::AfterConversion));
        assert_eq!(verdict(Mark::Bot, end, end, window), Err(Reason::Marked(Mark::Bot)));
    }
}
