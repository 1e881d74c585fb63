//! A question before something is done that cannot be undone, and the doing.

use leptos::{html, prelude::*};

use super::{
    flag, live,
    server::{Outcome, Told, ask},
};
use crate::{api::Refusal, json::Json, model::typed, state::Shared};

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
    /// Takes what the server answers, and says in words what became of it.
    pub done: Box<dyn Fn(&Json) -> Outcome + Send + Sync>,
}

/// The question that is open.
pub type Asking = RwSignal<Option<Shared<Question>>>;

/// The dialog that asks. It stays open until the server took what was sent, or the reader thinks better of it.
pub fn confirm(asking: Asking, told: Told, again: RwSignal<()>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let busy = RwSignal::new(false);
    let fault = RwSignal::new(String::new());
    Effect::new(move |_| {
        if let (Some(dialog), Some(_)) = (dialog.get(), asking.get())
            && !dialog.open()
        {
            fault.set(String::new());
            // Fails only for a dialog that is not in the page any more.
            let _ = dialog.show_modal();
        }
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let send = move |_| {
        let Some(question) = asking.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        fault.set(String::new());
        ask(question.method, question.path.clone(), question.sent.clone(), move |answer| {
            // The reader may have gone elsewhere meanwhile.
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(said) => {
                    let outcome = (question.done)(&said);
                    close();
                    told.tell(outcome);
                }
                Err(refusal) => {
                    // What is shown may be what was: somebody else was first.
                    if matches!(refusal, Refusal::Said { status: 404 | 409, .. }) {
                        again.set(());
                    }
                    let text = refusal.text();
                    fault.set(typed::rule(&text).map_or(text.clone(), |(_, rule)| rule));
                }
            }
        });
    };
    let content = move || {
        asking.get().map(|question| {
            view! {
                <h2 id="ask-title">{question.title.clone()}</h2>
                <p>{question.text}</p>
                <p class="fault" role="alert">{fault}</p>
                <div class="acts">
                    <button type="button" class="strong" aria-disabled=flag(move || busy.get()) on:click=send>
                        {question.yes}
                    </button>
                    <button type="button" class="quiet" on:click=move |_| close()>"Cancel"</button>
                </div>
            }
        })
    };
    view! {
        <dialog node_ref=dialog class="ask" aria-labelledby="ask-title" on:close=move |_| asking.set(None)>
            {live(content)}
        </dialog>
    }
}
