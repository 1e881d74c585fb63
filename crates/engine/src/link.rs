//! A tracked link and where it leads: a pure decision that one place in the edge carries out.

use crate::{
    fact::{Mark, TouchKind},
    id::{LinkId, PartnerId, TouchId},
    text::Utm,
    time::Millis,
    visit::{ConsentPolicy, Visit},
};

/// The click parameter.
pub const CLICK_PARAM: &str = "trb_id";

/// A tracked link, as far as a redirect needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Identifier.
    pub id: LinkId,
    /// Whose it is; `None` for a link of the program itself.
    pub partner: Option<PartnerId>,
    /// Where it leads: an absolute `http(s)` address whose host was checked when the link was made.
    pub destination: String,
    /// Campaign parameters that the redirect adds.
    pub utm: Utm,
    /// What a touch of it is: a click, or a marketplace listing.
    pub kind: TouchKind,
}

/// What a click claims: all that a token carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The touch: its time and nonce.
    pub touch: TouchId,
    /// The link that was clicked; `None` for a visit that came straight to a landing page.
    pub link: Option<LinkId>,
    /// The partner to credit.
    pub partner: PartnerId,
    /// Whether the visitor may be known again by a cookie.
    pub consent: bool,
}

/// What is to be done about a request for a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// To be signed and sent along; `None` where nobody is to be credited (HEAD, a program's own link, a bot).
    pub claim: Option<Claim>,
    /// How the touch is recorded; `None` when it is not (HEAD).
    pub mark: Option<Mark>,
    /// Whether cookies may be set.
    pub cookies: bool,
}

/// Decides about one request. `now` and `nonce` name the touch.
#[must_use]
pub fn resolve(link: &Link, visit: &Visit<'_>, policy: ConsentPolicy, now: Millis, nonce: [u8; 10]) -> Decision {
    let mark = visit.mark();
    let cookies = mark == Some(Mark::Counted) && visit.allows_cookies(policy);
    let claim = match (mark, link.partner) {
        (Some(Mark::Counted), Some(partner)) => {
            Some(Claim { touch: TouchId::new(now, nonce), link: Some(link.id), partner, consent: cookies })
        }
        _ => None,
    };
    Decision { claim, mark, cookies }
}

/// The address that the visitor is sent to: the destination, then the link's campaign parameters and the click's token,
/// then whatever else the visitor's query held. A name that stands already is never set again, so the destination's own
/// parameters win over ours and ours win over the visitor's; a visitor's `trb_id` never passes.
#[must_use]
pub fn location(destination: &str, utm: &Utm, token: Option<&str>, visitor_query: &str) -> String {
    let (address, fragment) = match destination.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (destination, None),
    };
    let (base, query) = address.split_once('?').unwrap_or((address, ""));
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    let mut names: Vec<String> = pairs.iter().map(|pair| name_of(pair)).collect();
    let ours: Vec<(&str, String)> = utm
        .pairs()
        .chain(token.map(|token| (CLICK_PARAM, token)))
        .filter(|(name, _)| !names.iter().any(|n| n == name))
        .map(|(name, value)| (name, format!("{name}={}", encode(value))))
        .collect();
    pairs.extend(ours.iter().map(|(_, pair)| pair.as_str()));
    names.extend(ours.iter().map(|(name, _)| (*name).to_owned()));
    names.push(CLICK_PARAM.to_owned());
    for pair in visitor_query.split('&').filter(|pair| !pair.is_empty() && is_query_text(pair)) {
        let name = name_of(pair);
        if !names.contains(&name) {
            pairs.push(pair);
        }
    }
    let mut out = base.to_owned();
    if !pairs.is_empty() {
        out.push('?');
        out.push_str(&pairs.join("&"));
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

/// Value of a parameter of a query, decoded.
#[must_use]
pub fn query_value(query: &str, name: &str) -> Option<String> {
    query.split('&').find(|pair| name_of(pair) == name).map(|pair| decode(pair.split_once('=').map_or("", |p| p.1)))
}

/// Campaign parameters that an address carries.
#[must_use]
pub fn utm_of(address: &str) -> Utm {
    let address = address.split('#').next().unwrap_or_default();
    let query = address.split_once('?').map_or("", |parts| parts.1);
    Utm::collect(|name| query_value(query, name))
}

fn name_of(pair: &str) -> String {
    decode(pair.split('=').next().unwrap_or_default())
}

/// Only what a query may hold by RFC 3986, so that nothing can break out of a header or an attribute.
fn is_query_text(text: &str) -> bool {
    text.bytes().all(|b| {
        b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'#' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    })
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Decodes percent signs and plus signs; what is not UTF-8 becomes the replacement character.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        match (bytes[i], hex(i + 1), hex(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 2;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utm(source: &str) -> Utm {
        Utm { source: Some(source.into()), ..Utm::default() }
    }

    #[test]
    fn ours_are_added_and_never_replace_the_destinations() {
        let check = |destination: &str, query: &str, expect: &str| {
            assert_eq!(location(destination, &utm("ada & co"), Some("TOKEN"), query), expect);
        };
        check("https://a.example/x", "", "https://a.example/x?utm_source=ada%20%26%20co&trb_id=TOKEN");
        check("https://a.example/x?utm_source=own#top", "", "https://a.example/x?utm_source=own&trb_id=TOKEN#top");
        check("https://a.example/?trb_id=own", "", "https://a.example/?trb_id=own&utm_source=ada%20%26%20co");
    }

    #[test]
    fn the_visitors_query_passes_but_never_wins() {
        let check = |query: &str, expect: &str| {
            assert_eq!(location("https://a.example/?ref=own", &utm("ada"), Some("T"), query), expect);
        };
        let ours = "https://a.example/?ref=own&utm_source=ada&trb_id=T";
        check("utm_source=evil&trb_id=forged&ref=theirs", ours);
        check("utm%5Fsource=evil&trb%5fid=forged", ours);
        check("plan=pro", &format!("{ours}&plan=pro"));
        check("x=<script>&y=a#b", ours);
        assert_eq!(location("https://a.example/", &Utm::default(), None, "trb_id=forged"), "https://a.example/");
    }

    #[test]
    fn values_are_decoded() {
        assert_eq!(query_value("a=1&b=x%20y+z", "b").as_deref(), Some("x y z"));
        assert_eq!(query_value("a=1", "c"), None);
        assert_eq!(query_value("a=%zz%f", "a").as_deref(), Some("%zz%f"));
        assert_eq!(utm_of("https://a.example/?utm_campaign=spring#utm_source=no").campaign.as_deref(), Some("spring"));
    }

    #[test]
    fn a_decision_claims_only_for_counted_visits_of_partners() {
        let link = Link {
            id: LinkId::from_bytes([1; 16]),
            partner: Some(PartnerId::from_bytes([2; 16])),
            destination: "https://a.example/".into(),
            utm: Utm::default(),
            kind: TouchKind::Click,
        };
        let decide = |link: &Link, visit: Visit<'_>| resolve(link, &visit, ConsentPolicy::OptOut, Millis(9), [3; 10]);
        let person = || Visit { user_agent: "Mozilla/5.0 Firefox/140.0", ..Visit::default() };
        let decision = decide(&link, person());
        assert!(decision.cookies && decision.claim.is_some_and(|c| c.consent && c.touch.at() == Millis(9)));
        let private = decide(&link, Visit { gpc: true, ..person() });
        assert!(!private.cookies && private.claim.is_some_and(|c| !c.consent));
        assert_eq!(
            decide(&link, Visit { head: true, ..person() }),
            Decision { claim: None, mark: None, cookies: false }
        );
        let bot = Visit { user_agent: "Googlebot/2.1", ..Visit::default() };
        assert_eq!(decide(&link, bot).mark, Some(Mark::Bot));
        assert_eq!(decide(&Link { partner: None, ..link }, person()).claim, None);
    }
}
