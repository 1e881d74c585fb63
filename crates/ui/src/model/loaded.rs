//! A feed that is ready to be asked: stitched once, asked as often as a switch moves.

use std::collections::BTreeMap;

use engine::{
    credit::Model,
    journey::Journeys,
    kpi::{By, Deal, Pace, Question, Report, Results},
    log::{Log, Party},
    money::Currency,
    period::{Before, Grain, Period, Range},
    policy::Policies,
    time::{DAY, Month, Time},
};
use wire::feed::{Feed, Head, Reader};

use super::order::{descending_or_not, ranked};
use crate::filters::Filters;

/// A feed and its journeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// What the feed is about.
    pub head: Head,
    /// The facts.
    pub log: Log,
    /// The touches of each customer.
    pub journeys: Journeys,
    /// When the first fact happened.
    since: Option<Time>,
}

impl Loaded {
    /// Stitches a feed. The program's currency is among the currencies afterwards, so that a report has a unit before the
    /// first sale.
    #[must_use]
    pub fn new(feed: Feed) -> Self {
        let Feed { head, mut log } = feed;
        if log.currencies.is_empty() {
            log.currencies.push(head.program.currency);
        }
        let journeys = Journeys::build(&log);
        let days = log.clicks.day.iter().map(|day| Time(day.0.saturating_mul(DAY)));
        let times = log.touches.at.iter().chain(&log.milestones.at).chain(&log.revenue.at).copied();
        let since = times.chain(days).min();
        Self { head, log, journeys, since }
    }

    /// Whether nothing is recorded yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let log = &self.log;
        log.clicks.is_empty() && log.touches.is_empty() && log.milestones.at.is_empty() && log.revenue.is_empty()
    }

    /// When the first fact happened, if there is one.
    #[must_use]
    pub fn since(&self) -> Option<Time> {
        self.since
    }

    /// The present month, in the program's time zone.
    #[must_use]
    pub fn this_month(&self) -> Month {
        self.head.zone.day(self.head.now).month()
    }

    /// The name under which a partner is shown, if the reader may know it.
    #[must_use]
    pub fn name_of(&self, partner: Option<u32>) -> Option<&str> {
        self.log.partners.get(partner? as usize)?.name.as_deref()
    }

    /// The partner who reads, if it is one.
    #[must_use]
    pub fn reader(&self) -> Option<u32> {
        (self.head.reader == Reader::Partner && !self.log.partners.is_empty()).then_some(0)
    }

    /// The identifier of the partner who reads, if it is one.
    #[must_use]
    pub fn reader_id(&self) -> Option<&str> {
        self.log.partners.get(self.reader()? as usize)?.id.as_deref()
    }

    /// The partner whom a report is about: the reader, or whom the program asks for.
    #[must_use]
    pub fn partner(&self, filters: &Filters) -> Option<u32> {
        let asked = || {
            let id = filters.partner.as_deref()?;
            self.log.partners.iter().position(|party| party.id.as_deref() == Some(id)).map(|row| row as u32)
        };
        self.reader().or_else(asked)
    }

    /// The currency of a report: the one asked for if there is such revenue, else the program's, else the first.
    #[must_use]
    pub fn currency(&self, filters: &Filters) -> u32 {
        let find = |currency: Currency| self.log.currencies.iter().position(|c| *c == currency);
        let row = filters.currency.and_then(find).or_else(|| find(self.head.program.currency)).unwrap_or(0);
        row as u32
    }

    /// Whether a model may be asked for: what it takes from all journeys together, a partner's part of them cannot say.
    #[must_use]
    pub fn offers(&self, model: Model) -> bool {
        self.reader().is_none() || !model.is_data_driven()
    }

    /// The model that is asked for, if any.
    #[must_use]
    pub fn model(&self, filters: &Filters) -> Option<Model> {
        filters.model.filter(|model| self.offers(*model))
    }

    /// The rules of a report.
    #[must_use]
    pub fn policies(&self, filters: &Filters) -> Policies {
        self.head.policies.asked(self.model(filters), filters.window)
    }

    /// What the filters ask.
    fn question(&self, filters: &Filters) -> Question {
        Question {
            partner: self.partner(filters),
            currency: self.currency(filters),
            policies: self.policies(filters),
            period: filters.range.period(&self.head.zone, self.head.now),
            zone: self.head.zone.clone(),
            now: self.head.now,
        }
    }

    /// The figures that the filters ask for; `last` are those that other filters asked for of the same facts.
    #[must_use]
    pub fn report(&self, filters: &Filters, last: Option<&Report>) -> Report {
        self.report_under(filters, None, last)
    }

    /// The same under other policies than the program's, where there are some.
    #[must_use]
    pub fn report_under(&self, filters: &Filters, policies: Option<Policies>, last: Option<&Report>) -> Report {
        let mut question = self.question(filters);
        question.policies = policies.unwrap_or(question.policies);
        match last {
            Some(last) => last.again(&self.log, &self.journeys, &question),
            None => Report::compute(&self.log, &self.journeys, &question),
        }
    }

    /// The customers of a report.
    #[must_use]
    pub fn deals<'a>(&self, report: &'a Report) -> &'a [Deal] {
        report.deals(&self.log, &self.journeys)
    }

    /// The partner's goals. They are agreed in the program's currency and under its policy, whatever the reader asks.
    #[must_use]
    pub fn paces(&self, partner: Option<u32>) -> Vec<Pace> {
        if partner.is_none_or(|p| !self.log.goals.partner.contains(&p)) {
            return Vec::new();
        }
        let question = Question { partner, ..self.question(&Filters::default()) };
        Report::compute(&self.log, &self.journeys, &question).paces(&self.log)
    }

    /// Makes ready for a switch to another model.
    pub fn prepare(&self, report: &Report, filters: &Filters, model: Model) {
        let asked = self.head.policies.asked(Some(model), filters.window);
        report.prepare(&self.log, &self.journeys, &asked);
    }

    /// The same figures for another span; `last` are those of a span under other filters.
    #[must_use]
    pub fn during(&self, report: &Report, period: Period, last: Option<&Report>) -> Report {
        report.during(&self.log, period, last)
    }

    /// What the figures are to be held against: a span, and the one before it. Of all times it is this year, as far as it
    /// has come.
    #[must_use]
    pub fn trend(&self, filters: &Filters) -> (Period, Period) {
        let range = if filters.range == Range::Always { Range::This(Grain::Year) } else { filters.range };
        let (zone, now) = (&self.head.zone, self.head.now);
        let period = range.period(zone, now);
        let before = range.against(filters.against.unwrap_or(Before::Year), zone, now);
        (period, before.unwrap_or(period))
    }

    /// Partners with a name and an identifier, by name: those whom a program may ask for.
    #[must_use]
    pub fn choices<'a>(&'a self) -> Vec<(&'a str, &'a str)> {
        let known = |party: &'a Party| Some((party.id.as_deref()?, party.name.as_deref()?));
        let rows: Vec<(&str, &str)> = self.log.partners.iter().filter_map(known).collect();
        ranked(rows.iter().map(|(_, name)| name.to_ascii_lowercase())).into_iter().map(|i| rows[i]).collect()
    }

    /// What came of each link of whom a report is about, those without anything too; the most clicked first. Under [`NONE`]
    /// what came by no link, where there is any.
    #[must_use]
    pub fn links(&self, report: &Report) -> Vec<(u32, Results)> {
        let mut results = report.results(&self.log, &self.journeys, By::Link);
        let mine = |row: &u32| report.question.partner.is_none_or(|p| self.log.links[*row as usize].partner == p);
        for row in (0..self.log.links.len() as u32).filter(mine) {
            results.entry(row).or_default();
        }
        most_clicked(results)
    }

    /// What came of each marketplace listing, by its link; the most clicked first.
    #[must_use]
    pub fn listings(&self, report: &Report) -> Vec<(u32, Results)> {
        let mut results = report.results(&self.log, &self.journeys, By::Listing);
        results.retain(|row, _| (*row as usize) < self.log.links.len());
        most_clicked(results)
    }

    /// What came of each campaign, by its name; the most clicked first. What came by none has no name.
    #[must_use]
    pub fn campaigns(&self, report: &Report) -> Vec<(&str, Results)> {
        let name = |row: u32| self.log.campaigns.get(row as usize).map_or("", String::as_str);
        most_clicked(report.results(&self.log, &self.journeys, By::Campaign))
            .into_iter()
            .map(|(row, r)| (name(row), r))
            .collect()
    }
}

fn most_clicked(results: BTreeMap<u32, Results>) -> Vec<(u32, Results)> {
    let rows: Vec<(u32, Results)> = results.into_iter().collect();
    let clicks = rows.iter().map(|(_, results)| i64::try_from(results.clicks).unwrap_or(i64::MAX));
    descending_or_not(clicks, true).into_iter().map(|i| rows[i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;
    use engine::figure::{Unit, Value};

    #[test]
    fn a_partner_reads_their_own_report_whatever_the_address_says() {
        let loaded = Loaded::new(sample::partner_feed());
        let asked = Filters { partner: Some("pn_OTHER".into()), ..Filters::default() };
        assert_eq!(loaded.partner(&asked), Some(0));
        assert_eq!(loaded.report(&asked, None), loaded.report(&Filters::default(), None));
    }

    #[test]
    fn a_program_asks_for_one_partner_or_for_all() {
        let loaded = Loaded::new(sample::program_feed());
        assert_eq!(loaded.partner(&Filters::default()), None);
        let asked = Filters { partner: Some("pn_B".into()), ..Filters::default() };
        assert_eq!(loaded.partner(&asked), Some(1));
        let unknown = Filters { partner: Some("pn_Z".into()), ..Filters::default() };
        assert_eq!(loaded.partner(&unknown), None);
        assert_eq!(loaded.choices(), [("pn_A", "Acme"), ("pn_B", "brightside")]);
    }

    #[test]
    fn a_partner_asks_for_no_model_that_needs_every_journey() {
        let asked = Filters { model: Some(Model::Shapley), ..Filters::default() };
        let partner = Loaded::new(sample::partner_feed());
        assert_eq!(partner.report(&asked, None), partner.report(&Filters::default(), None));
        assert_eq!(Model::ALL.iter().filter(|model| partner.offers(**model)).count(), 10);
        let program = Loaded::new(sample::program_feed());
        assert_eq!(program.report(&asked, None).attributed.policy.new.model, Model::Shapley);
    }

    #[test]
    fn a_report_has_a_unit_before_the_first_sale() {
        let mut feed = sample::partner_feed();
        feed.log = Log { partners: feed.log.partners, ..Log::default() };
        feed.head.program.currency = "EUR".parse().expect("a code");
        let loaded = Loaded::new(feed);
        assert!(loaded.is_empty());
        let report = loaded.report(&Filters::default(), None);
        assert_eq!(report.sourced.unit, Unit::Money("EUR".parse().expect("a code")));
        assert!(matches!(report.conversion.value, Value::NotKnown(_)));
    }

    #[test]
    fn clicks_of_links_add_up_to_the_figure() {
        let loaded = Loaded::new(sample::partner_feed());
        let report = loaded.report(&Filters::default(), None);
        let links = loaded.links(&report);
        assert_eq!(Value::Known(links.iter().map(|(_, r)| r.clicks as i64).sum()), report.clicks.value);
        assert!(links.is_sorted_by_key(|(_, r)| core::cmp::Reverse(r.clicks)));
        let campaigns = loaded.campaigns(&report);
        assert_eq!(campaigns.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["spring"]);
        assert_eq!(campaigns[0].1.leads as i64, report.funnel.leads as i64);
    }
}
