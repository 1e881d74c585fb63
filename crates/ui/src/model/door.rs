//! By which door a fact comes that a figure lacks.

/// What a figure lacks, and what would bring it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// The fact in words: `counted click`.
    pub lack: &'static str,
    /// What brings it without a line of code, or with a client that one has.
    pub ways: &'static [&'static str],
    /// The fact as `POST /api/facts` takes it, but for what says when, whose and how much; empty where none brings it.
    pub fact: &'static str,
}

const CLICKED: &[&str] = &["A partner\u{2019}s link: make one under Links", "capture.js in your own pages"];
const LEADS: &[&str] = &[
    "The form of a landing page",
    "A backend or a form of your own: POST /api/track/lead",
    "A spreadsheet or another system\u{2019}s export: POST /api/imports",
];
const SALES: &[&str] = &[
    "Stripe, which sends its events to /api/hooks/stripe",
    "A backend: POST /api/track/sale",
    "A spreadsheet or another system\u{2019}s export: POST /api/imports",
];
const DECIDED: &[&str] = &["A registered deal, moved on under Registrations"];
const ENROLLED: &[&str] =
    &["Enrolling partners: POST /api/partners", "A file of partners: POST /api/imports?about=partners"];
const LATER: &[&str] = &[
    "A later period, chosen above",
    "What happened earlier and is not recorded yet, from another system\u{2019}s export: POST /api/imports",
];
const NOTHING: &[&str] = &[];

/// The door of a fact, by its word in the catalogue ([`engine::kpi::FACTS`]); none for a word that nobody knows.
#[must_use]
pub fn door(fact: &str) -> Option<Door> {
    let (lack, ways, fact) = match fact {
        "touch" => ("touch of a partner", CLICKED, r#""type": "touch", "kind": "click""#),
        "touch{click}" => ("counted click", CLICKED, r#""type": "touch", "kind": "click""#),
        "touch{click} with visitor" => {
            ("click that says who came", CLICKED, r#""type": "touch", "kind": "click", "visitor": "v-1""#)
        }
        "touch{listing}" => (
            "click on a marketplace listing",
            &["A link of the kind \u{201c}listing\u{201d}: POST /api/links"][..],
            r#""type": "touch", "kind": "listing""#,
        ),
        "touch{deal_registration}" => (
            "registered deal",
            &["The partner registers it in the portal", "A backend: POST /api/deals"][..],
            r#""type": "touch", "kind": "deal_registration""#,
        ),
        "lead.created" => ("lead", LEADS, r#""type": "lead.created""#),
        "lead.qualified" => ("qualified lead", NOTHING, r#""type": "lead.qualified""#),
        "opportunity.opened" => ("opened opportunity", DECIDED, r#""type": "opportunity.opened""#),
        "opportunity.won" => ("won deal or sale", SALES, r#""type": "opportunity.won""#),
        "opportunity.lost" => ("lost opportunity", DECIDED, r#""type": "opportunity.lost""#),
        "revenue" => ("sale", SALES, r#""type": "revenue", "kind": "new""#),
        "revenue, or adjustment" => ("sale or bonus", SALES, r#""type": "revenue", "kind": "new""#),
        "revenue with recurring interval" => (
            "sale that comes again and again",
            &["Stripe: invoices of subscriptions say their interval"][..],
            r#""type": "revenue", "kind": "new", "recurring": "month""#,
        ),
        "revenue{renewal}" => (
            "renewal",
            &["Stripe: the second and later invoices of a subscription"][..],
            r#""type": "revenue", "kind": "renewal""#,
        ),
        "revenue{expansion}" => (
            "expansion",
            &["Stripe: what a customer adds to a subscription"][..],
            r#""type": "revenue", "kind": "expansion""#,
        ),
        "revenue{expansion(upsell)}" => ("upsell", NOTHING, r#""type": "revenue", "kind": "upsell""#),
        "revenue{expansion(cross_sell)}" => ("cross-sell", NOTHING, r#""type": "revenue", "kind": "cross_sell""#),
        "partner.joined{source,group}" => ("partner who joins", ENROLLED, r#""type": "partner.joined""#),
        "partner.goal{metric,period,target}" => {
            ("goal of a partner", NOTHING, r#""type": "partner.goal", "metric": "revenue_sourced""#)
        }
        "partner.activity" => ("activity of a partner", NOTHING, r#""type": "partner.activity", "kind": "session""#),
        "partner.activity{certification}" => {
            ("certification", NOTHING, r#""type": "partner.activity", "kind": "certification""#)
        }
        "partner.activity{training}" => ("training", NOTHING, r#""type": "partner.activity", "kind": "training""#),
        "partner.activity{sandbox}" => {
            ("use of the sandbox", NOTHING, r#""type": "partner.activity", "kind": "sandbox""#)
        }
        "campaign{sent}" => ("e-mail of a campaign", NOTHING, r#""type": "campaign", "kind": "sent""#),
        "campaign{opened}" => ("opened e-mail of a campaign", NOTHING, r#""type": "campaign", "kind": "opened""#),
        "campaign{clicked}" => ("clicked e-mail of a campaign", NOTHING, r#""type": "campaign", "kind": "clicked""#),
        "campaign{registered}" => ("registration for an event", NOTHING, r#""type": "campaign", "kind": "registered""#),
        "campaign{attended}" => ("attendance of an event", NOTHING, r#""type": "campaign", "kind": "attended""#),
        "asset{case_study|post|publication|webinar}" => {
            ("joint work", NOTHING, r#""type": "asset", "kind": "case_study""#)
        }
        "customer.churned" => {
            ("customer who leaves", &["Stripe: a subscription that is deleted"][..], r#""type": "customer.churned""#)
        }
        "cost{category}" => ("cost or spend", NOTHING, r#""type": "cost", "category": "program""#),
        "commission rules" => ("terms of commission", &["A version of your terms: POST /api/terms"][..], ""),
        "payout" => ("payout", NOTHING, r#""type": "payout""#),
        "integration.installed" => ("installed integration", NOTHING, r#""type": "integration.installed""#),
        "integration.used" => ("use of an integration", NOTHING, r#""type": "integration.used""#),
        "integration.feature_used{paid}" => {
            ("use of a paid feature", NOTHING, r#""type": "integration.feature_used", "paid": true"#)
        }
        "integration.onboarded" => ("completed onboarding", NOTHING, r#""type": "integration.onboarded""#),
        "survey{nps,score}" => ("answer on recommending", NOTHING, r#""type": "survey", "kind": "nps""#),
        "survey{csat,score}" => ("answer on satisfaction", NOTHING, r#""type": "survey", "kind": "csat""#),
        "ticket" => ("request for support", NOTHING, r#""type": "ticket""#),
        "downtime" => ("downtime of an integration", NOTHING, r#""type": "downtime""#),
        "partner" => ("choice of one partner", &["Choose a partner above: it is a figure of one partner"][..], ""),
        "partner.activity, or touch{deal_registration}" => (
            "activity of a partner, or registered deal",
            &["The partner registers a deal in the portal"][..],
            r#""type": "partner.activity", "kind": "session""#,
        ),
        "the period before" => ("anything in the period before, to set this one beside", LATER, ""),
        "a customer when the period began" => ("a customer who was one when the period began", LATER, ""),
        "a first win since the partner joined" => (
            "a first win in the period since its partner joined",
            &["A period in which another partner won for the first time", "The day on which the partner truly joined"]
                [..],
            r#""type": "partner.joined""#,
        ),
        "a partner active in the period before" => ("a partner who was active in the period before", LATER, ""),
        "who came by clicks that are counts" => (
            "who came by the clicks that led to no lead",
            &["Nothing: of such clicks only counts by day leave the server, so that nobody is followed"][..],
            "",
        ),
        _ => return None,
    };
    Some(Door { lack, ways, fact })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::kpi::{FACTS, catalogue};
    use wire::fact::TYPES;

    #[test]
    fn every_fact_that_a_figure_may_lack_has_a_door() {
        let needs = catalogue().flat_map(|definition| definition.needs);
        for fact in needs.chain(FACTS) {
            let door = door(fact).unwrap_or_else(|| panic!("no door for `{fact}`"));
            assert!(!door.lack.is_empty() && (!door.ways.is_empty() || !door.fact.is_empty()), "{fact}");
        }
        assert_eq!(door("weather"), None);
    }

    #[test]
    fn facts_are_of_types_that_the_door_takes() {
        for fact in FACTS.iter().filter_map(|fact| door(fact)).map(|door| door.fact).filter(|fact| !fact.is_empty()) {
            let kind = fact.split('"').nth(3);
            assert!(kind.is_some_and(|kind| TYPES.contains(&kind)), "{fact}");
        }
    }
}
