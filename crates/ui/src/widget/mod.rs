//! The report inside a foreign page: mounted into a shadow root that `embed.js` makes, one mount an element.
//!
//! It asks with an embed token, shows the same figures as the portal under the program's policy, and tells its element of
//! what happens by events: `tributary:ready` when figures are shown, `tributary:error` with `{code, message}` otherwise. It
//! reads nothing of the page around it.

mod signs;
mod summary;

use std::{any::Any, cell::RefCell};

use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};

use self::summary::{Broken, Nothing, Summary};
use crate::{
    api::Source,
    filters::Filters,
    model::color::Accent,
    part::live,
    state::{Ctx, Load, Phase, Store},
};

/// A mounted report. Freeing it takes it away.
#[wasm_bindgen]
pub struct Mounted {
    store: Store,
    base: String,
    place: HtmlElement,
    /// Unmounts when it is dropped.
    _handle: Box<dyn Any>,
}

#[wasm_bindgen]
impl Mounted {
    /// Asks with another token from now on; figures that are shown stay until newer ones are here.
    pub fn renew(&self, token: String) {
        self.store.renew(Source { base: self.base.clone(), token: Some(token) });
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        PLACES.with_borrow_mut(|places| places.retain(|place| *place != self.place));
    }
}

thread_local! {
    /// Where reports are mounted, for the day on which all of them stop at once.
    static PLACES: RefCell<Vec<HtmlElement>> = const { RefCell::new(Vec::new()) };
}

/// Mounts a report into `place`, an element of a shadow root.
///
/// `base` is the address of the server without a slash at the end, `locale` a BCP 47 tag that the browser knows, or empty
/// for English.
#[wasm_bindgen]
#[must_use]
pub fn mount(place: HtmlElement, base: String, token: String, locale: &str) -> Mounted {
    std::panic::set_hook(Box::new(crash));
    PLACES.with_borrow_mut(|places| places.push(place.clone()));
    let locale = signs::of(locale);
    let source = Source { base: base.clone(), token: Some(token) };
    // Signals belong to an owner: this one is dropped with the mount.
    let owner = Owner::new();
    let store = owner.with(|| Store::new(source, Filters::default()));
    let root = place.clone();
    let handle = mount_to(place.clone(), move || {
        watch(store, root);
        store.fetch();
        let phase = Memo::new(move |_| store.phase());
        live(move || match phase.get() {
            Phase::Loading => ().into_any(),
            Phase::Failed(failure) => view! { <Broken failure store/> }.into_any(),
            phase => match Ctx::of(store, locale.clone()) {
                Some(ctx) => {
                    provide_context(ctx);
                    if phase == Phase::Empty {
                        view! { <Nothing/> }.into_any()
                    } else {
                        view! { <Summary/> }.into_any()
                    }
                }
                None => ().into_any(),
            },
        })
    });
    Mounted { store, base, place, _handle: Box::new((handle, owner)) }
}

/// Ties a store to its element: its state, its colours, its events.
fn watch(store: Store, place: HtmlElement) {
    Effect::new(move |_| {
        let phase = store.phase();
        // An attribute of an element that we hold can be set.
        let _ = place.set_attribute("data-state", phase.word());
        if let Load::Ready(loaded) = store.load.get() {
            let accent = Accent::of(&loaded.head.program.color);
            for (name, color) in [("--brand-light", accent.light), ("--brand-dark", accent.dark)] {
                // A custom property takes any value.
                let _ = place.style().set_property(name, &color.hex());
            }
        }
        match phase {
            Phase::Loading => {}
            Phase::Ready | Phase::Empty => tell_soon(&place, "tributary:ready", JsValue::NULL),
            Phase::Failed(failure) => tell_soon(&place, "tributary:error", detail(failure.code(), failure.title())),
        }
    });
    // A token ends after hours: a page that is looked at again asks again, as the portal does.
    let listener = window_event_listener(leptos::ev::focus, move |_| store.refresh());
    on_cleanup(move || listener.remove());
}

/// `{code, message}`.
fn detail(code: &str, message: &str) -> JsValue {
    let detail = js_sys::Object::new();
    for (name, value) in [("code", code), ("message", message)] {
        // A plain object takes any property.
        let _ = js_sys::Reflect::set(&detail, &name.into(), &value.into());
    }
    detail.into()
}

/// Sends an event that leaves the shadow root and reaches whoever listens on the element or above it.
fn tell(place: &HtmlElement, name: &str, detail: &JsValue) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_detail(detail);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
        // Nobody has to listen.
        let _ = place.dispatch_event(&event);
    }
}

/// The same a moment later: a listener may take the report away, which must not happen in the middle of our own work.
fn tell_soon(place: &HtmlElement, name: &'static str, detail: JsValue) {
    let place = place.clone();
    queue_microtask(move || tell(&place, name, &detail));
}

/// The last words of all reports of a page: `embed.js` holds a notice for it, since nothing of ours runs any more.
fn crash(info: &std::panic::PanicHookInfo<'_>) {
    web_sys::console::error_1(&info.to_string().into());
    let places = PLACES.try_with(|places| places.try_borrow().map(|places| places.clone()).unwrap_or_default());
    for place in places.unwrap_or_default() {
        // There is nobody left to tell but the page.
        let _ = place.set_attribute("data-state", "crashed");
        tell(&place, "tributary:error", &detail("crashed", "The report stopped working"));
    }
}
