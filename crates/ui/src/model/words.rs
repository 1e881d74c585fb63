//! The vocabulary of the log as a page says it.

use engine::{
    credit::Model,
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    policy::{Policy, Rule},
};

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

/// A rule in a few words: `First touch within 30 days`.
#[must_use]
pub fn rule(rule: Rule) -> String {
    let days = rule.window.length();
    format!("{} within {days} day{}", rule.model.label(), if days == 1 { "" } else { "s" })
}

/// A policy in a sentence.
#[must_use]
pub fn policy(policy: &Policy) -> String {
    if policy.new == policy.rest {
        return format!("{}, for every kind of revenue.", rule(policy.new));
    }
    let (new, rest) = (rule(policy.new), lower(&rule(policy.rest)));
    format!("{new} for new business; {rest} for renewals and expansions.")
}

/// Whose rules they are.
#[must_use]
pub fn source(policy: &Policy) -> String {
    match policy.version {
        0 => "Your own choice".into(),
        version => format!("Program policy, version {version}"),
    }
}

/// The model that divides credit, in one or two names.
#[must_use]
pub fn model(policy: &Policy) -> String {
    let (new, rest) = (policy.new.model, policy.rest.model);
    if new == rest { new.label().into() } else { format!("{} and {}", new.label(), lower(rest.label())) }
}

/// Every model of a policy with what it does.
#[must_use]
pub fn models(policy: &Policy) -> Vec<Model> {
    let mut models = vec![policy.new.model, policy.rest.model];
    models.dedup();
    models
}

/// The plural where there is not exactly one.
#[must_use]
pub fn plural(n: usize, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}

/// With a small first letter.
fn lower(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::time::Window;

    #[test]
    fn policies_are_sentences() {
        let program = Policy::default();
        assert_eq!(
            policy(&program),
            "First touch within 30 days for new business; linear within 90 days for renewals and expansions."
        );
        assert_eq!(source(&program), "Program policy, version 1");
        assert_eq!(model(&program), "First touch and linear");
        let asked = program.asked(Some(Model::Last), Window::days(1));
        assert_eq!(policy(&asked), "Last touch within 1 day, for every kind of revenue.");
        assert_eq!(source(&asked), "Your own choice");
        assert_eq!(models(&asked), [Model::Last]);
    }
}
