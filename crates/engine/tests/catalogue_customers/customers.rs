//! Customers and integrations.

use engine::{
    commission::Terms,
    fact::{JoinSource, RevenueKind, SurveyKind, TouchKind, UsageKind},
    kpi::{Chapter, Subject},
    log::{ChurnRow, DowntimeRow, IntegrationRow, JoinRow, LinkRow, NONE, RegistrationRow, SurveyRow, TicketRow},
};

use super::*;

const SYNC: u32 = 0;
const MAIL: u32 = 1;
const CHAT: u32 = 2;

/// Eight customers, by number. 0, 1, 3, 4, 5 pay 10,000 a month since February, 2 pays 120,000 a year since the 15th of
/// March 2025, 6 buys once in March, 7 never. 3 does not renew, 4 churns. Sync is Acme's, Mail Bolt's, Chat the
/// program's.
fn log() -> Log {
    let mut log = Log {
        partners: vec![party("Acme"), party("Bolt")],
        customers: (0..8).map(|i| format!("C{i}")).collect(),
        products: ["Pro", "Team"].map(str::to_owned).to_vec(),
        currencies: vec![engine::money::Currency::USD],
        ..Log::default()
    };
    for (name, partner) in [("Sync", 0), ("Mail", 1), ("Chat", NONE)] {
        log.integrations.push(IntegrationRow { name: name.to_owned(), partner });
    }
    let mut pay = |at, customer, kind, amount, interval| {
        log.revenue.push(RevenueRow { interval, ..RevenueRow::new(at, kind, customer, amount) });
    };
    for (customer, of_month, renewals) in [(0, 10, 3), (1, 20, 2), (3, 12, 0), (4, 14, 1), (5, 16, 2)] {
        pay(day(2, of_month), customer, RevenueKind::New, 10_000, 1);
        for renewal in 0..renewals {
            pay(day(3 + renewal, of_month), customer, RevenueKind::Renewal, 10_000, 1);
        }
    }
    pay(on(2025, 3, 15), 2, RevenueKind::New, 120_000, 12);
    pay(day(3, 20), 2, RevenueKind::Renewal, 120_000, 12);
    pay(day(3, 8), 6, RevenueKind::New, 5_000, 0);
    let upsell = log.revenue.len() as u32;
    for (of_month, customer, kind, amount, product) in [
        (15, 0, RevenueKind::Upsell, 5_000, 0),
        (16, 1, RevenueKind::Upsell, 3_000, 0),
        (17, 4, RevenueKind::Upsell, 4_000, 1),
        (18, 2, RevenueKind::CrossSell, 7_000, 0),
        (19, 5, RevenueKind::Expansion, 6_000, 0),
    ] {
        let row = RevenueRow::new(day(3, of_month), kind, customer, amount);
        log.revenue.push(RevenueRow { product, ..row });
    }
    let refund = RevenueRow::new(day(3, 28), RevenueKind::Refund, 0, 1_000);
    log.revenue.push(RevenueRow { refunds: upsell, ..refund });
    log.churns.push(ChurnRow { at: day(3, 25), customer: 4 });
    for (at, kind, customer, link) in [(day(3, 1), TouchKind::Webinar, 0, NONE), (day(3, 7), TouchKind::Click, 6, 0)] {
        log.touches.push(Touch { partner: 0, customer, link, ..Touch::new(at, kind) });
    }
    let (key, short, destination) = ("acme".to_owned(), String::new(), String::new());
    log.links.push(LinkRow { key, short, destination, partner: 0 });
    log.groups.push("Gold".to_owned());
    log.joins.push(JoinRow { at: day(1, 1), partner: 0, source: JoinSource::Own, group: 0 });
    let (at, expires) = (day(3, 2), day(6, 2));
    log.registrations.push(RegistrationRow { at, partner: 1, customer: 5, opportunity: NONE, expires, person: NONE });
    use UsageKind::{Attempted, Installed, Onboarded, PaidFeatureUsed, Uninstalled, Used};
    for (at, customer, integration, kind, count) in [
        (on(2025, 4, 1), 2, MAIL, Installed, 1),
        (day(2, 1), 0, SYNC, Installed, 1),
        (day(2, 1), 5, MAIL, Installed, 1),
        (day(2, 5), 1, SYNC, Installed, 1),
        (day(2, 10), 1, SYNC, Used, 2),
        (day(2, 20), 2, MAIL, Used, 9),
        (day(2, 20), 5, MAIL, Uninstalled, 1),
        (day(3, 3), 1, CHAT, Installed, 1),
        (day(3, 4), 1, CHAT, Onboarded, 1),
        (day(3, 5), 0, SYNC, Used, 3),
        (day(3, 5), 1, SYNC, Used, 1),
        (day(3, 6), 0, SYNC, Used, 2),
        (day(3, 9), 0, SYNC, PaidFeatureUsed, 1),
        (day(3, 9), 6, MAIL, Installed, 1),
        (day(3, 10), 6, MAIL, Attempted, 3),
        (day(3, 10), 1, CHAT, Used, 4),
        (day(3, 10), 7, SYNC, Installed, 1),
        (day(3, 11), 7, CHAT, Installed, 1),
        (day(3, 12), 7, SYNC, Used, 2),
        (day(4, 2), 7, SYNC, Onboarded, 1),
    ] {
        log.usage.push(UsageRow { at, integration, customer, kind, count });
    }
    for (at, customer, kind, score) in [
        (day(3, 2), 0, SurveyKind::Nps, 10),
        (day(3, 2), 1, SurveyKind::Nps, 9),
        (day(3, 2), 2, SurveyKind::Nps, 7),
        (day(3, 2), 3, SurveyKind::Nps, 3),
        (day(3, 2), 5, SurveyKind::Nps, 8),
        (day(2, 2), 4, SurveyKind::Nps, 9),
        (day(3, 3), 0, SurveyKind::Csat, 5),
        (day(3, 3), 1, SurveyKind::Csat, 4),
        (day(3, 3), 3, SurveyKind::Csat, 2),
        (day(3, 3), 5, SurveyKind::Csat, 4),
        (day(3, 9), 6, SurveyKind::Csat, 5),
    ] {
        log.surveys.push(SurveyRow { at, customer, kind, score });
    }
    for (customer, integration) in [(0, SYNC), (0, SYNC), (2, MAIL), (3, NONE)] {
        log.tickets.push(TicketRow { at: day(3, 5), customer, integration });
    }
    for (at, integration, minutes) in [(day(3, 2), SYNC, 30), (day(3, 9), MAIL, 15), (day(4, 1), SYNC, 99)] {
        log.downtimes.push(DowntimeRow { at, integration, minutes });
    }
    log
}

const OF_SYNC: Subject = Subject { integration: Some(SYNC), ..ALL };

const LINK: Subject = Subject { link: Some(0), ..ALL };
/// Acme's group.
const GOLD: Subject = Subject { group: Some(0), ..ALL };

const CASES: &[Case] = &[
    // Active in March: 0 to 6. Shared: 0 and 1 (Sync), 2 (Mail), 5 (a registered deal), 6 (a click, Mail). Evidence:
    // their amounts in March.
    Case {
        id: "customer_overlap",
        of: ALL,
        value: "5/7 of 10",
        parts: &["Acme = 3/7 [158220, 749542]", "Bolt = 3/7 [158220, 749542]"],
    },
    Case { id: "customer_overlap", of: ACME, value: "3/7 of 6", parts: &[] },
    // 0, 1, 2, 6 of 0 to 6. 7 never paid, 5 removed it.
    Case {
        id: "adoption_rate",
        of: ALL,
        value: "4/7 of 5",
        parts: &[
            "Of users with any integration = 4/4 [510109, 1000000]",
            "Sync = 2/7 [82219, 641066]",
            "Mail = 2/7 [82219, 641066]",
            "Chat = 1/7 [25680, 513128]",
        ],
    },
    Case {
        id: "adoption_rate",
        of: OF_SYNC,
        value: "2/7 of 2",
        parts: &["Of users with any integration = 2/4 [150039, 849961]"],
    },
    // 0, 1, 7.
    Case { id: "usage_active_accounts", of: ALL, value: "3 of 5", parts: &["Sync = 3", "Mail = 0", "Chat = 1"] },
    Case { id: "usage_active_accounts", of: OF_SYNC, value: "3 of 4", parts: &[] },
    // 3 + 2 + 1 + 4 + 2 = 12 runs of 3 accounts.
    Case { id: "uses_per_account", of: ALL, value: "4000000 of 5", parts: &["Successful runs = 12", "Accounts = 3"] },
    // Bolt's Mail was not run in March by anybody: 6 only tried.
    Case { id: "uses_per_account", of: BOLT, value: "? integration.used of 0", parts: &[] },
    // Adoptions in March, runs in the 30 days before and since: 1 of Chat 2 and 1 + 4, 6 of Mail 0 and 0, 7 of Sync 0
    // and 2, 7 of Chat 0 and 2. Changes 3, 0, 2, 2: mean 1.75, error √(4.75 ÷ 3 ÷ 4) = 0.629, t(3) = 3.18245 to five
    // digits.
    Case {
        id: "usage_against_baseline",
        of: ALL,
        value: "1750000 [-252247, 3752247] of 4",
        parts: &["Adoptions = 4", "30 days before = 500000", "30 days since = 2250000"],
    },
    // 0 of 0, 1, 2, 6, 7.
    Case {
        id: "paid_feature_adoption",
        of: ALL,
        value: "1/5 of 1",
        parts: &["Sync = 1/3 [61492, 792340]", "Mail = 0/2 [0, 657620]", "Chat = 0/2 [0, 657620]"],
    },
    // 1 of Chat and 7 of Sync ran, 6 of Mail tried, 7 of Chat did nothing.
    Case {
        id: "adoption_funnel",
        of: ALL,
        value: "2/4 of 2",
        parts: &[
            "Installed = 4",
            "Attempted = 3",
            "Successful run = 2",
            "Installed → attempted = 3/4 [300642, 954413]",
            "Attempted → successful run = 2/3 [207660, 938508]",
        ],
    },
    // The 5th: 0 and 1, the 6th: 0, the 10th: 1, the 12th: 7. 5 ÷ 31; 5 ÷ (31 × 3).
    Case {
        id: "daily_active_accounts",
        of: ALL,
        value: "161290 of 5",
        parts: &["Days = 31", "Accounts active in the period = 3", "Daily ÷ all active accounts = 53763"],
    },
    // 1 of Chat and, in April, 7 of Sync, of the four.
    Case { id: "onboarding_completion", of: ALL, value: "2/4 of 2", parts: &[] },
    // 7 days and 2 days: 4.5 days. Error 5 days ÷ (2 × 1 ÷ √2) = 305,470, × 1.96; no time is less than none.
    Case {
        id: "time_to_value",
        of: ALL,
        value: "388800 [0, 987510] of 2",
        parts: &["With a successful run = 2", "Without one so far = 2"],
    },
    // Active when March began: 0 to 5; at its end 0, 1, 2, 5. Recurring then 4 of 6 × 10,000. Integrated: 0, 1, 2, with
    // 30,000 a month: 2/3 of it is 20,000.
    Case {
        id: "retention",
        of: ALL,
        value: "4/6 of 6",
        parts: &[
            "Net revenue retention = 666667",
            "Integrated = 3/3 [438503, 1000000]",
            "Not integrated = 1/3 [61492, 792340]",
            "Difference: Integrated less Not integrated = 666667 [-58569, 938508]",
            "Difference in money = 20000 [-1757, 28155]",
            "No integration = 1/3 [61492, 792340]",
            "1–3 integrations = 3/3 [438503, 1000000]",
            "4 or more integrations = ? a customer when the period began",
            "Difference: 1–3 integrations less No integration = 666667 [-58569, 938508]",
            "Difference: 4 or more integrations less No integration = ? a customer when the period began",
            "Sourced by partners = ? a customer when the period began",
            "Not sourced by partners = 4/6 [299993, 903229]",
            "Difference: Sourced by partners less Not sourced by partners = ? a customer when the period began",
        ],
    },
    // Those who have Sync, 0 and 1, beside 2, 3, 4, 5, of whom 2 and 5 stay: half of 20,000.
    Case {
        id: "retention",
        of: OF_SYNC,
        value: "2/2 of 2",
        parts: &[
            "Net revenue retention = 1000000",
            "Integrated = 2/2 [342380, 1000000]",
            "Not integrated = 2/4 [150039, 849961]",
            "Difference: Integrated less Not integrated = 500000 [-244941, 849961]",
            "Difference in money = 10000 [-4899, 16999]",
            "No integration = 2/4 [150039, 849961]",
            "1–3 integrations = 2/2 [342380, 1000000]",
            "4 or more integrations = ? a customer when the period began",
            "Difference: 1–3 integrations less No integration = 500000 [-244941, 849961]",
            "Difference: 4 or more integrations less No integration = ? a customer when the period began",
            "Sourced by partners = ? a customer when the period began",
            "Not sourced by partners = 4/6 [299993, 903229]",
            "Difference: Sourced by partners less Not sourced by partners = ? a customer when the period began",
        ],
    },
    // 4; 3 lapsed. −1/3 × 30,000.
    Case {
        id: "churn",
        of: ALL,
        value: "1/6 of 7",
        parts: &[
            "Lapsed without a churn = 1",
            "Integrated = 0/3 [0, 561497]",
            "Not integrated = 1/3 [61492, 792340]",
            "Difference: Integrated less Not integrated = -333333 [-792340, 290507]",
            "Difference in money = -10000 [-23770, 8715]",
            "No integration = 1/3 [61492, 792340]",
            "1–3 integrations = 0/3 [0, 561497]",
            "4 or more integrations = ? a customer when the period began",
            "Difference: 1–3 integrations less No integration = -333333 [-792340, 290507]",
            "Difference: 4 or more integrations less No integration = ? a customer when the period began",
            "Sourced by partners = ? a customer when the period began",
            "Not sourced by partners = 1/6 [30053, 563503]",
            "Difference: Sourced by partners less Not sourced by partners = ? a customer when the period began",
        ],
    },
    // Due: one each of 0 to 5; 3 does not renew, 2 five days late. 1/3 × (10,000 + 10,000 + 120,000).
    Case {
        id: "renewal",
        of: ALL,
        value: "5/6 of 11",
        parts: &[
            "Not renewed yet, but due no more than 30 days ago = 0",
            "Integrated = 3/3 [438503, 1000000]",
            "Not integrated = 2/3 [207660, 938508]",
            "Difference: Integrated less Not integrated = 333333 [-290507, 792340]",
            "Difference in money = 46667 [-40671, 110928]",
            "No integration = 2/3 [207660, 938508]",
            "1–3 integrations = 3/3 [438503, 1000000]",
            "4 or more integrations = ? revenue{renewal}",
            "Difference: 1–3 integrations less No integration = 333333 [-290507, 792340]",
            "Difference: 4 or more integrations less No integration = ? revenue{renewal}",
            "Sourced by partners = ? revenue{renewal}",
            "Not sourced by partners = 5/6 [436497, 969947]",
            "Difference: Sourced by partners less Not sourced by partners = ? revenue{renewal}",
        ],
    },
    // 0 and 1 of 0, 1, 2, 6, 7; 4 of 3, 4, 5.
    Case {
        id: "upsell_rate",
        of: ALL,
        value: "40000000 of 2",
        parts: &[
            "Purchases = 2",
            "Accounts with the integration = 5",
            "Not integrated = 33333333",
            "Integrated accounts that bought more = 2/5 [117621, 769276]",
            "Not integrated accounts that bought more = 1/3 [61492, 792340]",
            "Difference: Integrated accounts that bought more less Not integrated accounts that bought more = 66667 \
             [-472245, 525210]",
        ],
    },
    // 2.
    Case {
        id: "cross_sell_rate",
        of: ALL,
        value: "20000000 of 1",
        parts: &[
            "Purchases = 1",
            "Accounts with the integration = 5",
            "Not integrated = 0",
            "Integrated accounts that bought more = 1/5 [36224, 624465]",
            "Not integrated accounts that bought more = 0/3 [0, 561497]",
            "Difference: Integrated accounts that bought more less Not integrated accounts that bought more = 200000 \
             [-384894, 624465]",
        ],
    },
    // 5,000 − 1,000 + 3,000 + 4,000 + 7,000 + 6,000. Acme's webinar earns 0's 4,000. Sync: 0 and 1, Mail: 2, Chat: 1.
    Case {
        id: "expansion_revenue",
        of: ALL,
        value: "24000 of 6",
        parts: &[
            "Acme = 4000",
            "Credited to no partner asked for = 20000",
            "Sync = 7000",
            "Mail = 7000",
            "Chat = 3000",
        ],
    },
    // 0, whom the webinar influenced, and 1, who has Sync.
    Case {
        id: "expansion_revenue",
        of: ACME,
        value: "7000 of 3",
        parts: &["Credited to no partner asked for = 3000", "Sync = 7000"],
    },
    // Days since the latest adoption: 0 42, 1 13 (Chat), 2 351, 5 46; 4 never. 4,000 + 3,000 + 6,000.
    Case {
        id: "expansion_after_adoption",
        of: ALL,
        value: "13000 of 4",
        parts: &["Expansions = 3", "Within 30 days = 3000", "Within 60 days = 13000", "Within 90 days = 13000"],
    },
    Case {
        id: "upgrades",
        of: ALL,
        value: "3 of 3",
        parts: &["Pro, 1–3 integrations = 2", "Team, no integration = 1"],
    },
    // 10, 9, 7, 3, 8: (2 − 1) ÷ 5. Integrated 10, 9, 7: 2 ÷ 3; not 3, 8: −1 ÷ 2. Sync 10, 9, Mail 7, Chat 9.
    // Error of 100, 100, 0, −100, 0: √(7,000 ÷ 5) = 37.4, t(4) = 2.776: ±103.9, and no score is above 100. Of the
    // difference: √(3,333.3 ÷ 3 + 5,000 ÷ 2) = 60.1, freedom 1.9, hence 1, t = 12.706.
    Case {
        id: "nps",
        of: ALL,
        value: "20000000 [-83885061, 100000000] of 5",
        parts: &[
            "Promoters = 2/5 [117621, 769276]",
            "Passives = 2/5 [117621, 769276]",
            "Detractors = 1/5 [36224, 624465]",
            "Integrated = 66666667",
            "Not integrated = -50000000",
            "Difference: Integrated less Not integrated = 116666667 [-646881212, 880214545]",
            "Sourced by partners = ? survey{nps,score}",
            "Not sourced by partners = 20000000",
            "Difference: Sourced by partners less Not sourced by partners = ? survey{nps,score}",
            "Sync = 100000000",
            "Mail = 0",
            "Chat = 100000000",
        ],
    },
    // 0, 1, 5, 6 of 0, 1, 3, 5, 6. Integrated: 0, 1, 6; sourced: 6.
    Case {
        id: "csat",
        of: ALL,
        value: "4/5 of 5",
        parts: &[
            "Integrated = 3/3 [438503, 1000000]",
            "Not integrated = 1/2 [94531, 905469]",
            "Difference: Integrated less Not integrated = 500000 [-192592, 905469]",
            "Sourced by partners = 1/1 [206549, 1000000]",
            "Not sourced by partners = 3/4 [300642, 954413]",
            "Difference: Sourced by partners less Not sourced by partners = 250000 [-569359, 699358]",
            "Sync = 2/2 [342380, 1000000]",
            "Mail = 1/1 [206549, 1000000]",
            "Chat = 1/1 [206549, 1000000]",
        ],
    },
    // 3 about integrations, of 0, 1, 2, 6, 7. Sync 2 of 0, 1, 7; Mail 1 of 2, 6; Chat of 1, 7. All: 3 of 0, 1, 2, 6 and
    // 1 of 3, 4, 5; √(9,166.7 ÷ 4 + 3,333.3 ÷ 3) = 58.3, freedom 4.9, hence 4, t = 2.776.
    Case {
        id: "tickets_per_100_accounts",
        of: ALL,
        value: "60000000 of 3",
        parts: &[
            "Tickets = 3",
            "Accounts with the integration = 5",
            "Sync = 66666667",
            "Mail = 50000000",
            "Chat = 0",
            "Integrated = 75000000",
            "Not integrated = 33333333",
            "Difference: Integrated less Not integrated = 41666667 [-120292627, 203625960]",
        ],
    },
    Case { id: "downtime_minutes", of: ALL, value: "45 of 2", parts: &["Sync = 30", "Mail = 15", "Chat = 0"] },
    Case { id: "downtime_minutes", of: GOLD, value: "30 of 1", parts: &["Sync = 30"] },
    // The click of 6 is on the link.
    Case { id: "customer_overlap", of: LINK, value: "1/7 of 1", parts: &["Acme = 1/7 [25680, 513128]"] },
    Case { id: "customer_overlap", of: GOLD, value: "3/7 of 6", parts: &["Acme = 3/7 [158220, 749542]"] },
    Case { id: "downtime_minutes", of: ACME, value: "30 of 1", parts: &["Sync = 30"] },
];

#[test]
fn every_figure_is_what_it_is_by_hand() {
    check(Chapter::Customers, &log(), &Terms::default(), CASES);
}

#[test]
fn nothing_is_known_of_nothing() {
    let facts = [
        ("customer_overlap", "revenue"),
        ("adoption_rate", "integration.installed"),
        ("usage_active_accounts", "integration.used"),
        ("uses_per_account", "integration.used"),
        ("usage_against_baseline", "integration.used"),
        ("paid_feature_adoption", "integration.feature_used{paid}"),
        ("adoption_funnel", "integration.installed"),
        ("daily_active_accounts", "integration.used"),
        ("onboarding_completion", "integration.onboarded"),
        ("time_to_value", "integration.installed"),
        ("retention", "revenue"),
        ("churn", "customer.churned"),
        ("renewal", "revenue{renewal}"),
        ("upsell_rate", "revenue{expansion(upsell)}"),
        ("cross_sell_rate", "revenue{expansion(cross_sell)}"),
        ("expansion_revenue", "revenue{expansion}"),
        ("expansion_after_adoption", "revenue{expansion}"),
        ("upgrades", "revenue{expansion(upsell)}"),
        ("nps", "survey{nps,score}"),
        ("csat", "survey{csat,score}"),
        ("tickets_per_100_accounts", "ticket"),
        ("downtime_minutes", "downtime"),
    ];
    check_empty(Chapter::Customers, &facts);
}

#[test]
fn without_uses_of_integrations_cohorts_are_not_known() {
    let log = Log { usage: engine::log::Usage::default(), ..log() };
    let found = answer(&log, &Terms::default(), ALL, definition("retention").expect("retention"));
    assert_eq!(found.value, Value::Rate { n: 4, m: 6 });
    let unknown: Vec<&str> = found
        .parts
        .iter()
        .filter(|part| part.value == Value::NotKnown("integration.installed"))
        .map(|part| part.label.as_str())
        .collect();
    assert_eq!(unknown, ["Integrated", "By number of integrations"]);
}

#[test]
fn what_was_given_back_in_full_makes_nobody_active() {
    let mut log = log();
    let before = answer(&log, &Terms::default(), ALL, definition("retention").expect("retention"));
    // The amount that 5 paid in February, which lasts into March.
    let paid = (0..log.revenue.len() as u32).find(|row| log.revenue.customer[*row as usize] == 5).expect("a sale");
    let refund = RevenueRow::new(day(2, 20), RevenueKind::Refund, 5, 10_000);
    log.revenue.push(RevenueRow { refunds: paid, ..refund });
    let after = answer(&log, &Terms::default(), ALL, definition("retention").expect("retention"));
    assert_eq!((before.value, after.value), (Value::Rate { n: 4, m: 6 }, Value::Rate { n: 3, m: 5 }));
}

#[test]
fn who_comes_back_after_a_churn_is_active_again() {
    let mut log = log();
    let back = RevenueRow::new(day(3, 30), RevenueKind::New, 4, 10_000);
    log.revenue.push(RevenueRow { interval: 1, ..back });
    let value = |id| answer(&log, &Terms::default(), ALL, definition(id).expect(id)).value;
    assert_eq!(value("retention"), Value::Rate { n: 5, m: 6 });
    assert_eq!(value("churn"), Value::Rate { n: 1, m: 6 });
}
