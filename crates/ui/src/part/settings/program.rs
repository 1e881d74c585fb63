//! The program's name and colours, its hosts, what it asks of visitors, and what its partners may do.

use leptos::prelude::*;
use wire::path;

use super::{
    choices, field, optional,
    sheet::{Kept, Sheet, sheet},
};
use crate::part::{
    form::Kind,
    server::{Asked, Told, ask},
};

/// The program.
#[component]
pub fn ProgramSection() -> impl IntoView {
    let told = Told::nothing();
    let kept = Kept::new(path::PROGRAM, told);
    let fixed = RwSignal::new(String::new());
    let asked = Asked::by(move |asked| {
        ask("GET", path::PROGRAM.to_owned(), String::new(), move |answer| match answer {
            Ok(said) => {
                let (currency, zone) = (said.text("currency"), said.text("timezone"));
                fixed.try_set(format!(
                    "Figures are in {currency} where a sale names no other currency, and days are those of {zone}: both were \
                     said when the program was set up, and stand in every statement since."
                ));
                kept.keep(&said);
                asked.came();
            }
            Err(refusal) => asked.failed(refusal),
        });
    });
    view! {
        {told.show()}
        {asked.show(move || view! {
            {sheet(kept, brand())}
            {sheet(kept, hosts())}
            {sheet(kept, visitors())}
            {sheet(kept, partners())}
            {sheet(kept, utm())}
            <p class="fine">{fixed.get_untracked()}</p>
        })}
    }
}

fn brand() -> Sheet {
    Sheet {
        title: "Name and colour",
        id: "brand",
        about: "What partners and prospects see above every page. Texts stay readable on any colour: it is darkened or \
                lightened as far as they need.",
        fields: vec![
            field("name", "Name", "", Kind::Line("text"), 100),
            field("color", "Colour", "Of buttons, marks and charts", Kind::Line("color"), 7),
            field("url", "Website", "Such as https://example.com", Kind::Line("url"), 2000),
            field(
                "fallbackUrl",
                "Where a broken link leads",
                "On the website or an allowed host",
                Kind::Line("url"),
                2000,
            ),
        ],
        done: "Name and colour are saved. Pages show them within half a minute.",
    }
}

fn hosts() -> Sheet {
    Sheet {
        title: "Domains",
        id: "domains",
        about: "",
        fields: vec![
            optional(
                "domains",
                "Short domains",
                "A host a line, such as go.example.com; point its DNS here first",
                Kind::List,
                3000,
            ),
            optional(
                "allowedHosts",
                "Where links may lead",
                "A host a line; *.example.com stands for every one below it. A link to any other host leads to the fallback",
                Kind::List,
                10_000,
            ),
            optional(
                "appSchemes",
                "Apps",
                "Schemes that links may open on phones, a line each, such as acme",
                Kind::List,
                500,
            ),
        ],
        done: "The domains are saved, and hold everywhere within half a minute.",
    }
}

fn visitors() -> Sheet {
    let consent =
        choices([("opt_out", "Cookies unless the visitor refuses"), ("opt_in", "No cookie before the visitor agrees")]);
    Sheet {
        title: "Consent and privacy",
        id: "consent",
        about: "Global Privacy Control and a refusal are honoured in either case. Without a cookie a visit still counts for a \
                lead of the same visit.",
        fields: vec![
            field("consent", "Visitors", "", Kind::Choice(consent), 10),
            field(
                "customerNames",
                "Partners read the names of customers",
                "",
                Kind::Choice(choices([("masked", "Masked, such as L… C…"), ("shown", "In full")])),
                10,
            ),
            optional(
                "turnstileSiteKey",
                "Turnstile site key",
                "Landing pages ask it where one is set",
                Kind::Line("text"),
                100,
            ),
            field(
                "genericParameters",
                "Read ?ref= and ?a= as a partner, too",
                "?via= is read in any case",
                Kind::Truth,
                5,
            ),
        ],
        done: "Consent and privacy are saved, and hold everywhere within half a minute.",
    }
}

fn partners() -> Sheet {
    Sheet {
        title: "Partners",
        id: "partners",
        about: "",
        fields: vec![
            field("applications", "Take applications", "By the form at /portal/apply", Kind::Truth, 5),
            field("partnerLinksLimit", "Live links a partner", "0 to 1000; at 0 only you make links", Kind::Count, 4),
            optional(
                "dealProtectionDays",
                "Days that a registered deal is protected",
                "1 to 365; 90 where it is empty",
                Kind::Count,
                3,
            ),
        ],
        done: "What holds for partners is saved.",
    }
}

fn utm() -> Sheet {
    let line = |name, label| optional(name, label, "", Kind::Line("text"), 200);
    Sheet {
        title: "UTM template",
        id: "utm",
        about: "Campaign parameters of every link that has none of its own. {partner}, {link} and {group} stand for what the \
                link belongs to.",
        fields: vec![
            line("utm.source", "utm_source"),
            line("utm.medium", "utm_medium"),
            line("utm.campaign", "utm_campaign"),
            line("utm.term", "utm_term"),
            line("utm.content", "utm_content"),
            line("utm.id", "utm_id"),
        ],
        done: "The template is saved.",
    }
}
