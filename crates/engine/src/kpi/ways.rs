//! The ways that deals went: the touches that count for each, how each ended, and which sequences of steps are usual.
//!
//! A deal is one way, up to its end; while it is open, up to the end of the period. A customer without a deal is one open
//! way. Touches count as for new business at the end of the way. Steps of one name in a row are one step, as in the
//! catalogue's cross-partner journeys.

use std::collections::BTreeMap;

use super::{
    Question,
    deals::{Deal, Sizes, deals},
};
use crate::{
    fact::{self, TouchKind},
    journey::{Journeys, judge},
    log::{DIRECT, Log, NONE},
    stat,
    time::Time,
};

/// What a step is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Steps {
    /// Its partner; its channel where it is no partner's.
    #[default]
    Parties,
    /// What kind of touch it was.
    Kinds,
    /// Its channel, whosever it is.
    Channels,
}

impl Steps {
    /// Every way to call them.
    pub const ALL: [Self; 3] = [Self::Parties, Self::Kinds, Self::Channels];
}

/// A step of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Row of [`Log::partners`].
    Partner(u32),
    /// Row of [`Log::channels`], or [`NONE`]: nothing that left a trace.
    Channel(u32),
    /// A partner, whichever, where no other channel is told.
    Partners,
    /// What it was.
    Kind(TouchKind),
}

/// How a way ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The deal was won in the period.
    Won,
    /// It was lost in the period.
    Lost,
    /// It was open when the period ended.
    Open,
}

impl End {
    /// Every end.
    pub const ALL: [Self; 3] = [Self::Won, Self::Lost, Self::Open];
}

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Row of [`Log::customers`].
    pub customer: u32,
    /// How it ended.
    pub end: End,
    /// When; the end of the period while it is open.
    pub at: Time,
    /// What a won deal brought, minor units net of refunds: the revenue of its opportunity, or else the customer's new
    /// business, as in the average deal size. `None` where it brought nothing in the currency.
    pub revenue: Option<i64>,
    /// Where its touches begin and end.
    touches: (u32, u32),
}

/// Which ways are meant, and how their steps are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sought {
    /// What steps are called by.
    pub steps: Steps,
    /// A counted touch is this partner's.
    pub partner: Option<u32>,
    /// How it ended.
    pub end: Option<End>,
    /// A counted touch is of this kind.
    pub kind: Option<TouchKind>,
    /// It has so many steps; [`MANY`] is so many or more.
    pub length: Option<u8>,
}

/// The longest length that is told apart from longer ones.
pub const MANY: u8 = 4;

/// Ways of one and the same sequence of steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// The steps in the order of time; never none.
    pub steps: Vec<Step>,
    /// Which of [`Ways::all`] went so, in their order.
    pub ways: Vec<u32>,
    /// How many of them were won.
    pub won: u64,
    /// How many were lost.
    pub lost: u64,
    /// What the won ones brought, minor units.
    pub revenue: i64,
    /// Median seconds from the first counted touch to the win; `None` where none was won.
    pub time: Option<i64>,
}

/// The ways of a period. They are judged piece by piece, so that a page stays its reader's meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ways {
    ways: Vec<Way>,
    touches: Vec<u32>,
    judged: usize,
}

impl Ways {
    /// Finds the ways of a question, of whichever partner; none of their touches is judged yet.
    #[must_use]
    pub fn find(log: &Log, question: &Question) -> Self {
        let period = question.period;
        let end = Time(period.until.0.saturating_sub(1)).min(question.now);
        let deals = deals(log);
        let revenue = brought(log, question, &deals);
        let mut has_deal = vec![false; log.customers.len()];
        let mut ways = Vec::new();
        let way = |customer, end, at, revenue| Way { customer, end, at, revenue, touches: (0, 0) };
        for (deal, revenue) in deals.iter().zip(revenue) {
            let is_opened = deal.opened.is_none_or(|(opened, _)| opened <= end);
            match deal.close {
                Some(close) if period.contains(close.at) => {
                    let how = if close.won { End::Won } else { End::Lost };
                    ways.push(way(deal.customer, how, close.at, revenue));
                }
                Some(close) if close.at < period.from => {}
                _ if is_opened => ways.push(way(deal.customer, End::Open, end, None)),
                // As it stood when the period ended, the customer had no such deal.
                _ => continue,
            }
            has_deal[deal.customer as usize] = true;
        }
        let rest = (0..log.customers.len() as u32).filter(|customer| !has_deal[*customer as usize]);
        ways.extend(rest.map(|customer| way(customer, End::Open, end, None)));
        Self { ways, touches: Vec::new(), judged: 0 }
    }

    /// Judges the touches of at most so many further ways, under the question that the ways were found for; whether all
    /// are judged afterwards.
    pub fn judge(&mut self, log: &Log, journeys: &Journeys, question: &Question, most: usize) -> bool {
        let until = self.ways.len().min(self.judged.saturating_add(most));
        for way in &mut self.ways[self.judged..until] {
            let start = self.touches.len() as u32;
            let touches = journeys.of(way.customer);
            let policy = question.policies.at(way.at);
            let verdicts = judge(log, touches, way.at, policy, policy.new.window);
            let counted = touches.iter().zip(verdicts).filter(|(_, verdict)| verdict.is_ok());
            self.touches.extend(counted.map(|(touch, _)| *touch));
            way.touches = (start, self.touches.len() as u32);
        }
        self.judged = until;
        until == self.ways.len()
    }

    /// How many ways are judged.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.judged
    }

    /// Every way, by customer; those of customers without a deal last.
    #[must_use]
    pub fn all(&self) -> &[Way] {
        &self.ways
    }

    /// The touches that count for a way, in time order; none before it is judged.
    #[must_use]
    pub fn touches(&self, way: &Way) -> &[u32] {
        &self.touches[way.touches.0 as usize..way.touches.1 as usize]
    }

    /// Ways that ended without a touch that counts: they are in no sequence.
    #[must_use]
    pub fn untouched(&self) -> usize {
        self.ways.iter().filter(|way| way.end != End::Open && self.touches(way).is_empty()).count()
    }

    /// The sequences of those ways that are meant, the most usual first.
    #[must_use]
    pub fn sequences(&self, log: &Log, sought: &Sought) -> Vec<Sequence> {
        let t = &log.touches;
        let mut found: BTreeMap<Vec<Step>, Vec<u32>> = BTreeMap::new();
        for (i, way) in self.ways.iter().enumerate() {
            let touches = self.touches(way);
            let has = |test: &dyn Fn(usize) -> bool| touches.iter().any(|touch| test(*touch as usize));
            let is_meant = !touches.is_empty()
                && sought.end.is_none_or(|end| end == way.end)
                && sought.partner.is_none_or(|partner| has(&|touch| t.partner[touch] == partner))
                && sought.kind.is_none_or(|kind| has(&|touch| t.kind[touch] == kind));
            if !is_meant {
                continue;
            }
            let steps = steps(log, touches, sought.steps);
            let length = u8::try_from(steps.len()).unwrap_or(u8::MAX).min(MANY);
            if sought.length.is_none_or(|meant| meant == length) {
                found.entry(steps).or_default().push(i as u32);
            }
        }
        let mut sequences: Vec<Sequence> = found.into_iter().map(|(steps, ways)| self.sum(log, steps, ways)).collect();
        // Stable: what is as usual stays in the order of its steps.
        sequences.sort_by_key(|sequence| core::cmp::Reverse(sequence.ways.len()));
        sequences
    }

    fn sum(&self, log: &Log, steps: Vec<Step>, ways: Vec<u32>) -> Sequence {
        let mut sequence = Sequence { steps, ways: Vec::new(), won: 0, lost: 0, revenue: 0, time: None };
        let mut times = Vec::new();
        for way in ways.iter().map(|way| &self.ways[*way as usize]) {
            match way.end {
                End::Won => {
                    sequence.won += 1;
                    sequence.revenue += way.revenue.unwrap_or(0);
                    times.extend(self.length(log, way));
                }
                End::Lost => sequence.lost += 1,
                End::Open => {}
            }
        }
        Sequence { ways, time: stat::median(&times), ..sequence }
    }

    /// Seconds from the first counted touch of a way to its end; `None` where no touch counts.
    #[must_use]
    pub fn length(&self, log: &Log, way: &Way) -> Option<i64> {
        let first = self.touches(way).first()?;
        Some(i64::from(way.at.0) - i64::from(log.touches.at[*first as usize].0))
    }
}

/// By deal, what it brought if it was won in the period. Earlier wins come first, as where the mean is taken.
fn brought(log: &Log, question: &Question, deals: &[Deal]) -> Vec<Option<i64>> {
    let mut sizes = Sizes::of(log, question.currency);
    let won = |deal: &Deal| deal.close.filter(|close| close.won && question.period.contains(close.at));
    let mut order: Vec<(Time, usize)> =
        deals.iter().enumerate().filter_map(|(i, deal)| Some((won(deal)?.at, i))).collect();
    order.sort_unstable();
    let mut brought = vec![None; deals.len()];
    for (_, i) in order {
        brought[i] = sizes.take(&deals[i]).map(|size| size.amount);
    }
    brought
}

impl Step {
    /// Its name on a page; `partner` says that of a partner.
    #[must_use]
    pub fn name<'a>(self, log: &'a Log, partner: impl Fn(u32) -> &'a str) -> &'a str {
        match self {
            Self::Partner(row) => partner(row),
            Self::Partners => fact::Channel::Partner.word(),
            Self::Channel(row) => log.channels.get(row as usize).map_or(DIRECT, String::as_str),
            Self::Kind(kind) => kind.word(),
        }
    }
}

/// The steps that touches are, each name once where it stands several times in a row.
#[must_use]
pub fn steps(log: &Log, touches: &[u32], by: Steps) -> Vec<Step> {
    let t = &log.touches;
    let channel = |i: usize| {
        let name = log.channels.get(t.channel[i] as usize).map_or(DIRECT, String::as_str);
        match (name, t.partner[i]) {
            (DIRECT, NONE) => Step::Channel(NONE),
            (DIRECT, _) => Step::Partners,
            (name, _) if name == fact::Channel::Partner.word() => Step::Partners,
            _ => Step::Channel(t.channel[i]),
        }
    };
    let step = |touch: &u32| {
        let i = *touch as usize;
        match (by, t.partner[i]) {
            (Steps::Kinds, _) => Step::Kind(t.kind[i]),
            (Steps::Channels, _) | (Steps::Parties, NONE) => channel(i),
            (Steps::Parties, partner) => Step::Partner(partner),
        }
    };
    let mut steps: Vec<Step> = touches.iter().map(step).collect();
    steps.dedup();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fact::{Mark, MilestoneKind, RevenueKind},
        log::{Milestone, Party, RevenueRow, Touch},
        money::Currency,
        period::{Period, Zone},
        policy::Policies,
        time::DAY,
    };
    use TouchKind::{Click, Listing};

    fn day(day: u32) -> Time {
        Time(day * DAY)
    }

    /// Four customers: one by partner 0 and then twice by 1, won with 100.00 of which 20.00 were given back; one by partner 0
    /// through a listing, lost; one by search alone, open; one whose touch is too old, won.
    fn log() -> Log {
        let party = |name: &str| Party { id: Some(name.into()), name: Some(name.into()) };
        let mut log = Log {
            partners: vec![party("A"), party("B")],
            channels: vec!["direct".into(), "search".into()],
            customers: ["won", "lost", "open", "old"].map(String::from).to_vec(),
            opportunities: vec![String::new()],
            currencies: vec![Currency::USD],
            ..Log::default()
        };
        for (at, kind, partner, channel, customer) in [
            (90, Click, 0, NONE, 0),
            (92, Click, 1, NONE, 0),
            (93, Click, 1, NONE, 0),
            (95, Listing, 0, NONE, 1),
            (96, Click, NONE, 0, 1),
            (97, Click, NONE, NONE, 1),
            (110, Click, NONE, 1, 2),
            (10, Click, 0, NONE, 3),
        ] {
            log.touches.push(Touch { partner, channel, customer, ..Touch::new(day(at), kind) });
        }
        log.touches.push(Touch { partner: 1, customer: 1, mark: Mark::Bot, ..Touch::new(day(96), Click) });
        let step = |at, kind, customer| Milestone { at: day(at), kind, customer, opportunity: 0 };
        log.milestones.push(step(98, MilestoneKind::OpportunityOpened, 1));
        log.milestones.push(step(99, MilestoneKind::OpportunityLost, 1));
        log.revenue.push(RevenueRow::new(day(100), RevenueKind::New, 0, 10_000));
        log.revenue.push(RevenueRow { refunds: 0, ..RevenueRow::new(day(105), RevenueKind::Refund, 0, 2_000) });
        log.revenue.push(RevenueRow::new(day(101), RevenueKind::New, 3, 5_000));
        assert_eq!(log.check(), Ok(()));
        log
    }

    fn question(from: u32, until: u32) -> Question {
        Question {
            partner: None,
            currency: 0,
            policies: Policies::default(),
            period: Period { from: day(from), until: day(until) },
            zone: Zone::UTC,
            now: day(120),
        }
    }

    fn judged(log: &Log, question: &Question) -> Ways {
        let mut ways = Ways::find(log, question);
        let journeys = Journeys::build(log);
        while !ways.judge(log, &journeys, question, 1) {}
        ways
    }

    /// Name of the steps, how many went so, won, lost, revenue, median days.
    type Found = (String, usize, u64, u64, i64, Option<i64>);

    fn found(log: &Log, ways: &Ways, sought: Sought) -> Vec<Found> {
        let name = |step: &Step| step.name(log, |partner| log.partners[partner as usize].name.as_deref().unwrap_or(""));
        let line = |s: &Sequence| {
            let steps = s.steps.iter().map(name).collect::<Vec<_>>().join(">");
            (steps, s.ways.len(), s.won, s.lost, s.revenue, s.time.map(|time| time / i64::from(DAY)))
        };
        ways.sequences(log, &sought).iter().map(line).collect()
    }

    #[test]
    fn ways_are_told_by_party_kind_and_channel() {
        let log = log();
        let ways = judged(&log, &question(0, 200));
        let of = |steps| found(&log, &ways, Sought { steps, ..Sought::default() });
        let line = |name: &str, won, lost, revenue, time| (name.to_owned(), 1, won, lost, revenue, time);
        assert_eq!(
            of(Steps::Parties),
            [
                line("A>B", 1, 0, 8_000, Some(10)),
                // A channel that is called so and none that is told are one.
                line("A>direct", 0, 1, 0, None),
                line("search", 0, 0, 0, None)
            ]
        );
        let two = ("click".to_owned(), 2, 1, 0, 8_000, Some(10));
        assert_eq!(of(Steps::Kinds), [two, line("listing>click", 0, 1, 0, None)]);
        let channels = ["search", "partner", "partner>direct"];
        assert_eq!(of(Steps::Channels).iter().map(|found| found.0.as_str()).collect::<Vec<_>>(), channels);
        // Who was won after a touch outside the window is in no sequence, and is told.
        assert_eq!(ways.untouched(), 1);
    }

    #[test]
    fn ways_are_sought_by_partner_end_kind_and_length() {
        let log = log();
        let ways = judged(&log, &question(0, 200));
        let names = |sought| found(&log, &ways, sought).into_iter().map(|found| found.0).collect::<Vec<_>>();
        let all = Sought::default();
        assert_eq!(names(Sought { partner: Some(1), ..all }), ["A>B"]);
        assert_eq!(names(Sought { partner: Some(0), ..all }), ["A>B", "A>direct"]);
        assert_eq!(names(Sought { end: Some(End::Lost), ..all }), ["A>direct"]);
        assert_eq!(names(Sought { end: Some(End::Open), ..all }), ["search"]);
        assert_eq!(names(Sought { kind: Some(Listing), ..all }), ["A>direct"]);
        assert_eq!(names(Sought { length: Some(1), ..all }), ["search"]);
        assert!(names(Sought { length: Some(MANY), ..all }).is_empty());
    }

    #[test]
    fn a_period_has_the_deals_that_ended_in_it_and_those_that_were_open_at_its_end() {
        let log = log();
        let ends = |from, until| {
            let ways = judged(&log, &question(from, until));
            ways.all().iter().map(|way| (way.customer, way.end)).collect::<Vec<_>>()
        };
        let open = |customer| (customer, End::Open);
        assert_eq!(ends(0, 98), [0, 3, 1, 2].map(open));
        assert_eq!(ends(99, 100), [open(0), (1, End::Lost), open(3), open(2)]);
        // What ended before the period is not of it.
        assert_eq!(ends(101, 200), [(3, End::Won), open(2)]);
    }
}
