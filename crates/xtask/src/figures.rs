//! `figures`: the report of a feed, computed natively. What a page shows can be held against it: the same engine, the same
//! facts, another machine.

use anyhow::{Context, Result, bail};
use engine::{
    credit::Model,
    figure::{Figure, Value},
    journey::Journeys,
    kpi::{Question, Report},
    policy::Policies,
    time::Window,
};
use serde_json::{Map, Value as Json, json};
use wire::feed::{self, Reader};

/// What to compute.
#[derive(Debug, Default)]
pub struct Options {
    /// A file with the bytes of `/api/feed`.
    pub feed: String,
    /// A word of [`Model`]; the program's policy where it is missing, or `policy`.
    pub model: Option<String>,
    /// Days; the program's policy where it is missing.
    pub window: Option<u16>,
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
    let question = Question { partner, currency, policies, now: feed.head.now };
    let report = Report::compute(&feed.log, &journeys, &question);
    let figures = [
        &report.sourced,
        &report.assisted,
        &report.influenced,
        &report.attributed,
        &report.clicks,
        &report.leads,
        &report.wins,
        &report.conversion,
    ];
    let months: Map<String, Json> = report
        .months
        .iter()
        .map(|(month, m)| (month.to_string(), json!([m.sourced, m.influenced, m.attributed])))
        .collect();
    let recorded: Map<String, Json> =
        report.recorded.iter().map(|(mark, count)| (mark.word().to_owned(), json!(count))).collect();
    Ok(json!({
        "figures": figures.iter().map(|figure| (figure.id.to_owned(), json!(written(figure)))).collect::<Map<_, _>>(),
        "evidence": figures.iter().map(|f| (f.id.to_owned(), json!(f.evidence.len()))).collect::<Map<_, _>>(),
        "months": months,
        "funnel": [report.funnel.clicks, report.funnel.leads, report.funnel.opportunities, report.funnel.wins],
        "recorded": recorded,
        "deals": report.deals.len(),
    }))
}

/// A value as the pages write it into `data-value`.
fn written(figure: &Figure) -> String {
    match figure.value {
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
    fn the_golden_feed_by_hand() -> Result<()> {
        let feed = include_bytes!("../../../tests/vectors/feed-v1.bin");
        let report =
            |model: Option<&str>| compute(feed, &Options { model: model.map(Into::into), ..Options::default() });
        // 1,200.00 sold, 200.00 refunded; the partner's click came first, another partner's listing second.
        assert_eq!(report(None)?["figures"]["revenue_sourced"], "100000");
        assert_eq!(report(None)?["figures"]["revenue_attributed"], "100000");
        assert_eq!(report(Some("last"))?["figures"]["revenue_attributed"], "0");
        assert_eq!(report(Some("linear"))?["figures"]["revenue_attributed"], "50000");
        assert_eq!(report(None)?["figures"]["clicks"], "42");
        assert_eq!(report(None)?["recorded"], json!({"counted": 42, "bot": 7}));
        assert_eq!(report(None)?["funnel"], json!([42, 1, 1, 1]));
        Ok(())
    }
}
