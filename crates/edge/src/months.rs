//! Statements and the closing of months: what the store knows is brought to [`engine::commission::close`], which
//! decides, and what it decides is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engine::{
    commission::{
        Account, Accruals, Reviews, Terms,
        close::{Sheet, Stated},
    },
    credit::Credits,
    id::PartnerId,
    journey::Journeys,
    log::{Log, NONE},
    period::{Grain, Period, Zone},
    time::{Day, Millis, Time},
};
use wire::{feed::Feed, problem::Code};
use worker::D1Database;

use crate::{
    auth::Scope,
    error::Error,
    store::{
        self,
        audit::Pen,
        statement::{self, Whose},
        suspicion,
    },
};

/// The month as it is written: `2026-10`.
pub fn name(zone: &Zone, month: Period) -> String {
    zone.day(month.from).month().to_string()
}

/// The month of a name.
///
/// # Errors
/// Names the field `month`.
pub fn read(zone: &Zone, text: &str) -> Result<Period, Error> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let parts = text.split_once('-').filter(|(year, month)| (year.len(), month.len()) == (4, 2));
    let date = parts.and_then(|(year, month)| Some((digits(year)?, digits(month)?)));
    match date {
        Some((year @ 1971..=2099, month @ 1..=12)) => {
            Ok(zone.period(zone.midnight(Day::of(year, month, 1)), Grain::Month))
        }
        _ => Err(Error::rule("month", "must be a month such as 2026-10")),
    }
}

/// The facts of a scope with their commission.
pub struct Books {
    feed: Feed,
    terms: Terms,
    accruals: Accruals,
}

impl Books {
    /// Computes them.
    ///
    /// # Errors
    /// A conflict where no terms were ever recorded: commission is not known then, rather than nothing.
    pub async fn open(db: &D1Database, scope: Scope, now: Time) -> Result<Self, Error> {
        let terms = store::terms::load(db).await?;
        let held = suspicion::held(db, scope.narrowed(None)?).await?;
        let (feed, sales) = store::feed::load_keyed(db, "", scope, now).await?;
        let credits = Credits::compute(&feed.log, &Journeys::build(&feed.log), &feed.head.policies);
        let reviews = reviews(&feed.log, &sales, &held);
        let accruals = Accruals::reviewed(&feed.log, &credits, &terms, &feed.head.zone, &reviews).ok_or_else(|| {
            Error::Refused(Code::Conflict, "terms: none are recorded, so commission is not known".into())
        })?;
        Ok(Self { feed, terms, accruals })
    }

    /// When the first line or payout is dated.
    fn first(&self) -> Option<Time> {
        let payouts = self.feed.log.payouts.at.iter().copied();
        self.accruals.lines().iter().map(|line| line.at).chain(payouts).min()
    }

    /// The statements of a month, of every partner whose commission is known and that `partner` leaves. What was stated
    /// before is corrected.
    pub fn sheets(
        &self,
        month: Period,
        until: Time,
        stated: Option<&BTreeMap<Whose, Stated>>,
        partner: Option<PartnerId>,
    ) -> Vec<(Whose, Sheet)> {
        let log = &self.feed.log;
        let id = |partner: u32| log.partners.get(partner as usize)?.id.clone();
        let code = |currency: u32| Some(log.currencies.get(currency as usize)?.code().to_owned());
        let lines = self.accruals.lines().iter().map(|l| (l.partner, log.revenue.currency[l.row as usize]));
        let payouts = log.payouts.partner.iter().copied().zip(log.payouts.currency.iter().copied());
        let pairs: BTreeSet<(u32, u32)> = lines.chain(payouts).collect();
        let mut known: BTreeMap<Whose, (u32, u32)> =
            pairs.into_iter().filter_map(|(p, c)| Some(((id(p)?, code(c)?), (p, c)))).collect();
        for whose in stated.into_iter().flat_map(BTreeMap::keys) {
            known.entry(whose.clone()).or_insert((NONE, NONE));
        }
        let asked = partner.map(|id| id.to_string());
        let nothing = Stated::default();
        let sheets = known.into_iter().filter(|((id, _), _)| asked.as_ref().is_none_or(|asked| asked == id));
        let sheet = |(whose, (partner, currency)): (Whose, (u32, u32))| {
            let account = Account::of(log, &self.accruals, currency, &|p| p == partner);
            let stated = stated.map(|stated| stated.get(&whose).unwrap_or(&nothing));
            (whose, account.sheet(&self.terms, month, until, stated))
        };
        sheets.map(sheet).collect()
    }
}

/// The sales that are held or refused, by their rows. One that came meanwhile is in neither or seen the next time.
fn reviews(log: &Log, sales: &[String], held: &[suspicion::Held]) -> Reviews {
    let rows: HashMap<&str, u32> = sales.iter().map(String::as_str).zip(0..).collect();
    let review = |held: &suspicion::Held| {
        let partner = log.partners.iter().position(|party| party.id.as_ref() == Some(&held.partner))?;
        Some(((*rows.get(held.sale.as_str())?, partner as u32), held.review()))
    };
    Reviews::new(held.iter().filter_map(review).collect())
}

/// Closes a month and every month before it that is open, from that of the first fact on: one transaction a month, so
/// that what breaks off is taken up where it stopped, and two at once close each month once. Answers the names of those
/// that were closed.
///
/// # Errors
/// As [`Books::open`].
pub async fn close(pen: &Pen, zone: &Zone, last: Period, now: Millis) -> Result<Vec<String>, Error> {
    let mut closed = Vec::new();
    if statement::closed_until(pen).await?.is_some_and(|until| until >= last.until) {
        return Ok(closed);
    }
    let books = Books::open(pen, Scope::Program, now.time()).await?;
    loop {
        let from = match statement::closed_until(pen).await? {
            Some(until) => until,
            None => books.first().unwrap_or(last.from).min(last.from),
        };
        if from >= last.until {
            return Ok(closed);
        }
        let month = zone.period(from, Grain::Month);
        let stated = statement::stated(pen, None).await?;
        let sheets = books.sheets(month, month.until, Some(&stated), None);
        let name = name(zone, month);
        if statement::close(pen, &name, month.until, &sheets, now).await? {
            closed.push(name);
        }
    }
}
