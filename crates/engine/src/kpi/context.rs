//! What every definition is asked with: the facts, prepared once, and whose figure is wanted for when.

use crate::{
    classify::{Class, Classes},
    commission::Terms,
    credit::Credits,
    figure::Unit,
    journey::Journeys,
    kpi::Measure,
    log::{Log, NONE},
    money::Currency,
    period::{Grain, Period, Zone},
    policy::Policies,
    time::{Day, Time},
};

/// Whose figure: facts of other partners, links, campaigns and integrations are left out. What a fact does not carry
/// does not exclude it: a churn has no link, so it is left out when a link is asked for only where the definition
/// says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subject {
    /// Row of [`Log::partners`].
    pub partner: Option<u32>,
    /// Row of [`Log::groups`]: partners whose latest `partner.joined` names it.
    pub group: Option<u32>,
    /// Row of [`Log::links`].
    pub link: Option<u32>,
    /// Row of [`Log::campaigns`].
    pub campaign: Option<u32>,
    /// Row of [`Log::integrations`].
    pub integration: Option<u32>,
}

/// A question to the catalogue, with everything that definitions share computed once.
#[derive(Debug)]
pub struct Context<'a> {
    /// The facts.
    pub log: &'a Log,
    /// Touches by customer.
    pub journeys: &'a Journeys,
    /// Classes of every amount.
    pub classes: &'a Classes,
    /// Credits of every amount.
    pub credits: &'a Credits,
    /// The program's rules.
    pub policies: &'a Policies,
    /// The program's terms of commission.
    pub terms: &'a Terms,
    /// Whose.
    pub subject: Subject,
    /// When.
    pub period: Period,
    /// How the period was cut, for comparisons with the one before.
    pub grain: Grain,
    /// The program's time zone.
    pub zone: &'a Zone,
    /// Row of [`Log::currencies`]; money of others is left out.
    pub currency: u32,
    /// The present.
    pub now: Time,
    /// By partner, the group of the latest `partner.joined`, or [`NONE`].
    pub groups: Vec<u32>,
}

impl<'a> Context<'a> {
    /// By partner, the group of the latest `partner.joined`, or [`NONE`].
    #[must_use]
    pub fn groups_of(log: &Log) -> Vec<u32> {
        let mut groups = vec![(Time(0), NONE); log.partners.len()];
        for row in log.joins.iter() {
            let slot = &mut groups[row.partner as usize];
            if row.at >= slot.0 {
                *slot = (row.at, row.group);
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// The unit of a measure.
    #[must_use]
    pub fn unit(&self, measure: Measure) -> Unit {
        measure.unit(self.log.currencies.get(self.currency as usize).copied().unwrap_or(Currency::USD))
    }

    /// The same question for another period.
    #[must_use]
    pub fn during(&self, period: Period) -> Context<'a> {
        Context { period, groups: self.groups.clone(), ..*self }
    }

    /// The same question about somebody else.
    #[must_use]
    pub fn about(&self, subject: Subject) -> Context<'a> {
        Context { subject, groups: self.groups.clone(), ..*self }
    }

    /// Whether facts of a partner are asked for; those of nobody only where no partner or group is.
    #[must_use]
    pub fn is_mine(&self, partner: u32) -> bool {
        let group = || self.groups.get(partner as usize).copied().unwrap_or(NONE);
        self.subject.partner.is_none_or(|p| p == partner) && self.subject.group.is_none_or(|g| g == group())
    }

    /// Partners who are asked for.
    pub fn partners(&self) -> impl Iterator<Item = u32> {
        (0..self.log.partners.len() as u32).filter(|partner| self.is_mine(*partner))
    }

    /// The name of a partner as far as the reader may know it.
    #[must_use]
    pub fn partner_name(&self, partner: u32) -> &'a str {
        let name = self.log.partners.get(partner as usize).and_then(|party| party.name.as_deref());
        name.unwrap_or("Another partner")
    }

    /// The period of the calendar that is asked for: the question's, where it is one, or else that which holds its end.
    #[must_use]
    pub fn calendar(&self) -> Period {
        let own = self.zone.period(self.period.from, self.grain);
        if own == self.period { own } else { self.zone.period(self.end(), self.grain) }
    }

    /// The last second of the period that is not in the future.
    #[must_use]
    pub fn end(&self) -> Time {
        Time(self.period.until.0.saturating_sub(1)).min(self.now)
    }

    /// The days of the period, for facts that are kept by UTC day ([`Zone::days`]).
    #[must_use]
    pub fn days(&self) -> core::ops::Range<Day> {
        self.zone.days(self.period)
    }

    /// Whether an integration is asked for, by itself or by its partner; the program's own only where no partner or
    /// group is.
    #[must_use]
    pub fn is_my_integration(&self, integration: u32) -> bool {
        let owner = self.log.integrations.get(integration as usize).map_or(NONE, |row| row.partner);
        self.subject.integration.is_none_or(|i| i == integration) && self.is_mine(owner)
    }

    /// Whether a touch is asked for: by partner, group, link and campaign, whenever it was.
    #[must_use]
    pub fn is_my_touch(&self, touch: u32) -> bool {
        let (t, i) = (&self.log.touches, touch as usize);
        self.is_mine(t.partner[i])
            && self.subject.link.is_none_or(|link| link == t.link[i])
            && self.subject.campaign.is_none_or(|campaign| campaign == t.campaign[i])
    }

    /// Rows of revenue and refunds of the period in the currency that is asked for, whosever they are.
    pub fn revenue(&self) -> impl Iterator<Item = usize> {
        let r = &self.log.revenue;
        (0..r.len()).filter(|row| r.currency[*row] == self.currency && self.period.contains(r.at[*row]))
    }

    /// Whether a row of revenue has a class for whom is asked.
    #[must_use]
    pub fn has_class(&self, row: usize, class: Class) -> bool {
        let touches = self.classes.touches(row).iter();
        let mut classes = touches.filter(|(touch, _)| self.is_mine_with_a_partner(*touch)).map(|(_, class)| *class);
        let used = |usage: &u32| self.is_my_integration(self.log.usage.integration[*usage as usize]);
        classes.any(|c| c == class || class == Class::Influenced)
            || class == Class::Influenced
                && self.subject.link.is_none()
                && self.subject.campaign.is_none()
                && self.classes.usage(row).iter().any(used)
    }

    /// Whether a touch is asked for and a partner's.
    #[must_use]
    pub fn is_mine_with_a_partner(&self, touch: u32) -> bool {
        self.log.touches.partner[touch as usize] != NONE && self.is_my_touch(touch)
    }

    /// Minor units that a row of revenue credits to whom is asked.
    #[must_use]
    pub fn earned(&self, row: usize) -> i64 {
        let lines = self.credits.of(row).iter();
        lines.filter(|line| self.is_mine_with_a_partner(line.touch)).map(|line| line.amount).sum()
    }

    /// The partner who sourced a customer, if that is asked for.
    #[must_use]
    pub fn sourced_by(&self, customer: u32) -> Option<u32> {
        let touch = self.classes.sourcing_touch(customer)?;
        self.is_mine_with_a_partner(touch).then(|| self.log.touches.partner[touch as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    #[test]
    fn days_of_utc_fall_into_one_period_of_the_calendar() {
        // Five hours behind UTC: March begins at 05:00Z.
        let zone = Zone::new(vec![(Time(0), -18_000)]);
        let log = Log::default();
        let context = Context {
            log: &log,
            journeys: &Journeys::default(),
            classes: &Classes::compute(&log, &Journeys::default(), &Policies::default()),
            credits: &Credits::default(),
            policies: &Policies::default(),
            terms: &Terms::default(),
            subject: Subject::default(),
            period: zone.period(Time(Day::of(2026, 3, 15).0 * DAY), Grain::Month),
            grain: Grain::Month,
            zone: &zone,
            currency: 0,
            now: Time(u32::MAX),
            groups: Vec::new(),
        };
        assert_eq!(context.days(), Day::of(2026, 3, 1)..Day::of(2026, 4, 1));
        assert_eq!(context.calendar(), context.period);
        assert_eq!(context.end(), Time(context.period.until.0 - 1));
        // A period that begins at noon leaves that day to the one before it, and has no calendar of its own.
        let noon = Time(context.period.from.0 + DAY / 2);
        let odd = context.during(Period { from: noon, ..context.period });
        assert_eq!(odd.days(), Day::of(2026, 3, 2)..Day::of(2026, 4, 1));
        assert_eq!(odd.calendar(), context.period);
        assert_eq!(context.during(Period::ALWAYS).days().start, Day(0));
    }
}
