//! Customers and integrations: who has which, what they do with it, and whether they stay, buy more and are content.
//!
//! Cohorts split the customers of the whole program; the figure itself is of those who are asked for: all, those who
//! have an integration, or those whom a partner, group, link or campaign has to do with. Who has an integration:
//! anything but its removal was recorded last. Ratios are rounded as in [`super::economics`].

mod adoption;
mod expansion;
mod retention;
mod satisfaction;
mod usage;

use super::{Chapter, Definition, Measure, needs};

/// A definition of this chapter.
const fn definition(
    (id, label): (&'static str, &'static str),
    row: &'static str,
    measure: Measure,
    formula: &'static str,
    needs: &'static [&'static str],
    compute: fn(&super::Context<'_>) -> super::Answer,
) -> Definition {
    Definition { id, label, chapter: Chapter::Customers, row, measure, formula, needs, compute }
}

const USAGE: &str = "usage";
const FUNNEL: &str = "adoption funnel";
const STAYING: &str = "retention, churn, renewal";
const MORE: &str = "upsell / cross-sell rate";
const EXPANSION: &str = "expansion revenue";
const CONTENT: &str = "NPS, CSAT";
const SUPPORT: &str = "support load";

const ACTIVE_ACCOUNTS: Definition = definition(
    ("usage_active_accounts", "Active accounts"),
    USAGE,
    Measure::Count,
    "Accounts with a successful run of the integration in the period.",
    &[needs::USED],
    usage::active_accounts,
);

const USES_PER_ACCOUNT: Definition = definition(
    ("uses_per_account", "Uses per account"),
    USAGE,
    Measure::Ratio,
    "Successful runs in the period ÷ accounts with one.",
    &[needs::USED],
    usage::per_account,
);

const PAID_FEATURES: Definition = definition(
    ("paid_feature_adoption", "Paid feature adoption"),
    "paid feature adoption",
    Measure::Rate,
    "Accounts that used a paid feature of the integration in the period ÷ accounts that had the integration in it.",
    &[needs::PAID_FEATURE],
    usage::paid_features,
);

const ONBOARDING: Definition = definition(
    ("onboarding_completion", "Onboarding completion"),
    "onboarding completion",
    Measure::Rate,
    "Of the accounts that enabled an integration in the period, those that completed its onboarding by now.",
    &[needs::ONBOARDED, needs::INSTALLED],
    adoption::onboarding,
);

const TIME_TO_VALUE: Definition = definition(
    ("time_to_value", "Time to value"),
    "time to value",
    Measure::Seconds,
    "Median time from enabling an integration, in the period, to its first successful run.",
    &[needs::INSTALLED, needs::USED],
    adoption::time_to_value,
);

const DOWNTIME: Definition = definition(
    ("downtime_minutes", "Downtime"),
    SUPPORT,
    Measure::Count,
    "Minutes in which the integration did not work, of the times that began in the period.",
    &[needs::DOWNTIME],
    satisfaction::downtime,
);

/// Those of a partner's integrations that follow from the partner's own part of the facts.
pub const JOINT: [Definition; 6] =
    [ACTIVE_ACCOUNTS, USES_PER_ACCOUNT, PAID_FEATURES, ONBOARDING, TIME_TO_VALUE, DOWNTIME];

/// The definitions, in the order of the catalogue.
pub const DEFINITIONS: &[Definition] = &[
    definition(
        ("customer_overlap", "Customer overlap"),
        "customer overlap",
        Measure::Rate,
        "Of the accounts active in the period, those shared with the partner by its end: through a counted touch, a \
         registered deal or an integration of the partner.",
        &[needs::REVENUE, needs::TOUCH],
        adoption::overlap,
    ),
    definition(
        ("adoption_rate", "Adoption rate"),
        "adoption rate",
        Measure::Rate,
        "Accounts active in the period that have the integration at its end ÷ all accounts active in the period; and ÷ \
         those with any integration.",
        &[needs::INSTALLED, needs::REVENUE],
        adoption::rate,
    ),
    ACTIVE_ACCOUNTS,
    USES_PER_ACCOUNT,
    definition(
        ("usage_against_baseline", "Uses against the baseline"),
        USAGE,
        Measure::Ratio,
        "Mean of each adoption's successful runs of all integrations by the account in the 30 days from the adoption, \
         less those in the 30 days before it. Of adoptions in the period whose 30 days are over and before which 30 \
         days are recorded. The interval is Student's for paired differences.",
        &[needs::USED],
        usage::against_baseline,
    ),
    PAID_FEATURES,
    definition(
        ("adoption_funnel", "Adoption funnel"),
        FUNNEL,
        Measure::Rate,
        "Of the adoptions in the period, those that came to a successful run by now; a run was also an attempt.",
        &[needs::INSTALLED, needs::USED],
        adoption::funnel,
    ),
    definition(
        ("daily_active_accounts", "Daily active accounts"),
        FUNNEL,
        Measure::Ratio,
        "Accounts with a successful run on a day, on average over the days of the period, from the first day on which \
         any use of an integration was recorded until the present.",
        &[needs::USED],
        usage::daily_active,
    ),
    ONBOARDING,
    TIME_TO_VALUE,
    definition(
        ("retention", "Retention"),
        STAYING,
        Measure::Rate,
        "Of the accounts active when the period began, those active at its end, or at present. An account is active \
         while what it paid for lasts and it has not churned. Difference in money: the points × recurring monthly \
         revenue, when the period began, of the integrated.",
        &[needs::REVENUE],
        retention::retention,
    ),
    definition(
        ("churn", "Churn"),
        STAYING,
        Measure::Rate,
        "Of the accounts active when the period began, those that churned in it. Difference in money as for retention.",
        &[needs::CHURN, needs::REVENUE],
        retention::churn,
    ),
    definition(
        ("renewal", "Renewal"),
        STAYING,
        Measure::Rate,
        "Of the recurring amounts (new and renewed) whose paid time ended in the period, those followed by a renewal \
         of the same product within 30 days of that end. Difference in money: the points × what was due of the \
         integrated.",
        &[needs::RENEWAL],
        retention::renewal,
    ),
    definition(
        ("upsell_rate", "Upsell rate"),
        MORE,
        Measure::Ratio,
        "Upsells in the period to accounts that had adopted the integration ÷ accounts that had it in the period × \
         100.",
        &[needs::UPSELL, needs::INSTALLED],
        expansion::upsell_rate,
    ),
    definition(
        ("cross_sell_rate", "Cross-sell rate"),
        MORE,
        Measure::Ratio,
        "Cross-sells in the period to accounts that had adopted the integration ÷ accounts that had it in the period × \
         100.",
        &[needs::CROSS_SELL, needs::INSTALLED],
        expansion::cross_sell_rate,
    ),
    definition(
        ("expansion_revenue", "Expansion revenue"),
        EXPANSION,
        Measure::Money,
        "Expansion revenue of the period, net of its refunds: of accounts that had the integration then, or that the \
         partner influenced; of everybody where nobody in particular is asked for. By partner: what the model credits.",
        &[needs::EXPANSION],
        expansion::revenue,
    ),
    definition(
        ("expansion_after_adoption", "Expansion after adoption"),
        EXPANSION,
        Measure::Money,
        "Expansion revenue of the period, net of its refunds, at most so many days after the account's latest adoption \
         of the integration as the policy's window for expansion has.",
        &[needs::EXPANSION, needs::INSTALLED],
        expansion::after_adoption,
    ),
    definition(
        ("upgrades", "Upgrades"),
        EXPANSION,
        Measure::Count,
        "Upsells in the period, by the product (tier) that was bought and the number of integrations that the account \
         had.",
        &[needs::UPSELL],
        expansion::upgrades,
    ),
    definition(
        ("nps", "Net promoter score"),
        CONTENT,
        Measure::Ratio,
        "Share of answers of 9 or 10, less the share of 0 to 6, × 100, of the answers in the period. Intervals are \
         Student's.",
        &[needs::NPS],
        satisfaction::nps,
    ),
    definition(
        ("csat", "Customer satisfaction"),
        CONTENT,
        Measure::Rate,
        "Answers of 4 or 5 ÷ answers in the period.",
        &[needs::CSAT],
        satisfaction::csat,
    ),
    definition(
        ("tickets_per_100_accounts", "Tickets per 100 accounts"),
        SUPPORT,
        Measure::Ratio,
        "Tickets about the integration in the period ÷ accounts that had it in the period × 100. Beside it: all \
         tickets of active accounts, integrated and not.",
        &[needs::TICKET, needs::INSTALLED],
        satisfaction::tickets,
    ),
    DOWNTIME,
];
