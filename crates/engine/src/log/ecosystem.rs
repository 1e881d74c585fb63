//! The tables that attribution does not read and the catalogue of figures does: partners, money that went out, customers
//! and their integrations, campaigns.

use serde::{Deserialize, Serialize};

use super::columns::table;
use crate::{
    fact::{ActivityKind, AssetKind, CampaignKind, CostKind, JoinSource, SurveyKind, UsageKind},
    time::{Day, Time},
};

/// An integration that customers use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationRow {
    /// Its name.
    pub name: String,
    /// Partner whose it is, or [`NONE`](super::NONE) for the program's own.
    pub partner: u32,
}

table! {
    /// Partners who joined (`partner.joined{source,group}`).
    Joins;
    /// A partner joined the program, or moved to another group.
    JoinRow {
        /// When.
        at: Time,
        /// Partner.
        partner: u32 => partners,
        /// How the partner was found.
        source: JoinSource,
        /// Group, or [`NONE`](super::NONE). The latest row decides.
        group: u32 => groups | NONE,
    }
}

table! {
    /// Goals (`partner.goal{metric,period,target}`).
    Goals;
    /// What a partner set out to reach.
    GoalRow {
        /// When it was agreed.
        at: Time,
        /// Partner.
        partner: u32 => partners,
        /// Identifier of the figure, as in the catalogue.
        metric: String,
        /// First day of the period.
        from: Day,
        /// First day after the period.
        until: Day,
        /// In the unit of the figure: minor units for money. 0 takes the goal back.
        target: i64,
    }
}

impl GoalRow {
    /// Whether both are about the same figure of the same partner in the same period.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.partner, &self.metric, self.from, self.until) == (other.partner, &other.metric, other.from, other.until)
    }

    /// Whether it takes back what was agreed before.
    #[must_use]
    pub fn takes_back(&self) -> bool {
        self.target == 0
    }
}

table! {
    /// What people of a partner did (`partner.activity{login|training|certification|session|sandbox}`).
    Activities;
    /// One activity.
    ActivityRow {
        /// When.
        at: Time,
        /// Partner.
        partner: u32 => partners,
        /// What.
        kind: ActivityKind,
        /// Who: any number, alike for one person; a seller of [`RegistrationRow::person`] has the same.
        person: u32 => persons,
    }
}

table! {
    /// Deals that partners registered.
    Registrations;
    /// A registered deal.
    RegistrationRow {
        /// When.
        at: Time,
        /// Partner.
        partner: u32 => partners,
        /// Customer.
        customer: u32 => customers,
        /// Opportunity, or [`NONE`](super::NONE) before there is one.
        opportunity: u32 => opportunities | NONE,
        /// End of the protection.
        expires: Time,
        /// Seller of the partner, or [`NONE`](super::NONE).
        person: u32 => persons | NONE,
    }
}

table! {
    /// Commission that was paid out.
    Payouts;
    /// A payment to a partner.
    PayoutRow {
        /// When.
        at: Time,
        /// Partner.
        partner: u32 => partners,
        /// Minor units, never negative.
        amount: i64,
        /// Currency.
        currency: u32 => currencies,
    }
}

table! {
    /// Commission that the program's people added or took back by hand (`adjustment`).
    Adjustments;
    /// A bonus, or a correction.
    AdjustmentRow {
        /// When.
        at: Time,
        /// Partner.
        partner: u32 => partners,
        /// Minor units, below zero where it takes back.
        amount: i64,
        /// Currency.
        currency: u32 => currencies,
        /// Why, as the partner reads it; possibly empty.
        reason: String,
    }
}

table! {
    /// What the program and the product cost (`cost{category}`).
    Costs;
    /// A cost.
    CostRow {
        /// When.
        at: Time,
        /// Partner, or [`NONE`](super::NONE) for what no partner caused alone.
        partner: u32 => partners | NONE,
        /// What for.
        kind: CostKind,
        /// Minor units, never negative.
        amount: i64,
        /// Currency.
        currency: u32 => currencies,
    }
}

table! {
    /// What campaigns cost (`spend{campaign}`).
    Spend;
    /// Money spent on a campaign.
    SpendRow {
        /// When.
        at: Time,
        /// Campaign.
        campaign: u32 => campaigns,
        /// Minor units, never negative.
        amount: i64,
        /// Currency.
        currency: u32 => currencies,
    }
}

table! {
    /// Customers who left (`customer.churned`).
    Churns;
    /// A customer left.
    ChurnRow {
        /// When.
        at: Time,
        /// Customer.
        customer: u32 => customers,
    }
}

table! {
    /// What customers did with integrations
    /// (`integration.installed|attempted|used|feature_used{paid}|uninstalled|onboarded`).
    Usage;
    /// Uses of an integration by one customer that are alike.
    UsageRow {
        /// When.
        at: Time,
        /// Integration.
        integration: u32 => integrations,
        /// Customer.
        customer: u32 => customers,
        /// What.
        kind: UsageKind,
        /// How often.
        count: u32 => number,
    }
}

table! {
    /// Answers to surveys (`survey{nps|csat,score}`).
    Surveys;
    /// An answer.
    SurveyRow {
        /// When.
        at: Time,
        /// Customer.
        customer: u32 => customers,
        /// Which question.
        kind: SurveyKind,
        /// 0–10 for NPS, 1–5 for CSAT.
        score: u8,
    }
}

table! {
    /// Requests for support (`ticket`).
    Tickets;
    /// A request.
    TicketRow {
        /// When.
        at: Time,
        /// Customer.
        customer: u32 => customers,
        /// Integration that it is about, or [`NONE`](super::NONE).
        integration: u32 => integrations | NONE,
    }
}

table! {
    /// Times in which an integration did not work (`downtime`).
    Downtimes;
    /// A time in which an integration did not work.
    DowntimeRow {
        /// When it began.
        at: Time,
        /// Integration.
        integration: u32 => integrations,
        /// How long, in minutes.
        minutes: u32 => number,
    }
}

table! {
    /// Results of joint campaigns (`campaign{sent,opened,clicked,registered,attended}`).
    Mailings;
    /// Results that are alike.
    MailingRow {
        /// When.
        at: Time,
        /// Campaign.
        campaign: u32 => campaigns,
        /// Partner, or [`NONE`](super::NONE).
        partner: u32 => partners | NONE,
        /// What.
        kind: CampaignKind,
        /// How many people.
        count: u32 => number,
    }
}

table! {
    /// Joint works (`asset{case_study|post|publication|webinar}`).
    Assets;
    /// A joint work was published.
    AssetRow {
        /// When.
        at: Time,
        /// Partner.
        partner: u32 => partners,
        /// What.
        kind: AssetKind,
    }
}
