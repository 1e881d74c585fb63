//! The touches that count for each sale: gathered once, weighed by as many models as are asked.

use std::borrow::Cow;

use super::Case;
use crate::{
    fact::RevenueKind,
    journey::{Journeys, is_contested, judge},
    log::Log,
    policy::Policies,
    time::{Time, Window},
};

/// The counted touches of each row of revenue, in time order; none for refunds, which are judged as their sale.
#[derive(Debug, Clone)]
pub struct Cases<'a> {
    /// Rows of sales for which a touch counts, with where their touches stand below.
    rows: Vec<(u32, u32, u32)>,
    touches: Cow<'a, [u32]>,
    times: Cow<'a, [Time]>,
    /// Where `touches` are theirs.
    journeys: Option<&'a Journeys>,
}

impl<'a> Cases<'a> {
    /// Gathers what counts under the policies' windows, claims and collapse of repeats. Models do not matter: cases serve
    /// every model.
    #[must_use]
    pub fn gather(log: &Log, journeys: &'a Journeys, policies: &Policies) -> Self {
        // In the common case the time alone decides, and what counts is a stretch of the journey: nothing is copied.
        if journeys.all_counted() && !policies.versions().iter().any(|policy| is_contested(log, policy)) {
            Self::stretches(log, journeys, policies)
        } else {
            Self::judged(log, journeys, policies)
        }
    }

    fn stretches(log: &Log, journeys: &'a Journeys, policies: &Policies) -> Self {
        let (touches, times) = journeys.all();
        let mut rows = Vec::with_capacity(log.revenue.len());
        for (row, at, window) in sales(log, policies) {
            let range = journeys.range(log.revenue.customer[row as usize]);
            let mut start = range.start;
            while start < range.end && at.0.saturating_sub(times[start].0) > window.seconds() {
                start += 1;
            }
            let mut end = range.end;
            while end > start && times[end - 1] > at {
                end -= 1;
            }
            if start < end {
                rows.push((row, start as u32, end as u32));
            }
        }
        Self { rows, touches: Cow::Borrowed(touches), times: Cow::Borrowed(times), journeys: Some(journeys) }
    }

    fn judged(log: &Log, journeys: &Journeys, policies: &Policies) -> Self {
        let (mut rows, mut touches, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for (row, at, window) in sales(log, policies) {
            let journey = journeys.of(log.revenue.customer[row as usize]);
            let start = touches.len();
            let verdicts = judge(log, journey, at, policies.at(at), window);
            touches
                .extend(journey.iter().zip(verdicts).filter(|(_, verdict)| verdict.is_ok()).map(|(touch, _)| *touch));
            times.extend(touches[start..].iter().map(|touch| log.touches.at[*touch as usize]));
            if start < touches.len() {
                rows.push((row, start as u32, touches.len() as u32));
            }
        }
        Self { rows, touches: Cow::Owned(touches), times: Cow::Owned(times), journeys: None }
    }

    fn slices(&self, start: u32, end: u32) -> (&[u32], &[Time]) {
        let range = start as usize..end as usize;
        (&self.touches[range.clone()], &self.times[range])
    }

    /// Every sale for which a touch counts, by row.
    pub fn iter(&self, log: &Log) -> impl Iterator<Item = Case<'_>> {
        self.rows.iter().map(move |(row, start, end)| {
            let (touches, times) = self.slices(*start, *end);
            Case { row: *row, at: log.revenue.at[*row as usize], first: *start as usize, touches, times }
        })
    }

    /// The case of a row; `None` where nothing counts for it.
    #[must_use]
    pub fn case(&self, log: &Log, row: u32) -> Option<Case<'_>> {
        let i = self.rows.binary_search_by_key(&row, |(row, ..)| *row).ok()?;
        let (_, start, end) = self.rows[i];
        let (touches, times) = self.slices(start, end);
        Some(Case { row, at: log.revenue.at[row as usize], first: start as usize, touches, times })
    }

    /// The most touches that count for one sale.
    pub(super) fn longest(&self) -> usize {
        self.rows.iter().map(|(_, start, end)| end - start).max().unwrap_or(0) as usize
    }

    /// A column of the log by touch of all cases, and maybe of others between: a case says where its own begin.
    pub(super) fn arrange(&self, column: &[u32]) -> Vec<u32> {
        match self.journeys {
            Some(journeys) => journeys.arrange(column),
            None => self.touches.iter().map(|touch| column[*touch as usize]).collect(),
        }
    }

    /// How many sales have a touch that counts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Rows of sales with their time and the window that judges them.
fn sales(log: &Log, policies: &Policies) -> impl Iterator<Item = (u32, Time, Window)> {
    let r = &log.revenue;
    let sales = (0..r.len()).filter(|row| r.kind[*row] != RevenueKind::Refund);
    sales.map(|row| (row as u32, r.at[row], policies.at(r.at[row]).rule(r.kind[row]).window))
}
