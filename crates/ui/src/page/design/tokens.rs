//! The tokens, read from the style sheet that the page itself wears: what is shown here is what holds.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, CssStyleRule, CssStyleSheet, HtmlCanvasElement};

use super::{Part, part, state, wide};
use crate::{model::color::Rgb, part::live};

/// Text on its ground, wherever a part prints one on the other.
const TEXTS: [(&str, &str); 15] = [
    ("--ink", "--ground"),
    ("--ink", "--surface"),
    ("--ink-2", "--surface"),
    ("--ink-2", "--sunken"),
    ("--ink-3", "--surface"),
    ("--ink-3", "--ground"),
    ("--ink-3", "--sunken"),
    ("--accent", "--surface"),
    ("--accent", "--accent-soft"),
    ("--mark-ink", "--mark"),
    ("--good", "--surface"),
    ("--good", "--good-soft"),
    ("--warn", "--surface"),
    ("--warn", "--warn-soft"),
    ("--bad", "--surface"),
];

/// A custom property of the root, and its value as it is written.
struct Token {
    name: String,
    value: String,
}

/// The tokens that a style sheet of the page sets on its root, in its order.
fn tokens() -> Vec<Token> {
    let sheets = document().style_sheets();
    let mut found: Vec<Token> = Vec::new();
    for sheet in (0..sheets.length()).filter_map(|i| sheets.item(i)?.dyn_into::<CssStyleSheet>().ok()) {
        // Of another origin nothing is told; there is none.
        let Ok(rules) = sheet.css_rules() else { continue };
        let rules = (0..rules.length()).filter_map(|i| rules.item(i)?.dyn_into::<CssStyleRule>().ok());
        for style in rules.filter(|rule| rule.selector_text() == ":root").map(|rule| rule.style()) {
            for name in (0..style.length()).map(|i| style.item(i)).filter(|name| name.starts_with("--")) {
                let value = style.get_property_value(&name).unwrap_or_default();
                if !found.iter().any(|token| token.name == name) {
                    found.push(Token { name, value });
                }
            }
        }
    }
    found
}

/// What paints a colour of any notation, and tells the pixel.
struct Painter(CanvasRenderingContext2d);

impl Painter {
    fn new() -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
        // Where pixels are read, nothing is gained by keeping them elsewhere.
        let read = js_sys::Object::new();
        js_sys::Reflect::set(&read, &"willReadFrequently".into(), &true.into())?;
        let context = canvas.get_context_with_context_options("2d", &read)?.ok_or(JsValue::NULL)?;
        Ok(Self(context.unchecked_into()))
    }

    /// The colour that a token has on this page now; none of what is no colour.
    fn color(&self, name: &str) -> Option<Rgb> {
        let probe: web_sys::HtmlElement = document().create_element("i").ok()?.unchecked_into();
        let body = document().body()?;
        probe.style().set_property("color", &format!("var({name})")).ok()?;
        body.append_child(&probe).ok()?;
        let shown = window().get_computed_style(&probe).ok()??.get_property_value("color").ok();
        probe.remove();
        self.0.set_fill_style_str(&shown?);
        self.0.fill_rect(0.0, 0.0, 1.0, 1.0);
        let pixel = self.0.get_image_data(0.0, 0.0, 1.0, 1.0).ok()?.data();
        Some(Rgb([pixel[0], pixel[1], pixel[2]]))
    }
}

/// Colours, space and type; colours are measured anew whenever the page is painted otherwise.
pub(super) fn sections(painted: RwSignal<()>) -> Vec<Part> {
    let tokens = tokens();
    let named = |prefixes: &[&str]| -> Vec<String> {
        let is = |token: &&Token| prefixes.iter().any(|prefix| token.name.starts_with(prefix));
        tokens.iter().filter(is).map(|token| token.name.clone()).collect()
    };
    let value = |name: &str| tokens.iter().find(|t| t.name == name).map(|t| t.value.clone()).unwrap_or_default();
    let (space, radii) = (named(&["--s1", "--s2", "--s3", "--s4", "--s5", "--s6"]), named(&["--radius"]));
    let (shadows, sizes, faces) = (named(&["--shadow"]), named(&["--t-"]), named(&["--font", "--mono"]));
    let measures = [&space, &radii, &shadows, &sizes, &faces];
    let colors: Vec<String> = tokens
        .iter()
        .map(|token| token.name.clone())
        .filter(|name| !measures.iter().any(|known| known.contains(name)))
        .collect();
    let swatches = move || {
        painted.track();
        let painter = Painter::new().ok();
        let swatch = |name: &String| {
            let color = painter.as_ref().and_then(|painter| painter.color(name));
            let box_ = view! { <span class="patch" style:background=format!("var({name})")></span> };
            view! { <li data-token=name.clone()>{box_}<code>{name.clone()}</code><small>{color.map(Rgb::hex)}</small></li> }
        };
        view! { <ul class="swatches">{colors.iter().map(swatch).collect_view()}</ul> }
    };
    let texts = move || {
        painted.track();
        let painter = Painter::new().ok();
        let text = |(ink, ground): (&'static str, &'static str)| {
            let color = |name| painter.as_ref().and_then(|painter| painter.color(name));
            let ratio = color(ink).zip(color(ground)).map(|(ink, ground)| ink.contrast(ground));
            let said = ratio.map_or_else(|| "Not known".to_owned(), |ratio| format!("{ratio:.2}"));
            view! {
                <li data-contrast=said.clone() style:color=format!("var({ink})") style:background=format!("var({ground})")>
                    <strong>{said.clone()}</strong>
                    <span>{ink}</span>
                    <span>"on " {ground}</span>
                </li>
            }
        };
        view! { <ul class="contrasts">{TEXTS.map(text).collect_view()}</ul> }
    };
    let bar = |name: &String| {
        let size = value(name);
        view! { <li><span class="bar" style:width=format!("var({name})")></span><code>{name.clone()}</code><small>{size}</small></li> }
    };
    let corner = |name: &String| {
        let size = value(name);
        view! { <li><span class="patch" style:border-radius=format!("var({name})")></span><code>{name.clone()}</code><small>{size}</small></li> }
    };
    let shadow = |name: &String| view! { <li><span class="patch" style:box-shadow=format!("var({name})")></span><code>{name.clone()}</code></li> };
    let size = |name: &String| {
        let size = value(name);
        view! {
            <li>
                <span style:font-size=format!("var({name})")>"$14,985.38 sourced"</span>
                <span><code>{name.clone()}</code> " " <small>{size}</small></span>
            </li>
        }
    };
    let face = |name: &String| {
        view! { <li><span style:font-family=format!("var({name})")>"Every figure explains itself: 0123456789"</span><code>{name.clone()}</code></li> }
    };
    let list = |class: &'static str, rows: Vec<AnyView>| view! { <ul class=class>{rows}</ul> }.into_any();
    let space = space.iter().map(|name| bar(name).into_any()).collect();
    let edges =
        radii.iter().map(|name| corner(name).into_any()).chain(shadows.iter().map(|name| shadow(name).into_any()));
    let (edges, sizes) = (edges.collect(), sizes.iter().map(|name| size(name).into_any()).collect());
    let faces = faces.iter().map(|name| face(name).into_any()).collect();
    vec![
        part(
            "color",
            "Colour",
            "A colour is named for what it does and never for its hue; each holds in light and in dark, and the accent is the program\u{2019}s own, made readable.",
            vec![
                wide("Tokens, as they are on this page now", live(swatches)),
                wide("Text on its ground: at least 4.50", live(texts)),
            ],
        ),
        part(
            "space",
            "Space",
            "Distances are of one scale; a part holds its own padding, and what stands beside it sets the gap.",
            vec![state("Steps", list("steps-of", space)), state("Edges", list("swatches", edges))],
        ),
        part(
            "type",
            "Type",
            "The system\u{2019}s own face in five sizes, with figures of one width, so that columns of amounts line up.",
            vec![state("Sizes", list("sizes", sizes)), state("Faces", list("sizes", faces))],
        ),
    ]
}
