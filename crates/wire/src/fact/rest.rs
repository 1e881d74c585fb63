//! The facts that attribution does not read and the catalogue of figures does: partners, money that went out, customers and
//! their integrations, joint campaigns.

use engine::{
    fact::{ActivityKind, AssetKind, CampaignKind, CostKind, JoinSource, SurveyKind, UsageKind},
    id::PartnerId,
    money::{AMOUNT_MAX, Currency},
    text::clean,
    time::Day,
};

use super::{
    RawFact,
    check::{Fault, amount, currency, optional_key, required_key, time, word},
};

/// Most uses, people or minutes that one fact tells of.
const COUNT_MAX: i64 = 1_000_000;
/// Most characters of a name.
const NAME_MAX: usize = 200;
/// Most characters of what a partner reads as the reason of an adjustment: as many as Dub takes.
const REASON_MAX: usize = 190;

/// The types of facts, in the order of the catalogue.
pub const TYPES: &[&str] = &[
    "partner.joined",
    "partner.goal",
    "partner.activity",
    "touch",
    "lead.created",
    "lead.qualified",
    "opportunity.opened",
    "opportunity.stage",
    "opportunity.won",
    "opportunity.lost",
    "revenue",
    "customer.churned",
    "integration.installed",
    "integration.attempted",
    "integration.used",
    "integration.feature_used",
    "integration.uninstalled",
    "integration.onboarded",
    "survey",
    "ticket",
    "downtime",
    "cost",
    "spend",
    "campaign",
    "asset",
    "payout",
    "adjustment",
];

/// The figures that a goal may be about: all of the catalogue but those that are made of others' goals and figures.
pub const METRICS: &[&str] = &[
    "clicks",
    "visitors",
    "leads",
    "ecosystem_qualified_leads",
    "registered_deals",
    "active_deals",
    "opportunities_sourced",
    "opportunities_influenced",
    "wins_sourced",
    "wins_assisted",
    "wins_influenced",
    "losses_sourced",
    "losses_assisted",
    "losses_influenced",
    "revenue_sourced",
    "revenue_assisted",
    "revenue_influenced",
    "revenue_attributed",
    "arr_attributed",
    "mrr_attributed",
    "funnel",
    "win_rate",
    "lead_to_opportunity_rate",
    "average_deal_size",
    "sales_cycle",
    "time_to_first_sale",
    "growth_month_on_month",
    "growth_year_on_year",
    "concentration_top_1",
    "concentration_top_5",
    "concentration_top_20",
    "herfindahl",
    "marketplace_listings",
    "cross_partner_journeys",
    "commission_earned",
    "commission_approved",
    "commission_paid",
    "commission_clawed_back",
    "cost_per_click",
    "cost_per_lead",
    "cost_per_acquisition",
    "earnings_per_click",
    "link_conversion_rate",
    "roi",
    "roas",
    "gross_margin",
    "customer_acquisition_cost",
    "arpa",
    "lifetime_value",
    "payback",
    "customer_overlap",
    "adoption_rate",
    "usage_active_accounts",
    "uses_per_account",
    "usage_against_baseline",
    "paid_feature_adoption",
    "adoption_funnel",
    "daily_active_accounts",
    "onboarding_completion",
    "time_to_value",
    "retention",
    "churn",
    "renewal",
    "upsell_rate",
    "cross_sell_rate",
    "expansion_revenue",
    "expansion_after_adoption",
    "upgrades",
    "nps",
    "csat",
    "tickets_per_100_accounts",
    "downtime_minutes",
    "partners",
    "activation_rate",
    "sales_volume_per_active_partner",
    "time_since_last_activity",
    "penetration",
    "partner_retention",
    "certified_people",
    "training_sessions",
    "sandbox_use",
    "email_open_rate",
    "email_click_through_rate",
    "attendance_rate",
    "joint_assets",
    "co_marketing_leads",
];

/// An amount of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// Minor units, above zero.
    pub amount: i64,
    /// Currency.
    pub currency: Currency,
}

/// A fact of the catalogue that is neither touch, lead, opportunity nor revenue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestFact {
    /// `partner.joined`: a partner joined, or moved to another group.
    Joined {
        /// Partner.
        partner: PartnerId,
        /// How it was found; the program's own way where nothing is said.
        source: JoinSource,
        /// Group, by name or identifier.
        group: Option<String>,
    },
    /// `partner.goal`
    Goal {
        /// Partner.
        partner: PartnerId,
        /// Identifier of the figure: one of [`METRICS`].
        metric: String,
        /// First day of the period.
        from: Day,
        /// First day after it.
        until: Day,
        /// In the unit of the figure: minor units for money, millionths for a rate. 0 takes the goal back.
        target: i64,
    },
    /// `partner.activity`
    Activity {
        /// Partner.
        partner: PartnerId,
        /// What.
        kind: ActivityKind,
        /// Who, in the sender's numbering; the partner as such where nobody is named.
        person: Option<String>,
    },
    /// `cost`
    Cost {
        /// Partner who caused it, where one did alone.
        partner: Option<PartnerId>,
        /// What for.
        kind: CostKind,
        /// How much.
        money: Money,
    },
    /// `spend`
    Spend {
        /// Campaign.
        campaign: String,
        /// How much.
        money: Money,
    },
    /// `payout`
    Payout {
        /// Partner.
        partner: PartnerId,
        /// How much.
        money: Money,
    },
    /// `adjustment`: commission that was added or taken back by hand.
    Adjustment {
        /// Partner.
        partner: PartnerId,
        /// Minor units, below zero where it takes back; never zero.
        amount: i64,
        /// Currency.
        currency: Currency,
        /// Why, as the partner reads it: said wherever it takes back.
        reason: Option<String>,
    },
    /// `customer.churned`
    Churned {
        /// Customer's external identifier.
        customer: String,
    },
    /// `integration.…`
    Usage {
        /// Name of the integration.
        integration: String,
        /// Whose it is; said once, it holds for all its facts.
        partner: Option<PartnerId>,
        /// Customer's external identifier.
        customer: String,
        /// What.
        kind: UsageKind,
        /// How often.
        count: i64,
    },
    /// `survey`
    Survey {
        /// Customer's external identifier.
        customer: String,
        /// Which question.
        kind: SurveyKind,
        /// 0 to 10 for NPS, 1 to 5 for CSAT.
        score: i64,
    },
    /// `ticket`
    Ticket {
        /// Customer's external identifier.
        customer: String,
        /// Name of the integration that it is about.
        integration: Option<String>,
    },
    /// `downtime`
    Downtime {
        /// Name of the integration.
        integration: String,
        /// Whose it is, as in [`RestFact::Usage`].
        partner: Option<PartnerId>,
        /// How long.
        minutes: i64,
    },
    /// `campaign`
    Campaign {
        /// Campaign.
        campaign: String,
        /// Partner with whom.
        partner: Option<PartnerId>,
        /// What people did.
        kind: CampaignKind,
        /// How many.
        count: i64,
    },
    /// `asset`
    Asset {
        /// Partner with whom.
        partner: PartnerId,
        /// What.
        kind: AssetKind,
    },
}

impl RestFact {
    /// The partner that it names.
    #[must_use]
    pub fn partner(&self) -> Option<PartnerId> {
        match self {
            Self::Joined { partner, .. }
            | Self::Goal { partner, .. }
            | Self::Activity { partner, .. }
            | Self::Payout { partner, .. }
            | Self::Adjustment { partner, .. }
            | Self::Asset { partner, .. } => Some(*partner),
            Self::Cost { partner, .. }
            | Self::Usage { partner, .. }
            | Self::Downtime { partner, .. }
            | Self::Campaign { partner, .. } => *partner,
            Self::Spend { .. } | Self::Churned { .. } | Self::Survey { .. } | Self::Ticket { .. } => None,
        }
    }

    /// The customer that it names.
    #[must_use]
    pub fn customer(&self) -> Option<&str> {
        match self {
            Self::Churned { customer }
            | Self::Usage { customer, .. }
            | Self::Survey { customer, .. }
            | Self::Ticket { customer, .. } => Some(customer),
            _ => None,
        }
    }

    /// The integration that it names.
    #[must_use]
    pub fn integration(&self) -> Option<&str> {
        match self {
            Self::Usage { integration, .. } | Self::Downtime { integration, .. } => Some(integration),
            Self::Ticket { integration, .. } => integration.as_deref(),
            _ => None,
        }
    }
}

pub(super) fn read(raw: &RawFact) -> Result<RestFact, Fault> {
    Ok(match raw.r#type.as_str() {
        "partner.joined" => RestFact::Joined {
            partner: required_partner(raw)?,
            source: match raw.source.as_deref() {
                None => JoinSource::Own,
                some => word("source", some, JoinSource::from_word, JoinSource::ALL, JoinSource::word)?,
            },
            group: optional_name("group", raw.group.as_deref())?,
        },
        "partner.goal" => {
            let (from, until) = period(raw.period.as_deref())?;
            let metric = raw.metric.as_deref().filter(|metric| METRICS.contains(metric));
            RestFact::Goal {
                partner: required_partner(raw)?,
                metric: metric.ok_or_else(|| Fault::new("metric", "must be a figure of the catalogue"))?.to_owned(),
                from,
                until,
                target: number("target", raw.target, 0, AMOUNT_MAX)?,
            }
        }
        "partner.activity" => RestFact::Activity {
            partner: required_partner(raw)?,
            kind: word("kind", raw.kind.as_deref(), ActivityKind::from_word, ActivityKind::ALL, ActivityKind::word)?,
            person: optional_key("person", raw.person.as_deref())?,
        },
        "cost" => RestFact::Cost {
            partner: partner(raw)?,
            kind: word("category", raw.category.as_deref(), CostKind::from_word, CostKind::ALL, CostKind::word)?,
            money: money(raw)?,
        },
        "spend" => RestFact::Spend { campaign: name("campaign", raw.campaign.as_deref())?, money: money(raw)? },
        "payout" => RestFact::Payout { partner: required_partner(raw)?, money: money(raw)? },
        "adjustment" => RestFact::Adjustment {
            partner: required_partner(raw)?,
            amount: adjustment(raw.amount)?,
            currency: currency(raw.currency.as_deref())?,
            reason: reason("reason", raw.reason.as_deref(), raw.amount)?,
        },
        "customer.churned" => RestFact::Churned { customer: required_key("customer", raw.customer.as_deref())? },
        "survey" => {
            let kind = word("kind", raw.kind.as_deref(), SurveyKind::from_word, SurveyKind::ALL, SurveyKind::word)?;
            let (least, most) = match kind {
                SurveyKind::Nps => (0, 10),
                SurveyKind::Csat => (1, 5),
            };
            RestFact::Survey {
                customer: required_key("customer", raw.customer.as_deref())?,
                kind,
                score: number("score", raw.score, least, most)?,
            }
        }
        "ticket" => RestFact::Ticket {
            customer: required_key("customer", raw.customer.as_deref())?,
            integration: optional_name("integration", raw.integration.as_deref())?,
        },
        "downtime" => RestFact::Downtime {
            integration: name("integration", raw.integration.as_deref())?,
            partner: partner(raw)?,
            minutes: number("minutes", raw.minutes, 1, COUNT_MAX)?,
        },
        "campaign" => RestFact::Campaign {
            campaign: name("campaign", raw.campaign.as_deref())?,
            partner: partner(raw)?,
            kind: word("kind", raw.kind.as_deref(), CampaignKind::from_word, CampaignKind::ALL, CampaignKind::word)?,
            count: count(raw)?,
        },
        "asset" => RestFact::Asset {
            partner: required_partner(raw)?,
            kind: word("kind", raw.kind.as_deref(), AssetKind::from_word, AssetKind::ALL, AssetKind::word)?,
        },
        other => RestFact::Usage {
            kind: usage(other, raw.paid)?,
            integration: name("integration", raw.integration.as_deref())?,
            partner: partner(raw)?,
            customer: required_key("customer", raw.customer.as_deref())?,
            count: count(raw)?,
        },
    })
}

/// What was done with an integration, by the type of the fact; whether the feature is paid for is said beside it.
fn usage(kind: &str, paid: Option<bool>) -> Result<UsageKind, Fault> {
    let kind = kind.strip_prefix("integration.").and_then(UsageKind::from_word);
    match (kind, paid) {
        (Some(UsageKind::FeatureUsed), Some(true)) => Ok(UsageKind::PaidFeatureUsed),
        (Some(UsageKind::FeatureUsed), _) => Ok(UsageKind::FeatureUsed),
        (Some(UsageKind::PaidFeatureUsed) | None, _) => {
            Err(Fault::new("type", format!("must be one of {}", TYPES.join(", "))))
        }
        (Some(_), Some(_)) => Err(Fault::new("paid", "belongs to integration.feature_used only")),
        (Some(kind), None) => Ok(kind),
    }
}

fn partner(raw: &RawFact) -> Result<Option<PartnerId>, Fault> {
    raw.partner.as_deref().map(str::parse).transpose().map_err(|error| Fault::new("partner", error))
}

fn required_partner(raw: &RawFact) -> Result<PartnerId, Fault> {
    partner(raw)?.ok_or_else(|| Fault::new("partner", "is required"))
}

fn money(raw: &RawFact) -> Result<Money, Fault> {
    Ok(Money { amount: amount(raw.amount)?, currency: currency(raw.currency.as_deref())? })
}

/// Checks what is added or taken back by hand, in minor units.
///
/// # Errors
/// Names the field `amount`.
pub fn adjustment(value: Option<i64>) -> Result<i64, Fault> {
    let rule = || format!("must be integer minor units from -{AMOUNT_MAX} to {AMOUNT_MAX}, and not 0");
    let amount = value.ok_or_else(|| Fault::new("amount", "is required"))?;
    let is_possible = amount != 0 && (-AMOUNT_MAX..=AMOUNT_MAX).contains(&amount);
    if is_possible { Ok(amount) } else { Err(Fault::new("amount", rule())) }
}

/// Checks why it is, which must be said where it takes back.
///
/// # Errors
/// Names the field.
pub fn reason(field: &'static str, text: Option<&str>, amount: Option<i64>) -> Result<Option<String>, Fault> {
    match text {
        None if amount.is_some_and(|amount| amount < 0) => Err(Fault::new(field, "is required where it takes back")),
        text => text.map(|text| named(field, text, REASON_MAX)).transpose(),
    }
}

/// A name that people gave.
fn name(field: &'static str, text: Option<&str>) -> Result<String, Fault> {
    named(field, text.ok_or_else(|| Fault::new(field, "is required"))?, NAME_MAX)
}

/// A text of people's: cut, it would be another.
fn named(field: &'static str, text: &str, most: usize) -> Result<String, Fault> {
    clean(text, most + 1)
        .filter(|name| name.chars().count() <= most)
        .ok_or_else(|| Fault::new(field, format!("must have from 1 to {most} characters")))
}

fn optional_name(field: &'static str, text: Option<&str>) -> Result<Option<String>, Fault> {
    text.map(|text| name(field, Some(text))).transpose()
}

fn number(field: &'static str, value: Option<i64>, least: i64, most: i64) -> Result<i64, Fault> {
    match value {
        Some(number) if (least..=most).contains(&number) => Ok(number),
        Some(_) => Err(Fault::new(field, format!("must be a whole number from {least} to {most}"))),
        None => Err(Fault::new(field, "is required")),
    }
}

/// How often: once where nothing is said.
fn count(raw: &RawFact) -> Result<i64, Fault> {
    number("count", raw.count.or(Some(1)), 1, COUNT_MAX)
}

/// First day of a period and first day after it: a year, a quarter, a month, or two days between which a `/` stands.
fn period(text: Option<&str>) -> Result<(Day, Day), Fault> {
    let text = text.ok_or_else(|| Fault::new("period", "is required"))?;
    let day = |date: &str| {
        let midnight = time("period", &format!("{date}T00:00:00Z")).ok()?;
        (date.len() == 10).then(|| midnight.time().day())
    };
    let months = |first: &str, months: u32| day(first).map(|from| (from, from.months_later(months)));
    let found = match (text.split_once('/'), text.split_once("-Q"), text.len()) {
        (Some((from, until)), ..) => day(from).zip(day(until)).filter(|(from, until)| from < until),
        (None, Some((year, quarter @ ("1" | "2" | "3" | "4"))), _) => {
            let before: u32 = quarter.parse().unwrap_or(1);
            months(&format!("{year}-{:02}-01", before * 3 - 2), 3)
        }
        (None, None, 4) => months(&format!("{text}-01-01"), 12),
        (None, None, 7) => months(&format!("{text}-01"), 1),
        _ => None,
    };
    found.ok_or_else(|| Fault::new("period", "must be such as 2026, 2026-Q1, 2026-01 or 2026-01-01/2026-02-01"))
}
