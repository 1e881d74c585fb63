//! Why an amount is credited as it is: every touch of the journey, counted or not and why, and the arithmetic.

use std::borrow::Cow;

use crate::{
    credit::{Cases, Credits, Weighers},
    fact::Mark,
    journey::{Journeys, Reason, judge},
    log::{Log, NONE},
    policy::{Policies, Rule},
};

/// One touch of the journey, judged for one row of revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// Row of [`crate::log::Touches`].
    pub touch: u32,
    /// Its weight among [`Explanation::total_weight`], or why it does not count.
    pub verdict: Result<u64, Reason>,
    /// Minor units that it earned; negative where a refund takes back.
    pub credit: i64,
}

/// How one row of revenue was divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Row of [`crate::log::Revenue`].
    pub row: u32,
    /// For a refund, the row of the sale that it takes back.
    pub takes_back: Option<u32>,
    /// Minor units; negative for a refund.
    pub amount: i64,
    /// Model and window that decided.
    pub rule: Rule,
    /// Version of the policy that decided; 0 for a reader's own question.
    pub version: u32,
    /// Every touch of the journey in time order: as many as were recorded.
    pub touches: Vec<Judged>,
    /// Sum of the weights of the touches that count.
    pub total_weight: u64,
    /// What nobody was credited with: the whole amount where no touch counts, else 0.
    pub unattributed: i64,
}

impl Explanation {
    /// How many touches count.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.touches.iter().filter(|t| t.verdict.is_ok()).count()
    }
}

/// What became of one touch: why a referral is in nobody's credit, or whose sale it earned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchStory {
    /// Row of [`crate::log::Touches`].
    pub touch: u32,
    /// How far it came.
    pub standing: Standing,
}

/// How far a touch came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was set aside when it was recorded, and counts for nothing.
    SetAside(Mark),
    /// Nobody knows yet whose it is: its visitor has not become a customer.
    Nobody,
    /// Its customer, who has bought nothing yet.
    NoSale {
        /// Row of [`Log::customers`].
        customer: u32,
    },
    /// What it is to each sale and refund of its customer.
    Judged {
        /// Row of [`Log::customers`].
        customer: u32,
        /// In time order; ties keep the order of the log.
        sales: Vec<TouchSale>,
    },
}

/// What a touch is to one row of revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TouchSale {
    /// Row of [`crate::log::Revenue`].
    pub row: u32,
    /// Model and window that decided.
    pub rule: Rule,
    /// Version of the policy that decided; 0 for a reader's own question.
    pub version: u32,
    /// Its weight and the sum of all weights, or why it does not count.
    pub verdict: Result<(u64, u64), Reason>,
    /// Minor units that it earned; negative where a refund takes back; 0 also where its weight is nothing.
    pub credit: i64,
}

/// Explains one row of revenue.
///
/// # Panics
/// If the log has no such row.
#[must_use]
pub fn explain(log: &Log, journeys: &Journeys, policies: &Policies, credits: &Credits, row: u32) -> Explanation {
    Explainer::new(log, journeys, policies, credits).row(row)
}

/// What explanations share, prepared once: a data-driven model reads every journey before it weighs the first touch.
pub struct Explainer<'a> {
    log: &'a Log,
    journeys: &'a Journeys,
    policies: &'a Policies,
    credits: &'a Credits,
    cases: Cow<'a, Cases<'a>>,
    weighers: Weighers<'a>,
}

impl<'a> Explainer<'a> {
    /// Prepares for explanations of credits that were computed under the same policies.
    #[must_use]
    pub fn new(log: &'a Log, journeys: &'a Journeys, policies: &'a Policies, credits: &'a Credits) -> Self {
        Self::with(log, journeys, policies, credits, Cow::Owned(Cases::gather(log, journeys, policies)))
    }

    /// [`Explainer::new`] with cases that were gathered under the same windows.
    pub(crate) fn with(
        log: &'a Log,
        journeys: &'a Journeys,
        policies: &'a Policies,
        credits: &'a Credits,
        cases: Cow<'a, Cases<'a>>,
    ) -> Self {
        let weighers = Weighers::of(log, journeys, &cases, policies);
        Self { log, journeys, policies, credits, cases, weighers }
    }

    /// Explains one row of revenue.
    ///
    /// # Panics
    /// If the log has no such row.
    #[must_use]
    pub fn row(&self, row: u32) -> Explanation {
        let (log, revenue) = (self.log, &self.log.revenue);
        let takes_back = Some(revenue.refunds[row as usize]).filter(|sale| *sale != NONE);
        let judged = takes_back.unwrap_or(row) as usize;
        let policy = self.policies.at(revenue.at[judged]);
        let rule = policy.rule(revenue.kind[judged]);
        let journey = self.journeys.of(revenue.customer[judged]);
        let verdicts = judge(log, journey, revenue.at[judged], policy, rule.window);
        let weights = self.weights(judged);
        let mut next = weights.iter();
        let lines = self.credits.of(row as usize);
        let touches = journey
            .iter()
            .zip(verdicts)
            .map(|(touch, verdict)| Judged {
                touch: *touch,
                verdict: verdict.map(|()| next.next().copied().unwrap_or(0)),
                credit: lines.iter().filter(|line| line.touch == *touch).map(|line| line.amount).sum(),
            })
            .collect();
        let amount = revenue.signed(row as usize);
        Explanation {
            row,
            takes_back,
            amount,
            rule,
            version: policy.version,
            touches,
            total_weight: weights.iter().fold(0, |sum, weight| sum.saturating_add(*weight)),
            unattributed: amount - lines.iter().map(|line| line.amount).sum::<i64>(),
        }
    }

    /// Explains one touch: "why is my referral missing?"
    ///
    /// # Panics
    /// If the log has no such touch.
    #[must_use]
    pub fn touch(&self, touch: u32) -> TouchStory {
        TouchStory { touch, standing: self.standing(touch) }
    }

    fn standing(&self, touch: u32) -> Standing {
        let mark = self.log.touches.mark[touch as usize];
        if mark != Mark::Counted {
            return Standing::SetAside(mark);
        }
        let customer = self.journeys.owner(self.log, touch);
        if customer == NONE {
            return Standing::Nobody;
        }
        let r = &self.log.revenue;
        let mut rows: Vec<u32> = (0..r.len() as u32).filter(|row| r.customer[*row as usize] == customer).collect();
        rows.sort_by_key(|row| r.at[*row as usize]);
        if rows.is_empty() {
            return Standing::NoSale { customer };
        }
        Standing::Judged { customer, sales: rows.into_iter().filter_map(|row| self.touch_sale(touch, row)).collect() }
    }

    fn touch_sale(&self, touch: u32, row: u32) -> Option<TouchSale> {
        let Explanation { rule, version, touches, total_weight, .. } = self.row(row);
        let judged = touches.into_iter().find(|judged| judged.touch == touch)?;
        let verdict = judged.verdict.map(|weight| (weight, total_weight));
        Some(TouchSale { row, rule, version, verdict, credit: judged.credit })
    }

    /// The weights of the touches that count for a sale; none for a refund: one whose sale nobody recorded has no case, and
    /// credits nobody, whatever touches there are.
    fn weights(&self, row: usize) -> Vec<u64> {
        let Some(case) = self.cases.case(self.log, row as u32) else { return Vec::new() };
        let model = self.policies.at(case.at).rule(self.log.revenue.kind[row]).model;
        self.weighers.weigh(model, &case)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        credit::Model,
        fact::{RevenueKind, TouchKind},
        log::{Party, RevenueRow, Touch},
        money::Currency,
        policy::{Claim, Policy},
        time::{DAY, Time, Window},
    };

    /// A customer with touches of partners: (day, kind, partner), who pays 100.01 on day 100 and gets half back on day 110.
    fn log(touches: &[(u32, TouchKind, u32)]) -> Log {
        let mut log = Log {
            partners: vec![Party { id: None, name: None }; 3],
            customers: vec![String::new(); 2],
            currencies: vec![Currency::USD],
            ..Log::default()
        };
        for (day, kind, partner) in touches {
            let touch = Touch::new(Time(day * DAY), *kind);
            log.touches.push(Touch { partner: *partner, customer: 0, ..touch });
        }
        log.revenue.push(RevenueRow::new(Time(100 * DAY), RevenueKind::New, 0, 10_001));
        let refund = RevenueRow::new(Time(110 * DAY), RevenueKind::Refund, 0, 5_000);
        log.revenue.push(RevenueRow { refunds: 0, ..refund });
        log
    }

    fn standings(log: &Log, policy: Policy) -> Vec<Standing> {
        let (journeys, policies) = (Journeys::build(log), Policies::from(policy));
        let credits = Credits::compute(log, &journeys, &policies);
        let explainer = Explainer::new(log, &journeys, &policies, &credits);
        (0..log.touches.len() as u32).map(|touch| explainer.touch(touch).standing).collect()
    }

    /// The verdict on a touch for a sale, and what it earned.
    type Verdict = (Result<(u64, u64), Reason>, i64);

    fn verdicts(standing: &Standing) -> Vec<Verdict> {
        let Standing::Judged { sales, .. } = standing else { return Vec::new() };
        sales.iter().map(|sale| (sale.verdict, sale.credit)).collect()
    }

    fn linear() -> Policy {
        Policy::default().asked(Some(Model::Linear), Window::days(30))
    }

    #[test]
    fn a_touch_tells_what_it_earned_and_what_was_taken_back() {
        use TouchKind::Click;
        let found = standings(&log(&[(69, Click, 0), (70, Click, 0), (80, Click, 1), (101, Click, 0)]), linear());
        assert_eq!(verdicts(&found[0]), [(Err(Reason::OutsideWindow), 0); 2]);
        // 100.01 in two: 50.01 and 50.00; 50.01 that are left: 25.01 and 25.00.
        assert_eq!(verdicts(&found[1]), [(Ok((1, 2)), 5_001), (Ok((1, 2)), -2_500)]);
        assert_eq!(verdicts(&found[2]), [(Ok((1, 2)), 5_000), (Ok((1, 2)), -2_500)]);
        assert_eq!(verdicts(&found[3]), [(Err(Reason::AfterConversion), 0); 2]);
    }

    #[test]
    fn a_touch_without_a_sale_tells_how_far_it_came() {
        let mut log = log(&[]);
        let touch = Touch::new(Time(DAY), TouchKind::Click);
        log.touches.push(Touch { partner: 0, mark: Mark::Bot, customer: 0, ..touch.clone() });
        log.touches.push(Touch { partner: 0, visitor: 7, ..touch.clone() });
        log.touches.push(Touch { partner: 0, customer: 1, ..touch });
        let found = standings(&log, linear());
        assert_eq!(found, [Standing::SetAside(Mark::Bot), Standing::Nobody, Standing::NoSale { customer: 1 }]);
    }

    #[test]
    fn the_strongest_claim_decides_where_partners_disagree() {
        use TouchKind::{Click, Coupon, DealRegistration, Webinar};
        let log = log(&[(80, Click, 0), (81, Coupon, 1), (82, Click, 1), (83, Webinar, 0), (84, Click, NONE)]);
        let found = standings(&log, linear());
        assert_eq!(verdicts(&found[0])[0], (Err(Reason::Overruled(Claim::Coupon)), 0));
        // The coupon, its partner's own link, what is no claim, and what is nobody's, in four.
        for standing in &found[1..] {
            assert_eq!(verdicts(standing)[0].0, Ok((1, 4)));
        }
        let mut registered = log;
        let touch = Touch::new(Time(85 * DAY), DealRegistration);
        registered.touches.push(Touch { partner: 2, customer: 0, ..touch });
        let found = standings(&registered, linear());
        for standing in &found[..3] {
            assert_eq!(verdicts(standing)[0].0, Err(Reason::Overruled(Claim::Deal)));
        }
        assert!(verdicts(&found[5])[0].0.is_ok());
        // A registration protects until it expires.
        let expires = Time(95 * DAY);
        let row = crate::log::RegistrationRow {
            at: Time(85 * DAY),
            partner: 2,
            customer: 0,
            opportunity: NONE,
            expires,
            person: NONE,
        };
        let mut expired = registered.clone();
        expired.registrations.push(row);
        assert_eq!(verdicts(&standings(&expired, linear())[0])[0].0, Err(Reason::Overruled(Claim::Coupon)));
        // Links first: then the order of precedence lets the coupon go.
        let order = crate::policy::Precedence::new([Claim::Link, Claim::Coupon, Claim::Deal]).unwrap_or_default();
        let found = standings(&registered, Policy { precedence: order, ..linear() });
        assert!(verdicts(&found[0])[0].0.is_ok() && verdicts(&found[1])[0].0.is_ok());
        assert_eq!(verdicts(&found[5])[0].0, Err(Reason::Overruled(Claim::Link)));
    }

    #[test]
    fn repeats_collapse_into_the_first() {
        use TouchKind::Click;
        let log = log(&[(80, Click, 0), (81, Click, 0), (82, Click, 0), (82, Click, 1)]);
        let found = standings(&log, Policy { collapse: DAY, ..linear() });
        // Day 81 repeats day 80; day 82 is two days after the last that counts.
        let counted: Vec<bool> = found.iter().map(|standing| verdicts(standing)[0].0.is_ok()).collect();
        assert_eq!(counted, [true, false, true, true]);
        assert_eq!(verdicts(&found[1])[0].0, Err(Reason::Repeat));
    }

    #[test]
    fn a_refund_is_judged_by_the_version_that_paid() {
        let log = log(&[(80, TouchKind::Click, 0), (90, TouchKind::Click, 1)]);
        let later = Policy { version: 2, since: Time(105 * DAY), ..Policy::default().asked(Some(Model::Last), None) };
        let later = Policy { version: 2, ..later };
        let policies = Policies::new(vec![linear_version(1), later]).unwrap_or_default();
        let journeys = Journeys::build(&log);
        let credits = Credits::compute(&log, &journeys, &policies);
        assert_eq!((credits.version(0), credits.version(1)), (1, 1));
        let explanation = explain(&log, &journeys, &policies, &credits, 1);
        assert_eq!((explanation.version, explanation.rule.model), (1, Model::Linear));
        assert_eq!(credits.of(1).iter().map(|line| line.amount).collect::<Vec<_>>(), [-2_500, -2_500]);
    }

    fn linear_version(version: u32) -> Policy {
        Policy { version, ..linear() }
    }
}
