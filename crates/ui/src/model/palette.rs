//! What the command palette finds: places, settings, partners, customers, models and saved views, by what is typed.

use core::cmp::Reverse;

use engine::credit::Model;

use super::{
    loaded::Loaded,
    place::{Group, Place},
    section::Section,
};
use crate::filters::Filters;

/// Most rows of a list.
const MOST: usize = 12;
/// From so many signs on, customers are looked through, too.
const CUSTOMERS_FROM: usize = 2;

/// Where a row leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// A place of the page.
    Place(Place),
    /// A section of the settings.
    Section(Section),
    /// The figures of one partner, by identifier; none for all partners.
    Partner(Option<String>),
    /// The explanation of a customer, by row.
    Customer(u32),
    /// A model for every figure; none for the program's policy.
    Model(Option<Model>),
    /// A saved view: the query of its address.
    View(String),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is called.
    pub title: String,
    /// What kind of thing it is.
    pub kind: &'static str,
    /// Where it leads.
    pub to: To,
}

impl Row {
    fn new(title: impl Into<String>, kind: &'static str, to: To) -> Self {
        Self { title: title.into(), kind, to }
    }
}

/// The filters where a row leads; a saved view is an address of its own, and has none.
#[must_use]
pub fn filters(to: &To, now: &Filters) -> Option<Filters> {
    let now = now.clone();
    Some(match to {
        To::Place(place) => now.at(*place),
        To::Section(section) => Filters { section: *section, ..now.at(Place::Settings) },
        To::Partner(partner) => Filters { partner: partner.clone(), ..now.at(Place::Overview) },
        To::Customer(row) => Filters { deal: Some(*row), ..now.at(Place::Deals) },
        To::Model(model) => Filters { model: *model, ..now },
        To::View(_) => return None,
    })
}

/// What is found: every word that is typed stands in the title or the kind. What begins as it is typed comes first; without
/// anything typed, saved views and places.
#[must_use]
pub fn found(typed: &str, loaded: &Loaded, places: &[Group], views: &[(String, String)]) -> Vec<Row> {
    let typed = typed.trim().to_lowercase();
    let mut rows: Vec<Row> =
        views.iter().map(|(name, query)| Row::new(name, "Saved view", To::View(query.clone()))).collect();
    let places = places.iter().flat_map(|group| group.places);
    rows.extend(places.map(|place| Row::new(place.title(), "Place", To::Place(*place))));
    if typed.is_empty() {
        rows.truncate(MOST.max(views.len()));
        return rows;
    }
    rows.extend(Section::ALL.map(|section| Row::new(section.title(), "Settings", To::Section(section))));
    rows.push(Row::new("All partners", "Partner", To::Partner(None)));
    rows.push(Row::new("The program's policy", "Model", To::Model(None)));
    rows.extend(Model::ALL.map(|model| Row::new(model.label(), "Model", To::Model(Some(model)))));
    let partners = loaded.log.partners.iter().filter_map(|partner| {
        let name = partner.name.as_ref().or(partner.id.as_ref())?;
        Some(Row::new(name, "Partner", To::Partner(Some(partner.id.clone()?))))
    });
    rows.extend(partners);
    let mut ranked: Vec<(u8, Row)> = rows.into_iter().filter_map(|row| Some((rank(&row, &typed)?, row))).collect();
    if typed.chars().count() >= CUSTOMERS_FROM {
        let customers = loaded.log.customers.iter().enumerate();
        ranked.extend(customers.filter_map(|(i, name)| {
            let rank = score(&name.to_lowercase(), "customer", &typed)?;
            Some((rank, Row::new(name, "Customer", To::Customer(i as u32))))
        }));
    }
    ranked.sort_by_key(|(rank, _)| Reverse(*rank));
    ranked.into_iter().take(MOST).map(|(_, row)| row).collect()
}

fn rank(row: &Row, typed: &str) -> Option<u8> {
    score(&row.title.to_lowercase(), &row.kind.to_lowercase(), typed)
}

/// How well something fits, the best highest: it begins as it is typed, a word of it does, every word stands in it.
fn score(title: &str, kind: &str, typed: &str) -> Option<u8> {
    if title.starts_with(typed) {
        return Some(3);
    }
    if title.split(|sign: char| !sign.is_alphanumeric()).any(|word| !word.is_empty() && word.starts_with(typed)) {
        return Some(2);
    }
    typed.split_whitespace().all(|word| title.contains(word) || kind.contains(word)).then_some(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    fn titles(typed: &str) -> Vec<String> {
        let loaded = Loaded::new(sample::program_feed());
        let views = [("Spring by last touch".to_owned(), "model=last".to_owned())];
        found(typed, &loaded, &Place::CONSOLE, &views).into_iter().map(|row| row.title).collect()
    }

    #[test]
    fn nothing_typed_shows_views_and_places() {
        let titles = titles("");
        assert_eq!(titles[..2], ["Spring by last touch", "Overview"]);
    }

    #[test]
    fn what_begins_as_typed_comes_first() {
        assert_eq!(titles("SET")[0], "Settings");
        assert_eq!(titles("last touch")[..2], ["Last touch", "Spring by last touch"]);
        assert_eq!(titles("model linear"), ["Linear"]);
        assert_eq!(titles("api"), ["API keys"]);
        assert!(titles("no such thing").is_empty());
    }

    #[test]
    fn partners_and_customers_are_found_by_name_and_lead_to_their_figures() {
        let loaded = Loaded::new(sample::program_feed());
        for (i, name) in loaded.log.customers.iter().enumerate().take(3) {
            let rows = found(name, &loaded, &Place::CONSOLE, &[]);
            let row = rows.iter().find(|row| row.to == To::Customer(i as u32));
            let to = row.and_then(|row| filters(&row.to, &Filters::default()));
            assert_eq!(to.map(|to| (to.place, to.deal)), Some((Place::Deals, Some(i as u32))));
        }
        let id = loaded.log.partners[0].id.clone();
        let to = filters(&To::Partner(id.clone()), &Filters { place: Place::Models, ..Filters::default() });
        assert_eq!(to.map(|to| (to.place, to.partner)), Some((Place::Overview, id)));
    }
}
