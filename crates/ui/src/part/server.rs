//! What the places that are not computed share: asking the server, waiting for it, and what it said.

use leptos::{html, prelude::*, task::spawn_local};

use super::{Live, copy::CopyButton, live};
use crate::{
    api::{Refusal, Source},
    json::Json,
    state::Shared,
};

/// Sends something, or asks where nothing is sent, and hands on what the server says to it.
pub fn ask(method: &'static str, path: String, sent: String, then: impl FnOnce(Result<Json, Refusal>) + 'static) {
    let then: Box<dyn FnOnce(Result<Json, Refusal>)> = Box::new(then);
    spawn_local(async move { then(Source::default().send(method, &path, &sent).await) });
}

/// How far a list is that the server has.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// On its way.
    Waiting,
    /// Here.
    Here,
    /// It did not come: why.
    Not(String),
}

/// A list once it is here; until then that it is on its way, or why it is not, with a way to ask again.
pub fn pane<V: IntoAny>(asked: RwSignal<Asked>, again: RwSignal<()>, shown: impl Fn() -> V + Send + 'static) -> Live {
    live(move || match asked.get() {
        Asked::Waiting => view! {
            <div class="bones" aria-busy="true"><p role="status" class="unseen">"Loading the list"</p></div>
        }
        .into_any(),
        Asked::Here => shown().into_any(),
        Asked::Not(why) => view! {
            <div role="alert" class="sorry">
                <h3>"The list could not be loaded"</h3>
                <p>{why}</p>
                <button type="button" class="quiet" on:click=move |_| again.set(())>"Try again"</button>
            </div>
        }
        .into_any(),
    })
}

/// What became of what was sent, in words, and an address to copy where there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// In words.
    pub text: String,
    /// The address.
    pub link: Option<String>,
}

/// What became of what was sent last. It takes the focus, so that nobody has to look for it.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    outcome: RwSignal<Shared<Outcome>>,
    element: NodeRef<html::Div>,
}

impl Told {
    /// Nothing was sent yet.
    #[must_use]
    pub fn nothing() -> Self {
        Self { outcome: RwSignal::new(Shared::new(Outcome::default())), element: NodeRef::new() }
    }

    /// Tells it.
    pub fn tell(self, outcome: Outcome) {
        self.outcome.set(Shared::new(outcome));
        if let Some(element) = self.element.get_untracked() {
            // Fails only for an element that is not in the page any more.
            let _ = element.focus();
        }
    }

    /// Where it stands.
    pub fn show(self) -> impl IntoView {
        let words = live(move || {
            let outcome = self.outcome.get();
            let link = outcome.link.clone();
            (!outcome.text.is_empty()).then(|| {
                view! {
                    <p>{outcome.text.clone()}</p>
                    {link.map(|link| view! {
                        <p class="share"><code>{link.clone()}</code><CopyButton text=link what="the link"/></p>
                    })}
                }
            })
        });
        view! { <div class="told" role="status" tabindex="-1" node_ref=self.element>{words}</div> }
    }
}
