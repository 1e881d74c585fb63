//! A question before something is done that cannot be undone, with what has to be said to it, and the doing.

use leptos::{html, prelude::*};

#[cfg(feature = "console")]
use super::form::fill;
use super::{
    flag,
    form::{Faults, Field, Signs, Whys, blame, read, rows_of, signs, tell, whys},
    late::Late,
    live, press,
    server::{Asked, ask},
    text,
};
use crate::{
    api::Refusal,
    json::{Json, joined},
    model::typed,
    state::Shared,
};

/// What is asked, and what is sent when the answer is yes.
pub struct Question {
    /// In a few words.
    pub title: String,
    /// What follows from it.
    pub text: &'static str,
    /// The answer that sends it.
    pub yes: &'static str,
    /// Method of the request.
    pub method: &'static str,
    /// Path of the request.
    pub path: String,
    /// What is sent with it, JSON; empty for nothing.
    pub sent: String,
    /// What has to be typed, and is sent, too.
    pub fields: Vec<Field>,
    /// What is said of it where whoever answered has gone elsewhere; empty for nothing.
    pub late: &'static str,
    /// Takes what the server answers, and tells what became of it.
    pub done: Box<dyn Fn(&Json) + Send + Sync>,
}

/// The dialog that asks. It stays open until the server took what was sent, or the reader thinks better of it.
#[derive(Clone, Copy)]
pub struct Dialog {
    question: StoredValue<Option<Shared<Question>>>,
    is_open: RwSignal<bool>,
    is_busy: RwSignal<bool>,
    /// Whether what is asked about is another by now.
    is_stale: RwSignal<bool>,
    whys: StoredValue<Whys>,
    signs: StoredValue<Signs>,
    late: Option<Late>,
    element: NodeRef<html::Dialog>,
}

impl Dialog {
    /// A dialog that asks nothing yet.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            question: StoredValue::new(None),
            is_open: RwSignal::new(false),
            is_busy: RwSignal::new(false),
            is_stale: RwSignal::new(false),
            whys: StoredValue::new(Whys::new()),
            signs: StoredValue::new(signs()),
            late: Late::get(),
            element: NodeRef::new(),
        }
    }

    /// Asks.
    pub fn ask(self, question: Question) {
        self.whys.set_value(whys(&question.fields));
        self.question.set_value(Some(Shared::new(question)));
        self.is_stale.set(false);
        self.is_open.set(true);
        if let Some(dialog) = self.element.get_untracked() {
            // Fails only for a dialog that is not in the page any more.
            let _ = dialog.show_modal();
        }
    }

    /// Asks, with what stands in its fields at first.
    #[cfg(feature = "console")]
    pub fn ask_with(self, question: Question, values: Vec<(&'static str, String)>) {
        self.ask(question);
        // Its fields are there with the next frame.
        request_animation_frame(move || {
            if let Some(dialog) = self.element.try_get_untracked().flatten() {
                fill(&dialog, &values);
            }
        });
    }

    fn tell(self, faults: &Faults) {
        if let Some(dialog) = self.element.get_untracked() {
            self.whys.with_value(|whys| tell(whys, &dialog, faults));
        }
    }

    fn close(self) {
        if let Some(dialog) = self.element.get_untracked() {
            dialog.close();
        }
    }

    /// Sends what is asked, once; a list that turns out to be old is asked for again.
    fn send(self, list: Asked) {
        let Some(question) = self.question.get_value().filter(|_| !self.is_busy.get_untracked()) else { return };
        let mut sent = question.sent.clone();
        if let Some(dialog) = self.element.get_untracked().filter(|_| !question.fields.is_empty()) {
            match self.signs.with_value(|signs| read(&question.fields, &dialog, signs)) {
                Ok(typed) => sent = joined(&sent, &typed),
                Err(faults) => return self.tell(&faults),
            }
        }
        self.is_busy.set(true);
        self.tell(&Faults::new());
        ask(question.method, question.path.clone(), sent, move |answer| {
            // The reader may have gone elsewhere meanwhile.
            if self.is_busy.try_set(false).is_some() {
                if let Some(late) = self.late {
                    late.tell(&question.title, question.late, answer.map(drop));
                }
                return;
            }
            // Or have put this question away and asked another, which the answer is not about.
            let is_asked = self.question.get_value().as_ref() == Some(&question);
            match answer {
                Ok(said) => {
                    if is_asked {
                        self.close();
                    }
                    (question.done)(&said);
                }
                Err(refusal) => {
                    let is_old = matches!(refusal, Refusal::Said { status: 404 | 409, .. });
                    if is_old {
                        list.again();
                    }
                    if !is_asked || !self.is_open.get_untracked() {
                        // It was put away before the answer came.
                        if let Some(late) = self.late {
                            late.tell(&question.title, question.late, Err(refusal));
                        }
                        return;
                    }
                    let (field, said) = blame(&question.fields, refusal.text());
                    // What is not about a field will not be another answer for asking again.
                    self.is_stale.set(is_old && field.is_empty());
                    let said = match typed::rule(&said) {
                        Some((_, rule)) if field.is_empty() => rule,
                        _ => said,
                    };
                    self.tell(&vec![(field, said)]);
                }
            }
        });
    }

    /// Where it stands.
    pub fn show(self, list: Asked) -> impl IntoView {
        let content = move || {
            let is_open = self.is_open.get();
            self.question.get_value().filter(|_| is_open).map(|question| {
                let fields = self.whys.with_value(|whys| rows_of("ask", &question.fields, whys));
                let whole = self.whys.with_value(|whys| whys.last().map(|(_, why)| *why));
                view! {
                    <h2 id="ask-title">{question.title.clone()}</h2>
                    <p>{question.text}</p>
                    {(!question.fields.is_empty()).then(|| view! { <div class="typed">{fields}</div> })}
                    <p class="fault" role="alert">{whole}</p>
                    <div class="acts">
                        <button
                            type="button"
                            class="strong"
                            hidden=flag(move || self.is_stale.get())
                            aria-disabled=text(move || self.is_busy.get().to_string())
                            on:click=press(move || self.send(list))
                        >
                            {question.yes}
                        </button>
                        <button type="button" class="quiet" on:click=press(move || self.close())>
                            {text(move || if self.is_stale.get() { "Close".to_owned() } else { "Cancel".to_owned() })}
                        </button>
                    </div>
                }
            })
        };
        view! {
            <dialog node_ref=self.element class="ask" aria-labelledby="ask-title" on:close=move |_| self.is_open.set(false)>
                {live(content)}
            </dialog>
        }
    }
}
