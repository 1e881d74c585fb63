//! Which facts a log has: what is not recorded at all is not known, and what is recorded may be 0.

use crate::{
    fact::{ActivityKind, CampaignKind, MilestoneKind, TouchKind},
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

/// The first fact of those needed that the log has nothing of.
pub fn missing(log: &Log, needs: &[&'static str]) -> Option<&'static str> {
    needs.iter().copied().find(|need| !is_recorded(log, need))
}

/// Whether the log has anything of a fact. What has no name here is for the definition itself to look for.
fn is_recorded(log: &Log, need: &str) -> bool {
    let step = |kind: MilestoneKind| log.milestones.kind.contains(&kind);
    let activity = |kind: ActivityKind| log.activities.kind.contains(&kind);
    let mailing = |kind: CampaignKind| log.mailings.kind.contains(&kind);
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
        _ => true,
    }
}
