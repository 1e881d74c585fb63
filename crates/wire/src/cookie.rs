//! Cookies: names, attributes, and what is in them.

use engine::visit::Choice;

/// The latest click's token.
pub const CLICK: &str = "trb_id";
/// The journey so far: at most [`JOURNEY_MAX`] tokens, the oldest first, separated by dots.
pub const JOURNEY: &str = "trb_j";
/// The visitor: 128 random bits in hexadecimal.
pub const VISITOR: &str = "trb_v";
/// What the visitor chose: `1` agreed, `0` refused.
pub const CONSENT: &str = "trb_c";
/// The session of a signed-in person. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain` (RFC 6265bis).
pub const SESSION: &str = "__Host-trb_s";

/// Most tokens of a journey's cookie.
pub const JOURNEY_MAX: usize = 8;
/// How long the click's cookies live, in seconds: 90 days.
pub const LIFE: u32 = crate::token::CLICK_DAYS * engine::time::DAY;

/// A `Set-Cookie` value of one of the click's cookies.
#[must_use]
pub fn set(name: &str, value: &str) -> String {
    format!("{name}={value}; Max-Age={LIFE}; Path=/; Secure; SameSite=Lax")
}

/// A `Set-Cookie` value that ends one of the click's cookies.
#[must_use]
pub fn clear(name: &str) -> String {
    format!("{name}=; Max-Age=0; Path=/; Secure; SameSite=Lax")
}

/// A `Set-Cookie` value of the session.
#[must_use]
pub fn set_session(value: &str, seconds: u32) -> String {
    format!("{SESSION}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// A `Set-Cookie` value that ends the session.
#[must_use]
pub fn clear_session() -> String {
    set_session("", 0)
}

/// A cookie's value in a `Cookie` header.
#[must_use]
pub fn get<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, value)| value)
}

/// The journey with one more token: the newest [`JOURNEY_MAX`] stay, a token that is there already is not repeated.
#[must_use]
pub fn extend_journey(journey: &str, token: &str) -> String {
    let mut tokens: Vec<&str> = journey_tokens(journey).filter(|t| *t != token).collect();
    tokens.push(token);
    let from = tokens.len().saturating_sub(JOURNEY_MAX);
    tokens[from..].join(".")
}

/// The tokens of a journey's cookie.
pub fn journey_tokens(journey: &str) -> impl Iterator<Item = &str> {
    journey.split('.').filter(|token| !token.is_empty() && token.len() <= crate::token::TOKEN_MAX).take(JOURNEY_MAX)
}

/// Whether a visitor's cookie has the form that the edge gives it.
#[must_use]
pub fn is_visitor(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// What the consent cookie says.
#[must_use]
pub fn choice(header: &str) -> Choice {
    match get(header, CONSENT) {
        Some("1") => Choice::Granted,
        Some("0") => Choice::Refused,
        _ => Choice::Unasked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_whole_name() {
        let header = "a=1; xtrb_id=no; trb_id=yes; __Host-trb_s=s=1";
        assert_eq!(get(header, CLICK), Some("yes"));
        assert_eq!(get(header, SESSION), Some("s=1"));
        assert_eq!(get(header, VISITOR), None);
    }

    #[test]
    fn a_journey_keeps_its_newest_tokens() {
        let mut journey = String::new();
        for i in 0..10 {
            journey = extend_journey(&journey, &format!("t{i}"));
        }
        assert_eq!(journey, "t2.t3.t4.t5.t6.t7.t8.t9");
        assert_eq!(extend_journey("a.b", "a"), "b.a");
        assert_eq!(journey_tokens("..a.").collect::<Vec<_>>(), ["a"]);
    }
}
