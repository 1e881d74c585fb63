//! Reading all of something, however much it is: pages of rows in the order of a key, each beginning behind the one before.

use js_sys::{Array, JSON};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::D1Database;

use super::{number, statement, text};
use crate::{error::Error, export::cell::Cell};

/// Where rows come from. All of it is ours, no text of anybody's.
pub struct Source {
    /// What is read.
    pub columns: String,
    /// Of which table, with what it is joined to.
    pub from: String,
    /// What tells rows apart, and says their order.
    pub key: Vec<String>,
    /// When a row's happened, in milliseconds.
    pub time: String,
    /// Rows a page.
    pub size: u32,
}

/// How far reading has come.
pub struct Pages {
    source: Source,
    /// The first moment that is read, and the first that is not.
    times: [u64; 2],
    /// Key of the last row, as JSON.
    after: Option<String>,
    done: bool,
}

impl Pages {
    /// Nothing is read yet.
    pub fn new(source: Source, times: [u64; 2]) -> Self {
        Self { source, times, after: None, done: false }
    }

    /// Where the rows come from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The times that are read.
    pub fn times(&self) -> [u64; 2] {
        self.times
    }

    /// The next rows; none when all are read.
    pub async fn next(&mut self, db: &D1Database) -> Result<Option<Vec<Vec<Cell>>>, Error> {
        if self.done {
            return Ok(None);
        }
        let Source { columns, from, key, time, size } = &self.source;
        let order = key.join(", ");
        let behind: Vec<_> = (0..key.len()).map(|i| format!("?4 ->> {i}")).collect();
        let behind =
            self.after.as_ref().map_or_else(String::new, |_| format!("AND ({order}) > ({})", behind.join(", ")));
        let sql = format!(
            "-- pages::next
            SELECT json_array({order}), {columns} FROM {from} WHERE {time} >= ?2 AND {time} < ?3 {behind}
            ORDER BY {order} LIMIT ?1"
        );
        let mut values = vec![number(*size), number(self.times[0]), number(self.times[1])];
        values.extend(self.after.as_ref().map(text));
        let rows = statement(db, &sql, &values)?.raw_js_value().await?;
        self.done = rows.len() < *size as usize;
        let mut page = Vec::with_capacity(rows.len());
        for row in rows {
            let (key, row) = cells(row)?;
            self.after = key.as_string();
            page.push(row);
        }
        Ok(Some(page))
    }
}

/// A row as D1 answers it: its first value, and the others.
pub fn cells(row: JsValue) -> Result<(JsValue, Vec<Cell>), Error> {
    let row: Array = row.dyn_into().map_err(|_| Error::Unavailable("a row that is no array".into()))?;
    let mut values = row.iter();
    let first = values.next().unwrap_or_default();
    Ok((first, values.map(|value| cell(&value)).collect::<Result<_, _>>()?))
}

/// A value as D1 answers it: texts, and numbers that are exact up to 2^53.
fn cell(value: &JsValue) -> Result<Cell, Error> {
    if value.is_null() {
        return Ok(Cell::Null);
    }
    if let Some(text) = value.as_string() {
        return Ok(Cell::Text(text));
    }
    match value.as_f64() {
        Some(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
            Ok(Cell::Number(number as i64))
        }
        _ => Err(Error::Unavailable(format!("a stored value that is not exported: {:?}", JSON::stringify(value)))),
    }
}
