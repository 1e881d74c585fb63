//! What an e-mail says, made of values. Pure.

use askama::Template;
use engine::{money::Currency, time::Millis};
use serde::Deserialize;
use wire::{
    color::{Accent, Rgb},
    mail::Mail,
    path,
};

use crate::page;

/// What an e-mail tells of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// A link to sign in with, whose secret follows from a key of this number.
    SignIn {
        name: String,
        key: u8,
        /// The partner whose portal it opens; of none, the program's console.
        #[serde(default)]
        partner: Option<String>,
    },
    /// What became of a deal.
    DealDecided { name: String, company: String, approved: bool, reason: Option<String>, until: Option<u64> },
    /// A month that is closed: amounts in minor units.
    Statement { name: String, month: String, currency: Currency, closing: i64, payable: i64 },
}

/// Whose e-mail it is.
#[derive(Debug, Clone)]
pub struct From<'a> {
    /// The program.
    pub program: &'a str,
    /// Its colour.
    pub color: &'a str,
    /// Scheme and host of this Worker.
    pub origin: &'a str,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    subject: &'a str,
    program: &'a str,
    accent: Accent,
    paragraphs: &'a [String],
    label: &'a str,
    href: &'a str,
}

impl Letter {
    /// The words, with the token that a link to sign in has.
    pub fn write(&self, from: &From<'_>, token: &str) -> Mail {
        let From { program, color, origin } = from;
        let portal = (String::from("Open the portal"), format!("{origin}{}", path::PORTAL));
        let (subject, name, words, (label, href)) = match self {
            Self::SignIn { name, partner, .. } => (
                match partner {
                    Some(partner) => format!("Sign in to {program}, for {partner}"),
                    None => format!("Sign in to {program}"),
                },
                name,
                vec![
                    match partner {
                        Some(partner) => format!("This link opens the partner portal of {partner}."),
                        None => format!("This link opens the console of {program}."),
                    },
                    "It signs you in once, within 15 minutes.".to_owned(),
                    "If you did not ask for it, there is nothing to do: without the link nobody gets in.".to_owned(),
                ],
                ("Sign in".to_owned(), format!("{origin}{}?token={token}", path::SIGN_IN)),
            ),
            Self::DealDecided { name, company, approved: true, until, .. } => {
                let until = until.map(|at| format!(", until {}", day(at))).unwrap_or_default();
                let words =
                    format!("Your registration of {company} is approved. It is protected for you from now on{until}.");
                (format!("Your deal with {company} is approved"), name, vec![words], portal)
            }
            Self::DealDecided { name, company, reason, .. } => {
                let mut words = vec![format!("Your registration of {company} was not approved.")];
                words.extend(reason.as_ref().map(|reason| format!("The reason: {reason}")));
                (format!("Your deal with {company} is not approved"), name, words, portal)
            }
            Self::Statement { name, month, currency, closing, payable } => (
                format!("Your statement of {month}"),
                name,
                vec![
                    format!("{program} has closed {month}. Your balance is {}.", money(*closing, *currency)),
                    format!("Of it, {} can be paid out. The portal shows every line.", money(*payable, *currency)),
                ],
                portal,
            ),
        };
        let mut paragraphs = vec![format!("Hello {name},")];
        paragraphs.extend(words);
        let text = format!("{}\n\n{label}: {href}\n\n{program}\n", paragraphs.join("\n\n"));
        let accent = Accent::on(Rgb::parse(color).unwrap_or(Rgb::DEFAULT), Rgb::LIGHT_SURFACE);
        let (label, href) = (&*label, &*href);
        let html = page::html(&Html { subject: &subject, program, accent, paragraphs: &paragraphs, label, href });
        Mail { subject, text, html }
    }
}

/// The day of a time, UTC.
fn day(at: u64) -> String {
    Millis(at).time().to_string().chars().take(10).collect()
}

/// An amount as it is written: `-1234.50 USD`.
fn money(amount: i64, currency: Currency) -> String {
    let digits = currency.digits() as usize;
    let minor = format!("{:0>width$}", amount.unsigned_abs(), width = digits + 1);
    let (whole, part) = minor.split_at(minor.len() - digits);
    let (sign, point) = (if amount < 0 { "-" } else { "" }, if digits > 0 { "." } else { "" });
    format!("{sign}{whole}{point}{part} {currency}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: From<'_> = From { program: "North & Beam", color: "#7c3aed", origin: "https://go.example.com" };

    fn written(json: &str, token: &str) -> Mail {
        let letter: Letter = serde_json::from_str(json).unwrap_or_else(|error| unreachable!("{error}"));
        letter.write(&FROM, token)
    }

    #[test]
    fn each_kind_has_its_words() {
        for (json, subject, said) in [
            (
                r#"{"sign_in":{"name":"Ada","key":1}}"#,
                "Sign in to North & Beam",
                "Sign in: https://go.example.com/sign-in?token=trb_in_x",
            ),
            (
                r#"{"sign_in":{"name":"Ada","key":1,"partner":"Ada <Analytics>"}}"#,
                "Sign in to North & Beam, for Ada <Analytics>",
                "This link opens the partner portal of Ada <Analytics>.",
            ),
            (
                r#"{"deal_decided":{"name":"Ada","company":"Globex","approved":true,"until":1795000000000}}"#,
                "Your deal with Globex is approved",
                "from now on, until 2026-11-18.",
            ),
            (
                r#"{"deal_decided":{"name":"Ada","company":"Globex","approved":false,"reason":"Ours already"}}"#,
                "Your deal with Globex is not approved",
                "The reason: Ours already",
            ),
            (
                r#"{"statement":{"name":"Ada","month":"2026-10","currency":"USD","closing":-5,"payable":123450}}"#,
                "Your statement of 2026-10",
                "Your balance is -0.05 USD.\n\nOf it, 1234.50 USD can be paid out.",
            ),
            (
                r#"{"statement":{"name":"Ada","month":"2026-10","currency":"JPY","closing":7,"payable":0}}"#,
                "Your statement of 2026-10",
                "Your balance is 7 JPY.\n\nOf it, 0 JPY can",
            ),
        ] {
            let mail = written(json, "trb_in_x");
            assert_eq!(mail.subject, subject);
            assert!(mail.text.contains(said) && mail.text.starts_with("Hello Ada,\n\n"), "{}", mail.text);
            assert!(mail.html.starts_with("<!doctype html>") && mail.html.contains("#7c3aed"), "{}", mail.html);
        }
    }

    #[test]
    fn words_of_others_are_escaped() {
        let json = r#"{"deal_decided":{"name":"<b>","company":"<img src=x>","approved":false,"reason":"\"><script>"}}"#;
        let mail = written(json, "");
        assert!(
            !mail.html.contains("<b>") && !mail.html.contains("<img") && !mail.html.contains("<script"),
            "{}",
            mail.html
        );
    }
}
