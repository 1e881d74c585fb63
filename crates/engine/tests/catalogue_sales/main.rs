//! The chapters Sales and Partners, on one small program whose numbers are computed by hand.

mod comparisons;
mod program;
#[path = "../support/mod.rs"]
mod support;

use engine::{
    fact::{ActivityKind, CampaignKind, MilestoneKind, TouchKind},
    figure::Value,
    kpi::{Chapter, Subject, catalogue},
    log::{Assets, Goals, Joins, Log, Registrations, Revenue},
    policy::Policies,
    time::DAY,
};
use program::{ACME, BIRCH, CEDAR, USD, month, program};
use support::{Case, Program, at, check};

const ALL: Subject = Subject { partner: None, group: None, link: None, campaign: None, integration: None };

const fn of(partner: u32) -> Subject {
    Subject { partner: Some(partner), ..ALL }
}

const fn k(value: i64) -> Value {
    Value::Known(value)
}

const fn r(n: u64, m: u64) -> Value {
    Value::Rate { n, m }
}

const fn days(days: i64) -> Value {
    Value::Known(days * DAY as i64)
}

/// The rest of a day at midnight until the last second of March.
const SECOND: i64 = 1;

const SALES: &[Case] = &[
    // Acme 1 + 1, Birch 1 + 1, the program's own 2 + 1; 3 by bots and 2 repeats are recorded beside them.
    Case {
        id: "clicks",
        of: ALL,
        value: k(7),
        facts: 6,
        parts: &[
            ("Recorded", k(12), None),
            ("Counted", k(7), None),
            ("A program, not a person", k(3), None),
            ("A repeat within the hour", k(2), None),
        ],
    },
    Case {
        id: "clicks",
        of: Subject { link: Some(0), ..ALL },
        value: k(2),
        facts: 2,
        parts: &[
            ("Recorded", k(7), None),
            ("Counted", k(2), None),
            ("A program, not a person", k(3), None),
            ("A repeat within the hour", k(2), None),
        ],
    },
    // Ada clicked twice.
    Case { id: "visitors", of: ALL, value: k(6), facts: 7, parts: &[] },
    Case { id: "visitors", of: of(ACME), value: k(2), facts: 2, parts: &[] },
    // Ada, Bob, Dan; and Cyd, Eve, Fay, Jon, Kim.
    Case {
        id: "leads",
        of: ALL,
        value: k(3),
        facts: 3,
        parts: &[("Sourced by partners", k(3), None), ("The rest", k(5), None)],
    },
    Case {
        id: "leads",
        of: of(BIRCH),
        value: k(1),
        facts: 1,
        parts: &[("Sourced by partners", k(1), None), ("The rest", k(7), None)],
    },
    // Ada.
    Case {
        id: "ecosystem_qualified_leads",
        of: ALL,
        value: k(1),
        facts: 1,
        parts: &[
            ("Sourced by partners", r(1, 3), Some((61_492, 792_340))),
            ("The rest", r(0, 5), Some((0, 434_482))),
            ("Difference: Sourced by partners less The rest", k(333_333), Some((-179_183, 792_340))),
        ],
    },
    Case { id: "registered_deals", of: ALL, value: k(4), facts: 4, parts: &[] },
    // Bob's was won, Dan's lost, and Ivy's second one expired.
    Case { id: "active_deals", of: ALL, value: k(1), facts: 1, parts: &[("Registered", k(4), None)] },
    Case { id: "active_deals", of: of(ACME), value: k(0), facts: 0, parts: &[("Registered", k(2), None)] },
    // Ada's, Bob's and Dan's, of seven.
    Case {
        id: "opportunities_sourced",
        of: ALL,
        value: k(3),
        facts: 3,
        parts: &[("Of all opportunities", r(3, 7), Some((158_220, 749_542)))],
    },
    // And Eve's, who uses Sync.
    Case {
        id: "opportunities_influenced",
        of: ALL,
        value: k(4),
        facts: 4,
        parts: &[("Of all opportunities", r(4, 7), Some((250_458, 841_780)))],
    },
    // Ada and Bob.
    Case { id: "wins_sourced", of: ALL, value: k(2), facts: 2, parts: &[] },
    // Bob, by co-selling after the opportunity was opened.
    Case { id: "wins_assisted", of: ALL, value: k(1), facts: 1, parts: &[] },
    Case { id: "wins_assisted", of: of(BIRCH), value: k(0), facts: 0, parts: &[] },
    // Ada, Bob and, by the integration, Eve.
    Case { id: "wins_influenced", of: ALL, value: k(3), facts: 3, parts: &[] },
    Case { id: "wins_influenced", of: of(ACME), value: k(2), facts: 2, parts: &[] },
    // Dan.
    Case { id: "losses_sourced", of: ALL, value: k(1), facts: 1, parts: &[] },
    Case { id: "losses_assisted", of: ALL, value: k(0), facts: 0, parts: &[] },
    Case { id: "losses_influenced", of: ALL, value: k(1), facts: 1, parts: &[] },
    // Ada 1000 − 100, Bob 600, Gus 200, of these and Eve 300, Fay 500: 1700 of 2500.
    Case {
        id: "revenue_sourced",
        of: ALL,
        value: k(1700 * USD),
        facts: 4,
        parts: &[("All revenue", k(2500 * USD), None), ("Share of all revenue", k(680_000), None)],
    },
    Case {
        id: "revenue_sourced",
        of: Subject { group: Some(0), ..ALL },
        value: k(1100 * USD),
        facts: 3,
        parts: &[("All revenue", k(2500 * USD), None), ("Share of all revenue", k(440_000), None)],
    },
    // Bob.
    Case {
        id: "revenue_assisted",
        of: ALL,
        value: k(600 * USD),
        facts: 1,
        parts: &[("All revenue", k(2500 * USD), None), ("Share of all revenue", k(240_000), None)],
    },
    // All but Fay.
    Case {
        id: "revenue_influenced",
        of: ALL,
        value: k(2000 * USD),
        facts: 5,
        parts: &[("All revenue", k(2500 * USD), None), ("Share of all revenue", k(800_000), None)],
    },
    // By Sync: Eve 300. Birch's touches: Ada 900, Bob 600.
    Case {
        id: "revenue_influenced",
        of: Subject { integration: Some(0), ..of(BIRCH) },
        value: k(1800 * USD),
        facts: 4,
        parts: &[("All revenue", k(2500 * USD), None), ("Share of all revenue", k(720_000), None)],
    },
    // First touch: Ada to Acme, Bob to Birch, Eve to the program. Fay's touch is 30 days and a half old. Gus: linear,
    // one touch.
    Case {
        id: "revenue_attributed",
        of: of(ACME),
        value: k(1100 * USD),
        facts: 3,
        parts: &[
            ("Other partners' touches", k(600 * USD), None),
            ("The program's own channels", k(300 * USD), None),
            ("Unattributed", k(500 * USD), None),
            ("All revenue", k(2500 * USD), None),
            ("Share of all revenue", k(440_000), None),
        ],
    },
    // A year: Ada 900, Bob 600 × 12, Gus 200.
    Case {
        id: "arr_attributed",
        of: ALL,
        value: k(8300 * USD),
        facts: 3,
        parts: &[("New", k(8100 * USD), None), ("Renewed", k(0), None), ("Expansion", k(200 * USD), None)],
    },
    // A month: Ada 900 ÷ 12 = 75, Bob 600, Gus 200 ÷ 12 = 16.67.
    Case {
        id: "mrr_attributed",
        of: ALL,
        value: k(69_167),
        facts: 3,
        parts: &[("New", k(675 * USD), None), ("Renewed", k(0), None), ("Expansion", k(1_667), None)],
    },
    // Ada: touch, 1 day, lead, 2, opportunity, 10, won. Bob: 3, 1, 20. Dan: 2, 1, lost. Seven clicks.
    Case {
        id: "funnel",
        of: ALL,
        value: r(2, 7),
        facts: 2,
        parts: &[
            ("Clicks", k(7), None),
            ("Leads", k(3), None),
            ("Opportunities", k(3), None),
            ("Wins", k(2), None),
            ("Clicks to leads", r(3, 7), Some((158_220, 749_542))),
            ("Lost before a lead", k(4), None),
            ("Median time to lead", days(2), None),
            ("Leads to opportunities", r(3, 3), Some((438_503, 1_000_000))),
            ("Lost before an opportunity", k(0), None),
            ("Median time to opportunity", days(1), None),
            ("Opportunities to wins", r(2, 3), Some((207_660, 938_508))),
            ("Lost before a win", k(1), None),
            ("Median time to win", days(15), None),
        ],
    },
    // Won Ada, Bob, lost Dan; won Eve, Fay, Kim, lost Cyd.
    Case {
        id: "win_rate",
        of: ALL,
        value: r(2, 3),
        facts: 3,
        parts: &[
            ("Sourced by partners", r(2, 3), Some((207_660, 938_508))),
            ("The rest", r(3, 4), Some((300_642, 954_413))),
            ("Difference: Sourced by partners less The rest", k(-83_333), Some((-585_799, 441_853))),
        ],
    },
    // All three; of the rest all but Jon.
    Case {
        id: "lead_to_opportunity_rate",
        of: ALL,
        value: r(3, 3),
        facts: 3,
        parts: &[
            ("Sourced by partners", r(3, 3), Some((438_503, 1_000_000))),
            ("The rest", r(4, 5), Some((375_535, 963_776))),
            ("Difference: Sourced by partners less The rest", k(200_000), Some((-384_894, 624_465))),
        ],
    },
    // (900 + 600) ÷ 2; (300 + 500) ÷ 2; Kim has brought nothing yet. Squared errors 150² and 100², 1 degree of freedom:
    // 350 ± 12.7062 × √32500 = 350 ± 2290.64.
    Case {
        id: "average_deal_size",
        of: ALL,
        value: k(750 * USD),
        facts: 3,
        parts: &[
            ("Sourced by partners", k(750 * USD), None),
            ("The rest", k(400 * USD), None),
            ("Difference: Sourced by partners less The rest", k(350 * USD), Some((-194_064, 264_064))),
        ],
    },
    // With a partner's touch Ada 10 and Bob 20, with Sync Eve 6, without Fay 30 and Kim 28 days. Errors 10 ÷ √2 and 2
    // ÷ √2 days: −14 ± 1.96 × √52 days.
    Case {
        id: "sales_cycle",
        of: ALL,
        value: days(10),
        facts: 3,
        parts: &[
            ("With the partner", days(15), None),
            ("With the integration", days(6), None),
            ("Without", days(29), None),
            ("Difference: With the partner less Without", days(-14), Some((-2_430_735, 11_535))),
            ("Difference: With the integration less Without", days(-23), None),
        ],
    },
    // Birch: from the 24th of February to Bob's win on the 26th of March. Acme's first win was a year ago.
    Case {
        id: "time_to_first_sale",
        of: ALL,
        value: days(30),
        facts: 1,
        parts: &[("Partners with a sale", r(2, 5), Some((117_621, 769_276)))],
    },
    // Sourced 1700 after Gus' 400. Attributed alike, 7 clicks after 1, 3 leads after 1, 2 wins after 1.
    Case {
        id: "growth_month_on_month",
        of: ALL,
        value: k(3_250_000),
        facts: 4,
        parts: &[
            ("The month", k(1700 * USD), None),
            ("The month before", k(400 * USD), None),
            ("Attributed revenue", k(3_250_000), None),
            ("Clicks", k(6_000_000), None),
            ("Leads", k(2_000_000), None),
            ("Sourced wins", k(1_000_000), None),
        ],
    },
    // After Hal's 250.
    Case {
        id: "growth_year_on_year",
        of: ALL,
        value: k(5_800_000),
        facts: 4,
        parts: &[
            ("The month", k(1700 * USD), None),
            ("The month a year before", k(250 * USD), None),
            ("Attributed revenue", k(5_800_000), None),
            ("Clicks", k(6_000_000), None),
            ("Leads", k(2_000_000), None),
            ("Sourced wins", k(1_000_000), None),
        ],
    },
    // Acme 1100 of 2000, Birch 1 of 4, in 31 of 61 days (0.508197): paces 0.55 and 0.25 ÷ that; mean 0.4.
    Case {
        id: "goal_attainment",
        of: ALL,
        value: k(400_000),
        facts: 2,
        parts: &[
            ("Acme: Sourced revenue", k(1100 * USD), None),
            ("Acme: Sourced revenue, goal", k(2000 * USD), None),
            ("Acme: Sourced revenue, attainment", k(550_000), None),
            ("Acme: Sourced revenue, pace", k(1_082_257), None),
            ("Birch: Leads", k(1), None),
            ("Birch: Leads, goal", k(4), None),
            ("Birch: Leads, attainment", k(250_000), None),
            ("Birch: Leads, pace", k(491_935), None),
        ],
    },
    // Acme 1100, Birch 600, three with nothing: 0.05, 0.25 and 1 partners are 1: 1100 ÷ 1700.
    Case {
        id: "concentration_top_1",
        of: ALL,
        value: k(647_059),
        facts: 4,
        parts: &[("Partners counted", k(1), None), ("Partners", k(5), None)],
    },
    Case {
        id: "concentration_top_5",
        of: of(CEDAR),
        value: k(647_059),
        facts: 4,
        parts: &[("Partners counted", k(1), None), ("Partners", k(5), None)],
    },
    Case {
        id: "concentration_top_20",
        of: ALL,
        value: k(647_059),
        facts: 4,
        parts: &[("Partners counted", k(1), None), ("Partners", k(5), None)],
    },
    // (11 ÷ 17)² + (6 ÷ 17)².
    Case {
        id: "herfindahl",
        of: ALL,
        value: k(543_253),
        facts: 4,
        parts: &[("Partners with sourced revenue", k(2), None)],
    },
    // Bob.
    Case {
        id: "marketplace_listings",
        of: ALL,
        value: k(600 * USD),
        facts: 1,
        parts: &[("birch-listing", k(600 * USD), None)],
    },
    // Ada, Bob (whose two touches of co-selling are one step), Eve.
    Case {
        id: "cross_partner_journeys",
        of: ALL,
        value: r(2, 3),
        facts: 2,
        parts: &[("Acme → Birch", k(1), None), ("Birch → Acme", k(1), None), ("organic", k(1), None)],
    },
];

const PARTNERS: &[Case] = &[
    Case {
        id: "partners",
        of: ALL,
        value: k(5),
        facts: 5,
        parts: &[
            ("Own channels", k(2), None),
            ("Referral of a partner", k(1), None),
            ("Network", k(1), None),
            ("Outreach", k(1), None),
            ("Joined in the period", k(2), None),
        ],
    },
    // Cedar and Dune joined; Cedar has signed in.
    Case {
        id: "activation_rate",
        of: ALL,
        value: r(1, 2),
        facts: 1,
        parts: &[
            ("First login", r(1, 2), Some((94_531, 905_469))),
            ("First training", r(0, 2), Some((0, 657_620))),
            ("First certification", r(0, 2), Some((0, 657_620))),
            ("First session", r(0, 2), Some((0, 657_620))),
            ("First use of the sandbox", r(0, 2), Some((0, 657_620))),
            ("First registered deal", r(0, 2), Some((0, 657_620))),
            ("First counted touch", r(0, 2), Some((0, 657_620))),
            ("First sourced lead", r(0, 2), Some((0, 657_620))),
        ],
    },
    // 1700 ÷ 1 ÷ (Acme, Birch, Cedar).
    Case {
        id: "sales_volume_per_active_partner",
        of: ALL,
        value: k(56_667),
        facts: 4,
        parts: &[("Active partners", k(3), None), ("Months", k(1), None), ("Sourced revenue", k(1700 * USD), None)],
    },
    // To the last second of March: Acme 22 days, Birch 19, Cedar 20, Elm 57, each less a second. (20 + 22) ÷ 2.
    Case { id: "time_since_last_activity", of: ALL, value: k(21 * DAY as i64 - SECOND), facts: 4, parts: &[] },
    // Acme's 1 and Birch's 9, of Acme's 1 and 2, Birch's 9, Cedar's 5 and Elm's 7.
    Case { id: "penetration", of: ALL, value: r(2, 5), facts: 3, parts: &[] },
    // Active in February: Acme, Birch, Elm; of these in March: Acme and Birch.
    Case { id: "partner_retention", of: ALL, value: r(2, 3), facts: 2, parts: &[] },
    Case {
        id: "certified_people",
        of: ALL,
        value: k(2),
        facts: 2,
        parts: &[("Certifications in the period", k(1), None)],
    },
    Case {
        id: "training_sessions",
        of: ALL,
        value: k(2),
        facts: 2,
        parts: &[("People trained", k(2), None), ("Other sessions", k(1), None)],
    },
    Case { id: "sandbox_use", of: ALL, value: k(2), facts: 2, parts: &[("People", k(1), None)] },
    Case { id: "email_open_rate", of: ALL, value: r(80, 200), facts: 2, parts: &[] },
    Case { id: "email_click_through_rate", of: ALL, value: r(10, 200), facts: 2, parts: &[] },
    Case { id: "attendance_rate", of: ALL, value: r(25, 40), facts: 2, parts: &[] },
    Case {
        id: "joint_assets",
        of: ALL,
        value: k(2),
        facts: 2,
        parts: &[
            ("Case studies", k(1), None),
            ("Posts", k(0), None),
            ("Publications", k(0), None),
            ("Webinars", k(1), None),
        ],
    },
    // Dan attended Acme's webinar the day before.
    Case { id: "co_marketing_leads", of: ALL, value: k(1), facts: 1, parts: &[] },
    // Of five partners three have nothing, so the median is 0.
    Case {
        id: "scorecard",
        of: of(ACME),
        value: r(1, 1),
        facts: 1,
        parts: &[
            ("Sourced revenue", k(1100 * USD), None),
            ("Sourced revenue, goal", k(2000 * USD), None),
            ("Sourced revenue, attainment", k(550_000), None),
            ("Sourced revenue, median partner", k(0), None),
        ],
    },
];

#[test]
fn sales_by_hand() {
    check(Chapter::Sales, &program(Policies::default()), month(), SALES);
}

#[test]
fn partners_by_hand() {
    check(Chapter::Partners, &program(Policies::default()), month(), PARTNERS);
}

/// What is left out of the program, and what it is called.
type Lacking = (&'static str, fn(&mut Log));

/// Without a fact, every figure of these chapters that needs it is not known for want of it, or of another that goes
/// with it.
#[test]
fn what_lacks_a_fact_says_which() {
    const LACKING: &[Lacking] = &[
        ("partner.joined{source,group}", |log| log.joins = Joins::default()),
        ("partner.goal{metric,period,target}", |log| log.goals = Goals::default()),
        ("touch{deal_registration}", |log| log.registrations = Registrations::default()),
        ("asset{case_study|post|publication|webinar}", |log| log.assets = Assets::default()),
        ("campaign{sent}", |log| log.mailings.kind[0] = CampaignKind::Registered),
        ("partner.activity{sandbox}", |log| log.activities.kind.fill(ActivityKind::Login)),
        ("opportunity.lost", |log| {
            let lost = log.milestones.kind.iter_mut().filter(|kind| **kind == MilestoneKind::OpportunityLost);
            lost.for_each(|kind| *kind = MilestoneKind::OpportunityStage);
        }),
        ("touch{listing}", |log| {
            log.touches.kind.fill(TouchKind::Click);
            log.clicks.kind.fill(TouchKind::Click);
        }),
        ("revenue with recurring interval", |log| log.revenue.interval.fill(0)),
        ("revenue", |log| log.revenue = Revenue::default()),
    ];
    for (fact, remove) in LACKING {
        let mut log = program(Policies::default()).log;
        remove(&mut log);
        let program = Program::new(log, at(2026, 4, 1), Policies::default());
        let mut needing = 0;
        for definition in catalogue().filter(|definition| definition.needs.contains(fact)) {
            needing += 1;
            let value = definition.answer(&program.ask(ALL, month())).value;
            let named = matches!(value, Value::NotKnown(missing) if definition.needs.contains(&missing));
            assert!(named, "{} without {fact}: {value:?}", definition.id);
        }
        assert!(needing > 0, "{fact}");
    }
}
