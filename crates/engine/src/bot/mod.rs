//! Programs among the visitors: crawlers, link previews, monitors and the like, known by their user agents.
//!
//! The list is that of the crawler-user-agents project, reduced to words by `cargo xtask agents`; [`words`] says of which
//! version. A touch of a program is recorded as [`Mark::Bot`](crate::fact::Mark) and never counts.

mod words;

use words::WORDS;

/// What a program is for. Where several words fit, the first kind of this order is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Shows people a link before they follow it: chats and social networks.
    Preview,
    /// Watches whether pages answer, and how fast.
    Monitor,
    /// An HTTP library or a command line.
    Library,
    /// Reads pages for a search engine, an archive, a model, an advertiser.
    Crawler,
}

/// What program a user agent names; `None` for a browser, and for an agent that says nothing: what cannot be read is
/// no proof.
#[must_use]
pub fn kind(user_agent: &str) -> Option<Kind> {
    // Words that begin with `^` stand at the beginning.
    let agent = format!("^{}", user_agent.trim().to_ascii_lowercase());
    WORDS.iter().filter(|(word, _)| agent.contains(word)).map(|(_, kind)| *kind).min()
}

/// Whether a user agent is a link preview's: it is given a page that describes the link.
#[must_use]
pub fn is_preview(user_agent: &str) -> bool {
    kind(user_agent) == Some(Kind::Preview)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_apart() {
        for (agent, expect) in [
            ("", None),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                None,
            ),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Some(Kind::Crawler)),
            ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", Some(Kind::Preview)),
            ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", Some(Kind::Preview)),
            ("WhatsApp/2.23.20.0", Some(Kind::Preview)),
            ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", Some(Kind::Monitor)),
        ] {
            assert_eq!(kind(agent), expect, "{agent}");
        }
        assert!(is_preview("TelegramBot (like TwitterBot)") && !is_preview("bingbot/2.0"));
    }
}
