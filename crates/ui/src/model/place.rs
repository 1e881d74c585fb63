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
    /// The partners of a program, one beside the other.
    Partners,
    /// Two answers side by side: two models, two windows.
    Models,
    /// The whole catalogue of figures.
    Figures,
}

impl Place {
    /// Places of the portal, in the order of the page.
    pub const PORTAL: [Self; 7] =
        [Self::Overview, Self::Funnel, Self::Deals, Self::Links, Self::Registrations, Self::Statements, Self::Team];

    /// Places of the console, in the order of the page.
    pub const CONSOLE: [Self; 8] = [
        Self::Overview,
        Self::Partners,
        Self::Links,
        Self::Registrations,
        Self::Funnel,
        Self::Deals,
        Self::Models,
        Self::Figures,
    ];

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
            Self::Partners => "partners",
            Self::Models => "models",
            Self::Figures => "figures",
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
            Self::Partners => "Partners",
            Self::Models => "Models",
            Self::Figures => "Figures",
        }
    }

    /// The place of a word; none for a word that nobody knows.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::PORTAL.into_iter().chain(Self::CONSOLE).find(|place| place.word() == word)
    }

    /// Whether what it shows follows the switches. The others ask the server, and show what it has.
    #[must_use]
    pub fn is_computed(self) -> bool {
        !matches!(self, Self::Registrations | Self::Statements | Self::Team)
    }

    /// Whether it has something to say before the first fact.
    #[must_use]
    pub fn speaks_of_nothing(self) -> bool {
        !matches!(self, Self::Overview | Self::Funnel | Self::Deals | Self::Models)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_its_place_alone() {
        for place in Place::PORTAL.into_iter().chain(Place::CONSOLE) {
            assert_eq!(Place::of(place.word()), Some(place));
            assert!(!place.title().is_empty());
        }
        assert_eq!(Place::of("Deals"), None);
        assert_eq!(Place::of(""), None);
    }
}
