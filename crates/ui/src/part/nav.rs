//! The places of the page, as links: each can be opened in a tab of its own, or kept.

use leptos::{html, prelude::*};
use web_sys::{MouseEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::text;
use crate::{
    filters::Filters,
    model::place::{Group, Place},
    page::{query, step},
    state::Ctx,
};

/// The places, the present one marked.
#[component]
pub fn Nav(
    /// Which places there are. Where there are several groups, each has its name, and wide windows show them at the side.
    places: &'static [Group],
) -> impl IntoView {
    let ctx = Ctx::get();
    let link = move |place: Place| {
        way(ctx, place.title(), move |filters| filters.at(place), move |filters| filters.place == place)
    };
    let bar = NodeRef::<html::Nav>::new();
    // Where all places have no room, the present one is in sight.
    let place = Memo::new(move |_| ctx.filters.with(|filters| filters.place));
    Effect::new(move |_| {
        place.track();
        let present = bar.get().and_then(|bar| bar.query_selector("[aria-current=page]").ok()?);
        if let Some(present) = present {
            let how = ScrollIntoViewOptions::new();
            how.set_block(ScrollLogicalPosition::Nearest);
            present.scroll_into_view_with_scroll_into_view_options(&how);
        }
    });
    let links = |group: &Group| group.places.iter().map(|place| link(*place)).collect_view();
    let shown = match places {
        [group] => links(group).into_any(),
        groups => groups
            .iter()
            .map(|group| {
                view! {
                    <div role="group" aria-label=group.name>
                        <span aria-hidden="true">{group.name}</span>
                        {links(group)}
                    </div>
                }
            })
            .collect_view()
            .into_any(),
    };
    view! { <nav class="places" aria-label="Places" node_ref=bar>{shown}</nav> }
}

/// A link to a view of the page, marked where the reader is there.
pub fn way(
    ctx: Ctx,
    title: &'static str,
    to: impl Fn(Filters) -> Filters + Copy + Send + Sync + 'static,
    is_here: impl Fn(&Filters) -> bool + Copy + Send + Sync + 'static,
) -> AnyView {
    let address = move || ctx.filters.with(|filters| format!("?{}", query(&to(filters.clone()))));
    let current = move || ctx.filters.with(|filters| if is_here(filters) { "page" } else { "false" }).to_owned();
    let press = move |event: MouseEvent| {
        // With a key held down the browser opens a tab or a window.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            if !ctx.filters.with_untracked(is_here) {
                step(ctx, |filters| *filters = to(filters.clone()));
                ctx.say.set(title);
            }
        }
    };
    view! {
        <a href=text(address) aria-current=text(current) on:click=press>
            {title}
        </a>
    }
    .into_any()
}
