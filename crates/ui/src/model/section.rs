//! The sections of the settings: one subject a section.

/// A section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Section {
    /// Which touches count, and how credit is divided.
    #[default]
    Policy,
    /// What partners are paid.
    Terms,
    /// Name, colours, hosts, consent, links.
    Program,
    /// API keys.
    Keys,
    /// Where webhooks go, and what became of each.
    Webhooks,
    /// Who of the program may sign in.
    People,
    /// Who changed what.
    Log,
}

impl Section {
    /// All there are, in the order of the page.
    pub const ALL: [Self; 7] =
        [Self::Policy, Self::Terms, Self::Program, Self::Keys, Self::Webhooks, Self::People, Self::Log];

    /// Its word in the address.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Terms => "terms",
            Self::Program => "program",
            Self::Keys => "keys",
            Self::Webhooks => "webhooks",
            Self::People => "people",
            Self::Log => "log",
        }
    }

    /// Its name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Policy => "Attribution policy",
            Self::Terms => "Terms of commission",
            Self::Program => "Program",
            Self::Keys => "API keys",
            Self::Webhooks => "Webhooks",
            Self::People => "People",
            Self::Log => "Log of changes",
        }
    }

    /// The section of a word; none for a word that nobody knows.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.word() == word)
    }
}
