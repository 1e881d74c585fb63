use super::*;
use engine::{
    credit::{Dimension, HalfLife, Model, Order, StepWeights},
    fact::{
        ActivityKind, AssetKind, CampaignKind, CostKind, JoinSource, Mark, MilestoneKind, RevenueKind, SurveyKind,
        TouchKind, UsageKind,
    },
    log::{
        ActivityRow, AdjustmentRow, AssetRow, ChurnRow, ClickRow, CostRow, DowntimeRow, GivenRow, GoalRow, Identity,
        IntegrationRow, JoinRow, LinkRow, MailingRow, Milestone, NONE, Party, PathRow, PayoutRow, RegistrationRow,
        RevenueRow, SpendRow, SurveyRow, TicketRow, Touch, UsageRow,
    },
    policy::{Claim, Direct, Policy, Precedence, Rule},
    time::{DAY, Day, Window},
};

const NOW: Time = Time(1_795_100_000);

fn back(days: u32) -> Time {
    Time(NOW.0 - days * DAY)
}

/// Models that an address has no word for are models too.
fn models() -> Vec<Model> {
    let half_life = HalfLife::seconds(3 * DAY).unwrap_or(HalfLife::WEEK);
    let weights = StepWeights { first: 1, lead: 2, opportunity: 3, won: 4, middle: 5 };
    let mut models = Model::ALL.to_vec();
    models.extend([Model::TimeDecay(half_life), Model::Custom(weights), Model::Markov(Order::ONE)]);
    models
}

/// Every version of rules of a program that has tried everything.
fn policies() -> Policies {
    let version = |(i, model): (usize, Model)| {
        let rule = Rule { model, window: Window::QUARTER };
        let i = i as u32;
        Policy { version: i + 1, since: Time(i * DAY), new: rule, expansion: rule, ..Policy::default() }
    };
    let mut versions: Vec<Policy> = models().into_iter().enumerate().map(version).collect();
    let order = Precedence::new([Claim::Coupon, Claim::Deal, Claim::Link]).unwrap_or_default();
    versions.push(Policy {
        version: 99,
        since: back(30),
        direct: Direct::NoPartner,
        collapse: 3_600,
        precedence: order,
        ..Policy::default()
    });
    Policies::new(versions).unwrap_or_default()
}

/// A log with rows in every table, and among them every word of the vocabulary.
fn log() -> Log {
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let mut log = Log {
        partners: vec![
            Party { id: Some("pn_1248H248H248H248H248H248H2".into()), name: Some("Harbor Analytics".into()) },
            Party { id: None, name: None },
        ],
        groups: names(&["gold"]),
        links: vec![LinkRow {
            key: "harbor".into(),
            short: "https://t.example/harbor".into(),
            destination: "https://example.com/".into(),
            partner: 0,
        }],
        campaigns: names(&["spring"]),
        channels: names(&["direct", "partner"]),
        pages: names(&["/p/harbor"]),
        coupons: names(&["HARBOR10"]),
        products: names(&["Core", "Plus"]),
        integrations: vec![IntegrationRow { name: "Harbor for Northbeam".into(), partner: 0 }],
        customers: names(&["Acme C.", "Borealis G."]),
        opportunities: names(&["", "Acme, 20 seats"]),
        currencies: vec![Currency::USD, "EUR".parse().unwrap_or(Currency::USD)],
        ..Log::default()
    };
    touches(&mut log);
    money(&mut log);
    ecosystem(&mut log);
    log
}

fn touches(log: &mut Log) {
    for (i, kind) in TouchKind::ALL.iter().enumerate() {
        let i = i as u32;
        log.touches.push(Touch {
            // Marks that are newer than the golden file are not in it.
            mark: Mark::ALL[i as usize % 6],
            partner: i % 2,
            link: if i == 0 { 0 } else { NONE },
            campaign: if i == 1 { 0 } else { NONE },
            channel: if i.is_multiple_of(3) { 1 } else { NONE },
            page: if i == 2 { 0 } else { NONE },
            coupon: if *kind == TouchKind::Coupon { 0 } else { NONE },
            visitor: if i < 3 { 7 } else { NONE },
            customer: if i < 3 { NONE } else { 0 },
            // Not in the order of time.
            ..Touch::new(back(60 - i * 7 % 11), *kind)
        });
    }
    log.identities.push(Identity { at: back(50), visitor: 7, customer: 1 });
    for (i, kind) in MilestoneKind::ALL.iter().enumerate() {
        let opportunity = if i < 2 { NONE } else { 1 };
        log.milestones.push(Milestone { at: back(49 - i as u32), kind: *kind, customer: 0, opportunity });
    }
    log.clicks.push(ClickRow {
        day: back(60).day(),
        partner: 0,
        link: 0,
        campaign: NONE,
        kind: TouchKind::Click,
        mark: Mark::Counted,
        count: 42,
    });
    log.clicks.push(ClickRow { mark: Mark::Bot, count: 7, day: Day(0), ..log.clicks.get(0) });
    for by in Dimension::ALL {
        let steps = vec![0, NONE, 0];
        log.paths.push(PathRow { by, steps, count: 5_000_000_000 });
    }
    log.given.push(GivenRow { model: Model::Shapley, touch: 1, weight: 1 << 52 });
}

fn money(log: &mut Log) {
    for (i, kind) in RevenueKind::ALL.iter().enumerate() {
        let i = i as u32;
        log.revenue.push(RevenueRow {
            opportunity: if i == 0 { 1 } else { NONE },
            refunds: if *kind == RevenueKind::Refund { 0 } else { NONE },
            product: if i < 2 { i } else { NONE },
            interval: [0, 1, 12][i as usize % 3],
            reference: format!("in_{i}"),
            ..RevenueRow::new(back(40 - i), *kind, i % 2, 120_000 - i64::from(i))
        });
    }
    log.payouts.push(PayoutRow { at: back(5), partner: 0, amount: 24_000, currency: 0 });
    for (amount, reason) in [(5_000, ""), (-1_200, "tracking_error")] {
        let reason = reason.to_owned();
        log.adjustments.push(AdjustmentRow { at: back(4), partner: 0, amount, currency: 0, reason });
    }
    for (i, kind) in CostKind::ALL.iter().enumerate() {
        let partner = if i == 0 { 0 } else { NONE };
        log.costs.push(CostRow { at: back(10), partner, kind: *kind, amount: 9_900, currency: i as u32 % 2 });
    }
    log.spend.push(SpendRow { at: back(20), campaign: 0, amount: 50_000, currency: 1 });
}

fn ecosystem(log: &mut Log) {
    for (i, source) in JoinSource::ALL.iter().enumerate() {
        let group = if i == 0 { 0 } else { NONE };
        log.joins.push(JoinRow { at: back(100), partner: i as u32 % 2, source: *source, group });
    }
    log.goals.push(GoalRow {
        at: back(90),
        partner: 0,
        metric: "revenue_sourced".into(),
        from: back(90).day(),
        until: NOW.day(),
        target: 1_000_000,
    });
    for (i, kind) in ActivityKind::ALL.iter().enumerate() {
        log.activities.push(ActivityRow { at: back(30), partner: 0, kind: *kind, person: i as u32 });
    }
    for (person, opportunity) in [(3, 1), (NONE, NONE)] {
        let (at, expires) = (back(45), Time(NOW.0 + 45 * DAY));
        log.registrations.push(RegistrationRow { at, partner: 0, customer: 0, opportunity, expires, person });
    }
    log.churns.push(ChurnRow { at: back(2), customer: 1 });
    for (i, kind) in UsageKind::ALL.iter().enumerate() {
        log.usage.push(UsageRow { at: back(15), integration: 0, customer: 0, kind: *kind, count: i as u32 + 1 });
    }
    for kind in SurveyKind::ALL {
        log.surveys.push(SurveyRow { at: back(12), customer: 0, kind: *kind, score: 5 });
    }
    for integration in [0, NONE] {
        log.tickets.push(TicketRow { at: back(11), customer: 1, integration });
    }
    log.downtimes.push(DowntimeRow { at: back(9), integration: 0, minutes: 17 });
    for (i, kind) in CampaignKind::ALL.iter().enumerate() {
        let partner = if i == 0 { NONE } else { 0 };
        log.mailings.push(MailingRow { at: back(8), campaign: 0, partner, kind: *kind, count: 1_000 >> i });
    }
    for kind in AssetKind::ALL {
        log.assets.push(AssetRow { at: back(7), partner: 0, kind: *kind });
    }
}

pub(super) fn sample() -> Feed {
    let program = ProgramHead {
        id: ProgramId::from_bytes([0x31; 16]),
        name: "Northbeam".into(),
        color: "#0f766e".into(),
        currency: Currency::USD,
    };
    // Berlin.
    let zone = Zone::new(vec![(Time(1_774_746_000), 7_200), (Time(1_792_890_000), 3_600)]);
    let head = Head { now: NOW, program, reader: Reader::Partner, policies: policies(), zone };
    Feed { head, log: log() }
}

#[test]
fn the_sample_has_a_row_in_every_table() {
    let log = serde_json::to_value(log()).unwrap_or_default();
    let empty = |value: &serde_json::Value| match value {
        serde_json::Value::Array(rows) => rows.is_empty(),
        serde_json::Value::Object(columns) => {
            columns.values().any(|column| column.as_array().is_none_or(Vec::is_empty))
        }
        _ => true,
    };
    let tables = log.as_object().into_iter().flatten();
    assert_eq!(tables.filter(|(_, table)| empty(table)).map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_feed_is_read_back() {
    let mut feed = sample();
    assert_eq!(decode(&encode(&feed)), Ok(feed.clone()));
    for at in [u32::MAX, 0, 1 << 31, 5] {
        feed.log.touches.push(Touch::new(Time(at), TouchKind::Click));
    }
    assert_eq!(decode(&encode(&feed)), Ok(feed));
}

#[test]
fn golden_feeds_of_every_version_keep_decoding() {
    let golden = include_bytes!("../../../../tests/vectors/feed-v1.bin");
    let first: v1::FeedV1 = json(include_str!("../../../../tests/vectors/feed-v1.json"));
    assert_eq!(decode(golden), Ok(first.into()));

    let golden = include_bytes!("../../../../tests/vectors/feed-v2.bin");
    let second: Feed = json(&without_adjustments(include_str!("../../../../tests/vectors/feed-v2.json")));
    assert_eq!(decode(golden), Ok(second));

    let golden = include_bytes!("../../../../tests/vectors/feed-v3.bin");
    let third: Feed = json(&without_adjustments(include_str!("../../../../tests/vectors/feed-v3.json")));
    assert_eq!(decode(golden), Ok(third));

    let golden = include_bytes!("../../../../tests/vectors/feed-v4.bin");
    let expect: Feed = json(include_str!("../../../../tests/vectors/feed-v4.json"));
    assert_eq!(decode(golden), Ok(expect.clone()));
    let as_written = encode(&expect) == golden && expect == sample();
    assert!(as_written, "a changed layout or vocabulary needs a new version and new golden files; {}", proposed());
}

/// A feed as JSON from before there were adjustments, with none.
fn without_adjustments(text: &str) -> String {
    let mut feed: serde_json::Value = json(text);
    feed["log"]["adjustments"] = serde_json::to_value(engine::log::Adjustments::default()).unwrap_or_default();
    feed.to_string()
}

fn json<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|e| unreachable!("{e}"))
}

/// Writes what the golden files of this version would be beside the build's other outputs, for whoever adds a version.
fn proposed() -> String {
    let stem = format!("{}/../../target/feed-v{VERSION}", env!("CARGO_MANIFEST_DIR"));
    let text = serde_json::to_string_pretty(&sample()).unwrap_or_else(|e| unreachable!("{e}"));
    let written = std::fs::write(format!("{stem}.json"), text + "\n")
        .and_then(|()| std::fs::write(format!("{stem}.bin"), encode(&sample())));
    written.map_or_else(|e| format!("not written: {e}"), |()| format!("proposed: target/feed-v{VERSION}.json and .bin"))
}

#[test]
fn damaged_bytes_are_refused_and_never_panic() {
    let first = include_bytes!("../../../../tests/vectors/feed-v1.bin").to_vec();
    for bytes in [encode(&sample()), first] {
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "cut at {length}");
        }
        for i in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[i] = value;
                let _ = decode(&changed);
            }
        }
    }
    assert_eq!(decode(b"TRBF\x09"), Err(FeedError::Version(9)));
    assert_eq!(decode(b"PK\x03\x04"), Err(FeedError::NotAFeed));
}
