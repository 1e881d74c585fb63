//! The catalogue is whole: every row of it has a definition, every definition stands in a row, and none has its name
//! twice.

use std::collections::BTreeSet;

use engine::kpi::{Chapter, catalogue, definition};

/// Chapter and row, word for word, from the specification of figures.
const ROWS: &str = include_str!("../../../tests/vectors/catalogue.tsv");

fn rows() -> Vec<(Chapter, &'static str)> {
    let chapter = |name: &str| match name {
        "Sales" => Chapter::Sales,
        "Economics" => Chapter::Economics,
        "Customers and integrations" => Chapter::Customers,
        "Partners" => Chapter::Partners,
        other => panic!("no chapter is called {other}"),
    };
    let parts = ROWS.lines().map(|line| line.split_once('\t').expect("chapter, tab, row"));
    parts.map(|(name, row)| (chapter(name), row)).collect()
}

#[test]
fn every_row_has_a_definition() {
    let missing: Vec<_> = rows()
        .into_iter()
        .filter(|(chapter, row)| !catalogue().any(|d| d.chapter == *chapter && d.row == *row))
        .collect();
    assert_eq!(missing, []);
}

#[test]
fn every_definition_stands_in_a_row() {
    let rows = rows();
    let strays: Vec<_> = catalogue().filter(|d| !rows.contains(&(d.chapter, d.row))).map(|d| (d.id, d.row)).collect();
    assert_eq!(strays, []);
}

#[test]
fn definitions_come_in_the_order_of_the_catalogue() {
    let rows = rows();
    let order: Vec<_> = catalogue().filter_map(|d| rows.iter().position(|row| *row == (d.chapter, d.row))).collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn an_identifier_names_one_definition_for_good() {
    let ids: Vec<_> = catalogue().map(|d| d.id).collect();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    for id in ids {
        assert_eq!(definition(id).map(|d| d.id), Some(id));
        assert!(id.bytes().all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
    }
}

#[test]
fn every_definition_says_what_it_is() {
    for d in catalogue() {
        assert!(!d.label.is_empty() && d.formula.ends_with('.') && !d.needs.is_empty(), "{}", d.id);
    }
}
