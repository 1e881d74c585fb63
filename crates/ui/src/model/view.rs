//! The views of a report inside a foreign page.

/// A view of the widget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Four figures and the months.
    #[default]
    Summary,
    /// What was sourced, influenced and attributed, by month.
    Revenue,
    /// From click to win.
    Funnel,
    /// The partner's links.
    Links,
    /// The customers in whose journey the partner appears.
    Leads,
    /// What was credited, month by month.
    Statement,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 6] = [Self::Summary, Self::Revenue, Self::Funnel, Self::Links, Self::Leads, Self::Statement];

    /// The view of a word, which somebody wrote into a page: the summary for one that nobody knows.
    #[must_use]
    pub fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|view| view.word() == word).unwrap_or_default()
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Revenue => "revenue",
            Self::Funnel => "funnel",
            Self::Links => "links",
            Self::Leads => "leads",
            Self::Statement => "statement",
        }
    }

    /// Its name on the page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Revenue => "Revenue",
            Self::Funnel => "From click to win",
            Self::Links => "Links",
            Self::Leads => "Leads",
            Self::Statement => "Revenue statement",
        }
    }

    /// Whether it says something before the first fact: links are there to be shared.
    #[must_use]
    pub fn speaks_of_nothing(self) -> bool {
        self == Self::Links
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_names_its_view_and_every_other_the_summary() {
        for view in View::ALL {
            assert_eq!(View::of(view.word()), view);
            assert!(!view.title().is_empty());
        }
        for word in ["", "Links", "links ", "tables", "__proto__"] {
            assert_eq!(View::of(word), View::Summary, "{word:?}");
        }
    }
}
