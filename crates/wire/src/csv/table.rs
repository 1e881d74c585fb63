//! Text to cells: the separator is recognised, quotes are undone, and a row knows its line.

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::ROWS_MAX;
use crate::fact::Fault;

/// What may stand between cells.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Most columns of a file.
const COLUMNS_MAX: usize = 200;
/// How many records tell of the separator.
const LOOK: usize = 30;

/// The cells of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What stands between cells.
    pub separator: u8,
    /// The names of the columns, trimmed.
    pub header: Vec<String>,
    /// The rows below; those without any text are left out.
    pub rows: Vec<Row>,
}

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins, counted from 1.
    pub line: u32,
    /// Its cells, trimmed.
    pub cells: Vec<String>,
}

impl Table {
    /// Reads a text.
    ///
    /// # Errors
    /// `file: …`, what is wrong with it as a whole.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let (separator, rows) = rows(text)?;
        let mut rows = rows.into_iter();
        let header = rows.next().ok_or_else(|| Fault::new("file", "must have a header and rows below it"))?.cells;
        for (i, name) in header.iter().enumerate() {
            if !name.is_empty() && header[..i].contains(name) {
                return Err(Fault::new("file", format!("must not have two columns of the name {name:?}")));
            }
        }
        let rows: Vec<Row> = rows.collect();
        if rows.is_empty() {
            return Err(Fault::new("file", "must have rows below its header"));
        }
        Ok(Self { separator, header, rows })
    }
}

/// What stands between the cells of a text, and its rows, of which none need be a header.
///
/// # Errors
/// `file: …`, what is wrong with it as a whole.
pub fn rows(text: &str) -> Result<(u8, Vec<Row>), Fault> {
    let (separator, text, skipped) = told(text);
    let separator = separator.unwrap_or_else(|| sniff(text));
    Ok((separator, records(text, separator, skipped)?))
}

/// The separator that a first line `sep=;` names, as spreadsheets write it; the text below, and how many lines are above.
fn told(text: &str) -> (Option<u8>, &str, u32) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end_matches('\r').as_bytes() {
        [b's', b'e', b'p', b'=', separator] if SEPARATORS.contains(separator) => (Some(*separator), rest, 1),
        _ => (None, text, 0),
    }
}

/// The separator that stands in the header, and as often in the rows: the one for which most of the first records are as
/// wide as the header, the widest of those.
fn sniff(text: &str) -> u8 {
    let rank = |separator: u8| {
        let (mut widths, mut width, mut quoted, mut any) = (Vec::new(), 0usize, false, false);
        for byte in text.bytes() {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' if !quoted => {
                    if any {
                        widths.push(width);
                    }
                    (width, any) = (0, false);
                }
                byte if byte == separator && !quoted => width += 1,
                _ => {}
            }
            any |= !byte.is_ascii_whitespace();
            if widths.len() == LOOK {
                break;
            }
        }
        if any && widths.len() < LOOK {
            widths.push(width);
        }
        match widths.split_first() {
            None | Some((0, _)) => (0, 0),
            Some((header, rows)) => (1 + rows.iter().filter(|width| *width == header).count(), *header),
        }
    };
    // Of equals the first wins: it is compared last.
    SEPARATORS.into_iter().rev().max_by_key(|separator| rank(*separator)).unwrap_or(b',')
}

fn records(text: &str, separator: u8, skipped: u32) -> Result<Vec<Row>, Fault> {
    let mut reader = ReaderBuilder::new().delimiter(separator).build();
    // A line's end behind the last one tells whether a quotation mark is open: then it belongs to a cell.
    let (mut rest, mut tail): (&[u8], &[u8]) = (text.as_bytes(), b"\n");
    let mut rows = Vec::new();
    let mut cells = vec![0; 4096];
    let mut ends = [0; COLUMNS_MAX];
    let (mut filled, mut ended) = (0, 0);
    // Lines' ends so far, the line on which the record begins, and whether one has begun.
    let (mut passed, mut line, mut begun) = (0, 0, false);
    loop {
        if rest.is_empty() {
            if tail.is_empty() {
                break;
            }
            (rest, tail) = (tail, b"");
        }
        if !begun {
            while let [end @ (b'\r' | b'\n'), after @ ..] = rest {
                passed += u32::from(*end == b'\n');
                rest = after;
            }
            if rest.is_empty() {
                continue;
            }
            // Lines that end in a carriage return alone are not counted: no two rows begin on one.
            (line, begun) = ((1 + skipped + passed).max(line + 1), true);
        }
        let (result, read, wrote, closed) = reader.read_record(rest, &mut cells[filled..], &mut ends[ended..]);
        passed += rest[..read].iter().map(|byte| u32::from(*byte == b'\n')).sum::<u32>();
        rest = &rest[read..];
        filled += wrote;
        ended += closed;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull => cells.resize(cells.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => {
                return Err(Fault::new("file", format!("line {line}: must have at most {COLUMNS_MAX} columns")));
            }
            ReadRecordResult::Record => {
                let mut from = 0;
                let cells = ends[..ended].iter().map(|end| {
                    let cell = String::from_utf8_lossy(&cells[from..*end]).trim().to_owned();
                    from = *end;
                    cell
                });
                let cells: Vec<String> = cells.collect();
                if cells.iter().any(|cell| !cell.is_empty()) {
                    rows.push(Row { line, cells });
                }
                if rows.len() > ROWS_MAX + 1 {
                    return Err(Fault::new("file", format!("must have at most {ROWS_MAX} rows: send it in parts")));
                }
                (filled, ended, begun) = (0, 0, false);
            }
            ReadRecordResult::End => break,
        }
    }
    if begun {
        return Err(Fault::new("file", format!("line {line}: a quotation mark is not closed")));
    }
    Ok(rows)
}
