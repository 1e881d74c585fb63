//! Where links may lead. A program's page and its server read an address by different parsers, and hold it against one rule.

use core::fmt;

use super::address::{CLICK_PARAM, carries};
use crate::text::Slug;

/// Most characters of an address.
const MAX: usize = 2000;

/// An address as a browser reads it (WHATWG URL).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The whole address, as it is written after reading.
    pub href: String,
    /// Scheme, without a colon.
    pub scheme: String,
    /// Host, without a port.
    pub host: String,
    /// Host, with its port where that is not the scheme's own.
    pub authority: String,
    /// Whether it names a user or a password.
    pub credentials: bool,
}

/// Why a link may not lead to an address; reads on from the name of a field ("url: …").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misled {
    /// It is no address that a link can lead to.
    Address,
    /// It carries the parameter of a click, which names one visit for ever: whoever came by the link would be that visitor.
    Click,
    /// It is a short link of the program: a visit would be two clicks, or never end.
    ShortLink,
    /// The program does not allow this host.
    Host {
        /// The host.
        host: String,
        /// Those that are allowed, in words.
        allowed: String,
    },
}

impl fmt::Display for Misled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => write!(f, "must be an absolute http or https address of at most {MAX} characters"),
            Self::Click => {
                write!(
                    f,
                    "must not carry {CLICK_PARAM}, which names the click of one visitor: leave that parameter out"
                )
            }
            Self::ShortLink => write!(f, "must not be a short link itself: take the address that it leads to"),
            Self::Host { host, allowed } => {
                write!(f, "must lead to a host that the program allows ({allowed}), not to {host}")
            }
        }
    }
}

impl core::error::Error for Misled {}

/// What an instance's links may lead to.
#[derive(Debug, Clone, Copy)]
pub struct Grounds<'a> {
    /// Our own host, with its port.
    pub own: &'a str,
    /// Hosts of the program's short links beside it.
    pub domains: &'a [String],
    /// Hosts that the program allows: `example.com`, `*.example.com`.
    pub hosts: &'a [String],
}

/// Where a link may lead: an absolute `http(s)` address without credentials, on our own host or on one of those allowed, at
/// most 2,000 characters, which is neither a short link nor carries the parameter of a click. It is kept as it was written,
/// unless a browser would read it otherwise than we do.
///
/// # Errors
/// [`Misled`].
pub fn destination(
    text: &str,
    read: impl FnOnce(&str) -> Option<Site>,
    Grounds { own, domains, hosts }: Grounds,
) -> Result<String, Misled> {
    let site = Some(text).filter(|text| is_plain(text)).and_then(read).ok_or(Misled::Address)?;
    if !matches!(site.scheme.as_str(), "http" | "https") || site.credentials {
        return Err(Misled::Address);
    }
    if carries(&site.href, CLICK_PARAM) {
        return Err(Misled::Click);
    }
    if (site.authority == own || domains.contains(&site.host)) && is_of_a_link(&site.href) {
        return Err(Misled::ShortLink);
    }
    if site.authority == own || is_allowed(&site.host, hosts) {
        let as_written = text.is_ascii() && parts(text).1.eq_ignore_ascii_case(&site.authority);
        let kept = if as_written { text.to_owned() } else { site.href };
        return if kept.len() <= MAX { Ok(kept) } else { Err(Misled::Address) };
    }
    let allowed = if hosts.is_empty() { "none but our own".to_owned() } else { hosts.join(", ") };
    Err(Misled::Host { host: site.host, allowed })
}

/// Scheme and host, with its port, of an absolute address; both empty for a path.
#[must_use]
pub fn parts(address: &str) -> (&str, &str) {
    let Some((scheme, rest)) = address.split_once("://").filter(|_| !address.starts_with('/')) else { return ("", "") };
    (scheme, rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// Whether the path of an absolute address is one that a link may have.
fn is_of_a_link(href: &str) -> bool {
    let path = href.splitn(4, '/').nth(3).unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    Slug::new(path.strip_suffix('+').unwrap_or(path)).is_ok()
}

/// Whether a host is one that the program allows: the very name, or one below `*.name`.
#[must_use]
pub fn is_allowed(host: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|pattern| match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => pattern == host,
    })
}

/// Nothing that could break out of a header, or that a browser reads otherwise than we do.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.len() <= MAX && !text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
}
