//! `agents`: the words of programs' user agents, from the patterns of the crawler-user-agents project (MIT).
//!
//! Its patterns are regular expressions, of which nearly all are plain words. Each is taken apart into the words that it
//! accepts; of what is no plain text the longest plain part is kept. A word that another word of the list stands in, of
//! the same kind or of one that goes first, says nothing new and is left out.

use crate::{place, step, tool};
use anyhow::{Context, Result, bail};
use engine::bot::{GENERAL, Kind, begins_name};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const SOURCE: &str = "node_modules/crawler-user-agents";
const WORDS: &str = "crates/engine/src/bot/words.rs";
/// Patterns that are not taken over as they are, with what stands in their place.
const MENDED: [(&str, Option<&str>); 5] = [
    // Browsers inside of an app, or made of one page: people sit before them.
    ("MetaIAB Facebook", None),
    (r"Code\/1\.", None),
    ("Fluid", None),
    // The previews of apps whose name may stand behind a browser's too.
    (r"Notion\/", Some("^notion/")),
    ("Viber", Some("^viber")),
];
/// How wide the list is written.
const COLUMNS: usize = 118;
/// A shorter word stands in too much.
const SHORTEST: usize = 3;
/// What stands for a part of a pattern that is no plain text.
const GAP: char = '\0';

/// Writes the list anew from the package that is installed.
///
/// # Errors
/// When the package cannot be had or read, or the list not written.
pub fn run() -> Result<()> {
    tool::node_packages()?;
    let words = words(&json("crawler-user-agents.json")?)?;
    let version = json("package.json")?["version"].as_str().context("the package has no version")?.to_owned();
    let path = place::at(WORDS)?;
    fs::write(&path, listing(&version, &words)).with_context(|| format!("cannot write {WORDS}"))?;
    step::note(&format!("  {} words of version {version}", words.len()));
    Ok(())
}

fn json(name: &str) -> Result<Value> {
    let path = place::at(SOURCE)?.join(Path::new(name));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {SOURCE}/{name}"))?;
    serde_json::from_str(&text).with_context(|| format!("{SOURCE}/{name} is no JSON"))
}

fn listing(version: &str, words: &BTreeMap<String, Kind>) -> String {
    let mut rows = String::new();
    let mut column = COLUMNS;
    for (word, kind) in words {
        let item = format!("({word:?}, {kind:?}),");
        let start = if column + 1 + item.len() > COLUMNS { "\n    " } else { " " };
        column = if start == " " { column + 1 + item.len() } else { 4 + item.len() };
        rows.push_str(start);
        rows.push_str(&item);
    }
    format!(
        "//! Written by `cargo xtask agents` from crawler-user-agents {version} (MIT). Not to be edited.\n\n\
         use super::Kind::{{self, Crawler, Library, Monitor, Preview}};\n\n\
         /// Words of programs' user agents, lower case, in order; `^` is the agent's beginning.\n\
         #[rustfmt::skip]\n\
         pub static WORDS: [(&str, Kind); {}] = [{rows}\n];\n",
        words.len()
    )
}

/// The words of all patterns that say something new.
fn words(list: &Value) -> Result<BTreeMap<String, Kind>> {
    let mut all: BTreeMap<String, Kind> = BTreeMap::new();
    let mut add = |word: String, kind: Kind| {
        let known = all.entry(word).or_insert(kind);
        *known = kind.min(*known);
    };
    for (word, kind) in GENERAL {
        add(word.to_owned(), kind);
    }
    for entry in list.as_array().context("the list is no array")? {
        let pattern = entry["pattern"].as_str().context("an entry has no pattern")?;
        let kind = kind(&entry["tags"]);
        if let Some((_, instead)) = MENDED.iter().find(|(mended, _)| *mended == pattern) {
            add_all(&mut add, instead.map(str::to_owned), kind);
            continue;
        }
        for accepted in expand(pattern)? {
            let plain = accepted.split(GAP).max_by_key(|part| part.len()).unwrap_or_default();
            if plain.trim_start_matches('^').len() >= SHORTEST {
                add(plain.to_lowercase(), kind);
            }
        }
    }
    let told = |word: &str, kind: Kind| {
        all.iter().any(|(other, first)| other.as_str() != word && *first <= kind && stands_in(other, word))
    };
    Ok(all.iter().filter(|(word, kind)| !told(word, **kind)).map(|(word, kind)| (word.clone(), *kind)).collect())
}

/// Whether whoever finds the longer word has found the shorter one.
fn stands_in(short: &str, long: &str) -> bool {
    let general = GENERAL.iter().any(|(word, _)| *word == short);
    long.match_indices(short).any(|(at, _)| general || begins_name(&long.as_bytes()[..at], short))
}

fn add_all(add: &mut impl FnMut(String, Kind), words: impl IntoIterator<Item = String>, kind: Kind) {
    words.into_iter().for_each(|word| add(word, kind));
}

/// What a program is for. One that reads for a model, a search or an advertiser is no preview, whatever else it does.
fn kind(tags: &Value) -> Kind {
    let has = |tag: &str| tags.as_array().is_some_and(|tags| tags.iter().any(|one| one == tag));
    if has("social-preview") && !has("ai-crawler") && !has("search-engine") && !has("advertising") {
        Kind::Preview
    } else if has("monitoring") {
        Kind::Monitor
    } else if has("http-library") {
        Kind::Library
    } else {
        Kind::Crawler
    }
}

/// The texts that a pattern accepts, with a gap for what is no plain text.
fn expand(pattern: &str) -> Result<Vec<String>> {
    let mut rest = pattern;
    let texts = alternatives(&mut rest).with_context(|| format!("pattern {pattern}"))?;
    if !rest.is_empty() {
        bail!("pattern {pattern}: a group that nothing opens");
    }
    Ok(texts)
}

fn alternatives(rest: &mut &str) -> Result<Vec<String>> {
    let mut done = Vec::new();
    let mut texts = vec![String::new()];
    while let Some(c) = rest.chars().next() {
        if c == ')' {
            break;
        }
        *rest = &rest[c.len_utf8()..];
        let next = match c {
            '|' => {
                done.append(&mut texts);
                texts = vec![String::new()];
                continue;
            }
            '(' => {
                let inner = alternatives(rest)?;
                *rest = rest.strip_prefix(')').context("a group that nothing closes")?;
                inner
            }
            '[' => {
                let (class, after) = rest.split_once(']').context("a class that nothing closes")?;
                *rest = after;
                vec![one_letter(class).unwrap_or(GAP).to_string()]
            }
            '\\' => {
                let escaped = rest.chars().next().context("nothing behind a backslash")?;
                *rest = &rest[escaped.len_utf8()..];
                vec![if escaped.is_ascii_alphanumeric() { GAP } else { escaped }.to_string()]
            }
            '$' => Vec::from([String::new()]),
            '.' | '*' | '+' | '?' | '{' | '}' => vec![GAP.to_string()],
            plain => vec![plain.to_string()],
        };
        // A letter that may be missing or come again is no plain text.
        if matches!(c, '*' | '+' | '?' | '{') {
            for text in &mut texts {
                text.pop();
            }
        }
        texts = texts.iter().flat_map(|text| next.iter().map(move |end| format!("{text}{end}"))).collect();
    }
    done.append(&mut texts);
    Ok(done)
}

/// The letter of a class that has one, in both cases.
fn one_letter(class: &str) -> Option<char> {
    let mut letters = class.chars().map(|c| c.to_ascii_lowercase());
    let first = letters.next().filter(char::is_ascii_alphabetic)?;
    letters.all(|letter| letter == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::{Kind, expand, words};
    use serde_json::json;

    #[test]
    fn patterns_are_taken_apart() {
        for (pattern, expect) in [
            (r"Googlebot\/", vec!["Googlebot/"]),
            ("^curl", vec!["^curl"]),
            ("[wW]get", vec!["wget"]),
            (r"(^| )sentry\/", vec!["^sentry/", " sentry/"]),
            ("Ahrefs(Bot|SiteAudit)", vec!["AhrefsBot", "AhrefsSiteAudit"]),
            ("Netumo|netumo", vec!["Netumo", "netumo"]),
            ("AdsBot-Google([^-]|$)", vec!["AdsBot-Google\0", "AdsBot-Google"]),
            (r"a[\s\S]*b\d+c", vec!["a\0b\0c"]),
            ("http?s", vec!["htt\0s"]),
        ] {
            assert_eq!(expand(pattern).unwrap_or_default(), expect, "{pattern}");
        }
        for bad in ["a(b", "a)", "[a", "\\"] {
            assert!(expand(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_another_word_tells_is_left_out() {
        let list = json!([
            { "pattern": "Twitterbot", "tags": ["social-preview"] },
            { "pattern": "Googlebot\\/", "tags": ["search-engine"] },
            { "pattern": "Slurp", "tags": ["search-engine"] },
            { "pattern": "Slurpy", "tags": ["monitoring"] },
            { "pattern": "Viber", "tags": ["social-preview"] },
            { "pattern": "Fluid", "tags": ["browser-automation"] },
        ]);
        let words = words(&list).unwrap_or_default();
        let of = |word: &str| words.get(word).copied();
        assert_eq!([of("twitterbot"), of("googlebot/"), of("bot")], [Some(Kind::Preview), None, Some(Kind::Crawler)]);
        assert_eq!([of("slurp"), of("slurpy")], [Some(Kind::Crawler), Some(Kind::Monitor)]);
        assert_eq!([of("viber"), of("^viber"), of("fluid")], [None, Some(Kind::Preview), None]);
    }
}
