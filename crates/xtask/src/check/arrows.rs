//! Dependencies point one way: `ui` and `edge` to `wire` to `engine`. Nothing else, tests included.

use crate::place;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::process::Command;

/// Who may know whom, among ourselves.
const ARROWS: [(&str, &[&str]); 5] = [
    ("engine", &[]),
    ("wire", &["engine"]),
    ("edge", &["engine", "wire"]),
    ("ui", &["engine", "wire"]),
    ("xtask", &["engine", "wire"]),
];

/// The engine cannot know where it runs, so nothing that could tell it may come in: no clock, randomness, I/O or host.
const ENGINE_MAY_USE: [&str; 6] = ["chrono", "libm", "schemars", "serde", "strsim", "thiserror"];

/// `cargo metadata` of the workspace, without its dependencies.
///
/// # Errors
/// When Cargo fails.
pub fn metadata() -> Result<Value> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(place::root()?)
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")
}

/// Every arrow that points the wrong way.
///
/// # Errors
/// When Cargo fails.
pub fn check() -> Result<Vec<String>> {
    Ok(wrong(&metadata()?))
}

fn wrong(metadata: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for package in list(&metadata["packages"]) {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, may)) = ARROWS.iter().find(|(of, _)| *of == name) else {
            wrong.push(format!("the crate `{name}` is not of the house: give it a place in check/arrows.rs"));
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let to = dependency["name"].as_str().unwrap_or_default();
            let ours = dependency["path"].is_string();
            let shipped = dependency["kind"].is_null();
            if ours && !may.contains(&to) {
                wrong.push(format!("`{name}` must not depend on `{to}`: arrows go ui, edge -> wire -> engine"));
            }
            if !ours && shipped && name == "engine" && !ENGINE_MAY_USE.contains(&to) {
                wrong.push(format!("`engine` must not depend on `{to}`: it may use {}", ENGINE_MAY_USE.join(", ")));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::wrong;
    use serde_json::{Value, json};

    fn workspace(name: &str, dependencies: Value) -> Value {
        json!({ "packages": [{ "name": name, "dependencies": dependencies }] })
    }

    fn ours(name: &str) -> Value {
        json!({ "name": name, "path": "crates", "kind": null })
    }

    #[test]
    fn the_house_as_designed_is_right() {
        for (name, to) in [("wire", "engine"), ("edge", "wire"), ("ui", "engine"), ("xtask", "wire")] {
            assert!(wrong(&workspace(name, json!([ours(to)]))).is_empty(), "{name} -> {to}");
        }
    }

    #[test]
    fn any_other_arrow_is_named() {
        for (name, to) in [("engine", "wire"), ("wire", "edge"), ("edge", "ui"), ("ui", "edge"), ("ui", "xtask")] {
            assert_eq!(wrong(&workspace(name, json!([ours(to)]))).len(), 1, "{name} -> {to}");
        }
        let mut for_tests = ours("edge");
        for_tests["kind"] = json!("dev");
        assert_eq!(wrong(&workspace("engine", json!([for_tests]))).len(), 1);
    }

    #[test]
    fn the_engine_takes_in_nothing_that_knows_where_it_runs() {
        let external = |name: &str, kind: Value| json!([{ "name": name, "path": null, "kind": kind }]);
        assert!(wrong(&workspace("engine", external("serde", Value::Null))).is_empty());
        assert!(wrong(&workspace("engine", external("proptest", json!("dev")))).is_empty());
        assert_eq!(wrong(&workspace("engine", external("getrandom", Value::Null))).len(), 1);
        assert!(wrong(&workspace("edge", external("worker", Value::Null))).is_empty());
    }

    #[test]
    fn a_stranger_in_the_workspace_is_named() {
        assert_eq!(wrong(&workspace("helpers", json!([]))).len(), 1);
    }
}
