//! How a win is a partner's: sourced, assisted, influenced (the catalogue of figures, first table).
//!
//! * **Sourced**: no opportunity existed; the partner's touch came first, within the window for new business, before the
//!   lead was created. It belongs to the customer, so every amount of a sourced customer is sourced revenue. Where no lead
//!   was recorded, the first opportunity or the first revenue stands for it.
//! * **Assisted**: the deal's opportunity (the one that the amount names, or else the last opened before it) existed; the
//!   partner then took a recorded part (introduction, co-sell, deal
//!   registration) before the close. Counts for new business and expansion.
//! * **Influenced**: any touch of the partner in the window before the close, or that made the amount sourced or assisted, or
//!   the customer used the partner's integration at the close: so sourced and assisted are parts of influenced.
//!
//! The policy's order of precedence and its collapse of repeats decide who sources, as they decide credit; influence asks only
//! whether the partner was there.

use crate::{
    fact::{Mark, MilestoneKind, RevenueKind},
    holding::{holdings, of_customer},
    journey::{Journeys, is_contested, judge, verdict},
    log::{Log, NONE},
    policy::Policies,
    steps::Milestones,
    time::Time,
};

/// How a win is a partner's, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The partner brought it.
    Sourced,
    /// The partner helped to close it.
    Assisted,
    /// The partner was seen on the way.
    Influenced,
}

impl Class {
    /// The name on a page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Sourced => "Sourced",
            Self::Assisted => "Assisted",
            Self::Influenced => "Influenced",
        }
    }
}

/// The classes of a log under a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes {
    /// By customer: the touch that sourced it, or [`NONE`].
    sourced: Vec<u32>,
    /// By row of revenue: the touches that make it somebody's.
    influence: Vec<Vec<(u32, Class)>>,
    /// By row of revenue: rows of [`crate::log::Usage`] that show that a partner's integration was in use.
    usage: Vec<Vec<u32>>,
}

impl Classes {
    /// Classifies every customer and every row of revenue.
    #[must_use]
    pub fn compute(log: &Log, journeys: &Journeys, policies: &Policies) -> Self {
        let starts = Starts::of(log);
        let contested = policies.versions().iter().any(|policy| is_contested(log, policy));
        let sourced: Vec<u32> = (0..log.customers.len() as u32)
            .map(|customer| sourcing_touch(log, journeys, policies, &starts, contested, customer))
            .collect();
        let revenue = &log.revenue;
        // A refund is judged as the sale that it takes back.
        let judged = |row: usize| if revenue.refunds[row] == NONE { row } else { revenue.refunds[row] as usize };
        let deals = Milestones::of(log);
        let influence = (0..revenue.len())
            .map(|row| influence_of(log, journeys, policies, &deals, &sourced, judged(row)))
            .collect();
        let of_partner = |integration: u32| log.integrations[integration as usize].partner != NONE;
        let held = holdings(log, &of_partner);
        let in_use = |row: usize| {
            let held = of_customer(&held, revenue.customer[row]).iter();
            held.filter(|held| held.is_at(revenue.at[row])).map(|held| held.row as u32).collect()
        };
        let usage = (0..revenue.len()).map(|row| in_use(judged(row))).collect();
        Self { sourced, influence, usage }
    }

    /// The touch that sourced a customer, if a partner did.
    #[must_use]
    pub fn sourcing_touch(&self, customer: u32) -> Option<u32> {
        self.sourced.get(customer as usize).copied().filter(|touch| *touch != NONE)
    }

    /// The partner who sourced a customer.
    #[must_use]
    pub fn sourced_by(&self, log: &Log, customer: u32) -> Option<u32> {
        self.sourcing_touch(customer).map(|touch| log.touches.partner[touch as usize])
    }

    /// Touches that make a row of revenue somebody's, each with the class that it gives.
    #[must_use]
    pub fn touches(&self, row: usize) -> &[(u32, Class)] {
        self.influence.get(row).map_or(&[], Vec::as_slice)
    }

    /// Rows of [`crate::log::Usage`] that show that a partner's integration was in use at the close, which makes the row
    /// influenced: for each integration since when the customer had it.
    #[must_use]
    pub fn usage(&self, row: usize) -> &[u32] {
        self.usage.get(row).map_or(&[], Vec::as_slice)
    }

    /// The strongest class of a row for a partner; for `None`, of any partner.
    #[must_use]
    pub fn of(&self, log: &Log, row: usize, partner: Option<u32>) -> Option<Class> {
        self.classes(log, row, partner).min()
    }

    /// Whether a row has a class for a partner; for `None`, for any partner. Sourced and assisted are also influenced.
    #[must_use]
    pub fn is(&self, log: &Log, row: usize, partner: Option<u32>, class: Class) -> bool {
        self.classes(log, row, partner).any(|c| c == class || class == Class::Influenced)
    }

    fn classes(&self, log: &Log, row: usize, partner: Option<u32>) -> impl Iterator<Item = Class> {
        let mine = move |touch: u32| partner.is_none_or(|p| log.touches.partner[touch as usize] == p);
        let used = move |usage: u32| {
            let integration = log.usage.integration[usage as usize];
            partner.is_none_or(|p| log.integrations[integration as usize].partner == p)
        };
        let touches = self.touches(row).iter().filter(move |(touch, _)| mine(*touch)).map(|(_, class)| *class);
        touches.chain(self.usage(row).iter().filter(move |usage| used(**usage)).map(|_| Class::Influenced))
    }
}

/// When each customer became a lead, and when the first opportunity was opened.
struct Starts {
    lead: Vec<Option<Time>>,
    opportunity: Vec<Option<Time>>,
}

impl Starts {
    fn of(log: &Log) -> Self {
        let none = vec![None; log.customers.len()];
        let (mut created, mut opened, mut first) = (none.clone(), none.clone(), none);
        let earliest = |slot: &mut Option<Time>, at: Time| *slot = Some(slot.map_or(at, |t: Time| t.min(at)));
        let m = &log.milestones;
        for i in 0..m.at.len() {
            let customer = m.customer[i] as usize;
            earliest(&mut first[customer], m.at[i]);
            match m.kind[i] {
                MilestoneKind::LeadCreated => earliest(&mut created[customer], m.at[i]),
                MilestoneKind::OpportunityOpened => earliest(&mut opened[customer], m.at[i]),
                _ => {}
            }
        }
        for row in 0..log.revenue.len() {
            earliest(&mut first[log.revenue.customer[row] as usize], log.revenue.at[row]);
        }
        let lead = created.into_iter().zip(first).map(|(created, first)| created.or(first)).collect();
        Self { lead, opportunity: opened }
    }
}

fn sourcing_touch(
    log: &Log,
    journeys: &Journeys,
    policies: &Policies,
    starts: &Starts,
    contested: bool,
    customer: u32,
) -> u32 {
    let Some(lead) = starts.lead[customer as usize] else { return NONE };
    let opened = starts.opportunity[customer as usize];
    let policy = policies.at(lead);
    let window = policy.new.window;
    let journey = journeys.of(customer);
    let first = if contested {
        let verdicts = judge(log, journey, lead, policy, window);
        journey.iter().zip(verdicts).find(|(_, verdict)| verdict.is_ok()).map(|(touch, _)| *touch)
    } else {
        let counts = |touch: &u32, at: &Time| verdict(log.touches.mark[*touch as usize], *at, lead, window).is_ok();
        journey.iter().zip(journeys.times(customer)).find(|(touch, at)| counts(touch, at)).map(|(touch, _)| *touch)
    };
    match first {
        Some(touch) => {
            let i = touch as usize;
            let before = opened.is_none_or(|opened| log.touches.at[i] <= opened);
            if before && log.touches.partner[i] != NONE { touch } else { NONE }
        }
        None => NONE,
    }
}

fn influence_of(
    log: &Log,
    journeys: &Journeys,
    policies: &Policies,
    deals: &Milestones,
    sourced: &[u32],
    row: usize,
) -> Vec<(u32, Class)> {
    let (revenue, touches) = (&log.revenue, &log.touches);
    let (customer, close) = (revenue.customer[row], revenue.at[row]);
    let window = policies.at(close).rule(revenue.kind[row]).window;
    let opened = deals.of_sale(log, row as u32).opportunity;
    let helps = revenue.kind[row] == RevenueKind::New || revenue.kind[row].expands();
    let class = |touch: u32| {
        let i = touch as usize;
        let part = touches.kind[i].assists() && touches.mark[i] == Mark::Counted && touches.at[i] <= close;
        if touches.partner[i] == NONE {
            None
        } else if touch == sourced[customer as usize] {
            Some(Class::Sourced)
        } else if helps && part && opened.is_some_and(|opened| opened <= touches.at[i]) {
            Some(Class::Assisted)
        } else {
            verdict(touches.mark[i], touches.at[i], close, window).ok().map(|()| Class::Influenced)
        }
    };
    journeys.of(customer).iter().filter_map(|touch| Some((*touch, class(*touch)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fact::TouchKind,
        log::{Milestone, Party, RevenueRow, Touch},
        money::Currency,
        time::DAY,
    };
    use Class::{Assisted, Influenced, Sourced};
    use MilestoneKind::{LeadCreated, OpportunityOpened};
    use TouchKind::{Click, CoSell};

    /// What a sale is to partner `of`, from touches (day, kind, partner) and milestones (day, kind) of its customer.
    fn classes(touches: &[(u32, TouchKind, u32)], steps: &[(u32, MilestoneKind)], sale: u32, of: u32) -> Vec<Class> {
        let mut log = Log {
            partners: vec![Party { id: None, name: None }; 3],
            customers: vec![String::new()],
            currencies: vec![Currency::USD],
            ..Log::default()
        };
        let at = |day: u32| Time(day * DAY);
        for (day, kind, partner) in touches {
            log.touches.push(Touch { partner: *partner, customer: 0, ..Touch::new(at(*day), *kind) });
        }
        for (day, kind) in steps {
            log.milestones.push(Milestone { at: at(*day), kind: *kind, customer: 0, opportunity: NONE });
        }
        log.revenue.push(RevenueRow::new(at(sale), RevenueKind::New, 0, 100));
        assert_eq!(log.check(), Ok(()));
        let journeys = Journeys::build(&log);
        let found = Classes::compute(&log, &journeys, &Policies::default());
        [Sourced, Assisted, Influenced].into_iter().filter(|class| found.is(&log, 0, Some(of), *class)).collect()
    }

    #[test]
    fn the_first_touch_before_the_lead_sources_and_the_next_influences() {
        let touches = [(100, Click, 0), (101, Click, 1)];
        let steps = [(102, LeadCreated), (103, OpportunityOpened)];
        assert_eq!(classes(&touches, &steps, 110, 0), [Sourced, Influenced]);
        assert_eq!(classes(&touches, &steps, 110, 1), [Influenced]);
        assert_eq!(classes(&touches, &steps, 110, 2), []);
        // Sourced is judged at the lead, so it stays when the sale is outside the window; the other touch no longer counts.
        assert_eq!(classes(&touches, &steps, 200, 0), [Sourced, Influenced]);
        assert_eq!(classes(&touches, &steps, 200, 1), []);
    }

    #[test]
    fn outside_the_window_or_with_an_opportunity_open_nobody_sources() {
        assert_eq!(classes(&[(100, Click, 0)], &[(130, LeadCreated)], 130, 0), [Sourced, Influenced]);
        assert_eq!(classes(&[(100, Click, 0)], &[(131, LeadCreated)], 131, 0), []);
        let steps = [(99, OpportunityOpened), (102, LeadCreated)];
        assert_eq!(classes(&[(100, Click, 0)], &steps, 110, 0), [Influenced]);
    }

    #[test]
    fn a_part_in_another_deal_does_not_assist() {
        // Opened on day 50, and anew on day 140: a part on day 60 belongs to the first, one on day 145 to the second.
        let steps = [(40, LeadCreated), (50, OpportunityOpened), (140, OpportunityOpened)];
        assert_eq!(classes(&[(60, CoSell, 0)], &steps, 150, 0), []);
        assert_eq!(classes(&[(145, CoSell, 0)], &steps, 200, 0), [Assisted, Influenced]);
    }

    #[test]
    fn a_recorded_part_in_an_open_deal_assists_also_beyond_the_window() {
        let steps = [(100, LeadCreated), (103, OpportunityOpened)];
        assert_eq!(classes(&[(105, CoSell, 0)], &steps, 150, 0), [Assisted, Influenced]);
        assert_eq!(classes(&[(105, Click, 0)], &steps, 150, 0), []);
        assert_eq!(classes(&[(151, CoSell, 0)], &steps, 150, 0), []);
        assert_eq!(classes(&[(102, CoSell, 0)], &steps, 110, 0), [Influenced]);
    }
}
