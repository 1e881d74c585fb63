//! The touches that count for each sale: gathered once, weighed by as many models as are asked.

use core::ops::Range;
use std::{borrow::Cow, sync::OnceLock};

use super::{Case, Dimension};
use crate::{
    fact::RevenueKind,
    journey::{Journeys, Note, is_contested, judge},
    log::Log,
    parallel,
    policy::Policies,
    time::{Time, Window},
};

/// The fewest sales that are worth a thread of their own.
const GATHERED: usize = 1 << 12;

/// The counted touches of each row of revenue, in time order; none for refunds, which are judged as their sale.
#[derive(Debug, Clone)]
pub struct Cases<'a> {
    /// Rows of sales for which a touch counts, with where their touches stand below.
    rows: Vec<(u32, u32, u32)>,
    touches: Cow<'a, [u32]>,
    times: Cow<'a, [Time]>,
    /// Where `touches` are theirs.
    journeys: Option<&'a Journeys>,
    /// By dimension, once somebody asked.
    units: [OnceLock<Vec<u32>>; Dimension::ALL.len()],
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
        let stretch = |(row, at, window): (u32, Time, Window)| {
            let range = journeys.stretch(log.revenue.customer[row as usize], at, window);
            (!range.is_empty()).then_some((row, range.start as u32, range.end as u32))
        };
        let rows = parallel::map(&parallel::pieces(log.revenue.len(), GATHERED), |rows| {
            sales(log, policies, rows.clone()).filter_map(stretch).collect::<Vec<_>>()
        });
        let rows = rows.concat();
        let (touches, times) = (Cow::Borrowed(touches), Cow::Borrowed(times));
        Self { rows, touches, times, journeys: Some(journeys), units: Default::default() }
    }

    fn judged(log: &Log, journeys: &Journeys, policies: &Policies) -> Self {
        let (mut rows, mut touches, mut times) = (Vec::new(), Vec::new(), Vec::new());
        let (all, at_all) = journeys.all();
        for (row, at, window) in sales(log, policies, 0..log.revenue.len()) {
            let range = journeys.stretch(log.revenue.customer[row as usize], at, window);
            let (start, policy) = (touches.len(), policies.at(at));
            let (journey, at_journey, notes) = (&all[range.clone()], &at_all[range.clone()], journeys.notes(range));
            let mut take = |counts: &mut dyn FnMut(usize) -> bool| {
                for i in (0..journey.len()).filter(|i| counts(*i)) {
                    touches.push(journey[i]);
                    times.push(at_journey[i]);
                }
            };
            // In few stretches partners disagree, and in most of the others nothing was set aside: those are copied whole.
            if policy.collapse > 0 || notes.contains(&Note::Overruling) {
                let verdicts = judge(log, journey, at, policy, window);
                take(&mut |i| verdicts[i].is_ok());
            } else if notes.contains(&Note::SetAside) {
                take(&mut |i| notes[i] != Note::SetAside);
            } else {
                touches.extend_from_slice(journey);
                times.extend_from_slice(at_journey);
            }
            if start < touches.len() {
                rows.push((row, start as u32, touches.len() as u32));
            }
        }
        let (touches, times) = (Cow::Owned(touches), Cow::Owned(times));
        Self { rows, touches, times, journeys: None, units: Default::default() }
    }

    /// The same for as long as anybody likes; `None` where nothing was copied, so that gathering anew costs next to nothing.
    #[must_use]
    pub fn kept(self) -> Option<Cases<'static>> {
        match (self.touches, self.times) {
            (Cow::Owned(touches), Cow::Owned(times)) => {
                let (touches, times) = (Cow::Owned(touches), Cow::Owned(times));
                Some(Cases { rows: self.rows, touches, times, journeys: None, units: self.units })
            }
            _ => None,
        }
    }

    /// Every sale for which a touch counts, by row.
    pub fn iter(&self, log: &Log) -> impl Iterator<Item = Case<'_>> {
        self.rows.iter().map(|row| self.of(log, *row))
    }

    /// Stretches of [`Cases::iter`] that may be gone through side by side.
    pub(super) fn pieces<'c>(&'c self, log: &'c Log) -> Vec<impl Iterator<Item = Case<'c>> + Clone> {
        let cases = |rows: Range<usize>| self.rows[rows].iter().map(|row| self.of(log, *row));
        parallel::pieces(self.rows.len(), GATHERED).into_iter().map(cases).collect()
    }

    fn of(&self, log: &Log, (row, start, end): (u32, u32, u32)) -> Case<'_> {
        let range = start as usize..end as usize;
        Case {
            row,
            at: log.revenue.at[row as usize],
            cases: self,
            first: range.start,
            touches: &self.touches[range.clone()],
            times: &self.times[range],
        }
    }

    /// The case of a row; `None` where nothing counts for it.
    #[must_use]
    pub fn case(&self, log: &Log, row: u32) -> Option<Case<'_>> {
        let i = self.rows.binary_search_by_key(&row, |(row, ..)| *row).ok()?;
        Some(self.of(log, self.rows[i]))
    }

    /// The most touches that count for one sale.
    pub(super) fn longest(&self) -> usize {
        self.rows.iter().map(|(_, start, end)| end - start).max().unwrap_or(0) as usize
    }

    /// What the touches of all cases carry, and maybe of others between: a case says where its own begin. One that carries
    /// nothing has the number behind the last. It is looked up once, for as many models as are asked.
    pub(super) fn units(&self, log: &Log, by: Dimension) -> &[u32] {
        self.units[by as usize].get_or_init(|| {
            let none = by.len(log) as u32;
            let Some(column) = by.column(log).told() else { return vec![none; self.touches.len()] };
            let mut units = if by == Dimension::Listing {
                let listings: Vec<u32> = (0..column.len() as u32).map(|touch| by.of(log, touch)).collect();
                self.arrange(&listings)
            } else {
                self.arrange(column)
            };
            for unit in &mut units {
                *unit = (*unit).min(none);
            }
            units
        })
    }

    fn arrange(&self, column: &[u32]) -> Vec<u32> {
        match self.journeys {
            Some(journeys) => journeys.arrange(0, |touch| column[touch]),
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

/// Rows of sales among those given, with their time and the window that judges them.
fn sales(log: &Log, policies: &Policies, rows: Range<usize>) -> impl Iterator<Item = (u32, Time, Window)> {
    let r = &log.revenue;
    let sales = rows.filter(|row| r.kind[*row] != RevenueKind::Refund);
    sales.map(|row| (row as u32, r.at[row], policies.at(r.at[row]).rule(r.kind[row]).window))
}
