//! The texts of a page, each with what is wrong beside it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use wire::color::{Rgb, remarks};

use super::{editor::Editor, questions};
use crate::{
    model::landing::{FORM, OFFER, SECTIONS, Section, THANKS, Text, Typing},
    part::{live, text},
};

pub fn show(editor: Editor) -> impl IntoView {
    SECTIONS.iter().map(|section| part(editor, section)).collect_view()
}

fn part(editor: Editor, section: &'static Section) -> AnyView {
    let Section { title, anchor, texts } = section;
    let texts = texts.iter().map(|text| row(editor, text)).collect_view();
    let more = match *title {
        OFFER => coupon(editor),
        FORM => questions::show(editor),
        "Look" => warnings(editor),
        _ => ().into_any(),
    };
    // The preview shows what is being written.
    let look = move |_| {
        editor.anchor.set_value(anchor);
        let is_sent = *title == THANKS;
        if editor.is_sent.get_untracked() != is_sent {
            editor.is_sent.set(is_sent);
        }
    };
    view! {
        <fieldset class="panel part" on:focusin=look>
            <legend>{*title}</legend>
            <div class="typed">{texts}</div>
            {more}
        </fieldset>
    }
    .into_any()
}

/// The `id` of a field's control.
pub fn id_of(field: &str) -> String {
    format!("p-{}", field.replace(['.', '[', ']'], "-"))
}

/// Goes to the field of a part, where there is one.
pub fn focus(field: &str) {
    let control = document().get_element_by_id(&id_of(field)).and_then(|found| found.dyn_into::<HtmlElement>().ok());
    if let Some(control) = control {
        // Fails only for a control that is not in the page any more.
        let _ = control.focus();
    }
}

/// What a field is called.
pub fn label(field: &str) -> String {
    let known = SECTIONS.iter().flat_map(|section| section.texts).find(|text| text.field == field);
    let of_form = || if field.starts_with("form.fields") { "A field of the form" } else { "Something" };
    let name = known.map_or_else(|| if field == "coupon" { "Coupon" } else { of_form() }, |text| text.label);
    format!("“{name}”")
}

/// What is wrong with a field, beside it.
pub fn fault(editor: Editor, field: String, id: String) -> impl IntoView {
    view! { <p class="fault" id=id>{text(move || editor.wrong(&field))}</p> }
}

/// Whether something is wrong with a field.
pub fn is_wrong(editor: Editor, field: String) -> Signal<String> {
    text(move || (!editor.wrong(&field).is_empty()).to_string())
}

fn row(editor: Editor, field: &'static Text) -> AnyView {
    let Text { field: name, label, hint, typing, max, get, set } = *field;
    let id = id_of(name);
    let (hint_id, fault_id) = (format!("{id}-hint"), format!("{id}-fault"));
    let about = format!("{fault_id} {hint_id}");
    let wrong = is_wrong(editor, name.to_owned());
    let value = text(move || editor.typed.with(|content| get(content).to_owned()));
    let change = move |event| editor.change(|content| set(content, event_target_value(&event)));
    let control = match typing {
        Typing::Lines => view! {
            <textarea id=id.clone() rows="3" maxlength=max aria-invalid=wrong aria-describedby=about prop:value=value on:input=change></textarea>
        }
        .into_any(),
        _ => {
            let (kind, mode) = if typing == Typing::Address { ("url", "url") } else { ("text", "text") };
            let line = view! {
                <input
                    type=kind
                    inputmode=mode
                    id=id.clone()
                    maxlength=max
                    autocomplete="off"
                    spellcheck=(typing == Typing::Line).to_string()
                    aria-invalid=wrong
                    aria-describedby=about
                    prop:value=value
                    on:input=change
                />
            };
            let pick = (typing == Typing::Color).then(|| picker(editor, field));
            view! { <div class="with-color" class:plain=typing != Typing::Color>{line} {pick}</div> }.into_any()
        }
    };
    let class = if matches!(typing, Typing::Color) { "field" } else { "field whole" };
    view! {
        <div class=class>
            <label for=id>{label} <small>" optional"</small></label>
            {control}
            <small id=hint_id>{hint}</small>
            {fault(editor, name.to_owned(), fault_id)}
        </div>
    }
    .into_any()
}

/// The browser's own way to choose a colour.
fn picker(editor: Editor, field: &'static Text) -> impl IntoView {
    let Text { label, get, set, .. } = *field;
    let value = text(move || {
        let color = editor.typed.with(|content| Rgb::parse(get(content)));
        color.unwrap_or(Rgb::DEFAULT).to_string()
    });
    view! {
        <input
            type="color"
            aria-label=format!("Choose: {label}")
            prop:value=value
            on:input=move |event| editor.change(|content| set(content, event_target_value(&event)))
        />
    }
}

/// What is done about colours that cannot be read: what the edge does, said while they are typed.
fn warnings(editor: Editor) -> AnyView {
    let all = Memo::new(move |_| {
        editor.typed.with(|content| remarks(&content.colors).into_iter().map(|r| r.message).collect::<Vec<_>>())
    });
    let shown = move || {
        let line = |message: String| view! { <li>{message}</li> };
        let all = all.get();
        (!all.is_empty()).then(|| view! { <ul class="warnings">{all.into_iter().map(line).collect_view()}</ul> })
    };
    view! { <div role="status" aria-label="Contrast">{live(shown)}</div> }.into_any()
}

/// Which coupon of the partner's the page shows.
fn coupon(editor: Editor) -> AnyView {
    let option = |code: &String| view! { <option value=code.clone()>{code.clone()}</option> };
    let shown = text(move || editor.typed.with(|content| content.coupon.clone().unwrap_or_default()));
    let options = move || {
        let mut codes = editor.coupons.get();
        // One that is gone by now is still what the draft says.
        codes.extend(Some(shown.get()).filter(|code| !code.is_empty() && !codes.contains(code)));
        codes.iter().map(option).collect_view()
    };
    let change = move |event| {
        let code = event_target_value(&event);
        editor.change(|content| content.coupon = Some(code).filter(|code| !code.is_empty()));
    };
    let id = id_of("coupon");
    view! {
        <div class="typed">
            <div class="field">
                <label for=id.clone()>"Coupon"</label>
                <select
                    id=id
                    aria-invalid=is_wrong(editor, "coupon".to_owned())
                    aria-describedby="p-coupon-fault"
                    prop:value=shown
                    on:change=change
                >
                    <option value="">"The partner’s newest"</option>
                    {live(options)}
                </select>
                {fault(editor, "coupon".to_owned(), "p-coupon-fault".to_owned())}
            </div>
        </div>
    }
    .into_any()
}
