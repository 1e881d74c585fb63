//! Tables as files.

/// Rows as CSV (RFC 4180). A text that a spreadsheet would compute has an apostrophe before it, as in the server's exports.
#[must_use]
pub fn written(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            field(&mut text, cell);
        }
        text.push_str("\r\n");
    }
    text
}

fn field(text: &mut String, cell: &str) {
    let number = cell.strip_prefix('-').unwrap_or(cell).bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let guard = if !number && cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if cell.contains(['"', ',', '\n', '\r']) {
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(guard);
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_computed() {
        let row = ["a", "b,c", "d\"e", "=1+1", "-5.20", "-x", "+49 30", "two\nlines", ""].map(String::from).to_vec();
        assert_eq!(written(&[row]), "a,\"b,c\",\"d\"\"e\",'=1+1,-5.20,'-x,'+49 30,\"two\nlines\",\r\n");
    }
}
