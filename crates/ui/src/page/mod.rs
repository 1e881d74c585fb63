//! The pages of our own origin. A page's shell paints a skeleton before this code arrives; it stays until there is
//! something better, so that nothing is drawn twice.

#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "design")]
pub mod design;
pub mod places;
#[cfg(feature = "portal")]
pub mod portal;
pub mod report;

use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlElement, UrlSearchParams};

use crate::{
    api::Source,
    filters::{self, Filters},
    model::{color::Accent, place::Place},
    part::{live, notice::FailureNotice},
    signs,
    state::{Ctx, Phase, Store},
};

/// Identifier of the element that a page is mounted in.
const ROOT: &str = "app";

/// Mounts a page into the shell, and keeps it so for as long as the document lives; `begin` sees to its facts.
fn mount(begin: fn(Store), page: fn(Store) -> AnyView) {
    std::panic::set_hook(Box::new(crash));
    let Some(root) = document().get_element_by_id(ROOT).and_then(|root| root.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    mount_to(root.clone(), move || {
        let store = Store::new(Source::default(), read_address());
        watch(store, root);
        begin(store);
        // The page is built anew for another reader, and not when the first fact arrives: somebody may be typing.
        let shown = Memo::new(move |_| {
            let phase = if store.phase() == Phase::Empty { Phase::Ready } else { store.phase() };
            (phase, store.reader())
        });
        live(move || match shown.get().0 {
            Phase::Loading => ().into_any(),
            Phase::Failed(failure) => view! { <FailureNotice failure store/> }.into_any(),
            Phase::Ready | Phase::Empty => {
                match Ctx::of(store, signs::of(&window().navigator().language().unwrap_or_default())) {
                    Some(ctx) => {
                        provide_context(ctx);
                        page(store)
                    }
                    None => ().into_any(),
                }
            }
        })
    })
    .forget();
}

/// How often a page looks whether its facts are old.
#[cfg(any(feature = "portal", feature = "console"))]
const LOOK: core::time::Duration = core::time::Duration::from_secs(60);

/// Asks for the feed, now and at the moments at which there may be a newer one.
#[cfg(any(feature = "portal", feature = "console"))]
fn ask(store: Store) {
    store.fetch();
    // A page on a screen that nobody touches.
    let look = move || {
        if document().visibility_state() == web_sys::VisibilityState::Visible {
            store.refresh();
        }
    };
    set_interval(look, LOOK);
    window_event_listener(leptos::ev::offline, move |_| {
        if matches!(store.phase(), Phase::Ready | Phase::Empty) {
            store.stale.set(Some(crate::failure::Failure::Offline));
        }
    });
    window_event_listener(leptos::ev::focus, move |_| store.refresh());
    window_event_listener(leptos::ev::online, move |_| {
        if store.stale.get_untracked().is_some() || matches!(store.phase(), Phase::Failed(_)) {
            store.fetch();
        }
    });
    window_event_listener(leptos::ev::visibilitychange, move |_| look());
}

/// Ties a store to the document: its state, its colours, its address.
fn watch(store: Store, root: HtmlElement) {
    Effect::new(move |_| {
        // An attribute of an element that we hold can be set.
        let _ = root.set_attribute("data-state", store.phase().word());
        // The shell's own words are for the time before the first answer.
        if store.phase() != Phase::Loading
            && let Ok(Some(words)) = root.query_selector(".boot-say")
        {
            words.remove();
        }
    });
    Effect::new(move |_| {
        if let crate::state::Load::Ready(loaded) = store.load.get() {
            paint(&Accent::of(&loaded.head.program.color));
        }
    });
    Effect::new(move |_| store.filters.with(write_address));
    window_event_listener(leptos::ev::popstate, move |_| store.filters.set(read_address()));
}

/// Lends the program's colours to the page. Through the style object: the content security policy refuses attributes.
fn paint(accent: &Accent) {
    let root = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok());
    if let Some(root) = root {
        let colors = [
            ("--brand-light", accent.light),
            ("--brand-dark", accent.dark),
            ("--mark", accent.mark),
            ("--mark-ink", accent.ink),
        ];
        for (name, color) in colors {
            // A custom property takes any value.
            let _ = root.style().set_property(name, &color.hex());
        }
    }
}

/// Goes to another place of the page: a new entry in the history, so that the way back leads here.
pub fn go(ctx: Ctx, place: Place) {
    step(ctx, |filters| *filters = filters.clone().at(place));
}

/// Changes what is asked as a step of its own: a new entry in the history.
pub fn step(ctx: Ctx, change: impl FnOnce(&mut Filters)) {
    if let Ok(history) = window().history() {
        // Where it is refused, the way back leads further.
        let _ = history.push_state_with_url(&JsValue::NULL, "", None);
    }
    ctx.ask(change);
}

fn read_address() -> Filters {
    window().location().search().ok().and_then(|query| read_query(&query)).unwrap_or_default()
}

/// The filters of a query; `None` where it is none.
pub fn read_query(query: &str) -> Option<Filters> {
    let query = UrlSearchParams::new_with_str(query).ok()?;
    let pairs: Vec<(&str, String)> = filters::NAMES
        .into_iter()
        .flat_map(|name| {
            query.get_all(name).iter().filter_map(move |v| Some((name, v.as_string()?))).collect::<Vec<_>>()
        })
        .collect();
    Some(Filters::read(pairs.iter().map(|(name, value)| (*name, value.as_str()))))
}

/// The filters as the query of an address, without its mark.
#[must_use]
pub fn query(filters: &Filters) -> String {
    let Ok(query) = UrlSearchParams::new() else { return String::new() };
    for (name, value) in filters.pairs() {
        query.append(name, &value);
    }
    query.to_string().into()
}

/// Mirrors the filters in the address, without a new entry in the history: a switch is not a place.
fn write_address(filters: &Filters) {
    let location = window().location();
    let (Ok(path), Ok(hash)) = (location.pathname(), location.hash()) else { return };
    let query = query(filters);
    let mark = if query.is_empty() { "" } else { "?" };
    if let Ok(history) = window().history() {
        // A browser may refuse too many of these in a row; the address then lags behind, and nothing else.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{path}{mark}{query}{hash}")));
    }
}

/// The last words of a page: the shell holds a notice for it, since nothing of ours runs any more.
fn crash(info: &std::panic::PanicHookInfo<'_>) {
    web_sys::console::error_1(&info.to_string().into());
    if let Some(root) = document().get_element_by_id(ROOT) {
        // The boot script of the shell is the last one who can be told.
        if let Ok(event) = Event::new("tributary:stopped") {
            let _ = root.dispatch_event(&event);
        }
    }
}
