//! Commission of whom is asked, as figures.

use crate::{
    commission::{Account, Accrual, Accruals, Movement},
    figure::FactRef,
    kpi::{Answer, Context, Measure, Part, needs},
    log::Log,
    period::Period,
    stat,
    time::Time,
};

/// What happened to the commission of whom is asked in the period; `None` where no rules were ever recorded.
pub(super) struct Paid<'a> {
    log: &'a Log,
    accruals: Accruals,
    movement: Movement,
}

/// Computes it. Of a link or a campaign it is the part of each line that the touches' credit has in the partner's,
/// rounded, and nothing that was adjusted by hand.
pub(super) fn commission<'a>(context: &Context<'a>) -> Option<Paid<'a>> {
    let log = context.log;
    let accruals = Accruals::compute(log, context.credits, context.terms, context.zone)?;
    let mine = |partner: u32| context.is_mine(partner);
    // Approval lies ahead of what it approves: what is to come has not happened yet.
    let until = context.period.until.min(Time(context.now.0.saturating_add(1)));
    let account = Account::of(log, &accruals, context.currency, &mine);
    let mut movement = account.during(Period { until, ..context.period });
    if context.subject.link.is_some() || context.subject.campaign.is_some() {
        let keep = |lines: &mut Vec<u32>| {
            let part = |i: &u32| part_of(context, &accruals.lines()[*i as usize]);
            lines.retain(|i| part(i).is_some());
            lines.iter().filter_map(part).sum::<i64>()
        };
        movement.earned = keep(&mut movement.sales);
        movement.clawed_back = -keep(&mut movement.refunds);
        movement.approved = keep(&mut movement.approvals);
        movement.adjustments.clear();
    }
    Some(Paid { log, accruals, movement })
}

/// Of a line, what the touches that are asked for have earned; `None` where they have no credit for its sale.
fn part_of(context: &Context<'_>, line: &Accrual) -> Option<i64> {
    let partner = |touch: u32| context.log.touches.partner[touch as usize];
    let of = |counts: &dyn Fn(u32) -> bool| {
        let credits = context.credits.of(line.sale as usize).iter();
        credits.filter(|credit| counts(credit.touch)).map(|credit| i128::from(credit.amount)).sum::<i128>()
    };
    let mine = of(&|touch| partner(touch) == line.partner && context.is_my_touch(touch));
    let all = of(&|touch| partner(touch) == line.partner);
    stat::divide(i128::from(line.amount) * mine, all).filter(|_| mine != 0)
}

impl Paid<'_> {
    /// Earned, less what was clawed back.
    pub fn net(&self) -> i64 {
        self.movement.earned - self.movement.clawed_back
    }

    /// The sales and refunds behind some lines, in the order of the log, and the adjustments of such amounts.
    fn facts(&self, lines: &[u32], is: fn(i64) -> bool) -> Vec<FactRef> {
        let mut rows: Vec<FactRef> =
            lines.iter().map(|i| FactRef::Revenue(self.accruals.lines()[*i as usize].row)).collect();
        rows.sort_unstable();
        rows.dedup();
        let adjustments = self.movement.adjustments.iter().copied();
        let meant = adjustments.filter(|row| is(self.log.adjustments.amount[*row as usize]));
        rows.extend(meant.map(FactRef::Adjustment));
        rows
    }

    /// The facts of [`Paid::net`].
    pub fn evidence(&self) -> Vec<FactRef> {
        let lines: Vec<u32> = self.movement.sales.iter().chain(&self.movement.refunds).copied().collect();
        self.facts(&lines, |_| true)
    }
}

pub(super) fn earned(context: &Context<'_>) -> Answer {
    let Some(paid) = commission(context) else { return Answer::not_known(needs::TERMS) };
    let parts = vec![
        Part::known("Clawed back", Measure::Money, paid.movement.clawed_back),
        Part::known("Earned less clawed back", Measure::Money, paid.net()),
    ];
    Answer::known(paid.movement.earned, paid.facts(&paid.movement.sales, |amount| amount >= 0)).with(parts)
}

pub(super) fn approved(context: &Context<'_>) -> Answer {
    match commission(context) {
        Some(paid) => Answer::known(paid.movement.approved, paid.facts(&paid.movement.approvals, |_| true)),
        None => Answer::not_known(needs::TERMS),
    }
}

pub(super) fn clawed_back(context: &Context<'_>) -> Answer {
    match commission(context) {
        Some(paid) => Answer::known(paid.movement.clawed_back, paid.facts(&paid.movement.refunds, |amount| amount < 0)),
        None => Answer::not_known(needs::TERMS),
    }
}

/// Needs no rules: what was paid is a fact.
pub(super) fn paid(context: &Context<'_>) -> Answer {
    let payouts = &context.log.payouts;
    let is = |row: &usize| {
        payouts.currency[*row] == context.currency
            && context.period.contains(payouts.at[*row])
            && context.is_mine(payouts.partner[*row])
    };
    let rows: Vec<usize> = (0..payouts.len()).filter(is).collect();
    let evidence = rows.iter().map(|row| FactRef::Payout(*row as u32)).collect();
    Answer::known(rows.iter().map(|row| payouts.amount[*row]).sum(), evidence)
}
