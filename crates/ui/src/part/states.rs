//! Which state of things is shown at a place: chosen, and in the address, so that a view is a link.

use leptos::prelude::*;

use super::{switches, text};
use crate::{filters::ALL, page::step, state::Ctx};

/// The states of a place that can be chosen, the first at first: what is asked for, empty for all, and its name.
pub type States = [(&'static str, &'static str)];

/// The state that the address asks for; the first where it names none of these.
pub fn shown(states: &'static States) -> Signal<String> {
    let ctx = Ctx::get();
    let shown = Memo::new(move |_| {
        let asked = ctx.filters.with(|filters| filters.state.clone());
        let found = states.iter().find(|(word, _)| asked.as_deref() == Some(if word.is_empty() { ALL } else { word }));
        found.unwrap_or(&states[0]).0.to_owned()
    });
    shown.into()
}

/// Does something whenever another state is shown.
pub fn on_change(state: Signal<String>, act: impl Fn() + 'static) {
    Effect::new(move |before: Option<String>| {
        let now = state.get();
        if before.is_some_and(|before| before != now) {
            act();
        }
        now
    });
}

/// The choice.
pub fn choice(states: &'static States, state: Signal<String>) -> AnyView {
    let ctx = Ctx::get();
    let options = states.iter().map(|(word, name)| view! { <option value=*word>{*name}</option> }).collect_view();
    let choose = move |word: String| {
        let word = if word.is_empty() { ALL.to_owned() } else { word };
        step(ctx, |filters| filters.state = (word != states[0].0).then_some(word));
    };
    let choice = switches::choice("Show", "state", text(move || state.get()), choose, options.into_any());
    view! { <div class="switches">{choice}</div> }.into_any()
}
