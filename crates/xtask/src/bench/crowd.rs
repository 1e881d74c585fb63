//! A feed of as many touches as are asked for: what a partner reads whom a whole market knows, or the program of many
//! partners. It follows from its size and its reader alone, and is the same on every machine.

use crate::sample::rng::Rng;
use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::ProgramId,
    log::{ClickRow, Identity, LinkRow, Log, Milestone, NONE, Party, RegistrationRow, RevenueRow, Touch},
    money::Currency,
    period::Zone,
    policy::Policies,
    time::{DAY, Time},
};
use wire::feed::{Feed, Head, ProgramHead, Reader};

/// The present, in November 2026.
const NOW: Time = Time(1_795_100_000);
/// Days of the log, and those in which one customer is touched.
const DAYS: i64 = 730;
const JOURNEY: i64 = 180;
/// Touches a customer, on average.
const EACH: u32 = 20;
/// The reader and those whom a partner sees masked.
const PARTNERS: u32 = 10;
/// Partners of whom a program reads.
const PARTNERS_OF_A_PROGRAM: u32 = 500;
const LINKS: u32 = 25;
const CAMPAIGNS: u32 = 12;
const COUPONS: u32 = 5;
/// Kinds of touches, each with its share of a thousand. Claims of several kinds are among them, as in any program that has
/// coupons and registered deals: the engine then judges each journey, and may not take a stretch of it as it stands.
const KINDS: [(TouchKind, u32); 10] = [
    (TouchKind::Click, 780),
    (TouchKind::Landing, 60),
    (TouchKind::Listing, 40),
    (TouchKind::Email, 60),
    (TouchKind::Webinar, 20),
    (TouchKind::Asset, 20),
    (TouchKind::Coupon, 10),
    (TouchKind::Introduction, 4),
    (TouchKind::CoSell, 4),
    (TouchKind::DealRegistration, 2),
];

/// A feed of so many touches, of one customer for every twenty.
pub fn feed(touches: u32, reader: Reader) -> Feed {
    let program = ProgramHead {
        id: ProgramId::from_bytes([0x42; 16]),
        name: "Northbeam".into(),
        color: "#0f766e".into(),
        currency: Currency::USD,
    };
    let head = Head { now: NOW, program, reader, policies: Policies::default(), zone: Zone::UTC };
    Feed { head, log: log(touches, reader) }
}

fn log(touches: u32, reader: Reader) -> Log {
    let customers = touches.div_ceil(EACH).max(1);
    let mut log = tables(customers, reader);
    let mut rng = Rng::of(10, 0);
    let begins: Vec<Time> = (0..customers).map(|_| day(rng.range(0, DAYS - JOURNEY))).collect();
    for touch in drawn(touches, &begins, reader) {
        if touch.kind == TouchKind::DealRegistration {
            let (at, partner, customer) = (touch.at, touch.partner, touch.customer);
            let expires = Time(at.0 + 90 * DAY);
            log.registrations.push(RegistrationRow { at, partner, customer, opportunity: NONE, expires, person: NONE });
        }
        log.touches.push(touch);
    }
    for (customer, begin) in (0..customers).zip(&begins) {
        deal(&mut log, customer, *begin);
    }
    clicks(&mut log);
    log
}

/// Names, without a fact.
fn tables(customers: u32, reader: Reader) -> Log {
    let names = |what: &str, count: u32| (1..=count).map(|i| format!("{what} {i}")).collect::<Vec<_>>();
    let partner = |i: u32| match (reader, i) {
        (Reader::Program, _) => Party { id: Some(format!("pn_{i:026}")), name: Some(format!("Partner {i}")) },
        (Reader::Partner, 0) => {
            Party { id: Some("pn_1248H248H248H248H248H248H2".into()), name: Some("Harbor Analytics".into()) }
        }
        (Reader::Partner, _) => Party { id: None, name: None },
    };
    let link = |i: u32| LinkRow {
        key: format!("harbor-{i}"),
        short: format!("https://go.example.com/harbor-{i}"),
        destination: format!("https://example.com/?plan={i}"),
        partner: 0,
    };
    Log {
        partners: (0..partners_of(reader)).map(partner).collect(),
        links: (0..LINKS).map(link).collect(),
        campaigns: names("Campaign", CAMPAIGNS),
        channels: ["direct", "search", "social", "email", "partner", "other"].map(String::from).to_vec(),
        pages: names("Page", 5),
        coupons: names("COUPON", COUPONS),
        customers: names("Customer", customers),
        currencies: vec![Currency::USD],
        ..Log::default()
    }
}

fn partners_of(reader: Reader) -> u32 {
    match reader {
        Reader::Partner => PARTNERS,
        Reader::Program => PARTNERS_OF_A_PROGRAM,
    }
}

/// Touches in the order of time: each of any customer, within the days of their journey.
fn drawn(count: u32, begins: &[Time], reader: Reader) -> Vec<Touch> {
    let mut rng = Rng::of(11, 0);
    let mut touches: Vec<Touch> = (0..count)
        .map(|_| {
            let customer = rng.index(begins.len());
            let at = later(begins[customer], rng.range(0, JOURNEY * i64::from(DAY)));
            touch(&mut rng, at, customer as u32, reader)
        })
        .collect();
    touches.sort_by_key(|touch| touch.at);
    touches
}

fn touch(rng: &mut Rng, at: Time, customer: u32, reader: Reader) -> Touch {
    let kind = KINDS[rng.weighted(&KINDS.map(|(_, share)| share))].0;
    // Who is named by a partner has no visitor.
    let is_named = kind.assists();
    // Six of ten are the first partner's, one came by itself, the rest is anybody's.
    let partner = [0, below(rng, partners_of(reader)), NONE][rng.weighted(&[6, 3, u32::from(!is_named)])];
    let link = if partner == 0 && kind == TouchKind::Click { below(rng, LINKS) } else { NONE };
    Touch {
        mark: [Mark::Counted, Mark::Duplicate, Mark::Bot][rng.weighted(&[960, 30, 10])],
        partner,
        link,
        campaign: if rng.chance(20) { below(rng, CAMPAIGNS) } else { NONE },
        channel: below(rng, 6),
        page: if kind == TouchKind::Landing { below(rng, 5) } else { NONE },
        coupon: if kind == TouchKind::Coupon { below(rng, COUPONS) } else { NONE },
        visitor: if is_named { NONE } else { customer },
        customer: if is_named { customer } else { NONE },
        ..Touch::new(at, kind)
    }
}

/// How far a customer comes: all are leads, seven of ten have an opportunity, six buy, and some of them again.
fn deal(log: &mut Log, customer: u32, begin: Time) {
    let mut rng = Rng::of(12, u64::from(customer));
    let mut at = later(begin, rng.range(5, 60) * i64::from(DAY));
    let step = |log: &mut Log, kind, at| {
        log.milestones.push(Milestone { at, kind, customer, opportunity: NONE });
    };
    log.identities.push(Identity { at, visitor: customer, customer });
    step(log, MilestoneKind::LeadCreated, at);
    let fate = rng.weighted(&[30, 10, 60]);
    if fate == 0 {
        return;
    }
    at = later(at, rng.range(1, 15) * i64::from(DAY));
    step(log, MilestoneKind::OpportunityOpened, at);
    at = later(at, rng.range(5, 60) * i64::from(DAY));
    if fate == 1 {
        return step(log, MilestoneKind::OpportunityLost, at);
    }
    step(log, MilestoneKind::OpportunityWon, at);
    let kinds = [RevenueKind::New, RevenueKind::Renewal, RevenueKind::Expansion];
    for kind in kinds.into_iter().take(1 + rng.weighted(&[5, 3, 2])) {
        let row = log.revenue.len() as u32;
        let amount = rng.range(1_000, 2_000_000);
        log.revenue.push(RevenueRow::new(at, kind, customer, amount));
        if rng.chance(4) {
            let refund = RevenueRow::new(later(at, i64::from(DAY)), RevenueKind::Refund, customer, amount / 3);
            log.revenue.push(RevenueRow { refunds: row, ..refund });
        }
        at = later(at, 30 * i64::from(DAY));
    }
}

/// Counted clicks of every day and link, and a few that are not counted.
fn clicks(log: &mut Log) {
    let mut rng = Rng::of(13, 0);
    for at in (0..DAYS).map(day) {
        for link in 0..LINKS {
            let row = ClickRow {
                day: at.day(),
                partner: 0,
                link,
                campaign: NONE,
                kind: TouchKind::Click,
                mark: Mark::Counted,
                count: 1 + below(&mut rng, 200),
            };
            log.clicks.push(ClickRow { mark: Mark::Bot, count: 1 + row.count / 20, ..row.clone() });
            log.clicks.push(row);
        }
    }
}

/// So many days after the first.
fn day(number: i64) -> Time {
    later(Time(NOW.0 - DAYS as u32 * DAY), number * i64::from(DAY))
}

/// So many seconds later, but not after the present.
fn later(at: Time, seconds: i64) -> Time {
    Time(NOW.0.min(at.0 + seconds as u32))
}

fn below(rng: &mut Rng, count: u32) -> u32 {
    rng.index(count as usize) as u32
}

#[cfg(test)]
mod tests {
    use super::feed;
    use wire::feed::{Reader, decode, encode};

    #[test]
    fn as_many_touches_as_asked_and_always_the_same() {
        for (reader, partners) in [(Reader::Partner, 10), (Reader::Program, 500)] {
            let made = feed(2_000, reader);
            let log = &made.log;
            assert_eq!((log.touches.len(), log.customers.len(), log.partners.len()), (2_000, 100, partners));
            assert!(log.touches.at.is_sorted() && log.revenue.len() > 60 && !log.registrations.is_empty());
            assert_eq!(decode(&encode(&made)), Ok(made.clone()));
            assert_eq!(feed(2_000, reader), made);
            assert_eq!(feed(0, reader).log.check(), Ok(()));
        }
    }
}
