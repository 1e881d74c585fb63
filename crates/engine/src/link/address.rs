//! Addresses: what a redirect adds to a destination, and what a query says.

use crate::text::Utm;

/// The click parameter.
pub const CLICK_PARAM: &str = "trb_id";

/// The address that the visitor is sent to: the destination, then the link's campaign parameters and the click's token,
/// then whatever else the visitor's query held. A name that stands already is never set again, so the destination's own
/// parameters win over ours and ours win over the visitor's; neither a visitor's `trb_id` nor one that a destination was kept
/// with passes.
#[must_use]
pub fn location(destination: &str, utm: &Utm, token: Option<&str>, visitor_query: &str) -> String {
    let (address, fragment) = match destination.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (destination, None),
    };
    let (base, query) = address.split_once('?').unwrap_or((address, ""));
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_of(pair, CLICK_PARAM)).collect();
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
        // Some stacks fold names: PHP reads `trb.id` and ` trb_id` as `trb_id`, others know no case.
        let folded = name.trim().replace(['.', ' ', '['], "_").to_ascii_lowercase();
        if !names.contains(&name) && !names.contains(&folded) {
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
    query.split('&').find(|pair| is_of(pair, name)).map(|pair| decode(pair.split_once('=').map_or("", |p| p.1)))
}

/// Whether an address carries a parameter, in either case.
#[must_use]
pub fn carries(address: &str, name: &str) -> bool {
    let address = address.split('#').next().unwrap_or_default();
    let query = address.split_once('?').map_or("", |parts| parts.1);
    query.split('&').any(|pair| name_of(pair).eq_ignore_ascii_case(name))
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

/// Whether a pair has this name; most are written as they are.
fn is_of(pair: &str, name: &str) -> bool {
    let written = pair.split('=').next().unwrap_or_default();
    written == name || written.contains(['%', '+']) && decode(written) == name
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
        check("https://a.example/?trb_id=own", "", "https://a.example/?utm_source=ada%20%26%20co&trb_id=TOKEN");
    }

    #[test]
    fn the_visitors_query_passes_but_never_wins() {
        let check = |query: &str, expect: &str| {
            assert_eq!(location("https://a.example/?ref=own", &utm("ada"), Some("T"), query), expect);
        };
        let ours = "https://a.example/?ref=own&utm_source=ada&trb_id=T";
        check("utm_source=evil&trb_id=forged&ref=theirs", ours);
        check("TRB_ID=x&trb.id=x&%20trb_id=x&trb%5Bid=x&utm.source=x&Utm_Source=x&REF=x", ours);
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
}
