//! What the places that are not computed share: asking the server, waiting for it, and what it said.

use leptos::{html, prelude::*, task::spawn_local};

use super::{Live, copy::CopyButton, late::Late, live, press, when};
use crate::{
    api::{Refusal, Source},
    json::Json,
};

/// Sends something, or asks where nothing is sent, and hands on what the server says to it.
pub fn ask(method: &'static str, path: String, sent: String, then: impl FnOnce(Result<Json, Refusal>) + 'static) {
    let then: Box<dyn FnOnce(Result<Json, Refusal>)> = Box::new(then);
    spawn_local(async move { then(Source::default().send(method, &path, &sent).await) });
}

/// Rows that are asked for at a time.
pub const PAGE: usize = 100;

/// Asks for the page of a list, which a path and perhaps a query name, that follows on so many known rows, and notes whether there are more. Where the list has moved
/// meanwhile, what is taken may be known already.
pub fn further(path: &str, known: usize, asked: Asked, more: RwSignal<bool>, take: impl FnOnce(&[Json]) + 'static) {
    let and = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{and}page={}&pageSize={PAGE}", known / PAGE + 1);
    ask("GET", path, String::new(), move |answer| match answer {
        Ok(said) => {
            let found = said.list();
            more.try_set(found.len() == PAGE);
            take(&found);
            asked.came();
        }
        Err(refusal) => asked.failed(refusal),
    });
}

/// Every row of a list.
///
/// # Errors
/// Why it does not come.
#[cfg(feature = "console")]
pub async fn all(path: &str) -> Result<Vec<Json>, Refusal> {
    let mut all = Vec::new();
    loop {
        let page = all.len() / PAGE + 1;
        let path = format!("{path}?page={page}&pageSize={PAGE}");
        let found = Source::default().send("GET", &path, "").await?.list();
        let is_last = found.len() < PAGE;
        all.extend(found);
        if is_last {
            return Ok(all);
        }
    }
}

/// A button that asks for more, while there is more. It stands outside of the list, so that it keeps the focus.
pub fn more_button(more: RwSignal<bool>, ask: impl Fn() + Clone + Send + 'static) -> Live {
    when(
        move || more.get(),
        move || view! { <button type="button" class="quiet more" on:click=press(ask.clone())>"Show more"</button> },
    )
}

/// How far a list is that the server has. Signals of plain kinds: each kind of its own costs about a kilobyte.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    is_here: RwSignal<bool>,
    /// Why it did not come; empty while it may.
    why: RwSignal<String>,
    /// Asks again.
    again: RwSignal<()>,
}

impl Asked {
    /// A list that is asked for now, and whenever somebody asks again.
    pub fn by(mut ask: impl FnMut(Self) + 'static) -> Self {
        let asked = Self { is_here: RwSignal::new(false), why: RwSignal::new(String::new()), again: RwSignal::new(()) };
        let late = Late::get();
        Effect::new(move |_| {
            asked.again.track();
            if let Some(late) = late {
                late.track();
            }
            asked.is_here.set(false);
            asked.why.set(String::new());
            ask(asked);
        });
        asked
    }

    /// It is here.
    pub fn came(self) {
        self.is_here.try_set(true);
    }

    /// It does not come.
    pub fn failed(self, refusal: Refusal) {
        self.is_here.try_set(false);
        self.why.try_set(refusal.text());
    }

    /// Asks again.
    pub fn again(self) {
        self.again.set(());
    }

    /// The list once it is here; until then that it is on its way, or why it is not, with a way to ask again.
    pub fn show<V: IntoAny>(self, shown: impl Fn() -> V + Send + 'static) -> Live {
        live(move || {
            let why = self.why.get();
            if self.is_here.get() {
                shown().into_any()
            } else if why.is_empty() {
                view! { <div class="bones" aria-busy="true"><p role="status" class="unseen">"Loading the list"</p></div> }
                    .into_any()
            } else {
                view! {
                    <div role="alert" class="sorry">
                        <h3>"The list could not be loaded"</h3>
                        <p>{why}</p>
                        <button type="button" class="quiet" on:click=press(move || self.again())>"Try again"</button>
                    </div>
                }
                .into_any()
            }
        })
    }
}

/// What became of what was sent last. It takes the focus, so that nobody has to look for it.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    text: RwSignal<String>,
    /// What there is to copy; empty for nothing.
    link: RwSignal<String>,
    /// What that is.
    what: RwSignal<String>,
    element: NodeRef<html::Div>,
}

impl Told {
    /// Nothing was sent yet.
    #[must_use]
    pub fn nothing() -> Self {
        let empty = || RwSignal::new(String::new());
        Self { text: empty(), link: empty(), what: empty(), element: NodeRef::new() }
    }

    /// Tells it, a paragraph a line, with an address where there is one.
    pub fn tell(self, text: String, link: Option<String>) {
        self.give(text, "the link", link.unwrap_or_default());
    }

    /// The same with something else to copy.
    pub fn give(self, text: String, what: &str, copied: String) {
        self.what.set(what.to_owned());
        self.link.set(copied);
        self.text.set(text);
        if let Some(element) = self.element.get_untracked() {
            // Fails only for an element that is not in the page any more.
            let _ = element.focus();
        }
    }

    /// Says it no more: something else is being done.
    #[cfg(feature = "console")]
    pub fn clear(self) {
        self.text.set(String::new());
    }

    /// Where it stands.
    pub fn show(self) -> impl IntoView {
        let words = live(move || {
            let (text, link) = (self.text.get(), self.link.get());
            (!text.is_empty()).then(|| {
                view! {
                    {text.lines().map(|line| view! { <p>{line.to_owned()}</p> }).collect_view()}
                    {(!link.is_empty()).then(|| view! {
                        <p class="share"><code>{link.clone()}</code><CopyButton text=link what=self.what.get_untracked()/></p>
                    })}
                }
            })
        });
        view! { <div class="told" role="status" tabindex="-1" node_ref=self.element>{words}</div> }
    }
}
