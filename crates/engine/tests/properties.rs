//! Properties that hold for every log: credit is conserved, the order of the input is irrelevant, late touches earn
//! nothing, recorded = counted + excluded, and a partner's part of a log gives that partner the same figures and names
//! nobody else.

use engine::{
    classify::{Class, Classes},
    credit::{Credits, Model},
    explain::explain,
    fact::{Mark, MilestoneKind, RevenueKind, TouchKind},
    figure::Value,
    journey::Journeys,
    kpi::{By, Question, Report},
    log::{ClickRow, Identity, LinkRow, Log, Milestone, NONE, Party, RevenueRow, Touch},
    money::Currency,
    period::{Period, Zone},
    policy::{Policies, Policy},
    scope::{Names, for_partner},
    time::{DAY, Day, Time, Window},
};
use proptest::{collection::vec, prelude::*, sample::select};

const PARTNERS: u32 = 4;
const CUSTOMERS: u32 = 5;
const VISITORS: u32 = 6;
const START: u32 = 20_000 * DAY;

/// A touch: second within 200 days, kind, mark, partner, visitor, customer; a number past the end means none.
type T = (u32, usize, usize, u32, u32, u32);
/// A sale: second, kind (0–2), customer, amount; and the shares (in thousandths) that refunds take back later.
type R = (u32, usize, u32, i64, Vec<u32>);

fn touches() -> impl Strategy<Value = Vec<T>> {
    vec((0..200 * DAY, 0..10usize, 0..9usize, 0..=PARTNERS, 0..=VISITORS, 0..=CUSTOMERS), 0..40)
}

fn sales() -> impl Strategy<Value = Vec<R>> {
    vec((0..200 * DAY, 0..3usize, 0..CUSTOMERS, 1..10_000_000i64, vec(1..600u32, 0..3)), 0..12)
}

fn milestones() -> impl Strategy<Value = Vec<(u32, usize, u32)>> {
    vec((0..200 * DAY, 0..6usize, 0..CUSTOMERS), 0..12)
}

fn identities() -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
    vec((0..200 * DAY, 0..VISITORS, 0..CUSTOMERS), 0..8)
}

fn policies() -> impl Strategy<Value = Policies> {
    let models = select(Model::ALL.map(Some).into_iter().chain([None]).collect::<Vec<_>>());
    (models, 1..200u16).prop_map(|(model, days)| Policy::default().asked(model, Window::days(days)).into())
}

fn or_none(i: u32, length: u32) -> u32 {
    if i < length { i } else { NONE }
}

fn build(touches: &[T], sales: &[R], milestones: &[(u32, usize, u32)], identities: &[(u32, u32, u32)]) -> Log {
    let mut log = Log {
        partners: (0..PARTNERS)
            .map(|i| Party { id: Some(format!("pn_{i}")), name: Some(format!("Partner Secret{i}")) })
            .collect(),
        links: (0..PARTNERS)
            .map(|i| LinkRow {
                key: format!("key-secret{i}"),
                short: format!("https://t.example/key-secret{i}"),
                destination: format!("https://a.example/secret{i}"),
                partner: i,
            })
            .collect(),
        campaigns: (0..PARTNERS).map(|i| format!("campaign-secret{i}")).collect(),
        customers: (0..CUSTOMERS).map(|i| format!("Customer Number{i}")).collect(),
        currencies: vec![Currency::USD],
        ..Log::default()
    };
    for (at, kind, mark, partner, visitor, customer) in touches {
        let partner = or_none(*partner, PARTNERS);
        // Most touches count; three values of nine set one aside.
        let mark = [Mark::Bot, Mark::Duplicate, Mark::Prefetch].get(*mark).copied().unwrap_or(Mark::Counted);
        let touch = Touch {
            mark,
            partner,
            link: partner,
            campaign: partner,
            visitor: or_none(*visitor, VISITORS),
            customer: or_none(*customer, CUSTOMERS),
            ..Touch::new(Time(START + at), TouchKind::ALL[*kind])
        };
        log.touches.push(touch);
        log.clicks.push(ClickRow {
            day: Day((START + at) / DAY),
            partner,
            link: partner,
            campaign: partner,
            kind: TouchKind::Click,
            mark,
            count: *kind as u32 + 1,
        });
    }
    for (at, visitor, customer) in identities {
        log.identities.push(Identity { at: Time(START + at), visitor: *visitor, customer: *customer });
    }
    for (at, kind, customer) in milestones {
        log.milestones.push(Milestone {
            at: Time(START + at),
            kind: MilestoneKind::ALL[*kind],
            customer: *customer,
            opportunity: NONE,
        });
    }
    for (at, kind, customer, amount, refunds) in sales {
        let sale = log.revenue.len() as u32;
        let mut row = RevenueRow::new(Time(START + at), RevenueKind::ALL[*kind], *customer, *amount);
        log.revenue.push(row.clone());
        for (i, share) in refunds.iter().enumerate() {
            row.at = Time(START + at + (i as u32 + 1) * DAY);
            row.kind = RevenueKind::Refund;
            row.amount = amount * i64::from(*share) / 1000;
            row.refunds = sale;
            log.revenue.push(row.clone());
        }
    }
    assert_eq!(log.check(), Ok(()));
    log
}

fn logs() -> impl Strategy<Value = Log> {
    (touches(), sales(), milestones(), identities()).prop_map(|(t, s, m, i)| build(&t, &s, &m, &i))
}

fn question(partner: Option<u32>, policies: &Policies) -> Question {
    let now = Time(START + 300 * DAY);
    Question { partner, currency: 0, policies: policies.clone(), period: Period::ALWAYS, zone: Zone::UTC, now }
}

fn known(figure: &engine::figure::Figure) -> i64 {
    match figure.value {
        Value::Known(value) => value,
        other => unreachable!("{other:?}"),
    }
}

proptest! {
    /// The credits of a row and what stays unattributed add up to its amount; every recorded touch has its verdict; what a
    /// refund takes back is what the sale gave, so a sale and its refunds credit exactly the division of what is left.
    #[test]
    fn credit_is_conserved(log in logs(), policy in policies()) {
        let journeys = Journeys::build(&log);
        let credits = Credits::compute(&log, &journeys, &policy);
        let all_refunds = log.revenue.refunds_of();
        for (row, refunds) in all_refunds.iter().enumerate() {
            let why = explain(&log, &journeys, &policy, &credits, row as u32);
            let given: i64 = why.touches.iter().map(|t| t.credit).sum();
            prop_assert_eq!(given + why.unattributed, why.amount);
            let sale = why.takes_back.map_or(row, |sale| sale as usize);
            let paid = log.revenue.amount[sale];
            let returned: i64 = all_refunds[sale].iter().map(|r| log.revenue.amount[*r as usize]).sum();
            prop_assert!(why.unattributed == 0 || why.counted() == 0 || why.takes_back.is_some() && returned > paid);
            let journey = journeys.of(log.revenue.customer[row]);
            prop_assert_eq!(why.touches.len(), journey.len());
            let excluded = why.touches.iter().filter(|t| t.verdict.is_err()).count();
            prop_assert_eq!(journey.len(), why.counted() + excluded);
            prop_assert!(why.touches.iter().all(|t| t.verdict.is_ok() || t.credit == 0));
            if why.takes_back.is_none() && why.counted() > 0 {
                let left = why.amount - refunds.iter().map(|r| log.revenue.amount[*r as usize]).sum::<i64>();
                let weights: Vec<u64> = why.touches.iter().filter_map(|t| t.verdict.ok()).collect();
                let expect = engine::money::split(left.max(0), &weights);
                let counted = why.touches.iter().filter(|t| t.verdict.is_ok()).map(|t| t.touch);
                for (touch, expect) in counted.zip(expect) {
                    let all = std::iter::once(row as u32).chain(refunds.iter().copied());
                    let net: i64 = all
                        .flat_map(|r| credits.of(r as usize))
                        .filter(|line| line.touch == touch)
                        .map(|line| line.amount)
                        .sum();
                    prop_assert_eq!(net, expect);
                }
            }
        }
    }

    /// Rows in another order give every partner the same, as long as no two touches share a second.
    #[test]
    fn order_of_input_is_irrelevant(
        (touches, shuffled) in touches().prop_flat_map(|t| (Just(t.clone()), Just(t).prop_shuffle())),
        sales in sales(), milestones in milestones(), identities in identities(), policy in policies(),
    ) {
        let distinct = |list: &[T]| { let mut at: Vec<u32> = list.iter().map(|t| t.0).collect(); at.sort_unstable(); at.dedup(); at.len() == list.len() };
        prop_assume!(distinct(&touches));
        let (a, b) = (build(&touches, &sales, &milestones, &identities), build(&shuffled, &sales, &milestones, &identities));
        let (ja, jb) = (Journeys::build(&a), Journeys::build(&b));
        for partner in (0..PARTNERS).map(Some).chain([None]) {
            let (ra, rb) = (Report::compute(&a, &ja, &question(partner, &policy)), Report::compute(&b, &jb, &question(partner, &policy)));
            prop_assert_eq!(ra.sourced.value, rb.sourced.value);
            prop_assert_eq!(ra.influenced.value, rb.influenced.value);
            prop_assert_eq!(ra.attributed.value, rb.attributed.value);
            prop_assert_eq!(ra.months, rb.months);
            prop_assert_eq!(ra.funnel, rb.funnel);
        }
    }

    /// Numbered anew, a log refers to the same names, and gives the same.
    #[test]
    fn numbers_are_no_figures(log in logs(), policy in policies()) {
        let mut anew = log.clone();
        anew.renumber_by_appearance();
        prop_assert_eq!(anew.check(), Ok(()));
        let name = |log: &Log, number: u32| log.campaigns.get(number as usize).cloned();
        for (old, new) in log.touches.campaign.iter().zip(anew.touches.campaign.iter()) {
            prop_assert_eq!(name(&log, old), name(&anew, new));
        }
        let (ja, jb) = (Journeys::build(&log), Journeys::build(&anew));
        let (a, b) = (Credits::compute(&log, &ja, &policy), Credits::compute(&anew, &jb, &policy));
        for row in 0..log.revenue.len() {
            prop_assert_eq!(a.of(row), b.of(row));
        }
        for partner in (0..PARTNERS).map(Some).chain([None]) {
            let (ra, rb) = (Report::compute(&log, &ja, &question(partner, &policy)), Report::compute(&anew, &jb, &question(partner, &policy)));
            prop_assert_eq!((ra.months, ra.funnel, ra.attributed.value), (rb.months, rb.funnel, rb.attributed.value));
        }
        let once = anew.clone();
        anew.renumber_by_appearance();
        prop_assert_eq!(anew, once);
    }

    /// What comes later changes no row of the months before.
    #[test]
    fn months_that_are_over_keep_their_numbers(mut touches in touches(), mut sales in sales(), month in 1..7usize) {
        touches.sort_unstable();
        sales.sort_unstable();
        sales.iter_mut().for_each(|sale| sale.4.clear());
        let mut whole = build(&touches, &sales, &[], &[]);
        let days = whole.months();
        prop_assume!(month <= days.len());
        let end = days[month - 1].0 * DAY - START;
        touches.retain(|touch| touch.0 < end);
        sales.retain(|sale| sale.0 < end);
        let mut before = build(&touches, &sales, &[], &[]);
        whole.renumber_by_appearance();
        before.renumber_by_appearance();
        let cut: usize = whole.cuts(&days[month - 1..month])[0].iter().sum();
        prop_assert_eq!(cut, before.touches.len() + before.clicks.len() + before.revenue.len());
        prop_assert!(before.touches.iter().zip(whole.touches.iter()).all(|(a, b)| a == b));
        prop_assert!(before.clicks.iter().zip(whole.clicks.iter()).all(|(a, b)| a == b));
        prop_assert!(before.revenue.iter().zip(whole.revenue.iter()).all(|(a, b)| a == b));
    }

    /// Touches after the last conversion change no credit and no class.
    #[test]
    fn late_touches_earn_nothing(
        touches in touches(), late in touches(), sales in sales(), milestones in milestones(), policy in policies(),
    ) {
        // What a data-driven model gives depends on all journeys, also on those that are still under way.
        prop_assume!(!policy.latest().new.model.is_data_driven());
        let before = build(&touches, &sales, &milestones, &[]);
        let mut all = touches.clone();
        all.extend(late.iter().map(|t| (t.0 + 201 * DAY, t.1, t.2, t.3, t.4, t.5)));
        let after = build(&all, &sales, &milestones, &[]);
        let (jb, ja) = (Journeys::build(&before), Journeys::build(&after));
        prop_assert_eq!(Credits::compute(&before, &jb, &policy), Credits::compute(&after, &ja, &policy));
        let (cb, ca) = (Classes::compute(&before, &jb, &policy), Classes::compute(&after, &ja, &policy));
        for row in 0..before.revenue.len() {
            prop_assert_eq!(cb.touches(row), ca.touches(row));
        }
    }

    /// At most one partner sources a customer; sourced and assisted are parts of influenced; the partners' attributed
    /// amounts add up to the program's.
    #[test]
    fn classes_and_sums_hold(log in logs(), policy in policies()) {
        let journeys = Journeys::build(&log);
        let classes = Classes::compute(&log, &journeys, &policy);
        for row in 0..log.revenue.len() {
            let sourced = (0..PARTNERS).filter(|p| classes.is(&log, row, Some(*p), Class::Sourced)).count();
            prop_assert!(sourced <= 1);
            for partner in 0..PARTNERS {
                let is = |class| classes.is(&log, row, Some(partner), class);
                prop_assert!(is(Class::Influenced) || !is(Class::Sourced) && !is(Class::Assisted));
            }
        }
        let whole = Report::compute(&log, &journeys, &question(None, &policy));
        let parts: Vec<Report> =
            (0..PARTNERS).map(|p| Report::compute(&log, &journeys, &question(Some(p), &policy))).collect();
        prop_assert_eq!(parts.iter().map(|r| known(&r.attributed)).sum::<i64>(), known(&whole.attributed));
        prop_assert_eq!(parts.iter().map(|r| known(&r.sourced)).sum::<i64>(), known(&whole.sourced));
        let months = |r: &Report| r.months.values().fold((0, 0, 0), |a, m| (a.0 + m.sourced, a.1 + m.influenced, a.2 + m.attributed));
        for report in parts.iter().chain([&whole]) {
            prop_assert_eq!(months(report), (known(&report.sourced), known(&report.influenced), known(&report.attributed)));
            prop_assert_eq!(report.leads.evidence.len() as i64, known(&report.leads));
            let recorded: u64 = report.recorded.values().sum();
            let excluded: u64 = report.recorded.iter().filter(|(mark, _)| **mark != Mark::Counted).map(|(_, n)| n).sum();
            prop_assert_eq!(recorded, known(&report.clicks) as u64 + excluded);
        }
    }

    /// What an earlier answer leaves to be reused changes nothing.
    #[test]
    fn again_is_anew(log in logs(), first in policies(), then in policies(), model in select(Model::ALL.to_vec())) {
        let journeys = Journeys::build(&log);
        let earlier = Report::compute(&log, &journeys, &question(Some(1), &first));
        let period = Period { from: Time(START + 50 * DAY), until: Time(START + 150 * DAY) };
        let part = earlier.during(&log, period, None);
        let same = |a: &Report, b: &Report| {
            let credits = |r: &Report| r.credits(&log, &journeys).clone();
            a == b && a.deals(&log, &journeys) == b.deals(&log, &journeys) && credits(a) == credits(b)
        };
        for policies in [then, first.asked(Some(model), None)] {
            let asked = question(Some(1), &policies);
            let again = earlier.again(&log, &journeys, &asked);
            let anew = Report::compute(&log, &journeys, &asked);
            prop_assert_eq!(&again, &anew);
            prop_assert!(same(&again, &anew));
            // Deals that somebody asked for before, and a model that was prepared for.
            earlier.deals(&log, &journeys);
            earlier.prepare(&log, &journeys, &policies);
            prop_assert!(same(&earlier.again(&log, &journeys, &asked), &anew));
            let anew = Report::compute(&log, &journeys, &Question { period, ..asked });
            let during = again.during(&log, period, Some(&part));
            prop_assert_eq!(&during, &anew);
            prop_assert!(same(&during, &anew));
        }
    }

    /// Wherever all times are cut in two, the parts add up to the whole; and an answer about one of them that reuses what
    /// was computed for the whole is the same as one anew.
    #[test]
    fn periods_add_up(log in logs(), policy in policies(), partner in 0..PARTNERS, cut in 0..300 * DAY) {
        let journeys = Journeys::build(&log);
        let whole = question(Some(partner), &policy);
        let all = Report::compute(&log, &journeys, &whole);
        let cut = Time(START + cut);
        let parts = [(Time(0), cut), (cut, Time(u32::MAX))].map(|(from, until)| {
            let asked = Question { period: Period { from, until }, ..whole.clone() };
            let part = all.again(&log, &journeys, &asked);
            assert_eq!(part, Report::compute(&log, &journeys, &asked));
            part
        });
        let sum = |pick: fn(&Report) -> i64| parts.iter().map(pick).sum::<i64>();
        let picks: [fn(&Report) -> i64; 8] = [
            |r| known(&r.sourced), |r| known(&r.assisted), |r| known(&r.influenced), |r| known(&r.attributed),
            |r| known(&r.clicks), |r| known(&r.leads), |r| r.funnel.opportunities as i64, |r| r.funnel.wins as i64,
        ];
        for pick in picks {
            prop_assert_eq!(sum(pick), pick(&all));
        }
        let deals = |r: &Report| {
            let deals = r.deals(&log, &journeys);
            deals.iter().fold((0, 0), |sum, deal| (sum.0 + deal.revenue, sum.1 + deal.credit))
        };
        let [first, second] = [&parts[0], &parts[1]].map(deals);
        prop_assert_eq!((first.0 + second.0, first.1 + second.1), deals(&all));
        prop_assert_eq!(&parts[0].months, &all.months);
        for (report, by) in parts.iter().chain([&all]).flat_map(|report| [By::Link, By::Campaign, By::Listing, By::Coupon].map(|by| (report, by))) {
            let results = report.results(&log, &journeys, by);
            prop_assert_eq!(results.values().map(|r| r.clicks as i64).sum::<i64>(), known(&report.clicks));
            prop_assert_eq!(results.values().map(|r| r.leads as i64).sum::<i64>(), known(&report.leads));
            prop_assert_eq!(results.values().map(|r| r.wins).sum::<u64>(), report.funnel.wins);
            prop_assert_eq!(results.values().map(|r| r.credit).sum::<i64>(), known(&report.attributed));
        }
    }

    /// A late refund changes nothing that was credited before it, and its own credits take back no more than was given.
    #[test]
    fn late_refunds_leave_what_was_before(log in logs(), policy in policies(), of in 0..12usize, share in 1..1000i64) {
        let sales: Vec<usize> = (0..log.revenue.len()).filter(|row| log.revenue.kind[*row] != RevenueKind::Refund).collect();
        prop_assume!(!sales.is_empty() && !policy.latest().new.model.is_data_driven());
        let sale = sales[of % sales.len()];
        let journeys = Journeys::build(&log);
        let before = Credits::compute(&log, &journeys, &policy);
        let mut after = log.clone();
        let amount = log.revenue.amount[sale] * share / 1000;
        let row = RevenueRow::new(Time(START + 400 * DAY), RevenueKind::Refund, log.revenue.customer[sale], amount);
        after.revenue.push(RevenueRow { refunds: sale as u32, ..row });
        let credits = Credits::compute(&after, &journeys, &policy);
        for row in 0..log.revenue.len() {
            prop_assert_eq!(before.of(row), credits.of(row));
        }
        let given = |touch: u32, credits: &Credits| {
            let lines = (0..after.revenue.len()).flat_map(|row| credits.of(row));
            lines.filter(|line| line.touch == touch).map(|line| line.amount).sum::<i64>()
        };
        for line in credits.of(sale) {
            prop_assert!(given(line.touch, &credits) >= 0);
        }
    }

    /// A partner's part of the log gives the partner the same figures as the whole log does, and names nobody else.
    #[test]
    fn a_partners_part_is_enough_and_no_more(log in logs(), policy in policies(), partner in 0..PARTNERS) {
        let own = for_partner(&log, partner, Names::Masked, &policy);
        prop_assert_eq!(own.check(), Ok(()));
        let (jw, jo) = (Journeys::build(&log), Journeys::build(&own));
        let whole = Report::compute(&log, &jw, &question(Some(partner), &policy));
        let part = Report::compute(&own, &jo, &question(Some(0), &policy));
        for (a, b) in [
            (&whole.sourced, &part.sourced), (&whole.assisted, &part.assisted), (&whole.influenced, &part.influenced),
            (&whole.attributed, &part.attributed), (&whole.clicks, &part.clicks), (&whole.leads, &part.leads),
        ] {
            prop_assert_eq!(a.value, b.value, "{}", a.id);
        }
        prop_assert_eq!(whole.funnel, part.funnel);
        prop_assert_eq!(whole.deals(&log, &jw).len(), part.deals(&own, &jo).len());
        let text = format!("{own:?}");
        for other in (0..PARTNERS).filter(|p| *p != partner) {
            prop_assert!(!text.contains(&format!("ecret{other}")), "{text}");
            prop_assert!(!text.contains(&format!("pn_{other}")), "{text}");
        }
        prop_assert!(!text.contains("Customer Number"), "{text}");
        prop_assert!(own.identities.at.is_empty() && own.touches.visitor.iter().all(|v| v == NONE));
    }
}
