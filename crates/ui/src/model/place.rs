//! The places of the portal and the console: one question a place.

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// What was earned, from what, and what to do next.
    #[default]
    Overview,
    /// From click to win, with drop-off and time.
    Funnel,
    /// The customers, each with its explanation.
    Deals,
    /// The links, and what came of each.
    Links,
    /// Deals that the partner registers, and what became of them.
    Registrations,
    /// Commission by month.
    Statements,
    /// Who of the partner may sign in.
    Team,
}

impl Place {
    /// Every place, in the order of the page.
    pub const ALL: [Self; 7] =
        [Self::Overview, Self::Funnel, Self::Deals, Self::Links, Self::Registrations, Self::Statements, Self::Team];

    /// Its word in the address.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Funnel => "funnel",
            Self::Deals => "deals",
            Self::Links => "links",
            Self::Registrations => "registrations",
            Self::Statements => "statements",
            Self::Team => "team",
        }
    }

    /// Its name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Funnel => "Funnel",
            Self::Deals => "Deals",
            Self::Links => "Links",
            Self::Registrations => "Registrations",
            Self::Statements => "Statements",
            Self::Team => "Team",
        }
    }

    /// The place of a word; none for a word that nobody knows.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.word() == word)
    }

    /// Whether what it shows follows the switches. The others ask the server, and show what it has.
    #[must_use]
    pub fn is_computed(self) -> bool {
        matches!(self, Self::Overview | Self::Funnel | Self::Deals | Self::Links)
    }

    /// Whether it has something to say before the first fact.
    #[must_use]
    pub fn speaks_of_nothing(self) -> bool {
        !matches!(self, Self::Overview | Self::Funnel | Self::Deals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_its_place_alone() {
        for place in Place::ALL {
            assert_eq!(Place::of(place.word()), Some(place));
            assert!(!place.title().is_empty());
        }
        assert_eq!(Place::of("Deals"), None);
        assert_eq!(Place::of(""), None);
    }
}
