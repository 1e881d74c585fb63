//! Where webhooks may go: public hosts, by https. Nobody has this Worker ask a neighbour of its own for them.
//!
//! A name says nothing of the address that it resolves to. At Cloudflare a Worker reaches public addresses alone; where
//! workerd runs on a machine of one's own, its `network` service, which allows public addresses unless told otherwise,
//! is what refuses the others.

use url::{Host, Url};

const MAX: usize = 2000;
/// Names that mean something only where they are asked for (RFC 6761, RFC 6762, RFC 8375, RFC 9476).
const LOCAL: [&str; 9] = ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa"];

/// Why an address is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Form,
    Scheme,
    Credentials,
    Fragment,
    Host,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Form => "must be an absolute address of at most 2000 characters",
            Self::Scheme => "must begin with https://",
            Self::Credentials => "must not have a user or a password",
            Self::Fragment => "must not have a fragment",
            Self::Host => "must have a public host, by name",
        })
    }
}

/// The address of an endpoint, as it is asked for. Where `development` says so, this machine itself is one, too.
///
/// # Errors
/// Which rule it breaks.
pub fn endpoint(text: &str, development: bool) -> Result<String, Refusal> {
    let plain = text.len() <= MAX && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
    let url = Url::parse(text).ok().filter(|_| plain).ok_or(Refusal::Form)?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        _ => false,
    };
    let open = development && here;
    if url.scheme() != "https" && !(open && url.scheme() == "http") {
        return Err(Refusal::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    if url.fragment().is_some() {
        return Err(Refusal::Fragment);
    }
    let public = match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let within =
                |zone: &&str| name.strip_suffix(*zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            name.contains('.') && !LOCAL.iter().any(within)
        }
        _ => false,
    };
    if public || open { Ok(url.into()) } else { Err(Refusal::Host) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_hosts_by_name() {
        for (text, expect) in [
            ("https://hooks.example.com/a?b=c", Ok("https://hooks.example.com/a?b=c")),
            ("https://EXAMPLE.com", Ok("https://example.com/")),
            ("https://example.com:8443/", Ok("https://example.com:8443/")),
            ("https://bücher.example/", Ok("https://xn--bcher-kva.example/")),
            ("http://example.com/", Err(Refusal::Scheme)),
            ("ftp://example.com/", Err(Refusal::Scheme)),
            ("file:///etc/passwd", Err(Refusal::Scheme)),
            ("javascript:alert(1)", Err(Refusal::Scheme)),
            ("data:text/html,x", Err(Refusal::Scheme)),
            ("example.com", Err(Refusal::Form)),
            ("/hook", Err(Refusal::Form)),
            ("", Err(Refusal::Form)),
            (" https://example.com/", Err(Refusal::Form)),
            ("https:\\\\example.com/", Err(Refusal::Form)),
            ("https://exa\nmple.com/", Err(Refusal::Form)),
            ("https://user@example.com/", Err(Refusal::Credentials)),
            ("https://user:word@example.com/", Err(Refusal::Credentials)),
            ("https://example.com/#a", Err(Refusal::Fragment)),
            ("https://localhost/", Err(Refusal::Host)),
            ("https://localhost./", Err(Refusal::Host)),
            ("https://a.localhost/", Err(Refusal::Host)),
            ("http://localhost/", Err(Refusal::Scheme)),
            ("https://printer.local/", Err(Refusal::Host)),
            ("https://metadata.google.internal/", Err(Refusal::Host)),
            ("https://router.home.arpa/", Err(Refusal::Host)),
            ("https://intranet/", Err(Refusal::Host)),
            ("https://127.0.0.1/", Err(Refusal::Host)),
            ("https://2130706433/", Err(Refusal::Host)),
            ("https://0x7f.1/", Err(Refusal::Host)),
            ("https://0177.0.0.1/", Err(Refusal::Host)),
            ("https://10.0.0.1/", Err(Refusal::Host)),
            ("https://169.254.169.254/latest/meta-data", Err(Refusal::Host)),
            ("https://203.0.113.7/", Err(Refusal::Host)),
            ("https://[::1]/", Err(Refusal::Host)),
            ("https://[::ffff:10.0.0.1]/", Err(Refusal::Host)),
            ("https://[fd00::1]/", Err(Refusal::Host)),
        ] {
            assert_eq!(endpoint(text, false).as_deref().map_err(|refusal| *refusal), expect, "{text}");
        }
        assert_eq!(endpoint(&format!("https://a.example/{}", "x".repeat(MAX)), false), Err(Refusal::Form));
    }

    #[test]
    fn development_opens_this_machine_and_no_other() {
        for (text, expect) in [
            ("http://localhost:3000/hook", Ok("http://localhost:3000/hook")),
            ("http://127.0.0.1:3000/", Ok("http://127.0.0.1:3000/")),
            ("https://localhost/", Ok("https://localhost/")),
            ("http://example.com/", Err(Refusal::Scheme)),
            ("http://10.0.0.1/", Err(Refusal::Scheme)),
            ("https://10.0.0.1/", Err(Refusal::Host)),
            ("http://user@localhost/", Err(Refusal::Credentials)),
            ("http://localhost.example.com/", Err(Refusal::Scheme)),
        ] {
            assert_eq!(endpoint(text, true).as_deref().map_err(|refusal| *refusal), expect, "{text}");
        }
    }
}
