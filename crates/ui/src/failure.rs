//! What can go wrong on the way of a feed, and what the reader can do about it.

use wire::feed::FeedError;

/// Why there are no figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// 401: nobody is signed in, or no longer; for a widget, its token has ended.
    SignedOut,
    /// 403: somebody who may not read this.
    Refused,
    /// The request did not arrive, or its answer did not.
    Offline,
    /// Another status.
    Server(u16),
    /// The answer is no feed.
    BadFeed(FeedError),
}

impl Failure {
    /// The failure that a status means; `None` for success.
    #[must_use]
    pub fn of_status(status: u16) -> Option<Self> {
        match status {
            200..=299 => None,
            401 => Some(Self::SignedOut),
            403 => Some(Self::Refused),
            other => Some(Self::Server(other)),
        }
    }

    /// What happened, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SignedOut => "You are signed out",
            Self::Refused => "This report is not yours to read",
            Self::Offline => "No connection",
            Self::Server(_) => "The report could not be loaded",
            Self::BadFeed(FeedError::Version(_)) => "This page is out of date",
            Self::BadFeed(_) => "The report arrived damaged",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(self) -> String {
        match self {
            Self::SignedOut => {
                "Open the newest sign-in link that the program sent you. If it has ended, ask the program \
                                for another one: your figures are kept."
                    .into()
            }
            Self::Refused => {
                "You are signed in, but not as somebody who may see this page. Sign out, and open your own \
                              sign-in link."
                    .into()
            }
            Self::Offline => "The server cannot be reached from here. Check your connection and try again.".into(),
            Self::Server(status) => format!(
                "The server answered with status {status}. Nothing is lost: what was recorded stays recorded. Try again in \
                 a minute."
            ),
            Self::BadFeed(FeedError::Version(_)) => {
                "The server speaks a newer version than this page. Reload the page to bring it up to date.".into()
            }
            Self::BadFeed(error) => format!("No figures are shown rather than wrong ones ({error}). Try again."),
        }
    }

    /// Whether asking again may help.
    #[must_use]
    pub fn may_pass(self) -> bool {
        !matches!(self, Self::SignedOut | Self::Refused)
    }

    /// One word for programs: tests, and the event that a widget sends.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Refused => "refused",
            Self::Offline => "offline",
            Self::Server(_) => "server",
            Self::BadFeed(_) => "bad_feed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_meaning() {
        assert_eq!(Failure::of_status(200), None);
        assert_eq!(Failure::of_status(401), Some(Failure::SignedOut));
        assert_eq!(Failure::of_status(403), Some(Failure::Refused));
        assert_eq!(Failure::of_status(503), Some(Failure::Server(503)));
        assert!(Failure::Server(503).advice().contains("503"));
    }

    #[test]
    fn every_failure_says_what_to_do() {
        let all = [
            Failure::SignedOut,
            Failure::Refused,
            Failure::Offline,
            Failure::Server(500),
            Failure::BadFeed(FeedError::Malformed),
            Failure::BadFeed(FeedError::Version(9)),
        ];
        for failure in all {
            assert!(!failure.title().is_empty() && failure.advice().len() > 40);
            assert!(failure.advice().is_ascii(), "{failure:?}");
        }
        assert!(!Failure::SignedOut.may_pass() && Failure::Offline.may_pass());
    }
}
