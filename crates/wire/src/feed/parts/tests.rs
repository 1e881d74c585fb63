use super::*;
use crate::feed::{Feed, decode, encode, tests::sample};
use engine::{
    credit::Dimension,
    fact::{Mark, RevenueKind, TouchKind, UsageKind},
    log::{ClickRow, Identity, IntegrationRow, NONE, PathRow, RevenueRow, Touch, UsageRow},
    time::{DAY, Time},
};

const START: u32 = 20_454; // 2026-01-01

/// A year of a program, in time order: three touches, a count, a sale and a use an hour of each day that `every` divides,
/// and now and then a refund; `more` adds to an hour.
fn year(days: u32, every: u32, more: impl Fn(u32, &mut Log)) -> Feed {
    let mut feed = sample();
    let names = |noun: &str| (0..200).map(|i| format!("{noun} {i}")).collect::<Vec<_>>();
    feed.log = Log {
        partners: feed.log.partners.clone(),
        links: feed.log.links.clone(),
        campaigns: names("campaign"),
        customers: names("customer"),
        products: names("product"),
        currencies: feed.log.currencies.clone(),
        integrations: vec![IntegrationRow { name: "Sync".into(), partner: 0 }],
        ..Log::default()
    };
    let log = &mut feed.log;
    for hour in (0..days * 24).filter(|hour| (hour / 24).is_multiple_of(every)) {
        let at = Time(START * DAY + hour * 3600);
        let customer = hour / 100;
        for (i, kind) in TouchKind::ALL.iter().enumerate().take(3) {
            let i = i as u32;
            let touch = Touch::new(Time(at.0 + i), *kind);
            let (campaign, visitor) = (if i == 1 { hour / 50 } else { NONE }, if i == 2 { hour / 10 } else { NONE });
            let customer = if visitor == NONE { customer } else { NONE };
            log.touches.push(Touch { partner: i % 2, campaign, visitor, customer, ..touch });
        }
        let day = ClickRow { day: at.day(), partner: 0, link: 0, campaign: hour / 50, ..clicks() };
        log.clicks.push(ClickRow { mark: Mark::ALL[(hour % 5) as usize], ..day });
        log.identities.push(Identity { at, visitor: hour / 10, customer });
        log.revenue.push(RevenueRow { product: customer, ..RevenueRow::new(at, RevenueKind::New, customer, 900) });
        if hour % 30 == 0 {
            let refunds = log.revenue.len() as u32 - 1;
            log.revenue.push(RevenueRow { refunds, ..RevenueRow::new(at, RevenueKind::Refund, customer, 100) });
        }
        log.usage.push(UsageRow { at, integration: 0, customer, kind: UsageKind::Used, count: hour });
        more(hour, log);
    }
    log.paths.push(PathRow { by: Dimension::Campaign, steps: vec![5, NONE, 3], count: 70_000 });
    feed.log.renumber_by_appearance();
    assert_eq!(feed.log.check(), Ok(()));
    feed
}

fn clicks() -> ClickRow {
    let [partner, link, campaign] = [NONE; 3];
    ClickRow { day: Day(0), partner, link, campaign, kind: TouchKind::Click, mark: Mark::Counted, count: 3 }
}

fn joined(rest: &[u8], parts: &Parts) -> Option<Vec<u8>> {
    let read = Rest::read(rest)?;
    let segments: Vec<Vec<u8>> = parts.segments.iter().map(|(_, bytes)| bytes.clone()).collect();
    read.join(&segments)
}

fn names(feed: &Feed, until: u32) -> Vec<String> {
    Parts::of(&feed.log, Day(START + until)).segments.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn the_parts_of_a_feed_are_its_bytes() {
    let feed = year(365, 4, |_, _| {});
    // Nothing, a month, half a year, all of it; and what is no time of this feed.
    for (until, segments) in [(0, 0), (31, 1), (59, 2), (180, 5), (181, 6), (364, 11), (365, 12), (4_000, 12)] {
        let parts = Parts::of(&feed.log, Day(START + until));
        let rest = parts.rest(&feed.head);
        assert_eq!(parts.segments.len(), segments, "until {until}");
        assert_eq!(joined(&rest, &parts), Some(encode(&feed)));
        let named: Vec<_> = parts.segments.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(Rest::read(&rest).map(|rest| rest.names), Some(named));
        assert!(parts.segments.iter().all(|(name, bytes)| *name == name_of(bytes)));
    }
    // Rows in every table, not in the order of time.
    let feed = sample();
    let parts = Parts::of(&feed.log, Day(30_000));
    assert_eq!(joined(&parts.rest(&feed.head), &parts), Some(encode(&feed)));
    assert_eq!(Rest::read(&encode(&feed)).map(|rest| rest.names), None);
    // A second visit moves little of a year.
    let feed = year(365, 4, |_, _| {});
    let parts = Parts::of(&feed.log, Day(START + 334));
    let (rest, whole) = (parts.rest(&feed.head).len(), encode(&feed).len());
    assert!(rest * 4 < whole, "{rest} of {whole}");
}

#[test]
fn months_of_few_rows_are_put_together() {
    let feed = year(365, 16, |_, _| {});
    let parts = Parts::of(&feed.log, Day(START + 365));
    assert_eq!(parts.segments.len(), 6);
    assert_eq!(joined(&parts.rest(&feed.head), &parts), Some(encode(&feed)));
}

#[test]
fn what_is_later_changes_no_segment() {
    let (first, second) = (year(200, 4, |_, _| {}), year(365, 4, |_, _| {}));
    let until = 180;
    assert!(names(&first, until).len() > 3);
    assert_eq!(names(&first, until), names(&second, until));
}

#[test]
fn a_late_fact_changes_its_month() {
    let plain = names(&year(365, 4, |_, _| {}), 365);
    let touch = |at: u32| Touch { customer: 1, ..Touch::new(Time(at), TouchKind::CoSell) };
    let late = names(
        &year(365, 4, |hour, log| {
            if hour == 96 * 24 {
                log.touches.push(touch(START * DAY + hour * 3600 + 9));
            }
        }),
        365,
    );
    let changed: Vec<usize> = (0..plain.len()).filter(|i| plain[*i] != late[*i]).collect();
    assert_eq!((plain.len(), late.len(), changed.len()), (12, 12, 1), "{changed:?}");
}

#[test]
fn parts_that_do_not_fit_together_join_to_nothing() {
    let feed = year(120, 4, |_, _| {});
    let parts = Parts::of(&feed.log, Day(START + 90));
    let rest = parts.rest(&feed.head);
    let segments: Vec<Vec<u8>> = parts.segments.iter().map(|(_, bytes)| bytes.clone()).collect();
    assert_eq!(segments.len(), 3);
    let join = |rest: &[u8], segments: &[Vec<u8>]| Rest::read(rest)?.join(segments);
    assert_eq!(join(&rest, &[]), None);
    assert_eq!(join(&rest, &segments[..2]), None);
    assert_eq!(join(&rest, &[segments[0].clone(), segments[1].clone(), Vec::new()]), None);
    assert_eq!(join(&rest, &[&segments[..], &segments[2..]].concat()), None);
    assert_eq!(join(&rest, &[segments[0].clone(), segments[1].clone(), [&segments[2][..], &[0]].concat()]), None);
    for length in (0..rest.len() - 1).step_by(13) {
        let whole = join(&rest[..length], &segments);
        assert!(whole.is_none_or(|whole| decode(&whole).is_err()), "cut at {length}");
    }
    for i in (0..rest.len()).step_by(13) {
        for value in [0, 1, 0x7f, 0xff] {
            let mut changed = rest.clone();
            changed[i] = value;
            let _ = join(&changed, &segments).map(|whole| decode(&whole));
        }
    }
}
