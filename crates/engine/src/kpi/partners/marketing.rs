//! Joint campaigns and works, and the leads that followed.

use crate::{
    fact::{AssetKind, CampaignKind, TouchKind},
    figure::FactRef,
    journey::verdict,
    kpi::{
        Answer, Chapter, Context, Definition, Measure, Part,
        leads::{Lead, leads},
        needs::{ASSET, ATTENDED, LEAD, MAIL_CLICKED, MAIL_OPENED, REGISTERED, SENT, TOUCH},
    },
};

const ROW: &str = "co-marketing";

macro_rules! rates {
    ($($name:ident, $id:literal, $label:literal, $of:ident, $did:ident, $needs:expr, $formula:literal;)*) => { $(
        pub const $name: Definition = Definition {
            id: $id,
            label: $label,
            chapter: Chapter::Partners,
            row: ROW,
            measure: Measure::Rate,
            formula: $formula,
            needs: $needs,
            compute: |context| rate(context, CampaignKind::$did, CampaignKind::$of, $needs[0]),
        };
    )* };
}

rates! {
    OPEN_RATE, "email_open_rate", "E-mail open rate", Sent, Opened, &[SENT, MAIL_OPENED],
    "Joint e-mails opened ÷ sent, in the period. A campaign that is asked for is told apart, a link is not.";
    CLICK_THROUGH, "email_click_through_rate", "E-mail click-through rate", Sent, Clicked, &[SENT, MAIL_CLICKED],
    "Joint e-mails clicked ÷ sent, in the period. A campaign that is asked for is told apart, a link is not.";
    ATTENDANCE, "attendance_rate", "Attendance", Registered, Attended, &[REGISTERED, ATTENDED],
    "People who attended joint events ÷ who had registered, in the period. A campaign that is asked for is told \
     apart, a link is not.";
}

pub const ASSETS: Definition = Definition {
    id: "joint_assets",
    label: "Joint assets",
    chapter: Chapter::Partners,
    row: ROW,
    measure: Measure::Count,
    formula: "Case studies, posts, publications and webinars with the partner, published in the period.",
    needs: &[ASSET],
    compute: assets,
};

pub const LEADS: Definition = Definition {
    id: "co_marketing_leads",
    label: "Leads after co-marketing",
    chapter: Chapter::Partners,
    row: ROW,
    measure: Measure::Count,
    formula: "Leads of the period with a counted touch of the partner, in the window before, that was a joint \
              e-mail, webinar or asset, or that came by a campaign with recorded results. They need not be sourced \
              by it.",
    needs: &[TOUCH, LEAD],
    compute: leads_after,
};

/// Sum of the results of a kind, and which.
fn results(context: &Context<'_>, kind: CampaignKind) -> (u64, Vec<FactRef>) {
    let (mut sum, mut facts) = (0, Vec::new());
    for (i, row) in context.log.mailings.iter().enumerate() {
        let mine = context.is_mine(row.partner) && context.subject.campaign.is_none_or(|c| c == row.campaign);
        if row.kind == kind && mine && context.period.contains(row.at) {
            sum += u64::from(row.count);
            facts.push(FactRef::Mailing(i as u32));
        }
    }
    (sum, facts)
}

fn rate(context: &Context<'_>, did: CampaignKind, of: CampaignKind, fact: &'static str) -> Answer {
    let ((n, mut facts), (m, all)) = (results(context, did), results(context, of));
    facts.extend(all);
    facts.sort_unstable();
    Answer::rate(n, m, fact, facts)
}

fn assets(context: &Context<'_>) -> Answer {
    let rows = context.log.assets.iter().enumerate();
    let rows: Vec<_> =
        rows.filter(|(_, row)| context.is_mine(row.partner) && context.period.contains(row.at)).collect();
    let mut parts = Vec::new();
    for kind in AssetKind::ALL {
        let count = rows.iter().filter(|(_, row)| row.kind == *kind).count();
        parts.push(Part::known(named(*kind), Measure::Count, count as i64));
    }
    Answer::known(rows.len() as i64, rows.iter().map(|(i, _)| FactRef::Asset(*i as u32)).collect()).with(parts)
}

const fn named(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::CaseStudy => "Case studies",
        AssetKind::Post => "Posts",
        AssetKind::Publication => "Publications",
        AssetKind::Webinar => "Webinars",
    }
}

fn leads_after(context: &Context<'_>) -> Answer {
    let (log, t) = (context.log, &context.log.touches);
    let mut is_joint = vec![false; log.campaigns.len()];
    for campaign in &log.mailings.campaign {
        is_joint[*campaign as usize] = true;
    }
    let joint = |i: usize| {
        matches!(t.kind[i], TouchKind::Email | TouchKind::Webinar | TouchKind::Asset)
            || is_joint.get(t.campaign[i] as usize).copied().unwrap_or(false)
    };
    let follows = |lead: &Lead| {
        let window = context.policies.at(lead.at).new.window;
        let counts = |i: usize| verdict(t.mark[i], t.at[i], lead.at, window).is_ok() && joint(i);
        let mut touches = context.journeys.of(lead.customer).iter();
        touches.any(|touch| counts(*touch as usize) && context.is_mine_with_a_partner(*touch))
    };
    let leads = leads(log).into_iter().filter(|lead| context.period.contains(lead.at) && follows(lead));
    let mut facts: Vec<FactRef> = leads.map(|lead| lead.fact).collect();
    facts.sort_unstable();
    Answer::known(facts.len() as i64, facts)
}
