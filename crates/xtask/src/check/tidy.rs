//! Rules that no compiler knows. The words that they look for are put together here, so that this file may hold them.

use crate::{fingerprint, place};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A file that is longer has more than one charter.
const LINES: usize = 600;
const FOLDERS: [&str; 4] = ["crates", "tests", "www", ".ci"];
const FILES: [&str; 7] = [
    "Cargo.toml",
    "wrangler.toml",
    "README.md",
    "package.json",
    "rust-toolchain.toml",
    ".gitignore",
    ".cargo/config.toml",
];
/// What people write. Tables and golden files are data, with a rule of their own.
const SOURCES: [&str; 13] = ["rs", "mjs", "js", "ts", "css", "html", "sql", "toml", "md", "json", "svg", "sh", "run"];
/// Sources whose length counts.
const SHORT: [&str; 8] = ["rs", "mjs", "js", "ts", "css", "html", "sql", "sh"];

/// Words of unfinished work, and the attribute that hides a lint for good.
const UNFINISHED: [(&str, &str); 8] = [
    (concat!("to", "do!("), "finish it"),
    (concat!("unimpl", "emented!("), "finish it"),
    (concat!("db", "g!("), "take it out"),
    (concat!("FIX", "ME"), "mend it, or file an issue"),
    (concat!("TO", "DO"), "do it, or file an issue"),
    (concat!("XX", "X"), "mend it, or file an issue"),
    (concat!("#[al", "low("), "use #[expect(lint, reason = \"…\")]"),
    (concat!("#![al", "low("), "use #![expect(lint, reason = \"…\")]"),
];

const SQL: [&str; 8] = [
    concat!("SEL", "ECT "),
    concat!("INS", "ERT INTO "),
    concat!("INS", "ERT OR "),
    concat!("UPD", "ATE "),
    concat!("DEL", "ETE FROM "),
    concat!("CRE", "ATE TABLE "),
    concat!("REPL", "ACE INTO "),
    concat!("WI", "TH RECURSIVE "),
];
const STORE: &str = "crates/edge/src/store";
const ROUTE: &str = concat!(".rou", "te(");
const ROUTER: &str = "crates/edge/src/router.rs";

/// Everything untidy in the repository.
///
/// # Errors
/// When a source cannot be read.
pub fn check() -> Result<Vec<String>> {
    let root = place::root()?;
    let roots: Vec<_> = FOLDERS.iter().chain(&FILES).map(|path| root.join(path)).collect();
    let mut wrong = Vec::new();
    for path in fingerprint::files(&roots)? {
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if generated(&name) || !SOURCES.contains(&kind(&name)) {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
        wrong.extend(untidy(&name, &text));
    }
    Ok(wrong)
}

fn generated(name: &str) -> bool {
    name.starts_with("www/ui/") || name.starts_with("tests/vectors/") || name.contains("/.tmp/")
}

/// The extension, or the whole name of a file without one.
fn kind(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    Path::new(file).extension().and_then(|extension| extension.to_str()).unwrap_or(file)
}

fn untidy(name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let lines = text.lines().count();
    if SHORT.contains(&kind(name)) && lines > LINES {
        wrong.push(format!("{name} has {lines} lines: split it, {LINES} is the most"));
    }
    let rust = kind(name) == "rs";
    let sql_allowed = name == format!("{STORE}.rs") || name.starts_with(&format!("{STORE}/"));
    for (at, line) in text.lines().enumerate() {
        let at = at + 1;
        if line.ends_with([' ', '\t']) && kind(name) != "md" {
            wrong.push(format!("{name}:{at}: spaces at the end of the line"));
        }
        for (word, instead) in UNFINISHED {
            if line.contains(word) {
                wrong.push(format!("{name}:{at}: `{word}`: {instead}"));
            }
        }
        if rust && name != ROUTER && line.contains(ROUTE) {
            wrong.push(format!("{name}:{at}: a route outside {ROUTER}, the only route table"));
        }
    }
    if rust && !sql_allowed {
        wrong.extend(sql(text).map(|at| format!("{name}:{at}: SQL outside {STORE}, the only place for it")));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        wrong.push(format!("{name}: no line end at the end"));
    }
    wrong
}

/// The lines on which a string literal begins with SQL, on whatever line the first word stands.
fn sql(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices('"').filter_map(move |(quote, _)| {
        let inside = text.get(quote + 1..)?.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
        SQL.iter()
            .any(|verb| inside.starts_with(verb))
            .then(|| text.get(..quote).map_or(0, |before| before.matches('\n').count()) + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::{ROUTE, SQL, UNFINISHED, untidy};

    fn one(name: &str, text: &str) -> String {
        let mut wrong = untidy(name, text);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        wrong.remove(0)
    }

    #[test]
    fn a_tidy_file_has_no_complaint() {
        assert!(untidy("crates/edge/src/app.rs", "//! Fine.\n\nfn f() {}\n").is_empty());
    }

    #[test]
    fn a_long_source_is_to_be_split_and_a_long_document_is_not() {
        assert!(one("crates/ui/src/a.rs", &"x\n".repeat(601)).contains("601 lines"));
        assert!(untidy("crates/ui/src/a.rs", &"x\n".repeat(600)).is_empty());
        assert!(untidy("README.md", &"x\n".repeat(601)).is_empty());
    }

    #[test]
    fn unfinished_work_is_named_with_its_line() {
        for (word, _) in UNFINISHED {
            let said = one("crates/wire/src/a.rs", &format!("fine\n  {word}\n"));
            assert!(said.starts_with("crates/wire/src/a.rs:2:"), "{said}");
        }
    }

    #[test]
    fn sql_lives_in_the_store() {
        for verb in SQL {
            let line = format!("let q = \"{verb}x\";\n");
            assert!(one("crates/edge/src/http/link.rs", &line).contains(":1: SQL"));
            assert!(untidy("crates/edge/src/store/link.rs", &line).is_empty());
            let raw = format!("let q = r#\"\n    {verb}x\"#;\n");
            assert!(one("crates/edge/src/ingest.rs", &raw).contains(":1: SQL"));
        }
        assert!(untidy("crates/edge/src/a.rs", "let method = \"DELETE\";\n").is_empty());
        assert!(untidy("crates/ui/src/a.rs", "let label = \"Select a link\";\n").is_empty());
    }

    #[test]
    fn routes_live_in_the_router() {
        let line = format!("app{ROUTE}\"/x\", get(x))\n");
        assert!(one("crates/edge/src/http/mod.rs", &line).contains("route table"));
        assert!(untidy("crates/edge/src/router.rs", &line).is_empty());
    }

    #[test]
    fn spaces_at_the_end_and_a_missing_line_end_are_named() {
        assert!(one("www/style/a.css", "a {} \n").contains(":1: spaces"));
        assert!(one("www/style/a.css", "a {}").contains("no line end"));
    }
}
