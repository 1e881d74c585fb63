//! Which facts a log has: what is not recorded at all is not known, and what is recorded may be 0.

use crate::{
    fact::{ActivityKind, CampaignKind, MilestoneKind, RevenueKind, SurveyKind, TouchKind, UsageKind},
    log::Log,
};

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $word;)*

        /// Every word for what a figure may lack.
        pub const FACTS: &[&str] = &[$($word),*];
    };
}

facts! {
    /// A click, or what else shows that clicks are recorded here: a link.
    CLICK = "touch{click}";
    /// A touch that says who came.
    VISITOR = "touch{click} with visitor";
    /// A listing that was clicked.
    LISTING = "touch{listing}";
    /// A registered deal.
    REGISTRATION = "touch{deal_registration}";
    /// A lead, or what stands for one where none is recorded: a step of a deal, a sale.
    LEAD = "lead.created";
    /// A qualified lead.
    QUALIFIED = "lead.qualified";
    /// An opportunity.
    OPENED = "opportunity.opened";
    /// A won opportunity, or a sale.
    WON = "opportunity.won";
    /// A lost opportunity.
    LOST = "opportunity.lost";
    /// Money that came in.
    REVENUE = "revenue";
    /// What earns commission: money that came in, or what was added by hand.
    EARNING = "revenue, or adjustment";
    /// Money that comes in again and again.
    RECURRING = "revenue with recurring interval";
    /// A partner who joined.
    JOINED = "partner.joined{source,group}";
    /// What a partner set out to reach.
    GOAL = "partner.goal{metric,period,target}";
    /// What people of a partner did.
    ACTIVITY = "partner.activity";
    /// What people of a partner did, or a registered deal.
    DONE = "partner.activity, or touch{deal_registration}";
    /// Somebody was certified.
    CERTIFICATION = "partner.activity{certification}";
    /// Somebody was trained.
    TRAINING = "partner.activity{training}";
    /// Somebody used the sandbox.
    SANDBOX = "partner.activity{sandbox}";
    /// An e-mail of a campaign was sent.
    SENT = "campaign{sent}";
    /// An e-mail of a campaign was opened.
    MAIL_OPENED = "campaign{opened}";
    /// An e-mail of a campaign was clicked.
    MAIL_CLICKED = "campaign{clicked}";
    /// Somebody registered for an event.
    REGISTERED = "campaign{registered}";
    /// Somebody attended an event.
    ATTENDED = "campaign{attended}";
    /// A joint work.
    ASSET = "asset{case_study|post|publication|webinar}";
    /// What ties a customer to a partner: a touch, a registered deal, the use of an integration.
    TOUCH = "touch";
    /// A renewal.
    RENEWAL = "revenue{renewal}";
    /// A known customer bought more.
    EXPANSION = "revenue{expansion}";
    /// More of the same product, or a higher tier.
    UPSELL = "revenue{expansion(upsell)}";
    /// Another product.
    CROSS_SELL = "revenue{expansion(cross_sell)}";
    /// A customer who left.
    CHURN = "customer.churned";
    /// Money that went out.
    COST = "cost{category}";
    /// Rules of commission: no fact of the log, but recorded like one.
    TERMS = "commission rules";
    /// Commission that was paid out.
    PAYOUT = "payout";
    /// An integration that was installed, or anything else that a customer did with one.
    INSTALLED = "integration.installed";
    /// A successful run of an integration.
    USED = "integration.used";
    /// Use of a paid feature of an integration.
    PAID_FEATURE = "integration.feature_used{paid}";
    /// An onboarding that was completed.
    ONBOARDED = "integration.onboarded";
    /// An answer on recommending.
    NPS = "survey{nps,score}";
    /// An answer on satisfaction.
    CSAT = "survey{csat,score}";
    /// A request for support.
    TICKET = "ticket";
    /// A time in which an integration did not work.
    DOWNTIME = "downtime";
    /// A partner: no fact of the log, but one who is asked for.
    PARTNER = "partner";
    /// Anything in the period before, beside which this one could be set.
    BEFORE = "the period before";
    /// A customer who was one when the period began.
    BEGAN = "a customer when the period began";
    /// A first win since its partner joined.
    WON_SINCE = "a first win since the partner joined";
    /// A partner who was active in the period before.
    ACTIVE_BEFORE = "a partner active in the period before";
    /// Who came by clicks that led to no lead: their feed has counts by day.
    COUNTED = "who came by clicks that are counts";
}

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
        DONE => !log.activities.is_empty() || !log.registrations.is_empty(),
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
