//! Published and independently computed numbers: every one of the project's attribution notes, and the vectors in
//! `tests/vectors`, whose README says where each comes from.

use engine::{
    credit::{
        Breakdown, Cases, Credits, Dimension, HalfLife, Model, Order, Tally, Weigher,
        markov::{Chain, Solution},
    },
    fact::{MilestoneKind, RevenueKind, TouchKind},
    journey::Journeys,
    log::{Log, Milestone, NONE, RevenueRow, Touch},
    money::{Currency, split},
    policy::{Policies, Policy},
    time::{DAY, Time, Window},
};
use serde_json::Value;

const EXACT: f64 = 1e-12;

fn close(found: f64, expect: f64, tolerance: f64) -> bool {
    (found - expect).abs() <= tolerance * expect.abs().max(1.0)
}

#[track_caller]
fn assert_close(found: &[f64], expect: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expect.len());
    for (i, (found, expect)) in found.iter().zip(expect).enumerate() {
        assert!(close(*found, *expect, tolerance), "[{i}] {found} is not {expect}");
    }
}

fn asked(model: Model, days: u16) -> Policies {
    Policy::default().asked(Some(model), Window::days(days)).into()
}

/// A customer whose touches, one a day from day 1, carry the channels given, and who buys on the day of the last.
fn journey(channels: &[u32]) -> Log {
    let mut log = Log {
        customers: vec![String::new()],
        channels: (0..8).map(|i| format!("channel {i}")).collect(),
        currencies: vec![Currency::USD],
        ..Log::default()
    };
    for (day, channel) in (1..).zip(channels) {
        let touch = Touch::new(Time(day * DAY), TouchKind::Click);
        log.touches.push(Touch { customer: 0, channel: *channel, ..touch });
    }
    log.revenue.push(RevenueRow::new(Time(channels.len() as u32 * DAY), RevenueKind::New, 0, 12_000));
    log
}

/// The weights of the touches of the only sale, as fractions of their sum.
fn fractions(log: &Log, model: Model) -> Vec<f64> {
    let policies = asked(model, 3650);
    let journeys = Journeys::build(log);
    let cases = Cases::gather(log, &journeys, &policies);
    let case = cases.case(log, 0).expect("a sale with touches");
    let weights = Weigher::new(log, &policies, model, None).weigh(&case);
    let sum: u64 = weights.iter().sum();
    weights.iter().map(|weight| *weight as f64 / sum as f64).collect()
}

fn of_length(n: u32, model: Model) -> Vec<f64> {
    fractions(&journey(&vec![1; n as usize]), model)
}

#[test]
fn u_on_one_to_five_touches() {
    let third = 1.0 / 15.0;
    let expect: [&[f64]; 5] =
        [&[1.0], &[0.5, 0.5], &[0.4, 0.2, 0.4], &[0.4, 0.1, 0.1, 0.4], &[0.4, third, third, third, 0.4]];
    for (n, expect) in (1..).zip(expect) {
        assert_close(&of_length(n, Model::PositionBased), expect, 1e-15);
    }
}

#[test]
fn j_and_inverse_j() {
    assert_close(&of_length(1, Model::JShaped), &[1.0], 0.0);
    assert_close(&of_length(2, Model::JShaped), &[0.25, 0.75], 0.0);
    assert_close(&of_length(2, Model::InverseJ), &[0.75, 0.25], 0.0);
    assert_close(&of_length(4, Model::JShaped), &[0.2, 0.1, 0.1, 0.6], 1e-15);
    assert_close(&of_length(4, Model::InverseJ), &[0.6, 0.1, 0.1, 0.2], 1e-15);
}

#[test]
fn first_last_and_linear() {
    assert_close(&of_length(3, Model::First), &[1.0, 0.0, 0.0], 0.0);
    assert_close(&of_length(3, Model::Last), &[0.0, 0.0, 1.0], 0.0);
    assert_close(&of_length(4, Model::Linear), &[0.25; 4], 0.0);
}

#[test]
fn last_non_direct_passes_over_direct_visits() {
    let with = |channels: &[u32]| {
        let mut log = journey(channels);
        log.channels[0] = "direct".into();
        fractions(&log, Model::LastNonDirect)
    };
    assert_close(&with(&[2, 1, 0, 0]), &[0.0, 1.0, 0.0, 0.0], 0.0);
    assert_close(&with(&[0, 0]), &[0.0, 1.0], 0.0);
    assert_close(&with(&[NONE, 3, NONE]), &[0.0, 1.0, 0.0], 0.0);
}

/// Milestones by the number of the touch that they fall on, counted from 1; 0 for none.
fn with_milestones(n: u32, lead: u32, opportunity: u32, won: u32, model: Model) -> Vec<f64> {
    let mut log = journey(&vec![1; n as usize]);
    log.opportunities.push(String::new());
    let mut add = |touch: u32, kind: MilestoneKind, opportunity: u32| {
        if touch > 0 {
            log.milestones.push(Milestone { at: Time(touch * DAY), kind, customer: 0, opportunity });
        }
    };
    add(lead, MilestoneKind::LeadCreated, NONE);
    add(opportunity, MilestoneKind::OpportunityOpened, 0);
    add(won, MilestoneKind::OpportunityWon, 0);
    fractions(&log, model)
}

#[test]
fn w_by_its_milestones() {
    let w = Model::WShaped;
    assert_close(&with_milestones(5, 3, 5, 0, w), &[0.3, 0.05, 0.3, 0.05, 0.3], 1e-15);
    assert_close(&with_milestones(4, 1, 4, 0, w), &[0.6, 0.05, 0.05, 0.3], 1e-15);
    assert_close(&with_milestones(2, 2, 2, 0, w), &[1.0 / 3.0, 2.0 / 3.0], 1e-15);
    // No opportunity: 30 / 30 / 10 of 70.
    assert_close(&with_milestones(3, 3, 0, 0, w), &[3.0 / 7.0, 1.0 / 7.0, 3.0 / 7.0], 1e-15);
}

#[test]
fn full_path_by_its_milestones() {
    let z = Model::FullPath;
    let (forty, twenty) = (9.0 / 40.0, 1.0 / 20.0);
    assert_close(&with_milestones(6, 3, 4, 6, z), &[forty, twenty, forty, forty, twenty, forty], 1e-15);
    assert_close(&with_milestones(3, 1, 2, 3, z), &[0.5, 0.25, 0.25], 1e-15);
    // The sale stands for a win that was not recorded.
    assert_close(&with_milestones(3, 1, 2, 0, z), &[0.5, 0.25, 0.25], 1e-15);
}

#[test]
fn custom_weights_leave_what_is_missing_to_the_others() {
    let weights = engine::credit::StepWeights { first: 1, lead: 0, opportunity: 2, won: 0, middle: 1 };
    assert_close(&with_milestones(4, 2, 3, 0, Model::Custom(weights)), &[0.25, 0.125, 0.5, 0.125], 1e-15);
    let lead_only = engine::credit::StepWeights { first: 0, lead: 1, opportunity: 0, won: 0, middle: 0 };
    assert_close(&with_milestones(2, 0, 0, 0, Model::Custom(lead_only)), &[0.5, 0.5], 0.0);
}

/// A sale at day 100 with touches so many days before.
fn aged(days: &[u32], amount: i64) -> Log {
    let mut log = Log { customers: vec![String::new()], currencies: vec![Currency::USD], ..Log::default() };
    for day in days {
        let touch = Touch::new(Time((100 - day) * DAY), TouchKind::Click);
        log.touches.push(Touch { customer: 0, ..touch });
    }
    log.revenue.push(RevenueRow::new(Time(100 * DAY), RevenueKind::New, 0, amount));
    log
}

#[test]
fn time_decay_halves_with_each_half_life() {
    let decay = Model::TimeDecay(HalfLife::WEEK);
    let fifteenths = [1.0, 2.0, 4.0, 8.0].map(|n| n / 15.0);
    assert_close(&fractions(&aged(&[28, 21, 14, 7], 100), decay), &fifteenths, 1e-15);
    // 175.20, 287.44, 574.88, 3417.05 (3417.04498 before rounding), 7545.45, less the cent that conservation takes.
    let log = aged(&[38, 33, 26, 8, 0], 1_200_000);
    let credits = Credits::compute(&log, &Journeys::build(&log), &asked(decay, 90));
    let amounts: Vec<i64> = credits.of(0).iter().map(|line| line.amount).collect();
    assert_eq!(amounts, [17_519, 28_744, 57_488, 341_704, 754_545]);
    assert_eq!(amounts.iter().sum::<i64>(), 1_200_000);
}

/// Thousands of touches of one second weigh as much as two do, and nothing overflows.
#[test]
fn long_journeys_add_up() {
    let log = aged(&[1; 9_000], 10_000);
    let policies = asked(Model::TimeDecay(HalfLife::WEEK), 30);
    let journeys = Journeys::build(&log);
    let cases = Cases::gather(&log, &journeys, &policies);
    let weigher = Weigher::new(&log, &policies, Model::TimeDecay(HalfLife::WEEK), None);
    let tally = Breakdown::of(&log, &cases, Dimension::Channel).tally(&log, &weigher);
    assert_close(&tally.conversions, &[1.0], 1e-9);
    let credits = Credits::compute(&log, &journeys, &policies);
    assert_eq!(credits.of(0).iter().map(|line| line.amount).sum::<i64>(), 10_000);
    let explanation = engine::explain::explain(&log, &journeys, &policies, &credits, 0);
    assert_eq!(explanation.total_weight, 9_000 << 44);
}

#[test]
fn largest_remainders_go_to_the_earlier_touch() {
    assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(split(-100, &[1, 1, 1]), [-34, -33, -33]);
}

fn solved(units: usize, order: u8, paths: &[(&[u32], u64, u64)]) -> Solution {
    let order = Order::new(order).expect("an order");
    Chain::of_paths(units, order, paths.iter().copied()).expect("few units").solve()
}

/// Conversions by unit, without that of touches that carry nothing.
fn conversions(solution: &Solution) -> Vec<f64> {
    let mut credit: Vec<f64> = solution.shares().iter().map(|share| share * solution.conversions as f64).collect();
    assert_eq!(credit.pop(), Some(0.0));
    credit
}

#[test]
fn small_chains() {
    let (g, m) = (0, 1);
    let one = solved(2, 1, &[(&[g], 2, 1), (&[m], 1, 0), (&[g, m], 1, 0)]);
    assert!(close(one.p_conversion, 0.8, EXACT));
    assert_close(&one.removal_effect[..2], &[0.75, 0.5], EXACT);
    assert_close(&conversions(&one), &[2.4, 1.6], EXACT);

    let paths: [(&[u32], u64, u64); 3] = [(&[0, 1, 2], 1, 0), (&[0], 0, 1), (&[1, 2], 0, 1)];
    let first = solved(3, 1, &paths);
    assert!(close(first.p_conversion, 1.0 / 3.0, EXACT));
    assert_close(&first.removal_effect[..3], &[0.5, 1.0, 1.0], EXACT);
    assert_close(&first.shares()[..3], &[0.2, 0.4, 0.4], EXACT);
    let third = solved(3, 3, &paths);
    assert!(close(third.p_conversion, 1.0 / 3.0, EXACT));
    assert_close(&third.shares()[..3], &[1.0 / 3.0; 3], EXACT);
}

#[test]
fn a_small_shapley_game() {
    let (a, b, c) = (0, 1, 2);
    let paths: [(&[u32], f64, f64); 4] =
        [(&[a], 10.0, 0.0), (&[b, a, b], 6.0, 0.0), (&[c, b], 4.0, 0.0), (&[a, b, c], 3.0, 0.0)];
    assert_close(&Tally::shapley(3, paths).conversions, &[14.0, 6.0, 3.0, 0.0], 1e-15);
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a vector")
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|n| n.as_f64().expect("a number")).collect()
}

/// A path of the published table: channels, conversions, their value, nulls.
type Published = (Vec<u32>, u64, f64, u64);

fn published() -> (Vec<String>, Vec<Published>) {
    let csv = include_str!("../../../tests/vectors/paths.csv");
    let mut rows = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let path: Vec<String> = fields[0].split('>').map(|name| name.trim().to_owned()).collect();
        names.extend(path.iter().cloned());
        let value: f64 = fields[2].parse().expect("a value");
        rows.push((path, fields[1].parse().expect("a count"), value, fields[3].parse().expect("a count")));
    }
    names.sort();
    names.dedup();
    let number = |name: &String| names.binary_search(name).expect("a name") as u32;
    let rows = rows.into_iter().map(|(path, n, value, nulls)| (path.iter().map(number).collect(), n, value, nulls));
    let rows = rows.collect();
    (names, rows)
}

#[test]
fn published_paths_with_an_exact_solver() {
    let exact = json(include_str!("../../../tests/vectors/paths-exact.json"));
    let (names, rows) = published();
    let listed: Vec<&str> = exact["channels"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert_eq!(names, listed);
    assert!(close(exact["p_conversion"].as_f64().expect("P"), 0.223_845_135_596_863_8, 1e-15));
    let total: f64 = rows.iter().map(|(_, _, value, _)| value).sum();
    for order in Order::ALL {
        let paths = rows.iter().map(|(path, wins, _, losses)| (path.as_slice(), *wins, *losses));
        let solution = Chain::of_paths(names.len(), order, paths).expect("few units").solve();
        let expect = &exact["models"][format!("markov{}", order.touches())];
        assert!(close(solution.p_conversion, exact["p_conversion"].as_f64().expect("P"), EXACT));
        assert_close(&solution.removal_effect[..names.len()], &floats(&expect["removal_effect"]), EXACT);
        assert_close(&conversions(&solution), &floats(&expect["conversions"]), EXACT);
        let value: Vec<f64> = solution.shares()[..names.len()].iter().map(|s| s * total).collect();
        assert_close(&value, &floats(&expect["value"]), EXACT);
    }
    let alpha = floats(&exact["models"]["markov1"]["removal_effect"])[0];
    assert!(close(alpha, 0.558_399_489_507_746_8, 1e-15));
}

/// Parts of one that values of the published paths, which have many digits, are kept in.
const FINE: f64 = 1e10;

/// The published paths as a log: a customer a conversion. The value of all conversions of a path is that of its first.
fn published_log() -> Log {
    let (names, rows) = published();
    let mut log = Log { channels: names, currencies: vec![Currency::USD], ..Log::default() };
    for (path, wins, value, _) in rows {
        for i in 0..wins {
            let customer = log.customers.len() as u32;
            log.customers.push(String::new());
            for (step, channel) in (1..).zip(&path) {
                let touch = Touch::new(Time(step), TouchKind::Click);
                log.touches.push(Touch { customer, channel: *channel, ..touch });
            }
            let amount = if i == 0 { (value * FINE).round() as i64 } else { 0 };
            log.revenue.push(RevenueRow::new(Time(1000), RevenueKind::New, customer, amount));
        }
    }
    assert_eq!(log.check(), Ok(()));
    log
}

/// What each model gives, with value in the given part of a minor unit.
fn tallies(log: &Log, models: &[(&str, Model)], expect: &Value, scale: f64, tolerance: f64) {
    let policies = asked(Model::First, 30);
    let journeys = Journeys::of_buyers(log);
    let cases = Cases::gather(log, &journeys, &policies);
    let by_channel = Breakdown::of(log, &cases, Dimension::Channel);
    let units = log.channels.len();
    for (name, model) in models {
        let tally = match model {
            Model::Shapley => by_channel.shapley(log),
            model => by_channel.tally(log, &Weigher::new(log, &policies, *model, None)),
        };
        let value: Vec<f64> = tally.value[..units].iter().map(|value| value / scale).collect();
        assert_close(&tally.conversions[..units], &floats(&expect[name]["conversions"]), tolerance);
        assert_close(&value, &floats(&expect[name]["value"]), tolerance);
    }
}

#[test]
fn published_paths_by_position_and_shapley() {
    let exact = json(include_str!("../../../tests/vectors/paths-exact.json"));
    let models = [
        ("first", Model::First),
        ("last", Model::Last),
        ("linear", Model::Linear),
        ("u", Model::PositionBased),
        ("shapley", Model::Shapley),
    ];
    tallies(&published_log(), &models, &exact["models"], FINE, 1e-10);
}

/// The table of the attribution notes, to the digits that it prints.
#[test]
fn the_printed_table() {
    let exact = json(include_str!("../../../tests/vectors/paths-exact.json"));
    let (names, _) = published();
    let models = ["first", "last", "linear", "u", "shapley", "markov1"];
    let table = [
        ("alpha", [6308.0, 8447.0, 7574.72, 7444.82, 7627.94, 5344.95]),
        ("beta", [2831.0, 989.0, 2083.50, 1969.77, 1982.74, 2527.35]),
        ("eta", [3164.0, 4167.0, 3539.95, 3618.80, 3613.66, 3340.85]),
        ("iota", [4606.0, 3355.0, 3857.10, 3944.95, 3505.04, 3884.61]),
        ("delta", [1.0, 5.0, 1.72, 2.59, 2.29, 4.61]),
    ];
    for (channel, row) in table {
        let i = names.iter().position(|name| name == channel).expect("a channel");
        for (model, printed) in models.iter().zip(row) {
            let found = floats(&exact["models"][model]["conversions"])[i];
            assert!((found - printed).abs() <= 0.005 + 1e-9, "{channel} {model}: {found} is not {printed}");
        }
    }
}

/// A small workload in the order of a log: journeys interleaved, ties, touches after the conversion and outside the window.
fn workload() -> Log {
    fn words(bytes: &[u8]) -> Vec<u32> {
        bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
    }
    macro_rules! file {
        ($name:literal) => {
            include_bytes!(concat!("../../../tests/vectors/touches-400/", $name))
        };
    }
    let customers = words(file!("touch_journey.u32"));
    let mut log = Log {
        customers: vec![String::new(); 400],
        channels: (0..50).map(|i| if i == 0 { "direct".into() } else { format!("channel {i}") }).collect(),
        currencies: vec![Currency::USD],
        ..Log::default()
    };
    for ((customer, at), channel) in customers.iter().zip(words(file!("touch_ts.u32"))).zip(file!("touch_channel.u8")) {
        let touch = Touch::new(Time(at), TouchKind::Click);
        log.touches.push(Touch { customer: *customer, channel: u32::from(*channel), ..touch });
    }
    let values = file!("conv_value.f64").chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().expect("8 bytes")));
    for ((customer, at), value) in words(file!("conv_journey.u32")).iter().zip(words(file!("conv_ts.u32"))).zip(values)
    {
        log.revenue.push(RevenueRow::new(Time(at), RevenueKind::New, *customer, (value * 100.0).round() as i64));
    }
    assert_eq!(log.check(), Ok(()));
    log
}

#[test]
fn a_workload_by_every_heuristic() {
    let exact = json(include_str!("../../../tests/vectors/touches-400/exact.json"));
    let models = [
        ("first", Model::First),
        ("last", Model::Last),
        ("last_non_direct", Model::LastNonDirect),
        ("linear", Model::Linear),
        ("u", Model::PositionBased),
        ("time_decay", Model::TimeDecay(HalfLife::WEEK)),
        ("shapley", Model::Shapley),
    ];
    tallies(&workload(), &models, &exact["models"], 100.0, EXACT);
}

#[test]
fn a_workload_by_markov() {
    let exact = json(include_str!("../../../tests/vectors/touches-400/exact.json"));
    let log = workload();
    let policies = asked(Model::First, 30);
    // Neither the order of the log nor the way in which journeys are gathered makes a difference.
    let mut shuffled = log.clone();
    shuffled.touches = engine::log::Touches::default();
    for i in (0..log.touches.len()).rev() {
        shuffled.touches.push(log.touches.get(i));
    }
    let has_ties = |log: &Log| !log.touches.at.windows(2).all(|pair| pair[0] < pair[1]);
    assert!(has_ties(&log), "the workload has touches of one second");
    for order in Order::ALL {
        let expect = &exact["models"][format!("markov{}", order.touches())];
        let journeys = Journeys::of_buyers(&log);
        let cases = Cases::gather(&log, &journeys, &policies);
        let by_channel = Breakdown::of(&log, &cases, Dimension::Channel);
        let chain = by_channel.chain(&log, &journeys, order).expect("few units");
        let solution = chain.solve();
        assert!(close(solution.p_conversion, expect["p_conversion"].as_f64().expect("P"), EXACT));
        assert_close(&solution.removal_effect[..50], &floats(&expect["removal_effect"]), EXACT);
        assert_close(&conversions(&solution), &floats(&expect["conversions"]), EXACT);
    }
}
