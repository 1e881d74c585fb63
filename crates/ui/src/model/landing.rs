//! A landing page as it is edited: its parts, what is wrong with each, and what differs between two of it.

use wire::page::{Colors, Content, Form, KNOWN, Kind, Remark, Thanks, label};

/// How a text is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// A line.
    Line,
    /// Several lines.
    Lines,
    /// An address.
    Address,
    /// A colour, `#rrggbb`.
    Color,
}

/// A text of a page.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// Its name, as the server calls it.
    pub field: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it does, or what stands there without it.
    pub hint: &'static str,
    /// How it is typed.
    pub typing: Typing,
    /// Most characters.
    pub max: u32,
    /// What it says; empty for nothing.
    pub get: fn(&Content) -> &str,
    /// Says something else; empty for nothing.
    pub set: fn(&mut Content, String),
}

/// Texts that belong together.
#[derive(Debug)]
pub struct Section {
    /// Its name on the page.
    pub title: &'static str,
    /// Where it stands on the landing page: an `id` there, empty for its beginning.
    pub anchor: &'static str,
    /// Its texts.
    pub texts: &'static [Text],
}

/// Whether a section is that of the form, which has fields beside its texts.
pub const FORM: &str = "Form";
/// The section of the offer, which has a coupon beside its texts.
pub const OFFER: &str = "Offer";
/// The section of what comes after the form.
pub const THANKS: &str = "Thank-you";

/// Everything that is a text, in the order of the landing page.
pub const SECTIONS: [Section; 6] = [
    Section {
        title: "Words",
        anchor: "",
        texts: &[
            Text {
                field: "headline",
                label: "Headline",
                hint: "Without one it names partner and program",
                typing: Typing::Line,
                max: 120,
                get: |c| some(&c.headline),
                set: |c, text| c.headline = kept(text),
            },
            Text {
                field: "text",
                label: "Text",
                hint: "",
                typing: Typing::Lines,
                max: 1000,
                get: |c| some(&c.text),
                set: |c, text| c.text = kept(text),
            },
            Text {
                field: "campaign",
                label: "Campaign",
                hint: "Of visits whose address names none",
                typing: Typing::Line,
                max: 100,
                get: |c| some(&c.campaign),
                set: |c, text| c.campaign = kept(text),
            },
        ],
    },
    Section {
        title: "Look",
        anchor: "",
        texts: &[
            Text {
                field: "logo",
                label: "Logo",
                hint: "An https address; the partner’s image without one",
                typing: Typing::Address,
                max: 2000,
                get: |c| some(&c.logo),
                set: |c, text| c.logo = kept(text),
            },
            Text {
                field: "image",
                label: "Picture of previews",
                hint: "An https address, best 1200 × 630: seen where the page is shared",
                typing: Typing::Address,
                max: 2000,
                get: |c| some(&c.image),
                set: |c, text| c.image = kept(text),
            },
            Text {
                field: "colors.accent",
                label: "Accent",
                hint: "Of the button; the program’s without one",
                typing: Typing::Color,
                max: 7,
                get: |c| some(&c.colors.accent),
                set: |c, text| c.colors.accent = kept(text),
            },
            Text {
                field: "colors.background",
                label: "Background",
                hint: "A light one is for light mode only",
                typing: Typing::Color,
                max: 7,
                get: |c| some(&c.colors.background),
                set: |c, text| c.colors.background = kept(text),
            },
        ],
    },
    Section {
        title: OFFER,
        anchor: "",
        texts: &[
            Text {
                field: "offer.title",
                label: "Offer",
                hint: "Such as: 20 % off the first year",
                typing: Typing::Line,
                max: 80,
                get: |c| c.offer.as_ref().map_or("", |offer| &offer.title),
                set: |c, text| {
                    c.offer.get_or_insert_default().title = text;
                    prune(c);
                },
            },
            Text {
                field: "offer.text",
                label: "Its terms",
                hint: "",
                typing: Typing::Lines,
                max: 300,
                get: |c| c.offer.as_ref().map_or("", |offer| some(&offer.text)),
                set: |c, text| {
                    c.offer.get_or_insert_default().text = kept(text);
                    prune(c);
                },
            },
        ],
    },
    Section {
        title: "Testimonial",
        anchor: "more",
        texts: &[
            Text {
                field: "testimonial.quote",
                label: "What somebody says",
                hint: "Without quotation marks",
                typing: Typing::Lines,
                max: 400,
                get: |c| c.testimonial.as_ref().map_or("", |said| &said.quote),
                set: |c, text| {
                    c.testimonial.get_or_insert_default().quote = text;
                    prune(c);
                },
            },
            Text {
                field: "testimonial.name",
                label: "Who says so",
                hint: "",
                typing: Typing::Line,
                max: 80,
                get: |c| c.testimonial.as_ref().map_or("", |said| &said.name),
                set: |c, text| {
                    c.testimonial.get_or_insert_default().name = text;
                    prune(c);
                },
            },
            Text {
                field: "testimonial.role",
                label: "What they do, and where",
                hint: "",
                typing: Typing::Line,
                max: 120,
                get: |c| c.testimonial.as_ref().map_or("", |said| some(&said.role)),
                set: |c, text| {
                    c.testimonial.get_or_insert_default().role = kept(text);
                    prune(c);
                },
            },
        ],
    },
    Section {
        title: FORM,
        anchor: "form-title",
        texts: &[
            Text {
                field: "form.title",
                label: "Title of the form",
                hint: "",
                typing: Typing::Line,
                max: 80,
                get: |c| some(&c.form.title),
                set: |c, text| c.form.title = kept(text),
            },
            Text {
                field: "form.button",
                label: "Words of its button",
                hint: "",
                typing: Typing::Line,
                max: 40,
                get: |c| some(&c.form.button),
                set: |c, text| c.form.button = kept(text),
            },
        ],
    },
    Section {
        title: THANKS,
        anchor: "",
        texts: &[
            Text {
                field: "thanks.title",
                label: "Title of the thank-you",
                hint: "",
                typing: Typing::Line,
                max: 80,
                get: |c| some(&c.thanks.title),
                set: |c, text| c.thanks.title = kept(text),
            },
            Text {
                field: "thanks.text",
                label: "Its text",
                hint: "",
                typing: Typing::Lines,
                max: 500,
                get: |c| some(&c.thanks.text),
                set: |c, text| c.thanks.text = kept(text),
            },
            Text {
                field: "thanks.redirect",
                label: "Or where visitors go instead",
                hint: "On a host that the program allows",
                typing: Typing::Address,
                max: 2000,
                get: |c| some(&c.thanks.redirect),
                set: |c, text| c.thanks.redirect = kept(text),
            },
        ],
    },
];

fn some(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

fn kept(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// What has no word left is not there.
fn prune(content: &mut Content) {
    content.offer.take_if(|offer| offer.title.is_empty() && offer.text.is_none());
    content.testimonial.take_if(|said| said.quote.is_empty() && said.name.is_empty() && said.role.is_none());
}

/// What is wrong, of each part the first rule that it breaks, as the server says it. What only the server can know (whose a
/// coupon is, which hosts are allowed) is not looked at.
#[must_use]
pub fn faults(content: &Content) -> Vec<Remark> {
    let Content { headline, text, logo, image, colors, offer, coupon, campaign, testimonial, form, thanks } =
        content.clone();
    let empty = Content::default;
    let colored = |accent, background| Content { colors: Colors { accent, background }, ..empty() };
    let formed = |title, button, fields| Content { form: Form { title, button, fields }, ..empty() };
    let thanked = |title, text, redirect| Content { thanks: Thanks { title, text, redirect }, ..empty() };
    let parts = [
        Content { headline, ..empty() },
        Content { text, ..empty() },
        Content { logo, ..empty() },
        Content { image, ..empty() },
        colored(colors.accent, None),
        colored(None, colors.background),
        Content { offer, ..empty() },
        Content { coupon, ..empty() },
        Content { campaign, ..empty() },
        Content { testimonial, ..empty() },
        formed(form.title, None, Vec::new()),
        formed(None, form.button, Vec::new()),
        formed(None, None, form.fields),
        thanked(thanks.title, None, None),
        thanked(None, thanks.text, None),
        thanked(None, None, thanks.redirect),
    ];
    parts.into_iter().filter_map(|part| part.checked().err()).collect()
}

/// Something that two contents say in other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name for people.
    pub label: &'static str,
    /// What the one says; empty for nothing.
    pub from: String,
    /// What the other says.
    pub to: String,
}

/// What differs from one content to another, in the order of the page.
#[must_use]
pub fn differences(from: &Content, to: &Content) -> Vec<Difference> {
    let texts = SECTIONS.iter().flat_map(|section| section.texts);
    let texts = texts.map(|text| (text.label, (text.get)(from).to_owned(), (text.get)(to).to_owned()));
    let coupon = ("Coupon", some(&from.coupon).to_owned(), some(&to.coupon).to_owned());
    let fields = ("Fields of the form", listed(from), listed(to));
    let all = texts.chain([coupon, fields]);
    all.filter(|(_, from, to)| from != to).map(|(label, from, to)| Difference { label, from, to }).collect()
}

/// The fields of a form in words.
fn listed(content: &Content) -> String {
    let words = |field: &wire::page::Field| {
        let required = if field.required { ", required" } else { "" };
        let options =
            if field.options.is_empty() { String::new() } else { format!(" ({})", field.options.join(" / ")) };
        format!("{}{options}{required}", field.label.as_deref().or(label(&field.name)).unwrap_or(&field.name))
    };
    content.form.fields.iter().map(words).collect::<Vec<_>>().join("\n")
}

/// What a field of the page's own takes, each with its name for people.
pub const KINDS: [(Kind, &str, &str); 4] = [
    (Kind::Text, "text", "One line"),
    (Kind::Area, "area", "Several lines"),
    (Kind::Select, "select", "One of a list"),
    (Kind::Checkbox, "checkbox", "A box to tick"),
];

/// A name for a field of the page's own that is called so: 1 to 40 of `a–z 0–9 _`, none of those that are taken or known.
#[must_use]
pub fn named(label: &str, taken: &[String]) -> String {
    let mut name = String::new();
    for sign in label.chars().flat_map(char::to_lowercase) {
        match sign {
            'a'..='z' | '0'..='9' => name.push(sign),
            _ if !name.is_empty() && !name.ends_with('_') => name.push('_'),
            _ => {}
        }
    }
    name.truncate(36);
    let name = Some(name.trim_end_matches('_')).filter(|name| !name.is_empty()).unwrap_or("field").to_owned();
    let is_free = |name: &String| !taken.contains(name) && !KNOWN.contains(&name.as_str());
    let further = (2..100).map(|n| format!("{name}_{n}"));
    core::iter::once(name.clone()).chain(further).find(is_free).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::page::{Field, Offer};

    #[test]
    fn every_text_is_set_and_taken_away() {
        for text in SECTIONS.iter().flat_map(|section| section.texts) {
            let mut content = Content::default();
            (text.set)(&mut content, "x".into());
            assert_eq!((text.get)(&content), "x", "{}", text.field);
            assert_ne!(content, Content::default(), "{}", text.field);
            (text.set)(&mut content, String::new());
            assert_eq!(content, Content::default(), "{}", text.field);
        }
    }

    #[test]
    fn every_text_is_held_against_its_bound() {
        for text in SECTIONS.iter().flat_map(|section| section.texts) {
            let mut content = Content::default();
            (text.set)(&mut content, "x".repeat(text.max as usize + 1));
            let fields: Vec<String> = faults(&content).into_iter().map(|fault| fault.field).collect();
            assert!(fields[0].starts_with(text.field.split('.').next().unwrap_or_default()), "{fields:?}");
        }
    }

    #[test]
    fn each_part_says_what_is_wrong_with_it() {
        let content = Content {
            headline: Some("x".repeat(121)),
            colors: Colors { accent: Some("red".into()), background: Some("#12".into()) },
            offer: Some(Offer { title: String::new(), text: Some("y".into()) }),
            ..Content::default()
        };
        let fields: Vec<String> = faults(&content).into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["headline", "colors.accent", "colors.background", "offer.title"]);
        assert!(faults(&Content::default()).is_empty());
    }

    #[test]
    fn what_differs_is_named() {
        let mut to = Content { headline: Some("New".into()), ..Content::default() };
        to.form.fields = vec![Field { name: "phone".into(), required: true, ..Field::default() }];
        let found = differences(&Content::default(), &to);
        let labels: Vec<&str> = found.iter().map(|difference| difference.label).collect();
        assert_eq!(labels, ["Headline", "Fields of the form"]);
        assert_eq!(found[1].to, "Phone, required");
        assert!(differences(&to, &to.clone()).is_empty());
    }

    #[test]
    fn names_are_made_of_labels() {
        assert_eq!(named("Team size?", &[]), "team_size");
        assert_eq!(named("Team size", &["team_size".into()]), "team_size_2");
        assert_eq!(named("Phone", &[]), "phone_2");
        assert_eq!(named("人数", &[]), "field");
        assert!(named(&"x".repeat(200), &[]).len() <= 40);
    }
}
