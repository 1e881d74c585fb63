//! One small program: eleven customers, five partners, March of 2026.

use engine::{
    fact::{ActivityKind, AssetKind, CampaignKind, JoinSource, Mark, MilestoneKind, RevenueKind, TouchKind, UsageKind},
    log::{
        ActivityRow, AssetRow, ClickRow, GoalRow, IntegrationRow, JoinRow, LinkRow, Log, MailingRow, Milestone, NONE,
        Party, RegistrationRow, RevenueRow, Touch, UsageRow,
    },
    money::Currency,
    period::Period,
    policy::Policies,
    time::{DAY, Day, Time},
};

use crate::support::{Program, at};

/// Cents.
pub const USD: i64 = 100;

pub const ACME: u32 = 0;
pub const BIRCH: u32 = 1;
pub const CEDAR: u32 = 2;
const DUNE: u32 = 3;
const ELM: u32 = 4;
const ORGANIC: u32 = 1;

/// The customers: whom Acme, Birch, or nobody sourced.
const ADA: u32 = 0; // Acme, won
const BOB: u32 = 1; // Birch, won with Acme's help
const CYD: u32 = 2; // nobody, lost
const DAN: u32 = 3; // Acme, lost
const EVE: u32 = 4; // nobody, won with Birch's integration
const FAY: u32 = 5; // nobody, won
const GUS: u32 = 6; // Acme, in February, and more in March
const HAL: u32 = 7; // Acme, a year ago
const IVY: u32 = 8; // registered by Birch
const JON: u32 = 9; // nobody, a lead
const KIM: u32 = 10; // nobody, won, and not billed yet

fn march(day: u32) -> Time {
    at(2026, 3, day)
}

pub fn month() -> Period {
    Period { from: march(1), until: at(2026, 4, 1) }
}

/// The program under rules.
pub fn program(policies: Policies) -> Program {
    let name = |name: &str| Party { id: Some(name.to_lowercase()), name: Some(name.to_owned()) };
    let link = |key: &str, partner: u32| LinkRow {
        key: key.to_owned(),
        short: String::new(),
        destination: String::new(),
        partner,
    };
    let mut log = Log {
        partners: ["Acme", "Birch", "Cedar", "Dune", "Elm"].map(name).to_vec(),
        groups: vec!["gold".to_owned(), "silver".to_owned()],
        links: vec![link("acme", ACME), link("birch-listing", BIRCH)],
        campaigns: vec!["spring".to_owned()],
        channels: vec!["direct".to_owned(), "organic".to_owned()],
        integrations: vec![IntegrationRow { name: "Sync".to_owned(), partner: BIRCH }],
        customers: (0..11).map(|i| format!("Customer {i}")).collect(),
        opportunities: (0..7).map(|i| format!("Opportunity {i}")).collect(),
        currencies: vec![Currency::USD],
        ..Log::default()
    };
    touches(&mut log);
    deals(&mut log);
    partners(&mut log);
    Program::new(log, at(2026, 4, 1), policies)
}

fn touches(log: &mut Log) {
    use TouchKind::{Click, CoSell, Landing, Listing, Webinar};
    let by = |at: Time, kind: TouchKind, partner: u32, visitor: u32, customer: u32| {
        let link = match kind {
            Click if partner == ACME => 0,
            Listing => 1,
            _ => NONE,
        };
        let channel = if partner == NONE { ORGANIC } else { NONE };
        Touch { partner, link, visitor, customer, channel, ..Touch::new(at, kind) }
    };
    for touch in [
        by(at(2025, 3, 1), Click, ACME, 7, HAL),
        by(at(2026, 2, 1), Click, ACME, 6, GUS),
        by(march(1), Click, ACME, 0, ADA),
        by(march(1), Landing, NONE, 2, CYD),
        by(march(1), Landing, NONE, 5, FAY),
        by(march(2), Listing, BIRCH, 1, BOB),
        by(march(4), Landing, NONE, 4, EVE),
        by(march(8), CoSell, ACME, NONE, BOB),
        by(march(9), CoSell, ACME, NONE, BOB),
        by(march(10), Click, BIRCH, 0, ADA),
        by(march(10), Click, ACME, 3, DAN),
        by(march(11), Webinar, ACME, NONE, DAN),
    ] {
        log.touches.push(touch);
    }
    let mut clicks = |at: Time, kind: TouchKind, partner: u32, mark: Mark, count: u32| {
        let link = if partner == ACME { 0 } else { NONE };
        log.clicks.push(ClickRow { day: at.day(), partner, link, campaign: NONE, kind, mark, count });
    };
    clicks(at(2025, 3, 1), Click, ACME, Mark::Counted, 1);
    clicks(at(2026, 2, 1), Click, ACME, Mark::Counted, 1);
    clicks(march(1), Click, ACME, Mark::Counted, 1);
    clicks(march(1), Click, ACME, Mark::Bot, 3);
    clicks(march(1), Landing, NONE, Mark::Counted, 2);
    clicks(march(2), Listing, BIRCH, Mark::Counted, 1);
    clicks(march(4), Landing, NONE, Mark::Counted, 1);
    clicks(march(10), Click, ACME, Mark::Counted, 1);
    clicks(march(10), Click, ACME, Mark::Duplicate, 2);
    clicks(march(10), Click, BIRCH, Mark::Counted, 1);
}

fn deals(log: &mut Log) {
    use MilestoneKind::{LeadCreated, LeadQualified, OpportunityLost, OpportunityOpened, OpportunityWon};
    let noon = |day: u32| Time(march(day).0 + DAY / 2);
    for (at, kind, customer, opportunity) in [
        (at(2025, 3, 2), LeadCreated, HAL, NONE),
        (at(2026, 2, 2), LeadCreated, GUS, NONE),
        (march(2), LeadCreated, ADA, NONE),
        (march(3), LeadQualified, ADA, NONE),
        (march(4), OpportunityOpened, ADA, 0),
        (march(14), OpportunityWon, ADA, 0),
        (march(5), LeadCreated, BOB, NONE),
        (march(6), OpportunityOpened, BOB, 1),
        (march(26), OpportunityWon, BOB, 1),
        (march(3), LeadCreated, CYD, NONE),
        (march(5), OpportunityOpened, CYD, 2),
        (march(15), OpportunityLost, CYD, 2),
        (march(12), LeadCreated, DAN, NONE),
        (march(13), OpportunityOpened, DAN, 3),
        (march(23), OpportunityLost, DAN, 3),
        (march(4), LeadCreated, EVE, NONE),
        (march(5), OpportunityOpened, EVE, 4),
        (march(11), OpportunityWon, EVE, 4),
        (noon(1), OpportunityOpened, FAY, 5),
        (noon(31), OpportunityWon, FAY, 5),
        (march(7), LeadCreated, JON, NONE),
        (march(1), OpportunityOpened, KIM, 6),
        (march(29), OpportunityWon, KIM, 6),
    ] {
        log.milestones.push(Milestone { at, kind, customer, opportunity });
    }
    let sale = |at, kind, customer, amount| RevenueRow::new(at, kind, customer, amount);
    let (new, more) = (RevenueKind::New, RevenueKind::Upsell);
    for row in [
        sale(at(2025, 3, 5), new, HAL, 250 * USD),
        sale(at(2026, 2, 10), new, GUS, 400 * USD),
        RevenueRow { opportunity: 0, interval: 12, ..sale(march(14), new, ADA, 1000 * USD) },
        RevenueRow { opportunity: 1, interval: 1, ..sale(march(26), new, BOB, 600 * USD) },
        RevenueRow { opportunity: 4, ..sale(march(11), new, EVE, 300 * USD) },
        RevenueRow { opportunity: 5, ..sale(noon(31), new, FAY, 500 * USD) },
        RevenueRow { interval: 12, ..sale(march(18), more, GUS, 200 * USD) },
        RevenueRow { refunds: 2, ..sale(march(20), RevenueKind::Refund, ADA, 100 * USD) },
    ] {
        log.revenue.push(row);
    }
    log.usage.push(UsageRow { at: march(6), integration: 0, customer: EVE, kind: UsageKind::Installed, count: 1 });
}

fn partners(log: &mut Log) {
    use ActivityKind::{Certification, Login, Sandbox, Session, Training};
    for (at, partner, source, group) in [
        (at(2025, 1, 1), ACME, JoinSource::Own, 1),
        (at(2025, 6, 1), ELM, JoinSource::Own, NONE),
        // Acme moved from silver to gold: it did not join again.
        (at(2026, 1, 1), ACME, JoinSource::Network, 0),
        (at(2026, 2, 24), BIRCH, JoinSource::Referral, 1),
        (march(10), CEDAR, JoinSource::Network, 1),
        (march(20), DUNE, JoinSource::Outreach, NONE),
    ] {
        log.joins.push(JoinRow { at, partner, source, group });
    }
    for (at, partner, kind, person) in [
        (at(2026, 2, 1), ACME, Certification, 2),
        (at(2026, 2, 3), ELM, Login, 7),
        (at(2026, 2, 25), BIRCH, Login, 9),
        (march(3), ACME, Training, 1),
        (march(4), ACME, Training, 2),
        (march(5), ACME, Certification, 1),
        (march(6), ACME, Session, 1),
        (march(7), ACME, Sandbox, 2),
        (march(8), ACME, Sandbox, 2),
        (march(12), CEDAR, Login, 5),
    ] {
        log.activities.push(ActivityRow { at, partner, kind, person });
    }
    let june = at(2026, 6, 1);
    for (at, partner, customer, opportunity, expires, person) in [
        (march(5), ACME, BOB, 1, june, 1),
        (march(10), ACME, DAN, NONE, june, NONE),
        (march(12), BIRCH, IVY, NONE, june, 9),
        (march(13), BIRCH, IVY, NONE, march(20), 9),
    ] {
        log.registrations.push(RegistrationRow { at, partner, customer, opportunity, expires, person });
    }
    let (from, until) = (Day::of(2026, 3, 1), Day::of(2026, 5, 1));
    for (at, partner, metric, target) in [
        (at(2026, 2, 10), ACME, "revenue_sourced", 9999 * USD),
        (at(2026, 2, 20), ACME, "revenue_sourced", 2000 * USD),
        (at(2026, 2, 20), BIRCH, "leads", 4),
        // Taken back the day after.
        (at(2026, 2, 20), BIRCH, "clicks", 7),
        (at(2026, 2, 21), BIRCH, "clicks", 0),
    ] {
        log.goals.push(GoalRow { at, partner, metric: metric.to_owned(), from, until, target });
    }
    for (kind, count) in [
        (CampaignKind::Sent, 200),
        (CampaignKind::Opened, 80),
        (CampaignKind::Clicked, 10),
        (CampaignKind::Registered, 40),
        (CampaignKind::Attended, 25),
    ] {
        log.mailings.push(MailingRow { at: march(5), campaign: 0, partner: ACME, kind, count });
    }
    for (at, kind) in
        [(at(2026, 2, 1), AssetKind::Post), (march(5), AssetKind::CaseStudy), (march(6), AssetKind::Webinar)]
    {
        log.assets.push(AssetRow { at, partner: ACME, kind });
    }
}
