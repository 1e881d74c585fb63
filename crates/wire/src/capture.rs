//! What `capture.js` reports of an arrival on a page of the vendor's own: `POST /api/capture`.
//!
//! What a visitor's address holds is the visitor's: a value that cannot be right is as good as none, so that the rest of
//! the arrival still counts. What is not of the form at all is refused.

use std::collections::BTreeMap;

use engine::{
    fact::Channel,
    text::{Coupon, Utm},
    visit::Choice,
};
use serde::{Deserialize, Serialize};

/// Most bytes of a report.
pub const BYTES_MAX: usize = 16 * 1024;
/// Most characters of one parameter.
pub const VALUE_MAX: usize = 512;

/// Our click parameter.
pub const TOKEN: &str = "trb_id";
/// Parameters that name a partner; of those that are there, the first that names one who is known.
pub const PARTNER: [&str; 5] = ["via", "fpr", "refcode", "ps_partner_key", "rfsn"];
/// Everyday names that do so where the program turns them on.
pub const GENERIC: [&str; 2] = ["ref", "a"];
/// Most names of a partner, and most of a coupon, that are looked up for one arrival.
pub const NAMES_MAX: usize = 8;
/// Parameters that name a coupon.
pub const COUPON: [&str; 2] = ["coupon", "code"];
/// Click identifiers of other systems, which are kept with the touch of a visitor who permits it: they name a person there.
/// Without permission a page tells which of them the address held, each [`UNTOLD`].
pub const OTHERS: [&str; 7] = ["dub_id", "ps_xid", "irclickid", "gclid", "fbclid", "msclkid", "li_fat_id"];

/// What stands for a click identifier that is not told.
pub const UNTOLD: &str = "-";

/// An arrival, as the page reports it.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RawCapture {
    /// Parameters of the page's address, by name, several values of one on a line each; of those that this module does not
    /// name nothing is read.
    pub params: BTreeMap<String, String>,
    /// [`Channel`] of the referrer; the referrer itself never leaves the page.
    pub referrer: Option<String>,
    /// What the visitor chose; `null` before that.
    pub consent: Option<bool>,
    /// Whether the page's browser asks for privacy (Global Privacy Control).
    pub gpc: bool,
    /// Visitor's number in the page's cookie.
    pub visitor: Option<String>,
    /// Journey in the page's cookie.
    pub journey: Option<String>,
    /// Whether the visitor loaded the very same page again.
    pub again: bool,
    /// The touch of this arrival, where it was reported before the visitor permitted more: what the answer called it.
    pub touch: Option<String>,
}

impl RawCapture {
    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let fits = |value: &&str| {
            !value.is_empty() && value.chars().count() <= VALUE_MAX && !value.chars().any(char::is_control)
        };
        self.params.get(name).into_iter().flat_map(|values| values.split('\n')).map(str::trim).filter(fits)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// The token that the address carries.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.value(TOKEN)
    }

    /// Whom the address may name as partner, in whichever words.
    pub fn partners(&self, generic: bool) -> impl Iterator<Item = &str> {
        let everyday = GENERIC.iter().filter(move |_| generic);
        PARTNER.iter().chain(everyday).flat_map(|name| self.values(name)).take(NAMES_MAX)
    }

    /// The coupons that the address carries.
    pub fn coupons(&self) -> impl Iterator<Item = Coupon> {
        COUPON.iter().flat_map(|name| self.values(name)).filter_map(|text| Coupon::new(text).ok()).take(NAMES_MAX)
    }

    /// Campaign parameters.
    #[must_use]
    pub fn utm(&self) -> Utm {
        Utm::collect(|name| self.value(name).map(str::to_owned))
    }

    /// Click identifiers of other systems, by parameter, as far as they are told.
    #[must_use]
    pub fn others(&self) -> BTreeMap<String, String> {
        let told =
            |name: &&str| Some(((*name).to_owned(), self.value(name).filter(|value| *value != UNTOLD)?.to_owned()));
        OTHERS.iter().filter_map(told).collect()
    }

    /// What the visitor chose.
    #[must_use]
    pub fn choice(&self) -> Choice {
        match self.consent {
            Some(true) => Choice::Granted,
            Some(false) => Choice::Refused,
            None => Choice::Unasked,
        }
    }

    /// By what the visitor came, where no partner is named: what the campaign's medium says, else whose click identifier
    /// it is, else where the referrer belongs.
    #[must_use]
    pub fn channel(&self) -> Channel {
        let utm = self.utm();
        let medium = utm.medium.as_deref().unwrap_or_default().to_ascii_lowercase();
        let is = |words: &[&str]| words.iter().any(|word| medium.contains(word));
        let has = |names: &[&str]| names.iter().any(|name| self.value(name).is_some());
        if is(&["mail", "newsletter"]) {
            Channel::Email
        } else if is(&["social"]) {
            Channel::Social
        } else if is(&["cpc", "ppc", "search", "organic"]) {
            Channel::Search
        } else if is(&["affiliate", "partner"]) || has(&["dub_id", "ps_xid", "irclickid"]) {
            Channel::Partner
        } else if has(&["gclid", "msclkid"]) {
            Channel::Search
        } else if has(&["fbclid", "li_fat_id"]) {
            Channel::Social
        } else {
            match self.referrer.as_deref().and_then(Channel::from_word) {
                Some(channel) if channel != Channel::Direct => channel,
                _ if utm.pairs().next().is_some() => Channel::Other,
                _ => Channel::Direct,
            }
        }
    }
}

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Captured {
    /// It came with a token: its touch stands already.
    Known,
    /// A touch, recorded behind the answer; the token says whose.
    Touch,
    /// The program's own visit, recorded without a partner.
    Own,
    /// Nothing to record: nobody is named, and nothing says by what way the visitor came.
    Nothing,
}

/// The answer to `POST /api/capture`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CaptureAnswer {
    /// What became of it.
    pub status: Captured,
    /// The token that carries the credit.
    pub token: Option<String>,
    /// Cookies that the page may keep, by name; empty where it may keep none.
    pub cookies: BTreeMap<String, String>,
    /// What a new touch is called: where the page learns that it may tell more than it did, it reports the same arrival again
    /// by this name, and it stays one touch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touch: Option<String>,
}

/// `POST /api/consent`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Whether the visitor agrees to cookies.
    pub consent: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(query: &[(&str, &str)], referrer: &str) -> RawCapture {
        let params = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        RawCapture { params, referrer: Some(referrer.to_owned()), ..RawCapture::default() }
    }

    #[test]
    fn a_partner_is_named_by_any_of_the_names_in_order() {
        let check = |query: &[(&str, &str)], generic, expect: &[&str]| {
            assert_eq!(raw(query, "").partners(generic).collect::<Vec<_>>(), expect, "{query:?}");
        };
        check(&[("rfsn", "r"), ("fpr", " f ")], false, &["f", "r"]);
        check(&[("ref", "x"), ("a", "y")], false, &[]);
        check(&[("ref", "x"), ("a", "y"), ("rfsn", "r")], true, &["r", "x", "y"]);
        check(&[("via", ""), ("rfsn", "r")], true, &["r"]);
        check(&[("via", &"x".repeat(513))], true, &[]);
        check(&[("via", "a\u{7}b")], true, &[]);
        check(&[("via", "a\n\n b\r\nc\u{7}"), ("fpr", "d")], false, &["a", "b", "d"]);
        check(&[("via", &"x\n".repeat(100))], false, &["x"; NAMES_MAX]);
    }

    #[test]
    fn what_is_of_other_systems_is_kept_and_nothing_else() {
        let raw = raw(
            &[("dub_id", "d"), ("gclid", "g"), ("mine", "m"), ("fbclid", UNTOLD), ("code", "ada20"), ("utm_id", "7")],
            "",
        );
        assert_eq!(raw.others().into_keys().collect::<Vec<_>>(), ["dub_id", "gclid"]);
        assert_eq!(raw.coupons().map(|c| c.as_str().to_owned()).collect::<Vec<_>>(), ["ADA20"]);
        assert_eq!(raw.utm().id.as_deref(), Some("7"));
    }

    #[test]
    fn channels() {
        for (query, referrer, expect) in [
            (&[][..], "", Channel::Direct),
            (&[], "nonsense", Channel::Direct),
            (&[], "search", Channel::Search),
            (&[], "other", Channel::Other),
            (&[("utm_source", "x")], "direct", Channel::Other),
            (&[("utm_source", "x")], "social", Channel::Social),
            (&[("utm_medium", "Email")], "search", Channel::Email),
            (&[("utm_medium", "paid_social")], "", Channel::Social),
            (&[("utm_medium", "cpc")], "", Channel::Search),
            (&[("utm_medium", "affiliate")], "", Channel::Partner),
            (&[("gclid", "1")], "other", Channel::Search),
            (&[("fbclid", UNTOLD)], "", Channel::Social),
            (&[("dub_id", "1"), ("gclid", "1")], "", Channel::Partner),
        ] {
            assert_eq!(raw(query, referrer).channel(), expect, "{query:?} {referrer}");
        }
    }
}
