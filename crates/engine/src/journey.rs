//! The touches of each customer in time order, and which of them count.
//!
//! Stitching: a touch that names its customer belongs to that customer. Any other touch belongs to the customer whom its
//! visitor turned out to be: the first identification at or after the touch, or else the last one before it. So a touch
//! belongs to one customer at the most, also where several share a device.

use std::collections::HashMap;

use crate::{
    fact::Mark,
    log::{Log, NONE},
    time::{Time, Window},
};

/// Touches by customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journeys {
    starts: Vec<u32>,
    touches: Vec<u32>,
    owner: Vec<u32>,
}

impl Journeys {
    /// Stitches a checked log.
    #[must_use]
    pub fn build(log: &Log) -> Self {
        let known = Known::of(log);
        let owner: Vec<u32> = (0..log.touches.len())
            .map(|i| match log.touches.customer[i] {
                NONE => known.customer(log.touches.visitor[i], log.touches.at[i]),
                customer => customer,
            })
            .collect();
        let mut starts = vec![0u32; log.customers.len() + 1];
        for customer in owner.iter().filter(|c| **c != NONE) {
            starts[*customer as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut touches = vec![0u32; starts.last().copied().unwrap_or(0) as usize];
        for (touch, customer) in owner.iter().enumerate().filter(|(_, c)| **c != NONE) {
            let slot = &mut next[*customer as usize];
            touches[*slot as usize] = touch as u32;
            *slot += 1;
        }
        let mut journeys = Self { starts, touches, owner };
        for customer in 0..log.customers.len() {
            let range = journeys.range(customer as u32);
            // Stable: touches of one second keep the order of the log.
            journeys.touches[range].sort_by_key(|touch| log.touches.at[*touch as usize]);
        }
        journeys
    }

    fn range(&self, customer: u32) -> core::ops::Range<usize> {
        let i = customer as usize;
        match self.starts.get(i..i + 2) {
            Some([start, end]) => *start as usize..*end as usize,
            _ => 0..0,
        }
    }

    /// All touches of a customer, counted or not, in time order.
    #[must_use]
    pub fn of(&self, customer: u32) -> &[u32] {
        &self.touches[self.range(customer)]
    }

    /// The customer of a touch, or [`NONE`] while nobody knows.
    #[must_use]
    pub fn owner(&self, touch: u32) -> u32 {
        self.owner.get(touch as usize).copied().unwrap_or(NONE)
    }
}

/// Identifications by visitor, in time order.
struct Known(HashMap<u32, Vec<(Time, u32)>>);

impl Known {
    fn of(log: &Log) -> Self {
        let ids = &log.identities;
        let mut by_visitor: HashMap<u32, Vec<(Time, u32)>> = HashMap::new();
        for i in 0..ids.at.len() {
            by_visitor.entry(ids.visitor[i]).or_default().push((ids.at[i], ids.customer[i]));
        }
        for list in by_visitor.values_mut() {
            list.sort_by_key(|(at, _)| *at);
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
}

impl Reason {
    /// The reason in words, for a page.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::OutsideWindow => "Outside the window",
            Self::AfterConversion => "After the conversion",
            Self::Marked(Mark::Counted) => "Counted",
            Self::Marked(Mark::Bot) => "A program, not a person",
            Self::Marked(Mark::Duplicate) => "A repeat within the hour",
            Self::Marked(Mark::Prefetch) => "Fetched ahead, not clicked",
            Self::Marked(Mark::SelfReferral) => "Partner and customer are one",
            Self::Marked(Mark::NoConsent) => "No consent",
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

/// Those of a journey's touches that count for a conversion, in time order.
pub fn counted<'a>(
    log: &'a Log,
    journey: &'a [u32],
    conversion: Time,
    window: Window,
) -> impl Iterator<Item = u32> + 'a {
    journey.iter().copied().filter(move |touch| {
        let i = *touch as usize;
        verdict(log.touches.mark[i], log.touches.at[i], conversion, window).is_ok()
    })
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
            log.touches.push(Touch {
                at: Time(*at),
                kind: TouchKind::Click,
                mark: Mark::Counted,
                partner: NONE,
                link: NONE,
                campaign: NONE,
                visitor: *visitor,
                customer: *customer,
            });
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
        assert_eq!(journeys.owner(3), NONE);
        assert_eq!(journeys.of(9), [] as [u32; 0]);
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
