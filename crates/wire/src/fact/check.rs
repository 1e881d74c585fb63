//! Rules of single fields, for every door.

use engine::{
    money::{AMOUNT_MAX, Currency},
    time::Millis,
};

use super::KEY_MAX;

/// A rule that a field breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, as it was sent.
    pub field: &'static str,
    /// What it must be.
    pub rule: String,
}

impl Fault {
    /// A rule that a field breaks.
    pub fn new(field: &'static str, rule: impl core::fmt::Display) -> Self {
        Self { field, rule: rule.to_string() }
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.field, self.rule)
    }
}

impl core::error::Error for Fault {}

/// Checks an identifier of the sender's: 1 to [`KEY_MAX`] characters, none of them white space or control.
///
/// # Errors
/// Names the field.
pub fn key(field: &'static str, text: &str) -> Result<String, Fault> {
    if text.is_empty() {
        Err(Fault::new(field, "must not be empty"))
    } else if text.chars().count() > KEY_MAX {
        Err(Fault::new(field, format!("must have at most {KEY_MAX} characters")))
    } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Err(Fault::new(field, "must not hold white space"))
    } else {
        Ok(text.to_owned())
    }
}

/// Checks an amount in minor units: 1 to [`AMOUNT_MAX`].
///
/// # Errors
/// Names the field `amount`.
pub fn amount(value: Option<i64>) -> Result<i64, Fault> {
    match value {
        Some(amount) if (1..=AMOUNT_MAX).contains(&amount) => Ok(amount),
        Some(_) => Err(Fault::new("amount", format!("must be integer minor units from 1 to {AMOUNT_MAX}"))),
        None => Err(Fault::new("amount", "is required")),
    }
}

/// Checks a currency.
///
/// # Errors
/// Names the field `currency`.
pub fn currency(value: Option<&str>) -> Result<Currency, Fault> {
    value.ok_or_else(|| Fault::new("currency", "is required"))?.parse().map_err(|e| Fault::new("currency", e))
}

/// Checks an e-mail address: one `@` with something on both sides and no white space. Only sending a message proves more.
///
/// # Errors
/// Names the field.
pub fn email(field: &'static str, text: &str) -> Result<String, Fault> {
    let text = text.trim().to_lowercase();
    let parts: Vec<&str> = text.split('@').collect();
    let plausible = matches!(parts[..], [local, domain] if !local.is_empty() && domain.contains('.') && domain.split('.').all(is_label))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text.len() <= 254;
    if plausible { Ok(text) } else { Err(Fault::new(field, "must be an e-mail address")) }
}

/// A part of a host's name: letters of any script, digits and hyphens.
fn is_label(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Reads an RFC 3339 time, from 1971 to 2100.
///
/// # Errors
/// Names the field.
pub fn time(field: &'static str, text: &str) -> Result<Millis, Fault> {
    let time = chrono::DateTime::parse_from_rfc3339(text)
        .map_err(|_| Fault::new(field, "must be a time such as 2026-01-31T09:30:00Z (RFC 3339)"))?;
    let millis = u64::try_from(time.timestamp_millis()).ok();
    let known = millis.filter(|millis| (31_536_000_000..4_133_980_800_000).contains(millis));
    known.map(Millis).ok_or_else(|| Fault::new(field, "must be a time from 1971 to 2100"))
}

/// Writes a time with milliseconds, as Dub's API does.
#[must_use]
pub fn write_time(at: Millis) -> String {
    let seconds = at.time().to_string();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.0 % 1000)
}

pub(super) fn optional_key(field: &'static str, value: Option<&str>) -> Result<Option<String>, Fault> {
    value.map(|text| key(field, text)).transpose()
}

pub(super) fn required_key(field: &'static str, value: Option<&str>) -> Result<String, Fault> {
    key(field, value.ok_or_else(|| Fault::new(field, "is required"))?)
}

pub(super) fn word<T: Copy>(
    field: &'static str,
    value: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Fault> {
    value.and_then(read).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|v| name(*v)).collect();
        Fault::new(field, format!("must be one of {}", words.join(", ")))
    })
}
