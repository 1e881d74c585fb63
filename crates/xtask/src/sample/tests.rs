use super::{Names, Sample};
use chrono::{DateTime, Duration, NaiveDate};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day of the calendar")
}

fn names(sample: &Sample) -> Names {
    Names { partners: (0..sample.partners.len()).map(|at| format!("pn_{at:02}")).collect(), ..Names::default() }
}

fn facts_of(day: NaiveDate) -> Vec<Value> {
    let sample = Sample::new(day);
    let names = names(&sample);
    sample.facts.iter().map(|fact| fact.json(&names).expect("every partner has a name")).collect()
}

fn facts() -> Vec<Value> {
    facts_of(day())
}

fn is(fact: &Value, field: &str, value: &str) -> bool {
    fact[field] == value
}

fn text<'a>(fact: &'a Value, field: &str) -> &'a str {
    fact[field].as_str().unwrap_or_default()
}

fn count(facts: &[Value], field: &str, value: &str) -> usize {
    facts.iter().filter(|fact| is(fact, field, value)).count()
}

/// The partner of a touch, by its place.
fn partner_of(fact: &Value, sample: &Sample) -> Option<usize> {
    if let Some(key) = fact["link"].as_str() {
        let own = sample.links.iter().find(|link| link.key == key).map(|link| link.partner);
        return own.or_else(|| sample.partners.iter().position(|partner| partner.slug == key));
    }
    if let Some(code) = fact["coupon"].as_str() {
        return sample.partners.iter().position(|partner| partner.coupons.contains(&code));
    }
    fact["partner"].as_str()?.strip_prefix("pn_")?.parse().ok()
}

#[test]
fn the_same_day_gives_the_same_facts_and_another_day_gives_others() {
    assert_eq!(facts(), facts());
    assert_ne!(facts(), facts_of(day() + Duration::days(1)));
}

#[test]
fn there_are_partners_of_every_kind_with_their_own_names_and_codes() {
    let sample = Sample::new(day());
    let kinds: BTreeSet<_> = sample.partners.iter().map(|partner| partner.kind).collect();
    assert!(sample.partners.len() >= 12 && kinds.len() >= 4);
    let mut keys: Vec<_> = sample.partners.iter().map(|partner| partner.slug).collect();
    keys.extend(sample.links.iter().map(|link| link.key));
    let codes: Vec<_> = sample.partners.iter().flat_map(|partner| partner.coupons).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    assert!((30..=40).contains(&keys.len()));
}

#[test]
fn every_kind_of_fact_touch_and_revenue_is_there_in_a_believable_number() {
    let facts = facts();
    let between = |field: &str, value: &str, low: usize, high: usize| {
        let found = count(&facts, field, value);
        assert!((low..=high).contains(&found), "{value}: {found}");
    };
    between("type", "touch", 8_000, 10_500);
    between("type", "lead.created", 740, 770);
    between("type", "lead.qualified", 430, 530);
    between("type", "opportunity.opened", 350, 460);
    between("type", "opportunity.stage", 700, 1_200);
    between("type", "opportunity.won", 120, 180);
    between("type", "opportunity.lost", 110, 180);
    between("kind", "new", 200, 270);
    between("kind", "renewal", 150, 400);
    between("kind", "expansion", 15, 50);
    between("kind", "refund", 8, 20);
    for kind in [
        "click",
        "landing",
        "coupon",
        "listing",
        "introduction",
        "co_sell",
        "deal_registration",
        "email",
        "webinar",
        "asset",
    ] {
        between("kind", kind, 5, 6_000);
    }
    for reason in ["bot", "duplicate", "prefetch"] {
        between("excluded", reason, 50, 900);
    }
    between("currency", "EUR", 10, 120);
}

#[test]
fn ids_are_unique_short_and_of_the_allowed_letters() {
    let facts = facts();
    let ids: BTreeSet<_> = facts.iter().map(|fact| text(fact, "id")).collect();
    assert_eq!(ids.len(), facts.len());
    assert!(
        ids.iter()
            .all(|id| { id.len() <= 128 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)) })
    );
    let invoices: Vec<_> = facts.iter().filter_map(|fact| fact["invoice"].as_str()).collect();
    assert_eq!(invoices.iter().collect::<BTreeSet<_>>().len(), invoices.len());
}

#[test]
fn facts_come_in_order_and_none_lies_in_the_future() {
    let end = day().and_time(chrono::NaiveTime::MIN).and_utc();
    let times: Vec<_> = facts()
        .iter()
        .map(|fact| DateTime::parse_from_rfc3339(text(fact, "at")).expect("an RFC 3339 time").to_utc())
        .collect();
    assert!(times.is_sorted());
    assert!(times.iter().all(|at| *at < end && *at > end - Duration::days(800)));
    let within_the_year = times.iter().filter(|at| **at >= end - Duration::days(366)).count();
    assert!(within_the_year * 100 > times.len() * 93);
}

#[test]
fn every_sale_belongs_to_a_lead_before_it_and_every_refund_to_an_invoice() {
    let mut leads = BTreeSet::new();
    let mut invoices = BTreeMap::new();
    for fact in facts() {
        let customer = text(&fact, "customer").to_owned();
        if is(&fact, "type", "lead.created") {
            assert!(leads.insert(customer), "a second lead of one customer");
        } else if is(&fact, "type", "revenue") {
            assert!(leads.contains(&customer), "{fact}");
            let amount = fact["amount"].as_i64().expect("an amount");
            assert!(amount > 0, "{fact}");
            match fact["refundOf"].as_str() {
                Some(invoice) => assert!(invoices[invoice] >= amount, "{fact}"),
                None => drop(invoices.insert(text(&fact, "invoice").to_owned(), amount)),
            }
        }
    }
}

#[test]
fn an_opportunity_opens_before_it_moves_and_ends_once() {
    let mut open = BTreeSet::new();
    let mut ended = BTreeSet::new();
    for fact in facts() {
        let opportunity = text(&fact, "opportunity").to_owned();
        match text(&fact, "type") {
            "opportunity.opened" => assert!(open.insert(opportunity)),
            "opportunity.stage" => {
                assert!(open.contains(&opportunity) && !ended.contains(&opportunity));
            }
            "opportunity.won" | "opportunity.lost" => {
                assert!(open.contains(&opportunity) && ended.insert(opportunity));
            }
            _ => {}
        }
    }
    assert!(open.len() > ended.len() + 20, "some deals are still open");
}

#[test]
fn journeys_are_shared_and_touches_come_late_too() {
    let sample = Sample::new(day());
    let facts = facts();
    let mut visitors = BTreeMap::new();
    for fact in facts.iter().filter(|fact| is(fact, "type", "lead.created")) {
        visitors.insert(text(fact, "visitor"), text(fact, "customer"));
    }
    let mut sales = BTreeMap::new();
    for fact in facts.iter().filter(|fact| is(fact, "kind", "new")) {
        sales.insert(text(fact, "customer"), text(fact, "at"));
    }
    let mut partners: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let mut late = 0;
    for fact in facts.iter().filter(|fact| is(fact, "type", "touch")) {
        let partner = partner_of(fact, &sample).expect("a touch of a partner");
        let customer = fact["customer"].as_str().or_else(|| visitors.get(text(fact, "visitor")).copied());
        if let Some(customer) = customer {
            partners.entry(customer).or_default().insert(partner);
            late += usize::from(sales.get(customer).is_some_and(|sale| text(fact, "at") > *sale));
        }
    }
    let sold_together =
        sales.keys().filter(|customer| partners.get(*customer).is_some_and(|with| with.len() > 1)).count();
    assert!(sold_together > 50, "{sold_together}");
    assert!(partners.values().any(|with| with.len() == 4));
    assert!(late > 60, "{late}");
}

#[test]
fn every_partner_has_a_year_to_show_and_the_first_has_the_best() {
    let sample = Sample::new(day());
    let facts = facts();
    let mut touches = vec![0_usize; sample.partners.len()];
    let mut sold = vec![0_usize; sample.partners.len()];
    let mut visitors = BTreeMap::new();
    for fact in facts.iter().filter(|fact| is(fact, "type", "lead.created")) {
        visitors.insert(text(fact, "visitor"), text(fact, "customer"));
    }
    let buyers: BTreeSet<_> =
        facts.iter().filter(|fact| is(fact, "kind", "new")).map(|fact| text(fact, "customer")).collect();
    let mut seen = BTreeSet::new();
    for fact in facts.iter().filter(|fact| is(fact, "type", "touch")) {
        let partner = partner_of(fact, &sample).expect("a touch of a partner");
        touches[partner] += 1;
        let customer = fact["customer"].as_str().or_else(|| visitors.get(text(fact, "visitor")).copied());
        if let Some(customer) = customer.filter(|customer| buyers.contains(customer))
            && seen.insert((partner, customer))
        {
            sold[partner] += 1;
        }
    }
    assert!(touches.iter().all(|count| *count >= 60), "{touches:?}");
    assert!(sold.iter().all(|count| *count >= 2), "{sold:?}");
    assert!(sold.iter().all(|count| *count <= sold[0]) && sold[0] >= 40, "{sold:?}");
}
