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
    /// Which ways customers went, and one way on a time line.
    Journeys,
    /// Customers with and without an integration, sourced and not.
    Cohorts,
    /// Marketplace listings by the first touches that they brought.
    Listings,
    /// Coupons, and whose they are.
    Coupons,
    /// Landing pages, edited as content.
    Pages,
    /// Files of facts: the dry run, and what came of each.
    Import,
    /// What looks wrong, and what is held back until somebody decides.
    Review,
    /// The month's statements: what they add up to, and closing them.
    Close,
    /// How the program counts, looks and talks to other systems, and who may change it.
    Settings,
}

/// Places that belong together, under one name; empty where a page has but one group.
#[derive(Debug)]
pub struct Group {
    /// Its name on the page.
    pub name: &'static str,
    /// Its places, in the order of the page.
    pub places: &'static [Place],
}

impl Place {
    /// Places of the portal, in the order of the page.
    pub const PORTAL: [Group; 1] = [Group {
        name: "",
        places: &[
            Self::Overview,
            Self::Funnel,
            Self::Deals,
            Self::Links,
            Self::Registrations,
            Self::Statements,
            Self::Team,
        ],
    }];

    /// Places of the console, in the order of the page.
    pub const CONSOLE: [Group; 4] = [
        Group {
            name: "Results",
            places: &[
                Self::Overview,
                Self::Partners,
                Self::Funnel,
                Self::Deals,
                Self::Journeys,
                Self::Cohorts,
                Self::Listings,
                Self::Models,
                Self::Figures,
            ],
        },
        Group { name: "Reach", places: &[Self::Links, Self::Coupons, Self::Pages] },
        Group { name: "Decide", places: &[Self::Registrations, Self::Review, Self::Import, Self::Close] },
        Group { name: "Program", places: &[Self::Settings] },
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
            Self::Journeys => "journeys",
            Self::Cohorts => "cohorts",
            Self::Listings => "listings",
            Self::Coupons => "coupons",
            Self::Pages => "pages",
            Self::Import => "import",
            Self::Review => "review",
            Self::Close => "close",
            Self::Settings => "settings",
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
            Self::Journeys => "Journeys",
            Self::Cohorts => "Cohorts",
            Self::Listings => "Listings",
            Self::Coupons => "Coupons",
            Self::Pages => "Pages",
            Self::Import => "Import",
            Self::Review => "Fraud and holds",
            Self::Close => "Month close",
            Self::Settings => "Settings",
        }
    }

    /// The place of a word; none for a word that nobody knows.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        all().find(|place| place.word() == word)
    }

    /// Whether what it shows follows the switches. The others ask the server, and show what it has.
    #[must_use]
    pub fn is_computed(self) -> bool {
        matches!(
            self,
            Self::Overview
                | Self::Funnel
                | Self::Deals
                | Self::Links
                | Self::Partners
                | Self::Models
                | Self::Figures
                | Self::Journeys
                | Self::Cohorts
                | Self::Listings
        )
    }

    /// The scope without which nothing of it can be changed; none where there is nothing to change, or where its parts have
    /// scopes of their own.
    #[must_use]
    pub const fn scope(self) -> Option<&'static str> {
        match self {
            Self::Partners => Some("partners:write"),
            Self::Links => Some("links:write"),
            Self::Coupons => Some("coupons:write"),
            Self::Pages => Some("pages:write"),
            Self::Registrations => Some("deals:write"),
            Self::Review => Some("commissions:write"),
            Self::Import => Some("imports:write"),
            Self::Close => Some("statements:close"),
            Self::Settings => Some("program:write"),
            _ => None,
        }
    }

    /// Whether it has something to say before the first fact.
    #[must_use]
    pub fn speaks_of_nothing(self) -> bool {
        !matches!(self, Self::Overview | Self::Funnel | Self::Deals | Self::Models | Self::Journeys | Self::Cohorts)
    }
}

/// Every place of both pages; one that both have comes twice.
pub fn all() -> impl Iterator<Item = Place> {
    Place::PORTAL.into_iter().chain(Place::CONSOLE).flat_map(|group| group.places).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_its_place_alone() {
        for place in all() {
            assert_eq!(Place::of(place.word()), Some(place));
            assert!(!place.title().is_empty());
        }
        assert_eq!(Place::of("Deals"), None);
        assert_eq!(Place::of(""), None);
    }
}
