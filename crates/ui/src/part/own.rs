//! The state of the partner's links, and the ways to pause and take back those that they made.

use engine::log::NONE;
use leptos::prelude::*;
use wire::path;

use super::{
    Live,
    confirm::{Dialog, Question},
    live, press,
    server::{Asked, PAGE, Told, further},
};
use crate::{
    json::{Json, written},
    model::loaded::Loaded,
    state::Ctx,
};

/// A link as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Own {
    id: String,
    key: String,
    address: String,
    state: String,
    changeable: bool,
}

/// The links of this page, by their address.
#[derive(Clone, Copy)]
pub struct OwnLinks {
    links: StoredValue<Vec<Own>>,
    /// Told when they are others.
    changed: RwSignal<()>,
    dialog: Dialog,
    /// What became of what was sent last.
    pub told: Told,
    asked: Asked,
}

impl OwnLinks {
    /// Asks for them, and hands them to the parts that are made below.
    #[must_use]
    pub fn provide() -> Self {
        let (links, changed) = (StoredValue::new(Vec::new()), RwSignal::new(()));
        let ctx = Ctx::get();
        let asked = Asked::by(move |asked| {
            // A feed that is newer may have links that are.
            ctx.loaded.track();
            next(links, changed, asked, 0);
        });
        let own = Self { links, changed, dialog: Dialog::closed(), told: Told::nothing(), asked };
        provide_context(own);
        own
    }

    /// What became of a change, and what is asked before.
    pub fn show(self) -> impl IntoView {
        view! {
            {self.told.show()}
            {self.dialog.show(self.asked)}
        }
    }

    fn find(self, address: &str) -> Option<Own> {
        self.changed.track();
        self.links.with_value(|links| links.iter().find(|own| own.address == address).cloned())
    }

    /// A question before a link gets another state.
    fn ask(self, own: &Own, to: &'static str, doing: &str, text: &'static str, done: &'static str) {
        let key = own.key.clone();
        self.dialog.ask(Question {
            title: format!("{doing} /{key}?"),
            text,
            yes: if to == "live" {
                "Let it go on"
            } else if to == "paused" {
                "Pause it"
            } else {
                "Take it back"
            },
            method: "PATCH",
            path: format!("{}/{}", path::LINKS, own.id),
            sent: written(&[("state", to.into())]),
            fields: Vec::new(),
            late: "The link is changed.",
            done: Box::new(move |said| {
                let own = read(said);
                self.links.update_value(|links| {
                    if let Some(known) = links.iter_mut().find(|known| known.id == own.id) {
                        *known = own;
                    }
                });
                self.changed.set(());
                self.told.tell(format!("/{key} {done}"), None);
            }),
        });
    }
}

/// Asks for the links that follow on so many known ones, and so on to the last: whoever looks at a link sees its state.
fn next(links: StoredValue<Vec<Own>>, changed: RwSignal<()>, asked: Asked, known: usize) {
    further(path::LINKS, known, asked, RwSignal::new(false), move |found| {
        let n = links.try_update_value(|links| {
            links.truncate(known);
            links.extend(found.iter().map(read));
            links.len()
        });
        changed.try_set(());
        if let Some(n) = n.filter(|_| found.len() == PAGE) {
            next(links, changed, asked, n);
        }
    });
}

fn read(said: &Json) -> Own {
    Own {
        id: said.text("id"),
        key: said.text("key"),
        address: said.text("shortLink"),
        state: said.text("state"),
        changeable: said.is("changeable"),
    }
}

/// Those of the page, where it has them.
#[must_use]
pub fn of_page() -> Option<OwnLinks> {
    use_context()
}

/// Whether a link of the log is retired: where nothing came of it, there is nothing to show.
#[must_use]
pub fn is_retired(own: Option<OwnLinks>, loaded: &Loaded, row: u32) -> bool {
    row != NONE
        && own
            .and_then(|own| own.find(&loaded.log.links[row as usize].short))
            .is_some_and(|known| known.state == "retired")
}

/// That a link does not lead on, where it does not.
#[must_use]
pub fn badge(own: Option<OwnLinks>, address: &str) -> Option<Live> {
    let address = address.to_owned();
    own.map(|own| {
        live(move || {
            let state = own.find(&address).map(|known| known.state).filter(|state| state != "live");
            state.map(|state| {
                let word = if state == "paused" { "Paused" } else { "Taken back" };
                view! { " " <span class="badge">{word}</span> }
            })
        })
    })
}

/// What may be done with a link that the partner made.
#[must_use]
pub fn acts(own: Option<OwnLinks>, address: &str) -> Option<Live> {
    let address = address.to_owned();
    own.map(|own| {
        live(move || {
            own.find(&address).filter(|known| known.changeable).map(|known| {
                let key = known.key.clone();
                let turned = known.clone();
                let is_live = known.state == "live";
                let turn = move || {
                    if is_live {
                        let text = "Visitors go to the program\u{2019}s own page until you let it go on.";
                        own.ask(&turned, "paused", "Pause", text, "is paused.");
                    } else {
                        own.ask(&turned, "live", "Let go on:", "Visitors are led on again, and counted.", "is live again.");
                    }
                };
                let end = move || {
                    let text = "It leads nowhere from now on, and this cannot be undone. What came of it stays yours.";
                    own.ask(&known, "retired", "Take back", text, "is taken back.");
                };
                let name = || view! { <span class="unseen">" " {key.clone()}</span> };
                view! {
                    <button type="button" class="quiet small" on:click=press(turn)>{if is_live { "Pause" } else { "Go on" }}{name()}</button>
                    <button type="button" class="quiet small" on:click=press(end)>"Take back" {name()}</button>
                }
            })
        })
    })
}
