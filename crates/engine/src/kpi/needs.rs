//! Which facts a log has: what is not recorded at all is not known, and what is recorded may be 0.

use crate::{
    fact::{ActivityKind, CampaignKind, MilestoneKind, RevenueKind, SurveyKind, TouchKind, UsageKind},
    log::Log,
};

/// A click, or what else shows that clicks are recorded here: a link.
pub const CLICK: &str = "touch{click}";
/// A touch that says who came.
pub const VISITOR: &str = "touch{click} with visitor";
/// A listing that was clicked.
pub const LISTING: &str = "touch{listing}";
/// A registered deal.
pub const REGISTRATION: &str = "touch{deal_registration}";
/// A lead, or what stands for one where none is recorded: a step of a deal, a sale.
pub const LEAD: &str = "lead.created";
/// A qualified lead.
pub const QUALIFIED: &str = "lead.qualified";
/// An opportunity.
pub const OPENED: &str = "opportunity.opened";
/// A won opportunity, or a sale.
pub const WON: &str = "opportunity.won";
/// A lost opportunity.
pub const LOST: &str = "opportunity.lost";
/// Money that came in.
pub const REVENUE: &str = "revenue";
/// What earns commission: money that came in, or what was added by hand.
pub const EARNING: &str = "revenue, or adjustment";
/// Money that comes in again and again.
pub const RECURRING: &str = "revenue with recurring interval";
/// A partner who joined.
pub const JOINED: &str = "partner.joined{source,group}";
/// What a partner set out to reach.
pub const GOAL: &str = "partner.goal{metric,period,target}";
/// What people of a partner did.
pub const ACTIVITY: &str = "partner.activity";
/// Somebody was certified.
pub const CERTIFICATION: &str = "partner.activity{certification}";
/// Somebody was trained.
pub const TRAINING: &str = "partner.activity{training}";
/// Somebody used the sandbox.
pub const SANDBOX: &str = "partner.activity{sandbox}";
/// An e-mail of a campaign was sent.
pub const SENT: &str = "campaign{sent}";
/// An e-mail of a campaign was opened.
pub const MAIL_OPENED: &str = "campaign{opened}";
/// An e-mail of a campaign was clicked.
pub const MAIL_CLICKED: &str = "campaign{clicked}";
/// Somebody registered for an event.
pub const REGISTERED: &str = "campaign{registered}";
/// Somebody attended an event.
pub const ATTENDED: &str = "campaign{attended}";
/// A joint work.
pub const ASSET: &str = "asset{case_study|post|publication|webinar}";
/// What ties a customer to a partner: a touch, a registered deal, the use of an integration.
pub const TOUCH: &str = "touch";
/// A renewal.
pub const RENEWAL: &str = "revenue{renewal}";
/// A known customer bought more.
pub const EXPANSION: &str = "revenue{expansion}";
/// More of the same product, or a higher tier.
pub const UPSELL: &str = "revenue{expansion(upsell)}";
/// Another product.
pub const CROSS_SELL: &str = "revenue{expansion(cross_sell)}";
/// A customer who left.
pub const CHURN: &str = "customer.churned";
/// Money that went out.
pub const COST: &str = "cost{category}";
/// Rules of commission: no fact of the log, but recorded like one.
pub const TERMS: &str = "commission rules";
/// Commission that was paid out.
pub const PAYOUT: &str = "payout";
/// An integration that was installed, or anything else that a customer did with one.
pub const INSTALLED: &str = "integration.installed";
/// A successful run of an integration.
pub const USED: &str = "integration.used";
/// Use of a paid feature of an integration.
pub const PAID_FEATURE: &str = "integration.feature_used{paid}";
/// An onboarding that was completed.
pub const ONBOARDED: &str = "integration.onboarded";
/// An answer on recommending.
pub const NPS: &str = "survey{nps,score}";
/// An answer on satisfaction.
pub const CSAT: &str = "survey{csat,score}";
/// A request for support.
pub const TICKET: &str = "ticket";
/// A time in which an integration did not work.
pub const DOWNTIME: &str = "downtime";

/// The first fact of those needed that the log has nothing of.
pub fn missing(log: &Log, needs: &[&'static str]) -> Option<&'static str> {
    needs.iter().copied().find(|need| !is_recorded(log, need))
}

/// Whether the log has anything of a fact. What has no name here is for the definition itself to look for.
fn is_recorded(log: &Log, need: &str) -> bool {
    let step = |kind: MilestoneKind| log.milestones.kind.contains(&kind);
    let activity = |kind: ActivityKind| log.activities.kind.contains(&kind);
    let mailing = |kind: CampaignKind| log.mailings.kind.contains(&kind);
    let revenue = |kind: RevenueKind| log.revenue.kind.contains(&kind);
    let usage = |kind: UsageKind| log.usage.kind.contains(&kind);
    match need {
        CLICK => !log.clicks.is_empty() || !log.touches.is_empty() || !log.paths.is_empty() || !log.links.is_empty(),
        LISTING => log.touches.kind.contains(&TouchKind::Listing) || log.clicks.kind.contains(&TouchKind::Listing),
        REGISTRATION => !log.registrations.is_empty(),
        LEAD => !log.milestones.is_empty() || !log.revenue.is_empty(),
        QUALIFIED => step(MilestoneKind::LeadQualified),
        OPENED => step(MilestoneKind::OpportunityOpened),
        WON => step(MilestoneKind::OpportunityWon) || !log.revenue.is_empty(),
        LOST => step(MilestoneKind::OpportunityLost),
        REVENUE => !log.revenue.is_empty(),
        EARNING => !log.revenue.is_empty() || !log.adjustments.is_empty(),
        RECURRING => log.revenue.interval.iter().any(|months| *months > 0),
        JOINED => !log.joins.is_empty(),
        GOAL => !log.goals.is_empty(),
        ACTIVITY => !log.activities.is_empty(),
        CERTIFICATION => activity(ActivityKind::Certification),
        TRAINING => activity(ActivityKind::Training),
        SANDBOX => activity(ActivityKind::Sandbox),
        SENT => mailing(CampaignKind::Sent),
        MAIL_OPENED => mailing(CampaignKind::Opened),
        MAIL_CLICKED => mailing(CampaignKind::Clicked),
        REGISTERED => mailing(CampaignKind::Registered),
        ATTENDED => mailing(CampaignKind::Attended),
        ASSET => !log.assets.is_empty(),
        TOUCH => is_recorded(log, CLICK) || !log.registrations.is_empty() || !log.usage.is_empty(),
        RENEWAL => revenue(RevenueKind::Renewal),
        EXPANSION => log.revenue.kind.iter().any(|kind| kind.expands()),
        UPSELL => revenue(RevenueKind::Upsell),
        CROSS_SELL => revenue(RevenueKind::CrossSell),
        CHURN => !log.churns.is_empty(),
        COST => !log.costs.is_empty() || !log.spend.is_empty(),
        PAYOUT => !log.payouts.is_empty(),
        INSTALLED => !log.usage.is_empty(),
        USED => usage(UsageKind::Used),
        PAID_FEATURE => usage(UsageKind::PaidFeatureUsed),
        ONBOARDED => usage(UsageKind::Onboarded),
        NPS => log.surveys.kind.contains(&SurveyKind::Nps),
        CSAT => log.surveys.kind.contains(&SurveyKind::Csat),
        TICKET => !log.tickets.is_empty(),
        DOWNTIME => !log.downtimes.is_empty(),
        _ => true,
    }
}
