//! Values, and rows of them as CSV and as JSON.

use std::fmt::Write as _;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing is known.
    Null,
    /// A number: an amount in minor units, or how many.
    Number(i64),
    /// A text.
    Text(String),
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Cell {
    /// Writes it as JSON.
    pub fn json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Number(number) => push(out, number),
            Self::Text(text) => push(out, serde_json::Value::from(text.as_str())),
        }
    }

    fn csv(&self, out: &mut String) {
        match self {
            Self::Null => {}
            Self::Number(number) => push(out, number),
            Self::Text(text) => {
                // A spreadsheet program takes such a text for a formula, and people write texts into forms. The apostrophe
                // is that program's own mark of a text. NDJSON has every text as it was recorded.
                let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
                let quoted = text.is_empty() || text.contains(['"', ',', '\n', '\r']) || text.trim() != text;
                let quote = if quoted { "\"" } else { "" };
                let mark = if formula { "'" } else { "" };
                push(out, format_args!("{quote}{mark}{}{quote}", text.replace('"', "\"\"")));
            }
        }
    }
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a text does not fail.
    let _ = write!(out, "{value}");
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, in UTF-8 with a byte order mark, without which spreadsheet programs take it for another encoding.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

impl Format {
    /// The word that asks for it, which is also the end of a file's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// What stands before the first row.
    pub fn head<'a>(self, names: impl Iterator<Item = &'a str>) -> String {
        match self {
            Self::Csv => format!("\u{feff}{}\r\n", names.collect::<Vec<_>>().join(",")),
            Self::Ndjson => String::new(),
        }
    }

    /// Writes a row.
    pub fn row<'a>(self, names: impl Iterator<Item = &'a str>, row: &[Cell], out: &mut String) {
        for (i, (name, cell)) in names.zip(row).enumerate() {
            let between = if i > 0 { "," } else { "" };
            match self {
                Self::Csv => {
                    out.push_str(between);
                    cell.csv(out);
                }
                Self::Ndjson => {
                    push(out, format_args!("{}\"{name}\":", if i > 0 { between } else { "{" }));
                    cell.json(out);
                }
            }
        }
        out.push_str(if self == Self::Csv { "\r\n" } else { "}\n" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written() {
        let written = |format: Format, cell: Cell| {
            let mut out = String::new();
            format.row(["a", "b"].into_iter(), &[Cell::Number(-1), cell], &mut out);
            out
        };
        for (cell, csv, json) in [
            (Cell::Null, "-1,\r\n", r#"{"a":-1,"b":null}"#),
            (Cell::Number(9_007_199_254_740_991), "-1,9007199254740991\r\n", r#"{"a":-1,"b":9007199254740991}"#),
            ("".into(), "-1,\"\"\r\n", r#"{"a":-1,"b":""}"#),
            ("plain".into(), "-1,plain\r\n", r#"{"a":-1,"b":"plain"}"#),
            ("Größe 🚀".into(), "-1,Größe 🚀\r\n", r#"{"a":-1,"b":"Größe 🚀"}"#),
            ("a,b".into(), "-1,\"a,b\"\r\n", r#"{"a":-1,"b":"a,b"}"#),
            ("say \"x\"".into(), "-1,\"say \"\"x\"\"\"\r\n", r#"{"a":-1,"b":"say \"x\""}"#),
            ("two\r\nlines".into(), "-1,\"two\r\nlines\"\r\n", r#"{"a":-1,"b":"two\r\nlines"}"#),
            (" apart ".into(), "-1,\" apart \"\r\n", r#"{"a":-1,"b":" apart "}"#),
            ("=1+1".into(), "-1,'=1+1\r\n", r#"{"a":-1,"b":"=1+1"}"#),
            ("+49 30".into(), "-1,'+49 30\r\n", r#"{"a":-1,"b":"+49 30"}"#),
            ("-x".into(), "-1,'-x\r\n", r#"{"a":-1,"b":"-x"}"#),
            ("@SUM(A1,B1)".into(), "-1,\"'@SUM(A1,B1)\"\r\n", r#"{"a":-1,"b":"@SUM(A1,B1)"}"#),
            ("\tx".into(), "-1,\"'\tx\"\r\n", r#"{"a":-1,"b":"\tx"}"#),
        ] {
            assert_eq!(written(Format::Csv, cell.clone()), csv);
            assert_eq!(written(Format::Ndjson, cell), format!("{json}\n"));
        }
        assert_eq!(Format::Csv.head(["a", "b"].into_iter()), "\u{feff}a,b\r\n");
        assert_eq!(Format::Ndjson.head(["a", "b"].into_iter()), "");
    }
}
