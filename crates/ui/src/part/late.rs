//! What became of something whose sender did not wait for it at the form: it is said wherever they are by then.

use leptos::prelude::*;

use super::{live, press};
use crate::{api::Refusal, state::Store};

/// The place where it is said.
#[derive(Debug, Clone, Copy)]
pub struct Late {
    text: RwSignal<String>,
    /// Told when something came: lists that are shown may lack it.
    came: RwSignal<()>,
    store: Store,
}

impl Late {
    /// A page that says it.
    #[must_use]
    pub fn new(store: Store) -> Self {
        let late = Self { text: RwSignal::new(String::new()), came: RwSignal::new(()), store };
        provide_context(late);
        late
    }

    /// That of the page, where it has one.
    #[must_use]
    pub fn get() -> Option<Self> {
        use_context()
    }

    /// Follows what comes late.
    pub fn track(self) {
        self.came.track();
    }

    /// Says what became of something, in words for it where it was taken; without words nothing is said of that.
    pub fn tell(self, title: &str, words: &str, answer: Result<(), Refusal>) {
        let text = match answer {
            Ok(()) => words.to_owned(),
            Err(refusal) => format!("\u{201c}{title}\u{201d} was not taken. {}", refusal.text()),
        };
        if !text.is_empty() {
            self.text.set(text);
            self.came.set(());
            self.store.fetch();
        }
    }

    /// Where it stands.
    pub fn show(self) -> impl IntoView {
        let words = live(move || {
            let text = self.text.get();
            (!text.is_empty()).then(|| {
                view! {
                    <p class="stale">
                        <span>{text}</span>
                        <button type="button" class="quiet small" on:click=press(move || self.text.set(String::new()))>"Put away"</button>
                    </p>
                }
            })
        });
        view! { <div class="late" role="status">{words}</div> }
    }
}
