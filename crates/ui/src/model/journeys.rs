//! What a page says of journeys: their steps by name, as a file, and as a word of the address.

use engine::{
    kpi::ways::{End, Sequence, Step},
    log::{Log, NONE},
    money::Currency,
};

use super::{csv, words};
use crate::filters::ENDS;

/// What stands between two steps in an address.
const BETWEEN: &str = "~";

/// A step as a page calls it.
#[must_use]
pub fn step(log: &Log, step: Step) -> String {
    match step {
        Step::Kind(kind) => words::touch(kind).to_owned(),
        Step::Partner(row) => {
            let party = &log.partners[row as usize];
            party.name.clone().unwrap_or_else(|| "A partner".to_owned())
        }
        Step::Partners => "Partner".to_owned(),
        Step::Channel(_) => {
            let mut name = step.name(log, |_| "").to_owned();
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            name
        }
    }
}

/// A sequence in a line: `Ada Analytics → Search`.
#[must_use]
pub fn line(log: &Log, steps: &[Step]) -> String {
    steps.iter().map(|one| step(log, *one)).collect::<Vec<_>>().join(" → ")
}

/// A sequence as a word of the address: it names the same sequence whatever rows the log has by then.
#[must_use]
pub fn path(log: &Log, steps: &[Step]) -> String {
    let word = |step: &Step| match step {
        Step::Partner(row) => log.partners[*row as usize].id.clone().unwrap_or_default(),
        Step::Channel(NONE) => String::new(),
        step => step.name(log, |_| "").to_owned(),
    };
    // With its number of steps, since the word of a step may be none.
    format!("{}{BETWEEN}{}", steps.len(), steps.iter().map(word).collect::<Vec<_>>().join(BETWEEN))
}

/// How a journey ended, in a word.
#[must_use]
pub fn ended(end: End) -> &'static str {
    ENDS.iter().find(|(_, known, _)| *known == end).map_or("", |(.., name)| name)
}

/// Sequences as a file: one a line, the most usual first; amounts in units of the currency, which stands behind them.
#[must_use]
pub fn file(log: &Log, sequences: &[Sequence], currency: Currency) -> String {
    let head = ["sequence", "journeys", "won", "lost", "open", "revenue", "currency", "median_seconds_to_win"];
    let row = |sequence: &Sequence| {
        let n = sequence.ways.len() as u64;
        let counts = [n, sequence.won, sequence.lost, n - sequence.won - sequence.lost].map(|n| n.to_string());
        let rest = [
            csv::units(sequence.revenue, currency.digits()),
            currency.to_string(),
            sequence.time.map(|time| time.to_string()).unwrap_or_default(),
        ];
        core::iter::once(line(log, &sequence.steps)).chain(counts).chain(rest).collect()
    };
    let rows = core::iter::once(head.map(str::to_owned).to_vec()).chain(sequences.iter().map(row));
    csv::written(&rows.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{loaded::Loaded, sample};
    use engine::{
        fact::TouchKind,
        kpi::ways::{Sought, Ways},
    };

    #[test]
    fn sequences_have_names_words_and_a_file() {
        let loaded = Loaded::new(sample::program_feed());
        let report = loaded.report(&crate::filters::Filters::default(), None);
        let log = &loaded.log;
        let mut ways = Ways::find(log, &report.question);
        assert!(ways.judge(log, &loaded.journeys, &report.question, usize::MAX));
        let sequences = ways.sequences(log, &Sought::default());
        let told: Vec<String> = sequences.iter().map(|sequence| line(log, &sequence.steps)).collect();
        assert_eq!(told, ["Acme", "Acme → brightside → Direct"]);
        let words: Vec<String> = sequences.iter().map(|sequence| path(log, &sequence.steps)).collect();
        assert_eq!(words, ["1~pn_A", "3~pn_A~pn_B~"]);
        let file = file(log, &sequences, Currency::USD);
        let lines: Vec<&str> = file.lines().collect();
        assert_eq!(lines[1], "Acme,1,0,0,1,0.00,USD,");
        assert_eq!(lines[2], "Acme → brightside → Direct,1,1,0,0,75.00,USD,864000");
        assert_eq!(step(log, Step::Kind(TouchKind::CoSell)), "Co-selling");
        assert_eq!((step(log, Step::Partners), ended(End::Lost)), ("Partner".to_owned(), "Lost"));
    }
}
