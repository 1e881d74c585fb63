use engine::fact::{Mark, TouchKind};

use super::*;

fn read(json: &str) -> Result<Fact, Fault> {
    serde_json::from_str::<RawFact>(json).unwrap_or_default().try_into()
}

fn fault(json: &str) -> &'static str {
    read(json).err().map_or("none", |fault| fault.field)
}

#[test]
fn facts_are_read() {
    let fact = read(
        r#"{"id":"s-1","type":"revenue","kind":"new","at":"2026-01-02T03:04:05.678+01:00","customer":"c1","amount":1200,"currency":"usd","invoice":"in_1"}"#,
    );
    let fact = fact.unwrap_or_else(|e| unreachable!("{e}"));
    assert_eq!(fact.economic_key(), "invoice:in_1");
    assert_eq!(write_time(fact.at), "2026-01-02T02:04:05.678Z");
    let touch = read(
        r#"{"id":"t","type":"touch","kind":"co_sell","at":"2026-01-02T00:00:00Z","coupon":"spring","customer":"c1"}"#,
    );
    assert!(
        matches!(touch.map(|t| t.what), Ok(What::Touch(t)) if t.kind == TouchKind::CoSell && t.mark == Mark::Counted)
    );
}

#[test]
fn faults_name_the_field() {
    let at = r#""at":"2026-01-02T00:00:00Z""#;
    for (json, field) in [
        (format!(r#"{{"type":"touch",{at}}}"#), "id"),
        (format!(r#"{{"id":"a b","type":"touch",{at}}}"#), "id"),
        (r#"{"id":"a","type":"touch","at":"yesterday"}"#.to_owned(), "at"),
        (format!(r#"{{"id":"a","type":"visit",{at}}}"#), "type"),
        (format!(r#"{{"id":"a","type":"touch","kind":"look",{at}}}"#), "kind"),
        (format!(r#"{{"id":"a","type":"touch","kind":"click",{at}}}"#), "link"),
        (format!(r#"{{"id":"a","type":"touch","kind":"click","partner":"x",{at}}}"#), "partner"),
        (format!(r#"{{"id":"a","type":"touch","kind":"click","link":"x","excluded":"counted",{at}}}"#), "excluded"),
        (format!(r#"{{"id":"a","type":"lead.created",{at}}}"#), "customer"),
        (format!(r#"{{"id":"a","type":"lead.created","customer":"c","email":"no",{at}}}"#), "email"),
        (format!(r#"{{"id":"a","type":"lead.created","customer":"c","coupon":"10 %",{at}}}"#), "coupon"),
        (format!(r#"{{"id":"a","type":"lead.created","customer":"c","coupon":"A","product":"",{at}}}"#), "product"),
        (format!(r#"{{"id":"a","type":"opportunity.won",{at}}}"#), "opportunity"),
        (format!(r#"{{"id":"a","type":"opportunity.opened","opportunity":"o",{at}}}"#), "customer"),
        (
            format!(r#"{{"id":"a","type":"revenue","kind":"new","customer":"c","amount":0,"currency":"USD",{at}}}"#),
            "amount",
        ),
        (
            format!(r#"{{"id":"a","type":"revenue","kind":"new","customer":"c","amount":1,"currency":"$",{at}}}"#),
            "currency",
        ),
        (
            format!(r#"{{"id":"a","type":"revenue","kind":"refund","customer":"c","amount":1,"currency":"USD",{at}}}"#),
            "refundOf",
        ),
        (
            format!(
                r#"{{"id":"a","type":"revenue","kind":"new","customer":"c","amount":1,"currency":"USD","refundOf":"i",{at}}}"#
            ),
            "refundOf",
        ),
        (
            format!(
                r#"{{"id":"a","type":"revenue","kind":"new","customer":"c","amount":1,"currency":"USD","recurring":"week",{at}}}"#
            ),
            "recurring",
        ),
    ] {
        assert_eq!(fault(&json), field, "{json}");
    }
}

#[test]
fn goals_are_about_figures_of_the_catalogue() {
    let figures: Vec<&str> = engine::kpi::catalogue().map(|definition| definition.id).collect();
    let goals: Vec<&str> = figures.into_iter().filter(|id| !matches!(*id, "goal_attainment" | "scorecard")).collect();
    assert_eq!(METRICS, goals);
}

#[test]
fn rarer_facts_are_read() {
    let all = r#""id":"a","at":"2026-01-02T00:00:00Z","partner":"pn_1248H248H248H248H248H248H2","customer":"c","kind":"login",
        "category":"program","campaign":"spring","integration":"sync","amount":5,"currency":"USD","score":5,"minutes":7,
        "metric":"leads","period":"2026-Q1","target":9"#;
    for kind in ["login", "attended", "case_study", "nps", "new", "click"] {
        for name in TYPES.iter().filter(|name| !name.starts_with("opportunity")) {
            let json = format!(r#"{{"type":"{name}",{}}}"#, all.replace("login", kind));
            let broken = fault(&json);
            // Each kind belongs to one of the types that have kinds.
            assert!(matches!(broken, "none" | "kind"), "{name} {kind}: {broken}");
        }
    }
}

#[test]
fn rarer_faults_name_the_field() {
    let partner = r#""partner":"pn_1248H248H248H248H248H248H2""#;
    let money = r#""amount":5,"currency":"USD""#;
    for (more, field) in [
        (r#""type":"partner.left""#.to_owned(), "type"),
        (r#""type":"integration.paid_feature_used""#.to_owned(), "type"),
        (r#""type":"integration.""#.to_owned(), "type"),
        (r#""type":"partner.joined""#.to_owned(), "partner"),
        (r#""type":"partner.joined","partner":"ada""#.to_owned(), "partner"),
        (format!(r#""type":"partner.joined",{partner},"source":"luck""#), "source"),
        (format!(r#""type":"partner.joined",{partner},"group":" ""#), "group"),
        (format!(r#""type":"partner.goal",{partner},"metric":"leads","target":1"#), "period"),
        (format!(r#""type":"partner.goal",{partner},"metric":"leads","period":"2026-Q5","target":1"#), "period"),
        (format!(r#""type":"partner.goal",{partner},"metric":"leads","period":"2026-13","target":1"#), "period"),
        (
            format!(r#""type":"partner.goal",{partner},"metric":"leads","period":"2026-02-01/2026-02-01","target":1"#),
            "period",
        ),
        (format!(r#""type":"partner.goal",{partner},"metric":"luck","period":"2026","target":1"#), "metric"),
        (format!(r#""type":"partner.goal",{partner},"metric":"scorecard","period":"2026","target":1"#), "metric"),
        (format!(r#""type":"partner.goal",{partner},"metric":"leads","period":"2026","target":-1"#), "target"),
        (format!(r#""type":"partner.activity",{partner},"kind":"nap""#), "kind"),
        (format!(r#""type":"partner.activity",{partner},"kind":"login","person":"a b""#), "person"),
        (format!(r#""type":"cost",{money}"#), "category"),
        (r#""type":"cost","category":"program","amount":0,"currency":"USD""#.to_owned(), "amount"),
        (r#""type":"cost","category":"program","amount":1,"currency":"€""#.to_owned(), "currency"),
        (format!(r#""type":"spend",{money}"#), "campaign"),
        (format!(r#""type":"payout",{money}"#), "partner"),
        (format!(r#""type":"adjustment",{money}"#), "partner"),
        (format!(r#""type":"adjustment",{partner},"currency":"USD""#), "amount"),
        (format!(r#""type":"adjustment",{partner},"amount":0,"currency":"USD""#), "amount"),
        (format!(r#""type":"adjustment",{partner},"amount":1000000000000001,"currency":"USD""#), "amount"),
        (format!(r#""type":"adjustment",{partner},"amount":-1000000000000001,"currency":"USD""#), "amount"),
        (format!(r#""type":"adjustment",{partner},"amount":5"#), "currency"),
        (format!(r#""type":"adjustment",{partner},"amount":-5,"currency":"USD""#), "reason"),
        (format!(r#""type":"adjustment",{partner},{money},"reason":" ""#), "reason"),
        (format!(r#""type":"adjustment",{partner},{money},"reason":"{}""#, "x".repeat(191)), "reason"),
        (r#""type":"customer.churned""#.to_owned(), "customer"),
        (r#""type":"integration.used","customer":"c""#.to_owned(), "integration"),
        (r#""type":"integration.used","integration":"sync""#.to_owned(), "customer"),
        (r#""type":"integration.used","integration":"sync","customer":"c","count":0"#.to_owned(), "count"),
        (r#""type":"integration.used","integration":"sync","customer":"c","paid":true"#.to_owned(), "paid"),
        (r#""type":"survey","customer":"c","score":5"#.to_owned(), "kind"),
        (r#""type":"survey","kind":"nps","customer":"c","score":11"#.to_owned(), "score"),
        (r#""type":"survey","kind":"csat","customer":"c","score":0"#.to_owned(), "score"),
        (r#""type":"survey","kind":"csat","customer":"c""#.to_owned(), "score"),
        (r#""type":"ticket""#.to_owned(), "customer"),
        (r#""type":"downtime","integration":"sync""#.to_owned(), "minutes"),
        (r#""type":"campaign","campaign":"spring","kind":"ignored""#.to_owned(), "kind"),
        (r#""type":"campaign","kind":"sent""#.to_owned(), "campaign"),
        (r#""type":"asset","kind":"post""#.to_owned(), "partner"),
    ] {
        let json = format!(r#"{{"id":"a","at":"2026-01-02T00:00:00Z",{more}}}"#);
        assert_eq!(fault(&json), field, "{json}");
    }
}

#[test]
fn periods_are_half_open() {
    for (period, days) in [
        ("2026", "2026-01-01 2027-01-01"),
        ("2026-Q4", "2026-10-01 2027-01-01"),
        ("2026-02", "2026-02-01 2026-03-01"),
        ("2026-02-27/2026-03-02", "2026-02-27 2026-03-02"),
    ] {
        let json = format!(
            r#"{{"id":"a","at":"2026-01-02T00:00:00Z","type":"partner.goal","partner":"pn_1248H248H248H248H248H248H2",
                "metric":"leads","target":1,"period":"{period}"}}"#
        );
        let Ok(Fact { what: What::Rest(RestFact::Goal { from, until, .. }), .. }) = read(&json) else {
            unreachable!("{json}")
        };
        assert_eq!(format!("{from} {until}"), days);
    }
}

#[test]
fn an_adjustment_has_a_sign_and_a_reason() {
    let partner = "pn_1248H248H248H248H248H248H2";
    let longest = "x".repeat(190);
    for (more, expect) in [
        (r#""amount":5"#.to_owned(), (5, None)),
        (r#""amount":-5,"reason":"fraud""#.to_owned(), (-5, Some("fraud"))),
        (format!(r#""amount":1000000000000000,"reason":"{longest}""#), (1_000_000_000_000_000, Some(longest.as_str()))),
    ] {
        let fact = read(&format!(
            r#"{{"id":"a","at":"2026-01-02T00:00:00Z","type":"adjustment","partner":"{partner}","currency":"EUR",{more}}}"#
        ));
        let Ok(Fact { what: What::Rest(rest @ RestFact::Adjustment { .. }), .. }) = fact else {
            unreachable!("{more}")
        };
        assert_eq!(rest.partner().map(|id| id.to_string()).as_deref(), Some(partner));
        let RestFact::Adjustment { amount, currency, reason, .. } = rest else { unreachable!("{more}") };
        assert_eq!((amount, reason.as_deref(), currency.code()), (expect.0, expect.1, "EUR"));
    }
}

#[test]
fn a_chargeback_is_a_refund() {
    let fact = read(
        r#"{"id":"a","type":"revenue","kind":"chargeback","at":"2026-01-02T00:00:00Z","customer":"c","amount":1,
            "currency":"USD","refundOf":"in_1"}"#,
    );
    assert!(
        matches!(fact.map(|fact| fact.what), Ok(What::Revenue(r)) if r.kind == RevenueKind::Refund && r.event == "Chargeback")
    );
}
