//! The description of the API (OpenAPI 3.1), from the very types that requests are read into and answers written from. It is
//! made natively, by the test of this room, and lies in `www/api/openapi.json`, where the platform serves it: the Worker
//! carries nothing of it. `cargo xtask openapi` writes it anew.
//!
//! | file | charter |
//! |---|---|
//! | `routes` | one line a route: who may ask, what is sent, what is answered |
//! | `document` | the lines as a document |

mod document;
mod routes;

use std::{collections::BTreeSet, fs, path::Path};

/// Methods and paths below `/api` of the only route table.
fn router() -> BTreeSet<String> {
    let source = include_str!("../router.rs");
    let api = source.split("Router::new()").nth(1).unwrap_or_default();
    let mut found = BTreeSet::new();
    for line in api.split("route(\"").skip(1) {
        let (path, rest) = line.split_once('"').unwrap_or_default();
        let methods = rest.lines().next().unwrap_or_default();
        for method in ["get", "post", "put", "patch", "delete"] {
            if [",", ".", " "].iter().any(|before| methods.contains(&format!("{before}{method}("))) {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    found
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let described: Vec<String> = routes::all(&mut document::Schemas::default())
        .iter()
        .map(|route| format!("{} {}", route.method.to_uppercase(), route.path))
        .collect();
    let set: BTreeSet<String> = described.iter().cloned().collect();
    assert_eq!(set.len(), described.len(), "a route twice");
    assert_eq!(set, router());
    assert!(set.len() > 40);
}

#[test]
fn the_description_is_not_stale() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/api/openapi.json");
    let now = document::write();
    if std::env::var_os("TRIBUTARY_OPENAPI").is_some() {
        assert!(fs::write(&path, &now).is_ok(), "{} cannot be written", path.display());
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == now, "www/api/openapi.json is stale: write it anew with `cargo xtask openapi`");
}
