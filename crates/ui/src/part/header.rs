//! The head of a page: whose program, whose page, and the way out.

use leptos::prelude::*;

use super::{notice::SignOut, text};
use crate::state::Ctx;

/// Mark and name of the program, and who is signed in.
#[component]
pub fn Header(
    /// What kind of page.
    scope: &'static str,
    /// Who is signed in.
    #[prop(into)]
    who: Signal<String>,
    /// What stands before them.
    #[prop(optional)]
    more: Option<AnyView>,
) -> impl IntoView {
    let ctx = Ctx::get();
    let program = move || ctx.loaded.with(|loaded| loaded.head.program.name.clone());
    let initial = move || program().chars().take(1).collect();
    view! {
        <header class="top">
            <a class="skip" href="#report">"Skip to the figures"</a>
            <p class="brand">
                <span class="mark" aria-hidden="true">{text(initial)}</span>
                <strong>{text(program)}</strong>
                <span class="scope">{scope}</span>
            </p>
            <div class="who">{more}<span class="name">{who}</span><SignOut/></div>
        </header>
    }
}
