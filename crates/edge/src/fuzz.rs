//! The edge's own parsers under `cargo xtask fuzz`, and under their corpora with every unit test.

#[path = "../../xtask/src/fuzz/driver.rs"]
mod driver;

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use driver::Target;
use wire::{deal, dub, fact::RawFact, page};

use crate::{
    export::archive::{Refusal, Tables, take},
    json::{self, Misread},
    page::form::{Faults, Typed, questions},
};

const TARGETS: [Target; 3] = [
    Target {
        name: "form",
        words: &[
            "name=", "email=", "company=", "message=", "trb_id=", "form_id=", "coupon=", "&", "=", "%40", "%", "+",
            "a@b.c", "%0D%0A",
        ],
        read: form,
    },
    Target {
        name: "json",
        words: &[
            "{",
            "}",
            "[",
            "]",
            "null",
            "true",
            "-1",
            "1e400",
            "\"id\":",
            "\"url\":",
            "\"geo\":{\"DE\":",
            "\"testVariants\":[",
            "\"company\":",
            "\"contactEmail\":",
            "\"amount\":",
            "\"type\":\"revenue\"",
            "\\ud800",
            "\\u0000",
            "\\\\",
            "\n",
            ",",
        ],
        read: json,
    },
    Target {
        name: "archive",
        words: &[
            "{\"tributary\":1,\"tables\":{\"touch\":[\"key\",\"at\"]}}\n",
            "{\"n\":1,\"touch\":[\"x\",1]}\n",
            "{\"n\":2,\"touch\":[\"y\",null]}\n",
            "{\"end\":true,\"rows\":1,\"digest\":\"\"}\n",
            "\r\n",
            "\"n\":",
            "\"",
        ],
        read: archive,
    },
];

/// Bodies of several doors: what one of them takes, another must refuse with the field's name.
fn json(input: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(input);
    let fault = |fault: Misread| {
        assert!(!fault.what.is_empty(), "a fault says what is wrong");
        (fault.field.split('.').count(), fault.what.len(), fault.is_data)
    };
    hash((
        json::read::<Vec<RawFact>>(&text).map(|facts| facts.len()).map_err(fault),
        json::read::<dub::LinkFields>(&text).map(drop).map_err(fault),
        json::read::<deal::Details>(&text).map(drop).map_err(fault),
    ))
}

fn archive(input: &[u8]) -> u64 {
    let known = Tables::from([("touch".to_owned(), vec!["key".to_owned(), "at".to_owned()])]);
    let text = String::from_utf8_lossy(input);
    let kind = |refusal: Refusal| match refusal {
        Refusal::Line(_, rule) => (0, rule.len() as u64),
        Refusal::Gap(row) => (1, row),
        Refusal::Broken(rule) => (2, rule.len() as u64),
    };
    let taken = take(None, &text, &known);
    if let Ok(taken) = &taken {
        assert!(taken.rows.values().all(|rows| json::read::<Vec<serde_json::Value>>(rows).is_ok()), "rows are JSON");
    }
    hash(taken.map(|taken| (taken.rows.len(), taken.end)).map_err(kind))
}

fn hash(parts: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

fn form(input: &[u8]) -> u64 {
    let typed = Typed::parse(input);
    let asked = questions(&page::Form::default());
    let checked = typed.check(&asked);
    let faults = checked.clone().err().unwrap_or_default();
    let shown = typed.fields(&asked, &faults);
    assert_eq!(shown.iter().filter(|field| field.fault.is_some()).count(), faults.len(), "each fault has its field");
    if let Ok(checked) = checked {
        assert!(!checked.name.is_empty() && checked.email.contains('@'));
    }
    let values = shown.iter().map(|field| field.value.len());
    let kept =
        [&typed.token, &typed.form_id, &typed.coupon, &typed.turnstile, &typed.trap].into_iter().map(String::len);
    shape(values.chain(kept).chain([typed.others(&asked).len()]), &faults)
}

/// Which fields hold something, roughly how much, and what is wrong with them.
fn shape(sizes: impl Iterator<Item = usize>, faults: &Faults) -> u64 {
    let sizes = sizes.fold(0, |sizes, size| sizes << 4 | u64::from(usize::BITS - size.leading_zeros()));
    faults.iter().fold(sizes, |sum, (_, rule)| sum.wrapping_mul(31).wrapping_add(rule.len() as u64))
}

#[test]
fn fuzz_every_parser() {
    let asked = std::env::var("TRIBUTARY_FUZZ").unwrap_or_else(|_| "5000 7".into());
    let mut words = asked.split_whitespace();
    let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let (cases, seed) = (number(), number());
    let only = words.next();
    for target in TARGETS.iter().filter(|target| only.is_none_or(|only| only == target.name)) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/fuzz").join(target.name);
        let mut corpus = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            corpus.extend(driver::parse(&fs::read_to_string(entry.path()).unwrap_or_default()));
        }
        assert!(corpus.len() >= 5, "{} has a corpus", target.name);
        match driver::run(target, &corpus, cases, seed) {
            Ok(found) => println!("  {}: {cases} cases, no panic; {} show something new", target.name, found.len()),
            Err(failure) => unreachable!("{} panics on {}", target.name, driver::line(&failure.0)),
        }
    }
}
