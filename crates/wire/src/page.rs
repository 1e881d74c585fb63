//! What a landing page says: edited as content, checked as a whole, stored as JSON. Everything is optional: a page that says
//! nothing of its own is made from the names of the partner and the program.

use engine::text::{Coupon, clean};
use serde::{Deserialize, Serialize};

/// Most fields of a form, those for name and e-mail among them.
pub const FIELDS_MAX: usize = 12;
/// Most options of a choice.
pub const OPTIONS_MAX: usize = 30;

/// The content of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Content {
    /// At most 120 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// What stands beneath: at most 1,000 characters, lines kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Address of the logo, https; the partner's image where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Address of the picture that a preview of the page shows, https, best 1200 × 630; the logo where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Colours; the program's where they are missing.
    pub colors: Colors,
    /// What a visitor gets for coming this way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// The partner's coupon that the page shows; the newest where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// Campaign of visits whose address names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// What somebody says who knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub testimonial: Option<Testimonial>,
    /// The form.
    pub form: Form,
    /// What comes after it.
    pub thanks: Thanks,
}

/// The colours of a page, `#rrggbb`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Colors {
    /// Of buttons and whatever stands out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Behind everything but the form. A light one is for light mode only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<String>,
}

/// An offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Offer {
    /// At most 80 characters: `20 % off the first year`.
    pub title: String,
    /// Its terms: at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What somebody says of the vendor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Testimonial {
    /// At most 400 characters, without quotation marks.
    pub quote: String,
    /// Who says so: at most 80 characters.
    pub name: String,
    /// What they do, and where: at most 120 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// A form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Form {
    /// At most 80 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Words of the button: at most 40 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
    /// The fields in their order. Name and e-mail are always asked for, first where they are not in the list. An empty list
    /// asks for company and message as well.
    pub fields: Vec<Field>,
}

/// A field of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// One of [`KNOWN`], or a name of the page's own: 1 to 40 of `a–z 0–9 _`.
    pub name: String,
    /// At most 120 characters; a field of the page's own must have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Of a field of the page's own, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Of a choice, and only there: 1 to [`OPTIONS_MAX`], each at most 100 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Whether it must be filled in; of a box, ticked. Name and e-mail always must.
    #[serde(default)]
    pub required: bool,
}

/// What a field of the page's own takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One line.
    Text,
    /// Several lines.
    Area,
    /// One of its options.
    Select,
    /// Yes or no.
    Checkbox,
}

/// The fields that every form knows.
pub const KNOWN: [&str; 8] = ["name", "email", "company", "role", "phone", "website", "country", "message"];

/// What a field that every form knows is called where the page does not say; `None` for a field of the page's own.
#[must_use]
pub fn label(name: &str) -> Option<&'static str> {
    let labels = ["Name", "Work email", "Company", "Role", "Phone", "Website", "Country", "What are you looking for?"];
    KNOWN.iter().zip(labels).find(|(known, _)| **known == name).map(|(_, label)| label)
}

/// After the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Thanks {
    /// At most 80 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// At most 500 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where the visitor goes instead: on a host that the program allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect: Option<String>,
}

/// A rule that some part of a content breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Remark {
    /// The part: `form.fields[2].label`.
    pub field: String,
    /// What it must be, or what is done about it.
    pub message: String,
}

impl Remark {
    /// A remark on a part.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl core::fmt::Display for Remark {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// A text of several lines, trimmed, with one kind of line end and no other control characters; `None` when empty.
#[must_use]
pub fn lines(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether a text is a colour `#rrggbb`.
#[must_use]
pub fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn within(field: &str, text: &str, max: usize) -> Result<(), Remark> {
    if text.chars().count() > max {
        return Err(Remark::new(field, format!("must have at most {max} characters")));
    }
    Ok(())
}

/// Several lines where `line` is false.
fn optional(field: &str, text: &mut Option<String>, max: usize, line: bool) -> Result<(), Remark> {
    let Some(given) = text.take() else { return Ok(()) };
    let cleaned = if line { clean(&given, usize::MAX) } else { lines(&given) };
    if let Some(cleaned) = &cleaned {
        within(field, cleaned, max)?;
    }
    *text = cleaned;
    Ok(())
}

fn required(field: &str, text: &mut String, max: usize) -> Result<(), Remark> {
    *text = clean(text, usize::MAX).ok_or_else(|| Remark::new(field, "must not be empty"))?;
    within(field, text, max)
}

fn picture(field: &str, address: &mut Option<String>) -> Result<(), Remark> {
    optional(field, address, 2000, true)?;
    let bad = |text: &str| {
        let rest = text.strip_prefix("https://").unwrap_or_default();
        rest.is_empty() || rest.starts_with('/') || text.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '\\'))
    };
    if address.as_deref().is_some_and(bad) {
        return Err(Remark::new(field, "must be an https address of at most 2000 characters"));
    }
    Ok(())
}

fn color(field: &str, text: &mut Option<String>) -> Result<(), Remark> {
    optional(field, text, 7, true)?;
    if text.as_deref().is_some_and(|text| !is_color(text)) {
        return Err(Remark::new(field, "must be a colour like #0f766e"));
    }
    Ok(())
}

impl Content {
    /// The content with every text trimmed and every rule kept. Hosts are the program's, and not looked at here.
    ///
    /// # Errors
    /// The first rule that is broken, with the name of its field.
    pub fn checked(mut self) -> Result<Self, Remark> {
        optional("headline", &mut self.headline, 120, true)?;
        optional("text", &mut self.text, 1000, false)?;
        picture("logo", &mut self.logo)?;
        picture("image", &mut self.image)?;
        color("colors.accent", &mut self.colors.accent)?;
        color("colors.background", &mut self.colors.background)?;
        if let Some(offer) = &mut self.offer {
            required("offer.title", &mut offer.title, 80)?;
            optional("offer.text", &mut offer.text, 300, false)?;
        }
        if let Some(code) = &mut self.coupon {
            let coupon = Coupon::new(code).map_err(|error| Remark::new("coupon", error.to_string()))?;
            code.clear();
            code.push_str(coupon.as_str());
        }
        optional("campaign", &mut self.campaign, 100, true)?;
        if let Some(testimonial) = &mut self.testimonial {
            required("testimonial.quote", &mut testimonial.quote, 400)?;
            required("testimonial.name", &mut testimonial.name, 80)?;
            optional("testimonial.role", &mut testimonial.role, 120, true)?;
        }
        optional("form.title", &mut self.form.title, 80, true)?;
        optional("form.button", &mut self.form.button, 40, true)?;
        if self.form.fields.len() > FIELDS_MAX {
            return Err(Remark::new("form.fields", format!("must be at most {FIELDS_MAX}")));
        }
        for i in 0..self.form.fields.len() {
            let (before, rest) = self.form.fields.split_at_mut(i);
            if let Some(field) = rest.first_mut() {
                field.check(&format!("form.fields[{i}]"))?;
                if before.iter().any(|other| other.name == field.name) {
                    return Err(Remark::new(format!("form.fields[{i}].name"), "must stand only once"));
                }
            }
        }
        optional("thanks.title", &mut self.thanks.title, 80, true)?;
        optional("thanks.text", &mut self.thanks.text, 500, false)?;
        optional("thanks.redirect", &mut self.thanks.redirect, 2000, true)?;
        Ok(self)
    }
}

impl Field {
    /// Whether it is one that every form knows.
    #[must_use]
    pub fn is_known(&self) -> bool {
        KNOWN.contains(&self.name.as_str())
    }

    fn check(&mut self, at: &str) -> Result<(), Remark> {
        let part = |name: &str| format!("{at}.{name}");
        let named = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !(1..=40).contains(&self.name.len()) || !self.name.bytes().all(named) {
            return Err(Remark::new(part("name"), "must have 1 to 40 characters of a–z, 0–9 and _"));
        }
        optional(&part("label"), &mut self.label, 120, true)?;
        match (self.is_known(), self.kind) {
            (true, Some(_)) => {
                return Err(Remark::new(part("kind"), "must be left out of a field that every form knows"));
            }
            (false, None) => {
                let known = KNOWN.join(", ");
                let rule = format!("must be text, area, select or checkbox, unless the name is one of {known}");
                return Err(Remark::new(part("kind"), rule));
            }
            (false, Some(_)) if self.label.is_none() => return Err(Remark::new(part("label"), "must not be empty")),
            _ => {}
        }
        if self.kind != Some(Kind::Select) {
            let rule = "must be left out of anything but a select";
            return if self.options.is_empty() { Ok(()) } else { Err(Remark::new(part("options"), rule)) };
        }
        if !(1..=OPTIONS_MAX).contains(&self.options.len()) {
            return Err(Remark::new(part("options"), format!("must be 1 to {OPTIONS_MAX}")));
        }
        for i in 0..self.options.len() {
            let (before, rest) = self.options.split_at_mut(i);
            if let Some(option) = rest.first_mut() {
                required(&part(&format!("options[{i}]")), option, 100)?;
                if before.contains(option) {
                    return Err(Remark::new(part(&format!("options[{i}]")), "must stand only once"));
                }
            }
        }
        Ok(())
    }
}

/// Changes a JSON value by another: objects member by member, `null` takes a member away, anything else replaces (RFC 7396).
pub fn merge(target: &mut serde_json::Value, patch: serde_json::Value) {
    use serde_json::Value;
    let Value::Object(members) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in members {
        if value.is_null() {
            target.remove(&name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// `POST /api/pages`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreatePage {
    /// Whose page it is.
    pub partner_id: String,
    /// Last segment of `/p/{partner}/{slug}`; the partner's own page, `/p/{partner}`, where it is missing.
    #[serde(default)]
    pub slug: Option<String>,
    /// The draft.
    #[serde(default)]
    pub content: Content,
}

/// `PATCH /api/pages/{id}`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdatePage {
    /// What changes of the draft, as [`merge`] does it.
    pub content: serde_json::Value,
    /// The page's `updatedAt` when whoever changes it read it: where the draft is another by now, nothing is changed.
    #[serde(default)]
    pub updated_at: Option<String>,
}

/// `POST /api/pages/{id}/restore`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RestorePage {
    /// The version that becomes the draft.
    pub version: u32,
}

/// `POST /api/pages/{id}/preview`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewPage {
    /// Seconds, 60 to 2,592,000 (30 days); a day where it is missing.
    #[serde(default)]
    pub expires_in: Option<u32>,
}

/// A link that shows a draft.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The address.
    pub url: String,
    /// When it ends, RFC 3339.
    pub expires_at: String,
}

/// A page as the API answers it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// Identifier.
    pub id: String,
    /// Whose it is.
    pub partner_id: String,
    /// Last segment of its address; `null` for the partner's own page.
    pub slug: Option<String>,
    /// Where it is, once it is live.
    pub url: String,
    /// Whether the public sees it, and whether the draft differs from what they see.
    #[serde(flatten)]
    pub state: State,
    /// What is being edited.
    pub content: Content,
    /// What was done about content that could not stay as it is: colours that cannot be read.
    pub warnings: Vec<Remark>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// Whether the public sees a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum State {
    /// Nobody does.
    Draft,
    /// Everybody does.
    Live {
        /// What they see.
        version: u32,
        /// Whether the draft has been edited since.
        changed: bool,
    },
}

/// A version that has been public.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// 1, 2, …
    pub version: u32,
    /// RFC 3339.
    pub published_at: String,
    /// Whether it is public now.
    pub live: bool,
    /// What it says.
    pub content: Content,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: serde_json::Value, expect: &str) {
        let got = serde_json::from_value::<Content>(value.clone())
            .map_err(|e| e.to_string())
            .and_then(|content| content.checked().map_err(|remark| remark.field));
        assert_eq!(got.map_or_else(|field| field, |_| "ok".to_owned()), expect, "{value}");
    }

    #[test]
    fn every_rule_names_its_field() {
        let field = |field: serde_json::Value| json!({ "form": { "fields": [{ "name": "email" }, field] } });
        for (value, expect) in [
            (json!({}), "ok"),
            (json!({ "headline": " x ", "text": "a\r\nb", "logo": "", "coupon": "spring-10" }), "ok"),
            (json!({ "headline": "x".repeat(121) }), "headline"),
            (json!({ "text": "x".repeat(1001) }), "text"),
            (json!({ "logo": "http://a.example/l.png" }), "logo"),
            (json!({ "logo": "javascript:alert(1)" }), "logo"),
            (json!({ "image": "https://a.example/\" onload=x" }), "image"),
            (json!({ "colors": { "accent": "red" } }), "colors.accent"),
            (json!({ "colors": { "background": "#fff" } }), "colors.background"),
            (json!({ "offer": { "title": " " } }), "offer.title"),
            (json!({ "coupon": "10 %" }), "coupon"),
            (json!({ "campaign": "x".repeat(101) }), "campaign"),
            (json!({ "testimonial": { "quote": "q", "name": "" } }), "testimonial.name"),
            (json!({ "testimonial": { "quote": "x".repeat(401), "name": "n" } }), "testimonial.quote"),
            (json!({ "form": { "button": "x".repeat(41) } }), "form.button"),
            (json!({ "form": { "fields": vec![json!({ "name": "email" }); 13] } }), "form.fields"),
            (field(json!({ "name": "email" })), "form.fields[1].name"),
            (field(json!({ "name": "Bad name", "label": "x", "kind": "text" })), "form.fields[1].name"),
            (field(json!({ "name": "budget", "label": "Budget" })), "form.fields[1].kind"),
            (field(json!({ "name": "phone", "kind": "text" })), "form.fields[1].kind"),
            (field(json!({ "name": "budget", "kind": "text" })), "form.fields[1].label"),
            (field(json!({ "name": "budget", "label": "B", "kind": "select" })), "form.fields[1].options"),
            (field(json!({ "name": "b", "label": "B", "kind": "text", "options": ["x"] })), "form.fields[1].options"),
            (
                field(json!({ "name": "b", "label": "B", "kind": "select", "options": ["x", " x"] })),
                "form.fields[1].options[1]",
            ),
            (field(json!({ "name": "b", "label": "B", "kind": "select", "options": ["x", "y"] })), "ok"),
            (json!({ "thanks": { "text": "x".repeat(501) } }), "thanks.text"),
        ] {
            check(value, expect);
        }
    }

    #[test]
    fn texts_are_trimmed_and_empty_ones_are_none() {
        let content = Content { headline: Some(" a\u{7} ".into()), text: Some(" \n ".into()), ..Content::default() };
        let content = content.checked().unwrap_or_default();
        assert_eq!((content.headline.as_deref(), content.text), (Some("a"), None));
    }

    #[test]
    fn a_patch_merges() {
        for (mut target, patch, expect) in [
            (
                json!({ "a": 1, "b": { "c": 2 } }),
                json!({ "b": { "d": 3 } }),
                json!({ "a": 1, "b": { "c": 2, "d": 3 } }),
            ),
            (json!({ "a": 1, "b": 2 }), json!({ "a": null }), json!({ "b": 2 })),
            (json!({ "a": [1, 2] }), json!({ "a": [3] }), json!({ "a": [3] })),
            (json!({ "a": 1 }), json!({ "a": { "b": { "c": null } } }), json!({ "a": { "b": {} } })),
        ] {
            merge(&mut target, patch);
            assert_eq!(target, expect);
        }
    }
}
