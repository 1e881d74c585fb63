//! A form that stands open with what is there now, and sends it changed. What somebody else changes meanwhile is said, and
//! what the reader typed stays.

use leptos::{ev::SubmitEvent, html, prelude::*};
use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::{
    api::Refusal,
    json::{Json, nested},
    part::{
        form::{Field, Whys, blame, put, rows, shown, signs, stands, tell, typed, whys},
        server::{Told, ask},
        text,
    },
    state::Shared,
};

/// What several sheets change, as the server has it: they share one version.
#[derive(Clone, Copy)]
pub struct Kept {
    path: &'static str,
    /// JSON, as the server wrote it last.
    said: StoredValue<Json, LocalStorage>,
    /// Told when it is another.
    changed: RwSignal<()>,
    told: Told,
}

impl Kept {
    /// Something under a path, of which nothing is known yet.
    #[must_use]
    pub fn new(path: &'static str, told: Told) -> Self {
        let said = StoredValue::new_local(Json::of(JsValue::NULL));
        Self { path, said, changed: RwSignal::new(()), told }
    }

    /// Keeps what the server says.
    pub fn keep(self, said: &Json) {
        if self.said.try_set_value(said.clone()).is_none() {
            self.changed.set(());
        }
    }
}

/// A sheet.
pub struct Sheet {
    /// Its heading, and the end of its anchor.
    pub title: &'static str,
    pub id: &'static str,
    /// What to know before; may be empty.
    pub about: &'static str,
    /// Its fields, which the server has under the same names; a point leads into an object.
    pub fields: Vec<Field>,
    /// What is said once it is saved.
    pub done: &'static str,
}

/// Writes what the server has into the fields, but for those that the reader has changed since `before` was shown: there it
/// says what they have become.
pub(super) fn fill(form: &Element, fields: &[Field], whys: &Whys, before: &Json, now: &Json) {
    // Before the first answer nothing is the reader's: a choice shows its first option, a colour is black.
    let is_first = before.names().is_empty();
    for (field, (_, why)) in fields.iter().zip(whys) {
        let (old, new) = (shown(before, field), shown(now, field));
        if is_first || stands(form, field) == old {
            put(form, field, &new);
        } else if old != new && stands(form, field) != new {
            why.set(format!(
                "Meanwhile somebody else made this \u{201c}{}\u{201d}. Saving replaces it.",
                new.replace('\n', ", ")
            ));
        }
    }
}

/// The sheet.
pub fn sheet(kept: Kept, sheet: Sheet) -> impl IntoView {
    let Sheet { title, id, about, fields, done } = sheet;
    let fields = Shared::new(fields);
    let whys = whys(&fields);
    let busy = RwSignal::new(false);
    let element = NodeRef::<html::Form>::new();
    // What the fields were filled with.
    let before = StoredValue::new_local(Json::of(JsValue::NULL));
    Effect::new({
        let (fields, whys) = (fields.clone(), whys.clone());
        move |_| {
            kept.changed.track();
            if let Some(form) = element.get() {
                kept.said.with_value(|now| {
                    before.with_value(|before| fill(&form, &fields, &whys, before, now));
                    before.set_value(now.clone());
                });
            }
        }
    });
    let signs = signs();
    let submit = {
        let (fields, whys) = (fields.clone(), whys.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            let Some(form) = element.get_untracked().filter(|_| !busy.get_untracked()) else { return };
            let mut pairs = match typed(&fields, &form, &signs) {
                Ok(pairs) => pairs,
                Err(faults) => return tell(&whys, &form, &faults),
            };
            tell(&whys, &form, &Vec::new());
            let version = kept.said.with_value(|said| said.text("version"));
            pairs.push(("version", version.into()));
            busy.set(true);
            let (fields, whys) = (fields.clone(), whys.clone());
            ask("PATCH", kept.path.to_owned(), nested(&pairs), move |answer| {
                if busy.try_set(false).is_some() {
                    return;
                }
                match answer {
                    Ok(said) => {
                        // What was sent is what is there now: nothing in these fields is the reader's alone any more.
                        for field in fields.iter() {
                            put(&form, field, &shown(&said, field));
                        }
                        before.set_value(said.clone());
                        kept.keep(&said);
                        kept.told.tell(done.to_owned(), None);
                    }
                    Err(Refusal::Said { status: 409, .. }) => {
                        again(kept);
                        let why = "Somebody else changed the settings meanwhile. What they changed is shown; what you \
                                   typed is not saved yet. Look at it, and save again.";
                        tell(&whys, &form, &vec![("", why.to_owned())]);
                    }
                    Err(refusal) => tell(&whys, &form, &vec![blame(&fields, refusal.text())]),
                }
            });
        }
    };
    let rows = rows(&fields, &whys);
    let whole = whys.last().map(|(_, why)| *why);
    let (heading, label) = (format!("h-{id}"), text(move || if busy.get() { "Saving…" } else { "Save" }.to_owned()));
    view! {
        <section class="panel" id=id aria-labelledby=heading>
            <h2 id=format!("h-{id}")>{title}</h2>
            {(!about.is_empty()).then(|| view! { <p class="quiet-text">{about}</p> })}
            <form class="typed" novalidate autocomplete="off" node_ref=element on:submit=submit>
                {rows}
                <p class="fault whole" role="alert">{whole}</p>
                <div class="acts whole">
                    <button type="submit" class="strong" aria-disabled=text(move || busy.get().to_string())>{label}</button>
                </div>
            </form>
        </section>
    }
}

/// Asks for it anew.
fn again(kept: Kept) {
    ask("GET", kept.path.to_owned(), String::new(), move |answer| {
        if let Ok(said) = answer {
            kept.keep(&said);
        }
    });
}
