//! The places that are computed from the feed, but for the overview: loaded once somebody goes there.

use leptos::prelude::*;

use crate::{
    model::place::Place,
    part::{
        deals::Deals,
        funnel::FunnelTable,
        joint::Joint,
        links::{Campaigns, Links},
        switches::{RangeSwitch, Switches},
    },
};

/// What is shown at a place that is computed from the feed.
pub fn show(place: Place) -> AnyView {
    match place {
        Place::Funnel => view! { <Funnel/> }.into_any(),
        Place::Deals => view! { <DealsPlace/> }.into_any(),
        Place::Links => links(().into_any(), ().into_any()),
        _ => ().into_any(),
    }
}

/// From click to win, with drop-off and time.
#[component]
fn Funnel() -> impl IntoView {
    view! {
        <div class="asking"><RangeSwitch beside=false/><Switches/></div>
        <section class="panel" aria-labelledby="h-funnel">
            <h2 id="h-funnel">"From click to win"</h2>
            <FunnelTable/>
        </section>
        <Joint/>
    }
}

/// The customers, each with its explanation.
#[component]
fn DealsPlace() -> impl IntoView {
    view! {
        <div class="asking"><RangeSwitch beside=false/><Switches/></div>
        <section class="panel" aria-labelledby="h-deals">
            <h2 id="h-deals">"Deals"</h2>
            <Deals/>
        </section>
    }
}

/// The links, and what came of each; above and below stands what a page has of its own.
pub fn links(above: AnyView, below: AnyView) -> AnyView {
    view! {
        {above}
        <div class="asking"><RangeSwitch beside=false/><Switches/></div>
        <section class="panel" aria-labelledby="h-links">
            <h2 id="h-links">"Links"</h2>
            <Links/>
        </section>
        <section class="panel" aria-labelledby="h-campaigns">
            <h2 id="h-campaigns">"Campaigns"</h2>
            <Campaigns/>
        </section>
        {below}
    }
    .into_any()
}
