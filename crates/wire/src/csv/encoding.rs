//! Bytes to text. Four encodings are what spreadsheets and exports write; each is short enough to decode here, where it is
//! tested natively, so that nothing depends on the runtime's decoder.

use crate::fact::Fault;

/// How a file writes characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with a mark of byte order or without.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Windows-1252, of which ISO 8859-1 is a part.
    Windows1252,
}

impl Encoding {
    /// The name, as registered with IANA.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }
}

/// Windows-1252 from 0x80 to 0x9f; the rest are the code points of their numbers. NUL: none.
const HIGH: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•',
    '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// How many bytes tell of UTF-16 without a mark.
const LOOK: usize = 2_000;

/// Which encoding the bytes are in, and how many bytes its mark takes: by the mark, by the zeros that UTF-16 writes between
/// letters, by whether they are UTF-8.
fn recognise(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => return (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => return (Encoding::Utf16Le, 2),
        [0xfe, 0xff, ..] => return (Encoding::Utf16Be, 2),
        _ => {}
    }
    let look = &bytes[..bytes.len().min(LOOK)];
    let zeros = |first: usize| look.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if bytes.len() >= 4 && odd * 5 > look.len() && even * 20 < odd {
        (Encoding::Utf16Le, 0)
    } else if bytes.len() >= 4 && even * 5 > look.len() && odd * 20 < even {
        (Encoding::Utf16Be, 0)
    } else if core::str::from_utf8(bytes).is_ok() {
        (Encoding::Utf8, 0)
    } else {
        (Encoding::Windows1252, 0)
    }
}

/// The text of a file, and its encoding.
///
/// # Errors
/// When the bytes are none.
pub fn decode(bytes: &[u8]) -> Result<(Encoding, String), Fault> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(Fault::new("file", "must be text: save the spreadsheet as CSV"));
    }
    let (encoding, mark) = recognise(bytes);
    let rest = &bytes[mark..];
    let none = || Fault::new("file", format!("must be text, and is not {} throughout", encoding.name()));
    let wide = |join: fn([u8; 2]) -> u16| {
        let (pairs, []) = rest.as_chunks::<2>() else { return Err(none()) };
        let units = pairs.iter().map(|pair| join(*pair));
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| none())
    };
    let text = match encoding {
        Encoding::Utf8 => core::str::from_utf8(rest).map_err(|_| none())?.to_owned(),
        Encoding::Utf16Le => wide(u16::from_le_bytes)?,
        Encoding::Utf16Be => wide(u16::from_be_bytes)?,
        Encoding::Windows1252 => rest
            .iter()
            .map(|byte| match byte {
                0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
                byte => char::from(*byte),
            })
            .collect(),
    };
    // A text has no control characters but those between its lines and cells.
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n' | '\u{80}'..='\u{9f}')) {
        return Err(none());
    }
    Ok((encoding, text))
}
