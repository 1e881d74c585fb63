//! A small log for the tests of this room: two partners, one shared journey, a refund, a lead without money.

use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::ProgramId,
    log::{ClickRow, LinkRow, Log, Milestone, NONE, Party, RevenueRow, Touch},
    money::Currency,
    period::Zone,
    policy::Policies,
    scope::{Names, for_partner},
    time::{DAY, Day, Time},
};
use wire::feed::{Feed, Head, ProgramHead, Reader};

/// The present of the sample.
pub(crate) const NOW: Time = Time(1_795_294_799);

fn back(days: u32) -> Time {
    Time(NOW.0 - days * DAY)
}

fn log() -> Log {
    let party = |id: &str, name: &str| Party { id: Some(id.into()), name: Some(name.into()) };
    let link = |key: &str, partner| LinkRow {
        key: key.into(),
        short: format!("https://go.example/{key}"),
        destination: "https://northbeam.example/".into(),
        partner,
    };
    let mut log = Log {
        partners: vec![party("pn_A", "Acme"), party("pn_B", "brightside")],
        links: vec![link("acme", 0), link("acme-docs", 0), link("bright", 1)],
        campaigns: vec!["spring".into()],
        customers: vec!["Harbor Labs".into(), "Quiet Coast".into(), "Old Mill".into()],
        currencies: vec![Currency::USD],
        ..Log::default()
    };
    let mut touch = |days, partner, customer, mark| {
        let link = if partner == 0 { 0 } else { NONE };
        let touch = Touch::new(back(days), TouchKind::Click);
        log.touches.push(Touch { mark, partner, link, campaign: 0, customer, ..touch });
    };
    touch(60, 0, 0, Mark::Counted);
    touch(55, 1, 0, Mark::Counted);
    touch(54, 0, 0, Mark::Bot);
    touch(53, NONE, 0, Mark::Counted);
    touch(10, 1, 0, Mark::Counted);
    touch(20, 0, 1, Mark::Counted);
    touch(200, 1, 2, Mark::Counted);
    for (days, customer) in [(52, 0), (19, 1)] {
        log.milestones.push(Milestone {
            at: back(days),
            kind: MilestoneKind::LeadCreated,
            customer,
            opportunity: NONE,
        });
    }
    let mut revenue = |days, kind, customer, amount, refunds| {
        log.revenue.push(RevenueRow { refunds, ..RevenueRow::new(back(days), kind, customer, amount) });
    };
    revenue(50, RevenueKind::New, 0, 10_000, NONE);
    revenue(40, RevenueKind::Refund, 0, 2_500, 0);
    revenue(30, RevenueKind::New, 2, 500_000, NONE);
    for (i, mark) in [Mark::Counted, Mark::Counted, Mark::Bot].into_iter().enumerate() {
        let (link, count) = ([0, 1, 0][i], [3, 40, 7][i]);
        let day = Day(NOW.day().0 - 60);
        log.clicks.push(ClickRow { day, partner: 0, link, campaign: 0, kind: TouchKind::Click, mark, count });
    }
    log.check().expect("a sound sample");
    log
}

fn head(reader: Reader) -> Head {
    let program = ProgramHead {
        id: ProgramId::from_bytes([1; 16]),
        name: "Northbeam".into(),
        color: "#0f766e".into(),
        currency: Currency::USD,
    };
    Head { now: NOW, program, reader, policies: Policies::default(), zone: Zone::UTC }
}

/// What the program reads.
pub(crate) fn program_feed() -> Feed {
    Feed { head: head(Reader::Program), log: log() }
}

/// What the first partner reads.
pub(crate) fn partner_feed() -> Feed {
    Feed { head: head(Reader::Partner), log: for_partner(&log(), 0, Names::Masked, &Policies::default()) }
}
