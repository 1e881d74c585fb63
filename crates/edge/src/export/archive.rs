//! The lines of a whole instance, and how they are taken back. Every line is a JSON object:
//!
//! | line | is |
//! |---|---|
//! | first | `{"tributary":1,"exportedAt":…,"tables":{table:[column,…]},"left":{table:why it is left out}}` |
//! | each further | `{"n":1,"touch":[value,…]}`: number, and a row of a table with its columns' values |
//! | last | `{"end":true,"rows":N,"digest":…}`: without it the file was cut off |
//!
//! The digest is that of the first line, and with each further line that of itself and the line: SHA-256 in hexadecimal. So
//! a file can be sent in as many parts as one likes, each of whole lines, and what was sent before is known and passed over.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::cell::Cell;
use crate::{app::digest, json};

/// The form that is written, and read.
const FORM: u64 = 1;

/// Columns by table.
pub type Tables = BTreeMap<String, Vec<String>>;

/// Lines that were written or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The first line.
    pub header: String,
    /// How many rows followed.
    pub rows: u64,
    /// Of all lines so far.
    pub digest: String,
}

impl Progress {
    /// Begins with a first line.
    fn new(header: String) -> Self {
        Self { digest: digest(&header), header, rows: 0 }
    }

    /// The first line of an export.
    pub fn header(at: &str, tables: &Tables, left: &[(&str, &str)]) -> Self {
        let left: Map<String, Value> = left.iter().map(|(name, why)| ((*name).to_owned(), (*why).into())).collect();
        Self::new(json!({ "tributary": FORM, "exportedAt": at, "tables": tables, "left": left }).to_string())
    }

    fn add(&mut self, line: &str) {
        self.rows += 1;
        self.digest = digest(format!("{}{line}", self.digest));
    }

    /// Writes a row's line.
    pub fn row(&mut self, table: &str, row: &[Cell], out: &mut String) {
        let start = out.len();
        out.push_str(&format!("{{\"n\":{},\"{table}\":[", self.rows + 1));
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            cell.json(out);
        }
        out.push_str("]}");
        self.add(&out[start..]);
        out.push('\n');
    }

    /// The last line: `settled`, or else the rows do not go together.
    pub fn end(&self, settled: bool) -> String {
        let mut end = json!({ "end": settled, "rows": self.rows, "digest": self.digest });
        if !settled {
            end["why"] = "Settings were changed or touches sealed while this was written: export again".into();
        }
        format!("{end}\n")
    }
}

/// Why lines are not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A line of these is not as it must be: which, from 1, and what it must be.
    Line(usize, String),
    /// The row of this number is to come first.
    Gap(u64),
    /// The last line says that the lines are not those that were written.
    Broken(&'static str),
}

/// What lines add.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// Another export began: what came before is of no use.
    pub anew: bool,
    /// With these lines.
    pub progress: Progress,
    /// New rows by table: JSON arrays of arrays.
    pub rows: BTreeMap<String, String>,
    /// The last line was among them.
    pub end: bool,
}

/// The tables of a first line, if these columns are all there.
fn tables(header: &Value, known: &Tables) -> Result<Tables, String> {
    if header["tributary"].as_u64() != Some(FORM) {
        return Err(format!("tributary: must be {FORM}"));
    }
    let tables = header["tables"].as_object().ok_or("tables: must be an object")?;
    let mut out = Tables::new();
    for (name, columns) in tables {
        let there = known.get(name).ok_or_else(|| format!("tables: {name:?} is not known to this version"))?;
        let columns = columns.as_array().ok_or_else(|| format!("tables.{name}: must be an array"))?;
        for column in columns {
            let column = column
                .as_str()
                .filter(|column| there.iter().any(|known| known == column))
                .ok_or_else(|| format!("tables.{name}: {column} is not known to this version"))?;
            let list = out.entry(name.clone()).or_default();
            if list.iter().any(|before| before == column) {
                return Err(format!("tables.{name}: {column:?} must stand once"));
            }
            list.push(column.to_owned());
        }
    }
    Ok(out)
}

/// The tables of a first line that was taken before.
pub fn tables_of(header: &str, known: &Tables) -> Result<Tables, String> {
    tables(&json::read(header).map_err(|fault| fault.to_string())?, known)
}

/// A row's table and its values.
fn row<'a>(line: &'a Map<String, Value>, tables: &Tables) -> Result<(&'a str, &'a Value), String> {
    let mut others = line.iter().filter(|(key, _)| *key != "n");
    let (Some((table, values)), None) = (others.next(), others.next()) else {
        return Err("must have a number, n, and one table".into());
    };
    let columns = tables.get(table).ok_or_else(|| format!("{table}: must be a table of the first line"))?;
    let cells = values.as_array().filter(|cells| cells.len() == columns.len());
    let cells = cells.ok_or_else(|| format!("{table}: must be an array of {} values", columns.len()))?;
    match cells.iter().position(|cell| !(cell.is_null() || cell.is_string() || cell.is_i64())) {
        Some(i) => Err(format!("{table}.{}: must be a text, a whole number or null", columns[i])),
        None => Ok((table, values)),
    }
}

/// Takes lines that go on where others ended; those that were taken before are passed over.
///
/// # Errors
/// The first line that is not as it must be: then none of these is taken.
pub fn take(before: Option<Progress>, text: &str, known: &Tables) -> Result<Taken, Refusal> {
    let (mut progress, mut anew, mut end) = (before, false, false);
    let mut columns = Tables::new();
    if let Some(progress) = &progress {
        columns = tables_of(&progress.header, known).map_err(|rule| Refusal::Line(1, rule))?;
    }
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let refuse = |rule: String| Refusal::Line(i + 1, rule);
        if end {
            return Err(refuse("must not follow the last line of an export".into()));
        }
        let value: Value = json::read(line).map_err(|_| refuse("must be a JSON object, whole".into()))?;
        let object = value.as_object().ok_or_else(|| refuse("must be a JSON object".into()))?;
        if object.contains_key("tributary") {
            if progress.as_ref().is_none_or(|progress| progress.header != line) {
                columns = tables(&value, known).map_err(refuse)?;
                (progress, anew) = (Some(Progress::new(line.to_owned())), true);
                rows.clear();
            }
            continue;
        }
        let progress = progress
            .as_mut()
            .ok_or_else(|| refuse("must be the first line of an export: {\"tributary\":1,…}".into()))?;
        if let Some(whole) = object.get("end") {
            if *whole != Value::Bool(true) {
                return Err(Refusal::Broken("the export was not finished: export again"));
            }
            let said = object.get("rows").and_then(Value::as_u64);
            if said.is_some_and(|said| said > progress.rows) {
                return Err(Refusal::Gap(progress.rows + 1));
            }
            if (said, object.get("digest").and_then(Value::as_str)) != (Some(progress.rows), Some(&progress.digest)) {
                return Err(Refusal::Broken(
                    "the lines are not those that were exported: send them again from the first",
                ));
            }
            end = true;
            continue;
        }
        let n = object.get("n").and_then(Value::as_u64).filter(|n| *n > 0);
        let n = n.ok_or_else(|| refuse("n: must be the number of the row, from 1".into()))?;
        if n <= progress.rows {
            continue;
        }
        if n > progress.rows + 1 {
            return Err(Refusal::Gap(progress.rows + 1));
        }
        let (table, values) = row(object, &columns).map_err(refuse)?;
        let list = rows.entry(table.to_owned()).or_default();
        list.push_str(if list.is_empty() { "[" } else { "," });
        list.push_str(&values.to_string());
        progress.add(line);
    }
    rows.values_mut().for_each(|list| list.push(']'));
    let progress = progress.ok_or_else(|| Refusal::Line(1, "must be the first line of an export".into()))?;
    Ok(Taken { anew, progress, rows, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Tables {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Tables::from([("partner".into(), columns(&["id", "name"])), ("touch".into(), columns(&["key", "at"]))])
    }

    fn lines() -> Vec<String> {
        let mut progress = Progress::header("2026-01-01T00:00:00.000Z", &known(), &[("session", "a secret")]);
        let mut text = format!("{}\n", progress.header);
        for (table, cell) in [("touch", Cell::Number(1)), ("touch", Cell::Null), ("partner", "Zoë \"Z\"\n".into())] {
            progress.row(table, &["x".into(), cell], &mut text);
        }
        text.push_str(&progress.end(true));
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_written_is_taken_in_any_parts() -> Result<(), Refusal> {
        let lines = lines();
        let whole = take(None, &lines.join("\n"), &known())?;
        assert!(whole.anew && whole.end);
        assert_eq!(whole.rows["touch"], r#"[["x",1],["x",null]]"#);
        assert_eq!(whole.rows["partner"], r#"[["x","Zoë \"Z\"\n"]]"#);
        for cut in 1..lines.len() {
            let first = take(None, &lines[..cut].join("\r\n"), &known())?;
            assert!(!first.end);
            // Everything is sent again, from the first line on.
            for from in [0, cut] {
                let rest = take(Some(first.progress.clone()), &lines[from..].join("\n"), &known())?;
                assert_eq!((&rest.progress, rest.anew, rest.end), (&whole.progress, false, true), "{from} {cut}");
            }
        }
        Ok(())
    }

    #[test]
    fn what_is_not_as_it_was_written_is_refused() {
        let good = lines();
        let change = |at: usize, line: &str| {
            let mut lines = good.clone();
            line.clone_into(&mut lines[at]);
            take(None, &lines.join("\n"), &known()).err()
        };
        let line = |at: usize, rule: &str| Some(Refusal::Line(at, rule.to_owned()));
        let header = r#"{"tributary":1,"tables":{"touch":["key","at"]}}"#;
        for (at, text, expect) in [
            (0, "", line(2, "must be the first line of an export: {\"tributary\":1,…}")),
            (0, r#"{"tributary":2}"#, line(1, "tributary: must be 1")),
            (0, r#"{"tributary":1}"#, line(1, "tables: must be an object")),
            (
                0,
                r#"{"tributary":1,"tables":{"session":[]}}"#,
                line(1, "tables: \"session\" is not known to this version"),
            ),
            (0, r#"{"tributary":1,"tables":{"touch":1}}"#, line(1, "tables.touch: must be an array")),
            (
                0,
                r#"{"tributary":1,"tables":{"touch":["key\" --"]}}"#,
                line(1, "tables.touch: \"key\\\" --\" is not known to this version"),
            ),
            (
                0,
                r#"{"tributary":1,"tables":{"touch":["key","key"]}}"#,
                line(1, "tables.touch: \"key\" must stand once"),
            ),
            (0, header, line(4, "partner: must be a table of the first line")),
            (1, "[1]", line(2, "must be a JSON object")),
            (1, r#"{"n":1,"touch":["x""#, line(2, "must be a JSON object, whole")),
            (1, r#"{"touch":["x",1]}"#, line(2, "n: must be the number of the row, from 1")),
            (1, r#"{"n":-1,"touch":["x",1]}"#, line(2, "n: must be the number of the row, from 1")),
            (1, r#"{"n":1}"#, line(2, "must have a number, n, and one table")),
            (1, r#"{"n":1,"touch":["x",1],"partner":["x","x"]}"#, line(2, "must have a number, n, and one table")),
            (1, r#"{"n":1,"member":["x"]}"#, line(2, "member: must be a table of the first line")),
            (1, r#"{"n":1,"touch":["x"]}"#, line(2, "touch: must be an array of 2 values")),
            (1, r#"{"n":1,"touch":{"key":"x"}}"#, line(2, "touch: must be an array of 2 values")),
            (1, r#"{"n":1,"touch":["x",1.5]}"#, line(2, "touch.at: must be a text, a whole number or null")),
            (1, r#"{"n":1,"touch":[["x"],1]}"#, line(2, "touch.key: must be a text, a whole number or null")),
            (1, "", Some(Refusal::Gap(1))),
            (2, "", Some(Refusal::Gap(2))),
            (3, "", Some(Refusal::Gap(3))),
            (3, &good[4], Some(Refusal::Gap(3))),
            (4, &good[4].replace("true", "false"), Some(Refusal::Broken("the export was not finished: export again"))),
        ] {
            assert_eq!(change(at, text), expect, "{text}");
        }
        for (at, text) in [(1, good[1].replace('1', "2").replacen('2', "1", 1)), (4, good[4].replace("\":3", "\":2"))] {
            assert!(matches!(change(at, &text), Some(Refusal::Broken(_))), "{text}");
        }
        let mut longer = good.clone();
        longer.push(good[1].clone());
        assert_eq!(
            take(None, &longer.join("\n"), &known()).err(),
            line(6, "must not follow the last line of an export")
        );
    }
}
