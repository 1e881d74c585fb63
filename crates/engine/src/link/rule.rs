//! What a link is told to do: its state, its ends, and where it leads whom. Stored and cached as JSON, so fields are only
//! ever added, each with a default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{time::Millis, visit::Device};

/// Whether a link leads on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum State {
    /// It does, until one of its [`Rules`] ends it.
    #[default]
    Live,
    /// Not for now.
    Paused {
        /// Where visitors go meanwhile; `None`: the program's fallback.
        to: Option<String>,
        /// Whether its partner's people paused it, who may let it go on then: what the program paused, only the program does.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        by_partner: bool,
    },
    /// Never again.
    Retired {
        /// Where visitors go instead; `None`: a page that says so.
        to: Option<String>,
    },
}

impl State {
    /// Whether it leads on.
    #[must_use]
    pub fn is_live(&self) -> bool {
        *self == Self::Live
    }

    /// As it is written.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Paused { .. } => "paused",
            Self::Retired { .. } => "retired",
        }
    }

    /// Where visitors go instead.
    #[must_use]
    pub fn to(&self) -> Option<&str> {
        match self {
            Self::Live => None,
            Self::Paused { to, .. } | Self::Retired { to } => to.as_deref(),
        }
    }
}

/// An end at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// The first moment at which the link leads on no more.
    pub at: Millis,
    /// Where visitors go from then on; `None`: a page that says so.
    pub to: Option<String>,
}

/// An end after so many counted clicks.
///
/// A redirect waits for no write, so it compares with the clicks that were counted when its copy of the link was made, plus
/// those that its own isolate saw since. Such copies are about a minute old at most, and a click is counted within seconds: a
/// limit may be passed by what other isolates saw in that time, and is reached early only where a click was both seen and
/// counted, by those few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// How many clicks lead on.
    pub clicks: u64,
    /// Where visitors go from then on; `None`: a page that says so.
    pub to: Option<String>,
}

/// Destinations by kind of device. Those of iOS and Android may be an app's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Devices {
    /// iPhone, iPad, iPod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ios: Option<String>,
    /// Android.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub android: Option<String>,
    /// Windows, macOS, Linux, ChromeOS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desktop: Option<String>,
}

impl Devices {
    fn of(&self, device: Device) -> Option<&str> {
        match device {
            Device::Ios => self.ios.as_deref(),
            Device::Android => self.android.as_deref(),
            Device::Desktop => self.desktop.as_deref(),
            Device::Other => None,
        }
    }
}

/// One of the destinations of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Where it leads.
    pub to: String,
    /// Its share of the visitors, in hundredths.
    pub percentage: u8,
}

/// A test of several destinations (A/B).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// Two or more, whose percentages add up to 100.
    pub variants: Vec<Variant>,
    /// When it begins; `None`: it has begun.
    #[serde(default)]
    pub from: Option<Millis>,
    /// When it ends; `None`: not yet known.
    #[serde(default)]
    pub until: Option<Millis>,
}

impl Test {
    /// Whether visitors are shared out now.
    #[must_use]
    pub fn is_running(&self, now: Millis) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// The variant of a seed: the same for the same seed, and shared out by the percentages over many.
    fn choose(&self, seed: u64) -> Option<&str> {
        let total: u64 = self.variants.iter().map(|variant| u64::from(variant.percentage)).sum();
        let mut left = seed.checked_rem(total)?;
        for variant in &self.variants {
            let share = u64::from(variant.percentage);
            if left < share {
                return Some(&variant.to);
            }
            left -= share;
        }
        None
    }
}

/// Everything that a link may be told beside its destination.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Expiry>,
    /// After how many clicks it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// What the word that opens it hashes to, in the edge's notation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Destinations by device.
    pub devices: Devices,
    /// Destinations by country: ISO 3166-1, two capitals.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub countries: BTreeMap<String, String>,
    /// Destinations by language: BCP 47 in lower case, `de` or `pt-br`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, String>,
    /// A test of several destinations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<Test>,
}

/// Whom a destination is chosen for.
#[derive(Debug, Clone, Copy)]
pub struct Traveller<'a> {
    /// By what device.
    pub device: Device,
    /// From which country; empty where it is not known.
    pub country: &'a str,
    /// `Accept-Language`.
    pub languages: &'a str,
    /// A number that stays the same for one visitor.
    pub seed: u64,
}

impl Rules {
    /// The destination that the rules name, the most specific first: device, country, language, test; `None`: the link's own.
    #[must_use]
    pub fn target(&self, traveller: Traveller<'_>, now: Millis) -> Option<&str> {
        let Traveller { device, country, languages, seed } = traveller;
        self.devices
            .of(device)
            .or_else(|| self.countries.get(country).map(String::as_str))
            .or_else(|| self.by_language(languages))
            .or_else(|| self.test.as_ref().filter(|test| test.is_running(now))?.choose(seed))
    }

    /// Whether some visitors are led elsewhere by their device, country or language.
    #[must_use]
    pub fn tell_apart(&self) -> bool {
        self.devices != Devices::default() || !self.countries.is_empty() || !self.languages.is_empty()
    }

    /// The visitor's languages in their order of preference; a region that has no destination gives way to its language.
    fn by_language(&self, accepted: &str) -> Option<&str> {
        if self.languages.is_empty() {
            return None;
        }
        let mut ranges: Vec<(String, u16)> = accepted.split(',').take(32).filter_map(range).collect();
        // Stable: of equals, the one that is named first.
        ranges.sort_by_key(|(_, quality)| core::cmp::Reverse(*quality));
        ranges.iter().find_map(|(tag, _)| {
            let primary = tag.split('-').next().unwrap_or_default();
            self.languages.get(tag).or_else(|| self.languages.get(primary)).map(String::as_str)
        })
    }
}

/// A language range and its quality in thousandths (RFC 9110, 12.5.4); `None` for one that is refused or cannot be read.
fn range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';');
    let tag = parts.next()?.trim().to_ascii_lowercase();
    let quality = match parts.find_map(|part| part.trim().strip_prefix("q=")) {
        Some(q) => (q.trim().parse::<f32>().ok()?.clamp(0.0, 1.0) * 1000.0) as u16,
        None => 1000,
    };
    (!tag.is_empty() && quality > 0).then_some((tag, quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let pair = |key: &str, to: &str| (key.to_owned(), to.to_owned());
        Rules {
            devices: Devices { ios: Some("ios".into()), ..Devices::default() },
            countries: BTreeMap::from([pair("AT", "austria")]),
            languages: BTreeMap::from([pair("de", "german"), pair("pt-br", "brazilian")]),
            test: Some(Test {
                variants: [("a", 30), ("b", 70)].map(|(to, percentage)| Variant { to: to.into(), percentage }).into(),
                from: Some(Millis(10)),
                until: Some(Millis(20)),
            }),
            ..Rules::default()
        }
    }

    #[test]
    fn the_most_specific_rule_wins() {
        let rules = rules();
        let check = |device, country, languages, seed, now, expect: Option<&str>| {
            let traveller = Traveller { device, country, languages, seed };
            assert_eq!(rules.target(traveller, Millis(now)), expect, "{traveller:?}");
        };
        check(Device::Ios, "AT", "de", 0, 15, Some("ios"));
        check(Device::Android, "AT", "de", 0, 15, Some("austria"));
        check(Device::Desktop, "CH", "de-CH,fr;q=0.9", 0, 15, Some("german"));
        check(Device::Desktop, "", "fr;q=0.2, pt-BR;q=0.9, de;q=0.5", 0, 15, Some("brazilian"));
        check(Device::Desktop, "", "pt-PT, de;q=0", 29, 15, Some("a"));
        check(Device::Desktop, "", "*", 30, 15, Some("b"));
        check(Device::Other, "", "", 130, 15, Some("b"));
        check(Device::Other, "", "", 0, 9, None);
        check(Device::Other, "", ";q=x,,", 0, 20, None);
    }

    #[test]
    fn a_test_without_variants_chooses_none() {
        let test = Test { variants: Vec::new(), from: None, until: None };
        assert_eq!(test.choose(7), None);
    }

    #[test]
    fn rules_that_were_stored_are_read() {
        let check = |json: &str| serde_json::from_str::<Rules>(json).map_err(|error| error.to_string());
        assert_eq!(check("{}"), Ok(Rules::default()));
        let text = serde_json::to_string(&rules()).unwrap_or_default();
        assert_eq!(check(&text), Ok(rules()));
        assert!(rules().tell_apart() && !Rules { test: rules().test, ..Rules::default() }.tell_apart());
    }
}
