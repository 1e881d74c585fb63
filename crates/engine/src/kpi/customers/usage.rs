//! What accounts do with integrations.

use super::adoption::{mine, name};
use crate::{
    fact::UsageKind,
    figure::{FactRef, MILLION, Value},
    kpi::{
        Answer, Context, Measure, Part,
        accounts::{holders, holdings},
        needs,
    },
    period::Period,
    stat,
    time::{DAY, Time},
};

/// Rows of a kind, in the period, of integrations that are asked for.
fn rows(context: &Context<'_>, kind: UsageKind) -> Vec<usize> {
    let u = &context.log.usage;
    let is = |row: &usize| {
        u.kind[*row] == kind && context.period.contains(u.at[*row]) && context.is_my_integration(u.integration[*row])
    };
    (0..u.len()).filter(is).collect()
}

fn evidence(rows: &[usize]) -> Vec<FactRef> {
    rows.iter().map(|row| FactRef::Usage(*row as u32)).collect()
}

/// How many customers rows are of.
fn accounts(context: &Context<'_>, rows: impl Iterator<Item = usize>) -> u64 {
    let mut seen = vec![false; context.log.customers.len()];
    rows.for_each(|row| seen[context.log.usage.customer[row] as usize] = true);
    seen.into_iter().filter(|seen| *seen).count() as u64
}

pub(super) fn active_accounts(context: &Context<'_>) -> Answer {
    let rows = rows(context, UsageKind::Used);
    let of = |integration: u32| {
        accounts(context, rows.iter().copied().filter(|row| context.log.usage.integration[*row] == integration))
    };
    let part = |integration: u32| Part::known(name(context, integration), Measure::Count, of(integration) as i64);
    let parts = mine(context).into_iter().map(part).collect();
    Answer::known(accounts(context, rows.iter().copied()) as i64, evidence(&rows)).with(parts)
}

pub(super) fn per_account(context: &Context<'_>) -> Answer {
    let rows = rows(context, UsageKind::Used);
    let uses: u64 = rows.iter().map(|row| u64::from(context.log.usage.count[*row])).sum();
    let accounts = accounts(context, rows.iter().copied());
    let value = stat::ratio(i128::from(uses), i128::from(accounts));
    let parts = vec![
        Part::known("Successful runs", Measure::Count, uses as i64),
        Part::known("Accounts", Measure::Count, accounts as i64),
    ];
    match value {
        Some(value) => Answer::known(value, evidence(&rows)).with(parts),
        None => Answer::not_known(needs::USED),
    }
}

/// The time before an adoption and from it on that are compared, in seconds.
const BASELINE: u32 = 30 * DAY;

pub(super) fn against_baseline(context: &Context<'_>) -> Answer {
    let u = &context.log.usage;
    let Some(recorded) = u.at.iter().min() else { return Answer::not_known(needs::USED) };
    let is_told = |at: Time| at.0 - recorded.0 >= BASELINE && at.0.saturating_add(BASELINE - 1) <= context.now.0;
    let (mut before, mut since) = (Vec::new(), Vec::new());
    let mut evidence = Vec::new();
    let mut runs: Vec<Vec<usize>> = vec![Vec::new(); context.log.customers.len()];
    for row in (0..u.len()).filter(|row| u.kind[*row] == UsageKind::Used) {
        runs[u.customer[row] as usize].push(row);
    }
    for holding in holdings(context).iter().filter(|h| h.adopts && context.period.contains(h.from) && is_told(h.from)) {
        let mut uses = |span: Period| {
            let rows = runs[holding.customer as usize].iter().filter(|row| span.contains(u.at[**row]));
            rows.map(|row| {
                evidence.push(FactRef::Usage(*row as u32));
                i64::from(u.count[*row])
            })
            .sum::<i64>()
        };
        let at = holding.from;
        before.push(uses(Period { from: Time(at.0 - BASELINE), until: at }));
        since.push(uses(Period { from: at, until: Time(at.0.saturating_add(BASELINE)) }));
    }
    evidence.sort_unstable();
    evidence.dedup();
    let changes: Vec<i64> = since.iter().zip(&before).map(|(since, before)| (since - before) * MILLION).collect();
    // Against a mean that is known exactly, Welch's interval is Student's of the differences.
    let interval = stat::mean_difference(&changes, &[0, 0]).and_then(|difference| difference.interval);
    let mean = |values: &[i64]| stat::ratio(values.iter().map(|v| i128::from(*v)).sum(), values.len() as i128);
    let parts = vec![
        Part::known("Adoptions", Measure::Count, changes.len() as i64),
        Part::known_or("30 days before", Measure::Ratio, mean(&before), needs::USED),
        Part::known_or("30 days since", Measure::Ratio, mean(&since), needs::USED),
    ];
    let value = stat::mean(&changes).map_or(Value::NotKnown(needs::USED), Value::Known);
    Answer { interval, ..Answer::of(value, evidence).with(parts) }
}

pub(super) fn paid_features(context: &Context<'_>) -> Answer {
    let rows = rows(context, UsageKind::PaidFeatureUsed);
    let held = holdings(context);
    let having = |integration: Option<u32>| {
        let is = |has: &bool| *has;
        let mine = |of: u32| integration.is_none_or(|integration| integration == of);
        let m = holders(context, &held, |holding| holding.is_in(context.period) && mine(holding.integration));
        let n = accounts(context, rows.iter().copied().filter(|row| mine(context.log.usage.integration[*row])));
        (n, m.into_iter().filter(is).count() as u64)
    };
    let part = |integration: u32| {
        let (n, m) = having(Some(integration));
        Part::rate(name(context, integration), n, m, needs::INSTALLED)
    };
    let parts = mine(context).into_iter().map(part).collect();
    let (n, m) = having(None);
    Answer::rate(n, m, needs::INSTALLED, evidence(&rows)).with(parts)
}

pub(super) fn daily_active(context: &Context<'_>) -> Answer {
    let u = &context.log.usage;
    let Some(recorded) = u.at.iter().min() else { return Answer::not_known(needs::USED) };
    let (zone, end) = (context.zone, context.end());
    let first = zone.day(context.period.from.max(*recorded));
    let days = i128::from(zone.day(end).0) - i128::from(first.0) + 1;
    if days <= 0 {
        return Answer::not_known(needs::USED);
    }
    let rows: Vec<usize> = rows(context, UsageKind::Used).into_iter().filter(|row| u.at[*row] <= end).collect();
    let mut pairs: Vec<u64> =
        rows.iter().map(|row| u64::from(zone.day(u.at[*row]).0) << 32 | u64::from(u.customer[*row])).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let accounts = accounts(context, rows.iter().copied());
    let stickiness = stat::ratio(pairs.len() as i128, days * i128::from(accounts));
    let parts = vec![
        Part::known("Days", Measure::Count, days as i64),
        Part::known("Accounts active in the period", Measure::Count, accounts as i64),
        Part::known_or("Daily ÷ all active accounts", Measure::Ratio, stickiness, needs::USED),
    ];
    let value = stat::ratio(pairs.len() as i128, days).map_or(Value::NotKnown(needs::USED), Value::Known);
    Answer::of(value, evidence(&rows)).with(parts)
}
