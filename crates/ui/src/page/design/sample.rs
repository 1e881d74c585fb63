//! Facts that nobody recorded, for a page that shows every part at work.

use engine::{
    commission::close::Totals,
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    id::ProgramId,
    log::{ClickRow, GoalRow, LinkRow, Log, Milestone, NONE, Party, RevenueRow, Touch},
    money::Currency,
    period::Zone,
    policy::Policies,
    scope::{Names, for_partner},
    time::{DAY, Day, Time},
};
use wire::feed::{Feed, Head, ProgramHead, Reader};

use crate::model::statement::{Line, Statement};

/// The present of the page: 21 Nov 2026, so that its photographs differ by what was changed and by nothing else.
const NOW: Time = Time(1_795_294_799);

/// What became of a customer.
#[derive(Clone, Copy)]
enum End {
    Lead,
    Opportunity,
    Lost,
    /// Bought for so many minor units.
    Won(i64),
}

/// Name, days since their first touch, whether the reader brought them, whether somebody else had a part, and the end.
const CUSTOMERS: [(&str, u32, bool, bool, End); 16] = [
    ("Harbor Labs", 398, true, false, End::Won(182_000)),
    ("Quiet Coast", 371, true, true, End::Won(96_000)),
    ("Old Mill", 344, false, true, End::Won(240_000)),
    ("Bright Field", 309, true, false, End::Won(128_500)),
    ("Copper Lane", 287, true, false, End::Lost),
    ("Nine Rivers", 262, true, true, End::Won(310_000)),
    ("Slate and Sons", 233, true, false, End::Won(154_000)),
    ("Lantern Works", 205, true, false, End::Opportunity),
    ("Marsh House", 181, false, true, End::Won(88_000)),
    ("Tidal Freight", 152, true, false, End::Won(402_000)),
    ("Juniper Health", 124, true, true, End::Won(266_000)),
    ("Sandhill", 97, true, false, End::Lost),
    ("North Quay", 68, true, false, End::Won(519_000)),
    ("Ember Foods", 44, true, true, End::Won(194_000)),
    ("Clear Sky", 23, true, false, End::Opportunity),
    ("Willow Post", 6, true, false, End::Lead),
];

/// What the first partner reads.
fn feed(log: &Log) -> Feed {
    Feed { head: head(Reader::Partner), log: for_partner(log, 0, Names::Shown, &Policies::default()) }
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

fn back(days: u32) -> Time {
    Time(NOW.0 - days * DAY)
}

/// Partners, links and campaigns, and nothing that happened.
fn tables() -> Log {
    let party = |id: &str, name: &str| Party { id: Some(id.into()), name: Some(name.into()) };
    let link = |key: &str, destination: &str, partner| LinkRow {
        key: key.into(),
        short: format!("https://go.example/{key}"),
        destination: format!("https://northbeam.example/{destination}"),
        partner,
    };
    Log {
        partners: vec![party("pn_A", "Acme Studio"), party("pn_B", "Brightside")],
        links: vec![
            link("acme", "", 0),
            link("acme-pricing", "pricing?utm_source=acme&utm_campaign=spring", 0),
            link("acme-docs", "docs/integrations/a-guide-with-a-long-name-that-has-to-wrap-somewhere", 0),
            link("bright", "", 1),
        ],
        campaigns: vec!["spring".into(), "newsletter-may".into()],
        currencies: vec![Currency::USD],
        ..Log::default()
    }
}

/// A year of one partner beside another, as the program reads it.
fn year() -> Log {
    let mut log = tables();
    for (row, (name, days, mine, shared, end)) in (0..).zip(CUSTOMERS) {
        log.customers.push(name.into());
        log.opportunities.push(name.into());
        let touch = |days, kind, partner, mark| {
            let link = if partner == 0 && kind == TouchKind::Click { row % 3 } else { NONE };
            let campaign = if link == NONE { NONE } else { row % 2 };
            Touch { mark, partner, link, campaign, customer: row, ..Touch::new(back(days), kind) }
        };
        let first = u32::from(!mine);
        log.touches.push(touch(days, TouchKind::Click, first, Mark::Counted));
        if row % 4 == 0 {
            log.touches.push(touch(days - 1, TouchKind::Click, 0, Mark::Bot));
        }
        if shared {
            log.touches.push(touch(days - 3, TouchKind::CoSell, 1 - first, Mark::Counted));
        }
        let mut step = |after, kind, opportunity| {
            log.milestones.push(Milestone { at: back(days - after), kind, customer: row, opportunity });
        };
        step(1, MilestoneKind::LeadCreated, NONE);
        if !matches!(end, End::Lead) {
            step(2, MilestoneKind::OpportunityOpened, row);
        }
        match end {
            End::Lead | End::Opportunity => {}
            End::Lost => step(5, MilestoneKind::OpportunityLost, row),
            End::Won(amount) => {
                step(5, MilestoneKind::OpportunityWon, row);
                let sale = RevenueRow::new(back(days - 5), RevenueKind::New, row, amount);
                let sold = log.revenue.len() as u32;
                log.revenue.push(RevenueRow { opportunity: row, ..sale });
                if row % 5 == 0 {
                    let given = RevenueRow::new(back(days - 15), RevenueKind::Refund, row, amount / 4);
                    log.revenue.push(RevenueRow { refunds: sold, ..given });
                }
            }
        }
    }
    for i in 0..60 {
        let day = Day(NOW.day().0 - i * 7);
        let click = |link, mark, count| ClickRow {
            day,
            partner: 0,
            link,
            campaign: i % 2,
            kind: TouchKind::Click,
            mark,
            count,
        };
        log.clicks.push(click(i % 3, Mark::Counted, 9 + (i * 5) % 11));
        if i % 6 == 0 {
            log.clicks.push(click(0, Mark::Bot, 4));
        }
    }
    let from = Day::of(2026, 1, 1);
    let goals = [("revenue_sourced", 3_000_000), ("revenue_assisted", 95_000), ("clicks", 600)];
    for (metric, target) in goals {
        let until = Day::of(2027, 1, 1);
        log.goals.push(GoalRow { at: back(300), partner: 0, metric: metric.into(), from, until, target });
    }
    log
}

/// A year, as the partner reads it.
pub(super) fn partner() -> Feed {
    feed(&year())
}

/// The same, as the program reads it.
pub(super) fn program() -> Feed {
    Feed { head: head(Reader::Program), log: year() }
}

/// Nothing happened yet.
pub(super) fn nothing() -> Feed {
    feed(&tables())
}

/// Nothing happened yet, as the program reads it.
pub(super) fn program_of_nothing() -> Feed {
    Feed { head: head(Reader::Program), log: tables() }
}

/// Sales, each so many days ago and of so many minor units.
pub(super) fn sales(each: &[(u32, i64)]) -> Feed {
    let mut log = tables();
    for (customer, (days, amount)) in (0..).zip(each) {
        log.customers.push(CUSTOMERS[customer as usize].0.into());
        log.touches.push(Touch { partner: 0, customer, ..Touch::new(back(days + 2), TouchKind::Introduction) });
        log.revenue.push(RevenueRow::new(back(*days), RevenueKind::New, customer, *amount));
    }
    feed(&log)
}

/// Sales that were paid back in a later month, so that a month stands below zero.
pub(super) fn refunded() -> Feed {
    let mut log = tables();
    log.customers.push("Harbor Labs".into());
    log.touches.push(Touch { partner: 0, customer: 0, ..Touch::new(back(130), TouchKind::Introduction) });
    log.revenue.push(RevenueRow::new(back(120), RevenueKind::New, 0, 90_000));
    log.revenue.push(RevenueRow { refunds: 0, ..RevenueRow::new(back(50), RevenueKind::Refund, 0, 60_000) });
    feed(&log)
}

/// The statement of a month: closed with a correction and a payout, or so far and with nothing in it.
pub(super) fn statement(closed: bool) -> Statement {
    let line = |day: u32, kind: &str, amount, sale| Line {
        day: Some(Day::of(2026, 10, day)),
        kind: kind.into(),
        amount,
        sale,
        rate: 200_000,
        rule: if sale.is_some() { "Standard, version 1".into() } else { String::new() },
        ..Line::default()
    };
    if !closed {
        return Statement {
            month: "2026-11".into(),
            partner: String::new(),
            currency: Currency::USD,
            closed_on: None,
            opening: 59_800,
            correction: Totals::default(),
            movement: Totals::default(),
            closing: 59_800,
            payable: 38_800,
            held: 21_000,
            corrections: Vec::new(),
            lines: Vec::new(),
        };
    }
    Statement {
        month: "2026-10".into(),
        partner: String::new(),
        currency: Currency::USD,
        closed_on: Some(Day::of(2026, 11, 2)),
        opening: 42_000,
        correction: Totals { clawed_back: 5_000, ..Totals::default() },
        movement: Totals { earned: 72_800, paid: 50_000, ..Totals::default() },
        closing: 59_800,
        payable: 38_800,
        held: 21_000,
        corrections: vec![line(4, "refund", -5_000, Some((25_000, 25_000)))],
        lines: vec![
            line(8, "sale", 38_800, Some((194_000, 194_000))),
            Line { review: "held".into(), ..line(13, "sale", 21_000, Some((210_000, 105_000))) },
            Line { reason: "For the webinar in September".into(), ..line(20, "adjustment", 13_000, None) },
            line(31, "payout", -50_000, None),
        ],
    }
}
