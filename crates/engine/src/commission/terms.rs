//! What was agreed with partners: versions of rules. Groups, products and currencies are named, not numbered, since the
//! terms outlive a log and each log numbers anew.

use core::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::{
    fact::RevenueKind,
    money::{AMOUNT_MAX, Currency},
    period::Grain,
    time::Time,
};

/// A share of the credited amount, in parts per million: 0 to 1,000,000, which is 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Rate(u32);

impl Rate {
    /// 100 %, in parts per million.
    pub const WHOLE: u32 = 1_000_000;

    /// A rate of so many parts per million; `None` above [`Rate::WHOLE`].
    #[must_use]
    pub const fn millionths(parts: u32) -> Option<Self> {
        if parts > Self::WHOLE { None } else { Some(Self(parts)) }
    }

    /// A rate of so many hundredths of a per cent; `None` above 100 %.
    #[must_use]
    pub const fn basis_points(points: u16) -> Option<Self> {
        Self::millionths(points as u32 * 100)
    }

    /// In parts per million.
    #[must_use]
    pub const fn parts(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Rate {
    type Error = &'static str;

    fn try_from(parts: u32) -> Result<Self, Self::Error> {
        Self::millionths(parts).ok_or("must be 0 to 1000000 millionths")
    }
}

impl From<Rate> for u32 {
    fn from(rate: Rate) -> Self {
        rate.0
    }
}

/// How much is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pay {
    /// A share of the partner's credited amount.
    Percent(Rate),
    /// Minor units for each sale, of which a partner gets the part that the partner has of the sale's amount. A sale of
    /// nothing credits nobody, so it pays nothing.
    Flat(i64),
    /// A share that depends on the partner's volume: what the rule decided for the partner before, in the same calendar
    /// period and currency, net of what had been taken back by then.
    Tiered {
        /// How long volume adds up: a calendar period in the program's time zone.
        grain: Grain,
        /// What a tier applies to.
        tiering: Tiering,
        /// Tiers, from volume 0 on, each beginning above the one before.
        tiers: Vec<Tier>,
    },
}

/// What a tier applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tiering {
    /// The part of the volume that lies in the tier, as with income tax: a sale that crosses a border is paid at both
    /// rates.
    #[default]
    Marginal,
    /// The whole sale with which the volume reaches the tier, and those after it. Sales before keep their rate.
    Reached,
}

/// A tier of volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Volume from which on it applies, in minor units.
    pub from: i64,
    /// What it pays.
    pub rate: Rate,
}

/// The most that a rule pays, in minor units: 0 to [`AMOUNT_MAX`], or `None` for no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Caps {
    /// For one sale, to all who share it.
    pub sale: Option<i64>,
    /// To one partner for one customer, ever.
    pub customer: Option<i64>,
    /// To one partner in one calendar month of the program's time zone.
    pub month: Option<i64>,
}

/// What a rule says, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What it is called on a statement. Rules of one name in several versions are one rule: volume and caps go on.
    pub name: String,
    /// Only for partners who were in this group when the sale happened.
    #[serde(default)]
    pub group: Option<String>,
    /// Only for this product.
    #[serde(default)]
    pub product: Option<String>,
    /// Only for these kinds of revenue; empty for all.
    #[serde(default)]
    pub kinds: Vec<RevenueKind>,
    /// Only for sales in this currency: the one of every amount in this rule.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// How much is paid.
    pub pay: Pay,
    /// For how many calendar months from the local day of the customer's first sale on: until the same day of the month
    /// so many months later, or the last day of that month if it is shorter, which is no longer part of it. `None` for
    /// ever.
    #[serde(default)]
    pub months: Option<NonZeroU16>,
    /// The most that is paid.
    #[serde(default)]
    pub caps: Caps,
    /// Days, of 24 hours, from the sale until its commission is approved.
    #[serde(default)]
    pub hold: u16,
}

impl Draft {
    /// For everybody and everything, for ever, with no cap and no hold: the rest is set by `..Draft::new(name, pay)`.
    #[must_use]
    pub fn new(name: &str, pay: Pay) -> Self {
        Self {
            name: name.to_owned(),
            group: None,
            product: None,
            kinds: Vec::new(),
            currency: None,
            pay,
            months: None,
            caps: Caps::default(),
            hold: 0,
        }
    }
}

/// A rule that can be applied: a [`Draft`] that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Rule(Draft);

impl Rule {
    /// What it says.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.0
    }
}

impl TryFrom<Draft> for Rule {
    type Error = &'static str;

    /// # Errors The field and its rule: no name, a refund among the kinds, an amount below zero or above [`AMOUNT_MAX`], tiers
    /// that do not begin at 0 or do not rise, or an amount without its currency.
    fn try_from(draft: Draft) -> Result<Self, Self::Error> {
        let amount = |amount: i64| (0..=AMOUNT_MAX).contains(&amount);
        let caps = [draft.caps.sale, draft.caps.customer, draft.caps.month];
        if draft.name.trim().is_empty() {
            return Err("name: must not be empty");
        }
        if draft.kinds.contains(&RevenueKind::Refund) {
            return Err("kinds: must be kinds of sales: a refund is judged as its sale");
        }
        if !caps.iter().flatten().all(|cap| amount(*cap)) {
            return Err("caps: must be 0 to 10^15 minor units");
        }
        match &draft.pay {
            Pay::Percent(_) => {}
            Pay::Flat(flat) if amount(*flat) => {}
            Pay::Flat(_) => return Err("pay.flat: must be 0 to 10^15 minor units"),
            Pay::Tiered { tiers, .. } => {
                let rising = tiers.windows(2).all(|pair| pair[0].from < pair[1].from);
                if tiers.first().is_none_or(|tier| tier.from != 0) || !rising || !tiers.iter().all(|t| amount(t.from)) {
                    return Err("pay.tiered.tiers: must begin at 0 and rise, to 10^15 minor units at most");
                }
            }
        }
        let names_money = !matches!(draft.pay, Pay::Percent(_)) || caps.iter().any(Option::is_some);
        if names_money && draft.currency.is_none() {
            return Err("currency: must be said where the rule has an amount");
        }
        Ok(Self(draft))
    }
}

impl From<Rule> for Draft {
    fn from(rule: Rule) -> Self {
        rule.0
    }
}

/// What was agreed from some time on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Counts up with every change.
    pub version: u32,
    /// The first sale that it judges.
    pub since: Time,
    /// Rules in order: the first that fits decides. None at all pays nothing.
    pub rules: Vec<Rule>,
}

/// Every version of a program's terms. By default there is none: then commission is not known, rather than nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Version>", into = "Vec<Version>")]
pub struct Terms(Vec<Version>);

impl Terms {
    /// No terms at all.
    #[must_use]
    pub fn none() -> &'static Self {
        static NONE: Terms = Terms(Vec::new());
        &NONE
    }

    /// Whether no terms were ever recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every version, the earliest first.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.0
    }

    /// The version in force at a time; `None` before the first: what was not agreed is not owed.
    #[must_use]
    pub fn at(&self, time: Time) -> Option<&Version> {
        self.position(time).map(|position| &self.0[position])
    }

    /// Where [`Terms::at`] stands among the versions.
    pub(super) fn position(&self, time: Time) -> Option<usize> {
        self.0.partition_point(|version| version.since <= time).checked_sub(1)
    }

    /// A rule by the number of its version and its place there, counted from 0.
    #[must_use]
    pub fn rule(&self, version: u32, rule: u32) -> Option<&Rule> {
        self.0.iter().find(|v| v.version == version)?.rules.get(rule as usize)
    }
}

impl TryFrom<Vec<Version>> for Terms {
    type Error = &'static str;

    /// Versions in any order.
    ///
    /// # Errors
    /// If two versions have one number, or two rules of a version one name.
    fn try_from(mut versions: Vec<Version>) -> Result<Self, Self::Error> {
        versions.sort_by_key(|version| (version.since, version.version));
        for (i, version) in versions.iter().enumerate() {
            if versions[..i].iter().any(|other| other.version == version.version) {
                return Err("versions must have different numbers");
            }
            let rules = &version.rules;
            let again = |j: usize| rules[..j].iter().any(|other| other.0.name == rules[j].0.name);
            if (0..rules.len()).any(again) {
                return Err("rules of a version must have different names");
            }
        }
        Ok(Self(versions))
    }
}

impl From<Terms> for Vec<Version> {
    fn from(terms: Terms) -> Self {
        terms.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::{IntoDeserializer, value::Error};

    const TEN: Rate = Rate(100_000);

    fn tiered(from: &[i64]) -> Pay {
        let tiers = from.iter().map(|from| Tier { from: *from, rate: TEN }).collect();
        Pay::Tiered { grain: Grain::Month, tiering: Tiering::Marginal, tiers }
    }

    #[test]
    fn a_rate_is_at_most_everything() {
        assert_eq!(Rate::basis_points(1_000), Some(TEN));
        assert!(Rate::basis_points(10_001).is_none() && Rate::millionths(1_000_001).is_none());
        let read = |parts: u32| Rate::deserialize(IntoDeserializer::<Error>::into_deserializer(parts)).ok();
        assert_eq!((read(100_000), read(1_000_001)), (Some(TEN), None));
    }

    #[test]
    fn what_makes_no_sense_cannot_be_written() {
        let usd = |pay| Draft { currency: Some(Currency::USD), ..Draft::new("r", pay) };
        let percent = Pay::Percent(TEN);
        let capped = Caps { month: Some(-1), ..Caps::default() };
        let good = [
            Draft::new("r", percent.clone()),
            usd(Pay::Flat(0)),
            usd(tiered(&[0])),
            usd(tiered(&[0, 5])),
            Draft { caps: Caps { month: Some(1), ..Caps::default() }, ..usd(percent.clone()) },
        ];
        let bad = [
            Draft::new(" ", percent.clone()),
            Draft::new("r", Pay::Flat(5)),
            Draft::new("r", tiered(&[0])),
            Draft { caps: Caps { sale: Some(1), ..Caps::default() }, ..Draft::new("r", percent.clone()) },
            Draft { caps: capped, ..usd(percent.clone()) },
            Draft { kinds: vec![RevenueKind::New, RevenueKind::Refund], ..Draft::new("r", percent) },
            usd(Pay::Flat(-1)),
            usd(Pay::Flat(AMOUNT_MAX + 1)),
            usd(tiered(&[])),
            usd(tiered(&[1])),
            usd(tiered(&[0, 5, 5])),
            usd(tiered(&[0, AMOUNT_MAX + 1])),
        ];
        for draft in good {
            assert!(Rule::try_from(draft.clone()).is_ok(), "{draft:?}");
        }
        for draft in bad {
            assert!(Rule::try_from(draft.clone()).is_err(), "{draft:?}");
        }
    }

    #[test]
    fn versions_and_names_are_told_apart() {
        let rule = |name: &str| Rule::try_from(Draft::new(name, Pay::Percent(TEN))).expect("valid");
        let version = |version, since, rules| Version { version, since: Time(since), rules };
        let terms =
            Terms::try_from(vec![version(2, 100, vec![]), version(1, 50, vec![rule("a"), rule("b")])]).expect("valid");
        let number = |time| terms.at(Time(time)).map(|v| v.version);
        assert_eq!([49, 50, 99, 100].map(number), [None, Some(1), Some(1), Some(2)]);
        assert_eq!(terms.rule(1, 1).map(|rule| rule.draft().name.as_str()), Some("b"));
        assert_eq!(terms.rule(2, 0), None);
        assert!(Terms::try_from(vec![version(1, 0, vec![]), version(1, 9, vec![])]).is_err());
        assert!(Terms::try_from(vec![version(1, 0, vec![rule("a"), rule("a")])]).is_err());
        assert!(Terms::default().is_empty());
    }
}
