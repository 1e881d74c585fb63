//! Looks for what looks like fraud: brings what the store knows to [`engine::fraud`], which judges, and writes what it
//! finds. A customer is looked at behind the answer that told something of them, and else within the hour; links and
//! coupons by the hour; and everybody before a month is closed.

use std::{cell::RefCell, rc::Rc};

use engine::{
    fraud::{self, Disposable, Suspicion},
    time::{Day, Millis},
};
use worker::{Env, console_error};

use crate::{
    app::{self, App},
    error::Error,
    store::{
        audit::{Actor, Pen},
        suspicion,
    },
};

/// Most customers that are looked at together.
const TOGETHER: u32 = 50;
/// How often the rest is asked for: what is left then is looked at in the next hour.
const ROUNDS: u32 = 200;
/// Days that links are looked at, once each is over and what it led to has had a day to come.
const DAYS: u32 = 7;

/// Where the list of disposable domains is.
const LIST: &str = "/api/disposable-domains.txt";

thread_local! {
    static DOMAINS: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
}

/// The list of disposable domains, read once an isolate.
async fn domains(env: &Env) -> Result<Rc<str>, Error> {
    if let Some(list) = DOMAINS.with_borrow(Clone::clone) {
        return Ok(list);
    }
    let list: Rc<str> = app::asset(env, LIST).await?.into();
    DOMAINS.set(Some(list.clone()));
    Ok(list)
}

/// Looks at some customers of whom something new is known, behind the answer.
pub fn behind(app: &App) {
    let own = app.clone();
    app.wait_until(async move {
        if let Err(error) = customers(own.env(), own.now()).await {
            console_error!("customers are looked at within the hour: {error:?}");
        }
    });
}

/// Looks at everything that is due. Whoever closes a month does it first.
///
/// # Errors
/// When a store does not answer, or there is more than one run can look at: then the rest is left to the next.
pub async fn look(env: &Env, now: Millis) -> Result<(), Error> {
    for _ in 0..ROUNDS {
        if !customers(env, now).await? {
            return counts(env, now).await;
        }
    }
    Err(Error::Unavailable("customers are left to be looked at".into()))
}

/// Whether there was somebody to look at.
async fn customers(env: &Env, now: Millis) -> Result<bool, Error> {
    let pen = pen(env, now)?;
    let due = suspicion::due(&pen, TOGETHER).await?;
    if due.is_empty() {
        return Ok(false);
    }
    let rules = suspicion::rules(&pen).await?;
    let list = if rules.disposable { domains(env).await? } else { "".into() };
    let roots: Vec<_> = due.iter().map(|due| due.root).collect();
    let mut found = Vec::new();
    for (id, (customer, ties)) in suspicion::cases(&pen, &roots).await? {
        for tie in &ties {
            found.extend(fraud::of_customer(id, &customer, tie, &rules, &Disposable(&list)));
        }
    }
    suspicion::write(&pen, &found, &due, now).await?;
    Ok(true)
}

/// Looks at links and coupons.
async fn counts(env: &Env, now: Millis) -> Result<(), Error> {
    let pen = pen(env, now)?;
    let rules = suspicion::rules(&pen).await?;
    let mut found: Vec<Suspicion> = Vec::new();
    let today = now.time().day();
    if let Some(least) = [rules.flood_clicks, rules.flood_visitor_clicks].into_iter().flatten().min() {
        let until = today.0.saturating_sub(1);
        let days = suspicion::link_days(&pen, (until.saturating_sub(DAYS), until), least).await?;
        found.extend(days.iter().filter_map(|day| fraud::of_link_day(day, &rules)));
    }
    if let Some(least) = rules.leak_redemptions {
        for months in coupon_months(today) {
            let months = suspicion::coupon_months(&pen, months, least).await?;
            found.extend(months.iter().filter_map(|month| fraud::of_coupon_month(month, &rules)));
        }
    }
    suspicion::write(&pen, &found, &[], now).await
}

/// The month of a day and the one before it: from when until when.
fn coupon_months(today: Day) -> [(Millis, Millis); 2] {
    let (year, month, _) = today.date();
    let first = Day::of(year, month, 1);
    let before = Day(first.0.saturating_sub(1)).date();
    let start = |day: Day| Millis(u64::from(day.0) * u64::from(engine::time::DAY) * 1000);
    [(Day::of(before.0, before.1, 1), first), (first, first.months_later(1))]
        .map(|(from, until)| (start(from), start(until)))
}

fn pen(env: &Env, now: Millis) -> Result<Pen, Error> {
    Ok(Pen::new(app::database(env)?, Actor::Own("fraud"), now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coupons_are_looked_at_this_month_and_last() {
        for ((year, month, day), expect) in [
            ((2026, 1, 1), [(2025, 12, 1), (2026, 1, 1), (2026, 2, 1)]),
            ((2026, 3, 31), [(2026, 2, 1), (2026, 3, 1), (2026, 4, 1)]),
            ((2026, 12, 15), [(2026, 11, 1), (2026, 12, 1), (2027, 1, 1)]),
        ] {
            let [(before, first), (again, next)] = coupon_months(Day::of(year, month, day));
            assert_eq!(first, again);
            assert_eq!([before, first, next].map(|at| at.time().day().date()), expect);
        }
    }
}
