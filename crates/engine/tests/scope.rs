//! What a partner is given of each table that only the catalogue of figures reads: their own rows, and no others.

use engine::{
    fact::{
        ActivityKind, AssetKind, CampaignKind, CostKind, JoinSource, RevenueKind, SurveyKind, TouchKind, UsageKind,
    },
    log::*,
    money::Currency,
    policy::Policies,
    scope::{Names, for_partner},
    time::{Day, Time},
};

const ADA: u32 = 0;
const EVE: u32 = 1;
const AT: Time = Time(1_700_000_000);

/// Every table with a row of Ada's, one of Eve's and, where that may be, one of nobody's. Ada's customer is 0, Eve's is 1.
fn log() -> Log {
    let party = |name: &str| Party { id: Some(name.to_owned()), name: Some(name.to_owned()) };
    let texts = |kind: &str| ["ada", "eve", "house"].map(|who| format!("{who} {kind}")).to_vec();
    let mut log = Log {
        partners: vec![party("ada"), party("eve")],
        groups: texts("group"),
        campaigns: texts("campaign"),
        products: texts("product"),
        integrations: texts("integration")
            .into_iter()
            .zip([ADA, EVE, NONE])
            .map(|(name, partner)| IntegrationRow { name, partner })
            .collect(),
        customers: texts("customer"),
        currencies: ["SEK", "USD", "NOK"].iter().filter_map(|code| code.parse().ok()).collect(),
        ..Log::default()
    };
    let (eves_money, adas_money) = (0, 1);
    for (partner, currency) in [(ADA, adas_money), (EVE, eves_money)] {
        let customer = partner;
        log.touches.push(Touch { partner, customer, ..Touch::new(AT, TouchKind::Click) });
        let product = partner;
        log.revenue.push(RevenueRow { currency, product, ..RevenueRow::new(AT, RevenueKind::New, customer, 5) });
        log.joins.push(JoinRow { at: AT, partner, source: JoinSource::Own, group: partner });
        let metric = format!("metric {partner}");
        log.goals.push(GoalRow { at: AT, partner, metric, from: Day(1), until: Day(2), target: 1 });
        log.activities.push(ActivityRow { at: AT, partner, kind: ActivityKind::Login, person: partner });
        log.payouts.push(PayoutRow { at: AT, partner, amount: 1, currency });
        let reason = format!("reason {partner}");
        log.adjustments.push(AdjustmentRow { at: AT, partner, amount: -1, currency, reason });
        log.assets.push(AssetRow { at: AT, partner, kind: AssetKind::Post });
        log.churns.push(ChurnRow { at: AT, customer });
    }
    for partner in [ADA, EVE, NONE] {
        let integration = partner.min(2);
        log.costs.push(CostRow { at: AT, partner, kind: CostKind::Program, amount: 1, currency: 2 });
        log.spend.push(SpendRow { at: AT, campaign: integration, amount: 1, currency: 2 });
        log.mailings.push(MailingRow { at: AT, campaign: integration, partner, kind: CampaignKind::Sent, count: 1 });
        log.downtimes.push(DowntimeRow { at: AT, integration, minutes: 1 });
        log.surveys.push(SurveyRow { at: AT, customer: 0, kind: SurveyKind::Nps, score: 1 });
        // Of a customer whom both may see.
        log.usage.push(UsageRow { at: AT, integration, customer: 0, kind: UsageKind::Used, count: 1 });
        log.tickets.push(TicketRow { at: AT, customer: 0, integration });
    }
    log
}

#[test]
fn of_every_table_a_partner_is_given_their_own_rows() {
    let whole = log();
    assert_eq!(whole.check(), Ok(()));
    // Eve is shown the customer who uses her integration, and her own.
    for (partner, name, customers) in [(ADA, "ada", 1), (EVE, "eve", 2)] {
        let given = for_partner(&whole, partner, Names::Shown, &Policies::default());
        assert_eq!(given.check(), Ok(()));
        let rows = [
            ("customers", given.customers.len(), customers),
            ("revenue", given.revenue.len(), customers),
            ("churns", given.churns.len(), customers),
            ("joins", given.joins.len(), 1),
            ("goals", given.goals.len(), 1),
            ("activities", given.activities.len(), 1),
            ("payouts", given.payouts.len(), 1),
            ("adjustments", given.adjustments.len(), 1),
            ("mailings", given.mailings.len(), 1),
            ("assets", given.assets.len(), 1),
            ("usage", given.usage.len(), 1),
            ("tickets", given.tickets.len(), 1),
            ("downtimes", given.downtimes.len(), 1),
            ("costs", given.costs.len(), 0),
            ("spend", given.spend.len(), 0),
            ("surveys", given.surveys.len(), 0),
        ];
        for (table, got, expect) in rows {
            assert_eq!(got, expect, "{table} of {name}");
        }
        assert_eq!(given.goals.metric, [format!("metric {partner}")]);
        assert_eq!(given.activities.person, [partner]);
        assert_eq!(given.adjustments.reason, [format!("reason {partner}")]);
        let names = [&given.groups, &given.campaigns];
        assert!(names.iter().all(|texts| texts.iter().all(|text| text.starts_with(name))), "{names:?}");
        assert_eq!(given.integrations, [IntegrationRow { name: format!("{name} integration"), partner: 0 }]);
    }
    let ada = for_partner(&whole, ADA, Names::Shown, &Policies::default());
    assert_eq!(ada.products, ["ada product"]);
    assert_eq!(ada.currencies.iter().map(Currency::code).collect::<Vec<_>>(), ["USD"]);
}
