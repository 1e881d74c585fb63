//! Texts of the outside that are compared and stored: normalised on construction, so that two spellings of one thing are
//! one value everywhere behind.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Why a text was refused; reads on from the name of a field ("key: …").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextError {
    /// Nothing but white space.
    Empty,
    /// More characters than the bound.
    TooLong(usize),
    /// A character outside of the set.
    Characters(&'static str),
    /// A word that the addresses of the Worker use.
    Reserved,
    /// What a reader would take for one of those words.
    Confusable,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong(max) => write!(f, "must have at most {max} characters"),
            Self::Characters(allowed) => write!(f, "may only hold {allowed}"),
            Self::Reserved => f.write_str("is a reserved word"),
            Self::Confusable => f.write_str("looks like a reserved word"),
        }
    }
}

impl core::error::Error for TextError {}

/// First path segments that belong to the Worker itself.
const RESERVED: [&str; 21] = [
    "api",
    "p",
    "portal",
    "console",
    "healthz",
    "sign-in",
    "sign-out",
    "capture.js",
    "embed.js",
    "ui",
    "style",
    "robots.txt",
    "favicon.ico",
    "favicon.svg",
    "sitemap.xml",
    "assets",
    "cdn-cgi",
    "admin",
    "unavailable",
    "boot.js",
    "offline.js",
];

/// The last segment of a tracked link's address: lower case, 1 to 64 of `a–z 0–9 - _ .`, not a reserved word. Normalised
/// from either case, so `/Ada` and `/ada` are one link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// Most characters of a slug.
    pub const MAX: usize = 64;

    /// Normalises a text.
    ///
    /// # Errors
    /// Empty, longer than [`Slug::MAX`], a character outside of the set, a leading dot, or a reserved word.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::MAX {
            return Err(TextError::TooLong(Self::MAX));
        }
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
        if !text.bytes().all(allowed) || text.starts_with('.') {
            return Err(TextError::Characters("letters, digits, '-', '_' and '.', and not begin with '.'"));
        }
        if RESERVED.contains(&text.as_str()) {
            return Err(TextError::Reserved);
        }
        Ok(Self(text))
    }

    /// A slug for a new address: one that could be taken for a reserved word is refused, too. Addresses that exist are read by
    /// [`Slug::new`], which knows of fewer rules.
    ///
    /// # Errors
    /// Those of [`Slug::new`], and one that looks like a reserved word.
    pub fn coin(text: &str) -> Result<Self, TextError> {
        let slug = Self::new(text)?;
        if slug.0.ends_with(['.', '-', '_']) {
            return Err(TextError::Characters("letters, digits, '-', '_' and '.', and end in a letter or digit"));
        }
        let looks = slug.skeleton();
        if RESERVED.iter().any(|word| skeleton(word) == looks) { Err(TextError::Confusable) } else { Ok(slug) }
    }

    /// What the eye makes of it: slugs with one skeleton are hard to tell apart (`clam-10`, `c1arn-lo`).
    #[must_use]
    pub fn skeleton(&self) -> String {
        skeleton(&self.0)
    }

    /// The nearest slug to a name: letters and digits kept, everything else a hyphen; `None` if nothing is left.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut text = String::new();
        for c in name.chars() {
            if c.is_ascii_alphanumeric() {
                text.push(c.to_ascii_lowercase());
            } else if !text.is_empty() && !text.ends_with('-') {
                text.push('-');
            }
        }
        text.truncate(Self::MAX - 8);
        Self::coin(text.trim_end_matches('-')).ok()
    }

    /// This slug with a suffix, for a name that is taken.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Option<Self> {
        Self::new(&format!("{}-{suffix}", self.0)).ok()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Letters that look alike as one: the pairs of Unicode's table of confusables (UTS 39) within a slug's set.
fn skeleton(text: &str) -> String {
    text.replace('0', "o").replace(['1', 'i'], "l").replace("rn", "m").replace("vv", "w")
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A coupon code: upper case, 1 to 64 of `A–Z 0–9 - _`, so `spring10` and `SPRING10` are one coupon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Coupon(String);

impl Coupon {
    /// Most characters of a coupon.
    pub const MAX: usize = 64;

    /// Normalises a text.
    ///
    /// # Errors
    /// Empty, longer than [`Coupon::MAX`], or a character outside of the set.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim().to_ascii_uppercase();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::MAX {
            return Err(TextError::TooLong(Self::MAX));
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Err(TextError::Characters("letters, digits, '-' and '_'"));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The five standard campaign parameters and `utm_id` (Google Analytics, "URL builders"), each trimmed, at most 100
/// characters, `None` when empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Utm {
    /// `utm_source`: who sends the traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `utm_medium`: by what kind of channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// `utm_campaign`: for which campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// `utm_term`: the keyword.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// `utm_content`: which of several creatives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `utm_id`: the campaign's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Utm {
    /// Most characters of one parameter.
    pub const MAX: usize = 100;
    /// The parameters' names, in the order of the fields.
    pub const NAMES: [&'static str; 6] =
        ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"];

    /// Parameters from any lookup by name (a query, a form), cleaned.
    pub fn collect(mut value: impl FnMut(&str) -> Option<String>) -> Self {
        let mut get = |name: &str| value(name).and_then(|text| clean(&text, Self::MAX));
        let [source, medium, campaign, term, content, id] = Self::NAMES.map(&mut get);
        Self { source, medium, campaign, term, content, id }
    }

    /// The value of a parameter, by its name in an address.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// Name and value of each parameter that is set.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&self.source, &self.medium, &self.campaign, &self.term, &self.content, &self.id];
        Self::NAMES.into_iter().zip(values).filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// The same parameters, each trimmed, bounded, and `None` when empty.
    #[must_use]
    pub fn cleaned(&self) -> Self {
        Self::collect(|name| self.get(name).map(str::to_owned))
    }
}

/// Trims a text, drops control characters, cuts it to `max` characters; `None` when nothing is left.
#[must_use]
pub fn clean(text: &str, max: usize) -> Option<String> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(max).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A customer's name as a partner sees it: the first word whole and the initials of the rest ("Harbor L."); a single word
/// keeps two letters, or one if it is short; an e-mail address loses all but its first letter and its last label.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let initial = |word: &str| word.chars().next().map(|c| c.to_uppercase().to_string());
    if let Some((local, domain)) = name.split_once('@') {
        let top = domain.rsplit('.').next().unwrap_or_default();
        return format!("{}…@….{top}", local.chars().next().unwrap_or('…'));
    }
    let mut words = name.split_whitespace();
    let Some(first) = words.next() else { return "…".to_owned() };
    let rest: Vec<String> = words.filter_map(initial).map(|c| c + ".").collect();
    if rest.is_empty() {
        let start: String = first.chars().take(2).collect();
        return if first.chars().count() > 4 { start + "…" } else { initial(first).unwrap_or_default() + "…" };
    }
    format!("{first} {}", rest.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_have_one_spelling() {
        assert_eq!(Slug::new(" Ada-1 ").map(|s| s.to_string()), Ok("ada-1".into()));
        assert_eq!(Slug::new(""), Err(TextError::Empty));
        assert_eq!(Slug::new("Portal"), Err(TextError::Reserved));
        assert!(matches!(Slug::new("a/b"), Err(TextError::Characters(_))));
        assert!(matches!(Slug::new("ädä"), Err(TextError::Characters(_))));
        assert_eq!(Slug::new(&"x".repeat(65)), Err(TextError::TooLong(64)));
        assert_eq!(Slug::from_name("Lumen & Co.").map(|s| s.to_string()), Some("lumen-co".into()));
        assert_eq!(Slug::from_name("日本"), None);
    }

    #[test]
    fn what_looks_like_a_reserved_word_is_not_coined() {
        let check =
            |text: &str, expect: Result<(), TextError>| assert_eq!(Slug::coin(text).map(|_| ()), expect, "{text}");
        check("ada", Ok(()));
        check("portal", Err(TextError::Reserved));
        check("p0rta1", Err(TextError::Confusable));
        check("UL", Err(TextError::Confusable));
        check("adrnin", Err(TextError::Confusable));
        let skeleton = |text: &str| Slug::new(text).map(|slug| slug.skeleton());
        assert_eq!(skeleton("clam-10-w"), skeleton("c1arn-lO-vv"));
        assert_ne!(skeleton("harbor"), skeleton("arbor"));
        assert_eq!(Slug::from_name("Porta1"), None);
    }

    #[test]
    fn coupons_have_one_spelling() {
        assert_eq!(Coupon::new("spring10"), Coupon::new(" SPRING10"));
        assert!(Coupon::new("10 %").is_err());
    }

    #[test]
    fn utm_is_cleaned() {
        let utm = Utm::collect(|name| (name == "utm_source").then(|| "  news\u{7}letter ".into()));
        assert_eq!(utm.pairs().collect::<Vec<_>>(), [("utm_source", "newsletter")]);
    }

    #[test]
    fn names_are_masked() {
        assert_eq!(mask_name("Harbor Logistics"), "Harbor L.");
        assert_eq!(mask_name("Acme"), "A…");
        assert_eq!(mask_name("Millrace"), "Mi…");
        assert_eq!(mask_name("mina@acme.example"), "m…@….example");
        assert_eq!(mask_name("  "), "…");
    }
}
