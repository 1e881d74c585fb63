//! Opportunities, and deals that partners registered.

use crate::{
    classify::Class,
    figure::FactRef,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        deals::{Judge, deals},
        needs::{OPENED, REGISTRATION, TOUCH},
    },
    log::{NONE, RegistrationRow},
    time::Time,
};

const REGISTERED: &str = "registered deals, active deals";
const BY_CLASS: &str = "opportunities sourced / influenced";

pub const REGISTERED_DEALS: Definition = Definition {
    id: "registered_deals",
    label: "Registered deals",
    chapter: Chapter::Sales,
    row: REGISTERED,
    measure: Measure::Count,
    formula: "Deals registered by the partner in the period. A registration carries neither link nor campaign nor \
              integration.",
    needs: &[REGISTRATION],
    compute: |context| {
        let rows = registered(context);
        Answer::known(rows.len() as i64, evidence(&rows))
    },
};

pub const ACTIVE_DEALS: Definition = Definition {
    id: "active_deals",
    label: "Active deals",
    chapter: Chapter::Sales,
    row: REGISTERED,
    measure: Measure::Count,
    formula: "Of the deals registered in the period, those that are neither closed nor expired at its end, or now \
              if that is earlier.",
    needs: &[REGISTRATION],
    compute: active_deals,
};

pub const SOURCED: Definition = Definition {
    id: "opportunities_sourced",
    label: "Sourced opportunities",
    chapter: Chapter::Sales,
    row: BY_CLASS,
    measure: Measure::Count,
    formula: "Opportunities opened in the period with customers whom the partner sourced.",
    needs: &[TOUCH, OPENED],
    compute: |context| opened(context, Class::Sourced),
};

pub const INFLUENCED: Definition = Definition {
    id: "opportunities_influenced",
    label: "Influenced opportunities",
    chapter: Chapter::Sales,
    row: BY_CLASS,
    measure: Measure::Count,
    formula: "Opportunities opened in the period for which a touch of the partner counts in the window before the \
              close (while open: the end of the period, or now), or in which the partner took a recorded part, or \
              whose customer uses the partner's integration then, and all sourced ones.",
    needs: &[TOUCH, OPENED],
    compute: |context| opened(context, Class::Influenced),
};

/// Registrations of the period, by row.
fn registered(context: &Context<'_>) -> Vec<(u32, RegistrationRow)> {
    let mine = |row: &RegistrationRow| context.is_mine(row.partner) && context.period.contains(row.at);
    let rows = context.log.registrations.iter().enumerate();
    rows.filter(|(_, row)| mine(row)).map(|(i, row)| (i as u32, row)).collect()
}

fn evidence(rows: &[(u32, RegistrationRow)]) -> Vec<FactRef> {
    rows.iter().map(|(row, _)| FactRef::Registration(*row)).collect()
}

/// A registration that names no opportunity is closed by the first deal of its customer that ends after it.
fn active_deals(context: &Context<'_>) -> Answer {
    let end = context.end();
    let mut closes: Vec<Vec<(u32, Time)>> = vec![Vec::new(); context.log.customers.len()];
    for deal in deals(context.log) {
        let close = deal.close.filter(|close| close.at <= end);
        closes[deal.customer as usize].extend(close.map(|close| (deal.opportunity, close.at)));
    }
    let is_closed = |row: &RegistrationRow| {
        let mut of_customer = closes[row.customer as usize].iter();
        of_customer.any(|(opportunity, at)| match row.opportunity {
            NONE => row.at <= *at,
            registered => registered == *opportunity,
        })
    };
    let mut rows = registered(context);
    let all = rows.len() as i64;
    rows.retain(|(_, row)| row.expires > end && !is_closed(row));
    let parts = vec![Part::known("Registered", Measure::Count, all)];
    Answer::known(rows.len() as i64, evidence(&rows)).with(parts)
}

fn opened(context: &Context<'_>, class: Class) -> Answer {
    let judge = Judge::new(context);
    let mut facts = Vec::new();
    let mut all = 0;
    for deal in deals(context.log) {
        if let Some((_, fact)) = deal.opened.filter(|(at, _)| context.period.contains(*at)) {
            all += 1;
            if judge.deal(&deal, class) {
                facts.push(fact);
            }
        }
    }
    facts.sort_unstable();
    let parts = vec![Part::rate("Of all opportunities", facts.len() as u64, all, OPENED)];
    Answer::known(facts.len() as i64, facts).with(parts)
}
