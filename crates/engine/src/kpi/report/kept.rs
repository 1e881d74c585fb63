//! What answers to questions that differ by their models or their period have in common.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use super::Question;
use crate::{
    credit::{Cases, Credits},
    journey::Journeys,
    log::Log,
    period::Zone,
    policy::Policies,
    time::Month,
};

/// What does not follow from the models, and what was computed for each of them so far. It serves questions about one
/// partner whose policies count touches alike.
#[derive(Debug)]
pub(super) struct Kept {
    partner: Option<u32>,
    zone: Zone,
    /// By row of revenue, its month in that zone.
    months: Vec<Month>,
    /// The touches that count, once a model was asked for; `None` where gathering them anew costs nothing.
    cases: OnceLock<Option<Cases<'static>>>,
    /// By policies, what each row of revenue earned.
    earned: Mutex<Vec<(Policies, Arc<[i64]>)>>,
}

impl Kept {
    pub(super) fn of(log: &Log, question: &Question) -> Self {
        let Question { partner, zone, .. } = question;
        Self {
            partner: *partner,
            zone: zone.clone(),
            months: log.revenue.at.iter().map(|at| zone.day(*at).month()).collect(),
            cases: OnceLock::new(),
            earned: Mutex::default(),
        }
    }

    /// Whether it serves a question whose policies count touches like those of the questions before.
    pub(super) fn serves(&self, question: &Question) -> bool {
        self.partner == question.partner && self.zone == question.zone
    }

    /// The month of a row of revenue.
    pub(super) fn month(&self, row: usize) -> Month {
        self.months[row]
    }

    /// What each row of revenue earned the partner, or all of them; computed once for each policies.
    pub(super) fn earned(&self, log: &Log, journeys: &Journeys, policies: &Policies) -> Arc<[i64]> {
        let known = || self.earned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, earned)) = known().iter().find(|(asked, _)| asked == policies) {
            return Arc::clone(earned);
        }
        let credits = self.credits(log, journeys, policies);
        let rows = 0..log.revenue.len();
        let earned: Arc<[i64]> = rows.map(|row| credits.earned(log, row, self.partner)).collect();
        known().push((policies.clone(), Arc::clone(&earned)));
        earned
    }

    /// What every touch earned.
    pub(super) fn credits(&self, log: &Log, journeys: &Journeys, policies: &Policies) -> Credits {
        Credits::divide(log, journeys, &self.cases(log, journeys, policies), policies)
    }

    /// The touches that count.
    pub(super) fn cases<'a>(&'a self, log: &Log, journeys: &'a Journeys, policies: &Policies) -> Cow<'a, Cases<'a>> {
        let gather = || Cases::gather(log, journeys, policies);
        match self.cases.get_or_init(|| gather().kept()) {
            Some(cases) => Cow::Borrowed(cases),
            None => Cow::Owned(gather()),
        }
    }
}
