//! What the reader asks of the report, mirrored in the query of the address, so that a view is a link.
//!
//! An unknown or damaged value falls back to the default: an address that somebody typed never breaks the page.

use std::collections::BTreeSet;

use engine::{
    credit::Model,
    fact::TouchKind,
    kpi::ways::{End, MANY, Steps},
    money::Currency,
    period::{Before, Grain, Range},
    time::{Day, Month, Window},
};

use crate::model::{order::Column, place::Place, section::Section};

/// Windows that the switch offers, in days.
pub const WINDOWS: [u16; 6] = [7, 30, 60, 90, 180, 365];

/// Ranges of the calendar that the switch offers, each with its word and its name on the page.
pub const RANGES: [(&str, Range, &str); 7] = [
    ("always", Range::Always, "All time"),
    ("this_month", Range::This(Grain::Month), "This month"),
    ("last_month", Range::Last(Grain::Month), "Last month"),
    ("this_quarter", Range::This(Grain::Quarter), "This quarter"),
    ("last_quarter", Range::Last(Grain::Quarter), "Last quarter"),
    ("this_year", Range::This(Grain::Year), "This year"),
    ("last_year", Range::Last(Grain::Year), "Last year"),
];

/// What steps of journeys are called by, each with its word and its name on the page.
pub const STEPS: [(&str, Steps, &str); 3] = [
    ("parties", Steps::Parties, "Partner or channel"),
    ("kinds", Steps::Kinds, "Kind of touch"),
    ("channels", Steps::Channels, "Channel"),
];

/// How journeys end, each with its word and its name on the page.
pub const ENDS: [(&str, End, &str); 3] =
    [("won", End::Won, "Won"), ("lost", End::Lost, "Lost"), ("open", End::Open, "Open")];

/// Characters of the longest sequence that an address names.
const PATH: usize = 1_000;

/// The word of all states.
pub const ALL: &str = "all";

/// Most partners that stand side by side.
pub const COMPARED: usize = 4;

/// The word of days of one's own.
pub const DAYS: &str = "days";

/// Names of the pairs of a query that are read.
pub const NAMES: [&str; 23] = [
    "view",
    "section",
    "partner",
    "compare",
    "range",
    "from",
    "to",
    "against",
    "model",
    "window",
    "with",
    "with_window",
    "currency",
    "month",
    "deal",
    "page",
    "state",
    "hide",
    "steps",
    "end",
    "touch",
    "length",
    "path",
];

/// What is sought among the journeys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// What their steps are called by.
    pub steps: Steps,
    /// How they ended.
    pub end: Option<End>,
    /// A kind of touch that they have.
    pub touch: Option<TouchKind>,
    /// How many steps they have; [`MANY`] is so many or more.
    pub length: Option<u8>,
    /// The sequence whose customers are shown, as [`crate::model::journeys::path`] writes it.
    pub path: Option<String>,
}

/// Everything that can be switched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Which place of the page.
    pub place: Place,
    /// Which section of the settings.
    pub section: Section,
    /// Model, or `None` for the program's policy.
    pub model: Option<Model>,
    /// Window, one of [`WINDOWS`], or `None` for the program's policy.
    pub window: Option<Window>,
    /// The other model, where two answers stand side by side.
    pub with: Option<Model>,
    /// Its window.
    pub with_window: Option<Window>,
    /// Facts of which days.
    pub range: Range,
    /// What they are held against; `None` for the same dates a year before.
    pub against: Option<Before>,
    /// Currency, or `None` for the program's.
    pub currency: Option<Currency>,
    /// Identifier of the partner whom the program asks for, or `None` for all.
    pub partner: Option<String>,
    /// Identifiers of partners who stand side by side, at most [`COMPARED`].
    pub compared: Vec<String>,
    /// Row of the customer whose explanation is open.
    pub deal: Option<u32>,
    /// The month whose statement is shown; `None` for the present one.
    pub month: Option<Month>,
    /// Identifier of the landing page that is edited.
    pub page: Option<String>,
    /// The state whose registrations or suspicions are shown, or [`ALL`]; `None` for the place's first.
    pub state: Option<String>,
    /// Columns of the table of deals that are left out, from left to right.
    pub hidden: BTreeSet<Column>,
    /// What is sought among the journeys.
    pub ways: Ways,
}

impl Filters {
    /// Reads pairs of a query, already decoded. Of several of one name the first decides, but for columns and
    /// partners side by side.
    #[must_use]
    pub fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut filters = Self::default();
        let (mut place, mut section, mut range, mut from, mut to) = (None, None, None, None, None);
        for (name, value) in pairs {
            match name {
                "view" => place = place.or_else(|| Place::of(value)),
                "section" => section = section.or_else(|| Section::of(value)),
                "model" => filters.model = filters.model.or_else(|| Model::from_word(value)),
                "window" => filters.window = filters.window.or_else(|| window(value)),
                "with" => filters.with = filters.with.or_else(|| Model::from_word(value)),
                "with_window" => filters.with_window = filters.with_window.or_else(|| window(value)),
                "range" => range = range.or_else(|| self::range(value)),
                "from" => from = from.or_else(|| value.parse().ok()),
                "to" => to = to.or_else(|| value.parse().ok()),
                "against" => filters.against = filters.against.or_else(|| against(value)),
                "currency" => filters.currency = filters.currency.or_else(|| value.parse().ok()),
                "partner" => filters.partner = filters.partner.or_else(|| identifier(value)),
                "compare" => filters.compare(identifier(value)),
                "page" => filters.page = filters.page.or_else(|| identifier(value)),
                "state" => filters.state = filters.state.or_else(|| identifier(value)),
                "month" => filters.month = filters.month.or_else(|| month(value)),
                "hide" => filters.hidden.extend(Column::OPTIONAL.into_iter().find(|column| column.word() == value)),
                "deal" => filters.deal = filters.deal.or_else(|| value.parse().ok()),
                _ => filters.ways.read(name, value),
            }
        }
        let days = from.zip(to).and_then(|(first, last)| days(first, last));
        let (place, section) = (place.unwrap_or_default(), section.unwrap_or_default());
        Self { place, section, range: range.or(days).unwrap_or_default(), ..filters }
    }

    /// Puts a partner beside those who stand side by side, while there is room.
    fn compare(&mut self, partner: Option<String>) {
        let room = self.compared.len() < COMPARED;
        self.compared.extend(partner.filter(|id| room && !self.compared.contains(id)));
    }

    /// Puts a partner beside those who stand side by side, while there is room; or takes them away, if they do.
    pub fn turn_compared(&mut self, partner: &str) {
        match self.compared.iter().position(|id| id == partner) {
            Some(at) => drop(self.compared.remove(at)),
            None => self.compare(Some(partner.to_owned())),
        }
    }

    /// The same at another place; an open deal, page or section stays behind, and so do partners side by side.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place, section: Section::default(), deal: None, page: None, state: None, compared: Vec::new(), ..self }
    }

    /// The pairs of a query, not yet encoded; only what differs from the default, always in one order.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut add = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        add("view", (self.place != Place::default()).then(|| self.place.word().to_owned()));
        add("section", (self.section != Section::default()).then(|| self.section.word().to_owned()));
        add("partner", self.partner.clone());
        self.compared.iter().for_each(|id| add("compare", Some(id.clone())));
        match self.range {
            Range::Always => {}
            Range::Days(first, last) => {
                add("from", Some(first.to_string()));
                add("to", Some(last.to_string()));
            }
            range => add("range", Some(range_word(range).to_owned())),
        }
        add("against", self.against.map(|before| against_word(before).to_owned()));
        add("model", self.model.map(|model| model.word().to_owned()));
        add("window", self.window.map(|window| window.length().to_string()));
        add("with", self.with.map(|model| model.word().to_owned()));
        add("with_window", self.with_window.map(|window| window.length().to_string()));
        add("currency", self.currency.map(|currency| currency.to_string()));
        add("month", self.month.map(|month| month.to_string()));
        add("deal", self.deal.map(|deal| deal.to_string()));
        add("page", self.page.clone());
        add("state", self.state.clone());
        self.hidden.iter().for_each(|column| add("hide", Some(column.word().to_owned())));
        let Ways { steps, end, touch, length, path } = &self.ways;
        let steps = STEPS.iter().find(|(_, known, _)| known == steps && *steps != Steps::default());
        add("steps", steps.map(|(word, ..)| (*word).to_owned()));
        let end = ENDS.iter().find(|(_, known, _)| Some(*known) == *end);
        add("end", end.map(|(word, ..)| (*word).to_owned()));
        add("touch", touch.map(|kind| kind.word().to_owned()));
        add("length", length.map(|length| length.to_string()));
        add("path", path.clone());
        pairs
    }
}

/// A text that may be an identifier.
fn identifier(text: &str) -> Option<String> {
    (!text.is_empty() && text.len() <= 64).then(|| text.to_owned())
}

impl Ways {
    fn read(&mut self, name: &str, value: &str) {
        match name {
            "steps" => self.steps = STEPS.iter().find(|(word, ..)| *word == value).map_or(self.steps, |found| found.1),
            "end" => self.end = self.end.or_else(|| end(value)),
            "touch" => self.touch = self.touch.or_else(|| TouchKind::from_word(value)),
            "length" => self.length = self.length.or_else(|| length(value)),
            "path" if self.path.is_none() && !value.is_empty() && value.len() <= PATH => {
                self.path = Some(value.to_owned());
            }
            _ => {}
        }
    }
}

/// How a journey ends, from its word.
#[must_use]
pub fn end(word: &str) -> Option<End> {
    ENDS.iter().find(|(known, ..)| *known == word).map(|(_, end, _)| *end)
}

/// How many steps, from a number.
#[must_use]
pub fn length(word: &str) -> Option<u8> {
    word.parse().ok().filter(|length| (1..=MANY).contains(length))
}

/// A window that the switch offers, from its word; `policy` and everything else is none.
#[must_use]
pub fn window(word: &str) -> Option<Window> {
    let days: u16 = word.parse().ok().filter(|days| WINDOWS.contains(days))?;
    Window::days(days)
}

/// A range of the calendar, from its word.
#[must_use]
pub fn range(word: &str) -> Option<Range> {
    RANGES.iter().find(|(known, ..)| *known == word).map(|(_, range, _)| *range)
}

/// The word of a range; that of days of one's own is [`DAYS`].
#[must_use]
pub fn range_word(range: Range) -> &'static str {
    RANGES.iter().find(|(_, known, _)| *known == range).map_or(DAYS, |(word, ..)| word)
}

/// From one day to another, in their order; `None` where they lie more than a hundred years apart.
#[must_use]
pub fn days(first: Day, last: Day) -> Option<Range> {
    (first <= last && last.0 - first.0 <= 36_525).then_some(Range::Days(first, last))
}

/// A month, from its word: `2026-10`.
#[must_use]
pub fn month(word: &str) -> Option<Month> {
    format!("{word}-01").parse::<Day>().ok().map(Day::month)
}

/// What a range is held against, from its word; `year` and everything else is the default.
#[must_use]
pub fn against(word: &str) -> Option<Before> {
    (word == against_word(Before::Period)).then_some(Before::Period)
}

/// The word of what a range is held against.
#[must_use]
pub fn against_word(before: Before) -> &'static str {
    match before {
        Before::Period => "before",
        Before::Year => "year",
    }
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
                    place: Place::Deals,
                    section: Section::Keys,
                    range: Range::Last(Grain::Quarter),
                    against: Some(Before::Period),
                    model,
                    window: days.and_then(Window::days),
                    with: Some(Model::Last),
                    with_window: Window::days(30),
                    currency: "EUR".parse().ok(),
                    partner: Some("pn_01".into()),
                    compared: vec!["pn_02".into(), "pn_01".into()],
                    month: month("2026-10"),
                    deal: Some(7),
                    page: Some("page_01".into()),
                    state: Some(ALL.into()),
                    hidden: BTreeSet::from([Column::Class, Column::Last]),
                    ways: Ways {
                        steps: Steps::Kinds,
                        end: Some(End::Lost),
                        touch: Some(TouchKind::CoSell),
                        length: Some(MANY),
                        path: Some("click~listing".into()),
                    },
                };
                let pairs = filters.pairs();
                let back = Filters::read(pairs.iter().map(|(name, value)| (*name, value.as_str())));
                assert_eq!(back, filters);
            }
        }
        assert!(Filters::default().pairs().is_empty());
        for range in RANGES.map(|(_, range, _)| range).into_iter().chain(days(Day(20_000), Day(20_000))) {
            let filters = Filters { range, ..Filters::default() };
            let pairs = filters.pairs();
            assert!(pairs.iter().all(|(name, _)| NAMES.contains(name)));
            assert_eq!(Filters::read(pairs.iter().map(|(name, value)| (*name, value.as_str()))), filters);
        }
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
            "view=Deals&range=today&against=year",
            "from=2026-02-02&to=2026-02-01",
            "from=2026-02-02",
            "month=2026-13",
            "month=october",
            "from=2026-02-30&to=2026-03-01",
            "steps=x&end=wins&touch=tap&length=5&path=",
            "steps=parties&length=0",
        ] {
            assert_eq!(read(query), Filters::default(), "{query}");
        }
        assert_eq!(read("model=last&model=first").model, Some(Model::Last));
        assert_eq!(read("model=none&model=first").model, Some(Model::First));
        assert_eq!(read("currency=eur").currency, "EUR".parse().ok());
    }
}
