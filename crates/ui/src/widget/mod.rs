//! The report inside a foreign page: mounted into a shadow root that `embed.js` makes, one mount an element.
//!
//! It asks with an embed token, shows the same figures as the portal under the program's policy or as the reader asks, and
//! tells its element of what happens by events: `tributary:ready` when figures are shown, `tributary:error` with
//! `{code, message}` otherwise, `tributary:filter` with what is asked now. Of the page around it, it reads its element's
//! `renewToken` and nothing else.

mod feeds;
mod views;

use std::any::Any;

use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};

use self::{
    feeds::{Report, Seat},
    views::{Broken, Nothing, Shown},
};
use crate::{
    api::Source,
    failure::Failure,
    filters::Filters,
    model::{color::Accent, locale::Locale, view::View},
    part::live,
    signs,
    state::{Ctx, Load, Phase, Store},
};

/// A mounted report. Freeing it takes it away.
#[wasm_bindgen]
pub struct Mounted {
    report: Report,
    base: String,
    asked: Asked,
    /// Unmounts when it is dropped; its feed goes after it, and the signals of what is asked last.
    drawn: Option<(Box<dyn Any>, Seat)>,
    _owner: Owner,
}

/// What a report is asked, by the page and by the reader. It outlives a token.
#[derive(Debug, Clone, Copy)]
struct Asked {
    view: RwSignal<View>,
    locale: RwSignal<Locale>,
    filters: RwSignal<Filters>,
}

#[wasm_bindgen]
impl Mounted {
    /// Asks with another token from now on. It may be another partner's: what is shown goes at once, unless the token is
    /// the one that the page's own callback gave.
    pub fn renew(&mut self, token: String) {
        let source = Source { base: self.base.clone(), token: Some(token) };
        if self.drawn.as_ref().is_some_and(|(_, seat)| seat.knows(&source)) {
            return;
        }
        self.drawn = None;
        let seat = Seat::take(self.report.clone(), source);
        let drawn = draw(&self.report, seat.store(self.asked.filters), self.asked);
        // Behind the first drawing, which sets up what runs futures.
        seat.begin();
        self.drawn = Some((drawn, seat));
    }

    /// Shows another view.
    pub fn show(&self, view: &str) {
        self.asked.view.set(View::of(view));
    }

    /// Speaks with the signs of another language.
    pub fn speak(&self, locale: &str) {
        self.asked.locale.set(signs::of(locale));
    }
}

/// Mounts a report of the element `host` into `place`, an element of its shadow root.
///
/// `base` is the address of the server without a slash at the end, `locale` a BCP 47 tag that the browser knows, or empty
/// for English; a view that nobody knows is the summary.
#[wasm_bindgen]
#[must_use]
pub fn mount(host: HtmlElement, place: HtmlElement, base: String, token: String, view: &str, locale: &str) -> Mounted {
    std::panic::set_hook(Box::new(crash));
    // Signals belong to an owner: this one is dropped with the mount.
    let owner = Owner::new();
    let asked = owner.with(|| Asked {
        view: RwSignal::new(View::of(view)),
        locale: RwSignal::new(signs::of(locale)),
        filters: RwSignal::new(Filters::default()),
    });
    let mut mounted = Mounted { report: Report { host, place }, base, asked, drawn: None, _owner: owner };
    mounted.renew(token);
    mounted
}

fn draw(report: &Report, store: Store, asked: Asked) -> Box<dyn Any> {
    let (place, report) = (report.place.clone(), report.clone());
    let handle = mount_to(place, move || {
        watch(store, report);
        let phase = Memo::new(move |_| store.phase());
        let silent = Memo::new(move |_| phase.get() == Phase::Empty && !asked.view.get().speaks_of_nothing());
        live(move || match phase.get() {
            Phase::Loading => ().into_any(),
            Phase::Failed(failure) => view! { <Broken failure store/> }.into_any(),
            Phase::Ready | Phase::Empty => match Ctx::of(store, asked.locale.get()) {
                Some(ctx) => {
                    provide_context(ctx);
                    if silent.get() {
                        view! { <Nothing/> }.into_any()
                    } else {
                        view! { <Shown view=asked.view store/> }.into_any()
                    }
                }
                None => ().into_any(),
            },
        })
    });
    Box::new(handle)
}

/// Ties a store to its report: its state, its colours, its events.
fn watch(store: Store, report: Report) {
    let Report { host, place } = report;
    let element = host.clone();
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
            Phase::Ready | Phase::Empty => tell_soon(&host, "tributary:ready", JsValue::NULL),
            Phase::Failed(failure) => tell_soon(&host, "tributary:error", about(failure)),
        }
        // Figures are shown, but newer ones did not come.
        if let Some(failure) = store.stale.get() {
            tell_soon(&host, "tributary:error", about(failure));
        }
    });
    let asked = Memo::new(move |_| Filters { deal: None, ..store.filters.get() });
    Effect::new(move |before: Option<Filters>| {
        let now = asked.get();
        if before.is_some_and(|before| before != now) {
            let pairs = now.pairs();
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            tell_soon(&element, "tributary:filter", signs::object(&pairs).into());
        }
        now
    });
    // A token ends after hours: a page that is looked at again asks again, as the portal does.
    let listener = window_event_listener(leptos::ev::focus, move |_| store.refresh());
    on_cleanup(move || listener.remove());
}

/// `{code, message}`.
fn about(failure: Failure) -> JsValue {
    signs::object(&[("code", failure.code()), ("message", failure.title())]).into()
}

/// Sends an event to whoever listens on the element or above it, also where that is in a shadow root of the page's own.
fn tell(host: &HtmlElement, name: &str, detail: &JsValue) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_detail(detail);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
        // Nobody has to listen.
        let _ = host.dispatch_event(&event);
    }
}

/// The same a moment later: a listener may take the report away, which must not happen in the middle of our own work.
fn tell_soon(host: &HtmlElement, name: &'static str, detail: JsValue) {
    let host = host.clone();
    queue_microtask(move || tell(&host, name, &detail));
}

/// The last words of all reports of a page: `embed.js` holds a notice for it, since nothing of ours runs any more.
fn crash(info: &std::panic::PanicHookInfo<'_>) {
    web_sys::console::error_1(&info.to_string().into());
    let detail = signs::object(&[("code", "crashed"), ("message", "The report stopped working")]).into();
    for Report { host, place } in feeds::reports() {
        // There is nobody left to tell but the page.
        let _ = place.set_attribute("data-state", "crashed");
        tell(&host, "tributary:error", &detail);
    }
}
