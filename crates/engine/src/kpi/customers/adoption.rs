//! Who has an integration, and how far they came with it.

use crate::{
    fact::UsageKind,
    figure::{FactRef, Value},
    holding::Holding,
    kpi::{
        Answer, Context, Measure, Part, Subject,
        accounts::{Accounts, holders, holdings, ties},
        needs,
    },
    stat,
    time::Time,
};

/// Customers active in the period, whosever they are.
fn active(context: &Context<'_>) -> Vec<u32> {
    let accounts = Accounts::of(context.log);
    let is = |customer: &u32| accounts.is_active_in(*customer, context.period, None);
    (0..context.log.customers.len() as u32).filter(is).collect()
}

pub(super) fn overlap(context: &Context<'_>) -> Answer {
    let log = context.log;
    let active = active(context);
    if active.is_empty() {
        return Answer::not_known(needs::REVENUE);
    }
    let is_active = |customer: u32| active.binary_search(&customer).is_ok();
    let ties: Vec<(u32, u32)> =
        ties(context, context.end()).into_iter().filter(|(_, customer)| is_active(*customer)).collect();
    let mut shared: Vec<u32> = ties.iter().map(|(_, customer)| *customer).collect();
    shared.sort_unstable();
    shared.dedup();
    let (n, m) = (shared.len() as u64, active.len() as u64);
    let r = &log.revenue;
    let is_shared =
        |row: &usize| shared.binary_search(&r.customer[*row]).is_ok() && context.period.contains(r.at[*row]);
    let evidence = (0..r.len()).filter(is_shared).map(|row| FactRef::Revenue(row as u32)).collect();
    let mut parts = Vec::new();
    if context.subject.partner.is_none() {
        for of in ties.chunk_by(|a, b| a.0 == b.0) {
            let name = context.partner_name(of[0].0);
            parts.push(Part::rate(name, of.len() as u64, m, needs::REVENUE));
        }
    }
    Answer::rate(n, m, needs::REVENUE, evidence).with(parts)
}

pub(super) fn rate(context: &Context<'_>) -> Answer {
    let active = active(context);
    let end = context.end();
    let held = holdings(context);
    let users = |of: &dyn Fn(&Holding) -> bool| {
        let has = holders(context, &held, |holding| holding.is_at(end) && of(holding));
        active.iter().filter(|customer| has[**customer as usize]).count() as u64
    };
    let (n, m) = (users(&|_| true), active.len() as u64);
    let everybody = context.about(Subject::default());
    let any = holders(context, &holdings(&everybody), |holding| holding.is_at(end));
    let any = active.iter().filter(|customer| any[**customer as usize]).count() as u64;
    let mut parts = vec![Part::rate("Of users with any integration", n, any, needs::INSTALLED)];
    for integration in mine(context) {
        let n = users(&|holding| holding.integration == integration);
        parts.push(Part::rate(name(context, integration), n, m, needs::REVENUE));
    }
    let counted = held.iter().filter(|holding| holding.is_at(end) && active.binary_search(&holding.customer).is_ok());
    let mut evidence: Vec<FactRef> = counted.map(|holding| FactRef::Usage(holding.row as u32)).collect();
    evidence.sort_unstable();
    Answer::rate(n, m, needs::REVENUE, evidence).with(parts)
}

/// Integrations that are asked for, where it is not one alone.
pub(super) fn mine(context: &Context<'_>) -> Vec<u32> {
    let all = 0..context.log.integrations.len() as u32;
    match context.subject.integration {
        Some(_) => Vec::new(),
        None => all.filter(|integration| context.is_my_integration(*integration)).collect(),
    }
}

/// The name of an integration.
pub(super) fn name(context: &Context<'_>, integration: u32) -> String {
    context.log.integrations[integration as usize].name.clone()
}

/// An account that adopted an integration, and how far it came by now.
struct Adoption {
    /// Row of its first fact.
    row: usize,
    /// First fact that enabled it.
    installed: Option<Time>,
    /// Whether it tried a run, or had one.
    attempted: bool,
    /// First successful run.
    used: Option<Time>,
    /// Whether it completed the onboarding.
    onboarded: bool,
}

/// Adoptions that are asked for, of all times.
fn adoptions(context: &Context<'_>) -> Vec<Adoption> {
    let u = &context.log.usage;
    let firsts: Vec<Holding> = holdings(context).into_iter().filter(|holding| holding.adopts).collect();
    let new = |holding: &Holding| Adoption {
        row: holding.row,
        installed: None,
        attempted: false,
        used: None,
        onboarded: false,
    };
    let mut adoptions: Vec<Adoption> = firsts.iter().map(new).collect();
    let earliest = |slot: &mut Option<Time>, at: Time| *slot = Some(slot.map_or(at, |first| first.min(at)));
    for row in (0..u.len()).filter(|row| u.at[*row] <= context.now) {
        let key = (u.customer[row], u.integration[row]);
        let found = firsts.binary_search_by_key(&key, |holding| (holding.customer, holding.integration));
        if let Ok(i) = found {
            let adoption = &mut adoptions[i];
            match u.kind[row] {
                UsageKind::Installed => earliest(&mut adoption.installed, u.at[row]),
                UsageKind::Attempted => adoption.attempted = true,
                UsageKind::Used => {
                    adoption.attempted = true;
                    earliest(&mut adoption.used, u.at[row]);
                }
                UsageKind::Onboarded => adoption.onboarded = true,
                UsageKind::FeatureUsed | UsageKind::PaidFeatureUsed | UsageKind::Uninstalled => {}
            }
        }
    }
    adoptions
}

/// Of the adoptions, those enabled in the period.
fn enabled(context: &Context<'_>) -> Vec<Adoption> {
    let is = |adoption: &Adoption| adoption.installed.is_some_and(|at| context.period.contains(at));
    adoptions(context).into_iter().filter(is).collect()
}

fn evidence<'a>(adoptions: impl Iterator<Item = &'a Adoption>) -> Vec<FactRef> {
    let mut rows: Vec<FactRef> = adoptions.map(|adoption| FactRef::Usage(adoption.row as u32)).collect();
    rows.sort_unstable();
    rows
}

pub(super) fn funnel(context: &Context<'_>) -> Answer {
    let u = &context.log.usage;
    let all: Vec<Adoption> =
        adoptions(context).into_iter().filter(|adoption| context.period.contains(u.at[adoption.row])).collect();
    let count = |is: &dyn Fn(&Adoption) -> bool| all.iter().filter(|adoption| is(adoption)).count() as u64;
    let installed = all.len() as u64;
    let (attempted, used) = (count(&|adoption| adoption.attempted), count(&|adoption| adoption.used.is_some()));
    let parts = vec![
        Part::known("Installed", Measure::Count, installed as i64),
        Part::known("Attempted", Measure::Count, attempted as i64),
        Part::known("Successful run", Measure::Count, used as i64),
        Part::rate("Installed → attempted", attempted, installed, needs::INSTALLED),
        Part::rate("Attempted → successful run", used, attempted, needs::USED),
    ];
    let reached = all.iter().filter(|adoption| adoption.used.is_some());
    Answer::rate(used, installed, needs::INSTALLED, evidence(reached)).with(parts)
}

pub(super) fn onboarding(context: &Context<'_>) -> Answer {
    let all = enabled(context);
    let n = all.iter().filter(|adoption| adoption.onboarded).count() as u64;
    let evidence = evidence(all.iter().filter(|adoption| adoption.onboarded));
    Answer::rate(n, all.len() as u64, needs::INSTALLED, evidence)
}

pub(super) fn time_to_value(context: &Context<'_>) -> Answer {
    let all = enabled(context);
    // A run before it was enabled, which can only be of late recording, took no time.
    let took = |adoption: &Adoption| {
        let (used, installed) = (adoption.used?, adoption.installed?);
        Some(i64::from(used.0.saturating_sub(installed.0)))
    };
    let times: Vec<i64> = all.iter().filter_map(took).collect();
    let parts = vec![
        Part::known("With a successful run", Measure::Count, times.len() as i64),
        Part::known("Without one so far", Measure::Count, (all.len() - times.len()) as i64),
    ];
    let value = stat::median(&times).map_or(Value::NotKnown(needs::USED), Value::Known);
    // Zero stands for a median that is known exactly: what is left is the interval of the one.
    let interval = stat::median_difference(&times, &[0, 0])
        .and_then(|difference| difference.interval)
        .map(|(low, high)| (low.max(0), high));
    let evidence = evidence(all.iter().filter(|adoption| adoption.used.is_some()));
    Answer { interval, ..Answer::of(value, evidence).with(parts) }
}
