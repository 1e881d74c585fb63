//! Version 1 of the feed, as it was written until policies had versions: frozen. Its words ([`TouchKind`] and the like) are
//! those of today, which only grow at their ends.

use engine::{
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    log::{self, LinkRow, Log, Numbers, Party},
    money::Currency,
    period::Zone,
    policy::{Policies, Policy, Rule},
    time::{Day, Time},
};
use serde::Deserialize;

use super::{Feed, Head, ProgramHead, Reader, undelta};

#[derive(Deserialize)]
pub(super) struct FeedV1 {
    head: HeadV1,
    log: LogV1,
}

#[derive(Deserialize)]
struct HeadV1 {
    now: Time,
    program: ProgramHead,
    reader: Reader,
    policy: PolicyV1,
}

#[derive(Deserialize)]
struct PolicyV1 {
    version: u32,
    new: Rule,
    rest: Rule,
}

#[derive(Deserialize)]
struct LogV1 {
    partners: Vec<Party>,
    links: Vec<LinkRow>,
    campaigns: Vec<String>,
    customers: Vec<String>,
    opportunities: Vec<String>,
    currencies: Vec<Currency>,
    touches: TouchesV1,
    identities: IdentitiesV1,
    milestones: MilestonesV1,
    revenue: RevenueV1,
    clicks: ClicksV1,
}

#[derive(Deserialize)]
struct TouchesV1 {
    at: Vec<Time>,
    kind: Vec<TouchKind>,
    mark: Vec<Mark>,
    partner: Numbers,
    link: Numbers,
    campaign: Numbers,
    visitor: Numbers,
    customer: Numbers,
}

#[derive(Deserialize)]
struct IdentitiesV1 {
    at: Vec<Time>,
    visitor: Vec<u32>,
    customer: Vec<u32>,
}

#[derive(Deserialize)]
struct MilestonesV1 {
    at: Vec<Time>,
    kind: Vec<MilestoneKind>,
    customer: Vec<u32>,
    opportunity: Numbers,
}

#[derive(Deserialize)]
struct RevenueV1 {
    at: Vec<Time>,
    kind: Vec<RevenueKind>,
    customer: Vec<u32>,
    amount: Vec<i64>,
    currency: Vec<u32>,
    opportunity: Numbers,
    refunds: Numbers,
    reference: Vec<String>,
}

#[derive(Deserialize)]
struct ClicksV1 {
    day: Vec<Day>,
    partner: Numbers,
    link: Numbers,
    campaign: Numbers,
    kind: Vec<TouchKind>,
    mark: Vec<Mark>,
    count: Vec<u32>,
}

impl FeedV1 {
    /// Takes back what made the numbers short.
    pub(super) fn lengthen(mut self) -> Self {
        let l = &mut self.log;
        for times in [&mut l.touches.at, &mut l.identities.at, &mut l.milestones.at, &mut l.revenue.at] {
            undelta(times.iter_mut().map(|time| &mut time.0));
        }
        let (t, r, c) = (&mut l.touches, &mut l.revenue, &mut l.clicks);
        let touches = [&mut t.partner, &mut t.link, &mut t.campaign, &mut t.visitor, &mut t.customer];
        let others = [&mut l.milestones.opportunity, &mut r.opportunity, &mut r.refunds];
        let clicks = [&mut c.partner, &mut c.link, &mut c.campaign];
        for column in touches.into_iter().chain(others).chain(clicks) {
            column.replace(|i| i.wrapping_sub(1));
        }
        self
    }
}

impl From<FeedV1> for Feed {
    fn from(FeedV1 { head, log: l }: FeedV1) -> Self {
        let PolicyV1 { version, new, rest } = head.policy;
        let policy = Policy { version, new, renewal: rest, expansion: rest, ..Policy::default() };
        let (t, i, m, r, c) = (l.touches, l.identities, l.milestones, l.revenue, l.clicks);
        let (touches, amounts) = (t.at.len(), r.at.len());
        Self {
            head: Head {
                now: head.now,
                program: head.program,
                reader: head.reader,
                policies: Policies::from(policy),
                zone: Zone::UTC,
            },
            log: Log {
                partners: l.partners,
                links: l.links,
                campaigns: l.campaigns,
                customers: l.customers,
                opportunities: l.opportunities,
                currencies: l.currencies,
                touches: log::Touches {
                    at: t.at,
                    kind: t.kind,
                    mark: t.mark,
                    partner: t.partner,
                    link: t.link,
                    campaign: t.campaign,
                    channel: Numbers::none(touches),
                    page: Numbers::none(touches),
                    coupon: Numbers::none(touches),
                    visitor: t.visitor,
                    customer: t.customer,
                },
                identities: log::Identities { at: i.at, visitor: i.visitor, customer: i.customer },
                milestones: log::Milestones {
                    at: m.at,
                    kind: m.kind,
                    customer: m.customer,
                    opportunity: m.opportunity,
                },
                revenue: log::Revenue {
                    at: r.at,
                    kind: r.kind,
                    customer: r.customer,
                    amount: r.amount,
                    currency: r.currency,
                    opportunity: r.opportunity,
                    refunds: r.refunds,
                    product: Numbers::none(amounts),
                    interval: vec![0; amounts],
                    reference: r.reference,
                },
                clicks: log::Clicks {
                    day: c.day,
                    partner: c.partner,
                    link: c.link,
                    campaign: c.campaign,
                    kind: c.kind,
                    mark: c.mark,
                    count: c.count,
                },
                ..Log::default()
            },
        }
    }
}
