//! Whether accounts are content, and what keeps them from it.

use super::adoption::{mine, name};
use crate::{
    cohort::{self, Group, Kind, Middle},
    fact::SurveyKind,
    figure::{FactRef, MILLION, Value},
    kpi::{
        Answer, Context, Measure, Part,
        accounts::{Accounts, asked, holders, holdings},
        needs,
    },
    stat,
};

/// Rows of answers in the period to a kind of survey, whosever they are.
fn answers(context: &Context<'_>, kind: SurveyKind) -> Vec<usize> {
    let s = &context.log.surveys;
    (0..s.len()).filter(|row| s.kind[*row] == kind && context.period.contains(s.at[*row])).collect()
}

/// Groups of customers whose answers stand beside one another: integrated and not, sourced and not, by integration.
fn groups(context: &Context<'_>) -> Vec<Group<Vec<u32>>> {
    let cohorts = [Kind::Integrated, Kind::Sourced].into_iter().flat_map(|kind| cohort::cohorts(context, kind));
    cohorts.map(|c| Group { label: c.label, counted: c.customers, baseline: c.baseline }).collect()
}

/// Answers of customers who are asked for, of `rows`.
fn own(context: &Context<'_>, rows: &[usize]) -> Vec<usize> {
    let asked = asked(context, context.end());
    rows.iter().copied().filter(|row| asked[context.log.surveys.customer[*row] as usize]).collect()
}

/// Answers of those who have an integration at the end of the period.
fn of_integration(context: &Context<'_>, rows: &[usize], integration: u32) -> Vec<usize> {
    let end = context.end();
    let has = holders(context, &holdings(context), |h| h.integration == integration && h.is_at(end));
    rows.iter().copied().filter(|row| has[context.log.surveys.customer[*row] as usize]).collect()
}

/// Answers of customers, who are sorted.
fn of_customers(context: &Context<'_>, rows: &[usize], customers: &[u32]) -> Vec<usize> {
    let is = |row: &usize| customers.binary_search(&context.log.surveys.customer[*row]).is_ok();
    rows.iter().copied().filter(is).collect()
}

fn evidence(rows: &[usize]) -> Vec<FactRef> {
    rows.iter().map(|row| FactRef::Survey(*row as u32)).collect()
}

/// How many of some answers lie within bounds, both included.
fn between(context: &Context<'_>, rows: &[usize], low: u8, high: u8) -> u64 {
    rows.iter().filter(|row| (low..=high).contains(&context.log.surveys.score[**row])).count() as u64
}

/// What each of some answers adds to the score, in millionths: 100 for a promoter, −100 for a detractor. Their mean is
/// the score, so that it has the interval of a mean.
fn scores(context: &Context<'_>, rows: &[usize]) -> Vec<i64> {
    let score = |row: &usize| match context.log.surveys.score[*row] {
        0..=6 => -100 * MILLION,
        7..=8 => 0,
        _ => 100 * MILLION,
    };
    rows.iter().map(score).collect()
}

pub(super) fn nps(context: &Context<'_>) -> Answer {
    let all = answers(context, SurveyKind::Nps);
    let rows = own(context, &all);
    let share = |label: &str, low: u8, high: u8| {
        Part::rate(label, between(context, &rows, low, high), rows.len() as u64, needs::NPS)
    };
    let mut parts = vec![share("Promoters", 9, 10), share("Passives", 7, 8), share("Detractors", 0, 6)];
    let groups: Vec<Group<Vec<i64>>> = groups(context)
        .iter()
        .map(|group| {
            let counted = scores(context, &of_customers(context, &all, &group.counted));
            Group { label: group.label, counted, baseline: group.baseline }
        })
        .collect();
    for pair in groups.chunks(2) {
        parts.extend(cohort::middles(pair, Middle::Mean, Measure::Ratio, needs::NPS));
    }
    for integration in mine(context) {
        let score = stat::mean(&scores(context, &of_integration(context, &all, integration)));
        parts.push(Part::known_or(name(context, integration), Measure::Ratio, score, needs::NPS));
    }
    let scores = scores(context, &rows);
    // Against a mean that is known exactly, Welch's interval is Student's of the one.
    let interval = stat::mean_difference(&scores, &[0, 0]).and_then(|difference| difference.interval);
    let within = |bound: i64| bound.clamp(-100 * MILLION, 100 * MILLION);
    let value = stat::mean(&scores).map_or(Value::NotKnown(needs::NPS), Value::Known);
    let interval = interval.map(|(low, high)| (within(low), within(high)));
    Answer { interval, ..Answer::of(value, evidence(&rows)).with(parts) }
}

pub(super) fn csat(context: &Context<'_>) -> Answer {
    let all = answers(context, SurveyKind::Csat);
    let content = |rows: &[usize]| (between(context, rows, 4, 5), rows.len() as u64);
    let mut parts = Vec::new();
    let groups: Vec<Group<(u64, u64)>> = groups(context)
        .iter()
        .map(|group| {
            let counted = content(&of_customers(context, &all, &group.counted));
            Group { label: group.label, counted, baseline: group.baseline }
        })
        .collect();
    for pair in groups.chunks(2) {
        parts.extend(cohort::rates(pair, needs::CSAT));
    }
    for integration in mine(context) {
        let (n, m) = content(&of_integration(context, &all, integration));
        parts.push(Part::rate(name(context, integration), n, m, needs::CSAT));
    }
    let rows = own(context, &all);
    let (n, m) = content(&rows);
    Answer::rate(n, m, needs::CSAT, evidence(&rows)).with(parts)
}

pub(super) fn tickets(context: &Context<'_>) -> Answer {
    let (log, t) = (context.log, &context.log.tickets);
    let held = holdings(context);
    let rows: Vec<usize> = (0..t.len()).filter(|row| context.period.contains(t.at[*row])).collect();
    let about = |row: &usize, integration: Option<u32>| {
        let of = t.integration[*row];
        (of as usize) < log.integrations.len()
            && context.is_my_integration(of)
            && integration.is_none_or(|integration| integration == of)
    };
    // Tickets about it, and accounts that had it in the period.
    let load = |integration: Option<u32>| {
        let mine = |of: u32| integration.is_none_or(|integration| integration == of);
        let has = holders(context, &held, |holding| holding.is_in(context.period) && mine(holding.integration));
        let accounts = has.into_iter().filter(|has| *has).count();
        (rows.iter().filter(|row| about(row, integration)).count(), accounts)
    };
    let of_100 = |(tickets, accounts): (usize, usize)| stat::ratio(tickets as i128 * 100, accounts as i128);
    let (tickets, with) = load(None);
    let mut parts = vec![
        Part::known("Tickets", Measure::Count, tickets as i64),
        Part::known("Accounts with the integration", Measure::Count, with as i64),
    ];
    for integration in mine(context) {
        let each = of_100(load(Some(integration)));
        parts.push(Part::known_or(name(context, integration), Measure::Ratio, each, needs::INSTALLED));
    }
    // By account, of active ones, whatever the tickets are about.
    let accounts = Accounts::of(log);
    let mut of_account = vec![0i64; log.customers.len()];
    rows.iter().for_each(|row| of_account[t.customer[*row] as usize] += 100 * MILLION);
    let each =
        |customer: u32| accounts.is_active_in(customer, context.period, None).then(|| of_account[customer as usize]);
    let cohorts = cohort::cohorts(context, Kind::Integrated);
    let groups: Vec<Group<Vec<i64>>> = cohorts.iter().map(|cohort| cohort.values(&each)).collect();
    parts.extend(cohort::middles(&groups, Middle::Mean, Measure::Ratio, needs::REVENUE));
    let evidence = rows.iter().filter(|row| about(row, None)).map(|row| FactRef::Ticket(*row as u32)).collect();
    let value = of_100((tickets, with)).map_or(Value::NotKnown(needs::INSTALLED), Value::Known);
    Answer::of(value, evidence).with(parts)
}

pub(super) fn downtime(context: &Context<'_>) -> Answer {
    let d = &context.log.downtimes;
    let is = |row: &usize| context.period.contains(d.at[*row]) && context.is_my_integration(d.integration[*row]);
    let rows: Vec<usize> = (0..d.len()).filter(is).collect();
    let minutes = |of: Option<u32>| {
        let rows = rows.iter().filter(|row| of.is_none_or(|integration| integration == d.integration[**row]));
        rows.map(|row| i64::from(d.minutes[*row])).sum::<i64>()
    };
    let part = |of: u32| Part::known(name(context, of), Measure::Count, minutes(Some(of)));
    let parts = mine(context).into_iter().map(part).collect();
    let evidence = rows.iter().map(|row| FactRef::Downtime(*row as u32)).collect();
    Answer::known(minutes(None), evidence).with(parts)
}
