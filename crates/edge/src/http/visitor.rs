//! What a visitor's request says of itself, and what an answer leaves with the visitor.

use engine::{
    link::Claim,
    time::Millis,
    visit::{REPEAT, Visit},
};
use http::{
    HeaderMap, HeaderValue, Method,
    header::{self, AsHeaderName},
};
use wire::{
    cookie,
    token::{Keys, verify_click},
};

use crate::{
    app::{App, hex},
    error::Error,
};

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The `Cookie` header.
pub fn cookies(headers: &HeaderMap) -> &str {
    text(headers, header::COOKIE)
}

/// What a browser says of its reason, the most telling first.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Every header that a visit of a link reads, by this file: a request for one brings no others (`crate::border`).
pub const HEADERS: [&str; 9] = {
    let [a, b, c, d] = PURPOSES;
    ["user-agent", "cookie", "sec-gpc", "cf-ipcountry", "accept-language", a, b, c, d]
};

/// The request, reduced to what decides about a touch.
pub fn visit<'a>(method: &Method, headers: &'a HeaderMap) -> Visit<'a> {
    Visit {
        head: method == Method::HEAD,
        user_agent: text(headers, header::USER_AGENT),
        purpose: PURPOSES
            .iter()
            .map(|name| text(headers, *name))
            .find(|purpose| !purpose.is_empty())
            .unwrap_or_default(),
        gpc: text(headers, "sec-gpc").trim() == "1",
        choice: cookie::choice(cookies(headers)),
        // Cloudflare sets it, and replaces what a visitor sends; `XX` and `T1` are no countries and match none.
        country: text(headers, "cf-ipcountry"),
        languages: text(headers, header::ACCEPT_LANGUAGE),
    }
}

/// A token that proved itself.
#[derive(Debug, Clone)]
pub struct Proof {
    pub token: String,
    pub claim: Claim,
}

/// Checks a token; one that does not hold is as good as none.
pub fn prove(keys: &Keys, token: &str, now: Millis) -> Option<Proof> {
    let claim = verify_click(keys, token, now).ok()?;
    Some(Proof { token: token.to_owned(), claim })
}

/// The latest token of the visitor's cookie.
pub fn latest(keys: &Keys, cookies: &str, now: Millis) -> Option<Proof> {
    prove(keys, cookie::get(cookies, cookie::CLICK)?, now)
}

/// The journey of the visitor's cookie, the oldest first.
pub fn journey(keys: &Keys, cookies: &str, now: Millis) -> Vec<Proof> {
    let journey = cookie::get(cookies, cookie::JOURNEY).unwrap_or_default();
    cookie::journey_tokens(journey).filter_map(|token| prove(keys, token, now)).collect()
}

/// The newest touch of the same kind and partner by the same link within the hour: the one that a repeat leaves the credit
/// with.
pub fn repeated(journey: &[Proof], claim: &Claim) -> Option<Proof> {
    let same = |proof: &&Proof| {
        (proof.claim.kind, proof.claim.link, proof.claim.partner) == (claim.kind, claim.link, claim.partner)
            && proof.claim.touch.at().0 + REPEAT > claim.touch.at().0
    };
    journey.iter().filter(same).max_by_key(|proof| proof.claim.touch).cloned()
}

/// The visitor's own number, or a new one.
pub fn number(app: &App, cookies: &str) -> Result<String, Error> {
    match known(cookies) {
        Some(visitor) => Ok(visitor.to_owned()),
        None => Ok(hex(&app.random::<16>()?)),
    }
}

/// The visitor's number, if the request carries one.
pub fn known(cookies: &str) -> Option<&str> {
    cookie::get(cookies, cookie::VISITOR).filter(|value| cookie::is_visitor(value))
}

/// The cookies of a touch, by name: the latest token, the journey with it, the visitor. A token that the journey holds
/// already keeps its place in it, and what did not prove itself is not kept.
pub fn cookies_of(journey: &[Proof], token: Option<&str>, visitor: &str) -> Vec<(&'static str, String)> {
    let mut cookies = Vec::new();
    if let Some(token) = token {
        let mut tokens: Vec<&str> = journey.iter().map(|proof| proof.token.as_str()).collect();
        if !tokens.contains(&token) {
            tokens.push(token);
        }
        let from = tokens.len().saturating_sub(cookie::JOURNEY_MAX);
        cookies.extend([(cookie::CLICK, token.to_owned()), (cookie::JOURNEY, tokens[from..].join("."))]);
    }
    cookies.push((cookie::VISITOR, visitor.to_owned()));
    cookies
}

/// Sets the cookies of a touch.
pub fn remember(headers: &mut HeaderMap, journey: &[Proof], token: Option<&str>, visitor: &str) {
    for (name, value) in cookies_of(journey, token, visitor) {
        set(headers, &cookie::set(name, &value));
    }
}

/// What the visitor chose; a refusal ends the cookies that know them.
pub fn choose(headers: &mut HeaderMap, agreed: bool) {
    set(headers, &cookie::set(cookie::CONSENT, if agreed { "1" } else { "0" }));
    for name in [cookie::CLICK, cookie::JOURNEY, cookie::VISITOR].into_iter().filter(|_| !agreed) {
        set(headers, &cookie::clear(name));
    }
}

fn set(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::try_from(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use engine::{
        fact::TouchKind,
        id::{LinkId, PartnerId, TouchId},
        visit::Choice,
    };

    use super::*;

    const NOW: u64 = 1_795_000_000_000;

    fn proof(at: u64, link: u8, partner: u8) -> Proof {
        let claim = Claim {
            touch: TouchId::new(Millis(at), [link; 10]),
            link: Some(LinkId::from_bytes([link; 16])),
            partner: PartnerId::from_bytes([partner; 16]),
            consent: true,
            kind: Some(TouchKind::Click),
        };
        Proof { token: format!("t{at}-{link}"), claim }
    }

    #[test]
    fn headers_say_who_asks() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("user-agent", "UA"), ("purpose", "prefetch"), ("sec-gpc", "1"), ("cookie", "a=b; trb_c=1")]
        {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let seen = visit(&Method::HEAD, &headers);
        assert!(seen.head && seen.gpc && seen.choice == Choice::Granted);
        assert_eq!((seen.user_agent, seen.purpose), ("UA", "prefetch"));
        headers.insert("sec-purpose", HeaderValue::from_static("prefetch;prerender"));
        assert_eq!(visit(&Method::GET, &headers).purpose, "prefetch;prerender");
        headers.insert("user-agent", HeaderValue::from_bytes(b"\xff").unwrap_or(HeaderValue::from_static("")));
        assert_eq!(visit(&Method::GET, &headers).user_agent, "");
    }

    #[test]
    fn a_repeat_is_the_same_link_within_the_hour() {
        let journey = [
            proof(NOW - REPEAT, 1, 1),
            proof(NOW - 9, 2, 1),
            proof(NOW - 8, 1, 2),
            proof(NOW - 7, 1, 1),
            proof(NOW - 6, 3, 1),
        ];
        let of = |link, partner| repeated(&journey, &proof(NOW, link, partner).claim).map(|proof| proof.token);
        assert_eq!(of(1, 1), Some(journey[3].token.clone()));
        assert_eq!(of(2, 1), Some(journey[1].token.clone()));
        assert_eq!(of(2, 2), None);
        assert!(repeated(&journey[..1], &proof(NOW, 1, 1).claim).is_none());
        let coupon = Claim { kind: Some(TouchKind::Coupon), ..proof(NOW, 1, 1).claim };
        assert!(repeated(&journey, &coupon).is_none());
    }

    #[test]
    fn cookies_keep_the_order_and_the_newest() {
        let cookies = |journey: &[Proof], token| {
            let mut headers = HeaderMap::new();
            remember(&mut headers, journey, token, "v");
            let values = headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
            values.filter_map(|value| value.split(';').next().map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(cookies(&[], None), ["trb_v=v"]);
        assert_eq!(cookies(&[], Some("t")), ["trb_id=t", "trb_j=t", "trb_v=v"]);
        let two = [proof(1, 1, 1), proof(2, 2, 1)];
        assert_eq!(cookies(&two, Some("t1-1"))[..2], ["trb_id=t1-1", "trb_j=t1-1.t2-2"]);
        let full: Vec<Proof> = (0..8).map(|at| proof(at, 1, 1)).collect();
        assert_eq!(cookies(&full, Some("new"))[1], "trb_j=t1-1.t2-1.t3-1.t4-1.t5-1.t6-1.t7-1.new");
    }

    #[test]
    fn a_visitor_has_the_form_that_the_edge_gives() {
        assert_eq!(known("trb_v=0123456789abcdef0123456789abcdef"), Some("0123456789abcdef0123456789abcdef"));
        assert_eq!(known("trb_v=<script>"), None);
    }
}
