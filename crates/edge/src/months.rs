//! Statements and the closing of months: what the store knows is brought to [`engine::commission::close`], which
//! decides, and what it decides is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engine::{
    commission::{
        Account, Accruals, Commission, Review, Reviews, Source, Terms,
        away::{self, Away, Refusals, Until},
        close::{Sheet, Stated},
    },
    credit::Credits,
    id::{CommissionId, PartnerId},
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
        feed::Keys,
        standing,
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
    credits: Credits,
    /// Row of revenue and partner of what a partner who was away has nothing of.
    canceled: BTreeSet<(u32, u32)>,
    keys: Keys,
}

/// What a partner has of a sale, or was given by hand, by the names that others know it by.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The same whenever it is asked for.
    pub id: CommissionId,
    /// Key of the sale or of the adjustment.
    pub key: String,
    /// The partner.
    pub partner: PartnerId,
    /// Code of the currency.
    pub currency: String,
    /// Reference of the invoice; empty for none.
    pub invoice: String,
    /// Why it was given; empty where it was not, or nobody said.
    pub reason: String,
    /// What it came to.
    pub commission: Commission,
    /// Whether it is nothing because the partner was away.
    pub canceled: bool,
}

impl Books {
    /// Computes them.
    ///
    /// # Errors
    /// A conflict where no terms were ever recorded: commission is not known then, rather than nothing.
    pub async fn open(db: &D1Database, scope: Scope, now: Time) -> Result<Self, Error> {
        let terms = store::terms::load(db).await?;
        let held = suspicion::held(db, scope.narrowed(None)?).await?;
        let standings = standing::list(db).await?;
        let (feed, keys) = store::feed::load_keyed(db, "", scope, now).await?;
        let credits = Credits::compute(&feed.log, &Journeys::build(&feed.log), &feed.head.policies);
        let mut reviews = reviews(&feed.log, &keys.sales, &held);
        let compute = |reviews: &Reviews| {
            Accruals::reviewed(&feed.log, &credits, &terms, &feed.head.zone, reviews).ok_or_else(|| {
                Error::Refused(Code::Conflict, "terms: none are recorded, so commission is not known".into())
            })
        };
        let mut accruals = compute(&Reviews::new(reviews.clone()))?;
        let refused = away::refusals(&feed.log, &credits, &accruals, &away(&feed.log, &standings));
        let canceled: BTreeSet<(u32, u32)> = refused.sales.iter().map(|(whose, _)| *whose).collect();
        if refused != Refusals::default() {
            reviews.extend(refused.sales);
            accruals = compute(&Reviews::new(reviews).canceling(refused.adjustments))?;
        }
        Ok(Self { feed, terms, accruals, credits, canceled, keys })
    }

    /// The calendar.
    pub fn zone(&self) -> &Zone {
        &self.feed.head.zone
    }

    /// Every commission until now, in the order of time.
    pub fn entries(&self, now: Time) -> Vec<Entry> {
        let log = &self.feed.log;
        let entry = |commission: Commission| {
            let partner = log.partners.get(commission.partner as usize)?.id.as_deref()?;
            let (key, canceled, invoice, reason) = match commission.source {
                Source::Sale(row) => {
                    let canceled = self.canceled.contains(&(row, commission.partner));
                    let invoice = log.revenue.reference[row as usize].clone();
                    (self.keys.sales.get(row as usize)?, canceled, invoice, String::new())
                }
                Source::Adjustment(row) => {
                    let reason = log.adjustments.reason[row as usize].clone();
                    (self.keys.adjustments.get(row as usize)?, !self.accruals.adjusts(row), String::new(), reason)
                }
            };
            Some(Entry {
                id: id_of(commission.at, key, partner),
                key: key.clone(),
                partner: partner.parse().ok()?,
                currency: log.currencies.get(commission.source.currency(log) as usize)?.code().to_owned(),
                invoice,
                reason,
                canceled,
                commission,
            })
        };
        self.accruals.ledger(log, now).into_iter().filter_map(entry).collect()
    }

    /// The key of the link whose touch has most of the partner's credit for a sale, if one has any.
    pub fn link(&self, commission: &Commission) -> Option<&str> {
        let Source::Sale(sale) = commission.source else { return None };
        let touches = &self.feed.log.touches;
        let own = self.credits.of(sale as usize).iter();
        let own = own.filter(|credit| touches.partner[credit.touch as usize] == commission.partner);
        let best =
            own.filter(|credit| touches.link[credit.touch as usize] != NONE).max_by_key(|credit| credit.amount)?;
        Some(&self.feed.log.links.get(touches.link[best.touch as usize] as usize)?.key)
    }

    /// When the first line, payout or adjustment is dated.
    fn first(&self) -> Option<Time> {
        let facts = self.feed.log.payouts.at.iter().chain(&self.feed.log.adjustments.at).copied();
        self.accruals.lines().iter().map(|line| line.at).chain(facts).min()
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
        let adjustments = log.adjustments.partner.iter().copied().zip(log.adjustments.currency.iter().copied());
        let pairs: BTreeSet<(u32, u32)> = lines.chain(payouts).chain(adjustments).collect();
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

/// The identifier of what a partner has of a sale or by an adjustment: no fact changes either, nor when it was.
fn id_of(at: Time, key: &str, partner: &str) -> CommissionId {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(format!("commission {partner} {key}").as_bytes());
    let mut nonce = [0; 10];
    nonce.copy_from_slice(&hash[..10]);
    CommissionId::new(at.millis(), nonce)
}

/// The sales that are held or refused, by their rows. One that came meanwhile is in neither or seen the next time.
fn reviews(log: &Log, sales: &[String], held: &[suspicion::Held]) -> Vec<((u32, u32), Review)> {
    let rows: HashMap<&str, u32> = sales.iter().map(String::as_str).zip(0..).collect();
    let review = |held: &suspicion::Held| {
        let partner = log.partners.iter().position(|party| party.id.as_ref() == Some(&held.partner))?;
        Some(((*rows.get(held.sale.as_str())?, partner as u32), held.review()))
    };
    held.iter().filter_map(review).collect()
}

/// The times that partners of the log were away.
fn away(log: &Log, standings: &[standing::Row]) -> Vec<Away> {
    let away = |row: &standing::Row| {
        let partner = log.partners.iter().position(|party| party.id.as_ref() == Some(&row.partner_id))?;
        let until = match row.until {
            Some(back) => Until::Back(Millis(back).time()),
            None if row.state == "banned" => Until::Banned,
            None => Until::Deactivated,
        };
        Some(Away { partner: partner as u32, since: Millis(row.since).time(), until })
    };
    standings.iter().filter_map(away).collect()
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
