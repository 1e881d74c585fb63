//! `figures`: the report of a feed, computed natively. What a page shows can be held against it: the same engine, the
//! same facts, another machine.

use anyhow::{Context as _, Result, bail};
use engine::{
    cohort::{self, Kind},
    commission::Terms,
    credit::{Credits, Dimension, Model},
    figure::{Figure, Value},
    journey::Journeys,
    kpi::{
        self, Context, Question, Report, Subject,
        ways::{Sequence, Sought, Step, Steps, Ways},
    },
    log::{Log, NONE},
    period::{Grain, Period},
    policy::Policies,
    time::{Day, Time, Window},
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use wire::feed::{self, Feed, Reader};

/// What to compute.
#[derive(Debug, Default)]
pub struct Options {
    /// A file with the bytes of `/api/feed`.
    pub feed: String,
    /// A word of [`Model`]; the program's policy where it is missing, or `policy`.
    pub model: Option<String>,
    /// Days; the program's policy where it is missing.
    pub window: Option<u16>,
    /// The first and the last day that count; all times where they are missing.
    pub days: Option<(Day, Day)>,
    /// A word of [`Dimension`]: credited revenue broken down by it.
    pub by: Option<String>,
}

/// Prints one JSON object: every figure by its identifier, the months and the funnel.
///
/// # Errors
/// A file that is no feed, or a model or a window that is none.
pub fn run(options: &Options) -> Result<()> {
    let bytes = std::fs::read(&options.feed).with_context(|| format!("cannot read {}", options.feed))?;
    println!("{}", compute(&bytes, options)?);
    Ok(())
}

/// Two days: `2026-01-01..2026-03-31`, both included.
///
/// # Errors
/// A text that is none, or that ends before it begins.
pub fn days(text: &str) -> Result<(Day, Day)> {
    let day = |text: &str| text.parse::<Day>().map_err(|rule| anyhow::anyhow!("--days {rule}"));
    let (first, last) = text.split_once("..").context("--days must be two dates like 2026-01-01..2026-03-31")?;
    let (first, last) = (day(first)?, day(last)?);
    anyhow::ensure!(first <= last, "--days must end after it begins");
    Ok((first, last))
}

fn compute(bytes: &[u8], options: &Options) -> Result<Json> {
    let feed = feed::decode(bytes).map_err(|error| anyhow::anyhow!("{error}"))?;
    let policies = policies(&feed.head.policies, options)?;
    let partner = match feed.head.reader {
        Reader::Program => None,
        Reader::Partner => Some(0),
    };
    // The program's own currency, else the first that there is: what a page opens with.
    let currency = feed.log.currencies.iter().position(|c| *c == feed.head.program.currency).unwrap_or(0) as u32;
    let journeys = Journeys::build(&feed.log);
    let zone = feed.head.zone.clone();
    let period = options.days.map_or(Period::ALWAYS, |(first, last)| zone.span(first, last));
    let question = Question { partner, currency, policies, period, zone, now: feed.head.now };
    let report = Report::compute(&feed.log, &journeys, &question);
    let figures = report.figures();
    let months: Map<String, Json> = report
        .months
        .iter()
        .map(|(month, m)| (month.to_string(), json!([m.sourced, m.influenced, m.attributed])))
        .collect();
    let recorded: Map<String, Json> =
        report.recorded.iter().map(|(mark, count)| (mark.word().to_owned(), json!(count))).collect();
    let by = options.by.as_deref().map(|word| {
        Ok::<_, anyhow::Error>(credited(&feed.log, report.credits(&feed.log, &journeys), currency, dimension(word)?))
    });
    Ok(json!({
        "by": by.transpose()?,
        "figures": figures.iter().map(|figure| (figure.id.to_owned(), json!(written(figure)))).collect::<Map<_, _>>(),
        "evidence": figures.iter().map(|f| (f.id.to_owned(), json!(f.evidence.len()))).collect::<Map<_, _>>(),
        "months": months,
        "funnel": [report.funnel.clicks, report.funnel.leads, report.funnel.opportunities, report.funnel.wins],
        "times": report.funnel.times,
        "recorded": recorded,
        "deals": report.deals(&feed.log, &journeys).len(),
        "parts": parts(&feed.log, &journeys, &report),
        "cohorts": cohorts(&report.context(&feed.log, &journeys)),
        "ways": ways(&feed.log, &journeys, &question),
        "catalogue": catalogue(&feed, &journeys, &question, &report),
    }))
}

/// Every figure of the catalogue for all time, by its identifier.
fn catalogue(feed: &Feed, journeys: &Journeys, question: &Question, report: &Report) -> BTreeMap<&'static str, String> {
    let log = &feed.log;
    let context = Context {
        log,
        journeys,
        classes: &report.classes,
        credits: report.credits(log, journeys),
        policies: &question.policies,
        terms: &Terms::default(),
        subject: Subject { partner: question.partner, ..Subject::default() },
        period: Period { from: Time(0), until: Time(feed.head.now.0 + 1) },
        grain: Grain::Month,
        zone: &feed.head.zone,
        currency: question.currency,
        now: feed.head.now,
        groups: Context::groups_of(log),
    };
    kpi::catalogue().map(|definition| (definition.id, written(&definition.figure(&context)))).collect()
}

/// The parts of every figure of the catalogue in the period that is asked for, by its identifier and their names.
fn parts(log: &Log, journeys: &Journeys, report: &Report) -> BTreeMap<&'static str, BTreeMap<String, String>> {
    let context = report.context(log, journeys);
    let parts = |definition: &kpi::Definition| {
        let parts = definition.answer(&context).parts.into_iter();
        (definition.id, parts.map(|part| (part.label, value(part.value))).collect())
    };
    kpi::catalogue().map(parts).collect()
}

/// How many customers each cohort has at the end of the period.
fn cohorts(context: &Context<'_>) -> BTreeMap<&'static str, usize> {
    let kinds = [Kind::Sourced, Kind::Integrated, Kind::Integrations];
    let cohorts = kinds.into_iter().flat_map(|kind| cohort::cohorts(context, kind));
    cohorts.map(|cohort| (cohort.label, cohort.customers.len())).collect()
}

/// The sequences of all journeys by partner or channel and by kind of touch, each under its path in the address of the
/// console: journeys, won, lost, revenue, median seconds; and how many deals ended in no sequence.
fn ways(log: &Log, journeys: &Journeys, question: &Question) -> Json {
    let question = Question { partner: None, ..question.clone() };
    let mut ways = Ways::find(log, &question);
    ways.judge(log, journeys, &question, usize::MAX);
    let id = |row: u32| log.partners[row as usize].id.as_deref().unwrap_or_default();
    let word = |step: &Step| if let Step::Channel(NONE) = step { "" } else { step.name(log, id) };
    let sequence = |s: &Sequence| {
        let words: Vec<&str> = s.steps.iter().map(word).collect();
        (format!("{}~{}", words.len(), words.join("~")), json!([s.ways.len(), s.won, s.lost, s.revenue, s.time]))
    };
    let by = |steps| {
        let sequences = ways.sequences(log, &Sought { steps, ..Sought::default() });
        sequences.iter().map(sequence).collect::<Map<_, _>>()
    };
    json!({ "parties": by(Steps::Parties), "kinds": by(Steps::Kinds), "untouched": ways.untouched() })
}

fn dimension(word: &str) -> Result<Dimension> {
    let known: Option<Dimension> = serde_json::from_value(json!(word)).ok();
    known.with_context(|| format!("nothing to break down by called `{word}`"))
}

/// Credited minor units of a currency by what the touches carry; under an empty name those of touches that carry
/// nothing.
fn credited(log: &Log, credits: &Credits, currency: u32, by: Dimension) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in (0..log.revenue.len()).filter(|row| log.revenue.currency[*row] == currency) {
        for line in credits.of(row) {
            *sums.entry(name(log, by, by.of(log, line.touch))).or_insert(0) += line.amount;
        }
    }
    sums
}

/// What a page calls a unit of a dimension: a partner's identifier, since names may be alike.
fn name(log: &Log, by: Dimension, unit: u32) -> String {
    let i = unit as usize;
    let text = match by {
        Dimension::Partner => log.partners.get(i).and_then(|party| party.id.clone()),
        Dimension::Link | Dimension::Listing => log.links.get(i).map(|link| link.key.clone()),
        Dimension::Channel => log.channels.get(i).cloned(),
        Dimension::Campaign => log.campaigns.get(i).cloned(),
        Dimension::Page => log.pages.get(i).cloned(),
        Dimension::Coupon => log.coupons.get(i).cloned(),
    };
    text.unwrap_or_default()
}

/// A value as the pages write it into `data-value`.
fn written(figure: &Figure) -> String {
    value(figure.value)
}

fn value(value: Value) -> String {
    match value {
        Value::Known(value) => value.to_string(),
        Value::Rate { n, m } => format!("{n}/{m}"),
        Value::NotKnown(_) => String::new(),
    }
}

fn policies(program: &Policies, options: &Options) -> Result<Policies> {
    let model = match options.model.as_deref() {
        None | Some("policy") => None,
        Some(word) => {
            let words = || Model::ALL.map(Model::word).join(", ");
            Some(Model::from_word(word).with_context(|| format!("no model `{word}`: policy, {}", words()))?)
        }
    };
    let window = match options.window {
        None => None,
        Some(days) => match Window::days(days) {
            Some(window) => Some(window),
            None => bail!("no window of {days} days: 1 to 3650"),
        },
    };
    Ok(program.asked(model, window))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_is_broken_down() -> Result<()> {
        let feed = include_bytes!("../../../tests/vectors/feed-v1.bin");
        let by = |word: &str| {
            let options = Options { model: Some("linear".into()), by: Some(word.into()), ..Options::default() };
            compute(feed, &options).map(|report| report["by"].clone())
        };
        // Half to the partner's link, half to another partner's listing, who is not named.
        assert_eq!(by("partner")?, json!({"pn_1248H248H248H248H248H248H2": 50_000, "": 50_000}));
        assert_eq!(by("link")?, json!({"harbor": 50_000, "": 50_000}));
        assert!(by("weather").is_err());
        Ok(())
    }

    #[test]
    fn the_golden_feed_by_hand() -> Result<()> {
        let feed = include_bytes!("../../../tests/vectors/feed-v1.bin");
        let report =
            |model: Option<&str>| compute(feed, &Options { model: model.map(Into::into), ..Options::default() });
        // 1,200.00 sold, 200.00 refunded; the partner's click came first, another partner's listing second.
        assert_eq!(report(None)?["figures"]["revenue_sourced"], "100000");
        assert_eq!(report(None)?["figures"]["revenue_attributed"], "100000");
        assert_eq!(report(Some("last"))?["figures"]["revenue_attributed"], "0");
        assert_eq!(report(Some("linear"))?["figures"]["revenue_attributed"], "50000");
        assert_eq!(report(Some("shapley")).map(|_| ()).map_err(|e| e.to_string()), Ok(()));
        let error = report(Some("best")).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.starts_with("no model `best`: policy, first, last, last_non_direct,")));
        assert_eq!(report(None)?["figures"]["clicks"], "42");
        assert_eq!(report(None)?["recorded"], json!({"counted": 42, "bot": 7}));
        assert_eq!(report(None)?["funnel"], json!([42, 1, 1, 1]));
        Ok(())
    }
}
