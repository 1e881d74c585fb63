//! Components. Each asks [`crate::state::Ctx`] for figures and the rooms of [`crate::model`] for text and geometry, so that
//! nothing is left here but what to put where.

use leptos::prelude::*;

#[cfg(feature = "console")]
pub mod catalogue;
pub mod chart;
pub mod copy;
pub mod deals;
pub mod funnel;
pub mod head;
pub mod links;
pub mod notice;
pub mod story;
pub mod switches;
pub mod tile;

#[cfg(feature = "console")]
pub mod applications;
#[cfg(feature = "server")]
pub mod assets;
#[cfg(feature = "console")]
pub mod builder;
#[cfg(feature = "console")]
pub mod close;
#[cfg(feature = "console")]
pub mod cohorts;
#[cfg(feature = "server")]
pub mod commission;
#[cfg(feature = "console")]
pub mod compare;
#[cfg(feature = "server")]
pub mod confirm;
#[cfg(feature = "console")]
pub mod coupons;
#[cfg(feature = "page")]
pub mod download;
#[cfg(feature = "page")]
pub mod evidence;
#[cfg(feature = "server")]
pub mod form;
#[cfg(feature = "page")]
pub mod goals;
#[cfg(feature = "page")]
pub mod header;
#[cfg(feature = "console")]
pub mod import;
#[cfg(feature = "console")]
pub mod inbox;
#[cfg(feature = "page")]
pub mod joint;
#[cfg(feature = "console")]
pub mod journeys;
#[cfg(feature = "server")]
pub mod late;
#[cfg(feature = "page")]
pub mod lazy;
#[cfg(feature = "server")]
pub mod listings;
#[cfg(feature = "console")]
pub mod market;
#[cfg(feature = "server")]
pub mod missing;
#[cfg(feature = "console")]
pub mod named;
#[cfg(feature = "page")]
pub mod nav;
#[cfg(feature = "server")]
pub mod own;
#[cfg(feature = "console")]
pub mod pages;
#[cfg(feature = "console")]
pub mod palette;
#[cfg(feature = "console")]
pub mod partners;
#[cfg(feature = "console")]
pub mod patient;
#[cfg(feature = "server")]
pub mod registrations;
#[cfg(feature = "console")]
pub mod review;
#[cfg(feature = "console")]
pub mod roster;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "console")]
pub mod settings;
#[cfg(feature = "console")]
mod side_by_side;
#[cfg(feature = "server")]
pub mod statements;
#[cfg(feature = "console")]
pub mod states;
#[cfg(feature = "server")]
pub mod team;
#[cfg(feature = "server")]
pub mod visit;

/// A part of a view that follows signals. Boxed: every closure type of its own would bring its own copy of the machinery that
/// renders it, about two kilobytes each.
pub type Live = Box<dyn FnMut() -> AnyView + Send>;

/// A view that follows signals.
pub fn live<V: IntoAny>(mut view: impl FnMut() -> V + Send + 'static) -> Live {
    Box::new(move || view().into_any())
}

/// A view that is there while a condition holds; it is built anew only when that changes.
pub fn when<V: IntoAny>(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    mut view: impl FnMut() -> V + Send + 'static,
) -> Live {
    let condition = Memo::new(move |_| condition());
    Box::new(move || if condition.get() { view().into_any() } else { ().into_any() })
}

/// What a press does; boxed for the same reason.
#[cfg(feature = "server")]
pub type Press = Box<dyn FnMut(web_sys::MouseEvent)>;

/// What a press does.
#[cfg(feature = "server")]
pub fn press(mut act: impl FnMut() + 'static) -> Press {
    Box::new(move |_| act())
}

/// A view that is drawn behind the first frame, so that figures are there before any chart; until then room is kept for it.
#[cfg(feature = "page")]
pub fn later<V: IntoAny>(view: impl Fn() -> V + Send + 'static) -> Live {
    let due = RwSignal::new(false);
    request_animation_frame(move || {
        // What a frame asks for is still drawn with it; what a timer asks for is not.
        let draw = move || {
            due.try_set(true);
        };
        set_timeout(draw, core::time::Duration::ZERO);
    });
    live(
        move || {
            if due.get() { view().into_any() } else { view! { <i class="s s-plot" aria-hidden="true"></i> }.into_any() }
        },
    )
}

/// A text that follows signals; boxed for the same reason.
pub fn text(text: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(text)
}

/// A truth that follows signals; boxed for the same reason.
pub fn flag(flag: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(flag)
}
