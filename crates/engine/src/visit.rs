//! Who asks: what a request says of itself decides whether a touch counts and whether a cookie may be set.

use crate::{bot, fact::Mark};

/// How long a further touch of one visitor by one link is a repeat, in milliseconds: an hour.
pub const REPEAT: u64 = 60 * 60 * 1000;

/// What the program allows before the visitor has been asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConsentPolicy {
    /// Cookies unless the visitor refused or sends Global Privacy Control.
    #[default]
    OptOut,
    /// No cookie until the visitor has agreed.
    OptIn,
}

/// What the visitor has said, as far as the request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// Nothing.
    #[default]
    Unasked,
    /// Agreed to cookies.
    Granted,
    /// Refused them.
    Refused,
}

/// A request for a link or a landing page, reduced to what decides.
#[derive(Debug, Clone, Default)]
pub struct Visit<'a> {
    /// Whether the method was HEAD: answered alike, never recorded.
    pub head: bool,
    /// `User-Agent`.
    pub user_agent: &'a str,
    /// `Sec-Purpose`, `Purpose`, `X-Purpose` or `X-Moz`: set by browsers that fetch ahead of a click.
    pub purpose: &'a str,
    /// `Sec-GPC: 1` (Global Privacy Control, <https://www.w3.org/TR/gpc/>).
    pub gpc: bool,
    /// What the visitor chose on an earlier page.
    pub choice: Choice,
    /// Where it came from: ISO 3166-1, two capitals; empty where it is not known.
    pub country: &'a str,
    /// `Accept-Language`.
    pub languages: &'a str,
}

/// What a visitor looks at a page with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// iPhone, iPod, and an iPad that does not ask for the desktop's pages, as most do.
    Ios,
    /// Android.
    Android,
    /// Windows, macOS, Linux, ChromeOS.
    Desktop,
    /// None of them.
    Other,
}

impl Visit<'_> {
    /// Whether the touch of this visit counts, or why not. `None` for a request that is not recorded at all.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        if self.head {
            return None;
        }
        let purpose = self.purpose.to_ascii_lowercase();
        if purpose.contains("prefetch") || purpose.contains("prerender") || purpose.contains("preview") {
            return Some(Mark::Prefetch);
        }
        Some(if self.is_program() { Mark::Bot } else { Mark::Counted })
    }

    /// Whether the user agent names a program.
    #[must_use]
    pub fn is_program(&self) -> bool {
        bot::kind(self.user_agent).is_some()
    }

    /// What the user agent names. Android before Linux and iOS before macOS, since their names hold those.
    #[must_use]
    pub fn device(&self) -> Device {
        let agent = self.user_agent;
        let names = |words: &[&str]| words.iter().any(|word| agent.contains(word));
        if names(&["iPhone", "iPad", "iPod"]) {
            Device::Ios
        } else if names(&["Android"]) {
            Device::Android
        } else if names(&["Windows NT", "Macintosh", "X11", "CrOS", "Linux"]) {
            Device::Desktop
        } else {
            Device::Other
        }
    }

    /// Whether cookies may be set under the program's policy. Global Privacy Control is a refusal unless the visitor has
    /// since agreed on this very program.
    #[must_use]
    pub fn allows_cookies(&self, policy: ConsentPolicy) -> bool {
        match self.choice {
            Choice::Granted => true,
            Choice::Refused => false,
            Choice::Unasked => !self.gpc && policy == ConsentPolicy::OptOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

    fn mark(user_agent: &str, purpose: &str) -> Option<Mark> {
        Visit { user_agent, purpose, ..Visit::default() }.mark()
    }

    #[test]
    fn people_count_and_programs_do_not() {
        assert_eq!(mark(CHROME, ""), Some(Mark::Counted));
        assert_eq!(mark("Mozilla/5.0 (compatible; Googlebot/2.1)", ""), Some(Mark::Bot));
        assert_eq!(mark("Slackbot-LinkExpanding 1.0", ""), Some(Mark::Bot));
        assert_eq!(mark("curl/8.5.0", ""), Some(Mark::Bot));
        assert_eq!(mark("", ""), Some(Mark::Counted));
        assert_eq!(mark(CHROME, "prefetch;prerender"), Some(Mark::Prefetch));
        assert_eq!(Visit { head: true, user_agent: CHROME, ..Visit::default() }.mark(), None);
    }

    #[test]
    fn devices_are_told_apart() {
        let check = |user_agent, expect| assert_eq!(Visit { user_agent, ..Visit::default() }.device(), expect);
        check(CHROME, Device::Desktop);
        check("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile", Device::Android);
        check("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", Device::Ios);
        check("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15", Device::Desktop);
        check("curl/8.5.0", Device::Other);
    }

    #[test]
    fn consent_follows_the_visitor_then_gpc_then_the_policy() {
        let visit = |gpc, choice| Visit { gpc, choice, ..Visit::default() };
        for (gpc, choice, opt_out, opt_in) in [
            (false, Choice::Unasked, true, false),
            (true, Choice::Unasked, false, false),
            (true, Choice::Granted, true, true),
            (false, Choice::Refused, false, false),
        ] {
            assert_eq!(visit(gpc, choice).allows_cookies(ConsentPolicy::OptOut), opt_out);
            assert_eq!(visit(gpc, choice).allows_cookies(ConsentPolicy::OptIn), opt_in);
        }
    }
}
