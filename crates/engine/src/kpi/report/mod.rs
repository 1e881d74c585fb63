//! The figures of a report: computed from a log, for a partner or for the whole program, under a policy.

mod customers;
mod goals;
mod kept;
mod results;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

pub use goals::Pace;
pub use results::{By, Results};

use kept::Kept;

use super::{
    Context, Definition, Subject, joint,
    sales::{clicks, revenue},
};
use crate::{
    classify::{Class, Classes},
    commission::Terms,
    credit::Credits,
    explain::Explainer,
    fact::Mark,
    figure::{FactRef, Figure, Unit, Value},
    journey::Journeys,
    log::{ClickRow, Log},
    money::Currency,
    period::{Grain, Period, Zone},
    policy::Policies,
    time::{Month, Time},
};

/// What a report is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Whose: a row of [`Log::partners`], or `None` for all partners together.
    pub partner: Option<u32>,
    /// Money of this currency, as an index into [`Log::currencies`]. Money is never added across currencies.
    pub currency: u32,
    /// Under which rules.
    pub policies: Policies,
    /// Facts of this span; the row of months is of all times.
    pub period: Period,
    /// The program's time zone, in which months and days are cut.
    pub zone: Zone,
    /// The present, for the last month of the row of months.
    pub now: Time,
}

/// Revenue of one month, in minor units, net of the refunds of that month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MonthRevenue {
    /// Of sourced wins.
    pub sourced: i64,
    /// Of influenced wins, the sourced among them.
    pub influenced: i64,
    /// Credited by the model.
    pub attributed: i64,
}

/// How far the clicks came: each step counts those who came at least so far, whenever that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Funnel {
    /// Counted clicks of the period.
    pub clicks: u64,
    /// Leads of the period that the partner sourced.
    pub leads: u64,
    /// Of these, customers with an opportunity, or won without one.
    pub opportunities: u64,
    /// Of these, customers won.
    pub wins: u64,
    /// Median seconds from the sourcing touch to the lead, from there to the opportunity, from there to the win; `None` where
    /// nobody was recorded at both ends.
    pub times: [Option<i64>; 3],
}

/// How far a customer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Only touches so far.
    Touched,
    /// A lead.
    Lead,
    /// A qualified lead.
    Qualified,
    /// An open opportunity.
    Opportunity,
    /// Every opportunity was lost.
    Lost,
    /// Won.
    Won,
}

impl Stage {
    /// The name on a page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Touched => "Touched",
            Self::Lead => "Lead",
            Self::Qualified => "Qualified",
            Self::Opportunity => "Opportunity",
            Self::Lost => "Lost",
            Self::Won => "Won",
        }
    }
}

/// A customer in whose journey the partner appears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// Row of [`Log::customers`].
    pub customer: u32,
    /// How far it has come.
    pub stage: Stage,
    /// The strongest class for the partner, if any.
    pub class: Option<Class>,
    /// Net revenue of the customer in the period, minor units.
    pub revenue: i64,
    /// Of it, the partner's credit under the model.
    pub credit: i64,
    /// When something last happened in the period.
    pub last: Time,
    /// Rows of revenue of the period in the report's currency, in time order.
    pub rows: Arc<[u32]>,
}

/// The figures of a partner or of a program.
#[derive(Debug, Clone)]
pub struct Report {
    /// Revenue sourced.
    pub sourced: Figure,
    /// Revenue assisted.
    pub assisted: Figure,
    /// Revenue influenced.
    pub influenced: Figure,
    /// Revenue credited by the model.
    pub attributed: Figure,
    /// Counted clicks.
    pub clicks: Figure,
    /// Leads.
    pub leads: Figure,
    /// Wins sourced.
    pub wins: Figure,
    /// Wins per click.
    pub conversion: Figure,
    /// Recorded clicks by mark: recorded = counted + each reason.
    pub recorded: BTreeMap<Mark, u64>,
    /// Every month from the first fact to the present, whatever the period.
    pub months: Arc<BTreeMap<Month, MonthRevenue>>,
    /// From click to win.
    pub funnel: Funnel,
    /// The classes that the figures come from.
    pub classes: Arc<Classes>,
    /// What was asked.
    pub question: Question,
    /// By row of revenue, what the partner of the question earned: all that is credited adds these up.
    earned: Arc<[i64]>,
    kept: Arc<Kept>,
    /// What [`Report::credits`] answers, once somebody asked; of all periods.
    credits: Arc<OnceLock<Credits>>,
    /// What [`Report::deals`] answers, once somebody asked.
    deals: OnceLock<Arc<[Deal]>>,
}

/// Reports are equal when all figures are, and what these come from; so are their deals and credits then.
impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        self.figures() == other.figures()
            && (&self.recorded, &self.months, self.funnel) == (&other.recorded, &other.months, other.funnel)
            && (&self.classes, &self.earned, &self.question) == (&other.classes, &other.earned, &other.question)
    }
}

impl Report {
    /// Computes every figure of a checked log.
    #[must_use]
    pub fn compute(log: &Log, journeys: &Journeys, question: &Question) -> Self {
        let classes = Arc::new(Classes::compute(log, journeys, &question.policies));
        Computation::begin(log, journeys, question, classes, Arc::new(Kept::of(log, question)), Arc::default()).report()
    }

    /// The answer to another question about the same log: [`Report::compute`], but for all that the other question does not
    /// change. Where only the models are others, nothing but what is credited is computed anew.
    #[must_use]
    pub fn again(&self, log: &Log, journeys: &Journeys, question: &Question) -> Self {
        if !self.question.policies.count_alike(&question.policies) {
            return Self::compute(log, journeys, question);
        }
        let kept = if self.kept.serves(question) { Arc::clone(&self.kept) } else { Arc::new(Kept::of(log, question)) };
        let alike = self.question.policies == question.policies;
        let credits = if alike { Arc::clone(&self.credits) } else { Arc::default() };
        let computation = Computation::begin(log, journeys, question, Arc::clone(&self.classes), kept, credits);
        if self.differs_by_models(question) { self.credited(computation) } else { computation.report() }
    }

    /// Makes ready for the question of [`Report::again`] that asks for these policies: it takes a fraction of the time then.
    pub fn prepare(&self, log: &Log, journeys: &Journeys, policies: &Policies) {
        if self.question.policies.count_alike(policies) {
            self.kept.earned(log, journeys, policies);
        }
    }

    /// The same figures for another span. `last` are those of a span under other models, which spare most of the work where
    /// it is the same span.
    #[must_use]
    pub fn during(&self, log: &Log, period: Period, last: Option<&Self>) -> Self {
        let question = &Question { period, ..self.question.clone() };
        let computation = self.computation(log, question);
        match last {
            Some(last) if last.differs_by_models(question) => last.credited(computation),
            _ => computation.report(),
        }
    }

    /// The customers of whom the period has a fact, and in whose journey the partner appears, the latest first.
    pub fn deals(&self, log: &Log, journeys: &Journeys) -> &[Deal] {
        self.deals.get_or_init(|| self.computation(log, &self.question).deals(journeys).into())
    }

    /// What every touch earned, of all periods.
    pub fn credits(&self, log: &Log, journeys: &Journeys) -> &Credits {
        self.credits.get_or_init(|| self.kept.credits(log, journeys, &self.question.policies))
    }

    /// What definitions of the catalogue are asked with, for the same question; without terms of commission.
    #[must_use]
    pub fn context<'a>(&'a self, log: &'a Log, journeys: &'a Journeys) -> Context<'a> {
        let Question { partner, currency, policies, period, zone, now } = &self.question;
        let cut = |grain: &Grain| zone.period(period.from, *grain) == *period;
        Context {
            log,
            journeys,
            classes: &self.classes,
            credits: self.credits(log, journeys),
            policies,
            terms: Terms::none(),
            subject: Subject { partner: *partner, ..Subject::default() },
            period: *period,
            grain: [Grain::Quarter, Grain::Year].into_iter().find(cut).unwrap_or(Grain::Month),
            zone,
            currency: *currency,
            now: *now,
            groups: Context::groups_of(log),
        }
    }

    /// The figures of joint marketing and integrations for which there are facts ([`joint`]), for the same question.
    #[must_use]
    pub fn joint(&self, log: &Log, journeys: &Journeys) -> Vec<Figure> {
        let context = self.context(log, journeys);
        let known = |figure: &Figure| !matches!(figure.value, Value::NotKnown(_)) && !figure.evidence.is_empty();
        joint().map(|definition| definition.figure(&context)).filter(known).collect()
    }

    /// Explains amounts as they are divided here.
    #[must_use]
    pub fn explainer<'a>(&'a self, log: &'a Log, journeys: &'a Journeys) -> Explainer<'a> {
        let policies = &self.question.policies;
        let cases = self.kept.cases(log, journeys, policies);
        Explainer::with(log, journeys, policies, self.credits(log, journeys), cases)
    }

    /// What the partner of the question earned from a row of revenue; all partners together where none is asked for.
    #[must_use]
    pub fn earned(&self, row: u32) -> i64 {
        self.earned.get(row as usize).copied().unwrap_or(0)
    }

    /// A computation that begins with what does not depend on the period.
    fn computation<'a>(&'a self, log: &'a Log, question: &'a Question) -> Computation<'a> {
        Computation {
            log,
            question,
            classes: Arc::clone(&self.classes),
            earned: Arc::clone(&self.earned),
            months: Some(Arc::clone(&self.months)),
            kept: Arc::clone(&self.kept),
            credits: Arc::clone(&self.credits),
        }
    }

    /// Whether another question asks for the same, or only for other models.
    fn differs_by_models(&self, question: &Question) -> bool {
        let asked = |q: &Question| (q.partner, q.currency, q.period, q.now);
        asked(&self.question) == asked(question)
            && self.question.zone == question.zone
            && self.question.policies.count_alike(&question.policies)
    }

    /// The same with the credits of another computation.
    fn credited(&self, computation: Computation<'_>) -> Self {
        let mut report = Self { attributed: computation.attributed(), ..self.clone() };
        if let Some(deals) = report.deals.take() {
            let credit = |deal: &Deal| Deal { credit: computation.earned_by(&deal.rows), ..deal.clone() };
            report.deals = OnceLock::from(deals.iter().map(credit).collect::<Arc<[Deal]>>());
        }
        for figure in report.figures_mut() {
            figure.policy = *computation.question.policies.latest();
        }
        let months = computation.months.clone().unwrap_or_else(|| {
            let mut months = BTreeMap::clone(&self.months);
            computation.credit_months(&mut months);
            Arc::new(months)
        });
        let Computation { question, earned, kept, credits, .. } = computation;
        Self { earned, months, kept, credits, question: question.clone(), ..report }
    }

    /// Every figure, in the order of a page.
    #[must_use]
    pub fn figures(&self) -> [&Figure; 8] {
        [
            &self.sourced,
            &self.assisted,
            &self.influenced,
            &self.attributed,
            &self.clicks,
            &self.leads,
            &self.wins,
            &self.conversion,
        ]
    }

    fn figures_mut(&mut self) -> [&mut Figure; 8] {
        [
            &mut self.sourced,
            &mut self.assisted,
            &mut self.influenced,
            &mut self.attributed,
            &mut self.clicks,
            &mut self.leads,
            &mut self.wins,
            &mut self.conversion,
        ]
    }
}

struct Computation<'a> {
    log: &'a Log,
    question: &'a Question,
    classes: Arc<Classes>,
    /// [`Report::earned`].
    earned: Arc<[i64]>,
    /// Where they are known already.
    months: Option<Arc<BTreeMap<Month, MonthRevenue>>>,
    kept: Arc<Kept>,
    credits: Arc<OnceLock<Credits>>,
}

impl<'a> Computation<'a> {
    fn begin(
        log: &'a Log,
        journeys: &Journeys,
        question: &'a Question,
        classes: Arc<Classes>,
        kept: Arc<Kept>,
        credits: Arc<OnceLock<Credits>>,
    ) -> Self {
        let earned = kept.earned(log, journeys, &question.policies);
        Self { log, question, classes, earned, months: None, kept, credits }
    }

    fn report(self) -> Report {
        let (recorded, clicks) = self.clicks();
        let (funnel, leads, wins) = self.funnel(&clicks);
        let conversion = match (clicks.value, funnel.wins) {
            (Value::Known(m), n) if m > 0 => Value::Rate { n, m: m as u64 },
            _ => Value::NotKnown("touch{click}"),
        };
        Report {
            sourced: self.by_class(&revenue::SOURCED, Class::Sourced),
            assisted: self.by_class(&revenue::ASSISTED, Class::Assisted),
            influenced: self.by_class(&revenue::INFLUENCED, Class::Influenced),
            attributed: self.attributed(),
            conversion: self.figure(
                "conversion_rate",
                "Click to win",
                "Sourced wins ÷ counted clicks.",
                Unit::Rate,
                conversion,
                Vec::new(),
            ),
            clicks,
            leads,
            wins,
            recorded,
            funnel,
            question: self.question.clone(),
            months: self.months.clone().unwrap_or_else(|| Arc::new(self.months())),
            classes: self.classes,
            earned: self.earned,
            kept: self.kept,
            credits: self.credits,
            deals: OnceLock::new(),
        }
    }

    fn figure(
        &self,
        id: &'static str,
        label: &'static str,
        definition: &'static str,
        unit: Unit,
        value: Value,
        evidence: Vec<FactRef>,
    ) -> Figure {
        Figure { id, label, definition, unit, value, policy: *self.question.policies.latest(), evidence }
    }

    fn currency(&self) -> Currency {
        self.log.currencies.get(self.question.currency as usize).copied().unwrap_or(Currency::USD)
    }

    /// Rows of revenue in the report's currency, of all times.
    fn all_rows(&self) -> impl Iterator<Item = usize> {
        let revenue = &self.log.revenue;
        (0..revenue.len()).filter(|row| revenue.currency[*row] == self.question.currency)
    }

    /// Rows of revenue of the period in the report's currency.
    fn rows(&self) -> impl Iterator<Item = usize> {
        self.all_rows().filter(|row| self.question.period.contains(self.log.revenue.at[*row]))
    }

    fn is(&self, row: usize, class: Class) -> bool {
        self.classes.is(self.log, row, self.question.partner, class)
    }

    fn defined(&self, by: &Definition, value: i64, evidence: Vec<FactRef>) -> Figure {
        self.figure(by.id, by.label, by.formula, by.measure.unit(self.currency()), Value::Known(value), evidence)
    }

    fn by_class(&self, by: &Definition, class: Class) -> Figure {
        let (sum, evidence) = revenue::net(self.log, self.rows().filter(|row| self.is(*row, class)));
        self.defined(by, sum, evidence)
    }

    fn attributed(&self) -> Figure {
        let (sum, evidence) = revenue::credited(self.rows(), &|row| self.earned[row]);
        self.defined(&revenue::ATTRIBUTED, sum, evidence)
    }

    fn clicks(&self) -> (BTreeMap<Mark, u64>, Figure) {
        let days = self.question.zone.days(self.question.period);
        let mine = |row: &ClickRow| days.contains(&row.day) && self.question.partner.is_none_or(|p| p == row.partner);
        let (recorded, evidence) = clicks::recorded(&self.log.clicks, &mine);
        let counted = recorded.get(&Mark::Counted).copied().unwrap_or(0);
        (recorded, self.defined(&clicks::CLICKS, counted as i64, evidence))
    }

    fn months(&self) -> BTreeMap<Month, MonthRevenue> {
        let mut months: BTreeMap<Month, MonthRevenue> = BTreeMap::new();
        for row in self.all_rows() {
            let month = months.entry(self.kept.month(row)).or_default();
            let amount = self.log.revenue.signed(row);
            month.sourced += if self.is(row, Class::Sourced) { amount } else { 0 };
            month.influenced += if self.is(row, Class::Influenced) { amount } else { 0 };
        }
        self.credit_months(&mut months);
        let last = self.question.zone.day(self.question.now).month();
        if let Some(first) = months.keys().next().copied() {
            for month in first.0..=last.0 {
                months.entry(Month(month)).or_default();
            }
        }
        months
    }

    /// Writes what each month is credited with, among months that hold all of the report's currency.
    fn credit_months(&self, months: &mut BTreeMap<Month, MonthRevenue>) {
        let Some((first, last)) = months.keys().next().zip(months.keys().next_back()) else { return };
        let first = first.0;
        let mut earned = vec![0; (last.0 - first) as usize + 1];
        for row in self.all_rows() {
            earned[(self.kept.month(row).0 - first) as usize] += self.earned[row];
        }
        for (month, revenue) in months {
            revenue.attributed = earned[(month.0 - first) as usize];
        }
    }

    /// What some rows of revenue earned together.
    fn earned_by(&self, rows: &[u32]) -> i64 {
        rows.iter().map(|row| self.earned[*row as usize]).sum()
    }
}
