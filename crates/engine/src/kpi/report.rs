//! The figures of a report: computed from a log, for a partner or for the whole program, under a policy.

use std::collections::BTreeMap;

use super::{
    Definition,
    sales::{clicks, revenue},
};
use crate::{
    classify::{Class, Classes},
    credit::Credits,
    fact::{Mark, MilestoneKind, RevenueKind},
    figure::{FactRef, Figure, Unit, Value},
    journey::Journeys,
    log::{ClickRow, Log, NONE},
    money::Currency,
    order,
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

/// How far the clicks came: each step counts those who came at least so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Funnel {
    /// Counted clicks.
    pub clicks: u64,
    /// Leads that the partner sourced.
    pub leads: u64,
    /// Of these, customers with an opportunity, or won without one.
    pub opportunities: u64,
    /// Of these, customers won.
    pub wins: u64,
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
    /// Net revenue of the customer, minor units.
    pub revenue: i64,
    /// Of it, the partner's credit under the model.
    pub credit: i64,
    /// When something last happened.
    pub last: Time,
    /// Rows of revenue in the report's currency, in time order.
    pub rows: Vec<u32>,
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
    /// Every month from the first fact to the present.
    pub months: BTreeMap<Month, MonthRevenue>,
    /// From click to win.
    pub funnel: Funnel,
    /// Customers in whose journey the partner appears, the latest first.
    pub deals: Vec<Deal>,
    /// The classes that the figures come from.
    pub classes: Classes,
    /// The credits that they come from.
    pub credits: Credits,
    /// What was asked.
    pub question: Question,
}

impl Report {
    /// Computes every figure of a checked log.
    #[must_use]
    pub fn compute(log: &Log, journeys: &Journeys, question: &Question) -> Self {
        let classes = Classes::compute(log, journeys, &question.policies);
        let credits = Credits::compute(log, journeys, &question.policies);
        Computation { log, journeys, question, classes: &classes, credits: &credits }.report(question.clone())
    }

    /// The answer to another question about the same log: [`Report::compute`], but for all that does not change where only the
    /// models are others. So a million touches are divided anew within a frame.
    #[must_use]
    pub fn again(&self, log: &Log, journeys: &Journeys, question: &Question) -> Self {
        let asked = &self.question;
        let same = (asked.partner, asked.currency, asked.now) == (question.partner, question.currency, question.now)
            && asked.policies.count_alike(&question.policies);
        if !same {
            return Self::compute(log, journeys, question);
        }
        let credits = Credits::compute(log, journeys, &question.policies);
        let computation = Computation { log, journeys, question, classes: &self.classes, credits: &credits };
        let mut report = Self { question: question.clone(), attributed: computation.attributed(), ..self.clone() };
        computation.credit_months(&mut report.months);
        for deal in &mut report.deals {
            deal.credit = deal.rows.iter().map(|row| computation.earned(*row as usize)).sum();
        }
        for figure in report.figures_mut() {
            figure.policy = *question.policies.latest();
        }
        Self { credits, ..report }
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
    classes: &'a Classes,
    credits: &'a Credits,
}

impl Computation<'_> {
    fn report(self, question: Question) -> Report {
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
            classes: self.classes.clone(),
            credits: self.credits.clone(),
            question,
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

    /// Rows of revenue in the report's currency.
    fn rows(&self) -> impl Iterator<Item = usize> {
        let revenue = &self.log.revenue;
        (0..revenue.len()).filter(|row| revenue.currency[*row] == self.question.currency)
    }

    fn is(&self, row: usize, class: Class) -> bool {
        self.classes.is(self.log, row, self.question.partner, class)
    }

    fn earned(&self, row: usize) -> i64 {
        self.credits.earned(self.log, row, self.question.partner)
    }

    fn defined(&self, by: &Definition, value: i64, evidence: Vec<FactRef>) -> Figure {
        self.figure(by.id, by.label, by.formula, by.measure.unit(self.currency()), Value::Known(value), evidence)
    }

    fn by_class(&self, by: &Definition, class: Class) -> Figure {
        let (sum, evidence) = revenue::net(self.log, self.rows().filter(|row| self.is(*row, class)));
        self.defined(by, sum, evidence)
    }

    fn attributed(&self) -> Figure {
        let (sum, evidence) = revenue::credited(self.rows(), &|row| self.earned(row));
        self.defined(&revenue::ATTRIBUTED, sum, evidence)
    }

    fn clicks(&self) -> (BTreeMap<Mark, u64>, Figure) {
        let mine = |row: &ClickRow| self.question.partner.is_none_or(|p| p == row.partner);
        let (recorded, evidence) = clicks::recorded(&self.log.clicks, &mine);
        let counted = recorded.get(&Mark::Counted).copied().unwrap_or(0);
        (recorded, self.defined(&clicks::CLICKS, counted as i64, evidence))
    }

    /// How far each customer has come.
    fn steps(&self) -> Vec<Stage> {
        let mut steps = vec![Stage::Touched; self.log.customers.len()];
        let mut open = vec![0i32; self.log.customers.len()];
        let m = &self.log.milestones;
        for i in 0..m.at.len() {
            let customer = m.customer[i] as usize;
            let step = match m.kind[i] {
                MilestoneKind::LeadCreated => Stage::Lead,
                MilestoneKind::LeadQualified => Stage::Qualified,
                MilestoneKind::OpportunityOpened => {
                    open[customer] += 1;
                    Stage::Opportunity
                }
                MilestoneKind::OpportunityStage => Stage::Opportunity,
                MilestoneKind::OpportunityWon => Stage::Won,
                MilestoneKind::OpportunityLost => {
                    open[customer] -= 1;
                    Stage::Opportunity
                }
            };
            steps[customer] = steps[customer].max(step);
        }
        for row in 0..self.log.revenue.len() {
            if self.log.revenue.kind[row] != RevenueKind::Refund {
                steps[self.log.revenue.customer[row] as usize] = Stage::Won;
            }
        }
        for (step, open) in steps.iter_mut().zip(open) {
            if *step == Stage::Opportunity && open <= 0 {
                *step = Stage::Lost;
            }
        }
        steps
    }

    fn funnel(&self, steps: &[Stage], clicks: &Figure) -> (Funnel, Figure, Figure) {
        let m = &self.log.milestones;
        let mut created = vec![NONE; self.log.customers.len()];
        for i in (0..m.at.len()).rev().filter(|i| m.kind[*i] == MilestoneKind::LeadCreated) {
            created[m.customer[i] as usize] = i as u32;
        }
        let mine = |customer: &u32| {
            let by = self.classes.sourced_by(self.log, *customer);
            by.is_some_and(|by| self.question.partner.is_none_or(|p| p == by))
        };
        let sourced: Vec<u32> = (0..self.log.customers.len() as u32).filter(mine).collect();
        let reached = |stage: Stage| sourced.iter().filter(|c| steps[**c as usize] >= stage).count() as u64;
        let funnel = Funnel {
            clicks: if let Value::Known(clicks) = clicks.value { clicks as u64 } else { 0 },
            leads: reached(Stage::Lead),
            opportunities: reached(Stage::Opportunity),
            wins: reached(Stage::Won),
        };
        // Who bought without being recorded as a lead first is proved by the first amount, or else the first step.
        let mut proof = vec![None; self.log.customers.len()];
        for (i, customer) in m.customer.iter().enumerate().rev() {
            proof[*customer as usize] = Some(FactRef::Milestone(i as u32));
        }
        for (row, customer) in self.log.revenue.customer.iter().enumerate().rev() {
            proof[*customer as usize] = Some(FactRef::Revenue(row as u32));
        }
        let fact = |customer: &u32| match created[*customer as usize] {
            NONE => proof[*customer as usize],
            i => Some(FactRef::Milestone(i)),
        };
        let lead_facts = sourced.iter().filter(|c| steps[**c as usize] >= Stage::Lead).filter_map(fact);
        let win_facts: Vec<FactRef> = (0..self.log.revenue.len())
            .filter(|row| {
                self.log.revenue.kind[*row] == RevenueKind::New
                    && sourced.binary_search(&self.log.revenue.customer[*row]).is_ok()
            })
            .map(|row| FactRef::Revenue(row as u32))
            .collect();
        let leads = self.figure(
            "leads",
            "Leads",
            "Customers whose first counted touch within the window before they became a lead is the partner's.",
            Unit::Count,
            Value::Known(funnel.leads as i64),
            lead_facts.collect(),
        );
        let wins = self.figure(
            "wins_sourced",
            "Sourced wins",
            "Of the partner's leads, those with revenue or a won opportunity.",
            Unit::Count,
            Value::Known(funnel.wins as i64),
            win_facts,
        );
        (funnel, leads, wins)
    }

    fn months(&self) -> BTreeMap<Month, MonthRevenue> {
        let mut months: BTreeMap<Month, MonthRevenue> = BTreeMap::new();
        for row in self.rows() {
            let month = months.entry(self.log.revenue.at[row].month()).or_default();
            let amount = self.log.revenue.signed(row);
            month.sourced += if self.is(row, Class::Sourced) { amount } else { 0 };
            month.influenced += if self.is(row, Class::Influenced) { amount } else { 0 };
        }
        self.credit_months(&mut months);
        let last = self.question.now.month();
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
        for row in self.rows() {
            months.entry(self.log.revenue.at[row].month()).or_default().attributed += self.earned(row);
        }
    }

    fn deals(&self, steps: &[Stage]) -> Vec<Deal> {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.log.customers.len()];
        for row in self.rows() {
            rows[self.log.revenue.customer[row] as usize].push(row as u32);
        }
        let mut last: Vec<Time> = vec![Time(0); self.log.customers.len()];
        let m = &self.log.milestones;
        let dated = m.customer.iter().zip(&m.at).chain(self.log.revenue.customer.iter().zip(&self.log.revenue.at));
        for (customer, at) in dated {
            let slot = &mut last[*customer as usize];
            *slot = (*slot).max(*at);
        }
        let partner = self.question.partner;
        let appears = |customer: &u32| {
            let mut parties = self.journeys.of(*customer).iter().map(|t| self.log.touches.partner[*t as usize]);
            partner.is_none_or(|p| parties.any(|party| party == p))
        };
        let mut customers: Vec<u32> = (0..self.log.customers.len() as u32)
            .filter(|customer| steps[*customer as usize] > Stage::Touched)
            .filter(appears)
            .collect();
        // The latest first.
        order::sort(&mut customers, |customer| order::pair(!last[customer as usize].0, customer));
        customers
            .into_iter()
            .map(|customer| {
                let mut rows = core::mem::take(&mut rows[customer as usize]);
                order::sort(&mut rows, |row| order::pair(self.log.revenue.at[row as usize].0, row));
                let by = self.classes.sourced_by(self.log, customer);
                let sourced = by.is_some_and(|by| partner.is_none_or(|p| p == by)).then_some(Class::Sourced);
                let classes = rows.iter().filter_map(|row| self.classes.of(self.log, *row as usize, partner));
                Deal {
                    customer,
                    stage: steps[customer as usize],
                    class: classes.chain(sourced).min(),
                    revenue: rows.iter().map(|row| self.log.revenue.signed(*row as usize)).sum(),
                    credit: rows.iter().map(|row| self.earned(*row as usize)).sum(),
                    last: last[customer as usize],
                    rows,
                }
            })
            .collect()
    }
}
