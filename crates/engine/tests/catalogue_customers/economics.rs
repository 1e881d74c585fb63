//! Economics.

use engine::{
    commission::{Draft, Pay, Rate, Rule, Terms, Version},
    fact::{CampaignKind, CostKind, Mark, RevenueKind, TouchKind, UsageKind},
    kpi::{Chapter, Subject},
    log::{
        AdjustmentRow, ChurnRow, ClickRow, IntegrationRow, LinkRow, MailingRow, Milestone, NONE, PayoutRow, Revenue,
        RevenueRow, SpendRow,
    },
};

use super::*;

/// Customers: Ada and Ben new through Acme's and Bolt's links, Cyd and Fay new without a partner, Dot an old monthly
/// one, Eve Acme's of last year, who churns.
fn log() -> Log {
    let mut log = Log {
        partners: vec![party("Acme"), party("Bolt")],
        campaigns: ["spring", "joint", "brand"].map(str::to_owned).to_vec(),
        customers: ["Ada", "Ben", "Cyd", "Dot", "Eve", "Fay"].map(str::to_owned).to_vec(),
        currencies: ["USD", "EUR"].iter().filter_map(|code| code.parse().ok()).collect(),
        integrations: (0..4).map(|i| IntegrationRow { name: format!("I{i}"), partner: NONE }).collect(),
        ..Log::default()
    };
    for partner in 0..2 {
        let (key, short, destination) = (format!("l{partner}"), String::new(), String::new());
        log.links.push(LinkRow { key, short, destination, partner });
    }
    // Who clicked when, on which link, of which campaign.
    for (customer, at, partner, campaign) in
        [(0, day(3, 2), 0, 0), (1, day(3, 4), 1, 1), (2, day(3, 11), NONE, 2), (4, on(2025, 5, 20), 0, NONE)]
    {
        let touch = Touch::new(at, TouchKind::Click);
        log.touches.push(Touch { customer, partner, link: partner, campaign, ..touch });
    }
    for (customer, at) in [(0, day(3, 3)), (1, day(3, 5))] {
        let kind = engine::fact::MilestoneKind::LeadCreated;
        log.milestones.push(Milestone { at, kind, customer, opportunity: NONE });
    }
    // 30 counted clicks of Acme, 10 of Bolt; 5 of a bot, 7 of April.
    for (at, partner, campaign, mark, count) in [
        (day(3, 2), 0, 0, Mark::Counted, 30),
        (day(3, 4), 1, 1, Mark::Counted, 10),
        (day(3, 4), 0, 0, Mark::Bot, 5),
        (day(4, 1), 0, 0, Mark::Counted, 7),
    ] {
        let kind = TouchKind::Click;
        log.clicks.push(ClickRow { day: at.day(), partner, link: partner, campaign, kind, mark, count });
    }
    // Acme took part in the joint campaign too, nobody in the brand's.
    log.mailings.push(MailingRow { at: day(3, 3), campaign: 1, partner: 0, kind: CampaignKind::Sent, count: 9 });
    let mut pay = |at, customer, kind, amount, interval| {
        log.revenue.push(RevenueRow { interval, ..RevenueRow::new(at, kind, customer, amount) });
    };
    pay(day(3, 5), 0, RevenueKind::New, 100_000, 1);
    pay(day(3, 10), 1, RevenueKind::New, 50_000, 0);
    pay(day(3, 12), 2, RevenueKind::New, 80_000, 12);
    pay(day(1, 15), 3, RevenueKind::New, 10_000, 1);
    pay(day(2, 15), 3, RevenueKind::Renewal, 10_000, 1);
    pay(day(3, 15), 3, RevenueKind::Renewal, 10_000, 1);
    pay(on(2025, 6, 1), 4, RevenueKind::New, 120_000, 12);
    pay(day(4, 5), 0, RevenueKind::Renewal, 100_000, 1);
    pay(day(3, 8), 5, RevenueKind::New, 70_000, 0);
    log.revenue.currency[8] = 1;
    let refund = RevenueRow::new(day(3, 25), RevenueKind::Refund, 0, 20_000);
    log.revenue.push(RevenueRow { refunds: 0, ..refund });
    log.churns.push(ChurnRow { at: day(3, 20), customer: 4 });
    for (at, partner, kind, amount, currency) in [
        (day(3, 1), 0, CostKind::Program, 3_000, 0),
        (day(3, 10), NONE, CostKind::Program, 100_000, 0),
        (day(2, 10), NONE, CostKind::Program, 99_900, 0),
        (day(3, 10), NONE, CostKind::Program, 88_800, 1),
        (day(3, 31), NONE, CostKind::Revenue, 55_000, 0),
        (day(3, 15), NONE, CostKind::Acquisition, 40_000, 0),
    ] {
        log.costs.push(CostRow { at, partner, kind, amount, currency });
    }
    for (at, campaign, amount) in [(day(3, 2), 0, 5_000), (day(3, 3), 1, 2_000), (day(3, 4), 2, 10_000)] {
        log.spend.push(SpendRow { at, campaign, amount, currency: 0 });
    }
    log.payouts.push(PayoutRow { at: day(3, 31), partner: 0, amount: 12_000, currency: 0 });
    log.payouts.push(PayoutRow { at: day(3, 31), partner: 1, amount: 4_000, currency: 1 });
    log.payouts.push(PayoutRow { at: day(4, 30), partner: 1, amount: 5_000, currency: 0 });
    // Eve has had an integration for long, Ada installs one in March, Dot has four.
    let mut install = |at, customer, integration| {
        log.usage.push(UsageRow { at, integration, customer, kind: UsageKind::Installed, count: 1 });
    };
    install(on(2025, 7, 1), 4, 0);
    install(day(3, 20), 0, 1);
    (0..4).for_each(|integration| install(day(2, 1), 3, integration));
    log
}

/// 10 % of new business, held for 25 days.
fn terms() -> Terms {
    let pay = Pay::Percent(Rate::basis_points(1_000).expect("10 %"));
    let draft = Draft { hold: 25, kinds: vec![RevenueKind::New], ..Draft::new("all", pay) };
    let rules = vec![Rule::try_from(draft).expect("a rule")];
    Terms::try_from(vec![Version { version: 1, since: Time(0), rules }]).expect("a version")
}

const LINK: Subject = Subject { link: Some(0), ..ALL };
const SPRING: Subject = Subject { campaign: Some(0), ..ALL };
const I0: Subject = Subject { integration: Some(0), ..ALL };

/// Partner cost, all: commission 15,000 − 2,000 = 13,000 (see below), program 3,000 + 100,000, campaigns 5,000 + 2,000
/// (brand has no partner): 123,000. Acme: 10,000 − 2,000 = 8,000, its own 3,000, and spring alone, since Bolt took part
/// in joint: 16,000. The link: its commission, 8,000. Spring: that and its spend: 13,000.
const CASES: &[Case] = &[
    // 10 % of Ada's 100,000 and Ben's 50,000.
    Case {
        id: "commission_earned",
        of: ALL,
        value: "15000 of 2",
        parts: &["Clawed back = 2000", "Earned less clawed back = 13000"],
    },
    Case {
        id: "commission_earned",
        of: LINK,
        value: "10000 of 1",
        parts: &["Clawed back = 2000", "Earned less clawed back = 8000"],
    },
    // Ada's hold ends on the 30th of March, less what was taken back by then; Ben's on the 4th of April.
    Case { id: "commission_approved", of: ALL, value: "8000 of 2", parts: &[] },
    Case { id: "commission_approved", of: BOLT, value: "0 of 0", parts: &[] },
    // The 4,000 are euros, the 5,000 of April.
    Case { id: "commission_paid", of: ALL, value: "12000 of 1", parts: &[] },
    Case { id: "commission_paid", of: BOLT, value: "0 of 0", parts: &[] },
    // 10 % of the 20,000.
    Case { id: "commission_clawed_back", of: ALL, value: "2000 of 1", parts: &[] },
    // 123,000 ÷ 40. Evidence: 2 sales, 1 refund, 2 costs, 2 spends, 2 days of clicks.
    Case {
        id: "cost_per_click",
        of: ALL,
        value: "3075 of 9",
        parts: &["Commission = 13000", "Program = 103000", "Campaigns = 7000", "Clicks = 40"],
    },
    // 16,000 ÷ 30 = 533.33.
    Case {
        id: "cost_per_click",
        of: ACME,
        value: "533 of 5",
        parts: &["Commission = 8000", "Program = 3000", "Campaigns = 5000", "Clicks = 30"],
    },
    // 8,000 ÷ 30 = 266.67: costs of the program have no link.
    Case {
        id: "cost_per_click",
        of: LINK,
        value: "267 of 3",
        parts: &["Commission = 8000", "Program = 0", "Campaigns = 0", "Clicks = 30"],
    },
    // 13,000 ÷ 30 = 433.33.
    Case {
        id: "cost_per_click",
        of: SPRING,
        value: "433 of 4",
        parts: &["Commission = 8000", "Program = 0", "Campaigns = 5000", "Clicks = 30"],
    },
    // 123,000 ÷ 2: Ada and Ben.
    Case {
        id: "cost_per_lead",
        of: ALL,
        value: "61500 of 9",
        parts: &["Commission = 13000", "Program = 103000", "Campaigns = 7000", "Leads = 2"],
    },
    Case {
        id: "cost_per_acquisition",
        of: ALL,
        value: "61500 of 9",
        parts: &["Commission = 13000", "Program = 103000", "Campaigns = 7000", "New customers = 2"],
    },
    Case {
        id: "cost_per_acquisition",
        of: ACME,
        value: "16000 of 5",
        parts: &["Commission = 8000", "Program = 3000", "Campaigns = 5000", "New customers = 1"],
    },
    // 13,000 ÷ 40 and × 100.
    Case {
        id: "earnings_per_click",
        of: ALL,
        value: "325 of 5",
        parts: &["Commission = 13000", "Clicks = 40", "Of 100 clicks = 32500"],
    },
    // 8,000 ÷ 30 = 266.67; 800,000 ÷ 30 = 26,666.67.
    Case {
        id: "earnings_per_click",
        of: LINK,
        value: "267 of 3",
        parts: &["Commission = 8000", "Clicks = 30", "Of 100 clicks = 26667"],
    },
    // Ada's and Ben's first sales; Cyd's click was on no link.
    Case { id: "link_conversion_rate", of: ALL, value: "2/40 of 2", parts: &[] },
    Case { id: "link_conversion_rate", of: LINK, value: "1/30 of 1", parts: &[] },
    // Attributed: Ada 100,000 − 20,000, Ben 50,000. (130,000 × 0.75 − 123,000) ÷ 123,000 = −25,500 ÷ 123,000.
    Case {
        id: "roi",
        of: ALL,
        value: "-207317 of 7",
        parts: &[
            "Attributed revenue = 130000",
            "Commission = 13000",
            "Program = 103000",
            "Campaigns = 7000",
            "Gross margin = 750000",
        ],
    },
    // (80,000 × 0.75 − 16,000) ÷ 16,000 = 44 ÷ 16.
    Case {
        id: "roi",
        of: ACME,
        value: "2750000 of 4",
        parts: &[
            "Attributed revenue = 80000",
            "Commission = 8000",
            "Program = 3000",
            "Campaigns = 5000",
            "Gross margin = 750000",
        ],
    },
    // 130 ÷ 123 = 1.0569106.
    Case {
        id: "roas",
        of: ALL,
        value: "1056911 of 7",
        parts: &["Attributed revenue = 130000", "Commission = 13000", "Program = 103000", "Campaigns = 7000"],
    },
    // Ada 100,000 − 20,000, Ben 50,000, Cyd 80,000, Dot 10,000: 220,000; less 55,000, a quarter.
    Case { id: "gross_margin", of: ALL, value: "750000 of 6", parts: &["Revenue = 220000", "Cost of revenue = 55000"] },
    // Others: 40,000 + 10,000 for brand, of Cyd and Fay.
    Case {
        id: "customer_acquisition_cost",
        of: ALL,
        value: "61500 of 9",
        parts: &[
            "Commission = 13000",
            "Program = 103000",
            "Campaigns = 7000",
            "Customers sourced = 2",
            "Customers of other channels = 2",
            "Other channels = 25000",
            "Difference: partners less other channels = 36500",
        ],
    },
    // 220,000 ÷ Ada, Ben, Cyd, Dot, Eve; Fay paid in euros. At the end recur: Ada 80,000, Cyd 80,000 ÷ 12 = 6,667, Dot
    // 10,000: 96,667 ÷ 5 = 19,333. Sourced: 80,000, 50,000, 0: 43,333; rest: 80,000, 10,000. Difference −1,666.67;
    // squared errors 1,633,333,333 ÷ 3 and 2,450,000,000 ÷ 2, √ of the sum 42,065, freedom 1.7, hence 1, t = 12.706.
    // Integrated: Ada, Dot, Eve: 80,000, 10,000, 0, mean 30,000; not: 50,000, 80,000; √ of the squared errors 29,297,
    // freedom 2.9, t = 4.303.
    Case {
        id: "arpa",
        of: ALL,
        value: "44000 of 5",
        parts: &[
            "Active accounts = 5",
            "Recurring revenue per account and month, at the end = 19333",
            "Sourced by partners = 43333",
            "Not sourced by partners = 45000",
            "Difference: Sourced by partners less Not sourced by partners = -1667 [-536150, 532817]",
            "Integrated = 30000",
            "Not integrated = 65000",
            "Difference: Integrated less Not integrated = -35000 [-161056, 91056]",
        ],
    },
    // Dot and Eve have I0: 10,000 ÷ 2; Eve left, Dot pays 10,000 a month.
    Case {
        id: "arpa",
        of: I0,
        value: "5000 of 1",
        parts: &[
            "Active accounts = 2",
            "Recurring revenue per account and month, at the end = 5000",
            "Sourced by partners = 0",
            "Not sourced by partners = 10000",
            "Difference: Sourced by partners less Not sourced by partners = -10000",
            "Integrated = 5000",
            "Not integrated = ? revenue",
            "Difference: Integrated less Not integrated = ? revenue",
        ],
    },
    // 44,000 × 0.75 ÷ (1 of 2: of Dot and Eve, Eve). Sourced: 130,000 ÷ 3 × 0.75 ÷ (Eve, 1 of 1). Nobody of the rest
    // churned. None: of Ben and Cyd none was active when March began. 1–3: Ada and Eve: 80,000 ÷ 2 × 0.75 ÷ 1. 4: Dot.
    Case {
        id: "lifetime_value",
        of: ALL,
        value: "66000 of 6",
        parts: &[
            "Revenue per account = 44000",
            "Gross margin = 750000",
            "Churn rate = 1/2 [94531, 905469]",
            "Sourced by partners = 32500",
            "Not sourced by partners = ? customer.churned",
            "No integration = ? a customer when the period began",
            "1–3 integrations = 30000",
            "4 or more integrations = ? customer.churned",
        ],
    },
    // From the 1st of March; by the 1st of April Ada's and Ben's 130,000 × 0.75 = 97,500, by the 1st of May also Ada's
    // 100,000: 172,500 > 123,000. Evidence: 3 of commission, 2 costs, 2 spends, 4 amounts, of which 3 are commission's.
    Case {
        id: "payback",
        of: ALL,
        value: "2 of 8",
        parts: &[
            "Commission = 13000",
            "Program = 103000",
            "Campaigns = 7000",
            "Margin of the customers until then = 172500",
        ],
    },
    // Ada's 80,000 × 0.75 in the first month > 16,000.
    Case {
        id: "payback",
        of: ACME,
        value: "1 of 4",
        parts: &[
            "Commission = 8000",
            "Program = 3000",
            "Campaigns = 5000",
            "Margin of the customers until then = 60000",
        ],
    },
];

#[test]
fn every_figure_is_what_it_is_by_hand() {
    check(Chapter::Economics, &log(), &terms(), CASES);
}

#[test]
fn nothing_is_known_of_nothing() {
    let (revenue, cost, click) = ("revenue", "cost{category}", "touch{click}");
    let facts = [
        ("commission_earned", "revenue, or adjustment"),
        ("commission_approved", "revenue, or adjustment"),
        ("commission_paid", "payout"),
        ("commission_clawed_back", "revenue, or adjustment"),
        ("cost_per_click", cost),
        ("cost_per_lead", cost),
        ("cost_per_acquisition", cost),
        ("earnings_per_click", click),
        ("link_conversion_rate", click),
        ("roi", cost),
        ("roas", cost),
        ("gross_margin", cost),
        ("customer_acquisition_cost", cost),
        ("arpa", revenue),
        ("lifetime_value", revenue),
        ("payback", cost),
    ];
    check_empty(Chapter::Economics, &facts);
}

#[test]
fn without_rules_commission_is_not_known_and_costs_say_so() {
    let asked = |id| answer(&log(), &Terms::default(), ALL, definition(id).expect(id));
    for id in ["commission_earned", "commission_approved", "commission_clawed_back", "earnings_per_click"] {
        assert_eq!(asked(id).value, Value::NotKnown("commission rules"), "{id}");
    }
    // Without them nobody knows what partners cost, and what is known of it stands beside: a part is no answer.
    let cost = asked("cost_per_click");
    assert_eq!(
        (cost.value, cost.parts[0].value),
        (Value::NotKnown("commission rules"), Value::NotKnown("commission rules"))
    );
    for id in ["cost_per_lead", "cost_per_acquisition", "customer_acquisition_cost", "roi", "roas", "payback"] {
        assert_eq!(asked(id).value, Value::NotKnown("commission rules"), "{id}");
    }
}

#[test]
fn what_is_given_by_hand_counts_and_belongs_to_no_link() {
    let mut log = log();
    let at = log.revenue.at[0];
    for (partner, amount) in [(0, 700), (1, 30), (0, -100)] {
        log.adjustments.push(AdjustmentRow { at, partner, amount, currency: 0, reason: String::new() });
    }
    let check = |log: &Log, id, of, expect: (i64, usize)| {
        let found = answer(log, &terms(), of, definition(id).expect(id));
        assert_eq!((found.value, found.evidence.len()), (Value::Known(expect.0), expect.1), "{id}");
        assert!(found.evidence.windows(2).all(|pair| pair[0] < pair[1]), "{id}");
    };
    check(&log, "commission_earned", ALL, (15_730, 4));
    check(&log, "commission_earned", ACME, (10_700, 2));
    check(&log, "commission_earned", LINK, (10_000, 1));
    check(&log, "commission_clawed_back", ALL, (2_100, 2));
    check(&log, "commission_approved", ALL, (8_630, 5));
    check(&log, "commission_approved", LINK, (8_000, 2));
    // Without any sale it is known all the same.
    log.revenue = Revenue::default();
    check(&log, "commission_earned", ALL, (730, 2));
}

#[test]
fn a_cost_of_another_kind_or_currency_makes_no_return_known() {
    let mut log = log();
    let value = |log: &Log, id| answer(log, &terms(), ALL, definition(id).expect(id)).value;
    log.spend = engine::log::Spend::default();
    log.costs.kind = vec![CostKind::Acquisition; log.costs.len()];
    for id in ["roi", "roas", "cost_per_click", "gross_margin", "payback", "lifetime_value"] {
        assert_eq!(value(&log, id), Value::NotKnown("cost{category}"), "{id}");
    }
    // A cost of the program, but none of revenue: there is a return on spend, and none on investment.
    log.costs.kind[0] = CostKind::Program;
    assert!(matches!(value(&log, "roas"), Value::Known(_)));
    assert_eq!(value(&log, "roi"), Value::NotKnown("cost{category}"));
}

#[test]
fn what_has_not_paid_back_is_not_known() {
    let mut log = log();
    log.costs.amount[1] = 1_000_000;
    let found = answer(&log, &terms(), ALL, definition("payback").expect("payback"));
    assert_eq!(found.value, Value::NotKnown("revenue"));
}
