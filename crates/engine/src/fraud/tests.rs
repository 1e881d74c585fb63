//! Every rule at its bound, below it and above it.

use super::*;

const CLICK: u64 = 1_790_000_000_000;

fn id<N>(n: u8) -> crate::id::Id<N> {
    crate::id::Id::new(Millis(1), [n; 10])
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn tie(people: &[&str]) -> Tie {
    Tie { partner: id(1), people: texts(people), device: None, click: None, others: None }
}

fn judge(customer: &Customer, tie: &Tie, rules: &Rules) -> Vec<Suspicion> {
    of_customer(id(2), customer, tie, rules, &Disposable("# a list\nmailinator.com\ntrash.example\n"))
}

fn words(found: &[Suspicion]) -> Vec<&'static str> {
    found.iter().map(|suspicion| suspicion.evidence.rule().word()).collect()
}

#[test]
fn who_shares_an_address_a_company_or_a_browser_refers_themselves() {
    let further = Rules { shared_domains: texts(&["co-op.example"]), ..Rules::default() };
    let off = Rules { self_referral: false, ..Rules::default() };
    let usual = Rules::default();
    for (emails, people, rules, expect) in [
        (&["ada@ada.example"][..], &["ada@ada.example"][..], &usual, &["self_referral_email"][..]),
        (&["x@y.example", "ada@gmail.com"], &["bo@ada.example", "ada@gmail.com"], &usual, &["self_referral_email"]),
        (&["bo@ada.example"], &["ada@ada.example"], &usual, &["self_referral_domain"]),
        (&["bo@co-op.example"], &["ada@co-op.example"], &usual, &["self_referral_domain"]),
        (&["bo@co-op.example"], &["ada@co-op.example"], &further, &[]),
        (&["bo@gmail.com"], &["ada@gmail.com"], &usual, &[]),
        (&["bo@yahoo.co.uk"], &["ada@yahoo.co.uk"], &usual, &[]),
        (&["bo@team.ada.example"], &["ada@ada.example"], &usual, &["self_referral_domain"]),
        (&["bo@ada.example"], &["ada@mail.ada.example"], &usual, &["self_referral_domain"]),
        (&["bo@shop.ada.co.uk"], &["ada@ada.co.uk"], &usual, &["self_referral_domain"]),
        (&["bo@bo.co.uk"], &["ada@ada.co.uk"], &usual, &[]),
        (&["bo@team.co-op.example"], &["ada@co-op.example"], &further, &[]),
        (&["bo@eu.gmail.com"], &["ada@gmail.com"], &usual, &[]),
        (&["bo@ada.live"], &["ada@mail.ada.live"], &usual, &["self_referral_domain"]),
        (&["bo@live.ada.example"], &["ada@ada.example"], &usual, &["self_referral_domain"]),
        (&["bo@hotmail.fr"], &["ada@hotmail.fr"], &usual, &[]),
        (&["bo@ada.github.io"], &["ada@bo.github.io"], &usual, &[]),
        (&["bo@notada.example"], &["ada@ada.example"], &usual, &[]),
        (&["ada+x@gmail.com"], &["ada@gmail.com"], &usual, &["self_referral_email"]),
        (&["adalovelace@gmail.com"], &["ada.lovelace@gmail.com"], &usual, &["self_referral_email"]),
        (&["a.d.a+p+q@googlemail.com"], &["ada@gmail.com"], &usual, &["self_referral_email"]),
        (&["ada@gmail.com"], &["a.da+partner@googlemail.com"], &usual, &["self_referral_email"]),
        (&["ada+x@web.de"], &["ada@web.de"], &usual, &["self_referral_email"]),
        (&["a.da@web.de"], &["ada@web.de"], &usual, &[]),
        (&["ada.x@gmail.com"], &["ada@gmail.com"], &usual, &[]),
        (&["ada@gmail.com.example"], &["ada@gmail.com"], &usual, &[]),
        (&["+x@gmail.com"], &["ada@gmail.com"], &usual, &[]),
        (&["bo@ada.example"], &[], &usual, &[]),
        (&[], &["ada@ada.example"], &usual, &[]),
        (&["ada@ada.example"], &["ada@ada.example"], &off, &[]),
    ] {
        let customer = Customer { emails: texts(emails), ..Customer::default() };
        assert_eq!(words(&judge(&customer, &tie(people), rules)), expect, "{emails:?} {people:?}");
    }
    let device = Tie { device: Some(Millis(7)), ..tie(&["ada@ada.example"]) };
    let found = judge(&Customer::default(), &device, &usual);
    assert_eq!(
        found,
        [Suspicion {
            partner: id(1),
            subject: Subject::Customer(id(2)),
            evidence: Evidence::SameDevice { seen: Millis(7) }
        }]
    );
    assert_eq!(judge(&Customer::default(), &device, &off), []);
}

#[test]
fn addresses_that_are_thrown_away_are_known_by_their_domain() {
    let rules = Rules {
        disposable_domains: texts(&["gone.example"]),
        shared_domains: texts(&["fine.trash.example"]),
        ..Rules::default()
    };
    for (domain, expect) in [
        ("mailinator.com", true),
        ("eu.mailinator.com", true),
        ("trash.example", true),
        ("fine.trash.example", false),
        ("gone.example", true),
        ("a.gone.example", true),
        ("notmailinator.com", false),
        ("mailinator.com.example", false),
        ("# a list", false),
        ("com", false),
        ("acme.example", false),
    ] {
        assert_eq!(Disposable("# a list\nmailinator.com\ntrash.example").holds(domain, &rules), expect, "{domain}");
    }
    let customer = Customer { emails: texts(&["x@mailinator.com"]), ..Customer::default() };
    assert_eq!(words(&judge(&customer, &tie(&[]), &rules)), ["disposable_domain"]);
    let off = Rules { disposable: false, ..rules };
    assert_eq!(judge(&customer, &tie(&[]), &off), []);
}

#[test]
fn a_click_at_the_checkout_is_one_of_somebody_who_was_there() {
    let usual = Rules::default();
    let off = Rules { checkout_seconds: None, ..Rules::default() };
    let at = |seconds: i64| Millis(CLICK.saturating_add_signed(seconds * 1000));
    // Known since, others since, sales, all in seconds from the click; what is expected of which sale.
    for (known, others, sales, rules, expect) in [
        (Some(-1), None, &[60][..], &usual, Some(0)),
        (Some(-1), None, &[61], &usual, None),
        (Some(-1), None, &[0], &usual, Some(0)),
        (Some(-1), None, &[-1], &usual, None),
        (Some(0), None, &[10], &usual, None),
        (Some(5), None, &[10], &usual, None),
        (None, None, &[10], &usual, None),
        (Some(9), Some(-100), &[10], &usual, Some(0)),
        (Some(-50), None, &[-50, 3600, 20], &usual, Some(2)),
        (Some(-1), None, &[60], &off, None),
        (Some(-1), None, &[], &usual, None),
    ] {
        let customer = Customer {
            known: known.map(at),
            sales: sales.iter().enumerate().map(|(i, s)| (format!("s{i}"), at(*s))).collect(),
            ..Customer::default()
        };
        let tie = Tie { click: Some(Millis(CLICK)), others: others.map(at), ..tie(&[]) };
        let found = judge(&customer, &tie, rules);
        let subjects: Vec<_> = found.iter().map(|suspicion| suspicion.subject.clone()).collect();
        let expect: Vec<_> =
            expect.map(|i: usize| Subject::Sale { key: format!("s{i}"), customer: id(2) }).into_iter().collect();
        assert_eq!(subjects, expect, "{known:?} {others:?} {sales:?}");
        assert!(judge(&customer, &Tie { click: None, ..tie }, rules).is_empty());
    }
}

#[test]
fn floods_are_many_clicks_for_few_customers_or_of_one_visitor() {
    let usual = Rules::default();
    let visitors = Rules { flood_clicks: None, ..Rules::default() };
    let off = Rules { flood_clicks: None, flood_visitor_clicks: None, ..Rules::default() };
    for (clicks, busiest, customers, rules, expect) in [
        (1_999, 0, 0, &usual, false),
        (2_000, 0, 0, &usual, true),
        (10_000, 1, 1, &usual, true),
        (10_000, 1, 2, &usual, false),
        (10_000, 1, 3, &usual, false),
        (u64::MAX, 1, u64::MAX, &usual, false),
        (60, 49, 1, &usual, false),
        (60, 50, 1, &usual, true),
        (1_000_000, 49, 0, &visitors, false),
        (1_000_000, 1_000_000, 0, &off, false),
    ] {
        let day = LinkDay { partner: id(1), link: id(3), from: Millis(CLICK), clicks, busiest, customers };
        let found = of_link_day(&day, rules);
        assert_eq!(found.is_some(), expect, "{clicks} {busiest} {customers}");
        assert!(found.is_none_or(|found| found.evidence == Evidence::ClickFlood { clicks, busiest, customers }));
    }
}

#[test]
fn a_coupon_leaks_where_most_were_not_brought() {
    let usual = Rules::default();
    let off = Rules { leak_redemptions: None, ..Rules::default() };
    for (redemptions, untouched, rules, expect) in [
        (20, 18, &usual, true),
        (20, 17, &usual, false),
        (19, 19, &usual, false),
        (21, 21, &usual, true),
        (1_000, 899, &usual, false),
        (1_000, 900, &usual, true),
        (1_000, 1_000, &off, false),
    ] {
        let month = CouponMonth {
            partner: id(1),
            code: "ADA10".into(),
            from: Millis(1),
            until: Millis(2),
            redemptions,
            untouched,
            elsewhere: 3,
        };
        assert_eq!(of_coupon_month(&month, rules).is_some(), expect, "{redemptions} {untouched}");
    }
}

#[test]
fn what_is_the_same_has_the_same_key_whatever_was_seen() {
    let of = |subject: Subject, evidence: Evidence| Suspicion { partner: id(1), subject, evidence }.to_string();
    let flood = |clicks| Evidence::ClickFlood { clicks, busiest: 0, customers: 0 };
    let day = |from| Subject::LinkDay { link: id(3), from: Millis(from) };
    assert_eq!(of(day(1), flood(5)), of(day(1), flood(6)));
    assert_ne!(of(day(1), flood(5)), of(day(2), flood(5)));
    let customer = || Subject::Customer(id(2));
    let domain = || "x.example".to_owned();
    assert_ne!(
        of(customer(), Evidence::SameDomain { domain: domain() }),
        of(customer(), Evidence::DisposableDomain { domain: domain() })
    );
}

#[test]
fn bounds_hold_and_domains_are_kept_once() {
    let usual = Rules::default;
    let list = |n: usize| (0..n).map(|i| format!("d{i}.example")).collect::<Vec<_>>();
    for (rules, field) in [
        (Rules { checkout_seconds: Some(0), ..usual() }, "checkoutSeconds"),
        (Rules { checkout_seconds: Some(3601), ..usual() }, "checkoutSeconds"),
        (Rules { flood_clicks: Some(99), ..usual() }, "floodClicks"),
        (Rules { flood_customers: 0, ..usual() }, "floodCustomers"),
        (Rules { flood_visitor_clicks: Some(4), ..usual() }, "floodVisitorClicks"),
        (Rules { leak_redemptions: Some(1), ..usual() }, "leakRedemptions"),
        (Rules { leak_percent: 101, ..usual() }, "leakPercent"),
        (Rules { disposable_domains: texts(&["x@y.example"]), ..usual() }, "disposableDomains"),
        (Rules { disposable_domains: texts(&["localhost"]), ..usual() }, "disposableDomains"),
        (Rules { shared_domains: texts(&["a..example"]), ..usual() }, "sharedDomains"),
        (Rules { shared_domains: list(1001), ..usual() }, "sharedDomains"),
    ] {
        assert_eq!(rules.checked().map_err(|(field, _)| field), Err(field));
    }
    let edges = Rules { checkout_seconds: Some(3600), flood_clicks: None, shared_domains: list(1000), ..usual() };
    assert!(edges.checked().is_ok());
    let twice = Rules { disposable_domains: texts(&[" B.Example", "a.example", "b.example"]), ..usual() };
    assert_eq!(twice.checked().map(|rules| rules.disposable_domains), Ok(texts(&["a.example", "b.example"])));
    assert_eq!(usual().checked(), Ok(usual()));
}
