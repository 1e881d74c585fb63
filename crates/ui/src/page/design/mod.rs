//! The design system: the tokens, and every part in every state, out of sample facts. Nothing is asked of the server until
//! somebody presses a button that asks.

mod pieces;
mod report;
mod sample;
mod tokens;

use leptos::{context::Provider, prelude::*};
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use web_sys::HtmlElement;
use wire::feed::Feed;

use crate::{
    api::Source,
    filters::Filters,
    model::{loaded::Loaded, locale::Locale},
    part::{switches::choice, text},
    state::{Ctx, Load, Shared, Store},
};

/// Mounts the page into `#app`.
#[wasm_bindgen]
pub fn mount() {
    super::mount(|store| store.load.set(ready(sample::partner())), |store| view! { <Design store/> }.into_any());
}

fn ready(feed: Feed) -> Load {
    Load::Ready(Shared::new(Loaded::new(feed)))
}

/// A view under facts and filters of its own.
fn under<V: IntoView + 'static>(feed: Feed, filters: Filters, view: impl FnOnce() -> V + Send + 'static) -> AnyView {
    let store = Store::new(Source::default(), filters);
    store.load.set(ready(feed));
    match Ctx::of(store, Locale::default()) {
        Some(ctx) => view! { <Provider value=ctx>{view()}</Provider> }.into_any(),
        None => ().into_any(),
    }
}

/// A part as the page shows it.
struct Part {
    /// Its place in the address.
    id: &'static str,
    title: &'static str,
    shown: AnyView,
}

/// A part: when it is used, and its states.
fn part(id: &'static str, title: &'static str, when: &'static str, states: Vec<AnyView>) -> Part {
    let heading = format!("h-{id}-part");
    let shown = view! {
        <section class="one" id=id data-part=id aria-labelledby=heading.clone()>
            <header>
                <h2 id=heading.clone()>{title}</h2>
                <p>{when}</p>
            </header>
            <div class="states">{states}</div>
        </section>
    };
    Part { id, title, shown: shown.into_any() }
}

/// A state, beside others where there is room.
fn state(name: &'static str, shown: impl IntoView + 'static) -> AnyView {
    framed("state", name, shown.into_any())
}

/// A state that takes the width.
fn wide(name: &'static str, shown: impl IntoView + 'static) -> AnyView {
    framed("state wide", name, shown.into_any())
}

fn framed(class: &'static str, name: &'static str, shown: AnyView) -> AnyView {
    view! { <div class=class data-shows=name><p class="named">{name}</p><div class="stand">{shown}</div></div> }
        .into_any()
}

/// Goes where the address says, else to the top: parts that were opened have taken the focus, and the page with it.
fn arrive() {
    if let Some(focused) = document().active_element().and_then(|focused| focused.dyn_into::<HtmlElement>().ok()) {
        // Any element may lose it.
        let _ = focused.blur();
    }
    let mark = window().location().hash().unwrap_or_default();
    match document().get_element_by_id(mark.trim_start_matches('#')) {
        Some(part) => part.scroll_into_view(),
        None => window().scroll_to_with_x_and_y(0.0, 0.0),
    }
}

#[component]
fn Design(store: Store) -> impl IntoView {
    let scheme = RwSignal::new("light dark".to_owned());
    let painted = RwSignal::new(());
    let choose = move |word: String| {
        if let Some(root) = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok()) {
            // A property of ours takes the words of this switch.
            let _ = root.style().set_property("color-scheme", &word);
        }
        scheme.set(word);
        painted.set(());
    };
    let option = |(word, label): (&'static str, &'static str)| view! { <option value=word>{label}</option> };
    let schemes = [("light dark", "As the system"), ("light", "Light"), ("dark", "Dark")].map(option).collect_view();
    let scheme_switch = choice("Scheme", "scheme", text(move || scheme.get()), choose, schemes.into_any());
    let parts = [tokens::sections(painted), pieces::sections(store), report::sections()].into_iter().flatten();
    let (index, shown): (Vec<_>, Vec<_>) =
        parts.map(|Part { id, title, shown }| (view! { <li><a href=format!("#{id}")>{title}</a></li> }, shown)).unzip();
    request_animation_frame(move || {
        painted.set(());
        arrive();
    });
    view! {
        <header class="top">
            <a class="skip" href="#report">"Skip to the parts"</a>
            <p class="brand">
                <span class="mark" aria-hidden="true">"T"</span>
                <strong>"Tributary"</strong>
                <span class="scope">"Design system"</span>
            </p>
            <div class="who">{scheme_switch}</div>
        </header>
        <div class="board">
            <nav class="index" aria-label="Parts"><ul>{index}</ul></nav>
            <main class="catalogue" id="report" tabindex="-1">
                <div class="title"><h1>"The parts of Tributary"</h1></div>
                <p class="lede">
                    "What the portal, the console and the widget are made of: tokens, and parts with all their states. The facts are \
                     made up; the parts are those that the pages use, and the figures are the engine\u{2019}s."
                </p>
                {shown}
            </main>
        </div>
    }
}
