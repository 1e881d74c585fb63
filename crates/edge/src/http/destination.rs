//! Where links may lead.

use crate::{app::App, error::Error, store::program::Program};

/// What the program allows.
pub struct Allowed<'a> {
    /// Our own host, with its port.
    pub own: &'a str,
    /// `example.com`, `*.example.com`.
    pub hosts: &'a [String],
    /// Schemes of apps.
    pub schemes: &'a [String],
}

const MAX: usize = 2000;

impl<'a> Allowed<'a> {
    /// What a program allows.
    pub fn by(app: &'a App, program: &'a Program) -> Self {
        Self { own: app.host(), hosts: &program.allowed_hosts, schemes: &program.settings.app_schemes }
    }

    /// Checks where a link may lead: an absolute `http(s)` address without credentials, on our own host or on one that the
    /// program allows, at most 2,000 characters.
    ///
    /// # Errors
    /// 422 naming the field and the rule.
    pub fn site(&self, field: &'static str, text: &str) -> Result<(), Error> {
        let wrong = || Error::rule(field, "must be an absolute http or https address of at most 2000 characters");
        if !is_plain(text) {
            return Err(wrong());
        }
        let url = url::Url::parse(text).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong());
        }
        let host = url.host_str().unwrap_or_default();
        let with_port = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if with_port == self.own || is_allowed(host, self.hosts) {
            return Ok(());
        }
        let hosts = if self.hosts.is_empty() { "none but our own".to_owned() } else { self.hosts.join(", ") };
        Err(Error::rule(field, format!("must lead to a host that the program allows ({hosts}), not to {host}")))
    }

    /// The same for a destination on a phone, which may also be an app's of a scheme that the program allows.
    ///
    /// # Errors
    /// 422 naming the field and the rule.
    pub fn app(&self, field: &'static str, text: &str) -> Result<(), Error> {
        match text.split_once("://") {
            Some((scheme, _)) if is_plain(text) && self.schemes.iter().any(|allowed| allowed == scheme) => Ok(()),
            _ => self.site(field, text),
        }
    }
}

/// Whether a host is one that the program allows: the very name, or one below `*.name`.
pub fn is_allowed(host: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|pattern| match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => pattern == host,
    })
}

/// Nothing that could break out of a header, or that a browser reads otherwise than we do.
fn is_plain(text: &str) -> bool {
    text.len() <= MAX && !text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, of_an_app: bool) -> bool {
        let hosts = ["example.com", "*.example.com"].map(str::to_owned);
        let allowed = Allowed { own: "localhost:8787", hosts: &hosts, schemes: &["acme".to_owned()] };
        if of_an_app { allowed.app("ios", text) } else { allowed.site("url", text) }.is_ok()
    }

    #[test]
    fn destinations_keep_to_allowed_hosts() {
        for good in [
            "https://example.com",
            "http://www.example.com/x?y#z",
            "https://EXAMPLE.com/",
            "http://localhost:8787/p/ada",
        ] {
            assert!(check(good, false), "{good}");
        }
        for bad in [
            "",
            "/p/ada",
            "javascript:alert(1)",
            "https://evil.example",
            "https://notexample.com",
            "https://example.com.evil.example",
            "https://user@example.com",
            "https://evil.example\\@example.com",
            "http://localhost:1/",
            "https://example.com/a b",
            "acme://open",
        ] {
            assert!(!check(bad, false), "{bad}");
        }
    }

    #[test]
    fn apps_are_opened_by_schemes_that_are_allowed() {
        for good in ["acme://open/x?y=1", "https://example.com/"] {
            assert!(check(good, true), "{good}");
        }
        for bad in ["acme:alert(1)", "other://open", "javascript://%0aalert(1)", "acme://a b", "https://evil.example"] {
            assert!(!check(bad, true), "{bad}");
        }
    }
}
