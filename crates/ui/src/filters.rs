//! What the reader asks of the report, mirrored in the query of the address, so that a view is a link.
//!
//! An unknown or damaged value falls back to the default: an address that somebody typed never breaks the page.

use engine::{credit::Model, money::Currency, time::Window};

/// Windows that the switch offers, in days.
pub const WINDOWS: [u16; 6] = [7, 30, 60, 90, 180, 365];

/// Everything that can be switched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Model, or `None` for the program's policy.
    pub model: Option<Model>,
    /// Window, one of [`WINDOWS`], or `None` for the program's policy.
    pub window: Option<Window>,
    /// Currency, or `None` for the program's.
    pub currency: Option<Currency>,
    /// Identifier of the partner whom the program asks for, or `None` for all.
    pub partner: Option<String>,
    /// Row of the customer whose explanation is open.
    pub deal: Option<u32>,
}

impl Filters {
    /// Reads pairs of a query, already decoded. Of several of one name the first decides.
    #[must_use]
    pub fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut filters = Self::default();
        for (name, value) in pairs {
            match name {
                "model" => filters.model = filters.model.or_else(|| Model::from_word(value)),
                "window" => filters.window = filters.window.or_else(|| window(value)),
                "currency" => filters.currency = filters.currency.or_else(|| value.parse().ok()),
                "partner" => {
                    let written = !value.is_empty() && value.len() <= 64;
                    filters.partner = filters.partner.or_else(|| written.then(|| value.to_owned()));
                }
                "deal" => filters.deal = filters.deal.or_else(|| value.parse().ok()),
                _ => {}
            }
        }
        filters
    }

    /// The pairs of a query, not yet encoded; only what differs from the default, always in one order.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut add = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        add("partner", self.partner.clone());
        add("model", self.model.map(|model| model.word().to_owned()));
        add("window", self.window.map(|window| window.length().to_string()));
        add("currency", self.currency.map(|currency| currency.to_string()));
        add("deal", self.deal.map(|deal| deal.to_string()));
        pairs
    }
}

/// A window that the switch offers, from its word; `policy` and everything else is none.
#[must_use]
pub fn window(word: &str) -> Option<Window> {
    let days: u16 = word.parse().ok().filter(|days| WINDOWS.contains(days))?;
    Window::days(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Filters {
        Filters::read(query.split('&').filter_map(|pair| pair.split_once('=')))
    }

    #[test]
    fn what_is_written_is_read_back() {
        for model in Model::ALL.map(Some).into_iter().chain([None]) {
            for days in WINDOWS.map(Some).into_iter().chain([None]) {
                let filters = Filters {
                    model,
                    window: days.and_then(Window::days),
                    currency: "EUR".parse().ok(),
                    partner: Some("pn_01".into()),
                    deal: Some(7),
                };
                let pairs = filters.pairs();
                let back = Filters::read(pairs.iter().map(|(name, value)| (*name, value.as_str())));
                assert_eq!(back, filters);
            }
        }
        assert!(Filters::default().pairs().is_empty());
    }

    #[test]
    fn what_nobody_knows_falls_back() {
        for query in [
            "",
            "model=",
            "model=Last&window=31",
            "window=policy&model=policy",
            "deal=-1&currency=dollars",
            "x=y&partner=",
        ] {
            assert_eq!(read(query), Filters::default(), "{query}");
        }
        assert_eq!(read("model=last&model=first").model, Some(Model::Last));
        assert_eq!(read("model=none&model=first").model, Some(Model::First));
        assert_eq!(read("currency=eur").currency, "EUR".parse().ok());
    }
}
