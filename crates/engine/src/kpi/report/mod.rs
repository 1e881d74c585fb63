//! The figures of a report: computed from a log, for a partner or for the whole program, under a policy.

mod customers;
mod goals;
mod results;

use std::{collections::BTreeMap, sync::Arc};

pub use goals::Pace;
pub use results::{By, Results};

use super::{
    Definition,
    sales::{clicks, revenue},
};
use crate::{
    classify::{Class, Classes},
    credit::Credits,
    fact::Mark,
    figure::{FactRef, Figure, Unit, Value},
    journey::Journeys,
    log::{ClickRow, Log},
    money::Currency,
    period::{Period, Zone},
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub months: BTreeMap<Month, MonthRevenue>,
    /// From click to win.
    pub funnel: Funnel,
    /// Customers of whom the period has a fact, and in whose journey the partner appears, the latest first.
    pub deals: Vec<Deal>,
    /// The classes that the figures come from.
    pub classes: Arc<Classes>,
    /// The credits that they come from.
    pub credits: Arc<Credits>,
    /// What was asked.
    pub question: Question,
    /// By row of revenue, what the partner of the question earned: all that is credited adds these up.
    earned: Arc<[i64]>,
}

impl Report {
    /// Computes every figure of a checked log.
    #[must_use]
    pub fn compute(log: &Log, journeys: &Journeys, question: &Question) -> Self {
        let classes = Arc::new(Classes::compute(log, journeys, &question.policies));
        let credits = Arc::new(Credits::compute(log, journeys, &question.policies));
        let earned = earned(log, &credits, question.partner);
        Computation { log, journeys, question, classes, credits, earned }.report()
    }

    /// The answer to another question about the same log: [`Report::compute`], but for all that the other question does not
    /// change. Where only the models are others, nothing but the credits is computed anew.
    #[must_use]
    pub fn again(&self, log: &Log, journeys: &Journeys, question: &Question) -> Self {
        if !self.question.policies.count_alike(&question.policies) {
            return Self::compute(log, journeys, question);
        }
        let alike = self.question.policies == question.policies;
        let credits = if alike {
            Arc::clone(&self.credits)
        } else {
            Arc::new(Credits::compute(log, journeys, &question.policies))
        };
        let earned = if alike && self.question.partner == question.partner {
            Arc::clone(&self.earned)
        } else {
            earned(log, &credits, question.partner)
        };
        let classes = Arc::clone(&self.classes);
        let computation = Computation { log, journeys, question, classes, credits, earned };
        if self.differs_by_models(question) { self.credited(computation) } else { computation.report() }
    }

    /// The same figures for another span. `last` are those of a span under other models, which spare most of the work where
    /// it is the same span.
    #[must_use]
    pub fn during(&self, log: &Log, journeys: &Journeys, period: Period, last: Option<&Self>) -> Self {
        let question = &Question { period, ..self.question.clone() };
        let (classes, credits) = (Arc::clone(&self.classes), Arc::clone(&self.credits));
        let computation = Computation { log, journeys, question, classes, credits, earned: Arc::clone(&self.earned) };
        match last {
            Some(last) if last.differs_by_models(question) => last.credited(computation),
            _ => computation.report(),
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
        computation.credit_months(&mut report.months);
        for deal in &mut report.deals {
            deal.credit = deal.rows.iter().map(|row| computation.earned[*row as usize]).sum();
        }
        for figure in report.figures_mut() {
            figure.policy = *computation.question.policies.latest();
        }
        let Computation { credits, earned, .. } = computation;
        Self { credits, earned, question: computation.question.clone(), ..report }
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
    journeys: &'a Journeys,
    question: &'a Question,
    classes: Arc<Classes>,
    credits: Arc<Credits>,
    /// [`Report::earned`].
    earned: Arc<[i64]>,
}

/// By row of revenue, what a partner earned; all partners together for `None`.
fn earned(log: &Log, credits: &Credits, partner: Option<u32>) -> Arc<[i64]> {
    (0..log.revenue.len()).map(|row| credits.earned(log, row, partner)).collect()
}

impl Computation<'_> {
    fn report(self) -> Report {
        let (recorded, clicks) = self.clicks();
        let steps = self.steps();
        let (funnel, leads, wins) = self.funnel(&steps, &clicks);
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
            months: self.months(),
            deals: self.deals(&steps),
            clicks,
            leads,
            wins,
            recorded,
            funnel,
            question: self.question.clone(),
            classes: self.classes,
            credits: self.credits,
            earned: self.earned,
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
            let month = months.entry(self.month(row)).or_default();
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

    /// Writes what each month is credited with.
    fn credit_months(&self, months: &mut BTreeMap<Month, MonthRevenue>) {
        for month in months.values_mut() {
            month.attributed = 0;
        }
        for row in self.all_rows() {
            months.entry(self.month(row)).or_default().attributed += self.earned[row];
        }
    }

    /// The month of a row of revenue, in the program's time zone.
    fn month(&self, row: usize) -> Month {
        self.question.zone.day(self.log.revenue.at[row]).month()
    }
}
