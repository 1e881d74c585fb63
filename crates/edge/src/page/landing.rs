//! A partner's landing page.

use askama::Template;

use super::{
    color::{Accent, Rgb},
    form::{Faults, Field, TRAP, Typed, fields},
};

/// What a page is about.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// The vendor's name and address.
    pub vendor: &'a str,
    pub vendor_url: &'a str,
    /// `#rrggbb`.
    pub color: &'a str,
    pub partner: &'a str,
    /// What kind of partner.
    pub kind: Option<&'a str>,
    pub image: Option<&'a str>,
    pub description: Option<&'a str>,
    pub coupon: Option<&'a str>,
    /// The page's own address.
    pub canonical: &'a str,
    /// Names the one style element that the policy of the page allows.
    pub nonce: &'a str,
}

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "landing.html")]
pub struct Landing<'a> {
    about: About<'a>,
    light: Accent,
    dark: Accent,
    role: &'static str,
    headline: String,
    lede: String,
    introduction: String,
    image: Option<&'a str>,
    partner_monogram: String,
    vendor_monogram: String,
    vendor_host: &'a str,
    action: &'a str,
    trap: &'static str,
    /// `None` once it has been sent.
    form: Option<Form>,
}

/// The form's part of the page.
#[derive(Debug, Clone)]
struct Form {
    typed: Typed,
    fields: Vec<Field>,
    faults: Faults,
}

impl<'a> Landing<'a> {
    /// The page with a form: empty, or with what was typed and what is wrong with it.
    pub fn with_form(about: About<'a>, action: &'a str, typed: Typed, faults: Faults) -> Self {
        let fields = fields(&typed, &faults);
        Self { form: Some(Form { typed, fields, faults }), ..Self::sent(about, action) }
    }

    /// The page after the form has been sent.
    pub fn sent(about: About<'a>, action: &'a str) -> Self {
        let color = Rgb::parse(about.color).unwrap_or(Rgb::DEFAULT);
        let (vendor, partner) = (about.vendor, about.partner);
        let introduction = introduction(partner);
        Self {
            light: Accent::on(color, Rgb::LIGHT_SURFACE),
            dark: Accent::on(color, Rgb::DARK_SURFACE),
            role: role(about.kind),
            headline: headline(about.kind, vendor, partner),
            lede: format!("Tell {vendor} what you need. Your request goes to the team together with {introduction}."),
            introduction,
            image: about.image.filter(|image| image.starts_with("https://")),
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
            Some(form) if !form.faults.is_empty() => format!("Please check the form · {base}"),
            Some(_) => base,
        }
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
            nonce: "n0nce",
        }
    }

    fn page(about: About<'_>) -> String {
        let typed = Typed { token: "T".into(), form_id: "F".into(), ..Typed::default() };
        super::super::html(&Landing::with_form(about, "/p/northwind", typed, Faults::new()))
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
        let faults = vec![("email", "Enter your e-mail address")];
        let page = super::super::html(&Landing::with_form(about(), "/p/x", Typed::default(), faults));
        for part in
            ["href=\"#email\"", "aria-invalid=\"true\"", "aria-describedby=\"email-fault\"", "id=\"email-fault\""]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
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
