//! A tracked link and where it leads: a pure decision that one place in the edge carries out.
//!
//! | module | charter |
//! |---|---|
//! | [`rule`] | state, ends, and destinations by device, country, language and test |
//! | [`template`] | campaign parameters of the program and the group |
//! | [`address`] | what is added to a destination, what a query says |
//! | [`site`] | where links may lead |

mod address;
mod rule;
pub mod site;
mod template;

pub use address::{CLICK_PARAM, location, query_value, utm_of};
pub use rule::{Devices, Expiry, Limit, Rules, State, Test, Traveller, Variant};
use serde::{Deserialize, Serialize};
pub use template::{Naming, template};

use crate::{
    bot,
    fact::{Mark, TouchKind},
    id::{LinkId, PartnerId, TouchId},
    text::Utm,
    time::Millis,
    visit::{ConsentPolicy, Visit},
};

/// Keeps out of a copy what goes without saying: a redirect reads one.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A tracked link, as far as a redirect needs it. Cached as JSON: fields are only ever added, each with a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Identifier.
    pub id: LinkId,
    /// Whose it is; `None` for a link of the program itself.
    pub partner: Option<PartnerId>,
    /// Where it leads: an absolute `http(s)` address whose host was checked when the link was made.
    pub destination: String,
    /// Campaign parameters of its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub utm: Utm,
    /// What fills the templates of those that it has not; `None` for a link that keeps out of templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naming: Option<Naming>,
    /// What a touch of it is: a click, or a marketplace listing.
    pub kind: TouchKind,
    /// Whether it leads on.
    #[serde(default, skip_serializing_if = "State::is_live")]
    pub state: State,
    /// What else it is told to do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rules: Rules,
    /// What programs show that preview links; `None`: what they find where it leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
    /// Whether search engines may list its address.
    #[serde(default, skip_serializing_if = "is_default")]
    pub index: bool,
    /// Clicks that were counted when this copy was made; kept up only for a link with a limit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub counted: u64,
}

impl Link {
    /// The campaign parameters that a redirect adds, under the program's template.
    #[must_use]
    pub fn utm(&self, program: &Utm) -> Utm {
        match &self.naming {
            Some(naming) => naming.apply(&self.utm, program),
            None => self.utm.clone(),
        }
    }

    /// Why it leads on no more, and where visitors go instead.
    #[must_use]
    pub fn end(&self, now: Millis) -> Option<(End, Option<&str>)> {
        let Rules { expiry, limit, .. } = &self.rules;
        match (&self.state, expiry, limit) {
            (State::Paused { to, .. }, ..) => Some((End::Paused, to.as_deref())),
            (State::Retired { to }, ..) => Some((End::Retired, to.as_deref())),
            (_, Some(expiry), _) if expiry.at <= now => Some((End::Expired, expiry.to.as_deref())),
            (.., Some(limit)) if limit.clicks <= self.counted => Some((End::Spent, limit.to.as_deref())),
            _ => None,
        }
    }
}

/// What a preview of a link shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Address of a picture.
    pub image: Option<String>,
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
    /// What the touch was; `None` for a token of the time when none said.
    pub kind: Option<TouchKind>,
}

/// Why a link leads on no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Not for now.
    Paused,
    /// It was retired.
    Retired,
    /// Its time is over.
    Expired,
    /// It has had its clicks.
    Spent,
}

/// What a visitor gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The way to this destination.
    Lead(&'a str),
    /// The question for the word that hashes to this.
    Ask(&'a str),
    /// The preview, for a program that shows it to people.
    Preview(&'a Preview),
    /// The request to ask again when the visitor comes: what is fetched ahead of a click names nobody, and a browser that
    /// shows it would not ask again.
    Later,
    /// The news that the link has ended, or the way to the destination instead.
    Ended(End, Option<&'a str>),
}

/// What is to be done about a request for a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// What the visitor gets.
    pub outcome: Outcome<'a>,
    /// To be signed and sent along; `None` where nobody is to be credited (HEAD, a program's own link, a bot, an end).
    pub claim: Option<Claim>,
    /// How the touch is recorded; `None` when it is not (HEAD, and a person who is asked for the word first).
    pub mark: Option<Mark>,
    /// Whether cookies may be set.
    pub cookies: bool,
}

/// When a request came, and what names it.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The time.
    pub now: Millis,
    /// With the time, the touch.
    pub nonce: [u8; 10],
    /// The visitor's number: the one that the request carries, or the one that a cookie would give.
    pub visitor: &'a str,
    /// Whether the visitor has said the word that opens the link.
    pub opened: bool,
}

/// Decides about one request. A test's variant sticks to the visitor's number where a cookie may be set; without one, nothing
/// knows the visitor again, and every touch draws anew, by its nonce.
#[must_use]
pub fn resolve<'a>(link: &'a Link, visit: &Visit<'_>, policy: ConsentPolicy, moment: Moment<'_>) -> Decision<'a> {
    let Moment { now, nonce, visitor, opened } = moment;
    let mark = visit.mark();
    let allowed = mark == Some(Mark::Counted) && visit.allows_cookies(policy);
    let outcome = match (link.end(now), &link.preview, &link.rules.password) {
        _ if mark == Some(Mark::Prefetch) => Outcome::Later,
        (Some((end, to)), ..) => Outcome::Ended(end, to),
        (None, Some(preview), _) if bot::is_preview(visit.user_agent) => Outcome::Preview(preview),
        (None, _, Some(hash)) if !opened => Outcome::Ask(hash),
        _ => {
            // Most links lead everybody to one place, and whoever comes need not be looked at again.
            let target = (link.rules.tell_apart() || link.rules.test.is_some()).then(|| {
                let seed = if allowed { seed(link.id, visitor.as_bytes()) } else { seed(link.id, &nonce) };
                let (device, country, languages) = (visit.device(), visit.country, visit.languages);
                link.rules.target(Traveller { device, country, languages, seed }, now)
            });
            Outcome::Lead(target.flatten().unwrap_or(&link.destination))
        }
    };
    let mark = match (&outcome, mark) {
        (Outcome::Ended(..), Some(Mark::Counted)) => Some(Mark::Ended),
        (Outcome::Ask(_), Some(Mark::Counted)) => None,
        _ => mark,
    };
    let cookies = allowed && mark == Some(Mark::Counted);
    let claim = match (mark, link.partner) {
        (Some(Mark::Counted), Some(partner)) => {
            let (touch, link, kind) = (TouchId::new(now, nonce), Some(link.id), Some(link.kind));
            Some(Claim { touch, link, partner, consent: cookies, kind })
        }
        _ => None,
    };
    Decision { outcome, claim, mark, cookies }
}

/// FNV-1a over the link and what names the visitor, with the finish of SplitMix64, since a share is taken of its lowest digits.
fn seed(link: LinkId, name: &[u8]) -> u64 {
    let bytes = link.to_bytes();
    let hash = bytes
        .iter()
        .chain(name)
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1";
    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    fn link() -> Link {
        Link {
            id: LinkId::from_bytes([1; 16]),
            partner: Some(PartnerId::from_bytes([2; 16])),
            destination: "https://a.example/".into(),
            utm: Utm::default(),
            naming: None,
            kind: TouchKind::Click,
            state: State::Live,
            rules: Rules::default(),
            preview: None,
            index: false,
            counted: 5,
        }
    }

    fn person() -> Visit<'static> {
        Visit { user_agent: FIREFOX, ..Visit::default() }
    }

    fn decide<'a>(link: &'a Link, visit: &Visit<'_>) -> Decision<'a> {
        let moment = Moment { now: Millis(9), nonce: [3; 10], visitor: "v", opened: false };
        resolve(link, visit, ConsentPolicy::OptOut, moment)
    }

    #[test]
    fn a_decision_claims_only_for_counted_visits_of_partners() {
        let link = link();
        let decision = decide(&link, &person());
        assert_eq!(decision.outcome, Outcome::Lead("https://a.example/"));
        assert!(decision.cookies && decision.claim.is_some_and(|c| c.consent && c.touch.at() == Millis(9)));
        assert_eq!(decision.claim.and_then(|claim| claim.kind), Some(TouchKind::Click));
        let private = decide(&link, &Visit { gpc: true, ..person() });
        assert!(!private.cookies && private.claim.is_some_and(|c| !c.consent));
        let head = decide(&link, &Visit { head: true, ..person() });
        assert_eq!((head.claim, head.mark, head.cookies), (None, None, false));
        let ahead = decide(&link, &Visit { purpose: "prefetch", ..person() });
        assert_eq!((ahead.outcome, ahead.mark, ahead.claim), (Outcome::Later, Some(Mark::Prefetch), None));
        let bot = Visit { user_agent: "Googlebot/2.1", ..Visit::default() };
        assert_eq!(decide(&link, &bot).mark, Some(Mark::Bot));
        assert_eq!(decide(&Link { partner: None, ..link.clone() }, &person()).claim, None);
    }

    #[test]
    fn a_link_that_has_ended_leads_elsewhere_and_counts_nothing() {
        let at = |at| Some(Expiry { at: Millis(at), to: Some("late".into()) });
        let limit = |clicks| Some(Limit { clicks, to: Some("spent".into()) });
        for (state, expiry, clicks, expect) in [
            (State::Live, None, None, None),
            (State::Live, at(10), limit(6), None),
            (State::Live, at(9), limit(5), Some((End::Expired, Some("late")))),
            (State::Live, at(10), limit(5), Some((End::Spent, Some("spent")))),
            (State::Paused { to: None, by_partner: false }, at(9), None, Some((End::Paused, None))),
            (State::Retired { to: Some("new".into()) }, None, None, Some((End::Retired, Some("new")))),
        ] {
            let link = Link { state, rules: Rules { expiry, limit: clicks, ..Rules::default() }, ..link() };
            assert_eq!(link.end(Millis(9)), expect);
            let decision = decide(&link, &person());
            let Some((end, to)) = expect else {
                assert_eq!(decision.mark, Some(Mark::Counted));
                continue;
            };
            assert_eq!(decision.outcome, Outcome::Ended(end, to));
            assert_eq!((decision.claim, decision.mark, decision.cookies), (None, Some(Mark::Ended), false));
            let bot = decide(&link, &Visit { user_agent: "Googlebot/2.1", ..Visit::default() });
            assert_eq!(bot.mark, Some(Mark::Bot));
        }
    }

    #[test]
    fn a_word_is_asked_for_before_a_person_is_recorded() {
        let link = Link { rules: Rules { password: Some("hash".into()), ..Rules::default() }, ..link() };
        let asked = decide(&link, &person());
        assert_eq!((asked.outcome, asked.mark, asked.claim), (Outcome::Ask("hash"), None, None));
        let moment = Moment { now: Millis(9), nonce: [3; 10], visitor: "v", opened: true };
        let opened = resolve(&link, &person(), ConsentPolicy::OptOut, moment);
        assert_eq!((opened.outcome, opened.mark), (Outcome::Lead("https://a.example/"), Some(Mark::Counted)));
        assert!(opened.claim.is_some());
    }

    #[test]
    fn previews_are_for_programs_that_show_them() {
        let preview = Preview { title: Some("T".into()), ..Preview::default() };
        let link = Link { preview: Some(preview.clone()), ..link() };
        for (agent, shown) in [("Slackbot-LinkExpanding 1.0", true), ("Googlebot/2.1", false), (PHONE, false)] {
            let decision = decide(&link, &Visit { user_agent: agent, ..Visit::default() });
            assert_eq!(decision.outcome == Outcome::Preview(&preview), shown, "{agent}");
            assert_eq!(decision.claim.is_none(), agent != PHONE, "{agent}");
        }
    }

    #[test]
    fn a_variant_sticks_to_the_visitor_and_is_shared_out() {
        let variants = [("a", 20), ("b", 80)].map(|(to, percentage)| Variant { to: to.into(), percentage }).into();
        let test = Some(Test { variants, from: None, until: None });
        let link = Link { rules: Rules { test, ..Rules::default() }, ..link() };
        let to = |visitor: &str, nonce: u8, gpc: bool| {
            let moment = Moment { now: Millis(9), nonce: [nonce; 10], visitor, opened: false };
            match resolve(&link, &Visit { gpc, ..person() }, ConsentPolicy::OptOut, moment).outcome {
                Outcome::Lead(to) => to.to_owned(),
                other => panic!("{other:?}"),
            }
        };
        let mut of_a = 0;
        for i in 0..1000 {
            let visitor = format!("{i:032x}");
            let first = to(&visitor, 1, false);
            assert_eq!(first, to(&visitor, 2, false));
            of_a += usize::from(first == "a");
        }
        assert!((150..250).contains(&of_a), "{of_a}");
        let drawn: Vec<String> = (0..100).map(|nonce| to("same", nonce, true)).collect();
        assert!(drawn.contains(&"a".to_owned()) && drawn.contains(&"b".to_owned()));
    }
}
