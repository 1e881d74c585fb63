//! Programs among the visitors: crawlers, link previews, monitors, libraries, known by their user agents.
//!
//! The list is that of the crawler-user-agents project, reduced to words by `cargo xtask agents`; [`words`] says of which
//! version. A touch of a program is recorded as [`Mark::Bot`](crate::fact::Mark) and never counts.
//!
//! A user agent is read once. Whether a word may begin at a place is asked of a bit set first, of 16,384 bits that the
//! compiler computes, so that there is nothing to set up in an isolate and a browser's agent costs about a microsecond.

mod words;

use words::WORDS;

/// What a program is for. Where several words fit, the first kind of this order is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Shows people a link before they follow it: chats and social networks.
    Preview,
    /// Watches whether pages answer, and how fast.
    Monitor,
    /// An HTTP library or a command line, or whatever else does not say that it is a browser.
    Library,
    /// Reads pages for a search engine, an archive, a model, an advertiser.
    Crawler,
}

/// How every browser's agent begins (RFC 9110 §10.1.5 and the history behind it), lower case.
const BROWSERS: [&str; 2] = ["mozilla/", "opera/"];
/// Words that name a kind of program rather than one program. They stand anywhere in an agent; a word of the list begins
/// where a name does, so that a short one is not found inside of another name.
pub const GENERAL: [(&str, Kind); 9] = [
    ("bot", Kind::Crawler),
    ("crawl", Kind::Crawler),
    ("monitor", Kind::Monitor),
    ("preview", Kind::Preview),
    ("scrape", Kind::Crawler),
    ("spider", Kind::Crawler),
    ("synthetic", Kind::Monitor),
    ("unfurl", Kind::Preview),
    ("uptime", Kind::Monitor),
];
/// Phones of this make say so in their browser's agent, and are no bots.
const CUBOT: (&[u8], &[u8]) = (b"cu", b"bot");

/// What program a user agent names; `None` for a browser, and for an agent that says nothing: what cannot be read is
/// no proof.
#[must_use]
pub fn kind(user_agent: &str) -> Option<Kind> {
    let user_agent = user_agent.trim();
    if user_agent.is_empty() {
        return None;
    }
    // Words that begin with `^` stand at the beginning.
    let agent = format!("^{}", user_agent.to_ascii_lowercase());
    let is_browser = BROWSERS.iter().any(|name| agent[1..].starts_with(name));
    named(agent.as_bytes()).or((!is_browser).then_some(Kind::Library))
}

/// Whether a user agent is a link preview's: it is given a page that describes the link.
#[must_use]
pub fn is_preview(user_agent: &str) -> bool {
    kind(user_agent) == Some(Kind::Preview)
}

/// The first kind, in their order, of which a word stands in the agent.
fn named(agent: &[u8]) -> Option<Kind> {
    let mut found = None;
    for (at, start) in agent.windows(START).enumerate() {
        let start = beginning(start);
        if BEGINNINGS[slot(start) / 64] & 1 << (slot(start) % 64) == 0 {
            continue;
        }
        let from = WORDS.partition_point(|(word, _)| beginning(word.as_bytes()) < start);
        for (word, kind) in WORDS[from..].iter().take_while(|(word, _)| beginning(word.as_bytes()) == start) {
            if stands_at(word, agent, at) {
                found = Some(found.map_or(*kind, |other: Kind| other.min(*kind)));
            }
        }
    }
    found
}

fn stands_at(word: &str, agent: &[u8], at: usize) -> bool {
    let (before, rest) = agent.split_at(at);
    rest.starts_with(word.as_bytes())
        && if GENERAL.iter().any(|(general, _)| *general == word) {
            !(word.as_bytes() == CUBOT.1 && before.ends_with(CUBOT.0))
        } else {
            begins_name(before, word)
        }
}

/// Whether a word behind these bytes begins a name, or is none.
#[must_use]
pub fn begins_name(before: &[u8], word: &str) -> bool {
    let of_name = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    !of_name(before.last()) || !of_name(word.as_bytes().first())
}

/// How many bytes of a word the bit set knows; no word is shorter.
const START: usize = 3;
/// How many bits it has.
const SLOTS: usize = 16_384;

/// How a word begins, as a number: words are sorted by it, too.
const fn beginning(word: &[u8]) -> u32 {
    (word[0] as u32) << 16 | (word[1] as u32) << 8 | word[2] as u32
}

/// Which bit stands for a beginning.
const fn slot(beginning: u32) -> usize {
    // Letters and digits differ in their low bits.
    let [_, first, second, third] = beginning.to_be_bytes();
    (first as usize * 961 + second as usize * 31 + third as usize) % SLOTS
}

/// The beginnings of all words.
static BEGINNINGS: [u64; SLOTS / 64] = {
    let mut bits = [0; SLOTS / 64];
    let mut i = 0;
    while i < WORDS.len() {
        let bit = slot(beginning(WORDS[i].0.as_bytes()));
        bits[bit / 64] |= 1 << (bit % 64);
        i += 1;
    }
    bits
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_apart() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        for (agent, expect) in [
            ("", None),
            (" ", None),
            (chrome, None),
            ("Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18", None),
            (
                "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36",
                None,
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; Pixel 10; wv) AppleWebKit/537.36 Chrome/146.0 Safari/537.36 MetaIAB Facebook",
                None,
            ),
            ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 [Pinterest/iOS]", None),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Some(Kind::Crawler)),
            ("MOZILLA/5.0 (COMPATIBLE; GOOGLEBOT/2.1)", Some(Kind::Crawler)),
            ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", Some(Kind::Preview)),
            ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", Some(Kind::Preview)),
            ("WhatsApp/2.23.20.0", Some(Kind::Preview)),
            ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", Some(Kind::Preview)),
            ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", Some(Kind::Monitor)),
            ("Mozilla/5.0 (compatible; Chirp/1.0)", Some(Kind::Monitor)),
            ("Mozilla/5.0 (Linux; Android 9; Ychirp 3) Chrome/120.0.0.0 Safari/537.36", None),
            ("curl/8.5.0", Some(Kind::Library)),
            ("a script of mine", Some(Kind::Library)),
            ("é", Some(Kind::Library)),
        ] {
            assert_eq!(kind(agent), expect, "{agent}");
        }
        assert!(is_preview("TelegramBot (like TwitterBot)") && !is_preview("bingbot/2.0"));
    }

    #[test]
    fn the_words_are_sorted_long_enough_and_each_is_found() {
        assert!(WORDS.is_sorted_by(|(one, _), (next, _)| one < next));
        for (word, kind) in WORDS {
            assert!(word.len() >= START && word.to_ascii_lowercase() == *word, "{word}");
            let agent =
                word.strip_prefix('^').map_or_else(|| format!("^mozilla/5.0 {word}"), |rest| format!("^{rest}"));
            assert!(named(agent.as_bytes()).is_some_and(|found| found <= kind), "{word}");
        }
    }
}
