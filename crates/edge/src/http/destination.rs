//! Where links may lead.

use engine::link::site::{Grounds, Site, destination, is_allowed, is_plain, parts};

use crate::{app::App, error::Error, store::program::Program};

/// What the program allows.
pub struct Allowed<'a> {
    /// Hosts.
    pub grounds: Grounds<'a>,
    /// Schemes of apps.
    pub schemes: &'a [String],
}

impl<'a> Allowed<'a> {
    /// What a program allows.
    pub fn by(app: &'a App, program: &'a Program) -> Self {
        let domains = &program.settings.domains;
        let grounds = Grounds { own: app.host(), domains, hosts: &program.allowed_hosts };
        Self { grounds, schemes: &program.settings.app_schemes }
    }

    /// Where a link may lead: an absolute `http(s)` address without credentials, on our own host or on one that the program
    /// allows, at most 2,000 characters, neither a short link nor one with the parameter of a click. It is kept as it was
    /// written, unless a browser would read it otherwise than we do.
    ///
    /// # Errors
    /// 422 naming the field and the rule.
    pub fn site(&self, field: &'static str, text: &str) -> Result<String, Error> {
        destination(text, read, self.grounds).map_err(|misled| Error::rule(field, misled.to_string()))
    }

    /// The same for a destination on a phone, which may also be an app's of a scheme that the program allows.
    ///
    /// # Errors
    /// 422 naming the field and the rule.
    pub fn app(&self, field: &'static str, text: &str) -> Result<String, Error> {
        match text.split_once("://") {
            Some((scheme, _))
                if is_plain(text) && text.is_ascii() && self.schemes.iter().any(|known| known == scheme) =>
            {
                Ok(text.to_owned())
            }
            _ => self.site(field, text),
        }
    }

    /// Whether the program still allows an address that was checked when it was kept: hosts and schemes may have been taken
    /// from it since.
    pub fn still(&self, kept: &str) -> bool {
        let (scheme, host) = parts(kept);
        // Kept as it was written, and a host is the same in either case.
        let host = &host.to_ascii_lowercase();
        match scheme {
            "" => true, // a path of our own
            "http" | "https" => {
                host == self.grounds.own || is_allowed(host.split(':').next().unwrap_or_default(), self.grounds.hosts)
            }
            app => self.schemes.iter().any(|known| known == app),
        }
    }
}

fn read(text: &str) -> Option<Site> {
    let url = url::Url::parse(text).ok()?;
    Some(Site {
        scheme: url.scheme().to_owned(),
        host: url.host_str().unwrap_or_default().to_owned(),
        authority: authority(&url),
        credentials: !url.username().is_empty() || url.password().is_some(),
        href: url.into(),
    })
}

/// The host of an address, with its port where that is not the scheme's own.
pub fn authority(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grounds(hosts: &[String]) -> Grounds<'_> {
        Grounds { own: "localhost:8787", domains: &[], hosts }
    }

    fn check(text: &str, of_an_app: bool) -> bool {
        let hosts = ["example.com", "*.example.com", "go.example"].map(str::to_owned);
        let grounds = Grounds { domains: &["go.example".to_owned()], ..grounds(&hosts) };
        let allowed = Allowed { grounds, schemes: &["acme".to_owned()] };
        if of_an_app { allowed.app("ios", text) } else { allowed.site("url", text) }.is_ok()
    }

    #[test]
    fn destinations_keep_to_allowed_hosts() {
        for good in [
            "https://example.com",
            "http://www.example.com/x?y#z",
            "https://EXAMPLE.com/",
            "http://localhost:8787/p/ada",
            "http://localhost:8787/",
            "http://localhost:8787/portal",
            "https://example.com/ada",
            "https://example.com/?x=trb_id&y_trb_id=z#trb_id=1",
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
            "http://localhost:8787/ada",
            "http://localhost:8787/Ada+?x",
            "https://go.example/ada#x",
            "https://example.com/?trb_id=x",
            "https://example.com/?x&TRB%5Fid",
        ] {
            assert!(!check(bad, false), "{bad}");
        }
    }

    #[test]
    fn an_address_is_kept_as_browsers_read_it() {
        let hosts = ["example.com".to_owned(), "xn--mnchen-3ya.example".to_owned()];
        let allowed = Allowed { grounds: grounds(&hosts), schemes: &[] };
        for (text, kept) in [
            ("https://example.com", "https://example.com"),
            ("https://Example.com/a?b#c", "https://Example.com/a?b#c"),
            ("http://localhost:8787/p/ada", "http://localhost:8787/p/ada"),
            ("https:example.com/a", "https://example.com/a"),
            ("https:///example.com", "https://example.com/"),
            ("https://EXAMPLE%2ECOM/", "https://example.com/"),
            ("https://example.com/gr\u{f6}\u{df}e", "https://example.com/gr%C3%B6%C3%9Fe"),
            ("https://m\u{fc}nchen.example/", "https://xn--mnchen-3ya.example/"),
        ] {
            assert_eq!(allowed.site("url", text).ok().as_deref(), Some(kept), "{text}");
        }
    }

    #[test]
    fn what_was_kept_is_held_against_the_program_of_today() {
        let hosts = ["example.com", "*.example.com"].map(str::to_owned);
        let allowed = Allowed { grounds: grounds(&hosts), schemes: &["acme".to_owned()] };
        for good in [
            "/p/ada?x=https://evil.example",
            "https://example.com:8443/x",
            "https://EXAMPLE.com:8443/x",
            "http://a.example.com?y",
            "acme://x",
            "http://localhost:8787/p/ada",
        ] {
            assert!(allowed.still(good), "{good}");
        }
        for bad in ["https://evil.example/", "other://x", "https://example.com.evil.example/", "javascript://x"] {
            assert!(!allowed.still(bad), "{bad}");
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
