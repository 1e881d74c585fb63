//! Rules of commission as people read and type them.

use core::num::NonZeroU16;

use engine::{
    commission::{Caps, Draft, Pay, Rate, Rule, Tier, Tiering},
    fact::RevenueKind,
    money::Currency,
    period::Grain,
};

use super::{locale::Locale, typed::minor};

/// The kinds of sales that a rule may be for, each with its name.
pub const KINDS: [(RevenueKind, &str); 5] = [
    (RevenueKind::New, "New business"),
    (RevenueKind::Renewal, "Renewals"),
    (RevenueKind::Expansion, "Expansions"),
    (RevenueKind::Upsell, "Upsells"),
    (RevenueKind::CrossSell, "Cross-sells"),
];

/// What is paid: the word, and its name.
pub const PAYS: [(&str, &str); 3] =
    [("percent", "A share of the credited amount"), ("flat", "An amount a sale"), ("tiered", "A share by volume")];

/// How long volume adds up: the word, its name, and the grain.
pub const GRAINS: [(&str, &str, Grain); 3] =
    [("month", "A month", Grain::Month), ("quarter", "A quarter", Grain::Quarter), ("year", "A year", Grain::Year)];

/// What a tier applies to: the word, its name, and the tiering.
pub const TIERINGS: [(&str, &str, Tiering); 2] = [
    ("marginal", "The part of the volume in the tier", Tiering::Marginal),
    ("reached", "The sale that reaches it, and those after", Tiering::Reached),
];

/// What is wrong: the field, and why.
pub type Fault = (&'static str, String);

/// A share as people write it, in per cent: `10`, `7.5`, `7,5 %`. None above 100, and beyond four decimals.
#[must_use]
pub fn rate(text: &str, decimal: &str) -> Option<Rate> {
    let text = text.trim().trim_end_matches('%').trim_end();
    let (whole, fraction) = text.split_once(decimal).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 4 {
        return None;
    }
    Rate::millionths(format!("{whole}{fraction:0<4}").parse().ok()?)
}

/// A share as [`rate`] reads it.
#[must_use]
pub fn rate_text(rate: Rate, decimal: &str) -> String {
    let (whole, fraction) = (rate.parts() / 10_000, rate.parts() % 10_000);
    if fraction == 0 {
        return whole.to_string();
    }
    format!("{whole}{decimal}{}", format!("{fraction:04}").trim_end_matches('0'))
}

/// An amount as [`minor`] reads it.
fn amount_text(amount: i64, currency: Option<Currency>, decimal: &str) -> String {
    let digits = currency.map_or(0, Currency::digits);
    let unit = 10_i64.pow(digits);
    let (whole, fraction) = (amount / unit, amount % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    format!("{whole}{decimal}{fraction:0width$}", width = digits as usize)
}

/// Reads a rule out of what is typed, field by field.
///
/// # Errors
/// The field that is wrong, and its rule.
pub fn draft(value: impl Fn(&str) -> String, decimal: &str) -> Result<Draft, Fault> {
    let value = |name: &str| value(name).trim().to_owned();
    let some = |name: &str| Some(value(name)).filter(|text| !text.is_empty());
    let currency = some("currency").map(|code| code.parse::<Currency>());
    let currency = currency.transpose().map_err(|_| ("currency", "Choose a currency.".to_owned()))?;
    let amount = |name: &'static str| -> Result<Option<i64>, Fault> {
        let Some(text) = some(name) else { return Ok(None) };
        let currency = currency.ok_or_else(|| ("currency", "Say in which currency the amount is.".to_owned()))?;
        let wrong = || (name, format!("Write an amount such as 500{decimal}50."));
        minor(&text, currency, decimal).map(Some).ok_or_else(wrong)
    };
    let share = |name: &'static str, text: &str| {
        rate(text, decimal).ok_or_else(|| (name, format!("Write a share of at most 100, such as 12{decimal}5.")))
    };
    let pay = match value("pay").as_str() {
        "flat" => Pay::Flat(amount("flat")?.ok_or_else(|| ("flat", "Say how much is paid a sale.".to_owned()))?),
        "tiered" => {
            let line = |line: &str| {
                let wrong =
                    || ("tiers", format!("Each line is an amount, a semicolon and a share: 10000; 12{decimal}5."));
                let (from, rate) = line.split_once(';').ok_or_else(wrong)?;
                let currency = currency.ok_or_else(|| ("currency", "Say in which currency volume is.".to_owned()))?;
                let is_nothing = from.trim() == "0";
                let from = if is_nothing { Some(0) } else { minor(from, currency, decimal) };
                Ok(Tier { from: from.ok_or_else(wrong)?, rate: share("tiers", rate)? })
            };
            let lines = value("tiers");
            let tiers = lines.lines().filter(|text| !text.trim().is_empty()).map(line).collect::<Result<_, Fault>>()?;
            let grain = GRAINS.iter().find(|(word, ..)| *word == value("grain")).map_or(Grain::Month, |grain| grain.2);
            let tiering =
                TIERINGS.iter().find(|(word, ..)| *word == value("tiering")).map_or(Tiering::Marginal, |t| t.2);
            Pay::Tiered { grain, tiering, tiers }
        }
        _ => Pay::Percent(share("percent", &value("percent"))?),
    };
    let whole = |name: &'static str| -> Result<Option<u16>, Fault> {
        let wrong = || (name, format!("Must be a whole number up to {}.", u16::MAX));
        some(name).map(|text| text.parse().map_err(|_| wrong())).transpose()
    };
    let kinds = value("kinds");
    let draft = Draft {
        name: value("name"),
        group: some("group"),
        product: some("product"),
        kinds: kinds.lines().filter_map(RevenueKind::from_word).collect(),
        currency,
        pay,
        months: whole("months")?.and_then(NonZeroU16::new),
        caps: Caps { sale: amount("sale")?, customer: amount("customer")?, month: amount("month")? },
        hold: whole("hold")?.unwrap_or(0),
    };
    match Rule::try_from(draft.clone()) {
        Ok(_) => Ok(draft),
        Err(rule) => {
            let (field, rule) = rule.split_once(": ").unwrap_or(("", rule));
            let field = match field {
                "name" => "name",
                "kinds" => "kinds",
                "currency" => "currency",
                "pay.flat" => "flat",
                "pay.tiered.tiers" => "tiers",
                "caps" => "sale",
                _ => "",
            };
            let mut signs = rule.chars();
            let first = signs.next().map(|sign| sign.to_uppercase().to_string()).unwrap_or_default();
            Err((field, format!("{first}{}.", signs.as_str())))
        }
    }
}

/// What [`draft`] reads of each field.
#[must_use]
pub fn values(draft: &Draft, decimal: &str) -> Vec<(&'static str, String)> {
    let amount =
        |amount: Option<i64>| amount.map(|amount| amount_text(amount, draft.currency, decimal)).unwrap_or_default();
    let mut values = vec![
        ("name", draft.name.clone()),
        ("group", draft.group.clone().unwrap_or_default()),
        ("product", draft.product.clone().unwrap_or_default()),
        ("kinds", draft.kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join("\n")),
        ("currency", draft.currency.map(|currency| currency.to_string()).unwrap_or_default()),
        ("months", draft.months.map(|months| months.to_string()).unwrap_or_default()),
        ("sale", amount(draft.caps.sale)),
        ("customer", amount(draft.caps.customer)),
        ("month", amount(draft.caps.month)),
        ("hold", draft.hold.to_string()),
    ];
    match &draft.pay {
        Pay::Percent(rate) => values.extend([("pay", "percent".to_owned()), ("percent", rate_text(*rate, decimal))]),
        Pay::Flat(flat) => values.extend([("pay", "flat".to_owned()), ("flat", amount(Some(*flat)))]),
        Pay::Tiered { grain, tiering, tiers } => {
            let line = |tier: &Tier| {
                format!("{}; {}", amount_text(tier.from, draft.currency, decimal), rate_text(tier.rate, decimal))
            };
            let grain = GRAINS.iter().find(|known| known.2 == *grain).map_or("month", |known| known.0);
            let tiering = TIERINGS.iter().find(|known| known.2 == *tiering).map_or("marginal", |known| known.0);
            values.extend([
                ("pay", "tiered".to_owned()),
                ("grain", grain.to_owned()),
                ("tiering", tiering.to_owned()),
                ("tiers", tiers.iter().map(line).collect::<Vec<_>>().join("\n")),
            ]);
        }
    }
    values
}

/// A rule in a sentence.
#[must_use]
pub fn sentence(draft: &Draft, locale: &Locale) -> String {
    let money =
        |amount: i64| draft.currency.map_or_else(|| locale.count(amount), |currency| locale.money(amount, currency));
    let share = |rate: Rate| format!("{}%", rate_text(rate, &locale.decimal));
    let mut text = match &draft.pay {
        Pay::Percent(rate) => format!("{} of the credited amount", share(*rate)),
        Pay::Flat(flat) => format!("{} a sale", money(*flat)),
        Pay::Tiered { grain, tiering, tiers } => {
            let tier = |tier: &Tier| format!("{} from {} on", share(tier.rate), money(tier.from));
            let grain = GRAINS.iter().find(|known| known.2 == *grain).map_or("period", |known| known.0);
            let of = match tiering {
                Tiering::Marginal => "of the part of the volume in the tier",
                Tiering::Reached => "of the sale that reaches the tier, and of those after",
            };
            let tiers: Vec<String> = tiers.iter().map(tier).collect();
            format!("By volume of a {grain}: {}, {of}", tiers.join(", "))
        }
    };
    if !draft.kinds.is_empty() {
        let name = |kind: &RevenueKind| KINDS.iter().find(|(known, _)| known == kind).map_or("", |(_, name)| *name);
        let names: Vec<String> = draft.kinds.iter().map(name).map(str::to_lowercase).collect();
        text += &format!(", for {}", names.join(" and "));
    }
    for (what, of) in [("partners of the group", &draft.group), ("the product", &draft.product)] {
        if let Some(of) = of {
            text += &format!(", for {what} {of}");
        }
    }
    if let Some(months) = draft.months {
        text += &format!(", for {months} months from the first sale");
    }
    let caps = [(draft.caps.sale, "a sale"), (draft.caps.customer, "a customer"), (draft.caps.month, "a month")];
    for (cap, of) in caps {
        if let Some(cap) = cap {
            text += &format!(", at most {} {of}", money(cap));
        }
    }
    match draft.hold {
        0 => text + ".",
        1 => text + "; approved after a day.",
        days => text + &format!("; approved after {days} days."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Draft, Fault> {
        let value = |name: &str| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()).unwrap_or_default()
        };
        draft(value, ".")
    }

    fn usd() -> Option<Currency> {
        "USD".parse().ok()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let tier = |from, points| Rate::basis_points(points).map(|rate| Tier { from, rate });
        let drafts = [
            Draft::new("Standard", Pay::Percent(Rate::basis_points(1250).unwrap_or_else(|| unreachable!()))),
            Draft {
                group: Some("Gold".into()),
                kinds: vec![RevenueKind::New, RevenueKind::CrossSell],
                currency: usd(),
                months: NonZeroU16::new(12),
                caps: Caps { sale: Some(50_050), customer: None, month: Some(1_000_000) },
                hold: 30,
                ..Draft::new("Gold", Pay::Flat(10_000))
            },
            Draft {
                currency: usd(),
                ..Draft::new(
                    "Volume",
                    Pay::Tiered {
                        grain: Grain::Quarter,
                        tiering: Tiering::Reached,
                        tiers: [tier(0, 500), tier(1_000_000, 1000)].into_iter().flatten().collect(),
                    },
                )
            },
        ];
        for written in drafts {
            for decimal in [".", ","] {
                let pairs = values(&written, decimal);
                let value = |name: &str| {
                    pairs.iter().find(|(known, _)| *known == name).map(|(_, v)| v.clone()).unwrap_or_default()
                };
                assert_eq!(draft(value, decimal), Ok(written.clone()));
            }
        }
    }

    #[test]
    fn what_cannot_be_names_its_field() {
        for (pairs, field) in [
            (vec![("name", "A"), ("pay", "percent"), ("percent", "101")], "percent"),
            (vec![("name", "A"), ("pay", "percent"), ("percent", "-1")], "percent"),
            (vec![("name", "A"), ("pay", "percent")], "percent"),
            (vec![("name", " "), ("pay", "percent"), ("percent", "10")], "name"),
            (vec![("name", "A"), ("pay", "flat"), ("flat", "10")], "currency"),
            (vec![("name", "A"), ("pay", "flat"), ("currency", "USD")], "flat"),
            (vec![("name", "A"), ("pay", "tiered"), ("currency", "USD"), ("tiers", "100; 5")], "tiers"),
            (vec![("name", "A"), ("pay", "tiered"), ("currency", "USD"), ("tiers", "0, 5")], "tiers"),
            (vec![("name", "A"), ("pay", "percent"), ("percent", "10"), ("hold", "a week")], "hold"),
            (vec![("name", "A"), ("pay", "percent"), ("percent", "10"), ("sale", "10")], "currency"),
        ] {
            assert_eq!(read(&pairs).map_err(|fault| fault.0), Err(field), "{pairs:?}");
        }
    }

    #[test]
    fn a_rule_reads_as_a_sentence() {
        let rule = read(&[
            ("name", "Gold"),
            ("pay", "percent"),
            ("percent", "12.5"),
            ("group", "Gold"),
            ("kinds", "new\nrenewal"),
            ("currency", "USD"),
            ("month", "5,000"),
            ("months", "12"),
            ("hold", "30"),
        ]);
        let text = rule.map(|rule| sentence(&rule, &Locale::default()));
        assert_eq!(
            text.as_deref(),
            Ok(
                "12.5% of the credited amount, for new business and renewals, for partners of the group Gold, for 12 months \
                from the first sale, at most $5,000.00 a month; approved after 30 days."
            )
        );
    }
}
