//! A partner's landing page.

use askama::Template;
use serde_json::json;
use wire::{
    color::{Accent, Backdrop, Rgb},
    page::{Content, Offer, Testimonial},
};

use super::form::{Faults, Form, Input, Question, TRAP, Typed};

/// What a page is about.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// The vendor's name and address.
    pub vendor: &'a str,
    pub vendor_url: &'a str,
    /// The program's, `#rrggbb`.
    pub color: &'a str,
    pub partner: &'a str,
    /// What kind of partner.
    pub kind: Option<&'a str>,
    pub image: Option<&'a str>,
    pub description: Option<&'a str>,
    pub coupon: Option<&'a str>,
    /// What was written for this page.
    pub content: &'a Content,
    /// The page's own address.
    pub canonical: &'a str,
    /// Address of the picture of pages that have none.
    pub card: &'a str,
    /// Names the elements that the policy of the page allows.
    pub nonce: &'a str,
    /// Key of Turnstile, where it is asked.
    pub turnstile: Option<&'a str>,
    /// Whether this is a draft that only some may see.
    pub preview: bool,
    /// Whether it stands in a frame, where no link leads away.
    pub framed: bool,
}

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "landing.html")]
pub struct Landing<'a> {
    about: About<'a>,
    light: Accent,
    dark: Accent,
    backdrop: Option<Backdrop>,
    role: &'static str,
    headline: String,
    lede: String,
    introduction: String,
    logo: Option<&'a str>,
    offer: Option<&'a Offer>,
    testimonial: Option<&'a Testimonial>,
    partner_monogram: String,
    vendor_monogram: String,
    vendor_host: &'a str,
    action: &'a str,
    trap: &'static str,
    /// `None` once it has been sent.
    form: Option<Form>,
}

/// Why a form is shown again although every field is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It came back faster than anybody types.
    Fast,
    /// Nothing proves when it was shown.
    Unknown,
    /// Turnstile takes the visitor for a program.
    Doubted,
}

impl Again {
    /// What the visitor is told.
    pub fn says(self) -> &'static str {
        match self {
            Self::Fast => "That was very quick. Please look it over and send it once more: nothing has been lost.",
            Self::Unknown => {
                "This page had been open for a long time. Please send it once more: nothing has been lost."
            }
            Self::Doubted => "We could not tell that you are a person. Please try once more: nothing has been lost.",
        }
    }
}

impl<'a> Landing<'a> {
    /// The page with a form: empty, or with what was typed and what is wrong with it.
    pub fn with_form(
        about: About<'a>,
        action: &'a str,
        questions: &[Question],
        typed: Typed,
        faults: Faults,
        again: Option<Again>,
    ) -> Self {
        let form = Form::new(questions, typed, faults, again.map(Again::says));
        Self { form: Some(form), ..Self::sent(about, action) }
    }

    /// The page after the form has been sent.
    pub fn sent(about: About<'a>, action: &'a str) -> Self {
        let content = about.content;
        let of = |color: Option<&str>| color.and_then(Rgb::parse);
        let color = of(content.colors.accent.as_deref()).or(of(Some(about.color))).unwrap_or(Rgb::DEFAULT);
        let (vendor, partner) = (about.vendor, about.partner);
        let introduction = introduction(partner);
        let standard =
            || format!("Tell {vendor} what you need. Your request goes to the team together with {introduction}.");
        Self {
            light: Accent::on(color, Rgb::LIGHT_SURFACE),
            dark: Accent::on(color, Rgb::DARK_SURFACE),
            backdrop: of(content.colors.background.as_deref()).map(|paper| Backdrop::of(paper, color)),
            role: role(about.kind),
            headline: content.headline.clone().unwrap_or_else(|| headline(about.kind, vendor, partner)),
            lede: content.text.clone().unwrap_or_else(standard),
            introduction,
            logo: content.logo.as_deref().or(about.image).filter(|address| address.starts_with("https://")),
            offer: content.offer.as_ref(),
            testimonial: content.testimonial.as_ref(),
            partner_monogram: monogram(partner),
            vendor_monogram: monogram(vendor),
            vendor_host: host(about.vendor_url),
            about,
            action,
            trap: TRAP,
            form: None,
        }
    }

    fn title(&self) -> String {
        let base = format!("{} · {}", self.headline, self.about.vendor);
        match &self.form {
            None => format!("Thank you · {}", self.about.vendor),
            Some(form) if !form.faults.is_empty() || form.again.is_some() => format!("Please check the form · {base}"),
            Some(_) => base,
        }
    }

    /// The picture of previews: the page's own, else the logo, else a card that says nothing.
    fn picture(&self) -> &str {
        self.about.content.image.as_deref().or(self.logo).unwrap_or(self.about.card)
    }

    /// Whether that is a card rather than a logo.
    fn is_card(&self) -> bool {
        self.about.content.image.is_some() || self.logo.is_none()
    }

    /// The page in the words of schema.org: JSON that cannot end its element.
    fn data(&self) -> String {
        let about = &self.about;
        let mut partner = json!({ "@type": "Organization", "name": about.partner });
        for (name, value) in [("description", about.description), ("logo", self.logo)] {
            if let Some(value) = value {
                partner[name] = value.into();
            }
        }
        let mut page = json!({
            "@context": "https://schema.org",
            "@type": "WebPage",
            "name": self.headline,
            "description": self.lede,
            "url": about.canonical,
            "publisher": { "@type": "Organization", "name": about.vendor, "url": about.vendor_url },
            "about": partner,
        });
        page["primaryImageOfPage"] = self.picture().into();
        if let Some(offer) = self.offer {
            page["mainEntity"] = json!({
                "@type": "Offer",
                "name": offer.title,
                "description": offer.text,
                "offeredBy": { "@type": "Organization", "name": about.vendor },
            });
        }
        page.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    }
}

fn introduction(partner: &str) -> String {
    let ending = if partner.ends_with(['s', 'S']) { "’" } else { "’s" };
    format!("{partner}{ending} introduction")
}

fn role(kind: Option<&str>) -> &'static str {
    match kind {
        Some("technology") => "Technology partner",
        Some("agency") => "Agency partner",
        Some("marketplace") => "Marketplace partner",
        Some("reseller") => "Reseller",
        _ => "Partner",
    }
}

fn headline(kind: Option<&str>, vendor: &str, partner: &str) -> String {
    match kind {
        Some("technology") => format!("{vendor} and {partner}, better together"),
        Some("marketplace") => format!("{vendor}, found on {partner}"),
        Some("reseller") => format!("{vendor}, through {partner}"),
        _ => format!("{partner} recommends {vendor}"),
    }
}

/// The first letters of the first two words; one letter of a single word.
fn monogram(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let monogram: String = letters.take(2).flat_map(char::to_uppercase).collect();
    if monogram.is_empty() { "•".to_owned() } else { monogram }
}

/// The host of an address, without `www.`.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::form::questions;

    static PLAIN: std::sync::LazyLock<Content> = std::sync::LazyLock::new(Content::default);

    fn about() -> About<'static> {
        About {
            vendor: "Lumen <Cloud>",
            vendor_url: "https://www.lumen.example/start",
            color: "#0f766e",
            partner: "Northwind Studios",
            kind: Some("agency"),
            image: None,
            description: Some("We build </style> things."),
            coupon: Some("NORTH10"),
            canonical: "https://go.lumen.example/p/northwind",
            card: "https://go.lumen.example/style/card.png",
            nonce: "n0nce",
            content: &PLAIN,
            turnstile: None,
            preview: false,
            framed: false,
        }
    }

    fn page(about: About<'_>) -> String {
        let typed = Typed::parse(b"trb_id=T&form_id=F");
        let questions = questions(&about.content.form);
        super::super::html(&Landing::with_form(about, "/p/northwind", &questions, typed, Faults::new(), None))
    }

    #[test]
    fn a_page_needs_no_more_than_two_names() {
        let bare = About { kind: None, description: None, coupon: None, color: "red;}", ..about() };
        let page = page(bare);
        assert!(page.contains("Northwind Studios recommends Lumen") && page.contains("#0f766e"), "{page}");
        assert!(!page.contains("red;}") && page.len() < 12_000, "{}", page.len());
    }

    #[test]
    fn names_and_texts_are_escaped() {
        let page = page(about());
        assert!(!page.contains("<Cloud>") && page.matches("</style>").count() == 1, "{page}");
        assert!(page.contains("NORTH10") && page.contains("value=\"T\"") && page.contains("value=\"F\""));
    }

    #[test]
    fn only_safe_logos_are_shown() {
        for (image, shown) in
            [("https://a.example/l.png", true), ("http://a.example/l.png", false), ("javascript:x", false)]
        {
            assert_eq!(page(About { image: Some(image), ..about() }).contains("<img"), shown, "{image}");
        }
    }

    #[test]
    fn mistakes_are_tied_to_their_fields() {
        let faults = vec![("email".to_owned(), "Enter your e-mail address".to_owned())];
        let questions = questions(&PLAIN.form);
        let form = Landing::with_form(about(), "/p/x", &questions, Typed::default(), faults, None);
        let page = super::super::html(&form);
        for part in
            ["href=\"#email\"", "aria-invalid=\"true\"", "aria-describedby=\"email-fault\"", "id=\"email-fault\""]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
    }

    #[test]
    fn what_is_written_is_escaped_also_in_its_data() {
        let evil = "</script><script>alert(1)</script>".to_owned();
        let content = Content {
            headline: Some(evil.clone()),
            text: Some(evil.clone()),
            offer: Some(Offer { title: evil.clone(), text: Some(evil.clone()) }),
            testimonial: Some(Testimonial { quote: evil.clone(), name: evil.clone(), role: Some(evil) }),
            ..Content::default()
        };
        let page = page(About { content: &content, ..about() });
        assert!(!page.contains("<script>alert") && page.matches("</script>").count() == 1, "{page}");
        let data = page.split_once("ld+json\"").and_then(|(_, rest)| rest.split_once('>')?.1.split_once("</script>"));
        let data: serde_json::Value = data.and_then(|(data, _)| serde_json::from_str(data).ok()).unwrap_or_default();
        assert_eq!(data["mainEntity"]["@type"], "Offer");
    }

    #[test]
    fn small_texts_are_made_from_names() {
        assert_eq!(monogram("northwind studios GmbH"), "NS");
        assert_eq!(monogram("(lumen)"), "L");
        assert_eq!(monogram("…"), "•");
        assert_eq!(host("https://www.a.example/x?y"), "a.example");
        assert_eq!(introduction("Atlas"), "Atlas’ introduction");
    }
}
