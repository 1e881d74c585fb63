//! The page as the server would show it with what is typed: in a frame of an origin of its own, where no script runs, no form
//! is sent and no link leads away. What the frame shows is sent by a form, since a frame's address has no room for it.

use core::time::Duration;

use leptos::{ev, html, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement};
use wire::{page::Remark, path};

use super::editor::Editor;
use crate::{
    api::{Refusal, Source},
    json::Json,
    model::typed::rule_of,
    part::{live, press, text},
};

/// Widths of a page that can be looked at, in CSS pixels, with their names.
const WIDTHS: [(u32, &str); 3] = [(390, "Phone"), (768, "Tablet"), (1440, "Desktop")];
/// How long nothing is typed before the page is asked for.
const PAUSE: Duration = Duration::from_millis(350);
/// What is said while something keeps the page from being shown.
const BEFORE: &str = "The preview shows what was before.";

/// What is looked at.
#[derive(Clone, Copy)]
struct Preview {
    editor: Editor,
    width: RwSignal<u32>,
    /// Why what is shown is older than what is typed; empty where it is not.
    why: RwSignal<String>,
    /// Number of the latest request.
    latest: StoredValue<u32>,
    stage: NodeRef<html::Div>,
    form: NodeRef<html::Form>,
}

pub fn show(editor: Editor) -> impl IntoView {
    // On a phone the page of a phone is what can be read.
    let is_narrow = window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width < 700.0);
    let preview = Preview {
        editor,
        width: RwSignal::new(if is_narrow { WIDTHS[0].0 } else { WIDTHS[2].0 }),
        why: RwSignal::new(String::new()),
        latest: StoredValue::new(0),
        stage: NodeRef::new(),
        form: NodeRef::new(),
    };
    Effect::new(move |first: Option<()>| {
        editor.typed.track();
        editor.is_sent.track();
        preview.later(if first.is_none() { Duration::ZERO } else { PAUSE });
    });
    Effect::new(move |_| {
        preview.width.track();
        preview.fit();
    });
    let resize = window_event_listener(ev::resize, move |_| preview.fit());
    on_cleanup(move || resize.remove());
    let widths = WIDTHS.map(|(width, name)| {
        view! {
            <button
                type="button"
                class="quiet small"
                aria-pressed=text(move || (preview.width.get() == width).to_string())
                on:click=press(move || preview.width.set(width))
            >
                {name} " " <small>{width.to_string()}</small>
            </button>
        }
    });
    let turn = move |is_sent: bool, name: &'static str| {
        view! {
            <button
                type="button"
                class="quiet small"
                aria-pressed=text(move || (editor.is_sent.get() == is_sent).to_string())
                on:click=press(move || editor.is_sent.set(is_sent))
            >
                {name}
            </button>
        }
    };
    let why = move || {
        let why = preview.why.get();
        (!why.is_empty()).then(|| {
            view! {
                <p class="fault">{why}</p>
                <button type="button" class="quiet small" on:click=press(move || preview.later(Duration::ZERO))>"Try again"</button>
            }
        })
    };
    view! {
        <section class="panel preview-panel" aria-labelledby="h-preview">
            <h2 id="h-preview">"Preview"</h2>
            <div class="tools">
                <div class="acts" data-reads role="group" aria-label="Width">{widths.collect_view()}</div>
                <div class="acts" data-reads role="group" aria-label="What is shown">{turn(false, "Page")}{turn(true, "Thank-you")}</div>
            </div>
            <div class="screen" node_ref=preview.stage></div>
            <div class="acts" data-reads role="status">{live(why)}</div>
            <form hidden method="post" node_ref=preview.form>
                <input type="hidden" name="content"/>
                <input type="hidden" name="sent" value="1"/>
            </form>
        </section>
    }
}

impl Preview {
    /// Asks after a while, unless more is typed until then.
    fn later(self, pause: Duration) {
        let number = self.latest.with_value(|latest| latest + 1);
        self.latest.set_value(number);
        set_timeout(move || self.renew(number), pause);
    }

    fn is_latest(self, number: u32) -> bool {
        self.latest.try_with_value(|latest| *latest == number).unwrap_or(false)
    }

    /// Has the server look at what is typed; what it takes is shown, and what it does not is said beside the field.
    fn renew(self, number: u32) {
        if !self.is_latest(number) {
            return;
        }
        let editor = self.editor;
        if editor.faults.with_untracked(|faults| !faults.is_empty()) {
            return self.why.set(BEFORE.to_owned());
        }
        let content = Json::of_typed(&editor.typed.get_untracked()).written();
        let is_sent = editor.is_sent.get_untracked();
        let body = format!(
            "content={}{}",
            String::from(js_sys::encode_uri_component(&content)),
            if is_sent { "&sent=1" } else { "" }
        );
        spawn_local(async move {
            let path = format!("{}/{}/render", path::PAGES, editor.id.get_value());
            let answer = Source::default().send_form(&path, &body).await;
            if !self.is_latest(number) {
                return;
            }
            let said = |why: &str| rule_of(why).map(|(field, rule)| Remark::new(field, rule));
            match answer {
                Ok(()) => {
                    editor.said.set(Vec::new());
                    self.why.set(String::new());
                    self.frame(&path, &content, is_sent);
                }
                Err(refusal) => {
                    let is_rule = matches!(refusal, Refusal::Said { status: 422, .. });
                    let why = refusal.text();
                    match said(&why).filter(|_| is_rule) {
                        Some(remark) => {
                            editor.said.set(vec![remark]);
                            self.why.set(BEFORE.to_owned());
                        }
                        None => self.why.set(format!("{BEFORE} {why}")),
                    }
                }
            }
        });
    }

    /// Shows it in a frame of its own, which takes the place of the one before once it is here: so nothing flickers, and the
    /// way back does not lead through every letter that was typed.
    fn frame(self, path: &str, content: &str, is_sent: bool) {
        let (Some(stage), Some(form)) = (self.stage.get_untracked(), self.form.get_untracked()) else { return };
        let Ok(frame) = document().create_element("iframe") else { return };
        let number = self.latest.get_value();
        let name = format!("preview-{number}");
        let width = self.width.get_untracked();
        let title = format!("Preview of the page, {width} pixels wide");
        for (name, value) in [("sandbox", ""), ("name", &*name), ("title", &*title)] {
            // Any element takes an attribute.
            let _ = frame.set_attribute(name, value);
        }
        let before = stage.children();
        let before: Vec<Element> = (0..before.length()).filter_map(|i| before.item(i)).collect();
        if stage.append_child(&frame).is_err() {
            return;
        }
        let shown = Closure::once_into_js(move || before.iter().for_each(Element::remove));
        let _ = frame.add_event_listener_with_callback("load", shown.unchecked_ref());
        let form: &HtmlFormElement = &form;
        let input = |name: &str| {
            let found = form.query_selector(&format!("[name={name}]")).ok().flatten();
            found.map(JsCast::unchecked_into::<HtmlInputElement>)
        };
        if let (Some(field), Some(sent)) = (input("content"), input("sent")) {
            field.set_value(content);
            sent.set_disabled(!is_sent);
        }
        let anchor = self.editor.anchor.get_value();
        let mark = if anchor.is_empty() || is_sent { "" } else { "#" };
        form.set_action(&format!("{path}{mark}{}", if mark.is_empty() { "" } else { anchor }));
        form.set_target(&name);
        // Fails only for a form that is not in the page any more.
        let _ = form.submit();
        self.fit();
    }

    /// Scales the page to the room that there is.
    fn fit(self) {
        let Some(stage) = self.stage.get_untracked() else { return };
        let stage: &HtmlElement = &stage;
        let width = self.width.get_untracked();
        let scale = (f64::from(stage.client_width()) / f64::from(width)).min(1.0);
        // Custom properties take any value; through the style object, as the policy of the page asks.
        let _ = stage.style().set_property("--width", &format!("{width}px"));
        let _ = stage.style().set_property("--scale", &scale.to_string());
        let frames = stage.children();
        for frame in (0..frames.length()).filter_map(|i| frames.item(i)) {
            let _ = frame.set_attribute("title", &format!("Preview of the page, {width} pixels wide"));
        }
    }
}
