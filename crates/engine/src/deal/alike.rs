//! Whether a deal is of somebody who is known already: by the registrable domain of an address, and by the company's
//! name.
//!
//! **Domains** are compared without their subdomains. Those at which everybody can have an address or a site
//! (`gmail.com`, `github.io`) say nothing. The public suffix list is some hundred kilobytes, more than it is worth
//! here; in its place a label such as `co` or `com` right before a country's two letters counts as part of the suffix,
//! and a short list knows the common suffixes of single countries. A suffix that is missed joins too much, never too
//! little, and the marketer decides.
//!
//! **Names** are compared as they are said: without case, accents, punctuation and legal forms, then by the
//! Sørensen–Dice coefficient of their pairs of letters. [`ALIKE`] was measured on the table of the tests: it parts all
//! pairs of it but those that differ by a letter within a word of their own, which are taken for a slip.

use core::cmp::Reverse;

use serde::{Deserialize, Serialize};

/// From which likeness on two names are taken for one.
pub const ALIKE: f64 = 0.85;

/// Letters with an accent, and what stands for them.
const FOLDS: [(&str, &str); 27] = [
    ("àáâãäåāăąǎ", "a"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęěẽ", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįı", "i"),
    ("ĵ", "j"),
    ("ķ", "k"),
    ("ĺļľŀł", "l"),
    ("ñńņňŋ", "n"),
    ("òóôõöøōŏőơ", "o"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ţťŧț", "t"),
    ("ùúûüũūŭůűųư", "u"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ß", "ss"),
    ("þ", "th"),
    ("&+", " and "),
    // What stands within an abbreviation or a name parts no words: S.r.l., O'Reilly.
    (".'’`´", ""),
    ("\u{300}\u{301}\u{302}\u{303}\u{304}\u{306}\u{307}\u{308}\u{30a}\u{30b}\u{30c}\u{327}\u{328}", ""),
    ("ё", "е"),
];

/// Legal forms, and what joins them.
const LEGAL: &str = " inc incorporated corp corporation co company llc llp lp ltd limited plc pllc gmbh mbh ag kg \
    kgaa ohg ug ev eg se sa sas sasu sarl eurl snc spa srl srls sapa sl slu bv nv vof cv bvba ab hb as asa aps oy \
    oyj sro spol zoo oo kft zrt nyrt bt doo dd ad eood ood sia uab ou ltda eireli pty pte pvt private sdn bhd kk gk \
    jsc ojsc cjsc pjsc ooo oao zao ооо оао зао пао ао tbk pt and de und et y z sp ";

/// Hosts at which everybody can have an address: by their whole name, and by their first label where there is one a
/// country.
const SHARED: &str = " gmail.com googlemail.com icloud.com me.com mac.com msn.com rocketmail.com mail.com email.com \
    web.de t-online.de freenet.de arcor.de posteo.de mailbox.org mail.ru bk.ru inbox.ru list.ru rambler.ru ukr.net \
    protonmail.com proton.me pm.me tutanota.com tuta.io tuta.com zohomail.com fastmail.com hey.com duck.com qq.com \
    163.com 126.com sina.com sina.cn sohu.com foxmail.com yeah.net naver.com daum.net hanmail.net kakao.com \
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr libero.it virgilio.it tin.it alice.it tiscali.it \
    uol.com.br bol.com.br terra.com.br ig.com.br comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net \
    charter.net earthlink.net btinternet.com sky.com ntlworld.com virginmedia.com talktalk.net rediffmail.com \
    seznam.cz centrum.cz wp.pl o2.pl interia.pl onet.pl abv.bg bigpond.com optusnet.com.au shaw.ca rogers.com \
    sympatico.ca telus.net telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl bluewin.ch github.io gitlab.io \
    wordpress.com wixsite.com blogspot.com myshopify.com squarespace.com webflow.io weebly.com netlify.app \
    vercel.app pages.dev workers.dev web.app herokuapp.com notion.site carrd.co linktr.ee google.com facebook.com \
    linkedin.com instagram.com x.com twitter.com youtube.com medium.com substack.com ";
const SHARED_FAMILIES: &str = " yahoo ymail hotmail outlook live gmx yandex aol ";

/// Labels that are part of the suffix before any country's two letters, and suffixes of single countries.
const SECOND_LEVEL: &str = " co com net org gov gob gouv govt edu ac ltd plc ";
const SUFFIXES: &str = " or.jp ne.jp go.jp gr.jp ad.jp ed.jp lg.jp or.kr ne.kr go.kr re.kr pe.kr in.th go.th or.th \
    or.at or.id go.id web.id my.id web.za nom.za id.au asn.au me.uk nhs.uk firm.in gen.in ind.in gen.tr web.tr \
    nom.br adv.br eco.br art.br ind.br nom.es asso.fr tm.fr gen.nz geek.nz school.nz ";

fn holds(list: &str, word: &str) -> bool {
    !word.contains(' ') && list.contains(&format!(" {word} "))
}

/// The domain that somebody registered, of an e-mail address, a web address or a host; `None` where it has none, or
/// where it is everybody's.
///
/// `https://www.shop.acme.co.uk/x` and `ada@mail.acme.co.uk` are both of `acme.co.uk`.
#[must_use]
pub fn domain(address: &str) -> Option<String> {
    let host = host(address)?;
    let labels: Vec<&str> = host.split('.').collect();
    let [.., second, top] = labels[..] else { return None };
    if top.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let is_suffix = top.len() == 2 && holds(SECOND_LEVEL, second) || holds(SUFFIXES, &format!("{second}.{top}"));
    let suffix = if is_suffix { 2 } else { 1 };
    let from = labels.len().checked_sub(suffix + 1)?;
    let domain = labels[from..].join(".");
    (!holds(SHARED, &domain) && !holds(SHARED_FAMILIES, labels[from])).then_some(domain)
}

/// The host of an e-mail address, a web address or a host, in lower case; `None` for what has no dot between labels.
#[must_use]
pub fn host(address: &str) -> Option<String> {
    let rest = address.trim().split_once("://").map_or(address.trim(), |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split_once(':').map_or(host, |(host, _)| host).trim_end_matches('.').to_lowercase();
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    (host.contains('.') && host.len() <= 253 && host.split('.').all(is_label)).then_some(host)
}

/// A company's name as it is said, its words apart: in lower case, without accents, punctuation and legal forms.
#[must_use]
pub fn said(name: &str) -> String {
    let mut folded = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match FOLDS.iter().find(|(letters, _)| letters.contains(c)) {
            Some((_, plain)) => folded.push_str(plain),
            None if c.is_alphanumeric() => folded.push(c),
            None => folded.push(' '),
        }
    }
    let all: Vec<&str> = folded.split_whitespace().collect();
    let mut words = all.as_slice();
    if let ["the", rest @ ..] = words {
        words = if rest.is_empty() { words } else { rest };
    }
    while let [first @ .., last] = words {
        if first.is_empty() {
            break;
        }
        // "S p A": letters that stand alone are a legal form together.
        let alone = words.iter().rev().take_while(|word| word.chars().count() == 1).count();
        let joined = words[words.len() - alone..].concat();
        if alone > 1 && alone < words.len() && holds(LEGAL, &joined) {
            words = &words[..words.len() - alone];
        } else if holds(LEGAL, last) {
            words = first;
        } else {
            break;
        }
    }
    // Where the form comes first: "OOO Romashka", "PT Astra".
    if let [first, rest @ ..] = words
        && !rest.is_empty()
        && holds(" ooo oao zao pjsc ооо оао зао пао pt ", first)
    {
        words = rest;
    }
    words.join(" ")
}

/// How alike two names are that were [`said`], from 0 to 1: their spaces do not count.
#[must_use]
pub fn likeness(a: &str, b: &str) -> f64 {
    if a.is_empty() || b.is_empty() { 0.0 } else { strsim::sorensen_dice(a, b) }
}

/// Pairs of letters of a name that was [`said`], without its spaces: the first 16. A store that holds names finds with
/// them those that are worth comparing: [`shared_pairs`] says how many they must share.
#[must_use]
pub fn pairs(said: &str) -> Vec<String> {
    let letters: Vec<char> = said.chars().filter(|c| *c != ' ').collect();
    letters.windows(2).take(16).map(|pair| pair.iter().collect()).collect()
}

/// How many of so many pairs another name must have to be worth comparing. Half: a name that is alike shares more, and
/// accents in the stored name take two pairs each.
#[must_use]
pub fn shared_pairs(of: usize) -> usize {
    of.div_ceil(2).max(1)
}

/// What a deal, a customer or an opportunity is known by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The contact's e-mail address, lower case.
    pub email: Option<String>,
    /// Registrable domains of the addresses.
    pub domains: Vec<String>,
    /// The company's name, as it is [`said`].
    pub name: String,
}

impl Marks {
    /// The marks of somebody.
    #[must_use]
    pub fn new(company: &str, email: Option<&str>, website: Option<&str>) -> Self {
        let mut domains: Vec<String> = [email, website].into_iter().flatten().filter_map(domain).collect();
        domains.dedup();
        Self { email: email.map(str::to_lowercase), domains, name: said(company) }
    }
}

/// Why two are taken for one.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The same e-mail address.
    Email,
    /// The same registrable domain.
    Domain(String),
    /// Names that are alike, from [`ALIKE`] to 1.
    Name(f64),
}

impl Reason {
    /// From 0 to 1: a domain is as good as the name itself, but for those who share one.
    #[must_use]
    pub fn score(&self) -> f64 {
        match self {
            Self::Email => 1.0,
            Self::Domain(_) => 0.95,
            Self::Name(likeness) => likeness.min(0.99),
        }
    }
}

/// Why two may be one, the strongest reason first; nothing where they are not.
#[must_use]
pub fn reasons(a: &Marks, b: &Marks) -> Vec<Reason> {
    let mut found = Vec::new();
    if a.email.is_some() && a.email == b.email {
        found.push(Reason::Email);
    }
    found.extend(a.domains.iter().filter(|domain| b.domains.contains(domain)).cloned().map(Reason::Domain));
    let likeness = likeness(&a.name, &b.name);
    if likeness >= ALIKE {
        found.push(Reason::Name(likeness));
    }
    found.sort_by_key(|reason| Reverse((reason.score() * 1000.0) as u32));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn domains_are_those_that_somebody_registered() {
        for (address, expect) in [
            ("ada@acme.com", Some("acme.com")),
            ("Ada@Mail.ACME.com", Some("acme.com")),
            ("https://www.acme.com/about?x=1#y", Some("acme.com")),
            ("www.acme.com", Some("acme.com")),
            ("http://user:secret@shop.acme.com:8080/", Some("acme.com")),
            ("acme.com.", Some("acme.com")),
            ("ada@sales.acme.co.uk", Some("acme.co.uk")),
            ("acme.com.au", Some("acme.com.au")),
            ("www.acme.or.jp", Some("acme.or.jp")),
            ("www.or.nl", Some("or.nl")),
            ("ada@id.me", Some("id.me")),
            ("a.b.acme.de", Some("acme.de")),
            ("münchner.de", Some("münchner.de")),
            ("co.uk", None),
            ("ada@gmail.com", None),
            ("ada@yahoo.co.uk", None),
            ("ada@hotmail.fr", None),
            ("https://acme.github.io/", None),
            ("https://www.linkedin.com/company/acme", None),
            ("127.0.0.1", None),
            ("localhost", None),
            ("ada@", None),
            ("a..b", None),
            ("not a host.com", None),
            ("", None),
        ] {
            assert_eq!(domain(address).as_deref(), expect, "{address}");
        }
    }

    #[test]
    fn names_are_compared_as_they_are_said() {
        for (name, expect) in [
            ("Acme, Inc.", "acme"),
            ("ACME GmbH & Co. KG", "acme"),
            ("Acme S.r.l.", "acme"),
            ("Acme S.p.A.", "acme"),
            ("Acme S p A", "acme"),
            ("Acme S.A. de C.V.", "acme"),
            ("Acme Sp. z o.o.", "acme"),
            ("Acme Pty Ltd", "acme"),
            ("Acme Private Limited", "acme"),
            ("The Acme Company", "acme"),
            ("Ford Motor Company", "ford motor"),
            ("Électricité de France SA", "electricite de france"),
            ("Müller & Söhne AG", "muller and sohne"),
            ("Łódź Œuvre Ærø", "lodz oeuvre aero"),
            ("O’Reilly Media", "oreilly media"),
            ("A.C.M.E. Corp", "acme"),
            ("Booking.com B.V.", "bookingcom"),
            ("ООО Ромашка", "ромашка"),
            ("PT Astra Tbk", "astra"),
            ("株式会社日立", "株式会社日立"),
            // What is nothing but a legal form is a name.
            ("The Limited", "limited"),
            ("AG", "ag"),
            ("!!!", ""),
        ] {
            assert_eq!(said(name), expect, "{name}");
        }
    }

    #[test]
    fn likeness_parts_slips_from_other_companies() {
        let check = |pairs: &[(&str, &str)], expect: bool| {
            for (a, b) in pairs {
                let found = likeness(&said(a), &said(b));
                assert_eq!(found >= ALIKE, expect, "{a} / {b}: {found:.3}");
            }
        };
        // One and the same, written twice.
        check(
            &[
                ("Harbor Logistics Inc.", "HARBOUR LOGISTICS"),
                ("Acme Software GmbH", "Acme Sofware"),
                ("Northwind Traders", "Northwind Trader Ltd"),
                ("Müller Maschinenbau", "Mueller Maschinenbau GmbH"),
                ("Électricité France", "Electricite de France"),
                ("Datadog", "Data Dog, Inc."),
                ("North Star S.r.l.", "NorthStar"),
                ("Stark Industries", "Stark Industrie"),
                ("Umbrella Corporation", "Umbrela Corp."),
                ("Massive Dynamic", "Massive Dynamics LLC"),
                ("Vehement Capital Partners", "Vehement Capital Partner"),
                ("Apex Solutions", "Apex Solution SA"),
                ("Smith & Sons", "Smith and Sons Ltd."),
                // Cannot be told from a slip, and is left to the marketer.
                ("Pacific Foods", "Pacific Floods"),
            ],
            true,
        );
        // Others.
        check(
            &[
                ("Harbor Logistics", "Harbor Analytics"),
                ("Acme Software", "Acme Hardware"),
                ("Acme", "Acne"),
                ("Northwind Traders", "Northwind Trading Academy"),
                ("United Bank", "United Airlines"),
                ("First National Bank", "First National Insurance"),
                ("Delta Air", "Delta Faucet"),
                ("Data Insight", "Data Insights Lab"),
                ("Blue River", "Blue Rider"),
                ("Green Energy", "Green Synergy"),
                ("Global Tech", "Global Textiles"),
                ("Meridian Health", "Meridian Wealth"),
                ("Sun Media", "Sung Media"),
                ("General Motors", "General Mills"),
                ("American Express", "American Airlines"),
                ("Smith & Sons", "Smith & Wesson"),
                ("Deutsche Bank AG", "Deutsche Bahn AG"),
                ("Orion", "Orian"),
                ("", ""),
                // One and the same, but too short or too far apart to say so: the domain has to.
                ("Initech", "Initek"),
                ("Globex", "Globex International"),
            ],
            false,
        );
    }

    #[test]
    fn reasons_are_ranked() {
        let acme = Marks::new("Acme Software Inc.", Some("Ada@acme.com"), Some("https://acme.com"));
        assert_eq!(acme.domains, ["acme.com"]);
        let words = |other: &Marks| -> Vec<String> {
            let name = |reason: &Reason| format!("{reason:?} {:.2}", reason.score());
            reasons(&acme, other).iter().map(name).collect()
        };
        assert_eq!(
            words(&Marks::new("ACME Software", Some("ada@acme.com"), None)),
            ["Email 1.00", "Name(1.0) 0.99", "Domain(\"acme.com\") 0.95"]
        );
        assert_eq!(words(&Marks::new("Other", Some("eve@it.acme.com"), None)), ["Domain(\"acme.com\") 0.95"]);
        assert!(words(&Marks::new("Other", Some("eve@gmail.com"), None)).is_empty());
        // Two who are known by nothing are not one.
        assert!(reasons(&Marks::default(), &Marks::default()).is_empty());
    }

    proptest! {
        #[test]
        fn case_and_punctuation_say_nothing(name in "[a-zA-Zäöüéñßł0-9&. ]{0,30}", mark in "[,;()/ -]") {
            prop_assert_eq!(said(&name.to_uppercase()), said(&name));
            prop_assert_eq!(said(&format!("{mark}{name}{mark}")), said(&name));
            prop_assert!(pairs(&said(&name)).len() <= 16);
        }

        #[test]
        fn likeness_is_symmetric_and_within_bounds(a in "[a-d ]{0,12}", b in "[a-d ]{0,12}") {
            let (ab, ba) = (likeness(&a, &b), likeness(&b, &a));
            prop_assert!((0.0..=1.0).contains(&ab) && (ab - ba).abs() < 1e-12);
        }

        #[test]
        fn a_domain_is_its_own_domain(address in "[a-z0-9@:/.-]{0,40}") {
            if let Some(found) = domain(&address) {
                prop_assert_eq!(domain(&found), Some(found.clone()));
                prop_assert_eq!(domain(&format!("www.{found}")), Some(found));
            }
        }

        #[test]
        fn what_is_alike_shares_enough_pairs(name in "[a-e]{4,17}", at in 0usize..17, letter in "[a-e]") {
            let mut other: Vec<char> = name.chars().collect();
            other.insert(at.min(other.len()), letter.chars().next().unwrap_or('a'));
            let other: String = other.into_iter().collect();
            if likeness(&name, &other) >= ALIKE {
                let wanted = pairs(&name);
                let shared = wanted.iter().filter(|pair| other.contains(pair.as_str())).count();
                prop_assert!(shared >= shared_pairs(wanted.len()));
            }
        }
    }
}
