//! Domains of e-mail addresses.

use super::Rules;
use crate::deal::alike;

/// Where everybody may have an address: to share one of these says nothing. A program names further ones.
const SHARED: [&str; 49] = [
    "126.com",
    "163.com",
    "aol.com",
    "att.net",
    "bluewin.ch",
    "btinternet.com",
    "comcast.net",
    "daum.net",
    "duck.com",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "icloud.com",
    "interia.pl",
    "laposte.net",
    "libero.it",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "onet.pl",
    "orange.fr",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rocketmail.com",
    "seznam.cz",
    "sina.com",
    "t-online.de",
    "tuta.com",
    "tutanota.com",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
];
/// Likewise, under the domain of every country.
const FAMILIES: [&str; 6] = ["gmx", "hotmail", "live", "outlook", "yahoo", "yandex"];

/// The domain of an e-mail address.
#[must_use]
pub fn domain_of(email: &str) -> Option<&str> {
    email.rsplit_once('@').map(|(_, domain)| domain).filter(|domain| !domain.is_empty())
}

/// Where an e-mail arrives, as far as its address tells: what follows a `+` is the reader's own word at whichever provider;
/// Gmail has two names and looks at no dot.
#[must_use]
pub fn mailbox_of(email: &str) -> String {
    let Some((name, domain)) = email.rsplit_once('@') else { return email.to_owned() };
    let name = name.split_once('+').map_or(name, |(name, _)| name);
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", name.replace('.', "")),
        _ => format!("{name}@{domain}"),
    }
}

/// The domain that a company registered, of an e-mail address at it or under it; `None` where many share the domain, by what
/// is known or by the program's word.
#[must_use]
pub fn company_of(email: &str, further: &[String]) -> Option<String> {
    let mut above = core::iter::successors(domain_of(email), |rest| rest.split_once('.').map(|(_, rest)| rest));
    let named = above.any(|domain| further.iter().any(|known| known == domain));
    alike::domain(email).filter(|company| !named && !is_shared(company))
}

/// Whether a domain is known to be one that many share.
fn is_shared(domain: &str) -> bool {
    let family = domain.split('.').next().is_some_and(|first| FAMILIES.contains(&first));
    family || SHARED.binary_search(&domain).is_ok()
}

/// A list of domains whose addresses are thrown away: one a line, with comments behind `#`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disposable<'a>(pub &'a str);

impl Disposable<'_> {
    /// Whether a domain, or one that it lies under, is on the list or named by the program, and not named as shared.
    #[must_use]
    pub fn holds(self, domain: &str, rules: &Rules) -> bool {
        let suffixes = || core::iter::successors(Some(domain), |rest| rest.split_once('.').map(|(_, rest)| rest));
        let named = |list: &[String]| suffixes().any(|suffix| list.iter().any(|known| known == suffix));
        let listed = || self.0.lines().any(|line| !line.starts_with('#') && suffixes().any(|suffix| suffix == line));
        !named(&rules.shared_domains) && (named(&rules.disposable_domains) || listed())
    }
}
