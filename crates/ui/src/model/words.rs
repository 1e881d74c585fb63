//! The vocabulary of the log as a page says it.

use engine::{
    credit::Model,
    fact::{ActivityKind, AssetKind, CampaignKind, CostKind, Mark, MilestoneKind, RevenueKind, TouchKind, UsageKind},
    policy::{Policy, Rule},
    time::DAY,
};

use super::{compare::Role, locale::Locale};

/// What a touch was.
#[must_use]
pub fn touch(kind: TouchKind) -> &'static str {
    match kind {
        TouchKind::Click => "Click",
        TouchKind::Landing => "Landing page visit",
        TouchKind::Coupon => "Coupon",
        TouchKind::Listing => "Marketplace listing",
        TouchKind::Introduction => "Introduction",
        TouchKind::CoSell => "Co-selling",
        TouchKind::DealRegistration => "Deal registration",
        TouchKind::Email => "E-mail",
        TouchKind::Webinar => "Webinar",
        TouchKind::Asset => "Joint asset",
    }
}

/// What a milestone was.
#[must_use]
pub fn milestone(kind: MilestoneKind) -> &'static str {
    match kind {
        MilestoneKind::LeadCreated => "Became a lead",
        MilestoneKind::LeadQualified => "Lead qualified",
        MilestoneKind::OpportunityOpened => "Opportunity opened",
        MilestoneKind::OpportunityStage => "Opportunity moved on",
        MilestoneKind::OpportunityWon => "Opportunity won",
        MilestoneKind::OpportunityLost => "Opportunity lost",
    }
}

/// What an amount was.
#[must_use]
pub fn revenue(kind: RevenueKind) -> &'static str {
    match kind {
        RevenueKind::New => "New business",
        RevenueKind::Renewal => "Renewal",
        RevenueKind::Expansion => "Expansion",
        RevenueKind::Refund => "Refund",
        RevenueKind::Upsell => "Upsell",
        RevenueKind::CrossSell => "Cross-sell",
    }
}

/// What somebody of a partner did.
#[must_use]
pub fn activity(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Login => "Signed in",
        ActivityKind::Training => "Training",
        ActivityKind::Certification => "Certification",
        ActivityKind::Session => "Session",
        ActivityKind::Sandbox => "Sandbox used",
    }
}

/// What a cost was for.
#[must_use]
pub fn cost(kind: CostKind) -> &'static str {
    match kind {
        CostKind::Revenue => "Cost of revenue",
        CostKind::Program => "Cost of the program",
        CostKind::Acquisition => "Cost of acquisition",
    }
}

/// What a customer did with an integration.
#[must_use]
pub fn usage(kind: UsageKind) -> &'static str {
    match kind {
        UsageKind::Installed => "Installed",
        UsageKind::Onboarded => "Set up",
        UsageKind::Attempted => "Tried to run",
        UsageKind::Used => "Used",
        UsageKind::FeatureUsed => "Feature used",
        UsageKind::PaidFeatureUsed => "Paid feature used",
        UsageKind::Uninstalled => "Removed",
    }
}

/// What became of a joint campaign.
#[must_use]
pub fn mailing(kind: CampaignKind) -> &'static str {
    match kind {
        CampaignKind::Sent => "Sent",
        CampaignKind::Opened => "Opened",
        CampaignKind::Clicked => "Clicked",
        CampaignKind::Registered => "Registered",
        CampaignKind::Attended => "Attended",
    }
}

/// What a joint work was.
#[must_use]
pub fn asset(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::CaseStudy => "Case study",
        AssetKind::Post => "Post",
        AssetKind::Publication => "Publication",
        AssetKind::Webinar => "Webinar",
    }
}

/// Clicks of a mark, for the line that reconciles them.
#[must_use]
pub fn marked(mark: Mark) -> &'static str {
    match mark {
        Mark::Counted => "counted",
        Mark::Bot => "by programs",
        Mark::Duplicate => "repeats within the hour",
        Mark::Prefetch => "fetched ahead",
        Mark::SelfReferral => "self-referrals",
        Mark::NoConsent => "without consent",
        Mark::Ended => "after the link's end",
        Mark::InvalidCoupon => "by coupons that did not hold",
    }
}

/// The fact that a figure waits for, from its name in the catalogue.
#[must_use]
pub fn missing(fact: &str) -> String {
    match fact {
        "touch{click}" => "It becomes known with the first counted click.".into(),
        other => format!("It becomes known with the first fact `{other}`."),
    }
}

/// A rule in a few words: `First touch within 30 days`, `Time decay (half-life 7 days) within 90 days`.
#[must_use]
pub fn rule(rule: Rule) -> String {
    let days = u32::from(rule.window.length());
    let half_life = match rule.model {
        Model::TimeDecay(half_life) => format!(" (half-life {})", span(half_life.length())),
        _ => String::new(),
    };
    format!("{}{half_life} within {}", rule.model.label(), span(days * DAY))
}

/// A span of seconds in whole days, or in hours where it is no whole number of days.
#[must_use]
pub fn span(seconds: u32) -> String {
    let (n, unit) = if seconds.is_multiple_of(DAY) { (seconds / DAY, "day") } else { (seconds / 3_600, "hour") };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

/// A policy in a sentence.
#[must_use]
pub fn policy(policy: &Policy) -> String {
    let [new, renewal, expansion] = policy.rules();
    let later = |text: Rule| lower(&rule(text));
    if renewal != expansion {
        let (renewal, expansion) = (later(renewal), later(expansion));
        return format!("{} for new business; {renewal} for renewals; {expansion} for expansions.", rule(new));
    }
    if new == renewal {
        return format!("{}, for every kind of revenue.", rule(new));
    }
    format!("{} for new business; {} for renewals and expansions.", rule(new), later(renewal))
}

/// Whose rules they are.
#[must_use]
pub fn source(version: u32) -> String {
    match version {
        0 => "Your own choice".into(),
        version => format!("Program policy, version {version}"),
    }
}

/// The models that divide credit, by name.
#[must_use]
pub fn model(policy: &Policy) -> String {
    let mut text = String::new();
    let models = models(policy);
    for (i, model) in models.iter().enumerate() {
        match i {
            0 => text += model.label(),
            _ => {
                text += if i + 1 == models.len() { " and " } else { ", " };
                text += &lower(model.label());
            }
        }
    }
    text
}

/// Every model of a policy, each once, with what it does.
#[must_use]
pub fn models(policy: &Policy) -> Vec<Model> {
    let mut models = Vec::new();
    for rule in policy.rules() {
        if !models.contains(&rule.model) {
            models.push(rule.model);
        }
    }
    models
}

/// The part that somebody has in a sale: `touches 1 and 3 of 4, 66.7%`; where no touch of theirs counts, why.
#[must_use]
pub fn role(locale: &Locale, role: &Role) -> String {
    let Role { touches, of, share, reason } = role;
    let places: Vec<String> = touches.iter().map(ToString::to_string).collect();
    match (&places[..], of) {
        ([], _) if !reason.is_empty() => format!("no touch counts: {}", lower(reason)),
        ([], 0) => "no touch counts at all".to_owned(),
        ([], 1) => "the only touch is somebody else's".to_owned(),
        ([], of) => format!("all {of} touches are somebody else's"),
        ([_], 1) => "the only touch, 100%".to_owned(),
        ([.., last], _) => {
            let before = places[..places.len() - 1].join(", ");
            let and = if before.is_empty() { "" } else { " and " };
            let touches = plural(places.len(), "touch", "touches");
            format!("{touches} {before}{and}{last} of {of}, {}", locale.percent(*share, 1_000_000))
        }
    }
}

/// The plural where there is not exactly one.
#[must_use]
pub fn plural(n: usize, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}

/// With a small first letter, unless it is a shape (`U-shaped`) or a name (`Markov`).
#[must_use]
pub fn lower(text: &str) -> String {
    let mut text = text.to_owned();
    let proper = ["Markov", "Shapley"].iter().any(|name| text.starts_with(name)) || text.get(1..2) == Some("-");
    if proper {
        return text;
    }
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{credit::HalfLife, time::Window};

    #[test]
    fn policies_are_sentences() {
        let program = Policy::default();
        assert_eq!(
            policy(&program),
            "First touch within 30 days for new business; linear within 90 days for renewals and expansions."
        );
        assert_eq!(source(program.version), "Program policy, version 1");
        assert_eq!(model(&program), "First touch and linear");
        let asked = program.asked(Some(Model::Last), Window::days(1));
        assert_eq!(policy(&asked), "Last touch within 1 day, for every kind of revenue.");
        assert_eq!(source(asked.version), "Your own choice");
        assert_eq!(models(&asked), [Model::Last]);
        let decay =
            |seconds| HalfLife::seconds(seconds).map(|h| rule(Rule { model: Model::TimeDecay(h), ..program.new }));
        assert_eq!(decay(7 * DAY).as_deref(), Some("Time decay (half-life 7 days) within 30 days"));
        assert_eq!(decay(36 * 3_600).as_deref(), Some("Time decay (half-life 36 hours) within 30 days"));
        let rule = |model| Rule { model, ..program.new };
        let three = Policy { renewal: rule(Model::PositionBased), expansion: rule(Model::Linear), ..program };
        assert_eq!(
            policy(&three),
            "First touch within 30 days for new business; U-shaped within 30 days for renewals; linear within 30 days for \
             expansions."
        );
        assert_eq!(model(&three), "First touch, U-shaped and linear");
    }
}
